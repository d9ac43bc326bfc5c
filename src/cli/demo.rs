//! `beadle demo`: a meeting on this machine, without configuration and without a trace.

use crate::cli::logging::Logging;
use clap::Args;
use std::io::Write;

const EXAMPLES: &str = "\
Examples:
  beadle demo
  beadle demo --once                 play the meeting, print the minutes, and end
  beadle demo --port 6667            let IRC clients find the usual port

It listens on 127.0.0.1 only, keeps everything in a directory that is removed at the end, and prints
where to look. End it with Ctrl-C.";

/// Play a meeting on this machine, and stay up to be looked at.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct Demo {
    /// End when the meeting is over, and print its minutes
    #[arg(long)]
    pub once: bool,
    /// The port of the IRC server [default: any free one]
    #[arg(long, value_name = "PORT", default_value_t = 0, hide_default_value = true)]
    pub port: u16,
    /// The port of the pages [default: any free one]
    #[arg(long, value_name = "PORT", default_value_t = 0, hide_default_value = true)]
    pub web_port: u16,
    #[command(flatten)]
    logging: Logging,
}

impl Demo {
    /// Plays the meeting.
    pub fn run(self, out: &mut dyn Write) -> anyhow::Result<()> {
        self.logging.start()?;
        play(&self, out)
    }
}

/// Starts the server, the bot and the pages, plays the cast, and stays up unless told otherwise.
fn play(_demo: &Demo, _out: &mut dyn Write) -> anyhow::Result<()> {
    anyhow::bail!("`demo` is not built yet")
}
