//! Changes of the schedule: a date is skipped, or held after all, or added.
//!
//! A change is judged when somebody makes it, and applied then and at every start. What was
//! accepted once is stored for ever, so applying it never fails, whatever the configuration says
//! by then.

use crate::domain::escape;
use crate::domain::schedule::Entry;
use crate::domain::schedule::Extra;
use crate::domain::schedule::Planned;
use crate::domain::schedule::Schedule;
use crate::domain::schedule::Slot;
use crate::domain::schedule::find::Found;
use crate::domain::schedule::find::Source;
use crate::domain::schedule::read::time_text;
use crate::domain::schedule::say;
use crate::domain::text::Text;
use crate::domain::time::DAY;
use crate::domain::time::Moment;
use chrono::NaiveDate;
use serde::Deserialize;
use serde::Serialize;

/// The longest reason, in characters.
pub const MOST_REASON: usize = 200;
/// The most extra dates a schedule holds, those of the configuration included.
pub const MOST_EXTRAS: usize = 1000;
/// How many days ahead a change may be; beyond that the year was mistyped.
pub const MOST_DAYS_AHEAD: i64 = 2 * 366;

/// What somebody changes. `entry` is the id of the meeting (`virt-sig`); a group that has only one
/// need not say it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "change", rename_all = "snake_case")]
pub enum Change {
    /// The meetings of that date are not held.
    Skip {
        /// The date, in UTC.
        date: NaiveDate,
        /// Which meeting.
        entry: Option<String>,
        /// Why.
        reason: Text,
    },
    /// The skipped meetings of that date are held after all.
    Unskip {
        /// The date, in UTC.
        date: NaiveDate,
        /// Which meeting.
        entry: Option<String>,
    },
    /// There is one more meeting.
    Extra {
        /// When it starts.
        start: Moment,
        /// Which meeting.
        entry: Option<String>,
        /// Why.
        reason: Text,
    },
}

impl Change {
    /// What somebody typed of it, to be redacted.
    pub fn words_mut(&mut self) -> Option<&mut Text> {
        match self {
            Change::Skip { reason, .. } | Change::Extra { reason, .. } => Some(reason),
            Change::Unskip { .. } => None,
        }
    }

    /// The id of the meeting it is about, where it says.
    pub fn entry(&self) -> Option<&str> {
        match self {
            Change::Skip { entry, .. }
            | Change::Unskip { entry, .. }
            | Change::Extra { entry, .. } => entry.as_deref(),
        }
    }
}

/// Why a change is not made.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The date has passed.
    #[error("{0} has passed; only a meeting to come can be changed")]
    Past(NaiveDate),
    /// The meeting has begun.
    #[error("the meeting of {} has begun; it can be ended with #endmeeting", say::moment(*.0))]
    Begun(Moment),
    /// Nobody plans so far.
    #[error("{0} is more than two years away; was the year mistyped?")]
    TooFar(NaiveDate),
    /// There is nothing to skip.
    #[error("there is no meeting on {date}{}", nearest(.before, .after))]
    NoMeeting {
        /// The date.
        date: NaiveDate,
        /// The last one before.
        before: Option<NaiveDate>,
        /// The first one after.
        after: Option<NaiveDate>,
    },
    /// It is skipped already.
    #[error("{} is skipped already{}", say::moment(*.start), because(.reason))]
    AlreadySkipped {
        /// Its start.
        start: Moment,
        /// Why it is.
        reason: Text,
    },
    /// It is not skipped.
    #[error("the meeting of {} is not skipped", say::moment(*.0))]
    NotSkipped(Moment),
    /// The channel is taken at that time.
    #[error("{} is held in {} then, {} to {} UTC", escape::line(.0.name.as_untrusted()), escape::line(.0.channel.as_str()), time_text(.0.start.time_of_day()), time_text(.0.end.time_of_day()))]
    Overlaps(Box<Slot>),
    /// The group has several meetings.
    #[error("say which meeting: {}", .0.join(", "))]
    Which(Vec<String>),
    /// There is no such meeting.
    #[error("there is no such meeting; known are {}", .0.join(", "))]
    Unknown(Vec<String>),
    /// Nothing is planned at all.
    #[error(
        "no meeting is planned that could be changed; the administrator can add a [[schedule]]"
    )]
    Empty,
    /// No reason is given.
    #[error("say why, for example: Christmas")]
    NoReason,
    /// The reason is too long.
    #[error("the reason is longer than {MOST_REASON} characters")]
    LongReason,
    /// There are too many.
    #[error(
        "there are {MOST_EXTRAS} extra dates already; the administrator can make a rule of them"
    )]
    TooMany,
}

fn nearest(before: &Option<NaiveDate>, after: &Option<NaiveDate>) -> String {
    let dates: Vec<String> = before.iter().chain(after).map(ToString::to_string).collect();
    match dates.len() {
        0 => String::new(),
        1 => format!("; the nearest is {}", dates[0]),
        _ => format!("; the nearest are {}", dates.join(" and ")),
    }
}

fn because(reason: &Text) -> String {
    let reason = escape::line(reason.as_untrusted());
    if reason.is_empty() { reason } else { format!(" ({reason})") }
}

impl Schedule {
    /// Whether a change can be made now, and the sentence that tells what then holds.
    ///
    /// # Errors
    ///
    /// Why not, in one sentence.
    pub fn judge(&self, change: &Change, now: Moment) -> Result<String, Refusal> {
        if self.is_empty() {
            return Err(Refusal::Empty);
        }
        let change = self.settled(change)?;
        let told = match &change {
            Change::Skip { date, entry, reason } => {
                check_reason(reason)?;
                let planned = self.planned_near(*date, entry.as_deref(), now)?;
                let one = planned.iter().find(|one| one.skipped.is_none());
                let one = one.ok_or_else(|| already_skipped(&planned[0]))?;
                not_begun(one, now)?;
                format!("Skipped: {}{}.", say::moment(one.slot.start), because(reason))
            }
            Change::Unskip { date, entry } => {
                let planned = self.planned_near(*date, entry.as_deref(), now)?;
                let one = planned.iter().find(|one| one.skipped.is_some());
                let one = one.ok_or(Refusal::NotSkipped(planned[0].slot.start))?;
                not_begun(one, now)?;
                self.may_hold(&change, &planned)?;
                format!("{} is held after all.", say::moment(one.slot.start))
            }
            Change::Extra { start, entry, reason } => {
                check_reason(reason)?;
                self.may_add(*start, entry.as_deref(), now)?;
                format!("Extra meeting: {}{}.", say::moment(*start), because(reason))
            }
        };
        let mut then = self.clone();
        then.apply(&change);
        let next = match change.entry() {
            Some(id) => then.from_of(id, now).next(),
            None => then.next(now),
        };
        let next = next.map_or("none".to_string(), |slot| say::moment(slot.start));
        Ok(format!("{told} Next: {next}."))
    }

    /// The same change with the meeting's id filled in, as it should be stored: the configuration
    /// may name more meetings later.
    ///
    /// # Errors
    ///
    /// It is not clear which meeting is meant.
    pub fn settled(&self, change: &Change) -> Result<Change, Refusal> {
        let mut change = change.clone();
        let (date, entry, is_new) = match &mut change {
            Change::Skip { date, entry, .. } | Change::Unskip { date, entry } => {
                (*date, entry, false)
            }
            Change::Extra { start, entry, .. } => (start.date(), entry, true),
        };
        match entry {
            Some(id) if self.entries.iter().any(|known| known.id == *id) => {}
            Some(_) => return Err(Refusal::Unknown(self.ids(|_| true))),
            None => {
                let planned = self.planned_on(date);
                let on_date = self.ids(|id| planned.iter().any(|one| one.slot.entry == id));
                let holding = self.ids(|id| {
                    self.entries.iter().any(|entry| entry.id == id && entry.holds_on(date))
                });
                let all = self.ids(|_| true);
                let likely = if is_new { [holding, all] } else { [on_date, all] };
                let likely = likely.into_iter().find(|ids| !ids.is_empty()).unwrap_or_default();
                match likely.as_slice() {
                    [] => return Err(Refusal::Empty),
                    [only] => *entry = Some(only.clone()),
                    // Any of them: without a meeting on that date it is refused anyway.
                    [any, ..] if !is_new && planned.is_empty() => *entry = Some(any.clone()),
                    _ => return Err(Refusal::Which(likely)),
                }
            }
        }
        Ok(change)
    }

    /// The ids of the meetings, each once, in the order of the entries.
    pub(super) fn ids(&self, is_wanted: impl Fn(&str) -> bool) -> Vec<String> {
        let mut ids: Vec<String> = Vec::new();
        for entry in self.entries.iter().filter(|entry| is_wanted(&entry.id)) {
            if !ids.contains(&entry.id) {
                ids.push(entry.id.clone());
            }
        }
        ids
    }

    /// The meetings of a date that is neither past nor far away; never none.
    fn planned_near(
        &self,
        date: NaiveDate,
        entry: Option<&str>,
        now: Moment,
    ) -> Result<Vec<Planned>, Refusal> {
        if date < now.date() {
            return Err(Refusal::Past(date));
        }
        if Moment::of(date, 0).since(now) > MOST_DAYS_AHEAD * DAY {
            return Err(Refusal::TooFar(date));
        }
        let mut planned = self.planned_on(date);
        planned.retain(|one| entry.is_none_or(|id| one.slot.entry == id));
        if planned.is_empty() {
            let is_meant = |one: &Entry| entry.is_none_or(|id| one.id == id);
            let is_held = |found: &Found| self.skip_of(found).is_none();
            let before = self.last_found(Moment::of(date, 0), is_meant, is_held);
            let after = self.found_of(Moment::of(date, DAY), is_meant).find(is_held);
            return Err(Refusal::NoMeeting {
                date,
                before: before.map(|found| found.start.date()),
                after: after.map(|found| found.start.date()),
            });
        }
        Ok(planned)
    }

    fn may_add(&self, start: Moment, entry: Option<&str>, now: Moment) -> Result<(), Refusal> {
        if start <= now {
            return Err(Refusal::Past(start.date()));
        }
        if start.since(now) > MOST_DAYS_AHEAD * DAY {
            return Err(Refusal::TooFar(start.date()));
        }
        if self.extras.len() >= MOST_EXTRAS {
            return Err(Refusal::TooMany);
        }
        let index = self.entry_for(entry, start.date()).ok_or(Refusal::Empty)?;
        let entry = &self.entries[index];
        let near = self.slots_between(start.plus(-self.longest()), start.plus(entry.duration));
        let is_taken =
            |slot: &Slot| start < slot.end && entry.is_in(slot.network.as_ref(), &slot.channel);
        near.into_iter().find(is_taken).map_or(Ok(()), |slot| Err(Refusal::Overlaps(slot.into())))
    }

    /// Whether the channels are free for these once they are no longer skipped; two of them may
    /// be in each other's way.
    fn may_hold(&self, unskip: &Change, planned: &[Planned]) -> Result<(), Refusal> {
        let mut then = self.clone();
        then.apply(unskip);
        for slot in planned.iter().filter(|one| one.skipped.is_some()).map(|one| &one.slot) {
            let near = then.slots_between(slot.start.plus(-self.longest()), slot.end);
            let is_in_the_way = |other: &Slot| {
                let place = (&other.network, &other.channel) == (&slot.network, &slot.channel);
                place && other.id != slot.id && slot.start < other.end
            };
            if let Some(other) = near.into_iter().find(is_in_the_way) {
                return Err(Refusal::Overlaps(other.into()));
            }
        }
        Ok(())
    }

    /// The entry of that meeting that holds on that date; else the last one that ever did.
    fn entry_for(&self, id: Option<&str>, date: NaiveDate) -> Option<usize> {
        let is_meant = |index: &usize| id.is_none_or(|id| self.entries[*index].id == id);
        let mut meant = (0..self.entries.len()).filter(is_meant);
        let holding = meant.clone().find(|index| self.entries[*index].holds_on(date));
        holding.or_else(|| meant.next_back())
    }

    /// Makes a change that was accepted once. One that no longer fits changes nothing.
    pub fn apply(&mut self, change: &Change) {
        match change {
            Change::Skip { date, entry, reason } => {
                self.set_skipped(*date, entry.as_deref(), Some(reason));
            }
            Change::Unskip { date, entry } => self.set_skipped(*date, entry.as_deref(), None),
            Change::Extra { start, entry, reason } => {
                self.add(*start, entry.as_deref(), reason);
            }
        }
    }

    fn set_skipped(&mut self, date: NaiveDate, entry: Option<&str>, reason: Option<&Text>) {
        for id in self.ids(|id| entry.is_none_or(|entry| entry == id)) {
            let found = self.on_date(&id, date);
            for one in &found {
                self.set_one_skipped(one, &id, reason);
            }
            if !found.is_empty() {
                *self.revisions.entry((id, date)).or_insert(0) += 1;
            }
        }
    }

    /// One that is skipped already keeps its reason.
    fn set_one_skipped(&mut self, found: &Found, id: &str, reason: Option<&Text>) {
        let key = (id.to_string(), found.start.date());
        match (found.source, reason) {
            (Source::Extra(index), Some(reason)) => {
                self.extras[index].cancelled.get_or_insert(reason.clone());
            }
            (Source::Extra(index), None) => self.extras[index].cancelled = None,
            (Source::Rule(_), Some(reason)) => {
                self.skips.entry(key).or_insert(reason.clone());
            }
            (Source::Rule(_), None) => {
                self.skips.remove(&key);
            }
        }
    }

    fn add(&mut self, start: Moment, entry: Option<&str>, reason: &Text) {
        let Some(index) = self.entry_for(entry, start.date()) else { return };
        let id = self.entries[index].id.clone();
        let same = self.on_date(&id, start.date()).into_iter().find(|one| one.start == start);
        if let Some(found) = same {
            // What was skipped is wanted again.
            self.set_one_skipped(&found, &id, None);
            *self.revisions.entry((id, start.date())).or_insert(0) += 1;
            return;
        }
        let reason = reason.clone();
        self.extras.push(Extra { entry: index, start, reason, cancelled: None });
    }
}

fn check_reason(reason: &Text) -> Result<(), Refusal> {
    let shown = escape::line(reason.as_untrusted());
    match shown.chars().count() {
        0 => Err(Refusal::NoReason),
        n if n > MOST_REASON => Err(Refusal::LongReason),
        _ => Ok(()),
    }
}

fn already_skipped(planned: &Planned) -> Refusal {
    let reason = planned.skipped.clone().unwrap_or_default();
    Refusal::AlreadySkipped { start: planned.slot.start, reason }
}

/// A change is of whole dates: what was held of one must not become skipped afterwards.
fn not_begun(planned: &Planned, now: Moment) -> Result<(), Refusal> {
    let start = planned.slot.start;
    if start <= now { Err(Refusal::Begun(start)) } else { Ok(()) }
}
