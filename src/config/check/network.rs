//! Checks `[[network]]` and `[network.sasl]`: where the bot connects, and that no secret leaves
//! this machine unencrypted.

use crate::config::IrcNetwork;
use crate::config::Sasl;
use crate::config::check::Context;
use crate::config::check::read;
use crate::config::fault::Faults;
use crate::config::fault::printable;
use crate::config::raw::Given;
use crate::config::raw::Table;
use crate::config::secret::Secret;
use crate::config::words;
use crate::domain::name::Account;
use crate::domain::name::Casemapping;
use crate::domain::name::Channel;
use crate::domain::name::Network;
use crate::domain::name::Nick;
use crate::domain::text;
use std::collections::BTreeMap;
use std::path::PathBuf;

/// All networks; those with faults are left out.
pub fn all(
    tables: &[Table],
    group: &str,
    context: &Context,
    faults: &mut Faults,
) -> Vec<IrcNetwork> {
    let mut names: BTreeMap<String, ()> = BTreeMap::new();
    let mut networks = Vec::new();
    for table in tables {
        if let Some(name) = table.text("name")
            && names.insert(name.value.trim().to_lowercase(), ()).is_some()
        {
            let sentence = format!("two networks are called \"{}\"", printable(name.value));
            faults.at(&name.span, sentence);
        }
        networks.extend(one(table, group, context, faults));
    }
    networks
}

fn one(table: &Table, group: &str, context: &Context, faults: &mut Faults) -> Option<IrcNetwork> {
    let name = table.text("name").and_then(|given| network_name(&given, faults));
    let host = read(table.text("host"), words::host, faults);
    let tls = table.bool("tls").unwrap_or(true);
    let is_private = tls || host.as_deref().is_none_or(words::is_loopback);
    plaintext(table, is_private, faults);
    let port = table.integer("port").and_then(|port| u16::try_from(port).ok());
    let nick = read(table.text("nick"), words::own_nick, faults);
    let interval_millis = (table.number("interval_seconds").unwrap_or(2.0) * 1000.0).round();
    let sasl = table.one("sasl", faults);
    let sasl = sasl.map(|sasl| login(&sasl, tls, is_private, context, faults));
    Some(IrcNetwork {
        port: port.unwrap_or(if tls { 6697 } else { 6667 }),
        tls,
        ca_file: certificates(table, "ca_file", context, faults),
        alternates: alternates(table, nick.as_ref(), faults),
        realname: realname(table, group, faults),
        server_password: secret(table, "server_password_file", context, faults),
        sasl: sasl.flatten(),
        join_without_login: table.bool("join_without_login").unwrap_or(false),
        channels: channels(table, faults),
        relays: nicks(table, "relays", faults),
        operator: read(table.text("operator"), words::nick, faults),
        burst_lines: table.integer("burst").and_then(|n| u32::try_from(n).ok()).unwrap_or(5),
        interval_millis: interval_millis as u64,
        name: name?,
        host: host?,
        nick: nick?,
    })
}

fn network_name(given: &Given<&str>, faults: &mut Faults) -> Option<Network> {
    let name = Network::new(given.value);
    if name.as_str().is_empty() || name.as_str() != given.value.trim() {
        let most = Network::MOST_CHARS;
        let sentence = format!("the name of a network is 1 to {most} characters that can be seen");
        faults.at(&given.span, sentence);
        return None;
    }
    Some(name)
}

fn plaintext(table: &Table, is_private: bool, faults: &mut Faults) {
    let accepted = match table.text("plaintext") {
        Some(given) if given.value != "accepted" => {
            faults.at(&given.span, "the only value of `plaintext` is \"accepted\"");
            true
        }
        Some(_) => true,
        None => table.has("plaintext"),
    };
    if !is_private && !accepted {
        let sentence = "without TLS everybody on the way may read and change what is said; remove `tls = false`, or add plaintext = \"accepted\"";
        faults.at(&table.span("tls"), sentence);
    }
}

fn alternates(table: &Table, nick: Option<&Nick>, faults: &mut Faults) -> Vec<Nick> {
    let mut seen: Vec<Nick> = nick.cloned().into_iter().collect();
    for given in table.texts("alternates").unwrap_or_default() {
        let Some(one) = read(Some(given.clone()), words::own_nick, faults) else { continue };
        if seen.iter().any(|nick| same(nick.as_str(), one.as_str())) {
            faults.at(&given.span, format!("\"{}\" stands here twice", one.as_str()));
        }
        seen.push(one);
    }
    seen.split_off(usize::from(nick.is_some()).min(seen.len()))
}

/// Names are compared as most networks do; a network that tells more names apart loses nothing.
pub fn same(one: &str, other: &str) -> bool {
    Casemapping::Rfc1459.same(one, other)
}

/// The longest real name, in characters; networks cut longer ones.
const MOST_REALNAME: usize = 100;

fn realname(table: &Table, group: &str, faults: &mut Faults) -> String {
    let default =
        || format!("beadle, the officer of {group}").chars().take(MOST_REALNAME).collect();
    let Some(given) = table.text("realname") else { return default() };
    let name = text::clean(given.value);
    if name.is_empty() || name.chars().count() > MOST_REALNAME {
        faults.at(&given.span, format!("`realname` has 1 to {MOST_REALNAME} characters"));
    }
    name
}

fn channels(table: &Table, faults: &mut Faults) -> Vec<Channel> {
    let Some(given) = table.texts("channels") else { return Vec::new() };
    if given.is_empty() {
        faults.at(&table.span("channels"), "`channels` is empty: the bot would be nowhere");
    }
    let mut channels: Vec<Channel> = Vec::new();
    for given in given {
        let Some(channel) = read(Some(given.clone()), words::channel, faults) else { continue };
        if channels.iter().any(|known| same(known.as_str(), channel.as_str())) {
            let name = printable(channel.as_str());
            faults.at(&given.span, format!("\"{name}\" stands here twice"));
        }
        channels.push(channel);
    }
    channels
}

fn nicks(table: &Table, key: &str, faults: &mut Faults) -> Vec<Nick> {
    let given = table.texts(key).unwrap_or_default().into_iter();
    given.filter_map(|given| read(Some(given), words::nick, faults)).collect()
}

pub(super) fn secret(
    table: &Table,
    key: &str,
    context: &Context,
    faults: &mut Faults,
) -> Option<Secret> {
    read_file(table, key, faults, |name| context.files.secret(name))
}

pub(super) fn certificates(
    table: &Table,
    key: &str,
    context: &Context,
    faults: &mut Faults,
) -> Option<PathBuf> {
    read_file(table, key, faults, |name| context.files.certificates(name))
}

pub(super) fn read_file<T>(
    table: &Table,
    key: &str,
    faults: &mut Faults,
    file: impl Fn(&str) -> Result<T, String>,
) -> Option<T> {
    let given = table.text(key)?;
    let noted = |sentence| faults.at(&given.span, format!("`{key}`: {sentence}"));
    file(given.value).map_err(noted).ok()
}

fn login(
    table: &Table,
    tls: bool,
    is_private: bool,
    context: &Context,
    faults: &mut Faults,
) -> Option<Sasl> {
    if !is_private {
        let sentence =
            "without TLS everybody on the way may read the login; use TLS, or remove this table";
        faults.at(&table.header, sentence);
    }
    let mechanism = table.text("mechanism")?;
    match mechanism.value.to_ascii_lowercase().as_str() {
        "external" => {
            if !tls {
                faults
                    .at(&mechanism.span, "\"external\" logs in by a TLS certificate; it needs TLS");
            }
            without(table, &["account", "password_file"], "external", faults);
            external(table, context, faults)
        }
        "plain" => {
            let (account, password) = password_login(table, "plain", context, faults)?;
            Some(Sasl::Plain { account, password })
        }
        "scram-sha-256" => {
            let (account, password) = password_login(table, "scram-sha-256", context, faults)?;
            Some(Sasl::ScramSha256 { account, password })
        }
        _ => {
            let sentence = "`mechanism` is \"plain\", \"scram-sha-256\" or \"external\"";
            faults.at(&mechanism.span, sentence);
            None
        }
    }
}

fn external(table: &Table, context: &Context, faults: &mut Faults) -> Option<Sasl> {
    required(table, &["cert_file", "key_file"], faults);
    let cert_file = certificates(table, "cert_file", context, faults);
    let key_file = read_file(table, "key_file", faults, |name| context.files.private_key(name));
    Some(Sasl::External { cert_file: cert_file?, key_file: key_file? })
}

fn password_login(
    table: &Table,
    mechanism: &str,
    context: &Context,
    faults: &mut Faults,
) -> Option<(Account, Secret)> {
    required(table, &["account", "password_file"], faults);
    without(table, &["cert_file", "key_file"], mechanism, faults);
    let account = read(table.text("account"), words::account, faults);
    let password = secret(table, "password_file", context, faults);
    Some((account?, password?))
}

pub(super) fn required(table: &Table, keys: &[&str], faults: &mut Faults) {
    for key in keys.iter().filter(|key| !table.has(key)) {
        table.missing(key, faults);
    }
}

fn without(table: &Table, keys: &[&str], mechanism: &str, faults: &mut Faults) {
    for key in keys.iter().filter(|key| table.has(key)) {
        faults.at(&table.span(key), format!("\"{mechanism}\" has no use for `{key}`; remove it"));
    }
}
