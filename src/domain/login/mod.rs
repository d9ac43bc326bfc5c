//! Logging in to the pages: what a browser holds, how long it is good, whom a word means.
//!
//! Nothing here knows what a member may do: that is [`roster`](crate::domain::roster)'s, and asked
//! anew for every page.

pub mod oidc;

use crate::domain::name::Casemapping;
use crate::domain::roster::{Enrolled, Roster};
use crate::domain::time::{MINUTE, Moment};
use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use chrono::NaiveDate;
use ring::digest;
use std::fmt;

/// A session ends after so long, however often it is used, in microseconds.
pub const SESSION: i64 = 12 * 60 * MINUTE;
/// A session that is not used ends after so long, in microseconds.
pub const IDLE: i64 = 60 * MINUTE;
/// A link that was mailed is good for so long, in microseconds.
pub const LINK: i64 = 15 * MINUTE;
/// A browser that was sent to the login service is expected back for so long, in microseconds.
pub const ATTEMPT: i64 = 10 * MINUTE;
/// The longest word that somebody may log in with, in bytes.
pub const MOST_WORD_BYTES: usize = 254;
/// The longest path that a login goes on to, in bytes.
const MOST_NEXT_BYTES: usize = 500;
/// Where a login goes on to when nothing else is asked.
pub const HOME: &str = "/admin";

/// How a member proved who they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// By a link that was mailed to their address.
    Link,
    /// By the group's login service (OpenID Connect).
    Oidc,
}

impl Way {
    /// As it is stored.
    pub fn as_str(self) -> &'static str {
        match self {
            Way::Link => "link",
            Way::Oidc => "oidc",
        }
    }

    /// Reads what [`Way::as_str`] wrote.
    pub fn parse(word: &str) -> Option<Way> {
        [Way::Link, Way::Oidc].into_iter().find(|way| way.as_str() == word)
    }
}

/// 256 random bits: who has them is let in, or is known again.
#[derive(Clone, PartialEq, Eq)]
pub struct Token([u8; Token::BYTES]);

impl Token {
    /// How many bytes there are in one.
    pub const BYTES: usize = 32;

    /// A token of these random bytes.
    pub fn new(bytes: [u8; Token::BYTES]) -> Token {
        Token(bytes)
    }

    /// Reads one as it stands in a cookie, a link or a form.
    pub fn parse(given: &str) -> Option<Token> {
        let bytes = BASE64_URL_SAFE_NO_PAD.decode(given).ok()?;
        bytes.try_into().ok().map(Token)
    }

    /// What it is kept by: who reads the database cannot make the token of it. A lookup by it tells
    /// nothing about a token by the time it takes.
    pub fn digest(&self) -> Vec<u8> {
        digest::digest(&digest::SHA256, &self.0).as_ref().to_vec()
    }
}

impl fmt::Display for Token {
    /// RFC 4648 §5 without padding: it may stand in a cookie and in a path.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&BASE64_URL_SAFE_NO_PAD.encode(self.0))
    }
}

impl fmt::Debug for Token {
    /// Who has it may use it, so it is not shown.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(…)")
    }
}

/// Whether two texts are the same; how long that takes says nothing about where they differ.
pub fn same(one: &str, other: &str) -> bool {
    let differ = one.bytes().zip(other.bytes()).fold(0, |all, (one, other)| all | (one ^ other));
    one.len() == other.len() && differ == 0
}

/// The path that a login goes on to: the given one where it is one of our own pages, else [`HOME`].
///
/// `//evil.example` and `/\evil.example` are addresses elsewhere to a browser (WHATWG URL §4.4),
/// which also drops tabs and line breaks, so none of these is a path.
pub fn next(given: &str) -> &str {
    let is_path = given.starts_with('/') && !given.starts_with("//");
    let is_plain = given.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\');
    if is_path && is_plain && given.len() <= MOST_NEXT_BYTES { given } else { HOME }
}

/// The member of a day whom a word means that somebody wants to log in with: an account, a nick or
/// one of their addresses.
pub fn meant<'a>(roster: &'a Roster, word: &str, day: NaiveDate) -> Option<&'a Enrolled> {
    let word = word.trim();
    if word.is_empty() || word.len() > MOST_WORD_BYTES {
        return None;
    }
    let by_name = |one: &&Enrolled| one.member.is_called(word, Casemapping::default());
    roster.on(day).find(|one| has_address(one, word)).or_else(|| roster.on(day).find(by_name))
}

/// The member of a day to whom an address belongs.
pub fn at<'a>(roster: &'a Roster, address: &str, day: NaiveDate) -> Option<&'a Enrolled> {
    roster.on(day).find(|one| has_address(one, address))
}

/// The member of a day whom the login service means by an account. It must be written exactly as the
/// roster has it: names that IRC takes for the same may be two people there.
pub fn exactly<'a>(roster: &'a Roster, account: &str, day: NaiveDate) -> Option<&'a Enrolled> {
    roster.on(day).find(|one| one.member.proof() == Some(account))
}

fn has_address(one: &Enrolled, address: &str) -> bool {
    one.addresses.iter().any(|known| known.eq_ignore_ascii_case(address))
}

/// The member to whom a session belongs that began at that moment. Somebody of the same account who
/// came after that is somebody else.
pub fn owner<'a>(
    roster: &'a Roster,
    member: &str,
    began: Moment,
    day: NaiveDate,
) -> Option<&'a Enrolled> {
    let same = |known: &str| Casemapping::default().same(known, member);
    let is_theirs = |one: &&Enrolled| {
        one.member.proof().is_some_and(same) && one.since.is_none_or(|since| since <= began.date())
    };
    roster.on(day).find(is_theirs)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::roster::tests::{day, enrolled, virt};
    use proptest::prelude::*;

    #[test]
    fn a_login_goes_on_to_our_own_pages_only() {
        for good in ["/", "/admin/held", "/m/2018-11-13?x=1&y=//z", "/a/../b"] {
            assert_eq!(next(good), good);
        }
        let long = format!("/{}", "x".repeat(500));
        for bad in [
            "",
            "admin",
            "//evil.example",
            "///evil.example",
            "/\\evil.example",
            "\\\\evil.example",
            "/\t/evil.example",
            "/\n/evil.example",
            "https://evil.example",
            "javascript:alert(1)",
            " /admin",
            "/é",
            "/\0",
            &long,
        ] {
            assert_eq!(next(bad), HOME, "{bad:?}");
        }
    }

    #[test]
    fn a_word_means_a_member_of_that_day_by_account_nick_or_address() {
        let mut anna = enrolled("Anna Left", "anna", &[]);
        anna.until = Some(day("2018-11-13"));
        let mut gwd = virt().all()[0].clone();
        gwd.addresses = vec!["George@X.example".into()];
        let roster = Roster::new(vec![gwd, anna]);
        let is = |word: &str| {
            meant(&roster, word, day("2018-11-13")).map(|one| one.member.handle().to_string())
        };
        for word in ["gwd", " GWD ", "george@x.example"] {
            assert_eq!(is(word).as_deref(), Some("gwd"), "{word}");
        }
        let exactly = |name: &str| exactly(&roster, name, day("2018-11-13")).is_some();
        assert!(exactly("gwd"));
        for other in ["GWD", "gwd ", "gwd\u{200e}", "george@x.example", "anna", ""] {
            assert!(!exactly(other), "{other:?}");
        }
        for word in ["", "anna", "George Dunlap", "x.example", &"g".repeat(300)] {
            assert_eq!(is(word), None, "{word}");
        }
    }

    #[test]
    fn a_session_is_not_theirs_who_came_later_under_the_same_name() {
        let began = Moment::parse("2018-11-13T15:00:00Z").unwrap();
        let mut other = enrolled("Another", "anna", &[]);
        other.since = Some(day("2018-11-14"));
        let roster = Roster::new(vec![other]);
        assert!(owner(&roster, "anna", began, day("2018-11-14")).is_none());
        let later = Moment::parse("2018-11-14T00:00:01Z").unwrap();
        assert!(owner(&roster, "ANNA", later, day("2018-11-14")).is_some());
    }

    proptest! {
        #[test]
        fn what_is_written_can_be_read(bytes in any::<[u8; Token::BYTES]>(), given in any::<String>()) {
            let token = Token::new(bytes);
            prop_assert_eq!(Token::parse(&token.to_string()), Some(token));
            let _ = Token::parse(&given);
            prop_assert!(next(&given).starts_with('/'));
            prop_assert!(same(&given, &given));
        }
    }
}
