//! Why the hub gave no usable answer. Whether and when to ask again is not decided here.

use crate::domain::text::{self, Text};
use std::fmt;

/// As much of what went wrong as is kept, in characters: some hubs send a whole traceback.
pub const MOST_WORDS: usize = 300;

/// What went wrong with one question to the hub. Each prints as one sentence.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Trouble {
    /// No answer came, it broke off on the way, or the server in front of the hub answered for it.
    #[error("the build system cannot be reached: {0}")]
    Unreachable(String),
    /// The hub understood and refused; an unknown tag is code 1000.
    #[error("the build system refuses: {text:?} (fault {code})")]
    Fault {
        /// The hub's number for the kind of fault.
        code: i64,
        /// Its words, cleaned and cut to [`MOST_WORDS`].
        text: Text,
    },
    /// The answer is no XML-RPC, ends in the middle, or is not what was asked for.
    #[error("the build system's answer cannot be read: {0}")]
    Malformed(String),
    /// The answer breaks one of the limits of [`crate::source::koji::meter`] or of [`crate::source::koji::xml`].
    #[error("the build system's answer is too big: {0}")]
    TooBig(&'static str),
}

impl Trouble {
    /// A fault with a stranger's words.
    pub fn fault(code: i64, words: &str) -> Trouble {
        Trouble::Fault { code, text: Text::new(harmless(words)) }
    }

    pub(super) fn malformed(why: impl fmt::Display) -> Trouble {
        Trouble::Malformed(harmless(&why.to_string()))
    }

    pub(super) fn unreachable(why: impl fmt::Display) -> Trouble {
        Trouble::Unreachable(harmless(&why.to_string()))
    }
}

/// Words on one line, without control characters, cut: also a reader's complaint may quote what it
/// complains of.
fn harmless(words: &str) -> String {
    let words = words.split_whitespace().collect::<Vec<_>>().join(" ");
    text::clean(&words).chars().take(MOST_WORDS).collect()
}
