//! The network as a conversation: who sends what, and what everybody reads then.

mod faults;
mod hostile;
mod login;
mod talk;

use super::*;
use crate::demo::options::{Account, Registered};

/// A network with its clients, on which a test is a conversation.
struct Stage {
    state: State,
    now: Moment,
    ids: Vec<(String, Id)>,
}

impl Stage {
    fn new(options: Options) -> Stage {
        let now = Moment::parse("2018-11-13T15:00:00Z").unwrap();
        Stage { state: State::new(options, [7; 16], now), now, ids: Vec::new() }
    }

    /// Connects a client that asks for these capabilities.
    fn come(&mut self, nick: &str, caps: &str) {
        let id = Id(self.ids.len() as u64 + 1);
        self.ids.push((nick.to_string(), id));
        self.state.apply(self.now, Event::Connected(id, "127.0.0.1".into()));
        if !caps.is_empty() {
            self.send(nick, &format!("CAP REQ :{caps}"));
        }
        self.send(nick, &format!("NICK {nick}"));
        self.send(nick, &format!("USER {nick} 0 * :{nick} of the cast"));
        if !caps.is_empty() {
            self.send(nick, "CAP END");
        }
    }

    fn id(&self, nick: &str) -> Id {
        self.ids.iter().find(|(name, _)| name == nick).unwrap().1
    }

    /// Sends a line; what everybody reads then, as "nick: line".
    fn send(&mut self, nick: &str, line: &str) -> Vec<String> {
        let event = Event::Line(self.id(nick), line.as_bytes().to_vec());
        let effects = self.state.apply(self.now, event);
        self.shown(effects)
    }

    fn fault(&mut self, fault: Fault) -> Vec<String> {
        let effects = self.state.inject(self.now, &fault).unwrap();
        self.shown(effects)
    }

    fn later(&mut self, seconds: i64) -> Vec<String> {
        self.now = self.now.plus(seconds * SECOND);
        let effects = self.state.apply(self.now, Event::Tick);
        self.shown(effects)
    }

    fn shown(&self, effects: Vec<Effect>) -> Vec<String> {
        let name = |id: Id| self.ids.iter().find(|(_, one)| *one == id).unwrap().0.clone();
        let show = |effect: Effect| match effect {
            Effect::Send(id, bytes) => {
                let line = String::from_utf8_lossy(&bytes).trim_end().to_string();
                Some(format!("{}: {line}", name(id)))
            }
            Effect::Close(id) => Some(format!("{} closed", name(id))),
            Effect::Abort(id) => Some(format!("{} reset", name(id))),
            Effect::Valve(id, valve) => {
                Some(format!("{} {} {}", name(id), valve.reads, valve.writes))
            }
            Effect::HalfClose(id) => Some(format!("{} half closed", name(id))),
            Effect::Registered(_) | Effect::Spoke(_) => None,
        };
        effects.into_iter().filter_map(show).collect()
    }
}

fn with_services() -> Options {
    Options {
        accounts: vec![
            Account::new("gwd", "sesame"),
            Account { cloak: Some("user/lsm5".into()), ..Account::new("lsm5", "docker") },
        ],
        channels: vec![Registered {
            name: "#Centos-Devel".into(),
            topic: "Talk".into(),
            modes: "+nt".into(),
            ops: vec!["gwd".into()],
            voices: vec!["lsm5".into()],
        }],
        ..Options::default()
    }
}

fn two() -> Stage {
    let mut stage = Stage::new(Options::default());
    stage.come("gwd", "");
    stage.come("mira", "");
    stage.send("gwd", "JOIN #c");
    stage.send("mira", "JOIN #c");
    stage
}
