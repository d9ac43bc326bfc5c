//! When something is looked at next: every so often, sooner after a hint, and after a fault.

use crate::source::repodata::RETRY;
use std::time::Duration;
use tokio::time::Instant;

/// When to look.
#[derive(Clone, Debug)]
pub struct When {
    poll: Duration,
    next: Instant,
    /// Further looks that a hint asked for, the next first.
    soon: Vec<Instant>,
    faults: usize,
}

impl When {
    /// At once, and then every so often.
    pub fn now(poll: Duration) -> When {
        When { poll, next: Instant::now(), soon: Vec::new(), faults: 0 }
    }

    /// When it is.
    pub fn next(&self) -> Instant {
        self.soon.first().copied().unwrap_or(self.next).min(self.next)
    }

    /// Whether it is time.
    pub fn is_due(&self) -> bool {
        self.next() <= Instant::now()
    }

    /// It was looked at; whether without a fault.
    pub fn looked(&mut self, is_whole: bool) {
        let now = Instant::now();
        self.soon.retain(|at| *at > now);
        self.faults = if is_whole { 0 } else { self.faults + 1 };
        let retry = self.faults.checked_sub(1).and_then(|faults| RETRY.get(faults));
        self.next = now + retry.copied().unwrap_or(self.poll).min(self.poll);
    }

    /// It is worth looking after these times.
    pub fn hurry(&mut self, after: &[Duration]) {
        let now = Instant::now();
        self.soon = after.iter().map(|wait| now + *wait).collect();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn it_is_looked_at_often_sooner_after_hints_and_faults() {
        let poll = Duration::from_secs(300);
        let mut when = When::now(poll);
        let left = |when: &When| when.next().saturating_duration_since(Instant::now()).as_secs();
        assert!(when.is_due());
        when.looked(true);
        assert_eq!(left(&when), 300);
        for expected in [5, 15, 60, 300, 300] {
            when.looked(false);
            assert_eq!(left(&when), expected);
        }
        when.hurry(&[Duration::ZERO, Duration::from_secs(3)]);
        assert!(when.is_due());
        when.looked(true);
        assert_eq!(left(&when), 3);
        tokio::time::advance(Duration::from_secs(3)).await;
        when.looked(true);
        assert_eq!(left(&when), 300);
    }
}
