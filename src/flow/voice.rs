//! What the bot posts in a channel of its own accord, each once: the call of a meeting
//! ([`crate::flow::call`]), and what was pushed ([`crate::flow::push::herald`]).

use crate::domain::time::Moment;
use crate::flow::call::Caller;
use crate::flow::push::herald::{self, Herald};
use crate::flow::room::Room;
use crate::flow::work::Work;
use crate::store::{self, StoreError};

/// Both voices of one network.
#[derive(Default)]
pub struct Voice {
    caller: Caller,
    herald: Herald,
}

impl Voice {
    /// Nothing was posted after all.
    pub fn forget(&mut self) {
        self.caller.forget();
        self.herald.forget();
    }

    /// The bot is back in a channel: what was not taken there is to be posted again.
    pub fn forget_in(&mut self, room: &Room) {
        self.caller.forget_in(room);
        self.herald.forget_in(room);
    }

    /// Posts what is due in a room.
    pub async fn attend(
        &mut self,
        room: &Room,
        now: Moment,
        work: &mut Work,
    ) -> Result<(), StoreError> {
        self.caller.attend(room, now, work).await?;
        if work.config().push.is_kept() {
            self.herald.attend(room, now, work).await?;
        }
        Ok(())
    }
}

/// The server has taken what was posted under a key.
pub async fn posted(key: &str, at: Moment, work: &mut Work) -> Result<(), StoreError> {
    match key.starts_with(herald::KEY) {
        true => herald::said(key, at, work).await,
        false => store::duty::said(work.tx().await?, key, at).await,
    }
}
