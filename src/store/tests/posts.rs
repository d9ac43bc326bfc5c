//! The memory of the gate: verdicts, kept posts, accepted posts on their way.

use super::{at, write};
use crate::domain::list::Key;
use crate::domain::list::gate::{Author, Facts, Verdict};
use crate::domain::time::{DAY, MINUTE, SECOND};
use crate::store::kept::{self, Decision};
use crate::store::outbox;
use crate::store::testing::each;
use crate::store::verdict::{self, Decided, Digest};
use std::time::Duration;

fn decided(digest: Digest, word: Verdict, id: &str) -> Decided {
    let author = Author::One(Key::parse("a@x.example").unwrap(), "A@x.example".into());
    let facts = Facts { message_id: id.into(), ..Facts::new(author) };
    let at = at("2018-11-13T15:00:00Z");
    Decided { digest, list: 7, at, times: 1, verdict: word, check: "subscriber".into(), facts }
}

#[test]
fn a_post_that_comes_again_is_known() {
    each(async |db| {
        let (one, other, third) = ([1; 16], [0xfe; 16], [3; 16]);
        let rows = [decided(one, Verdict::Accept, "1@x"), decided(other, Verdict::Discard, "2@x")];
        write(&db, async |tx| verdict::note(tx, &rows).await.unwrap()).await;
        let asked = [(third, 7), (other, 7), (one, 8), (one, 7)];
        let known = verdict::known(&db, &asked).await.unwrap();
        assert_eq!(known, [None, Some(Verdict::Discard), None, Some(Verdict::Accept)]);

        // The discarded one is judged again, otherwise; the accepted one is only counted.
        let mut later = decided(other, Verdict::Hold, "2@x");
        later.at = later.at.plus(MINUTE);
        write(&db, async |tx| {
            verdict::note(tx, std::slice::from_ref(&later)).await.unwrap();
            verdict::again(tx, &one, 7).await.unwrap();
        })
        .await;
        let found = verdict::by_message_id(&db, "2@x").await.unwrap();
        assert_eq!(found, [Decided { times: 2, ..later.clone() }]);
        let found = verdict::by_message_id(&db, "1@x").await.unwrap();
        assert_eq!(found, [Decided { times: 2, ..rows[0].clone() }]);
        assert_eq!(verdict::by_message_id(&db, "").await.unwrap(), []);

        let ids = |ids: &[&str]| ids.iter().map(ToString::to_string).collect::<Vec<_>>();
        assert!(verdict::accepted_one_of(&db, 7, &ids(&["9@x", "1@x"])).await.unwrap());
        assert!(!verdict::accepted_one_of(&db, 7, &ids(&["2@x", ""])).await.unwrap());
        assert!(!verdict::accepted_one_of(&db, 7, &[]).await.unwrap());

        let (start, end) = (rows[0].at, rows[0].at.plus(DAY));
        let counts = verdict::counts(&db, start, end).await.unwrap();
        let counts: Vec<_> = counts.iter().map(|one| (one.verdict, one.times)).collect();
        assert_eq!(counts, [(Verdict::Accept, 2), (Verdict::Hold, 2)]);

        let first = verdict::since(&db, (start.plus(-SECOND), [0; 16]), 1).await.unwrap();
        assert_eq!(first[0].digest, one);
        let next = verdict::since(&db, (first[0].at, first[0].digest), 9).await.unwrap();
        assert_eq!(next.iter().map(|one| one.digest).collect::<Vec<_>>(), [other]);
        let gone = write(&db, async |tx| verdict::forget(tx, later.at, 9).await.unwrap()).await;
        assert_eq!(gone, 1);
    });
}

#[test]
fn kept_posts_wait_for_one_decision() {
    each(async |db| {
        let now = at("2018-11-13T15:00:00Z");
        let message = b"Subject: \xff\0\r\n\r\nHi\r\n";
        let digests: Vec<Digest> = (1..=5).map(|n| [n; 16]).collect();
        write(&db, async |tx| {
            for (n, digest) in digests.iter().enumerate() {
                let verdict = if n == 0 { Verdict::Hold } else { Verdict::Discard };
                let until = now.plus(DAY);
                let new =
                    kept::New { list: 7, digest, verdict, at: now, until, sender: "", message };
                kept::add(tx, &new).await.unwrap();
                kept::add(tx, &new).await.unwrap();
            }
            kept::bound(tx, 2).await.unwrap();
        })
        .await;
        let open = kept::open(&db, None, 10).await.unwrap();
        let kinds: Vec<_> = open.iter().map(|one| (one.digest[0], one.verdict)).collect();
        let wanted = [(1, Verdict::Hold), (4, Verdict::Discard), (5, Verdict::Discard)];
        assert_eq!(kinds, wanted, "the oldest discarded ones went");
        let held = kept::open(&db, Some(Verdict::Hold), 10).await.unwrap();
        let (post, bytes) = kept::one(&db, held[0].id).await.unwrap().unwrap();
        assert_eq!((post.digest, bytes.as_slice()), (digests[0], message.as_slice()));
        let decide = async |decision| {
            write(&db, async |tx| kept::decide(tx, post.id, now, decision, "gwd").await.unwrap())
                .await
        };
        assert!(decide(Decision::Release).await);
        assert!(!decide(Decision::Discard).await, "it was decided");
        assert_eq!(kept::one(&db, post.id).await.unwrap(), None);
        assert_eq!(kept::released(&db, now, now.plus(SECOND)).await.unwrap(), 1);
        write(&db, async |tx| kept::forget(tx, now.plus(DAY + 1)).await.unwrap()).await;
        assert_eq!(kept::open(&db, None, 10).await.unwrap(), []);
    });
}

#[test]
fn many_posts_are_stored_at_once_and_leave_by_their_own_way() {
    each(async |db| {
        let now = at("2018-11-13T15:00:00Z");
        let post = |n: u8, route: &str, message: &[u8]| outbox::Post {
            key: format!("post:{route}:{n}"),
            route: route.into(),
            message_id: String::new(),
            sender: (n > 0).then(|| "\"o'b \u{fc}\"@x.example".to_string()),
            recipient: "list@x.example".into(),
            message: message.into(),
        };
        let posts =
            [post(0, "virt", b"one\0\xff"), post(1, "virt", b""), post(2, "devel", &[b'x'; 9000])];
        write(&db, async |tx| {
            outbox::add_posts(tx, &posts, now).await.unwrap();
            outbox::add_posts(tx, &posts[..1], now).await.unwrap();
            outbox::add_posts(tx, &[], now).await.unwrap();
        })
        .await;
        assert!(!outbox::is_due(&db, "", now).await.unwrap());
        assert!(outbox::is_due(&db, "devel", now).await.unwrap());
        let lasting = Duration::from_secs(600);
        let claimed =
            write(&db, async |tx| outbox::claim(tx, "virt", "me", now, lasting, 10).await.unwrap())
                .await;
        let all: Vec<_> =
            claimed.iter().map(|one| (one.sender.clone(), one.message.as_slice())).collect();
        assert_eq!(all, [(None, b"one\0\xff".as_slice()), (posts[1].sender.clone(), b"")]);
        write(&db, async |tx| outbox::post_sent(tx, &claimed[0].key).await.unwrap()).await;
        assert_eq!(outbox::depth(&db).await.unwrap().waiting, 2);
    });
}

#[test]
fn what_was_decided_last_comes_first() {
    each(async |db| {
        let start = at("2018-11-13T15:00:00Z");
        let row = |n: u8, minutes: i64, word| {
            let at = start.plus(minutes * MINUTE);
            Decided { at, ..decided([n; 16], word, "") }
        };
        let rows = [
            row(1, 0, Verdict::Discard),
            row(2, 1, Verdict::Discard),
            row(3, 1, Verdict::Discard),
            row(4, 2, Verdict::Accept),
        ];
        write(&db, async |tx| verdict::note(tx, &rows).await.unwrap()).await;
        let mut found = Vec::new();
        let mut before = (start.plus(DAY), [255; 16]);
        loop {
            let page = verdict::latest(&db, Verdict::Discard, before, 2).await.unwrap();
            let Some(last) = page.last() else { break };
            before = (last.at, last.digest);
            found.extend(page.iter().map(|one| one.digest[0]));
        }
        assert_eq!(found, [3, 2, 1]);
        for (n, word) in [(1, Verdict::Hold), (2, Verdict::Hold), (3, Verdict::Discard)] {
            let new = kept::New {
                list: 7,
                digest: &[n; 16],
                verdict: word,
                at: start,
                until: start.plus(DAY),
                sender: "",
                message: b"x",
            };
            write(&db, async |tx| kept::add(tx, &new).await.unwrap()).await;
        }
        assert_eq!(kept::count(&db, Verdict::Hold).await.unwrap(), 2);
        assert_eq!(kept::decided(&db, 9).await.unwrap(), []);
        for (id, minutes, decision) in [(2, 5, Decision::Discard), (1, 6, Decision::Release)] {
            let at = start.plus(minutes * MINUTE);
            let done =
                write(&db, async |tx| kept::decide(tx, id, at, decision, "gwd").await.unwrap());
            assert!(done.await);
        }
        assert_eq!(kept::count(&db, Verdict::Hold).await.unwrap(), 0);
        let last = kept::decided(&db, 1).await.unwrap();
        assert_eq!((last.len(), last[0].id, last[0].list), (1, 1, 7));
        assert_eq!((last[0].decision, last[0].by.as_str()), (Decision::Release, "gwd"));
    });
}
