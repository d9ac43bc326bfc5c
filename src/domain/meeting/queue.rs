//! The two queues of a meeting: what is to be talked about, and who wants to speak (after W3C's Zakim).

use crate::domain::meeting::people::PersonId;
use crate::domain::text::Text;
use std::collections::VecDeque;

/// The most entries either queue may hold.
pub const MOST_ENTRIES: usize = 50;

/// A line about the speaker queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Word<'a> {
    /// `q+`, also `q+ to say something`.
    Join(&'a str),
    /// `q-`.
    Leave,
    /// `q?`.
    Show,
    /// `ack`, also `ack nick`.
    Acknowledge(&'a str),
}

/// Reads a whole line; anything that is not exactly one of these is talk.
pub fn read(line: &str) -> Option<Word<'_>> {
    let (word, rest) = line.split_once(' ').unwrap_or((line, ""));
    let rest = rest.trim();
    match word {
        "q+" => Some(Word::Join(rest.strip_prefix("to ").unwrap_or(rest))),
        "q-" if rest.is_empty() => Some(Word::Leave),
        "q?" if rest.is_empty() => Some(Word::Show),
        "ack" if !rest.contains(' ') => Some(Word::Acknowledge(rest)),
        _ => None,
    }
}

/// Both queues.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Queues {
    /// What is to be talked about.
    pub agenda: VecDeque<Text>,
    /// Who wants to speak, and of what.
    pub speakers: VecDeque<(PersonId, Text)>,
}

impl Queues {
    /// Puts a topic at the end; whether there was room.
    pub fn add_topic(&mut self, topic: &str) -> bool {
        let room = self.agenda.len() < MOST_ENTRIES;
        if room {
            self.agenda.push_back(Text::new(topic));
        }
        room
    }

    /// Puts a speaker at the end, once; whether there was room.
    pub fn add_speaker(&mut self, who: PersonId, about: &str) -> bool {
        self.remove_speaker(who);
        let room = self.speakers.len() < MOST_ENTRIES;
        if room {
            self.speakers.push_back((who, Text::new(about)));
        }
        room
    }

    /// Takes a speaker out; whether they were in.
    pub fn remove_speaker(&mut self, who: PersonId) -> bool {
        let before = self.speakers.len();
        self.speakers.retain(|(other, _)| *other != who);
        self.speakers.len() < before
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_whole_lines_are_about_the_queue() {
        assert_eq!(read("q+"), Some(Word::Join("")));
        assert_eq!(read("q+ to say that arm64 works"), Some(Word::Join("say that arm64 works")));
        assert_eq!(read("q-"), Some(Word::Leave));
        assert_eq!(read("ack anna"), Some(Word::Acknowledge("anna")));
        assert_eq!(read("ack that makes sense"), None);
        assert_eq!(read("queue"), None);
    }
}
