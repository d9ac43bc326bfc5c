//! Logging in and out: by a link that is mailed, or by the group's login service.
//!
//! Who asks for a link is told the same, after the same time, whoever they name. To open a link
//! changes nothing: programs that look into mails do so; its button logs in.

use crate::clock;
use crate::domain::login::{MOST_WORD_BYTES, Token, next, oidc as wire};
use crate::domain::text::clean;
use crate::flow::login::{self, Begun, Browser};
use crate::web::Pages;
use crate::web::admin::guard::{Act, Cookie, Sent, own_form};
use crate::web::admin::oidc;
use crate::web::answer::{self, Refusal, Shown};
use crate::web::ask::{Asked, Word};
use crate::web::client::{Budget, Client};
use crate::web::layout::{Frame, Here, print};
use crate::web::words;
use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::routing::{get, post};
use std::time::Duration;

/// How many links may be asked for in a minute, by one reader and by all. How many are mailed is
/// the flow's business.
static LINKS: Budget = Budget::new(3, 60);
/// How many links may be tried in a minute.
static TRIES: Budget = Budget::new(10, 200);
/// How many browsers may set out for the login service in a minute.
static DEPARTURES: Budget = Budget::new(10, 200);
/// Who asks for a link is answered after this time, so that it does not tell whether one is mailed.
const ANSWERED_AFTER: Duration = Duration::from_millis(400);

/// `/admin/login` and what is below it, `/admin/logout`.
pub fn routes() -> Router<Pages> {
    Router::new()
        .route("/admin/login", get(form).post(ask))
        .route("/admin/login/enter", get(async || answer::done("/admin/login")).post(enter))
        .route("/admin/login/oidc", get(leave))
        .route("/admin/login/oidc/back", get(back))
        .route("/admin/login/{token}", get(link))
        .route("/admin/logout", post(logout))
}

#[derive(Template)]
#[template(path = "admin/login.html")]
struct LoginPage<'a> {
    frame: Frame<'a>,
    told: Option<String>,
    closed: Option<&'static str>,
    service: Option<String>,
    next_in_query: String,
    by_mail: bool,
}

/// Why nobody can log in, where that is so.
fn closed(pages: &Pages) -> Option<&'static str> {
    let web = pages.config.web.as_ref()?;
    if !web.is_secure() {
        return Some(
            "Nobody can log in over plain HTTP. The administrator makes the pages reachable by https and sets url in [web].",
        );
    }
    (web.oidc.is_none() && !login::mails_links(&pages.config)).then_some(
        "Nobody can log in here yet. The administrator sets [mail], so that links can be mailed, or [web.oidc].",
    )
}

fn page(pages: &Pages, next: &str, told: Option<String>) -> Result<String, Refusal> {
    let service = pages.config.web.as_ref().and_then(|web| web.oidc.as_ref());
    print(&LoginPage {
        frame: Frame::new(&pages.site, Here::Elsewhere, "Log in"),
        told,
        closed: closed(pages),
        service: service.map(|service| clean(service.name.as_untrusted())),
        next_in_query: wire::encoded(next),
        by_mail: login::mails_links(&pages.config),
    })
}

async fn form(State(pages): State<Pages>, asked: Asked) -> Shown {
    Ok(answer::private(page(&pages, next(asked.of("next").unwrap_or("")), None)?))
}

/// Refuses who cannot log in here at all.
fn open(pages: &Pages) -> Result<(), Refusal> {
    match closed(pages) {
        Some(why) => Err(Refusal::told(StatusCode::FORBIDDEN, why)),
        None => Ok(()),
    }
}

async fn ask(State(pages): State<Pages>, sent: Sent) -> Shown {
    open(&pages)?;
    LINKS.spend(sent.client, words::minute(clock::now()))?;
    let answered = tokio::time::sleep(ANSWERED_AFTER);
    let who = sent.fields.line("who");
    if who.len() <= MOST_WORD_BYTES {
        login::ask(&pages.db, &pages.config, &who).await?;
    }
    answered.await;
    let told = "If that is somebody of the roster with an address, a link is on its way there. It \
                comes once in five minutes at most.";
    Ok(answer::private(page(&pages, "", Some(told.to_string()))?))
}

#[derive(Template)]
#[template(path = "admin/link.html")]
struct LinkPage<'a> {
    frame: Frame<'a>,
    member: Option<String>,
    token: String,
}

/// The page of a link: a button.
async fn link(State(pages): State<Pages>, Word(token): Word, client: Client) -> Shown {
    open(&pages)?;
    TRIES.spend(client, words::minute(clock::now()))?;
    let token = Token::parse(&token);
    let member = match &token {
        Some(token) => login::link(&pages.db, &pages.config, token).await?,
        None => None,
    };
    let page = LinkPage {
        frame: Frame::new(&pages.site, Here::Elsewhere, "Log in"),
        token: token.filter(|_| member.is_some()).map_or(String::new(), |token| token.to_string()),
        member: member.map(|member| clean(&member)),
    };
    Ok(answer::private(print(&page)?))
}

/// The button of a link: it logs in, once.
async fn enter(State(pages): State<Pages>, sent: Sent) -> Shown {
    open(&pages)?;
    TRIES.spend(sent.client, words::minute(clock::now()))?;
    let token = Token::parse(&sent.fields.line("token"));
    let (agent, before) = browser(&pages, &sent.headers);
    let browser = Browser { agent: &agent, before: before.as_ref() };
    let begun = match token {
        Some(token) => login::enter(&pages.db, &pages.config, &token, &browser).await?,
        None => None,
    };
    match begun {
        Some(begun) => Ok(let_in(&pages, &begun, crate::domain::login::HOME)),
        None => {
            let page = LinkPage {
                frame: Frame::new(&pages.site, Here::Elsewhere, "Log in"),
                token: String::new(),
                member: None,
            };
            let mut answer = answer::private(print(&page)?);
            *answer.status_mut() = StatusCode::FORBIDDEN;
            Ok(answer)
        }
    }
}

/// What a browser calls itself, and the session it has so far.
fn browser(pages: &Pages, headers: &HeaderMap) -> (String, Option<Token>) {
    let agent = headers.get(header::USER_AGENT).and_then(|value| value.to_str().ok());
    (clean(agent.unwrap_or_default()), Cookie::Session.of(pages, headers))
}

fn let_in(pages: &Pages, begun: &Begun, next: &str) -> axum::http::Response<axum::body::Body> {
    let mut answer = answer::done(next);
    Cookie::Session.set(pages, &mut answer, Some(&begun.token));
    answer
}

/// Sends a browser to the login service. Another site's page cannot make it set out.
async fn leave(
    State(pages): State<Pages>,
    asked: Asked,
    client: Client,
    headers: HeaderMap,
) -> Shown {
    open(&pages)?;
    let is_foreign = headers.get("sec-fetch-site").is_some_and(|site| site == "cross-site");
    if is_foreign {
        own_form(&pages, &headers)?;
    }
    DEPARTURES.spend(client, words::minute(clock::now()))?;
    let service = oidc::Service::of(&pages.config).ok_or(Refusal::NotFound)?;
    let next = next(asked.of("next").unwrap_or("")).to_string();
    let provider = service.discover().await.map_err(|fault| service.refusal(&fault))?;
    let Some(sent) = login::send(&pages.db, &next).await? else {
        let sentence = "Too many people are logging in at this moment; try again in ten minutes.";
        return Err(Refusal::told(StatusCode::SERVICE_UNAVAILABLE, sentence));
    };
    let mut answer = answer::done(&service.address(&provider, &sent));
    Cookie::Attempt.set(&pages, &mut answer, Some(&sent.browser));
    Ok(answer)
}

/// A browser comes back from the login service.
async fn back(
    State(pages): State<Pages>,
    axum::extract::RawQuery(query): axum::extract::RawQuery,
    client: Client,
    headers: HeaderMap,
) -> Shown {
    open(&pages)?;
    TRIES.spend(client, words::minute(clock::now()))?;
    let service = oidc::Service::of(&pages.config).ok_or(Refusal::NotFound)?;
    let given = oidc::Given::read(query.as_deref().unwrap_or(""));
    let state = given.of("state").and_then(Token::parse);
    let cookie = Cookie::Attempt.of(&pages, &headers);
    let attempt = match (&state, &cookie) {
        (Some(state), Some(cookie)) => login::back(&pages.db, state, cookie).await?,
        _ => None,
    };
    let Some(attempt) = attempt else {
        let sentence =
            "This login was not begun in this browser, or it took too long. Log in once more.";
        return Err(Refusal::told(StatusCode::FORBIDDEN, sentence));
    };
    let name = service.name(&given, &attempt).await.map_err(|fault| service.refusal(&fault))?;
    let (agent, before) = browser(&pages, &headers);
    let browser = Browser { agent: &agent, before: before.as_ref() };
    let claim = (service.claim(), name.as_str());
    let Some(begun) = login::named(&pages.db, &pages.config, claim, &browser).await? else {
        let stamp = pages.stamp().await?;
        let leads = pages.group(&stamp).await?.leads(clock::now().date());
        let sentence = format!(
            "The login service knows you as {}, and that is nobody of the roster. Who can help: {}.",
            clean(&name),
            clean(&leads)
        );
        return Err(Refusal::told(StatusCode::FORBIDDEN, sentence));
    };
    let mut answer = let_in(&pages, &begun, &attempt.next);
    Cookie::Attempt.set(&pages, &mut answer, None);
    Ok(answer)
}

async fn logout(State(pages): State<Pages>, act: Act) -> Shown {
    login::leave(&pages.db, &act.member.visitor).await?;
    let mut answer = answer::done("/admin/login");
    Cookie::Session.set(&pages, &mut answer, None);
    Ok(answer)
}
