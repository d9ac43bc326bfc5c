//! The keys that sign the bot's own mail and its tokens. The newest one signs; older ones verify for
//! a while.

use crate::domain::list::token::Secret;
use crate::domain::time::{DAY, Moment};
use crate::store::driver::{Reader, on, query, query_as};
use crate::store::{StoreError, Tx, sql};
use ring::rand::SecureRandom;

/// How long a key still verifies after another one replaced it.
pub const VERIFIES_FOR: i64 = 30 * DAY;
/// The most keys that are read; the newest ones.
const MOST_KEYS: i64 = 50;

/// All keys that are good at a moment, the newest first; none where none was needed yet.
pub async fn all(from: impl Into<Reader<'_>>, now: Moment) -> Result<Vec<Secret>, StoreError> {
    let rows: Vec<(i64, Vec<u8>)> = on!(from.into(), "reading the signing keys", |c: D| {
        query_as::<D, _>(&sql::SIGNING_KEY_ALL).bind(MOST_KEYS).fetch_all(c).await
    })?;
    let mut keys = Vec::new();
    // When the key after it was made, which replaced it.
    let mut replaced_at = None;
    for (made_at, secret) in rows {
        let made_at = Moment::from_micros(made_at);
        if replaced_at.is_none_or(|at: Moment| now.since(at) <= VERIFIES_FOR) {
            keys.extend(Secret::new(&secret));
        }
        replaced_at = Some(made_at);
    }
    Ok(keys)
}

/// All keys that are good, the newest first; makes the first one where there is none.
pub async fn ensure(tx: &mut Tx, now: Moment) -> Result<Vec<Secret>, StoreError> {
    let keys = all(&mut *tx, now).await?;
    if !keys.is_empty() {
        return Ok(keys);
    }
    on!(&mut *tx, "waiting for the signing keys", |c: D| {
        query::<D>(&sql::SIGNING_KEY_LOCK).execute(c).await.map(drop)
    })?;
    let keys = all(&mut *tx, now).await?;
    if !keys.is_empty() {
        return Ok(keys);
    }
    make(tx, now).await?;
    all(tx, now).await
}

/// Makes a new key, which signs from the commit on.
pub async fn make(tx: &mut Tx, now: Moment) -> Result<(), StoreError> {
    let mut secret = [0; Secret::BYTES];
    let doing = "making a signing key";
    ring::rand::SystemRandom::new()
        .fill(&mut secret)
        .map_err(|_| StoreError::new(doing, crate::store::Trouble::Other))?;
    on!(tx, "storing a signing key", |c: D| {
        let stored = query::<D>(&sql::SIGNING_KEY_ADD).bind(now.micros()).bind(secret.to_vec());
        stored.execute(c).await.map(drop)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::testing::each;

    #[test]
    fn the_first_key_is_made_once_and_an_old_one_verifies_for_a_while() {
        each(async |db| {
            let at = |days: i64| Moment::from_micros(days * DAY);
            assert!(all(&db, at(0)).await.unwrap().is_empty());
            let mut tx = db.begin().await.unwrap();
            let first = ensure(&mut tx, at(0)).await.unwrap();
            assert_eq!(first.len(), 1);
            assert_eq!(ensure(&mut tx, at(0)).await.unwrap(), first);
            make(&mut tx, at(100)).await.unwrap();
            tx.commit().await.unwrap();
            let both = all(&db, at(130)).await.unwrap();
            assert_eq!((both.len(), &both[1]), (2, &first[0]), "the newest one is first");
            assert_ne!(both[0], both[1]);
            assert_eq!(all(&db, at(131)).await.unwrap(), both[..1]);
        });
    }
}
