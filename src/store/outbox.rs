//! The outbox: letters that must leave once, written in the same transaction as their cause.
//!
//! A key says why a letter exists, and one with the same key is not written twice. Several nodes
//! may send: each claims what it sends, for a time that the database's own clock measures. Nothing
//! here speaks SMTP or decides when to try again.

use crate::domain::list::Letter;
use crate::domain::list::MessageId;
use crate::domain::time::Moment;
use crate::store::driver::{Reader, from_row, on, query, query_as};
use crate::store::{StoreError, Tx, sql};
use std::sync::Arc;
use std::time::Duration;

/// The longest reason that is kept of an attempt that failed, in characters.
pub const MOST_REASON: usize = 300;

/// A letter that this node may send now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claimed {
    /// Why it exists.
    pub key: String,
    /// The envelope's sender; `None` is the null sender.
    pub sender: Option<String>,
    /// The envelope's recipients.
    pub recipients: Vec<String>,
    /// As it goes over the wire.
    pub message: Vec<u8>,
    /// Since when it was to leave.
    pub due: Moment,
    /// How often that has failed.
    pub attempts: u32,
}

/// A letter that has not left, as an operator sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unsent {
    /// Why it exists.
    pub key: String,
    /// The envelope's recipients.
    pub recipients: Vec<String>,
    /// Since when it is to leave.
    pub due: Moment,
    /// How often that has failed.
    pub attempts: u32,
    /// When it is tried next.
    pub next_try: Moment,
    /// When nobody tried any more.
    pub gave_up_at: Option<Moment>,
    /// Why the last attempt failed.
    pub last_error: Option<String>,
}

/// How full the outbox is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Depth {
    /// Letters that wait.
    pub waiting: u64,
    /// Since when the one waits that is due longest.
    pub oldest_due: Option<Moment>,
    /// Letters that were given up.
    pub given_up: u64,
}

from_row!(Claimed, |row| {
    Ok(Claimed {
        key: row.try_get("key")?,
        sender: row.try_get("sender")?,
        recipients: lines(&row.try_get::<String, _>("recipients")?),
        message: row.try_get("message")?,
        due: Moment::from_micros(row.try_get("due")?),
        attempts: count(row.try_get("attempts")?),
    })
});

from_row!(Unsent, |row| {
    Ok(Unsent {
        key: row.try_get("key")?,
        recipients: lines(&row.try_get::<String, _>("recipients")?),
        due: Moment::from_micros(row.try_get("due")?),
        attempts: count(row.try_get("attempts")?),
        next_try: Moment::from_micros(row.try_get("next_try")?),
        gave_up_at: row.try_get::<Option<i64>, _>("gave_up_at")?.map(Moment::from_micros),
        last_error: row.try_get("last_error")?,
    })
});

fn lines(text: &str) -> Vec<String> {
    text.lines().map(str::to_string).collect()
}

fn count(number: i64) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

/// Puts a letter into the outbox, to leave from `due` on; says whether it was not there before.
pub async fn add(tx: &mut Tx, letter: &Letter, due: Moment) -> Result<bool, StoreError> {
    let recipients: Vec<&str> = letter.recipients().iter().map(|to| to.as_str()).collect();
    let recipients = recipients.join("\n");
    let message = letter.render();
    on!(tx, "storing a letter", |c: D| {
        let added = query::<D>(&sql::OUTBOX_ADD)
            .bind(letter.key.clone())
            .bind(letter.message_id.as_str().to_string())
            .bind(due.micros())
            .bind(letter.sender().map(|sender| sender.as_str().to_string()))
            .bind(recipients)
            .bind(message);
        Ok(added.execute(c).await?.rows_affected() == 1)
    })
}

/// An accepted post on its way to where its list's posts go.
#[derive(Clone, Debug)]
pub struct Post {
    /// Why it exists: `post:LIST:DIGEST`.
    pub key: String,
    /// The list whose posts go that way.
    pub route: String,
    /// Without angle brackets; may be empty.
    pub message_id: String,
    /// The envelope's sender; `None` is the null sender.
    pub sender: Option<String>,
    /// The envelope's recipient.
    pub recipient: String,
    /// As it came.
    pub message: Arc<[u8]>,
}

/// Puts posts into the outbox, to leave at once; those that are there already stay as they are.
pub async fn add_posts(tx: &mut Tx, posts: &[Post], due: Moment) -> Result<(), StoreError> {
    let mut messages = Vec::with_capacity(posts.iter().map(|post| post.message.len()).sum());
    let mut rows = Vec::with_capacity(posts.len());
    for post in posts {
        let start = messages.len() + 1; // SQL counts from 1.
        messages.extend_from_slice(&post.message);
        rows.push((
            &post.key,
            &post.message_id,
            due.micros(),
            &post.sender,
            &post.recipient,
            start,
            post.message.len(),
            &post.route,
        ));
    }
    let rows = serde_json::to_string(&rows).expect("numbers and strings always serialise");
    on!(tx, "storing posts", |c: D| {
        query::<D>(&sql::OUTBOX_ADD_POSTS).bind(rows).bind(messages).execute(c).await.map(drop)
    })
}

/// Gives a letter that has not left the text it has now, under its key; says whether there was one.
pub async fn rewrite(tx: &mut Tx, letter: &Letter) -> Result<bool, StoreError> {
    let message = letter.render();
    on!(tx, "rewriting a letter", |c: D| {
        let rewritten = query::<D>(&sql::OUTBOX_REWRITE).bind(letter.key.clone()).bind(message);
        Ok(rewritten.execute(c).await?.rows_affected() == 1)
    })
}

/// Takes back the letters that have not left and whose keys begin so. One that is on its way at this
/// moment is as lost as one that has left.
pub async fn withdraw(tx: &mut Tx, beginning: &str) -> Result<(), StoreError> {
    on!(tx, "taking letters back", |c: D| {
        query::<D>(&sql::OUTBOX_WITHDRAW).bind(beginning.to_string()).execute(c).await.map(drop)
    })
}

/// Lets a letter leave at once that waits, or was given up; that one is tried for its whole time
/// again. Says whether there was one that has not left.
pub async fn retry(tx: &mut Tx, key: &str, at: Moment) -> Result<bool, StoreError> {
    on!(tx, "trying a letter again", |c: D| {
        let tried = query::<D>(&sql::OUTBOX_RETRY).bind(key.to_string()).bind(at.micros());
        Ok(tried.execute(c).await?.rows_affected() == 1)
    })
}

/// Whether a letter is due that has not left: asked before [`claim`], which has to write.
pub async fn is_due(
    from: impl Into<Reader<'_>>,
    route: &str,
    now: Moment,
) -> Result<bool, StoreError> {
    let (due,): (i64,) = on!(from.into(), "looking for letters that are due", |c: D| {
        let asked = query_as::<D, _>(&sql::OUTBOX_IS_DUE);
        asked.bind(now.micros()).bind(route.to_string()).fetch_one(c).await
    })?;
    Ok(due > 0)
}

/// Claims at most `limit` letters that are due, those due longest first. Until `lasting` has passed
/// nobody else gets them; what `holder` claimed before it was killed it gets again at once.
pub async fn claim(
    tx: &mut Tx,
    route: &str,
    holder: &str,
    now: Moment,
    lasting: Duration,
    limit: u32,
) -> Result<Vec<Claimed>, StoreError> {
    let lasting = i64::try_from(lasting.as_micros()).unwrap_or(i64::MAX / 4).min(i64::MAX / 4);
    let mut claimed: Vec<Claimed> = on!(tx, "claiming letters", |c: D| {
        query_as::<D, _>(&sql::OUTBOX_CLAIM)
            .bind(now.micros())
            .bind(holder.to_string())
            .bind(lasting)
            .bind(i64::from(limit))
            .bind(route.to_string())
            .fetch_all(c)
            .await
    })?;
    // What an update gives back has no order.
    claimed.sort_by(|one, other| (one.due, &one.key).cmp(&(other.due, &other.key)));
    Ok(claimed)
}

/// Notes that a letter has left. Its text is not kept.
pub async fn sent(tx: &mut Tx, key: &str, at: Moment) -> Result<(), StoreError> {
    on!(tx, "noting that a letter has left", |c: D| {
        query::<D>(&sql::OUTBOX_SENT)
            .bind(key.to_string())
            .bind(at.micros())
            .execute(c)
            .await
            .map(drop)
    })
}

/// Notes that a post has left; nothing of it is kept here.
pub async fn post_sent(tx: &mut Tx, key: &str) -> Result<(), StoreError> {
    on!(tx, "noting that a post has left", |c: D| {
        query::<D>(&sql::OUTBOX_POST_SENT).bind(key.to_string()).execute(c).await.map(drop)
    })
}

/// Notes that a letter could not leave: it is tried again then, or given up where there is no
/// `retry_at`. Nothing happens to one that has left.
pub async fn failed(
    tx: &mut Tx,
    key: &str,
    at: Moment,
    retry_at: Option<Moment>,
    reason: &str,
) -> Result<(), StoreError> {
    let reason: String = reason.replace('\0', "").chars().take(MOST_REASON).collect();
    on!(tx, "noting that a letter could not leave", |c: D| {
        query::<D>(&sql::OUTBOX_FAILED)
            .bind(key.to_string())
            .bind(retry_at.unwrap_or(at).micros())
            .bind(retry_at.is_none().then_some(at.micros()))
            .bind(reason)
            .execute(c)
            .await
            .map(drop)
    })
}

/// Gives back what `holder` claimed and did not send, so that nobody waits for it.
pub async fn release(tx: &mut Tx, route: &str, holder: &str) -> Result<(), StoreError> {
    on!(tx, "giving letters back", |c: D| {
        let back = query::<D>(&sql::OUTBOX_RELEASE);
        back.bind(holder.to_string()).bind(route.to_string()).execute(c).await.map(drop)
    })
}

/// The id of a letter that was written, whether it has left or not.
pub async fn message_id(
    from: impl Into<Reader<'_>>,
    key: &str,
) -> Result<Option<MessageId>, StoreError> {
    let found: Option<(String,)> = on!(from.into(), "looking for a letter", |c: D| {
        query_as::<D, _>(&sql::OUTBOX_MESSAGE_ID).bind(key.to_string()).fetch_optional(c).await
    })?;
    Ok(found.and_then(|(id,)| MessageId::parse(&id)))
}

/// At most `limit` letters that have not left, those given up last.
pub async fn list(from: impl Into<Reader<'_>>, limit: u32) -> Result<Vec<Unsent>, StoreError> {
    on!(from.into(), "listing letters", |c: D| {
        query_as::<D, Unsent>(&sql::OUTBOX_LIST).bind(i64::from(limit)).fetch_all(c).await
    })
}

/// How many letters have not left.
pub async fn depth(from: impl Into<Reader<'_>>) -> Result<Depth, StoreError> {
    let (waiting, oldest, given_up): (i64, Option<i64>, i64) =
        on!(from.into(), "counting letters", |c: D| {
            query_as::<D, _>(&sql::OUTBOX_DEPTH).fetch_one(c).await
        })?;
    Ok(Depth {
        waiting: u64::try_from(waiting).unwrap_or(0),
        oldest_due: oldest.map(Moment::from_micros),
        given_up: u64::try_from(given_up).unwrap_or(0),
    })
}
