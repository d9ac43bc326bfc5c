//! The outbox: a letter once, whoever asks; claimed by one; tried again; never lost.

use super::{at, write};
use crate::domain::address::Address;
use crate::domain::list::letter::{Auto, Letter, Mailbox, MessageId};
use crate::domain::time::{MINUTE, Moment};
use crate::store::Db;
use crate::store::outbox::{self, Claimed, Depth};
use crate::store::testing::each;
use std::time::Duration;

const LONG: Duration = Duration::from_secs(600);

fn due() -> Moment {
    at("2018-11-13T15:48:20Z")
}

fn letter(key: &str) -> Letter {
    Letter {
        key: key.into(),
        from: Mailbox {
            name: "Virt SIG".into(),
            address: Address::parse("bot@centos.example").unwrap(),
        },
        to: ["a@x.example", "b@x.example"].map(|to| Address::parse(to).unwrap()).to_vec(),
        reply_to: None,
        subject: "注意".into(),
        message_id: MessageId::of(&[key], "virt.example"),
        in_reply_to: None,
        references: Vec::new(),
        date: due(),
        archived_at: None,
        auto: Auto::Generated,
        body: "Hello.\n".into(),
        foot: String::new(),
    }
}

async fn added(db: &Db, key: &str, due: Moment) -> bool {
    write(db, async |tx| outbox::add(tx, &letter(key), due).await.unwrap()).await
}

async fn claimed(db: &Db, holder: &str, now: Moment, lasting: Duration) -> Vec<Claimed> {
    write(db, async |tx| outbox::claim(tx, "", holder, now, lasting, 10).await.unwrap()).await
}

fn keys(claimed: &[Claimed]) -> Vec<&str> {
    claimed.iter().map(|letter| letter.key.as_str()).collect()
}

#[test]
fn a_letter_with_the_same_key_is_the_same_letter() {
    each(async |db| {
        assert!(added(&db, "minutes:1", due()).await);
        assert!(!added(&db, "minutes:1", due().plus(MINUTE)).await);
        let mut tx = db.begin().await.unwrap();
        assert!(outbox::add(&mut tx, &letter("rolled-back"), due()).await.unwrap());
        drop(tx);
        let all = claimed(&db, "one", due(), LONG).await;
        let wanted = Claimed {
            key: "minutes:1".into(),
            sender: Some("bot@centos.example".into()),
            recipients: vec!["a@x.example".into(), "b@x.example".into()],
            message: letter("minutes:1").render(),
            due: due(),
            attempts: 0,
        };
        assert_eq!(all, [wanted]);
        write(&db, async |tx| outbox::sent(tx, "minutes:1", due()).await.unwrap()).await;
        assert!(!added(&db, "minutes:1", due()).await, "also after it has left");
        let id = outbox::message_id(&db, "minutes:1").await.unwrap();
        assert_eq!(id, Some(letter("minutes:1").message_id));
        assert_eq!(outbox::message_id(&db, "rolled-back").await.unwrap(), None);
    });
}

#[test]
fn only_what_is_due_is_claimed_and_only_once() {
    each(async |db| {
        for (key, minutes) in [("late", 0), ("soon", 10), ("first", -10)] {
            added(&db, key, due().plus(minutes * MINUTE)).await;
        }
        assert!(!outbox::is_due(&db, "", due().plus(-11 * MINUTE)).await.unwrap());
        assert!(outbox::is_due(&db, "", due()).await.unwrap());
        assert_eq!(keys(&claimed(&db, "one", due(), LONG).await), ["first", "late"]);
        assert_eq!(keys(&claimed(&db, "two", due(), LONG).await), [""; 0]);
        // A node that was killed and is back goes on at once.
        assert_eq!(keys(&claimed(&db, "one", due(), LONG).await), ["first", "late"]);
        write(&db, async |tx| outbox::sent(tx, "first", due()).await.unwrap()).await;
        write(&db, async |tx| outbox::release(tx, "", "one").await.unwrap()).await;
        assert_eq!(keys(&claimed(&db, "two", due(), LONG).await), ["late"]);
    });
}

#[test]
fn a_claim_ends_by_itself() {
    each(async |db| {
        added(&db, "minutes:1", due()).await;
        assert_eq!(claimed(&db, "one", due(), Duration::from_millis(1)).await.len(), 1);
        tokio::time::sleep(Duration::from_millis(20)).await;
        assert_eq!(claimed(&db, "two", due(), LONG).await.len(), 1);
    });
}

#[test]
fn two_nodes_share_what_is_due() {
    each(async |db| {
        for number in 0..20 {
            added(&db, &format!("minutes:{number}"), due()).await;
        }
        let of = |holder: &'static str| {
            let db = db.clone();
            tokio::spawn(async move { claimed(&db, holder, due(), LONG).await })
        };
        let (one, two) = (of("one"), of("two"));
        let both = [one.await.unwrap(), two.await.unwrap()].concat();
        let mut all = keys(&both);
        all.sort();
        all.dedup();
        assert_eq!(all.len(), 20);
    });
}

#[test]
fn what_fails_is_tried_again_or_given_up_and_can_be_seen() {
    each(async |db| {
        added(&db, "minutes:1", due()).await;
        added(&db, "minutes:2", due()).await;
        claimed(&db, "one", due(), LONG).await;
        let again = due().plus(MINUTE);
        let reason = format!("451 4.3.0 later\0{}", "注".repeat(900));
        write(&db, async |tx| {
            outbox::failed(tx, "minutes:1", due(), Some(again), &reason).await.unwrap();
            outbox::failed(tx, "minutes:2", due(), None, "550 5.1.1 no").await.unwrap();
        })
        .await;
        assert!(!outbox::is_due(&db, "", due()).await.unwrap());
        let seen = outbox::list(&db, 10).await.unwrap();
        assert_eq!((seen[0].key.as_str(), seen[0].attempts), ("minutes:1", 1));
        assert_eq!((seen[0].next_try, seen[0].gave_up_at), (again, None));
        let told = seen[0].last_error.as_deref().unwrap();
        assert!(told.starts_with("451 4.3.0 later注") && told.chars().count() == 300, "{told}");
        assert_eq!((seen[1].key.as_str(), seen[1].gave_up_at), ("minutes:2", Some(due())));
        let depth = Depth { waiting: 1, oldest_due: Some(due()), given_up: 1 };
        assert_eq!(outbox::depth(&db).await.unwrap(), depth);

        let retried = claimed(&db, "two", again, LONG).await;
        assert_eq!((keys(&retried), retried[0].attempts), (vec!["minutes:1"], 1));
        write(&db, async |tx| {
            outbox::sent(tx, "minutes:1", again).await.unwrap();
            // A node that was slow does not bring it back.
            outbox::failed(tx, "minutes:1", again, Some(again), "too late").await.unwrap();
        })
        .await;
        assert!(!outbox::is_due(&db, "", again.plus(MINUTE)).await.unwrap());
        let depth = Depth { waiting: 0, oldest_due: None, given_up: 1 };
        assert_eq!(outbox::depth(&db).await.unwrap(), depth);
        assert_eq!(outbox::list(&db, 10).await.unwrap().len(), 1);
    });
}

#[test]
fn only_a_letter_that_has_not_left_is_written_again() {
    each(async |db| {
        added(&db, "minutes:1", due()).await;
        let other = Letter { body: "Less.\n".into(), ..letter("minutes:1") };
        let rewritten =
            async || write(&db, async |tx| outbox::rewrite(tx, &other).await.unwrap()).await;
        assert!(rewritten().await);
        assert_eq!(claimed(&db, "one", due(), LONG).await[0].message, other.render());
        write(&db, async |tx| outbox::sent(tx, "minutes:1", due()).await.unwrap()).await;
        assert!(!rewritten().await);
    });
}

#[test]
fn an_operator_lets_a_letter_leave_that_waits_or_was_given_up() {
    each(async |db| {
        let later = due().plus(100 * MINUTE);
        for (key, again) in [("given-up", None), ("waiting", Some(later))] {
            added(&db, key, due()).await;
            write(&db, async |tx| outbox::failed(tx, key, due(), again, "no").await.unwrap()).await;
        }
        let now = due().plus(10 * MINUTE);
        let tried =
            async |key| write(&db, async |tx| outbox::retry(tx, key, now).await.unwrap()).await;
        assert!(tried("given-up").await && tried("waiting").await);
        let letters = claimed(&db, "one", now, LONG).await;
        let told: Vec<_> = letters.iter().map(|one| (&*one.key, one.due, one.attempts)).collect();
        assert_eq!(told, [("waiting", due(), 1), ("given-up", now, 0)], "that one begins anew");
        write(&db, async |tx| outbox::sent(tx, "waiting", now).await.unwrap()).await;
        assert!(!tried("waiting").await && !tried("nothing").await);
    });
}
