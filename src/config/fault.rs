//! Faults of the configuration: where they are and what is wrong, for a person with an editor.
//!
//! A fault never shows a secret: values of keys that may hold one are left out of the excerpt.

use crate::domain::text;
use regex::Regex;
use std::fmt;
use std::ops::Range;
use std::sync::LazyLock;
use unicode_width::UnicodeWidthChar;
use unicode_width::UnicodeWidthStr;

/// One thing that is wrong with the configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The file, as it was named.
    pub file: String,
    /// Where in it, where that can be said.
    pub place: Option<Place>,
    /// What is wrong and what would be right; one sentence without its full stop.
    pub sentence: String,
}

/// A place in a file, with its line as it may be shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The line, counted from 1.
    pub line: usize,
    /// The column in characters, counted from 1.
    pub column: usize,
    excerpt: String,
    before_caret: usize,
    caret: usize,
}

impl Fault {
    /// A fault of the file as a whole.
    pub fn of_file(file: &str, sentence: impl Into<String>) -> Fault {
        Fault { file: printable(file), place: None, sentence: sentence.into() }
    }
}

impl fmt::Display for Fault {
    /// `FILE:LINE:COLUMN: sentence`, then the line and a caret under what is meant.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(place) = &self.place else {
            return write!(f, "{}: {}", self.file, self.sentence);
        };
        writeln!(f, "{}:{}:{}: {}", self.file, place.line, place.column, self.sentence)?;
        let number = place.line.to_string();
        writeln!(f, " {number} | {}", place.excerpt)?;
        write!(f, " {:1$} | ", "", number.len())?;
        write!(f, "{:1$}{2}", "", place.before_caret, "^".repeat(place.caret))
    }
}

/// The text of a file, and where its lines begin.
pub struct Source<'a> {
    file: String,
    text: &'a str,
    line_starts: Vec<usize>,
}

impl<'a> Source<'a> {
    /// The file of that name with that text.
    pub fn new(file: &str, text: &'a str) -> Source<'a> {
        let breaks = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n');
        let line_starts = std::iter::once(0).chain(breaks.map(|(at, _)| at + 1)).collect();
        Source { file: printable(file), text, line_starts }
    }

    fn place(&self, span: &Range<usize>) -> Place {
        let start = self.text.floor_char_boundary(span.start);
        let line = self.line_starts.partition_point(|begin| *begin <= start);
        let begin = self.line_starts[line - 1];
        let rest = &self.text[begin..];
        let whole = rest.split('\n').next().unwrap_or(rest).trim_end_matches('\r');
        let from = (start - begin).min(whole.len());
        let to = (span.end.max(start) - begin).min(whole.len());
        let to = whole.floor_char_boundary(to).max(from);
        let (before, marked, after) = (&whole[..from], &whole[from..to], &whole[to..]);
        let column = before.chars().count() + 1;
        let (excerpt, before, caret) = without_secrets(before, marked, after);
        Place { line, column, before_caret: before, caret: caret.max(1), excerpt }
    }
}

/// The faults found so far.
pub struct Faults<'a> {
    source: &'a Source<'a>,
    found: Vec<(usize, Fault)>,
}

impl<'a> Faults<'a> {
    /// None yet.
    pub fn new(source: &'a Source<'a>) -> Faults<'a> {
        Faults { source, found: Vec::new() }
    }

    /// Notes a fault at these bytes of the file.
    pub fn at(&mut self, span: &Range<usize>, sentence: impl Into<String>) {
        let place = Some(self.source.place(span));
        let file = self.source.file.clone();
        self.found.push((span.start, Fault { file, place, sentence: sentence.into() }));
    }

    /// Notes faults of another file, which these bytes name.
    pub fn of_another(&mut self, span: &Range<usize>, faults: Vec<Fault>) {
        self.found.extend(faults.into_iter().map(|fault| (span.start, fault)));
    }

    /// Notes a fault of the whole file.
    pub fn of_file(&mut self, sentence: impl Into<String>) {
        self.found.push((usize::MAX, Fault::of_file(&self.source.file, sentence)));
    }

    /// Whether the file is good.
    pub fn is_empty(&self) -> bool {
        self.found.is_empty()
    }

    /// All of them, in the order of the file.
    pub fn in_order(mut self) -> Vec<Fault> {
        self.found.sort_by_key(|(at, _)| *at);
        self.found.into_iter().map(|(_, fault)| fault).collect()
    }
}

/// A piece of the file as it may be printed: what a terminal would act on becomes U+FFFD.
pub fn printable(given: &str) -> String {
    let shown = |c| match c {
        '\t' => ' ',
        c if text::is_unprintable(c) => '\u{fffd}',
        c => c,
    };
    given.chars().map(shown).collect()
}

/// How many columns of a line are shown on each side of the fault.
const MOST_COLUMNS: usize = 60;

/// Keys whose value may be a secret.
static SECRET_KEY: LazyLock<Regex> = LazyLock::new(|| {
    let name_and_sign = r#"(?i)[\w-]*(?:pass|secret|token)[\w-]*["']?\s*=\s*"#;
    Regex::new(name_and_sign).expect("the expression is a constant")
});

/// Where on a line a secret may begin: at the value of such a key, or in a URL with a user in it.
fn secret_from(line: &str) -> Option<usize> {
    let mut keys = SECRET_KEY.find_iter(line);
    let key = keys.find(|key| !names_a_path(key.as_str(), &line[key.end()..]));
    let url = line.find("://").filter(|at| line[*at..].contains('@'));
    key.map(|key| key.end()).into_iter().chain(url.map(|at| at + 3)).min()
}

/// Whether this is the path of a file with a secret in it. Without a path before it, the name of
/// the file may be the password itself, written in the wrong place.
fn names_a_path(key: &str, value: &str) -> bool {
    let value = value.trim_start_matches(['"', '\'']);
    key.trim_end_matches(['=', ' ', '"', '\'']).ends_with("_file")
        && ["/", "./", "../"].iter().any(|start| value.starts_with(start))
}

/// The line as it may be shown, the columns before the caret, and the width of the caret.
fn without_secrets(before: &str, marked: &str, after: &str) -> (String, usize, usize) {
    let line = format!("{before}{marked}{after}");
    let cut = secret_from(&line).unwrap_or(line.len());
    let (from, to) = (before.len().min(cut), (before.len() + marked.len()).min(cut));
    let hidden = if cut < line.len() { "…" } else { "" };
    let before = last_columns(&printable(&line[..from]));
    let marked = first_columns(&printable(&line[from..to]));
    let after = first_columns(&(printable(&line[to..cut]) + hidden));
    let widths = (before.width(), marked.width());
    (format!("{before}{marked}{after}"), widths.0, widths.1)
}

fn first_columns(text: &str) -> String {
    let kept = within(text.chars());
    if kept == text.chars().count() {
        return text.to_string();
    }
    text.chars().take(kept).chain(['…']).collect()
}

fn last_columns(text: &str) -> String {
    let kept = within(text.chars().rev());
    let skipped = text.chars().count() - kept;
    if skipped == 0 {
        return text.to_string();
    }
    std::iter::once('…').chain(text.chars().skip(skipped)).collect()
}

fn within(chars: impl Iterator<Item = char>) -> usize {
    let mut columns = 0;
    chars
        .take_while(|c| {
            columns += c.width().unwrap_or(0);
            columns <= MOST_COLUMNS
        })
        .count()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str, marked: &str) -> String {
        let source = Source::new("c.toml", text);
        let mut faults = Faults::new(&source);
        let at = text.find(marked).expect("the mark is in the text");
        faults.at(&(at..at + marked.len()), "so");
        faults.in_order()[0].to_string()
    }

    #[test]
    fn points_at_what_is_meant() {
        assert_eq!(
            shown("a = 1\n日本 = 2x\n", "2x"),
            "c.toml:2:6: so\n 2 | 日本 = 2x\n   |        ^^"
        );
        assert_eq!(shown("a = 1\r\nb\t= 7\r\n", "7"), "c.toml:2:5: so\n 2 | b = 7\n   |     ^");
        assert_eq!(shown("a = [1,\n2]\n", "[1,\n2]"), "c.toml:1:5: so\n 1 | a = [1,\n   |     ^^^");
    }

    #[test]
    fn a_terminal_gets_nothing_to_act_on_and_no_endless_line() {
        assert_eq!(
            shown("a = '\u{1b}[31m\u{202e}'", "a"),
            "c.toml:1:1: so\n 1 | a = '\u{fffd}[31m\u{fffd}'\n   | ^"
        );
        let long = format!("{} = MARK {}", "k".repeat(5000), "v".repeat(5000));
        let (all, lines) = (shown(&long, "MARK"), shown(&long, "MARK"));
        assert!(lines.lines().all(|line| line.width() < 140), "{all}");
        assert!(all.starts_with("c.toml:1:5004: so"), "{all}");
    }

    #[test]
    fn a_secret_is_never_shown() {
        for line in [
            "password = \"hunter2\"",
            "pass = 'a hunter2 b'",
            "\"PassWord\" = hunter2",
            "sasl = { mechanism = \"plain\", password = \"hunter2\" }",
            "sasl = { password_file = \"hunter2\" }",
            "password_file = \"hunter2\"",
            "server_password_file='hunter2'",
            "api_token = 'hunter2'",
            "database = \"postgres://beadle:hunter2@db/x\"",
            "database = \"postgres://beadle:h/hunter2@db/x\"",
            "password_file = \"/etc/x\" # was password = hunter2",
        ] {
            for marked in ["=", "hunter2"] {
                let all = shown(line, marked);
                assert!(!all.contains("hunter2") && all.contains('…'), "{line}\n{all}");
            }
        }
        assert!(shown("password_file = '/etc/x'", "=").contains("/etc/x"));
        assert!(shown("passive = 1", "=").contains('…'), "rather too little than too much");
    }
}
