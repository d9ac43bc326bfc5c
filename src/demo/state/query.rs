//! Questions: WHO (with WHOX), WHOIS, USERHOST, ISON, AWAY and what asks about the server.

use super::channel::Member;
use super::client::Client;
use super::{Id, REASON_BYTES, State, cut};
use crate::demo::options::Cap;
use crate::demo::wire::{Body, Message};
use crate::domain::time::SECOND;

/// The fields of WHOX in the order in which they are answered.
const WHOX: &str = "tcuihsnfdlaor";
/// The longest WHOX token.
const TOKEN_CHARS: usize = 3;
/// The most nicks of one USERHOST or ISON.
const NICKS: usize = 15;

impl State {
    pub(super) fn who(&mut self, id: Id, message: &Message) {
        let mask = message.text(0).into_owned();
        if mask.is_empty() {
            return self.too_few(id, "WHO");
        }
        let asked = message.text(1);
        let whox = asked.split_once('%').map(|(_, fields)| fields.to_string());
        let folded = self.fold(&mask);
        let Some(client) = self.clients.get(&id) else { return };
        let in_channel = self.channels.contains_key(&folded);
        let found = if in_channel {
            let channel = &self.channels[&folded];
            let hidden = channel.is('s') && !channel.members.contains_key(&id);
            if hidden { Vec::new() } else { self.audience(&folded, client.side, None) }
        } else {
            self.find_for(id, &mask).into_iter().collect()
        };
        for one in found {
            let row = if in_channel { Some(folded.as_str()) } else { None };
            match &whox {
                Some(fields) => self.whox_row(id, one, row, fields),
                None => self.who_row(id, one, row),
            }
        }
        self.numeric(id, 315, |body| body.word(mask).text("End of /WHO list."));
    }

    fn who_row(&mut self, id: Id, one: Id, channel: Option<&str>) {
        let Some((fields, realname)) = self.who_fields(id, one, channel) else { return };
        let text = [b"0 ", realname.as_slice()].concat();
        let [channel, user, host, server, nick, flags] = fields;
        self.numeric(id, 352, |body| {
            let body = body.word(channel).word(user).word(host).word(server);
            body.word(nick).word(flags).text(text)
        });
    }

    fn who_fields(&self, id: Id, one: Id, channel: Option<&str>) -> Option<([String; 6], Vec<u8>)> {
        let client = self.clients.get(&one)?;
        let asker = self.clients.get(&id)?;
        let channel = channel.and_then(|name| self.channels.get(name));
        let member = channel.and_then(|channel| channel.members.get(&one)).copied();
        let away = if client.away.is_some() { "G" } else { "H" };
        let prefixes = member.map_or("", |member| member.prefixes(asker.has(Cap::MultiPrefix)));
        let bot = if client.bot { "B" } else { "" };
        let fields = [
            channel.map_or("*", |channel| channel.name.as_str()).to_string(),
            client.user().to_string(),
            client.host.clone(),
            self.server_of(client).to_string(),
            client.name().to_string(),
            format!("{away}{bot}{prefixes}"),
        ];
        Some((fields, client.realname.clone()))
    }

    fn whox_row(&mut self, id: Id, one: Id, channel: Option<&str>, asked: &str) {
        let Some((fields, realname)) = self.who_fields(id, one, channel) else { return };
        let Some(client) = self.clients.get(&one) else { return };
        let (letters, token) = asked.split_once(',').unwrap_or((asked, "0"));
        let token: String = token.chars().take(TOKEN_CHARS).collect();
        let [channel, user, host, server, nick, flags] = fields;
        let account = client.account.clone().unwrap_or_else(|| "0".into());
        let idle = (self.now.since(client.spoke_at) / SECOND).to_string();
        let mut row = Body::new("354").word(self.clients.get(&id).map_or("*", Client::name));
        for letter in WHOX.chars().filter(|letter| letters.contains(*letter)) {
            row = match letter {
                't' => row.word(&token),
                'c' => row.word(&channel),
                'u' => row.word(&user),
                'i' => row.word("127.0.0.1"),
                'h' => row.word(&host),
                's' => row.word(&server),
                'n' => row.word(&nick),
                'f' => row.word(&flags),
                'd' => row.word("0"),
                'l' => row.word(&idle),
                'a' => row.word(&account),
                'o' => row.word("n/a"),
                _ => row.text(&realname),
            };
        }
        self.tell(id, row);
    }

    fn server_of(&self, client: &Client) -> &str {
        if client.side == 0 { &self.options.server_name } else { &self.options.other_server }
    }

    pub(super) fn whois(&mut self, id: Id, message: &Message) {
        // With two parameters the first one names the server to ask.
        let nick = message.last().into_owned();
        if nick.is_empty() {
            return self.numeric(id, 431, |body| body.text("No nickname given"));
        }
        let Some(found) = self.find_for(id, &nick) else {
            self.no_nick(id, &nick);
            return self.numeric(id, 318, |body| body.word(nick).text("End of /WHOIS list."));
        };
        let Some(client) = self.clients.get(&found) else { return };
        let nick = client.name().to_string();
        let (user, host) = (client.user().to_string(), client.host.clone());
        let (realname, account) = (client.realname.clone(), client.account.clone());
        let (bot, away) = (client.bot, client.away.clone());
        let server = self.server_of(client).to_string();
        let network = self.options.network.clone();
        let idle = (self.now.since(client.spoke_at) / SECOND).to_string();
        let since = client.registered_at.unwrap_or(self.now).plus(self.skew).micros() / SECOND;
        let channels = self.shown_channels(id, found);
        self.numeric(id, 311, |body| {
            body.word(&nick).word(user).word(host).word("*").text(realname)
        });
        if !channels.is_empty() {
            self.numeric(id, 319, |body| body.word(&nick).text(channels.join(" ")));
        }
        self.numeric(id, 312, |body| body.word(&nick).word(server).text(network));
        if let Some(away) = away {
            self.numeric(id, 301, |body| body.word(&nick).text(away));
        }
        if let Some(account) = account {
            self.numeric(id, 330, |body| body.word(&nick).word(account).text("is logged in as"));
        }
        if bot {
            self.numeric(id, 335, |body| body.word(&nick).text("is a bot"));
        }
        self.numeric(id, 317, |body| {
            body.word(&nick).word(idle).word(since.to_string()).text("seconds idle, signon time")
        });
        self.numeric(id, 318, |body| body.word(&nick).text("End of /WHOIS list."));
    }

    /// The channels of somebody that the asker may know, with prefixes; as many as a line holds.
    fn shown_channels(&self, id: Id, of: Id) -> Vec<String> {
        let Some(client) = self.clients.get(&of) else { return Vec::new() };
        let known = client.channels.iter().filter_map(|name| self.channels.get(name));
        let shown = known.filter(|channel| {
            id == of || channel.members.contains_key(&id) || !(channel.is('s') || client.invisible)
        });
        let mut bytes = 0;
        let named = shown.map(|channel| {
            let member = channel.members.get(&of).copied().unwrap_or_default();
            format!("{}{}", Member::prefixes(member, true), channel.name)
        });
        named
            .take_while(|name| {
                bytes += name.len() + 1;
                bytes < 380
            })
            .collect()
    }

    pub(super) fn whowas(&mut self, id: Id, message: &Message) {
        let nick = message.text(0).into_owned();
        if nick.is_empty() {
            return self.numeric(id, 431, |body| body.text("No nickname given"));
        }
        self.numeric(id, 406, |body| body.word(&nick).text("There was no such nickname"));
        self.numeric(id, 369, |body| body.word(&nick).text("End of WHOWAS"));
    }

    pub(super) fn userhost(&mut self, id: Id, message: &Message) {
        let mut rows = Vec::new();
        for at in 0..message.params.len().min(5) {
            let found = self.find_for(id, &message.text(at));
            if let Some(client) = found.and_then(|found| self.clients.get(&found)) {
                let away = if client.away.is_some() { '-' } else { '+' };
                rows.push(format!("{}={away}{}@{}", client.name(), client.user(), client.host));
            }
        }
        self.numeric(id, 302, |body| body.text(rows.join(" ")));
    }

    pub(super) fn ison(&mut self, id: Id, message: &Message) {
        let asked: Vec<String> =
            (0..message.params.len()).map(|at| message.text(at).into_owned()).collect();
        let online = asked
            .iter()
            .flat_map(|words| words.split(' '))
            .take(NICKS)
            .filter(|nick| self.find_for(id, nick).is_some());
        let online: Vec<&str> = online.collect();
        let online = online.join(" ");
        self.numeric(id, 303, |body| body.text(online));
    }

    pub(super) fn away(&mut self, id: Id, message: &Message) {
        let reason = cut(message.param(0), REASON_BYTES).to_vec();
        let Some(client) = self.clients.get_mut(&id) else { return };
        client.away = Some(reason.clone()).filter(|reason| !reason.is_empty());
        let body = Body::new("AWAY");
        let note = if reason.is_empty() {
            self.numeric(id, 305, |body| body.text("You are no longer marked as being away"));
            self.note_from(id, body)
        } else {
            self.numeric(id, 306, |body| body.text("You have been marked as being away"));
            self.note_from(id, body.text(reason))
        };
        let told = self.having(self.peers(id), Cap::AwayNotify);
        self.send_all(told, &note);
    }

    pub(super) fn version(&mut self, id: Id) {
        let server = self.options.server_name.clone();
        self.numeric(id, 351, |body| {
            body.word(super::register::version()).word(server).text("the demo's server")
        });
        self.isupport(id);
    }

    pub(super) fn time(&mut self, id: Id) {
        let (server, now) = (self.options.server_name.clone(), self.told_now().ctime());
        self.numeric(id, 391, |body| body.word(server).text(now));
    }
}
