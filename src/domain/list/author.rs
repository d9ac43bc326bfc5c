//! Who wrote a mail: the one mailbox of the one `From` (RFC 5322 §3.6.2), or why readers may differ.
//!
//! A gate that reads leniently lets strangers in: each lenient reader picks another address out of a
//! `From` that is not quite right. So this reader is strict, and an honest doubt is an answer of its
//! own. The table of all known tricks is in `tricks/`. Nothing here knows who is subscribed.

use crate::domain::list::gate::Author;
use crate::domain::list::header::{From, Header, unfolded};
use crate::domain::list::{Key, word};
use crate::domain::text::is_unprintable;

/// The longest `From`, in bytes.
pub const MOST_BYTES: usize = 1_024;
/// How deep comments may be nested.
const MOST_NESTED: usize = 10;

/// The author of a mail.
pub fn of(header: &Header) -> Author {
    match header.from() {
        From::None => Author::Missing,
        From::Doubtful(why) => Author::Ambiguous(why.to_string()),
        From::One(value) => match read(value) {
            Ok((key, written)) => Author::One(key, written),
            Err(why) => Author::Ambiguous(why.to_string()),
        },
    }
}

/// Why a value names no one mailbox.
type Doubt = &'static str;

/// Reads a value that must be one mailbox: its address for comparing, and as it was written.
pub fn read(value: &[u8]) -> Result<(Key, String), Doubt> {
    if value.len() > MOST_BYTES {
        return Err("its From is longer than 1 KB");
    }
    if has_break(value) {
        return Err("its From has a control character in it");
    }
    let text = unfolded(value);
    if text.chars().any(|c| is_unprintable(c) && c != '\t') {
        return Err("its From has an invisible character in it");
    }
    mailbox(&tokens(&text)?)
}

/// Control characters but TAB and the CR LF of folding; the byte 0x85 alone is NEL in Latin-1.
fn has_break(value: &[u8]) -> bool {
    let is_folding = |at: usize| {
        matches!(value.get(at..at + 3), Some([b'\r', b'\n', b' ' | b'\t']))
            || (at > 0 && matches!(value.get(at - 1..at + 2), Some([b'\r', b'\n', b' ' | b'\t'])))
    };
    let is_bad = |(at, byte): (usize, &u8)| match byte {
        b'\r' | b'\n' => !is_folding(at),
        b'\t' => false,
        0x85 => value.get(at.wrapping_sub(1)).is_none_or(|before| *before < 0x80),
        byte => byte.is_ascii_control(),
    };
    value.iter().enumerate().any(is_bad)
}

/// A piece of a value. Comments and white space are gone; where they stood says `is_glued`.
#[derive(Debug, PartialEq, Eq)]
struct Token<'a> {
    kind: Kind<'a>,
    /// Whether it stands directly behind the token before it.
    is_glued: bool,
}

#[derive(Debug, PartialEq, Eq)]
enum Kind<'a> {
    /// Letters and what else may stand in an atom.
    Atom(&'a str),
    /// What a quoted string means.
    Quoted(String),
    /// One of `<>@.,:;[]\`.
    Special(char),
}

fn tokens(text: &str) -> Result<Vec<Token<'_>>, Doubt> {
    let mut tokens = Vec::new();
    let mut rest = text;
    let mut is_glued = false;
    while let Some(c) = rest.chars().next() {
        let kind = match c {
            ' ' | '\t' => {
                rest = &rest[1..];
                is_glued = false;
                continue;
            }
            '(' => {
                rest = comment(rest)?;
                is_glued = false;
                continue;
            }
            '"' => {
                let (meant, behind) = quoted(&rest[1..])?;
                rest = behind;
                Kind::Quoted(meant)
            }
            '<' | '>' | '@' | '.' | ',' | ':' | ';' | '[' | ']' | '\\' | ')' => {
                rest = &rest[1..];
                Kind::Special(c)
            }
            _ => {
                let end = rest.find(|c: char| " \t()\"<>@.,:;[]\\".contains(c));
                let (atom, behind) = rest.split_at(end.unwrap_or(rest.len()));
                rest = behind;
                Kind::Atom(atom)
            }
        };
        tokens.push(Token { kind, is_glued });
        is_glued = true;
    }
    Ok(tokens)
}

/// Behind a comment. One in which a careless reader may find an address is a doubt.
fn comment(text: &str) -> Result<&str, Doubt> {
    let (mut depth, mut is_escaped) = (0, false);
    for (at, c) in text.char_indices() {
        match c {
            _ if is_escaped => is_escaped = false,
            '\\' => is_escaped = true,
            '(' => depth += 1,
            ')' => depth -= 1,
            '<' | '>' => return Err("its From has angle brackets in a comment"),
            _ => {}
        }
        if depth > MOST_NESTED {
            return Err("its From has comments in comments");
        }
        if depth == 0 {
            let (comment, behind) = text.split_at(at + 1);
            return match word::has_address(comment) {
                true => Err("its From has an address in a comment"),
                false => Ok(behind),
            };
        }
    }
    Err("its From has a comment that does not end")
}

/// What a quoted string means, and what is behind it.
fn quoted(text: &str) -> Result<(String, &str), Doubt> {
    let mut meant = String::new();
    let mut chars = text.char_indices();
    while let Some((at, c)) = chars.next() {
        match c {
            '"' => return Ok((meant, &text[at + 1..])),
            '\\' => match chars.next() {
                Some((_, '@' | '<' | '>' | ',')) => {
                    return Err("its From hides a separator behind a backslash");
                }
                Some((_, c)) => meant.push(c),
                None => break,
            },
            c => meant.push(c),
        }
    }
    Err("its From has a quoted string that does not end")
}

/// `name-addr` or `addr-spec` (RFC 5322 §3.4), and nothing else.
fn mailbox(tokens: &[Token]) -> Result<(Key, String), Doubt> {
    let is = |token: &Token, c: char| token.kind == Kind::Special(c);
    if tokens.iter().any(|token| is(token, ',')) {
        return Err("its From names several mailboxes");
    }
    if tokens.iter().any(|token| is(token, ':') || is(token, ';')) {
        return Err("its From is a group or a route");
    }
    let Some(open) = tokens.iter().position(|token| is(token, '<')) else {
        return address(tokens);
    };
    let (name, rest) = (&tokens[..open], &tokens[open + 1..]);
    let close = rest.iter().position(|token| is(token, '>'));
    let close = close.ok_or("its From has brackets that do not match")?;
    if close + 1 != rest.len() {
        return Err("its From has something behind the address");
    }
    let found = address(&rest[..close])?;
    display_name(name, &found.0)?;
    Ok(found)
}

/// A display name in which no reader finds another address.
fn display_name(name: &[Token], address_key: &Key) -> Result<(), Doubt> {
    let mut decoded = String::new();
    for token in name {
        match &token.kind {
            // Dots are allowed since RFC 5322 §4.1.
            Kind::Atom(text) => decoded += &word::decoded(text)?,
            Kind::Special('.') => {}
            Kind::Quoted(text) => {
                let is_another = text.contains(['<', '>']) && text.contains('@');
                if is_another && in_brackets(text).as_ref() != Some(address_key) {
                    return Err("its From quotes an address in brackets before the address");
                }
                decoded += &word::decoded(text)?;
            }
            // Some programs write the address as the name, too, and forget the quotes.
            Kind::Special('@') => {
                return match address(name) {
                    Ok((key, _)) if key == *address_key => Ok(()),
                    _ => Err("its From has an address before the address"),
                };
            }
            Kind::Special(_) => return Err("its From has brackets that do not match"),
        }
    }
    match decoded.contains(['<', '>']) || word::has_address(&decoded) {
        true => Err("its From hides an address in an encoded word"),
        false => Ok(()),
    }
}

/// The one address in a text that ends with it, in brackets.
fn in_brackets(text: &str) -> Option<Key> {
    let (before, address) = text.trim_end().strip_suffix('>')?.split_once('<')?;
    Key::parse(address).filter(|_| !before.contains('@') && !before.contains('>'))
}

/// `addr-spec` (RFC 5322 §3.4.1): a local part that is an atom with dots or one quoted string, `@`, a
/// domain that is a name.
fn address(tokens: &[Token]) -> Result<(Key, String), Doubt> {
    let is_at = |token: &Token| token.kind == Kind::Special('@');
    let at = tokens.iter().position(is_at).ok_or("its From has no address")?;
    let (local, domain) = (&tokens[..at], &tokens[at + 1..]);
    if domain.iter().any(is_at) {
        return Err("its From has two @ in an address");
    }
    let local = match local {
        [Token { kind: Kind::Quoted(meant), .. }] if meant.contains('@') => {
            return Err("its From has an address in quotes for a local part");
        }
        [Token { kind: Kind::Quoted(meant), .. }] => meant.clone(),
        tokens => dotted(tokens)?,
    };
    let domain = dotted(domain)?;
    if local.contains("=?") || domain.contains("=?") {
        return Err("its From has an encoded word in the address");
    }
    match Key::of(&local, &domain) {
        Some(key) => Ok((key, format!("{local}@{domain}"))),
        None => Err("its From has an address that is none"),
    }
}

/// Atoms joined by dots, with nothing between them.
fn dotted(tokens: &[Token]) -> Result<String, Doubt> {
    let mut out = String::new();
    for (place, token) in tokens.iter().enumerate() {
        if place > 0 && !token.is_glued {
            return Err("its From has a gap in the address");
        }
        match (&token.kind, place % 2) {
            (Kind::Atom(text), 0) => out += text,
            (Kind::Special('.'), 1) => out.push('.'),
            _ => return Err("its From has an address that is none"),
        }
    }
    match tokens.len() % 2 {
        1 => Ok(out),
        _ => Err("its From has an address that is none"),
    }
}
