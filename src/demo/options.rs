//! What a demo server is like: its capabilities, accounts, channels and limits.

use crate::domain::name::Casemapping;
use std::net::SocketAddr;

/// Everything that is decided before the server starts. Its faults come later ([`super::Fault`]).
#[derive(Clone, Debug)]
pub struct Options {
    /// Where to listen; the default is a free port of 127.0.0.1.
    pub address: SocketAddr,
    /// This server's name.
    pub server_name: String,
    /// The name of the server on the other side of a split.
    pub other_server: String,
    /// The network's name (ISUPPORT `NETWORK`).
    pub network: String,
    /// The capabilities offered; `None` is a server that does not know the word CAP.
    pub caps: Option<Vec<Cap>>,
    /// The SASL mechanisms offered, where the capability is.
    pub mechanisms: Vec<Mechanism>,
    /// How many bytes of names a line of CAP LS may hold; a small number makes several lines.
    pub cap_line_bytes: usize,
    /// The services accounts; where there are none, there are no services and no `sasl`.
    pub accounts: Vec<Account>,
    /// The channels ChanServ keeps.
    pub channels: Vec<Registered>,
    /// The server's password (PASS), where it wants one.
    pub password: Option<String>,
    /// How names are compared.
    pub casemapping: Casemapping,
    /// The longest nick, in bytes; a longer one is cut.
    pub nick_bytes: usize,
    /// Flood control; `None` obeys every line at once.
    pub flood: Option<Flood>,
    /// The most connections at a time.
    pub most_clients: usize,
    /// Seconds until a connection must have registered.
    pub registration_seconds: u32,
    /// Seconds of silence after which a client is sent PING, and again until it is dropped.
    pub ping_seconds: u32,
    /// The most bytes that may wait for a client that does not read.
    pub send_queue_bytes: usize,
    /// The message of the day, by lines.
    pub motd: Vec<String>,
}

impl Default for Options {
    fn default() -> Options {
        Options {
            address: SocketAddr::from(([127, 0, 0, 1], 0)),
            server_name: "hub.demo.example".into(),
            other_server: "leaf.demo.example".into(),
            network: "DemoNet".into(),
            caps: Some(Cap::ALL.to_vec()),
            mechanisms: vec![Mechanism::Plain, Mechanism::ScramSha256],
            cap_line_bytes: 400,
            accounts: Vec::new(),
            channels: Vec::new(),
            password: None,
            casemapping: Casemapping::Rfc1459,
            nick_bytes: 30,
            flood: None,
            most_clients: 128,
            registration_seconds: 30,
            ping_seconds: 120,
            send_queue_bytes: 1 << 20,
            motd: vec!["This server lives as long as the program that started it.".into()],
        }
    }
}

impl Options {
    /// A server like ngircd: `multi-prefix` and nothing else, no services.
    pub fn poor() -> Options {
        Options { caps: Some(vec![Cap::MultiPrefix]), nick_bytes: 9, ..Options::default() }
    }

    /// A server without any capability negotiation, as before IRCv3.
    pub fn ancient() -> Options {
        Options { caps: None, nick_bytes: 9, ..Options::default() }
    }
}

/// A services account. Nick and account have the same name, as on most networks.
#[derive(Clone, Debug)]
pub struct Account {
    /// Its name.
    pub name: String,
    /// Its password.
    pub password: String,
    /// The host its owner is given on login, for example `user/gwd`.
    pub cloak: Option<String>,
}

impl Account {
    /// An account without a cloak.
    pub fn new(name: &str, password: &str) -> Account {
        Account { name: name.into(), password: password.into(), cloak: None }
    }
}

/// A channel ChanServ keeps: it exists from the start, and whoever enters first is not its op.
#[derive(Clone, Debug, Default)]
pub struct Registered {
    /// Its name.
    pub name: String,
    /// Its topic; empty for none.
    pub topic: String,
    /// Its modes, for example `+nt`.
    pub modes: String,
    /// The accounts that are opped on entering.
    pub ops: Vec<String>,
    /// The accounts that are voiced on entering.
    pub voices: Vec<String>,
}

/// Flood control as Solanum does it: a line costs, every second refunds, what cannot be paid
/// waits, and a client with too many lines waiting is dropped ("Excess Flood").
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Flood {
    /// Lines at once, after the first message.
    pub burst_lines: u32,
    /// Lines per second before the first message, so that a client can join its channels.
    pub grace_lines: u32,
    /// What a line costs.
    pub line_costs: u32,
    /// What a second refunds.
    pub second_refunds: u32,
    /// How many lines may wait.
    pub queue_lines: usize,
}

impl Flood {
    /// Solanum's reference configuration: 25 lines at once live, 26 die; one line per second.
    pub fn reference() -> Flood {
        Flood { burst_lines: 5, grace_lines: 40, line_costs: 1, second_refunds: 1, queue_lines: 20 }
    }

    /// Libera.Chat's stated pace: one line per two seconds.
    pub fn libera() -> Flood {
        Flood { line_costs: 2, ..Flood::reference() }
    }
}

/// A SASL mechanism.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mechanism {
    /// RFC 4616.
    Plain,
    /// A client certificate. There is no TLS here, so every attempt is refused.
    External,
    /// RFC 7677.
    ScramSha256,
}

impl Mechanism {
    /// Its registered name.
    pub fn name(self) -> &'static str {
        match self {
            Mechanism::Plain => "PLAIN",
            Mechanism::External => "EXTERNAL",
            Mechanism::ScramSha256 => "SCRAM-SHA-256",
        }
    }
}

/// A capability (IRCv3).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Cap {
    /// `account-notify`
    AccountNotify,
    /// `account-tag`
    AccountTag,
    /// `away-notify`
    AwayNotify,
    /// `batch`
    Batch,
    /// `cap-notify`
    CapNotify,
    /// `chghost`
    Chghost,
    /// `echo-message`
    EchoMessage,
    /// `extended-join`
    ExtendedJoin,
    /// `invite-notify`
    InviteNotify,
    /// `message-tags`
    MessageTags,
    /// `multi-prefix`
    MultiPrefix,
    /// `sasl`
    Sasl,
    /// `server-time`
    ServerTime,
    /// `userhost-in-names`
    UserhostInNames,
}

impl Cap {
    /// All that this server knows, in the order in which it lists them.
    pub const ALL: &[Cap] = &[
        Cap::AccountNotify,
        Cap::AccountTag,
        Cap::AwayNotify,
        Cap::Batch,
        Cap::CapNotify,
        Cap::Chghost,
        Cap::EchoMessage,
        Cap::ExtendedJoin,
        Cap::InviteNotify,
        Cap::MessageTags,
        Cap::MultiPrefix,
        Cap::Sasl,
        Cap::ServerTime,
        Cap::UserhostInNames,
    ];

    /// Its registered name.
    pub fn name(self) -> &'static str {
        match self {
            Cap::AccountNotify => "account-notify",
            Cap::AccountTag => "account-tag",
            Cap::AwayNotify => "away-notify",
            Cap::Batch => "batch",
            Cap::CapNotify => "cap-notify",
            Cap::Chghost => "chghost",
            Cap::EchoMessage => "echo-message",
            Cap::ExtendedJoin => "extended-join",
            Cap::InviteNotify => "invite-notify",
            Cap::MessageTags => "message-tags",
            Cap::MultiPrefix => "multi-prefix",
            Cap::Sasl => "sasl",
            Cap::ServerTime => "server-time",
            Cap::UserhostInNames => "userhost-in-names",
        }
    }

    /// The one of that name.
    pub fn named(name: &str) -> Option<Cap> {
        Cap::ALL.iter().copied().find(|cap| cap.name() == name)
    }
}
