//! Changes of the roster: what each needs, why it may be refused, and what it does.

use crate::domain::name::{Account, Nick};
use crate::domain::roster::{Enrolled, MOST_MEMBERS, Member, Roster};
use crate::domain::text::{self, Text};
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

/// One change. `who` is an account, a nick or a full name, as it was when the change was made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "change", rename_all = "snake_case")]
pub enum Change {
    /// Somebody becomes a member on a day, or is one again.
    Join {
        /// Who.
        member: Member,
        /// From which day on.
        since: NaiveDate,
    },
    /// Somebody is no member from a day on.
    Leave {
        /// Who.
        who: String,
        /// From which day on.
        until: NaiveDate,
    },
    /// The full name changes.
    Name {
        /// Who.
        who: String,
        /// The name from now on.
        name: Text,
    },
    /// The account changes.
    Account {
        /// Who.
        who: String,
        /// The account from now on.
        account: Account,
    },
    /// The nicks change.
    Nicks {
        /// Who.
        who: String,
        /// All nicks from now on, the usual one first.
        nicks: Vec<Nick>,
    },
    /// The roles change.
    Roles {
        /// Who.
        who: String,
        /// All roles from now on.
        roles: Vec<String>,
    },
    /// The mail addresses change.
    Addresses {
        /// Who.
        who: String,
        /// All addresses from now on.
        addresses: Vec<String>,
    },
}

/// Why a change of the roster is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// There is no such member.
    #[error("{who} is nobody of the roster; {}`roster list` shows everybody", did_you_mean(.near.as_deref()))]
    Unknown {
        /// The word that names nobody.
        who: String,
        /// Whom it may have meant.
        near: Option<String>,
    },
    /// Somebody has that account or nick already.
    #[error("{0} is already on the roster, as {1}")]
    Taken(String, String),
    /// Nobody would be left to lead.
    #[error("{0} is the only lead; make somebody else lead first")]
    LastLead(String),
    /// The roster is full.
    #[error("the roster is full ({MOST_MEMBERS} people)")]
    Full,
    /// Words are missing.
    #[error("{0} cannot be empty")]
    Empty(&'static str),
    /// Too many or too long.
    #[error(
        "a member has {MOST_WORDS} nicks, roles and addresses at most, of {MOST_WORD_CHARS} characters each"
    )]
    Much,
}

/// The most nicks, roles or addresses of one member.
pub const MOST_WORDS: usize = 50;
/// The longest role or address, in characters.
pub const MOST_WORD_CHARS: usize = 254;

fn did_you_mean(near: Option<&str>) -> String {
    near.map_or(String::new(), |near| format!("did you mean {near}? "))
}

impl Roster {
    /// Whether a change may be made on a day; in words, what then holds.
    pub fn judge(&self, change: &Change, today: NaiveDate) -> Result<String, Refusal> {
        if !fits(change) {
            return Err(Refusal::Much);
        }
        match change {
            Change::Join { member, since } => {
                let handle = member.handle().to_string();
                if member.proof().is_none() {
                    return Err(Refusal::Empty("the nick"));
                }
                if self.people.len() >= MOST_MEMBERS {
                    return Err(Refusal::Full);
                }
                for name in member.nicks.iter().map(Nick::as_str).chain(member.proof()) {
                    self.free(name, None, today)?;
                }
                Ok(format!("{handle} is a member since {since}."))
            }
            Change::Leave { who, until } => {
                let one = self.known(who, today)?;
                self.keeps_a_lead(one, today)?;
                Ok(format!("{} is no member from {until} on.", one.member.handle()))
            }
            Change::Name { who, name } => {
                let one = self.known(who, today)?;
                if name.is_empty() {
                    return Err(Refusal::Empty("the name"));
                }
                Ok(format!("{} is called {}.", one.member.handle(), name.as_untrusted()))
            }
            Change::Account { who, account } => {
                let one = self.known(who, today)?;
                self.free(account.as_str(), Some(one), today)?;
                Ok(format!("{} has the account {}.", one.member.handle(), account.as_str()))
            }
            Change::Nicks { who, nicks } => {
                let one = self.known(who, today)?;
                if nicks.is_empty() {
                    return Err(Refusal::Empty("the list of nicks"));
                }
                nicks.iter().try_for_each(|nick| self.free(nick.as_str(), Some(one), today))?;
                let nicks: Vec<&str> = nicks.iter().map(Nick::as_str).collect();
                Ok(format!("{} has the nicks {}.", one.member.handle(), nicks.join(", ")))
            }
            Change::Roles { who, roles } => {
                let one = self.known(who, today)?;
                let leads = roles.iter().any(|role| role.trim().eq_ignore_ascii_case("lead"));
                if !leads {
                    self.keeps_a_lead(one, today)?;
                }
                let roles = if roles.is_empty() { "none".to_string() } else { roles.join(", ") };
                Ok(format!("{} has the roles: {roles}.", one.member.handle()))
            }
            // The addresses themselves are never said.
            Change::Addresses { who, addresses } => {
                let one = self.known(who, today)?;
                Ok(format!("{} has {} mail addresses.", one.member.handle(), addresses.len()))
            }
        }
    }

    /// Makes a stored change. What does not fit (the configuration was edited since) changes nothing.
    pub fn apply(&mut self, change: &Change) {
        match change {
            Change::Join { member, since } => {
                self.people.push(Enrolled {
                    member: member.clone(),
                    since: Some(*since),
                    ..Enrolled::default()
                });
            }
            Change::Leave { who, until } => self.edit(who, |one| one.until = Some(*until)),
            Change::Name { who, name } => self.edit(who, |one| one.member.name = name.clone()),
            Change::Account { who, account } => {
                self.edit(who, |one| one.member.account = Some(account.clone()));
            }
            Change::Nicks { who, nicks } => self.edit(who, |one| {
                // The first nick may have stood for the account, which stays.
                let proof = one.member.proof().map(Account::new);
                one.member.account = proof;
                one.member.nicks = nicks.clone();
            }),
            Change::Roles { who, roles } => self.edit(who, |one| one.member.roles = roles.clone()),
            Change::Addresses { who, addresses } => {
                self.edit(who, |one| one.addresses = addresses.clone());
            }
        }
    }

    fn edit(&mut self, who: &str, set: impl FnOnce(&mut Enrolled)) {
        if let Some(one) =
            self.place(who, |one| one.until.is_none()).and_then(|at| self.people.get_mut(at))
        {
            set(one);
        }
    }

    /// What is said of a word that names nobody.
    pub fn unknown(&self, who: &str, today: NaiveDate) -> Refusal {
        let near = self.nearest(who, today).map(|near| near.member.handle().to_string());
        Refusal::Unknown { who: text::clean(who).chars().take(64).collect(), near }
    }

    fn known(&self, who: &str, today: NaiveDate) -> Result<&Enrolled, Refusal> {
        self.find(who, today).ok_or_else(|| self.unknown(who, today))
    }

    /// Whether nobody else has that account or nick.
    fn free(&self, name: &str, own: Option<&Enrolled>, today: NaiveDate) -> Result<(), Refusal> {
        let other = |one: &&Enrolled| {
            one.member.is_called(name, self.casemapping) && own.is_none_or(|own| own != *one)
        };
        match self.on(today).find(other) {
            Some(other) => {
                Err(Refusal::Taken(name.to_string(), other.member.name.as_untrusted().to_string()))
            }
            None => Ok(()),
        }
    }

    fn keeps_a_lead(&self, without: &Enrolled, today: NaiveDate) -> Result<(), Refusal> {
        let is_lead = without.member.is_lead();
        if is_lead && !self.leads(today).any(|lead| lead != without) {
            return Err(Refusal::LastLead(without.member.handle().to_string()));
        }
        Ok(())
    }
}

/// Whether what is to be stored has a size that can be shown.
fn fits(change: &Change) -> bool {
    let (count, longest) = match change {
        Change::Join { member, .. } => (member.nicks.len().max(member.roles.len()), &member.roles),
        Change::Nicks { nicks, .. } => return nicks.len() <= MOST_WORDS,
        Change::Roles { roles: words, .. } | Change::Addresses { addresses: words, .. } => {
            (words.len(), words)
        }
        _ => return true,
    };
    count <= MOST_WORDS && longest.iter().all(|word| word.chars().count() <= MOST_WORD_CHARS)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::roster::tests::{day, enrolled, virt};

    const TODAY: &str = "2018-11-13";

    fn tomo() -> Change {
        let member = enrolled("Tomasz Baranski", "tomo", &["maintainer: ovirt"]).member;
        Change::Join { member, since: day(TODAY) }
    }

    #[test]
    fn somebody_comes_changes_and_goes() {
        let mut roster = virt();
        assert_eq!(
            roster.judge(&tomo(), day(TODAY)).unwrap(),
            "tomo is a member since 2018-11-13."
        );
        roster.apply(&tomo());
        let nicks = Change::Nicks { who: "tomo".into(), nicks: vec!["tb".into()] };
        roster.apply(&nicks);
        assert_eq!(roster.find("tomo", day(TODAY)).unwrap().member.handle(), "tb", "by account");
        roster.apply(&Change::Leave { who: "tb".into(), until: day("2018-12-01") });
        assert!(roster.find("tb", day("2018-11-30")).is_some());
        assert!(roster.find("tb", day("2018-12-01")).is_none());
        roster.apply(&tomo());
        assert!(roster.find("tomo", day("2018-12-02")).is_some(), "back again");
    }

    #[test]
    fn refusals_say_why_and_change_nothing() {
        let roster = virt();
        let refuse = |change| roster.judge(&change, day(TODAY)).unwrap_err().to_string();
        let taken = enrolled("X", "GWD", &[]).member;
        assert_eq!(
            refuse(Change::Join { member: taken, since: day(TODAY) }),
            "GWD is already on the roster, as George Dunlap"
        );
        assert!(
            refuse(Change::Leave { who: "gwd".into(), until: day(TODAY) }).contains("only lead")
        );
        assert!(refuse(Change::Roles { who: "gwd".into(), roles: vec![] }).contains("only lead"));
        assert!(refuse(Change::Leave { who: "mira".into(), until: day(TODAY) }).contains("nobody"));
        let roles = vec!["x".to_string(); MOST_WORDS + 1];
        assert!(refuse(Change::Roles { who: "gwd".into(), roles }).contains("at most"));
    }

    #[test]
    fn a_mistyped_name_finds_the_nearest() {
        let roster = virt();
        let said = |who: &str| roster.unknown(who, day(TODAY)).to_string();
        assert_eq!(
            said("sbonazo"),
            "sbonazo is nobody of the roster; did you mean sbonazzo? `roster list` shows everybody"
        );
        assert!(said("Dunlop").contains("did you mean gwd?"), "by a part of the name");
        assert_eq!(said("mira"), "mira is nobody of the roster; `roster list` shows everybody");
        assert_eq!(said("a\u{1b}[31mb").matches('\u{1b}').count(), 0);
    }

    #[test]
    fn a_stored_change_is_read_back() {
        let json = serde_json::to_string(&tomo()).unwrap();
        assert!(
            json.starts_with(r#"{"change":"join","member":{"name":"Tomasz Baranski""#),
            "{json}"
        );
        assert_eq!(serde_json::from_str::<Change>(&json).unwrap(), tomo());
    }
}
