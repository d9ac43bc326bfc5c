//! Package pushes: what was tagged, when it may reach the mirrors, what is there, and what is said.
//!
//! Nothing here knows how a build system or a repository is asked; the doors in `crate::source` do.

pub mod evr;
pub mod index;
pub mod package;
pub mod plain;
pub mod tag;
