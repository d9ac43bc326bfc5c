//! What other build systems hand in: each event happens once, whoever hands it in again.

use crate::domain::push::build::{About, Build, Event, Id};
use crate::domain::push::evr::Evr;
use crate::domain::push::inlet::{Act, Given};
use crate::domain::push::tag::{self, Change};
use crate::domain::text::clean;
use crate::domain::time::Moment;
use crate::flow::push::{Pushes, wake};
use crate::store::{self, StoreError, Tx};

/// How the key begins under which an event is remembered, so that it happens once.
const KEY: &str = "handed-in:";

/// What became of events.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Taken {
    /// How many happened.
    pub new: usize,
    /// How many had happened before.
    pub known: usize,
    /// The tags that lead into no repository of the configuration, with what was handed in of them.
    pub nowhere: Vec<String>,
}

impl Pushes {
    /// Takes in what was handed in, all of it or none. A message with that key (its signature)
    /// that came before is not taken again; nothing then.
    pub async fn given(
        &self,
        message: Option<&str>,
        events: &[Given],
        now: Moment,
    ) -> Result<Option<Taken>, StoreError> {
        let mut tx = self.db.begin().await?;
        if let Some(message) = message
            && !store::duty::want(&mut tx, &format!("{KEY}{message}"), now).await?
        {
            return Ok(None);
        }
        let mut taken = Taken::default();
        for event in events {
            if self.leads_into(&event.tag).is_some() {
                self.take_once(&mut tx, event, &mut taken, now).await?;
            } else if !taken.nowhere.contains(&event.tag) {
                taken.nowhere.push(event.tag.clone());
            }
        }
        tx.commit().await?;
        wake();
        self.beat(now).await?;
        Ok(Some(taken))
    }

    /// Takes one event in, where it was not before.
    async fn take_once(
        &self,
        tx: &mut Tx,
        given: &Given,
        taken: &mut Taken,
        now: Moment,
    ) -> Result<(), StoreError> {
        if !store::duty::want(&mut *tx, &format!("{KEY}{}", given.key()), now).await? {
            taken.known += 1;
            return Ok(());
        }
        taken.new += 1;
        self.take(tx, given, now).await
    }

    async fn take(&self, tx: &mut Tx, given: &Given, now: Moment) -> Result<(), StoreError> {
        let Some((repository, all)) = self.leads_into(&given.tag) else { return Ok(()) };
        let (source, evr) = (given.source.clone(), given.evr.clone());
        let id = Id { repository, source, evr };
        let at = given.at.unwrap_or(now);
        let arches = if given.arches.is_empty() { &all } else { &given.arches };
        match given.act {
            Act::Tagged | Act::Untagged => {
                let act =
                    if given.act == Act::Tagged { tag::Act::Tagged } else { tag::Act::Untagged };
                let change = Change {
                    // No number of a build system's: the time orders these events.
                    event: at.micros(),
                    at,
                    act,
                    tag: given.tag.clone(),
                    by: given.by.as_ref().map(|by| clean(by.as_untrusted())),
                    build: 0,
                    source: given.source.clone(),
                    evr: given.evr.clone(),
                };
                self.one(tx, &id.repository, &change, now).await
            }
            Act::Signed => self.happened(tx, &id, &[Event::Signed(at)], now).await.map(drop),
            Act::Pushed => {
                self.describe_given(tx, &id, given, now).await?;
                let previous = self.newest_there(tx, &id).await?;
                let came = |arch: &String| Event::Came {
                    arch: arch.clone(),
                    at,
                    previous: previous.clone(),
                    late_since: None,
                };
                let events: Vec<Event> = arches.iter().map(came).collect();
                self.happened(tx, &id, &events, now).await?;
                self.explain(tx, &id, now).await
            }
            Act::Withdrawn => {
                let went = |arch: &String| Event::Went { arch: arch.clone(), at, replaced: false };
                let events: Vec<Event> = arches.iter().map(went).collect();
                self.happened(tx, &id, &events, now).await.map(drop)
            }
        }
    }

    /// The repository into which a tag leads, and its architectures.
    fn leads_into(&self, tag: &str) -> Option<(String, Vec<String>)> {
        let repository = self.config.push.repository_of_tag(tag)?;
        Some((repository.name.clone(), repository.arches.clone()))
    }

    async fn describe_given(
        &self,
        tx: &mut Tx,
        id: &Id,
        given: &Given,
        now: Moment,
    ) -> Result<(), StoreError> {
        let changes: Vec<&str> = given.changes.iter().map(|line| line.as_untrusted()).collect();
        let who = given.by.as_ref().map_or("", |by| by.as_untrusted());
        let known = store::push::build::one(&mut *tx, id).await?;
        let mut build = known.unwrap_or_else(|| Build::new(id.clone()));
        if !changes.is_empty() {
            build.about.changes = vec![(clean(who), changes.join("\n"))];
        }
        build.about = About::with_security(build.about);
        build.not_mainline = given.not_mainline.as_ref().map(|why| clean(why.as_untrusted()));
        let wakes_at = self.wakes_at(&build);
        store::push::build::save(tx, &build, wakes_at, now).await
    }

    /// The newest other version that is there.
    async fn newest_there(&self, tx: &mut Tx, id: &Id) -> Result<Option<Evr>, StoreError> {
        let builds = store::push::build::of_source(&mut *tx, &id.source, 200).await?;
        let carried = store::push::carried::versions(tx, &id.source).await?;
        let there = builds
            .into_iter()
            .filter(|one| one.id.repository == id.repository && one.is_there())
            .map(|one| one.id.evr)
            .chain(
                carried
                    .into_iter()
                    .filter(|one| one.repository == id.repository)
                    .map(|one| one.evr),
            );
        Ok(there.filter(|evr| *evr != id.evr).max_by(|one, two| one.compare(two)))
    }
}
