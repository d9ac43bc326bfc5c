//! `/admin/subscribers`: who is subscribed to a list, searched and a page at a time, for leads.

use crate::domain::group::act::Subscription;
use crate::domain::list::Key;
use crate::domain::text::clean;
use crate::flow::desk;
use crate::flow::members;
use crate::store::list::{self, List};
use crate::store::subscriber::{self, Subscriber};
use crate::web::Pages;
use crate::web::admin::guard::{Act, Member};
use crate::web::admin::page::{Desk, Entry, Field, Form, Part, with};
use crate::web::answer::{Refusal, Shown};
use crate::web::ask::{Asked, Word};
use crate::web::layout::path_word;
use crate::web::listing::Line;
use crate::web::markup::Markup;
use crate::web::words;
use axum::Router;
use axum::extract::State;
use axum::routing::{get, post};

/// How many subscribers one page has.
const A_PAGE: u32 = 50;
/// Where all of it is.
const HERE: &str = "/admin/subscribers";

/// `/admin/subscribers`, `/admin/subscribers/centos-virt`.
pub fn routes() -> Router<Pages> {
    Router::new()
        .route(HERE, get(lists))
        .route("/admin/subscribers/{list}", get(of_list))
        .route("/admin/subscribers/change", post(change))
}

async fn lists(State(pages): State<Pages>, member: Member) -> Shown {
    member.lead()?;
    members::own(&pages.db, &pages.config).await?;
    let mut entries = Vec::new();
    for one in list::all(&pages.db).await? {
        let count = subscriber::count(&pages.db, one.id).await?;
        let words = format!(
            "{}: {} addresses, {} without mail, {} moderated",
            one.address, count.all, count.nomail, count.moderated
        );
        let line = Line {
            lead: clean(&one.name),
            href: Some(path(&one)),
            words: Markup::linked(&words),
            ..Line::default()
        };
        entries.push(line.into());
    }
    let mut desk = Desk::new("Subscribers", HERE);
    desk.parts.push(Part::list("lists", "", entries, "There is no list."));
    desk.show(&pages, &member).await
}

fn path(list: &List) -> String {
    format!("{HERE}/{}", path_word(&list.name))
}

async fn of_list(
    State(pages): State<Pages>,
    Word(name): Word,
    member: Member,
    asked: Asked,
) -> Shown {
    member.lead()?;
    let list = list::by(&pages.db, &name).await?.ok_or(Refusal::NotFound)?;
    let word = asked.of("q").map(str::to_lowercase).unwrap_or_default();
    let after = asked.of("after").and_then(Key::parse);
    let found = match word.is_empty() {
        true => subscriber::members(&pages.db, list.id, after.as_ref(), A_PAGE).await?,
        false => subscriber::search(&pages.db, list.id, &word, after.as_ref(), A_PAGE).await?,
    };
    let mut desk = Desk::new(format!("Subscribers of {}", clean(&list.name)), HERE);
    let search = Field::line("q", "Part of an address", 200).with(word.clone()).optional();
    let search =
        Form { is_question: true, ..Form::new("search", &path(&list), "Search", vec![search]) };
    desk.parts.push(Part { forms: vec![search], ..Part::default() });
    let entries = found.iter().map(|one| entry(&list, one)).collect();
    desk.parts.push(Part::list("found", "", entries, "Nobody is found."));
    if let Some(last) = found.last().filter(|_| found.len() == A_PAGE as usize) {
        let mut onward = with(&path(&list), "after", last.key.as_str());
        if !word.is_empty() {
            onward += &format!("&q={}", path_word(&word));
        }
        desk.onward.push(("Further addresses".into(), onward));
    }
    let add = Form::new(
        "add",
        "/admin/subscribers/change",
        "Add",
        vec![Field::line("address", "Address", 254)],
    );
    let add = add.saying("list", list.name.clone()).saying("what", Subscription::Add.as_str());
    desk.parts.push(Part::form("Add somebody", add));
    desk.show(&pages, &member).await
}

fn entry(list: &List, one: &Subscriber) -> Entry {
    let options = &one.options;
    let mut tags = Vec::new();
    if options.moderated_at.is_some() {
        tags.push(("warn", "moderated".to_string()));
    }
    if options.nomail_at.is_some() {
        tags.push(("", "no mail".to_string()));
    }
    let mut under = vec![(format!("since {}", words::day(one.joined_at)), None)];
    if let Some(first) = &one.other_of {
        under.push((format!("a further address of {first}"), None));
    }
    let choose = |is_on: bool, on, off| if is_on { off } else { on };
    let acts = [
        choose(options.moderated_at.is_some(), Subscription::Moderate, Subscription::Unmoderate),
        choose(options.nomail_at.is_some(), Subscription::Nomail, Subscription::Mail),
        Subscription::Remove,
    ];
    let form = |what: Subscription| {
        let button = match what {
            Subscription::Add => "Add",
            Subscription::Remove => "Remove",
            Subscription::Moderate => "Moderate",
            Subscription::Unmoderate => "Moderate no more",
            Subscription::Nomail => "Send no mail",
            Subscription::Mail => "Send mail again",
        };
        let name = format!("{button}: {}", one.key);
        Form::act("/admin/subscribers/change", button, name, ("address", one.key.to_string()))
            .saying("list", list.name.clone())
            .saying("what", what.as_str())
    };
    let name = one.name.as_untrusted();
    let line = Line {
        lead: clean(one.address.as_untrusted()),
        words: Markup::linked(name),
        tags,
        under,
        ..Line::default()
    };
    Entry { line, forms: acts.map(form).to_vec() }
}

async fn change(State(pages): State<Pages>, act: Act) -> Shown {
    let name = act.fields.line("list");
    let Some(list) = list::by(&pages.db, &name).await? else {
        return act.done(&pages, Err("there is no such list".into()), HERE).await;
    };
    let given = act.fields.line("address");
    let what = Subscription::parse(&act.fields.line("what"));
    let came = match (Key::parse(&given), what) {
        (None, _) => Err(format!("{given:?} is no address; write it as name@example.org")),
        (_, None) => Err("this form is not known; open the page again".to_string()),
        (Some(key), Some(what)) => {
            let (asker, by) = act.who();
            let who = (&asker, &by);
            let whom = (&key, given.as_str());
            desk::subscriber(&pages.db, &pages.config, who, &list, whom, what).await?
        }
    };
    let to = path(&list);
    act.done(&pages, came, &to).await
}
