//! Marks: what the program itself writes into the log, so that a reader of the log alone knows as
//! much of who is who, and of what was not heard, as the meeting knew.
//!
//! A mark is one numbered log line, `HH:MM:SS -!- sentence` in the text log. A nick without marks
//! is taken for one person from its first line on, through its renames.

use crate::domain::name::{Account, Nick};
use crate::domain::text::{REDACTED, Text};
use crate::domain::time::Moment;

/// One mark.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Mark {
    /// `old is now known as new`
    Renamed(Nick, Nick),
    /// `nick is logged in as account`
    LoggedIn(Nick, Account),
    /// `nick is not logged in`
    NotLoggedIn(Nick),
    /// `nick has joined`: whoever has the nick now came with it.
    Joined(Nick),
    /// `nick is a relay`: its lines are `<real> text`.
    Relay(Nick),
    /// `not heard between 2018-11-13 15:10:05 and 2018-11-13 15:11:30 UTC`
    Gap(Moment, Moment),
    /// `nick signed in at 2018-11-13 14:55:20 UTC`: before the start.
    SignedIn(Nick, Moment),
    /// `regrets from NAME`
    Regrets(Text),
    /// `on the agenda: TOPIC`
    Agenda(Text),
    /// `nobody ended the meeting`: it ended by itself at its last line of substance.
    EndedByItself,
    /// `gwd corrected l-42 on 2018-11-14 10:00:00 UTC: the new words`; without words after the
    /// colon the item was removed.
    Corrected {
        /// By whom.
        by: Nick,
        /// When.
        at: Moment,
        /// The log line whose item was corrected.
        line: usize,
        /// What it says now; empty where it was removed.
        text: Text,
    },
    /// Any other sentence; it says something to people and nothing to the program.
    Other(Text),
}

const RENAMED: &str = " is now known as ";
const LOGGED_IN: &str = " is logged in as ";
const NOT_LOGGED_IN: &str = " is not logged in";
const JOINED: &str = " has joined";
const RELAY: &str = " is a relay";
const SIGNED_IN: &str = " signed in at ";
const REGRETS: &str = "regrets from ";
const AGENDA: &str = "on the agenda: ";
const ENDED_BY_ITSELF: &str = "nobody ended the meeting";
const CORRECTED: &str = " corrected l-";
const GAP: &str = "not heard between ";
const GAP_TIME: &str = "%Y-%m-%d %H:%M:%S";

impl Mark {
    /// The same with what somebody typed destroyed.
    pub fn redacted(self) -> Mark {
        match self {
            Mark::Corrected { by, at, line, .. } => {
                Mark::Corrected { by, at, line, text: REDACTED.into() }
            }
            other => other,
        }
    }

    /// The sentence in the log.
    pub fn sentence(&self) -> String {
        match self {
            Mark::Renamed(old, new) => format!("{}{RENAMED}{}", old.as_str(), new.as_str()),
            Mark::LoggedIn(nick, account) => {
                format!("{}{LOGGED_IN}{}", nick.as_str(), account.as_str())
            }
            Mark::NotLoggedIn(nick) => format!("{}{NOT_LOGGED_IN}", nick.as_str()),
            Mark::Joined(nick) => format!("{}{JOINED}", nick.as_str()),
            Mark::Relay(nick) => format!("{}{RELAY}", nick.as_str()),
            Mark::Gap(from, to) => {
                format!(
                    "{GAP}{} and {} UTC",
                    from.utc().format(GAP_TIME),
                    to.utc().format(GAP_TIME)
                )
            }
            Mark::SignedIn(nick, at) => {
                format!("{}{SIGNED_IN}{} UTC", nick.as_str(), at.utc().format(GAP_TIME))
            }
            Mark::Regrets(name) => format!("{REGRETS}{}", name.as_untrusted()),
            Mark::Agenda(topic) => format!("{AGENDA}{}", topic.as_untrusted()),
            Mark::EndedByItself => ENDED_BY_ITSELF.to_string(),
            Mark::Corrected { by, at, line, text } => format!(
                "{}{CORRECTED}{line} on {} UTC: {}",
                by.as_str(),
                at.utc().format(GAP_TIME),
                text.as_untrusted()
            ),
            Mark::Other(sentence) => sentence.as_untrusted().to_string(),
        }
    }

    /// The mark of a sentence; one that is none of ours is kept as it is.
    pub fn parse(sentence: &str) -> Mark {
        let other = || Mark::Other(Text::new(sentence));
        if let Some(times) = sentence.strip_prefix(GAP) {
            return gap(times).unwrap_or_else(other);
        }
        if let Some(corrected) = corrected(sentence) {
            return corrected;
        }
        if sentence == ENDED_BY_ITSELF {
            return Mark::EndedByItself;
        }
        if let Some(name) = sentence.strip_prefix(REGRETS) {
            return Mark::Regrets(Text::new(name));
        }
        if let Some(topic) = sentence.strip_prefix(AGENDA) {
            return Mark::Agenda(Text::new(topic));
        }
        if let Some((nick, time)) = sentence.split_once(SIGNED_IN)
            && let Some(at) = time.strip_suffix(" UTC").and_then(moment)
            && !nick.contains(' ')
        {
            return Mark::SignedIn(Nick::new(nick), at);
        }
        if let Some((old, new)) = two(sentence, RENAMED) {
            return Mark::Renamed(Nick::new(old), Nick::new(new));
        }
        if let Some((nick, account)) = two(sentence, LOGGED_IN) {
            return Mark::LoggedIn(Nick::new(nick), Account::new(account));
        }
        let one = |ending| sentence.strip_suffix(ending).filter(|nick| !nick.contains(' '));
        match (one(NOT_LOGGED_IN), one(JOINED), one(RELAY)) {
            (Some(nick), _, _) => Mark::NotLoggedIn(Nick::new(nick)),
            (_, Some(nick), _) => Mark::Joined(Nick::new(nick)),
            (_, _, Some(nick)) => Mark::Relay(Nick::new(nick)),
            _ => other(),
        }
    }
}

fn two<'a>(sentence: &'a str, between: &str) -> Option<(&'a str, &'a str)> {
    sentence.split_once(between).filter(|(one, other)| !one.contains(' ') && !other.contains(' '))
}

fn gap(times: &str) -> Option<Mark> {
    let (from, to) = times.strip_suffix(" UTC")?.split_once(" and ")?;
    Some(Mark::Gap(moment(from)?, moment(to)?))
}

fn corrected(sentence: &str) -> Option<Mark> {
    let (by, rest) = sentence.split_once(CORRECTED).filter(|(by, _)| !by.contains(' '))?;
    let (line, rest) = rest.split_once(" on ")?;
    let (at, text) = rest.split_once(" UTC:")?;
    let (at, line) = (moment(at)?, line.parse().ok()?);
    Some(Mark::Corrected { by: Nick::new(by), at, line, text: Text::new(text.trim_start()) })
}

fn moment(time: &str) -> Option<Moment> {
    let time = chrono::NaiveDateTime::parse_from_str(time, GAP_TIME).ok()?;
    Some(Moment::from_utc(time.and_utc()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_mark_is_read_back_from_its_sentence() {
        let at = Moment::parse("2018-11-13T15:10:05Z").unwrap();
        for mark in [
            Mark::Renamed("gwd".into(), "gwd_".into()),
            Mark::LoggedIn("gwd_".into(), "gwd".into()),
            Mark::NotLoggedIn("gwd".into()),
            Mark::Joined("gwd".into()),
            Mark::Relay("bridge".into()),
            Mark::Gap(at, at.plus(85_000_000)),
            Mark::SignedIn("mira".into(), at),
            Mark::Regrets("jirkade".into()),
            Mark::EndedByItself,
            Mark::Agenda("arm64: who has hardware?".into()),
            Mark::Corrected { by: "gwd".into(), at, line: 42, text: "on: off UTC: x".into() },
            Mark::Corrected { by: "gwd".into(), at, line: 42, text: "".into() },
            Mark::Other("gwd was split off by the network".into()),
        ] {
            assert_eq!(Mark::parse(&mark.sentence()), mark);
        }
        let sentence = Mark::Gap(at, at.plus(85_000_000)).sentence();
        assert_eq!(sentence, "not heard between 2018-11-13 15:10:05 and 2018-11-13 15:11:30 UTC");
    }
}
