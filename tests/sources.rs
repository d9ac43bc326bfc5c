//! The sources of package pushes against the real things: repositories made by createrepo_c, a
//! broker, and a build system's hub that speaks captured forms of answers.

#[path = "support/hub.rs"]
mod hub;
#[path = "sources/koji.rs"]
mod koji;
