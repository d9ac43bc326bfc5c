//! The pages: minutes and logs at their final addresses, live while a meeting is on.
//!
//! This is the first, plain web door; it reads the store and the files and changes nothing.

mod accept;
mod answer;
mod file;
mod page;
#[cfg(test)]
mod tests;

pub use accept::serve;

use crate::config::Config;
use crate::store::Db;
use axum::Router;
use axum::routing::get;
use std::path::PathBuf;
use std::sync::Arc;

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

    /// `/` and `/minutes/` the list, `/m/SLUG` a meeting, `/minutes/…` its files.
    fn router(self) -> Router {
        Router::new()
            .route("/", get(page::index))
            .route("/minutes/", get(page::index))
            .route("/m/{page}", get(page::meeting))
            .route("/m/{slug}/log", get(page::log))
            .route("/minutes/{*path}", get(file::published))
            .fallback(answer::not_found)
            .method_not_allowed_fallback(answer::not_allowed)
            .with_state(self)
    }
}
