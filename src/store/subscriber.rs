//! Who is subscribed to a list, and by which addresses.

use crate::domain::list::Key;
use crate::domain::time::Moment;
use crate::store::driver::{Reader, from_row, on, query, query_as};
use crate::store::list::ListId;
use crate::store::{StoreError, Tx, sql};

/// An address that is to be subscribed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct New {
    /// For comparing.
    pub key: Key,
    /// As it was given.
    pub address: String,
    /// The person's name; may be empty.
    pub name: String,
    /// The subscriber's first address, where this is a further one.
    pub other_of: Option<Key>,
    /// Whether `name+anything@` is the subscriber's, too.
    pub is_extended: bool,
    /// Whether every post waits for a moderator.
    pub is_moderated: bool,
    /// Whether no mail is wanted.
    pub is_nomail: bool,
}

impl New {
    /// A subscriber of whom only the address is known.
    pub fn of(key: Key, address: impl Into<String>) -> New {
        New {
            key,
            address: address.into(),
            name: String::new(),
            other_of: None,
            is_extended: false,
            is_moderated: false,
            is_nomail: false,
        }
    }
}

/// A subscriber's address, as it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subscriber {
    /// For comparing.
    pub key: String,
    /// As it was given.
    pub address: String,
    /// The person's name; may be empty.
    pub name: String,
    /// The key of the subscriber's first address, where this is a further one.
    pub other_of: Option<String>,
    /// Since when.
    pub joined_at: Moment,
    /// Since when `name+anything@` is the subscriber's, too.
    pub extended_at: Option<Moment>,
    /// Since when every post waits for a moderator.
    pub moderated_at: Option<Moment>,
    /// Since when no mail is wanted.
    pub nomail_at: Option<Moment>,
}

/// What the gate asks about an address that is subscribed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    /// As it was given.
    pub address: String,
    /// Whether every post waits for a moderator.
    pub is_moderated: bool,
    /// Whether `name+anything@` is the subscriber's, too.
    pub is_extended: bool,
}

struct Found {
    place: i64,
    standing: Standing,
}

from_row!(Found, |row| {
    Ok(Found {
        place: row.try_get("place")?,
        standing: Standing {
            address: row.try_get("address")?,
            is_moderated: row.try_get::<Option<i64>, _>("moderated_at")?.is_some(),
            is_extended: row.try_get::<Option<i64>, _>("extended_at")?.is_some(),
        },
    })
});

from_row!(Subscriber, |row| {
    let moment =
        |column| row.try_get::<Option<i64>, _>(column).map(|at| at.map(Moment::from_micros));
    Ok(Subscriber {
        key: row.try_get("key")?,
        address: row.try_get("address")?,
        name: row.try_get("name")?,
        other_of: row.try_get("other_of")?,
        joined_at: Moment::from_micros(row.try_get("joined_at")?),
        extended_at: moment("extended_at")?,
        moderated_at: moment("moderated_at")?,
        nomail_at: moment("nomail_at")?,
    })
});

/// What is known of addresses on lists, in the order of the questions; nothing where an address is
/// not subscribed. One question to the database, however many there are here.
pub async fn standing(
    from: impl Into<Reader<'_>>,
    questions: &[(ListId, &str)],
) -> Result<Vec<Option<Standing>>, StoreError> {
    let mut standing = vec![None; questions.len()];
    if questions.is_empty() {
        return Ok(standing);
    }
    let asked: Vec<(i64, &str)> = questions.iter().map(|(list, key)| (list.0, *key)).collect();
    let asked = serde_json::to_string(&asked).expect("numbers and strings always serialise");
    let found: Vec<Found> = on!(from.into(), "looking for subscribers", |c: D| {
        query_as::<D, Found>(&sql::SUBSCRIBER_STANDING).bind(asked).fetch_all(c).await
    })?;
    for one in found {
        if let Some(place) = usize::try_from(one.place).ok().and_then(|at| standing.get_mut(at)) {
            *place = Some(one.standing);
        }
    }
    Ok(standing)
}

/// Subscribes addresses; says how many were not subscribed before. Those that were stay as they are.
pub async fn add(tx: &mut Tx, list: ListId, all: &[New], at: Moment) -> Result<u64, StoreError> {
    let since = |is_so: bool| is_so.then_some(at.micros());
    let rows: Vec<_> = all
        .iter()
        .map(|one| {
            let other_of = one.other_of.as_ref().map(Key::as_str);
            let options = (since(one.is_extended), since(one.is_moderated), since(one.is_nomail));
            (one.key.as_str(), &one.address, &one.name, other_of, options.0, options.1, options.2)
        })
        .collect();
    let rows = serde_json::to_string(&rows).expect("numbers and strings always serialise");
    on!(tx, "subscribing addresses", |c: D| {
        let added = query::<D>(&sql::SUBSCRIBER_ADD).bind(list.0).bind(rows).bind(at.micros());
        Ok(added.execute(c).await?.rows_affected())
    })
}

/// Removes addresses, and the further addresses of those that are somebody's first; says how many.
pub async fn remove(tx: &mut Tx, list: ListId, keys: &[&str]) -> Result<u64, StoreError> {
    let keys = serde_json::to_string(keys).expect("strings always serialise");
    on!(tx, "removing subscribers", |c: D| {
        let removed = query::<D>(&sql::SUBSCRIBER_REMOVE).bind(list.0).bind(keys);
        Ok(removed.execute(c).await?.rows_affected())
    })
}

/// At most `limit` subscribers of a list after that key, in the order of their keys; from the
/// beginning where it is empty.
pub async fn page(
    from: impl Into<Reader<'_>>,
    list: ListId,
    after: &str,
    limit: u32,
) -> Result<Vec<Subscriber>, StoreError> {
    on!(from.into(), "listing subscribers", |c: D| {
        query_as::<D, Subscriber>(&sql::SUBSCRIBER_PAGE)
            .bind(list.0)
            .bind(after.to_string())
            .bind(i64::from(limit))
            .fetch_all(c)
            .await
    })
}

/// One subscriber.
pub async fn one(
    from: impl Into<Reader<'_>>,
    list: ListId,
    key: &Key,
) -> Result<Option<Subscriber>, StoreError> {
    on!(from.into(), "looking for a subscriber", |c: D| {
        let asked = query_as::<D, Subscriber>(&sql::SUBSCRIBER_ONE);
        asked.bind(list.0).bind(key.as_str().to_string()).fetch_optional(c).await
    })
}

/// How many addresses are subscribed, further ones included.
pub async fn count(from: impl Into<Reader<'_>>, list: ListId) -> Result<u64, StoreError> {
    let (count,): (i64,) = on!(from.into(), "counting subscribers", |c: D| {
        query_as::<D, _>(&sql::SUBSCRIBER_COUNT).bind(list.0).fetch_one(c).await
    })?;
    Ok(u64::try_from(count).unwrap_or(0))
}

/// Since when a subscriber has which options; says whether there is such a subscriber.
pub async fn set(
    tx: &mut Tx,
    list: ListId,
    key: &str,
    [extended, moderated, nomail]: [Option<Moment>; 3],
) -> Result<bool, StoreError> {
    on!(tx, "changing a subscriber's options", |c: D| {
        let set = query::<D>(&sql::SUBSCRIBER_SET)
            .bind(list.0)
            .bind(key.to_string())
            .bind(extended.map(Moment::micros))
            .bind(moderated.map(Moment::micros))
            .bind(nomail.map(Moment::micros));
        Ok(set.execute(c).await?.rows_affected() == 1)
    })
}
