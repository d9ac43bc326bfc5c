//! Logging in to services by SASL, while greeting and again later.
//! What a mechanism says is in `sasl`; whether somebody else is logged in is in `hear`.

use crate::domain::time::SECOND;
use crate::irc::session::Session;
use crate::irc::session::reconnect::Cause;
use crate::irc::session::sasl::{self, Exchange, Unanswerable};
use crate::irc::words;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// How long services may take to answer, in microseconds.
pub const LOGIN_MOST: i64 = 15 * SECOND;
/// When to try again where services could not be asked.
const AGAIN_WHEN_DOWN: i64 = 60 * SECOND;

/// Whether the bot is logged in.
#[derive(Default)]
pub enum Access {
    /// It is not.
    #[default]
    Out,
    /// It is asking.
    Asking {
        /// The mechanism's state.
        exchange: Exchange,
        /// The base64 of a challenge that comes in several lines.
        challenge: String,
        /// Since when, monotonic.
        since: i64,
    },
    /// It is.
    In,
    /// It could not; the bot goes on without, and tries again.
    Failed {
        /// When, monotonic; `None`: when services come back.
        again_at: Option<i64>,
    },
}

impl Access {
    /// Whether nothing was tried yet.
    pub fn is_out(&self) -> bool {
        matches!(self, Access::Out)
    }

    /// Whether an answer is awaited.
    pub fn is_asking(&self) -> bool {
        matches!(self, Access::Asking { .. })
    }

    /// Whether it was tried in vain.
    pub fn has_failed(&self) -> bool {
        matches!(self, Access::Failed { .. })
    }

    /// Whether the bot is logged in.
    pub fn is_in(&self) -> bool {
        matches!(self, Access::In)
    }
}

impl std::fmt::Debug for Access {
    /// Without what is being said: it holds the password.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Access::Out => "Out",
            Access::Asking { .. } => "Asking",
            Access::In => "In",
            Access::Failed { .. } => "Failed",
        })
    }
}

/// Why a login failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Failure {
    /// Services know the account and said no.
    Refused,
    /// Services did not answer.
    Down,
    /// The server has no such way to log in.
    Missing,
    /// The server is not who it should be.
    Impostor,
}

impl Session {
    /// Begins to log in, where the server lets us.
    pub(super) fn begin_login(&mut self) {
        let Some(how) = &self.network.sasl else { return };
        let mechanism = sasl::name(how);
        let caps = &self.connection.caps;
        if !caps.has("sasl") || !caps.offers_sasl(mechanism) {
            let why = format!("the server has no SASL {mechanism}");
            self.login_failed(Failure::Missing, &why);
            return;
        }
        let exchange = Exchange::begin(how, self.dice.nonce());
        let (challenge, since) = (String::new(), self.now.mono);
        self.connection.access = Access::Asking { exchange, challenge, since };
        self.hand(format!("AUTHENTICATE {mechanism}"));
    }

    /// AUTHENTICATE from the server: a challenge, in lines of 400 bytes; `+` is nothing, or the
    /// end of one whose last line was full.
    pub(super) fn challenged(&mut self, chunk: &str) {
        let Access::Asking { exchange, challenge, .. } = &mut self.connection.access else {
            return;
        };
        if chunk != "+" {
            challenge.push_str(chunk);
            if challenge.len() > sasl::CHALLENGE_MOST_BYTES {
                self.give_up(Failure::Refused, "the challenge is too long");
                return;
            }
            if chunk.len() >= sasl::CHUNK_BYTES {
                return;
            }
        }
        let challenge = std::mem::take(challenge);
        let answer = STANDARD
            .decode(&challenge)
            .map_err(|_| Unanswerable::Malformed)
            .and_then(|challenge| exchange.answer(&challenge));
        match answer {
            Ok(answer) => sasl::chunks(&answer).into_iter().for_each(|line| self.hand(line)),
            Err(Unanswerable::Malformed) => {
                self.give_up(Failure::Refused, "the challenge makes no sense");
            }
            Err(Unanswerable::Impostor) => self.give_up(Failure::Impostor, IMPOSTOR),
        }
    }

    /// Tells the server that we stop trying.
    pub(super) fn give_up(&mut self, failure: Failure, why: &str) {
        self.hand("AUTHENTICATE *".to_string());
        self.login_failed(failure, why);
    }

    /// 900–908: what services say of our login.
    pub(super) fn login_numeric(&mut self, number: u16, params: &[String]) {
        let why = params.last().cloned().unwrap_or_default();
        match (number, &self.connection.access) {
            (901, Access::In) => {
                self.connection.access =
                    Access::Failed { again_at: Some(self.now.mono + AGAIN_WHEN_DOWN) };
                self.note("Services logged me out.".to_string());
            }
            (903, Access::Asking { exchange, .. }) if !exchange.is_complete() => {
                self.login_failed(Failure::Impostor, IMPOSTOR);
            }
            (903 | 907, Access::Asking { .. }) => self.logged_in(),
            (902 | 904 | 905, Access::Asking { .. }) => self.login_failed(Failure::Refused, &why),
            (906, Access::Asking { .. }) => self.login_failed(Failure::Down, &why),
            // 900 comes with 903, 908 with 904.
            _ => {}
        }
    }

    fn logged_in(&mut self) {
        self.connection.access = Access::In;
        self.reconnect.logged_in();
        self.note("Logged in.".to_string());
        if self.connection.negotiating {
            self.end_negotiation();
        } else if self.connection.ready {
            self.join_rooms();
            self.look_at_nick();
        }
    }

    /// The login failed: go on without where the configuration says so, else go away.
    pub(super) fn login_failed(&mut self, failure: Failure, why: &str) {
        let joins = self.network.join_without_login && failure != Failure::Impostor;
        let network = self.network.name.as_str().to_string();
        let text = match failure {
            Failure::Impostor => words::impostor(&network, why),
            _ => words::login_failed(&network, why, joins),
        };
        self.alert("login", text);
        if joins {
            let wait = match failure {
                Failure::Down => Some(AGAIN_WHEN_DOWN),
                Failure::Refused => Some(self.reconnect.login_refused()),
                Failure::Missing | Failure::Impostor => None,
            };
            let again_at = wait.map(|wait| self.now.mono + wait);
            self.connection.access = Access::Failed { again_at };
            self.end_negotiation();
            return;
        }
        self.hand(format!("QUIT :{}", words::NO_LOGIN));
        let cause = match failure {
            Failure::Refused | Failure::Missing => Cause::LoginRefused,
            Failure::Down => Cause::LoginDown,
            Failure::Impostor => Cause::Untrusted,
        };
        self.disconnect(cause, why);
    }
}

const IMPOSTOR: &str = "the server did not prove that it knows the password";
