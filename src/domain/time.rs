//! Moments: points of time in UTC, to the microsecond.
//!
//! Nothing here reads a clock; `crate::clock` does.

use chrono::{DateTime, Datelike, NaiveDate, SecondsFormat, Utc};
use serde::{Deserialize, Serialize};

/// A point of time: microseconds since 1970-01-01T00:00:00Z, from year 1 to year 9999.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Moment(i64);

/// One second in microseconds.
pub const SECOND: i64 = 1_000_000;
/// One minute in microseconds.
pub const MINUTE: i64 = 60 * SECOND;
/// One day in microseconds.
pub const DAY: i64 = 24 * 60 * MINUTE;

const FIRST: i64 = -62_135_596_800 * SECOND; // 0001-01-01T00:00:00Z
const LAST: i64 = 253_402_300_799 * SECOND; // 9999-12-31T23:59:59Z

/// A time that could not be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{given:?} is not a time; write it as RFC 3339, for example 2018-11-13T15:00:00Z")]
pub struct NotATime {
    /// What was given.
    pub given: String,
}

impl Moment {
    /// The moment that many microseconds after 1970, moved into the years 1 to 9999.
    pub const fn from_micros(micros: i64) -> Moment {
        if micros < FIRST {
            Moment(FIRST)
        } else if micros > LAST {
            Moment(LAST)
        } else {
            Moment(micros)
        }
    }

    /// Microseconds since 1970-01-01T00:00:00Z.
    pub const fn micros(self) -> i64 {
        self.0
    }

    /// The same point of time as chrono's type.
    pub fn utc(self) -> DateTime<Utc> {
        DateTime::from_timestamp_micros(self.0).unwrap_or(DateTime::UNIX_EPOCH)
    }

    /// From chrono's type.
    pub fn from_utc(time: DateTime<Utc>) -> Moment {
        Moment::from_micros(time.timestamp_micros())
    }

    /// Reads RFC 3339, for example `2018-11-13T15:00:00Z`.
    pub fn parse(given: &str) -> Result<Moment, NotATime> {
        DateTime::parse_from_rfc3339(given.trim())
            .map(|time| Moment::from_utc(time.to_utc()))
            .map_err(|_| NotATime { given: given.chars().take(64).collect() })
    }

    /// RFC 3339 in UTC with `Z`: seconds, or finer where finer ones are known.
    pub fn rfc3339(self) -> String {
        self.utc().to_rfc3339_opts(SecondsFormat::AutoSi, true)
    }

    /// `15:00:12`, as MeetBot's logs write it.
    pub fn clock(self) -> String {
        let second_of_day = self.time_of_day() / SECOND;
        format!(
            "{:02}:{:02}:{:02}",
            second_of_day / 3600,
            second_of_day / 60 % 60,
            second_of_day % 60
        )
    }

    /// The UTC date.
    pub fn date(self) -> NaiveDate {
        self.utc().date_naive()
    }

    /// `2018-W46`: the ISO 8601 week of the UTC date.
    pub fn iso_week(self) -> String {
        let week = self.date().iso_week();
        format!("{}-W{:02}", week.year(), week.week())
    }

    /// `Tue Nov 13 15:00:12 2018 UTC`, as MeetBot says when a meeting starts and ends.
    pub fn ctime(self) -> String {
        self.utc().format("%a %b %e %H:%M:%S %Y UTC").to_string()
    }

    /// The moment that many microseconds after the midnight with which this date begins in UTC.
    pub fn of(date: NaiveDate, micros: i64) -> Moment {
        let midnight = date.and_time(chrono::NaiveTime::MIN).and_utc();
        Moment::from_utc(midnight).plus(micros)
    }

    /// Microseconds since the midnight with which the UTC date begins.
    pub const fn time_of_day(self) -> i64 {
        self.0.rem_euclid(DAY)
    }

    /// This moment and that many microseconds (negative: earlier).
    pub const fn plus(self, micros: i64) -> Moment {
        Moment::from_micros(self.0.saturating_add(micros))
    }

    /// The last whole second not after this moment.
    pub const fn whole_second(self) -> Moment {
        Moment::from_micros(self.0 - self.0.rem_euclid(SECOND))
    }

    /// Microseconds from `earlier` to this moment; negative when it is later.
    pub const fn since(self, earlier: Moment) -> i64 {
        self.0 - earlier.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn writes_the_forms_of_the_field() {
        let at = Moment::parse("2018-11-13T15:00:12Z").unwrap();
        assert_eq!(at.rfc3339(), "2018-11-13T15:00:12Z");
        assert_eq!(at.clock(), "15:00:12");
        assert_eq!(at.ctime(), "Tue Nov 13 15:00:12 2018 UTC");
        assert_eq!(at.iso_week(), "2018-W46");
        assert_eq!(Moment::from_micros(-1).clock(), "23:59:59");
    }

    #[test]
    fn refuses_with_an_example() {
        let error = Moment::parse("tomorrow").unwrap_err();
        assert!(error.to_string().contains("2018-11-13T15:00:00Z"));
    }

    #[test]
    fn never_leaves_the_four_digit_years() {
        assert_eq!(Moment::from_micros(i64::MAX).rfc3339(), "9999-12-31T23:59:59Z");
        assert_eq!(Moment::from_micros(i64::MIN).rfc3339(), "0001-01-01T00:00:00Z");
        assert_eq!(Moment::from_micros(i64::MAX).plus(i64::MAX).clock(), "23:59:59");
    }
}
