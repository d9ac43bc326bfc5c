//! Package pushes: what a source has seen is taken in, in one transaction with all that follows.
//!
//! [`ledger`] takes in what happened to builds, [`observe`] what a repository has, [`tagged`] what
//! the build system says; [`announce`] makes pushes of what is due, and [`herald`] says them in
//! channels. Nothing here knows how a repository or a hub is asked.

pub mod announce;
pub mod answer;
pub mod digest;
pub mod given;
pub mod herald;
pub mod ledger;
pub mod minutes;
pub mod observe;
pub mod tagged;
#[cfg(test)]
mod tests;
pub mod warn;
pub mod watching;

use crate::config::Config;
use crate::domain::group::Group;
use crate::domain::name::Casemapping;
use crate::domain::push::build::Build;
use crate::domain::push::follow::project_of;
use crate::domain::text::Text;
use crate::domain::time::Moment;
use crate::flow::group::Book;
pub use crate::store::StoreError;

use crate::store::{self, Db, Tx};
use chrono::NaiveDate;
use std::collections::BTreeSet;
use std::sync::{Arc, LazyLock};
use tokio::sync::{Mutex, watch};

/// Something is to be said in a channel, or somebody is to be told something.
static NEWS: LazyLock<watch::Sender<()>> = LazyLock::new(|| watch::Sender::new(()));

/// Tells the networks' flows that there is something to say. They look by themselves as well, so
/// this only saves time.
pub fn wake() {
    NEWS.send_replace(());
}

/// Changes whenever there is something new to say.
pub fn news() -> watch::Receiver<()> {
    NEWS.subscribe()
}

/// What the sources of pushes tell. Clones are the same.
#[derive(Clone, Debug)]
pub struct Pushes {
    /// The database.
    pub db: Db,
    /// The configuration.
    pub config: Arc<Config>,
    book: Arc<Mutex<Book>>,
}

impl Pushes {
    /// Nothing is seen yet.
    pub fn new(db: Db, config: Arc<Config>) -> Pushes {
        let book = Arc::new(Mutex::new(Book::new(&config)));
        Pushes { db, config, book }
    }

    /// Keeps a word for those people of the roster; it is told as soon as they are seen.
    async fn tell(
        &self,
        tx: &mut Tx,
        people: &BTreeSet<String>,
        key: &str,
        words: &str,
        now: Moment,
    ) -> Result<(), StoreError> {
        for who in people {
            let key = format!("{key}:{who}");
            store::seen::add(tx, &key, who, &Text::new(words), now).await?;
        }
        if people.is_empty() {
            tracing::warn!(words, "nobody on the roster is to be told this");
        }
        Ok(())
    }

    /// Keeps a word for the leads.
    async fn tell_leads(
        &self,
        tx: &mut Tx,
        key: &str,
        words: &str,
        now: Moment,
    ) -> Result<(), StoreError> {
        let leads = {
            let mut book = self.book.lock().await;
            leads(book.refresh(&mut *tx).await?, now.date())
        };
        self.tell(tx, &leads, key, words, now).await
    }
}

/// The words by which the leads are known.
fn leads(group: &Group, day: NaiveDate) -> BTreeSet<String> {
    let leads = group.roster.leads(day);
    leads.filter_map(|one| group.known_as(one.member.proof()?, day)).collect()
}

/// Who answers for a build: whoever tagged it, else who maintains its project, else the leads. A
/// tagger who is not on the roster is known by the account of the same name.
fn responsible(group: &Group, config: &Config, build: &Build, day: NaiveDate) -> BTreeSet<String> {
    let tagger = build.tagged.as_ref().and_then(|tagged| tagged.by.as_deref());
    if let Some(name) = tagger {
        let unknown = || format!("a:{}", Casemapping::default().fold(name));
        return BTreeSet::from([group.known_as(name, day).unwrap_or_else(unknown)]);
    }
    let named = config.push.repository(&build.id.repository);
    let named = named.and_then(|one| one.project.as_deref());
    let project = project_of(&build.id.source, named, &config.projects);
    let name = project.map_or(build.id.source.as_str(), |project| project.name.as_untrusted());
    let people = group.roster.maintainers(name, day);
    let known = people.iter().filter_map(|member| group.known_as(member.proof()?, day));
    let known: BTreeSet<String> = known.collect();
    if known.is_empty() { leads(group, day) } else { known }
}
