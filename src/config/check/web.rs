//! Checks `[web]` and `[web.oidc]`: the pages, and the service that members log in by.

use crate::config::check::network::secret;
use crate::config::check::{Context, read, shown_name};
use crate::config::fault::{Faults, printable};
use crate::config::raw::Table;
use crate::config::{Oidc, Redirect, Web, words};
use crate::domain::login::oidc::{Claim, is_safe};
use crate::domain::text::Text;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

/// The most old addresses that lead somewhere.
const MOST_REDIRECTS: usize = 1_000;
/// The most proxies.
const MOST_PROXIES: usize = 64;
/// The longest path, in bytes.
const MOST_PATH: usize = 500;
/// The longest name that a service gives its clients, in bytes.
const MOST_CLIENT_ID: usize = 200;

/// `[web]`.
pub fn web(table: &Table, context: &Context, faults: &mut Faults) -> Option<Web> {
    let listen = match listen(table, "listen", faults) {
        None if !table.has("listen") => Some(SocketAddr::from(([127, 0, 0, 1], 8080))),
        given => given,
    };
    let url = match table.text("url") {
        Some(given) => words::page_url(given.value)
            .map_err(|sentence| faults.at(&given.span, format!("`url`: {sentence}")))
            .ok(),
        None if table.has("url") => None,
        None => listen.map(|listen| {
            if !listen.ip().is_loopback() {
                table.missing("url", faults);
            }
            format!("http://{listen}")
        }),
    };
    let webchat = table.text("webchat").and_then(|given| {
        let wrong = |sentence| faults.at(&given.span, format!("`webchat`: {sentence}"));
        words::link(given.value).map_err(wrong).ok()
    });
    let proxies = proxies(table, faults);
    let operators = self::listen(table, "operators", faults);
    let redirects = redirects(table, faults);
    let oidc = table.one("oidc", faults).map(|table| oidc(&table, context, faults));
    let oidc = oidc.map_or(Some(None), |oidc| oidc.map(Some));
    let (listen, url) = (listen?, url?);
    let web = Web { listen, url, webchat, proxies, operators, redirects, oidc: oidc? };
    if web.oidc.is_some() && !web.is_secure() {
        let sentence = "`[web.oidc]` needs pages by https: nobody can log in over plain HTTP";
        faults.at(&table.span("url"), sentence);
    }
    Some(web)
}

fn listen(table: &Table, key: &str, faults: &mut Faults) -> Option<SocketAddr> {
    let given = table.text(key)?;
    words::listen(given.value)
        .map_err(|sentence| faults.at(&given.span, format!("`{key}`: {sentence}")))
        .ok()
}

fn proxies(table: &Table, faults: &mut Faults) -> Vec<IpAddr> {
    let Some(all) = table.texts("proxies") else {
        return vec![Ipv4Addr::LOCALHOST.into(), Ipv6Addr::LOCALHOST.into()];
    };
    if all.len() > MOST_PROXIES {
        faults
            .at(&table.span("proxies"), format!("`proxies` has at most {MOST_PROXIES} addresses"));
    }
    let read = |given: &crate::config::raw::Given<&str>| {
        let address = given.value.parse::<IpAddr>().map(|address| address.to_canonical());
        address.map_err(|_| format!("`proxies`: \"{}\" is no IP address", printable(given.value)))
    };
    let mut proxies = Vec::new();
    for given in all.iter().take(MOST_PROXIES) {
        match read(given) {
            Ok(address) => proxies.push(address),
            Err(sentence) => faults.at(&given.span, sentence),
        }
    }
    proxies
}

fn redirects(table: &Table, faults: &mut Faults) -> Vec<Redirect> {
    let all = table.many("redirect", faults);
    if all.len() > MOST_REDIRECTS {
        let sentence = format!("there are at most {MOST_REDIRECTS} `[[web.redirect]]`");
        faults.at(&table.span("redirect"), sentence);
    }
    let mut redirects = Vec::new();
    for table in all.iter().take(MOST_REDIRECTS) {
        let from = table.text("from").and_then(|given| {
            let is_good = is_path(given.value) && !given.value.trim_end_matches('*').contains('*');
            let sentence = "`from` is a path that begins with /; only its last letter may be *";
            is_good.then(|| given.value.to_string()).or_else(|| {
                faults.at(&given.span, sentence);
                None
            })
        });
        let to = table.text("to").and_then(|given| match is_path(given.value) {
            // A path that begins with two slashes is a host to browsers.
            true if !given.value.starts_with("//") => Some(given.value.to_string()),
            _ => words::link(given.value)
                .map_err(|_| {
                    let sentence = "`to` is a path that begins with one /, or an address with http:// or https://";
                    faults.at(&given.span, sentence);
                })
                .ok(),
        });
        redirects.extend(from.zip(to).map(|(from, to)| Redirect { from, to }));
    }
    redirects
}

fn is_path(given: &str) -> bool {
    given.starts_with('/')
        && given.len() <= MOST_PATH
        && given.chars().all(|c| c.is_ascii_graphic() && !"<>\"\\".contains(c))
}

fn oidc(table: &Table, context: &Context, faults: &mut Faults) -> Option<Oidc> {
    let issuer = read(table.text("issuer"), issuer, faults);
    let client_id = read(table.text("client_id"), client_id, faults);
    let secret = secret(table, "secret_file", context, faults);
    let claim = read(table.text("claim"), claim, faults);
    let name = table.text("name").and_then(|given| shown_name(&given, "name", faults));
    let issuer = issuer?;
    let host = issuer.split_once("://").and_then(|(_, rest)| rest.split('/').next());
    Some(Oidc {
        name: name.unwrap_or_else(|| Text::new(host.unwrap_or(&issuer))),
        client_id: client_id?,
        secret,
        claim: claim.unwrap_or_default(),
        issuer,
    })
}

fn issuer(given: &str) -> Result<String, String> {
    // OpenID Connect Discovery §3: it has no query and no fragment.
    if !is_safe(given) || given.contains('?') || words::page_url(given).is_err() {
        return Err(format!(
            "\"{}\" is not the https address of a login service, for example \"https://id.example.org\"",
            printable(given)
        ));
    }
    Ok(given.to_string())
}

fn client_id(given: &str) -> Result<String, String> {
    // RFC 6749 appendix A.1.
    let is_good = given.bytes().all(|byte| (0x20..0x7f).contains(&byte));
    match is_good && !given.is_empty() && given.len() <= MOST_CLIENT_ID {
        true => Ok(given.to_string()),
        false => Err(format!("`client_id` has 1 to {MOST_CLIENT_ID} letters of ASCII")),
    }
}

fn claim(given: &str) -> Result<Claim, String> {
    let known = Claim::ALL.into_iter().find(|claim| claim.as_str() == given);
    known.ok_or_else(|| {
        let all: Vec<String> =
            Claim::ALL.iter().map(|claim| format!("\"{}\"", claim.as_str())).collect();
        format!("`claim` is one of {}", all.join(", "))
    })
}
