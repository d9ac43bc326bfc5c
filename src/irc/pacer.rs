//! The pacer: a token bucket and a bounded queue between what is to be said and the wire.
//! It reads no clock and knows nothing of IRC but that lines have ranks.

use crate::domain::time::MINUTE;
use std::collections::VecDeque;

/// The most lines that wait.
pub const QUEUE_MOST_LINES: usize = 200;
/// What the subject of a posted line begins with.
pub const POST: &str = "post ";
/// A line that waited longer, in microseconds, is no longer worth saying.
pub const LINE_AGE_MOST: i64 = 10 * MINUTE;
/// After a reconnect, a line that waited longer, in microseconds, is old chatter.
pub const CHATTER_AGE_MOST: i64 = 2 * MINUTE;
/// Lines of [`Rank::Bulk`] leave so many of the burst to the others: whoever makes the bot talk in
/// private does not make the meeting wait.
const BULK_LEAVES_LINES: i64 = 2;
/// The slowest the bucket ever becomes, in microseconds per line.
const INTERVAL_MOST: i64 = 16_000_000;

/// Which line goes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Rank {
    /// Joining, asking who is there, and other talk with the server itself.
    Session,
    /// What is said in a channel.
    Reply,
    /// What is told to one person, and what can wait.
    Bulk,
}

/// A line that waits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Waiting {
    /// Its rank.
    pub rank: Rank,
    /// Since when, in microseconds of the monotonic clock.
    pub since: i64,
    /// What it is about: a later line about the same thing replaces it and takes its place.
    pub about: Option<String>,
    /// The channel it goes to; it waits until the bot is there.
    pub channel: Option<String>,
    /// The line without its end.
    pub line: String,
    /// The flow is told under this key when the server has taken the line.
    pub key: Option<String>,
    /// How often it was said before and got lost.
    pub tries: u32,
}

/// Says when a line may leave. All times are microseconds of a monotonic clock.
#[derive(Debug)]
pub struct Pacer {
    burst: i64,
    interval: i64,
    /// Microseconds saved up: a line costs `interval`; at most `burst` lines are saved.
    saved: i64,
    counted_at: i64,
    queue: VecDeque<Waiting>,
}

impl Pacer {
    /// A pacer that lets `burst_lines` go at once and then one each `interval_millis`.
    pub fn new(burst_lines: u32, interval_millis: u64) -> Pacer {
        let interval =
            i64::try_from(interval_millis).unwrap_or(i64::MAX / 4096).saturating_mul(1000);
        let interval = interval.min(INTERVAL_MOST);
        let burst = i64::from(burst_lines.clamp(1, 1000));
        Pacer { burst, interval, saved: burst * interval, counted_at: 0, queue: VecDeque::new() }
    }

    /// Queues a line. Where the queue is full, the newest line of the lowest rank gives way and is
    /// returned: what is already waiting in order stays in order.
    pub fn push(&mut self, waiting: Waiting) -> Option<Waiting> {
        if waiting.about.is_some()
            && let Some(place) = self.queue.iter_mut().find(|other| other.about == waiting.about)
        {
            *place = waiting;
            return None;
        }
        self.queue.push_back(waiting);
        if self.queue.len() <= QUEUE_MOST_LINES {
            return None;
        }
        let lowest = self.queue.iter().map(|other| other.rank).max()?;
        let victim = self.queue.iter().rposition(|other| other.rank == lowest)?;
        self.queue.remove(victim)
    }

    /// Counts a line that leaves without asking: PONG, and what the handshake says.
    pub fn charge(&mut self, now: i64) {
        self.count(now);
        // The debt is bounded, so that a flood of PINGs cannot silence us for long.
        self.saved = (self.saved - self.interval).max(-self.burst * self.interval);
    }

    /// The next line that may leave now, of those for which `may` says so.
    pub fn pop(&mut self, now: i64, may: impl Fn(&Waiting) -> bool) -> Option<Waiting> {
        self.count(now);
        self.queue.retain(|waiting| now - waiting.since <= LINE_AGE_MOST);
        let ready = || self.queue.iter().enumerate().filter(|(_, waiting)| may(waiting));
        // The first of the lowest rank: `min_by_key` keeps the first of equals.
        let (place, first) = ready().min_by_key(|(_, waiting)| waiting.rank)?;
        if self.saved < self.needed(first.rank) {
            return None;
        }
        self.saved -= self.interval;
        self.queue.remove(place)
    }

    /// When the next line may leave, where one waits that `may`.
    pub fn wake(&self, may: impl Fn(&Waiting) -> bool) -> Option<i64> {
        let first = self.queue.iter().filter(|it| may(it)).map(|it| it.rank).min()?;
        Some(self.counted_at + (self.needed(first) - self.saved).max(0))
    }

    /// The handshake is over. Its lines were each an answer to the server's; a server that counts
    /// them starts with room for far more (Solanum: 20), so the burst is whole again.
    pub fn welcome(&mut self, now: i64) {
        self.count(now);
        self.saved = self.saved.max(self.burst * self.interval);
    }

    /// The connection is gone: what was meant for the server itself is void, and what was posted
    /// will be posted again.
    pub fn lost(&mut self) {
        let is_posted = |waiting: &Waiting| {
            waiting.about.as_deref().is_some_and(|about| about.starts_with(POST))
        };
        self.queue.retain(|waiting| waiting.rank != Rank::Session && !is_posted(waiting));
    }

    /// The connection is back: drops old chatter and says how many lines that were. What is about
    /// something (a topic) is still true and stays.
    pub fn forget_chatter(&mut self, now: i64) -> usize {
        let before = self.queue.len();
        self.queue
            .retain(|waiting| waiting.about.is_some() || now - waiting.since <= CHATTER_AGE_MOST);
        before - self.queue.len()
    }

    /// The server found us too fast: half the rate from now on.
    pub fn slow_down(&mut self) {
        self.interval = (self.interval.max(1) * 2).min(INTERVAL_MOST);
        self.burst = (self.burst / 2).max(1);
        self.saved = self.saved.min(0);
    }

    /// How many lines wait.
    pub fn waiting(&self) -> usize {
        self.queue.len()
    }

    /// What must be saved up before a line of this rank may leave.
    fn needed(&self, rank: Rank) -> i64 {
        let left = if rank == Rank::Bulk { BULK_LEAVES_LINES.min(self.burst - 1) } else { 0 };
        self.interval * (1 + left)
    }

    fn count(&mut self, now: i64) {
        let elapsed = (now - self.counted_at).max(0);
        self.saved = self.saved.saturating_add(elapsed).min(self.burst * self.interval);
        self.counted_at = self.counted_at.max(now);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::time::SECOND;

    fn waiting(rank: Rank, since: i64, line: &str) -> Waiting {
        let line = line.to_string();
        Waiting { rank, since, about: None, channel: None, line, key: None, tries: 0 }
    }

    /// Lets everything out and says at which second each line left.
    fn drain(pacer: &mut Pacer, mut now: i64) -> Vec<(i64, String)> {
        let mut out = Vec::new();
        while let Some(wake) = pacer.wake(|_| true) {
            now = now.max(wake);
            while let Some(waiting) = pacer.pop(now, |_| true) {
                out.push((now / SECOND, waiting.line));
            }
        }
        out
    }

    #[test]
    fn five_at_once_then_one_each_two_seconds() {
        let mut pacer = Pacer::new(5, 2000);
        for n in 0..8 {
            pacer.push(waiting(Rank::Reply, 0, &n.to_string()));
        }
        let seconds: Vec<i64> = drain(&mut pacer, 0).into_iter().map(|(at, _)| at).collect();
        assert_eq!(seconds, [0, 0, 0, 0, 0, 2, 4, 6]);
    }

    #[test]
    fn no_ten_seconds_ever_see_more_than_a_burst_and_five() {
        let mut pacer = Pacer::new(5, 2000);
        for n in 0..60 {
            pacer.push(waiting(Rank::Reply, n * SECOND, "x"));
        }
        let out = drain(&mut pacer, 0);
        assert_eq!(out.len(), 60);
        for (start, _) in &out {
            let within = out.iter().filter(|(at, _)| (*start..*start + 10).contains(at)).count();
            assert!(within <= 10, "{within} lines within 10 s from {start}");
        }
    }

    #[test]
    fn ranks_go_first_and_order_is_kept_within() {
        let mut pacer = Pacer::new(9, 2000);
        for (rank, line) in [
            (Rank::Bulk, "tell 1"),
            (Rank::Reply, "say 1"),
            (Rank::Bulk, "tell 2"),
            (Rank::Reply, "say 2"),
            (Rank::Session, "JOIN"),
        ] {
            pacer.push(waiting(rank, 0, line));
        }
        let lines: Vec<String> = drain(&mut pacer, 0).into_iter().map(|(_, line)| line).collect();
        assert_eq!(lines, ["JOIN", "say 1", "say 2", "tell 1", "tell 2"]);
    }

    #[test]
    fn whoever_floods_in_private_does_not_make_the_meeting_wait() {
        let mut pacer = Pacer::new(5, 2000);
        for n in 0..50 {
            pacer.push(waiting(Rank::Bulk, 0, &n.to_string()));
        }
        let told = std::iter::from_fn(|| pacer.pop(0, |_| true)).count();
        pacer.push(waiting(Rank::Reply, 0, "say"));
        assert_eq!((told, pacer.pop(0, |_| true).unwrap().line.as_str()), (3, "say"));
    }

    #[test]
    fn the_queue_is_bounded_and_the_least_gives_way() {
        let mut pacer = Pacer::new(5, 2000);
        for n in 0..QUEUE_MOST_LINES {
            assert_eq!(pacer.push(waiting(Rank::Bulk, 0, &n.to_string())), None);
        }
        let gone = pacer.push(waiting(Rank::Reply, 0, "say")).unwrap();
        assert_eq!(gone.line, (QUEUE_MOST_LINES - 1).to_string());
        assert_eq!(pacer.waiting(), QUEUE_MOST_LINES);
    }

    #[test]
    fn a_newer_topic_replaces_the_older() {
        let mut pacer = Pacer::new(1, 2000);
        let topic = |line: &str| Waiting {
            about: Some("topic #c".into()),
            ..waiting(Rank::Reply, 0, line)
        };
        pacer.push(topic("TOPIC #c :one"));
        pacer.push(waiting(Rank::Reply, 0, "x"));
        pacer.push(topic("TOPIC #c :two"));
        let lines: Vec<String> = drain(&mut pacer, 0).into_iter().map(|(_, line)| line).collect();
        assert_eq!(lines, ["TOPIC #c :two", "x"]);
    }

    #[test]
    fn old_chatter_is_forgotten_and_topics_are_not() {
        let mut pacer = Pacer::new(5, 2000);
        pacer.push(waiting(Rank::Session, 0, "WHO #c"));
        pacer.push(waiting(Rank::Reply, 0, "old"));
        pacer.push(Waiting { about: Some("t".into()), ..waiting(Rank::Reply, 0, "TOPIC #c :x") });
        pacer.push(waiting(Rank::Reply, 110 * SECOND, "new"));
        pacer.lost();
        assert_eq!(pacer.forget_chatter(150 * SECOND), 1);
        let lines: Vec<String> =
            drain(&mut pacer, 150 * SECOND).into_iter().map(|(_, line)| line).collect();
        assert_eq!(lines, ["TOPIC #c :x", "new"]);
    }

    #[test]
    fn a_line_waits_for_its_channel_and_holds_up_no_other() {
        let mut pacer = Pacer::new(5, 2000);
        pacer.push(Waiting { channel: Some("#b".into()), ..waiting(Rank::Reply, 0, "to b") });
        pacer.push(Waiting { channel: Some("#c".into()), ..waiting(Rank::Reply, 0, "to c") });
        let in_c = |waiting: &Waiting| waiting.channel.as_deref() == Some("#c");
        assert_eq!(pacer.pop(0, in_c).unwrap().line, "to c");
        assert_eq!((pacer.pop(0, in_c), pacer.wake(in_c)), (None, None));
        assert_eq!(pacer.pop(0, |_| true).unwrap().line, "to b");
    }

    #[test]
    fn being_too_fast_halves_the_rate() {
        let mut pacer = Pacer::new(4, 2000);
        pacer.slow_down();
        for n in 0..4 {
            pacer.push(waiting(Rank::Reply, 0, &n.to_string()));
        }
        let seconds: Vec<i64> = drain(&mut pacer, 0).into_iter().map(|(at, _)| at).collect();
        assert_eq!(seconds, [4, 8, 12, 16]);
    }
}
