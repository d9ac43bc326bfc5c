//! Being in channels: joining, being refused, kicked or sent elsewhere, and who is there.
//! What people say there is in `hear`.

use crate::domain::meeting::event::{Leaving, Login, What};
use crate::domain::name::{Account, Channel, Nick};
use crate::domain::text::Text;
use crate::domain::time::{MINUTE, SECOND};
use crate::flow::hear::{Heard, Sound};
use crate::irc::pacer::Rank;
use crate::irc::session::Session;
use crate::irc::session::roster::{Entering, Presence};
use crate::irc::wire::Line;
use crate::irc::words;

/// How long a JOIN, and then learning who is there, may take, in microseconds.
pub const JOIN_MOST: i64 = 20 * SECOND;
/// When to try again after a JOIN nobody answered.
pub const JOIN_AGAIN: i64 = 60 * SECOND;
/// When to come back after a kick …
const KICK_WAIT: i64 = 10 * SECOND;
/// … for the first so many …
const KICKS_SOON: usize = 3;
/// … within this time, and when after that.
const KICKS_WITHIN: i64 = 60 * MINUTE;
const KICK_WAIT_LATER: i64 = 15 * MINUTE;
/// When to try a channel again that sent us elsewhere.
const FORWARD_WAIT: i64 = 5 * MINUTE;
/// The most channels in one JOIN, so that the line stays within 512 bytes.
const JOIN_LINE_BYTES: usize = 400;
/// The most that is held back while learning who is there.
const HELD_MOST: usize = 1000;
/// Marks the answer to "who is in the channel" (WHOX).
const WHO_CHANNEL: &str = "152";
/// Marks the answer to "which account has this nick" (WHOX).
const WHO_NICK: &str = "153";

impl Session {
    /// The channels the bot is in and hears.
    pub fn heard_channels(&self) -> Vec<Channel> {
        let inside = self.rooms.iter().filter(|room| matches!(room.presence, Presence::In));
        inside.map(|room| room.channel.clone()).collect()
    }

    /// Asks to be let into every channel whose time has come.
    pub(super) fn join_rooms(&mut self) {
        if !self.connection.ready {
            return;
        }
        let now = self.now.mono;
        let mut line = String::new();
        let mut lines = Vec::new();
        for room in &mut self.rooms {
            let Presence::Out { again_at } = room.presence else { continue };
            if again_at.is_some_and(|at| at > now) {
                continue;
            }
            let Some(name) = crate::irc::say::channel(&room.channel) else {
                room.presence = Presence::Out { again_at: Some(i64::MAX) };
                continue;
            };
            room.presence = Presence::Joining { since: now };
            if line.len() + name.len() > JOIN_LINE_BYTES {
                lines.push(std::mem::take(&mut line));
            }
            line.push_str(if line.is_empty() { "JOIN " } else { "," });
            line.push_str(name);
        }
        lines.extend((!line.is_empty()).then_some(line));
        for line in lines {
            self.queue(Rank::Session, line);
        }
    }

    /// JOIN: somebody, or we, came in.
    pub(super) fn joined(&mut self, line: &Line, channel: &str, account: Option<&str>) {
        let (fold, nick) = (self.fold(), line.source.name.as_str());
        let me = self.is_me(nick);
        if me && !line.source.host.is_empty() {
            self.connection.userhost = Some(format!("{}@{}", line.source.user, line.source.host));
        }
        let Some(index) = self.room_index(channel) else {
            if me {
                // A forward, or a server's SAJOIN: nobody asked for us there.
                let line = format!("PART {channel} :{}", words::NOT_MY_CHANNEL);
                self.queue(Rank::Session, line);
            }
            return;
        };
        let at = self.times(line);
        if me {
            let (since, held) = (self.now.mono, Vec::new());
            let room = &mut self.rooms[index];
            room.members.clear();
            room.topic = Text::default();
            room.presence = Presence::Entering(Entering { since, at, named: false, held });
            room.meet(nick, Login::Unknown, "", fold);
            return;
        }
        let extended = self.connection.caps.has("extended-join");
        let login = match account.filter(|_| extended) {
            Some("*") => Login::No,
            Some(account) => Login::As(Account::new(account)),
            None => self.login_of(line),
        };
        let room = &mut self.rooms[index];
        // Whatever was known of this nick was somebody else's.
        room.part(nick, fold);
        room.meet(nick, login.clone(), "", fold);
        if let Some(member) = room.member(nick, fold).map(|it| it.speaker()) {
            self.emit(index, at, What::Joined(member));
        }
        if login == Login::Unknown && self.connection.isupport.whox {
            self.queue(Rank::Bulk, format!("WHO {nick} %tna,{WHO_NICK}"));
        }
    }

    /// PART: somebody, or we, left.
    pub(super) fn parted(&mut self, line: &Line, channel: &str, why: Option<&str>) {
        let (fold, nick) = (self.fold(), line.source.name.as_str());
        let Some(index) = self.room_index(channel) else { return };
        let reason = why.unwrap_or_default();
        if self.is_me(nick) {
            // We never part a channel of ours: an operator made us (REMOVE, SAPART).
            self.thrown_out(index, "an operator", reason);
        } else if self.rooms[index].part(nick, fold).is_some() {
            let at = self.times(line);
            let (nick, how) = (Nick::new(nick), Leaving::Part);
            self.emit(index, at, What::Left { nick, how, reason: Text::new(reason) });
        }
    }

    /// KICK: somebody, or we, were thrown out.
    pub(super) fn kicked(&mut self, line: &Line, channel: &str, nick: &str, why: Option<&str>) {
        let fold = self.fold();
        let Some(index) = self.room_index(channel) else { return };
        let reason = why.unwrap_or_default();
        if self.is_me(nick) {
            self.thrown_out(index, &line.source.name, reason);
        } else if self.rooms[index].part(nick, fold).is_some() {
            let at = self.times(line);
            let (nick, how) = (Nick::new(nick), Leaving::Kick);
            self.emit(index, at, What::Left { nick, how, reason: Text::new(reason) });
        }
    }

    fn thrown_out(&mut self, index: usize, by: &str, reason: &str) {
        // What was heard while learning who is there must not be lost with it.
        self.back(index);
        let now = self.now;
        let room = &mut self.rooms[index];
        room.kicks.retain(|kick| now.mono - kick < KICKS_WITHIN);
        room.kicks.push(now.mono);
        let wait = if room.kicks.len() <= KICKS_SOON { KICK_WAIT } else { KICK_WAIT_LATER };
        room.left(now.wall, Some(now.mono + wait));
        let channel = room.channel.as_str().to_string();
        let text = words::kicked(&channel, by, reason, wait / SECOND);
        self.alert(&format!("kicked {channel}"), text);
    }

    /// INVITE: comes at once to a channel of ours that did not let us in; to no other.
    pub(super) fn invited(&mut self, nick: &str, channel: &str) {
        if !self.is_me(nick) {
            return;
        }
        if let Some(index) = self.room_index(channel)
            && let Presence::Out { again_at } = &mut self.rooms[index].presence
        {
            *again_at = None;
            self.join_rooms();
        }
    }

    /// 403, 405, 437, 471, 473–477, 479, 480, 489: a channel does not let us in.
    pub(super) fn join_refused(&mut self, number: u16, params: &[String]) {
        let Some(channel) = params.get(1) else { return };
        let now = self.now.mono;
        let said = params.last().cloned().unwrap_or_default();
        let Some(room) = self.room(channel) else { return };
        if !matches!(room.presence, Presence::Joining { .. }) {
            return;
        }
        let (wait, why) = match number {
            471 => (MINUTE, "it is full (+l).".to_string()),
            473 => (5 * MINUTE, "it is for the invited only (+i); /INVITE me.".to_string()),
            474 => (5 * MINUTE, "I am banned there (+b).".to_string()),
            475 => (5 * MINUTE, "it has a key (+k).".to_string()),
            477 => (MINUTE, "it is only for those who are logged in (+r).".to_string()),
            437 | 480 => (MINUTE, format!("it is closed for the moment ({said}).")),
            _ => (10 * MINUTE, format!("the server says {number} ({said}).")),
        };
        room.presence = Presence::Out { again_at: Some(now + wait) };
        let channel = room.channel.as_str().to_string();
        let text = words::cannot_join(&channel, &why, wait / SECOND);
        self.alert(&format!("join {channel}"), text);
    }

    /// 470: a channel sends us to another one; `joined` leaves that at once.
    pub(super) fn forwarded(&mut self, params: &[String]) {
        let [_, channel, to, ..] = params else { return };
        let now = self.now.mono;
        let to = to.clone();
        let Some(room) = self.room(channel) else { return };
        room.presence = Presence::Out { again_at: Some(now + FORWARD_WAIT) };
        let channel = room.channel.as_str().to_string();
        self.alert(&format!("join {channel}"), words::forwarded(&channel, &to));
    }

    /// 331, 332: the topic when we come in.
    pub(super) fn topic_is(&mut self, number: u16, params: &[String]) {
        let [_, channel, .., topic] = params else { return };
        let topic = if number == 332 { Text::new(topic.clone()) } else { Text::default() };
        if let Some(room) = self.room(channel) {
            room.topic = topic;
        }
    }

    /// 353: `me = #c :@alice +bob!user@host`.
    pub(super) fn names(&mut self, params: &[String]) {
        let [.., channel, names] = params else { return };
        let fold = self.fold();
        let Some(index) = self.room_index(channel).filter(|it| self.rooms[*it].is_inside()) else {
            return;
        };
        for name in names.split(' ').filter(|name| !name.is_empty()) {
            let (signs, name) = self.connection.isupport.signs(name);
            let nick = name.split('!').next().unwrap_or(name);
            if !nick.is_empty() {
                self.rooms[index].meet(nick, Login::Unknown, signs, fold);
            }
        }
    }

    /// 366: all names are there. Where the network can say accounts, asks for them.
    pub(super) fn names_end(&mut self, params: &[String]) {
        let Some(index) = params.get(1).and_then(|it| self.room_index(it)) else { return };
        let (now, whox) = (self.now.mono, self.connection.isupport.whox);
        let Presence::Entering(entering) = &mut self.rooms[index].presence else { return };
        if std::mem::replace(&mut entering.named, true) {
            return;
        }
        if whox {
            entering.since = now;
            let channel = self.rooms[index].channel.as_str();
            let line = format!("WHO {channel} %tcnfa,{WHO_CHANNEL}");
            self.queue(Rank::Session, line);
        } else {
            self.back(index);
        }
    }

    /// 354: `me 152 #c nick flags account`, or `me 153 nick account`; account `0` is none.
    pub(super) fn who(&mut self, params: &[String]) {
        let login = |account: &str| match account {
            "0" | "*" => Login::No,
            account => Login::As(Account::new(account)),
        };
        let fold = self.fold();
        match params {
            [_, token, channel, nick, _, account] if token == WHO_CHANNEL => {
                if let Some(member) = self.room(channel).and_then(|it| it.member_mut(nick, fold)) {
                    member.login = login(account);
                }
            }
            [_, token, nick, account] if token == WHO_NICK => {
                let login = login(account);
                let at = (self.now.wall, self.now.wall);
                for index in 0..self.rooms.len() {
                    let Some(member) = self.rooms[index].member_mut(nick, fold) else { continue };
                    if member.login == Login::Unknown {
                        member.login = login.clone();
                        let who = member.speaker();
                        self.emit(index, at, What::LoggedIn(who));
                    }
                }
            }
            _ => {}
        }
    }

    /// 315: all accounts are there.
    pub(super) fn who_end(&mut self, params: &[String]) {
        if let Some(index) = params.get(1).and_then(|it| self.room_index(it)) {
            self.back(index);
        }
    }

    /// We are in and know who is there: says so, and then what was held back.
    pub(super) fn back(&mut self, index: usize) {
        let (fold, bot) = (self.fold(), self.connection.nick.clone());
        let accounts = self.tells_accounts();
        let room = &mut self.rooms[index];
        let presence = std::mem::replace(&mut room.presence, Presence::In);
        let Presence::Entering(entering) = presence else {
            room.presence = presence;
            return;
        };
        let sound = Sound::Back {
            channel: room.channel.clone(),
            members: room.others(&bot, fold),
            topic: room.topic.clone(),
            lost_at: room.lost_at,
            casemapping: fold,
            accounts,
            bot: Nick::new(&bot),
        };
        let (at, heard_at) = entering.at;
        self.tell_heard(Heard { at, heard_at, sound });
        for heard in entering.held {
            self.tell_heard(heard);
        }
        self.flush_alerts();
    }

    /// MODE: who may what.
    pub(super) fn mode(&mut self, params: &[String]) {
        let Some((channel, modes)) = params.split_first() else { return };
        let fold = self.fold();
        for change in self.connection.isupport.rank_changes(modes) {
            let member = self.room(channel).and_then(|it| it.member_mut(&change.nick, fold));
            if let Some(member) = member {
                member.signs.retain(|sign| sign != change.sign);
                if change.given {
                    member.signs.push(change.sign);
                }
            }
        }
    }

    /// CHGHOST: only our own matters, for the length of our lines.
    pub(super) fn host_changed(&mut self, line: &Line, user: &str, host: &str) {
        if self.is_me(&line.source.name) {
            self.connection.userhost = Some(format!("{user}@{host}"));
        }
    }

    /// 396: `me host :is now your hidden host`.
    pub(super) fn host_hidden(&mut self, params: &[String]) {
        let (Some(host), Some(userhost)) = (params.get(1), &mut self.connection.userhost) else {
            return;
        };
        let user = userhost.split('@').next().unwrap_or_default();
        *userhost = if host.contains('@') { host.clone() } else { format!("{user}@{host}") };
    }

    /// Whether the network tells accounts.
    pub(super) fn tells_accounts(&self) -> bool {
        let caps = &self.connection.caps;
        caps.has("account-tag") || caps.has("extended-join") || self.connection.isupport.whox
    }

    pub(super) fn room_index(&self, channel: &str) -> Option<usize> {
        let fold = self.fold();
        self.rooms.iter().position(|room| fold.same(room.channel.as_str(), channel))
    }

    /// Something happened in a channel we are in: tells it, or holds it back while we learn who is
    /// there. What happens elsewhere is not ours to hear.
    pub(super) fn emit(
        &mut self,
        index: usize,
        at: (crate::domain::time::Moment, crate::domain::time::Moment),
        what: What,
    ) {
        let room = &mut self.rooms[index];
        let (at, heard_at) = at;
        let heard = Heard { at, heard_at, sound: Sound::Channel(room.channel.clone(), what) };
        match &mut room.presence {
            Presence::In => self.tell_heard(heard),
            Presence::Entering(entering) => {
                entering.held.push(heard);
                if entering.held.len() >= HELD_MOST {
                    self.back(index);
                }
            }
            Presence::Out { .. } | Presence::Joining { .. } => {}
        }
    }
}
