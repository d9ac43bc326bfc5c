//! The lists whose door is kept: what they are called, where posts to them go, what is theirs only.

use crate::domain::list::policy::Settings;
use crate::domain::time::Moment;
use crate::store::driver::{Reader, from_row, on, query, query_as};
use crate::store::{StoreError, Tx, sql};

/// The number of a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ListId(pub(super) i64);

impl ListId {
    /// The number.
    pub fn number(self) -> i64 {
        self.0
    }
}

/// A list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct List {
    /// Its number.
    pub id: ListId,
    /// What it is called, in small letters.
    pub name: String,
    /// Where posts to it go, in small letters.
    pub address: String,
    /// What differs from `[gate]` of the configuration.
    pub settings: Settings,
    /// Since when there is one.
    pub created_at: Moment,
}

from_row!(List, |row| {
    let settings: String = row.try_get("settings")?;
    Ok(List {
        id: ListId(row.try_get("id")?),
        name: row.try_get("name")?,
        address: row.try_get("address")?,
        settings: serde_json::from_str(&settings)
            .map_err(|error| sqlx::Error::Decode(Box::new(error)))?,
        created_at: Moment::from_micros(row.try_get("created_at")?),
    })
});

/// Makes a list; nothing where its name or its address is taken.
pub async fn create(
    tx: &mut Tx,
    name: &str,
    address: &str,
    settings: &Settings,
    at: Moment,
) -> Result<Option<List>, StoreError> {
    let settings = json(settings);
    on!(tx, "making a list", |c: D| {
        query_as::<D, List>(&sql::LIST_CREATE)
            .bind(name.to_ascii_lowercase())
            .bind(address.to_ascii_lowercase())
            .bind(settings)
            .bind(at.micros())
            .fetch_optional(c)
            .await
    })
}

/// All lists, by name.
pub async fn all(from: impl Into<Reader<'_>>) -> Result<Vec<List>, StoreError> {
    on!(from.into(), "reading the lists", |c: D| {
        query_as::<D, List>(&sql::LIST_ALL).fetch_all(c).await
    })
}

/// The list of that name or address.
pub async fn find(from: impl Into<Reader<'_>>, name: &str) -> Result<Option<List>, StoreError> {
    let name = name.to_ascii_lowercase();
    on!(from.into(), "looking for a list", |c: D| {
        query_as::<D, List>(&sql::LIST_FIND).bind(name).fetch_optional(c).await
    })
}

/// Gives a list other settings.
pub async fn set(tx: &mut Tx, id: ListId, settings: &Settings) -> Result<(), StoreError> {
    let settings = json(settings);
    on!(tx, "changing a list", |c: D| {
        query::<D>(&sql::LIST_SET).bind(id.0).bind(settings).execute(c).await.map(drop)
    })
}

/// Removes a list that has no subscribers; says whether it had none.
pub async fn remove(tx: &mut Tx, id: ListId) -> Result<bool, StoreError> {
    on!(tx, "removing a list", |c: D| {
        Ok(query::<D>(&sql::LIST_REMOVE).bind(id.0).execute(c).await?.rows_affected() == 1)
    })
}

fn json(settings: &Settings) -> String {
    serde_json::to_string(settings).expect("settings always serialise")
}
