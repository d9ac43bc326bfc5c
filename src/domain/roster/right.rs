//! What somebody may do: the account proves who speaks, and where a network has no accounts, the nick.

use crate::domain::name::{Account, Casemapping, Nick};
use crate::domain::roster::{Enrolled, Roster};
use chrono::NaiveDate;

/// Somebody who asks for something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Asker {
    /// Logged in to services as this account.
    Account(Account),
    /// On a network without accounts, under this nick.
    Nick(Nick),
    /// Not logged in, though the network has accounts: proves nothing.
    Nobody,
    /// At the command line of the machine that holds the database, or on the pages as an admin.
    Operator,
}

/// What a person is in the group.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing<'a> {
    /// None of the group's people.
    Stranger,
    /// One of them.
    Member(&'a Enrolled),
    /// One of those who lead.
    Lead(&'a Enrolled),
    /// The operator of the program, who may do everything.
    Operator,
}

impl<'a> Standing<'a> {
    /// Whether this is one of the group's people (or the operator).
    pub fn is_member(self) -> bool {
        self != Standing::Stranger
    }

    /// Whether this person may change who is who.
    pub fn is_lead(self) -> bool {
        matches!(self, Standing::Lead(_) | Standing::Operator)
    }

    /// The roster's entry.
    pub fn enrolled(self) -> Option<&'a Enrolled> {
        match self {
            Standing::Member(enrolled) | Standing::Lead(enrolled) => Some(enrolled),
            Standing::Stranger | Standing::Operator => None,
        }
    }
}

impl Roster {
    /// What somebody is on a day. Where the roster is empty there is no group to be outside of, so
    /// nobody is a member and the caller decides what that means.
    pub fn standing(
        &self,
        asker: &Asker,
        casemapping: Casemapping,
        day: NaiveDate,
    ) -> Standing<'_> {
        let word = match asker {
            Asker::Operator => return Standing::Operator,
            Asker::Nobody => return Standing::Stranger,
            Asker::Account(account) => account.as_str(),
            Asker::Nick(nick) => nick.as_str(),
        };
        let proves = |one: &&Enrolled| {
            one.member.proof().is_some_and(|known| casemapping.same(known, word))
                || (matches!(asker, Asker::Nick(_)) && one.member.is_called(word, casemapping))
        };
        match self.on(day).find(proves) {
            Some(enrolled) if enrolled.member.is_lead() => Standing::Lead(enrolled),
            Some(enrolled) => Standing::Member(enrolled),
            None => Standing::Stranger,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::roster::tests::{day, virt};

    #[test]
    fn the_account_proves_and_the_nick_does_not() {
        let (roster, day) = (virt(), day("2018-11-13"));
        let is = |asker| roster.standing(&asker, Casemapping::Rfc1459, day);
        assert!(is(Asker::Account("GWD".into())).is_lead());
        assert!(is(Asker::Nick("sbonazzo".into())).is_member());
        assert!(!is(Asker::Nick("sbonazzo".into())).is_lead());
        assert_eq!(is(Asker::Nobody), Standing::Stranger);
        assert_eq!(is(Asker::Account("mira".into())), Standing::Stranger);
        assert!(is(Asker::Operator).is_lead());
    }
}
