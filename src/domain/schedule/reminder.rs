//! What is due around a meeting because of the time: the call, a word to the chair whose channel is
//! taken, the line that nobody started it, the mail of the day before.
//!
//! Nothing here remembers what was done: each duty has a key, and who does it is asked whether the
//! key is done. So a restart, a clock that jumps and a database that could not write all lead to
//! the same: what is still worth doing and was not done is due.

use crate::domain::name::Nick;
use crate::domain::schedule::Schedule;
pub use crate::domain::schedule::Slot;
use crate::domain::schedule::ask::Place;
use crate::domain::schedule::read::time_text;
use crate::domain::text::Text;
use crate::domain::time::{DAY, MINUTE, Moment, SECOND};
use chrono::Datelike;

/// How long after its start, or after another group left the channel, a meeting may begin: until
/// then it is called, and from then on it counts as not started.
pub const GRACE: i64 = 15 * MINUTE;
/// A meeting of the slot's name that was started so long before the slot is the slot's.
const EARLY: i64 = 60 * MINUTE;
/// The mail about a meeting is written from so long before it …
const MAIL_FROM: i64 = DAY;
/// … until so long before it; later it would come too late to be read.
const MAIL_UNTIL: i64 = 60 * MINUTE;

/// A meeting that somebody started in a slot's channel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Held {
    /// What it is called.
    pub name: String,
    /// Who started it.
    pub by: Nick,
    /// When it was started.
    pub since: Moment,
    /// When it ended; none: it is on.
    pub until: Option<Moment>,
}

/// Something to be done once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Duty {
    /// People are to be called together in the channel.
    Call(Slot),
    /// The chair is to be told that another group's meeting is on at the time of ours.
    Delayed(Slot, Held),
    /// Nobody started the meeting; `aloud`: while it is still worth telling.
    NotHeld {
        /// The meeting.
        slot: Slot,
        /// Whether the channel is told; else it is only recorded.
        aloud: bool,
    },
    /// The list is to be written to.
    Mail(Slot),
}

impl Duty {
    /// Why it is done, for ever the same: `call:virt-sig-20181113`.
    pub fn key(&self) -> String {
        match self {
            Duty::Call(slot) => call_key(slot),
            Duty::Delayed(slot, _) => format!("delayed:{}", slot.id),
            Duty::NotHeld { slot, .. } => not_held_key(slot),
            Duty::Mail(slot) => format!("remind:{}:24h", slot.id),
        }
    }

    /// The meeting it is about.
    pub fn slot(&self) -> &Slot {
        match self {
            Duty::Call(slot)
            | Duty::Delayed(slot, _)
            | Duty::NotHeld { slot, .. }
            | Duty::Mail(slot) => slot,
        }
    }
}

fn call_key(slot: &Slot) -> String {
    format!("call:{}", slot.id)
}

/// The key under which it is kept that a meeting was not held.
pub fn not_held_key(slot: &Slot) -> String {
    format!("not-held:{}", slot.id)
}

/// A meeting's duties are looked at from so long before it.
pub const LONGEST: i64 = 2 * DAY;

/// The meetings of a place whose duties may matter now, none of them skipped.
pub fn around(schedule: &Schedule, place: &Place, now: Moment) -> Vec<Slot> {
    let Some(channel) = &place.channel else { return Vec::new() };
    let here = schedule.entries().iter().filter(|e| e.is_in(place.network.as_ref(), channel));
    let here: Vec<&str> = here.map(|entry| entry.id.as_str()).collect();
    let mut slots = schedule.slots_between(now.plus(-LONGEST), now.plus(LONGEST));
    slots.retain(|slot| here.contains(&slot.entry.as_str()));
    slots
}

/// Whether anything of a meeting could be due; most of the time nothing is.
pub fn may_be_due(slot: &Slot, now: Moment) -> bool {
    slot.start.since(now) <= slot.call_before.max(GATHERING) && now < slot.end.plus(DAY)
}

/// People gather from so long before a meeting, however early it is called.
const GATHERING: i64 = 5 * MINUTE;

/// The meeting of a place that people gather for: it is on, or soon will be.
pub fn gathering(schedule: &Schedule, place: &Place, now: Moment) -> Option<Slot> {
    let around = schedule.in_channel(place.network.as_ref(), place.channel.as_ref()?, now);
    let is_soon = |slot: &Slot| slot.start.since(now) <= slot.call_before.max(GATHERING);
    around.on.or(around.next.filter(is_soon))
}

/// What is due in a channel. `slots` are its meetings around now, none of them skipped; `held` what
/// was really held in it since the first of them.
pub fn due(
    slots: &[Slot],
    held: &[Held],
    is_done: impl Fn(&str) -> bool,
    now: Moment,
) -> Vec<Duty> {
    let due = slots.iter().filter_map(|slot| {
        let (ours, others): (Vec<&Held>, _) = held.iter().partition(|one| is_of(slot, slots, one));
        let duty = if ours.is_empty() { of_slot(slot, &others, &is_done, now) } else { None };
        duty.filter(|duty| !is_done(&duty.key()))
    });
    due.collect()
}

fn of_slot(
    slot: &Slot,
    others: &[&Held],
    is_done: impl Fn(&str) -> bool,
    now: Moment,
) -> Option<Duty> {
    let was_called = is_done(&call_key(slot));
    if now >= slot.end {
        // Where it was not called we may have slept through it, and do not know.
        let is_known = was_called && now < slot.end.plus(DAY);
        return is_known.then(|| Duty::NotHeld { slot: slot.clone(), aloud: false });
    }
    if let Some(other) = others.iter().find(|other| other.until.is_none()) {
        let is_time = now >= slot.start && slot.call_before > 0 && !was_called;
        return is_time.then(|| Duty::Delayed(slot.clone(), (*other).clone()));
    }
    let left = others.iter().filter_map(|other| other.until).max();
    let begin = left.map_or(slot.start, |left| left.max(slot.start));
    if now >= begin.plus(GRACE) {
        return Some(Duty::NotHeld { slot: slot.clone(), aloud: true });
    }
    let is_time = slot.call_before > 0 && slot.start.since(now) <= slot.call_before;
    is_time.then(|| Duty::Call(slot.clone()))
}

/// Whether a meeting that was started is the one of that slot: it has its name, or was started in
/// its time without the name of another one.
pub fn is_of(slot: &Slot, slots: &[Slot], held: &Held) -> bool {
    let named = |slot: &Slot| {
        slot.name.as_untrusted().trim().to_lowercase() == held.name.trim().to_lowercase()
    };
    let is_since = |early: i64| held.since >= slot.start.plus(-early) && held.since < slot.end;
    if named(slot) {
        return is_since(EARLY);
    }
    let is_anothers = slots.iter().any(|other| other.entry != slot.entry && named(other));
    is_since(slot.call_before) && !is_anothers
}

/// The meetings of which the list is to be told. `slots` start within the next day.
pub fn mails_due(slots: &[Slot], is_done: impl Fn(&str) -> bool, now: Moment) -> Vec<Duty> {
    let is_time = |slot: &&Slot| (MAIL_UNTIL..=MAIL_FROM).contains(&slot.start.since(now));
    let due = slots.iter().filter(is_time).map(|slot| Duty::Mail(slot.clone()));
    due.filter(|duty| !is_done(&duty.key())).collect()
}

/// From when to when starts matter to [`mails_due`].
pub fn mail_span(now: Moment) -> (Moment, Moment) {
    (now.plus(MAIL_UNTIL), now.plus(MAIL_FROM + 1))
}

/// What the call says of the time: `Virt SIG meeting here in 5 minutes (15:00 UTC, W46, 60 min)`.
/// `pause`: why the time since the last one was not the usual.
pub fn call(slot: &Slot, pause: Option<&str>, now: Moment) -> String {
    let name = meeting_name(slot);
    let seconds = slot.start.since(now).div_euclid(SECOND);
    let when = match (seconds + 30).div_euclid(60) {
        ..=0 => "is due now".to_string(),
        1 => "in 1 minute".to_string(),
        minutes => format!("in {minutes} minutes"),
    };
    let (time, week) = (time_text(slot.start.time_of_day()), slot.start.date().iso_week().week());
    let minutes = slot.end.since(slot.start) / MINUTE;
    let pause = pause.map_or(String::new(), |pause| format!("; {pause}"));
    format!("{name} here {when} ({time} UTC, W{week:02}, {minutes} min{pause}).")
}

/// `Virt SIG meeting`; a name that ends with the word already stays as it is.
pub fn meeting_name(slot: &Slot) -> String {
    let name = escape(slot.name.as_untrusted());
    if name.to_lowercase().ends_with("meeting") { name } else { format!("{name} meeting") }
}

/// What the call says beside when and where.
#[derive(Clone, Debug, Default)]
pub struct About<'a> {
    /// Why the time since the last meeting was not the usual.
    pub pause: Option<String>,
    /// How many actions are open.
    pub open: usize,
    /// What waits to be talked about.
    pub topics: &'a [Text],
}

/// The line that calls people together.
pub fn invitation(slot: &Slot, about: &About<'_>, now: Moment) -> String {
    let open = match about.open {
        0 => String::new(),
        1 => "  1 action is open.".to_string(),
        open => format!("  {open} actions are open."),
    };
    let url = slot.agenda_url.as_ref().map(|url| format!("  Agenda: {url}"));
    let agenda = agenda(about.topics).map(|words| format!("  {words}"));
    format!(
        "{}  Taking part?  Say o/ now.{open}{}{}",
        call(slot, about.pause.as_deref(), now),
        agenda.unwrap_or_default(),
        url.unwrap_or_default()
    )
}

/// How many topics are named in a line.
const TOPICS_NAMED: usize = 3;

/// `On the agenda: arm64; Xen 4.12; and 2 more.`; nothing where nothing waits.
pub fn agenda(topics: &[Text]) -> Option<String> {
    let named = topics.iter().take(TOPICS_NAMED);
    let named: Vec<String> =
        named.map(|topic| crate::domain::escape::line(topic.as_untrusted())).collect();
    let more = match topics.len().saturating_sub(TOPICS_NAMED) {
        0 => String::new(),
        more => format!("; and {more} more"),
    };
    (!named.is_empty()).then(|| format!("On the agenda: {}{more}.", named.join("; ")))
}

/// The private word to somebody who wants one when a meeting is called.
pub fn ping(slot: &Slot, now: Moment) -> String {
    let channel = crate::domain::escape::line(slot.channel.as_str());
    let words = call(slot, None, now).replacen(" here ", &format!(" in {channel} "), 1);
    format!("{words}  (You asked for this; `ping off` ends it.)")
}

/// The answer to who signs in or sends regrets before a meeting.
pub fn noted(slot: &Slot, regrets: bool, now: Moment) -> String {
    let time = time_text(slot.start.time_of_day());
    match (regrets, now < slot.start) {
        (true, _) => "Noted; the minutes will have the regrets.".to_string(),
        (false, true) => format!(
            "Noted, welcome.  The meeting starts at {time} UTC.  Say [off] at the start of a line to keep it out of the log."
        ),
        (false, false) => {
            "Noted, welcome.  The meeting begins when somebody says #startmeeting.".to_string()
        }
    }
}

/// What the chair is told whose channel is taken: who is in it, and that the call will come.
pub fn delayed(other: &Held) -> String {
    let (name, by) = (escape(&other.name), escape(other.by.as_str()));
    let since = time_text(other.since.time_of_day() / MINUTE * MINUTE);
    format!(
        "{name} ({by}, since {since}) is still open there; I will call ours when it ends.  When its chairs are silent for ten minutes, a member may take the chair with #chair and say #endmeeting."
    )
}

fn escape(words: &str) -> String {
    crate::domain::escape::line(words)
}

/// The line of a meeting that nobody started.
pub fn not_held(next: Option<&Slot>) -> String {
    let next = next.map_or("none is planned".to_string(), |slot| super::say::moment(slot.start));
    format!("No meeting was started; next: {next}.")
}

#[cfg(test)]
mod tests;
