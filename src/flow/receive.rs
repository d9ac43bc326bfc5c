//! A mail came in by a door: which of its recipients are ours, and what becomes of it for each.
//!
//! Nothing here speaks LMTP or milter; the doors turn an [`Answer`] into their own words.

use crate::domain::list::gate::Alignment;
use std::sync::Arc;

/// A mail with its envelope.
#[derive(Clone, Debug)]
pub struct Incoming {
    /// The envelope's sender without angle brackets; empty is the null sender.
    pub sender: String,
    /// The envelope's recipients that are ours ([`Receiver::knows`]), in order, as they were given.
    pub recipients: Vec<String>,
    /// The mail as it came, dots unstuffed, lines ending with CRLF.
    pub message: Arc<[u8]>,
    /// Whether the author's domain stands for it, where the door found out.
    pub alignment: Option<Alignment>,
    /// Who sees to a post that is accepted.
    pub carrier: Carrier,
}

/// Who sees to a post that is accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Carrier {
    /// We do: the door hands the mail over to us for good (LMTP, pipe).
    Us,
    /// The mail server goes on with it itself (milter); so a post that comes again is judged again.
    Server,
}

/// What became of a mail for one recipient. Whatever it is, it is durable.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// It is taken: 250, exit 0; a milter lets it go on.
    Taken,
    /// It is taken and goes no further (held or discarded): 250 and exit 0 all the same, so that
    /// nobody learns who is subscribed; a milter removes the recipient.
    Swallowed,
    /// It is refused, and its sender may be told why within the session: 550 5.7.2. Only for a
    /// sender that is authenticated, so that nobody else is told.
    Refused(String),
    /// There is no such recipient: 550 5.1.1.
    Unknown,
    /// Something of our own went wrong; it is to come again: 451 4.3.0, or exit 75.
    Later,
}

/// The way in, for doors. Clones share one queue.
#[derive(Clone, Debug)]
pub struct Receiver {}

impl Receiver {
    /// Whether an address is ours: a list, or one of the addresses beside it (`-request`, …).
    ///
    /// # Errors
    ///
    /// [`Answer::Later`] where that cannot be found out now.
    pub async fn knows(&self, recipient: &str) -> Result<bool, Answer> {
        let _ = recipient;
        Err(Answer::Later)
    }

    /// Takes in a mail: one answer for each recipient, in their order, once that is durable.
    pub async fn take(&self, mail: Incoming) -> Vec<Answer> {
        mail.recipients.iter().map(|_| Answer::Later).collect()
    }
}
