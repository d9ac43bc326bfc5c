//! `beadle schedule skip|unskip|extra …`: a date of the schedule changes, as with `#skip` in the
//! channel.

use crate::cli::person::Person;
use crate::cli::schedule::Shown;
use crate::clock;
use crate::domain::group::Change;
use crate::domain::schedule;
use crate::domain::schedule::read;
use crate::domain::text::Text;
use crate::domain::time::Moment;
use crate::flow::group;
use crate::flow::rows::Planned as Row;
use crate::store::Db;
use anyhow::bail;
use chrono::NaiveDate;
use serde::Serialize;

#[derive(Debug, clap::Args)]
#[command(after_help = "Example: beadle schedule skip 2018-12-25 Christmas")]
pub struct Skip {
    /// The date on which no meeting is held (2018-12-25).
    #[arg(value_parser = read::date)]
    date: NaiveDate,
    /// Why.
    #[arg(required = true)]
    reason: Vec<String>,
    #[command(flatten)]
    who: Who,
}

#[derive(Debug, clap::Args)]
#[command(after_help = "Example: beadle schedule unskip 2018-12-25")]
pub struct Unskip {
    /// The date on which the skipped meeting is held after all (2018-12-25).
    #[arg(value_parser = read::date)]
    date: NaiveDate,
    #[command(flatten)]
    who: Who,
}

#[derive(Debug, clap::Args)]
#[command(after_help = "Example: beadle schedule extra 2019-01-01 15:00 the new year")]
pub struct Extra {
    /// The date of one more meeting (2019-01-01).
    #[arg(value_parser = read::date)]
    date: NaiveDate,
    /// When it starts, in UTC (15:00).
    #[arg(value_parser = read::time)]
    time: i64,
    /// Why.
    #[arg(required = true)]
    reason: Vec<String>,
    #[command(flatten)]
    who: Who,
}

#[derive(Debug, clap::Args)]
struct Who {
    /// Which meeting, by its id (virt-sig), where the group has several.
    #[arg(long, value_name = "ID")]
    meeting: Option<String>,
    #[command(flatten)]
    person: Person,
    #[command(flatten)]
    shown: Shown,
}

/// What was done; scripts depend on its names.
#[derive(Serialize)]
struct Changed {
    text: String,
    next: Option<Row>,
}

/// Skips a date.
pub async fn skip(options: Skip) -> anyhow::Result<()> {
    let (date, reason) = (options.date, Text::new(options.reason.join(" ")));
    let entry = options.who.meeting.clone();
    change(options.who, schedule::Change::Skip { date, entry, reason }).await
}

/// Holds what was skipped.
pub async fn unskip(options: Unskip) -> anyhow::Result<()> {
    let (date, entry) = (options.date, options.who.meeting.clone());
    change(options.who, schedule::Change::Unskip { date, entry }).await
}

/// Adds a meeting.
pub async fn extra(options: Extra) -> anyhow::Result<()> {
    let (start, reason) = (Moment::of(options.date, options.time), options.reason.join(" "));
    let entry = options.who.meeting.clone();
    change(options.who, schedule::Change::Extra { start, entry, reason: Text::new(reason) }).await
}

async fn change(who: Who, change: schedule::Change) -> anyhow::Result<()> {
    let config = super::load(who.shown.config.clone())?;
    let db = Db::open(&config.database).await?;
    let settled = |group: &crate::domain::group::Group| {
        let settled = group.schedule.settled(&change).map_err(|refusal| refusal.to_string())?;
        Ok(Change::Schedule(settled))
    };
    let asking = (&who.person.asker(), &who.person.by());
    let made = group::asked(&db, &config, asking, settled).await;
    let group = group::load(&db, &config).await;
    db.close().await;
    let (text, schedule) = match made? {
        Ok(sentence) => (sentence, group?.schedule),
        Err(refusal) => bail!("{refusal}"),
    };
    if !who.shown.is_json() {
        return super::print(&(text + "\n"));
    }
    let next = schedule.next(clock::now());
    super::print_json(&Changed { text, next: next.map(|slot| Row::new(&schedule, &slot, None)) })
}
