//! An administrator keeps the lists and their subscribers.
//!
//! What people ask by mail about themselves is [`subscribe`](crate::flow::subscribe)'s.

use crate::clock;
use crate::config::Config;
use crate::domain::list::Key;
use crate::domain::list::import::Entry;
use crate::domain::list::policy::Settings;
use crate::domain::time::Moment;
use crate::store::list::{self, List, ListId};
use crate::store::subscriber::{self, Options, Subscriber};
use crate::store::{Db, StoreError};

/// How many rows go into one transaction: others may write between two of them.
pub const BATCH: usize = 5_000;

/// The group's own list, which stands in the configuration and so need not be created; nothing
/// where none does.
pub async fn own(db: &Db, config: &Config) -> Result<Option<List>, StoreError> {
    let Some(own) = &config.list else { return Ok(None) };
    let address = own.address.as_str();
    if let Some(list) = list::by(db, address).await? {
        return Ok(Some(list));
    }
    let mut tx = db.begin().await?;
    // A name that has spaces is for people; lists are called by one word.
    let is_word = |name: &&str| !name.contains(|c: char| c.is_whitespace() || c == '@');
    let name = Some(own.name.as_untrusted()).filter(is_word).unwrap_or(own.address.local());
    let list = list::ensure(&mut tx, name, address, clock::now()).await?;
    tx.commit().await?;
    Ok(Some(list))
}

/// Keeps a new list; nothing where its name or its address is taken.
pub async fn create(
    db: &Db,
    name: &str,
    address: &str,
    settings: &Settings,
) -> Result<Option<List>, StoreError> {
    let mut tx = db.begin().await?;
    let made = list::create(&mut tx, name, address, settings, clock::now()).await?;
    tx.commit().await?;
    Ok(made)
}

/// Gives a list other settings; whether it is still there.
pub async fn set(db: &Db, list: ListId, settings: &Settings) -> Result<bool, StoreError> {
    let mut tx = db.begin().await?;
    let is_there = list::set(&mut tx, list, settings).await?;
    tx.commit().await?;
    Ok(is_there)
}

/// Deletes a list with its subscribers; whether it was still there.
pub async fn delete(db: &Db, list: ListId) -> Result<bool, StoreError> {
    let mut tx = db.begin().await?;
    let is_gone = list::remove(&mut tx, list).await?;
    tx.commit().await?;
    Ok(is_gone)
}

/// What a subscriber's row is made of.
pub fn row(entry: &Entry, now: Moment) -> Subscriber {
    let since = |is_on: bool| is_on.then_some(now);
    Subscriber {
        other_of: entry.other_of.clone(),
        options: Options {
            extended_at: since(entry.is_extended),
            moderated_at: since(entry.is_moderated),
            nomail_at: since(entry.is_nomail),
        },
        ..Subscriber::new(entry.key.clone(), &entry.address, &entry.name, now)
    }
}

/// Subscribes addresses, some thousands at a time, and tells `progress` how many were looked at;
/// gives how many are new. What is there stays as it is.
pub async fn add(
    db: &Db,
    list: ListId,
    entries: &[Entry],
    mut progress: impl FnMut(usize),
) -> Result<u64, StoreError> {
    let (now, mut added, mut done) = (clock::now(), 0, 0);
    for batch in entries.chunks(BATCH) {
        let rows: Vec<Subscriber> = batch.iter().map(|entry| row(entry, now)).collect();
        let mut tx = db.begin().await?;
        added += subscriber::add(&mut tx, list, &rows).await?;
        tx.commit().await?;
        done += batch.len();
        progress(done);
    }
    Ok(added)
}

/// Removes addresses, and the further ones of their subscribers; gives how many went.
pub async fn remove(
    db: &Db,
    list: ListId,
    keys: &[Key],
    mut progress: impl FnMut(usize),
) -> Result<u64, StoreError> {
    let (mut gone, mut done) = (0, 0);
    for batch in keys.chunks(BATCH) {
        let batch: Vec<&Key> = batch.iter().collect();
        let mut tx = db.begin().await?;
        gone += subscriber::remove(&mut tx, list, &batch).await?;
        tx.commit().await?;
        done += batch.len();
        progress(done);
    }
    Ok(gone)
}

/// Changes what a subscriber chose; gives it as it is then, or nothing where there is none.
pub async fn change(
    db: &Db,
    list: ListId,
    key: &Key,
    change: impl FnOnce(&mut Options, Moment),
) -> Result<Option<Subscriber>, StoreError> {
    let mut tx = db.begin().await?;
    let Some(mut member) = subscriber::one(&mut tx, list, key).await? else { return Ok(None) };
    change(&mut member.options, clock::now());
    subscriber::set(&mut tx, list, key, &member.options).await?;
    tx.commit().await?;
    Ok(Some(member))
}

/// What an import would change.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Plan {
    /// The addresses to be subscribed.
    pub new: Vec<Entry>,
    /// How many are subscribed already.
    pub known: usize,
    /// The addresses that are subscribed and not in the source.
    pub extra: Vec<Key>,
}

/// Compares a source, in the order of its keys and each once, with a list. What is only on the list
/// is looked for where `sync` says so; a further address of somebody in the source is not.
pub async fn plan(
    db: &Db,
    list: ListId,
    mut entries: Vec<Entry>,
    sync: bool,
) -> Result<Plan, StoreError> {
    let mut plan = Plan::default();
    alone(db, list, &mut entries).await?;
    if sync {
        plan.extra = extra(db, list, &entries).await?;
    }
    let mut entries = entries.into_iter().peekable();
    while entries.peek().is_some() {
        let batch: Vec<Entry> = entries.by_ref().take(BATCH).collect();
        let keys: Vec<&Key> = batch.iter().map(|entry| &entry.key).collect();
        let mut known = subscriber::known(db, list, &keys).await?;
        known.sort();
        plan.known += known.len();
        let is_new = |entry: &Entry| {
            known.binary_search_by(|one| one.as_str().cmp(entry.key.as_str())).is_err()
        };
        plan.new.extend(batch.into_iter().filter(is_new));
    }
    Ok(plan)
}

/// Makes those subscribers of their own who are further addresses of nobody that is known.
async fn alone(db: &Db, list: ListId, entries: &mut [Entry]) -> Result<(), StoreError> {
    let is_in = |key: &Key| entries.binary_search_by(|entry| entry.key.cmp(key)).is_ok();
    let firsts = entries.iter().filter_map(|entry| entry.other_of.as_ref());
    let mut missing: Vec<Key> = firsts.filter(|first| !is_in(first)).cloned().collect();
    missing.sort();
    missing.dedup();
    let mut known = Vec::new();
    for batch in missing.chunks(BATCH) {
        let batch: Vec<&Key> = batch.iter().collect();
        known.extend(subscriber::known(db, list, &batch).await?);
    }
    known.sort();
    missing.retain(|key| known.binary_search_by(|one| one.as_str().cmp(key.as_str())).is_err());
    for entry in entries {
        entry.other_of.take_if(|first| missing.binary_search(first).is_ok());
    }
    Ok(())
}

async fn extra(db: &Db, list: ListId, entries: &[Entry]) -> Result<Vec<Key>, StoreError> {
    let is_in = |key: &Key| entries.binary_search_by(|entry| entry.key.cmp(key)).is_ok();
    let (mut extra, mut last) = (Vec::new(), None);
    loop {
        let page = subscriber::members(db, list, last.as_ref(), BATCH as u32).await?;
        let Some(end) = page.last() else { return Ok(extra) };
        last = Some(end.key.clone());
        let is_extra =
            |one: &Subscriber| !is_in(&one.key) && !one.other_of.as_ref().is_some_and(is_in);
        extra.extend(page.into_iter().filter(is_extra).map(|one| one.key));
    }
}

/// Makes a new signing key; those before it verify for a while.
pub async fn rekey(db: &Db) -> Result<(), StoreError> {
    let mut tx = db.begin().await?;
    crate::store::signing_key::make(&mut tx, clock::now()).await?;
    tx.commit().await
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::testing::each;

    fn entries(addresses: &[&str]) -> Vec<Entry> {
        let mut all: Vec<Entry> =
            addresses.iter().map(|address| Entry::parse(address).unwrap()).collect();
        all.sort_by(|one, other| one.key.cmp(&other.key));
        all
    }

    #[test]
    fn a_plan_says_what_is_done_and_doing_it_twice_changes_nothing() {
        each(async |db| {
            let made = create(&db, "virt", "virt@x.example", &Settings::default()).await.unwrap();
            let list = made.unwrap().id;
            let first = entries(&["anna@x.example", "Bob <bob@x.example>", "gone@x.example"]);
            let planned = plan(&db, list, first.clone(), true).await.unwrap();
            assert_eq!((planned.new.len(), planned.known, planned.extra.len()), (3, 0, 0));
            let mut seen = Vec::new();
            assert_eq!(add(&db, list, &planned.new, |done| seen.push(done)).await.unwrap(), 3);
            assert_eq!(seen, [3]);
            let again = plan(&db, list, first, true).await.unwrap();
            assert_eq!(again, Plan { known: 3, ..Plan::default() });
            let mut other = entries(&["anna@y.example"]);
            other[0].other_of = Key::parse("anna@x.example");
            add(&db, list, &other, |_| {}).await.unwrap();
            let less = entries(&["anna@x.example", "bob@x.example", "new@x.example"]);
            let planned = plan(&db, list, less, true).await.unwrap();
            assert_eq!(planned.extra, [Key::parse("gone@x.example").unwrap()]);
            assert_eq!((planned.new.len(), planned.known), (1, 2));
            assert_eq!(remove(&db, list, &planned.extra, |_| {}).await.unwrap(), 1);
            let mut further = entries(&["b@y.example", "c@y.example"]);
            further[0].other_of = Key::parse("bob@x.example");
            further[1].other_of = Key::parse("nobody@x.example");
            let planned = plan(&db, list, further.clone(), false).await.unwrap();
            assert_eq!(planned.new[0].other_of, further[0].other_of);
            assert_eq!(planned.new[1].other_of, None, "nobody is not known");
        });
    }

    #[test]
    fn an_order_of_bytes_is_the_order_of_keys_on_both_databases() {
        each(async |db| {
            let made = create(&db, "virt", "virt@x.example", &Settings::default()).await.unwrap();
            let list = made.unwrap().id;
            let odd = entries(&[
                "a_b@x.example",
                "a-b@x.example",
                "ab@x.example",
                "é@x.example",
                "\"a b\"@x.example",
                "a.b@x.example",
                "0@x.example",
            ]);
            add(&db, list, &odd, |_| {}).await.unwrap();
            let page = subscriber::members(&db, list, None, 100).await.unwrap();
            let keys = |all: Vec<Key>| all.iter().map(Key::to_string).collect::<Vec<_>>();
            let wanted = keys(odd.into_iter().map(|entry| entry.key).collect());
            assert_eq!(keys(page.into_iter().map(|one| one.key).collect()), wanted);
        });
    }
}
