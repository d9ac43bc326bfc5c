//! What each program's log lines look like. Each reader gets one line and tells what it is; nothing
//! if it is no line of that program.

use crate::domain::meeting::{Manner, Mark};
use crate::domain::minutes::read::news;
use crate::domain::minutes::read::stamp::{self, Day, Stamp};
use crate::domain::minutes::read::told::{Line, Told, acted, nick_of, noticed, said, spoken};

/// MeetBot, and our own log:
///
/// ```text
/// 15:00:12 <anna> words      15:00:12 * anna waves
/// 15:00:12 -anna- words      15:00:12 -!- anna is now known as bob
/// ```
pub(super) fn meetbot(line: &str) -> Option<Line<'_>> {
    let (stamp, rest) = stamp::split(line)?;
    if stamp.day != Day::Untold || line.len() - rest.len() != "15:00:12".len() {
        return None;
    }
    let rest = rest.strip_prefix(' ')?;
    let told = match rest.strip_prefix("-!- ") {
        Some(sentence) => Told::Mark(sentence),
        None => match rest.strip_prefix("* ") {
            Some(act) => acted(act)?,
            None => said(rest).or_else(|| noticed(rest))?,
        },
    };
    Some(Line::At(stamp, told))
}

/// Whether only MeetBot, or rather we, write such a line: one of our marks that irssi has not.
pub(super) fn tells_meetbot(line: &str) -> bool {
    let mark = line.get(9..).and_then(|rest| rest.strip_prefix("-!- "));
    let mark = mark.map(Mark::parse);
    mark.is_some_and(|mark| !matches!(mark, Mark::Other(_) | Mark::Renamed(..)))
}

/// irssi:
///
/// ```text
/// --- Log opened Tue Nov 13 14:50:00 2018    --- Day changed Wed Nov 14 2018
/// 15:00 <@anna> words                        15:00 < bob> words
/// 15:00  * anna waves                        15:00 -anna:#channel- words
/// 15:00 -!- anna [a@host] has joined #channel  15:00 [@anna] [ bob]
/// ```
pub(super) fn irssi(line: &str) -> Option<Line<'_>> {
    if let Some(note) = line.strip_prefix("--- ") {
        let (what, date) = note.split_at_checked("Day changed".len())?;
        let day = |midnight| {
            let date = stamp::date_in_words(date);
            date.map_or(Line::Nothing, |date| Line::Day { date, midnight })
        };
        return match what {
            "Day changed" => Some(day(true)),
            "Log opened " => Some(day(false)),
            "Log closed " => Some(Line::Nothing),
            _ => None,
        };
    }
    let (stamp, rest) = stamp::split(line)?;
    let rest = rest.strip_prefix(' ')?.trim_start_matches(' ');
    let told = match rest.strip_prefix("-!- ") {
        Some(sentence) => news::read(sentence).unwrap_or(Told::Nothing),
        None => match rest.strip_prefix("* ") {
            Some(act) => acted(act)?,
            None if rest.starts_with('[') => Told::Nothing,
            None => said(rest).or_else(|| noticed(rest))?,
        },
    };
    Some(Line::At(stamp, told))
}

/// Whether only irssi writes such a line. Changes of nick read the same in our log.
pub(super) fn tells_irssi(line: &str) -> bool {
    let rest = stamp::split(line).map_or("", |(_, rest)| rest);
    let is_notice = || rest.split("- ").next().is_some_and(|who| who.contains(":#"));
    line.starts_with("--- Log opened ")
        || line.starts_with("--- Day changed ")
        || [" < ", " <@", " <+", "  * "].iter().any(|start| rest.starts_with(start))
        || (rest.starts_with(" -") && is_notice())
        || rest.strip_prefix(" -!- ").is_some_and(is_irssi)
}

fn is_irssi(sentence: &str) -> bool {
    let words = ["mode/", "ServerMode/", "Irssi: ", "Topic for ", "Topic set by "];
    let is_irssi =
        || news::read(sentence).is_some() || words.iter().any(|word| sentence.starts_with(word));
    matches!(Mark::parse(sentence), Mark::Other(_)) && is_irssi()
}

/// WeeChat: `2018-11-13 15:00:12`, a tab, who or a sign, a tab, words. The signs are ` *` (`/me`),
/// `-->`, `<--` and `--`.
pub(super) fn weechat(line: &str) -> Option<Line<'_>> {
    let (stamp, rest) = stamp::split(line)?;
    if !matches!(stamp.day, Day::Date(_)) {
        return None;
    }
    let (who, words) = rest.strip_prefix('\t')?.split_once('\t')?;
    let told = match who.trim_matches(' ') {
        "*" => acted(words)?,
        "--" => weechat_notice(words).or_else(|| news::read(words)).unwrap_or(Told::Nothing),
        "-->" | "<--" => news::read(words).unwrap_or(Told::Nothing),
        "" | "=!=" => Told::Nothing,
        who => Told::Said(Manner::Say, nick_of(who)?, words),
    };
    Some(Line::At(stamp, told))
}

/// `Notice(anna) -> #channel: words` and `Notice(anna): words`.
fn weechat_notice(words: &str) -> Option<Told<'_>> {
    let (nick, rest) = words.strip_prefix("Notice(")?.split_once(')')?;
    let (_, words) = rest.split_once(": ")?;
    Some(Told::Said(Manner::Notice, nick_of(nick)?, words))
}

/// ZNC's log module:
///
/// ```text
/// [15:00:12] <anna> words        [15:00:12] * anna waves        [15:00:12] -anna- words
/// [15:00:12] *** Joins: anna (~a@host)
/// ```
pub(super) fn znc(line: &str) -> Option<Line<'_>> {
    let (stamp, rest) = in_brackets(line)?;
    if stamp.day != Day::Untold || line.len() - rest.len() != "[15:00:12] ".len() {
        return None;
    }
    let told = match rest.strip_prefix("*** ") {
        Some(sentence) => news::read(sentence).unwrap_or(Told::Nothing),
        None => match rest.strip_prefix("* ") {
            Some(act) => acted(act)?,
            None => said(rest).or_else(|| noticed(rest))?,
        },
    };
    Some(Line::At(stamp, told))
}

/// Whether only ZNC writes such a line.
pub(super) fn tells_znc(line: &str) -> bool {
    in_brackets(line).is_some_and(|(_, rest)| rest.starts_with("*** "))
}

/// mIRC, and others that write brackets:
///
/// ```text
/// Session Start: Tue Nov 13 15:00:00 2018        Session Ident: #channel
/// [15:00] <@anna> words                          [15:00] * anna waves
/// [15:00] * bob (~b@host) has joined #channel    [2018-11-13 15:00:12] <anna> words
/// ```
pub(super) fn mirc(line: &str) -> Option<Line<'_>> {
    if let Some(session) = line.strip_prefix("Session ") {
        let (what, words) = session.split_once(": ")?;
        let day = |midnight| {
            stamp::date_in_words(words).map_or(Line::Nothing, |date| Line::Day { date, midnight })
        };
        return match what {
            "Start" => Some(day(false)),
            "Time" => Some(day(true)),
            "Ident" => Some(Line::Channel(words.trim())),
            "Close" => Some(Line::Nothing),
            _ => None,
        };
    }
    let (stamp, rest) = in_brackets(line)?;
    let told = match rest.strip_prefix("* ") {
        Some(sentence) => starred(sentence)?,
        None => said(rest).or_else(|| noticed(rest))?,
    };
    Some(Line::At(stamp, told))
}

/// Whether only mIRC writes such a line.
pub(super) fn tells_mirc(line: &str) -> bool {
    line.starts_with("Session ")
        || in_brackets(line).is_some_and(|(_, rest)| {
            rest.starts_with("<@")
                || rest.strip_prefix("* ").and_then(news::read).is_some_and(|told| {
                    !matches!(told, Told::Renamed { .. }) // `/me` says what it likes, but not much
                })
        })
}

/// HexChat and XChat:
///
/// ```text
/// **** BEGIN LOGGING AT Tue Nov 13 14:50:00 2018
/// Nov 13 15:00:12 <anna>⇥words        Nov 13 15:00:12 *⇥anna waves
/// Nov 13 15:00:12 *⇥bob (~b@host) has joined
/// ```
pub(super) fn hexchat(line: &str) -> Option<Line<'_>> {
    if let Some(note) = line.strip_prefix("**** ") {
        let date = note.strip_prefix("BEGIN LOGGING AT ").and_then(stamp::date_in_words);
        let is_end =
            note.starts_with("BEGIN LOGGING AT ") || note.starts_with("ENDING LOGGING AT ");
        let nothing = is_end.then_some(Line::Nothing);
        return date.map(|date| Line::Day { date, midnight: false }).or(nothing);
    }
    let (stamp, rest) = stamp::split_month_day(line)?;
    let rest = rest.strip_prefix(' ')?;
    let told = match rest.strip_prefix("*\t").or_else(|| rest.strip_prefix("* ")) {
        Some(sentence) => match sentence.trim_start().strip_prefix("Now talking on ") {
            Some(channel) => return Some(Line::Channel(channel.trim())),
            None => starred(sentence.trim_start())?,
        },
        None => match rest.strip_prefix('-').and_then(|rest| rest.split_once("-\t")) {
            Some((nick, words)) => spoken(Manner::Notice, nick_of(nick)?, words),
            None => said(rest)?,
        },
    };
    Some(Line::At(stamp, told))
}

/// Whether only HexChat writes such a line.
pub(super) fn tells_hexchat(line: &str) -> bool {
    line.starts_with("**** BEGIN LOGGING AT ")
}

/// The W3C's RRSAgent, and bots like Limnoria that write a `*** ` before what is no talk:
///
/// ```text
/// 14:50:46 <RRSAgent> RRSAgent has joined #channel     15:00:12 <anna> words
/// 2018-11-13T15:00:12Z <anna> words                    2018-11-13T15:00:12  * anna waves
/// 2018-11-13T15:00:12  *** anna <anna!a@host> has joined #channel
/// 15:00:12 anna has joined #channel                    15:00:12 [anna] words
/// ```
pub(super) fn rrsagent(line: &str) -> Option<Line<'_>> {
    let (stamp, rest) = stamp::split(line)?;
    let rest = rest.strip_prefix(' ')?.trim_start_matches(' ');
    if let Some(sentence) = rest.strip_prefix("*** ") {
        return Some(Line::At(stamp, news::read(sentence).unwrap_or(Told::Nothing)));
    }
    let told = match rest.strip_prefix("* ") {
        Some(act) => acted(act)?,
        None => said(rest)
            .or_else(|| in_square_brackets(rest))
            .or_else(|| noticed(rest))
            .or_else(|| news::read(rest))?,
    };
    Some(Line::At(stamp, of_itself(told).unwrap_or(told)))
}

fn in_square_brackets(rest: &str) -> Option<Told<'_>> {
    let (nick, words) = rest.strip_prefix('[')?.split_once("] ")?;
    (!nick.contains(' ')).then_some(Told::Said(Manner::Say, nick_of(nick)?, words))
}

/// `<anna> anna has joined #channel`: RRSAgent writes the news as if people said them.
fn of_itself(told: Told<'_>) -> Option<Told<'_>> {
    let Told::Said(Manner::Say, nick, words) = told else { return None };
    let rest = words.strip_prefix(nick)?.strip_prefix(" has ")?;
    let forms = ["joined #", "left #", "changed the topic to: "];
    forms.iter().any(|form| rest.starts_with(form)).then(|| news::read(words))?
}

/// Whether only RRSAgent writes such a line.
pub(super) fn tells_rrsagent(line: &str) -> bool {
    let Some((_, rest)) = stamp::split(line) else { return false };
    let is_utc = line[..line.len() - rest.len()].ends_with('Z');
    let rest = rest.trim_start();
    is_utc
        || rest.starts_with("*** ")
        || ["<RRSAgent> RRSAgent has joined #", "<RRSAgent> logging to http"]
            .iter()
            .any(|start| rest.starts_with(start))
}

/// What stands behind a single star in HexChat's and mIRC's logs: news or `/me`, which look alike.
/// Nobody can write news of somebody else that way, and [`Told::Renamed`] is looked at twice.
fn starred(sentence: &str) -> Option<Told<'_>> {
    let own_words = ["Now talking ", "Topic is ", "Topic for ", "Set by ", "You ", "Disconnected"];
    if own_words.iter().any(|words| sentence.starts_with(words)) {
        return Some(Told::Nothing);
    }
    match news::read(sentence) {
        Some(Told::Renamed { old, new, .. }) => Some(Told::Renamed { old, new, sure: false }),
        Some(Told::Split(_) | Told::Merged(_)) | None => acted(sentence),
        told => told,
    }
}

fn in_brackets(line: &str) -> Option<(Stamp, &str)> {
    let (stamp, rest) = stamp::split(line.strip_prefix('[')?)?;
    Some((stamp, rest.strip_prefix("] ")?))
}
