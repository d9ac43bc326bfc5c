//! The vocabulary of a meeting: one table that parsing, permission, help and tests all read.
//!
//! What a command does is not here; `crate::domain::meeting::act` has one function for each.

use crate::domain::schedule::Asked;

/// What a command does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verb {
    /// Starts a meeting.
    Start,
    /// Ends it.
    End,
    /// Ends it without publishing.
    Abort,
    /// Opens a section.
    Topic,
    /// Opens a section inside the section.
    Subtopic,
    /// Opens the section of the next agenda item.
    Next,
    /// Names the meeting.
    Name,
    /// Sets the suffix of its title.
    Subject,
    /// Gives people the chair.
    Chair,
    /// Takes it from them.
    Unchair,
    /// Notes a decision.
    Agreed,
    /// Notes a decision for.
    Accepted,
    /// Notes a decision against.
    Rejected,
    /// Notes something.
    Info,
    /// Notes a thought.
    Idea,
    /// Notes that help is wanted.
    Help,
    /// Notes a link.
    Link,
    /// Notes what somebody will do.
    Action,
    /// An action of the ledger was done.
    Done,
    /// It will not be done.
    Drop,
    /// Not before a day.
    Defer,
    /// It is open again.
    Undrop,
    /// The speaker takes it on.
    Take,
    /// It belongs to a milestone.
    Roadmap,
    /// Notes an issue for the board.
    Board,
    /// Goes on with a meeting that ended by itself.
    Reopen,
    /// Notes a notice.
    Notice,
    /// Notes the end of a version's support.
    EndOfLife,
    /// Notes that packages move to a new upstream version.
    Rebase,
    /// Notes an event.
    Event,
    /// Signs in.
    Here,
    /// Gives somebody's regrets.
    Regrets,
    /// Names silent people.
    Nick,
    /// Takes items back.
    Undo,
    /// Changes an item's words.
    Edit,
    /// Opens a vote.
    StartVote,
    /// Votes.
    Vote,
    /// Shows how a vote stands.
    ShowVote,
    /// Ends a vote.
    EndVote,
    /// Says or shows who may vote.
    Voters,
    /// Adds to the agenda.
    AgendaAdd,
    /// Shows the agenda.
    Agenda,
    /// A date's meeting is not held.
    Skip,
    /// It is held after all.
    Unskip,
    /// There is one more meeting.
    Extra,
    /// Says when the next meeting is, or sets it.
    NextMeeting,
    /// Saves the minutes as they are.
    Save,
    /// Says where we are.
    Status,
    /// Makes the bot quiet.
    Lurk,
    /// Lets it speak again.
    Unlurk,
    /// Makes the minutes members-only.
    Restrict,
    /// Destroys the words of a log line.
    Redact,
    /// Lists the commands.
    Commands,
}

/// Who may use a command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Who {
    /// Anyone in the channel.
    Anyone,
    /// A chair.
    Chair,
    /// A chair; anyone when the meeting is long enough.
    ChairOrLate,
    /// The people of the roster (anyone, where the roster is empty).
    Member,
}

/// One row of the vocabulary.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Word {
    /// The word after `#`.
    pub name: &'static str,
    /// Other spellings.
    pub aliases: &'static [&'static str],
    /// What it does.
    pub verb: Verb,
    /// Who may use it.
    pub who: Who,
    /// How it is written where it needs words after it; empty where it needs none.
    pub usage: &'static str,
}

const fn word(
    name: &'static str,
    aliases: &'static [&'static str],
    verb: Verb,
    who: Who,
    usage: &'static str,
) -> Word {
    Word { name, aliases, verb, who, usage }
}

/// The vocabulary, in the order in which `#commands` lists it.
pub const WORDS: &[Word] = &[
    word("startmeeting", &[], Verb::Start, Who::Anyone, ""),
    word("topic", &[], Verb::Topic, Who::Chair, ""),
    word("subtopic", &[], Verb::Subtopic, Who::Chair, ""),
    word("next", &[], Verb::Next, Who::Chair, ""),
    word("info", &[], Verb::Info, Who::Anyone, "#info what is worth noting"),
    word(
        "action",
        &["todo", "assign"],
        Verb::Action,
        Who::Anyone,
        "#action NICK what will be done",
    ),
    word("done", &[], Verb::Done, Who::Anyone, "#done 12 (the action's number; words may follow)"),
    word("drop", &[], Verb::Drop, Who::Anyone, "#drop 12 why"),
    word("defer", &[], Verb::Defer, Who::Anyone, "#defer 12 2018-12-01"),
    word("reopen", &[], Verb::Undrop, Who::Anyone, "#reopen 12"),
    word("take", &[], Verb::Take, Who::Anyone, "#take 12"),
    word("roadmap", &[], Verb::Roadmap, Who::Member, "#roadmap 12 PROJECT MILESTONE"),
    word("agreed", &["agree"], Verb::Agreed, Who::Chair, "#agreed what was decided"),
    word("accepted", &["accept"], Verb::Accepted, Who::Chair, "#accepted what was accepted"),
    word("rejected", &["reject"], Verb::Rejected, Who::Chair, "#rejected what was rejected"),
    word("idea", &[], Verb::Idea, Who::Anyone, "#idea the thought"),
    word(
        "help",
        &["halp"],
        Verb::Help,
        Who::Anyone,
        "#help what help is wanted with (the list of commands: #commands)",
    ),
    word("link", &[], Verb::Link, Who::Anyone, "#link URL and a few words"),
    word(
        "notice",
        &[],
        Verb::Notice,
        Who::Member,
        "#notice what users of the packages should know",
    ),
    word("eol", &[], Verb::EndOfLife, Who::Member, "#eol PROJECT VERSION DATE"),
    word("rebase", &[], Verb::Rebase, Who::Member, "#rebase PROJECT VERSION"),
    word("event", &[], Verb::Event, Who::Member, "#event what, where and when"),
    word("board", &[], Verb::Board, Who::Member, "#board what the board should know"),
    word("here", &["rollcall"], Verb::Here, Who::Anyone, ""),
    word("regrets", &[], Verb::Regrets, Who::Anyone, "#regrets NAME"),
    word("nick", &[], Verb::Nick, Who::Anyone, "#nick NAME …"),
    word("chair", &[], Verb::Chair, Who::Chair, ""),
    word("unchair", &[], Verb::Unchair, Who::Chair, "#unchair NICK …"),
    word("undo", &[], Verb::Undo, Who::Anyone, ""),
    word(
        "edit",
        &[],
        Verb::Edit,
        Who::Anyone,
        "#edit LINE the new words (LINE as in the log: 42 or l-42)",
    ),
    word(
        "startvote",
        &[],
        Verb::StartVote,
        Who::Chair,
        "#startvote Question? one option, another option",
    ),
    word("vote", &[], Verb::Vote, Who::Anyone, "#vote OPTION"),
    word("showvote", &[], Verb::ShowVote, Who::Anyone, ""),
    word("endvote", &[], Verb::EndVote, Who::Chair, ""),
    word("voters", &[], Verb::Voters, Who::Anyone, ""),
    word("agenda+", &[], Verb::AgendaAdd, Who::Anyone, "#agenda+ what to talk about"),
    word("agenda", &[], Verb::Agenda, Who::Anyone, ""),
    word("skip", &[], Verb::Skip, Who::Member, "#skip 2018-12-25 why"),
    word("unskip", &[], Verb::Unskip, Who::Member, "#unskip 2018-12-25"),
    word("extra", &[], Verb::Extra, Who::Member, "#extra 2019-01-01 15:00 why (the time in UTC)"),
    word("nextmeeting", &[], Verb::NextMeeting, Who::Anyone, ""),
    word("meetingname", &[], Verb::Name, Who::Chair, "#meetingname NAME"),
    word("meetingtopic", &[], Verb::Subject, Who::Chair, ""),
    word("save", &[], Verb::Save, Who::Chair, ""),
    word("status", &[], Verb::Status, Who::Anyone, ""),
    word("lurk", &[], Verb::Lurk, Who::Chair, ""),
    word("unlurk", &[], Verb::Unlurk, Who::Chair, ""),
    word("restrictlogs", &[], Verb::Restrict, Who::Chair, ""),
    word("redact", &[], Verb::Redact, Who::Chair, "#redact l-42 (the line's number in the log)"),
    word("abortmeeting", &[], Verb::Abort, Who::Chair, ""),
    word("endmeeting", &["stopmeeting", "end"], Verb::End, Who::ChairOrLate, ""),
    word("reopenmeeting", &[], Verb::Reopen, Who::Chair, ""),
    word("commands", &[], Verb::Commands, Who::Anyone, ""),
];

/// What a command asks of the schedule, if it is one that does.
pub fn asked(verb: Verb) -> Option<Asked> {
    match verb {
        Verb::Skip => Some(Asked::Skip),
        Verb::Unskip => Some(Asked::Unskip),
        Verb::Extra => Some(Asked::Extra),
        Verb::NextMeeting => Some(Asked::Next),
        _ => None,
    }
}

/// What a line is, by its form alone.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Form<'a> {
    /// A command and the words after it.
    Command(&'static Word, &'a str),
    /// `#` and a word that is none of ours.
    Hashtag(&'a str),
    /// Anything else.
    Plain(&'a str),
}

/// Reads a clean line: `#`, a word, an optional `:`, then the command's own words.
///
/// Case does not matter and leading spaces are tolerated (MeetBot ignores a command behind a space
/// when it is live and obeys it in a replay; here both are the same).
pub fn read(line: &str) -> Form<'_> {
    let line = line.trim();
    let Some(rest) = line.strip_prefix('#') else { return Form::Plain(line) };
    let end = rest.find(|c: char| c.is_whitespace() || c == ':').unwrap_or(rest.len());
    let (name, after) = rest.split_at(end);
    match find(name) {
        Some(word) => Form::Command(word, after.strip_prefix(':').unwrap_or(after).trim()),
        None => Form::Hashtag(name),
    }
}

/// Whether the line asks to be kept out of the log: `[off]` or `[nolog]` at its start.
pub fn is_off_the_record(line: &str) -> bool {
    let line = line.trim_start();
    ["[off]", "[nolog]"]
        .iter()
        .any(|mark| line.get(..mark.len()).is_some_and(|start| start.eq_ignore_ascii_case(mark)))
}

/// The word of that name or alias.
pub fn find(name: &str) -> Option<&'static Word> {
    WORDS.iter().find(|word| spellings(word).any(|known| known.eq_ignore_ascii_case(name)))
}

/// The command that a mistyped word was probably meant to be: at most two letters wrong, and fewer
/// wrong than right. A number or a channel's name is none.
pub fn nearest(mistyped: &str) -> Option<&'static Word> {
    let lower = mistyped.to_lowercase();
    let mistyped = lower.as_str();
    let letters = mistyped.chars().count();
    if !(3..=16).contains(&letters) || mistyped.chars().all(|c| c.is_ascii_digit()) {
        return None;
    }
    WORDS
        .iter()
        .flat_map(|word| spellings(word).map(move |known| (distance(known, mistyped), word)))
        .filter(|(wrong, _)| *wrong <= 2 && wrong + 1 < letters)
        .min_by_key(|(wrong, _)| *wrong)
        .map(|(_, word)| word)
}

fn distance(known: &str, mistyped: &str) -> usize {
    strsim::osa_distance(known, mistyped)
}

fn spellings(word: &'static Word) -> impl Iterator<Item = &'static str> {
    std::iter::once(word.name).chain(word.aliases.iter().copied())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn verb(line: &str) -> Option<(Verb, &str)> {
        match read(line) {
            Form::Command(word, words) => Some((word.verb, words)),
            _ => None,
        }
    }

    #[test]
    fn reads_commands_as_people_type_them() {
        assert_eq!(verb("#topic Xen"), Some((Verb::Topic, "Xen")));
        assert_eq!(verb("  #ToPiC:  Xen  "), Some((Verb::Topic, "Xen")));
        assert_eq!(verb("#action:gwd do it"), Some((Verb::Action, "gwd do it")));
        assert_eq!(verb("#info"), Some((Verb::Info, "")));
        assert_eq!(verb("#agenda+ arm64"), Some((Verb::AgendaAdd, "arm64")));
        assert_eq!(verb("#stopmeeting"), Some((Verb::End, "")));
        assert_eq!(verb("#startmeetingfoo"), None);
        assert_eq!(verb("say #topic"), None);
        assert_eq!(read("# topic"), Form::Hashtag(""));
    }

    #[test]
    fn guesses_what_was_mistyped() {
        let guess = |typed| nearest(typed).map(|word| word.name);
        assert_eq!(guess("acton"), Some("action"));
        assert_eq!(guess("tpoic"), Some("topic"));
        assert_eq!(guess("endmeting"), Some("endmeeting"));
        assert_eq!(guess("ifno"), Some("info"));
        for silent in ["1799", "centos-devel", "AllLookSame", "x", "proposed", ""] {
            assert_eq!(guess(silent), None, "{silent}");
        }
    }

    #[test]
    fn no_spelling_stands_twice() {
        let mut all: Vec<_> = WORDS.iter().flat_map(spellings).collect();
        all.sort_unstable();
        let count = all.len();
        all.dedup();
        assert_eq!(all.len(), count);
    }

    #[test]
    fn off_the_record_is_at_the_start() {
        assert!(is_off_the_record("[off] between us"));
        assert!(is_off_the_record(" [NoLog] between us"));
        assert!(!is_off_the_record("that is [off] limits"));
        assert!(!is_off_the_record("[o"));
    }
}
