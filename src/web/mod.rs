//! The pages: what the group met, decided, promised and pushed, for people and for programs.
//!
//! They read the store; what they change, they change by the same flows as everybody else.

mod admin;
mod answer;
mod api;
mod ask;
mod assets;
mod calendar;
mod client;
mod door;
mod feed;
mod file;
mod home;
mod hook;
mod layout;
mod ledger;
mod listing;
mod lists;
mod live;
mod markup;
mod meeting;
mod notice;
mod old;
mod operators;
mod patience;
mod people;
mod project;
mod push;
mod search;
mod shelf;
#[cfg(test)]
mod tests;
mod why;
mod words;

pub use door::Limits;

use crate::config::Config;
use crate::domain::group::Group;
use crate::flow::group::Book;
use crate::store::stamp::{self, Stamp};
use crate::store::{Db, StoreError};
use crate::web::answer::Refusal;
use crate::web::layout::Site;
use crate::web::shelf::Shelf;
use axum::Router;
use axum::extract::{DefaultBodyLimit, Request};
use axum::http::StatusCode;
use axum::middleware;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use std::path::PathBuf;
use std::sync::Arc;
use tokio::net::TcpListener;
use tokio::sync::Mutex;
use tokio_util::sync::CancellationToken;

/// What the pages are made from.
#[derive(Clone)]
pub struct Pages {
    db: Db,
    config: Arc<Config>,
    site: Arc<Site>,
    shelf: Arc<Shelf>,
    copy: Arc<Mutex<Copy>>,
    live: Arc<live::Live>,
    budgets: Arc<client::Budgets>,
    /// Cancelled when the door closes: what is still being sent comes to its end.
    stop: CancellationToken,
}

/// The group as it was when it was last read.
struct Copy {
    stamp: Stamp,
    book: Book,
    group: Arc<Group>,
}

impl Pages {
    /// The pages of a database and of the files under the state directory.
    pub fn new(db: Db, config: Arc<Config>) -> Pages {
        let book = Book::new(&config);
        let group = Arc::new(book.group().clone());
        Pages {
            site: Arc::new(Site::new(&config)),
            shelf: Arc::default(),
            copy: Arc::new(Mutex::new(Copy { stamp: Stamp::default(), book, group })),
            live: Arc::default(),
            budgets: Arc::default(),
            stop: CancellationToken::new(),
            db,
            config,
        }
    }

    /// The folder of the published files.
    fn folder(&self) -> PathBuf {
        self.config.state_dir.join(crate::flow::publish::FOLDER)
    }

    /// What pages are made from now.
    async fn stamp(&self) -> Result<Stamp, StoreError> {
        stamp::read(&self.db).await
    }

    /// The group as it was at a stamp, or later.
    async fn group(&self, stamp: &Stamp) -> Result<Arc<Group>, StoreError> {
        let mut copy = self.copy.lock().await;
        if (copy.stamp.journal, copy.stamp.meetings) != (stamp.journal, stamp.meetings) {
            // A redaction changes entries that were read; it shows in the meetings.
            if copy.stamp.meetings != stamp.meetings {
                copy.book.forget();
            }
            copy.group = Arc::new(copy.book.refresh(&self.db).await?.clone());
            copy.stamp = *stamp;
        }
        Ok(copy.group.clone())
    }

    /// Every page. Each file has the routes of its own.
    fn router(self) -> Router {
        let hooks = Router::new()
            .route("/hooks/push", post(hook::take))
            .layer(DefaultBodyLimit::max(hook::MOST_BYTES));
        Router::new()
            .merge(api::routes())
            .merge(assets::routes())
            .merge(calendar::routes())
            .merge(feed::routes())
            .merge(file::routes())
            .merge(home::routes())
            .merge(ledger::routes())
            .merge(lists::routes())
            .merge(live::routes())
            .merge(meeting::routes())
            .merge(notice::routes())
            .merge(operators::probes())
            .merge(people::routes())
            .merge(project::routes())
            .merge(push::routes())
            .merge(search::routes())
            .merge(why::routes())
            .layer(DefaultBodyLimit::max(why::MOST_BYTES))
            .merge(hooks)
            .merge(admin::routes())
            .fallback(old::elsewhere)
            .method_not_allowed_fallback(async || {
                let sentence = "This page can only be read.";
                Refusal::told(StatusCode::METHOD_NOT_ALLOWED, sentence)
            })
            .layer(middleware::from_fn(short_enough))
            .layer(middleware::from_fn_with_state(self.clone(), layout::refusals))
            .layer(middleware::map_response(answer::guarded))
            .layer(middleware::from_fn(counted))
            .with_state(self)
    }

    /// What operators ask, at a door of their own.
    fn operators(self) -> Router {
        operators::routes().layer(middleware::map_response(answer::guarded)).with_state(self)
    }
}

/// Serves the pages to whoever connects, until the stop; then lets what is being sent come to its
/// end, for a bounded time.
pub async fn serve(listener: TcpListener, pages: Pages, stop: CancellationToken) {
    serve_within(listener, pages, stop, Limits::default()).await;
}

/// As [`serve`], with limits of one's own.
pub async fn serve_within(
    listener: TcpListener,
    pages: Pages,
    stop: CancellationToken,
    limits: Limits,
) {
    let pages = Pages { stop: stop.clone(), ..pages };
    door::serve(listener, pages.router(), stop, limits).await;
}

/// Serves what operators ask: metrics and health.
pub async fn serve_operators(listener: TcpListener, pages: Pages, stop: CancellationToken) {
    let pages = Pages { stop: stop.clone(), ..pages };
    door::serve(listener, pages.operators(), stop, Limits::default()).await;
}

/// Counts an answer. How long it is being read does not count.
async fn counted(request: Request, next: Next) -> Response {
    let started = std::time::Instant::now();
    let answer = next.run(request).await;
    let micros = u64::try_from(started.elapsed().as_micros()).unwrap_or(u64::MAX);
    crate::metrics::answered(answer.status().as_u16(), micros);
    answer
}

/// The longest address of a page, in bytes.
const MOST_URI_BYTES: usize = 8192;

async fn short_enough(request: Request, next: Next) -> Response {
    let bytes = request.uri().path_and_query().map_or(0, |uri| uri.as_str().len());
    if bytes > MOST_URI_BYTES {
        let sentence = "This address is too long.";
        return Refusal::told(StatusCode::URI_TOO_LONG, sentence).into_response();
    }
    next.run(request).await
}
