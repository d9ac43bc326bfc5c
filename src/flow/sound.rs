//! What an IRC door hears and what it is asked to say: the words between the door and the flow.

use crate::domain::meeting::event::{Event, Speaker, What};
use crate::domain::name::{Casemapping, Channel, Nick};
use crate::domain::text::Text;
use crate::domain::time::Moment;

/// Something an IRC door heard on its network.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Heard {
    /// The time to show: the server's where it is within five minutes of ours, else ours.
    pub at: Moment,
    /// When it reached us.
    pub heard_at: Moment,
    /// What it was.
    pub sound: Sound,
}

impl Heard {
    /// The same as an event of a meeting.
    pub fn event(&self, what: What) -> Event {
        Event { at: self.at, heard_at: self.heard_at, what }
    }
}

/// What was heard.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Sound {
    /// In a channel: only `Said`, `Joined`, `Left`, `Renamed`, `LoggedIn` and `TopicSet`.
    /// Never the bot's own lines.
    Channel(Channel, What),
    /// Nothing but that these channels are still heard; comes now and then.
    Alive(Vec<Channel>),
    /// A private PRIVMSG to the bot.
    Private(Speaker, Text),
    /// The server has taken the line that was posted under this key.
    Posted(String),
    /// The bot is in the channel (again) and knows who is there.
    Back {
        /// The channel.
        channel: Channel,
        /// Everybody there but the bot.
        members: Vec<Speaker>,
        /// The channel's topic, empty where it has none.
        topic: Text,
        /// The last moment heard before, where this connection or an earlier one was in it.
        lost_at: Option<Moment>,
        /// How the network compares names.
        casemapping: Casemapping,
        /// Whether the network tells accounts.
        accounts: bool,
        /// The bot's nick now.
        bot: Nick,
    },
}

/// Something to say, as the door's answer to what it heard.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reply {
    /// A line in a channel (PRIVMSG).
    Say(Channel, Text),
    /// A line in a channel that must be said once: when the server has taken it, the door tells so
    /// ([`Sound::Posted`]). One that still waits under the same key is replaced.
    Post {
        /// Why it is said.
        key: String,
        /// Where.
        channel: Channel,
        /// The words.
        text: Text,
    },
    /// A line to one person (NOTICE).
    Tell(Nick, Text),
    /// The channel's topic.
    SetTopic(Channel, Text),
}
