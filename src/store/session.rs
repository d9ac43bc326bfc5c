//! The browsers in which members are logged in to the pages.
//!
//! Whose a session is, is decided by [`login`](crate::flow::login): nothing here knows the roster.

use crate::domain::login::{IDLE, SESSION, Way};
use crate::domain::text::Text;
use crate::domain::time::Moment;
use crate::store::driver::{Reader, from_row, on, query, query_as};
use crate::store::{StoreError, Tx, sql};

/// The most sessions of one member; with a further one the oldest ends.
pub const MOST_OF_MEMBER: u32 = 10;
/// The most sessions that are listed.
pub const MOST_LISTED: u32 = 500;

/// A browser in which a member is logged in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    /// Its number, by which it is ended from elsewhere.
    pub id: i64,
    /// The member's account, else the first nick.
    pub member: String,
    /// What every form of this session carries.
    pub form: String,
    /// How the member proved who they are.
    pub way: Way,
    /// What the browser calls itself.
    pub agent: Text,
    /// When they logged in.
    pub created_at: Moment,
    /// When it was last used, to the minute.
    pub used_at: Moment,
    /// It ends then.
    pub until: Moment,
    /// What came of the last act, which no page has shown yet; empty where nothing is to be told.
    pub told: String,
}

from_row!(Session, |row| {
    let way: String = row.try_get("way")?;
    let fault = || sqlx::Error::Decode(format!("{way:?} is no way to log in").into());
    Ok(Session {
        id: row.try_get("id")?,
        member: row.try_get("member")?,
        form: row.try_get("form")?,
        way: Way::parse(&way).ok_or_else(fault)?,
        agent: row.try_get::<String, _>("agent")?.into(),
        created_at: Moment::from_micros(row.try_get("created_at")?),
        used_at: Moment::from_micros(row.try_get("used_at")?),
        until: Moment::from_micros(row.try_get("until")?),
        told: row.try_get("told")?,
    })
});

/// A session that begins.
#[derive(Clone, Copy, Debug)]
pub struct New<'a> {
    /// SHA-256 of the token in the browser's cookie.
    pub digest: &'a [u8],
    /// Whose it is.
    pub member: &'a str,
    /// What every form of it is to carry.
    pub form: &'a str,
    /// How they proved who they are.
    pub way: Way,
    /// What the browser calls itself.
    pub agent: &'a Text,
}

/// Keeps a session that begins now; beyond [`MOST_OF_MEMBER`] the member's oldest end.
pub async fn begin(tx: &mut Tx, new: &New<'_>, now: Moment) -> Result<(), StoreError> {
    let others = i64::from(MOST_OF_MEMBER) - 1;
    on!(tx, "keeping a session", |c: D| {
        let bound = query::<D>(&sql::SESSION_BOUND).bind(new.member.to_string()).bind(others);
        bound.execute(&mut *c).await?;
        query::<D>(&sql::SESSION_ADD)
            .bind(new.digest.to_vec())
            .bind(new.member.to_string())
            .bind(new.form.to_string())
            .bind(new.way.as_str())
            .bind(new.agent.as_untrusted().to_string())
            .bind(now.micros())
            .bind(now.plus(SESSION).micros())
            .execute(c)
            .await
            .map(drop)
    })
}

/// The session of a cookie, where it holds now.
pub async fn of(
    from: impl Into<Reader<'_>>,
    digest: &[u8],
    now: Moment,
) -> Result<Option<Session>, StoreError> {
    on!(from.into(), "looking for a session", |c: D| {
        query_as::<D, Session>(&sql::SESSION_OF)
            .bind(digest.to_vec())
            .bind(now.micros())
            .bind(now.plus(-IDLE).micros())
            .fetch_optional(c)
            .await
    })
}

/// The sessions that hold now, the newest first, at most [`MOST_LISTED`].
pub async fn all(from: impl Into<Reader<'_>>, now: Moment) -> Result<Vec<Session>, StoreError> {
    on!(from.into(), "reading the sessions", |c: D| {
        query_as::<D, Session>(&sql::SESSION_ALL)
            .bind(now.micros())
            .bind(now.plus(-IDLE).micros())
            .bind(i64::from(MOST_LISTED))
            .fetch_all(c)
            .await
    })
}

/// Whose sessions there are, each member once.
pub async fn members(from: impl Into<Reader<'_>>) -> Result<Vec<String>, StoreError> {
    let found: Vec<(String,)> = on!(from.into(), "reading who is logged in", |c: D| {
        query_as::<D, _>(&sql::SESSION_MEMBERS).fetch_all(c).await
    })?;
    Ok(found.into_iter().map(|(member,)| member).collect())
}

/// Notes that a session is used.
pub async fn used(tx: &mut Tx, id: i64, at: Moment) -> Result<(), StoreError> {
    on!(tx, "using a session", |c: D| {
        query::<D>(&sql::SESSION_USED).bind(id).bind(at.micros()).execute(c).await.map(drop)
    })
}

/// Keeps what the next page is to tell; the empty text once it has.
pub async fn tell(tx: &mut Tx, id: i64, told: &str) -> Result<(), StoreError> {
    on!(tx, "keeping what came of an act", |c: D| {
        query::<D>(&sql::SESSION_TELL).bind(id).bind(told.to_string()).execute(c).await.map(drop)
    })
}

/// Ends a session; whether there was one.
pub async fn end(tx: &mut Tx, id: i64) -> Result<bool, StoreError> {
    on!(tx, "ending a session", |c: D| {
        Ok(query::<D>(&sql::SESSION_END).bind(id).execute(c).await?.rows_affected() == 1)
    })
}

/// Ends all sessions of a member; says how many.
pub async fn end_of(tx: &mut Tx, member: &str) -> Result<u64, StoreError> {
    on!(tx, "ending the sessions of a member", |c: D| {
        let ended = query::<D>(&sql::SESSION_END_OF).bind(member.to_string()).execute(c);
        Ok(ended.await?.rows_affected())
    })
}

/// Forgets those that have run out.
pub async fn forget(tx: &mut Tx, now: Moment) -> Result<(), StoreError> {
    on!(tx, "forgetting sessions", |c: D| {
        let gone = query::<D>(&sql::SESSION_FORGET).bind(now.micros());
        gone.bind(now.plus(-IDLE).micros()).execute(c).await.map(drop)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::time::MINUTE;
    use crate::store::testing::each;

    fn new<'a>(digest: &'a [u8], member: &'a str, agent: &'a Text) -> New<'a> {
        New { digest, member, form: "f", way: Way::Link, agent }
    }

    #[test]
    fn a_session_ends_by_its_age_by_rest_and_by_hand() {
        each(async |db| {
            let start = Moment::parse("2018-11-13T15:00:00Z").unwrap();
            let at = |minutes: i64| start.plus(minutes * MINUTE);
            let agent = Text::new("a\0\u{202e}<b>");
            let mut tx = db.begin().await.unwrap();
            begin(&mut tx, &new(b"one", "gwd", &agent), start).await.unwrap();
            let found = of(&mut tx, b"one", at(59)).await.unwrap().unwrap();
            assert_eq!(
                (found.member.as_str(), found.way, &found.agent),
                ("gwd", Way::Link, &agent)
            );
            assert_eq!(of(&mut tx, b"two", at(1)).await.unwrap(), None);
            assert_eq!(of(&mut tx, b"one", at(60)).await.unwrap(), None, "an hour of rest");
            for minutes in (50..720).step_by(50) {
                let session = of(&mut tx, b"one", at(minutes)).await.unwrap().expect("in use");
                used(&mut tx, session.id, at(minutes)).await.unwrap();
            }
            assert_eq!(of(&mut tx, b"one", at(720)).await.unwrap(), None, "twelve hours of use");
            tell(&mut tx, found.id, "Done.").await.unwrap();
            assert_eq!(of(&mut tx, b"one", at(719)).await.unwrap().unwrap().told, "Done.");
            assert!(end(&mut tx, found.id).await.unwrap());
            assert!(!end(&mut tx, found.id).await.unwrap());
            assert_eq!(of(&mut tx, b"one", at(1)).await.unwrap(), None);
            tx.commit().await.unwrap();
        });
    }

    #[test]
    fn a_member_has_so_many_and_what_has_run_out_is_forgotten() {
        each(async |db| {
            let at = |minutes: i64| Moment::from_micros(minutes * MINUTE);
            let agent = Text::new("x");
            let mut tx = db.begin().await.unwrap();
            begin(&mut tx, &new(b"other", "sbonazzo", &agent), at(0)).await.unwrap();
            for n in 0..=MOST_OF_MEMBER as u8 {
                begin(&mut tx, &new(&[n], "gwd", &agent), at(0)).await.unwrap();
            }
            let all = super::all(&mut tx, at(1)).await.unwrap();
            assert_eq!(all.len(), MOST_OF_MEMBER as usize + 1);
            assert_eq!(of(&mut tx, &[0], at(1)).await.unwrap(), None, "the oldest of that member");
            assert!(of(&mut tx, b"other", at(1)).await.unwrap().is_some());
            assert_eq!(members(&mut tx).await.unwrap(), ["gwd", "sbonazzo"]);
            assert_eq!(end_of(&mut tx, "gwd").await.unwrap(), u64::from(MOST_OF_MEMBER));
            forget(&mut tx, at(59)).await.unwrap();
            assert_eq!(members(&mut tx).await.unwrap(), ["sbonazzo"]);
            forget(&mut tx, at(60)).await.unwrap();
            assert!(members(&mut tx).await.unwrap().is_empty());
            tx.commit().await.unwrap();
        });
    }
}
