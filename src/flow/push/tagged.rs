//! What the build system says: builds were tagged, untagged, signed.

use crate::domain::push::about;
use crate::domain::push::build::{Event, Id, Tagged};
use crate::domain::push::tag::{Act, Change};
use crate::domain::time::{DAY, MINUTE, Moment};
use crate::flow::push::{Pushes, wake};
use crate::store::push::carried::Version;
use crate::store::{self, StoreError, Tx};

/// So many events before the last one are asked for again: Koji numbers an event when its
/// transaction begins, so one with a lower number may be seen later.
const OVERLAP: i64 = 1_000;
/// A build that was tagged longer ago and is not out is nobody's concern any more.
const CONCERN: i64 = 60 * DAY;
/// The build system is asked about what was tagged within that time …
const LOOKED_UP: i64 = 14 * DAY;
/// … and so often until it is signed.
const LOOK_UP_EVERY: i64 = 5 * MINUTE;
/// The most builds of a repository that are looked through.
const MOST_BUILDS: u32 = 2_000;

impl Pushes {
    /// The tags that are read, each with the event after which to ask; none where it was not read
    /// yet.
    pub async fn cursors(&self) -> Result<Vec<(String, Option<i64>)>, StoreError> {
        let mut cursors = Vec::new();
        for repository in &self.config.push.repositories {
            for tag in &repository.tags {
                let cursor = store::push::place::cursor(&self.db, tag).await?;
                let after = cursor.map(|(first, last)| first.max(last.saturating_sub(OVERLAP)));
                cursors.push((tag.clone(), after));
            }
        }
        Ok(cursors)
    }

    /// A tag is read from that event on: what came before it is no news.
    pub async fn begin_tag(&self, tag: &str, event: i64, now: Moment) -> Result<(), StoreError> {
        let mut tx = self.db.begin().await?;
        store::push::place::set_cursor(&mut tx, tag, event, now).await?;
        tx.commit().await
    }

    /// Takes in the changes of one tag, the oldest first, all of them or none. What was taken in
    /// before changes nothing.
    pub async fn tagged(
        &self,
        tag: &str,
        changes: &[Change],
        now: Moment,
    ) -> Result<(), StoreError> {
        let (Some(last), Some(repository)) = (
            changes.iter().map(|change| change.event).max(),
            self.config.push.repository_of_tag(tag),
        ) else {
            return Ok(());
        };
        let mut tx = self.db.begin().await?;
        let first =
            store::push::place::cursor(&mut tx, tag).await?.map_or(i64::MIN, |(first, _)| first);
        for change in changes {
            if change.event > first {
                self.one(&mut tx, &repository.name, change, now).await?;
            }
        }
        store::push::place::set_cursor(&mut tx, tag, last, now).await?;
        tx.commit().await?;
        wake();
        Ok(())
    }

    /// Takes in one change of a tag.
    pub(super) async fn one(
        &self,
        tx: &mut Tx,
        repository: &str,
        change: &Change,
        now: Moment,
    ) -> Result<(), StoreError> {
        let (source, evr) = (change.source.clone(), change.evr.clone());
        let id = Id { repository: repository.to_string(), source, evr };
        let mut events = self.was_there(tx, &id, now).await?;
        events.push(Event::Tag(change.clone()));
        self.happened(tx, &id, &events, now).await?;
        if change.act == Act::Tagged {
            self.supersede(tx, &id, now).await?;
        }
        Ok(())
    }

    /// Where a build is that was there before anybody looked: nobody waits for it.
    async fn was_there(&self, tx: &mut Tx, id: &Id, now: Moment) -> Result<Vec<Event>, StoreError> {
        if store::push::build::one(&mut *tx, id).await?.is_some() {
            return Ok(Vec::new());
        }
        let carried = store::push::carried::versions(tx, &id.source).await?;
        let is_it = |one: &&Version| {
            one.repository == id.repository
                && (&one.evr.version, &one.evr.release) == (&id.evr.version, &id.evr.release)
        };
        let arches = carried.iter().filter(is_it);
        Ok(arches.map(|one| Event::WasThere(one.arch.clone(), now)).collect())
    }

    /// Older builds of the same package that are not out yet will not be.
    async fn supersede(&self, tx: &mut Tx, by: &Id, now: Moment) -> Result<(), StoreError> {
        let builds = store::push::build::of_source(&mut *tx, &by.source, MOST_BUILDS).await?;
        for build in builds {
            let is_waiting = build.id.repository == by.repository
                && build.pushed_at.is_none()
                && build.superseded_by.is_none();
            if is_waiting && by.evr.is_newer_than(&build.id.evr) {
                self.change(tx, build, &[Event::Superseded(by.evr.clone())], now).await?;
            }
        }
        Ok(())
    }

    /// Builds that were tagged lately, and of which the build system can tell more: their number
    /// there. A few at a time.
    pub async fn to_look_up(&self, most: usize, now: Moment) -> Result<Vec<(Id, i64)>, StoreError> {
        let builds =
            store::push::build::recent(&self.db, now.plus(-LOOKED_UP), MOST_BUILDS).await?;
        let is_open = |tagged: &&Tagged| tagged.untagged_at.is_none() && tagged.build != 0;
        let wanted = builds.iter().filter_map(|build| {
            let tagged = build.tagged.as_ref().filter(is_open)?;
            let is_wanted = build.signed_at.is_none() && !build.is_there();
            let is_asked = build.looked_up_at.is_some_and(|at| now.since(at) < LOOK_UP_EVERY);
            (is_wanted && !is_asked).then(|| (build.id.clone(), tagged.build))
        });
        Ok(wanted.take(most).collect())
    }

    /// What the build system told of a build: its changelog, and whether it is signed.
    pub async fn looked_up(
        &self,
        id: &Id,
        entries: &[(String, String)],
        is_signed: bool,
        now: Moment,
    ) -> Result<(), StoreError> {
        let mut tx = self.db.begin().await?;
        let Some(mut build) = store::push::build::one(&mut tx, id).await? else { return Ok(()) };
        build.looked_up_at = Some(now);
        if build.about.changes.is_empty() {
            build.about.changes = about::between(entries, build.previous.as_ref());
            build.about = build.about.clone().with_security();
        }
        if is_signed {
            build.signed_at.get_or_insert(now);
        }
        let wakes_at = self.wakes_at(&build);
        store::push::build::save(&mut tx, &build, wakes_at, now).await?;
        tx.commit().await
    }

    /// The build system has signed what was tagged.
    pub async fn signed(&self, tag: &str, at: Moment, now: Moment) -> Result<(), StoreError> {
        let Some(repository) = self.config.push.repository_of_tag(tag) else { return Ok(()) };
        let since = now.plus(-CONCERN);
        let mut tx = self.db.begin().await?;
        let name = repository.name.as_str();
        let builds = store::push::build::of_repository(&mut tx, name, since, MOST_BUILDS).await?;
        for build in builds {
            let tagged = build.tagged.as_ref().filter(|tagged| tagged.untagged_at.is_none());
            if build.signed_at.is_none() && tagged.is_some_and(|tagged| tagged.at <= at) {
                self.change(&mut tx, build, &[Event::Signed(at)], now).await?;
            }
        }
        tx.commit().await
    }
}
