//! What the program says about actions, calls for help and milestones.

use crate::domain::roadmap::{Change, Entry, Kind, State};
use chrono::NaiveDate;

/// `[35] jirkade: push libvirt 4.9.0 to testing (due 2018-11-27)`
pub fn line(entry: &Entry) -> String {
    numbered(entry.number, &entry.owners, entry.text.as_untrusted(), entry.due)
}

/// The same of an entry that is being opened.
pub fn opened(number: u32, change: &Change) -> String {
    match change {
        Change::Opened { text, owners, due, .. } => {
            numbered(number, owners, text.as_untrusted(), *due)
        }
        _ => changed(number, change),
    }
}

/// `[35] jirkade: push libvirt 4.9.0 to testing (due 2018-11-27)`
pub fn numbered(number: u32, owners: &[String], text: &str, due: Option<NaiveDate>) -> String {
    let owners = match owners {
        [] => String::new(),
        owners => format!("{}: ", owners.join(", ")),
    };
    let due = due.map_or(String::new(), |due| format!(" (due {due})"));
    format!("[{number}] {owners}{text}{due}")
}

/// What holds after a change.
pub fn changed(number: u32, change: &Change) -> String {
    match change {
        Change::Opened { .. } => opened(number, change),
        Change::Reworded { text, owners, due } => {
            numbered(number, owners, text.as_untrusted(), *due)
        }
        Change::Done { .. } => format!("[{number}] done."),
        Change::Dropped { .. } => format!("[{number}] dropped."),
        Change::Deferred { until } => format!("[{number}] deferred until {until}."),
        Change::Reopened => format!("[{number}] is open again."),
        Change::Taken { by } => format!("[{number}] is {by}'s."),
        Change::Undone => format!("[{number}] removed."),
        Change::Promoted { project, milestone } => {
            format!("[{number}] is on the roadmap of {project} {milestone}.")
        }
    }
}

/// `open`, `late`, `done`, `dropped`, `deferred until 2018-12-01` or `removed`.
pub fn state(entry: &Entry, today: NaiveDate) -> String {
    match (&entry.state, state_name(entry, today)) {
        (State::Deferred { until }, "deferred") => format!("deferred until {until}"),
        (_, name) => name.to_string(),
    }
}

/// The same in one word; scripts depend on them.
pub fn state_name(entry: &Entry, today: NaiveDate) -> &'static str {
    match &entry.state {
        _ if entry.is_late(today) => "late",
        State::Deferred { until } if *until > today => "deferred",
        State::Open | State::Deferred { .. } => "open",
        State::Done { .. } => "done",
        State::Dropped { .. } => "dropped",
        State::Undone => "removed",
    }
}

/// How many numbers a sentence lists.
const MOST_NUMBERS: usize = 12;

/// `31, 33, 34`, or `none`.
pub fn numbers<'a>(entries: impl Iterator<Item = &'a Entry>) -> String {
    let mut numbers: Vec<String> = entries.map(|entry| entry.number.to_string()).collect();
    let more = numbers.len().saturating_sub(MOST_NUMBERS);
    numbers.truncate(MOST_NUMBERS);
    match (numbers.is_empty(), more) {
        (true, _) => "none".to_string(),
        (_, 0) => numbers.join(", "),
        (_, more) => format!("{} and {more} more", numbers.join(", ")),
    }
}

/// `Carried over: [31] gwd: ask KB about arm64 builders · [33] sbonazzo: test qemu-kvm-ev 2.12`
pub fn carried<'a>(entries: impl Iterator<Item = &'a Entry>) -> Option<String> {
    let lines: Vec<String> = entries.filter(|e| e.kind == Kind::Action).map(line).collect();
    (!lines.is_empty()).then(|| format!("Carried over: {}", lines.join(" · ")))
}
