//! Who is in a channel while no meeting is on, so that a meeting knows it from its first line.

use crate::domain::meeting::event::{Speaker, What};
use crate::domain::name::{Casemapping, Nick};
use crate::domain::text::Text;
use std::collections::BTreeMap;

/// The most people of one channel that are kept; those who come after are not known until they speak.
pub const MOST_PEOPLE: usize = 10_000;

/// A channel as the door last described it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Presence {
    /// The bot's nick.
    pub bot: Option<Nick>,
    /// How the network compares names.
    pub casemapping: Casemapping,
    /// Whether the network tells accounts.
    pub accounts: bool,
    /// The channel's topic, where it is known.
    pub topic: Option<Text>,
    people: BTreeMap<String, Speaker>,
}

impl Presence {
    /// Everybody who is here, in the order of their folded nicks.
    pub fn people(&self) -> Vec<Speaker> {
        self.people.values().cloned().collect()
    }

    /// Replaces what was known of who is here.
    pub fn set_people(&mut self, people: &[Speaker]) {
        self.people.clear();
        people.iter().for_each(|who| self.add(who));
    }

    /// Takes in what happened.
    pub fn apply(&mut self, what: &What) {
        let fold = |nick: &Nick| self.casemapping.fold(nick.as_str());
        match what {
            What::Said { who, .. } | What::Joined(who) | What::LoggedIn(who) => self.add(who),
            What::Left { nick, .. } => drop(self.people.remove(&fold(nick))),
            What::Renamed { old, new } => {
                if let Some(who) = self.people.remove(&fold(old)) {
                    self.add(&Speaker { nick: new.clone(), ..who });
                }
            }
            What::TopicSet { text, .. } => self.topic = Some(text.clone()),
            What::Members(people) => self.set_people(people),
            What::Own { .. } | What::Opened(_) | What::Gap { .. } => {}
            What::Noted(_) | What::Redacted(_) | What::Ledger(_) | What::Tick => {}
        }
    }

    fn add(&mut self, who: &Speaker) {
        let key = self.casemapping.fold(who.nick.as_str());
        if self.people.len() < MOST_PEOPLE || self.people.contains_key(&key) {
            self.people.insert(key, who.clone());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::meeting::event::{Leaving, Login};

    #[test]
    fn knows_who_is_here() {
        let who = |nick: &str| Speaker { nick: nick.into(), login: Login::No };
        let mut presence = Presence::default();
        presence.set_people(&[who("anna"), who("Bob")]);
        presence.apply(&What::Joined(who("carl")));
        presence.apply(&What::Renamed { old: "bob".into(), new: "bob_".into() });
        presence.apply(&What::Left { nick: "ANNA".into(), how: Leaving::Quit, reason: "".into() });
        let nicks: Vec<_> = presence.people().iter().map(|who| who.nick.clone()).collect();
        assert_eq!(nicks, ["bob_".into(), "carl".into()]);
    }
}
