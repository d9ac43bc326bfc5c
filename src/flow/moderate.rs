//! Somebody decides about a held or discarded post: it goes on to its list, or is thrown away.

use crate::clock;
use crate::config::Config;
use crate::domain::list::Key;
use crate::domain::list::gate::{Author, Verdict};
use crate::domain::list::policy::Policy;
use crate::domain::list::post::{self, Reading};
use crate::flow::deliver;
use crate::store::kept::{self, Decision, Kept};
use crate::store::list::List;
use crate::store::subscriber::{self, Subscriber};
use crate::store::{self, Db, StoreError, outbox, verdict};
use std::sync::Arc;

/// The check that stands beside the verdict of a post that somebody let pass.
pub const RELEASED: &str = "moderator";

/// The most posts that are listed at once.
pub const MOST_LISTED: u32 = 1_000;

/// A kept post as people see it.
#[derive(Clone, Debug)]
pub struct Seen {
    /// The post.
    pub kept: Kept,
    /// The list's name.
    pub list: String,
    /// Who wrote it, as far as that is known.
    pub author: Option<String>,
    /// Its subject, which a stranger wrote.
    pub subject: crate::domain::text::Text,
    /// The check that held or discarded it.
    pub check: String,
}

/// Why nothing was decided.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// There is no such post, or somebody decided before.
    Gone,
    /// Nobody says where the list's posts go.
    NoWay,
    /// The address that is to be the subscriber's is ambiguous, so nobody's.
    NoAuthor,
    /// There is no such subscriber.
    NoSubscriber,
}

/// The posts that wait for a moderator, or those that were discarded and are kept.
pub async fn waiting(db: &Db, only: Verdict) -> Result<Vec<Seen>, StoreError> {
    let lists = store::list::all(db).await?;
    let mut all = Vec::new();
    for kept in kept::open(db, Some(only), MOST_LISTED).await? {
        all.push(seen(db, &lists, kept).await?.0);
    }
    Ok(all)
}

/// One of them with its message; nothing where there is no such post, or somebody decided.
pub async fn one(db: &Db, id: i64) -> Result<Option<(Seen, Vec<u8>)>, StoreError> {
    let lists = store::list::all(db).await?;
    match kept::one(db, id).await? {
        Some((kept, _)) => Ok(Some(seen(db, &lists, kept).await?)),
        None => Ok(None),
    }
}

/// A kept post as people see it, and its message.
pub async fn seen(db: &Db, lists: &[List], kept: Kept) -> Result<(Seen, Vec<u8>), StoreError> {
    let list = lists.iter().find(|list| list.id.number() == kept.list);
    let message = kept::one(db, kept.id).await?.map(|(_, message)| message).unwrap_or_default();
    let policy = Policy::default();
    let address = list.map_or("", |list| &list.address);
    let reading = Reading { list: address, sender: &kept.sender, policy: &policy };
    let post = post::read(&message, &reading);
    let decided = verdict::of(db, &kept.digest, kept.list).await?;
    let seen = Seen {
        list: list.map_or(String::new(), |list| list.name.clone()),
        author: match post.facts.author {
            Author::One(key, _) => Some(key.to_string()),
            _ => None,
        },
        subject: post.subject,
        check: decided.map_or(String::new(), |decided| decided.check),
        kept,
    };
    Ok((seen, message))
}

/// Lets a kept post pass, byte for byte. Where `member` is given, its author's address is that
/// subscriber's from now on.
pub async fn release(
    db: &Db,
    config: &Config,
    id: i64,
    by: &str,
    member: Option<&Key>,
) -> Result<Result<(), Refusal>, StoreError> {
    let now = clock::now();
    let mut tx = db.begin().await?;
    let Some((kept, message)) = kept::one(&mut tx, id).await? else {
        return Ok(Err(Refusal::Gone));
    };
    let lists = store::list::all(&mut tx).await?;
    let Some(list) = lists.into_iter().find(|list| list.id.number() == kept.list) else {
        return Ok(Err(Refusal::Gone));
    };
    if list.settings.onward.is_none() && config.gate.onward.is_none() {
        return Ok(Err(Refusal::NoWay));
    }
    if let Some(member) = member {
        let decided = verdict::of(&mut tx, &kept.digest, kept.list).await?;
        let Some(Author::One(key, written)) = decided.map(|decided| decided.facts.author) else {
            return Ok(Err(Refusal::NoAuthor));
        };
        if subscriber::one(&mut tx, list.id, member).await?.is_none() {
            return Ok(Err(Refusal::NoSubscriber));
        }
        let other_of = Some(member.clone());
        let other = Subscriber { other_of, ..Subscriber::new(key, &written, "", now) };
        subscriber::add(&mut tx, list.id, &[other]).await?;
    }
    if !kept::decide(&mut tx, id, now, Decision::Release, by).await? {
        return Ok(Err(Refusal::Gone));
    }
    let onward = outbox::Post {
        key: format!("post:{}:{}", list.name, verdict::hex(&kept.digest)),
        route: list.name.clone(),
        message_id: String::new(),
        sender: Some(kept.sender.clone()).filter(|sender| !sender.is_empty()),
        recipient: list.address.clone(),
        message: Arc::from(message),
    };
    outbox::add_posts(&mut tx, &[onward], now).await?;
    verdict::decide(&mut tx, &kept.digest, kept.list, Verdict::Accept, RELEASED).await?;
    tx.commit().await?;
    deliver::wake_onward();
    Ok(Ok(()))
}

/// Throws a kept post away.
pub async fn discard(db: &Db, id: i64, by: &str) -> Result<Result<(), Refusal>, StoreError> {
    let now = clock::now();
    let mut tx = db.begin().await?;
    let Some((kept, _)) = kept::one(&mut tx, id).await? else { return Ok(Err(Refusal::Gone)) };
    if !kept::decide(&mut tx, id, now, Decision::Discard, by).await? {
        return Ok(Err(Refusal::Gone));
    }
    // Whoever asks what became of the post learns the decision.
    verdict::decide(&mut tx, &kept.digest, kept.list, Verdict::Discard, RELEASED).await?;
    tx.commit().await?;
    Ok(Ok(()))
}
