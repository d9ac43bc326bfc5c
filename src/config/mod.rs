//! The configuration: one TOML file, checked into domain types.
//!
//! [`Config`] is what the rest of the program sees; every value in it has been checked.

use crate::domain::meeting::settings::Member;
use crate::domain::name::{Account, Channel, Network, Nick};
use crate::domain::text::Text;
use std::path::PathBuf;

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
    /// `[[member]]`: the roster.
    pub members: Vec<Member>,
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

/// A value that must never be printed.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Keeps a secret.
    pub fn new(secret: impl Into<String>) -> Secret {
        Secret(secret.into())
    }

    /// The secret itself, for the one place that sends it.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secret(…)")
    }
}

/// The pages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Web {
    /// `listen`: address and port, default `127.0.0.1:8080`.
    pub listen: std::net::SocketAddr,
    /// `url`: the address under which people reach the pages, without a slash at the end.
    pub url: String,
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
    /// `tls`: default true; false is refused for hosts that are not loopback unless `tls = false` is given with `plaintext = "accepted"`.
    pub tls: bool,
    /// `ca_file`: trust these certificates (PEM) instead of the system's.
    pub ca_file: Option<PathBuf>,
    /// `nick`: what the bot is called.
    pub nick: Nick,
    /// `alternates`: other nicks, tried in order; default: the nick with `_`, then with numbers.
    pub alternates: Vec<Nick>,
    /// `realname`: default names the bot's program and the group.
    pub realname: String,
    /// `password_file`: the server's password (PASS).
    pub server_password: Option<Secret>,
    /// `[network.sasl]`: how to log in.
    pub sasl: Option<Sasl>,
    /// `without_login`: whether to join when the login failed; default false.
    pub join_without_login: bool,
    /// `channels`.
    pub channels: Vec<Channel>,
    /// `relays`: nicks or accounts of relay bots.
    pub relays: Vec<Nick>,
    /// `operator`: an account or nick that is told of trouble by NOTICE.
    pub operator: Option<Nick>,
    /// `burst`: lines sent at once, default 5.
    pub burst_lines: u32,
    /// `interval_seconds`: seconds per line after the burst, default 2.
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
    pub path: String,
}
