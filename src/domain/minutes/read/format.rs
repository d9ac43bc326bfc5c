//! The forms of lines, program by program.

use chrono::{Datelike, NaiveDate, NaiveDateTime};
use regex::Regex;
use std::sync::LazyLock;

/// A program that writes logs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogFormat {
    /// MeetBot's `.log.txt`, and ours.
    Meetbot,
    /// irssi.
    Irssi,
    /// weechat.
    Weechat,
    /// ZNC's log module.
    Znc,
    /// HexChat, XChat.
    Hexchat,
    /// mIRC.
    Mirc,
    /// W3C's RRSAgent.
    Rrsagent,
}

/// One line, read.
pub(super) struct Line<'a> {
    pub(super) date: DateSeen,
    pub(super) has_time: bool,
    /// Seconds since midnight.
    pub(super) second_of_day: u32,
    pub(super) seen: Seen<'a>,
}

/// What a line says of the date.
#[derive(Clone, Copy)]
pub(super) enum DateSeen {
    No,
    Whole(NaiveDate),
    /// A month and a day; the year is that of the lines before.
    DayOfYear(u32, u32),
}

impl DateSeen {
    /// The date, if it is another one than that of the lines before.
    pub(super) fn of(self, before: Option<NaiveDate>) -> Option<NaiveDate> {
        let date = match self {
            DateSeen::No => None,
            DateSeen::Whole(date) => Some(date),
            DateSeen::DayOfYear(month, day) => {
                let before = before?;
                let date = NaiveDate::from_ymd_opt(before.year(), month, day)?;
                // From December to January the year goes on.
                if date < before { date.with_year(before.year() + 1) } else { Some(date) }
            }
        };
        date.filter(|date| Some(*date) != before)
    }
}

/// What a line tells.
pub(super) enum Seen<'a> {
    Said(&'a str, &'a str),
    Acted(&'a str, &'a str),
    Noticed(&'a str, &'a str),
    Renamed(&'a str, &'a str),
    /// Who, and the channel where the line names it.
    Joined(&'a str, Option<&'a str>),
    Left(&'a str),
    /// One of our own marks.
    Marked(&'a str),
    /// A line of the form, with nothing that matters here.
    Nothing,
}

impl LogFormat {
    /// All of them; where two fit a log equally well, the first is taken.
    pub const ALL: [LogFormat; 7] = [
        LogFormat::Meetbot,
        LogFormat::Irssi,
        LogFormat::Weechat,
        LogFormat::Znc,
        LogFormat::Hexchat,
        LogFormat::Mirc,
        LogFormat::Rrsagent,
    ];

    /// The name on the command line.
    pub fn name(self) -> &'static str {
        match self {
            LogFormat::Meetbot => "meetbot",
            LogFormat::Irssi => "irssi",
            LogFormat::Weechat => "weechat",
            LogFormat::Znc => "znc",
            LogFormat::Hexchat => "hexchat",
            LogFormat::Mirc => "mirc",
            LogFormat::Rrsagent => "rrsagent",
        }
    }

    /// The format of that name; nothing for `auto`.
    pub fn parse(name: &str) -> Option<LogFormat> {
        LogFormat::ALL.into_iter().find(|format| format.name() == name)
    }

    /// Reads a line, if it has this form.
    pub(super) fn read(self, line: &str) -> Option<Line<'_>> {
        match self {
            LogFormat::Meetbot => meetbot(line),
            LogFormat::Irssi => irssi(line),
            LogFormat::Weechat => weechat(line),
            LogFormat::Znc => bracketed(line, true),
            LogFormat::Mirc => mirc(line),
            LogFormat::Hexchat => hexchat(line),
            LogFormat::Rrsagent => rrsagent(line),
        }
    }
}

macro_rules! pattern {
    ($text:literal) => {{
        static PATTERN: LazyLock<Regex> =
            LazyLock::new(|| Regex::new($text).expect("a test compiles every pattern"));
        &*PATTERN
    }};
}

fn at(second_of_day: u32, seen: Seen<'_>) -> Option<Line<'_>> {
    Some(Line { date: DateSeen::No, has_time: true, second_of_day, seen })
}

fn on(date: NaiveDate) -> Option<Line<'static>> {
    let date = DateSeen::Whole(date);
    Some(Line { date, has_time: false, second_of_day: 0, seen: Seen::Nothing })
}

/// `15:00:12` or `15:00`, and what follows it.
fn time(text: &str) -> Option<(u32, &str)> {
    let number = |from: usize| -> Option<u32> {
        text.get(from..from + 2).filter(|s| s.bytes().all(|b| b.is_ascii_digit()))?.parse().ok()
    };
    let (hour, minute) = (number(0)?, number(3)?);
    let has_seconds = text.get(5..6) == Some(":");
    let second = if has_seconds { number(6)? } else { 0 };
    let is_time = text.get(2..3) == Some(":") && hour < 24 && minute < 60 && second <= 60;
    let rest = text.get(if has_seconds { 8 } else { 5 }..)?;
    is_time.then(|| (hour * 3600 + minute * 60 + second.min(59), rest))
}

/// A nick without the signs of its status in the channel.
fn nick(shown: &str) -> &str {
    shown.trim().trim_start_matches(['@', '+', '%', '&', '~', '!'])
}

/// `<nick> text` after the time; irssi and others put a status before the nick.
fn said(rest: &str) -> Option<(&str, &str)> {
    let (who, text) = rest.strip_prefix('<')?.split_once('>')?;
    (!who.is_empty()).then(|| (who, text.strip_prefix(['\t', ' ']).unwrap_or(text)))
}

fn acted(rest: &str) -> Option<Seen<'_>> {
    let (who, text) = rest.strip_prefix("* ")?.split_once(' ')?;
    Some(Seen::Acted(nick(who), text))
}

/// `HH:MM:SS <nick> text`, `* nick text`, `-nick- text`, `-!- mark`. Nicks stand as they are.
fn meetbot(line: &str) -> Option<Line<'_>> {
    let (second, rest) = time(line)?;
    let rest = rest.strip_prefix(' ')?;
    if line.get(5..6) != Some(":") {
        return None; // irssi's minutes
    }
    if let Some((who, text)) = said(rest) {
        return at(second, Seen::Said(who, text));
    }
    if let Some(mark) = rest.strip_prefix("-!- ") {
        return at(second, Seen::Marked(mark));
    }
    if let Some((who, text)) = rest.strip_prefix("* ").and_then(|rest| rest.split_once(' ')) {
        return at(second, Seen::Acted(who, text));
    }
    let (who, text) = rest.strip_prefix('-')?.split_once("- ")?;
    at(second, Seen::Noticed(who, text))
}

/// `15:00 <@nick> text`, `15:00  * nick text`, `15:00 -!- …`, `--- Log opened Tue Nov 13 14:50:00 2018`.
fn irssi(line: &str) -> Option<Line<'_>> {
    if let Some(opened) = line.strip_prefix("--- Log opened ") {
        return on(NaiveDateTime::parse_from_str(opened.trim(), "%a %b %d %H:%M:%S %Y")
            .ok()?
            .date());
    }
    if let Some(changed) = line.strip_prefix("--- Day changed ") {
        return on(NaiveDate::parse_from_str(changed.trim(), "%a %b %d %Y").ok()?);
    }
    if line.starts_with("--- Log closed") {
        return at(0, Seen::Nothing).map(|line| Line { has_time: false, ..line });
    }
    let (second, rest) = time(line)?;
    let rest = rest.strip_prefix(' ')?;
    if let Some((who, text)) = said(rest) {
        return at(second, Seen::Said(nick(who), text));
    }
    if let Some(seen) = rest.strip_prefix(' ').and_then(acted) {
        return at(second, seen);
    }
    let event = rest.strip_prefix("-!- ")?;
    at(second, happened(event))
}

/// What irssi and others say of comings and goings.
fn happened(event: &str) -> Seen<'_> {
    if let Some((old, new)) = event.split_once(" is now known as ") {
        return Seen::Renamed(nick(old), nick(new));
    }
    let who = event.split([' ', '[', '(']).next().unwrap_or("");
    if event.contains(" has joined ") {
        let channel = event.split_whitespace().find(|word| word.starts_with('#'));
        return Seen::Joined(nick(who), channel.map(|word| word.trim_end_matches('.')));
    }
    if event.contains(" has left ")
        || event.contains(" has quit ")
        || event.contains(" was kicked ")
    {
        return Seen::Left(nick(who));
    }
    Seen::Nothing
}

/// `2018-11-13 15:00:12`, a tab, the nick or a sign, a tab, the text.
fn weechat(line: &str) -> Option<Line<'_>> {
    let mut parts = line.splitn(3, '\t');
    let (stamp, who, text) = (parts.next()?, parts.next()?, parts.next().unwrap_or(""));
    let date = NaiveDate::parse_from_str(stamp.get(..10)?, "%Y-%m-%d").ok()?;
    let (second, _) = time(stamp.get(11..)?)?;
    let seen = match who.trim() {
        "-->" | "<--" => happened(text),
        "--" => match text.split_once(" is now known as ") {
            Some((old, new)) => Seen::Renamed(nick(old), nick(new)),
            None => match text.strip_prefix("Notice(").and_then(|rest| rest.split_once("): ")) {
                Some((who, text)) => Seen::Noticed(nick(who), text),
                None => Seen::Nothing,
            },
        },
        "*" => {
            let (who, text) = text.split_once(' ').unwrap_or((text, ""));
            Seen::Acted(nick(who), text)
        }
        "" | "=!=" => Seen::Nothing,
        who => Seen::Said(nick(who), text),
    };
    Some(Line { date: DateSeen::Whole(date), has_time: true, second_of_day: second, seen })
}

/// `[15:00:12] <nick> text`, `[15:00:12] * nick text`, `[15:00:12] *** Joins: nick (user@host)`.
fn bracketed(line: &str, with_seconds: bool) -> Option<Line<'_>> {
    let (second, rest) = time(line.strip_prefix('[')?)?;
    let rest = rest.strip_prefix("] ")?;
    if with_seconds && line.get(6..7) != Some(":") {
        return None;
    }
    if let Some((who, text)) = said(rest) {
        return at(second, Seen::Said(nick(who), text));
    }
    if let Some(event) = rest.strip_prefix("*** ") {
        let seen = match event.split_once(": ") {
            Some(("Joins", who)) => Seen::Joined(nick(who.split(' ').next().unwrap_or("")), None),
            Some(("Parts" | "Quits", who)) => Seen::Left(nick(who.split(' ').next().unwrap_or(""))),
            _ => happened(event),
        };
        return at(second, seen);
    }
    if let Some((who, text)) = rest.strip_prefix('-').and_then(|rest| rest.split_once("- ")) {
        return at(second, Seen::Noticed(nick(who), text));
    }
    at(second, acted(rest)?)
}

/// Like ZNC's, often without seconds; `* a is now known as b`, `Session Start: Tue Nov 13 14:50:00 2018`.
fn mirc(line: &str) -> Option<Line<'_>> {
    if let Some(start) = line.strip_prefix("Session Start: ") {
        return on(NaiveDateTime::parse_from_str(start.trim(), "%a %b %d %H:%M:%S %Y")
            .ok()?
            .date());
    }
    if line.starts_with("Session ") {
        return at(0, Seen::Nothing).map(|line| Line { has_time: false, ..line });
    }
    let line = bracketed(line, false)?;
    match line.seen {
        Seen::Acted(who, "is now known as") => Some(Line { seen: Seen::Left(who), ..line }),
        Seen::Acted(who, text) if text.starts_with("is now known as ") => {
            let new = nick(&text["is now known as ".len()..]);
            Some(Line { seen: Seen::Renamed(who, new), ..line })
        }
        Seen::Acted(_, text) if pattern!(r"^\([^ ]*@[^ ]*\) has (joined|left) ").is_match(text) => {
            Some(Line { seen: Seen::Nothing, ..line })
        }
        _ => Some(line),
    }
}

/// `Nov 13 15:00:12 <nick>`, a tab, the text; `**** BEGIN LOGGING AT Tue Nov 13 14:50:00 2018` has the year.
fn hexchat(line: &str) -> Option<Line<'_>> {
    if let Some(begin) = line.strip_prefix("**** BEGIN LOGGING AT ") {
        return on(NaiveDateTime::parse_from_str(begin.trim(), "%a %b %d %H:%M:%S %Y")
            .ok()?
            .date());
    }
    if line.starts_with("**** ENDING LOGGING AT ") {
        return at(0, Seen::Nothing).map(|line| Line { has_time: false, ..line });
    }
    let stamp = pattern!(r"^([A-Z][a-z]{2}) ([ 0-3]?[0-9]) ").captures(line)?;
    let month =
        ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
            .iter()
            .position(|name| *name == &stamp[1])?;
    let day = stamp[2].trim().parse().ok()?;
    let (second, rest) = time(&line[stamp[0].len()..])?;
    let rest = rest.strip_prefix(' ')?;
    let seen = match said(rest) {
        Some((who, text)) => Seen::Said(nick(who), text),
        None => {
            let (sign, text) = rest.split_once('\t')?;
            match (sign, text.split_once(" is now known as ")) {
                ("*", Some((old, new))) if !old.contains(' ') => {
                    Seen::Renamed(nick(old), nick(new))
                }
                ("*", None) if happened_in_hexchat(text) => happened(text),
                ("*", _) => {
                    let (who, text) = text.split_once(' ')?;
                    Seen::Acted(nick(who), text)
                }
                _ => Seen::Nothing,
            }
        }
    };
    let date = DateSeen::DayOfYear(u32::try_from(month).ok()? + 1, day);
    Some(Line { date, has_time: true, second_of_day: second, seen })
}

fn happened_in_hexchat(text: &str) -> bool {
    pattern!(r"^[^ ]+ (\([^ ]*\) )?has (joined|left|quit)\b").is_match(text)
}

/// `15:00:12 <nick> text`, `15:00:12 [nick] text` and `15:00:12 nick has joined #channel`; also with
/// a date before it, `2018-11-13T15:00:12.345Z <nick> text`.
fn rrsagent(line: &str) -> Option<Line<'_>> {
    let dated = line.get(..11).filter(|start| start.ends_with('T'));
    let date = dated.and_then(|start| NaiveDate::parse_from_str(&start[..10], "%Y-%m-%d").ok());
    let (second, rest) = time(if date.is_some() { &line[11..] } else { line })?;
    let rest = match date {
        Some(_) => rest.split_once(' ')?.1,
        None => rest.strip_prefix(' ')?,
    };
    let seen = match said(rest) {
        Some((who, text)) => Seen::Said(nick(who), text),
        None => match rest.strip_prefix('[').and_then(|rest| rest.split_once("] ")) {
            Some((who, text)) if !who.contains(' ') => Seen::Said(nick(who), text),
            _ => match acted(rest) {
                Some(seen) => seen,
                None => match happened(rest) {
                    Seen::Nothing => return None,
                    seen => seen,
                },
            },
        },
    };
    let date = date.map_or(DateSeen::No, DateSeen::Whole);
    Some(Line { date, has_time: true, second_of_day: second, seen })
}
