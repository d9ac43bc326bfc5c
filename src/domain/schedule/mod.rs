//! The schedule: when the group meets. Entries of the configuration, and what people changed since
//! with `#skip` and `#extra`.
//!
//! Nothing here tells anybody: what is said is in `say`, who is called when is the reminder's
//! business, and whether a meeting is really open is known to `crate::domain::meeting`.

pub mod ask;
mod change;
mod entry;
mod find;
pub mod frequency;
pub mod holiday;
pub mod ical;
pub mod read;
pub mod reminder;
pub mod rule;
pub mod say;
#[cfg(test)]
mod tests;

pub use ask::Asked;
pub use ask::Place;
pub use change::Change;
pub use change::Refusal;
pub use entry::Entry;
pub use entry::{USUAL_CALL, USUAL_DURATION};
pub use find::Around;
pub use find::Overlap;

use crate::domain::name::Channel;
use crate::domain::name::Network;
use crate::domain::name::Nick;
use crate::domain::text::Text;
use crate::domain::time::Moment;
use chrono::NaiveDate;
use find::Found;
use std::collections::BTreeMap;

/// When the group meets.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Schedule {
    entries: Vec<Entry>,
    /// The dates on which a meeting, by its id, is not held as the rule says, and why.
    skips: BTreeMap<(String, NaiveDate), Text>,
    /// In the order in which they were made, which decides about ids.
    extras: Vec<Extra>,
    /// How often a meeting's date was changed since it was first planned.
    revisions: BTreeMap<(String, NaiveDate), u32>,
}

/// A meeting beyond the rule.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Extra {
    /// The entry whose meeting it is.
    entry: usize,
    start: Moment,
    reason: Text,
    /// Why it is not held after all.
    cancelled: Option<Text>,
}

/// A planned meeting.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Slot {
    /// Its name for ever: the entry's id and the UTC date (`virt-sig-20181113`), and where that
    /// date has another one already also the time (`virt-sig-20181113-1800`).
    pub id: String,
    /// The id of its entry.
    pub entry: String,
    /// The meeting's name, as `#startmeeting` has it.
    pub name: Text,
    /// Where it is held.
    pub channel: Channel,
    /// On which network; none: whatever the bot is on.
    pub network: Option<Network>,
    /// When it starts.
    pub start: Moment,
    /// When its time is over.
    pub end: Moment,
    /// For an extra meeting, why it is.
    pub extra: Option<Text>,
    /// Microseconds from the call to the start; 0: it is not called.
    pub call_before: i64,
    /// Who usually chairs.
    pub chair: Option<Nick>,
    /// Where the agenda is.
    pub agenda_url: Option<String>,
}

/// A meeting that is or was planned, held or not, for calendars.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Planned {
    /// The meeting.
    pub slot: Slot,
    /// Why it is not held; none: it is.
    pub skipped: Option<Text>,
    /// How often it was changed since it was first planned.
    pub revision: u32,
}

/// Where we are between two meetings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum State {
    /// Nothing is near.
    Idle,
    /// People come together: it was called, and has not begun.
    Gathering(Slot),
    /// It is the time of this meeting, from its start until before its end.
    OnNow(Slot),
}

impl State {
    /// `idle`, `gathering` or `on_now`.
    pub fn name(&self) -> &'static str {
        match self {
            State::Idle => "idle",
            State::Gathering(_) => "gathering",
            State::OnNow(_) => "on_now",
        }
    }
}

impl Schedule {
    /// The schedule of these entries, with the skipped and extra dates they name.
    pub fn new(entries: Vec<Entry>) -> Schedule {
        let mut schedule = Schedule { entries, ..Schedule::default() };
        for (index, entry) in schedule.entries.iter().enumerate() {
            for (date, reason) in &entry.skips {
                let key = (entry.id.clone(), *date);
                schedule.revisions.insert(key.clone(), 1);
                schedule.skips.insert(key, reason.clone());
            }
            schedule.extras.extend(entry.extras.iter().map(|(start, reason)| Extra {
                entry: index,
                start: *start,
                reason: reason.clone(),
                cancelled: None,
            }));
        }
        schedule
    }

    /// The entries it was made of.
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// Whether there is no entry at all.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// The first meeting that starts at or after that moment, and is held.
    pub fn next(&self, at: Moment) -> Option<Slot> {
        self.from(at).next()
    }

    /// The meetings that start at or after that moment and are held, in order.
    pub fn from(&self, at: Moment) -> impl Iterator<Item = Slot> {
        let held = self.found_from(at).filter(|found| self.skip_of(found).is_none());
        held.map(|found| self.slot(&found))
    }

    /// The same of the meetings with that id only.
    pub fn from_of(&self, entry: &str, at: Moment) -> impl Iterator<Item = Slot> {
        let held = self.found_of(at, |one| one.id == entry);
        held.filter(|found| self.skip_of(found).is_none()).map(|found| self.slot(&found))
    }

    /// The last meeting that started before that moment, and was not skipped.
    pub fn previous(&self, before: Moment) -> Option<Slot> {
        self.last_found(before, |_| true, |found| self.skip_of(found).is_none())
            .map(|found| self.slot(&found))
    }

    /// The meetings that start at `from` or later but before `to`, and are held.
    pub fn slots_between(&self, from: Moment, to: Moment) -> Vec<Slot> {
        self.from(from).take_while(|slot| slot.start < to).collect()
    }

    /// The meetings that start at or after that moment, held or skipped, in order.
    pub fn planned_from(&self, at: Moment) -> impl Iterator<Item = Planned> {
        self.found_from(at).map(|found| self.planned(&found))
    }

    /// The meetings that start at `from` or later but before `to`, held or skipped.
    pub fn planned_between(&self, from: Moment, to: Moment) -> Vec<Planned> {
        self.planned_from(from).take_while(|planned| planned.slot.start < to).collect()
    }

    /// Those that start at `from` or later but before `to`, and are skipped.
    pub fn skipped(&self, from: Moment, to: Moment) -> Vec<Planned> {
        self.planned_between(from, to).into_iter().filter(|one| one.skipped.is_some()).collect()
    }

    /// The meeting whose time it is; of several, the one that started last.
    pub fn slot_at(&self, at: Moment) -> Option<Slot> {
        self.from(at.plus(-self.longest()))
            .take_while(|slot| slot.start <= at)
            .filter(|s| at < s.end)
            .last()
    }

    /// The planned meeting of that id, held or skipped.
    pub fn by_id(&self, id: &str) -> Option<Planned> {
        let entry = self.entries.iter().filter(|entry| id.starts_with(&entry.id));
        let digits = |entry: &Entry| id.get(entry.id.len() + 1..entry.id.len() + 9);
        let dates =
            entry.filter_map(|entry| NaiveDate::parse_from_str(digits(entry)?, "%Y%m%d").ok());
        let planned = dates.flat_map(|date| self.planned_on(date));
        planned.into_iter().find(|planned| planned.slot.id == id)
    }

    /// The meetings of that date, held or skipped.
    pub fn planned_on(&self, date: NaiveDate) -> Vec<Planned> {
        self.planned_between(Moment::of(date, 0), Moment::of(date, crate::domain::time::DAY))
    }

    /// Where we are at that moment.
    pub fn state(&self, at: Moment) -> State {
        if let Some(slot) = self.slot_at(at) {
            return State::OnNow(slot);
        }
        let earliest = self.entries.iter().map(|entry| entry.call_before).max().unwrap_or(0);
        let mut near = self.from(at.plus(1)).take_while(|slot| slot.start.since(at) <= earliest);
        match near.find(|slot| slot.start.since(at) <= slot.call_before) {
            Some(slot) => State::Gathering(slot),
            None => State::Idle,
        }
    }

    /// How long the longest meeting is, in microseconds.
    fn longest(&self) -> i64 {
        self.entries.iter().map(|entry| entry.duration).max().unwrap_or(0)
    }

    fn planned(&self, found: &Found) -> Planned {
        let slot = self.slot(found);
        let key = (slot.entry.clone(), slot.start.date());
        Planned {
            skipped: self.skip_of(found).cloned(),
            revision: self.revisions.get(&key).copied().unwrap_or(0),
            slot,
        }
    }
}
