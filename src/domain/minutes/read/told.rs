//! What one line of a log tells, before it is known who is who and which day it was.

use crate::domain::meeting::{Leaving, Manner};
use crate::domain::minutes::read::stamp::Stamp;
use chrono::NaiveDate;

/// One line, read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Line<'a> {
    /// Something happened at a time.
    At(Stamp, Told<'a>),
    /// A day begins: the program says its date, at midnight or when it opens the log.
    Day {
        date: NaiveDate,
        /// Whether it is midnight: then what stands before is of the day before.
        midnight: bool,
    },
    /// The log is this channel's.
    Channel(&'a str),
    /// A line of the format that tells nothing.
    Nothing,
}

/// What happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Told<'a> {
    /// Somebody said something.
    Said(Manner, &'a str, &'a str),
    /// Somebody came, perhaps into a channel that is named.
    Joined(&'a str, Option<&'a str>),
    /// Somebody left, with a reason.
    Left(&'a str, Leaving, &'a str),
    /// Somebody changed nick. In HexChat's and mIRC's logs `/me` may look the same.
    Renamed { old: &'a str, new: &'a str, sure: bool },
    /// The channel's topic was changed.
    Topic(&'a str, &'a str),
    /// The network split: `anna, bob`.
    Split(&'a str),
    /// It joined again: `anna, bob`.
    Merged(&'a str),
    /// One of our own marks.
    Mark(&'a str),
    /// Something that means nothing to a meeting.
    Nothing,
}

/// `<nick> words`, where the nick may have its status before it: `<@nick>`, `< nick>`.
pub(super) fn said(rest: &str) -> Option<Told<'_>> {
    let (nick, words) = rest.strip_prefix('<')?.split_once('>')?;
    let nick = nick_of(nick)?;
    (words.is_empty() || words.starts_with([' ', '\t'])).then(|| spoken(Manner::Say, nick, words))
}

/// `-nick- words` and irssi's `-nick:#channel- words`: a NOTICE.
pub(super) fn noticed(rest: &str) -> Option<Told<'_>> {
    let rest = rest.strip_prefix('-')?;
    let (nick, words) = rest.split_once("- ").or_else(|| Some((rest.strip_suffix('-')?, "")))?;
    let nick = nick.split_once(':').map_or(nick, |(nick, _)| nick);
    Some(Told::Said(Manner::Notice, nick_of(nick)?, words))
}

/// `nick words`: what stands after the mark of a `/me`.
pub(super) fn acted(rest: &str) -> Option<Told<'_>> {
    let rest = rest.trim_start_matches(' ');
    let (nick, words) = rest.split_once(' ').unwrap_or((rest, ""));
    Some(Told::Said(Manner::Act, nick_of(nick)?, words))
}

/// Words that somebody said, without the one space or tab before them.
pub(super) fn spoken<'a>(manner: Manner, nick: &'a str, words: &'a str) -> Told<'a> {
    Told::Said(manner, nick, words.strip_prefix([' ', '\t']).unwrap_or(words))
}

/// A nick without the status before it (`@`, `+` and so on, none of which a nick may start with).
/// Nothing if it can be no nick.
pub(super) fn nick_of(shown: &str) -> Option<&str> {
    let nick = shown.trim_matches(' ').trim_start_matches(['@', '+', '%', '&', '~', '!']);
    (!nick.is_empty() && !nick.contains(char::is_whitespace)).then_some(nick)
}

/// Whether a reason is a netsplit's: the names of two servers, or what networks say instead of them.
pub(super) fn quit(reason: &str) -> Leaving {
    let is_server = |name: &str| {
        let of_name = |c: char| c.is_ascii_alphanumeric() || "-.*".contains(c);
        name.contains('.') && !name.ends_with('.') && name.chars().all(of_name)
    };
    let is_split =
        reason.split_once(' ').is_some_and(|(one, other)| is_server(one) && is_server(other));
    if is_split { Leaving::Split } else { Leaving::Quit }
}
