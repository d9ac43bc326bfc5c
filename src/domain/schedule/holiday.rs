//! Weeks in which people are away: those with Christmas or New Year. Nothing is skipped by itself;
//! the chair of the meeting before is asked.

use crate::domain::schedule::Slot;
use crate::domain::schedule::say;
use crate::domain::time::DAY;
use crate::domain::time::Moment;
use chrono::Datelike;
use chrono::NaiveDate;

/// What the ISO week of that date holds, if it is a holiday.
pub fn of(date: NaiveDate) -> Option<&'static str> {
    let monday = Moment::of(date, -i64::from(date.weekday().num_days_from_monday()) * DAY);
    let mut days = (0..7).map(|day| monday.plus(day * DAY).date());
    days.find_map(|day| match (day.month(), day.day()) {
        (12, 25) => Some("Christmas"),
        (1, 1) => Some("New Year"),
        _ => None,
    })
}

/// What the chairs are asked when the next meeting by rule is in such a week: `gwd: the next date
/// by rule is Tue 2018-12-25 15:00 UTC (W52). …`
pub fn question(next: &Slot, chairs: &str) -> Option<String> {
    let date = next.start.date();
    let holiday = of(date).filter(|_| next.extra.is_none())?;
    Some(format!(
        "{chairs}: the next date by rule is {}.  #skip {date} {holiday} cancels it; without a word \
         it is kept.",
        say::moment(next.start)
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weeks_with_christmas_or_new_year_are_known() {
        let of = |date: &str| of(date.parse().unwrap());
        for (date, holiday) in [
            ("2018-12-23", None),
            ("2018-12-24", Some("Christmas")),
            ("2018-12-25", Some("Christmas")),
            ("2018-12-30", Some("Christmas")),
            ("2018-12-31", Some("New Year")),
            ("2019-01-06", Some("New Year")),
            ("2019-01-07", None),
            ("2026-12-22", Some("Christmas")),
            ("2027-01-03", Some("New Year")),
            ("2027-01-12", None),
            ("2022-12-19", Some("Christmas")),
        ] {
            assert_eq!(of(date), holiday, "{date}");
        }
    }
}
