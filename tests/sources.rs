//! The sources of package pushes against the real things: repositories made by createrepo_c, a
//! broker, and a build system's hub that speaks captured forms of answers.

#[path = "sources/repodata.rs"]
mod repodata;
#[path = "support/rpm.rs"]
mod rpm;
