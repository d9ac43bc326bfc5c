//! A mail on standard input, as a mail server's pipe or a person gives it.

use crate::domain::list::policy::MOST_BYTES;
use anyhow::Context;
use std::io::Read;

/// The mail with CR LF at the ends of its lines, and without the mbox line that local(8) writes
/// above it. What is longer than any mail may be is read to its end and not kept beyond that.
pub fn read() -> anyhow::Result<Vec<u8>> {
    let mut mail = Vec::new();
    let mut input = std::io::stdin().lock();
    let read = input.by_ref().take(MOST_BYTES + 1).read_to_end(&mut mail);
    read.context("the mail cannot be read")?;
    // A mail server that is cut off would take that for a failure.
    std::io::copy(&mut input, &mut std::io::sink()).context("the mail cannot be read")?;
    Ok(canonical(&mail))
}

/// A mail whose lines end with LF alone, as files on this system have them, gets CR LF; one that has
/// both is left as it is, since nobody can say which of them ends a line.
fn canonical(mail: &[u8]) -> Vec<u8> {
    let has_crlf = mail.windows(2).any(|pair| pair == b"\r\n");
    let mut out = match has_crlf {
        true => mail.to_vec(),
        false => {
            let mut out = Vec::with_capacity(mail.len() + mail.len() / 32);
            for line in mail.split_inclusive(|byte| *byte == b'\n') {
                match line.strip_suffix(b"\n") {
                    Some(line) => {
                        out.extend_from_slice(line);
                        out.extend_from_slice(b"\r\n");
                    }
                    None => out.extend_from_slice(line),
                }
            }
            out
        }
    };
    if is_mbox(&out) {
        let end = out.iter().position(|byte| *byte == b'\n').map_or(out.len(), |end| end + 1);
        out.drain(..end);
    }
    if !out.is_empty() && !out.ends_with(b"\r\n") {
        out.extend_from_slice(b"\r\n");
    }
    out
}

/// `From SENDER DATE`; a `From :` is a field.
fn is_mbox(mail: &[u8]) -> bool {
    let rest = mail.strip_prefix(b"From ");
    rest.is_some_and(|rest| {
        rest.iter().find(|byte| **byte != b' ').is_some_and(|byte| *byte != b':')
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_becomes_a_mail() {
        for (file, wanted) in [
            ("A: b\n\nhi\n", "A: b\r\n\r\nhi\r\n"),
            ("A: b\r\n\r\nhi", "A: b\r\n\r\nhi\r\n"),
            ("From a@b Tue Nov 13 15:00:00 2018\nA: b\n\n", "A: b\r\n\r\n"),
            ("From : a@b\n\n", "From : a@b\r\n\r\n"),
            ("A: b\r\nB: c\nD: e\r\n", "A: b\r\nB: c\nD: e\r\n"),
            ("", ""),
        ] {
            assert_eq!(canonical(file.as_bytes()), wanted.as_bytes(), "{file:?}");
        }
    }
}
