//! Patterns for names: `virt*-release`, `xen*`. `*` stands for any letters, all else for itself, in
//! whatever case.

use std::fmt;

/// The longest pattern, in bytes.
pub const MOST_PATTERN: usize = 128;

/// A pattern.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Pattern(String);

impl Pattern {
    /// Of letters in which `*` stands for any others.
    pub fn new(pattern: &str) -> Pattern {
        Pattern(pattern.to_ascii_lowercase())
    }

    /// Reads what a person wrote.
    pub fn parse(given: &str) -> Result<Pattern, String> {
        let is_name = |c: char| c.is_ascii_alphanumeric() || "-._+~^:*".contains(c);
        match !given.is_empty() && given.len() <= MOST_PATTERN && given.chars().all(is_name) {
            true => Ok(Pattern::new(given)),
            false => Err(format!(
                "a name, or one with * for any letters, such as xen*, has letters, digits and \
                 -._+~^ and at most {MOST_PATTERN} of them"
            )),
        }
    }

    /// Whether a name fits.
    pub fn fits(&self, name: &str) -> bool {
        let name = name.to_ascii_lowercase();
        let mut parts = self.0.split('*');
        let first = parts.next().unwrap_or("");
        let Some(mut rest) = name.strip_prefix(first) else { return false };
        let Some(last) = parts.next_back() else { return rest.is_empty() };
        for part in parts {
            let Some(at) = rest.find(part) else { return false };
            rest = &rest[at + part.len()..];
        }
        rest.ends_with(last)
    }
}

impl fmt::Display for Pattern {
    /// As it was written, in small letters.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_is_any_letters_and_nothing_else_is() {
        let all = [
            ("virt*-release", "virt7-xen-46-release", true),
            ("virt*-release", "virt7-xen-46-testing", false),
            ("xen", "XEN", true),
            ("xen", "xen-46", false),
            ("*", "", true),
            ("a*a", "a", false),
            ("a*b*c", "a-b-b-c", true),
            ("a*b*c", "a-c-b", false),
            ("x.n", "xen", false),
        ];
        for (pattern, name, fits) in all {
            assert_eq!(Pattern::new(pattern).fits(name), fits, "{pattern} {name}");
        }
        assert!(Pattern::parse("xen*").is_ok());
        for bad in ["", "xen [a]", "ü", &"x".repeat(200)] {
            assert!(Pattern::parse(bad).is_err(), "{bad}");
        }
    }
}
