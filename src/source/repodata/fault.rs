//! Why a repository was not accepted.

use crate::domain::text;
use std::io;

/// The longest sentence of a fault, in characters.
const MOST_SENTENCE: usize = 400;

/// A repository that was not accepted: what kind of trouble, and one sentence. What was known of it
/// before stays as it was.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{sentence}")]
pub struct Fault {
    /// What kind of trouble.
    pub kind: Kind,
    /// What was wrong, for people; without control characters.
    pub sentence: String,
}

/// The kinds of trouble with a repository.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Nobody answered, or not in time, or not with the file.
    Unreachable,
    /// The place answered that there is no such file.
    Missing,
    /// The file is not what such a file looks like.
    Malformed,
    /// The file is not the one that `repomd.xml` describes.
    Mismatch,
    /// The file passes a limit of ours.
    TooBig,
}

impl Fault {
    /// A fault of this kind. Strangers' words in the sentence are cleaned and cut.
    pub fn new(kind: Kind, sentence: impl AsRef<str>) -> Fault {
        let sentence = text::clean(sentence.as_ref()).chars().take(MOST_SENTENCE).collect();
        Fault { kind, sentence }
    }

    /// Not what such a file looks like.
    pub fn malformed(sentence: impl AsRef<str>) -> Fault {
        Fault::new(Kind::Malformed, sentence)
    }

    /// The same, with the file it is about before the sentence.
    pub fn about(self, file: &str) -> Fault {
        Fault::new(self.kind, format!("{file}: {}", self.sentence))
    }
}

impl From<Fault> for io::Error {
    /// So that a fault passes through what unpacks, and comes out as it was.
    fn from(fault: Fault) -> io::Error {
        io::Error::other(fault)
    }
}

impl From<io::Error> for Fault {
    /// A fault that passed through what unpacks; any other error is that of a broken file.
    fn from(error: io::Error) -> Fault {
        match error.get_ref().and_then(|inner| inner.downcast_ref::<Fault>()) {
            Some(fault) => fault.clone(),
            None => Fault::malformed(format!("it cannot be unpacked ({error})")),
        }
    }
}
