//! The pages: minutes and logs over HTTP, read only.
//!
//! Plain HTTP/1.1 for a reverse proxy with TLS; nothing here writes, and nothing needs a script.
//! Files under the minutes' directory are served as they are; what is under `/m/` is asked of
//! [`Pages::meetings`].

mod conditional;
mod door;
mod file;
mod format;
mod index;
mod meeting;
mod page;
mod path;
mod patience;
#[cfg(test)]
mod tests;

pub use door::Limits;
pub use format::Format;
pub use format::RESTRICTED;

use crate::domain::text::Text;
use crate::domain::time::Moment;
use axum::Router;
use axum::extract::Request;
use axum::http::StatusCode;
use axum::middleware;
use axum::middleware::Next;
use axum::response::Response;
use axum::routing::get;
use std::future::Future;
use std::path::PathBuf;
use std::pin::Pin;
use std::sync::Arc;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

/// What the pages are made from.
#[derive(Clone)]
pub struct Pages {
    /// The group's name.
    pub group: Text,
    /// The directory of the minutes (`minutes` under the state directory). It need not be there.
    pub minutes_dir: PathBuf,
    /// Answers for the pages under `/m/`.
    pub meetings: Meetings,
}

/// Answers for one meeting, by its slug.
pub type Meetings = Arc<dyn Fn(Wanted) -> Answering + Send + Sync>;

/// An answer to come.
pub type Answering = Pin<Box<dyn Future<Output = Answer> + Send>>;

/// A page of a meeting that somebody wants.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wanted {
    /// The meeting's slug, as a stranger typed it: at most 255 bytes without control characters.
    pub slug: Text,
    /// In which format.
    pub format: Format,
}

/// What there is to show.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// This page.
    Page(Page),
    /// The meeting's minutes are for members only.
    Restricted,
    /// There is no such meeting.
    Missing,
    /// It cannot be told now.
    Unavailable,
}

/// A page as it is sent, in the wanted format.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page {
    /// The content, in UTF-8. The style of HTML stands in `<style>` in its head.
    pub body: String,
    /// When it last changed, where that is known.
    pub modified: Option<Moment>,
}

impl Pages {
    /// Pages made from files alone: there is nothing under `/m/`.
    pub fn of_files(group: Text, minutes_dir: PathBuf) -> Pages {
        let nothing: Meetings = Arc::new(|_| Box::pin(std::future::ready(Answer::Missing)));
        Pages { group, minutes_dir, meetings: nothing }
    }
}

/// Serves the pages to whoever connects, until told to stop; then lets what is being sent come to
/// its end, for a bounded time.
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
    door::serve(listener, router(pages), stop, limits).await;
}

/// The longest address of a page, in bytes.
const MOST_URI_BYTES: usize = 8192;

fn router(pages: Pages) -> Router {
    Router::new()
        .route("/", get(index::home))
        .route("/minutes", get(page::with_slash))
        .route("/minutes/", get(index::all))
        .route("/minutes/{*path}", get(file::file_or_index))
        .route("/m/{*path}", get(meeting::meeting))
        .fallback(page::missing)
        .method_not_allowed_fallback(page::wrong_method)
        .layer(middleware::from_fn(guard))
        .with_state(pages)
}

/// What holds for every request and every answer.
async fn guard(request: Request, next: Next) -> Response {
    let uri_bytes = request.uri().path_and_query().map_or(0, |uri| uri.as_str().len());
    let response = if uri_bytes > MOST_URI_BYTES {
        page::sentence(StatusCode::URI_TOO_LONG, "This address is too long.")
    } else {
        next.run(request).await
    };
    page::secured(response)
}
