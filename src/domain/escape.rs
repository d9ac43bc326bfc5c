//! Escapers: the only way to print what strangers wrote, one for each place it may stand in.
//!
//! Every one of them first drops control and bidi characters (`crate::domain::text::clean`), so
//! that no place needs to think of them.

use crate::domain::text::clean;
use std::fmt::Write;

/// The schemes that may become links. `javascript:`, `data:` and all others stay text.
pub const LINK_SCHEMES: [&str; 7] = ["http", "https", "irc", "ircs", "ftp", "mailto", "matrix"];

/// A piece of a text: words, or an address that may be a link.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Piece<'a> {
    /// Words.
    Words(&'a str),
    /// An address of one of [`LINK_SCHEMES`].
    Link(&'a str),
}

/// The text cut into words and addresses. Brackets and the full stop after an address are words.
pub fn pieces(text: &str) -> Vec<Piece<'_>> {
    if !text.contains(':') {
        return vec![Piece::Words(text)];
    }
    let mut finder = linkify::LinkFinder::new();
    finder.kinds(&[linkify::LinkKind::Url]);
    let mut out = Vec::new();
    for span in finder.spans(text) {
        let words = span.as_str();
        let is_link = span.kind().is_some() && may_link(words);
        match (is_link, out.last_mut()) {
            (true, _) => out.push(Piece::Link(words)),
            (false, Some(Piece::Words(last))) => {
                *last = &text[span.start() - last.len()..span.end()];
            }
            (false, _) => out.push(Piece::Words(words)),
        }
    }
    out
}

/// Whether an address is of a scheme that may become a link.
pub fn may_link(url: &str) -> bool {
    url.split_once(':')
        .is_some_and(|(scheme, _)| LINK_SCHEMES.contains(&scheme.to_ascii_lowercase().as_str()))
}

/// The first address in the text that may become a link.
pub fn first_url(text: &str) -> Option<String> {
    pieces(text).into_iter().find_map(|piece| match piece {
        Piece::Link(url) => Some(url.to_string()),
        Piece::Words(_) => mailto(text),
    })
}

/// The address that the text starts with, if it may become a link.
pub fn starts_with_url(text: &str) -> Option<String> {
    match pieces(text).first() {
        Some(Piece::Link(url)) => Some((*url).to_string()),
        _ => mailto(text).filter(|url| text.starts_with(url.as_str())),
    }
}

/// `mailto:` and `matrix:` addresses have no `//`, which the finder looks for.
fn mailto(text: &str) -> Option<String> {
    let lower = text.to_ascii_lowercase();
    let at = ["mailto:", "matrix:"].iter().filter_map(|scheme| lower.find(scheme)).min()?;
    let rest = &text[at..];
    let url: &str = rest.split(|c: char| c.is_whitespace() || "<>\"".contains(c)).next()?;
    let url = url.trim_end_matches(['.', ',', ')', ';', '!', '?']);
    (url.len() > "mailto:".len() && !lower[..at].ends_with(|c: char| c.is_alphanumeric()))
        .then(|| url.to_string())
}

/// For HTML text and for attribute values in double quotes.
pub fn html(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 16);
    push_html(&mut out, text);
    out
}

/// Like [`html`], into a text that is being written.
pub fn push_html(out: &mut String, text: &str) {
    let cleaned;
    let text = if text.bytes().all(|b| (0x20..0x7f).contains(&b)) {
        text
    } else {
        cleaned = drop_unprintable(text);
        &cleaned
    };
    let mut from = 0;
    for (at, byte) in text.bytes().enumerate() {
        let escaped = match byte {
            b'&' => "&amp;",
            b'<' => "&lt;",
            b'>' => "&gt;",
            b'"' => "&quot;",
            b'\'' => "&#39;",
            _ => continue,
        };
        out.push_str(&text[from..at]);
        out.push_str(escaped);
        from = at + 1;
    }
    out.push_str(&text[from..]);
}

/// HTML text in which addresses are links.
pub fn push_html_linked(out: &mut String, text: &str) {
    for piece in pieces(text) {
        match piece {
            Piece::Words(words) => push_html(out, words),
            Piece::Link(url) => {
                out.push_str("<a href=\"");
                push_html(out, url);
                out.push_str("\">");
                push_html(out, url);
                out.push_str("</a>");
            }
        }
    }
}

/// For Markdown (CommonMark): every punctuation character that could mean something is escaped,
/// except inside addresses, which stand in angle brackets.
pub fn markdown(text: &str) -> String {
    linked(
        text,
        "\\`*_{}[]()#+-.!|<>~&$",
        |out, c| {
            let _ = write!(out, "\\{c}");
        },
        |out, url| {
            let _ = write!(out, "<{}>", url.replace(['<', '>', ' '], ""));
        },
    )
}

/// For Markdown that people also read as plain text, and that may be broken at any space: only what
/// would really mean something is escaped, so that `2018-11-13` and `qemu-kvm-ev` stay readable.
pub fn prose(text: &str) -> String {
    let cleaned = clean(text);
    let mut out = String::with_capacity(cleaned.len() + 16);
    for piece in pieces(&cleaned) {
        match piece {
            Piece::Link(url) => {
                let _ = write!(out, "<{}>", url.replace(['<', '>', ' '], ""));
            }
            Piece::Words(words) => {
                for part in words.split_inclusive(' ') {
                    push_prose_word(&mut out, part);
                }
            }
        }
    }
    out
}

/// A word may come to stand at the start of a line, where a few more characters have a meaning
/// (CommonMark §4 and §5.2: headings, quotes, rules and lists).
fn push_prose_word(out: &mut String, word: &str) {
    let is_inside = |at: usize| {
        let alphanumeric = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
        alphanumeric(word[..at].chars().next_back()) && alphanumeric(word[at + 1..].chars().next())
    };
    let digits = word.len() - word.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    for (at, c) in word.char_indices() {
        let is_special = match c {
            '\\' | '`' | '*' | '[' | ']' | '<' | '>' | '~' | '&' | '|' => true,
            '_' => !is_inside(at),
            '#' | '+' | '-' | '=' => at == 0,
            '.' | ')' => at == digits && at > 0 && word[at + 1..].trim().is_empty(),
            _ => false,
        };
        if is_special {
            out.push('\\');
        }
        out.push(c);
    }
}

/// For MediaWiki, anywhere but at the start of a line: what could mean something there becomes a
/// character reference.
pub fn mediawiki(text: &str) -> String {
    linked(
        text,
        "<>&[]{}|'=~_\"",
        |out, c| {
            let _ = write!(out, "&#{};", u32::from(c));
        },
        |out, url| out.push_str(&bare(url)),
    )
}

/// For MoinMoin 1.9, anywhere but at the start of a line: words that could mean something stand in
/// the macro `<<Verbatim(…)>>`.
pub fn moinmoin(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 16);
    for piece in pieces(&drop_unprintable(text)) {
        match piece {
            Piece::Link(url) => out.push_str(&bare(url)),
            Piece::Words(words) => {
                words.split_inclusive(' ').for_each(|word| push_verbatim(&mut out, word));
            }
        }
    }
    out
}

/// One word and the space after it. A closing bracket would end the macro, so it is written apart.
fn push_verbatim(out: &mut String, word: &str) {
    let (word, space) = word.strip_suffix(' ').map_or((word, ""), |word| (word, " "));
    match means_something_in_moinmoin(word) {
        false => out.push_str(word),
        true => {
            for (n, part) in word.split(')').enumerate() {
                out.push_str(if n > 0 { ")" } else { "" });
                if !part.is_empty() {
                    let _ = write!(out, "<<Verbatim({part})>>");
                }
            }
        }
    }
    out.push_str(space);
}

/// Quotes, underlines, macros, links, tables, `CamelCase`, `Wiki:Page`, `@VARIABLE@`.
fn means_something_in_moinmoin(word: &str) -> bool {
    let marks = ["''", "__", ",,", "--(", "/*"];
    let camel = word.chars().filter(|c| c.is_uppercase()).count() > 1
        && word.chars().any(char::is_lowercase);
    let interwiki = word
        .split_once(':')
        .is_some_and(|(wiki, page)| wiki.ends_with(char::is_alphabetic) && !page.is_empty());
    camel
        || interwiki
        || word.contains(|c| "^~`{}[]<>|!@\\".contains(c))
        || marks.iter().any(|mark| word.contains(mark))
}

/// An address without what would end it or open something else in a wiki.
fn bare(url: &str) -> String {
    url.replace(['<', '>', '[', ']', '{', '}', '|', '\'', '"'], "")
}

/// For one line of plain text: a terminal, a mail, a text file.
pub fn line(text: &str) -> String {
    clean(text)
}

/// For a TEXT value of iCalendar (RFC 5545 §3.3.11). The caller folds the line.
pub fn ical(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 8);
    for c in clean(text).chars() {
        if matches!(c, '\\' | ';' | ',') {
            out.push('\\');
        }
        out.push(c);
    }
    out
}

fn linked(
    text: &str,
    special: &str,
    escape: impl Fn(&mut String, char),
    link: impl Fn(&mut String, &str),
) -> String {
    let cleaned = drop_unprintable(text);
    let mut out = String::with_capacity(cleaned.len() + 16);
    for piece in pieces(&cleaned) {
        match piece {
            Piece::Link(url) => link(&mut out, url),
            Piece::Words(words) => {
                for c in words.chars() {
                    if special.contains(c) { escape(&mut out, c) } else { out.push(c) }
                }
            }
        }
    }
    out
}

/// Like `clean`, but the spaces at the ends stay: pieces of a text are printed one by one.
fn drop_unprintable(text: &str) -> String {
    if text.bytes().all(|b| (0x20..0x7f).contains(&b)) {
        return text.to_string();
    }
    text.chars().filter(|c| !crate::domain::text::is_unprintable(*c)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn finds_addresses_without_what_is_around_them() {
        let first = |text| first_url(text);
        assert_eq!(first("see https://a.example/x."), Some("https://a.example/x".into()));
        assert_eq!(first("(https://a.example/x)"), Some("https://a.example/x".into()));
        assert_eq!(first("https://a.example/a_(b), and"), Some("https://a.example/a_(b)".into()));
        assert_eq!(first("write to mailto:a@example.org."), Some("mailto:a@example.org".into()));
        assert_eq!(starts_with_url("irc://a.example/c is ours"), Some("irc://a.example/c".into()));
        for none in [
            "javascript:alert(1)",
            "javascript://x/%0aalert(1)",
            "data:text/html,x",
            "ssh://a.example",
            "no link",
            "Board: agenda",
        ] {
            assert_eq!(first(none), None, "{none}");
        }
        assert_eq!(starts_with_url("see https://a.example"), None);
    }

    #[test]
    fn escapes_what_each_place_gives_a_meaning() {
        assert_eq!(html("<b>&\"'\u{202e}"), "&lt;b&gt;&amp;&quot;&#39;");
        assert_eq!(
            markdown("*x* <b> [y](z) https://a.example/_b_"),
            "\\*x\\* \\<b\\> \\[y\\]\\(z\\) <https://a.example/_b_>"
        );
        assert_eq!(
            prose("2018-11-13: *b* <i> qemu-kvm-ev_2 _x_ # - 4. 4.6 [y](z) https://a.example/_b_."),
            "2018-11-13: \\*b\\* \\<i\\> qemu-kvm-ev_2 \\_x\\_ \\# \\- 4\\. 4.6 \\[y\\](z) \
             <https://a.example/_b_>."
        );
        assert_eq!(mediawiki("[[x]] '''b'''").matches(['[', '\'']).count(), 0);
        assert_eq!(moinmoin("plain ''b'' )x("), "plain <<Verbatim(''b'')>> )x(");
        assert_eq!(line("a\u{1b}[31m\nb"), "a[31mb");
    }

    proptest! {
        #[test]
        fn no_word_of_prose_opens_a_block(text in "[-+#=>*_~`0-9.) a]{0,40}") {
            for word in prose(&text).split(' ') {
                let digits = word.trim_start_matches(|c: char| c.is_ascii_digit());
                let opens = word.starts_with(['-', '+', '#', '=', '>', '*', '~', '`'])
                    || (digits.len() < word.len() && [".", ")"].contains(&digits));
                prop_assert!(!opens, "{word}");
            }
        }

        #[test]
        fn no_html_of_a_stranger_stays(text in any::<String>()) {
            let mut out = String::new();
            push_html_linked(&mut out, &text);
            let rest = out.replace("<a href=\"", "").replace("\">", "").replace("</a>", "");
            prop_assert!(!rest.contains(['<', '>', '"']), "{out}");
        }

        #[test]
        fn pieces_are_the_whole_text(text in "[ -~]{0,20}(https?://[a-z./)(]{0,20})?[ -~]{0,20}") {
            let joined: String = pieces(&text).into_iter().map(|piece| match piece {
                Piece::Words(words) | Piece::Link(words) => words,
            }).collect();
            prop_assert_eq!(joined, text);
        }
    }
}
