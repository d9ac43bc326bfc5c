//! The calendar for other programs, with the minutes of the meetings that were held.

use crate::config::Config;
use crate::domain::name::Nick;
use crate::domain::schedule::reminder::{self, Held};
use crate::domain::schedule::{Slot, ical};
use crate::domain::time::Moment;
use crate::store::meeting::MeetingRow;
use crate::store::{self, Db, StoreError};

/// The most meetings whose minutes are looked for: more than a calendar has behind it.
const MOST_MEETINGS: u32 = 1_000;

/// The meetings that were held, as a calendar links them.
#[derive(Default)]
pub struct Past(Vec<MeetingRow>);

impl Past {
    /// Those that a calendar of that moment may link.
    pub async fn load(db: &Db, now: Moment) -> Result<Past, StoreError> {
        let mut rows = store::meeting::list(db, MOST_MEETINGS, None).await?;
        let is_linked = |row: &MeetingRow| {
            row.ended_at.is_some()
                && row.restricted_at.is_none()
                && row.started_at >= now.plus(-ical::BACK)
        };
        rows.retain(is_linked);
        Ok(Past(rows))
    }

    /// The page of the minutes of a planned meeting.
    pub fn minutes(&self, slot: &Slot, config: &Config) -> Option<String> {
        let web = config.web.as_ref()?;
        let slots = std::slice::from_ref(slot);
        let row = self.0.iter().find(|row| is_there(row, slot) && is_held(row, slot, slots))?;
        Some(format!("{}/m/{}", web.url, row.slug))
    }
}

fn is_there(row: &MeetingRow, slot: &Slot) -> bool {
    slot.network.as_ref().is_none_or(|network| *network == row.network)
        && slot.channel.as_str().eq_ignore_ascii_case(row.channel.as_str())
}

fn is_held(row: &MeetingRow, slot: &Slot, slots: &[Slot]) -> bool {
    let name = row.name.as_ref().map_or("", |name| name.as_untrusted()).to_string();
    let held = Held { name, by: Nick::new(""), since: row.started_at, until: row.ended_at };
    reminder::is_of(slot, slots, &held)
}
