//! `beadle list import`: the subscribers of another list manager, taken over after a look at what
//! that changes. What is read is never written to.

use crate::cli::list::{Configured, open_list};
use crate::domain::escape;
use crate::domain::list::import::{self, Format, MOST_SOURCE, Source};
use crate::flow::members::{self as flow, Plan};
use crate::store::Db;
use crate::store::list::List;
use anyhow::{Context, bail};
use std::io::{IsTerminal, Read, Write};
use std::path::{Path, PathBuf};

/// The most lines that are named because they hold no address.
const MOST_TOLD: usize = 20;

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum From {
    /// As it looks.
    Auto,
    /// list_members, config_list -o, or dumpdb's text of a config.pck.
    Mailman2,
    /// The exported table, or what REST answers to /lists/LIST/roster/member.
    Mailman3,
    /// The directory of a list.
    Mlmmj,
    /// A table with a row of names first.
    Csv,
    /// One address a line.
    Plain,
}

#[derive(Debug, clap::Args)]
pub struct Import {
    /// The list's name or posting address.
    list: String,
    /// Files or mlmmj's directories; - is standard input.
    #[arg(required = true, value_name = "FILE")]
    sources: Vec<PathBuf>,
    /// What wrote them.
    #[arg(long, value_enum, default_value_t = From::Auto)]
    from: From,
    /// Also remove the subscribers who are not in them.
    #[arg(long)]
    sync: bool,
    /// Do it without asking.
    #[arg(long, conflicts_with = "dry_run")]
    yes: bool,
    /// Only say what would be done.
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    configured: Configured,
}

/// Shows the plan, asks, and does it.
pub(super) async fn run(asked: Import) -> anyhow::Result<()> {
    let mut all = Source::default();
    let mut out = String::new();
    for path in &asked.sources {
        let source =
            read(path, asked.from).with_context(|| format!("{} cannot be read", path.display()))?;
        tell(&mut out, path, &source);
        all.entries.extend(source.entries);
        all.fault_count += source.fault_count;
    }
    if all.entries.len() > import::MOST_ADDRESSES {
        bail!("there are more than {} addresses in them", import::MOST_ADDRESSES);
    }
    let twice = all.sort();
    let (db, list) = open_list(asked.configured.config.clone(), &asked.list).await?;
    let done = carry_out(&asked, &db, &list, (all, twice), out).await;
    db.close().await;
    done
}

async fn carry_out(
    asked: &Import,
    db: &Db,
    list: &List,
    (source, twice): (Source, usize),
    mut out: String,
) -> anyhow::Result<()> {
    if asked.sync && source.entries.is_empty() {
        bail!("there is no address in what was given: --sync would remove everybody");
    }
    let faults = source.fault_count;
    let plan = flow::plan(db, list.id, source.entries, asked.sync).await?;
    out += &format!("{}: {} to add, {} already there", list.name, plan.new.len(), plan.known);
    if twice > 0 {
        out += &format!(", {twice} given twice");
    }
    if faults > 0 {
        out += &format!(", {faults} no addresses");
    }
    if asked.sync {
        out += &format!(", {} to remove", plan.extra.len());
    }
    out += ".\n";
    super::super::print(&out)?;
    if asked.dry_run || plan.new.is_empty() && plan.extra.is_empty() {
        return super::super::print("Nothing was changed.\n");
    }
    if !asked.yes && !agreed()? {
        return super::super::print("Nothing was changed.\n");
    }
    let Plan { new, extra, .. } = &plan;
    let added = flow::add(db, list.id, new, progress("added", new.len())).await?;
    let gone = flow::remove(db, list.id, extra, progress("removed", extra.len())).await?;
    super::super::print(&format!("{added} added, {gone} removed.\n"))
}

/// Asks on a terminal; elsewhere somebody must have said yes before.
fn agreed() -> anyhow::Result<bool> {
    if !std::io::stdin().is_terminal() {
        bail!("nobody can be asked here; --yes does it, --dry-run only says what would be done");
    }
    super::super::print("Do it? [y/N] ")?;
    let mut answer = String::new();
    std::io::stdin().read_line(&mut answer)?;
    Ok(matches!(answer.trim().to_lowercase().as_str(), "y" | "yes"))
}

/// A line on a terminal that says how far it is.
fn progress(word: &'static str, all: usize) -> impl FnMut(usize) {
    let is_shown = std::io::stderr().is_terminal() && all > flow::BATCH;
    move |done| {
        if is_shown {
            let end = if done == all { "\n" } else { "" };
            let mut error = std::io::stderr();
            let _ = write!(error, "\r{done} of {all} {word}{end}"); // Only for who looks.
            let _ = error.flush();
        }
    }
}

/// What a reader should know of a source.
fn tell(out: &mut String, path: &Path, source: &Source) {
    let path = escape::line(&path.display().to_string());
    for (line, what) in source.faults.iter().take(MOST_TOLD) {
        *out += &format!("{path}, line {line}: {what}\n");
    }
    if source.fault_count > MOST_TOLD {
        *out += &format!("{path}: and {} more such lines\n", source.fault_count - MOST_TOLD);
    }
    for note in &source.notes {
        *out += &format!("{path}: {}\n", escape::line(note));
    }
    if !source.gate.is_empty() {
        *out += &format!("{path}: for the configuration:\n[gate]\n");
        for line in &source.gate {
            *out += &format!("{}\n", escape::line(line));
        }
    }
}

fn read(path: &Path, from: From) -> anyhow::Result<Source> {
    if path.is_dir() {
        return match from {
            From::Auto | From::Mlmmj => mlmmj(path),
            _ => bail!("it is a directory; --from mlmmj reads one"),
        };
    }
    let bytes = match path == Path::new("-") {
        true => bounded(std::io::stdin().lock())?,
        false => bounded(std::fs::File::open(path)?)?,
    };
    let guessed = import::guess(&bytes);
    let format = match from {
        From::Plain => Format::Plain,
        From::Csv => Format::Csv,
        From::Mailman3 if guessed != Format::Json => Format::Csv,
        From::Mailman3 => Format::Json,
        From::Mailman2 if !matches!(guessed, Format::Dump | Format::Settings) => Format::Plain,
        From::Mlmmj => bail!("it is no directory of a list"),
        From::Auto | From::Mailman2 => guessed,
    };
    import::read(&bytes, format).map_err(anyhow::Error::msg)
}

fn bounded(from: impl Read) -> anyhow::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    from.take(MOST_SOURCE + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > MOST_SOURCE {
        bail!("it is longer than {} MB", MOST_SOURCE / 1_000_000);
    }
    Ok(bytes)
}

/// The folders of a list of mlmmj, each with a file for a letter.
fn mlmmj(folder: &Path) -> anyhow::Result<Source> {
    let mut all = Source::default();
    let mut digests = 0;
    for name in ["subscribers.d", "digesters.d", "nomailsubs.d"] {
        let part = folder.join(name);
        if !part.is_dir() {
            if name == "subscribers.d" {
                bail!("there is no subscribers.d in it: it is no list of mlmmj");
            }
            continue;
        }
        let mut files: Vec<PathBuf> = std::fs::read_dir(&part)?
            .map(|file| Ok(file?.path()))
            .collect::<anyhow::Result<_>>()?;
        files.sort();
        for file in files.iter().filter(|file| file.is_file()) {
            let about = || file.display().to_string();
            let bytes = bounded(std::fs::File::open(file).with_context(about)?)?;
            let mut source = import::read(&bytes, Format::Plain)
                .map_err(anyhow::Error::msg)
                .with_context(about)?;
            source.entries.iter_mut().for_each(|entry| entry.is_nomail = name == "nomailsubs.d");
            digests += if name == "digesters.d" { source.entries.len() } else { 0 };
            if let Some((line, what)) = source.faults.first() {
                let place = file.strip_prefix(folder).unwrap_or(file).display();
                all.notes.push(format!("{place}, line {line}: {what}"));
            }
            all.entries.extend(source.entries);
            all.fault_count += source.fault_count;
        }
    }
    if digests > 0 {
        all.notes.push(format!("{digests} of them had a digest; they are taken like the others"));
    }
    Ok(all)
}
