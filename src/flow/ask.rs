//! A question is answered: what it needs is read from the store, and the domain makes the words.
//!
//! Nothing is written. How an answer reaches who asked is the business of the flow that heard it.

use crate::config::{Config, MailingList};
use crate::domain::address::Address;
use crate::domain::chat::tell::{self, Facts, List};
use crate::domain::chat::{Answer, Question, Which, past, question};
use crate::domain::group::Group;
use crate::domain::meeting::reply;
use crate::domain::minutes::index::DECISIONS;
use crate::domain::schedule::{Place, reminder};
use crate::domain::time::Moment;
use crate::flow::push::answer::Ledger;
use crate::store::item::Reads;
use crate::store::meeting::MeetingRow;
use crate::store::{self, Db, StoreError};
use chrono::NaiveDate;

/// The most meetings whose lines one answer has.
const MOST_MEETINGS: u32 = 10;
/// The most decisions of one answer.
const MOST_DECISIONS: u32 = 10;

/// Somebody asks.
#[derive(Clone, Copy)]
pub struct Asking<'a> {
    /// The configuration.
    pub config: &'a Config,
    /// The group as it is now.
    pub group: &'a Group,
    /// Now.
    pub now: Moment,
    /// Whether who asks is proved to be a member and gets the answer alone.
    pub is_member: bool,
}

impl Asking<'_> {
    /// The answer to a question as somebody typed it. It shows no address but the list's.
    pub async fn answer(&self, db: &Db, asked: &str) -> Result<Answer, StoreError> {
        let answer = match question::read(asked) {
            Ok(question) => self.known(db, &question).await?,
            Err(refusal) => Answer::refusal(refusal),
        };
        let requests = self.config.requests();
        let list = self.config.list.as_ref().map(|list| &list.address);
        let shown: Vec<&str> = list.into_iter().chain(&requests).map(Address::as_str).collect();
        Ok(answer.hiding_addresses(&shown))
    }

    async fn known(&self, db: &Db, question: &Question) -> Result<Answer, StoreError> {
        let facts = self.facts();
        Ok(match question {
            Question::Help(word) => tell::help(&facts, word.as_deref()),
            Question::Commands => Answer::line(reply::commands()),
            Question::WhenOut(build) => self.ledger(db).when(build).await?,
            Question::Where(name) => self.ledger(db).wherever(name).await?,
            Question::Pushes { held } => self.ledger(db).pushes(*held).await?,
            Question::Window(at) => self.ledger(db).window(*at),
            Question::When => tell::when(&facts, self.open_since(db).await?),
            Question::Who(asked) => tell::who(&facts, asked.as_deref()),
            Question::Actions(nick) => tell::actions(&facts, nick.as_deref()),
            Question::Notices => tell::notices(&facts),
            Question::Roadmap => tell::roadmap(&facts),
            Question::List => tell::list(&facts),
            Question::Docs(asked) => tell::docs(&facts, asked.as_deref()),
            Question::Minutes(Which::Last(count)) => self.last(db, &facts, *count).await?,
            Question::Minutes(Which::On(date)) => on(db, &facts, *date).await?,
            Question::Minutes(Which::About(words)) => self.about(db, &facts, words).await?,
            Question::Decisions(words) => self.decisions(db, &facts, words.as_deref()).await?,
        })
    }

    fn ledger<'a>(&'a self, db: &'a Db) -> Ledger<'a> {
        Ledger { db, config: self.config, now: self.now }
    }

    /// When a meeting of the group's was started that is on: in the time of one, where it is held.
    async fn open_since(&self, db: &Db) -> Result<Option<Moment>, StoreError> {
        let is_ours = |row: &MeetingRow| {
            let (network, channel) = (Some(row.network.clone()), Some(row.channel.clone()));
            let place = Place { network, channel };
            reminder::gathering(&self.group.schedule, &place, row.started_at).is_some()
        };
        let open = store::meeting::open_all(db).await?;
        Ok(open.into_iter().filter(is_ours).map(|row| row.started_at).max())
    }

    async fn last(&self, db: &Db, facts: &Facts<'_>, count: u32) -> Result<Answer, StoreError> {
        let meetings = store::item::latest(db, count.min(MOST_MEETINGS)).await?;
        let held = store::item::count(db).await?;
        Ok(past::last(facts, &meetings, held.min(count as usize)))
    }

    async fn about(&self, db: &Db, facts: &Facts<'_>, words: &str) -> Result<Answer, StoreError> {
        let slugs = store::item::meetings(db, words, self.reads()).await?;
        let shown = &slugs[..slugs.len().min(MOST_MEETINGS as usize)];
        let meetings = store::item::of(db, shown).await?;
        Ok(past::about(facts, words, &meetings, slugs.len()))
    }

    async fn decisions(
        &self,
        db: &Db,
        facts: &Facts<'_>,
        words: Option<&str>,
    ) -> Result<Answer, StoreError> {
        let (wanted, reads) = (words.unwrap_or(""), self.reads());
        let found = store::item::find(db, &DECISIONS, wanted, reads, MOST_DECISIONS).await?;
        let all = store::item::count_found(db, &DECISIONS, wanted, reads).await?;
        Ok(past::decisions(facts, words, &found, all))
    }

    fn reads(&self) -> Reads {
        if self.is_member { Reads::Members } else { Reads::Public }
    }

    /// What answers rest on.
    pub fn facts(&self) -> Facts<'_> {
        Facts {
            group: self.group,
            name: self.config.group.short.as_untrusted(),
            projects: &self.config.projects,
            list: self.config.list.as_ref().map(|list| self.list(list)),
            pages: self.config.web.as_ref().map(|web| web.url.as_str()),
            now: self.now,
            is_member: self.is_member,
        }
    }

    fn list<'a>(&self, list: &'a MailingList) -> List<'a> {
        List {
            name: list.name.as_untrusted(),
            address: list.address.as_str(),
            page: list.page.as_deref(),
            rule: &list.rule,
            requests: self.config.requests().map(|address| Address::to_string(&address)),
        }
    }
}

/// The meetings of a date, or the nearest ones.
async fn on(db: &Db, facts: &Facts<'_>, date: NaiveDate) -> Result<Answer, StoreError> {
    let held = store::item::on_date(db, date).await?;
    let (before, after) = match held.is_empty() {
        true => store::meeting::nearest(db, date).await?,
        false => (None, None),
    };
    let slug = |row: &Option<store::meeting::MeetingRow>| row.as_ref().map(|row| row.slug.clone());
    let (before, after) = (slug(&before), slug(&after));
    Ok(past::on(facts, date, &held, (before.as_deref(), after.as_deref())))
}

#[cfg(test)]
pub(crate) mod tests;
