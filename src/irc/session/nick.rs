//! What the bot is called: other nicks while the right one is taken, and getting it back.
//! It also carries everybody's change of nick through the channels they are in.

use crate::domain::meeting::event::What;
use crate::domain::name::Nick;
use crate::domain::time::SECOND;
use crate::irc::pacer::Rank;
use crate::irc::session::reconnect::Cause;
use crate::irc::session::{Phase, Session};
use crate::irc::wire::Line;
use crate::irc::words;

/// How long between two tries to get the nick back, in microseconds.
const REGAIN_WAIT: i64 = 60 * SECOND;
/// The same after [`REGAINS_SOON`] tries.
const REGAIN_WAIT_LATER: i64 = 600 * SECOND;
/// How many tries come soon.
const REGAINS_SOON: u32 = 10;
/// The most nicks tried on one connection.
const NICKS_MOST: usize = 24;
/// The shortest limit a network has (RFC 1459); the last resort is cut to it.
const SHORT_NICK: usize = 9;

impl Session {
    /// The next nick to try while greeting; `None` when it is time to give up.
    fn next_nick(&mut self) -> Option<String> {
        let wanted = self.network.nick.as_str();
        let mut nicks: Vec<String> = vec![wanted.to_string()];
        nicks.extend(self.network.alternates.iter().map(|nick| nick.as_str().to_string()));
        nicks.push(format!("{wanted}_"));
        nicks.extend((1..=4).map(|n| format!("{wanted}{n}")));
        let short: String = wanted.chars().take(SHORT_NICK - 3).collect();
        nicks.push(short.clone());
        let mut seen = std::collections::BTreeSet::new();
        nicks.retain(|nick| seen.insert(nick.clone()));

        self.connection.nick_tries += 1;
        let tries = self.connection.nick_tries;
        if tries >= NICKS_MOST {
            return None;
        }
        let random = self.dice.below(1000);
        Some(nicks.get(tries).cloned().unwrap_or_else(|| format!("{short}{random:03}")))
    }

    /// 043, 431–433, 435–438: the nick asked for is not to be had.
    pub(super) fn nick_refused(&mut self, number: u16, params: &[String]) {
        match self.phase {
            Phase::Registering { .. } => match self.next_nick() {
                Some(nick) => {
                    self.connection.nick = nick.clone();
                    self.hand(format!("NICK {nick}"));
                }
                None => self.disconnect(Cause::Ordinary, "no nick is free"),
            },
            // Online we keep the one we have, and the timer tries again.
            Phase::Online { .. } => {
                let why = params.last().map_or("", String::as_str);
                self.note(format!("The nick was refused ({number}): {why:?}"));
                if number == 437 && self.connection.access.is_in() {
                    let wanted = self.network.nick.as_str();
                    let line = format!("PRIVMSG NickServ :RELEASE {wanted}");
                    self.queue(Rank::Session, line);
                }
            }
            _ => {}
        }
    }

    /// Sees to it that the bot is called what it should be: at once, where it did not just try.
    pub(super) fn look_at_nick(&mut self) {
        let wanted = self.network.nick.as_str().to_string();
        if self.is_me(&wanted) || !self.connection.ready {
            self.connection.regain_at = None;
            return;
        }
        if self.connection.regain_at.is_some() {
            return;
        }
        let nick = self.connection.nick.clone();
        self.alert("nick", words::other_nick(&nick, &wanted));
        // Who takes the nick away again and again must not make us flood.
        match self.connection.regained_at.map(|at| at + REGAIN_WAIT) {
            Some(due) if due > self.now.mono => self.connection.regain_at = Some(due),
            _ => self.regain(),
        }
    }

    /// Tries to get the nick back: by services where we are logged in, every other time by hand.
    pub(super) fn regain(&mut self) {
        let wanted = self.network.nick.as_str();
        let tries = self.connection.regains;
        let by_services = self.connection.access.is_in() && tries.is_multiple_of(2);
        let line = if by_services {
            format!("PRIVMSG NickServ :REGAIN {wanted}")
        } else {
            format!("NICK {wanted}")
        };
        self.queue(Rank::Session, line);
        let wait = if tries < REGAINS_SOON { REGAIN_WAIT } else { REGAIN_WAIT_LATER };
        self.connection.regains = tries.saturating_add(1);
        self.connection.regained_at = Some(self.now.mono);
        self.connection.regain_at = Some(self.now.mono + wait);
    }

    /// Somebody who had our nick is gone: it may be free now.
    pub(super) fn nick_is_free(&mut self, nick: &str) {
        let fold = self.fold();
        let wanted = self.network.nick.as_str();
        if self.connection.regain_at.is_some() && fold.same(nick, wanted) {
            let line = format!("NICK {wanted}");
            self.queue(Rank::Session, line);
        }
    }

    /// NICK: somebody, or we, changed nick.
    pub(super) fn renamed(&mut self, line: &Line, new: &str) {
        let (fold, old) = (self.fold(), line.source.name.as_str());
        let me = self.is_me(old);
        let at = self.times(line);
        for index in 0..self.rooms.len() {
            if self.rooms[index].rename(old, new, fold) && !me {
                let (old, new) = (Nick::new(old), Nick::new(new));
                self.emit(index, at, What::Renamed { old, new });
            }
        }
        if me {
            self.connection.nick = new.to_string();
            self.look_at_nick();
        } else {
            self.nick_is_free(old);
        }
    }
}
