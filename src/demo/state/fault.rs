//! Faults that are made by the network (the door's own are the server's).

use super::channel::{self, Throttle};
use super::nick::is_nick;
use super::{Client, Effect, Id, State, Valve};
use crate::demo::fault::{Fault, Impossible, Who};

impl State {
    pub(super) fn fault(&mut self, fault: &Fault) -> Result<(), Impossible> {
        match fault {
            Fault::RefuseConnections | Fault::Throttle | Fault::AcceptConnections => {}
            Fault::Silence(who) => self.valves(who, Valve::SILENT)?,
            Fault::StallReads(who) => self.valves(who, Valve::STALLED)?,
            Fault::Resume(who) => self.valves(who, Valve::OPEN)?,
            Fault::CutMidLine(who) => self.cut_mid_line(who)?,
            Fault::HalfClose(who) => {
                for id in self.whom(who)? {
                    self.out.push(Effect::HalfClose(id));
                }
            }
            Fault::Reset(who) => {
                for id in self.whom(who)? {
                    self.out.push(Effect::Abort(id));
                    self.vanish(id, b"Connection reset by peer");
                }
            }
            Fault::Close(who, reason) => {
                for id in self.whom(who)? {
                    self.exit(id, reason.as_bytes());
                }
            }
            Fault::RawTo(nick, bytes) => {
                let id = self.one(nick)?;
                self.out.push(Effect::Send(id, bytes.clone()));
            }
            Fault::Kill(nick) => {
                let id = self.one(nick)?;
                self.kill(id, "oper (Spamming is not allowed)");
            }
            Fault::Kick(name, nick) => {
                let folded = self.channel_named(name)?;
                let id = self.one(nick)?;
                if !self.channels[&folded].members.contains_key(&id) {
                    return Err(Impossible::Nobody(nick.clone()));
                }
                self.kick_out(self.server_mask(), &folded, id, nick.as_bytes());
            }
            Fault::ForceNick(nick, new) => {
                let id = self.one(nick)?;
                if !is_nick(new) || self.anywhere(new).is_some_and(|holder| holder != id) {
                    return Err(Impossible::BadNick(new.clone()));
                }
                self.rename(id, new);
            }
            Fault::Split(nicks) => {
                let ids: Result<_, _> = nicks.iter().map(|nick| self.one(nick)).collect();
                self.split(&ids?);
            }
            Fault::Heal => self.heal(),
            Fault::ServicesDown(how) => self.outage = Some(*how),
            Fault::ServicesUp => self.outage = None,
            Fault::LogOut(nick) => {
                let id = self.one(nick)?;
                self.log_out(id);
            }
            Fault::ChangeHost(nick, host) => {
                let id = self.one(nick)?;
                self.change_host(id, host);
            }
            Fault::KLine(nick) => {
                let id = self.one(nick)?;
                let user = self.clients.get(&id).map(|client| client.user().to_string());
                self.kline_users.extend(user);
                self.banned(id);
            }
            Fault::LiftKLines => self.kline_users.clear(),
            Fault::DropNotices(name, on) => {
                let folded = self.channel_named(name)?;
                if let Some(channel) = self.channels.get_mut(&folded) {
                    channel.drops_notices = *on;
                }
            }
            Fault::ThrottleChannel(name, most) => {
                let folded = self.channel_named(name)?;
                let throttle = (*most > 0).then(|| Throttle::new(*most, self.now));
                if let Some(channel) = self.channels.get_mut(&folded) {
                    channel.throttle = throttle;
                }
            }
            Fault::ChannelMode(name, change) => {
                let folded = self.channel_named(name)?;
                let words: Vec<String> =
                    change.split_ascii_whitespace().map(str::to_string).collect();
                self.change_modes(&folded, self.server_mask(), &words, None);
            }
            Fault::CapNew(caps) => self.change_caps(caps, true),
            Fault::CapDel(caps) => self.change_caps(caps, false),
            Fault::ClockSkew(micros) => self.skew = *micros,
        }
        Ok(())
    }

    fn valves(&mut self, who: &Who, valve: Valve) -> Result<(), Impossible> {
        for id in self.whom(who)? {
            self.out.push(Effect::Valve(id, valve));
        }
        Ok(())
    }

    /// Half a line that would have been an order from the network, and the end.
    fn cut_mid_line(&mut self, who: &Who) -> Result<(), Impossible> {
        for id in self.whom(who)? {
            let nick = self.clients.get(&id).map_or("*", Client::name);
            let half = format!(":{} NOTICE {nick} :This line has no e", self.options.server_name);
            self.out.push(Effect::Send(id, half.into_bytes()));
            self.out.push(Effect::Close(id));
            self.vanish(id, b"Remote host closed the connection");
        }
        Ok(())
    }

    /// Everybody on the network, or one.
    fn whom(&self, who: &Who) -> Result<Vec<Id>, Impossible> {
        match who {
            Who::Everyone => Ok(self.clients.keys().copied().collect()),
            Who::Nick(nick) => self.one(nick).map(|id| vec![id]),
        }
    }

    fn one(&self, nick: &str) -> Result<Id, Impossible> {
        self.anywhere(nick).ok_or_else(|| Impossible::Nobody(nick.to_string()))
    }

    fn anywhere(&self, nick: &str) -> Option<Id> {
        self.find(0, nick).or_else(|| self.find(1, nick))
    }

    fn channel_named(&self, name: &str) -> Result<String, Impossible> {
        let folded = self.fold(name);
        let known = channel::is_channel(name) && self.channels.contains_key(&folded);
        known.then_some(folded).ok_or_else(|| Impossible::NoChannel(name.to_string()))
    }
}
