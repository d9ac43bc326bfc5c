//! `beadle check`: everything that is wrong with the configuration, and whether the database
//! understands this program.

use crate::config;
use crate::store::Db;
use std::path::PathBuf;

/// Checks; the error holds all faults.
pub fn run(given: Option<PathBuf>) -> anyhow::Result<()> {
    let path = config::find(given.as_deref()).map_err(|fault| anyhow::anyhow!("{fault}"))?;
    let config = super::load(Some(path.clone()))?;
    super::wait_for(async {
        let db = Db::open(&config.database).await?;
        db.check_statements().await?;
        db.close().await;
        Ok(())
    })?;
    let channels: usize = config.networks.iter().map(|network| network.channels.len()).sum();
    super::print(&format!(
        "{}: all good ({} network{}, {channels} channel{}, {} member{}; the database answers)\n",
        path.display(),
        config.networks.len(),
        plural(config.networks.len()),
        plural(channels),
        config.members.len(),
        plural(config.members.len()),
    ))
}

fn plural(count: usize) -> &'static str {
    if count == 1 { "" } else { "s" }
}
