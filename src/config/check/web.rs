//! Checks `[web]` and `[web.oidc]`: the pages, and the service that members log in by.

use crate::config::Oidc;
use crate::config::Web;
use crate::config::check::Context;
use crate::config::check::network::secret;
use crate::config::check::read;
use crate::config::check::shown_name;
use crate::config::fault::Faults;
use crate::config::fault::printable;
use crate::config::raw::Table;
use crate::config::words;
use crate::domain::login::oidc::{Claim, is_safe};
use crate::domain::text::Text;

/// The longest name that a service gives its clients, in bytes.
const MOST_CLIENT_ID: usize = 200;

/// `[web]`.
pub fn web(table: &Table, context: &Context, faults: &mut Faults) -> Option<Web> {
    let listen = match table.text("listen") {
        Some(given) => words::listen(given.value)
            .map_err(|sentence| faults.at(&given.span, format!("`listen`: {sentence}")))
            .ok(),
        None if table.has("listen") => None,
        None => Some(std::net::SocketAddr::from(([127, 0, 0, 1], 8080))),
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
    let oidc = table.one("oidc", faults).map(|table| oidc(&table, context, faults));
    let oidc = oidc.map_or(Some(None), |oidc| oidc.map(Some));
    let (listen, url) = (listen?, url?);
    let web = Web { listen, url, oidc: oidc? };
    if web.oidc.is_some() && !web.is_secure() {
        let sentence = "`[web.oidc]` needs pages by https: nobody can log in over plain HTTP";
        faults.at(&table.span("url"), sentence);
    }
    Some(web)
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
