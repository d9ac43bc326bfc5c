//! What people ask of a list about themselves: to join, to leave, to post from a second address; and
//! whose mailbox is meant when somebody else asks it in their name.
//!
//! Nothing here knows who is subscribed. The letters are in [`confirm`](crate::domain::list::confirm).

use crate::domain::address::Address;
use crate::domain::list::key::Key;
use crate::domain::list::request::Request;

/// What can be asked, in one line, for the answer to `help`.
pub const HELP: &str = "Of the list: join, leave, add address NAME@DOMAIN, extension on, extension off. \
    One of them in a mail; you are asked to confirm it.";

/// What somebody asks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wish {
    /// To become a subscriber.
    Join,
    /// To be one no more.
    Leave,
    /// To do what this token allows; where it is empty, the mail says `confirm TOKEN`.
    Confirm(String),
    /// To post from this address, too.
    Other(Address),
    /// That `name+anything@` counts as their own, or no more.
    Extension(bool),
}

impl Wish {
    /// What a mail to `LIST-SUFFIX@` asks; nothing where there is no such address.
    pub fn of_suffix(suffix: &str) -> Option<Wish> {
        let (word, token) = suffix.split_once('+').unwrap_or((suffix, ""));
        match (word.to_ascii_lowercase().as_str(), token) {
            ("join" | "subscribe", "") => Some(Wish::Join),
            ("leave" | "unsubscribe", "") => Some(Wish::Leave),
            ("confirm", token) => Some(Wish::Confirm(token.to_string())),
            _ => None,
        }
    }

    /// The addresses beside the list that it may have been written to.
    pub fn suffixes(&self) -> Vec<String> {
        match self {
            Wish::Join => vec!["join".to_string(), "subscribe".to_string()],
            Wish::Leave => vec!["leave".to_string(), "unsubscribe".to_string()],
            Wish::Confirm(token) if token.is_empty() => vec!["confirm".to_string()],
            Wish::Confirm(token) => vec![format!("confirm+{token}")],
            Wish::Other(_) | Wish::Extension(_) => Vec::new(),
        }
    }

    /// What a mail to `LIST-request@` asks, in its subject or its first line; nothing where it asks
    /// something else.
    pub fn of_request(request: &Request) -> Option<Wish> {
        Wish::read(&request.subject).or_else(|| Wish::read(request.questions.first()?))
    }

    fn read(words: &str) -> Option<Wish> {
        let words: Vec<String> = words.split_whitespace().map(str::to_lowercase).collect();
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        match words[..] {
            ["join" | "subscribe"] => Some(Wish::Join),
            ["leave" | "unsubscribe"] => Some(Wish::Leave),
            ["confirm", token] => Some(Wish::Confirm(token.to_string())),
            ["add", "address", second] => Address::parse(second).ok().map(Wish::Other),
            ["extension", "on"] => Some(Wish::Extension(true)),
            ["extension", "off"] => Some(Wish::Extension(false)),
            _ => None,
        }
    }
}

/// `LIST-SUFFIX@DOMAIN`; nothing where that is too long for an address.
pub fn beside(list: &Address, suffix: &str) -> Option<Address> {
    Address::parse(&format!("{}-{suffix}@{}", list.local(), list.domain())).ok()
}

/// Whether an address is the list's, or one beside it: it must not become its own subscriber.
pub fn is_the_lists_own(list: &Address, key: &Key) -> bool {
    let own = list.local().to_ascii_lowercase();
    let rest = key.local().strip_prefix(&own);
    key.domain().eq_ignore_ascii_case(list.domain())
        && rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(['-', '+']))
}

/// The mailbox that a letter would end in, however its address is varied: without `+extension` and
/// without dots in the local part. Two people may be one here, which costs the second a day; but a
/// bomb of variants is one mail.
pub fn mailbox(key: &Key) -> String {
    let base = key.without_extension();
    let key = base.as_ref().unwrap_or(key);
    let local: String = key.local().chars().filter(|c| *c != '.').collect();
    let domain = match key.domain() {
        "googlemail.com" => "gmail.com",
        domain => domain,
    };
    format!("{local}@{domain}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(address: &str) -> Key {
        Key::parse(address).unwrap()
    }

    #[test]
    fn the_addresses_beside_the_list() {
        for (suffix, wish) in [
            ("join", Some(Wish::Join)),
            ("Subscribe", Some(Wish::Join)),
            ("leave", Some(Wish::Leave)),
            ("UNSUBSCRIBE", Some(Wish::Leave)),
            ("confirm+aBc", Some(Wish::Confirm("aBc".into()))),
            ("confirm", Some(Wish::Confirm(String::new()))),
            ("join+x", None),
            ("owner", None),
        ] {
            assert_eq!(Wish::of_suffix(suffix), wish, "{suffix}");
        }
        let list = Address::parse("virt@lists.example").unwrap();
        assert_eq!(beside(&list, "join").unwrap().as_str(), "virt-join@lists.example");
        assert_eq!(beside(&list, &"x".repeat(60)), None);
        for (own, is_own) in [
            ("Virt@lists.example", true),
            ("virt-request@lists.example", true),
            ("virt+x@lists.example", true),
            ("virtual@lists.example", false),
            ("virt@other.example", false),
        ] {
            assert_eq!(is_the_lists_own(&list, &key(own)), is_own, "{own}");
        }
    }

    #[test]
    fn commands_are_read_and_questions_are_left_alone() {
        for (words, wish) in [
            ("join", Some(Wish::Join)),
            (" Subscribe ", Some(Wish::Join)),
            ("unsubscribe", Some(Wish::Leave)),
            ("confirm ABC", Some(Wish::Confirm("abc".into()))),
            ("extension ON", Some(Wish::Extension(true))),
            ("extension off", Some(Wish::Extension(false))),
            ("join us", None),
            ("who xen", None),
            ("add address nobody", None),
            ("", None),
        ] {
            assert_eq!(Wish::read(words), wish, "{words}");
        }
        let second = Address::parse("second@x.example").unwrap();
        assert_eq!(Wish::read("add address second@x.example"), Some(Wish::Other(second)));
    }

    #[test]
    fn the_variants_of_a_mailbox_are_one() {
        for variant in ["anna.b@gmail.com", "a.n.n.a.b+1@gmail.com", "ANNAB+x+y@GoogleMail.com"] {
            assert_eq!(mailbox(&key(variant)), "annab@gmail.com", "{variant}");
        }
        assert_eq!(mailbox(&key("a.b@bücher.example")), "ab@xn--bcher-kva.example");
        assert_ne!(mailbox(&key("bob@x.example")), mailbox(&key("bob@y.example")));
    }
}
