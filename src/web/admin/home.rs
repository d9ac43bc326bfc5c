//! `/admin`: what waits for somebody.

use crate::clock;
use crate::domain::list::gate::Verdict;
use crate::domain::schedule::say;
use crate::flow::push::answer::Ledger;
use crate::flow::report;
use crate::store;
use crate::web::Pages;
use crate::web::admin::guard::Member;
use crate::web::admin::page::{Desk, Entry, Form, Part};
use crate::web::answer::Shown;
use crate::web::listing::Line;
use crate::web::markup::Markup;
use axum::Router;
use axum::extract::State;
use axum::routing::get;

/// How many meetings to come are named.
const NEXT: usize = 2;

/// `/admin`
pub fn routes() -> Router<Pages> {
    Router::new().route("/admin", get(home))
}

async fn home(State(pages): State<Pages>, member: Member) -> Shown {
    let mut desk = Desk::new("The desk", "/admin");
    let what = if member.visitor.is_lead { "a lead" } else { "a member" };
    let words = format!("You are logged in as {}, {what} of the group.", member.visitor.handle);
    desk.lead = vec![Markup::linked(&words)];
    let waits = waiting(&pages, &member).await?;
    desk.parts.push(Part::list("waits", "What waits", waits, "Nothing waits for anybody."));
    let next = coming(&pages, &member);
    desk.parts.push(Part::list("next", "What comes", next, "No meeting is planned."));
    let out = Form { is_quiet: true, ..Form::new("out", "/admin/logout", "Log out", Vec::new()) };
    desk.parts.push(Part::form("Done?", out));
    desk.show(&pages, &member).await
}

fn entry(lead: &str, href: &str, words: &str) -> Entry {
    let line = Line {
        lead: lead.to_string(),
        href: Some(href.to_string()),
        words: Markup::linked(words),
        ..Line::default()
    };
    line.into()
}

/// Posts, repositories and the report that want somebody's hand.
async fn waiting(
    pages: &Pages,
    member: &Member,
) -> Result<Vec<Entry>, crate::web::answer::Refusal> {
    let mut waits = Vec::new();
    let held = store::kept::count(&pages.db, Verdict::Hold).await?;
    let is_or_are = |count: u64, one: &str, many: &str| {
        if count == 1 { format!("1 {one}") } else { format!("{count} {many}") }
    };
    if held > 0 {
        let words = is_or_are(held, "post waits for a moderator.", "posts wait for a moderator.");
        waits.push(match member.visitor.is_lead {
            true => entry("Held posts:", "/admin/held", &words),
            false => Line { words: Markup::linked(&words), ..Line::default() }.into(),
        });
    }
    let now = clock::now();
    let ledger = Ledger { db: &pages.db, config: &pages.config, now };
    for (name, arch, place) in ledger.places().await? {
        let words = match (&place.fault, &place.doubt) {
            (Some(fault), _) => format!("cannot be read since {}.", fault.since.date()),
            (None, Some(doubt)) => {
                format!("is not believed: {} % are gone at once.", doubt.vanished)
            }
            (None, None) => continue,
        };
        waits.push(entry(
            "Repositories:",
            "/admin/repositories",
            &format!("{name} {arch} {words}"),
        ));
    }
    if let Ok(due) = report::wanted(&pages.config, None, now) {
        let quarter = due.quarter.to_string();
        let is_sent = member.group.reports.one(&quarter).is_some_and(|one| one.sent.is_some());
        if !is_sent && due.draft <= now.date() {
            let words = format!("The report of {} is due on {}.", due.quarter.title(), due.on);
            waits.push(entry("Report:", &format!("/admin/report/{quarter}"), &words));
        }
    }
    Ok(waits)
}

fn coming(pages: &Pages, member: &Member) -> Vec<Entry> {
    let now = clock::now();
    let mut next = Vec::new();
    for slot in member.group.schedule.from(now).take(NEXT) {
        let words = say::next(&member.group.schedule, &slot);
        next.push(entry("Meeting:", "/admin/schedule", &words));
    }
    if let Ok(due) = report::wanted(&pages.config, None, now) {
        let words = format!("The report of {} is due on {}.", due.quarter.title(), due.on);
        next.push(entry("Report:", &format!("/admin/report/{}", due.quarter), &words));
    }
    next
}
