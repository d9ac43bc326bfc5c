//! The group's data: read from the configuration and the journal, changed by appending to it.
//!
//! Each flow keeps a copy of its own and reads what is new; a change is judged with the journal
//! locked, so that two at once cannot both get the same number.

use crate::clock;
use crate::config::Config;
use crate::domain::group::{By, Change, Entry, Group};
use crate::domain::name::Casemapping;
use crate::domain::roster::{Asker, Roster};
use crate::domain::schedule::Schedule;
use crate::domain::time::Moment;
use crate::flow::plan;
use crate::store::{self, Db, Reader, StoreError, Tx};
use std::sync::Arc;
use tokio::sync::Mutex;

/// A copy that the transactions of one flow use one after the other.
pub type Shared = Arc<Mutex<Book>>;

/// A copy of the group, kept up to date by reading what was appended to the journal.
#[derive(Clone, Debug)]
pub struct Book {
    base: Group,
    group: Group,
}

impl Book {
    /// The group as the configuration has it; nothing of the journal is read yet.
    pub fn new(config: &Config) -> Book {
        let base = Group {
            roster: Roster::new(config.members.clone()),
            schedule: Schedule::new(config.schedule.clone()),
            ..Group::default()
        };
        Book { group: base.clone(), base }
    }

    /// A group of nobody, for what does not need one.
    #[cfg(test)]
    pub fn empty() -> Book {
        Book { base: Group::default(), group: Group::default() }
    }

    /// To be used by several transactions, one after the other.
    pub fn shared(self) -> Shared {
        Arc::new(Mutex::new(self))
    }

    /// The group as last read.
    pub fn group(&self) -> &Group {
        &self.group
    }

    /// Reads what was appended since.
    pub async fn refresh<'a>(&mut self, from: impl Into<Reader<'a>>) -> Result<&Group, StoreError> {
        for entry in store::journal::since(from, self.group.last).await? {
            self.group.apply(&entry);
        }
        Ok(&self.group)
    }

    /// Forgets all that was read: a transaction failed whose changes are in it.
    pub fn forget(&mut self) {
        self.group = self.base.clone();
    }

    /// Locks the journal for this transaction and reads what is new: what is judged by the group
    /// from here on holds until the commit.
    pub async fn lock(&mut self, tx: &mut Tx) -> Result<&Group, StoreError> {
        store::journal::lock(&mut *tx).await?;
        self.refresh(tx).await
    }

    /// Makes a change that was judged; nothing happens where an entry with that key is there.
    pub async fn change(
        &mut self,
        tx: &mut Tx,
        key: Option<&str>,
        at: Moment,
        by: &By,
        change: &Change,
    ) -> Result<Option<Entry>, StoreError> {
        self.lock(&mut *tx).await?;
        let entry = store::journal::append(tx, key, at, by, change).await?;
        if let Some(entry) = &entry {
            self.group.apply(entry);
        }
        Ok(entry)
    }
}

/// The group as it is now.
pub async fn load(db: &Db, config: &Config) -> Result<Group, StoreError> {
    let mut book = Book::new(config);
    book.refresh(db).await?;
    Ok(book.group)
}

/// Makes one change in a transaction of its own, for a command or a page: what then holds, or why
/// it was refused. `make` is given the group with the journal locked, so that it can take the next
/// number.
pub async fn change(
    db: &Db,
    config: &Config,
    by: &By,
    make: impl FnOnce(&Group) -> Result<Change, String>,
) -> Result<Result<String, String>, StoreError> {
    let now = clock::now();
    let mut book = Book::new(config);
    let mut tx = db.begin().await?;
    let judged = make(book.lock(&mut tx).await?)
        .and_then(|change| book.group().judge(&change, now).map(|holds| (change, holds)));
    let (change, holds) = match judged {
        Ok(judged) => judged,
        Err(refusal) => return Ok(Err(refusal)),
    };
    if let Some(entry) = book.change(&mut tx, None, now, by, &change).await? {
        plan::write_letter(&entry, &holds, book.group(), config, &mut tx).await?;
    }
    tx.commit().await?;
    Ok(Ok(holds))
}

/// Makes one change that somebody asks for, if the group lets them: as [`change`], and refused too
/// where that is not theirs to change.
pub async fn asked(
    db: &Db,
    config: &Config,
    (asker, by): (&Asker, &By),
    make: impl FnOnce(&Group) -> Result<Change, String>,
) -> Result<Result<String, String>, StoreError> {
    let now = clock::now();
    change(db, config, by, |group| {
        let change = make(group)?;
        // What cannot be done is said before who could do it.
        group.judge(&change, now)?;
        group.allow(asker, Casemapping::default(), &change, now.date())?;
        Ok(change)
    })
    .await
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::group::Via;
    use crate::domain::roadmap;
    use crate::domain::roster::{self, Enrolled, Member};
    use crate::store::testing::each;

    fn open(group: &Group, text: &str) -> Change {
        Change::Entry {
            number: group.roadmap.next_number(),
            change: roadmap::Change::Opened {
                kind: roadmap::Kind::Action,
                text: text.into(),
                owners: Vec::new(),
                due: None,
            },
        }
    }

    #[test]
    fn numbers_are_given_once_and_refusals_store_nothing() {
        each(async |db| {
            let config = crate::flow::tests::configuration(
                std::path::Path::new("/nowhere"),
                &crate::config::Database::Sqlite("/nowhere/beadle.db".into()),
            );
            for expected in ["[1] write it", "[2] write it"] {
                let done =
                    change(&db, &config, &By::itself(), |group| Ok(open(group, "write it"))).await;
                assert_eq!(done.unwrap().unwrap(), expected);
            }
            let refused = change(&db, &config, &By::itself(), |group| Ok(open(group, ""))).await;
            assert!(refused.unwrap().is_err());
            assert_eq!(load(&db, &config).await.unwrap().roadmap.entries().len(), 2);
        });
    }

    #[test]
    fn who_asks_gets_what_the_group_lets_them() {
        each(async |db| {
            let mut config = (*crate::flow::tests::nowhere()).clone();
            let lead = Enrolled {
                member: Member {
                    nicks: vec!["gwd".into()],
                    roles: vec!["lead".into()],
                    ..Member::default()
                },
                ..Enrolled::default()
            };
            config.members = vec![lead];
            let by = By { via: Via::Cli, ..By::itself() };
            let add = |nick: &str| {
                let member = Member { nicks: vec![nick.into()], ..Member::default() };
                Change::Roster(roster::Change::Join { member, since: clock::now().date() })
            };
            let stranger = Asker::Account("mira".into());
            let refused = asked(&db, &config, (&stranger, &by), |_| Ok(add("mira"))).await;
            assert_eq!(refused.unwrap(), Err("Only the lead may do that: gwd.".to_string()));
            // What makes no sense is said first, whoever asks.
            let twice = asked(&db, &config, (&stranger, &by), |_| Ok(add("gwd"))).await;
            assert!(twice.unwrap().unwrap_err().contains("already on the roster"));
            assert_eq!(load(&db, &config).await.unwrap().last, 0, "nothing is stored");

            for asker in [Asker::Account("gwd".into()), Asker::Operator] {
                let nick = if asker == Asker::Operator { "mira" } else { "tomo" };
                let done = asked(&db, &config, (&asker, &by), |_| Ok(add(nick))).await.unwrap();
                assert!(done.unwrap().starts_with(&format!("{nick} is a member since")));
            }
            // An owner who is no member may finish what is theirs.
            let theirs = |group: &Group| {
                let mut change = open(group, "test it");
                if let Change::Entry { change: roadmap::Change::Opened { owners, .. }, .. } =
                    &mut change
                {
                    owners.push("guest".into());
                }
                Ok(change)
            };
            asked(&db, &config, (&Asker::Operator, &by), theirs).await.unwrap().unwrap();
            let done = |_: &Group| {
                let change = roadmap::Change::Done { note: "".into() };
                Ok(Change::Entry { number: 1, change })
            };
            let other = Asker::Account("other".into());
            assert!(asked(&db, &config, (&other, &by), done).await.unwrap().is_err());
            let guest = Asker::Account("guest".into());
            assert_eq!(
                asked(&db, &config, (&guest, &by), done).await.unwrap().unwrap(),
                "[1] done."
            );
        });
    }
}
