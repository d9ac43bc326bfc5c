//! A meeting that is on: its row in the store, the machine in memory, and what its effects do.
//!
//! The channel around it, and whether a meeting is on there at all, is [`crate::flow::room`]'s.

use crate::domain::meeting::{Effect, Event, Fact, Manner, Meeting, What};
use crate::domain::text::Text;
use crate::domain::time::Moment;
use crate::flow::door;
use crate::flow::gather;
use crate::flow::ledger;
use crate::flow::mail;
use crate::flow::plan;
use crate::flow::promise;
use crate::flow::push;
use crate::flow::redact;
use crate::flow::sound::Reply;
use crate::flow::work::Work;
use crate::store::meeting::MeetingRow;
use crate::store::{self, StoreError};
use std::collections::VecDeque;

/// A meeting that is on.
pub struct Live {
    /// Its row.
    pub row: MeetingRow,
    /// What replaying its log gives.
    pub meeting: Meeting,
    /// Whether it came from the disk and its gap is not yet marked.
    pub resumed: bool,
}

impl Live {
    /// Something happened: it becomes a row, and its effects are carried out. The channel topics
    /// that are to be set come back: they are set last.
    pub async fn happened(
        &mut self,
        at: Moment,
        heard_at: Moment,
        what: What,
        work: &mut Work,
    ) -> Result<Vec<Text>, StoreError> {
        let mut effects = VecDeque::from(self.record(Event { at, heard_at, what }, work));
        let mut topics = Vec::new();
        while let Some(effect) = effects.pop_front() {
            match effect {
                Effect::Ledger(wish) => {
                    match ledger::answer(&wish, &self.meeting, &self.row.slug, at, work).await? {
                        Ok(fact) => {
                            let what = What::Ledger(Box::new(fact));
                            effects.extend(self.record(Event { at, heard_at, what }, work));
                        }
                        Err(refusal) => effects.push_front(wish.refusal(&refusal)),
                    }
                }
                Effect::Say(text) => self.say(at, heard_at, text, work),
                Effect::Tell(nick, text) => work.reply(Reply::Tell(nick, text)),
                Effect::SetTopic(text) => topics.push(text),
                Effect::Save => work.publish(&self.row, &self.meeting),
                Effect::Restrict => {
                    store::meeting::restrict(work.tx().await?, self.row.id, at).await?;
                    work.publish(&self.row, &self.meeting); // Files that #save wrote were for everybody.
                }
                Effect::Redact(rows) => {
                    if let Some(left) = redact::rows(&self.row, &self.meeting, &rows, work).await? {
                        self.meeting = left;
                    }
                    work.publish(&self.row, &self.meeting); // Files that #save wrote may hold the words.
                }
                Effect::Publish => self.close(at, heard_at, work).await?,
                Effect::Abort => {
                    store::meeting::abort(work.tx().await?, self.row.id, at).await?;
                    work.withdraw(&self.row.slug);
                }
                Effect::Reopen => {
                    store::meeting::reopen(work.tx().await?, self.row.id).await?;
                    self.row.ended_at = None;
                }
            }
        }
        Ok(topics)
    }

    /// The meeting has ended: what it leaves is entered, those who were away are written to, the
    /// list gets the minutes, and the channel is told where they are and when the next one is.
    async fn close(
        &mut self,
        at: Moment,
        heard_at: Moment,
        work: &mut Work,
    ) -> Result<(), StoreError> {
        let over = self.meeting.ended_at.unwrap_or(at);
        let name = self.meeting.name.as_ref();
        store::meeting::end(work.tx().await?, self.row.id, over, name).await?;
        ledger::harvest(&self.meeting, &self.row.slug, at, work).await?;
        promise::tell(&self.meeting, &self.row.slug, work).await?;
        gather::put_back(&self.row, &self.meeting, at, work).await?;
        let after = plan::after(&self.meeting, at, work).await?;
        if let Some(door) = door::counts(&self.row, over, work).await? {
            let what = What::Ledger(Box::new(Fact::Door(door)));
            self.record(Event { at, heard_at, what }, work);
        }
        let lines = push::minutes::since_the_last(&self.row, over, work).await?;
        if !lines.is_empty() {
            let what = What::Ledger(Box::new(Fact::Pushed { lines }));
            self.record(Event { at, heard_at, what }, work);
        }
        if let Some(next) = after.next {
            let what = What::Ledger(Box::new(Fact::Next(next)));
            self.record(Event { at, heard_at, what }, work);
        }
        if let Some(question) = after.question {
            self.say(at, heard_at, Text::new(question), work);
        }
        let mailed = mail::minutes(work, &self.row, &self.meeting).await?;
        if let Some(words) = where_minutes_are(&self.meeting, mailed, after.offer) {
            self.say(at, heard_at, Text::new(words), work);
        }
        work.publish(&self.row, &self.meeting);
        Ok(())
    }

    /// Applies an event; it will be stored with the transaction under way.
    fn record(&mut self, event: Event, work: &mut Work) -> Vec<Effect> {
        let effects = self.meeting.apply(&event);
        let seq = u32::try_from(self.meeting.rows()).unwrap_or(u32::MAX);
        work.row(self.row.id, seq, event);
        effects
    }

    /// The bot's own line is a row too: replay does not say it again.
    pub fn say(&mut self, at: Moment, heard_at: Moment, text: Text, work: &mut Work) {
        let what = What::Own { manner: Manner::Say, text: text.clone() };
        self.record(Event { at, heard_at, what }, work);
        work.reply(Reply::Say(self.row.channel.clone(), text));
    }
}

/// `Minutes: URL  Log: URL/log  Mailed to LIST.  Next: Tue 2018-11-27 15:00 UTC (W48).`, as far as
/// that is so.
fn where_minutes_are(
    meeting: &Meeting,
    mailed_to: Option<String>,
    offer: Option<String>,
) -> Option<String> {
    let page = meeting.settings.page.as_ref();
    let pages = page.map(|page| format!("Minutes: {page}  Log: {page}/log"));
    let mailed = mailed_to.map(|list| format!("Mailed to {list}."));
    let next = meeting.next.as_ref().map(|next| format!("Next: {}.", next.text.as_untrusted()));
    let parts: Vec<String> = pages.into_iter().chain(mailed).chain(next).chain(offer).collect();
    (!parts.is_empty()).then(|| parts.join("  "))
}
