//! When a letter that could not leave is tried again, and when nobody tries any more.

use crate::domain::time::{DAY, MINUTE, Moment};
use std::hash::{DefaultHasher, Hash, Hasher};

/// How long after the first failure it is tried again; each further one doubles that.
pub const SHORTEST: i64 = MINUTE;
/// The longest time between two attempts, before the jitter.
pub const LONGEST: i64 = 4 * 60 * MINUTE;
/// How long a letter is tried after it was due (RFC 5321 §4.5.4.1 asks for four to five days).
pub const GIVES_UP_AFTER: i64 = 5 * DAY;

/// When to try the letter with that key again after its `attempts`th failure; `None` when it is time
/// to give up.
///
/// The key spreads the attempts over a quarter of the time, so that what failed together does not
/// come back together.
pub fn next(key: &str, due: Moment, now: Moment, attempts: u32) -> Option<Moment> {
    if now.since(due) >= GIVES_UP_AFTER {
        return None;
    }
    let doublings = attempts.saturating_sub(1).min(16);
    let wait = (SHORTEST << doublings).min(LONGEST);
    Some(now.plus(wait + wait / 4 / 255 * i64::from(die(key, attempts))))
}

/// A number from 0 to 255 that looks like chance and is always the same.
fn die(key: &str, attempts: u32) -> u8 {
    let mut hasher = DefaultHasher::new();
    (key, attempts).hash(&mut hasher);
    hasher.finish().to_le_bytes()[0]
}

#[cfg(test)]
mod tests {
    use super::*;

    const DUE: Moment = Moment::from_micros(1_542_124_140_000_000);

    #[test]
    fn waits_double_from_a_minute_to_four_hours_and_a_quarter_more_at_most() {
        for key in ["minutes:2018-11-13", "remind:virt:24h", ""] {
            let mut shortest = [1, 2, 4, 8, 16, 32, 64, 128, 240, 240].into_iter().zip(1..);
            assert!(shortest.all(|(minutes, attempts)| {
                let wait = next(key, DUE, DUE, attempts).unwrap().since(DUE);
                (minutes * MINUTE..=minutes * MINUTE * 5 / 4).contains(&wait)
            }));
        }
        assert!(next("", DUE, DUE, u32::MAX).unwrap().since(DUE) >= LONGEST);
        assert!(next("", DUE, DUE, 0).unwrap().since(DUE) < 2 * MINUTE);
    }

    #[test]
    fn what_failed_together_does_not_come_back_together() {
        let mut times: Vec<_> = (0..40).map(|n| next(&format!("k{n}"), DUE, DUE, 9)).collect();
        times.sort();
        times.dedup();
        assert!(times.len() > 30, "{}", times.len());
    }

    #[test]
    fn after_five_days_it_is_given_up_and_not_before() {
        let mut now = DUE;
        let mut attempts = 0;
        while let Some(at) = next("minutes:2018-11-13", DUE, now, attempts + 1) {
            attempts += 1;
            now = at;
        }
        assert!((30..60).contains(&attempts), "{attempts} attempts");
        assert!((GIVES_UP_AFTER..GIVES_UP_AFTER + 2 * LONGEST).contains(&now.since(DUE)));
    }
}
