//! Logging in while connecting: AUTHENTICATE and its numerics (IRCv3 sasl 3.1 and 3.2).

use super::scram::{self, Challenge};
use super::{Id, State};
use crate::demo::fault::Outage;
use crate::demo::options::{Cap, Mechanism};
use crate::demo::wire::{Body, Message};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// A message is sent in pieces of this many bytes; a shorter one ends it.
const PIECE_BYTES: usize = 400;
/// The longest message a client may send, in bytes of Base64.
const MESSAGE_BYTES: usize = 8 * PIECE_BYTES;

/// A login that has begun.
#[derive(Debug)]
pub(super) struct Exchange {
    step: Step,
    /// The Base64 text of the message being received.
    received: Vec<u8>,
}

#[derive(Debug)]
enum Step {
    /// Services do not answer.
    Stalled,
    Plain,
    External,
    ScramFirst,
    ScramFinal(Challenge),
    /// The proof was right; the client's empty answer is awaited.
    ScramDone(String),
}

impl State {
    pub(super) fn authenticate(&mut self, id: Id, message: &Message) {
        let Some(client) = self.clients.get_mut(&id) else { return };
        if message.params.is_empty() {
            return self.too_few(id, "AUTHENTICATE");
        }
        if !client.has(Cap::Sasl) {
            return;
        }
        if client.account.is_some() {
            return self.numeric(id, 907, |body| {
                body.text("You have already completed SASL authentication")
            });
        }
        let word = message.param(0);
        if word == b"*" {
            client.sasl = None;
            return self.aborted(id);
        }
        if word.len() > PIECE_BYTES {
            client.sasl = None;
            return self.numeric(id, 905, |body| body.text("SASL message too long"));
        }
        match client.sasl.take() {
            None => self.begin(id, &message.text(0)),
            Some(exchange) => self.piece(id, exchange, word),
        }
    }

    fn begin(&mut self, id: Id, name: &str) {
        if self.outage == Some(Outage::Aborts) || self.options.accounts.is_empty() {
            return self.aborted(id);
        }
        let mechanisms = self.options.mechanisms.iter().copied();
        let Some(mechanism) = mechanisms.clone().find(|one| one.name().eq_ignore_ascii_case(name))
        else {
            let names: Vec<&str> = mechanisms.map(Mechanism::name).collect();
            let names = names.join(",");
            self.numeric(id, 908, |body| body.word(names).text("are available SASL mechanisms"));
            return self.failed(id);
        };
        let step = match (self.outage, mechanism) {
            (Some(_), _) => Step::Stalled,
            (None, Mechanism::Plain) => Step::Plain,
            (None, Mechanism::External) => Step::External,
            (None, Mechanism::ScramSha256) => Step::ScramFirst,
        };
        let answers = !matches!(step, Step::Stalled);
        if let Some(client) = self.clients.get_mut(&id) {
            client.sasl = Some(Exchange { step, received: Vec::new() });
        }
        if answers {
            self.send_bare(id, &Body::new("AUTHENTICATE").word("+"));
        }
    }

    fn piece(&mut self, id: Id, mut exchange: Exchange, word: &[u8]) {
        if matches!(exchange.step, Step::Stalled) || self.outage == Some(Outage::Stalls) {
            exchange.step = Step::Stalled;
            return self.keep(id, exchange);
        }
        if self.outage == Some(Outage::Aborts) {
            return self.aborted(id);
        }
        if word != b"+" {
            exchange.received.extend_from_slice(word);
        }
        if exchange.received.len() > MESSAGE_BYTES {
            return self.numeric(id, 905, |body| body.text("SASL message too long"));
        }
        if word.len() == PIECE_BYTES {
            return self.keep(id, exchange);
        }
        match STANDARD.decode(&exchange.received) {
            Ok(message) => self.step(id, exchange.step, &message),
            Err(_) => self.failed(id),
        }
    }

    fn keep(&mut self, id: Id, exchange: Exchange) {
        if let Some(client) = self.clients.get_mut(&id) {
            client.sasl = Some(exchange);
        }
    }

    fn step(&mut self, id: Id, step: Step, message: &[u8]) {
        let text = std::str::from_utf8(message).unwrap_or_default();
        match step {
            Step::Stalled | Step::External => self.failed(id),
            Step::Plain => match self.judge_plain(message) {
                Some(account) => self.succeeded(id, &account),
                None => self.failed(id),
            },
            Step::ScramFirst => {
                let count = self.next();
                let fresh = scram::sign(&self.seed, &count.to_be_bytes());
                let (salt, nonce) = fresh.as_ref().split_at(16);
                match Challenge::new(text, &STANDARD.encode(nonce), salt) {
                    Some((challenge, answer)) => {
                        self.keep(
                            id,
                            Exchange { step: Step::ScramFinal(challenge), received: Vec::new() },
                        );
                        self.send_pieces(id, &answer);
                    }
                    None => self.failed(id),
                }
            }
            Step::ScramFinal(challenge) => {
                let account = self.account(&challenge.account);
                let judged = account.and_then(|(name, password)| {
                    challenge.judge(text, &password).map(|answer| (name, answer))
                });
                match judged {
                    Some((account, answer)) => {
                        self.keep(
                            id,
                            Exchange { step: Step::ScramDone(account), received: Vec::new() },
                        );
                        self.send_pieces(id, &answer);
                    }
                    None => self.failed(id),
                }
            }
            Step::ScramDone(account) => self.succeeded(id, &account),
        }
    }

    /// RFC 4616: authorization identity, NUL, account, NUL, password.
    fn judge_plain(&self, message: &[u8]) -> Option<String> {
        let mut fields = message.split(|byte| *byte == 0);
        let (authzid, authcid, password) = (fields.next()?, fields.next()?, fields.next()?);
        if fields.next().is_some() || !(authzid.is_empty() || authzid == authcid) {
            return None;
        }
        let (name, right) = self.account(std::str::from_utf8(authcid).ok()?)?;
        (password == right.as_bytes()).then_some(name)
    }

    /// The account of that name, as it is spelled, and its password.
    pub(super) fn account(&self, name: &str) -> Option<(String, String)> {
        let same = |given: &str| self.options.casemapping.same(given, name);
        let found = self.options.accounts.iter().find(|account| same(&account.name))?;
        Some((found.name.clone(), found.password.clone()))
    }

    fn send_pieces(&mut self, id: Id, message: &str) {
        let text = STANDARD.encode(message);
        for piece in text.as_bytes().chunks(PIECE_BYTES) {
            self.send_bare(id, &Body::new("AUTHENTICATE").word(piece));
        }
        if text.len().is_multiple_of(PIECE_BYTES) {
            self.send_bare(id, &Body::new("AUTHENTICATE").word("+"));
        }
    }

    fn succeeded(&mut self, id: Id, account: &str) {
        self.log_in(id, account);
        self.numeric(id, 903, |body| body.text("SASL authentication successful"));
    }

    fn failed(&mut self, id: Id) {
        self.numeric(id, 904, |body| body.text("SASL authentication failed"));
    }

    fn aborted(&mut self, id: Id) {
        self.numeric(id, 906, |body| body.text("SASL authentication aborted"));
    }
}
