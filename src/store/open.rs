//! Opening a database: the file and its rights, the settings of every connection, the schema.

use crate::config::Database;
use crate::store::{Db, StoreError, Trouble, migrate, sql};
use sqlx::pool::PoolOptions;
use sqlx::postgres::PgConnectOptions;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous};
use sqlx::{ConnectOptions, Connection, PgConnection};
use std::fs::{DirBuilder, OpenOptions};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::Path;
use std::str::FromStr;
use std::time::Duration;

/// How long a locked database is waited for before that is an error, and how long a free connection
/// to it (logging in to PostgreSQL alone may take a tenth of a second).
pub const WAIT: Duration = Duration::from_secs(10);

/// Connections that read SQLite. They are opened when they are first needed.
const SQLITE_READERS: u32 = 4;

/// Connections to a PostgreSQL server.
const PG_CONNECTIONS: u32 = 8;

/// Bytes in a page of a new SQLite database. A group of log lines is a few kilobytes, and every
/// commit writes whole pages: 2048 writes a seventh less than 4096, and 1024 would make long rows slow.
const PAGE_BYTES: u32 = 2048;

impl Db {
    /// Opens the database, made or brought up to date where needed.
    ///
    /// A directory made for it is open to its owner only (0700), the file too (0600).
    ///
    /// # Errors
    ///
    /// Says in which file or on which server, never with which password.
    pub async fn open(database: &Database) -> Result<Db, StoreError> {
        Db::open_waiting(database, WAIT).await
    }

    /// As [`Db::open`], where a locked database is waited for so long.
    pub async fn open_waiting(database: &Database, wait: Duration) -> Result<Db, StoreError> {
        Db::open_with_steps(database, wait, migrate::STEPS).await
    }

    /// As [`Db::open_waiting`], brought up to these steps.
    pub(super) async fn open_with_steps(
        database: &Database,
        wait: Duration,
        steps: &[migrate::Step],
    ) -> Result<Db, StoreError> {
        let db = match database {
            Database::Sqlite(file) => open_sqlite(file, wait).await?,
            Database::Postgres(url) => open_pg(url.reveal(), wait).await?,
        };
        match migrate::run(&db, steps).await {
            Ok(()) => Ok(db),
            Err(error) => {
                db.close().await;
                Err(error)
            }
        }
    }
}

async fn open_sqlite(file: &Path, wait: Duration) -> Result<Db, StoreError> {
    let doing = format!("opening the database {}", file.display());
    create(file).map_err(|error| StoreError::io(doing.as_str(), error))?;

    let options = SqliteConnectOptions::new()
        .filename(file)
        .busy_timeout(wait)
        .synchronous(SqliteSynchronous::Full)
        .foreign_keys(true)
        .pragma("trusted_schema", "off")
        .pragma("secure_delete", "on")
        // In KiB. No mmap: its pages would count as the program's memory.
        .pragma("cache_size", "-256")
        .disable_statement_logging();
    // Connections stay open: each has its cache, and the last one to close would drop the WAL.
    let pool = || {
        PoolOptions::<sqlx::Sqlite>::new()
            .idle_timeout(None)
            .max_lifetime(None)
            .test_before_acquire(false)
            .acquire_timeout(WAIT)
    };
    let write = pool()
        .max_connections(1)
        .connect_with(
            options
                .clone()
                .page_size(PAGE_BYTES)
                .journal_mode(SqliteJournalMode::Wal)
                // In pages: about 4 MiB of WAL.
                .pragma("wal_autocheckpoint", "2000")
                .pragma("journal_size_limit", "8388608"),
        )
        .await
        .map_err(|error| StoreError::of(doing, error))?;
    let read = pool()
        .min_connections(0)
        .max_connections(SQLITE_READERS)
        .connect_lazy_with(options.read_only(true));
    Ok(Db::Sqlite { read, write })
}

/// Makes the file, empty, before SQLite does, which would let everybody read it; the WAL and the
/// shared memory beside it get the same rights.
fn create(file: &Path) -> std::io::Result<()> {
    if let Some(directory) = file.parent().filter(|parent| !parent.as_os_str().is_empty()) {
        DirBuilder::new().recursive(true).mode(0o700).create(directory)?;
    }
    OpenOptions::new().write(true).create(true).truncate(false).mode(0o600).open(file).map(drop)
}

async fn open_pg(url: &str, wait: Duration) -> Result<Db, StoreError> {
    let options = parse(url)
        .ok_or_else(|| StoreError::new("reading the database's URL", Trouble::Configuration))?
        .application_name("beadle")
        .disable_statement_logging();
    let doing = format!(
        "connecting to PostgreSQL at {}:{}, database {}",
        options.get_host(),
        options.get_port(),
        options.get_database().unwrap_or(options.get_username()),
    );
    // Asked once by hand, since a pool goes on trying and then only says that it took too long.
    let first = PgConnection::connect_with(&options).await;
    first.map_err(|error| StoreError::of(doing.as_str(), error))?.close().await.ok();
    let wait_millis = wait.as_millis().to_string();
    let pool = PoolOptions::<sqlx::Postgres>::new()
        .min_connections(0)
        .max_connections(PG_CONNECTIONS)
        .acquire_timeout(WAIT)
        .after_connect(move |connection, _| {
            let settings = sqlx::query(sql::PG_SETTINGS).bind(wait_millis.clone());
            Box::pin(async move { settings.execute(connection).await.map(drop) })
        })
        .connect_with(options)
        .await
        .map_err(|error| StoreError::of(doing, error))?;
    Ok(Db::Pg(pool))
}

/// Reads a URL. What is wrong with it is not told, since that would repeat parts of it; for the
/// same reason the parameters that sqlx would only warn about, with their values, are refused.
fn parse(url: &str) -> Option<PgConnectOptions> {
    const KNOWN: &[&str] = &[
        "application_name",
        "dbname",
        "host",
        "hostaddr",
        "options",
        "password",
        "port",
        "sslcert",
        "sslkey",
        "sslmode",
        "sslrootcert",
        "user",
    ];
    let parameters = url.split_once('?').map_or("", |(_, parameters)| parameters);
    parameters
        .split('&')
        .filter(|parameter| !parameter.is_empty())
        .all(|parameter| KNOWN.contains(&parameter.split('=').next().unwrap_or("")))
        .then(|| PgConnectOptions::from_str(url).ok())?
}
