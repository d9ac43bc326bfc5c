//! The two schemas: the same tables and columns, every statement understood, every step on data.

use super::{at, held, new};
use crate::store::migrate::{self, STEPS, Step};
use crate::store::testing::{WAIT, block_on, each, each_place, postgres};
use crate::store::{Db, StoreError, Trouble, meeting};
use std::collections::BTreeMap;
use std::sync::Mutex;

/// Runs SQL that only a test needs.
pub(super) async fn execute(db: &Db, sql: String) {
    let sql = sqlx::AssertSqlSafe(sql);
    let done = match db {
        Db::Sqlite { write, .. } => sqlx::raw_sql(sql).execute(write).await.map(drop),
        Db::Pg(pool) => sqlx::raw_sql(sql).execute(pool).await.map(drop),
    };
    done.expect("the test's SQL");
}

async fn rows(db: &Db, sql: &'static str) -> Vec<(String, String)> {
    let rows = match db {
        Db::Sqlite { write, .. } => sqlx::query_as(sql).fetch_all(write).await,
        Db::Pg(pool) => sqlx::query_as(sql).fetch_all(pool).await,
    };
    rows.expect("the test's SQL")
}

#[test]
fn both_databases_understand_every_statement() {
    each(async |db| db.check_statements().await.unwrap());
}

#[test]
fn a_statement_that_is_not_understood_is_named() {
    each(async |db| {
        execute(&db, "alter table lease rename column fence to hedge".into()).await;
        let error = db.check_statements().await.unwrap_err();
        assert!(error.to_string().contains("preparing LEASE_TAKE"), "{error}");
        assert_eq!(error.trouble(), &Trouble::Damaged);
    });
}

type Tables = BTreeMap<String, Vec<(String, bool)>>;

/// Tables and columns with whether they may be null, of the live schema.
async fn tables(db: &Db) -> Tables {
    let sql = match db {
        Db::Sqlite { .. } => {
            "select m.name, c.name || case when c.\"notnull\" or c.pk then '' else '?' end \
             from sqlite_schema m, pragma_table_info(m.name) c where m.type = 'table' \
             and m.name not like 'sqlite%' and m.name not like 'found\\_words%' escape '\\' order by 1, 2"
        }
        Db::Pg(_) => {
            "select table_name::text, column_name || case is_nullable when 'NO' then '' else '?' end \
             from information_schema.columns where table_schema = current_schema() and table_name <> 'found_words' order by 1, 2"
        }
    };
    let mut tables = Tables::new();
    for (table, column) in rows(db, sql).await {
        let name = column.trim_end_matches('?').to_string();
        tables.entry(table).or_default().push((name, column.ends_with('?')));
    }
    tables.values_mut().for_each(|columns| columns.sort());
    tables
}

#[test]
fn both_databases_have_the_same_tables() {
    let seen = Mutex::new(Vec::new());
    each(async |db| {
        let tables = tables(&db).await;
        seen.lock().unwrap().push(tables);
    });
    let seen = seen.into_inner().unwrap();
    let names: Vec<_> = seen[0].keys().map(String::as_str).collect();
    assert_eq!(
        names,
        [
            "agenda",
            "announcement",
            "build",
            "carried",
            "duty",
            "found",
            "item",
            "journal",
            "kept",
            "lease",
            "list",
            "log",
            "login_attempt",
            "login_link",
            "meeting",
            "migration",
            "outbox",
            "ping",
            "place",
            "push",
            "request",
            "session",
            "sign_in",
            "signing_key",
            "subscriber",
            "tag_cursor",
            "telling",
            "token",
            "verdict",
            "watch",
        ]
    );
    assert_eq!(seen.len(), if postgres().is_some() { 2 } else { 1 });
    for other in &seen[1..] {
        assert_eq!(other, &seen[0]);
    }
}

#[test]
fn sqlite_is_set_as_it_should_be() {
    let directory = tempfile::tempdir().unwrap();
    let database = crate::config::Database::Sqlite(directory.path().join("beadle.db"));
    block_on(async {
        let db = Db::open(&database).await.unwrap();
        let Db::Sqlite { read, write } = &db else { unreachable!("it is SQLite") };
        for (pool, what, expected) in [
            (write, "select cast(journal_mode as text) from pragma_journal_mode", "wal"),
            (write, "select cast(synchronous as text) from pragma_synchronous", "2"),
            (write, "select cast(secure_delete as text) from pragma_secure_delete", "1"),
            (write, "select cast(foreign_keys as text) from pragma_foreign_keys", "1"),
            (write, "select cast(timeout as text) from pragma_busy_timeout", "10000"),
            (write, "select cast(page_size as text) from pragma_page_size", "2048"),
            (read, "select cast(trusted_schema as text) from pragma_trusted_schema", "0"),
            (read, "select cast(cache_size as text) from pragma_cache_size", "-256"),
            (read, "select cast(timeout as text) from pragma_busy_timeout", "10000"),
            (
                read,
                "select count(*) || '' from pragma_table_list where schema = 'main' and name not like 'sqlite%' and name not like 'found_words%' and not strict",
                "0",
            ),
        ] {
            let (is,): (String,) = sqlx::query_as(what).fetch_one(pool).await.unwrap();
            assert_eq!(is, expected, "{what}");
        }
        let written = sqlx::raw_sql("delete from meeting").execute(read).await;
        assert!(written.is_err(), "a reader cannot write");
        db.close().await;
    });
}

#[test]
fn opening_again_changes_nothing() {
    each_place(async |database| {
        let db = Db::open(&database).await.unwrap();
        let row = held(&db, new("2018-11-13T15:00:00Z")).await;
        let before = tables(&db).await;
        db.close().await;
        let db = Db::open(&database).await.unwrap();
        assert_eq!(tables(&db).await, before);
        assert_eq!(meeting::by_slug(&db, "2018-11-13").await.unwrap(), Some(row));
        db.close().await;
    });
}

#[test]
fn nodes_that_start_at_once_migrate_once() {
    each_place(async |database| {
        let open = || Db::open(&database);
        let (a, b, c) = tokio::join!(open(), open(), open());
        for db in [a, b, c] {
            let db = db.unwrap();
            db.check_statements().await.unwrap();
            db.close().await;
        }
    });
}

/// Puts a row into each table that there is after so many steps.
async fn fill(db: &Db, steps: usize) {
    let row = "insert into meeting (slug, network, channel, channel_folded, owner_nick, started_at, \
               heard_until) values ('2018-11-13', 'libera', '#Virt', '#virt', 'gwd', 7, 8)";
    let line = "insert into log (key, at, kind, text) values (4294967297, 7, 'own', 'hello')";
    let lease = "insert into lease (name, holder, fence, expires) values ('irc', 'a', 3, 0)";
    if let Some(sql) = [row, line, lease].get(steps.wrapping_sub(1)) {
        execute(db, sql.to_string()).await;
    }
}

#[test]
fn each_step_keeps_the_data_there_is() {
    each_place(async |database| {
        let db = Db::open_with_steps(&database, crate::store::WAIT, &[]).await.unwrap();
        for steps in 0..=STEPS.len() {
            migrate::run(&db, &STEPS[..steps]).await.unwrap();
            fill(&db, steps).await;
        }
        let row = meeting::by_slug(&db, "2018-11-13").await.unwrap().unwrap();
        assert_eq!((row.channel.as_str(), row.started_at.micros()), ("#Virt", 7));
        let lines = crate::store::log::read(&db, row.id).await.unwrap();
        assert_eq!(lines.len(), 1);
        let fence = crate::store::lease::take(&db, "irc", "a", WAIT).await.unwrap();
        assert_eq!(fence, Some(3));
        db.close().await;
    });
}

const GOOD: &str = "alter table meeting add column place_2 text; update meeting set place_2 = slug";
const BAD: &str = "alter table meeting add column place_3 text; update meeting set nonsense = 1";

#[test]
fn a_step_that_fails_leaves_everything_as_it_was() {
    each(async |db| {
        held(&db, new("2018-11-13T15:00:00Z")).await;
        let before = tables(&db).await;
        let mut steps = STEPS.to_vec();
        steps.push(Step { sqlite: GOOD, pg: GOOD });
        steps.push(Step { sqlite: BAD, pg: BAD });
        migrate::run(&db, &steps).await.unwrap_err();
        assert_eq!(tables(&db).await, before, "not even the good step before it");

        steps.pop();
        migrate::run(&db, &steps).await.unwrap();
        let (slug, copy) = &rows(&db, "select slug, place_2 from meeting").await[0];
        assert_eq!((slug.as_str(), copy.as_str()), ("2018-11-13", "2018-11-13"));
        assert_eq!(
            meeting::by_slug(&db, slug).await.unwrap().unwrap().started_at,
            at("2018-11-13T15:00:00Z")
        );
    });
}

#[test]
fn a_newer_database_is_refused_with_a_sentence() {
    each_place(async |database| {
        let db = Db::open(&database).await.unwrap();
        execute(&db, "insert into migration (version) values (99)".into()).await;
        db.close().await;
        let error: StoreError = Db::open(&database).await.unwrap_err();
        let known = STEPS.len() as i64;
        assert_eq!(error.trouble(), &Trouble::Newer { found: 99, known });
        assert!(!error.is_temporary());
        let sentence = error.to_string();
        assert!(sentence.contains("newer beadle (schema 99"), "{sentence}");
        assert!(sentence.contains("start the newer program"), "{sentence}");
    });
}
