//! Keeping order: chairs, attendance, the agenda and the speaker queue.

use crate::domain::meeting::Meeting;
use crate::domain::meeting::act::{MOST_NAMES, Voice, name, names, say};
use crate::domain::meeting::effect::Effect;
use crate::domain::meeting::item::Kind;
use crate::domain::meeting::mark::Mark;
use crate::domain::meeting::people::PersonId;
use crate::domain::meeting::queue;
use crate::domain::meeting::reply;
use crate::domain::text::Text;
use crate::domain::time::Moment;

/// How many agenda items `#agenda` shows.
const AGENDA_SHOWN: usize = 8;

impl Meeting {
    /// What was on the agenda and was not come to.
    pub fn unreached(&self) -> impl Iterator<Item = &Text> {
        self.queues.agenda.iter()
    }

    pub(super) fn add_to_agenda(&mut self, voice: &Voice, words: &str) -> Vec<Effect> {
        let answer = match self.queues.add_topic(words) {
            true => format!("Agenda item {}: {words}", self.queues.agenda.len()),
            false => format!("The agenda is full ({} items).", queue::MOST_ENTRIES),
        };
        vec![voice.tell(answer)]
    }

    pub(super) fn show_agenda(&self) -> Vec<Effect> {
        let items: Vec<String> = (1..)
            .zip(&self.queues.agenda)
            .map(|(n, topic)| format!("{n}. {}", topic.as_untrusted()))
            .collect();
        let more = match items.len().saturating_sub(AGENDA_SHOWN) {
            0 => String::new(),
            more => format!("; and {more} more"),
        };
        match items.is_empty() {
            true => vec![say("The agenda is empty.  Add to it with #agenda+ TEXT.")],
            false => vec![say(format!(
                "Agenda: {}{more}",
                items[..items.len().min(AGENDA_SHOWN)].join("; ")
            ))],
        }
    }

    /// The speaker queue; `ack` means something only from a chair and while somebody waits.
    pub(super) fn queue(&mut self, voice: &Voice, word: queue::Word<'_>) -> Vec<Effect> {
        match word {
            queue::Word::Join(about) => {
                self.queues.add_speaker(voice.person, about);
                vec![say(self.speakers())]
            }
            queue::Word::Leave => match self.queues.remove_speaker(voice.person) {
                true => vec![say(self.speakers())],
                false => Vec::new(),
            },
            queue::Word::Show => vec![say(self.speakers())],
            queue::Word::Acknowledge(named) if self.people.one(voice.person).chair => {
                let next = match named {
                    "" => self.queues.speakers.front().map(|(who, _)| *who),
                    named => self.people.find(named),
                };
                next.and_then(|who| self.give_floor(who)).into_iter().collect()
            }
            queue::Word::Acknowledge(_) => Vec::new(),
        }
    }

    fn give_floor(&mut self, who: PersonId) -> Option<Effect> {
        let index = self.queues.speakers.iter().position(|(other, _)| *other == who)?;
        let (_, about) = self.queues.speakers.remove(index)?;
        let about = match about.as_untrusted() {
            "" => String::new(),
            about => format!(" (to {about})"),
        };
        let nick = self.people.one(who).nick.as_str();
        Some(say(format!("{nick}, you have the floor{about}.  {}", self.speakers())))
    }

    fn speakers(&self) -> String {
        let names: Vec<&str> = self
            .queues
            .speakers
            .iter()
            .map(|(who, _)| self.people.one(*who).nick.as_str())
            .collect();
        match names.is_empty() {
            true => "The speaker queue is empty.".to_string(),
            false => format!("Speaker queue: {}", names.join(", ")),
        }
    }

    /// `#here [name]`: signs in; the name is the speaker's own.
    pub(super) fn name_and_sign_in(&mut self, voice: &Voice, words: &str) -> Vec<Effect> {
        let person = self.people.one_mut(voice.person);
        if person.name.is_none() {
            person.name = name(words);
        }
        self.sign_in(voice, "")
    }

    /// `o/`, `present+ [name]`: signs in the speaker, or the one named.
    pub(super) fn sign_in(&mut self, voice: &Voice, named: &str) -> Vec<Effect> {
        let id = if named.is_empty() { voice.person } else { self.people.named(named) };
        self.signed_in(id, voice.at, None);
        Vec::new()
    }

    /// `regrets+ name`: somebody who sends regrets; without a name, the speaker leaves early.
    pub(super) fn regret(&mut self, voice: &Voice, words: &str) -> Vec<Effect> {
        if words.is_empty() {
            self.people.one_mut(voice.person).regrets = true;
        }
        // A full name has spaces, so only commas part names here.
        for given in
            words.split(',').map(str::trim).filter(|given| !given.is_empty()).take(MOST_NAMES)
        {
            let id = self.people.named(given);
            self.people.one_mut(id).regrets = true;
        }
        Vec::new()
    }

    pub(super) fn name_people(&mut self, words: &str) -> Vec<Effect> {
        for given in names(words) {
            let id = self.people.named(given);
            self.people.one_mut(id).present = true;
        }
        Vec::new()
    }

    /// What was said before the start: marks tell it to whoever reads the log alone.
    pub(super) fn take_over(&mut self, at: Moment) {
        let before = self.settings.before.clone();
        for sign in &before.signed_in {
            let person = self.people.who(&sign.who);
            self.mark_identity(at, &sign.who, person);
            self.note(at, &Mark::SignedIn(sign.who.nick.clone(), sign.at.whole_second()));
            self.signed_in(person, sign.at.whole_second(), sign.name.clone());
        }
        for name in &before.regrets {
            self.note(at, &Mark::Regrets(name.clone()));
        }
        for topic in &before.agenda {
            self.note(at, &Mark::Agenda(topic.clone()));
        }
    }

    /// Somebody is here since then.
    pub(super) fn signed_in(&mut self, person: PersonId, at: Moment, name: Option<Text>) {
        let person = self.people.one_mut(person);
        person.present = true;
        person.regrets = false;
        person.signed_in_at.get_or_insert(at);
        if person.name.is_none() {
            person.name = name;
        }
    }

    pub(super) fn chair(&mut self, voice: &Voice, words: &str) -> Vec<Effect> {
        let mut absent = Vec::new();
        if !self.people.one(voice.person).chair {
            let taken = self.chair_taken(voice);
            self.people.one_mut(voice.person).chair = true;
            self.note_item(voice, Kind::Info, &taken, None);
        }
        for given in names(words) {
            let id = self.people.named(given);
            self.people.one_mut(id).chair = true;
            if !self.people.is_here(given) {
                absent.push(given);
            }
        }
        let mut effects = vec![say(reply::current_chairs(self))];
        if !absent.is_empty() && self.people.anyone_is_here() {
            effects.push(voice.tell(format!("Not in the channel now: {}", absent.join(", "))));
        }
        effects
    }

    pub(super) fn unchair(&mut self, voice: &Voice, words: &str) -> Vec<Effect> {
        let mut effects = Vec::new();
        for given in names(words) {
            match self.people.find(given) {
                Some(id) if Some(id) == self.owner => effects
                    .push(voice.tell(format!("{given} started this meeting and stays a chair."))),
                Some(id) if self.people.one(id).chair => self.people.one_mut(id).chair = false,
                _ => effects.push(voice.tell(format!("{given} is no chair."))),
            }
        }
        effects.insert(0, say(reply::current_chairs(self)));
        effects
    }
}
