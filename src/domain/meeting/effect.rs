//! What a meeting wants done, grouped by who carries it out.

use crate::domain::meeting::ledger::Wish;
use crate::domain::name::Nick;
use crate::domain::text::Text;

/// One thing to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Effect {
    // Carried out by the door that asked.
    /// Say a line in the channel (PRIVMSG); it becomes a line of the log.
    Say(Text),
    /// Tell one person something privately (NOTICE); it is not logged.
    Tell(Nick, Text),
    /// Set the channel's topic.
    SetTopic(Text),

    // Carried out by the flow, in the same transaction.
    /// Write the minutes as they are now.
    Save,
    /// The meeting ended: store, publish, then say where.
    Publish,
    /// The meeting was ended without publishing; the log stays.
    Abort,
    /// The meeting, which had ended by itself, goes on.
    Reopen,
    /// Somebody wants something of the group's ledger; its answer comes back as an event.
    Ledger(Box<Wish>),
    /// From now on the minutes are for members only.
    Restrict,
    /// Destroy the words of these rows of the stored log (counted from 1), then replay it.
    Redact(Vec<usize>),
}
