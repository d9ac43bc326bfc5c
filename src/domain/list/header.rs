//! The header of a mail as raw bytes: its fields, and every place where another reader might see a
//! field that we do not.
//!
//! Only CR LF ends a line here. What else some reader takes for the end of a line or of the header
//! (a bare CR, a whitespace-only line, NEL …) is no error of its own: [`Header::from`] says where it
//! leaves two readings of who wrote the mail.

use std::ops::Range;

/// The longest header, in bytes.
pub const MOST_BYTES: usize = 256 << 10;
/// The most fields of a header.
pub const MOST_FIELDS: usize = 1_000;

/// A header, cut into fields.
#[derive(Debug)]
pub struct Header<'a> {
    mail: &'a [u8],
    fields: Vec<Field>,
    /// Where the body begins.
    pub body: usize,
    /// The limit that it is over.
    pub over: Option<&'static str>,
    /// Where the first line is that some readers end the header at.
    doubtful_from: Option<usize>,
}

#[derive(Debug)]
struct Field {
    name: Range<usize>,
    value: Range<usize>,
}

/// What there is of `From`.
#[derive(Debug, PartialEq, Eq)]
pub enum From<'a> {
    /// There is one, and nothing that another reader might take for one.
    One(&'a [u8]),
    /// There is none, and nothing like one.
    None,
    /// Readers differ, for this reason.
    Doubtful(&'static str),
}

impl<'a> Header<'a> {
    /// Cuts the header of a mail into fields.
    pub fn read(mail: &'a [u8]) -> Header<'a> {
        let mut header =
            Header { mail, fields: Vec::new(), body: mail.len(), over: None, doubtful_from: None };
        let mut at = start(mail);
        while at < mail.len() {
            let end = line_end(mail, at);
            let line = &mail[at..end];
            if line.is_empty() {
                header.body = (end + 2).min(mail.len());
                break;
            }
            if end > MOST_BYTES {
                header.over = Some("its header is longer than 256 KB");
                header.body = after_header(mail, at);
                break;
            }
            header.line(at, line);
            at = end + 2;
        }
        if header.fields.len() > MOST_FIELDS {
            header.over = Some("its header has more than 1,000 fields");
            header.fields.truncate(MOST_FIELDS);
        }
        header
    }

    /// Takes in one line, whose CR LF is not part of it.
    fn line(&mut self, at: usize, line: &[u8]) {
        let end = at + line.len();
        if matches!(line[0], b' ' | b'\t') {
            let is_blank = line.iter().all(u8::is_ascii_whitespace);
            match self.fields.last_mut() {
                // RFC 5322 §2.2.3: it belongs to the field above.
                Some(field) => field.value.end = end,
                None => self.doubt(at),
            }
            if is_blank {
                self.doubt(at);
            }
            return;
        }
        match line.iter().position(|byte| *byte == b':') {
            // One more than the limit shows that there are too many.
            Some(_) if self.fields.len() > MOST_FIELDS => {}
            Some(colon) if colon > 0 => {
                let (name, value) = (at..at + colon, at + colon + 1..end);
                self.fields.push(Field { name, value });
            }
            _ => self.doubt(at),
        }
    }

    /// From here on some readers see the body, or nothing.
    fn doubt(&mut self, at: usize) {
        self.doubtful_from.get_or_insert(at);
    }

    /// The values of a field, in their order, as they stand there. `name` is in small letters.
    pub fn values(&self, name: &str) -> impl Iterator<Item = &'a [u8]> {
        let mail = self.mail;
        let is_named = move |field: &&Field| {
            mail[field.name.clone()].trim_ascii_end().eq_ignore_ascii_case(name.as_bytes())
        };
        self.fields.iter().filter(is_named).map(move |field| &mail[field.value.clone()])
    }

    /// The first value of a field, unfolded and without spaces at its ends.
    pub fn text(&self, name: &str) -> Option<String> {
        self.values(name).next().map(|value| unfolded(value).trim().to_string())
    }

    /// All fields: the name in small letters and the value as it stands there.
    pub fn all(&self) -> impl Iterator<Item = (String, &'a [u8])> {
        let mail = self.mail;
        self.fields.iter().map(move |field| {
            let name = mail[field.name.clone()].trim_ascii_end().to_ascii_lowercase();
            (String::from_utf8_lossy(&name).into_owned(), &mail[field.value.clone()])
        })
    }

    /// The one `From`, or why readers may differ about it.
    pub fn from(&self) -> From<'a> {
        if self.over.is_some() {
            return From::Doubtful("the header is over a limit");
        }
        let mut found = None;
        for field in &self.fields {
            let name = &self.mail[field.name.clone()];
            if !is_like_from(name) {
                continue;
            }
            if !name.eq_ignore_ascii_case(b"from") {
                return From::Doubtful("a field is named almost like From");
            }
            if found.replace(field).is_some() {
                return From::Doubtful("there are several From");
            }
        }
        if self.hides_from() {
            return From::Doubtful("another From may be read behind a line break that is none");
        }
        match found {
            None => From::None,
            Some(field) if self.doubtful_from.is_some_and(|at| at < field.name.start) => {
                From::Doubtful("readers differ in where the header ends")
            }
            Some(field) => From::One(&self.mail[field.value.clone()]),
        }
    }

    /// Whether a reader that breaks lines at more than CR LF sees a From that we do not: somewhere in
    /// the header, behind such a break, the word stands before a colon.
    fn hides_from(&self) -> bool {
        let block = &self.mail[..self.body.min(self.mail.len())];
        let mut at = 0;
        while let Some(length) = other_break(&block[at..]) {
            at += length;
            let rest = &block[at..];
            let word = rest.iter().position(|b| !is_filler(*b)).unwrap_or(rest.len());
            let rest = &rest[word..];
            if rest.get(..4).is_some_and(|word| word.eq_ignore_ascii_case(b"from"))
                && rest[4..].iter().find(|b| !is_filler(**b)) == Some(&b':')
            {
                return true;
            }
        }
        self.doubtful_from.is_some() && is_like_from(first_word(block))
    }
}

/// Where the header begins: behind an mbox line (`From SENDER DATE`), which local(8) writes.
fn start(mail: &[u8]) -> usize {
    let line = &mail[..line_end(mail, 0)];
    let line = line.strip_prefix(b">").unwrap_or(line);
    let is_mbox = line.strip_prefix(b"From ").is_some_and(|rest| {
        rest.iter().find(|byte| !is_filler(**byte)).is_some_and(|byte| *byte != b':')
    });
    if is_mbox { (line_end(mail, 0) + 2).min(mail.len()) } else { 0 }
}

/// Where the line ends that begins there; the end of the mail where it ends nowhere.
fn line_end(mail: &[u8], at: usize) -> usize {
    let mut from = at;
    while let Some(found) = memchr::memchr(b'\r', &mail[from..]) {
        let cr = from + found;
        if mail.get(cr + 1) == Some(&b'\n') {
            return cr;
        }
        from = cr + 1;
    }
    mail.len()
}

/// Where the body begins, for a header that is not read to its end.
fn after_header(mail: &[u8], at: usize) -> usize {
    memchr::memmem::find(&mail[at..], b"\r\n\r\n").map_or(mail.len(), |found| at + found + 4)
}

/// Up to behind the next thing that some reader takes for a line break, and is not CR LF: CR, LF, VT,
/// FF, FS, GS, RS, NUL, NEL (in UTF-8 or alone), U+2028, U+2029.
fn other_break(bytes: &[u8]) -> Option<usize> {
    for (at, byte) in bytes.iter().enumerate() {
        let next = bytes.get(at + 1);
        match byte {
            b'\r' if next == Some(&b'\n') => {}
            b'\n' if at > 0 && bytes[at - 1] == b'\r' => {}
            b'\n' if at == 0 => {} // The second half of a CR LF that was looked at before.
            0 | b'\r' | b'\n' | 0x0b | 0x0c | 0x1c..=0x1e | 0x85 => return Some(at + 1),
            0xe2 if next == Some(&0x80) && matches!(bytes.get(at + 2), Some(0xa8 | 0xa9)) => {
                return Some(at + 3);
            }
            _ => {}
        }
    }
    None
}

/// What a name may be stuffed with.
fn is_filler(byte: u8) -> bool {
    byte <= b' ' || byte >= 0x7f
}

/// Whether a name is `from`, but for what nobody sees.
fn is_like_from(name: &[u8]) -> bool {
    let seen: Vec<u8> = name.iter().copied().filter(|byte| !is_filler(*byte)).take(5).collect();
    seen.eq_ignore_ascii_case(b"from")
}

/// What stands before the first colon of the first line.
fn first_word(block: &[u8]) -> &[u8] {
    let line = &block[..line_end(block, 0)];
    let colon = line.iter().position(|byte| *byte == b':');
    colon.filter(|_| matches!(line.first(), Some(b' ' | b'\t'))).map_or(b"", |colon| &line[..colon])
}

/// A value without its line breaks (RFC 5322 §2.2.3); what is no UTF-8 becomes U+FFFD.
pub fn unfolded(value: &[u8]) -> String {
    String::from_utf8_lossy(value).replace("\r\n", "")
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn from(mail: &str) -> String {
        format!("{:?}", Header::read(mail.as_bytes()).from())
    }

    #[test]
    fn fields_are_cut_and_unfolded() {
        let mail = b"From x Tue\r\nTo: a\r\n b\r\nFROM: c\r\n\r\nFrom: body\r\n";
        let header = Header::read(mail);
        assert_eq!(header.text("to").as_deref(), Some("a b"));
        assert_eq!(header.from(), From::One(b" c"));
        assert_eq!(&mail[header.body..], b"From: body\r\n");
        assert_eq!(Header::read(b"").from(), From::None);
        assert_eq!(Header::read(b"Subject: no end").body, 15);
    }

    #[test]
    fn what_another_reader_may_take_for_a_from_is_told() {
        for mail in [
            "From: a@x\r\nFrom: b@x\r\n\r\n",
            "From: a@x\r\nfrom : b@x\r\n\r\n",
            "From : a@x\r\n\r\n",
            "From\0: b@x\r\nFrom: a@x\r\n\r\n",
            "\u{a0}From: b@x\r\nFrom: a@x\r\n\r\n",
            " From: b@x\r\nFrom: a@x\r\n\r\n",
            "From: a@x\rFrom: b@x\r\n\r\n",
            "From: a@x\nFrom: b@x\r\n\r\n",
            "Subject: x\u{b}From: b@x\r\nFrom: a@x\r\n\r\n",
            "Subject: x\u{85} from :b@x\r\nFrom: a@x\r\n\r\n",
            "Subject: x\u{2028}From: b@x\r\nFrom: a@x\r\n\r\n",
            "Subject: x\r\n \r\nFrom: a@x\r\n\r\n",
            "no field\r\nFrom: a@x\r\n\r\n",
        ] {
            assert!(from(mail).starts_with("Doubtful"), "{mail:?}: {}", from(mail));
        }
        let longer =
            "Received: from mx\r\n from y\r\nSubject: mail from: b\r\n from: b\r\nX-From: b\r\n";
        assert!(from(&format!("{longer}From: a@x\r\n\r\n")).starts_with("One"));
    }

    #[test]
    fn what_is_over_a_limit_is_doubtful() {
        let many = "X: y\r\n".repeat(100_000) + "From: a@x\r\n\r\nbody";
        let header = Header::read(many.as_bytes());
        assert!(header.over.is_some() && matches!(header.from(), From::Doubtful(_)));
        assert_eq!(&many[header.body..], "body");
        let long = format!("X: {}\r\nFrom: a@x\r\n\r\n", "y".repeat(1 << 20));
        assert!(Header::read(long.as_bytes()).over.is_some());
    }

    proptest! {
        #[test]
        fn any_bytes_have_a_header(mail in proptest::collection::vec(any::<u8>(), 0..300)) {
            let header = Header::read(&mail);
            let _ = (header.from(), header.all().count());
            prop_assert!(header.body <= mail.len());
        }
    }
}
