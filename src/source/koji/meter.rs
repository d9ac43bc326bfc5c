//! A source of bytes that gives no more than so much, in all and for one piece of an answer. It
//! knows nothing of XML but what white space is.

use std::io::{self, BufRead, Read};

/// The longest answer, in bytes.
pub const MOST_BYTES: usize = 64 << 20;
/// The longest text of one value, in bytes; also the longest tag or comment.
pub const MOST_TEXT: usize = 1 << 20;

pub(super) const LONG_TEXT: &str = "one of its texts is longer than 1 MiB";

/// A source that gives no more than so much, in all and for one piece.
pub(super) struct Metered<R> {
    source: R,
    /// What was left of the whole when the piece began.
    left: usize,
    /// What the piece was given of it, and what is left of that.
    given: usize,
    left_of_piece: usize,
}

#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(super) struct TooMuch(pub &'static str);

impl<R: BufRead> Metered<R> {
    pub(super) fn new(source: R) -> Metered<R> {
        Metered { source, left: MOST_BYTES, given: MOST_TEXT, left_of_piece: MOST_TEXT }
    }

    /// How many bytes were taken.
    pub(super) fn position(&self) -> usize {
        MOST_BYTES - self.left + self.given - self.left_of_piece
    }

    /// What comes now is another piece: a text, a tag or a comment.
    pub(super) fn next_piece(&mut self) {
        self.left -= self.given - self.left_of_piece;
        self.given = self.left.min(MOST_TEXT);
        self.left_of_piece = self.given;
    }

    fn too_much(&self) -> TooMuch {
        TooMuch(if self.given < MOST_TEXT { "more than 64 MiB" } else { LONG_TEXT })
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
    #[inline]
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.left_of_piece == 0 {
            return Err(io::Error::other(self.too_much()));
        }
        let there = self.source.fill_buf()?;
        Ok(&there[..there.len().min(self.left_of_piece)])
    }

    #[inline]
    fn consume(&mut self, count: usize) {
        self.source.consume(count);
        self.left_of_piece -= count;
    }
}
