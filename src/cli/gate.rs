//! `beadle gate …`: what the door of the lists would do, did, and holds back.

mod check;
mod kept;
mod replay;

use crate::cli::schedule::Shown;
use crate::domain::escape;
use crate::flow::why;
use crate::store::Db;
use std::path::PathBuf;
use std::process::ExitCode;

#[derive(Debug, clap::Subcommand)]
pub enum Command {
    /// What would happen to a mail, which comes on standard input; nothing is stored.
    #[command(
        after_help = "Example: beadle gate check --list centos-virt --explain < post.eml\n\n\
        Exits 0 where the mail would be accepted, 77 where it would be refused, discarded or held, \
        and 75 where that cannot be found out now."
    )]
    Check(check::Arguments),
    /// The posts that wait for a moderator, or those that were discarded and are kept.
    Held {
        /// Those that were discarded (`[gate]` quarantine_days).
        #[arg(long)]
        discarded: bool,
        #[command(flatten)]
        shown: Shown,
    },
    /// Let a kept post pass to its list, byte for byte.
    Release(kept::Release),
    /// Throw a kept post away.
    Discard {
        /// Its number, as `beadle gate held` shows it.
        number: i64,
        #[command(flatten)]
        configured: Configured,
    },
    /// What became of a post: its Message-ID and the address that it was sent from.
    Why {
        /// Its Message-ID, with or without angle brackets.
        message_id: String,
        /// The address in its From, or its envelope's sender.
        address: String,
        #[command(flatten)]
        shown: Shown,
    },
    /// Which past verdicts other rules would change. Nothing is changed by it.
    #[command(after_help = "Example: beadle gate replay --policy new.toml --since 90d")]
    Replay(replay::Arguments),
}

#[derive(Debug, clap::Args)]
pub struct Configured {
    /// The configuration; without it ./config.toml, then /etc/beadle/config.toml.
    #[arg(short, long, value_name = "FILE")]
    config: Option<PathBuf>,
}

/// Does what is asked. `check` has exit codes of its own.
pub fn run(command: Command) -> anyhow::Result<ExitCode> {
    match command {
        Command::Check(arguments) => return check::run(arguments),
        Command::Held { discarded, shown } => super::wait_for(kept::list(discarded, shown)),
        Command::Release(release) => super::wait_for(kept::release(release)),
        Command::Discard { number, configured } => {
            super::wait_for(kept::discard(number, configured))
        }
        Command::Why { message_id, address, shown } => {
            super::wait_for(became(message_id, address, shown))
        }
        Command::Replay(arguments) => super::wait_for(replay::run(arguments)),
    }?;
    Ok(ExitCode::SUCCESS)
}

async fn became(message_id: String, address: String, shown: Shown) -> anyhow::Result<()> {
    let config = super::load(shown.config.clone())?;
    let db = Db::open(&config.database).await?;
    let told = why::ask(&db, &config, &message_id, &address).await;
    db.close().await;
    let told = told?;
    if shown.is_json() {
        return super::print_json(&told);
    }
    let paragraphs: Vec<String> = told
        .iter()
        .map(|lines| lines.iter().map(|line| escape::line(line) + "\n").collect())
        .collect();
    super::print(&paragraphs.join("\n"))
}
