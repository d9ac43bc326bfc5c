//! Listening: what people say and do, with the time it happened and the account they have.
//! It decides what is heard and what is noise; what it means is the flow's business.

use crate::domain::meeting::event::{Leaving, Login, Manner, Speaker, What};
use crate::domain::name::{Account, Nick};
use crate::domain::text::Text;
use crate::domain::time::{MINUTE, Moment};
use crate::flow::hear::{Heard, Sound};
use crate::irc::pacer::Rank;
use crate::irc::say;
use crate::irc::session::batch::{Kind, is_split_reason};
use crate::irc::session::roster::LAPSE;
use crate::irc::session::{Output, Session};
use crate::irc::wire::Line;
use crate::irc::words;
use irc::proto::BatchSubCommand;

/// How far the server's time may be from ours to be shown, in microseconds.
const SKEW_MOST: i64 = 5 * MINUTE;
/// The longest CTCP PING that is answered, in bytes.
const CTCP_MOST_BYTES: usize = 64;

impl Session {
    /// PRIVMSG and NOTICE.
    pub(super) fn message(&mut self, line: &Line, target: &str, text: &str, notice: bool) {
        if self.is_me(&line.source.name) {
            self.echoed(target, text);
            return;
        }
        if line.source.is_server() {
            if notice {
                self.server_notice(text);
            }
            return;
        }
        if self.is_replay(line) || !self.is_new(line) {
            return;
        }
        let (manner, text) = match (notice, ctcp(text)) {
            (true, None) => (Manner::Notice, text),
            (false, None) => (Manner::Say, text),
            (false, Some(("ACTION", text))) => (Manner::Act, text),
            (false, Some((word, rest))) if self.is_me(target) => {
                return self.ctcp(line, word, rest);
            }
            // CTCP in channels and the answers to CTCP are noise.
            (_, Some(_)) => return,
        };
        if self.is_me(target) {
            // A NOTICE is never answered (RFC 2812 §3.3.2), so it need not be heard.
            if !notice {
                self.private(line, text);
            }
        } else if let Some(index) = self.room_index(target) {
            // `@#c` is no room of ours: what is said to the ops only stays with them.
            let at = self.times(line);
            let who = self.speaker(line);
            self.emit(index, at, What::Said { who, manner, text: Text::new(text) });
        }
    }

    fn private(&mut self, line: &Line, text: &str) {
        if !self.guests.may_speak(guest(line), self.now.mono) {
            return;
        }
        let (at, heard_at) = self.times(line);
        let sound = Sound::Private(self.speaker(line), Text::new(text));
        self.tell_heard(Heard { at, heard_at, sound });
    }

    /// CTCP to us alone: VERSION and PING are answered, once in a while.
    fn ctcp(&mut self, line: &Line, word: &str, rest: &str) {
        let answer = match word {
            "VERSION" => format!("VERSION {}", words::PROGRAM),
            "PING" => {
                let token = say::one_line(&Text::new(rest), CTCP_MOST_BYTES);
                format!("PING {token}")
            }
            _ => return,
        };
        let nick = Nick::new(&line.source.name);
        if let Some(nick) = say::nick(&nick)
            && self.guests.may_ask(self.now.mono)
        {
            self.queue(Rank::Bulk, format!("NOTICE {nick} :\u{1}{answer}\u{1}"));
        }
    }

    /// QUIT: somebody is gone from every channel.
    pub(super) fn quit(&mut self, line: &Line, why: Option<&str>) {
        let (fold, nick) = (self.fold(), line.source.name.as_str());
        if self.is_me(nick) {
            return;
        }
        let reason = why.unwrap_or_default();
        let how = if self.is_split(line, reason) { Leaving::Split } else { Leaving::Quit };
        let at = self.times(line);
        for index in 0..self.rooms.len() {
            if self.rooms[index].part(nick, fold).is_some() {
                let (nick, reason) = (Nick::new(nick), Text::new(reason));
                self.emit(index, at, What::Left { nick, how, reason });
            }
        }
        self.nick_is_free(nick);
    }

    /// Whether a QUIT is a netsplit's. Where the network marks them (batch), only the mark counts:
    /// anybody can write two servers' names as a reason.
    fn is_split(&self, line: &Line, reason: &str) -> bool {
        if self.connection.caps.has("batch") {
            self.connection.batches.kind(line, self.now.mono) == Some(Kind::Netsplit)
        } else {
            is_split_reason(reason)
        }
    }

    /// ACCOUNT: somebody logged in, or out (`*`).
    pub(super) fn account(&mut self, line: &Line, account: &str) {
        let (fold, nick) = (self.fold(), line.source.name.as_str());
        let at = self.times(line);
        let lapses_at = self.now.mono + LAPSE;
        for index in 0..self.rooms.len() {
            let Some(member) = self.rooms[index].member_mut(nick, fold) else { continue };
            if account == "*" {
                if member.lapses_at.is_none() && member.login.account().is_some() {
                    member.lapses_at = Some(lapses_at);
                    self.connection.next_lapse.get_or_insert(lapses_at);
                }
                continue;
            }
            let login = Login::As(Account::new(account));
            member.lapses_at = None;
            if member.login != login {
                member.login = login;
                let who = member.speaker();
                self.emit(index, at, What::LoggedIn(who));
            }
        }
    }

    /// Those whom services logged out a while ago, and not in again, are logged out.
    pub(super) fn lapse(&mut self) {
        let now = self.now;
        let mut next: Option<i64> = None;
        for index in 0..self.rooms.len() {
            let mut lapsed = Vec::new();
            for member in self.rooms[index].members.values_mut() {
                match member.lapses_at {
                    Some(at) if at <= now.mono => {
                        member.login = Login::No;
                        member.lapses_at = None;
                        lapsed.push(member.speaker());
                    }
                    Some(at) => next = Some(next.map_or(at, |it| it.min(at))),
                    None => {}
                }
            }
            for who in lapsed {
                self.emit(index, (now.wall, now.wall), What::LoggedIn(who));
            }
        }
        self.connection.next_lapse = next;
    }

    /// TOPIC: somebody changed the topic.
    pub(super) fn topic_set(&mut self, line: &Line, channel: &str, topic: Option<&str>) {
        let topic = topic.unwrap_or_default();
        let me = self.is_me(&line.source.name);
        let Some(index) = self.room_index(channel) else { return };
        self.rooms[index].topic = Text::new(topic);
        let fold = self.fold();
        let ours = me || self.connection.topics.was_asked_of_services(&fold.fold(channel), topic);
        if !ours {
            let at = self.times(line);
            let (nick, text) = (Nick::new(&line.source.name), Text::new(topic));
            self.emit(index, at, What::TopicSet { nick, text });
        }
    }

    /// BATCH: `+reference type …` opens one, `-reference` closes it.
    pub(super) fn batch(&mut self, reference: &str, kind: Option<&BatchSubCommand>) {
        if let Some(reference) = reference.strip_prefix('+') {
            let kind = kind.map_or(Kind::Other, Kind::of);
            self.connection.batches.open(reference, kind, self.now.mono);
        } else if let Some(reference) = reference.strip_prefix('-') {
            self.connection.batches.close(reference);
        }
    }

    /// Whether a line is a bouncer's or a server's playback: not live, so nothing in it may be
    /// obeyed.
    fn is_replay(&self, line: &Line) -> bool {
        self.connection.batches.kind(line, self.now.mono) == Some(Kind::Playback)
            || line.source.name.eq_ignore_ascii_case("HistServ")
    }

    fn is_new(&mut self, line: &Line) -> bool {
        match line.tags.get("msgid") {
            Some(id) if self.connection.caps.has("message-tags") => self.recent.insert(id),
            _ => true,
        }
    }

    /// The time to show, and when it reached us.
    pub(super) fn times(&self, line: &Line) -> (Moment, Moment) {
        let ours = self.now.wall;
        let theirs = line.tags.get("time").filter(|_| self.connection.caps.has("server-time"));
        let theirs = theirs.and_then(|time| Moment::parse(time).ok());
        let near = theirs.filter(|time| time.since(ours).abs() <= SKEW_MOST);
        (near.unwrap_or(ours), ours)
    }

    /// The account of whoever sent a line. Only what the server says counts: the `account` tag
    /// where it was negotiated, else what JOIN, ACCOUNT and WHOX said. Tags of clients (`+account`)
    /// and of vendors are other keys, and nobody reads them.
    pub(super) fn login_of(&mut self, line: &Line) -> Login {
        let (fold, nick) = (self.fold(), line.source.name.as_str());
        let tagged = self.connection.caps.has("account-tag");
        let known = self.rooms.iter().find_map(|room| room.member(nick, fold));
        if !tagged {
            return known.map_or(Login::Unknown, |member| member.login.clone());
        }
        match line.tags.get("account").filter(|account| !account.is_empty()) {
            Some(account) => Login::As(Account::new(account)),
            // Services logged them out a moment ago: it may be a restart of services.
            None => match known {
                Some(member) if member.lapses_at.is_some() => member.login.clone(),
                _ => Login::No,
            },
        }
    }

    fn speaker(&mut self, line: &Line) -> Speaker {
        let (fold, login) = (self.fold(), self.login_of(line));
        if login != Login::Unknown {
            for room in &mut self.rooms {
                if let Some(member) = room.member_mut(&line.source.name, fold)
                    && member.login != login
                {
                    member.login = login.clone();
                    member.lapses_at = None;
                }
            }
        }
        Speaker { nick: Nick::new(&line.source.name), login }
    }

    pub(super) fn tell_heard(&mut self, heard: Heard) {
        self.out.push(Output::Heard(heard));
    }
}

/// `\x01WORD rest\x01`, the last `\x01` optional (CTCP): the word and the rest.
fn ctcp(text: &str) -> Option<(&str, &str)> {
    let inner = text.strip_prefix('\u{1}')?;
    let inner = inner.strip_suffix('\u{1}').unwrap_or(inner);
    Some(inner.split_once(' ').unwrap_or((inner, "")))
}

fn guest(line: &Line) -> String {
    if line.source.host.is_empty() {
        line.source.name.clone()
    } else {
        format!("{}@{}", line.source.user, line.source.host)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ctcp_is_told_from_words() {
        assert_eq!(ctcp("\u{1}ACTION waves\u{1}"), Some(("ACTION", "waves")));
        assert_eq!(ctcp("\u{1}VERSION"), Some(("VERSION", "")));
        assert_eq!(ctcp("\u{1}"), Some(("", "")));
        assert_eq!(ctcp("words"), None);
    }
}
