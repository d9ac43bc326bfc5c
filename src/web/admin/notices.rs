//! `/admin/notices`: notices are posted, corrected and withdrawn; what one said before stays.

use crate::clock;
use crate::domain::group;
use crate::domain::notice::{Change, Notice, read};
use crate::domain::text::{Text, clean};
use crate::flow;
use crate::web::Pages;
use crate::web::admin::guard::{Act, Member};
use crate::web::admin::page::{Desk, Entry, Field, Form, Part};
use crate::web::answer::{Refusal, Shown};
use crate::web::ask::{Asked, Pager, Word};
use crate::web::listing::Line;
use crate::web::markup::Markup;
use crate::web::{notice, words};
use axum::Router;
use axum::extract::State;
use axum::routing::{get, post};

/// How many notices one page has.
const A_PAGE: usize = 50;
/// The longest words of a notice in a form, in characters.
const MOST_CHARS: usize = group::MOST_TEXT_BYTES;
/// Where all of it is.
const HERE: &str = "/admin/notices";

/// `/admin/notices`, `/admin/notices/12`.
pub fn routes() -> Router<Pages> {
    Router::new()
        .route(HERE, get(all))
        .route("/admin/notices/{number}", get(one))
        .route("/admin/notices/add", post(add))
        .route("/admin/notices/correct", post(correct))
        .route("/admin/notices/withdraw", post(withdraw))
}

async fn all(State(pages): State<Pages>, member: Member, asked: Asked) -> Shown {
    let today = clock::now().date();
    let found: Vec<&Notice> = member.group.notices.all().iter().rev().collect();
    let (shown, pager) = Pager::cut(found, A_PAGE, asked.page(), HERE.to_string());
    let entries: Vec<Entry> = shown
        .into_iter()
        .map(|one| {
            let href = Some(format!("{HERE}/{}", one.number));
            Line { href, ..notice::line(one, today) }.into()
        })
        .collect();
    let kinds = [
        ("news", "News: what the users of the packages should know"),
        ("eol", "End of support: PROJECT VERSION DATE, as xen 4.6 2018-11-13"),
        ("rebase", "Rebase: PROJECT VERSION for PLATFORM, as libvirt 4.9.0 for CentOS 7.6"),
        ("event", "Event: DATE and what happens, as 2018-11-16 oVirt conference, Milan"),
    ];
    let kinds = kinds.map(|(value, words)| (value.to_string(), words.to_string()));
    let form = Form::new(
        "add",
        "/admin/notices/add",
        "Post",
        vec![
            Field::choice("kind", "What it is, and how it is written", kinds.to_vec()),
            Field::long("words", "Words", MOST_CHARS),
        ],
    );
    let mut desk = Desk::new("Notices", HERE);
    desk.parts.push(Part::form("Post a notice", form));
    desk.parts.push(Part::list("notices", "All notices", entries, "There are none."));
    desk.onward.extend(pager.before().map(|page| ("Newer".to_string(), pager.to(&page))));
    desk.onward.extend(pager.after().map(|page| ("Older".to_string(), pager.to(&page))));
    desk.show(&pages, &member).await
}

async fn one(State(pages): State<Pages>, Word(number): Word, member: Member) -> Shown {
    let number: u32 = number.parse().map_err(|_| Refusal::NotFound)?;
    let notice = member.group.notices.one(number).ok_or(Refusal::NotFound)?;
    let mut own = notice::line(notice, clock::now().date());
    own.href = Some(format!("/notices/{number}"));
    own.under.insert(0, (format!("posted by {}", clean(notice.by.as_untrusted())), None));
    let mut desk = Desk::new(format!("Notice {number}"), HERE);
    desk.parts.push(Part::list("notice", "", vec![own.into()], ""));
    if let Some((at, why)) = &notice.withdrawn {
        let words = format!("Withdrawn on {}: {}", words::day(*at), why.as_untrusted());
        desk.lead = vec![Markup::linked(&words)];
    } else {
        let own = || ("number", number.to_string());
        let text = clean(notice.text.as_untrusted());
        let correct = Field::long("words", "What it says from now on", MOST_CHARS).with(text);
        let correct = Form {
            hidden: vec![own()],
            ..Form::new("correct", "/admin/notices/correct", "Correct", vec![correct])
        };
        let why = Field::line("why", "Why it is wrong altogether", 500);
        let withdraw = Form {
            hidden: vec![own()],
            is_quiet: true,
            ..Form::new("withdraw", "/admin/notices/withdraw", "Withdraw", vec![why])
        };
        desk.parts.push(Part::form("Correct it", correct));
        desk.parts.push(Part::form("Withdraw it", withdraw));
    }
    if !notice.history.is_empty() {
        let before = notice.history.iter().rev().map(|one| {
            let until = format!(
                "until {}, corrected by {}",
                words::time(one.until),
                clean(one.by.as_untrusted())
            );
            let words = Markup::linked(one.text.as_untrusted());
            Line { words, under: vec![(until, None)], ..Line::default() }.into()
        });
        desk.parts.push(Part::list("before", "What it said before", before.collect(), ""));
    }
    desk.show(&pages, &member).await
}

async fn add(State(pages): State<Pages>, act: Act) -> Shown {
    let (kind, words) = (act.fields.line("kind"), act.fields.sentence("words"));
    let projects = pages.config.projects.iter().map(|one| one.name.as_untrusted().to_string());
    let projects: Vec<String> = projects.collect();
    let today = clock::now().date();
    let make = |group: &group::Group| {
        let read = match kind.as_str() {
            "news" => read::news(&words),
            "eol" => read::eol(&words, today),
            "rebase" => read::rebase(&words),
            "event" => read::event(&words, today),
            _ => return Err("choose what it is".to_string()),
        };
        let read = read.map_err(|mistake| mistake.to_string())?;
        let mut known = group.roster.projects(today);
        known.extend(projects);
        let number = group.notices.next_number();
        Ok(group::Change::Notice { number, change: read::posted(read, &known) })
    };
    let (asker, by) = act.who();
    let came = flow::group::asked(&pages.db, &pages.config, (&asker, &by), make).await?;
    act.done(&pages, came, HERE).await
}

async fn correct(State(pages): State<Pages>, act: Act) -> Shown {
    let text = Text::new(act.fields.sentence("words"));
    changed(pages, act, Change::Corrected { text }).await
}

async fn withdraw(State(pages): State<Pages>, act: Act) -> Shown {
    let why = act.fields.line("why");
    if why.is_empty() {
        return act.done(&pages, Err("say why it is withdrawn".into()), HERE).await;
    }
    changed(pages, act, Change::Withdrawn { why: Text::new(why) }).await
}

async fn changed(pages: Pages, act: Act, change: Change) -> Shown {
    let number: u32 = act.fields.number("number").unwrap_or(0);
    let change = group::Change::Notice { number, change };
    let (asker, by) = act.who();
    let came = flow::group::asked(&pages.db, &pages.config, (&asker, &by), |_| Ok(change)).await?;
    let to = if came.is_ok() { format!("{HERE}/{number}") } else { HERE.to_string() };
    act.done(&pages, came, &to).await
}
