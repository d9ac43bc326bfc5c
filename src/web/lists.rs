//! A list's page, and the forms to join it, to leave it, to confirm either, and to learn what became
//! of a post.
//!
//! A form changes nothing by itself: whoever asks is written to, and the answer on the page is the
//! same whoever is subscribed. Only a confirmation that was posted acts; to open its page does not.

use crate::domain::address::Address;
use crate::domain::list::Mailbox;
use crate::domain::list::join::{Wish, beside};
use crate::domain::text::{Text, clean};
use crate::flow::request::Outcome;
use crate::flow::subscribe;
use crate::store;
use crate::store::list::List;
use crate::web::Pages;
use crate::web::answer::{self, HTML, Refusal, Shown};
use crate::web::ask::{Asked, Word};
use crate::web::client::{Client, own_form};
use crate::web::layout::{Frame, Here, path_word, print};
use crate::web::{why, words};
use askama::Template;
use axum::Router;
use axum::extract::rejection::FormRejection;
use axum::extract::{Form, State};
use axum::http::{HeaderMap, StatusCode};
use axum::routing::get;
use serde::Deserialize;

/// The longest name that somebody may give, in characters.
const MOST_NAME: usize = 100;

/// `/lists`, `/lists/centos-virt`, and `join`, `leave`, `confirm`, `why` beside it.
pub fn routes() -> Router<Pages> {
    Router::new()
        .route("/lists", get(all))
        .route("/lists/{list}", get(about))
        .route("/lists/{list}/join", get(join_form).post(join))
        .route("/lists/{list}/leave", get(leave_form).post(leave))
        .route("/lists/{list}/confirm", get(confirm_form).post(confirm))
        .route("/lists/{list}/why", get(why::form).post(why::ask))
}

/// What is shown of a list.
struct Shape {
    name: String,
    path: String,
    address: String,
    join: Option<String>,
    leave: Option<String>,
    rule: String,
    /// Where it is kept, if not here.
    page: Option<String>,
    /// Whether one may join and leave on these pages.
    has_forms: bool,
}

/// A list that is kept here, or the group's own that is kept elsewhere.
async fn find(pages: &Pages, name: &str) -> Result<(Shape, Option<List>), Refusal> {
    let own = pages.config.list.as_ref();
    let is_own = |own: &&crate::config::MailingList| own.address.local().eq_ignore_ascii_case(name);
    let own = own.filter(is_own);
    let address = own.map_or(name, |own| own.address.as_str());
    let kept = store::list::by(&pages.db, &address.to_lowercase()).await?;
    let address = match (&kept, own) {
        (Some(kept), _) => Address::parse(&kept.address).ok(),
        (None, own) => own.map(|own| own.address.clone()),
    };
    let address = address.ok_or(Refusal::NotFound)?;
    let letters = kept.as_ref().and_then(|list| subscribe::letters(&pages.config, list));
    let rule = match (&letters, own) {
        (Some(letters), _) => letters.rule.clone(),
        (None, own) => own.map(|own| own.rule.clone()).unwrap_or_default(),
    };
    let shape = Shape {
        name: clean(address.local()),
        path: format!("/lists/{}", path_word(name)),
        join: kept.as_ref().and_then(|_| beside(&address, "join")).map(|one| one.to_string()),
        leave: kept.as_ref().and_then(|_| beside(&address, "leave")).map(|one| one.to_string()),
        address: address.to_string(),
        rule,
        page: own.and_then(|own| own.page.clone()).filter(|_| kept.is_none()),
        has_forms: letters.is_some(),
    };
    Ok((shape, kept))
}

#[derive(Template)]
#[template(path = "lists.html")]
struct ListsPage<'a> {
    frame: Frame<'a>,
    lists: Vec<(String, String)>,
}

async fn all(State(pages): State<Pages>) -> Shown {
    let mut names: Vec<String> =
        store::list::all(&pages.db).await?.iter().map(|list| list.address.clone()).collect();
    names.extend(pages.config.list.iter().map(|list| list.address.to_string().to_lowercase()));
    names.sort_unstable();
    names.dedup();
    let way = |address: &String| {
        let name = address.split('@').next().unwrap_or_default();
        (format!("/lists/{}", path_word(name)), clean(address))
    };
    let frame = Frame::new(&pages.site, Here::Lists, "Mailing lists");
    let page = ListsPage { frame, lists: names.iter().map(way).collect() };
    Ok(answer::private(print(&page)?))
}

#[derive(Template)]
#[template(path = "list.html")]
struct ListPage<'a> {
    frame: Frame<'a>,
    list: Shape,
}

async fn about(State(pages): State<Pages>, Word(name): Word, headers: HeaderMap) -> Shown {
    let (list, kept) = find(&pages, &name).await?;
    let key = format!("list {name} {:?} {}", kept.map(|kept| kept.settings), list.has_forms);
    let page = async {
        let frame = Frame::new(&pages.site, Here::Lists, format!("The list {}", list.name));
        print(&ListPage { frame: frame.main().at(&list.path), list })
    };
    pages.shelf.page(key, HTML, &headers, page).await
}

/// What the form is for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum What {
    Join,
    Leave,
}

#[derive(Template)]
#[template(path = "list-form.html")]
struct FormPage<'a> {
    frame: Frame<'a>,
    list: Shape,
    is_join: bool,
    /// What is wrong with what was typed.
    wrong: Option<&'static str>,
    address: String,
    called: String,
    /// Whom a letter went to.
    sent: bool,
}

async fn join_form(state: State<Pages>, name: Word) -> Shown {
    form(state, name, What::Join).await
}

async fn leave_form(state: State<Pages>, name: Word) -> Shown {
    form(state, name, What::Leave).await
}

async fn form(State(pages): State<Pages>, Word(name): Word, what: What) -> Shown {
    let (list, _) = find(&pages, &name).await?;
    Ok(answer::private(print(&form_page(&pages, list, what))?))
}

fn form_page(pages: &Pages, list: Shape, what: What) -> FormPage<'_> {
    let verb = if what == What::Join { "Join" } else { "Leave" };
    FormPage {
        frame: Frame::new(&pages.site, Here::Lists, format!("{verb} {}", list.name)),
        list,
        is_join: what == What::Join,
        wrong: None,
        address: String::new(),
        called: String::new(),
        sent: false,
    }
}

/// What was typed.
#[derive(Debug, Deserialize)]
struct Typed {
    #[serde(default)]
    address: String,
    #[serde(default)]
    name: String,
}

type Sent<T> = Result<Form<T>, FormRejection>;

async fn join(
    state: State<Pages>,
    name: Word,
    who: Client,
    headers: HeaderMap,
    typed: Sent<Typed>,
) -> Shown {
    ask(state, name, who, headers, typed, What::Join).await
}

async fn leave(
    state: State<Pages>,
    name: Word,
    who: Client,
    headers: HeaderMap,
    typed: Sent<Typed>,
) -> Shown {
    ask(state, name, who, headers, typed, What::Leave).await
}

fn read<T>(sent: Sent<T>) -> Result<T, Refusal> {
    let sentence = "The form could not be read; go back and send it again.";
    sent.map(|Form(typed)| typed).map_err(|_| Refusal::told(StatusCode::BAD_REQUEST, sentence))
}

async fn ask(
    State(pages): State<Pages>,
    Word(name): Word,
    who: Client,
    headers: HeaderMap,
    typed: Sent<Typed>,
    what: What,
) -> Shown {
    own_form(&pages, &headers)?;
    let typed = read(typed)?;
    let (shape, kept) = find(&pages, &name).await?;
    let list = kept.filter(|_| shape.has_forms).ok_or(Refusal::NotFound)?;
    let mut page = form_page(&pages, shape, what);
    page.address = typed.address.trim().chars().take(254).collect();
    page.called = clean(&typed.name).chars().take(MOST_NAME).collect();
    let Ok(address) = Address::parse(&page.address) else {
        page.wrong = Some("This is no mail address. It looks like name@example.org.");
        return Ok(answer::private(print(&page)?));
    };
    pages.budgets.letters.spend(who, words::minute(crate::clock::now()))?;
    let wish = if what == What::Join { Wish::Join } else { Wish::Leave };
    let asker = Mailbox { name: page.called.clone(), address };
    // What came of it is in the letter alone: a page that told would tell who is subscribed.
    subscribe::on_page(&pages.db, &pages.config, &list, &wish, asker).await?;
    page.sent = true;
    Ok(answer::private(print(&page)?))
}

#[derive(Template)]
#[template(path = "confirm.html")]
struct ConfirmPage<'a> {
    frame: Frame<'a>,
    list: Shape,
    token: String,
    told: Option<(&'static str, bool)>,
}

async fn confirm_form(State(pages): State<Pages>, Word(name): Word, asked: Asked) -> Shown {
    let (list, _) = find(&pages, &name).await?;
    let token = clean(asked.of("token").unwrap_or_default());
    let frame = Frame::new(&pages.site, Here::Lists, format!("Confirm for {}", list.name));
    Ok(answer::private(print(&ConfirmPage { frame, list, token, told: None })?))
}

/// A token, as it was mailed.
#[derive(Debug, Deserialize)]
struct Proof {
    #[serde(default)]
    token: Text,
}

async fn confirm(
    State(pages): State<Pages>,
    Word(name): Word,
    who: Client,
    headers: HeaderMap,
    proof: Sent<Proof>,
) -> Shown {
    own_form(&pages, &headers)?;
    let proof = read(proof)?;
    let (shape, kept) = find(&pages, &name).await?;
    let list = kept.filter(|_| shape.has_forms).ok_or(Refusal::NotFound)?;
    pages.budgets.confirmations.spend(who, words::minute(crate::clock::now()))?;
    let token = proof.token.as_untrusted().trim().to_string();
    let done = subscribe::confirm(&pages.db, &pages.config, &list, &token).await?;
    let told = match done {
        Outcome::Answered => ("It is done. A letter tells you what holds now.", true),
        Outcome::Known => ("This was confirmed before; nothing more is to be done.", true),
        _ => ("This confirmation is not good, or no more. Ask for a new one.", false),
    };
    let frame = Frame::new(&pages.site, Here::Lists, format!("Confirm for {}", shape.name));
    let page = ConfirmPage { frame, list: shape, token: String::new(), told: Some(told) };
    Ok(answer::private(print(&page)?))
}
