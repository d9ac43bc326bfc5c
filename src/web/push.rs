//! The pages of pushes: the ledger, what was announced, what is held, how the repositories fare, and
//! each push at its permanent address.

use crate::clock;
use crate::domain::push::answer::{self as told, Known};
use crate::domain::push::build::Stage;
use crate::domain::push::item::Item;
use crate::domain::push::pace::{self, Pace};
use crate::domain::push::{place, text};
use crate::domain::roster::Project;
use crate::domain::time::{DAY, Moment};
use crate::flow::push::answer::Ledger;
use crate::store::push::announcement::{self, Push};
use crate::store::push::build;
use crate::web::answer::{HTML, Refusal, Shown};
use crate::web::ask::{Asked, Pager, Word};
use crate::web::layout::{Frame, Here, path_word, print};
use crate::web::listing::{Line, Listing, Tab};
use crate::web::markup::Markup;
use crate::web::people::project_page;
use crate::web::{Pages, words};
use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::routing::get;

/// How many days of builds the ledger has.
const DAYS: u32 = 60;
/// How many builds or pushes one page has.
const A_PAGE: usize = 60;
/// The builds that the measures are taken from: of so many days, and so many at most.
const MEASURED: (i64, u32) = (365 * DAY, 1_000);

/// `/pushes`, `/pushes/announced`, `/pushes/held`, `/p/318`, `/repositories`.
pub fn routes() -> Router<Pages> {
    Router::new()
        .route("/pushes", get(ledger))
        .route("/pushes/announced", get(announced))
        .route("/pushes/held", get(held))
        .route("/p/{number}", get(one))
        .route("/repositories", get(repositories))
}

fn tabs(here: usize) -> Vec<Tab> {
    let all = [
        ("/pushes", "Ledger"),
        ("/pushes/announced", "Announced"),
        ("/pushes/held", "Held"),
        ("/repositories", "Repositories"),
    ];
    let tab = |(n, (path, words)): (usize, (&str, &str))| Tab::new(path, words, n == here);
    all.into_iter().enumerate().map(tab).collect()
}

#[derive(Template)]
#[template(path = "ledger.html")]
struct LedgerPage<'a> {
    frame: Frame<'a>,
    tabs: Vec<Tab>,
    package: String,
    window: Option<String>,
    rows: Vec<Row>,
    pace: Vec<Pace>,
    pager: Pager,
}

/// A build with its four dates.
struct Row {
    nvr: String,
    source: String,
    push: Option<i64>,
    repository: String,
    tagged: Option<Moment>,
    by: String,
    signed: Option<Moment>,
    pushed: Option<Moment>,
    mirrored: Option<String>,
    took: Option<String>,
    state: String,
}

fn row(known: &Known, now: Moment) -> Row {
    let build = &known.build;
    let tagged = build.tagged.as_ref();
    let may_go = tagged.map(|tagged| tagged.earliest.unwrap_or(tagged.at).max(tagged.at));
    let took = may_go.zip(build.pushed_at).map(|(from, to)| words::span(to.since(from)));
    Row {
        nvr: build.nvr(),
        source: build.id.source.clone(),
        push: build.announced.as_ref().map(|announced| announced.push),
        repository: build.id.repository.clone(),
        tagged: tagged.map(|tagged| tagged.at),
        by: tagged.and_then(|tagged| tagged.by.clone()).unwrap_or_default(),
        signed: build.signed_at,
        pushed: build.pushed_at,
        mirrored: known.mirrored.clone().filter(|_| build.is_there()),
        took,
        state: match build.held_until(now) {
            Some(until) => format!("expected {}", words::time(until)),
            None => known.sentence(now),
        },
    }
}

/// The builds of the last days, or those of one package.
async fn ledger(State(pages): State<Pages>, asked: Asked, headers: HeaderMap) -> Shown {
    let (stamp, now) = (pages.stamp().await?, clock::now());
    let (package, wanted) = (asked.of("package").unwrap_or("").to_string(), asked.page());
    let key = format!("ledger {package} {wanted} {} {:?}", words::minute(now), stamp.pushes);
    let page = async {
        let ledger = Ledger { db: &pages.db, config: &pages.config, now };
        let known = match package.is_empty() {
            true => ledger.last(DAYS, false).await?,
            false => ledger.of(&package).await?,
        };
        let base = match package.is_empty() {
            true => "/pushes".to_string(),
            false => format!("/pushes?package={}", path_word(&package)),
        };
        let (shown, pager) = Pager::cut(known, A_PAGE, wanted, base);
        let policy = pages.config.push.windows.first();
        let title = match package.is_empty() {
            true => "Pushes".to_string(),
            false => format!("Pushes of {package}"),
        };
        let frame = Frame::new(&pages.site, Here::Pushes, title);
        let frame = frame.feed("/feeds/pushes.atom", "Pushes");
        print(&LedgerPage {
            frame: if package.is_empty() { frame.main() } else { frame },
            tabs: tabs(0),
            window: policy.map(|policy| told::window(policy, now)),
            rows: shown.iter().map(|known| row(known, now)).collect(),
            pace: if package.is_empty() { paces(&pages, now).await? } else { Vec::new() },
            package: package.clone(),
            pager,
        })
    };
    pages.shelf.page(key, HTML, &headers, page).await
}

/// How long builds for release took, of the last year.
async fn paces(pages: &Pages, now: Moment) -> Result<Vec<Pace>, Refusal> {
    let builds = build::recent(&pages.db, now.plus(-MEASURED.0), MEASURED.1).await?;
    let is_release = |name: &str| {
        pages.config.push.repository(name).is_some_and(|one| one.stage == Stage::Release)
    };
    Ok(pace::of(builds.iter().filter(|build| is_release(&build.id.repository))))
}

/// Everything that was ever announced, the newest first.
async fn announced(State(pages): State<Pages>, asked: Asked, headers: HeaderMap) -> Shown {
    let stamp = pages.stamp().await?;
    let before = asked.of("before").and_then(|number| number.parse().ok()).unwrap_or(i64::MAX);
    let key = format!("announced {before} {:?}", stamp.pushes);
    let page = async {
        let most = u32::try_from(A_PAGE).unwrap_or(u32::MAX);
        let all = announcement::before(&pages.db, before, most).await?;
        let lines = all.iter().flat_map(lines_of).collect();
        let frame = Frame::new(&pages.site, Here::Pushes, "Announced pushes");
        let frame = frame.feed("/feeds/pushes.atom", "Pushes");
        let mut listing = Listing::of(frame, lines, "Nothing was announced yet.");
        listing.tabs = tabs(1);
        if let Some(last) = all.last().filter(|last| all.len() == A_PAGE && last.number > 1) {
            let older =
                Tab::new(format!("/pushes/announced?before={}", last.number), "Older", false);
            listing.tabs.push(older);
        }
        listing.print()
    };
    pages.shelf.page(key, HTML, &headers, page).await
}

fn lines_of(push: &Push) -> impl Iterator<Item = Line> {
    push.items.iter().map(|item| Line {
        at: Some(push.at),
        href: Some(format!("/p/{}", push.number)),
        words: Markup::linked(&text::line(item, None)),
        ..Line::default()
    })
}

/// What waits until the window opens.
async fn held(State(pages): State<Pages>, headers: HeaderMap) -> Shown {
    let (stamp, now) = (pages.stamp().await?, clock::now());
    let key = format!("held {} {:?}", words::minute(now), stamp.pushes);
    let page = async {
        let ledger = Ledger { db: &pages.db, config: &pages.config, now };
        let known = ledger.last(DAYS, true).await?;
        let line = |one: &Known| Line {
            words: Markup::linked(&one.sentence(now)),
            under: vec![(
                format!("All of {}", one.build.id.source),
                Some(format!("/pushes?package={}", path_word(&one.build.id.source))),
            )],
            ..Line::default()
        };
        let frame = Frame::new(&pages.site, Here::Pushes, "Held until the window opens");
        let lines = known.iter().map(line).collect();
        let mut listing = Listing::of(frame, lines, "Nothing is held.");
        listing.tabs = tabs(2);
        let policy = pages.config.push.windows.first();
        listing.lead.extend(policy.map(|policy| Markup::linked(&told::window(policy, now))));
        listing.print()
    };
    pages.shelf.page(key, HTML, &headers, page).await
}

/// How the repositories fare.
async fn repositories(State(pages): State<Pages>, headers: HeaderMap) -> Shown {
    let now = clock::now();
    // When they were last looked at is in no stamp, so this page is as old as the minute.
    let key = format!("repositories {}", words::minute(now));
    let page = async {
        let ledger = Ledger { db: &pages.db, config: &pages.config, now };
        let places = ledger.places().await?;
        let lines =
            places.iter().flat_map(|(name, arch, known)| place::health(name, arch, known, now));
        let lines = lines.map(|words| Line { words: Markup::linked(&words), ..Line::default() });
        let frame = Frame::new(&pages.site, Here::Pushes, "Repositories");
        let mut listing = Listing::of(frame, lines.collect(), "No repository is watched.");
        listing.tabs = tabs(3);
        listing.print()
    };
    pages.shelf.page(key, HTML, &headers, page).await
}

#[derive(Template)]
#[template(path = "push.html")]
struct PushPage<'a> {
    frame: Frame<'a>,
    push: Push,
    projects: &'a [Project],
    before: Option<i64>,
    after: Option<i64>,
}

impl PushPage<'_> {
    fn line(&self, item: &Item) -> Markup {
        Markup::linked(&text::line(item, None))
    }

    /// The page of the item's project, where the configuration knows it.
    fn project(&self, item: &Item) -> Option<String> {
        let is_known = self.projects.iter().any(|project| project.is_called(&item.project));
        project_page(&item.project).filter(|_| is_known)
    }

    fn linked(&self, words: &str) -> Markup {
        Markup::linked(words)
    }
}

/// `/p/318`
async fn one(State(pages): State<Pages>, Word(number): Word, headers: HeaderMap) -> Shown {
    let number: i64 = number.parse().map_err(|_| Refusal::NotFound)?;
    let stamp = pages.stamp().await?;
    let key = format!("push {number} {}", stamp.pushes[0]);
    let page = async {
        let push = announcement::one(&pages.db, number).await?.ok_or(Refusal::NotFound)?;
        let named: Vec<String> = push.items.iter().map(Item::name).take(3).collect();
        let title = format!("Push {number}: {}", named.join(", "));
        print(&PushPage {
            frame: Frame::new(&pages.site, Here::Pushes, title).at(&format!("/p/{number}")),
            before: (number > 1).then(|| number - 1),
            after: (number < stamp.pushes[0]).then(|| number + 1),
            projects: &pages.config.projects,
            push,
        })
    };
    pages.shelf.page(key, HTML, &headers, page).await
}
