//! What the bot posts in a channel of its own accord, each once: the call of a meeting
//! ([`crate::flow::call`]), and what was pushed ([`crate::flow::push::herald`]).

use crate::domain::time::Moment;
use crate::flow::call;
use crate::flow::push::herald;
use crate::flow::room::Room;
use crate::flow::work::Work;
use crate::store::{self, StoreError};
use std::collections::BTreeSet;

/// What was posted and is not known to be taken: the channel, folded, and the key.
#[derive(Default)]
pub struct Posted(BTreeSet<(String, String)>);

impl Posted {
    /// Nothing was posted after all.
    pub fn forget(&mut self) {
        self.0.clear();
    }

    /// The bot is back in a channel: what was not taken there is to be posted again.
    pub fn forget_in(&mut self, room: &Room) {
        self.0.retain(|(channel, _)| channel != room.address().1);
    }

    /// Something is to be posted in a room; whether it was not yet.
    pub fn is_new(&mut self, room: &Room, key: &str) -> bool {
        self.0.insert((room.address().1.to_string(), key.to_string()))
    }
}

/// Posts what is due in a room.
pub async fn attend(
    posted: &mut Posted,
    room: &Room,
    now: Moment,
    work: &mut Work,
) -> Result<(), StoreError> {
    call::attend(posted, room, now, work).await?;
    if work.config().push.is_kept() {
        herald::attend(posted, room, now, work).await?;
    }
    Ok(())
}

/// The server has taken what was posted under a key.
pub async fn taken(key: &str, at: Moment, work: &mut Work) -> Result<(), StoreError> {
    match key.starts_with(herald::KEY) {
        true => herald::said(key, at, work).await,
        false => store::duty::said(work.tx().await?, key, at).await,
    }
}
