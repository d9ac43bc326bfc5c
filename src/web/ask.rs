//! What is asked in the address of a page: its query, read with mercy.
//!
//! A query that cannot be read is no error of the reader: it was cut by a mail program or made by a
//! robot. What is not understood is not there.

use crate::web::answer::Refusal;
use axum::extract::{FromRequestParts, Path, Query};
use axum::http::request::Parts;
use std::collections::BTreeMap;
use std::convert::Infallible;

/// The longest value of a query, in characters.
pub const MOST_CHARS: usize = 200;
/// The last page of a list that can be asked for.
const MOST_PAGES: usize = 10_000;

/// The query of an address.
#[derive(Clone, Debug, Default)]
pub struct Asked(BTreeMap<String, String>);

impl<S: Send + Sync> FromRequestParts<S> for Asked {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Asked, Infallible> {
        let query = Query::<Vec<(String, String)>>::from_request_parts(parts, state).await;
        let pairs = query.map(|Query(pairs)| pairs).unwrap_or_default();
        // The first of several counts, and an empty one is none: so forms send what is left out.
        let mut asked = BTreeMap::new();
        for (key, value) in pairs {
            let value: String = value.trim().chars().take(MOST_CHARS).collect();
            if !value.is_empty() {
                asked.entry(key).or_insert(value);
            }
        }
        Ok(Asked(asked))
    }
}

impl Asked {
    /// The value of a key.
    pub fn of(&self, key: &str) -> Option<&str> {
        self.0.get(key).map(String::as_str)
    }

    /// `?page=2`, from 1.
    pub fn page(&self) -> usize {
        let page = self.of("page").and_then(|page| page.parse().ok());
        page.unwrap_or(1).clamp(1, MOST_PAGES)
    }
}

/// One part of a path; what cannot be read leads nowhere.
pub struct Word(pub String);

impl<S: Send + Sync> FromRequestParts<S> for Word {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Word, Refusal> {
        let path = Path::<String>::from_request_parts(parts, state).await;
        path.map(|Path(word)| Word(word)).map_err(|_| Refusal::NotFound)
    }
}

/// A list cut into pages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pager {
    /// What leads to the pages: the path with the query up to `page=`.
    pub base: String,
    /// This one, from 1.
    pub page: usize,
    /// How many there are.
    pub pages: usize,
}

impl Pager {
    /// The part of a list that a page shows, and the way to the others.
    pub fn cut<T>(all: Vec<T>, a_page: usize, page: usize, base: String) -> (Vec<T>, Pager) {
        let pages = all.len().div_ceil(a_page).max(1);
        let part = all.into_iter().skip((page - 1) * a_page).take(a_page).collect();
        (part, Pager { base, page, pages })
    }

    /// Whether there is anything to turn.
    pub fn turns(&self) -> bool {
        self.pages > 1
    }

    /// Where a page is.
    pub fn to(&self, page: &usize) -> String {
        let mark = if self.base.contains('?') { '&' } else { '?' };
        match page {
            1 => self.base.clone(),
            page => format!("{}{mark}page={page}", self.base),
        }
    }

    /// The page before.
    pub fn before(&self) -> Option<usize> {
        (self.page > 1).then(|| (self.page - 1).min(self.pages))
    }

    /// The page after.
    pub fn after(&self) -> Option<usize> {
        (self.page < self.pages).then(|| self.page + 1)
    }
}
