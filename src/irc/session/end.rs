//! How a connection ends: what the server says before, what is done at once, and the goodbye.
//! When the next one begins is in `reconnect`.

use crate::domain::time::SECOND;
use crate::irc::session::reconnect::{Cause, cause_of};
use crate::irc::session::{Loss, Output, Phase, Session};
use crate::irc::wire::Line;
use crate::irc::words;

/// How long a server may take to close the connection after it said ERROR, in microseconds.
const ERROR_WAIT: i64 = 5 * SECOND;
/// How long a server may take to close the connection after QUIT.
const QUIT_WAIT: i64 = SECOND;

impl Session {
    pub(super) fn server_error(&mut self, why: &str) {
        self.server_error_of(cause_of(why), why);
    }

    /// The server says why it will close: 465 or ERROR. The first that says more than "closing"
    /// counts.
    pub(super) fn server_error_of(&mut self, cause: Cause, why: &str) {
        self.note(format!("The server says: {why:?}"));
        let known =
            self.connection.last_words.as_ref().is_some_and(|(it, _)| *it != Cause::Ordinary);
        if !known {
            self.connection.last_words = Some((cause, why.to_string()));
        }
        self.connection.closes_at.get_or_insert(self.now.mono + ERROR_WAIT);
    }

    pub(super) fn killed(&mut self, line: &Line, nick: &str, why: &str) {
        if self.is_me(nick) {
            let text = words::killed(&line.source.name, why);
            self.alert("killed", text);
        }
    }

    pub(super) fn lost(&mut self, loss: Loss, why: &str) {
        match self.phase {
            Phase::Stopping { .. } => self.finish(),
            Phase::Idle { .. } | Phase::Stopped => {}
            Phase::Connecting | Phase::Registering { .. } | Phase::Online { .. } => {
                if loss == Loss::Untrusted {
                    let text = words::untrusted(self.network.name.as_str(), why);
                    self.alert("untrusted", text);
                }
                let silent = loss == Loss::Closed && !self.connection.seen_line;
                let (cause, why) = match (loss, self.connection.last_words.take()) {
                    (Loss::Untrusted, _) => (Cause::Untrusted, why.to_string()),
                    (_, Some((cause, words))) => (cause, words),
                    // Let in and put out without a word: some servers throttle like that.
                    _ if silent => (Cause::Throttled, why.to_string()),
                    _ => (Cause::Ordinary, why.to_string()),
                };
                self.begin_again(cause, &why);
            }
        }
    }

    /// Closes the connection from our side.
    pub(super) fn disconnect(&mut self, cause: Cause, why: &str) {
        if matches!(self.phase, Phase::Stopping { .. }) {
            return self.finish();
        }
        self.out.push(Output::Disconnect);
        self.begin_again(cause, why);
    }

    pub(super) fn begin_again(&mut self, cause: Cause, why: &str) {
        let heard_at = self.connection.heard.wall;
        for room in &mut self.rooms {
            room.left(heard_at, None);
        }
        self.pacer.lost();
        let unknown = self.ledger.lost();
        let connect_at = self.reconnect.lost(self.now.mono, cause, &mut self.dice);
        self.phase = Phase::Idle { connect_at };
        let seconds = (connect_at - self.now.mono) / SECOND;
        let shown = why.trim_end_matches('.');
        self.note(format!("Not connected: {shown}. Again in {seconds} s."));
        if unknown > 0 {
            self.note(format!("Whether the last {unknown} lines arrived is not known."));
        }
        let network = self.network.name.as_str().to_string();
        match cause {
            Cause::Flooded => {
                self.pacer.slow_down();
                self.alert("flooded", words::flooded());
            }
            Cause::Banned => self.alert("banned", words::banned(&network, why, seconds)),
            _ => {}
        }
    }

    pub(super) fn stop(&mut self) {
        match self.phase {
            Phase::Registering { .. } | Phase::Online { .. } => {
                self.speak();
                let unsaid = self.pacer.waiting();
                if unsaid > 0 {
                    self.note(format!("{unsaid} lines are left unsaid."));
                }
                self.hand(format!("QUIT :{}", words::BYE));
                self.phase = Phase::Stopping { until: self.now.mono + QUIT_WAIT };
            }
            Phase::Idle { .. } | Phase::Connecting => self.finish(),
            Phase::Stopping { .. } | Phase::Stopped => {}
        }
    }

    pub(super) fn finish(&mut self) {
        self.phase = Phase::Stopped;
        self.out.push(Output::Disconnect);
        self.out.push(Output::Finished);
    }
}
