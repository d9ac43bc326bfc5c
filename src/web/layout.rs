//! The frame around every page: what the group is called, the ways to the pages, and refusals
//! inside it.

use crate::config::Config;
use crate::domain::text::clean;
use crate::web::Pages;
use crate::web::answer::{HTML, Refusal, Refused};
use crate::web::assets::Assets;
use askama::Template;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{HeaderValue, Response, StatusCode, header};
use axum::middleware::Next;

/// The part of the site that a page belongs to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Here {
    /// None of those that the frame leads to.
    #[default]
    Elsewhere,
    /// Meetings, minutes, logs, the calendar.
    Meetings,
    /// Actions, calls for help.
    Actions,
    /// Notices.
    Notices,
    /// The roadmap and the projects.
    Roadmap,
    /// Pushes and repositories.
    Pushes,
    /// The mailing list.
    Lists,
    /// The people.
    People,
    /// The search.
    Search,
}

/// A way to a page.
#[derive(Clone, Debug)]
pub struct Way {
    /// Where it leads.
    pub path: String,
    /// What it is called.
    pub words: &'static str,
    /// The part of the site.
    pub here: Here,
}

/// What is the same on every page.
#[derive(Clone, Debug)]
pub struct Site {
    /// The group's name.
    pub name: String,
    /// Its short name.
    pub short: String,
    /// How people reach the pages, without a slash at the end; empty where nobody said.
    pub url: String,
    /// The ways at the top.
    pub pages: Vec<Way>,
    /// The ways at the bottom.
    pub more: Vec<Way>,
    /// The style sheet and its like.
    pub assets: Assets,
}

impl Site {
    /// The site of a configuration.
    pub fn new(config: &Config) -> Site {
        let way = |path: &str, words, here| Way { path: path.to_string(), words, here };
        let mut pages = vec![
            way("/meetings", "Meetings", Here::Meetings),
            way("/actions", "Actions", Here::Actions),
            way("/notices", "Notices", Here::Notices),
            way("/roadmap", "Roadmap", Here::Roadmap),
        ];
        if !config.push.repositories.is_empty() {
            pages.push(way("/pushes", "Pushes", Here::Pushes));
        }
        if let Some(list) = &config.list {
            let path = format!("/lists/{}", path_word(list.address.local()));
            pages.push(way(&path, "Mailing list", Here::Lists));
        }
        pages.push(way("/members", "People", Here::People));
        pages.push(way("/search", "Search", Here::Search));
        let more = vec![
            way("/getting-started", "Getting started", Here::Elsewhere),
            way("/contact", "Contact", Here::Elsewhere),
            way("/decisions", "Decisions", Here::Elsewhere),
            way("/help-wanted", "Help wanted", Here::Elsewhere),
            way("/projects", "Projects", Here::Elsewhere),
            way("/meetings/calendar", "Calendar", Here::Elsewhere),
            way("/feeds", "Feeds and data", Here::Elsewhere),
            way("/admin", "For members", Here::Elsewhere),
        ];
        Site {
            name: clean(config.group.name.as_untrusted()),
            short: clean(config.group.short.as_untrusted()),
            url: config.web.as_ref().map_or(String::new(), |web| web.url.clone()),
            pages,
            more,
            assets: Assets::default(),
        }
    }
}

/// A word as one part of a path: what has a meaning in addresses is written as `%XX`.
pub fn path_word(word: &str) -> String {
    let mut out = String::with_capacity(word.len());
    for byte in word.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => {
                out.push(char::from(byte));
            }
            _ => out.push_str(&format!("%{byte:02X}")),
        }
    }
    out
}

/// What one page tells its frame.
#[derive(Clone, Debug)]
pub struct Frame<'a> {
    /// What is the same everywhere.
    pub site: &'a Site,
    /// The page's title.
    pub title: String,
    /// What it is, in a sentence, for search engines and previews.
    pub about: String,
    /// The part of the site.
    pub here: Here,
    /// Whether it is the page that the way of its part leads to.
    pub is_its_page: bool,
    /// Feeds of what it shows: where, and what they are called.
    pub feeds: Vec<(&'static str, &'static str)>,
    /// Its one permanent address.
    pub canonical: Option<String>,
}

impl<'a> Frame<'a> {
    /// The frame of a page in a part of the site.
    pub fn new(site: &'a Site, here: Here, title: impl Into<String>) -> Frame<'a> {
        let title: String = title.into();
        Frame {
            about: format!("{title} of {}", site.name),
            title,
            site,
            here,
            is_its_page: false,
            feeds: Vec::new(),
            canonical: None,
        }
    }

    /// The page that the way of its part leads to.
    pub fn main(self) -> Frame<'a> {
        Frame { is_its_page: true, ..self }
    }

    /// A feed of what is shown.
    pub fn feed(mut self, path: &'static str, title: &'static str) -> Frame<'a> {
        self.feeds.push((path, title));
        self
    }

    /// Its permanent address, from a path.
    pub fn at(self, path: &str) -> Frame<'a> {
        let own = (!self.site.url.is_empty()).then(|| format!("{}{path}", self.site.url));
        Frame { canonical: own, ..self }
    }
}

/// A template as the text of a page.
pub fn print(template: &impl Template) -> Result<String, Refusal> {
    template.render().map_err(|error| {
        tracing::error!(%error, "a page cannot be printed");
        Refusal::told(StatusCode::INTERNAL_SERVER_ERROR, "This page cannot be shown now.")
    })
}

#[derive(Template)]
#[template(path = "refusal.html")]
struct RefusalPage<'a> {
    frame: Frame<'a>,
    more: Vec<&'static str>,
}

/// Refusals become pages of a sentence.
pub async fn refusals(State(pages): State<Pages>, request: Request, next: Next) -> Response<Body> {
    let mut answer = next.run(request).await;
    let Some(Refused(status, sentence)) = answer.extensions_mut().remove::<Refused>() else {
        return answer;
    };
    let more = match status {
        StatusCode::SERVICE_UNAVAILABLE => {
            vec![
                "Published minutes can still be read under /minutes/, and this page comes back by itself.",
            ]
        }
        _ => Vec::new(),
    };
    let frame = Frame::new(&pages.site, Here::Elsewhere, sentence.clone());
    let page = print(&RefusalPage { frame, more }).unwrap_or(sentence);
    *answer.body_mut() = Body::from(page);
    let headers = answer.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(HTML));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    answer
}
