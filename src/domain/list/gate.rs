//! May this post pass? One readable table of checks over facts that others gathered.
//!
//! Nothing here reads a mail or asks a database, so the same facts give the same verdict today and
//! when they are judged again by other rules.

use crate::domain::list::key::Key;
use crate::domain::list::policy::Policy;
use serde::{Deserialize, Serialize};

/// What happens to a post.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// It goes to the list.
    Accept,
    /// It waits for a moderator.
    Hold,
    /// Its sender is told that it is refused, where that can be done within the session; else it is
    /// discarded.
    Reject,
    /// It is gone, and nobody is told.
    Discard,
}

impl Verdict {
    /// All of them.
    pub const ALL: [Verdict; 4] =
        [Verdict::Accept, Verdict::Hold, Verdict::Reject, Verdict::Discard];

    /// Reads one as it is written.
    pub fn parse(word: &str) -> Option<Verdict> {
        Verdict::ALL.into_iter().find(|verdict| verdict.as_str() == word)
    }

    /// As it is written everywhere.
    pub fn as_str(self) -> &'static str {
        match self {
            Verdict::Accept => "accept",
            Verdict::Hold => "hold",
            Verdict::Reject => "reject",
            Verdict::Discard => "discard",
        }
    }
}

/// Everything a post is judged by, kept beside its verdict.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Facts {
    /// Who wrote it.
    pub author: Author,
    /// The envelope's sender, for comparing; nothing where it is null or no address.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub envelope: Option<Key>,
    /// Its Message-ID without angle brackets, as far as it can be kept; empty where it has none.
    pub message_id: String,
    /// Its length, in bytes.
    pub size_bytes: u64,
    /// How many addresses there are in To and Cc.
    pub recipients: u32,
    /// Whether To or Cc names the list.
    pub is_named: bool,
    /// The limit that it is over, of those that hold for every list.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub over: Option<String>,
    /// Why it is known to have been on this list before.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub looped: Option<String>,
    /// Why it is known to come from a program.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub automatic: Option<String>,
    /// The headers of it that match a rule of the list, by the rules' places in its policy.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub headers: Vec<usize>,
    /// Whether it is the bot's own, which its token shows.
    #[serde(skip_serializing_if = "is_false", default)]
    pub is_own: bool,
    /// Which of its addresses are subscribed.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub subscribed: Vec<Subscribed>,
    /// The other lists that its author is subscribed to, of those an accept-list names.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub on_lists: Vec<String>,
    /// Whether its author's domain stands for it; nothing where nobody looked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub alignment: Option<Alignment>,
    /// Whether the same post was accepted or held before.
    #[serde(skip_serializing_if = "is_false", default)]
    pub is_known: bool,
    /// Why an outsider's post may be a member's all the same.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub near: Option<String>,
}

impl Facts {
    /// Those of a post of which only the author is known.
    pub fn new(author: Author) -> Facts {
        Facts {
            author,
            envelope: None,
            message_id: String::new(),
            size_bytes: 0,
            recipients: 0,
            is_named: false,
            over: None,
            looped: None,
            automatic: None,
            headers: Vec::new(),
            is_own: false,
            subscribed: Vec::new(),
            on_lists: Vec::new(),
            alignment: None,
            is_known: false,
            near: None,
        }
    }
}

fn is_false(answer: &bool) -> bool {
    !answer
}

/// Who wrote a post.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Author {
    /// The one mailbox of the one `From`: its address for comparing, and as it was written.
    One(Key, String),
    /// Two readings are possible, for this reason.
    Ambiguous(String),
    /// There is no `From`, or nobody in it.
    Missing,
}

/// An address of a post that is subscribed to the list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Subscribed {
    /// Where it stands.
    pub by: By,
    /// Whether every post of this subscriber waits for a moderator.
    #[serde(skip_serializing_if = "is_false", default)]
    pub is_moderated: bool,
    /// Whether the local part is written as the subscriber gave it.
    #[serde(skip_serializing_if = "is_false", default)]
    pub is_exact: bool,
}

/// Where an address stands in a post.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum By {
    /// In `From`, unambiguously.
    From,
    /// In the envelope.
    Envelope,
    /// In `Reply-To`.
    ReplyTo,
    /// In `Sender`.
    Sender,
}

/// Whether an author's domain stands for a post (RFC 7489 §3.1).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Alignment {
    /// It does, by this: `dkim example.org`, `spf example.org`.
    Aligned(String),
    /// It does not.
    Unaligned(String),
}

/// A verdict and where it comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Judgement {
    /// What happens.
    pub verdict: Verdict,
    /// The check that decided.
    pub check: &'static str,
    /// Why, in one sentence without the post's own words.
    pub because: String,
}

/// The name of the check that decides about membership.
pub const SUBSCRIBER: &str = "subscriber";

/// Judges a post: the first check that has an answer decides.
pub fn decide(policy: &Policy, facts: &Facts) -> Judgement {
    let _ = (policy, facts);
    Judgement { verdict: Verdict::Hold, check: "unfinished", because: String::new() }
}

/// Why that check decided, in one sentence: by the rules as they are now, or, where those would
/// decide otherwise, only that it did.
pub fn because(policy: &Policy, facts: &Facts, check: &str) -> String {
    let judgement = decide(policy, facts);
    match judgement.check == check {
        true => judgement.because,
        false => format!("the rule \"{check}\" decided so"),
    }
}
