//! The full-text search: what is written to be found, and what is found.
//!
//! It is derived from minutes, logs and pushes, and written with them. Aborted and restricted
//! meetings and those that are on are never found, whatever is written here.

use crate::domain::search::{self, Query};
use crate::domain::text::Text;
use crate::domain::time::Moment;
use crate::store::driver::{Connection, Reader, from_row, on, query, query_as, while_doing};
use crate::store::meeting::MeetingId;
use crate::store::push::announcement::Push;
use crate::store::{StoreError, Tx, sql};
use sqlx::{Postgres, Sqlite};

/// The most hits of one page.
pub const MOST_HITS: u32 = 100;
/// How many rows are written in one statement.
const BATCH: usize = 1_000;
/// The bits of a key that tell those of one millisecond apart.
const APART: u32 = 20;

/// What a search may be narrowed to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// Topics and items of minutes.
    Minutes,
    /// Lines of logs.
    Log,
    /// Pushes.
    Push,
}

impl Kind {
    /// The word it is stored under.
    pub fn word(self) -> &'static str {
        match self {
            Kind::Minutes => "minutes",
            Kind::Log => "log",
            Kind::Push => "push",
        }
    }
}

/// Something that can be found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// What it may be narrowed to.
    pub kind: Kind,
    /// What it is: `topic`, an item's kind, `line`, `push`.
    pub sort: &'static str,
    /// The log line, or the number of the push.
    pub number: i64,
    /// When.
    pub at: Moment,
    /// Who said it; empty where nobody did.
    pub nick: String,
    /// What is shown of it.
    pub text: Text,
    /// What it is found by.
    pub words: String,
}

/// Something that was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hit {
    /// Its place in the order of time; what is newer has a greater one.
    pub key: i64,
    /// What it is.
    pub sort: String,
    /// The log line, or the number of the push.
    pub number: i64,
    /// When.
    pub at: Moment,
    /// Who said it.
    pub nick: String,
    /// Its words.
    pub text: Text,
    /// The meeting it is of.
    pub slug: Option<String>,
}

from_row!(Hit, |row| {
    Ok(Hit {
        key: row.try_get("key")?,
        sort: row.try_get("sort")?,
        number: row.try_get("number")?,
        at: Moment::from_micros(row.try_get("at")?),
        nick: row.try_get("nick")?,
        text: Text::new(row.try_get::<String, _>("text")?),
        slug: row.try_get("slug")?,
    })
});

/// The key of something of a moment: of those of the same millisecond, `apart` tells them apart.
pub fn key(at: Moment, apart: i64) -> i64 {
    (at.micros().div_euclid(1_000) << APART) | (apart & ((1 << APART) - 1))
}

/// Writes what a meeting can be found by in the place of what was there.
pub async fn replace(tx: &mut Tx, id: MeetingId, all: &[Entry]) -> Result<(), StoreError> {
    forget(&mut *tx, id).await?;
    add(tx, Some(id), all).await
}

/// Nothing of a meeting is found any more.
pub async fn forget(tx: &mut Tx, id: MeetingId) -> Result<(), StoreError> {
    on!(tx, "removing what a meeting is found by", |c: D| {
        query::<D>(&sql::FOUND_WORDS_FORGET).bind(id.number()).execute(&mut *c).await?;
        query::<D>(&sql::FOUND_FORGET).bind(id.number()).execute(c).await.map(drop)
    })
}

/// Writes what can be found; what has the same key is replaced.
pub async fn add(tx: &mut Tx, id: Option<MeetingId>, all: &[Entry]) -> Result<(), StoreError> {
    for (batch, entries) in all.chunks(BATCH).enumerate() {
        let meeting = id.map(MeetingId::number);
        // Different for each row of a meeting, and most likely for other meetings of that moment.
        let first = meeting.unwrap_or(0).wrapping_mul(40_503) + (batch * BATCH) as i64;
        let keyed = entries.iter().enumerate().map(|(n, entry)| {
            let apart = if meeting.is_some() { first + n as i64 } else { entry.number };
            (key(entry.at, apart), entry)
        });
        let keyed: Vec<(i64, &Entry)> = keyed.collect();
        add_batch(&mut *tx, meeting, &keyed).await?;
    }
    Ok(())
}

async fn add_batch(
    tx: &mut Tx,
    meeting: Option<i64>,
    rows: &[(i64, &Entry)],
) -> Result<(), StoreError> {
    let doing = "storing what can be found";
    match Reader::from(tx).connection().await {
        Ok(Connection::Sqlite(mut held)) => {
            let found: Vec<_> = rows
                .iter()
                .map(|(key, one)| {
                    let (kind, at) = (one.kind.word(), one.at.micros());
                    let text = one.text.as_untrusted();
                    (key, kind, one.sort, meeting, one.number, at, &one.nick, text)
                })
                .collect();
            let words: Vec<_> = rows
                .iter()
                .map(|(key, one)| {
                    (key, for_sqlite(&one.words), one.kind.word(), for_sqlite(&one.nick))
                })
                .collect();
            let found = serde_json::to_string(&found).expect("numbers and strings");
            let words = serde_json::to_string(&words).expect("numbers and strings");
            let add = query::<Sqlite>(&sql::FOUND_ADD).bind(found);
            while_doing(doing, add.execute(held.get()).await)?;
            let add = query::<Sqlite>(&sql::FOUND_WORDS_ADD).bind(words);
            while_doing(doing, add.execute(held.get()).await.map(drop))
        }
        Ok(Connection::Pg(mut held)) => {
            let keys: Vec<i64> = rows.iter().map(|(key, _)| *key).collect();
            let texts = |of: fn(&Entry) -> String| -> Vec<String> {
                rows.iter().map(|(_, one)| of(one)).collect()
            };
            let add = query::<Postgres>(&sql::FOUND_ADD)
                .bind(keys.clone())
                .bind(texts(|one| one.kind.word().to_string()))
                .bind(texts(|one| one.sort.to_string()))
                .bind(vec![meeting; rows.len()])
                .bind(rows.iter().map(|(_, one)| one.number).collect::<Vec<i64>>())
                .bind(rows.iter().map(|(_, one)| one.at.micros()).collect::<Vec<i64>>())
                .bind(texts(|one| one.nick.clone()))
                .bind(texts(|one| one.text.as_untrusted().to_string()));
            while_doing(doing, add.execute(held.get()).await)?;
            let add = query::<Postgres>(&sql::FOUND_WORDS_ADD).bind(keys);
            let add = add.bind(texts(|one| vector(&one.words)));
            while_doing(doing, add.execute(held.get()).await.map(drop))
        }
        Err(error) => Err(StoreError::of(doing, error)),
    }
}

/// The tokens of a text, a space between two. A token is letters and digits only.
fn for_sqlite(words: &str) -> String {
    let tokens: Vec<String> = search::tokens(words).into_iter().map(|one| one.word).collect();
    tokens.join(" ")
}

/// The same as a `tsvector`: each token with its place, so that none is cut once more.
fn vector(words: &str) -> String {
    let tokens = search::tokens(words).into_iter().zip(1..);
    let quoted: Vec<String> =
        tokens.map(|(one, place)| format!("'{}':{place}", one.word)).collect();
    quoted.join(" ")
}

/// What is looked for in SQLite's own language (FTS5 §3). Tokens have no letter that means
/// anything there.
fn for_match(wanted: &Wanted) -> String {
    let term = |term: &search::Term| {
        let star = if term.is_prefix { "*" } else { "" };
        format!("\"{}\"{star}", term.tokens.join(" "))
    };
    let terms: Vec<String> = wanted.query.terms.iter().map(term).collect();
    let kind = wanted.kind.map(|kind| format!(" AND kind : \"{}\"", kind.word()));
    // Who has no letter in the nick is told apart by the column of the nick alone.
    let who = Some(for_sqlite(&wanted.by)).filter(|who| !who.is_empty());
    let who = who.map(|who| format!(" AND who : \"{who}\""));
    let narrowed = kind.into_iter().chain(who).collect::<String>();
    format!("words : ({}){narrowed}", terms.join(" AND "))
}

/// The same for PostgreSQL (`tsquery`).
fn for_tsquery(query: &Query) -> String {
    let term = |term: &search::Term| {
        let last = term.tokens.len() - 1;
        let token = |(n, word): (usize, &String)| {
            let star = if n == last && term.is_prefix { ":*" } else { "" };
            format!("'{word}'{star}")
        };
        let tokens: Vec<String> = term.tokens.iter().enumerate().map(token).collect();
        format!("({})", tokens.join(" <-> "))
    };
    let terms: Vec<String> = query.terms.iter().map(term).collect();
    terms.join(" & ")
}

/// What is looked for, and where.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wanted {
    /// The terms; there is at least one.
    pub query: Query,
    /// Only this kind.
    pub kind: Option<Kind>,
    /// Only what this nick said, in small letters.
    pub by: String,
    /// Only keys from this one on.
    pub from: i64,
    /// Only keys before this one.
    pub before: i64,
}

/// What holds all terms, the newest first. Nothing is found by no term.
pub async fn find(
    from: impl Into<Reader<'_>>,
    wanted: &Wanted,
    limit: u32,
) -> Result<Vec<Hit>, StoreError> {
    let doing = "searching";
    if wanted.query.terms.is_empty() {
        return Ok(Vec::new());
    }
    let kind = wanted.kind.map_or("", Kind::word).to_string();
    let by = wanted.by.replace('\0', "");
    let limit = i64::from(limit.min(MOST_HITS + 1));
    match from.into().connection().await {
        Ok(Connection::Sqlite(mut held)) => {
            let find = query_as::<Sqlite, Hit>(&sql::FOUND_FIND);
            let find = find.bind(for_match(wanted));
            let find = find.bind(wanted.from).bind(wanted.before).bind(by).bind(kind).bind(limit);
            while_doing(doing, find.fetch_all(held.get()).await)
        }
        Ok(Connection::Pg(mut held)) => {
            let find = query_as::<Postgres, Hit>(&sql::FOUND_FIND);
            let find = find.bind(for_tsquery(&wanted.query));
            let find = find.bind(wanted.from).bind(wanted.before).bind(by).bind(kind).bind(limit);
            while_doing(doing, find.fetch_all(held.get()).await)
        }
        Err(error) => Err(StoreError::of(doing, error)),
    }
}

/// Pushes that cannot be found yet: an older program announced them.
pub async fn missing_pushes(
    from: impl Into<Reader<'_>>,
    limit: u32,
) -> Result<Vec<Push>, StoreError> {
    on!(from.into(), "looking for pushes to be made searchable", |c: D| {
        let missing = query_as::<D, Push>(&sql::FOUND_PUSHES_MISSING);
        missing.bind(i64::from(limit)).fetch_all(c).await
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::testing::each;
    use proptest::prelude::*;

    fn entry(number: i64, at: i64, text: &str) -> Entry {
        Entry {
            kind: if number % 2 == 0 { Kind::Log } else { Kind::Minutes },
            sort: "line",
            number,
            at: Moment::from_micros(at),
            nick: "Gwd".into(),
            text: text.into(),
            words: text.into(),
        }
    }

    fn wanted(typed: &str) -> Wanted {
        let query = Query::read(typed);
        Wanted { query, before: i64::MAX, ..Wanted::default() }
    }

    async fn numbers(db: &crate::store::Db, wanted: &Wanted) -> Vec<i64> {
        let hits = find(db, wanted, 10).await.unwrap();
        hits.into_iter().map(|hit| hit.number).collect()
    }

    #[test]
    fn both_databases_find_the_same() {
        each(async |db| {
            let mut tx = db.begin().await.unwrap();
            let all = [
                entry(1, 1_000_000, "Push qemu-kvm-ev 4.6 for Pérard"),
                entry(2, 2_000_000, "请注意事项 xenial's"),
                entry(3, 3_000_000, "Xen \u{0}'quoted':* & | ! <-> \\ \"x\""),
                entry(4, 3_000_000, "xen, the same moment"),
            ];
            add(&mut tx, None, &all).await.unwrap();
            tx.commit().await.unwrap();
            for (typed, found) in [
                ("qemu-kvm-ev", &[1][..]),
                ("kvm-qemu", &[]),
                ("4.6", &[1]),
                ("perard push", &[1]),
                ("注意", &[2]),
                ("意注", &[]),
                ("xen", &[4, 3, 2]),
                ("\"xen\"", &[4, 3]),
                ("\"the same\"", &[4]),
                ("quoted", &[3]),
                ("nothing xen", &[]),
            ] {
                assert_eq!(numbers(&db, &wanted(typed)).await, found, "{typed}");
            }
            let narrowed = Wanted { kind: Some(Kind::Log), ..wanted("xen") };
            assert_eq!(numbers(&db, &narrowed).await, [4, 2]);
            let by = Wanted { by: "gwd".into(), ..wanted("xen") };
            assert_eq!(numbers(&db, &by).await, [4, 3, 2]);
            assert_eq!(numbers(&db, &Wanted { by: "other".into(), ..by }).await, [0; 0]);
            let first = find(&db, &wanted("xen"), 1).await.unwrap();
            let rest = Wanted { before: first[0].key, ..wanted("xen") };
            assert_eq!(numbers(&db, &rest).await, [3, 2], "the next page");
        });
    }

    #[test]
    fn nobody_can_type_an_error() {
        each(async |db| {
            let mut tx = db.begin().await.unwrap();
            add(&mut tx, None, &[entry(1, 1, "a <b> OR NEAR")]).await.unwrap();
            tx.commit().await.unwrap();
            for typed in [
                "<b>",
                "\"",
                "'",
                "a*b",
                "NEAR(a b)",
                "AND OR NOT",
                "words:x",
                "a^2",
                "{kind}:x",
                "-",
                "(",
                "x)",
                "\\",
                ":*",
                "& | !",
                "%_",
                "a\u{0}b",
                "\u{202e}",
                "''':1",
                "$1",
            ] {
                find(&db, &wanted(typed), 5)
                    .await
                    .unwrap_or_else(|error| panic!("{typed}: {error}"));
            }
            assert_eq!(numbers(&db, &wanted("OR NEAR")).await, [1]);
        });
    }

    proptest! {
        #[test]
        fn what_is_looked_for_has_no_letter_with_a_meaning(typed in any::<String>()) {
            let query = Query::read(&typed);
            for term in &query.terms {
                for token in &term.tokens {
                    prop_assert!(token.chars().all(char::is_alphanumeric), "{token}");
                }
            }
        }
    }
}
