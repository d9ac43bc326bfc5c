//! What holds for any conversation: no panic, replay gives the same meeting, numbers never shift.

use crate::domain::meeting::replay;
use crate::domain::meeting::{
    Effect, Event, Leaving, Login, Manner, Meeting, Row, Settings, Speaker, What,
};
use crate::domain::name::Nick;
use crate::domain::text::Text;
use crate::domain::time::{Moment, SECOND};
use proptest::prelude::*;

/// Lines as people type them, with every command among them, and anything at all.
fn words() -> impl Strategy<Value = String> {
    let command = prop::sample::select(crate::domain::meeting::command::WORDS);
    let argument = prop_oneof![
        Just(String::new()),
        "[a-z ,?/+0-9l-]{0,30}",
        any::<String>(),
        Just("anna, bob".to_string()),
        (0..40_usize).prop_map(|n| format!("l-{n} other words")),
    ];
    prop_oneof![
        4 => (command, argument).prop_map(|(word, argument)| format!("#{} {argument}", word.name)),
        1 => any::<String>(),
        1 => prop::sample::select(vec!["+1", "-1", "0", "q+", "q-", "ack", "o/", "s/a/b/", "[off] x", "<x> #info relayed"])
            .prop_map(str::to_string),
    ]
}

fn nick() -> impl Strategy<Value = Nick> {
    prop::sample::select(vec!["anna", "bob", "Anna", "bob_", "mallory", "bridge"])
        .prop_map(Nick::from)
}

fn login() -> impl Strategy<Value = Login> {
    prop_oneof![
        Just(Login::Unknown),
        Just(Login::No),
        nick().prop_map(|nick| Login::As(nick.as_str().into())),
    ]
}

fn what() -> impl Strategy<Value = What> {
    let speaker = || (nick(), login()).prop_map(|(nick, login)| Speaker { nick, login });
    prop_oneof![
        8 => (speaker(), words()).prop_map(|(who, text)| What::Said { who, manner: Manner::Say, text: Text::new(text) }),
        1 => (speaker(), any::<String>()).prop_map(|(who, text)| What::Said { who, manner: Manner::Act, text: Text::new(text) }),
        1 => speaker().prop_map(What::Joined),
        1 => speaker().prop_map(What::LoggedIn),
        1 => (nick(), any::<bool>()).prop_map(|(nick, split)| What::Left {
            nick, how: if split { Leaving::Split } else { Leaving::Quit }, reason: Text::default() }),
        1 => (nick(), nick()).prop_map(|(old, new)| What::Renamed { old, new }),
        1 => prop::collection::vec(speaker(), 0..4).prop_map(What::Members),
        1 => (0..100_i64, 0..100_i64).prop_map(|(from, to)| What::Gap {
            from: Moment::from_micros(from * SECOND), to: Moment::from_micros(to * SECOND) }),
    ]
}

/// Plays a conversation as a flow would, and gives the meeting with the rows that were stored.
fn live(accounts: bool, whats: Vec<What>) -> (Meeting, Vec<Event>) {
    let settings = Settings {
        accounts,
        bot: Some("beadle".into()),
        relays: vec!["bridge".into()],
        old_topic: Some("".into()),
        ..Settings::default()
    };
    let start = What::Said {
        who: Speaker {
            nick: "anna".into(),
            login: if accounts { Login::As("anna".into()) } else { Login::Unknown },
        },
        manner: Manner::Say,
        text: "#startmeeting Any".into(),
    };
    let mut meeting = Meeting::new(settings.clone());
    let mut rows = Vec::new();
    let all = [What::Opened(Box::new(settings)), start].into_iter().chain(whats);
    for (second, what) in (0_i64..).zip(all) {
        let at = Moment::from_micros(second * SECOND);
        let event = Event { at, heard_at: at, what };
        let effects = meeting.apply(&event);
        rows.push(event);
        for effect in effects {
            if let Effect::Say(text) = effect {
                let own = Event { at, heard_at: at, what: What::Own { manner: Manner::Say, text } };
                meeting.apply(&own);
                rows.push(own);
            }
        }
    }
    (meeting, rows)
}

fn summary(meeting: &Meeting) -> String {
    format!(
        "{:?} {:?} {:?} {:?} {:?} {:?} {:?}",
        meeting.topics,
        meeting.votes,
        meeting.log,
        meeting.people.all(),
        meeting.gaps,
        meeting.state,
        meeting.name
    )
}

proptest! {
    #[test]
    fn replaying_the_rows_gives_the_same_meeting(accounts in any::<bool>(), whats in prop::collection::vec(what(), 0..40)) {
        let (meeting, rows) = live(accounts, whats);
        let stored = rows.into_iter().map(|event| {
            let what = Row::of(&event.what).what().expect("our own row");
            Event { what, ..event }
        });
        let again = replay::stored(stored).expect("it was opened");
        prop_assert_eq!(summary(&meeting), summary(&again));
    }

    #[test]
    fn lines_are_counted_and_items_point_to_them(whats in prop::collection::vec(what(), 0..40)) {
        let (meeting, _) = live(true, whats);
        for item in meeting.items() {
            prop_assert!((1..=meeting.log.len()).contains(&item.line));
            prop_assert!(item.by.0 < meeting.people.all().len());
        }
        prop_assert!(meeting.people.one(meeting.owner.unwrap()).chair, "the owner keeps the chair");
    }

    #[test]
    fn nothing_of_a_destroyed_line_stays(secret in "[a-z]{6,12}") {
        let line = What::Said {
            who: Speaker { nick: "bob".into(), login: Login::No },
            manner: Manner::Say,
            text: Text::new(format!("#info the password is {secret}")),
        };
        let (before, mut rows) = live(true, vec![line]);
        let last = rows.last_mut().unwrap();
        let left = before.tombstone(&last.what);
        let What::Said { who, manner, .. } = last.what.clone() else { unreachable!() };
        last.what = What::Redacted(Box::new(What::Said { who, manner, text: left }));
        let meeting = replay::stored(rows).unwrap();
        prop_assert!(!summary(&meeting).contains(&secret));
        prop_assert_eq!(meeting.items().count(), 1);
    }
}
