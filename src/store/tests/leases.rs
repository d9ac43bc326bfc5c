//! Leases: one holder at a time, and a fence that grows with every change.

use crate::store::lease::{release, take};
use crate::store::testing::each;
use std::time::Duration;

const LONG: Duration = Duration::from_secs(60);
const SHORT: Duration = Duration::from_millis(80);

#[test]
fn renewing_keeps_the_fence_and_the_others_out() {
    each(async |db| {
        assert_eq!(take(&db, "irc", "a", LONG).await.unwrap(), Some(1));
        assert_eq!(take(&db, "irc", "b", LONG).await.unwrap(), None);
        assert_eq!(take(&db, "irc", "a", LONG).await.unwrap(), Some(1));
        // Another lease is another matter.
        assert_eq!(take(&db, "tick", "b", LONG).await.unwrap(), Some(1));
    });
}

#[test]
fn an_old_holder_is_refused_after_a_takeover() {
    each(async |db| {
        assert_eq!(take(&db, "irc", "a", SHORT).await.unwrap(), Some(1));
        tokio::time::sleep(SHORT * 2).await;
        assert_eq!(take(&db, "irc", "b", LONG).await.unwrap(), Some(2));
        assert_eq!(take(&db, "irc", "a", LONG).await.unwrap(), None);
        // It cannot give back what it no longer has, either.
        release(&db, "irc", "a").await.unwrap();
        assert_eq!(take(&db, "irc", "c", LONG).await.unwrap(), None);
        assert_eq!(take(&db, "irc", "b", LONG).await.unwrap(), Some(2));
    });
}

#[test]
fn a_lease_given_back_is_free_at_once_and_its_fence_grows_on() {
    each(async |db| {
        assert_eq!(take(&db, "irc", "a", LONG).await.unwrap(), Some(1));
        release(&db, "irc", "a").await.unwrap();
        assert_eq!(take(&db, "irc", "b", LONG).await.unwrap(), Some(2));
        release(&db, "irc", "b").await.unwrap();
        assert_eq!(take(&db, "irc", "a", LONG).await.unwrap(), Some(3));
    });
}

#[test]
fn of_many_takers_one_wins() {
    each(async |db| {
        let mut takers = tokio::task::JoinSet::new();
        for node in 0..8 {
            let db = db.clone();
            takers.spawn(
                async move { take(&db, "irc", &format!("node {node}"), LONG).await.unwrap() },
            );
        }
        let won = takers.join_all().await;
        assert_eq!(won.iter().flatten().collect::<Vec<_>>(), [&1], "{won:?}");
    });
}
