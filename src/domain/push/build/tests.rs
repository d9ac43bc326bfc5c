//! The ways of a build, each as a conversation: what happens, and what follows.

use super::*;
use crate::domain::time::{MINUTE, SECOND};

const HOUR: i64 = 60 * MINUTE;

fn at(time: &str) -> Moment {
    Moment::parse(time).unwrap()
}

fn build() -> Build {
    Build::new(Id {
        repository: "virt7-xen-46".into(),
        source: "xen".into(),
        evr: Evr::new(0, "4.6.6", "13.el7"),
    })
}

/// Applies what happens under the group's rule, on two architectures, with ten minutes' patience.
fn happens(build: &mut Build, event: Event) -> Vec<Effect> {
    with(Stage::Release, |rules| lives(build, &event, rules))
}

/// What happens, and the look at the clock that follows on it.
fn lives(build: &mut Build, event: &Event, rules: &Rules) -> Vec<Effect> {
    let mut effects = build.apply(event, rules);
    if let Event::Came { at, .. } | Event::Went { at, .. } = event {
        effects.extend(build.apply(&Event::Beat(*at), rules));
    }
    effects
}

fn with<T>(stage: Stage, body: impl FnOnce(&Rules) -> T) -> T {
    let policy = Policy::default();
    let arches = ["x86_64".to_string(), "aarch64".to_string()];
    body(&Rules {
        policy: (stage == Stage::Release).then_some(&policy),
        stage,
        arches: &arches,
        settle: 10 * MINUTE,
        major_parts: 2,
        is_watched: true,
    })
}

fn wakes(build: &Build) -> Option<Moment> {
    with(Stage::Release, |rules| build.wakes_at(rules))
}

fn tag(act: Act, event: i64, time: &str) -> Event {
    Event::Tag(Change {
        event,
        at: at(time),
        act,
        tag: "virt7-xen-46-release".into(),
        by: Some("gwd".into()),
        build: 1,
        source: "xen".into(),
        evr: Evr::new(0, "4.6.6", "13.el7"),
    })
}

fn came(arch: &str, time: &str, previous: &str) -> Event {
    let previous = (!previous.is_empty()).then(|| Evr::new(0, previous, "1.el7"));
    Event::Came { arch: arch.into(), at: at(time), previous, late_since: None }
}

fn announced(kind: Kind, arches: &[&str]) -> Vec<Effect> {
    vec![Effect::Announce(kind, arches.iter().map(ToString::to_string).collect())]
}

#[test]
fn held_on_thursday_out_on_monday() {
    let mut build = build();
    let (tagged, until) = (at("2018-11-15T09:00:01Z"), at("2018-11-19T11:00:00Z"));
    let told = happens(&mut build, tag(Act::Tagged, 7, "2018-11-15T09:00:01Z"));
    assert_eq!(told, [Effect::Tell(Word::Held(tagged, until))]);
    assert_eq!(happens(&mut build, tag(Act::Tagged, 7, "2018-11-15T09:00:01Z")), []);
    assert_eq!(build.held_until(tagged), Some(until));
    assert_eq!(happens(&mut build, came("x86_64", "2018-11-19T11:20:00Z", "4.6.5")), []);
    let out = happens(&mut build, came("aarch64", "2018-11-19T11:21:00Z", "4.6.5"));
    assert_eq!(out, announced(Kind::Released, &["aarch64", "x86_64"]));
    assert!(!build.out_of_window);
    assert_eq!(wakes(&build), None, "nothing is left to say");
    assert_eq!(happens(&mut build, Event::Beat(until.plus(90 * HOUR))), []);
}

#[test]
fn what_comes_while_pushes_are_closed_is_said_at_once_and_marked() {
    let mut build = build();
    happens(&mut build, tag(Act::Tagged, 7, "2018-11-14T12:00:00Z"));
    happens(&mut build, came("x86_64", "2018-11-17T12:00:00Z", "4.6.5"));
    let out = happens(&mut build, came("aarch64", "2018-11-17T12:00:00Z", "4.6.5"));
    assert_eq!(out, announced(Kind::Released, &["aarch64", "x86_64"]));
    assert!(build.out_of_window);
}

#[test]
fn an_architecture_is_waited_for_and_then_told_later() {
    let mut build = build();
    assert_eq!(happens(&mut build, came("x86_64", "2018-11-19T12:00:00Z", "")), []);
    let until = at("2018-11-19T12:10:00Z");
    assert_eq!(wakes(&build), Some(until));
    assert_eq!(happens(&mut build, Event::Beat(until.plus(-SECOND))), []);
    assert_eq!(happens(&mut build, Event::Beat(until)), announced(Kind::New, &["x86_64"]));
    assert_eq!(happens(&mut build, came("aarch64", "2018-11-19T15:00:00Z", "")), []);
    let later = happens(&mut build, Event::Beat(at("2018-11-19T15:10:00Z")));
    assert_eq!(later, announced(Kind::New, &["aarch64"]));
    assert_eq!(happens(&mut build, came("aarch64", "2018-11-19T16:00:00Z", "")), []);
    assert_eq!(wakes(&build), None, "what is there comes no second time");
}

#[test]
fn late_is_said_once_and_not_of_what_something_explains() {
    let due = at("2018-11-13T18:00:00Z");
    let late = Effect::Tell(Word::Overdue(due));
    let tagged = || {
        let mut build = build();
        assert_eq!(happens(&mut build, tag(Act::Tagged, 7, "2018-11-13T12:00:00Z")), []);
        build
    };
    let mut one = tagged();
    assert_eq!(wakes(&one), Some(due));
    assert_eq!(happens(&mut one, Event::Beat(due)), [late]);
    assert_eq!(happens(&mut one, Event::Beat(due.plus(HOUR))), []);
    assert_eq!(wakes(&one), None);
    let explained = [
        tag(Act::Untagged, 8, "2018-11-13T13:00:00Z"),
        Event::Superseded(Evr::new(0, "4.6.7", "1.el7")),
        came("x86_64", "2018-11-13T13:00:00Z", ""),
    ];
    for why in explained {
        let mut build = tagged();
        happens(&mut build, why.clone());
        let told = happens(&mut build, Event::Beat(due.plus(90 * HOUR)));
        assert!(!told.iter().any(|one| matches!(one, Effect::Tell(_))), "{why:?}");
    }
    // Untagged and tagged again is a new event, and its clock starts anew.
    let mut build = tagged();
    happens(&mut build, tag(Act::Untagged, 8, "2018-11-13T13:00:00Z"));
    happens(&mut build, tag(Act::Tagged, 9, "2018-11-14T10:00:00Z"));
    assert_eq!(wakes(&build), Some(at("2018-11-14T16:00:00Z")));
    // A row that comes late says nothing new.
    assert_eq!(happens(&mut build, tag(Act::Untagged, 8, "2018-11-13T13:00:00Z")), []);
    assert_eq!(wakes(&build), Some(at("2018-11-14T16:00:00Z")));
}

#[test]
fn what_goes_is_withdrawn_unless_another_version_explains_it() {
    let there = || {
        let mut build = build();
        happens(&mut build, came("x86_64", "2018-11-19T12:00:00Z", "4.6.5"));
        happens(&mut build, came("aarch64", "2018-11-19T12:00:00Z", "4.6.5"));
        build
    };
    let went = |arch: &str, replaced| Event::Went {
        arch: arch.into(),
        at: at("2018-11-20T12:00:00Z"),
        replaced,
    };
    let mut build = there();
    happens(&mut build, went("x86_64", false));
    assert!(build.is_there());
    assert_eq!(happens(&mut build, went("aarch64", false)), [], "something may explain it");
    assert_eq!(build.left_at, Some(at("2018-11-20T12:00:00Z")));
    let mut explained = build.clone();
    let out = happens(&mut build, Event::Beat(at("2018-11-20T12:10:00Z")));
    assert_eq!(out, announced(Kind::Withdrawn, &["aarch64", "x86_64"]));
    happens(&mut explained, Event::Explained);
    assert_eq!(happens(&mut explained, Event::Beat(at("2018-11-20T12:10:00Z"))), []);

    let mut build = there();
    happens(&mut build, went("x86_64", true));
    happens(&mut build, went("aarch64", true));
    assert_eq!((wakes(&build), build.is_there()), (None, false));

    // What flaps within the patience is nothing.
    let mut build = there();
    happens(&mut build, went("x86_64", false));
    happens(&mut build, came("x86_64", "2018-11-20T12:03:00Z", ""));
    assert_eq!(wakes(&build), None);
    assert_eq!(happens(&mut build, Event::Beat(at("2018-11-21T12:00:00Z"))), []);
}

#[test]
fn kinds_follow_rpms_order_and_the_stage() {
    let kind = |stage, previous: &str| {
        let mut build = build();
        let events = ["x86_64", "aarch64"].map(|arch| came(arch, "2018-11-19T12:00:00Z", previous));
        let effects = with(stage, |rules| events.map(|event| lives(&mut build, &event, rules)));
        match effects.concat().as_slice() {
            [Effect::Announce(kind, _)] => *kind,
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(kind(Stage::Release, ""), Kind::New);
    assert_eq!(kind(Stage::Release, "4.6.5"), Kind::Released);
    assert_eq!(kind(Stage::Release, "4.4.4"), Kind::Major);
    assert_eq!(kind(Stage::Release, "4.10.0"), Kind::Downgraded);
    assert_eq!(kind(Stage::Testing, ""), Kind::Testing);
    assert_eq!(kind(Stage::Testing, "4.4.4"), Kind::Testing);
    let mut build = build();
    for arch in ["x86_64", "aarch64"] {
        let event = came(arch, "2018-11-19T12:00:00Z", "4.6.5");
        let effects = with(Stage::Candidate, |rules| lives(&mut build, &event, rules));
        assert_eq!(effects, [], "what was only built is not announced");
    }
}

#[test]
fn the_same_version_with_other_bytes_is_one_word_in_private() {
    let mut build = build();
    let respun = |arch: &str, hour: &str| Event::Respun {
        arch: arch.into(),
        at: at(&format!("2018-11-20T{hour}:00:00Z")),
        packages: 3,
    };
    let noon = at("2018-11-20T12:00:00Z");
    happens(&mut build, respun("x86_64", "12"));
    assert_eq!(happens(&mut build, Event::Beat(noon)), [], "the other one is waited for");
    happens(&mut build, respun("aarch64", "12"));
    let arches = vec!["aarch64".to_string(), "x86_64".to_string()];
    let word = Effect::Tell(Word::Respun(arches, 6, noon));
    assert_eq!(happens(&mut build, Event::Beat(noon)), [word]);
    assert_eq!((happens(&mut build, Event::Beat(noon)), wakes(&build)), (vec![], None));
    happens(&mut build, respun("x86_64", "13"));
    assert_eq!(wakes(&build), Some(at("2018-11-20T13:10:00Z")));
    assert_eq!(happens(&mut build, Event::Beat(at("2018-11-20T13:10:00Z"))).len(), 1);
}
