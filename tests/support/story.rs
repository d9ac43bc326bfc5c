//! A story: what people do on a network and what they must see, read from a text file.
//!
//! ```text
//! # A remark for the reader.
//! servers: inspircd ngircd demo       where it is played; required
//! channel: #centos-devel              this is the default
//! login: certificate                  how the bot logs in (password is the default)
//! set: meeting.echo = true            a setting of the bot's configuration
//!
//! gwd joins                           connects, logs in where there are accounts, joins
//! gwd joins as mallory                the same with the account mallory has
//! gwd joins without an account
//! gwd: #topic Xen                     says a line; \xNN is a byte, \\ a backslash
//! gwd does: waves                     /me
//! gwd notices: good morning           a NOTICE to the channel
//! gwd to beadle: help                 a private line; "beadle" may be anybody
//! gwd sends: PRIVMSG #c :raw          a line for the server as it is
//! gwd sends 500 times: PRIVMSG …
//! gwd changes nick to gwd_            he is "gwd_" from then on
//! gwd parts                           leaves the channel; "joins again" comes back
//! gwd leaves                          disconnects
//! an operator kills beadle            also: kicks beadle; renames beadle to X; sets mode +m
//! the server restarts                 everybody but the bot comes back by themselves
//! the server stops                    and: starts; freezes; thaws
//! the services stop                   and: start
//! the network splits off gwd anna     and: the network heals (the demo's server only)
//! the bot is killed                   (SIGKILL) and: the bot stops (SIGTERM), the bot starts
//! the operator runs: roster list      `beadle roster list` beside the bot; quotes hold words together
//! wait 3 seconds
//!
//!   beadle: Current chairs: …         the bot's next line in the channel; … stands for anything
//!   …                                 any lines of the bot's, until the next one that is told
//!   gwd is told: …                    the bot's next private NOTICE to gwd
//!   gwd is told …                     any notices, until the next one that is told
//!   topic: …                          the bot sets the channel's topic to this
//!   beadle joins                      and: beadle leaves
//!   minutes txt:                      of the last meeting, the file of this kind; below it, in
//!     … Xen …                         this order, lines it has;
//!     not: … secret …                 lines it must not have
//!   page live:                        likewise, the page whose link was told at the start; and
//!                                     page minutes:, page log: those told at the end
//!   prints:                           likewise, what the operator's command printed
//! ```
//!
//! Every line of the bot's in the channel and every notice of its must be told: what is not told
//! fails the story.

use super::bot::Login;
use super::network::Kind;
use toml::Value;

/// A story, taken apart.
#[derive(Debug)]
pub struct Story {
    /// Where it is played.
    pub servers: Vec<Kind>,
    /// The channel everybody is in.
    pub channel: String,
    /// How the bot logs in.
    pub login: Login,
    /// Settings of the bot's.
    pub settings: Vec<(String, Value)>,
    /// The steps, each with its line's number and words.
    pub steps: Vec<Step>,
}

/// One line of a story.
#[derive(Debug)]
pub struct Step {
    /// Its number, from 1.
    pub number: usize,
    /// Its words.
    pub words: String,
    /// What it means.
    pub what: What,
}

/// What a line means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum What {
    /// Somebody connects; the account is that of this nick's usual owner.
    Joins { nick: String, account_of: Option<String> },
    /// Somebody who parted comes back into the channel.
    JoinsAgain(String),
    /// Somebody sends this, with `{channel}` for the channel, so many times.
    Sends { nick: String, bytes: Vec<u8>, times: usize },
    /// Somebody changes nick.
    Renames { nick: String, new: String },
    /// Somebody leaves the channel.
    Parts(String),
    /// Somebody disconnects.
    Leaves(String),
    /// An operator ends a connection.
    Kill(String),
    /// The channel's operator throws somebody out.
    Kick(String),
    /// An operator renames somebody.
    ForceNick { nick: String, new: String },
    /// The channel's operator sets a mode.
    Mode(String),
    /// These people are on the other side of a split.
    Splits(Vec<String>),
    /// Something happens to the server, the services or the bot.
    Disturbance(Disturbance),
    /// The operator runs a command of the program.
    Runs(Vec<String>),
    /// So many seconds pass.
    Wait(u64),

    /// The bot must say this in the channel.
    Said(String),
    /// The bot may say anything until the next line that is told.
    AnythingSaid,
    /// The bot must tell this privately.
    Told { nick: String, pattern: String },
    /// The bot may tell anything until the next notice that is told.
    AnythingTold(String),
    /// The bot must set this topic.
    Topic(String),
    /// The bot must come into the channel, or leave it.
    Presence { present: bool },
    /// This must have, and not have, lines like these.
    Shows { place: Place, has: Vec<String>, has_not: Vec<String> },
}

/// Where minutes can be looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// The file of this kind of the last meeting.
    File(String),
    /// The page behind the link the bot gave last after these words.
    Page(String),
    /// What the operator's last command printed.
    Output,
}

/// What can happen to the machines.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Disturbance {
    ServerRestarts,
    ServerStops,
    ServerStarts,
    ServerFreezes,
    ServerThaws,
    ServicesStop,
    ServicesStart,
    NetworkHeals,
    BotKilled,
    BotStops,
    BotStarts,
}

const DISTURBANCES: &[(&str, Disturbance)] = &[
    ("the server restarts", Disturbance::ServerRestarts),
    ("the server stops", Disturbance::ServerStops),
    ("the server starts", Disturbance::ServerStarts),
    ("the server freezes", Disturbance::ServerFreezes),
    ("the server thaws", Disturbance::ServerThaws),
    ("the services stop", Disturbance::ServicesStop),
    ("the services start", Disturbance::ServicesStart),
    ("the network heals", Disturbance::NetworkHeals),
    ("the bot is killed", Disturbance::BotKilled),
    ("the bot stops", Disturbance::BotStops),
    ("the bot starts", Disturbance::BotStarts),
];

impl Story {
    /// Reads a story; the error names the line.
    pub fn parse(text: &str) -> Result<Story, String> {
        let mut story = Story {
            servers: Vec::new(),
            channel: "#centos-devel".into(),
            login: Login::default(),
            settings: Vec::new(),
            steps: Vec::new(),
        };
        for (index, line) in text.lines().enumerate() {
            let number = index + 1;
            if line.trim().is_empty() || line.starts_with('#') {
                continue;
            }
            story.line(number, line).map_err(|why| format!("line {number}: {why}: {line}"))?;
        }
        if story.servers.is_empty() {
            return Err("it does not say on which servers: it is played".into());
        }
        Ok(story)
    }

    fn line(&mut self, number: usize, line: &str) -> Result<(), String> {
        let words = line.trim();
        if line.starts_with("    ") {
            let last = self.steps.last_mut().map(|step| &mut step.what);
            let Some(What::Shows { has, has_not, .. }) = last else {
                return Err("only the lines of a file or page stand so deep".into());
            };
            match words.strip_prefix("not: ") {
                Some(pattern) => has_not.push(pattern.into()),
                None => has.push(words.into()),
            }
            return Ok(());
        }
        if self.steps.is_empty() && self.header(words)? {
            return Ok(());
        }
        let what = if line.starts_with(' ') { expectation(words)? } else { action(words)? };
        self.steps.push(Step { number, words: words.into(), what });
        Ok(())
    }

    fn header(&mut self, line: &str) -> Result<bool, String> {
        let Some((key, value)) = line.split_once(": ") else { return Ok(false) };
        match key {
            "servers" => {
                for name in value.split_whitespace() {
                    self.servers.push(match name {
                        "ngircd" => Kind::Ngircd,
                        "inspircd" => Kind::Inspircd,
                        "demo" => Kind::Demo,
                        _ => return Err("no such server".into()),
                    });
                }
            }
            "channel" => self.channel = value.into(),
            "login" if value == "certificate" => self.login = Login::Certificate,
            "set" => {
                let (name, value) =
                    value.split_once(" = ").ok_or("write: set: table.key = value")?;
                let value = value.parse().map_err(|error| format!("{error}"))?;
                self.settings.push((name.into(), value));
            }
            _ => return Ok(false),
        }
        Ok(true)
    }
}

fn expectation(words: &str) -> Result<What, String> {
    if words == "…" {
        return Ok(What::AnythingSaid);
    }
    if words == "prints:" {
        let place = Place::Output;
        return Ok(What::Shows { place, has: Vec::new(), has_not: Vec::new() });
    }
    let place = match words.strip_suffix(':').and_then(|words| words.split_once(' ')) {
        Some(("minutes", kind)) => Some(Place::File(kind.into())),
        Some(("page", "live")) => Some(Place::Page("logged and public: ".into())),
        Some(("page", "minutes")) => Some(Place::Page("Minutes: ".into())),
        Some(("page", "log")) => Some(Place::Page("Log: ".into())),
        _ => None,
    };
    if let Some(place) = place {
        return Ok(What::Shows { place, has: Vec::new(), has_not: Vec::new() });
    }
    if let Some((nick, pattern)) = words.split_once(" is told: ") {
        return Ok(What::Told { nick: nick.into(), pattern: pattern.into() });
    }
    if let Some(nick) = words.strip_suffix(" is told …") {
        return Ok(What::AnythingTold(nick.into()));
    }
    match words.split_once(": ").unwrap_or((words, "")) {
        ("beadle", pattern) => Ok(What::Said(pattern.into())),
        ("topic", pattern) => Ok(What::Topic(pattern.into())),
        ("beadle joins", "") => Ok(What::Presence { present: true }),
        ("beadle leaves", "") => Ok(What::Presence { present: false }),
        _ => Err("nothing that could be seen is written like this".into()),
    }
}

fn action(words: &str) -> Result<What, String> {
    let disturbance = DISTURBANCES.iter().find(|(name, _)| *name == words);
    if let Some((_, disturbance)) = disturbance {
        return Ok(What::Disturbance(*disturbance));
    }
    if let Some(nicks) = words.strip_prefix("the network splits off ") {
        return Ok(What::Splits(nicks.split(' ').map(str::to_string).collect()));
    }
    if let Some(command) = words.strip_prefix("the operator runs: ") {
        return Ok(What::Runs(arguments(command)));
    }
    if let Some(deed) = words.strip_prefix("an operator ") {
        return operator(deed);
    }
    if let Some(seconds) =
        words.strip_prefix("wait ").and_then(|rest| rest.strip_suffix(" seconds"))
    {
        return seconds.parse().map(What::Wait).map_err(|_| "so many seconds?".into());
    }
    let (who, text) = words.split_once(": ").unwrap_or((words, ""));
    let mut who = who.split(' ');
    let nick = who.next().unwrap_or("").to_string();
    let verb: Vec<&str> = who.collect();
    let sends = |line: String, times| -> Result<What, String> {
        Ok(What::Sends { nick: nick.clone(), bytes: bytes(&line)?, times })
    };
    match verb.as_slice() {
        [] => sends(format!("PRIVMSG {{channel}} :{text}"), 1),
        ["does"] => sends(format!("PRIVMSG {{channel}} :\\x01ACTION {text}\\x01"), 1),
        ["notices"] => sends(format!("NOTICE {{channel}} :{text}"), 1),
        ["to", whom] => sends(format!("PRIVMSG {whom} :{text}"), 1),
        ["sends"] => sends(text.into(), 1),
        ["sends", times, "times"] => {
            sends(text.into(), times.parse().map_err(|_| "how many times?".to_string())?)
        }
        ["joins"] => Ok(What::Joins { account_of: Some(nick.clone()), nick }),
        ["joins", "as", whom] => Ok(What::Joins { nick, account_of: Some((*whom).into()) }),
        ["joins", "without", "an", "account"] => Ok(What::Joins { nick, account_of: None }),
        ["joins", "again"] => Ok(What::JoinsAgain(nick)),
        ["parts"] => Ok(What::Parts(nick)),
        ["leaves"] => Ok(What::Leaves(nick)),
        ["changes", "nick", "to", new] => Ok(What::Renames { nick, new: (*new).into() }),
        _ => Err("nobody can do that".into()),
    }
}

fn operator(deed: &str) -> Result<What, String> {
    match deed.split(' ').collect::<Vec<_>>().as_slice() {
        ["kills", nick] => Ok(What::Kill((*nick).into())),
        ["kicks", nick] => Ok(What::Kick((*nick).into())),
        ["renames", nick, "to", new] => {
            Ok(What::ForceNick { nick: (*nick).into(), new: (*new).into() })
        }
        ["sets", "mode", ..] => Ok(What::Mode(deed["sets mode ".len()..].into())),
        _ => Err("no operator can do that".into()),
    }
}

/// A command's arguments; `"…"` holds words together.
fn arguments(command: &str) -> Vec<String> {
    let quoted = command.split('"').enumerate();
    let parts = quoted.flat_map(|(index, part)| match index % 2 {
        1 => vec![part.to_string()],
        _ => part.split_whitespace().map(str::to_string).collect(),
    });
    parts.collect()
}

/// The bytes meant by a text in which `\xNN` is a byte and `\\` a backslash.
fn bytes(text: &str) -> Result<Vec<u8>, String> {
    let mut bytes = Vec::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('\\') {
        bytes.extend_from_slice(before.as_bytes());
        if let Some(after) = after.strip_prefix('\\') {
            bytes.push(b'\\');
            rest = after;
            continue;
        }
        let digits = after.strip_prefix('x').and_then(|after| after.get(..2));
        let byte = digits.and_then(|digits| u8::from_str_radix(digits, 16).ok());
        bytes.push(byte.ok_or(r"write \xNN for a byte and \\ for a backslash")?);
        rest = &after[3..];
    }
    bytes.extend_from_slice(rest.as_bytes());
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_story_is_taken_apart() {
        let story = Story::parse(
            "# remark\nservers: ngircd\nset: meeting.echo = true\n\ngwd joins\ngwd: a\\xffb\n  \
             beadle: Hi …\n  gwd is told: no\n  minutes txt:\n    … x\n    not: y\n",
        )
        .expect("a good story");
        assert_eq!(story.servers, [Kind::Ngircd]);
        assert_eq!(story.settings, [("meeting.echo".to_string(), Value::from(true))]);
        assert_eq!(
            arguments("minutes edit 1 \"two words\""),
            ["minutes", "edit", "1", "two words"]
        );
        let whats: Vec<_> = story.steps.into_iter().map(|step| step.what).collect();
        assert_eq!(
            whats,
            [
                What::Joins { nick: "gwd".into(), account_of: Some("gwd".into()) },
                What::Sends {
                    nick: "gwd".into(),
                    bytes: b"PRIVMSG {channel} :a\xffb".into(),
                    times: 1
                },
                What::Said("Hi …".into()),
                What::Told { nick: "gwd".into(), pattern: "no".into() },
                What::Shows {
                    place: Place::File("txt".into()),
                    has: vec!["… x".into()],
                    has_not: vec!["y".into()]
                },
            ]
        );
    }

    #[test]
    fn what_cannot_be_played_is_refused_with_its_line() {
        for (text, why) in [
            ("gwd joins\n", "on which servers"),
            ("servers: freenode\n", "line 1: no such server"),
            ("servers: ngircd\n\ngwd sings\n", "line 3: nobody can do that"),
            ("servers: ngircd\n  gwd sings\n", "line 2: nothing that could be seen"),
            ("servers: ngircd\ngwd: \\xzz\n", "line 2: write \\xNN"),
            ("servers: ngircd\n    x\n", "line 2: only the lines of a file"),
        ] {
            let error = Story::parse(text).expect_err(text);
            assert!(error.contains(why), "{text}: {error}");
        }
    }
}
