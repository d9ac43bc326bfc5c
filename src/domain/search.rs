//! Words as they are searched: what a text is found by, and what somebody who searches means.
//!
//! Both databases get the same tokens, so both find the same. A token is a run of letters and
//! digits in small letters, without accents (`Pérard` is found by `perard`); each Chinese, Japanese
//! or Korean character is a token of its own, as there are no spaces between words. Nothing here
//! knows where it is looked.

use std::ops::Range;
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// The most terms of one search.
pub const MOST_TERMS: usize = 8;
/// The longest token, in characters; what is longer is cut.
pub const MOST_TOKEN_CHARS: usize = 48;
/// The most tokens by which one text is found.
pub const MOST_TOKENS: usize = 400;
/// The longest search that is read, in characters.
pub const MOST_CHARS: usize = 300;
/// From how many letters on the beginning of a word finds the word.
const PREFIX_FROM: usize = 2;

/// A token and where it stands in its text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Token {
    /// The token.
    pub word: String,
    /// Its bytes in the text.
    pub range: Range<usize>,
}

/// The tokens of a text, at most [`MOST_TOKENS`].
pub fn tokens(text: &str) -> Vec<Token> {
    let mut all: Vec<Token> = Vec::new();
    let mut open = false;
    for (at, c) in text.char_indices() {
        let range = at..at + c.len_utf8();
        if is_combining_mark(c) {
            // It belongs to the letter before it, and is no part of what that is found by.
            if let Some(last) = all.last_mut().filter(|_| open) {
                last.range.end = range.end;
            }
            continue;
        }
        for folded in fold(c) {
            if !folded.is_alphanumeric() {
                open = false;
                continue;
            }
            if all.len() >= MOST_TOKENS && (!open || is_cjk(folded)) {
                return all;
            }
            if is_cjk(folded) {
                all.push(Token { word: folded.to_string(), range: range.clone() });
                open = false;
            } else if open {
                let last = all.last_mut().expect("an open token is the last one");
                if last.word.chars().count() < MOST_TOKEN_CHARS {
                    last.word.push(folded);
                }
                last.range.end = range.end;
            } else {
                all.push(Token { word: folded.to_string(), range: range.clone() });
                open = true;
            }
        }
    }
    all
}

/// A character in small letters, in its plain form, without accents.
fn fold(c: char) -> Vec<char> {
    if c.is_ascii() {
        return vec![c.to_ascii_lowercase()];
    }
    // Hangul syllables fall apart when they are decomposed.
    let plain: Vec<char> = std::iter::once(c).nfkc().collect();
    if plain.iter().copied().any(is_cjk) {
        return plain;
    }
    let plain = plain.into_iter().nfkd().filter(|c| !is_combining_mark(*c));
    plain.flat_map(char::to_lowercase).filter(|c| !is_combining_mark(*c)).collect()
}

/// Han, kana and Hangul syllables (Unicode 16, blocks).
fn is_cjk(c: char) -> bool {
    matches!(c,
        '\u{3040}'..='\u{30ff}' | '\u{31f0}'..='\u{31ff}' | '\u{3400}'..='\u{4dbf}'
        | '\u{4e00}'..='\u{9fff}' | '\u{ac00}'..='\u{d7a3}' | '\u{f900}'..='\u{faff}'
        | '\u{20000}'..='\u{323af}')
}

/// One term of a search: tokens that stand one after the other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Term {
    /// The tokens; at least one.
    pub tokens: Vec<String>,
    /// Whether the last one may be the beginning of a word.
    pub is_prefix: bool,
}

/// What somebody searches: texts that hold all terms.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Query {
    /// The terms; none where nothing of what was typed can be searched.
    pub terms: Vec<Term>,
}

impl Query {
    /// Reads what was typed. Words stand alone, `"words in quotation marks"` one after the other, and
    /// so do the parts of `qemu-kvm-ev` and `4.6`.
    pub fn read(typed: &str) -> Query {
        let typed: String = typed.chars().take(MOST_CHARS).collect();
        let mut terms = Vec::new();
        for (n, piece) in typed.split(['"', '\u{201c}', '\u{201d}']).enumerate() {
            match n % 2 {
                0 => terms.extend(piece.split_whitespace().filter_map(|word| term(word, true))),
                _ => terms.extend(term(piece, false)),
            }
        }
        terms.truncate(MOST_TERMS);
        Query { terms }
    }

    /// Where the terms stand in a text, in order and not overlapping; nothing where not all do.
    pub fn places(&self, text: &str) -> Option<Vec<Range<usize>>> {
        let tokens = tokens(text);
        let mut places: Vec<Range<usize>> = Vec::new();
        for term in &self.terms {
            let before = places.len();
            let len = term.tokens.len();
            let windows = tokens.windows(len).filter(|window| term.fits(window));
            places.extend(windows.map(|window| window[0].range.start..window[len - 1].range.end));
            if places.len() == before {
                return None;
            }
        }
        places.sort_unstable_by_key(|place| (place.start, place.end));
        let mut apart: Vec<Range<usize>> = Vec::new();
        for place in places {
            match apart.last_mut() {
                Some(last) if place.start < last.end => last.end = last.end.max(place.end),
                _ => apart.push(place),
            }
        }
        Some(apart)
    }
}

impl Term {
    fn fits(&self, window: &[Token]) -> bool {
        let last = self.tokens.len() - 1;
        self.tokens.iter().zip(window).enumerate().all(|(n, (wanted, token))| {
            token.word == *wanted
                || (n == last && self.is_prefix && token.word.starts_with(wanted.as_str()))
        })
    }
}

fn term(piece: &str, may_be_prefix: bool) -> Option<Term> {
    let tokens: Vec<String> = tokens(piece).into_iter().map(|token| token.word).collect();
    let last = tokens.last()?;
    let is_long = last.chars().count() >= PREFIX_FROM;
    Some(Term { is_prefix: may_be_prefix && is_long, tokens })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn words(text: &str) -> Vec<String> {
        tokens(text).into_iter().map(|token| token.word).collect()
    }

    #[test]
    fn a_text_is_cut_into_what_it_is_found_by() {
        assert_eq!(
            words("Push qemu-kvm-ev 4.6 <b>!"),
            ["push", "qemu", "kvm", "ev", "4", "6", "b"]
        );
        assert_eq!(
            words("Anthony PÉRARD e\u{301}t ﬁne Ⅷ"),
            ["anthony", "perard", "et", "fine", "viii"]
        );
        assert_eq!(
            words("注意事项 ｶﾅ 한국 x86項"),
            ["注", "意", "事", "项", "カ", "ナ", "한", "국", "x86", "項"]
        );
        assert_eq!(words("\u{301}\u{202e}*?"), [""; 0]);
        assert_eq!(words(&"x".repeat(500))[0].len(), MOST_TOKEN_CHARS);
        assert_eq!(words(&"注".repeat(5_000)).len(), MOST_TOKENS);
    }

    #[test]
    fn what_was_typed_becomes_terms() {
        let read = |typed: &str| {
            let terms = Query::read(typed).terms;
            let shown = |term: &Term| term.tokens.join("+") + if term.is_prefix { "*" } else { "" };
            terms.iter().map(shown).collect::<Vec<String>>()
        };
        assert_eq!(read("xen qemu-kvm-ev 4.6"), ["xen*", "qemu+kvm+ev*", "4+6"]);
        assert_eq!(read("\"one release\" a 注意"), ["one+release", "a", "注+意"]);
        assert_eq!(read("\"open"), ["open"]);
        for nothing in ["", "***", "\"\"", "AND\u{0}".trim_start_matches("AND"), "-+()^:~"] {
            assert_eq!(read(nothing), [""; 0], "{nothing}");
        }
        assert_eq!(Query::read(&"a ".repeat(100)).terms.len(), MOST_TERMS);
    }

    #[test]
    fn the_places_of_terms_are_marked() {
        let text = "Pushed Xen 4.6.6; xenial";
        let places = Query::read("xen 4.6").places(text).unwrap();
        let marked: Vec<&str> = places.into_iter().map(|place| &text[place]).collect();
        assert_eq!(marked, ["Xen", "4.6", "xenial"]);
        assert_eq!(Query::read("xen libvirt").places(text), None);
        let places = Query::read("注意").places("请注意!").unwrap();
        assert_eq!((places.len(), places[0].clone()), (1, 3..9));
    }

    proptest! {
        #[test]
        fn places_are_in_order_and_at_the_ends_of_characters(text in any::<String>(), typed in any::<String>()) {
            let query = Query::read(&typed);
            let mut end = 0;
            for place in query.places(&text).unwrap_or_default() {
                prop_assert!(place.start >= end && place.end > place.start);
                prop_assert!(text.get(place.clone()).is_some());
                end = place.end;
            }
        }

        #[test]
        fn a_text_is_found_by_its_own_words(text in "[a-zé注 .-]{1,60}") {
            let query = Query::read(&text);
            prop_assert!(query.places(&text).is_some());
        }
    }
}
