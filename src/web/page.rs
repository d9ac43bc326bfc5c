//! The pages made from the store: the list of meetings, and a meeting at its permanent address.

use crate::domain::escape;
use crate::domain::meeting::replay;
use crate::domain::minutes::{self, Format, Links, page_head};
use crate::flow::publish::FOLDER;
use crate::store;
use crate::store::meeting::MeetingRow;
use crate::web::Pages;
use crate::web::answer;
use axum::body::Body;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, Response, StatusCode};
use std::collections::BTreeMap;
use tokio::sync::Semaphore;

/// How many meetings one page of the list has.
const MEETINGS_A_PAGE: u32 = 50;

/// The list of meetings, newest first; `?after=SLUG` goes on behind that one.
pub async fn index(
    State(pages): State<Pages>,
    query: Result<Query<BTreeMap<String, String>>, axum::extract::rejection::QueryRejection>,
    asked: HeaderMap,
) -> Response<Body> {
    let after = query.ok().and_then(|Query(mut query)| query.remove("after"));
    let rows = match store::meeting::list(&pages.db, MEETINGS_A_PAGE, after.as_deref()).await {
        Ok(rows) => rows,
        Err(error) => return answer::away(&error),
    };
    let mut out = String::new();
    let title = format!("Meetings of {}", pages.config.group.name.as_untrusted());
    page_head(&mut out, &title);
    out.push_str("<main>\n<h1>");
    escape::push_html(&mut out, &title);
    out.push_str("</h1>\n");
    match rows.is_empty() {
        true => out.push_str("<p>No meeting has been held yet.</p>\n"),
        false => {
            out.push_str("<ul>\n");
            rows.iter().for_each(|row| list_one(&mut out, row));
            out.push_str("</ul>\n");
        }
    }
    if let Some(last) = rows.last().filter(|_| rows.len() == MEETINGS_A_PAGE as usize) {
        out.push_str("<nav><p><a href=\"/?after=");
        escape::push_html(&mut out, &last.slug);
        out.push_str("\">Earlier meetings</a></p></nav>\n");
    }
    out.push_str("</main>\n</body>\n</html>\n");
    answer::page(&asked, Format::Html, out)
}

fn list_one(out: &mut String, row: &MeetingRow) {
    let (slug, started) = (escape::html(&row.slug), row.started_at);
    out.push_str(&format!("<li><a href=\"/m/{slug}\"><time datetime=\"{}\">", started.rfc3339()));
    out.push_str(&started.utc().format("%a %Y-%m-%d %H:%M UTC").to_string());
    out.push_str("</time>");
    if let Some(name) = &row.name {
        out.push_str(" — ");
        escape::push_html(out, name.as_untrusted());
    }
    out.push_str("</a> in ");
    escape::push_html(out, row.channel.as_str());
    out.push_str(if row.is_open() { ", on now" } else { "" });
    if row.restricted_at.is_some() {
        out.push_str(", for members only");
    } else if let Some(place) = &row.place {
        for format in [Format::Text, Format::LogHtml] {
            out.push_str(&format!(" · <a href=\"/{FOLDER}/"));
            escape::push_html(out, place);
            out.push_str(&format!(".{}\">{}</a>", format.extension(), format.title()));
        }
    }
    out.push_str("</li>\n");
}

/// `/m/2018-11-13`, also `/m/2018-11-13.txt` and the other formats.
pub async fn meeting(
    State(pages): State<Pages>,
    path: Result<Path<String>, axum::extract::rejection::PathRejection>,
    asked: HeaderMap,
) -> Response<Body> {
    let Ok(Path(page)) = path else { return answer::not_found().await };
    match page.split_once('.') {
        None => show(&pages, &page, Format::Html, &asked).await,
        Some((slug, extension)) => match Format::of_extension(extension) {
            Some(format) => show(&pages, slug, format, &asked).await,
            None => answer::not_found().await,
        },
    }
}

/// `/m/2018-11-13/log`.
pub async fn log(
    State(pages): State<Pages>,
    path: Result<Path<String>, axum::extract::rejection::PathRejection>,
    asked: HeaderMap,
) -> Response<Body> {
    let Ok(Path(slug)) = path else { return answer::not_found().await };
    show(&pages, &slug, Format::LogHtml, &asked).await
}

async fn show(pages: &Pages, slug: &str, format: Format, asked: &HeaderMap) -> Response<Body> {
    let row = match store::meeting::by_slug(&pages.db, slug).await {
        Ok(Some(row)) if row.aborted_at.is_none() => row,
        Ok(_) => return answer::not_found().await,
        Err(error) => return answer::away(&error),
    };
    if row.restricted_at.is_some() {
        let sentence = "The minutes of this meeting are for members only.";
        return answer::refusal(StatusCode::FORBIDDEN, sentence);
    }
    match made(pages, &row, format).await {
        Ok(Some(content)) => answer::page(asked, format, content),
        Ok(None) => answer::not_found().await,
        Err(error) => answer::away(&error),
    }
}

/// How many meetings are replayed for pages at once: each holds its log in memory meanwhile.
static REPLAYS: Semaphore = Semaphore::const_new(2);

/// The meeting replayed from its log and printed, off the threads that serve others.
async fn made(
    pages: &Pages,
    row: &MeetingRow,
    format: Format,
) -> Result<Option<String>, store::StoreError> {
    let Ok(_place) = REPLAYS.acquire().await else { return Ok(None) };
    let log = store::log::read(&pages.db, row.id).await?;
    let (previous, next) = store::meeting::neighbours(&pages.db, row).await?;
    let page = |row: MeetingRow| format!("/m/{}", row.slug);
    let own = pages.config.web.as_ref().map(|web| format!("{}/m/{}", web.url, row.slug));
    let links = Links {
        page: own,
        previous: previous.map(page),
        next: next.map(page),
        ..Links::of_page(&row.slug)
    };
    let printed = tokio::task::spawn_blocking(move || {
        let meeting = replay::stored(log.into_iter().map(|(_, event)| event))?;
        Some(minutes::render(format, &meeting, &links))
    });
    Ok(printed.await.unwrap_or_default())
}
