//! Names on IRC: nicks, services accounts, channels, and how a network folds their case.

use crate::domain::text;
use serde::{Deserialize, Serialize};

macro_rules! name {
    ($(#[$doc:meta])* $name:ident, $most:expr) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(from = "String")]
        pub struct $name(String);

        impl $name {
            /// The longest name kept, in characters; what is longer is cut.
            pub const MOST_CHARS: usize = $most;

            /// Takes a name as the network gave it, without control characters and outer spaces.
            pub fn new(given: &str) -> $name {
                $name(text::clean(given).chars().take(Self::MOST_CHARS).collect())
            }

            /// The name as a rule may read it. Printing goes through an escaper.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl From<String> for $name {
            fn from(given: String) -> $name {
                $name::new(&given)
            }
        }

        impl From<&str> for $name {
            fn from(given: &str) -> $name {
                $name::new(given)
            }
        }

        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                write!(f, "{:?}", self.0)
            }
        }
    };
}

name!(
    /// A nick: what a person is called on IRC for the moment. It proves nothing.
    Nick,
    64
);
name!(
    /// A services account: who a person is on networks that have services.
    Account,
    64
);
name!(
    /// A channel, with its leading `#`.
    Channel,
    200
);
name!(
    /// A network, by its name in the configuration.
    Network,
    64
);

/// How a network compares nicks and channels (ISUPPORT `CASEMAPPING`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Casemapping {
    /// `A`–`Z` are `a`–`z`.
    Ascii,
    /// And `[]\~` are `{}|^` (RFC 2812 §2.2). What a network has that does not say.
    #[default]
    Rfc1459,
    /// And `[]\` are `{}|`.
    Rfc1459Strict,
}

impl Casemapping {
    /// Reads the value of ISUPPORT `CASEMAPPING`; an unknown one counts as RFC 1459.
    pub fn parse(value: &str) -> Casemapping {
        match value.to_ascii_lowercase().as_str() {
            "ascii" => Casemapping::Ascii,
            "rfc1459-strict" | "strict-rfc1459" => Casemapping::Rfc1459Strict,
            _ => Casemapping::Rfc1459,
        }
    }

    /// The folded form: two names are the same name when their folded forms are equal.
    pub fn fold(self, name: &str) -> String {
        name.chars().map(|c| self.fold_char(c)).collect()
    }

    /// Whether both are the same name.
    pub fn same(self, one: &str, other: &str) -> bool {
        one.chars().map(|c| self.fold_char(c)).eq(other.chars().map(|c| self.fold_char(c)))
    }

    fn fold_char(self, c: char) -> char {
        match (self, c) {
            (_, 'A'..='Z') => c.to_ascii_lowercase(),
            (Casemapping::Ascii, _) => c,
            (_, '[') => '{',
            (_, ']') => '}',
            (_, '\\') => '|',
            (Casemapping::Rfc1459, '~') => '^',
            _ => c,
        }
    }
}

/// The longest part that a name may be in a path or an id, in bytes and in characters.
const MOST_SLUG_BYTES: usize = 120;
const MOST_SLUG_CHARS: usize = 60;

/// A name as a part of a path or an id: letters and digits in lower case, everything else one `-`.
/// Empty where the name has neither.
pub fn slug(name: &str) -> String {
    let mut out = String::new();
    for c in name.chars().flat_map(char::to_lowercase).take(MOST_SLUG_CHARS) {
        if out.len() + c.len_utf8() > MOST_SLUG_BYTES {
            break; // A file name has at most 255 bytes, and letters may have four.
        }
        match c.is_alphanumeric() {
            true => out.push(c),
            false if !out.is_empty() && !out.ends_with('-') => out.push('-'),
            false => {}
        }
    }
    out.trim_end_matches('-').to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folds_as_the_network_says() {
        assert!(Casemapping::Rfc1459.same("Nick[~]", "nICK{^}"));
        assert!(!Casemapping::Rfc1459Strict.same("~", "^"));
        assert!(!Casemapping::Ascii.same("[", "{"));
        assert_eq!(Casemapping::Ascii.fold("ÄB"), "Äb");
    }

    #[test]
    fn a_name_is_bounded_and_clean() {
        assert_eq!(Nick::new("\u{02}al\nice ").as_str(), "alice");
        assert_eq!(Nick::new(&"x".repeat(4096)).as_str().len(), Nick::MOST_CHARS);
    }
}
