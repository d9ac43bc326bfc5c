//! OpenID Connect (authorization code flow with PKCE), the pure part: where a browser is sent, what
//! the login service's answers must hold, and whom they name.
//!
//! The ID token's signature is not checked: it comes straight from the issuer over TLS, which OpenID
//! Connect Core §3.1.3.7 (6) takes in its place. Its claims are checked all the same. Nothing here
//! asks anybody.

use crate::domain::text::clean;
use crate::domain::time::{MINUTE, Moment, SECOND};
use base64::Engine;
use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD};
use ring::digest;
use serde::Deserialize;

/// The longest answer of a login service that is read, in bytes.
pub const MOST_ANSWER_BYTES: u64 = 256 * 1024;
/// The longest code or state that is taken from a browser, in bytes.
pub const MOST_CODE_BYTES: usize = 4_096;
/// The longest address of the service that is gone to, in bytes.
const MOST_URL_BYTES: usize = 2_000;
/// The longest name of a person that is looked for, in bytes.
const MOST_NAME_BYTES: usize = 254;
/// How far the service's clock may be from ours, in microseconds.
const SKEW: i64 = 2 * MINUTE;
/// How much of what a service or a browser says goes into our log, in characters.
const MOST_SHOWN_CHARS: usize = 100;

/// Which claim of the service names the member.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Claim {
    /// `preferred_username` is the account.
    #[default]
    PreferredUsername,
    /// `nickname` is the account, as the Fedora and CentOS account systems have it.
    Nickname,
    /// `sub` is the account.
    Subject,
    /// `email` is one of the member's addresses; it counts only where the service has verified it.
    Email,
}

impl Claim {
    /// All of them.
    pub const ALL: [Claim; 4] =
        [Claim::PreferredUsername, Claim::Nickname, Claim::Subject, Claim::Email];

    /// As the service and the configuration write it.
    pub fn as_str(self) -> &'static str {
        match self {
            Claim::PreferredUsername => "preferred_username",
            Claim::Nickname => "nickname",
            Claim::Subject => "sub",
            Claim::Email => "email",
        }
    }

    /// What is asked of the service (OpenID Connect Core §5.4).
    pub fn scope(self) -> &'static str {
        match self {
            Claim::PreferredUsername | Claim::Nickname => "openid profile",
            Claim::Subject => "openid",
            Claim::Email => "openid email",
        }
    }
}

/// Why somebody is not let in. The words are for our log; the browser is told less.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// It is no JSON, or lacks something.
    #[error("the login service's {0} cannot be read")]
    Unreadable(&'static str),
    /// It is another service than the one of the configuration.
    #[error("the {0} is of another issuer: {1:?}")]
    Issuer(&'static str, String),
    /// An address of the service that no secret may be sent to.
    #[error("the login service's {0} is no https address: {1:?}")]
    Address(&'static str, String),
    /// The ID token is for somebody else, of another time or for another login.
    #[error("the ID token's {0} is wrong")]
    Token(&'static str),
    /// What was said of the person is of another person.
    #[error("the user information is of somebody else than the ID token")]
    Subject,
    /// The service does not say who it is.
    #[error("the user information has no {0}")]
    Nobody(&'static str),
    /// The address is not known to be theirs.
    #[error("the e-mail address is not verified by the login service")]
    Unverified,
    /// The service says no.
    #[error("the login service answers: {0}")]
    Refused(String),
}

/// What we are to the service.
#[derive(Clone, Copy, Debug)]
pub struct Client<'a> {
    /// The address of the service, as the configuration has it.
    pub issuer: &'a str,
    /// What it calls us.
    pub id: &'a str,
    /// What we prove it by, where there is something.
    pub secret: Option<&'a str>,
    /// Where browsers come back to, always the same.
    pub redirect: &'a str,
}

/// What a service says of itself (OpenID Connect Discovery §3).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Provider {
    /// Where browsers are sent.
    pub authorization: String,
    /// Where codes are given in.
    pub token: String,
    /// Where one asks who it is.
    pub userinfo: String,
    /// Whether the client proves itself in the body instead of a header.
    pub in_body: bool,
    /// Whether it names itself when a browser comes back (RFC 9207).
    pub names_itself: bool,
}

#[derive(Deserialize)]
struct Document {
    issuer: String,
    authorization_endpoint: String,
    token_endpoint: String,
    userinfo_endpoint: String,
    #[serde(default)]
    token_endpoint_auth_methods_supported: Option<Vec<String>>,
    #[serde(default)]
    authorization_response_iss_parameter_supported: bool,
}

/// Where a service says what it is.
pub fn discovery_url(issuer: &str) -> String {
    format!("{}/.well-known/openid-configuration", issuer.trim_end_matches('/'))
}

/// Reads what a service says of itself.
pub fn discovered(json: &[u8], issuer: &str) -> Result<Provider, Fault> {
    let fault = |_| Fault::Unreadable("description");
    let document: Document = serde_json::from_slice(json).map_err(fault)?;
    // Discovery §4.3: exactly the same, or it is another service's.
    if document.issuer.trim_end_matches('/') != issuer.trim_end_matches('/') {
        return Err(Fault::Issuer("description", shown(&document.issuer)));
    }
    let address = |what, url: String| match is_safe(&url) {
        true => Ok(url),
        false => Err(Fault::Address(what, shown(&url))),
    };
    // Discovery §3: where nothing is said, it is the header.
    let methods = document.token_endpoint_auth_methods_supported;
    let has = |methods: &Vec<String>, word: &str| methods.iter().any(|method| method == word);
    let in_body = methods.is_some_and(|methods| {
        !has(&methods, "client_secret_basic") && has(&methods, "client_secret_post")
    });
    Ok(Provider {
        authorization: address("authorization_endpoint", document.authorization_endpoint)?,
        token: address("token_endpoint", document.token_endpoint)?,
        userinfo: address("userinfo_endpoint", document.userinfo_endpoint)?,
        in_body,
        names_itself: document.authorization_response_iss_parameter_supported,
    })
}

/// Whether secrets may be sent to an address: by https, or by http to this machine.
pub fn is_safe(url: &str) -> bool {
    let is_plain = url.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\');
    if !is_plain || url.len() > MOST_URL_BYTES || url.contains(['#', '"', '<', '>']) {
        return false;
    }
    let Some((scheme, rest)) = url.split_once("://") else { return false };
    let place = rest.split(['/', '?']).next().unwrap_or_default();
    let host = match place.strip_prefix('[') {
        Some(literal) => literal.split(']').next().unwrap_or_default(),
        None => place.split(':').next().unwrap_or_default(),
    };
    let is_here = ["localhost", "127.0.0.1", "::1"].contains(&host);
    let is_secure = scheme == "https" || (scheme == "http" && is_here);
    is_secure && !host.is_empty() && !place.contains('@')
}

/// What a browser is sent away with.
#[derive(Clone, Copy, Debug)]
pub struct Going<'a> {
    /// What it comes back with.
    pub state: &'a str,
    /// What the ID token must hold.
    pub nonce: &'a str,
    /// What the code must be given in with (RFC 7636).
    pub verifier: &'a str,
    /// What we want to know.
    pub claim: Claim,
}

/// Where a browser is sent to log in.
pub fn address(provider: &Provider, client: &Client<'_>, going: &Going<'_>) -> String {
    let hash = digest::digest(&digest::SHA256, going.verifier.as_bytes());
    let challenge = BASE64_URL_SAFE_NO_PAD.encode(hash.as_ref());
    let query = form(&[
        ("response_type", "code"),
        ("client_id", client.id),
        ("redirect_uri", client.redirect),
        ("scope", going.claim.scope()),
        ("state", going.state),
        ("nonce", going.nonce),
        ("code_challenge", &challenge),
        ("code_challenge_method", "S256"),
    ]);
    let mark = if provider.authorization.contains('?') { '&' } else { '?' };
    format!("{}{mark}{query}", provider.authorization)
}

/// The code with which a browser came back: `issuer` and `error` are what stands beside it.
pub fn code<'a>(
    provider: &Provider,
    client: &Client<'_>,
    (code, issuer, error): (Option<&'a str>, Option<&str>, Option<&str>),
) -> Result<&'a str, Fault> {
    // RFC 9207 §2.4: a browser that another service has sent here is not believed.
    match issuer {
        Some(named) if named != client.issuer => {
            return Err(Fault::Issuer("answer", shown(named)));
        }
        None if provider.names_itself => return Err(Fault::Unreadable("name in its answer")),
        _ => {}
    }
    if let Some(error) = error {
        return Err(Fault::Refused(shown(error)));
    }
    let good = |code: &&str| !code.is_empty() && code.len() <= MOST_CODE_BYTES;
    code.filter(good).ok_or(Fault::Unreadable("code"))
}

/// How a code is given in: the header `Authorization`, where there is one, and the form.
pub fn exchange(
    provider: &Provider,
    client: &Client<'_>,
    code: &str,
    verifier: &str,
) -> (Option<String>, String) {
    let mut fields = vec![
        ("grant_type", "authorization_code"),
        ("code", code),
        ("redirect_uri", client.redirect),
        ("code_verifier", verifier),
    ];
    match client.secret {
        Some(secret) if !provider.in_body => {
            // RFC 6749 §2.3.1: both are encoded as in a form first.
            let pair = format!("{}:{}", encoded(client.id), encoded(secret));
            (Some(format!("Basic {}", BASE64_STANDARD.encode(pair))), form(&fields))
        }
        secret => {
            fields.push(("client_id", client.id));
            fields.extend(secret.map(|secret| ("client_secret", secret)));
            (None, form(&fields))
        }
    }
}

/// What a code is good for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Granted {
    /// With it one asks who it is.
    pub access_token: String,
    /// Whom the ID token is about.
    pub subject: String,
}

#[derive(Deserialize)]
struct Tokens {
    access_token: String,
    id_token: String,
    token_type: String,
}

#[derive(Deserialize)]
struct IdToken {
    iss: String,
    sub: String,
    aud: Audience,
    exp: serde_json::Number,
    #[serde(default)]
    azp: Option<String>,
    #[serde(default)]
    nonce: Option<String>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Audience {
    One(String),
    Many(Vec<String>),
}

/// Reads what a code was exchanged for, and checks the ID token (OpenID Connect Core §3.1.3.7).
pub fn granted(
    json: &[u8],
    client: &Client<'_>,
    nonce: &str,
    now: Moment,
) -> Result<Granted, Fault> {
    let unreadable = || Fault::Unreadable("tokens");
    let tokens: Tokens = serde_json::from_slice(json).map_err(|_| unreadable())?;
    let is_header = |c: u8| c.is_ascii_graphic();
    if !tokens.token_type.eq_ignore_ascii_case("bearer")
        || tokens.access_token.is_empty()
        || !tokens.access_token.bytes().all(is_header)
    {
        return Err(unreadable());
    }
    let mut parts = tokens.id_token.split('.');
    let (Some(_), Some(payload), Some(_), None) =
        (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return Err(Fault::Unreadable("ID token"));
    };
    let payload = BASE64_URL_SAFE_NO_PAD.decode(payload.trim_end_matches('='));
    let payload = payload.map_err(|_| Fault::Unreadable("ID token"))?;
    let token: IdToken =
        serde_json::from_slice(&payload).map_err(|_| Fault::Unreadable("ID token"))?;
    if token.iss != client.issuer {
        return Err(Fault::Issuer("ID token", shown(&token.iss)));
    }
    let (is_ours, is_many) = match &token.aud {
        Audience::One(one) => (one == client.id, false),
        Audience::Many(all) => (all.iter().any(|one| one == client.id), all.len() > 1),
    };
    if !is_ours || (is_many && token.azp.as_deref() != Some(client.id)) {
        return Err(Fault::Token("audience"));
    }
    let until = token.exp.as_f64().unwrap_or_default() * SECOND as f64;
    if Moment::from_micros(until as i64).plus(SKEW) <= now {
        return Err(Fault::Token("time"));
    }
    if token.nonce.as_deref() != Some(nonce) {
        return Err(Fault::Token("nonce"));
    }
    Ok(Granted { access_token: tokens.access_token, subject: token.sub })
}

#[derive(Deserialize)]
struct Person {
    sub: String,
    #[serde(default)]
    preferred_username: Option<String>,
    #[serde(default)]
    nickname: Option<String>,
    #[serde(default)]
    email: Option<String>,
    #[serde(default)]
    email_verified: Option<serde_json::Value>,
}

/// Whom the user information names, as the roster may know them.
pub fn named(json: &[u8], subject: &str, claim: Claim) -> Result<String, Fault> {
    let person: Person =
        serde_json::from_slice(json).map_err(|_| Fault::Unreadable("user information"))?;
    // Core §5.3.2: else somebody could be given another's information.
    if person.sub != subject {
        return Err(Fault::Subject);
    }
    let is_verified = match &person.email_verified {
        Some(serde_json::Value::Bool(is)) => *is,
        // Some services write it as text.
        Some(serde_json::Value::String(word)) => word == "true",
        _ => false,
    };
    let name = match claim {
        Claim::PreferredUsername => person.preferred_username,
        Claim::Nickname => person.nickname,
        Claim::Subject => Some(person.sub),
        Claim::Email if person.email.is_some() && !is_verified => return Err(Fault::Unverified),
        Claim::Email => person.email,
    };
    let good = |name: &String| !name.trim().is_empty() && name.len() <= MOST_NAME_BYTES;
    name.filter(good).ok_or(Fault::Nobody(claim.as_str()))
}

/// The error of a token endpoint (RFC 6749 §5.2), where its answer is one.
pub fn refused(json: &[u8]) -> Fault {
    #[derive(Deserialize)]
    struct Refusal {
        error: String,
    }
    match serde_json::from_slice::<Refusal>(json) {
        Ok(refusal) => Fault::Refused(shown(&refusal.error)),
        Err(_) => Fault::Unreadable("answer"),
    }
}

/// So much of a stranger's words as may go into a log.
fn shown(words: &str) -> String {
    clean(words).chars().take(MOST_SHOWN_CHARS).collect()
}

/// `application/x-www-form-urlencoded`
fn form(fields: &[(&str, &str)]) -> String {
    let field = |(name, value): &(&str, &str)| format!("{name}={}", encoded(value));
    fields.iter().map(field).collect::<Vec<_>>().join("&")
}

/// RFC 3986 §2.3: all but the unreserved ones, which is right in a query and in a form.
pub fn encoded(value: &str) -> String {
    let mut out = String::with_capacity(value.len());
    for byte in value.bytes() {
        match byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            true => out.push(char::from(byte)),
            false => out.push_str(&format!("%{byte:02X}")),
        }
    }
    out
}

#[cfg(test)]
mod tests;
