//! A post as it came, read into the facts that the gate judges it by.
//!
//! What only the store knows (who is subscribed, what came before) is not known here.

use crate::domain::list::gate::{Author, By, Facts};
use crate::domain::list::key::Key;
use crate::domain::list::policy::Policy;

/// What a post is read for.
#[derive(Clone, Copy, Debug)]
pub struct Reading<'a> {
    /// The list's posting address.
    pub list: &'a str,
    /// The envelope's sender; empty is the null sender.
    pub sender: &'a str,
    /// The list's rules.
    pub policy: &'a Policy,
}

/// What a post says of itself.
#[derive(Clone, Debug)]
pub struct Post {
    /// What it is told from all others by: of what its author wrote (From, Date, Message-ID, Subject,
    /// body), not of what servers on the way add.
    pub digest: [u8; 16],
    /// The facts, as far as the post alone gives them.
    pub facts: Facts,
    /// The addresses of it that may be subscribers', and where they stand.
    pub senders: Vec<(By, Key)>,
    /// The messages it refers to (In-Reply-To, References), without angle brackets; the newest ones.
    pub references: Vec<String>,
    /// The token that shows it to be the bot's own, unproven.
    pub pass: Option<String>,
    /// Its subject, decoded and clean; a stranger's.
    pub subject: crate::domain::text::Text,
    /// The value of `Date`, in seconds since 1970, where it can be read.
    pub date: Option<i64>,
}

/// Reads a post. Every message can be read; what is wrong with it is a fact.
pub fn read(message: &[u8], reading: &Reading) -> Post {
    let facts = Facts {
        author: Author::Missing,
        envelope: Key::parse(reading.sender),
        message_id: String::new(),
        size_bytes: message.len() as u64,
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
    };
    let _ = reading;
    Post {
        digest: [0; 16],
        facts,
        senders: Vec::new(),
        references: Vec::new(),
        pass: None,
        subject: Default::default(),
        date: None,
    }
}
