//! Something happened to a build: its row changes, and whoever answers for it is told what is theirs.

use crate::config::push::Repository;
use crate::domain::push::build::{Build, Effect, Event, Id, Kind, Rules};
use crate::domain::push::follow::project_of;
use crate::domain::push::word;
use crate::domain::time::Moment;
use crate::flow::push::{Pushes, responsible};
use crate::store::{self, StoreError, Tx};

/// A build that is to be announced now.
pub struct Due {
    /// The build.
    pub build: Build,
    /// What as.
    pub kind: Kind,
    /// On which architectures.
    pub arches: Vec<String>,
}

/// As what a build is to be announced, and on which architectures.
type Announce = (Kind, Vec<String>);

impl Pushes {
    /// Takes in what happened to one build; what of it is to be announced now.
    pub(super) async fn happened(
        &self,
        tx: &mut Tx,
        id: &Id,
        events: &[Event],
        now: Moment,
    ) -> Result<Vec<Due>, StoreError> {
        let known = store::push::build::one(&mut *tx, id).await?;
        self.change(tx, known.unwrap_or_else(|| Build::new(id.clone())), events, now).await
    }

    /// The same of one that was read already.
    pub(super) async fn change(
        &self,
        tx: &mut Tx,
        mut build: Build,
        events: &[Event],
        now: Moment,
    ) -> Result<Vec<Due>, StoreError> {
        let before = build.clone();
        let (due, told) = self.apply(&mut build, events);
        for (key, words) in told {
            self.tell_responsible(tx, &build, &key, &words, now).await?;
        }
        let wakes_at = self.wakes_at(&build);
        if build != before || wakes_at.is_none() {
            store::push::build::save(tx, &build, wakes_at, now).await?;
        }
        let due = due.into_iter();
        Ok(due.map(|(kind, arches)| Due { build: build.clone(), kind, arches }).collect())
    }

    /// What is to be announced of a build, and what its maintainer is to be told: a key and the
    /// words. Nothing where its repository was taken out of the configuration.
    fn apply(&self, build: &mut Build, events: &[Event]) -> (Vec<Announce>, Vec<(String, String)>) {
        let (mut due, mut told) = (Vec::new(), Vec::new());
        let Some(repository) = self.config.push.repository(&build.id.repository) else {
            return (due, told);
        };
        let rules = self.rules(repository, &build.id.source);
        for event in events {
            for effect in build.apply(event, &rules) {
                match effect {
                    Effect::Announce(kind, arches) => due.push((kind, arches)),
                    Effect::Tell(said) => {
                        let (repository, nvr) = (&build.id.repository, build.nvr());
                        let key = format!("push:{repository}:{nvr}:{}", said.key());
                        told.push((key, word::to_maintainer(build, &said, rules.policy)));
                    }
                }
            }
        }
        (due, told)
    }

    async fn tell_responsible(
        &self,
        tx: &mut Tx,
        build: &Build,
        key: &str,
        words: &str,
        now: Moment,
    ) -> Result<(), StoreError> {
        let people = {
            let mut book = self.book.lock().await;
            let group = book.refresh(&mut *tx).await?;
            responsible(group, &self.config, build, now.date())
        };
        self.tell(tx, &people, key, words, now).await
    }

    /// When a build is to be looked at next.
    pub(super) fn wakes_at(&self, build: &Build) -> Option<Moment> {
        let repository = self.config.push.repository(&build.id.repository)?;
        build.wakes_at(&self.rules(repository, &build.id.source))
    }

    /// What holds for a source package in a repository.
    pub(super) fn rules<'a>(&'a self, repository: &'a Repository, source: &str) -> Rules<'a> {
        let named = repository.project.as_deref();
        let project = project_of(source, named, &self.config.projects);
        self.config.push.rules(repository, project.map_or(1, |project| project.major_parts))
    }
}
