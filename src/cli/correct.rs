//! `beadle minutes edit` and `beadle minutes redact`: minutes of meetings that have ended.

use crate::cli::desk::Asking;
use crate::config::Config;
use crate::flow::correct::{self, Trouble};
use crate::store::{self, Db};
use anyhow::bail;
use std::path::PathBuf;
use std::sync::Arc;

#[derive(Debug, clap::Args)]
#[command(after_help = "Example: beadle minutes edit 2018-11-13 l-42 \"Keep one Xen version\"")]
pub struct Edit {
    #[command(flatten)]
    place: Place,
    /// What the item or topic of that line is to say; without words the item is removed.
    text: Vec<String>,
    #[command(flatten)]
    asking: Asking,
}

#[derive(Debug, clap::Args)]
pub struct Redact {
    #[command(flatten)]
    place: Place,
    /// The configuration; without it ./config.toml, then /etc/beadle/config.toml.
    #[arg(short, long, value_name = "FILE")]
    config: Option<PathBuf>,
}

#[derive(Debug, clap::Args)]
struct Place {
    /// The meeting: its date, with -2 for the second one of a day, or latest.
    date: String,
    /// The line of the log, as its address has it: l-42.
    #[arg(value_parser = line)]
    line: usize,
}

fn line(word: &str) -> Result<usize, String> {
    let number = word.trim_start_matches('#');
    let number = number.strip_prefix("l-").unwrap_or(number).parse().ok();
    number.filter(|line| *line > 0).ok_or_else(|| {
        "a line is written as in the address of the log, for example l-42".to_string()
    })
}

/// Gives an item other words, or removes it.
pub async fn edit(options: Edit) -> anyhow::Result<()> {
    let asking = options.asking;
    let (db, config, date) = open(&options.place, asking.config.clone()).await?;
    let (line, words) = (options.place.line, options.text.join(" "));
    let who = (&asking.asker(), &asking.by());
    let revision = correct::correct(&db, &config, &date, who, line, &words).await;
    db.close().await;
    super::print(&format!("The minutes of {date} are at revision {}.\n", said(revision)?))
}

/// Destroys the words of a line.
pub async fn redact(options: Redact) -> anyhow::Result<()> {
    let (db, config, date) = open(&options.place, options.config).await?;
    let line = options.place.line;
    let redacted = correct::redact(&db, &config, &date, line).await;
    db.close().await;
    said(redacted)?;
    super::print(&format!(
        "Line l-{line} of {date} is redacted. What was mailed before cannot be called back.\n"
    ))
}

async fn open(place: &Place, config: Option<PathBuf>) -> anyhow::Result<(Db, Arc<Config>, String)> {
    let config = super::load(config)?;
    let db = Db::open(&config.database).await?;
    let date = match place.date.as_str() {
        "latest" => match store::meeting::list(&db, 1, None).await?.pop() {
            Some(row) => row.slug,
            None => bail!("no meeting has been held yet"),
        },
        date => date.to_string(),
    };
    Ok((db, Arc::new(config), date))
}

fn said<T>(outcome: Result<T, Trouble>) -> anyhow::Result<T> {
    outcome.map_err(|trouble| anyhow::anyhow!("{trouble}"))
}
