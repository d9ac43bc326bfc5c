//! `beadle roster …`: who is who in the group. Mail addresses are printed only where they are asked
//! for by name.

use crate::cli::desk::{self, Asking};
use crate::cli::schedule::Shown;
use crate::config::{Config, words};
use crate::domain::escape;
use crate::domain::group;
use crate::domain::name::{Account, Casemapping, Nick};
use crate::domain::roster::{Change, Enrolled, Member, Roster};
use crate::domain::schedule::read;
use crate::domain::text::{self, Text};
use crate::flow::rows::Member as Row;
use anyhow::bail;
use chrono::NaiveDate;

#[derive(Debug, clap::Subcommand)]
pub enum Command {
    /// List the members.
    List {
        /// Also those who left.
        #[arg(long)]
        all: bool,
        #[command(flatten)]
        shown: Shown,
    },
    /// Show one member.
    Show {
        /// The account, nick or full name.
        who: String,
        /// Also the mail addresses, which are shown nowhere else.
        #[arg(long)]
        addresses: bool,
        #[command(flatten)]
        shown: Shown,
    },
    /// Add a member.
    #[command(
        after_help = "Example: beadle roster add tomo Tomasz Baranski --role \"maintainer: ovirt\""
    )]
    Add {
        /// The usual nick.
        #[arg(value_parser = words::nick)]
        nick: Nick,
        /// The full name; without it the nick.
        name: Vec<String>,
        /// Another nick. May be given several times.
        #[arg(long = "nick", value_name = "NICK", value_parser = words::nick)]
        nicks: Vec<Nick>,
        /// The services account; without it the first nick counts as the account.
        #[arg(long, value_parser = words::account)]
        account: Option<Account>,
        /// A role: lead, or "maintainer: PROJECT". May be given several times.
        #[arg(long = "role", value_name = "ROLE")]
        roles: Vec<String>,
        /// The first day as a member (2018-11-13); without it today.
        #[arg(long, value_name = "DATE", value_parser = read::date)]
        since: Option<NaiveDate>,
        #[command(flatten)]
        asking: Asking,
    },
    /// Remove a member; what they did stays.
    Remove {
        /// The account, nick or full name.
        who: String,
        /// The first day as a member no more (2018-11-13); without it today.
        #[arg(long, value_name = "DATE", value_parser = read::date)]
        until: Option<NaiveDate>,
        #[command(flatten)]
        asking: Asking,
    },
    /// Change the full name.
    Name {
        /// The account, nick or full name.
        who: String,
        /// The name from now on.
        #[arg(required = true)]
        name: Vec<String>,
        #[command(flatten)]
        asking: Asking,
    },
    /// Change the roles.
    #[command(after_help = "Example: beadle roster role anthonyper --add lead")]
    #[command(alias = "roles")]
    Role {
        #[command(flatten)]
        edit: Edit,
        #[command(flatten)]
        asking: Asking,
    },
    /// Change the nicks.
    #[command(after_help = "Example: beadle roster nick gwd gwd gwd_")]
    #[command(alias = "nicks")]
    Nick {
        #[command(flatten)]
        edit: Edit,
        #[command(flatten)]
        asking: Asking,
    },
    /// Change the services account.
    Account {
        /// The account, nick or full name.
        who: String,
        /// The account from now on.
        #[arg(value_parser = words::account)]
        account: Account,
        #[command(flatten)]
        asking: Asking,
    },
    /// Change the mail addresses; they are never shown.
    #[command(alias = "addresses")]
    Address {
        #[command(flatten)]
        edit: Edit,
        #[command(flatten)]
        asking: Asking,
    },
}

/// How a member's list of words changes.
#[derive(Debug, clap::Args)]
pub struct Edit {
    /// The account, nick or full name.
    who: String,
    /// All of them from now on, or the word none.
    #[arg(value_name = "NEW", required_unless_present_any = ["add", "remove"])]
    all: Vec<String>,
    /// Or: one more.
    #[arg(long, value_name = "ONE", conflicts_with = "all")]
    add: Vec<String>,
    /// Or: one less.
    #[arg(long, value_name = "ONE", conflicts_with = "all")]
    remove: Vec<String>,
}

impl Edit {
    /// The words after the change; an error where one is to go that is not there.
    fn made(&self, now: Vec<String>) -> anyhow::Result<Vec<String>> {
        let clean = |words: &[String]| words.iter().map(|w| text::clean(w)).collect::<Vec<_>>();
        if self.add.is_empty() && self.remove.is_empty() {
            let is_none = matches!(&self.all[..], [word] if word == "none");
            return Ok(if is_none { Vec::new() } else { clean(&self.all) });
        }
        let same = |one: &str, other: &str| Casemapping::default().same(one, other);
        let mut made = now;
        for gone in clean(&self.remove) {
            let Some(at) = made.iter().position(|known| same(known, &gone)) else {
                bail!("{} has no {gone:?}, only: {}", self.who, made.join(", "));
            };
            made.remove(at);
        }
        for new in clean(&self.add) {
            if !made.iter().any(|known| same(known, &new)) {
                made.push(new);
            }
        }
        Ok(made)
    }
}

/// Does what is asked.
pub async fn run(command: Command) -> anyhow::Result<()> {
    match command {
        Command::List { all, shown } => list(all, &shown).await,
        Command::Show { who, addresses, shown } => show(&who, addresses, &shown).await,
        Command::Add { nick, name, nicks, account, roles, since, asking } => {
            let name = text::clean(&name.join(" "));
            let name = if name.is_empty() { nick.as_str().to_string() } else { name };
            let nicks = std::iter::once(nick).chain(nicks).collect();
            let roles = roles.iter().map(|role| text::clean(role)).collect();
            let member = Member { name: Text::new(name), nicks, account, roles };
            let since = since.unwrap_or_else(desk::today);
            let make = |config: &Config| {
                let words = member.nicks.iter().map(Nick::as_str).chain(member.proof());
                not_the_bot(config, words)?;
                Ok(Change::Join { member, since })
            };
            asking.change(|_, config| make(config).map(group::Change::Roster)).await
        }
        Command::Remove { who, until, asking } => {
            let until = until.unwrap_or_else(desk::today);
            make(&asking, |_, _| Ok(Change::Leave { who, until })).await
        }
        Command::Name { who, name, asking } => {
            let name = Text::new(text::clean(&name.join(" ")));
            make(&asking, |_, _| Ok(Change::Name { who, name })).await
        }
        Command::Role { edit, asking } => {
            make(&asking, |roster, _| {
                let roles = edit.made(known(roster, &edit.who)?.member.roles.clone())?;
                Ok(Change::Roles { who: edit.who, roles })
            })
            .await
        }
        Command::Nick { edit, asking } => {
            make(&asking, |roster, config| nicks(edit, roster, config)).await
        }
        Command::Account { who, account, asking } => {
            make(&asking, |_, config| {
                not_the_bot(config, [account.as_str()])?;
                Ok(Change::Account { who, account })
            })
            .await
        }
        Command::Address { edit, asking } => {
            make(&asking, |roster, _| {
                let addresses = edit.made(known(roster, &edit.who)?.addresses.clone())?;
                for address in &addresses {
                    words::address(address).map_err(anyhow::Error::msg)?;
                }
                Ok(Change::Addresses { who: edit.who, addresses })
            })
            .await
        }
    }
}

async fn make(
    asking: &Asking,
    change: impl FnOnce(&Roster, &Config) -> anyhow::Result<Change>,
) -> anyhow::Result<()> {
    let made = |group: &group::Group, config: &Config| change(&group.roster, config);
    asking.change(|group, config| made(group, config).map(group::Change::Roster)).await
}

fn nicks(edit: Edit, roster: &Roster, config: &Config) -> anyhow::Result<Change> {
    let now = &known(roster, &edit.who)?.member.nicks;
    let nicks = edit.made(now.iter().map(|nick| nick.as_str().to_string()).collect())?;
    let nicks = nicks.iter().map(|nick| words::nick(nick).map_err(anyhow::Error::msg));
    let nicks = nicks.collect::<anyhow::Result<Vec<Nick>>>()?;
    not_the_bot(config, nicks.iter().map(Nick::as_str))?;
    Ok(Change::Nicks { who: edit.who, nicks })
}

/// Refuses the bot's own nick: who spoke under it would get another's rights.
fn not_the_bot<'a>(
    config: &Config,
    words: impl IntoIterator<Item = &'a str>,
) -> anyhow::Result<()> {
    let is_own = |word: &&str| {
        let mut own = config.networks.iter().map(|network| network.nick.as_str());
        own.any(|nick| Casemapping::default().same(nick, word))
    };
    match words.into_iter().find(is_own) {
        Some(own) => bail!("{own} is the bot's own nick"),
        None => Ok(()),
    }
}

fn known<'a>(roster: &'a Roster, who: &str) -> anyhow::Result<&'a Enrolled> {
    let today = desk::today();
    roster.find(who, today).ok_or_else(|| anyhow::anyhow!("{}", roster.unknown(who, today)))
}

async fn list(all: bool, shown: &Shown) -> anyhow::Result<()> {
    let (_, group) = desk::group(shown.config.clone()).await?;
    let today = desk::today();
    let people = group.roster.all().iter().filter(|one| all || one.is_on(today));
    if shown.is_json() {
        return super::print_json(&people.map(Row::of).collect::<Vec<Row>>());
    }
    let mut out = String::new();
    for one in people {
        let gone = one.until.filter(|until| *until <= today);
        let gone = gone.map_or(String::new(), |until| format!(" (until {until})"));
        let roles = one.member.roles.join(", ") + &gone;
        let name = one.member.name.as_untrusted();
        desk::row(&mut out, &[(one.member.handle(), 16), (name, 24)], roles.trim());
    }
    if out.is_empty() {
        out.push_str("Nobody yet. Add somebody with: beadle roster add NICK --name NAME\n");
    }
    super::print(&out)
}

async fn show(who: &str, addresses: bool, shown: &Shown) -> anyhow::Result<()> {
    let (_, group) = desk::group(shown.config.clone()).await?;
    let one = known(&group.roster, who)?;
    let told = addresses.then(|| one.addresses.clone());
    if shown.is_json() {
        let mut row = Row::of(one);
        row.addresses = told;
        return super::print_json(&row);
    }
    let member = &one.member;
    let nicks: Vec<&str> = member.nicks.iter().map(Nick::as_str).collect();
    let day = |day: Option<NaiveDate>| day.map_or("not known".to_string(), |day| day.to_string());
    let mail = match told {
        Some(addresses) if addresses.is_empty() => "none".to_string(),
        Some(addresses) => addresses.join(", "),
        None => format!("{} kept, not shown (--addresses)", one.addresses.len()),
    };
    let roles = if member.roles.is_empty() { "none".to_string() } else { member.roles.join(", ") };
    let open = group.roadmap.open(desk::today());
    let is_theirs = |owner: &String| member.is_called(owner, Casemapping::default());
    let open = open.filter(|entry| entry.owners.iter().any(is_theirs));
    let mut out = format!("{}\n", escape::line(member.name.as_untrusted()));
    for (label, words) in [
        ("Nicks", nicks.join(", ")),
        ("Account", member.proof().unwrap_or_default().to_string()),
        ("Roles", roles),
        ("Since", day(one.since)),
        ("Until", one.until.map_or(String::new(), |until| until.to_string())),
        ("Mail", mail),
        ("Open actions", crate::domain::roadmap::text::numbers(open)),
    ] {
        if !words.is_empty() {
            desk::row(&mut out, &[(&format!("{label}:"), 14)], &words);
        }
    }
    super::print(&out)
}
