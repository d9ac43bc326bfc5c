//! Slots that move, several meetings, and the sentences that tell.

use super::*;
use crate::domain::schedule::rule::Weeks;
use crate::domain::time::MINUTE;
use chrono::Weekday;

fn entry(name: &str, channel: &str, day: Weekday, hour: i64) -> Entry {
    Entry::new(name, channel, Rule::weekly(day, hour * 60 * MINUTE).in_weeks(Weeks::EVEN))
}

/// The slot as it really moved, 2016 to 2020.
fn history() -> Schedule {
    let first = entry("Virt SIG", "#centos-devel", Weekday::Tue, 14);
    let second = entry("Virt SIG", "#centos-devel", Weekday::Tue, 15);
    let third = entry("Virt SIG", "#centos-meeting", Weekday::Tue, 15);
    let fourth = entry("Virt SIG", "#centos-meeting", Weekday::Wed, 16);
    let dated = |entry: Entry, from: &str, until: &str| Entry {
        start_date: Some(date(from)),
        until: (!until.is_empty()).then(|| date(until)),
        ..entry
    };
    Schedule::new(vec![
        dated(first, "2016-10-31", "2017-10-31"),
        dated(second, "2017-11-01", "2019-12-03"),
        dated(third, "2019-12-04", "2020-03-30"),
        dated(fourth, "2020-03-31", ""),
    ])
}

#[test]
fn a_slot_moves_with_its_dates() {
    let schedule = history();
    for (day, start, channel) in [
        ("2017-09-05", "2017-09-05T14:00:00Z", "#centos-devel"),
        ("2017-11-01", "2017-11-14T15:00:00Z", "#centos-devel"),
        ("2019-12-04", "2019-12-10T15:00:00Z", "#centos-meeting"),
        ("2020-03-25", "2020-04-01T16:00:00Z", "#centos-meeting"),
        ("2021-01-14", "2021-01-27T16:00:00Z", "#centos-meeting"),
    ] {
        let next = schedule.next(Moment::of(date(day), 0)).unwrap();
        assert_eq!((next.start, next.channel.as_str()), (at(start), channel), "{day}");
        assert!(next.id.starts_with("virt-sig-2"), "{}", next.id);
    }
    assert_eq!(
        schedule.next(at("2010-01-01T00:00:00Z")).unwrap().start,
        at("2016-11-01T14:00:00Z")
    );
    assert_eq!(schedule.previous(at("2016-11-01T14:00:00Z")), None);
    assert!(schedule.overlaps(at("2016-01-01T00:00:00Z")).is_empty());
}

#[test]
fn a_channel_is_asked_for_its_own_meetings_only() {
    let mut other = entry("SCLo", "#centos-devel", Weekday::Tue, 14);
    other.network = Some("Libera".into());
    let elsewhere = entry("Board", "#board", Weekday::Tue, 15);
    let schedule = Schedule::new(vec![Entry::of_the_first_group(), other, elsewhere]);
    let libera = Some(Network::new("libera"));
    let around =
        schedule.in_channel(libera.as_ref(), &"#CentOS-Devel".into(), at("2018-11-13T15:00:00Z"));
    assert_eq!(around.previous.unwrap().id, "sclo-20181113");
    assert_eq!(around.on.unwrap().id, "virt-sig-20181113");
    assert_eq!(around.next.unwrap().id, "sclo-20181127");
    let around = schedule.in_channel(
        Some(&Network::new("OFTC")),
        &"#centos-devel".into(),
        at("2018-11-13T16:00:00Z"),
    );
    assert_eq!(around.previous.unwrap().id, "virt-sig-20181113");
    assert_eq!(around.on, None);
    assert_eq!(around.next.unwrap().id, "virt-sig-20181127");
}

#[test]
fn meetings_that_overlap_are_found_with_their_first_date() {
    let mut long = entry("SCLo", "#centos-devel", Weekday::Tue, 14);
    long.duration = 90 * MINUTE;
    let mut later = entry("Cloud", "#Centos-Devel", Weekday::Thu, 15);
    later.rule = later.rule.in_weeks(Weeks::ODD);
    let mut cloud = entry("Cloud odd", "#centos-devel", Weekday::Thu, 15);
    cloud.rule = cloud.rule.in_weeks(Weeks::Counted { every: 2, anchor: date("2018-11-15") });
    let schedule = Schedule::new(vec![Entry::of_the_first_group(), long, later, cloud]);
    let found = schedule.overlaps(at("2018-11-14T00:00:00Z"));
    let shown: Vec<String> =
        found.iter().map(|overlap| format!("{} {}", overlap.one.id, overlap.other.id)).collect();
    // The strict fortnight meets the odd weeks only after the week 53 of 2020.
    assert_eq!(shown, ["sclo-20181127 virt-sig-20181127", "cloud-20210107 cloud-odd-20210107"]);
    let mut hourly = Entry::new("Hourly", "#h", Rule::cron("0 0 9,10 * * Mon").unwrap());
    assert!(Schedule::new(vec![hourly.clone()]).overlaps(at("2018-01-01T00:00:00Z")).is_empty());
    hourly.duration = 61 * MINUTE;
    assert_eq!(Schedule::new(vec![hourly]).overlaps(at("2018-01-01T00:00:00Z")).len(), 1);
}

#[test]
fn two_on_one_date_have_two_ids() {
    let rule = Rule::cron("0 0 9,15 * * Tue").unwrap();
    let schedule = with(rule);
    let slots = schedule.slots_between(at("2018-11-13T00:00:00Z"), at("2018-11-14T00:00:00Z"));
    let ids: Vec<&str> = slots.iter().map(|slot| slot.id.as_str()).collect();
    assert_eq!(ids, ["virt-sig-20181113", "virt-sig-20181113-1500"]);
    let two = Schedule::new(vec![
        entry("Virt SIG", "#a", Weekday::Tue, 15),
        entry("Virt SIG", "#b", Weekday::Tue, 15),
        entry("Virt SIG", "#c", Weekday::Tue, 15),
    ]);
    let slots = two.slots_between(at("2018-11-13T00:00:00Z"), at("2018-11-14T00:00:00Z"));
    let ids: Vec<&str> = slots.iter().map(|slot| slot.id.as_str()).collect();
    assert_eq!(ids, ["virt-sig-20181113", "virt-sig-20181113-1500", "virt-sig-20181113-1500-2"]);
    for slot in slots {
        assert_eq!(two.by_id(&slot.id).unwrap().slot, slot);
    }
    for id in ["", "virt-sig", "virt-sig-", "virt-sig-20181114", "virt-sig-2018111é", "é"] {
        assert_eq!(two.by_id(id), None, "{id}");
    }
}

#[test]
fn when_it_is_is_told_in_one_line() {
    let schedule = virt();
    for (now, sentence) in [
        ("2018-11-27T14:57:00Z", "Tue 2018-11-27 15:00 UTC (W48), in 0 h 03 min"),
        ("2018-11-26T17:30:20Z", "Tue 2018-11-27 15:00 UTC (W48), in 21 h 29 min"),
        ("2018-11-26T10:00:00Z", "Tue 2018-11-27 15:00 UTC (W48), in 1 day"),
        ("2018-11-14T09:00:00Z", "Tue 2018-11-27 15:00 UTC (W48), in 13 days"),
        ("2018-11-20T12:00:00Z", "Not today (W47 is odd). Next: Tue 2018-11-27 15:00 UTC (W48)."),
        (
            "2018-11-13T15:48:40Z",
            "on now since 15:00 UTC; next after this: Tue 2018-11-27 15:00 UTC (W48).",
        ),
        ("2018-11-13T17:00:00Z", "Tue 2018-11-27 15:00 UTC (W48), in 14 days"),
        (
            "2026-12-23T12:00:00Z",
            "Tue 2027-01-12 15:00 UTC (W02), in 20 days (three weeks: 2026 has a week 53)",
        ),
        (
            "2026-12-29T12:00:00Z",
            "Not today (W53 is odd). Next: Tue 2027-01-12 15:00 UTC (W02) (three weeks: 2026 has a week 53).",
        ),
    ] {
        assert_eq!(say::when(&schedule, at(now)), sentence, "{now}");
    }
    assert_eq!(
        say::when(&Schedule::default(), at("2018-11-13T15:00:00Z")),
        "No meeting is planned."
    );
    let second = with(Rule::monthly(rule::Nth::From(2), Weekday::Tue, 15 * 60 * MINUTE));
    assert_eq!(
        say::when(&second, at("2018-11-20T12:00:00Z")),
        "Tue 2018-12-11 15:00 UTC (W50), in 21 days"
    );
}

#[test]
fn several_meetings_are_told_apart_by_their_names() {
    let schedule = Schedule::new(vec![
        Entry::of_the_first_group(),
        entry("SCLo\u{1}\u{2} sync", "#sclo", Weekday::Thu, 14),
    ]);
    assert_eq!(
        say::when(&schedule, at("2018-11-14T14:00:00Z")),
        "SCLo sync in #sclo: Thu 2018-11-15 14:00 UTC (W46), in 1 day"
    );
    assert_eq!(
        say::when(&schedule, at("2018-11-15T14:00:00Z")),
        "SCLo sync in #sclo: on now since 14:00 UTC; next after this: Virt SIG in #centos-devel: Tue 2018-11-27 15:00 UTC (W48)."
    );
}

#[test]
fn a_long_year_comes_with_an_offer() {
    let schedule = virt();
    let next = schedule.next(at("2026-12-23T00:00:00Z")).unwrap();
    assert_eq!(schedule.pause_offer(&next), Some(at("2027-01-05T15:00:00Z")));
    let usual = schedule.next(at("2027-01-13T00:00:00Z")).unwrap();
    assert_eq!((schedule.pause_offer(&usual), schedule.pause_sentence(&usual)), (None, None));
    let odd = Rule::weekly(Weekday::Tue, 15 * 60 * MINUTE).in_weeks(Weeks::ODD);
    let odd = with(odd);
    let next = odd.next(at("2027-01-05T00:00:00Z")).unwrap();
    assert_eq!(odd.pause_sentence(&next).as_deref(), Some("one week: 2026 has a week 53"));
    assert_eq!(odd.pause_offer(&next), None);
}
