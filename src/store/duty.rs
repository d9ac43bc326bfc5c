//! What is said once because of the time: wanted, then said, then known to be said.
//!
//! A row is written before the words leave, so that two nodes do not both say them, and finished
//! when the server has taken them: a kill in between lets them be said again, never twice after.

use crate::domain::time::Moment;
use crate::store::driver::{Reader, on, query, query_as};
use crate::store::{StoreError, Tx, sql};
use std::collections::BTreeSet;

/// Notes that something is to be said; whether that is new.
pub async fn want(tx: &mut Tx, key: &str, at: Moment) -> Result<bool, StoreError> {
    on!(tx, "noting what is to be said", |c: D| {
        let wanted = query::<D>(&sql::DUTY_WANT).bind(key.to_string()).bind(at.micros());
        Ok(wanted.execute(c).await?.rows_affected() == 1)
    })
}

/// Notes that it was said. What was said before keeps its time.
pub async fn said(tx: &mut Tx, key: &str, at: Moment) -> Result<(), StoreError> {
    on!(tx, "noting what was said", |c: D| {
        let said = query::<D>(&sql::DUTY_SAID).bind(key.to_string()).bind(at.micros());
        said.execute(c).await.map(drop)
    })
}

/// The keys of what was wanted since then, and said.
pub async fn all_said(
    from: impl Into<Reader<'_>>,
    since: Moment,
) -> Result<BTreeSet<String>, StoreError> {
    let keys: Vec<(String,)> = on!(from.into(), "looking for what was said", |c: D| {
        query_as::<D, _>(&sql::DUTY_ALL_SAID).bind(since.micros()).fetch_all(c).await
    })?;
    Ok(keys.into_iter().map(|(key,)| key).collect())
}

/// The keys that begin like this and were said, in their order: with `not-held:` the meetings that
/// were not held.
pub async fn said_of(
    from: impl Into<Reader<'_>>,
    beginning: &str,
) -> Result<Vec<String>, StoreError> {
    let keys: Vec<(String,)> = on!(from.into(), "looking for what was said", |c: D| {
        let keys = query_as::<D, _>(&sql::DUTY_SAID_OF).bind(beginning.to_string());
        keys.fetch_all(c).await
    })?;
    Ok(keys.into_iter().map(|(key,)| key).collect())
}

/// Forgets what was wanted before that moment, except the keys that begin with `kept`.
pub async fn forget(tx: &mut Tx, before: Moment, kept: &str) -> Result<(), StoreError> {
    on!(tx, "forgetting what was said", |c: D| {
        let forgotten = query::<D>(&sql::DUTY_FORGET).bind(before.micros());
        forgotten.bind(kept.to_string()).execute(c).await.map(drop)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::testing::each;

    #[test]
    fn what_is_wanted_is_wanted_once_and_said_once() {
        each(async |db| {
            let at = Moment::from_micros(7);
            let mut tx = db.begin().await.unwrap();
            assert!(want(&mut tx, "call:a", at).await.unwrap());
            assert!(!want(&mut tx, "call:a", at.plus(1)).await.unwrap());
            tx.commit().await.unwrap();
            assert!(all_said(&db, at).await.unwrap().is_empty(), "it may not have left");
            let mut tx = db.begin().await.unwrap();
            said(&mut tx, "call:a", at.plus(2)).await.unwrap();
            said(&mut tx, "not-held:a", at.plus(3)).await.unwrap();
            assert!(!want(&mut tx, "not-held:a", at.plus(4)).await.unwrap());
            tx.commit().await.unwrap();
            let keys: Vec<String> = all_said(&db, at).await.unwrap().into_iter().collect();
            assert_eq!(keys, ["call:a", "not-held:a"]);
            assert_eq!(all_said(&db, at.plus(1)).await.unwrap().len(), 1, "the old are left out");
            assert_eq!(said_of(&db, "not-held:").await.unwrap(), ["not-held:a"]);
        });
    }

    #[test]
    fn what_is_old_is_forgotten_but_for_what_is_counted_later() {
        each(async |db| {
            let mut tx = db.begin().await.unwrap();
            for (key, at) in [("call:a", 1), ("not-held:a", 1), ("notice:a", 1), ("call:b", 5)] {
                said(&mut tx, key, Moment::from_micros(at)).await.unwrap();
            }
            want(&mut tx, "never-said", Moment::from_micros(1)).await.unwrap();
            forget(&mut tx, Moment::from_micros(5), "not-held:").await.unwrap();
            let kept = all_said(&mut tx, Moment::from_micros(0)).await.unwrap();
            assert_eq!(kept.into_iter().collect::<Vec<_>>(), ["call:b", "not-held:a"]);
            let is_new = want(&mut tx, "never-said", Moment::from_micros(6)).await.unwrap();
            assert!(is_new, "it was forgotten too");
            tx.commit().await.unwrap();
        });
    }
}
