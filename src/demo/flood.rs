//! A client's flood budget: how many lines it may have obeyed by now. No queue and no clock.

use crate::demo::options::Flood;
use crate::domain::time::{Moment, SECOND};

/// Solanum's counter of one client. Without flood control every line may be obeyed.
#[derive(Clone, Copy, Debug)]
pub(super) struct Budget {
    flood: Option<Flood>,
    registered: bool,
    /// Whether the client has not said anything yet and may join its channels faster.
    grace: bool,
    spent: u32,
    counted_at: Moment,
}

impl Budget {
    pub(super) fn new(flood: Option<Flood>, now: Moment) -> Budget {
        Budget { flood, registered: false, grace: true, spent: 0, counted_at: now }
    }

    /// Pays for one line, where the budget allows one.
    pub(super) fn pay(&mut self, now: Moment) -> bool {
        let Some(flood) = self.flood else { return true };
        self.refund(flood, now);
        let (cost, most) = match (self.registered, self.grace) {
            (false, _) => (1, flood.burst_lines),
            (true, true) => (flood.line_costs, flood.grace_lines * flood.line_costs),
            (true, false) => (flood.line_costs, flood.burst_lines * flood.line_costs),
        };
        let pays = self.spent < most;
        if pays {
            self.spent += cost;
        }
        pays
    }

    fn refund(&mut self, flood: Flood, now: Moment) {
        let seconds = now.since(self.counted_at) / SECOND;
        if seconds <= 0 {
            return;
        }
        self.counted_at = self.counted_at.plus(seconds * SECOND);
        let seconds = u32::try_from(seconds).unwrap_or(u32::MAX);
        let back = match (self.registered, self.grace) {
            (false, _) => seconds,
            (true, true) => self.spent,
            (true, false) => seconds.saturating_mul(flood.second_refunds),
        };
        self.spent = self.spent.saturating_sub(back);
    }

    /// When the next refund comes.
    pub(super) fn next_at(&self) -> Moment {
        self.counted_at.plus(SECOND)
    }

    /// The client is registered.
    pub(super) fn register(&mut self) {
        self.registered = true;
        self.spent = 0;
    }

    /// The client said something: the time of grace is over.
    pub(super) fn end_grace(&mut self) {
        if std::mem::take(&mut self.grace) {
            self.spent = 0;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// How many of one line per `step` seconds are still waiting after so many of them.
    fn waiting(flood: Flood, lines: u32, step: i64) -> u32 {
        let start = Moment::from_micros(0);
        let mut budget = Budget::new(Some(flood), start);
        budget.register();
        budget.end_grace();
        let mut waiting = 0;
        for line in 0..lines {
            waiting += 1;
            let now = start.plus(i64::from(line) * step * SECOND);
            while waiting > 0 && budget.pay(now) {
                waiting -= 1;
            }
        }
        waiting
    }

    /// The measurements made on a real server (Solanum with its reference and Libera's pace).
    #[test]
    fn is_as_strict_as_the_real_ones() {
        assert_eq!(waiting(Flood::reference(), 25, 0), 20);
        assert_eq!(waiting(Flood::reference(), 26, 0), 21);
        assert_eq!(waiting(Flood::reference(), 300, 1), 0);
        assert_eq!(waiting(Flood::libera(), 300, 2), 0);
        assert!(waiting(Flood::libera(), 49, 1) <= 20);
        assert!(waiting(Flood::libera(), 54, 1) > 20);
    }

    #[test]
    fn a_newcomer_may_join_its_channels_at_once() {
        let now = Moment::from_micros(0);
        let mut budget = Budget::new(Some(Flood::reference()), now);
        assert_eq!((0..10).filter(|_| budget.pay(now)).count(), 5);
        budget.register();
        assert_eq!((0..50).filter(|_| budget.pay(now)).count(), 40);
        budget.end_grace();
        assert_eq!((0..50).filter(|_| budget.pay(now)).count(), 5);
        assert_eq!((0..50).filter(|_| budget.pay(now.plus(2 * SECOND))).count(), 2);
    }
}
