//! The push window: from when on a build that was tagged may reach the mirrors. All of it is UTC,
//! exact to the microsecond.
//!
//! A closed stretch is one or more closed days in a row: days without pushes, holidays, freezes.
//! What is tagged after the cut-off on the eve of a closed stretch waits for the hour of resumption
//! on the first open day after it.

use crate::domain::pattern::Pattern;
use crate::domain::time::{MINUTE, Moment};
use chrono::{Datelike, Days, NaiveDate, Weekday};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// So many days ahead an open one is looked for; the configuration allows no longer freeze.
const MOST_DAYS: u64 = 3_700;

/// When what is tagged may go out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policy {
    /// Which tags this is about.
    pub tags: Vec<Pattern>,
    /// By which rule.
    pub mode: Mode,
    /// The days of pushes.
    pub days: Vec<Weekday>,
    /// Until when a day's tags count for it, in microseconds of the day, included.
    pub cutoff: i64,
    /// When pushes go on, in microseconds of the day.
    pub resume: i64,
    /// Days without pushes.
    pub holidays: BTreeSet<NaiveDate>,
    /// Longer times without pushes.
    pub freezes: Vec<Freeze>,
    /// How long after that moment a build that is not out is overdue, in microseconds.
    pub overdue: i64,
}

/// A time without pushes: both days are in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Freeze {
    /// The first day.
    pub from: NaiveDate,
    /// The last day.
    pub to: NaiveDate,
}

/// The rule of a policy.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Mode {
    /// Open from the resumption after a closed stretch to the cut-off on the eve of the next one.
    #[default]
    Window,
    /// One push a day, at `resume`, of what was tagged until `cutoff`.
    Daily,
    /// At any time; only freezes hold.
    Immediate,
}

/// Whether what was tagged may go out at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Gate {
    /// At once.
    Open,
    /// Later.
    Held,
}

impl Default for Policy {
    /// The first group's rule: "Packages are only signed / pushed Monday through Thursday. Packages
    /// tagged for release after 9am UTC on Thursday will not be released to mirrors till Monday
    /// 11am UTC."
    fn default() -> Policy {
        Policy {
            tags: vec![Pattern::new("*-release")],
            mode: Mode::Window,
            days: vec![Weekday::Mon, Weekday::Tue, Weekday::Wed, Weekday::Thu],
            cutoff: 9 * 60 * MINUTE,
            resume: 11 * 60 * MINUTE,
            holidays: BTreeSet::new(),
            freezes: Vec::new(),
            overdue: 6 * 60 * MINUTE,
        }
    }
}

impl Policy {
    /// Whether this is about a tag.
    pub fn is_about(&self, tag: &str) -> bool {
        self.tags.iter().any(|pattern| pattern.fits(tag))
    }

    /// The earliest moment at which something tagged then may go out.
    pub fn earliest(&self, tagged: Moment) -> Moment {
        let days = (0..MOST_DAYS).map_while(|n| tagged.date().checked_add_days(Days::new(n)));
        let open = days.filter(|day| !self.is_closed_on(*day));
        let mut goes = open.filter_map(|day| self.goes_on(day, tagged));
        goes.next().unwrap_or(Moment::from_micros(i64::MAX))
    }

    /// When something tagged then goes out on an open day; none where that day is too early.
    fn goes_on(&self, day: NaiveDate, tagged: Moment) -> Option<Moment> {
        let cutoff = Moment::of(day, self.cutoff);
        let opens = Moment::of(day, self.resume);
        match self.mode {
            Mode::Immediate => Some(tagged.max(Moment::of(day, 0))),
            Mode::Daily => (tagged <= cutoff).then_some(opens),
            Mode::Window if self.is_eve(day) && tagged > cutoff => None,
            Mode::Window if self.is_closed_before(day) => Some(tagged.max(opens)),
            Mode::Window => Some(tagged.max(Moment::of(day, 0))),
        }
    }

    /// Whether what was tagged then may go out at once.
    pub fn gate(&self, tagged: Moment) -> Gate {
        if self.earliest(tagged) > tagged { Gate::Held } else { Gate::Open }
    }

    /// Whether a push at that moment is outside of the window, whatever was tagged when.
    pub fn is_closed_at(&self, at: Moment) -> bool {
        let day = at.date();
        let too_early = self.mode == Mode::Window
            && self.is_closed_before(day)
            && at < Moment::of(day, self.resume);
        self.is_closed_on(day) || too_early
    }

    /// The next cut-off at or after that moment before a closed stretch, as long as one comes within
    /// a week. Only windows have one that is worth a warning.
    pub fn cutoff_after(&self, at: Moment) -> Option<Moment> {
        let days = (0..8).map_while(|n| at.date().checked_add_days(Days::new(n)));
        let cutoffs = days
            .filter(|day| !self.is_closed_on(*day) && self.is_eve(*day))
            .map(|day| Moment::of(day, self.cutoff));
        let mut cutoffs = cutoffs.filter(|cutoff| *cutoff >= at);
        cutoffs.next().filter(|_| self.mode == Mode::Window)
    }

    fn is_closed_on(&self, day: NaiveDate) -> bool {
        let is_frozen = self.freezes.iter().any(|freeze| (freeze.from..=freeze.to).contains(&day));
        let is_off = !self.days.contains(&day.weekday()) || self.holidays.contains(&day);
        is_frozen || (is_off && self.mode != Mode::Immediate)
    }

    fn is_eve(&self, day: NaiveDate) -> bool {
        day.succ_opt().is_none_or(|next| self.is_closed_on(next))
    }

    fn is_closed_before(&self, day: NaiveDate) -> bool {
        day.pred_opt().is_none_or(|before| self.is_closed_on(before))
    }

    /// `after the 09:00 cut-off`: why something that was tagged then is held.
    pub fn because(&self, tagged: Moment) -> String {
        let day = tagged.date();
        let clock = |micros| Moment::from_micros(micros).clock()[..5].to_string();
        if self.is_closed_on(day) {
            let is_frozen = self.freezes.iter().any(|f| (f.from..=f.to).contains(&day));
            let why = if is_frozen { "in a freeze" } else { "on a day without pushes" };
            return why.to_string();
        }
        match tagged > Moment::of(day, self.cutoff)
            && (self.is_eve(day) || self.mode == Mode::Daily)
        {
            true => format!("after the {} cut-off", clock(self.cutoff)),
            false => format!("before {}", clock(self.resume)),
        }
    }
}

/// `Mon 2018-11-19 11:00 UTC`
pub fn day_and_hour(at: Moment) -> String {
    at.utc().format("%a %Y-%m-%d %H:%M UTC").to_string()
}

#[cfg(test)]
mod tests;
