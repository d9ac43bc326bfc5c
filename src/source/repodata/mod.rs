//! Yum repositories: asked whether they changed, read with suspicion, compared with what was there.
//!
//! A repository is accepted whole or not at all. `repomd.xml` names the other files with their checksums;
//! a file counts when its bytes and what they unpack to both fit. Whatever does not fit is a [`Fault`],
//! and the caller keeps what it knew: nothing here takes a page that is missing, short or older for news.
//! All of it waits in its thread (`crate::http`).

pub mod accept;
pub mod checksum;
pub mod fault;
pub mod other;
pub mod place;
pub mod primary;
pub mod record;
pub mod repomd;
pub mod unpack;
pub mod updateinfo;
pub mod xml;

pub use accept::{Asked, Details, Known, Poll, Snapshot, State};
pub use fault::{Fault, Kind};
pub use place::Place;

use std::time::Duration;

/// After a [`Fault`] the caller asks again after these times: mirrors swap their files while they are
/// read, and have both parts of the new state a moment later.
pub const RETRY: [Duration; 3] =
    [Duration::from_secs(5), Duration::from_secs(15), Duration::from_secs(60)];
