//! The subscribers of a list on the command line: listed, added, removed, changed, written down.

use crate::cli::list::{Configured, open_list};
use crate::cli::schedule::Shown;
use crate::domain::escape;
use crate::domain::list::Key;
use crate::domain::list::import::{self, Entry, Format, csv};
use crate::flow::members as flow;
use crate::store::Db;
use crate::store::list::ListId;
use crate::store::subscriber::{self, Subscriber};
use anyhow::{Context, bail};
use serde::Serialize;
use std::io::{BufWriter, Read, Write};
use std::path::{Path, PathBuf};

/// How many subscribers are read at a time.
const PAGE: u32 = 5_000;

#[derive(Debug, clap::Args)]
pub struct Add {
    /// The list's name or posting address.
    list: String,
    /// The addresses, also as `Name <address>`; - reads them from standard input, one a line.
    #[arg(required = true)]
    addresses: Vec<String>,
    /// The name beside the address.
    #[arg(long)]
    name: Option<String>,
    /// They are further addresses of this subscriber: posts from them pass, mail does not go to them.
    #[arg(long, value_name = "ADDRESS")]
    other_of: Option<String>,
    /// Posts from NAME+anything@ are the subscriber's own, too.
    #[arg(long)]
    extension: bool,
    #[command(flatten)]
    configured: Configured,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Switch {
    /// It holds.
    On,
    /// It does not.
    Off,
}

#[derive(Debug, clap::Args)]
pub struct Change {
    /// The list's name or posting address.
    list: String,
    /// The subscriber's address.
    address: String,
    /// Whether every post of it waits for a moderator.
    #[arg(long, value_enum)]
    moderated: Option<Switch>,
    /// Whether posts from NAME+anything@ are the subscriber's own, too.
    #[arg(long, value_enum)]
    extension: Option<Switch>,
    /// Whether mail of the list is wanted.
    #[arg(long, value_enum)]
    mail: Option<Switch>,
    #[command(flatten)]
    configured: Configured,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Written {
    /// One address a line.
    Plain,
    /// A table; `list import` reads all of it again.
    Csv,
    /// For programs.
    Json,
    /// The files of mlmmj, into a directory.
    Mlmmj,
}

#[derive(Debug, clap::Args)]
pub struct Export {
    /// The list's name or posting address.
    list: String,
    /// How it is written.
    #[arg(long, value_enum, default_value_t = Written::Plain)]
    format: Written,
    /// The new directory that mlmmj's files go into.
    #[arg(long, value_name = "DIR", required_if_eq("format", "mlmmj"))]
    out: Option<PathBuf>,
    #[command(flatten)]
    configured: Configured,
}

/// A subscriber, for programs; the names stay.
#[derive(Serialize)]
struct Row<'a> {
    id: &'a str,
    address: &'a str,
    name: &'a str,
    other_of: Option<&'a str>,
    joined_at: String,
    moderated: bool,
    extended: bool,
    nomail: bool,
}

impl Row<'_> {
    fn of(one: &Subscriber) -> Row<'_> {
        Row {
            id: one.key.as_str(),
            address: one.address.as_untrusted(),
            name: one.name.as_untrusted(),
            other_of: one.other_of.as_ref().map(Key::as_str),
            joined_at: one.joined_at.rfc3339(),
            moderated: one.options.moderated_at.is_some(),
            extended: one.options.extended_at.is_some(),
            nomail: one.options.nomail_at.is_some(),
        }
    }
}

/// Gives all subscribers, page by page, to `tell`.
async fn each(
    db: &Db,
    list: ListId,
    mut tell: impl FnMut(&Subscriber) -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    let mut last: Option<Key> = None;
    loop {
        let page = subscriber::members(db, list, last.as_ref(), PAGE).await?;
        let Some(end) = page.last() else { return Ok(()) };
        last = Some(end.key.clone());
        page.iter().try_for_each(&mut tell)?;
    }
}

/// Writes all subscribers to standard output as they are read.
async fn print(db: &Db, list: ListId, format: Lines) -> anyhow::Result<()> {
    let mut out = BufWriter::new(std::io::stdout());
    out.write_all(format.head().as_bytes())?;
    let mut is_first = true;
    each(db, list, |one| {
        if !std::mem::take(&mut is_first) {
            out.write_all(format.between().as_bytes())?;
        }
        Ok(out.write_all(format.line(one)?.as_bytes())?)
    })
    .await?;
    out.write_all(format.foot().as_bytes())?;
    Ok(out.flush()?)
}

/// How the subscribers are printed.
#[derive(Clone, Copy)]
enum Lines {
    People,
    Plain,
    Csv,
    Json,
}

impl Lines {
    fn head(self) -> &'static str {
        match self {
            Lines::Csv => "address,name,other_of,joined_at,moderated,extended,nomail\n",
            Lines::Json => "[",
            Lines::People | Lines::Plain => "",
        }
    }

    fn between(self) -> &'static str {
        if matches!(self, Lines::Json) { ",\n" } else { "" }
    }

    fn foot(self) -> &'static str {
        if matches!(self, Lines::Json) { "]\n" } else { "" }
    }

    fn line(self, one: &Subscriber) -> anyhow::Result<String> {
        let row = Row::of(one);
        Ok(match self {
            Lines::Json => serde_json::to_string(&row)?,
            Lines::Plain => format!("{}\n", escape::line(row.address)),
            Lines::Csv => {
                let is = |on: bool| if on { "yes" } else { "" };
                let options = [is(row.moderated), is(row.extended), is(row.nomail)].join(",");
                let (address, name) = (plain(row.address), csv::cell(&escape::line(row.name)));
                let other = row.other_of.map_or(String::new(), plain);
                format!("{address},{name},{other},{},{options}\n", row.joined_at)
            }
            Lines::People => {
                let mut words = vec![];
                if !row.name.is_empty() {
                    words.push(escape::line(row.name));
                }
                words.extend(row.other_of.map(|first| format!("(of {first})")));
                for (is_on, word) in [
                    (row.moderated, "(moderated)"),
                    (row.extended, "(with +extensions)"),
                    (row.nomail, "(no mail)"),
                ] {
                    words.extend(is_on.then(|| word.to_string()));
                }
                let address = escape::line(row.address);
                format!("{address:<39} {}", words.join(" ")).trim_end().to_string() + "\n"
            }
        })
    }
}

/// An address in a table: it is quoted where it must be, and never changed.
fn plain(address: &str) -> String {
    match address.contains([',', '"', ';']) {
        true => format!("\"{}\"", address.replace('"', "\"\"")),
        false => address.to_string(),
    }
}

/// Lists the subscribers.
pub(super) async fn list(named: &str, shown: &Shown) -> anyhow::Result<()> {
    let (db, list) = open_list(shown.config.clone(), named).await?;
    let format = if shown.is_json() { Lines::Json } else { Lines::People };
    let printed = print(&db, list.id, format).await;
    db.close().await;
    printed
}

/// The addresses of the command line; `-` is standard input.
fn given(words: &[String]) -> anyhow::Result<Vec<Entry>> {
    let mut entries = Vec::new();
    for word in words {
        if word != "-" {
            let entry = Entry::parse(word);
            let entry = entry.with_context(|| format!("{:?} is no address", escape::line(word)))?;
            entries.push(entry);
            continue;
        }
        let mut bytes = Vec::new();
        std::io::stdin().lock().take(import::MOST_SOURCE).read_to_end(&mut bytes)?;
        let source = import::read(&bytes, Format::Plain).map_err(anyhow::Error::msg)?;
        if let Some((line, what)) = source.faults.first() {
            bail!("standard input, line {line}: {what}");
        }
        entries.extend(source.entries);
    }
    Ok(entries)
}

/// Subscribes addresses.
pub(super) async fn add(asked: Add) -> anyhow::Result<()> {
    let mut entries = given(&asked.addresses)?;
    let first = match &asked.other_of {
        Some(first) => Some(
            Key::parse(first)
                .with_context(|| format!("{:?} is no address", escape::line(first)))?,
        ),
        None => None,
    };
    let (db, list) = open_list(asked.configured.config, &asked.list).await?;
    let done = async {
        let mut other_of = None;
        if let Some(first) = first {
            let Some(member) = subscriber::one(&db, list.id, &first).await? else {
                bail!("{first} is not subscribed to {}", list.name);
            };
            other_of = Some(member.other_of.unwrap_or(member.key));
        }
        for entry in &mut entries {
            if let Some(name) = &asked.name {
                entry.name = crate::domain::text::clean(name);
            }
            entry.is_extended = asked.extension;
            entry.other_of = other_of.clone().filter(|first| *first != entry.key);
        }
        Ok(flow::add(&db, list.id, &entries, |_| {}).await?)
    };
    let done = done.await;
    db.close().await;
    let new = done?;
    let known = entries.len() as u64 - new;
    let known = match known {
        0 => String::new(),
        known => format!(" {known} already there, unchanged."),
    };
    super::super::print(&format!("{new} added to {}.{known}\n", list.name))
}

/// Removes addresses.
pub(super) async fn remove(
    named: &str,
    addresses: &[String],
    configured: Configured,
) -> anyhow::Result<()> {
    let keys: Vec<Key> = given(addresses)?.into_iter().map(|entry| entry.key).collect();
    let (db, list) = open_list(configured.config, named).await?;
    let done = async {
        let known = subscriber::known(&db, list.id, &keys.iter().collect::<Vec<_>>()).await?;
        let unknown = keys.iter().find(|key| !known.iter().any(|one| one == key.as_str()));
        if let (Some(unknown), 1) = (unknown, keys.len()) {
            bail!("{unknown} is not subscribed to {}", list.name);
        }
        Ok(flow::remove(&db, list.id, &keys, |_| {}).await?)
    };
    let done = done.await;
    db.close().await;
    super::super::print(&format!("{} removed from {}.\n", done?, list.name))
}

/// Changes what holds for a subscriber.
pub(super) async fn change(asked: Change) -> anyhow::Result<()> {
    let Some(key) = Key::parse(&asked.address) else {
        bail!("{:?} is no address", escape::line(&asked.address));
    };
    let (db, list) = open_list(asked.configured.config, &asked.list).await?;
    let changed = flow::change(&db, list.id, &key, |options, now| {
        for (switch, since) in [
            (asked.moderated, &mut options.moderated_at),
            (asked.extension, &mut options.extended_at),
            // Without mail since now, where mail is off.
            (asked.mail.map(opposite), &mut options.nomail_at),
        ] {
            match switch {
                Some(Switch::On) => *since = since.or(Some(now)),
                Some(Switch::Off) => *since = None,
                None => {}
            }
        }
    })
    .await;
    db.close().await;
    match changed? {
        Some(member) => super::super::print(&Lines::People.line(&member)?),
        None => bail!("{key} is not subscribed to {}", list.name),
    }
}

fn opposite(switch: Switch) -> Switch {
    match switch {
        Switch::On => Switch::Off,
        Switch::Off => Switch::On,
    }
}

/// Writes the subscribers down.
pub(super) async fn export(asked: Export) -> anyhow::Result<()> {
    let (db, list) = open_list(asked.configured.config, &asked.list).await?;
    let written = match (asked.format, &asked.out) {
        (Written::Mlmmj, Some(folder)) => mlmmj(&db, list.id, folder).await,
        (Written::Csv, _) => print(&db, list.id, Lines::Csv).await,
        (Written::Json, _) => print(&db, list.id, Lines::Json).await,
        (Written::Plain | Written::Mlmmj, _) => print(&db, list.id, Lines::Plain).await,
    };
    db.close().await;
    written
}

/// mlmmj keeps an address in the file that its first letter names; those that get no mail, in a
/// folder of their own. Further addresses are among them, since they may post.
async fn mlmmj(db: &Db, list: ListId, folder: &Path) -> anyhow::Result<()> {
    let about = || format!("{} cannot be written", folder.display());
    std::fs::create_dir(folder).with_context(about)?;
    for name in ["subscribers.d", "nomailsubs.d"] {
        std::fs::create_dir(folder.join(name)).with_context(about)?;
    }
    // The order of the keys is that of their first letters, so two files are open at a time.
    let mut open: [Option<(String, BufWriter<std::fs::File>)>; 2] = [None, None];
    let mut count = 0_u64;
    each(db, list, |one| {
        let is_nomail = one.other_of.is_some() || one.options.nomail_at.is_some();
        let name = if is_nomail { "nomailsubs.d" } else { "subscribers.d" };
        let address = one.key.as_str();
        let letter: String = address.chars().take(1).filter(|c| *c != '/').collect();
        let letter = if letter.is_empty() { "_".to_string() } else { letter };
        let slot = &mut open[usize::from(is_nomail)];
        if slot.as_ref().is_none_or(|(known, _)| *known != letter) {
            if let Some((_, mut done)) = slot.take() {
                done.flush()?;
            }
            let file = std::fs::File::create_new(folder.join(name).join(&letter))?;
            *slot = Some((letter, BufWriter::new(file)));
        }
        if let Some((_, file)) = slot {
            writeln!(file, "{address}")?;
            count += 1;
        }
        Ok(())
    })
    .await
    .with_context(about)?;
    for (_, mut file) in open.into_iter().flatten() {
        file.flush()?;
    }
    super::super::print(&format!("{count} addresses are in {}.\n", folder.display()))
}
