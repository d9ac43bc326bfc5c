//! One change of a tag in the build system: a build was tagged, or untagged.

use crate::domain::push::evr::Evr;
use crate::domain::time::Moment;

/// A change of a tag. Events are numbered as time goes on; one event can be several changes, of
/// which each has its own act, tag and build.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// The number of the event: the cursor.
    pub event: i64,
    /// When, by the build system's clock.
    pub at: Moment,
    /// What happened.
    pub act: Act,
    /// The tag, such as `virt7-kvm-common-release`.
    pub tag: String,
    /// Who did it, as the build system calls them; none for the system itself.
    pub by: Option<String>,
    /// The build system's number of the build.
    pub build: i64,
    /// The source package's name.
    pub source: String,
    /// Its version.
    pub evr: Evr,
}

/// What happened to a tag.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Act {
    /// A build was put under it.
    Tagged,
    /// A build was taken away from it.
    Untagged,
}
