//! The journal of the group: every change of it, in order, for ever.

use crate::domain::group::{By, Change, Entry};
use crate::domain::time::Moment;
use crate::store::driver::{Reader, from_row, on, query_as};
use crate::store::{StoreError, Tx, sql};

/// How many entries are read at once.
const PAGE: i64 = 1_000;

struct Row {
    id: i64,
    at: i64,
    by: String,
    change: String,
}

from_row!(Row, |row| {
    Ok(Row {
        id: row.try_get("id")?,
        at: row.try_get("at")?,
        by: row.try_get("by")?,
        change: row.try_get("change")?,
    })
});

/// Waits until no other node is changing the group: what is judged after this and appended in the
/// same transaction is judged by all that came before it.
pub async fn lock(tx: &mut Tx) -> Result<(), StoreError> {
    on!(tx, "waiting for the journal", |c: D| {
        crate::store::driver::query::<D>(&sql::JOURNAL_LOCK).execute(c).await.map(drop)
    })
}

/// Appends a change; gives its entry, or nothing where an entry with that key is there already.
pub async fn append(
    tx: &mut Tx,
    key: Option<&str>,
    at: Moment,
    by: &By,
    change: &Change,
) -> Result<Option<Entry>, StoreError> {
    lock(&mut *tx).await?;
    if let Some(key) = key {
        let known: Option<(i64,)> = on!(&mut *tx, "looking for a change", |c: D| {
            query_as::<D, _>(&sql::JOURNAL_KNOWN).bind(key.to_string()).fetch_optional(c).await
        })?;
        if known.is_some() {
            return Ok(None);
        }
    }
    let (by_json, change_json) = (json(by), json(change));
    let (id,): (i64,) = on!(tx, "storing a change", |c: D| {
        query_as::<D, _>(&sql::JOURNAL_APPEND)
            .bind(key.map(ToString::to_string))
            .bind(at.micros())
            .bind(by_json)
            .bind(change_json)
            .fetch_one(c)
            .await
    })?;
    Ok(Some(Entry { id, at, by: by.clone(), change: change.clone() }))
}

/// Puts a change without its words in the place of an entry's.
pub async fn redact(tx: &mut Tx, id: i64, change: &Change) -> Result<(), StoreError> {
    let change = json(change);
    on!(tx, "redacting the journal", |c: D| {
        crate::store::driver::query::<D>(&sql::JOURNAL_REDACT)
            .bind(id)
            .bind(change)
            .execute(c)
            .await
            .map(drop)
    })
}

/// All entries after that one, in order. One that a newer program wrote and this one cannot read is
/// left out, with a word in the log: it is none that this program could act upon.
pub async fn since<'a>(from: impl Into<Reader<'a>>, last: i64) -> Result<Vec<Entry>, StoreError> {
    on!(from.into(), "reading the journal", |c: D| {
        let mut entries = Vec::new();
        let mut last = last;
        loop {
            let rows = query_as::<D, Row>(&sql::JOURNAL_SINCE)
                .bind(last)
                .bind(PAGE)
                .fetch_all(&mut *c)
                .await?;
            let Some(newest) = rows.last() else { break };
            last = newest.id;
            entries.extend(rows.into_iter().filter_map(entry));
        }
        Ok(entries)
    })
}

/// At most `limit` entries before that one, the newest first.
pub async fn before(
    from: impl Into<Reader<'_>>,
    id: i64,
    limit: u32,
) -> Result<Vec<Entry>, StoreError> {
    let rows: Vec<Row> = on!(from.into(), "reading the journal backwards", |c: D| {
        let asked = query_as::<D, Row>(&sql::JOURNAL_BEFORE).bind(id);
        asked.bind(i64::from(limit)).fetch_all(c).await
    })?;
    Ok(rows.into_iter().filter_map(entry).collect())
}

fn entry(row: Row) -> Option<Entry> {
    let by = serde_json::from_str(&row.by);
    let change = serde_json::from_str(&row.change);
    match (by, change) {
        (Ok(by), Ok(change)) => {
            Some(Entry { id: row.id, at: Moment::from_micros(row.at), by, change })
        }
        (Err(error), _) | (_, Err(error)) => {
            tracing::warn!(entry = row.id, %error, "an entry of the journal cannot be read");
            None
        }
    }
}

fn json(value: &impl serde::Serialize) -> String {
    serde_json::to_string(value).expect("plain values with string keys always serialise")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::notice;
    use crate::store::testing::each;

    fn warned(days: u32) -> Change {
        Change::Notice { number: 1, change: notice::Change::Warned { days } }
    }

    #[test]
    fn entries_come_back_in_order_and_a_key_stands_once() {
        each(async |db| {
            let at = Moment::from_micros(1_542_121_200_000_000);
            let mut tx = db.begin().await.unwrap();
            let first = append(&mut tx, Some("k"), at, &By::itself(), &warned(90)).await.unwrap();
            assert_eq!(first.unwrap().id, 1);
            let again = append(&mut tx, Some("k"), at, &By::itself(), &warned(30)).await.unwrap();
            assert_eq!(again, None);
            let second = append(&mut tx, None, at, &By::itself(), &warned(7)).await.unwrap();
            assert_eq!(second.unwrap().id, 2);
            let inside = since(&mut tx, 1).await.unwrap();
            assert_eq!(inside.len(), 1);
            tx.commit().await.unwrap();
            let all = since(&db, 0).await.unwrap();
            assert_eq!(all.iter().map(|entry| entry.id).collect::<Vec<_>>(), [1, 2]);
            assert_eq!(all[1].change, warned(7));
            let ids = |all: Vec<Entry>| all.iter().map(|entry| entry.id).collect::<Vec<_>>();
            assert_eq!(ids(before(&db, i64::MAX, 1).await.unwrap()), [2]);
            assert_eq!(ids(before(&db, 2, 9).await.unwrap()), [1]);
            assert!(before(&db, 1, 9).await.unwrap().is_empty());
        });
    }
}
