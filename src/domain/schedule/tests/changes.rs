//! Skipping, holding after all, adding: what is accepted, what is refused, what is remembered.

use super::*;
use crate::domain::schedule::change::MOST_EXTRAS;
use crate::domain::schedule::change::MOST_REASON;
use chrono::Weekday;
use proptest::prelude::*;

const NOW: &str = "2018-12-11T16:00:00Z";

fn skip(day: &str) -> Change {
    Change::Skip { date: date(day), entry: None, reason: "Christmas".into() }
}

fn unskip(day: &str) -> Change {
    Change::Unskip { date: date(day), entry: None }
}

fn extra(start: &str) -> Change {
    Change::Extra { start: read::start(start).unwrap(), entry: None, reason: "new year".into() }
}

fn made(changes: &[Change]) -> Schedule {
    let mut schedule = virt();
    changes.iter().for_each(|change| schedule.apply(change));
    schedule
}

fn refused(schedule: &Schedule, change: &Change, now: &str) -> String {
    schedule.judge(change, at(now)).unwrap_err().to_string()
}

#[test]
fn christmas_is_skipped_and_held_after_all() {
    let schedule = virt();
    assert_eq!(
        schedule.judge(&skip("2018-12-25"), at(NOW)).unwrap(),
        "Skipped: Tue 2018-12-25 15:00 UTC (W52) (Christmas). Next: Tue 2019-01-08 15:00 UTC (W02)."
    );
    let schedule = made(&[skip("2018-12-25")]);
    let next = schedule.next(at(NOW)).unwrap();
    assert_eq!(next.start, at("2019-01-08T15:00:00Z"));
    assert_eq!(schedule.weeks_since_last(&next), Some(4));
    assert_eq!(
        schedule.pause_sentence(&next).as_deref(),
        Some("four weeks: 2018-12-25 is skipped")
    );
    assert_eq!(schedule.state(at("2018-12-25T15:00:00Z")), State::Idle);
    assert_eq!(
        say::when(&schedule, at("2018-12-25T12:00:00Z")),
        "Not today (skipped: Christmas). Next: Tue 2019-01-08 15:00 UTC (W02) (four weeks: 2018-12-25 is skipped)."
    );
    let skipped = schedule.skipped(at(NOW), at("2019-12-31T00:00:00Z"));
    assert_eq!(skipped.len(), 1);
    assert_eq!((skipped[0].slot.id.as_str(), skipped[0].revision), ("virt-sig-20181225", 1));
    assert_eq!(
        schedule.judge(&unskip("2018-12-25"), at(NOW)).unwrap(),
        "Tue 2018-12-25 15:00 UTC (W52) is held after all. Next: Tue 2018-12-25 15:00 UTC (W52)."
    );
    let schedule = made(&[skip("2018-12-25"), unskip("2018-12-25")]);
    assert_eq!(schedule.next(at(NOW)).unwrap().start, at("2018-12-25T15:00:00Z"));
    assert_eq!(schedule.by_id("virt-sig-20181225").unwrap().revision, 2);
}

#[test]
fn an_extra_date_fills_the_pause() {
    let now = "2026-12-22T16:00:00Z";
    let change = extra("2027-01-05 15:00");
    assert_eq!(
        virt().judge(&change, at(now)).unwrap(),
        "Extra meeting: Tue 2027-01-05 15:00 UTC (W01) (new year). Next: Tue 2027-01-05 15:00 UTC (W01)."
    );
    let schedule = made(&[change]);
    assert_eq!(
        say::when(&schedule, at("2026-12-23T12:00:00Z")),
        "Tue 2027-01-05 15:00 UTC (W01), in 13 days (extra: new year)"
    );
    let slot = schedule.next(at(now)).unwrap();
    assert_eq!((slot.id.as_str(), slot.end), ("virt-sig-20270105", at("2027-01-05T16:00:00Z")));
    let following = schedule.next(slot.end).unwrap();
    assert_eq!(following.start, at("2027-01-12T15:00:00Z"));
    assert_eq!(schedule.pause_offer(&following), None);
    let around = schedule.in_channel(None, &"#centos-devel".into(), at("2027-01-05T15:30:00Z"));
    assert_eq!(around.on, Some(slot));
    // An extra date is skipped like any other.
    let schedule = made(&[extra("2027-01-05 15:00"), skip("2027-01-05")]);
    assert_eq!(schedule.next(at(now)).unwrap().start, at("2027-01-12T15:00:00Z"));
    assert_eq!(schedule.by_id("virt-sig-20270105").unwrap().skipped, Some("Christmas".into()));
}

#[test]
fn a_meeting_moves_within_its_date() {
    let changes = [skip("2018-12-25"), extra("2018-12-25 18:00")];
    let mut schedule = virt();
    for change in &changes {
        schedule.judge(change, at(NOW)).unwrap();
        schedule.apply(change);
    }
    let next = schedule.next(at(NOW)).unwrap();
    assert_eq!(next.id, "virt-sig-20181225-1800", "the id of the skipped one stays its own");
    assert!(schedule.by_id("virt-sig-20181225").unwrap().skipped.is_some());
    // After the skipped one would have begun, the later one may still be skipped.
    assert!(schedule.judge(&skip("2018-12-25"), at("2018-12-25T17:00:00Z")).is_ok());
    // A start that was skipped and is added again is simply held.
    let again = made(&[skip("2018-12-25"), extra("2018-12-25 15:00")]);
    let planned = again.by_id("virt-sig-20181225").unwrap();
    assert_eq!((planned.skipped, planned.slot.extra, planned.revision), (None, None, 2));
}

#[test]
fn what_cannot_be_is_refused_with_what_can() {
    let schedule = made(&[skip("2018-12-25")]);
    for (change, now, sentence) in [
        (skip("2018-11-13"), NOW, "2018-11-13 has passed; only a meeting to come can be changed"),
        (
            skip("2018-12-11"),
            NOW,
            "the meeting of Tue 2018-12-11 15:00 UTC (W50) has begun; it can be ended with #endmeeting",
        ),
        (
            skip("2018-12-18"),
            NOW,
            "there is no meeting on 2018-12-18; the nearest are 2018-12-11 and 2019-01-08",
        ),
        (skip("2018-12-25"), NOW, "Tue 2018-12-25 15:00 UTC (W52) is skipped already (Christmas)"),
        (unskip("2019-01-08"), NOW, "the meeting of Tue 2019-01-08 15:00 UTC (W02) is not skipped"),
        (skip("2081-01-07"), NOW, "2081-01-07 is more than two years away; was the year mistyped?"),
        (
            extra("2018-12-11 15:59"),
            NOW,
            "2018-12-11 has passed; only a meeting to come can be changed",
        ),
        (
            extra("2118-12-18 15:00"),
            NOW,
            "2118-12-18 is more than two years away; was the year mistyped?",
        ),
        (
            extra("2019-01-08 15:59"),
            NOW,
            "Virt SIG is held in #centos-devel then, 15:00 to 16:00 UTC",
        ),
        (
            extra("2019-01-08 14:01"),
            NOW,
            "Virt SIG is held in #centos-devel then, 15:00 to 16:00 UTC",
        ),
    ] {
        let before = schedule.clone();
        assert_eq!(refused(&schedule, &change, now), sentence);
        assert_eq!(schedule, before);
    }
    let moved = made(&[skip("2018-12-25"), extra("2018-12-25 15:30")]);
    assert_eq!(
        refused(&moved, &unskip("2018-12-25"), NOW),
        "Virt SIG is held in #centos-devel then, 15:30 to 16:30 UTC"
    );
    assert!(schedule.judge(&extra("2019-01-08 16:00"), at(NOW)).is_ok());
    assert!(schedule.judge(&extra("2019-01-08 14:00"), at(NOW)).is_ok());
    let reason = |reason: String| Change::Skip {
        date: date("2019-01-08"),
        entry: None,
        reason: reason.into(),
    };
    assert_eq!(
        refused(&schedule, &reason(" \u{2} ".into()), NOW),
        "say why, for example: Christmas"
    );
    let long = reason("x".repeat(MOST_REASON + 1));
    assert!(refused(&schedule, &long, NOW).contains("longer than 200"));
    assert!(refused(&Schedule::default(), &skip("2018-12-25"), NOW).contains("[[schedule]]"));
}

#[test]
fn of_several_meetings_one_must_be_named() {
    let mut sclo = Entry::of_the_first_group();
    sclo.id = "sclo".into();
    sclo.channel = "#sclo".into();
    let mut board = Entry::new("Board", "#board", Rule::weekly(Weekday::Wed, 0));
    board.until = Some(date("2018-01-01"));
    let schedule = Schedule::new(vec![Entry::of_the_first_group(), sclo, board]);
    assert_eq!(refused(&schedule, &skip("2018-12-25"), NOW), "say which meeting: virt-sig, sclo");
    assert_eq!(
        refused(&schedule, &extra("2018-12-18 15:00"), NOW),
        "say which meeting: virt-sig, sclo"
    );
    let named = |entry: &str| Change::Skip {
        date: date("2018-12-25"),
        entry: Some(entry.into()),
        reason: "x".into(),
    };
    assert_eq!(
        refused(&schedule, &named("cloud"), NOW),
        "there is no such meeting; known are virt-sig, sclo, board"
    );
    assert!(refused(&schedule, &skip("2018-12-18"), NOW).contains("there is no meeting on"));
    let mut then = schedule.clone();
    then.apply(&named("sclo"));
    assert_eq!(then.next(at(NOW)).unwrap().id, "virt-sig-20181225");
    // What fits nothing changes nothing.
    then = schedule.clone();
    then.apply(&named("cloud"));
    then.apply(&skip("2018-12-18"));
    assert_eq!(then, schedule);
    let settled = virt().settled(&skip("2018-12-25")).unwrap();
    assert!(matches!(settled, Change::Skip { entry: Some(id), .. } if id == "virt-sig"));
}

#[test]
fn extra_dates_have_a_limit() {
    let mut schedule = virt();
    for n in 0..MOST_EXTRAS as i64 {
        let start = at("2019-01-01T00:00:00Z").plus(n * crate::domain::time::MINUTE);
        schedule.apply(&Change::Extra { start, entry: None, reason: "x".into() });
    }
    assert!(refused(&schedule, &extra("2019-12-31 15:00"), NOW).contains("1000 extra dates"));
}

#[test]
fn the_dates_of_the_configuration_count_too() {
    let mut entry = Entry::of_the_first_group();
    entry.skips = vec![(date("2018-12-25"), "Christmas".into())];
    entry.extras = vec![(at("2018-12-18T15:00:00Z"), "instead".into())];
    let schedule = Schedule::new(vec![entry]);
    assert_eq!(
        dates(&schedule, "2018-12-01", "2019-01-31"),
        ["2018-12-11", "2018-12-18", "2019-01-08", "2019-01-22"]
    );
}

/// These texts are in databases: they may get company, but never change.
#[test]
fn stored_changes_are_read_for_ever() {
    for (change, stored) in [
        (
            skip("2018-12-25"),
            r#"{"change":"skip","date":"2018-12-25","entry":null,"reason":"Christmas"}"#,
        ),
        (unskip("2018-12-25"), r#"{"change":"unskip","date":"2018-12-25","entry":null}"#),
        (
            extra("2027-01-05 15:00"),
            r#"{"change":"extra","start":1799161200000000,"entry":null,"reason":"new year"}"#,
        ),
    ] {
        assert_eq!(serde_json::to_string(&change).unwrap(), stored);
        assert_eq!(serde_json::from_str::<Change>(stored).unwrap(), change);
    }
}

fn changes() -> impl Strategy<Value = Vec<(Change, i64)>> {
    let first = date("2026-12-01");
    let day = (0..90i64).prop_map(move |n| first + chrono::Duration::days(n));
    let entry = prop_oneof![Just(None), Just(Some("virt-sig".to_string())), Just(Some("x".into()))];
    let change = (day, entry, 0..4, 0..47i64).prop_map(|(date, entry, kind, half)| match kind {
        0 | 1 => Change::Skip { date, entry, reason: "x".into() },
        2 => Change::Unskip { date, entry },
        _ => {
            let start = Moment::of(date, half * 30 * crate::domain::time::MINUTE);
            Change::Extra { start, entry, reason: "y".into() }
        }
    });
    proptest::collection::vec((change, 0..90i64), 0..40)
}

proptest! {
    /// Whatever is changed in whatever order: ids stay unique and keep their starts, what is
    /// skipped is not next, and what was accepted holds.
    #[test]
    fn changes_leave_a_sound_schedule(changes in changes()) {
        let mut schedule = virt();
        let mut known: std::collections::BTreeMap<String, Moment> = Default::default();
        for (change, day) in changes {
            let now = at("2026-12-01T12:00:00Z").plus(day * crate::domain::time::DAY);
            if schedule.judge(&change, now).is_err() {
                schedule.clone().apply(&change);
                continue;
            }
            schedule.apply(&change);
            let (from, to) = (at("2026-11-01T00:00:00Z"), at("2027-05-01T00:00:00Z"));
            let planned = schedule.planned_between(from, to);
            prop_assert!(planned.is_sorted_by_key(|one| one.slot.start));
            for one in &planned {
                let start = *known.entry(one.slot.id.clone()).or_insert(one.slot.start);
                prop_assert_eq!(start, one.slot.start, "{} got another start", one.slot.id);
                prop_assert_eq!(&schedule.by_id(&one.slot.id).unwrap(), one);
            }
            let held = schedule.slots_between(from, to);
            let wanted: Vec<Slot> = planned
                .into_iter()
                .filter(|one| one.skipped.is_none())
                .map(|one| one.slot)
                .collect();
            prop_assert_eq!(&held, &wanted);
            for pair in held.windows(2) {
                prop_assert!(pair[0].end <= pair[1].start, "two at once");
            }
            let (at_change, is_held) = match &change {
                Change::Skip { date, .. } => (*date, false),
                Change::Unskip { date, .. } => (*date, true),
                Change::Extra { start, .. } => (start.date(), true),
            };
            prop_assert_eq!(held.iter().any(|slot| slot.start.date() == at_change), is_held);
        }
    }
}
