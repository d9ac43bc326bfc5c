//! The clock: the only file that reads the time of day.

use crate::domain::time::Moment;

/// Now, in UTC.
#[allow(clippy::disallowed_methods, reason = "this is the one file that may ask")]
pub fn now() -> Moment {
    Moment::from_utc(chrono::Utc::now())
}
