//! The network falls into two and comes together again.
//!
//! Modes and topics are kept once for both sides: what one side changes during a split is true on
//! the other after it, without being told.

use super::{Id, Side, State};
use crate::demo::options::Cap;
use crate::demo::wire::Body;
use std::collections::{BTreeMap, BTreeSet};

impl State {
    /// Moves clients to the leaf's side. Everybody who sees somebody vanish reads QUITs, in a
    /// batch where it has asked for batches.
    pub(super) fn split(&mut self, ids: &BTreeSet<Id>) {
        let mut lost: BTreeMap<Id, BTreeSet<Id>> = BTreeMap::new();
        for id in ids {
            for peer in self.peers(*id).into_iter().filter(|peer| !ids.contains(peer)) {
                lost.entry(peer).or_default().insert(*id);
                lost.entry(*id).or_default().insert(peer);
            }
        }
        // The lines are told from the sides after the split, so the batches name them rightly.
        for id in ids {
            self.change_side(*id, 1);
        }
        for (reader, gone) in lost {
            let servers = self.both_servers(reader);
            let batch = self.open_batch(reader, "netsplit", &servers);
            for one in gone {
                let quit = Body::new("QUIT").text(servers.join(" "));
                let note = self.note_from(one, quit).in_batch(batch.as_deref());
                self.send(reader, &note);
            }
            self.close_batch(reader, batch);
        }
    }

    /// Brings everybody to the hub's side again: first collisions, then JOINs, then modes.
    pub(super) fn heal(&mut self) {
        let away: BTreeSet<Id> = self
            .clients
            .values()
            .filter(|client| client.side == 1)
            .map(|client| client.id)
            .collect();
        for id in &away {
            let Some(nick) = self.clients.get(id).and_then(|client| client.nick.clone()) else {
                continue;
            };
            if let Some(other) = self.find(0, &nick) {
                self.collide(other, &nick);
                self.collide(*id, &nick);
            }
        }
        for id in &away {
            self.change_side(*id, 0);
        }
        self.tell_netjoin(&away);
    }

    fn tell_netjoin(&mut self, away: &BTreeSet<Id>) {
        let mut back: BTreeMap<Id, Vec<(String, Id)>> = BTreeMap::new();
        for (name, channel) in &self.channels {
            for reader in channel.members.keys() {
                let others = channel.members.keys();
                let others = others.filter(|one| away.contains(one) != away.contains(reader));
                let met = others.map(|one| (name.clone(), *one));
                back.entry(*reader).or_default().extend(met);
            }
        }
        for (reader, met) in back.into_iter().filter(|(_, met)| !met.is_empty()) {
            let mut servers =
                vec![self.options.server_name.clone(), self.options.other_server.clone()];
            if away.contains(&reader) {
                servers.reverse();
            }
            let batch = self.open_batch(reader, "netjoin", &servers);
            for (name, one) in &met {
                self.tell_join(*one, name, &[reader], batch.as_deref());
            }
            self.close_batch(reader, batch);
            for (name, one) in &met {
                self.tell_prefixes(*one, name, &[reader]);
            }
        }
    }

    /// Numeric 043 and a nick that is a UID, as both sides of a collision get it.
    fn collide(&mut self, id: Id, nick: &str) {
        let uid = format!(
            "{}AAAAA{:04X}",
            1 + self.clients.get(&id).map_or(0, |one| one.side),
            id.0 & 0xffff
        );
        self.numeric(id, 43, |body| {
            body.word(nick).word(&uid).text("Nick collision, forcing nick change to your unique ID")
        });
        self.rename(id, &uid);
    }

    fn change_side(&mut self, id: Id, side: Side) {
        let Some(client) = self.clients.get_mut(&id) else { return };
        let old = std::mem::replace(&mut client.side, side);
        if let Some(nick) = client.nick.clone() {
            let folded = self.fold(&nick);
            self.nicks.remove(&(old, folded.clone()));
            self.nicks.insert((side, folded), id);
        }
    }

    /// The reader's own server first.
    fn both_servers(&self, reader: Id) -> Vec<String> {
        let mut servers = vec![self.options.server_name.clone(), self.options.other_server.clone()];
        if self.clients.get(&reader).is_some_and(|client| client.side == 1) {
            servers.reverse();
        }
        servers
    }

    fn open_batch(&mut self, reader: Id, kind: &str, servers: &[String]) -> Option<String> {
        if self.having([reader], Cap::Batch).is_empty() {
            return None;
        }
        let reference = format!("b{}", self.next());
        let body = Body::new("BATCH").word(format!("+{reference}")).word(kind);
        self.tell(reader, servers.iter().fold(body, Body::word));
        Some(reference)
    }

    fn close_batch(&mut self, reader: Id, batch: Option<String>) {
        if let Some(reference) = batch {
            self.tell(reader, Body::new("BATCH").word(format!("-{reference}")));
        }
    }
}
