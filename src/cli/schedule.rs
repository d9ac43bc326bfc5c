//! `beadle schedule …`: the meetings to come, from the configuration and what was changed since.
//! No service is needed, and where there is no database yet the configuration is enough.

use crate::cli::dates;
use crate::clock;
use crate::config;
use crate::config::Config;
use crate::config::Database;
use crate::domain::escape;
use crate::domain::schedule::Entry;
use crate::domain::schedule::Planned;
use crate::domain::schedule::Schedule;
use crate::domain::schedule::Slot;
use crate::domain::schedule::ical;
use crate::domain::schedule::read;
use crate::domain::schedule::say;
use crate::domain::time::DAY;
use crate::domain::time::Moment;
use crate::flow::calendar::Past;
use crate::flow::group;
use crate::flow::rows::Planned as Row;
use crate::store::Db;
use anyhow::Context;
use chrono::NaiveDate;
use clap::builder::PossibleValuesParser;
use serde::Serialize;
use std::io::Write;
use std::path::PathBuf;

/// The most meetings that `next` shows.
const MOST_NEXT: i64 = 1000;

#[derive(Debug, clap::Subcommand)]
pub enum Command {
    /// Show the next meetings.
    #[command(after_help = "Example: beadle schedule next --at 2018-11-13T15:00:00Z -n 2")]
    Next {
        /// Ask for this moment instead of now (2018-11-13T15:00:00Z).
        #[arg(long, value_name = "TIME", value_parser = Moment::parse)]
        at: Option<Moment>,
        /// So many.
        #[arg(short = 'n', long, default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=MOST_NEXT))]
        number: u32,
        #[command(flatten)]
        shown: Shown,
    },
    /// List the meetings between two dates, skipped ones included.
    List {
        /// The first date (2018-11-13); default: today.
        #[arg(long, value_name = "DATE", value_parser = read::date)]
        from: Option<NaiveDate>,
        /// The last date; default: a year after the first.
        #[arg(long, value_name = "DATE", value_parser = read::date)]
        to: Option<NaiveDate>,
        #[command(flatten)]
        shown: Shown,
    },
    /// Print the calendar in iCalendar format: a year back, 26 meetings ahead.
    Ics {
        /// Write this file instead of printing.
        #[arg(long, value_name = "FILE")]
        out: Option<PathBuf>,
        /// Make it for this moment instead of now (2018-11-13T15:00:00Z).
        #[arg(long, value_name = "TIME", value_parser = Moment::parse)]
        at: Option<Moment>,
        /// The configuration; without it ./config.toml, then /etc/beadle/config.toml.
        #[arg(short, long, value_name = "FILE")]
        config: Option<PathBuf>,
    },
    /// Say that no meeting is held on a date; the list is told.
    Skip(dates::Skip),
    /// Hold the skipped meeting of a date after all.
    Unskip(dates::Unskip),
    /// Add a meeting.
    Extra(dates::Extra),
}

#[derive(Debug, clap::Args)]
pub struct Shown {
    /// text for people, json for programs.
    #[arg(long, default_value = "text", value_parser = PossibleValuesParser::new(["text", "json"]))]
    format: String,
    /// The configuration; without it ./config.toml, then /etc/beadle/config.toml.
    #[arg(short, long, value_name = "FILE")]
    pub config: Option<PathBuf>,
}

impl Shown {
    /// Whether it is for programs.
    pub fn is_json(&self) -> bool {
        self.format == "json"
    }
}

/// Does what is asked.
pub fn run(command: Command) -> anyhow::Result<()> {
    match command {
        Command::Next { at, number, shown } => {
            next(at.unwrap_or_else(clock::now), number as usize, &shown)
        }
        Command::List { from, to, shown } => list(from, to, &shown),
        Command::Ics { out, at, config } => ics(out, at.unwrap_or_else(clock::now), config),
        Command::Skip(options) => super::wait_for(dates::skip(options)),
        Command::Unskip(options) => super::wait_for(dates::unskip(options)),
        Command::Extra(options) => super::wait_for(dates::extra(options)),
    }
}

/// The configuration, if there is one where none is named.
pub fn configured(given: Option<PathBuf>) -> anyhow::Result<Option<Config>> {
    match given.is_none() && config::find(None).is_err() {
        true => Ok(None),
        false => super::load(given).map(Some),
    }
}

/// The configured schedule with what was changed since; without a configuration that of the first
/// group.
fn schedule(config: Option<&Config>) -> Schedule {
    stored(config, clock::now()).0
}

/// The same, and the meetings that were held by then.
fn stored(config: Option<&Config>, now: Moment) -> (Schedule, Past) {
    let Some(config) = config else {
        return (Schedule::new(vec![Entry::of_the_first_group()]), Past::default());
    };
    let is_there = match &config.database {
        Database::Sqlite(file) => file.exists(),
        Database::Postgres(_) => true,
    };
    let of_the_file = || (Schedule::new(config.schedule.clone()), Past::default());
    match is_there.then(|| super::wait_for(read_stored(config, now))) {
        Some(Ok(stored)) => stored,
        Some(Err(error)) => {
            let without = "dates that were changed since are not shown";
            let _ = writeln!(std::io::stderr(), "beadle: {error:#}; {without}");
            of_the_file()
        }
        None => of_the_file(),
    }
}

async fn read_stored(config: &Config, now: Moment) -> anyhow::Result<(Schedule, Past)> {
    let db = Db::open(&config.database).await?;
    let group = group::load(&db, config).await;
    let past = Past::load(&db, now).await;
    db.close().await;
    Ok((group?.schedule, past?))
}

/// The answer of `next`; scripts depend on its names.
#[derive(Serialize)]
struct Next {
    at: String,
    state: &'static str,
    next: Vec<Row>,
}

fn next(at: Moment, number: usize, shown: &Shown) -> anyhow::Result<()> {
    let schedule = schedule(configured(shown.config.clone())?.as_ref());
    let slots: Vec<Slot> = schedule.from(at).take(number).collect();
    if shown.is_json() {
        let next = slots.iter().map(|slot| Row::new(&schedule, slot, None)).collect();
        let answer = Next { at: at.rfc3339(), state: schedule.state(at).name(), next };
        return super::print_json(&answer);
    }
    let mut text = say::when(&schedule, at) + "\n";
    if schedule.is_empty() {
        text += "The configuration has no [[schedule]]; config.example.toml shows one.\n";
    }
    if number > 1 {
        text.extend(slots.iter().map(|slot| line(slot) + "\n"));
    }
    super::print(&text)
}

/// `Tue 2018-11-27 15:00 UTC (W48)  Virt SIG  #centos-devel`.
pub fn line(slot: &Slot) -> String {
    let (name, channel) =
        (escape::line(slot.name.as_untrusted()), escape::line(slot.channel.as_str()));
    let extra =
        slot.extra.as_ref().map(|why| format!("  extra: {}", escape::line(why.as_untrusted())));
    format!("{}  {name}  {channel}{}", say::moment(slot.start), extra.unwrap_or_default())
}

fn list(from: Option<NaiveDate>, to: Option<NaiveDate>, shown: &Shown) -> anyhow::Result<()> {
    let schedule = schedule(configured(shown.config.clone())?.as_ref());
    let from = Moment::of(from.unwrap_or_else(|| clock::now().date()), 0);
    let to = to.map_or(from.plus(365 * DAY), |last| Moment::of(last, 0)).plus(DAY);
    let planned = schedule.planned_between(from, to);
    let why = |one: &Planned| one.skipped.as_ref().map(|why| why.as_untrusted().to_string());
    if shown.is_json() {
        let rows = planned.iter().map(|one| Row::new(&schedule, &one.slot, why(one)));
        return super::print_json(&rows.collect::<Vec<Row>>());
    }
    let text = planned.iter().map(|one| match why(one) {
        Some(why) => format!("{}  skipped: {}\n", line(&one.slot), escape::line(&why)),
        None => line(&one.slot) + "\n",
    });
    super::print(&text.collect::<String>())
}

/// What follows the `@` in the calendar's UIDs where there are no pages.
const NO_HOST: &str = "beadle";

fn ics(out: Option<PathBuf>, now: Moment, config: Option<PathBuf>) -> anyhow::Result<()> {
    let config = configured(config)?;
    let (schedule, past) = stored(config.as_ref(), now);
    let name = config.as_ref().map(|config| config.group.name.as_untrusted());
    let host = config.as_ref().and_then(|config| config.web.as_ref()).map(|web| host(&web.url));
    let about = ical::About {
        name: name.unwrap_or("Virt SIG"),
        host: host.unwrap_or(NO_HOST),
        made: now.whole_second(),
        minutes: &|slot| past.minutes(slot, config.as_ref()?),
    };
    let text = ical::render(&schedule, now, &about);
    match out {
        None => super::print(&text),
        Some(file) => std::fs::write(&file, text)
            .with_context(|| format!("{} cannot be written", file.display())),
    }
}

/// The host of a page's address, with its port.
fn host(url: &str) -> &str {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    rest.split('/').next().unwrap_or(rest)
}
