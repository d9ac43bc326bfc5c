//! The time at the start of a log line, in the forms that programs write, and their dates in words.

use crate::domain::time::{DAY, MINUTE, SECOND};
use chrono::NaiveDate;

/// When a line was said, as far as the line itself tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Stamp {
    pub(super) day: Day,
    /// Microseconds since midnight. With a zone, they may be those of the day before or after.
    pub(super) clock: i64,
}

/// What a line tells of its day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Day {
    /// Nothing: times of day only.
    Untold,
    /// Month and day, without the year.
    InYear(u32, u32),
    /// All of it.
    Date(NaiveDate),
}

/// Reads `15:00`, `15:00:12`, `15:00:12.345`, `2018-11-13 15:00:12`, `2018-11-13T15:00:12Z` or
/// `…+01:00` at the start of a line; gives what follows it. A zone is taken off, so that the time
/// is UTC; without one the time counts as UTC.
pub(super) fn split(line: &str) -> Option<(Stamp, &str)> {
    let (day, rest) = match iso_date(line) {
        Some((date, rest)) => (Day::Date(date), rest.strip_prefix(['T', ' '])?.trim_start()),
        None => (Day::Untold, line),
    };
    let (clock, rest) = clock(rest)?;
    let (offset, rest) = zone(rest);
    Some((Stamp { day, clock: clock - offset }, rest))
}

/// Reads `Nov 13 15:00:12`, as HexChat writes it.
pub(super) fn split_month_day(line: &str) -> Option<(Stamp, &str)> {
    let (month, rest) = month(line)?;
    let (day, rest) = number(rest.strip_prefix(' ')?.trim_start(), 1..=2)?;
    let (clock, rest) = clock(rest.strip_prefix(' ')?.trim_start())?;
    (1..=31).contains(&day).then_some((Stamp { day: Day::InYear(month, day), clock }, rest))
}

/// Finds the date in words: `Tue Nov 13 15:00:12 2018` and `Tue Nov 13 2018`. The name of the
/// weekday is not looked at, as it may be of any language.
pub(super) fn date_in_words(words: &str) -> Option<NaiveDate> {
    let mut words = words.split_ascii_whitespace();
    let month = words.by_ref().find_map(|word| month(word).filter(|(_, rest)| rest.is_empty()))?.0;
    let (day, _) = number(words.next()?, 1..=2)?;
    let year = words.find_map(|word| number(word, 4..=4).filter(|(_, rest)| rest.is_empty()))?.0;
    date(year, month, day)
}

/// `2018-11-13` at the start of a text, and what follows it.
pub(super) fn iso_date(text: &str) -> Option<(NaiveDate, &str)> {
    let (year, rest) = number(text, 4..=4)?;
    let (month, rest) = number(rest.strip_prefix('-')?, 2..=2)?;
    let (day, rest) = number(rest.strip_prefix('-')?, 2..=2)?;
    Some((date(year, month, day)?, rest))
}

/// A day on which somebody may have been on IRC, which began in 1988.
pub(super) fn date(year: u32, month: u32, day: u32) -> Option<NaiveDate> {
    let year = i32::try_from(year).ok().filter(|year| (1988..=9998).contains(year))?;
    NaiveDate::from_ymd_opt(year, month, day)
}

/// A number of so many digits, and what follows it.
pub(super) fn number(text: &str, digits: std::ops::RangeInclusive<usize>) -> Option<(u32, &str)> {
    let count = text.bytes().take_while(u8::is_ascii_digit).count();
    let (number, rest) = text.split_at(count);
    digits.contains(&count).then(|| number.parse().ok().map(|number| (number, rest)))?
}

fn clock(text: &str) -> Option<(i64, &str)> {
    let (hour, rest) = number(text, 1..=2)?;
    let (minute, rest) = number(rest.strip_prefix(':')?, 2..=2)?;
    let (second, rest) = match rest.strip_prefix(':') {
        Some(seconds) => number(seconds, 2..=2)?,
        None => (0, rest),
    };
    let (micros, rest) = match rest.strip_prefix('.').map(|rest| (number(rest, 1..=6), rest)) {
        Some((Some((fraction, after)), rest)) => {
            let digits = u32::try_from(rest.len() - after.len()).unwrap_or(6);
            (i64::from(fraction) * 10_i64.pow(6 - digits.min(6)), after)
        }
        _ => (0, rest),
    };
    let second = second.min(59); // A leap second is written 60.
    let whole = i64::from(hour * 60 + minute) * MINUTE + i64::from(second) * SECOND;
    (hour < 24 && minute < 60).then_some((whole + micros, rest))
}

/// What is to be taken off a time for its zone, in microseconds.
fn zone(text: &str) -> (i64, &str) {
    if let Some(rest) = text.strip_prefix('Z') {
        return (0, rest);
    }
    let Some(rest) = text.strip_prefix(['+', '-']) else { return (0, text) };
    let read = || {
        let (hour, rest) = match rest.get(..2) {
            Some(hour) => (number(hour, 2..=2)?.0, &rest[2..]),
            None => return None,
        };
        let (minute, rest) = match rest.strip_prefix(':').unwrap_or(rest) {
            rest if rest.starts_with(|c: char| c.is_ascii_digit()) => number(rest, 2..=2)?,
            rest => (0, rest),
        };
        let offset = i64::from(hour * 60 + minute) * MINUTE;
        (offset < DAY).then_some((if text.starts_with('-') { -offset } else { offset }, rest))
    };
    read().unwrap_or((0, text))
}

fn month(text: &str) -> Option<(u32, &str)> {
    const MONTHS: [&str; 12] =
        ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let name = text.get(..3)?;
    (1..).zip(MONTHS).find(|(_, month)| *month == name).map(|(month, _)| (month, &text[3..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(line: &str) -> Option<(String, &str)> {
        let (stamp, rest) = split(line).or_else(|| split_month_day(line))?;
        let clock = crate::domain::time::Moment::from_micros(stamp.clock).rfc3339();
        let day = match stamp.day {
            Day::Untold => String::new(),
            Day::InYear(month, day) => format!("{month}/{day} "),
            Day::Date(date) => format!("{date} "),
        };
        Some((format!("{day}{}", &clock[8..]), rest))
    }

    #[test]
    fn reads_the_times_of_the_field() {
        for (line, time, rest) in [
            ("15:00 <a>", "01T15:00:00Z", " <a>"),
            ("15:00:12 <a>", "01T15:00:12Z", " <a>"),
            ("9:05 x", "01T09:05:00Z", " x"),
            ("15:00:12.5 x", "01T15:00:12.500Z", " x"),
            ("23:59:60 x", "01T23:59:59Z", " x"),
            ("2018-11-13 15:00:12\ta", "2018-11-13 01T15:00:12Z", "\ta"),
            ("2018-11-13T15:00:12Z <a>", "2018-11-13 01T15:00:12Z", " <a>"),
            ("2018-11-13T15:00:12+01:00 <a>", "2018-11-13 01T14:00:12Z", " <a>"),
            ("2018-11-13T00:30:00+0100 <a>", "2018-11-13 31T23:30:00Z", " <a>"),
            ("2018-11-13T15:00:12-05 <a>", "2018-11-13 01T20:00:12Z", " <a>"),
            ("Nov 13 15:00:12 <a>", "11/13 01T15:00:12Z", " <a>"),
            ("Nov  3 15:00:12 <a>", "11/3 01T15:00:12Z", " <a>"),
        ] {
            assert_eq!(at(line), Some((time.to_string(), rest)), "{line}");
        }
        for line in ["", "1", "24:00 x", "12:60 x", "2018-13-01 10:00 x", "Nov 13", "No", "注:00"]
        {
            assert_eq!(at(line), None, "{line}");
        }
    }

    #[test]
    fn reads_dates_in_words() {
        let day = NaiveDate::from_ymd_opt(2018, 11, 3);
        assert_eq!(date_in_words("Sat Nov 03 14:50:00 2018"), day);
        assert_eq!(date_in_words("Sa Nov  3 2018"), day);
        assert_eq!(date_in_words("nothing of the kind"), None);
        assert_eq!(date_in_words("Tue Feb 31 2018"), None);
    }
}
