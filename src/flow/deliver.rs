//! The outbox is emptied: which letters may leave now, and what becomes of them.
//!
//! A door sends them; nothing here knows SMTP.

use crate::clock;
use crate::domain::list::retry;
use crate::domain::text::clean;
use crate::flow::pass;
pub use crate::store::StoreError;
pub use crate::store::outbox::Claimed;
use crate::store::{self, Db};
use std::time::Duration;
use tokio::sync::Notify;

/// How long this node has for what it claimed, before another one may send it.
pub const CLAIM: Duration = Duration::from_secs(600);
/// The most letters claimed at once.
pub const MOST_TOGETHER: u32 = 50;

/// Somebody put a letter into the outbox. Where several services run in one process one of them
/// hears it; the others look by themselves every now and then.
static QUEUED: Notify = Notify::const_new();

/// Tells the door that a letter is there. It looks by itself as well, so this only saves time.
pub fn wake() {
    QUEUED.notify_one();
}

/// A post is to go onward.
static ONWARD: Notify = Notify::const_new();

/// Tells the doors onward that a post is there.
pub fn wake_onward() {
    ONWARD.notify_waiters();
}

/// Waits until a post is to go onward.
pub async fn woken_onward() {
    ONWARD.notified().await;
}

/// Waits until a letter was put into the outbox.
pub async fn woken() {
    QUEUED.notified().await;
}

/// What the door sees of the outbox.
#[derive(Clone, Debug)]
pub struct Outbox {
    db: Db,
    holder: String,
    route: String,
}

/// Why a letter did not leave.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// Whether trying again would change nothing.
    pub is_final: bool,
    /// The reason, as it was told.
    pub reason: String,
}

impl Outbox {
    /// The letters that leave by the relay, as the node with that name sees them.
    pub fn new(db: Db, holder: impl Into<String>) -> Outbox {
        Outbox { db, holder: holder.into(), route: String::new() }
    }

    /// The accepted posts of a list, on their way to where it is.
    pub fn of_list(db: Db, holder: impl Into<String>, list: impl Into<String>) -> Outbox {
        Outbox { db, holder: holder.into(), route: list.into() }
    }

    /// Claims what is due, for the time of [`CLAIM`].
    pub async fn claim(&self) -> Result<Vec<Claimed>, StoreError> {
        let now = clock::now();
        if !store::outbox::is_due(&self.db, &self.route, now).await? {
            return Ok(Vec::new());
        }
        let mut tx = self.db.begin().await?;
        let mut letters =
            store::outbox::claim(&mut tx, &self.route, &self.holder, now, CLAIM, MOST_TOGETHER)
                .await?;
        if self.route.is_empty() {
            pass::put_on(&mut tx, &mut letters, now).await?;
        }
        tx.commit().await?;
        Ok(letters)
    }

    /// Notes that a letter has left.
    pub async fn sent(&self, letter: &Claimed) -> Result<(), StoreError> {
        let mut tx = self.db.begin().await?;
        if !self.route.is_empty() {
            store::outbox::post_sent(&mut tx, &letter.key).await?;
            tx.commit().await?;
            tracing::debug!(post = letter.key, "went on");
            return Ok(());
        }
        store::outbox::sent(&mut tx, &letter.key, clock::now()).await?;
        tx.commit().await?;
        tracing::info!(letter = letter.key, "mailed");
        Ok(())
    }

    /// Notes that a letter could not leave, and when it is tried again.
    pub async fn failed(&self, letter: &Claimed, failure: &Failure) -> Result<(), StoreError> {
        let now = clock::now();
        let attempts = letter.attempts.saturating_add(1);
        let again = retry::next(&letter.key, letter.due, now, attempts);
        let again = again.filter(|_| !failure.is_final);
        let reason = clean(&failure.reason);
        let mut tx = self.db.begin().await?;
        store::outbox::failed(&mut tx, &letter.key, now, again, &reason).await?;
        tx.commit().await?;
        let reason = without_addresses(&reason);
        match again {
            Some(again) => {
                let again = again.rfc3339();
                tracing::warn!(letter = letter.key, reason, again, "a letter could not leave yet");
            }
            None => tracing::error!(letter = letter.key, reason, "a letter was given up"),
        }
        Ok(())
    }

    /// Gives back what was claimed and not sent.
    pub async fn release(&self) -> Result<(), StoreError> {
        let mut tx = self.db.begin().await?;
        store::outbox::release(&mut tx, &self.route, &self.holder).await?;
        tx.commit().await
    }
}

/// Lets a letter leave at once that waits or was given up; says whether there was one. The service
/// sees it when it looks next.
pub async fn retry(db: &Db, key: &str) -> Result<bool, StoreError> {
    let mut tx = db.begin().await?;
    let is_there = store::outbox::retry(&mut tx, key, clock::now()).await?;
    tx.commit().await?;
    Ok(is_there)
}

/// The reason for the log, which holds nobody's address.
pub(in crate::flow) fn without_addresses(reason: &str) -> String {
    let words = reason.split(' ').map(|word| if word.contains('@') { "…" } else { word });
    words.collect::<Vec<_>>().join(" ")
}
