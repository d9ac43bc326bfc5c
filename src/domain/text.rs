//! Untrusted text: what strangers typed, kept in a type that does not print itself.
//!
//! There is no `Display` here on purpose: only the escapers of a context print a [`Text`].

use serde::{Deserialize, Serialize};

/// What stands where words were destroyed.
pub const REDACTED: &str = "[redacted]";

/// Text that a stranger may have written.
///
/// It holds no NUL (PostgreSQL cannot store one); everything else is as it came.
#[derive(Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(from = "String")]
pub struct Text(String);

impl Text {
    /// Takes a stranger's words; NUL becomes U+FFFD.
    pub fn new(words: impl Into<String>) -> Text {
        let words = words.into();
        if words.contains('\0') { Text(words.replace('\0', "\u{fffd}")) } else { Text(words) }
    }

    /// The words, for rules that read them. Never print this without an escaper.
    pub fn as_untrusted(&self) -> &str {
        &self.0
    }

    /// Whether nothing is there.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl From<String> for Text {
    fn from(words: String) -> Text {
        Text::new(words)
    }
}

impl From<&str> for Text {
    fn from(words: &str) -> Text {
        Text::new(words)
    }
}

impl std::fmt::Debug for Text {
    /// Rust's own escaping, which leaves no control or bidi character as it is.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:?}", self.0)
    }
}

/// The text without what must never reach minutes, a page or an IRC line:
/// mIRC formatting (bold 02, colour 03 with its numbers, hex colour 04, reset 0F, monospace 11,
/// reverse 16, italic 1D, strikethrough 1E, underline 1F), control characters and bidi controls.
/// A tab becomes a space; the ends are trimmed.
pub fn clean(words: &str) -> String {
    if words.bytes().all(|b| (0x20..0x7f).contains(&b)) {
        return words.trim().to_string();
    }
    let mut out = String::with_capacity(words.len());
    let mut rest = words.chars().peekable();
    while let Some(c) = rest.next() {
        match c {
            '\u{03}' => {
                if skip_digits(&mut rest, 2, |c| c.is_ascii_digit()) > 0 && comma_then_digit(&rest)
                {
                    rest.next();
                    skip_digits(&mut rest, 2, |c| c.is_ascii_digit());
                }
            }
            '\u{04}' => {
                skip_digits(&mut rest, 6, |c| c.is_ascii_hexdigit());
            }
            '\t' => out.push(' '),
            c if is_unprintable(c) => {}
            c => out.push(c),
        }
    }
    let trimmed = out.trim();
    if trimmed.len() == out.len() { out } else { trimmed.to_string() }
}

/// Control characters (C0, DEL, C1), line and paragraph separators, and the characters that turn
/// the direction of the text after them (Unicode Bidi_Control and the deprecated format ones), and
/// U+FFFE and U+FFFF, which are no characters and not allowed in XML (XML 1.0 §2.2).
pub fn is_unprintable(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{061c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2066}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{fffe}' | '\u{ffff}')
}

/// The bytes in small hexadecimal digits.
pub fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write;
    let mut out = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        let _ = write!(out, "{byte:02x}"); // Writing to a text cannot fail.
    }
    out
}

type Rest<'a> = std::iter::Peekable<std::str::Chars<'a>>;

fn skip_digits(rest: &mut Rest<'_>, most: usize, digit: impl Fn(char) -> bool) -> usize {
    let mut skipped = 0;
    while skipped < most && rest.next_if(|c| digit(*c)).is_some() {
        skipped += 1;
    }
    skipped
}

fn comma_then_digit(rest: &Rest<'_>) -> bool {
    let mut ahead = rest.clone();
    ahead.next() == Some(',') && ahead.next().is_some_and(|c| c.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn drops_formatting_and_keeps_the_words() {
        assert_eq!(clean("\u{02}bold\u{0f} \u{03}04,12red\u{03} \u{04}ff00aahex"), "bold red hex");
        assert_eq!(clean("\u{03}4,no \u{03}12,5x\t."), ",no x .");
        assert_eq!(clean("注意事项 \u{202e}evil\u{2066}"), "注意事项 evil");
        assert_eq!(clean("a\u{1}b\u{7f}c\u{85}d\u{2028}e"), "abcde");
    }

    #[test]
    fn debug_leaves_no_control_character() {
        let shown = format!("{:?}", Text::new("a\u{1b}[31m\u{202e}\n\0"));
        assert!(!shown.chars().any(is_unprintable), "{shown}");
    }
}
