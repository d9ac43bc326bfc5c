//! What stands in minutes, in which order: sections of lists, with no format yet.
//!
//! All `String`s in a document are untrusted: every printer escapes all of them.

use crate::domain::meeting::reply;
use crate::domain::meeting::{
    Carried, Correction, Item, Kind, Meeting, Planned, Settled, State, Topic,
};
use crate::domain::minutes::names::{self, Names};
use crate::domain::minutes::{Format, Links};
use crate::domain::roadmap::Change;
use crate::domain::text::Text;
use crate::domain::time::{MINUTE, Moment};

/// Minutes, ready to be printed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Document {
    /// `#centos-devel: Virt SIG`.
    pub title: String,
    /// What follows, in order.
    pub blocks: Vec<Block>,
}

/// A part of a document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Block {
    /// A heading of the second level.
    Heading(&'static str),
    /// A paragraph.
    Paragraph(Vec<Words>),
    /// Short facts: a label and what it is.
    Facts(Vec<(&'static str, Vec<Words>)>),
    /// A list.
    List(Vec<Entry>),
    /// Sections of the meeting, each with its items.
    Topics(Vec<Section>),
}

/// One point of a list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Entry {
    /// The words.
    pub words: Vec<Words>,
    /// Points under it.
    pub under: Vec<Entry>,
    /// The log line that made it, where it stands for one: pages name the point after it.
    pub line: Option<usize>,
}

/// A topic of the meeting.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Section {
    /// The title and who set it; empty before the first topic.
    pub title: Vec<Words>,
    /// Whether it is a subtopic.
    pub sub: bool,
    /// The log line that made it; 0 before the first topic.
    pub line: usize,
    /// What was noted.
    pub items: Vec<Entry>,
}

/// A run of words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Words {
    /// As they are.
    Plain(String),
    /// Stressed; never a stranger's.
    Strong(&'static str),
    /// A stranger's, with its addresses as links.
    Linked(String),
    /// A link of ours: the address and the words.
    Link(String, String),
    /// `(nick, 15:02:31)`, a link to the log line where there is a log.
    Origin {
        /// Who.
        nick: String,
        /// When.
        at: Moment,
        /// In which log line.
        line: usize,
        /// Whether the moment has a date.
        dated: bool,
    },
    /// A moment: how it is shown.
    Time(Moment, String),
}

fn plain(words: impl Into<String>) -> Words {
    Words::Plain(words.into())
}

/// The minutes of a meeting.
pub fn of(meeting: &Meeting, links: &Links) -> Document {
    let names = &Names::of(meeting);
    let mut blocks = vec![opening(meeting, names, links), Block::Facts(facts(meeting, names))];
    let mut section = |heading: &'static str, entries: Vec<Entry>| {
        if !entries.is_empty() {
            blocks.push(Block::Heading(heading));
            blocks.push(Block::List(entries));
        }
    };
    let decisions = [Kind::Agreed, Kind::Accepted, Kind::Rejected];
    section("Decisions", items_of(meeting, &decisions, true));
    section("Notices", items_of(meeting, &[Kind::Notice], false));
    section("Action Items", or_none(actions(meeting, links)));
    section("Action Items, by person", actions_by_person(meeting, names));
    section("Done", done(meeting));
    section("Dropped, deferred, taken", otherwise_settled(meeting));
    section("Dates", planned(meeting));
    section("Carried over", meeting.still_open().map(carried).collect());
    section("Votes", votes(meeting, names));
    section("Help wanted", items_of(meeting, &[Kind::Help], false));
    blocks.push(Block::Heading("Meeting summary"));
    blocks.push(Block::Topics(
        meeting.topics.iter().filter(|t| is_shown(t)).map(|t| topic(meeting, t)).collect(),
    ));
    if let Some(end) = meeting.ended_at {
        let sentence = vec![plain("Meeting ended at "), clock(meeting, end), plain(" UTC.")];
        blocks.push(Block::Paragraph(sentence));
    }
    if !meeting.corrections.is_empty() {
        blocks.push(Block::Heading("Corrections"));
        blocks.push(Block::List(meeting.corrections.iter().map(correction).collect()));
    }
    blocks.push(Block::Heading("People Present (lines said)"));
    blocks.push(Block::List(people(meeting, names)));
    if !meeting.pushes.is_empty() {
        let entry = |line: &Text| Entry {
            words: vec![Words::Linked(line.as_untrusted().to_string())],
            ..Entry::default()
        };
        blocks.push(Block::Heading("Pushes since the last meeting"));
        blocks.push(Block::List(meeting.pushes.iter().map(entry).collect()));
    }
    if let Some(door) = &meeting.door {
        blocks.push(Block::Heading("Mail to the list"));
        blocks.push(Block::Paragraph(vec![plain(format!("Since the last meeting: {door}."))]));
    }
    if let Some(next) = &meeting.next {
        blocks.push(Block::Heading("Next meeting"));
        blocks.push(Block::Paragraph(vec![Words::Linked(next.text.as_untrusted().to_string())]));
    }
    blocks.extend(elsewhere(links));
    Document { title: title(meeting), blocks }
}

/// `#centos-devel: Virt SIG`, as MeetBot titles minutes.
pub fn title(meeting: &Meeting) -> String {
    let title = meeting.title();
    match &meeting.settings.channel {
        Some(channel) if channel.as_str() == title => format!("{title} Meeting"),
        Some(channel) => format!("{}: {title}", channel.as_str()),
        None => title,
    }
}

fn opening(meeting: &Meeting, names: &Names<'_>, links: &Links) -> Block {
    let owner = meeting.owner.map_or_else(String::new, |owner| names.short(owner));
    let mut words = vec![
        plain(format!("Meeting started by {owner} at ")),
        clock(meeting, meeting.started_at),
        plain(" UTC."),
    ];
    if let Some(log) = links.to(Format::LogHtml) {
        words.push(plain("  The full log is at "));
        let log = match (&links.page, log.starts_with('/')) {
            (Some(page), false) => format!("{page}/log"),
            _ => log.to_string(),
        };
        words.push(Words::Link(log.clone(), log));
    }
    if meeting.state == State::Open {
        words.push(plain("  The meeting is on: these minutes grow."));
    }
    Block::Paragraph(words)
}

fn clock(meeting: &Meeting, at: Moment) -> Words {
    match meeting.settings.dated {
        true => Words::Time(at, at.clock()),
        false => plain(at.clock()),
    }
}

fn facts(meeting: &Meeting, names: &Names<'_>) -> Vec<(&'static str, Vec<Words>)> {
    let mut facts = Vec::new();
    if meeting.settings.dated {
        let started = meeting.started_at;
        let date = started.utc().format("%A %Y-%m-%d").to_string();
        facts.push(("Date", vec![plain(format!("{date} (ISO week {})", started.iso_week()))]));
    }
    if let Some(end) = meeting.ended_at {
        let minutes = end.since(meeting.started_at).max(0) / MINUTE;
        facts.push((
            "Time",
            vec![
                clock(meeting, meeting.started_at),
                plain(" to "),
                clock(meeting, end),
                plain(format!(" UTC ({minutes} min)")),
            ],
        ));
    }
    if !meeting.corrections.is_empty() {
        let words = format!("{}, corrected; see below", meeting.revision());
        facts.push(("Revision", vec![plain(words)]));
    }
    if let Some(channel) = &meeting.settings.channel {
        let network = meeting.settings.network.as_ref();
        let on = network.map_or_else(String::new, |network| format!(" on {}", network.as_str()));
        facts.push(("Channel", vec![plain(format!("{}{on}", channel.as_str()))]));
    }
    let mut named = |label: &'static str, people: Vec<String>| {
        if !people.is_empty() {
            facts.push((label, vec![plain(people.join(", "))]));
        }
    };
    let full = |ids: Vec<_>| ids.into_iter().map(|id| names.full(id)).collect();
    named("Chairs", full(names::those(meeting, |p| p.chair)));
    named("Present", full(names::those(meeting, |p| p.present && p.member)));
    let is_roster = meeting.people.all().iter().any(|p| p.member);
    let others = if is_roster { "Guests" } else { "Present" };
    named(others, full(names::those(meeting, |p| p.present && !p.member)));
    named("Regrets", full(names::those(meeting, |p| p.regrets && !p.present)));
    let signed = names::those(meeting, |p| p.signed_in_at.is_some()).into_iter().filter_map(|id| {
        let at = meeting.people.one(id).signed_in_at?;
        Some(format!("{} {}", names.short(id), at.clock()))
    });
    named("Signed in", signed.collect());
    let gaps = meeting.gaps.iter();
    named(
        "Not heard",
        gaps.map(|gap| format!("{} to {} UTC", gap.from.clock(), gap.to.clock())).collect(),
    );
    facts
}

/// `2018-11-14 10:00:00 UTC, gwd: l-42 said “old”; it says “new”`
fn correction(one: &Correction) -> Entry {
    let at = one.at.utc().format("%Y-%m-%d %H:%M:%S");
    let words = format!("{at} UTC, {}: {}", one.by.as_str(), one.sentence());
    Entry { words: vec![Words::Linked(words)], ..Entry::default() }
}

fn is_shown(topic: &Topic) -> bool {
    topic.line > 0 || !topic.items.is_empty()
}

fn topic(meeting: &Meeting, topic: &Topic) -> Section {
    let mut title = Vec::new();
    if topic.line > 0 {
        title.push(Words::Linked(topic.title.as_untrusted().to_string()));
        title.push(origin(meeting, topic.nick.as_str(), topic.at, topic.line));
    }
    let items = topic.items.iter().map(|item| item_entry(meeting, item, item.kind != Kind::Info));
    Section { title, sub: topic.sub, line: topic.line, items: items.collect() }
}

fn origin(meeting: &Meeting, nick: &str, at: Moment, line: usize) -> Words {
    Words::Origin { nick: nick.to_string(), at, line, dated: meeting.settings.dated }
}

/// `ACTION: text  (nick, time)`.
fn item_entry(meeting: &Meeting, item: &Item, labelled: bool) -> Entry {
    let mut words = Vec::new();
    if labelled {
        words.extend([Words::Strong(reply::label(item.kind)), plain(": ")]);
    }
    words.push(Words::Linked(numbered(item)));
    words.push(origin(meeting, item.nick.as_str(), item.at, item.line));
    Entry { words, line: Some(item.line), ..Entry::default() }
}

/// `[35] the words`, where the group's ledger has given a number.
fn numbered(item: &Item) -> String {
    match item.number {
        Some(number) => format!("[{number}] {}", item.text.as_untrusted()),
        None => item.text.as_untrusted().to_string(),
    }
}

/// `[31] gwd: ask KB about arm64 builders (due 2018-11-27)`
fn carried(entry: &Carried) -> Entry {
    Entry { words: vec![Words::Linked(entry.sentence())], ..Entry::default() }
}

fn done(meeting: &Meeting) -> Vec<Entry> {
    meeting.done().map(|one| settled(meeting, one)).collect()
}

fn otherwise_settled(meeting: &Meeting) -> Vec<Entry> {
    let shown = |one: &&Settled| !matches!(one.what, Change::Done { .. } | Change::Undone);
    meeting.settled.iter().filter(shown).map(|one| settled(meeting, one)).collect()
}

/// `[31] gwd: ask KB about arm64 builders: they answered  (gwd, 15:01:30)`
fn settled(meeting: &Meeting, one: &Settled) -> Entry {
    let note = match &one.what {
        Change::Done { note } => note.as_untrusted().to_string(),
        Change::Dropped { why } => format!("dropped: {}", why.as_untrusted()),
        Change::Deferred { until } => format!("deferred until {until}"),
        Change::Taken { by } => format!("taken by {by}"),
        Change::Reopened => "open again".to_string(),
        Change::Promoted { project, milestone } => format!("roadmap of {project} {milestone}"),
        Change::Opened { .. } | Change::Reworded { .. } | Change::Undone => String::new(),
    };
    let colon = if note.is_empty() { "" } else { " — " };
    said_in(meeting, one.line, format!("{}{colon}{note}", one.entry.sentence()))
}

/// `Skipped: Tue 2018-12-25 15:00 UTC (W52) (Christmas). …  (gwd, 15:01:10)`
fn planned(meeting: &Meeting) -> Vec<Entry> {
    let one = |one: &Planned| said_in(meeting, one.line, one.text.as_untrusted().to_string());
    meeting.planned.iter().map(one).collect()
}

/// Words that follow from a log line, with who said it.
fn said_in(meeting: &Meeting, number: usize, words: String) -> Entry {
    let mut words = vec![Words::Linked(words)];
    if let Some(line) = meeting.log.get(number.wrapping_sub(1)) {
        words.push(origin(meeting, line.nick.as_str(), line.at, number));
    }
    Entry { words, ..Entry::default() }
}

fn items_of(meeting: &Meeting, kinds: &[Kind], labelled: bool) -> Vec<Entry> {
    let items = meeting.items().filter(|item| kinds.contains(&item.kind));
    items.map(|item| Entry { line: None, ..item_entry(meeting, item, labelled) }).collect()
}

/// The actions, and where it is known what became of each since.
fn actions(meeting: &Meeting, links: &Links) -> Vec<Entry> {
    let mut entries = items_of(meeting, &[Kind::Action], false);
    let actions = meeting.items().filter(|item| item.kind == Kind::Action);
    for (entry, action) in entries.iter_mut().zip(actions) {
        if let Some(state) = action.number.and_then(|number| links.since.get(&number)) {
            entry.words.push(plain(format!(" — {state}")));
        }
    }
    entries
}

fn or_none(entries: Vec<Entry>) -> Vec<Entry> {
    match entries.is_empty() {
        true => vec![Entry { words: vec![plain("(none)")], ..Entry::default() }],
        false => entries,
    }
}

/// Owners in the order of their first action; at the end what nobody was named for.
fn actions_by_person(meeting: &Meeting, names: &Names<'_>) -> Vec<Entry> {
    let actions: Vec<&Item> = meeting.items().filter(|i| i.kind == Kind::Action).collect();
    let mut owners = Vec::new();
    for owner in actions.iter().flat_map(|action| &action.owners) {
        if !owners.contains(owner) {
            owners.push(*owner);
        }
    }
    let under = |wanted: &dyn Fn(&Item) -> bool| -> Vec<Entry> {
        let mine = actions.iter().filter(|action| wanted(action));
        let words = |action: &&&Item| vec![Words::Linked(numbered(action))];
        mine.map(|action| Entry { words: words(&action), ..Entry::default() }).collect()
    };
    let mut entries: Vec<Entry> = owners
        .iter()
        .map(|owner| Entry {
            words: vec![plain(names.full(*owner))],
            under: under(&|action| action.owners.contains(owner)),
            line: None,
        })
        .collect();
    let unassigned = under(&|action| action.owners.is_empty());
    if !actions.is_empty() {
        entries.push(Entry {
            words: vec![Words::Strong("UNASSIGNED")],
            under: or_none(unassigned),
            line: None,
        });
    }
    entries
}

fn votes(meeting: &Meeting, names: &Names<'_>) -> Vec<Entry> {
    let votes = meeting.votes.iter().map(|vote| {
        let options = vote.options.iter().map(|(option, voters)| {
            let voted: Vec<String> = voters.iter().map(|id| names.short(*id)).collect();
            let colon = if voted.is_empty() { "" } else { ": " };
            let words =
                format!("{} ({}){colon}{}", option.as_untrusted(), voters.len(), voted.join(", "));
            Entry { words: vec![plain(words)], ..Entry::default() }
        });
        let mut under: Vec<Entry> = options.collect();
        let cast = vote.counted;
        if let Some(needed) = vote.quorum {
            let reached = if cast >= needed as usize { "reached" } else { "not reached" };
            let words = format!("Quorum {reached}: {cast} voted, {needed} needed");
            under.push(Entry { words: vec![plain(words)], ..Entry::default() });
        }
        let line = meeting.log.get(vote.line.wrapping_sub(1));
        let nick = line.map_or("", |line| line.nick.as_str());
        let question = plain(format!("{} ", vote.question.as_untrusted()));
        Entry {
            words: vec![question, origin(meeting, nick, vote.at, vote.line)],
            under,
            line: None,
        }
    });
    votes.collect()
}

/// MeetBot's `* nick (N)`, most lines first.
fn people(meeting: &Meeting, names: &Names<'_>) -> Vec<Entry> {
    let mut present = names::those(meeting, |person| person.present);
    present.sort_by_key(|id| std::cmp::Reverse(meeting.people.one(*id).lines));
    let entry = |id| {
        let lines = meeting.people.one(id).lines;
        Entry { words: vec![plain(format!("{} ({lines})", names.short(id)))], ..Entry::default() }
    };
    present.into_iter().map(entry).collect()
}

fn elsewhere(links: &Links) -> Vec<Block> {
    let mut facts: Vec<(&'static str, Vec<Words>)> = Vec::new();
    let link = |to: &String| vec![Words::Link(to.clone(), to.clone())];
    facts.extend(links.page.as_ref().map(|page| ("This page", link(page))));
    facts.extend(links.previous.as_ref().map(|to| ("Previous minutes", link(to))));
    facts.extend(links.next.as_ref().map(|to| ("Next minutes", link(to))));
    if !links.formats.is_empty() {
        let mut words = Vec::new();
        for (format, to) in &links.formats {
            if !words.is_empty() {
                words.push(plain(", "));
            }
            words.push(Words::Link(to.clone(), format.title().to_string()));
        }
        facts.push(("Formats", words));
    }
    match facts.is_empty() {
        true => Vec::new(),
        false => vec![Block::Heading("Elsewhere"), Block::Facts(facts)],
    }
}
