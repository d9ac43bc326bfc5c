//! What repositories carry: one row for each source build, so that a change writes what differs and
//! anybody can ask where a package is.

use crate::domain::push::evr::Evr;
use crate::domain::push::index::{Difference, Index, Key, Packages};
use crate::store::driver::{Reader, from_row, on, query, query_as};
use crate::store::push::{json, read};
use crate::store::{StoreError, Tx, sql};
use std::collections::BTreeMap;

/// How many rows are written by one statement.
const TOGETHER: usize = 2_000;

struct Row(Key, Packages);

from_row!(Row, |row| {
    let key = Key {
        source: row.try_get("source")?,
        evr: Evr {
            epoch: u32::try_from(row.try_get::<i64, _>("epoch")?).unwrap_or(0),
            version: row.try_get("version")?,
            release: row.try_get("release")?,
        },
        arch: row.try_get("package_arch")?,
    };
    Ok(Row(key, read(&row.try_get::<String, _>("packages")?)?))
});

/// A version of a source package that a repository carries.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Version {
    /// The repository.
    pub repository: String,
    /// Its architecture.
    pub arch: String,
    /// The source package's name.
    pub source: String,
    /// The version.
    pub evr: Evr,
}

from_row!(Version, |row| {
    Ok(Version {
        repository: row.try_get("repository")?,
        arch: row.try_get("arch")?,
        source: row.try_get("source")?,
        evr: Evr {
            epoch: u32::try_from(row.try_get::<i64, _>("epoch")?).unwrap_or(0),
            version: row.try_get("version")?,
            release: row.try_get("release")?,
        },
    })
});

/// What a repository carries on an architecture.
pub async fn of(
    from: impl Into<Reader<'_>>,
    repository: &str,
    arch: &str,
) -> Result<Index, StoreError> {
    let rows: Vec<Row> = on!(from.into(), "reading what a repository carries", |c: D| {
        let rows = query_as::<D, Row>(&sql::CARRIED_OF).bind(repository.to_string());
        rows.bind(arch.to_string()).fetch_all(c).await
    })?;
    Ok(rows.into_iter().map(|Row(key, packages)| (key, packages)).collect())
}

/// Makes the rows what they are after a change: `new` is all that is there then.
pub async fn change(
    tx: &mut Tx,
    (repository, arch): (&str, &str),
    difference: &Difference,
    new: &Index,
) -> Result<(), StoreError> {
    let Difference { added, removed, respun } = difference;
    let changed: BTreeMap<&Key, Option<Packages>> =
        added.iter().chain(removed).chain(respun).map(|(key, _)| (key, new.get(key))).collect();
    let gone: Vec<_> = changed.iter().filter(|(_, packages)| packages.is_none()).collect();
    for some in gone.chunks(TOGETHER) {
        let rows: Vec<_> = some.iter().map(|(key, _)| parts(key)).collect();
        drop_rows(tx, repository, arch, json(&rows)).await?;
    }
    let there: Vec<(&Key, Packages)> =
        changed.into_iter().filter_map(|(key, packages)| Some((key, packages?))).collect();
    for some in there.chunks(TOGETHER) {
        let rows = some.iter().map(|(key, packages)| {
            let (source, epoch, version, release, arch) = parts(key);
            (source, epoch, version, release, arch, json(packages))
        });
        let rows: Vec<_> = rows.collect();
        put_rows(tx, repository, arch, json(&rows)).await?;
    }
    Ok(())
}

fn parts(key: &Key) -> (&str, u32, &str, &str, &str) {
    (&key.source, key.evr.epoch, &key.evr.version, &key.evr.release, &key.arch)
}

async fn put_rows(
    tx: &mut Tx,
    repository: &str,
    arch: &str,
    rows: String,
) -> Result<(), StoreError> {
    on!(tx, "keeping what a repository carries", |c: D| {
        let put = query::<D>(&sql::CARRIED_PUT).bind(repository.to_string());
        put.bind(arch.to_string()).bind(rows).execute(c).await.map(drop)
    })
}

async fn drop_rows(
    tx: &mut Tx,
    repository: &str,
    arch: &str,
    rows: String,
) -> Result<(), StoreError> {
    on!(tx, "forgetting what a repository carried", |c: D| {
        let dropped = query::<D>(&sql::CARRIED_DROP).bind(repository.to_string());
        dropped.bind(arch.to_string()).bind(rows).execute(c).await.map(drop)
    })
}

/// Which versions of a source package are carried where.
pub async fn versions(
    from: impl Into<Reader<'_>>,
    source: &str,
) -> Result<Vec<Version>, StoreError> {
    on!(from.into(), "looking where a package is", |c: D| {
        query_as::<D, Version>(&sql::CARRIED_SOURCE).bind(source.to_string()).fetch_all(c).await
    })
}

/// The source packages of which that is a package, a few.
pub async fn sources_of(
    from: impl Into<Reader<'_>>,
    name: &str,
) -> Result<Vec<String>, StoreError> {
    // What a name has of the pattern's own letters fits any letter, so what is found is a
    // suggestion; no name of a package has a quotation mark.
    let pattern = format!("%\"{}\"%", name.replace(['%', '\\', '"'], "_"));
    let found: Vec<(String,)> = on!(from.into(), "looking for a package's source", |c: D| {
        query_as::<D, _>(&sql::CARRIED_BINARY).bind(pattern).fetch_all(c).await
    })?;
    Ok(found.into_iter().map(|(source,)| source).collect())
}

/// The names of all source packages that are carried, at most so many.
pub async fn names(from: impl Into<Reader<'_>>, most: u32) -> Result<Vec<String>, StoreError> {
    let found: Vec<(String,)> = on!(from.into(), "reading the names of packages", |c: D| {
        query_as::<D, _>(&sql::CARRIED_NAMES).bind(i64::from(most)).fetch_all(c).await
    })?;
    Ok(found.into_iter().map(|(source,)| source).collect())
}
