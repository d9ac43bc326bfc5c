//! Who is at the desk, and whether an act is theirs: the cookie, where a form came from, and what
//! it carries.
//!
//! What somebody may do is not decided here.

use crate::clock;
use crate::domain::escape;
use crate::domain::group::Group;
use crate::domain::login::{Token, same};
use crate::domain::text::clean;
use crate::flow::login::{self, Visitor};
use crate::web::Pages;
use crate::web::admin::page::with;
use crate::web::answer::{self, Refusal, Shown};
use crate::web::client::{Budget, Client};
use crate::web::words;
use axum::body::Body;
use axum::extract::{Form, FromRequest, FromRequestParts, Request};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, Method, Response, StatusCode, header};
use axum::response::IntoResponse;
use std::collections::BTreeMap;
use std::sync::Arc;

/// How many acts are taken in a minute, of one reader and of all.
static ACTS: Budget = Budget::new(120, 1_000);
/// The most fields of a form that are read.
const MOST_FIELDS: usize = 50;
/// How many seconds a browser keeps the cookie of a session; it ends here long before, or then.
const KEPT_SECONDS: i64 = crate::domain::login::SESSION / crate::domain::time::SECOND;

/// The cookies of these pages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cookie {
    /// Of a session.
    Session,
    /// Of a browser that was sent to the login service.
    Attempt,
}

impl Cookie {
    /// What it is called. With `__Host-` no other host, also none beside ours, can set it
    /// (RFC 6265bis §4.1.3.2); browsers take such a name by https only.
    fn name(self, pages: &Pages) -> &'static str {
        let is_https = pages.config.web.as_ref().is_some_and(|web| web.is_https());
        match (self, is_https) {
            (Cookie::Session, true) => "__Host-beadle",
            (Cookie::Session, false) => "beadle",
            (Cookie::Attempt, true) => "__Host-beadle-login",
            (Cookie::Attempt, false) => "beadle-login",
        }
    }

    /// The token that a browser shows.
    pub fn of(self, pages: &Pages, headers: &HeaderMap) -> Option<Token> {
        let name = self.name(pages);
        let values = headers.get_all(header::COOKIE).into_iter();
        let values = values.filter_map(|value| value.to_str().ok());
        let mut pairs = values.flat_map(|value| value.split(';')).filter_map(|pair| {
            let (known, value) = pair.trim().split_once('=')?;
            (known == name).then_some(value)
        });
        Token::parse(pairs.next()?)
    }

    /// Gives a browser a token to keep, or takes it away.
    pub fn set(self, pages: &Pages, answer: &mut Response<Body>, token: Option<&Token>) {
        let name = self.name(pages);
        let secure = if name.starts_with("__Host-") { "; Secure" } else { "" };
        let age = if token.is_some() { KEPT_SECONDS } else { 0 };
        let token = token.map_or(String::new(), Token::to_string);
        let value =
            format!("{name}={token}; Path=/; Max-Age={age}; HttpOnly; SameSite=Lax{secure}");
        if let Ok(value) = HeaderValue::from_str(&value) {
            answer.headers_mut().append(header::SET_COOKIE, value);
        }
    }
}

/// Who is logged in, where anybody is.
pub async fn who(pages: &Pages, headers: &HeaderMap) -> Result<Option<Member>, Refusal> {
    let Some(token) = Cookie::Session.of(pages, headers) else { return Ok(None) };
    let stamp = pages.stamp().await?;
    let group = pages.group(&stamp).await?;
    let visitor = login::visitor(&pages.db, &group, &token).await?;
    Ok(visitor.map(|visitor| Member { visitor, group }))
}

/// A member who is logged in; who is not is led to the login, and from there back.
#[derive(Clone, Debug)]
pub struct Member {
    /// Who.
    pub visitor: Visitor,
    /// The group as it is now.
    pub group: Arc<Group>,
}

impl Member {
    /// Refuses who is no lead, with who is one.
    ///
    /// # Errors
    ///
    /// The sentence.
    pub fn lead(&self) -> Result<(), Refusal> {
        match self.visitor.is_lead {
            true => Ok(()),
            false => Err(Refusal::told(StatusCode::FORBIDDEN, self.only_leads())),
        }
    }

    /// Who may do what a lead may.
    pub fn only_leads(&self) -> String {
        let leads = self.group.leads(clock::now().date());
        format!("Only the lead may do that: {}.", escape::line(&leads))
    }
}

/// Why there is no page for somebody at the desk.
pub enum Outside {
    /// They have to log in first; the path that they wanted.
    Login(String),
    /// Another reason.
    Refused(Refusal),
}

impl From<Refusal> for Outside {
    fn from(refusal: Refusal) -> Outside {
        Outside::Refused(refusal)
    }
}

impl IntoResponse for Outside {
    fn into_response(self) -> Response<Body> {
        match self {
            Outside::Login(next) => answer::done(&with("/admin/login", "next", &next)),
            Outside::Refused(refusal) => refusal.into_response(),
        }
    }
}

impl FromRequestParts<Pages> for Member {
    type Rejection = Outside;

    async fn from_request_parts(parts: &mut Parts, pages: &Pages) -> Result<Member, Outside> {
        let is_read = parts.method == Method::GET || parts.method == Method::HEAD;
        let next = parts.uri.path_and_query().filter(|_| is_read).map(|path| path.as_str());
        let next = next.unwrap_or(crate::domain::login::HOME).to_string();
        who(pages, &parts.headers).await?.ok_or(Outside::Login(next))
    }
}

/// What stands in a form.
#[derive(Clone, Debug, Default)]
pub struct Fields(BTreeMap<String, String>);

impl Fields {
    /// A line, clean; empty where there is none.
    pub fn line(&self, name: &str) -> String {
        clean(self.0.get(name).map_or("", String::as_str))
    }

    /// Several lines, each clean.
    pub fn text(&self, name: &str) -> String {
        let given = self.0.get(name).map_or("", String::as_str);
        let lines = given.lines().map(|line| {
            let indent = line.len() - line.trim_start_matches(' ').len();
            " ".repeat(indent) + &clean(line)
        });
        lines.collect::<Vec<_>>().join("\n").trim().to_string()
    }

    /// Several lines as one.
    pub fn sentence(&self, name: &str) -> String {
        let text = self.text(name);
        let words = text.lines().map(str::trim).filter(|line| !line.is_empty());
        words.collect::<Vec<_>>().join(" ")
    }

    /// A number.
    pub fn number<N: std::str::FromStr>(&self, name: &str) -> Option<N> {
        self.line(name).parse().ok()
    }

    /// A day.
    pub fn day(&self, name: &str) -> Result<chrono::NaiveDate, String> {
        let read = crate::domain::schedule::read::date(&self.line(name));
        read.map_err(|unreadable| unreadable.to_string())
    }

    /// Words between commas or spaces.
    pub fn words(&self, name: &str, between: &[char]) -> Vec<String> {
        let line = self.line(name);
        let words = line.split(between).map(str::trim).filter(|word| !word.is_empty());
        words.map(str::to_string).collect()
    }
}

/// Refuses a form that did not come from a page of ours. A browser says so in `Sec-Fetch-Site`, an
/// older one in `Origin`; what says neither is no browser in which somebody is logged in.
///
/// # Errors
///
/// The form came from elsewhere, or nobody knows from where.
pub fn own_form(pages: &Pages, headers: &HeaderMap) -> Result<(), Refusal> {
    let of = |name: &str| headers.get(name).map(|value| value.to_str().unwrap_or("?"));
    let own = pages.config.web.as_ref().map(|web| web.origin());
    let (site, origin) = (of("sec-fetch-site"), of("origin"));
    let is_ours = match (site, origin) {
        (Some(site), None | Some("null")) => site == "same-origin",
        (Some(site), Some(origin)) => site == "same-origin" && Some(origin) == own,
        (None, Some(origin)) => Some(origin) == own,
        (None, None) => false,
    };
    match is_ours {
        true => Ok(()),
        false => {
            let sentence =
                "This form was not sent from a page of ours. Open the page here and send it again.";
            Err(Refusal::told(StatusCode::FORBIDDEN, sentence))
        }
    }
}

/// A form that was sent from our own page.
pub struct Sent {
    /// What stands in it.
    pub fields: Fields,
    /// The headers beside it.
    pub headers: HeaderMap,
    /// Whom it came from.
    pub client: Client,
}

impl FromRequest<Pages> for Sent {
    type Rejection = Refusal;

    async fn from_request(request: Request, pages: &Pages) -> Result<Sent, Refusal> {
        let (mut parts, body) = request.into_parts();
        own_form(pages, &parts.headers)?;
        let Ok(client) = Client::from_request_parts(&mut parts, pages).await;
        let headers = parts.headers.clone();
        let form =
            Form::<Vec<(String, String)>>::from_request(Request::from_parts(parts, body), pages);
        let Ok(Form(pairs)) = form.await else {
            let sentence = "The form could not be read; go back and send it again.";
            return Err(Refusal::told(StatusCode::BAD_REQUEST, sentence));
        };
        let mut fields = BTreeMap::new();
        for (name, value) in pairs.into_iter().take(MOST_FIELDS) {
            fields.entry(name).or_insert(value);
        }
        Ok(Sent { fields: Fields(fields), headers, client })
    }
}

/// An act of a member: a form of their own session.
pub struct Act {
    /// Who.
    pub member: Member,
    /// What stands in it.
    pub fields: Fields,
}

impl FromRequest<Pages> for Act {
    type Rejection = Outside;

    async fn from_request(request: Request, pages: &Pages) -> Result<Act, Outside> {
        let sent = Sent::from_request(request, pages).await?;
        ACTS.spend(sent.client, words::minute(clock::now()))?;
        let member = who(pages, &sent.headers).await?;
        let member = member.ok_or(Outside::Login(crate::domain::login::HOME.to_string()))?;
        let given = sent.fields.0.get("form").map_or("", String::as_str);
        if !same(given, &member.visitor.session.form) {
            let sentence =
                "This form is not of your present login. Open the page again and send it anew.";
            return Err(Refusal::told(StatusCode::FORBIDDEN, sentence).into());
        }
        Ok(Act { member, fields: sent.fields })
    }
}

impl Act {
    /// Who asks, and what the journal says of them.
    pub fn who(&self) -> (crate::domain::roster::Asker, crate::domain::group::By) {
        (self.member.visitor.asker(), self.member.visitor.by())
    }

    /// Tells what came of it on the page it leads to.
    pub async fn done(self, pages: &Pages, came: Result<String, String>, to: &str) -> Shown {
        let told = match came {
            Ok(holds) => holds,
            Err(refusal) => format!("Not done: {refusal}"),
        };
        login::tell(&pages.db, &self.member.visitor, &told).await?;
        Ok(answer::done(to))
    }
}
