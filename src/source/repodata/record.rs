//! A long file of like elements, one at a time: `<package>` of primary and other, `<update>` of
//! updateinfo.
//!
//! Such a file has a root, which may say how many elements there are, and the elements. Each is found by
//! its end tag and handed out as bytes, so that memory holds one of them, and only those are read closely
//! that somebody wants to know. Inside an element the characters `</package` stand for nothing else: XML
//! writes a `<` in words as `&lt;`. A file that hides them in a comment or a CDATA section is cut there,
//! reads as broken, and is refused.

use crate::source::repodata::fault::{Fault, Kind};
use crate::source::repodata::xml::{self, Step, Walk};
use memchr::memmem::Finder;
use std::io::Read;
use std::ops::Range;

/// The most bytes of one element.
pub const MOST_RECORD: usize = 16 * 1024 * 1024;
/// The most elements of a file.
pub const MOST_RECORDS: usize = 1_000_000;

/// So many bytes are asked for at once.
const CHUNK: usize = 128 * 1024;

/// The elements of a file.
pub struct Records<R> {
    from: R,
    /// What was read and not handed out is `held` of this.
    buffer: Vec<u8>,
    held: Range<usize>,
    start: Finder<'static>,
    end: Finder<'static>,
    root: &'static str,
    /// How many there are, where the root says so.
    promised: Option<usize>,
    seen: usize,
}

impl<R: Read> Records<R> {
    /// Reads up to the first element. The root must have this name; the elements' tags begin with
    /// `start` (`<package`) and `end` (`</package`).
    pub fn new(
        from: R,
        root: &'static str,
        [start, end]: [&'static str; 2],
    ) -> Result<Records<R>, Fault> {
        let mut records = Records {
            from,
            buffer: vec![0; CHUNK],
            held: 0..0,
            start: Finder::new(start),
            end: Finder::new(end),
            root,
            promised: None,
            seen: 0,
        };
        records.read_root()?;
        Ok(records)
    }

    /// The next element with the spaces before it; none after the root has ended in good order.
    pub fn read_next(&mut self) -> Result<Option<&[u8]>, Fault> {
        let Some(end) = self.find_end()? else {
            self.read_tail()?;
            return Ok(None);
        };
        self.seen += 1;
        if self.seen > MOST_RECORDS {
            let why = format!("it has more than {MOST_RECORDS} entries");
            return Err(Fault::new(Kind::TooBig, why));
        }
        let record = self.held.start..end;
        self.held.start = end;
        Ok(Some(&self.buffer[record]))
    }

    /// How many elements the root promises, where it does.
    pub fn promised(&self) -> Option<usize> {
        self.promised
    }

    /// What stands before the first element: one open root and no word.
    fn read_root(&mut self) -> Result<(), Fault> {
        let end = self.find_start()?;
        let mut walk = Walk::new(&self.buffer[self.held.start..end])?;
        let mut roots = 0;
        loop {
            match walk.step()? {
                Step::Open(tag) if roots == 0 && xml::name(&tag) == self.root => {
                    roots += 1;
                    let [packages] = xml::attributes(&tag, ["packages"])?;
                    self.promised = packages.and_then(|count| count.trim().parse().ok());
                }
                Step::Open(tag) => {
                    let why = format!("it has <{}> instead of <{}>", xml::name(&tag), self.root);
                    return Err(Fault::malformed(why));
                }
                Step::Words(words) if words.trim().is_empty() => {}
                Step::Words(_) => return Err(Fault::malformed("it has words between its entries")),
                Step::Close => {}
                Step::Done if roots == 0 => return Err(xml::too_early()),
                // An empty root has no tail: it is closed here.
                Step::Done if walk.depth() == 0 => {
                    self.held.start = self.held.end;
                    self.root = "";
                    return Ok(());
                }
                Step::Done => break,
            }
        }
        self.held.start = end;
        Ok(())
    }

    /// Where the first element begins, or the file ends.
    fn find_start(&mut self) -> Result<usize, Fault> {
        let needle = self.start.needle().len();
        let mut from = 0;
        loop {
            let held = &self.buffer[self.held.clone()];
            while let Some(at) = self.start.find(&held[from..]) {
                let at = from + at;
                match held.get(at + needle) {
                    // A longer name that begins so: `<updates`, the root itself.
                    Some(b) if b.is_ascii_alphanumeric() => from = at + needle,
                    Some(_) => return Ok(self.held.start + at),
                    None => break,
                }
            }
            // What was searched is not searched again, but for a start tag that is cut in two.
            from = from.max(held.len().saturating_sub(needle));
            if self.read_more()? == 0 {
                return Ok(self.held.end);
            }
        }
    }

    /// What stands after the last element: the end of the root and nothing more.
    fn read_tail(&mut self) -> Result<(), Fault> {
        let mut walk = Walk::rest(&self.buffer[self.held.clone()])?;
        let mut closed = self.root.is_empty();
        loop {
            match walk.step()? {
                Step::Close if !closed => closed = true,
                Step::Words(words) if words.trim().is_empty() => {}
                Step::Done if closed => break,
                Step::Done => return Err(xml::too_early()),
                Step::Open(_) | Step::Close | Step::Words(_) => {
                    return Err(Fault::malformed("it goes on where it should end"));
                }
            }
        }
        match self.promised {
            Some(promised) if promised != self.seen => Err(Fault::malformed(format!(
                "it promises {promised} packages and has {}",
                self.seen
            ))),
            _ => Ok(()),
        }
    }

    /// Where the next element ends, after the `>`; none where no further one does.
    fn find_end(&mut self) -> Result<Option<usize>, Fault> {
        let needle = self.end.needle().len();
        let mut from = 0;
        loop {
            let held = &self.buffer[self.held.clone()];
            while let Some(at) = self.end.find(&held[from..]) {
                let after = from + at + needle;
                let spaces = held[after..].iter().take_while(|b| b.is_ascii_whitespace()).count();
                match held.get(after + spaces) {
                    Some(b'>') => return Ok(Some(self.held.start + after + spaces + 1)),
                    // A longer name that begins so, such as `</updates`.
                    Some(_) => from = after,
                    None => break,
                }
            }
            // What was searched is not searched again, but for an end tag that is cut in two.
            from = match self.end.find(&held[from..]) {
                Some(at) => from + at,
                None => from.max(held.len().saturating_sub(needle)),
            };
            if self.read_more()? == 0 {
                return Ok(None);
            }
        }
    }

    /// Reads on, behind what is held; how many bytes came, none at the end.
    fn read_more(&mut self) -> Result<usize, Fault> {
        if self.held.len() > MOST_RECORD {
            let why = format!("an entry has more than {} MiB", MOST_RECORD >> 20);
            return Err(Fault::new(Kind::TooBig, why));
        }
        self.buffer.copy_within(self.held.clone(), 0);
        self.held = 0..self.held.len();
        if self.buffer.len() < self.held.end + CHUNK {
            self.buffer.resize(self.held.end + CHUNK, 0);
        }
        let came = loop {
            match self.from.read(&mut self.buffer[self.held.end..]) {
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
                other => break other?,
            }
        };
        self.held.end += came;
        Ok(came)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Hands out so many bytes at a time.
    struct Drops<'a>(&'a [u8], usize);

    impl Read for Drops<'_> {
        fn read(&mut self, into: &mut [u8]) -> std::io::Result<usize> {
            let most = self.1.min(into.len());
            (&mut self.0).take(most as u64).read(into)
        }
    }

    fn records(xml: &str, drop: usize) -> Result<Vec<String>, String> {
        let tags = ["<package", "</package"];
        let mut records = Records::new(Drops(xml.as_bytes(), drop), "metadata", tags)
            .map_err(|fault| fault.sentence)?;
        let mut all = Vec::new();
        while let Some(record) = records.read_next().map_err(|fault| fault.sentence)? {
            all.push(String::from_utf8_lossy(record).trim().to_string());
        }
        Ok(all)
    }

    #[test]
    fn records_come_one_by_one_however_the_bytes_come() {
        let xml = "<?xml version=\"1.0\"?>\r\n<metadata xmlns:rpm=\"r\" packages=\"3\">\
                   <package>1</package >\n<package><packages></packages>2</package\n>\
                   <package/><package>3</package>\n</metadata>\n<!-- made by hand -->\n";
        let all = [
            "<package>1</package >",
            "<package><packages></packages>2</package\n>",
            "<package/><package>3</package>",
        ];
        for drop in 1..40 {
            assert_eq!(records(xml, drop), Ok(all.map(String::from).to_vec()), "{drop}");
        }
        assert_eq!(records("<metadata packages=\"0\"/>", 7), Ok(vec![]));
        assert_eq!(records("<metadata packages=\"0\">\n</metadata>", 7), Ok(vec![]));
    }

    #[test]
    fn a_file_that_is_cut_or_counts_wrongly_is_refused() {
        let whole = "<metadata packages=\"2\"><package>1</package><package>2</package></metadata>";
        assert_eq!(records(whole, 9).map(|all| all.len()), Ok(2));
        for end in 0..whole.len() {
            assert!(records(&whole[..end], 9).is_err(), "{end}");
        }
        for (xml, why) in [
            (whole.replace("\"2\"", "\"3\""), "it promises 3 packages and has 2"),
            (whole.replace("metadata", "filelists"), "it has <filelists> instead of <metadata>"),
            (whole.replace("<package>1", "word<package>1"), "it has words between its entries"),
            (format!("{whole}<metadata>"), "it goes on where it should end"),
            (format!("{whole}word"), "it goes on where it should end"),
            (String::new(), "it ends too early"),
            ("<html><body>404</body></html>".into(), "it has <html> instead of <metadata>"),
        ] {
            assert_eq!(records(&xml, 9), Err(why.to_string()), "{xml}");
        }
    }

    #[test]
    fn an_entry_without_end_is_left() {
        let endless = std::io::repeat(b'x');
        let from = std::io::Cursor::new("<metadata><package>").chain(endless);
        let mut records =
            Records::new(from, "metadata", ["<package", "</package"]).expect("a root");
        let fault = records.read_next().expect_err("no end");
        assert_eq!(
            (fault.kind, fault.sentence.as_str()),
            (Kind::TooBig, "an entry has more than 16 MiB")
        );
        let root = Records::new(std::io::repeat(b' '), "metadata", ["<package", "</package"]);
        assert_eq!(root.err().map(|fault| fault.kind), Some(Kind::TooBig));
    }
}
