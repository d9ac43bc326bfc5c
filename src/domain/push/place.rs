//! One yum repository on one architecture: what was accepted of it, and how it fares.
//!
//! What it carries is not here, but in the index.

use crate::domain::push::text::{cut, word};
use crate::domain::push::window::day_and_hour;
use crate::domain::push::word::span;
use crate::domain::text::clean;
use crate::domain::time::{DAY, MINUTE, Moment};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A fault that lasts so long is told to a lead, once, in microseconds.
pub const PATIENCE: i64 = 60 * MINUTE;
/// A copy that is so far behind is told to a lead, once for each push, in microseconds.
pub const MOST_LAG: i64 = DAY;
/// When more of the source builds than this vanish at once, nothing is believed before a person has
/// looked, in per cent.
pub const MOST_VANISHING: u32 = 30;
/// A repository may lose so many without that, but not all that it has.
pub const FEW: usize = 3;
/// The longest description of a fault, in characters.
const MOST_FAULT: usize = 200;

/// A repository on an architecture.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    /// What was accepted last; none before the first time.
    pub known: Option<Known>,
    /// When it was last looked at without a fault.
    pub checked_at: Option<Moment>,
    /// When it last had something else in it.
    pub changed_at: Option<Moment>,
    /// What is wrong.
    pub fault: Option<Fault>,
    /// What was not accepted, as too much was gone.
    pub doubt: Option<Doubt>,
    /// The repomd.xml that a person allowed all the same, by its SHA-256.
    pub allowed: Option<String>,
    /// Its copies, by their address.
    pub mirrors: BTreeMap<String, Mirror>,
}

/// What was accepted of a repository.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Known {
    /// The SHA-256 of its repomd.xml, in hexadecimal digits.
    pub sha256: String,
    /// Its revision: never goes backwards.
    pub revision: Option<i64>,
    /// The time of its primary metadata, in seconds since 1970: neither.
    pub stamp: Option<i64>,
    /// What the server wants to be asked with next time.
    pub etag: Option<String>,
    /// The same as a date.
    pub modified: Option<String>,
}

/// What is wrong with a repository.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fault {
    /// In a sentence.
    pub sentence: String,
    /// Since when.
    pub since: Moment,
    /// When a lead was told.
    pub told_at: Option<Moment>,
}

/// What was not accepted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Doubt {
    /// The SHA-256 of its repomd.xml.
    pub sha256: String,
    /// How much was gone in it, in per cent.
    pub vanished: u32,
    /// Since when.
    pub since: Moment,
}

/// A copy of a repository.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mirror {
    /// The revision of what is there.
    pub revision: Option<i64>,
    /// How old the copy says it is, in microseconds.
    pub lag: Option<i64>,
    /// When it was last looked at.
    pub checked_at: Option<Moment>,
    /// What went wrong then.
    pub fault: Option<String>,
}

impl Place {
    /// It was looked at and had no fault; what was wrong before and was told.
    pub fn answers(&mut self, now: Moment) -> Option<Fault> {
        self.checked_at = Some(now);
        self.fault.take().filter(|fault| fault.told_at.is_some())
    }

    /// It could not be looked at, or what it had was not whole. Whether a lead is to be told now.
    pub fn fails(&mut self, sentence: &str, now: Moment) -> bool {
        let sentence: String = clean(sentence).chars().take(MOST_FAULT).collect();
        let fault =
            self.fault.get_or_insert(Fault { sentence: String::new(), since: now, told_at: None });
        fault.sentence = sentence;
        let is_due = now.since(fault.since) >= PATIENCE && fault.told_at.is_none();
        if is_due {
            fault.told_at = Some(now);
        }
        is_due
    }

    /// Whether so much vanishing is to be believed: it is little, or a person has allowed it.
    /// What is not is kept as a doubt, and whether that is a new one.
    pub fn believes(&mut self, sha256: &str, gone: usize, vanished: u32, now: Moment) -> Belief {
        let is_allowed = self.allowed.as_deref() == Some(sha256);
        let is_little = vanished < 100 && (gone <= FEW || vanished <= MOST_VANISHING);
        if is_allowed || is_little {
            (self.doubt, self.allowed) = (None, None);
            return Belief::Believed;
        }
        let is_new = self.doubt.as_ref().is_none_or(|doubt| doubt.sha256 != sha256);
        if is_new {
            self.doubt = Some(Doubt { sha256: sha256.to_string(), vanished, since: now });
        }
        if is_new { Belief::Asks } else { Belief::Waits }
    }

    /// How many of its copies have what was accepted, and of how many: `3/5`.
    pub fn mirrored(&self, urls: &[String]) -> Option<String> {
        let revision = self.known.as_ref()?.revision?;
        let has_it = |url: &&String| {
            let mirror = self.mirrors.get(*url);
            mirror.is_some_and(|mirror| mirror.revision.is_some_and(|theirs| theirs >= revision))
        };
        let count = urls.iter().filter(has_it).count();
        (!urls.is_empty()).then(|| format!("{count}/{}", urls.len()))
    }
}

/// Whether something is believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Belief {
    /// It is.
    Believed,
    /// It is not, and somebody is to be asked.
    Asks,
    /// It is not, and somebody was asked.
    Waits,
}

/// What a lead is told of a repository that cannot be read.
pub fn trouble(repository: &str, arch: &str, fault: &Fault) -> String {
    format!(
        "{} {} cannot be read since {}: {}  Nothing is announced from it meanwhile.",
        word(repository),
        word(arch),
        day_and_hour(fault.since),
        clean(&fault.sentence)
    )
}

/// What they are told when it can be read again.
pub fn recovered(repository: &str, arch: &str, fault: &Fault) -> String {
    let since = day_and_hour(fault.since);
    format!("{} {} can be read again; it could not since {since}.", word(repository), word(arch))
}

/// What they are told when nothing has changed for long.
pub fn unchanged(repository: &str, arch: &str, since: Moment, now: Moment) -> String {
    format!(
        "{} {} has not changed for {} days, since {}.",
        word(repository),
        word(arch),
        now.since(since) / DAY,
        day_and_hour(since)
    )
}

/// What they are told when a copy lags behind.
pub fn lags(url: &str, lag: i64) -> String {
    format!("The mirror {} is {} behind.", cut(url, 200), span(lag))
}

/// How a repository fares, for people: one line, and one for each copy.
pub fn health(repository: &str, arch: &str, place: &Place, now: Moment) -> Vec<String> {
    let ago = |at: Option<Moment>| match at {
        Some(at) => format!("{} ago", span(now.since(at))),
        None => "never".to_string(),
    };
    let state = match (&place.fault, &place.doubt, &place.known) {
        (Some(fault), ..) => {
            format!(
                "cannot be read since {}: {}",
                day_and_hour(fault.since),
                clean(&fault.sentence)
            )
        }
        (None, Some(doubt), _) => format!(
            "is not believed since {}: {} % are gone at once (beadle push allow)",
            day_and_hour(doubt.since),
            doubt.vanished
        ),
        (None, None, None) => "was not read yet".to_string(),
        (None, None, Some(_)) => "is well".to_string(),
    };
    let mut lines = vec![format!(
        "{} {} {state}; looked at {}, changed {}.",
        word(repository),
        word(arch),
        ago(place.checked_at),
        ago(place.changed_at)
    )];
    let revision = place.known.as_ref().and_then(|known| known.revision);
    for (url, mirror) in &place.mirrors {
        let has = match (&mirror.fault, mirror.revision.zip(revision)) {
            (Some(fault), _) => format!("cannot be read: {}", clean(fault)),
            (None, Some((theirs, ours))) if theirs >= ours => "has it all".to_string(),
            _ => "has not the last push".to_string(),
        };
        let lag = mirror.lag.map(|lag| format!(", {} behind", span(lag))).unwrap_or_default();
        lines.push(format!(
            "  {} {has}{lag}; looked at {}.",
            cut(url, 200),
            ago(mirror.checked_at)
        ));
    }
    lines
}

/// What a lead is asked when too much is gone at once.
pub fn question(repository: &str, arch: &str, doubt: &Doubt) -> String {
    let (repository, arch) = (word(repository), word(arch));
    format!(
        "{} % of the packages of {repository} {arch} are gone at once.  Nothing is announced; if \
         that is meant: beadle push allow {repository} {arch}",
        doubt.vanished
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(minutes: i64) -> Moment {
        Moment::from_micros(minutes * MINUTE)
    }

    #[test]
    fn a_fault_that_lasts_is_told_once_and_so_is_its_end() {
        let mut place = Place::default();
        assert!(!place.fails("404\r\nQUIT", at(0)));
        assert!(!place.fails("404", at(59)));
        assert!(place.fails("timed out", at(60)));
        assert!(!place.fails("404", at(61)), "it was told");
        let fault = place.answers(at(70)).expect("its end is told too");
        assert!(recovered("virt7", "x86_64", &fault).contains("could not since Thu 1970-01-01"));
        assert!(!place.fails("404", at(71)));
        assert_eq!(place.answers(at(72)), None, "a short one is nobody's business");
    }

    #[test]
    fn a_repository_that_shrinks_is_believed_when_somebody_says_so() {
        let mut place = Place::default();
        assert_eq!(place.believes("a", 3, 75, at(0)), Belief::Believed, "of a small one");
        assert_eq!(place.believes("0", 1, 100, at(0)), Belief::Asks, "nothing is left");
        assert_eq!(place.believes("a", 20, 30, at(0)), Belief::Believed);
        assert_eq!(place.believes("b", 20, 31, at(0)), Belief::Asks);
        assert_eq!(place.believes("b", 20, 31, at(5)), Belief::Waits);
        assert_eq!(place.believes("c", 20, 40, at(6)), Belief::Asks, "another state");
        place.allowed = Some("c".into());
        assert_eq!(place.believes("c", 20, 40, at(7)), Belief::Believed);
        assert_eq!((place.doubt.clone(), place.allowed.clone()), (None, None));
    }

    #[test]
    fn how_a_repository_fares_is_told_in_a_line() {
        let mut place = Place::default();
        let told = |place: &Place| health("virt7", "x86_64", place, at(90)).join("\n");
        assert_eq!(told(&place), "virt7 x86_64 was not read yet; looked at never, changed never.");
        place.known = Some(Known { revision: Some(7), ..Known::default() });
        (place.checked_at, place.changed_at) = (Some(at(85)), Some(at(30)));
        let mirror = Mirror { revision: Some(6), lag: Some(DAY), ..Mirror::default() };
        place.mirrors.insert("http://m.example".into(), mirror);
        assert_eq!(
            told(&place),
            "virt7 x86_64 is well; looked at 5 min ago, changed 1 h ago.\n  http://m.example has not \
             the last push, 1 d behind; looked at never."
        );
        place.fails("404\r\nQUIT", at(60));
        assert!(told(&place).starts_with(
            "virt7 x86_64 cannot be read since Thu 1970-01-01 01:00 UTC: 404QUIT; looked at 5 min"
        ));
    }

    #[test]
    fn copies_are_counted_by_their_revision() {
        let mut place = Place::default();
        let urls = ["a".to_string(), "b".to_string(), "c".to_string()];
        assert_eq!(place.mirrored(&urls), None, "nothing is known yet");
        place.known = Some(Known { revision: Some(7), ..Known::default() });
        for (url, revision) in [("a", Some(7)), ("b", Some(6)), ("z", Some(9))] {
            place.mirrors.insert(url.into(), Mirror { revision, ..Mirror::default() });
        }
        assert_eq!(place.mirrored(&urls).as_deref(), Some("1/3"));
        assert_eq!(place.mirrored(&[]), None);
    }
}
