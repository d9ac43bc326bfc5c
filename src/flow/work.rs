//! One transaction: what is to be stored together, and what may be said and done when it is.

use crate::config::Config;
use crate::domain::meeting::{Event, Meeting};
use crate::flow::deliver;
use crate::flow::group::Shared;
use crate::flow::sound::Reply;
use crate::store::meeting::{MeetingId, MeetingRow};
use crate::store::{self, Db, Reader, StoreError, Tx};
use std::collections::BTreeMap;
use std::sync::Arc;

/// One transaction under way: what it will store, and what may be said when it has.
pub struct Work {
    db: Db,
    config: Arc<Config>,
    book: Shared,
    tx: Option<Tx>,
    rows: BTreeMap<MeetingId, (u32, Vec<Event>)>,
    /// The last row of each meeting that was stored.
    last: BTreeMap<MeetingId, u32>,
    /// Whether a letter was put into the outbox.
    mailed: bool,
    done: Done,
}

/// What a committed transaction leaves to do.
#[derive(Default)]
pub struct Done {
    /// What may be said now.
    pub replies: Vec<Reply>,
    /// The meetings whose files are to be written.
    pub to_publish: Vec<(MeetingRow, Meeting)>,
    /// The slugs of those whose files are to go.
    pub withdrawn: Vec<String>,
    /// Whether words were destroyed.
    pub redacted: bool,
}

impl Work {
    /// Nothing yet; the transaction begins with the first thing to store.
    pub fn new(db: &Db, config: &Arc<Config>, book: &Shared) -> Work {
        Work {
            db: db.clone(),
            config: config.clone(),
            book: book.clone(),
            tx: None,
            rows: BTreeMap::new(),
            last: BTreeMap::new(),
            mailed: false,
            done: Done::default(),
        }
    }

    /// Something to say after the commit.
    pub fn reply(&mut self, reply: Reply) {
        self.done.replies.push(reply);
    }

    /// The transaction.
    pub async fn tx(&mut self) -> Result<&mut Tx, StoreError> {
        match &mut self.tx {
            Some(tx) => Ok(tx),
            none => Ok(none.insert(self.db.begin().await?)),
        }
    }

    /// Where to read what this transaction may have changed; none begins for it.
    pub fn reader(&mut self) -> Reader<'_> {
        match &mut self.tx {
            Some(tx) => Reader::from(tx),
            None => Reader::from(&self.db),
        }
    }

    /// A row for the log of a meeting; the first one of a meeting says where they begin.
    pub fn row(&mut self, meeting: MeetingId, seq: u32, event: Event) {
        self.rows.entry(meeting).or_insert_with(|| (seq, Vec::new())).1.push(event);
    }

    /// The files of a meeting are to be written, as it is now.
    pub fn publish(&mut self, row: &MeetingRow, meeting: &Meeting) {
        self.done.to_publish.retain(|(other, _)| other.id != row.id); // Only the newest counts.
        self.done.to_publish.push((row.clone(), meeting.clone()));
    }

    /// The files of a meeting are to go.
    pub fn withdraw(&mut self, slug: &str) {
        self.done.withdrawn.push(slug.to_string());
    }

    /// Words were destroyed.
    pub fn redacted(&mut self) {
        self.done.redacted = true;
    }

    /// The group, as this network's flow knows it.
    pub fn book(&self) -> Shared {
        self.book.clone()
    }

    /// A letter was put into the outbox; after the commit it leaves.
    pub fn mailed(&mut self) {
        self.mailed = true;
    }

    /// The configuration.
    pub fn config(&self) -> Arc<Config> {
        self.config.clone()
    }

    /// The database, for what is only read.
    pub fn db(&self) -> &Db {
        &self.db
    }

    /// Stores the rows so far, where something in the transaction wants to read them.
    pub async fn store_rows(&mut self) -> Result<(), StoreError> {
        for (id, (first, events)) in std::mem::take(&mut self.rows) {
            store::log::append(self.tx().await?, id, first, &events).await?;
            let count = u32::try_from(events.len()).unwrap_or(u32::MAX);
            self.last.insert(id, first.saturating_add(count).saturating_sub(1));
        }
        Ok(())
    }

    /// Makes everything durable.
    pub async fn commit(mut self) -> Result<Done, Failed> {
        if let Err(error) = self.store_rows().await {
            return Err(Failed { error, doubt: None });
        }
        match self.tx {
            None => Ok(self.done),
            Some(tx) => match tx.commit().await {
                Ok(()) => {
                    if self.mailed {
                        deliver::wake();
                    }
                    Ok(self.done)
                }
                Err(error) => {
                    let doubt = Doubt { last: self.last, done: self.done };
                    Err(Failed { error, doubt: Some(doubt).filter(|doubt| !doubt.last.is_empty()) })
                }
            },
        }
    }
}

/// A transaction that was not committed, as far as is known.
pub struct Failed {
    /// Why.
    pub error: StoreError,
    /// What a server that was lost during the commit may have stored all the same.
    pub doubt: Option<Doubt>,
}

impl From<StoreError> for Failed {
    fn from(error: StoreError) -> Failed {
        Failed { error, doubt: None }
    }
}

/// A transaction of which it is not known whether it was committed.
pub struct Doubt {
    last: BTreeMap<MeetingId, u32>,
    /// What it leaves to do if it was.
    pub done: Done,
}

impl Doubt {
    /// Whether it was committed: its rows are there, or none of them is.
    pub async fn was_committed(&self, db: &Db) -> Result<bool, StoreError> {
        for (id, last) in &self.last {
            if store::log::last_seq(db, *id).await? != Some(*last) {
                return Ok(false);
            }
        }
        Ok(true)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::meeting::{Login, Speaker, What};
    use crate::domain::time::Moment;
    use crate::store::meeting::NewMeeting;
    use crate::store::testing::each;

    #[test]
    fn a_doubt_is_resolved_by_what_is_stored() {
        each(async |db| {
            let at = Moment::from_micros(1_542_121_200_000_000);
            let new = NewMeeting {
                network: "n".into(),
                channel: "#c".into(),
                channel_folded: "#c".into(),
                started_at: at,
                owner: Speaker { nick: "gwd".into(), login: Login::No },
            };
            let book = crate::flow::group::Book::empty().shared();
            let mut work = Work::new(&db, &crate::flow::tests::nowhere(), &book);
            let row =
                store::meeting::insert(work.tx().await.unwrap(), &new).await.unwrap().unwrap();
            for seq in 1..=2 {
                work.row(row.id, seq, Event { at, heard_at: at, what: What::Members(Vec::new()) });
            }
            assert!(work.commit().await.is_ok());
            let doubt =
                |last| Doubt { last: BTreeMap::from([(row.id, last)]), done: Done::default() };
            assert!(doubt(2).was_committed(&db).await.unwrap());
            assert!(!doubt(3).was_committed(&db).await.unwrap(), "the transaction was rolled back");
        });
    }
}
