//! The door of mail that comes in: an LMTP server on a unix socket or a loopback address.
//!
//! The protocol is [`session`]'s; here are the connections, their number, their patience and their
//! memory.

mod command;
mod data;
#[cfg(test)]
mod dialog;
pub mod session;
#[cfg(test)]
mod tests;

pub use crate::mail::listen::Listening;

use crate::flow::receive::{Carrier, Incoming};
use crate::mail::intake::Intake;
use crate::mail::listen::Stream;
use crate::mail::lmtp::session::{Effect, Event, Mail, Session};
use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::time::{Instant, timeout, timeout_at};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// How much a door takes on.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// The most connections at once.
    pub connections: usize,
    /// The most bytes held for all of them together.
    pub held_bytes: usize,
    /// How long a client may say nothing.
    pub idle: Duration,
    /// How long one command line may take.
    pub line: Duration,
    /// How long one mail may take.
    pub mail: Duration,
    /// How long a client may take to read an answer.
    pub answer: Duration,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits {
            connections: 50,
            held_bytes: 128 << 20,
            idle: Duration::from_secs(300),
            line: Duration::from_secs(60),
            mail: Duration::from_secs(600),
            answer: Duration::from_secs(60),
        }
    }
}

/// Bytes read at once.
const CHUNK: usize = 16 << 10;
/// How long mails that are under way may still take when the service stops.
const DRAIN: Duration = Duration::from_secs(5);

/// Takes mail from whoever connects, until the stop.
pub async fn serve(listening: Listening, intake: Intake, stop: CancellationToken) {
    serve_within(listening, intake, stop, Limits::default()).await;
}

/// As [`serve`], with limits of one's own.
pub async fn serve_within(
    listening: Listening,
    intake: Intake,
    stop: CancellationToken,
    limits: Limits,
) {
    let tasks = TaskTracker::new();
    let held = Arc::new(AtomicUsize::new(0));
    tracing::info!(at = %listening, "mail is taken by LMTP");
    loop {
        let accepted = tokio::select! {
            accepted = listening.accept() => accepted,
            () = stop.cancelled() => break,
        };
        match accepted {
            Ok(stream) if tasks.len() >= limits.connections => {
                tasks.spawn(turn_away(stream));
            }
            Ok(stream) => {
                let guest = Guest {
                    stream,
                    intake: intake.clone(),
                    limits,
                    held: Held { all: held.clone(), own: 0 },
                };
                tasks.spawn(guest.serve(stop.clone()));
            }
            Err(error) => {
                // Out of descriptors: others must close theirs first.
                tracing::warn!(%error, "a mail connection could not be accepted");
                tokio::time::sleep(Duration::from_millis(200)).await;
            }
        }
    }
    tasks.close();
    let _ = timeout(DRAIN, tasks.wait()).await;
}

async fn turn_away(mut stream: Stream) {
    let words = b"421 4.7.0 too many connections; try again later\r\n";
    let _ = timeout(Duration::from_secs(1), stream.write_all(words)).await;
}

/// The bytes held for a connection, counted among those of all.
struct Held {
    all: Arc<AtomicUsize>,
    own: usize,
}

impl Held {
    /// Counts what is held now; how much all hold together.
    fn count(&mut self, bytes: usize) -> usize {
        self.all.fetch_add(bytes, Ordering::Relaxed);
        let before = std::mem::replace(&mut self.own, bytes);
        self.all.fetch_sub(before, Ordering::Relaxed) - before
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        self.count(0);
    }
}

/// A client.
struct Guest {
    stream: Stream,
    intake: Intake,
    limits: Limits,
    held: Held,
}

impl Guest {
    async fn serve(mut self, stop: CancellationToken) {
        let (mut session, hello) = Session::open(HOST);
        let mut effects = vec![hello];
        let mut chunk = vec![0; CHUNK];
        // Since when the line or the mail is under way.
        let mut begun: Option<Instant> = None;
        loop {
            if !self.carry_out(&mut session, effects).await {
                return;
            }
            if session.is_idle() && session.held_bytes() == 0 {
                begun = None;
            }
            let until = self.deadline(&session, begun);
            let read = tokio::select! {
                read = timeout_at(until, self.stream.read(&mut chunk)) => read,
                () = stop.cancelled(), if session.is_idle() => {
                    effects = session.apply(Event::Stop);
                    continue;
                }
            };
            let count = match read {
                Ok(Ok(count)) if count > 0 => count,
                Ok(_) => return,
                Err(_) => return self.last_word("421 4.4.2 too slow\r\n").await,
            };
            begun.get_or_insert_with(Instant::now);
            effects = session.apply(Event::Bytes(&chunk[..count]));
            if self.held.count(session.held_bytes()) > self.limits.held_bytes {
                return self
                    .last_word("421 4.3.1 too much mail at once; try again later\r\n")
                    .await;
            }
        }
    }

    fn deadline(&self, session: &Session, begun: Option<Instant>) -> Instant {
        let idle = Instant::now() + self.limits.idle;
        let most = if session.is_idle() { self.limits.line } else { self.limits.mail };
        begun.map_or(idle, |begun| idle.min(begun + most))
    }

    /// Carries out effects, and those that follow from them; whether the session goes on.
    async fn carry_out(&mut self, session: &mut Session, effects: Vec<Effect>) -> bool {
        let mut effects = VecDeque::from(effects);
        let mut words = String::new();
        while let Some(effect) = effects.pop_front() {
            match effect {
                Effect::Say(lines) => words.push_str(&lines),
                Effect::Ask(recipient) => {
                    let known = self.intake.knows(&recipient).await;
                    effects.extend(session.apply(Event::Known(known)));
                }
                Effect::Take(mail) => {
                    if !self.say(&mut words).await {
                        return false;
                    }
                    let answers = self.intake.take(incoming(mail)).await;
                    effects.extend(session.apply(Event::Answered(answers)));
                }
                Effect::Close => {
                    self.say(&mut words).await;
                    let _ = timeout(self.limits.answer, self.stream.shutdown()).await;
                    return false;
                }
            }
        }
        self.say(&mut words).await
    }

    async fn say(&mut self, words: &mut String) -> bool {
        let words = std::mem::take(words);
        if words.is_empty() {
            return true;
        }
        let said = timeout(self.limits.answer, self.stream.write_all(words.as_bytes())).await;
        matches!(said, Ok(Ok(())))
    }

    async fn last_word(&mut self, words: &str) {
        self.say(&mut words.to_string()).await;
    }
}

/// What the door calls itself. Its clients are on this machine and know where they are.
const HOST: &str = "localhost";

fn incoming(mail: Mail) -> Incoming {
    Incoming {
        sender: mail.sender,
        recipients: mail.recipients,
        message: mail.message.into(),
        alignment: None,
        carrier: Carrier::Us,
    }
}
