//! The facts a meeting is judged by, as they were when it was opened.
//!
//! They are stored as the first row of the log, so that replay after a change of the roster or of
//! the configuration gives the same meeting.

use crate::domain::meeting::event::Speaker;
use crate::domain::name::{Casemapping, Channel, Network, Nick};
use crate::domain::roster::Member;
use crate::domain::text::Text;
use crate::domain::time::Moment;
use serde::{Deserialize, Serialize};

/// What a meeting knows from outside the channel.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Settings {
    /// The network's name, where one is known.
    pub network: Option<Network>,
    /// The channel, where one is known.
    pub channel: Option<Channel>,
    /// The bot's own nick: its lines are logged, never counted and never obeyed.
    pub bot: Option<Nick>,
    /// How the network compares names.
    pub casemapping: Casemapping,
    /// Whether the network tells accounts; if not, nicks with rename tracking are used.
    pub accounts: bool,
    /// The group's name, used where a meeting was given none.
    pub group: Option<Text>,
    /// The roster: the people of the group.
    pub members: Vec<Member>,
    /// Nicks or accounts of relay bots, whose `<real> text` lines are said by `real`.
    pub relays: Vec<Nick>,
    /// Whether accepted commands that MeetBot leaves unanswered are confirmed in the channel.
    pub echo: bool,
    /// After how many minutes anyone may end the meeting.
    pub anyone_ends_after_minutes: u32,
    /// How many voters a vote needs to count, where the group wants a quorum.
    pub quorum: Option<u32>,
    /// Whether topics are written into the channel's topic.
    pub set_topic: bool,
    /// The channel's topic before the meeting, where it is known (it may be empty).
    pub old_topic: Option<Text>,
    /// The permanent address of the minutes, live and final.
    pub page: Option<String>,
    /// What was said before the start.
    pub before: Before,
    /// Whether lines have dates; logs of other programs may have times of day only.
    pub dated: bool,
}

impl Default for Settings {
    fn default() -> Settings {
        Settings {
            network: None,
            channel: None,
            bot: None,
            casemapping: Casemapping::default(),
            accounts: false,
            group: None,
            members: Vec::new(),
            relays: Vec::new(),
            echo: false,
            anyone_ends_after_minutes: 60,
            quorum: None,
            set_topic: true,
            old_topic: None,
            page: None,
            before: Before::default(),
            dated: true,
        }
    }
}

/// What a meeting takes over from the time before its start.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Before {
    /// The name of the meeting that is scheduled now.
    pub scheduled: Option<Text>,
    /// When its slot ends.
    pub until: Option<Moment>,
    /// Who signed in.
    pub signed_in: Vec<SignIn>,
    /// Who sends regrets: names as they were given.
    pub regrets: Vec<Text>,
    /// What is to be talked about.
    pub agenda: Vec<Text>,
}

/// Somebody who signed in before the start.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignIn {
    /// Who.
    pub who: Speaker,
    /// When.
    pub at: Moment,
    /// The name they gave.
    #[serde(default)]
    pub name: Option<Text>,
}
