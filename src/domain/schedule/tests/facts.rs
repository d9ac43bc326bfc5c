//! What is known of the first group's calendar, 2014 to 2030 and far beyond.

use super::*;
use crate::domain::schedule::rule::Weeks;
use crate::domain::time::DAY;
use crate::domain::time::MINUTE;
use crate::domain::time::SECOND;
use chrono::Datelike;
use chrono::Weekday;
use proptest::prelude::*;

#[test]
fn the_fixture_cases_hold() {
    let cases = include_str!("../cases.csv");
    let schedule = virt();
    let mut count = 0;
    for line in cases.lines().skip(1) {
        let fields: Vec<&str> = line.splitn(4, ',').collect();
        let [now, next, state, why] = fields[..] else { panic!("{line}") };
        assert_eq!(schedule.next(at(now)).unwrap().start, at(next), "{now}: {why}");
        assert_eq!(schedule.state(at(now)).name(), state, "{now}: {why}");
        count += 1;
    }
    assert_eq!(count, 7);
}

fn gaps(schedule: &Schedule) -> Vec<(String, i64)> {
    let slots = schedule.slots_between(at("2014-01-01T00:00:00Z"), at("2031-01-01T00:00:00Z"));
    let gap = |pair: &[Slot]| {
        (pair[0].start.date().to_string(), pair[1].start.since(pair[0].start) / DAY)
    };
    slots.windows(2).map(gap).collect()
}

#[test]
fn from_2014_to_2030_there_are_442_meetings() {
    let all = dates(&virt(), "2014-01-01", "2031-01-01");
    assert_eq!(all.len(), 442);
    assert_eq!((all[0].as_str(), all[441].as_str()), ("2014-01-07", "2030-12-24"));
    for year in 2014..=2030 {
        let of_year: Vec<&String> =
            all.iter().filter(|day| day.starts_with(&year.to_string())).collect();
        assert_eq!(of_year.len(), 26, "{year}");
        assert!(("01-06".."01-13").contains(&&of_year[0][5..]), "{year}");
        assert!(("12-22".."12-29").contains(&&of_year[25][5..]), "{year}");
    }
    for day in ["2018-12-25", "2029-12-25"] {
        assert!(all.iter().any(|one| one == day), "{day}");
    }
}

#[test]
fn three_pauses_have_three_weeks() {
    let gaps = gaps(&virt());
    let long: Vec<&str> =
        gaps.iter().filter(|(_, days)| *days == 21).map(|(day, _)| day.as_str()).collect();
    assert_eq!(long, ["2015-12-22", "2020-12-22", "2026-12-22"]);
    assert_eq!(gaps.iter().filter(|(_, days)| *days == 14).count(), 438);
}

#[test]
fn odd_weeks_have_seven_days_in_the_same_years() {
    let rule = Rule::weekly(Weekday::Tue, 15 * 60 * MINUTE).in_weeks(Weeks::ODD);
    let gaps = gaps(&with(rule));
    let short: Vec<&str> =
        gaps.iter().filter(|(_, days)| *days == 7).map(|(day, _)| day.as_str()).collect();
    assert_eq!(short, ["2015-12-29", "2020-12-29", "2026-12-29"]);
    assert!(gaps.iter().all(|(_, days)| [7, 14].contains(days)));
}

/// The dates that decide between the readings of "even weeks".
#[test]
fn the_dates_that_are_known_are_met() {
    let schedule = virt();
    for day in ["2017-09-05", "2018-11-13", "2017-11-14", "2019-10-15", "2020-03-31"] {
        assert_eq!(schedule.planned_on(date(day)).len(), 1, "{day}");
    }
    assert!(schedule.planned_on(date("2014-05-06")).is_empty(), "it predates the rule");
    let wednesdays = Rule::weekly(Weekday::Wed, 16 * 60 * MINUTE).in_weeks(Weeks::EVEN);
    assert_eq!(with(wednesdays).planned_on(date("2021-01-27")).len(), 1);
}

#[test]
fn the_iso_year_is_not_the_calendar_year() {
    for (day, week) in [
        ("2014-12-30", "2015-W01"),
        ("2018-12-31", "2019-W01"),
        ("2019-12-31", "2020-W01"),
        ("2016-01-01", "2015-W53"),
        ("2017-01-01", "2016-W52"),
        ("2021-01-03", "2020-W53"),
        ("2027-01-01", "2026-W53"),
    ] {
        assert_eq!(Moment::of(date(day), 0).iso_week(), week);
    }
}

/// A strict fortnight from the group's first meeting is the other rhythm until 2016, and after 2020.
#[test]
fn a_strict_fortnight_agrees_only_between_two_long_years() {
    let anchor = date("2014-04-22");
    let strict =
        Rule::weekly(Weekday::Tue, 15 * 60 * MINUTE).in_weeks(Weeks::Counted { every: 2, anchor });
    let strict = dates(&with(strict), "2014-01-01", "2031-01-01");
    assert_eq!(strict.len(), 443);
    let even = dates(&virt(), "2014-01-01", "2031-01-01");
    assert_eq!(even.iter().filter(|day| strict.contains(day)).count(), 234);
    assert!(strict.contains(&"2016-01-12".to_string()), "630 days later, it is an even week");
    for year in 2016..=2020 {
        assert_eq!(
            dates(&virt(), &format!("{year}-01-01"), &format!("{year}-12-31")),
            strict
                .iter()
                .filter(|day| day.starts_with(&year.to_string()))
                .cloned()
                .collect::<Vec<_>>()
        );
    }
}

#[test]
fn cron_with_even_weeks_is_the_same_rule() {
    let rule = Rule::cron("0 0 15 * * Tue").unwrap().in_weeks(Weeks::EVEN);
    assert_eq!(rule, Entry::of_the_first_group().rule);
}

#[test]
fn gathering_begins_with_the_call_and_not_without_one() {
    let mut entry = Entry::of_the_first_group();
    entry.call_before = 0;
    let silent = Schedule::new(vec![entry]);
    assert_eq!(silent.state(at("2018-11-13T14:59:59Z")), State::Idle);
    assert_eq!(silent.state(at("2018-11-13T15:59:59Z")).name(), "on_now");
    assert_eq!(virt().state(at("2018-11-13T16:00:00Z")), State::Idle);
    assert_eq!(Schedule::default().state(at("2018-11-13T15:00:00Z")), State::Idle);
}

fn moments() -> impl Strategy<Value = Moment> {
    let last = at("2400-01-01T00:00:00Z").micros();
    (0..last).prop_map(Moment::from_micros)
}

proptest! {
    #[test]
    fn the_next_one_is_a_tuesday_of_an_even_week(now in moments()) {
        let schedule = virt();
        let next = schedule.next(now).unwrap();
        let day = next.start.date();
        prop_assert!(next.start >= now);
        prop_assert_eq!(day.weekday(), Weekday::Tue);
        prop_assert_eq!(day.iso_week().week() % 2, 0);
        prop_assert_eq!(next.start.time_of_day(), 15 * 3600 * SECOND);
        prop_assert_eq!(next.end.since(next.start), 3600 * SECOND);
        // At exactly its start it is this one.
        prop_assert_eq!(&schedule.next(next.start).unwrap(), &next);
        let following = schedule.next(next.start.plus(1)).unwrap();
        let days = following.start.since(next.start) / DAY;
        prop_assert!(days == 14 || days == 21, "{} days", days);
        prop_assert_eq!(schedule.pause_sentence(&following).is_some(), days == 21);
        prop_assert_eq!(schedule.weeks_since_last(&following), Some(days / 7));
        prop_assert_eq!(&schedule.previous(following.start).unwrap(), &next);
        prop_assert_eq!(&schedule.by_id(&next.id).unwrap().slot, &next);
    }

    #[test]
    fn every_year_has_26(year in 1970..2400) {
        let days = dates(&virt(), &format!("{year}-01-01"), &format!("{}-01-01", year + 1));
        prop_assert_eq!(days.len(), 26);
        prop_assert!(("12-21".."12-29").contains(&&days[25][5..]), "{}", days[25]);
    }

    #[test]
    fn the_state_follows_from_the_slots(now in moments()) {
        let schedule = virt();
        let state = schedule.state(now);
        let next = schedule.next(now.plus(1)).unwrap();
        let expected = match schedule.previous(now.plus(1)) {
            Some(last) if now < last.end => State::OnNow(last),
            _ if next.start.since(now) <= USUAL_CALL => State::Gathering(next),
            _ => State::Idle,
        };
        prop_assert_eq!(state, expected);
    }
}
