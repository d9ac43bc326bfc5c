//! One search over everything: minutes, logs and pushes from the store, notices and actions from the
//! group, the newest first.

use crate::domain::group::Group;
use crate::domain::notice::Notice;
use crate::domain::roadmap::{Entry, State};
use crate::domain::search::Query;
use crate::domain::text::{Text, clean};
use crate::domain::time::{DAY, Moment};
use crate::store::search::{self, Hit, Kind, Wanted, key};
use crate::store::{Db, StoreError};
use chrono::NaiveDate;
use std::ops::Range;

/// How many hits one page has.
pub const A_PAGE: usize = 30;
/// How much of a long text is shown around the first place, in characters.
const SHOWN: usize = 280;

/// What a search may be narrowed to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum In {
    /// Topics and items of minutes.
    Minutes,
    /// Lines of logs.
    Logs,
    /// Notices.
    Notices,
    /// Actions and calls for help.
    Actions,
    /// Pushes.
    Pushes,
}

impl In {
    /// All of them, with the word in an address and the words for people.
    pub const ALL: [(In, &'static str, &'static str); 5] = [
        (In::Minutes, "minutes", "Minutes"),
        (In::Logs, "logs", "Logs"),
        (In::Notices, "notices", "Notices"),
        (In::Actions, "actions", "Actions"),
        (In::Pushes, "pushes", "Pushes"),
    ];

    /// The one of that word.
    pub fn parse(word: &str) -> Option<In> {
        In::ALL.iter().find(|(_, known, _)| *known == word).map(|(one, ..)| *one)
    }

    fn kind(self) -> Option<Kind> {
        match self {
            In::Minutes => Some(Kind::Minutes),
            In::Logs => Some(Kind::Log),
            In::Pushes => Some(Kind::Push),
            In::Notices | In::Actions => None,
        }
    }
}

/// What somebody asks.
#[derive(Clone, Debug, Default)]
pub struct Search {
    /// What was typed.
    pub query: Query,
    /// What it is narrowed to.
    pub within: Option<In>,
    /// Only what this nick said.
    pub by: Option<String>,
    /// Only from this day on.
    pub from: Option<NaiveDate>,
    /// Only until this day.
    pub to: Option<NaiveDate>,
    /// Only what stands behind this place of the page before.
    pub before: Option<i64>,
}

/// Something that was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// Its place in the order of time.
    pub key: i64,
    /// What it is, in a word: `agreed`, `line`, `notice`, `action`, `push`.
    pub sort: String,
    /// Where it is, as a path.
    pub path: String,
    /// When.
    pub at: Moment,
    /// Who said it, clean.
    pub by: String,
    /// The part of its words that is shown, clean.
    pub text: String,
    /// Where in that the terms stand, in bytes.
    pub places: Vec<Range<usize>>,
}

/// A page of what was found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Page {
    /// The hits, the newest first.
    pub found: Vec<Found>,
    /// Where the next page begins.
    pub more: Option<i64>,
}

impl Search {
    /// Looks for it.
    pub async fn find(&self, db: &Db, group: &Group) -> Result<Page, StoreError> {
        let start = self.from.map_or(0, |day| key(Moment::of(day, 0), 0));
        let end = self.to.map_or(i64::MAX, |day| key(Moment::of(day, DAY), 0));
        let before = self.before.map_or(end, |before| before.min(end));
        let mut found = Vec::new();
        let is_stored = self.within.is_none_or(|within| within.kind().is_some());
        if is_stored {
            let wanted = Wanted {
                query: self.query.clone(),
                kind: self.within.and_then(In::kind),
                by: self.by.as_ref().map_or(String::new(), |by| by.to_lowercase()),
                from: start,
                before,
            };
            let hits = search::find(db, &wanted, A_PAGE as u32 + 1).await?;
            found.extend(hits.iter().map(|hit| of_hit(hit, &self.query)));
        }
        let mut of_group = self.in_group(group);
        of_group.retain(|one| one.key >= start && one.key < before);
        found.extend(of_group);
        found.sort_unstable_by_key(|one| std::cmp::Reverse(one.key));
        let is_more = found.len() > A_PAGE;
        found.truncate(A_PAGE);
        let more = found.last().filter(|_| is_more).map(|last| last.key);
        Ok(Page { found, more })
    }

    /// Notices and actions are a few thousand at most, and in memory.
    fn in_group(&self, group: &Group) -> Vec<Found> {
        if self.query.terms.is_empty() {
            return Vec::new();
        }
        let is_in = |one: In| self.within.is_none_or(|within| within == one);
        let is_by = |by: &Text| {
            self.by.as_ref().is_none_or(|wanted| by.as_untrusted().eq_ignore_ascii_case(wanted))
        };
        let notices = group.notices.all().iter().filter(|one| is_in(In::Notices) && is_by(&one.by));
        let notices = notices.filter_map(|one| of_notice(one, &self.query));
        let actions = group.roadmap.entries().iter();
        let actions = actions.filter(|one| is_in(In::Actions) && is_by(&one.origin.by));
        notices.chain(actions.filter_map(|one| of_action(one, &self.query))).collect()
    }
}

fn of_hit(hit: &Hit, query: &Query) -> Found {
    let path = match (&hit.slug, hit.sort.as_str()) {
        (Some(slug), "line") => format!("/m/{slug}/log#l-{}", hit.number),
        (Some(slug), _) => format!("/m/{slug}#i-{}", hit.number),
        (None, _) => format!("/p/{}", hit.number),
    };
    let (text, places) = shown(&clean(hit.text.as_untrusted()), query);
    let by = clean(&hit.nick);
    Found { key: hit.key, sort: hit.sort.clone(), path, at: hit.at, by, text, places }
}

fn of_notice(notice: &Notice, query: &Query) -> Option<Found> {
    if notice.withdrawn.is_some() {
        return None;
    }
    let text = clean(notice.text.as_untrusted());
    query.places(&text)?;
    let (text, places) = shown(&text, query);
    Some(Found {
        key: key(notice.at, i64::from(notice.number) * 2),
        sort: "notice".to_string(),
        path: format!("/notices/{}", notice.number),
        at: notice.at,
        by: clean(notice.by.as_untrusted()),
        text,
        places,
    })
}

fn of_action(entry: &Entry, query: &Query) -> Option<Found> {
    if entry.state == State::Undone {
        return None;
    }
    let text = format!("{} {}", entry.owners.join(", "), entry.text.as_untrusted());
    let text = clean(&text);
    query.places(&text)?;
    let (text, places) = shown(&text, query);
    Some(Found {
        key: key(entry.origin.at, i64::from(entry.number) * 2 + 1),
        sort: "action".to_string(),
        path: format!("/actions/{}", entry.number),
        at: entry.origin.at,
        by: clean(entry.origin.by.as_untrusted()),
        text,
        places,
    })
}

/// The text, or of a long one the part around the first place; and where the terms stand in it.
fn shown(text: &str, query: &Query) -> (String, Vec<Range<usize>>) {
    // What a topic's items are found by stands in the topic's title too.
    let places = query.places(text).unwrap_or_default();
    if text.chars().count() <= SHOWN {
        return (text.to_string(), places);
    }
    let first = places.first().map_or(0, |place| place.start);
    let back = text[..first].char_indices().rev().nth(SHOWN / 4).map_or(0, |(at, _)| at);
    let end = text[back..].char_indices().nth(SHOWN).map_or(text.len(), |(at, _)| back + at);
    let (before, after) =
        (if back > 0 { "…" } else { "" }, if end < text.len() { "…" } else { "" });
    let part = format!("{before}{}{after}", &text[back..end]);
    let inside = places.into_iter().filter(|place| place.start >= back && place.end <= end);
    let moved =
        inside.map(|place| place.start - back + before.len()..place.end - back + before.len());
    (part, moved.collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_a_long_text_the_part_around_the_first_place_is_shown() {
        let query = Query::read("xen");
        let text = format!("{} xen {}", "é".repeat(500), "b ".repeat(500));
        let (part, places) = shown(&text, &query);
        assert!(part.starts_with('…') && part.ends_with('…') && part.chars().count() == SHOWN + 2);
        assert_eq!(places.len(), 1);
        assert_eq!(&part[places[0].clone()], "xen");
        let (whole, places) = shown("a xen b", &query);
        assert_eq!((whole.as_str(), places.first()), ("a xen b", Some(&(2..5))));
    }
}
