//! The desk: what waits for the group's people, and what they change; behind a login.
//!
//! Every act is a form of the member's own session, goes through the flow that everybody else's
//! acts go through, and is kept in the journal. Nothing of it is kept by a browser or a proxy.

mod discarded;
mod guard;
mod held;
mod home;
mod journal;
mod login;
mod members;
mod notices;
mod oidc;
mod page;
mod report;
mod repositories;
mod schedule;
mod sessions;
mod subscribers;

pub use guard::who;

use crate::web::Pages;
use axum::Router;
use axum::body::Body;
use axum::extract::DefaultBodyLimit;
use axum::http::{HeaderValue, Response, header};
use axum::middleware;

/// The longest form, in bytes: the leads' own words of a report are in one.
const MOST_BYTES: usize = 256 * 1024;

/// `/admin` and everything below it.
pub fn routes() -> Router<Pages> {
    Router::new()
        .merge(discarded::routes())
        .merge(held::routes())
        .merge(home::routes())
        .merge(journal::routes())
        .merge(login::routes())
        .merge(members::routes())
        .merge(notices::routes())
        .merge(report::routes())
        .merge(repositories::routes())
        .merge(schedule::routes())
        .merge(sessions::routes())
        .merge(subscribers::routes())
        .layer(DefaultBodyLimit::max(MOST_BYTES))
        .layer(middleware::map_response(kept_by_nobody))
}

/// What is behind the login, and that somebody is logged in, is kept by no browser and no proxy.
async fn kept_by_nobody(mut answer: Response<Body>) -> Response<Body> {
    let headers = answer.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(header::VARY, HeaderValue::from_static("Cookie"));
    answer
}
