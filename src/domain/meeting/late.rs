//! A meeting that nobody ended: it asks, ends by itself at its last line of substance, and can be
//! opened again by a chair. And a chair who is gone: somebody of the roster may take over.
//!
//! Time is an event like any other ([`What::Tick`]); only those that matter are stored.
//!
//! [`What::Tick`]: crate::domain::meeting::What::Tick

use crate::domain::meeting::act::{Voice, say};
use crate::domain::meeting::command::{self, Verb, Word};
use crate::domain::meeting::effect::Effect;
use crate::domain::meeting::event::{Manner, Speaker};
use crate::domain::meeting::item::{Did, Form};
use crate::domain::meeting::mark::Mark;
use crate::domain::meeting::reply;
use crate::domain::meeting::{Meeting, State};
use crate::domain::text::{self, Text};
use crate::domain::time::{DAY, MINUTE, Moment};

/// How long nobody says anything before the meeting asks whether it is over: 20 minutes.
const QUIET: i64 = 20 * MINUTE;
/// How long it waits for an answer: 10 minutes.
const ANSWER: i64 = 10 * MINUTE;
/// How long no chair says anything before a member may take the chair: 10 minutes.
const CHAIR_GONE: i64 = 10 * MINUTE;
/// How long after it ended by itself a chair may reopen the meeting.
pub const REOPEN_WITHIN: i64 = DAY;

/// What a meeting remembers of when things were said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Heard {
    /// When anybody said anything.
    any: Moment,
    /// When a chair did.
    chair: Moment,
    /// The last line that did something, and when.
    substance: (usize, Moment),
    /// When the meeting asked whether it is over, while nobody has answered.
    asked: Option<Moment>,
    /// When it ended by itself.
    ended: Option<Moment>,
}

impl Default for Heard {
    fn default() -> Heard {
        let never = Moment::from_micros(0);
        Heard { any: never, chair: never, substance: (0, never), asked: None, ended: None }
    }
}

impl Meeting {
    /// Whether a tick at that moment would do something, and is worth a row of the log.
    pub fn wants_tick(&self, now: Moment) -> bool {
        if self.state != State::Open || self.owner.is_none() {
            return false;
        }
        match self.heard.asked {
            Some(asked) => now.since(asked) >= ANSWER,
            None => now >= self.slot_end() && now.since(self.heard.any) >= QUIET,
        }
    }

    /// When the meeting should be over.
    fn slot_end(&self) -> Moment {
        let minutes = i64::from(self.settings.anyone_ends_after_minutes);
        self.settings.before.until.unwrap_or_else(|| self.started_at.plus(minutes * MINUTE))
    }

    /// Time has passed.
    pub(super) fn tick(&mut self, at: Moment) -> Vec<Effect> {
        if !self.wants_tick(at) {
            return Vec::new();
        }
        if self.heard.asked.is_some() {
            return self.end_by_itself(at);
        }
        self.heard.asked = Some(at);
        vec![say(format!(
            "Shall I end?  #endmeeting by anyone ends it now, or it ends at {} UTC and the minutes \
             stop at {} UTC, the last line of substance.",
            &at.plus(ANSWER).clock()[..5],
            &self.heard.substance.1.clock()[..5],
        ))]
    }

    /// Whether anybody may end the meeting, as it has asked.
    pub(super) fn has_asked(&self) -> bool {
        self.heard.asked.is_some()
    }

    /// Somebody said a line, and this is what it did.
    pub(super) fn note_heard(&mut self, voice: &Voice, did: Did) {
        self.heard.any = voice.at;
        self.heard.asked = None;
        let is_chair = self.people.one(voice.person).chair;
        if is_chair {
            self.heard.chair = voice.at;
        }
        // What a chair says within the slot belongs to the meeting; later, only what does something.
        if did != Did::Nothing || (is_chair && voice.at < self.slot_end()) {
            self.heard.substance = (voice.line, voice.at);
        }
    }

    /// Whether the meeting ended by itself, and when.
    pub fn ended_by_itself(&self) -> Option<Moment> {
        self.heard.ended
    }

    /// Ends at the last line of substance; what was said after it counts for nobody.
    pub(super) fn end_by_itself(&mut self, at: Moment) -> Vec<Effect> {
        self.heard.ended = Some(at);
        let (line, over) = self.heard.substance;
        self.count_lines_after(line, false);
        let over = over.max(self.started_at);
        if !self.marked {
            self.note(at, &Mark::EndedByItself);
        }
        let mut effects = self.end(over);
        let sentence = format!(
            "Nobody ended the meeting, so it ended automatically.  A chair can go on with it within \
             24 hours: #reopenmeeting.  Chairs: {}.",
            reply::chairs(self)
        );
        effects.insert(0, say(sentence));
        effects
    }

    /// Takes the lines after one out of the counts of those who said them, or puts them back.
    fn count_lines_after(&mut self, line: usize, back: bool) {
        for at in line..self.speakers.len() {
            let Some(id) = self.speakers[at] else { continue };
            let person = self.people.one_mut(id);
            person.lines = if back { person.lines + 1 } else { person.lines.saturating_sub(1) };
            let took_part = person.lines > 0 || person.signed_in_at.is_some() || person.chair;
            person.present = took_part;
        }
    }

    /// Whether somebody who is no chair may use this command all the same: `#chair`, by one of the
    /// roster, while the chairs are gone.
    pub(super) fn may_take_chair(&self, word: &Word, voice: &Voice) -> bool {
        word.verb == Verb::Chair
            && self.people.one(voice.person).member
            && voice.at.since(self.heard.chair) >= CHAIR_GONE
    }

    /// What is noted when somebody takes the chair.
    pub(super) fn chair_taken(&self, voice: &Voice) -> String {
        let minutes = voice.at.since(self.heard.chair) / MINUTE;
        format!(
            "{} took the chair, as {} had been silent for {minutes} minutes",
            voice.nick.as_str(),
            reply::chairs(self)
        )
    }

    /// What is said after the meeting ended by itself: only `#reopenmeeting` means something.
    pub(super) fn hear_after(
        &mut self,
        at: Moment,
        who: &Speaker,
        manner: Manner,
        text: &Text,
    ) -> Vec<Effect> {
        let words = text::clean(text.as_untrusted());
        let Some(ended) = self.heard.ended else { return Vec::new() };
        let is_asked = matches!(
            command::read(&words),
            command::Form::Command(word, _) if word.verb == Verb::Reopen
        );
        if manner != Manner::Say || !is_asked || at.since(ended) > REOPEN_WITHIN {
            return Vec::new();
        }
        let person = self.people.who(who);
        if !self.people.one(person).chair {
            let sentence =
                format!("Only a chair may reopen the meeting.  Chairs: {}.", reply::chairs(self));
            return vec![Effect::Tell(who.nick.clone(), sentence.into())];
        }
        self.count_lines_after(self.heard.substance.0, true);
        (self.state, self.ended_at) = (State::Open, None);
        let from = self.log.last().map_or(at, |line| line.at);
        if !self.marked {
            self.note(at, &Mark::Gap(from, at));
        }
        let line = self.log_line(at, Form::Said, &who.nick, &words);
        self.heard = Heard { ended: None, ..self.heard.clone() };
        let voice = Voice { at, person, nick: who.nick.clone(), line };
        self.note_heard(&voice, Did::Command);
        let mut effects = vec![Effect::Reopen, say("The meeting goes on.".to_string())];
        effects.extend(self.channel_topic());
        effects
    }
}
