//! The pages: minutes and logs at their final addresses, live while a meeting is on.
//!
//! This is the first, plain web door; it reads the store and the files. Only `hook` changes
//! something, for whoever knows the secret.

mod answer;
mod door;
mod file;
mod hook;
mod page;
mod patience;
mod push;
#[cfg(test)]
mod tests;
mod why;

pub use door::Limits;

use crate::config::Config;
use crate::store::Db;
use axum::Router;
use axum::extract::{DefaultBodyLimit, Request};
use axum::http::StatusCode;
use axum::middleware;
use axum::middleware::Next;
use axum::response::Response;
use axum::routing::{get, post};
use std::path::PathBuf;
use std::sync::Arc;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

/// What the pages are made from.
#[derive(Clone)]
pub struct Pages {
    db: Db,
    config: Arc<Config>,
}

impl Pages {
    /// The pages of a database and of the files under the state directory.
    pub fn new(db: Db, config: Arc<Config>) -> Pages {
        Pages { db, config }
    }

    /// The folder of the published files.
    fn folder(&self) -> PathBuf {
        self.config.state_dir.join(crate::flow::publish::FOLDER)
    }

    /// `/` and `/minutes/` the list, `/m/SLUG` a meeting, `/minutes/…` its files, `/why` what
    /// became of a post, `/p/N` a push, `/pushes`, `/pushes/held`, `/repositories`, `/hooks/push` what other build systems hand in.
    fn router(self) -> Router {
        Router::new()
            .route("/", get(page::index))
            .route("/minutes/", get(page::index))
            .route("/m/{page}", get(page::meeting))
            .route("/m/{slug}/log", get(page::log))
            .route("/minutes/{*path}", get(file::published))
            .route("/p/{number}", get(push::one))
            .route("/pushes", get(push::all))
            .route("/pushes/held", get(push::held))
            .route("/repositories", get(push::repositories))
            .route("/why", get(why::form).post(why::ask))
            .layer(DefaultBodyLimit::max(why::MOST_BYTES))
            .merge(
                Router::new()
                    .route("/hooks/push", post(hook::take))
                    .layer(DefaultBodyLimit::max(hook::MOST_BYTES)),
            )
            .fallback(answer::not_found)
            .method_not_allowed_fallback(answer::not_allowed)
            .layer(middleware::from_fn(short_enough))
            .with_state(self)
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
    door::serve(listener, pages.router(), stop, limits).await;
}

/// The longest address of a page, in bytes.
const MOST_URI_BYTES: usize = 8192;

async fn short_enough(request: Request, next: Next) -> Response {
    let bytes = request.uri().path_and_query().map_or(0, |uri| uri.as_str().len());
    if bytes > MOST_URI_BYTES {
        return answer::refusal(StatusCode::URI_TOO_LONG, "This address is too long.");
    }
    next.run(request).await
}
