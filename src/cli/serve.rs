//! `beadle serve`: the service. This file alone knows all doors.

use crate::cli::ConfigFile;
use crate::cli::logging::Logging;
use crate::config::Config;
use clap::Args;

const EXAMPLES: &str = "\
Examples:
  beadle serve
  beadle serve -c /etc/beadle/config.toml
  BEADLE_LOG=debug beadle serve

It runs until it gets SIGTERM or SIGINT. BEADLE_LOG chooses what is logged, for example debug or
warn,beadle::irc=trace. docs/administrator.md shows how to run it under systemd.";

/// Run the service.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct Serve {
    #[command(flatten)]
    config: ConfigFile,
    #[command(flatten)]
    logging: Logging,
}

impl Serve {
    /// Serves until told to stop.
    pub fn run(self) -> anyhow::Result<()> {
        let config = self.config.load()?;
        self.logging.start()?;
        serve(config)
    }
}

/// Opens the store and the doors, and keeps them until the process is told to stop.
fn serve(_config: Config) -> anyhow::Result<()> {
    anyhow::bail!("`serve` is not built yet")
}
