//! `/admin/repositories`: how each fares, and whether what was doubted is to be believed.

use crate::clock;
use crate::domain::push::place;
use crate::flow::desk;
use crate::flow::push::answer::Ledger;
use crate::web::Pages;
use crate::web::admin::guard::{Act, Member};
use crate::web::admin::page::{Desk, Entry, Form, Part};
use crate::web::answer::Shown;
use crate::web::listing::Line;
use crate::web::markup::Markup;
use axum::Router;
use axum::extract::State;
use axum::routing::{get, post};

/// Where all of it is.
const HERE: &str = "/admin/repositories";

/// `/admin/repositories`
pub fn routes() -> Router<Pages> {
    Router::new().route(HERE, get(all)).route("/admin/repositories/allow", post(allow))
}

async fn all(State(pages): State<Pages>, member: Member) -> Shown {
    let ledger = Ledger { db: &pages.db, config: &pages.config, now: clock::now() };
    let mut entries = Vec::new();
    for (name, arch, known) in ledger.places().await? {
        let mut lines = place::health(&name, &arch, &known, ledger.now).into_iter();
        let words = Markup::linked(&lines.next().unwrap_or_default());
        let under = lines.map(|line| (line.trim().to_string(), None)).collect();
        let tags = match (&known.fault, &known.doubt) {
            (Some(_), _) => vec![("warn", "trouble".to_string())],
            (None, Some(_)) => vec![("warn", "doubted".to_string())],
            (None, None) => Vec::new(),
        };
        let may = known.doubt.is_some() && member.visitor.is_lead;
        let forms = may.then(|| {
            let full = format!("Believe it: what {name} {arch} has now");
            Form::act("/admin/repositories/allow", "Believe it", full, ("repository", name.clone()))
                .saying("arch", arch.clone())
        });
        let line = Line { words, under, tags, ..Line::default() };
        entries.push(Entry { line, forms: forms.into_iter().collect() });
    }
    let mut desk = Desk::new("Repositories", HERE);
    desk.lead = vec![Markup::linked(
        "Where much is gone from a repository at once, nothing of it is believed until a lead has looked.",
    )];
    desk.parts.push(Part::list("places", "", entries, "No repository is watched."));
    desk.show(&pages, &member).await
}

async fn allow(State(pages): State<Pages>, act: Act) -> Shown {
    let (repository, arch) = (act.fields.line("repository"), act.fields.line("arch"));
    let (asker, by) = act.who();
    let who = (&asker, &by);
    let came = desk::allow(&pages.db, &pages.config, who, &repository, &arch).await?;
    act.done(&pages, came, HERE).await
}
