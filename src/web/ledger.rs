//! What people promised and what was decided: actions, calls for help, the roadmap, decisions.

use crate::clock;
use crate::domain::minutes::index::{DECISIONS, Found};
use crate::domain::roadmap::text::{state, state_name};
use crate::domain::roadmap::{Entry, Kind, State as Standing};
use crate::domain::text::clean;
use crate::store::item::{self, Reads};
use crate::web::Pages;
use crate::web::answer::{HTML, Refusal, Shown};
use crate::web::ask::{Asked, Pager, Word};
use crate::web::layout::{Frame, Here, path_word};
use crate::web::listing::{Line, Listing, Part, Tab};
use crate::web::markup::Markup;
use crate::web::words;
use axum::Router;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::routing::get;
use chrono::NaiveDate;
use std::collections::BTreeMap;

/// How many entries one page of the past has.
const A_PAGE: usize = 60;
/// The most open actions that stand on one page; a group that has more shows them by person.
const MOST_OPEN: usize = 200;

/// `/actions`, `/actions/35`, `/help-wanted`, `/roadmap`, `/decisions`.
pub fn routes() -> Router<Pages> {
    Router::new()
        .route("/actions", get(actions))
        .route("/actions/{number}", get(one))
        .route("/help-wanted", get(help_wanted))
        .route("/roadmap", get(roadmap))
        .route("/decisions", get(decisions))
}

/// An action or a call for help in a list.
pub fn line(entry: &Entry, today: NaiveDate) -> Line {
    let mut tags = Vec::new();
    let shown = state(entry, today);
    if shown != "open" {
        tags.push((state_name(entry, today), shown));
    }
    let mut under: Vec<(String, Option<String>)> = Vec::new();
    let of_owner = |owner: &String| (clean(owner), Some(person(owner)));
    under.extend(entry.owners.iter().map(of_owner));
    under.extend(entry.due.map(|due| (format!("due {due}"), None)));
    if let Some((project, milestone)) = &entry.milestone {
        under.push((format!("{} {}", clean(project), clean(milestone)), Some("/roadmap".into())));
    }
    under.push((format!("since {}", entry.origin.at.date()), origin(entry)));
    Line {
        id: Some(format!("a-{}", entry.number)),
        href: Some(format!("/actions/{}", entry.number)),
        lead: format!("[{}]", entry.number),
        words: Markup::linked(entry.text.as_untrusted()),
        tags,
        under,
        ..Line::default()
    }
}

fn person(owner: &str) -> String {
    format!("/actions?person={}", path_word(owner))
}

/// The line of the log in which it was said.
fn origin(entry: &Entry) -> Option<String> {
    entry.origin.meeting.as_ref().map(|(slug, line)| format!("/m/{slug}/log#l-{line}"))
}

/// Open actions, by person; `?person=` one person's, `?past=1` those that are over.
async fn actions(State(pages): State<Pages>, asked: Asked, headers: HeaderMap) -> Shown {
    let (stamp, today) = (pages.stamp().await?, clock::now().date());
    let (who, is_past) = (asked.of("person").map(str::to_string), asked.of("past").is_some());
    let wanted = asked.page();
    let key = format!("actions {who:?} {is_past} {wanted} {today} {}", stamp.group());
    let page = async {
        let group = pages.group(&stamp).await?;
        let is_theirs = |entry: &&Entry| {
            who.as_ref()
                .is_none_or(|who| entry.owners.iter().any(|one| one.eq_ignore_ascii_case(who)))
        };
        let all = group.roadmap.entries().iter().rev().filter(|entry| entry.kind == Kind::Action);
        let all = all.filter(is_theirs);
        let (title, query) = match &who {
            Some(who) => {
                (format!("Actions of {}", clean(who)), format!("&person={}", path_word(who)))
            }
            None => ("Actions".to_string(), String::new()),
        };
        let frame = Frame::new(&pages.site, Here::Actions, title);
        let frame = frame.feed("/feeds/actions.atom", "Actions");
        let frame = if who.is_none() && !is_past { frame.main() } else { frame };
        let mut listing = Listing::of(frame, Vec::new(), "");
        let own = who.as_ref().map_or("/actions".to_string(), |who| person(who));
        let past = format!("/actions?past=1{query}");
        listing.tabs = vec![
            Tab::new(own, "Open", !is_past),
            Tab::new(past.clone(), "Past", is_past),
            Tab::new("/help-wanted", "Help wanted", false),
        ];
        if is_past {
            let over: Vec<&Entry> = all
                .filter(|entry| !entry.is_unfinished() && entry.state != Standing::Undone)
                .collect();
            let (shown, pager) = Pager::cut(over, A_PAGE, wanted, past);
            let lines = shown.into_iter().map(|entry| line(entry, today)).collect();
            listing.parts = vec![part("past", "Done or dropped", lines, "None yet.")];
            listing.pager = Some(pager);
            return listing.print();
        }
        let open: Vec<&Entry> = all.filter(|entry| entry.is_unfinished()).collect();
        listing.parts = match who {
            Some(_) => {
                let lines = open.iter().take(MOST_OPEN).map(|entry| line(entry, today)).collect();
                vec![part("open", "Open", lines, "Nothing is open.")]
            }
            None => by_person(&open, today),
        };
        if listing.parts.is_empty() {
            listing.parts = vec![part("open", "Open", Vec::new(), "Nothing is open.")];
        }
        listing.print()
    };
    pages.shelf.page(key, HTML, &headers, page).await
}

fn part(id: &str, heading: &str, lines: Vec<Line>, empty: &'static str) -> Part {
    Part { id: id.to_string(), heading: heading.to_string(), lines, empty }
}

/// Each owner's; at the end what nobody was named for. An action of two people stands at both.
fn by_person(open: &[&Entry], today: NaiveDate) -> Vec<Part> {
    let mut people: BTreeMap<String, Vec<Line>> = BTreeMap::new();
    for entry in open.iter().take(MOST_OPEN) {
        if entry.owners.is_empty() {
            people.entry(String::new()).or_default().push(line(entry, today));
        }
        for owner in &entry.owners {
            // The anchor is the first owner's: an id stands on a page once.
            let is_first = entry.owners.first() == Some(owner);
            let shown = line(entry, today);
            let id = shown.id.clone().filter(|_| is_first);
            people.entry(clean(owner)).or_default().push(Line { id, ..shown });
        }
    }
    let nobody = people.remove("");
    let named = people.into_iter().chain(nobody.map(|lines| ("nobody yet".to_string(), lines)));
    let numbered = (1..).zip(named);
    numbered.map(|(n, (who, lines))| part(&format!("p-{n}"), &who, lines, "")).collect()
}

/// One action or call for help, at its permanent address.
async fn one(State(pages): State<Pages>, Word(number): Word, headers: HeaderMap) -> Shown {
    let number: u32 = number.parse().map_err(|_| Refusal::NotFound)?;
    let (stamp, today) = (pages.stamp().await?, clock::now().date());
    let key = format!("action {number} {today} {}", stamp.group());
    let page = async {
        let group = pages.group(&stamp).await?;
        let entry = group.roadmap.one(number).ok_or(Refusal::NotFound)?;
        let what = if entry.kind == Kind::Action { "Action" } else { "Help wanted" };
        let frame = Frame::new(&pages.site, Here::Actions, format!("{what} {number}"));
        let frame = frame.at(&format!("/actions/{number}"));
        let mut listing = Listing::of(frame, vec![Line { href: None, ..line(entry, today) }], "");
        listing.lead = vec![Markup::linked(&standing(entry, today))];
        listing.tabs = vec![
            Tab::new("/actions", "All actions", false),
            Tab::new("/help-wanted", "Help wanted", false),
        ];
        listing.print()
    };
    pages.shelf.page(key, HTML, &headers, page).await
}

/// How it stands, in a sentence.
fn standing(entry: &Entry, today: NaiveDate) -> String {
    let note = |words: &str| if words.is_empty() { String::new() } else { format!(": {words}") };
    let by = |by: &crate::domain::text::Text| clean(by.as_untrusted());
    match &entry.state {
        Standing::Done { at, by: who, note: words } => {
            format!("Done {} ({}){}", words::day(*at), by(who), note(words.as_untrusted()))
        }
        Standing::Dropped { at, by: who, why } => {
            format!("Dropped {} ({}){}", words::day(*at), by(who), note(why.as_untrusted()))
        }
        Standing::Undone => "Removed: it was said by mistake.".to_string(),
        _ => format!("It is {}. It was said by {}.", state(entry, today), by(&entry.origin.by)),
    }
}

/// What somebody is looked for to do.
async fn help_wanted(State(pages): State<Pages>, headers: HeaderMap) -> Shown {
    let (stamp, today) = (pages.stamp().await?, clock::now().date());
    let key = format!("help {today} {}", stamp.group());
    let page = async {
        let group = pages.group(&stamp).await?;
        let wanted: Vec<&Entry> = group.roadmap.help_wanted(today).collect();
        let lines = |all: &[&Entry]| all.iter().rev().map(|entry| line(entry, today)).collect();
        let over = group.roadmap.entries().iter().filter(|entry| {
            entry.kind == Kind::Help
                && matches!(entry.state, Standing::Done { .. } | Standing::Dropped { .. })
        });
        let over: Vec<&Entry> = over.rev().take(A_PAGE).collect();
        let frame = Frame::new(&pages.site, Here::Actions, "Help wanted");
        let mut listing = Listing::of(frame, Vec::new(), "");
        let how = "Whoever wants to take one of these says “#take NUMBER” in a meeting, or tells a maintainer.";
        listing.lead = vec![Markup::linked(how)];
        listing.tabs = vec![
            Tab::new("/actions", "Actions", false),
            Tab::new("/help-wanted", "Help wanted", true),
        ];
        listing.parts =
            vec![part("open", "Open", lines(&wanted), "Nothing is asked for just now.")];
        if !over.is_empty() {
            let lines = over.iter().map(|entry| line(entry, today)).collect();
            listing.parts.push(part("past", "Past", lines, ""));
        }
        listing.print()
    };
    pages.shelf.page(key, HTML, &headers, page).await
}

/// The milestones of each project, with what is to be done for them.
async fn roadmap(State(pages): State<Pages>, headers: HeaderMap) -> Shown {
    let (stamp, today) = (pages.stamp().await?, clock::now().date());
    let key = format!("roadmap {today} {}", stamp.group());
    let page = async {
        let group = pages.group(&stamp).await?;
        let milestones = group.roadmap.milestones();
        let parts = (1..).zip(milestones).map(|(n, milestone)| {
            let is_its = |entry: &&Entry| {
                entry.milestone.as_ref().is_some_and(|(project, name)| {
                    project.eq_ignore_ascii_case(&milestone.project)
                        && name.eq_ignore_ascii_case(&milestone.name)
                })
            };
            let entries = group.roadmap.entries().iter().filter(is_its);
            let entries = entries.filter(|entry| entry.state != Standing::Undone);
            let date = milestone.date.map(|date| format!(", {date}")).unwrap_or_default();
            let state = milestone.state.as_untrusted();
            let state = if state.is_empty() { String::new() } else { format!(": {state}") };
            let (project, name) = (clean(&milestone.project), clean(&milestone.name));
            let lines: Vec<Line> = entries.map(|entry| line(entry, today)).collect();
            let empty = "Nothing is to be done for it that stands here.";
            part(&format!("m-{n}"), &format!("{project} {name}{date}{state}"), lines, empty)
        });
        let frame = Frame::new(&pages.site, Here::Roadmap, "Roadmap").main();
        let mut listing = Listing::of(frame, Vec::new(), "No milestone was set yet.");
        if !milestones.is_empty() {
            listing.parts = parts.collect();
        }
        listing.tabs = vec![
            Tab::new("/roadmap", "Milestones", true),
            Tab::new("/projects", "Projects", false),
            Tab::new("/actions", "Actions", false),
        ];
        listing.print()
    };
    pages.shelf.page(key, HTML, &headers, page).await
}

/// What was agreed, accepted, rejected and voted, of all meetings, the newest first.
async fn decisions(State(pages): State<Pages>, asked: Asked, headers: HeaderMap) -> Shown {
    let stamp = pages.stamp().await?;
    let (about, wanted) = (asked.of("about").unwrap_or("").to_string(), asked.page());
    let key = format!("decisions {about} {wanted} {:?}", stamp.meetings);
    let page = async {
        let found =
            item::find(&pages.db, &DECISIONS, &about, Reads::Public, item::MOST_FOUND).await?;
        let base = match about.is_empty() {
            true => "/decisions".to_string(),
            false => format!("/decisions?about={}", path_word(&about)),
        };
        let (shown, pager) = Pager::cut(found, A_PAGE, wanted, base);
        let lines = shown.iter().map(decision).collect();
        let title = match about.is_empty() {
            true => "Decisions".to_string(),
            false => format!("Decisions about {}", clean(&about)),
        };
        let frame = Frame::new(&pages.site, Here::Meetings, title);
        let frame = frame.feed("/feeds/decisions.atom", "Decisions");
        let mut listing = Listing::of(frame, lines, "Nothing was decided yet.");
        listing.pager = Some(pager);
        listing.print()
    };
    pages.shelf.page(key, HTML, &headers, page).await
}

fn decision(found: &Found) -> Line {
    let label = found.sort.word();
    Line {
        at: Some(found.at),
        href: Some(format!("/m/{}#i-{}", found.slug, found.line)),
        words: Markup::linked(found.text.as_untrusted()),
        tags: vec![(if label == "rejected" { "warn" } else { "done" }, label.to_string())],
        under: vec![
            (clean(found.nick.as_str()), None),
            ("in the log".to_string(), Some(format!("/m/{}/log#l-{}", found.slug, found.line))),
        ],
        ..Line::default()
    }
}
