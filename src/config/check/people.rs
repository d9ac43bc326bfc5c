//! Checks `[[member]]`: that everybody can be told from everybody else.

use crate::config::IrcNetwork;
use crate::config::check::network::same;
use crate::config::check::shown_name;
use crate::config::fault::Faults;
use crate::config::fault::printable;
use crate::config::raw::Given;
use crate::config::raw::Table;
use crate::config::words;
use crate::domain::meeting::settings::Member;
use crate::domain::name::Nick;
use crate::domain::text;

/// The roster; members with faults are left out.
pub fn all(tables: &[Table], networks: &[IrcNetwork], faults: &mut Faults) -> Vec<Member> {
    let mut members: Vec<Member> = Vec::new();
    for table in tables {
        let Some(member) = one(table, &members, networks, faults) else { continue };
        members.push(member);
    }
    members
}

fn one(
    table: &Table,
    others: &[Member],
    networks: &[IrcNetwork],
    faults: &mut Faults,
) -> Option<Member> {
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
    Some(Member { name: name?, nicks, account, roles })
}

/// A nick or account may stand for one person only, and never for the bot: who speaks under it
/// would get another's rights.
fn taken(given: &Given<&str>, others: &[Member], networks: &[IrcNetwork], faults: &mut Faults) {
    let is_theirs = |member: &&Member| {
        let account = member.account.as_ref().map(|account| account.as_str());
        let nicks = member.nicks.iter().map(Nick::as_str);
        nicks.chain(account).any(|known| same(known, given.value))
    };
    let shown = printable(given.value);
    if let Some(other) = others.iter().find(is_theirs) {
        let name = printable(other.name.as_untrusted());
        faults.at(&given.span, format!("\"{shown}\" is {name} already"));
    }
    if networks.iter().any(|network| same(network.nick.as_str(), given.value)) {
        faults.at(&given.span, format!("\"{shown}\" is the bot's own nick"));
    }
}
