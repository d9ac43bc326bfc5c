//! The permanent page of a meeting: `/m/SLUG`, `/m/SLUG.FORMAT`, `/m/SLUG/log`.

use crate::domain::text::Text;
use crate::web::Answer;
use crate::web::Page;
use crate::web::Pages;
use crate::web::Wanted;
use crate::web::conditional::Version;
use crate::web::file;
use crate::web::format::Format;
use crate::web::page;
use crate::web::path;
use axum::body::Body;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::http::Uri;
use axum::response::IntoResponse;
use axum::response::Response;
use ring::digest;

/// Answers for one meeting.
pub async fn meeting(State(pages): State<Pages>, uri: Uri, asker: HeaderMap) -> Response {
    let path = uri.path().strip_prefix("/m/").unwrap_or_default();
    let Some(wanted) = wanted(path) else { return page::missing().await };
    let format = wanted.format;
    match (pages.meetings)(wanted).await {
        Answer::Page(page) => answer(page, format, &asker),
        Answer::Restricted => page::restricted(),
        Answer::Missing => page::missing().await,
        Answer::Unavailable => page::unavailable(),
    }
}

fn wanted(path: &str) -> Option<Wanted> {
    let mut parts = path::parts(path)?.into_iter();
    let name = parts.next()?;
    let (slug, format) = match (parts.next().as_deref(), Format::split(&name)) {
        (Some("log"), _) => (name.as_str(), Format::LogHtml),
        (Some(_), _) => return None,
        (None, Some((slug, format))) => (slug, format),
        (None, None) => (name.as_str(), Format::Html),
    };
    let wanted = Wanted { slug: Text::from(slug), format };
    parts.next().is_none().then_some(wanted)
}

fn answer(page: Page, format: Format, asker: &HeaderMap) -> Response {
    let digest = digest::digest(&digest::SHA256, page.body.as_bytes());
    let tag: String = digest.as_ref()[..16].iter().map(|byte| format!("{byte:02x}")).collect();
    let version = Version { tag: format!("\"{tag}\""), modified: page.modified };
    if version.is_known_to(asker) {
        return page::not_modified();
    }
    let policy = page::policy(if format.is_html() { page.body.as_bytes() } else { b"" });
    let mut response = Body::from(page.body).into_response();
    file::headers(response.headers_mut(), &version, format, &policy);
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_is_wanted() {
        for (path, expected) in [
            ("2018-11-13", Some(("2018-11-13", Format::Html))),
            ("2018-11-13.txt", Some(("2018-11-13", Format::Text))),
            ("2018-11-13.log.txt", Some(("2018-11-13", Format::LogText))),
            ("2018-11-13/log", Some(("2018-11-13", Format::LogHtml))),
            ("a.b", Some(("a.b", Format::Html))),
            ("2018-11-13/", None),
            ("2018-11-13/logs", None),
            ("2018-11-13/log/x", None),
            ("..", None),
            ("", None),
        ] {
            let got = wanted(path);
            let got = got.as_ref().map(|wanted| (wanted.slug.as_untrusted(), wanted.format));
            assert_eq!(got, expected, "{path}");
        }
    }
}
