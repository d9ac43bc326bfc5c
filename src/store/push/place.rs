//! Repositories as they were last accepted, and how far each tag was read.

use crate::domain::push::place::Place;
use crate::domain::time::Moment;
use crate::store::driver::{Reader, from_row, on, query, query_as};
use crate::store::push::{json, read};
use crate::store::{StoreError, Tx, sql};

struct State(Place);

from_row!(State, |row| Ok(State(read(&row.try_get::<String, _>("state")?)?)));

/// A repository on an architecture, as it was last seen.
#[derive(Clone, Debug, PartialEq)]
pub struct Seen {
    /// The repository.
    pub repository: String,
    /// The architecture.
    pub arch: String,
    /// What is known of it.
    pub place: Place,
}

from_row!(Seen, |row| {
    Ok(Seen {
        repository: row.try_get("repository")?,
        arch: row.try_get("arch")?,
        place: read(&row.try_get::<String, _>("state")?)?,
    })
});

/// One of them.
pub async fn one(
    from: impl Into<Reader<'_>>,
    repository: &str,
    arch: &str,
) -> Result<Option<Place>, StoreError> {
    let found: Option<State> = on!(from.into(), "looking for a repository", |c: D| {
        let asked = query_as::<D, State>(&sql::PLACE_ONE).bind(repository.to_string());
        asked.bind(arch.to_string()).fetch_optional(c).await
    })?;
    Ok(found.map(|State(place)| place))
}

/// All that were ever looked at.
pub async fn all(from: impl Into<Reader<'_>>) -> Result<Vec<Seen>, StoreError> {
    on!(from.into(), "reading the repositories", |c: D| {
        query_as::<D, Seen>(&sql::PLACE_ALL).fetch_all(c).await
    })
}

/// Keeps what is known of one; false where what it replaces, by its SHA-256 (empty: nothing), is
/// not what is there any more: another node was faster.
pub async fn save(
    tx: &mut Tx,
    repository: &str,
    arch: &str,
    place: &Place,
    replaces: &str,
) -> Result<bool, StoreError> {
    let sha256 = place.known.as_ref().map_or(String::new(), |known| known.sha256.clone());
    on!(tx, "keeping what is known of a repository", |c: D| {
        let saved = query::<D>(&sql::PLACE_SAVE)
            .bind(repository.to_string())
            .bind(arch.to_string())
            .bind(sha256)
            .bind(json(place))
            .bind(replaces.to_string());
        Ok(saved.execute(c).await?.rows_affected() == 1)
    })
}

/// From which event on a tag is read, and how far it was: the first and the last number.
pub async fn cursor(
    from: impl Into<Reader<'_>>,
    tag: &str,
) -> Result<Option<(i64, i64)>, StoreError> {
    on!(from.into(), "looking how far a tag was read", |c: D| {
        query_as::<D, _>(&sql::CURSOR_OF).bind(tag.to_string()).fetch_optional(c).await
    })
}

/// Notes how far a tag was read; it never goes backwards.
pub async fn set_cursor(tx: &mut Tx, tag: &str, event: i64, at: Moment) -> Result<(), StoreError> {
    on!(tx, "noting how far a tag was read", |c: D| {
        let set = query::<D>(&sql::CURSOR_SET).bind(tag.to_string()).bind(event);
        set.bind(at.micros()).execute(c).await.map(drop)
    })
}
