//! One channel: its members, modes, lists and topic, and whom a mask means.

use super::client::Client;
use super::{CHANNEL_BYTES, Id, MASKS_PER_LIST, State};
use crate::demo::options::Registered;
use crate::domain::name::Casemapping;
use crate::domain::time::{Moment, SECOND};
use std::collections::{BTreeMap, BTreeSet};

#[derive(Debug, Default)]
pub(super) struct Channel {
    pub(super) name: String,
    pub(super) members: BTreeMap<Id, Member>,
    pub(super) topic: Option<Topic>,
    /// The modes without a parameter.
    pub(super) flags: BTreeSet<char>,
    pub(super) key: Option<String>,
    pub(super) limit: Option<usize>,
    /// Where those go who may not enter (`+f`).
    pub(super) forward: Option<String>,
    pub(super) bans: Vec<Mask>,
    pub(super) quiets: Vec<Mask>,
    pub(super) invited: BTreeSet<Id>,
    pub(super) created_at: Option<Moment>,
    /// ChanServ's lists, where it keeps the channel.
    pub(super) access: Option<Registered>,
    /// The fault that makes NOTICEs vanish.
    pub(super) drops_notices: bool,
    pub(super) throttle: Option<Throttle>,
}

/// What somebody is in a channel.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Member {
    pub(super) op: bool,
    pub(super) voice: bool,
}

impl Member {
    /// `@+`, `@`, `+` or nothing: the highest only, or all of them.
    pub(super) fn prefixes(self, all: bool) -> &'static str {
        match (self.op, self.voice) {
            (true, true) if all => "@+",
            (true, _) => "@",
            (false, true) => "+",
            (false, false) => "",
        }
    }
}

#[derive(Clone, Debug)]
pub(super) struct Topic {
    pub(super) text: Vec<u8>,
    pub(super) by: Vec<u8>,
    pub(super) at: Moment,
}

/// An entry of a ban or quiet list.
#[derive(Clone, Debug)]
pub(super) struct Mask {
    pub(super) mask: String,
    pub(super) by: Vec<u8>,
    pub(super) at: Moment,
}

/// Solanum's channel flood control: so many lines, then one per second.
#[derive(Clone, Copy, Debug)]
pub(super) struct Throttle {
    pub(super) most: u32,
    taken: i64,
    since: Moment,
}

impl Throttle {
    pub(super) fn new(most: u32, now: Moment) -> Throttle {
        Throttle { most, taken: 0, since: now }
    }

    /// Whether one more line is taken.
    pub(super) fn takes(&mut self, now: Moment) -> bool {
        let seconds = now.since(self.since) / SECOND;
        if seconds > 0 {
            self.taken = (self.taken - seconds).max(0);
            self.since = self.since.plus(seconds * SECOND);
        }
        let takes = self.taken < i64::from(self.most);
        self.taken += i64::from(takes);
        takes
    }
}

impl Channel {
    pub(super) fn new(name: &str, now: Moment) -> Channel {
        Channel { name: name.to_string(), created_at: Some(now), ..Channel::default() }
    }

    pub(super) fn registered(access: &Registered, by: Vec<u8>, now: Moment) -> Channel {
        let mut channel = Channel::new(&access.name, now);
        channel.flags = access.modes.chars().filter(|flag| super::mode::is_flag(*flag)).collect();
        if !access.topic.is_empty() {
            channel.topic = Some(Topic { text: access.topic.clone().into_bytes(), by, at: now });
        }
        channel.access = Some(access.clone());
        channel
    }

    pub(super) fn is(&self, flag: char) -> bool {
        self.flags.contains(&flag)
    }

    /// Adds a mask; false where the list is full.
    pub(super) fn add_mask(list: &mut Vec<Mask>, mask: Mask) -> bool {
        let room = list.len() < MASKS_PER_LIST;
        if room {
            list.push(mask);
        }
        room
    }
}

impl State {
    /// Whether a list names the client.
    pub(super) fn is_listed(&self, list: &[Mask], client: &Client) -> bool {
        let mask = format!("{}!{}@{}", client.name(), client.user(), client.host);
        let address = format!("{}!{}@127.0.0.1", client.name(), client.user());
        let folding = self.options.casemapping;
        list.iter().any(|one| match one.mask.as_str() {
            "$a" => client.account.is_some(),
            "$~a" => client.account.is_none(),
            glob => matches(folding, glob, &mask) || matches(folding, glob, &address),
        })
    }

    /// Takes somebody out of a channel; an empty one that nobody keeps is gone.
    pub(super) fn remove_member(&mut self, folded: &str, id: Id) {
        if let Some(channel) = self.channels.get_mut(folded) {
            channel.members.remove(&id);
            if channel.members.is_empty() && channel.access.is_none() {
                self.channels.remove(folded);
            }
        }
        if let Some(client) = self.clients.get_mut(&id) {
            client.channels.remove(folded);
        }
    }
}

/// Whether that is a channel's name.
pub(super) fn is_channel(name: &str) -> bool {
    let bad = |c: char| c.is_control() || matches!(c, ' ' | ',' | ':');
    name.starts_with('#') && name.len() > 1 && name.len() <= CHANNEL_BYTES && !name.contains(bad)
}

/// Whether a glob (`*`, `?`) matches all of a name. Linear memory, no recursion: a mask is a
/// stranger's text.
pub(super) fn matches(folding: Casemapping, glob: &str, name: &str) -> bool {
    let glob: Vec<char> = folding.fold(glob).chars().collect();
    let name: Vec<char> = folding.fold(name).chars().collect();
    let (mut at, mut here) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    while here < name.len() {
        if at < glob.len() && (glob[at] == '?' || (glob[at] == name[here] && glob[at] != '*')) {
            at += 1;
            here += 1;
        } else if at < glob.len() && glob[at] == '*' {
            star = Some((at, here));
            at += 1;
        } else if let Some((after, from)) = star {
            star = Some((after, from + 1));
            at = after + 1;
            here = from + 1;
        } else {
            return false;
        }
    }
    glob[at..].iter().all(|c| *c == '*')
}
