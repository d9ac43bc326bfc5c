//! What was decided about each post, by what, and how often it came: the memory of the gate.
//!
//! A post is told from all others by its digest; what it was judged by is kept beside the verdict,
//! so that it can be judged again by other rules. Nothing here judges.

use crate::domain::list::gate::{Facts, Verdict};
use crate::domain::time::Moment;
use crate::store::driver::{Reader, from_row, on, query, query_as};
use crate::store::{StoreError, Tx, sql};
use std::fmt::Write;

/// What a post is told from all others by.
pub type Digest = [u8; 16];

/// What was decided about a post.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decided {
    /// The post.
    pub digest: Digest,
    /// The list's number.
    pub list: i64,
    /// When, the last time where it came several times.
    pub at: Moment,
    /// How often it came.
    pub times: u32,
    /// What happened to it.
    pub verdict: Verdict,
    /// The check that decided.
    pub check: String,
    /// What it was judged by.
    pub facts: Facts,
}

/// How often a check gave a verdict.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Count {
    /// The list's number.
    pub list: i64,
    /// The verdict.
    pub verdict: Verdict,
    /// The check.
    pub check: String,
    /// How many posts.
    pub times: u64,
}

struct Known {
    place: i64,
    verdict: String,
}

from_row!(Known, |row| Ok(Known {
    place: row.try_get("place")?,
    verdict: row.try_get("verdict")?
}));

from_row!(Decided, |row| {
    Ok(Decided {
        digest: digest(row.try_get("digest")?)?,
        list: row.try_get("list")?,
        at: Moment::from_micros(row.try_get("at")?),
        times: u32::try_from(row.try_get::<i64, _>("times")?).unwrap_or(u32::MAX),
        verdict: verdict(&row.try_get::<String, _>("verdict")?)?,
        check: row.try_get("by_check")?,
        facts: serde_json::from_str(&row.try_get::<String, _>("facts")?).map_err(decode)?,
    })
});

from_row!(Count, |row| {
    Ok(Count {
        list: row.try_get("list")?,
        verdict: verdict(&row.try_get::<String, _>("verdict")?)?,
        check: row.try_get("by_check")?,
        times: u64::try_from(row.try_get::<i64, _>("times")?).unwrap_or(0),
    })
});

fn decode(error: impl std::error::Error + Send + Sync + 'static) -> sqlx::Error {
    sqlx::Error::Decode(Box::new(error))
}

pub(super) fn digest(bytes: Vec<u8>) -> Result<Digest, sqlx::Error> {
    Digest::try_from(bytes).map_err(|_| sqlx::Error::Decode("a digest has 16 bytes".into()))
}

pub(super) fn verdict(word: &str) -> Result<Verdict, sqlx::Error> {
    Verdict::parse(word).ok_or_else(|| sqlx::Error::Decode("no verdict".into()))
}

/// As hexadecimal digits.
pub fn hex(digest: &Digest) -> String {
    let mut out = String::with_capacity(32);
    for byte in digest {
        let _ = write!(out, "{byte:02x}"); // Writing to a text cannot fail.
    }
    out
}

/// The number by which a message id is found; 0 where there is none.
fn number(message_id: &str) -> i64 {
    if message_id.is_empty() {
        return 0;
    }
    let hash = ring::digest::digest(&ring::digest::SHA256, message_id.as_bytes());
    let first = hash.as_ref().first_chunk().copied().unwrap_or_default();
    i64::from_le_bytes(first)
}

/// What was decided about these posts before, in their order.
pub async fn known(
    from: impl Into<Reader<'_>>,
    posts: &[(Digest, i64)],
) -> Result<Vec<Option<Verdict>>, StoreError> {
    let asked: Vec<(String, i64)> = posts.iter().map(|(post, list)| (hex(post), *list)).collect();
    let asked = serde_json::to_string(&asked).expect("numbers and strings always serialise");
    let found: Vec<Known> = on!(from.into(), "looking for posts that came before", |c: D| {
        query_as::<D, Known>(&sql::VERDICT_KNOWN).bind(asked).fetch_all(c).await
    })?;
    let mut known = vec![None; posts.len()];
    for one in found {
        if let Some(place) = usize::try_from(one.place).ok().and_then(|place| known.get_mut(place))
        {
            *place = Verdict::parse(&one.verdict);
        }
    }
    Ok(known)
}

/// Notes what was decided about posts, of which none may be there twice. One that came before has
/// its new verdict then.
pub async fn note(tx: &mut Tx, all: &[Decided]) -> Result<(), StoreError> {
    let rows: Vec<_> = all
        .iter()
        .map(|one| {
            let facts = serde_json::to_string(&one.facts).expect("facts always serialise");
            let at = one.at.micros();
            let message = number(&one.facts.message_id);
            (hex(&one.digest), one.list, at, one.verdict.as_str(), &one.check, message, facts)
        })
        .collect();
    let rows = serde_json::to_string(&rows).expect("numbers and strings always serialise");
    on!(tx, "noting verdicts", |c: D| {
        query::<D>(&sql::VERDICT_NOTE).bind(rows).execute(c).await.map(drop)
    })
}

/// Notes that a post came again which was accepted or held.
pub async fn again(tx: &mut Tx, digest: &Digest, list: i64) -> Result<(), StoreError> {
    on!(tx, "noting that a post came again", |c: D| {
        let noted = query::<D>(&sql::VERDICT_AGAIN).bind(digest.to_vec()).bind(list);
        noted.execute(c).await.map(drop)
    })
}

/// What was decided about a post.
pub async fn of(
    from: impl Into<Reader<'_>>,
    digest: &Digest,
    list: i64,
) -> Result<Option<Decided>, StoreError> {
    on!(from.into(), "looking for a verdict", |c: D| {
        let asked = query_as::<D, Decided>(&sql::VERDICT_OF).bind(digest.to_vec()).bind(list);
        asked.fetch_optional(c).await
    })
}

/// Notes that somebody decided otherwise about a post.
pub async fn decide(
    tx: &mut Tx,
    digest: &Digest,
    list: i64,
    verdict: Verdict,
    check: &str,
) -> Result<(), StoreError> {
    on!(tx, "changing a verdict", |c: D| {
        query::<D>(&sql::VERDICT_DECIDE)
            .bind(digest.to_vec())
            .bind(list)
            .bind(verdict.as_str())
            .bind(check.to_string())
            .execute(c)
            .await
            .map(drop)
    })
}

/// What was decided about the posts with that Message-ID (without angle brackets), the oldest first.
pub async fn by_message_id(
    from: impl Into<Reader<'_>>,
    message_id: &str,
) -> Result<Vec<Decided>, StoreError> {
    let number = number(message_id);
    let mut found: Vec<Decided> = on!(from.into(), "looking for a post", |c: D| {
        query_as::<D, Decided>(&sql::VERDICT_BY_MESSAGE).bind(number).fetch_all(c).await
    })?;
    found.retain(|one| one.facts.message_id == message_id);
    Ok(found)
}

/// Whether the list accepted a post with one of these message ids.
pub async fn accepted_one_of(
    from: impl Into<Reader<'_>>,
    list: i64,
    message_ids: &[String],
) -> Result<bool, StoreError> {
    let numbers: Vec<i64> = message_ids.iter().map(|id| number(id)).filter(|id| *id != 0).collect();
    let numbers = serde_json::to_string(&numbers).expect("numbers always serialise");
    let (count,): (i64,) = on!(from.into(), "looking for a thread", |c: D| {
        query_as::<D, _>(&sql::VERDICT_ACCEPTED).bind(numbers).bind(list).fetch_one(c).await
    })?;
    Ok(count > 0)
}

/// How many posts got which verdict from which check in `since <= at < before`.
pub async fn counts(
    from: impl Into<Reader<'_>>,
    since: Moment,
    before: Moment,
) -> Result<Vec<Count>, StoreError> {
    on!(from.into(), "counting verdicts", |c: D| {
        let asked = query_as::<D, Count>(&sql::VERDICT_COUNT);
        asked.bind(since.micros()).bind(before.micros()).fetch_all(c).await
    })
}

/// At most `limit` verdicts after that moment and, within it, that digest, in their order.
pub async fn since(
    from: impl Into<Reader<'_>>,
    after: (Moment, Digest),
    limit: u32,
) -> Result<Vec<Decided>, StoreError> {
    on!(from.into(), "reading verdicts", |c: D| {
        query_as::<D, Decided>(&sql::VERDICT_SINCE)
            .bind(after.0.micros())
            .bind(after.1.to_vec())
            .bind(i64::from(limit))
            .fetch_all(c)
            .await
    })
}

/// At most `limit` posts with that verdict before that moment and, within it, that digest; the
/// newest first.
pub async fn latest(
    from: impl Into<Reader<'_>>,
    verdict: Verdict,
    before: (Moment, Digest),
    limit: u32,
) -> Result<Vec<Decided>, StoreError> {
    on!(from.into(), "reading the last verdicts", |c: D| {
        query_as::<D, Decided>(&sql::VERDICT_LATEST)
            .bind(before.0.micros())
            .bind(before.1.to_vec())
            .bind(verdict.as_str())
            .bind(i64::from(limit))
            .fetch_all(c)
            .await
    })
}

/// Forgets what was decided before that moment, at most `limit` posts; says how many.
pub async fn forget(tx: &mut Tx, before: Moment, limit: u32) -> Result<u64, StoreError> {
    on!(tx, "forgetting verdicts", |c: D| {
        let gone = query::<D>(&sql::VERDICT_FORGET).bind(before.micros()).bind(i64::from(limit));
        Ok(gone.execute(c).await?.rows_affected())
    })
}
