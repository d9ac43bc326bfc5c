//! The stamp of what pages are made from: equal stamps, equal pages.

use crate::store::driver::{Reader, from_row, on, query_as};
use crate::store::{StoreError, sql};

/// A few numbers that change whenever something changes that pages show.
///
/// Not in it: the lines of a meeting that is on, and how repositories were last looked at. Pages of
/// those are made anew each time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Stamp {
    /// The last entry of the journal.
    pub journal: i64,
    /// Of the meetings: how many there are, and what was last done with them.
    pub meetings: [i64; 8],
    /// Of the pushes and builds.
    pub pushes: [i64; 2],
}

from_row!(Stamp, |row| {
    Ok(Stamp {
        journal: row.try_get("journal")?,
        meetings: [
            row.try_get("meeting")?,
            row.try_get("meetings")?,
            row.try_get("ended")?,
            row.try_get("aborted")?,
            row.try_get("restricted")?,
            row.try_get("ended_at")?,
            row.try_get("published_at")?,
            row.try_get("indexed_at")?,
        ],
        pushes: [row.try_get("push")?, row.try_get("build")?],
    })
});

/// The stamp as it is now.
pub async fn read(from: impl Into<Reader<'_>>) -> Result<Stamp, StoreError> {
    on!(from.into(), "reading what has changed", |c: D| {
        query_as::<D, Stamp>(&sql::STAMP).fetch_one(c).await
    })
}

impl Stamp {
    /// What the group's data was made from: the journal, and the meetings, in which a redaction of
    /// its words shows.
    pub fn group(&self) -> String {
        format!("{} {:?}", self.journal, self.meetings)
    }
}
