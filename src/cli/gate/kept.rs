//! `beadle gate held|release|discard`: the posts that wait, and those that are kept for a while.

use crate::cli::gate::Configured;
use crate::cli::person::Person;
use crate::cli::schedule::Shown;
use crate::domain::escape;
use crate::domain::list::Key;
use crate::domain::list::gate::Verdict;
use crate::flow::moderate::{self, Refusal, Seen};
use crate::store::Db;
use anyhow::{Context, bail};
use serde::Serialize;

#[derive(Debug, clap::Args)]
pub struct Release {
    /// Its number, as `beadle gate held` shows it.
    number: i64,
    /// From now on the author's address is this subscriber's, too.
    #[arg(long, value_name = "ADDRESS")]
    member: Option<String>,
    #[command(flatten)]
    person: Person,
    #[command(flatten)]
    configured: Configured,
}

#[derive(Serialize)]
struct Row<'a> {
    id: i64,
    list: &'a str,
    author: Option<&'a str>,
    subject: String,
    check: &'a str,
    at: String,
    until: String,
    size_bytes: u64,
}

/// Lists them, the oldest first.
pub async fn list(discarded: bool, shown: Shown) -> anyhow::Result<()> {
    let config = super::super::load(shown.config.clone())?;
    let db = Db::open(&config.database).await?;
    let only = if discarded { Verdict::Discard } else { Verdict::Hold };
    let seen = moderate::waiting(&db, only).await;
    db.close().await;
    let seen = seen?;
    let rows: Vec<Row> = seen.iter().map(row).collect();
    if shown.is_json() {
        return super::super::print_json(&rows);
    }
    if rows.is_empty() {
        return super::super::print("none\n");
    }
    let line = |row: &Row| {
        let author = row.author.map_or("?".to_string(), escape::line);
        let (subject, at) = (escape::line(&row.subject), row.at.replace('T', " "));
        format!("{}  {}  {at}  {author}  {}: {subject}\n", row.id, row.list, row.check)
    };
    super::super::print(&rows.iter().map(line).collect::<String>())
}

fn row(seen: &Seen) -> Row<'_> {
    Row {
        id: seen.kept.id,
        list: &seen.list,
        author: seen.author.as_deref(),
        subject: subject(seen),
        check: &seen.check,
        at: seen.kept.at.whole_second().rfc3339(),
        until: seen.kept.until.whole_second().rfc3339(),
        size_bytes: seen.kept.size_bytes,
    }
}

/// The longest subject that is shown, in characters.
const MOST_SUBJECT: usize = 100;

fn subject(seen: &Seen) -> String {
    seen.subject.as_untrusted().chars().take(MOST_SUBJECT).collect()
}

/// Lets one pass.
pub async fn release(asked: Release) -> anyhow::Result<()> {
    let member = asked.member.as_deref().map(|given| {
        Key::parse(given).with_context(|| format!("{} is no address", escape::line(given)))
    });
    let member = member.transpose()?;
    let config = super::super::load(asked.configured.config)?;
    let db = Db::open(&config.database).await?;
    let by = asked.person.by();
    let done =
        moderate::release(&db, &config, asked.number, by.name.as_str(), member.as_ref()).await;
    db.close().await;
    match done? {
        Ok(()) => super::super::print(&format!("post {} goes to its list\n", asked.number)),
        Err(refusal) => bail!("{}", sentence(asked.number, &refusal)),
    }
}

/// Throws one away.
pub async fn discard(number: i64, configured: Configured) -> anyhow::Result<()> {
    let config = super::super::load(configured.config)?;
    let db = Db::open(&config.database).await?;
    let done = moderate::discard(&db, number, "operator").await;
    db.close().await;
    match done? {
        Ok(()) => super::super::print(&format!("post {number} is thrown away\n")),
        Err(refusal) => bail!("{}", sentence(number, &refusal)),
    }
}

fn sentence(number: i64, refusal: &Refusal) -> String {
    match refusal {
        Refusal::Gone => format!(
            "there is no post {number} that waits: somebody decided, or its time is over; see \
             beadle gate held"
        ),
        Refusal::NoWay => {
            "nobody says where the list's posts go; set [gate] onward in the configuration".into()
        }
        Refusal::NoAuthor => {
            "the post's author is ambiguous, so the address can be nobody's; release it without \
             --member"
                .into()
        }
        Refusal::NoSubscriber => "there is no such subscriber; see beadle list members".into(),
    }
}
