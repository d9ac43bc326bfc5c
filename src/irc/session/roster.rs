//! Who is in which channel, as the network tells it: by folded nick, with account and rank.
//! It never decides what somebody may do.

use crate::domain::meeting::event::{Login, Speaker};
use crate::domain::name::{Casemapping, Channel, Nick};
use crate::domain::text::Text;
use crate::domain::time::{Moment, SECOND};
use crate::flow::hear::Heard;
use std::collections::BTreeMap;

/// The most people kept of one channel.
const MEMBERS_MOST: usize = 20_000;
/// How long somebody whom services logged out keeps the account, in microseconds: a restart of
/// services logs everybody out and in again. It is the same connection all the while.
pub const LAPSE: i64 = 60 * SECOND;

/// A channel the bot is meant to be in.
#[derive(Debug)]
pub struct Room {
    /// Its name in the configuration.
    pub channel: Channel,
    /// Whether the bot is there.
    pub presence: Presence,
    /// The last moment something was heard while the bot was there.
    pub lost_at: Option<Moment>,
    /// Its topic.
    pub topic: Text,
    /// Its people, the bot among them, by folded nick.
    pub members: BTreeMap<String, Member>,
    /// When the bot was kicked out lately, in monotonic microseconds.
    pub kicks: Vec<i64>,
}

/// Whether the bot is in a channel.
#[derive(Debug)]
pub enum Presence {
    /// It is not, and tries again at this monotonic time.
    Out {
        /// When; `None`: as soon as the connection is ready.
        again_at: Option<i64>,
    },
    /// It asked to be let in.
    Joining {
        /// When, monotonic.
        since: i64,
    },
    /// It is in and learns who is there. What it hears meanwhile is held back, so that it is told
    /// after [`crate::flow::hear::Sound::Back`].
    Entering(Entering),
    /// It is in.
    In,
}

/// Learning who is there.
#[derive(Debug)]
pub struct Entering {
    /// Since when, monotonic.
    pub since: i64,
    /// The JOIN's times: shown, and heard.
    pub at: (Moment, Moment),
    /// Whether NAMES has ended.
    pub named: bool,
    /// What was heard meanwhile.
    pub held: Vec<Heard>,
}

/// Somebody in a channel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    /// The nick as it is written.
    pub nick: String,
    /// The account.
    pub login: Login,
    /// The signs of rank, for example `@+`.
    pub signs: String,
    /// When the account lapses, monotonic: services logged them out.
    pub lapses_at: Option<i64>,
}

impl Member {
    /// The member as a speaker.
    pub fn speaker(&self) -> Speaker {
        Speaker { nick: Nick::new(&self.nick), login: self.login.clone() }
    }
}

impl Room {
    /// A channel nobody has been in yet.
    pub fn new(channel: Channel) -> Room {
        Room {
            channel,
            presence: Presence::Out { again_at: None },
            lost_at: None,
            topic: Text::default(),
            members: BTreeMap::new(),
            kicks: Vec::new(),
        }
    }

    /// Whether the bot is in the channel, knowing its people or not yet.
    pub fn is_inside(&self) -> bool {
        matches!(self.presence, Presence::In | Presence::Entering(_))
    }

    /// The bot is no longer there; `heard_at` is when something was heard last.
    pub fn left(&mut self, heard_at: Moment, again_at: Option<i64>) {
        if self.is_inside() {
            self.lost_at = Some(heard_at);
        }
        self.presence = Presence::Out { again_at };
        self.members.clear();
        self.topic = Text::default();
    }

    /// Somebody is there. Keeps what is known of them where this says less.
    pub fn meet(&mut self, nick: &str, login: Login, signs: &str, fold: Casemapping) {
        let full = self.members.len() >= MEMBERS_MOST;
        let key = fold.fold(nick);
        match self.members.get_mut(&key) {
            Some(member) => {
                member.nick = nick.to_string();
                if login != Login::Unknown {
                    member.login = login;
                    member.lapses_at = None;
                }
                if !signs.is_empty() {
                    member.signs = signs.to_string();
                }
            }
            None if full => {}
            None => {
                let (nick, signs) = (nick.to_string(), signs.to_string());
                self.members.insert(key, Member { nick, login, signs, lapses_at: None });
            }
        }
    }

    /// Somebody of this nick, where they are there.
    pub fn member(&self, nick: &str, fold: Casemapping) -> Option<&Member> {
        self.members.get(&fold.fold(nick))
    }

    /// The same, to change.
    pub fn member_mut(&mut self, nick: &str, fold: Casemapping) -> Option<&mut Member> {
        self.members.get_mut(&fold.fold(nick))
    }

    /// Somebody left; `None` where they were not there.
    pub fn part(&mut self, nick: &str, fold: Casemapping) -> Option<Member> {
        self.members.remove(&fold.fold(nick))
    }

    /// Somebody changed nick; whether they were there.
    pub fn rename(&mut self, old: &str, new: &str, fold: Casemapping) -> bool {
        let Some(mut member) = self.part(old, fold) else { return false };
        member.nick = new.to_string();
        self.members.insert(fold.fold(new), member);
        true
    }

    /// Everybody but the bot, by nick.
    pub fn others(&self, bot: &str, fold: Casemapping) -> Vec<Speaker> {
        let others = self.members.values().filter(|member| !fold.same(&member.nick, bot));
        others.map(Member::speaker).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FOLD: Casemapping = Casemapping::Rfc1459;

    #[test]
    fn one_person_is_one_member_however_written() {
        let mut room = Room::new("#c".into());
        room.meet("Al[m]", Login::As("al".into()), "@+", FOLD);
        room.meet("al{m}", Login::Unknown, "", FOLD);
        assert_eq!(room.members.len(), 1);
        assert_eq!(room.member("AL[M]", FOLD).unwrap().login, Login::As("al".into()));
        assert!(room.rename("al[m]", "bo", FOLD) && !room.rename("al[m]", "cy", FOLD));
        assert_eq!(room.others("bot", FOLD)[0].nick, Nick::new("bo"));
        assert!(room.others("BO", FOLD).is_empty());
    }

    #[test]
    fn a_room_is_bounded() {
        let mut room = Room::new("#c".into());
        for n in 0..MEMBERS_MOST + 9 {
            room.meet(&format!("n{n}"), Login::No, "", FOLD);
        }
        assert_eq!(room.members.len(), MEMBERS_MOST);
    }

    #[test]
    fn only_who_was_inside_loses_something() {
        let mut room = Room::new("#c".into());
        let (one, two) = (Moment::from_micros(1), Moment::from_micros(2));
        room.left(one, None);
        assert_eq!(room.lost_at, None);
        room.presence = Presence::In;
        room.left(one, None);
        room.left(two, None);
        assert_eq!(room.lost_at, Some(one));
    }
}
