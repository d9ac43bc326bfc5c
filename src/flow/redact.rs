//! Words are destroyed: in the log of a meeting, and in what they made in the group's journal.
//!
//! What has left the house (a letter, a line in the channel) cannot be called back.

use crate::domain::group::Change;
use crate::domain::list::promise;
use crate::domain::meeting::{Meeting, What, replay};
use crate::domain::text::Text;
use crate::flow::index;
use crate::flow::work::Work;
use crate::store::meeting::MeetingRow;
use crate::store::{self, StoreError};

/// Destroys the words of rows; gives the meeting that replaying the rest gives.
pub async fn rows(
    row: &MeetingRow,
    meeting: &Meeting,
    rows: &[usize],
    work: &mut Work,
) -> Result<Option<Meeting>, StoreError> {
    work.store_rows().await?;
    let lines = meeting.lines_of(rows);
    for (seq, event) in store::log::read(&mut *work.tx().await?, row.id).await? {
        let left = match &event.what {
            What::Ledger(fact) if fact.line().is_some_and(|line| lines.contains(&line)) => {
                let fact = What::Ledger(Box::new(fact.as_ref().clone().redacted()));
                Text::new(crate::domain::meeting::Row::of(&fact).text)
            }
            what if rows.contains(&(seq as usize)) => meeting.tombstone(what),
            _ => continue,
        };
        store::log::redact(work.tx().await?, row.id, seq, &left).await?;
    }
    journal(&row.slug, &lines, work).await?;
    // What can be found of the minutes is written again when they are published.
    index::forget(work.tx().await?, row.id).await?;
    work.redacted();
    let left = store::log::read(&mut *work.tx().await?, row.id).await?;
    Ok(replay::stored(left.into_iter().map(|(_, event)| event)))
}

/// Destroys what the lines of a meeting made in the journal.
async fn journal(slug: &str, lines: &[usize], work: &mut Work) -> Result<(), StoreError> {
    let book = work.book();
    let mut book = book.lock().await;
    store::journal::lock(work.tx().await?).await?;
    for entry in store::journal::since(&mut *work.tx().await?, 0).await? {
        let is_of = |(of, line): &(String, u32)| of == slug && lines.contains(&(*line as usize));
        let said_there = entry.by.meeting.as_ref().is_some_and(is_of);
        if let Some(change) = entry.change.redacted().filter(|_| said_there) {
            store::journal::redact(work.tx().await?, entry.id, &change).await?;
            if let Change::Entry { number, .. } = change {
                store::outbox::withdraw(work.tx().await?, &promise::beginning(number)).await?;
            }
        }
    }
    book.forget();
    Ok(())
}
