//! Coming into channels and leaving them: JOIN, PART, KICK, INVITE.

use super::channel::{self, Channel, Member};
use super::client::Client;
use super::{CHANNELS_PER_CLIENT, INVITES_PER_CHANNEL, Id, REASON_BYTES, State, TARGETS, cut};
use crate::demo::options::Cap;
use crate::demo::wire::{Body, Message};

/// Why somebody may not enter: the numeric and its words.
type Refusal = (u16, &'static str);

impl State {
    pub(super) fn join(&mut self, id: Id, message: &Message) {
        if message.params.is_empty() {
            return self.too_few(id, "JOIN");
        }
        if message.param(0) == b"0" {
            let all = self.clients.get(&id).map(|client| client.channels.clone());
            for name in all.unwrap_or_default() {
                self.leave(id, &name, b"");
            }
            return;
        }
        let (names, keys) = (message.text(0), message.text(1));
        let mut keys = keys.split(',');
        for name in names.split(',').filter(|name| !name.is_empty()) {
            let key = keys.next().unwrap_or("");
            if channel::is_channel(name) && std::str::from_utf8(message.param(0)).is_ok() {
                self.enter(id, name, key);
            } else if name.starts_with('#') {
                self.numeric(id, 479, |body| body.word(name).text("Illegal channel name"));
            } else {
                self.no_channel(id, name);
            }
        }
    }

    fn enter(&mut self, id: Id, name: &str, key: &str) {
        let folded = self.fold(name);
        let Some(client) = self.clients.get(&id) else { return };
        if client.channels.contains(&folded) {
            return;
        }
        if client.channels.len() >= CHANNELS_PER_CLIENT {
            return self.numeric(id, 405, |body| {
                body.word(name).text("You have joined too many channels")
            });
        }
        if let Some((number, why)) = self.refusal(client, &folded, key) {
            let forward = self.channels.get(&folded).and_then(|channel| channel.forward.clone());
            // One step only: forwards must not lead in a circle.
            let open = forward.filter(|to| self.refusal(client, &self.fold(to), "").is_none());
            return match open {
                Some(to) => {
                    self.numeric(id, 470, |body| {
                        body.word(name).word(&to).text("Forwarding to another channel")
                    });
                    self.put(id, &to);
                }
                None => self.numeric(id, number, |body| body.word(name).text(why)),
            };
        }
        self.put(id, name);
    }

    fn refusal(&self, client: &Client, folded: &str, key: &str) -> Option<Refusal> {
        let channel = self.channels.get(folded)?;
        if channel.invited.contains(&client.id) {
            return None;
        }
        let full = channel.limit.is_some_and(|limit| channel.members.len() >= limit);
        if self.is_listed(&channel.bans, client) {
            Some((474, "Cannot join channel (+b) - you are banned"))
        } else if channel.is('i') {
            Some((473, "Cannot join channel (+i) - you must be invited"))
        } else if channel.key.as_ref().is_some_and(|wanted| wanted != key) {
            Some((475, "Cannot join channel (+k) - bad key"))
        } else if full {
            Some((471, "Cannot join channel (+l) - channel is full, try again later"))
        } else if channel.is('r') && client.account.is_none() {
            Some((
                477,
                "Cannot join channel (+r) - you need to be logged into your NickServ account",
            ))
        } else {
            None
        }
    }

    /// Puts a client into a channel and shows it around.
    pub(super) fn put(&mut self, id: Id, name: &str) {
        let folded = self.fold(name);
        let Some(side) = self.clients.get(&id).map(|client| client.side) else { return };
        let empty = self.audience(&folded, side, None).is_empty();
        let (now, is_new) = (self.told_now(), !self.channels.contains_key(&folded));
        let channel =
            self.channels.entry(folded.clone()).or_insert_with(|| Channel::new(name, now));
        if channel.members.contains_key(&id) {
            return;
        }
        channel.members.insert(id, Member { op: empty, voice: false });
        channel.invited.remove(&id);
        let name = channel.name.clone();
        if let Some(client) = self.clients.get_mut(&id) {
            client.channels.insert(folded.clone());
        }
        let audience = self.audience(&folded, side, None);
        self.tell_join(id, &folded, &audience, None);
        if is_new {
            if let Some(channel) = self.channels.get_mut(&folded) {
                channel.flags.extend(['n', 't']);
            }
            self.tell(id, Body::new("MODE").word(&name).word("+nt"));
        }
        self.tell_topic(id, &folded, false);
        self.tell_names(id, &folded);
        self.chanserv_modes(id, &folded);
    }

    /// The JOIN line of a member, in the form each reader wants.
    pub(super) fn tell_join(&mut self, id: Id, folded: &str, to: &[Id], batch: Option<&str>) {
        let (Some(client), Some(channel)) = (self.clients.get(&id), self.channels.get(folded))
        else {
            return;
        };
        let body = Body::new("JOIN").word(&channel.name);
        let account = client.account.as_deref().unwrap_or("*");
        let extended = body.clone().word(account).text(&client.realname);
        let away = client.away.clone();
        let plain = self.note_from(id, body).in_batch(batch);
        let extended = self.note_from(id, extended).in_batch(batch);
        let knowing = self.having(to.iter().copied(), Cap::ExtendedJoin);
        for one in to {
            self.send(*one, if knowing.contains(one) { &extended } else { &plain });
        }
        if let Some(away) = away {
            let note = self.note_from(id, Body::new("AWAY").text(away)).in_batch(batch);
            let told = self.having(to.iter().copied().filter(|one| *one != id), Cap::AwayNotify);
            self.send_all(told, &note);
        }
    }

    /// A member's modes, from the server, as after a netjoin.
    pub(super) fn tell_prefixes(&mut self, id: Id, folded: &str, to: &[Id]) {
        let (Some(client), Some(channel)) = (self.clients.get(&id), self.channels.get(folded))
        else {
            return;
        };
        let Some(member) = channel.members.get(&id) else { return };
        let letters = match (member.op, member.voice) {
            (true, true) => "+ov",
            (true, false) => "+o",
            (false, true) => "+v",
            (false, false) => return,
        };
        let body = Body::new("MODE").word(&channel.name).word(letters);
        let body = (1..letters.len()).fold(body, |body, _| body.word(client.name()));
        let note = self.note_from_server(body);
        self.send_all(to.iter().copied(), &note);
    }

    pub(super) fn part(&mut self, id: Id, message: &Message) {
        if message.params.is_empty() {
            return self.too_few(id, "PART");
        }
        for name in message.text(0).split(',').filter(|name| !name.is_empty()) {
            if let Some(folded) = self.member_of(id, name) {
                self.leave(id, &folded, message.param(1));
            }
        }
    }

    fn leave(&mut self, id: Id, folded: &str, reason: &[u8]) {
        let (Some(channel), Some(client)) = (self.channels.get(folded), self.clients.get(&id))
        else {
            return;
        };
        let body = Body::new("PART").word(&channel.name);
        let reason = cut(reason, REASON_BYTES);
        let body = if reason.is_empty() { body } else { body.text(reason) };
        let audience = self.audience(folded, client.side, None);
        let note = self.note_from(id, body);
        self.send_all(audience, &note);
        self.remove_member(folded, id);
    }

    pub(super) fn kick(&mut self, id: Id, message: &Message) {
        if message.params.len() < 2 {
            return self.too_few(id, "KICK");
        }
        let Some(folded) = self.op_of(id, &message.text(0)) else { return };
        for nick in message.text(1).split(',').take(TARGETS) {
            let Some(victim) = self.find_for(id, nick) else {
                self.no_nick(id, nick);
                continue;
            };
            if self.channels.get(&folded).is_some_and(|one| one.members.contains_key(&victim)) {
                let reason =
                    if message.params.len() > 2 { message.param(2) } else { nick.as_bytes() };
                let source = self.clients.get(&id).map(Client::mask).unwrap_or_default();
                self.kick_out(source, &folded, victim, reason);
            } else {
                let channel = message.text(0).into_owned();
                self.numeric(id, 441, |body| {
                    body.word(nick).word(channel).text("They aren't on that channel")
                });
            }
        }
    }

    pub(super) fn kick_out(&mut self, by: Vec<u8>, folded: &str, victim: Id, reason: &[u8]) {
        let (Some(channel), Some(client)) = (self.channels.get(folded), self.clients.get(&victim))
        else {
            return;
        };
        let body = Body::new("KICK").word(&channel.name).word(client.name());
        let note = self.note(by, body.text(cut(reason, REASON_BYTES)));
        let audience = self.audience(folded, client.side, None);
        self.send_all(audience, &note);
        self.remove_member(folded, victim);
    }

    pub(super) fn invite(&mut self, id: Id, message: &Message) {
        if message.params.len() < 2 {
            return self.too_few(id, "INVITE");
        }
        let (nick, name) = (message.text(0), message.text(1));
        let Some(guest) = self.find_for(id, &nick) else { return self.no_nick(id, &nick) };
        let Some(folded) = self.member_of(id, &name) else { return };
        let Some(channel) = self.channels.get_mut(&folded) else { return };
        let name = channel.name.clone();
        let is_op = channel.members.get(&id).is_some_and(|one| one.op);
        if channel.members.contains_key(&guest) {
            return self.numeric(id, 443, |body| {
                body.word(nick.as_ref()).word(name).text("is already on channel")
            });
        }
        if channel.is('i') && !is_op {
            return self.not_op(id, &name);
        }
        if channel.invited.len() < INVITES_PER_CHANNEL {
            channel.invited.insert(guest);
        }
        self.numeric(id, 341, |body| body.word(nick.as_ref()).word(&name));
        let note = self.note_from(id, Body::new("INVITE").word(nick.as_ref()).text(&name));
        self.send(guest, &note);
        let side = self.clients.get(&id).map_or(0, |client| client.side);
        let ops = self
            .audience(&folded, side, Some(id))
            .into_iter()
            .filter(|one| self.channels[&folded].members.get(one).is_some_and(|member| member.op));
        let told = self.having(ops, Cap::InviteNotify);
        self.send_all(told, &note);
    }

    /// The folded name of a channel the client is in; else it is told what is wrong.
    pub(super) fn member_of(&mut self, id: Id, name: &str) -> Option<String> {
        let folded = self.fold(name);
        let Some(channel) = self.channels.get(&folded) else {
            self.no_channel(id, name);
            return None;
        };
        if !channel.members.contains_key(&id) {
            let name = channel.name.clone();
            self.numeric(id, 442, |body| body.word(name).text("You're not on that channel"));
            return None;
        }
        Some(folded)
    }

    /// Likewise of a channel in which it is an operator.
    pub(super) fn op_of(&mut self, id: Id, name: &str) -> Option<String> {
        let folded = self.member_of(id, name)?;
        let channel = self.channels.get(&folded)?;
        if channel.members.get(&id).is_some_and(|member| member.op) {
            return Some(folded);
        }
        let name = channel.name.clone();
        self.not_op(id, &name);
        None
    }

    pub(super) fn not_op(&mut self, id: Id, channel: &str) {
        self.numeric(id, 482, |body| body.word(channel).text("You're not a channel operator"));
    }

    pub(super) fn no_channel(&mut self, id: Id, name: &str) {
        self.numeric(id, 403, |body| body.word(name).text("No such channel"));
    }

    pub(super) fn no_nick(&mut self, id: Id, nick: &str) {
        self.numeric(id, 401, |body| body.word(nick).text("No such nick/channel"));
    }
}
