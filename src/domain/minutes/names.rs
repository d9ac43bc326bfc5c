//! How people are called in minutes: two with the same nick are told apart.

use crate::domain::meeting::{Login, Meeting, Person, PersonId};

/// The nick, with what tells the person from another one of the same nick, and the relay.
pub fn short(meeting: &Meeting, id: PersonId) -> String {
    let person = meeting.people.one(id);
    let nick = person.nick.as_str();
    if let Some(via) = &person.via {
        return format!("{nick} (via {})", via.as_str());
    }
    let same = |other: &Person| meeting.settings.casemapping.same(other.nick.as_str(), nick);
    let first = meeting.people.all().iter().position(same);
    match (&person.login, first == Some(id.0)) {
        (_, true) => nick.to_string(),
        (Login::As(account), _) => format!("{nick} (account {})", account.as_str()),
        (Login::No, _) => format!("{nick} (not logged in)"),
        (Login::Unknown, _) => format!("{nick} (another)"),
    }
}

/// `George Dunlap (gwd)` where the name is known, else as [`short`].
pub fn full(meeting: &Meeting, id: PersonId) -> String {
    let short = short(meeting, id);
    match &meeting.people.one(id).name {
        Some(name) => format!("{} ({short})", name.as_untrusted()),
        None => short,
    }
}

/// Everybody for whom the rule holds, in the order in which they were first seen.
pub fn those(meeting: &Meeting, rule: impl Fn(&Person) -> bool) -> Vec<PersonId> {
    let all = meeting.people.all().iter().enumerate();
    all.filter(|(_, person)| rule(person)).map(|(index, _)| PersonId(index)).collect()
}
