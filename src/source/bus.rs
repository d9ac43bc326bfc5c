//! What the doors to message buses have in common: what they tell, how they hand it on while their
//! connection goes on, and how long they wait before they connect again.
//! Nothing here knows a protocol.

use crate::domain::push::hint::{self, Hint};
use crate::tls::Identity;
use std::collections::VecDeque;
use std::path::PathBuf;
use std::pin::pin;
use std::time::{Duration, Instant};
use tokio::sync::mpsc::Sender;
use tokio_util::sync::CancellationToken;
use tracing::{debug, warn};

/// How much waits for a reader that is slow; see [`Waiting`].
const MOST_WAITING: usize = 1000;
/// The first wait after a connection was lost, doubled each time.
const WAIT_FIRST: Duration = Duration::from_secs(1);
/// The longest.
const WAIT_MOST: Duration = Duration::from_secs(60);
/// A connection that was up for so long starts the counting afresh. It must be some time: of two
/// clients with one name each is connected for a moment until the other is.
const STEADY: Duration = Duration::from_secs(60);
/// The longest word of a stranger's in the log, in characters.
const MOST_LOGGED: usize = 100;

/// What a bus tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// We listen. What happened before was perhaps missed: look at everything once.
    Connected {
        /// Whether the broker has kept for us what came meanwhile. It does not know of what it
        /// lost itself.
        session_present: bool,
    },
    /// Something may have happened.
    Hint(Hint),
    /// We listen, but not to all that we wanted: what is refused, as a sentence.
    Refused(String),
    /// The connection is gone, or did not come about: why, as a sentence. It is tried again.
    Lost(String),
}

/// How we speak TLS to a broker.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tls {
    /// The authorities that may vouch for it (PEM); none for the system's.
    pub ca_file: Option<PathBuf>,
    /// Our own certificate, where it wants one.
    pub identity: Option<Identity>,
}

/// What was heard and has yet to be read, in order. Who says the same twice is heard once, and of
/// too many hints the oldest go: a hint only makes an answer come sooner.
#[derive(Debug, Default)]
struct Waiting(VecDeque<Event>);

impl Waiting {
    fn push(&mut self, event: Event) {
        let is_hint = matches!(event, Event::Hint(_));
        if is_hint && self.0.contains(&event) {
            return;
        }
        if self.0.len() >= MOST_WAITING {
            let hint = self.0.iter().position(|event| matches!(event, Event::Hint(_)));
            self.0.remove(hint.unwrap_or(0));
        }
        self.0.push_back(event);
    }
}

/// The way to the reader. A door works with it until one of its functions gives nothing.
pub(super) struct Handing {
    waiting: Waiting,
    patience: Patience,
    out: Sender<Event>,
    stop: CancellationToken,
}

impl Handing {
    pub(super) fn new(out: Sender<Event>, stop: CancellationToken) -> Handing {
        Handing { waiting: Waiting::default(), patience: Patience::default(), out, stop }
    }

    /// Hands on, as soon as the reader takes it.
    pub(super) fn push(&mut self, event: Event) {
        self.waiting.push(event);
    }

    /// Does the work, and hands on meanwhile. The work is never dropped half-way but for an end:
    /// nothing when we are to stop, or nobody reads any more.
    pub(super) async fn meanwhile<T>(&mut self, work: impl Future<Output = T>) -> Option<T> {
        let mut work = pin!(work);
        loop {
            tokio::select! {
                biased;
                () = self.stop.cancelled() => return None,
                room = self.out.reserve(), if !self.waiting.0.is_empty() => {
                    let Ok(room) = room else { return None };
                    if let Some(event) = self.waiting.0.pop_front() {
                        room.send(event);
                    }
                }
                done = &mut work => return Some(done),
            }
        }
    }

    /// Tells why a connection ended that was up since that moment, or never; and waits until it is
    /// time for the next one, or gives nothing as for [`Handing::meanwhile`].
    pub(super) async fn lost(&mut self, why: String, up_since: Option<Instant>) -> Option<()> {
        self.push(Event::Lost(why));
        let wait = tokio::time::sleep(self.patience.wait(up_since));
        self.meanwhile(wait).await
    }

    /// Waits until all is handed on; nothing as for [`Handing::meanwhile`].
    #[cfg(feature = "amqp")]
    pub(super) async fn flush(&mut self) -> Option<()> {
        while let Some(event) = self.waiting.0.pop_front() {
            let out = self.out.clone();
            tokio::select! {
                biased;
                () = self.stop.cancelled() => return None,
                sent = out.send(event) => sent.ok()?,
            }
        }
        Some(())
    }
}

/// How long to wait before the next attempt.
#[derive(Debug, Default)]
struct Patience {
    failures: u32,
}

impl Patience {
    /// After a connection that was up since that moment, or never.
    fn wait(&mut self, up_since: Option<Instant>) -> Duration {
        if up_since.is_some_and(|since| since.elapsed() >= STEADY) {
            self.failures = 0;
        }
        // Without randomness from the system we come when everybody does.
        let die = ring::rand::generate::<[u8; 4]>(&ring::rand::SystemRandom::new());
        let wait = self.next(die.map_or(u32::MAX, |die| u32::from_be_bytes(die.expose())));
        debug!(seconds = wait.as_secs_f32(), "waiting before the next attempt");
        wait
    }

    /// From half of the time to all of it, as the die falls, so that many who were thrown out
    /// together do not come back together.
    fn next(&mut self, die: u32) -> Duration {
        let whole = WAIT_FIRST.saturating_mul(1 << self.failures.min(10)).min(WAIT_MOST);
        self.failures = self.failures.saturating_add(1);
        whole / 2 + (whole / 2).mul_f64(f64::from(die) / f64::from(u32::MAX))
    }
}

/// Reads messages, and says once for each connection that one could not be read.
#[derive(Default)]
pub(super) struct Reading {
    complained: bool,
}

impl Reading {
    pub(super) fn read(&mut self, topic: &str, payload: &[u8]) -> Option<Hint> {
        match hint::read(topic, payload) {
            Ok(hint) => hint,
            Err(why) if self.complained => {
                debug!(why, "a message on {} was not read", shown(topic));
                None
            }
            Err(why) => {
                self.complained = true;
                warn!(
                    "a message on {} was not read: {why}; further ones are told at level debug",
                    shown(topic)
                );
                None
            }
        }
    }
}

/// A stranger's words for a sentence or the log: escaped, and cut.
pub(super) fn shown(words: &str) -> String {
    words.chars().take(MOST_LOGGED).collect::<String>().escape_debug().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn look(tag: &str) -> Event {
        Event::Hint(Hint::Look { tag: tag.into() })
    }

    #[test]
    fn what_waits_is_said_once_and_the_oldest_hints_go() {
        let mut waiting = Waiting::default();
        waiting.push(Event::Lost("first".into()));
        for tag in ["a", "b", "a"] {
            waiting.push(look(tag));
        }
        assert_eq!(waiting.0, [Event::Lost("first".into()), look("a"), look("b")]);
        for number in 0..MOST_WAITING {
            waiting.push(look(&number.to_string()));
        }
        assert_eq!(waiting.0.len(), MOST_WAITING);
        assert_eq!(waiting.0[0], Event::Lost("first".into()));
        assert_eq!(waiting.0[1], look("1"));
        assert_eq!(waiting.0.back(), Some(&look(&(MOST_WAITING - 1).to_string())));
    }

    #[test]
    fn waits_double_to_a_minute_with_jitter() {
        let (mut short, mut long) = (Patience::default(), Patience::default());
        for most in [1, 2, 4, 8, 16, 32, 60, 60] {
            assert_eq!(short.next(0), Duration::from_secs(most) / 2);
            assert_eq!(long.next(u32::MAX), Duration::from_secs(most));
        }
        let mut patience = Patience { failures: u32::MAX };
        assert!(patience.wait(Some(Instant::now())) >= WAIT_MOST / 2);
        let long_ago = Instant::now().checked_sub(STEADY);
        assert!(long_ago.is_none() || patience.wait(long_ago) <= WAIT_FIRST);
    }

    #[tokio::test]
    async fn work_goes_on_while_nobody_reads() {
        let (out, mut reader) = tokio::sync::mpsc::channel(1);
        let stop = CancellationToken::new();
        let mut handing = Handing::new(out, stop.clone());
        for tag in ["a", "b", "c"] {
            handing.push(look(tag));
            // There is room for one; this does not wait for more.
            assert_eq!(handing.meanwhile(tokio::task::yield_now()).await, Some(()));
        }
        assert_eq!(reader.recv().await, Some(look("a")));
        assert_eq!(handing.meanwhile(tokio::task::yield_now()).await, Some(()));
        assert_eq!(reader.recv().await, Some(look("b")));
        stop.cancel();
        assert_eq!(handing.meanwhile(std::future::pending::<()>()).await, None);
        let mut handing = Handing::new(reader_gone(), CancellationToken::new());
        handing.push(look("a"));
        assert_eq!(handing.meanwhile(std::future::pending::<()>()).await, None);
    }

    fn reader_gone() -> Sender<Event> {
        tokio::sync::mpsc::channel(1).0
    }
}
