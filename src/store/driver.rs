//! Two databases behind one body: a function of the store is written once and compiled per driver.
//!
//! Nothing here knows a table; the statements are in [`sql`](crate::store::sql).

use crate::store::sql::Sql;
use crate::store::{Db, StoreError, Tx};
use sqlx::pool::PoolConnection;
use sqlx::{Database, PgConnection, Postgres, Sqlite, SqliteConnection};

/// Where a read is done: on any free connection, or inside a transaction that already wrote.
pub enum Reader<'a> {
    /// On any free connection.
    Db(&'a Db),
    /// Inside this transaction, where its own writes are seen.
    Tx(&'a mut Tx),
}

impl<'a> From<&'a Db> for Reader<'a> {
    fn from(db: &'a Db) -> Reader<'a> {
        Reader::Db(db)
    }
}

impl<'a> From<&'a mut Tx> for Reader<'a> {
    fn from(tx: &'a mut Tx) -> Reader<'a> {
        Reader::Tx(tx)
    }
}

impl<'a> Reader<'a> {
    /// A connection to read on.
    pub(super) async fn connection(self) -> Result<Connection<'a>, sqlx::Error> {
        Ok(match self {
            Reader::Db(Db::Sqlite { read, .. }) => {
                Connection::Sqlite(Held::Pooled(read.acquire().await?))
            }
            Reader::Db(Db::Pg(pool)) => Connection::Pg(Held::Pooled(pool.acquire().await?)),
            Reader::Tx(Tx::Sqlite(tx)) => Connection::Sqlite(Held::Lent(&mut **tx)),
            Reader::Tx(Tx::Pg(tx)) => Connection::Pg(Held::Lent(&mut **tx)),
        })
    }
}

/// A connection of either driver.
pub(super) enum Connection<'a> {
    Sqlite(Held<'a, Sqlite>),
    Pg(Held<'a, Postgres>),
}

/// A connection taken from a pool, or lent by a transaction.
pub(super) enum Held<'a, D: Database> {
    Pooled(PoolConnection<D>),
    Lent(&'a mut D::Connection),
}

impl Held<'_, Sqlite> {
    pub(super) fn get(&mut self) -> &mut SqliteConnection {
        match self {
            Held::Pooled(connection) => connection,
            Held::Lent(connection) => connection,
        }
    }
}

impl Held<'_, Postgres> {
    pub(super) fn get(&mut self) -> &mut PgConnection {
        match self {
            Held::Pooled(connection) => connection,
            Held::Lent(connection) => connection,
        }
    }
}

/// What differs between the drivers: which text of a statement they take.
pub(super) trait Driver: Database {
    fn text(sql: &Sql) -> &'static str;
}

impl Driver for Sqlite {
    fn text(sql: &Sql) -> &'static str {
        sql.sqlite
    }
}

impl Driver for Postgres {
    fn text(sql: &Sql) -> &'static str {
        sql.pg
    }
}

/// A statement of [`sql`](crate::store::sql), ready to take its arguments.
pub(super) fn query<D: Driver>(sql: &Sql) -> sqlx::query::Query<'static, D, D::Arguments> {
    sqlx::query(D::text(sql))
}

/// A statement that gives rows of that type.
pub(super) fn query_as<D: Driver, Row>(
    sql: &Sql,
) -> sqlx::query::QueryAs<'static, D, Row, D::Arguments>
where
    Row: for<'r> sqlx::FromRow<'r, D::Row>,
{
    sqlx::query_as(D::text(sql))
}

/// Adds what was being done to an error of a driver.
pub(super) fn while_doing<T>(
    doing: &'static str,
    result: Result<T, sqlx::Error>,
) -> Result<T, StoreError> {
    result.map_err(|error| StoreError::of(doing, error))
}

/// Runs a body on `from` (a [`Db`], to read, or a [`Tx`]) with whichever driver it has: in the body
/// `$c` is the connection and `$D` the driver. Errors say `$doing`.
macro_rules! on {
    ($from:expr, $doing:literal, |$c:ident: $D:ident| $body:expr) => {{
        let result: Result<_, sqlx::Error> = async {
            match $crate::store::driver::Reader::from($from).connection().await? {
                $crate::store::driver::Connection::Sqlite(mut held) => {
                    type $D = sqlx::Sqlite;
                    let $c = held.get();
                    $body
                }
                $crate::store::driver::Connection::Pg(mut held) => {
                    type $D = sqlx::Postgres;
                    let $c = held.get();
                    $body
                }
            }
        }
        .await;
        $crate::store::driver::while_doing($doing, result)
    }};
}

/// Makes a type out of a row of either driver: in the body `$row` is the row.
macro_rules! from_row {
    ($type:ty, |$row:ident| $body:expr) => {
        impl sqlx::FromRow<'_, sqlx::sqlite::SqliteRow> for $type {
            fn from_row($row: &sqlx::sqlite::SqliteRow) -> Result<$type, sqlx::Error> {
                use sqlx::Row as _;
                $body
            }
        }
        impl sqlx::FromRow<'_, sqlx::postgres::PgRow> for $type {
            fn from_row($row: &sqlx::postgres::PgRow) -> Result<$type, sqlx::Error> {
                use sqlx::Row as _;
                $body
            }
        }
    };
}

pub(super) use {from_row, on};
