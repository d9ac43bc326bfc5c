//! The ledger of delivery: what was said in channels, until its echo comes back.
//! It does not judge who may speak; it only knows that a line arrived, was refused, or is gone.
//!
//! A server answers in order. So once it has answered a PING that was sent after a line (the
//! *fence*), a line without echo is lost for certain, however slow the network is. Where a network
//! has no echoes, a line that was not refused before that answer has been taken.

use crate::domain::name::Casemapping;
use crate::domain::text;
use crate::domain::time::SECOND;
use crate::irc::pacer::Waiting;
use std::collections::VecDeque;

/// The most lines remembered.
const SENT_MOST: usize = 200;
/// After so many microseconds without echo the server is asked (the fence).
const ECHO_WAIT: i64 = 5 * SECOND;
/// How often a lost line is said again.
pub const TRIES_MOST: u32 = 2;
/// How long a lost line waits before it is said again, in microseconds, for each try.
const RETRY_WAIT: i64 = 15 * SECOND;
/// Where a network has no echoes: how long a refusal may still be about a line.
const REFUSAL_WAIT: i64 = 10 * SECOND;

/// What is waiting for its echo, and what waits to be said again.
#[derive(Debug, Default)]
pub struct Ledger {
    sent: VecDeque<Sent>,
    fence: Option<u64>,
    numbered: u64,
    again: VecDeque<(i64, Waiting)>,
    taken: Vec<String>,
}

#[derive(Debug)]
struct Sent {
    number: u64,
    at: i64,
    words: String,
    waiting: Waiting,
}

impl Ledger {
    /// A line left for a channel. Everything else is not entered.
    pub fn sent(&mut self, waiting: Waiting, now: i64) {
        let Some(words) = words_to_channel(&waiting) else { return };
        self.numbered += 1;
        self.sent.push_back(Sent { number: self.numbered, at: now, words, waiting });
        if self.sent.len() > SENT_MOST {
            self.sent.pop_front();
        }
    }

    /// A line of ours came back. Returns the lines to the same channel that it overtook: they are
    /// lost, because a server keeps the order.
    pub fn echoed(&mut self, channel: &str, words: &str, fold: Casemapping) -> Vec<Waiting> {
        let words = text::clean(words);
        let here = |sent: &Sent| same_channel(sent, channel, fold);
        // A network may cut or filter what is said (+c, +G): then the echo of other words stands
        // for the oldest line, because saying that one again would say it twice.
        let exact = self.sent.iter().find(|sent| here(sent) && sent.words == words);
        let meant = exact.or_else(|| self.sent.iter().find(|sent| here(sent)));
        let Some(number) = meant.map(|sent| sent.number) else { return Vec::new() };
        let passed = self.take(|sent| here(sent) && sent.number <= number);
        let (arrived, lost): (Vec<_>, _) = passed.into_iter().partition(|s| s.number == number);
        self.taken.extend(arrived.into_iter().filter_map(|sent| sent.waiting.key));
        lost.into_iter().map(|sent| sent.waiting).collect()
    }

    /// The keys of the lines that the server has taken since this was asked last.
    pub fn taken(&mut self) -> Vec<String> {
        std::mem::take(&mut self.taken)
    }

    /// A line about this is not said again: a newer one takes its place.
    pub fn replaced(&mut self, about: &str) {
        self.again.retain(|(_, waiting)| waiting.about.as_deref() != Some(about));
    }

    /// The server refused a line to this channel: the oldest one, because it keeps the order.
    pub fn refused(&mut self, channel: &str, fold: Casemapping) -> Option<Waiting> {
        let place = self.sent.iter().position(|sent| same_channel(sent, channel, fold))?;
        self.sent.remove(place).map(|sent| sent.waiting)
    }

    /// Whether the server is to be asked now, and with which number. `echoes`: whether the network
    /// sends them; where it does not, only lines with a key are asked about, and at once.
    pub fn fence(&mut self, now: i64, echoes: bool) -> Option<u64> {
        let is_due = match echoes {
            true => self.sent.front().is_some_and(|sent| now - sent.at >= ECHO_WAIT),
            false => self.sent.iter().any(|sent| sent.waiting.key.is_some()),
        };
        if self.fence.is_some() || !is_due {
            return None;
        }
        self.fence = Some(self.numbered);
        self.fence
    }

    /// The server answered the fence: what was said before it and did not come back is lost; where
    /// there are no echoes, it has been taken.
    pub fn fence_passed(&mut self, number: u64, echoes: bool) -> Vec<Waiting> {
        if self.fence != Some(number) {
            return Vec::new();
        }
        self.fence = None;
        let passed = self.take(|sent| sent.number <= number).into_iter().map(|sent| sent.waiting);
        if echoes {
            return passed.collect();
        }
        self.taken.extend(passed.filter_map(|waiting| waiting.key));
        Vec::new()
    }

    /// Where a network has no echoes: forgets what can no longer be refused.
    pub fn forget(&mut self, now: i64) {
        self.take(|sent| sent.waiting.key.is_none() && now - sent.at >= REFUSAL_WAIT);
    }

    /// Keeps a lost line to say it again later; `false` where it was said often enough.
    pub fn again(&mut self, mut waiting: Waiting, now: i64) -> bool {
        if waiting.tries >= TRIES_MOST || self.again.len() >= SENT_MOST {
            return false;
        }
        waiting.tries += 1;
        let due = now + RETRY_WAIT * i64::from(waiting.tries);
        self.again.push_back((due, waiting));
        true
    }

    /// Keeps a line that the server wanted later. One about the same thing takes its place.
    pub fn later(&mut self, waiting: Waiting, due: i64) {
        self.again.retain(|(_, other)| other.about.is_none() || other.about != waiting.about);
        if self.again.len() < SENT_MOST {
            self.again.push_back((due, waiting));
        }
    }

    /// A line to be said again now.
    pub fn due(&mut self, now: i64) -> Option<Waiting> {
        let place = self.again.iter().position(|(due, _)| *due <= now)?;
        let (_, waiting) = self.again.remove(place)?;
        Some(Waiting { since: now, ..waiting })
    }

    /// When to look again. `echoes`: whether the network sends them.
    pub fn wake(&self, echoes: bool) -> Option<i64> {
        let sent = match (echoes, self.fence) {
            (true, None) => self.sent.front().map(|sent| sent.at + ECHO_WAIT),
            (true, Some(_)) => None,
            (false, _) => {
                let refusable = self.sent.iter().find(|sent| sent.waiting.key.is_none());
                refusable.map(|sent| sent.at + REFUSAL_WAIT)
            }
        };
        let again = self.again.iter().map(|(due, _)| *due).min();
        [sent, again].into_iter().flatten().min()
    }

    /// The connection is gone. Whether lines without echo arrived cannot be known, and saying them
    /// again might say them twice; they are forgotten. Returns how many.
    pub fn lost(&mut self) -> usize {
        self.fence = None;
        self.again.clear();
        std::mem::take(&mut self.sent).len()
    }

    fn take(&mut self, which: impl Fn(&Sent) -> bool) -> Vec<Sent> {
        let (taken, kept) = std::mem::take(&mut self.sent).into_iter().partition(which);
        self.sent = kept;
        VecDeque::into(taken)
    }
}

fn same_channel(sent: &Sent, channel: &str, fold: Casemapping) -> bool {
    sent.waiting.channel.as_deref().is_some_and(|other| fold.same(other, channel))
}

/// The words of `PRIVMSG #c :words` and `NOTICE #c :words` to a channel.
fn words_to_channel(waiting: &Waiting) -> Option<String> {
    waiting.channel.as_ref()?;
    let (command, rest) = waiting.line.split_once(' ')?;
    let (_, words) = rest.split_once(" :")?;
    matches!(command, "PRIVMSG" | "NOTICE").then(|| text::clean(words))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::irc::pacer::Rank;

    const FOLD: Casemapping = Casemapping::Rfc1459;

    fn said(words: &str) -> Waiting {
        Waiting {
            rank: Rank::Reply,
            since: 0,
            about: None,
            channel: Some("#c".into()),
            line: format!("PRIVMSG #c :{words}"),
            key: None,
            tries: 0,
        }
    }

    fn ledger(words: &[&str]) -> Ledger {
        let mut ledger = Ledger::default();
        for words in words {
            ledger.sent(said(words), 0);
        }
        ledger
    }

    #[test]
    fn an_echo_settles_its_line_whatever_the_network_did_to_its_colours() {
        let mut ledger = ledger(&["one", "two"]);
        assert!(ledger.echoed("#C", "\u{2}one", FOLD).is_empty());
        assert!(ledger.echoed("#c", "two", FOLD).is_empty());
        assert_eq!(ledger.fence(60 * SECOND, true), None);
    }

    #[test]
    fn what_an_echo_overtakes_is_lost() {
        let mut ledger = ledger(&["one", "two", "three"]);
        let lost = ledger.echoed("#c", "two", FOLD);
        assert_eq!(lost, [said("one")]);
        assert!(ledger.echoed("#c", "three", FOLD).is_empty());
    }

    #[test]
    fn an_altered_echo_stands_for_the_oldest_line() {
        let mut ledger = ledger(&["one", "two"]);
        assert!(ledger.echoed("#c", "censored", FOLD).is_empty());
        assert_eq!(ledger.refused("#c", FOLD), Some(said("two")));
    }

    #[test]
    fn silence_is_loss_only_when_the_server_passed_the_fence() {
        let mut ledger = ledger(&["one"]);
        assert_eq!(ledger.fence(4 * SECOND, true), None);
        assert_eq!(ledger.fence(5 * SECOND, true), Some(1));
        ledger.sent(said("two"), 6 * SECOND);
        assert_eq!(ledger.fence(60 * SECOND, true), None, "one fence at a time");
        assert_eq!(ledger.fence_passed(1, true), [said("one")]);
        assert_eq!(ledger.fence(60 * SECOND, true), Some(2));
    }

    fn posted(words: &str) -> Waiting {
        Waiting { key: Some(format!("key of {words}")), ..said(words) }
    }

    #[test]
    fn an_echo_tells_that_a_line_was_taken() {
        let mut ledger = Ledger::default();
        ledger.sent(posted("one"), 0);
        ledger.sent(posted("two"), 0);
        assert_eq!(ledger.echoed("#c", "two", FOLD), [posted("one")]);
        assert_eq!(ledger.taken(), ["key of two"]);
        assert!(ledger.taken().is_empty(), "it is told once");
    }

    #[test]
    fn where_there_are_no_echoes_the_fence_tells_it() {
        let mut ledger = Ledger::default();
        ledger.sent(said("chatter"), 0);
        assert_eq!(ledger.fence(60 * SECOND, false), None, "nobody wants to know");
        ledger.sent(posted("one"), 0);
        ledger.sent(posted("two"), 0);
        ledger.refused("#c", FOLD);
        ledger.refused("#c", FOLD);
        assert_eq!(ledger.fence(0, false), Some(3));
        ledger.forget(60 * SECOND);
        assert!(ledger.fence_passed(3, false).is_empty());
        assert_eq!(ledger.taken(), ["key of two"], "the first one was refused");
    }

    #[test]
    fn a_lost_line_is_said_again_twice_and_slower() {
        let mut ledger = Ledger::default();
        assert!(ledger.again(said("one"), 0));
        assert_eq!(ledger.due(14 * SECOND), None);
        let second = ledger.due(15 * SECOND).unwrap();
        assert!(ledger.again(second, 20 * SECOND));
        assert_eq!(ledger.wake(true), Some(50 * SECOND));
        let third = ledger.due(50 * SECOND).unwrap();
        assert!(!ledger.again(third, 60 * SECOND));
    }

    #[test]
    fn it_is_bounded_and_enters_only_words_to_channels() {
        let mut ledger = Ledger::default();
        for n in 0..1000 {
            ledger.sent(said(&n.to_string()), 0);
            ledger.again(said("x"), 0);
        }
        assert_eq!((ledger.sent.len(), ledger.again.len()), (SENT_MOST, SENT_MOST));
        ledger.lost();
        ledger.sent(Waiting { line: "TOPIC #c :x".into(), ..said("") }, 0);
        ledger.sent(Waiting { channel: None, ..said("x") }, 0);
        assert_eq!(ledger.lost(), 0);
    }
}
