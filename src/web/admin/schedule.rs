//! `/admin/schedule`: the next meetings, and dates that are skipped, held after all, moved or added.

use crate::clock;
use crate::domain::group;
use crate::domain::schedule::{Change, Planned, read};
use crate::domain::text::{Text, clean};
use crate::domain::time::{DAY, Moment};
use crate::flow;
use crate::web::Pages;
use crate::web::admin::guard::{Act, Member};
use crate::web::admin::page::{Desk, Entry, Field, Form, Part};
use crate::web::answer::{Refusal, Shown};
use crate::web::listing::Line;
use crate::web::markup::Markup;
use crate::web::words;
use axum::Router;
use axum::extract::State;
use axum::routing::{get, post};

/// How far ahead meetings are shown, in microseconds.
const AHEAD: i64 = 120 * DAY;
/// The most meetings that are shown.
const MOST_SHOWN: usize = 40;
/// Where all of it is.
const HERE: &str = "/admin/schedule";

/// `/admin/schedule`
pub fn routes() -> Router<Pages> {
    Router::new()
        .route(HERE, get(all))
        .route("/admin/schedule/skip", post(skip))
        .route("/admin/schedule/back", post(back))
        .route("/admin/schedule/add", post(add))
        .route("/admin/schedule/move", post(shift))
}

async fn all(State(pages): State<Pages>, member: Member) -> Shown {
    let now = clock::now();
    let schedule = &member.group.schedule;
    let planned = schedule.planned_between(now, now.plus(AHEAD));
    let entries = planned.iter().take(MOST_SHOWN).map(entry).collect();
    let mut desk = Desk::new("Schedule", HERE);
    desk.lead = vec![Markup::linked(
        "A change is told to the list, and the calendar and the channel's topic follow it. All times are UTC.",
    )];
    desk.parts.push(Part::list("planned", "", entries, "No meeting is planned."));
    let which = || -> Option<Field> {
        let mut ids: Vec<(String, String)> = Vec::new();
        for entry in schedule.entries() {
            if !ids.iter().any(|(id, _)| *id == entry.id) {
                ids.push((entry.id.clone(), clean(entry.name.as_untrusted())));
            }
        }
        (ids.len() > 1).then(|| Field::choice("entry", "Which meeting", ids))
    };
    let reason = || Field::line("reason", "Why", 200);
    let form = |id: &str, action: &str, button: &str, fields: Vec<Field>| {
        let fields = which().into_iter().chain(fields).collect();
        Form::new(id, action, button, fields)
    };
    let start = |label: &str| Field::line("start", label, 40).hint("As 2018-12-25 15:00, in UTC.");
    desk.parts.push(Part::form(
        "Skip a date",
        form("skip", "/admin/schedule/skip", "Skip", vec![Field::date("date", "Date"), reason()]),
    ));
    let fields =
        vec![Field::date("date", "Instead of the date"), start("New date and time"), reason()];
    desk.parts
        .push(Part::form("Move a date", form("move", "/admin/schedule/move", "Move", fields)));
    desk.parts.push(Part::form(
        "Add a meeting",
        form("add", "/admin/schedule/add", "Add", vec![start("Date and time"), reason()]),
    ));
    desk.show(&pages, &member).await
}

fn entry(planned: &Planned) -> Entry {
    let slot = &planned.slot;
    let date = slot.start.date().to_string();
    let name = clean(slot.name.as_untrusted());
    let mut tags = Vec::new();
    let mut why = String::new();
    if let Some(reason) = &planned.skipped {
        tags.push(("warn", "not held".to_string()));
        why = format!(": {}", reason.as_untrusted());
    } else if let Some(reason) = &slot.extra {
        tags.push(("", "extra".to_string()));
        why = format!(": {}", reason.as_untrusted());
    }
    let forms = match planned.skipped.is_some() {
        true => vec![
            Form::act(
                "/admin/schedule/back",
                "Hold it after all",
                format!("Hold it after all: {name} on {date}"),
                ("date", date),
            )
            .saying("entry", slot.entry.clone()),
        ],
        false => Vec::new(),
    };
    let line = Line {
        lead: words::time(slot.start),
        words: Markup::linked(&format!("{name} in {}{why}", clean(slot.channel.as_str()))),
        tags,
        ..Line::default()
    };
    Entry { line, forms }
}

/// The meeting that the form names, where it names one.
fn named(act: &Act) -> Option<String> {
    Some(act.fields.line("entry")).filter(|entry| !entry.is_empty())
}

async fn skip(State(pages): State<Pages>, act: Act) -> Shown {
    let reason = Text::new(act.fields.line("reason"));
    let change =
        act.fields.day("date").map(|date| Change::Skip { date, entry: named(&act), reason });
    taken(pages, act, change).await
}

async fn back(State(pages): State<Pages>, act: Act) -> Shown {
    let change = act.fields.day("date").map(|date| Change::Unskip { date, entry: named(&act) });
    taken(pages, act, change).await
}

async fn add(State(pages): State<Pages>, act: Act) -> Shown {
    let change = start(&act).map(|start| extra(&act, start));
    taken(pages, act, change).await
}

fn start(act: &Act) -> Result<Moment, String> {
    let given = act.fields.line("start");
    let bare = given.strip_suffix("UTC").unwrap_or(&given);
    read::start(bare).map_err(|unreadable| unreadable.to_string())
}

fn extra(act: &Act, start: Moment) -> Change {
    Change::Extra { start, entry: named(act), reason: Text::new(act.fields.line("reason")) }
}

/// A date is moved: a new one is added, and the old one is skipped. Where the first is refused
/// nothing changes; where the second is, the sentence says so.
async fn shift(State(pages): State<Pages>, act: Act) -> Shown {
    let read = act.fields.day("date").and_then(|date| Ok((date, start(&act)?)));
    let (date, start) = match read {
        Ok(read) => read,
        Err(refusal) => return act.done(&pages, Err(refusal), HERE).await,
    };
    let skip =
        Change::Skip { date, entry: named(&act), reason: Text::new(act.fields.line("reason")) };
    // What cannot be skipped is not moved.
    let judged = act.member.group.schedule.judge(&skip, clock::now());
    let came = match judged.map_err(|refusal| refusal.to_string()) {
        Err(refusal) => Err(refusal),
        Ok(_) => match asked(&pages, &act, skip).await? {
            Err(refusal) => Err(refusal),
            Ok(skipped) => match asked(&pages, &act, extra(&act, start)).await? {
                Ok(added) => Ok(added),
                Err(refusal) => Err(format!("{skipped} But no new date was added: {refusal}")),
            },
        },
    };
    act.done(&pages, came, HERE).await
}

async fn taken(pages: Pages, act: Act, change: Result<Change, String>) -> Shown {
    let came = match change {
        Ok(change) => asked(&pages, &act, change).await?,
        Err(refusal) => Err(refusal),
    };
    act.done(&pages, came, HERE).await
}

async fn asked(
    pages: &Pages,
    act: &Act,
    change: Change,
) -> Result<Result<String, String>, Refusal> {
    let (asker, by) = act.who();
    let settled = |group: &group::Group| {
        let settled = group.schedule.settled(&change).map_err(|refusal| refusal.to_string())?;
        Ok(group::Change::Schedule(settled))
    };
    let came = flow::group::asked(&pages.db, &pages.config, (&asker, &by), settled).await?;
    if came.is_ok() {
        flow::deliver::wake();
    }
    Ok(came)
}
