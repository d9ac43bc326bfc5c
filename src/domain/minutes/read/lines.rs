//! A file cut into lines of text: any bytes, any line ends. Nothing here knows what a line means.

use std::borrow::Cow;

/// The longest line kept, in bytes; what is longer is cut. An IRC message with its tags has at most
/// 8,703 (IRCv3 message tags), so no line that was heard is ever cut.
pub const MOST_LINE_BYTES: usize = 16 * 1024;

/// The lines of a file with their numbers from 1 on; empty ones are left out.
pub(super) fn of(bytes: &[u8]) -> impl Iterator<Item = (usize, Cow<'_, str>)> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes); // UTF-8's byte order mark
    let lines = (1..).zip(bytes.split(|byte| *byte == b'\n'));
    lines.map(|(number, line)| (number, text(line))).filter(|(_, line)| !line.is_empty())
}

/// UTF-8 where the line is UTF-8, else Latin-1, in which every byte is a character. A log may hold
/// both: what was typed in one client is not what another one wrote.
fn text(line: &[u8]) -> Cow<'_, str> {
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    match std::str::from_utf8(line) {
        Ok(text) => Cow::Borrowed(cut(text)),
        Err(_) => {
            let latin1 = line.iter().take(MOST_LINE_BYTES).copied();
            let text: String = latin1.map(char::from).collect();
            Cow::Owned(cut(&text).to_string())
        }
    }
}

fn cut(text: &str) -> &str {
    &text[..text.floor_char_boundary(MOST_LINE_BYTES)]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(bytes: &[u8]) -> Vec<String> {
        of(bytes).map(|(_, line)| line.into_owned()).collect()
    }

    #[test]
    fn reads_what_windows_and_old_clients_wrote() {
        assert_eq!(texts(b"\xef\xbb\xbfa\r\nb\n\r\nc"), ["a", "b", "c"]);
        assert_eq!(texts(b"gr\xfc\xdfe\ngr\xc3\xbc\xc3\x9fe"), ["grüße", "grüße"]);
        assert_eq!(of(b"a\n\n\nb").map(|(number, _)| number).collect::<Vec<_>>(), [1, 4]);
    }

    #[test]
    fn cuts_between_characters() {
        let long = texts("注".repeat(10_000).as_bytes());
        assert_eq!(long[0].len(), MOST_LINE_BYTES / 3 * 3);
        assert!(texts(&vec![0xff; 100_000])[0].len() <= MOST_LINE_BYTES);
    }
}
