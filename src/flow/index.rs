//! Minutes, logs and pushes are made searchable: a meeting when its minutes are published, a push
//! when it is announced, and once what an older program stored.

use crate::clock;
use crate::domain::escape;
use crate::domain::meeting::{Form, Meeting};
use crate::domain::minutes::index;
use crate::domain::push::text;
use crate::domain::text::clean;
use crate::flow::publish;
use crate::store::meeting::MeetingId;
use crate::store::push::announcement::Push;
use crate::store::search::{self, Entry, Kind};
use crate::store::{self, Db, StoreError, Tx};
use std::collections::BTreeSet;

/// How many meetings or pushes are looked for at once.
const MOST_TOGETHER: u32 = 20;
/// The most lines of one log that can be found.
const MOST_LINES: usize = 20_000;
/// How much of a text is shown where it is found, in characters.
const MOST_SHOWN: usize = 600;

/// Writes what a meeting that has ended is found by, in the place of what was there.
pub async fn write(tx: &mut Tx, id: MeetingId, meeting: &Meeting) -> Result<(), StoreError> {
    let (entries, people) = (index::entries(meeting), index::people(meeting));
    store::item::replace(&mut *tx, id, &entries, people, clock::now()).await?;
    search::replace(tx, id, &found(meeting, &entries)).await
}

/// A meeting whose words were destroyed is not found until it is written again.
pub async fn forget(tx: &mut Tx, id: MeetingId) -> Result<(), StoreError> {
    store::item::forget(&mut *tx, id).await?;
    search::forget(tx, id).await
}

/// Writes what a push is found by.
pub async fn write_push(tx: &mut Tx, push: &Push) -> Result<(), StoreError> {
    search::add(tx, None, &[of_push(push)]).await
}

/// The items of the minutes, and the lines of the log that made none.
fn found(meeting: &Meeting, items: &[index::Entry]) -> Vec<Entry> {
    let in_minutes = items.iter().map(|item| Entry {
        kind: Kind::Minutes,
        sort: item.sort.word(),
        number: i64::from(item.line),
        at: item.at,
        nick: item.nick.as_str().to_string(),
        text: item.text.clone(),
        words: item.folded.clone(),
    });
    let made: BTreeSet<i64> = items.iter().map(|item| i64::from(item.line)).collect();
    let lines = (1..).zip(&meeting.log).take(MOST_LINES);
    let lines = lines.filter(|(number, line)| line.form != Form::Mark && !made.contains(number));
    let lines = lines.map(|(number, line)| Entry {
        kind: Kind::Log,
        sort: "line",
        number,
        at: line.at,
        nick: line.nick.as_str().to_string(),
        text: line.text.clone(),
        words: line.text.as_untrusted().to_string(),
    });
    in_minutes.chain(lines).collect()
}

fn of_push(push: &Push) -> Entry {
    let lines: Vec<String> = push.items.iter().map(|item| text::line(item, None)).collect();
    let shown: String = clean(&lines.join("; ")).chars().take(MOST_SHOWN).collect();
    let mut words = lines.join(" ");
    for item in &push.items {
        words.push_str(&format!(" {} {}", item.project, item.about.summary));
        for (who, what) in &item.about.changes {
            words.push_str(&format!(" {who} {what}"));
        }
    }
    Entry {
        kind: Kind::Push,
        sort: "push",
        number: push.number,
        at: push.at,
        nick: String::new(),
        text: shown.into(),
        words: escape::line(&words),
    }
}

/// Makes searchable what is not yet. A meeting whose log is not complete stays as it is.
pub async fn catch_up(db: &Db) -> Result<(), StoreError> {
    meetings(db).await?;
    loop {
        let pushes = search::missing_pushes(db, MOST_TOGETHER * 10).await?;
        if pushes.is_empty() {
            return Ok(());
        }
        let entries: Vec<Entry> = pushes.iter().map(of_push).collect();
        let mut tx = db.begin().await?;
        search::add(&mut tx, None, &entries).await?;
        tx.commit().await?;
    }
}

async fn meetings(db: &Db) -> Result<(), StoreError> {
    loop {
        let rows = store::item::unindexed(db, MOST_TOGETHER).await?;
        if rows.is_empty() {
            return Ok(());
        }
        for row in rows {
            let meeting = publish::stored(db, &row).await?;
            let mut tx = db.begin().await?;
            match &meeting {
                Some(meeting) => write(&mut tx, row.id, meeting).await?,
                None => store::item::replace(&mut tx, row.id, &[], 0, clock::now()).await?,
            }
            tx.commit().await?;
        }
    }
}
