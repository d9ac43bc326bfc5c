//! The ledger: each build and its way.

use crate::domain::push::build::{Build, Id};
use crate::domain::time::Moment;
use crate::store::driver::{Reader, from_row, on, query, query_as};
use crate::store::push::{json, read};
use crate::store::{StoreError, Tx, sql};

struct State(Build);

from_row!(State, |row| Ok(State(read(&row.try_get::<String, _>("state")?)?)));

struct Next(Option<i64>);

from_row!(Next, |row| Ok(Next(row.try_get("at")?)));

fn builds(found: Vec<State>) -> Vec<Build> {
    found.into_iter().map(|State(build)| build).collect()
}

/// One build, whatever its epoch: that is no part of what it is called, and not everybody who
/// tells of a build knows it. Whoever does is believed.
pub async fn one(from: impl Into<Reader<'_>>, id: &Id) -> Result<Option<Build>, StoreError> {
    let found: Option<State> = on!(from.into(), "looking for a build", |c: D| {
        query_as::<D, State>(&sql::BUILD_ONE)
            .bind(id.repository.clone())
            .bind(id.source.clone())
            .bind(id.evr.version.clone())
            .bind(id.evr.release.clone())
            .fetch_optional(c)
            .await
    })?;
    Ok(found.map(|State(mut build)| {
        if id.evr.epoch > 0 {
            build.id.evr.epoch = id.evr.epoch;
        }
        build
    }))
}

/// Keeps what is known of one, and when it is to be looked at next.
pub async fn save(
    tx: &mut Tx,
    build: &Build,
    wakes_at: Option<Moment>,
    now: Moment,
) -> Result<(), StoreError> {
    let changed = build.changed_at().unwrap_or(now);
    on!(tx, "keeping what is known of a build", |c: D| {
        query::<D>(&sql::BUILD_SAVE)
            .bind(build.id.repository.clone())
            .bind(build.id.source.clone())
            .bind(i64::from(build.id.evr.epoch))
            .bind(build.id.evr.version.clone())
            .bind(build.id.evr.release.clone())
            .bind(json(build))
            .bind(wakes_at.map(Moment::micros))
            .bind(changed.micros())
            .execute(c)
            .await
            .map(drop)
    })
}

/// Those that are to be looked at by now, the longest due first.
pub async fn due(
    from: impl Into<Reader<'_>>,
    now: Moment,
    most: u32,
) -> Result<Vec<Build>, StoreError> {
    let found = on!(from.into(), "looking for builds to be announced", |c: D| {
        let due = query_as::<D, State>(&sql::BUILD_DUE).bind(now.micros());
        due.bind(i64::from(most)).fetch_all(c).await
    })?;
    Ok(builds(found))
}

/// When the next one is to be looked at.
pub async fn next(from: impl Into<Reader<'_>>) -> Result<Option<Moment>, StoreError> {
    let Next(at) = on!(from.into(), "looking when the next build is due", |c: D| {
        query_as::<D, Next>(&sql::BUILD_NEXT).fetch_one(c).await
    })?;
    Ok(at.map(Moment::from_micros))
}

/// The last builds of a source package.
pub async fn of_source(
    from: impl Into<Reader<'_>>,
    source: &str,
    most: u32,
) -> Result<Vec<Build>, StoreError> {
    let found = on!(from.into(), "looking for builds of a package", |c: D| {
        let asked = query_as::<D, State>(&sql::BUILD_SOURCE).bind(source.to_string());
        asked.bind(i64::from(most)).fetch_all(c).await
    })?;
    Ok(builds(found))
}

/// The builds of a repository of which something is known since then, the newest first.
pub async fn of_repository(
    from: impl Into<Reader<'_>>,
    repository: &str,
    since: Moment,
    most: u32,
) -> Result<Vec<Build>, StoreError> {
    let found = on!(from.into(), "looking for builds of a repository", |c: D| {
        let asked = query_as::<D, State>(&sql::BUILD_IN).bind(repository.to_string());
        asked.bind(since.micros()).bind(i64::from(most)).fetch_all(c).await
    })?;
    Ok(builds(found))
}

/// The builds of which something is known since then, the newest first.
pub async fn recent(
    from: impl Into<Reader<'_>>,
    since: Moment,
    most: u32,
) -> Result<Vec<Build>, StoreError> {
    let found = on!(from.into(), "reading the last builds", |c: D| {
        let asked = query_as::<D, State>(&sql::BUILD_RECENT).bind(since.micros());
        asked.bind(i64::from(most)).fetch_all(c).await
    })?;
    Ok(builds(found))
}
