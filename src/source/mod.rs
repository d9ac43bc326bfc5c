//! The doors through which the fate of packages is seen: yum repositories, the build system, its
//! message buses, and what is handed in. None of them decides anything.

#[cfg(feature = "amqp")]
pub mod amqp;
pub mod bus;
pub mod koji;
pub mod mqtt;
pub mod repodata;
pub mod watch;
