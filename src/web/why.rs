//! `/why`: what became of a post, for whoever knows its Message-ID and sent it.
//!
//! The question is posted, so that no address stands in an address bar or a log. Nothing changes by it.

use crate::domain::escape;
use crate::domain::minutes::{Format, page_head};
use crate::domain::time::{MINUTE, Moment};
use crate::flow::why::{self, MOST_TYPED};
use crate::web::Pages;
use crate::web::answer;
use axum::body::Body;
use axum::extract::rejection::FormRejection;
use axum::extract::{Form, State};
use axum::http::{HeaderMap, Response, StatusCode};
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

/// The form.
pub async fn form(State(pages): State<Pages>, asked: HeaderMap) -> Response<Body> {
    answer::page(&asked, Format::Html, page(&pages, "", None))
}

/// The answer, above the form.
pub async fn ask(
    State(pages): State<Pages>,
    question: Result<Form<Question>, FormRejection>,
) -> Response<Body> {
    let Ok(Form(question)) = question else {
        let sentence = "The form could not be read; go back and send it again.";
        return answer::refusal(StatusCode::BAD_REQUEST, sentence);
    };
    if !admit(crate::clock::now()) {
        let sentence = "Too many questions in this minute; ask again in the next one.";
        return answer::refusal(StatusCode::TOO_MANY_REQUESTS, sentence);
    }
    let bounded = |given: &str| given.trim().chars().take(MOST_TYPED).collect::<String>();
    let (id, address) = (bounded(&question.message_id), bounded(&question.address));
    match why::ask(&pages.db, &pages.config, &id, &address).await {
        Ok(told) => answer::private(page(&pages, &id, Some(&told))),
        Err(error) => answer::away(&error),
    }
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

fn page(pages: &Pages, id: &str, told: Option<&[Vec<String>]>) -> String {
    let mut out = String::new();
    page_head(&mut out, "What became of my mail?");
    out.push_str("<main>\n<h1>What became of my mail?</h1>\n");
    for paragraph in told.unwrap_or_default() {
        out.push_str("<section>\n");
        for sentence in paragraph {
            out.push_str("<p>");
            escape::push_html(&mut out, sentence);
            out.push_str("</p>\n");
        }
        out.push_str("</section>\n");
    }
    if let Some(list) = &pages.config.list {
        out.push_str("<p>");
        escape::push_html(&mut out, &list.rule);
        out.push_str("</p>\n");
    }
    out.push_str(
        "<form method=\"post\" action=\"/why\">\n\
         <p><label for=\"message_id\">Message-ID of the post, as it stands in its source in your \
         folder of sent mail</label><br>\n\
         <input id=\"message_id\" name=\"message_id\" required maxlength=\"1000\" size=\"50\" \
         autocomplete=\"off\" value=\"",
    );
    out.push_str(&escape::html(id));
    out.push_str(
        "\"></p>\n<p><label for=\"address\">Address that you sent it from</label><br>\n\
         <input id=\"address\" name=\"address\" type=\"text\" inputmode=\"email\" required \
         maxlength=\"254\" size=\"50\" autocomplete=\"email\"></p>\n\
         <p><button type=\"submit\">Ask</button></p>\n</form>\n\
         <p><a href=\"/\">All minutes</a></p>\n</main>\n</body>\n</html>\n",
    );
    out
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
