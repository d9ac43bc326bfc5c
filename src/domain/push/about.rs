//! What a build is, put together of what its packages' metadata says.

use crate::domain::push::evr::Evr;
use crate::domain::text::clean;
use regex::Regex;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

/// The most entries of a changelog that are kept where nobody can tell which are new.
const FEW: usize = 3;
/// The most entries that are kept of a build.
const MOST_CHANGES: usize = 30;
/// The longest entry that is kept, in characters.
const MOST_TEXT: usize = 4_000;
/// The longest line about what a package is, in characters.
const MOST_SUMMARY: usize = 300;

/// What a build is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct About {
    /// What it is for, in a line.
    pub summary: String,
    /// Its licence.
    pub licence: String,
    /// What changed since the version before, the newest first: author and text.
    pub changes: Vec<(String, String)>,
    /// The ids of security faults it mends: CVE and XSA.
    pub security: Vec<String>,
    /// How severe the worst one is, where an advisory says so.
    pub severity: Option<String>,
    /// Whether those were read out of the changelog only.
    pub from_changelog: bool,
    /// The checksums of its packages by `NAME.ARCH`.
    pub packages: BTreeMap<String, String>,
}

impl About {
    /// The same with the ids of security faults that its changelog names, where no advisory names
    /// any.
    pub fn with_security(mut self) -> About {
        if self.security.is_empty() {
            let words = self.changes.iter().flat_map(|(_, text)| security_ids(text));
            self.security = words.collect::<BTreeSet<String>>().into_iter().collect();
            self.from_changelog = !self.security.is_empty();
        }
        self
    }
}

/// The ids of security faults that a text names: `CVE-2018-18849`, `XSA-282`.
pub fn security_ids(text: &str) -> impl Iterator<Item = String> {
    static ID: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r"(?i)\b(?:CVE-[0-9]{4}-[0-9]{4,10}|XSA-[0-9]{1,5})\b").expect("a good pattern")
    });
    ID.find_iter(text).map(|id| id.as_str().to_ascii_uppercase())
}

/// Takes in what one package says of itself; `is_main` where it is called as its source.
pub fn tell(about: &mut About, is_main: bool, summary: &str, licence: &str) {
    let short = |words: &str| clean(words).chars().take(MOST_SUMMARY).collect::<String>();
    if about.summary.is_empty() || is_main {
        about.summary = short(summary);
        about.licence = short(licence);
    }
}

/// The entries of a changelog (who and which version, and what; the newest first) that came after
/// the version before: all down to the first that names that version or an older one. Mail
/// addresses are left out: nobody asked for more mail.
pub fn between(entries: &[(String, String)], previous: Option<&Evr>) -> Vec<(String, String)> {
    let is_old = |author: &str| {
        let version = version_of(author);
        version.zip(previous).is_some_and(|(version, previous)| !version.is_newer_than(previous))
    };
    let can_tell = previous.is_some() && entries.iter().any(|(author, _)| is_old(author));
    let new = entries.iter().take_while(|(author, _)| !is_old(author));
    let most = if can_tell { MOST_CHANGES } else { FEW };
    new.take(most).map(|(author, text)| (without_address(author), bounded(text))).collect()
}

/// The version at the end of `Anna <anna@example.org> - 10:2.12.0-18`; one without release is older
/// than all with that version.
fn version_of(author: &str) -> Option<Evr> {
    let word = author.split_whitespace().next_back()?;
    let (epoch, rest) = word.split_once(':').unwrap_or(("0", word));
    let (version, release) = rest.split_once('-').unwrap_or((rest, ""));
    let is_version = version.starts_with(|c: char| c.is_ascii_digit()) && version.contains('.');
    is_version.then(|| Evr::new(epoch.parse().unwrap_or(0), version, release))
}

fn without_address(author: &str) -> String {
    let cleaned = clean(author);
    let (before, rest) = cleaned.split_once('<').unwrap_or((&cleaned, ""));
    let after = rest.split_once('>').map_or("", |(_, after)| after);
    format!("{} {}", before.trim(), after.trim()).trim().to_string()
}

fn bounded(text: &str) -> String {
    let lines: Vec<String> = text.lines().map(clean).collect();
    lines.join("\n").chars().take(MOST_TEXT).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_changed_is_what_came_after_the_version_before() {
        let entry = |author: &str| (author.to_string(), "- \u{3}4fix\n- more".to_string());
        let all = [
            entry("Anna <anna@example.org> - 10:2.12.0-18"),
            entry("Peter <p@example.org> 2.12.0-17"),
            entry("Anna <anna@example.org> - 10:2.10.0-21"),
            entry("Anna <anna@example.org> - 10:2.10.0-20"),
        ];
        let previous = Evr::new(10, "2.10.0", "21.el7");
        let new = between(&all[..1], Some(&previous));
        assert_eq!(new, [("Anna - 10:2.12.0-18".to_string(), "- fix\n- more".to_string())]);
        let new = between(&all, Some(&Evr::new(0, "2.10.0", "21.el7")));
        assert_eq!(new.len(), 3, "nobody can tell: epochs are missing");
        let same: Vec<_> = ["3.0-2", "3.0-1", "2.9-4", "2.9-3"].map(entry).into();
        assert_eq!(between(&same, Some(&Evr::new(0, "2.9", "4.el7"))).len(), 2);
        assert_eq!(between(&[entry("Anna")], None).len(), 1);
        assert_eq!(between(&same, None).len(), FEW);
    }
}
