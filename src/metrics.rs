//! What this process counted since it started, for operators: connections, lines, answers.
//!
//! What is in the database is not counted here, but asked there when somebody wants to know.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Mutex, PoisonError};

/// Of one IRC network.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Irc {
    /// Whether there is a connection now.
    pub is_connected: bool,
    /// How often one was made.
    pub connects: u64,
    /// How many lines came.
    pub lines: u64,
}

/// The networks are those of the configuration, so there are few.
static IRC: Mutex<BTreeMap<String, Irc>> = Mutex::new(BTreeMap::new());

/// Changes what is counted of a network.
pub fn irc(network: &str, change: impl FnOnce(&mut Irc)) {
    let mut all = IRC.lock().unwrap_or_else(PoisonError::into_inner);
    match all.get_mut(network) {
        Some(known) => change(known),
        None => change(all.entry(network.to_string()).or_default()),
    }
}

/// The networks and what was counted of each.
pub fn networks() -> BTreeMap<String, Irc> {
    IRC.lock().unwrap_or_else(PoisonError::into_inner).clone()
}

/// The answers of the pages by the first digit of their status, and how long they took together.
static ANSWERS: [AtomicU64; 6] = [const { AtomicU64::new(0) }; 6];
static ANSWER_MICROS: AtomicU64 = AtomicU64::new(0);

/// The upper bounds of the times of answers, in seconds.
pub const BOUNDS: [f64; 6] = [0.001, 0.005, 0.01, 0.05, 0.25, 1.0];
static WITHIN: [AtomicU64; BOUNDS.len()] = [const { AtomicU64::new(0) }; BOUNDS.len()];

/// A page was answered.
pub fn answered(status: u16, micros: u64) {
    ANSWERS[usize::from(status / 100).min(5)].fetch_add(1, Relaxed);
    ANSWER_MICROS.fetch_add(micros, Relaxed);
    let seconds = micros as f64 / 1e6;
    for (bound, count) in BOUNDS.iter().zip(&WITHIN) {
        count.fetch_add(u64::from(seconds <= *bound), Relaxed);
    }
}

/// What was answered since the start.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Answers {
    /// By the first digit of the status.
    pub by_class: [u64; 6],
    /// How many took at most each of [`BOUNDS`].
    pub within: [u64; BOUNDS.len()],
    /// How long all took together, in seconds.
    pub seconds: f64,
}

/// The answers of the pages.
pub fn answers() -> Answers {
    Answers {
        by_class: std::array::from_fn(|class| ANSWERS[class].load(Relaxed)),
        within: std::array::from_fn(|bound| WITHIN[bound].load(Relaxed)),
        seconds: ANSWER_MICROS.load(Relaxed) as f64 / 1e6,
    }
}
