//! Corrections after the end, through both databases.

use super::*;
use crate::domain::group::Via;
use crate::domain::minutes::{Format, Links, render};
use crate::flow::deliver::Outbox;
use crate::flow::group;
use crate::flow::tests::{Stage, with_a_list};
use crate::store::testing::each_place;

const SLUG: &str = "2018-11-13";

/// A meeting with one of each thing that leaves something in the journal; it has ended.
async fn held(stage: &mut Stage) {
    for line in [
        "#startmeeting Virt SIG",
        "#eol xen 4.6 2018-11-13",
        "#action gwd to read swordfish by 2018-11-27",
        "#help with arm64",
        "#info oops",
        "#endmeeting",
    ] {
        stage.say("gwd", line).await;
        stage.say("bob", "yes").await;
    }
}

fn line_of(meeting: &Meeting, words: &str) -> usize {
    meeting.items().find(|item| item.text.as_untrusted().contains(words)).expect(words).line
}

fn by() -> By {
    By { name: "gwd".into(), account: None, via: Via::Cli, meeting: None }
}

impl Stage {
    async fn correct(&self, line: usize, words: &str) -> Result<usize, String> {
        let corrected =
            correct(&self.db, &self.config, SLUG, (&Asker::Operator, &by()), line, words).await;
        corrected.map_err(|trouble| trouble.to_string())
    }
}

#[test]
fn what_a_line_made_follows_its_correction() {
    each_place(async |database| {
        let mut stage = Stage::new(&database).await;
        held(&mut stage).await;
        let meeting = stage.stored().await;
        let at = |words| line_of(&meeting, words);

        assert_eq!(stage.correct(at("Xen 4.6"), "Xen 4.6 was the last one").await, Ok(2));
        let action = at("swordfish");
        assert_eq!(stage.correct(action, "bob to read it by 2018-12-11").await, Ok(3));
        assert_eq!(stage.correct(at("arm64"), "").await, Ok(4));
        assert_eq!(stage.correct(at("oops"), "").await, Ok(5));

        let group = group::load(&stage.db, &stage.config).await.unwrap();
        let notice = &group.notices.all()[0];
        assert_eq!(notice.sentence(), "2018-11-13 - Xen 4.6 was the last one");
        assert_eq!(notice.history[0].text, "Xen 4.6 is out of security support now".into());
        let until = group.notices.end_of_support("xen", "4.6");
        assert_eq!(until, "2018-11-13".parse().ok(), "the date is data and stays");
        let entries = group.roadmap.entries();
        assert_eq!(entries[0].text, "read it".into());
        assert_eq!(
            (&entries[0].owners[..], entries[0].due),
            (&["bob".into()][..], day("2018-12-11"))
        );
        assert!(!entries[1].is_open(day("2018-11-14").unwrap()), "help is no longer wanted");

        let corrected = stage.stored().await;
        assert_eq!(corrected.revision(), 5);
        let item = corrected.items().find(|item| item.line == action).unwrap();
        assert_eq!(item.due, day("2018-12-11"));
        let file = stage.file("txt");
        assert!(file.contains("bob to read it"), "{file}");
        assert!(!corrected.items().any(|item| item.text == "oops".into()));
        let log = render(Format::LogText, &corrected, &Links::default());
        assert!(log.contains("<gwd> #info oops"), "the log keeps what was said: {log}");
        stage.db.close().await;
    });
}

fn day(date: &str) -> Option<chrono::NaiveDate> {
    date.parse().ok()
}

#[test]
fn what_cannot_be_corrected_is_refused_in_words() {
    each_place(async |database| {
        let mut stage = Stage::new(&database).await;
        assert_eq!(
            stage.correct(1, "x").await,
            Err("there is no meeting 2018-11-13; see beadle minutes list".into())
        );
        stage.say("gwd", "#startmeeting").await;
        let on = stage.correct(1, "x").await.unwrap_err();
        assert!(on.contains("a chair corrects it there"), "{on}");
        stage.say("gwd", "#info one").await;
        stage.say("gwd", "#endmeeting").await;
        let line = line_of(&stage.stored().await, "one");
        let nothing = stage.correct(1, "x").await.unwrap_err();
        assert_eq!(
            nothing,
            format!("line l-1 made no item of these minutes; the lines that did: l-{line}")
        );
        assert_eq!(
            stage.correct(line, "one").await,
            Err(format!("l-{line} says just that already"))
        );
        stage.db.close().await;
    });
}

#[test]
fn redacted_words_are_neither_in_the_log_nor_in_the_journal() {
    each_place(async |database| {
        let mut stage = Stage::new(&database).await;
        held(&mut stage).await;
        let line = line_of(&stage.stored().await, "swordfish");
        redact(&stage.db, &stage.config, SLUG, line).await.unwrap();
        let group = group::load(&stage.db, &stage.config).await.unwrap();
        assert_eq!(group.roadmap.entries()[0].text, "[redacted]".into());
        assert_eq!(group.notices.all()[0].text, "Xen 4.6 is out of security support now".into());
        let row = store::meeting::by_slug(&stage.db, SLUG).await.unwrap().unwrap();
        let log = store::log::read(&stage.db, row.id).await.unwrap();
        assert!(!format!("{log:?}").contains("swordfish"), "{log:?}");
        for ending in ["txt", "html", "json", "log.txt", "log.html", "md"] {
            assert!(!stage.file(ending).contains("swordfish"), "{ending}");
        }

        assert_eq!(stage.correct(line, "gwd to read marlin").await, Ok(2));
        let mark = stage.stored().await.corrections[0].noted;
        let other = redact(&stage.db, &stage.config, SLUG, mark).await.unwrap_err().to_string();
        assert_eq!(other, format!("Line l-{mark} corrects l-{line}: redact that, and both go."));
        redact(&stage.db, &stage.config, SLUG, line).await.unwrap();
        for ending in ["txt", "html", "json", "log.txt", "log.html", "md"] {
            assert!(!stage.file(ending).contains("marlin"), "a correction's words too: {ending}");
        }
        let group = group::load(&stage.db, &stage.config).await.unwrap();
        assert_eq!(group.roadmap.entries()[0].text, "[redacted]".into());
        let refused = redact(&stage.db, &stage.config, SLUG, 99).await.unwrap_err().to_string();
        assert!(refused.starts_with("Which line?"), "{refused}");
        stage.db.close().await;
    });
}

/// The letters that wait, read as a mail program reads them.
async fn letters(stage: &Stage) -> Vec<(String, mail_parser::Message<'static>)> {
    let claimed = Outbox::new(stage.db.clone(), "node").claim().await.unwrap();
    let mut letters: Vec<_> = claimed
        .into_iter()
        .map(|one| {
            let parsed = mail_parser::MessageParser::new().parse(&one.message).unwrap();
            (one.key, parsed.into_owned())
        })
        .collect();
    letters.sort_by(|one, other| one.0.cmp(&other.0));
    letters
}

#[test]
fn a_correction_is_mailed_in_the_thread_of_the_minutes() {
    each_place(async |database| {
        let mut stage = Stage::with(&database, with_a_list).await;
        held(&mut stage).await;
        let line = line_of(&stage.stored().await, "oops");
        assert_eq!(stage.correct(line, "注意事项 instead").await, Ok(2));
        assert!(stage.correct(line, "注意事项 instead").await.is_err());
        assert_eq!(stage.correct(line, "").await, Ok(3));

        let letters = letters(&stage).await;
        let keys: Vec<&str> = letters.iter().map(|(key, _)| key.as_str()).collect();
        assert_eq!(keys, ["minutes:2018-11-13", "minutes:2018-11-13:2", "minutes:2018-11-13:3"]);
        let first = letters[0].1.message_id().unwrap();
        for ((_, letter), said) in letters[1..].iter().zip([
            "l-13 said “oops”; it says “注意事项 instead” now.",
            "l-13 said “注意事项 instead”; it was removed.",
        ]) {
            assert_eq!(letter.in_reply_to().as_text(), Some(first));
            assert_eq!(letter.references().as_text(), Some(first));
            assert_ne!(letter.message_id(), Some(first));
            let subject = letter.subject().unwrap();
            assert_eq!(subject, "CORRECTED: Virt SIG meeting minutes, Tue 2018-11-13");
            let text = letter.body_text(0).unwrap().replace("\r\n", " ");
            assert!(text.starts_with("Corrected on ") && text.contains(said), "{text}");
        }
        stage.db.close().await;
    });
}

#[test]
fn a_list_that_got_no_minutes_gets_no_correction() {
    each_place(async |database| {
        let mut stage = Stage::new(&database).await;
        held(&mut stage).await;
        // Mail is set up afterwards.
        stage.config = with_a_list(&stage.config);
        let line = line_of(&stage.stored().await, "oops");
        assert_eq!(stage.correct(line, "well").await, Ok(2));
        assert_eq!(letters(&stage).await.len(), 0);
        stage.db.close().await;
    });
}

#[test]
fn redacted_words_do_not_leave_in_a_letter_that_waits() {
    each_place(async |database| {
        let mut stage = Stage::with(&database, with_a_list).await;
        held(&mut stage).await;
        let line = line_of(&stage.stored().await, "oops");
        assert_eq!(stage.correct(line, "nothing").await, Ok(2));
        redact(&stage.db, &stage.config, SLUG, line).await.unwrap();
        let letters = letters(&stage).await;
        assert_eq!(letters.len(), 2);
        for (key, letter) in letters {
            let text = letter.body_text(0).unwrap();
            assert!(!text.contains("oops") && text.contains("Xen 4.6"), "{key}: {text}");
        }
        stage.db.close().await;
    });
}

#[test]
fn minutes_of_a_reopened_meeting_follow_in_the_thread() {
    each_place(async |database| {
        let mut stage = Stage::with(&database, with_a_list).await;
        stage.say("gwd", "#startmeeting Virt SIG").await;
        stage.say("gwd", "#info one").await;
        let asked = stage.at("13T16:30:00").await;
        assert!(asked[0].starts_with("say Shall I end?"), "{asked:?}");
        let ended = stage.at("13T16:41:00").await;
        assert!(ended.iter().any(|line| line.contains("Mailed to centos-virt.")), "{ended:?}");
        stage.say("gwd", "#reopenmeeting").await;
        stage.say("gwd", "#info two").await;
        let ended = stage.say("gwd", "#endmeeting").await;
        assert!(ended.iter().any(|line| line.contains("Mailed to centos-virt.")), "{ended:?}");
        let letters = store::outbox::list(&stage.db, 10).await.unwrap();
        let mut keys: Vec<&str> = letters.iter().map(|one| one.key.as_str()).collect();
        keys.sort_unstable();
        assert_eq!(keys, ["minutes:2018-11-13", "minutes:2018-11-13:until-164130"]);
        stage.db.close().await;
    });
}
