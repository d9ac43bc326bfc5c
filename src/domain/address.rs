//! Mail addresses of our own configuration and of envelopes: `local@domain`, plain ASCII.
//!
//! This is not the parser of a stranger's `From`; it refuses everything that is unusual.

use std::fmt;

/// An address that can stand in an envelope and in a header as it is.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Address(String);

/// The longest address, in bytes (RFC 5321 §4.5.3.1.3, without the angle brackets).
pub const MOST_BYTES: usize = 254;
/// The longest part before the `@`, in bytes (RFC 5321 §4.5.3.1.1).
const MOST_LOCAL: usize = 64;

/// Why something is no address for us.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotAnAddress {
    /// Nothing before or after the `@`, or none.
    #[error("a mail address is written NAME@DOMAIN, for example list@lists.example.org")]
    NotTwoParts,
    /// It has a display name or brackets.
    #[error("write the address alone, without a name or < >, for example list@lists.example.org")]
    NotAlone,
    /// Its local part needs quoting, or is not ASCII.
    #[error(
        "before the @ there may be letters, digits, dots between them, and !#$%&'*+-/=?^_`{{|}}~"
    )]
    Local,
    /// Its domain is no host name; one with other letters is written in its ASCII form.
    #[error(
        "after the @ there must be a host name in letters, digits, - and dots (xn--… for others)"
    )]
    Domain,
    /// It is too long.
    #[error("a mail address has at most 254 characters, 64 of them before the @")]
    TooLong,
}

impl Address {
    /// Reads an address.
    pub fn parse(given: &str) -> Result<Address, NotAnAddress> {
        if given.contains(['<', '>', '"', ' ', ',', ';', '(']) {
            return Err(NotAnAddress::NotAlone);
        }
        let (local, domain) = given.rsplit_once('@').ok_or(NotAnAddress::NotTwoParts)?;
        if local.is_empty() || domain.is_empty() {
            return Err(NotAnAddress::NotTwoParts);
        }
        if given.len() > MOST_BYTES || local.len() > MOST_LOCAL {
            return Err(NotAnAddress::TooLong);
        }
        // RFC 5321 §4.1.2: Dot-string.
        if !local.split('.').all(|atom| !atom.is_empty() && atom.bytes().all(is_atext)) {
            return Err(NotAnAddress::Local);
        }
        if !domain.split('.').all(is_label) {
            return Err(NotAnAddress::Domain);
        }
        Ok(Address(given.to_string()))
    }

    /// `local@domain`.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What stands before the `@`.
    pub fn local(&self) -> &str {
        self.0.rsplit_once('@').map_or("", |(local, _)| local)
    }

    /// What stands after it.
    pub fn domain(&self) -> &str {
        self.0.rsplit_once('@').map_or("", |(_, domain)| domain)
    }
}

impl fmt::Display for Address {
    /// It holds nothing that could mean anything anywhere, so it prints itself.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// RFC 5322 §3.2.3.
fn is_atext(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-/=?^_`{|}~".contains(&byte)
}

/// RFC 1123 §2.1.
fn is_label(label: &str) -> bool {
    (1..=63).contains(&label.len())
        && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
        && !label.starts_with('-')
        && !label.ends_with('-')
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn reads_what_people_write_and_says_what_is_wrong() {
        let address = Address::parse("centos-virt@centos.org").unwrap();
        assert_eq!((address.local(), address.domain()), ("centos-virt", "centos.org"));
        for good in ["a.b+c@x.example", "root@localhost", "o'hara@xn--bcher-kva.example"] {
            assert_eq!(Address::parse(good).unwrap().to_string(), good);
        }
        let long = format!("{}@x.example", "a".repeat(65));
        for (bad, why) in [
            ("", NotAnAddress::NotTwoParts),
            ("list", NotAnAddress::NotTwoParts),
            ("@x.example", NotAnAddress::NotTwoParts),
            ("list@", NotAnAddress::NotTwoParts),
            ("Virt <list@x.example>", NotAnAddress::NotAlone),
            ("a@x.example, b@x.example", NotAnAddress::NotAlone),
            ("\"a b\"@x.example", NotAnAddress::NotAlone),
            ("a..b@x.example", NotAnAddress::Local),
            ("a@b@x.example", NotAnAddress::Local),
            ("a\r\nRCPT@x.example", NotAnAddress::Local),
            ("josé@x.example", NotAnAddress::Local),
            ("list@bücher.example", NotAnAddress::Domain),
            ("list@x..example", NotAnAddress::Domain),
            ("list@x.example\r\n", NotAnAddress::Domain),
            (&long, NotAnAddress::TooLong),
        ] {
            assert_eq!(Address::parse(bad), Err(why), "{bad}");
        }
    }

    proptest! {
        #[test]
        fn an_address_can_stand_in_a_header(given in any::<String>()) {
            if let Ok(address) = Address::parse(&format!("{given}@{given}")) {
                prop_assert!(address.as_str().bytes().all(|byte| byte.is_ascii_graphic()));
            }
        }
    }
}
