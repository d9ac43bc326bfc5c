//! Batches: what the server says a run of lines is about (IRCv3 batch), and netsplits where it
//! does not. It keeps no lines.

use crate::domain::time::SECOND;
use crate::irc::wire::Line;
use irc::proto::BatchSubCommand;
use std::collections::BTreeMap;

/// What a batch of lines is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// People lost by a netsplit.
    Netsplit,
    /// What was said before, said again.
    Playback,
    /// Anything else; its lines are read as if there were no batch.
    Other,
}

impl Kind {
    /// The kind that the server names.
    pub fn of(command: &BatchSubCommand) -> Kind {
        match command {
            BatchSubCommand::NETSPLIT => Kind::Netsplit,
            BatchSubCommand::CUSTOM(name) if name.eq_ignore_ascii_case("chathistory") => {
                Kind::Playback
            }
            BatchSubCommand::CUSTOM(name) if name.eq_ignore_ascii_case("znc.in/playback") => {
                Kind::Playback
            }
            _ => Kind::Other,
        }
    }
}

/// The open batches. Their lines are not collected: the kind is known when a batch opens, so each
/// line is read as it comes, and a batch that is never closed holds nothing back.
#[derive(Debug, Default)]
pub struct Batches {
    open: BTreeMap<String, (Kind, i64)>,
}

/// The most batches open at a time.
const BATCHES_MOST: usize = 16;
/// How long a batch is believed to be open, in microseconds.
const BATCH_MOST: i64 = 30 * SECOND;

impl Batches {
    /// A batch begins. Those that have been open for too long are forgotten; one too many is too.
    pub fn open(&mut self, reference: &str, kind: Kind, now: i64) {
        self.open.retain(|_, (_, since)| now - *since <= BATCH_MOST);
        if self.open.len() < BATCHES_MOST {
            self.open.insert(reference.to_string(), (kind, now));
        }
    }

    /// A batch ends.
    pub fn close(&mut self, reference: &str) {
        self.open.remove(reference);
    }

    /// What the batch of this line is about; `None` where it is in none that is believed.
    pub fn kind(&self, line: &Line, now: i64) -> Option<Kind> {
        let (kind, since) = self.open.get(line.tags.get("batch")?)?;
        (now - since <= BATCH_MOST).then_some(*kind)
    }
}

/// `a.example b.example`: what a server gives as the reason of a netsplit.
pub fn is_split_reason(reason: &str) -> bool {
    let server = |name: &str| {
        let hostlike = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '*' | '_');
        name.contains('.')
            && !name.starts_with('.')
            && !name.ends_with('.')
            && name.chars().all(hostlike)
    };
    reason.split_once(' ').is_some_and(|(one, two)| one != two && server(one) && server(two))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_two_servers_are_a_split() {
        for (reason, split) in [
            ("a.libera.chat b.libera.chat", true),
            ("*.net *.split", true),
            ("Quit: a.b c.d", false),
            ("see example.org now.", false),
            ("a.b a.b", false),
            ("a.b c.d e.f", false),
            ("http://a.b c.d", false),
            ("", false),
        ] {
            assert_eq!(is_split_reason(reason), split, "{reason}");
        }
    }

    #[test]
    fn a_server_that_opens_and_never_closes_holds_little() {
        let mut batches = Batches::default();
        for n in 0..1000 {
            batches.open(&n.to_string(), Kind::Other, 0);
        }
        assert_eq!(batches.open.len(), BATCHES_MOST);
        batches.open("new", Kind::Netsplit, BATCH_MOST + 1);
        let line = Line::read("@batch=new :al QUIT").unwrap();
        assert_eq!(batches.open.len(), 1, "the old ones made room");
        assert_eq!(batches.kind(&line, BATCH_MOST + 2), Some(Kind::Netsplit));
        assert_eq!(batches.kind(&line, 2 * BATCH_MOST + 2), None);
    }
}
