//! Speaking: replies become lines, lines wait for the pacer, and the ledger sees them arrive.
//! It never speaks on its own accord but to the operator.

use crate::domain::meeting::event::Login;
use crate::domain::name::Nick;
use crate::domain::text::Text;
use crate::domain::time::MINUTE;
use crate::domain::time::SECOND;
use crate::flow::hear::{Heard, Reply, Sound};
use crate::irc::pacer::{POST, Rank, Waiting};
use crate::irc::say;
use crate::irc::session::{Output, Phase, Session};
use crate::irc::words;
use std::collections::BTreeMap;

/// What others see before a line of ours, until the network has told us: the longest usual user
/// and host names.
const USERHOST_MOST_BYTES: usize = 11 + 1 + 63;
/// How often the operator is told of the same trouble, in microseconds.
const ALERT_WAIT: i64 = 10 * MINUTE;
/// The most kinds of trouble remembered.
const ALERTS_MOST: usize = 64;
/// The most alerts kept for an operator who cannot be told yet.
const PENDING_MOST: usize = 5;

/// What the operator was told, and what is to be told.
#[derive(Debug, Default)]
pub struct Alerts {
    told: BTreeMap<String, i64>,
    pending: Vec<String>,
}

/// The topics asked for, by folded channel.
#[derive(Debug, Default)]
pub struct Topics {
    asked: BTreeMap<String, Asked>,
}

#[derive(Debug)]
struct Asked {
    topic: String,
    /// Whether services were asked, because the server refused us.
    services: bool,
    /// How often the server wanted us to come again later.
    delays: u32,
}

/// When a topic that came too soon after the last one is set again, in microseconds.
const TOPIC_AGAIN: i64 = 2 * SECOND;
/// How often.
const TOPIC_TRIES_MOST: u32 = 5;

impl Topics {
    /// Whether services set this topic because we asked them to.
    pub(super) fn was_asked_of_services(&self, channel: &str, topic: &str) -> bool {
        self.asked.get(channel).is_some_and(|asked| asked.services && asked.topic == topic)
    }
}

impl Session {
    /// Something is to be said.
    pub(super) fn reply(&mut self, reply: Reply) {
        match reply {
            Reply::Say(channel, text) => {
                let Some(target) = say::channel(&channel) else { return };
                for line in say::lines(&text, self.room_for("PRIVMSG", target)) {
                    let line = format!("PRIVMSG {target} :{line}");
                    self.push(Rank::Reply, Some(target), None, line);
                }
            }
            // What is posted is posted again when we are back in the channel, in its words of then.
            Reply::Post { channel, .. }
                if !self.room(channel.as_str()).is_some_and(|room| room.is_inside()) => {}
            Reply::Post { key, channel, text } => {
                let Some(target) = say::channel(&channel) else { return };
                let lines: Vec<String> = say::lines(&text, self.room_for("PRIVMSG", target));
                let last = lines.len().saturating_sub(1);
                for (place, line) in lines.into_iter().enumerate() {
                    let about = Some(format!("{POST}{key} {place}"));
                    let line = format!("PRIVMSG {target} :{line}");
                    let key = (place == last).then(|| key.clone());
                    self.post(target, about, key, line);
                }
            }
            Reply::Tell(nick, text) => {
                let Some(target) = say::nick(&nick) else { return };
                for line in say::lines(&text, self.room_for("NOTICE", target)) {
                    self.push(Rank::Bulk, None, None, format!("NOTICE {target} :{line}"));
                }
            }
            Reply::SetTopic(channel, text) => {
                let Some(target) = say::channel(&channel) else { return };
                let longest = self.connection.isupport.topiclen;
                let topic = say::one_line(&text, longest.min(self.room_for("TOPIC", target)));
                let (key, line) = (self.fold().fold(target), format!("TOPIC {target} :{topic}"));
                let asked = Asked { topic, services: false, delays: 0 };
                self.connection.topics.asked.insert(key.clone(), asked);
                self.push(Rank::Reply, Some(target), Some(format!("topic {key}")), line);
            }
        }
    }

    /// 437 for a channel we are in: topics follow each other too soon (InspIRCd allows one a second).
    pub(super) fn topic_delayed(&mut self, channel: &str) {
        let key = self.fold().fold(channel);
        let Some(asked) = self.connection.topics.asked.get_mut(&key) else { return };
        asked.delays += 1;
        if asked.delays > TOPIC_TRIES_MOST {
            return self.alert(&format!("topic {key}"), words::topic_refused(channel));
        }
        let line = say::on_the_wire(format!("TOPIC {channel} :{}", asked.topic));
        let (rank, since, about) = (Rank::Reply, self.now.mono, Some(format!("topic {key}")));
        let channel = Some(channel.to_string());
        let waiting = Waiting { rank, since, about, channel, line, key: None, tries: 0 };
        self.ledger.later(waiting, self.now.mono + TOPIC_AGAIN);
    }

    /// 482: we may not set the topic. Services may, where we are logged in; they are asked once.
    pub(super) fn topic_refused(&mut self, params: &[String]) {
        let Some(channel) = params.get(1).cloned() else { return };
        let key = self.fold().fold(&channel);
        let logged_in = self.connection.access.is_in();
        match self.connection.topics.asked.get_mut(&key) {
            Some(asked) if logged_in && !asked.services => {
                asked.services = true;
                let line = format!("PRIVMSG ChanServ :TOPIC {channel} {}", asked.topic);
                self.push(Rank::Reply, None, Some(format!("topic {key}")), line);
            }
            Some(_) => self.alert(&format!("topic {key}"), words::topic_refused(&channel)),
            None => {}
        }
    }

    /// Queues a line to the server itself, or one that belongs to no channel.
    pub(super) fn queue(&mut self, rank: Rank, line: String) {
        self.push(rank, None, None, line);
    }

    fn push(&mut self, rank: Rank, channel: Option<&str>, about: Option<String>, line: String) {
        let (since, channel) = (self.now.mono, channel.map(str::to_string));
        let line = say::on_the_wire(line);
        self.push_waiting(Waiting { rank, since, about, channel, line, key: None, tries: 0 });
    }

    /// Queues a line of which somebody wants to know that it was taken, instead of an older one
    /// about the same.
    fn post(&mut self, channel: &str, about: Option<String>, key: Option<String>, line: String) {
        if let Some(about) = &about {
            self.ledger.replaced(about);
        }
        let (rank, since) = (Rank::Reply, self.now.mono);
        let (channel, line) = (Some(channel.to_string()), say::on_the_wire(line));
        self.push_waiting(Waiting { rank, since, about, channel, line, key, tries: 0 });
    }

    fn push_waiting(&mut self, waiting: Waiting) {
        if let Some(dropped) = self.pacer.push(waiting) {
            self.warn_of("overflow", words::overflow(&dropped.line));
        }
    }

    /// Lets out what may leave now.
    pub(super) fn speak(&mut self) {
        if !self.may_speak() {
            return;
        }
        let now = self.now.mono;
        while let Some(again) = self.ledger.due(now) {
            self.push_waiting(again);
        }
        let echoes = self.has_echoes();
        if !echoes {
            self.ledger.forget(now);
        }
        while let Some(waiting) = self.next_line() {
            self.out.push(Output::Write(waiting.line.clone()));
            self.ledger.sent(waiting, now);
        }
        if let Some(number) = self.ledger.fence(now, echoes) {
            self.hand(format!("PING :fence-{number}"));
        }
    }

    fn next_line(&mut self) -> Option<Waiting> {
        let (fold, rooms) = (self.fold(), &self.rooms);
        self.pacer.pop(self.now.mono, |waiting| is_open(waiting, rooms, fold))
    }

    /// When a line may leave, or the ledger wants to look.
    pub(super) fn speak_at(&self) -> Option<i64> {
        if !self.may_speak() {
            return None;
        }
        let fold = self.fold();
        let line = self.pacer.wake(|waiting| is_open(waiting, &self.rooms, fold));
        [line, self.ledger.wake(self.has_echoes())].into_iter().flatten().min()
    }

    fn may_speak(&self) -> bool {
        matches!(self.phase, Phase::Online { .. }) && self.connection.ready
    }

    fn has_echoes(&self) -> bool {
        self.connection.caps.has("echo-message")
    }

    /// A line of ours came back.
    pub(super) fn echoed(&mut self, target: &str, text: &str) {
        let fold = self.fold();
        for waiting in self.ledger.echoed(target, text, fold) {
            self.say_again(waiting);
        }
        self.tell_taken();
    }

    /// The server answered a PING: what was to come back before it does not come any more.
    pub(super) fn fence_answered(&mut self, token: &str) {
        let number = token.strip_prefix("fence-").and_then(|number| number.parse().ok());
        let echoes = self.has_echoes();
        for waiting in number.map(|it| self.ledger.fence_passed(it, echoes)).unwrap_or_default() {
            self.say_again(waiting);
        }
        self.tell_taken();
    }

    /// Tells the flow of the lines that were taken, where it wants to know.
    fn tell_taken(&mut self) {
        for key in self.ledger.taken() {
            let (at, heard_at) = (self.now.wall, self.now.wall);
            self.tell_heard(Heard { at, heard_at, sound: Sound::Posted(key) });
        }
    }

    fn say_again(&mut self, waiting: Waiting) {
        let channel = waiting.channel.clone().unwrap_or_default();
        if !self.ledger.again(waiting, self.now.mono) {
            self.alert(&format!("lost {channel}"), words::lost(&channel));
        }
    }

    /// 404, 415: a channel did not take a line. Where the network has echoes it is known which one
    /// it was, and it is said again later; elsewhere that might say something twice.
    pub(super) fn words_refused(&mut self, params: &[String]) {
        let Some(channel) = params.get(1).cloned() else { return };
        let why = params.last().cloned().unwrap_or_default();
        self.refused(&channel, &why);
    }

    fn refused(&mut self, channel: &str, why: &str) {
        let (fold, now) = (self.fold(), self.now.mono);
        let Some(waiting) = self.ledger.refused(channel, fold) else { return };
        if self.has_echoes() {
            self.ledger.again(waiting, now);
        }
        let text = words::refused(channel, &format!("{why:?}."));
        self.alert(&format!("refused {}", fold.fold(channel)), text);
    }

    /// A NOTICE of the server: Solanum says so that an unvoiced speaker was too fast,
    /// `*** Message to #c throttled due to flooding`.
    pub(super) fn server_notice(&mut self, text: &str) {
        if text.contains("throttled due to flooding")
            && let Some(channel) =
                text.split(' ').find(|word| self.connection.isupport.is_channel(word))
        {
            self.refused(channel, "Message throttled due to flooding");
        }
    }

    /// How many bytes of words fit in a line of ours.
    fn room_for(&self, command: &str, target: &str) -> usize {
        let unknown = "?".repeat(USERHOST_MOST_BYTES);
        let userhost = self.connection.userhost.as_ref().unwrap_or(&unknown);
        let longest_nick = self.connection.nick.len().max(self.network.nick.as_str().len());
        let mask = format!("{}!{userhost}", "n".repeat(longest_nick));
        say::room(&mask, command, target)
    }

    /// Trouble: for the log, and for the operator; the same trouble once in a while.
    pub(super) fn alert(&mut self, about: &str, text: String) {
        if self.warn_of(about, text.clone()) && self.network.operator.is_some() {
            if self.alerts.pending.len() >= PENDING_MOST {
                self.alerts.pending.remove(0);
            }
            self.alerts.pending.push(text);
        }
        self.flush_alerts();
    }

    /// Trouble for the log only; whether it was new.
    fn warn_of(&mut self, about: &str, text: String) -> bool {
        let now = self.now.mono;
        let told = &mut self.alerts.told;
        if told.get(about).is_some_and(|at| now - at < ALERT_WAIT) {
            return false;
        }
        if told.len() >= ALERTS_MOST {
            told.retain(|_, at| now - *at < ALERT_WAIT);
        }
        if told.len() < ALERTS_MOST {
            told.insert(about.to_string(), now);
        }
        self.out.push(Output::Alert(text));
        true
    }

    /// Tells the operator what is pending, once we know who that is.
    pub(super) fn flush_alerts(&mut self) {
        let settled = self.rooms.iter().any(|room| room.is_inside())
            || matches!(self.phase, Phase::Online { steady: true, .. });
        if !self.may_speak() || !settled {
            return;
        }
        for text in std::mem::take(&mut self.alerts.pending) {
            if let Some(nick) = self.operator() {
                self.reply(Reply::Tell(nick, Text::new(text)));
            }
        }
    }

    /// The operator's nick: of whoever has that account, else the name itself.
    fn operator(&self) -> Option<Nick> {
        let operator = self.network.operator.as_ref()?;
        let fold = self.fold();
        let is_operator = |login: &Login| {
            login.account().is_some_and(|account| fold.same(account.as_str(), operator.as_str()))
        };
        let mut members = self.rooms.iter().flat_map(|room| room.members.values());
        let member = members.find(|member| is_operator(&member.login));
        Some(member.map_or_else(|| operator.clone(), |member| Nick::new(&member.nick)))
    }
}

/// Whether a line's channel is one we are in.
fn is_open(
    waiting: &Waiting,
    rooms: &[crate::irc::session::roster::Room],
    fold: crate::domain::name::Casemapping,
) -> bool {
    waiting.channel.as_ref().is_none_or(|channel| {
        rooms.iter().any(|room| room.is_inside() && fold.same(room.channel.as_str(), channel))
    })
}
