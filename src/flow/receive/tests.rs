//! Posts through the whole flow, on both databases.

use crate::clock;
use crate::config::Config;
use crate::config::gate::{Gate, Onward};
use crate::domain::list::gate::{Alignment, Verdict};
use crate::domain::list::policy::{MembersBy, Pattern, Policy, Settings};
use crate::domain::list::{Key, pass, post};
use crate::flow::moderate;
use crate::flow::receive::{Answer, Carrier, Incoming, Receiver};
use crate::flow::replay;
use crate::flow::tests::configuration;
use crate::flow::why;
use crate::store::subscriber::{self, Subscriber};
use crate::store::testing::each_place;
use crate::store::{self, Db, kept, outbox, verdict};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

const LIST: &str = "centos-virt@centos.example";

struct Rig {
    db: Db,
    config: Arc<Config>,
    receiver: Receiver,
}

/// A list with anna, bob and a moderated carl.
fn with(gate: Gate, body: impl AsyncFn(Rig)) {
    each_place(async |database| {
        let mut config = Config::clone(&configuration(Path::new("/nonexistent"), &database));
        config.gate = Gate { onward: Some(Onward::Smtp("127.0.0.1".into(), 9)), ..gate.clone() };
        let config = Arc::new(config);
        let db = Db::open(&database).await.unwrap();
        let mut tx = db.begin().await.unwrap();
        let now = clock::now();
        let list = store::list::create(&mut tx, "centos-virt", LIST, &Settings::default(), now)
            .await
            .unwrap()
            .unwrap();
        let mut new: Vec<Subscriber> = ["Anna@x.example", "bob@x.example", "carl@x.example"]
            .map(|address| Subscriber::new(Key::parse(address).unwrap(), address, "", now))
            .to_vec();
        new[1].options.extended_at = Some(now);
        new[2].options.moderated_at = Some(now);
        subscriber::add(&mut tx, list.id, &new).await.unwrap();
        tx.commit().await.unwrap();
        let receiver = Receiver::start(db.clone(), config.clone());
        body(Rig { db: db.clone(), config, receiver }).await;
        db.close().await;
    });
}

fn mail(from: &str, subject: &str) -> String {
    format!(
        "From: {from}\r\nTo: {LIST}\r\nSubject: {subject}\r\nMessage-ID: <{subject}@x.example>\r\n\
         Date: Tue, 13 Nov 2018 15:00:00 +0000\r\n\r\nHello.\r\n"
    )
}

fn incoming(mail: &str, carrier: Carrier) -> Incoming {
    Incoming {
        sender: "envelope@x.example".into(),
        recipients: vec![LIST.into()],
        message: mail.as_bytes().into(),
        alignment: None,
        carrier,
    }
}

impl Rig {
    async fn takes(&self, mail: &str) -> Answer {
        let answers = self.receiver.take(incoming(mail, Carrier::Us)).await;
        assert_eq!(answers.len(), 1);
        answers.into_iter().next().unwrap()
    }

    /// What goes onward, as it is.
    async fn onward(&self) -> Vec<(String, Vec<u8>)> {
        let mut tx = self.db.begin().await.unwrap();
        let (now, long) = (clock::now(), Duration::from_secs(60));
        let all = outbox::claim(&mut tx, "centos-virt", "test", now, long, 100).await.unwrap();
        all.into_iter().map(|post| (post.recipients.concat(), post.message)).collect()
    }

    async fn verdict(&self, subject: &str) -> (Verdict, String, u32) {
        let found =
            verdict::by_message_id(&self.db, &format!("{subject}@x.example")).await.unwrap();
        let [one] = found.as_slice() else { panic!("{subject}: {found:?}") };
        (one.verdict, one.check.clone(), one.times)
    }

    async fn checks(&self, mail: &str, subject: &str) -> (Verdict, String) {
        self.takes(mail).await;
        let (verdict, check, _) = self.verdict(subject).await;
        (verdict, check)
    }
}

#[test]
fn members_posts_go_onward_and_strangers_are_gone() {
    with(Gate::default(), async |rig| {
        let annas = mail("Anna <anna@x.example>", "one");
        assert_eq!(rig.takes(&annas).await, Answer::Taken);
        assert_eq!(rig.takes(&mail("mallory@evil.example", "two")).await, Answer::Swallowed);
        let spoof = mail("mallory@evil.example\r\nReply-To: anna@x.example", "three");
        assert_eq!(rig.takes(&spoof).await, Answer::Swallowed);
        assert_eq!(rig.onward().await, [(LIST.to_string(), annas.into_bytes())]);
        assert_eq!(rig.verdict("one").await, (Verdict::Accept, "subscriber".into(), 1));
        assert_eq!(rig.verdict("two").await, (Verdict::Discard, "subscriber".into(), 1));
        assert!(kept::open(&rig.db, None, 9).await.unwrap().is_empty());
        let depth = outbox::depth(&rig.db).await.unwrap();
        assert_eq!(depth.waiting, 1, "no mail to anybody else");
    });
}

#[test]
fn the_same_post_is_one_however_often_it_comes() {
    with(Gate::default(), async |rig| {
        let post = mail("anna@x.example", "one");
        let again = format!("Received: from another server\r\n{post}");
        for mail in [&post, &post, &again] {
            assert_eq!(rig.takes(mail).await, Answer::Taken);
        }
        assert_eq!(rig.onward().await.len(), 1);
        assert_eq!(rig.verdict("one").await, (Verdict::Accept, "subscriber".into(), 3));
        // Two of the same in one mail are one, too.
        let twice = Incoming {
            recipients: vec![LIST.into(), LIST.to_uppercase()],
            ..incoming(&mail("bob@x.example", "two"), Carrier::Us)
        };
        assert_eq!(rig.receiver.take(twice).await, [Answer::Taken, Answer::Taken]);
        assert_eq!(rig.onward().await.len(), 2);
    });
}

#[test]
fn a_stranger_cannot_burn_a_message_id() {
    with(Gate::default(), async |rig| {
        let stolen = mail("mallory@evil.example", "one");
        assert_eq!(rig.takes(&stolen).await, Answer::Swallowed);
        assert_eq!(rig.takes(&mail("anna@x.example", "one")).await, Answer::Taken);
        assert_eq!(rig.onward().await.len(), 1);
    });
}

#[test]
fn who_was_discarded_and_subscribes_may_send_it_again() {
    with(Gate::default(), async |rig| {
        let post = mail("new@x.example", "one");
        assert_eq!(rig.takes(&post).await, Answer::Swallowed);
        let list = store::list::by(&rig.db, LIST).await.unwrap().unwrap();
        let mut tx = rig.db.begin().await.unwrap();
        let key = Key::parse("new@x.example").unwrap();
        let new = Subscriber::new(key, "new@x.example", "", clock::now());
        subscriber::add(&mut tx, list.id, &[new]).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(rig.takes(&post).await, Answer::Taken);
        assert_eq!(rig.verdict("one").await, (Verdict::Accept, "subscriber".into(), 2));
    });
}

#[test]
fn extensions_moderation_and_case_are_as_the_subscriber_has_them() {
    with(Gate::default(), async |rig| {
        use Verdict::{Accept, Discard, Hold};
        for (from, subject, wanted) in [
            ("bob+lists@x.example", "a", (Accept, "subscriber")),
            ("anna+lists@x.example", "b", (Discard, "subscriber")),
            ("carl@x.example", "c", (Hold, "moderated")),
            ("ANNA@X.example", "d", (Accept, "subscriber")),
        ] {
            let (verdict, check) = rig.checks(&mail(from, subject), subject).await;
            assert_eq!((verdict, check.as_str()), wanted, "{from}");
        }
    });
    let policy = Policy { case_sensitive: true, extensions: true, ..Policy::default() };
    with(Gate { policy, ..Gate::default() }, async |rig| {
        use Verdict::{Accept, Discard};
        for (from, subject, wanted) in [
            ("Anna@x.example", "a", Accept),
            ("anna@x.example", "b", Discard),
            ("Anna+x@X.EXAMPLE", "c", Accept),
        ] {
            assert_eq!(rig.checks(&mail(from, subject), subject).await.0, wanted, "{from}");
        }
    });
}

#[test]
fn a_post_that_waits_is_released_byte_for_byte_or_thrown_away() {
    with(Gate { quarantine_days: 7, ..Gate::default() }, async |rig| {
        let held = mail("carl@x.example", "held").replace("Hello", "H\u{e9}llo");
        let lost = mail("dora@x.example", "lost");
        rig.takes(&held).await;
        rig.takes(&lost).await;
        rig.takes(&mail("mallory@evil.example", "spam")).await;
        let waiting = moderate::waiting(&rig.db, Verdict::Hold).await.unwrap();
        assert_eq!(waiting.len(), 1);
        assert_eq!(waiting[0].subject.as_untrusted(), "held");
        let discarded = moderate::waiting(&rig.db, Verdict::Discard).await.unwrap();
        assert_eq!(discarded.len(), 2);

        let anna = Key::parse("anna@x.example").unwrap();
        let nobody = Key::parse("nobody@x.example").unwrap();
        let release = async |id, member: Option<&Key>| {
            moderate::release(&rig.db, &rig.config, id, "gwd", member).await.unwrap()
        };
        let id = discarded[0].kept.id;
        assert_eq!(release(id, Some(&nobody)).await, Err(moderate::Refusal::NoSubscriber));
        assert_eq!(release(id, Some(&anna)).await, Ok(()));
        assert_eq!(release(id, None).await, Err(moderate::Refusal::Gone));
        assert_eq!(release(waiting[0].kept.id, None).await, Ok(()));
        let spam = discarded[1].kept.id;
        assert_eq!(moderate::discard(&rig.db, spam, "gwd").await.unwrap(), Ok(()));
        assert_eq!(release(spam, None).await, Err(moderate::Refusal::Gone));

        let mut onward: Vec<_> = rig.onward().await.into_iter().map(|(_, mail)| mail).collect();
        onward.sort();
        let mut wanted = [held.clone().into_bytes(), lost.clone().into_bytes()];
        wanted.sort();
        assert_eq!(onward, wanted);
        assert_eq!(rig.verdict("lost").await.1, moderate::RELEASED);
        // The address is anna's from now on, and the post itself is known.
        assert_eq!(rig.takes(&mail("dora@x.example", "next")).await, Answer::Taken);
        assert_eq!(rig.takes(&lost).await, Answer::Taken);
        assert_eq!(rig.onward().await.len(), 3);
    });
}

#[test]
fn the_bots_own_letters_pass_and_their_pass_is_good_for_nothing_else() {
    with(Gate::default(), async |rig| {
        let letter = mail("bot@centos.example\r\nAuto-Submitted: auto-generated", "minutes");
        let policy = Policy::default();
        let reading = post::Reading { list: LIST, sender: "", policy: &policy };
        let digest = post::read(letter.as_bytes(), &reading).digest;
        let mut tx = rig.db.begin().await.unwrap();
        let now = clock::now();
        let keys = store::signing_key::ensure(&mut tx, now).await.unwrap();
        tx.commit().await.unwrap();
        let pass = format!("Beadle-Pass: {}\r\n", pass::issue(&keys[0], LIST, &digest, now));
        assert_eq!(rig.takes(&format!("{pass}{letter}")).await, Answer::Taken);
        assert_eq!(rig.verdict("minutes").await.1, "own");
        let copied = mail("mallory@evil.example", "copied");
        assert_eq!(rig.takes(&format!("{pass}{copied}")).await, Answer::Swallowed);
    });
}

#[test]
fn a_milter_judges_and_carries_nothing() {
    with(Gate::default(), async |rig| {
        let post = mail("anna@x.example", "one");
        for _ in 0..2 {
            let answers = rig.receiver.take(incoming(&post, Carrier::Server)).await;
            assert_eq!(answers, [Answer::Taken], "one that comes again is judged again");
        }
        let outsiders = incoming(&mail("x@y.example", "two"), Carrier::Server);
        assert_eq!(rig.receiver.take(outsiders).await, [Answer::Swallowed]);
        assert!(rig.onward().await.is_empty());
    });
}

#[test]
fn only_who_is_authenticated_is_told() {
    let policy = Policy { nonmember: Verdict::Reject, ..Policy::default() };
    with(Gate { policy, ..Gate::default() }, async |rig| {
        let stranger = mail("x@y.example", "one");
        assert_eq!(rig.takes(&stranger).await, Answer::Swallowed);
        let aligned = Some(Alignment::Aligned("dkim y.example".into()));
        let known =
            Incoming { alignment: aligned, ..incoming(&mail("x@y.example", "two"), Carrier::Us) };
        let answers = rig.receiver.take(known).await;
        assert_eq!(answers, [Answer::Refused("x@y.example is not subscribed".into())]);
    });
}

#[test]
fn other_lists_and_near_misses_are_asked_for() {
    let accept = vec![Pattern::parse("list:devel").unwrap()];
    let near_miss = Some(Verdict::Hold);
    let policy = Policy { accept, near_miss, members_by: MembersBy::From, ..Policy::default() };
    with(Gate { policy, ..Gate::default() }, async |rig| {
        let mut tx = rig.db.begin().await.unwrap();
        let (now, settings) = (clock::now(), Settings::default());
        let devel = store::list::create(&mut tx, "devel", "devel@centos.example", &settings, now);
        let devel = devel.await.unwrap().unwrap();
        let key = Key::parse("eve@x.example").unwrap();
        let eve = Subscriber::new(key, "eve@x.example", "", now);
        subscriber::add(&mut tx, devel.id, &[eve]).await.unwrap();
        tx.commit().await.unwrap();
        use Verdict::{Accept, Discard, Hold};
        rig.takes(&mail("anna@x.example", "thread")).await;
        let answer = mail("who@else.example\r\nIn-Reply-To: <thread@x.example>", "answer");
        assert_eq!(rig.checks(&answer, "answer").await.0, Hold);
        let unrelated = mail("who@else.example\r\nIn-Reply-To: <other@x.example>", "unrelated");
        assert_eq!(rig.checks(&unrelated, "unrelated").await.0, Discard);
        for (from, subject, wanted) in [
            ("eve@x.example", "devel", Accept),
            ("ana@x.example", "slip", Hold),
            ("mallory@evil.example", "far", Discard),
        ] {
            assert_eq!(rig.checks(&mail(from, subject), subject).await.0, wanted, "{from}");
        }
    });
}

#[test]
fn whoever_sent_a_post_learns_what_became_of_it_and_nobody_else() {
    with(Gate::default(), async |rig| {
        rig.takes(&mail("dora@x.example", "one")).await;
        let ask = async |id: &str, address: &str| {
            why::ask(&rig.db, &rig.config, id, address).await.unwrap().concat().join(" ")
        };
        let told = ask("<one@x.example>", "Dora@X.example").await;
        assert!(told.contains("was discarded") && told.contains("centos-virt-join@"), "{told}");
        assert!(ask("one@x.example", "envelope@x.example").await.contains("was discarded"));
        let unknown = ask("nothing@x.example", "dora@x.example").await;
        assert!(unknown.starts_with("No post with this Message-ID"), "{unknown}");
        for (id, address) in [
            ("one@x.example", "anna@x.example"),
            ("one@x.example", ""),
            ("", "dora@x.example"),
            ("one@x.example", "\u{202e}\0<script>"),
        ] {
            assert_eq!(ask(id, address).await, unknown, "{id} {address}");
        }
    });
}

#[test]
fn a_new_policy_is_tried_on_what_was() {
    with(Gate::default(), async |rig| {
        let began = clock::now();
        for (from, subject) in
            [("anna@x.example", "a"), ("mallory@evil.example", "b"), ("dora@y.example", "c")]
        {
            rig.takes(&mail(from, subject)).await;
        }
        let accept = vec![Pattern::parse("@y.example").unwrap()];
        let policy = Policy { accept, ..Policy::default() };
        let mut changed = Vec::new();
        let outcome = replay::replay(&rig.db, &policy, began, |one| {
            changed.push((one.decided.facts.message_id, one.judgement.verdict));
        });
        let outcome = outcome.await.unwrap();
        assert_eq!((outcome.judged, outcome.changed), (3, 1));
        assert_eq!(changed, [("c@x.example".to_string(), Verdict::Accept)]);
    });
}

#[test]
fn unknown_addresses_are_unknown_and_a_new_list_is_known_soon() {
    with(Gate::default(), async |rig| {
        assert_eq!(rig.receiver.knows(LIST).await, Ok(true));
        assert_eq!(rig.receiver.knows("centos-virt-join@centos.example").await, Ok(true));
        assert_eq!(rig.receiver.knows("devel@centos.example").await, Ok(false));
        let mut tx = rig.db.begin().await.unwrap();
        let settings = Settings::default();
        store::list::create(&mut tx, "devel", "devel@centos.example", &settings, clock::now())
            .await
            .unwrap();
        tx.commit().await.unwrap();
        let known = async {
            while rig.receiver.knows("devel@centos.example").await != Ok(true) {
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        };
        tokio::time::timeout(Duration::from_secs(20), known).await.expect("it is known soon");
    });
}

#[test]
fn a_database_that_is_away_makes_mail_wait_and_loses_nothing() {
    with(Gate::default(), async |rig| {
        assert_eq!(rig.receiver.knows(LIST).await, Ok(true));
        rig.db.close().await;
        assert_eq!(rig.takes(&mail("anna@x.example", "one")).await, Answer::Later);
        assert_eq!(rig.takes(&mail("mallory@evil.example", "two")).await, Answer::Later);
    });
}

#[test]
fn many_at_once_are_answered_each_and_stored_together() {
    with(Gate::default(), async |rig| {
        let mut tasks = tokio::task::JoinSet::new();
        for n in 0..60 {
            let receiver = rig.receiver.clone();
            let from = if n % 2 == 0 { "anna@x.example" } else { "mallory@evil.example" };
            let mail = mail(from, &format!("n{n}"));
            tasks.spawn(async move { receiver.take(incoming(&mail, Carrier::Us)).await });
        }
        let answers = tasks.join_all().await.concat();
        let taken = answers.iter().filter(|answer| **answer == Answer::Taken).count();
        assert_eq!((answers.len(), taken), (60, 30));
        assert_eq!(rig.onward().await.len(), 30);
    });
}

/// A file that may not grow is what a full disk is to SQLite; a PostgreSQL server has its own.
#[test]
fn a_full_disk_makes_mail_wait_and_loses_nothing() {
    with(Gate::default(), async |rig| {
        let Db::Sqlite { write, .. } = &rig.db else { return };
        let bound = async |pages: &str| {
            let sql = format!("pragma max_page_count = {pages}");
            sqlx::raw_sql(sqlx::AssertSqlSafe(sql)).execute(write).await.unwrap();
        };
        let long = |subject: &str| mail("anna@x.example", subject) + &"x".repeat(40_000) + "\r\n";
        bound("1").await; // It takes the file's length for it.
        assert_eq!(rig.takes(&long("one")).await, Answer::Later);
        assert_eq!(rig.takes(&long("two")).await, Answer::Later);
        bound("1000000").await;
        assert_eq!(rig.takes(&long("one")).await, Answer::Taken);
        assert_eq!(rig.onward().await.len(), 1);
    });
}
