//! `beadle gate replay`: which past verdicts other rules would change.

use crate::cli::schedule::Shown;
use crate::clock;
use crate::config;
use crate::domain::escape;
use crate::domain::list::gate::Author;
use crate::domain::time::{DAY, MINUTE};
use crate::flow::replay::{self, Changed};
use crate::store::Db;
use serde::Serialize;
use std::path::PathBuf;

#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// A file with the rules to try: a configuration, or one that has `[gate]` only.
    #[arg(long, value_name = "FILE")]
    policy: PathBuf,
    /// How far back: 90d, 12h. No further than verdicts are remembered (`[gate]` keep_days).
    #[arg(long, default_value = "14d", value_parser = span)]
    since: i64,
    #[command(flatten)]
    shown: Shown,
}

/// A time in microseconds.
fn span(given: &str) -> Result<i64, String> {
    let wrong = || "write so many days or hours, such as 90d or 12h".to_string();
    let unit = match given.chars().last() {
        Some('d') => DAY,
        Some('h') => 60 * MINUTE,
        _ => return Err(wrong()),
    };
    let number: i64 = given[..given.len() - 1].parse().map_err(|_| wrong())?;
    Some(number).filter(|n| (1..=36_500).contains(n)).map(|n| n * unit).ok_or_else(wrong)
}

#[derive(Serialize)]
struct Row {
    list: String,
    at: String,
    author: Option<String>,
    message_id: String,
    verdict: &'static str,
    check: String,
    new_verdict: &'static str,
    new_check: &'static str,
    reason: String,
}

/// Prints what would change, the oldest first, and how many.
pub async fn run(arguments: Arguments) -> anyhow::Result<()> {
    let gate = config::load_gate(&arguments.policy).map_err(|faults| {
        let all: Vec<String> = faults.iter().map(ToString::to_string).collect();
        anyhow::anyhow!("the rules cannot be used\n{}", all.join("\n"))
    })?;
    let config = super::super::load(arguments.shown.config.clone())?;
    let db = Db::open(&config.database).await?;
    let since = clock::now().plus(-arguments.since);
    let mut rows = Vec::new();
    let outcome = replay::replay(&db, &gate.policy, since, |one| rows.push(row(one))).await;
    db.close().await;
    let outcome = outcome?;
    if arguments.shown.is_json() {
        return super::super::print_json(&rows);
    }
    let mut out = String::new();
    for row in &rows {
        let author = row.author.as_deref().map_or("?".to_string(), escape::line);
        out += &format!(
            "{}  {}  {author}  {} ({}) -> {} ({}): {}\n",
            row.at,
            row.list,
            row.verdict,
            row.check,
            row.new_verdict,
            row.new_check,
            escape::line(&row.reason)
        );
    }
    out += &format!(
        "{} posts were judged again; {} would get another verdict.\n",
        outcome.judged, outcome.changed
    );
    if outcome.decided_by_people > 0 {
        out += &format!("{} were decided by moderators and stay.\n", outcome.decided_by_people);
    }
    super::super::print(&out)
}

fn row(changed: Changed) -> Row {
    let Changed { decided, list, judgement } = changed;
    Row {
        list,
        at: decided.at.whole_second().rfc3339(),
        author: match decided.facts.author {
            Author::One(key, _) => Some(key.to_string()),
            _ => None,
        },
        message_id: decided.facts.message_id,
        verdict: decided.verdict.as_str(),
        check: decided.check,
        new_verdict: judgement.verdict.as_str(),
        new_check: judgement.check,
        reason: judgement.because,
    }
}
