//! Asking a repository whether it changed, and taking its new state or none.

use crate::domain::push::index::Index;
use crate::domain::push::package::Package;
use crate::source::repodata::checksum;
use crate::source::repodata::fault::Fault;
use crate::source::repodata::other::{self, Entry};
use crate::source::repodata::place::{self, Answer, Place};
use crate::source::repodata::primary;
use crate::source::repodata::repomd::{self, File, Holds, Repomd};
use crate::source::repodata::unpack;
use crate::source::repodata::updateinfo::{self, Advisory, Nevra};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::io::Read;

/// Where every repository begins.
const REPOMD: &str = "repodata/repomd.xml";

/// The most packages of which more is kept than their checksum; what is beyond has changed with so many
/// others that nobody reads its licence.
pub const MOST_FRESH: usize = 5_000;
/// The most advisories that are kept of one question.
pub const MOST_ADVISORIES: usize = 1_000;

/// What is known of a repository since its last accepted state: it is kept, and handed in again.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Known {
    /// The entity tag of `repomd.xml`, as the server wrote it.
    pub etag: Option<String>,
    /// Its date, as the server wrote it.
    pub last_modified: Option<String>,
    /// The SHA-256 of its bytes in hexadecimal digits.
    pub sha256: Option<String>,
    /// Its revision.
    pub revision: Option<i64>,
    /// When its primary was made, in seconds since 1970.
    pub timestamp: Option<i64>,
}

/// What a repository answers.
#[derive(Debug)]
pub enum Poll {
    /// Nothing changed since what is known.
    Unchanged,
    /// What is there is older than what is known: a mirror that lags. It was not read.
    Stale {
        /// The older revision.
        revision: Option<i64>,
        /// When the older primary was made, in seconds since 1970.
        timestamp: Option<i64>,
    },
    /// A new state, all of which fits its checksums.
    Changed(Box<Snapshot>),
}

/// What the first question alone tells.
#[derive(Debug)]
pub enum Asked {
    /// Nothing changed since what is known.
    Unchanged,
    /// What is there is older than what is known.
    Stale {
        /// The older revision.
        revision: Option<i64>,
        /// When the older primary was made, in seconds since 1970.
        timestamp: Option<i64>,
    },
    /// There is a new state, to be read ([`Place::take`]).
    New(Box<State>),
}

/// A new state of which nothing but `repomd.xml` was read.
#[derive(Debug)]
pub struct State {
    /// Which files it is made of.
    pub repomd: Repomd,
    /// What to keep once the rest was read.
    pub known: Known,
}

/// A state of a repository.
#[derive(Debug)]
pub struct Snapshot {
    /// Which files it is made of.
    pub repomd: Repomd,
    /// What it holds.
    pub index: Index,
    /// Those packages the old state has not, or with other bytes; none where the old state was empty, as
    /// all of a first sight is old news. At most [`MOST_FRESH`].
    pub fresh: Vec<Package>,
    /// What to keep, and to ask with the next time.
    pub known: Known,
}

/// What more there is to know of packages.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Details {
    /// Their changelogs by their pkgid, the newest entry first.
    pub changelogs: BTreeMap<String, Vec<Entry>>,
    /// The advisories that name one of them. At most [`MOST_ADVISORIES`].
    pub advisories: Vec<Advisory>,
}

impl Place {
    /// Asks whether the repository changed since what is known; `old` is the state that goes with it.
    ///
    /// After a [`Fault`] both stay as they are, and the caller asks again
    /// ([`RETRY`](crate::source::repodata::RETRY)).
    pub fn poll(&self, known: &Known, old: &Index) -> Result<Poll, Fault> {
        match self.ask(known)? {
            Asked::Unchanged => Ok(Poll::Unchanged),
            Asked::Stale { revision, timestamp } => Ok(Poll::Stale { revision, timestamp }),
            Asked::New(state) => Ok(Poll::Changed(Box::new(self.take(*state, old)?))),
        }
    }

    /// The first half of [`Place::poll`], which is all that is needed mostly.
    pub fn ask(&self, known: &Known) -> Result<Asked, Fault> {
        let (body, etag, last_modified) = match self.open(REPOMD, known, repomd::MOST_BYTES)? {
            Answer::Same => return Ok(Asked::Unchanged),
            Answer::Came { body, etag, last_modified } => (body, etag, last_modified),
        };
        let bytes = place::read_limited(body, repomd::MOST_BYTES);
        let bytes = bytes.map_err(|fault| fault.about(REPOMD))?;
        if known.sha256.as_ref() == Some(&checksum::sha256(&bytes)) {
            return Ok(Asked::Unchanged);
        }
        let repomd = Repomd::parse(&bytes).map_err(|fault| fault.about(REPOMD))?;
        let primary = repomd.file(Holds::Primary);
        let primary =
            primary.ok_or_else(|| Fault::malformed("it names no primary").about(REPOMD))?;
        let (revision, timestamp) = (repomd.revision, primary.timestamp);
        if is_before(revision, timestamp, known) {
            return Ok(Asked::Stale { revision, timestamp });
        }
        let sha256 = Some(repomd.sha256.clone());
        let known = Known { etag, last_modified, sha256, revision, timestamp };
        Ok(Asked::New(Box::new(State { repomd, known })))
    }

    /// The second half: reads the packages of a new state.
    pub fn take(&self, state: State, old: &Index) -> Result<Snapshot, Fault> {
        let State { repomd, known } = state;
        let primary = repomd.file(Holds::Primary);
        let primary =
            primary.ok_or_else(|| Fault::malformed("it names no primary").about(REPOMD))?;
        let (index, fresh) = self.read(primary, |from| read_packages(from, old))?;
        Ok(Snapshot { repomd, index, fresh, known })
    }

    /// The changelogs and advisories of those fresh packages of an accepted state whose pkgid is wanted.
    /// A repository without such files has none.
    pub fn details(
        &self,
        snapshot: &Snapshot,
        wanted: &BTreeSet<String>,
    ) -> Result<Details, Fault> {
        let mut details = Details::default();
        if wanted.is_empty() {
            return Ok(details);
        }
        if let Some(file) = snapshot.repomd.file(Holds::Other) {
            details.changelogs = self.read(file, |from| other::read(from, wanted))?;
        }
        if let Some(file) = snapshot.repomd.file(Holds::Updateinfo) {
            let fresh = snapshot.fresh.iter().filter(|package| wanted.contains(&package.pkgid));
            let names: BTreeSet<Nevra> = fresh.map(nevra).collect();
            details.advisories = self.read(file, |from| read_advisories(from, &names))?;
        }
        Ok(details)
    }

    /// Reads a file as far as `repomd.xml` describes it.
    fn read<T>(
        &self,
        file: &File,
        take: impl FnOnce(&mut dyn Read) -> Result<T, Fault>,
    ) -> Result<T, Fault> {
        match self.open(&file.href, &Known::default(), unpack::MOST_PACKED)? {
            Answer::Came { body, .. } => unpack::read(file, body, take),
            Answer::Same => {
                Err(Fault::malformed("it answers that nothing changed").about(&file.href))
            }
        }
    }
}

/// Whether this state was made before what is known. The revision decides, and where it is the same or
/// missing the time of the primary.
fn is_before(revision: Option<i64>, timestamp: Option<i64>, known: &Known) -> bool {
    let earlier = |this: Option<i64>, that: Option<i64>| Some(this?.cmp(&that?));
    let by_revision = earlier(revision, known.revision).filter(|order| order.is_ne());
    by_revision.or(earlier(timestamp, known.timestamp)).is_some_and(|order| order.is_lt())
}

fn read_packages(from: &mut dyn Read, old: &Index) -> Result<(Index, Vec<Package>), Fault> {
    let (mut index, mut fresh) = (Index::default(), Vec::new());
    primary::read(from, |package| {
        index.add(&package);
        if !old.is_empty() && fresh.len() < MOST_FRESH && !old.holds(&package) {
            fresh.push(package);
        }
    })?;
    Ok((index, fresh))
}

fn read_advisories(from: &mut dyn Read, wanted: &BTreeSet<Nevra>) -> Result<Vec<Advisory>, Fault> {
    let mut advisories = Vec::new();
    updateinfo::read(from, |advisory| {
        let is_wanted = advisory.packages.iter().any(|package| wanted.contains(package));
        if is_wanted && advisories.len() < MOST_ADVISORIES {
            advisories.push(advisory);
        }
    })?;
    Ok(advisories)
}

fn nevra(package: &Package) -> Nevra {
    Nevra { name: package.name.clone(), evr: package.evr.clone(), arch: package.arch.clone() }
}

#[cfg(test)]
mod tests;
