//! `beadle notice …`: the news to the users of the group's packages.

use crate::cli::desk::{self, Asking};
use crate::cli::schedule::Shown;
use crate::config::Config;
use crate::domain::group;
use crate::domain::notice::{Change, Notice, read};
use crate::domain::text::Text;
use crate::flow::rows::{Notice as Row, Said};
use chrono::NaiveDate;

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Typed {
    /// Plain words.
    News,
    /// The end of security support: PROJECT VERSION DATE.
    Eol,
    /// A rebase: PROJECT VERSION [for PLATFORM].
    Rebase,
    /// An event: DATE WORDS.
    Event,
}

#[derive(Debug, clap::Subcommand)]
pub enum Command {
    /// List the notices that stand, newest first.
    List {
        /// Also events that are over, and what was withdrawn.
        #[arg(long)]
        all: bool,
        #[command(flatten)]
        shown: Shown,
    },
    /// Show one notice, with what it said before.
    Show {
        /// Its number.
        #[arg(value_parser = desk::number)]
        number: u32,
        #[command(flatten)]
        shown: Shown,
    },
    /// Post a notice at once.
    #[command(
        after_help = "Examples: beadle notice add Xen 4.10 packages are being built\n          \
                            beadle notice add --kind eol xen 4.6 2018-11-13\n          \
                            beadle notice add --kind rebase libvirt 4.9.0 for CentOS 7.6\n          \
                            beadle notice add --kind event 2018-11-16 oVirt conference, Milan"
    )]
    Add {
        /// What it says, as after #notice, #eol, #rebase or #event.
        #[arg(required = true)]
        words: Vec<String>,
        /// What it is about.
        #[arg(long, value_enum, default_value_t = Typed::News)]
        kind: Typed,
        #[command(flatten)]
        asking: Asking,
    },
    /// Give a notice other words; what it said stays in its history, its version and date stay too.
    Correct {
        /// Its number.
        #[arg(value_parser = desk::number)]
        number: u32,
        /// What it says from now on.
        #[arg(required = true)]
        words: Vec<String>,
        #[command(flatten)]
        asking: Asking,
    },
    /// Withdraw a notice that was wrong.
    Withdraw {
        /// Its number.
        #[arg(value_parser = desk::number)]
        number: u32,
        /// Why.
        #[arg(required = true)]
        why: Vec<String>,
        #[command(flatten)]
        asking: Asking,
    },
}

/// Does what is asked.
pub async fn run(command: Command) -> anyhow::Result<()> {
    match command {
        Command::List { all, shown } => list(all, &shown).await,
        Command::Show { number, shown } => show(number, &shown).await,
        Command::Add { words, kind, asking } => {
            let words = desk::joined(&words);
            asking.change(|group, config| posted(group, config, kind, &words)).await
        }
        Command::Correct { number, words, asking } => {
            let text = Text::new(desk::joined(&words));
            change(&asking, number, Change::Corrected { text }).await
        }
        Command::Withdraw { number, why, asking } => {
            let why = Text::new(desk::joined(&why));
            change(&asking, number, Change::Withdrawn { why }).await
        }
    }
}

async fn change(asking: &Asking, number: u32, change: Change) -> anyhow::Result<()> {
    asking.change(|_, _| Ok(group::Change::Notice { number, change })).await
}

fn posted(
    group: &group::Group,
    config: &Config,
    kind: Typed,
    words: &str,
) -> anyhow::Result<group::Change> {
    let today = desk::today();
    let read = match kind {
        Typed::News => read::news(words),
        Typed::Eol => read::eol(words, today),
        Typed::Rebase => read::rebase(words),
        Typed::Event => read::event(words, today),
    }?;
    let mut projects = group.roster.projects(today);
    projects.extend(config.projects.iter().map(|one| one.name.as_untrusted().to_string()));
    let change = read::posted(read, &projects);
    Ok(group::Change::Notice { number: group.notices.next_number(), change })
}

async fn list(all: bool, shown: &Shown) -> anyhow::Result<()> {
    let (config, group) = desk::group(shown.config.clone()).await?;
    let today = desk::today();
    let wanted = |notice: &&Notice| all || !notice.is_past(today);
    let notices: Vec<&Notice> = group.notices.all().iter().rev().filter(wanted).collect();
    if shown.is_json() {
        let rows = notices.iter().map(|notice| Row::of(notice, &config));
        return super::print_json(&rows.collect::<Vec<Row>>());
    }
    let mut out = String::new();
    for notice in notices {
        desk::row(&mut out, &[(&notice.number.to_string(), 5)], &line(notice, today));
    }
    if out.is_empty() {
        out.push_str("No notices.\n");
    }
    super::print(&out)
}

/// `2018-11-13 - Xen 4.6 is out of security support now`, and what became of it.
fn line(notice: &Notice, today: NaiveDate) -> String {
    let fate = match (&notice.withdrawn, &notice.closed) {
        (Some((at, why)), _) => format!(" (withdrawn {}: {})", at.date(), why.as_untrusted()),
        (None, Some((at, version))) => format!(" (complete {}: {version})", at.date()),
        (None, None) if notice.is_past(today) => " (past)".to_string(),
        (None, None) => String::new(),
    };
    notice.sentence() + &fate
}

async fn show(number: u32, shown: &Shown) -> anyhow::Result<()> {
    let (config, group) = desk::group(shown.config.clone()).await?;
    let Some(notice) = group.notices.one(number) else {
        anyhow::bail!("{}", group.no_notice(number));
    };
    if shown.is_json() {
        return super::print_json(&Row::of(notice, &config));
    }
    let mut out = String::new();
    desk::row(&mut out, &[(&number.to_string(), 5)], &line(notice, desk::today()));
    let said = Said::of(notice.meeting.as_ref(), &config).url;
    let said = said.map_or(String::new(), |url| format!(", {url}"));
    let posted = format!("{}, {}{said}", desk::minute(notice.at), notice.by.as_untrusted());
    desk::row(&mut out, &[("", 5)], &posted);
    for before in &notice.history {
        let until = format!(
            "until {} ({}): {}",
            desk::minute(before.until),
            before.by.as_untrusted(),
            before.text.as_untrusted()
        );
        desk::row(&mut out, &[("", 5)], &until);
    }
    super::print(&out)
}
