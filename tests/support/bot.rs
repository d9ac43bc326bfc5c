//! The bot as its administrator sees it: a configuration file, a process, and files under a
//! directory.

use super::cast::{BOT, CAST, PASSWORD};
use super::network::{Kind, Network};
use super::process::{Process, free_port};
use chrono::{DateTime, Utc};
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus};
use tempfile::TempDir;
use toml::{Table, Value};

/// The file with the seconds by which the bot's clock is ahead.
const CLOCK: &str = "clock";

/// How the bot logs in, where the network has accounts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Login {
    /// SASL PLAIN with its password.
    #[default]
    Password,
    /// SASL EXTERNAL with its certificate.
    Certificate,
}

/// What a story says about the bot.
#[derive(Clone, Debug, Default)]
pub struct Setup {
    /// How it logs in.
    pub login: Login,
    /// The channels it is to be in.
    pub channels: Vec<String>,
    /// The URL of its database, where that is not the embedded one.
    pub database: Option<String>,
    /// Other settings, as `meeting.echo` and `true`; `network.…` is the only network's.
    pub settings: Vec<(String, Value)>,
}

/// The bot; dropping it kills it and removes its files.
pub struct Bot {
    dir: TempDir,
    process: Process,
}

impl Bot {
    /// Writes the configuration and starts `beadle serve`.
    pub fn start(network: &Network, setup: &Setup) -> Bot {
        let dir = tempfile::tempdir().expect("make a directory");
        write_secret(&dir.path().join("password"), PASSWORD);
        let text = configuration(dir.path(), network, setup).to_string();
        fs::write(dir.path().join("config.toml"), text).expect("write the configuration");
        let process = serve(dir.path());
        Bot { dir, process }
    }

    /// Its SQLite file, where it has one.
    pub fn database(&self) -> PathBuf {
        self.dir.path().join("state/beadle.db")
    }

    /// Ends it as a power cut would (SIGKILL).
    pub fn kill(&mut self) {
        assert!(self.process.runs(), "the bot had ended by itself:\n{}", self.output());
        self.process.kill();
    }

    /// Asks it to end (SIGTERM) and waits until it has.
    pub fn stop(&mut self) -> ExitStatus {
        self.process.stop()
    }

    /// Starts it again on the same files.
    pub fn start_again(&mut self) {
        self.process.kill();
        self.process = serve(self.dir.path());
    }

    /// What it printed, over all its starts.
    pub fn output(&self) -> String {
        self.process.output()
    }

    /// Sets its clock, which goes on from there; also that of the commands beside it.
    #[expect(clippy::disallowed_methods, reason = "the clock is moved away from the machine's")]
    pub fn set_clock(&self, to: DateTime<Utc>) {
        let ahead = (to - Utc::now()).num_seconds();
        let new = self.dir.path().join("clock.new");
        fs::write(&new, ahead.to_string()).expect("write the clock");
        fs::rename(new, self.dir.path().join(CLOCK)).expect("set the clock");
    }

    /// What a command beside it prints, on both outputs.
    pub fn command(&self, arguments: &[String]) -> String {
        let mut command = Command::new(env!("CARGO_BIN_EXE_beadle"));
        let out = command.args(arguments).current_dir(self.dir.path()).env("USER", "operator");
        let out = out.env("BEADLE_CLOCK", self.dir.path().join(CLOCK));
        let out = out.output().expect("the program starts");
        let said = [out.stdout, out.stderr].concat();
        String::from_utf8_lossy(&said).into_owned()
    }

    /// The files under `minutes/` of this kind (`txt`, `log.txt`, `html` …), oldest first.
    pub fn minutes(&self, kind: &str) -> Vec<PathBuf> {
        let mut files = Vec::new();
        files_under(&self.dir.path().join("state/minutes"), &mut files);
        let is_log = |name: &str| name.contains(".log.");
        files.retain(|path| {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            name.ends_with(&format!(".{kind}")) && is_log(&name) == is_log(&format!(".{kind}"))
        });
        files.sort_by_key(|path| {
            (fs::metadata(path).and_then(|data| data.modified()).ok(), path.clone())
        });
        files
    }
}

/// Writes a file that only its owner may read, as the bot wants it of secrets.
pub fn write_secret(path: &Path, secret: &str) {
    fs::write(path, secret).expect("write a secret");
    fs::set_permissions(path, fs::Permissions::from_mode(0o600)).expect("keep a secret");
}

fn files_under(dir: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(dir).into_iter().flatten().flatten() {
        match entry.file_type() {
            Ok(kind) if kind.is_dir() => files_under(&entry.path(), files),
            _ => files.push(entry.path()),
        }
    }
}

fn serve(dir: &Path) -> Process {
    let mut command = Command::new(env!("CARGO_BIN_EXE_beadle"));
    command.args(["serve", "-c"]).arg(dir.join("config.toml")).current_dir(dir);
    command.env("BEADLE_CLOCK", dir.join(CLOCK));
    command.env("BEADLE_LOG", "info,beadle=trace").env("RUST_BACKTRACE", "1").env("NO_COLOR", "1");
    Process::start(&mut command, &dir.join("output"))
}

fn configuration(dir: &Path, network: &Network, setup: &Setup) -> Table {
    let web = free_port();
    let mut config: Table = toml::from_str(&format!(
        r#"
        [group]
        name = "CentOS Virtualization SIG"
        short = "Virt SIG"

        [state]
        dir = "{state}"

        [web]
        listen = "127.0.0.1:{web}"
        url = "http://127.0.0.1:{web}"

        [meeting]

        [[network]]
        name = "rig"
        nick = "{BOT}"
        channels = []
        burst = 50
        interval_seconds = 0.05
        "#,
        state = dir.join("state").display(),
    ))
    .expect("a configuration in TOML");
    let table = &mut config["network"][0];
    let table = table.as_table_mut().expect("a network is a table");
    table.insert("channels".into(), Value::from(setup.channels.clone()));
    table.extend(server(dir, network, setup.login));
    config.insert("member".into(), members(network));
    if let Some(url) = &setup.database {
        write_secret(&dir.join("database"), url);
        set(&mut config, "state.database_file", dir.join("database").display().to_string().into());
    }
    for (path, value) in &setup.settings {
        set(&mut config, path, value.clone());
    }
    config
}

/// Where the network is and how to log in to it.
fn server(dir: &Path, network: &Network, login: Login) -> Table {
    let file = |name: &str| network.dir().join(name).display().to_string();
    let text = match (network.kind, login) {
        (Kind::Inspircd, Login::Password) => format!(
            "sasl = {{ mechanism = 'plain', account = '{BOT}', password_file = '{}' }}",
            dir.join("password").display()
        ),
        (Kind::Inspircd, Login::Certificate) => format!(
            "sasl = {{ mechanism = 'external', cert_file = '{}', key_file = '{}' }}",
            file("bot.pem"),
            file("bot.key")
        ),
        (Kind::Demo, _) => format!(
            "sasl = {{ mechanism = 'scram-sha-256', account = '{BOT}', password_file = '{}' }}",
            dir.join("password").display()
        ),
        (Kind::Ngircd, _) => String::new(),
    };
    let place = match network.kind {
        Kind::Inspircd => format!(
            "host = 'localhost'\nport = {}\ntls = true\nca_file = '{}'\n",
            network.tls_port,
            file("ca.pem")
        ),
        _ => format!(
            "host = '127.0.0.1'\nport = {}\ntls = false\nplaintext = 'accepted'\n",
            network.port
        ),
    };
    toml::from_str(&(place + &text)).expect("a server in TOML")
}

fn members(network: &Network) -> Value {
    let member = |person: &super::cast::Person| {
        let (name, roles) = person.member?;
        let roles = Value::from(roles.to_vec());
        let mut table = Table::new();
        table.insert("name".into(), name.into());
        table.insert("nicks".into(), Value::from(vec![person.nick]));
        table.insert("roles".into(), roles);
        if let Some(account) = person.account.filter(|_| network.has_accounts()) {
            table.insert("account".into(), account.into());
        }
        Some(table)
    };
    CAST.iter().filter_map(member).collect::<Vec<Table>>().into()
}

/// Sets `table.key`, or all of that name; `network` is the first of the networks, and `schedule` of
/// the meetings.
fn set(config: &mut Table, path: &str, value: Value) {
    let Some((table, key)) = path.rsplit_once('.') else {
        config.insert(path.into(), value);
        return;
    };
    let empty = || match table {
        "schedule" => vec![Table::new()].into(),
        _ => Table::new().into(),
    };
    let place = config.entry(table).or_insert_with(empty);
    let place = match place {
        Value::Array(tables) => tables.first_mut().expect("there is one"),
        table => table,
    };
    place.as_table_mut().expect("a table").insert(key.into(), value);
}
