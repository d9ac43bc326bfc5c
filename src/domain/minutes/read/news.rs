//! Sentences in which clients tell of comings and goings. Most clients' differ in brackets only.
//!
//! ```text
//! anna (~a@host) has joined #channel      anna [a@host] has joined #channel
//! anna (~a@host) has left #channel (why)  anna has quit (why)
//! anna was kicked by bob (why)            bob has kicked anna (why)
//! anna is now known as bob                anna changed the topic of #channel to: words
//! Netsplit a.example <-> b.example quits: anna, bob
//! Joins: anna (~a@host)                   Quits: anna (~a@host) (why)
//! ```

use crate::domain::meeting::Leaving;
use crate::domain::minutes::read::told::{Told, nick_of, quit};

/// Reads one sentence; nothing if it is of none of these forms.
pub(super) fn read(sentence: &str) -> Option<Told<'_>> {
    if let Some(split) = sentence.strip_prefix("Netsplit ") {
        return netsplit(split);
    }
    let (nick, rest) = sentence.split_once(' ')?;
    let rest = after_address(rest);
    match nick {
        "Joins:" => return Some(Told::Joined(nick_of(first_word(rest))?, None)),
        "Parts:" => return left(first_word(rest), Leaving::Part, after_nick(rest)),
        "Quits:" => return left(first_word(rest), Leaving::Quit, after_nick(rest)),
        _ => {}
    }
    let nick = nick_of(nick)?;
    if let Some(new) = rest.strip_prefix("is now known as ") {
        return Some(Told::Renamed { old: nick, new: nick_of(new)?, sure: true });
    }
    if let Some(channel) = ended(rest, "has joined", &["#", "&"]) {
        return Some(Told::Joined(nick, channel_of(channel)));
    }
    if let Some(why) = ended(rest, "has left", &["#", "&", "(", "["]) {
        return left(nick, Leaving::Part, why);
    }
    for word in ["has quit", "has quit IRC", "Quit"] {
        if let Some(why) = ended(rest, word, &["(", "["]) {
            return left(nick, Leaving::Quit, why);
        }
    }
    for word in ["was kicked by ", "was kicked from "] {
        if let Some(why) = rest.strip_prefix(word) {
            return left(nick, Leaving::Kick, why);
        }
    }
    if let Some(other) = rest.strip_prefix("has kicked ") {
        return left(first_word(other), Leaving::Kick, other);
    }
    topic(nick, rest).or_else(|| is_mode(rest).then_some(Told::Nothing))
}

fn netsplit(rest: &str) -> Option<Told<'_>> {
    match rest.split_once(" quits: ") {
        Some((_, nicks)) => Some(Told::Split(nicks)),
        None => rest.strip_prefix("over, joins: ").map(Told::Merged),
    }
}

fn left<'a>(nick: &'a str, how: Leaving, rest: &'a str) -> Option<Told<'a>> {
    let reason = last_bracket(rest);
    let how = if how == Leaving::Quit { quit(reason) } else { how };
    Some(Told::Left(nick_of(nick)?, how, reason))
}

fn topic<'a>(nick: &'a str, rest: &'a str) -> Option<Told<'a>> {
    let forms = [
        "changed the topic of ",
        "has changed topic for ",
        "has changed the topic",
        "changes topic",
    ];
    forms.iter().find(|form| rest.starts_with(**form))?;
    let words = ["\" to \"", " to: ", " to \"", " to '"].iter().find_map(|to| rest.split_once(to));
    Some(Told::Topic(nick, words.map_or("", |(_, words)| words.trim_end_matches(['"', '\'']))))
}

fn is_mode(rest: &str) -> bool {
    let modes = [
        "sets mode",
        "sets ban",
        "removes ban",
        "gives channel operator",
        "removes channel operator",
        "gives voice",
        "removes voice",
        "gives channel half",
        "removes channel half",
    ];
    modes.iter().any(|mode| rest.starts_with(mode))
}

/// What follows the words, if they are all or one of these stands next.
fn ended<'a>(rest: &'a str, words: &str, next: &[&str]) -> Option<&'a str> {
    let after = rest.strip_prefix(words)?;
    let follows = after.strip_prefix(' ').unwrap_or(after);
    (after.is_empty() || next.iter().any(|next| follows.starts_with(next))).then_some(follows)
}

/// What stands after `(~a@host) `, `[a@host] ` or `<anna!a@host> `; all of it, if no address is there.
fn after_address(rest: &str) -> &str {
    let closing = match rest.as_bytes().first() {
        Some(b'(') => ')',
        Some(b'[') => ']',
        Some(b'<') => '>',
        _ => return rest,
    };
    rest.split_once(closing).map_or(rest, |(_, after)| after.trim_start_matches(' '))
}

fn first_word(rest: &str) -> &str {
    rest.split(' ').next().unwrap_or("")
}

fn after_nick(rest: &str) -> &str {
    rest.split_once(' ').map_or("", |(_, rest)| after_address(rest))
}

fn channel_of(rest: &str) -> Option<&str> {
    Some(first_word(rest)).filter(|name| name.len() > 1)
}

/// `why` of `… (why)` and `… [why]`.
fn last_bracket(rest: &str) -> &str {
    let rest = rest.trim_end();
    let inside = |open, close| {
        let (_, inside) = rest.strip_suffix(close)?.split_once(open)?;
        Some(inside)
    };
    inside('(', ')').or_else(|| inside('[', ']')).unwrap_or("")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_every_client_s_sentences() {
        let joined = |channel| Some(Told::Joined("anna", channel));
        let left = |how, why| Some(Told::Left("anna", how, why));
        for (sentence, told) in [
            ("anna [~a@host] has joined #c", joined(Some("#c"))),
            ("anna (~a@host) has joined", joined(None)),
            ("anna <anna!a@host> has joined #c", joined(Some("#c"))),
            ("Joins: anna (~a@host)", joined(None)),
            ("anna has joined the club", None),
            ("anna (~a@host) has left #c (bye (for now))", left(Leaving::Part, "bye (for now)")),
            ("anna [a@host] has left #c [bye]", left(Leaving::Part, "bye")),
            ("Parts: anna (~a@host) (bye)", left(Leaving::Part, "bye")),
            ("anna has left us speechless", None),
            ("anna [a@host] has quit [Quit: bye]", left(Leaving::Quit, "Quit: bye")),
            (
                "anna has quit IRC (a.example b.example)",
                left(Leaving::Split, "a.example b.example"),
            ),
            ("Quits: anna (a@host) (*.net *.split)", left(Leaving::Split, "*.net *.split")),
            ("anna (a@host) Quit (Ping timeout)", left(Leaving::Quit, "Ping timeout")),
            ("anna was kicked from #c by bob [no]", left(Leaving::Kick, "no")),
            ("bob has kicked anna (no)", left(Leaving::Kick, "no")),
            (
                "anna is now known as bob",
                Some(Told::Renamed { old: "anna", new: "bob", sure: true }),
            ),
            ("anna is now known as the chair", None),
            ("bob changed the topic of #c to: Xen", Some(Told::Topic("bob", "Xen"))),
            ("bob has changed topic for #c from \"a\" to \"b\"", Some(Told::Topic("bob", "b"))),
            ("bob changes topic to 'Xen'", Some(Told::Topic("bob", "Xen"))),
            ("bob sets mode: +o anna", Some(Told::Nothing)),
            ("Netsplit a.b <-> c.d quits: anna, bob", Some(Told::Split("anna, bob"))),
            ("Netsplit over, joins: anna", Some(Told::Merged("anna"))),
            ("anna waves", None),
            ("", None),
        ] {
            assert_eq!(read(sentence), told, "{sentence}");
        }
    }
}
