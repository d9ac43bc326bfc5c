//! A rule: on which days there is a meeting, and at which times of them, for ever.
//!
//! Every kind of recurrence is the same few sets held against a day: weekday, day of the month,
//! month, ISO week. A rule knows no skipped dates and no first or last one; those are of an entry.

use crate::domain::time::DAY;
use crate::domain::time::MINUTE;
use crate::domain::time::Moment;
use crate::domain::time::SECOND;
use chrono::Datelike;
use chrono::NaiveDate;
use chrono::Weekday;
use cron::TimeUnitSpec;

/// The most meetings a rule may have on one day.
pub const MOST_TIMES: u32 = 24;

/// The longest cron expression, in characters.
pub const MOST_CRON: usize = 100;

/// The Gregorian calendar repeats after 400 years, weekdays included: what does not happen in so
/// many months never does.
const MOST_MONTHS: usize = 400 * 12;

/// On which days there is a meeting, and when on them. All times are UTC.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    /// Microseconds since midnight, ascending. None: there is never a meeting by rule.
    times: Vec<i64>,
    /// Bit 0 is Monday.
    weekdays: u8,
    /// Bit 0 is the first of the month.
    days: u32,
    /// Only the last seven days of a month.
    is_last_week: bool,
    /// Bit 0 is January.
    months: u16,
    /// None: every year.
    years: Option<Vec<i32>>,
    weeks: Weeks,
}

/// Which weeks have a meeting.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Weeks {
    /// Every one.
    #[default]
    All,
    /// Those whose ISO 8601 number (1 to 53, of the date in UTC) leaves this rest. A year of 53
    /// weeks shifts the rhythm: that is what "even weeks" means.
    Numbered {
        /// Two for even and odd weeks, four for every fourth.
        of: u32,
        /// What the division leaves.
        rest: u32,
    },
    /// Every so many weeks, counted from the week of this date, whatever their numbers are.
    Counted {
        /// Two for a fortnight; never zero.
        every: u32,
        /// A date in one of the weeks.
        anchor: NaiveDate,
    },
}

impl Weeks {
    /// ISO weeks with an even number.
    pub const EVEN: Weeks = Weeks::Numbered { of: 2, rest: 0 };
    /// ISO weeks with an odd number.
    pub const ODD: Weeks = Weeks::Numbered { of: 2, rest: 1 };

    fn fit(self, date: NaiveDate) -> bool {
        match self {
            Weeks::All => true,
            Weeks::Numbered { of, rest } => date.iso_week().week() % of.max(1) == rest,
            Weeks::Counted { every, anchor } => {
                (week_count(date) - week_count(anchor)).rem_euclid(i64::from(every.max(1))) == 0
            }
        }
    }
}

/// Weeks since the one of Monday, 0001-01-01.
fn week_count(date: NaiveDate) -> i64 {
    i64::from(date.num_days_from_ce() - 1).div_euclid(7)
}

/// Which day of its month, for rules such as `second-tuesday`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Nth {
    /// The first to the fifth, counted from 1; a month may have no fifth.
    From(u32),
    /// The last.
    Last,
}

impl Rule {
    /// Never by rule: such a meeting has extra dates only.
    pub fn adhoc() -> Rule {
        Rule { times: Vec::new(), ..Rule::weekly(Weekday::Mon, 0) }
    }

    /// Every week on this weekday, so many microseconds after midnight.
    pub fn weekly(weekday: Weekday, time: i64) -> Rule {
        Rule {
            times: vec![time.rem_euclid(DAY)],
            weekdays: 1 << weekday.num_days_from_monday(),
            days: u32::MAX >> 1,
            is_last_week: false,
            months: 0xfff,
            years: None,
            weeks: Weeks::All,
        }
    }

    /// Once a month, for example on the second Tuesday.
    pub fn monthly(nth: Nth, weekday: Weekday, time: i64) -> Rule {
        let rule = Rule::weekly(weekday, time);
        match nth {
            Nth::Last => Rule { is_last_week: true, ..rule },
            Nth::From(n) => Rule { days: (0x7f << (7 * n.clamp(1, 5) - 7)) & rule.days, ..rule },
        }
    }

    /// The same days, but in these weeks only.
    pub fn in_weeks(self, weeks: Weeks) -> Rule {
        Rule { weeks, ..self }
    }

    /// Reads a cron expression of six or seven fields: second, minute, hour, day of the month,
    /// month, weekday, and maybe year. A day must fit both its fields. Weekdays are written as
    /// names, because programs disagree on their numbers.
    ///
    /// # Errors
    ///
    /// A sentence that says what is wrong with it.
    pub fn cron(given: &str) -> Result<Rule, String> {
        const EXAMPLE: &str = "for example \"0 0 15 * * Tue\" (second, minute, hour, day of the month, month, weekday)";
        if given.chars().count() > MOST_CRON {
            return Err(format!("a cron expression has at most {MOST_CRON} characters"));
        }
        let fields: Vec<&str> = given.split_whitespace().collect();
        if fields.len() == 5 {
            return Err(format!(
                "the first field of `cron` is the second: write \"0 {}\"",
                fields.join(" ")
            ));
        }
        if fields.get(5).is_some_and(|days| days.contains(|c: char| c.is_ascii_digit())) {
            return Err("write the weekday of `cron` by its name, for example Tue".to_string());
        }
        let parsed: cron::Schedule =
            given.parse().map_err(|_| format!("this is not a cron expression, {EXAMPLE}"))?;
        let count = parsed.hours().count() * parsed.minutes().count() * parsed.seconds().count();
        if count > MOST_TIMES {
            return Err(format!(
                "these are {count} meetings a day; at most {MOST_TIMES} can be held, {EXAMPLE}"
            ));
        }
        let rule = Rule::of_cron(&parsed);
        match rule.next_day(NaiveDate::from_ymd_opt(1970, 1, 1).unwrap_or_default()) {
            Some(_) => Ok(rule),
            None => Err("no day ever fits this cron expression".to_string()),
        }
    }

    fn of_cron(parsed: &cron::Schedule) -> Rule {
        let mut times = Vec::new();
        for hour in parsed.hours().iter() {
            for minute in parsed.minutes().iter() {
                let minute = i64::from(hour * 60 + minute) * MINUTE;
                times.extend(parsed.seconds().iter().map(|s| minute + i64::from(s) * SECOND));
            }
        }
        let years = parsed.years();
        Rule {
            times,
            // In this crate's cron, as in Quartz, 1 is Sunday.
            weekdays: parsed.days_of_week().iter().fold(0, |all, day| all | 1 << ((day + 5) % 7)),
            days: parsed.days_of_month().iter().fold(0, |all, day| all | 1 << (day - 1)),
            is_last_week: false,
            months: parsed.months().iter().fold(0, |all, month| all | 1 << (month - 1)),
            years: (!years.is_all())
                .then(|| years.iter().filter_map(|year| i32::try_from(year).ok()).collect()),
            weeks: Weeks::All,
        }
    }

    /// Which weeks it has.
    pub fn weeks(&self) -> Weeks {
        self.weeks
    }

    /// Whether it has a meeting on that day.
    pub fn fits(&self, date: NaiveDate) -> bool {
        self.days_of_month(date) & (1 << date.day0()) != 0 && self.weeks.fit(date)
    }

    /// Whether it had a meeting on that day, but for the number of the week.
    pub fn fits_but_for_the_week(&self, date: NaiveDate) -> bool {
        self.days_of_month(date) & (1 << date.day0()) != 0 && !self.weeks.fit(date)
    }

    /// Microseconds since midnight of the meetings on that day, ascending.
    pub fn times_on(&self, date: NaiveDate) -> &[i64] {
        if !self.times.is_empty() && self.fits(date) { &self.times } else { &[] }
    }

    /// The first start at or after that moment.
    pub fn next(&self, at: Moment) -> Option<Moment> {
        let date = at.date();
        let today = self.times_on(date).iter().find(|time| **time >= at.time_of_day());
        if let Some(time) = today {
            return Some(Moment::of(date, *time));
        }
        let day = self.next_day(date.succ_opt()?)?;
        Some(Moment::of(day, *self.times.first()?))
    }

    /// The last start before that moment.
    pub fn previous(&self, before: Moment) -> Option<Moment> {
        let date = before.date();
        let times = self.times_on(date).iter().rev();
        if let Some(time) = times.into_iter().find(|time| **time < before.time_of_day()) {
            return Some(Moment::of(date, *time));
        }
        let day = self.previous_day(date.pred_opt()?)?;
        Some(Moment::of(day, *self.times.last()?))
    }

    fn next_day(&self, from: NaiveDate) -> Option<NaiveDate> {
        let mut first = from.with_day(1)?;
        let mut wanted = u32::MAX << from.day0();
        for _ in 0..if self.times.is_empty() { 0 } else { MOST_MONTHS } {
            let mut days = self.days_of_month(first) & wanted;
            while days != 0 {
                let date = first.with_day0(days.trailing_zeros())?;
                if self.weeks.fit(date) {
                    return Some(date);
                }
                days &= days - 1;
            }
            wanted = u32::MAX;
            first = first.checked_add_months(chrono::Months::new(1))?;
        }
        None
    }

    fn previous_day(&self, from: NaiveDate) -> Option<NaiveDate> {
        let mut first = from.with_day(1)?;
        let mut wanted = u32::MAX >> (31 - from.day0());
        for _ in 0..if self.times.is_empty() { 0 } else { MOST_MONTHS } {
            let mut days = self.days_of_month(first) & wanted;
            while days != 0 {
                let last = 31 - days.leading_zeros();
                let date = first.with_day0(last)?;
                if self.weeks.fit(date) {
                    return Some(date);
                }
                days &= !(1 << last);
            }
            wanted = u32::MAX;
            first = first.checked_sub_months(chrono::Months::new(1))?;
        }
        None
    }

    /// The days of that date's month that fit but for their week; bit 0 is the first.
    fn days_of_month(&self, date: NaiveDate) -> u32 {
        let is_month = self.months & (1 << date.month0()) != 0;
        // Moments end with these years.
        let is_year = (1..=9999).contains(&date.year());
        if !is_month
            || !is_year
            || self.years.as_ref().is_some_and(|years| !years.contains(&date.year()))
        {
            return 0;
        }
        let length = u32::from(date.num_days_in_month());
        let weekday_of_first = (date.weekday().num_days_from_monday() + 35 - date.day0()) % 7;
        let week = u64::from(self.weekdays);
        let weeks = week | week << 7 | week << 14 | week << 21 | week << 28 | week << 35;
        let fit = (weeks >> weekday_of_first) as u32 & self.days & (u32::MAX >> (32 - length));
        if self.is_last_week { fit & (u32::MAX << (length - 7)) } else { fit }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn at(given: &str) -> Moment {
        Moment::parse(given).unwrap()
    }

    #[test]
    fn a_cron_expression_that_cannot_be_used_is_answered_with_one_that_can() {
        for (given, part) in [
            ("0 15 * * Tue", "write \"0 0 15 * * Tue\""),
            ("0 0 15 * * 2", "by its name"),
            ("0 0 15 * * 1-5", "by its name"),
            ("", "for example"),
            ("every tuesday", "for example"),
            ("0 0 25 * * Tue", "for example"),
            ("0 0 15 * * Dienstag", "for example"),
            ("*/0 0 15 * * Tue", "for example"),
            ("0 * * * * Tue", "1440 meetings a day"),
            ("* * * * * *", "86400 meetings a day"),
            ("0 0 15 30 2 *", "no day ever fits"),
            ("0 0 15 31 Feb,Apr,Jun,Sep,Nov *", "no day ever fits"),
            ("0 0 15 29 2 * 2015", "no day ever fits"),
            (&"0 ".repeat(200), "at most 100 characters"),
        ] {
            let sentence = Rule::cron(given).expect_err(given);
            assert!(sentence.contains(part), "{given}: {sentence}");
        }
    }

    #[test]
    fn a_rare_day_is_found_in_both_directions() {
        let rule = Rule::cron("0 30 9 29 2 Tue").unwrap();
        assert_eq!(rule.next(at("2018-01-01T00:00:00Z")), Some(at("2028-02-29T09:30:00Z")));
        assert_eq!(rule.next(at("2028-02-29T09:30:01Z")), Some(at("2056-02-29T09:30:00Z")));
        assert_eq!(rule.previous(at("2028-02-29T09:30:00Z")), Some(at("2000-02-29T09:30:00Z")));
        assert_eq!(Rule::cron("0 0 15 1 1 * 2018").unwrap().next(at("2018-01-01T15:00:01Z")), None);
        assert_eq!(Rule::adhoc().next(at("2018-01-01T00:00:00Z")), None);
        assert_eq!(Rule::adhoc().previous(at("2018-01-01T00:00:00Z")), None);
    }

    #[test]
    fn the_ends_of_time_have_no_meeting_beyond_them() {
        let rule = Rule::weekly(Weekday::Tue, 15 * 60 * MINUTE).in_weeks(Weeks::EVEN);
        assert_eq!(rule.next(Moment::from_micros(i64::MAX)), None);
        assert_eq!(rule.previous(Moment::from_micros(i64::MIN)), None);
    }

    fn field(all: &'static [&'static str]) -> impl Strategy<Value = String> {
        proptest::sample::subsequence(all, 1..=all.len().min(3)).prop_map(|some| some.join(","))
    }

    fn cron_expression() -> impl Strategy<Value = String> {
        let second = field(&["0", "30", "59"]);
        let minute = field(&["0", "15", "40-41"]);
        let hour = field(&["0", "9", "23"]);
        let day = prop_oneof![Just("*".to_string()), field(&["1", "13", "10-20", "29", "31"])];
        let month = prop_oneof![Just("*".to_string()), field(&["1", "Feb", "6-8", "12"])];
        let weekday = prop_oneof![Just("*".to_string()), field(&["Sun", "Mon", "Tue-Thu", "Sat"])];
        (second, minute, hour, day, month, weekday)
            .prop_map(|(s, m, h, d, mo, w)| format!("{s} {m} {h} {d} {mo} {w}"))
    }

    proptest! {
        // The crate walks from one start to the next; our sets must find the same ones.
        #[test]
        fn sets_and_the_crate_agree(expression in cron_expression(), seconds in 0i64..1 << 32) {
            let at = Moment::from_micros(seconds * SECOND);
            let theirs: cron::Schedule = expression.parse().unwrap();
            let Ok(rule) = Rule::cron(&expression) else { return Ok(()) };
            let mut ours = at;
            for wanted in theirs.after(&at.plus(-SECOND).utc()).take(20) {
                let found = rule.next(ours);
                prop_assert_eq!(found, Some(Moment::from_utc(wanted)), "{}", expression);
                prop_assert_eq!(rule.previous(ours.plus(1)).is_some_and(|p| p <= ours), true);
                prop_assert_eq!(rule.previous(Moment::from_utc(wanted).plus(1)), found);
                ours = Moment::from_utc(wanted).plus(1);
            }
        }
    }
}
