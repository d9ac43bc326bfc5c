//! What each command does to a meeting: permission first, then one function for each.

use crate::domain::escape;
use crate::domain::meeting::command::{Verb, Who, Word};
use crate::domain::meeting::effect::Effect;
use crate::domain::meeting::item::{Kind, Topic};
use crate::domain::meeting::people::PersonId;
use crate::domain::meeting::reply;
use crate::domain::meeting::{Meeting, State};
use crate::domain::name::Nick;
use crate::domain::roadmap::Change;
use crate::domain::schedule::Asked;
use crate::domain::text::Text;
use crate::domain::time::{MINUTE, Moment};

/// Who speaks, when, and in which line of the log.
pub(super) struct Voice {
    pub(super) at: Moment,
    pub(super) person: PersonId,
    pub(super) nick: Nick,
    pub(super) line: usize,
}

impl Voice {
    /// A private answer to the speaker.
    pub(super) fn tell(&self, sentence: impl Into<Text>) -> Effect {
        Effect::Tell(self.nick.clone(), sentence.into())
    }
}

pub(super) fn say(sentence: impl Into<Text>) -> Effect {
    Effect::Say(sentence.into())
}

/// The longest name of a meeting and of a person given by hand, in characters.
const MOST_NAME_CHARS: usize = 100;
/// The most names one `#chair`, `#nick` or `#voters` may give.
pub(super) const MOST_NAMES: usize = 30;

impl Meeting {
    /// Carries out a command, or says privately why not and who can.
    pub(super) fn obey(&mut self, word: &'static Word, words: &str, voice: &Voice) -> Vec<Effect> {
        if word.verb == Verb::Start {
            return self.start(words, voice);
        }
        if self.owner.is_none() {
            return Vec::new();
        }
        if let Some(refusal) = self.refuse(word, voice) {
            return vec![voice.tell(refusal)];
        }
        if words.is_empty() && !word.usage.is_empty() {
            return vec![voice.tell(reply::usage(word))];
        }
        match word.verb {
            Verb::Start => Vec::new(),
            Verb::End => self.end(voice.at),
            Verb::Abort => self.abort(voice.at),
            Verb::Topic => self.open_topic(voice, words, false),
            Verb::Subtopic => self.open_topic(voice, words, true),
            Verb::Next => self.next_topic(voice),
            Verb::Name => self.rename(words),
            Verb::Subject => self.set_subject(words),
            Verb::Chair => self.chair(voice, words),
            Verb::Unchair => self.unchair(voice, words),
            Verb::Agreed => self.note_item(voice, Kind::Agreed, words, None),
            Verb::Accepted => self.note_item(voice, Kind::Accepted, words, None),
            Verb::Rejected => self.note_item(voice, Kind::Rejected, words, None),
            Verb::Info => self.note_item(voice, Kind::Info, words, None),
            Verb::Idea => self.note_item(voice, Kind::Idea, words, None),
            Verb::Help => self.note_item(voice, Kind::Help, words, None),
            Verb::Link => self.note_item(voice, Kind::Link, words, escape::first_url(words)),
            Verb::Action => self.note_item(voice, Kind::Action, words, None),
            Verb::Done => self.settle_entry(voice, words, word.usage, |note| {
                Some(Change::Done { note: Text::new(note) })
            }),
            Verb::Drop => self.settle_entry(voice, words, word.usage, |why| {
                (!why.is_empty()).then(|| Change::Dropped { why: Text::new(why) })
            }),
            Verb::Defer => self.settle_entry(voice, words, word.usage, |date| {
                date.parse().ok().map(|until| Change::Deferred { until })
            }),
            Verb::Undrop => self.settle_entry(voice, words, word.usage, |_| Some(Change::Reopened)),
            Verb::Take => self.settle_entry(voice, words, word.usage, |_| {
                Some(Change::Taken { by: voice.nick.as_str().to_string() })
            }),
            Verb::Roadmap => self.settle_entry(voice, words, word.usage, promoted),
            Verb::Board => self.note_item(voice, Kind::Info, &format!("{words} #board"), None),
            Verb::Reopen => vec![voice.tell("The meeting is on.")],
            Verb::Notice => self.note_item(voice, Kind::Notice, words, None),
            Verb::EndOfLife | Verb::Rebase | Verb::Event => self.note_typed(voice, word, words),
            Verb::Here => self.name_and_sign_in(voice, words),
            Verb::Regrets => self.regret(voice, words),
            Verb::Nick => self.name_people(words),
            Verb::Undo => self.undo(voice, words),
            Verb::Edit => self.edit(voice, words),
            Verb::StartVote => self.start_vote(voice, words),
            Verb::Vote => self.vote(voice, words),
            Verb::ShowVote => self.show_vote(voice),
            Verb::EndVote => self.end_vote(voice),
            Verb::Voters => self.voters(voice, words),
            Verb::AgendaAdd => self.add_to_agenda(voice, words),
            Verb::Agenda => self.show_agenda(),
            Verb::Skip => self.ask_schedule(voice, Asked::Skip, words),
            Verb::Unskip => self.ask_schedule(voice, Asked::Unskip, words),
            Verb::Extra => self.ask_schedule(voice, Asked::Extra, words),
            Verb::NextMeeting => self.ask_schedule(voice, Asked::Next, words),
            Verb::Save => vec![Effect::Save, voice.tell(self.saved())],
            Verb::Status => vec![say(reply::status(self, self.vote.as_ref()))],
            Verb::Lurk => self.lurk(true),
            Verb::Unlurk => self.lurk(false),
            Verb::Restrict => self.restrict(),
            Verb::Redact => self.redact(voice, words),
            Verb::Commands => vec![say(reply::commands())],
        }
    }

    /// Why this person may not use this command.
    fn refuse(&self, word: &'static Word, voice: &Voice) -> Option<String> {
        let person = self.people.one(voice.person);
        let is_late = voice.at.since(self.started_at)
            >= i64::from(self.settings.anyone_ends_after_minutes) * MINUTE;
        match word.who {
            Who::Chair if self.may_take_chair(word, voice) => None,
            Who::Chair if !person.chair => Some(reply::only_a_chair(self, word, voice.person)),
            Who::ChairOrLate if !person.chair && !is_late && !self.has_asked() => {
                Some(reply::running(self))
            }
            Who::Member if !(person.member || person.chair || self.settings.members.is_empty()) => {
                Some(reply::only_members(self, word))
            }
            _ => None,
        }
    }

    fn start(&mut self, words: &str, voice: &Voice) -> Vec<Effect> {
        if self.owner.is_some() {
            return vec![voice.tell(reply::running(self))];
        }
        self.owner = Some(voice.person);
        self.started_at = voice.at;
        self.topics[0].at = voice.at;
        self.name = name(words).or_else(|| self.settings.before.scheduled.clone());
        let starter = self.people.one_mut(voice.person);
        starter.chair = true;
        starter.present = true;
        self.take_over(voice.at);
        let mut effects = vec![say(reply::started(self)), say(reply::useful_commands(self))];
        if self.name.is_some() {
            effects.extend(self.channel_topic());
        }
        effects
    }

    /// Ends the meeting: closes an open vote, restores the channel's topic, asks for publishing.
    pub(super) fn end(&mut self, at: Moment) -> Vec<Effect> {
        if let (Some(vote), Some(owner)) = (self.vote.take(), self.owner) {
            let nick = self.people.one(owner).nick.clone();
            self.close_vote(vote, &Voice { at, person: owner, nick, line: self.log.len() });
        }
        self.ended_at = Some(at);
        self.state = State::Ended;
        // The topic comes last: once it is back, the channel has heard all of this.
        let mut effects = vec![say(reply::ended(self)), Effect::Publish];
        effects.extend(self.restore_topic());
        effects
    }

    fn abort(&mut self, at: Moment) -> Vec<Effect> {
        self.ended_at = Some(at);
        self.state = State::Aborted;
        let mut effects = vec![say(reply::ABORTED), Effect::Abort];
        effects.extend(self.restore_topic());
        effects
    }

    fn restore_topic(&self) -> Vec<Effect> {
        match &self.settings.old_topic {
            Some(old) if self.settings.set_topic => vec![Effect::SetTopic(old.clone())],
            _ => Vec::new(),
        }
    }

    /// `Xen (Meeting topic: Virt SIG)`, as MeetBot writes it into the channel's topic.
    pub(super) fn channel_topic(&self) -> Option<Effect> {
        let topic = self.topics.iter().rev().find(|topic| !topic.sub)?;
        let title = self.title();
        let text = match topic.title.as_untrusted() {
            "" => format!("(Meeting topic: {title})"),
            topic => format!("{topic} (Meeting topic: {title})"),
        };
        (self.settings.set_topic && !self.lurking).then(|| Effect::SetTopic(Text::new(text)))
    }

    fn open_topic(&mut self, voice: &Voice, title: &str, sub: bool) -> Vec<Effect> {
        self.topics.push(Topic {
            title: Text::new(title),
            sub,
            by: Some(voice.person),
            nick: voice.nick.clone(),
            at: voice.at,
            line: voice.line,
            items: Vec::new(),
        });
        if sub { Vec::new() } else { self.channel_topic().into_iter().collect() }
    }

    fn next_topic(&mut self, voice: &Voice) -> Vec<Effect> {
        match self.queues.agenda.pop_front() {
            Some(topic) => {
                let mut effects = vec![say(format!("Next topic: {}", topic.as_untrusted()))];
                effects.extend(self.open_topic(voice, topic.as_untrusted(), false));
                effects
            }
            None => {
                vec![voice.tell(
                    "The agenda is empty.  Add to it with #agenda+ TEXT, or use #topic TEXT.",
                )]
            }
        }
    }

    fn rename(&mut self, words: &str) -> Vec<Effect> {
        self.name = name(words);
        vec![say(format!("The meeting is now called {}.", self.title()))]
    }

    fn set_subject(&mut self, words: &str) -> Vec<Effect> {
        let clears = words.is_empty() || ["none", "unset"].contains(&words.to_lowercase().as_str());
        self.subject = if clears { None } else { name(words) };
        self.channel_topic().into_iter().collect()
    }

    fn saved(&self) -> String {
        match &self.settings.page {
            Some(page) => format!("Saved so far: {page}"),
            None => "Saved so far.".to_string(),
        }
    }

    fn lurk(&mut self, lurking: bool) -> Vec<Effect> {
        self.lurking = lurking;
        Vec::new()
    }

    fn restrict(&mut self) -> Vec<Effect> {
        self.restricted = true;
        vec![Effect::Restrict, say("The minutes and the log of this meeting are for members only.")]
    }
}

/// `xen 4.12`: the project and its milestone.
fn promoted(words: &str) -> Option<Change> {
    let (project, milestone) = words.split_once(' ')?;
    let (project, milestone) = (project.to_string(), milestone.trim().to_string());
    Some(Change::Promoted { project, milestone })
}

/// A name given by hand, bounded; nothing where no words were given.
pub(super) fn name(words: &str) -> Option<Text> {
    let name: String = words.chars().take(MOST_NAME_CHARS).collect();
    let name = name.trim();
    (!name.is_empty()).then(|| Text::new(name))
}

/// The names in a list, with commas or spaces between them.
pub(super) fn names(words: &str) -> impl Iterator<Item = &str> {
    words.split([',', ' ']).map(str::trim).filter(|name| !name.is_empty()).take(MOST_NAMES)
}
