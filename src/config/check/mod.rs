//! The checks: what the values of the file mean, one function per table.
//!
//! A check notes every fault it finds and goes on; kinds and ranges were checked before, by
//! `crate::config::raw`.

mod gate;
pub use gate::gate;
mod mail;
mod network;
mod people;
mod push;
mod report;
mod schedule;
mod web;

use crate::config::Config;
use crate::config::Database;
use crate::config::Group;
use crate::config::MayStart;
use crate::config::MeetingRules;
use crate::config::Surroundings;
use crate::config::fault::Faults;
use crate::config::raw::Given;
use crate::config::raw::Table;
use crate::config::secret::Files;
use crate::config::secret::Secret;
use crate::config::words;
use crate::domain::minutes::place::Pattern;
use crate::domain::text;
use crate::domain::text::Text;
use std::path::PathBuf;

/// What all checks know about the file they read.
pub struct Context {
    /// Where the files are that it names.
    pub files: Files,
    /// Whether everybody on this machine may read it.
    pub is_public: bool,
    /// What the surroundings say.
    pub surroundings: Surroundings,
}

/// Checks the whole file; what could be read of it counts only where no fault was noted.
pub fn file(file: &Table, context: &Context, faults: &mut Faults) -> Option<Config> {
    let group = file.one("group", faults).and_then(|table| group(&table, faults));
    let short =
        group.as_ref().map_or(String::new(), |group| group.short.as_untrusted().to_string());
    let state = file.one("state", faults);
    let state_dir = state_dir(state.as_ref(), context, faults);
    let database = database(state.as_ref(), &state_dir, context, faults);
    let web = file.one("web", faults).map(|table| web::web(&table, context, faults));
    let networks = network::all(&file.many("network", faults), &short, context, faults);
    let meeting = meeting(file.one("meeting", faults).as_ref(), faults);
    let schedule = file.many("schedule", faults);
    let schedule = schedule::all(&schedule, &short, &networks, context, faults);
    let mail = file.one("mail", faults).map(|table| mail::relay(&table, &short, context, faults));
    let list = file.one("list", faults).map(|table| mail::list(&table, faults));
    let gate = gate(file.one("gate", faults).as_ref(), faults);
    let push = file.one("push", faults);
    let push = push::push(push.as_ref(), &short, &networks, context, faults);
    let members = people::all(&file.many("member", faults), &networks, faults);
    Some(Config {
        group: group?,
        state_dir,
        database: database?,
        web: web.map_or(Some(None), |web| web.map(Some))?,
        networks,
        meeting,
        schedule,
        mail: mail.map_or(Some(None), |mail| mail.map(Some))?,
        list: list.map_or(Some(None), |list| list.map(Some))?,
        gate,
        push,
        members,
        projects: people::projects(&file.many("project", faults), faults),
        report: report::rules(file.one("report", faults).as_ref(), faults),
    })
}

fn group(table: &Table, faults: &mut Faults) -> Option<Group> {
    let name = table.text("name").and_then(|given| shown_name(&given, "name", faults));
    let short = table.text("short").and_then(|given| shown_name(&given, "short", faults));
    let short = short.or_else(|| name.clone());
    Some(Group { name: name?, short: short? })
}

/// The longest name of a group or a person, in characters.
const MOST_NAME: usize = 100;

/// A name that is shown to people.
fn shown_name(given: &Given<&str>, key: &str, faults: &mut Faults) -> Option<Text> {
    let name = text::clean(given.value);
    if name.is_empty() {
        faults.at(&given.span, format!("`{key}` is empty"));
        return None;
    }
    if name.chars().count() > MOST_NAME {
        faults.at(&given.span, format!("`{key}` is longer than {MOST_NAME} characters"));
        return None;
    }
    Some(Text::new(name))
}

/// Reads one word, or notes why it cannot be one.
fn read<T, E: ToString>(
    given: Option<Given<impl AsRef<str>>>,
    word: impl Fn(&str) -> Result<T, E>,
    faults: &mut Faults,
) -> Option<T> {
    let given = given?;
    word(given.value.as_ref()).map_err(|error| faults.at(&given.span, error.to_string())).ok()
}

fn state_dir(table: Option<&Table>, context: &Context, faults: &mut Faults) -> PathBuf {
    let from_systemd = context.surroundings.state_directory.clone();
    let fallback = from_systemd.unwrap_or_else(|| PathBuf::from("/var/lib/beadle"));
    match table.and_then(|table| table.text("dir")) {
        Some(given) if given.value.is_empty() => {
            faults.at(&given.span, "`dir` is empty");
            fallback
        }
        Some(given) => context.files.base.join(given.value),
        None => fallback,
    }
}

fn database(
    table: Option<&Table>,
    state_dir: &std::path::Path,
    context: &Context,
    faults: &mut Faults,
) -> Option<Database> {
    let embedded = Some(Database::Sqlite(state_dir.join("beadle.db")));
    let Some(table) = table else { return embedded };
    if let (true, Some(file)) = (table.has("database"), table.text("database_file")) {
        faults.at(&file.span, "give either `database` or `database_file`, not both");
        return None;
    }
    if let Some(file) = table.text("database_file") {
        return database_url_in(&file, context, faults);
    }
    let Some(given) = table.text("database") else {
        return if table.has("database") || table.has("database_file") { None } else { embedded };
    };
    match given.value.split_once(':') {
        None if given.value == "sqlite" => embedded,
        Some(("sqlite", path)) if !path.trim_start_matches("//").is_empty() => {
            let path = path.strip_prefix("//").unwrap_or(path);
            Some(Database::Sqlite(context.files.base.join(path)))
        }
        Some(("postgres" | "postgresql", _)) => {
            if context.is_public && has_password(given.value) {
                let sentence = "this URL has a password in it, and everybody may read this file; use `database_file`, or run chmod o= on this file";
                faults.at(&given.span, sentence);
            }
            postgres(given.value, &given, faults)
        }
        _ => {
            let sentence =
                "`database` is \"sqlite\", \"sqlite:PATH\" or \"postgres://USER@HOST/NAME\"";
            faults.at(&given.span, sentence);
            None
        }
    }
}

fn database_url_in(file: &Given<&str>, context: &Context, faults: &mut Faults) -> Option<Database> {
    match context.files.secret(file.value) {
        Ok(url) => postgres(url.reveal(), file, faults),
        Err(sentence) => {
            faults.at(&file.span, format!("`database_file`: {sentence}"));
            None
        }
    }
}

fn postgres(url: &str, given: &Given<&str>, faults: &mut Faults) -> Option<Database> {
    let rest = url.strip_prefix("postgres://").or_else(|| url.strip_prefix("postgresql://"));
    let has_name = rest.is_some_and(|rest| {
        rest.split_once('/').is_some_and(|(_, name)| !name.is_empty() && !name.starts_with('?'))
    });
    if !has_name || url.contains(char::is_whitespace) {
        let sentence = "the URL of a PostgreSQL database is written postgres://USER@HOST/NAME";
        faults.at(&given.span, sentence);
        return None;
    }
    Some(Database::Postgres(Secret::new(url)))
}

fn has_password(url: &str) -> bool {
    let place = url.split_once("://").map_or("", |(_, rest)| rest);
    let user = place.rsplit_once('@').map_or("", |(user, _)| user);
    user.contains(':') || url.contains("password=")
}

fn meeting(table: Option<&Table>, faults: &mut Faults) -> MeetingRules {
    let minutes = table.and_then(|table| table.integer("anyone_ends_after_minutes"));
    let quorum = table.and_then(|table| table.integer("quorum"));
    let path = table.and_then(|table| table.text("path"));
    let path = path.and_then(|given| {
        Pattern::parse(given.value).map_err(|sentence| faults.at(&given.span, sentence)).ok()
    });
    let usual = MeetingRules::default();
    let count = |given: Option<i64>| given.and_then(|n| u32::try_from(n).ok());
    MeetingRules {
        start: table.map_or(usual.start, |table| may_start(table, faults)),
        echo: table.and_then(|table| table.bool("echo")).unwrap_or(usual.echo),
        anyone_ends_after_minutes: count(minutes).unwrap_or(usual.anyone_ends_after_minutes),
        quorum: count(quorum),
        set_topic: table.and_then(|table| table.bool("set_topic")).unwrap_or(usual.set_topic),
        path: path.unwrap_or(usual.path),
    }
}

fn may_start(table: &Table, faults: &mut Faults) -> MayStart {
    if let Some(given) = table.text("start") {
        match given.value {
            "anyone" => return MayStart::Anyone,
            "members" => return MayStart::Members,
            _ => {
                let sentence = "`start` is \"anyone\", \"members\", or a list of accounts, for example [\"gwd\"]";
                faults.at(&given.span, sentence);
                return MayStart::Anyone;
            }
        }
    }
    let Some(given) = table.texts("start") else { return MayStart::Anyone };
    if given.is_empty() {
        faults.at(&table.span("start"), "`start` is empty: nobody could start a meeting");
    }
    let mut accounts = Vec::new();
    for one in given {
        match words::account(one.value) {
            Ok(account) => accounts.push(account),
            Err(sentence) => faults.at(&one.span, sentence),
        }
    }
    MayStart::Listed(accounts)
}
