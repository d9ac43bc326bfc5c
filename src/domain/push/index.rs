//! What a yum repository holds, folded to source builds, and how two such states differ.

use crate::domain::push::evr::Evr;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// One source build, for one architecture, in one repository.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Key {
    /// The source package's name.
    pub source: String,
    /// Its version: version and release of the source package, epoch of its binaries.
    pub evr: Evr,
    /// The architecture of the packages: `x86_64`, `noarch`, `src`.
    pub arch: String,
}

/// Which packages a source build has there: `NAME[ VERSION-RELEASE]` (the second where it differs from the
/// source's) and the checksum of the package, the first 32 hexadecimal digits of it.
pub type Packages = BTreeMap<String, String>;

/// What a repository holds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Index(pub BTreeMap<Key, Packages>);

/// How a repository changed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Difference {
    /// What is new, or has further packages.
    pub added: Vec<(Key, Packages)>,
    /// What is there no more.
    pub removed: Vec<(Key, Packages)>,
    /// The same names and versions with other bytes: rebuilt, or signed anew. Only those packages.
    pub respun: Vec<(Key, Packages)>,
}

impl Index {
    /// How the new state differs from this one.
    pub fn compare(&self, new: &Index) -> Difference {
        let mut difference = Difference::default();
        let nothing = Packages::new();
        let keys: std::collections::BTreeSet<&Key> = self.0.keys().chain(new.0.keys()).collect();
        for key in keys {
            let old = self.0.get(key).unwrap_or(&nothing);
            let now = new.0.get(key).unwrap_or(&nothing);
            let only = |these: &Packages, in_those: &dyn Fn(&str, &str) -> bool| -> Packages {
                let kept = these.iter().filter(|(name, sum)| in_those(name, sum));
                kept.map(|(name, sum)| (name.clone(), sum.clone())).collect()
            };
            let added = only(now, &|name, _| !old.contains_key(name));
            let removed = only(old, &|name, _| !now.contains_key(name));
            let respun = only(now, &|name, sum| old.get(name).is_some_and(|was| was != sum));
            for (list, packages) in [
                (&mut difference.added, added),
                (&mut difference.removed, removed),
                (&mut difference.respun, respun),
            ] {
                if !packages.is_empty() {
                    list.push((key.clone(), packages));
                }
            }
        }
        difference
    }

    /// How many source packages are there no more in any version, and how many per cent that is.
    pub fn vanished(&self, new: &Index) -> (usize, u32) {
        let sources = |index: &Index| -> std::collections::BTreeSet<String> {
            index.0.keys().map(|key| key.source.clone()).collect()
        };
        let (old, new) = (sources(self), sources(new));
        let gone = old.difference(&new).count();
        let percent = (gone * 100).checked_div(old.len()).unwrap_or(0);
        (gone, u32::try_from(percent).unwrap_or(100))
    }
}
