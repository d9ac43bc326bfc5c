//! Plain text in lines: broken at spaces, with the lines after the first one indented.

use crate::domain::escape;
use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;

/// The most columns of a line; only a word that must not be broken may be longer.
pub const COLUMNS: usize = 72;

/// The words of each line, broken at spaces to lines of at most [`COLUMNS`] columns.
pub fn wrapped(text: &str) -> String {
    let mut out = String::new();
    text.lines().for_each(|line| wrap(&mut out, "", "", &escape::line(line)));
    out
}

/// Breaks at spaces; two spaces stay two. A word longer than a line is broken between characters,
/// unless it is an address.
pub fn wrap(out: &mut String, first: &str, rest: &str, words: &str) {
    let mut line = first.to_string();
    let mut width = first.width();
    let mut is_empty = true;
    let mut spaces = 0;
    let new_line = |out: &mut String, line: &mut String, width: &mut usize| {
        out.push_str(line.trim_end());
        out.push('\n');
        line.clear();
        line.push_str(rest);
        *width = rest.width();
    };
    for word in words.split(' ') {
        if word.is_empty() {
            spaces += 1;
            continue;
        }
        let gap = if is_empty { 0 } else { spaces.clamp(1, 2) };
        let wide = word.width();
        if !is_empty && width + gap + wide > COLUMNS {
            new_line(out, &mut line, &mut width);
        } else {
            line.push_str(&"  "[..gap]);
            width += gap;
        }
        is_empty = false;
        spaces = 1;
        if width + wide <= COLUMNS || word.contains("://") {
            line.push_str(word);
            width += wide;
            continue;
        }
        for character in word.graphemes(true) {
            let wide = character.width();
            if width + wide > COLUMNS {
                new_line(out, &mut line, &mut width);
            }
            line.push_str(character);
            width += wide;
        }
    }
    new_line(out, &mut line, &mut width);
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn bulleted(words: &str) -> String {
        let mut out = String::new();
        wrap(&mut out, "* ", "  ", words);
        out
    }

    #[test]
    fn breaks_at_spaces_and_never_in_an_address() {
        let url = format!("https://example.org/{}", "x".repeat(80));
        let out = bulleted(&format!("see {url} for more  (gwd, 15:00:00)"));
        assert_eq!(out, format!("* see\n  {url}\n  for more  (gwd, 15:00:00)\n"));
        assert_eq!(bulleted(""), "*\n");
        let cjk = bulleted(&"注意事项".repeat(20));
        assert!(
            cjk.lines().all(|line| line.width() <= COLUMNS) && cjk.lines().count() == 3,
            "{cjk}"
        );
    }

    proptest! {
        #[test]
        fn no_line_is_too_wide(words in "[a-z注\u{301}😀 ]{0,400}") {
            let out = bulleted(&words);
            prop_assert!(out.lines().all(|line| line.width() <= COLUMNS));
            let letters = |text: &str| text.replace([' ', '\n', '*'], "");
            prop_assert_eq!(letters(&out), letters(&words));
        }
    }
}
