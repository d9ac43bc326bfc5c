//! People who are told something when they are seen, and people who want a word at each call.

use crate::domain::name::{Network, Nick};
use crate::domain::text::Text;
use crate::domain::time::Moment;
use crate::store::driver::{Reader, from_row, on, query, query_as};
use crate::store::sql::Sql;
use crate::store::{StoreError, Tx, sql};

/// The most things that wait for one person.
pub const MOST_FOR_ONE: i64 = 50;
/// The most people that are looked out for.
pub const MOST_PEOPLE: i64 = 1_000;
/// The most people of a network who want a word at each call.
pub const MOST_PINGS: i64 = 200;

/// Something somebody is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Telling {
    /// Why.
    pub key: String,
    /// The words.
    pub text: Text,
    /// Since when it waited.
    pub at: Moment,
}

from_row!(Telling, |row| {
    Ok(Telling {
        key: row.try_get("key")?,
        text: Text::new(row.try_get::<String, _>("text")?),
        at: Moment::from_micros(row.try_get("at")?),
    })
});

/// Keeps something to tell; whether it is new. `who`: an account or a nick, folded.
pub async fn add(
    tx: &mut Tx,
    key: &str,
    who: &str,
    text: &Text,
    at: Moment,
) -> Result<bool, StoreError> {
    on!(tx, "keeping what somebody is told", |c: D| {
        let added = query::<D>(&sql::TELLING_ADD)
            .bind(key.to_string())
            .bind(who.to_string())
            .bind(text.as_untrusted().to_string())
            .bind(at.micros())
            .bind(MOST_FOR_ONE);
        Ok(added.execute(c).await?.rows_affected() == 1)
    })
}

/// Those who are to be told something.
pub async fn awaited(from: impl Into<Reader<'_>>) -> Result<Vec<String>, StoreError> {
    let who: Vec<(String,)> = on!(from.into(), "looking for people to be told", |c: D| {
        query_as::<D, _>(&sql::TELLING_WHO).bind(MOST_PEOPLE).fetch_all(c).await
    })?;
    Ok(who.into_iter().map(|(who,)| who).collect())
}

/// What somebody is told now, the oldest first; it counts as told with the commit.
pub async fn take(tx: &mut Tx, who: &str, at: Moment) -> Result<Vec<Telling>, StoreError> {
    take_by(&sql::TELLING_TAKE, tx, who, at).await
}

/// The same without actions: those are told with the words that the ledger has for them, when
/// somebody comes back.
pub async fn take_fresh(tx: &mut Tx, who: &str, at: Moment) -> Result<Vec<Telling>, StoreError> {
    take_by(&sql::TELLING_TAKE_FRESH, tx, who, at).await
}

async fn take_by(
    taking: &'static Sql,
    tx: &mut Tx,
    who: &str,
    at: Moment,
) -> Result<Vec<Telling>, StoreError> {
    let mut told: Vec<Telling> = on!(tx, "telling somebody", |c: D| {
        let told = query_as::<D, Telling>(taking).bind(who.to_string());
        told.bind(at.micros()).fetch_all(c).await
    })?;
    // What an update gives back has no order.
    told.sort_by(|one, other| (one.at, &one.key).cmp(&(other.at, &other.key)));
    Ok(told)
}

/// Forgets what was told before `told`, and what waits since before `waiting` for people who never
/// came.
pub async fn forget(tx: &mut Tx, told: Moment, waiting: Moment) -> Result<(), StoreError> {
    on!(tx, "forgetting what people were told", |c: D| {
        let forgotten = query::<D>(&sql::TELLING_FORGET).bind(told.micros());
        forgotten.bind(waiting.micros()).execute(c).await.map(drop)
    })
}

/// Somebody who wants a word at each call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pinged {
    /// As the network knows them.
    pub who: String,
    /// What they were called when they asked.
    pub nick: Nick,
}

from_row!(Pinged, |row| {
    let nick: String = row.try_get("nick")?;
    Ok(Pinged { who: row.try_get("who")?, nick: Nick::new(&nick) })
});

/// Somebody wants a word at each call; whether there was room and it is new.
pub async fn ping_on(
    tx: &mut Tx,
    network: &Network,
    pinged: &Pinged,
    at: Moment,
) -> Result<bool, StoreError> {
    on!(tx, "keeping who wants to be pinged", |c: D| {
        let kept = query::<D>(&sql::PING_ON)
            .bind(network.as_str().to_string())
            .bind(pinged.who.clone())
            .bind(pinged.nick.as_str().to_string())
            .bind(at.micros())
            .bind(MOST_PINGS);
        Ok(kept.execute(c).await?.rows_affected() == 1)
    })
}

/// Somebody wants none any more; whether they had wanted one.
pub async fn ping_off(tx: &mut Tx, network: &Network, who: &str) -> Result<bool, StoreError> {
    on!(tx, "forgetting who wanted to be pinged", |c: D| {
        let gone = query::<D>(&sql::PING_OFF).bind(network.as_str().to_string());
        Ok(gone.bind(who.to_string()).execute(c).await?.rows_affected() == 1)
    })
}

/// All of a network who want one.
pub async fn pings(
    from: impl Into<Reader<'_>>,
    network: &Network,
) -> Result<Vec<Pinged>, StoreError> {
    on!(from.into(), "reading who wants to be pinged", |c: D| {
        let pings = query_as::<D, Pinged>(&sql::PING_READ).bind(network.as_str().to_string());
        pings.fetch_all(c).await
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::testing::each;

    #[test]
    fn a_thing_is_told_once() {
        each(async |db| {
            let at = Moment::from_micros;
            let mut tx = db.begin().await.unwrap();
            assert!(add(&mut tx, "action:35", "jirkade", &"35".into(), at(2)).await.unwrap());
            assert!(!add(&mut tx, "action:35", "jirkade", &"35".into(), at(3)).await.unwrap());
            assert!(add(&mut tx, "action:34", "jirkade", &"34".into(), at(1)).await.unwrap());
            assert_eq!(awaited(&mut tx).await.unwrap(), ["jirkade"]);
            let told = take(&mut tx, "jirkade", at(9)).await.unwrap();
            let keys: Vec<_> = told.iter().map(|one| one.key.as_str()).collect();
            assert_eq!(keys, ["action:34", "action:35"]);
            assert!(take(&mut tx, "jirkade", at(10)).await.unwrap().is_empty());
            assert!(awaited(&mut tx).await.unwrap().is_empty());
            assert!(!add(&mut tx, "action:35", "jirkade", &"35".into(), at(11)).await.unwrap());
            tx.commit().await.unwrap();
        });
    }

    #[test]
    fn what_was_told_long_ago_and_what_waits_for_ever_is_forgotten() {
        each(async |db| {
            let at = Moment::from_micros;
            let mut tx = db.begin().await.unwrap();
            for (key, who, since) in [("1", "a", 1), ("2", "b", 2), ("3", "c", 3), ("4", "d", 4)] {
                add(&mut tx, key, who, &key.into(), at(since)).await.unwrap();
            }
            take(&mut tx, "a", at(7)).await.unwrap();
            take(&mut tx, "d", at(8)).await.unwrap();
            forget(&mut tx, at(8), at(3)).await.unwrap();
            assert_eq!(awaited(&mut tx).await.unwrap(), ["c"], "b never came");
            let mut is_new = async |key| add(&mut tx, key, "e", &"".into(), at(9)).await.unwrap();
            let kept = [is_new("1").await, is_new("2").await, is_new("4").await];
            assert_eq!(kept, [true, true, false], "4 was told not long ago");
            tx.commit().await.unwrap();
        });
    }

    #[test]
    fn pings_are_kept_by_network() {
        each(async |db| {
            let (here, there) = (Network::new("libera"), Network::new("oftc"));
            let mira = Pinged { who: "a:mira".into(), nick: "mira".into() };
            let at = Moment::from_micros(1);
            let mut tx = db.begin().await.unwrap();
            assert!(ping_on(&mut tx, &here, &mira, at).await.unwrap());
            assert!(!ping_on(&mut tx, &here, &mira, at).await.unwrap());
            assert_eq!(pings(&mut tx, &here).await.unwrap(), [mira]);
            assert!(pings(&mut tx, &there).await.unwrap().is_empty());
            assert!(ping_off(&mut tx, &here, "a:mira").await.unwrap());
            assert!(!ping_off(&mut tx, &here, "a:mira").await.unwrap());
            tx.commit().await.unwrap();
        });
    }
}
