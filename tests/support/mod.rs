//! The rig: real IRC servers on loopback, scripted people, the bot as a process, and the player
//! of stories.
//!
//! Nothing here uses the library under test: it speaks to the program through sockets and files.

pub mod bot;
pub mod cast;
pub mod client;
pub mod inspircd;
pub mod network;
pub mod ngircd;
pub mod pattern;
pub mod play;
pub mod process;
pub mod story;
