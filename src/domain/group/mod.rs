//! The group: what the configuration says of it, and everything that was changed since, as one
//! journal folded into one value.
//!
//! An entry of the journal says who changed what, when and where. Nothing of it is ever altered, so
//! the journal is the audit too, and what the group looked like on any day can be found again.

pub mod act;
mod answer;
pub mod away;
mod may;
mod plan;
pub mod report;
pub mod told;

pub use answer::Circumstances;
pub use may::MOST_TEXT_BYTES;

use crate::domain::name::{Account, Nick};
use crate::domain::notice::{self, Notices, Origin};
use crate::domain::roadmap::{self, Roadmap};
use crate::domain::roster::{self, Roster};
use crate::domain::schedule::{self, Schedule};
use crate::domain::text::{REDACTED, Text};
use crate::domain::time::Moment;
use report::Reports;
use serde::{Deserialize, Serialize};

/// One change of the group.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "of", rename_all = "snake_case")]
pub enum Change {
    /// Of who is who.
    Roster(roster::Change),
    /// Of an action or a call for help.
    Entry {
        /// Its number.
        number: u32,
        /// What happens to it.
        #[serde(flatten)]
        change: roadmap::Change,
    },
    /// Of a milestone.
    Milestone(roadmap::MilestoneChange),
    /// Of a notice.
    Notice {
        /// Its number.
        number: u32,
        /// What happens to it.
        #[serde(flatten)]
        change: notice::Change,
    },
    /// Of a quarterly report.
    Report(report::Change),
    /// Of the schedule.
    Schedule(schedule::Change),
    /// Of something beside the group.
    Act(act::Act),
}

impl Change {
    /// The same without what somebody typed in a meeting, where there is something.
    pub fn redacted(&self) -> Option<Change> {
        let mut change = self.clone();
        let words = match &mut change {
            Change::Entry { change, .. } => change.words_mut(),
            Change::Notice { change, .. } => change.words_mut(),
            Change::Schedule(change) => change.words_mut(),
            Change::Roster(_) | Change::Milestone(_) | Change::Report(_) | Change::Act(_) => None,
        };
        *words? = REDACTED.into();
        Some(change)
    }
}

/// By which way a change came.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Via {
    /// Said on IRC.
    Irc,
    /// At the command line.
    Cli,
    /// By mail.
    Mail,
    /// On the pages.
    Web,
    /// By the program itself: a warning was given, a push completed a rebase.
    Itself,
}

/// Who made a change, and where.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct By {
    /// What they were called: a nick, the name of the user at the command line.
    pub name: Nick,
    /// Their account, where there was one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account: Option<Account>,
    /// By which way it came.
    pub via: Via,
    /// The slug of the meeting in which it was said, and the log line.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub meeting: Option<(String, u32)>,
}

impl By {
    /// The program itself.
    pub fn itself() -> By {
        By { name: Nick::new("beadle"), account: None, via: Via::Itself, meeting: None }
    }
}

/// One entry of the journal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Its place in the journal: 1, 2, 3 …
    pub id: i64,
    /// When.
    pub at: Moment,
    /// Who.
    pub by: By,
    /// What.
    pub change: Change,
}

/// The group as it is now.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Group {
    /// Who we are.
    pub roster: Roster,
    /// What was promised, and where help is wanted.
    pub roadmap: Roadmap,
    /// The news.
    pub notices: Notices,
    /// The quarterly reports.
    pub reports: Reports,
    /// When we meet.
    pub schedule: Schedule,
    /// The last entry of the journal that is in here; 0 before the first.
    pub last: i64,
}

impl Group {
    /// The group of the configuration, before the first entry of the journal.
    pub fn new(roster: Roster) -> Group {
        Group { roster, ..Group::default() }
    }

    /// Takes in an entry of the journal.
    pub fn apply(&mut self, entry: &Entry) {
        self.last = entry.id;
        let origin = Origin {
            at: entry.at,
            by: Text::new(entry.by.name.as_str()),
            meeting: entry.by.meeting.clone(),
        };
        match &entry.change {
            Change::Roster(change) => self.roster.apply(change),
            Change::Entry { number, change } => self.roadmap.apply(*number, change, &origin),
            Change::Milestone(change) => self.roadmap.apply_milestone(change),
            Change::Notice { number, change } => self.notices.apply(*number, change, &origin),
            Change::Report(change) => self.reports.apply(change, &origin),
            Change::Schedule(change) => self.schedule.apply(change),
            Change::Act(_) => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_is_read_back_as_it_was_stored() {
        let changes = [
            Change::Entry {
                number: 35,
                change: roadmap::Change::Opened {
                    kind: roadmap::Kind::Action,
                    text: "push libvirt".into(),
                    owners: vec!["jirkade".into()],
                    due: "2018-11-27".parse().ok(),
                },
            },
            Change::Notice { number: 1, change: notice::Change::Warned { days: 30 } },
            Change::Roster(roster::Change::Roles { who: "gwd".into(), roles: vec![] }),
            Change::Schedule(schedule::Change::Skip {
                date: "2018-12-25".parse().unwrap(),
                entry: Some("virt-sig".into()),
                reason: "Christmas".into(),
            }),
            Change::Milestone(roadmap::MilestoneChange {
                project: "xen".into(),
                milestone: "4.12".into(),
                date: None,
                state: Some("in testing".into()),
            }),
        ];
        for change in changes {
            let json = serde_json::to_string(&change).unwrap();
            assert_eq!(serde_json::from_str::<Change>(&json).unwrap(), change, "{json}");
        }
        let by = By::itself();
        let json = serde_json::to_string(&by).unwrap();
        assert_eq!(json, r#"{"name":"beadle","via":"itself"}"#);
        assert_eq!(serde_json::from_str::<By>(&json).unwrap(), by);
    }
}
