//! What clients read: lines with the tags each of them asked for, and who of them reads a line.

use super::{Effect, Id, State};
use crate::demo::options::Cap;
use crate::demo::wire::{self, Body};
use crate::domain::time::Moment;
use std::collections::BTreeSet;

/// A message on its way to several clients.
#[derive(Clone, Debug)]
pub(super) struct Note {
    pub(super) source: Vec<u8>,
    pub(super) body: Body,
    at: Moment,
    account: Option<String>,
    bot: bool,
    msgid: Option<String>,
    batch: Option<String>,
    /// The client-only tags (`+…`) its sender gave.
    client_tags: Vec<(String, String)>,
}

impl Note {
    pub(super) fn with_msgid(mut self, msgid: String) -> Note {
        self.msgid = Some(msgid);
        self
    }

    pub(super) fn with_client_tags(mut self, tags: Vec<(String, String)>) -> Note {
        self.client_tags = tags;
        self
    }

    pub(super) fn in_batch(mut self, batch: Option<&str>) -> Note {
        self.batch = batch.map(str::to_string);
        self
    }

    fn render(&self, caps: &BTreeSet<Cap>) -> Vec<u8> {
        let mut tags = Vec::new();
        if let Some(batch) = self.batch.as_ref().filter(|_| caps.contains(&Cap::Batch)) {
            tags.push(format!("batch={batch}"));
        }
        if caps.contains(&Cap::ServerTime) {
            tags.push(format!("time={}", self.at.utc().format("%Y-%m-%dT%H:%M:%S%.3fZ")));
        }
        if let Some(account) = self.account.as_ref().filter(|_| caps.contains(&Cap::AccountTag)) {
            tags.push(format!("account={}", wire::escape(account)));
        }
        if caps.contains(&Cap::MessageTags) {
            if let Some(msgid) = &self.msgid {
                tags.push(format!("msgid={msgid}"));
            }
            if self.bot {
                tags.push("bot".into());
            }
            for (key, value) in &self.client_tags {
                let equals = if value.is_empty() { "" } else { "=" };
                tags.push(format!("{key}{equals}{}", wire::escape(value)));
            }
        }
        wire::line(&tags.join(";"), &self.source, &self.body)
    }
}

impl State {
    /// A message from the server.
    pub(super) fn note_from_server(&self, body: Body) -> Note {
        self.note(self.server_mask(), body)
    }

    /// A message from that client, with its account.
    pub(super) fn note_from(&self, id: Id, body: Body) -> Note {
        let Some(client) = self.clients.get(&id) else { return self.note_from_server(body) };
        let mut note = self.note(client.mask(), body);
        note.account.clone_from(&client.account);
        note.bot = client.bot;
        note
    }

    /// A message from a source that is no client.
    pub(super) fn note(&self, source: Vec<u8>, body: Body) -> Note {
        Note {
            source,
            body,
            at: self.told_now(),
            account: None,
            bot: false,
            msgid: None,
            batch: None,
            client_tags: Vec::new(),
        }
    }

    pub(super) fn new_msgid(&mut self) -> String {
        let seed = u32::from_be_bytes([self.seed[0], self.seed[1], self.seed[2], self.seed[3]]);
        format!("{seed:08x}{:08x}", self.next())
    }

    pub(super) fn send(&mut self, to: Id, note: &Note) {
        if let Some(client) = self.clients.get(&to) {
            self.out.push(Effect::Send(to, note.render(&client.caps)));
        }
    }

    pub(super) fn send_all(&mut self, to: impl IntoIterator<Item = Id>, note: &Note) {
        for id in to {
            self.send(id, note);
        }
    }

    /// A line from the server.
    pub(super) fn tell(&mut self, to: Id, body: Body) {
        let note = self.note_from_server(body);
        self.send(to, &note);
    }

    /// A line without source and tags: PING and ERROR.
    pub(super) fn send_bare(&mut self, to: Id, body: &Body) {
        self.out.push(Effect::Send(to, wire::line("", b"", body)));
    }

    /// A numeric: its number, the client's nick, and what follows.
    pub(super) fn numeric(&mut self, to: Id, number: u16, rest: impl FnOnce(Body) -> Body) {
        let Some(client) = self.clients.get(&to) else { return };
        let body = rest(Body::new(&format!("{number:03}")).word(client.name()));
        self.tell(to, body);
    }

    /// A NOTICE from the server.
    pub(super) fn server_notice(&mut self, to: Id, text: &str) {
        let Some(client) = self.clients.get(&to) else { return };
        let body = Body::new("NOTICE").word(client.name()).text(text);
        self.tell(to, body);
    }

    /// Those in a channel whom a client on that side can reach, without `but`.
    pub(super) fn audience(&self, channel: &str, side: u8, but: Option<Id>) -> Vec<Id> {
        let Some(channel) = self.channels.get(channel) else { return Vec::new() };
        let here = |id: &Id| self.clients.get(id).is_some_and(|client| client.side == side);
        channel.members.keys().copied().filter(|id| Some(*id) != but && here(id)).collect()
    }

    /// Those in a channel whom that client can reach; everybody, where it was no client.
    pub(super) fn within_reach(&self, channel: &str, from: Option<Id>) -> Vec<Id> {
        match from.and_then(|id| self.clients.get(&id)) {
            Some(client) => self.audience(channel, client.side, None),
            None => {
                [0, 1].into_iter().flat_map(|side| self.audience(channel, side, None)).collect()
            }
        }
    }

    /// Everybody else who shares a channel with that client and can be reached from it.
    pub(super) fn peers(&self, id: Id) -> BTreeSet<Id> {
        let Some(client) = self.clients.get(&id) else { return BTreeSet::new() };
        let audiences = client.channels.iter();
        audiences.flat_map(|channel| self.audience(channel, client.side, Some(id))).collect()
    }

    /// Those of them who have a capability.
    pub(super) fn having(&self, ids: impl IntoIterator<Item = Id>, cap: Cap) -> Vec<Id> {
        let has = |id: &Id| self.clients.get(id).is_some_and(|client| client.has(cap));
        ids.into_iter().filter(has).collect()
    }
}
