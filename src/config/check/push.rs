//! Checks `[push]` and its tables.

mod bus;

use crate::config::check::network::read_file;
use crate::config::check::{Context, read};
use crate::config::fault::{Faults, printable};
use crate::config::push::{Mailed, NotMainline, Push, Repository, Route};
use crate::config::raw::{Given, Table};
use crate::config::{IrcNetwork, Secret, words};
use crate::domain::name::{Channel, Network};
use crate::domain::pattern::Pattern;
use crate::domain::push::build::Stage;
use crate::domain::push::window::{Freeze, Mode, Policy};
use crate::domain::schedule;
use crate::domain::text;
use crate::domain::time::{DAY, MINUTE, SECOND};
use chrono::{NaiveDate, Weekday};

/// The most entries of a list, and the most tables of a kind.
const MOST_ENTRIES: usize = 500;
/// The longest name, in bytes.
const MOST_NAME: usize = 64;
/// The longest address of a repository, in bytes.
const MOST_URL: usize = 500;
/// The longest freeze, in days.
const MOST_FREEZE: i64 = 366;

/// `[push]`.
pub fn push(
    table: Option<&Table>,
    group: &str,
    networks: &[IrcNetwork],
    context: &Context,
    faults: &mut Faults,
) -> Push {
    let Some(table) = table else { return Push::default() };
    let usual = Push::default();
    let seconds = |key| table.integer(key).map(|seconds| seconds * SECOND);
    let windows: Vec<Policy> =
        all(table, "window", faults).iter().filter_map(|table| window(table, faults)).collect();
    let repositories = repositories(&all(table, "repository", faults), faults);
    let routes = all(table, "route", faults);
    let routes = routes.iter().map(|table| route(table, networks, faults)).collect();
    let marks = all(table, "not_mainline", faults);
    let mqtt =
        table.one("mqtt", faults).and_then(|table| bus::mqtt(&table, group, context, faults));
    let amqp =
        table.one("amqp", faults).and_then(|table| bus::amqp(&table, group, context, faults));
    Push {
        poll: seconds("poll_seconds").unwrap_or(usual.poll),
        settle: seconds("settle_seconds").unwrap_or(usual.settle),
        unchanged: table.integer("unchanged_days").map_or(usual.unchanged, |days| days * DAY),
        mail: mailed(table, faults).unwrap_or_default(),
        lines_per_minute: table
            .integer("lines_per_minute")
            .and_then(|lines| u32::try_from(lines).ok())
            .unwrap_or(usual.lines_per_minute),
        licences: entries(table, "licences", faults)
            .into_iter()
            .map(|given| given.value.trim().to_string())
            .collect(),
        koji: read(table.text("koji"), web_address, faults),
        secret: secret(table, "secret_file", context, faults),
        windows: if windows.is_empty() { usual.windows } else { windows },
        repositories,
        routes,
        not_mainline: marks.iter().map(|table| not_mainline(table, faults)).collect(),
        mqtt,
        amqp,
    }
}

/// The tables of a kind, not too many.
fn all<'a>(table: &Table<'a>, key: &str, faults: &mut Faults) -> Vec<Table<'a>> {
    let mut tables = table.many(key, faults);
    if let Some(first) = tables.get(MOST_ENTRIES) {
        faults.at(&first.header, format!("there are more than {MOST_ENTRIES} [[push.{key}]]"));
    }
    tables.truncate(MOST_ENTRIES);
    tables
}

fn entries<'a>(table: &Table<'a>, key: &str, faults: &mut Faults) -> Vec<Given<&'a str>> {
    let mut given = table.texts(key).unwrap_or_default();
    if given.len() > MOST_ENTRIES {
        faults.at(&table.span(key), format!("`{key}` has more than {MOST_ENTRIES} entries"));
    }
    given.truncate(MOST_ENTRIES);
    given
}

/// The entries of a list, each read; none where the key is missing.
fn read_all<T>(
    table: &Table,
    key: &str,
    word: impl Fn(&str) -> Result<T, String>,
    faults: &mut Faults,
) -> Vec<T> {
    let given = entries(table, key, faults);
    given.into_iter().filter_map(|one| read(Some(one), &word, faults)).collect()
}

fn secret(table: &Table, key: &str, context: &Context, faults: &mut Faults) -> Option<Secret> {
    read_file(table, key, faults, |name| context.files.secret(name))
}

fn mailed(table: &Table, faults: &mut Faults) -> Option<Mailed> {
    let word = |given: &str| match given {
        "each" => Ok(Mailed::Each),
        "daily" => Ok(Mailed::Daily),
        "weekly" => Ok(Mailed::Weekly),
        "never" => Ok(Mailed::Never),
        _ => Err("`mail` is \"each\", \"daily\", \"weekly\" or \"never\""),
    };
    read(table.text("mail"), word, faults)
}

fn window(table: &Table, faults: &mut Faults) -> Option<Policy> {
    let usual = Policy::default();
    let mode = |given: &str| match given {
        "window" => Ok(Mode::Window),
        "daily" => Ok(Mode::Daily),
        "immediate" => Ok(Mode::Immediate),
        _ => Err("`mode` is \"window\", \"daily\" or \"immediate\""),
    };
    let tags = read_all(table, "tags", Pattern::parse, faults);
    let mut time = |key| read(table.text(key), schedule::read::time, faults);
    let (cutoff, resume) = (time("cutoff"), time("resume"));
    let days = match table.has("days") {
        true => read_all(table, "days", weekday, faults),
        false => usual.days,
    };
    if days.is_empty() {
        faults.at(&table.span("days"), "`days` is empty: nothing could ever be pushed");
    }
    let hours = table.integer("overdue_hours").map(|hours| hours * 60 * MINUTE);
    Some(Policy {
        tags,
        mode: read(table.text("mode"), mode, faults).unwrap_or_default(),
        days,
        cutoff: cutoff.unwrap_or(usual.cutoff),
        resume: resume.unwrap_or(usual.resume),
        holidays: read_all(table, "holidays", day, faults).into_iter().collect(),
        freezes: read_all(table, "freezes", freeze, faults),
        overdue: hours.unwrap_or(usual.overdue),
    })
}

fn weekday(given: &str) -> Result<Weekday, String> {
    let wrong = |_| format!("\"{}\" is not a day of the week; write Mon, Tue …", printable(given));
    given.parse().map_err(wrong)
}

fn day(given: &str) -> Result<NaiveDate, String> {
    let wrong = |_| format!("\"{}\" is not a day; write it as \"2018-12-25\"", printable(given));
    given.trim().parse().map_err(wrong)
}

fn freeze(given: &str) -> Result<Freeze, String> {
    let (from, to) = given.split_once("..").unwrap_or((given, given));
    let freeze = Freeze { from: day(from)?, to: day(to)? };
    match (freeze.to - freeze.from).num_days() {
        0..=MOST_FREEZE => Ok(freeze),
        ..0 => Err("a freeze ends after it begins: \"2018-12-20..2019-01-02\"".to_string()),
        _ => Err(format!("a freeze lasts {MOST_FREEZE} days at most")),
    }
}

fn repositories(tables: &[Table], faults: &mut Faults) -> Vec<Repository> {
    let mut known: Vec<Repository> = Vec::new();
    for table in tables {
        let Some(repository) = repository(table, faults) else { continue };
        if known.iter().any(|one| one.name == repository.name) {
            let sentence = format!("two repositories are called \"{}\"", repository.name);
            faults.at(&table.span("name"), sentence);
        }
        let others = || known.iter().flat_map(|one| &one.tags);
        if let Some(tag) = repository.tags.iter().find(|tag| others().any(|known| known == *tag)) {
            let sentence = format!("the tag \"{tag}\" leads into two repositories");
            faults.at(&table.span("tags"), sentence);
        }
        known.push(repository);
    }
    known
}

fn repository(table: &Table, faults: &mut Faults) -> Option<Repository> {
    let name = read(table.text("name"), name, faults)?;
    let stage = |given: &str| {
        Stage::parse(given).ok_or("`stage` is \"candidate\", \"testing\" or \"release\"")
    };
    let stage = read(table.text("stage"), stage, faults).unwrap_or_default();
    let given = read_all(table, "arches", self::name, faults);
    let arches = if given.is_empty() { vec!["x86_64".to_string()] } else { given };
    let tags = match table.has("tags") {
        true => read_all(table, "tags", self::name, faults),
        false => vec![format!("{name}-{}", stage.as_str())],
    };
    let url = read(table.text("url"), |given| place(given, arches.len()), faults);
    Some(Repository {
        url,
        tags,
        stage,
        platform: read(table.text("platform"), self::name, faults),
        project: table.text("project").map(|given| given.value.trim().to_string()),
        mirrors: read_all(table, "mirrors", |given| place(given, arches.len()), faults),
        try_it: table.text("try").map(|given| text::clean(given.value)),
        name,
        arches,
    })
}

/// A name of a repository, a tag or an architecture.
fn name(given: &str) -> Result<String, String> {
    let is_name = |c: char| c.is_ascii_alphanumeric() || "-._+".contains(c);
    match !given.is_empty() && given.len() <= MOST_NAME && given.chars().all(is_name) {
        true => Ok(given.to_string()),
        false => Err(format!(
            "\"{}\" has something in it that is no letter, digit or one of -._+, or more than \
             {MOST_NAME} of them",
            printable(given)
        )),
    }
}

/// Where a repository is.
fn place(given: &str, arches: usize) -> Result<String, String> {
    if arches > 1 && !given.contains("$arch") {
        return Err("with several `arches` the address needs $arch in it".to_string());
    }
    if given.starts_with('/') && given.len() <= MOST_URL {
        return Ok(given.trim_end_matches('/').to_string());
    }
    web_address(given)
}

fn web_address(given: &str) -> Result<String, String> {
    let foreign = |c: char| c.is_whitespace() || text::is_unprintable(c) || "<>\"?#".contains(c);
    let rest = given.strip_prefix("https://").or(given.strip_prefix("http://"));
    let has_host = rest.is_some_and(|rest| {
        let place = rest.split('/').next().unwrap_or("");
        !place.is_empty() && !place.contains('@')
    });
    match has_host && !given.contains(foreign) && given.len() <= MOST_URL {
        true => Ok(given.trim_end_matches('/').to_string()),
        false => Err(format!(
            "\"{}\" is no address that begins with https:// or http://, and no directory",
            printable(given)
        )),
    }
}

fn route(table: &Table, networks: &[IrcNetwork], faults: &mut Faults) -> Route {
    let stages = |given: &str| {
        Stage::parse(given)
            .ok_or_else(|| "a stage is \"candidate\", \"testing\" or \"release\"".to_string())
    };
    let word = |given: &str| Ok::<String, String>(text::clean(given).to_lowercase());
    let channel = read(table.text("channel"), words::channel, faults);
    let channel = channel.and_then(|channel| joined(table, channel, networks, faults));
    Route {
        packages: read_all(table, "packages", Pattern::parse, faults),
        projects: read_all(table, "projects", word, faults),
        repositories: read_all(table, "repositories", Pattern::parse, faults),
        tags: read_all(table, "tags", Pattern::parse, faults),
        arches: read_all(table, "arches", name, faults),
        stages: read_all(table, "stages", stages, faults),
        severities: read_all(table, "severities", word, faults),
        channel,
        mail: mailed(table, faults),
    }
}

/// A channel that the bot is in, and on which network.
fn joined(
    table: &Table,
    channel: Channel,
    networks: &[IrcNetwork],
    faults: &mut Faults,
) -> Option<(Network, Channel)> {
    let named = table.text("network");
    let is_named = |network: &&IrcNetwork| {
        named.as_ref().is_none_or(|given| given.value == network.name.as_str())
    };
    let is_in = |network: &&IrcNetwork| {
        network.channels.iter().any(|one| one.as_str().eq_ignore_ascii_case(channel.as_str()))
    };
    match networks.iter().filter(is_named).find(is_in) {
        Some(network) => Some((network.name.clone(), channel)),
        None => {
            let sentence = format!(
                "the bot does not join {}; add it to the `channels` of a [[network]]",
                printable(channel.as_str())
            );
            faults.at(&table.span("channel"), sentence);
            None
        }
    }
}

fn not_mainline(table: &Table, faults: &mut Faults) -> NotMainline {
    let because = table.text("because").map(|given| text::clean(given.value));
    let packages = read_all(table, "packages", Pattern::parse, faults);
    NotMainline { packages, because: because.unwrap_or_default() }
}
