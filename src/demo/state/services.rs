//! Services: accounts, NickServ as far as a bot needs it, ChanServ's modes and TOPIC.

use super::{Client, Id, State};
use crate::demo::options::Cap;
use crate::demo::wire::{Body, Message};

const NICKSERV: &[u8] = b"NickServ!NickServ@services.";
const CHANSERV: &[u8] = b"ChanServ!ChanServ@services.";

impl State {
    /// Whether that is a service's nick, which nobody may take.
    pub(super) fn is_service(&self, nick: &str) -> bool {
        let same = |service| self.options.casemapping.same(service, nick);
        !self.options.accounts.is_empty() && (same("NickServ") || same("ChanServ"))
    }

    /// Whether services can be reached from that side.
    pub(super) fn services_answer(&self, side: u8) -> bool {
        self.outage.is_none() && side == 0 && !self.options.accounts.is_empty()
    }

    /// Logs a client in: 900, ACCOUNT to those who want it, the cloak, ChanServ's modes.
    pub(super) fn log_in(&mut self, id: Id, account: &str) {
        let Some(client) = self.clients.get_mut(&id) else { return };
        client.account = Some(account.to_string());
        let registered = client.registered_at.is_some();
        let mask = client.mask();
        self.numeric(id, 900, |body| {
            body.word(mask).word(account).text(format!("You are now logged in as {account}"))
        });
        if registered {
            self.tell_account(id);
        }
        let found = self.options.accounts.iter().find(|one| one.name == account);
        if let Some(cloak) = found.and_then(|one| one.cloak.clone()) {
            self.change_host(id, &cloak);
        }
        let channels = self.clients.get(&id).map(|client| client.channels.clone());
        for channel in channels.unwrap_or_default() {
            self.chanserv_modes(id, &channel);
        }
    }

    /// Logs a client out: 901 and `ACCOUNT *`.
    pub(super) fn log_out(&mut self, id: Id) {
        let Some(client) = self.clients.get_mut(&id) else { return };
        if client.account.take().is_none() {
            return;
        }
        let mask = client.mask();
        self.numeric(id, 901, |body| body.word(mask).text("You are now logged out"));
        self.tell_account(id);
    }

    fn tell_account(&mut self, id: Id) {
        let Some(client) = self.clients.get(&id) else { return };
        let account = client.account.clone().unwrap_or_else(|| "*".into());
        let note = self.note_from(id, Body::new("ACCOUNT").word(account));
        let told = self.having(self.peers(id).into_iter().chain([id]), Cap::AccountNotify);
        self.send_all(told, &note);
    }

    /// Gives a client another host. Those without `chghost` see it go and come again.
    pub(super) fn change_host(&mut self, id: Id, host: &str) {
        let Some(client) = self.clients.get_mut(&id) else { return };
        if client.host == host {
            return;
        }
        let user = client.user().to_string();
        let before = self.note_from(id, Body::new("CHGHOST").word(user).word(host));
        let quit = self.note_from(id, Body::new("QUIT").text("Changing host"));
        let Some(client) = self.clients.get_mut(&id) else { return };
        client.host = host.to_string();
        if client.registered_at.is_none() {
            return;
        }
        self.numeric(id, 396, |body| body.word(host).text("is now your hidden host"));
        let channels = self.clients.get(&id).map(|client| client.channels.clone());
        let channels = channels.unwrap_or_default();
        let side = self.clients.get(&id).map_or(0, |client| client.side);
        let peers = self.peers(id);
        let knowing = self.having(peers.iter().copied().chain([id]), Cap::Chghost);
        self.send_all(knowing.iter().copied(), &before);
        let others: Vec<Id> = peers.into_iter().filter(|id| !knowing.contains(id)).collect();
        self.send_all(others.iter().copied(), &quit);
        for channel in channels {
            let mut audience = self.audience(&channel, side, Some(id));
            audience.retain(|one| others.contains(one));
            self.tell_join(id, &channel, &audience, None);
            self.tell_prefixes(id, &channel, &audience);
        }
    }

    /// What ChanServ does when somebody enters a channel it keeps: those on its lists get their
    /// modes, and whom the empty channel made an op without being on them is one no longer.
    pub(super) fn chanserv_modes(&mut self, id: Id, folded: &str) {
        let Some(client) = self.clients.get(&id) else { return };
        let Some(channel) = self.channels.get(folded) else { return };
        let Some(access) = &channel.access else { return };
        if !self.services_answer(client.side) {
            return;
        }
        let Some(has) = channel.members.get(&id).copied() else { return };
        let listed = |list: &[String]| {
            let same = |one: &String, account| self.options.casemapping.same(one, account);
            client.account.as_ref().is_some_and(|account| list.iter().any(|one| same(one, account)))
        };
        let (op, voice) = (listed(&access.ops), listed(&access.voices));
        let mut letters = String::new();
        if has.op && !op {
            letters.push_str("-o");
        }
        if op && !has.op {
            letters.push_str("+o");
        }
        if voice && !has.voice {
            letters.push_str(if letters.starts_with('+') { "v" } else { "+v" });
        }
        if letters.is_empty() {
            return;
        }
        let nick = client.name().to_string();
        let (name, side) = (channel.name.clone(), client.side);
        if let Some(member) = self.channels.get_mut(folded).and_then(|one| one.members.get_mut(&id))
        {
            member.op = op;
            member.voice |= voice;
        }
        let count = letters.chars().filter(|c| c.is_ascii_alphabetic()).count();
        let body = Body::new("MODE").word(name).word(&letters);
        let body = (0..count).fold(body, |body, _| body.word(&nick));
        let note = self.note(CHANSERV.to_vec(), body);
        let audience = self.audience(folded, side, None);
        self.send_all(audience, &note);
    }

    /// A private message to ChanServ; it understands TOPIC from those on a channel's lists.
    pub(super) fn chanserv(&mut self, id: Id, text: &[u8]) {
        let text = String::from_utf8_lossy(text).into_owned();
        let mut words = text.splitn(3, ' ');
        let topic = words.next().is_some_and(|word| word.eq_ignore_ascii_case("TOPIC"));
        let (name, topic_text) = (words.next().unwrap_or(""), words.next().unwrap_or(""));
        if !topic {
            return self.say_chanserv(id, "Invalid command. Only TOPIC is understood here.");
        }
        let folded = self.fold(name);
        let access = self.channels.get(&folded).and_then(|channel| channel.access.as_ref());
        let Some(access) = access else {
            return self.say_chanserv(id, &format!("Channel \u{2}{name}\u{2} is not registered."));
        };
        let account = self.clients.get(&id).and_then(|client| client.account.as_ref());
        let mut listed = access.ops.iter().chain(&access.voices);
        let same = |one: &String, account: &String| self.options.casemapping.same(one, account);
        if !account.is_some_and(|account| listed.any(|one| same(one, account))) {
            return self.say_chanserv(id, "You are not authorized to perform this operation.");
        }
        self.set_topic(&folded, CHANSERV.to_vec(), topic_text.as_bytes(), Some(id));
        self.say_chanserv(id, &format!("Topic set to \u{2}{topic_text}\u{2} on \u{2}{name}\u{2}."));
    }

    /// `NS …` and `NICKSERV …`, which reach only a real service.
    pub(super) fn nickserv_alias(&mut self, id: Id, message: &Message) {
        let side = self.clients.get(&id).map_or(0, |client| client.side);
        if !self.services_answer(side) {
            return self.numeric(id, 440, |body| {
                body.word("NickServ").text("Services are currently unavailable")
            });
        }
        let words: Vec<String> =
            (0..message.params.len()).map(|at| message.text(at).into_owned()).collect();
        self.nickserv(id, &words.join(" "));
    }

    /// A private message to NickServ.
    pub(super) fn nickserv(&mut self, id: Id, text: &str) {
        let words: Vec<&str> = text.split_ascii_whitespace().take(4).collect();
        let Some(client) = self.clients.get(&id) else { return };
        let nick = client.name().to_string();
        match (words.first().map(|word| word.to_ascii_uppercase()).as_deref(), &words[..]) {
            (Some("IDENTIFY"), [_, password]) => self.identify(id, &nick, password),
            (Some("IDENTIFY"), [_, account, password]) => self.identify(id, account, password),
            (Some("LOGOUT"), [_]) => {
                self.log_out(id);
                self.say_nickserv(id, "You have been logged out.");
            }
            (Some("REGAIN" | "GHOST" | "RELEASE"), [word, wanted, rest @ ..]) => {
                self.regain(id, &word.to_ascii_uppercase(), wanted, rest.first().copied());
            }
            _ => self.say_nickserv(
                id,
                "Invalid command. IDENTIFY, LOGOUT, REGAIN, GHOST and RELEASE are understood here.",
            ),
        }
    }

    fn identify(&mut self, id: Id, name: &str, password: &str) {
        match self.account(name) {
            None => self.say_nickserv(id, &format!("\u{2}{name}\u{2} is not registered.")),
            Some((account, right)) if right == password => {
                self.say_nickserv(id, &format!("You are now identified for \u{2}{account}\u{2}."));
                self.log_in(id, &account);
            }
            Some((account, _)) => {
                self.say_nickserv(id, &format!("Invalid password for \u{2}{account}\u{2}."));
            }
        }
    }

    fn regain(&mut self, id: Id, word: &str, wanted: &str, password: Option<&str>) {
        let Some((account, right)) = self.account(wanted) else {
            return self.say_nickserv(id, &format!("\u{2}{wanted}\u{2} is not registered."));
        };
        let owns = |client: &Client| client.account.as_deref() == Some(account.as_str());
        let proven = password == Some(right.as_str()) || self.clients.get(&id).is_some_and(owns);
        if !proven {
            return self.say_nickserv(id, &format!("You cannot {word} \u{2}{wanted}\u{2}."));
        }
        let holder = self.find_for(id, wanted).filter(|holder| *holder != id);
        match (word, holder) {
            ("GHOST", Some(holder)) => {
                let by = self.clients.get(&id).map_or("*", Client::name).to_string();
                self.kill(holder, &format!("NickServ (GHOST command used by {by})"));
                self.say_nickserv(id, &format!("\u{2}{account}\u{2} has been ghosted."));
            }
            ("REGAIN", holder) => {
                if let Some(holder) = holder {
                    self.guest(holder);
                }
                self.rename(id, &account);
                self.say_nickserv(id, &format!("\u{2}{account}\u{2} has been regained."));
            }
            _ => self.say_nickserv(id, &format!("\u{2}{wanted}\u{2} is not held or not online.")),
        }
    }

    /// Renames a client to the next free Guest nick, as services do.
    fn guest(&mut self, id: Id) {
        let side = self.clients.get(&id).map_or(0, |client| client.side);
        loop {
            let number = 10_000 + self.next() % 90_000;
            let nick = format!("Guest{number}");
            if self.find(side, &nick).is_none() {
                return self.rename(id, &nick);
            }
        }
    }

    fn say_nickserv(&mut self, id: Id, text: &str) {
        self.service_says(NICKSERV, id, text);
    }

    fn say_chanserv(&mut self, id: Id, text: &str) {
        self.service_says(CHANSERV, id, text);
    }

    fn service_says(&mut self, service: &[u8], id: Id, text: &str) {
        let nick = self.clients.get(&id).map_or("*", Client::name).to_string();
        let note = self.note(service.to_vec(), Body::new("NOTICE").word(nick).text(text));
        self.send(id, &note);
    }
}
