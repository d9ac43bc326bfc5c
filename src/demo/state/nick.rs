//! Nicks, and going away: NICK, a forced one, QUIT, KILL.

use super::{Effect, Id, State};
use crate::demo::wire::{Body, Message};

impl State {
    pub(super) fn nick(&mut self, id: Id, message: &Message) {
        let given = message.text(0);
        let wanted: String = given.chars().take(self.options.nick_bytes).collect();
        let Some(client) = self.clients.get(&id) else { return };
        if wanted.is_empty() {
            return self.numeric(id, 431, |body| body.text("No nickname given"));
        }
        if !is_nick(&wanted) || self.is_service(&wanted) {
            return self.numeric(id, 432, |body| body.word(&wanted).text("Erroneous Nickname"));
        }
        if self.find(client.side, &wanted).is_some_and(|holder| holder != id) {
            return self
                .numeric(id, 433, |body| body.word(&wanted).text("Nickname is already in use."));
        }
        if client.registered_at.is_some() {
            if let Some(channel) = self.gagged_in(id) {
                return self.numeric(id, 435, |body| {
                    body.word(&wanted)
                        .word(channel)
                        .text("Cannot change nickname while banned on channel")
                });
            }
            return self.rename(id, &wanted);
        }
        self.take_nick(id, &wanted);
        self.try_register(id);
    }

    /// The name of a channel in which the client is banned or quieted and has no voice.
    fn gagged_in(&self, id: Id) -> Option<String> {
        let client = self.clients.get(&id)?;
        let channels = client.channels.iter().filter_map(|name| self.channels.get(name));
        let gagging = channels.filter(|channel| {
            let speaks = channel.members.get(&id).is_some_and(|one| one.op || one.voice);
            !speaks
                && (self.is_listed(&channel.bans, client)
                    || self.is_listed(&channel.quiets, client))
        });
        gagging.map(|channel| channel.name.clone()).next()
    }

    /// Makes the nick the client's, without telling anybody.
    pub(super) fn take_nick(&mut self, id: Id, nick: &str) {
        let folded = self.fold(nick);
        let Some(client) = self.clients.get_mut(&id) else { return };
        let side = client.side;
        let old = client.nick.replace(nick.to_string());
        if let Some(old) = old {
            let old = (side, self.fold(&old));
            self.nicks.remove(&old);
        }
        self.nicks.insert((side, folded), id);
    }

    /// Renames a registered client and tells it and everybody who sees it.
    pub(super) fn rename(&mut self, id: Id, nick: &str) {
        if self.clients.get(&id).is_none_or(|client| client.name() == nick) {
            return;
        }
        let note = self.note_from(id, Body::new("NICK").text(nick));
        let told = self.peers(id);
        self.take_nick(id, nick);
        self.send_all(told.into_iter().chain([id]), &note);
    }

    /// An operator's (or NickServ's) KILL: the victim reads KILL, its own QUIT and ERROR.
    pub(super) fn kill(&mut self, id: Id, path: &str) {
        let Some(client) = self.clients.get(&id) else { return };
        let nick = client.name().to_string();
        let by = path.split(' ').next().unwrap_or("oper").to_string();
        let body =
            Body::new("KILL").word(nick).text(format!("{}!{path}", self.options.server_name));
        let note = self.note(format!("{by}!{by}@staff.demo.example").into_bytes(), body);
        self.send(id, &note);
        let reason = format!("Killed ({path})");
        let quit = self.note_from(id, Body::new("QUIT").text(&reason));
        self.send(id, &quit);
        self.exit(id, reason.as_bytes());
    }

    /// Ends a client: QUIT to those who see it, ERROR to itself, then the connection closes.
    pub(super) fn exit(&mut self, id: Id, reason: &[u8]) {
        let Some(client) = self.clients.get(&id) else { return };
        let closing =
            [format!("Closing Link: {} (", client.host).as_bytes(), reason, b")"].concat();
        self.send_bare(id, &Body::new("ERROR").text(closing));
        self.out.push(Effect::Close(id));
        self.vanish(id, reason);
    }

    /// Takes a client off the network, and says nothing to itself.
    pub(super) fn vanish(&mut self, id: Id, reason: &[u8]) {
        let note = self.note_from(id, Body::new("QUIT").text(reason));
        let peers = self.peers(id);
        self.send_all(peers, &note);
        let Some(client) = self.clients.remove(&id) else { return };
        for name in &client.channels {
            self.remove_member(name, id);
        }
        for channel in self.channels.values_mut() {
            channel.invited.remove(&id);
        }
        if let Some(nick) = &client.nick {
            let key = (client.side, self.fold(nick));
            self.nicks.remove(&key);
        }
    }
}

/// RFC 2812 §2.3.1: a letter or special first; digits and `-` after it.
pub(super) fn is_nick(nick: &str) -> bool {
    let special = |c: char| c.is_ascii_alphabetic() || "[]\\`_^{|}".contains(c);
    let mut rest = nick.chars();
    rest.next().is_some_and(special) && rest.all(|c| special(c) || c.is_ascii_digit() || c == '-')
}
