//! The mailing lists whose door beadle keeps.
//!
//! Who is subscribed is in [`subscriber`](crate::store::subscriber).

use crate::domain::list::policy::Settings;
use crate::domain::time::Moment;
use crate::store::driver::{Reader, from_row, on, query, query_as};
use crate::store::{StoreError, Tx, sql};

/// Which list; never given twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ListId(pub(super) i64);

impl ListId {
    /// As it stands in the tables.
    pub fn number(self) -> i64 {
        self.0
    }

    /// As it was read from a table.
    pub fn of(number: i64) -> ListId {
        ListId(number)
    }
}

/// A list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct List {
    /// Which one.
    pub id: ListId,
    /// What it is called, in small letters.
    pub name: String,
    /// Where posts to it go, in small letters.
    pub address: String,
    /// What it has otherwise than `[gate]` of the configuration says.
    pub settings: Settings,
    /// Since when it is kept.
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

fn written(settings: &Settings) -> String {
    serde_json::to_string(settings).expect("words always serialise")
}

/// Keeps a list; nothing where its name or its address is another's.
pub async fn create(
    tx: &mut Tx,
    name: &str,
    address: &str,
    settings: &Settings,
    at: Moment,
) -> Result<Option<List>, StoreError> {
    on!(tx, "keeping a list", |c: D| {
        query_as::<D, List>(&sql::LIST_ADD)
            .bind(name.to_lowercase())
            .bind(address.to_lowercase())
            .bind(written(settings))
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

/// The list of that name or posting address.
pub async fn by(from: impl Into<Reader<'_>>, named: &str) -> Result<Option<List>, StoreError> {
    on!(from.into(), "looking for a list", |c: D| {
        query_as::<D, List>(&sql::LIST_BY).bind(named.to_lowercase()).fetch_optional(c).await
    })
}

/// Makes the group's own list, which is in the configuration: it need not be created. One of that
/// name gets the address that the configuration has now.
pub async fn ensure(
    tx: &mut Tx,
    name: &str,
    address: &str,
    at: Moment,
) -> Result<List, StoreError> {
    if let Some(list) = by(&mut *tx, address).await? {
        return Ok(list);
    }
    if let Some(list) = create(tx, name, address, &Settings::default(), at).await? {
        return Ok(list);
    }
    let mut list = match by(&mut *tx, name).await? {
        Some(list) => list,
        // Another node made it at this moment.
        None => return Err(StoreError::new("keeping a list", crate::store::Trouble::Conflict)),
    };
    list.address = address.to_lowercase();
    on!(tx, "moving a list", |c: D| {
        let moved = query::<D>(&sql::LIST_MOVE).bind(list.id.0).bind(list.address.clone());
        moved.execute(c).await.map(drop)
    })?;
    Ok(list)
}

/// Gives a list other settings; whether there was such a list.
pub async fn set(tx: &mut Tx, list: ListId, settings: &Settings) -> Result<bool, StoreError> {
    on!(tx, "changing a list", |c: D| {
        let set = query::<D>(&sql::LIST_SET).bind(list.0).bind(written(settings));
        Ok(set.execute(c).await?.rows_affected() == 1)
    })
}

/// Removes a list with all its subscribers; whether there was such a list.
pub async fn remove(tx: &mut Tx, list: ListId) -> Result<bool, StoreError> {
    on!(tx, "removing a list", |c: D| {
        query::<D>(&sql::LIST_TOKENS).bind(list.0).execute(&mut *c).await?;
        query::<D>(&sql::LIST_EMPTY).bind(list.0).execute(&mut *c).await?;
        Ok(query::<D>(&sql::LIST_REMOVE).bind(list.0).execute(c).await?.rows_affected() == 1)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::list::gate::Verdict;
    use crate::store::testing::each;

    #[test]
    fn a_list_is_found_by_name_and_address_and_changed() {
        each(async |db| {
            let at = Moment::from_micros(5);
            let settings = Settings { nonmember: Some(Verdict::Hold), ..Settings::default() };
            let mut tx = db.begin().await.unwrap();
            let made = create(&mut tx, "Virt", "Virt@X.example", &settings, at).await.unwrap();
            let made = made.unwrap();
            assert_eq!((made.name.as_str(), made.address.as_str()), ("virt", "virt@x.example"));
            for (name, address) in [("virt", "other@x.example"), ("other", "VIRT@x.example")] {
                let taken = create(&mut tx, name, address, &settings, at).await.unwrap();
                assert_eq!(taken, None, "{name} {address}");
            }
            tx.commit().await.unwrap();
            for named in ["VIRT", "virt@X.example"] {
                assert_eq!(by(&db, named).await.unwrap().as_ref(), Some(&made));
            }
            assert_eq!(by(&db, "vir").await.unwrap(), None);
            let mut tx = db.begin().await.unwrap();
            assert!(set(&mut tx, made.id, &Settings::default()).await.unwrap());
            assert_eq!(all(&mut tx).await.unwrap()[0].settings, Settings::default());
            assert!(remove(&mut tx, made.id).await.unwrap());
            assert!(!remove(&mut tx, made.id).await.unwrap());
            assert!(all(&mut tx).await.unwrap().is_empty());
            tx.commit().await.unwrap();
        });
    }

    #[test]
    fn the_groups_own_list_is_there_once_and_follows_the_configuration() {
        each(async |db| {
            let mut tx = db.begin().await.unwrap();
            let at = Moment::from_micros(1);
            let first = ensure(&mut tx, "virt", "virt@x.example", at).await.unwrap();
            assert_eq!(ensure(&mut tx, "virt", "virt@x.example", at).await.unwrap(), first);
            let moved = ensure(&mut tx, "virt", "virt@y.example", at).await.unwrap();
            assert_eq!((moved.id, moved.address.as_str()), (first.id, "virt@y.example"));
            assert_eq!(all(&mut tx).await.unwrap(), [moved]);
            tx.commit().await.unwrap();
        });
    }
}
