//! How a meeting takes in what happens in the channel: who it was, which log line it made, and
//! which command, vote, sign-in or plain talk it is.

use crate::domain::escape;
use crate::domain::meeting::act::Voice;
use crate::domain::meeting::command;
use crate::domain::meeting::effect::Effect;
use crate::domain::meeting::event::{Leaving, Login, Manner, Speaker, What};
use crate::domain::meeting::greeting::{self, Greeting};
use crate::domain::meeting::item::{Did, Form, Kind};
use crate::domain::meeting::ledger::Wish;
use crate::domain::meeting::mark::Mark;
use crate::domain::meeting::people::PersonId;
use crate::domain::meeting::queue;
use crate::domain::meeting::reply;
use crate::domain::meeting::{Meeting, State};
use crate::domain::name::Nick;
use crate::domain::text::{self, Text};
use crate::domain::time::{Moment, SECOND};

/// How many answers one person gets within [`TOLD_WITHIN`]; a flood of commands must not keep the
/// answers of others waiting.
const MOST_TOLD: u32 = 6;
/// The time over which answers are counted: 30 seconds.
const TOLD_WITHIN: i64 = 30 * SECOND;

impl Meeting {
    /// The bot's own line: logged, counted for nobody, never obeyed.
    pub(super) fn hear_own(&mut self, at: Moment, manner: Manner, text: &Text) -> Vec<Effect> {
        let bot = self.settings.bot.clone().unwrap_or_else(|| Nick::new("beadle"));
        let line = text::clean(text.as_untrusted());
        self.log_line(at, form_of(manner), &bot, &line);
        Vec::new()
    }

    /// Somebody said something.
    pub(super) fn hear(
        &mut self,
        at: Moment,
        who: &Speaker,
        manner: Manner,
        text: &Text,
    ) -> Vec<Effect> {
        let words = text::clean(text.as_untrusted());
        let relayed = self.unwrap_relay(who, &words);
        if command::is_off_the_record(relayed.as_ref().map_or(&words, |(_, said)| said)) {
            return Vec::new();
        }
        let (person, nick, said) = match &relayed {
            Some((real, said)) => {
                self.mark_relay(at, &who.nick);
                (self.people.relayed(&who.nick, real), real.clone(), said.as_str())
            }
            None => {
                let person = self.people.who(who);
                self.mark_identity(at, who, person);
                (person, who.nick.clone(), words.as_str())
            }
        };
        let line = self.log_line(at, form_of(manner), &who.nick, &words);
        self.speakers[line - 1] = Some(person);
        if manner == Manner::Notice {
            return Vec::new(); // A NOTICE is never obeyed and never answered (RFC 2812 §3.3.2).
        }
        let someone = self.people.one_mut(person);
        someone.lines += 1;
        someone.present = true;
        if manner == Manner::Act {
            return Vec::new();
        }
        let effects = self.hear_words(&Voice { at, person, nick, line }, said);
        if relayed.is_some() { effects.into_iter().map(aloud).collect() } else { effects }
    }

    /// Whether the line asks to be kept out of the log, also from behind a relay.
    pub fn is_off_the_record(&self, what: &What) -> bool {
        let What::Said { who, text, .. } = what else { return false };
        let words = text::clean(text.as_untrusted());
        let relayed = self.unwrap_relay(who, &words);
        command::is_off_the_record(relayed.as_ref().map_or(&words, |(_, said)| said))
    }

    fn hear_words(&mut self, voice: &Voice, said: &str) -> Vec<Effect> {
        let before = (self.topics.len(), self.noted);
        let effects = match command::read(said) {
            command::Form::Command(word, words) => self.obey(word, words, voice),
            command::Form::Hashtag(typed) if self.owner.is_some() => {
                match command::nearest(typed) {
                    Some(word) => vec![voice.tell(reply::did_you_mean(typed, word))],
                    None => Vec::new(),
                }
            }
            command::Form::Hashtag(_) => Vec::new(),
            command::Form::Plain(_) if self.owner.is_none() => Vec::new(),
            command::Form::Plain(said) => self.hear_talk(voice, said),
        };
        let after = (self.topics.len(), self.noted);
        if let Some(line) = self.log.get_mut(voice.line - 1) {
            line.did = match () {
                () if after.0 > before.0 => Did::Topic,
                () if said.starts_with('#') || after.1 > before.1 => Did::Command,
                () => line.did,
            };
        }
        let did = self.log.get(voice.line - 1).map_or(Did::Nothing, |line| line.did);
        self.note_heard(voice, did);
        self.sparingly(voice, effects, after.1 > before.1)
    }

    /// Words without `#` that still mean something.
    fn hear_talk(&mut self, voice: &Voice, said: &str) -> Vec<Effect> {
        if self.vote.is_some() && ["+1", "-1", "0", "+0", "-0"].contains(&said) {
            return self.vote_by_sign(voice, said);
        }
        if let Some(word) = queue::read(said) {
            return self.queue(voice, word);
        }
        if let Some(change) = Substitution::read(said) {
            return self.substitute(voice, &change);
        }
        if let Some(url) = escape::starts_with_url(said) {
            return self.note_item(voice, Kind::Link, said, Some(url));
        }
        match greeting::read_plain(said) {
            Some(Greeting::Here(name)) => self.sign_in(voice, name),
            Some(Greeting::Regrets(names)) => self.regret(voice, names),
            None => Vec::new(),
        }
    }

    /// Drops answers to somebody who has had several within the last seconds. What chairs and the
    /// makers of items have the channel told is always said.
    fn sparingly(
        &mut self,
        voice: &Voice,
        mut effects: Vec<Effect>,
        has_noted: bool,
    ) -> Vec<Effect> {
        let is_heard = has_noted || self.people.one(voice.person).chair;
        let told = self.told.entry(voice.person).or_insert((voice.at, 0));
        if voice.at.since(told.0) > TOLD_WITHIN {
            *told = (voice.at, 0);
        }
        effects.retain(|effect| {
            let counts = match effect {
                Effect::Tell(..) => true,
                Effect::Say(_) => !is_heard,
                _ => false,
            };
            told.1 += u32::from(counts);
            !counts || told.1 <= MOST_TOLD
        });
        effects
    }

    /// An event whose words were destroyed: it counts and acts as what is left of it.
    pub(super) fn judge_redacted(&mut self, at: Moment, what: &What) -> Vec<Effect> {
        let before = self.log.len();
        let effects = self.judge(at, what);
        if let Some(line) = self.log.get_mut(before..).and_then(<[_]>::last_mut) {
            line.did = Did::Redacted;
        }
        effects
    }

    /// Somebody came into the channel.
    pub(super) fn hear_joined(&mut self, at: Moment, who: &Speaker) -> Vec<Effect> {
        let was_split = self.people.was_split(&who.nick);
        let person = self.people.joined(who);
        match person {
            Some(person) if was_split && self.takes_part(person) => {
                self.note(at, &Mark::Other(format!("{} is back", who.nick.as_str()).into()))
            }
            _ => Vec::new(),
        }
    }

    /// Somebody left; only a netsplit is worth a mark, as its people do not know they are gone.
    pub(super) fn hear_left(&mut self, at: Moment, nick: &Nick, how: Leaving) -> Vec<Effect> {
        match self.people.left(nick, how) {
            Some(person) if how == Leaving::Split && self.takes_part(person) => {
                let sentence = format!("{} was split off by the network", nick.as_str());
                self.note(at, &Mark::Other(sentence.into()))
            }
            _ => Vec::new(),
        }
    }

    /// Somebody changed nick; it is logged where the log knows the one or the other nick.
    pub(super) fn hear_renamed(&mut self, at: Moment, old: &Nick, new: &Nick) -> Vec<Effect> {
        let known = |nick: &Nick| {
            self.people.is_known(nick.as_str()) || self.reader.is_known(nick.as_str())
        };
        let worth_noting = known(old) || known(new);
        self.people.renamed(old, new);
        if worth_noting {
            let mark = Mark::Renamed(old.clone(), new.clone());
            self.log_line(at, Form::Mark, &Nick::new(""), &mark.sentence());
            self.reader.renamed(old, new);
        }
        Vec::new()
    }

    fn takes_part(&self, person: PersonId) -> bool {
        let person = self.people.one(person);
        self.state == State::Open && (person.lines > 0 || person.chair)
    }

    /// Writes a mark where a reader of the log would take the speaker for somebody else.
    pub(super) fn mark_identity(&mut self, at: Moment, who: &Speaker, person: PersonId) {
        let plain = Speaker { nick: who.nick.clone(), login: Login::Unknown };
        let read = self.reader.peek(&plain);
        let is_new = !self.twinned.contains(&person);
        let same = match read {
            Some(read) => {
                self.twins.get(&read).is_none_or(|twin| *twin == person) && !is_new
                    || self.twins.get(&read) == Some(&person)
            }
            None => is_new,
        };
        let other_name = who.login.account().is_some_and(|account| {
            is_new && !self.settings.casemapping.same(account.as_str(), who.nick.as_str())
        });
        // Somebody may have been named before, whom a reader would take for this one.
        let namesake = is_new && self.people.has_namesake(person);
        if (!same || other_name || namesake) && !self.marked {
            let nick = who.nick.clone();
            let mark = match &who.login {
                Login::As(account) => Mark::LoggedIn(nick, account.clone()),
                Login::No => Mark::NotLoggedIn(nick),
                Login::Unknown => Mark::Joined(nick),
            };
            self.note(at, &mark);
        }
        let read = self.reader.who(&plain);
        self.twins.entry(read).or_insert(person);
        self.twinned.insert(person);
    }

    fn mark_relay(&mut self, at: Moment, relay: &Nick) {
        let folded = self.settings.casemapping.fold(relay.as_str());
        if !self.relays_marked.contains(&folded) && !self.marked {
            self.note(at, &Mark::Relay(relay.clone()));
        }
    }

    /// `<real> text` and `[network] <real> text` from a configured relay. Zero-width characters,
    /// which relays put into nicks so that nobody is pinged, are dropped from the name.
    pub(super) fn unwrap_relay(&self, who: &Speaker, words: &str) -> Option<(Nick, String)> {
        if !self.is_relay(&who.nick, &who.login) {
            return None;
        }
        let rest = match words.strip_prefix('[') {
            Some(tagged) => tagged.split_once(']')?.1.trim_start(),
            None => words,
        };
        let (real, said) = rest.strip_prefix('<')?.split_once('>')?;
        let real: String =
            real.chars().filter(|c| !matches!(c, '\u{200b}'..='\u{200d}' | '\u{2060}')).collect();
        let real = Nick::new(real.trim_start_matches(['@', '+']));
        (!real.as_str().is_empty()).then(|| (real, said.trim().to_string()))
    }
}

/// `s/old/new/` and `s/old/new/g`, as W3C's RRSAgent reads it.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Substitution<'a> {
    pub(super) old: &'a str,
    pub(super) new: &'a str,
    pub(super) everywhere: bool,
}

impl<'a> Substitution<'a> {
    fn read(said: &'a str) -> Option<Substitution<'a>> {
        let mut parts = said.strip_prefix("s/")?.split('/');
        let (old, new) = (parts.next()?, parts.next()?);
        let flags = parts.next().unwrap_or("");
        let is_whole = parts.next().is_none() && matches!(flags, "" | "g") && !old.is_empty();
        is_whole.then_some(Substitution { old, new, everywhere: flags == "g" })
    }
}

/// An answer to somebody behind a relay: no NOTICE reaches them, and their nick may be another's here.
pub fn aloud(effect: Effect) -> Effect {
    match effect {
        Effect::Tell(nick, text) => {
            Effect::Say(Text::new(format!("({}) {}", nick.as_str(), text.as_untrusted())))
        }
        Effect::Ledger(wish) => Effect::Ledger(Box::new(Wish { relayed: true, ..*wish })),
        effect => effect,
    }
}

fn form_of(manner: Manner) -> Form {
    match manner {
        Manner::Say => Form::Said,
        Manner::Act => Form::Acted,
        Manner::Notice => Form::Noticed,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_substitutions() {
        let change = Substitution::read("s/4.8/4.10/").unwrap();
        assert_eq!((change.old, change.new, change.everywhere), ("4.8", "4.10", false));
        assert!(Substitution::read("s/a/b/g").unwrap().everywhere);
        assert_eq!(Substitution::read("s/a/b").map(|s| s.new), Some("b"));
        for talk in ["s/", "s/a", "s//b/", "s/a/b/c/d", "see s/a/b/", "s/a/b/ please"] {
            assert_eq!(Substitution::read(talk), None, "{talk}");
        }
    }
}
