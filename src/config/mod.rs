//! The configuration: one TOML file, checked into domain types.
//!
//! [`Config`] is what the rest of the program sees; every value in it has been checked. The file
//! is read once; every fault in it is found at once, see [`load`].

mod calendar;
mod check;
mod fault;
pub mod gate;
pub mod push;
mod raw;
mod secret;
#[cfg(test)]
mod tests;
pub mod vocabulary;
mod web;
pub mod words;
mod yaml;

pub use crate::domain::roster::Project;
pub use fault::Fault;
pub use secret::Secret;
pub use web::{Oidc, Redirect, Web};

use crate::domain::address::Address;
use crate::domain::group::report::quarter::Rule;
use crate::domain::list::List;
use crate::domain::list::Mailbox;
use crate::domain::minutes::place::Pattern;
use crate::domain::name::Account;
use crate::domain::name::Channel;
use crate::domain::name::Network;
use crate::domain::name::Nick;
use crate::domain::roster::Enrolled;
use crate::domain::schedule::Entry;
use crate::domain::text::Text;
use std::io::Read;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::path::PathBuf;
use toml::Spanned;
use toml::de::DeTable;

/// The longest configuration, in bytes.
pub const MOST_BYTES: u64 = 1 << 20;

/// Where the configuration is looked for when no file is named.
pub const USUAL_PLACES: [&str; 2] = ["config.toml", "/etc/beadle/config.toml"];

/// The file to read: the given one, else the first of [`USUAL_PLACES`] that is there.
pub fn find(given: Option<&Path>) -> Result<PathBuf, Fault> {
    if let Some(path) = given {
        return Ok(path.to_path_buf());
    }
    let mut places = USUAL_PLACES.iter().map(PathBuf::from);
    places.find(|path| path.exists()).ok_or_else(|| {
        let [here, there] = USUAL_PLACES;
        let sentence = format!(
            "there is no such file, and no {there} either; name one with -c, or begin with config.example.toml"
        );
        Fault::of_file(here, sentence)
    })
}

/// Reads and checks a file. An error holds every fault of it, in the order of the file.
pub fn load(path: &Path) -> Result<Config, Vec<Fault>> {
    load_in(path, Surroundings::of_process())
}

/// What systemd tells a service through its environment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Surroundings {
    /// `$STATE_DIRECTORY`: where the service may keep its state.
    pub state_directory: Option<PathBuf>,
    /// `$CREDENTIALS_DIRECTORY`: where its secrets are.
    pub credentials_directory: Option<PathBuf>,
}

impl Surroundings {
    /// Those of this process.
    pub fn of_process() -> Surroundings {
        let set = |name| std::env::var_os(name).filter(|value| !value.is_empty());
        // systemd.exec(5): several directories are separated by colons.
        let first = |paths| std::env::split_paths(&paths).next();
        Surroundings {
            state_directory: set("STATE_DIRECTORY").and_then(first),
            credentials_directory: set("CREDENTIALS_DIRECTORY").map(PathBuf::from),
        }
    }
}

/// Reads and checks a file in given surroundings.
pub fn load_in(path: &Path, surroundings: Surroundings) -> Result<Config, Vec<Fault>> {
    let file = path.display().to_string();
    let (bytes, is_public) = read(path).map_err(|error| vec![Fault::of_file(&file, error)])?;
    let text = decode(&file, &bytes)?;
    let base = path.parent().unwrap_or(Path::new("")).to_path_buf();
    let files = secret::Files { base, credentials: surroundings.credentials_directory.clone() };
    parse(&file, text, &check::Context { files, is_public, surroundings })
}

/// Reads and checks `[gate]` of a file, which may be all there is in it: rules to be tried.
pub fn load_gate(path: &Path) -> Result<gate::Gate, Vec<Fault>> {
    let file = path.display().to_string();
    let (bytes, _) = read(path).map_err(|error| vec![Fault::of_file(&file, error)])?;
    let text = decode(&file, &bytes)?;
    let source = fault::Source::new(&file, text);
    let mut faults = fault::Faults::new(&source);
    let Some(tree) = tree(text, &mut faults) else { return Err(faults.in_order()) };
    let table = raw::Table::part(tree.get_ref(), &mut faults);
    let gate = check::gate(table.one("gate", &mut faults).as_ref(), &mut faults);
    match faults.is_empty() {
        true => Ok(gate),
        false => Err(faults.in_order()),
    }
}

fn read(path: &Path) -> Result<(Vec<u8>, bool), String> {
    let about = std::fs::metadata(path).map_err(|error| match error.kind() {
        std::io::ErrorKind::NotFound => "there is no such file".to_string(),
        _ => format!("the file cannot be read: {error}"),
    })?;
    if !about.is_file() {
        return Err("this is not a regular file".to_string());
    }
    let mut bytes = Vec::new();
    std::fs::File::open(path)
        .and_then(|file| file.take(MOST_BYTES + 1).read_to_end(&mut bytes))
        .map_err(|error| format!("the file cannot be read: {error}"))?;
    if bytes.len() as u64 > MOST_BYTES {
        return Err(format!("the file is longer than {MOST_BYTES} bytes; is it the right one?"));
    }
    Ok((bytes, about.permissions().mode() & 0o004 != 0))
}

/// The text of the file, without the mark that some editors put before UTF-8.
fn decode<'a>(file: &str, bytes: &'a [u8]) -> Result<&'a str, Vec<Fault>> {
    if bytes.starts_with(b"\xff\xfe") || bytes.starts_with(b"\xfe\xff") {
        return Err(vec![Fault::of_file(file, "the file is UTF-16; save it as UTF-8")]);
    }
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    std::str::from_utf8(bytes).map_err(|error| {
        let good = String::from_utf8_lossy(&bytes[..error.valid_up_to()]).into_owned() + "\u{fffd}";
        let source = fault::Source::new(file, &good);
        let mut faults = fault::Faults::new(&source);
        let at = error.valid_up_to()..good.len();
        faults.at(&at, "this is not UTF-8; save the file as UTF-8");
        faults.in_order()
    })
}

fn parse(file: &str, text: &str, context: &check::Context) -> Result<Config, Vec<Fault>> {
    let source = fault::Source::new(file, text);
    let mut faults = fault::Faults::new(&source);
    let Some(tree) = tree(text, &mut faults) else { return Err(faults.in_order()) };
    let table = raw::Table::file(tree.get_ref(), &mut faults);
    match check::file(&table, context, &mut faults) {
        Some(config) if faults.is_empty() => Ok(config),
        _ => Err(faults.in_order()),
    }
}

fn tree<'a>(text: &'a str, faults: &mut fault::Faults) -> Option<Spanned<DeTable<'a>>> {
    let failed = |error: toml::de::Error| {
        let at = error.span().unwrap_or(0..0);
        faults.at(&at, format!("this is not TOML: {}", error.message()));
    };
    DeTable::parse(text).map_err(failed).ok()
}

/// Everything the file says, checked, with defaults filled in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Config {
    /// `[group]`: who we are.
    pub group: Group,
    /// `[state] dir`: where files and the embedded database live.
    pub state_dir: PathBuf,
    /// `[state] database`: the embedded database or a PostgreSQL URL.
    pub database: Database,
    /// `[web]`: the pages; absent means no web door.
    pub web: Option<Web>,
    /// `[[network]]`: the IRC networks.
    pub networks: Vec<IrcNetwork>,
    /// `[meeting]`: how meetings are run.
    pub meeting: MeetingRules,
    /// `[[schedule]]`: when the group meets.
    pub schedule: Vec<Entry>,
    /// `[mail]`: how mail leaves; absent means that none does.
    pub mail: Option<Mail>,
    /// `[list]`: the group's mailing list.
    pub list: Option<MailingList>,
    /// `[gate]`: the door of the lists.
    pub gate: gate::Gate,
    /// `[push]`: package pushes.
    pub push: push::Push,
    /// `[[member]]`: the roster.
    pub members: Vec<Enrolled>,
    /// `[[project]]`: what the group works on.
    pub projects: Vec<Project>,
    /// `[report]`: the quarterly report.
    pub report: ReportRules,
}

/// What holds for the quarterly report.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ReportRules {
    /// `to`: who reads it, in words.
    pub to: Option<String>,
    /// `heading`: what the group is called in it; default: the full name.
    pub heading: Option<Text>,
    /// `due`, `months` and `draft_days_before`.
    pub due: Rule,
}

/// Who we are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    /// `name`: the full name.
    pub name: Text,
    /// `short`: the short name, used as the name of meetings; default: the full one.
    pub short: Text,
}

/// Which database remembers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Database {
    /// SQLite in this file (default `beadle.db` under the state directory).
    Sqlite(PathBuf),
    /// PostgreSQL at this URL.
    Postgres(Secret),
}

/// One IRC network.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IrcNetwork {
    /// `name`: what we call it.
    pub name: Network,
    /// `host`.
    pub host: String,
    /// `port`: default 6697 with TLS, 6667 without.
    pub port: u16,
    /// `tls`: default true; false is refused for hosts that are not loopback, unless `plaintext`
    /// is `"accepted"`.
    pub tls: bool,
    /// `ca_file`: trust these certificates (PEM) instead of the system's.
    pub ca_file: Option<PathBuf>,
    /// `nick`: what the bot is called.
    pub nick: Nick,
    /// `alternates`: other nicks, tried in order; default: the nick with `_`, then with numbers.
    pub alternates: Vec<Nick>,
    /// `realname`: default names the bot's program and the group.
    pub realname: String,
    /// `server_password_file`: the server's password (PASS).
    pub server_password: Option<Secret>,
    /// `[network.sasl]`: how to log in.
    pub sasl: Option<Sasl>,
    /// `join_without_login`: whether to join when the login failed; default false.
    pub join_without_login: bool,
    /// `channels`.
    pub channels: Vec<Channel>,
    /// `relays`: nicks or accounts of relay bots.
    pub relays: Vec<Nick>,
    /// `operator`: an account or nick that is told of trouble by NOTICE.
    pub operator: Option<Nick>,
    /// `burst`: lines sent at once, default 5.
    pub burst_lines: u32,
    /// `interval_seconds`, in milliseconds: the time per line after the burst, default 2 seconds.
    pub interval_millis: u64,
}

/// How to log in to services.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Sasl {
    /// EXTERNAL with a client certificate and its key (PEM files).
    External {
        /// `cert_file`.
        cert_file: PathBuf,
        /// `key_file`.
        key_file: PathBuf,
    },
    /// PLAIN.
    Plain {
        /// `account`.
        account: Account,
        /// `password_file`, read.
        password: Secret,
    },
    /// SCRAM-SHA-256.
    ScramSha256 {
        /// `account`.
        account: Account,
        /// `password_file`, read.
        password: Secret,
    },
}

/// Who may start a meeting.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MayStart {
    /// Anyone in the channel.
    Anyone,
    /// People of the roster.
    Members,
    /// These accounts (nicks, where the network has no accounts).
    Listed(Vec<Account>),
}

/// How meetings are run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MeetingRules {
    /// `start`: `"anyone"` (default), `"members"`, or a list of accounts.
    pub start: MayStart,
    /// `echo`: confirm what MeetBot leaves unanswered; default false.
    pub echo: bool,
    /// `anyone_ends_after_minutes`: default 60.
    pub anyone_ends_after_minutes: u32,
    /// `quorum`: how many voters a vote needs; default none.
    pub quorum: Option<u32>,
    /// `set_topic`: write the topic into the channel's topic; default true.
    pub set_topic: bool,
    /// `path`: the pattern of the files' names under `minutes/`, default `%Y/{name}.%Y-%m-%d-%H.%M`.
    pub path: Pattern,
}

/// How mail leaves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mail {
    /// `relay`.
    pub relay: String,
    /// `port`.
    pub port: u16,
    /// `tls`.
    pub tls: MailTls,
    /// `account` and `password_file`, read.
    pub login: Option<(String, Secret)>,
    /// `ca_file`: trust these certificates (PEM) instead of the system's.
    pub ca_file: Option<PathBuf>,
    /// `from` and `name`.
    pub from: Mailbox,
    /// `hello`: what the relay is told we are; default: the domain of `from`.
    pub hello: String,
}

/// How the way to the relay is encrypted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MailTls {
    /// Not at all.
    None,
    /// After the greeting, or nothing is sent.
    Starttls,
    /// From the start.
    Wrapper,
}

/// The group's mailing list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MailingList {
    /// `address`.
    pub address: Address,
    /// `name`: default: the local part of the address.
    pub name: Text,
    /// `page`: where people subscribe.
    pub page: Option<String>,
    /// `minutes`: mail the minutes; default true.
    pub minutes: bool,
    /// `reminders`: remind a day before; default true.
    pub reminders: bool,
    /// `rule`: what happens to posts of those who are not subscribed; may be empty.
    pub rule: String,
    /// `requests_per_day`: how many mails with questions of one address are answered a day.
    pub requests_per_day: u32,
}

impl Config {
    /// The list as a writer of letters knows it; `None` where no mail can go there.
    pub fn letters(&self) -> Option<List> {
        let list = self.list.as_ref()?;
        self.letters_of(list.name.as_untrusted(), &list.address, &list.rule)
    }

    /// How letters about another list are written; `rule` is what happens to posts of strangers.
    pub fn letters_of(&self, name: &str, address: &Address, rule: &str) -> Option<List> {
        let mail = self.mail.as_ref()?;
        Some(List {
            name: name.to_string(),
            address: address.clone(),
            from: mail.from.clone(),
            group: self.group.short.as_untrusted().to_string(),
            host: self.host_of_letters(mail).to_string(),
            rule: rule.to_string(),
            page: self.web.as_ref().map(|web| format!("{}/lists/{}", web.url, address.local())),
        })
    }

    /// The host that stands in the ids of letters.
    pub fn host_of_letters<'a>(&'a self, mail: &'a Mail) -> &'a str {
        let pages = self.web.as_ref().and_then(Web::public_host);
        pages.unwrap_or(mail.from.address.domain())
    }
}

impl Config {
    /// Where questions by mail go; `None` where they are not answered.
    pub fn requests(&self) -> Option<Address> {
        let list = self.list.as_ref().filter(|list| list.requests_per_day > 0)?;
        self.mail.as_ref()?;
        let (local, domain) = (list.address.local(), list.address.domain());
        Address::parse(&format!("{local}-request@{domain}")).ok()
    }
}

impl Default for MeetingRules {
    /// What holds where `[meeting]` says nothing.
    fn default() -> MeetingRules {
        MeetingRules {
            start: MayStart::Anyone,
            echo: false,
            anyone_ends_after_minutes: 60,
            quorum: None,
            set_topic: true,
            path: Pattern::default(),
        }
    }
}

impl IrcNetwork {
    /// A network on this machine, without TLS or login: for the demo, tests and benches.
    pub fn on_loopback(name: &str, port: u16, nick: &str, channel: &str) -> IrcNetwork {
        IrcNetwork {
            name: name.into(),
            host: "127.0.0.1".into(),
            port,
            tls: false,
            ca_file: None,
            nick: nick.into(),
            alternates: Vec::new(),
            realname: "beadle".into(),
            server_password: None,
            sasl: None,
            join_without_login: false,
            channels: vec![channel.into()],
            relays: Vec::new(),
            operator: None,
            burst_lines: 5,
            interval_millis: 2000,
        }
    }
}
