//! The meeting: what a chair and the attendees of a meeting on IRC can do, as a pure machine.
//!
//! An [`Event`] goes in, [`Effect`]s come out; time is in the event. Nothing here knows about IRC,
//! sockets or databases, and replaying the same events gives the same meeting.

pub mod effect;
pub mod event;
pub mod item;
pub mod people;
pub mod settings;

pub use effect::Effect;
pub use event::{Event, Leaving, Login, Manner, Row, Speaker, What};
pub use item::{Did, Form, Gap, Item, Kind, LogLine, Topic, VoteResult};
pub use people::{People, Person, PersonId};
pub use settings::{Member, Settings};

use crate::domain::text::Text;
use crate::domain::time::Moment;

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
}

impl Meeting {
    /// A meeting with these facts, before its first line.
    pub fn new(settings: Settings) -> Meeting {
        Meeting {
            settings,
            state: State::Open,
            name: None,
            subject: None,
            started_at: Moment::from_micros(0),
            ended_at: None,
            owner: None,
            people: People::default(),
            topics: Vec::new(),
            votes: Vec::new(),
            gaps: Vec::new(),
            log: Vec::new(),
            restricted: false,
        }
    }

    /// Takes in one event and says what is to be done.
    pub fn apply(&mut self, _event: &Event) -> Vec<Effect> {
        Vec::new()
    }

    /// `Virt SIG`, or the channel's name where the meeting has none.
    pub fn title(&self) -> String {
        let channel = self.settings.channel.as_ref().map_or("Meeting", |channel| channel.as_str());
        let name = self.name.as_ref().or(self.settings.group.as_ref());
        let name = name.map_or(channel, Text::as_untrusted);
        match &self.subject {
            Some(subject) => format!("{name}: {}", subject.as_untrusted()),
            None => name.to_string(),
        }
    }
}
