//! Dates of the schedule change: by a line in a channel, in a meeting, at the command line. What
//! follows from it, and what the end of a meeting says about the next one.
//!
//! What is asked and whether it may be is the domain's business ([`crate::domain::group`]).

use crate::config::Config;
use crate::domain::group::{By, Change, Circumstances, Entry, Group, Via};
use crate::domain::list::dates;
use crate::domain::meeting::command::{self, Form};
use crate::domain::meeting::ledger::{Next, Request};
use crate::domain::meeting::{Manner, Meeting, Speaker, What, reply};
use crate::domain::roster::Asker;
use crate::domain::schedule::{Asked, Place, holiday, say};
use crate::domain::text::{self, Text};
use crate::domain::time::Moment;
use crate::flow::room::Room;
use crate::flow::sound::Reply;
use crate::flow::work::Work;
use crate::store::{self, StoreError, Tx};

/// Who asks what of the schedule in a line, and the command's own words.
pub fn asked(what: &What) -> Option<(&Speaker, Asked, String)> {
    let What::Said { who, manner: Manner::Say, text } = what else { return None };
    let words = text::clean(text.as_untrusted());
    match command::read(&words) {
        Form::Command(word, words) => Some((who, command::asked(word.verb)?, words.to_string())),
        _ => None,
    }
}

/// Answers who asks something of the schedule in a channel while no meeting is on there.
pub async fn outside(
    room: &Room,
    who: &Speaker,
    asked: Asked,
    words: String,
    now: Moment,
    work: &mut Work,
) -> Result<(), StoreError> {
    let request = Request { asked, words, place: room.place() };
    let book = work.book();
    let mut book = book.lock().await;
    if request.is_question() {
        let group = book.refresh(work.tx().await?).await?;
        let words = say::when(&group.schedule, now);
        work.reply(Reply::Say(room.channel.clone(), Text::new(words)));
        return Ok(());
    }
    book.lock(work.tx().await?).await?;
    let casemapping = room.presence.casemapping;
    let given = Circumstances { now, casemapping, next_meeting: None };
    let (asker, nick) = (Asker::from(who), who.nick.as_str());
    let (change, sentence) = match book.group().plan(&asker, nick, &request, given) {
        Ok(planned) => planned,
        Err(refusal) => {
            work.reply(Reply::Tell(who.nick.clone(), Text::new(refusal)));
            return Ok(());
        }
    };
    let by = By {
        name: who.nick.clone(),
        account: who.login.account().cloned(),
        via: Via::Irc,
        meeting: None,
    };
    let change = Change::Schedule(change);
    if let Some(entry) = book.change(work.tx().await?, None, now, &by, &change).await? {
        tell_list(&entry, &sentence, book.group(), work).await?;
    }
    work.reply(Reply::Say(room.channel.clone(), Text::new(sentence)));
    Ok(())
}

/// Tells the list of a date that was changed, where there is a list and a way for mail to leave.
pub async fn tell_list(
    entry: &Entry,
    sentence: &str,
    group: &Group,
    work: &mut Work,
) -> Result<(), StoreError> {
    let config = work.config();
    if write_letter(entry, sentence, group, &config, work.tx().await?).await? {
        work.mailed();
    }
    Ok(())
}

/// The same in a transaction of its own; whether a letter was written.
pub async fn write_letter(
    entry: &Entry,
    sentence: &str,
    group: &Group,
    config: &Config,
    tx: &mut Tx,
) -> Result<bool, StoreError> {
    let pages = config.web.as_ref().map(|web| web.url.as_str());
    let letter = config.letters().and_then(|l| dates::letter(entry, sentence, group, pages, &l));
    match letter {
        Some(letter) => store::outbox::add(tx, &letter, entry.at).await,
        None => Ok(false),
    }
}

/// Where a meeting is held.
pub fn place(meeting: &Meeting) -> Place {
    Place { network: meeting.settings.network.clone(), channel: meeting.settings.channel.clone() }
}

/// What the end of a meeting says about the time after it.
#[derive(Default)]
pub struct After {
    /// The next meeting.
    pub next: Option<Next>,
    /// How to have one in an unusually long pause.
    pub offer: Option<String>,
    /// What the chairs are asked about the next date; each date once.
    pub question: Option<String>,
}

/// What is to be said about the next meeting when one ends.
pub async fn after(meeting: &Meeting, now: Moment, work: &mut Work) -> Result<After, StoreError> {
    let book = work.book();
    let mut book = book.lock().await;
    book.refresh(work.tx().await?).await?;
    let schedule = &book.group().schedule;
    let Some(slot) = schedule.next_for(&place(meeting), meeting.started_at, now) else {
        return Ok(After::default());
    };
    let next = Next { start: slot.start, text: Text::new(say::next(schedule, &slot)) };
    let offer = say::offer(schedule, &slot);
    let question = holiday::question(&slot, &reply::chairs(meeting));
    let key = format!("ask:{}", slot.id);
    let is_new = question.is_some() && store::duty::want(work.tx().await?, &key, now).await?;
    if is_new {
        // It is a line of the meeting's log, which is said again where it may not have been heard.
        store::duty::said(work.tx().await?, &key, now).await?;
    }
    Ok(After { next: Some(next), offer, question: question.filter(|_| is_new) })
}
