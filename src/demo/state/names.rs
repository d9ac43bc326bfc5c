//! What a channel shows of itself: TOPIC, NAMES, LIST.

use super::channel::{Channel, Member, Topic};
use super::{Id, State, TOPIC_BYTES, cut};
use crate::demo::options::Cap;
use crate::demo::wire::{BODY_BYTES, Body, Message};
use crate::domain::time::SECOND;

impl State {
    pub(super) fn topic(&mut self, id: Id, message: &Message) {
        if message.params.is_empty() {
            return self.too_few(id, "TOPIC");
        }
        let name = message.text(0);
        if message.params.len() == 1 {
            let folded = self.fold(&name);
            return match self.channels.get(&folded) {
                Some(channel) if channel.is('s') && !channel.members.contains_key(&id) => {
                    self.no_channel(id, &name);
                }
                Some(_) => self.tell_topic(id, &folded, true),
                None => self.no_channel(id, &name),
            };
        }
        let Some(folded) = self.member_of(id, &name) else { return };
        let Some(channel) = self.channels.get(&folded) else { return };
        let (is_op, name) =
            (channel.members.get(&id).is_some_and(|one| one.op), channel.name.clone());
        if channel.is('t') && !is_op {
            return self.not_op(id, &name);
        }
        let by = self.clients.get(&id).map(|client| client.mask()).unwrap_or_default();
        self.set_topic(&folded, by, message.param(1), Some(id));
    }

    /// Sets a topic and tells those whom `from` reaches.
    pub(super) fn set_topic(&mut self, folded: &str, by: Vec<u8>, text: &[u8], from: Option<Id>) {
        let at = self.told_now();
        let text = cut(text, TOPIC_BYTES).to_vec();
        let Some(channel) = self.channels.get_mut(folded) else { return };
        channel.topic =
            (!text.is_empty()).then(|| Topic { text: text.clone(), by: by.clone(), at });
        let body = Body::new("TOPIC").word(&channel.name).text(text);
        let note = self.note(by, body);
        let told = self.within_reach(folded, from);
        self.send_all(told, &note);
    }

    /// 332 and 333; 331 where there is none and somebody asked.
    pub(super) fn tell_topic(&mut self, id: Id, folded: &str, asked: bool) {
        let Some(channel) = self.channels.get(folded) else { return };
        let name = channel.name.clone();
        let Some(topic) = channel.topic.clone() else {
            if asked {
                self.numeric(id, 331, |body| body.word(name).text("No topic is set."));
            }
            return;
        };
        self.numeric(id, 332, |body| body.word(&name).text(&topic.text));
        let seconds = (topic.at.micros() / SECOND).to_string();
        self.numeric(id, 333, |body| body.word(&name).word(&topic.by).word(seconds));
    }

    pub(super) fn names(&mut self, id: Id, message: &Message) {
        let asked = message.text(0);
        let name = asked.split(',').next().unwrap_or("");
        let folded = self.fold(name);
        if self.channels.contains_key(&folded) {
            return self.tell_names(id, &folded);
        }
        let name = if name.is_empty() { "*" } else { name };
        self.numeric(id, 366, |body| body.word(name).text("End of /NAMES list."));
    }

    /// 353 and 366, in as many lines as the names need.
    pub(super) fn tell_names(&mut self, id: Id, folded: &str) {
        let (Some(client), Some(channel)) = (self.clients.get(&id), self.channels.get(folded))
        else {
            return;
        };
        let inside = channel.members.contains_key(&id);
        let name = channel.name.clone();
        let (all, hosts) = (client.has(Cap::MultiPrefix), client.has(Cap::UserhostInNames));
        let hidden = channel.is('s') && !inside;
        let side = client.side;
        let kind = if channel.is('s') { "@" } else { "=" };
        let overhead = self.options.server_name.len() + client.name().len() + name.len() + 12;
        let mut lines = vec![String::new()];
        for one in self.audience(folded, side, None).into_iter().filter(|_| !hidden) {
            let (Some(client), Some(member)) = (self.clients.get(&one), self.member(folded, one))
            else {
                continue;
            };
            if !inside && client.invisible {
                continue;
            }
            let mask = String::from_utf8_lossy(&client.mask()).into_owned();
            let shown = if hosts { mask } else { client.name().to_string() };
            let shown = format!("{}{shown}", member.prefixes(all));
            let full = lines.last().is_some_and(|line| {
                !line.is_empty() && overhead + line.len() + 1 + shown.len() > BODY_BYTES
            });
            if full {
                lines.push(String::new());
            }
            if let Some(line) = lines.last_mut() {
                if !line.is_empty() {
                    line.push(' ');
                }
                line.push_str(&shown);
            }
        }
        for line in lines.iter().filter(|line| !line.is_empty()) {
            self.numeric(id, 353, |body| body.word(kind).word(&name).text(line));
        }
        self.numeric(id, 366, |body| body.word(&name).text("End of /NAMES list."));
    }

    fn member(&self, folded: &str, id: Id) -> Option<Member> {
        self.channels.get(folded)?.members.get(&id).copied()
    }

    pub(super) fn list(&mut self, id: Id) {
        self.numeric(id, 321, |body| body.word("Channel").text("Users  Name"));
        let shown = |channel: &&Channel| !channel.is('s') || channel.members.contains_key(&id);
        let rows: Vec<(String, String, Vec<u8>)> = self
            .channels
            .values()
            .filter(shown)
            .map(|channel| {
                let topic = channel.topic.as_ref().map(|topic| topic.text.clone());
                let members = channel.members.len().to_string();
                (channel.name.clone(), members, topic.unwrap_or_default())
            })
            .collect();
        for (name, members, topic) in rows {
            self.numeric(id, 322, |body| body.word(name).word(members).text(topic));
        }
        self.numeric(id, 323, |body| body.text("End of /LIST"));
    }
}
