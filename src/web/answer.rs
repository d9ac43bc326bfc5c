//! Answers: the headers that every page carries, caching, and refusals as sentences.

use crate::domain::escape;
use crate::domain::minutes::{Format, STYLE, page_head};
use crate::store::StoreError;
use axum::body::Body;
use axum::http::{HeaderMap, Response, StatusCode, header};
use axum::response::IntoResponse;
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use ring::digest;
use std::sync::LazyLock;

/// Nothing but our own style sheet: no script, no picture, no frame, no form from anywhere.
static POLICY: LazyLock<String> = LazyLock::new(|| {
    let hash = BASE64_STANDARD.encode(digest::digest(&digest::SHA256, STYLE.as_bytes()));
    format!(
        "default-src 'none'; style-src 'sha256-{hash}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
});

/// The media type of a format.
pub fn media_type(format: Format) -> &'static str {
    match format {
        Format::Html | Format::LogHtml => "text/html; charset=utf-8",
        Format::Json => "application/json",
        Format::Markdown => "text/markdown; charset=utf-8",
        Format::Text | Format::Mediawiki | Format::Moinmoin | Format::LogText => {
            "text/plain; charset=utf-8"
        }
    }
}

/// A page, or 304 where the reader has it already.
pub fn page(asked: &HeaderMap, media_type: &str, content: impl Into<Vec<u8>>) -> Response<Body> {
    let content = content.into();
    let hash = digest::digest(&digest::SHA256, &content);
    let tag = format!("\"{}\"", BASE64_STANDARD.encode(&hash.as_ref()[..18]));
    let has_it = asked
        .get_all(header::IF_NONE_MATCH)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .any(|given| given.trim().trim_start_matches("W/") == tag || given.trim() == "*");
    let builder =
        Response::builder().header(header::ETAG, tag).header(header::CACHE_CONTROL, "no-cache");
    let built = match has_it {
        true => builder.status(StatusCode::NOT_MODIFIED).body(Body::empty()),
        false => builder.header(header::CONTENT_TYPE, media_type).body(Body::from(content)),
    };
    guarded(built.expect("the headers are fixed words and base64"))
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
