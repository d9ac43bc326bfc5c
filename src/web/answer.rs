//! Answers: the headers that every page carries, caching, and refusals as sentences.

use crate::domain::escape;
use crate::domain::minutes::{Format, STYLE, page_head};
use crate::domain::time::Moment;
use crate::store::StoreError;
use axum::body::Body;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Response, StatusCode, header};
use axum::response::IntoResponse;
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use chrono::DateTime;
use ring::digest;
use std::sync::LazyLock;

/// Nothing but our own style sheet: no script, no picture, no frame; forms go nowhere else.
static POLICY: LazyLock<String> = LazyLock::new(|| {
    let hash = BASE64_STANDARD.encode(digest::digest(&digest::SHA256, STYLE.as_bytes()));
    format!(
        "default-src 'none'; style-src 'sha256-{hash}'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    )
});

/// The media type of a format.
fn media_type(format: Format) -> &'static str {
    match format {
        Format::Html | Format::LogHtml => "text/html; charset=utf-8",
        Format::Json => "application/json",
        Format::Markdown => "text/markdown; charset=utf-8",
        Format::Text | Format::Mediawiki | Format::Moinmoin | Format::LogText => {
            "text/plain; charset=utf-8"
        }
    }
}

/// What identifies one state of a page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Version {
    /// The entity tag, with its quotes.
    pub tag: String,
    /// When it last changed, where that is known.
    pub modified: Option<Moment>,
}

impl Version {
    /// Whether the reader has this version already.
    pub fn is_known_to(&self, asked: &HeaderMap) -> bool {
        // RFC 9110 §13.2.2: If-None-Match counts alone where it is given.
        if asked.contains_key(header::IF_NONE_MATCH) {
            let values = asked.get_all(header::IF_NONE_MATCH).into_iter();
            let tags = values.filter_map(|value| value.to_str().ok()).flat_map(|v| v.split(','));
            return tags
                .map(str::trim)
                .any(|tag| tag == "*" || tag.strip_prefix("W/").unwrap_or(tag) == self.tag);
        }
        let since = asked.get(header::IF_MODIFIED_SINCE).and_then(|value| value.to_str().ok());
        let since = since.and_then(|value| DateTime::parse_from_rfc2822(value).ok());
        match (since, self.modified) {
            (Some(since), Some(modified)) => modified.utc().timestamp() <= since.timestamp(),
            _ => false,
        }
    }

    fn headers(&self) -> Vec<(HeaderName, HeaderValue)> {
        // RFC 9110 §5.6.7: `Tue, 13 Nov 2018 15:00:12 GMT`.
        let date = |at: Moment| at.utc().format("%a, %d %b %Y %H:%M:%S GMT").to_string();
        let modified = self.modified.map(|at| (header::LAST_MODIFIED, date(at)));
        let all = [(header::ETAG, self.tag.clone()), (header::CACHE_CONTROL, "no-cache".into())];
        let value = |(name, value): (HeaderName, String)| Some((name, value.parse().ok()?));
        all.into_iter().chain(modified).filter_map(value).collect()
    }
}

/// A page, or 304 where the reader has it already.
pub fn page(asked: &HeaderMap, format: Format, content: String) -> Response<Body> {
    let hash = digest::digest(&digest::SHA256, content.as_bytes());
    let tag = format!("\"{}\"", BASE64_STANDARD.encode(&hash.as_ref()[..18]));
    let version = Version { tag, modified: None };
    match version.is_known_to(asked) {
        true => not_modified(&version),
        false => found(&version, format, Body::from(content)),
    }
}

/// 200. Minutes may be corrected at any time, so whoever keeps a copy asks again each time.
pub fn found(version: &Version, format: Format, body: Body) -> Response<Body> {
    let mut answer = not_modified(version);
    *answer.status_mut() = StatusCode::OK;
    let media_type = HeaderValue::from_static(media_type(format));
    answer.headers_mut().insert(header::CONTENT_TYPE, media_type);
    *answer.body_mut() = body;
    answer
}

/// 200, for whoever asked only: nobody keeps it.
pub fn private(content: String) -> Response<Body> {
    let headers =
        [(header::CONTENT_TYPE, media_type(Format::Html)), (header::CACHE_CONTROL, "no-store")];
    guarded((headers, content).into_response())
}

/// 304.
pub fn not_modified(version: &Version) -> Response<Body> {
    let mut answer = Response::new(Body::empty());
    *answer.status_mut() = StatusCode::NOT_MODIFIED;
    answer.headers_mut().extend(version.headers());
    guarded(answer)
}

/// A refusal: a page of one sentence.
pub fn refusal(status: StatusCode, sentence: &str) -> Response<Body> {
    let mut out = String::new();
    page_head(&mut out, sentence);
    out.push_str("<main>\n<h1>");
    escape::push_html(&mut out, sentence);
    out.push_str("</h1>\n<p><a href=\"/\">All minutes</a></p>\n</main>\n</body>\n</html>\n");
    let media_type = [(header::CONTENT_TYPE, "text/html; charset=utf-8")];
    guarded((status, media_type, out).into_response())
}

/// Nothing is there.
pub async fn not_found() -> Response<Body> {
    refusal(StatusCode::NOT_FOUND, "There is no such page here.")
}

/// Pages are only read.
pub async fn not_allowed() -> Response<Body> {
    refusal(StatusCode::METHOD_NOT_ALLOWED, "These pages can only be read.")
}

/// The database does not answer.
pub fn away(error: &StoreError) -> Response<Body> {
    tracing::warn!(error = error as &dyn std::error::Error, "a page was not made");
    let mut answer = refusal(
        StatusCode::SERVICE_UNAVAILABLE,
        "The database is away at the moment. Try again in a minute; published files can still be read.",
    );
    answer.headers_mut().insert(header::RETRY_AFTER, header::HeaderValue::from_static("60"));
    answer
}

fn guarded(mut answer: Response<Body>) -> Response<Body> {
    let headers = answer.headers_mut();
    let mut set = |name: header::HeaderName, value: &str| {
        let value = header::HeaderValue::from_str(value).expect("fixed words and base64");
        headers.insert(name, value);
    };
    set(header::CONTENT_SECURITY_POLICY, &POLICY);
    set(header::X_CONTENT_TYPE_OPTIONS, "nosniff");
    set(header::REFERRER_POLICY, "no-referrer");
    set(header::X_FRAME_OPTIONS, "DENY");
    answer
}
