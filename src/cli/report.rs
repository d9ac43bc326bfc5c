//! `beadle report …`: the quarterly report, counted from what is stored, with the lead's words.

use crate::cli::desk::Asking;
use crate::cli::schedule::Shown;
use crate::clock;
use crate::config::Config;
use crate::domain::group::report::MOST_BYTES;
use crate::domain::group::report::draft::Draft;
use crate::domain::group::report::quarter::{Due, Quarter};
use crate::flow::report;
use crate::store::Db;
use anyhow::{Context, bail};
use serde::Serialize;
use std::io::Read;
use std::path::{Path, PathBuf};

#[derive(Debug, clap::Subcommand)]
pub enum Command {
    /// Print the report as it is now, in Markdown; once it was sent, what was sent.
    Draft {
        /// Of which quarter (2018-Q4); without it of the one that is due next.
        #[arg(long, value_name = "QUARTER", value_parser = Quarter::parse)]
        quarter: Option<Quarter>,
        #[command(flatten)]
        shown: Shown,
    },
    /// Keep the lead's own words: how the group is doing. They stand in every draft from now on.
    #[command(after_help = "Example: beadle report told narrative.md")]
    Told {
        /// The file with the words, in Markdown; - is standard input.
        file: PathBuf,
        /// Of which quarter (2018-Q4); without it of the one that is due next.
        #[arg(long, value_name = "QUARTER", value_parser = Quarter::parse)]
        quarter: Option<Quarter>,
        #[command(flatten)]
        asking: Asking,
    },
    /// Note that it was sent: from now on the report is that text, and changes no more.
    Sent {
        /// The file with the text as it was sent, - for standard input; without it the draft as it
        /// is now.
        file: Option<PathBuf>,
        /// Of which quarter (2018-Q4); without it of the one that is due next.
        #[arg(long, value_name = "QUARTER", value_parser = Quarter::parse)]
        quarter: Option<Quarter>,
        #[command(flatten)]
        asking: Asking,
    },
}

/// A report, for programs; the names stay.
#[derive(Serialize)]
struct Row {
    #[serde(flatten)]
    draft: Draft,
    sent_at: Option<String>,
    markdown: String,
}

/// Does what is asked.
pub async fn run(command: Command) -> anyhow::Result<()> {
    match command {
        Command::Draft { quarter, shown } => draft(quarter, &shown).await,
        Command::Told { file, quarter, asking } => {
            let words = text(&file)?;
            let (config, db, due) = open(asking.config.clone(), quarter).await?;
            let (asker, by) = (asking.person.asker(), asking.person.by());
            let told = report::tell(&db, &config, (&asker, &by), due, &words).await;
            db.close().await;
            said(told?)
        }
        Command::Sent { file, quarter, asking } => {
            let text = file.as_deref().map(text).transpose()?;
            let (config, db, due) = open(asking.config.clone(), quarter).await?;
            let (asker, by) = (asking.person.asker(), asking.person.by());
            let sent = report::sent(&db, &config, (&asker, &by), due, text).await;
            db.close().await;
            said(sent?)
        }
    }
}

async fn open(
    config: Option<PathBuf>,
    quarter: Option<Quarter>,
) -> anyhow::Result<(Config, Db, Due)> {
    let config = super::load(config)?;
    let due = report::wanted(&config, quarter, clock::now()).map_err(anyhow::Error::msg)?;
    let db = Db::open(&config.database).await?;
    Ok((config, db, due))
}

fn said(outcome: Result<String, String>) -> anyhow::Result<()> {
    super::print(&(outcome.map_err(anyhow::Error::msg)? + "\n"))
}

async fn draft(quarter: Option<Quarter>, shown: &Shown) -> anyhow::Result<()> {
    let (config, db, due) = open(shown.config.clone(), quarter).await?;
    let report = report::read(&db, &config, due, clock::now()).await;
    db.close().await;
    let report = report?;
    if shown.is_json() {
        let sent_at = report.sent_at.map(|at| at.rfc3339());
        return super::print_json(&Row { draft: report.draft, sent_at, markdown: report.text });
    }
    super::print(&report.text)
}

/// The text of a file or of standard input.
fn text(file: &Path) -> anyhow::Result<String> {
    let most = MOST_BYTES as u64 + 1;
    let mut bytes = Vec::new();
    let cannot = || format!("{} cannot be read", file.display());
    match file == Path::new("-") {
        true => std::io::stdin().take(most).read_to_end(&mut bytes),
        false => {
            std::fs::File::open(file).and_then(|opened| opened.take(most).read_to_end(&mut bytes))
        }
    }
    .with_context(cannot)?;
    if bytes.len() > MOST_BYTES {
        bail!("a report may have {MOST_BYTES} bytes at most");
    }
    let text = String::from_utf8(bytes).ok().filter(|text| !text.trim().is_empty());
    text.with_context(|| format!("{} has no text in it, or is not UTF-8", file.display()))
}
