//! An answer: a few lines, and where the rest of it is.

use crate::domain::escape;

/// The most lines that are said in a channel. Longer answers are private.
pub const MOST_IN_CHANNEL: usize = 3;
/// The most lines that are said while a meeting is on, which may be another group's.
pub const MOST_IN_MEETING: usize = 1;
/// The most lines of a private answer, the link at its end not counted.
pub const MOST_LINES: usize = 10;
/// The most characters of what somebody once typed that one line of an answer repeats.
pub const MOST_QUOTED: usize = 200;

/// An answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// At most [`MOST_LINES`] lines.
    lines: Vec<String>,
    /// How many more there would be.
    more: usize,
    /// Where all of it is.
    page: Option<String>,
    /// Whether it says that something was asked wrongly.
    is_refusal: bool,
}

impl Answer {
    /// One line.
    pub fn line(line: impl Into<String>) -> Answer {
        Answer { lines: vec![line.into()], more: 0, page: None, is_refusal: false }
    }

    /// Why there is no answer, and what can be asked.
    pub fn refusal(line: impl Into<String>) -> Answer {
        Answer { is_refusal: true, ..Answer::line(line) }
    }

    /// These lines; what is too long is cut, and the page named at the end.
    pub fn list(lines: Vec<String>, page: Option<String>) -> Answer {
        let all = lines.len();
        Answer::some_of(lines, all, page)
    }

    /// These lines, the first of `all`.
    pub fn some_of(mut lines: Vec<String>, all: usize, page: Option<String>) -> Answer {
        lines.truncate(MOST_LINES);
        Answer { more: all.saturating_sub(lines.len()), lines, page, is_refusal: false }
    }

    /// What is said, line by line. A long answer ends with a link.
    pub fn told(&self) -> Vec<String> {
        let mut told = self.lines.clone();
        let page = self.page.as_deref();
        match (self.more, page) {
            (0, Some(page)) if told.len() > MOST_IN_CHANNEL => told.push(format!("See {page}")),
            (0, _) => {}
            (more, Some(page)) => told.push(format!("… and {more} more: {page}")),
            (more, None) => told.push(format!("… and {more} more.")),
        }
        told
    }

    /// Whether it may be said in a channel that takes so many lines; else it is private.
    pub fn fits(&self, lines: usize) -> bool {
        !self.is_refusal && self.told().len() <= lines
    }

    /// Whether it says that something was asked wrongly.
    pub fn is_refusal(&self) -> bool {
        self.is_refusal
    }
}

impl Answer {
    /// The same without mail addresses but these. What people typed may hold addresses of people.
    pub fn hiding_addresses(mut self, shown: &[&str]) -> Answer {
        for line in &mut self.lines {
            if line.contains('@') {
                let words = line.split(' ').map(|word| match is_address(word, shown) {
                    true => HIDDEN,
                    false => word,
                });
                *line = words.collect::<Vec<_>>().join(" ");
            }
        }
        self
    }
}

/// What stands in the place of an address.
const HIDDEN: &str = "(address)";

/// Whether a word holds a mail address that is none of these. A page's address may have an `@`.
fn is_address(word: &str, shown: &[&str]) -> bool {
    let is_ours = || {
        let bare = word.trim_matches(|c: char| !c.is_alphanumeric());
        shown.iter().any(|known| known.eq_ignore_ascii_case(bare))
    };
    let has_one = word.match_indices('@').any(|(at, _)| {
        let before = word[..at].chars().next_back();
        let domain = &word[at + 1..];
        let has_dot = domain.trim_end_matches(|c: char| !c.is_alphanumeric()).contains('.');
        before.is_some_and(|c| !c.is_whitespace()) && has_dot
    });
    !word.contains("://") && has_one && !is_ours()
}

/// What somebody typed, as one line of an answer may repeat it.
pub fn quoted(words: &str) -> String {
    let clean = escape::line(words);
    match clean.char_indices().nth(MOST_QUOTED) {
        None => clean,
        Some((end, _)) => format!("{}…", clean[..end].trim_end()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(count: usize, page: Option<&str>) -> Answer {
        Answer::list(vec!["x".to_string(); count], page.map(ToString::to_string))
    }

    #[test]
    fn a_long_answer_is_private_and_ends_with_a_link() {
        let short = list(3, Some("https://v.example/"));
        assert!(short.fits(MOST_IN_CHANNEL) && !short.fits(MOST_IN_MEETING));
        assert_eq!(short.told().len(), 3);
        let long = list(4, Some("https://v.example/"));
        assert!(!long.fits(MOST_IN_CHANNEL));
        assert_eq!(long.told().last().unwrap(), "See https://v.example/");
        let endless = list(99, Some("https://v.example/"));
        assert_eq!(endless.told().len(), MOST_LINES + 1);
        assert_eq!(endless.told().last().unwrap(), "… and 89 more: https://v.example/");
        assert_eq!(list(12, None).told().last().unwrap(), "… and 2 more.");
        assert!(!Answer::refusal("no").fits(MOST_IN_CHANNEL));
    }

    #[test]
    fn no_address_of_a_person_is_told() {
        let told =
            |line: &str| Answer::line(line).hiding_addresses(&["virt@centos.org"]).told().concat();
        for hidden in ["anna@x.example", "<anna@x.example>,", "mailto:anna@x.example", "a@b.c."] {
            assert_eq!(told(&format!("ask {hidden} first")), "ask (address) first");
        }
        for shown in [
            "virt@centos.org.",
            "(Virt@CentOS.org)",
            "https://x.example/list/a@b.example",
            "anna @ x.example",
            "@anna",
        ] {
            assert_eq!(told(&format!("ask {shown} first")), format!("ask {shown} first"));
        }
    }

    #[test]
    fn what_is_repeated_is_short_and_clean() {
        assert_eq!(quoted("\u{2}bold\u{1}\u{202e}"), "bold");
        assert_eq!(quoted(&"ä".repeat(999)).chars().count(), MOST_QUOTED + 1);
    }
}
