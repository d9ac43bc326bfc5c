//! Whole-program stories: `beadle serve` on real IRC servers, as people would see it.

#[path = "../support/mod.rs"]
mod support;

mod rig;
