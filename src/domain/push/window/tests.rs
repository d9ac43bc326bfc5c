//! The group's cases, and the rule held against a simulation that walks second by second.

use super::*;
use crate::domain::time::{DAY, SECOND};
use proptest::prelude::*;

fn at(time: &str) -> Moment {
    Moment::parse(time).unwrap()
}

fn with_holidays(days: &[&str]) -> Policy {
    Policy { holidays: days.iter().map(|day| day.parse().unwrap()).collect(), ..Policy::default() }
}

#[test]
fn the_groups_rule() {
    let cases = include_str!("cases.csv");
    for case in cases.lines().skip(1) {
        let [tagged, gate, earliest, why] =
            case.split(',').collect::<Vec<_>>().try_into().expect("four columns");
        let policy = Policy::default();
        assert_eq!(policy.earliest(at(tagged)), at(earliest), "{why}");
        let gate = if gate == "open" { Gate::Open } else { Gate::Held };
        assert_eq!(policy.gate(at(tagged)), gate, "{why}");
    }
}

#[test]
fn holidays_move_the_cut_off_to_their_eve_and_the_opening_to_the_day_after() {
    let christmas = ["2018-12-24", "2018-12-25", "2018-12-26"];
    let new_year = ["2018-12-31", "2019-01-01"];
    let cases: &[(&str, &[&str], &str)] = &[
        ("2018-12-20T09:00:01Z", &christmas, "2018-12-27T11:00:00Z"),
        // The one open day of a week has its cut-off before its opening.
        ("2018-12-27T09:00:00Z", &christmas, "2018-12-27T11:00:00Z"),
        ("2018-12-27T10:00:00Z", &new_year, "2019-01-02T11:00:00Z"),
        ("2018-11-20T10:00:00Z", &["2018-11-21"], "2018-11-22T11:00:00Z"),
        ("2018-11-20T09:00:00Z", &["2018-11-21"], "2018-11-20T09:00:00Z"),
        ("2018-11-21T09:00:01Z", &["2018-11-22"], "2018-11-26T11:00:00Z"),
        ("2018-11-23T15:00:00Z", &["2018-11-26"], "2018-11-27T11:00:00Z"),
    ];
    for (tagged, holidays, earliest) in cases {
        assert_eq!(with_holidays(holidays).earliest(at(tagged)), at(earliest), "{tagged}");
    }
}

#[test]
fn daily_pushes_take_what_was_tagged_two_hours_before() {
    let policy = Policy { mode: Mode::Daily, ..Policy::default() };
    let cases = [
        ("2018-11-19T09:00:00Z", "2018-11-19T11:00:00Z"),
        ("2018-11-19T09:00:01Z", "2018-11-20T11:00:00Z"),
        ("2018-11-21T23:59:59Z", "2018-11-22T11:00:00Z"),
        ("2018-11-22T09:00:00.000001Z", "2018-11-26T11:00:00Z"),
    ];
    for (tagged, earliest) in cases {
        assert_eq!(policy.earliest(at(tagged)), at(earliest), "{tagged}");
    }
}

#[test]
fn immediate_knows_freezes_only() {
    let freeze = Freeze { from: "2018-12-20".parse().unwrap(), to: "2019-01-01".parse().unwrap() };
    let policy = Policy { mode: Mode::Immediate, freezes: vec![freeze], ..Policy::default() };
    assert_eq!(policy.gate(at("2018-12-16T03:00:00Z")), Gate::Open);
    assert_eq!(policy.earliest(at("2018-12-20T00:00:00Z")), at("2019-01-02T00:00:00Z"));
    assert!(policy.is_closed_at(at("2018-12-25T12:00:00Z")));
    assert!(!policy.is_closed_at(at("2018-12-16T12:00:00Z")));
}

#[test]
fn what_is_outside_and_why() {
    let policy = Policy::default();
    for (time, closed) in [
        ("2018-11-19T10:59:59Z", true),
        ("2018-11-19T11:00:00Z", false),
        ("2018-11-22T23:59:59Z", false),
        ("2018-11-23T00:00:00Z", true),
        ("2018-11-24T12:00:00Z", true),
    ] {
        assert_eq!(policy.is_closed_at(at(time)), closed, "{time}");
    }
    for (time, why) in [
        ("2018-11-22T09:30:00Z", "after the 09:00 cut-off"),
        ("2018-11-24T09:30:00Z", "on a day without pushes"),
        ("2018-11-19T09:30:00Z", "before 11:00"),
    ] {
        assert_eq!(policy.because(at(time)), why, "{time}");
    }
    assert_eq!(policy.cutoff_after(at("2018-11-20T00:00:00Z")), Some(at("2018-11-22T09:00:00Z")));
    assert_eq!(policy.cutoff_after(at("2018-11-22T09:00:01Z")), Some(at("2018-11-29T09:00:00Z")));
}

#[test]
fn a_policy_that_never_opens_ends_and_so_does_time() {
    let never = Policy { days: Vec::new(), ..Policy::default() };
    assert_eq!(never.earliest(at("2018-11-22T09:30:00Z")), Moment::from_micros(i64::MAX));
    let last = Moment::from_micros(i64::MAX);
    assert_eq!(Policy::default().earliest(last), last);
    assert_eq!(Policy::default().gate(Moment::from_micros(i64::MIN)), Gate::Held);
}

/// Walks second by second from three weeks before. Builds are collected for a stretch of open days
/// until the cut-off on its last day; they leave from the opening on its first day on. Knows nothing
/// of `earliest`.
fn simulate(policy: &Policy, tagged: Moment) -> Moment {
    let is_open =
        |day: NaiveDate| policy.days.contains(&day.weekday()) && !policy.holidays.contains(&day);
    let first = tagged.date() - Days::new(21);
    let tagged = tagged.since(Moment::of(first, 0)) / SECOND;
    let (cutoff, resume) = (policy.cutoff / SECOND, policy.resume / SECOND);
    // How many stretches had their last cut-off, how many began, and how many have opened.
    let (mut cut_off, mut begun, mut opened) = (0, 0, 0);
    if is_open(first) && is_open(first.pred_opt().unwrap()) {
        (begun, opened) = (1, 1);
    }
    let (mut mine, mut now) = (None, 0);
    for day in first.iter_days() {
        let open = is_open(day);
        let is_first = open && !is_open(day.pred_opt().unwrap());
        let is_last = open && !is_open(day.succ_opt().unwrap());
        begun += i32::from(is_first);
        for second in 0..24 * 3600 {
            if is_first && second == resume {
                opened = begun;
            }
            if mine.is_none() && tagged <= now {
                mine = Some(cut_off);
            }
            if open && mine.is_some_and(|stretch| stretch < opened) {
                return Moment::of(first, now * SECOND);
            }
            // After the last second in time.
            cut_off += i32::from(is_last && second == cutoff);
            now += 1;
        }
    }
    unreachable!("time does not end")
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn the_rule_is_what_a_walk_through_the_seconds_finds(
        second in 0..28 * 24 * 3600_i64,
        holidays in proptest::collection::btree_set(0..40_u64, 0..4),
        days in 1..128_u8,
    ) {
        let monday: NaiveDate = "2018-11-05".parse().unwrap();
        let week = [Weekday::Mon, Weekday::Tue, Weekday::Wed, Weekday::Thu, Weekday::Fri,
            Weekday::Sat, Weekday::Sun];
        let days: Vec<Weekday> = week.into_iter().enumerate()
            .filter(|(n, _)| days & (1 << n) != 0).map(|(_, day)| day).collect();
        prop_assume!(days.len() < 7);
        let holidays = holidays.into_iter().map(|n| monday + Days::new(n)).collect();
        let policy = Policy { days, holidays, ..Policy::default() };
        let tagged = Moment::of(monday, second * SECOND);
        prop_assert_eq!(policy.earliest(tagged), simulate(&policy, tagged));
    }

    #[test]
    fn later_tags_never_go_out_earlier(
        one in 0..60 * DAY, other in 0..60 * DAY, mode in 0..3_u8,
    ) {
        let monday: NaiveDate = "2018-11-05".parse().unwrap();
        let mode = [Mode::Window, Mode::Daily, Mode::Immediate][usize::from(mode)];
        let policy = Policy { mode, ..with_holidays(&["2018-12-25", "2018-11-21"]) };
        let (first, second) = (one.min(other), one.max(other));
        let earliest = |micros| policy.earliest(Moment::of(monday, micros));
        prop_assert!(earliest(first) <= earliest(second));
        prop_assert!(earliest(first) >= Moment::of(monday, first));
        if mode != Mode::Immediate {
            prop_assert!(!policy.is_closed_at(earliest(first)));
        }
    }
}
