//! How members come in: the links that were mailed to them, and the browsers that were sent to the
//! group's login service.
//!
//! Tokens are not kept, only their SHA-256: who reads the database cannot log in with it.

use crate::domain::login::{ATTEMPT, LINK, Token};
use crate::domain::time::{DAY, MINUTE, Moment};
use crate::store::driver::{Reader, from_row, on, query, query_as};
use crate::store::{StoreError, Trouble, Tx, sql};
use ring::rand::{SecureRandom, SystemRandom};

/// Within this time a member gets [`MOST_LINKS_OF_MEMBER`] letters, in microseconds.
pub const PAUSE: i64 = 5 * MINUTE;
/// How many letters a member gets within [`PAUSE`].
pub const MOST_LINKS_OF_MEMBER: i64 = 1;
/// How many letters leave within [`PAUSE`], whoever asks.
pub const MOST_LINKS: i64 = 20;
/// How many browsers may be on their way to the login service at once.
pub const MOST_ATTEMPTS: i64 = 1_000;

/// A new token. Where no random numbers are to be had, nobody is let in.
pub fn token() -> Result<Token, StoreError> {
    let mut bytes = [0; Token::BYTES];
    match SystemRandom::new().fill(&mut bytes) {
        Ok(()) => Ok(Token::new(bytes)),
        Err(_) => Err(StoreError::new("making a token to log in", Trouble::Other)),
    }
}

/// Keeps a link that is mailed to a member now; false where they, or all together, got enough of
/// them lately.
pub async fn add_link(
    tx: &mut Tx,
    digest: &[u8],
    member: &str,
    now: Moment,
) -> Result<bool, StoreError> {
    on!(tx, "keeping a link to log in", |c: D| {
        query::<D>(&sql::LINK_LOCK).execute(&mut *c).await?;
        let asked = query_as::<D, (i64, i64)>(&sql::LINK_COUNT).bind(member.to_string());
        let (all, own) = asked.bind(now.plus(-PAUSE).micros()).fetch_one(&mut *c).await?;
        if all >= MOST_LINKS || own >= MOST_LINKS_OF_MEMBER {
            return Ok(false);
        }
        query::<D>(&sql::LINK_ADD)
            .bind(digest.to_vec())
            .bind(member.to_string())
            .bind(now.micros())
            .bind(now.plus(LINK).micros())
            .execute(c)
            .await?;
        Ok(true)
    })
}

/// Whom a link logs in, where it is good still.
pub async fn link(
    from: impl Into<Reader<'_>>,
    digest: &[u8],
    now: Moment,
) -> Result<Option<String>, StoreError> {
    let found: Option<(String,)> = on!(from.into(), "looking for a link to log in", |c: D| {
        query_as::<D, _>(&sql::LINK_OF)
            .bind(digest.to_vec())
            .bind(now.micros())
            .fetch_optional(c)
            .await
    })?;
    Ok(found.map(|(member,)| member))
}

/// Uses a link up; whether it was good still.
pub async fn spend_link(tx: &mut Tx, digest: &[u8], now: Moment) -> Result<bool, StoreError> {
    on!(tx, "using up a link to log in", |c: D| {
        let used = query::<D>(&sql::LINK_USE).bind(digest.to_vec()).bind(now.micros());
        Ok(used.execute(c).await?.rows_affected() == 1)
    })
}

/// A browser that was sent to the login service: what it is to come back with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attempt {
    /// What the challenge was made of (RFC 7636).
    pub verifier: String,
    /// What the ID token must hold.
    pub nonce: String,
    /// The path it goes on to.
    pub next: String,
}

from_row!(Attempt, |row| {
    Ok(Attempt {
        verifier: row.try_get("verifier")?,
        nonce: row.try_get("nonce")?,
        next: row.try_get("next")?,
    })
});

/// Keeps that a browser is sent away: `state` and `browser` are the digests of what comes back and
/// of its cookie. False where [`MOST_ATTEMPTS`] are open.
pub async fn begin(
    tx: &mut Tx,
    (state, browser): (&[u8], &[u8]),
    attempt: &Attempt,
    now: Moment,
) -> Result<bool, StoreError> {
    on!(tx, "keeping that somebody logs in", |c: D| {
        query::<D>(&sql::ATTEMPT_FORGET).bind(now.micros()).execute(&mut *c).await?;
        let open = query_as::<D, (i64,)>(&sql::ATTEMPT_COUNT).bind(now.micros());
        let (open,) = open.fetch_one(&mut *c).await?;
        if open >= MOST_ATTEMPTS {
            return Ok(false);
        }
        query::<D>(&sql::ATTEMPT_ADD)
            .bind(state.to_vec())
            .bind(browser.to_vec())
            .bind(attempt.verifier.clone())
            .bind(attempt.nonce.clone())
            .bind(attempt.next.clone())
            .bind(now.plus(ATTEMPT).micros())
            .execute(c)
            .await?;
        Ok(true)
    })
}

/// Takes what a browser that comes back was sent away with; it is there once.
pub async fn take(
    tx: &mut Tx,
    (state, browser): (&[u8], &[u8]),
    now: Moment,
) -> Result<Option<Attempt>, StoreError> {
    on!(tx, "looking for who comes back", |c: D| {
        query_as::<D, Attempt>(&sql::ATTEMPT_TAKE)
            .bind(state.to_vec())
            .bind(browser.to_vec())
            .bind(now.micros())
            .fetch_optional(c)
            .await
    })
}

/// Forgets what has run out; a link is kept for a day, since it counts.
pub async fn forget(tx: &mut Tx, now: Moment) -> Result<(), StoreError> {
    on!(tx, "forgetting who wanted to log in", |c: D| {
        query::<D>(&sql::LINK_FORGET).bind(now.plus(-DAY).micros()).execute(&mut *c).await?;
        query::<D>(&sql::ATTEMPT_FORGET).bind(now.micros()).execute(c).await.map(drop)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::testing::each;

    #[test]
    fn a_link_is_good_once_and_for_a_while_and_they_are_few() {
        each(async |db| {
            let start = Moment::parse("2018-11-13T15:00:00Z").unwrap();
            let at = |minutes: i64| start.plus(minutes * MINUTE);
            let mut tx = db.begin().await.unwrap();
            assert!(add_link(&mut tx, b"one", "gwd", start).await.unwrap());
            assert!(!add_link(&mut tx, b"two", "gwd", at(4)).await.unwrap(), "too soon");
            assert!(add_link(&mut tx, b"two", "gwd", at(5)).await.unwrap());
            assert_eq!(link(&mut tx, b"one", at(14)).await.unwrap().as_deref(), Some("gwd"));
            assert_eq!(link(&mut tx, b"one", at(15)).await.unwrap(), None);
            assert!(!spend_link(&mut tx, b"one", at(15)).await.unwrap());
            assert!(spend_link(&mut tx, b"two", at(6)).await.unwrap());
            assert!(!spend_link(&mut tx, b"two", at(6)).await.unwrap());
            assert!(!spend_link(&mut tx, b"guessed", at(6)).await.unwrap());
            assert_eq!(link(&mut tx, b"two", at(6)).await.unwrap(), None);
            for n in 0..MOST_LINKS {
                let digest = n.to_be_bytes();
                assert!(add_link(&mut tx, &digest, &n.to_string(), at(30)).await.unwrap(), "{n}");
            }
            assert!(!add_link(&mut tx, b"late", "sbonazzo", at(34)).await.unwrap());
            forget(&mut tx, at(31).plus(DAY)).await.unwrap();
            assert_eq!(link(&mut tx, &0_i64.to_be_bytes(), at(31)).await.unwrap(), None);
            tx.commit().await.unwrap();
        });
    }

    #[test]
    fn who_comes_back_is_known_once_and_by_the_same_browser() {
        each(async |db| {
            let at = |minutes: i64| Moment::from_micros(minutes * MINUTE);
            let attempt =
                Attempt { verifier: "v".into(), nonce: "n".into(), next: "/admin".into() };
            let mut tx = db.begin().await.unwrap();
            assert!(begin(&mut tx, (b"state", b"browser"), &attempt, at(0)).await.unwrap());
            for (state, browser, minutes) in
                [(b"guess", b"browser", 1), (b"state", b"another", 1), (b"state", b"browser", 10)]
            {
                let taken = take(&mut tx, (state, browser), at(minutes)).await.unwrap();
                assert_eq!(taken, None);
            }
            let mut again = async || take(&mut tx, (b"state", b"browser"), at(9)).await.unwrap();
            assert_eq!(again().await, Some(attempt.clone()));
            assert_eq!(again().await, None);
            for n in 0..MOST_ATTEMPTS {
                let state = n.to_be_bytes();
                assert!(begin(&mut tx, (&state, b"b"), &attempt, at(0)).await.unwrap(), "{n}");
            }
            assert!(!begin(&mut tx, (b"late", b"b"), &attempt, at(9)).await.unwrap());
            assert!(begin(&mut tx, (b"late", b"b"), &attempt, at(10)).await.unwrap());
            forget(&mut tx, at(20)).await.unwrap();
            assert_eq!(take(&mut tx, (b"late", b"b"), at(11)).await.unwrap(), None);
            tx.commit().await.unwrap();
        });
    }
}
