//! What is said: PRIVMSG, NOTICE, TAGMSG, and who may say it where.

use super::channel::Channel;
use super::client::Client;
use super::{Effect, Id, State, TARGETS};
use crate::demo::options::Cap;
use crate::demo::wire::{Body, Message};

/// Why a channel does not take a line.
enum Refusal {
    /// `+m`, `+n`, a ban or a quiet: 404 for PRIVMSG, nothing for NOTICE. Where the channel is
    /// opmoderated (`+z`) its operators read the line all the same.
    Muted,
    /// `+R`: 415 for both.
    NotLoggedIn,
    /// `+T`: 404, also for operators.
    NoNotices,
    /// Too many lines: PRIVMSGs are told so, NOTICEs vanish.
    Throttled,
    /// The fault [`crate::demo::Fault::DropNotices`].
    Vanishes,
}

impl State {
    pub(super) fn talk(&mut self, id: Id, message: &Message) {
        let Some(client) = self.clients.get_mut(&id) else { return };
        client.spoke_at = self.now;
        let kind = message.command.as_str();
        if kind == "TAGMSG" && !client.has(Cap::MessageTags) {
            return self.numeric(id, 421, |body| body.word("TAGMSG").text("Unknown command"));
        }
        let wordless = message.param(1).is_empty();
        if message.param(0).is_empty() {
            if kind != "NOTICE" {
                let text = format!("No recipient given ({kind})");
                self.numeric(id, 411, |body| body.text(text));
            }
            return;
        }
        if wordless && kind != "TAGMSG" {
            if kind == "PRIVMSG" {
                self.numeric(id, 412, |body| body.text("No text to send"));
            }
            return;
        }
        self.out.push(Effect::Spoke(id));
        let targets = message.text(0);
        for (count, target) in targets.split(',').filter(|one| !one.is_empty()).enumerate() {
            if count == TARGETS {
                self.numeric(id, 407, |body| body.word(target).text("Too many recipients."));
                break;
            }
            match target.find('#') {
                Some(0) => self.say_in(id, message, target, ""),
                Some(1) if target.starts_with(['@', '+']) => {
                    self.say_in(id, message, &target[1..], &target[..1]);
                }
                _ => self.say_to(id, message, target),
            }
        }
    }

    fn say_to(&mut self, id: Id, message: &Message, nick: &str) {
        let kind = message.command.as_str();
        let side = self.clients.get(&id).map_or(0, |client| client.side);
        if self.is_service(nick) && self.services_answer(side) {
            match kind {
                "PRIVMSG" if self.options.casemapping.same(nick, "ChanServ") => {
                    self.chanserv(id, message.param(1));
                }
                "PRIVMSG" => self.nickserv(id, &message.text(1)),
                _ => {}
            }
            return;
        }
        let Some(found) = self.find_for(id, nick) else {
            if kind != "NOTICE" {
                self.no_nick(id, nick);
            }
            return;
        };
        let Some(reader) = self.clients.get(&found) else { return };
        let name = reader.name().to_string();
        let away = reader.away.clone().filter(|_| kind == "PRIVMSG");
        self.deliver(id, message, &name, message.param(1), vec![found]);
        if let Some(away) = away {
            self.numeric(id, 301, |body| body.word(&name).text(away));
        }
    }

    fn say_in(&mut self, id: Id, message: &Message, name: &str, status: &str) {
        let notice = message.command == "NOTICE";
        let folded = self.fold(name);
        let Some(client) = self.clients.get(&id) else { return };
        let Some(channel) = self.channels.get(&folded) else {
            if !notice {
                self.no_nick(id, name);
            }
            return;
        };
        let name = channel.name.clone();
        let mut audience = self.audience(&folded, client.side, Some(id));
        let is_op = |one: &Id| channel.members.get(one).is_some_and(|member| member.op);
        match status {
            "@" => audience.retain(is_op),
            "+" => audience.retain(|one| {
                channel.members.get(one).is_some_and(|member| member.op || member.voice)
            }),
            _ => {}
        }
        let target = format!("{status}{name}");
        let plain = if channel.is('c') { strip(message.param(1)) } else { message.param(1).into() };
        let ops: Vec<Id> = audience.iter().copied().filter(is_op).collect();
        let opmoderated = channel.is('z');
        match self.refuses(id, &folded, notice) {
            None => self.deliver(id, message, &target, &plain, audience),
            Some(Refusal::Muted) if opmoderated => self.deliver(id, message, &target, &plain, ops),
            Some(Refusal::Muted) if !notice => self.cannot_send(id, &name),
            Some(Refusal::NoNotices) => self.cannot_send(id, &name),
            Some(Refusal::NotLoggedIn) => self.numeric(id, 415, |body| {
                body.word(name)
                    .text("Cannot send message to channel (+R) - you need to be logged in")
            }),
            Some(Refusal::Throttled) if !notice => {
                self.server_notice(id, &format!("*** Message to {name} throttled due to flooding"));
            }
            Some(Refusal::Muted | Refusal::Throttled | Refusal::Vanishes) => {}
        }
    }

    fn cannot_send(&mut self, id: Id, channel: &str) {
        self.numeric(id, 404, |body| body.word(channel).text("Cannot send to nick/channel"));
    }

    fn refuses(&mut self, id: Id, folded: &str, notice: bool) -> Option<Refusal> {
        let (client, channel) = (self.clients.get(&id)?, self.channels.get(folded)?);
        if notice && channel.is('T') {
            return Some(Refusal::NoNotices);
        }
        let member = channel.members.get(&id);
        if !member.is_some_and(|member| member.op || member.voice) {
            let outside = member.is_none() && channel.is('n');
            if outside || channel.is('m') || self.is_gagged(channel, client) {
                return Some(Refusal::Muted);
            }
            if channel.is('R') && client.account.is_none() {
                return Some(Refusal::NotLoggedIn);
            }
            let now = self.now;
            let throttle = self.channels.get_mut(folded).and_then(|one| one.throttle.as_mut());
            if throttle.is_some_and(|throttle| !throttle.takes(now)) {
                return Some(Refusal::Throttled);
            }
        }
        let drops = self.channels.get(folded).is_some_and(|channel| channel.drops_notices);
        (notice && drops).then_some(Refusal::Vanishes)
    }

    fn is_gagged(&self, channel: &Channel, client: &Client) -> bool {
        self.is_listed(&channel.bans, client) || self.is_listed(&channel.quiets, client)
    }

    /// Sends a line to its readers and, where it asked for that, to its sender.
    fn deliver(&mut self, id: Id, message: &Message, target: &str, text: &[u8], to: Vec<Id>) {
        let kind = message.command.as_str();
        let body = Body::new(kind).word(target);
        let body = if kind == "TAGMSG" { body } else { body.text(text) };
        let msgid = self.new_msgid();
        let tags = message.tags.iter().filter(|(key, _)| is_client_tag(key)).cloned().collect();
        let note = self.note_from(id, body).with_msgid(msgid).with_client_tags(tags);
        let tagged = kind == "TAGMSG";
        let to = if tagged { self.having(to, Cap::MessageTags) } else { to };
        self.send_all(to, &note);
        let echo = self.having([id], Cap::EchoMessage);
        self.send_all(echo, &note);
    }
}

/// Whether a tag is one that clients may send each other (IRCv3 message-tags, "client-only").
fn is_client_tag(key: &str) -> bool {
    let rest = key.strip_prefix('+').unwrap_or("");
    !rest.is_empty() && rest.chars().all(|c| c.is_ascii_alphanumeric() || "-./".contains(c))
}

/// The words without colours and other formatting, as `+c` leaves them.
fn strip(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some((byte, after)) = rest.split_first() {
        rest = after;
        match byte {
            0x03 => {
                rest = skip_digits(rest, 2);
                let background = rest.strip_prefix(b",");
                if let Some(digits) =
                    background.filter(|rest| rest.first().is_some_and(u8::is_ascii_digit))
                {
                    rest = skip_digits(digits, 2);
                }
            }
            0x02 | 0x0f | 0x11 | 0x16 | 0x1d | 0x1e | 0x1f => {}
            byte => out.push(*byte),
        }
    }
    out
}

fn skip_digits(bytes: &[u8], most: usize) -> &[u8] {
    let digits = bytes.iter().take(most).take_while(|byte| byte.is_ascii_digit()).count();
    &bytes[digits..]
}
