//! The subscribers of the lists: an address each, as it is compared.
//!
//! Nothing here knows what a subscriber may do; the gate decides that.

use crate::domain::list::Key;
use crate::domain::text::Text;
use crate::domain::time::Moment;
use crate::store::driver::{Connection, Reader, from_row, on, query, query_as, while_doing};
use crate::store::list::ListId;
use crate::store::{StoreError, Tx, sql};
use sqlx::{Postgres, Sqlite};

/// The most further addresses of one subscriber.
pub const MOST_OTHERS: u32 = 20;

/// An address that is subscribed to a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subscriber {
    /// The address as it is compared.
    pub key: Key,
    /// As it was given.
    pub address: Text,
    /// The name beside it; may be empty.
    pub name: Text,
    /// The key of the subscriber's first address, where this is a further one; it gets no mail.
    pub other_of: Option<Key>,
    /// Since when.
    pub joined_at: Moment,
    /// What else is known.
    pub options: Options,
}

/// What a subscriber chose, or a moderator chose for them; each since a moment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// `name+anything@` is the subscriber's own, too.
    pub extended_at: Option<Moment>,
    /// Every post waits for a moderator.
    pub moderated_at: Option<Moment>,
    /// No mail is wanted.
    pub nomail_at: Option<Moment>,
}

impl Subscriber {
    /// A new one, with nothing chosen.
    pub fn new(key: Key, address: &str, name: &str, at: Moment) -> Subscriber {
        Subscriber {
            key,
            address: address.into(),
            name: name.into(),
            other_of: None,
            joined_at: at,
            options: Options::default(),
        }
    }
}

from_row!(Subscriber, |row| {
    let moment = |name| -> Result<Option<Moment>, sqlx::Error> {
        Ok(row.try_get::<Option<i64>, _>(name)?.map(Moment::from_micros))
    };
    let options = Options {
        extended_at: moment("extended_at")?,
        moderated_at: moment("moderated_at")?,
        nomail_at: moment("nomail_at")?,
    };
    let other_of: Option<String> = row.try_get("other_of")?;
    Ok(Subscriber {
        key: key(row.try_get("key")?)?,
        address: row.try_get::<String, _>("address")?.into(),
        name: row.try_get::<String, _>("name")?.into(),
        other_of: other_of.map(key).transpose()?,
        joined_at: Moment::from_micros(row.try_get("joined_at")?),
        options,
    })
});

/// Only keys are stored as such, and each is its own key.
fn key(stored: String) -> Result<Key, sqlx::Error> {
    let fault = || sqlx::Error::Decode(format!("{stored:?} is no address's key").into());
    Key::parse(&stored).ok_or_else(fault)
}

/// What the gate asks about an address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    /// The address as the subscriber gave it.
    pub address: Text,
    /// The key of the first address, where this is a further one.
    pub other_of: Option<String>,
    /// Whether `name+anything@` is the subscriber's own, too.
    pub is_extended: bool,
    /// Whether every post waits for a moderator.
    pub is_moderated: bool,
}

/// A row with the place of its question.
struct Placed(usize, Standing);

from_row!(Placed, |row| {
    let place: i64 = row.try_get("place")?;
    let standing = Standing {
        address: row.try_get::<String, _>("address")?.into(),
        other_of: row.try_get("other_of")?,
        is_extended: row.try_get::<Option<i64>, _>("extended_at")?.is_some(),
        is_moderated: row.try_get::<Option<i64>, _>("moderated_at")?.is_some(),
    };
    Ok(Placed(usize::try_from(place).unwrap_or(usize::MAX), standing))
});

/// Whether addresses are subscribed: one answer for each question, in their order, by one statement
/// that asks the primary key.
pub async fn standing(
    from: impl Into<Reader<'_>>,
    questions: &[(ListId, &str)],
) -> Result<Vec<Option<Standing>>, StoreError> {
    let mut answers = vec![None; questions.len()];
    if questions.is_empty() {
        return Ok(answers);
    }
    let doing = "asking who is subscribed";
    let found = match from.into().connection().await {
        Ok(Connection::Sqlite(mut held)) => {
            let pairs: Vec<(i64, &str)> =
                questions.iter().map(|(list, key)| (list.0, *key)).collect();
            let pairs =
                serde_json::to_string(&pairs).expect("numbers and strings always serialise");
            let asked = query_as::<Sqlite, Placed>(&sql::SUBSCRIBER_STANDING).bind(pairs);
            while_doing(doing, asked.fetch_all(held.get()).await)
        }
        Ok(Connection::Pg(mut held)) => {
            let asked = query_as::<Postgres, Placed>(&sql::SUBSCRIBER_STANDING)
                .bind(questions.iter().map(|(list, _)| list.0).collect::<Vec<i64>>())
                .bind(questions.iter().map(|(_, key)| without_nul(key)).collect::<Vec<String>>());
            while_doing(doing, asked.fetch_all(held.get()).await)
        }
        Err(error) => Err(StoreError::of(doing, error)),
    };
    for Placed(place, standing) in found? {
        if let Some(answer) = answers.get_mut(place) {
            *answer = Some(standing);
        }
    }
    Ok(answers)
}

/// PostgreSQL takes no NUL; no key has one, so what has one is nobody's.
fn without_nul(key: &str) -> String {
    key.replace('\0', "\u{fffd}")
}

/// Adds subscribers in one statement; how many of them were not there before. Of those that were,
/// nothing changes. A batch of some thousands is fastest, in the order of their keys.
pub async fn add(tx: &mut Tx, list: ListId, new: &[Subscriber]) -> Result<u64, StoreError> {
    if new.is_empty() {
        return Ok(0);
    }
    let doing = "adding subscribers";
    let micros = |at: Option<Moment>| at.map(Moment::micros);
    let other = |one: &Subscriber| one.other_of.as_ref().map(|key| key.as_str().to_string());
    match Reader::from(tx).connection().await {
        Ok(Connection::Sqlite(mut held)) => {
            let rows = new.iter().map(|one| {
                let Options { extended_at, moderated_at, nomail_at } = one.options;
                let words = (one.key.as_str(), one.address.as_untrusted(), one.name.as_untrusted());
                let since = (micros(extended_at), micros(moderated_at), micros(nomail_at));
                let joined = one.joined_at.micros();
                (words.0, words.1, words.2, other(one), joined, since.0, since.1, since.2)
            });
            let rows = serde_json::to_string(&rows.collect::<Vec<_>>());
            let rows = rows.expect("numbers and strings always serialise");
            let added = query::<Sqlite>(&sql::SUBSCRIBER_ADD).bind(list.0).bind(rows);
            let added = while_doing(doing, added.execute(held.get()).await)?;
            Ok(added.rows_affected())
        }
        Ok(Connection::Pg(mut held)) => {
            let text = |of: fn(&Subscriber) -> &str| new.iter().map(move |one| of(one).to_string());
            let since = |of: fn(&Options) -> Option<Moment>| {
                new.iter().map(move |one| micros(of(&one.options))).collect::<Vec<_>>()
            };
            let added = query::<Postgres>(&sql::SUBSCRIBER_ADD)
                .bind(list.0)
                .bind(text(|one| one.key.as_str()).collect::<Vec<_>>())
                .bind(text(|one| one.address.as_untrusted()).collect::<Vec<_>>())
                .bind(text(|one| one.name.as_untrusted()).collect::<Vec<_>>())
                .bind(new.iter().map(other).collect::<Vec<_>>())
                .bind(new.iter().map(|one| one.joined_at.micros()).collect::<Vec<_>>())
                .bind(since(|options| options.extended_at))
                .bind(since(|options| options.moderated_at))
                .bind(since(|options| options.nomail_at));
            let added = while_doing(doing, added.execute(held.get()).await)?;
            Ok(added.rows_affected())
        }
        Err(error) => Err(StoreError::of(doing, error)),
    }
}

/// Removes addresses, and the further addresses of those that are first ones; how many went.
pub async fn remove(tx: &mut Tx, list: ListId, keys: &[&Key]) -> Result<u64, StoreError> {
    let doing = "removing subscribers";
    let mut gone = 0;
    for sql in [&sql::SUBSCRIBER_REMOVE_OTHERS, &sql::SUBSCRIBER_REMOVE] {
        gone += match Reader::from(&mut *tx).connection().await {
            Ok(Connection::Sqlite(mut held)) => {
                let removed = query::<Sqlite>(sql).bind(list.0).bind(json(keys));
                while_doing(doing, removed.execute(held.get()).await)?.rows_affected()
            }
            Ok(Connection::Pg(mut held)) => {
                let removed = query::<Postgres>(sql).bind(list.0).bind(array(keys));
                while_doing(doing, removed.execute(held.get()).await)?.rows_affected()
            }
            Err(error) => return Err(StoreError::of(doing, error)),
        };
    }
    Ok(gone)
}

/// Those of the addresses that are subscribed, in no order.
pub async fn known(
    from: impl Into<Reader<'_>>,
    list: ListId,
    keys: &[&Key],
) -> Result<Vec<String>, StoreError> {
    let doing = "asking which addresses are subscribed";
    let found: Vec<(String,)> = match from.into().connection().await {
        Ok(Connection::Sqlite(mut held)) => {
            let known = query_as::<Sqlite, _>(&sql::SUBSCRIBER_KNOWN).bind(list.0).bind(json(keys));
            while_doing(doing, known.fetch_all(held.get()).await)?
        }
        Ok(Connection::Pg(mut held)) => {
            let known = query_as::<Postgres, _>(&sql::SUBSCRIBER_KNOWN);
            let known = known.bind(list.0).bind(array(keys));
            while_doing(doing, known.fetch_all(held.get()).await)?
        }
        Err(error) => return Err(StoreError::of(doing, error)),
    };
    Ok(found.into_iter().map(|(key,)| key).collect())
}

fn json(keys: &[&Key]) -> String {
    let keys: Vec<&str> = keys.iter().map(|key| key.as_str()).collect();
    serde_json::to_string(&keys).expect("strings always serialise")
}

fn array(keys: &[&Key]) -> Vec<String> {
    keys.iter().map(|key| key.as_str().to_string()).collect()
}

/// At most `limit` subscribers of a list in the order of their keys, after one of them.
pub async fn members(
    from: impl Into<Reader<'_>>,
    list: ListId,
    after: Option<&Key>,
    limit: u32,
) -> Result<Vec<Subscriber>, StoreError> {
    on!(from.into(), "reading the subscribers", |c: D| {
        query_as::<D, Subscriber>(&sql::SUBSCRIBER_PAGE)
            .bind(list.0)
            .bind(after.map_or("", Key::as_str).to_string())
            .bind(i64::from(limit))
            .fetch_all(c)
            .await
    })
}

/// At most `limit` subscribers of a list whose key has that word in it, in the order of their keys,
/// after one of them.
pub async fn search(
    from: impl Into<Reader<'_>>,
    list: ListId,
    word: &str,
    after: Option<&Key>,
    limit: u32,
) -> Result<Vec<Subscriber>, StoreError> {
    on!(from.into(), "searching the subscribers", |c: D| {
        query_as::<D, Subscriber>(&sql::SUBSCRIBER_SEARCH)
            .bind(list.0)
            .bind(without_nul(word))
            .bind(after.map_or("", Key::as_str).to_string())
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
        query_as::<D, Subscriber>(&sql::SUBSCRIBER_OF)
            .bind(list.0)
            .bind(key.as_str().to_string())
            .fetch_optional(c)
            .await
    })
}

/// The further addresses of a subscriber, at most [`MOST_OTHERS`].
pub async fn others(
    from: impl Into<Reader<'_>>,
    list: ListId,
    key: &Key,
) -> Result<Vec<Subscriber>, StoreError> {
    on!(from.into(), "looking for further addresses", |c: D| {
        query_as::<D, Subscriber>(&sql::SUBSCRIBER_OTHERS)
            .bind(list.0)
            .bind(key.as_str().to_string())
            .bind(i64::from(MOST_OTHERS))
            .fetch_all(c)
            .await
    })
}

/// How many addresses a list has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Count {
    /// All of them.
    pub all: u64,
    /// Those that are further ones of a subscriber.
    pub further: u64,
    /// Those that want no mail.
    pub nomail: u64,
    /// Those whose posts wait for a moderator.
    pub moderated: u64,
}

/// Counts the addresses of a list.
pub async fn count(from: impl Into<Reader<'_>>, list: ListId) -> Result<Count, StoreError> {
    let counted: (i64, i64, i64, i64) = on!(from.into(), "counting subscribers", |c: D| {
        query_as::<D, _>(&sql::SUBSCRIBER_COUNT).bind(list.0).fetch_one(c).await
    })?;
    let [all, further, nomail, moderated] =
        [counted.0, counted.1, counted.2, counted.3].map(i64::unsigned_abs);
    Ok(Count { all, further, nomail, moderated })
}

/// Gives a subscriber other options; whether there was such a one.
pub async fn set(
    tx: &mut Tx,
    list: ListId,
    key: &Key,
    options: &Options,
) -> Result<bool, StoreError> {
    on!(tx, "changing a subscriber", |c: D| {
        let set = query::<D>(&sql::SUBSCRIBER_SET)
            .bind(list.0)
            .bind(key.as_str().to_string())
            .bind(options.extended_at.map(Moment::micros))
            .bind(options.moderated_at.map(Moment::micros))
            .bind(options.nomail_at.map(Moment::micros));
        Ok(set.execute(c).await?.rows_affected() == 1)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::list::policy::Settings;
    use crate::store::list::{self, List};
    use crate::store::testing::each;

    fn at(micros: i64) -> Moment {
        Moment::from_micros(micros)
    }

    fn key(address: &str) -> Key {
        Key::parse(address).unwrap()
    }

    fn new(address: &str) -> Subscriber {
        Subscriber::new(key(address), address, "", at(1))
    }

    async fn made(tx: &mut Tx, name: &str) -> List {
        let address = format!("{name}@lists.example");
        let made = list::create(tx, name, &address, &Settings::default(), at(1)).await;
        made.unwrap().unwrap()
    }

    #[test]
    fn answers_come_in_the_order_of_the_questions() {
        each(async |db| {
            let mut tx = db.begin().await.unwrap();
            let (virt, devel) = (made(&mut tx, "virt").await, made(&mut tx, "devel").await);
            let mut anna = new("Anna@X.example");
            anna.options.moderated_at = Some(at(2));
            let mut second = new("anna@y.example");
            second.other_of = Some(key("anna@x.example"));
            second.options.extended_at = Some(at(3));
            assert_eq!(add(&mut tx, virt.id, &[anna, second]).await.unwrap(), 2);
            assert_eq!(add(&mut tx, devel.id, &[new("bob@x.example")]).await.unwrap(), 1);
            tx.commit().await.unwrap();
            let questions = [
                (devel.id, "bob@x.example"),
                (virt.id, "bob@x.example"),
                (virt.id, "anna@y.example"),
                (virt.id, "anna\0@y.example'\""),
                (virt.id, "anna@x.example"),
                (devel.id, "bob@x.example"),
            ];
            let answers = standing(&db, &questions).await.unwrap();
            let standing_of = |address: &str| Standing {
                address: address.into(),
                other_of: None,
                is_extended: false,
                is_moderated: false,
            };
            let bob = Some(standing_of("bob@x.example"));
            let second = Standing {
                other_of: Some("anna@x.example".into()),
                is_extended: true,
                ..standing_of("anna@y.example")
            };
            let anna = Standing { is_moderated: true, ..standing_of("Anna@X.example") };
            assert_eq!(answers, [bob.clone(), None, Some(second), None, Some(anna), bob]);
            assert!(standing(&db, &[]).await.unwrap().is_empty());
        });
    }

    #[test]
    fn what_is_there_stays_as_it_is_and_pages_follow_each_other() {
        each(async |db| {
            let mut tx = db.begin().await.unwrap();
            let virt = made(&mut tx, "virt").await.id;
            let many: Vec<Subscriber> =
                (0..250).map(|n| new(&format!("n{n:03}@x.example"))).collect();
            assert_eq!(add(&mut tx, virt, &many).await.unwrap(), 250);
            let other = Subscriber { name: "Other".into(), ..new("N007@x.example") };
            assert_eq!(add(&mut tx, virt, &[other, new("z_@x.example")]).await.unwrap(), 1);
            assert_eq!(one(&mut tx, virt, &key("n007@x.example")).await.unwrap().unwrap(), many[7]);
            let (mut pages, mut last) = (Vec::new(), None);
            loop {
                let page = members(&mut tx, virt, last.as_ref(), 100).await.unwrap();
                last = page.last().map(|one| one.key.clone());
                pages.push(page.len());
                if last.is_none() {
                    break;
                }
            }
            assert_eq!(pages, [100, 100, 51, 0]);
            let (here, away) = (key("n001@x.example"), key("away@x.example"));
            let known = known(&mut tx, virt, &[&here, &away]).await.unwrap();
            assert_eq!(known, ["n001@x.example"]);
            let found = search(&mut tx, virt, "n00", None, 3).await.unwrap();
            let keys: Vec<&str> = found.iter().map(|one| one.key.as_str()).collect();
            assert_eq!(keys.len(), 3);
            let after = found.last().map(|one| one.key.clone());
            let next = search(&mut tx, virt, "n00", after.as_ref(), 100).await.unwrap();
            assert!(next.iter().all(|one| !keys.contains(&one.key.as_str())));
            assert_eq!(
                search(&mut tx, virt, "_", None, 9).await.unwrap().len(),
                1,
                "is no wildcard"
            );
            for naughty in ["%", "' or 1=1", "a\0b", "\\"] {
                let found = search(&mut tx, virt, naughty, None, 9).await.unwrap();
                assert_eq!(found, [], "{naughty}");
            }
            tx.commit().await.unwrap();
        });
    }

    #[test]
    fn further_addresses_go_with_the_first_one() {
        each(async |db| {
            let mut tx = db.begin().await.unwrap();
            let (virt, devel) = (made(&mut tx, "virt").await.id, made(&mut tx, "devel").await.id);
            let anna = key("anna@x.example");
            let further = Subscriber { other_of: Some(anna.clone()), ..new("anna@y.example") };
            for list in [virt, devel] {
                let all = [new("anna@x.example"), further.clone(), new("bob@x.example")];
                assert_eq!(add(&mut tx, list, &all).await.unwrap(), 3);
            }
            assert_eq!(others(&mut tx, virt, &anna).await.unwrap(), [further]);
            let options = Options { nomail_at: Some(at(4)), ..Options::default() };
            assert!(set(&mut tx, virt, &anna, &options).await.unwrap());
            let counted = Count { all: 3, further: 1, nomail: 1, moderated: 0 };
            assert_eq!(count(&mut tx, virt).await.unwrap(), counted);
            let nobody = key("nobody@x.example");
            assert_eq!(remove(&mut tx, virt, &[&anna, &nobody]).await.unwrap(), 2);
            assert!(!set(&mut tx, virt, &anna, &options).await.unwrap());
            assert_eq!(count(&mut tx, virt).await.unwrap().all, 1);
            assert_eq!(count(&mut tx, devel).await.unwrap().all, 3, "another list's are its own");
            tx.commit().await.unwrap();
        });
    }
}
