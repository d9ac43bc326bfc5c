//! `beadle gate check`: the verdict on one mail, with every check's answer.

use crate::cli::incoming;
use crate::cli::schedule::{Shown, configured};
use crate::config::Config;
use crate::domain::escape;
use crate::domain::list::gate::{self, Author, Explained, Facts, Judgement, Subscribed, Verdict};
use crate::domain::list::import::Entry;
use crate::domain::list::policy::Policy;
use crate::domain::list::post::{self, Post, Reading};
use crate::flow::members;
use crate::flow::receive::{Carrier, Incoming, Receiver};
use crate::mail::authenticate::Verifier;
use crate::store::{Db, StoreError};
use anyhow::{Context, bail};
use serde::Serialize;
use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// The list's name or posting address.
    #[arg(long, value_name = "LIST")]
    list: String,
    /// The envelope's sender; without it what Return-Path says, else the author. <> is the null
    /// sender.
    #[arg(long, value_name = "ENVELOPE", allow_hyphen_values = true)]
    sender: Option<String>,
    /// Show every check with its answer.
    #[arg(long)]
    explain: bool,
    /// Take the subscribers from this file, one address a line, instead of the database.
    #[arg(long, value_name = "FILE")]
    subscribers: Option<PathBuf>,
    #[command(flatten)]
    shown: Shown,
}

/// sysexits.h: EX_TEMPFAIL and EX_NOPERM.
const LATER: u8 = 75;
const NOT_PASSED: u8 = 77;

/// The first group's list, where there is no configuration.
const FIRST_LIST: (&str, &str) = ("centos-virt", "centos-virt@centos.org");

#[derive(Serialize)]
struct Printed<'a> {
    list: &'a str,
    verdict: &'static str,
    check: &'static str,
    reason: &'a str,
    author: Option<&'a str>,
    message_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    checks: Option<Vec<Explained>>,
}

pub fn run(arguments: Arguments) -> anyhow::Result<ExitCode> {
    let mail = incoming::read()?;
    let config = configured(arguments.shown.config.clone())?;
    let (policy, facts, judgement) = match &arguments.subscribers {
        Some(file) => with_file(&arguments, file, config.as_ref(), &mail)?,
        None => {
            let Some(config) = config else {
                bail!(
                    "there is no configuration, so no database; name one with -c, or give --subscribers FILE"
                )
            };
            match super::super::wait_for(with_database(&arguments, config, mail)) {
                Ok(found) => found,
                Err(error) if is_away(&error) => {
                    // A reader that has gone away is no reason to fail twice.
                    let _ = writeln!(std::io::stderr(), "beadle: {error:#}");
                    return Ok(ExitCode::from(LATER));
                }
                Err(error) => return Err(error),
            }
        }
    };
    print(&arguments, &policy, &facts, &judgement)?;
    Ok(match judgement.verdict {
        Verdict::Accept => ExitCode::SUCCESS,
        Verdict::Hold | Verdict::Reject | Verdict::Discard => ExitCode::from(NOT_PASSED),
    })
}

fn is_away(error: &anyhow::Error) -> bool {
    error.downcast_ref::<StoreError>().is_some_and(StoreError::is_temporary)
}

type Found = (Policy, Facts, Judgement);

/// Judges with the subscribers of a file, and without a database.
fn with_file(
    arguments: &Arguments,
    file: &Path,
    config: Option<&Config>,
    mail: &[u8],
) -> anyhow::Result<Found> {
    let address = address(&arguments.list, config)?;
    let policy = config.map_or_else(Policy::default, |config| config.gate.policy.clone());
    let members = subscribers(file)?;
    let sender = sender(arguments, &address, &policy, mail);
    let reading = Reading { list: &address, sender: &sender, policy: &policy };
    let Post { mut facts, senders, .. } = post::read(mail, &reading);
    for (by, key) in senders {
        let base = key.without_extension().filter(|_| policy.extensions);
        let found = members.get(key.as_str()).or_else(|| members.get(base.as_ref()?.as_str()));
        if let Some(written) = found {
            let is_exact =
                matches!(&facts.author, Author::One(_, given) if is_same_local(given, written));
            facts.subscribed.push(Subscribed { by, is_moderated: false, is_exact });
        }
    }
    let judgement = gate::decide(&policy, &facts);
    Ok((policy, facts, judgement))
}

fn is_same_local(one: &str, other: &str) -> bool {
    let local = |address: &str| address.rsplit_once('@').map(|(local, _)| local.to_string());
    local(one) == local(other)
}

/// The posting address of a list that is named without a database.
fn address(list: &str, config: Option<&Config>) -> anyhow::Result<String> {
    let own = config.and_then(|config| config.list.as_ref());
    match own {
        _ if list.contains('@') => Ok(list.to_ascii_lowercase()),
        Some(own) if own.name.as_untrusted() == list || own.address.local() == list => {
            Ok(own.address.as_str().to_ascii_lowercase())
        }
        None if list == FIRST_LIST.0 => Ok(FIRST_LIST.1.to_string()),
        _ => bail!("the list {} is not known here; give its posting address", escape::line(list)),
    }
}

/// Who is subscribed, by what they are compared by.
fn subscribers(file: &Path) -> anyhow::Result<BTreeMap<String, String>> {
    let text = std::fs::read(file).with_context(|| format!("{} cannot be read", file.display()))?;
    let text = String::from_utf8_lossy(&text);
    let mut members = BTreeMap::new();
    for (number, line) in text.lines().enumerate() {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        match Entry::parse(line) {
            Some(entry) => {
                members.insert(entry.key.as_str().to_string(), entry.address);
            }
            None => {
                let (number, line) = (number + 1, escape::line(line));
                let _ = writeln!(std::io::stderr(), "line {number} is no address: {line}");
            }
        }
    }
    Ok(members)
}

/// The envelope's sender, where nobody gives it: whom the mail itself names.
fn sender(arguments: &Arguments, list: &str, policy: &Policy, mail: &[u8]) -> String {
    if let Some(given) = &arguments.sender {
        return given.trim_start_matches('<').trim_end_matches('>').to_string();
    }
    let post = post::read(mail, &Reading { list, sender: "unknown@invalid", policy });
    let author = match &post.facts.author {
        Author::One(key, _) => key.to_string(),
        _ => "unknown@invalid".to_string(),
    };
    post.return_path.unwrap_or(author)
}

/// Judges as the running service would.
async fn with_database(
    arguments: &Arguments,
    config: Config,
    mail: Vec<u8>,
) -> anyhow::Result<Found> {
    let config = Arc::new(config);
    let db = Db::open(&config.database).await?;
    members::own(&db, &config).await?;
    let receiver = Receiver::start(db.clone(), config.clone());
    let found = match receiver.lists().find(&arguments.list).await? {
        None => None,
        Some(list) => {
            let sender = sender(arguments, &list.row.address, &list.policy, &mail);
            let mut mail = Incoming {
                sender,
                recipients: vec![list.row.address.clone()],
                message: mail.into(),
                alignment: None,
                carrier: Carrier::Server,
            };
            Verifier::new(config.gate.resolver).complete(&receiver, &mut mail).await;
            let (facts, judgement) = receiver.look(&list, mail).await?;
            Some((list.policy.clone(), facts, judgement))
        }
    };
    db.close().await;
    let name = escape::line(&arguments.list);
    found.with_context(|| format!("there is no list {name}; see beadle list show"))
}

fn print(
    arguments: &Arguments,
    policy: &Policy,
    facts: &Facts,
    judgement: &Judgement,
) -> anyhow::Result<()> {
    let author = match &facts.author {
        Author::One(key, _) => Some(key.as_str()),
        _ => None,
    };
    let checks = arguments.explain.then(|| gate::explain(policy, facts));
    if arguments.shown.is_json() {
        return super::super::print_json(&Printed {
            list: &arguments.list,
            verdict: judgement.verdict.as_str(),
            check: judgement.check,
            reason: &judgement.because,
            author,
            message_id: Some(facts.message_id.as_str()).filter(|id| !id.is_empty()),
            checks,
        });
    }
    let because = escape::line(&judgement.because);
    let mut out = format!("{} ({}): {because}\n", judgement.verdict.as_str(), judgement.check);
    for one in checks.unwrap_or_default() {
        let because = escape::line(&one.because);
        out += format!("  {:<10} {:<8} {because}", one.name, one.answer).trim_end();
        out.push('\n');
    }
    super::super::print(&out)
}
