//! Quarters, and the days on which their reports are due.
//!
//! A report covers the time from the day on which the one before it was due to the day before its
//! own: what happens between the draft and the due day still counts.

use crate::domain::schedule::rule::{self, Nth};
use crate::domain::time::Moment;
use chrono::{Datelike, Days, NaiveDate, Weekday};
use std::fmt;

/// A quarter of a year, from 1 to 4.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Quarter {
    year: i32,
    number: u32,
}

/// Something that is no quarter.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a quarter; write it as 2018-Q4")]
pub struct NotAQuarter(String);

impl Quarter {
    /// Reads `2018-Q4` or `2018Q4`.
    pub fn parse(given: &str) -> Result<Quarter, NotAQuarter> {
        let refused = || NotAQuarter(given.chars().take(40).collect());
        let word = given.trim().to_ascii_uppercase();
        let (year, number) = word.split_once('Q').ok_or_else(refused)?;
        let year = year.strip_suffix('-').unwrap_or(year);
        let is_year = year.len() == 4 && year.bytes().all(|byte| byte.is_ascii_digit());
        let number = ["1", "2", "3", "4"].iter().zip(1..).find(|(known, _)| **known == number);
        match (year.parse(), number) {
            (Ok(year), Some((_, number))) if is_year && year > 0 => Ok(Quarter { year, number }),
            _ => Err(refused()),
        }
    }

    /// The one that a day is in.
    pub fn of(day: NaiveDate) -> Quarter {
        Quarter { year: day.year(), number: day.month0() / 3 + 1 }
    }

    /// Its three months.
    fn months(self) -> [u32; 3] {
        [2, 1, 0].map(|before| self.number * 3 - before)
    }

    /// `2018 Q4`, for titles.
    pub fn title(self) -> String {
        format!("{} Q{}", self.year, self.number)
    }
}

impl fmt::Display for Quarter {
    /// `2018Q4`, as it is stored.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}Q{}", self.year, self.number)
    }
}

/// When reports are due.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    /// Which day of a month; one of the first to the fourth, or the last.
    pub nth: Nth,
    /// Which weekday.
    pub weekday: Weekday,
    /// In which months, ascending, at most one of a quarter; never empty.
    pub months: Vec<u32>,
    /// So many days before, the draft is shown to the lead.
    pub draft_days: u32,
}

impl Default for Rule {
    /// The first Monday of March, June, September and December; the draft fourteen days before.
    fn default() -> Rule {
        Rule { nth: Nth::From(1), weekday: Weekday::Mon, months: vec![3, 6, 9, 12], draft_days: 14 }
    }
}

/// A report that is due.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Due {
    /// Of which quarter it is.
    pub quarter: Quarter,
    /// The day.
    pub on: NaiveDate,
    /// The first day that it covers.
    pub from: NaiveDate,
    /// The day of the draft.
    pub draft: NaiveDate,
}

impl Rule {
    /// The report of a quarter; nothing where none is due in it.
    pub fn of(&self, quarter: Quarter) -> Option<Due> {
        let month = quarter.months().into_iter().find(|month| self.months.contains(month))?;
        let on = self.day(quarter.year, month)?;
        let before = |year: i32| self.months.iter().rev().map(move |month| (year, *month));
        let before = before(quarter.year).chain(before(quarter.year - 1));
        let from = before.filter_map(|(year, month)| self.day(year, month)).find(|day| *day < on);
        let draft = on.checked_sub_days(Days::new(u64::from(self.draft_days)))?;
        Some(Due { quarter, on, from: from?, draft })
    }

    /// The report that is due next, today's included.
    pub fn next(&self, today: NaiveDate) -> Option<Due> {
        let years = [today.year(), today.year() + 1].into_iter();
        let quarters = years.flat_map(|year| (1..=4).map(move |number| Quarter { year, number }));
        quarters.filter_map(|quarter| self.of(quarter)).find(|due| due.on >= today)
    }

    fn day(&self, year: i32, month: u32) -> Option<NaiveDate> {
        let first = NaiveDate::from_ymd_opt(year, month, 1)?;
        let day = rule::Rule::monthly(self.nth, self.weekday, 0).next(Moment::of(first, 0))?.date();
        ((day.year(), day.month()) == (year, month)).then_some(day)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(date: &str) -> NaiveDate {
        date.parse().unwrap()
    }

    #[test]
    fn the_group_reports_on_first_mondays() {
        let rule = Rule::default();
        // facts of the group, §2.6
        let mut today = day("2018-11-19");
        for due in ["2018-12-03", "2019-03-04", "2019-06-03", "2019-09-02", "2019-12-02"] {
            let next = rule.next(today).unwrap();
            assert_eq!(next.on, day(due));
            today = next.on + Days::new(1);
        }
        for (today, due) in [("2026-12-07", "2026-12-07"), ("2027-03-02", "2027-06-07")] {
            assert_eq!(rule.next(day(today)).unwrap().on, day(due));
        }
        let due = rule.of(Quarter::parse("2018-Q4").unwrap()).unwrap();
        assert_eq!((due.from, due.draft), (day("2018-09-03"), day("2018-11-19")));
        let first = rule.of(Quarter::parse("2019q1").unwrap()).unwrap();
        assert_eq!((first.from, first.quarter.to_string()), (due.on, "2019Q1".to_string()));
    }

    #[test]
    fn other_groups_report_otherwise() {
        let rule = Rule { nth: Nth::Last, months: vec![6], ..Rule::default() };
        assert_eq!(rule.of(Quarter::parse("2018-Q4").unwrap()), None);
        let due = rule.next(day("2018-11-13")).unwrap();
        assert_eq!((due.on, due.from), (day("2019-06-24"), day("2018-06-25")));
    }

    #[test]
    fn what_is_no_quarter_is_refused_with_an_example() {
        for word in ["", "2018", "Q4", "2018-Q5", "2018-Q", "18Q4", "+201Q1", "0000Q1", "2018Q4x"] {
            let error = Quarter::parse(word).unwrap_err().to_string();
            assert!(error.contains("write it as 2018-Q4"), "{word}");
        }
        assert_eq!(Quarter::of(day("2018-10-01")).title(), "2018 Q4");
    }
}
