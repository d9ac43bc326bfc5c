//! The pages of pushes: one push at its permanent address, the last ones, what is held, and how the
//! repositories fare.

use crate::clock;
use crate::domain::escape;
use crate::domain::minutes::{Format, page_head};
use crate::domain::push::item::Item;
use crate::domain::push::text;
use crate::domain::push::window::day_and_hour;
use crate::domain::push::{answer as told, place};
use crate::flow::push::answer::Ledger;
use crate::store::push::announcement::{self, Push};
use crate::web::Pages;
use crate::web::answer;
use axum::body::Body;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, Response};

/// How many days of pushes the list has.
const DAYS: u32 = 60;

/// `/p/318`
pub async fn one(
    State(pages): State<Pages>,
    number: Result<Path<i64>, PathRejection>,
    asked: HeaderMap,
) -> Response<Body> {
    let Ok(Path(number)) = number else { return answer::not_found().await };
    match announcement::one(&pages.db, number).await {
        Ok(Some(push)) => answer::page(&asked, Format::Html, page_of(&push)),
        Ok(None) => answer::not_found().await,
        Err(error) => answer::away(&error),
    }
}

/// `/pushes`
pub async fn all(state: State<Pages>, asked: HeaderMap) -> Response<Body> {
    list(state, asked, false).await
}

/// `/pushes/held`
pub async fn held(state: State<Pages>, asked: HeaderMap) -> Response<Body> {
    list(state, asked, true).await
}

async fn list(State(pages): State<Pages>, asked: HeaderMap, held: bool) -> Response<Body> {
    let ledger = Ledger { db: &pages.db, config: &pages.config, now: clock::now() };
    let known = match ledger.last(DAYS, held).await {
        Ok(known) => known,
        Err(error) => return answer::away(&error),
    };
    let title = if held { "Held until the window opens" } else { "Tagged and pushed" };
    let mut lines: Vec<String> = known.iter().map(|one| one.sentence(ledger.now)).collect();
    if lines.is_empty() {
        lines.push(if held { "Nothing is held." } else { "Nothing in the last 60 days." }.into());
    }
    if let (true, Some(policy)) = (held, pages.config.push.windows.first()) {
        lines.push(told::window(policy, ledger.now));
    }
    answer::page(&asked, Format::Html, page(title, &lines))
}

/// `/repositories`
pub async fn repositories(State(pages): State<Pages>, asked: HeaderMap) -> Response<Body> {
    let ledger = Ledger { db: &pages.db, config: &pages.config, now: clock::now() };
    let places = match ledger.places().await {
        Ok(places) => places,
        Err(error) => return answer::away(&error),
    };
    let mut lines: Vec<String> = places
        .iter()
        .flat_map(|(name, arch, known)| place::health(name, arch, known, ledger.now))
        .collect();
    if lines.is_empty() {
        lines.push("No repository is watched.".into());
    }
    answer::page(&asked, Format::Html, page("Repositories", &lines))
}

fn page(title: &str, lines: &[String]) -> String {
    let mut out = head(title);
    list_of(&mut out, lines);
    out + FOOT
}

fn page_of(push: &Push) -> String {
    let mut out = head(&format!("Push {}", push.number));
    out += &format!("<p><time datetime=\"{}\">", push.at.rfc3339());
    escape::push_html(&mut out, &day_and_hour(push.at));
    out += "</time></p>\n";
    if let Some(since) = push.since {
        let words = format!("Seen only then, as nobody looked since {}.", day_and_hour(since));
        paragraph(&mut out, &words);
    }
    push.items.iter().for_each(|item| section(&mut out, item));
    out + FOOT
}

fn section(out: &mut String, item: &Item) {
    *out += "<section>\n<h2>";
    escape::push_html(out, &item.name());
    *out += "</h2>\n";
    paragraph(out, &text::line(item, None));
    let about = &item.about;
    if !about.summary.is_empty() {
        paragraph(out, &format!("{}  ({})", about.summary, about.licence));
    }
    if !about.changes.is_empty() {
        *out += "<h3>What changed</h3>\n";
        let entry = |(who, what): &(String, String)| format!("{who}: {what}");
        list_of(out, &about.changes.iter().map(entry).collect::<Vec<_>>());
    }
    if !about.packages.is_empty() {
        *out += "<details>\n<summary>SHA-256 of the packages</summary>\n";
        let entry = |(name, sum): (&String, &String)| format!("{name} {sum}");
        list_of(out, &about.packages.iter().map(entry).collect::<Vec<_>>());
        *out += "</details>\n";
    }
    *out += "</section>\n";
}

fn head(title: &str) -> String {
    let mut out = String::new();
    page_head(&mut out, title);
    out += "<main>\n<h1>";
    escape::push_html(&mut out, title);
    out + "</h1>\n"
}

const FOOT: &str = "<p><a href=\"/pushes\">All pushes</a> · <a href=\"/pushes/held\">Held</a> · \
                    <a href=\"/repositories\">Repositories</a> · <a href=\"/\">All minutes</a></p>\n\
                    </main>\n</body>\n</html>\n";

fn paragraph(out: &mut String, words: &str) {
    *out += "<p>";
    escape::push_html_linked(out, words);
    *out += "</p>\n";
}

fn list_of(out: &mut String, lines: &[String]) {
    *out += "<ul>\n";
    for line in lines {
        *out += "<li>";
        escape::push_html_linked(out, line);
        *out += "</li>\n";
    }
    *out += "</ul>\n";
}
