//! A reader's browser, as small as it can be: gets a page of this machine's over HTTP.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

/// The page at this address, without the header.
pub fn get(url: &str) -> Result<String, String> {
    let address = url.strip_prefix("http://").ok_or("only http:// is understood")?;
    let (host, path) = address.split_once('/').unwrap_or((address, ""));
    let mut stream = TcpStream::connect(host).map_err(|error| format!("{host}: {error}"))?;
    stream.set_read_timeout(Some(Duration::from_secs(10))).map_err(|error| error.to_string())?;
    let request = format!("GET /{path} HTTP/1.0\r\nHost: {host}\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).map_err(|error| error.to_string())?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).map_err(|error| format!("{url}: {error}"))?;
    let answer = String::from_utf8(answer).map_err(|_| format!("{url} is not UTF-8"))?;
    let (header, body) = answer.split_once("\r\n\r\n").ok_or(format!("{url}: no header"))?;
    match header.split(' ').nth(1) {
        Some("200") => Ok(body.to_string()),
        _ => Err(format!("{url}: {}", header.lines().next().unwrap_or(""))),
    }
}
