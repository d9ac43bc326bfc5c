//! Acts of a lead that change nothing of the group itself, but the lists' subscribers, repositories
//! or sessions: kept in the journal, so that it shows who did what.
//!
//! An address stands here only as far as it names nobody: the journal is for ever.

use serde::{Deserialize, Serialize};

/// What was done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "act", rename_all = "snake_case")]
pub enum Act {
    /// A subscriber came, went or has other options.
    Subscriber {
        /// The list's name.
        list: String,
        /// The address, obscured ([`obscured`]).
        whom: String,
        /// What.
        what: Subscription,
    },
    /// What was doubted of a repository is believed.
    Repository {
        /// Its name.
        repository: String,
        /// Its architecture.
        arch: String,
    },
    /// A session of somebody was ended.
    Session {
        /// Whose.
        member: String,
    },
}

/// What happens to a subscriber.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Subscription {
    /// Becomes one.
    Add,
    /// Is one no more.
    Remove,
    /// Every post waits for a moderator from now on.
    Moderate,
    /// Posts pass again.
    Unmoderate,
    /// Gets no mail.
    Nomail,
    /// Gets mail again.
    Mail,
}

impl Subscription {
    /// All of them.
    pub const ALL: [Subscription; 6] = [
        Subscription::Add,
        Subscription::Remove,
        Subscription::Moderate,
        Subscription::Unmoderate,
        Subscription::Nomail,
        Subscription::Mail,
    ];

    /// As forms and the journal write it.
    pub fn as_str(self) -> &'static str {
        match self {
            Subscription::Add => "add",
            Subscription::Remove => "remove",
            Subscription::Moderate => "moderate",
            Subscription::Unmoderate => "unmoderate",
            Subscription::Nomail => "nomail",
            Subscription::Mail => "mail",
        }
    }

    /// Reads what [`Subscription::as_str`] wrote.
    pub fn parse(word: &str) -> Option<Subscription> {
        Subscription::ALL.into_iter().find(|what| what.as_str() == word)
    }

    /// What then holds, after the address.
    fn holds(self) -> &'static str {
        match self {
            Subscription::Add => "is subscribed",
            Subscription::Remove => "is subscribed no more",
            Subscription::Moderate => "is moderated: every post waits",
            Subscription::Unmoderate => "is moderated no more",
            Subscription::Nomail => "gets no mail",
            Subscription::Mail => "gets mail again",
        }
    }
}

impl Act {
    /// What then holds, in a sentence.
    pub fn sentence(&self) -> String {
        match self {
            Act::Subscriber { list, whom, what } => format!("{list}: {whom} {}.", what.holds()),
            Act::Repository { repository, arch } => {
                format!("What {repository} {arch} has now is believed at the next look.")
            }
            Act::Session { member } => format!("A session of {member} was ended."),
        }
    }
}

/// An address that names nobody any more: `g…@example.org`.
pub fn obscured(address: &str) -> String {
    match address.rsplit_once('@') {
        Some((local, domain)) => {
            format!("{}…@{domain}", local.chars().next().map_or(String::new(), String::from))
        }
        None => "…".to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_act_is_told_and_names_no_address() {
        let whom = obscured("george.dunlap@x.example");
        let act = Act::Subscriber { list: "virt".into(), whom, what: Subscription::Nomail };
        assert_eq!(act.sentence(), "virt: g…@x.example gets no mail.");
        assert_eq!([obscured("é@x"), obscured("@x"), obscured("x")], ["é…@x", "…@x", "…"]);
        for what in Subscription::ALL {
            assert_eq!(Subscription::parse(what.as_str()), Some(what));
            let json = serde_json::to_string(&what).unwrap();
            assert_eq!(json, format!("\"{}\"", what.as_str()));
        }
    }

    #[test]
    fn a_stored_act_is_read_back() {
        let act = crate::domain::group::Change::Act(Act::Session { member: "gwd".into() });
        let json = serde_json::to_string(&act).unwrap();
        assert_eq!(json, r#"{"of":"act","act":"session","member":"gwd"}"#);
        assert_eq!(serde_json::from_str::<crate::domain::group::Change>(&json).unwrap(), act);
    }
}
