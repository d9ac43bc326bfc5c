//! Minutes as JSON. The names are what scripts depend on: new ones may come, none changes.

use crate::domain::escape;
use crate::domain::meeting::{Carried, Correction, Door, Item, Kind, Meeting, PersonId, Settled};
use crate::domain::roadmap::Change;
use crate::domain::text::Text;
use crate::domain::time::Moment;
use chrono::NaiveDate;
use serde::Serialize;

#[derive(Serialize)]
struct Minutes {
    title: String,
    name: Option<String>,
    channel: Option<String>,
    network: Option<String>,
    started_at: Option<String>,
    ended_at: Option<String>,
    iso_week: Option<String>,
    chairs: Vec<String>,
    people: Vec<Person>,
    topics: Vec<Topic>,
    decisions: Vec<Point>,
    actions: Vec<Point>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    done: Vec<Done>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    carried_over: Vec<Carried>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    dates: Vec<Date>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_meeting: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    mail: Option<Door>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pushes: Vec<String>,
    help: Vec<Point>,
    votes: Vec<Vote>,
    gaps: Vec<Gap>,
    revision: usize,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    corrections: Vec<Corrected>,
    log_lines: usize,
}

#[derive(Serialize)]
struct Person {
    nick: String,
    account: Option<String>,
    name: Option<String>,
    lines: usize,
    signed_in_at: Option<String>,
    present: bool,
    regrets: bool,
    via: Option<String>,
}

#[derive(Serialize)]
struct Topic {
    title: String,
    line: usize,
    at: String,
    by: Option<String>,
    sub: bool,
    items: Vec<Point>,
}

#[derive(Serialize)]
struct Point {
    kind: Kind,
    text: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    url: Option<String>,
    by: String,
    at: String,
    line: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    owners: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    number: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    due: Option<NaiveDate>,
}

#[derive(Serialize)]
struct Done {
    #[serde(flatten)]
    entry: Carried,
    note: String,
    line: usize,
}

/// A date of the schedule that was changed.
#[derive(Serialize)]
struct Date {
    text: String,
    line: usize,
}

#[derive(Serialize)]
struct Vote {
    question: String,
    options: Vec<VoteOption>,
    line: usize,
}

#[derive(Serialize)]
struct VoteOption {
    name: String,
    count: usize,
    voters: Vec<String>,
}

#[derive(Serialize)]
struct Corrected {
    at: String,
    by: String,
    line: usize,
    old: String,
    new: Option<String>,
}

#[derive(Serialize)]
struct Gap {
    from: String,
    to: String,
    line: usize,
}

/// One meeting as one object.
pub fn render(meeting: &Meeting) -> String {
    let mut out =
        serde_json::to_string_pretty(&minutes(meeting)).expect("plain values always serialise");
    out.push('\n');
    out
}

/// Several meetings as one array.
pub fn array(meetings: &[Meeting]) -> String {
    let all: Vec<Minutes> = meetings.iter().map(minutes).collect();
    let mut out = serde_json::to_string_pretty(&all).expect("plain values always serialise");
    out.push('\n');
    out
}

fn minutes(meeting: &Meeting) -> Minutes {
    let dated = meeting.settings.dated;
    let nick = |id: PersonId| meeting.people.one(id).nick.as_str().to_string();
    let points = |kinds: &[Kind]| -> Vec<Point> {
        meeting
            .items()
            .filter(|item| kinds.contains(&item.kind))
            .map(|item| point(meeting, item))
            .collect()
    };
    let people = meeting.people.all();
    Minutes {
        title: escape::line(&meeting.title()),
        name: meeting.name.as_ref().map(clean),
        channel: meeting.settings.channel.as_ref().map(|channel| channel.as_str().to_string()),
        network: meeting.settings.network.as_ref().map(|network| network.as_str().to_string()),
        started_at: dated.then(|| meeting.started_at.rfc3339()),
        ended_at: meeting.ended_at.filter(|_| dated).map(Moment::rfc3339),
        iso_week: dated.then(|| meeting.started_at.iso_week()),
        chairs: people.iter().filter(|p| p.chair).map(|p| p.nick.as_str().to_string()).collect(),
        people: people.iter().map(|one| person(meeting, one)).collect(),
        topics: meeting
            .topics
            .iter()
            .filter(|topic| topic.line > 0 || !topic.items.is_empty())
            .map(|topic| Topic {
                title: clean(&topic.title),
                line: topic.line,
                at: time(meeting, topic.at),
                by: topic.by.map(|_| topic.nick.as_str().to_string()),
                sub: topic.sub,
                items: topic.items.iter().map(|item| point(meeting, item)).collect(),
            })
            .collect(),
        decisions: points(&[Kind::Agreed, Kind::Accepted, Kind::Rejected]),
        actions: points(&[Kind::Action]),
        done: meeting.done().map(done).collect(),
        carried_over: meeting.still_open().map(shown).collect(),
        dates: meeting
            .planned
            .iter()
            .map(|one| Date { text: clean(&one.text), line: one.line })
            .collect(),
        next_meeting: meeting.next.as_ref().map(|next| next.start.rfc3339()),
        mail: meeting.door,
        pushes: meeting.pushes.iter().map(clean).collect(),
        help: points(&[Kind::Help]),
        votes: meeting
            .votes
            .iter()
            .map(|vote| Vote {
                question: clean(&vote.question),
                options: vote
                    .options
                    .iter()
                    .map(|(option, voters)| VoteOption {
                        name: clean(option),
                        count: voters.len(),
                        voters: voters.iter().map(|id| nick(*id)).collect(),
                    })
                    .collect(),
                line: vote.line,
            })
            .collect(),
        gaps: meeting
            .gaps
            .iter()
            .map(|gap| Gap {
                from: time(meeting, gap.from),
                to: time(meeting, gap.to),
                line: gap.line,
            })
            .collect(),
        revision: meeting.revision(),
        corrections: meeting.corrections.iter().map(corrected).collect(),
        log_lines: meeting.log.len(),
    }
}

fn person(meeting: &Meeting, person: &crate::domain::meeting::Person) -> Person {
    Person {
        nick: person.nick.as_str().to_string(),
        account: person.account().map(|account| account.as_str().to_string()),
        name: person.name.as_ref().map(clean),
        lines: person.lines,
        signed_in_at: person.signed_in_at.map(|at| time(meeting, at)),
        present: person.present,
        regrets: person.regrets,
        via: person.via.as_ref().map(|relay| relay.as_str().to_string()),
    }
}

fn corrected(one: &Correction) -> Corrected {
    Corrected {
        at: one.at.rfc3339(),
        by: one.by.as_str().to_string(),
        line: one.line,
        old: clean(&one.old),
        new: one.new.as_ref().map(clean),
    }
}

fn done(one: &Settled) -> Done {
    let note = match &one.what {
        Change::Done { note } => clean(note),
        _ => String::new(),
    };
    Done { entry: shown(&one.entry), note, line: one.line }
}

fn shown(entry: &Carried) -> Carried {
    Carried { text: Text::new(clean(&entry.text)), ..entry.clone() }
}

fn point(meeting: &Meeting, item: &Item) -> Point {
    let owners =
        || item.owners.iter().map(|id| meeting.people.one(*id).nick.as_str().to_string()).collect();
    Point {
        kind: item.kind,
        text: clean(&item.text),
        url: item.url.clone(),
        by: item.nick.as_str().to_string(),
        at: time(meeting, item.at),
        line: item.line,
        owners: (item.kind == Kind::Action).then(owners),
        number: item.number,
        due: item.due,
    }
}

/// RFC 3339, or the time of day alone where the log has no dates.
fn time(meeting: &Meeting, at: Moment) -> String {
    if meeting.settings.dated { at.rfc3339() } else { at.clock() }
}

fn clean(text: &Text) -> String {
    escape::line(text.as_untrusted())
}
