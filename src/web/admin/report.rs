//! `/admin/report/2018Q4`: the report of a quarter as it is now; leads add their own words and note
//! that it was sent.

use crate::clock;
use crate::domain::group::report::MOST_BYTES;
use crate::domain::group::report::quarter::{Due, Quarter};
use crate::domain::text::Text;
use crate::flow::report;
use crate::web::Pages;
use crate::web::admin::guard::{Act, Member};
use crate::web::admin::page::{Desk, Field, Form, Part};
use crate::web::answer::{self, Refusal, Shown};
use crate::web::ask::Word;
use crate::web::markup::Markup;
use crate::web::words;
use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::{get, post};
use tokio::sync::Semaphore;

/// How many reports are counted at once: each reads a quarter's meetings.
static COUNTS: Semaphore = Semaphore::const_new(1);

/// `/admin/report`, `/admin/report/2018Q4`.
pub fn routes() -> Router<Pages> {
    Router::new()
        .route("/admin/report", get(next))
        .route("/admin/report/{quarter}", get(one))
        .route("/admin/report/tell", post(tell))
        .route("/admin/report/sent", post(sent))
}

async fn next(State(pages): State<Pages>, member: Member) -> Shown {
    match report::wanted(&pages.config, None, clock::now()) {
        Ok(due) => Ok(answer::done(&format!("/admin/report/{}", due.quarter))),
        Err(sentence) => {
            let mut desk = Desk::new("Report", "/admin/report");
            desk.lead = vec![Markup::linked(&sentence)];
            desk.show(&pages, &member).await
        }
    }
}

/// The report that a word names.
fn due(pages: &Pages, word: &str) -> Result<Due, String> {
    let quarter = Quarter::parse(word).map_err(|error| error.to_string())?;
    report::wanted(&pages.config, Some(quarter), clock::now())
}

async fn one(State(pages): State<Pages>, Word(quarter): Word, member: Member) -> Shown {
    let due =
        due(&pages, &quarter).map_err(|sentence| Refusal::told(StatusCode::NOT_FOUND, sentence))?;
    let _place = COUNTS.acquire().await.map_err(|_| Refusal::NotFound)?;
    let found = report::read(&pages.db, &pages.config, due, clock::now()).await?;
    let mut desk = Desk::new(format!("Report of {}", due.quarter.title()), "/admin/report");
    let lead = match found.sent_at {
        Some(at) => format!("It was sent on {}, and stays as it was sent.", words::day(at)),
        None => format!("It is due on {}, and counted anew each time until it is sent.", due.on),
    };
    desk.lead = vec![Markup::linked(&lead)];
    desk.parts.push(Part {
        text: Some(found.text),
        text_label: "The report",
        ..Part::list("report", "As it is now", Vec::new(), "")
    });
    if member.visitor.is_lead && found.sent_at.is_none() {
        let kept = member.group.reports.one(&due.quarter.to_string());
        let kept = kept.map_or(String::new(), |kept| kept.narrative.as_untrusted().to_string());
        let field =
            Field::long("words", "How the group is doing", MOST_BYTES).with(kept).optional();
        let tell = Form::new("tell", "/admin/report/tell", "Keep these words", vec![field]);
        desk.parts
            .push(Part::form("Your own words", tell.saying("quarter", due.quarter.to_string())));
        let sent = Form::new("sent", "/admin/report/sent", "It was sent as it is", Vec::new());
        desk.parts.push(Part::form("Sent?", sent.saying("quarter", due.quarter.to_string())));
    }
    desk.show(&pages, &member).await
}

async fn tell(State(pages): State<Pages>, act: Act) -> Shown {
    let words = act.fields.text("words");
    let came = match due(&pages, &act.fields.line("quarter")) {
        Ok(due) => {
            let (asker, by) = act.who();
            let words = Text::new(words);
            report::tell(&pages.db, &pages.config, (&asker, &by), due, words.as_untrusted()).await?
        }
        Err(sentence) => Err(sentence),
    };
    act.done(&pages, came, "/admin/report").await
}

async fn sent(State(pages): State<Pages>, act: Act) -> Shown {
    let came = match due(&pages, &act.fields.line("quarter")) {
        Ok(due) => {
            let (asker, by) = act.who();
            let _place = COUNTS.acquire().await.map_err(|_| Refusal::NotFound)?;
            report::sent(&pages.db, &pages.config, (&asker, &by), due, None).await?
        }
        Err(sentence) => Err(sentence),
    };
    act.done(&pages, came, "/admin/report").await
}
