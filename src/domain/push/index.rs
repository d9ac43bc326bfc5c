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
