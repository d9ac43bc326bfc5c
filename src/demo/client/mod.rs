//! A small IRC client that a script or a test drives. It is not the bot's: it keeps no state but
//! its nick, answers PING, and remembers every line it read and when.
//!
//! It works on any server: with capabilities and SASL PLAIN where they are offered, without where
//! they are not, or where the server does not know the word CAP.

mod introduce;

use crate::demo::link::lock;
use crate::demo::wire::{Framed, Framer, Message, SERVER_TAG_BYTES};
use std::collections::BTreeSet;
use std::io;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpStream, ToSocketAddrs};
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::timeout;

/// How long a server may take to let us in, and to answer a JOIN or NICK.
const PATIENCE: Duration = Duration::from_secs(30);
/// The most lines remembered; a server that says more than that to a script has gone mad.
const MOST_LINES: usize = 200_000;
/// How many lines an error shows of what was read last.
const SHOWN_LINES: usize = 8;
/// A line that was read.
#[derive(Clone, Debug)]
pub struct Line {
    /// When.
    pub at: Instant,
    /// Its bytes, without the end.
    pub bytes: Vec<u8>,
    /// What they mean.
    pub message: Message,
}

impl Line {
    /// The whole line, with U+FFFD for what is not UTF-8.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.bytes).into_owned()
    }

    /// Whether it is this command or numeric.
    pub fn is(&self, command: &str) -> bool {
        self.message.command == command
    }

    /// Whether it is this command from that nick, with these words somewhere in its last parameter.
    pub fn says(&self, command: &str, nick: &str, words: &str) -> bool {
        self.is(command) && self.message.nick() == nick && self.message.last().contains(words)
    }
}

/// Why something did not come about.
#[derive(Debug, thiserror::Error)]
pub enum Failed {
    /// The connection could not be made or used.
    #[error("the connection failed: {0}")]
    Io(#[from] io::Error),
    /// The server closed the connection; its last lines.
    #[error("the server closed the connection while {wanted} was awaited; it last said:\n{last}")]
    Closed {
        /// What was awaited.
        wanted: String,
        /// Its last lines.
        last: String,
    },
    /// It did not come in time; the last lines that did.
    #[error("{wanted} did not come within {} s; the server last said:\n{last}", .after.as_secs_f32())]
    Late {
        /// What was awaited.
        wanted: String,
        /// For how long.
        after: Duration,
        /// The last lines.
        last: String,
    },
    /// The server refused; its words.
    #[error("the server refused {wanted}: {line}")]
    Refused {
        /// What was asked for.
        wanted: String,
        /// Its line.
        line: String,
    },
}

/// What the reader shares with the client.
#[derive(Debug)]
struct Record {
    lines: Mutex<Vec<Line>>,
    nick: Mutex<String>,
    /// How many lines there are; and whether the connection has ended.
    news: watch::Sender<(usize, bool)>,
}

/// A connected client.
#[derive(Debug)]
pub struct Client {
    record: Arc<Record>,
    writer: Arc<tokio::sync::Mutex<OwnedWriteHalf>>,
    reader: JoinHandle<()>,
    caps: BTreeSet<String>,
    account: Option<String>,
    cursor: usize,
}

impl Client {
    /// Connects and registers; logs in with that account and password where SASL PLAIN is offered.
    /// Where the nick is refused, another one is tried: ask [`Client::nick`].
    pub async fn connect(
        addr: impl ToSocketAddrs,
        nick: &str,
        login: Option<(&str, &str)>,
    ) -> Result<Client, Failed> {
        let mut client = Client::open(addr).await?;
        let introduction = client.introduce(nick, login);
        match timeout(PATIENCE, introduction).await {
            Ok(done) => done.map(|()| client),
            Err(_) => Err(client.late("registration", PATIENCE)),
        }
    }

    /// Connects and says nothing.
    pub async fn open(addr: impl ToSocketAddrs) -> Result<Client, Failed> {
        let stream = timeout(PATIENCE, TcpStream::connect(addr))
            .await
            .map_err(|_| io::Error::from(io::ErrorKind::TimedOut))??;
        stream.set_nodelay(true)?;
        let (read, write) = stream.into_split();
        let record = Arc::new(Record {
            lines: Mutex::new(Vec::new()),
            nick: Mutex::new(String::new()),
            news: watch::Sender::new((0, false)),
        });
        let writer = Arc::new(tokio::sync::Mutex::new(write));
        let reader = tokio::spawn(listen(Arc::clone(&record), Arc::clone(&writer), read));
        Ok(Client { record, writer, reader, caps: BTreeSet::new(), account: None, cursor: 0 })
    }

    /// What it is called now.
    pub fn nick(&self) -> String {
        lock(&self.record.nick).clone()
    }

    /// The account it was logged in to while connecting.
    pub fn account(&self) -> Option<&str> {
        self.account.as_deref()
    }

    /// The capabilities it has.
    pub fn caps(&self) -> &BTreeSet<String> {
        &self.caps
    }

    /// Sends a line.
    pub async fn send(&self, line: &str) -> Result<(), Failed> {
        self.send_bytes(format!("{line}\r\n").as_bytes()).await
    }

    /// Sends bytes as they are.
    pub async fn send_bytes(&self, bytes: &[u8]) -> Result<(), Failed> {
        Ok(self.writer.lock().await.write_all(bytes).await?)
    }

    /// Goes into a channel; the nicks that are there.
    pub async fn join(&self, channel: &str) -> Result<Vec<String>, Failed> {
        let mark = self.mark();
        self.send(&format!("JOIN {channel}")).await?;
        let done = |line: &Line| {
            let refused = matches!(
                line.message.command.as_str(),
                "403"
                    | "405"
                    | "437"
                    | "470"
                    | "471"
                    | "473"
                    | "474"
                    | "475"
                    | "476"
                    | "477"
                    | "479"
            );
            line.is("366") || refused
        };
        let (_, line) =
            self.after(mark, &format!("the way into {channel}"), done, PATIENCE).await?;
        if !line.is("366") {
            return Err(refused(&format!("the way into {channel}"), &line));
        }
        let lines = self.since(mark);
        let names = lines.iter().filter(|line| line.is("353"));
        let names = names.flat_map(|line| {
            let names = line.message.last().into_owned();
            names.split_ascii_whitespace().map(bare_nick).collect::<Vec<_>>()
        });
        Ok(names.collect())
    }

    /// Says a line.
    pub async fn say(&self, target: &str, words: &str) -> Result<(), Failed> {
        self.send(&format!("PRIVMSG {target} :{words}")).await
    }

    /// Says a line as `/me` does.
    pub async fn act(&self, target: &str, words: &str) -> Result<(), Failed> {
        self.say(target, &format!("\u{1}ACTION {words}\u{1}")).await
    }

    /// Says a line as a NOTICE.
    pub async fn notice(&self, target: &str, words: &str) -> Result<(), Failed> {
        self.send(&format!("NOTICE {target} :{words}")).await
    }

    /// Changes the nick and waits until it is changed.
    pub async fn rename(&self, nick: &str) -> Result<(), Failed> {
        let (mark, old) = (self.mark(), self.nick());
        self.send(&format!("NICK {nick}")).await?;
        let done = |line: &Line| {
            let refused = matches!(
                line.message.command.as_str(),
                "431" | "432" | "433" | "435" | "437" | "438" | "447"
            );
            refused || (line.is("NICK") && line.message.nick() == old)
        };
        let wanted = format!("the nick {nick}");
        let (_, line) = self.after(mark, &wanted, done, PATIENCE).await?;
        if line.is("NICK") { Ok(()) } else { Err(refused(&wanted, &line)) }
    }

    /// Says QUIT and waits until the server has closed the connection (or 2 s).
    pub async fn quit(mut self, reason: &str) -> Result<(), Failed> {
        self.send(&format!("QUIT :{reason}")).await?;
        let _ = timeout(Duration::from_secs(2), &mut self.reader).await;
        Ok(())
    }

    /// Waits for a line after the last one that was expected, and gives it.
    pub async fn expect(
        &mut self,
        wanted: &str,
        is_it: impl Fn(&Line) -> bool,
        within: Duration,
    ) -> Result<Line, Failed> {
        let (at, line) = self.after(self.cursor, wanted, is_it, within).await?;
        self.cursor = at + 1;
        Ok(line)
    }

    /// Waits for a line from that place in the record on; the line and its place.
    pub async fn after(
        &self,
        mark: usize,
        wanted: &str,
        is_it: impl Fn(&Line) -> bool,
        within: Duration,
    ) -> Result<(usize, Line), Failed> {
        let mut news = self.record.news.subscribe();
        let mut from = mark;
        let search = async {
            loop {
                let (_, ended) = *news.borrow_and_update();
                {
                    let lines = lock(&self.record.lines);
                    let fresh = lines.iter().enumerate().skip(from);
                    if let Some((at, line)) = fresh.into_iter().find(|(_, line)| is_it(line)) {
                        return Some((at, line.clone()));
                    }
                    from = lines.len().max(from);
                }
                if ended || news.changed().await.is_err() {
                    return None;
                }
            }
        };
        match timeout(within, search).await {
            Ok(Some(found)) => Ok(found),
            Ok(None) => Err(Failed::Closed { wanted: wanted.into(), last: self.last_lines() }),
            Err(_) => Err(self.late(wanted, within)),
        }
    }

    /// Waits until the server has closed the connection.
    pub async fn closed(&self, within: Duration) -> Result<(), Failed> {
        match self.after(usize::MAX, "the end of the connection", |_| false, within).await {
            Err(Failed::Closed { .. }) => Ok(()),
            Err(other) => Err(other),
            Ok(_) => Ok(()),
        }
    }

    /// The place in the record after the last line read.
    pub fn mark(&self) -> usize {
        lock(&self.record.lines).len()
    }

    /// The lines from that place on.
    pub fn since(&self, mark: usize) -> Vec<Line> {
        lock(&self.record.lines).iter().skip(mark).cloned().collect()
    }

    /// Every line read so far.
    pub fn received(&self) -> Vec<Line> {
        self.since(0)
    }

    fn late(&self, wanted: &str, after: Duration) -> Failed {
        Failed::Late { wanted: wanted.into(), after, last: self.last_lines() }
    }

    fn last_lines(&self) -> String {
        let lines = lock(&self.record.lines);
        let last = lines.iter().skip(lines.len().saturating_sub(SHOWN_LINES));
        last.map(|line| format!("  {}", line.text().escape_debug())).collect::<Vec<_>>().join("\n")
    }
}

impl Drop for Client {
    fn drop(&mut self) {
        self.reader.abort();
    }
}

fn refused(wanted: &str, line: &Line) -> Failed {
    Failed::Refused { wanted: wanted.into(), line: line.text().escape_debug().to_string() }
}

/// A name of 353 without prefixes and host.
fn bare_nick(name: &str) -> String {
    let name = name.trim_start_matches(['@', '+', '%', '&', '~']);
    name.split('!').next().unwrap_or(name).to_string()
}

async fn listen(
    record: Arc<Record>,
    writer: Arc<tokio::sync::Mutex<OwnedWriteHalf>>,
    mut reader: OwnedReadHalf,
) {
    let mut framer = Framer::new(SERVER_TAG_BYTES);
    let mut buffer = [0; 4096];
    while let Ok(count) = reader.read(&mut buffer).await {
        if count == 0 {
            break;
        }
        for framed in framer.feed(&buffer[..count]) {
            let Framed::Line(bytes) = framed else { continue };
            let Some(message) = Message::parse(&bytes) else { continue };
            if message.command == "PING" {
                let pong = [b"PONG :".as_slice(), message.param(0), b"\r\n"].concat();
                if writer.lock().await.write_all(&pong).await.is_err() {
                    break;
                }
            }
            take(&record, Line { at: Instant::now(), bytes, message });
        }
    }
    record.news.send_modify(|(_, ended)| *ended = true);
}

fn take(record: &Record, line: Line) {
    if line.is("NICK") {
        let mut nick = lock(&record.nick);
        if *nick == line.message.nick() {
            *nick = line.message.text(0).into_owned();
        }
    }
    let count = {
        let mut lines = lock(&record.lines);
        if lines.len() < MOST_LINES {
            lines.push(line);
        }
        lines.len()
    };
    record.news.send_modify(|(lines, _)| *lines = count);
}
