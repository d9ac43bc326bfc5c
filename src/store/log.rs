//! The log: every event of every meeting, in the order in which it was heard.
//!
//! Rows are added and never changed, but for the words that [`redact`] destroys.

use crate::domain::meeting::{Event, Row};
use crate::domain::name::Nick;
use crate::domain::text::Text;
use crate::domain::time::Moment;
use crate::store::driver::{Connection, Reader, from_row, on, query, query_as, while_doing};
use crate::store::meeting::MeetingId;
use crate::store::{Db, StoreError, Trouble, Tx, sql};
use sqlx::{Postgres, Sqlite};

/// Words of a search beyond these are not looked at.
pub const MOST_WORDS: usize = 8;

/// Characters of a word beyond these are not looked at.
pub const MOST_WORD_CHARS: usize = 64;

/// Hits of a search.
pub const MOST_HITS: u32 = 500;

/// Appends events to a meeting's log, the first as number `first_seq`, in one statement.
///
/// # Errors
///
/// [`Trouble::Conflict`] where one of the numbers is taken: what
/// the caller holds in memory is not the whole meeting.
pub async fn append(
    tx: &mut Tx,
    meeting: MeetingId,
    first_seq: u32,
    events: &[Event],
) -> Result<(), StoreError> {
    if events.is_empty() {
        return Ok(());
    }
    let doing = "storing log lines";
    if events.len() > (u32::MAX - first_seq) as usize {
        return Err(StoreError::new(doing, Trouble::Other));
    }
    let rows = (key(meeting, first_seq)..).zip(events);
    match Reader::from(tx).connection().await {
        Ok(Connection::Sqlite(mut held)) => {
            let rows: Vec<_> = rows.map(|(key, event)| Columns::of(key, event).tuple()).collect();
            let rows = serde_json::to_string(&rows).expect("numbers and strings always serialise");
            let append = query::<Sqlite>(&sql::LOG_APPEND).bind(rows);
            while_doing(doing, append.execute(held.get()).await.map(drop))
        }
        Ok(Connection::Pg(mut held)) => {
            let rows: Vec<_> = rows.map(|(key, event)| Columns::of(key, event)).collect();
            let append = query::<Postgres>(&sql::LOG_APPEND)
                .bind(rows.iter().map(|row| row.key).collect::<Vec<_>>())
                .bind(rows.iter().map(|row| row.at).collect::<Vec<_>>())
                .bind(rows.iter().map(|row| row.delay).collect::<Vec<_>>())
                .bind(rows.iter().map(|row| row.row.kind.clone()).collect::<Vec<_>>())
                .bind(rows.iter().map(|row| row.row.nick.clone()).collect::<Vec<_>>())
                .bind(rows.iter().map(|row| row.row.login.clone()).collect::<Vec<_>>())
                .bind(rows.iter().map(|row| row.row.text.clone()).collect::<Vec<_>>());
            while_doing(doing, append.execute(held.get()).await.map(drop))
        }
        Err(error) => Err(StoreError::of(doing, error)),
    }
}

/// The whole log of a meeting, numbered.
pub async fn read(
    from: impl Into<Reader<'_>>,
    meeting: MeetingId,
) -> Result<Vec<(u32, Event)>, StoreError> {
    let lines: Vec<Line> = on!(from.into(), "reading a log", |c: D| {
        query_as::<D, Line>(&sql::LOG_READ)
            .bind(key(meeting, 0))
            .bind(key(meeting, u32::MAX))
            .fetch_all(c)
            .await
    })?;
    Ok(lines.into_iter().map(|Line(seq, event)| (seq, event)).collect())
}

/// The number of the last event in a meeting's log, where there is one.
pub async fn last_seq(
    from: impl Into<Reader<'_>>,
    meeting: MeetingId,
) -> Result<Option<u32>, StoreError> {
    let (last,): (Option<i64>,) = on!(from.into(), "looking for the end of a log", |c: D| {
        query_as::<D, _>(&sql::LOG_LAST)
            .bind(key(meeting, 0))
            .bind(key(meeting, u32::MAX))
            .fetch_one(c)
            .await
    })?;
    Ok(last.map(seq_of))
}

/// Puts other words in the place of what somebody said, or other JSON in that of what the ledger
/// answered to it; says whether there was such a row.
///
/// After the commit, [`Db::scrub`] destroys what is left of the old ones in the files.
pub async fn redact(
    tx: &mut Tx,
    meeting: MeetingId,
    seq: u32,
    words: &Text,
) -> Result<bool, StoreError> {
    on!(tx, "redacting a log line", |c: D| {
        let redacted = query::<D>(&sql::LOG_REDACT)
            .bind(key(meeting, seq))
            .bind(words.as_untrusted().to_string());
        Ok(redacted.execute(c).await?.rows_affected() == 1)
    })
}

/// A line that a search found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hit {
    /// The slug of its meeting.
    pub slug: String,
    /// Its number in the meeting's stored log.
    pub seq: u32,
    /// When it was said.
    pub at: Moment,
    /// Who said it.
    pub nick: Nick,
    /// The words as they came.
    pub text: Text,
}

/// Lines that hold every word of `words`, upper or lower case, the newest first; at most `limit`
/// and [`MOST_HITS`]. Only what people said, and not in restricted or aborted meetings.
///
/// The databases agree on the case of ASCII letters only. So they look for the ASCII part of each
/// word, and what they find is compared here.
pub async fn search(db: &Db, words: &Text, limit: u32) -> Result<Vec<Hit>, StoreError> {
    let limit = limit.min(MOST_HITS) as usize;
    let words: Vec<String> = words
        .as_untrusted()
        .split_whitespace()
        .take(MOST_WORDS)
        .map(|word| word.chars().take(MOST_WORD_CHARS).collect::<String>().to_lowercase())
        .collect();
    let mut patterns: Vec<String> = words.iter().map(|word| pattern(word)).collect();
    patterns.sort_by_key(|pattern| std::cmp::Reverse(pattern.len()));

    let mut hits = Vec::new();
    let mut below = i64::MAX;
    while !patterns.is_empty() && hits.len() < limit {
        let page = candidates(db, &patterns, below, limit).await?;
        let is_last = page.len() < limit;
        below = page.last().map_or(0, |found| found.key);
        let holds_all = |found: &Found| {
            let text = found.hit.text.as_untrusted().to_lowercase();
            words.iter().all(|word| text.contains(word))
        };
        hits.extend(page.into_iter().filter(holds_all).map(|found| found.hit));
        if is_last {
            break;
        }
    }
    hits.truncate(limit);
    Ok(hits)
}

/// The next lines that may be hits, below a key.
async fn candidates(
    db: &Db,
    patterns: &[String],
    below: i64,
    limit: usize,
) -> Result<Vec<Found>, StoreError> {
    let doing = "searching the logs";
    let limit = limit as i64;
    match Reader::from(db).connection().await {
        Ok(Connection::Sqlite(mut held)) => {
            let all = serde_json::to_string(patterns).expect("strings always serialise");
            let search = query_as::<Sqlite, Found>(&sql::LOG_SEARCH)
                .bind(patterns[0].clone())
                .bind(all)
                .bind(below)
                .bind(limit);
            while_doing(doing, search.fetch_all(held.get()).await)
        }
        Ok(Connection::Pg(mut held)) => {
            let search = query_as::<Postgres, Found>(&sql::LOG_SEARCH)
                .bind(patterns[0].clone())
                .bind(patterns.to_vec())
                .bind(below)
                .bind(limit);
            while_doing(doing, search.fetch_all(held.get()).await)
        }
        Err(error) => Err(StoreError::of(doing, error)),
    }
}

/// The LIKE pattern of what may hold a word: its ASCII characters in order, escaped with `\`, and
/// anything in the place of the others.
fn pattern(word: &str) -> String {
    let mut pattern = String::from("%");
    for c in word.chars() {
        match c {
            '%' | '_' | '\\' => pattern.extend(['\\', c]),
            c if c.is_ascii() => pattern.push(c),
            _ if pattern.ends_with('%') && !pattern.ends_with("\\%") => {}
            _ => pattern.push('%'),
        }
    }
    pattern.push('%');
    pattern
}

/// The key of a row, see `migrations/sqlite/0002_log.sql`.
fn key(meeting: MeetingId, seq: u32) -> i64 {
    (meeting.number() << 32) | i64::from(seq)
}

fn seq_of(key: i64) -> u32 {
    (key & i64::from(u32::MAX)) as u32
}

/// The columns of a row.
struct Columns {
    key: i64,
    at: i64,
    delay: Option<i64>,
    row: Row,
}

impl Columns {
    fn of(key: i64, event: &Event) -> Columns {
        let delay = Some(event.heard_at.since(event.at)).filter(|delay| *delay != 0);
        Columns { key, at: event.at.micros(), delay, row: Row::of(&event.what) }
    }

    fn tuple(self) -> (i64, i64, Option<i64>, String, Option<String>, Option<String>, String) {
        let Row { kind, nick, login, text } = self.row;
        (self.key, self.at, self.delay, kind, nick, login, text)
    }
}

struct Line(u32, Event);

from_row!(Line, |row| {
    let at = Moment::from_micros(row.try_get("at")?);
    let delay: Option<i64> = row.try_get("delay")?;
    let columns = Row {
        kind: row.try_get("kind")?,
        nick: row.try_get("nick")?,
        login: row.try_get("login")?,
        text: row.try_get("text")?,
    };
    let what = columns.what().map_err(|error| sqlx::Error::Decode(Box::new(error)))?;
    let heard_at = at.plus(delay.unwrap_or(0));
    Ok(Line(seq_of(row.try_get("key")?), Event { at, heard_at, what }))
});

struct Found {
    key: i64,
    hit: Hit,
}

from_row!(Found, |row| {
    let key = row.try_get("key")?;
    let hit = Hit {
        slug: row.try_get("slug")?,
        seq: seq_of(key),
        at: Moment::from_micros(row.try_get("at")?),
        nick: row.try_get::<Option<String>, _>("nick")?.unwrap_or_default().into(),
        text: row.try_get::<String, _>("text")?.into(),
    };
    Ok(Found { key, hit })
});

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_matches_at_least_the_word() {
        for (word, expected) in [
            ("xen", "%xen%"),
            ("100%", "%100\\%%"),
            ("a_b\\", "%a\\_b\\\\%"),
            ("é", "%%"),
            ("caféé!", "%caf%!%"),
            ("%é", "%\\%%%"),
        ] {
            assert_eq!(pattern(word), expected, "{word}");
        }
    }
}
