//! How people are called in minutes: two with the same nick are told apart.

use crate::domain::meeting::{Login, Meeting, Person, PersonId};
use std::collections::BTreeSet;

/// How everybody of one meeting is called.
pub struct Names<'a> {
    meeting: &'a Meeting,
    /// Of each person, whether somebody before them has the same nick.
    namesakes: Vec<bool>,
}

impl Names<'_> {
    /// The names of a meeting's people.
    pub fn of(meeting: &Meeting) -> Names<'_> {
        let mut seen = BTreeSet::new();
        let fold = |person: &Person| meeting.settings.casemapping.fold(person.nick.as_str());
        let all = meeting.people.all().iter();
        Names { meeting, namesakes: all.map(|person| !seen.insert(fold(person))).collect() }
    }

    /// The nick, with what tells the person from another one of the same nick, and the relay.
    pub fn short(&self, id: PersonId) -> String {
        let person = self.meeting.people.one(id);
        let nick = person.nick.as_str();
        if let Some(via) = &person.via {
            return format!("{nick} (via {})", via.as_str());
        }
        match (&person.login, self.namesakes[id.0]) {
            (_, false) => nick.to_string(),
            (Login::As(account), _) => format!("{nick} (account {})", account.as_str()),
            (Login::No, _) => format!("{nick} (not logged in)"),
            (Login::Unknown, _) => format!("{nick} (another)"),
        }
    }

    /// `George Dunlap (gwd)` where the name is known, else as [`Names::short`].
    pub fn full(&self, id: PersonId) -> String {
        let short = self.short(id);
        match &self.meeting.people.one(id).name {
            Some(name) => format!("{} ({short})", name.as_untrusted()),
            None => short,
        }
    }
}

/// Everybody for whom the rule holds, in the order in which they were first seen.
pub fn those(meeting: &Meeting, rule: impl Fn(&Person) -> bool) -> Vec<PersonId> {
    let all = meeting.people.all().iter().enumerate();
    all.filter(|(_, person)| rule(person)).map(|(index, _)| PersonId(index)).collect()
}
