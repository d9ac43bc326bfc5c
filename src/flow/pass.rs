//! The bot's own letters to a list whose door we keep get the pass that lets them in.
//!
//! It is put on when a letter leaves, not when it is written, so that it is as young as can be and
//! signed with the newest key.

use crate::domain::list::pass;
use crate::domain::list::policy::Policy;
use crate::domain::list::post::{self, Reading};
use crate::domain::time::Moment;
use crate::store::outbox::Claimed;
use crate::store::{self, StoreError, Tx};

/// Puts passes on the letters that go to a list of ours: for one list, the first.
pub async fn put_on(tx: &mut Tx, letters: &mut [Claimed], now: Moment) -> Result<(), StoreError> {
    if letters.is_empty() {
        return Ok(());
    }
    let lists = store::list::all(&mut *tx).await?;
    for letter in letters {
        let is_ours = |to: &String| lists.iter().any(|list| to.eq_ignore_ascii_case(&list.address));
        let Some(list) = letter.recipients.iter().find(|to| is_ours(to)) else { continue };
        let keys = store::signing_key::ensure(tx, now).await?;
        let Some(key) = keys.first() else { continue };
        let header =
            format!("{}: {}\r\n", pass::HEADER, pass::issue(key, list, &digest(letter), now));
        letter.message.splice(..0, header.into_bytes());
    }
    Ok(())
}

/// What the gate will tell the letter from all others by.
fn digest(letter: &Claimed) -> [u8; 16] {
    let policy = Policy::default();
    post::read(&letter.message, &Reading { list: "", sender: "", policy: &policy }).digest
}
