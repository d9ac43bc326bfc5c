//! `/why`: what became of a post, for whoever knows its Message-ID and sent it.
//!
//! The question is posted, so that no address stands in an address bar or a log. Nothing changes by it.

use crate::domain::time::{MINUTE, Moment};
use crate::flow::why::{self, MOST_TYPED};
use crate::web::Pages;
use crate::web::answer::{self, HTML, Refusal, Shown};
use crate::web::layout::{Frame, Here, print};
use askama::Template;
use axum::Router;
use axum::extract::rejection::FormRejection;
use axum::extract::{Form, State};
use axum::http::{HeaderMap, StatusCode};
use axum::routing::get;
use serde::Deserialize;
use std::sync::{Mutex, PoisonError};

/// How many questions are answered in a minute, whoever asks: nobody can try out addresses.
const MOST_A_MINUTE: u32 = 30;

/// The longest form, in bytes.
pub const MOST_BYTES: usize = 8_192;

/// What is asked.
#[derive(Debug, Deserialize)]
pub struct Question {
    #[serde(default)]
    message_id: String,
    #[serde(default)]
    address: String,
}

/// `/why`
pub fn routes() -> Router<Pages> {
    Router::new().route("/why", get(form).post(ask))
}

/// The form.
async fn form(State(pages): State<Pages>, headers: HeaderMap) -> Shown {
    let page = async { page(&pages, "", Vec::new()) };
    pages.shelf.page("why".into(), HTML, &headers, page).await
}

/// The answer, above the form.
async fn ask(State(pages): State<Pages>, question: Result<Form<Question>, FormRejection>) -> Shown {
    let Ok(Form(question)) = question else {
        let sentence = "The form could not be read; go back and send it again.";
        return Err(Refusal::told(StatusCode::BAD_REQUEST, sentence));
    };
    if !admit(crate::clock::now()) {
        let sentence = "Too many questions in this minute; ask again in the next one.";
        return Err(Refusal::told(StatusCode::TOO_MANY_REQUESTS, sentence));
    }
    let bounded = |given: &str| given.trim().chars().take(MOST_TYPED).collect::<String>();
    let (id, address) = (bounded(&question.message_id), bounded(&question.address));
    let told = why::ask(&pages.db, &pages.config, &id, &address).await?;
    Ok(answer::private(page(&pages, &id, told)?))
}

/// Whether one more question is answered in this minute.
fn admit(now: Moment) -> bool {
    static ASKED: Mutex<(i64, u32)> = Mutex::new((0, 0));
    let minute = now.micros().div_euclid(MINUTE);
    let mut asked = ASKED.lock().unwrap_or_else(PoisonError::into_inner);
    if asked.0 != minute {
        *asked = (minute, 0);
    }
    asked.1 = asked.1.saturating_add(1);
    asked.1 <= MOST_A_MINUTE
}

#[derive(Template)]
#[template(path = "why.html")]
struct WhyPage<'a> {
    frame: Frame<'a>,
    told: Vec<Vec<String>>,
    rule: &'a str,
    id: &'a str,
}

fn page(pages: &Pages, id: &str, told: Vec<Vec<String>>) -> Result<String, Refusal> {
    print(&WhyPage {
        frame: Frame::new(&pages.site, Here::Lists, "What became of my mail?"),
        told,
        rule: pages.config.list.as_ref().map_or("", |list| &list.rule),
        id,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn so_many_questions_are_answered_in_a_minute() {
        // A minute of its own, which no other test asks in.
        let now = Moment::parse("1999-12-31T23:59:00Z").unwrap();
        let admitted = (0..100).filter(|_| admit(now)).count();
        assert_eq!(admitted, MOST_A_MINUTE as usize);
        assert!(admit(now.plus(MINUTE)));
    }
}
