//! The style sheet, the script and the icon, at addresses that change with what is in them.

use crate::domain::minutes::STYLE;
use crate::web::Pages;
use crate::web::answer::{self, Refusal, Shown};
use crate::web::shelf::Shelf;
use axum::Router;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::routing::get;

/// A file of ours.
#[derive(Clone, Debug)]
pub struct Asset {
    /// Where it is.
    pub path: String,
    media_type: &'static str,
    content: String,
}

/// All of them.
#[derive(Clone, Debug)]
pub struct Assets {
    /// The style sheet: that of minutes, then that of the frame.
    pub style: Asset,
    /// The script.
    pub script: Asset,
    /// The icon.
    pub icon: Asset,
}

impl Default for Assets {
    fn default() -> Assets {
        let style = format!("{STYLE}{}", include_str!("site.css"));
        Assets {
            style: Asset::new("beadle", "css", "text/css; charset=utf-8", style),
            script: Asset::new(
                "beadle",
                "js",
                "text/javascript; charset=utf-8",
                include_str!("beadle.js").to_string(),
            ),
            icon: Asset::new("icon", "svg", "image/svg+xml", include_str!("icon.svg").to_string()),
        }
    }
}

impl Asset {
    fn new(name: &str, extension: &str, media_type: &'static str, content: String) -> Asset {
        let tag = answer::tag_of(content.as_bytes());
        let hash: String =
            tag.chars().filter(char::is_ascii_alphanumeric).skip(1).take(12).collect();
        Asset { path: format!("/static/{name}-{hash}.{extension}"), media_type, content }
    }
}

/// `/static/…`
pub fn routes() -> Router<Pages> {
    Router::new()
        .route("/static/{name}", get(asset))
        .route("/favicon.ico", get(icon))
        .route("/robots.txt", get(robots))
}

/// Robots may read everything (RFC 9309) but what is made for one reader.
async fn robots() -> Shown {
    let words = "User-agent: *\nDisallow: /search\nDisallow: /admin\nDisallow: /api/v1/search\n";
    Ok(answer::plain(StatusCode::OK, words))
}

async fn asset(State(pages): State<Pages>, Path(name): Path<String>, asked: HeaderMap) -> Shown {
    let assets = &pages.site.assets;
    let all = [&assets.style, &assets.script, &assets.icon];
    let path = format!("/static/{name}");
    let asset = all.into_iter().find(|asset| asset.path == path).ok_or(Refusal::NotFound)?;
    send(&pages.shelf, asset, &asked).await
}

async fn icon(State(pages): State<Pages>, asked: HeaderMap) -> Shown {
    send(&pages.shelf, &pages.site.assets.icon, &asked).await
}

async fn send(shelf: &Shelf, asset: &Asset, asked: &HeaderMap) -> Shown {
    let content = async { Ok(asset.content.clone()) };
    let mut answer = shelf.page(asset.path.clone(), asset.media_type, asked, content).await?;
    // The address changes with the content, so nobody needs to ask again.
    let ever = HeaderValue::from_static("public, max-age=31536000, immutable");
    answer.headers_mut().insert(header::CACHE_CONTROL, ever);
    Ok(answer)
}
