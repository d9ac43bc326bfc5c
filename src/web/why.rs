//! `/why`: what became of a post, for whoever knows its Message-ID and sent it.
//!
//! The question is posted, so that no address stands in an address bar or a log. Nothing changes by it.

use crate::flow::why::{self, MOST_TYPED};
use crate::web::answer::{self, HTML, Refusal, Shown};
use crate::web::client::{Client, own_form};
use crate::web::layout::{Frame, Here, print};
use crate::web::{Pages, words};
use askama::Template;
use axum::Router;
use axum::extract::rejection::FormRejection;
use axum::extract::{Form, State};
use axum::http::{HeaderMap, StatusCode};
use axum::routing::get;
use serde::Deserialize;

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
pub async fn form(State(pages): State<Pages>, headers: HeaderMap) -> Shown {
    let page = async { page(&pages, "", Vec::new()) };
    pages.shelf.page("why".into(), HTML, &headers, page).await
}

/// The answer, above the form.
pub async fn ask(
    State(pages): State<Pages>,
    who: Client,
    headers: HeaderMap,
    question: Result<Form<Question>, FormRejection>,
) -> Shown {
    own_form(&pages, &headers)?;
    let Ok(Form(question)) = question else {
        let sentence = "The form could not be read; go back and send it again.";
        return Err(Refusal::told(StatusCode::BAD_REQUEST, sentence));
    };
    pages.budgets.questions.spend(who, words::minute(crate::clock::now()))?;
    let bounded = |given: &str| given.trim().chars().take(MOST_TYPED).collect::<String>();
    let (id, address) = (bounded(&question.message_id), bounded(&question.address));
    let told = why::ask(&pages.db, &pages.config, &id, &address).await?;
    Ok(answer::private(page(&pages, &id, told)?))
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
