//! The network: who is connected, who is where, and what each event makes every client read.
//!
//! An [`Event`] goes in, [`Effect`]s come out; the time is an argument. Nothing here knows sockets.
//! The server is one process that plays two servers of a network, the hub and the leaf, so that
//! they can split; everybody is on the hub until a split moves them.

mod cap;
mod channel;
mod client;
mod fault;
mod join;
mod mode;
mod names;
mod nick;
mod out;
mod own_mode;
mod query;
mod register;
mod sasl;
mod scram;
mod services;
mod split;
mod talk;

use crate::demo::fault::{Fault, Impossible, Outage};
use crate::demo::options::{Cap, Options};
use crate::demo::wire::{Body, Message};
use crate::domain::time::{Moment, SECOND};
use channel::Channel;
use client::Client;
use std::collections::{BTreeMap, BTreeSet};

/// A connection, by the number the server gave it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Id(pub u64);

/// Which side of a split: the hub's (0) or the leaf's (1).
type Side = u8;

/// The most channels one client may be in (ISUPPORT `CHANLIMIT`).
const CHANNELS_PER_CLIENT: usize = 50;
/// The most entries of a ban or quiet list (ISUPPORT `MAXLIST`).
const MASKS_PER_LIST: usize = 60;
/// The most open invitations of a channel.
const INVITES_PER_CHANNEL: usize = 64;
/// The longest channel name, in bytes (ISUPPORT `CHANNELLEN`).
const CHANNEL_BYTES: usize = 50;
/// The longest topic, in bytes (ISUPPORT `TOPICLEN`).
const TOPIC_BYTES: usize = 390;
/// The longest away message and reason, in bytes (ISUPPORT `AWAYLEN`, `KICKLEN`).
const REASON_BYTES: usize = 200;
/// The most targets of one command (ISUPPORT `TARGMAX`).
const TARGETS: usize = 4;
/// The most mode changes with a parameter in one MODE (ISUPPORT `MODES`).
const MODES: usize = 4;

/// What happens to the server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// Somebody connected from that host.
    Connected(Id, String),
    /// A client sent a line.
    Line(Id, Vec<u8>),
    /// A client sent a line whose tags were too long.
    TooLong(Id),
    /// A connection is gone, or must go for that reason.
    Gone(Id, String),
    /// Time passed.
    Tick,
}

/// What the server must do, all on one connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Effect {
    /// Send these bytes.
    Send(Id, Vec<u8>),
    /// Send what is waiting, then close.
    Close(Id),
    /// Close with a reset.
    Abort(Id),
    /// Close the sending direction only.
    HalfClose(Id),
    /// Open or close its two directions.
    Valve(Id, Valve),
    /// The client is registered: its flood budget begins anew.
    Registered(Id),
    /// The client said something: its time of grace is over.
    Spoke(Id),
}

/// Which directions of a connection flow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Valve {
    /// Whether the server reads.
    pub reads: bool,
    /// Whether the server writes.
    pub writes: bool,
}

impl Valve {
    /// Both directions flow.
    pub const OPEN: Valve = Valve { reads: true, writes: true };
    /// Nothing is read.
    pub const STALLED: Valve = Valve { reads: false, writes: true };
    /// Nothing is read and nothing written.
    pub const SILENT: Valve = Valve { reads: false, writes: false };
}

/// The whole network.
#[derive(Debug)]
pub struct State {
    options: Options,
    offered: Option<BTreeSet<Cap>>,
    clients: BTreeMap<Id, Client>,
    nicks: BTreeMap<(Side, String), Id>,
    channels: BTreeMap<String, Channel>,
    outage: Option<Outage>,
    kline_users: BTreeSet<String>,
    skew: i64,
    started_at: Moment,
    now: Moment,
    seed: [u8; 16],
    counter: u64,
    out: Vec<Effect>,
}

impl State {
    /// A network with these options, started now. The seed makes its message ids and nonces
    /// different from those of other runs.
    pub fn new(options: Options, seed: [u8; 16], now: Moment) -> State {
        let services = !options.accounts.is_empty();
        let there = |cap: &Cap| *cap != Cap::Sasl || services;
        let mut state = State {
            offered: options.caps.as_ref().map(|caps| caps.iter().copied().filter(there).collect()),
            options,
            clients: BTreeMap::new(),
            nicks: BTreeMap::new(),
            channels: BTreeMap::new(),
            outage: None,
            kline_users: BTreeSet::new(),
            skew: 0,
            started_at: now,
            now,
            seed,
            counter: 0,
            out: Vec::new(),
        };
        for registered in state.options.channels.clone() {
            let channel = Channel::registered(&registered, state.server_mask(), now);
            state.channels.insert(state.fold(&registered.name), channel);
        }
        state
    }

    /// Takes in one event and says what is to be done.
    pub fn apply(&mut self, now: Moment, event: Event) -> Vec<Effect> {
        self.now = now;
        match event {
            Event::Connected(id, host) => {
                self.clients.insert(id, Client::new(id, host, now));
            }
            Event::Line(id, line) => self.line(id, &line),
            Event::TooLong(id) => {
                self.numeric(id, 417, |body| body.text("Input line was too long"));
            }
            Event::Gone(id, reason) => self.exit(id, reason.as_bytes()),
            Event::Tick => self.tick(),
        }
        std::mem::take(&mut self.out)
    }

    /// Lets something go wrong. What concerns only the door and connections to come is nothing here.
    pub fn inject(&mut self, now: Moment, fault: &Fault) -> Result<Vec<Effect>, Impossible> {
        self.now = now;
        let done = self.fault(fault);
        let out = std::mem::take(&mut self.out);
        done.map(|()| out)
    }

    /// The nicks of the registered clients, in the order in which they connected.
    pub fn nicks(&self) -> Vec<String> {
        let registered = self.clients.values().filter(|client| client.registered_at.is_some());
        registered.filter_map(|client| client.nick.clone()).collect()
    }

    fn line(&mut self, id: Id, line: &[u8]) {
        let Some(client) = self.clients.get_mut(&id) else { return };
        client.heard_at = self.now;
        client.pinged_at = None;
        let Some(message) = Message::parse(line) else { return };
        let registered = client.registered_at.is_some();
        let known = match message.command.as_str() {
            "CAP" | "AUTHENTICATE" if self.offered.is_none() => false,
            "CAP" | "AUTHENTICATE" | "NICK" | "USER" | "PASS" | "QUIT" | "PONG" | "PING" => {
                self.early(id, &message)
            }
            _ if !registered => {
                self.numeric(id, 451, |body| body.text("You have not registered"));
                true
            }
            _ => self.command(id, &message),
        };
        if !known {
            let command = message.command.clone();
            self.numeric(id, 421, |body| body.word(command).text("Unknown command"));
        }
    }

    /// The commands that may come before registration.
    fn early(&mut self, id: Id, message: &Message) -> bool {
        match message.command.as_str() {
            "CAP" => self.cap(id, message),
            "AUTHENTICATE" => self.authenticate(id, message),
            "NICK" => self.nick(id, message),
            "USER" => self.user(id, message),
            "PASS" => self.pass(id, message),
            "QUIT" => {
                let reason = [b"Quit: ", cut(message.param(0), REASON_BYTES)].concat();
                self.exit(id, &reason);
            }
            "PING" => self.ping(id, message),
            _ => {} // PONG: that it was heard is all it says.
        }
        true
    }

    /// The commands of registered clients; false for an unknown one.
    fn command(&mut self, id: Id, message: &Message) -> bool {
        match message.command.as_str() {
            "PRIVMSG" | "NOTICE" | "TAGMSG" => self.talk(id, message),
            "JOIN" => self.join(id, message),
            "PART" => self.part(id, message),
            "KICK" => self.kick(id, message),
            "INVITE" => self.invite(id, message),
            "TOPIC" => self.topic(id, message),
            "NAMES" => self.names(id, message),
            "LIST" => self.list(id),
            "MODE" => self.mode(id, message),
            "WHO" => self.who(id, message),
            "WHOIS" => self.whois(id, message),
            "WHOWAS" => self.whowas(id, message),
            "USERHOST" => self.userhost(id, message),
            "ISON" => self.ison(id, message),
            "AWAY" => self.away(id, message),
            "MOTD" => self.motd(id),
            "LUSERS" => self.lusers(id),
            "VERSION" => self.version(id),
            "TIME" => self.time(id),
            "NS" | "NICKSERV" => self.nickserv_alias(id, message),
            "KILL" | "WALLOPS" | "REHASH" | "DIE" | "RESTART" => {
                self.numeric(id, 481, |body| {
                    body.text("Permission Denied - You're not an IRC operator")
                });
            }
            "OPER" => {
                self.numeric(id, 491, |body| body.text("No operators are known to this server"));
            }
            _ => return false,
        }
        true
    }

    fn ping(&mut self, id: Id, message: &Message) {
        if message.param(0).is_empty() {
            return self.numeric(id, 409, |body| body.text("No origin specified"));
        }
        let body = Body::new("PONG").word(&self.options.server_name).text(message.param(0));
        self.tell(id, body);
    }

    fn tick(&mut self) {
        let registration = i64::from(self.options.registration_seconds) * SECOND;
        let ping = i64::from(self.options.ping_seconds) * SECOND;
        let now = self.now;
        let due: Vec<Id> = self.clients.keys().copied().collect();
        for id in due {
            let Some(client) = self.clients.get_mut(&id) else { continue };
            if client.registered_at.is_none() {
                if now.since(client.connected_at) >= registration {
                    self.exit(id, b"Connection timed out");
                }
            } else if let Some(pinged_at) = client.pinged_at {
                if now.since(pinged_at) >= ping {
                    let seconds = now.since(client.heard_at) / SECOND;
                    self.exit(id, format!("Ping timeout: {seconds} seconds").as_bytes());
                }
            } else if now.since(client.heard_at) >= ping {
                client.pinged_at = Some(now);
                let ping = Body::new("PING").text(&self.options.server_name);
                self.send_bare(id, &ping);
            }
        }
    }

    fn fold(&self, name: &str) -> String {
        self.options.casemapping.fold(name)
    }

    fn server_mask(&self) -> Vec<u8> {
        self.options.server_name.clone().into_bytes()
    }

    /// The client of that nick, on that side.
    fn find(&self, side: Side, nick: &str) -> Option<Id> {
        self.nicks.get(&(side, self.fold(nick))).copied()
    }

    /// The registered client of that nick whom this client can see.
    fn find_for(&self, id: Id, nick: &str) -> Option<Id> {
        let found = self.find(self.clients.get(&id)?.side, nick)?;
        self.clients.get(&found)?.registered_at.map(|_| found)
    }

    /// The next of the numbers that never come twice.
    fn next(&mut self) -> u64 {
        self.counter += 1;
        self.counter
    }

    /// The time as this server tells it.
    fn told_now(&self) -> Moment {
        self.now.plus(self.skew)
    }
}

/// At most that many bytes from the start.
fn cut(bytes: &[u8], most: usize) -> &[u8] {
    &bytes[..bytes.len().min(most)]
}

#[cfg(test)]
mod tests;
