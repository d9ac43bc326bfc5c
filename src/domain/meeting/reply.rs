//! Every sentence that a meeting says to people, in MeetBot's words where MeetBot has some.

use crate::domain::meeting::Meeting;
use crate::domain::meeting::command::{WORDS, Word};
use crate::domain::meeting::item::{Item, Kind, VoteResult};
use crate::domain::meeting::people::{Person, PersonId};
use crate::domain::meeting::vote::Vote;
use crate::domain::text::Text;
use crate::domain::time::MINUTE;

/// `Meeting started Tue Nov 13 15:00:12 2018 UTC.  The chair is gwd. …`
pub fn started(meeting: &Meeting) -> String {
    let logged = match &meeting.settings.page {
        Some(page) => format!("This meeting is logged and public: {page}"),
        None => "This meeting is logged and public.".to_string(),
    };
    format!(
        "Meeting started {}.  The chair is {}.  {logged}",
        meeting.started_at.ctime(),
        chairs(meeting)
    )
}

/// The second line of a start.
pub fn useful_commands(meeting: &Meeting) -> String {
    let named = |label: &str, fits: &dyn Fn(&Person) -> bool| {
        let people = meeting.people.all().iter().filter(|person| fits(person));
        let names: Vec<&str> = people.map(|person| person.nick.as_str()).collect();
        if names.is_empty() { String::new() } else { format!("  {label}: {}.", names.join(", ")) }
    };
    let present = match meeting.people.all().iter().any(|p| p.signed_in_at.is_some()) {
        true => named("Present", &|person| person.present),
        false => String::new(),
    };
    let regrets = named("Regrets", &|person| person.regrets && !person.present);
    let by_nick = if meeting.settings.accounts {
        ""
    } else {
        "  This network has no accounts: people are known by their nicks."
    };
    format!(
        "Useful Commands: #topic #info #action #agreed #link #help #idea #vote #undo #endmeeting.  \
         Say [off] at the start of a line to keep it out of the log.{by_nick}{present}{regrets}"
    )
}

/// `Meeting ended Tue Nov 13 15:48:41 2018 UTC (48 min).  1 decision, 2 actions.`
pub fn ended(meeting: &Meeting) -> String {
    let end = meeting.ended_at.unwrap_or(meeting.started_at);
    let minutes = end.since(meeting.started_at).max(0) / MINUTE;
    let count = |kinds: &[Kind]| {
        meeting.topics.iter().flat_map(|t| &t.items).filter(|i| kinds.contains(&i.kind)).count()
    };
    let counts: Vec<String> = [
        (count(&[Kind::Agreed, Kind::Accepted, Kind::Rejected]), "decision"),
        (count(&[Kind::Notice]), "notice"),
        (count(&[Kind::Action]), if meeting.is_in_ledger() { "new action" } else { "action" }),
        (meeting.votes.len(), "vote"),
    ]
    .into_iter()
    .filter(|(n, _)| *n > 0)
    .map(|(n, noun)| format!("{n} {noun}{}", if n == 1 { "" } else { "s" }))
    .chain(Some(meeting.done().count()).filter(|n| *n > 0).map(|n| format!("{n} done")))
    .collect();
    let noted = if counts.is_empty() { String::new() } else { format!("  {}.", counts.join(", ")) };
    format!("Meeting ended {} ({minutes} min).{noted}", end.ctime())
}

/// What is said when a meeting is ended without minutes.
pub const ABORTED: &str = "Meeting aborted: no minutes are published.  The log is kept.";

/// What is said when a log has grown to its limit.
pub const LOG_IS_FULL: &str = "The log of this meeting is full, so the meeting is ended here.";

/// `A meeting is running: Virt SIG, chair gwd, since 15:02 UTC. …`
pub fn running(meeting: &Meeting) -> String {
    let late = i64::from(meeting.settings.anyone_ends_after_minutes);
    let from = meeting.started_at.plus(late * MINUTE);
    format!(
        "A meeting is running: {}, chair {}, since {} UTC.  It can be ended by its chairs; by anyone after {} UTC ({late} min).",
        meeting.title(),
        chairs(meeting),
        &meeting.started_at.clock()[..5],
        &from.clock()[..5],
    )
}

/// Why somebody may not do something, and who can.
pub fn only_a_chair(meeting: &Meeting, word: &Word, who: PersonId) -> String {
    let chairs = chairs(meeting);
    let nick = meeting.people.one(who).nick.as_str();
    let fold = |name: &str| meeting.settings.casemapping.fold(name);
    let named_like =
        meeting.people.all().iter().any(|p| p.chair && fold(p.nick.as_str()) == fold(nick));
    let login = if named_like && meeting.settings.accounts {
        format!(
            "  You have the nick of a chair but not the account: log in to services as {nick} to go on."
        )
    } else {
        String::new()
    };
    format!("#{}: only a chair may do that.  Chairs: {chairs}.{login}", word.name)
}

/// Why a notice was refused.
pub fn only_members(meeting: &Meeting, word: &Word) -> String {
    format!(
        "#{}: only people of the group's roster may do that.  Ask a chair: {}.",
        word.name,
        chairs(meeting)
    )
}

/// How a command is written.
pub fn usage(word: &Word) -> String {
    format!("#{} needs words: {}", word.name, word.usage)
}

/// The hint for a mistyped command.
pub fn did_you_mean(typed: &str, word: &Word) -> String {
    format!("There is no command #{typed}; did you mean #{}?  All commands: #commands", word.name)
}

/// `Current chairs: anna peter`
pub fn current_chairs(meeting: &Meeting) -> String {
    let mut names: Vec<&str> =
        meeting.people.all().iter().filter(|p| p.chair).map(|p| p.nick.as_str()).collect();
    names.sort_unstable();
    format!("Current chairs: {}", names.join(" "))
}

/// The chairs' nicks.
pub fn chairs(meeting: &Meeting) -> String {
    let names: Vec<&str> =
        meeting.people.all().iter().filter(|p| p.chair).map(|p| p.nick.as_str()).collect();
    names.join(", ")
}

/// `ACTION gwd to ask`: an item as replies name it.
pub fn item(item: &Item) -> String {
    format!("{} {}", label(item.kind), item.text.as_untrusted())
}

/// The word before an item's text.
pub fn label(kind: Kind) -> &'static str {
    match kind {
        Kind::Info => "INFO",
        Kind::Idea => "IDEA",
        Kind::Action => "ACTION",
        Kind::Agreed => "AGREED",
        Kind::Accepted => "ACCEPTED",
        Kind::Rejected => "REJECTED",
        Kind::Help => "HELP",
        Kind::Link => "LINK",
        Kind::Vote => "VOTE",
        Kind::Notice => "NOTICE",
    }
}

/// `Begin voting on: Ship it? Valid vote options are Yes, No, Abstain. …`
pub fn begin_vote(vote: &Vote) -> String {
    format!(
        "Begin voting on: {} Valid vote options are {}. Vote using '#vote OPTION'. Only your last vote counts.",
        vote.question.as_untrusted(),
        options(vote)
    )
}

/// The options of a vote.
pub fn options(vote: &Vote) -> String {
    let names: Vec<&str> = vote.options.iter().map(Text::as_untrusted).collect();
    names.join(", ")
}

/// `Yes (2): anna, bob; No (0); Abstain (1): peter`
pub fn tally(meeting: &Meeting, options: &[(Text, Vec<PersonId>)]) -> String {
    let one = |(option, voters): &(Text, Vec<PersonId>)| {
        let names: Vec<&str> =
            voters.iter().map(|id| meeting.people.one(*id).nick.as_str()).collect();
        let colon = if names.is_empty() { "" } else { ": " };
        format!("{} ({}){colon}{}", option.as_untrusted(), names.len(), names.join(", "))
    };
    options.iter().map(one).collect::<Vec<_>>().join("; ")
}

/// `Voted on "Ship it?" Results are: Yes (2): anna, bob; …`
pub fn voted(meeting: &Meeting, result: &VoteResult) -> String {
    let cast = result.counted;
    let quorum = match result.quorum {
        Some(needed) if cast < needed as usize => {
            format!("  No quorum: {cast} voted, {needed} are needed.")
        }
        _ => String::new(),
    };
    format!(
        "Voted on \"{}\" Results are: {}.{quorum}",
        result.question.as_untrusted(),
        tally(meeting, &result.options)
    )
}

/// Where we are.
pub fn status(meeting: &Meeting, vote: Option<&Vote>) -> String {
    let topic = meeting.topics.last().map(|t| t.title.as_untrusted()).filter(|t| !t.is_empty());
    let mut parts = vec![format!(
        "{}: on since {} UTC, chair {}",
        meeting.title(),
        &meeting.started_at.clock()[..5],
        chairs(meeting)
    )];
    parts.extend(topic.map(|topic| format!("topic: {topic}")));
    parts.extend(vote.map(|vote| format!("vote open: {}", vote.question.as_untrusted())));
    parts.extend(meeting.settings.page.as_ref().map(|page| format!("minutes so far: {page}")));
    parts.join("; ")
}

/// All commands in one line.
pub fn commands() -> String {
    let names: Vec<String> = WORDS.iter().map(|word| format!("#{}", word.name)).collect();
    format!(
        "Available commands: {}  In a vote also +1, 0, -1; sign in with o/; ask to speak with q+.",
        names.join(" ")
    )
}
