//! `/api/v1/…`: what the pages show, as JSON for programs; only to be read, by anybody from anywhere.
//!
//! The rows are those that the commands print with `--format json`. Faults are problem details
//! (RFC 9457). `openapi.json` describes all of it, and a test holds it to what is answered.

use crate::clock;
use crate::domain::minutes::index::DECISIONS;
use crate::domain::minutes::{self, Format, Links};
use crate::flow::push::answer::Ledger;
use crate::flow::rows::{
    Action, Decision, Meeting, Member, Milestone, Notice, Planned, Push, Repository,
};
use crate::store::item::{self, Reads};
use crate::store::push::announcement;
use crate::store::stamp::Stamp;
use crate::store::{self};
use crate::web::answer::{Refusal, Refused, Shown, found, tag_of};
use crate::web::answer::{Version, not_modified};
use crate::web::ask::{Asked, Word};
use crate::web::client::Client;
use crate::web::meeting::row_of;
use crate::web::{Pages, search, words};
use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, Response, StatusCode, header};
use axum::middleware::{self, Next};
use axum::routing::get;
use serde::Serialize;
use serde_json::json;

/// How many rows one answer has.
const A_PAGE: usize = 100;
/// The media type of an answer.
const JSON: &str = "application/json";
/// The description of all of this (OpenAPI 3.1).
const OPENAPI: &str = include_str!("openapi.json");

/// Everything under `/api/v1`.
pub fn routes() -> Router<Pages> {
    let all = Router::new()
        .route("/openapi.json", get(openapi))
        .route("/meetings", get(meetings))
        .route("/meetings/{slug}", get(meeting))
        .route("/meetings/{slug}/log", get(log))
        .route("/schedule", get(schedule))
        .route("/actions", get(actions))
        .route("/notices", get(notices))
        .route("/roadmap", get(roadmap))
        .route("/decisions", get(decisions))
        .route("/members", get(members))
        .route("/projects", get(projects))
        .route("/pushes", get(pushes))
        .route("/pushes/held", get(held))
        .route("/pushes/{number}", get(push))
        .route("/repositories", get(repositories))
        .route("/search", get(find))
        .route("/lists", get(lists))
        .fallback(async || Refusal::NotFound)
        .method_not_allowed_fallback(async || {
            Refusal::told(StatusCode::METHOD_NOT_ALLOWED, "This can only be read.")
        })
        .layer(middleware::from_fn(problems));
    Router::new().nest("/api/v1", all)
}

/// Refusals become problem details, and everybody's script may read.
async fn problems(request: Request, next: Next) -> Response<Body> {
    let mut answer = next.run(request).await;
    if let Some(Refused(status, sentence)) = answer.extensions_mut().remove::<Refused>() {
        let title = status.canonical_reason().unwrap_or("Error");
        let problem = json!({"type": "about:blank", "title": title, "status": status.as_u16(), "detail": sentence});
        *answer.body_mut() = Body::from(problem.to_string());
        let kind = HeaderValue::from_static("application/problem+json");
        answer.headers_mut().insert(header::CONTENT_TYPE, kind);
        answer.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
    let everybody = HeaderValue::from_static("*");
    answer.headers_mut().insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, everybody);
    answer
}

/// Rows, and where the next ones are.
#[derive(Serialize)]
struct Rows<T: Serialize> {
    rows: Vec<T>,
    /// What `after` is to be for the next rows; null at the end.
    after: Option<String>,
}

/// A part of a list that is in memory; `after` is the id of the last row of the part before.
fn part<T: Serialize, S>(
    all: &[S],
    asked: &Asked,
    id: impl Fn(&S) -> String,
    row: impl Fn(&S) -> T,
) -> Rows<T> {
    let start = match asked.of("after") {
        Some(after) => all.iter().position(|one| id(one) == after).map_or(all.len(), |at| at + 1),
        None => 0,
    };
    let shown = &all[start.min(all.len())..];
    let is_more = shown.len() > A_PAGE;
    let shown = &shown[..shown.len().min(A_PAGE)];
    let after = shown.last().filter(|_| is_more).map(id);
    Rows { rows: shown.iter().map(row).collect(), after }
}

/// `?after=318`. One that was misread as none would lead a program round in a circle.
fn number_after(asked: &Asked) -> Result<Option<i64>, Refusal> {
    let wrong = || {
        let sentence = "`after` is what the answer before gave as `after`, a number.";
        Refusal::told(StatusCode::BAD_REQUEST, sentence)
    };
    asked.of("after").map(|number| number.parse().map_err(|_| wrong())).transpose()
}

fn all<T: Serialize>(rows: Vec<T>) -> Rows<T> {
    Rows { rows, after: None }
}

/// An answer, or 304 where the program has it already.
fn answer(asked: &HeaderMap, value: &impl Serialize) -> Shown {
    let content = serde_json::to_string(value).map_err(|error| {
        tracing::error!(%error, "an answer cannot be written");
        Refusal::told(StatusCode::INTERNAL_SERVER_ERROR, "This cannot be shown now.")
    })?;
    Ok(text(asked, content))
}

fn text(asked: &HeaderMap, content: String) -> Response<Body> {
    let version = Version { tag: tag_of(content.as_bytes()), modified: None };
    match version.is_known_to(asked) {
        true => not_modified(&version),
        false => found(&version, JSON, Body::from(content)),
    }
}

async fn openapi(headers: HeaderMap) -> Shown {
    Ok(text(&headers, OPENAPI.to_string()))
}

async fn meetings(State(pages): State<Pages>, asked: Asked, headers: HeaderMap) -> Shown {
    let most = A_PAGE as u32;
    let mut rows = store::meeting::list(&pages.db, most, asked.of("after")).await?;
    let after = rows.last().filter(|_| rows.len() == A_PAGE).map(|last| last.slug.clone());
    rows.retain(|row| row.restricted_at.is_none());
    let rows = rows.iter().map(|row| Meeting::of(row, &pages.config)).collect();
    answer(&headers, &Rows { rows, after })
}

/// The minutes, as `beadle minutes render --format json` writes them.
async fn meeting(State(pages): State<Pages>, Word(slug): Word, headers: HeaderMap) -> Shown {
    let row = row_of(&pages, &slug).await?;
    let content = crate::web::meeting::replayed(&pages, &row, |meeting| {
        minutes::render(Format::Json, meeting, &Links::default())
    });
    Ok(text(&headers, content.await?))
}

/// One line of a log.
#[derive(Serialize)]
struct Line {
    line: usize,
    at: String,
    nick: String,
    text: String,
}

async fn log(
    State(pages): State<Pages>,
    Word(slug): Word,
    asked: Asked,
    headers: HeaderMap,
) -> Shown {
    let row = row_of(&pages, &slug).await?;
    let lines = crate::web::meeting::replayed(&pages, &row, |meeting| {
        let line = |(number, line): (usize, &crate::domain::meeting::LogLine)| Line {
            line: number,
            at: line.at.rfc3339(),
            nick: line.nick.as_str().to_string(),
            text: line.text.as_untrusted().to_string(),
        };
        (1..).zip(&meeting.log).map(line).collect::<Vec<Line>>()
    });
    let lines = lines.await?;
    let shown = part(&lines, &asked, |one| one.line.to_string(), |one| json!(one));
    answer(&headers, &shown)
}

async fn schedule(State(pages): State<Pages>, headers: HeaderMap) -> Shown {
    let (stamp, now) = (pages.stamp().await?, clock::now());
    let group = pages.group(&stamp).await?;
    let slots = group.schedule.from(now).take(20);
    let rows = slots.map(|slot| Planned::new(&group.schedule, &slot, None)).collect();
    answer(&headers, &all(rows))
}

async fn actions(State(pages): State<Pages>, asked: Asked, headers: HeaderMap) -> Shown {
    let (stamp, today) = (pages.stamp().await?, clock::now().date());
    let group = pages.group(&stamp).await?;
    let entries = group.roadmap.entries();
    let id = |one: &crate::domain::roadmap::Entry| one.number.to_string();
    answer(&headers, &part(entries, &asked, id, |one| Action::of(one, today, &pages.config)))
}

async fn notices(State(pages): State<Pages>, asked: Asked, headers: HeaderMap) -> Shown {
    let stamp = pages.stamp().await?;
    let group = pages.group(&stamp).await?;
    let id = |one: &crate::domain::notice::Notice| one.number.to_string();
    answer(&headers, &part(group.notices.all(), &asked, id, |one| Notice::of(one, &pages.config)))
}

async fn roadmap(State(pages): State<Pages>, headers: HeaderMap) -> Shown {
    let (stamp, today) = (pages.stamp().await?, clock::now().date());
    let group = pages.group(&stamp).await?;
    let milestones = group.roadmap.milestones().iter();
    let row = |one| Milestone::of(one, &group.roadmap, today, &pages.config);
    answer(&headers, &all(milestones.map(row).collect()))
}

async fn decisions(State(pages): State<Pages>, asked: Asked, headers: HeaderMap) -> Shown {
    let about = asked.of("about").unwrap_or("");
    let found = item::find(&pages.db, &DECISIONS, about, Reads::Public, item::MOST_FOUND).await?;
    let id = |one: &crate::domain::minutes::index::Found| format!("{}.{}", one.slug, one.line);
    answer(&headers, &part(&found, &asked, id, |one| Decision::of(one, &pages.config)))
}

async fn members(State(pages): State<Pages>, headers: HeaderMap) -> Shown {
    let (stamp, today) = (pages.stamp().await?, clock::now().date());
    let group = pages.group(&stamp).await?;
    answer(&headers, &all(group.roster.on(today).map(Member::of).collect()))
}

/// A project.
#[derive(Serialize)]
struct Project<'a> {
    name: &'a str,
    documents: &'a [String],
    maintainers: Vec<String>,
}

async fn projects(State(pages): State<Pages>, headers: HeaderMap) -> Shown {
    let (stamp, today) = (pages.stamp().await?, clock::now().date());
    let group = pages.group(&stamp).await?;
    let row = |project: &'_ crate::domain::roster::Project| {
        let name = project.name.as_untrusted();
        let maintainers = group.roster.maintainers(name, today);
        let maintainers = maintainers.iter().map(|member| member.handle().to_string()).collect();
        json!(Project { name, documents: &project.documents, maintainers })
    };
    answer(&headers, &all(pages.config.projects.iter().map(row).collect()))
}

async fn pushes(State(pages): State<Pages>, asked: Asked, headers: HeaderMap) -> Shown {
    let before = number_after(&asked)?.unwrap_or(i64::MAX);
    let rows = announcement::before(&pages.db, before, A_PAGE as u32).await?;
    let after = rows.last().filter(|_| rows.len() == A_PAGE).map(|last| last.number.to_string());
    let rows = rows.iter().map(|push| Push::of(push, &pages.config)).collect();
    answer(&headers, &Rows { rows, after })
}

async fn push(State(pages): State<Pages>, Word(number): Word, headers: HeaderMap) -> Shown {
    let number = number.parse().map_err(|_| Refusal::NotFound)?;
    let push = announcement::one(&pages.db, number).await?.ok_or(Refusal::NotFound)?;
    answer(&headers, &Push::of(&push, &pages.config))
}

async fn held(State(pages): State<Pages>, headers: HeaderMap) -> Shown {
    let now = clock::now();
    let ledger = Ledger { db: &pages.db, config: &pages.config, now };
    let known = ledger.last(60, true).await?;
    answer(&headers, &all(known.iter().map(|one| one.row(now)).collect()))
}

async fn repositories(State(pages): State<Pages>, headers: HeaderMap) -> Shown {
    let ledger = Ledger { db: &pages.db, config: &pages.config, now: clock::now() };
    answer(&headers, &all(ledger.places().await?.into_iter().map(Repository::of).collect()))
}

async fn find(State(pages): State<Pages>, who: Client, asked: Asked, headers: HeaderMap) -> Shown {
    let wrong = |sentence| Refusal::told(StatusCode::BAD_REQUEST, sentence);
    if asked.of("q").is_none() {
        return Err(wrong("Say what is searched: ?q=words."));
    }
    let mut search = search::read(&asked).map_err(wrong)?;
    search.before = number_after(&asked)?;
    pages.budgets.searches.spend(who, words::minute(clock::now()))?;
    let stamp: Stamp = pages.stamp().await?;
    let group = pages.group(&stamp).await?;
    let page = search.find(&pages.db, &group).await?;
    let row = |one: &crate::flow::search::Found| {
        json!({
            "kind": one.sort,
            "at": one.at.rfc3339(),
            "by": one.by,
            "text": one.text,
            "url": format!("{}{}", pages.site.url, one.path),
        })
    };
    let after = page.more.map(|key| key.to_string());
    answer(&headers, &Rows { rows: page.found.iter().map(row).collect(), after })
}

async fn lists(State(pages): State<Pages>, headers: HeaderMap) -> Shown {
    let rows = pages.config.list.iter().map(|list| {
        json!({"name": list.address.local(), "address": list.address.as_str(), "rule": list.rule})
    });
    answer(&headers, &all(rows.collect()))
}
