//! The items of minutes, to be found by their words: a table derived from the logs.
//!
//! It is written when minutes are published ([`replace`]). Aborted meetings are never found, and
//! those for members only just by who may see them.

use crate::domain::minutes::index::{self, Brief, Entry, Found, Sort};
use crate::domain::name::{Channel, Nick};
use crate::domain::text::Text;
use crate::domain::time::{DAY, Moment};
use crate::store::driver::{Connection, Reader, from_row, on, query, query_as, while_doing};
use crate::store::log::{MOST_WORD_CHARS, MOST_WORDS};
use crate::store::meeting::{self, MeetingId, MeetingRow};
use crate::store::{StoreError, Tx, sql};
use chrono::NaiveDate;
use sqlx::{Postgres, Sqlite};

/// The most entries that one search gives.
pub const MOST_FOUND: u32 = 500;

/// Who asks, as far as it matters for what may be found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reads {
    /// What everybody may read.
    Public,
    /// Minutes for members only, too.
    Members,
}

impl Reads {
    /// Since when a meeting may be restricted at most.
    fn restricted_until(self) -> i64 {
        match self {
            Reads::Public => 0,
            Reads::Members => i64::MAX,
        }
    }
}

from_row!(Brief, |row| {
    let count = |column: &str| -> Result<u32, sqlx::Error> {
        Ok(u32::try_from(row.try_get::<i64, _>(column)?).unwrap_or(u32::MAX))
    };
    let people: Option<i64> = row.try_get("people")?;
    Ok(Brief {
        slug: row.try_get("slug")?,
        name: row.try_get::<Option<String>, _>("name")?.map(Text::new),
        channel: Channel::new(&row.try_get::<String, _>("channel")?),
        started_at: Moment::from_micros(row.try_get("started_at")?),
        ended_at: row.try_get::<Option<i64>, _>("ended_at")?.map(Moment::from_micros),
        is_restricted: row.try_get::<Option<i64>, _>("restricted_at")?.is_some(),
        people: people.and_then(|people| u32::try_from(people).ok()),
        decisions: count("decisions")?,
        notices: count("notices")?,
        actions: count("actions")?,
    })
});

from_row!(Found, |row| {
    let word: String = row.try_get("kind")?;
    let sort = Sort::parse(&word).ok_or_else(|| sqlx::Error::Decode("an unknown kind".into()))?;
    Ok(Found {
        slug: row.try_get("slug")?,
        sort,
        line: u32::try_from(row.try_get::<i64, _>("line")?).unwrap_or(u32::MAX),
        at: Moment::from_micros(row.try_get("at")?),
        nick: Nick::new(&row.try_get::<String, _>("nick")?),
        text: Text::new(row.try_get::<String, _>("text")?),
    })
});

/// Writes the entries of a meeting in the place of those that were there, and how many took part.
pub async fn replace(
    tx: &mut Tx,
    id: MeetingId,
    entries: &[Entry],
    people: u32,
    at: Moment,
) -> Result<(), StoreError> {
    remove(&mut *tx, id).await?;
    add(&mut *tx, id, entries).await?;
    indexed(tx, id, Some(at), Some(people)).await
}

/// Removes the entries of a meeting until they are written again: its words were destroyed.
pub async fn forget(tx: &mut Tx, id: MeetingId) -> Result<(), StoreError> {
    remove(&mut *tx, id).await?;
    indexed(tx, id, None, None).await
}

async fn remove(tx: &mut Tx, id: MeetingId) -> Result<(), StoreError> {
    on!(tx, "removing the items of a meeting", |c: D| {
        let forget = query::<D>(&sql::ITEM_FORGET).bind(key(id, 0)).bind(key(id, 0) + (1 << 32));
        forget.execute(c).await.map(drop)
    })
}

async fn indexed(
    tx: &mut Tx,
    id: MeetingId,
    at: Option<Moment>,
    people: Option<u32>,
) -> Result<(), StoreError> {
    on!(tx, "noting that a meeting can be searched", |c: D| {
        let indexed = query::<D>(&sql::MEETING_INDEXED).bind(id.number());
        let indexed = indexed.bind(at.map(Moment::micros)).bind(people.map(i64::from));
        indexed.execute(c).await.map(drop)
    })
}

async fn add(tx: &mut Tx, id: MeetingId, entries: &[Entry]) -> Result<(), StoreError> {
    if entries.is_empty() {
        return Ok(());
    }
    let doing = "storing the items of a meeting";
    let all: Vec<(i64, &Entry)> = (key(id, 1)..).zip(entries).collect();
    match Reader::from(tx).connection().await {
        Ok(Connection::Sqlite(mut held)) => {
            let rows: Vec<_> = all
                .iter()
                .map(|(key, entry)| {
                    let (nick, text) = (entry.nick.as_str(), entry.text.as_untrusted());
                    let at = entry.at.micros();
                    (key, entry.sort.word(), entry.line, at, nick, text, &entry.folded)
                })
                .collect();
            let rows = serde_json::to_string(&rows).expect("numbers and strings always serialise");
            let add = query::<Sqlite>(&sql::ITEM_ADD).bind(rows);
            while_doing(doing, add.execute(held.get()).await.map(drop))
        }
        Ok(Connection::Pg(mut held)) => {
            let texts = |of: fn(&Entry) -> &str| -> Vec<String> {
                entries.iter().map(|entry| of(entry).to_string()).collect()
            };
            let add = query::<Postgres>(&sql::ITEM_ADD)
                .bind(all.iter().map(|(key, _)| *key).collect::<Vec<i64>>())
                .bind(texts(|entry| entry.sort.word()))
                .bind(entries.iter().map(|entry| i64::from(entry.line)).collect::<Vec<i64>>())
                .bind(entries.iter().map(|entry| entry.at.micros()).collect::<Vec<i64>>())
                .bind(texts(|entry| entry.nick.as_str()))
                .bind(texts(|entry| entry.text.as_untrusted()))
                .bind(texts(|entry| &entry.folded));
            while_doing(doing, add.execute(held.get()).await.map(drop))
        }
        Err(error) => Err(StoreError::of(doing, error)),
    }
}

/// Entries of these sorts that hold every word of `words`, upper or lower case; those of the newest
/// meeting first, in the order of its minutes. At most `limit` and [`MOST_FOUND`].
pub async fn find(
    from: impl Into<Reader<'_>>,
    sorts: &[Sort],
    words: &str,
    reads: Reads,
    limit: u32,
) -> Result<Vec<Found>, StoreError> {
    let doing = "searching minutes";
    let limit = i64::from(limit.min(MOST_FOUND));
    let kinds: Vec<&str> = sorts.iter().map(|sort| sort.word()).collect();
    match from.into().connection().await {
        Ok(Connection::Sqlite(mut held)) => {
            let find = query_as::<Sqlite, Found>(&sql::ITEM_FIND)
                .bind(serde_json::json!(kinds).to_string())
                .bind(reads.restricted_until())
                .bind(limit);
            let find = folded(words).into_iter().fold(find, |find, word| find.bind(word));
            while_doing(doing, find.fetch_all(held.get()).await)
        }
        Ok(Connection::Pg(mut held)) => {
            let find = query_as::<Postgres, Found>(&sql::ITEM_FIND)
                .bind(kinds.iter().map(ToString::to_string).collect::<Vec<String>>())
                .bind(reads.restricted_until())
                .bind(limit);
            let find = folded(words).into_iter().fold(find, |find, word| find.bind(word));
            while_doing(doing, find.fetch_all(held.get()).await)
        }
        Err(error) => Err(StoreError::of(doing, error)),
    }
}

/// How many entries [`find`] would give without a limit.
pub async fn count_found(
    from: impl Into<Reader<'_>>,
    sorts: &[Sort],
    words: &str,
    reads: Reads,
) -> Result<usize, StoreError> {
    let doing = "counting what minutes hold";
    let kinds: Vec<&str> = sorts.iter().map(|sort| sort.word()).collect();
    let counted: (i64,) = match from.into().connection().await {
        Ok(Connection::Sqlite(mut held)) => {
            let count = query_as::<Sqlite, (i64,)>(&sql::ITEM_COUNT)
                .bind(serde_json::json!(kinds).to_string())
                .bind(reads.restricted_until());
            let count = folded(words).into_iter().fold(count, |count, word| count.bind(word));
            while_doing(doing, count.fetch_one(held.get()).await)?
        }
        Ok(Connection::Pg(mut held)) => {
            let count = query_as::<Postgres, (i64,)>(&sql::ITEM_COUNT)
                .bind(kinds.iter().map(ToString::to_string).collect::<Vec<String>>())
                .bind(reads.restricted_until());
            let count = folded(words).into_iter().fold(count, |count, word| count.bind(word));
            while_doing(doing, count.fetch_one(held.get()).await)?
        }
        Err(error) => return Err(StoreError::of(doing, error)),
    };
    Ok(usize::try_from(counted.0).unwrap_or(0))
}

/// The slugs of the meetings with an entry that holds every word of `words`, the newest first; at
/// most [`MOST_FOUND`].
pub async fn meetings(
    from: impl Into<Reader<'_>>,
    words: &str,
    reads: Reads,
) -> Result<Vec<String>, StoreError> {
    let slugs: Vec<(String,)> = on!(from.into(), "searching minutes for words", |c: D| {
        let meetings = query_as::<D, _>(&sql::ITEM_MEETINGS)
            .bind(reads.restricted_until())
            .bind(i64::from(MOST_FOUND));
        let words = folded(words).into_iter();
        words.fold(meetings, |meetings, word| meetings.bind(word)).fetch_all(c).await
    })?;
    Ok(slugs.into_iter().map(|(slug,)| slug).collect())
}

/// The words as they are looked for: folded as the entries are, so that both databases compare them
/// byte by byte. Where there are fewer, the rest are empty.
fn folded(words: &str) -> [String; MOST_WORDS] {
    let mut all: [String; MOST_WORDS] = Default::default();
    for (place, word) in all.iter_mut().zip(index::fold(words).split_whitespace()) {
        // PostgreSQL cannot even be asked for a NUL.
        *place = word.chars().filter(|c| *c != '\0').take(MOST_WORD_CHARS).collect();
    }
    all
}

/// The meetings that ended last, the newest first.
pub async fn latest(from: impl Into<Reader<'_>>, limit: u32) -> Result<Vec<Brief>, StoreError> {
    on!(from.into(), "looking for the last meetings", |c: D| {
        query_as::<D, Brief>(&sql::BRIEF_LATEST).bind(i64::from(limit)).fetch_all(c).await
    })
}

/// How many meetings have ended.
pub async fn count(from: impl Into<Reader<'_>>) -> Result<usize, StoreError> {
    let (count,): (i64,) = on!(from.into(), "counting meetings", |c: D| {
        query_as::<D, _>(&sql::MEETINGS_HELD).fetch_one(c).await
    })?;
    Ok(usize::try_from(count).unwrap_or(0))
}

/// The meetings that started on a UTC date, in order.
pub async fn on_date(
    from: impl Into<Reader<'_>>,
    date: NaiveDate,
) -> Result<Vec<Brief>, StoreError> {
    on!(from.into(), "looking for the meetings of a day", |c: D| {
        query_as::<D, Brief>(&sql::BRIEF_STARTED)
            .bind(Moment::of(date, 0).micros())
            .bind(Moment::of(date, DAY).micros())
            .fetch_all(c)
            .await
    })
}

/// The meetings with these slugs, in that order; those that are not there are left out.
pub async fn of<'a>(
    from: impl Into<Reader<'a>>,
    slugs: &[String],
) -> Result<Vec<Brief>, StoreError> {
    on!(from.into(), "looking for meetings", |c: D| {
        let mut briefs = Vec::new();
        for slug in slugs {
            let brief = query_as::<D, Brief>(&sql::BRIEF_OF).bind(slug.clone());
            briefs.extend(brief.fetch_optional(&mut *c).await?);
        }
        Ok(briefs)
    })
}

/// Meetings that ended and cannot be searched yet: an older program published them.
pub async fn unindexed(
    from: impl Into<Reader<'_>>,
    limit: u32,
) -> Result<Vec<MeetingRow>, StoreError> {
    on!(from.into(), "looking for meetings to be made searchable", |c: D| {
        let rows = query_as::<D, meeting::MeetingRow>(&sql::MEETING_UNINDEXED);
        rows.bind(i64::from(limit)).fetch_all(c).await
    })
}

/// The key of an entry, see `migrations/sqlite/0008_item.sql`.
fn key(meeting: MeetingId, place: i64) -> i64 {
    (meeting.number() << 32) | place
}
