//! The roadmap: actions and calls for help as a ledger over all meetings, and the milestones they
//! belong to.
//!
//! An entry keeps its number for ever. Nothing here knows in which meeting it was said, beyond the
//! reference to it.

mod assign;
pub mod text;

pub use assign::{Due, Promise, read};

use crate::domain::notice::Origin;
use crate::domain::text::Text;
use crate::domain::time::Moment;
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

/// The most entries kept.
pub const MOST_ENTRIES: usize = 100_000;

/// What an entry of the ledger is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Something that somebody promised.
    Action,
    /// Help is wanted; whoever takes it makes it an action.
    Help,
}

/// What happens to an entry.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "change", rename_all = "snake_case")]
pub enum Change {
    /// It is promised or asked for.
    Opened {
        /// Which of the two.
        kind: Kind,
        /// What is to be done, clean, without owners and due date.
        text: Text,
        /// Who is to do it: accounts, nicks or names as the roster or the speaker has them.
        owners: Vec<String>,
        /// By when.
        due: Option<NaiveDate>,
    },
    /// Other words, owners or day.
    Reworded {
        /// What is to be done.
        text: Text,
        /// Who is to do it.
        owners: Vec<String>,
        /// By when.
        due: Option<NaiveDate>,
    },
    /// It was done.
    Done {
        /// What is to be said of it; may be empty.
        note: Text,
    },
    /// It will not be done.
    Dropped {
        /// Why.
        why: Text,
    },
    /// Not before that day.
    Deferred {
        /// The day.
        until: NaiveDate,
    },
    /// It is open again.
    Reopened,
    /// Somebody takes it on.
    Taken {
        /// Who.
        by: String,
    },
    /// It was said by mistake: `#undo` in the meeting that made it. Its number is not used again.
    Undone,
    /// It belongs to a milestone of a project.
    Promoted {
        /// The project.
        project: String,
        /// The milestone, for example `4.12`.
        milestone: String,
    },
}

impl Change {
    /// What somebody typed of it, to be redacted.
    pub fn words_mut(&mut self) -> Option<&mut Text> {
        match self {
            Change::Opened { text, .. } | Change::Reworded { text, .. } => Some(text),
            Change::Done { note } => Some(note),
            Change::Dropped { why } => Some(why),
            _ => None,
        }
    }
}

/// Where an entry stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum State {
    /// It is to be done.
    Open,
    /// It was done.
    Done {
        /// When.
        at: Moment,
        /// Who said so.
        by: Text,
        /// What was said of it.
        note: Text,
    },
    /// It will not be done.
    Dropped {
        /// When.
        at: Moment,
        /// Who said so.
        by: Text,
        /// Why.
        why: Text,
    },
    /// Not before a day; then it is open again.
    Deferred {
        /// The day.
        until: NaiveDate,
    },
    /// It was said by mistake.
    Undone,
}

/// An action or a call for help.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Its number.
    pub number: u32,
    /// Which of the two.
    pub kind: Kind,
    /// What is to be done, clean.
    pub text: Text,
    /// Who is to do it.
    pub owners: Vec<String>,
    /// By when.
    pub due: Option<NaiveDate>,
    /// Where it stands.
    pub state: State,
    /// When, by whom and in which meeting it was said.
    pub origin: Origin,
    /// When it was last changed.
    pub changed_at: Moment,
    /// The project and milestone it belongs to.
    pub milestone: Option<(String, String)>,
}

impl Entry {
    /// Whether it is to be done now.
    pub fn is_open(&self, today: NaiveDate) -> bool {
        match self.state {
            State::Open => true,
            State::Deferred { until } => until <= today,
            _ => false,
        }
    }

    /// Whether it may still be done, now or later.
    pub fn is_unfinished(&self) -> bool {
        matches!(self.state, State::Open | State::Deferred { .. })
    }

    /// The day from which on it is late.
    pub fn is_late(&self, today: NaiveDate) -> bool {
        self.is_open(today) && self.due.is_some_and(|due| due < today)
    }
}

/// A milestone of a project.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Milestone {
    /// The project.
    pub project: String,
    /// Its name, for example `4.12`.
    pub name: String,
    /// When it is expected.
    pub date: Option<NaiveDate>,
    /// How it stands, in the words of whoever set it; empty while nothing was said.
    pub state: Text,
}

/// A milestone is set, moved or described.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MilestoneChange {
    /// The project.
    pub project: String,
    /// Its name.
    pub milestone: String,
    /// When it is expected; nothing leaves it as it was.
    pub date: Option<NaiveDate>,
    /// How it stands; nothing leaves it as it was.
    pub state: Option<Text>,
}

/// The whole ledger.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Roadmap {
    entries: Vec<Entry>,
    milestones: Vec<Milestone>,
}

/// Why something cannot be done with an entry.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// There is no entry of that number.
    #[error("there is no action {number}; open: {open}")]
    Unknown {
        /// The number asked for.
        number: u32,
        /// The open ones.
        open: String,
    },
    /// It is finished already.
    #[error("action {0} is {1} already")]
    Finished(u32, String),
    /// Somebody has it already.
    #[error("action {0} is taken by {1}")]
    Taken(u32, String),
    /// A day in the past.
    #[error("{0} is in the past; give a day to come, as in 2026-12-01")]
    Past(NaiveDate),
    /// Nothing to reopen.
    #[error("action {0} is open")]
    Open(u32),
    /// Words are missing.
    #[error("an action needs words: what is to be done")]
    Empty,
}

impl Roadmap {
    /// Every entry, oldest first.
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// The milestones, in the order in which they were set.
    pub fn milestones(&self) -> &[Milestone] {
        &self.milestones
    }

    /// What is to be done or was done for a milestone.
    pub fn of_milestone(&self, one: &Milestone) -> impl Iterator<Item = &Entry> {
        self.entries.iter().filter(|entry| {
            entry.state != State::Undone
                && entry.milestone.as_ref().is_some_and(|(project, name)| {
                    project.eq_ignore_ascii_case(&one.project)
                        && name.eq_ignore_ascii_case(&one.name)
                })
        })
    }

    /// The one of that number.
    pub fn one(&self, number: u32) -> Option<&Entry> {
        let at = self.entries.partition_point(|entry| entry.number < number);
        self.entries.get(at).filter(|entry| entry.number == number)
    }

    /// The number that the next entry gets.
    pub fn next_number(&self) -> u32 {
        self.entries.last().map_or(1, |entry| entry.number.saturating_add(1))
    }

    /// The open actions, oldest first.
    pub fn open(&self, today: NaiveDate) -> impl Iterator<Item = &Entry> {
        self.entries.iter().filter(move |e| e.kind == Kind::Action && e.is_open(today))
    }

    /// What help is wanted with, newest first.
    pub fn help_wanted(&self, today: NaiveDate) -> impl Iterator<Item = &Entry> {
        self.entries.iter().rev().filter(move |e| e.kind == Kind::Help && e.is_open(today))
    }

    /// Whether a change may be made to an entry on a day; in words, what then holds.
    pub fn judge(&self, number: u32, change: &Change, today: NaiveDate) -> Result<String, Refusal> {
        if let Change::Opened { text, .. } = change {
            return match text.is_empty() {
                true => Err(Refusal::Empty),
                false => Ok(text::opened(number, change)),
            };
        }
        let entry = self.one(number).filter(|entry| entry.state != State::Undone);
        let Some(entry) = entry else {
            return Err(Refusal::Unknown { number, open: text::numbers(self.open(today)) });
        };
        match change {
            Change::Reopened if entry.is_unfinished() => return Err(Refusal::Open(number)),
            Change::Reopened | Change::Promoted { .. } => {}
            _ if !entry.is_unfinished() => {
                return Err(Refusal::Finished(number, text::state(entry, today)));
            }
            Change::Deferred { until } if *until <= today => return Err(Refusal::Past(*until)),
            Change::Taken { .. } if entry.kind == Kind::Action && !entry.owners.is_empty() => {
                return Err(Refusal::Taken(number, entry.owners.join(", ")));
            }
            Change::Reworded { text, .. } if text.is_empty() => return Err(Refusal::Empty),
            _ => {}
        }
        Ok(text::changed(number, change))
    }

    /// Makes a stored change.
    pub fn apply(&mut self, number: u32, change: &Change, origin: &Origin) {
        if let Change::Opened { kind, text, owners, due } = change {
            if self.entries.len() < MOST_ENTRIES && self.one(number).is_none() {
                let at = self.entries.partition_point(|entry| entry.number < number);
                let entry = Entry {
                    number,
                    kind: *kind,
                    text: text.clone(),
                    owners: owners.clone(),
                    due: *due,
                    state: State::Open,
                    origin: origin.clone(),
                    changed_at: origin.at,
                    milestone: None,
                };
                self.entries.insert(at, entry);
            }
            return;
        }
        let at = self.entries.partition_point(|entry| entry.number < number);
        let Some(entry) = self.entries.get_mut(at).filter(|entry| entry.number == number) else {
            return;
        };
        entry.changed_at = origin.at;
        let (at, by) = (origin.at, origin.by.clone());
        match change {
            Change::Opened { .. } => {}
            Change::Reworded { text, owners, due } => {
                entry.text = text.clone();
                entry.owners.clone_from(owners);
                entry.due = *due;
            }
            Change::Done { note } => entry.state = State::Done { at, by, note: note.clone() },
            Change::Dropped { why } => entry.state = State::Dropped { at, by, why: why.clone() },
            Change::Deferred { until } => entry.state = State::Deferred { until: *until },
            Change::Reopened => entry.state = State::Open,
            Change::Undone => entry.state = State::Undone,
            Change::Taken { by } => {
                entry.kind = Kind::Action;
                entry.owners = vec![by.clone()];
            }
            Change::Promoted { project, milestone } => {
                entry.milestone = Some((project.clone(), milestone.clone()));
                self.milestone(project, milestone);
            }
        }
    }

    /// Sets a milestone.
    pub fn apply_milestone(&mut self, change: &MilestoneChange) {
        let milestone = self.milestone(&change.project, &change.milestone);
        milestone.date = change.date.or(milestone.date);
        if let Some(state) = &change.state {
            milestone.state = state.clone();
        }
    }

    fn milestone(&mut self, project: &str, name: &str) -> &mut Milestone {
        let same = |known: &Milestone| {
            known.project.eq_ignore_ascii_case(project) && known.name.eq_ignore_ascii_case(name)
        };
        let at = self.milestones.iter().position(same).unwrap_or_else(|| {
            self.milestones.push(Milestone {
                project: project.to_string(),
                name: name.to_string(),
                date: None,
                state: Text::default(),
            });
            self.milestones.len() - 1
        });
        &mut self.milestones[at]
    }
}

#[cfg(test)]
mod tests;
