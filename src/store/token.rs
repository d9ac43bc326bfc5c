//! The tokens that were mailed to addresses, and what each allows once.
//!
//! Whether one is genuine is judged by [`token`](crate::domain::list::token).

use crate::domain::list::Key;
use crate::domain::list::token::{Action, Claim};
use crate::domain::text::Text;
use crate::domain::time::Moment;
use crate::store::driver::{Reader, from_row, on, query, query_as};
use crate::store::{StoreError, Tx, sql};

/// What is kept of a token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept {
    /// What it allows, and to whom.
    pub claim: Claim,
    /// The address as it was given.
    pub address: Text,
    /// The name beside it; may be empty.
    pub name: Text,
    /// When it was used.
    pub used_at: Option<Moment>,
}

from_row!(Kept, |row| {
    let key = |stored: String| {
        let fault = || sqlx::Error::Decode(format!("{stored:?} is no address's key").into());
        Key::parse(&stored).ok_or_else(fault)
    };
    let word: String = row.try_get("action")?;
    let other_of: Option<String> = row.try_get("other_of")?;
    let action = Action::of(&word, other_of.map(key).transpose()?);
    let claim = Claim {
        action: action
            .ok_or_else(|| sqlx::Error::Decode(format!("{word:?} is no action").into()))?,
        list: row.try_get("list")?,
        key: key(row.try_get("key")?)?,
        until: Moment::from_micros(row.try_get("until")?),
    };
    Ok(Kept {
        claim,
        address: row.try_get::<String, _>("address")?.into(),
        name: row.try_get::<String, _>("name")?.into(),
        used_at: row.try_get::<Option<i64>, _>("used_at")?.map(Moment::from_micros),
    })
});

/// Keeps what a token allows. Those that have run out by `now` are forgotten: nobody takes them any
/// more.
pub async fn keep(tx: &mut Tx, digest: &[u8], kept: &Kept, now: Moment) -> Result<(), StoreError> {
    let Kept { claim, address, name, .. } = kept;
    on!(tx, "keeping a token", |c: D| {
        query::<D>(&sql::TOKEN_FORGET).bind(now.micros()).execute(&mut *c).await?;
        query::<D>(&sql::TOKEN_KEEP)
            .bind(digest.to_vec())
            .bind(claim.list)
            .bind(claim.action.word().to_string())
            .bind(claim.key.as_str().to_string())
            .bind(address.as_untrusted().to_string())
            .bind(name.as_untrusted().to_string())
            .bind(claim.action.other_of().map(|key| key.as_str().to_string()))
            .bind(claim.until.micros())
            .execute(c)
            .await
            .map(drop)
    })
}

/// What is kept of a token.
pub async fn of(from: impl Into<Reader<'_>>, digest: &[u8]) -> Result<Option<Kept>, StoreError> {
    on!(from.into(), "looking for a token", |c: D| {
        query_as::<D, Kept>(&sql::TOKEN_OF).bind(digest.to_vec()).fetch_optional(c).await
    })
}

/// Uses a token up; whether it was good still.
pub async fn spend(tx: &mut Tx, digest: &[u8], at: Moment) -> Result<bool, StoreError> {
    on!(tx, "using up a token", |c: D| {
        let used = query::<D>(&sql::TOKEN_USE).bind(digest.to_vec()).bind(at.micros());
        Ok(used.execute(c).await?.rows_affected() == 1)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::list::policy::Settings;
    use crate::store::testing::each;

    #[test]
    fn a_token_is_good_once_and_forgotten_when_it_has_run_out() {
        each(async |db| {
            let at = Moment::from_micros;
            let mut tx = db.begin().await.unwrap();
            let settings = Settings::default();
            let list = crate::store::list::create(&mut tx, "v", "v@x.example", &settings, at(1));
            let list = list.await.unwrap().unwrap().id.number();
            let key = Key::parse("anna@y.example").unwrap();
            for action in [Action::Leave, Action::Other(Key::parse("anna@x.example").unwrap())] {
                let claim = Claim { action, list, key: key.clone(), until: at(9) };
                let kept = Kept {
                    claim,
                    address: "Anna@Y.example".into(),
                    name: "A".into(),
                    used_at: None,
                };
                let digest = kept.claim.action.word().as_bytes();
                keep(&mut tx, digest, &kept, at(2)).await.unwrap();
                assert_eq!(of(&mut tx, digest).await.unwrap(), Some(kept));
            }
            assert!(spend(&mut tx, b"leave", at(3)).await.unwrap());
            assert!(!spend(&mut tx, b"leave", at(3)).await.unwrap());
            assert!(!spend(&mut tx, b"guessed", at(3)).await.unwrap());
            assert_eq!(of(&mut tx, b"leave").await.unwrap().unwrap().used_at, Some(at(3)));
            let claim = Claim { action: Action::Join, list, key, until: at(99) };
            let kept = Kept { claim, address: "a".into(), name: "".into(), used_at: None };
            keep(&mut tx, b"join", &kept, at(10)).await.unwrap();
            assert_eq!(of(&mut tx, b"leave").await.unwrap(), None);
            tx.commit().await.unwrap();
        });
    }
}
