//! What the ledger answers to a meeting: a change of the group, and the fact that the meeting's log
//! keeps of it; or why not.

use crate::domain::group::{Change, Group};
use crate::domain::meeting::event::{Login, Speaker};
use crate::domain::meeting::ledger::{Carried, Fact, MOST_CARRIED, Wanted, Wish};
use crate::domain::name::Casemapping;
use crate::domain::roadmap::{self, Due, Kind};
use crate::domain::roster::Asker;
use crate::domain::text::Text;
use crate::domain::time::Moment;
use chrono::NaiveDate;

/// What an answer rests on besides the group.
#[derive(Clone, Copy, Debug)]
pub struct Circumstances {
    /// Now.
    pub now: Moment,
    /// How the network compares names.
    pub casemapping: Casemapping,
    /// The day of the next meeting, for `by next meeting`.
    pub next_meeting: Option<NaiveDate>,
}

impl From<&Speaker> for Asker {
    fn from(who: &Speaker) -> Asker {
        match &who.login {
            Login::As(account) => Asker::Account(account.clone()),
            Login::No => Asker::Nobody,
            Login::Unknown => Asker::Nick(who.nick.clone()),
        }
    }
}

impl Group {
    /// What was open when a meeting begins; nothing where nothing was.
    pub fn carried(&self, today: NaiveDate) -> Option<Fact> {
        let open = self.roadmap.open(today).take(MOST_CARRIED);
        let entries: Vec<Carried> = open.map(Carried::of).collect();
        (!entries.is_empty()).then_some(Fact::Carried { entries })
    }

    /// The answer to a meeting's wish.
    pub fn answer(&self, wish: &Wish, given: Circumstances) -> Result<(Change, Fact), String> {
        match &wish.wanted {
            Wanted::Promise { words, owners, absent } => {
                let number = self.roadmap.next_number();
                let entry = self.carried_of(number, words, owners, given);
                let is_known = |name: &&String| self.roster.find(name, given.now.date()).is_some();
                let told = absent.iter().filter(is_known).cloned().collect();
                let change = roadmap::Change::Opened {
                    kind: Kind::Action,
                    text: entry.text.clone(),
                    owners: entry.owners.clone(),
                    due: entry.due,
                };
                let change = self.judged(wish, Change::Entry { number, change }, given)?;
                Ok((change, Fact::Numbered { line: wish.line, entry, told }))
            }
            Wanted::Reword { number, words, owners } => {
                let new = self.carried_of(*number, words, owners, given);
                let what = roadmap::Change::Reworded {
                    text: new.text.clone(),
                    owners: new.owners.clone(),
                    due: new.due,
                };
                // Whoever may edit the item in the meeting may edit what it made in the ledger.
                Ok(changed(*number, new, what, wish.line))
            }
            Wanted::Change { number, change: roadmap::Change::Undone } => {
                let entry = self.roadmap.one(*number).map(Carried::of);
                let entry = entry.unwrap_or_else(|| self.carried_of(*number, "", &[], given));
                Ok(changed(*number, entry, roadmap::Change::Undone, wish.line))
            }
            Wanted::Plan(request) => {
                let (asker, by) = (Asker::from(&wish.who), wish.who.nick.as_str());
                let (change, sentence) = self.plan(&asker, by, request, given)?;
                let fact = Fact::Planned { line: wish.line, text: Text::new(sentence) };
                Ok((Change::Schedule(change), fact))
            }
            Wanted::Change { number, change } => {
                let wanted = Change::Entry { number: *number, change: change.clone() };
                let whole = self.judged(wish, wanted, given)?;
                let entry = self.roadmap.one(*number).map(Carried::of);
                let entry = entry.unwrap_or_else(|| self.carried_of(*number, "", &[], given));
                Ok((whole, Fact::Changed { line: wish.line, entry, what: change.clone() }))
            }
        }
    }

    /// The change, if this person may make it and it makes sense.
    fn judged(&self, wish: &Wish, change: Change, given: Circumstances) -> Result<Change, String> {
        // What cannot be done is said before who could do it.
        self.judge(&change, given.now)?;
        self.allow(&Asker::from(&wish.who), given.casemapping, &change, given.now.date())?;
        Ok(change)
    }

    fn carried_of(
        &self,
        number: u32,
        words: &str,
        owners: &[String],
        given: Circumstances,
    ) -> Carried {
        let is_owner = |word: &str| owners.iter().any(|owner| given.casemapping.same(owner, word));
        let promise = roadmap::read(words, is_owner);
        let due = match promise.due {
            Some(Due::On(day)) => Some(day),
            Some(Due::NextMeeting) => given.next_meeting,
            None => None,
        };
        Carried { number, text: promise.text, owners: owners.to_vec(), due }
    }
}

fn changed(number: u32, entry: Carried, what: roadmap::Change, line: usize) -> (Change, Fact) {
    let change = Change::Entry { number, change: what.clone() };
    (change, Fact::Changed { line, entry, what })
}
