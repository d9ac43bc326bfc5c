//! Package pushes: what was tagged, when it may reach the mirrors, what is there, and what is said.
//!
//! Nothing here knows how a build system or a repository is asked; the doors in `crate::source` do.

pub mod about;
pub mod answer;
pub mod build;
pub mod evr;
pub mod follow;
pub mod hint;
pub mod index;
pub mod inlet;
pub mod item;
pub mod kind;
pub mod pace;
pub mod package;
pub mod place;
pub mod plain;
pub mod signature;
pub mod tag;
pub mod text;
pub mod window;
pub mod word;
