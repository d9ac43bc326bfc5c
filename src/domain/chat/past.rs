//! What the bot tells of past meetings: where the minutes are, what was decided.

use crate::domain::chat::answer::quoted;
use crate::domain::chat::{Answer, Facts};
use crate::domain::meeting::Kind;
use crate::domain::meeting::reply::label;
use crate::domain::minutes::index::{Brief, Found, Sort};
use crate::domain::schedule::say;
use crate::domain::time::{DAY, MINUTE, Moment};
use chrono::NaiveDate;

/// The page with all minutes.
const ALL: &str = "/minutes/";

/// The last meetings, the newest first, of `all` that were held.
pub fn last(facts: &Facts, meetings: &[Brief], all: usize) -> Answer {
    match meetings.is_empty() {
        true => Answer::line("No meeting has been held yet."),
        false => Answer::some_of(lines(facts, meetings), all, facts.page(ALL)),
    }
}

/// The meetings of a date, or the nearest ones before and after it.
pub fn on(
    facts: &Facts,
    date: NaiveDate,
    held: &[Brief],
    (before, after): (Option<&str>, Option<&str>),
) -> Answer {
    if !held.is_empty() {
        return Answer::list(lines(facts, held), facts.page(ALL));
    }
    let link = |slug: &str| place(facts, slug);
    let mut near: Vec<String> = before.map(link).into_iter().collect();
    match after {
        Some(slug) => near.push(link(slug)),
        None => near.extend(planned(facts, date)),
    }
    let missing = match date > facts.today() {
        true => format!("{date} is still to come."),
        false => format!("No meeting on {date}."),
    };
    match near.is_empty() {
        true => Answer::line(format!("{missing} None has been held yet.")),
        false => Answer::line(format!("{missing} Nearest: {}.", near.join(", "))),
    }
}

/// The first meeting to come from a date on, as it is planned.
fn planned(facts: &Facts, date: NaiveDate) -> Option<String> {
    let day = if date > facts.today() { Moment::of(date, 0) } else { Moment::of(date, DAY) };
    let next = facts.group.schedule.next(day.max(facts.now))?;
    Some(format!("planned for {}", say::moment(next.start)))
}

/// The meetings in whose minutes these words stand, the newest first, of `all` such.
pub fn about(facts: &Facts, words: &str, meetings: &[Brief], all: usize) -> Answer {
    match meetings.is_empty() {
        true => nothing(words, "No minutes have"),
        false => Answer::some_of(lines(facts, meetings), all, facts.page(ALL)),
    }
}

/// What was decided, the newest first, of `all` such decisions.
pub fn decisions(facts: &Facts, words: Option<&str>, found: &[Found], all: usize) -> Answer {
    match words {
        None if found.is_empty() => Answer::line("No decision was noted yet."),
        Some(words) if found.is_empty() => nothing(words, "No decision has"),
        _ => Answer::some_of(
            found.iter().map(|one| decision(facts, one)).collect(),
            all,
            facts.page(ALL),
        ),
    }
}

fn nothing(words: &str, what: &str) -> Answer {
    Answer::line(format!("{what} all of these words: {}", quoted(words)))
}

fn lines(facts: &Facts, meetings: &[Brief]) -> Vec<String> {
    meetings.iter().map(|brief| line(facts, brief)).collect()
}

/// `2018-11-13 https://virt.example.org/m/2018-11-13 (48 min, 6 people, 7 notices, 2 actions)`
fn line(facts: &Facts, brief: &Brief) -> String {
    let page = page(facts, &brief.slug).map(|page| format!(" {page}"));
    let lasted = match brief.ended_at {
        None => "on now".to_string(),
        Some(end) => format!("{} min", end.since(brief.started_at).max(0) / MINUTE),
    };
    let mut told = vec![lasted];
    match brief.is_restricted && !facts.is_member {
        true => told.push("minutes for members only".to_string()),
        false => {
            let people = brief.people.unwrap_or(0);
            let counts = [
                (people, if people == 1 { "person" } else { "people" }.to_string()),
                (brief.decisions, plural(brief.decisions, "decision")),
                (brief.notices, plural(brief.notices, "notice")),
                (brief.actions, plural(brief.actions, "action")),
            ];
            let counts = counts.into_iter().filter(|(count, _)| *count > 0);
            told.extend(counts.map(|(count, noun)| format!("{count} {noun}")));
        }
    }
    format!("{}{} ({})", brief.slug, page.unwrap_or_default(), told.join(", "))
}

/// `2018-11-13 AGREED Keep one Xen version per release https://…/m/2018-11-13/log#l-45`
fn decision(facts: &Facts, found: &Found) -> String {
    let page = page(facts, &found.slug).map(|page| format!(" {page}/log#l-{}", found.line));
    let label = match found.sort {
        Sort::Item(kind) => label(kind),
        Sort::Topic => label(Kind::Info),
    };
    let text = quoted(found.text.as_untrusted());
    format!("{} {label} {text}{}", found.slug, page.unwrap_or_default())
}

fn plural(count: u32, noun: &str) -> String {
    format!("{noun}{}", if count == 1 { "" } else { "s" })
}

/// The permanent page of a meeting.
fn page(facts: &Facts, slug: &str) -> Option<String> {
    facts.page(&format!("/m/{slug}"))
}

/// The page of a meeting, its date where there are no pages.
fn place(facts: &Facts, slug: &str) -> String {
    page(facts, slug).unwrap_or_else(|| slug.to_string())
}
