//! A command line of LMTP: what it asks, or why it is refused (RFC 5321 §4.1.1, RFC 2033 §4.1).

/// A command.
#[derive(Debug, PartialEq, Eq)]
pub enum Command {
    /// LHLO.
    Lhlo,
    /// HELO or EHLO, which are SMTP's.
    Helo,
    /// MAIL FROM.
    Mail(MailFrom),
    /// RCPT TO this address.
    Rcpt(String),
    /// DATA.
    Data,
    /// BDAT, with so many bytes behind it (RFC 3030 §2).
    Bdat(u64),
    /// RSET.
    Rset,
    /// NOOP.
    Noop,
    /// VRFY or EXPN.
    Vrfy,
    /// HELP.
    Help,
    /// QUIT.
    Quit,
}

/// Who sends a mail.
#[derive(Debug, PartialEq, Eq)]
pub struct MailFrom {
    /// The envelope's sender; empty is the null sender.
    pub sender: String,
    /// How long the mail will be (RFC 1870).
    pub size_bytes: Option<u64>,
}

/// Why a line is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// A browser, or somebody through it.
    OtherProtocol,
    /// There is no such command.
    Unknown,
    /// The command does not stand alone.
    Superfluous,
    /// A name is missing.
    NoHost,
    /// Not `FROM:<…>` or `TO:<…>`.
    NoPath,
    /// A source route (RFC 5321 appendix C).
    Route,
    /// It is no address.
    NoAddress,
    /// Letters beyond ASCII without SMTPUTF8.
    NotAscii,
    /// A parameter that was not offered.
    Parameter,
    /// A parameter whose value cannot be read.
    Value,
}

impl Fault {
    /// What the client is told.
    pub fn reply(self) -> &'static str {
        match self {
            Fault::OtherProtocol | Fault::Unknown => "500 5.5.1 there is no such command here",
            Fault::Superfluous => "501 5.5.4 this command stands alone",
            Fault::NoHost => "501 5.5.4 say LHLO and your name",
            Fault::NoPath => "501 5.5.4 write MAIL FROM:<address> or RCPT TO:<address>",
            Fault::Route => "553 5.1.3 source routes are not taken (RFC 5321 appendix C)",
            Fault::NoAddress => "553 5.1.3 this is no address",
            Fault::NotAscii => "553 5.6.7 say SMTPUTF8 for such an address",
            Fault::Parameter => "555 5.5.4 this parameter was not offered",
            Fault::Value => "501 5.5.4 the parameter's value cannot be read",
        }
    }
}

/// The longest address of an envelope, in bytes (RFC 5321 §4.5.3.1.3).
const MOST_ADDRESS: usize = 254;

/// What browsers say first.
const HTTP: &[&str] =
    &["GET", "POST", "PUT", "HEAD", "OPTIONS", "CONNECT", "DELETE", "PATCH", "TRACE", "PRI"];

/// Reads a line without its CR LF.
pub fn read(line: &[u8]) -> Result<Command, Fault> {
    let line = std::str::from_utf8(line).map_err(|_| Fault::Unknown)?;
    let (verb, rest) = line.split_once(' ').unwrap_or((line, ""));
    let rest = rest.trim();
    let alone = |command| if rest.is_empty() { Ok(command) } else { Err(Fault::Superfluous) };
    match verb.to_ascii_uppercase().as_str() {
        "LHLO" if rest.is_empty() => Err(Fault::NoHost),
        "LHLO" => Ok(Command::Lhlo),
        "HELO" | "EHLO" => Ok(Command::Helo),
        "MAIL" => mail(rest),
        "RCPT" => recipient(rest),
        "DATA" => alone(Command::Data),
        "BDAT" => bdat(rest),
        "RSET" => alone(Command::Rset),
        "NOOP" => Ok(Command::Noop),
        "VRFY" | "EXPN" => Ok(Command::Vrfy),
        "HELP" => Ok(Command::Help),
        "QUIT" => alone(Command::Quit),
        verb if HTTP.contains(&verb) => Err(Fault::OtherProtocol),
        _ => Err(Fault::Unknown),
    }
}

fn mail(rest: &str) -> Result<Command, Fault> {
    let (path, parameters) = path(rest, "FROM:")?;
    let mut size_bytes = None;
    let mut is_utf8 = false;
    for parameter in parameters.split_ascii_whitespace() {
        let (name, value) = parameter.split_once('=').unwrap_or((parameter, ""));
        match name.to_ascii_uppercase().as_str() {
            "SIZE" => size_bytes = Some(value.parse().map_err(|_| Fault::Value)?),
            "BODY" if value.eq_ignore_ascii_case("8BITMIME") => {}
            "BODY" if value.eq_ignore_ascii_case("7BIT") => {}
            "BODY" => return Err(Fault::Value),
            "SMTPUTF8" if value.is_empty() => is_utf8 = true,
            _ => return Err(Fault::Parameter),
        }
    }
    match path.is_ascii() || is_utf8 {
        true => Ok(Command::Mail(MailFrom { sender: path.to_string(), size_bytes })),
        false => Err(Fault::NotAscii),
    }
}

fn recipient(rest: &str) -> Result<Command, Fault> {
    let (path, parameters) = path(rest, "TO:")?;
    match (path.is_empty(), parameters.trim().is_empty()) {
        (true, _) => Err(Fault::NoAddress),
        (_, false) => Err(Fault::Parameter),
        _ => Ok(Command::Rcpt(path.to_string())),
    }
}

/// RFC 3030 §2: `BDAT 1000 LAST`. One whose length cannot be read is as good as a browser: what
/// follows it cannot be told from commands.
fn bdat(rest: &str) -> Result<Command, Fault> {
    let size = rest.split(' ').next().and_then(|size| size.parse().ok());
    size.map(Command::Bdat).ok_or(Fault::OtherProtocol)
}

/// The address in `FROM:<address> …`, and what follows it.
fn path<'a>(rest: &'a str, word: &str) -> Result<(&'a str, &'a str), Fault> {
    let is_word = rest.get(..word.len()).is_some_and(|start| start.eq_ignore_ascii_case(word));
    let rest = if is_word { rest[word.len()..].trim_start() } else { return Err(Fault::NoPath) };
    let rest = rest.strip_prefix('<').ok_or(Fault::NoPath)?;
    let end = end_of_path(rest).ok_or(Fault::NoPath)?;
    let (path, behind) = (&rest[..end], &rest[end + 1..]);
    if path.starts_with('@') {
        return Err(Fault::Route);
    }
    let is_apart = behind.is_empty() || behind.starts_with(' ');
    if !is_apart || !(path.is_empty() || is_address(path)) {
        return Err(Fault::NoAddress);
    }
    Ok((path, behind))
}

/// Where the `>` is that is not in a quoted local part.
fn end_of_path(rest: &str) -> Option<usize> {
    let (mut is_quoted, mut is_escaped) = (false, false);
    for (at, c) in rest.char_indices() {
        match c {
            _ if is_escaped => is_escaped = false,
            '\\' if is_quoted => is_escaped = true,
            '"' => is_quoted = !is_quoted,
            '>' if !is_quoted => return Some(at),
            _ => {}
        }
    }
    None
}

/// Whether it is `local@domain` and can stand in an envelope again; nothing more is asked, since a
/// stranger's address is only handed on.
fn is_address(path: &str) -> bool {
    let Some((local, domain)) = path.rsplit_once('@') else { return false };
    let is_quoted = local.len() > 2 && local.starts_with('"') && local.ends_with('"');
    let plain = |c: char| !c.is_control() && !c.is_whitespace() && !"<>()[],;:\\\"".contains(c);
    let is_local = match is_quoted {
        true => !local.chars().any(|c| c.is_control() || matches!(c, '<' | '>')),
        false => !local.is_empty() && local.chars().all(|c| plain(c) && c != '@'),
    };
    let is_domain =
        !domain.is_empty() && domain.chars().all(|c| plain(c) || (matches!(c, '[' | ']' | ':')));
    path.len() <= MOST_ADDRESS && is_local && is_domain
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn sender(line: &str) -> Result<String, Fault> {
        match read(line.as_bytes())? {
            Command::Mail(mail) => Ok(mail.sender),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn addresses_of_envelopes_are_read() {
        for (line, wanted) in [
            ("MAIL FROM:<>", ""),
            ("mail from:<a@x.example> SIZE=100 BODY=8BITMIME", "a@x.example"),
            ("MAIL FROM: <a@[192.0.2.1]>", "a@[192.0.2.1]"),
            ("MAIL FROM:<\"a b@c\"@x.example>", "\"a b@c\"@x.example"),
            ("MAIL FROM:<jos\u{e9}@x.example> SMTPUTF8", "jos\u{e9}@x.example"),
        ] {
            assert_eq!(sender(line).as_deref(), Ok(wanted), "{line}");
        }
        for (line, wanted) in [
            ("MAIL", Fault::NoPath),
            ("MAIL FROM:a@x.example", Fault::NoPath),
            ("MAIL FROM:<a@x.example", Fault::NoPath),
            ("MAIL FROM:<@b.example:a@x.example>", Fault::Route),
            ("MAIL FROM:<a>", Fault::NoAddress),
            ("MAIL FROM:<a b@x.example>", Fault::NoAddress),
            ("MAIL FROM:<a@b@x.example>", Fault::NoAddress),
            ("MAIL FROM:<a@x.example>x", Fault::NoAddress),
            ("MAIL FROM:<jos\u{e9}@x.example>", Fault::NotAscii),
            ("MAIL FROM:<a@x.example> BODY=BINARYMIME", Fault::Value),
            ("MAIL FROM:<a@x.example> SIZE=-1", Fault::Value),
            ("MAIL FROM:<a@x.example> RET=FULL", Fault::Parameter),
            ("RCPT TO:<>", Fault::NoAddress),
            ("RCPT TO:<a@x.example> NOTIFY=NEVER", Fault::Parameter),
            ("DATA now", Fault::Superfluous),
            ("BDAT many", Fault::OtherProtocol),
            ("GET / HTTP/1.1", Fault::OtherProtocol),
            ("XYZZY", Fault::Unknown),
            ("LHLO", Fault::NoHost),
        ] {
            assert_eq!(read(line.as_bytes()), Err(wanted), "{line}");
        }
        let long = format!("RCPT TO:<{}@x.example>", "a".repeat(MOST_ADDRESS));
        assert_eq!(read(long.as_bytes()), Err(Fault::NoAddress));
    }

    proptest! {
        #[test]
        fn any_line_can_be_read(line in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = read(&line);
        }

        /// What is taken can be written into an envelope again.
        #[test]
        fn an_address_cannot_break_out(path in "[ -~\r\n\u{e9}]{0,40}") {
            if let Ok(sender) = sender(&format!("MAIL FROM:<{path}> SMTPUTF8")) {
                prop_assert!(!sender.contains(['\r', '\n', '<', '>']), "{sender}");
            }
        }
    }
}
