//! Encoded words (RFC 2047): what they say, for showing, and so that nothing is hidden in them.

use base64::Engine;
use base64::engine::DecodePaddingMode;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig};
use encoding_rs::Encoding;

/// As clients write it, with or without padding.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &base64::alphabet::STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true),
);

/// What the encoded words in a text say, one behind the other; nothing of the text around them.
///
/// # Errors
///
/// One cannot be read, so another reader may read something else.
pub fn decoded(text: &str) -> Result<String, &'static str> {
    let mut out = String::new();
    let mut rest = text;
    while let Some(start) = rest.find("=?") {
        let (word, behind) = split(&rest[start..]).ok_or("its From has half an encoded word")?;
        out += &word.ok_or("its From has an encoded word that cannot be read")?;
        rest = behind;
    }
    Ok(out)
}

/// A text as people are to see it; a word that cannot be read stays as it is.
pub fn shown(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    let mut was_word = false;
    while let Some(start) = rest.find("=?") {
        let before = &rest[..start];
        // RFC 2047 §6.2: the space between two encoded words is not shown.
        if !(was_word && before.trim().is_empty()) {
            out += before;
        }
        match split(&rest[start..]) {
            Some((Some(word), behind)) => {
                out += &word;
                (rest, was_word) = (behind, true);
            }
            _ => {
                out += "=?";
                (rest, was_word) = (&rest[start + 2..], false);
            }
        }
    }
    out + rest
}

/// The encoded word at the beginning of a text (`=?utf-8?Q?…?=`), decoded where it can be, and what
/// is behind it.
fn split(text: &str) -> Option<(Option<String>, &str)> {
    let (charset, rest) = text.strip_prefix("=?")?.split_once('?')?;
    let (encoding, rest) = rest.split_once('?')?;
    let (content, behind) = rest.split_once("?=")?;
    // RFC 2231 §5: a language may follow the charset.
    let charset = charset.split('*').next().unwrap_or(charset);
    Some((decode(charset, encoding, content), behind))
}

fn decode(charset: &str, encoding: &str, content: &str) -> Option<String> {
    let bytes = match encoding {
        "B" | "b" => BASE64.decode(content).ok()?,
        "Q" | "q" => quoted_printable(content)?,
        _ => return None,
    };
    let (text, _, is_damaged) = Encoding::for_label(charset.as_bytes())?.decode(&bytes);
    (!is_damaged).then(|| text.into_owned())
}

/// RFC 2047 §4.2.
fn quoted_printable(content: &str) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(content.len());
    let mut rest = content.bytes();
    while let Some(byte) = rest.next() {
        out.push(match byte {
            b'_' => b' ',
            b'=' => {
                let digits = [rest.next()?, rest.next()?];
                u8::from_str_radix(std::str::from_utf8(&digits).ok()?, 16).ok()?
            }
            byte => byte,
        });
    }
    Some(out)
}

/// Whether a careless reader may find an address in a text: letters on both sides of an `@`.
pub fn has_address(text: &str) -> bool {
    let is_letter = |c: char| !c.is_whitespace();
    text.match_indices('@').any(|(at, _)| {
        text[..at].chars().next_back().is_some_and(is_letter)
            && text[at + 1..].chars().next().is_some_and(is_letter)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn words_say_what_they_say() {
        for (text, wanted) in [
            ("=?utf-8?Q?J=C3=B6rg?=", "J\u{f6}rg"),
            ("=?iso-8859-1?q?J=F6rg_X?=", "J\u{f6}rg X"),
            ("=?UTF-8?B?5rOo5oSP?=", "\u{6ce8}\u{610f}"),
            ("=?iso-2022-jp?B?GyRCOzNFRBsoQg==?=", "\u{5c71}\u{7530}"),
            ("=?utf-8*de?Q?a?= and =?utf-8?Q?b?=", "ab"),
        ] {
            assert_eq!(decoded(text).as_deref(), Ok(wanted), "{text}");
        }
        for bad in
            ["=?utf-8?Q?x", "=?utf-7?Q?x?=", "=?utf-8?X?x?=", "=?utf-8?Q?=FF?=", "=?utf-8?Q?=?="]
        {
            assert!(decoded(bad).is_err(), "{bad}");
        }
        assert_eq!(shown("Re: =?utf-8?Q?a?= =?utf-8?Q?b?= c =?x"), "Re: ab c =?x");
    }

    #[test]
    fn an_address_is_seen_where_a_careless_reader_sees_one() {
        assert!(has_address("a@b") && has_address("see <a@b>"));
        assert!(!has_address("Bob @ work") && !has_address("@home") && !has_address("no"));
    }

    proptest! {
        #[test]
        fn any_text_can_be_shown(text in "[=?a-zQqBb_@ 0-9\u{e9}-]{0,60}") {
            let _ = (decoded(&text), shown(&text));
        }
    }
}
