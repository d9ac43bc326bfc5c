//! People who were away when something was said for them are told when they are next seen: once,
//! privately, by account where the network has accounts.

use crate::domain::group::{Group, away};
use crate::domain::meeting::{Speaker, What};
use crate::domain::name::Casemapping;
use crate::domain::text::Text;
use crate::domain::time::Moment;
use crate::flow::gather;
use crate::flow::room::Room;
use crate::flow::sound::{Heard, Reply, Sound};
use crate::flow::work::Work;
use crate::store::{self, StoreError, Tx};
use std::collections::BTreeSet;

/// Who is looked out for, as far as this network's flow knows.
#[derive(Default)]
pub struct Seen {
    /// None: it is to be looked up.
    awaited: Option<BTreeSet<String>>,
}

impl Seen {
    /// Somebody else may be awaited by now.
    pub fn forget(&mut self) {
        self.awaited = None;
    }

    /// Tells those who are seen in this what was kept for them.
    pub async fn see(
        &mut self,
        heard: &Heard,
        casemapping: Casemapping,
        work: &mut Work,
    ) -> Result<(), StoreError> {
        let who: Vec<&Speaker> = match &heard.sound {
            Sound::Channel(_, What::Said { who, .. } | What::Joined(who) | What::LoggedIn(who))
            | Sound::Private(who, _) => vec![who],
            Sound::Back { members, .. } => members.iter().collect(),
            _ => return Ok(()),
        };
        if self.is_nobody_awaited(work).await? {
            return Ok(());
        }
        for who in who {
            self.tell(who, casemapping, heard.heard_at, work).await?;
        }
        Ok(())
    }

    async fn is_nobody_awaited(&mut self, work: &mut Work) -> Result<bool, StoreError> {
        if work.keeps_word() {
            self.awaited = None; // Within this transaction somebody became awaited.
        }
        let awaited = match self.awaited.take() {
            Some(awaited) => awaited,
            None => {
                let awaited = match work.keeps_word() {
                    true => store::seen::awaited(work.tx().await?).await?,
                    false => store::seen::awaited(work.db()).await?,
                };
                if !awaited.is_empty() {
                    let book = work.book();
                    book.lock().await.refresh(work.tx().await?).await?;
                }
                awaited.into_iter().collect()
            }
        };
        Ok(self.awaited.insert(awaited).is_empty())
    }

    /// Tells those who are in one of the rooms now what was kept for them meanwhile.
    pub async fn tell_those_here(
        &mut self,
        rooms: impl Iterator<Item = &Room>,
        now: Moment,
        work: &mut Work,
    ) -> Result<(), StoreError> {
        let awaited: BTreeSet<String> =
            store::seen::awaited(work.reader()).await?.into_iter().collect();
        if awaited.is_empty() {
            return Ok(());
        }
        let book = work.book();
        book.lock().await.refresh(work.reader()).await?;
        for room in rooms.filter(|room| room.was_entered()) {
            for who in room.presence.people() {
                let words = {
                    let book = book.lock().await;
                    words_of(&who, book.group(), room.presence.casemapping, now)
                };
                for word in words.iter().filter(|word| awaited.contains(*word)) {
                    for kept in store::seen::take_fresh(work.tx().await?, word, now).await? {
                        work.reply(Reply::Tell(who.nick.clone(), kept.text));
                    }
                }
            }
        }
        Ok(())
    }

    async fn tell(
        &self,
        who: &Speaker,
        casemapping: Casemapping,
        now: Moment,
        work: &mut Work,
    ) -> Result<(), StoreError> {
        let (book, config) = (work.book(), work.config());
        let mut book = book.lock().await;
        let words = words_of(who, book.group(), casemapping, now);
        let is_awaited =
            |word: &&String| self.awaited.as_ref().is_some_and(|awaited| awaited.contains(*word));
        let mut kept = Vec::new();
        for word in words.iter().filter(is_awaited) {
            kept.extend(store::seen::take(work.tx().await?, word, now).await?);
        }
        let (Some(word), false) = (words.first(), kept.is_empty()) else { return Ok(()) };
        let kept: Vec<(String, String)> =
            kept.into_iter().map(|one| (one.key, one.text.as_untrusted().to_string())).collect();
        let group = book.refresh(work.tx().await?).await?;
        let pages = config.web.as_ref().map(|web| web.url.as_str());
        if let Some(words) = group.while_away(word, &kept, pages, now.date()) {
            work.reply(Reply::Tell(who.nick.clone(), Text::new(words)));
        }
        Ok(())
    }
}

/// The words by which somebody is known: as a member, and as their network knows them.
fn words_of(who: &Speaker, group: &Group, casemapping: Casemapping, now: Moment) -> Vec<String> {
    let member = group.seen_as(who, casemapping, now.date());
    member.into_iter().chain([gather::key_of(who, casemapping)]).collect()
}

/// Keeps a word on an action for those of its owners who are on the roster and are not here. Safe
/// to repeat. Its words stay in the ledger alone, where they can be changed and destroyed.
pub async fn keep_action(
    tx: &mut Tx,
    group: &Group,
    number: u32,
    absent: &[String],
    now: Moment,
) -> Result<(), StoreError> {
    for name in absent {
        if let Some(who) = group.known_as(name, now.date()) {
            let key = away::action_key(number, &who);
            store::seen::add(tx, &key, &who, &Text::default(), now).await?;
        }
    }
    Ok(())
}
