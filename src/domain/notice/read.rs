//! Notices with a form, as people type them: the end of support of a version, a rebase, an event.
//!
//! `#eol xen 4.6 2018-11-13` in a meeting and `beadle notice add --kind eol xen 4.6 2018-11-13` are
//! read here alike. What comes out is clean text; who may post it is not asked here.

use crate::domain::notice::{Change, Kind};
use crate::domain::text::{Text, clean};
use chrono::NaiveDate;

/// The longest name of a project, a version or a platform, in bytes.
pub const MOST_NAME_BYTES: usize = 64;

/// Names that are written otherwise than people type them in a hurry; every other name stays as it
/// was typed.
const SPELLED: [&str; 10] =
    ["Ansible", "Ceph", "CentOS", "Docker", "Gluster", "KVM", "Kubernetes", "QEMU", "Xen", "oVirt"];

/// Why words are no notice of the kind: what was expected instead, with an example.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Mistake {
    /// A word is missing or one too many.
    #[error("write {form}, for example {example}")]
    Form {
        /// The words in their order.
        form: &'static str,
        /// An example of it.
        example: &'static str,
    },
    /// Something stands where the date should.
    #[error("{0:?} is not a date; write it as 2018-11-13")]
    Date(String),
    /// Something stands where the version should.
    #[error("{0:?} is not a version; write the number that the packages carry, as 4.12")]
    Version(String),
    /// An event on a day that is over.
    #[error("{0} is in the past; check the year")]
    Past(NaiveDate),
    /// A name that goes on and on.
    #[error("a project, version or platform has {MOST_NAME_BYTES} bytes at most")]
    Long,
    /// There are no words.
    #[error("a notice needs words: what the users of the packages should know")]
    Empty,
}

const EOL: Mistake =
    Mistake::Form { form: "PROJECT VERSION DATE", example: "\"xen 4.6 2018-11-13\"" };
const REBASE: Mistake = Mistake::Form {
    form: "PROJECT VERSION, and \"for PLATFORM\" where it is for one only",
    example: "\"libvirt 4.9.0 for CentOS 7.6\"",
};
const EVENT: Mistake = Mistake::Form {
    form: "DATE and what happens, where, and a link",
    example: "\"2018-11-16 oVirt conference, Milan\"",
};

/// Plain news.
pub fn news(words: &str) -> Result<(Kind, Text), Mistake> {
    let words = clean(words);
    if words.is_empty() { Err(Mistake::Empty) } else { Ok((Kind::News, Text::new(words))) }
}

/// `xen 4.6 2018-11-13`: `Xen 4.6 is out of security support now`, or what it will be when that day
/// is still to come.
pub fn eol(words: &str, today: NaiveDate) -> Result<(Kind, Text), Mistake> {
    let words = clean(words);
    let mut rest = words.split_whitespace().collect::<Vec<_>>();
    // "xen 4.6 on 2018-11-13" says the same.
    if rest.len() == 4 && rest[2].eq_ignore_ascii_case("on") {
        rest.remove(2);
    }
    let [project, given, date] = rest[..] else { return Err(EOL) };
    let (project, version, date) = (name(project)?, version(given)?, day(date)?);
    let what = format!("{} {version}", spelled(&project));
    let text = match date <= today {
        true => format!("{what} is out of security support now"),
        false => format!("{what} will be out of security support on {date}"),
    };
    Ok((Kind::EndOfSupport { project, version, date }, Text::new(text)))
}

/// `libvirt 4.9.0 for CentOS 7.6`: `libvirt is being rebased on upstream 4.9.0 for CentOS 7.6`.
pub fn rebase(words: &str) -> Result<(Kind, Text), Mistake> {
    let words = clean(words);
    let mut rest = words.split_whitespace();
    let (Some(project), Some(given)) = (rest.next(), rest.next()) else { return Err(REBASE) };
    let (project, version) = (name(project)?, version(given)?);
    let after = rest.next().map(|word| (word, rest.collect::<Vec<_>>().join(" ")));
    let platform = match after {
        None => String::new(),
        Some((word, platform)) if word.eq_ignore_ascii_case("for") && !platform.is_empty() => {
            name(&platform)?
        }
        Some(_) => return Err(REBASE),
    };
    let on = if platform.is_empty() { String::new() } else { format!(" for {platform}") };
    let text = format!("{} is being rebased on upstream {version}{on}", spelled(&project));
    Ok((Kind::Rebase { project, version, platform }, Text::new(text)))
}

/// `2018-11-16 oVirt conference, Milan`: `On 2018-11-16: oVirt conference, Milan`.
pub fn event(words: &str, today: NaiveDate) -> Result<(Kind, Text), Mistake> {
    let words = clean(words);
    let (date, what) = words.split_once(char::is_whitespace).ok_or(EVENT)?;
    let date = day(date)?;
    let what = what.trim();
    if what.is_empty() {
        return Err(EVENT);
    }
    if date < today {
        return Err(Mistake::Past(date));
    }
    Ok((Kind::Event { date }, Text::new(format!("On {date}: {what}"))))
}

/// The change that posts what was read. It is about the project of its kind, or the first of the
/// group's projects that the words name.
pub fn posted((kind, text): (Kind, Text), projects: &[impl AsRef<str>]) -> Change {
    let about = match &kind {
        Kind::EndOfSupport { project, .. } | Kind::Rebase { project, .. } => Some(project.clone()),
        Kind::News | Kind::Event { .. } => named(text.as_untrusted(), projects),
    };
    Change::Posted { kind, text, about }
}

/// The project that words name first, as a whole word in whatever case.
fn named(words: &str, projects: &[impl AsRef<str>]) -> Option<String> {
    let is_part = |c: char| c.is_alphanumeric() || c == '-' || c == '_';
    words
        .split(|c: char| !is_part(c))
        .find_map(|word| {
            projects.iter().find(|project| project.as_ref().eq_ignore_ascii_case(word))
        })
        .map(|project| project.as_ref().to_string())
}

/// A project's name as it is written in a sentence: `xen` is `Xen`, `libvirt` stays.
pub fn spelled(project: &str) -> &str {
    let typed_in_a_hurry = !project.chars().any(char::is_uppercase);
    let known = SPELLED.iter().find(|known| known.eq_ignore_ascii_case(project));
    known.copied().filter(|_| typed_in_a_hurry).unwrap_or(project)
}

fn name(word: &str) -> Result<String, Mistake> {
    if word.len() > MOST_NAME_BYTES { Err(Mistake::Long) } else { Ok(word.to_string()) }
}

/// A version has a digit and is no date.
fn version(word: &str) -> Result<String, Mistake> {
    let word = name(word)?;
    let is_one = word.contains(|c: char| c.is_ascii_digit()) && day(&word).is_err();
    if is_one { Ok(word) } else { Err(Mistake::Version(word)) }
}

fn day(word: &str) -> Result<NaiveDate, Mistake> {
    let shown = || Mistake::Date(word.chars().take(MOST_NAME_BYTES).collect());
    // Four digits of the year: what is longer is no year of a support calendar.
    if word.len() > "2018-11-13".len() {
        return Err(shown());
    }
    word.parse().map_err(|_| shown())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(date: &str) -> NaiveDate {
        date.parse().unwrap()
    }

    fn said(read: Result<(Kind, Text), Mistake>) -> String {
        match read {
            Ok((_, text)) => text.as_untrusted().to_string(),
            Err(mistake) => format!("no: {mistake}"),
        }
    }

    #[test]
    fn the_end_of_support_is_a_fact_or_a_warning() {
        let on = |today| said(eol("xen 4.6 2018-11-13", day(today)));
        assert_eq!(on("2018-11-13"), "Xen 4.6 is out of security support now");
        assert_eq!(on("2018-11-12"), "Xen 4.6 will be out of security support on 2018-11-13");
        let (kind, _) = eol("  xen  4.6 on 2018-11-13 ", day("2018-11-13")).unwrap();
        let expected = Kind::EndOfSupport {
            project: "xen".into(),
            version: "4.6".into(),
            date: day("2018-11-13"),
        };
        assert_eq!(kind, expected);
    }

    #[test]
    fn a_rebase_is_for_one_platform_or_for_all() {
        for (words, text) in [
            (
                "libvirt 4.9.0 for CentOS 7.6",
                "libvirt is being rebased on upstream 4.9.0 for CentOS 7.6",
            ),
            (
                "ovirt 4.2.7 FOR CentOS 7.6",
                "oVirt is being rebased on upstream 4.2.7 for CentOS 7.6",
            ),
            ("qemu-kvm-ev 2.12", "qemu-kvm-ev is being rebased on upstream 2.12"),
        ] {
            assert_eq!(said(rebase(words)), text);
        }
    }

    #[test]
    fn an_event_keeps_its_day_in_its_words() {
        let words = "2018-11-16 oVirt conference, Milan https://ovirt.example/";
        let (kind, text) = event(words, day("2018-11-13")).unwrap();
        assert_eq!(kind, Kind::Event { date: day("2018-11-16") });
        assert_eq!(
            text.as_untrusted(),
            "On 2018-11-16: oVirt conference, Milan https://ovirt.example/"
        );
    }

    #[test]
    fn a_mistake_says_what_was_expected() {
        let today = day("2018-11-13");
        for (read, sentence) in [
            (eol("xen 2018-11-13", today), "xen 4.6 2018-11-13"),
            (eol("xen 4.6", today), "PROJECT VERSION DATE"),
            (eol("xen 4.6 2018-11-31", today), "\"2018-11-31\" is not a date; write it as"),
            (eol("xen 4.6 tomorrow", today), "\"tomorrow\" is not a date"),
            (eol("xen 2018-11-13 4.6", today), "\"2018-11-13\" is not a version"),
            (eol("xen final 2018-11-13", today), "\"final\" is not a version"),
            (eol("", today), "PROJECT VERSION DATE"),
            (eol("xen 4.6 +12018-1-13", today), "is not a date"),
            (rebase("libvirt"), "libvirt 4.9.0 for CentOS 7.6"),
            (rebase("libvirt 4.9.0 for"), "libvirt 4.9.0 for CentOS 7.6"),
            (rebase("libvirt 4.9.0 CentOS"), "for PLATFORM"),
            (rebase(&format!("{} 4", "x".repeat(65))), "64 bytes"),
            (event("2018-11-16", today), "oVirt conference"),
            (event("Milan on 2018-11-16", today), "\"Milan\" is not a date"),
            (event("2017-11-16 Milan", today), "2017-11-16 is in the past; check the year"),
            (news(" \u{202e} "), "a notice needs words"),
        ] {
            let said = said(read);
            assert!(said.starts_with("no: ") && said.contains(sentence), "{sentence}: {said}");
        }
    }

    #[test]
    fn what_strangers_type_comes_out_clean() {
        let words = "libvirt\t4.9.0 for \u{02}Cent\u{202e}OS\u{0f} 7.6";
        assert_eq!(
            said(rebase(words)),
            "libvirt is being rebased on upstream 4.9.0 for CentOS 7.6"
        );
    }

    #[test]
    fn a_notice_is_about_the_project_it_names() {
        let projects = ["xen".to_string(), "ovirt".to_string()];
        let about = |read: Result<(Kind, Text), Mistake>| match posted(read.unwrap(), &projects) {
            Change::Posted { about, .. } => about,
            _ => None,
        };
        assert_eq!(about(news("the Xen, not the oVirt")), Some("xen".into()));
        assert_eq!(about(news("xenial is out")), None);
        assert_eq!(about(rebase("libvirt 4.9.0")), Some("libvirt".into()));
    }
}
