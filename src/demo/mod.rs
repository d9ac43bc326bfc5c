//! The demo: a small IRC server of our own, and the cast that plays a meeting on it.
//!
//! The server is what `beadle demo` connects to and what the tests use to make networks fail; its
//! wire behaviour is that of the servers of the field, and the same stories run against those.
//! Nothing here knows the bot: they meet on the wire.

pub mod cast;
pub mod client;
mod fault;
mod flood;
mod link;
mod options;
pub mod script;
mod server;
mod state;
pub mod wire;

pub use fault::{Fault, Impossible, Outage, Who};
pub use options::{Account, Cap, Flood, Mechanism, Options, Registered};
pub use server::Server;

#[cfg(test)]
mod tests;
