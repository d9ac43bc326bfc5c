//! Answers: the headers that every page carries, caching, and refusals as sentences.

use crate::domain::minutes::{Format, STYLE};
use crate::domain::time::Moment;
use crate::store::StoreError;
use axum::body::Body;
use axum::body::Bytes;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Response, StatusCode, header};
use axum::response::IntoResponse;
use base64::Engine;
use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD};
use chrono::DateTime;
use ring::digest;
use std::sync::LazyLock;

/// HTML.
pub const HTML: &str = "text/html; charset=utf-8";

/// Everything on a page is ours: no style, script, picture or connection from elsewhere, nothing
/// inside the page itself, no frame; forms go nowhere else.
const POLICY: &str = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; \
    connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

/// A published file carries its style sheet in itself, and nothing else is allowed in it.
static POLICY_OF_FILES: LazyLock<String> = LazyLock::new(|| {
    let hash = BASE64_STANDARD.encode(digest::digest(&digest::SHA256, STYLE.as_bytes()));
    format!(
        "default-src 'none'; style-src 'sha256-{hash}'; base-uri 'none'; form-action 'none'; \
         frame-ancestors 'none'"
    )
});

/// What a handler gives.
pub type Shown = Result<Response<Body>, Refusal>;

/// Why there is no page. What it looks like is [`layout`](crate::web::layout)'s business.
#[derive(Debug)]
pub enum Refusal {
    /// Nothing is there.
    NotFound,
    /// The database does not answer.
    Away(StoreError),
    /// Another reason, in a sentence.
    Told(StatusCode, String),
}

impl Refusal {
    /// A reason in a sentence.
    pub fn told(status: StatusCode, sentence: impl Into<String>) -> Refusal {
        Refusal::Told(status, sentence.into())
    }

    /// The status and the sentence.
    fn parts(self) -> Refused {
        match self {
            Refusal::NotFound => {
                Refused(StatusCode::NOT_FOUND, "There is no such page here.".into())
            }
            Refusal::Away(error) => {
                tracing::warn!(error = &error as &dyn std::error::Error, "a page was not made");
                let sentence = "The database is away at the moment. Try again in a minute.";
                Refused(StatusCode::SERVICE_UNAVAILABLE, sentence.into())
            }
            Refusal::Told(status, sentence) => Refused(status, sentence),
        }
    }
}

impl From<StoreError> for Refusal {
    fn from(error: StoreError) -> Refusal {
        Refusal::Away(error)
    }
}

/// A refusal on its way out, before it is made into a page or, for programs, into JSON.
#[derive(Clone, Debug)]
pub struct Refused(pub StatusCode, pub String);

impl IntoResponse for Refusal {
    fn into_response(self) -> Response<Body> {
        let refused = self.parts();
        let mut answer = Response::new(Body::empty());
        *answer.status_mut() = refused.0;
        if refused.0 == StatusCode::SERVICE_UNAVAILABLE {
            answer.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("60"));
        }
        answer.extensions_mut().insert(refused);
        answer
    }
}

/// The media type of a format.
pub fn media_type(format: Format) -> &'static str {
    match format {
        Format::Html | Format::LogHtml => HTML,
        Format::Json => "application/json",
        Format::Markdown => "text/markdown; charset=utf-8",
        Format::Text | Format::Mediawiki | Format::Moinmoin | Format::LogText => {
            "text/plain; charset=utf-8"
        }
    }
}

/// The entity tag of a content, with its quotes. It is a weak one (RFC 9110 §8.8.1), as the same
/// content leaves packed and unpacked.
pub fn tag_of(content: &[u8]) -> String {
    let hash = digest::digest(&digest::SHA256, content);
    format!("W/\"{}\"", BASE64_URL_SAFE_NO_PAD.encode(&hash.as_ref()[..18]))
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
        // RFC 9110 §13.2.2: If-None-Match counts alone where it is given, and compares weakly.
        if asked.contains_key(header::IF_NONE_MATCH) {
            let values = asked.get_all(header::IF_NONE_MATCH).into_iter();
            let tags = values.filter_map(|value| value.to_str().ok()).flat_map(|v| v.split(','));
            return tags.map(str::trim).any(|tag| tag == "*" || opaque(tag) == opaque(&self.tag));
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

fn opaque(tag: &str) -> &str {
    tag.strip_prefix("W/").unwrap_or(tag)
}

/// 200. Anything may be corrected at any time, so whoever keeps a copy asks again each time.
pub fn found(version: &Version, media_type: &'static str, body: Body) -> Response<Body> {
    let mut answer = not_modified(version);
    *answer.status_mut() = StatusCode::OK;
    answer.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(media_type));
    *answer.body_mut() = body;
    answer
}

/// 304.
pub fn not_modified(version: &Version) -> Response<Body> {
    let mut answer = Response::new(Body::empty());
    *answer.status_mut() = StatusCode::NOT_MODIFIED;
    answer.headers_mut().extend(version.headers());
    answer
}

/// A published file: as [`found`], with the policy of files.
pub fn file(version: &Version, format: Format, body: Body) -> Response<Body> {
    let mut answer = found(version, media_type(format), body);
    if let Ok(policy) = HeaderValue::from_str(&POLICY_OF_FILES) {
        answer.headers_mut().insert(header::CONTENT_SECURITY_POLICY, policy);
    }
    answer
}

/// 200, for whoever asked only: nobody keeps it.
pub fn private(content: String) -> Response<Body> {
    let headers = [(header::CONTENT_TYPE, HTML), (header::CACHE_CONTROL, "no-store")];
    (headers, content).into_response()
}

/// Go there instead: for ever (308 of a GET is understood by all, but 301 by text browsers too).
pub fn moved(to: &str) -> Response<Body> {
    redirect(StatusCode::MOVED_PERMANENTLY, to)
}

/// Go there instead, this time.
pub fn see(to: &str) -> Response<Body> {
    let mut answer = redirect(StatusCode::FOUND, to);
    answer.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    answer
}

/// The form was taken: read the result there.
pub fn done(to: &str) -> Response<Body> {
    let mut answer = redirect(StatusCode::SEE_OTHER, to);
    answer.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    answer
}

fn redirect(status: StatusCode, to: &str) -> Response<Body> {
    let mut answer = Response::new(Body::empty());
    *answer.status_mut() = status;
    // What is no header's value is no address of ours.
    let to = HeaderValue::from_str(to).unwrap_or(HeaderValue::from_static("/"));
    answer.headers_mut().insert(header::LOCATION, to);
    answer
}

/// A text of a few words, for programs and probes.
pub fn plain(status: StatusCode, words: impl Into<Bytes>) -> Response<Body> {
    let mut answer = Response::new(Body::from(words.into()));
    *answer.status_mut() = status;
    let kind = HeaderValue::from_static("text/plain; charset=utf-8");
    answer.headers_mut().insert(header::CONTENT_TYPE, kind);
    answer.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    answer
}

/// The headers of every answer, whatever it is.
pub async fn guarded(mut answer: Response<Body>) -> Response<Body> {
    let headers = answer.headers_mut();
    let policy = HeaderValue::from_static(POLICY);
    headers.entry(header::CONTENT_SECURITY_POLICY).or_insert(policy);
    for (name, value) in [
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "same-origin"),
        (header::X_FRAME_OPTIONS, "DENY"),
        (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
        (HeaderName::from_static("permissions-policy"), "camera=(), geolocation=(), microphone=()"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    answer
}
