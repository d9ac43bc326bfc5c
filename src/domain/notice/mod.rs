//! Notices: dated news to the users of the group's packages, and what becomes of them.
//!
//! A notice is never changed in place: what it said before stays in its history.

pub mod read;

use crate::domain::text::Text;
use crate::domain::time::Moment;
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// How many days before the end of support people are warned, once each.
pub const WARNED_DAYS_BEFORE: [u32; 3] = [90, 30, 7];
/// The most notices kept.
pub const MOST_NOTICES: usize = 100_000;

/// What a notice is about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Kind {
    /// Plain news.
    News,
    /// Security support of a version ends on a day: data that pushes and warnings read.
    EndOfSupport {
        /// The project, for example `xen`.
        project: String,
        /// The version, for example `4.6`.
        version: String,
        /// The first day without support.
        date: NaiveDate,
    },
    /// Packages move to a new upstream version; closed by a release push with at least that version.
    Rebase {
        /// The project or package.
        project: String,
        /// The version aimed at.
        version: String,
        /// For which platform, for example `CentOS 7.6`; empty where it was not said.
        platform: String,
    },
    /// Something happens on a day.
    Event {
        /// The day.
        date: NaiveDate,
    },
}

impl Kind {
    /// What is told where data was recorded with the words; nothing for plain ones.
    pub fn recorded(&self) -> Option<String> {
        match self {
            Kind::EndOfSupport { project, version, date } => {
                Some(format!("{project} {version}: end of security support {date} recorded."))
            }
            _ => None,
        }
    }
}

/// What happens to a notice.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "change", rename_all = "snake_case")]
pub enum Change {
    /// It is posted.
    Posted {
        /// What it is about.
        #[serde(flatten)]
        kind: Kind,
        /// What it says.
        text: Text,
        /// The project, where it names one.
        about: Option<String>,
    },
    /// It says something else from now on.
    Corrected {
        /// What it says.
        text: Text,
    },
    /// It was wrong altogether.
    Withdrawn {
        /// Why.
        why: Text,
    },
    /// People were warned so many days before the end of support.
    Warned {
        /// One of [`WARNED_DAYS_BEFORE`].
        days: u32,
    },
    /// The rebase has arrived.
    Closed {
        /// The version that arrived.
        version: String,
    },
}

impl Change {
    /// What somebody typed of it, to be redacted.
    pub fn words_mut(&mut self) -> Option<&mut Text> {
        match self {
            Change::Posted { text, .. } | Change::Corrected { text } => Some(text),
            Change::Withdrawn { why } => Some(why),
            Change::Warned { .. } | Change::Closed { .. } => None,
        }
    }
}

/// What a notice said before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Revision {
    /// Until when.
    pub until: Moment,
    /// Who changed it.
    pub by: Text,
    /// The words it had.
    pub text: Text,
}

/// A notice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    /// Its number; its permanent address ends with it.
    pub number: u32,
    /// When it was posted.
    pub at: Moment,
    /// Who posted it.
    pub by: Text,
    /// The slug of the meeting in which it was said, and the log line.
    pub meeting: Option<(String, u32)>,
    /// What it is about.
    pub kind: Kind,
    /// The project, where it names one.
    pub project: Option<String>,
    /// What it says now, clean.
    pub text: Text,
    /// What it said before, oldest first.
    pub history: Vec<Revision>,
    /// When and why it was withdrawn.
    pub withdrawn: Option<(Moment, Text)>,
    /// The version that completed the rebase, and when.
    pub closed: Option<(Moment, String)>,
    /// The warnings that were given.
    pub warned: Vec<u32>,
}

impl Notice {
    /// `2018-11-13 - Xen 4.6 is out of security support now`
    pub fn sentence(&self) -> String {
        format!("{} - {}", self.at.date(), self.text.as_untrusted())
    }

    /// Whether it is an event of a day that has passed, or was withdrawn.
    pub fn is_past(&self, today: NaiveDate) -> bool {
        self.withdrawn.is_some() || matches!(self.kind, Kind::Event { date } if date < today)
    }

    /// The warning that is due on a day: the nearest of [`WARNED_DAYS_BEFORE`] that was reached and
    /// not given, where none nearer was given.
    pub fn warning_due(&self, today: NaiveDate) -> Option<u32> {
        let Kind::EndOfSupport { date, .. } = &self.kind else { return None };
        let left = (*date - today).num_days();
        if self.withdrawn.is_some() || left < 0 || self.at.date() > today {
            return None;
        }
        let reached = WARNED_DAYS_BEFORE.iter().filter(|days| left <= i64::from(**days)).min()?;
        let posted_left = (*date - self.at.date()).num_days();
        // What was posted within the span says so itself.
        let is_news = posted_left > i64::from(*reached);
        (is_news && !self.warned.iter().any(|given| given <= reached)).then_some(*reached)
    }
}

/// All notices, oldest first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Notices(Vec<Notice>);

/// When, by whom and where a change was made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin {
    /// When.
    pub at: Moment,
    /// By whom, as people read it.
    pub by: Text,
    /// The slug of the meeting in which it was said, and the log line.
    pub meeting: Option<(String, u32)>,
}

impl Notices {
    /// All, oldest first.
    pub fn all(&self) -> &[Notice] {
        &self.0
    }

    /// Those that stand, newest first.
    pub fn current(&self, today: NaiveDate) -> impl Iterator<Item = &Notice> {
        self.0.iter().rev().filter(move |notice| !notice.is_past(today))
    }

    /// The one of that number.
    pub fn one(&self, number: u32) -> Option<&Notice> {
        self.0.iter().find(|notice| notice.number == number)
    }

    /// The number that the next one gets.
    pub fn next_number(&self) -> u32 {
        self.0.iter().map(|notice| notice.number).max().unwrap_or(0).saturating_add(1)
    }

    /// Since when a version of a project is without support, where that is known; the last notice
    /// about it counts.
    pub fn end_of_support(&self, project: &str, version: &str) -> Option<NaiveDate> {
        self.0.iter().rev().filter(|notice| notice.withdrawn.is_none()).find_map(|notice| {
            match &notice.kind {
                Kind::EndOfSupport { project: known, version: of, date }
                    if known.eq_ignore_ascii_case(project) && of == version =>
                {
                    Some(*date)
                }
                _ => None,
            }
        })
    }

    /// The numbers of the notices of which people are to be warned on a day, and how many days
    /// before the warning is. Of a version only the last notice counts, as in
    /// [`Notices::end_of_support`].
    pub fn warnings_due(&self, today: NaiveDate) -> Vec<(u32, u32)> {
        let mut known = BTreeSet::new();
        let standing = self.0.iter().rev().filter(|notice| notice.withdrawn.is_none());
        let last = standing.filter(|notice| match &notice.kind {
            Kind::EndOfSupport { project, version, .. } => {
                known.insert((project.to_ascii_lowercase(), version.clone()))
            }
            _ => false,
        });
        last.filter_map(|notice| Some((notice.number, notice.warning_due(today)?))).collect()
    }

    /// Makes a stored change.
    pub fn apply(&mut self, number: u32, change: &Change, origin: &Origin) {
        if let Change::Posted { kind, text, about } = change {
            if self.0.len() < MOST_NOTICES && self.one(number).is_none() {
                self.0.push(Notice {
                    number,
                    at: origin.at,
                    by: origin.by.clone(),
                    meeting: origin.meeting.clone(),
                    kind: kind.clone(),
                    project: about.clone(),
                    text: text.clone(),
                    history: Vec::new(),
                    withdrawn: None,
                    closed: None,
                    warned: Vec::new(),
                });
            }
            return;
        }
        let Some(notice) = self.0.iter_mut().find(|notice| notice.number == number) else { return };
        match change {
            Change::Posted { .. } => {}
            Change::Corrected { text } => {
                let was = std::mem::replace(&mut notice.text, text.clone());
                notice.history.push(Revision {
                    until: origin.at,
                    by: origin.by.clone(),
                    text: was,
                });
            }
            Change::Withdrawn { why } => notice.withdrawn = Some((origin.at, why.clone())),
            Change::Warned { days } => notice.warned.push(*days),
            Change::Closed { version } => notice.closed = Some((origin.at, version.clone())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn origin(date: &str) -> Origin {
        let at = Moment::parse(&format!("{date}T15:00:00Z")).unwrap();
        Origin { at, by: "gwd".into(), meeting: None }
    }

    fn day(date: &str) -> NaiveDate {
        date.parse().unwrap()
    }

    fn post(notices: &mut Notices, kind: Kind, text: &str, on: &str) -> u32 {
        let number = notices.next_number();
        let change = Change::Posted { kind, text: text.into(), about: None };
        notices.apply(number, &change, &origin(on));
        number
    }

    fn end_of_xen(date: &str) -> Kind {
        Kind::EndOfSupport { project: "xen".into(), version: "4.6".into(), date: day(date) }
    }

    #[test]
    fn a_correction_keeps_what_was_said() {
        let mut notices = Notices::default();
        let number = post(&mut notices, Kind::News, "Xen 4.6 is out", "2018-11-13");
        let change = Change::Corrected { text: "Xen 4.6 is out of security support now".into() };
        notices.apply(number, &change, &origin("2018-11-14"));
        let notice = notices.one(number).unwrap();
        assert_eq!(notice.sentence(), "2018-11-13 - Xen 4.6 is out of security support now");
        assert_eq!(notice.history[0].text, "Xen 4.6 is out".into());
    }

    #[test]
    fn an_event_is_past_by_itself() {
        let mut notices = Notices::default();
        post(&mut notices, Kind::Event { date: day("2018-11-16") }, "Milan", "2018-11-13");
        assert_eq!(notices.current(day("2018-11-16")).count(), 1);
        assert_eq!(notices.current(day("2018-11-17")).count(), 0);
    }

    #[test]
    fn warns_once_for_each_span_and_catches_up_with_the_nearest() {
        let mut notices = Notices::default();
        let number = post(&mut notices, end_of_xen("2018-11-13"), "4.6 ends", "2018-01-02");
        let due = |notices: &Notices, on| notices.one(number).unwrap().warning_due(day(on));
        assert_eq!(due(&notices, "2018-08-14"), None);
        assert_eq!(due(&notices, "2018-08-15"), Some(90));
        notices.apply(number, &Change::Warned { days: 90 }, &origin("2018-08-15"));
        assert_eq!(due(&notices, "2018-10-13"), None);
        assert_eq!(due(&notices, "2018-11-07"), Some(7), "the 30 days were slept through");
        notices.apply(number, &Change::Warned { days: 7 }, &origin("2018-11-07"));
        assert_eq!(due(&notices, "2018-11-08"), None);
        assert_eq!(due(&notices, "2018-11-14"), None, "it has ended");
    }

    #[test]
    fn of_a_version_only_the_last_notice_warns() {
        let mut notices = Notices::default();
        let early = post(&mut notices, end_of_xen("2018-11-13"), "4.6 ends", "2018-01-02");
        let is_due = |notices: &Notices, on| notices.warnings_due(day(on));
        assert_eq!(is_due(&notices, "2018-10-20"), [(early, 30)]);
        let kind = Kind::EndOfSupport {
            project: "XEN".into(),
            version: "4.6".into(),
            date: day("2019-01-31"),
        };
        let later = post(&mut notices, kind, "4.6 ends later", "2018-09-01");
        assert_eq!(is_due(&notices, "2018-10-20"), []);
        assert_eq!(is_due(&notices, "2019-01-01"), [(later, 30)]);
        let change = Change::Withdrawn { why: "a mistake".into() };
        notices.apply(later, &change, &origin("2018-10-20"));
        assert_eq!(is_due(&notices, "2018-10-21"), [(early, 30)]);
        post(&mut notices, Kind::News, "no end", "2018-10-21");
        assert_eq!(is_due(&notices, "2018-10-21"), [(early, 30)]);
    }

    #[test]
    fn what_ends_today_needs_no_warning() {
        let mut notices = Notices::default();
        let number = post(&mut notices, end_of_xen("2018-11-13"), "4.6 ends", "2018-11-13");
        assert_eq!(notices.one(number).unwrap().warning_due(day("2018-11-13")), None);
        assert_eq!(notices.end_of_support("Xen", "4.6"), Some(day("2018-11-13")));
    }

    #[test]
    fn a_stored_change_is_read_back() {
        let change = Change::Posted {
            kind: end_of_xen("2018-11-13"),
            text: "x".into(),
            about: Some("xen".into()),
        };
        let json = serde_json::to_string(&change).unwrap();
        assert_eq!(serde_json::from_str::<Change>(&json).unwrap(), change);
    }
}
