//! Minutes are corrected or redacted after the end: the log gets a mark or loses words, the ledger
//! follows, the files are written again and the list is told.

use crate::clock;
use crate::config::Config;
use crate::domain::group::{By, Change, Circumstances, Group};
use crate::domain::meeting::ledger::{Wanted, Wish};
use crate::domain::meeting::{Event, Item, Kind, Login, Meeting, Speaker, What};
use crate::domain::name::Casemapping;
use crate::domain::notice;
use crate::domain::roadmap;
use crate::domain::roster::Asker;
use crate::domain::text::Text;
use crate::domain::time::Moment;
use crate::flow::group::Book;
use crate::flow::mail;
use crate::flow::publish;
use crate::flow::redact;
use crate::flow::work::{Failed, Work};
use crate::store::meeting::MeetingRow;
use crate::store::{self, Db, StoreError};
use std::sync::Arc;

/// Why nothing was changed.
#[derive(Debug, thiserror::Error)]
pub enum Trouble {
    /// It makes no sense; in words.
    #[error("{0}")]
    Refused(String),
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The files could not be written; they will be when the service runs.
    #[error("it is stored, but the files could not be written yet: {0}")]
    Files(publish::Failure),
}

impl From<Failed> for Trouble {
    fn from(failed: Failed) -> Trouble {
        Trouble::Store(failed.error)
    }
}

/// Gives the item or topic of a log line other words, or removes the item where there are none.
/// Only people of the roster may. The revision that the minutes have now.
pub async fn correct(
    db: &Db,
    config: &Arc<Config>,
    slug: &str,
    (asker, by): (&Asker, &By),
    line: usize,
    words: &str,
) -> Result<usize, Trouble> {
    let now = clock::now();
    let mut work = Work::new(db, config, &Book::new(config).shared());
    let (row, before) = ended(slug, &mut work).await?;
    may(asker, before.settings.casemapping, now, &work).await?;
    let mark = before.correct(now, &by.name, line, words);
    let mark = mark.map_err(|refusal| Trouble::Refused(refusal.to_string()))?;
    let mut meeting = before.clone();
    let event = Event { at: now, heard_at: now, what: What::Noted(mark) };
    meeting.apply(&event);
    let seq = u32::try_from(meeting.rows()).unwrap_or(u32::MAX);
    work.row(row.id, seq, event);
    let item = before.items().find(|item| item.line == line);
    if let Some(item) = item {
        let corrected = meeting.items().find(|item| item.line == line);
        follow(&row, &meeting, item, corrected, by, now, &mut work).await?;
    }
    mail::corrected(&mut work, &row, &meeting).await?;
    finish(db, config, &row, &meeting, work).await?;
    Ok(meeting.revision())
}

/// Destroys the words of a log line and of what it made.
pub async fn redact(db: &Db, config: &Arc<Config>, slug: &str, line: usize) -> Result<(), Trouble> {
    let mut work = Work::new(db, config, &Book::new(config).shared());
    let (row, meeting) = ended(slug, &mut work).await?;
    let rows = meeting.redactable(line).map_err(Trouble::Refused)?;
    let left = redact::rows(&row, &meeting, &rows, &mut work).await?;
    let left = left.unwrap_or(meeting);
    mail::redacted(&mut work, &row, &left).await?;
    finish(db, config, &row, &left, work).await?;
    Ok(db.scrub().await?)
}

/// The meeting, with the journal locked: two corrections at once come one after the other.
async fn ended(slug: &str, work: &mut Work) -> Result<(MeetingRow, Meeting), Trouble> {
    let book = work.book();
    book.lock().await.lock(work.tx().await?).await?;
    let row = store::meeting::by_slug(&mut *work.tx().await?, slug).await?;
    let refuse = |why: String| Err(Trouble::Refused(why));
    let Some(row) = row else {
        return refuse(format!("there is no meeting {slug}; see beadle minutes list"));
    };
    if row.is_open() {
        return refuse(
            "the meeting is on; a chair corrects it there, with #edit, #undo and #redact".into(),
        );
    }
    match publish::stored(&mut *work.tx().await?, &row).await? {
        Some(meeting) => Ok((row, meeting)),
        None => refuse(format!("the log of {slug} is not complete")),
    }
}

/// Whether somebody may correct minutes.
async fn may(
    asker: &Asker,
    casemapping: Casemapping,
    now: Moment,
    work: &Work,
) -> Result<(), Trouble> {
    let book = work.book();
    let book = book.lock().await;
    let group = book.group();
    match group.roster.standing(asker, casemapping, now.date()).is_member() {
        true => Ok(()),
        false => Err(Trouble::Refused(format!(
            "only people of the group's roster may correct minutes; ask {}",
            group.leads(now.date())
        ))),
    }
}

/// What an item made in the journal follows it.
async fn follow(
    row: &MeetingRow,
    meeting: &Meeting,
    before: &Item,
    after: Option<&Item>,
    by: &By,
    now: Moment,
    work: &mut Work,
) -> Result<(), StoreError> {
    let line = u32::try_from(before.line).unwrap_or(u32::MAX);
    let by = By { meeting: Some((row.slug.clone(), line)), ..by.clone() };
    let book = work.book();
    let mut book = book.lock().await;
    let group = book.group();
    let origin = |origin: &Option<(String, u32)>| *origin == by.meeting;
    let change = match before.kind {
        Kind::Notice => {
            let made = group.notices.all().iter().find(|one| origin(&one.meeting));
            made.map(|notice| notice_follows(notice.number, after))
        }
        Kind::Action | Kind::Help => {
            let made = group.roadmap.entries().iter().find(|one| origin(&one.origin.meeting));
            made.map(|entry| entry_follows(group, entry.number, meeting, after, &by, now))
        }
        _ => None,
    };
    if let Some(change) = change {
        book.change(work.tx().await?, None, now, &by, &change).await?;
    }
    Ok(())
}

fn notice_follows(number: u32, after: Option<&Item>) -> Change {
    let change = match after {
        Some(item) => notice::Change::Corrected { text: item.text.clone() },
        None => notice::Change::Withdrawn { why: Text::from("removed from the minutes") },
    };
    Change::Notice { number, change }
}

fn entry_follows(
    group: &Group,
    number: u32,
    meeting: &Meeting,
    after: Option<&Item>,
    by: &By,
    now: Moment,
) -> Change {
    let undone = Change::Entry { number, change: roadmap::Change::Undone };
    let Some(item) = after else { return undone };
    let owner = |id| meeting.people.one(id).nick.as_str().to_string();
    let wish = Wish {
        who: Speaker { nick: by.name.clone(), login: Login::Unknown },
        relayed: false,
        line: item.line,
        wanted: Wanted::Reword {
            number,
            words: item.text.as_untrusted().to_string(),
            owners: item.owners.iter().copied().map(owner).collect(),
        },
    };
    let casemapping = meeting.settings.casemapping;
    let given = Circumstances { now, casemapping, next_meeting: item.due };
    group.answer(&wish, given).map_or(undone, |(change, _)| change)
}

/// Commits, and writes the files. A kill in between leaves it to the service.
async fn finish(
    db: &Db,
    config: &Config,
    row: &MeetingRow,
    meeting: &Meeting,
    mut work: Work,
) -> Result<(), Trouble> {
    store::meeting::unpublish(work.tx().await?, row.id).await?;
    work.commit().await?;
    publish::publish(db, config, row, meeting).await.map_err(Trouble::Files)
}

#[cfg(test)]
mod tests;
