//! The lists as the doors know them: their addresses, their rules, where their posts go.
//!
//! They are read from the store again every few seconds, and at once for an address that is not
//! known yet, but not more than once a second.

use crate::config::Config;
use crate::config::gate::Onward;
use crate::domain::list::policy::Policy;
use crate::domain::list::route::{self, Purpose};
use crate::store::list::{List, ListId};
use crate::store::{self, Db, StoreError};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// How long what was read is good.
const GOOD: Duration = Duration::from_secs(10);
/// How often an unknown address makes us look.
const LOOK: Duration = Duration::from_secs(1);

/// A list as the gate knows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Posting {
    /// The list itself.
    pub row: List,
    /// Its rules.
    pub policy: Policy,
    /// Where its accepted posts go.
    pub onward: Option<Onward>,
    /// The numbers of the lists whose subscribers may post here, by their names.
    pub accepts: BTreeMap<String, ListId>,
}

/// All lists, shared.
#[derive(Clone, Debug)]
pub struct Lists {
    db: Db,
    config: Arc<Config>,
    known: Arc<Mutex<Known>>,
}

type Table = Arc<BTreeMap<String, Arc<Posting>>>;

#[derive(Debug, Default)]
struct Known {
    /// By posting address and further addresses.
    table: Table,
    read_at: Option<Instant>,
}

impl Lists {
    /// Nothing is read yet.
    pub fn new(db: Db, config: Arc<Config>) -> Lists {
        Lists { db, config, known: Arc::default() }
    }

    /// The list that an address belongs to, and what the address is for.
    pub async fn route(
        &self,
        address: &str,
    ) -> Result<Option<(Arc<Posting>, Purpose)>, StoreError> {
        let mut table = self.table(GOOD).await?;
        for again in [true, false] {
            let found = route::read(address, |address| table.contains_key(address));
            match found {
                Some((list, purpose)) => {
                    return Ok(table.get(&list).map(|list| (list.clone(), purpose)));
                }
                None if again => table = self.table(LOOK).await?,
                None => {}
            }
        }
        Ok(None)
    }

    /// The list of that name or address.
    pub async fn find(&self, name: &str) -> Result<Option<Arc<Posting>>, StoreError> {
        let name = name.to_ascii_lowercase();
        let table = self.table(LOOK).await?;
        let by_name = || table.values().find(|list| list.row.name == name);
        Ok(table.get(&name).or_else(by_name).cloned())
    }

    /// All of them, by name.
    pub async fn all(&self) -> Result<Vec<Arc<Posting>>, StoreError> {
        let table = self.table(GOOD).await?;
        let all: BTreeMap<&str, &Arc<Posting>> =
            table.values().map(|list| (list.row.name.as_str(), list)).collect();
        Ok(all.into_values().cloned().collect())
    }

    /// The lists as they were at most that long ago.
    async fn table(&self, most: Duration) -> Result<Table, StoreError> {
        {
            let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
            if known.read_at.is_some_and(|at| at.elapsed() < most) {
                return Ok(known.table.clone());
            }
        }
        let table = Arc::new(read(&self.db, &self.config).await?);
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        *known = Known { table: table.clone(), read_at: Some(Instant::now()) };
        Ok(table)
    }
}

async fn read(db: &Db, config: &Config) -> Result<BTreeMap<String, Arc<Posting>>, StoreError> {
    let all = store::list::all(db).await?;
    let numbers: BTreeMap<String, ListId> =
        all.iter().map(|list| (list.name.clone(), list.id)).collect();
    let mut table = BTreeMap::new();
    for list in all {
        let policy = list.settings.over(&config.gate.policy);
        let own = list.settings.onward.as_deref().and_then(|text| Onward::parse(text).ok());
        let named = policy.accepted_lists();
        let accepts =
            named.filter_map(|name| Some((name.to_string(), *numbers.get(name)?))).collect();
        let posting = Arc::new(Posting {
            onward: own.or_else(|| config.gate.onward.clone()),
            accepts,
            policy,
            row: list,
        });
        // Aliases are of the group's own list only: two lists cannot share one.
        if config
            .list
            .as_ref()
            .is_some_and(|own| own.address.as_str().eq_ignore_ascii_case(&posting.row.address))
        {
            for alias in &posting.policy.aliases {
                table.entry(alias.clone()).or_insert_with(|| posting.clone());
            }
        }
        table.insert(posting.row.address.clone(), posting);
    }
    Ok(table)
}
