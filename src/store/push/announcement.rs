//! Pushes, and in which channels they are to be said.

use crate::domain::name::Network;
use crate::domain::push::item::Item;
use crate::domain::time::Moment;
use crate::store::driver::{Reader, from_row, on, query, query_as};
use crate::store::push::{json, read};
use crate::store::{StoreError, Tx, sql};

/// What was announced together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Push {
    /// Its number.
    pub number: i64,
    /// When.
    pub at: Moment,
    /// Since when we had been away, where it is told after an outage.
    pub since: Option<Moment>,
    /// What.
    pub items: Vec<Item>,
}

from_row!(Push, |row| {
    Ok(Push {
        number: row.try_get("number")?,
        at: Moment::from_micros(row.try_get("at")?),
        since: row.try_get::<Option<i64>, _>("since")?.map(Moment::from_micros),
        items: read(&row.try_get::<String, _>("items")?)?,
    })
});

/// A push that waits to be said in a channel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Waiting {
    /// The push.
    pub push: Push,
    /// The key of the line it was posted in, where it was.
    pub line: Option<String>,
}

from_row!(Waiting, |row| {
    Ok(Waiting {
        push: Push {
            number: row.try_get("number")?,
            at: Moment::from_micros(row.try_get("at")?),
            since: row.try_get::<Option<i64>, _>("since")?.map(Moment::from_micros),
            items: read(&row.try_get::<String, _>("items")?)?,
        },
        line: row.try_get("line")?,
    })
});

/// Keeps a push; its number.
pub async fn add(
    tx: &mut Tx,
    at: Moment,
    since: Option<Moment>,
    items: &[Item],
) -> Result<i64, StoreError> {
    let (number,): (i64,) = on!(tx, "keeping a push", |c: D| {
        let added = query_as::<D, _>(&sql::PUSH_ADD).bind(at.micros());
        added.bind(since.map(Moment::micros)).bind(json(&items)).fetch_one(c).await
    })?;
    Ok(number)
}

/// One push.
pub async fn one(from: impl Into<Reader<'_>>, number: i64) -> Result<Option<Push>, StoreError> {
    on!(from.into(), "looking for a push", |c: D| {
        query_as::<D, Push>(&sql::PUSH_ONE).bind(number).fetch_optional(c).await
    })
}

/// The pushes in `since <= at < before`, the oldest first.
pub async fn between(
    from: impl Into<Reader<'_>>,
    since: Moment,
    before: Moment,
    most: u32,
) -> Result<Vec<Push>, StoreError> {
    on!(from.into(), "reading pushes", |c: D| {
        query_as::<D, Push>(&sql::PUSH_BETWEEN)
            .bind(since.micros())
            .bind(before.micros())
            .bind(i64::from(most))
            .fetch_all(c)
            .await
    })
}

/// The pushes before a number, the newest first.
pub async fn before(
    from: impl Into<Reader<'_>>,
    number: i64,
    most: u32,
) -> Result<Vec<Push>, StoreError> {
    on!(from.into(), "listing pushes", |c: D| {
        let page = query_as::<D, Push>(&sql::SITE_PUSHES).bind(number);
        page.bind(i64::from(most)).fetch_all(c).await
    })
}

/// A push is to be said in a channel, in small letters.
pub async fn want(
    tx: &mut Tx,
    push: i64,
    network: &Network,
    channel: &str,
) -> Result<(), StoreError> {
    on!(tx, "keeping what is to be announced", |c: D| {
        let wanted = query::<D>(&sql::ANNOUNCEMENT_ADD).bind(push);
        let wanted = wanted.bind(network.as_str().to_string()).bind(channel.to_string());
        wanted.execute(c).await.map(drop)
    })
}

/// What waits to be said in a channel, the oldest first.
pub async fn waiting(
    from: impl Into<Reader<'_>>,
    network: &Network,
    channel: &str,
    most: u32,
) -> Result<Vec<Waiting>, StoreError> {
    on!(from.into(), "looking for what is to be announced", |c: D| {
        let waiting = query_as::<D, Waiting>(&sql::ANNOUNCEMENT_WAITING);
        let waiting = waiting.bind(network.as_str().to_string()).bind(channel.to_string());
        waiting.bind(i64::from(most)).fetch_all(c).await
    })
}

/// How many lines were posted in a channel since then.
pub async fn lines_since(
    from: impl Into<Reader<'_>>,
    network: &Network,
    channel: &str,
    since: Moment,
) -> Result<u32, StoreError> {
    let (count,): (i64,) = on!(from.into(), "counting what was announced", |c: D| {
        let count = query_as::<D, _>(&sql::ANNOUNCEMENT_RECENT);
        let count = count.bind(network.as_str().to_string()).bind(channel.to_string());
        count.bind(since.micros()).fetch_one(c).await
    })?;
    Ok(u32::try_from(count).unwrap_or(u32::MAX))
}

/// A push is posted in a line.
pub async fn post(
    tx: &mut Tx,
    push: i64,
    (network, channel): (&Network, &str),
    line: &str,
    at: Moment,
) -> Result<(), StoreError> {
    on!(tx, "noting what is announced", |c: D| {
        query::<D>(&sql::ANNOUNCEMENT_POST)
            .bind(push)
            .bind(network.as_str().to_string())
            .bind(channel.to_string())
            .bind(line.to_string())
            .bind(at.micros())
            .execute(c)
            .await
            .map(drop)
    })
}

/// A line was said; whether it was one of these and new.
pub async fn said(tx: &mut Tx, line: &str, at: Moment) -> Result<bool, StoreError> {
    on!(tx, "noting what was announced", |c: D| {
        let said = query::<D>(&sql::ANNOUNCEMENT_SAID).bind(line.to_string()).bind(at.micros());
        Ok(said.execute(c).await?.rows_affected() > 0)
    })
}
