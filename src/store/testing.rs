//! One test body, both databases: a fresh SQLite file and a fresh PostgreSQL schema.
//!
//! PostgreSQL is the one at `BEADLE_TEST_POSTGRES`; `scripts/test-postgres` starts one. Where `CI`
//! is set it cannot be left out.

use crate::config::{Database, Secret};
use crate::store::Db;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

/// How long a test of locks waits for one. The other tests wait as the program does, so that a busy
/// machine does not fail them.
pub(crate) const WAIT: Duration = Duration::from_millis(300);

/// Runs a test body on each database, opened and empty.
pub(crate) fn each(body: impl AsyncFn(Db)) {
    each_place(async |database| {
        let db = Db::open(&database).await.expect("a fresh database opens");
        body(db.clone()).await;
        db.close().await;
    });
}

/// Runs a test body on each place for a database, where nothing is yet.
pub(crate) fn each_place(body: impl AsyncFn(Database)) {
    let directory = tempfile::tempdir().expect("a temporary directory");
    block_on(body(Database::Sqlite(directory.path().join("state/beadle.db"))));

    let Some(url) = postgres() else { return };
    let schema = fresh_name();
    execute(&url, format!("create schema {schema}"));
    let separator = if url.contains('?') { '&' } else { '?' };
    let inside = format!("{url}{separator}options=-csearch_path%3D{schema}");
    let outcome = catch_unwind(AssertUnwindSafe(|| {
        block_on(body(Database::Postgres(Secret::new(inside))));
    }));
    execute(&url, format!("drop schema {schema} cascade"));
    if let Err(panic) = outcome {
        resume_unwind(panic);
    }
}

/// The URL of the server to test on.
pub(crate) fn postgres() -> Option<String> {
    let url = std::env::var("BEADLE_TEST_POSTGRES").ok().filter(|url| !url.is_empty());
    if url.is_none() {
        assert!(
            std::env::var_os("CI").is_none(),
            "BEADLE_TEST_POSTGRES is not set: run this under scripts/test-postgres"
        );
        eprintln!("not tested on PostgreSQL: BEADLE_TEST_POSTGRES is not set");
    }
    url
}

/// Runs one future on a runtime of its own.
pub(crate) fn block_on<T>(future: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.expect("a runtime").block_on(future)
}

fn execute(url: &str, statement: String) {
    use sqlx::Connection;
    block_on(async {
        let mut connection = sqlx::PgConnection::connect(url).await.expect("PostgreSQL answers");
        let done = sqlx::raw_sql(sqlx::AssertSqlSafe(statement)).execute(&mut connection).await;
        done.expect("the schema is made and dropped");
    });
}

fn fresh_name() -> String {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    format!("beadle_{}_{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed))
}
