//! `beadle action …`: what was promised, and where help is wanted.

use crate::cli::desk::{self, Asking};
use crate::cli::schedule::Shown;
use crate::clock;
use crate::domain::escape;
use crate::domain::group::{self, Group, Via};
use crate::domain::name::Casemapping;
use crate::domain::notice::Origin;
use crate::domain::roadmap::{self, Change, Due, Entry, Kind, State, text};
use crate::domain::roster::Roster;
use crate::domain::schedule::read;
use crate::domain::text::Text;
use crate::flow;
use crate::flow::rows::{Action as Row, Said};
use crate::store::{self, Db};
use chrono::NaiveDate;
use serde::Serialize;

#[derive(Debug, clap::Subcommand)]
pub enum Command {
    /// List the actions, oldest first.
    List {
        /// Only those of this member (an account, nick or name), or of a guest's nick.
        #[arg(long, value_name = "NICK")]
        owner: Option<String>,
        /// Only those that are to be done now.
        #[arg(long)]
        open: bool,
        #[command(flatten)]
        shown: Shown,
    },
    /// Show one action, with all that happened to it.
    Show {
        /// Its number.
        #[arg(value_parser = desk::number)]
        number: u32,
        #[command(flatten)]
        shown: Shown,
    },
    /// Add an action; members whose nicks stand in the words own it.
    #[command(
        after_help = "Example: beadle action add jirkade push libvirt 4.9.0 to testing by 2018-11-27"
    )]
    Add {
        /// Who, what and by when, as after #action.
        #[arg(required = true)]
        words: Vec<String>,
        /// Who is to do it, instead of those named in the words. May be given several times.
        #[arg(long = "owner", value_name = "NICK")]
        owners: Vec<String>,
        /// By when (2018-11-27), instead of what the words say.
        #[arg(long, value_name = "DATE", value_parser = read::date)]
        due: Option<NaiveDate>,
        /// Help is wanted with this; whoever takes it makes it an action.
        #[arg(long, conflicts_with = "owners")]
        help_wanted: bool,
        #[command(flatten)]
        asking: Asking,
    },
    /// It was done.
    Done {
        /// Its number.
        #[arg(value_parser = desk::number)]
        number: u32,
        /// What is to be said of it.
        note: Vec<String>,
        #[command(flatten)]
        asking: Asking,
    },
    /// It will not be done.
    Drop {
        /// Its number.
        #[arg(value_parser = desk::number)]
        number: u32,
        /// Why.
        #[arg(required = true)]
        why: Vec<String>,
        #[command(flatten)]
        asking: Asking,
    },
    /// Not before a day; then it is open again by itself.
    Defer {
        /// Its number.
        #[arg(value_parser = desk::number)]
        number: u32,
        /// The day (2018-12-01).
        #[arg(value_parser = read::date)]
        until: NaiveDate,
        #[command(flatten)]
        asking: Asking,
    },
    /// It is open again.
    Reopen {
        /// Its number.
        #[arg(value_parser = desk::number)]
        number: u32,
        #[command(flatten)]
        asking: Asking,
    },
    /// Somebody takes on what help was wanted with.
    Take {
        /// Its number.
        #[arg(value_parser = desk::number)]
        number: u32,
        /// Who: a member's account, nick or name.
        who: String,
        #[command(flatten)]
        asking: Asking,
    },
}

/// Does what is asked.
pub async fn run(command: Command) -> anyhow::Result<()> {
    match command {
        Command::List { owner, open, shown } => list(owner.as_deref(), open, &shown).await,
        Command::Show { number, shown } => show(number, &shown).await,
        Command::Add { words, owners, due, help_wanted, asking } => {
            let kind = if help_wanted { Kind::Help } else { Kind::Action };
            let words = desk::joined(&words);
            asking.change(|group, _| opened(group, kind, &words, &owners, due)).await
        }
        Command::Done { number, note, asking } => {
            let note = Text::new(desk::joined(&note));
            change(&asking, number, Change::Done { note }).await
        }
        Command::Drop { number, why, asking } => {
            let why = Text::new(desk::joined(&why));
            change(&asking, number, Change::Dropped { why }).await
        }
        Command::Defer { number, until, asking } => {
            change(&asking, number, Change::Deferred { until }).await
        }
        Command::Reopen { number, asking } => change(&asking, number, Change::Reopened).await,
        Command::Take { number, who, asking } => {
            asking
                .change(|group, _| {
                    let change = Change::Taken { by: member(&group.roster, &who)? };
                    Ok(group::Change::Entry { number, change })
                })
                .await
        }
    }
}

async fn change(asking: &Asking, number: u32, change: Change) -> anyhow::Result<()> {
    asking.change(|_, _| Ok(group::Change::Entry { number, change })).await
}

/// The member of that account, nick or name, as actions name them.
fn member(roster: &Roster, who: &str) -> anyhow::Result<String> {
    let today = desk::today();
    match roster.find(who, today) {
        Some(one) => Ok(one.member.handle().to_string()),
        None => Err(anyhow::anyhow!("{}", roster.unknown(who, today))),
    }
}

fn opened(
    group: &Group,
    kind: Kind,
    words: &str,
    owners: &[String],
    due: Option<NaiveDate>,
) -> anyhow::Result<group::Change> {
    let now = clock::now();
    let members = group.roster.members(now.date());
    let named =
        |word: &str| members.iter().find(|member| member.is_called(word, Casemapping::default()));
    let mut found: Vec<String> = Vec::new();
    if kind == Kind::Action {
        for owner in owners {
            found.push(member(&group.roster, owner)?);
        }
        if owners.is_empty() {
            let parts = words.split(|c: char| c.is_whitespace() || ",:;".contains(c));
            let owners = parts.filter_map(|word| named(word.trim_start_matches('@')));
            found.extend(owners.map(|member| member.handle().to_string()));
        }
    }
    let mut owners: Vec<String> = Vec::new();
    found.into_iter().for_each(|owner| {
        if !owners.contains(&owner) {
            owners.push(owner);
        }
    });
    let is_owner =
        |word: &str| named(word).is_some_and(|one| owners.iter().any(|o| o == one.handle()));
    let promise = roadmap::read(words, is_owner);
    let due = due.or(match promise.due {
        Some(Due::On(day)) => Some(day),
        Some(Due::NextMeeting) => group.schedule.next(now).map(|slot| slot.start.date()),
        None => None,
    });
    let change = Change::Opened { kind, text: promise.text, owners, due };
    Ok(group::Change::Entry { number: group.roadmap.next_number(), change })
}

async fn list(owner: Option<&str>, open: bool, shown: &Shown) -> anyhow::Result<()> {
    let (config, group) = desk::group(shown.config.clone()).await?;
    let today = desk::today();
    let entries = group.roadmap.entries().iter().filter(|entry| entry.state != State::Undone);
    let is_wanted = |entry: &&Entry| !open || entry.is_open(today);
    let mut entries: Vec<&Entry> = entries.filter(is_wanted).collect();
    if let Some(owner) = owner {
        entries = owned(&group, entries, owner)?;
    }
    if shown.is_json() {
        let rows = entries.iter().map(|entry| Row::of(entry, today, &config));
        return super::print_json(&rows.collect::<Vec<Row>>());
    }
    let mut out = String::new();
    for entry in entries {
        desk::row(&mut out, &[(text::state_name(entry, today), 10)], &line(entry, today));
    }
    if out.is_empty() {
        out.push_str("No actions.\n");
    }
    super::print(&out)
}

/// `[35] jirkade: push libvirt (due 2018-11-27)`, with what its state does not say in one word.
pub fn line(entry: &Entry, today: NaiveDate) -> String {
    let mut line = text::line(entry);
    if entry.kind == Kind::Help {
        line.push_str(" (help wanted)");
    }
    match &entry.state {
        State::Deferred { until } if *until > today => format!("{line} (until {until})"),
        State::Done { note, .. } if note.is_empty() => line,
        State::Done { note: words, .. } | State::Dropped { why: words, .. } => {
            format!("{line}: {}", words.as_untrusted())
        }
        _ => line,
    }
}

/// The entries of a member, under whatever they are called; else those that name the word as owner.
fn owned<'a>(
    group: &Group,
    entries: Vec<&'a Entry>,
    owner: &str,
) -> anyhow::Result<Vec<&'a Entry>> {
    let today = desk::today();
    let known = group.roster.find(owner, today);
    let casemapping = Casemapping::default();
    let is_theirs = |named: &String| {
        casemapping.same(named, owner)
            || known.is_some_and(|one| one.member.is_called(named, casemapping))
    };
    let theirs: Vec<&Entry> =
        entries.into_iter().filter(|entry| entry.owners.iter().any(is_theirs)).collect();
    let is_guest = || group.roadmap.entries().iter().any(|e| e.owners.iter().any(is_theirs));
    if theirs.is_empty() && known.is_none() && !is_guest() {
        anyhow::bail!("{}", group.roster.unknown(owner, today));
    }
    Ok(theirs)
}

/// What happened to an action, for programs.
#[derive(Serialize)]
struct Event {
    at: String,
    by: String,
    via: Via,
    #[serde(flatten)]
    said: Said,
    #[serde(flatten)]
    change: Change,
}

/// An action with all that happened to it, for programs.
#[derive(Serialize)]
struct WithHistory {
    #[serde(flatten)]
    row: Row,
    history: Vec<Event>,
}

async fn show(number: u32, shown: &Shown) -> anyhow::Result<()> {
    let config = super::load(shown.config.clone())?;
    let db = Db::open(&config.database).await?;
    let group = flow::group::load(&db, &config).await?;
    let journal = store::journal::since(&db, 0).await?;
    db.close().await;
    let today = desk::today();
    let Some(entry) = group.roadmap.one(number) else {
        let open = text::numbers(group.roadmap.open(today));
        anyhow::bail!("there is no action {number}; open: {open}");
    };
    let of_it = journal.iter().filter_map(|one| match &one.change {
        group::Change::Entry { number: of, change } if *of == number => Some((one, change)),
        _ => None,
    });
    if shown.is_json() {
        let history = of_it.map(|(one, change)| Event {
            at: one.at.rfc3339(),
            by: one.by.name.as_str().to_string(),
            via: one.by.via,
            said: Said::of(one.by.meeting.as_ref(), &config),
            change: change.clone(),
        });
        let row = Row::of(entry, today, &config);
        return super::print_json(&WithHistory { row, history: history.collect() });
    }
    let mut out = String::new();
    desk::row(&mut out, &[(text::state_name(entry, today), 10)], &line(entry, today));
    if let Some((project, milestone)) = &entry.milestone {
        desk::row(&mut out, &[("roadmap", 10)], &format!("{project} {milestone}"));
    }
    for (one, change) in of_it {
        let origin = Origin {
            at: one.at,
            by: Text::new(one.by.name.as_str()),
            meeting: one.by.meeting.clone(),
        };
        let said = Said::of(origin.meeting.as_ref(), &config).sentence(&origin);
        desk::row(&mut out, &[("", 10)], &escape::line(&text::changed(number, change)));
        desk::row(&mut out, &[("", 10)], &format!("  {said}"));
    }
    super::print(&out)
}
