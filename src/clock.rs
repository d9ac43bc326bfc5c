//! The clock: the only file that reads the time of day.
//!
//! For rehearsals and tests it can be moved: where `BEADLE_CLOCK` names a file, the seconds in that
//! file (`-252403200`) are added to the time. It is read anew each time, so the clock can be moved
//! while the service runs.

use crate::domain::time::{Moment, SECOND};
use std::path::PathBuf;
use std::sync::LazyLock;

/// The file that moves the clock, where there is one.
static MOVED: LazyLock<Option<PathBuf>> =
    LazyLock::new(|| std::env::var_os("BEADLE_CLOCK").map(PathBuf::from));

/// Now, in UTC.
#[allow(clippy::disallowed_methods, reason = "this is the one file that may ask")]
pub fn now() -> Moment {
    let now = Moment::from_utc(chrono::Utc::now());
    match &*MOVED {
        None => now,
        Some(file) => now.plus(offset_micros(file)),
    }
}

/// What the file says; nothing while somebody is writing it.
fn offset_micros(file: &std::path::Path) -> i64 {
    let words = std::fs::read_to_string(file).unwrap_or_default();
    words.trim().parse::<i64>().unwrap_or(0).saturating_mul(SECOND)
}
