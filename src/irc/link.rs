//! The link: one connection, cut into lines on the way in, and with a deadline on the way out.
//! It is boring on purpose; what a line means is the session's business.

use crate::irc::connect::Duplex;
use crate::irc::frame::{Framed, Framer};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt, ReadHalf, WriteHalf};
use tokio::time::{Instant, sleep_until, timeout};

/// How long the peer may refuse to take what we write.
pub const WRITE_MOST: Duration = Duration::from_secs(10);
/// The most bytes that wait to be written.
const WAITING_MOST_BYTES: usize = 64 * 1024;
/// How many bytes are read at once.
const READ_BYTES: usize = 8 * 1024;

/// One connection.
pub struct Link {
    reader: ReadHalf<Box<dyn Duplex>>,
    writer: WriteHalf<Box<dyn Duplex>>,
    framer: Framer,
    buffer: Vec<u8>,
    waiting: Vec<u8>,
    /// When the oldest byte that waits must have moved; `None` when none waits here or in TLS.
    deadline: Option<Instant>,
}

impl Link {
    /// A link over this connection.
    pub fn new(stream: Box<dyn Duplex>) -> Link {
        let (reader, writer) = tokio::io::split(stream);
        Link {
            reader,
            writer,
            framer: Framer::default(),
            buffer: vec![0; READ_BYTES],
            waiting: Vec::new(),
            deadline: None,
        }
    }

    /// Puts a line behind what waits to be written. CR, LF and NUL are taken out, so that one line
    /// is one line whatever is in it.
    pub fn write(&mut self, line: &str) {
        let bytes = line.bytes().filter(|byte| !matches!(byte, b'\r' | b'\n' | b'\0'));
        self.waiting.extend(bytes);
        self.waiting.extend_from_slice(b"\r\n");
        self.deadline.get_or_insert_with(|| Instant::now() + WRITE_MOST);
    }

    /// Moves bytes in both directions until some lines have come (there may be none among them),
    /// or until the connection is gone: then says why. May be dropped at any await without loss.
    pub async fn turn(&mut self, may_read: bool, lines: &mut Vec<Framed>) -> Result<(), String> {
        if self.waiting.len() > WAITING_MOST_BYTES {
            return Err("the server does not take what we write".to_string());
        }
        let deadline = self.deadline.unwrap_or_else(|| Instant::now() + WRITE_MOST);
        tokio::select! {
            read = self.reader.read(&mut self.buffer), if may_read => match read {
                Ok(0) => Err("the server closed the connection".to_string()),
                Ok(length) => {
                    self.framer.feed(&self.buffer[..length], lines);
                    Ok(())
                }
                Err(error) => Err(error.to_string()),
            },
            moved = push(&mut self.writer, &self.waiting), if self.deadline.is_some() => {
                let moved = moved.map_err(|error| error.to_string())?;
                // Nothing was left but what TLS held back, and that has gone as well.
                self.deadline = match self.waiting.is_empty() {
                    true => None,
                    false => Some(Instant::now() + WRITE_MOST),
                };
                self.waiting.drain(..moved);
                Ok(())
            }
            () = sleep_until(deadline), if self.deadline.is_some() => {
                Err("the server did not take what we wrote within 10 s".to_string())
            }
        }
    }

    /// Writes what waits, for at most that long, and closes.
    pub async fn close(mut self, most: Duration) {
        let last = async {
            self.writer.write_all(&self.waiting).await?;
            self.writer.shutdown().await
        };
        // Nothing more can be done for a peer that does not take it.
        let _ = timeout(most, last).await;
    }
}

/// Writes some of what waits; with nothing left, sees off what TLS holds back. Cancelling it loses
/// nothing. Returns how many bytes were taken.
async fn push(writer: &mut WriteHalf<Box<dyn Duplex>>, waiting: &[u8]) -> std::io::Result<usize> {
    if waiting.is_empty() {
        writer.flush().await?;
        return Ok(0);
    }
    match writer.write(waiting).await? {
        0 => Err(std::io::ErrorKind::WriteZero.into()),
        taken => Ok(taken),
    }
}
