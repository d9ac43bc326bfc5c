//! When a letter that could not leave is tried again, and when nobody tries any more.

use crate::domain::time::{DAY, MINUTE, Moment};

/// How long after the first failure it is tried again; each further one doubles that.
pub const SHORTEST: i64 = MINUTE;
/// The longest time between two attempts, before the jitter.
pub const LONGEST: i64 = 4 * 60 * MINUTE;
/// How long a letter is tried after it was due (RFC 5321 §4.5.4.1 asks for four to five days).
pub const GIVES_UP_AFTER: i64 = 5 * DAY;

/// When to try again after the `attempts`th failure; `None` when it is time to give up.
///
/// `random` spreads the attempts over a quarter of the time, so that what failed together does not
/// come back together.
pub fn next(due: Moment, now: Moment, attempts: u32, random: u64) -> Option<Moment> {
    if now.since(due) >= GIVES_UP_AFTER {
        return None;
    }
    let doublings = attempts.saturating_sub(1).min(16);
    let wait = (SHORTEST << doublings).min(LONGEST);
    let jitter = (random % 256) as i64 * (wait / 4 / 255);
    Some(now.plus(wait + jitter))
}

#[cfg(test)]
mod tests {
    use super::*;

    const DUE: Moment = Moment::from_micros(1_542_124_140_000_000);

    #[test]
    fn waits_double_from_a_minute_to_four_hours() {
        let minutes = |attempts| next(DUE, DUE, attempts, 0).map(|at| at.since(DUE) / MINUTE);
        let waits: Vec<_> = (1..=10).filter_map(minutes).collect();
        assert_eq!(waits, [1, 2, 4, 8, 16, 32, 64, 128, 240, 240]);
        assert_eq!(minutes(u32::MAX), Some(240));
        assert_eq!(minutes(0), Some(1));
    }

    #[test]
    fn the_jitter_adds_at_most_a_quarter() {
        for random in [1, 17, 254, 255, 256, u64::MAX] {
            let wait = next(DUE, DUE, 9, random).unwrap().since(DUE);
            assert!((LONGEST..=LONGEST + LONGEST / 4).contains(&wait), "{random}: {wait}");
        }
        assert_ne!(next(DUE, DUE, 1, 0), next(DUE, DUE, 1, 100));
    }

    #[test]
    fn after_five_days_it_is_given_up_and_not_before() {
        let mut now = DUE;
        let mut attempts = 0;
        while let Some(at) = next(DUE, now, attempts + 1, 255) {
            attempts += 1;
            now = at;
        }
        assert!((30..60).contains(&attempts), "{attempts} attempts");
        assert!((GIVES_UP_AFTER..GIVES_UP_AFTER + 2 * LONGEST).contains(&now.since(DUE)));
    }
}
