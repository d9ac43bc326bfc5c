//! One look at a repository, and at its copies. What waits, waits in a thread of its own.

use crate::clock;
use crate::domain::push::about;
use crate::domain::push::build::About;
use crate::domain::push::evr::Evr;
use crate::domain::push::index::Index;
use crate::domain::push::package::Package;
use crate::domain::push::place::{self, Mirror};
use crate::flow::push::observe::{self, Outcome};
use crate::flow::push::{Pushes, StoreError};
use crate::source::repodata::{Asked, Details, Fault, Kind, Known, Place, Snapshot};
use std::collections::{BTreeMap, BTreeSet};
use tokio::sync::Semaphore;

/// Why a look came to nothing.
enum Trouble {
    Fault(Fault),
    Store(StoreError),
}

impl From<Fault> for Trouble {
    fn from(fault: Fault) -> Trouble {
        Trouble::Fault(fault)
    }
}

impl From<StoreError> for Trouble {
    fn from(error: StoreError) -> Trouble {
        Trouble::Store(error)
    }
}

/// Looks at a repository; whether it could be read. There is `room` to read so many at once.
pub async fn at(pushes: &Pushes, repository: &str, arch: &str, room: &Semaphore) -> bool {
    let sentence = match look(pushes, repository, arch, room).await {
        Ok(()) => return true,
        Err(Trouble::Fault(fault)) => fault.sentence,
        Err(Trouble::Store(error)) => {
            let error = &error as &dyn std::error::Error;
            tracing::warn!(error, repository, arch, "what is there is not taken in yet");
            return false;
        }
    };
    if let Err(error) = pushes.failed(repository, arch, &sentence, clock::now()).await {
        let error = &error as &dyn std::error::Error;
        tracing::warn!(error, repository, arch, sentence, "that it cannot be read is not noted");
    }
    false
}

async fn look(pushes: &Pushes, name: &str, arch: &str, room: &Semaphore) -> Result<(), Trouble> {
    let config = pushes.config.clone();
    let Some(repository) = config.push.repository(name) else { return Ok(()) };
    let Some(url) = repository.url(arch) else { return Ok(()) };
    let _room = room.acquire().await;
    let place = parse(&url)?;
    let known = pushes.place(name, arch).await?.known.unwrap_or_default();
    let asked = {
        let (place, known) = (place.clone(), to_ask(&known));
        in_a_thread(move || place.ask(&known)).await?
    };
    let state = match asked {
        Asked::Unchanged => return Ok(pushes.unchanged(name, arch, known, clock::now()).await?),
        // Mirrors that take turns do that for a while; where it stays so, somebody is to know.
        Asked::Stale { revision, .. } => return Err(Trouble::Fault(stale(revision, &known))),
        Asked::New(state) => state,
    };
    let old = pushes.carried(name, arch).await?;
    let snapshot = in_a_thread(move || read(&place, *state, &old)).await?;
    let outcome = pushes.observed(repository, arch, snapshot, clock::now()).await?;
    match outcome {
        Outcome::First => tracing::info!(name, arch, "watched from now on"),
        outcome => tracing::info!(name, arch, ?outcome, "something changed"),
    }
    Ok(())
}

fn stale(revision: Option<i64>, known: &place::Known) -> Fault {
    let shown =
        |number: Option<i64>| number.map_or("none".to_string(), |number| number.to_string());
    let (there, before) = (shown(revision), shown(known.revision));
    let sentence =
        format!("what is there (revision {there}) is older than what was there before ({before})");
    Fault::new(Kind::Mismatch, sentence)
}

fn parse(url: &str) -> Result<Place, Fault> {
    Place::parse(url).map_err(|sentence| Fault::new(Kind::Unreachable, sentence))
}

async fn in_a_thread<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Fault> + Send + 'static,
) -> Result<T, Fault> {
    match tokio::task::spawn_blocking(work).await {
        Ok(done) => done,
        Err(error) => Err(Fault::malformed(format!("reading it failed: {error}"))),
    }
}

/// Reads a new state, and what more there is to know of the builds that are new in it.
fn read(
    place: &Place,
    state: crate::source::repodata::State,
    old: &Index,
) -> Result<observe::Snapshot, Fault> {
    let snapshot = place.take(state, old)?;
    let mains = mains(&snapshot);
    let wanted: BTreeSet<String> = mains.values().map(|main| main.pkgid.clone()).collect();
    // That nothing changed in words keeps no push from being announced.
    let details = place.details(&snapshot, &wanted).unwrap_or_else(|fault| {
        tracing::warn!(fault.sentence, "changelogs or advisories cannot be read");
        Details::default()
    });
    let about = mains
        .iter()
        .map(|((source, evr), main)| {
            let previous = newest(old, source, evr);
            let about = told(&snapshot, &details, (source, evr), main, previous.as_ref());
            ((source.clone(), evr.clone()), about)
        })
        .collect();
    Ok(observe::Snapshot { known: to_keep(&snapshot.known), index: snapshot.index, about })
}

/// Of each build that is new, the package that speaks for it: the one called as its source, else the
/// first.
fn mains(snapshot: &Snapshot) -> BTreeMap<(String, Evr), &Package> {
    let mut mains: BTreeMap<(String, Evr), &Package> = BTreeMap::new();
    for package in snapshot.fresh.iter().filter(|package| !package.is_source()) {
        let build = package.source_build();
        let is_main = package.name == build.0;
        let main = mains.entry(build).or_insert(package);
        if is_main {
            *main = package;
        }
    }
    mains
}

fn newest(old: &Index, source: &str, evr: &Evr) -> Option<Evr> {
    let versions = old.keys().filter(|key| key.source == source && key.evr != *evr);
    versions.map(|key| &key.evr).max_by(|one, two| one.compare(two)).cloned()
}

fn told(
    snapshot: &Snapshot,
    details: &Details,
    (source, evr): (&str, &Evr),
    main: &Package,
    previous: Option<&Evr>,
) -> About {
    let mut known = About::default();
    about::tell(&mut known, true, main.summary.as_untrusted(), main.licence.as_untrusted());
    let of_it = snapshot.fresh.iter().filter(|package| {
        let build = package.source_build();
        build.0 == source && build.1 == *evr
    });
    for package in of_it {
        let (name, evr, arch) = (&package.name, &package.evr, &package.arch);
        let file = format!("{name}-{}-{}.{arch}", evr.version, evr.release);
        known.packages.insert(file, package.pkgid.clone());
    }
    let entries: Vec<(String, String)> = details
        .changelogs
        .get(&main.pkgid)
        .into_iter()
        .flatten()
        .map(|entry| {
            let text = |text: &crate::domain::text::Text| text.as_untrusted().to_string();
            (text(&entry.author), text(&entry.text))
        })
        .collect();
    known.changes = about::between(&entries, previous);
    let names_it = |advisory: &&crate::source::repodata::updateinfo::Advisory| {
        advisory.kind == "security"
            && advisory.packages.iter().any(|one| {
                let full =
                    format!("{}-{}-{}.{}", one.name, one.evr.version, one.evr.release, one.arch);
                known.packages.contains_key(&full)
            })
    };
    let advisories: Vec<_> = details.advisories.iter().filter(names_it).collect();
    let ids: BTreeSet<String> = advisories.iter().flat_map(|one| one.issues.clone()).collect();
    known.security = ids.into_iter().collect();
    let severity = advisories.iter().map(|one| one.severity.clone()).find(|one| !one.is_empty());
    known.severity = severity;
    known.with_security()
}

fn to_ask(known: &place::Known) -> Known {
    Known {
        etag: known.etag.clone(),
        last_modified: known.modified.clone(),
        sha256: Some(known.sha256.clone()).filter(|sum| !sum.is_empty()),
        revision: known.revision,
        timestamp: known.stamp,
    }
}

fn to_keep(known: &Known) -> place::Known {
    place::Known {
        sha256: known.sha256.clone().unwrap_or_default(),
        revision: known.revision,
        stamp: known.timestamp,
        etag: known.etag.clone(),
        modified: known.last_modified.clone(),
    }
}

/// Looks at the copies of a repository.
pub async fn mirrors(pushes: &Pushes, repository: &str, arch: &str, room: &Semaphore) {
    let config = pushes.config.clone();
    let Some(repository) = config.push.repository(repository) else { return };
    for url in &repository.mirrors {
        let url = url.replace("$arch", arch);
        let _room = room.acquire().await;
        let mirror = {
            let url = url.clone();
            tokio::task::spawn_blocking(move || mirror(&url)).await.unwrap_or_default()
        };
        if let Err(error) = pushes.mirrored(&repository.name, arch, &url, mirror).await {
            let error = &error as &dyn std::error::Error;
            tracing::warn!(error, url, "what a mirror has is not noted");
        }
    }
}

fn mirror(url: &str) -> Mirror {
    let now = clock::now();
    let seen = parse(url).and_then(|place| {
        let revision = match place.ask(&Known::default())? {
            Asked::New(state) => state.known.revision,
            Asked::Stale { revision, .. } => revision,
            Asked::Unchanged => None,
        };
        // Many mirrors have no /TIME; that is no fault.
        Ok((revision, place.time().ok().map(|time| now.since(time).max(0))))
    });
    let checked_at = Some(now);
    match seen {
        Ok((revision, lag)) => Mirror { revision, lag, checked_at, fault: None },
        Err(fault) => Mirror { checked_at, fault: Some(fault.sentence), ..Mirror::default() },
    }
}
