//! The meeting and the group's ledger: what a meeting asks of it, and what it answers.
//!
//! The ledger goes on over all meetings and is not a meeting's to keep, so a meeting asks by a
//! [`Wish`] and takes the answer in as a [`Fact`]. Facts are rows of the log: replay needs no ledger.

use crate::domain::meeting::Meeting;
use crate::domain::meeting::act::{Voice, say};
use crate::domain::meeting::effect::Effect;
use crate::domain::meeting::event::Speaker;
use crate::domain::meeting::hear::aloud;
use crate::domain::meeting::item::{Item, Kind};
use crate::domain::meeting::people::PersonId;
use crate::domain::roadmap::{self, Change};
use crate::domain::schedule::{Asked, Place};
use crate::domain::text::{REDACTED, Text};
use crate::domain::time::Moment;
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

/// What somebody in the meeting wants of the ledger.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wish {
    /// Who.
    pub who: Speaker,
    /// Whether they spoke through a relay: no NOTICE reaches them.
    pub relayed: bool,
    /// The log line in which they said it.
    pub line: usize,
    /// What.
    pub wanted: Wanted,
}

/// What is wanted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wanted {
    /// An action was noted and needs a number.
    Promise {
        /// All its words.
        words: String,
        /// Who is to do it.
        owners: Vec<String>,
        /// Those of them who are not in the channel.
        absent: Vec<String>,
    },
    /// The words of a numbered action were changed.
    Reword {
        /// Its number.
        number: u32,
        /// All its words.
        words: String,
        /// Who is to do it.
        owners: Vec<String>,
    },
    /// Something is to happen to an entry.
    Change {
        /// Its number.
        number: u32,
        /// What.
        change: Change,
    },
    /// Something is asked of the schedule, or a date of it is to change.
    Plan(Request),
}

/// What is asked of the schedule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// By which command.
    pub asked: Asked,
    /// The words after it.
    pub words: String,
    /// Where.
    pub place: Place,
}

/// What the ledger answered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "fact", rename_all = "snake_case")]
pub enum Fact {
    /// What was open when the meeting began.
    Carried {
        /// The entries, oldest first.
        entries: Vec<Carried>,
    },
    /// The action of a log line has this number.
    Numbered {
        /// The log line.
        line: usize,
        /// The action.
        #[serde(flatten)]
        entry: Carried,
        /// Owners who are not here and will be told.
        told: Vec<String>,
    },
    /// Something happened to an entry.
    Changed {
        /// The log line in which it was wanted.
        line: usize,
        /// The entry as it was.
        #[serde(flatten)]
        entry: Carried,
        /// What happened.
        what: Change,
    },
    /// A date of the schedule was changed.
    Planned {
        /// The log line in which it was wanted.
        line: usize,
        /// What then holds.
        text: Text,
    },
    /// The answer to a question; nothing changed.
    Said {
        /// The log line in which it was asked.
        line: usize,
        /// The answer.
        text: Text,
    },
    /// The next meeting, as it was planned when this one ended.
    Next(Next),
    /// What the door of the list did until this meeting ended.
    Door(Door),
    /// What was pushed since the meeting before.
    Pushed {
        /// Announcements, the oldest first.
        lines: Vec<Text>,
    },
}

/// How many posts came to the door of the list since the meeting before.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Door {
    /// Posts that went to the list.
    pub accepted: u64,
    /// Posts that had to wait for a moderator.
    pub held: u64,
    /// Posts that were discarded.
    pub discarded: u64,
    /// Held or discarded posts that a moderator let pass.
    pub released: u64,
}

impl Fact {
    /// Whether it is known only when the meeting is over.
    pub fn is_of_the_end(&self) -> bool {
        matches!(self, Fact::Next(_) | Fact::Door(_) | Fact::Pushed { .. })
    }
}

impl std::fmt::Display for Door {
    /// `12 accepted, 3 held, 41 discarded, 0 released`.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Door { accepted, held, discarded, released } = self;
        write!(f, "{accepted} accepted, {held} held, {discarded} discarded, {released} released")
    }
}

/// The next meeting.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Next {
    /// When it starts.
    pub start: Moment,
    /// The same in words, with what is unusual about it.
    pub text: Text,
}

/// A date of the schedule that was changed in a meeting.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Planned {
    /// The log line in which it was wanted.
    pub line: usize,
    /// What then holds.
    pub text: Text,
}

/// An entry of the ledger, as a meeting knows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Carried {
    /// Its number.
    pub number: u32,
    /// What is to be done.
    pub text: Text,
    /// Who is to do it.
    pub owners: Vec<String>,
    /// By when.
    pub due: Option<NaiveDate>,
}

impl Fact {
    /// The log line that it answers; none for what was carried over.
    pub fn line(&self) -> Option<usize> {
        match self {
            Fact::Carried { .. } | Fact::Next(_) | Fact::Door(_) | Fact::Pushed { .. } => None,
            Fact::Numbered { line, .. }
            | Fact::Changed { line, .. }
            | Fact::Planned { line, .. }
            | Fact::Said { line, .. } => Some(*line),
        }
    }

    /// The same with its words destroyed.
    pub fn redacted(mut self) -> Fact {
        match &mut self {
            Fact::Carried { entries } => entries.iter_mut().for_each(|e| e.text = REDACTED.into()),
            Fact::Numbered { entry, .. } => entry.text = REDACTED.into(),
            Fact::Planned { text, .. } | Fact::Said { text, .. } => *text = REDACTED.into(),
            Fact::Next(_) | Fact::Door(_) | Fact::Pushed { .. } => {}
            Fact::Changed { entry, what, .. } => {
                entry.text = REDACTED.into();
                if let Some(words) = what.words_mut() {
                    *words = REDACTED.into();
                }
            }
        }
        self
    }
}

impl Wish {
    /// Says to whoever wished why it cannot be.
    pub fn refusal(&self, why: &str) -> Effect {
        let tell = Effect::Tell(self.who.nick.clone(), Text::new(why));
        if self.relayed { aloud(tell) } else { tell }
    }
}

impl Carried {
    /// The entry of the ledger.
    pub fn of(entry: &roadmap::Entry) -> Carried {
        Carried {
            number: entry.number,
            text: entry.text.clone(),
            owners: entry.owners.clone(),
            due: entry.due,
        }
    }

    /// `[31] gwd: ask KB about arm64 builders (due 2018-11-27)`
    pub fn sentence(&self) -> String {
        roadmap::text::numbered(self.number, &self.owners, self.text.as_untrusted(), self.due)
    }
}

/// What happened to an entry in a meeting.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settled {
    /// The log line in which it was said.
    pub line: usize,
    /// The entry as it was before.
    pub entry: Carried,
    /// What happened.
    pub what: Change,
}

/// The most entries that are carried into a meeting, and that a sentence lists.
pub const MOST_CARRIED: usize = 500;
const MOST_LISTED: usize = 8;

impl Meeting {
    /// `#done 31 text` and its like: the number, then what the command makes of the rest.
    pub(super) fn settle_entry(
        &self,
        voice: &Voice,
        words: &str,
        usage: &str,
        change: impl FnOnce(&str) -> Option<Change>,
    ) -> Vec<Effect> {
        let (number, rest) = words.split_once(' ').unwrap_or((words, ""));
        let number = number.trim_matches(['[', ']', '#', ':']).parse().ok();
        match number.zip(change(rest.trim())) {
            Some((number, change)) => vec![self.wish(voice, Wanted::Change { number, change })],
            None => vec![voice.tell(format!("That is written {usage}"))],
        }
    }

    /// `#skip 2018-12-25 Christmas` and its like.
    pub(super) fn ask_schedule(&self, voice: &Voice, asked: Asked, words: &str) -> Vec<Effect> {
        let place = Place {
            network: self.settings.network.clone(),
            channel: self.settings.channel.clone(),
        };
        let request = Request { asked, words: words.to_string(), place };
        vec![self.wish(voice, Wanted::Plan(request))]
    }

    pub(super) fn wish(&self, voice: &Voice, wanted: Wanted) -> Effect {
        let login = self.people.one(voice.person).login.clone();
        let who = Speaker { nick: voice.nick.clone(), login };
        Effect::Ledger(Box::new(Wish { who, relayed: false, line: voice.line, wanted }))
    }

    /// The wish for a number for an action that was just noted.
    pub(super) fn promise(&self, voice: &Voice, item: &Item) -> Effect {
        let (owners, absent) = self.owners(&item.owners);
        let words = item.text.as_untrusted().to_string();
        self.wish(voice, Wanted::Promise { words, owners, absent })
    }

    /// The wish that follows from other words of an item, where it has a number.
    pub(super) fn reword(&self, voice: &Voice, line: usize) -> Option<Effect> {
        let item = self.items().find(|item| item.line == line)?;
        let number = item.number?;
        let (owners, _) = self.owners(&item.owners);
        let words = item.text.as_untrusted().to_string();
        Some(self.wish(voice, Wanted::Reword { number, words, owners }))
    }

    fn owners(&self, owners: &[PersonId]) -> (Vec<String>, Vec<String>) {
        let names: Vec<String> =
            owners.iter().map(|id| self.people.one(*id).nick.as_str().to_string()).collect();
        let is_absent = |name: &&String| self.people.anyone_is_here() && !self.people.is_here(name);
        let absent = names.iter().filter(is_absent).cloned().collect();
        (names, absent)
    }

    /// Takes in what the ledger answered.
    pub(super) fn learn_fact(&mut self, fact: &Fact) -> Vec<Effect> {
        match fact {
            Fact::Carried { entries } => {
                self.carried = entries.iter().take(MOST_CARRIED).cloned().collect();
                carried_sentence(&self.carried).map(say).into_iter().collect()
            }
            Fact::Numbered { line, entry, told } => {
                let items = self.topics.iter_mut().flat_map(|topic| &mut topic.items);
                let item = items.into_iter().find(|i| i.line == *line && i.kind == Kind::Action);
                if let Some(item) = item {
                    item.number = Some(entry.number);
                    item.due = entry.due;
                }
                let absent = match told.as_slice() {
                    [] => String::new(),
                    [one] => {
                        format!(" — {one} is not here, will be told by mail or when next seen.")
                    }
                    several => format!(
                        " — {} are not here, will be told by mail or when next seen.",
                        several.join(", ")
                    ),
                };
                vec![say(format!("{}{absent}", entry.sentence()))]
            }
            Fact::Changed { line, entry, what } => {
                let (line, entry, what) = (*line, entry.clone(), what.clone());
                let is_silent = matches!(what, Change::Undone | Change::Reworded { .. });
                let sentence = roadmap::text::changed(entry.number, &what);
                if let Change::Reworded { due, .. } = &what {
                    let items = self.topics.iter_mut().flat_map(|topic| &mut topic.items);
                    let numbered = items.into_iter().find(|i| i.number == Some(entry.number));
                    if let Some(item) = numbered {
                        item.due = *due;
                    }
                } else {
                    self.settled.push(Settled { line, entry, what });
                }
                if is_silent { Vec::new() } else { vec![say(sentence)] }
            }
            Fact::Planned { line, text } => {
                self.planned.push(Planned { line: *line, text: text.clone() });
                vec![say(text.clone())]
            }
            Fact::Said { text, .. } => vec![say(text.clone())],
            Fact::Next(next) => {
                self.next = Some(next.clone());
                Vec::new()
            }
            Fact::Door(door) => {
                self.door = Some(*door);
                Vec::new()
            }
            Fact::Pushed { lines } => {
                self.pushes = lines.clone();
                Vec::new()
            }
        }
    }

    /// What was carried into the meeting and is still to be done.
    pub fn still_open(&self) -> impl Iterator<Item = &Carried> {
        let is_settled = |number: u32| {
            self.settled.iter().rev().find(|one| one.entry.number == number).is_some_and(|one| {
                matches!(
                    one.what,
                    Change::Done { .. } | Change::Dropped { .. } | Change::Deferred { .. }
                )
            })
        };
        self.carried.iter().filter(move |entry| !is_settled(entry.number))
    }

    /// Whether actions have numbers here.
    pub fn is_in_ledger(&self) -> bool {
        !self.carried.is_empty()
            || !self.settled.is_empty()
            || self.items().any(|item| item.number.is_some())
    }

    /// What was done in the meeting.
    pub fn done(&self) -> impl Iterator<Item = &Settled> {
        self.settled.iter().filter(|one| matches!(one.what, Change::Done { .. }))
    }
}

/// `Carried over: [31] gwd: ask KB about arm64 builders · [33] sbonazzo: test qemu-kvm-ev 2.12`
fn carried_sentence(entries: &[Carried]) -> Option<String> {
    let listed: Vec<String> = entries.iter().take(MOST_LISTED).map(Carried::sentence).collect();
    let more = match entries.len().saturating_sub(MOST_LISTED) {
        0 => String::new(),
        more => format!(" · and {more} more"),
    };
    (!listed.is_empty()).then(|| format!("Carried over: {}{more}", listed.join(" · ")))
}
