//! What may stand on a page: strangers' words through the escaper, and markup of our own printers.

use crate::domain::escape;
use askama::filters::Escaper;
use std::fmt;

/// The escaper of every template: what stands in `{{ }}` goes through [`escape::push_html`], which
/// also drops control and bidi characters.
#[derive(Clone, Copy, Debug, Default)]
pub struct Ours;

impl Escaper for Ours {
    fn write_escaped_str<W: fmt::Write>(&self, mut dest: W, words: &str) -> fmt::Result {
        let is_plain = |byte: u8| (0x20..0x7f).contains(&byte) && !b"&<>\"'".contains(&byte);
        if words.bytes().all(is_plain) {
            return dest.write_str(words);
        }
        let mut escaped = String::with_capacity(words.len() + 16);
        escape::push_html(&mut escaped, words);
        dest.write_str(&escaped)
    }
}

/// HTML that one of our printers made, with everything of a stranger escaped in it. Templates print
/// it by `{{ x.as_markup()|safe }}`, and nothing else is ever safe: a test holds that.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Markup(String);

impl Markup {
    /// What a printer of the domain made.
    pub fn printed(html: String) -> Markup {
        Markup(html)
    }

    /// Words in which addresses are links.
    pub fn linked(words: &str) -> Markup {
        let mut html = String::with_capacity(words.len() + 32);
        escape::push_html_linked(&mut html, words);
        Markup(html)
    }

    /// As it goes into a page.
    pub fn as_markup(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_stranger_wrote_means_nothing() {
        let mut out = String::new();
        Ours.write_escaped_str(&mut out, "<b a=\"'\">&\u{202e}\u{7} 注").unwrap();
        assert_eq!(out, "&lt;b a=&quot;&#39;&quot;&gt;&amp; 注");
        let linked = Markup::linked("<i> https://a.example/?a=1&b=\"2\" javascript:alert(1)");
        assert_eq!(
            linked.as_markup(),
            "&lt;i&gt; <a href=\"https://a.example/?a=1&amp;b=\">https://a.example/?a=1&amp;b=</a>\
             &quot;2&quot; javascript:alert(1)"
        );
    }

    /// No template prints anything unescaped but markup of our own printers.
    #[test]
    fn only_markup_is_safe() {
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src/web/template");
        let mut templates = 0;
        let mut folders = vec![folder];
        while let Some(folder) = folders.pop() {
            for file in std::fs::read_dir(folder).expect("the templates") {
                let path = file.expect("a file").path();
                if path.is_dir() {
                    folders.push(path);
                    continue;
                }
                templates += 1;
                let text = std::fs::read_to_string(&path).expect("a template");
                let safe = text.matches("safe").count();
                let markup = text.matches(".as_markup()|safe }}").count();
                assert_eq!(safe, markup, "{}", path.display());
                let escapes = ["escape(", "|e(", "autoescape", "<style", " style="];
                let is_loose = |word: &&&str| text.contains(**word);
                assert_eq!(escapes.iter().find(is_loose), None, "{}", path.display());
                assert!(!text.contains("<script>"), "{}: no script in a page", path.display());
            }
        }
        assert!(templates > 3, "the templates were not found");
    }
}
