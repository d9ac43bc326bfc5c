//! A line was heard: it is stored and judged in one transaction, and answered after the commit.
//!
//! Everything that arrived while the last transaction was under way goes into the next one
//! together. When the database cannot write, lines wait here in order, the channel is told once,
//! and nothing is answered as if it had been kept.

use crate::clock;
use crate::config::Config;
use crate::config::IrcNetwork;
use crate::domain::chat::answer::{MOST_IN_CHANNEL, MOST_IN_MEETING};
use crate::domain::chat::{self, About, Answer, Sparing, Wanted};
use crate::domain::meeting::replay;
use crate::domain::meeting::{Speaker, What};
use crate::domain::name::{Casemapping, Channel, Network, Nick};
use crate::domain::roster::Asker;
use crate::domain::text::Text;
use crate::domain::time::Moment;
use crate::flow::ask;
use crate::flow::gather;
use crate::flow::group::{Book, Shared};
use crate::flow::order;
use crate::flow::plan;
use crate::flow::publish;
use crate::flow::push;
use crate::flow::room::Room;
use crate::flow::seen::Seen;
pub use crate::flow::sound::{Heard, Reply, Sound};
use crate::flow::voice::{self, Posted};
use crate::flow::work::{Done, Doubt, Failed, Work};
use crate::store::{Db, StoreError};
use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc;

/// The most events that wait for a database that cannot write; when there are more, the oldest are
/// dropped and the log marks the gap.
pub const MOST_WAITING: usize = 20_000;
/// The most events taken into one transaction.
pub const MOST_TOGETHER: usize = 512;
/// How often a database that could not write is tried again, and the time of an open meeting noted.
const BEAT: Duration = Duration::from_secs(5);

/// What one IRC network's door hears, judged.
pub struct Hear {
    db: Db,
    config: Arc<Config>,
    network: IrcNetwork,
    casemapping: Casemapping,
    rooms: BTreeMap<String, Room>,
    waiting: VecDeque<Heard>,
    /// From when to when lines had to be dropped.
    dropped: Option<(Moment, Moment)>,
    in_trouble: bool,
    /// A transaction that may have been committed, and how many of those waiting it took in.
    doubt: Option<(Doubt, usize)>,
    sparing: Sparing,
    posted: Posted,
    seen: Seen,
    book: Shared,
}

impl Hear {
    /// The story of one network.
    pub fn new(db: Db, config: Arc<Config>, network: IrcNetwork) -> Hear {
        let book = Book::new(&config).shared();
        Hear {
            db,
            config,
            book,
            network,
            casemapping: Casemapping::default(),
            rooms: BTreeMap::new(),
            waiting: VecDeque::new(),
            dropped: None,
            in_trouble: false,
            doubt: None,
            sparing: Sparing::default(),
            posted: Posted::default(),
            seen: Seen::default(),
        }
    }

    /// Hears until the door has closed and all that it heard is stored.
    pub async fn run(mut self, mut heard: mpsc::Receiver<Heard>, replies: mpsc::Sender<Reply>) {
        let (mut beat, mut news) = (tokio::time::interval(BEAT), push::news());
        let mut batch = Vec::with_capacity(MOST_TOGETHER);
        loop {
            let answers = tokio::select! {
                count = heard.recv_many(&mut batch, MOST_TOGETHER) => match count {
                    0 => return self.close().await,
                    _ => self.hear(batch.drain(..)).await,
                },
                _ = beat.tick() => self.beat().await,
                Ok(()) = news.changed() => self.tick(clock::now()).await,
            };
            for answer in answers {
                // A door that is closing says nothing more, but what it heard is still stored.
                let _ = replies.send(answer).await;
            }
        }
    }

    async fn close(&mut self) {
        self.beat().await;
        if !self.waiting.is_empty() {
            tracing::error!(
                lines = self.waiting.len(),
                "lines are lost: the database could not be written until the end"
            );
        }
    }

    /// Takes in what was heard; what comes back may be said, as it rests on what is stored.
    pub async fn hear(&mut self, batch: impl IntoIterator<Item = Heard>) -> Vec<Reply> {
        for heard in batch {
            if self.waiting.len() >= MOST_WAITING
                && let Some(lost) = self.waiting.pop_front()
            {
                let from = self.dropped.map_or(lost.at, |(from, _)| from);
                self.dropped = Some((from, lost.at));
                if let Some((_, count)) = &mut self.doubt {
                    *count = count.saturating_sub(1);
                }
            }
            self.waiting.push_back(heard);
        }
        if self.in_trouble {
            return Vec::new(); // Only the beat tries again, or each line would try all of them.
        }
        self.take_in().await
    }

    /// Tries again what could not be stored, and notes until when open meetings were heard.
    pub async fn beat(&mut self) -> Vec<Reply> {
        if !self.waiting.is_empty() {
            return self.take_in().await;
        }
        let now = clock::now();
        self.seen.forget();
        let mut ticked = self.tick(now).await;
        ticked.extend(self.keep_topics(now).await);
        for room in self.rooms.values_mut() {
            if let Err(error) = room.note_told(&self.db, now).await {
                tracing::warn!(
                    error = &error as &dyn std::error::Error,
                    "that an end was told was not noted"
                );
            }
            if let Err(error) = room.note_time(&self.db).await {
                tracing::warn!(error = &error as &dyn std::error::Error, "the time was not noted");
            }
        }
        if let Err(error) = publish::unpublished(&self.db, &self.config, &self.network.name).await {
            tracing::warn!(error = &*error, "minutes wait to be published");
        }
        ticked
    }

    /// Time passes: meetings are called, and one that nobody ends asks, and ends by itself.
    pub(crate) async fn tick(&mut self, now: Moment) -> Vec<Reply> {
        let mut work = Work::new(&self.db, &self.config, &self.book);
        let rooms = self.rooms.values();
        if let Err(error) = self.seen.tell_those_here(rooms, now, &mut work).await {
            return self.failed(error.into()).await;
        }
        for room in self.rooms.values_mut() {
            if let Err(error) = pass(room, now, &mut self.posted, &mut work).await {
                return self.failed(error.into()).await;
            }
        }
        match work.commit().await {
            Ok(done) => self.finish(done).await,
            Err(failed) => self.failed(failed).await,
        }
    }

    /// Topics that name the next meeting go on naming it: a date was changed, or time has passed.
    async fn keep_topics(&mut self, now: Moment) -> Vec<Reply> {
        if !self.config.meeting.set_topic || !self.rooms.values().any(Room::names_next) {
            return Vec::new();
        }
        let mut work = Work::new(&self.db, &self.config, &self.book);
        let mut book = self.book.lock().await;
        let group = match book.refresh(&self.db).await {
            Ok(group) => group,
            Err(error) => {
                tracing::warn!(error = &error as &dyn std::error::Error, "the topic waits");
                return Vec::new();
            }
        };
        for room in self.rooms.values_mut().filter(|room| room.names_next()) {
            room.keep_topic(&group.schedule, now, &mut work);
        }
        work.commit().await.map_or_else(|_| Vec::new(), |done| done.replies)
    }

    /// A transaction failed: memory never runs ahead of the disk, it is rebuilt from there.
    async fn failed(&mut self, failed: Failed) -> Vec<Reply> {
        self.rooms.values_mut().for_each(Room::forget);
        self.book.lock().await.forget();
        self.posted.forget();
        self.seen.forget();
        self.doubt = failed.doubt.map(|doubt| (doubt, self.waiting.len()));
        self.troubled(&failed.error)
    }

    async fn take_in(&mut self) -> Vec<Reply> {
        let mut replies = match self.resolve_doubt().await {
            Ok(replies) => replies,
            Err(error) => return self.troubled(&error),
        };
        let batch = std::mem::take(&mut self.waiting);
        if batch.is_empty() {
            replies.extend(self.recovered());
            return replies;
        }
        match self.transact(&batch).await {
            Ok(done) => {
                self.dropped = None;
                self.rooms.values_mut().for_each(Room::settle);
                replies.extend(self.recovered());
                replies.extend(self.finish(done).await);
                replies
            }
            Err(failed) => {
                self.waiting = batch;
                replies.extend(self.failed(failed).await);
                replies
            }
        }
    }

    /// A server that was lost during a commit may have stored the batch: it is not taken in twice.
    async fn resolve_doubt(&mut self) -> Result<Vec<Reply>, StoreError> {
        let Some((doubt, count)) = self.doubt.take() else { return Ok(Vec::new()) };
        match doubt.was_committed(&self.db).await {
            Ok(true) => {
                self.waiting.drain(..count.min(self.waiting.len()));
                self.dropped = None;
                Ok(self.finish(doubt.done).await)
            }
            Ok(false) => Ok(Vec::new()),
            Err(error) => {
                self.doubt = Some((doubt, count));
                Err(error)
            }
        }
    }

    async fn transact(&mut self, batch: &VecDeque<Heard>) -> Result<Done, Failed> {
        let mut work = Work::new(&self.db, &self.config, &self.book);
        if let Some((from, to)) = self.dropped {
            for room in self.rooms.values_mut() {
                room.load(&self.db).await?;
                room.happened(to, to, What::Gap { from, to }, &mut work).await?;
            }
        }
        for heard in batch {
            self.one(heard, &mut work).await?;
        }
        work.commit().await
    }

    /// What a commit leaves to do: files, and what may be said now.
    async fn finish(&mut self, done: Done) -> Vec<Reply> {
        let mut replies = done.replies;
        if done.keeps_word {
            self.seen.forget();
        }
        for (row, meeting) in done.to_publish {
            if let Err(error) = publish::publish(&self.db, &self.config, &row, &meeting).await {
                tracing::error!(
                    error = &*error,
                    slug = row.slug,
                    "minutes were not written; they will be"
                );
            }
        }
        for slug in done.withdrawn {
            if let Err(error) = publish::withdraw(&self.db, &self.config, &slug).await {
                tracing::error!(error = &*error, slug, "saved minutes were not removed");
            }
        }
        if done.redacted
            && let Err(error) = self.db.scrub().await
        {
            tracing::error!(
                error = &error as &dyn std::error::Error,
                "redacted words may still be in unused pages of the database"
            );
            let words = "Redacted; the database could not be swept yet.";
            replies.extend(
                self.rooms
                    .values()
                    .filter(|room| room.is_meeting())
                    .map(|room| Reply::Say(room.channel.clone(), Text::new(words))),
            );
        }
        replies
    }

    async fn one(&mut self, heard: &Heard, work: &mut Work) -> Result<(), StoreError> {
        self.seen.see(heard, self.casemapping, work).await?;
        match &heard.sound {
            Sound::Alive(channels) => {
                for channel in channels {
                    room_of(&mut self.rooms, &self.network.name, self.casemapping, channel)
                        .heard_at = heard.heard_at;
                }
                Ok(())
            }
            Sound::Posted(key) => voice::taken(key, heard.heard_at, work).await,
            Sound::Private(who, text) => {
                let said = text.as_untrusted();
                let (network, fold) = (&self.network.name, self.casemapping);
                let order = order::private(who, said, network, fold, heard.at, work).await?;
                let wanted = match order {
                    Some(Ok(done)) => Wanted::Sentence(done),
                    _ if !self.sparing.admits(&who.nick, heard.heard_at) => return Ok(()),
                    Some(Err(refusal)) => Wanted::Sentence(refusal),
                    None => chat::in_private(&self.about(None), said),
                };
                let answer = self.answer(wanted, Some(who), heard, work).await?;
                tell(&who.nick, &answer, work);
                Ok(())
            }
            Sound::Back { channel, members, topic, lost_at, casemapping, accounts, bot } => {
                self.casemapping = *casemapping;
                let room = room_of(&mut self.rooms, &self.network.name, self.casemapping, channel);
                room.presence.bot = Some(bot.clone());
                room.presence.casemapping = *casemapping;
                room.presence.accounts = *accounts;
                room.presence.topic = Some(topic.clone());
                room.presence.set_people(members);
                self.posted.forget_in(room);
                room.load(&self.db).await?;
                room.back(heard, *lost_at, work).await
            }
            Sound::Channel(channel, what) => self.in_channel(heard, channel, what, work).await,
        }
    }

    async fn in_channel(
        &mut self,
        heard: &Heard,
        channel: &Channel,
        what: &What,
        work: &mut Work,
    ) -> Result<(), StoreError> {
        let room = room_of(&mut self.rooms, &self.network.name, self.casemapping, channel);
        room.presence.apply(what);
        room.load(&self.db).await?;
        if room.is_meeting() {
            room.heard_at = heard.heard_at;
            room.happened(heard.at, heard.heard_at, what.clone(), work).await?;
            if !room.is_meeting() {
                return Ok(()); // This line ended it, and has its answer.
            }
        } else if replay::is_reopening(what) {
            return room.reopen(heard.event(what.clone()), work).await;
        } else if replay::is_start(what) {
            return room.start(&self.config, &self.network, heard.event(what.clone()), work).await;
        } else if let Some((who, asked, words)) = plan::asked(what) {
            let sparing = &mut self.sparing;
            return plan::outside(room, who, asked, words, heard.at, sparing, work).await;
        }
        if !room.is_meeting() && gather::hear(room, what, heard.at, &mut self.sparing, work).await?
        {
            return Ok(());
        }
        let What::Said { who, manner: crate::domain::meeting::Manner::Say, text } = what else {
            return Ok(());
        };
        let about = self.about(Some(channel));
        let room = room_of(&mut self.rooms, &self.network.name, self.casemapping, channel);
        let is_meeting = room.is_meeting();
        let words = text.as_untrusted();
        let wanted = match is_meeting {
            true => chat::addressed(&about, words).map(Wanted::Answer),
            false => chat::in_channel(&about, channel, words),
        };
        let Some(wanted) = wanted else { return Ok(()) };
        if !self.sparing.admits(&who.nick, heard.heard_at) {
            return Ok(());
        }
        let is_for_all = matches!(wanted, Wanted::Answer(_)) && !room.is_quiet();
        let answer = self.answer(wanted, None, heard, work).await?;
        let room = room_of(&mut self.rooms, &self.network.name, self.casemapping, channel);
        if is_for_all && is_meeting && answer.fits(MOST_IN_MEETING) {
            answer.told().into_iter().for_each(|line| room.say(heard, Text::new(line), work));
        } else if is_for_all && !is_meeting && answer.fits(MOST_IN_CHANNEL) {
            let say = |line| Reply::Say(channel.clone(), Text::new(line));
            answer.told().into_iter().map(say).for_each(|reply| work.reply(reply));
        } else {
            tell(&who.nick, &answer, work);
        }
        Ok(())
    }

    /// The answer to what somebody wants to know. Who asks in private is named: members may read
    /// more there than everybody may in a channel.
    async fn answer(
        &self,
        wanted: Wanted,
        who: Option<&Speaker>,
        heard: &Heard,
        work: &mut Work,
    ) -> Result<Answer, StoreError> {
        let asked = match wanted {
            Wanted::Sentence(sentence) => return Ok(Answer::line(sentence)),
            Wanted::Answer(asked) => asked,
        };
        let mut book = self.book.lock().await;
        let group = book.refresh(work.reader()).await?;
        // A nick proves nothing to whom what is for members only may be told.
        let proved = who.and_then(|who| who.login.account());
        let is_member = proved.is_some_and(|account| {
            let asker = Asker::Account(account.clone());
            group.roster.standing(&asker, self.casemapping, heard.at.date()).is_member()
        });
        let asking = ask::Asking { config: &self.config, group, now: heard.at, is_member };
        asking.answer(&self.db, &asked).await
    }

    fn about(&self, channel: Option<&Channel>) -> About {
        let room = channel.and_then(|c| self.rooms.get(&self.casemapping.fold(c.as_str())));
        About {
            bot: room.and_then(|room| room.presence.bot.clone()),
            casemapping: self.casemapping,
            channels: self.network.channels.clone(),
        }
    }

    /// The first trouble of a row is told in the channels where a meeting may be on, once.
    fn troubled(&mut self, error: &StoreError) -> Vec<Reply> {
        tracing::error!(
            error = error as &dyn std::error::Error,
            waiting = self.waiting.len(),
            "lines could not be stored"
        );
        if std::mem::replace(&mut self.in_trouble, true) {
            return Vec::new();
        }
        let words = "The log cannot be written at the moment.  Lines are kept in memory; commands are answered when they are stored.";
        let told = self.rooms.values().filter(|room| room.was_meeting());
        told.map(|room| Reply::Say(room.channel.clone(), Text::new(words))).collect()
    }

    fn recovered(&mut self) -> Vec<Reply> {
        if !std::mem::replace(&mut self.in_trouble, false) {
            return Vec::new();
        }
        tracing::info!(at = clock::now().rfc3339(), "lines are stored again");
        let words = "The log is written again; what waited is in it.";
        let told = self.rooms.values().filter(|room| room.is_meeting());
        told.map(|room| Reply::Say(room.channel.clone(), Text::new(words))).collect()
    }
}

/// Tells an answer to one person.
fn tell(nick: &Nick, answer: &Answer, work: &mut Work) {
    let told = answer.told().into_iter().map(Text::new);
    told.for_each(|line| work.reply(Reply::Tell(nick.clone(), line)));
}

/// Time passes in a room.
async fn pass(
    room: &mut Room,
    now: Moment,
    posted: &mut Posted,
    work: &mut Work,
) -> Result<(), StoreError> {
    if room.was_entered() {
        voice::attend(posted, room, now, work).await?;
    }
    if room.wants_tick(now) {
        room.happened(now, now, What::Tick, work).await?;
    }
    Ok(())
}

fn room_of<'a>(
    rooms: &'a mut BTreeMap<String, Room>,
    network: &Network,
    casemapping: Casemapping,
    channel: &Channel,
) -> &'a mut Room {
    let folded = casemapping.fold(channel.as_str());
    let new = || Room::new(network.clone(), channel.clone(), folded.clone());
    rooms.entry(folded.clone()).or_insert_with(new)
}
