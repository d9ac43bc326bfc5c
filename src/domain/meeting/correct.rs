//! Corrections after the end: the minutes change and say so; the log keeps what was said.
//!
//! A correction is a mark at the end of the log, so that replay of the log alone gives the same
//! revision.

use crate::domain::meeting::item::{Form, Item};
use crate::domain::meeting::mark::Mark;
use crate::domain::meeting::{Meeting, State};
use crate::domain::name::Nick;
use crate::domain::roadmap::{self, Due};
use crate::domain::text::{self, Text};
use crate::domain::time::Moment;
use chrono::NaiveDate;

/// The most corrections of one meeting.
pub const MOST_CORRECTIONS: usize = 200;
/// The longest text of one, in bytes.
const MOST_BYTES: usize = 2_000;

/// What was corrected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Correction {
    /// When.
    pub at: Moment,
    /// By whom.
    pub by: Nick,
    /// The log line whose item or topic was corrected.
    pub line: usize,
    /// The log line that marks it.
    pub noted: usize,
    /// What it said.
    pub old: Text,
    /// What it says now; nothing where it was removed.
    pub new: Option<Text>,
}

impl Correction {
    /// `l-42 said “old”; it says “new” now`
    pub fn sentence(&self) -> String {
        let old = self.old.as_untrusted();
        let now = match &self.new {
            Some(new) => format!("it says “{}” now", new.as_untrusted()),
            None => "it was removed".to_string(),
        };
        format!("l-{} said “{old}”; {now}", self.line)
    }
}

/// Why something cannot be corrected.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The meeting is on.
    #[error("the meeting is on; a chair corrects it there with #edit and #undo")]
    On,
    /// The meeting has no minutes.
    #[error("this meeting was ended without minutes")]
    NoMinutes,
    /// The line made nothing.
    #[error("line l-{0} made no item of these minutes; the lines that did: {1}")]
    NoItem(usize, String),
    /// The words are the same, or too long.
    #[error("l-{0} says just that already")]
    Same(usize),
    /// The words are too long.
    #[error("that is longer than {MOST_BYTES} bytes")]
    Long,
    /// Topics keep their place.
    #[error("a topic can be renamed, not removed")]
    Topic,
    /// Enough.
    #[error("these minutes were corrected {MOST_CORRECTIONS} times; that must do")]
    Many,
}

impl Meeting {
    /// How many times the minutes were published: 1, and one more for each correction.
    pub fn revision(&self) -> usize {
        self.corrections.len() + 1
    }

    /// The mark that corrects the item or topic of a log line, or why there can be none. No words:
    /// the item goes.
    pub fn correct(
        &self,
        at: Moment,
        by: &Nick,
        line: usize,
        words: &str,
    ) -> Result<Mark, Refusal> {
        match self.state {
            State::Open => return Err(Refusal::On),
            State::Aborted => return Err(Refusal::NoMinutes),
            State::Ended => {}
        }
        let words = text::clean(words);
        if words.len() > MOST_BYTES {
            return Err(Refusal::Long);
        }
        if self.corrections.len() >= MOST_CORRECTIONS {
            return Err(Refusal::Many);
        }
        match self.said_at(line) {
            None => return Err(Refusal::NoItem(line, self.lines_with_items())),
            Some((old, _)) if old.as_untrusted() == words => return Err(Refusal::Same(line)),
            Some((_, true)) if words.is_empty() => return Err(Refusal::Topic),
            Some(_) => {}
        }
        Ok(Mark::Corrected { by: by.clone(), at: at.whole_second(), line, text: words.into() })
    }

    /// What a line's item or topic says, and whether it is a topic.
    fn said_at(&self, line: usize) -> Option<(&Text, bool)> {
        let item = self.items().find(|item| item.line == line).map(|item| (&item.text, false));
        let topics = self.topics.iter().skip(1);
        item.or_else(|| {
            topics.map(|t| (t.line, &t.title)).find(|t| t.0 == line).map(|t| (t.1, true))
        })
    }

    fn lines_with_items(&self) -> String {
        let lines: Vec<String> =
            self.items().take(20).map(|item| format!("l-{}", item.line)).collect();
        if lines.is_empty() { "none".to_string() } else { lines.join(", ") }
    }

    /// Takes a correction in.
    pub(super) fn corrected(&mut self, log_at: Moment, mark: &Mark) {
        let Mark::Corrected { by, at, line, text } = mark else { return };
        let Some((old, is_topic)) = self.said_at(*line).map(|(old, topic)| (old.clone(), topic))
        else {
            return;
        };
        self.log_line(log_at, Form::Mark, &Nick::new(""), &mark.sentence());
        let new = Some(text.clone()).filter(|text| !text.is_empty());
        let correction = Correction {
            at: *at,
            by: by.clone(),
            line: *line,
            noted: self.log.len(),
            old,
            new: new.clone(),
        };
        self.corrections.push(correction);
        if is_topic {
            let topic = self.topics.iter_mut().find(|topic| topic.line == *line);
            if let (Some(topic), Some(new)) = (topic, new) {
                topic.title = new;
            }
            return;
        }
        match new {
            None => {
                self.topics.iter_mut().for_each(|topic| topic.items.retain(|i| i.line != *line));
            }
            Some(new) => {
                if let Some(item) = self.reword_item(*line, new.as_untrusted()) {
                    item.due = due_after(item);
                }
            }
        }
    }
}

/// By when an item is due that has other words now. The ledger told it when the meeting was on.
fn due_after(item: &Item) -> Option<NaiveDate> {
    item.number?;
    match roadmap::read(item.text.as_untrusted(), |_| false).due? {
        Due::On(day) => Some(day),
        Due::NextMeeting => item.due,
    }
}
