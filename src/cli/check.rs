//! `beadle check`: everything that is wrong with the configuration, and whether the database
//! understands this program.

use crate::config;
use crate::config::Database;
use crate::domain::schedule::Schedule;
use crate::store::{self, Db};
use anyhow::Context;
use anyhow::bail;
use std::path::PathBuf;

/// So many meetings to come are shown, so that one can see whether the rule is the one meant.
const SHOWN: usize = 5;

/// Checks; the error holds all faults.
pub fn run(given: Option<PathBuf>) -> anyhow::Result<()> {
    let path = config::find(given.as_deref()).map_err(|fault| anyhow::anyhow!("{fault}"))?;
    let config = super::load(Some(path.clone()))?;
    let schedule = Schedule::new(config.schedule.clone());
    let now = crate::clock::now();
    let overlaps: Vec<String> = schedule.overlaps(now).iter().map(ToString::to_string).collect();
    if !overlaps.is_empty() {
        bail!("{}: meetings overlap\n{}", path.display(), overlaps.join("\n"));
    }
    let database = super::wait_for(database(&config.database))?;
    let channels: usize = config.networks.iter().map(|network| network.channels.len()).sum();
    super::print(&format!(
        "{}: all good ({} network{}, {channels} channel{}, {} member{}; {database})\n",
        path.display(),
        config.networks.len(),
        plural(config.networks.len()),
        plural(channels),
        config.members.len(),
        plural(config.members.len()),
    ))?;
    let next = schedule.from(now).take(SHOWN);
    next.map(|slot| format!("{}\n", super::schedule::line(&slot)))
        .try_for_each(|line| super::print(&line))
}

/// Holds every statement against the database. A new one is made by the service, whose it must be,
/// and not by a check, which another user may run.
async fn database(database: &Database) -> anyhow::Result<String> {
    if let Database::Sqlite(file) = database
        && !file.try_exists().with_context(|| format!("cannot look for {}", file.display()))?
    {
        return Ok("the database is made at the first start".to_string());
    }
    let db = Db::open(database).await?;
    db.check_statements().await?;
    let depth = store::outbox::depth(&db).await?;
    db.close().await;
    let answers = "the database answers".to_string();
    Ok(match super::mail::depth(depth) {
        Some(letters) => format!("{answers}; {letters}; see beadle mail list"),
        None => answers,
    })
}

fn plural(count: usize) -> &'static str {
    if count == 1 { "" } else { "s" }
}
