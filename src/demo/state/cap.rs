//! Capability negotiation (IRCv3 `CAP`, version 302) and its changes while clients are connected.

use super::{Id, State};
use crate::demo::options::Cap;
use crate::demo::wire::{Body, Message};

/// The longest subcommand or list given back in an answer, in bytes.
const ECHO_BYTES: usize = 400;

impl State {
    pub(super) fn cap(&mut self, id: Id, message: &Message) {
        if message.params.is_empty() {
            return self.too_few(id, "CAP");
        }
        let Some(client) = self.clients.get_mut(&id) else { return };
        let unregistered = client.registered_at.is_none();
        match message.text(0).to_ascii_uppercase().as_str() {
            "LS" => {
                client.negotiating |= unregistered;
                let version = message.text(1).parse().unwrap_or(0);
                client.cap_version = client.cap_version.max(version);
                if client.cap_version >= 302 {
                    client.caps.insert(Cap::CapNotify);
                }
                self.cap_list(id, "LS");
            }
            "LIST" => self.cap_list(id, "LIST"),
            "REQ" => {
                client.negotiating |= unregistered;
                self.cap_req(id, message);
            }
            "END" => {
                client.negotiating = false;
                self.try_register(id);
            }
            _ => {
                let given = super::cut(message.param(0), ECHO_BYTES).to_vec();
                self.numeric(id, 410, |body| body.word(given).text("Invalid CAP command"));
            }
        }
    }

    fn cap_list(&mut self, id: Id, word: &str) {
        let Some(client) = self.clients.get(&id) else { return };
        let values = client.cap_version >= 302 && word == "LS";
        let many = client.cap_version >= 302;
        let listed = if word == "LS" {
            self.offered.clone().unwrap_or_default()
        } else {
            client.caps.clone()
        };
        let names: Vec<String> = listed.into_iter().map(|cap| self.cap_text(cap, values)).collect();
        let mut lines = vec![String::new()];
        for name in names {
            let full = lines.last().is_some_and(|line| {
                !line.is_empty() && line.len() + 1 + name.len() > self.options.cap_line_bytes
            });
            if many && full {
                lines.push(String::new());
            }
            if let Some(line) = lines.last_mut() {
                if !line.is_empty() {
                    line.push(' ');
                }
                line.push_str(&name);
            }
        }
        let last = lines.len() - 1;
        for (at, line) in lines.iter().enumerate() {
            let body = self.cap_body(id, word);
            let body = if at < last { body.word("*") } else { body };
            self.tell(id, body.text(line));
        }
    }

    fn cap_text(&self, cap: Cap, values: bool) -> String {
        if cap != Cap::Sasl || !values {
            return cap.name().to_string();
        }
        let names: Vec<&str> = self.options.mechanisms.iter().map(|one| one.name()).collect();
        format!("{}={}", cap.name(), names.join(","))
    }

    fn cap_body(&self, id: Id, word: &str) -> Body {
        let nick = self.clients.get(&id).map_or("*", |client| client.name());
        Body::new("CAP").word(nick).word(word)
    }

    /// All of the request is granted, or nothing of it.
    fn cap_req(&mut self, id: Id, message: &Message) {
        let request = message.last().into_owned();
        let mut changes = Vec::new();
        let mut refused = false;
        for word in request.split_ascii_whitespace() {
            let (on, name) = word.strip_prefix('-').map_or((true, word), |name| (false, name));
            let offered = |cap: &Cap| self.offered.as_ref().is_some_and(|all| all.contains(cap));
            match Cap::named(name).filter(offered) {
                Some(cap) => changes.push((cap, on)),
                None => refused = true,
            }
        }
        let Some(client) = self.clients.get_mut(&id) else { return };
        if !refused {
            for (cap, on) in changes {
                // A client that asked for version 302 has cap-notify and keeps it.
                if on {
                    client.caps.insert(cap);
                } else if cap != Cap::CapNotify || client.cap_version < 302 {
                    client.caps.remove(&cap);
                }
            }
        }
        let given = super::cut(request.as_bytes(), ECHO_BYTES);
        let body = self.cap_body(id, if refused { "NAK" } else { "ACK" }).text(given);
        self.tell(id, body);
    }

    /// Capabilities appear or go, and those who want to know are told.
    pub(super) fn change_caps(&mut self, caps: &[Cap], on: bool) {
        let Some(offered) = &mut self.offered else { return };
        let changed: Vec<Cap> =
            caps.iter().copied().filter(|cap| offered.contains(cap) != on).collect();
        for cap in &changed {
            if on {
                offered.insert(*cap)
            } else {
                offered.remove(cap)
            };
        }
        if changed.is_empty() {
            return;
        }
        let told = self.having(self.clients.keys().copied(), Cap::CapNotify);
        for id in told {
            let values = on && self.clients.get(&id).is_some_and(|one| one.cap_version >= 302);
            let names: Vec<String> =
                changed.iter().map(|cap| self.cap_text(*cap, values)).collect();
            let body = self.cap_body(id, if on { "NEW" } else { "DEL" }).text(names.join(" "));
            self.tell(id, body);
        }
        if !on {
            for client in self.clients.values_mut() {
                client.caps.retain(|cap| !changed.contains(cap) || *cap == Cap::CapNotify);
            }
        }
    }
}
