//! What the bot answers outside of a meeting: to its name in a channel, in private, by mail, and to
//! a meeting's command where no meeting is on.
//!
//! It is silent unless it is addressed. Answers are short; long ones are private and end with a
//! link. What an answer rests on is given to it: nothing here looks anything up.

pub mod answer;
pub mod past;
pub mod question;
mod sparing;
pub mod tell;

pub use answer::Answer;
pub use question::{Question, Which};
pub use sparing::Sparing;
pub use tell::Facts;

use crate::domain::meeting::command::{self, Verb, Who};
use crate::domain::meeting::reply;
use crate::domain::name::{Casemapping, Channel, Nick};
use crate::domain::text;

/// What the bot knows of itself and of where it is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct About {
    /// Its nick.
    pub bot: Option<Nick>,
    /// How the network compares nicks.
    pub casemapping: Casemapping,
    /// The channels in which meetings may be held.
    pub channels: Vec<Channel>,
}

/// What a line asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wanted {
    /// The answer to a question.
    Answer(String),
    /// Just this sentence, for the speaker alone.
    Sentence(String),
}

/// What a line of a channel in which no meeting is on asks for.
pub fn in_channel(about: &About, channel: &Channel, words: &str) -> Option<Wanted> {
    if let Some(asked) = addressed(about, words) {
        return Some(Wanted::Answer(asked));
    }
    match command::read(&text::clean(words)) {
        command::Form::Command(word, _) if word.verb == Verb::Commands => {
            Some(Wanted::Sentence(reply::commands()))
        }
        command::Form::Command(word, _)
            if word.who == Who::Chair
                || word.who == Who::ChairOrLate
                || word.verb == Verb::Status =>
        {
            Some(Wanted::Sentence(format!(
                "No meeting is on in {}.  #startmeeting NAME starts one.",
                channel.as_str()
            )))
        }
        _ => None,
    }
}

/// What a private line asks for. The bot may be named in it, as it must be in a channel.
pub fn in_private(about: &About, words: &str) -> Wanted {
    if let Some(asked) = addressed(about, words) {
        return Wanted::Answer(asked);
    }
    let words = text::clean(words);
    match command::read(&words) {
        command::Form::Command(word, _) if word.verb == Verb::Commands => {
            Wanted::Sentence(reply::commands())
        }
        // `#help` and `#notice` are words of a meeting; `help` and `notices` are questions.
        command::Form::Command(word, _) => {
            let channels: Vec<&str> = about.channels.iter().map(Channel::as_str).collect();
            let sentence = format!("#{} works in a channel: {}.", word.name, channels.join(", "));
            Wanted::Sentence(sentence)
        }
        _ => Wanted::Answer(words),
    }
}

/// What follows the bot's name at the start of a line: `beadle: help`, `beadle, help`.
pub fn addressed(about: &About, words: &str) -> Option<String> {
    let words = text::clean(words);
    let bot = about.bot.as_ref()?.as_str();
    let name = words.get(..bot.len()).filter(|name| about.casemapping.same(name, bot))?;
    let rest = words[name.len()..].strip_prefix([':', ','])?;
    Some(rest.trim().to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn about() -> About {
        About {
            bot: Some("beadle".into()),
            channels: vec!["#centos-devel".into()],
            ..About::default()
        }
    }

    fn heard(words: &str) -> Option<Wanted> {
        in_channel(&about(), &"#centos-devel".into(), words)
    }

    #[test]
    fn is_silent_unless_addressed() {
        for talk in
            ["hello", "#info not in a meeting", "#help", "beadle is nice", "+1", "", "#1799"]
        {
            assert_eq!(heard(talk), None, "{talk}");
        }
        assert_eq!(heard("Beadle: help"), Some(Wanted::Answer("help".into())));
        assert_eq!(heard("\u{2}beadle\u{f}, minutes "), Some(Wanted::Answer("minutes".into())));
        assert!(
            matches!(heard("#endmeeting"), Some(Wanted::Sentence(text)) if text.contains("No meeting"))
        );
    }

    #[test]
    fn needs_no_name_in_private() {
        let asked = |words| in_private(&about(), words);
        assert_eq!(asked("when"), Wanted::Answer("when".into()));
        assert_eq!(asked("beadle: when"), Wanted::Answer("when".into()));
        assert!(matches!(asked("#topic Xen"), Wanted::Sentence(text) if text.contains("channel")));
        assert!(matches!(asked("#commands"), Wanted::Sentence(text) if text.contains("#topic")));
    }
}
