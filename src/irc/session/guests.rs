//! Guests: strangers who speak to the bot alone, and how often each may.
//! Nothing here knows what they say.

use crate::domain::time::SECOND;
use std::collections::BTreeMap;

/// Strangers who speak to the bot alone, each with a bucket of their own, so that none can keep it
/// from the others.
#[derive(Debug, Default)]
pub struct Guests {
    buckets: BTreeMap<String, (i64, i64)>,
    ctcp_at: Option<i64>,
}

/// How many lines a guest may say at once …
const GUEST_BURST: i64 = 5;
/// … and how long one more takes, in microseconds.
const GUEST_INTERVAL: i64 = 2 * SECOND;
/// The least time between two answers to CTCP, whoever asks, in microseconds.
const CTCP_WAIT: i64 = 10 * SECOND;
/// The most guests remembered.
const GUESTS_MOST: usize = 256;

impl Guests {
    /// Whether CTCP may be answered now; if so, not again for a while.
    pub fn may_ask(&mut self, now: i64) -> bool {
        let may = self.ctcp_at.is_none_or(|at| now - at >= CTCP_WAIT);
        if may {
            self.ctcp_at = Some(now);
        }
        may
    }

    /// Whether this guest (`user@host`) may say one more line now.
    pub fn may_speak(&mut self, guest: String, now: i64) -> bool {
        let full = GUEST_BURST * GUEST_INTERVAL;
        if self.buckets.len() >= GUESTS_MOST && !self.buckets.contains_key(&guest) {
            self.buckets.retain(|_, (saved, at)| *saved + (now - *at) < full);
            if self.buckets.len() >= GUESTS_MOST {
                return false;
            }
        }
        let (saved, at) = self.buckets.entry(guest).or_insert((full, now));
        *saved = (*saved + (now - *at)).min(full);
        *at = now;
        let may = *saved >= GUEST_INTERVAL;
        if may {
            *saved -= GUEST_INTERVAL;
        }
        may
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_guest_who_floods_silences_only_themselves() {
        let mut guests = Guests::default();
        let heard = (0..100).filter(|_| guests.may_speak("flood@x".into(), 0)).count();
        assert_eq!(heard as i64, GUEST_BURST);
        assert!(guests.may_speak("polite@x".into(), 0));
        assert!(guests.may_speak("flood@x".into(), GUEST_INTERVAL));
    }

    #[test]
    fn a_thousand_guests_are_too_many() {
        let mut guests = Guests::default();
        for n in 0..1000 {
            guests.may_speak(n.to_string(), 0);
        }
        assert_eq!(guests.buckets.len(), GUESTS_MOST);
        assert!(guests.may_speak("later".into(), 60 * SECOND), "the idle make room");
    }

    #[test]
    fn ctcp_is_answered_once_in_a_while() {
        let mut guests = Guests::default();
        assert!(guests.may_ask(0) && !guests.may_ask(CTCP_WAIT - 1) && guests.may_ask(CTCP_WAIT));
    }
}
