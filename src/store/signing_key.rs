//! The keys that sign the bot's own mail and its tokens. They are made here and never shown.

use crate::domain::time::{DAY, Moment};
use crate::store::driver::{Reader, on, query, query_as};
use crate::store::{StoreError, Trouble, Tx, sql};
use ring::rand::SecureRandom;

/// How long a key that was replaced still verifies: longer than any token is good.
pub const LASTING: i64 = 30 * DAY;

/// Bytes of a key.
const BYTES: usize = 32;

/// The keys, the one that signs first; none before the first was made.
pub async fn all(from: impl Into<Reader<'_>>) -> Result<Vec<Vec<u8>>, StoreError> {
    let rows: Vec<(Vec<u8>,)> = on!(from.into(), "reading the signing keys", |c: D| {
        query_as::<D, _>(&sql::SIGNING_KEY_ALL).fetch_all(c).await
    })?;
    Ok(rows.into_iter().map(|(secret,)| secret).collect())
}

/// The keys, the one that signs first; the first is made where there is none.
pub async fn ensure(tx: &mut Tx, at: Moment) -> Result<Vec<Vec<u8>>, StoreError> {
    let keys = all(&mut *tx).await?;
    if !keys.is_empty() {
        return Ok(keys);
    }
    renew(tx, at).await?;
    all(tx).await
}

/// Makes a key that signs from now on, and forgets those that were replaced long ago.
pub async fn renew(tx: &mut Tx, at: Moment) -> Result<(), StoreError> {
    let doing = "making a signing key";
    let mut secret = vec![0; BYTES];
    ring::rand::SystemRandom::new()
        .fill(&mut secret)
        .map_err(|_| StoreError::new(doing, Trouble::Other))?;
    on!(tx, "making a signing key", |c: D| {
        query::<D>(&sql::SIGNING_KEY_FORGET)
            .bind(at.plus(-LASTING).micros())
            .execute(&mut *c)
            .await?;
        query::<D>(&sql::SIGNING_KEY_MAKE).bind(at.micros()).bind(secret).execute(c).await.map(drop)
    })
}
