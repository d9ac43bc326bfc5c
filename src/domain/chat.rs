//! What the bot answers outside of a meeting: to its name in a channel, in private, and to a
//! meeting's command where no meeting is on.
//!
//! It is silent unless it is addressed. Answers are short; long ones belong on a page.

use crate::domain::meeting::command::{self, Verb, Who};
use crate::domain::meeting::reply;
use crate::domain::name::{Casemapping, Channel, Nick};
use crate::domain::text;
use crate::domain::time::{Moment, SECOND};
use std::collections::BTreeMap;

/// What the bot can say of itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct About {
    /// Its nick.
    pub bot: Option<Nick>,
    /// How the network compares nicks.
    pub casemapping: Casemapping,
    /// Where the minutes are, where there are pages.
    pub pages: Option<String>,
    /// The channels in which meetings may be held.
    pub channels: Vec<Channel>,
}

/// The answer to a line in a channel, and whether it is for the channel (else for the speaker).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// For all to read.
    Channel(String),
    /// For the speaker alone.
    Private(String),
}

/// Answers a line of a channel in which no meeting is on.
pub fn in_channel(about: &About, channel: &Channel, words: &str) -> Option<Answer> {
    let words = text::clean(words);
    if let Some(asked) = addressed(about, &words) {
        return Some(Answer::Channel(answer(about, asked)));
    }
    match command::read(&words) {
        command::Form::Command(word, _) if word.verb == Verb::Commands => {
            Some(Answer::Private(reply::commands()))
        }
        command::Form::Command(word, _)
            if word.who == Who::Chair
                || word.who == Who::ChairOrLate
                || word.verb == Verb::Status =>
        {
            Some(Answer::Private(format!(
                "No meeting is on in {}.  #startmeeting NAME starts one.",
                channel.as_str()
            )))
        }
        _ => None,
    }
}

/// Answers a private line.
pub fn in_private(about: &About, words: &str) -> String {
    let words = text::clean(words);
    match command::read(&words) {
        command::Form::Command(word, _) if word.verb == Verb::Commands => reply::commands(),
        command::Form::Command(word, _) => {
            let channels: Vec<&str> = about.channels.iter().map(Channel::as_str).collect();
            format!("#{} works in a channel: {}.", word.name, channels.join(", "))
        }
        _ => answer(about, &words),
    }
}

/// What follows the bot's name at the start of a line: `beadle: help`, `beadle, help`.
pub fn addressed<'a>(about: &About, words: &'a str) -> Option<&'a str> {
    let bot = about.bot.as_ref()?.as_str();
    let name = words.get(..bot.len()).filter(|name| about.casemapping.same(name, bot))?;
    let rest = words[name.len()..].strip_prefix([':', ','])?;
    Some(rest.trim())
}

/// The answer to what somebody asked of the bot.
pub fn answer(about: &About, asked: &str) -> String {
    let word = asked.split_whitespace().next().unwrap_or("").trim_start_matches('#').to_lowercase();
    let pages = match &about.pages {
        Some(pages) => format!("  Minutes: {pages}/"),
        None => String::new(),
    };
    match word.as_str() {
        "commands" => reply::commands(),
        "minutes" => match &about.pages {
            Some(pages) => format!("Minutes of past meetings: {pages}/"),
            None => "Minutes are written, but not published on pages here.".to_string(),
        },
        _ => format!(
            "I keep the meetings here: #startmeeting NAME starts one, #commands lists what can be said.{pages}"
        ),
    }
}

/// How many private answers one person gets within [`WITHIN`].
const MOST_ANSWERS: u32 = 4;
/// The time over which they are counted: 20 seconds.
const WITHIN: i64 = 20 * SECOND;
/// How many people are counted at once; when there are more, all are forgotten.
const MOST_COUNTED: usize = 1_000;

/// Keeps answers to a flood of questions few.
#[derive(Clone, Debug, Default)]
pub struct Sparing(BTreeMap<String, (Moment, u32)>);

impl Sparing {
    /// Whether this person may be answered now.
    pub fn admits(&mut self, who: &Nick, now: Moment) -> bool {
        if self.0.len() >= MOST_COUNTED {
            self.0.clear();
        }
        let counted = self.0.entry(who.as_str().to_lowercase()).or_insert((now, 0));
        if now.since(counted.0) > WITHIN {
            *counted = (now, 0);
        }
        counted.1 += 1;
        counted.1 <= MOST_ANSWERS
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn about() -> About {
        About {
            bot: Some("beadle".into()),
            pages: Some("https://virt.example.org".into()),
            channels: vec!["#centos-devel".into()],
            ..About::default()
        }
    }

    fn heard(words: &str) -> Option<Answer> {
        in_channel(&about(), &"#centos-devel".into(), words)
    }

    #[test]
    fn is_silent_unless_addressed() {
        for talk in
            ["hello", "#info not in a meeting", "#help", "beadle is nice", "+1", "", "#1799"]
        {
            assert_eq!(heard(talk), None, "{talk}");
        }
        assert!(
            matches!(heard("Beadle: help"), Some(Answer::Channel(text)) if text.contains("#startmeeting"))
        );
        assert!(
            matches!(heard("beadle, minutes"), Some(Answer::Channel(text)) if text.contains("virt.example"))
        );
        assert!(
            matches!(heard("#endmeeting"), Some(Answer::Private(text)) if text.contains("No meeting"))
        );
    }

    #[test]
    fn answers_a_few_questions_of_one_person() {
        let mut sparing = Sparing::default();
        let now = Moment::from_micros(0);
        let admitted = (0..10).filter(|_| sparing.admits(&"bob".into(), now)).count();
        assert_eq!(admitted, 4);
        assert!(
            sparing.admits(&"anna".into(), now)
                && sparing.admits(&"bob".into(), now.plus(30 * SECOND))
        );
    }
}
