//! The framer: bytes from a server in, lines of text out, in bounded memory.
//! It knows nothing of what a line means; `wire` reads that.

/// The longest line taken, in bytes before its line feed: 8191 for tags and 512 for the rest
/// (IRCv3 message-tags, "Size limit").
pub const LINE_MOST_BYTES: usize = 8191 + 512;

/// From this length on, in bytes without tags, a line may have been cut by a server: some cut at
/// 510 bytes in the middle of a character.
const CUT_LINE_BYTES: usize = 440;

/// What came out of the framer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Framed {
    /// A line without its end. Never empty; holds no NUL, CR or LF.
    Line(String),
    /// A line that was longer than [`LINE_MOST_BYTES`]; all that is left of it is its length.
    TooLong(u64),
}

/// Cuts a stream of bytes into lines. Holds at most [`LINE_MOST_BYTES`] between two calls.
#[derive(Debug, Default)]
pub struct Framer {
    partial: Vec<u8>,
    skipped_bytes: u64,
}

impl Framer {
    /// Takes in some bytes and appends every line that ends in them.
    ///
    /// What follows the last line feed is kept for the next call, and lost with the connection:
    /// half a line is no line.
    pub fn feed(&mut self, bytes: &[u8], lines: &mut Vec<Framed>) {
        for part in bytes.split_inclusive(|&byte| byte == b'\n') {
            match part.split_last() {
                Some((b'\n', head)) => {
                    self.keep(head);
                    self.end_line(lines);
                }
                _ => self.keep(part),
            }
        }
    }

    fn keep(&mut self, bytes: &[u8]) {
        if self.skipped_bytes > 0 || self.partial.len() + bytes.len() > LINE_MOST_BYTES {
            self.skipped_bytes += (self.partial.len() + bytes.len()) as u64;
            self.partial.clear();
        } else {
            self.partial.extend_from_slice(bytes);
        }
    }

    fn end_line(&mut self, lines: &mut Vec<Framed>) {
        if self.skipped_bytes > 0 {
            lines.push(Framed::TooLong(std::mem::take(&mut self.skipped_bytes)));
            return;
        }
        self.partial.retain(|byte| !matches!(byte, b'\0' | b'\r'));
        let line = decode(&self.partial);
        self.partial.clear();
        if !line.trim_matches(' ').is_empty() {
            lines.push(Framed::Line(line));
        }
    }
}

/// Reads bytes as UTF-8, and as Windows-1252 (the superset of Latin-1 that clients really send)
/// where that is what they are. No byte is ever a reason to drop a line.
///
/// A few bad bytes in a line that is UTF-8 otherwise, or at the end of a line long enough to have
/// been cut, become U+FFFD and leave the rest as it was.
pub fn decode(bytes: &[u8]) -> String {
    match std::str::from_utf8(bytes) {
        Ok(text) => text.to_string(),
        Err(error) => {
            let cut = error.error_len().is_none() && untagged(bytes).len() >= CUT_LINE_BYTES;
            if cut || mostly_utf8(bytes) {
                String::from_utf8_lossy(bytes).into_owned()
            } else {
                bytes.iter().map(|&byte| windows_1252(byte)).collect()
            }
        }
    }
}

fn untagged(bytes: &[u8]) -> &[u8] {
    match bytes {
        [b'@', ..] => {
            let end = bytes.iter().position(|&byte| byte == b' ').unwrap_or(bytes.len());
            &bytes[end..]
        }
        _ => bytes,
    }
}

fn mostly_utf8(bytes: &[u8]) -> bool {
    let (mut good, mut bad) = (0, 0);
    for chunk in bytes.utf8_chunks() {
        good += chunk.valid().chars().filter(|c| !c.is_ascii()).count();
        bad += usize::from(!chunk.invalid().is_empty());
    }
    good > bad
}

fn windows_1252(byte: u8) -> char {
    // The WHATWG encoding standard's index for 0x80 to 0x9F; all other bytes are themselves.
    const HIGH_CONTROLS: [char; 32] = [
        '€', '\u{81}', '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', '\u{8d}', 'Ž',
        '\u{8f}', '\u{90}', '‘', '’', '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', '\u{9d}',
        'ž', 'Ÿ',
    ];
    match byte {
        0x80..=0x9f => HIGH_CONTROLS[usize::from(byte - 0x80)],
        _ => char::from(byte),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn lines(bytes: &[u8]) -> Vec<Framed> {
        let mut out = Vec::new();
        Framer::default().feed(bytes, &mut out);
        out
    }

    fn line(text: &str) -> Framed {
        Framed::Line(text.to_string())
    }

    #[test]
    fn lines_end_at_line_feeds_and_lose_their_nul_and_cr() {
        assert_eq!(lines(b"PING :a\r\nPING :b\n\r\n  \nhalf"), [line("PING :a"), line("PING :b")]);
        assert_eq!(lines(b"a\0b\rc\r\r\n"), [line("abc")]);
    }

    #[test]
    fn a_line_arrives_in_pieces() {
        let (mut framer, mut out) = (Framer::default(), Vec::new());
        for byte in ":a PRIVMSG #c :grün\r\n".as_bytes() {
            framer.feed(&[*byte], &mut out);
        }
        assert_eq!(out, [line(":a PRIVMSG #c :grün")]);
    }

    #[test]
    fn an_endless_line_costs_itself_and_nothing_else() {
        let (mut framer, mut out) = (Framer::default(), Vec::new());
        framer.feed(b"PING :before\n", &mut out);
        let mebibyte = vec![b'x'; 1 << 20];
        for _ in 0..200 {
            framer.feed(&mebibyte, &mut out);
            assert!(framer.partial.capacity() <= 2 * LINE_MOST_BYTES);
        }
        framer.feed(b"\nPING :after\n", &mut out);
        assert_eq!(out, [line("PING :before"), Framed::TooLong(200 << 20), line("PING :after")]);
    }

    #[test]
    fn the_limit_is_exact() {
        let longest = "x".repeat(LINE_MOST_BYTES);
        assert_eq!(lines(format!("{longest}\n").as_bytes()), [line(&longest)]);
        let too_long = LINE_MOST_BYTES + 1;
        assert_eq!(lines(format!("{longest}x\n").as_bytes()), [Framed::TooLong(too_long as u64)]);
    }

    #[test]
    fn what_is_no_utf8_is_read_as_what_it_is() {
        assert_eq!(decode("grün".as_bytes()), "grün");
        assert_eq!(decode(b"gr\xfcn caf\xe9"), "grün café");
        assert_eq!(decode(b"5 \x80 \x93q\x94"), "5 € “q”");
        // One stray byte does not turn a line of UTF-8 into mojibake.
        assert_eq!(decode(b"\xe4\xbd\xa0\xe5\xa5\xbd \xff!"), "你好 \u{fffd}!");
    }

    #[test]
    fn a_line_cut_in_a_character_keeps_its_head() {
        let mut long = b"@time=x :a!b@c PRIVMSG #c :".to_vec();
        long.extend(std::iter::repeat_n(b'x', 480));
        long.push(0xc3);
        assert!(decode(&long).ends_with("xxx\u{fffd}"), "cut by the server");
        assert_eq!(decode(b":a PRIVMSG #c :caf\xe9"), ":a PRIVMSG #c :café", "too short to be cut");
        // However long its tags are.
        let tagged = [b"@".as_slice(), &[b't'; 600], b" :a PRIVMSG #c :caf\xe9"].concat();
        assert!(decode(&tagged).ends_with("café"));
    }

    proptest! {
        #[test]
        fn any_bytes_in_any_pieces_give_the_same_lines(
            bytes in proptest::collection::vec(any::<u8>(), 0..2000),
            piece in 1usize..50,
        ) {
            let (mut framer, mut out) = (Framer::default(), Vec::new());
            for part in bytes.chunks(piece) {
                framer.feed(part, &mut out);
            }
            prop_assert_eq!(&out, &lines(&bytes));
            for framed in out {
                if let Framed::Line(text) = framed {
                    prop_assert!(!text.is_empty() && !text.contains(['\0', '\r', '\n']));
                }
            }
        }
    }
}
