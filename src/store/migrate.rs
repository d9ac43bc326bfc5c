//! Brings a database to the schema of this program, whatever it has now.
//!
//! A step is never changed after a release; what changes the schema is a further step.

use crate::store::driver::{Driver, query};
use crate::store::{Db, StoreError, Trouble, sql};
use sqlx::{Postgres, Sqlite};

/// One step: the same tables and columns for both databases.
#[derive(Clone, Copy, Debug)]
pub(super) struct Step {
    pub(super) sqlite: &'static str,
    pub(super) pg: &'static str,
}

macro_rules! step {
    ($file:literal) => {
        Step {
            sqlite: include_str!(concat!("../../migrations/sqlite/", $file)),
            pg: include_str!(concat!("../../migrations/postgres/", $file)),
        }
    };
}

/// The steps in order; the first one leads to schema 1.
pub(super) const STEPS: &[Step] = &[
    step!("0001_meeting.sql"),
    step!("0002_log.sql"),
    step!("0003_lease.sql"),
    step!("0004_told.sql"),
    step!("0005_journal.sql"),
    step!("0006_outbox.sql"),
    step!("0007_duty.sql"),
    step!("0008_item.sql"),
    step!("0009_list.sql"),
    step!("0010_push.sql"),
    step!("0011_found.sql"),
    step!("0012_login.sql"),
];

const DOING: &str = "bringing the database up to date";

/// Applies the steps that are missing, all of them or none.
///
/// # Errors
///
/// [`Trouble::Newer`] where the database has a schema beyond the last of `steps`.
pub(super) async fn run(db: &Db, steps: &[Step]) -> Result<(), StoreError> {
    let failed = |error| StoreError::of(DOING, error);
    macro_rules! migrate {
        ($D:ident, $tx:ident, $text:ident) => {{
            sqlx::raw_sql(<$D as Driver>::text(&sql::MIGRATION_TABLE))
                .execute(&mut *$tx)
                .await
                .map_err(failed)?;
            let (version,): (i64,) = sqlx::query_as(<$D as Driver>::text(&sql::MIGRATION_VERSION))
                .fetch_one(&mut *$tx)
                .await
                .map_err(failed)?;
            for (number, step) in missing(version, steps)? {
                sqlx::raw_sql(step.$text).execute(&mut *$tx).await.map_err(failed)?;
                query::<$D>(&sql::MIGRATION_DONE)
                    .bind(number)
                    .execute(&mut *$tx)
                    .await
                    .map_err(failed)?;
            }
            $tx.commit().await.map_err(failed)
        }};
    }
    match db {
        Db::Sqlite { write, .. } => {
            let mut tx = write.begin_with(sql::BEGIN).await.map_err(failed)?;
            migrate!(Sqlite, tx, sqlite)
        }
        Db::Pg(pool) => {
            let mut tx = pool.begin().await.map_err(failed)?;
            sqlx::raw_sql(sql::MIGRATION_LOCK).execute(&mut *tx).await.map_err(failed)?;
            migrate!(Postgres, tx, pg)
        }
    }
}

fn missing(found: i64, steps: &[Step]) -> Result<impl Iterator<Item = (i64, &Step)>, StoreError> {
    let known = steps.len() as i64;
    if found > known {
        return Err(StoreError::new(DOING, Trouble::Newer { found, known }));
    }
    Ok((1..).zip(steps).filter(move |(number, _)| *number > found))
}
