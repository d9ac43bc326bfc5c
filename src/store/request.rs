//! Who asked something by mail, and how often on a day.

use crate::domain::address::Address;
use crate::domain::time::{DAY, Moment};
use crate::store::driver::{on, query, query_as};
use crate::store::{StoreError, Tx, sql};

/// The most addresses that are answered on one day.
pub const MOST_ADDRESSES: i64 = 1_000;

/// Counts a request; whether it may be answered: the address sent fewer than `most` on this UTC day,
/// and fewer than [`MOST_ADDRESSES`] others did. What was counted on days before is forgotten.
pub async fn admit(tx: &mut Tx, from: &Address, at: Moment, most: u32) -> Result<bool, StoreError> {
    let day = at.micros().div_euclid(DAY);
    on!(tx, "counting a request by mail", |c: D| {
        query::<D>(&sql::REQUEST_FORGET).bind(day).execute(&mut *c).await?;
        let counted: Option<(i64,)> = query_as::<D, _>(&sql::REQUEST_COUNT)
            .bind(from.as_str().to_ascii_lowercase())
            .bind(day)
            .bind(i64::from(most))
            .bind(MOST_ADDRESSES)
            .fetch_optional(c)
            .await?;
        Ok(counted.is_some())
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::testing::each;

    #[test]
    fn an_address_is_answered_so_often_a_day_and_no_more() {
        each(async |db| {
            let at = Moment::parse("2018-11-13T15:00:00Z").unwrap();
            let address = |text: &str| Address::parse(text).unwrap();
            let mut tx = db.begin().await.unwrap();
            let mut admitted = Vec::new();
            for from in ["Mira@x.example", "mira@x.example", "mira@X.example", "anna@x.example"] {
                admitted.push(admit(&mut tx, &address(from), at, 2).await.unwrap());
            }
            assert_eq!(admitted, [true, true, false, true]);
            let mira = address("mira@x.example");
            assert!(!admit(&mut tx, &mira, at, 0).await.unwrap());
            assert!(admit(&mut tx, &mira, at.plus(DAY), 2).await.unwrap());
            for n in 1..MOST_ADDRESSES {
                let other = address(&format!("n{n}@x.example"));
                assert!(admit(&mut tx, &other, at.plus(DAY), 2).await.unwrap(), "{n}");
            }
            let late = address("late@x.example");
            assert!(!admit(&mut tx, &late, at.plus(DAY), 2).await.unwrap());
            assert!(admit(&mut tx, &mira, at.plus(DAY), 2).await.unwrap(), "known already");
            tx.commit().await.unwrap();
        });
    }
}
