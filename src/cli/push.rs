//! `beadle push …`: the push window, where packages are, what was pushed, and what is handed in.

use crate::cli::desk;
use crate::cli::schedule::{Shown, configured};
use crate::clock;
use crate::domain::push::answer::{self, Known};
use crate::domain::push::inlet;
use crate::domain::push::place;
use crate::domain::push::window::{Gate, Policy};
use crate::domain::time::Moment;
use crate::flow::push::Pushes;
use crate::flow::push::answer::Ledger;
use crate::flow::rows::Repository;
use crate::store::Db;
use anyhow::Context;
use serde::Serialize;
use std::io::Read;
use std::path::PathBuf;
use std::sync::Arc;

#[derive(Debug, clap::Subcommand)]
pub enum Command {
    /// From when on what is tagged at a time may be pushed.
    #[command(after_help = "Example: beadle push window --at 2018-11-15T09:00:01Z")]
    Window {
        /// Ask for this moment instead of now (2018-11-15T09:30:00Z).
        #[arg(long, value_name = "TIME", value_parser = Moment::parse)]
        at: Option<Moment>,
        /// Ask for the window of this tag instead of the first one.
        #[arg(long, value_name = "TAG")]
        tag: Option<String>,
        #[command(flatten)]
        shown: Shown,
    },
    /// Where a package is: tagged, held, pushed, on mirrors.
    Where {
        /// Its name, that of one of its packages, or one version of it: xen-4.6.6-13.el7.
        name: String,
        #[command(flatten)]
        shown: Shown,
    },
    /// When a build is out: the furthest that is known, and the earliest that comes next.
    When {
        /// The build: xen-4.6.6-13.el7.
        build: String,
        #[command(flatten)]
        configured: Configured,
    },
    /// What was tagged and pushed last.
    List {
        /// Only what is held.
        #[arg(long)]
        held: bool,
        /// In the last so many days.
        #[arg(long, default_value_t = 60, value_parser = clap::value_parser!(u32).range(1..=36_500))]
        days: u32,
        #[command(flatten)]
        shown: Shown,
    },
    /// Take in events of another build system: lines of JSON in a file, or - for standard input.
    #[command(
        after_help = "Example: echo '{\"event\": \"pushed\", \"nvr\": \"xen-4.6.6-13.el7\", \
        \"tag\": \"virt7-xen-46-release\"}' | beadle push event -\n\n\
        An event that was taken in before changes nothing. Where a line is wrong, nothing is taken."
    )]
    Event {
        /// The file.
        file: PathBuf,
        #[command(flatten)]
        configured: Configured,
    },
    /// How the repositories and their mirrors fare.
    Health {
        #[command(flatten)]
        shown: Shown,
    },
    /// Believe a repository of which too much is gone at once.
    Allow {
        /// The repository.
        repository: String,
        /// Its architecture.
        arch: String,
        #[command(flatten)]
        configured: Configured,
    },
}

#[derive(Debug, clap::Args)]
pub struct Configured {
    /// The configuration; without it ./config.toml, then /etc/beadle/config.toml.
    #[arg(short, long, value_name = "FILE")]
    config: Option<PathBuf>,
}

/// Does what is asked.
pub fn run(command: Command) -> anyhow::Result<()> {
    match command {
        Command::Window { at, tag, shown } => {
            window(at.unwrap_or_else(clock::now), tag.as_deref(), &shown)
        }
        Command::Where { name, shown } => super::wait_for(wherever(&name, &shown)),
        Command::When { build, configured } => super::wait_for(when(&build, configured)),
        Command::List { held, days, shown } => super::wait_for(list(held, days, &shown)),
        Command::Event { file, configured } => super::wait_for(event(file, configured)),
        Command::Health { shown } => super::wait_for(health(&shown)),
        Command::Allow { repository, arch, configured } => {
            super::wait_for(allow(&repository, &arch, configured))
        }
    }
}

/// What the window says, for programs; the names stay.
#[derive(Serialize)]
struct Window {
    tagged_at: String,
    gate: Gate,
    earliest: String,
}

/// Without a configuration the first group's rule holds.
fn window(at: Moment, tag: Option<&str>, shown: &Shown) -> anyhow::Result<()> {
    let windows = match configured(shown.config.clone())? {
        Some(config) => config.push.windows,
        None => vec![Policy::default()],
    };
    let fits = |policy: &&Policy| tag.is_none_or(|tag| policy.is_about(tag));
    let Some(policy) = windows.iter().find(fits) else {
        let sentence = match shown.is_json() {
            true => {
                let (tagged_at, earliest) = (at.rfc3339(), at.rfc3339());
                return super::print_json(&Window { tagged_at, gate: Gate::Open, earliest });
            }
            false => "No window holds for that tag: what is tagged may go out at once.\n",
        };
        return super::print(sentence);
    };
    if shown.is_json() {
        let (gate, earliest) = (policy.gate(at), policy.earliest(at).rfc3339());
        return super::print_json(&Window { tagged_at: at.rfc3339(), gate, earliest });
    }
    super::print(&(answer::window(policy, at) + "\n"))
}

async fn wherever(name: &str, shown: &Shown) -> anyhow::Result<()> {
    let config = super::load(shown.config.clone())?;
    let db = Db::open(&config.database).await?;
    let ledger = Ledger { db: &db, config: &config, now: clock::now() };
    let known = ledger.of(name).await;
    let unknown = match &known {
        Ok(known) if known.is_empty() => Some(ledger.wherever(name).await),
        _ => None,
    };
    db.close().await;
    if let Some(unknown) = unknown.filter(|_| !shown.is_json()) {
        anyhow::bail!("{}", unknown?.told().join("\n"));
    }
    print_all(&known?, ledger.now, shown)
}

async fn list(held: bool, days: u32, shown: &Shown) -> anyhow::Result<()> {
    let config = super::load(shown.config.clone())?;
    let db = Db::open(&config.database).await?;
    let ledger = Ledger { db: &db, config: &config, now: clock::now() };
    let known = ledger.last(days, held).await;
    db.close().await;
    let known = known?;
    if known.is_empty() && !shown.is_json() {
        let what = if held { "is held" } else { "was tagged or pushed" };
        return super::print(&format!("Nothing {what}.\n"));
    }
    print_all(&known, ledger.now, shown)
}

fn print_all(known: &[Known], now: Moment, shown: &Shown) -> anyhow::Result<()> {
    if shown.is_json() {
        return super::print_json(&known.iter().map(|one| one.row(now)).collect::<Vec<_>>());
    }
    let mut out = String::new();
    for one in known {
        desk::row(&mut out, &[], &one.sentence(now));
    }
    super::print(&out)
}

async fn when(build: &str, configured: Configured) -> anyhow::Result<()> {
    let config = super::load(configured.config)?;
    let db = Db::open(&config.database).await?;
    let ledger = Ledger { db: &db, config: &config, now: clock::now() };
    let answer = ledger.when(build).await;
    db.close().await;
    let answer = answer?;
    let told = answer.told().join("\n");
    anyhow::ensure!(!answer.is_refusal(), "{told}");
    super::print(&(told + "\n"))
}

async fn event(file: PathBuf, configured: Configured) -> anyhow::Result<()> {
    let config = super::load(configured.config)?;
    let (mut lines, mut faults) = (Vec::new(), Vec::new());
    for line in inlet::read(&read(&file)?) {
        match line {
            Ok(line) => lines.push(line.given),
            Err(fault) => faults.push(fault.to_string()),
        }
    }
    anyhow::ensure!(faults.is_empty(), "nothing was taken in:\n{}", faults.join("\n"));
    let db = Db::open(&config.database).await?;
    let taken = Pushes::new(db.clone(), Arc::new(config)).given(None, &lines, clock::now()).await;
    db.close().await;
    let taken = taken?.unwrap_or_default();
    super::print(&format!("{} taken in, {} known before.\n", taken.new, taken.known))?;
    let nowhere = taken.nowhere.join(", ");
    anyhow::ensure!(
        nowhere.is_empty(),
        "these tags lead into no [[push.repository]], so their events were left out: {nowhere}"
    );
    Ok(())
}

fn read(file: &PathBuf) -> anyhow::Result<Vec<u8>> {
    let most = inlet::MOST_FILE as u64 + 1;
    let mut bytes = Vec::new();
    match file.as_os_str() == "-" {
        true => std::io::stdin().lock().take(most).read_to_end(&mut bytes),
        false => std::fs::File::open(file).and_then(|file| file.take(most).read_to_end(&mut bytes)),
    }
    .with_context(|| format!("{} cannot be read", file.display()))?;
    Ok(bytes)
}

async fn health(shown: &Shown) -> anyhow::Result<()> {
    let config = super::load(shown.config.clone())?;
    let db = Db::open(&config.database).await?;
    let ledger = Ledger { db: &db, config: &config, now: clock::now() };
    let places = ledger.places().await;
    db.close().await;
    let places = places?;
    if shown.is_json() {
        return super::print_json(&places.into_iter().map(Repository::of).collect::<Vec<_>>());
    }
    let mut out = String::new();
    for (repository, arch, place) in places {
        for line in place::health(&repository, &arch, &place, clock::now()) {
            desk::row(&mut out, &[], &line);
        }
    }
    super::print(&if out.is_empty() { "No repository is watched.\n".to_string() } else { out })
}

async fn allow(repository: &str, arch: &str, configured: Configured) -> anyhow::Result<()> {
    let config = super::load(configured.config)?;
    let db = Db::open(&config.database).await?;
    let allowed = Pushes::new(db.clone(), Arc::new(config)).allow(repository, arch).await;
    db.close().await;
    anyhow::ensure!(allowed?, "nothing of {repository} {arch} is doubted");
    super::print(&format!("{repository} {arch} is believed at the next look.\n"))
}
