//! A mail address in the form in which two are compared: who is the same, though written otherwise.
//!
//! Not the parser of a header: a `From` is read by [`author`](crate::domain::list::author), which
//! ends here.

use serde::{Deserialize, Serialize};
use std::fmt;
use unicode_normalization::UnicodeNormalization;

/// The longest address, in bytes (RFC 5321 §4.5.3.1.3; an internationalised one is as long in UTF-8).
pub const MOST_BYTES: usize = 254;
/// The longest local part, in bytes (RFC 5321 §4.5.3.1.1).
pub const MOST_LOCAL: usize = 64;

/// An address for comparing: the local part in NFC and small letters, the domain in its ASCII form
/// (RFC 5890) and small letters, a quoted local part without quotes it does not need.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Key(String);

impl Key {
    /// The key of `local@domain`, where the local part is as it means (without quotes and without
    /// backslashes); nothing where no mailbox can be called so.
    pub fn of(local: &str, domain: &str) -> Option<Key> {
        let is_bad = |c: char| crate::domain::text::is_unprintable(c) || c == '\u{fffd}';
        if local.is_empty() || local.chars().any(is_bad) {
            return None;
        }
        if local.chars().any(is_lookalike) {
            return None;
        }
        let local: String = local.nfc().flat_map(char::to_lowercase).nfc().collect();
        let domain = domain_to_ascii(domain)?;
        let written = if is_dot_atom(&local) { local } else { quoted(&local) };
        let key = format!("{written}@{domain}");
        (written.len() <= MOST_LOCAL && key.len() <= MOST_BYTES).then_some(Key(key))
    }

    /// The key of an address that stands alone: `local@domain`, the local part perhaps in quotes, as
    /// in an envelope (RFC 5321 §4.1.2) or in a list of addresses.
    pub fn parse(given: &str) -> Option<Key> {
        if given.len() > 2 * MOST_BYTES {
            return None;
        }
        match given.strip_prefix('"') {
            None => {
                let (local, domain) = given.rsplit_once('@')?;
                is_dot_atom(local).then(|| Key::of(local, domain))?
            }
            Some(rest) => {
                let mut local = String::new();
                let mut chars = rest.char_indices();
                loop {
                    match chars.next()? {
                        (_, '\\') => local.push(chars.next()?.1),
                        (at, '"') => return Key::of(&local, rest[at + 1..].strip_prefix('@')?),
                        (_, c) => local.push(c),
                    }
                }
            }
        }
    }

    /// `local@domain`.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What stands before the last `@`.
    pub fn local(&self) -> &str {
        self.0.rsplit_once('@').map_or("", |(local, _)| local)
    }

    /// What stands after it.
    pub fn domain(&self) -> &str {
        self.0.rsplit_once('@').map_or("", |(_, domain)| domain)
    }

    /// The address without its `+extension` (RFC 5233 subaddress); nothing where it has none.
    pub fn without_extension(&self) -> Option<Key> {
        let (base, _) = self.local().split_once('+').filter(|(base, _)| !base.is_empty())?;
        (!base.starts_with('"')).then(|| Key(format!("{base}@{}", self.domain())))
    }
}

impl fmt::Display for Key {
    /// It holds nothing that is not printed.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Whether a letter beyond ASCII would become one of ASCII (the Kelvin sign, full-width letters): two
/// readers may differ in whom it names.
fn is_lookalike(c: char) -> bool {
    let folds_to_ascii =
        || c.to_lowercase().next().is_some_and(|c| c.is_ascii()) || c.nfc().all(|c| c.is_ascii());
    !c.is_ascii() && folds_to_ascii()
}

/// The ASCII form of a host name, in small letters; nothing for what is none. An address literal
/// (`[192.0.2.1]`) is no subscriber's domain.
pub fn domain_to_ascii(domain: &str) -> Option<String> {
    if domain.is_ascii() {
        let is_name = crate::domain::address::Address::parse(&format!("a@{domain}")).is_ok();
        let has_punycode = domain.split('.').any(|label| label.len() > 3 && is_punycode(label));
        if !has_punycode {
            return is_name.then(|| domain.to_ascii_lowercase());
        }
    }
    let ascii = idna::domain_to_ascii_strict(domain).ok()?;
    // UTS 46 maps full-width letters, other dots and the like: a name that is changed by the way back
    // is not the name that people see.
    let (seen, valid) = idna::domain_to_unicode(&ascii);
    let written: String = domain.nfc().flat_map(char::to_lowercase).nfc().collect();
    let is_same = domain.is_ascii() || seen == written;
    if valid.is_err() || !is_same {
        return None;
    }
    crate::domain::address::Address::parse(&format!("a@{ascii}")).is_ok().then_some(ascii)
}

fn is_punycode(label: &str) -> bool {
    label.get(..4).is_some_and(|start| start.eq_ignore_ascii_case("xn--"))
}

/// RFC 5322 §3.2.3 with RFC 6532 §3.2: atoms joined by single dots.
pub fn is_dot_atom(text: &str) -> bool {
    !text.is_empty() && text.split('.').all(|atom| !atom.is_empty() && atom.chars().all(is_atext))
}

/// RFC 5322 §3.2.3 with RFC 6532 §3.2: every letter beyond ASCII, too.
pub fn is_atext(c: char) -> bool {
    match c.is_ascii() {
        true => c.is_ascii_alphanumeric() || "!#$%&'*+-/=?^_`{|}~".contains(c),
        false => !crate::domain::text::is_unprintable(c) && !c.is_whitespace(),
    }
}

fn quoted(local: &str) -> String {
    let mut out = String::from('"');
    for c in local.chars() {
        if matches!(c, '"' | '\\') {
            out.push('\\');
        }
        out.push(c);
    }
    out.push('"');
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn key(given: &str) -> Option<String> {
        Key::parse(given).map(|key| key.to_string())
    }

    #[test]
    fn the_same_mailbox_has_the_same_key() {
        for (given, wanted) in [
            ("Alice@Example.ORG", "alice@example.org"),
            ("\"alice\"@example.org", "alice@example.org"),
            ("\"a\\lice\"@example.org", "alice@example.org"),
            ("\"Al Ice\"@example.org", "\"al ice\"@example.org"),
            ("\"a@b\"@example.org", "\"a@b\"@example.org"),
            ("jose\u{301}@example.org", "jos\u{e9}@example.org"),
            ("x@B\u{fc}cher.example", "x@xn--bcher-kva.example"),
            ("x@XN--bcher-kva.example", "x@xn--bcher-kva.example"),
        ] {
            assert_eq!(key(given).as_deref(), Some(wanted), "{given}");
        }
    }

    #[test]
    fn what_names_no_mailbox_has_none() {
        for bad in [
            "",
            "alice",
            "@example.org",
            "alice@",
            "a b@example.org",
            "a@b@example.org",
            "alice@example.org\r\n",
            "alice\0@example.org",
            "alice@[192.0.2.1]",
            "\"alice@example.org",
            "\"\"@example.org",
            "a..b@example.org",
            "alice@exa mple.org",
            "alice@xn--a.example\u{2028}",
            // The Kelvin sign, a full-width letter, an ideographic full stop.
            "fran\u{212a}@example.org",
            "alice@\u{ff45}xample.org",
            "alice@example\u{3002}org",
        ] {
            assert_eq!(key(bad), None, "{bad}");
        }
        assert_eq!(key(&format!("{}@example.org", "a".repeat(65))), None);
    }

    #[test]
    fn an_extension_can_be_left_out() {
        let base = |given: &str| Key::parse(given)?.without_extension().map(|key| key.to_string());
        assert_eq!(base("bob+lists@example.org").as_deref(), Some("bob@example.org"));
        assert_eq!(base("bob@example.org"), None);
        assert_eq!(base("+lists@example.org"), None);
    }

    proptest! {
        #[test]
        fn a_key_is_its_own_key(local in any::<String>(), domain in any::<String>()) {
            if let Some(key) = Key::of(&local, &domain) {
                prop_assert_eq!(Key::parse(key.as_str()), Some(key));
            }
        }
    }
}
