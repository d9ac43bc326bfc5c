//! From times of day to moments: which day each line of a log is of.

use crate::domain::minutes::read::stamp::{self, Day, Stamp};
use crate::domain::time::{DAY, MINUTE, Moment};
use chrono::{Datelike, NaiveDate};

/// A time of day that is this much earlier than the one before is of the next day.
const HALF_A_DAY: i64 = DAY / 2;
/// How much a server's time may differ from ours: so far apart two lines may change places.
const TOLERANCE: i64 = 5 * MINUTE;

/// The day of the line that is read, and what is known of it.
#[derive(Clone, Debug)]
pub(super) struct Calendar {
    /// The day; any day where none is known.
    day: NaiveDate,
    /// Whether it is the real one.
    known: bool,
    /// The time of day of the line before, where that line was of the same stretch.
    last: Option<i64>,
}

impl Calendar {
    /// Begins on that day; where none is given, lines only have times of day.
    pub(super) fn new(day: Option<NaiveDate>) -> Calendar {
        Calendar { day: day.unwrap_or_default(), known: day.is_some(), last: None }
    }

    /// The log says which day it is.
    pub(super) fn turn(&mut self, day: NaiveDate) {
        *self = Calendar { day, known: true, last: None };
    }

    /// Whether the day is known.
    pub(super) fn is_known(&self) -> bool {
        self.known
    }

    /// The moment of a line.
    pub(super) fn moment(&mut self, stamp: &Stamp) -> Moment {
        let mut day = match stamp.day {
            Day::Date(day) => {
                self.turn(day);
                day
            }
            Day::InYear(month, day) => self.in_year(month, day),
            Day::Untold => self.after_midnight(stamp.clock),
        };
        // A line that changed places with the first ones of its day is of the day before.
        let is_late =
            self.last.is_some_and(|last| last < TOLERANCE && DAY - stamp.clock < TOLERANCE);
        match (stamp.day, is_late) {
            (Day::Untold, true) => day = day.pred_opt().unwrap_or(day),
            _ => self.last = Some(stamp.clock),
        }
        let midnight = day.and_time(chrono::NaiveTime::MIN).and_utc();
        Moment::from_utc(midnight).plus(stamp.clock)
    }

    /// The day for a time of day: the next one, if the clock went back by half a day.
    fn after_midnight(&mut self, clock: i64) -> NaiveDate {
        if self.last.is_some_and(|last| last - clock > HALF_A_DAY) {
            self.day = self.day.succ_opt().unwrap_or(self.day);
        }
        self.day
    }

    /// The day for a month and a day: of the next year, if the month went back by half a year.
    fn in_year(&mut self, month: u32, day: u32) -> NaiveDate {
        let turns = self.day.month() > month + 6;
        let year = self.day.year() + i32::from(turns);
        if let Some(day) = NaiveDate::from_ymd_opt(year, month, day) {
            self.day = day;
        }
        self.day
    }
}

/// The date in a file's name: `2018-11-13` or `20181113`, the last one in it; where the name itself
/// has none, in the names of its folders.
pub(super) fn in_file_name(path: &str) -> Option<NaiveDate> {
    path.rsplit(['/', '\\']).find_map(|name| {
        let starts = name.char_indices().rev();
        let whole = |at: usize| !name[..at].ends_with(|c: char| c.is_ascii_digit());
        starts.filter(|(at, _)| whole(*at)).find_map(|(at, _)| date_at(&name[at..]))
    })
}

fn date_at(text: &str) -> Option<NaiveDate> {
    let ends = |rest: &str| !rest.starts_with(|c: char| c.is_ascii_digit());
    if let Some((date, rest)) = stamp::iso_date(text) {
        return ends(rest).then_some(date);
    }
    let (digits, _) = stamp::number(text, 8..=8)?;
    stamp::date(digits / 10_000, digits / 100 % 100, digits % 100)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        stamp::iso_date(text).unwrap().0
    }

    fn times(start: Option<&str>, lines: &[&str]) -> Vec<String> {
        let mut calendar = Calendar::new(start.map(day));
        let stamps = lines
            .iter()
            .filter_map(|line| stamp::split(line).or_else(|| stamp::split_month_day(line)));
        stamps.map(|(stamp, _)| calendar.moment(&stamp).rfc3339()).collect()
    }

    #[test]
    fn a_log_goes_on_after_midnight() {
        assert_eq!(
            times(Some("2018-12-31"), &["23:59:58", "00:00:01", "23:59:59", "00:00:02", "12:00"]),
            [
                "2018-12-31T23:59:58Z",
                "2019-01-01T00:00:01Z",
                "2018-12-31T23:59:59Z",
                "2019-01-01T00:00:02Z",
                "2019-01-01T12:00:00Z"
            ]
        );
        assert_eq!(
            times(Some("2018-11-13"), &["15:00:12", "14:59:00", "02:00", "23:00"])[2..],
            ["2018-11-14T02:00:00Z", "2018-11-14T23:00:00Z"]
        );
        assert_eq!(times(None, &["23:59", "00:01"])[1], "1970-01-02T00:01:00Z");
    }

    #[test]
    fn a_year_ends() {
        assert_eq!(
            times(Some("2018-12-31"), &["Dec 31 23:59:00", "Jan  1 00:01:00", "Feb 29 00:01:00"]),
            ["2018-12-31T23:59:00Z", "2019-01-01T00:01:00Z", "2019-01-01T00:01:00Z"]
        );
    }

    #[test]
    fn finds_the_date_in_a_name() {
        for (name, date) in [
            ("2018-11-13.log", Some("2018-11-13")),
            ("#centos-devel_20181113.log", Some("2018-11-13")),
            ("centos-devel.2018-11-13-15.00.log.txt", Some("2018-11-13")),
            ("irc.libera.#c.2018-11-13.weechatlog", Some("2018-11-13")),
            ("logs/2018-11-13/#c.log", Some("2018-11-13")),
            ("2017-01-01/2018-11-13.log", Some("2018-11-13")),
            ("build-201811130.log", None),
            ("2018-13-13.log", None),
            ("注意.log", None),
            ("", None),
        ] {
            assert_eq!(in_file_name(name), date.map(day), "{name}");
        }
    }
}
