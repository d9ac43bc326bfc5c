//! Finding meetings: the starts of all entries and extra dates in one order, the ids they get, and
//! what is around a moment.
//!
//! A start that is found may be skipped; the callers look.

use crate::domain::escape;
use crate::domain::name::Channel;
use crate::domain::name::Network;
use crate::domain::schedule::Entry;
use crate::domain::schedule::Schedule;
use crate::domain::schedule::Slot;
use crate::domain::schedule::say;
use crate::domain::text::Text;
use crate::domain::time::DAY;
use crate::domain::time::Moment;
use chrono::NaiveDate;
use std::collections::VecDeque;

/// A start, and where it comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Found {
    pub start: Moment,
    pub source: Source,
}

/// What makes a meeting start.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Source {
    /// The rule of this entry.
    Rule(usize),
    /// This extra date.
    Extra(usize),
}

/// The meetings of one channel around a moment. None of them is skipped.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Around {
    /// The last one whose time is over.
    pub previous: Option<Slot>,
    /// The one whose time it is.
    pub on: Option<Slot>,
    /// The first one that has not begun.
    pub next: Option<Slot>,
}

/// Two meetings that need the same channel at the same time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Overlap {
    /// The one that starts first.
    pub one: Slot,
    /// The other.
    pub other: Slot,
}

impl std::fmt::Display for Overlap {
    /// `"SCLo" and "Virt SIG" overlap in #centos-devel, first on Tue 2018-11-27 15:00 UTC (W48)`.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let [one, other] =
            [&self.one, &self.other].map(|slot| escape::line(slot.name.as_untrusted()));
        let (channel, start) =
            (escape::line(self.one.channel.as_str()), say::moment(self.other.start));
        match self.one.entry == self.other.entry {
            true => write!(f, "two meetings of \"{one}\" overlap in {channel}, first on {start}"),
            false => write!(f, "\"{one}\" and \"{other}\" overlap in {channel}, first on {start}"),
        }
    }
}

/// How far ahead overlaps are looked for: the longest time between two years of 53 weeks, twice.
const OVERLAP_YEARS: i64 = 14;

/// The starts from a moment on.
pub(super) struct Walk<'a> {
    schedule: &'a Schedule,
    /// Which entries count. The others are not walked over: they may go on for ever after the last
    /// one that counts.
    counts: Vec<bool>,
    at: Moment,
    ready: VecDeque<Found>,
}

impl Iterator for Walk<'_> {
    type Item = Found;

    fn next(&mut self) -> Option<Found> {
        while self.ready.is_empty() {
            let counting = self.schedule.entries.iter().zip(&self.counts).filter(|(_, is)| **is);
            let by_rule = counting.filter_map(|(entry, _)| entry.next(self.at));
            let extra = self.schedule.extras.iter().filter(|extra| self.counts[extra.entry]);
            let extra = extra.map(|extra| extra.start);
            let start = by_rule.chain(extra.filter(|start| *start >= self.at)).min()?;
            let found = self.schedule.found_at(start).into_iter();
            self.ready.extend(found.filter(|found| self.counts[self.schedule.index_of(found)]));
            self.at = start.plus(1);
        }
        self.ready.pop_front()
    }
}

impl Schedule {
    /// The starts at or after that moment, skipped ones included, in order.
    pub(super) fn found_from(&self, at: Moment) -> Walk<'_> {
        self.found_of(at, |_| true)
    }

    /// The same of some entries only.
    pub(super) fn found_of(&self, at: Moment, counts: impl Fn(&Entry) -> bool) -> Walk<'_> {
        let counts = self.entries.iter().map(counts).collect();
        Walk { schedule: self, counts, at, ready: VecDeque::new() }
    }

    /// The last start of some entries before that moment that is wanted.
    pub(super) fn last_found(
        &self,
        before: Moment,
        counts: impl Fn(&Entry) -> bool,
        is_wanted: impl Fn(&Found) -> bool,
    ) -> Option<Found> {
        let is_wanted = |found: &Found| counts(self.entry_of(found)) && is_wanted(found);
        let mut before = before;
        loop {
            let counting = self.entries.iter().filter(|entry| counts(entry));
            let by_rule = counting.filter_map(|entry| entry.previous(before));
            let extra = self.extras.iter().filter(|extra| counts(&self.entries[extra.entry]));
            let extra = extra.map(|extra| extra.start);
            let start = by_rule.chain(extra.filter(|start| *start < before)).max()?;
            if let Some(found) = self.found_at(start).into_iter().rfind(is_wanted) {
                return Some(found);
            }
            before = start;
        }
    }

    /// What starts at exactly that moment. An extra date that the rule has too is the rule's.
    fn found_at(&self, start: Moment) -> Vec<Found> {
        let date = start.date();
        let entries = self.entries.iter().enumerate();
        let by_rule = entries.filter(|(_, entry)| entry.on(date).any(|one| one == start));
        let by_rule: Vec<usize> = by_rule.map(|(index, _)| index).collect();
        let is_by_rule = |id: &str| by_rule.iter().any(|index| self.entries[*index].id == id);
        let extras = self.extras.iter().enumerate();
        let extras = extras
            .filter(|(_, extra)| extra.start == start && !is_by_rule(&self.entries[extra.entry].id))
            .map(|(index, _)| Source::Extra(index));
        let sources = by_rule.iter().map(|index| Source::Rule(*index)).chain(extras);
        sources.map(|source| Found { start, source }).collect()
    }

    pub(super) fn entry_of(&self, found: &Found) -> &Entry {
        &self.entries[self.index_of(found)]
    }

    fn index_of(&self, found: &Found) -> usize {
        match found.source {
            Source::Rule(index) => index,
            Source::Extra(index) => self.extras[index].entry,
        }
    }

    /// Why it is not held, if it is not.
    pub(super) fn skip_of(&self, found: &Found) -> Option<&Text> {
        match found.source {
            Source::Rule(index) if self.skips.is_empty() || index >= self.entries.len() => None,
            Source::Rule(index) => {
                self.skips.get(&(self.entries[index].id.clone(), found.start.date()))
            }
            Source::Extra(index) => self.extras[index].cancelled.as_ref(),
        }
    }

    pub(super) fn slot(&self, found: &Found) -> Slot {
        let entry = self.entry_of(found);
        let extra = match found.source {
            Source::Rule(_) => None,
            Source::Extra(index) => Some(self.extras[index].reason.clone()),
        };
        Slot {
            id: self.id_of(found),
            entry: entry.id.clone(),
            name: entry.name.clone(),
            channel: entry.channel.clone(),
            network: entry.network.clone(),
            start: found.start,
            end: found.start.plus(entry.duration),
            extra,
            call_before: entry.call_before,
            chair: entry.chair.clone(),
            agenda_url: entry.agenda_url.clone(),
        }
    }

    /// The date is enough for the first of a day. Those of the rule come before extra ones and a
    /// skipped one keeps its id, so that a later change gives no meeting the id of another.
    fn id_of(&self, found: &Found) -> String {
        let date = found.start.date();
        let id = &self.entry_of(found).id;
        let ours = self.on_date(id, date);
        let place = ours.iter().position(|one| one == found).unwrap_or(0);
        let plain = format!("{id}-{}", date.format("%Y%m%d"));
        if place == 0 {
            return plain;
        }
        let minute = |one: &Found| one.start.utc().format("%H%M").to_string();
        match ours[1..place].iter().filter(|one| minute(one) == minute(found)).count() {
            0 => format!("{plain}-{}", minute(found)),
            n => format!("{plain}-{}-{}", minute(found), n + 1),
        }
    }

    /// All starts of a meeting on a date, in the order in which they get their ids.
    pub(super) fn on_date(&self, id: &str, date: NaiveDate) -> Vec<Found> {
        let entries = self.entries.iter().enumerate().filter(|(_, entry)| entry.id == id);
        let mut all: Vec<Found> = entries
            .flat_map(|(index, entry)| {
                entry.on(date).map(move |start| Found { start, source: Source::Rule(index) })
            })
            .collect();
        for (index, extra) in self.extras.iter().enumerate() {
            let is_ours = extra.start.date() == date && self.entries[extra.entry].id == id;
            let is_by_rule = || {
                all.iter()
                    .any(|one| one.start == extra.start && matches!(one.source, Source::Rule(_)))
            };
            if is_ours && !is_by_rule() {
                all.push(Found { start: extra.start, source: Source::Extra(index) });
            }
        }
        all
    }

    /// The meetings of one channel around that moment, for who calls people together there.
    pub fn in_channel(&self, network: Option<&Network>, channel: &Channel, at: Moment) -> Around {
        let is_here = |entry: &Entry| entry.is_in(network, channel);
        let is_held = |found: &Found| self.skip_of(found).is_none();
        let end = |found: &Found| found.start.plus(self.entry_of(found).duration);
        let is_over = |found: &Found| is_held(found) && end(found) <= at;
        let previous = self.last_found(at.plus(1), is_here, is_over);
        let on = self.last_found(at.plus(1), is_here, is_held).filter(|found| at < end(found));
        let next = self.found_of(at.plus(1), is_here).find(is_held);
        let slot = |found: Option<Found>| found.map(|found| self.slot(&found));
        Around { previous: slot(previous), on: slot(on), next: slot(next) }
    }

    /// For each two entries that some day need the same channel at the same time, the first such
    /// time from that moment on.
    pub fn overlaps(&self, from: Moment) -> Vec<Overlap> {
        let to = from.plus(OVERLAP_YEARS * 366 * DAY);
        let mut out = Vec::new();
        for (index, entry) in self.entries.iter().enumerate() {
            out.extend(Schedule::new(vec![entry.clone()]).first_overlap(from, to));
            for other in &self.entries[..index] {
                if entry.is_in(other.network.as_ref(), &other.channel) {
                    let two = Schedule::new(vec![other.clone(), entry.clone()]);
                    out.extend(two.first_overlap(from, to));
                }
            }
        }
        out.sort_by_key(|overlap| overlap.one.start);
        out
    }

    /// For two entries of one channel, or for one whose own meetings are longer than the time
    /// between them.
    fn first_overlap(&self, from: Moment, to: Moment) -> Option<Overlap> {
        let end = |found: &Found| found.start.plus(self.entry_of(found).duration);
        let is_alone = self.entries.len() == 1;
        let held = self.found_from(from).filter(|found| self.skip_of(found).is_none());
        let mut open: Vec<Found> = Vec::new();
        for found in held.take_while(|found| found.start < to) {
            open.retain(|one| found.start < end(one));
            let of_another =
                |one: &&Found| is_alone || !std::ptr::eq(self.entry_of(one), self.entry_of(&found));
            if let Some(one) = open.iter().find(of_another) {
                return Some(Overlap { one: self.slot(one), other: self.slot(&found) });
            }
            open.push(found);
        }
        None
    }
}
