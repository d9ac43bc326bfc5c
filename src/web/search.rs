//! The search: one box over everything, with filters that work without a script.

use crate::clock;
use crate::domain::escape;
use crate::domain::search::Query;
use crate::flow::search::{Found, In, Search};
use crate::web::answer::{self, HTML, Shown};
use crate::web::ask::Asked;
use crate::web::client::Client;
use crate::web::layout::{Frame, Here, path_word, print};
use crate::web::markup::Markup;
use crate::web::{Pages, words};
use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::get;
use chrono::NaiveDate;

/// `/search`
pub fn routes() -> Router<Pages> {
    Router::new().route("/search", get(search))
}

#[derive(Template)]
#[template(path = "search.html")]
struct SearchPage<'a> {
    frame: Frame<'a>,
    typed: String,
    within: String,
    by: String,
    from: String,
    to: String,
    /// What is wrong with what was typed.
    wrong: Option<&'static str>,
    was_asked: bool,
    found: Vec<Shape>,
    more: Option<String>,
}

/// A hit as it is shown.
struct Shape {
    path: String,
    sort: String,
    at: crate::domain::time::Moment,
    by: String,
    text: Markup,
}

impl SearchPage<'_> {
    fn kinds(&self) -> [(In, &'static str, &'static str); 5] {
        In::ALL
    }
}

/// A query of an address as a search; what cannot be read as a date is named.
pub fn read(asked: &Asked) -> Result<Search, &'static str> {
    let day = |key: &str| match asked.of(key).map(str::parse::<NaiveDate>) {
        None => Ok(None),
        Some(Ok(day)) => Ok(Some(day)),
        Some(Err(_)) => Err("A date is written as 2018-11-13."),
    };
    let within = match asked.of("in") {
        None | Some("all") => None,
        Some(word) => Some(
            In::parse(word)
                .ok_or("It can be searched in minutes, logs, notices, actions and pushes.")?,
        ),
    };
    let query = Query::read(asked.of("q").unwrap_or(""));
    if asked.of("q").is_some() && query.terms.is_empty() {
        return Err("Type at least one word; letters and digits are looked for, in any language.");
    }
    Ok(Search {
        query,
        within,
        by: asked.of("by").map(str::to_string),
        from: day("from")?,
        to: day("to")?,
        before: asked.of("before").and_then(|key| key.parse().ok()),
    })
}

async fn search(
    State(pages): State<Pages>,
    who: Client,
    asked: Asked,
    headers: HeaderMap,
) -> Shown {
    let of = |key: &str| asked.of(key).unwrap_or("").to_string();
    let title = match asked.of("q") {
        Some(typed) => format!("Search: {typed}"),
        None => "Search".to_string(),
    };
    let frame = Frame::new(&pages.site, Here::Search, title);
    let mut page = SearchPage {
        frame: if asked.of("q").is_none() { frame.main() } else { frame },
        typed: of("q"),
        within: of("in"),
        by: of("by"),
        from: of("from"),
        to: of("to"),
        wrong: None,
        was_asked: asked.of("q").is_some(),
        found: Vec::new(),
        more: None,
    };
    let search = match read(&asked) {
        Ok(search) => search,
        Err(wrong) => {
            page.wrong = Some(wrong);
            let mut answer = answer::private(print(&page)?);
            *answer.status_mut() = StatusCode::BAD_REQUEST;
            return Ok(answer);
        }
    };
    let stamp = pages.stamp().await?;
    let key = format!("search {asked:?} {stamp:?}");
    let made = async {
        if page.was_asked {
            pages.budgets.searches.spend(who, words::minute(clock::now()))?;
            let group = pages.group(&stamp).await?;
            let result = search.find(&pages.db, &group).await?;
            page.found = result.found.iter().map(shape).collect();
            page.more = result.more.map(|key| more(&page, key));
        }
        print(&page)
    };
    pages.shelf.page(key, HTML, &headers, made).await
}

/// The address of the next page.
fn more(page: &SearchPage<'_>, before: i64) -> String {
    let mut path = format!("/search?q={}", path_word(&page.typed));
    let rest = [("in", &page.within), ("by", &page.by), ("from", &page.from), ("to", &page.to)];
    for (key, value) in rest {
        if !value.is_empty() {
            path.push_str(&format!("&{key}={}", path_word(value)));
        }
    }
    path + &format!("&before={before}")
}

fn shape(found: &Found) -> Shape {
    let mut html = String::new();
    let mut from = 0;
    for place in &found.places {
        escape::push_html(&mut html, &found.text[from..place.start]);
        html.push_str("<mark>");
        escape::push_html(&mut html, &found.text[place.clone()]);
        html.push_str("</mark>");
        from = place.end;
    }
    escape::push_html(&mut html, &found.text[from..]);
    Shape {
        path: found.path.clone(),
        sort: match found.sort.as_str() {
            "line" => "log".to_string(),
            sort => sort.to_string(),
        },
        at: found.at,
        by: found.by.clone(),
        text: Markup::printed(html),
    }
}
