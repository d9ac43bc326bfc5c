//! What a channel is told because of the time: the call, and that nobody started a meeting. Each is
//! said once, over restarts and lost connections.
//!
//! What is due is the domain's business ([`reminder`]). A line that must be said once is posted
//! under a key, and done when the server has taken it; until then it is posted again when the bot
//! is back in the channel. So a kill between the server's taking it and our knowing could say it
//! twice, and nothing can lose it.

use crate::domain::meeting::Speaker;
use crate::domain::name::{Casemapping, Network, Nick};
use crate::domain::schedule::reminder::{self, Duty};
use crate::domain::text::Text;
use crate::domain::time::Moment;
use crate::flow::gather;
use crate::flow::room::Room;
use crate::flow::sound::Reply;
use crate::flow::voice::Posted;
use crate::flow::work::Work;
use crate::store::seen::Pinged;
use crate::store::{self, StoreError};

/// Does what is due in a room.
pub async fn attend(
    posted: &mut Posted,
    room: &Room,
    now: Moment,
    work: &mut Work,
) -> Result<(), StoreError> {
    let book = work.book();
    let slots = {
        let mut book = book.lock().await;
        let schedule = &book.refresh(work.reader()).await?.schedule;
        reminder::around(schedule, &room.place(), now)
    };
    let Some(first) = slots.iter().map(|slot| slot.start).min() else { return Ok(()) };
    if !slots.iter().any(|slot| reminder::may_be_due(slot, now)) {
        return Ok(());
    }
    let done = store::duty::all_said(work.reader(), first.plus(-reminder::LONGEST)).await?;
    let held = gather::held_in(room, first.plus(-reminder::LONGEST), work).await?;
    for duty in reminder::due(&slots, &held, |key| done.contains(key), now) {
        if posted.is_new(room, &duty.key()) {
            perform(room, duty, now, work).await?;
        }
    }
    Ok(())
}

async fn perform(room: &Room, duty: Duty, now: Moment, work: &mut Work) -> Result<(), StoreError> {
    let key = duty.key();
    let is_new = store::duty::want(work.tx().await?, &key, now).await?;
    let words = match duty {
        Duty::Call(slot) => {
            let words = invitation(room, &slot, now, work).await?;
            if is_new {
                ping(room, &slot, now, work).await?;
            }
            words
        }
        Duty::NotHeld { slot, aloud: true } => {
            let next = next_after(room, &slot, now, work).await;
            reminder::not_held(next.as_ref())
        }
        Duty::Delayed(slot, other) => {
            if let Some(chair) = slot.chair.filter(|_| is_new) {
                work.reply(Reply::Tell(chair, Text::new(reminder::delayed(&other))));
            }
            return store::duty::said(work.tx().await?, &key, now).await;
        }
        Duty::NotHeld { aloud: false, .. } | Duty::Mail(_) => {
            return store::duty::said(work.tx().await?, &key, now).await;
        }
    };
    work.reply(Reply::Post { key, channel: room.channel.clone(), text: Text::new(words) });
    Ok(())
}

/// The call: when, what is open, what is on the agenda.
async fn invitation(
    room: &Room,
    slot: &reminder::Slot,
    now: Moment,
    work: &mut Work,
) -> Result<String, StoreError> {
    let (network, folded) = room.address();
    let topics = store::gather::topics(work.tx().await?, network, folded).await?;
    let book = work.book();
    let book = book.lock().await;
    let group = book.group();
    let pause = group.schedule.pause_sentence(slot);
    let open = group.roadmap.open(now.date()).count();
    let about = reminder::About { pause, open, topics: &topics };
    Ok(reminder::invitation(slot, &about, now))
}

async fn next_after(
    room: &Room,
    slot: &reminder::Slot,
    now: Moment,
    work: &Work,
) -> Option<reminder::Slot> {
    let book = work.book();
    let book = book.lock().await;
    book.group().schedule.next_for(&room.place(), slot.start, now)
}

/// Those who want a private word when a meeting is called.
async fn ping(
    room: &Room,
    slot: &reminder::Slot,
    now: Moment,
    work: &mut Work,
) -> Result<(), StoreError> {
    let words = reminder::ping(slot, now);
    for one in store::seen::pings(work.tx().await?, room.address().0).await? {
        work.reply(Reply::Tell(one.nick, Text::new(words.clone())));
    }
    Ok(())
}

/// `ping on` and `ping off`, said to the bot in private; the answer.
pub async fn wants_ping(
    who: &Speaker,
    said: &str,
    network: &Network,
    casemapping: Casemapping,
    now: Moment,
    work: &mut Work,
) -> Result<Option<String>, StoreError> {
    let mut words = said.split_whitespace().map(str::to_ascii_lowercase);
    let (first, second, end) = (words.next(), words.next(), words.next());
    let on = match (first.as_deref(), second.as_deref(), end) {
        (Some("ping"), Some("on"), None) => true,
        (Some("ping"), Some("off"), None) => false,
        _ => return Ok(None),
    };
    let pinged =
        Pinged { who: gather::key_of(who, casemapping), nick: Nick::new(who.nick.as_str()) };
    let tx = work.tx().await?;
    Ok(Some(
        match on {
            true => match store::seen::ping_on(tx, network, &pinged, now).await? {
                true => "You get a private word when a meeting is called.  `ping off` ends it.",
                false => "You are on the list already, or it is full.",
            },
            false => match store::seen::ping_off(tx, network, &pinged.who).await? {
                true => "No more private words when a meeting is called.",
                false => "You were not on the list.",
            },
        }
        .to_string(),
    ))
}

#[cfg(test)]
mod tests;
