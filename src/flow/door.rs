//! What the door of the list did between two meetings, for the minutes.

use crate::domain::list::gate::Verdict;
use crate::domain::meeting::Door;
use crate::domain::time::{DAY, Moment};
use crate::flow::work::Work;
use crate::store::meeting::MeetingRow;
use crate::store::{self, StoreError};

/// The posts that came since the end of the meeting before this one, as long as they are remembered;
/// nothing where no door is kept.
pub async fn counts(
    row: &MeetingRow,
    until: Moment,
    work: &mut Work,
) -> Result<Option<Door>, StoreError> {
    let config = work.config();
    if !config.gate.is_kept() {
        return Ok(None);
    }
    let tx = work.tx().await?;
    let (before, _) = store::meeting::neighbours(&mut *tx, row).await?;
    let remembered = until.plus(-i64::from(config.gate.keep_days) * DAY);
    let since = before.and_then(|before| before.ended_at).unwrap_or(remembered).max(remembered);
    let mut door =
        Door { released: store::kept::released(&mut *tx, since, until).await?, ..Door::default() };
    for count in store::verdict::counts(tx, since, until).await? {
        match count.verdict {
            Verdict::Accept => door.accepted += count.times,
            Verdict::Hold => door.held += count.times,
            Verdict::Reject | Verdict::Discard => door.discarded += count.times,
        }
    }
    Ok(Some(door))
}
