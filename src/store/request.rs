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

/// Whom a letter goes to that asks to confirm something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Victim {
    /// Somebody who may have asked for nothing: one letter a day.
    Anybody,
    /// A subscriber, about their subscription: [`MOST_FOR_MEMBER`] letters a day.
    Member,
}

/// The most letters on one day about the subscription that somebody has.
pub const MOST_FOR_MEMBER: i64 = 3;
/// The most mailboxes that are asked on one day to confirm something.
pub const MOST_LETTERS: i64 = 500;

/// Counts a letter to a mailbox (`domain::list::join::mailbox`), of whatever list; whether it may
/// leave on this UTC day.
pub async fn admit_letter(
    tx: &mut Tx,
    mailbox: &str,
    victim: Victim,
    at: Moment,
) -> Result<bool, StoreError> {
    let day = at.micros().div_euclid(DAY);
    let (kind, most) = match victim {
        Victim::Anybody => ("confirm", 1),
        Victim::Member => ("member", MOST_FOR_MEMBER),
    };
    on!(tx, "counting a letter to be confirmed", |c: D| {
        query::<D>(&sql::REQUEST_FORGET).bind(day).execute(&mut *c).await?;
        let counted: Option<(i64,)> = query_as::<D, _>(&sql::REQUEST_COUNT_LETTER)
            .bind(format!("{kind}:{mailbox}"))
            .bind(day)
            .bind(most)
            .bind(MOST_LETTERS)
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

    #[test]
    fn a_mailbox_gets_one_letter_a_day_and_all_together_so_many() {
        each(async |db| {
            let at = Moment::parse("2018-11-13T15:00:00Z").unwrap();
            let mut tx = db.begin().await.unwrap();
            let mut admitted = Vec::new();
            for victim in [Victim::Anybody, Victim::Anybody].into_iter().chain([Victim::Member; 4])
            {
                admitted.push(admit_letter(&mut tx, "a@x.example", victim, at).await.unwrap());
            }
            assert_eq!(admitted, [true, false, true, true, true, false]);
            for n in 2..MOST_LETTERS {
                let other = format!("n{n}@x.example");
                assert!(admit_letter(&mut tx, &other, Victim::Anybody, at).await.unwrap(), "{n}");
            }
            let late = "late@x.example";
            assert!(!admit_letter(&mut tx, late, Victim::Anybody, at).await.unwrap());
            let asker = Address::parse(late).unwrap();
            assert!(admit(&mut tx, &asker, at, 1).await.unwrap(), "questions have their own count");
            assert!(admit_letter(&mut tx, late, Victim::Anybody, at.plus(DAY)).await.unwrap());
            tx.commit().await.unwrap();
        });
    }
}
