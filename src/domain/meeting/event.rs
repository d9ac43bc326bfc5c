//! What happens in a channel while a meeting is on, and its form in the stored log.

use crate::domain::meeting::ledger::Fact;
use crate::domain::meeting::mark::Mark;
use crate::domain::meeting::settings::Settings;
use crate::domain::name::{Account, Nick};
use crate::domain::text::Text;
use crate::domain::time::Moment;
use serde::{Deserialize, Serialize};

/// Something that happened in a channel, and when.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// The time shown: the server's where it gave one within five minutes of ours, else ours.
    pub at: Moment,
    /// When it reached us. Order is by arrival.
    pub heard_at: Moment,
    /// What it was.
    pub what: What,
}

/// What the network says of a person's services account.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Login {
    /// The network has no accounts, or did not say.
    #[default]
    Unknown,
    /// The network has accounts and this person is not logged in.
    No,
    /// Logged in as this account.
    As(Account),
}

impl Login {
    /// The account, where there is one.
    pub fn account(&self) -> Option<&Account> {
        match self {
            Login::As(account) => Some(account),
            _ => None,
        }
    }
}

/// Somebody in the channel.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Speaker {
    /// What they are called now.
    pub nick: Nick,
    /// Who they are.
    #[serde(default)]
    pub login: Login,
}

/// How a line was said.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Manner {
    /// An ordinary PRIVMSG.
    Say,
    /// `/me` (CTCP ACTION).
    Act,
    /// A NOTICE: logged, never obeyed, never answered.
    Notice,
}

/// The kinds of events: by people first, then by the bot, then by the program.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum What {
    /// Somebody said a line.
    Said {
        /// Who.
        who: Speaker,
        /// How.
        manner: Manner,
        /// The words as they came, formatting codes and all.
        text: Text,
    },
    /// Somebody came into the channel.
    Joined(Speaker),
    /// Somebody left: part, quit, kick or kill.
    Left {
        /// Who.
        nick: Nick,
        /// In which way.
        how: Leaving,
        /// The words given with it.
        reason: Text,
    },
    /// Somebody changed nick.
    Renamed {
        /// The nick until now.
        old: Nick,
        /// The nick from now on.
        new: Nick,
    },
    /// Somebody logged in or out of services.
    LoggedIn(Speaker),
    /// The channel's topic was changed.
    TopicSet {
        /// By whom.
        nick: Nick,
        /// The topic now.
        text: Text,
    },
    /// The bot itself said a line here.
    Own {
        /// How (say or act).
        manner: Manner,
        /// The words.
        text: Text,
    },
    /// A meeting was opened: the facts it is judged by, as they were.
    Opened(Box<Settings>),
    /// Who is in the channel now; replaces what was known.
    Members(Vec<Speaker>),
    /// Nothing was heard between these two moments.
    Gap {
        /// The last moment known to be heard.
        from: Moment,
        /// The first moment heard again.
        to: Moment,
    },
    /// The group's ledger answered; makes no log line by itself.
    Ledger(Box<Fact>),
    /// Time has passed; stored only where it does something.
    Tick,
    /// A mark read from a log: the line is already made, and means what it says.
    Noted(Mark),
    /// The event that stood here, with its words destroyed.
    Redacted(Box<What>),
}

/// How somebody left.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Leaving {
    /// PART.
    Part,
    /// QUIT, also KILL.
    Quit,
    /// A netsplit: they did not choose it and are expected back.
    Split,
    /// KICK.
    Kick,
}

/// An event's columns in the stored log: one short word, two names, one text.
///
/// The kind of a redacted row is that of its event with `x-` before it. `login` is null where the network has no accounts, empty where the person is not logged in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// The kind, one of the words in [`Row::of`].
    pub kind: String,
    /// The nick, where the kind has one.
    pub nick: Option<String>,
    /// The account: null unknown, empty not logged in.
    pub login: Option<String>,
    /// The text; JSON for `opened` and `members`, two microsecond counts for `gap`.
    pub text: String,
}

/// A stored row that is none of ours.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a log row of kind {kind:?} could not be read: {why}")]
pub struct BadRow {
    /// Its kind.
    pub kind: String,
    /// What is wrong with it.
    pub why: String,
}

impl Row {
    /// The columns of an event.
    pub fn of(what: &What) -> Row {
        let row = |kind: &str, nick: Option<&Nick>, login: Option<String>, text: &str| Row {
            kind: kind.to_string(),
            nick: nick.map(|nick| nick.as_str().to_string()),
            login,
            text: text.to_string(),
        };
        match what {
            What::Said { who, manner, text } => row(
                manner_word(*manner),
                Some(&who.nick),
                login_column(&who.login),
                text.as_untrusted(),
            ),
            What::Joined(who) => row("join", Some(&who.nick), login_column(&who.login), ""),
            What::Left { nick, how, reason } => {
                row(leaving_word(*how), Some(nick), None, reason.as_untrusted())
            }
            What::Renamed { old, new } => row("nick", Some(old), None, new.as_str()),
            What::LoggedIn(who) => row("login", Some(&who.nick), login_column(&who.login), ""),
            What::TopicSet { nick, text } => row("topic", Some(nick), None, text.as_untrusted()),
            What::Own { manner: Manner::Act, text } => {
                row("own-act", None, None, text.as_untrusted())
            }
            What::Own { text, .. } => row("own", None, None, text.as_untrusted()),
            What::Opened(settings) => row("opened", None, None, &json(settings)),
            What::Members(members) => row("members", None, None, &json(members)),
            What::Gap { from, to } => {
                row("gap", None, None, &format!("{} {}", from.micros(), to.micros()))
            }
            What::Ledger(fact) => row("ledger", None, None, &json(fact)),
            What::Tick => row("tick", None, None, ""),
            What::Noted(mark) => row("noted", None, None, &mark.sentence()),
            What::Redacted(what) => {
                let inner = Row::of(what);
                Row { kind: format!("{REDACTED}{}", inner.kind), ..inner }
            }
        }
    }

    /// The event of these columns.
    pub fn what(&self) -> Result<What, BadRow> {
        if let Some(kind) =
            self.kind.strip_prefix(REDACTED).filter(|kind| !kind.starts_with(REDACTED))
        {
            let inner = Row { kind: kind.to_string(), ..self.clone() };
            return inner.what().map(|what| What::Redacted(Box::new(what)));
        }
        let bad = |why: String| BadRow { kind: self.kind.chars().take(32).collect(), why };
        let nick = || Nick::new(self.nick.as_deref().unwrap_or(""));
        let who = || Speaker { nick: nick(), login: login_from(self.login.as_deref()) };
        let text = || Text::new(self.text.clone());
        let said = |manner| Ok(What::Said { who: who(), manner, text: text() });
        let left = |how| Ok(What::Left { nick: nick(), how, reason: text() });
        match self.kind.as_str() {
            "say" => said(Manner::Say),
            "act" => said(Manner::Act),
            "notice" => said(Manner::Notice),
            "join" => Ok(What::Joined(who())),
            "part" => left(Leaving::Part),
            "quit" => left(Leaving::Quit),
            "split" => left(Leaving::Split),
            "kick" => left(Leaving::Kick),
            "nick" => Ok(What::Renamed { old: nick(), new: Nick::new(&self.text) }),
            "login" => Ok(What::LoggedIn(who())),
            "topic" => Ok(What::TopicSet { nick: nick(), text: text() }),
            "own" => Ok(What::Own { manner: Manner::Say, text: text() }),
            "own-act" => Ok(What::Own { manner: Manner::Act, text: text() }),
            "opened" => serde_json::from_str(&self.text)
                .map(What::Opened)
                .map_err(|error| bad(error.to_string())),
            "members" => serde_json::from_str(&self.text)
                .map(What::Members)
                .map_err(|error| bad(error.to_string())),
            "ledger" => serde_json::from_str(&self.text)
                .map(What::Ledger)
                .map_err(|error| bad(error.to_string())),
            "tick" => Ok(What::Tick),
            "noted" => Ok(What::Noted(Mark::parse(&self.text))),
            "gap" => gap(&self.text).ok_or_else(|| bad("two numbers were expected".into())),
            _ => Err(bad("no such kind".into())),
        }
    }
}

/// What stands before the kind of a row whose words were destroyed.
const REDACTED: &str = "x-";

fn json(value: &impl Serialize) -> String {
    serde_json::to_string(value).expect("plain values with string keys always serialise")
}

fn gap(text: &str) -> Option<What> {
    let (from, to) = text.split_once(' ')?;
    let micros = |word: &str| word.parse().ok().map(Moment::from_micros);
    Some(What::Gap { from: micros(from)?, to: micros(to)? })
}

fn manner_word(manner: Manner) -> &'static str {
    match manner {
        Manner::Say => "say",
        Manner::Act => "act",
        Manner::Notice => "notice",
    }
}

fn leaving_word(how: Leaving) -> &'static str {
    match how {
        Leaving::Part => "part",
        Leaving::Quit => "quit",
        Leaving::Split => "split",
        Leaving::Kick => "kick",
    }
}

pub(crate) fn login_column(login: &Login) -> Option<String> {
    match login {
        Login::Unknown => None,
        Login::No => Some(String::new()),
        Login::As(account) => Some(account.as_str().to_string()),
    }
}

pub(crate) fn login_from(column: Option<&str>) -> Login {
    match column {
        None => Login::Unknown,
        Some("") => Login::No,
        Some(account) => Login::As(Account::new(account)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_event_comes_back_from_its_row() {
        let who = Speaker { nick: "gwd".into(), login: Login::As("georged".into()) };
        let stranger = Speaker { nick: "mira".into(), login: Login::No };
        let at = Moment::from_micros(1_542_121_200_000_000);
        for what in [
            What::Said { who: who.clone(), manner: Manner::Say, text: "#topic \u{2}x".into() },
            What::Said { who: stranger.clone(), manner: Manner::Act, text: "waves".into() },
            What::Said { who: who.clone(), manner: Manner::Notice, text: "".into() },
            What::Joined(stranger.clone()),
            What::Left { nick: "mira".into(), how: Leaving::Split, reason: "a.b c.d".into() },
            What::Renamed { old: "gwd".into(), new: "gwd_".into() },
            What::LoggedIn(who.clone()),
            What::TopicSet { nick: "gwd".into(), text: "".into() },
            What::Own { manner: Manner::Say, text: "Current chairs: gwd".into() },
            What::Own { manner: Manner::Act, text: "nods".into() },
            What::Opened(Box::default()),
            What::Members(vec![who, stranger]),
            What::Gap { from: at, to: at.plus(5) },
            What::Ledger(Box::new(Fact::Carried { entries: Vec::new() })),
            What::Tick,
            What::Noted(Mark::Relay("bridge".into())),
            What::Redacted(Box::new(What::Own { manner: Manner::Say, text: "[redacted]".into() })),
        ] {
            assert_eq!(Row::of(&what).what(), Ok(what));
        }
    }

    #[test]
    fn a_foreign_row_is_an_error_not_a_panic() {
        for (kind, text) in
            [("nonsense", ""), ("opened", "{"), ("ledger", "{}"), ("members", "7"), ("gap", "1")]
        {
            let row = Row { kind: kind.into(), nick: None, login: None, text: text.into() };
            assert!(row.what().is_err(), "{kind}");
        }
    }
}
