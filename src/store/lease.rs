//! Leases: which node may hold an IRC connection or fire the schedule, for the next few seconds.
//!
//! Time is the database's own, so the nodes' clocks do not matter. A holder renews well before the
//! end, and stops acting before it by its own monotonic clock when it could not.

use crate::store::driver::{on, query, query_as};
use crate::store::{Db, StoreError, sql};
use std::time::Duration;

/// Takes or renews a lease for `ttl`. Gives its fence, a number that grows with every change of
/// holder, or nothing while another one has it.
///
/// `holder` names one run of one node: a program that was started again is another holder.
pub async fn take(
    db: &Db,
    name: &str,
    holder: &str,
    ttl: Duration,
) -> Result<Option<i64>, StoreError> {
    let micros = i64::try_from(ttl.as_micros()).unwrap_or(i64::MAX / 4).min(i64::MAX / 4);
    let mut tx = db.begin().await?;
    let fence: Option<(i64,)> = on!(&mut tx, "taking a lease", |c: D| {
        query_as::<D, _>(&sql::LEASE_TAKE)
            .bind(name.to_string())
            .bind(holder.to_string())
            .bind(micros)
            .fetch_optional(c)
            .await
    })?;
    tx.commit().await?;
    Ok(fence.map(|(fence,)| fence))
}

/// Gives a lease back, so that another node need not wait for its end; nothing happens where
/// `holder` does not have it.
pub async fn release(db: &Db, name: &str, holder: &str) -> Result<(), StoreError> {
    let mut tx = db.begin().await?;
    on!(&mut tx, "giving a lease back", |c: D| {
        let released =
            query::<D>(&sql::LEASE_RELEASE).bind(name.to_string()).bind(holder.to_string());
        released.execute(c).await.map(drop)
    })?;
    tx.commit().await
}
