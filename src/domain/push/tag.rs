//! One change of a tag in the build system: a build was tagged, or untagged.

use crate::domain::push::evr::Evr;
use crate::domain::time::Moment;

/// The longest name of a tag that is taken, in characters.
pub const MOST_TAG: usize = 128;

/// A change of a tag. Events are numbered as time goes on; one event can be several changes, of
/// which each has its own act, tag and build.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// The number of the event: the cursor.
    pub event: i64,
    /// When, by the build system's clock.
    pub at: Moment,
    /// What happened.
    pub act: Act,
    /// The tag, such as `virt7-kvm-common-release`.
    pub tag: String,
    /// Who did it, as the build system calls them; none for the system itself.
    pub by: Option<String>,
    /// The build system's number of the build.
    pub build: i64,
    /// The source package's name.
    pub source: String,
    /// Its version.
    pub evr: Evr,
}

/// What happened to a tag.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Act {
    /// A build was put under it.
    Tagged,
    /// A build was taken away from it.
    Untagged,
}

/// Takes a tag's name as an outsider wrote it, or says in a sentence what is wrong with it.
/// Koji allows letters, digits and `/_.+-` (`RegexNameInternal` of its hub).
pub fn name(given: &str) -> Result<String, String> {
    let usual = |b: u8| b.is_ascii_alphanumeric() || b"/_.+-".contains(&b);
    if given.is_empty() {
        return Err("the tag is empty; a tag is such as virt7-xen-46-release".into());
    }
    if given.len() > MOST_TAG {
        return Err(format!("the tag is too long: {MOST_TAG} characters at most"));
    }
    match given.bytes().all(usual) {
        true => Ok(given.to_string()),
        false => Err("a tag has letters, digits, '/', '_', '.', '+' and '-' only".into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tags_name_is_checked() {
        let longest = "t".repeat(MOST_TAG);
        for good in ["virt7-xen-46-release", "f31-updates-pending", "a/b_c.d+1", &longest] {
            assert_eq!(name(good).as_deref(), Ok(good));
        }
        let too_long = format!("{longest}t");
        for bad in ["", "two words", "xen\r\nQUIT", "x\u{202e}", "é", "a:b", &too_long] {
            assert!(name(bad).is_err(), "{bad:?}");
        }
    }
}
