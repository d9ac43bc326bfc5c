//! Who took part: people, whatever they are called at the moment.
//!
//! On a network with services a person is an account; on one without, a person is whoever came with
//! a nick, through all its renames. Taking over somebody's nick gives nothing on either. A person
//! who logs out while staying connected stays who they are: nobody else can be on that connection.

use crate::domain::meeting::event::{Leaving, Login, Speaker};
use crate::domain::meeting::settings::Settings;
use crate::domain::name::{Account, Casemapping, Nick};
use crate::domain::roster::Member;
use crate::domain::text::Text;
use crate::domain::time::Moment;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A person of one meeting: the index into [`People::all`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct PersonId(pub usize);

/// One person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Person {
    /// The nick shown: the first one seen in this meeting.
    pub nick: Nick,
    /// What is known of their account.
    pub login: Login,
    /// The full name, where the roster knows the person or they gave it.
    pub name: Option<Text>,
    /// Whether the roster knows the person.
    pub member: bool,
    /// Whether they chair.
    pub chair: bool,
    /// Lines said.
    pub lines: usize,
    /// Whether they are here: spoke, signed in, or were named by `#chair` or `#nick`.
    pub present: bool,
    /// When they signed in.
    pub signed_in_at: Option<Moment>,
    /// Whether regrets were given for them.
    pub regrets: bool,
    /// The relay they spoke through.
    pub via: Option<Nick>,
}

impl Person {
    /// Somebody of whom only a name is known.
    pub fn named(nick: Nick) -> Person {
        Person {
            nick,
            login: Login::Unknown,
            name: None,
            member: false,
            chair: false,
            lines: 0,
            present: false,
            signed_in_at: None,
            regrets: false,
            via: None,
        }
    }

    /// The account, where one is known.
    pub fn account(&self) -> Option<&Account> {
        self.login.account()
    }
}

/// One connection to the channel, from its JOIN to its leaving.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Session {
    /// Who it is, once that matters.
    person: Option<PersonId>,
    login: Login,
    /// The nick it came with.
    origin: Nick,
}

/// The people of a meeting, in the order in which they were first seen.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct People {
    all: Vec<Person>,
    /// The first person of each folded nick, and of each one behind a relay: who comes late must not
    /// cost more than who came first.
    first: BTreeMap<String, PersonId>,
    relayed: BTreeMap<String, PersonId>,
    casemapping: Casemapping,
    accounts_known: bool,
    members: Vec<Member>,
    /// Who is in the channel, by folded nick.
    sessions: BTreeMap<String, Session>,
    /// Those whom a netsplit took, by folded nick.
    split: BTreeMap<String, Session>,
    /// By folded account.
    accounts: BTreeMap<String, PersonId>,
    /// Those without an account, by the folded nick they came with.
    nicks: BTreeMap<String, PersonId>,
}

impl People {
    /// Nobody yet, on a network and with a roster as the settings say.
    pub fn new(settings: &Settings) -> People {
        People {
            casemapping: settings.casemapping,
            accounts_known: settings.accounts,
            members: settings.members.clone(),
            ..People::default()
        }
    }

    /// All of them.
    pub fn all(&self) -> &[Person] {
        &self.all
    }

    /// The one with that id.
    pub fn one(&self, id: PersonId) -> &Person {
        &self.all[id.0]
    }

    /// The one with that id, to change.
    pub(super) fn one_mut(&mut self, id: PersonId) -> &mut Person {
        &mut self.all[id.0]
    }

    /// Takes in a person who was not known yet.
    pub fn add(&mut self, person: Person) -> PersonId {
        let id = PersonId(self.all.len());
        let key = self.fold(person.nick.as_str());
        if person.via.is_some() {
            self.relayed.entry(key.clone()).or_insert(id);
        }
        self.first.entry(key).or_insert(id);
        self.all.push(person);
        id
    }

    /// Whether somebody in the channel has that nick now.
    pub fn is_here(&self, nick: &str) -> bool {
        self.sessions.contains_key(&self.fold(nick))
    }

    /// Who the speaker is, if that person is known already.
    pub(super) fn peek(&self, who: &Speaker) -> Option<PersonId> {
        let session = self.sessions.get(&self.fold(who.nick.as_str()));
        let login = match (&who.login, session) {
            (Login::Unknown, Some(session)) => &session.login,
            (login, _) => login,
        };
        let on_connection = session.and_then(|session| session.person);
        let origin = session.map_or(&who.nick, |session| &session.origin);
        let by_nick = self.nicks.get(&self.fold(origin.as_str())).copied();
        match login {
            Login::As(account) => {
                let account = self.fold(account.as_str());
                let other = |id: &PersonId| {
                    self.one(*id)
                        .account()
                        .is_some_and(|known| self.fold(known.as_str()) != account)
                };
                let unproven =
                    |id: &PersonId| !self.accounts_known && self.one(*id).login == Login::Unknown;
                self.accounts
                    .get(&account)
                    .copied()
                    .or(on_connection.filter(|id| !other(id)))
                    .or(self.nicks.get(&account).copied().filter(unproven))
            }
            Login::No => on_connection
                .or(by_nick.filter(|id| self.one(*id).login == Login::No && !self.one(*id).chair)),
            Login::Unknown => on_connection.or_else(|| {
                let unproven = |id: &PersonId| self.one(*id).login == Login::Unknown;
                by_nick.filter(|id| unproven(id) && !self.is_connected(*id))
            }),
        }
    }

    /// Whether another person is known by the same nick.
    pub(super) fn has_namesake(&self, id: PersonId) -> bool {
        let nick = self.one(id).nick.as_str();
        self.find(nick).is_some_and(|other| other != id) || self.first_named(nick) != Some(id)
    }

    fn first_named(&self, nick: &str) -> Option<PersonId> {
        self.all.iter().position(|p| self.casemapping.same(p.nick.as_str(), nick)).map(PersonId)
    }

    /// Whether the person is on some connection now: nobody is on two, so another connection that
    /// came with the same nick is another person.
    fn is_connected(&self, id: PersonId) -> bool {
        self.sessions.values().any(|session| session.person == Some(id))
    }

    /// Who the speaker is; from now on that person is known.
    pub(super) fn who(&mut self, who: &Speaker) -> PersonId {
        let key = self.fold(who.nick.as_str());
        let known = self.peek(who);
        let session = self.sessions.entry(key).or_insert_with(|| Session {
            person: None,
            login: who.login.clone(),
            origin: who.nick.clone(),
        });
        if who.login != Login::Unknown {
            session.login = who.login.clone();
        }
        let (login, origin) = (session.login.clone(), session.origin.clone());
        let id = known.unwrap_or_else(|| {
            let taken = self.first.contains_key(&self.fold(who.nick.as_str()));
            let nick = if taken { origin.clone() } else { who.nick.clone() };
            self.add(Person::named(nick))
        });
        self.settle(id, &who.nick, &origin, login);
        id
    }

    /// Binds a person to the connection, the account or nick, and the roster's facts.
    fn settle(&mut self, id: PersonId, nick: &Nick, origin: &Nick, login: Login) {
        let key = self.fold(nick.as_str());
        if let Some(session) = self.sessions.get_mut(&key) {
            session.person = Some(id);
        }
        match &login {
            Login::As(account) => {
                let account = self.fold(account.as_str());
                self.accounts.entry(account).or_insert(id);
            }
            _ => {
                let origin = self.fold(origin.as_str());
                self.nicks.entry(origin).or_insert(id);
            }
        }
        let keeps = matches!(self.one(id).login, Login::As(_)) && !matches!(login, Login::As(_));
        if !keeps {
            self.one_mut(id).login = login;
        }
        if !self.one(id).member
            && let Some(member) = self.member_of(id)
        {
            let name = member.name.clone();
            let person = self.one_mut(id);
            person.member = true;
            person.name = Some(name).filter(|name| !name.is_empty());
        }
    }

    /// The roster's row for a person: by account where there is one, by nick where the network has none.
    fn member_of(&self, id: PersonId) -> Option<&Member> {
        let person = self.one(id);
        match &person.login {
            Login::As(account) => self.members.iter().find(|member| {
                member.proof().is_some_and(|proof| self.casemapping.same(proof, account.as_str()))
            }),
            Login::Unknown => self.member_named(person.nick.as_str()),
            Login::No => None,
        }
    }

    fn member_named(&self, name: &str) -> Option<&Member> {
        let same = |other: &str| self.casemapping.same(other, name);
        self.members.iter().find(|member| {
            member.nicks.iter().any(|nick| same(nick.as_str()))
                || member.proof().is_some_and(same)
                || member.name.as_untrusted().eq_ignore_ascii_case(name)
        })
    }

    /// The person of that name, if one is known.
    pub(super) fn find(&self, name: &str) -> Option<PersonId> {
        let session = self.sessions.get(&self.fold(name)).and_then(|session| session.person);
        let seen = |p: &Person| self.casemapping.same(p.nick.as_str(), name);
        session.or_else(|| self.all.iter().position(seen).map(PersonId))
    }

    /// Whether it is known who is in the channel.
    pub(super) fn anyone_is_here(&self) -> bool {
        self.sessions.len() > 1
    }

    /// Whether a netsplit took that nick.
    pub(super) fn was_split(&self, nick: &Nick) -> bool {
        self.split.contains_key(&self.fold(nick.as_str()))
    }

    /// The person of that name, who may be absent: in the channel, in the roster, seen before, or new.
    pub(super) fn named(&mut self, name: &str) -> PersonId {
        let nick = Nick::new(name);
        if let Some(session) = self.sessions.get(&self.fold(name)) {
            let login = session.login.clone();
            if let Some(owner) = self.owner_of(name, &login) {
                return owner;
            }
            return self.who(&Speaker { nick, login });
        }
        if let Some(member) = self.member_named(name).cloned() {
            return self.of_roster(&member);
        }
        let seen = |p: &Person| self.casemapping.same(p.nick.as_str(), name) && p.via.is_none();
        if let Some(index) = self.all.iter().position(seen) {
            return PersonId(index);
        }
        self.absent(Person::named(nick), name)
    }

    /// Whose nick that is, where whoever uses it now has not proved to be them: naming `lars` must
    /// not make a stranger who sits on the nick a chair.
    fn owner_of(&mut self, name: &str, login: &Login) -> Option<PersonId> {
        if !self.accounts_known {
            return None;
        }
        if let Some(member) = self.member_named(name).cloned() {
            let proof = member.proof().unwrap_or_default();
            let is_proved =
                login.account().is_some_and(|it| self.casemapping.same(it.as_str(), proof));
            return (!is_proved).then(|| self.of_roster(&member));
        }
        let known = self.all.iter().position(|person| {
            person.account().is_some() && self.casemapping.same(person.nick.as_str(), name)
        });
        known.map(PersonId).filter(|_| login.account().is_none())
    }

    /// The person of a roster row, present or not.
    pub(super) fn of_roster(&mut self, member: &Member) -> PersonId {
        let proof = member.proof().unwrap_or_default().to_string();
        let known = match self.accounts_known {
            true => self.accounts.get(&self.fold(&proof)),
            false => member.nicks.iter().find_map(|nick| self.nicks.get(&self.fold(nick.as_str()))),
        };
        if let Some(id) = known {
            return *id;
        }
        let nick = member.nicks.first().cloned().unwrap_or_else(|| Nick::new(&proof));
        let name = Some(member.name.clone()).filter(|name| !name.is_empty());
        let person = Person { member: true, name, ..Person::named(nick.clone()) };
        self.absent(person, if self.accounts_known { &proof } else { nick.as_str() })
    }

    /// Takes in an absent person, who will be known by that account or, without accounts, that nick.
    fn absent(&mut self, person: Person, proof: &str) -> PersonId {
        let key = self.fold(proof);
        let id = self.add(person);
        let by = if self.accounts_known { &mut self.accounts } else { &mut self.nicks };
        by.entry(key).or_insert(id);
        id
    }

    /// The person who speaks through a relay under that name. They have no account here.
    pub(super) fn relayed(&mut self, relay: &Nick, real: &Nick) -> PersonId {
        match self.relayed.get(&self.fold(real.as_str())) {
            Some(id) => *id,
            None => self.add(Person { via: Some(relay.clone()), ..Person::named(real.clone()) }),
        }
    }

    /// Whether the person is known by that nick on their present connection, or to the roster.
    pub(super) fn is_known(&self, nick: &str) -> bool {
        let key = self.fold(nick);
        self.nicks.contains_key(&key)
            || self.accounts.contains_key(&key)
            || self.sessions.get(&key).is_some_and(|session| session.person.is_some())
    }

    /// Somebody came.
    pub(super) fn joined(&mut self, who: &Speaker) -> Option<PersonId> {
        let key = self.fold(who.nick.as_str());
        let back = self.split.remove(&key).filter(|_| who.login == Login::Unknown);
        let session = back.unwrap_or_else(|| Session {
            person: None,
            login: who.login.clone(),
            origin: who.nick.clone(),
        });
        self.sessions.insert(key, session);
        self.peek(who)
    }

    /// Somebody left; tells who, if that person is known.
    pub(super) fn left(&mut self, nick: &Nick, how: Leaving) -> Option<PersonId> {
        let key = self.fold(nick.as_str());
        let session = self.sessions.remove(&key)?;
        let person = session.person;
        if how == Leaving::Split {
            self.split.insert(key, session);
        }
        person
    }

    /// Somebody changed nick.
    pub(super) fn renamed(&mut self, old: &Nick, new: &Nick) {
        let session = self.sessions.remove(&self.fold(old.as_str())).unwrap_or_else(|| Session {
            person: None,
            login: Login::Unknown,
            origin: old.clone(),
        });
        self.sessions.insert(self.fold(new.as_str()), session);
    }

    /// Somebody logged in or out.
    pub(super) fn logged_in(&mut self, who: &Speaker) {
        let key = self.fold(who.nick.as_str());
        let fresh = || Session { person: None, login: Login::Unknown, origin: who.nick.clone() };
        self.sessions.entry(key).or_insert_with(fresh).login = who.login.clone();
    }

    /// Who is in the channel now. Without accounts a nick that is still there counts as the same
    /// person; with accounts, only the account does.
    pub(super) fn members(&mut self, members: &[Speaker]) {
        let before = std::mem::take(&mut self.sessions);
        self.split.clear();
        for who in members {
            let key = self.fold(who.nick.as_str());
            let session = match before.get(&key) {
                Some(session) if who.login == Login::Unknown => session.clone(),
                _ => Session { person: None, login: who.login.clone(), origin: who.nick.clone() },
            };
            self.sessions.insert(key, session);
        }
    }

    /// The people whose nick, or whose member's nick, stands in the text as a whole word, in the
    /// order in which they stand there (MeetBot's habit, without its `al` in `final`).
    pub(super) fn named_in(&mut self, text: &str) -> Vec<PersonId> {
        let folded = self.fold(text);
        let mut found: Vec<(usize, PersonId)> = Vec::new();
        for (index, person) in self.all.iter().enumerate() {
            if let Some(at) = whole_word(&folded, &self.fold(person.nick.as_str())) {
                found.push((at, PersonId(index)));
            }
        }
        for member in self.members.clone() {
            let at = member
                .nicks
                .iter()
                .filter_map(|nick| whole_word(&folded, &self.fold(nick.as_str())))
                .min();
            if let Some(at) = at {
                found.push((at, self.of_roster(&member)));
            }
        }
        // One word names one person: of two with the same nick, the one who proved an account.
        found.sort_by_key(|(at, id)| (*at, self.one(*id).account().is_none(), *id));
        found.dedup_by_key(|(at, _)| *at);
        let mut ids: Vec<PersonId> = Vec::new();
        for (_, id) in found {
            if !ids.contains(&id) {
                ids.push(id);
            }
        }
        ids
    }

    fn fold(&self, name: &str) -> String {
        self.casemapping.fold(name)
    }
}

/// Where a name stands as a whole word. Both are folded; what may be part of a nick ends no word,
/// but a trailing `-` does, as in `gwd- please`.
fn whole_word(text: &str, name: &str) -> Option<usize> {
    let of_nick = |c: char| c.is_alphanumeric() || "[]\\`_^{|}~".contains(c);
    if name.is_empty() {
        return None;
    }
    text.match_indices(name).map(|(at, _)| at).find(|&at| {
        let before = text[..at].chars().next_back();
        let mut after = text[at + name.len()..].chars();
        let (next, then) = (after.next(), after.next());
        !before.is_some_and(|c| of_nick(c) || c == '-')
            && !next.is_some_and(|c| of_nick(c) || (c == '-' && then.is_some_and(of_nick)))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_in_a_text_is_a_whole_word() {
        for (text, name, found) in [
            ("check the final totals", "al", false),
            ("al to do it", "al", true),
            ("ask al, please", "al", true),
            ("(al)", "al", true),
            ("al's turn", "al", true),
            ("only this", "y", false),
            ("gwd_ is away", "gwd", false),
            ("al-qaeda", "al", false),
            ("al- please", "al", true),
            ("注意 al。", "al", true),
        ] {
            assert_eq!(whole_word(text, name).is_some(), found, "{name} in {text}");
        }
    }
}
