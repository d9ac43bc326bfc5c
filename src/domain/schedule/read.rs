//! Reading dates and times as people type them. Everything is UTC.

use crate::domain::time::MINUTE;
use crate::domain::time::Moment;
use crate::domain::time::SECOND;
use chrono::NaiveDate;
use chrono::NaiveTime;
use chrono::Timelike;

/// A date or a time that could not be read; its text says how to write one.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unreadable {
    /// Not a date.
    #[error("{0:?} is not a date; write it as 2018-12-25")]
    Date(String),
    /// Not a time of day.
    #[error("{0:?} is not a time of day; write it in UTC, as 15:00")]
    Time(String),
    /// Not a date with a time.
    #[error("{0:?} is not a date with a time; write it in UTC, as 2018-12-25 15:00")]
    Start(String),
}

/// So much of what was given is shown again.
const MOST_SHOWN: usize = 40;

fn shown(given: &str) -> String {
    given.chars().take(MOST_SHOWN).collect()
}

/// Reads `2018-12-25`, or `20181225` as yaml2ical has it.
pub fn date(given: &str) -> Result<NaiveDate, Unreadable> {
    let word = given.trim();
    let digits = word.chars().filter(char::is_ascii_digit).count();
    let format = if word.len() == 8 && digits == 8 { "%Y%m%d" } else { "%Y-%m-%d" };
    NaiveDate::parse_from_str(word, format)
        .ok()
        .filter(|_| digits == 8 && word.is_ascii())
        .ok_or_else(|| Unreadable::Date(shown(given)))
}

/// Reads `15:00`, `15:00:30` or `1500`, maybe with `Z` or `UTC` after it, as microseconds since
/// midnight.
pub fn time(given: &str) -> Result<i64, Unreadable> {
    let word = without_zone(given.trim());
    let known = ["%H:%M", "%H:%M:%S"]
        .iter()
        .find_map(|format| NaiveTime::parse_from_str(word, format).ok());
    let is_four_digits = word.len() == 4 && word.bytes().all(|byte| byte.is_ascii_digit());
    let joined = || {
        let (hour, minute) = word.split_at(2);
        NaiveTime::from_hms_opt(hour.parse().ok()?, minute.parse().ok()?, 0)
    };
    let time = if is_four_digits { joined() } else { known };
    time.map(|time| i64::from(time.num_seconds_from_midnight()) * SECOND)
        .ok_or_else(|| Unreadable::Time(shown(given)))
}

fn without_zone(word: &str) -> &str {
    let bare = word.strip_suffix("UTC").or_else(|| word.strip_suffix("utc"));
    bare.or_else(|| word.strip_suffix(['Z', 'z'])).unwrap_or(word).trim_end()
}

/// Reads `2018-12-25 15:00`, with a space or a `T` between, or RFC 3339 with any offset.
pub fn start(given: &str) -> Result<Moment, Unreadable> {
    let word = given.trim();
    if let Ok(moment) = Moment::parse(word) {
        return Ok(moment);
    }
    let unreadable = || Unreadable::Start(shown(given));
    let (day, rest) = word.split_once(['T', 't', ' ']).ok_or_else(unreadable)?;
    Ok(Moment::of(date(day).map_err(|_| unreadable())?, time(rest).map_err(|_| unreadable())?))
}

/// `15:00`, with seconds where there are some.
pub fn time_text(time: i64) -> String {
    let clock = Moment::from_micros(time).clock();
    if time % MINUTE == 0 { clock[..5].to_string() } else { clock }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn reads_what_people_type() {
        let christmas = NaiveDate::from_ymd_opt(2018, 12, 25).unwrap();
        assert_eq!(date(" 2018-12-25 "), Ok(christmas));
        assert_eq!(date("20181225"), Ok(christmas));
        for three in ["15:00", "1500", "15:00Z", "15:00 UTC", "15:00:00"] {
            assert_eq!(time(three), Ok(15 * 60 * MINUTE), "{three}");
        }
        let moment = Moment::parse("2018-12-25T15:00:00Z").unwrap();
        for given in [
            "2018-12-25 15:00",
            "2018-12-25T15:00",
            "2018-12-25 1500 UTC",
            "2018-12-25T16:00:00+01:00",
        ] {
            assert_eq!(start(given), Ok(moment), "{given}");
        }
        assert_eq!(time_text(15 * 60 * MINUTE), "15:00");
        assert_eq!(time_text(15 * 60 * MINUTE + SECOND), "15:00:01");
    }

    #[test]
    fn refuses_with_an_example() {
        for bad in [
            "",
            "tomorrow",
            "2018-02-29",
            "25.12.2018",
            "2018-13-01",
            "18-12-25",
            "2018-12-251",
            "２０１８-12-25",
        ] {
            assert!(date(bad).unwrap_err().to_string().contains("2018-12-25"), "{bad}");
        }
        for bad in ["", "3pm", "24:00", "15", "15:60", "150", "15000", "-1:00"] {
            assert!(time(bad).unwrap_err().to_string().contains("15:00"), "{bad}");
        }
        for bad in ["", "2018-12-25", "15:00", "2018-12-25 25:00", "next tuesday 15:00"] {
            assert!(start(bad).unwrap_err().to_string().contains("2018-12-25 15:00"), "{bad}");
        }
        assert!(date(&"9".repeat(5000)).unwrap_err().to_string().len() < 100);
    }

    proptest! {
        #[test]
        fn survives_anything(given in any::<String>()) {
            let _ = (date(&given), time(&given), start(&given));
        }
    }
}
