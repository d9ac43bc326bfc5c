//! Reading the logs of other programs, and our own, back into events.
//!
//! What a line means is not decided here: the meeting does that, by the rules that hold live.

mod format;
#[cfg(test)]
mod tests;

pub use format::LogFormat;

use crate::domain::meeting::{Event, Leaving, Login, Manner, Mark, Settings, Speaker, What};
use crate::domain::minutes::read::format::{Line, Seen};
use crate::domain::name::{Channel, Nick};
use crate::domain::text::Text;
use crate::domain::time::{DAY, Moment, SECOND};
use chrono::NaiveDate;

/// The longest line of a log, in bytes; what is longer is cut.
pub const MOST_LINE_BYTES: usize = 16 * 1024;
/// How many lines are looked at to find out which program wrote a log.
const LINES_TO_GUESS_BY: usize = 500;
/// How far behind a `#startmeeting` the bot's answer may be, in lines.
const LINES_TO_ANSWER: usize = 5;
/// A time of day that is so much earlier than the one before belongs to the next day.
const MIDNIGHT: i64 = DAY / 2;

/// What is known of a log besides its lines.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Hints {
    /// The program that wrote it; nothing means: find out.
    pub format: Option<LogFormat>,
    /// The name of its file, which may hold a date and a channel.
    pub file_name: Option<String>,
    /// The date of its first line.
    pub date: Option<NaiveDate>,
    /// The channel.
    pub channel: Option<Channel>,
    /// The bot's nick.
    pub bot: Option<Nick>,
}

/// A log that was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Read {
    /// What happened, in the order of the log.
    pub events: Vec<Event>,
    /// The facts found: channel, bot, whether lines have dates.
    pub settings: Settings,
    /// The program that wrote it.
    pub format: LogFormat,
}

/// A file that is no IRC log that can be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "this is no IRC log that I can read ({fitting} of the first {seen} lines look like one).  I read the logs of \
     MeetBot, irssi, weechat, ZNC, HexChat, mIRC and RRSAgent, for example the line \
     \"15:00:12 <gwd> #startmeeting Virt SIG\"; name the program with --log-format"
)]
pub struct NotALog {
    /// How many lines fit the format that fits best.
    pub fitting: usize,
    /// Of how many.
    pub seen: usize,
}

/// Reads a log.
///
/// # Errors
///
/// When fewer than half of its first lines look like the log of any known program.
pub fn read(bytes: &[u8], hints: &Hints) -> Result<Read, NotALog> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let format = recognise(bytes, hints.format)?;
    let file_name = hints.file_name.as_deref().unwrap_or("");
    let date = hints.date.or_else(|| date_in(file_name));
    let mut calendar = Calendar { day: date, last: None, dated: date.is_some() };
    let mut settings = Settings { channel: hints.channel.clone(), ..Settings::default() };
    let mut events = Vec::new();
    for line in lines(bytes) {
        let Some(line) = format.read(&line) else { continue };
        if let Seen::Joined(_, Some(channel)) = &line.seen
            && settings.channel.is_none()
        {
            settings.channel = Some(Channel::new(channel));
        }
        let at = calendar.moment(&line);
        events.extend(what(line.seen).map(|what| Event { at, heard_at: at, what }));
    }
    settings.channel = settings.channel.or_else(|| channel_in(file_name));
    settings.dated = calendar.dated;
    settings.bot = hints.bot.clone().or_else(|| bot_of(&events, &settings));
    own_lines(&mut events, &settings);
    Ok(Read { events, settings, format })
}

fn what(seen: Seen<'_>) -> Option<What> {
    let who = |nick: &str| Speaker { nick: Nick::new(nick), login: Login::Unknown };
    let said = |nick: &str, manner, text: &str| What::Said {
        who: who(nick),
        manner,
        text: Text::new(text),
    };
    Some(match seen {
        Seen::Said(nick, text) => said(nick, Manner::Say, text),
        Seen::Acted(nick, text) => said(nick, Manner::Act, text),
        Seen::Noticed(nick, text) => said(nick, Manner::Notice, text),
        Seen::Renamed(old, new) => What::Renamed { old: Nick::new(old), new: Nick::new(new) },
        Seen::Joined(nick, _) => What::Joined(who(nick)),
        Seen::Left(nick) => {
            What::Left { nick: Nick::new(nick), how: Leaving::Quit, reason: Text::default() }
        }
        Seen::Marked(sentence) => What::Noted(Mark::parse(sentence)),
        Seen::Nothing => return None,
    })
}

/// The lines, each valid UTF-8: one that is not is read as Latin-1, and one too long is cut.
fn lines(bytes: &[u8]) -> impl Iterator<Item = std::borrow::Cow<'_, str>> {
    bytes.split(|byte| *byte == b'\n').map(|line| {
        let line = &line[..line.len().min(MOST_LINE_BYTES)];
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        match std::str::from_utf8(line) {
            Ok(line) => std::borrow::Cow::Borrowed(line),
            Err(error) if error.error_len().is_none() => String::from_utf8_lossy(line), // cut inside a character
            Err(_) => line.iter().map(|byte| char::from(*byte)).collect::<String>().into(),
        }
    })
}

fn recognise(bytes: &[u8], given: Option<LogFormat>) -> Result<LogFormat, NotALog> {
    let first: Vec<_> =
        lines(bytes).filter(|line| !line.trim().is_empty()).take(LINES_TO_GUESS_BY).collect();
    let fitting =
        |format: LogFormat| first.iter().filter(|line| format.read(line).is_some()).count();
    let candidates = given.map_or(LogFormat::ALL.to_vec(), |format| vec![format]);
    // The first of those that fit best.
    let best = candidates.into_iter().rev().max_by_key(|format| fitting(*format));
    let best = best.unwrap_or(LogFormat::Meetbot);
    match fitting(best) {
        count if count > 0 && count * 2 >= first.len() => Ok(best),
        count => Err(NotALog { fitting: count, seen: first.len() }),
    }
}

/// Gives lines their day.
struct Calendar {
    day: Option<NaiveDate>,
    last: Option<i64>,
    dated: bool,
}

impl Calendar {
    fn moment(&mut self, line: &Line<'_>) -> Moment {
        if let Some(date) = line.date.of(self.day) {
            self.day = Some(date);
            self.dated = true;
            self.last = None;
        }
        let time = i64::from(line.second_of_day) * SECOND;
        if self.last.is_some_and(|last| last - time > MIDNIGHT) {
            self.day = Some(self.day.unwrap_or_default().succ_opt().unwrap_or_default());
        }
        if line.has_time {
            self.last = Some(time);
        }
        let day = self.day.unwrap_or_default();
        Moment::from_utc(day.and_time(chrono::NaiveTime::MIN).and_utc()).plus(time)
    }
}

/// The nick that answers a `#startmeeting` with `Meeting started`.
fn bot_of(events: &[Event], settings: &Settings) -> Option<Nick> {
    let starts =
        events.iter().enumerate().filter(|(_, e)| crate::domain::meeting::replay::is_start(e));
    for (index, _) in starts {
        let answers = events[index + 1..].iter().take(LINES_TO_ANSWER);
        let bot = answers.filter_map(|event| match &event.what {
            What::Said { who, text, .. } if text.as_untrusted().starts_with("Meeting started ") => {
                Some(who.nick.clone())
            }
            _ => None,
        });
        if let Some(bot) = bot.into_iter().next() {
            return Some(bot);
        }
    }
    settings.bot.clone()
}

fn own_lines(events: &mut [Event], settings: &Settings) {
    let Some(bot) = &settings.bot else { return };
    for event in events {
        if let What::Said { who, manner, text } = &event.what
            && settings.casemapping.same(who.nick.as_str(), bot.as_str())
        {
            event.what = What::Own { manner: *manner, text: text.clone() };
        }
    }
}

/// `2018-11-13` or `20181113` somewhere in a file's name.
fn date_in(name: &str) -> Option<NaiveDate> {
    let digits = |from: usize, count: usize| -> Option<u32> {
        name.get(from..from + count).filter(|s| s.bytes().all(|b| b.is_ascii_digit()))?.parse().ok()
    };
    (0..name.len()).find_map(|at| {
        let year = i32::try_from(digits(at, 4)?).ok()?;
        let dashed = name.get(at + 4..at + 5) == Some("-") && name.get(at + 7..at + 8) == Some("-");
        let (month, day) = if dashed { (at + 5, at + 8) } else { (at + 4, at + 6) };
        let is_sane = (1988..=2200).contains(&year);
        let date = NaiveDate::from_ymd_opt(year, digits(month, 2)?, digits(day, 2)?);
        date.filter(|_| is_sane && (at == 0 || !name.as_bytes()[at - 1].is_ascii_digit()))
    })
}

/// `#centos-devel` at the start of a file's name.
fn channel_in(name: &str) -> Option<Channel> {
    let channel = name.split(['.', '_', ' ']).next()?;
    (channel.starts_with('#') && channel.len() > 1).then(|| Channel::new(channel))
}
