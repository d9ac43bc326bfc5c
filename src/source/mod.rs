//! The doors through which the fate of packages is seen: yum repositories, the build system, its
//! message buses, and what is handed in. None of them decides anything.

pub mod http;
pub mod repodata;
