//! May this post pass? One readable table of checks over facts that others gathered.
//!
//! Nothing here reads a mail or asks a database, so the same facts give the same verdict today and
//! when they are judged again by other rules.

use crate::domain::list::key::Key;
use crate::domain::list::policy::{MOST_BYTES, MembersBy, Pattern, Policy, Require};
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

/// What a check says: a verdict and why, or nothing where it is not its business.
type Answer = Option<(Verdict, String)>;
type Check = fn(&Policy, &Facts) -> Answer;

/// The checks, in their order: the first that has an answer decides. Where a post is an outsider's
/// nothing below [`SUBSCRIBER`] is asked, so that a stranger's mail is never held for its length.
const CHECKS: &[(&str, Check)] = &[
    ("size", |_, facts| {
        let is_over = facts.size_bytes > MOST_BYTES;
        is_over.then(|| (Verdict::Discard, "it is longer than 25 MB".to_string()))
    }),
    ("duplicate", |_, facts| {
        let sentence = || "the same post was accepted or held before".to_string();
        facts.is_known.then(|| (Verdict::Discard, sentence()))
    }),
    ("loop", |_, facts| facts.looped.clone().map(|why| (Verdict::Discard, why))),
    // The bot's own mail is a program's, so its token counts before that is asked.
    ("own", |_, facts| {
        facts
            .is_own
            .then(|| (Verdict::Accept, "it is the bot's own, as its token shows".to_string()))
    }),
    ("automatic", |_, facts| facts.automatic.clone().map(|why| (Verdict::Discard, why))),
    ("author", ambiguous),
    ("banned", |policy, facts| {
        let by = pattern(&policy.ban, facts)?;
        Some((Verdict::Discard, format!("its author is banned ({by})")))
    }),
    (SUBSCRIBER, membership),
    ("aligned", alignment),
    ("moderated", |policy, facts| {
        let is_moderated = member(policy, facts)?.is_moderated;
        is_moderated
            .then(|| (Verdict::Hold, "every post of its author waits for a moderator".into()))
    }),
    ("limits", |_, facts| facts.over.clone().map(|over| (Verdict::Hold, over))),
    ("implicit", |policy, facts| {
        let is_hidden = !facts.is_named && policy.implicit != Verdict::Accept;
        is_hidden.then(|| (policy.implicit, "it does not name the list in To or Cc".to_string()))
    }),
    ("recipients", |policy, facts| {
        let (count, most) = (facts.recipients, policy.most_recipients);
        (count > most)
            .then(|| (Verdict::Hold, format!("it goes to {count} addresses; {most} may be")))
    }),
    ("header", |policy, facts| {
        let rule = facts.headers.iter().find_map(|place| policy.headers.get(*place))?;
        Some((rule.verdict, format!("its {} matches a rule of the list", rule.name)))
    }),
    ("length", |policy, facts| {
        let (size, most) = (facts.size_bytes.div_ceil(1_000), policy.most_bytes / 1_000);
        let is_long = facts.size_bytes > policy.most_bytes;
        is_long.then(|| (Verdict::Hold, format!("it has {size} KB; {most} may be")))
    }),
];

/// Where everybody may post, nobody may do so as somebody else.
fn ambiguous(policy: &Policy, facts: &Facts) -> Answer {
    let why = match &facts.author {
        Author::One(..) => return None,
        Author::Ambiguous(why) => why.clone(),
        Author::Missing => "it has no From".to_string(),
    };
    let verdict = match policy.nonmember {
        Verdict::Accept => Verdict::Hold,
        verdict => verdict,
    };
    Some((verdict, why))
}

fn membership(policy: &Policy, facts: &Facts) -> Answer {
    if member(policy, facts).is_some() || pattern(&policy.accept, facts).is_some() {
        return None;
    }
    if policy.nonmember == Verdict::Accept {
        return None;
    }
    let author = match &facts.author {
        Author::One(key, _) => key.to_string(),
        _ => "its author".to_string(),
    };
    match (&facts.near, policy.near_miss) {
        (Some(why), Some(verdict)) => {
            Some((verdict, format!("{author} is not subscribed, but {why}")))
        }
        _ => Some((policy.nonmember, format!("{author} is not subscribed"))),
    }
}

/// The subscriber whose post it is. Only an unambiguous `From` counts as one, unless the list lets
/// other fields count, too.
fn member<'a>(policy: &Policy, facts: &'a Facts) -> Option<&'a Subscribed> {
    facts.subscribed.iter().find(|one| {
        let counts = match policy.members_by {
            MembersBy::From => one.by == By::From,
            MembersBy::AnySender => true,
        };
        counts && (one.is_exact || !policy.case_sensitive)
    })
}

/// The entry of an accept-list or a ban that the author is meant by.
fn pattern(patterns: &[Pattern], facts: &Facts) -> Option<String> {
    let Author::One(author, _) = &facts.author else { return None };
    let found = patterns.iter().find(|pattern| match pattern {
        Pattern::List(name) => facts.on_lists.iter().any(|list| list == name),
        pattern => pattern.matches(author),
    });
    found.map(ToString::to_string)
}

/// A `From` counts only where its domain stands for the mail. What nobody found out does not.
fn alignment(policy: &Policy, facts: &Facts) -> Answer {
    let why = match (&policy.require, &facts.alignment) {
        (Require::None, _) | (_, Some(Alignment::Aligned(_))) => return None,
        (Require::Aligned, Some(Alignment::Unaligned(why))) => why.clone(),
        (Require::Aligned, None) => {
            "nobody found out whether its author's domain stands for it".into()
        }
    };
    Some((policy.unaligned, why))
}

/// What an accepted post was accepted by.
fn welcome(policy: &Policy, facts: &Facts) -> String {
    let author = match &facts.author {
        Author::One(key, _) => key.to_string(),
        _ => "its author".to_string(),
    };
    match (member(policy, facts), pattern(&policy.accept, facts)) {
        (Some(_), _) => format!("{author} is subscribed"),
        (None, Some(by)) => format!("{author} may post ({by})"),
        (None, None) => "everybody may post".to_string(),
    }
}

/// Judges a post: the first check that has an answer decides; where none has, it is accepted for
/// what its author is.
pub fn decide(policy: &Policy, facts: &Facts) -> Judgement {
    let answered = CHECKS.iter().find_map(|(check, ask)| Some((*check, ask(policy, facts)?)));
    match answered {
        Some((check, (verdict, because))) => Judgement { verdict, check, because },
        None => Judgement {
            verdict: Verdict::Accept,
            check: SUBSCRIBER,
            because: welcome(policy, facts),
        },
    }
}

/// A check's own answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Explained {
    /// The check.
    pub name: &'static str,
    /// Its verdict; `-` where it has none.
    pub answer: &'static str,
    /// Why.
    pub because: String,
}

/// Every check with its own answer, in their order: what [`decide`] goes through.
pub fn explain(policy: &Policy, facts: &Facts) -> Vec<Explained> {
    let explained = |(name, ask): &(&'static str, Check)| match ask(policy, facts) {
        Some((verdict, because)) => Explained { name, answer: verdict.as_str(), because },
        None if *name == SUBSCRIBER => {
            Explained { name, answer: "accept", because: welcome(policy, facts) }
        }
        None => Explained { name, answer: "-", because: String::new() },
    };
    CHECKS.iter().map(explained).collect()
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
