//! Dates of the schedule change: in a channel, in a meeting, by an operator; and what the end of a
//! meeting says about the next one.

use super::*;
use crate::config::Config;
use crate::domain::group::{By, Change, Via};
use crate::domain::roster::{Enrolled, Member};
use crate::domain::schedule::{self, Entry};
use crate::flow::group;

fn planned(config: &Config) -> Arc<Config> {
    let mut entry = Entry::of_the_first_group();
    entry.channel = "#c".into();
    let member =
        Member { name: "George Dunlap".into(), nicks: vec!["gwd".into()], ..Member::default() };
    Arc::new(Config {
        schedule: vec![entry],
        members: vec![Enrolled { member, ..Enrolled::default() }],
        ..with_a_list(config).as_ref().clone()
    })
}

async fn letters(db: &Db) -> Vec<(String, String)> {
    let letters = Outbox::new(db.clone(), "one").claim().await.unwrap();
    let subject = |message: &[u8]| {
        let message = mail_parser::MessageParser::new().parse(message).unwrap();
        message.subject().unwrap().to_string()
    };
    letters.iter().map(|one| (one.key.clone(), subject(&one.message))).collect()
}

#[test]
fn a_date_is_skipped_while_no_meeting_is_on() {
    each_place(async |database| {
        let mut stage = Stage::with(&database, planned).await;
        assert_eq!(
            stage.say("bob", "#nextmeeting").await,
            ["say on now since 15:00 UTC; next after this: Tue 2018-11-27 15:00 UTC (W48)."]
        );
        assert_eq!(
            stage.say("bob", "#skip 2018-12-25 Christmas").await,
            [
                "tell bob: Only people of the group's roster may do that; ask the operator of the program."
            ]
        );
        let refused = stage.say("gwd", "#skip 2018-12-26 Christmas").await;
        assert!(refused[0].starts_with("tell gwd: #skip: there is no meeting on 2018-12-26; the nearest are 2018-12-25 and 2019-01-08."), "{refused:?}");
        assert!(letters(&stage.db).await.is_empty());
        assert_eq!(
            stage.say("gwd", "#skip 2018-12-25 Christmas").await,
            [
                "say Skipped: Tue 2018-12-25 15:00 UTC (W52) (Christmas). Next: Tue 2018-11-27 15:00 UTC (W48)."
            ]
        );
        let group = group::load(&stage.db, &stage.config).await.unwrap();
        let skipped = group.schedule.by_id("virt-sig-20181225").unwrap();
        assert_eq!(skipped.skipped, Some("Christmas".into()));
        let entries = store::journal::since(&stage.db, 0).await.unwrap();
        assert_eq!(
            (entries.len(), entries[0].by.via, entries[0].by.name.as_str()),
            (1, Via::Irc, "gwd")
        );
        let told = ("schedule:1".to_string(), "Virt SIG: no meeting on Tue 2018-12-25".to_string());
        assert_eq!(letters(&stage.db).await, [told]);
        let elsewhere = stage.tell("gwd", "#unskip 2018-12-25").await;
        assert_eq!(elsewhere, ["tell gwd: #unskip works in a channel: #c."]);
        // Another process knows it from the journal.
        stage.die();
        stage.back(None).await;
        let again = stage.say("gwd", "#unskip 2018-12-25").await;
        assert_eq!(
            again,
            [
                "say Tue 2018-12-25 15:00 UTC (W52) is held after all. Next: Tue 2018-11-27 15:00 UTC (W48)."
            ]
        );
        stage.db.close().await;
    });
}

#[test]
fn questions_about_dates_are_answered_a_few_times() {
    each_place(async |database| {
        let mut stage = Stage::with(&database, planned).await;
        let mut answered = 0;
        for _ in 0..30 {
            let who = Speaker { nick: "bob".into(), login: Login::No };
            let what = What::Said { who, manner: Manner::Say, text: "#skip nonsense".into() };
            let heard = Heard {
                at: stage.now,
                heard_at: stage.now,
                sound: Sound::Channel("#c".into(), what),
            };
            answered += stage.hear.hear([heard]).await.len();
        }
        assert_eq!(answered, 4);
        stage.db.close().await;
    });
}

#[test]
fn the_last_line_of_a_meeting_names_the_next_one() {
    each_place(async |database| {
        let mut stage = Stage::with(&database, planned).await;
        stage.say("gwd", "#startmeeting").await;
        assert_eq!(
            stage.say("gwd", "#action gwd to write it by next meeting").await,
            ["say [1] gwd: write it (due 2018-11-27)"]
        );
        stage.say("gwd", "#skip 2018-11-27 travelling").await;
        let ended = stage.say("gwd", "#endmeeting").await;
        let page = "https://v.example/m/2018-11-13";
        let next = "Tue 2018-12-11 15:00 UTC (W50) (four weeks: 2018-11-27 is skipped)";
        assert_eq!(
            ended[1],
            format!("say Minutes: {page}  Log: {page}/log  Mailed to centos-virt.  Next: {next}.")
        );
        let meeting = stage.stored().await;
        assert_eq!(meeting.next.as_ref().unwrap().text.as_untrusted(), next);
        assert_eq!(meeting.planned.len(), 1);
        for ending in ["txt", "html"] {
            let file = stage.file(ending);
            assert!(file.contains("Skipped: Tue 2018-11-27 15:00 UTC (W48)"), "{file}");
            assert!(file.contains("Tue 2018-12-11 15:00 UTC (W50)"), "{file}");
        }
        assert!(stage.file("json").contains("\"next_meeting\": \"2018-12-11T15:00:00Z\""));
        let keys: Vec<String> = letters(&stage.db).await.into_iter().map(|(key, _)| key).collect();
        assert_eq!(keys, ["schedule:2", "minutes:2018-11-13"]);
        stage.db.close().await;
    });
}

#[test]
fn a_long_pause_comes_with_an_offer_and_a_holiday_with_a_question_once() {
    each_place(async |database| {
        let mut stage = Stage::with(&database, planned).await;
        stage.now = Moment::parse("2026-12-22T15:00:00Z").unwrap();
        stage.say("gwd", "#startmeeting").await;
        let ended = stage.say("gwd", "#endmeeting").await;
        assert!(
            ended[1].ends_with(
                "Next: Tue 2027-01-12 15:00 UTC (W02) (three weeks: 2026 has a week 53).  \
             #nextmeeting 2027-01-05 15:00 adds one in between."
            ),
            "{ended:?}"
        );
        stage.now = Moment::parse("2018-12-11T15:00:00Z").unwrap();
        let question = "say gwd: the next date by rule is Tue 2018-12-25 15:00 UTC (W52).  \
                        #skip 2018-12-25 Christmas cancels it; without a word it is kept.";
        for is_first in [true, false] {
            stage.say("gwd", "#startmeeting").await;
            let ended = stage.say("gwd", "#endmeeting").await;
            assert_eq!(ended.iter().any(|line| line == question), is_first, "{ended:?}");
            let last = ended.iter().rfind(|line| line.starts_with("say ")).unwrap();
            assert!(last.ends_with("Next: Tue 2018-12-25 15:00 UTC (W52)."), "{last}");
        }
        let skipped = stage.say("gwd", "#skip 2018-12-25 Christmas").await;
        assert!(skipped[0].ends_with("Next: Tue 2019-01-08 15:00 UTC (W02)."), "{skipped:?}");
        stage.db.close().await;
    });
}

#[test]
fn a_change_of_an_operator_is_told_to_the_list() {
    each_place(async |database| {
        let stage = Stage::with(&database, planned).await;
        let by = By { name: "root".into(), account: None, via: Via::Cli, meeting: None };
        let next = stage.config.schedule[0].next(crate::clock::now()).unwrap().date();
        let skip = |reason: &str| {
            let reason = reason.into();
            Change::Schedule(schedule::Change::Skip { date: next, entry: None, reason })
        };
        for (reason, is_made) in [("", false), ("travelling", true), ("again", false)] {
            let made = group::change(&stage.db, &stage.config, &by, |_| Ok(skip(reason))).await;
            assert_eq!(made.unwrap().is_ok(), is_made, "{reason}");
        }
        let subjects: Vec<String> = letters(&stage.db).await.into_iter().map(|(_, s)| s).collect();
        assert_eq!(subjects, [format!("Virt SIG: no meeting on {}", next.format("%a %Y-%m-%d"))]);
        stage.db.close().await;
    });
}
