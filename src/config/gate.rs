//! `[gate]`: the doors of the lists, and the rules that hold where a list has none of its own.

use crate::config::fault::printable;
use crate::config::words;
use crate::domain::list::policy::Policy;
use std::fmt;
use std::net::SocketAddr;
use std::path::PathBuf;

/// The door of the lists.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gate {
    /// `lmtp`: where mail is taken by LMTP.
    pub lmtp: Option<Listen>,
    /// `milter`: where a mail server asks.
    pub milter: Option<Listen>,
    /// `onward`: where accepted posts go.
    pub onward: Option<Onward>,
    /// `resolver`: the name server that is asked for signatures' keys; default: the system's.
    pub resolver: Option<SocketAddr>,
    /// The rules.
    pub policy: Policy,
    /// `hold_days`: how long a held post waits; default 14.
    pub hold_days: u32,
    /// `quarantine_days`: how long discarded posts are kept; default 0, not at all.
    pub quarantine_days: u32,
    /// `quarantine_posts`: how many of them at most; default 1,000.
    pub quarantine_posts: u32,
    /// `keep_days`: how long a verdict is remembered; default 14.
    pub keep_days: u32,
}

impl Gate {
    /// Whether mail comes in here.
    pub fn is_kept(&self) -> bool {
        self.lmtp.is_some() || self.milter.is_some() || self.onward.is_some()
    }
}

impl Default for Gate {
    /// What holds where `[gate]` says nothing.
    fn default() -> Gate {
        Gate {
            lmtp: None,
            milter: None,
            onward: None,
            resolver: None,
            policy: Policy::default(),
            hold_days: 14,
            quarantine_days: 0,
            quarantine_posts: 1_000,
            keep_days: 14,
        }
    }
}

/// Where a door listens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Listen {
    /// A unix socket.
    Unix(PathBuf),
    /// A loopback address.
    Tcp(SocketAddr),
}

/// Where accepted posts go.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Onward {
    /// SMTP to a host and port.
    Smtp(String, u16),
    /// LMTP to a host and port.
    Lmtp(String, u16),
    /// LMTP to a unix socket.
    LmtpUnix(PathBuf),
}

impl fmt::Display for Listen {
    /// As it is written in the configuration.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Listen::Unix(path) => write!(f, "unix:{}", path.display()),
            Listen::Tcp(address) => write!(f, "{address}"),
        }
    }
}

impl fmt::Display for Onward {
    /// As it is written in the configuration.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Onward::Smtp(host, port) => write!(f, "smtp:{host}:{port}"),
            Onward::Lmtp(host, port) => write!(f, "lmtp:{host}:{port}"),
            Onward::LmtpUnix(path) => write!(f, "lmtp:unix:{}", path.display()),
        }
    }
}

impl Listen {
    /// Reads `unix:PATH` or a loopback address with a port.
    pub fn parse(given: &str) -> Result<Listen, String> {
        if let Some(path) = given.strip_prefix("unix:") {
            return socket(path).map(Listen::Unix);
        }
        match given.parse::<SocketAddr>() {
            Ok(address) if address.ip().is_loopback() => Ok(Listen::Tcp(address)),
            Ok(_) => {
                Err("only this machine may come in here, since nobody logs in: take 127.0.0.1, \
                 [::1] or a unix socket"
                    .to_string())
            }
            Err(_) => Err(format!(
                "\"{}\" is no place to listen; write unix:/run/beadle/lmtp.sock or 127.0.0.1:8024",
                printable(given)
            )),
        }
    }
}

impl Onward {
    /// Reads `smtp:HOST:PORT`, `lmtp:HOST:PORT` or `lmtp:unix:PATH`.
    pub fn parse(given: &str) -> Result<Onward, String> {
        if let Some(path) = given.strip_prefix("lmtp:unix:") {
            return socket(path).map(Onward::LmtpUnix);
        }
        let sentence = || {
            format!(
                "\"{}\" is no way onward; write smtp:HOST:PORT, lmtp:HOST:PORT or lmtp:unix:PATH",
                printable(given)
            )
        };
        let (protocol, place) = given.split_once(':').ok_or_else(sentence)?;
        let (host, port) = place.rsplit_once(':').ok_or_else(sentence)?;
        let port: u16 = port.parse().ok().filter(|port| *port > 0).ok_or_else(sentence)?;
        let host = host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(host);
        let host = words::host(host)?;
        match protocol {
            "smtp" => Ok(Onward::Smtp(host, port)),
            "lmtp" => Ok(Onward::Lmtp(host, port)),
            _ => Err(sentence()),
        }
    }
}

/// The longest path of a unix socket, in bytes (unix(7), without the NUL).
const MOST_PATH: usize = 107;

fn socket(path: &str) -> Result<PathBuf, String> {
    match path.starts_with('/') && path.len() <= MOST_PATH && !path.ends_with('/') {
        true => Ok(PathBuf::from(path)),
        false => Err(format!(
            "the path of a unix socket begins with / and has at most {MOST_PATH} bytes, such as \
             unix:/run/beadle/lmtp.sock"
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_read_and_written_the_same() {
        for good in ["unix:/run/beadle/lmtp.sock", "127.0.0.1:8024", "[::1]:8024"] {
            assert_eq!(Listen::parse(good).unwrap().to_string(), good);
        }
        for bad in ["", "8024", "0.0.0.0:8024", "unix:lmtp.sock", "unix:", "/run/x", "localhost:1"]
        {
            assert!(Listen::parse(bad).is_err(), "{bad}");
        }
        for good in ["smtp:127.0.0.1:10025", "lmtp:lists.example:24", "lmtp:unix:/run/mm/lmtp"] {
            assert_eq!(Onward::parse(good).unwrap().to_string(), good);
        }
        for bad in ["", "smtp:", "smtp:host", "smtp:host:0", "http:host:1", "lmtp:unix:x", "host:1"]
        {
            assert!(Onward::parse(bad).is_err(), "{bad}");
        }
        assert_eq!(Onward::parse("smtp:[::1]:25"), Ok(Onward::Smtp("::1".into(), 25)));
    }
}
