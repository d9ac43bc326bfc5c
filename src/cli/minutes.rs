//! `beadle minutes …`: minutes of any IRC log without a service, and those of past meetings.

use crate::cli::correct;
use crate::config::Config;
use crate::domain::escape;
use crate::domain::meeting::replay;
use crate::domain::meeting::{Meeting, State};
use crate::domain::minutes::index::DECISIONS;
use crate::domain::minutes::place::Pattern;
use crate::domain::minutes::read::{self, Hints, LogFormat};
use crate::domain::minutes::{self, Format, Links};
use crate::domain::name::Channel;
use crate::domain::text::Text;
use crate::flow::rows;
use crate::flow::{index, publish};
use crate::store::item::{MOST_FOUND, Reads};
use crate::store::meeting::MeetingRow;
use crate::store::{self, Db};
use anyhow::{Context, bail};
use chrono::NaiveDate;
use clap::builder::PossibleValuesParser;
use std::io::Read;
use std::path::{Path, PathBuf};

/// The largest log that is read: 512 MiB.
const MOST_LOG_BYTES: u64 = 512 * 1024 * 1024;
/// The most rows that `list` and `search` print.
const MOST_ROWS: u32 = 1000;

#[derive(Debug, clap::Subcommand)]
pub enum Command {
    /// Make minutes of an IRC log (MeetBot, irssi, weechat, ZNC, HexChat, mIRC, RRSAgent, our own).
    #[command(
        after_help = "Example: beadle minutes render centos-devel.2018-11-13-15.00.log.txt --format text"
    )]
    Render(Render),
    /// List past meetings, newest first.
    List {
        #[command(flatten)]
        stored: Stored,
        /// At most so many.
        #[arg(short = 'n', long, default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..=i64::from(MOST_ROWS)))]
        number: u32,
    },
    /// Show the minutes of a date (2018-11-13) or of the latest meeting (latest).
    Show {
        /// The date, with -2 for the second meeting of a day.
        date: String,
        #[command(flatten)]
        stored: Stored,
    },
    /// Find the lines that hold all these words.
    Search {
        /// The words.
        #[arg(required = true)]
        words: Vec<String>,
        #[command(flatten)]
        stored: Stored,
    },
    /// List what was decided, newest meeting first; with words, what holds all of them.
    #[command(after_help = "Example: beadle minutes decisions arm64 -n 5")]
    Decisions {
        /// The words.
        words: Vec<String>,
        #[command(flatten)]
        stored: Stored,
        /// At most so many.
        #[arg(short = 'n', long, default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..=i64::from(MOST_FOUND)))]
        number: u32,
    },
    /// Correct the minutes of a past meeting; the log keeps what was said, the list is told.
    Edit(correct::Edit),
    /// Destroy the words of a line of a past meeting, in the log and wherever they went from it.
    Redact(correct::Redact),
}

#[derive(Debug, clap::Args)]
pub struct Stored {
    /// text for people, json for programs.
    #[arg(long, default_value = "text", value_parser = PossibleValuesParser::new(["text", "json"]))]
    format: String,
    /// The configuration; without it ./config.toml, then /etc/beadle/config.toml.
    #[arg(short, long, value_name = "FILE")]
    config: Option<PathBuf>,
}

#[derive(Debug, clap::Args)]
pub struct Render {
    /// The log; - for standard input.
    #[arg(required_unless_present = "meeting", conflicts_with = "meeting")]
    log: Option<PathBuf>,
    /// A stored meeting instead of a log: 2018-11-13, as in its address /m/2018-11-13.
    #[arg(long, value_name = "ID")]
    meeting: Option<String>,
    /// What to make: the minutes in one format, the log, or all.
    #[arg(long, default_value = "text", value_parser = PossibleValuesParser::new(
        ["text", "html", "markdown", "json", "mediawiki", "moinmoin", "log", "log-html", "all"]))]
    format: String,
    /// Write files into this directory instead of printing; needed for `all`.
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// The program that wrote the log.
    #[arg(long, default_value = "auto", value_parser = PossibleValuesParser::new(
        ["auto", "meetbot", "irssi", "weechat", "znc", "hexchat", "mirc", "rrsagent"]))]
    log_format: String,
    /// The date of the first line, where the log has none (2018-11-13).
    #[arg(long)]
    date: Option<NaiveDate>,
    /// The channel, where the log does not say.
    #[arg(long)]
    channel: Option<String>,
    /// The meeting's name, instead of the one in the log.
    #[arg(long)]
    name: Option<String>,
    /// The bot's nick, where it cannot be seen from the log.
    #[arg(long)]
    bot: Option<String>,
    /// Take roster and relays from this configuration.
    #[arg(short, long, value_name = "FILE")]
    config: Option<PathBuf>,
}

/// Does what is asked.
pub fn run(command: Command) -> anyhow::Result<()> {
    match command {
        Command::Render(options) => match &options.meeting {
            Some(slug) => super::wait_for(render_stored(slug, &options)),
            None => render_log(&options),
        },
        Command::List { stored, number } => super::wait_for(list(&stored, number)),
        Command::Show { date, stored } => super::wait_for(show(&date, &stored)),
        Command::Edit(options) => super::wait_for(correct::edit(options)),
        Command::Redact(options) => super::wait_for(correct::redact(options)),
        Command::Search { words, stored } => super::wait_for(search(&words.join(" "), &stored)),
        Command::Decisions { words, stored, number } => {
            super::wait_for(decisions(&words.join(" "), &stored, number))
        }
    }
}

fn render_log(options: &Render) -> anyhow::Result<()> {
    let path = options.log.as_deref().unwrap_or(Path::new("-"));
    let bytes = read_log(path)?;
    let hints = Hints {
        format: LogFormat::parse(&options.log_format),
        file_name: path.file_name().map(|name| name.to_string_lossy().into_owned()),
        date: options.date,
        channel: options.channel.as_deref().map(Channel::new),
        bot: options.bot.as_deref().map(Into::into),
    };
    let read = read::read(&bytes, &hints)
        .map_err(|error| anyhow::anyhow!("{}: {error}", path.display()))?;
    drop(bytes);
    let mut settings = read.settings;
    if let Some(path) = &options.config {
        let config = super::load(Some(path.clone()))?;
        settings.relays = config.networks.iter().flat_map(|n| n.relays.clone()).collect();
        settings.group = Some(config.group.short);
        settings.anyone_ends_after_minutes = config.meeting.anyone_ends_after_minutes;
        settings.quorum = config.meeting.quorum;
        settings.members = config.members.into_iter().map(|one| one.member).collect();
    }
    let mut meetings = replay::found(read.events, &settings);
    if meetings.is_empty() {
        bail!("{}: no meeting is in this log: no line says #startmeeting", path.display());
    }
    if let Some(name) = &options.name {
        meetings.iter_mut().for_each(|meeting| meeting.name = Some(Text::new(escape::line(name))));
    }
    let named = meetings.into_iter().map(|meeting| {
        let place = Pattern::default().base(&meeting);
        let base = place.rsplit('/').next().unwrap_or(&place).to_string();
        let links =
            if options.out.is_some() { Links::between_files(&base) } else { Links::default() };
        (base, meeting, links)
    });
    put(options, named.collect())
}

fn read_log(path: &Path) -> anyhow::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let read = match path == Path::new("-") {
        true => std::io::stdin().lock().take(MOST_LOG_BYTES + 1).read_to_end(&mut bytes),
        false => std::fs::File::open(path)
            .and_then(|file| file.take(MOST_LOG_BYTES + 1).read_to_end(&mut bytes)),
    };
    read.with_context(|| format!("{} cannot be read", path.display()))?;
    if bytes.len() as u64 > MOST_LOG_BYTES {
        bail!(
            "{} is larger than {} MiB; cut it into its meetings",
            path.display(),
            MOST_LOG_BYTES >> 20
        );
    }
    Ok(bytes)
}

async fn render_stored(slug: &str, options: &Render) -> anyhow::Result<()> {
    let (db, config) = open(options.config.clone()).await?;
    let row = store::meeting::by_slug(&db, slug).await?;
    let row =
        row.with_context(|| format!("there is no meeting {slug}; see beadle minutes list"))?;
    let meeting = stored_meeting(&db, &row).await?;
    let place = row.place.clone().unwrap_or_else(|| config.meeting.path.base(&meeting));
    let links = publish::links(&db, &config, &row, &place).await?;
    db.close().await;
    let base = place.rsplit('/').next().unwrap_or(&place).to_string();
    put(options, vec![(base, meeting, links)])
}

/// Prints, or writes files beside each other.
fn put(options: &Render, meetings: Vec<(String, Meeting, Links)>) -> anyhow::Result<()> {
    let formats = match Format::parse(&options.format) {
        Some(format) => vec![format],
        None => Format::ALL.to_vec(),
    };
    let Some(folder) = &options.out else {
        if formats.len() > 1 {
            bail!("--format all makes {} files: say where with --out DIR", formats.len());
        }
        if formats[0] == Format::Json && meetings.len() > 1 {
            let all: Vec<Meeting> = meetings.into_iter().map(|(_, meeting, _)| meeting).collect();
            return super::print(&minutes::json_array(&all));
        }
        for (_, meeting, links) in &meetings {
            super::print(&minutes::render(formats[0], meeting, links))?;
        }
        return Ok(());
    };
    std::fs::create_dir_all(folder)
        .with_context(|| format!("{} cannot be made", folder.display()))?;
    let mut taken: Vec<String> = Vec::new();
    for (wanted, meeting, links) in &meetings {
        let count = taken.iter().filter(|base| *base == wanted).count();
        taken.push(wanted.clone());
        let (base, links) = match count {
            0 => (wanted.clone(), links.clone()),
            n => {
                let base = format!("{wanted}-{}", n + 1);
                let links = Links::between_files(&base);
                (base, links)
            }
        };
        for format in &formats {
            let path = folder.join(format!("{base}.{}", format.extension()));
            std::fs::write(&path, minutes::render(*format, meeting, &links))
                .with_context(|| format!("{} cannot be written", path.display()))?;
            super::print(&format!("{}\n", path.display()))?;
        }
    }
    Ok(())
}

async fn open(config: Option<PathBuf>) -> anyhow::Result<(Db, Config)> {
    let config = super::load(config)?;
    Ok((Db::open(&config.database).await?, config))
}

async fn stored_meeting(db: &Db, row: &MeetingRow) -> anyhow::Result<Meeting> {
    let meeting = publish::stored(db, row).await?;
    meeting.with_context(|| format!("the log of {} is not complete", row.slug))
}

async fn list(options: &Stored, number: u32) -> anyhow::Result<()> {
    let (db, config) = open(options.config.clone()).await?;
    let meetings = store::meeting::list(&db, number, None).await?;
    db.close().await;
    if options.format == "json" {
        let all: Vec<rows::Meeting> =
            meetings.iter().map(|row| rows::Meeting::of(row, &config)).collect();
        return print_json(&all);
    }
    if meetings.is_empty() {
        return super::print("No meeting has been held yet.\n");
    }
    meetings.iter().try_for_each(|row| super::print(&row_line(row)))
}

fn row_line(row: &MeetingRow) -> String {
    let name = row.name.as_ref().map(|name| escape::line(name.as_untrusted())).unwrap_or_default();
    let state = match row.ended_at {
        None => "on now".to_string(),
        Some(end) => format!("{} min", end.since(row.started_at) / crate::domain::time::MINUTE),
    };
    let started = row.started_at.utc().format("%a %H:%M UTC");
    format!(
        "{:<12} {started}  {}  {name}  ({state})\n",
        row.slug,
        escape::line(row.channel.as_str())
    )
}

async fn show(date: &str, options: &Stored) -> anyhow::Result<()> {
    let (db, config) = open(options.config.clone()).await?;
    let rows = match date {
        "latest" => store::meeting::list(&db, 1, None).await?,
        _ => match store::meeting::by_slug(&db, date).await? {
            Some(row) => vec![row],
            None => bail!("{}", nearest(&db, date).await?),
        },
    };
    let Some(row) = rows.first() else { bail!("no meeting has been held yet") };
    let meeting = stored_meeting(&db, row).await?;
    let place = row.place.clone().unwrap_or_else(|| config.meeting.path.base(&meeting));
    let links = publish::links(&db, &config, row, &place).await?;
    db.close().await;
    let format = if options.format == "json" { Format::Json } else { Format::Text };
    super::print(&minutes::render(format, &meeting, &links))?;
    if meeting.state == State::Open && format == Format::Text {
        super::print("(This meeting is on.)\n")?;
    }
    Ok(())
}

/// Why there is nothing on that date, and what is nearest.
async fn nearest(db: &Db, date: &str) -> anyhow::Result<String> {
    let Ok(day) = date.parse::<NaiveDate>() else {
        return Ok(format!(
            "{date:?} is no date of a meeting; write it as 2018-11-13, or say latest"
        ));
    };
    let (before, after) = store::meeting::nearest(db, day).await?;
    let near: Vec<String> = [before, after].into_iter().flatten().map(|row| row.slug).collect();
    match near.is_empty() {
        true => Ok(format!("no meeting on {date}; none has been held yet")),
        false => Ok(format!("no meeting on {date}; the nearest: {}", near.join(", "))),
    }
}

async fn search(words: &str, options: &Stored) -> anyhow::Result<()> {
    let (db, _) = open(options.config.clone()).await?;
    let hits = store::log::search(&db, &Text::new(words), MOST_ROWS).await?;
    db.close().await;
    if options.format == "json" {
        let all: Vec<serde_json::Value> = hits
            .iter()
            .map(|hit| {
                serde_json::json!({
                    "id": hit.slug,
                    "at": hit.at.rfc3339(),
                    "by": hit.nick,
                    "text": escape::line(hit.text.as_untrusted()),
                })
            })
            .collect();
        return print_json(&all);
    }
    if hits.is_empty() {
        bail!("no line holds all of these words");
    }
    hits.iter().try_for_each(|hit| {
        let (nick, text) = (escape::line(hit.nick.as_str()), escape::line(hit.text.as_untrusted()));
        super::print(&format!("{} {} <{nick}> {text}\n", hit.slug, hit.at.clock()))
    })
}

async fn decisions(words: &str, options: &Stored, number: u32) -> anyhow::Result<()> {
    let (db, config) = open(options.config.clone()).await?;
    index::catch_up(&db).await?;
    // Who reads the database may read everything in it.
    let found = store::item::find(&db, &DECISIONS, words, Reads::Members, number).await?;
    db.close().await;
    if options.format == "json" {
        let all: Vec<rows::Decision> =
            found.iter().map(|one| rows::Decision::of(one, &config)).collect();
        return print_json(&all);
    }
    if found.is_empty() {
        bail!("no decision holds all of these words");
    }
    found.iter().try_for_each(|one| {
        let (kind, text) = (one.sort.word(), escape::line(one.text.as_untrusted()));
        super::print(&format!("{:<12} {:<8}  {text}\n", one.slug, kind.to_uppercase()))
    })
}

fn print_json(value: &impl serde::Serialize) -> anyhow::Result<()> {
    super::print(&format!("{}\n", serde_json::to_string_pretty(value)?))
}
