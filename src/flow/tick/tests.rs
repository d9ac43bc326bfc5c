//! What is done when, once, by one node and by two, on both databases.

use super::*;
use crate::config::Database;
use crate::domain::group::Via;
use crate::domain::group::report as reports;
use crate::domain::meeting::{Login, SignIn, Speaker};
use crate::domain::roster::{Enrolled, Member};
use crate::domain::schedule;
use crate::domain::time::MINUTE;
use crate::flow::deliver::Outbox;
use crate::flow::group;
use crate::flow::tests::{configuration, with_a_list};
use crate::store::testing::{WAIT, each_place};
use std::path::Path;

fn at(time: &str) -> Moment {
    Moment::parse(time).unwrap()
}

fn member(name: &str, nick: &str, role: &str, addresses: &[&str]) -> Enrolled {
    let roles = vec![role.to_string()];
    let member = Member { name: name.into(), nicks: vec![nick.into()], roles, account: None };
    let addresses = addresses.iter().map(|address| (*address).to_string()).collect();
    Enrolled { member, addresses, ..Enrolled::default() }
}

/// A group that meets, with a list, two leads and a maintainer.
fn config(database: &Database) -> Config {
    let mut entry = schedule::Entry::of_the_first_group();
    entry.channel = "#C".into();
    let config = with_a_list(&configuration(Path::new("/nonexistent"), database));
    Config {
        schedule: vec![entry],
        members: vec![
            member("George Dunlap", "gwd", "lead", &["gwd@example.org", "g@example.net"]),
            member("Karanbir Singh", "kbsingh", "lead", &[]),
            member("Anthony Perard", "anthonyper", "maintainer: xen", &["a@example.org"]),
        ],
        ..(*config).clone()
    }
}

/// One node.
async fn node(config: &Config) -> Tick {
    let db = Db::open(&config.database).await.unwrap();
    Tick::new(db, Arc::new(config.clone()))
}

/// The keys of the letters that wait.
async fn written(node: &Tick) -> Vec<String> {
    let letters = store::outbox::list(&node.db, 50).await.unwrap();
    let mut keys: Vec<String> = letters.into_iter().map(|one| one.key).collect();
    keys.sort_unstable();
    keys
}

/// The text of the only letter that waits, and whom it is for.
async fn letter(node: &Tick) -> (String, Vec<String>) {
    let letters = Outbox::new(node.db.clone(), "one").claim().await.unwrap();
    assert_eq!(letters.len(), 1);
    let message = mail_parser::MessageParser::new().parse(&letters[0].message).unwrap();
    let text = format!("{}\n\n{}", message.subject().unwrap(), message.body_text(0).unwrap());
    (text.replace("\r\n", "\n"), letters[0].recipients.clone())
}

async fn change(node: &Tick, day: &str, change: &Change) {
    let by = By { name: "gwd".into(), via: Via::Cli, ..By::itself() };
    let mut book = Book::new(&node.config);
    let mut tx = node.db.begin().await.unwrap();
    let at = at(&format!("{day}T12:00:00Z"));
    book.change(&mut tx, None, at, &by, change).await.unwrap().unwrap();
    tx.commit().await.unwrap();
}

const REMINDER: &str = "remind:virt-sig-20181113:24h";

#[test]
fn the_list_is_told_on_the_day_before_once_by_two_nodes_and_after_a_restart() {
    each_place(async |database| {
        let config = config(&database);
        let (mut one, mut two) = (node(&config).await, node(&config).await);
        one.beat_at(at("2018-11-12T14:59:59Z")).await;
        assert_eq!(written(&one).await, Vec::<String>::new());
        let now = at("2018-11-12T15:00:00Z");
        tokio::join!(one.beat_at(now), two.beat_at(now));
        assert_eq!(written(&one).await, [REMINDER]);
        node(&config).await.beat_at(now.plus(MINUTE)).await;
        one.beat_at(now.plus(MINUTE)).await;
        assert_eq!(written(&one).await, [REMINDER]);
        assert_eq!(letter(&one).await.1, ["centos-virt@centos.example"]);
        // It has left: still nothing is written again.
        let mut tx = one.db.begin().await.unwrap();
        store::outbox::sent(&mut tx, REMINDER, now).await.unwrap();
        tx.commit().await.unwrap();
        node(&config).await.beat_at(now.plus(2 * MINUTE)).await;
        assert_eq!(written(&one).await, Vec::<String>::new());
    });
}

#[test]
fn the_letter_has_what_waits_and_what_is_open() {
    each_place(async |database| {
        let mut node = node(&config(&database)).await;
        let before = at("2018-11-10T12:00:00Z");
        let mut tx = node.db.begin().await.unwrap();
        for (network, channel, text) in
            [("libera", "#c", "arm64 builders"), ("libera", "#d", "not here"), ("x", "#c", "nor")]
        {
            let text = Text::from(text);
            store::gather::add_topic(&mut tx, &network.into(), channel, &text, &"b".into(), before)
                .await
                .unwrap();
        }
        for (regrets, nick, name) in
            [(true, "anthonyper", None), (true, "gwd", Some("Mira")), (false, "bob", None)]
        {
            let who = Speaker { nick: nick.into(), login: Login::Unknown };
            let sign_in = SignIn { who, at: before, name: name.map(Text::from) };
            let word = Word { regrets, sign_in };
            store::gather::sign_in(&mut tx, "virt-sig-20181113", nick, &word).await.unwrap();
        }
        tx.commit().await.unwrap();
        let opened = roadmap::Change::Opened {
            kind: roadmap::Kind::Action,
            text: "update Docker page".into(),
            owners: vec!["lsm5".into()],
            due: "2018-11-10".parse().ok(),
        };
        change(&node, "2018-10-30", &Change::Entry { number: 1, change: opened }).await;
        node.beat_at(at("2018-11-12T18:00:00Z")).await;
        let (text, _) = letter(&node).await;
        for expected in [
            "Virt SIG meeting tomorrow, Tue 2018-11-13 15:00 UTC (#C)\n",
            "\n* arm64 builders\n\n",
            "\nRegrets: Anthony Perard (anthonyper), Mira\n",
            "\n* [1] lsm5: update Docker page (due 2018-11-10) (late)\n",
            "\nMinutes of past meetings: https://v.example/\n",
        ] {
            assert!(text.contains(expected), "{expected:?} is not in {text}");
        }
        assert!(!text.contains("not here") && !text.contains("* nor"), "{text}");
    });
}

#[test]
fn nothing_is_written_of_a_skipped_date_too_late_or_where_it_is_switched_off() {
    each_place(async |database| {
        let wanted = config(&database);
        let mut quiet = wanted.clone();
        quiet.list.as_mut().unwrap().reminders = false;
        let mut nowhere = wanted.clone();
        nowhere.list = None;
        let now = at("2018-11-12T18:00:00Z");
        for config in [&quiet, &nowhere] {
            let mut node = node(config).await;
            node.beat_at(now).await;
            assert_eq!(written(&node).await, Vec::<String>::new());
        }
        let mut node = node(&wanted).await;
        node.beat_at(at("2018-11-13T14:00:01Z")).await;
        let skip = schedule::Change::Skip {
            date: "2018-11-13".parse().unwrap(),
            entry: Some("virt-sig".into()),
            reason: "a holiday".into(),
        };
        // The node has read the group before; the date is skipped by another one.
        change(&node, "2018-11-12", &Change::Schedule(skip)).await;
        node.beat_at(now).await;
        assert_eq!(written(&node).await, Vec::<String>::new());
    });
}

/// Posts that the support of Xen 4.8 ends, as notice 1.
async fn post_the_end_of_xen(node: &Tick) {
    let kind = notice::Kind::EndOfSupport {
        project: "xen".into(),
        version: "4.8".into(),
        date: "2018-12-24".parse().unwrap(),
    };
    let posted = notice::Change::Posted { kind, text: "Xen 4.8 ends".into(), about: None };
    change(node, "2018-01-02", &Change::Notice { number: 1, change: posted }).await;
}

#[test]
fn the_end_of_support_is_told_once_for_each_span_by_two_nodes() {
    each_place(async |database| {
        let mut config = config(&database);
        config.schedule.clear();
        let (mut one, mut two) = (node(&config).await, node(&config).await);
        post_the_end_of_xen(&one).await;
        one.beat_at(at("2018-09-24T12:00:00Z")).await;
        assert_eq!(written(&one).await, Vec::<String>::new());
        let mut expected = Vec::new();
        for (day, span) in [("2018-09-25", 90), ("2018-11-24", 30), ("2018-12-20", 7)] {
            let now = at(&format!("{day}T00:00:10Z"));
            for _ in 0..2 {
                tokio::join!(one.beat_at(now), two.beat_at(now));
            }
            node(&config).await.beat_at(now).await;
            expected.push(format!("warned:1:{span}"));
            let mut keys = written(&one).await;
            keys.retain(|key| key.starts_with("warned"));
            keys.sort_by_key(|key| expected.iter().position(|one| one == key));
            assert_eq!(keys, expected);
        }
        let group = group::load(&one.db, &config).await.unwrap();
        assert_eq!(group.notices.one(1).unwrap().warned, [90, 30, 7]);
    });
}

#[test]
fn the_warning_names_who_maintains_it_and_waits_for_a_list() {
    each_place(async |database| {
        let mut config = config(&database);
        config.schedule.clear();
        config.members.remove(0);
        let nowhere = Config { list: None, ..config.clone() };
        let mut silent = node(&nowhere).await;
        post_the_end_of_xen(&silent).await;
        let now = at("2018-09-25T12:00:00Z");
        silent.beat_at(now).await;
        let group = group::load(&silent.db, &config).await.unwrap();
        assert!(group.notices.one(1).unwrap().warned.is_empty(), "nobody was warned");
        let mut node = node(&config).await;
        node.beat_at(now).await;
        let (text, to) = letter(&node).await;
        assert!(text.starts_with("Xen 4.8: security support ends on 2018-12-24, in 90 days\n"));
        assert!(text.contains("\nXen is maintained by Anthony Perard (anthonyper);"), "{text}");
        assert_eq!(to, ["centos-virt@centos.example"]);
    });
}

#[test]
fn a_withdrawn_notice_warns_nobody() {
    each_place(async |database| {
        let mut node = node(&config(&database)).await;
        post_the_end_of_xen(&node).await;
        node.beat_at(at("2018-09-01T12:00:00Z")).await;
        let change_it = notice::Change::Withdrawn { why: "wrong".into() };
        change(&node, "2018-09-02", &Change::Notice { number: 1, change: change_it }).await;
        node.beat_at(at("2018-09-25T12:00:00Z")).await;
        let keys = written(&node).await;
        assert!(!keys.iter().any(|key| key.starts_with("warned")), "{keys:?}");
    });
}

#[test]
fn leads_with_an_address_are_told_of_the_report_once_and_the_list_never() {
    each_place(async |database| {
        let mut config = config(&database);
        config.schedule.clear();
        let (mut one, mut two) = (node(&config).await, node(&config).await);
        one.beat_at(at("2018-11-18T23:59:59Z")).await;
        assert_eq!(written(&one).await, Vec::<String>::new());
        let now = at("2018-11-19T00:00:10Z");
        tokio::join!(one.beat_at(now), two.beat_at(now));
        node(&config).await.beat_at(at("2018-12-03T12:00:00Z")).await;
        assert_eq!(written(&one).await, ["report:2018Q4:gwd"]);
        let (text, to) = letter(&one).await;
        assert!(text.contains("2018 Q4") && text.contains("beadle report draft"), "{text}");
        assert_eq!(to, ["gwd@example.org"]);
        // The next one was sent before its time.
        let sent = reports::Change::Sent { quarter: "2019Q1".into(), text: "all is well".into() };
        change(&one, "2019-01-15", &Change::Report(sent)).await;
        one.beat_at(at("2019-02-20T12:00:00Z")).await;
        assert_eq!(written(&one).await, ["report:2018Q4:gwd"]);
    });
}

#[test]
fn what_fails_is_done_at_the_next_beat() {
    each_place(async |database| {
        let config = config(&database);
        let db = Db::open_waiting(&database, WAIT).await.unwrap();
        let mut node = Tick::new(db, Arc::new(config));
        let db = Db::open(&database).await.unwrap();
        let mut busy = db.begin().await.unwrap();
        store::journal::lock(&mut busy).await.unwrap();
        let now = at("2018-11-12T15:00:00Z");
        node.beat_at(now).await;
        assert_eq!(written(&node).await, Vec::<String>::new());
        assert!(node.failing.iter().any(|what| what.contains("not reminded")));
        busy.commit().await.unwrap();
        node.beat_at(now.plus(MINUTE)).await;
        assert_eq!(written(&node).await, [REMINDER]);
        assert!(node.failing.is_empty());
    });
}

#[test]
fn what_is_old_is_forgotten_once_a_day() {
    each_place(async |database| {
        let mut node = node(&config(&database)).await;
        let said = at("2018-01-02T12:00:00Z");
        let keep = async |db: &Db| {
            let mut tx = db.begin().await.unwrap();
            let who = Speaker { nick: "mira".into(), login: Login::Unknown };
            let sign_in = SignIn { who, at: said, name: None };
            let word = Word { regrets: false, sign_in };
            store::gather::sign_in(&mut tx, "s", "n:mira", &word).await.unwrap();
            store::duty::said(&mut tx, "call:s", said).await.unwrap();
            store::duty::said(&mut tx, "not-held:s", said).await.unwrap();
            store::seen::add(&mut tx, "action:1:a", "a", &"".into(), said).await.unwrap();
            tx.commit().await.unwrap();
        };
        let kept = async |db: &Db| {
            let words = store::gather::words(db, "s").await.unwrap().len();
            let duties = store::duty::all_said(db, said).await.unwrap();
            let awaited = store::seen::awaited(db).await.unwrap().len();
            (words, duties.into_iter().collect::<Vec<_>>().join(" "), awaited)
        };
        keep(&node.db).await;
        node.beat_at(said.plus(KEPT_DAYS * DAY)).await;
        let all = (1, "call:s not-held:s".to_string(), 1);
        assert_eq!(kept(&node.db).await, all);
        let later = said.plus((KEPT_DAYS + 1) * DAY);
        node.beat_at(later).await;
        assert_eq!(kept(&node.db).await, (0, "not-held:s".to_string(), 1));
        keep(&node.db).await;
        node.beat_at(later.plus(MINUTE)).await;
        assert_eq!(kept(&node.db).await, all, "not again on the same day");
        node.beat_at(said.plus((WAITING_DAYS + 1) * DAY)).await;
        assert_eq!(kept(&node.db).await, (0, "not-held:s".to_string(), 0));
    });
}
