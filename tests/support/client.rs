//! A scripted IRC client: connects, perhaps logs in, says lines, and remembers all it hears.
//!
//! It is no library of IRC: it knows what the stories need and fails loudly at anything else.

use std::io::{BufRead, BufReader, Write};
use std::net::{Shutdown, TcpStream};
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::time::{Duration, Instant};

/// How long a server may take to answer; generous, since all tests share two cores.
pub const PATIENCE: Duration = Duration::from_secs(20);

/// One line as the server sent it, taken apart.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Line {
    /// The nick (or server) it comes from, empty where none is given.
    pub nick: String,
    /// The command or number.
    pub command: String,
    /// The parameters.
    pub params: Vec<String>,
}

impl Line {
    /// Takes a line apart; tags are dropped.
    pub fn parse(line: &str) -> Line {
        let mut rest = line;
        if rest.starts_with('@') {
            rest = rest.split_once(' ').map_or("", |(_, rest)| rest);
        }
        let mut parsed = Line::default();
        if let Some(with_source) = rest.strip_prefix(':') {
            let (source, after) = with_source.split_once(' ').unwrap_or((with_source, ""));
            parsed.nick = source.split(['!', '@']).next().unwrap_or("").to_string();
            rest = after;
        }
        let (words, last) = match rest.split_once(" :") {
            Some((words, last)) => (words, Some(last)),
            None => (rest, None),
        };
        let mut words = words.split(' ').filter(|word| !word.is_empty());
        parsed.command = words.next().unwrap_or("").to_string();
        parsed.params = words.map(str::to_string).collect();
        parsed.params.extend(last.map(str::to_string));
        parsed
    }

    /// The n-th parameter, empty where there is none.
    pub fn param(&self, n: usize) -> &str {
        self.params.get(n).map_or("", String::as_str)
    }

    /// The last parameter, empty where there is none.
    pub fn last(&self) -> &str {
        self.params.last().map_or("", String::as_str)
    }

    /// Whether this is somebody's line to that target, a channel or a nick.
    pub fn is_said_to(&self, target: &str) -> bool {
        matches!(self.command.as_str(), "PRIVMSG" | "NOTICE")
            && self.param(0).eq_ignore_ascii_case(target)
    }
}

impl std::fmt::Display for Line {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, ":{} {} {}", self.nick, self.command, self.params.join(" "))
    }
}

#[derive(Default)]
struct Heard {
    lines: Vec<Line>,
    closed: bool,
}

/// Why a client did not hear what it waited for.
#[derive(Debug)]
pub struct NotHeard(pub String);

/// A connected client.
pub struct Client {
    /// Its nick now.
    pub nick: String,
    stream: TcpStream,
    heard: Arc<(Mutex<Heard>, Condvar)>,
}

impl Client {
    /// Connects and registers; with an account and its password, logs in by SASL PLAIN before.
    pub fn connect(port: u16, nick: &str, login: Option<(&str, &str)>) -> Client {
        Self::try_connect(port, nick, login).unwrap_or_else(|error| panic!("{nick}: {error}"))
    }

    /// As [`Client::connect`], telling why it could not.
    pub fn try_connect(
        port: u16,
        nick: &str,
        login: Option<(&str, &str)>,
    ) -> Result<Client, String> {
        let stream = TcpStream::connect(("127.0.0.1", port)).map_err(|error| error.to_string())?;
        stream.set_nodelay(true).map_err(|error| error.to_string())?;
        let heard = Arc::<(Mutex<Heard>, Condvar)>::default();
        let reading = stream.try_clone().map_err(|error| error.to_string())?;
        let remembered = heard.clone();
        std::thread::spawn(move || listen(reading, &remembered));
        let client = Client { nick: nick.to_string(), stream, heard };
        if login.is_some() {
            client.send("CAP REQ :sasl");
        }
        client.send(&format!("NICK {nick}"));
        client.send(&format!("USER {nick} 0 * :{nick} of the tests"));
        if let Some((account, password)) = login {
            client.log_in(account, password)?;
        }
        let welcome = client
            .wait(0, PATIENCE, |line| matches!(line.command.as_str(), "001" | "433" | "ERROR"))
            .map_err(|NotHeard(why)| format!("no welcome: {why}"))?;
        match welcome.1.command.as_str() {
            "001" => Ok(client),
            _ => Err(welcome.1.last().to_string()),
        }
    }

    fn log_in(&self, account: &str, password: &str) -> Result<(), String> {
        let answered = |numbers: &[&str]| {
            self.wait(0, PATIENCE, |line| numbers.contains(&line.command.as_str()))
                .map(|(_, line)| line)
                .map_err(|NotHeard(why)| format!("no answer to the login: {why}"))
        };
        if answered(&["CAP"])?.param(1) != "ACK" {
            return Err("nobody can log in now".into());
        }
        self.send("AUTHENTICATE PLAIN");
        answered(&["AUTHENTICATE"])?;
        self.send(&format!("AUTHENTICATE {}", base64(&format!("\0{account}\0{password}"))));
        let verdict = answered(&["903", "904", "905", "906"])?;
        if verdict.command != "903" {
            return Err(format!("could not log in as {account}: {}", verdict.last()));
        }
        self.send("CAP END");
        Ok(())
    }

    /// Sends a line.
    pub fn send(&self, line: &str) {
        self.send_bytes(line.as_bytes());
    }

    /// Sends a line of bytes that need not be UTF-8.
    pub fn send_bytes(&self, line: &[u8]) {
        let mut bytes = line.to_vec();
        bytes.extend_from_slice(b"\r\n");
        // A connection that ended is told by the reading side, which also knows the reason.
        let _ = (&self.stream).write_all(&bytes);
    }

    /// Joins a channel and waits until it is in.
    pub fn join(&self, channel: &str) {
        let from = self.position();
        self.send(&format!("JOIN {channel}"));
        self.wait(from, PATIENCE, |line| {
            line.command == "366" && line.param(1).eq_ignore_ascii_case(channel)
        })
        .unwrap_or_else(|NotHeard(why)| panic!("{} cannot join {channel}: {why}", self.nick));
    }

    /// Changes nick and waits until it is so.
    pub fn rename(&mut self, nick: &str) {
        let from = self.position();
        self.send(&format!("NICK {nick}"));
        let old = self.nick.clone();
        self.wait(from, PATIENCE, |line| line.command == "NICK" && line.nick == old)
            .unwrap_or_else(|NotHeard(why)| panic!("{old} cannot become {nick}: {why}"));
        self.nick = nick.to_string();
    }

    /// Becomes an operator of the server.
    pub fn oper(&self, name: &str, password: &str) {
        self.send(&format!("OPER {name} {password}"));
        self.wait(0, PATIENCE, |line| line.command == "381")
            .unwrap_or_else(|NotHeard(why)| panic!("no operator: {why}"));
    }

    /// Waits until the server has taken everything sent until now.
    pub fn settle(&self) {
        let token = format!("settle-{}", self.position());
        let from = self.position();
        self.send(&format!("PING {token}"));
        self.wait(from, PATIENCE, |line| line.command == "PONG" && line.last() == token)
            .unwrap_or_else(|NotHeard(why)| panic!("{}: no PONG: {why}", self.nick));
    }

    /// Waits until the server has noticed that somebody's connection is gone.
    pub fn await_absence(&self, nick: &str) {
        let until = Instant::now() + PATIENCE;
        loop {
            let from = self.position();
            self.send(&format!("ISON {nick}"));
            let answer = self.wait(from, PATIENCE, |line| line.command == "303");
            let answer = answer.map(|(_, line)| line.last().trim().to_string());
            if answer.as_ref().is_ok_and(String::is_empty) {
                return;
            }
            assert!(Instant::now() < until, "{nick} is still there: {answer:?}");
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    /// How many lines it has heard: a point from which to wait.
    pub fn position(&self) -> usize {
        self.lock().lines.len()
    }

    /// Whether the connection has ended.
    pub fn is_closed(&self) -> bool {
        self.lock().closed
    }

    /// The lines heard from that point on.
    pub fn since(&self, from: usize) -> Vec<Line> {
        self.lock().lines[from..].to_vec()
    }

    /// The first line from that point on that is wanted, and the point after it.
    pub fn wait(
        &self,
        from: usize,
        patience: Duration,
        wanted: impl Fn(&Line) -> bool,
    ) -> Result<(usize, Line), NotHeard> {
        let until = Instant::now() + patience;
        let mut looked_at = from;
        let mut heard = self.lock();
        loop {
            if let Some(n) = heard.lines[looked_at..].iter().position(&wanted) {
                let found = looked_at + n;
                return Ok((found + 1, heard.lines[found].clone()));
            }
            looked_at = heard.lines.len();
            let left = until.saturating_duration_since(Instant::now());
            if heard.closed || left.is_zero() {
                let what = if heard.closed { "connection closed" } else { "nothing in time" };
                let last = heard.lines.last();
                return Err(NotHeard(format!("{what}; the last line heard was {last:?}")));
            }
            heard = self.heard.1.wait_timeout(heard, left).expect("no panic in the reader").0;
        }
    }

    fn lock(&self) -> MutexGuard<'_, Heard> {
        self.heard.0.lock().expect("no panic in the reader")
    }
}

impl Drop for Client {
    fn drop(&mut self) {
        let _ = self.stream.shutdown(Shutdown::Both);
    }
}

/// The reader's thread: answers PING and remembers everything else until the connection ends.
fn listen(stream: TcpStream, heard: &(Mutex<Heard>, Condvar)) {
    let mut answering = stream.try_clone().expect("clone a socket");
    let mut reader = BufReader::new(stream);
    let mut bytes = Vec::new();
    while reader.read_until(b'\n', &mut bytes).is_ok_and(|count| count > 0) {
        let text = String::from_utf8_lossy(&bytes);
        let line = Line::parse(text.trim_end_matches(['\r', '\n']));
        if line.command == "PING" {
            let _ = answering.write_all(format!("PONG :{}\r\n", line.last()).as_bytes());
        } else {
            heard.0.lock().expect("no panic in a waiter").lines.push(line);
            heard.1.notify_all();
        }
        bytes.clear();
    }
    heard.0.lock().expect("no panic in a waiter").closed = true;
    heard.1.notify_all();
}

fn base64(text: &str) -> String {
    use base64::Engine;
    base64::engine::general_purpose::STANDARD.encode(text)
}

#[test]
fn lines_are_taken_apart() {
    let line = Line::parse("@time=x;a=b :gwd!~g@host PRIVMSG #c :#topic A :b");
    assert_eq!((line.nick.as_str(), line.command.as_str()), ("gwd", "PRIVMSG"));
    assert_eq!(line.params, ["#c", "#topic A :b"]);
    assert_eq!(Line::parse("PING x").params, ["x"]);
    assert_eq!(Line::parse(""), Line::default());
}
