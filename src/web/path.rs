//! Paths as strangers send them: decoded once, and refused rather than repaired.

use crate::domain::text;

/// The deepest path, in parts.
const MOST_PARTS: usize = 8;

/// The longest part, in bytes; no file's name is longer.
const MOST_PART_BYTES: usize = 255;

/// The parts of a path, decoded; nothing where any part is not the plain name of a file. `..` in
/// every spelling, hidden files, empty parts, slashes and control characters are such.
pub fn parts(path: &str) -> Option<Vec<String>> {
    if path.split('/').count() > MOST_PARTS {
        return None;
    }
    path.split('/').map(part).collect()
}

fn part(encoded: &str) -> Option<String> {
    let decoded = String::from_utf8(decode(encoded.as_bytes())?).ok()?;
    let foreign = |c: char| c == '/' || c == '\\' || text::is_unprintable(c);
    let is_name = (1..=MOST_PART_BYTES).contains(&decoded.len())
        && !decoded.starts_with('.')
        && !decoded.contains(foreign);
    is_name.then_some(decoded)
}

/// RFC 3986 §2.1; a `%` without two hexadecimal digits is no encoding at all.
fn decode(encoded: &[u8]) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(encoded.len());
    let mut rest = encoded.iter();
    while let Some(byte) = rest.next() {
        out.push(match byte {
            b'%' => hex(*rest.next()?)? << 4 | hex(*rest.next()?)?,
            byte => *byte,
        });
    }
    Some(out)
}

fn hex(digit: u8) -> Option<u8> {
    char::from(digit).to_digit(16).and_then(|value| u8::try_from(value).ok())
}

/// A name as it stands in a link: RFC 3986 §2.3 unreserved characters as they are, all others
/// encoded. It needs no further escape in an attribute.
pub fn encode(name: &str) -> String {
    let mut out = String::with_capacity(name.len());
    for byte in name.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out += &format!("%{byte:02X}");
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_names_pass() {
        assert_eq!(parts("2018/a.html"), Some(vec!["2018".into(), "a.html".into()]));
        assert_eq!(parts("2018/%E4%BC%9A%20a"), Some(vec!["2018".into(), "会 a".into()]));
        assert_eq!(parts("a%252e%252e"), Some(vec!["a%2e%2e".into()]), "decoded once only");
    }

    #[test]
    fn tricks_do_not() {
        for trick in [
            "..",
            "../x",
            "a/../b",
            "%2e%2e/x",
            "%2E./x",
            ".%2e",
            "a/%2e%2e%2fb",
            ".hidden",
            "a//b",
            "",
            "a/",
            "/a",
            "a%2fb",
            "a%5cb",
            "a\\b",
            "a%00.html",
            "a%0d%0ab",
            "%",
            "%2",
            "%zz",
            "%+1",
            "%ff%fe",
            "%c0%ae%c0%ae",
            "a%e2%80%ae",
            "1/2/3/4/5/6/7/8/9",
        ] {
            assert_eq!(parts(trick), None, "{trick}");
        }
        assert_eq!(parts(&"a".repeat(256)), None);
    }

    #[test]
    fn what_is_encoded_comes_back() {
        let name = "会 a\"<%>&'#?.html";
        assert_eq!(parts(&encode(name)), Some(vec![name.to_string()]));
    }
}
