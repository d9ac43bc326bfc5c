//! The capabilities a server offers and those in use (IRCv3 capability negotiation, version 302).
//! It collects and chooses; the handshake that asks for them is in `register`.

use std::collections::{BTreeMap, BTreeSet};

/// What is asked for wherever it is offered. Each is used somewhere: tags and `server-time` by
/// hearing, the four of accounts by the roster, `echo-message` by the ledger, `batch` for netsplits.
const WANTED: [&str; 10] = [
    "account-notify",
    "account-tag",
    "batch",
    "cap-notify",
    "chghost",
    "echo-message",
    "extended-join",
    "message-tags",
    "multi-prefix",
    "server-time",
];
/// The most capabilities remembered of one server.
const OFFERED_MOST: usize = 256;

/// What is offered, asked for, and in use.
#[derive(Debug, Default)]
pub struct Caps {
    offered: BTreeMap<String, String>,
    asked: BTreeSet<String>,
    on: BTreeSet<String>,
    one_by_one: bool,
}

impl Caps {
    /// Takes in one line of LS or NEW: `sasl=PLAIN,EXTERNAL batch`.
    pub fn offer(&mut self, list: &str) {
        for word in list.split(' ').filter(|word| !word.is_empty()) {
            let (name, value) = word.split_once('=').unwrap_or((word, ""));
            if self.offered.len() < OFFERED_MOST {
                self.offered.insert(name.to_string(), value.to_string());
            }
        }
    }

    /// Takes in DEL.
    pub fn withdraw(&mut self, list: &str) {
        for name in list.split(' ') {
            self.offered.remove(name);
            self.on.remove(name);
        }
    }

    /// What to ask for now: one list of what is offered, wanted and not in use.
    pub fn ask(&mut self, sasl: bool) -> Option<String> {
        let wanted = WANTED.into_iter().chain(sasl.then_some("sasl"));
        let list: Vec<&str> =
            wanted.filter(|it| self.offered.contains_key(*it) && !self.on.contains(*it)).collect();
        self.asked = list.iter().map(|it| it.to_string()).collect();
        (!list.is_empty()).then(|| list.join(" "))
    }

    /// Takes in ACK. A name with `-` is switched off.
    pub fn acknowledge(&mut self, list: &str) {
        for name in list.split(' ').filter(|name| !name.is_empty()) {
            let plain = name.trim_start_matches(['-', '~', '=']);
            self.asked.remove(plain);
            if name.starts_with('-') {
                self.on.remove(plain);
            } else if self.on.len() < OFFERED_MOST {
                self.on.insert(plain.to_string());
            }
        }
    }

    /// Takes in NAK: a list is refused as a whole. Returns what to ask for one by one.
    pub fn refuse(&mut self, list: &str) -> Vec<String> {
        if self.asked.len() < 2 {
            self.asked.clear();
            return Vec::new();
        }
        if self.one_by_one {
            list.split(' ').for_each(|name| _ = self.asked.remove(name));
            return Vec::new();
        }
        self.one_by_one = true;
        self.asked.iter().cloned().collect()
    }

    /// Whether every question is answered.
    pub fn is_settled(&self) -> bool {
        self.asked.is_empty()
    }

    /// Whether it is in use.
    pub fn has(&self, name: &str) -> bool {
        self.on.contains(name)
    }

    /// Whether `sasl` is offered with this mechanism, or without saying which (version 301).
    pub fn offers_sasl(&self, mechanism: &str) -> bool {
        self.offered.get("sasl").is_some_and(|value| {
            value.is_empty() || value.split(',').any(|it| it.eq_ignore_ascii_case(mechanism))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn asks_only_for_what_is_offered_and_used() {
        let mut caps = Caps::default();
        caps.offer("multi-prefix vendor/evil sasl=PLAIN,EXTERNAL server-time");
        caps.offer("tls batch=");
        assert_eq!(caps.ask(true).unwrap(), "batch multi-prefix server-time sasl");
        assert!(caps.offers_sasl("plain") && !caps.offers_sasl("SCRAM-SHA-256"));
        caps.acknowledge("batch multi-prefix server-time sasl ");
        assert!(caps.is_settled() && caps.has("sasl") && !caps.has("vendor/evil"));
        assert_eq!(caps.ask(true), None);
        caps.withdraw("sasl");
        assert!(!caps.has("sasl") && !caps.offers_sasl("PLAIN"));
    }

    #[test]
    fn a_list_refused_is_asked_for_one_by_one() {
        let mut caps = Caps::default();
        caps.offer("batch multi-prefix server-time");
        let list = caps.ask(false).unwrap();
        assert_eq!(caps.refuse(&list), ["batch", "multi-prefix", "server-time"]);
        caps.acknowledge("batch");
        assert!(caps.refuse("multi-prefix").is_empty() && !caps.has("multi-prefix"));
        caps.acknowledge("server-time");
        assert!(caps.is_settled() && caps.has("batch") && caps.has("server-time"));
    }

    #[test]
    fn a_server_cannot_fill_our_memory() {
        let mut caps = Caps::default();
        for n in 0..2 * OFFERED_MOST {
            caps.offer(&format!("cap{n}"));
            caps.acknowledge(&format!("cap{n}"));
        }
        assert_eq!((caps.offered.len(), caps.on.len()), (OFFERED_MOST, OFFERED_MOST));
    }
}
