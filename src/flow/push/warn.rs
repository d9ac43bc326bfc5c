//! Before a cut-off, maintainers are told of builds that wait in testing and were not tagged for
//! release: two hours before, and half an hour.

use crate::config::push::Repository;
use crate::domain::push::build::{Build, Stage};
use crate::domain::push::word;
use crate::domain::time::{DAY, MINUTE, Moment};
use crate::flow::push::{Pushes, responsible, wake};
use crate::store::{self, StoreError, Tx};

/// How long before the cut-off, in minutes, the nearest first.
const BEFORE: [i64; 2] = [30, 120];
/// What is in testing for so long may be released, in microseconds.
const TRIED: i64 = 3 * DAY;
/// What is in testing for longer was forgotten for good, in microseconds.
const FORGOTTEN: i64 = 90 * DAY;
/// The most builds of a repository that are looked through.
const MOST_BUILDS: u32 = 2_000;

impl Pushes {
    /// Warns where it is time to.
    pub async fn warn(&self, now: Moment) -> Result<(), StoreError> {
        for release in &self.config.push.repositories {
            if release.stage != Stage::Release {
                continue;
            }
            let Some(cutoff) = self.rules(release, "").policy.and_then(|one| one.cutoff_after(now))
            else {
                continue;
            };
            let left = cutoff.since(now);
            let Some(before) = BEFORE.into_iter().find(|before| left <= before * MINUTE) else {
                continue;
            };
            for testing in &self.config.push.repositories {
                if leads(testing, release) {
                    self.warn_of(testing, release, (cutoff, before), now).await?;
                }
            }
        }
        Ok(())
    }

    async fn warn_of(
        &self,
        testing: &Repository,
        release: &Repository,
        (cutoff, before): (Moment, i64),
        now: Moment,
    ) -> Result<(), StoreError> {
        let Some(policy) = self.rules(release, "").policy else { return Ok(()) };
        let next = policy.earliest(cutoff.plus(1));
        let mut tx = self.db.begin().await?;
        let since = now.plus(-FORGOTTEN);
        let builds =
            store::push::build::of_repository(&mut tx, &testing.name, since, MOST_BUILDS).await?;
        for build in builds {
            let Some(tried) = build.pushed_at.filter(|at| now.since(*at) >= TRIED) else {
                continue;
            };
            if !build.is_there() || self.is_on_its_way(&mut tx, &build, release).await? {
                continue;
            }
            let words = word::before_cutoff(&build.nvr(), tried, cutoff, next, now);
            let people = {
                let mut book = self.book.lock().await;
                let group = book.refresh(&mut tx).await?;
                responsible(group, &self.config, &build, now.date())
            };
            let key = format!("cutoff:{}:{before}:{}", cutoff.micros(), build.nvr());
            self.tell(&mut tx, &people, &key, &words, now).await?;
        }
        tx.commit().await?;
        wake();
        Ok(())
    }

    /// Whether this version or a newer one is tagged for release, or there.
    async fn is_on_its_way(
        &self,
        tx: &mut Tx,
        build: &Build,
        release: &Repository,
    ) -> Result<bool, StoreError> {
        let source = &build.id.source;
        let carried = store::push::carried::versions(&mut *tx, source).await?;
        let is_there = carried
            .iter()
            .any(|one| one.repository == release.name && !build.id.evr.is_newer_than(&one.evr));
        let tagged = store::push::build::of_source(tx, source, MOST_BUILDS).await?;
        let is_tagged = tagged.iter().any(|one| {
            one.id.repository == release.name
                && !build.id.evr.is_newer_than(&one.id.evr)
                && one.tagged.as_ref().is_some_and(|tagged| tagged.untagged_at.is_none())
        });
        Ok(is_there || is_tagged)
    }
}

/// Whether what is in the one is tried for the other: their tags differ in the stage only, as
/// `virt7-xen-46-testing` and `virt7-xen-46-release`.
fn leads(testing: &Repository, release: &Repository) -> bool {
    let base = |tag: &str, stage: &str| tag.strip_suffix(stage).map(str::to_string);
    testing.stage == Stage::Testing
        && testing.tags.iter().filter_map(|tag| base(tag, "-testing")).any(|theirs| {
            release.tags.iter().filter_map(|tag| base(tag, "-release")).any(|ours| ours == theirs)
        })
}
