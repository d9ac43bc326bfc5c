//! Before a meeting: who signs in or sends regrets in its channel, and what waits to be talked
//! about. It is kept until the meeting is started, which takes it over.

use crate::domain::chat::Sparing;
use crate::domain::meeting::command::{self, Form, Verb};
use crate::domain::meeting::greeting::{self, Greeting};
use crate::domain::meeting::{Before, Login, Manner, Meeting, SignIn, Speaker, What};
use crate::domain::name::{Casemapping, Nick};
use crate::domain::schedule::reminder::{self, Held};
use crate::domain::schedule::{Schedule, Slot, say};
use crate::domain::text::{self, Text};
use crate::domain::time::{DAY, Moment};
use crate::flow::room::Room;
use crate::flow::sound::Reply;
use crate::flow::work::Work;
use crate::store::gather::{self, Word};
use crate::store::meeting::MeetingRow;
use crate::store::{self, StoreError};

/// The longest topic that is kept, in bytes.
const MOST_TOPIC_BYTES: usize = 300;

/// Keeps a word before a meeting, and answers it if the speaker may be answered now; whether the
/// line was one.
pub async fn hear(
    room: &Room,
    what: &What,
    at: Moment,
    sparing: &mut Sparing,
    work: &mut Work,
) -> Result<bool, StoreError> {
    let What::Said { who, manner: Manner::Say, text } = what else { return Ok(false) };
    let said = text::clean(text.as_untrusted());
    let answer = match (agenda_word(&said), greeting::read(&said)) {
        (Some(words), _) => Some(agenda(room, who, words, at, work).await?),
        (None, Some(greeting)) => match slot_of(room, at, work).await? {
            Some(slot) => greet(room, who, greeting, &slot, at, work).await?,
            None => return Ok(false),
        },
        (None, None) => return Ok(false),
    };
    if let Some(words) = answer.filter(|_| sparing.admits(&who.nick, at)) {
        work.reply(Reply::Tell(who.nick.clone(), Text::new(words)));
    }
    Ok(true)
}

/// What stands after `#agenda+` (a topic) or `#agenda` (nothing).
fn agenda_word(said: &str) -> Option<&str> {
    match command::read(said) {
        Form::Command(word, words) if word.verb == Verb::AgendaAdd => Some(words),
        Form::Command(word, _) if word.verb == Verb::Agenda => Some(""),
        _ => None,
    }
}

/// Puts a topic on the agenda, or tells it where there is none; the answer.
async fn agenda(
    room: &Room,
    who: &Speaker,
    topic: &str,
    at: Moment,
    work: &mut Work,
) -> Result<String, StoreError> {
    let (network, folded) = room.address();
    if topic.is_empty() {
        let topics = gather::topics(work.reader(), network, folded).await?;
        return Ok(reminder::agenda(&topics).unwrap_or_else(|| {
            "Nothing is on the agenda of the next meeting.  Add to it with #agenda+ TEXT.".into()
        }));
    }
    if topic.len() > MOST_TOPIC_BYTES {
        return Ok(format!("A topic has {MOST_TOPIC_BYTES} bytes at most."));
    }
    let text = Text::new(topic);
    let is_kept =
        gather::add_topic(work.tx().await?, network, folded, &text, &who.nick, at).await?;
    if !is_kept {
        return Ok(format!(
            "That is on the agenda already, or it is full: {} topics wait at most, {} of one person.",
            gather::MOST_TOPICS,
            gather::MOST_TOPICS_OF_ONE
        ));
    }
    let next = next_in(room, at, work).await?;
    let next = next.map_or(String::new(), |slot| format!(", {}", say::moment(slot.start)));
    Ok(format!("On the agenda of the next meeting{next}: {topic}"))
}

async fn greet(
    room: &Room,
    who: &Speaker,
    greeting: Greeting<'_>,
    slot: &Slot,
    at: Moment,
    work: &mut Work,
) -> Result<Option<String>, StoreError> {
    let key = key_of(who, room.presence.casemapping);
    let is_first = !gather::is_known(work.tx().await?, &slot.id, &key).await?;
    let (regrets, given) = match greeting {
        Greeting::Here(name) => (false, name),
        Greeting::Regrets(names) => (true, names),
    };
    let names: Vec<&str> = match regrets {
        true => given.split(',').map(str::trim).filter(|name| !name.is_empty()).collect(),
        false => Some(given).filter(|name| !name.is_empty()).into_iter().collect(),
    };
    let names = if names.is_empty() { vec![""] } else { names };
    for name in &names {
        let name = (!name.is_empty()).then(|| Text::from(*name));
        let word = Word { regrets, sign_in: SignIn { who: who.clone(), at, name } };
        gather::sign_in(work.tx().await?, &slot.id, &key, &word).await?;
    }
    Ok(is_first.then(|| reminder::noted(slot, regrets, at)))
}

/// The same person over several lines, as far as the network can tell.
pub fn key_of(who: &Speaker, casemapping: Casemapping) -> String {
    match &who.login {
        Login::As(account) => format!("a:{}", casemapping.fold(account.as_str())),
        _ => format!("n:{}", casemapping.fold(who.nick.as_str())),
    }
}

/// The meeting that gathers in the room now: it is due or soon will be, and was not held yet.
async fn slot_of(room: &Room, at: Moment, work: &mut Work) -> Result<Option<Slot>, StoreError> {
    let book = work.book();
    let mut book = book.lock().await;
    let schedule = &book.refresh(work.reader()).await?.schedule;
    let Some(slot) = reminder::gathering(schedule, &room.place(), at) else { return Ok(None) };
    let held = held_in(room, slot.start.plus(-DAY), work).await?;
    let slots = [slot];
    let is_held = held.iter().any(|one| reminder::is_of(&slots[0], &slots, one));
    let [slot] = slots;
    Ok((!is_held).then_some(slot))
}

async fn next_in(room: &Room, at: Moment, work: &mut Work) -> Result<Option<Slot>, StoreError> {
    let book = work.book();
    let mut book = book.lock().await;
    let schedule = &book.refresh(work.reader()).await?.schedule;
    let place = room.place();
    let Some(channel) = &place.channel else { return Ok(None) };
    Ok(schedule.in_channel(place.network.as_ref(), channel, at).next)
}

/// What was held in the room since then, and what is on.
pub async fn held_in(room: &Room, since: Moment, work: &mut Work) -> Result<Vec<Held>, StoreError> {
    let (network, folded) = room.address();
    let rows = store::meeting::since(work.reader(), network, folded, since).await?;
    let held = rows.into_iter().map(|row| {
        let open = if row.is_open() { room.meeting() } else { None };
        let name = open.map_or(row.name.as_ref(), |meeting| meeting.name.as_ref());
        let by = open.and_then(|meeting| Some(meeting.people.one(meeting.owner?).nick.clone()));
        Held {
            name: name.map_or(String::new(), |name| name.as_untrusted().to_string()),
            by: by.unwrap_or_else(|| Nick::new("")),
            since: row.started_at,
            until: row.ended_at.or(row.aborted_at),
        }
    });
    Ok(held.collect())
}

/// What a meeting takes over that is started in the room now, under that name or none.
pub async fn before(
    room: &Room,
    name: &str,
    at: Moment,
    work: &mut Work,
) -> Result<Before, StoreError> {
    let book = work.book();
    let mut book = book.lock().await;
    let schedule = &book.refresh(work.reader()).await?.schedule;
    let place = room.place();
    let slots = reminder::around(schedule, &place, at);
    let held = Held { name: name.to_string(), by: Nick::new(""), since: at, until: None };
    let slot = slots.iter().find(|slot| reminder::is_of(slot, &slots, &held));
    if slot.is_none() && schedule_has(schedule, room) && !name.is_empty() {
        return Ok(Before::default()); // Another group's: what waits here is not for it.
    }
    let (network, folded) = room.address();
    let agenda = gather::topics(work.tx().await?, network, folded).await?;
    gather::take_topics(work.tx().await?, network, folded).await?;
    let Some(slot) = slot else { return Ok(Before { agenda, ..Before::default() }) };
    let words = gather::words(work.tx().await?, &slot.id).await?;
    let (regrets, here): (Vec<Word>, Vec<Word>) = words.into_iter().partition(|one| one.regrets);
    let named = |word: Word| {
        word.sign_in.name.unwrap_or_else(|| Text::from(word.sign_in.who.nick.as_str()))
    };
    Ok(Before {
        scheduled: Some(slot.name.clone()),
        until: Some(slot.end),
        signed_in: here.into_iter().map(|word| word.sign_in).collect(),
        regrets: regrets.into_iter().map(named).collect(),
        agenda,
    })
}

fn schedule_has(schedule: &Schedule, room: &Room) -> bool {
    let (network, _) = room.address();
    schedule.entries().iter().any(|entry| entry.is_in(Some(network), &room.channel))
}

/// What a meeting that ends did not come to waits for the next one.
pub async fn put_back(
    row: &MeetingRow,
    meeting: &Meeting,
    at: Moment,
    work: &mut Work,
) -> Result<(), StoreError> {
    for topic in meeting.unreached() {
        let (network, channel) = (&row.network, row.channel_folded.as_str());
        gather::add_topic(work.tx().await?, network, channel, topic, &Nick::new(""), at).await?;
    }
    Ok(())
}
