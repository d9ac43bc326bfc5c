//! The timers: one table of what is due when, and what happens then.
//! It reads no clock; the session is told the time.

use crate::domain::time::SECOND;
use crate::irc::session::channel::{JOIN_AGAIN, JOIN_MOST};
use crate::irc::session::login::{Access, Failure, LOGIN_MOST};
use crate::irc::session::reconnect::{Cause, STEADY};
use crate::irc::session::register::{GREETING_MOST, MOTD_MOST};
use crate::irc::session::roster::Presence;
use crate::irc::session::{Output, Phase, Session};

/// After so much silence the server is asked whether it is there, in microseconds.
const QUIET: i64 = 60 * SECOND;
/// After so much silence it is not.
const DEAD: i64 = 120 * SECOND;
/// However late we noticed the silence (the machine may have slept), the server has this long to
/// answer.
const ANSWER_LEAST: i64 = 10 * SECOND;
/// And this long when only the clock makes us doubt.
const ANSWER_SUSPECT: i64 = 20 * SECOND;
/// The most timers handled in one go; what is left is due at once again.
const TIMERS_AT_ONCE: usize = 100;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Timer {
    Connect,
    Greeting,
    Login,
    LoginAgain,
    Motd,
    Steady,
    Quiet,
    Dead,
    Closing,
    Room(usize),
    Lapse,
    Regain,
    Stop,
}

impl Session {
    /// When to come again with [`crate::irc::session::Input::Tick`], monotonic.
    pub fn wake(&self) -> Option<i64> {
        self.timers().into_iter().map(|(due, _)| due).chain(self.speak_at()).min()
    }

    /// Does what is due.
    pub(super) fn keep_time(&mut self) {
        for _ in 0..TIMERS_AT_ONCE {
            let first = self.timers().into_iter().min_by_key(|(due, _)| *due);
            match first {
                Some((due, timer)) if due <= self.now.mono => self.fire(timer),
                _ => return,
            }
        }
    }

    fn timers(&self) -> Vec<(i64, Timer)> {
        let connection = &self.connection;
        let mut timers = Vec::with_capacity(8);
        let mut add = |due: Option<i64>, timer| timers.extend(due.map(|due| (due, timer)));
        match self.phase {
            Phase::Idle { connect_at } => add(Some(connect_at), Timer::Connect),
            Phase::Registering { since } => add(Some(since + GREETING_MOST), Timer::Greeting),
            Phase::Online { since, steady } => {
                add((!steady).then_some(since + STEADY), Timer::Steady);
                add((!connection.ready).then_some(since + MOTD_MOST), Timer::Motd);
                self.liveness(&mut add);
                add(connection.next_lapse, Timer::Lapse);
                add(connection.regain_at, Timer::Regain);
                if connection.ready {
                    for (index, room) in self.rooms.iter().enumerate() {
                        add(room_due(&room.presence), Timer::Room(index));
                    }
                }
            }
            Phase::Stopping { until } => add(Some(until), Timer::Stop),
            Phase::Connecting | Phase::Stopped => {}
        }
        if matches!(self.phase, Phase::Registering { .. } | Phase::Online { .. }) {
            add(connection.closes_at, Timer::Closing);
            match &connection.access {
                Access::Asking { since, .. } => add(Some(since + LOGIN_MOST), Timer::Login),
                Access::Failed { again_at } => add(*again_at, Timer::LoginAgain),
                Access::Out | Access::In => {}
            }
        }
        timers
    }

    fn liveness(&self, add: &mut impl FnMut(Option<i64>, Timer)) {
        let connection = &self.connection;
        match connection.pinged {
            None => add(Some(connection.heard.mono + QUIET), Timer::Quiet),
            Some(pinged) if connection.suspect => add(Some(pinged + ANSWER_SUSPECT), Timer::Dead),
            Some(pinged) => {
                let dead = (connection.heard.mono + DEAD).max(pinged + ANSWER_LEAST);
                add(Some(dead), Timer::Dead);
            }
        }
    }

    fn fire(&mut self, timer: Timer) {
        let now = self.now.mono;
        match timer {
            Timer::Connect => {
                self.phase = Phase::Connecting;
                self.reconnect.connecting(now);
                self.out.push(Output::Connect);
            }
            Timer::Greeting => self.disconnect(Cause::Ordinary, "no welcome within 30 s"),
            Timer::Login => self.give_up(Failure::Down, "services did not answer within 15 s"),
            Timer::LoginAgain => {
                self.connection.access = Access::Failed { again_at: None };
                self.begin_login();
            }
            Timer::Motd => self.greeted(),
            Timer::Steady => {
                if let Phase::Online { steady, .. } = &mut self.phase {
                    *steady = true;
                }
                self.reconnect.steady();
                self.flush_alerts();
            }
            Timer::Quiet => self.ping(),
            Timer::Dead => self.disconnect(Cause::Ordinary, "the server fell silent"),
            Timer::Closing => {
                let words = self.connection.last_words.take();
                let (cause, why) = words.unwrap_or((Cause::Ordinary, String::new()));
                self.disconnect(cause, &why);
            }
            Timer::Room(index) => self.room_is_due(index),
            Timer::Lapse => self.lapse(),
            Timer::Regain => self.regain(),
            Timer::Stop => self.finish(),
        }
    }

    fn room_is_due(&mut self, index: usize) {
        let now = self.now.mono;
        match &self.rooms[index].presence {
            Presence::Out { .. } => self.join_rooms(),
            Presence::Joining { .. } => {
                let room = &mut self.rooms[index];
                room.presence = Presence::Out { again_at: Some(now + JOIN_AGAIN) };
                let channel = room.channel.as_str().to_string();
                self.note(format!("No answer to JOIN {channel} within 20 s."));
            }
            Presence::Entering(_) => self.back(index),
            Presence::In => {}
        }
    }
}

fn room_due(presence: &Presence) -> Option<i64> {
    match presence {
        Presence::Out { again_at } => Some(again_at.unwrap_or(i64::MIN)),
        Presence::Joining { since } => Some(since + JOIN_MOST),
        Presence::Entering(entering) => Some(entering.since + JOIN_MOST),
        Presence::In => None,
    }
}
