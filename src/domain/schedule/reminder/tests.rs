//! What is due when, minute by minute.

use super::*;
use crate::domain::schedule::{Entry, Schedule};
use std::collections::BTreeSet;

fn at(clock: &str) -> Moment {
    Moment::parse(&format!("2018-11-13T{clock}Z")).unwrap()
}

fn slots() -> Vec<Slot> {
    let schedule = Schedule::new(vec![Entry::of_the_first_group()]);
    let place = Place { network: None, channel: Some("#centos-devel".into()) };
    around(&schedule, &place, at("15:00:00"))
}

fn held(name: &str, since: &str, until: Option<&str>) -> Held {
    let name = name.to_string();
    Held { name, by: "hhorak".into(), since: at(since), until: until.map(at) }
}

/// The keys of what is due, without the meeting's id.
fn keys(held: &[Held], done: &[&str], clock: &str) -> Vec<String> {
    let done: BTreeSet<String> =
        done.iter().map(|word| format!("{word}:virt-sig-20181113")).collect();
    let due = due(&slots(), held, |key| done.contains(key), at(clock));
    let word = |duty: &Duty| {
        let key = duty.key();
        let word = key.split(':').next().unwrap().to_string();
        match duty {
            Duty::NotHeld { aloud: false, .. } => format!("{word} silently"),
            _ => word,
        }
    };
    due.iter().map(word).collect()
}

/// One case: what was held, what was done, when it is, and what is due.
type Case =
    (&'static str, Vec<Held>, &'static [&'static str], &'static str, &'static [&'static str]);

#[test]
fn each_duty_has_its_time() {
    let sclo = |until| held("SCLo sync-up", "14:02:00", until);
    let ours = |since, until| held("Virt SIG", since, until);
    let cases: Vec<Case> = vec![
        ("six minutes before", vec![], &[], "14:54:00", &[]),
        ("five minutes before", vec![], &[], "14:55:00", &["call"]),
        ("it was called", vec![], &["call"], "14:55:01", &[]),
        ("the clock went back after the call", vec![], &["call"], "14:40:00", &[]),
        ("away over T-5", vec![], &[], "14:57:00", &["call"]),
        ("away over the start", vec![], &[], "15:03:00", &["call"]),
        ("the last moment", vec![], &[], "15:14:59", &["call"]),
        ("called, and nobody came", vec![], &["call"], "15:14:59", &[]),
        ("nobody came", vec![], &["call"], "15:15:00", &["not-held"]),
        ("away until then", vec![], &[], "15:20:00", &["not-held"]),
        ("it was told", vec![], &["call", "not-held"], "15:16:00", &[]),
        (
            "its time is over, nobody was told",
            vec![],
            &["call"],
            "16:30:00",
            &["not-held silently"],
        ),
        ("we slept through it", vec![], &[], "16:30:00", &[]),
        ("ours is on", vec![ours("14:56:00", None)], &[], "14:57:00", &[]),
        ("ours began early", vec![ours("14:20:00", None)], &[], "14:57:00", &[]),
        ("ours was short", vec![ours("15:00:00", Some("15:05:00"))], &["call"], "15:16:00", &[]),
        (
            "ours has another name",
            vec![held("Xen day", "15:01:00", None)],
            &["call"],
            "15:16:00",
            &[],
        ),
        ("another is on before", vec![sclo(None)], &[], "14:56:00", &[]),
        ("another is on at the start", vec![sclo(None)], &[], "15:00:00", &["delayed"]),
        ("the chair was told", vec![sclo(None)], &["delayed"], "15:00:01", &[]),
        ("another is on for long", vec![sclo(None)], &["delayed"], "15:40:00", &[]),
        (
            "another began after the call",
            vec![held("x", "14:54:30", None)],
            &["call"],
            "15:01:00",
            &[],
        ),
        ("another has left", vec![sclo(Some("15:20:00"))], &["delayed"], "15:20:01", &["call"]),
        ("and nobody came then", vec![sclo(Some("15:20:00"))], &["call"], "15:34:59", &[]),
        (
            "and the grace is over",
            vec![sclo(Some("15:20:00"))],
            &["call"],
            "15:35:00",
            &["not-held"],
        ),
        ("another left before", vec![sclo(Some("14:50:00"))], &[], "14:55:00", &["call"]),
        ("another stayed all the time", vec![sclo(None)], &["delayed"], "16:00:00", &[]),
        ("an hour later", vec![], &["call"], "16:00:00", &["not-held silently"]),
    ];
    for (what, held, done, clock, expected) in cases {
        assert_eq!(keys(&held, done, clock), expected, "{what}, at {clock}");
    }
}

#[test]
fn a_jump_over_the_whole_meeting_calls_nobody() {
    let slots = slots();
    let much_later = at("15:00:00").plus(3 * DAY);
    assert!(due(&slots, &[], |key| key.starts_with("call:"), much_later).is_empty());
    assert!(due(&slots, &[], |_| false, at("15:00:00").plus(-3 * DAY)).is_empty());
}

#[test]
fn what_could_not_be_written_stays_due_with_the_right_minutes() {
    let slots = slots();
    let line = |clock| match due(&slots, &[], |_| false, at(clock)).as_slice() {
        [Duty::Call(slot)] => call(slot, None, at(clock)),
        other => panic!("{other:?}"),
    };
    for (clock, when) in [
        ("14:55:00", "in 5 minutes"),
        ("14:55:02", "in 5 minutes"),
        ("14:57:00", "in 3 minutes"),
        ("14:59:00", "in 1 minute"),
        ("14:59:40", "is due now"),
        ("15:03:00", "is due now"),
    ] {
        let line = line(clock);
        assert_eq!(line, format!("Virt SIG meeting here {when} (15:00 UTC, W46, 60 min)."));
    }
}

#[test]
fn a_meeting_that_is_not_to_be_called_is_not() {
    let mut slots = slots();
    slots[0].call_before = 0;
    assert!(due(&slots, &[], |_| false, at("14:56:00")).is_empty());
    assert_eq!(due(&slots, &[], |_| false, at("15:15:00")).len(), 1, "but one may miss it");
}

#[test]
fn another_scheduled_meeting_is_not_ours() {
    let mut both = slots();
    let mut sclo = both[0].clone();
    (sclo.id, sclo.entry, sclo.name) = ("s-20181113".into(), "s".into(), "SCLo sync-up".into());
    sclo.start = at("14:00:00");
    sclo.end = at("15:00:00");
    both.insert(0, sclo);
    let late = held("sclo SYNC-UP", "14:58:00", None);
    assert!(is_of(&both[0], &both, &late) && !is_of(&both[1], &both, &late));
}

#[test]
fn the_mail_leaves_a_day_before_and_not_too_late() {
    let due = |at: Moment| {
        let (from, to) = mail_span(at);
        let schedule = Schedule::new(vec![Entry::of_the_first_group()]);
        let due = mails_due(&schedule.slots_between(from, to), |_| false, at);
        due.iter().map(Duty::key).collect::<Vec<_>>()
    };
    let start = at("15:00:00");
    let ours = ["remind:virt-sig-20181113:24h"];
    assert!(due(start.plus(-DAY - 1)).is_empty());
    assert_eq!(due(start.plus(-DAY)), ours);
    assert_eq!(due(start.plus(-60 * MINUTE)), ours);
    assert!(due(start.plus(-60 * MINUTE + 1)).is_empty());
}

#[test]
fn the_sentences() {
    let slots = slots();
    assert_eq!(
        call(&slots[0], Some("three weeks: 2026 has a week 53"), at("14:55:00")),
        "Virt SIG meeting here in 5 minutes (15:00 UTC, W46, 60 min; three weeks: 2026 has a week 53)."
    );
    assert_eq!(
        delayed(&held("SCLo sync-up", "14:02:31", None)),
        "SCLo sync-up (hhorak, since 14:02) is still open there; I will call ours when it ends.  \
         When its chairs are silent for ten minutes, a member may take the chair with #chair and say \
         #endmeeting."
    );
    assert_eq!(
        not_held(Some(&slots[0])),
        "No meeting was started; next: Tue 2018-11-13 15:00 UTC (W46)."
    );
}
