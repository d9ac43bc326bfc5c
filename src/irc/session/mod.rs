//! The session: what the bot does on one network, as a pure machine driven by a clock.
//!
//! An [`Input`] goes in with the time, [`Output`]s come out; [`Session::wake`] says when to come
//! again. Nothing here reads a clock, owns a socket, or waits. In the order of a connection:
//! [`mod@register`] greets and chooses capabilities, [`mod@login`] logs in, [`mod@channel`] joins
//! and knows who is there, [`mod@hear`] listens, [`mod@speak`] answers, [`mod@timer`] keeps time,
//! [`mod@end`] ends, and [`mod@reconnect`] decides when to begin again.

pub mod batch;
pub mod caps;
pub mod channel;
pub mod dice;
pub mod end;
pub mod guests;
pub mod hear;
pub mod isupport;
pub mod login;
pub mod nick;
pub mod recent;
pub mod reconnect;
pub mod register;
pub mod roster;
pub mod sasl;
pub mod speak;
pub mod timer;

use crate::config::IrcNetwork;
use crate::domain::name::Casemapping;
use crate::domain::time::{Moment, SECOND};
use crate::flow::hear::{Heard, Reply};
use crate::irc::ledger::Ledger;
use crate::irc::pacer::Pacer;
use crate::irc::say;
use crate::irc::session::batch::Batches;
use crate::irc::session::caps::Caps;
use crate::irc::session::dice::Dice;
use crate::irc::session::guests::Guests;
use crate::irc::session::isupport::Isupport;
use crate::irc::session::login::Access;
use crate::irc::session::recent::Recent;
use crate::irc::session::reconnect::{Cause, Reconnect};
use crate::irc::session::roster::Room;
use crate::irc::session::speak::{Alerts, Topics};
use crate::irc::wire::Line;
use irc::proto::Command;

/// The longest token of a PING that is answered, in bytes.
const PING_MOST_BYTES: usize = 400;
/// When the wall clock moves so much more or less than the monotonic one, the machine slept or
/// its clock was set: the server is asked at once whether it is still there.
const CLOCK_JUMP: i64 = 30 * SECOND;

/// The time, twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Now {
    /// What time it is: for what people read.
    pub wall: Moment,
    /// Microseconds of a clock that only goes forward: for timers.
    pub mono: i64,
}

/// What happens to a session.
#[derive(Clone, Debug)]
pub enum Input {
    /// The connection (and TLS on it) is up.
    Connected,
    /// A line came, without its end.
    Line(String),
    /// A line of so many bytes came and was too long to keep.
    TooLong(u64),
    /// The connection is gone or did not come about.
    Lost(Loss, String),
    /// Something is to be said.
    Reply(Reply),
    /// The program ends.
    Stop,
    /// Time has passed.
    Tick,
}

/// How a connection ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Loss {
    /// It did not come about: no address, no route, refused, no answer.
    Unreachable,
    /// The server's certificate cannot be trusted, or ours cannot be read.
    Untrusted,
    /// It was up and is gone.
    Closed,
}

/// What is to be done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Output {
    /// Connect.
    Connect,
    /// Send this line; its end is not there.
    Write(String),
    /// Close the connection. No `Lost` is expected for it.
    Disconnect,
    /// Something was heard.
    Heard(Heard),
    /// For the log.
    Note(String),
    /// For the log, as a warning.
    Alert(String),
    /// The session is over.
    Finished,
}

/// Where the connection is in its life.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    Idle { connect_at: i64 },
    Connecting,
    Registering { since: i64 },
    Online { since: i64, steady: bool },
    Stopping { until: i64 },
    Stopped,
}

/// What is known of the present connection, and void with it.
#[derive(Debug)]
struct Connection {
    caps: Caps,
    isupport: Isupport,
    access: Access,
    nick: String,
    /// `user@host` as others see it, once known.
    userhost: Option<String>,
    nick_tries: usize,
    /// CAP negotiation is on: the server waits for CAP END.
    negotiating: bool,
    /// The greeting is over and channels may be joined.
    ready: bool,
    heard: Now,
    seen_line: bool,
    pinged: Option<i64>,
    /// The clock jumped: the server has this long to answer.
    suspect: bool,
    /// What the server said was wrong before it closed.
    last_words: Option<(Cause, String)>,
    closes_at: Option<i64>,
    regain_at: Option<i64>,
    regained_at: Option<i64>,
    regains: u32,
    next_lapse: Option<i64>,
    batches: Batches,
    topics: Topics,
}

impl Connection {
    fn new(nick: String, now: Now) -> Connection {
        Connection {
            caps: Caps::default(),
            isupport: Isupport::default(),
            access: Access::default(),
            nick,
            userhost: None,
            nick_tries: 0,
            negotiating: true,
            ready: false,
            heard: now,
            seen_line: false,
            pinged: None,
            suspect: false,
            last_words: None,
            closes_at: None,
            regain_at: None,
            regained_at: None,
            regains: 0,
            next_lapse: None,
            batches: Batches::default(),
            topics: Topics::default(),
        }
    }
}

/// One network.
#[derive(Debug)]
pub struct Session {
    network: IrcNetwork,
    phase: Phase,
    connection: Connection,
    rooms: Vec<Room>,
    pacer: Pacer,
    ledger: Ledger,
    reconnect: Reconnect,
    dice: Dice,
    alerts: Alerts,
    recent: Recent,
    guests: Guests,
    now: Now,
    out: Vec<Output>,
}

impl Session {
    /// A session before its first [`Input::Tick`], which connects. `seed` must be unpredictable.
    pub fn new(network: IrcNetwork, seed: &[u8; 32], now: Now) -> Session {
        let mut rooms: Vec<Room> = Vec::new();
        for channel in &network.channels {
            if !rooms.iter().any(|room| room.channel == *channel) {
                rooms.push(Room::new(channel.clone()));
            }
        }
        Session {
            phase: Phase::Idle { connect_at: now.mono },
            connection: Connection::new(network.nick.as_str().to_string(), now),
            rooms,
            pacer: Pacer::new(network.burst_lines, network.interval_millis),
            ledger: Ledger::default(),
            reconnect: Reconnect::default(),
            dice: Dice::new(seed),
            alerts: Alerts::default(),
            recent: Recent::default(),
            guests: Guests::default(),
            now,
            out: Vec::new(),
            network,
        }
    }

    /// Takes in what happened and says what is to be done.
    pub fn apply(&mut self, now: Now, input: Input) -> Vec<Output> {
        self.read_clock(now);
        match input {
            Input::Connected => self.connected(),
            Input::Line(text) => self.line(&text),
            Input::TooLong(bytes) => self.too_long(bytes),
            Input::Lost(loss, why) => self.lost(loss, &why),
            Input::Reply(reply) => self.reply(reply),
            Input::Stop => self.stop(),
            Input::Tick => {}
        }
        self.keep_time();
        self.speak();
        std::mem::take(&mut self.out)
    }

    fn read_clock(&mut self, now: Now) {
        let mono = now.mono.max(self.now.mono);
        let drift = now.wall.since(self.now.wall) - (mono - self.now.mono);
        self.now = Now { wall: now.wall, mono };
        if drift.abs() > CLOCK_JUMP && matches!(self.phase, Phase::Online { .. }) {
            self.note(format!("The clock jumped by {} s.", drift / SECOND));
            self.connection.suspect = true;
            self.ping();
        }
    }

    fn connected(&mut self) {
        if self.phase != Phase::Connecting {
            return;
        }
        self.phase = Phase::Registering { since: self.now.mono };
        self.connection = Connection::new(self.network.nick.as_str().to_string(), self.now);
        self.greet();
    }

    fn too_long(&mut self, bytes: u64) {
        self.received();
        self.note(format!("A line of {bytes} bytes was dropped."));
    }

    fn received(&mut self) {
        self.connection.heard = self.now;
        self.connection.pinged = None;
        self.connection.suspect = false;
        self.connection.seen_line = true;
    }

    fn line(&mut self, text: &str) {
        if !self.is_up() {
            return;
        }
        self.received();
        let Some(line) = Line::read(text) else {
            self.note(format!("Not a line of IRC: {text:?}"));
            return;
        };
        if let Some((number, params)) = line.numeric() {
            self.numeric(number, params);
            return;
        }
        match &line.command {
            Command::PING(token, _) => self.pong(token),
            Command::PONG(first, second) => {
                let token = second.as_ref().unwrap_or(first).clone();
                self.fence_answered(&token);
            }
            Command::ERROR(why) => self.server_error(why),
            Command::KILL(nick, why) => self.killed(&line, nick, why),
            Command::CAP(_, what, one, two) => {
                self.cap(*what, one.as_deref(), two.as_deref());
            }
            Command::AUTHENTICATE(challenge) => self.challenged(challenge),
            Command::NICK(new) => self.renamed(&line, new),
            Command::JOIN(channel, account, _) => self.joined(&line, channel, account.as_deref()),
            Command::PART(channel, why) => self.parted(&line, channel, why.as_deref()),
            Command::KICK(channel, nick, why) => self.kicked(&line, channel, nick, why.as_deref()),
            Command::QUIT(why) => self.quit(&line, why.as_deref()),
            Command::TOPIC(channel, topic) => self.topic_set(&line, channel, topic.as_deref()),
            Command::INVITE(nick, channel) => self.invited(nick, channel),
            Command::ACCOUNT(account) => self.account(&line, account),
            Command::CHGHOST(user, host) => self.host_changed(&line, user, host),
            Command::BATCH(reference, kind, _) => self.batch(reference, kind.as_ref()),
            Command::PRIVMSG(target, text) => self.message(&line, target, text, false),
            Command::NOTICE(target, text) => self.message(&line, target, text, true),
            Command::Raw(word, params) if word == "MODE" => self.mode(params),
            // ACK of nothing we asked for, MOTD lines, WALLOPS and the like: nothing to do.
            _ => {}
        }
    }

    /// Each numeric belongs to one part of the session; it is passed to the one that knows it.
    fn numeric(&mut self, number: u16, params: &[String]) {
        match number {
            1 => self.welcome(params),
            5 => self.supports(params),
            43 | 431..=433 | 435 | 436 | 438 => self.nick_refused(number, params),
            437 if params.get(1).is_some_and(|it| self.connection.isupport.is_channel(it)) => {
                match self.room(&params[1]).is_some_and(|room| room.is_inside()) {
                    true => self.topic_delayed(&params[1].clone()),
                    false => self.join_refused(number, params),
                }
            }
            437 => self.nick_refused(number, params),
            376 | 422 => self.greeted(),
            396 => self.host_hidden(params),
            331 | 332 => self.topic_is(number, params),
            353 => self.names(params),
            366 => self.names_end(params),
            354 => self.who(params),
            315 => self.who_end(params),
            403 | 405 | 471 | 473..=477 | 479 | 480 | 489 => self.join_refused(number, params),
            404 | 415 => self.words_refused(params),
            465 => self.server_error_of(Cause::Banned, params.last().map_or("", String::as_str)),
            470 => self.forwarded(params),
            482 => self.topic_refused(params),
            900..=908 => self.login_numeric(number, params),
            _ => {}
        }
    }

    fn pong(&mut self, token: &str) {
        let mut token = token;
        while token.len() > PING_MOST_BYTES {
            token = &token[..token.floor_char_boundary(PING_MOST_BYTES)];
        }
        self.hand(format!("PONG :{token}"));
    }

    fn ping(&mut self) {
        if self.connection.pinged.is_none() && self.is_up() {
            self.connection.pinged = Some(self.now.mono);
            self.hand("PING :still-there".to_string());
        }
    }

    /// Sends a line at once: PONG, the handshake, and what cannot wait. It is counted all the same.
    fn hand(&mut self, line: String) {
        self.pacer.charge(self.now.mono);
        self.out.push(Output::Write(say::on_the_wire(line)));
    }

    fn note(&mut self, text: String) {
        self.out.push(Output::Note(text));
    }

    fn is_up(&self) -> bool {
        matches!(
            self.phase,
            Phase::Registering { .. } | Phase::Online { .. } | Phase::Stopping { .. }
        )
    }

    fn is_me(&self, nick: &str) -> bool {
        self.fold().same(nick, &self.connection.nick)
    }

    fn fold(&self) -> Casemapping {
        self.connection.isupport.casemapping
    }

    /// The room of this name, where it is one the bot is meant to be in.
    fn room(&mut self, channel: &str) -> Option<&mut Room> {
        let fold = self.fold();
        self.rooms.iter_mut().find(|room| fold.same(room.channel.as_str(), channel))
    }
}
