//! The IRC door: one network, joined for as long as the program runs.
//!
//! [`run`] owns the socket and the clock and decides nothing: [`session`] says what to do, and
//! [`mod@frame`], [`mod@wire`], [`mod@say`], [`mod@pacer`] and [`mod@ledger`] are its tools. It
//! knows nothing of meetings.

pub mod connect;
#[cfg(test)]
mod dialog;
pub mod frame;
pub mod ledger;
pub mod link;
pub mod pacer;
pub mod say;
pub mod session;
#[cfg(test)]
mod socket_test;
pub mod wire;
pub mod words;

use crate::config::IrcNetwork;
use crate::flow::hear::{Heard, Reply, Sound};
use crate::irc::connect::{Duplex, Failed};
use crate::irc::frame::Framed;
use crate::irc::link::Link;
use crate::irc::session::{Input, Loss, Now, Output, Session};
use crate::metrics;
use ring::rand::SecureRandom;
use std::collections::VecDeque;
use std::pin::Pin;
use std::time::Duration;
use tokio::sync::mpsc::{Receiver, Sender};
use tokio::time::{Instant, sleep_until, timeout};
use tokio_util::sync::CancellationToken;

/// When so many things heard wait to be taken, no more are read from the network.
const HEARD_MOST: usize = 1024;
/// How long closing a connection, and handing over what was heard last, may take each.
const CLOSE_MOST: Duration = Duration::from_millis(500);

/// How often the flow is told that the network is still heard, so that after a crash the log states
/// no longer a gap than there was.
const ALIVE_EVERY: Duration = Duration::from_secs(10);

type Connecting = Pin<Box<dyn Future<Output = Result<Box<dyn Duplex>, Failed>> + Send>>;

/// Connects and stays connected until `stop`; hands on what it hears and says what it is asked.
/// Ends within 3 s after `stop`, having said QUIT.
///
/// While `heard` is not taken, nothing is read from the network: memory stays bounded.
pub async fn run(
    network: IrcNetwork,
    heard: Sender<Heard>,
    mut replies: Receiver<Reply>,
    stop: CancellationToken,
) {
    // Our own: this network may end without the others.
    let stop = stop.child_token();
    let started = Instant::now();
    let mut door = Door::new(network, started);
    let (mut stopping, mut replies_end) = (false, false);
    door.take_in(Input::Tick);
    while !door.finished {
        if let Some(link) = door.closing.take() {
            link.close(CLOSE_MOST).await;
        }
        let wake = door.session.wake().map(|mono| started + micros(mono));
        let room = door.heard.len() < HEARD_MOST;
        let mut lines = Vec::new();
        tokio::select! {
            () = stop.cancelled(), if !stopping => {
                stopping = true;
                door.take_in(Input::Stop);
            }
            permit = heard.reserve(), if !door.heard.is_empty() => match permit {
                Ok(permit) => {
                    if let Some(it) = door.heard.pop_front() {
                        permit.send(it);
                    }
                }
                // Nobody listens any more, so nobody can answer.
                Err(_) => {
                    door.heard.clear();
                    stop.cancel();
                }
            },
            connected = connected(&mut door.connecting) => door.connected(connected),
            turned = turn(&mut door.link, room, &mut lines) => door.turned(turned, lines),
            reply = replies.recv(), if !replies_end => match reply {
                Some(reply) => door.take_in(Input::Reply(reply)),
                None => replies_end = true,
            },
            () = sleep_until(wake.unwrap_or(started)), if wake.is_some() => {
                door.take_in(Input::Tick);
            }
        }
    }
    let last = async {
        for it in std::mem::take(&mut door.heard) {
            if heard.send(it).await.is_err() {
                break;
            }
        }
    };
    let _ = timeout(CLOSE_MOST, last).await;
    if let Some(link) = door.closing.take() {
        link.close(CLOSE_MOST).await;
    }
}

/// The session and what belongs to its connection.
struct Door {
    network: IrcNetwork,
    started: Instant,
    session: Session,
    connecting: Option<Connecting>,
    link: Option<Link>,
    closing: Option<Link>,
    heard: VecDeque<Heard>,
    told_alive: Instant,
    finished: bool,
}

impl Door {
    fn new(network: IrcNetwork, started: Instant) -> Door {
        let mut seed = [0; 32];
        ring::rand::SystemRandom::new()
            .fill(&mut seed)
            .expect("a system without randomness cannot make TLS connections either");
        let now = Now { wall: crate::clock::now(), mono: 0 };
        Door {
            session: Session::new(network.clone(), &seed, now),
            network,
            started,
            connecting: None,
            link: None,
            closing: None,
            heard: VecDeque::new(),
            told_alive: started,
            finished: false,
        }
    }

    fn take_in(&mut self, input: Input) {
        let mono = i64::try_from(self.started.elapsed().as_micros()).unwrap_or(i64::MAX);
        let now = Now { wall: crate::clock::now(), mono };
        for output in self.session.apply(now, input) {
            self.carry_out(output);
        }
    }

    fn carry_out(&mut self, output: Output) {
        let network = self.network.name.as_str();
        match output {
            Output::Connect => {
                self.connecting = Some(Box::pin(connect::connect(self.network.clone())));
            }
            Output::Write(line) => {
                tracing::trace!(network, line = ?without_secrets(&line), "said");
                if let Some(link) = &mut self.link {
                    link.write(&line);
                }
            }
            Output::Disconnect => {
                self.connecting = None;
                self.closing = self.link.take();
                metrics::irc(network, |irc| irc.is_connected = false);
            }
            Output::Heard(heard) => self.heard.push_back(heard),
            Output::Note(text) => tracing::info!(network, "{text:?}"),
            Output::Alert(text) => tracing::warn!(network, "{text:?}"),
            Output::Finished => self.finished = true,
        }
    }

    fn connected(&mut self, connected: Result<Box<dyn Duplex>, Failed>) {
        self.connecting = None;
        match connected {
            Ok(stream) => {
                self.link = Some(Link::new(stream));
                metrics::irc(self.network.name.as_str(), |irc| {
                    irc.is_connected = true;
                    irc.connects += 1;
                });
                self.take_in(Input::Connected);
            }
            Err(Failed { loss, why }) => self.take_in(Input::Lost(loss, why)),
        }
    }

    fn turned(&mut self, turned: Result<(), String>, lines: Vec<Framed>) {
        if !lines.is_empty() && self.told_alive.elapsed() >= ALIVE_EVERY {
            self.told_alive = Instant::now();
            let (now, sound) = (crate::clock::now(), Sound::Alive(self.session.heard_channels()));
            self.heard.push_back(Heard { at: now, heard_at: now, sound });
        }
        let count = lines.len() as u64;
        metrics::irc(self.network.name.as_str(), |irc| irc.lines += count);
        for framed in lines {
            // A line may end the connection; what follows it in the same bytes is void.
            if self.link.is_none() {
                return;
            }
            self.take_in(match framed {
                Framed::Line(line) => {
                    tracing::trace!(network = self.network.name.as_str(), ?line, "read");
                    Input::Line(line)
                }
                Framed::TooLong(bytes) => Input::TooLong(bytes),
            });
        }
        if let Err(why) = turned {
            self.link = None;
            metrics::irc(self.network.name.as_str(), |irc| irc.is_connected = false);
            self.take_in(Input::Lost(Loss::Closed, why));
        }
    }
}

async fn connected(connecting: &mut Option<Connecting>) -> Result<Box<dyn Duplex>, Failed> {
    match connecting {
        Some(connecting) => connecting.await,
        None => std::future::pending().await,
    }
}

async fn turn(
    link: &mut Option<Link>,
    may_read: bool,
    lines: &mut Vec<Framed>,
) -> Result<(), String> {
    match link {
        Some(link) => link.turn(may_read, lines).await,
        None => std::future::pending().await,
    }
}

/// The line as a trace may show it.
fn without_secrets(line: &str) -> &str {
    let secret = ["PASS", "AUTHENTICATE", "PRIVMSG NickServ"];
    secret.into_iter().find(|word| line.starts_with(word)).unwrap_or(line)
}

fn micros(mono: i64) -> Duration {
    Duration::from_micros(u64::try_from(mono).unwrap_or(0))
}
