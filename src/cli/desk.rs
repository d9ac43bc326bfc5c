//! What the commands on the group's data share: who asks, how a change is made, and how the rows of
//! a list are printed.

use crate::cli::person::Person;
use crate::clock;
use crate::config::Config;
use crate::domain::escape;
use crate::domain::group::{Change, Group};
use crate::domain::time::Moment;
use crate::domain::wrap::wrap;
use crate::flow;
use crate::store::Db;
use chrono::NaiveDate;
use std::path::PathBuf;
use unicode_width::UnicodeWidthStr;

/// Who makes a change, and of which group.
#[derive(Debug, clap::Args)]
pub struct Asking {
    /// Who.
    #[command(flatten)]
    pub person: Person,
    /// The configuration; without it ./config.toml, then /etc/beadle/config.toml.
    #[arg(short, long, value_name = "FILE")]
    pub config: Option<PathBuf>,
}

impl Asking {
    /// Makes a change and prints what then holds; the error is why it was refused.
    pub async fn change(
        &self,
        make: impl FnOnce(&Group, &Config) -> anyhow::Result<Change>,
    ) -> anyhow::Result<()> {
        let config = super::load(self.config.clone())?;
        let db = Db::open(&config.database).await?;
        let make = |group: &Group| make(group, &config).map_err(|error| error.to_string());
        let asked =
            flow::group::asked(&db, &config, (&self.person.asker(), &self.person.by()), make).await;
        db.close().await;
        let holds = asked?.map_err(|refusal| anyhow::anyhow!("{}", escape::line(&refusal)))?;
        super::print(&(escape::line(&holds) + "\n"))
    }
}

/// The configuration and the group as it is now.
pub async fn group(given: Option<PathBuf>) -> anyhow::Result<(Config, Group)> {
    let config = super::load(given)?;
    let db = Db::open(&config.database).await?;
    let group = flow::group::load(&db, &config).await;
    db.close().await;
    Ok((config, group?))
}

/// Today, in UTC.
pub fn today() -> NaiveDate {
    clock::now().date()
}

/// Words of the command line as one text.
pub fn joined(words: &[String]) -> String {
    crate::domain::text::clean(&words.join(" "))
}

/// Reads the number of an action or a notice: `35`, `#35` or `[35]`.
pub fn number(given: &str) -> Result<u32, String> {
    let bare = given.trim().trim_start_matches(['#', '[']).trim_end_matches(']');
    bare.parse().map_err(|_| "a number was expected, as the list shows it: 35".to_string())
}

/// A row of a list: cells padded to their widths, then words that are broken to lines below
/// themselves.
pub fn row(out: &mut String, cells: &[(&str, usize)], words: &str) {
    let mut first = String::new();
    let mut column = 0;
    for (cell, width) in cells {
        let cell = escape::line(cell);
        column += width;
        first.push_str(&cell);
        let used = first.width();
        first.push_str(&" ".repeat(column.saturating_sub(used).max(2)));
    }
    wrap(out, &first, &" ".repeat(column), &escape::line(words));
}

/// `2018-11-13 15:20 UTC`.
pub fn minute(at: Moment) -> String {
    at.utc().format("%Y-%m-%d %H:%M UTC").to_string()
}
