//! What the commands on the group's data share: who asks, how a change is made, and how the rows of
//! a list are printed.

use crate::clock;
use crate::config::Config;
use crate::config::words;
use crate::domain::escape;
use crate::domain::group::{By, Change, Group, Via};
use crate::domain::name::{Account, Nick};
use crate::domain::notice::Origin;
use crate::domain::roster::Asker;
use crate::domain::time::Moment;
use crate::domain::wrap::wrap;
use crate::flow;
use crate::store::Db;
use chrono::NaiveDate;
use serde::Serialize;
use std::path::PathBuf;
use unicode_width::UnicodeWidthStr;

/// Who makes a change.
#[derive(Debug, clap::Args)]
pub struct Asking {
    /// Make the change as this member, with the rights they have; without it as the operator of the
    /// program, who has all.
    #[arg(long = "as", value_name = "ACCOUNT", value_parser = words::account)]
    acting_as: Option<Account>,
    /// The configuration; without it ./config.toml, then /etc/beadle/config.toml.
    #[arg(short, long, value_name = "FILE")]
    pub config: Option<PathBuf>,
}

/// The most of a user's name that the journal keeps is what a nick may have; who has none is this.
const NOBODY: &str = "operator";

impl Asking {
    /// Who asks.
    pub fn asker(&self) -> Asker {
        self.acting_as.clone().map_or(Asker::Operator, Asker::Account)
    }

    /// What the journal says of who made the change.
    pub fn by(&self) -> By {
        let user = ["USER", "LOGNAME"].iter().find_map(|name| std::env::var(name).ok());
        let user = user.filter(|user| !user.trim().is_empty());
        let name = self.acting_as.as_ref().map(|account| Nick::new(account.as_str()));
        By {
            name: name.unwrap_or_else(|| Nick::new(user.as_deref().unwrap_or(NOBODY))),
            account: self.acting_as.clone(),
            via: Via::Cli,
            meeting: None,
        }
    }

    /// Makes a change and prints what then holds; the error is why it was refused.
    pub async fn change(
        &self,
        make: impl FnOnce(&Group, &Config) -> anyhow::Result<Change>,
    ) -> anyhow::Result<()> {
        let config = super::load(self.config.clone())?;
        let db = Db::open(&config.database).await?;
        let make = |group: &Group| make(group, &config).map_err(|error| error.to_string());
        let asked = flow::group::asked(&db, &config, (&self.asker(), &self.by()), make).await;
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

/// Where something was said, for programs: the meeting, its log line and their page.
#[derive(Clone, Debug, Serialize)]
pub struct Said {
    meeting: Option<String>,
    line: Option<u32>,
    /// The page of the line.
    pub url: Option<String>,
}

impl Said {
    /// Of an entry of the journal.
    pub fn of(meeting: Option<&(String, u32)>, config: &Config) -> Said {
        let (meeting, line) = meeting.cloned().unzip();
        let url = config.web.as_ref().zip(meeting.as_ref().zip(line));
        let url = url.map(|(web, (slug, line))| format!("{}/m/{slug}/log#l-{line}", web.url));
        Said { meeting, line, url }
    }

    /// `2018-11-13 15:20 UTC, gwd, https://virt.example.org/m/2018-11-13/log#l-12`.
    pub fn sentence(&self, origin: &Origin) -> String {
        let place = self.url.clone().or_else(|| self.meeting.clone());
        let place = place.map_or(String::new(), |place| format!(", {place}"));
        format!("{}, {}{place}", minute(origin.at), escape::line(origin.by.as_untrusted()))
    }
}
