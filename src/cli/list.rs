//! `beadle list …`: the mailing lists, their rules and who is subscribed.

mod import;
mod members;

use crate::cli::desk;
use crate::cli::schedule::Shown;
use crate::config::gate::Onward;
use crate::config::{Config, words};
use crate::domain::escape;
use crate::domain::list::policy::Settings;
use crate::flow::members as flow;
use crate::store::list::List;
use crate::store::{self, Db};
use anyhow::bail;
use serde::Serialize;
use std::path::PathBuf;

/// The longest name of a list, in bytes.
const MOST_NAME: usize = 64;

#[derive(Debug, clap::Subcommand)]
pub enum Command {
    /// Keep a list. The one of `[list]` in the configuration is kept already.
    #[command(
        after_help = "Example: beadle list create devel devel@lists.example.org --nonmember hold"
    )]
    Create {
        /// What it is called: one word.
        name: String,
        /// Where posts to it go.
        address: String,
        #[command(flatten)]
        rules: Rules,
        #[command(flatten)]
        configured: Configured,
    },
    /// Show the lists, or one of them.
    Show {
        /// Its name or posting address; without it all lists.
        list: Option<String>,
        #[command(flatten)]
        shown: Shown,
    },
    /// Change the rules of a list.
    #[command(
        after_help = "Examples: beadle list set devel nonmember=hold require=aligned\n          \
                            beadle list set devel nonmember=        as [gate] of the configuration says"
    )]
    Set {
        /// Its name or posting address.
        list: String,
        /// nonmember, members_by, require or onward, as in `[gate]`; an empty value takes it away.
        #[arg(required = true, value_name = "KEY=VALUE")]
        changes: Vec<String>,
        #[command(flatten)]
        configured: Configured,
    },
    /// Delete a list with all its subscribers.
    Delete {
        /// Its name or posting address.
        list: String,
        /// Also where somebody is subscribed.
        #[arg(long)]
        yes: bool,
        #[command(flatten)]
        configured: Configured,
    },
    /// List the subscribers.
    Members {
        /// The list's name or posting address.
        list: String,
        #[command(flatten)]
        shown: Shown,
    },
    /// Subscribe addresses; nobody is written to.
    #[command(
        after_help = "Examples: beadle list add virt anna@example.org --name \"Anna Berg\"\n          \
                            beadle list add virt anna@work.example --other-of anna@example.org"
    )]
    Add(members::Add),
    /// Remove addresses, and the further addresses of who has them.
    Remove {
        /// The list's name or posting address.
        list: String,
        /// The addresses; - reads them from standard input, one a line.
        #[arg(required = true)]
        addresses: Vec<String>,
        #[command(flatten)]
        configured: Configured,
    },
    /// Change what holds for a subscriber.
    Change(members::Change),
    /// Take over the subscribers of another list manager: shows what is to be done, and asks.
    #[command(
        after_help = "Examples: list_members -f virt | beadle list import virt -\n          \
                            dumpdb /var/lib/mailman/lists/virt/config.pck > virt.txt\n          \
                            beadle list import virt virt.txt --dry-run\n          \
                            beadle list import virt /var/spool/mlmmj/virt --sync --yes"
    )]
    Import(import::Import),
    /// Write the subscribers down.
    Export(members::Export),
    /// Make a new key that signs tokens and the bot's own mail; older ones verify for 30 days more.
    Rekey {
        #[command(flatten)]
        configured: Configured,
    },
}

#[derive(Debug, clap::Args)]
pub struct Configured {
    /// The configuration; without it ./config.toml, then /etc/beadle/config.toml.
    #[arg(short, long, value_name = "FILE")]
    config: Option<PathBuf>,
}

/// What a list has otherwise than `[gate]` of the configuration says.
#[derive(Debug, clap::Args)]
pub struct Rules {
    /// What happens to a post of somebody who is not subscribed: discard, reject, hold, accept.
    #[arg(long, value_name = "VERDICT")]
    nonmember: Option<String>,
    /// Where a subscriber's address counts: from, any-sender.
    #[arg(long, value_name = "WHERE")]
    members_by: Option<String>,
    /// What a subscriber's From must show: none, aligned.
    #[arg(long, value_name = "WHAT")]
    require: Option<String>,
    /// Where accepted posts go: smtp:HOST:PORT.
    #[arg(long, value_name = "WHERE")]
    onward: Option<String>,
}

/// Does what is asked.
pub async fn run(command: Command) -> anyhow::Result<()> {
    match command {
        Command::Create { name, address, rules, configured } => {
            create(&name, &address, &rules, configured).await
        }
        Command::Show { list, shown } => show(list, &shown).await,
        Command::Set { list, changes, configured } => set(&list, &changes, configured).await,
        Command::Delete { list, yes, configured } => delete(&list, yes, configured).await,
        Command::Members { list, shown } => members::list(&list, &shown).await,
        Command::Add(asked) => members::add(asked).await,
        Command::Remove { list, addresses, configured } => {
            members::remove(&list, &addresses, configured).await
        }
        Command::Change(asked) => members::change(asked).await,
        Command::Import(asked) => import::run(asked).await,
        Command::Export(asked) => members::export(asked).await,
        Command::Rekey { configured } => {
            let (_, db) = open(configured.config).await?;
            let made = flow::rekey(&db).await;
            db.close().await;
            made?;
            super::print(
                "A new key signs from now on; the one before it verifies for 30 days more.\n",
            )
        }
    }
}

/// The configuration and the database, in which the group's own list is.
async fn open(config: Option<PathBuf>) -> anyhow::Result<(Config, Db)> {
    let config = super::load(config)?;
    let db = Db::open(&config.database).await?;
    flow::own(&db, &config).await?;
    Ok((config, db))
}

/// The database and one list of it.
async fn open_list(config: Option<PathBuf>, named: &str) -> anyhow::Result<(Db, List)> {
    let (_, db) = open(config).await?;
    match find(&db, named).await {
        Ok(list) => Ok((db, list)),
        Err(error) => {
            db.close().await;
            Err(error)
        }
    }
}

async fn find(db: &Db, named: &str) -> anyhow::Result<List> {
    if let Some(list) = store::list::by(db, named).await? {
        return Ok(list);
    }
    let all = store::list::all(db).await?;
    let names: Vec<&str> = all.iter().map(|list| list.name.as_str()).collect();
    let known = match names.is_empty() {
        true => "none is kept yet: write [list] into the configuration, or use list create".into(),
        false => format!("there are: {}", names.join(", ")),
    };
    bail!("there is no list {:?}; {known}", escape::line(named));
}

/// Gives settings another value; `None` takes it away.
fn change(settings: &mut Settings, key: &str, value: Option<&str>) -> anyhow::Result<()> {
    fn read<T: serde::de::DeserializeOwned>(
        value: Option<&str>,
        key: &str,
        words: &str,
    ) -> anyhow::Result<Option<T>> {
        let Some(value) = value else { return Ok(None) };
        serde_json::from_value(serde_json::Value::String(value.to_lowercase()))
            .map(Some)
            .map_err(|_| anyhow::anyhow!("{key} is one of {words}, not {:?}", escape::line(value)))
    }
    match key {
        "nonmember" => {
            settings.nonmember = read(value, key, "discard, reject, hold, accept")?;
        }
        "members_by" => settings.members_by = read(value, key, "from, any-sender")?,
        "require" => settings.require = read(value, key, "none, aligned")?,
        "onward" => {
            let read = value.map(Onward::parse).transpose();
            read.map_err(|sentence| anyhow::anyhow!(sentence))?;
            settings.onward = value.map(str::to_string);
        }
        _ => bail!(
            "a list has no {:?} of its own; it has nonmember, members_by, require, onward",
            escape::line(key)
        ),
    }
    Ok(())
}

async fn create(
    name: &str,
    address: &str,
    rules: &Rules,
    configured: Configured,
) -> anyhow::Result<()> {
    let is_word = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    if name.is_empty() || name.len() > MOST_NAME || !name.chars().all(is_word) {
        bail!("a list is called by one word of letters, digits, - _ and dots: centos-virt");
    }
    words::address(address).map_err(anyhow::Error::msg)?;
    let mut settings = Settings::default();
    for (key, value) in [
        ("nonmember", &rules.nonmember),
        ("members_by", &rules.members_by),
        ("require", &rules.require),
        ("onward", &rules.onward),
    ] {
        if value.is_some() {
            change(&mut settings, key, value.as_deref())?;
        }
    }
    let (_, db) = open(configured.config).await?;
    let made = flow::create(&db, name, address, &settings).await;
    db.close().await;
    match made? {
        Some(list) => {
            super::print(&format!("{} is kept; posts to it go to {}.\n", list.name, list.address))
        }
        None => {
            bail!("a list of that name or with that address is kept already; see beadle list show")
        }
    }
}

async fn set(named: &str, changes: &[String], configured: Configured) -> anyhow::Result<()> {
    let (db, list) = open_list(configured.config, named).await?;
    let mut settings = list.settings.clone();
    let made = async {
        for one in changes {
            let Some((key, value)) = one.split_once('=') else {
                bail!("a change is written KEY=VALUE, not {:?}", escape::line(one));
            };
            let value = Some(value.trim()).filter(|value| !value.is_empty());
            change(&mut settings, &key.trim().replace('-', "_"), value)?;
        }
        Ok(flow::set(&db, list.id, &settings).await?)
    };
    let made = made.await;
    db.close().await;
    match made? {
        true => super::print(&format!("{}: {}.\n", list.name, told(&settings))),
        false => bail!("the list {} was deleted just now", list.name),
    }
}

async fn delete(named: &str, yes: bool, configured: Configured) -> anyhow::Result<()> {
    let (config, db) = open(configured.config).await?;
    let done = async {
        let list = find(&db, named).await?;
        let is_own = |own: &crate::config::MailingList| {
            own.address.as_str().eq_ignore_ascii_case(&list.address)
        };
        if config.list.as_ref().is_some_and(is_own) {
            bail!("{} is [list] of the configuration; take it out there first", list.name);
        }
        let count = store::subscriber::count(&db, list.id).await?.all;
        if count > 0 && !yes {
            bail!("{} has {count} subscribers; --yes deletes it with them", list.name);
        }
        flow::delete(&db, list.id).await?;
        Ok(list)
    };
    let done = done.await;
    db.close().await;
    super::print(&format!("{} is kept no more.\n", done?.name))
}

/// `nonmember=hold, require=aligned`, or that all is as in the configuration.
fn told(settings: &Settings) -> String {
    let rows = serde_json::to_value(settings).unwrap_or_default();
    let rows = rows.as_object().cloned().unwrap_or_default();
    let rows: Vec<String> = rows
        .iter()
        .map(|(key, value)| format!("{key}={}", value.as_str().unwrap_or_default()))
        .collect();
    match rows.is_empty() {
        true => "all rules as [gate] says".to_string(),
        false => rows.join(", "),
    }
}

/// A list, for programs; the names stay.
#[derive(Serialize)]
struct Row<'a> {
    id: i64,
    name: &'a str,
    address: &'a str,
    subscribers: u64,
    further_addresses: u64,
    nomail: u64,
    moderated: u64,
    settings: &'a Settings,
    created_at: String,
}

async fn show(named: Option<String>, shown: &Shown) -> anyhow::Result<()> {
    let (_, db) = open(shown.config.clone()).await?;
    let read = async {
        let lists = match named {
            Some(named) => vec![find(&db, &named).await?],
            None => store::list::all(&db).await?,
        };
        let mut all = Vec::new();
        for list in lists {
            let count = store::subscriber::count(&db, list.id).await?;
            all.push((list, count));
        }
        anyhow::Ok(all)
    };
    let read = read.await;
    db.close().await;
    let all = read?;
    if shown.is_json() {
        let rows = all.iter().map(|(list, count)| Row {
            id: list.id.number(),
            name: &list.name,
            address: &list.address,
            subscribers: count.all - count.further,
            further_addresses: count.further,
            nomail: count.nomail,
            moderated: count.moderated,
            settings: &list.settings,
            created_at: list.created_at.rfc3339(),
        });
        return super::print_json(&rows.collect::<Vec<Row>>());
    }
    let mut out = String::new();
    for (list, count) in &all {
        let more = [
            (count.further, "further addresses"),
            (count.moderated, "moderated"),
            (count.nomail, "without mail"),
        ];
        let more = more.iter().filter(|(count, _)| *count > 0);
        let more: String = more.map(|(count, what)| format!(", {count} {what}")).collect();
        let people = match count.all - count.further {
            1 => "1 subscriber".to_string(),
            people => format!("{people} subscribers"),
        };
        let words = format!("{}: {people}{more}; {}", list.address, told(&list.settings));
        desk::row(&mut out, &[(&list.name, 16)], &words);
    }
    if out.is_empty() {
        out = "No list is kept. Write [list] into the configuration, or use: beadle list create NAME ADDRESS\n".into();
    }
    super::print(&out)
}
