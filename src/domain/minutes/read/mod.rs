//! Logs of other programs, and our own, as events that a meeting can be replayed from.
//!
//! Reading decides nothing: what is a command when somebody types it is one here, and nothing else
//! is. A line that somebody spoke is spoken, also when its words start with `*`.
//! Times without a zone count as UTC.

mod clients;
mod day;
mod format;
mod lines;
mod news;
mod own;
mod stamp;
#[cfg(test)]
mod tests;
mod told;

pub use format::LogFormat;
pub use lines::MOST_LINE_BYTES;

use crate::domain::meeting::{Event, Leaving, Login, Manner, Mark, Settings, Speaker, What};
use crate::domain::minutes::read::day::Calendar;
use crate::domain::minutes::read::stamp::Day;
use crate::domain::minutes::read::told::{Line, Told};
use crate::domain::name::{Casemapping, Channel, Nick};
use crate::domain::text::Text;
use crate::domain::time::Moment;
use chrono::NaiveDate;
use std::collections::BTreeSet;

/// What is known of a log before it is read. What the log itself says goes before `date`, and
/// `date` before the file's name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Hints {
    /// The program that wrote it; where none is given, the lines tell.
    pub format: Option<LogFormat>,
    /// The file's name, with or without its folders.
    pub file_name: Option<String>,
    /// The day of the first line.
    pub date: Option<NaiveDate>,
    /// The channel; it goes before the one that the log names.
    pub channel: Option<Channel>,
    /// The bot whose lines are not people's.
    pub bot: Option<Nick>,
}

/// A log that was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Read {
    /// What happened, in the order of the log.
    pub events: Vec<Event>,
    /// The facts found: channel, network, bot, and whether the days are known. If they are not, all
    /// moments are of 1970-01-01 and the days after it.
    pub settings: Settings,
    /// The program that wrote it.
    pub format: LogFormat,
    /// How many lines were not understood.
    pub unread: usize,
    /// The first of them, counted from 1.
    pub first_unread: Option<usize>,
}

/// A file that is no IRC log, or none of the program that was named.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{what}. Expected one of: {}; --log-format names the program", expected())]
pub struct NotALog {
    /// What was found instead.
    what: String,
}

fn expected() -> String {
    let one = |format: LogFormat| format!("{} ({})", format.name(), format.example());
    LogFormat::ALL.map(one).join(", ")
}

/// Reads a log.
///
/// # Errors
///
/// Where nobody says anything in it that could be understood: see [`NotALog`].
pub fn read(bytes: &[u8], hints: &Hints) -> Result<Read, NotALog> {
    let guess = hints.format.or_else(|| LogFormat::guess(bytes));
    let format = guess.ok_or_else(|| not_a_log(bytes, hints))?;
    let file_name = hints.file_name.as_deref().unwrap_or("");
    let day = first_day(bytes, format).or(hints.date);
    let day = day.or_else(|| day::in_file_name(file_name));
    let mut reading = Reading::new(Calendar::new(day));
    for (number, line) in lines::of(bytes) {
        match format.line(line.trim_start_matches(' ')) {
            Some(line) => reading.take(line),
            None => {
                reading.unread += 1;
                reading.first_unread.get_or_insert(number);
            }
        }
    }
    if !reading.events.iter().any(|event| matches!(event.what, What::Said { .. })) {
        return Err(not_a_log(bytes, hints));
    }
    let bot = own::find_bot(&reading.events, hints.bot.as_ref());
    if let Some(bot) = &bot {
        own::take_from_people(&mut reading.events, bot);
    }
    let (channel, network) = own::in_file_name(file_name);
    let settings = Settings {
        channel: hints.channel.clone().or(reading.channel).or(channel),
        network,
        bot,
        dated: reading.calendar.is_known(),
        ..Settings::default()
    };
    Ok(Read {
        events: reading.events,
        settings,
        format,
        unread: reading.unread,
        first_unread: reading.first_unread,
    })
}

fn not_a_log(bytes: &[u8], hints: &Hints) -> NotALog {
    let Some((number, line)) = lines::of(bytes).next() else {
        return NotALog { what: "the file is empty".into() };
    };
    let shown: String = line.chars().take(60).collect();
    let of = hints.format.map_or(String::new(), |format| format!(" of {}", format.name()));
    NotALog { what: format!("this is no IRC log{of} that can be read; line {number} is {shown:?}") }
}

/// The day of the first line, as far as the log tells it anywhere.
fn first_day(bytes: &[u8], format: LogFormat) -> Option<NaiveDate> {
    lines::of(bytes).find_map(|(_, line)| match format.line(line.trim_start_matches(' '))? {
        Line::Day { date, midnight: true } => date.pred_opt(),
        Line::Day { date, .. } => Some(date),
        Line::At(stamp, _) => match stamp.day {
            Day::Date(date) => Some(date),
            Day::InYear(..) | Day::Untold => None,
        },
        Line::Channel(_) | Line::Nothing => None,
    })
}

/// What was read so far.
struct Reading {
    events: Vec<Event>,
    calendar: Calendar,
    channel: Option<Channel>,
    /// The folded nicks that are in use.
    here: BTreeSet<String>,
    unread: usize,
    first_unread: Option<usize>,
}

impl Reading {
    fn new(calendar: Calendar) -> Reading {
        Reading {
            events: Vec::new(),
            calendar,
            channel: None,
            here: BTreeSet::new(),
            unread: 0,
            first_unread: None,
        }
    }

    fn take(&mut self, line: Line<'_>) {
        match line {
            Line::At(stamp, told) => {
                let at = self.calendar.moment(&stamp);
                self.tell(at, told);
            }
            Line::Day { date, .. } => self.calendar.turn(date),
            Line::Channel(name) => self.name_channel(name),
            Line::Nothing => {}
        }
    }

    fn tell(&mut self, at: Moment, told: Told<'_>) {
        match told {
            Told::Said(manner, nick, words) => self.said(at, manner, nick, words),
            Told::Joined(nick, channel) => {
                if let Some(channel) = channel {
                    self.name_channel(channel);
                }
                self.joined(at, nick);
            }
            Told::Left(nick, how, reason) => self.left(at, nick, how, reason),
            // Nobody can take a nick that is in use (RFC 2812 §3.1.2), so that was somebody's `/me`.
            Told::Renamed { old, new, sure: false } if self.is_taken(old, new) => {
                self.said(at, Manner::Act, old, &format!("is now known as {new}"));
            }
            Told::Renamed { old, new, .. } => {
                self.here.remove(&fold(old));
                self.here.insert(fold(new));
                self.push(at, What::Renamed { old: old.into(), new: new.into() });
            }
            Told::Topic(nick, text) => {
                self.push(at, What::TopicSet { nick: nick.into(), text: text.into() });
            }
            Told::Split(nicks) => {
                nicks_of(nicks).for_each(|nick| self.left(at, nick, Leaving::Split, ""));
            }
            Told::Merged(nicks) => nicks_of(nicks).for_each(|nick| self.joined(at, nick)),
            Told::Mark(sentence) => self.push(at, What::Noted(Mark::parse(sentence))),
            Told::Nothing => {}
        }
    }

    fn said(&mut self, at: Moment, manner: Manner, nick: &str, words: &str) {
        let key = fold(nick);
        if !self.here.contains(&key) {
            self.here.insert(key);
        }
        self.push(at, What::Said { who: speaker(nick), manner, text: Text::new(words) });
    }

    fn joined(&mut self, at: Moment, nick: &str) {
        self.here.insert(fold(nick));
        self.push(at, What::Joined(speaker(nick)));
    }

    fn left(&mut self, at: Moment, nick: &str, how: Leaving, reason: &str) {
        self.here.remove(&fold(nick));
        self.push(at, What::Left { nick: nick.into(), how, reason: reason.into() });
    }

    fn is_taken(&self, old: &str, new: &str) -> bool {
        let new = fold(new);
        new != fold(old) && self.here.contains(&new)
    }

    fn name_channel(&mut self, name: &str) {
        if self.channel.is_none() && name.starts_with(['#', '&']) {
            self.channel = Some(Channel::new(name));
        }
    }

    fn push(&mut self, at: Moment, what: What) {
        self.events.push(Event { at, heard_at: at, what });
    }
}

/// `anna, bob (+3 more, use /NETSPLIT to show all of them)`.
fn nicks_of(list: &str) -> impl Iterator<Item = &str> {
    let list = list.split_once("(+").map_or(list, |(list, _)| list);
    list.split(',').filter_map(told::nick_of)
}

fn speaker(nick: &str) -> Speaker {
    Speaker { nick: nick.into(), login: Login::Unknown }
}

/// What the network is, no log tells; most fold this way, and no network folds more.
fn fold(nick: &str) -> String {
    Casemapping::default().fold(nick)
}
