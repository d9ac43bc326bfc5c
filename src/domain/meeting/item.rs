//! What minutes are made of: topics, items, votes, gaps and log lines.

use crate::domain::meeting::people::PersonId;
use crate::domain::name::Nick;
use crate::domain::notice;
use crate::domain::text::Text;
use crate::domain::time::Moment;
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

/// The kinds of items, in the words of `beadle minutes render --format json`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Something worth noting; MeetBot prints it without a label.
    Info,
    /// A thought.
    Idea,
    /// Something somebody will do.
    Action,
    /// A decision.
    Agreed,
    /// A decision for.
    Accepted,
    /// A decision against.
    Rejected,
    /// Help is wanted with this.
    Help,
    /// A link.
    Link,
    /// The result of a vote.
    Vote,
    /// A notice to the users of the group's packages.
    Notice,
}

/// One item of the minutes. Its text is clean: no formatting, control or bidi characters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    /// What it is.
    pub kind: Kind,
    /// The words, clean.
    pub text: Text,
    /// The address of a link, only of the schemes that may become links.
    pub url: Option<String>,
    /// Who said it.
    pub by: PersonId,
    /// The nick they said it under.
    pub nick: Nick,
    /// When.
    pub at: Moment,
    /// The log line (`l-N`) that made it.
    pub line: usize,
    /// Who is to do it (actions only).
    pub owners: Vec<PersonId>,
    /// Its number in the group's ledger, where it has one (actions only).
    pub number: Option<u32>,
    /// By when (actions only).
    pub due: Option<NaiveDate>,
    /// What it is about, where that is more than its words (notices only).
    pub notice: Option<notice::Kind>,
}

/// A section of the minutes. The first one has an empty title and holds the items before the first topic.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Topic {
    /// The title, clean; empty for what came before the first topic.
    pub title: Text,
    /// Whether it is a `#subtopic`.
    pub sub: bool,
    /// Who set it; nobody for the first section.
    pub by: Option<PersonId>,
    /// The nick they set it under.
    pub nick: Nick,
    /// When.
    pub at: Moment,
    /// The log line that made it; 0 for the first section.
    pub line: usize,
    /// What was noted under it, in order.
    pub items: Vec<Item>,
}

/// A vote that has ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VoteResult {
    /// The question, clean.
    pub question: Text,
    /// The options in the order given, with who chose them; also those nobody chose.
    pub options: Vec<(Text, Vec<PersonId>)>,
    /// The log line of `#endvote` (of the meeting's end, where that closed the vote).
    pub line: usize,
    /// When it ended.
    pub at: Moment,
    /// How many voters of the roster it needed, where a quorum was set.
    pub quorum: Option<u32>,
    /// How many of the roster voted (of all people, where there is no roster).
    pub counted: usize,
}

/// A time in which nothing was heard.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Gap {
    /// The last moment known to be heard.
    pub from: Moment,
    /// The first moment heard again.
    pub to: Moment,
    /// The log line that marks it.
    pub line: usize,
}

/// One line of the log. Lines are counted from 1 and their numbers never shift.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogLine {
    /// When.
    pub at: Moment,
    /// How it is shown.
    pub form: Form,
    /// Who said it; empty for marks.
    pub nick: Nick,
    /// The words, clean.
    pub text: Text,
    /// What the line did, for emphasis in the HTML log.
    pub did: Did,
}

/// How a log line is written in the text log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// `HH:MM:SS <nick> text`.
    Said,
    /// `HH:MM:SS * nick text`.
    Acted,
    /// `HH:MM:SS -nick- text` (a NOTICE).
    Noticed,
    /// `HH:MM:SS -!- text`: what the program noted (gaps, changes of nick and of login).
    Mark,
}

/// What a log line did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Did {
    /// Nothing: talk.
    #[default]
    Nothing,
    /// It opened a section.
    Topic,
    /// It made an item or was another accepted command.
    Command,
    /// Its words were destroyed.
    Redacted,
}
