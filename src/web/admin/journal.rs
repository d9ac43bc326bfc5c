//! `/admin/log`: every change of the group, the newest first: who, what, when and where.

use crate::domain::group::{Entry as Change, told};
use crate::domain::text::clean;
use crate::store::journal;
use crate::web::Pages;
use crate::web::admin::guard::Member;
use crate::web::admin::page::{Desk, Part};
use crate::web::answer::Shown;
use crate::web::ask::Asked;
use crate::web::layout::path_word;
use crate::web::listing::Line;
use crate::web::markup::Markup;
use crate::web::words;
use axum::Router;
use axum::extract::State;
use axum::routing::get;

/// How many entries one page has.
const A_PAGE: u32 = 100;

/// `/admin/log`
pub fn routes() -> Router<Pages> {
    Router::new().route("/admin/log", get(all))
}

async fn all(State(pages): State<Pages>, member: Member, asked: Asked) -> Shown {
    let before = asked.of("before").and_then(|id| id.parse().ok()).unwrap_or(i64::MAX);
    let found = journal::before(&pages.db, before, A_PAGE).await?;
    let entries = found.iter().map(|one| line(one).into()).collect();
    let mut desk = Desk::new("Journal", "/admin/log");
    desk.parts.push(Part::list("entries", "", entries, "Nothing was changed yet."));
    if let Some(last) = found.last().filter(|_| found.len() == A_PAGE as usize) {
        desk.onward.push(("Older".into(), format!("/admin/log?before={}", last.id)));
    }
    desk.show(&pages, &member).await
}

fn line(entry: &Change) -> Line {
    let by = &entry.by;
    let who = format!("{} {}", clean(by.name.as_str()), told::way(by.via));
    let mut under = vec![(words::time(entry.at), None), (who, None)];
    if let Some((slug, line)) = &by.meeting {
        let href = format!("/m/{}/log#l-{line}", path_word(slug));
        under.push(("said in the meeting".into(), Some(href)));
    }
    Line {
        id: Some(format!("e-{}", entry.id)),
        lead: format!("{}.", entry.id),
        words: Markup::linked(&told::sentence(&entry.change)),
        under,
        ..Line::default()
    }
}
