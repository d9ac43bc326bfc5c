//! How pages write days and times. Templates hand their arguments over by reference.

use crate::domain::time::{DAY, MINUTE, Moment};
use std::borrow::Borrow;

const HOUR: i64 = 60 * MINUTE;

/// `Tue 2018-11-13`
pub fn day(at: impl Borrow<Moment>) -> String {
    let at = at.borrow();
    at.utc().format("%a %Y-%m-%d").to_string()
}

/// `Tuesday 2018-11-13 (ISO week 2018-W46)`
pub fn long_day(at: impl Borrow<Moment>) -> String {
    let at = at.borrow();
    format!("{} (ISO week {})", at.utc().format("%A %Y-%m-%d"), at.iso_week())
}

/// `Tue 2018-11-13 15:00 UTC`
pub fn time(at: impl Borrow<Moment>) -> String {
    let at = at.borrow();
    at.utc().format("%a %Y-%m-%d %H:%M UTC").to_string()
}

/// The minute since 1970: pages that tell how long something is still to come are made for one.
pub fn minute(now: Moment) -> i64 {
    now.micros().div_euclid(MINUTE)
}

/// `48 min`, `3 h 12 min`, `4 d 1 h`
pub fn span(micros: impl Borrow<i64>) -> String {
    let micros = (*micros.borrow()).max(0);
    match micros {
        _ if micros < HOUR => format!("{} min", micros / MINUTE),
        _ if micros < DAY => format!("{} h {:02} min", micros / HOUR, micros % HOUR / MINUTE),
        _ => format!("{} d {} h", micros / DAY, micros % DAY / HOUR),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_written_out() {
        let at = Moment::parse("2018-11-13T15:00:12Z").unwrap();
        assert_eq!(day(at), "Tue 2018-11-13");
        assert_eq!(long_day(at), "Tuesday 2018-11-13 (ISO week 2018-W46)");
        assert_eq!(time(at), "Tue 2018-11-13 15:00 UTC");
        let spans = [48 * MINUTE, 3 * HOUR + 12 * MINUTE, 4 * DAY + HOUR, -5];
        assert_eq!(spans.map(span), ["48 min", "3 h 12 min", "4 d 1 h", "0 min"]);
    }
}
