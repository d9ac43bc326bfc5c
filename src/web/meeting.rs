//! The meetings: by year and by name, and each one's minutes and log at its permanent address.

use crate::domain::meeting::{Meeting, replay};
use crate::domain::minutes::index::Brief;
use crate::domain::minutes::{self, Format, Links, document};
use crate::domain::roadmap::text::state;
use crate::domain::text::Text;
use crate::domain::time::Moment;
use crate::store::meeting::MeetingRow;
use crate::store::stamp::Stamp;
use crate::store::{self, StoreError};
use crate::web::answer::{self, HTML, Refusal, Shown};
use crate::web::ask::{Asked, Pager, Word};
use crate::web::layout::{Frame, Here, path_word, print};
use crate::web::markup::Markup;
use crate::web::{Pages, admin, words};
use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Redirect};
use axum::routing::get;
use chrono::{Datelike, NaiveDate};
use tokio::sync::Semaphore;

/// How many meetings of a name one page has.
const MEETINGS_A_PAGE: u32 = 60;
/// The most meetings of a year that are listed.
const MOST_OF_A_YEAR: u32 = 600;
/// How many lines of a log one page has.
const LINES_A_PAGE: usize = 250;
/// The most lines on later pages that the first page has anchors for.
const MOST_ANCHORS: usize = 1_000;

/// `/meetings`, `/meetings/2018`, `/meetings/latest`, `/m/2018-11-13`, `/m/2018-11-13/log`.
pub fn routes() -> Router<Pages> {
    Router::new()
        .route("/meetings", get(index))
        .route("/meetings/{year}", get(year))
        .route("/meetings/latest", get(latest))
        .route("/minutes/", get(async || Redirect::permanent("/meetings")))
        .route("/m/{page}", get(meeting))
        .route("/m/{slug}/log", get(log))
}

/// A name of meetings, in the list of names.
struct Name {
    name: Text,
    path: String,
    count: u32,
    last: Moment,
}

#[derive(Template)]
#[template(path = "meetings.html")]
struct MeetingsPage<'a> {
    frame: Frame<'a>,
    heading: String,
    years: Vec<i32>,
    year: Option<i32>,
    names: Vec<Name>,
    meetings: Vec<Brief>,
    older: Option<String>,
}

impl MeetingsPage<'_> {
    fn is_of(&self, year: &i32) -> bool {
        self.year == Some(*year)
    }
}

/// The last year with a meeting, and the ways to the others.
async fn index(State(pages): State<Pages>, asked: Asked, headers: HeaderMap) -> Shown {
    let stamp = pages.stamp().await?;
    match asked.of("name") {
        Some(name) => named(&pages, &stamp, name, asked.of("before"), &headers).await,
        None => of_year(&pages, &stamp, None, &headers).await,
    }
}

async fn year(State(pages): State<Pages>, Word(year): Word, headers: HeaderMap) -> Shown {
    let year = year.parse().ok().filter(|year| (1970..=9999).contains(year));
    let year = year.ok_or(Refusal::NotFound)?;
    let stamp = pages.stamp().await?;
    of_year(&pages, &stamp, Some(year), &headers).await
}

async fn of_year(pages: &Pages, stamp: &Stamp, year: Option<i32>, headers: &HeaderMap) -> Shown {
    let key = format!("meetings {year:?} {:?}", stamp.meetings);
    let page = async {
        let span = store::site::span(&pages.db).await?;
        let years: Vec<i32> = match span {
            Some((first, last)) => (first.date().year()..=last.date().year()).rev().collect(),
            None => Vec::new(),
        };
        let shown = match (year, years.first()) {
            (Some(year), _) if !years.contains(&year) => return Err(Refusal::NotFound),
            (Some(year), _) => Some(year),
            (None, newest) => newest.copied(),
        };
        let meetings = match shown {
            Some(year) => of(pages, year).await?,
            None => Vec::new(),
        };
        let names = store::site::names(&pages.db).await?;
        let names = names.into_iter().map(|(name, count, last)| Name {
            path: format!("/meetings?name={}", path_word(name.as_untrusted())),
            name,
            count,
            last,
        });
        let title = year.map_or("Meetings".to_string(), |year| format!("Meetings of {year}"));
        let frame = Frame::new(&pages.site, Here::Meetings, title);
        let frame = frame.feed("/feeds/meetings.atom", "Meetings");
        print(&MeetingsPage {
            frame: if year.is_none() { frame.main() } else { frame },
            heading: shown.map_or("Meetings".into(), |year| format!("Meetings of {year}")),
            years,
            year: shown,
            names: names.collect(),
            meetings,
            older: None,
        })
    };
    pages.shelf.page(key, HTML, headers, page).await
}

async fn of(pages: &Pages, year: i32) -> Result<Vec<Brief>, StoreError> {
    let first = |year| {
        NaiveDate::from_ymd_opt(year, 1, 1).map_or(Moment::from_micros(0), |day| Moment::of(day, 0))
    };
    store::site::between(&pages.db, first(year), first(year + 1), MOST_OF_A_YEAR).await
}

/// The meetings of a name; `before` is the start of the last one of the page before.
async fn named(
    pages: &Pages,
    stamp: &Stamp,
    name: &str,
    before: Option<&str>,
    headers: &HeaderMap,
) -> Shown {
    let before = before.and_then(|time| Moment::parse(time).ok());
    let key = format!("meetings named {name} {before:?} {:?}", stamp.meetings);
    let page = async {
        let limit = before.unwrap_or(Moment::from_micros(i64::MAX));
        let meetings = store::site::named(&pages.db, name, limit, MEETINGS_A_PAGE).await?;
        if meetings.is_empty() {
            return Err(Refusal::NotFound);
        }
        let last = meetings.last().filter(|_| meetings.len() == MEETINGS_A_PAGE as usize);
        let older = last.map(|last| {
            format!(
                "/meetings?name={}&before={}",
                path_word(name),
                path_word(&last.started_at.rfc3339())
            )
        });
        let heading = format!("Meetings named {name}");
        print(&MeetingsPage {
            frame: Frame::new(&pages.site, Here::Meetings, heading.clone()),
            heading,
            years: Vec::new(),
            year: None,
            names: Vec::new(),
            meetings,
            older,
        })
    };
    pages.shelf.page(key, HTML, headers, page).await
}

/// The newest minutes, whichever they are; `?name=` of that name.
async fn latest(State(pages): State<Pages>, asked: Asked) -> Shown {
    let now = Moment::from_micros(i64::MAX);
    let all = match asked.of("name") {
        Some(name) => store::site::named(&pages.db, name, now, 20).await?,
        None => store::item::latest(&pages.db, 20).await?,
    };
    let newest = all.iter().find(|one| !one.is_restricted && one.ended_at.is_some());
    newest.map(|one| answer::see(&format!("/m/{}", one.slug))).ok_or(Refusal::NotFound)
}

/// `/m/2018-11-13`, also `/m/2018-11-13.txt` and the other formats.
async fn meeting(State(pages): State<Pages>, Word(page): Word, headers: HeaderMap) -> Shown {
    match page.split_once('.') {
        None => minutes_page(&pages, &page, &headers).await,
        Some((slug, extension)) => {
            let format = Format::of_extension(extension).ok_or(Refusal::NotFound)?;
            as_file(&pages, slug, format, &headers).await
        }
    }
}

/// A meeting that may be shown.
pub async fn row_of(pages: &Pages, slug: &str) -> Result<MeetingRow, Refusal> {
    let row = match store::meeting::by_slug(&pages.db, slug).await? {
        Some(row) if row.aborted_at.is_none() => row,
        _ => return Err(nearest(pages, slug).await?),
    };
    if row.restricted_at.is_some() {
        let sentence =
            "The minutes of this meeting are for members only. Who is one logs in first.";
        return Err(Refusal::told(StatusCode::FORBIDDEN, sentence));
    }
    Ok(row)
}

/// The same for whoever asks: what is for members only is shown to who is logged in.
async fn row_for(pages: &Pages, slug: &str, headers: &HeaderMap) -> Result<MeetingRow, Refusal> {
    match store::meeting::by_slug(&pages.db, slug).await? {
        Some(row) if row.aborted_at.is_none() && row.restricted_at.is_some() => {
            match admin::who(pages, headers).await? {
                Some(_) => Ok(row),
                None => row_of(pages, slug).await,
            }
        }
        _ => row_of(pages, slug).await,
    }
}

/// What is for members only is kept by no browser and no proxy.
fn kept(row: &MeetingRow, shown: Shown) -> Shown {
    let mut answer = shown?;
    if row.restricted_at.is_some() {
        let headers = answer.headers_mut();
        headers.remove(header::ETAG);
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
    Ok(answer)
}

/// Nothing is there; for a date without a meeting, which ones are near.
async fn nearest(pages: &Pages, slug: &str) -> Result<Refusal, StoreError> {
    let Ok(day) = slug.parse::<NaiveDate>() else { return Ok(Refusal::NotFound) };
    let (before, after) = store::meeting::nearest(&pages.db, day).await?;
    let near: Vec<String> = [before, after].into_iter().flatten().map(|row| row.slug).collect();
    let sentence = match near.is_empty() {
        true => format!("No meeting on {day}; none has been held yet."),
        false => format!("No meeting on {day}. Nearest: {}.", near.join(", ")),
    };
    Ok(Refusal::told(StatusCode::NOT_FOUND, sentence))
}

/// How many meetings are replayed for pages at once: each holds its log in memory meanwhile.
static REPLAYS: Semaphore = Semaphore::const_new(2);

/// A meeting, replayed from its log off the threads that serve others, and printed.
pub async fn replayed<T: Send + 'static>(
    pages: &Pages,
    row: &MeetingRow,
    print: impl FnOnce(&Meeting) -> T + Send + 'static,
) -> Result<T, Refusal> {
    let _place = REPLAYS.acquire().await;
    let log = store::log::read(&pages.db, row.id).await?;
    let printed = tokio::task::spawn_blocking(move || {
        replay::stored(log.into_iter().map(|(_, event)| event)).map(|meeting| print(&meeting))
    });
    printed.await.ok().flatten().ok_or(Refusal::NotFound)
}

/// What the pages of a meeting point to.
async fn links(pages: &Pages, row: &MeetingRow, stamp: &Stamp) -> Result<Links, StoreError> {
    let (previous, next) = store::meeting::neighbours(&pages.db, row).await?;
    let page = |row: MeetingRow| format!("/m/{}", row.slug);
    let group = pages.group(stamp).await?;
    let today = crate::clock::now().date();
    let since = group.roadmap.entries().iter();
    let since = since
        .filter(|entry| entry.origin.meeting.as_ref().is_some_and(|(slug, _)| *slug == row.slug));
    Ok(Links {
        page: (!pages.site.url.is_empty()).then(|| format!("{}/m/{}", pages.site.url, row.slug)),
        previous: previous.map(page),
        next: next.map(page),
        since: since.map(|entry| (entry.number, state(entry, today))).collect(),
        ..Links::of_page(&row.slug)
    })
}

/// By what a page of a meeting is kept: by what it points to and, while it is on, by its last line.
/// What changes in the group and does not show on it leaves it where it is.
async fn key(
    pages: &Pages,
    row: &MeetingRow,
    (stamp, links): (&Stamp, &Links),
    what: &str,
) -> Result<String, StoreError> {
    let last = match row.is_open() {
        true => store::log::last_seq(&pages.db, row.id).await?,
        false => None,
    };
    Ok(format!("m {} {what} {last:?} {links:?} {:?}", row.slug, stamp.meetings))
}

#[derive(Template)]
#[template(path = "minutes.html")]
struct MinutesPage<'a> {
    frame: Frame<'a>,
    slug: String,
    part: Markup,
    is_live: bool,
    /// The last event that is in it.
    last: u32,
    previous: Option<String>,
    next: Option<String>,
}

async fn minutes_page(pages: &Pages, slug: &str, headers: &HeaderMap) -> Shown {
    let row = row_for(pages, slug, headers).await?;
    let stamp = pages.stamp().await?;
    let links = links(pages, &row, &stamp).await?;
    let key = key(pages, &row, (&stamp, &links), "minutes").await?;
    let page = async {
        let (previous, next) = (links.previous.clone(), links.next.clone());
        // Read before the log is: the page may have more than this, and never less.
        let last = store::log::last_seq(&pages.db, row.id).await?;
        let (title, part) = replayed(pages, &row, move |meeting| {
            let document = document::of(meeting, &links);
            let part = Markup::printed(minutes::html_part(&document, &links));
            (document.title, part)
        })
        .await?;
        let title = format!("{title}, {}", words::day(row.started_at));
        print(&MinutesPage {
            frame: Frame::new(&pages.site, Here::Meetings, title)
                .feed("/feeds/meetings.atom", "Meetings")
                .at(&format!("/m/{slug}")),
            slug: row.slug.clone(),
            part,
            is_live: row.is_open(),
            last: last.unwrap_or(0),
            previous,
            next,
        })
    };
    kept(&row, pages.shelf.page(key, HTML, headers, page).await)
}

#[derive(Template)]
#[template(path = "log.html")]
struct LogPage<'a> {
    frame: Frame<'a>,
    slug: String,
    heading: String,
    day: String,
    lines: Markup,
    a_page: usize,
    count: usize,
    pager: Pager,
    /// The lines on later pages: the page, its first and its last line.
    later: Vec<(usize, usize, usize)>,
    is_live: bool,
}

impl LogPage<'_> {
    /// Whether the anchors of a later page stand on the first one.
    fn has_anchors(&self, last: &usize) -> bool {
        *last <= MOST_ANCHORS + self.a_page
    }
}

/// `/m/2018-11-13/log`. A long one is cut into pages; the first page has an anchor for each line of
/// the others, on the way to the page where the line is, so that `log#l-700` leads somewhere without
/// a script too.
async fn log(
    State(pages): State<Pages>,
    Word(slug): Word,
    asked: Asked,
    headers: HeaderMap,
) -> Shown {
    let row = row_for(&pages, &slug, &headers).await?;
    let stamp = pages.stamp().await?;
    let wanted = asked.page();
    let links = links(&pages, &row, &stamp).await?;
    let key = key(&pages, &row, (&stamp, &links), &format!("log {wanted}")).await?;
    let page = async {
        let first = (wanted - 1) * LINES_A_PAGE + 1;
        let (title, lines, count) = replayed(&pages, &row, move |meeting| {
            let shown = first..=first + LINES_A_PAGE - 1;
            let lines = minutes::log_lines(meeting, &links, shown);
            (document::title(meeting), Markup::printed(lines), meeting.log.len())
        })
        .await?;
        let all = count.div_ceil(LINES_A_PAGE).max(1);
        if wanted > all {
            return Err(Refusal::NotFound);
        }
        let later = (wanted + 1..=all).filter(|_| wanted == 1);
        let later = later
            .map(|page| (page, (page - 1) * LINES_A_PAGE + 1, (page * LINES_A_PAGE).min(count)));
        let day = words::day(row.started_at);
        print(&LogPage {
            frame: Frame::new(&pages.site, Here::Meetings, format!("Log of {title}, {day}"))
                .at(&format!("/m/{}/log", row.slug)),
            slug: row.slug.clone(),
            heading: format!("{title} Log"),
            day: words::long_day(row.started_at),
            lines,
            a_page: LINES_A_PAGE,
            count,
            pager: Pager { base: format!("/m/{}/log", row.slug), page: wanted, pages: all },
            later: later.collect(),
            is_live: row.is_open(),
        })
    };
    kept(&row, pages.shelf.page(key, HTML, &headers, page).await)
}

/// A format of the minutes or the log as a file of its own.
async fn as_file(pages: &Pages, slug: &str, format: Format, headers: &HeaderMap) -> Shown {
    if matches!(format, Format::Html | Format::LogHtml) {
        let log = if format == Format::LogHtml { "/log" } else { "" };
        return Ok(Redirect::permanent(&format!("/m/{}{log}", path_word(slug))).into_response());
    }
    let row = row_for(pages, slug, headers).await?;
    let stamp = pages.stamp().await?;
    let links = links(pages, &row, &stamp).await?;
    let key = key(pages, &row, (&stamp, &links), format.name()).await?;
    let page = async {
        replayed(pages, &row, move |meeting| minutes::render(format, meeting, &links)).await
    };
    kept(&row, pages.shelf.page(key, answer::media_type(format), headers, page).await)
}
