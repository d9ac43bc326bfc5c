//! Tests of the session as conversations: `dialogs/*.txt`.
//!
//! ```text
//! > LHLO mx.example          what the client sends; CR LF is added
//!     250 …                  what the session says
//!     ask list@x.example     an effect; the answer follows:
//! known                      (or `unknown`, `later`)
//! answered taken refused     one word for each recipient
//! ```
//!
//! `>|` sends without CR LF, with `\r`, `\n`, `\0`, `\xff` for bytes; `>> N BYTES` sends so many.
//! `UPDATE_SCRIPTS=1` writes what follows anew; a person reads the difference.

use crate::flow::receive::Answer;
use crate::mail::lmtp::session::{Effect, Event, Session};
use std::fmt::Write;
use std::path::Path;

#[test]
fn sessions_go_as_written() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/mail/lmtp/dialogs");
    let mut files: Vec<_> = std::fs::read_dir(folder)
        .expect("a folder")
        .map(|entry| entry.expect("a file").path())
        .collect();
    files.sort();
    assert!(!files.is_empty());
    for file in files {
        let script = std::fs::read_to_string(&file).expect("a script");
        let played = play(&script);
        if std::env::var_os("UPDATE_SCRIPTS").is_some() {
            std::fs::write(&file, &played).expect("written");
            continue;
        }
        assert_eq!(played, script, "{}", file.display());
    }
}

fn play(script: &str) -> String {
    let (mut session, hello) = Session::open("door.example");
    let mut out = String::new();
    let mut waiting = vec![hello];
    for line in script.lines().filter(|line| !line.starts_with("    ")) {
        // What the session says first stands above the first thing that is sent.
        if !line.starts_with('#') && !line.is_empty() {
            show(&mut out, std::mem::take(&mut waiting));
        }
        out.push_str(line);
        out.push('\n');
        let effects = match line.split_once(' ').unwrap_or((line, "")) {
            (">", text) => session.apply(Event::Bytes(format!("{text}\r\n").as_bytes())),
            (">|", text) => session.apply(Event::Bytes(&unescape(text))),
            (">>", text) => {
                let (count, text) = text.split_once(' ').expect(">> N BYTES");
                let count: usize = count.parse().expect("a number");
                let bytes = unescape(text).repeat(count);
                bytes.chunks(16_384).flat_map(|chunk| session.apply(Event::Bytes(chunk))).collect()
            }
            ("known", _) => session.apply(Event::Known(Ok(true))),
            ("unknown", _) => session.apply(Event::Known(Ok(false))),
            ("later", _) => session.apply(Event::Known(Err(Answer::Later))),
            ("answered", words) => {
                session.apply(Event::Answered(words.split(' ').map(answer).collect()))
            }
            ("stop", _) => session.apply(Event::Stop),
            ("#", _) | ("", _) => continue,
            _ => panic!("not understood: {line}"),
        };
        show(&mut out, effects);
    }
    out
}

fn answer(word: &str) -> Answer {
    match word {
        "taken" => Answer::Taken,
        "swallowed" => Answer::Swallowed,
        "refused" => Answer::Refused("only subscribers may post\r\n250 no".into()),
        "unknown" => Answer::Unknown,
        "later" => Answer::Later,
        _ => panic!("no answer: {word}"),
    }
}

fn show(out: &mut String, effects: Vec<Effect>) {
    for effect in effects {
        let done = match effect {
            Effect::Say(lines) => {
                assert!(lines.ends_with("\r\n"), "{lines:?}");
                lines.split_terminator("\r\n").try_for_each(|line| writeln!(out, "    {line}"))
            }
            Effect::Ask(recipient) => writeln!(out, "    ask {recipient}"),
            Effect::Take(mail) => {
                let message = mail.message.escape_ascii().to_string();
                let (to, from) = (mail.recipients.join(" "), mail.sender);
                writeln!(out, "    take <{from}> for {to}: {message}")
            }
            Effect::Close => writeln!(out, "    close"),
        };
        done.expect("a text can be written");
    }
}

fn unescape(text: &str) -> Vec<u8> {
    let mut out = Vec::new();
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        match byte {
            b'\\' => match rest.next() {
                Some(b'r') => out.push(b'\r'),
                Some(b'n') => out.push(b'\n'),
                Some(b'0') => out.push(0),
                Some(b'x') => {
                    let digits = [rest.next().expect("a digit"), rest.next().expect("a digit")];
                    let digits = std::str::from_utf8(&digits).expect("digits");
                    out.push(u8::from_str_radix(digits, 16).expect("digits"));
                }
                other => panic!("not understood: {other:?}"),
            },
            byte => out.push(byte),
        }
    }
    out
}
