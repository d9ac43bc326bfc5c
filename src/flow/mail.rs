//! Letters are written: what the list is told becomes a row of the outbox, in the transaction of
//! its cause. Nothing here sends them; see [`crate::flow::deliver`].

use crate::clock;
use crate::domain::list::minutes;
use crate::domain::meeting::Meeting;
use crate::flow::publish;
use crate::flow::work::Work;
use crate::store::meeting::MeetingRow;
use crate::store::{self, StoreError};

/// Mails the minutes of a meeting that ends, where that is wanted; the name of the list where a
/// letter will go to it. Minutes for members only are never mailed.
pub async fn minutes(
    work: &mut Work,
    row: &MeetingRow,
    meeting: &Meeting,
) -> Result<Option<String>, StoreError> {
    let config = work.config();
    let is_wanted = config.list.as_ref().is_some_and(|list| list.minutes);
    let Some(list) = config.letters().filter(|_| is_wanted && !meeting.restricted) else {
        return Ok(None);
    };
    let links = publish::pages(&mut *work.tx().await?, &config, row).await?;
    let now = clock::now();
    let letter = minutes::letter(meeting, &row.slug, &links, &list, now);
    let is_new = store::outbox::add(work.tx().await?, &letter, now).await?;
    if is_new {
        work.mailed();
    }
    Ok(is_new.then_some(list.name))
}
