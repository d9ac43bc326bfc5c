//! Tokens that were used: each is good once.

use crate::domain::time::Moment;
use crate::store::driver::{on, query};
use crate::store::{StoreError, Tx, sql};

/// Uses a token up; whether it was still good. Those that have run out are forgotten.
pub async fn spend(
    tx: &mut Tx,
    digest: &[u8],
    until: Moment,
    now: Moment,
) -> Result<bool, StoreError> {
    on!(tx, "using a token", |c: D| {
        query::<D>(&sql::TOKEN_FORGET).bind(now.micros()).execute(&mut *c).await?;
        let used = query::<D>(&sql::TOKEN_SPEND).bind(digest.to_vec()).bind(until.micros());
        Ok(used.execute(c).await?.rows_affected() == 1)
    })
}
