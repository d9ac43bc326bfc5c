//! The dialogs: conversations with a server as text, played to the session with a fake clock.
//! Not compiled into the program.
//!
//! A file in `dialogs/` begins with `network key=value …` (see [`network`]). Then, not indented:
//!
//! ```text
//! # a comment
//! 0:05 < :server 001 beadle :Welcome    at 5 s the server sends this line
//! 0:06 say #c words                     at 6 s the program says this (`post key #c`, `tell nick`, `topic #c`)
//! 0:07 up | lost closed why | long 9000 | stop | start | clock +3600 | wait
//! ```
//!
//! and indented what must follow, in order: `> line` sent, `connect`, `disconnect`, `heard …`,
//! `note …`, `alert …`, `finished`; with the time before it where that is not the input's.
//! `\x01` in a line is that byte. `UPDATE_SCRIPTS=1` rewrites the indented lines; read the diff.

use crate::config::{IrcNetwork, Sasl, Secret};
use crate::domain::meeting::event::{Login, Manner, Speaker, What};
use crate::domain::name::{Channel, Nick};
use crate::domain::text::Text;
use crate::domain::time::{MINUTE, Moment, SECOND};
use crate::flow::hear::{Heard, Reply, Sound};
use crate::irc::session::{Input, Loss, Now, Output, Session};

/// The first moment of every dialog.
const EPOCH: &str = "2018-11-13T15:00:00Z";

/// A network for tests; `words` are `nick= channels= alternates= sasl= operator= burst= interval=
/// password= without_login`.
pub fn network(words: &str) -> IrcNetwork {
    let mut network = IrcNetwork {
        host: "localhost".to_string(),
        realname: "meeting bot run by gwd".to_string(),
        ..IrcNetwork::on_loopback("testnet", 6667, "beadle", "#c")
    };
    let password = || Secret::new("secret");
    for word in words.split_whitespace() {
        match word.split_once('=').unwrap_or((word, "")) {
            ("nick", nick) => network.nick = nick.into(),
            ("channels", list) => network.channels = list.split(',').map(Channel::from).collect(),
            ("alternates", list) => network.alternates = list.split(',').map(Nick::from).collect(),
            ("operator", nick) => network.operator = Some(nick.into()),
            ("burst", lines) => network.burst_lines = lines.parse().unwrap(),
            ("interval", millis) => network.interval_millis = millis.parse().unwrap(),
            ("password", word) => network.server_password = Some(Secret::new(word)),
            ("without_login", _) => network.join_without_login = true,
            ("sasl", "plain") => {
                network.sasl = Some(Sasl::Plain { account: "beadle".into(), password: password() });
            }
            ("sasl", "scram") => {
                network.sasl =
                    Some(Sasl::ScramSha256 { account: "beadle".into(), password: password() });
            }
            ("sasl", "external") => {
                let (cert_file, key_file) = ("cert.pem".into(), "key.pem".into());
                network.sasl = Some(Sasl::External { cert_file, key_file });
            }
            other => panic!("no such setting: {other:?}"),
        }
    }
    network
}

struct Player {
    session: Session,
    mono: i64,
    wall_ahead: i64,
    /// The time of the latest input, and what was written under it.
    input_at: i64,
    out: Vec<String>,
    connecting: bool,
}

impl Player {
    fn new(network: IrcNetwork) -> Player {
        let now = Now { wall: Moment::parse(EPOCH).unwrap(), mono: 0 };
        let session = Session::new(network, &[7; 32], now);
        Player { session, mono: 0, wall_ahead: 0, input_at: 0, out: Vec::new(), connecting: false }
    }

    fn apply(&mut self, input: Input) {
        let wall = Moment::parse(EPOCH).unwrap().plus(self.mono + self.wall_ahead);
        let now = Now { wall, mono: self.mono };
        for output in self.session.apply(now, input) {
            self.connecting |= output == Output::Connect;
            let time = match self.mono == self.input_at {
                true => String::new(),
                false => format!("{} ", time(self.mono)),
            };
            self.out.push(format!("    {time}{}", shown(&output)));
        }
        if let Some(wake) = self.session.wake() {
            assert!(wake > self.mono, "a timer that is due was not handled at {}", time(self.mono));
        }
    }

    /// Lets time pass, waking the session whenever it wants to be.
    fn wait_until(&mut self, mono: i64) {
        while let Some(wake) = self.session.wake().filter(|wake| *wake <= mono) {
            self.mono = wake;
            self.apply(Input::Tick);
        }
        self.mono = mono;
    }

    fn play(&mut self, line: &str) {
        let (at, rest) = line.split_once(' ').unwrap_or_else(|| panic!("no time: {line:?}"));
        let (verb, rest) = rest.split_once(' ').unwrap_or((rest, ""));
        let mono = read_time(at);
        assert!(mono >= self.mono, "time runs backwards: {line:?}");
        // The machine may sleep: then nothing happens until it wakes.
        match verb {
            "asleep" | "start" => self.mono = mono,
            _ => self.wait_until(mono),
        }
        self.out.push(line.to_string());
        self.input_at = mono;
        let (one, two) = rest.split_once(' ').unwrap_or((rest, ""));
        match verb {
            "start" | "wait" | "asleep" => self.apply(Input::Tick),
            "up" => {
                assert!(std::mem::take(&mut self.connecting), "nobody connects: {line:?}");
                self.apply(Input::Connected);
            }
            "<" => self.apply(Input::Line(unescape(rest))),
            "long" => self.apply(Input::TooLong(rest.parse().unwrap())),
            "say" => self.apply(Input::Reply(Reply::Say(one.into(), unescape(two).into()))),
            "post" => {
                let (channel, words) = two.split_once(' ').unwrap_or((two, ""));
                let (key, text) = (one.to_string(), unescape(words).into());
                self.apply(Input::Reply(Reply::Post { key, channel: channel.into(), text }));
            }
            "tell" => self.apply(Input::Reply(Reply::Tell(one.into(), unescape(two).into()))),
            "topic" => self.apply(Input::Reply(Reply::SetTopic(one.into(), unescape(two).into()))),
            "stop" => self.apply(Input::Stop),
            "lost" if one != "closed" => {
                assert!(std::mem::take(&mut self.connecting), "nobody connects: {line:?}");
                self.apply(Input::Lost(loss(one), two.to_string()));
            }
            "lost" => self.apply(Input::Lost(loss(one), two.to_string())),
            "clock" => {
                self.wall_ahead += rest.parse::<i64>().unwrap() * SECOND;
                self.apply(Input::Tick);
            }
            other => panic!("no such input: {other:?} in {line:?}"),
        }
    }
}

fn loss(word: &str) -> Loss {
    match word {
        "closed" => Loss::Closed,
        "unreachable" => Loss::Unreachable,
        "untrusted" => Loss::Untrusted,
        other => panic!("no such loss: {other:?}"),
    }
}

/// `1:02:03.5` as microseconds.
fn read_time(text: &str) -> i64 {
    let parts = text.split(':').map(|part| part.parse::<f64>().unwrap());
    (parts.fold(0.0, |total, part| total * 60.0 + part) * 1_000_000.0) as i64
}

fn time(mono: i64) -> String {
    let (hours, minutes) = (mono / (60 * MINUTE), mono / MINUTE % 60);
    let (seconds, millis) = (mono / SECOND % 60, mono / 1000 % 1000);
    let hours = if hours > 0 { format!("{hours}:{minutes:02}") } else { minutes.to_string() };
    let millis = if millis > 0 { format!(".{millis:03}") } else { String::new() };
    format!("{hours}:{seconds:02}{millis}")
}

fn unescape(text: &str) -> String {
    let mut parts = text.split("\\x");
    let mut out = parts.next().unwrap_or_default().to_string();
    for part in parts {
        let (hex, rest) = part.split_at(2);
        out.push(char::from(u8::from_str_radix(hex, 16).unwrap()));
        out.push_str(rest);
    }
    out
}

fn escape(text: &str) -> String {
    text.chars()
        .map(|c| if c < ' ' { format!("\\x{:02x}", u32::from(c)) } else { c.to_string() })
        .collect()
}

fn shown(output: &Output) -> String {
    match output {
        Output::Connect => "connect".to_string(),
        Output::Disconnect => "disconnect".to_string(),
        Output::Finished => "finished".to_string(),
        Output::Write(line) => format!("> {}", escape(line)),
        Output::Note(text) => format!("note {}", escape(text)),
        Output::Alert(text) => format!("alert {}", escape(text)),
        Output::Heard(heard) => format!("heard {}", shown_heard(heard)),
    }
}

fn shown_heard(heard: &Heard) -> String {
    let at = match heard.at == heard.heard_at {
        true => String::new(),
        false => format!(" [at {}]", heard.at.clock()),
    };
    let what = match &heard.sound {
        Sound::Alive(channels) => format!("alive in {}", channels.len()),
        Sound::Posted(key) => format!("posted {key}"),
        Sound::Private(who, text) => format!("private {}: {}", shown_who(who), shown_text(text)),
        Sound::Channel(channel, what) => format!("{} {}", channel.as_str(), shown_what(what)),
        Sound::Back { channel, members, topic, lost_at, casemapping, accounts, bot } => {
            let members: Vec<String> = members.iter().map(shown_who).collect();
            let lost_at = lost_at.map_or(String::new(), |at| format!(" lost_at {}", at.clock()));
            format!(
                "{} back as {} [{}] topic {:?}{lost_at} {casemapping:?} accounts={accounts}",
                channel.as_str(),
                bot.as_str(),
                members.join(" "),
                topic.as_untrusted(),
            )
        }
    };
    format!("{what}{at}")
}

fn shown_what(what: &What) -> String {
    match what {
        What::Said { who, manner, text } => {
            let verb = match manner {
                Manner::Say => "says",
                Manner::Act => "acts",
                Manner::Notice => "notes",
            };
            format!("{} {verb}: {}", shown_who(who), shown_text(text))
        }
        What::Joined(who) => format!("{} joined", shown_who(who)),
        What::Left { nick, how, reason } => {
            format!("{} left ({how:?}): {}", nick.as_str(), shown_text(reason))
        }
        What::Renamed { old, new } => format!("{} is now {}", old.as_str(), new.as_str()),
        What::LoggedIn(who) => format!("{} logged in or out", shown_who(who)),
        What::TopicSet { nick, text } => {
            format!("topic by {}: {}", nick.as_str(), shown_text(text))
        }
        other => panic!("a session never says {other:?}"),
    }
}

/// `nick(account)`, `nick(-)` not logged in, `nick(?)` unknown.
fn shown_who(who: &Speaker) -> String {
    let login = match &who.login {
        Login::Unknown => "?",
        Login::No => "-",
        Login::As(account) => account.as_str(),
    };
    format!("{}({login})", who.nick.as_str())
}

fn shown_text(text: &Text) -> String {
    escape(text.as_untrusted())
}

fn replay(script: &str) -> String {
    let mut lines = script.lines();
    let mut out = Vec::new();
    let mut player = None;
    for line in lines.by_ref() {
        out.push(line.to_string());
        if let Some(words) = line.strip_prefix("network") {
            player = Some(Player::new(network(words)));
            break;
        }
    }
    let mut player = player.expect("a dialog begins with a network");
    player.out = out;
    for line in lines {
        match line {
            "" => player.out.push(String::new()),
            comment if comment.starts_with('#') => player.out.push(comment.to_string()),
            indented if indented.starts_with(' ') => {}
            input => player.play(input),
        }
    }
    player.out.join("\n") + "\n"
}

#[test]
fn dialogs() {
    let directory = concat!(env!("CARGO_MANIFEST_DIR"), "/src/irc/dialogs");
    let mut played = 0;
    let mut wrong = Vec::new();
    for entry in std::fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        let script = std::fs::read_to_string(&path).unwrap();
        let seen = replay(&script);
        played += 1;
        if seen != script {
            if std::env::var_os("UPDATE_SCRIPTS").is_some() {
                std::fs::write(&path, &seen).unwrap();
            }
            let first = script.lines().zip(seen.lines()).find(|(old, new)| old != new);
            wrong.push(format!("{}: {first:#?}", path.display()));
        }
    }
    assert!(played > 0, "no dialogs in {directory}");
    let updating = std::env::var_os("UPDATE_SCRIPTS").is_some();
    assert!(wrong.is_empty() || updating, "{} differ:\n{}", wrong.len(), wrong.join("\n"));
}

mod any_bytes {
    use super::*;
    use crate::irc::frame::{Framed, Framer};
    use proptest::prelude::*;

    /// What servers say, and nearly so, in any order.
    fn line() -> impl Strategy<Value = String> {
        let name = "(beadle|al|#c|#d|@#c|\\*|s\\.example|152|\\PC{0,3})";
        let word = format!(
            "({name}|-|\\+x|-x|LS|ACK|NAK|NEW|DEL|netsplit|sasl|echo-message|account-tag|batch|\
             PREFIX=\\(ov\\)@\\+|CASEMAPPING=ascii|WHOX|TOPICLEN=0|BOT=B|[+-][ovbklq]{{1,3}}|fence-[0-9])"
        );
        let tags = "(@(account|time|msgid|batch)=[a-z0-9:TZ-]{0,20} )?";
        let command = "(PRIVMSG|NOTICE|JOIN|PART|KICK|QUIT|NICK|TOPIC|MODE|CAP|BATCH|ACCOUNT|CHGHOST|\
             KILL|ERROR|INVITE|PING|PONG|AUTHENTICATE|00[15]|043|3(31|32|53|54|66|76|15)|\
             4(04|33|37|70|71|73|74|77|82)|90[0-8]|[0-9]{3}|\\PC{0,4})";
        let text = "( :(\u{1}(ACTION|PING|VERSION)? ?|)\\PC{0,20}\u{1}?)?";
        let pattern = format!(
            "{tags}(:(beadle|al|{name}|s\\.example)(!u@h)? )?{command}( {word}){{0,6}}{text}"
        );
        prop::string::string_regex(&pattern).unwrap()
    }

    fn input() -> impl Strategy<Value = Input> {
        prop_oneof![
            20 => line().prop_map(Input::Line),
            3 => Just(Input::Connected),
            3 => Just(Input::Tick),
            1 => Just(Input::Lost(Loss::Closed, "cut".into())),
            2 => ".{0,900}".prop_map(|text| Input::Reply(Reply::Say("#c".into(), text.into()))),
            1 => ".{0,900}".prop_map(|text| Input::Reply(Reply::Post {
                key: "k".into(), channel: "#c".into(), text: text.into(),
            })),
            1 => ".{0,900}".prop_map(|text| Input::Reply(Reply::SetTopic("#c".into(), text.into()))),
            1 => ".{0,9}".prop_map(|nick| Input::Reply(Reply::Tell(nick.as_str().into(), "x".into()))),
        ]
    }

    fn check(outputs: &[Output]) {
        for output in outputs {
            if let Output::Write(line) = output {
                assert!(line.len() <= 510 && !line.contains(['\r', '\n', '\0']), "{line:?}");
            }
        }
    }

    proptest! {
        #[test]
        fn a_session_survives_whatever_comes(
            sasl in prop_oneof![Just(""), Just("sasl=plain"), Just("sasl=scram without_login")],
            inputs in prop::collection::vec((input(), 0..70i64), 0..60),
        ) {
            let mut player = Player::new(network(&format!("operator=al {sasl}")));
            let prologue = ["up", "< :s 001 beadle :x", "< :s 376 beadle :x", "< :beadle!b@h JOIN #c"];
            player.play("0:00 start");
            if sasl.is_empty() {
                prologue.iter().for_each(|line| player.play(&format!("0:00 {line}")));
            }
            for (input, seconds) in inputs {
                player.wait_until(player.mono + seconds * SECOND);
                let now = Now { wall: Moment::parse(EPOCH).unwrap().plus(player.mono), mono: player.mono };
                check(&player.session.apply(now, input));
                prop_assert!(player.session.wake().is_none_or(|wake| wake > player.mono));
            }
        }

        #[test]
        fn any_bytes_are_survived(bytes in prop::collection::vec(any::<u8>(), 0..3000)) {
            let mut player = Player::new(network(""));
            player.play("0:00 start");
            player.play("0:00 up");
            let (mut framer, mut lines) = (Framer::default(), Vec::new());
            framer.feed(&bytes, &mut lines);
            for framed in lines {
                player.apply(match framed {
                    Framed::Line(line) => Input::Line(line),
                    Framed::TooLong(bytes) => Input::TooLong(bytes),
                });
            }
        }
    }
}
