//! What we remember: SQLite embedded, or PostgreSQL.
//!
//! Reads take a [`Db`] (or a [`Tx`] that is under way), writes a [`Tx`]; only `crate::flow` begins
//! one. Nothing here decides anything, and nothing outside writes SQL.

pub mod duty;
pub mod gather;
pub mod item;
pub mod journal;
pub mod kept;
pub mod lease;
pub mod list;
pub mod log;
pub mod login;
pub mod meeting;
pub mod outbox;
pub mod push;
pub mod request;
pub mod search;
pub mod seen;
pub mod session;
pub mod signing_key;
pub mod site;
pub mod stamp;
pub mod subscriber;
pub mod token;
pub mod verdict;

mod driver;
mod error;
mod migrate;
mod open;
mod sql;
#[cfg(test)]
pub(crate) mod testing;
#[cfg(test)]
mod tests;

pub use driver::Reader;
pub use error::{StoreError, Trouble};
pub use open::WAIT;

use crate::store::driver::{Driver, while_doing};
use sqlx::{Executor, PgPool, Postgres, Sqlite, SqlitePool, Transaction};

/// The database. Clones share the connections.
#[derive(Clone, Debug)]
pub enum Db {
    /// SQLite in a file: one connection writes, a few others read.
    Sqlite {
        /// Connections that cannot write.
        read: SqlitePool,
        /// The one that writes.
        write: SqlitePool,
    },
    /// A PostgreSQL server.
    Pg(PgPool),
}

/// A transaction: what is written in it is there for everybody after [`Tx::commit`], and not at all
/// when it is dropped before.
#[derive(Debug)]
pub enum Tx {
    /// It holds SQLite's only writing connection.
    Sqlite(Transaction<'static, Sqlite>),
    /// On a PostgreSQL server.
    Pg(Transaction<'static, Postgres>),
}

impl Db {
    /// Begins a transaction that may write. On SQLite there is one at a time; the others wait.
    pub async fn begin(&self) -> Result<Tx, StoreError> {
        let begun = match self {
            Db::Sqlite { write, .. } => write.begin_with(sql::BEGIN).await.map(Tx::Sqlite),
            Db::Pg(pool) => pool.begin().await.map(Tx::Pg),
        };
        while_doing("beginning a transaction", begun)
    }

    /// Prepares every statement of the program on the live schema.
    ///
    /// # Errors
    ///
    /// Names the first statement that the database does not understand.
    pub async fn check_statements(&self) -> Result<(), StoreError> {
        for (name, sql) in sql::all() {
            let prepared = match self {
                Db::Sqlite { write, .. } => prepare(write, Sqlite::text(sql)).await,
                Db::Pg(pool) => prepare(pool, Postgres::text(sql)).await,
            };
            prepared.map_err(|error| StoreError::of(format!("preparing {name}"), error))?;
        }
        Ok(())
    }

    /// Removes every trace of overwritten text from the database's files, to be called after the
    /// commit of a [`log::redact`]. It rewrites the log, which takes a second per 100 MB or so.
    ///
    /// SQLite's `secure_delete` alone is not enough: pages that were split keep copies of rows in
    /// their unused space. What backups and a PostgreSQL server's archived WAL hold stays there.
    pub async fn scrub(&self) -> Result<(), StoreError> {
        let doing = "destroying redacted text";
        match self {
            Db::Sqlite { write, .. } => {
                while_doing(doing, sqlx::raw_sql(sql::SCRUB.sqlite).execute(write).await)?;
                let emptied = sqlx::query_as(sql::CHECKPOINT).fetch_one(write).await;
                let (in_the_way, _, _): (i64, i64, i64) = while_doing(doing, emptied)?;
                match in_the_way {
                    0 => Ok(()),
                    _ => Err(StoreError::new(doing, Trouble::Locked)),
                }
            }
            Db::Pg(pool) => {
                while_doing(doing, sqlx::raw_sql(sql::SCRUB.pg).execute(pool).await)?;
                Ok(())
            }
        }
    }

    /// Closes all connections, after those in use have been given back. SQLite's write-ahead log is
    /// emptied into the database by the last one, so the writer goes last: readers cannot do that.
    pub async fn close(&self) {
        match self {
            Db::Sqlite { read, write } => {
                read.close().await;
                write.close().await;
            }
            Db::Pg(pool) => pool.close().await,
        }
    }
}

impl Tx {
    /// Makes what was written durable and visible.
    ///
    /// # Errors
    ///
    /// Nothing was stored then, except where a PostgreSQL server was lost at this very moment: it
    /// may have stored everything.
    pub async fn commit(self) -> Result<(), StoreError> {
        let done = match self {
            Tx::Sqlite(tx) => tx.commit().await,
            Tx::Pg(tx) => tx.commit().await,
        };
        while_doing("committing a transaction", done)
    }
}

async fn prepare<D: sqlx::Database>(
    pool: &sqlx::Pool<D>,
    text: &'static str,
) -> Result<(), sqlx::Error>
where
    for<'c> &'c mut D::Connection: Executor<'c, Database = D>,
{
    use sqlx::SqlSafeStr;
    pool.acquire().await?.prepare(text.into_sql_str()).await.map(drop)
}
