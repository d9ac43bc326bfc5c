//! What a list does with posts: the rules that its owners choose, with the group's usual answers.
//!
//! Nothing here reads a mail; [`gate`](crate::domain::list::gate) applies this.

use crate::domain::list::Key;
use crate::domain::list::gate::Verdict;
use crate::domain::list::key::{domain_to_ascii, is_atext};
use serde::{Deserialize, Serialize};
use std::fmt;

/// The longest message that is taken at all, in bytes.
pub const MOST_BYTES: u64 = 25_000_000;

/// The rules of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policy {
    /// What happens to a post of somebody who is not subscribed.
    pub nonmember: Verdict,
    /// Where a member's address counts.
    pub members_by: MembersBy,
    /// What a member's `From` must be able to show.
    pub require: Require,
    /// What happens to a member's post that cannot show it: hold or discard.
    pub unaligned: Verdict,
    /// What our own mail server calls itself in `Authentication-Results` (RFC 8601), in small letters.
    pub authserv_id: Option<String>,
    /// Who may post without being subscribed.
    pub accept: Vec<Pattern>,
    /// Who may never post.
    pub ban: Vec<Pattern>,
    /// Whether the local part of an address must be written as the member gave it.
    pub case_sensitive: bool,
    /// Whether `name+anything@` is every subscriber's own.
    pub extensions: bool,
    /// A longer post waits for a moderator; in bytes.
    pub most_bytes: u64,
    /// A post to more addresses (To and Cc) waits for a moderator.
    pub most_recipients: u32,
    /// What happens to a post that does not name the list in To or Cc.
    pub implicit: Verdict,
    /// Further addresses under which the list may be named.
    pub aliases: Vec<String>,
    /// What happens to posts with certain headers; the first that matches counts.
    pub headers: Vec<HeaderRule>,
    /// What happens to a post of an outsider that is almost a member's: hold, or as any outsider's.
    pub near_miss: Option<Verdict>,
}

/// Where a member's address counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum MembersBy {
    /// In `From` only.
    #[default]
    From,
    /// In `From`, the envelope, `Reply-To` or `Sender`, as Mailman 2 did it. A stranger can write
    /// these.
    AnySender,
}

/// What a member's `From` must be able to show.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Require {
    /// Nothing.
    #[default]
    None,
    /// SPF or DKIM of its own domain (RFC 7489 §3.1).
    Aligned,
}

/// A rule about a header.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HeaderRule {
    /// The header's name.
    pub name: String,
    /// A regular expression that its value is searched for, without regard to case.
    pub matches: String,
    /// What happens.
    pub verdict: Verdict,
}

/// Who is meant by an entry of an accept-list or a ban.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Pattern {
    /// One address: `anna@example.org`.
    Address(Key),
    /// Everybody of a domain, and of the domains under it where it begins with a dot:
    /// `@example.org`, `@.example.org`.
    Domain(String),
    /// A pattern in which `*` is any text: `build-*@example.org`.
    Glob(String),
    /// The subscribers of another list: `list:centos-devel`.
    List(String),
}

impl Default for Policy {
    /// What the first group does.
    fn default() -> Policy {
        Policy {
            nonmember: Verdict::Discard,
            members_by: MembersBy::From,
            require: Require::None,
            unaligned: Verdict::Hold,
            authserv_id: None,
            accept: Vec::new(),
            ban: Vec::new(),
            case_sensitive: false,
            extensions: false,
            most_bytes: 50_000,
            most_recipients: 20,
            implicit: Verdict::Hold,
            aliases: Vec::new(),
            headers: Vec::new(),
            near_miss: None,
        }
    }
}

/// What a list has otherwise than `[gate]` of the configuration says.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// `nonmember`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub nonmember: Option<Verdict>,
    /// `members_by`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub members_by: Option<MembersBy>,
    /// `require`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub require: Option<Require>,
    /// Where accepted posts go, as `[gate] onward`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub onward: Option<String>,
}

impl Settings {
    /// The rules of a list with these settings.
    pub fn over(&self, policy: &Policy) -> Policy {
        let mut own = policy.clone();
        own.nonmember = self.nonmember.unwrap_or(own.nonmember);
        own.members_by = self.members_by.unwrap_or(own.members_by);
        own.require = self.require.unwrap_or(own.require);
        own
    }
}

impl Policy {
    /// Whether the gate asks if an author's domain stands for a post, and nobody else tells.
    pub fn wants_alignment(&self) -> bool {
        let is_asked = self.require == Require::Aligned || self.nonmember == Verdict::Reject;
        is_asked && self.authserv_id.is_none()
    }

    /// The lists whose subscribers may post, too.
    pub fn accepted_lists(&self) -> impl Iterator<Item = &str> {
        self.accept.iter().chain(&self.ban).filter_map(|pattern| match pattern {
            Pattern::List(name) => Some(name.as_str()),
            _ => None,
        })
    }
}

impl HeaderRule {
    /// The longest expression, in bytes once it is made ready.
    const MOST_EXPRESSION: usize = 1 << 20;

    /// Makes an expression ready to search.
    pub fn compile(expression: &str) -> Result<regex::bytes::Regex, regex::Error> {
        regex::bytes::RegexBuilder::new(expression)
            .case_insensitive(true)
            .size_limit(Self::MOST_EXPRESSION)
            .build()
    }
}

impl Pattern {
    /// Reads an entry.
    pub fn parse(given: &str) -> Result<Pattern, String> {
        let given = given.trim().to_lowercase();
        if let Some(name) = given.strip_prefix("list:") {
            return match name.is_empty() {
                true => Err("write the name of a list after list:".to_string()),
                false => Ok(Pattern::List(name.to_string())),
            };
        }
        if given.contains('*') {
            return match given.chars().all(|c| c == '*' || c == '@' || is_atext(c) || c == '.') {
                true => Ok(Pattern::Glob(given)),
                false => Err("a pattern has letters of an address and * in it".to_string()),
            };
        }
        let wrong = || {
            "write an address (anna@example.org), a domain (@example.org, @.example.org), a pattern \
             with * or list:NAME"
                .to_string()
        };
        match given.strip_prefix('@') {
            Some(domain) => {
                let (dot, name) = match domain.strip_prefix('.') {
                    Some(name) => (".", name),
                    None => ("", domain),
                };
                let name = domain_to_ascii(name).ok_or_else(wrong)?;
                Ok(Pattern::Domain(format!("{dot}{name}")))
            }
            None => Key::parse(&given).map(Pattern::Address).ok_or_else(wrong),
        }
    }
}

impl Pattern {
    /// Whether an address is meant. Who is on a list is not known here.
    pub fn matches(&self, key: &Key) -> bool {
        match self {
            Pattern::Address(address) => address == key,
            Pattern::Domain(domain) => match domain.strip_prefix('.') {
                Some(parent) => key.domain().strip_suffix(parent).is_some_and(|d| d.ends_with('.')),
                None => key.domain() == domain,
            },
            Pattern::Glob(glob) => is_like(key.as_str(), glob),
            Pattern::List(_) => false,
        }
    }
}

impl fmt::Display for Pattern {
    /// As it is written in the configuration.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Pattern::Address(key) => write!(f, "{key}"),
            Pattern::Domain(domain) => write!(f, "@{domain}"),
            Pattern::Glob(glob) => f.write_str(glob),
            Pattern::List(name) => write!(f, "list:{name}"),
        }
    }
}

/// Whether a text fits a pattern in which `*` is any text: its parts are there one behind the other,
/// the first at the beginning and the last at the end.
fn is_like(text: &str, glob: &str) -> bool {
    let mut parts = glob.split('*');
    let Some(mut rest) = text.strip_prefix(parts.next().unwrap_or("")) else { return false };
    let Some(last) = parts.next_back() else { return rest.is_empty() };
    for part in parts {
        match rest.find(part) {
            Some(at) => rest = &rest[at + part.len()..],
            None => return false,
        }
    }
    rest.ends_with(last)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_mean_whom_they_say() {
        let means = |pattern: &str, address: &str| {
            Pattern::parse(pattern).unwrap().matches(&Key::parse(address).unwrap())
        };
        assert!(means("Anna@Example.org", "anna@example.org"));
        assert!(means("@example.org", "anna@example.org"));
        assert!(!means("@example.org", "anna@sub.example.org"));
        assert!(means("@.example.org", "anna@sub.example.org"));
        assert!(!means("@.example.org", "anna@example.org"));
        assert!(!means("@.example.org", "anna@notexample.org"));
        assert!(means("build-*@*.example.org", "build-7@ci.example.org"));
        assert!(!means("build-*@*.example.org", "xbuild-7@ci.example.org"));
        assert!(!means("*@spam.example", "a@spam.example.org"));
        assert!(means("*", "a@b.example"));
        for bad in ["", "anna", "@", "@x y", "list:", "a b*", "@exa mple"] {
            assert!(Pattern::parse(bad).is_err(), "{bad}");
        }
        for good in ["a@x.example", "@x.example", "@.x.example", "b*@x.example", "list:devel"] {
            assert_eq!(Pattern::parse(good).unwrap().to_string(), good);
        }
    }

    #[test]
    fn a_pattern_costs_little_whatever_it_is() {
        assert!(!is_like(&"a".repeat(10_000), &("a*".repeat(1_000) + "b")));
    }
}
