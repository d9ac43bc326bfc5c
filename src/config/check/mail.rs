//! Checks `[mail]` and `[list]`: where letters leave, whom they are from and where they go.

use crate::config::Mail;
use crate::config::MailTls;
use crate::config::MailingList;
use crate::config::check::Context;
use crate::config::check::network::{certificates, required, secret};
use crate::config::check::read;
use crate::config::check::shown_name;
use crate::config::fault::Faults;
use crate::config::fault::printable;
use crate::config::raw::Given;
use crate::config::raw::Table;
use crate::config::secret::Secret;
use crate::config::words;
use crate::domain::address::Address;
use crate::domain::list::Mailbox;
use crate::domain::list::RULE;
use crate::domain::text;
use crate::domain::text::Text;

/// The longest rule, in characters.
const MOST_RULE: usize = 500;
/// The longest account, in characters.
const MOST_ACCOUNT: usize = 100;
/// How many requests of one address are answered a day where nothing is said.
const REQUESTS_PER_DAY: u32 = 20;

/// `[mail]`.
pub fn relay(table: &Table, group: &str, context: &Context, faults: &mut Faults) -> Option<Mail> {
    let relay = read(table.text("relay"), words::host, faults);
    let is_local = relay.as_deref().is_none_or(words::is_loopback);
    let given = table.integer("port").and_then(|port| u16::try_from(port).ok());
    let tls = encryption(table, is_local, given, faults);
    let port = given.unwrap_or(match tls {
        MailTls::Wrapper => 465,
        _ if is_local => 25,
        _ => 587,
    });
    let login = login(table, context, faults);
    if tls == MailTls::None && !is_local && table.has("account") {
        let sentence =
            "without TLS everybody on the way may read the password; use tls = \"starttls\"";
        let key = if table.has("tls") { "tls" } else { "account" };
        faults.at(&table.span(key), sentence);
    }
    let address = address(table, "from", faults);
    let hello = read(table.text("hello"), words::host, faults);
    let name = table.text("name").and_then(|given| shown_name(&given, "name", faults));
    let name = name.map_or(group.to_string(), |name| name.as_untrusted().to_string());
    Some(Mail {
        port,
        tls,
        login,
        ca_file: certificates(table, "ca_file", context, faults),
        hello: hello.or_else(|| Some(address.as_ref()?.domain().to_string()))?,
        from: Mailbox { name, address: address? },
        relay: relay?,
    })
}

fn encryption(table: &Table, is_local: bool, port: Option<u16>, faults: &mut Faults) -> MailTls {
    let usual = match port {
        Some(465) => MailTls::Wrapper,
        _ if is_local => MailTls::None,
        _ => MailTls::Starttls,
    };
    let Some(given) = table.text("tls") else { return usual };
    match given.value {
        "none" => MailTls::None,
        "starttls" => MailTls::Starttls,
        "wrapper" => MailTls::Wrapper,
        _ => {
            faults.at(&given.span, "`tls` is \"none\", \"starttls\" or \"wrapper\"");
            usual
        }
    }
}

fn login(table: &Table, context: &Context, faults: &mut Faults) -> Option<(String, Secret)> {
    match (table.has("account"), table.has("password_file")) {
        (true, false) => required(table, &["password_file"], faults),
        (false, true) => required(table, &["account"], faults),
        _ => {}
    }
    let account = read(table.text("account"), account, faults);
    let password = secret(table, "password_file", context, faults);
    Some((account?, password?))
}

fn account(given: &str) -> Result<String, String> {
    let length = given.chars().count();
    if length == 0 || length > MOST_ACCOUNT || given.contains(text::is_unprintable) {
        return Err(format!("`account` has 1 to {MOST_ACCOUNT} characters that can be seen"));
    }
    Ok(given.to_string())
}

fn address(table: &Table, key: &str, faults: &mut Faults) -> Option<Address> {
    let word = |given: &str| {
        Address::parse(given).map_err(|why| format!("\"{}\": {why}", printable(given)))
    };
    read(table.text(key), word, faults)
}

/// `[list]`.
pub fn list(table: &Table, faults: &mut Faults) -> Option<MailingList> {
    let address = address(table, "address", faults);
    let name = table.text("name").and_then(|given| shown_name(&given, "name", faults));
    let page = table.text("page").and_then(|given| {
        words::page_url(given.value)
            .map_err(|sentence| faults.at(&given.span, format!("`page`: {sentence}")))
            .ok()
    });
    let rule = table.text("rule").map(|given| rule(&given, faults));
    let address = address?;
    Some(MailingList {
        name: name.unwrap_or_else(|| Text::new(address.local())),
        address,
        page,
        minutes: table.bool("minutes").unwrap_or(true),
        reminders: table.bool("reminders").unwrap_or(true),
        rule: rule.unwrap_or_else(|| RULE.to_string()),
        requests_per_day: table
            .integer("requests_per_day")
            .and_then(|count| u32::try_from(count).ok())
            .unwrap_or(REQUESTS_PER_DAY),
    })
}

fn rule(given: &Given<&str>, faults: &mut Faults) -> String {
    let rule = text::clean(given.value);
    if rule.chars().count() > MOST_RULE {
        faults.at(&given.span, format!("`rule` is longer than {MOST_RULE} characters"));
    }
    rule
}
