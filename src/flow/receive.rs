//! A mail came in by a door: which of its recipients are ours, and what becomes of it for each.
//!
//! Nothing here speaks LMTP or milter; the doors turn an [`Answer`] into their own words. Posts are
//! judged and stored in batches, many in one commit; what goes to the addresses beside a list is
//! the business of its own flow.

mod batch;
pub mod lists;
mod near;
#[cfg(test)]
mod tests;

use crate::clock;
use crate::config::Config;
use crate::domain::list::gate::{Alignment, Facts, Judgement};
use crate::domain::list::pass;
use crate::domain::list::post::{self, Post, Reading};
use crate::domain::list::route::Purpose;
use crate::flow::receive::batch::Job;
use crate::flow::receive::lists::{Lists, Posting};
use crate::flow::{request, subscribe, why};
use crate::store::{self, Db, StoreError};
use std::sync::Arc;
use tokio::sync::{mpsc, oneshot};

/// How many posts may wait for the commit that is under way.
const WAITING: usize = 256;
/// A longer mail is read on a thread of its own, so that the others need not wait; in bytes.
const LONG: usize = 100_000;

/// A mail with its envelope.
#[derive(Clone, Debug)]
pub struct Incoming {
    /// The envelope's sender without angle brackets; empty is the null sender.
    pub sender: String,
    /// The envelope's recipients that are ours ([`Receiver::knows`]), in order, as they were given.
    pub recipients: Vec<String>,
    /// The mail as it came, dots unstuffed, lines ending with CRLF.
    pub message: Arc<[u8]>,
    /// Whether the author's domain stands for it, where the door found out.
    pub alignment: Option<Alignment>,
    /// Who sees to a post that is accepted.
    pub carrier: Carrier,
}

/// Who sees to a post that is accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Carrier {
    /// We do: the door hands the mail over to us for good (LMTP, pipe).
    Us,
    /// The mail server goes on with it itself (milter); so a post that comes again is judged again.
    Server,
}

/// What became of a mail for one recipient. Whatever it is, it is durable.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// It is taken: 250, exit 0; a milter lets it go on.
    Taken,
    /// It is taken and goes no further (held or discarded): 250 and exit 0 all the same, so that
    /// nobody learns who is subscribed; a milter removes the recipient.
    Swallowed,
    /// It is refused, and its sender may be told why within the session: 550 5.7.2. Only for a
    /// sender that is authenticated, so that nobody else is told.
    Refused(String),
    /// There is no such recipient: 550 5.1.1.
    Unknown,
    /// Something of our own went wrong; it is to come again: 451 4.3.0, or exit 75.
    Later,
}

/// The way in, for doors. Clones share one queue.
#[derive(Clone, Debug)]
pub struct Receiver {
    db: Db,
    config: Arc<Config>,
    lists: Lists,
    posts: mpsc::Sender<Job>,
}

impl Receiver {
    /// Opens the way in. It is closed when the last clone is dropped.
    pub fn start(db: Db, config: Arc<Config>) -> Receiver {
        let (posts, queue) = mpsc::channel(WAITING);
        tokio::spawn(batch::run(db.clone(), config.clone(), queue));
        let lists = Lists::new(db.clone(), config.clone());
        Receiver { db, config, lists, posts }
    }

    /// The lists.
    pub fn lists(&self) -> &Lists {
        &self.lists
    }

    /// Whether an address is ours: a list, or one of the addresses beside it (`-request`, …).
    ///
    /// # Errors
    ///
    /// [`Answer::Later`] where that cannot be found out now.
    pub async fn knows(&self, recipient: &str) -> Result<bool, Answer> {
        let found = self.lists.route(recipient).await;
        found.map(|found| found.is_some()).map_err(|_| Answer::Later)
    }

    /// Whether posts go to an address: a list's own, not one of those beside it.
    ///
    /// # Errors
    ///
    /// [`Answer::Later`] where that cannot be found out now.
    pub async fn knows_list(&self, recipient: &str) -> Result<bool, Answer> {
        let found = self.lists.route(recipient).await.map_err(|_| Answer::Later)?;
        Ok(found.is_some_and(|(_, purpose)| purpose == Purpose::Post))
    }

    /// Whether the list of one of these recipients wants to know if a post's author is who they say,
    /// and no mail server of ours has found out.
    pub async fn wants_alignment(&self, recipients: &[String]) -> bool {
        for recipient in recipients {
            if let Ok(Some((list, Purpose::Post))) = self.lists.route(recipient).await
                && list.policy.wants_alignment()
            {
                return true;
            }
        }
        false
    }

    /// Takes in a mail: one answer for each recipient, in their order, once that is durable.
    pub async fn take(&self, mail: Incoming) -> Vec<Answer> {
        let mail = Arc::new(mail);
        let mut waiting = Vec::with_capacity(mail.recipients.len());
        for recipient in &mail.recipients {
            waiting.push(self.begin(&mail, recipient).await);
        }
        let mut answers = Vec::with_capacity(waiting.len());
        for one in waiting {
            answers.push(match one {
                Begun::Done(answer) => answer,
                // Whoever drops the question has failed.
                Begun::Asked(answer) => answer.await.unwrap_or(Answer::Later),
            });
        }
        answers
    }

    /// What would be decided about a post to a list now, and what it is judged by; nothing is stored.
    pub async fn look(
        &self,
        list: &Arc<Posting>,
        mail: Incoming,
    ) -> Result<(Facts, Judgement), StoreError> {
        let mail = Arc::new(mail);
        let post = self.read(&mail, list).await?;
        batch::look(&self.db, &self.config, list.clone(), mail, post).await
    }

    /// Begins with one recipient, so that those of one mail may share a commit.
    async fn begin(&self, mail: &Arc<Incoming>, recipient: &str) -> Begun {
        match self.try_begin(mail, recipient).await {
            Ok(begun) => begun,
            Err(error) => {
                let error = &error as &dyn std::error::Error;
                tracing::error!(error, "a mail could not be taken; it is to come again");
                Begun::Done(Answer::Later)
            }
        }
    }

    async fn try_begin(&self, mail: &Arc<Incoming>, recipient: &str) -> Result<Begun, StoreError> {
        let Some((list, purpose)) = self.lists.route(recipient).await? else {
            return Ok(Begun::Done(Answer::Unknown));
        };
        let (db, config) = (&self.db, &self.config);
        let (message, sender) = (&mail.message, mail.sender.as_str());
        match purpose {
            Purpose::Post => return self.post(mail, list).await,
            Purpose::Request => {
                request::receive_for(db, config, &list.row, message, sender).await?;
            }
            Purpose::Why => {
                why::receive(db, config, &list, message, sender).await?;
            }
            Purpose::Wish(wish) => {
                subscribe::receive(db, config, &list.row, &wish, message, sender).await?;
            }
        }
        // Answered or not: a refusal would go to an address that may be forged.
        Ok(Begun::Done(Answer::Taken))
    }

    /// What a post says of itself, and whether it is the bot's own.
    async fn read(&self, mail: &Arc<Incoming>, list: &Arc<Posting>) -> Result<Post, StoreError> {
        let mut post = read(mail, list).await;
        if let Some(alignment) = &mail.alignment {
            post.facts.alignment = Some(alignment.clone());
        }
        if let Some(given) = &post.pass {
            let now = clock::now();
            let keys = store::signing_key::all(&self.db, now).await?;
            post.facts.is_own = pass::verify(&keys, &list.row.address, &post.digest, given, now);
        }
        Ok(post)
    }

    async fn post(&self, mail: &Arc<Incoming>, list: Arc<Posting>) -> Result<Begun, StoreError> {
        let post = self.read(mail, &list).await?;
        let (answer, answered) = oneshot::channel();
        let job = Job { list, mail: mail.clone(), post, answer };
        match self.posts.send(job).await {
            Ok(()) => Ok(Begun::Asked(answered)),
            Err(_) => Ok(Begun::Done(Answer::Later)),
        }
    }
}

/// A recipient of a mail, under way.
enum Begun {
    Done(Answer),
    Asked(oneshot::Receiver<Answer>),
}

async fn read(mail: &Arc<Incoming>, list: &Arc<Posting>) -> Post {
    if mail.message.len() <= LONG {
        return read_now(mail, list);
    }
    let (mail, list) = (mail.clone(), list.clone());
    let reading = tokio::task::spawn_blocking(move || read_now(&mail, &list));
    // It ends otherwise only where it panics, which goes on here.
    reading.await.unwrap_or_else(|error| std::panic::resume_unwind(error.into_panic()))
}

fn read_now(mail: &Incoming, list: &Posting) -> Post {
    let reading = Reading { list: &list.row.address, sender: &mail.sender, policy: &list.policy };
    post::read(&mail.message, &reading)
}
