//! The HTTP clients: how long they wait, how far they follow, and who they say they are.
//!
//! They wait in their thread: whoever calls from a task moves to the blocking pool first.

use std::sync::{Arc, LazyLock};
use std::time::Duration;
use ureq::Agent;
use ureq::tls::{RootCerts, TlsConfig};

/// So long may it take until a server has been found and has taken the connection.
pub const CONNECT: Duration = Duration::from_secs(10);
/// So long may it take from the question to the last byte of the answer.
pub const WHOLE: Duration = Duration::from_secs(600);
/// So many redirects are followed; the one after them is an error.
pub const MOST_REDIRECTS: u32 = 5;
/// The most bytes of headers in an answer.
pub const MOST_HEADERS: usize = 64 * 1024;

/// So long may a service take to answer while a person waits in front of a page.
pub const WAITED_FOR: Duration = Duration::from_secs(10);

/// The client of the sources. It is made once, and all who ask share its open connections.
///
/// It trusts the certificates the system trusts. A status such as 404 is an answer and no error. How
/// large a body may get is said where it is read (`with_config().limit(…)`); nothing is unpacked.
pub fn agent() -> Agent {
    static AGENT: LazyLock<Agent> = LazyLock::new(|| make(CONNECT, WHOLE, MOST_REDIRECTS));
    AGENT.clone()
}

/// The client for what is said in confidence while a person waits: it follows nobody elsewhere, so a
/// secret goes to no other place than the one that was asked.
pub fn confidant() -> Agent {
    static AGENT: LazyLock<Agent> = LazyLock::new(|| make(WAITED_FOR, WAITED_FOR, 0));
    AGENT.clone()
}

fn make(connect: Duration, whole: Duration, most_redirects: u32) -> Agent {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let tls = TlsConfig::builder()
        .unversioned_rustls_crypto_provider(provider)
        .root_certs(RootCerts::PlatformVerifier)
        .build();
    Agent::config_builder()
        .tls_config(tls)
        .timeout_resolve(Some(connect))
        .timeout_connect(Some(connect))
        .timeout_global(Some(whole))
        .max_redirects(most_redirects)
        .max_response_header_size(MOST_HEADERS)
        .http_status_as_error(false)
        .user_agent(concat!("beadle/", env!("CARGO_PKG_VERSION")))
        .build()
        .new_agent()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::{BufRead, BufReader, Write};
    use std::net::TcpListener;

    /// Answers every connection with this and gives the first line and the headers of the question.
    fn answer(text: &'static str, times: usize) -> (String, std::thread::JoinHandle<Vec<String>>) {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let url = format!("http://{}/", listener.local_addr().expect("an address"));
        let asked = std::thread::spawn(move || {
            let mut asked = Vec::new();
            for _ in 0..times {
                let (mut stream, _) = listener.accept().expect("a connection");
                let lines = BufReader::new(stream.try_clone().expect("a handle")).lines();
                let head = lines.map_while(Result::ok).take_while(|line| !line.is_empty());
                asked.extend(head);
                stream.write_all(text.as_bytes()).expect("a write");
            }
            asked
        });
        (url, asked)
    }

    #[test]
    fn it_says_who_it_is_and_takes_a_status_as_an_answer() {
        let gone = "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
        let (url, asked) = answer(gone, 1);
        assert_eq!(agent().get(&url).call().expect("an answer").status(), 404);
        let asked = asked.join().expect("a server").join("\n").to_ascii_lowercase();
        let name = format!("user-agent: beadle/{}", env!("CARGO_PKG_VERSION"));
        assert!(asked.contains(&name) && !asked.contains("gzip"), "{asked}");
    }

    #[test]
    fn it_does_not_go_in_circles() {
        let round =
            "HTTP/1.1 302 Found\r\nLocation: /\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
        let (url, asked) = answer(round, MOST_REDIRECTS as usize + 1);
        let error = agent().get(&url).call().expect_err("no end");
        assert!(matches!(error, ureq::Error::TooManyRedirects), "{error}");
        asked.join().expect("a server");
    }

    #[test]
    fn a_confidant_is_led_nowhere() {
        let away =
            "HTTP/1.1 307 Away\r\nLocation: /x\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
        let (url, asked) = answer(away, 1);
        assert_eq!(confidant().post(&url).send("secret").expect("an answer").status(), 307);
        asked.join().expect("a server");
    }

    #[test]
    fn a_silent_server_is_left() {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let url = format!("http://{}/", listener.local_addr().expect("an address"));
        let brief = Duration::from_millis(100);
        let error = make(brief, brief, 0).get(&url).call().expect_err("no answer");
        assert!(matches!(error, ureq::Error::Timeout(_)), "{error}");
    }
}
