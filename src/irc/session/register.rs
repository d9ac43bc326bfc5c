//! The greeting: CAP, PASS, NICK, USER, until the server has said who it is.
//! It does not log in; `login` does.

use crate::domain::text::Text;
use crate::domain::time::SECOND;
use crate::irc::pacer::Rank;
use crate::irc::say;
use crate::irc::session::login::Failure;
use crate::irc::session::{Phase, Session};
use irc::proto::CapSubCommand;

/// How long the whole greeting may take, in microseconds.
pub const GREETING_MOST: i64 = 30 * SECOND;
/// How long the rest of the greeting (ISUPPORT, MOTD) may take after the welcome.
pub const MOTD_MOST: i64 = 5 * SECOND;
/// The longest real name sent, in bytes.
const REALNAME_MOST_BYTES: usize = 150;

impl Session {
    /// The first words on a new connection.
    pub(super) fn greet(&mut self) {
        self.hand("CAP LS 302".to_string());
        if let Some(password) = &self.network.server_password {
            let line = format!("PASS :{}", password.reveal());
            self.hand(line);
        }
        self.hand(format!("NICK {}", self.connection.nick));
        let letters = self.network.nick.as_str().chars().filter(char::is_ascii_alphanumeric);
        let user: String = letters.take(9).collect::<String>().to_ascii_lowercase();
        let user = if user.is_empty() { "beadle" } else { &user };
        let realname =
            say::one_line(&Text::new(self.network.realname.clone()), REALNAME_MOST_BYTES);
        self.hand(format!("USER {user} 0 * :{realname}"));
    }

    /// CAP from the server: `LS`, `LS *` (more follows), `ACK`, `NAK`, `NEW`, `DEL`.
    pub(super) fn cap(&mut self, what: CapSubCommand, one: Option<&str>, two: Option<&str>) {
        let (more, list) = match (one, two) {
            (Some("*"), Some(list)) => (true, list),
            (Some(list), _) => (false, list),
            (None, Some(list)) => (false, list),
            (None, None) => (false, ""),
        };
        match what {
            CapSubCommand::LS => {
                self.connection.caps.offer(list);
                if !more && self.connection.negotiating {
                    self.ask_for_caps();
                    self.caps_settled();
                }
            }
            CapSubCommand::ACK => {
                self.connection.caps.acknowledge(list);
                let sasl_is_back = list.split(' ').any(|name| name == "sasl");
                if sasl_is_back && self.connection.access.has_failed() {
                    self.begin_login();
                }
                self.caps_settled();
            }
            CapSubCommand::NAK => {
                for name in self.connection.caps.refuse(list) {
                    self.hand(format!("CAP REQ :{name}"));
                }
                self.caps_settled();
            }
            CapSubCommand::NEW => {
                self.connection.caps.offer(list);
                self.ask_for_caps();
            }
            CapSubCommand::DEL => self.connection.caps.withdraw(list),
            _ => {}
        }
    }

    fn ask_for_caps(&mut self) {
        if let Some(list) = self.connection.caps.ask(self.network.sasl.is_some()) {
            self.hand(format!("CAP REQ :{list}"));
        }
    }

    fn caps_settled(&mut self) {
        if !self.connection.caps.is_settled() {
            return;
        }
        if self.network.sasl.is_some() && self.connection.access.is_out() {
            self.begin_login();
        } else if !self.connection.access.is_asking() {
            self.end_negotiation();
        }
    }

    /// Tells the server that we are done with capabilities; it goes on with the welcome.
    pub(super) fn end_negotiation(&mut self) {
        if std::mem::take(&mut self.connection.negotiating) {
            self.hand("CAP END".to_string());
        }
    }

    /// 001: the server knows us; its first parameter is what we are called.
    pub(super) fn welcome(&mut self, params: &[String]) {
        if !matches!(self.phase, Phase::Registering { .. }) {
            return;
        }
        if let Some(nick) = params.first().filter(|nick| nick.as_str() != "*") {
            self.connection.nick = nick.clone();
        }
        self.connection.negotiating = false;
        self.phase = Phase::Online { since: self.now.mono, steady: false };
        self.pacer.welcome(self.now.mono);
        let dropped = self.pacer.forget_chatter(self.now.mono);
        if dropped > 0 {
            self.note(format!("{dropped} lines were too old to be said."));
        }
        let asking = self.connection.access.is_asking();
        if self.network.sasl.is_some() && (asking || self.connection.access.is_out()) {
            self.login_failed(Failure::Missing, "the server did not let me try");
        }
    }

    /// 005: `me TOKEN TOKEN … :are supported by this server`.
    pub(super) fn supports(&mut self, params: &[String]) {
        let before = self.fold();
        let tokens = params.len().saturating_sub(1);
        for token in params.iter().take(tokens).skip(1) {
            self.connection.isupport.token(token);
        }
        let fold = self.fold();
        if fold != before {
            for room in &mut self.rooms {
                let members = std::mem::take(&mut room.members);
                room.members = members.into_values().map(|it| (fold.fold(&it.nick), it)).collect();
            }
        }
    }

    /// 376, 422, or long enough after the welcome: the greeting is over.
    pub(super) fn greeted(&mut self) {
        if self.connection.ready || !matches!(self.phase, Phase::Online { .. }) {
            return;
        }
        self.connection.ready = true;
        if let Some(mode) = self.connection.isupport.bot {
            let line = format!("MODE {} +{mode}", self.connection.nick);
            self.queue(Rank::Session, line);
        }
        self.join_rooms();
        self.look_at_nick();
    }
}
