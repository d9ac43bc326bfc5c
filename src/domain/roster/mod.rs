//! The roster: the people of the group, as the configuration names them and as they were changed
//! since; and what that lets them do.
//!
//! Nothing here decides what happens in a meeting; a meeting takes the [`Member`]s as they were when
//! it was opened.

mod change;
mod project;
pub mod read;
mod right;

pub use change::{Change, Refusal};
pub use project::{Project, project_title};
pub use right::{Asker, Standing};

use crate::domain::escape;
use crate::domain::name::{Account, Casemapping, Nick};
use crate::domain::text::Text;
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

/// The most people a roster may hold.
pub const MOST_MEMBERS: usize = 1_000;

/// So much of a mistyped name is compared with the known ones.
const MOST_TYPED_CHARS: usize = 64;

/// One of the group's people, as meetings and pages show them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Member {
    /// The full name.
    pub name: Text,
    /// Nicks used, the usual one first.
    pub nicks: Vec<Nick>,
    /// The services account; where none is given, the first nick counts as the account.
    pub account: Option<Account>,
    /// Roles, for example `lead` and `maintainer: xen`.
    pub roles: Vec<String>,
}

impl Member {
    /// The account that proves this member: the given one, else the first nick.
    pub fn proof(&self) -> Option<&str> {
        self.account.as_ref().map(Account::as_str).or_else(|| self.nicks.first().map(Nick::as_str))
    }

    /// Whether the word is this member's account or one of the nicks.
    pub fn is_called(&self, word: &str, casemapping: Casemapping) -> bool {
        let nicks = self.nicks.iter().map(Nick::as_str);
        nicks.chain(self.proof()).any(|known| casemapping.same(known, word))
    }

    /// What this member is called in short: the usual nick, else the account, else the name.
    pub fn handle(&self) -> &str {
        let nick = self.nicks.first().map(Nick::as_str);
        nick.or_else(|| self.proof()).unwrap_or_else(|| self.name.as_untrusted())
    }

    /// The name and the nick, for people to read: `George Dunlap (gwd)`.
    pub fn in_full(&self) -> String {
        let (name, handle) = (escape::line(self.name.as_untrusted()), escape::line(self.handle()));
        if name == handle || name.is_empty() { handle } else { format!("{name} ({handle})") }
    }

    /// The projects this member maintains, as the roles name them.
    pub fn projects(&self) -> impl Iterator<Item = &str> {
        self.roles.iter().filter_map(|role| project_of(role))
    }

    /// Whether this member leads the group.
    pub fn is_lead(&self) -> bool {
        self.roles.iter().any(|role| role.trim().eq_ignore_ascii_case("lead"))
    }
}

/// `xen` of the role `maintainer: xen`.
fn project_of(role: &str) -> Option<&str> {
    let (what, project) = role.split_once(':')?;
    what.trim().eq_ignore_ascii_case("maintainer").then(|| project.trim())
}

/// A member with what is kept about them but not shown.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Enrolled {
    /// Who.
    pub member: Member,
    /// Mail addresses; never shown, used to write to them and to know their mail.
    pub addresses: Vec<String>,
    /// The first day, where it is known.
    pub since: Option<NaiveDate>,
    /// The first day on which they were no member any more.
    pub until: Option<NaiveDate>,
}

impl Enrolled {
    /// Whether this is a member on that day.
    pub fn is_on(&self, day: NaiveDate) -> bool {
        self.since.is_none_or(|since| since <= day) && self.until.is_none_or(|until| day < until)
    }
}

/// The people of the group, also those who left.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Roster {
    people: Vec<Enrolled>,
    casemapping: Casemapping,
}

impl Roster {
    /// The roster of the configuration.
    pub fn new(people: Vec<Enrolled>) -> Roster {
        Roster { people, casemapping: Casemapping::default() }
    }

    /// Everybody who ever was on it, in the order in which they came.
    pub fn all(&self) -> &[Enrolled] {
        &self.people
    }

    /// Those who are members on a day.
    pub fn on(&self, day: NaiveDate) -> impl Iterator<Item = &Enrolled> {
        self.people.iter().filter(move |enrolled| enrolled.is_on(day))
    }

    /// The members of a day, as a meeting takes them.
    pub fn members(&self, day: NaiveDate) -> Vec<Member> {
        self.on(day).map(|enrolled| enrolled.member.clone()).collect()
    }

    /// The present member of that account, nick or full name.
    pub fn find(&self, word: &str, day: NaiveDate) -> Option<&Enrolled> {
        let place = self.place(word, |enrolled| enrolled.is_on(day))?;
        self.people.get(place)
    }

    /// The present member that a mistyped account, nick or part of a name was probably meant for.
    pub fn nearest(&self, word: &str, day: NaiveDate) -> Option<&Enrolled> {
        let word: String = word.trim().to_lowercase().chars().take(MOST_TYPED_CHARS).collect();
        let most_wrong = (word.chars().count() / 3).min(2);
        let wrong = |known: &str| strsim::osa_distance(&known.to_lowercase(), &word);
        let distance = |one: &Enrolled| {
            let nicks = one.member.nicks.iter().map(Nick::as_str).chain(one.member.proof());
            let name = one.member.name.as_untrusted();
            nicks
                .chain(name.split_whitespace())
                .chain([name])
                .map(wrong)
                .min()
                .unwrap_or(usize::MAX)
        };
        let near = self.on(day).map(|one| (distance(one), one)).min_by_key(|(wrong, _)| *wrong);
        near.filter(|(wrong, _)| *wrong <= most_wrong).map(|(_, one)| one)
    }

    /// Where somebody of that account, nick or full name stands; an account counts before a nick,
    /// and a nick before a name.
    fn place(&self, word: &str, fits: impl Fn(&Enrolled) -> bool) -> Option<usize> {
        let word = word.trim();
        let same = |known: &str| self.casemapping.same(known, word);
        let by = |rule: &dyn Fn(&Member) -> bool| {
            self.people.iter().position(|enrolled| fits(enrolled) && rule(&enrolled.member))
        };
        by(&|member| member.proof().is_some_and(same))
            .or_else(|| by(&|member| member.nicks.iter().any(|nick| same(nick.as_str()))))
            .or_else(|| {
                by(&|member| member.name.as_untrusted().to_lowercase() == word.to_lowercase())
            })
    }

    /// The projects that somebody maintains on a day, sorted, each once, in small letters.
    pub fn projects(&self, day: NaiveDate) -> Vec<String> {
        let mut all: Vec<String> =
            self.on(day).flat_map(|one| one.member.projects()).map(str::to_lowercase).collect();
        all.sort_unstable();
        all.dedup();
        all
    }

    /// Those who maintain a project on a day.
    pub fn maintainers<'a>(&'a self, project: &'a str, day: NaiveDate) -> Vec<&'a Member> {
        let maintains = |member: &&Member| {
            member.projects().any(|known| known.eq_ignore_ascii_case(project.trim()))
        };
        self.on(day).map(|enrolled| &enrolled.member).filter(maintains).collect()
    }

    /// Those who lead on a day.
    pub fn leads(&self, day: NaiveDate) -> impl Iterator<Item = &Enrolled> {
        self.on(day).filter(|enrolled| enrolled.member.is_lead())
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    pub(crate) fn day(date: &str) -> NaiveDate {
        date.parse().unwrap()
    }

    pub(crate) fn enrolled(name: &str, nick: &str, roles: &[&str]) -> Enrolled {
        Enrolled {
            member: Member {
                name: name.into(),
                nicks: vec![nick.into()],
                account: None,
                roles: roles.iter().map(ToString::to_string).collect(),
            },
            ..Enrolled::default()
        }
    }

    pub(crate) fn virt() -> Roster {
        Roster::new(vec![
            enrolled("George Dunlap", "gwd", &["lead", "maintainer: xen"]),
            enrolled("Anthony Perard", "anthonyper", &["maintainer: Xen"]),
            enrolled("Sandro Bonazzola", "sbonazzo", &["maintainer: ovirt"]),
        ])
    }

    #[test]
    fn is_asked_by_name_and_by_project() {
        let (roster, day) = (virt(), day("2018-11-13"));
        let handles: Vec<&str> =
            roster.maintainers("XEN", day).iter().map(|member| member.handle()).collect();
        assert_eq!(handles, ["gwd", "anthonyper"]);
        assert_eq!(roster.projects(day), ["ovirt", "xen"]);
        for word in ["GWD", "george dunlap"] {
            assert_eq!(roster.find(word, day).unwrap().member.handle(), "gwd");
        }
        assert!(roster.find("mira", day).is_none());
    }

    #[test]
    fn who_left_is_no_member_from_that_day_on() {
        let mut gone = enrolled("Anna", "anna", &[]);
        gone.until = Some(day("2018-11-13"));
        assert!(gone.is_on(day("2018-11-12")) && !gone.is_on(day("2018-11-13")));
    }
}
