//! Who acts in the stories, and the accounts they have where a network has accounts.
//!
//! Accounts differ from nicks on purpose: what belongs to a person follows the account.

/// Somebody in the stories.
pub struct Person {
    /// The nick.
    pub nick: &'static str,
    /// The services account; guests have none.
    pub account: Option<&'static str>,
    /// The full name and the roles, for members of the group.
    pub member: Option<(&'static str, &'static [&'static str])>,
}

/// The password of every account.
pub const PASSWORD: &str = "correct-horse-battery-staple";

/// The bot's nick and account.
pub const BOT: &str = "beadle";

/// Everybody; a nick that is not listed is a guest's.
pub const CAST: &[Person] = &[
    Person {
        nick: "gwd",
        account: Some("georged"),
        member: Some(("George Dunlap", &["lead", "maintainer: xen"])),
    },
    Person {
        nick: "anthonyper",
        account: Some("anthonyp"),
        member: Some(("Anthony Perard", &["maintainer: xen"])),
    },
    Person {
        nick: "sbonazzo",
        account: Some("sandrob"),
        member: Some(("Sandro Bonazzola", &["maintainer: ovirt"])),
    },
    Person { nick: "anna", account: Some("anna-account"), member: None },
    Person { nick: "mallory", account: Some("mallory-account"), member: None },
];

/// The account of whoever usually has this nick.
pub fn account_of(nick: &str) -> Option<&'static str> {
    CAST.iter().find(|person| person.nick == nick).and_then(|person| person.account)
}
