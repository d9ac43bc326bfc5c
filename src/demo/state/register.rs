//! Coming in: PASS, USER, the welcome and what it promises (001–005, MOTD).

use super::{CHANNEL_BYTES, CHANNELS_PER_CLIENT, MASKS_PER_LIST, MODES, REASON_BYTES};
use super::{Effect, Id, State, TARGETS, TOPIC_BYTES, cut};
use crate::demo::wire::{Body, Message};
use crate::domain::name::Casemapping;

/// The longest user name, in bytes, with the `~` of those no identd vouches for.
const USER_BYTES: usize = 10;
/// The longest real name, in bytes.
const REALNAME_BYTES: usize = 128;
/// The longest server password kept, in bytes.
const PASSWORD_BYTES: usize = 256;

impl State {
    pub(super) fn pass(&mut self, id: Id, message: &Message) {
        let Some(client) = self.clients.get_mut(&id) else { return };
        if client.registered_at.is_some() {
            return self.already(id);
        }
        if message.params.is_empty() {
            return self.too_few(id, "PASS");
        }
        client.password = Some(cut(message.param(0), PASSWORD_BYTES).to_vec());
    }

    pub(super) fn user(&mut self, id: Id, message: &Message) {
        let Some(client) = self.clients.get_mut(&id) else { return };
        if client.user.is_some() {
            return self.already(id);
        }
        if message.params.len() < 4 {
            return self.too_few(id, "USER");
        }
        let given = message.text(0);
        let plain = |c: &char| c.is_ascii_alphanumeric() || "-._[]\\`^{}|".contains(*c);
        let user: String = given.chars().filter(plain).take(USER_BYTES - 1).collect();
        if user.is_empty() {
            return self.exit(id, b"Invalid username");
        }
        client.user = Some(format!("~{user}"));
        client.realname = cut(message.param(3), REALNAME_BYTES).to_vec();
        self.try_register(id);
    }

    fn already(&mut self, id: Id) {
        self.numeric(id, 462, |body| body.text("You may not reregister"));
    }

    pub(super) fn too_few(&mut self, id: Id, command: &str) {
        self.numeric(id, 461, |body| body.word(command).text("Not enough parameters"));
    }

    /// Registers a client that has said all that is needed.
    pub(super) fn try_register(&mut self, id: Id) {
        let Some(client) = self.clients.get(&id) else { return };
        let (Some(_), Some(user)) = (&client.nick, &client.user) else { return };
        if client.registered_at.is_some() || client.negotiating {
            return;
        }
        let wanted = self.options.password.as_ref().map(String::as_bytes);
        if wanted.is_some() && client.password.as_deref() != wanted {
            self.numeric(id, 464, |body| body.text("Password Incorrect"));
            return self.exit(id, b"Bad Password");
        }
        if self.kline_users.contains(user) {
            return self.banned(id);
        }
        if let Some(client) = self.clients.get_mut(&id) {
            client.password = None;
            client.registered_at = Some(self.now);
            client.spoke_at = self.now;
            if client.sasl.take().is_some() {
                self.numeric(id, 906, |body| body.text("SASL authentication aborted"));
            }
        }
        self.out.push(Effect::Registered(id));
        self.welcome(id);
    }

    /// 465 and the end, as a K-line does it.
    pub(super) fn banned(&mut self, id: Id) {
        self.numeric(id, 465, |body| {
            body.text("You are banned from this server- Temporary K-line (demo)")
        });
        self.exit(id, b"*** Banned ");
    }

    fn welcome(&mut self, id: Id) {
        let Some(client) = self.clients.get(&id) else { return };
        let nick = client.name().to_string();
        let server = self.options.server_name.clone();
        let network = self.options.network.clone();
        let version = version();
        let started = self.started_at.rfc3339();
        self.numeric(id, 1, |body| {
            body.text(format!("Welcome to the {network} Internet Relay Chat Network {nick}"))
        });
        self.numeric(id, 2, |body| {
            body.text(format!("Your host is {server}, running version {version}"))
        });
        self.numeric(id, 3, |body| body.text(format!("This server was created {started}")));
        self.numeric(id, 4, |body| {
            body.word(&server).word(&version).word("Biw").word("bcfiklmnopqrstvzRT").word("bfklovq")
        });
        self.isupport(id);
        self.lusers(id);
        self.motd(id);
        let mode = self.note(nick.clone().into_bytes(), Body::new("MODE").word(nick).text("+i"));
        self.send(id, &mode);
    }

    /// 005, as many lines as 13 tokens each make.
    pub(super) fn isupport(&mut self, id: Id) {
        let casemapping = match self.options.casemapping {
            Casemapping::Ascii => "ascii",
            Casemapping::Rfc1459 => "rfc1459",
            Casemapping::Rfc1459Strict => "rfc1459-strict",
        };
        let tokens = [
            format!("NETWORK={}", self.options.network),
            format!("CASEMAPPING={casemapping}"),
            "CHANTYPES=#".into(),
            "PREFIX=(ov)@+".into(),
            "STATUSMSG=@+".into(),
            "CHANMODES=bq,k,fl,cimnprstzRT".into(),
            format!("CHANLIMIT=#:{CHANNELS_PER_CLIENT}"),
            format!("CHANNELLEN={CHANNEL_BYTES}"),
            format!("NICKLEN={}", self.options.nick_bytes),
            format!("TOPICLEN={TOPIC_BYTES}"),
            format!("AWAYLEN={REASON_BYTES}"),
            format!("KICKLEN={REASON_BYTES}"),
            format!("MODES={MODES}"),
            format!("MAXLIST=bq:{MASKS_PER_LIST}"),
            format!("TARGMAX=NAMES:1,LIST:1,KICK:1,WHOIS:1,PRIVMSG:{TARGETS},NOTICE:{TARGETS}"),
            "WHOX".into(),
            "BOT=B".into(),
            "SAFELIST".into(),
        ];
        for some in tokens.chunks(13) {
            self.numeric(id, 5, |body| {
                some.iter().fold(body, Body::word).text("are supported by this server")
            });
        }
    }

    pub(super) fn motd(&mut self, id: Id) {
        if self.options.motd.is_empty() {
            return self.numeric(id, 422, |body| body.text("MOTD File is missing"));
        }
        let server = self.options.server_name.clone();
        self.numeric(id, 375, |body| body.text(format!("- {server} Message of the Day - ")));
        for line in self.options.motd.clone() {
            self.numeric(id, 372, |body| body.text(format!("- {line}")));
        }
        self.numeric(id, 376, |body| body.text("End of /MOTD command."));
    }

    pub(super) fn lusers(&mut self, id: Id) {
        let registered = self.clients.values().filter(|client| client.registered_at.is_some());
        let (mut users, mut invisible) = (0, 0);
        for client in registered {
            if client.invisible { invisible += 1 } else { users += 1 }
        }
        let all = users + invisible;
        let channels = self.channels.len();
        self.numeric(id, 251, |body| {
            body.text(format!("There are {users} users and {invisible} invisible on 2 servers"))
        });
        self.numeric(id, 254, |body| body.word(channels.to_string()).text("channels formed"));
        self.numeric(id, 255, |body| body.text(format!("I have {all} clients and 1 servers")));
    }
}

/// The version this server says.
pub(super) fn version() -> String {
    format!("beadle-demo-{}", env!("CARGO_PKG_VERSION"))
}
