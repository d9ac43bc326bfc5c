//! Who took part: people, whatever they are called at the moment.

use crate::domain::meeting::event::Login;
use crate::domain::name::{Account, Nick};
use crate::domain::text::Text;
use crate::domain::time::Moment;
use serde::{Deserialize, Serialize};

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
    /// The full name, where the roster knows the person.
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
    /// The account, where one is known.
    pub fn account(&self) -> Option<&Account> {
        self.login.account()
    }
}

/// The people of a meeting, in the order in which they were first seen.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct People {
    all: Vec<Person>,
}

impl People {
    /// All of them.
    pub fn all(&self) -> &[Person] {
        &self.all
    }

    /// Takes in a person who was not known yet.
    pub fn add(&mut self, person: Person) -> PersonId {
        self.all.push(person);
        PersonId(self.all.len() - 1)
    }

    /// The one with that id.
    pub fn one(&self, id: PersonId) -> &Person {
        &self.all[id.0]
    }
}
