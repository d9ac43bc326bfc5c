//! A repository was looked at: what changed in it happens to its builds. What it cannot have been is
//! not believed, and what is wrong with it is told when it lasts.

use crate::config::push::Repository;
use crate::domain::push::build::{About, Build, Event, Id};
use crate::domain::push::evr::Evr;
use crate::domain::push::index::{Difference, Index, Key, Packages};
use crate::domain::push::place::{self, Belief, Known, Mirror, Place};
use crate::domain::push::word;
use crate::domain::time::{MINUTE, Moment};
use crate::flow::push::{Pushes, wake};
use crate::store::{self, StoreError, Tx};
use std::collections::{BTreeMap, BTreeSet};

/// A repository at which nobody looked for so long was out of sight, in microseconds.
const OUT_OF_SIGHT: i64 = 60 * MINUTE;
/// The most versions of a package that are looked through.
const MOST_VERSIONS: u32 = 200;
/// More respins at once are told in one word, to the leads.
const MOST_RESPINS: usize = 5;
/// The most source packages of which a build's row is kept when they vanish or respin at once.
const MOST_EVENTS: usize = 20_000;

/// What a repository has now.
pub struct Snapshot {
    /// What was accepted.
    pub known: Known,
    /// What it carries.
    pub index: Index,
    /// What is known of the builds that are new, by source package and version.
    pub about: BTreeMap<(String, Evr), About>,
}

/// What became of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It was the first look: nothing is announced.
    First,
    /// What changed was taken in.
    Taken,
    /// Too much is gone; somebody was asked.
    Doubted,
    /// Another node was faster.
    Late,
}

impl Pushes {
    /// What is known of a repository on an architecture.
    pub async fn place(&self, repository: &str, arch: &str) -> Result<Place, StoreError> {
        let place = store::push::place::one(&self.db, repository, arch).await?;
        Ok(place.unwrap_or_default())
    }

    /// What it carried when it was last accepted.
    pub async fn carried(&self, repository: &str, arch: &str) -> Result<Index, StoreError> {
        store::push::carried::of(&self.db, repository, arch).await
    }

    /// Takes in what a repository has now.
    pub async fn observed(
        &self,
        repository: &Repository,
        arch: &str,
        snapshot: Snapshot,
        now: Moment,
    ) -> Result<Outcome, StoreError> {
        let mut tx = self.db.begin().await?;
        let name = repository.name.as_str();
        let (mut place, replaces) = open(&mut tx, name, arch).await?;
        let old = match place.known {
            None => Index::default(),
            Some(_) => store::push::carried::of(&mut tx, name, arch).await?,
        };
        let difference = old.compare(&snapshot.index);
        let is_first = place.known.is_none();
        let gone = old.vanished(&snapshot.index);
        let vanished = old.vanished_percent(&snapshot.index);
        let belief = place.believes(&snapshot.known.sha256, gone, vanished, now);
        if belief != Belief::Believed {
            self.doubt(&mut tx, name, arch, &mut place, belief, now).await?;
            let saved = store::push::place::save(&mut tx, name, arch, &place, &replaces).await?;
            tx.commit().await?;
            wake();
            return Ok(if saved { Outcome::Doubted } else { Outcome::Late });
        }
        let last_look = place.checked_at;
        let seen = seen_at(&snapshot.known, last_look, now);
        let away = OUT_OF_SIGHT.max(3 * self.config.push.poll);
        let late_since = last_look.filter(|last| now.since(*last) > away);
        self.note_recovery(&mut tx, name, arch, &mut place, now).await?;
        place.known = Some(snapshot.known);
        place.changed_at = Some(seen);
        if !store::push::place::save(&mut tx, name, arch, &place, &replaces).await? {
            return Ok(Outcome::Late); // The transaction is dropped.
        }
        store::push::carried::change(&mut tx, (name, arch), &difference, &snapshot.index).await?;
        if !is_first {
            let versions = Versions { old: &old, new: &snapshot.index };
            let mut happened = versions.happened(&difference, arch, seen, late_since);
            if let Some(builds) = forget_respins(&mut happened) {
                let words = word::respun_together(name, arch, builds, seen);
                let key = format!("respun:{name}:{arch}:{}", seen.micros());
                self.tell_leads(&mut tx, &key, &words, now).await?;
            }
            for ((source, evr), events) in happened.into_iter().take(MOST_EVENTS) {
                let about = snapshot.about.get(&(source.clone(), evr.clone()));
                let id = Id { repository: name.to_string(), source, evr };
                self.describe(&mut tx, &id, about, now).await?;
                self.happened(&mut tx, &id, &events, now).await?;
                if events.iter().any(|event| matches!(event, Event::Came { .. })) {
                    self.explain(&mut tx, &id, now).await?;
                }
            }
        }
        tx.commit().await?;
        wake();
        Ok(if is_first { Outcome::First } else { Outcome::Taken })
    }

    /// A version came: others of the package that went a moment before made way for it.
    pub(super) async fn explain(
        &self,
        tx: &mut Tx,
        came: &Id,
        now: Moment,
    ) -> Result<(), StoreError> {
        let builds = store::push::build::of_source(&mut *tx, &came.source, MOST_VERSIONS).await?;
        for build in builds {
            let has_gone = build.id.repository == came.repository && !build.went.is_empty();
            if has_gone && build.id != *came {
                self.change(tx, build, &[Event::Explained], now).await?;
            }
        }
        Ok(())
    }

    /// Keeps what a build is, before what happened to it.
    async fn describe(
        &self,
        tx: &mut Tx,
        id: &Id,
        about: Option<&About>,
        now: Moment,
    ) -> Result<(), StoreError> {
        let Some(about) = about else { return Ok(()) };
        let known = store::push::build::one(&mut *tx, id).await?;
        let mut build = known.unwrap_or_else(|| Build::new(id.clone()));
        let packages = std::mem::take(&mut build.about.packages);
        build.about = about.clone();
        build.about.packages.extend(packages);
        let wakes_at = self.wakes_at(&build);
        store::push::build::save(tx, &build, wakes_at, now).await?;
        if !self.config.push.allows_licence(&build.about.licence) {
            let key = format!("licence:{}:{}", id.repository, build.nvr());
            let words = word::licence(&build);
            self.tell_leads(tx, &key, &words, now).await?;
        }
        Ok(())
    }

    async fn doubt(
        &self,
        tx: &mut Tx,
        repository: &str,
        arch: &str,
        place: &mut Place,
        belief: Belief,
        now: Moment,
    ) -> Result<(), StoreError> {
        place.checked_at = Some(now);
        let Some(doubt) = place.doubt.as_ref().filter(|_| belief == Belief::Asks) else {
            return Ok(());
        };
        let words = place::question(repository, arch, doubt);
        tracing::warn!(repository, arch, vanished = doubt.vanished, "a repository is doubted");
        let key = format!("doubt:{repository}:{arch}:{}", doubt.sha256);
        self.tell_leads(tx, &key, &words, now).await
    }

    async fn note_recovery(
        &self,
        tx: &mut Tx,
        repository: &str,
        arch: &str,
        place: &mut Place,
        now: Moment,
    ) -> Result<(), StoreError> {
        let Some(fault) = place.answers(now) else { return Ok(()) };
        let words = place::recovered(repository, arch, &fault);
        let key = format!("recovered:{repository}:{arch}:{}", fault.since.micros());
        self.tell_leads(tx, &key, &words, now).await
    }

    /// A repository was looked at, and nothing had changed.
    pub async fn unchanged(
        &self,
        repository: &str,
        arch: &str,
        known: Known,
        now: Moment,
    ) -> Result<(), StoreError> {
        let mut tx = self.db.begin().await?;
        let (mut place, replaces) = open(&mut tx, repository, arch).await?;
        self.note_recovery(&mut tx, repository, arch, &mut place, now).await?;
        if known.sha256 == replaces {
            place.known = Some(known); // The server may want to be asked otherwise next time.
        }
        let most = self.config.push.unchanged;
        if let Some(since) = place.changed_at.filter(|at| most > 0 && now.since(*at) > most) {
            let words = place::unchanged(repository, arch, since, now);
            let key = format!("unchanged:{repository}:{arch}:{}", since.micros());
            self.tell_leads(&mut tx, &key, &words, now).await?;
        }
        store::push::place::save(&mut tx, repository, arch, &place, &replaces).await?;
        tx.commit().await
    }

    /// A repository could not be looked at, or what it had was not whole.
    pub async fn failed(
        &self,
        repository: &str,
        arch: &str,
        sentence: &str,
        now: Moment,
    ) -> Result<(), StoreError> {
        let mut tx = self.db.begin().await?;
        let (mut place, replaces) = open(&mut tx, repository, arch).await?;
        if place.fault.is_none() {
            tracing::warn!(repository, arch, sentence, "a repository cannot be read");
        }
        if place.fails(sentence, now)
            && let Some(fault) = &place.fault
        {
            let words = place::trouble(repository, arch, fault);
            let key = format!("trouble:{repository}:{arch}:{}", fault.since.micros());
            self.tell_leads(&mut tx, &key, &words, now).await?;
        }
        store::push::place::save(&mut tx, repository, arch, &place, &replaces).await?;
        tx.commit().await?;
        wake();
        Ok(())
    }

    /// A copy of a repository was looked at.
    pub async fn mirrored(
        &self,
        repository: &str,
        arch: &str,
        url: &str,
        mirror: Mirror,
    ) -> Result<(), StoreError> {
        let mut tx = self.db.begin().await?;
        let (mut place, replaces) = open(&mut tx, repository, arch).await?;
        if let Some(lag) = mirror.lag.filter(|lag| *lag > place::MOST_LAG) {
            let revision = place.known.as_ref().and_then(|known| known.revision).unwrap_or(0);
            let key = format!("lag:{url}:{revision}");
            let now = mirror.checked_at.unwrap_or_else(|| Moment::from_micros(0));
            self.tell_leads(&mut tx, &key, &place::lags(url, lag), now).await?;
        }
        place.mirrors.insert(url.to_string(), mirror);
        store::push::place::save(&mut tx, repository, arch, &place, &replaces).await?;
        tx.commit().await
    }

    /// A person allows what was doubted; false where nothing is.
    pub async fn allow(&self, repository: &str, arch: &str) -> Result<bool, StoreError> {
        let mut tx = self.db.begin().await?;
        let allowed = allow(&mut tx, repository, arch).await?;
        tx.commit().await?;
        Ok(allowed)
    }
}

/// The same within a transaction.
pub async fn allow(tx: &mut Tx, repository: &str, arch: &str) -> Result<bool, StoreError> {
    let Some(mut place) = store::push::place::one(&mut *tx, repository, arch).await? else {
        return Ok(false);
    };
    let Some(doubt) = place.doubt.take() else { return Ok(false) };
    place.allowed = Some(doubt.sha256);
    let replaces = place.known.as_ref().map_or(String::new(), |known| known.sha256.clone());
    store::push::place::save(tx, repository, arch, &place, &replaces).await
}

/// What is known of a repository, and what a change of it replaces.
async fn open(tx: &mut Tx, repository: &str, arch: &str) -> Result<(Place, String), StoreError> {
    let place = store::push::place::one(tx, repository, arch).await?.unwrap_or_default();
    let replaces = place.known.as_ref().map_or(String::new(), |known| known.sha256.clone());
    Ok((place, replaces))
}

/// When what is new came: when its metadata was made, where that lies between the last look and
/// now; else when the last look says at the earliest, or now. A clock that jumps decides nothing.
fn seen_at(known: &Known, last_look: Option<Moment>, now: Moment) -> Moment {
    let stamp = known.stamp.or(known.revision);
    let made = stamp.and_then(|seconds| seconds.checked_mul(1_000_000)).map(Moment::from_micros);
    let Some(last) = last_look else { return now };
    made.filter(|made| *made >= last && *made <= now).unwrap_or(now)
}

/// What happened to builds, by source package and version.
type Happened = BTreeMap<(String, Evr), Vec<Event>>;

/// Where a whole repository was signed anew, nobody wants a word for each build: how many respins
/// were taken out.
fn forget_respins(happened: &mut Happened) -> Option<usize> {
    let is_respin = |event: &Event| matches!(event, Event::Respun { .. });
    let count = happened.values().filter(|events| events.iter().any(is_respin)).count();
    if count <= MOST_RESPINS {
        return None;
    }
    happened.values_mut().for_each(|events| events.retain(|event| !is_respin(event)));
    happened.retain(|_, events| !events.is_empty());
    Some(count)
}

/// Two states of a repository.
struct Versions<'a> {
    old: &'a Index,
    new: &'a Index,
}

impl Versions<'_> {
    /// What happened to which builds: packages of several architectures are one build.
    fn happened(
        &self,
        difference: &Difference,
        arch: &str,
        at: Moment,
        late_since: Option<Moment>,
    ) -> Happened {
        let build = |key: &Key| (key.source.clone(), key.evr.clone());
        let of = |list: &[(Key, Packages)]| -> BTreeSet<(String, Evr)> {
            list.iter().map(|(key, _)| build(key)).collect()
        };
        let (old, new) = (versions(self.old), versions(self.new));
        let holds = |all: &BTreeMap<&str, Vec<&Evr>>, source: &str, evr: &Evr| {
            all.get(source).is_some_and(|versions| versions.contains(&evr))
        };
        let newest = |all: &BTreeMap<&str, Vec<&Evr>>, source: &str| -> Option<Evr> {
            let versions = all.get(source)?.iter();
            versions.max_by(|one, two| one.compare(two)).map(|evr| (*evr).clone())
        };
        let mut happened = Happened::new();
        let arch = arch.to_string();
        let came: BTreeSet<(String, Evr)> = of(&difference.added)
            .into_iter()
            .filter(|(source, evr)| !holds(&old, source, evr))
            .collect();
        for (source, evr) in &came {
            let previous = newest(&old, source);
            let event = Event::Came { arch: arch.clone(), at, previous, late_since };
            happened.entry((source.clone(), evr.clone())).or_default().push(event);
        }
        for (source, evr) in of(&difference.removed) {
            if holds(&new, &source, &evr) {
                continue; // Some of its packages went, the build stays.
            }
            let left = newest(&new, &source);
            let replaced = left.is_some_and(|left| {
                left.is_newer_than(&evr) || came.contains(&(source.clone(), left))
            });
            let event = Event::Went { arch: arch.clone(), at, replaced };
            happened.entry((source, evr)).or_default().push(event);
        }
        for (source, evr) in of(&difference.respun) {
            let of_it = difference
                .respun
                .iter()
                .filter(|(key, _)| build(key) == (source.clone(), evr.clone()));
            let packages = of_it.map(|(_, packages)| packages.len()).sum();
            let event = Event::Respun { arch: arch.clone(), at, packages };
            happened.entry((source, evr)).or_default().push(event);
        }
        happened
    }
}

/// The versions of each source package. Sources alone (`src`) are no builds for anybody.
fn versions(index: &Index) -> BTreeMap<&str, Vec<&Evr>> {
    let mut all: BTreeMap<&str, Vec<&Evr>> = BTreeMap::new();
    for key in index.keys() {
        let versions = all.entry(&key.source).or_default();
        if versions.last() != Some(&&key.evr) {
            versions.push(&key.evr);
        }
    }
    all
}
