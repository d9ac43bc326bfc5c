//! Posts that wait for a moderator, and those that are kept for a while after they were discarded.
//!
//! Nothing here decides what becomes of one.

use crate::domain::list::gate::Verdict;
use crate::domain::time::Moment;
use crate::store::driver::{Reader, from_row, on, query, query_as};
use crate::store::verdict::{Digest, digest, verdict};
use crate::store::{StoreError, Tx, sql};

/// A post that is to be kept.
#[derive(Clone, Copy, Debug)]
pub struct New<'a> {
    /// The list's number.
    pub list: i64,
    /// The post.
    pub digest: &'a Digest,
    /// Hold or discard.
    pub verdict: Verdict,
    /// When it came.
    pub at: Moment,
    /// Until when it is kept.
    pub until: Moment,
    /// The envelope's sender; empty is the null sender.
    pub sender: &'a str,
    /// As it came.
    pub message: &'a [u8],
}

/// A kept post without its message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept {
    /// Its number.
    pub id: i64,
    /// The list's number.
    pub list: i64,
    /// The post.
    pub digest: Digest,
    /// Hold or discard.
    pub verdict: Verdict,
    /// When it came.
    pub at: Moment,
    /// Until when it is kept.
    pub until: Moment,
    /// The envelope's sender; empty is the null sender.
    pub sender: String,
    /// Its length.
    pub size_bytes: u64,
}

/// What was decided about a kept post.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    /// It went to the list.
    Release,
    /// It was thrown away.
    Discard,
}

impl Decision {
    /// Reads what [`Decision::as_str`] wrote.
    pub fn parse(word: &str) -> Option<Decision> {
        [Decision::Release, Decision::Discard].into_iter().find(|one| one.as_str() == word)
    }

    /// As it is stored and shown.
    pub fn as_str(self) -> &'static str {
        match self {
            Decision::Release => "release",
            Decision::Discard => "discard",
        }
    }
}

/// What was decided about a post that had been kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decided {
    /// Its number.
    pub id: i64,
    /// The list's number.
    pub list: i64,
    /// When.
    pub at: Moment,
    /// What.
    pub decision: Decision,
    /// Who.
    pub by: String,
}

from_row!(Decided, |row| {
    let word: String = row.try_get("decision")?;
    let fault = || sqlx::Error::Decode(format!("{word:?} is no decision").into());
    Ok(Decided {
        id: row.try_get("id")?,
        list: row.try_get("list")?,
        at: Moment::from_micros(row.try_get("decided_at")?),
        decision: Decision::parse(&word).ok_or_else(fault)?,
        by: row.try_get("decided_by")?,
    })
});

from_row!(Kept, |row| {
    Ok(Kept {
        id: row.try_get("id")?,
        list: row.try_get("list")?,
        digest: digest(row.try_get("digest")?)?,
        verdict: verdict(&row.try_get::<String, _>("verdict")?)?,
        at: Moment::from_micros(row.try_get("at")?),
        until: Moment::from_micros(row.try_get("until")?),
        sender: row.try_get("sender")?,
        size_bytes: u64::try_from(row.try_get::<i64, _>("size")?).unwrap_or(0),
    })
});

/// Keeps a post. One that is kept already stays as it is.
pub async fn add(tx: &mut Tx, post: &New<'_>) -> Result<(), StoreError> {
    on!(tx, "keeping a post", |c: D| {
        query::<D>(&sql::KEPT_ADD)
            .bind(post.list)
            .bind(post.digest.to_vec())
            .bind(post.verdict.as_str())
            .bind(post.at.micros())
            .bind(post.until.micros())
            .bind(post.sender.to_string())
            .bind(post.message.to_vec())
            .bind(i64::try_from(post.message.len()).unwrap_or(i64::MAX))
            .execute(c)
            .await
            .map(drop)
    })
}

/// Throws away the oldest discarded posts beyond that many.
pub async fn bound(tx: &mut Tx, most: u32) -> Result<(), StoreError> {
    on!(tx, "bounding the quarantine", |c: D| {
        query::<D>(&sql::KEPT_BOUND).bind(i64::from(most)).execute(c).await.map(drop)
    })
}

/// At most `limit` posts that nobody has decided about, the oldest first; only those with that
/// verdict, where one is given.
pub async fn open(
    from: impl Into<Reader<'_>>,
    only: Option<Verdict>,
    limit: u32,
) -> Result<Vec<Kept>, StoreError> {
    let only = only.map_or("", Verdict::as_str);
    on!(from.into(), "listing kept posts", |c: D| {
        query_as::<D, Kept>(&sql::KEPT_OPEN).bind(only).bind(i64::from(limit)).fetch_all(c).await
    })
}

/// A post that nobody has decided about, with its message.
pub async fn one(
    from: impl Into<Reader<'_>>,
    id: i64,
) -> Result<Option<(Kept, Vec<u8>)>, StoreError> {
    on!(from.into(), "reading a kept post", |c: D| {
        let kept = query_as::<D, Kept>(&sql::KEPT_ONE).bind(id).fetch_optional(&mut *c).await?;
        let message = query_as::<D, (Vec<u8>,)>(&sql::KEPT_MESSAGE).bind(id);
        let message = message.fetch_optional(c).await?;
        Ok(kept.zip(message.map(|(message,)| message)))
    })
}

/// Notes what was decided about a post, and by whom, and throws its message away; says whether
/// nobody had decided before.
pub async fn decide(
    tx: &mut Tx,
    id: i64,
    at: Moment,
    decision: Decision,
    by: &str,
) -> Result<bool, StoreError> {
    on!(tx, "deciding about a kept post", |c: D| {
        let decided = query::<D>(&sql::KEPT_DECIDE)
            .bind(id)
            .bind(at.micros())
            .bind(decision.as_str())
            .bind(by.to_string());
        Ok(decided.execute(c).await?.rows_affected() == 1)
    })
}

/// What was decided last, the newest first.
pub async fn decided(from: impl Into<Reader<'_>>, limit: u32) -> Result<Vec<Decided>, StoreError> {
    on!(from.into(), "reading who decided about posts", |c: D| {
        query_as::<D, Decided>(&sql::KEPT_DECIDED).bind(i64::from(limit)).fetch_all(c).await
    })
}

/// How many posts with that verdict nobody has decided about.
pub async fn count(from: impl Into<Reader<'_>>, verdict: Verdict) -> Result<u64, StoreError> {
    let (count,): (i64,) = on!(from.into(), "counting kept posts", |c: D| {
        query_as::<D, _>(&sql::KEPT_COUNT).bind(verdict.as_str()).fetch_one(c).await
    })?;
    Ok(u64::try_from(count).unwrap_or(0))
}

/// How many were released in `since <= at < before`.
pub async fn released(
    from: impl Into<Reader<'_>>,
    since: Moment,
    before: Moment,
) -> Result<u64, StoreError> {
    let (count,): (i64,) = on!(from.into(), "counting released posts", |c: D| {
        let asked = query_as::<D, _>(&sql::KEPT_RELEASED);
        asked.bind(since.micros()).bind(before.micros()).fetch_one(c).await
    })?;
    Ok(u64::try_from(count).unwrap_or(0))
}

/// Throws away what was kept long enough.
pub async fn forget(tx: &mut Tx, now: Moment) -> Result<(), StoreError> {
    on!(tx, "throwing kept posts away", |c: D| {
        query::<D>(&sql::KEPT_FORGET).bind(now.micros()).execute(c).await.map(drop)
    })
}
