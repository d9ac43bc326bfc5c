//! When to connect again: how long to wait after a connection was lost, by what ended it.
//! It does not connect; times are microseconds of a monotonic clock.

use crate::domain::time::{MINUTE, SECOND};
use crate::irc::session::dice::Dice;
use std::collections::VecDeque;

/// The first wait, doubled each time.
const WAIT_FIRST: i64 = 5 * SECOND;
/// The longest ordinary wait.
const WAIT_MOST: i64 = 300 * SECOND;
/// After "throttled", and after a flood.
const WAIT_THROTTLED: i64 = 60 * SECOND;
/// After a ban, doubled each time.
const WAIT_BANNED: i64 = 15 * MINUTE;
/// The longest wait after a ban.
const WAIT_BANNED_MOST: i64 = 6 * 60 * MINUTE;
/// After a certificate that cannot be trusted, and after too many refused logins.
const WAIT_WRONG: i64 = 5 * MINUTE;
/// How many refused logins are tried again soon.
const LOGINS_SOON: u32 = 3;
/// Never more than so many connects …
const CONNECTS_MOST: usize = 3;
/// … within this time.
const CONNECTS_WITHIN: i64 = 60 * SECOND;
/// A connection that was up for so long starts the counting afresh.
pub const STEADY: i64 = 60 * SECOND;

/// What ended a connection, or kept it from beginning.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cause {
    /// The network in between, a restart, a ping timeout, a kill.
    Ordinary,
    /// The server's certificate is not to be trusted.
    Untrusted,
    /// The server found that we connect too often, or let us in and out without a word.
    Throttled,
    /// We said too much at once.
    Flooded,
    /// We are not wanted (K-line, 465, a DNS list).
    Banned,
    /// Services refused the login.
    LoginRefused,
    /// Services could not be asked.
    LoginDown,
}

/// The policy's memory.
#[derive(Debug, Default)]
pub struct Reconnect {
    failures: u32,
    bans: u32,
    refused_logins: u32,
    connects: VecDeque<i64>,
}

impl Reconnect {
    /// A connect begins.
    pub fn connecting(&mut self, now: i64) {
        self.connects.push_back(now);
        if self.connects.len() > CONNECTS_MOST {
            self.connects.pop_front();
        }
    }

    /// The connection has been up for [`STEADY`].
    pub fn steady(&mut self) {
        self.failures = 0;
        self.bans = 0;
    }

    /// Services took the login.
    pub fn logged_in(&mut self) {
        self.refused_logins = 0;
    }

    /// Services refused the login; returns how long to leave them alone.
    pub fn login_refused(&mut self) -> i64 {
        self.refused_logins = self.refused_logins.saturating_add(1);
        if self.refused_logins < LOGINS_SOON { WAIT_THROTTLED } else { WAIT_WRONG }
    }

    /// The connection is gone: when to connect again.
    pub fn lost(&mut self, now: i64, cause: Cause, dice: &mut Dice) -> i64 {
        let ordinary = doubled(WAIT_FIRST, self.failures, WAIT_MOST);
        self.failures = self.failures.saturating_add(1);
        let wait = match cause {
            Cause::Ordinary => ordinary / 2 + dice.below(ordinary),
            Cause::Throttled | Cause::Flooded | Cause::LoginDown => {
                above(ordinary.max(WAIT_THROTTLED), dice)
            }
            Cause::Untrusted => above(WAIT_WRONG, dice),
            Cause::Banned => {
                let wait = doubled(WAIT_BANNED, self.bans, WAIT_BANNED_MOST);
                self.bans = self.bans.saturating_add(1);
                above(wait, dice)
            }
            Cause::LoginRefused => match self.login_refused() {
                WAIT_WRONG => above(WAIT_WRONG.max(ordinary), dice),
                _ => ordinary / 2 + dice.below(ordinary),
            },
        };
        let may_connect = match self.connects.front() {
            Some(first) if self.connects.len() == CONNECTS_MOST => first + CONNECTS_WITHIN,
            _ => now,
        };
        (now + wait).max(may_connect)
    }
}

fn doubled(first: i64, times: u32, most: i64) -> i64 {
    first.saturating_mul(1 << times.min(20)).min(most)
}

/// At least `wait`, and up to half as much again, so that a thousand bots do not come at once.
fn above(wait: i64, dice: &mut Dice) -> i64 {
    wait + dice.below(wait / 2)
}

/// What an ERROR, or a numeric before registration, says of the reason.
///
/// Only ever called with a server's own words.
pub fn cause_of(words: &str) -> Cause {
    let words = words.to_ascii_lowercase();
    let says = |hints: &[&str]| hints.iter().any(|hint| words.contains(hint));
    if says(&["excess flood", "sendq exceeded", "recvq exceeded"]) {
        Cause::Flooded
    } else if says(&["throttl", "too fast", "too many", "try again later", "connection limit"]) {
        Cause::Throttled
    } else if says(&["k-line", "g-line", "z-line", "d-line", "klined", "banned", "dnsbl"]) {
        Cause::Banned
    } else {
        Cause::Ordinary
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn waits(causes: &[Cause]) -> Vec<i64> {
        let (mut policy, mut dice, mut now) = (Reconnect::default(), Dice::new(&[7; 32]), 0);
        causes
            .iter()
            .map(|cause| {
                policy.connecting(now);
                let due = policy.lost(now, *cause, &mut dice);
                let wait = due - now;
                now = due;
                wait / SECOND
            })
            .collect()
    }

    #[test]
    fn ordinary_waits_double_with_jitter_and_end_at_five_minutes() {
        let seen = waits(&[Cause::Ordinary; 12]);
        for (n, wait) in seen.iter().enumerate() {
            let middle = doubled(5, n as u32, 300);
            assert!(
                (middle / 2..=60.max(middle * 3 / 2)).contains(wait),
                "{n}: {wait} of {seen:?}"
            );
        }
    }

    #[test]
    fn never_more_than_three_connects_a_minute() {
        for seed in 0..50 {
            let (mut policy, mut dice, mut now) = (Reconnect::default(), Dice::new(&[seed; 32]), 0);
            let mut connects = Vec::new();
            for n in 0..30 {
                policy.connecting(now);
                connects.push(now);
                if n % 5 == 0 {
                    policy.steady();
                }
                now = policy.lost(now, Cause::Ordinary, &mut dice);
            }
            for four in connects.windows(4) {
                assert!(four[3] - four[0] >= CONNECTS_WITHIN, "{four:?}");
            }
        }
    }

    #[test]
    fn those_who_do_not_want_us_are_left_alone() {
        let bans = waits(&[Cause::Banned; 7]);
        let least = [15, 30, 60, 120, 240, 360, 360].map(|minutes| minutes * 60);
        for (ban, least) in bans.iter().zip(least) {
            assert!((least..=least * 3 / 2).contains(ban), "{ban} for {least}");
        }
        assert!(waits(&[Cause::Throttled, Cause::Flooded]).iter().all(|wait| *wait >= 60));
        assert!(waits(&[Cause::Untrusted])[0] >= 300);
        let logins = waits(&[Cause::LoginRefused; 4]);
        assert!(logins[0] < 10 && logins[1] < 20 && logins[2] >= 300 && logins[3] >= 300);
    }

    #[test]
    fn the_words_of_servers() {
        for (words, cause) in [
            ("Closing Link: bot[1.2.3.4] (Excess Flood)", Cause::Flooded),
            ("Closing Link: 1.2.3.4 (*** Banned )", Cause::Banned),
            ("Closing Link: x (K-Lined: go away)", Cause::Banned),
            ("Trying to reconnect too fast.", Cause::Throttled),
            ("Your host is trying to (re)connect too fast -- throttled", Cause::Throttled),
            ("Closing Link: x (Ping timeout: 256 seconds)", Cause::Ordinary),
            ("Closing Link: x (Killed (oper (bye)))", Cause::Ordinary),
        ] {
            assert_eq!(cause_of(words), cause, "{words}");
        }
    }
}
