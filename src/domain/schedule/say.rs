//! What the program says about the schedule: the sentences, and nothing that decides.

use crate::domain::escape;
use crate::domain::schedule::Entry;
use crate::domain::schedule::Planned;
use crate::domain::schedule::Schedule;
use crate::domain::schedule::Slot;
use crate::domain::schedule::State;
use crate::domain::schedule::find::Source;
use crate::domain::schedule::read::time_text;
use crate::domain::schedule::rule::Weeks;
use crate::domain::time::DAY;
use crate::domain::time::MINUTE;
use crate::domain::time::Moment;
use chrono::Datelike;
use chrono::NaiveDate;

/// `Tue 2018-11-27 15:00 UTC (W48)`: the week's number is there so that people can check the rule.
pub fn moment(at: Moment) -> String {
    let date = at.date();
    let (day, week) = (date.format("%a %Y-%m-%d"), date.iso_week().week());
    format!("{day} {} UTC (W{week:02})", time_text(at.time_of_day()))
}

/// `in 0 h 03 min`, or from a day on `in 13 days`.
pub fn until(start: Moment, now: Moment) -> String {
    let left = start.since(now);
    let days = start.date().signed_duration_since(now.date()).num_days();
    match (left / MINUTE, days) {
        (minutes, _) if left < DAY => format!("in {} h {:02} min", minutes / 60, minutes % 60),
        (_, 1) => "in 1 day".to_string(),
        (_, days) => format!("in {days} days"),
    }
}

/// When the next meeting is, for who asks now: one sentence or two.
pub fn when(schedule: &Schedule, now: Moment) -> String {
    if let State::OnNow(slot) = schedule.state(now) {
        return format!("{}{}", named(schedule, &slot), on(schedule, slot.start, now));
    }
    let Some(next) = schedule.next(now) else {
        return "No meeting is planned.".to_string();
    };
    if let Some(why) = not_today(schedule, now) {
        return format!("Not today ({why}). Next: {}.", later(schedule, &next));
    }
    let (named, start) = (named(schedule, &next), moment(next.start));
    format!("{named}{start}, {}{}", until(next.start, now), remark(schedule, &next))
}

/// What is said while a meeting is on: since when, and when the next one is.
pub fn on(schedule: &Schedule, since: Moment, now: Moment) -> String {
    let since = time_text(since.time_of_day() / MINUTE * MINUTE);
    let next = schedule.next(now.plus(1));
    let next = next.map_or("none is planned".into(), |next| later(schedule, &next));
    format!("on now since {since} UTC; next after this: {next}.")
}

/// A later meeting, with what is unusual about it.
fn later(schedule: &Schedule, slot: &Slot) -> String {
    format!("{}{}{}", named(schedule, slot), moment(slot.start), remark(schedule, slot))
}

/// A later meeting of those who know which one is meant: its start, with what is unusual about it.
pub fn next(schedule: &Schedule, slot: &Slot) -> String {
    format!("{}{}", moment(slot.start), remark(schedule, slot))
}

/// How to have a meeting in an unusually long pause before that one, where there is such a pause:
/// `#nextmeeting 2027-01-05 15:00 adds one in between.`
pub fn offer(schedule: &Schedule, slot: &Slot) -> Option<String> {
    let start = schedule.pause_offer(slot)?;
    let (date, time) = (start.date(), time_text(start.time_of_day()));
    Some(format!("#nextmeeting {date} {time} adds one in between."))
}

/// The meeting's name and place, where the group has more than one.
fn named(schedule: &Schedule, slot: &Slot) -> String {
    match schedule.entries().iter().all(|entry| entry.id == slot.entry) {
        true => String::new(),
        false => {
            let (name, channel) = (slot.name.as_untrusted(), slot.channel.as_str());
            format!("{} in {}: ", escape::line(name), escape::line(channel))
        }
    }
}

fn remark(schedule: &Schedule, slot: &Slot) -> String {
    let extra = slot.extra.as_ref().map(|reason| {
        let reason = escape::line(reason.as_untrusted());
        if reason.is_empty() { "extra".into() } else { format!("extra: {reason}") }
    });
    let remarks: Vec<String> = extra.into_iter().chain(schedule.pause_sentence(slot)).collect();
    if remarks.is_empty() { String::new() } else { format!(" ({})", remarks.join("; ")) }
}

/// Why a day on which one might expect a meeting has none.
fn not_today(schedule: &Schedule, now: Moment) -> Option<String> {
    let today = schedule.planned_on(now.date());
    if today.iter().any(|one| one.skipped.is_none()) {
        return None;
    }
    if let Some(one) = today.first() {
        return Some(skipped(one));
    }
    let date = now.date();
    let entries = schedule.entries().iter().filter(|entry| entry.holds_on(date));
    let entry = entries.into_iter().find(|entry| entry.rule.fits_but_for_the_week(date))?;
    let week = date.iso_week().week();
    Some(match entry.rule.weeks() {
        Weeks::Numbered { of: 2, .. } => {
            format!("W{week:02} is {}", if week.is_multiple_of(2) { "even" } else { "odd" })
        }
        _ => format!("W{week:02} is not one of its weeks"),
    })
}

/// `skipped: Christmas`.
fn skipped(planned: &Planned) -> String {
    let reason = planned.skipped.as_ref().map(|reason| escape::line(reason.as_untrusted()));
    match reason.filter(|reason| !reason.is_empty()) {
        Some(reason) => format!("skipped: {reason}"),
        None => "skipped".to_string(),
    }
}

/// So many skipped dates are named in one sentence.
const MOST_NAMED: usize = 3;

impl Schedule {
    /// Whole weeks since the last meeting of the same name that was held; none before the first.
    pub fn weeks_since_last(&self, slot: &Slot) -> Option<i64> {
        Some(weeks_between(self.last_held(slot)?, slot.start.date()))
    }

    fn last_held(&self, slot: &Slot) -> Option<NaiveDate> {
        let is_ours = |entry: &Entry| entry.id == slot.entry;
        let last = self.last_found(slot.start, is_ours, |found| self.skip_of(found).is_none());
        last.map(|found| found.start.date())
    }

    /// Why the time before that meeting is not the usual one, if it is not: `three weeks: 2026 has
    /// a week 53`, `four weeks: 2018-12-25 is skipped`.
    pub fn pause_sentence(&self, slot: &Slot) -> Option<String> {
        if slot.extra.is_some() {
            return None;
        }
        let last = self.last_held(slot)?;
        let between = self.planned_between(Moment::of(last, DAY), slot.start);
        let ours = between.iter().filter(|one| one.slot.entry == slot.entry);
        let skipped: Vec<String> =
            ours.take(MOST_NAMED).map(|one| one.slot.start.date().to_string()).collect();
        let long_year =
            self.long_year_before(slot).map(|(year, _)| format!("{year} has a week 53"));
        let verb = if skipped.len() == 1 { "is" } else { "are" };
        let skipped =
            (!skipped.is_empty()).then(|| format!("{} {verb} skipped", skipped.join(", ")));
        let reasons: Vec<String> = long_year.into_iter().chain(skipped).collect();
        let weeks = weeks_between(last, slot.start.date());
        (!reasons.is_empty()).then(|| format!("{}: {}", weeks_text(weeks), reasons.join(" and ")))
    }

    /// The start that keeps the rhythm in the three weeks' pause before that meeting, for who
    /// wants an extra date: 2027-01-05 15:00 before 2027-01-12. None where nothing is amiss, or
    /// the date is taken.
    pub fn pause_offer(&self, slot: &Slot) -> Option<Moment> {
        let (_, offer) = self.long_year_before(slot)?;
        let last = self.last_held(slot)?;
        (last < offer.date() && offer < slot.start).then_some(offer)
    }

    /// The ISO year of 53 weeks that makes the time before that meeting unusual, and when the
    /// meeting would be without it.
    fn long_year_before(&self, slot: &Slot) -> Option<(i32, Moment)> {
        let found = self.found_from(slot.start).next()?;
        let Source::Rule(index) = found.source else { return None };
        let entry = &self.entries()[index];
        let Weeks::Numbered { of, .. } = entry.rule.weeks() else { return None };
        let last = entry.previous(slot.start)?;
        let weeks = weeks_between(last.date(), slot.start.date());
        let year = last.date().iso_week().year();
        let has_53 = NaiveDate::from_isoywd_opt(year, 53, chrono::Weekday::Mon).is_some();
        let crosses = year != slot.start.date().iso_week().year();
        let is_unusual = has_53 && crosses && weeks != i64::from(of);
        is_unusual.then(|| (year, last.plus(i64::from(of) * 7 * DAY)))
    }
}

fn weeks_between(one: NaiveDate, other: NaiveDate) -> i64 {
    other.signed_duration_since(one).num_days() / 7
}

fn weeks_text(weeks: i64) -> String {
    const WORDS: [&str; 11] =
        ["no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"];
    let word = usize::try_from(weeks).ok().and_then(|weeks| WORDS.get(weeks));
    let word = word.map_or_else(|| weeks.to_string(), |word| (*word).to_string());
    format!("{word} week{}", if weeks == 1 { "" } else { "s" })
}
