//! The meeting: what a chair and the attendees of a meeting on IRC can do, as a pure machine.
//!
//! An [`Event`] goes in, [`Effect`]s come out; time is in the event. Nothing here knows about IRC,
//! sockets or databases, and replaying the same events gives the same meeting.

mod act;
mod ballot;
pub mod command;
pub mod correct;
pub mod effect;
pub mod event;
pub mod greeting;
mod hear;
pub mod item;
pub mod late;
pub mod ledger;
pub mod mark;
mod note;
mod order;
pub mod people;
pub mod presence;
#[cfg(test)]
mod properties;
mod queue;
pub mod replay;
pub mod reply;
pub mod settings;
#[cfg(test)]
pub(crate) mod tests;
pub mod vote;

pub use correct::Correction;
pub use effect::Effect;
pub use event::{Event, Leaving, Login, Manner, Row, Speaker, What};
pub use item::{Did, Form, Gap, Item, Kind, LogLine, Topic, VoteResult};
pub use ledger::{Carried, Door, Fact, Next, Planned, Settled, Wanted, Wish};
pub use mark::Mark;
pub use people::{People, Person, PersonId};
pub use presence::Presence;
pub use settings::{Before, Settings, SignIn};

use crate::domain::meeting::queue::Queues;
use crate::domain::meeting::vote::Vote;
use crate::domain::name::Nick;
use crate::domain::text::Text;
use crate::domain::time::Moment;
use std::collections::{BTreeMap, BTreeSet};

/// Where a meeting is in its life.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum State {
    /// It is on.
    #[default]
    Open,
    /// It ended and its minutes are published.
    Ended,
    /// It was ended without publishing.
    Aborted,
}

/// The most lines one log may have; a meeting that reaches it is ended, with a sentence.
pub const MOST_LOG_LINES: usize = 200_000;

/// One meeting. What a renderer reads is public; only [`Meeting::apply`] changes it.
#[derive(Clone, Debug)]
pub struct Meeting {
    /// The facts it was opened with.
    pub settings: Settings,
    /// Where it is in its life.
    pub state: State,
    /// Its name, clean; used in paths and titles.
    pub name: Option<Text>,
    /// The suffix of its title (`#meetingtopic`).
    pub subject: Option<Text>,
    /// When it was started.
    pub started_at: Moment,
    /// When it ended.
    pub ended_at: Option<Moment>,
    /// Who started it.
    pub owner: Option<PersonId>,
    /// Everybody.
    pub people: People,
    /// The sections; the first has an empty title.
    pub topics: Vec<Topic>,
    /// The votes that have ended.
    pub votes: Vec<VoteResult>,
    /// The times in which nothing was heard.
    pub gaps: Vec<Gap>,
    /// The log, line `N` at index `N - 1`.
    pub log: Vec<LogLine>,
    /// Whether the minutes are for members only.
    pub restricted: bool,
    /// The actions that were open when the meeting began.
    pub carried: Vec<Carried>,
    /// What happened to actions in the meeting.
    pub settled: Vec<Settled>,
    /// The dates of the schedule that were changed in the meeting.
    pub planned: Vec<Planned>,
    /// The next meeting, as it was planned when this one ended.
    pub next: Option<Next>,
    /// What the door of the list did since the meeting before.
    pub door: Option<Door>,
    /// What was pushed since the meeting before, each as it was announced.
    pub pushes: Vec<Text>,

    /// What was corrected after the end.
    pub corrections: Vec<Correction>,

    heard: late::Heard,
    /// Who said each log line.
    speakers: Vec<Option<PersonId>>,
    /// The numbers of actions that `#undo` has just taken back.
    taken_back: Vec<u32>,
    vote: Option<Vote>,
    queues: Queues,
    lurking: bool,
    /// How many events were applied: the row of the stored log that is judged now.
    row: usize,
    /// Which row made each log line, for redaction.
    rows: Vec<usize>,
    /// What a reader of the log alone would take people for, and who they really are.
    reader: People,
    twins: BTreeMap<PersonId, PersonId>,
    twinned: BTreeSet<PersonId>,
    /// How many items were ever noted.
    noted: usize,
    /// The relays that the log names already, folded.
    relays_marked: Vec<String>,
    /// Whether the events are read from a log of ours: it has all its marks, and no line may be
    /// added to it, or the numbers of the lines after it would shift.
    marked: bool,
    /// How often each person was told something privately of late.
    told: BTreeMap<PersonId, (Moment, u32)>,
}

impl Meeting {
    /// A meeting with these facts, before its first line.
    pub fn new(settings: Settings) -> Meeting {
        let first = Topic {
            title: Text::default(),
            sub: false,
            by: None,
            nick: Nick::new(""),
            at: Moment::from_micros(0),
            line: 0,
            items: Vec::new(),
        };
        let reader = Settings { accounts: false, members: Vec::new(), ..settings.clone() };
        Meeting {
            people: People::new(&settings),
            reader: People::new(&reader),
            settings,
            state: State::Open,
            name: None,
            subject: None,
            started_at: Moment::from_micros(0),
            ended_at: None,
            owner: None,
            topics: vec![first],
            votes: Vec::new(),
            gaps: Vec::new(),
            log: Vec::new(),
            restricted: false,
            carried: Vec::new(),
            settled: Vec::new(),
            planned: Vec::new(),
            next: None,
            door: None,
            pushes: Vec::new(),
            corrections: Vec::new(),
            heard: late::Heard::default(),
            speakers: Vec::new(),
            taken_back: Vec::new(),
            vote: None,
            queues: Queues::default(),
            lurking: false,
            row: 0,
            rows: Vec::new(),
            twins: BTreeMap::new(),
            twinned: BTreeSet::new(),
            noted: 0,
            relays_marked: Vec::new(),
            marked: false,
            told: BTreeMap::new(),
        }
    }

    /// Takes in one event and says what is to be done.
    ///
    /// A meeting that has ended takes in only what the bot itself still says about the end.
    /// Times are kept to the second, as the log shows them, so that the log alone gives them again.
    pub fn apply(&mut self, event: &Event) -> Vec<Effect> {
        self.row += 1;
        let mut effects = self.judge(event.at.whole_second(), &event.what);
        if self.state == State::Open && self.log.len() >= MOST_LOG_LINES {
            effects.push(Effect::Say(reply::LOG_IS_FULL.into()));
            effects.extend(self.end(event.at));
        }
        if self.lurking {
            effects.retain(|effect| !matches!(effect, Effect::Say(_)));
        }
        effects
    }

    fn judge(&mut self, at: Moment, what: &What) -> Vec<Effect> {
        match what {
            What::Own { manner, text } => self.hear_own(at, *manner, text),
            What::Redacted(what) => self.judge_redacted(at, what),
            What::Said { who, manner, text } if self.state == State::Ended => {
                self.hear_after(at, who, *manner, text)
            }
            What::Noted(mark @ Mark::Corrected { .. }) if self.state == State::Ended => {
                self.corrected(at, mark);
                Vec::new()
            }
            // The gap before `#reopenmeeting`, in a log that is read.
            What::Noted(mark @ Mark::Gap(..)) if self.ended_by_itself().is_some() => {
                self.note(at, mark)
            }
            // It is known only when the meeting is over, and belongs to its minutes.
            What::Ledger(fact) if fact.is_of_the_end() => self.learn_fact(fact),
            _ if self.state != State::Open => Vec::new(),
            What::Ledger(fact) => self.learn_fact(fact),
            What::Tick => self.tick(at),
            What::Said { who, manner, text } => self.hear(at, who, *manner, text),
            What::Joined(who) => self.hear_joined(at, who),
            What::Left { nick, how, .. } => self.hear_left(at, nick, *how),
            What::Renamed { old, new } => self.hear_renamed(at, old, new),
            What::LoggedIn(who) => {
                self.people.logged_in(who);
                Vec::new()
            }
            What::TopicSet { .. } | What::Opened(_) => Vec::new(),
            What::Members(members) => {
                self.people.members(members);
                Vec::new()
            }
            What::Gap { from, to } => {
                self.note(at, &Mark::Gap(from.whole_second(), to.whole_second()))
            }
            What::Noted(mark) => {
                self.marked = true;
                self.note(at, mark)
            }
        }
    }

    /// Whether a chair made the bot quiet.
    pub fn is_lurking(&self) -> bool {
        self.lurking
    }

    /// `Virt SIG`, or the channel's name where the meeting has none; with its suffix.
    pub fn title(&self) -> String {
        let channel = self.settings.channel.as_ref().map_or("Meeting", |channel| channel.as_str());
        let name = self.name.as_ref().or(self.settings.group.as_ref());
        let name = name.map_or(channel, Text::as_untrusted);
        match &self.subject {
            Some(subject) => format!("{name}: {}", subject.as_untrusted()),
            None => name.to_string(),
        }
    }

    /// All items, section by section.
    pub fn items(&self) -> impl Iterator<Item = &Item> {
        self.topics.iter().flat_map(|topic| &topic.items)
    }

    /// What the bot said about the end: its lines after the last one of anybody else.
    pub fn last_words(&self) -> &[LogLine] {
        let is_own = |line: &LogLine| Some(&line.nick) == self.settings.bot.as_ref();
        let from = self.log.iter().rposition(|line| !is_own(line)).map_or(0, |at| at + 1);
        &self.log[from..]
    }

    /// Whether the meeting wrote into the channel's topic.
    pub fn has_set_topic(&self) -> bool {
        self.settings.set_topic && (self.name.is_some() || self.topics.len() > 1)
    }

    /// How many events were applied so far: the next row of the stored log is this plus one.
    pub fn rows(&self) -> usize {
        self.row
    }

    /// Adds a line to the log; its number.
    fn log_line(&mut self, at: Moment, form: Form, nick: &Nick, text: &str) -> usize {
        let nick = nick.clone();
        self.log.push(LogLine { at, form, nick, text: Text::new(text), did: Did::Nothing });
        self.rows.push(self.row);
        self.speakers.push(None);
        self.log.len()
    }

    /// Writes a mark into the log and learns from it what a reader learns.
    fn note(&mut self, at: Moment, mark: &Mark) -> Vec<Effect> {
        let line = self.log_line(at, Form::Mark, &Nick::new(""), &mark.sentence());
        match mark {
            Mark::Gap(from, to) => self.gaps.push(Gap { from: *from, to: *to, line }),
            Mark::Relay(nick) => {
                let folded = self.settings.casemapping.fold(nick.as_str());
                if !self.is_relay(nick, &Login::Unknown) {
                    self.settings.relays.push(nick.clone());
                }
                self.relays_marked.push(folded);
            }
            Mark::SignedIn(nick, at) if self.marked => {
                let who = Speaker { nick: nick.clone(), login: Login::Unknown };
                let person = self.people.who(&who);
                self.signed_in(person, *at, None);
            }
            Mark::Regrets(name) => {
                let id = self.people.named(name.as_untrusted());
                self.people.one_mut(id).regrets = true;
            }
            Mark::Agenda(topic) => {
                self.queues.add_topic(topic.as_untrusted());
            }
            Mark::EndedByItself if self.marked => return self.end_by_itself(at),
            Mark::SignedIn(..) | Mark::EndedByItself => {}
            Mark::Corrected { .. } | Mark::Other(_) => {}
            _ => {
                learn(&mut self.reader, mark);
                if !self.settings.accounts {
                    learn(&mut self.people, mark);
                }
            }
        }
        Vec::new()
    }

    fn is_relay(&self, nick: &Nick, login: &Login) -> bool {
        let same = |one: &str, relay: &Nick| self.settings.casemapping.same(one, relay.as_str());
        self.settings.relays.iter().any(|relay| match login.account() {
            Some(account) => same(account.as_str(), relay),
            None => !self.settings.accounts && same(nick.as_str(), relay),
        })
    }
}

/// What a mark tells about who is who.
fn learn(people: &mut People, mark: &Mark) {
    let who = |nick: &Nick, login| Speaker { nick: nick.clone(), login };
    match mark {
        Mark::Renamed(old, new) => people.renamed(old, new),
        Mark::LoggedIn(nick, account) => people.logged_in(&who(nick, Login::As(account.clone()))),
        Mark::NotLoggedIn(nick) => {
            people.joined(&who(nick, Login::No));
        }
        Mark::Joined(nick) => {
            people.joined(&who(nick, Login::Unknown));
        }
        Mark::Relay(_) | Mark::Gap(..) | Mark::Other(_) => {}
        Mark::SignedIn(..) | Mark::Regrets(_) | Mark::Agenda(_) => {}
        Mark::EndedByItself | Mark::Corrected { .. } => {}
    }
}
