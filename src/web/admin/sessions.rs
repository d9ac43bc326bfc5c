//! `/admin/sessions`: where one is logged in; a lead sees where everybody is. Each can be ended.

use crate::domain::login::Way;
use crate::domain::text::clean;
use crate::flow::login;
use crate::web::Pages;
use crate::web::admin::guard::{Act, Member};
use crate::web::admin::page::{Desk, Entry, Form, Part};
use crate::web::answer::Shown;
use crate::web::listing::Line;
use crate::web::markup::Markup;
use crate::web::words;
use axum::Router;
use axum::extract::State;
use axum::routing::{get, post};

/// Where all of it is.
const HERE: &str = "/admin/sessions";

/// `/admin/sessions`
pub fn routes() -> Router<Pages> {
    Router::new().route(HERE, get(all)).route("/admin/sessions/end", post(end))
}

async fn all(State(pages): State<Pages>, member: Member) -> Shown {
    let sessions = login::sessions(&pages.db, &member.visitor).await?;
    let entries = sessions.iter().map(|one| {
        let is_own = one.id == member.visitor.session.id;
        let way = match one.way {
            Way::Link => "by a mailed link",
            Way::Oidc => "by the login service",
        };
        let agent = clean(one.agent.as_untrusted());
        let agent = if agent.is_empty() { "a browser without a name".to_string() } else { agent };
        let line = Line {
            lead: clean(&one.member),
            words: Markup::linked(&agent),
            tags: if is_own { vec![("done", "this one".to_string())] } else { Vec::new() },
            under: vec![
                (format!("{way}, {}", words::time(one.created_at)), None),
                (format!("used {}", words::time(one.used_at)), None),
                (format!("ends {} at the latest", words::time(one.until)), None),
            ],
            ..Line::default()
        };
        let name =
            format!("End it: the session of {} since {}", one.member, words::time(one.created_at));
        let end = Form::act("/admin/sessions/end", "End it", name, ("id", one.id.to_string()));
        Entry { line, forms: vec![end] }
    });
    let mut desk = Desk::new("Sessions", HERE);
    desk.lead = vec![Markup::linked(
        "A session ends after an hour without use, after twelve hours, and when its owner leaves the group.",
    )];
    desk.parts.push(Part::list("sessions", "", entries.collect(), "There is none."));
    desk.show(&pages, &member).await
}

async fn end(State(pages): State<Pages>, act: Act) -> Shown {
    let id: i64 = act.fields.number("id").unwrap_or(0);
    let came = login::end(&pages.db, &pages.config, &act.member.visitor, id).await?;
    act.done(&pages, came, HERE).await
}
