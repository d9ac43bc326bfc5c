//! Checks `[[member]]`, that everybody can be told from everybody else, and `[[project]]`.

use crate::config::IrcNetwork;
use crate::config::Project;
use crate::config::check::network::same;
use crate::config::check::shown_name;
use crate::config::fault::Faults;
use crate::config::fault::printable;
use crate::config::raw::Given;
use crate::config::raw::Table;
use crate::config::words;
use crate::domain::name::Nick;
use crate::domain::pattern::Pattern;
use crate::domain::roster::{Enrolled, Member};
use crate::domain::text;
use chrono::NaiveDate;

/// The roster; members with faults are left out.
pub fn all(tables: &[Table], networks: &[IrcNetwork], faults: &mut Faults) -> Vec<Enrolled> {
    let mut members: Vec<Enrolled> = Vec::new();
    for table in tables {
        let Some(member) = one(table, &members, networks, faults) else { continue };
        members.push(member);
    }
    members
}

fn one(
    table: &Table,
    others: &[Enrolled],
    networks: &[IrcNetwork],
    faults: &mut Faults,
) -> Option<Enrolled> {
    let name = table.text("name").and_then(|given| shown_name(&given, "name", faults));
    let mut nicks: Vec<Nick> = Vec::new();
    let given = table.texts("nicks");
    if given.as_ref().map_or(!table.has("nicks"), Vec::is_empty) && !table.has("account") {
        table.missing("nicks", faults);
    }
    for given in given.unwrap_or_default() {
        match words::nick(given.value) {
            Ok(nick) => {
                if nicks.iter().any(|known| same(known.as_str(), nick.as_str())) {
                    faults.at(&given.span, format!("\"{}\" stands here twice", nick.as_str()));
                }
                taken(&given, others, networks, faults);
                nicks.push(nick);
            }
            Err(sentence) => faults.at(&given.span, sentence),
        }
    }
    let account = table.text("account").and_then(|given| {
        taken(&given, others, networks, faults);
        words::account(given.value).map_err(|sentence| faults.at(&given.span, sentence)).ok()
    });
    let roles = table.texts("roles").unwrap_or_default();
    let roles = roles.into_iter().map(|role| text::clean(role.value)).collect();
    let addresses = addresses(table, others, faults);
    let (since, until) = (date(table, "since", faults), date(table, "until", faults));
    if let (Some(since), Some(until)) = (since, until)
        && until <= since
    {
        faults.at(&table.span("until"), format!("`until` is not after `since` ({since})"));
    }
    let member = Member { name: name?, nicks, account, roles };
    Some(Enrolled { member, addresses, since, until })
}

fn addresses(table: &Table, others: &[Enrolled], faults: &mut Faults) -> Vec<String> {
    let mut addresses: Vec<String> = Vec::new();
    for given in table.texts("addresses").unwrap_or_default() {
        let same = |known: &String| known.eq_ignore_ascii_case(given.value);
        if let Err(sentence) = words::address(given.value) {
            faults.at(&given.span, sentence);
        } else if let Some(other) = others.iter().find(|other| other.addresses.iter().any(same)) {
            let name = printable(other.member.name.as_untrusted());
            faults.at(&given.span, format!("this address is {name}'s already"));
        } else if !addresses.iter().any(same) {
            addresses.push(given.value.to_string());
        }
    }
    addresses
}

/// The projects; those with faults are left out.
pub fn projects(tables: &[Table], faults: &mut Faults) -> Vec<Project> {
    let mut projects: Vec<Project> = Vec::new();
    for table in tables {
        let Some(given) = table.text("name") else { continue };
        let Some(name) = shown_name(&given, "name", faults) else { continue };
        if projects.iter().any(|known| known.is_called(name.as_untrusted())) {
            faults.at(&given.span, format!("\"{}\" stands here twice", printable(given.value)));
        }
        let mut documents = Vec::new();
        for given in table.texts("documents").unwrap_or_default() {
            match words::page_url(given.value) {
                Ok(_) => documents.push(given.value.to_string()),
                Err(sentence) => faults.at(&given.span, format!("`documents`: {sentence}")),
            }
        }
        let mut packages = Vec::new();
        for given in table.texts("packages").unwrap_or_default() {
            match Pattern::parse(given.value) {
                Ok(pattern) => packages.push(pattern),
                Err(sentence) => faults.at(&given.span, format!("`packages`: {sentence}")),
            }
        }
        let parts = table.integer("major_parts").and_then(|parts| usize::try_from(parts).ok());
        projects.push(Project { name, documents, packages, major_parts: parts.unwrap_or(1) });
    }
    projects
}

/// A day, written 2018-11-13.
pub fn date(table: &Table, key: &str, faults: &mut Faults) -> Option<NaiveDate> {
    let given = table.text(key)?;
    match given.value.parse() {
        Ok(date) => Some(date),
        Err(_) => {
            let shown = printable(given.value);
            let sentence = format!("\"{shown}\" is not a day; write it as \"2018-11-13\"");
            faults.at(&given.span, sentence);
            None
        }
    }
}

/// A nick or account may stand for one person only, and never for the bot: who speaks under it
/// would get another's rights.
fn taken(given: &Given<&str>, others: &[Enrolled], networks: &[IrcNetwork], faults: &mut Faults) {
    let is_theirs = |enrolled: &&Enrolled| {
        let member = &enrolled.member;
        let account = member.account.as_ref().map(|account| account.as_str());
        let nicks = member.nicks.iter().map(Nick::as_str);
        nicks.chain(account).any(|known| same(known, given.value))
    };
    let shown = printable(given.value);
    if let Some(other) = others.iter().find(is_theirs) {
        let name = printable(other.member.name.as_untrusted());
        faults.at(&given.span, format!("\"{shown}\" is {name} already"));
    }
    if networks.iter().any(|network| same(network.nick.as_str(), given.value)) {
        faults.at(&given.span, format!("\"{shown}\" is the bot's own nick"));
    }
}
