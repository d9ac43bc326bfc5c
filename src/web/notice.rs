//! The notices: current ones, past ones, and each at its permanent address.

use crate::clock;
use crate::domain::notice::{Kind, Notice};
use crate::domain::text::clean;
use crate::web::answer::{HTML, Refusal, Shown};
use crate::web::ask::{Asked, Pager, Word};
use crate::web::layout::{Frame, Here, path_word};
use crate::web::listing::{Line, Listing, Tab};
use crate::web::markup::Markup;
use crate::web::{Pages, words};
use axum::Router;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::routing::get;
use chrono::NaiveDate;

/// How many notices one page has.
const A_PAGE: usize = 60;

/// `/notices`, `/notices/12`.
pub fn routes() -> Router<Pages> {
    Router::new().route("/notices", get(all)).route("/notices/{number}", get(one))
}

/// A notice in a list.
pub fn line(notice: &Notice, today: NaiveDate) -> Line {
    let mut tags: Vec<(&'static str, String)> = Vec::new();
    match &notice.kind {
        Kind::News => {}
        Kind::EndOfSupport { date, .. } if *date <= today => {
            tags.push(("warn", format!("end of support since {date}")));
        }
        Kind::EndOfSupport { date, .. } => tags.push(("warn", format!("end of support {date}"))),
        Kind::Rebase { .. } => match &notice.closed {
            Some((at, version)) => {
                tags.push(("done", format!("completed {} by {}", at.date(), clean(version))));
            }
            None => tags.push(("", "rebase".to_string())),
        },
        Kind::Event { date } if *date < today => tags.push(("", format!("was on {date}"))),
        Kind::Event { date } => tags.push(("done", format!("on {date}"))),
    }
    if notice.withdrawn.is_some() {
        tags.push(("warn", "withdrawn".to_string()));
    }
    if !notice.history.is_empty() {
        tags.push(("", "corrected".to_string()));
    }
    let project = notice.project.as_ref();
    let project = project.map(|name| (clean(name), Some(format!("/projects/{}", path_word(name)))));
    Line {
        id: Some(format!("n-{}", notice.number)),
        at: Some(notice.at),
        href: Some(format!("/notices/{}", notice.number)),
        words: Markup::linked(notice.text.as_untrusted()),
        tags,
        under: project.into_iter().collect(),
        ..Line::default()
    }
}

/// The current ones; `?past=1` what is over, `?project=` those of a project.
async fn all(State(pages): State<Pages>, asked: Asked, headers: HeaderMap) -> Shown {
    let (stamp, today) = (pages.stamp().await?, clock::now().date());
    let (project, is_past) = (asked.of("project").map(str::to_string), asked.of("past").is_some());
    let wanted = asked.page();
    let key = format!("notices {project:?} {is_past} {wanted} {today} {}", stamp.group());
    let page = async {
        let group = pages.group(&stamp).await?;
        let is_wanted = |notice: &&Notice| {
            notice.is_past(today) == is_past
                && project.as_ref().is_none_or(|name| {
                    notice.project.as_ref().is_some_and(|own| own.eq_ignore_ascii_case(name))
                })
        };
        let found: Vec<&Notice> = group.notices.all().iter().rev().filter(is_wanted).collect();
        let of = project.as_ref().map(|name| format!("project={}", path_word(name)));
        let base = match (is_past, &of) {
            (true, Some(of)) => format!("/notices?past=1&{of}"),
            (true, None) => "/notices?past=1".to_string(),
            (false, Some(of)) => format!("/notices?{of}"),
            (false, None) => "/notices".to_string(),
        };
        let (shown, pager) = Pager::cut(found, A_PAGE, wanted, base);
        let title =
            project.as_ref().map_or("Notices".into(), |name| format!("Notices of {}", clean(name)));
        let frame = Frame::new(&pages.site, Here::Notices, title);
        let frame = frame.feed("/feeds/notices.atom", "Notices");
        let frame = if project.is_none() && !is_past { frame.main() } else { frame };
        let lines = shown.into_iter().map(|notice| line(notice, today)).collect();
        let mut listing = Listing::of(frame, lines, "There are none.");
        listing.tabs = vec![
            Tab::new("/notices", "Current", !is_past),
            Tab::new("/notices?past=1", "Past", is_past),
            Tab::new("/feeds/notices.atom", "Feed", false),
        ];
        listing.pager = Some(pager);
        listing.print()
    };
    pages.shelf.page(key, HTML, &headers, page).await
}

/// One notice with what it said before.
async fn one(State(pages): State<Pages>, Word(number): Word, headers: HeaderMap) -> Shown {
    let number: u32 = number.parse().map_err(|_| Refusal::NotFound)?;
    let (stamp, today) = (pages.stamp().await?, clock::now().date());
    let key = format!("notice {number} {today} {}", stamp.group());
    let page = async {
        let group = pages.group(&stamp).await?;
        let notice = group.notices.one(number).ok_or(Refusal::NotFound)?;
        let frame = Frame::new(&pages.site, Here::Notices, format!("Notice {number}"));
        let frame = frame.at(&format!("/notices/{number}"));
        let mut own = line(notice, today);
        own.href = None;
        own.under.insert(0, (format!("posted by {}", clean(notice.by.as_untrusted())), None));
        if let Some((slug, line)) = &notice.meeting {
            own.under.push(("said in the meeting".into(), Some(format!("/m/{slug}/log#l-{line}"))));
        }
        let mut listing = Listing::of(frame, vec![own], "");
        if let Some((at, why)) = &notice.withdrawn {
            let words = format!("Withdrawn {}: {}", words::day(*at), why.as_untrusted());
            listing.lead = vec![Markup::linked(&words)];
        }
        if !notice.history.is_empty() {
            let before = notice.history.iter().rev().map(|one| Line {
                words: Markup::linked(one.text.as_untrusted()),
                under: vec![(
                    format!(
                        "until {}, corrected by {}",
                        words::time(one.until),
                        clean(one.by.as_untrusted())
                    ),
                    None,
                )],
                ..Line::default()
            });
            let heading = "What it said before".to_string();
            listing.parts.push(crate::web::listing::Part {
                id: "before".into(),
                heading,
                lines: before.collect(),
                empty: "",
            });
        }
        listing.tabs = vec![Tab::new("/notices", "All notices", false)];
        listing.print()
    };
    pages.shelf.page(key, HTML, &headers, page).await
}
