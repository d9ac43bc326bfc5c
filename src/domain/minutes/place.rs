//! Where the files of a meeting are: a path made from a pattern, which no name can leave.
//!
//! `%Y %m %d %H %M %S %B %F %G %V` stand for the start in UTC, `{name}`, `{channel}` and `{network}`
//! for what they say, reduced to letters, digits and `-`. A meeting's name never reaches the time patterns:
//! in MeetBot a meeting named `%n` puts a line feed into the path.

use crate::domain::meeting::Meeting;
use crate::domain::name::slug;

/// The pattern that is used where none is configured.
pub const DEFAULT: &str = "%Y/{name}.%Y-%m-%d-%H.%M";

/// The letters that may follow `%`.
const TIMES: &str = "YmdHMSBFGV";

/// The longest pattern, in characters.
pub const MOST_PATTERN: usize = 120;

/// A pattern that can be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pattern(String);

impl Pattern {
    /// Checks a pattern.
    ///
    /// # Errors
    ///
    /// A sentence that says what is wrong with it.
    pub fn parse(pattern: &str) -> Result<Pattern, String> {
        let mut rest = pattern.chars();
        while let Some(c) = rest.next() {
            match c {
                '%' => match rest.next() {
                    Some(letter) if TIMES.contains(letter) => {}
                    Some(letter) => {
                        return Err(format!(
                            "`path` knows %Y %m %d %H %M %S %B %F %G %V, not %{}",
                            letter.escape_default()
                        ));
                    }
                    None => return Err("`path` ends in the middle of a %".to_string()),
                },
                '{' => {
                    let word = rest.as_str().split_once('}').map(|(word, _)| word);
                    let Some(word @ ("name" | "channel" | "network")) = word else {
                        return Err("`path` knows {name}, {channel} and {network}".to_string());
                    };
                    rest.nth(word.len());
                }
                c if c.is_ascii_alphanumeric() || "-_./".contains(c) => {}
                c => {
                    return Err(format!(
                        "`path` may have letters, digits and - _ . / in it, not {c:?}"
                    ));
                }
            }
        }
        if pattern.split('/').any(|part| part.is_empty() || part.starts_with('.')) {
            let sentence = "must have something other than a dot at the start of each of its parts";
            return Err(format!("`path` {sentence}, and no slash at an end"));
        }
        if pattern.len() > MOST_PATTERN {
            return Err(format!("`path` is longer than {MOST_PATTERN} characters"));
        }
        Ok(Pattern(pattern.to_string()))
    }

    /// The path of a meeting's files, without extension, relative to the folder of all minutes.
    pub fn base(&self, meeting: &Meeting) -> String {
        let time = |word: &str| meeting.started_at.utc().format(word).to_string();
        let channel = meeting.settings.channel.as_ref().map_or("", |channel| channel.as_str());
        let network = meeting.settings.network.as_ref().map_or("", |network| network.as_str());
        let name = meeting.name.as_ref().or(meeting.settings.group.as_ref());
        let name = name.map(|name| slug(name.as_untrusted())).filter(|slug| !slug.is_empty());
        let mut out = String::new();
        let mut rest = self.0.as_str();
        while let Some(c) = rest.chars().next() {
            let (piece, length) = match c {
                '%' => (time(&rest[..2]), 2),
                '{' if rest.starts_with("{name}") => {
                    (name.clone().unwrap_or_else(|| slug_or(channel)), 6)
                }
                '{' if rest.starts_with("{network}") => (slug_or(network), "{network}".len()),
                '{' => (slug_or(channel), "{channel}".len()),
                c => (c.to_string(), c.len_utf8()),
            };
            out.push_str(&piece);
            rest = &rest[length..];
        }
        out
    }
}

impl Default for Pattern {
    fn default() -> Pattern {
        Pattern(DEFAULT.to_string())
    }
}

fn slug_or(name: &str) -> String {
    Some(slug(name)).filter(|slug| !slug.is_empty()).unwrap_or_else(|| "meeting".to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::meeting::Settings;
    use crate::domain::text::Text;
    use crate::domain::time::Moment;
    use proptest::prelude::*;

    fn base(pattern: &str, name: &str) -> String {
        let channel = Some("#centos-devel".into());
        let mut meeting = Meeting::new(Settings { channel, ..Settings::default() });
        meeting.name = Some(Text::new(name));
        meeting.started_at = Moment::parse("2018-11-13T15:00:12Z").unwrap();
        Pattern::parse(pattern).unwrap().base(&meeting)
    }

    #[test]
    fn makes_paths_as_the_groups_have_them() {
        assert_eq!(base(DEFAULT, "Virt SIG"), "2018/virt-sig.2018-11-13-15.00");
        assert_eq!(
            base("%Y/%B/{channel}.%F-%H.%M", "x"),
            "2018/November/centos-devel.2018-11-13-15.00"
        );
        assert_eq!(base(DEFAULT, "%n ../../evil"), "2018/n-evil.2018-11-13-15.00");
        assert_eq!(base(DEFAULT, "///"), "2018/centos-devel.2018-11-13-15.00");
        assert_eq!(base(DEFAULT, "注意"), "2018/注意.2018-11-13-15.00");
        assert!(base(DEFAULT, &"\u{20000}".repeat(100)).len() < 200);
    }

    #[test]
    fn refuses_patterns_that_lead_elsewhere() {
        for bad in [
            "", "/a", "a/", "a//b", "../a", "a/../b", ".a", "%", "%s", "%Z", "%n", "{who}",
            "{name", "a b", "a\\b", "{name}\n", "é",
        ] {
            assert!(Pattern::parse(bad).is_err(), "{bad}");
        }
    }

    proptest! {
        #[test]
        fn no_name_leaves_the_folder(name in any::<String>()) {
            let base = base(DEFAULT, &name);
            prop_assert_eq!(base.matches('/').count(), 1);
            prop_assert!(base.starts_with("2018/") && !base.contains("..") && base.len() < 255);
            prop_assert!(!base.contains(|c: char| c.is_control() || c == '\\'));
        }
    }
}
