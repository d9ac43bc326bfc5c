//! ngIRCd: a small server without accounts and with hardly a capability.

use super::process::{Process, debian_command, unprivileged};
use std::path::Path;

/// The server's configuration, with places for what changes from run to run.
pub const CONFIGURATION: &str = include_str!("conf/ngircd.conf");

/// Starts it; its configuration is in the directory.
pub fn start(dir: &Path) -> Process {
    let mut command = debian_command("ngircd");
    command.arg("-n").arg("-f").arg(dir.join("ngircd.conf"));
    Process::start(unprivileged(&mut command, dir), &dir.join("ngircd.out"))
}
