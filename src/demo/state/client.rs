//! One client as the network knows it.

use super::sasl::Exchange;
use super::{Id, Side};
use crate::demo::options::Cap;
use crate::domain::time::Moment;
use std::collections::BTreeSet;

#[derive(Debug)]
pub(super) struct Client {
    pub(super) id: Id,
    pub(super) side: Side,
    pub(super) host: String,
    pub(super) nick: Option<String>,
    pub(super) user: Option<String>,
    pub(super) realname: Vec<u8>,
    pub(super) password: Option<Vec<u8>>,
    pub(super) caps: BTreeSet<Cap>,
    /// Whether CAP LS or REQ came and CAP END did not: registration waits.
    pub(super) negotiating: bool,
    /// The version of CAP LS; 302 and later understand values and several lines.
    pub(super) cap_version: u32,
    pub(super) sasl: Option<Exchange>,
    pub(super) account: Option<String>,
    pub(super) away: Option<Vec<u8>>,
    pub(super) invisible: bool,
    /// The bot mode (`+B`, ISUPPORT `BOT`).
    pub(super) bot: bool,
    /// The folded names of the channels.
    pub(super) channels: BTreeSet<String>,
    pub(super) connected_at: Moment,
    pub(super) registered_at: Option<Moment>,
    pub(super) heard_at: Moment,
    pub(super) spoke_at: Moment,
    pub(super) pinged_at: Option<Moment>,
}

impl Client {
    pub(super) fn new(id: Id, host: String, now: Moment) -> Client {
        Client {
            id,
            side: 0,
            host,
            nick: None,
            user: None,
            realname: Vec::new(),
            password: None,
            caps: BTreeSet::new(),
            negotiating: false,
            cap_version: 0,
            sasl: None,
            account: None,
            away: None,
            invisible: true,
            bot: false,
            channels: BTreeSet::new(),
            connected_at: now,
            registered_at: None,
            heard_at: now,
            spoke_at: now,
            pinged_at: None,
        }
    }

    pub(super) fn has(&self, cap: Cap) -> bool {
        self.caps.contains(&cap)
    }

    /// The nick, or what stands for it before there is one.
    pub(super) fn name(&self) -> &str {
        self.nick.as_deref().unwrap_or("*")
    }

    pub(super) fn user(&self) -> &str {
        self.user.as_deref().unwrap_or("*")
    }

    /// `nick!user@host`
    pub(super) fn mask(&self) -> Vec<u8> {
        format!("{}!{}@{}", self.name(), self.user(), self.host).into_bytes()
    }
}
