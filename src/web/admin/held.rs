//! `/admin/held`: the posts that wait for a moderator, each as text, and what can be done with it.
//! Only leads see them.

use crate::domain::list::Key;
use crate::domain::list::gate::Verdict;
use crate::domain::list::preview;
use crate::domain::text::clean;
use crate::flow::moderate::{self, Refusal as Why, Seen};
use crate::store::kept::{self, Decision};
use crate::store::{self};
use crate::web::Pages;
use crate::web::admin::guard::{Act, Member};
use crate::web::admin::page::{Desk, Entry, Field, Form, Part};
use crate::web::answer::{Refusal, Shown};
use crate::web::ask::Word;
use crate::web::listing::Line;
use crate::web::markup::Markup;
use crate::web::words;
use axum::Router;
use axum::extract::State;
use axum::routing::{get, post};

/// How many posts are shown at once, the oldest first.
const A_PAGE: usize = 50;
/// How many decisions are shown.
const DECISIONS: u32 = 20;

/// `/admin/held`, `/admin/held/12`.
pub fn routes() -> Router<Pages> {
    Router::new()
        .route("/admin/held", get(all))
        .route("/admin/held/{number}", get(one))
        .route("/admin/held/release", post(release))
        .route("/admin/held/discard", post(discard))
}

async fn all(State(pages): State<Pages>, member: Member) -> Shown {
    member.lead()?;
    let lists = store::list::all(&pages.db).await?;
    let limit = u32::try_from(A_PAGE).unwrap_or(u32::MAX);
    let count = kept::count(&pages.db, Verdict::Hold).await?;
    let mut entries = Vec::new();
    for kept in kept::open(&pages.db, Some(Verdict::Hold), limit).await? {
        let (seen, _) = moderate::seen(&pages.db, &lists, kept).await?;
        entries.push(Entry { forms: decisions(&seen), line: line(&seen) });
    }
    let mut desk = Desk::new("Held posts", "/admin/held");
    let left = count.saturating_sub(entries.len() as u64);
    desk.parts.push(Part::list("waiting", "", entries, "No post waits."));
    if left > 0 {
        desk.lead = vec![Markup::linked(&format!("{left} more wait; the oldest are shown."))];
    }
    let decided = kept::decided(&pages.db, DECISIONS).await?.into_iter().map(|one| {
        let list = lists.iter().find(|list| list.id.number() == one.list);
        let what = match one.decision {
            Decision::Release => "released",
            Decision::Discard => "discarded",
        };
        let name = list.map_or("a list that is gone", |list| &list.name);
        let words = format!("Post {} of {name} was {what} by {}.", one.id, one.by);
        Line { at: Some(one.at), words: Markup::linked(&words), ..Line::default() }.into()
    });
    let empty = "Nobody has decided yet.";
    desk.parts.push(Part::list("decided", "Decided last", decided.collect(), empty));
    desk.show(&pages, &member).await
}

fn line(seen: &Seen) -> Line {
    let author = seen.author.as_deref().map_or("somebody who is not clear".to_string(), clean);
    let subject = seen.subject.as_untrusted();
    let subject = if subject.is_empty() { "(no subject)" } else { subject };
    Line {
        at: Some(seen.kept.at),
        href: Some(format!("/admin/held/{}", seen.kept.id)),
        words: Markup::linked(&format!("{subject} – {author}")),
        under: vec![
            (format!("to {}", clean(&seen.list)), None),
            (format!("held by the check “{}”", clean(&seen.check)), None),
            (format!("until {}", words::day(seen.kept.until)), None),
        ],
        ..Line::default()
    }
}

/// The buttons of a post.
fn decisions(seen: &Seen) -> Vec<Form> {
    let id = || ("id", seen.kept.id.to_string());
    let about = clean(seen.subject.as_untrusted());
    let name = |what: &str| format!("{what}: post {}, {about}", seen.kept.id);
    vec![
        Form::act("/admin/held/release", "Release", name("Release"), id()),
        Form::act("/admin/held/discard", "Discard", name("Discard"), id()),
    ]
}

async fn one(State(pages): State<Pages>, Word(number): Word, member: Member) -> Shown {
    member.lead()?;
    let id: i64 = number.parse().map_err(|_| Refusal::NotFound)?;
    let found = moderate::one(&pages.db, id).await?;
    let (seen, message) =
        found.filter(|(seen, _)| seen.kept.verdict == Verdict::Hold).ok_or(Refusal::NotFound)?;
    let preview = preview::of(&message);
    let mut facts = vec![
        ("Came".to_string(), words::time(seen.kept.at)),
        ("List".to_string(), seen.list.clone()),
        ("Held by the check".to_string(), seen.check.clone()),
        ("Thrown away on".to_string(), words::time(seen.kept.until)),
        ("Length".to_string(), format!("{} bytes", seen.kept.size_bytes)),
        (
            "Envelope sender".to_string(),
            match seen.kept.sender.as_str() {
                "" => "none".to_string(),
                sender => sender.to_string(),
            },
        ),
    ];
    let shown = preview.fields.iter();
    facts.extend(shown.map(|(name, value)| (name.to_string(), value.as_untrusted().to_string())));
    let mut text = preview.text.as_untrusted().to_string();
    if preview.is_cut {
        text.push_str("\n[…]");
    }
    let mut desk = Desk::new(format!("Held post {id}"), "/admin/held");
    desk.parts.push(Part { facts, ..Part::list("head", "Its header", Vec::new(), "") });
    desk.parts.push(Part {
        text: Some(text),
        text_label: "The beginning of its text",
        ..Part::list("text", "The beginning of its text", Vec::new(), "")
    });
    let id = ("id", id.to_string());
    let throw = Form { hidden: vec![id.clone()], ..discarding() };
    let mut parts = vec![Form { hidden: vec![id.clone()], ..releasing() }];
    if seen.author.is_some() {
        parts.push(Form { hidden: vec![id], ..adopting() });
    }
    parts.push(throw);
    desk.parts
        .push(Part { forms: parts, ..Part::list("decide", "What becomes of it", Vec::new(), "") });
    desk.show(&pages, &member).await
}

fn releasing() -> Form {
    Form::new("release", "/admin/held/release", "Release it to the list", Vec::new())
}

fn adopting() -> Form {
    let field = Field::line("member", "Its author is this subscriber, under another address", 254)
        .hint("From then on posts from that address are this subscriber's, too.");
    Form {
        is_quiet: true,
        ..Form::new("adopt", "/admin/held/release", "Release it as theirs", vec![field])
    }
}

fn discarding() -> Form {
    Form {
        is_quiet: true,
        ..Form::new("discard", "/admin/held/discard", "Throw it away", Vec::new())
    }
}

async fn release(State(pages): State<Pages>, act: Act) -> Shown {
    act.member.lead()?;
    let id: i64 = act.fields.number("id").unwrap_or(0);
    let given = act.fields.line("member");
    let member = match given.as_str() {
        "" => None,
        given => match Key::parse(given) {
            Some(key) => Some(key),
            None => {
                let refused = "that is no address".to_string();
                return act.done(&pages, Err(refused), "/admin/held").await;
            }
        },
    };
    let by = act.member.visitor.handle.clone();
    let done = moderate::release(&pages.db, &pages.config, id, &by, member.as_ref()).await?;
    let came = done.map(|()| format!("Post {id} goes to its list.")).map_err(|why| told(id, &why));
    act.done(&pages, came, "/admin/held").await
}

async fn discard(State(pages): State<Pages>, act: Act) -> Shown {
    act.member.lead()?;
    let id: i64 = act.fields.number("id").unwrap_or(0);
    let done = moderate::discard(&pages.db, id, &act.member.visitor.handle).await?;
    let came = done.map(|()| format!("Post {id} is thrown away.")).map_err(|why| told(id, &why));
    act.done(&pages, came, "/admin/held").await
}

fn told(id: i64, why: &Why) -> String {
    match why {
        Why::Gone => {
            format!("there is no post {id} that waits: somebody decided, or its time is over")
        }
        Why::NoWay => {
            "nobody says where the list's posts go; the administrator sets onward in [gate]".into()
        }
        Why::NoAuthor => {
            "its author is ambiguous, so the address can be nobody's; release it without one".into()
        }
        Why::NoSubscriber => "there is no such subscriber".into(),
    }
}
