//! The parts of a package's name, as outsiders wrote them, in a form that is safe to compare and to
//! keep. What prints them still escapes them for its context.

use crate::domain::text;

/// The longest part of a package's name, in characters; RPM itself knows no limit.
pub const MOST_PART: usize = 128;

/// A part of a package's name without what no name has: control characters, mIRC's formatting,
/// bidi controls; and cut. What was changed ends in `#` and eight hexadecimal digits of the whole,
/// so that two names that differ stay two.
pub fn part(given: &str) -> String {
    let is_usual = |b: u8| b.is_ascii_graphic();
    if given.len() <= MOST_PART && given.bytes().all(is_usual) {
        return given.to_string();
    }
    let kept: String = text::clean(given).chars().take(MOST_PART - 9).collect();
    let kept = kept.split_whitespace().collect::<Vec<_>>().join("_");
    format!("{kept}#{:08x}", fnv(given.as_bytes()))
}

/// The longest name of a person or a service in a build system, in characters.
pub const MOST_PERSON: usize = 64;

/// Who did something, as a build system calls them: cleaned and cut; none where nothing is left.
pub fn person(given: &str) -> Option<String> {
    let mut kept = text::clean(given);
    if let Some((end, _)) = kept.char_indices().nth(MOST_PERSON) {
        kept.truncate(end);
    }
    (!kept.is_empty()).then_some(kept)
}

/// FNV-1a, 32 bits: tells names apart, and is no safeguard.
fn fnv(bytes: &[u8]) -> u32 {
    bytes.iter().fold(0x811c_9dc5, |hash, byte| (hash ^ u32::from(*byte)).wrapping_mul(0x0100_0193))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_person_is_one_short_harmless_name_or_none() {
        assert_eq!(person("gwd").as_deref(), Some("gwd"));
        assert_eq!(person("kojira/a\r\nQUIT\u{202e}").as_deref(), Some("kojira/aQUIT"));
        assert_eq!(person(" \u{3}4\t"), None);
        assert_eq!(person(&"é".repeat(500)).map(|name| name.chars().count()), Some(MOST_PERSON));
    }

    #[test]
    fn usual_names_stay_and_hostile_ones_become_harmless() {
        for name in ["qemu-kvm-ev", "gtk2+", "2.12.0~rc1^git3", "1.el7_5.2"] {
            assert_eq!(part(name), name);
        }
        let hostile = part("xen\r\nPRIVMSG #a :\u{3}4,1red\u{202e}");
        assert!(hostile.starts_with("xenPRIVMSG_#a_:red#"), "{hostile}");
        assert!(part(&"é".repeat(4096)).chars().count() <= MOST_PART);
        assert_ne!(
            part(&format!("{}a", "x".repeat(4096))),
            part(&format!("{}b", "x".repeat(4096)))
        );
    }
}
