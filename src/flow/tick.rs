//! What is done because of the time outside of a channel: the list is told of a meeting on the day
//! before and of support that ends, leads of the report that is due; what is old is forgotten.
//!
//! Each thing is done in a transaction of its own under a key that is there once, so several nodes
//! and restarts do it once. What fails is logged and done at the next beat. What is done in a
//! channel because of the time is [`crate::flow::hear`]'s business.

use crate::clock;
use crate::config::Config;
use crate::domain::address::Address;
use crate::domain::group::{By, Change, Group};
use crate::domain::list::{Letter, List, reminder, report, support};
use crate::domain::name::Casemapping;
use crate::domain::notice;
use crate::domain::roadmap;
use crate::domain::roster::project_title;
use crate::domain::schedule::Slot;
use crate::domain::schedule::reminder::{Duty, mail_span, mails_due};
use crate::domain::text::Text;
use crate::domain::time::{DAY, Moment};
use crate::flow::deliver;
use crate::flow::group::Book;
use crate::flow::login;
use crate::flow::push;
use crate::store::gather::Word;
use crate::store::{self, Db, StoreError, Tx};
use chrono::NaiveDate;
use std::collections::BTreeSet;
use std::sync::Arc;

/// Sign-ins, what was said because of the time, and what people were told are kept so many days …
pub const KEPT_DAYS: i64 = 60;
/// … and what waits for somebody who is never seen so many.
pub const WAITING_DAYS: i64 = 365;
/// How many verdicts are forgotten in one transaction.
const FORGOTTEN_TOGETHER: u32 = 5_000;
/// Keys that are kept for ever, because reports count them: one for each meeting not held.
const COUNTED: &str = "not-held:";

/// What one node does because of the time.
#[derive(Debug)]
pub struct Tick {
    db: Db,
    config: Arc<Config>,
    book: Book,
    /// The day on which this node last forgot what is old.
    forgot_on: Option<NaiveDate>,
    /// What failed at the last beat: it is logged once until it is done again.
    failing: BTreeSet<&'static str>,
}

impl Tick {
    /// Nothing is done yet.
    pub fn new(db: Db, config: Arc<Config>) -> Tick {
        let book = Book::new(&config);
        Tick { db, config, book, forgot_on: None, failing: BTreeSet::new() }
    }

    /// Does all that is due now.
    pub async fn beat(&mut self) {
        self.beat_at(clock::now()).await;
    }

    async fn beat_at(&mut self, now: Moment) {
        let done = self.remind(now).await;
        self.log("the list is not reminded of a meeting yet", done);
        let done = self.warn(now).await;
        self.log("the list is not warned of the end of support yet", done);
        let done = self.tell_leads(now).await;
        self.log("the leads are not told of the report yet", done);
        let done = push::digest::send(&self.db, &self.config, now).await;
        self.log("the list is not told of pushes yet", done);
        let done = self.log_out(now).await;
        self.log("who left the group is not logged out yet", done);
        let done = self.forget(now).await;
        self.log("what is old is not forgotten yet", done);
    }

    fn log(&mut self, what: &'static str, done: Result<(), StoreError>) {
        let Err(error) = done else {
            self.failing.remove(what);
            return;
        };
        // A transaction failed whose changes may be in our copy.
        self.book.forget();
        if self.failing.insert(what) {
            tracing::warn!(error = &error as &dyn std::error::Error, "{what}; trying on");
        }
    }

    /// Writes to the list on the day before each meeting.
    async fn remind(&mut self, now: Moment) -> Result<(), StoreError> {
        let is_wanted = self.config.list.as_ref().is_some_and(|list| list.reminders);
        let Some(list) = self.config.letters().filter(|_| is_wanted) else { return Ok(()) };
        self.book.refresh(&self.db).await?;
        for slot in self.reminders(now).await? {
            let mut tx = self.db.begin().await?;
            // Whoever skips the date now has to wait, or has done so.
            self.book.lock(&mut tx).await?;
            if starts(self.book.group(), now).contains(&slot) {
                let letter = self.reminder(&slot, &list, now, &mut tx).await?;
                self.send(tx, &letter, now).await?;
            }
        }
        Ok(())
    }

    /// The meetings of which the list is to be told and was not.
    async fn reminders(&self, now: Moment) -> Result<Vec<Slot>, StoreError> {
        let slots = starts(self.book.group(), now);
        let mut written = BTreeSet::new();
        for slot in &slots {
            let key = Duty::Mail(slot.clone()).key();
            if store::outbox::message_id(&self.db, &key).await?.is_some() {
                written.insert(key);
            }
        }
        let due = mails_due(&slots, |key| written.contains(key), now);
        Ok(due.iter().map(|duty| duty.slot().clone()).collect())
    }

    async fn reminder(
        &self,
        slot: &Slot,
        list: &List,
        now: Moment,
        tx: &mut Tx,
    ) -> Result<Letter, StoreError> {
        let group = self.book.group();
        let words = store::gather::words(&mut *tx, &slot.id).await?;
        let regrets = regrets(&words, group, slot.start.date());
        let open: Vec<&roadmap::Entry> = group.roadmap.open(now.date()).collect();
        let pause = group.schedule.pause_sentence(slot);
        let facts = reminder::Facts {
            pause: pause.as_deref(),
            topics: &self.topics(slot, tx).await?,
            regrets: &regrets,
            open: &open,
            pages: self.pages(),
        };
        Ok(reminder::letter(slot, &facts, list, now))
    }

    /// The topics that wait where a meeting is held; on several networks they are put together.
    async fn topics(&self, slot: &Slot, tx: &mut Tx) -> Result<Vec<Text>, StoreError> {
        let folded = Casemapping::default().fold(slot.channel.as_str());
        let is_here = |name: &_| slot.network.as_ref().is_none_or(|ours| ours == name);
        let mut all: Vec<Text> = Vec::new();
        for network in self.config.networks.iter().filter(|one| is_here(&one.name)) {
            let topics = store::gather::topics(&mut *tx, &network.name, &folded).await?;
            all.extend(topics);
        }
        let mut seen = BTreeSet::new();
        all.retain(|topic| seen.insert(topic.as_untrusted().to_string()));
        Ok(all)
    }

    /// Warns the list of support that ends.
    async fn warn(&mut self, now: Moment) -> Result<(), StoreError> {
        let Some(list) = self.config.letters() else { return Ok(()) };
        let group = self.book.refresh(&self.db).await?;
        for (number, days) in group.notices.warnings_due(now.date()) {
            let mut tx = self.db.begin().await?;
            self.book.lock(&mut tx).await?;
            let letter = self.warning(number, days, &list, now);
            // None: another node has warned meanwhile, or the notice does not hold any more.
            let Some(letter) = letter else { continue };
            let change = Change::Notice { number, change: notice::Change::Warned { days } };
            let (by, key) = (By::itself(), letter.key.clone());
            if self.book.change(&mut tx, Some(&key), now, &by, &change).await?.is_some() {
                self.send(tx, &letter, now).await?;
            }
        }
        Ok(())
    }

    /// The letter of a warning, where it is due.
    fn warning(&self, number: u32, days: u32, list: &List, now: Moment) -> Option<Letter> {
        let group = self.book.group();
        if !group.notices.warnings_due(now.date()).contains(&(number, days)) {
            return None;
        }
        let notice = group.notices.one(number)?;
        let notice::Kind::EndOfSupport { project, .. } = &notice.kind else { return None };
        let maintainers = group.roster.maintainers(project, now.date());
        let maintainers: Vec<String> = maintainers.iter().map(|one| one.in_full()).collect();
        let facts = support::Facts {
            project: &project_title(project, &self.config.projects),
            maintainers: &maintainers,
            pages: self.pages(),
        };
        support::letter(notice, days, &facts, list, now)
    }

    /// Tells each lead with an address that the report can be looked at.
    async fn tell_leads(&mut self, now: Moment) -> Result<(), StoreError> {
        let config = self.config.clone();
        let (Some(mail), Some(due)) = (&config.mail, config.report.due.next(now.date())) else {
            return Ok(());
        };
        let group = self.book.refresh(&self.db).await?;
        let kept = group.reports.one(&due.quarter.to_string());
        if !report::is_time(&due, kept.is_some_and(|report| report.sent.is_some()), now) {
            return Ok(());
        }
        let facts = report::Facts {
            due: &due,
            group: config.report.heading.as_ref().unwrap_or(&config.group.name).as_untrusted(),
            readers: config.report.to.as_deref(),
            from: &mail.from,
            host: config.host_of_letters(mail),
        };
        for (lead, address) in leads(group, now.date()) {
            let letter = report::letter(&facts, &lead, address, now);
            if store::outbox::message_id(&self.db, &letter.key).await?.is_none() {
                let tx = self.db.begin().await?;
                self.send(tx, &letter, now).await?;
            }
        }
        Ok(())
    }

    /// Logs out who left the group.
    async fn log_out(&mut self, now: Moment) -> Result<(), StoreError> {
        let group = self.book.refresh(&self.db).await?;
        login::sweep(&self.db, group, now).await
    }

    /// Forgets what is old, once a day.
    async fn forget(&mut self, now: Moment) -> Result<(), StoreError> {
        if self.forgot_on == Some(now.date()) {
            return Ok(());
        }
        let (old, in_vain) = (now.plus(-KEPT_DAYS * DAY), now.plus(-WAITING_DAYS * DAY));
        let mut tx = self.db.begin().await?;
        store::gather::forget(&mut tx, old).await?;
        store::duty::forget(&mut tx, old, COUNTED).await?;
        store::seen::forget(&mut tx, old, in_vain).await?;
        store::kept::forget(&mut tx, now).await?;
        store::session::forget(&mut tx, now).await?;
        store::login::forget(&mut tx, now).await?;
        tx.commit().await?;
        self.forget_verdicts(now).await?;
        self.forgot_on = Some(now.date());
        Ok(())
    }

    /// There may be many after a flood, so posts need not wait for all of them.
    async fn forget_verdicts(&self, now: Moment) -> Result<(), StoreError> {
        let old = now.plus(-i64::from(self.config.gate.keep_days) * DAY);
        loop {
            let mut tx = self.db.begin().await?;
            let gone = store::verdict::forget(&mut tx, old, FORGOTTEN_TOGETHER).await?;
            tx.commit().await?;
            if gone < u64::from(FORGOTTEN_TOGETHER) {
                return Ok(());
            }
        }
    }

    /// Puts a letter into the outbox and ends the transaction of its cause.
    async fn send(&self, mut tx: Tx, letter: &Letter, now: Moment) -> Result<(), StoreError> {
        let is_new = store::outbox::add(&mut tx, letter, now).await?;
        tx.commit().await?;
        if is_new {
            deliver::wake();
            tracing::info!(letter = letter.key, "a letter is written");
        }
        Ok(())
    }

    /// Where the minutes are.
    fn pages(&self) -> Option<&str> {
        self.config.web.as_ref().map(|web| web.url.as_str())
    }
}

/// The meetings, none of them skipped, of which the list is to be told now.
fn starts(group: &Group, now: Moment) -> Vec<Slot> {
    let (from, to) = mail_span(now);
    group.schedule.slots_between(from, to)
}

/// Who will not be there, each once, as the roster names them where it knows them.
fn regrets(words: &[Word], group: &Group, day: NaiveDate) -> Vec<String> {
    let mut seen = BTreeSet::new();
    let named = words.iter().filter(|word| word.regrets).map(|word| {
        let given = word.sign_in.name.as_ref().map(Text::as_untrusted);
        let given = given.unwrap_or(word.sign_in.who.nick.as_str());
        group.roster.find(given, day).map_or(given.to_string(), |one| one.member.in_full())
    });
    named.filter(|name| seen.insert(name.clone())).collect()
}

/// What the roster calls the leads of a day, and their first address.
fn leads(group: &Group, day: NaiveDate) -> Vec<(String, Address)> {
    let leads = group.roster.leads(day).filter_map(|one| {
        let address = Address::parse(one.addresses.first()?).ok()?;
        Some((one.member.handle().to_string(), address))
    });
    leads.collect()
}

#[cfg(test)]
mod tests;
