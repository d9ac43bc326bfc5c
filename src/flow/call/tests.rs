//! The time around a meeting, minute by minute, through both databases.

use crate::config::{Config, Database};
use crate::domain::schedule::Entry;
use crate::flow::tests::Stage;
use crate::store;
use crate::store::testing::each_place;
use std::sync::Arc;

const CALL: &str = "call:virt-sig-20181113";

async fn stage(database: &Database) -> Stage {
    let entry =
        Entry { channel: "#c".into(), chair: Some("gwd".into()), ..Entry::of_the_first_group() };
    let with =
        |config: &Config| Arc::new(Config { schedule: vec![entry.clone()], ..config.clone() });
    Stage::with(database, with).await
}

#[test]
fn the_call_is_said_once_over_restarts() {
    each_place(async |database| {
        let mut stage = stage(&database).await;
        assert!(stage.at("13T14:54:55").await.is_empty());
        stage.die();
        stage.back(None).await;
        let called = stage.at("13T14:55:00").await;
        assert_eq!(
            called,
            ["post call:virt-sig-20181113 Virt SIG meeting here in 5 minutes (15:00 UTC, W46, \
              60 min).  Taking part?  Say o/ now."]
        );
        assert!(stage.at("13T14:55:05").await.is_empty(), "it is on its way");
        stage.die();
        stage.back(None).await;
        let again = stage.at("13T14:56:00").await;
        assert!(again[0].contains("in 4 minutes"), "it may be lost: {again:?}");
        stage.taken(CALL).await;
        for time in ["13T14:57:00", "13T15:01:00"] {
            stage.die();
            stage.back(None).await;
            assert!(stage.at(time).await.is_empty(), "{time}");
        }
        let told = stage.at("13T15:15:00").await;
        assert_eq!(
            told,
            ["post not-held:virt-sig-20181113 No meeting was started; next: \
              Tue 2018-11-27 15:00 UTC (W48)."]
        );
        stage.taken("not-held:virt-sig-20181113").await;
        assert!(stage.at("13T15:20:00").await.is_empty());
        let not_held = store::duty::said_of(&stage.db, "not-held:").await.unwrap();
        assert_eq!(not_held, ["not-held:virt-sig-20181113"]);
        stage.db.close().await;
    });
}

#[test]
fn nobody_is_called_into_another_meeting() {
    each_place(async |database| {
        let mut stage = stage(&database).await;
        stage.at("13T14:02:00").await;
        stage.say("gwd", "#startmeeting SCLo sync-up").await;
        assert!(stage.at("13T14:56:00").await.is_empty());
        let told = stage.at("13T15:00:00").await;
        assert_eq!(told.len(), 1);
        assert!(
            told[0].starts_with("tell gwd: SCLo sync-up (gwd, since 14:02) is still open there"),
            "{told:?}"
        );
        stage.say("bob", "one more thing").await;
        assert_eq!(stage.at("13T15:03:00").await, [""; 0], "once");
        stage.say("gwd", "#endmeeting").await;
        let called = stage.at("13T15:04:00").await;
        assert!(called[0].contains("Virt SIG meeting here is due now"), "{called:?}");
        stage.db.close().await;
    });
}

#[test]
fn who_gathers_is_there_when_it_starts() {
    each_place(async |database| {
        let mut stage = stage(&database).await;
        stage.at("06T12:00:00").await;
        let kept = stage.say("bob", "#agenda+ arm64 builders").await;
        assert_eq!(
            kept,
            ["tell bob: On the agenda of the next meeting, Tue 2018-11-13 15:00 UTC (W46): \
              arm64 builders"]
        );
        assert!(stage.say("bob", "o/").await.is_empty(), "nobody gathers on that day");
        let called = stage.at("13T14:55:00").await;
        assert!(called[0].ends_with("Say o/ now.  On the agenda: arm64 builders."), "{called:?}");
        let noted = stage.say("bob", "o/").await;
        assert!(noted[0].starts_with("tell bob: Noted, welcome.  The meeting starts at 15:00"));
        assert!(stage.say("bob", "hi all").await.is_empty(), "he was welcomed");
        stage.say("gwd", "regrets+ jirkade").await;
        stage.at("13T15:00:02").await;
        let started = stage.say("gwd", "#startmeeting").await;
        assert!(started[1].contains("Present: gwd, bob.  Regrets: jirkade."), "{started:?}");
        let meeting = stage.stored().await;
        assert_eq!(meeting.name, Some("Virt SIG".into()));
        assert_eq!(stage.say("gwd", "#agenda").await, ["say Agenda: 1. arm64 builders"]);
        stage.at("13T16:04:00").await;
        assert_eq!(
            stage.tell("bob", "when").await,
            ["tell bob: on now since 15:00 UTC; next after this: Tue 2018-11-27 15:00 UTC (W48)."],
            "it lasts longer than its time"
        );
        stage.say("gwd", "#endmeeting").await;
        let waiting = stage.say("bob", "#agenda").await;
        assert_eq!(waiting, ["tell bob: On the agenda: arm64 builders."], "it was not come to");
        assert!(stage.say("bob", "hi").await.is_empty(), "it was held");
        stage.db.close().await;
    });
}

#[test]
fn who_wants_a_private_word_gets_one() {
    each_place(async |database| {
        let mut stage = stage(&database).await;
        stage.at("13T12:00:00").await;
        let on = stage.tell("bob", "ping on").await;
        assert!(on[0].starts_with("tell bob: You get a private word"), "{on:?}");
        let called = stage.at("13T14:55:01").await;
        assert_eq!(
            called[0],
            "tell bob: Virt SIG meeting in #c in 5 minutes (15:00 UTC, W46, 60 min).  (You asked \
             for this; `ping off` ends it.)"
        );
        stage.die();
        stage.back(None).await;
        assert_eq!(stage.at("13T14:55:09").await.len(), 1, "the call again, not the private word");
        let off = stage.tell("bob", "ping off").await;
        assert_eq!(off, ["tell bob: No more private words when a meeting is called."]);
        stage.db.close().await;
    });
}

#[test]
fn a_skipped_date_is_not_called() {
    each_place(async |database| {
        let mut stage = stage(&database).await;
        stage.at("12T12:00:00").await;
        stage.say("gwd", "#skip 2018-11-13 holiday").await;
        for time in ["13T14:55:00", "13T15:15:00"] {
            assert!(stage.at(time).await.is_empty(), "{time}");
        }
        stage.db.close().await;
    });
}
