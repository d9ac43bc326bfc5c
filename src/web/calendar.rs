//! The calendar: a month of meetings, planned, held and skipped.

use crate::clock;
use crate::domain::minutes::index::Brief;
use crate::domain::schedule::Planned;
use crate::domain::text::clean;
use crate::domain::time::{DAY, Moment};
use crate::store;
use crate::web::Pages;
use crate::web::answer::{HTML, Refusal, Shown};
use crate::web::ask::Asked;
use crate::web::layout::{Frame, Here, print};
use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::routing::get;
use chrono::{Datelike, Months, NaiveDate};

/// How many months ahead can be seen.
const AHEAD: u32 = 24;
/// How many months back can be seen where no meeting is older.
const BACK: u32 = 12;
/// The most meetings of a month that are looked for.
const MOST: u32 = 500;

/// `/meetings/calendar`
pub fn routes() -> Router<Pages> {
    Router::new().route("/meetings/calendar", get(calendar))
}

#[derive(Template)]
#[template(path = "calendar.html")]
struct CalendarPage<'a> {
    frame: Frame<'a>,
    month: String,
    before: Option<String>,
    after: Option<String>,
    weeks: Vec<Week>,
}

/// One row: the ISO week and its days from Monday on.
struct Week {
    number: u32,
    days: Vec<Day>,
}

struct Day {
    date: NaiveDate,
    is_of_month: bool,
    is_today: bool,
    meetings: Vec<Shape>,
}

/// A meeting of a day.
struct Shape {
    time: String,
    name: String,
    slug: Option<String>,
    note: String,
}

async fn calendar(State(pages): State<Pages>, asked: Asked, headers: HeaderMap) -> Shown {
    let (stamp, now) = (pages.stamp().await?, clock::now());
    let today = now.date();
    let month = match asked.of("month") {
        Some(given) => month_of(given).ok_or(Refusal::NotFound)?,
        None => first_of(today),
    };
    let key = format!("calendar {month} {today} {}", stamp.group());
    let page = async {
        let span = store::site::span(&pages.db).await?;
        let current = first_of(today);
        let oldest = span.map_or(current, |(first, _)| first_of(first.date()));
        let oldest = oldest.min(current - Months::new(BACK));
        let newest = current + Months::new(AHEAD);
        if month < oldest || month > newest {
            return Err(Refusal::NotFound);
        }
        let group = pages.group(&stamp).await?;
        let first = monday(month);
        let end = monday(month + Months::new(1) + chrono::Days::new(6));
        let (from, to) = (Moment::of(first, 0), Moment::of(end, 0));
        let held = store::site::between(&pages.db, from, to, MOST).await?;
        let planned = group.schedule.planned_between(from, to);
        let days = first.iter_days().take_while(|date| *date < end);
        let days: Vec<Day> = days
            .map(|date| Day {
                date,
                is_of_month: (date.year(), date.month()) == (month.year(), month.month()),
                is_today: date == today,
                meetings: meetings_of(date, &held, &planned),
            })
            .collect();
        let mut days = days.into_iter().peekable();
        let mut weeks = Vec::new();
        while let Some(number) = days.peek().map(|day| day.date.iso_week().week()) {
            weeks.push(Week { number, days: days.by_ref().take(7).collect() });
        }
        let path = |month: NaiveDate| format!("/meetings/calendar?month={}", month.format("%Y-%m"));
        let shown = month.format("%B %Y").to_string();
        print(&CalendarPage {
            frame: Frame::new(&pages.site, Here::Meetings, format!("Calendar, {shown}")),
            month: shown,
            before: (month > oldest).then(|| path(month - Months::new(1))),
            after: (month < newest).then(|| path(month + Months::new(1))),
            weeks,
        })
    };
    pages.shelf.page(key, HTML, &headers, page).await
}

/// What was held on a day, then what was planned and is not among it.
fn meetings_of(date: NaiveDate, held: &[Brief], planned: &[Planned]) -> Vec<Shape> {
    let clock = |at: Moment| at.utc().format("%H:%M").to_string();
    let held: Vec<&Brief> = held.iter().rev().filter(|one| one.started_at.date() == date).collect();
    let was = held.iter().map(|one| Shape {
        time: clock(one.started_at),
        name: one.name.as_ref().map_or("Meeting".into(), |name| clean(name.as_untrusted())),
        slug: (!one.is_restricted).then(|| one.slug.clone()),
        note: if one.ended_at.is_none() { "on now".into() } else { String::new() },
    });
    // A meeting within two hours of a slot in its channel is that slot's.
    let is_held = |planned: &&Planned| {
        held.iter().any(|one| {
            one.channel.as_str().eq_ignore_ascii_case(planned.slot.channel.as_str())
                && one.started_at.since(planned.slot.start).abs() < DAY / 12
        })
    };
    let plan = planned.iter().filter(|one| one.slot.start.date() == date && !is_held(one));
    let plan = plan.map(|one| Shape {
        time: clock(one.slot.start),
        name: clean(one.slot.name.as_untrusted()),
        slug: None,
        note: match &one.skipped {
            Some(why) if why.is_empty() => "skipped".into(),
            Some(why) => format!("skipped: {}", clean(why.as_untrusted())),
            None if one.slot.extra.is_some() => "extra".into(),
            None => String::new(),
        },
    });
    was.chain(plan).collect()
}

fn first_of(date: NaiveDate) -> NaiveDate {
    date.with_day(1).unwrap_or(date)
}

/// `2018-11`
fn month_of(given: &str) -> Option<NaiveDate> {
    let month: NaiveDate = format!("{given}-01").parse().ok()?;
    (given.len() == 7 && (1970..=9000).contains(&month.year())).then_some(month)
}

/// The Monday of the week of a date.
fn monday(date: NaiveDate) -> NaiveDate {
    date.week(chrono::Weekday::Mon).checked_first_day().unwrap_or(date)
}
