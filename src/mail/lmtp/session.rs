//! One LMTP session (RFC 2033): bytes in, effects out. No socket, clock or database is here.
//!
//! Lines are judged one after the other; while an answer of the program is awaited nothing further
//! is read. Only CR LF `.` CR LF ends a mail, so nothing hidden in one is ever taken for a command.

use crate::domain::list::policy;
use crate::flow::receive::Answer;
use crate::mail::lmtp::command::{self, Command, MailFrom};
use crate::mail::lmtp::data::{self, Data};

/// The longest command line, in bytes, its CR LF included (RFC 5321 §4.5.3.1.4, and room for the
/// parameters of extensions).
pub const MOST_LINE: usize = 4_096;
/// The most recipients of one mail.
pub const MOST_RECIPIENTS: usize = 100;
/// After so many errors the session is over.
pub const MOST_ERRORS: u32 = 20;
/// The longest mail, in bytes.
pub const MOST_BYTES: usize = policy::MOST_BYTES as usize;

/// What comes in.
#[derive(Debug)]
pub enum Event<'a> {
    /// What the client sent.
    Bytes(&'a [u8]),
    /// Whether the recipient that was asked about is ours.
    Known(Result<bool, Answer>),
    /// What became of the mail, one answer for each recipient.
    Answered(Vec<Answer>),
    /// The service stops.
    Stop,
}

/// What goes out.
#[derive(Debug, PartialEq, Eq)]
pub enum Effect {
    /// Lines for the client, each with its CR LF.
    Say(String),
    /// Whether this recipient is ours.
    Ask(String),
    /// A mail for those recipients.
    Take(Mail),
    /// The session is over.
    Close,
}

/// A mail that was handed over.
#[derive(Debug, PartialEq, Eq)]
pub struct Mail {
    /// The envelope's sender; empty is the null sender.
    pub sender: String,
    /// The envelope's recipients.
    pub recipients: Vec<String>,
    /// The mail.
    pub message: Vec<u8>,
}

/// A session.
#[derive(Debug)]
pub struct Session {
    host: String,
    state: State,
    /// Bytes that were not looked at yet: at most a line, or what came while an answer was awaited.
    input: Vec<u8>,
    has_greeted: bool,
    errors: u32,
    sender: Option<String>,
    recipients: Vec<String>,
}

#[derive(Debug)]
enum State {
    /// Command lines.
    Commands,
    /// The rest of a line that is too long.
    Overlong,
    /// So many bytes are skipped: those of a refused BDAT.
    Skipping(u64),
    /// The answer to [`Effect::Ask`] for this recipient is awaited.
    Asking(String),
    /// The mail.
    Data(Data),
    /// The answers to [`Effect::Take`] are awaited.
    Taking(usize),
    /// Over.
    Closed,
}

impl Session {
    /// A session with a client that has just connected, and what it is told.
    pub fn open(host: &str) -> (Session, Effect) {
        let session = Session {
            host: host.to_string(),
            state: State::Commands,
            input: Vec::new(),
            has_greeted: false,
            errors: 0,
            sender: None,
            recipients: Vec::new(),
        };
        (session, Effect::Say(format!("220 {host} beadle LMTP\r\n")))
    }

    /// Something came in.
    pub fn apply(&mut self, event: Event<'_>) -> Vec<Effect> {
        let mut out = Out::default();
        match event {
            Event::Bytes(bytes) => self.read(bytes, &mut out),
            Event::Known(known) => self.known(known, &mut out),
            Event::Answered(answers) => self.answered(&answers, &mut out),
            Event::Stop => {
                out.say("421 4.3.2 closing; try again later");
                self.close(&mut out);
            }
        }
        self.go_on(&mut out);
        out.done()
    }

    /// Whether an answer of the program is awaited, so that nothing is to be read.
    pub fn is_waiting(&self) -> bool {
        matches!(self.state, State::Asking(_) | State::Taking(_))
    }

    /// Whether it is between two mails.
    pub fn is_idle(&self) -> bool {
        matches!(self.state, State::Commands | State::Overlong)
    }

    /// How many bytes are held for this session.
    pub fn held_bytes(&self) -> usize {
        let data = match &self.state {
            State::Data(data) => data.held_bytes(),
            _ => 0,
        };
        self.input.len() + data
    }

    /// In a mail most bytes go straight to it; a command line is collected first.
    fn read(&mut self, bytes: &[u8], out: &mut Out) {
        match &mut self.state {
            State::Data(data) if self.input.is_empty() => {
                let rest = data.push(bytes);
                if let Some(rest) = rest {
                    self.input.extend_from_slice(rest);
                    self.ended(out);
                }
            }
            _ => self.input.extend_from_slice(bytes),
        }
    }

    /// Looks at what was read until more is needed.
    fn go_on(&mut self, out: &mut Out) {
        loop {
            match &mut self.state {
                State::Commands => {
                    if !self.line(out) {
                        return;
                    }
                }
                State::Overlong => match self.input.iter().position(|byte| *byte == b'\n') {
                    Some(end) => {
                        self.input.drain(..=end);
                        self.state = State::Commands;
                        self.error("500 5.5.2 the line is too long", out);
                    }
                    None => return self.input.clear(),
                },
                State::Skipping(left) => {
                    let now = self.input.len().min(usize::try_from(*left).unwrap_or(usize::MAX));
                    *left -= now as u64;
                    let is_over = *left == 0;
                    self.input.drain(..now);
                    if !is_over {
                        return;
                    }
                    self.state = State::Commands;
                }
                State::Data(data) => {
                    let input = std::mem::take(&mut self.input);
                    match data.push(&input) {
                        Some(rest) => self.input = rest.to_vec(),
                        None => return,
                    }
                    self.ended(out);
                }
                State::Asking(_) | State::Taking(_) => return,
                State::Closed => return self.input.clear(),
            }
        }
    }

    /// Obeys the next command line; false where it has not come yet.
    fn line(&mut self, out: &mut Out) -> bool {
        // A client that speaks TLS, whose first record begins so (RFC 8446 §5.1).
        if !self.has_greeted && self.input.starts_with(&[0x16, 0x03]) {
            self.close(out);
            return true;
        }
        let Some(end) = self.input.iter().take(MOST_LINE).position(|byte| *byte == b'\n') else {
            if self.input.len() < MOST_LINE {
                return false;
            }
            self.state = State::Overlong;
            return true;
        };
        let line: Vec<u8> = self.input.drain(..=end).collect();
        match line.strip_suffix(b"\r\n") {
            // RFC 5321 §2.3.8: a bare CR or LF is not a line end.
            Some(line) if !line.contains(&b'\r') && !line.contains(&0) => self.obey(line, out),
            _ => self.error("500 5.5.2 lines end with CR LF, and have neither in them", out),
        }
        true
    }

    fn obey(&mut self, line: &[u8], out: &mut Out) {
        let command = match command::read(line) {
            Ok(command) => command,
            Err(command::Fault::OtherProtocol) => {
                out.say("421 4.7.0 this is LMTP");
                return self.close(out);
            }
            Err(fault) => return self.error(fault.reply(), out),
        };
        match command {
            Command::Lhlo => self.greet(out),
            Command::Helo => self.error("500 5.5.1 this is LMTP: say LHLO (RFC 2033)", out),
            Command::Noop => out.say("250 2.0.0 yes"),
            Command::Help => out.say("214 2.0.0 LHLO MAIL RCPT DATA RSET NOOP QUIT; RFC 2033"),
            Command::Vrfy => out.say("252 2.5.2 send some mail, it will be seen"),
            Command::Quit => {
                out.say(&format!("221 2.0.0 {} good-bye", self.host));
                self.close(out);
            }
            Command::Rset => {
                self.forget();
                out.say("250 2.0.0 forgotten");
            }
            Command::Bdat(bytes) => {
                self.state = State::Skipping(bytes);
                self.error("502 5.5.1 CHUNKING is not offered; send DATA", out);
            }
            _ if !self.has_greeted => self.error("503 5.5.1 say LHLO first", out),
            Command::Mail(mail) => self.mail(mail, out),
            Command::Rcpt(_) if self.sender.is_none() => self.error("503 5.5.1 MAIL first", out),
            Command::Rcpt(_) if self.recipients.len() >= MOST_RECIPIENTS => {
                out.say("452 4.5.3 too many recipients; send the mail again to the others");
            }
            Command::Rcpt(recipient) => {
                out.ask(recipient.clone());
                self.state = State::Asking(recipient);
            }
            // RFC 2033 §4.2.
            Command::Data if self.recipients.is_empty() => {
                self.error("503 5.5.1 no recipient", out)
            }
            Command::Data => {
                out.say("354 go on, and end with a dot on a line of its own");
                self.state = State::Data(Data::new());
            }
        }
    }

    fn greet(&mut self, out: &mut Out) {
        self.has_greeted = true;
        self.forget();
        out.say(&format!("250-{}", self.host));
        for extension in ["PIPELINING", "8BITMIME", "SMTPUTF8", "ENHANCEDSTATUSCODES"] {
            out.say(&format!("250-{extension}"));
        }
        out.say(&format!("250 SIZE {MOST_BYTES}"));
    }

    fn mail(&mut self, mail: MailFrom, out: &mut Out) {
        if self.sender.is_some() {
            return self.error("503 5.5.1 one mail after the other; RSET forgets this one", out);
        }
        if mail.size_bytes.is_some_and(|size| size > MOST_BYTES as u64) {
            return out.say(TOO_LONG);
        }
        self.sender = Some(mail.sender);
        out.say("250 2.1.0 yes");
    }

    fn known(&mut self, known: Result<bool, Answer>, out: &mut Out) {
        let State::Asking(recipient) = std::mem::replace(&mut self.state, State::Commands) else {
            return;
        };
        match known {
            Ok(true) => {
                self.recipients.push(recipient);
                out.say("250 2.1.5 yes");
            }
            Ok(false) => self.error("550 5.1.1 there is no such list here", out),
            Err(_) => out.say(LATER),
        }
    }

    /// The dot has come.
    fn ended(&mut self, out: &mut Out) {
        let State::Data(data) = std::mem::replace(&mut self.state, State::Commands) else { return };
        let sender = self.sender.take().unwrap_or_default();
        let recipients = std::mem::take(&mut self.recipients);
        match data.end() {
            Ok(message) => {
                self.state = State::Taking(recipients.len());
                out.take(Mail { sender, recipients, message });
            }
            Err(fault) => {
                let reply = match fault {
                    data::Fault::TooLong => TOO_LONG,
                    data::Fault::BareLf => "550 5.5.2 a line ends with LF alone; send CR LF",
                };
                recipients.iter().for_each(|_| out.say(reply));
            }
        }
    }

    /// RFC 2033 §4.2: one reply for each recipient, in their order.
    fn answered(&mut self, answers: &[Answer], out: &mut Out) {
        let State::Taking(count) = std::mem::replace(&mut self.state, State::Commands) else {
            return;
        };
        for place in 0..count {
            match answers.get(place) {
                Some(Answer::Taken | Answer::Swallowed) => out.say("250 2.0.0 taken"),
                Some(Answer::Refused(why)) => {
                    let why: String =
                        why.chars().filter(|c| c.is_ascii_graphic() || *c == ' ').collect();
                    out.say(&format!("550 5.7.2 {}", why.get(..400).unwrap_or(&why)));
                }
                Some(Answer::Unknown) => out.say("550 5.1.1 there is no such list here"),
                Some(Answer::Later) | None => out.say(LATER),
            }
        }
    }

    fn forget(&mut self) {
        self.sender = None;
        self.recipients.clear();
    }

    fn error(&mut self, reply: &str, out: &mut Out) {
        self.errors += 1;
        out.say(reply);
        if self.errors >= MOST_ERRORS {
            out.say("421 4.7.0 too many errors");
            self.close(out);
        }
    }

    fn close(&mut self, out: &mut Out) {
        self.state = State::Closed;
        out.close();
    }
}

const LATER: &str = "451 4.3.0 this cannot be stored now; try again later";
const TOO_LONG: &str = "552 5.3.4 the mail is too long";

/// The effects of one event; lines that follow each other are said at once.
#[derive(Default)]
struct Out(Vec<Effect>);

impl Out {
    fn say(&mut self, line: &str) {
        if !matches!(self.0.last(), Some(Effect::Say(_))) {
            self.0.push(Effect::Say(String::new()));
        }
        if let Some(Effect::Say(lines)) = self.0.last_mut() {
            lines.push_str(line);
            lines.push_str("\r\n");
        }
    }

    fn ask(&mut self, recipient: String) {
        self.0.push(Effect::Ask(recipient));
    }

    fn take(&mut self, mail: Mail) {
        self.0.push(Effect::Take(mail));
    }

    fn close(&mut self) {
        self.0.push(Effect::Close);
    }

    fn done(self) -> Vec<Effect> {
        self.0
    }
}
