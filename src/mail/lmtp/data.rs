//! A mail as it comes after DATA: dots are unstuffed, and its end is found (RFC 5321 §4.5.2).
//!
//! A line begins only after CR LF: a dot behind a bare CR or LF ends nothing.

use crate::mail::lmtp::session::MOST_BYTES;

/// A mail under way.
#[derive(Debug)]
pub struct Data {
    message: Vec<u8>,
    place: Place,
    fault: Option<Fault>,
}

/// What is wrong with a mail. It is read to its end all the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// It is longer than [`MOST_BYTES`].
    TooLong,
    /// An LF without CR: servers differ in whether a line ends there (CVE-2023-51764).
    BareLf,
}

/// Where in a line the last byte was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    /// After CR LF.
    Start,
    /// After a dot at the start.
    Dot,
    /// After such a dot and CR.
    DotCr,
    /// In the line.
    Inside,
    /// After CR.
    Cr,
}

impl Data {
    /// Nothing has come yet.
    pub fn new() -> Data {
        Data { message: Vec::new(), place: Place::Start, fault: None }
    }

    /// Takes in bytes; what is behind the end of the mail comes back, once it has come.
    pub fn push<'a>(&mut self, bytes: &'a [u8]) -> Option<&'a [u8]> {
        let mut at = 0;
        while at < bytes.len() {
            if self.place == Place::Inside {
                let rest = &bytes[at..];
                let end = memchr::memchr2(b'\r', b'\n', rest).unwrap_or(rest.len());
                self.keep(&rest[..end]);
                at += end;
                if at == bytes.len() {
                    break;
                }
            }
            let byte = bytes[at];
            at += 1;
            if self.step(byte) {
                return Some(&bytes[at..]);
            }
        }
        None
    }

    /// Takes in one byte; whether the mail ends with it.
    fn step(&mut self, byte: u8) -> bool {
        self.place = match (self.place, byte) {
            (Place::Start, b'.') => Place::Dot,
            (Place::Dot, b'\r') => Place::DotCr,
            (Place::DotCr, b'\n') => return true,
            (Place::DotCr, _) => {
                // The dot was a stuffed one, and the CR stands alone.
                self.keep(b"\r");
                return self.again(byte);
            }
            (Place::Cr, b'\n') => {
                self.keep(b"\r\n");
                Place::Start
            }
            (Place::Cr, _) => {
                self.keep(b"\r");
                return self.again(byte);
            }
            (Place::Start | Place::Inside, b'\r') => Place::Cr,
            (_, b'\n') => {
                self.fault.get_or_insert(Fault::BareLf);
                self.keep(b"\n");
                Place::Inside
            }
            (_, byte) => {
                self.keep(&[byte]);
                Place::Inside
            }
        };
        false
    }

    /// The byte after a CR that ended no line.
    fn again(&mut self, byte: u8) -> bool {
        self.place = Place::Inside;
        self.step(byte)
    }

    fn keep(&mut self, bytes: &[u8]) {
        if self.message.len() + bytes.len() > MOST_BYTES {
            self.fault = Some(Fault::TooLong);
            self.message = Vec::new();
        }
        if self.fault != Some(Fault::TooLong) {
            self.message.extend_from_slice(bytes);
        }
    }

    /// How many bytes are held.
    pub fn held_bytes(&self) -> usize {
        self.message.len()
    }

    /// The mail.
    pub fn end(self) -> Result<Vec<u8>, Fault> {
        match self.fault {
            Some(fault) => Err(fault),
            None => Ok(self.message),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The mail and what is behind it.
    type Read = (Result<Vec<u8>, Fault>, Vec<u8>);

    /// What is read of a mail that is sent in pieces.
    fn read(pieces: &[&[u8]]) -> Option<Read> {
        let mut data = Data::new();
        for (place, piece) in pieces.iter().enumerate() {
            if let Some(rest) = data.push(piece) {
                let mut behind = rest.to_vec();
                pieces[place + 1..].iter().for_each(|piece| behind.extend_from_slice(piece));
                return Some((data.end(), behind));
            }
        }
        None
    }

    fn good(bytes: &[u8], wanted: &[u8], behind: &[u8]) {
        let each: Vec<&[u8]> = bytes.chunks(1).collect();
        for pieces in [vec![bytes], each] {
            let read = read(&pieces).expect("it ends");
            assert_eq!(read, (Ok(wanted.to_vec()), behind.to_vec()), "{:?}", bytes.escape_ascii());
        }
    }

    #[test]
    fn a_mail_ends_with_a_dot_between_crlfs_only() {
        good(b".\r\n", b"", b"");
        good(b"a\r\n.\r\nRSET\r\n", b"a\r\n", b"RSET\r\n");
        good(b"..\r\n...x\r\n.\r\n", b".\r\n..x\r\n", b"");
        good(b".a\r\n.\r\n", b"a\r\n", b"");
        good(b"a\r.\rb\r\r\n.\r\n", b"a\r.\rb\r\r\n", b"");
        good(b"\r\n.\rQ\r\n.\r\n", b"\r\n\rQ\r\n", b"");
        good(b"\xff\0\r\n.\r\n", b"\xff\0\r\n", b"");
        for smuggled in [
            b"a\n.\nMAIL\r\n.\r\n".as_slice(),
            b"a\n.\r\nMAIL\r\n.\r\n",
            b"a\r\n.\nMAIL\r\n.\r\n",
            b"a\r\r\n.\n\r\n.\r\n",
            b"\n.\r\n\r\n.\r\n",
        ] {
            let (mail, behind) = read(&[smuggled]).expect("it ends");
            assert_eq!((mail, behind.as_slice()), (Err(Fault::BareLf), b"".as_slice()));
        }
        assert_eq!(read(&[b"a\r\n.\r"]), None);
    }

    #[test]
    fn a_mail_that_is_too_long_is_read_to_its_end_and_not_kept() {
        let mut data = Data::new();
        let piece = vec![b'x'; 1 << 20];
        for _ in 0..26 {
            assert_eq!(data.push(&piece), None);
        }
        assert_eq!(data.held_bytes(), 0);
        assert_eq!(data.push(b"\r\n.\r\nQUIT\r\n"), Some(b"QUIT\r\n".as_slice()));
        assert_eq!(data.end(), Err(Fault::TooLong));
    }

    proptest! {
        /// Whatever is stuffed as a client does comes out as it was, however it is cut.
        #[test]
        fn what_is_stuffed_comes_back(
            lines in proptest::collection::vec("[.\\ra-c\u{e9}]{0,6}", 0..6), cut in 0usize..40
        ) {
            let mail: String = lines.iter().map(|line| format!("{line}\r\n")).collect();
            let stuffed: String = mail
                .split_inclusive("\r\n")
                .map(|line| if line.starts_with('.') { format!(".{line}") } else { line.to_string() })
                .collect();
            let sent = format!("{stuffed}.\r\nNOOP\r\n");
            let cut = cut.min(sent.len());
            let pieces = [&sent.as_bytes()[..cut], &sent.as_bytes()[cut..]];
            prop_assert_eq!(read(&pieces), Some((Ok(mail.into_bytes()), b"NOOP\r\n".to_vec())));
        }
    }
}
