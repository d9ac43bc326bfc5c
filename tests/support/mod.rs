//! The rig: real IRC servers on loopback, scripted people, the bot as a process, and the player
//! of stories.
//!
//! Nothing here uses the library under test but for its demo's server: the program is spoken to
//! through sockets and files.

pub mod bot;
pub mod cast;
#[allow(dead_code, reason = "the sources use the rest of it")]
pub mod certificates;
pub mod client;
pub mod demo;
pub mod hub;
pub mod inspircd;
#[allow(dead_code, reason = "the sources use the rest of it")]
pub mod mosquitto;
pub mod network;
pub mod ngircd;
pub mod page;
pub mod pattern;
pub mod play;
pub mod postfix;
pub mod postgres;
pub mod process;
pub mod rpm;
pub mod story;
