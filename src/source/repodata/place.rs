//! Where a repository is: an address on the web, or a directory of this machine.

use crate::domain::time::{Moment, SECOND};
use crate::http;
use crate::source::repodata::accept::Known;
use crate::source::repodata::fault::{Fault, Kind};
use std::fmt;
use std::fs;
use std::io::{self, Read};
use std::path::PathBuf;
use std::time::Duration;
use ureq::http::{HeaderMap, StatusCode};

/// The most bytes of a `/TIME`; it has eleven.
const MOST_TIME: u64 = 64;
/// What has at most so many bytes …
const SMALL: u64 = 1024 * 1024;
/// … comes within that time, or not at all.
const PATIENCE: Duration = Duration::from_secs(30);
/// The longest entity tag or date that is kept, in bytes.
const MOST_TAG: usize = 256;

/// A repository's place: what stands before `repodata/repomd.xml`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place(At);

#[derive(Clone, Debug, PartialEq, Eq)]
enum At {
    /// With `/` at its end.
    Web(String),
    Folder(PathBuf),
}

/// A file that was asked for.
pub(super) enum Answer {
    /// It is still the one that is known.
    Same,
    /// Its bytes, and what to ask with the next time.
    Came { body: Box<dyn Read>, etag: Option<String>, last_modified: Option<String> },
}

impl Place {
    /// An `http` or `https` URL, a `file` URL, or a path. The error is one sentence.
    pub fn parse(given: &str) -> Result<Place, String> {
        let wrong = |why: &str| Err(format!("{given:?} is no place of a repository: {why}"));
        if given.is_empty() || given.chars().any(char::is_control) {
            return wrong("write a URL or a directory that holds repodata/");
        }
        if let Some(path) = given.strip_prefix("file://") {
            let path = path.strip_prefix("localhost").unwrap_or(path);
            return match path.starts_with('/') {
                true => Ok(Place(At::Folder(path.into()))),
                false => wrong("a file URL has three slashes, as file:///srv/repo"),
            };
        }
        let Some((scheme, rest)) = given.split_once("://") else {
            return Ok(Place(At::Folder(given.into())));
        };
        let scheme = scheme.to_ascii_lowercase();
        if scheme != "http" && scheme != "https" {
            return wrong("its scheme is none of http, https and file");
        }
        if rest.contains(['?', '#', ' ', '\\']) {
            return wrong("write it without ? and #, as https://mirror.example/centos/7/virt");
        }
        let host = rest.split('/').next().unwrap_or_default();
        if host.is_empty() || host.contains('@') {
            return wrong("after // stands the host, without a password");
        }
        Ok(Place(At::Web(format!("{scheme}://{}/", rest.trim_end_matches('/')))))
    }

    /// What the host of a mirror says in `/TIME`: when it was last in step with the master.
    pub fn time(&self) -> Result<Moment, Fault> {
        let At::Web(base) = &self.0 else {
            return Err(Fault::new(Kind::Missing, "a directory has no /TIME; a mirror's host has"));
        };
        let slashes = base.match_indices('/').map(|(at, _)| at);
        let root = slashes.take(3).last().unwrap_or(base.len() - 1);
        let url = format!("{}TIME", &base[..=root]);
        let Answer::Came { body, .. } = get(&url, &Known::default(), MOST_TIME)? else {
            return Err(Fault::malformed("it answers that nothing changed").about("/TIME"));
        };
        let seconds = read_limited(body, MOST_TIME).and_then(|bytes| {
            let text = String::from_utf8_lossy(&bytes);
            let seconds = text.trim().parse::<i64>().ok().filter(|seconds| *seconds > 0);
            seconds.ok_or_else(|| Fault::malformed("it does not hold seconds since 1970"))
        });
        let seconds = seconds.map_err(|fault| fault.about("/TIME"))?;
        Ok(Moment::from_micros(seconds.saturating_mul(SECOND)))
    }

    /// Asks for a file of the repository; at most so many bytes of it. With what is known, the answer may
    /// be that it is the same.
    pub(super) fn open(&self, href: &str, known: &Known, most: u64) -> Result<Answer, Fault> {
        let answer = match &self.0 {
            At::Web(base) => get(&format!("{base}{href}"), known, most),
            At::Folder(folder) => match fs::File::open(folder.join(href)) {
                Ok(file) => {
                    let body = Box::new(OnDisk(file));
                    Ok(Answer::Came { body, etag: None, last_modified: None })
                }
                Err(error) => Err(on_disk(&error)),
            },
        };
        answer.map_err(|fault| fault.about(href))
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            At::Web(base) => f.write_str(base),
            At::Folder(folder) => write!(f, "{}", folder.display()),
        }
    }
}

/// All bytes, of which there may be so many.
pub(super) fn read_limited(body: impl Read, most: u64) -> Result<Vec<u8>, Fault> {
    let mut bytes = Vec::new();
    body.take(most + 1).read_to_end(&mut bytes)?;
    match bytes.len() as u64 > most {
        true => Err(Fault::new(Kind::TooBig, format!("it has more than {most} bytes"))),
        false => Ok(bytes),
    }
}

fn get(url: &str, known: &Known, most: u64) -> Result<Answer, Fault> {
    let mut request = http::agent().get(url);
    if let Some(etag) = &known.etag {
        request = request.header("If-None-Match", etag);
    }
    if let Some(date) = &known.last_modified {
        request = request.header("If-Modified-Since", date);
    }
    if most <= SMALL {
        request = request.config().timeout_global(Some(PATIENCE)).build();
    }
    let answer = request.call().map_err(|error| {
        Fault::new(Kind::Unreachable, format!("the server cannot be asked ({error})"))
    })?;
    match answer.status() {
        StatusCode::OK => {}
        StatusCode::NOT_MODIFIED => return Ok(Answer::Same),
        status @ (StatusCode::NOT_FOUND | StatusCode::GONE) => {
            let why = format!("the server has no such file ({})", status.as_u16());
            return Err(Fault::new(Kind::Missing, why));
        }
        status => {
            let why = format!("the server answers {} instead of the file", status.as_u16());
            return Err(Fault::new(Kind::Unreachable, why));
        }
    }
    let (parts, body) = answer.into_parts();
    if body.content_length().is_some_and(|length| length > most) {
        let why = format!("the server announces more than {most} bytes");
        return Err(Fault::new(Kind::TooBig, why));
    }
    // One byte more than the most: who reads tells what that means.
    let body = OnWire(body.into_with_config().limit(most + 2).reader());
    Ok(Answer::Came {
        body: Box::new(body),
        etag: kept(&parts.headers, "etag"),
        last_modified: kept(&parts.headers, "last-modified"),
    })
}

/// A header that is sent back the next time.
fn kept(headers: &HeaderMap, name: &str) -> Option<String> {
    let value = headers.get(name)?.to_str().ok()?;
    let is_usual = value.bytes().all(|b| (0x20..0x7f).contains(&b));
    (is_usual && value.len() <= MOST_TAG).then(|| value.to_string())
}

fn on_disk(error: &io::Error) -> Fault {
    match error.kind() {
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => {
            Fault::new(Kind::Missing, "there is no such file")
        }
        _ => Fault::new(Kind::Unreachable, format!("it cannot be read ({error})")),
    }
}

/// A body whose errors are those of the way, and not of what it holds.
struct OnWire<R>(R);

impl<R: Read> Read for OnWire<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        self.0.read(into).map_err(|error| {
            Fault::new(Kind::Unreachable, format!("the answer broke off ({error})")).into()
        })
    }
}

/// The same for a file.
struct OnDisk(fs::File);

impl Read for OnDisk {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        self.0.read(into).map_err(|error| on_disk(&error).into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_an_address_or_a_directory() {
        for (given, shown) in [
            ("HTTPS://mirror.example/centos/7/virt", "https://mirror.example/centos/7/virt/"),
            ("http://127.0.0.1:8080//", "http://127.0.0.1:8080/"),
            ("file:///srv/repo", "/srv/repo"),
            ("file://localhost/srv/repo", "/srv/repo"),
            ("some/repo", "some/repo"),
        ] {
            assert_eq!(Place::parse(given).map(|place| place.to_string()), Ok(shown.into()));
        }
        for given in [
            "",
            "ftp://a/",
            "http://",
            "http:///x",
            "https://me:secret@a/",
            "https://a/?x",
            "https://a/#x",
            "file://elsewhere.example/x",
            "a\nb",
        ] {
            assert!(Place::parse(given).is_err(), "{given}");
        }
    }
}
