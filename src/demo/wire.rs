//! IRC lines as bytes: framing, reading, writing. Not the bot's grammar: that one comes from the
//! `irc` crate, so that two independent readings of the protocol meet on every test's wire.

use std::borrow::Cow;

/// The longest line without its tags and its CR LF, in bytes (RFC 2812 §2.3: 512 with them).
pub const BODY_BYTES: usize = 510;
/// The longest tags section a client may send, in bytes, with its `@` and its space
/// (IRCv3 message-tags: 4096).
pub const CLIENT_TAG_BYTES: usize = 4096;
/// The longest tags section a server may send, likewise (IRCv3 message-tags: 8191).
pub const SERVER_TAG_BYTES: usize = 8191;
/// The most parameters a message has (RFC 2812 §2.3).
const PARAMS: usize = 15;

/// One IRC message.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Message {
    /// The tags, unescaped, in the order given; of a repeated key the last value only.
    pub tags: Vec<(String, String)>,
    /// Who sent it (`nick!user@host` or a server's name), where the line says.
    pub source: Option<Vec<u8>>,
    /// The command or numeric, in upper case.
    pub command: String,
    /// The parameters; any bytes but NUL, CR and LF.
    pub params: Vec<Vec<u8>>,
}

impl Message {
    /// Reads a line without its end. Nothing where it has no command.
    ///
    /// Several spaces count as one, as servers have always read them.
    pub fn parse(line: &[u8]) -> Option<Message> {
        let mut rest = line;
        let mut message = Message::default();
        if let Some(after) = rest.strip_prefix(b"@") {
            let (tags, left) = word(after);
            message.tags = read_tags(&String::from_utf8_lossy(tags));
            rest = left;
        }
        rest = rest.trim_ascii_start();
        if let Some(after) = rest.strip_prefix(b":") {
            let (source, left) = word(after);
            message.source = Some(source.to_vec());
            rest = left;
        }
        let (command, mut rest) = word(rest);
        if command.is_empty() || !command.iter().all(u8::is_ascii_alphanumeric) {
            return None;
        }
        message.command = String::from_utf8_lossy(command).to_ascii_uppercase();
        while !rest.is_empty() {
            let last = message.params.len() + 1 == PARAMS;
            if let Some(text) = rest.strip_prefix(b":") {
                message.params.push(text.to_vec());
                break;
            }
            let (param, left) = if last { (rest, &rest[rest.len()..]) } else { word(rest) };
            message.params.push(param.to_vec());
            rest = left;
        }
        Some(message)
    }

    /// The parameter at that place, counted from 0; empty where there is none.
    pub fn param(&self, at: usize) -> &[u8] {
        self.params.get(at).map_or(b"", Vec::as_slice)
    }

    /// The same as text, with U+FFFD for what is not UTF-8.
    pub fn text(&self, at: usize) -> Cow<'_, str> {
        String::from_utf8_lossy(self.param(at))
    }

    /// The last parameter as text.
    pub fn last(&self) -> Cow<'_, str> {
        self.text(self.params.len().saturating_sub(1))
    }

    /// The nick (or server) of the source; empty where there is none.
    pub fn nick(&self) -> Cow<'_, str> {
        let source = self.source.as_deref().unwrap_or(b"");
        let nick = source.split(|byte| *byte == b'!').next().unwrap_or(b"");
        String::from_utf8_lossy(nick)
    }

    /// The value of a tag.
    pub fn tag(&self, key: &str) -> Option<&str> {
        self.tags.iter().find(|(name, _)| name == key).map(|(_, value)| value.as_str())
    }
}

/// The first word and what follows its spaces.
fn word(bytes: &[u8]) -> (&[u8], &[u8]) {
    let bytes = skip_spaces(bytes);
    let end = bytes.iter().position(|byte| *byte == b' ').unwrap_or(bytes.len());
    (&bytes[..end], skip_spaces(&bytes[end..]))
}

fn skip_spaces(bytes: &[u8]) -> &[u8] {
    let start = bytes.iter().position(|byte| *byte != b' ').unwrap_or(bytes.len());
    &bytes[start..]
}

fn read_tags(section: &str) -> Vec<(String, String)> {
    let mut tags: Vec<(String, String)> = Vec::new();
    for tag in section.split(';').filter(|tag| !tag.is_empty()) {
        let (key, value) = tag.split_once('=').unwrap_or((tag, ""));
        tags.retain(|(name, _)| name != key);
        tags.push((key.to_string(), unescape(value)));
    }
    tags
}

/// A tag's value as it is written on the wire (IRCv3 message-tags, "Escaping values").
pub fn escape(value: &str) -> String {
    let mut out = String::with_capacity(value.len());
    for c in value.chars() {
        match c {
            ';' => out.push_str("\\:"),
            ' ' => out.push_str("\\s"),
            '\\' => out.push_str("\\\\"),
            '\r' => out.push_str("\\r"),
            '\n' => out.push_str("\\n"),
            '\0' => out.push('\u{fffd}'),
            c => out.push(c),
        }
    }
    out
}

/// A tag's value from its form on the wire.
pub fn unescape(value: &str) -> String {
    let mut out = String::with_capacity(value.len());
    let mut rest = value.chars();
    while let Some(c) = rest.next() {
        match c {
            '\\' => match rest.next() {
                Some(':') => out.push(';'),
                Some('s') => out.push(' '),
                Some('r') => out.push('\r'),
                Some('n') => out.push('\n'),
                Some(other) => out.push(other),
                None => {}
            },
            c => out.push(c),
        }
    }
    out
}

/// What a [`Framer`] found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Framed {
    /// A line, without its end.
    Line(Vec<u8>),
    /// A line whose tags section was longer than allowed; its bytes are gone.
    TooLong,
}

/// Cuts a stream of bytes into lines and keeps no more than one line's worth of them.
///
/// CR and LF both end a line and empty lines are nothing; a NUL hides the rest of its line;
/// what is beyond the longest body is dropped. All as Solanum does.
#[derive(Debug)]
pub struct Framer {
    kept: Vec<u8>,
    hidden: bool,
    tag_bytes: usize,
}

impl Framer {
    /// A framer that allows tags sections of that many bytes.
    pub fn new(tag_bytes: usize) -> Framer {
        Framer { kept: Vec::new(), hidden: false, tag_bytes }
    }

    /// Takes in bytes and gives the lines that are complete.
    pub fn feed(&mut self, bytes: &[u8]) -> Vec<Framed> {
        let mut found = Vec::new();
        for byte in bytes {
            match byte {
                b'\n' | b'\r' => {
                    let line = std::mem::take(&mut self.kept);
                    self.hidden = false;
                    if !line.is_empty() {
                        found.push(self.cut(line));
                    }
                }
                b'\0' => self.hidden = true,
                _ if self.hidden || self.kept.len() >= self.tag_bytes + BODY_BYTES => {}
                byte => self.kept.push(*byte),
            }
        }
        found
    }

    fn cut(&self, mut line: Vec<u8>) -> Framed {
        let tags = match line.first() {
            Some(b'@') => {
                line.iter().position(|byte| *byte == b' ').map_or(line.len(), |at| at + 1)
            }
            _ => 0,
        };
        if tags > self.tag_bytes {
            return Framed::TooLong;
        }
        line.truncate(tags + BODY_BYTES);
        Framed::Line(line)
    }
}

/// The part of a line after its tags, made word by word.
///
/// Whatever it is given, the result is one line: a middle word ends at its first space.
#[derive(Clone, Debug)]
pub struct Body(Vec<u8>);

impl Body {
    /// A body that begins with this command or numeric.
    pub fn new(command: &str) -> Body {
        Body(command.as_bytes().to_vec())
    }

    /// Adds a middle parameter; an empty one becomes `*`.
    pub fn word(mut self, word: impl AsRef<[u8]>) -> Body {
        let word = word.as_ref();
        let start = word.iter().position(|byte| *byte != b':').unwrap_or(word.len());
        let word = &word[start..];
        let end = word.iter().position(|byte| *byte == b' ').unwrap_or(word.len());
        self.0.push(b' ');
        self.0.extend_from_slice(if end == 0 { b"*" } else { &word[..end] });
        self
    }

    /// Adds the last parameter, which may hold spaces.
    pub fn text(mut self, text: impl AsRef<[u8]>) -> Body {
        self.0.extend_from_slice(b" :");
        self.0.extend_from_slice(text.as_ref());
        self
    }

    /// Its bytes.
    pub fn bytes(&self) -> &[u8] {
        &self.0
    }
}

/// A whole line: tags (already escaped, without `@`), source and body, cut where a server cuts it,
/// in the middle of a character if it must be, and ended with CR LF.
pub fn line(tags: &str, source: &[u8], body: &Body) -> Vec<u8> {
    let mut out = Vec::with_capacity(tags.len() + source.len() + body.0.len() + 6);
    if !tags.is_empty() {
        out.push(b'@');
        out.extend_from_slice(tags.as_bytes());
        out.push(b' ');
    }
    let start = out.len();
    if !source.is_empty() {
        out.push(b':');
        out.extend_from_slice(source);
        out.push(b' ');
    }
    out.extend_from_slice(&body.0);
    out.truncate(start + BODY_BYTES);
    for byte in &mut out[start..] {
        if matches!(byte, b'\r' | b'\n' | b'\0') {
            *byte = b' ';
        }
    }
    out.extend_from_slice(b"\r\n");
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(line: &str) -> Message {
        Message::parse(line.as_bytes()).unwrap()
    }

    #[test]
    fn reads_every_part_of_a_message() {
        let message = parsed("@time=1;+a=x\\sy;time=2 :n!u@h  privmsg   #c  :two  words ");
        assert_eq!(message.tag("time"), Some("2"));
        assert_eq!(message.tag("+a"), Some("x y"));
        assert_eq!(message.nick(), "n");
        assert_eq!(message.command, "PRIVMSG");
        assert_eq!(message.params, [b"#c".to_vec(), b"two  words ".to_vec()]);
        assert_eq!(parsed("JOIN #a,#b").text(0), "#a,#b");
        assert_eq!(parsed("TOPIC #a :").params.len(), 2);
        assert_eq!(parsed("X 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16").text(14), "15 16");
    }

    #[test]
    fn what_has_no_command_is_no_message() {
        for line in ["", "   ", ":only.a.source", "@only=tags", "\u{1}VERSION", "é"] {
            assert_eq!(Message::parse(line.as_bytes()), None, "{line:?}");
        }
    }

    #[test]
    fn tag_values_come_back() {
        let value = "semi; space \\ back\r\nslash é";
        assert_eq!(unescape(&escape(value)), value);
        assert_eq!(unescape("lone\\"), "lone");
    }

    #[test]
    fn lines_end_at_cr_or_lf_and_nul_hides_the_rest() {
        let mut framer = Framer::new(CLIENT_TAG_BYTES);
        assert_eq!(
            framer.feed(b"PING a\r\n\r\nPING b\nPI"),
            [Framed::Line(b"PING a".to_vec()), Framed::Line(b"PING b".to_vec()),]
        );
        assert_eq!(
            framer.feed(b"NG c\0hidden\rX\n"),
            [Framed::Line(b"PING c".to_vec()), Framed::Line(b"X".to_vec()),]
        );
    }

    #[test]
    fn an_endless_line_is_bounded() {
        let mut framer = Framer::new(CLIENT_TAG_BYTES);
        for _ in 0..1000 {
            assert!(framer.feed(&[b'x'; 1024]).is_empty());
        }
        assert!(framer.kept.len() <= CLIENT_TAG_BYTES + BODY_BYTES);
        assert_eq!(framer.feed(b"\n"), [Framed::Line(vec![b'x'; BODY_BYTES])]);
        framer.feed(&[b'@'; 5000]);
        assert_eq!(framer.feed(b" PING x\n"), [Framed::TooLong]);
    }

    #[test]
    fn a_long_line_is_cut_in_the_middle_of_a_character() {
        let cut = line("t=1", b"n!u@h", &Body::new("PRIVMSG").word("#c").text("é".repeat(400)));
        assert_eq!(cut.len(), "@t=1 ".len() + 512);
        assert!(std::str::from_utf8(&cut).is_err());
        assert!(cut.ends_with(b"\xc3\r\n"));
    }
}
