//! A source of bytes that gives no more than so much, in all and for one piece of an answer. It
//! knows nothing of XML but what white space is.

use std::io::{self, BufRead, Read};

/// The longest answer, in bytes.
pub const MOST_BYTES: u64 = 64 << 20;
/// The longest text of one value, in bytes; also the longest tag or comment.
pub const MOST_TEXT: usize = 1 << 20;

pub(super) const LONG_TEXT: &str = "one of its texts is longer than 1 MiB";

/// A source that gives no more than so much, in all and for one piece.
pub(super) struct Metered<R> {
    source: R,
    left: u64,
    left_of_piece: usize,
}

#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(super) struct TooMuch(pub &'static str);

impl<R: BufRead> Metered<R> {
    pub(super) fn new(source: R) -> Metered<R> {
        Metered { source, left: MOST_BYTES, left_of_piece: MOST_TEXT }
    }

    /// How many bytes were taken.
    pub(super) fn position(&self) -> u64 {
        MOST_BYTES - self.left
    }

    /// What comes now is another piece: a text, a tag or a comment.
    pub(super) fn next_piece(&mut self) {
        self.left_of_piece = MOST_TEXT;
    }

    /// Passes over the line feeds that Python writes after every tag, which the reader would make
    /// an event of each. What is left of it at the end of the buffer is seen by the reader.
    pub(super) fn pass_blank(&mut self) -> io::Result<()> {
        self.next_piece();
        let there = self.fill_buf()?;
        let blank = there.iter().take_while(|byte| byte.is_ascii_whitespace()).count();
        self.consume(blank);
        Ok(())
    }
}

impl<R: BufRead> Read for Metered<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let count = self.fill_buf()?.read(out)?;
        self.consume(count);
        Ok(count)
    }
}

impl<R: BufRead> BufRead for Metered<R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.left == 0 {
            return Err(io::Error::other(TooMuch("more than 64 MiB")));
        }
        if self.left_of_piece == 0 {
            return Err(io::Error::other(TooMuch(LONG_TEXT)));
        }
        let most = self.left_of_piece.min(usize::try_from(self.left).unwrap_or(usize::MAX));
        let there = self.source.fill_buf()?;
        Ok(&there[..there.len().min(most)])
    }

    fn consume(&mut self, count: usize) {
        self.source.consume(count);
        self.left -= count as u64;
        self.left_of_piece -= count;
    }
}
