//! A channel and the meeting that may be on in it: opened, resumed after a gap, gone on with, ended.
//!
//! The meeting in memory is rebuilt from the stored log whenever it is not known to be the same.

use crate::config::{Config, IrcNetwork, MayStart};
use crate::domain::meeting::presence::Presence;
use crate::domain::meeting::replay;
use crate::domain::meeting::{Before, Event, Login, Meeting, Settings, Speaker, State, What};
use crate::domain::name::{Channel, Network};
use crate::domain::roster::Member;
use crate::domain::schedule::{Place, Schedule, topic};
use crate::domain::text::Text;
use crate::domain::time::{Moment, SECOND};
use crate::flow::gather;
use crate::flow::ledger;
use crate::flow::live::Live;
use crate::flow::publish;
use crate::flow::sound::{Heard, Reply};
use crate::flow::work::Work;
use crate::store::meeting::{MeetingId, MeetingRow, NewMeeting};
use crate::store::{self, Db, StoreError};

/// One channel.
pub struct Room {
    /// Its name as the network gives it.
    pub channel: Channel,
    /// Who is here.
    pub presence: Presence,
    /// The last moment something was heard here while a meeting was on.
    pub heard_at: Moment,
    folded: String,
    network: Network,
    known: Known,
    /// The meeting whose end the channel is being told, and when it ended.
    untold: Option<(MeetingId, Moment)>,
    /// The topic before the transaction under way set another.
    topic_before: Option<Option<Text>>,
}

/// How long after its end the channel counts as told of it.
const TOLD_AFTER: i64 = 10 * SECOND;

/// What is known of the meeting in a room.
enum Known {
    /// Nothing; whether one was on when it was forgotten.
    No { was_on: bool },
    /// That none is on.
    Idle,
    /// That this one is on.
    On(Box<Live>),
}

impl Room {
    /// A channel of which nothing is known.
    pub fn new(network: Network, channel: Channel, folded: String) -> Room {
        Room {
            channel,
            presence: Presence::default(),
            heard_at: Moment::from_micros(0),
            folded,
            network,
            known: Known::No { was_on: false },
            untold: None,
            topic_before: None,
        }
    }

    /// Whether a meeting is on.
    pub fn is_meeting(&self) -> bool {
        matches!(self.known, Known::On(_))
    }

    /// Whether a meeting is on whose chair made the bot quiet.
    pub fn is_quiet(&self) -> bool {
        matches!(&self.known, Known::On(live) if live.meeting.is_lurking())
    }

    /// Whether a meeting was on when memory was last thrown away.
    pub fn was_meeting(&self) -> bool {
        matches!(self.known, Known::On(_) | Known::No { was_on: true })
    }

    /// Throws away what memory knows of the meeting, and what a failed transaction changed.
    pub fn forget(&mut self) {
        if let Some(topic) = self.topic_before.take() {
            self.presence.topic = topic;
        }
        self.known = Known::No { was_on: self.was_meeting() };
    }

    /// Looks for an open meeting in the store, where that is not known.
    pub async fn load(&mut self, db: &Db) -> Result<(), StoreError> {
        if !matches!(self.known, Known::No { .. }) {
            return Ok(());
        }
        self.known = match store::meeting::open_in(db, &self.network, &self.folded).await? {
            Some(row) => match publish::stored(db, &row).await? {
                Some(meeting) => Known::On(Box::new(Live { row, meeting, resumed: true })),
                None => Known::Idle,
            },
            None => Known::Idle,
        };
        Ok(())
    }

    /// The bot is in the channel again: what was not heard is marked and said.
    pub async fn back(
        &mut self,
        heard: &Heard,
        lost_at: Option<Moment>,
        work: &mut Work,
    ) -> Result<(), StoreError> {
        let Known::On(live) = &mut self.known else { return self.end_again(work).await };
        let last_line = live.meeting.log.last().map(|line| line.at);
        let stored = last_line.max(Some(live.row.heard_until));
        let was_resumed = std::mem::replace(&mut live.resumed, false);
        let from = if was_resumed { lost_at.max(stored) } else { lost_at };
        let members = What::Members(self.presence.people());
        if let Some(from) = from.map(|from| from.min(heard.at)) {
            let to = heard.at;
            self.happened(to, heard.heard_at, What::Gap { from, to }, work).await?;
            self.happened(to, heard.heard_at, members, work).await?;
            let words = format!(
                "Back.  Not heard between {} and {} UTC; the log marks the gap.",
                from.clock(),
                to.clock()
            );
            self.say(heard, Text::new(words), work);
            return Ok(());
        }
        self.happened(heard.at, heard.heard_at, members, work).await
    }

    /// Opens a meeting, or says privately why not and who can.
    pub async fn start(
        &mut self,
        config: &Config,
        network: &IrcNetwork,
        event: Event,
        work: &mut Work,
    ) -> Result<(), StoreError> {
        let What::Said { who, .. } = &event.what else { return Ok(()) };
        let members = ledger::members(event.at.date(), work).await?;
        if let Some(refusal) = refuse_start(config, &members, &self.presence, who) {
            work.reply(Reply::Tell(who.nick.clone(), Text::new(refusal)));
            return Ok(());
        }
        let new = NewMeeting {
            network: network.name.clone(),
            channel: self.channel.clone(),
            channel_folded: self.folded.clone(),
            started_at: event.at,
            owner: who.clone(),
        };
        let Some(row) = store::meeting::insert(work.tx().await?, &new).await? else {
            self.forget(); // Another node has just opened one here.
            return Ok(());
        };
        let name = replay::name_at_start(&event.what);
        let before = gather::before(self, &name, event.at, work).await?;
        let settings = Settings { before, ..self.settings(config, network, members, &row) };
        let meeting = Meeting::new(settings.clone());
        let (at, heard_at) = (event.at, event.heard_at);
        self.known = Known::On(Box::new(Live { row, meeting, resumed: false }));
        self.happened(at, heard_at, What::Opened(Box::new(settings)), work).await?;
        let members = What::Members(self.presence.people());
        self.happened(at, heard_at, members, work).await?;
        self.happened(at, heard_at, event.what, work).await?;
        match ledger::carried(at, work).await? {
            Some(fact) => self.happened(at, heard_at, What::Ledger(Box::new(fact)), work).await,
            None => Ok(()),
        }
    }

    /// Goes on with the last meeting, if it ended by itself and a chair asks for it.
    pub async fn reopen(&mut self, event: Event, work: &mut Work) -> Result<(), StoreError> {
        let latest = store::meeting::latest(work.tx().await?, &self.network, &self.folded).await?;
        let Some(row) = latest else { return Ok(()) };
        let meeting = publish::stored(work.tx().await?, &row).await?;
        let Some(meeting) = meeting.filter(|meeting| meeting.ended_by_itself().is_some()) else {
            return Ok(());
        };
        self.known = Known::On(Box::new(Live { row, meeting, resumed: false }));
        self.untold = None;
        self.happened(event.at, event.heard_at, event.what, work).await
    }

    /// Where this is, for the schedule.
    pub fn place(&self) -> Place {
        Place { network: Some(self.network.clone()), channel: Some(self.channel.clone()) }
    }

    /// The network, and the channel's name folded, as the store knows the room.
    pub fn address(&self) -> (&Network, &str) {
        (&self.network, &self.folded)
    }

    /// Whether the bot has been in the channel since it started.
    pub fn was_entered(&self) -> bool {
        self.presence.bot.is_some()
    }

    /// The meeting that is on.
    pub fn meeting(&self) -> Option<&Meeting> {
        match &self.known {
            Known::On(live) => Some(&live.meeting),
            _ => None,
        }
    }

    /// Whether time that has passed means something to the meeting that is on here.
    pub fn wants_tick(&self, now: Moment) -> bool {
        matches!(&self.known, Known::On(live) if live.meeting.wants_tick(now))
    }

    fn settings(
        &self,
        config: &Config,
        network: &IrcNetwork,
        members: Vec<Member>,
        row: &MeetingRow,
    ) -> Settings {
        Settings {
            network: Some(network.name.clone()),
            channel: Some(self.channel.clone()),
            bot: self.presence.bot.clone(),
            casemapping: self.presence.casemapping,
            accounts: self.presence.accounts,
            group: Some(config.group.short.clone()),
            members,
            relays: network.relays.clone(),
            echo: config.meeting.echo,
            anyone_ends_after_minutes: config.meeting.anyone_ends_after_minutes,
            quorum: config.meeting.quorum,
            set_topic: config.meeting.set_topic,
            old_topic: self.presence.topic.clone(),
            page: config.web.as_ref().map(|web| format!("{}/m/{}", web.url, row.slug)),
            before: Before::default(),
            dated: true,
        }
    }

    /// Something happened while a meeting is on: it becomes a row, and its effects are carried out.
    pub async fn happened(
        &mut self,
        at: Moment,
        heard_at: Moment,
        what: What,
        work: &mut Work,
    ) -> Result<(), StoreError> {
        let Known::On(live) = &mut self.known else { return Ok(()) };
        if live.meeting.is_off_the_record(&what) {
            return Ok(()); // It is never stored.
        }
        let topics = live.happened(at, heard_at, what, work).await?;
        if live.meeting.state != State::Open {
            self.untold = Some((live.row.id, heard_at));
            self.known = Known::Idle;
        }
        topics.into_iter().for_each(|topic| self.set_topic(topic, work));
        Ok(())
    }

    /// Sets the channel's topic. The door does not tell what the bot itself does, so it is known
    /// from here on, unless the transaction fails.
    fn set_topic(&mut self, topic: Text, work: &mut Work) {
        let before = self.presence.topic.replace(topic.clone());
        self.topic_before.get_or_insert(before);
        work.reply(Reply::SetTopic(self.channel.clone(), topic));
    }

    /// Whether the topic names the next meeting while none is on, so that it may have to change.
    pub fn names_next(&self) -> bool {
        let topic = self.presence.topic.as_ref().map(Text::as_untrusted);
        matches!(self.known, Known::Idle) && topic.is_some_and(topic::names_next)
    }

    /// Keeps the next meeting in the topic, where somebody wrote it there.
    pub fn keep_topic(&mut self, schedule: &Schedule, now: Moment, work: &mut Work) {
        let topic = self.presence.topic.as_ref().map_or("", Text::as_untrusted);
        if let Some(topic) = schedule.topic(topic, &self.place(), now) {
            self.set_topic(Text::new(topic), work);
            self.settle();
        }
    }

    /// The transaction under way was committed: what it changed here stays.
    pub fn settle(&mut self) {
        self.topic_before = None;
    }

    /// The bot says something in the meeting that the meeting itself did not ask for.
    pub fn say(&mut self, heard: &Heard, text: Text, work: &mut Work) {
        if let Known::On(live) = &mut self.known {
            live.say(heard.at, heard.heard_at, text, work);
        }
    }

    /// Tells the end of the last meeting again, where a kill or a lost connection may have come
    /// between its commit and its words. Where the topic is back, all was said before it.
    async fn end_again(&mut self, work: &mut Work) -> Result<(), StoreError> {
        let Some(row) = store::meeting::untold_in(work.db(), &self.network, &self.folded).await?
        else {
            return Ok(());
        };
        let over = row.ended_at.or(row.aborted_at).unwrap_or(row.started_at);
        self.untold = Some((row.id, over));
        let Some(meeting) = publish::stored(work.db(), &row).await? else {
            return Ok(());
        };
        let old_topic = meeting.settings.old_topic.clone();
        let now = self.presence.topic.as_ref();
        let is_back = now.zip(old_topic.as_ref()).is_some_and(|(now, old)| {
            topic::is_same_but_for_next(now.as_untrusted(), old.as_untrusted())
        });
        if meeting.has_set_topic() && is_back {
            return Ok(());
        }
        for line in meeting.last_words() {
            work.reply(Reply::Say(self.channel.clone(), line.text.clone()));
        }
        if let Some(topic) = old_topic.filter(|_| meeting.has_set_topic()) {
            self.set_topic(topic, work);
        }
        Ok(())
    }

    /// Notes that the channel was told of the end, once the words have had the time to leave.
    pub async fn note_told(&mut self, db: &Db, now: Moment) -> Result<(), StoreError> {
        match self.untold {
            Some((id, over)) if now.since(over) >= TOLD_AFTER => {
                let mut tx = db.begin().await?;
                store::meeting::told(&mut tx, id, now).await?;
                tx.commit().await?;
                self.untold = None;
                Ok(())
            }
            _ => Ok(()),
        }
    }

    /// Notes in the store until when the open meeting was heard, so that a gap after a crash is
    /// stated no longer than it was.
    pub async fn note_time(&mut self, db: &Db) -> Result<(), StoreError> {
        let Known::On(live) = &mut self.known else { return Ok(()) };
        if self.heard_at <= live.row.heard_until {
            return Ok(());
        }
        let mut tx = db.begin().await?;
        store::meeting::heard_until(&mut tx, live.row.id, self.heard_at).await?;
        tx.commit().await?;
        live.row.heard_until = self.heard_at;
        Ok(())
    }
}

/// Why this person may not start a meeting.
fn refuse_start(
    config: &Config,
    members: &[Member],
    presence: &Presence,
    who: &Speaker,
) -> Option<String> {
    let same = |name: &str| {
        let known = match &who.login {
            Login::As(account) => account.as_str(),
            Login::No => return false,
            Login::Unknown => who.nick.as_str(),
        };
        presence.casemapping.same(name, known)
    };
    let (may, whom) = match &config.meeting.start {
        MayStart::Anyone => return None,
        MayStart::Members => {
            let names: Vec<&str> = members.iter().filter_map(Member::proof).collect();
            (names.iter().any(|name| same(name)), names.join(", "))
        }
        MayStart::Listed(accounts) => {
            let names: Vec<&str> = accounts.iter().map(|account| account.as_str()).collect();
            (names.iter().any(|name| same(name)), names.join(", "))
        }
    };
    let login = if who.login == Login::No { "  You are not logged in to services." } else { "" };
    (!may).then(|| format!("Meetings here are started by: {whom}.{login}"))
}
