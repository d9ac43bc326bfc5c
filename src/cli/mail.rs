//! `beadle mail …`: the letters that have not left, and why; and one of them tried again.

use crate::config::Config;
use crate::domain::escape;
use crate::flow::deliver;
use crate::store::outbox::{Depth, Unsent};
use crate::store::{self, Db};
use anyhow::bail;
use clap::builder::PossibleValuesParser;
use serde::Serialize;
use std::path::PathBuf;

/// The most letters that are printed.
const MOST_LETTERS: u32 = 1000;

#[derive(Debug, clap::Subcommand)]
pub enum Command {
    /// List the letters that wait or were given up, with the reason.
    List {
        /// text for people, json for programs.
        #[arg(long, default_value = "text", value_parser = PossibleValuesParser::new(["text", "json"]))]
        format: String,
        /// The configuration; without it ./config.toml, then /etc/beadle/config.toml.
        #[arg(short, long, value_name = "FILE")]
        config: Option<PathBuf>,
    },
    /// Try a letter again now, also one that was given up.
    #[command(after_help = "Example: beadle mail retry minutes:2018-11-13")]
    Retry {
        /// The letter, as `beadle mail list` names it.
        letter: String,
        /// The configuration; without it ./config.toml, then /etc/beadle/config.toml.
        #[arg(short, long, value_name = "FILE")]
        config: Option<PathBuf>,
    },
}

/// Does what is asked.
pub async fn run(command: Command) -> anyhow::Result<()> {
    match command {
        Command::List { format, config } => {
            let (db, config) = open(config).await?;
            let read = async {
                let letters = store::outbox::list(&db, MOST_LETTERS).await?;
                anyhow::Ok((letters, store::outbox::depth(&db).await?))
            };
            let read = read.await;
            db.close().await;
            let (letters, depth) = read?;
            super::print(&match format.as_str() {
                "json" => json(&letters, depth)?,
                _ => text(&letters, depth, &config),
            })
        }
        Command::Retry { letter, config } => {
            let (db, config) = open(config).await?;
            let tried = deliver::retry(&db, &letter).await;
            db.close().await;
            let letter = escape::line(&letter);
            if !tried? {
                bail!("no letter {letter:?} waits or was given up; see beadle mail list");
            }
            super::print(&match &config.mail {
                Some(_) => format!("{letter} leaves as soon as the relay takes it.\n"),
                None => format!("{letter} waits for a [mail] in the configuration.\n"),
            })
        }
    }
}

async fn open(config: Option<PathBuf>) -> anyhow::Result<(Db, Config)> {
    let config = super::load(config)?;
    Ok((Db::open(&config.database).await?, config))
}

/// How full the outbox is, in words, where something is in it: for people who look for trouble.
pub fn depth(depth: Depth) -> Option<String> {
    let letters = |count: u64, one, many| match count {
        1 => format!("1 letter {one}"),
        _ => format!("{count} letters {many}"),
    };
    let parts = [
        (depth.waiting > 0).then(|| letters(depth.waiting, "waits", "wait")),
        (depth.given_up > 0).then(|| letters(depth.given_up, "was given up", "were given up")),
    ];
    let parts: Vec<String> = parts.into_iter().flatten().collect();
    (!parts.is_empty()).then(|| parts.join(", "))
}

fn text(letters: &[Unsent], full: Depth, config: &Config) -> String {
    let Some(said) = depth(full) else { return "no letter waits\n".to_string() };
    let mut out = String::new();
    for letter in letters {
        out += &format!("{}  to {}\n", letter.key, letter.recipients.join(", "));
        out += &format!("  {}\n", state(letter));
        if let Some(reason) = &letter.last_error {
            out += &format!("  {}\n", escape::line(reason));
        }
    }
    out += &format!("{said}.\n");
    if config.mail.is_none() {
        out += "The configuration has no [mail]: nothing leaves.\n";
    }
    out
}

/// `waits since 2018-11-13T15:48:20Z, tried once, again at 2018-11-13T15:49:20Z`
fn state(letter: &Unsent) -> String {
    let tried = match letter.attempts {
        0 => "not tried yet".to_string(),
        1 => "tried once".to_string(),
        times => format!("tried {times} times"),
    };
    match (letter.gave_up_at, letter.attempts) {
        (Some(at), _) => format!("given up at {}, {tried}", at.rfc3339()),
        (None, 0) => format!("waits since {}, {tried}", letter.due.rfc3339()),
        (None, _) => {
            let (due, again) = (letter.due.rfc3339(), letter.next_try.rfc3339());
            format!("waits since {due}, {tried}, again at {again}")
        }
    }
}

/// The answer of `list`; scripts depend on its names.
#[derive(Serialize)]
struct List<'a> {
    waiting: u64,
    oldest_due: Option<String>,
    given_up: u64,
    letters: Vec<Row<'a>>,
}

/// A letter; scripts depend on these names.
#[derive(Serialize)]
struct Row<'a> {
    key: &'a str,
    to: &'a [String],
    state: &'static str,
    due: String,
    attempts: u32,
    next_try: Option<String>,
    gave_up_at: Option<String>,
    reason: Option<&'a str>,
}

impl Row<'_> {
    fn new(letter: &Unsent) -> Row<'_> {
        let is_given_up = letter.gave_up_at.is_some();
        Row {
            key: &letter.key,
            to: &letter.recipients,
            state: if is_given_up { "given up" } else { "waiting" },
            due: letter.due.rfc3339(),
            attempts: letter.attempts,
            next_try: (!is_given_up).then(|| letter.next_try.rfc3339()),
            gave_up_at: letter.gave_up_at.map(|at| at.rfc3339()),
            reason: letter.last_error.as_deref(),
        }
    }
}

fn json(letters: &[Unsent], depth: Depth) -> anyhow::Result<String> {
    let letters = letters.iter().map(Row::new).collect();
    let (waiting, given_up) = (depth.waiting, depth.given_up);
    let oldest_due = depth.oldest_due.map(|at| at.rfc3339());
    let list = List { waiting, oldest_due, given_up, letters };
    Ok(serde_json::to_string_pretty(&list)? + "\n")
}
