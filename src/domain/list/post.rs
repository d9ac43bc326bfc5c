//! A post as it came, read into the facts that the gate judges it by.
//!
//! What only the store knows (who is subscribed, what came before) is not known here. mail-parser
//! reads what is inside the mail, never who wrote it.

use crate::domain::list::gate::{Author, By, Facts};
use crate::domain::list::header::{Header, unfolded};
use crate::domain::list::policy::{HeaderRule, MOST_BYTES, Policy};
use crate::domain::list::{Key, author, automatic, pass, results, word};
use crate::domain::text::{Text, clean};
use mail_parser::{MessageParser, PartType};
use ring::digest;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// The most parts of a mail (RFC 2046).
pub const MOST_PARTS: usize = 100;
/// How deep its parts may be nested.
pub const MOST_DEPTH: usize = 20;
/// The most addresses of To and Cc that are counted.
const MOST_COUNTED: usize = 1_000;
/// The most addresses of one field that may be subscribers'.
const MOST_SENDERS: usize = 5;
/// The most messages that it is looked at as an answer to.
const MOST_REFERENCES: usize = 20;
/// The longest Message-ID that is remembered, in bytes (RFC 5322 §2.1.1).
const MOST_ID: usize = 998;
/// The longest mail whose parts are counted, in bytes. A longer one waits for a moderator for its
/// length alone, unless the list allows more.
const MOST_LOOKED_INTO: usize = 1 << 20;
/// The longest value that a rule is held against, in bytes.
const MOST_VALUE: usize = 10_000;

/// What a post is read for.
#[derive(Clone, Copy, Debug)]
pub struct Reading<'a> {
    /// The list's posting address.
    pub list: &'a str,
    /// The envelope's sender; empty is the null sender.
    pub sender: &'a str,
    /// The list's rules.
    pub policy: &'a Policy,
}

/// What a post says of itself.
#[derive(Clone, Debug)]
pub struct Post {
    /// What it is told from all others by: of what its author wrote (From, Date, Message-ID, Subject,
    /// body), not of what servers on the way add.
    pub digest: [u8; 16],
    /// The facts, as far as the post alone gives them.
    pub facts: Facts,
    /// The addresses of it that may be subscribers', and where they stand.
    pub senders: Vec<(By, Key)>,
    /// The messages it refers to (In-Reply-To, References), without angle brackets; the newest ones.
    pub references: Vec<String>,
    /// The token that shows it to be the bot's own, unproven.
    pub pass: Option<String>,
    /// What its Return-Path says, where it has one: the envelope's sender, if a server wrote it.
    pub return_path: Option<String>,
    /// Its subject, decoded and clean; a stranger's.
    pub subject: Text,
}

/// Who wrote a mail.
pub fn author(message: &[u8]) -> Author {
    author::of(&Header::read(message))
}

/// Reads a post. Every message can be read; what is wrong with it is a fact.
pub fn read(message: &[u8], reading: &Reading) -> Post {
    let header = Header::read(message);
    let author = author::of(&header);
    let key = match &author {
        Author::One(key, _) => Some(key),
        _ => None,
    };
    let named = named(&header);
    let id = header.text("message-id").unwrap_or_default();
    let alignment = match (&reading.policy.authserv_id, key) {
        (Some(id), Some(key)) => results::alignment(&header, id, key),
        _ => None,
    };
    let facts = Facts {
        envelope: Key::parse(reading.sender),
        message_id: message_id(&id),
        size_bytes: message.len() as u64,
        recipients: u32::try_from(named.len()).unwrap_or(u32::MAX),
        is_named: is_named(&named, reading),
        over: over(message, &header),
        looped: automatic::looped(&header, reading.list, reading.sender, key),
        automatic: automatic::program(&header, reading.sender, key),
        headers: matching(&header, &reading.policy.headers),
        alignment,
        ..Facts::new(author.clone())
    };
    Post {
        digest: digest(message, &header),
        senders: senders(&header, key, reading.sender),
        references: references(&header),
        pass: header.text(&pass::HEADER.to_ascii_lowercase()),
        return_path: header
            .text("return-path")
            .map(|path| path.trim_start_matches('<').trim_end_matches('>').to_string()),
        subject: Text::new(clean(&word::shown(&header.text("subject").unwrap_or_default()))),
        facts,
    }
}

/// A Message-ID as it is remembered and asked for.
fn message_id(given: &str) -> String {
    let id = given.trim().trim_start_matches('<').trim_end_matches('>');
    clean(id).chars().filter(|c| !c.is_whitespace()).take(MOST_ID).collect()
}

fn digest(message: &[u8], header: &Header) -> [u8; 16] {
    let mut context = digest::Context::new(&digest::SHA256);
    let mut add = |bytes: &[u8]| {
        context.update(&(bytes.len() as u64).to_be_bytes());
        context.update(bytes);
    };
    for name in ["from", "date", "message-id", "subject"] {
        for value in header.values(name) {
            add(unfolded(value).trim().as_bytes());
        }
        add(b"");
    }
    // RFC 6376 §3.4.3: servers may add or drop empty lines at the end.
    let mut body = &message[header.body..];
    while let Some(shorter) = body.strip_suffix(b"\r\n") {
        body = shorter;
    }
    add(body);
    let mut digest = [0; 16];
    digest.copy_from_slice(&context.finish().as_ref()[..16]);
    digest
}

/// The addresses of To and Cc, as far as they are counted.
fn named(header: &Header) -> Vec<String> {
    let values = header.values("to").chain(header.values("cc"));
    values.flat_map(addresses).take(MOST_COUNTED).collect()
}

/// The addresses of a field that may name many people, read leniently: nothing is decided by who
/// else gets a mail.
fn addresses(value: &[u8]) -> impl Iterator<Item = String> {
    let text = unfolded(value);
    let edge = |c: char| c.is_whitespace() || "<>,;:()\"".contains(c);
    let words: Vec<String> = text
        .split(edge)
        .filter(|word| word.contains('@'))
        .take(MOST_COUNTED)
        .map(str::to_string)
        .collect();
    words.into_iter()
}

fn is_named(named: &[String], reading: &Reading) -> bool {
    let names =
        std::iter::once(reading.list).chain(reading.policy.aliases.iter().map(String::as_str));
    let lists: Vec<Key> = names.filter_map(Key::parse).collect();
    named.iter().filter_map(|name| Key::parse(name)).any(|key| {
        let base = key.without_extension();
        lists.iter().any(|list| *list == key || Some(list) == base.as_ref())
    })
}

/// The limit that a mail is over.
fn over(message: &[u8], header: &Header) -> Option<String> {
    if let Some(over) = header.over {
        return Some(over.to_string());
    }
    if message.len() as u64 > MOST_BYTES {
        return Some("it is longer than 25 MB".to_string());
    }
    let has_parts = header.text("content-type").is_some_and(|kind| {
        let kind = kind.to_ascii_lowercase();
        kind.starts_with("multipart/") || kind.starts_with("message/")
    });
    if !has_parts || message.len() > MOST_LOOKED_INTO {
        return None;
    }
    parts_over(message)
}

/// Counts the parts of a mail. The parser has panicked on broken mail before; that must not end the
/// program.
fn parts_over(message: &[u8]) -> Option<String> {
    let counted = catch_unwind(AssertUnwindSafe(|| {
        let parsed = MessageParser::new().parse(message)?;
        let (mut count, mut deepest) = (0, 0);
        let mut waiting = vec![(&parsed, 1)];
        while let Some((message, depth)) = waiting.pop() {
            count += message.parts.len();
            deepest = deepest.max(depth);
            let mut levels = vec![(0usize, depth)];
            while let Some((place, depth)) = levels.pop() {
                deepest = deepest.max(depth);
                if count > MOST_PARTS || deepest > MOST_DEPTH {
                    return Some((count, deepest));
                }
                match message.parts.get(place).map(|part| &part.body) {
                    Some(PartType::Multipart(inner)) => {
                        levels.extend(inner.iter().map(|id| (*id as usize, depth + 1)));
                    }
                    Some(PartType::Message(inner)) => waiting.push((inner, depth + 1)),
                    _ => {}
                }
            }
        }
        Some((count, deepest))
    }));
    match counted {
        Ok(Some((count, _))) if count > MOST_PARTS => {
            Some(format!("it has more than {MOST_PARTS} parts"))
        }
        Ok(Some((_, depth))) if depth > MOST_DEPTH => {
            Some(format!("its parts are nested more than {MOST_DEPTH} deep"))
        }
        Ok(_) => None,
        Err(_) => Some("its parts cannot be read".to_string()),
    }
}

/// The rules that a header matches, by their places.
fn matching(header: &Header, rules: &[HeaderRule]) -> Vec<usize> {
    let matches = |rule: &HeaderRule| {
        let Ok(expression) = HeaderRule::compile(&rule.matches) else { return false };
        header.values(&rule.name).any(|value| {
            let value = word::shown(unfolded(value).trim());
            let end = value.floor_char_boundary(MOST_VALUE);
            expression.is_match(&value.as_bytes()[..end])
        })
    };
    rules.iter().enumerate().filter(|(_, rule)| matches(rule)).map(|(place, _)| place).collect()
}

/// The addresses that may be subscribers', each once in each place.
fn senders(header: &Header, author: Option<&Key>, sender: &str) -> Vec<(By, Key)> {
    let mut senders: Vec<(By, Key)> = Vec::new();
    let mut add = |by: By, key: Key| {
        if !senders.contains(&(by, key.clone())) {
            senders.push((by, key));
        }
    };
    if let Some(author) = author {
        add(By::From, author.clone());
    }
    if let Some(key) = Key::parse(sender) {
        add(By::Envelope, key);
    }
    for (name, by) in [("reply-to", By::ReplyTo), ("sender", By::Sender)] {
        let named = header.values(name).flat_map(addresses).take(MOST_SENDERS);
        named.filter_map(|address| Key::parse(&address)).for_each(|key| add(by, key));
    }
    senders
}

/// The messages it refers to, the newest ones.
fn references(header: &Header) -> Vec<String> {
    let values = header.values("references").chain(header.values("in-reply-to"));
    let mut all: Vec<String> = Vec::new();
    for value in values {
        let text = unfolded(value);
        all.extend(text.split_whitespace().map(message_id).filter(|id| id.contains('@')));
    }
    let skipped = all.len().saturating_sub(MOST_REFERENCES);
    all.drain(..skipped);
    all
}
