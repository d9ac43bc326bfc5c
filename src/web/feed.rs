//! Feeds (Atom, RFC 4287) and the calendar (RFC 5545), for programs that look again and again.
//!
//! An entry's id is its permanent address, which never changes.

use crate::clock;
use crate::domain::minutes::index::{Brief, DECISIONS, Found};
use crate::domain::notice::Notice;
use crate::domain::push::text;
use crate::domain::roadmap::Entry as Action;
use crate::domain::roadmap::text::state;
use crate::domain::schedule::ical;
use crate::domain::text::clean;
use crate::domain::time::Moment;
use crate::flow::calendar::Past;
use crate::store::item::{self, Reads};
use crate::store::push::announcement::{self, Push};
use crate::web::answer::{Refusal, Shown};
use crate::web::ask::Word;
use crate::web::layout::print;
use crate::web::{Pages, words};
use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::routing::get;
use chrono::NaiveDate;

/// How many entries a feed has.
const ENTRIES: usize = 40;
/// RFC 4287 §7.
const ATOM: &str = "application/atom+xml; charset=utf-8";
/// RFC 5545 §8.1.
const CALENDAR: &str = "text/calendar; charset=utf-8";

/// `/feeds/…`, `/calendar.ics`.
pub fn routes() -> Router<Pages> {
    Router::new().route("/feeds/{feed}", get(feed)).route("/calendar.ics", get(calendar))
}

/// What a feed is of.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Of {
    Meetings,
    Decisions,
    Actions,
    Notices,
    Pushes,
}

/// Each feed: its name in the address, its title, and what it is of.
const FEEDS: [(&str, &str, &[Of]); 6] = [
    ("all", "everything new", &[Of::Meetings, Of::Notices, Of::Pushes, Of::Actions]),
    ("meetings", "meetings", &[Of::Meetings]),
    ("decisions", "decisions", &[Of::Decisions]),
    ("actions", "actions", &[Of::Actions]),
    ("notices", "notices", &[Of::Notices]),
    ("pushes", "pushes", &[Of::Pushes]),
];

#[derive(Template)]
#[template(path = "feed.xml")]
struct Feed<'a> {
    title: String,
    author: &'a str,
    own: String,
    home: &'a str,
    updated: String,
    entries: Vec<Entry>,
}

/// One entry; all words are printed through the escaper.
#[derive(Clone, Debug)]
struct Entry {
    /// Its permanent address, which is its id too.
    url: String,
    title: String,
    published: Moment,
    updated: Moment,
    words: Vec<String>,
}

async fn feed(State(pages): State<Pages>, Word(name): Word, headers: HeaderMap) -> Shown {
    let name = name.strip_suffix(".atom").ok_or(Refusal::NotFound)?;
    let known = FEEDS.iter().find(|(known, ..)| *known == name);
    let (name, title, of) = known.ok_or(Refusal::NotFound)?;
    let stamp = pages.stamp().await?;
    let today = clock::now().date();
    let key = format!("feed {name} {today} {stamp:?}");
    let page = async {
        let mut entries = Vec::new();
        for of in *of {
            entries.extend(entries_of(&pages, &stamp, *of, today).await?);
        }
        entries.sort_by_key(|entry| std::cmp::Reverse(entry.updated));
        entries.truncate(ENTRIES);
        // Without any entry the feed is as old as time: it must not change each time it is read.
        let updated = entries.first().map_or(Moment::from_micros(0), |entry| entry.updated);
        print(&Feed {
            title: format!("{}: {title}", pages.site.short),
            author: &pages.site.name,
            own: format!("{}/feeds/{name}.atom", pages.site.url),
            home: &pages.site.url,
            updated: updated.rfc3339(),
            entries,
        })
    };
    pages.shelf.page(key, ATOM, &headers, page).await
}

async fn entries_of(
    pages: &Pages,
    stamp: &crate::store::stamp::Stamp,
    of: Of,
    today: NaiveDate,
) -> Result<Vec<Entry>, Refusal> {
    let url = pages.site.url.as_str();
    let most = u32::try_from(ENTRIES).unwrap_or(u32::MAX);
    Ok(match of {
        Of::Meetings => {
            let all = item::latest(&pages.db, most).await?;
            all.iter().filter(|one| !one.is_restricted).map(|one| meeting(url, one)).collect()
        }
        Of::Decisions => {
            let all = item::find(&pages.db, &DECISIONS, "", Reads::Public, most).await?;
            all.iter().map(|one| decision(url, one)).collect()
        }
        Of::Actions => {
            let group = pages.group(stamp).await?;
            let mut all: Vec<&Action> = group.roadmap.entries().iter().collect();
            all.sort_by_key(|one| std::cmp::Reverse(one.changed_at));
            all.iter().take(ENTRIES).map(|one| action(url, one, today)).collect()
        }
        Of::Notices => {
            let group = pages.group(stamp).await?;
            let standing = group.notices.all().iter().rev().filter(|one| one.withdrawn.is_none());
            standing.take(ENTRIES).map(|one| notice(url, one)).collect()
        }
        Of::Pushes => {
            let all = announcement::before(&pages.db, i64::MAX, most).await?;
            all.iter().map(|one| push(url, one)).collect()
        }
    })
}

fn meeting(url: &str, brief: &Brief) -> Entry {
    let name = brief.name.as_ref().map_or("Meeting".into(), |name| clean(name.as_untrusted()));
    let at = brief.ended_at.unwrap_or(brief.started_at);
    Entry {
        url: format!("{url}/m/{}", brief.slug),
        title: format!("{name}, {}", words::day(brief.started_at)),
        published: at,
        updated: at,
        words: vec![format!("In {}: {}.", clean(brief.channel.as_str()), brief.summary())],
    }
}

fn decision(url: &str, found: &Found) -> Entry {
    Entry {
        url: format!("{url}/m/{}#i-{}", found.slug, found.line),
        title: format!("{}: {}", found.sort.word(), clean(found.text.as_untrusted())),
        published: found.at,
        updated: found.at,
        words: vec![format!("Said by {}.", clean(found.nick.as_str()))],
    }
}

fn action(url: &str, action: &Action, today: NaiveDate) -> Entry {
    let owners: Vec<String> = action.owners.iter().map(|owner| clean(owner)).collect();
    let due = action.due.map_or(String::new(), |due| format!(", due {due}"));
    Entry {
        url: format!("{url}/actions/{}", action.number),
        title: format!("[{}] {}", action.number, clean(action.text.as_untrusted())),
        published: action.origin.at,
        updated: action.changed_at,
        words: vec![
            format!("It is {}{due}.", state(action, today)),
            format!(
                "Whose: {}.",
                if owners.is_empty() { "nobody's".into() } else { owners.join(", ") }
            ),
        ],
    }
}

fn notice(url: &str, notice: &Notice) -> Entry {
    Entry {
        url: format!("{url}/notices/{}", notice.number),
        title: clean(notice.text.as_untrusted()),
        published: notice.at,
        updated: notice.history.last().map_or(notice.at, |last| last.until),
        words: vec![clean(&notice.sentence())],
    }
}

fn push(url: &str, push: &Push) -> Entry {
    let names: Vec<String> = push.items.iter().map(|item| clean(&item.name())).collect();
    Entry {
        url: format!("{url}/p/{}", push.number),
        title: names.join(", "),
        published: push.at,
        updated: push.at,
        words: push.items.iter().map(|item| text::line(item, None)).collect(),
    }
}

/// The meetings to come, and those of the last year with their minutes.
async fn calendar(State(pages): State<Pages>, headers: HeaderMap) -> Shown {
    let (stamp, now) = (pages.stamp().await?, clock::now());
    // It is made once a day, and when something changes: a program that asks gets the same again.
    let made = Moment::of(now.date(), 0);
    let key = format!("calendar.ics {} {}", now.date(), stamp.group());
    let page = async {
        let group = pages.group(&stamp).await?;
        let past = Past::load(&pages.db, now).await?;
        let host = pages.site.url.split("://").nth(1).and_then(|rest| rest.split('/').next());
        let about = ical::About {
            name: &pages.site.name,
            host: host.unwrap_or("beadle"),
            made,
            minutes: &|slot| past.minutes(slot, &pages.config),
        };
        Ok(ical::render(&group.schedule, now, &about))
    };
    pages.shelf.page(key, CALENDAR, &headers, page).await
}
