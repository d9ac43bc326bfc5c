//! Letters are written: what the list is told becomes a row of the outbox, in the transaction of
//! its cause. Nothing here sends them; see [`crate::flow::deliver`].

use crate::clock;
use crate::domain::list::minutes;
use crate::domain::list::{Letter, List, MessageId};
use crate::domain::meeting::{Correction, Meeting};
use crate::domain::minutes::Links;
use crate::flow::publish;
use crate::flow::work::Work;
use crate::store::meeting::MeetingRow;
use crate::store::{self, StoreError};

/// Mails the minutes of a meeting that ends, where that is wanted; the name of the list where a
/// letter will go to it. Minutes for members only are never mailed. Those of a meeting that was
/// reopened after they were mailed follow in the thread.
pub async fn minutes(
    work: &mut Work,
    row: &MeetingRow,
    meeting: &Meeting,
) -> Result<Option<String>, StoreError> {
    let Some((list, links)) = address(work, row, meeting).await? else { return Ok(None) };
    let letter = match first(work, row).await? {
        None => minutes::letter(meeting, &row.slug, &links, &list, clock::now()),
        Some(first) => {
            let ended = meeting.ended_at.unwrap_or(meeting.started_at);
            let word = ended.utc().format("until-%H%M%S").to_string();
            let change = "The meeting went on after its minutes were mailed; this is all of it.";
            let correction = minutes::Correction { word: &word, first: &first, change };
            minutes::correction(meeting, &row.slug, &links, &list, clock::now(), &correction)
        }
    };
    let is_new = queue(work, &letter).await?;
    Ok(is_new.then_some(list.name))
}

/// Tells the list that minutes it was given are corrected, in the thread of the first letter; the
/// name of the list where a letter will go to it. A list that got no minutes gets no correction.
pub async fn corrected(
    work: &mut Work,
    row: &MeetingRow,
    meeting: &Meeting,
) -> Result<Option<String>, StoreError> {
    let Some(newest) = meeting.corrections.last() else { return Ok(None) };
    let Some((list, links)) = address(work, row, meeting).await? else { return Ok(None) };
    let Some(first) = first(work, row).await? else { return Ok(None) };
    let letter = correction(row, meeting, (&list, &links), &first, meeting.revision(), newest);
    let is_new = queue(work, &letter).await?;
    Ok(is_new.then_some(list.name))
}

/// Takes words that were destroyed out of the letters of a meeting that have not left. One that is
/// on its way at this moment is as lost as one that has left.
pub async fn redacted(
    work: &mut Work,
    row: &MeetingRow,
    meeting: &Meeting,
) -> Result<(), StoreError> {
    let Some((list, links)) = address(work, row, meeting).await? else { return Ok(()) };
    let Some(first) = first(work, row).await? else { return Ok(()) };
    let letter = minutes::letter(meeting, &row.slug, &links, &list, clock::now());
    store::outbox::rewrite(work.tx().await?, &letter).await?;
    for (change, revision) in meeting.corrections.iter().zip(2..) {
        let letter = correction(row, meeting, (&list, &links), &first, revision, change);
        store::outbox::rewrite(work.tx().await?, &letter).await?;
    }
    Ok(())
}

/// The list that gets the minutes of a meeting, and what they point to.
async fn address(
    work: &mut Work,
    row: &MeetingRow,
    meeting: &Meeting,
) -> Result<Option<(List, Links)>, StoreError> {
    let config = work.config();
    let is_wanted = config.list.as_ref().is_some_and(|list| list.minutes);
    let Some(list) = config.letters().filter(|_| is_wanted && !meeting.restricted) else {
        return Ok(None);
    };
    let pages = publish::pages(&mut *work.tx().await?, &config, row).await?;
    Ok(Some((list, pages)))
}

/// The letter with the minutes as they were at the end.
async fn first(work: &mut Work, row: &MeetingRow) -> Result<Option<MessageId>, StoreError> {
    let key = minutes::key(&row.slug);
    store::outbox::message_id(&mut *work.tx().await?, &key).await
}

fn correction(
    row: &MeetingRow,
    meeting: &Meeting,
    (list, links): (&List, &Links),
    first: &MessageId,
    revision: usize,
    change: &Correction,
) -> Letter {
    let change = minutes::change(change);
    let correction = minutes::Correction { word: &revision.to_string(), first, change: &change };
    minutes::correction(meeting, &row.slug, links, list, clock::now(), &correction)
}

/// Puts a letter into the outbox, to leave after the commit.
async fn queue(work: &mut Work, letter: &Letter) -> Result<bool, StoreError> {
    let is_new = store::outbox::add(work.tx().await?, letter, clock::now()).await?;
    if is_new {
        work.mailed();
    }
    Ok(is_new)
}
