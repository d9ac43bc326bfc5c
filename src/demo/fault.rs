//! What can go wrong on an IRC network, as one list that a test can inject while the server runs.

use crate::demo::options::Cap;

/// One thing that goes wrong (or right again).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    // At the door, for connections to come.
    /// Connections are refused: nothing listens.
    RefuseConnections,
    /// Connections are accepted, told "Trying to reconnect too fast", and closed.
    Throttle,
    /// Ends the two above.
    AcceptConnections,

    // On the connections of [`Who`].
    /// Black hole both ways: nothing is read, nothing is sent, nothing is closed.
    /// With [`Who::Everyone`] also for connections to come: they are accepted and told nothing.
    Silence(Who),
    /// The server stops reading but goes on sending. [`Who::Everyone`] as above.
    StallReads(Who),
    /// Ends the two above; what was held back is sent and read.
    Resume(Who),
    /// Half a line is sent, then the connection is closed.
    CutMidLine(Who),
    /// The server's sending direction is closed (FIN), then whatever comes is ignored.
    HalfClose(Who),
    /// The connection is reset (RST).
    Reset(Who),
    /// `ERROR :Closing Link` with this reason, as a server that is stopped says it.
    Close(Who, String),
    /// These bytes are sent as they are, to the client of that nick.
    RawTo(String, Vec<u8>),

    // On the network.
    /// An operator kills the client of that nick.
    Kill(String),
    /// The server throws a nick out of a channel: channel, nick.
    Kick(String, String),
    /// A services or server operator renames a client: nick, new nick.
    ForceNick(String, String),
    /// These nicks are on the other side of a split from now on.
    Split(Vec<String>),
    /// The split ends. A nick that exists on both sides collides: both get UID nicks (043).
    Heal,
    /// Services are gone; how one notices is the argument.
    ServicesDown(Outage),
    /// Services are back.
    ServicesUp,
    /// Services log a client out (`ACCOUNT *`).
    LogOut(String),
    /// The client of that nick gets another host: nick, host.
    ChangeHost(String, String),
    /// The client of that nick is banned from the server (465) and whoever has its user name.
    KLine(String),
    /// Lifts all of these bans.
    LiftKLines,
    /// NOTICEs to that channel vanish without a word; `false` ends it.
    DropNotices(String, bool),
    /// The channel takes that many lines from unprivileged people, then one per second:
    /// PRIVMSGs beyond are told so, NOTICEs vanish. 0 ends it.
    ThrottleChannel(String, u32),
    /// The server changes a channel's modes: channel, change, for example `+mb *!*@*`.
    ChannelMode(String, String),
    /// Capabilities appear (`CAP NEW`).
    CapNew(Vec<Cap>),
    /// Capabilities go (`CAP DEL`).
    CapDel(Vec<Cap>),
    /// The server's clock is wrong by so many microseconds (server-time, topics, everything).
    ClockSkew(i64),
}

/// Whose connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Who {
    /// Everybody's.
    Everyone,
    /// That of the client of that nick.
    Nick(String),
}

impl From<&str> for Who {
    fn from(nick: &str) -> Who {
        Who::Nick(nick.to_string())
    }
}

/// How services are gone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outage {
    /// SASL is aborted at once (906).
    Aborts,
    /// SASL is never answered.
    Stalls,
}

/// A fault that could not be injected.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Impossible {
    /// There is no such client.
    #[error("nobody is called {0}")]
    Nobody(String),
    /// There is no such channel.
    #[error("there is no channel {0}")]
    NoChannel(String),
    /// The new nick is taken or none.
    #[error("{0} is taken or not a nick")]
    BadNick(String),
    /// The socket would not listen again.
    #[error("cannot listen again: {0}")]
    Listen(String),
}
