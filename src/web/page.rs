//! What every page shares: its frame, its sentences, and the headers that keep browsers safe.

use crate::domain::text;
use crate::domain::text::Text;
use axum::body::Body;
use axum::http::HeaderMap;
use axum::http::HeaderName;
use axum::http::HeaderValue;
use axum::http::StatusCode;
use axum::http::Uri;
use axum::http::header;
use axum::response::IntoResponse;
use axum::response::Response;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ring::digest;

/// The style of our own pages: readable at any width, light or dark, and printed.
const STYLE: &str = "\
:root{color-scheme:light dark}\
body{font:1rem/1.5 system-ui,sans-serif;max-width:46rem;margin:0 auto;padding:1rem;overflow-wrap:anywhere}\
a{color:LinkText}\
li{margin:.5rem 0}\
li a{display:inline-block;min-height:1.5rem}";

/// A page of ours. `body` is HTML already; the title is not.
pub fn html(title: &Text, body: &str) -> String {
    let title = escape(title);
    format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <title>{title}</title>\n<style>{STYLE}</style>\n</head>\n\
         <body>\n<main>\n<h1>{title}</h1>\n{body}</main>\n</body>\n</html>\n"
    )
}

/// Text as it may stand in HTML, also in a quoted attribute.
pub fn escape(words: &Text) -> String {
    let mut out = String::with_capacity(words.as_untrusted().len());
    for c in words.as_untrusted().chars() {
        match c {
            '&' => out += "&amp;",
            '<' => out += "&lt;",
            '>' => out += "&gt;",
            '"' => out += "&quot;",
            '\'' => out += "&#39;",
            c if text::is_unprintable(c) => out.push('\u{fffd}'),
            c => out.push(c),
        }
    }
    out
}

/// An answer that is one sentence of ours, in plain words.
pub fn sentence(status: StatusCode, sentence: &'static str) -> Response {
    let title = Text::new(status.canonical_reason().unwrap_or("Something went wrong"));
    let way_out = "<p><a href=\"/\">To the first page</a></p>\n";
    let mut response = ours(&title, &format!("<p>{sentence}</p>\n{way_out}"));
    *response.status_mut() = status;
    set(response.headers_mut(), header::CACHE_CONTROL, "no-store");
    response
}

/// 404.
pub async fn missing() -> Response {
    sentence(StatusCode::NOT_FOUND, "There is no such page here.")
}

/// 405.
pub async fn wrong_method() -> Response {
    sentence(StatusCode::METHOD_NOT_ALLOWED, "These pages can only be read.")
}

/// 403: members only.
pub fn restricted() -> Response {
    sentence(
        StatusCode::FORBIDDEN,
        "The minutes of this meeting are for members of the group only; ask one of its chairs.",
    )
}

/// 503.
pub fn unavailable() -> Response {
    let mut response = sentence(
        StatusCode::SERVICE_UNAVAILABLE,
        "This page cannot be shown at the moment; try again in a minute.",
    );
    set(response.headers_mut(), header::RETRY_AFTER, "60");
    response
}

/// 308, from an index's address without its slash.
pub async fn with_slash(uri: Uri) -> Response {
    let mut response = StatusCode::PERMANENT_REDIRECT.into_response();
    set(response.headers_mut(), header::LOCATION, &format!("{}/", uri.path()));
    response
}

/// 304: the asker has it already.
pub fn not_modified() -> Response {
    StatusCode::NOT_MODIFIED.into_response()
}

/// A page of ours, with the policy that allows its own style.
pub fn ours(title: &Text, body: &str) -> Response {
    let html = html(title, body);
    let policy = policy(html.as_bytes());
    let mut response = Body::from(html).into_response();
    set(response.headers_mut(), header::CONTENT_TYPE, "text/html; charset=utf-8");
    set(response.headers_mut(), header::CONTENT_SECURITY_POLICY, &policy);
    set(response.headers_mut(), header::CACHE_CONTROL, "no-cache");
    response
}

/// Sets a header whose value is of our own making.
pub fn set(headers: &mut HeaderMap, name: HeaderName, value: &str) {
    // What a header cannot carry is left out, rather than sent as something else.
    if let Ok(value) = HeaderValue::from_str(value) {
        headers.insert(name, value);
    }
}

/// Adds what every answer has.
pub fn secured(mut response: Response) -> Response {
    let headers = response.headers_mut();
    set(headers, header::X_CONTENT_TYPE_OPTIONS, "nosniff");
    set(headers, header::REFERRER_POLICY, "no-referrer");
    if !headers.contains_key(header::CONTENT_SECURITY_POLICY) {
        set(headers, header::CONTENT_SECURITY_POLICY, &policy(b""));
    }
    response
}

/// The Content-Security-Policy of a page whose beginning is this: nothing may be loaded or run, and
/// of styles only those that stand in its own head are used. Nobody but us writes there; what
/// strangers typed stands in the body, or escaped in the title.
pub fn policy(html: &[u8]) -> String {
    let head = String::from_utf8_lossy(html);
    let head = head.split("<body").next().unwrap_or_default();
    let blocks = head.split("<style").skip(1);
    let styles = blocks.filter_map(|block| block.split_once('>')?.1.split_once("</style"));
    let hash = |style: &str| STANDARD.encode(digest::digest(&digest::SHA256, style.as_bytes()));
    let hashes: String =
        styles.take(MOST_STYLES).map(|(style, _)| format!(" 'sha256-{}'", hash(style))).collect();
    let hashes = if hashes.is_empty() { " 'none'".to_string() } else { hashes };
    format!(
        "default-src 'none'; style-src{hashes}; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
}

/// How many styles a head may have.
const MOST_STYLES: usize = 4;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_a_stranger_typed_is_markup() {
        let hostile = Text::from("<script>'\"&\u{202e}\u{1b}");
        assert_eq!(escape(&hostile), "&lt;script&gt;&#39;&quot;&amp;\u{fffd}\u{fffd}");
        assert!(!html(&hostile, "").contains("<script"));
    }

    #[test]
    fn the_policy_allows_the_styles_of_the_head_alone() {
        let page = b"<head><style media=all>a{}</style></head><body><style>b{}</style>";
        let policy = policy(page);
        // printf 'a{}' | openssl dgst -sha256 -binary | base64
        assert!(
            policy.contains("style-src 'sha256-X1RutGBrXCt9KkSaXMK7tHftWiRscFHOhxsS8tv8hBk=';"),
            "{policy}"
        );
        assert_eq!(policy.matches("sha256").count(), 1);
        assert!(super::policy(b"").contains("style-src 'none';"));
    }
}
