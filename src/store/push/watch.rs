//! People who want to be told of packages.

use crate::domain::name::Network;
use crate::domain::pattern::Pattern;
use crate::domain::time::Moment;
use crate::store::driver::{Reader, from_row, on, query, query_as};
use crate::store::{StoreError, Tx, sql};

/// The most patterns of one person.
pub const MOST_OF_ONE: i64 = 20;
/// The most patterns of all.
pub const MOST: i64 = 2_000;

/// Somebody wants to be told of packages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Watch {
    /// As their network knows them.
    pub who: String,
    /// Which packages.
    pub pattern: Pattern,
}

from_row!(Watch, |row| {
    let pattern: String = row.try_get("pattern")?;
    Ok(Watch { who: row.try_get("who")?, pattern: Pattern::new(&pattern) })
});

/// Keeps a wish; whether there was room and it is new.
pub async fn add(
    tx: &mut Tx,
    network: &Network,
    watch: &Watch,
    at: Moment,
) -> Result<bool, StoreError> {
    on!(tx, "keeping what somebody watches", |c: D| {
        let added = query::<D>(&sql::WATCH_ADD)
            .bind(network.as_str().to_string())
            .bind(watch.who.clone())
            .bind(watch.pattern.to_string())
            .bind(at.micros())
            .bind(MOST_OF_ONE)
            .bind(MOST);
        Ok(added.execute(c).await?.rows_affected() == 1)
    })
}

/// Forgets a wish; whether it was there.
pub async fn remove(
    tx: &mut Tx,
    network: &Network,
    who: &str,
    pattern: &Pattern,
) -> Result<bool, StoreError> {
    on!(tx, "forgetting what somebody watched", |c: D| {
        let removed = query::<D>(&sql::WATCH_REMOVE).bind(network.as_str().to_string());
        let removed = removed.bind(who.to_string()).bind(pattern.to_string());
        Ok(removed.execute(c).await?.rows_affected() == 1)
    })
}

/// What somebody watches.
pub async fn of(
    from: impl Into<Reader<'_>>,
    network: &Network,
    who: &str,
) -> Result<Vec<Watch>, StoreError> {
    on!(from.into(), "reading what somebody watches", |c: D| {
        let of = query_as::<D, Watch>(&sql::WATCH_OF).bind(network.as_str().to_string());
        of.bind(who.to_string()).fetch_all(c).await
    })
}

/// What anybody watches.
pub async fn all(from: impl Into<Reader<'_>>) -> Result<Vec<Watch>, StoreError> {
    on!(from.into(), "reading what people watch", |c: D| {
        query_as::<D, Watch>(&sql::WATCH_ALL).fetch_all(c).await
    })
}
