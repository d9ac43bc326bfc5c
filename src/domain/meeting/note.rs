//! Items: how they are noted, taken back, changed and redacted. The item goes or changes; the log never does.

use crate::domain::escape;
use crate::domain::meeting::Meeting;
use crate::domain::meeting::act::{Voice, say};
use crate::domain::meeting::command;
use crate::domain::meeting::effect::Effect;
use crate::domain::meeting::event::What;
use crate::domain::meeting::hear::Substitution;
use crate::domain::meeting::item::{Item, Kind, LogLine};
use crate::domain::meeting::reply;
use crate::domain::text::{self, Text};

/// The most items one `#undo` may take back.
const MOST_UNDONE: usize = 20;

impl Meeting {
    /// Notes an item under the present topic.
    pub(super) fn note_item(
        &mut self,
        voice: &Voice,
        kind: Kind,
        words: &str,
        url: Option<String>,
    ) -> Vec<Effect> {
        let owners = match kind {
            Kind::Action => self.people.named_in(words),
            _ => Vec::new(),
        };
        let item = Item {
            kind,
            text: Text::new(words),
            url,
            by: voice.person,
            nick: voice.nick.clone(),
            at: voice.at,
            line: voice.line,
            owners,
        };
        let echo = self.settings.echo.then(|| say(reply::item(&item)));
        self.topics.last_mut().expect("the first section is never removed").items.push(item);
        self.noted += 1;
        echo.into_iter().collect()
    }

    pub(super) fn note_labelled(&mut self, voice: &Voice, label: &str, words: &str) -> Vec<Effect> {
        self.note_item(voice, Kind::Notice, &format!("{label}: {words}"), None)
    }

    /// `#undo`, `#undo 3` (the last three), `#undo l-42` (what that line made).
    pub(super) fn undo(&mut self, voice: &Voice, words: &str) -> Vec<Effect> {
        if words.starts_with("l-") {
            return match line_number(words).map(|line| self.take_back(voice, line)) {
                Some(Ok(removed)) => vec![say(format!("Removed: {removed}"))],
                Some(Err(refusal)) => vec![voice.tell(refusal)],
                None => vec![
                    voice.tell("Which line?  Say #undo, #undo 2 for the last two, or #undo l-42."),
                ],
            };
        }
        let count = if words.is_empty() { 1 } else { words.parse().unwrap_or(0) };
        if !(1..=MOST_UNDONE).contains(&count) {
            return vec![
                voice.tell("How many?  Say #undo, #undo 2 for the last two, or #undo l-42."),
            ];
        }
        let mut removed = Vec::new();
        for _ in 0..count {
            let Some(line) = self.latest_of(voice) else { break };
            if let Ok(what) = self.take_back(voice, line) {
                removed.push(what);
            }
        }
        match removed.is_empty() {
            true => vec![voice.tell("There is nothing of yours to undo.")],
            false => vec![say(format!("Removed: {}", removed.join("; ")))],
        }
    }

    /// The line of the newest thing this person may take back: anything for a chair, else their own.
    fn latest_of(&self, voice: &Voice) -> Option<usize> {
        let any = self.people.one(voice.person).chair;
        let items =
            self.items().filter(|item| any || item.by == voice.person).map(|item| item.line);
        let topics = self.topics.iter().skip(1).filter(|_| any).map(|topic| topic.line);
        items.chain(topics).max()
    }

    /// Removes what a line made; its name, or why not.
    fn take_back(&mut self, voice: &Voice, line: usize) -> Result<String, String> {
        let is_chair = self.people.one(voice.person).chair;
        let refuse = |meeting: &Meeting| {
            Err(format!(
                "That is not yours; a chair can undo it.  Chairs: {}.",
                reply::chairs(meeting)
            ))
        };
        for topic in 0..self.topics.len() {
            let found = self.topics[topic].items.iter().position(|item| item.line == line);
            if let Some(index) = found {
                if !is_chair && self.topics[topic].items[index].by != voice.person {
                    return refuse(self);
                }
                self.votes.retain(|vote| vote.line != line);
                return Ok(reply::item(&self.topics[topic].items.remove(index)));
            }
        }
        match self.topics.iter().skip(1).position(|topic| topic.line == line) {
            Some(_) if !is_chair => refuse(self),
            Some(before) => {
                let topic = self.topics.remove(before + 1);
                self.topics[before].items.extend(topic.items);
                Ok(format!("TOPIC {}", topic.title.as_untrusted()))
            }
            None => Err(format!("Line l-{line} made no item.")),
        }
    }

    /// `#edit 42 the new words`.
    pub(super) fn edit(&mut self, voice: &Voice, words: &str) -> Vec<Effect> {
        let (number, text) = words.split_once(' ').unwrap_or((words, ""));
        let text = text.trim();
        let Some(line) = line_number(number).filter(|_| !text.is_empty()) else {
            return vec![
                voice.tell("#edit needs a line's number and the new words: #edit 42 the new words"),
            ];
        };
        let is_chair = self.people.one(voice.person).chair;
        if let Some(topic) = self.topics.iter_mut().skip(1).find(|topic| topic.line == line) {
            if !is_chair {
                return vec![voice.tell(format!(
                    "Only a chair may change a topic.  Chairs: {}.",
                    reply::chairs(self)
                ))];
            }
            topic.title = Text::new(text);
            return vec![say(format!("Changed: TOPIC {text}"))];
        }
        match self.topics.iter().flat_map(|topic| &topic.items).find(|item| item.line == line) {
            None => vec![voice.tell(format!("Line l-{line} made no item."))],
            Some(item) if !is_chair && item.by != voice.person => {
                vec![voice.tell(format!(
                    "That is not yours; a chair can edit it.  Chairs: {}.",
                    reply::chairs(self)
                ))]
            }
            Some(_) => self.change(line, text),
        }
    }

    /// `s/old/new/`: the newest item with the old words, of the speaker's own (any, for a chair).
    /// Where there is none it was talk, and is left alone.
    pub(super) fn substitute(&mut self, voice: &Voice, change: &Substitution<'_>) -> Vec<Effect> {
        let is_chair = self.people.one(voice.person).chair;
        let fits = |item: &&Item| {
            (is_chair || item.by == voice.person) && item.text.as_untrusted().contains(change.old)
        };
        let newest = self.items().filter(fits).max_by_key(|item| item.line);
        let Some((line, text)) = newest.map(|item| (item.line, item.text.as_untrusted())) else {
            return Vec::new();
        };
        let text = match change.everywhere {
            true => text.replace(change.old, change.new),
            false => text.replacen(change.old, change.new, 1),
        };
        self.change(line, text.trim())
    }

    fn change(&mut self, line: usize, text: &str) -> Vec<Effect> {
        let owners = self.people.named_in(text);
        let item = self.topics.iter_mut().flat_map(|t| &mut t.items).find(|item| item.line == line);
        let Some(item) = item else { return Vec::new() };
        item.text = Text::new(text);
        match item.kind {
            Kind::Action => item.owners = owners,
            Kind::Link => item.url = escape::first_url(text),
            _ => {}
        }
        vec![say(format!("Changed: {}", reply::item(item)))]
    }

    pub(super) fn redact(&mut self, voice: &Voice, words: &str) -> Vec<Effect> {
        let Some(line) = line_number(words).filter(|line| (1..=self.log.len()).contains(line))
        else {
            let last = self.log.len();
            return vec![voice.tell(format!(
                "Which line?  Say #redact l-42 with a number from 1 to {last}, as the log counts."
            ))];
        };
        let mut rows = self.rows_that_tell(line);
        rows.sort_unstable();
        rows.dedup();
        vec![Effect::Redact(rows), say(format!("Line l-{line} is redacted."))]
    }

    /// The row that made a line, and those in which the bot repeats what the line said.
    fn rows_that_tell(&self, line: usize) -> Vec<usize> {
        let secret = self.log[line - 1].text.as_untrusted();
        let argument = match secret.strip_prefix('#') {
            Some(command) => command.split_once([' ', ':']).map_or("", |(_, words)| words.trim()),
            None => secret,
        };
        let bot = self.settings.bot.as_ref();
        let repeats = |(index, other): (usize, &LogLine)| {
            let is_own = Some(&other.nick) == bot && argument.chars().count() >= 4;
            (is_own && other.text.as_untrusted().contains(argument)).then(|| self.rows[index])
        };
        let mut rows = vec![self.rows[line - 1]];
        rows.extend(self.log.iter().enumerate().filter_map(repeats));
        rows
    }
}

/// `42`, `l-42` or `#l-42`.
fn line_number(word: &str) -> Option<usize> {
    let word = word.trim().trim_start_matches('#');
    word.strip_prefix("l-").unwrap_or(word).parse().ok()
}

/// What is left of an event whose words are destroyed: the command's word stays, so that the item
/// it made stays too, as a tombstone.
pub fn tombstone(what: &What) -> Text {
    let words = match what {
        What::Said { text, .. } | What::Own { text, .. } => text::clean(text.as_untrusted()),
        What::Redacted(inner) => return tombstone(inner),
        _ => String::new(),
    };
    match command::read(&words) {
        command::Form::Command(word, argument) if !argument.is_empty() => {
            Text::new(format!("#{} {REDACTED}", word.name))
        }
        _ => Text::new(REDACTED),
    }
}

/// What stands where words were destroyed.
pub const REDACTED: &str = "[redacted]";
