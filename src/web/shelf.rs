//! Pages that were made, kept packed for as long as what they were made from is the same.
//!
//! A page is kept under its address and the stamp of what it shows, so nothing stale is ever sent:
//! a change gives another stamp, and what lies under the old one is thrown out when room is needed.

use crate::web::answer::{self, Refusal, Shown, Version};
use axum::body::{Body, Bytes};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;
use quick_cache::Weighter;
use quick_cache::sync::Cache;
use std::io::{Read, Write};

/// How many bytes of packed pages are kept.
const MOST_BYTES: u64 = 12 * 1024 * 1024;
/// About how many pages that is.
const PAGES: usize = 2_000;
/// How hard a page is packed: once, for many readers.
const PACKING: u32 = 6;

/// The pages that were made.
pub struct Shelf {
    pages: Cache<String, Kept, Bytewise>,
}

/// A page, packed.
#[derive(Clone)]
struct Kept {
    tag: String,
    packed: Bytes,
}

#[derive(Clone)]
struct Bytewise;

impl Weighter<String, Kept> for Bytewise {
    fn weight(&self, key: &String, kept: &Kept) -> u64 {
        (key.len() + kept.packed.len() + kept.tag.len() + 128) as u64
    }
}

impl Default for Shelf {
    fn default() -> Shelf {
        Shelf { pages: Cache::with_weighter(PAGES, MOST_BYTES, Bytewise) }
    }
}

impl Shelf {
    /// The page under a key, made if it is not there: of several who ask at once, one makes it.
    pub async fn page(
        &self,
        key: String,
        media_type: &'static str,
        asked: &HeaderMap,
        make: impl Future<Output = Result<String, Refusal>>,
    ) -> Shown {
        let kept = self.pages.get_or_insert_async(&key, async { make.await.map(Kept::of) }).await?;
        kept.answer(media_type, asked)
    }
}

impl Kept {
    fn of(content: String) -> Kept {
        let tag = answer::tag_of(content.as_bytes());
        let mut packer = GzEncoder::new(Vec::new(), Compression::new(PACKING));
        let packed = packer.write_all(content.as_bytes()).and_then(|()| packer.finish());
        Kept { tag, packed: packed.expect("a list of bytes takes everything").into() }
    }

    fn answer(self, media_type: &'static str, asked: &HeaderMap) -> Shown {
        let version = Version { tag: self.tag, modified: None };
        let mut answer = if version.is_known_to(asked) {
            answer::not_modified(&version)
        } else if takes_gzip(asked) {
            let mut answer = answer::found(&version, media_type, Body::from(self.packed));
            let gzip = HeaderValue::from_static("gzip");
            answer.headers_mut().insert(header::CONTENT_ENCODING, gzip);
            answer
        } else {
            let mut content = Vec::with_capacity(self.packed.len() * 4);
            GzDecoder::new(&self.packed[..]).read_to_end(&mut content).map_err(|_| {
                Refusal::told(StatusCode::INTERNAL_SERVER_ERROR, "This page cannot be read now.")
            })?;
            answer::found(&version, media_type, Body::from(content))
        };
        answer.headers_mut().insert(header::VARY, HeaderValue::from_static("Accept-Encoding"));
        Ok(answer)
    }
}

/// Whether the reader unpacks gzip (RFC 9110 §12.5.3).
fn takes_gzip(asked: &HeaderMap) -> bool {
    let values = asked.get_all(header::ACCEPT_ENCODING).into_iter();
    let codings = values.filter_map(|value| value.to_str().ok()).flat_map(|value| value.split(','));
    codings.into_iter().any(|coding| {
        let (name, weight) = coding.split_once(';').unwrap_or((coding, ""));
        let weight = weight.trim().trim_start_matches("q=").trim_start_matches("Q=");
        let is_refused = weight.parse::<f32>().is_ok_and(|weight| weight == 0.0);
        ["gzip", "x-gzip", "*"].contains(&name.trim().to_ascii_lowercase().as_str()) && !is_refused
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asking(codings: &str) -> HeaderMap {
        let mut asked = HeaderMap::new();
        asked.insert(header::ACCEPT_ENCODING, codings.parse().unwrap());
        asked
    }

    #[test]
    fn gzip_is_sent_to_whom_takes_it() {
        for yes in ["gzip", "br, gzip;q=0.5", "*", "deflate, X-GZIP"] {
            assert!(takes_gzip(&asking(yes)), "{yes}");
        }
        for no in ["", "br", "gzip;q=0", "identity", "*;q=0.0", "gzipped"] {
            assert!(!takes_gzip(&asking(no)), "{no}");
        }
    }

    #[tokio::test]
    async fn a_page_is_made_once_and_is_the_same_packed_and_unpacked() {
        let shelf = Shelf::default();
        let page = || async { Ok("<p>".repeat(1000)) };
        let never = async { Err(Refusal::NotFound) };
        let first = shelf.page("a".into(), answer::HTML, &asking("gzip"), page()).await.unwrap();
        let again = shelf.page("a".into(), answer::HTML, &asking("br"), never).await.unwrap();
        assert_eq!(first.headers()[header::ETAG], again.headers()[header::ETAG]);
        let packed = axum::body::to_bytes(first.into_body(), 10_000).await.unwrap();
        let whole = axum::body::to_bytes(again.into_body(), 10_000).await.unwrap();
        let mut unpacked = Vec::new();
        GzDecoder::new(&packed[..]).read_to_end(&mut unpacked).unwrap();
        assert!(packed.len() < 200 && unpacked == whole && whole.len() == 3000);
        let failed = async { Err(Refusal::NotFound) };
        assert!(shelf.page("b".into(), answer::HTML, &asking(""), failed).await.is_err());
        let made = shelf.page("b".into(), answer::HTML, &asking(""), page()).await;
        assert!(made.is_ok(), "what failed is not kept");
    }
}
