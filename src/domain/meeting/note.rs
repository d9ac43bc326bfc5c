//! Items: how they are noted, taken back, changed and redacted. The item goes or changes; the log never does.

use crate::domain::escape;
use crate::domain::meeting::Meeting;
use crate::domain::meeting::act::{Voice, say};
use crate::domain::meeting::command::{self, Verb, Word};
use crate::domain::meeting::effect::Effect;
use crate::domain::meeting::event::What;
use crate::domain::meeting::hear::Substitution;
use crate::domain::meeting::item::{Form, Item, Kind};
use crate::domain::meeting::ledger::Wanted;
use crate::domain::meeting::reply;
use crate::domain::notice;
use crate::domain::roadmap::Change;
use crate::domain::text::{self, REDACTED, Text};

/// The longest text that an item may grow to by `s///` and `#edit`, in bytes.
const MOST_ITEM_BYTES: usize = 2_000;
/// How many of the newest items `s///` looks at.
const ITEMS_TO_SUBSTITUTE: usize = 50;
/// What is shorter is not looked for in other lines when it is redacted.
const LEAST_SECRET_CHARS: usize = 4;
/// The most actions one meeting may note.
const MOST_ACTIONS: usize = 200;
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
        if kind == Kind::Action && self.items().filter(|i| i.kind == kind).count() >= MOST_ACTIONS {
            return vec![voice.tell(format!("A meeting may note {MOST_ACTIONS} actions."))];
        }
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
            number: None,
            due: None,
            notice: None,
        };
        let promise = (kind == Kind::Action).then(|| self.promise(voice, &item));
        let echo = self.settings.echo.then(|| say(reply::item(&item)));
        let echo = promise.or(echo); // The ledger's answer has the words.
        self.topics.last_mut().expect("the first section is never removed").items.push(item);
        self.noted += 1;
        echo.into_iter().collect()
    }

    /// `#eol`, `#rebase`, `#event`: a notice whose words are also data. What a redaction left of
    /// one is a plain notice.
    pub(super) fn note_typed(&mut self, voice: &Voice, word: &Word, words: &str) -> Vec<Effect> {
        if words == REDACTED {
            return self.note_item(voice, Kind::Notice, words, None);
        }
        let today = voice.at.date();
        let read = match word.verb {
            Verb::EndOfLife => notice::read::eol(words, today),
            Verb::Rebase => notice::read::rebase(words),
            _ => notice::read::event(words, today),
        };
        let (kind, text) = match read {
            Ok(read) => read,
            Err(mistake) => return vec![voice.tell(format!("#{}: {mistake}", word.name))],
        };
        let recorded = kind.recorded();
        let mut effects = self.note_item(voice, Kind::Notice, text.as_untrusted(), None);
        let items = self.topics.iter_mut().flat_map(|topic| &mut topic.items);
        if let Some(item) = items.last() {
            item.notice = Some(kind);
        }
        effects.extend(recorded.map(say));
        effects
    }

    /// `#undo`, `#undo 3` (the last three), `#undo l-42` (what that line made).
    pub(super) fn undo(&mut self, voice: &Voice, words: &str) -> Vec<Effect> {
        if words.starts_with("l-") {
            return match line_number(words).map(|line| self.take_back(voice, line)) {
                Some(Ok(removed)) => self.removed(voice, &removed),
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
            false => self.removed(voice, &removed.join("; ")),
        }
    }

    /// What was taken back is said, and leaves the ledger too.
    fn removed(&mut self, voice: &Voice, removed: &str) -> Vec<Effect> {
        let numbers = std::mem::take(&mut self.taken_back);
        let undone = numbers
            .into_iter()
            .map(|number| self.wish(voice, Wanted::Change { number, change: Change::Undone }));
        std::iter::once(say(format!("Removed: {removed}"))).chain(undone).collect()
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
                let item = self.topics[topic].items.remove(index);
                if let Some(number) = item.number {
                    self.taken_back.push(number);
                }
                return Ok(reply::item(&item));
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
            Some(_) => self.change(voice, line, text),
        }
    }

    /// `s/old/new/`: the newest item with the old words, of the speaker's own (any, for a chair).
    /// Where there is none it was talk, and is left alone.
    pub(super) fn substitute(&mut self, voice: &Voice, change: &Substitution<'_>) -> Vec<Effect> {
        let is_chair = self.people.one(voice.person).chair;
        let fits = |item: &&Item| {
            (is_chair || item.by == voice.person) && item.text.as_untrusted().contains(change.old)
        };
        let newest_first = self.topics.iter().rev().flat_map(|topic| topic.items.iter().rev());
        let found = newest_first.take(ITEMS_TO_SUBSTITUTE).find(fits);
        let Some((line, text)) = found.map(|item| (item.line, item.text.as_untrusted())) else {
            return Vec::new();
        };
        let times = if change.everywhere { text.matches(change.old).count() } else { 1 };
        if text.len() + times * change.new.len() > MOST_ITEM_BYTES {
            return vec![voice.tell(format!("That would be longer than {MOST_ITEM_BYTES} bytes."))];
        }
        let text = text.replacen(change.old, change.new, times);
        match text.trim() {
            "" => vec![voice.tell("Nothing would be left of it; #undo takes an item back.")],
            text => self.change(voice, line, text),
        }
    }

    fn change(&mut self, voice: &Voice, line: usize, text: &str) -> Vec<Effect> {
        let Some(item) = self.reword_item(line, text) else { return Vec::new() };
        let changed = say(format!("Changed: {}", reply::item(item)));
        std::iter::once(changed).chain(self.reword(voice, line)).collect()
    }

    /// Gives the item of a line other words, and what follows from them.
    pub(super) fn reword_item(&mut self, line: usize, text: &str) -> Option<&mut Item> {
        let named = self.people.named_in(text);
        let item = self.topics.iter_mut().flat_map(|t| &mut t.items).find(|i| i.line == line)?;
        item.text = Text::new(text);
        match item.kind {
            Kind::Action => item.owners = named,
            Kind::Link => item.url = escape::first_url(text),
            _ => {}
        }
        Some(item)
    }

    pub(super) fn redact(&mut self, voice: &Voice, words: &str) -> Vec<Effect> {
        let line = line_number(words).unwrap_or(0);
        match self.redactable(line) {
            Ok(rows) => vec![Effect::Redact(rows), say(format!("Line l-{line} is redacted."))],
            Err(refusal) => vec![voice.tell(refusal)],
        }
    }

    /// The rows whose words are to be destroyed so that nothing tells what a log line said, or why
    /// that line stays as it is.
    pub fn redactable(&self, line: usize) -> Result<Vec<usize>, String> {
        let last = self.log.len();
        let Some(told) = line.checked_sub(1).and_then(|index| self.log.get(index)) else {
            return Err(format!(
                "Which line?  Say #redact l-42 with a number from 1 to {last}, as the log counts."
            ));
        };
        let is_about_chairs = matches!(
            command::read(told.text.as_untrusted()),
            command::Form::Command(word, _) if matches!(word.verb, Verb::Chair | Verb::Unchair)
        );
        if let Some(correction) = self.corrections.iter().find(|one| one.noted == line) {
            let item = correction.line;
            return Err(format!("Line l-{line} corrects l-{item}: redact that, and both go."));
        }
        if told.form == Form::Mark || is_about_chairs {
            return Err(format!("Line l-{line} tells who is who, so it stays as it is."));
        }
        let mut rows = self.rows_that_tell(line);
        let corrected = self.corrections.iter().filter(|one| one.line == line);
        rows.extend(corrected.map(|one| self.rows[one.noted - 1]));
        rows.sort_unstable();
        rows.dedup();
        Ok(rows)
    }

    /// The log lines that rows made.
    pub fn lines_of(&self, rows: &[usize]) -> Vec<usize> {
        let made = self.rows.iter().zip(1..).filter(|(row, _)| rows.contains(row));
        made.map(|(_, line)| line).collect()
    }

    /// The row that made a line, those of the bot's answers to it, and those in which the bot
    /// repeats what the line said.
    fn rows_that_tell(&self, line: usize) -> Vec<usize> {
        let secret = self.log[line - 1].text.as_untrusted();
        let argument = match secret.split_once('#') {
            Some((_, command)) => {
                command.split_once([' ', ':']).map_or("", |(_, words)| words.trim())
            }
            None => secret,
        };
        let bot = self.settings.bot.as_ref();
        let own = |at: usize| self.log.get(at).is_some_and(|line| Some(&line.nick) == bot);
        let mut rows = vec![self.rows[line - 1]];
        // The ledger's answer is a row before the line that tells it.
        let is_answer = |at: usize| self.rows[at] <= self.rows[line - 1] + (at + 1 - line) + 1;
        for at in (line..self.log.len()).take_while(|at| own(*at) && is_answer(*at)) {
            if shares_a_word(secret, self.log[at].text.as_untrusted()) {
                rows.push(self.rows[at]);
            }
        }
        if argument.chars().count() >= LEAST_SECRET_CHARS {
            let repeats =
                |at: &usize| own(*at) && self.log[*at].text.as_untrusted().contains(argument);
            rows.extend((line..self.log.len()).filter(repeats).map(|at| self.rows[at]));
        }
        rows
    }
}

/// `42`, `l-42` or `#l-42`.
fn line_number(word: &str) -> Option<usize> {
    let word = word.trim().trim_start_matches('#');
    word.strip_prefix("l-").unwrap_or(word).parse().ok()
}

impl Meeting {
    /// What is left of an event whose words are destroyed: the command's word stays, so that the
    /// item it made stays too, as a tombstone, and so does a relay's `<name>`.
    pub fn tombstone(&self, what: &What) -> Text {
        match what {
            What::Said { who, text, .. } => {
                let words = text::clean(text.as_untrusted());
                let said = self.unwrap_relay(who, &words).map_or(words.clone(), |(_, said)| said);
                let before = words.strip_suffix(said.as_str()).unwrap_or("");
                Text::new(format!("{before}{}", without_words(&said)))
            }
            What::Redacted(inner) => self.tombstone(inner),
            What::Noted(mark) => Text::new(mark.clone().redacted().sentence()),
            _ => Text::new(REDACTED),
        }
    }
}

/// Whether a word that is long enough to be a secret stands in both.
fn shares_a_word(one: &str, other: &str) -> bool {
    let words = one.split(|c: char| !c.is_alphanumeric());
    words.filter(|word| word.chars().count() >= LEAST_SECRET_CHARS).any(|word| other.contains(word))
}

fn without_words(said: &str) -> String {
    match command::read(said) {
        command::Form::Command(word, "") => format!("#{}", word.name),
        command::Form::Command(word, words) if word.verb == Verb::Edit => {
            let line = words.split(' ').next().unwrap_or("");
            format!("#{} {line} {REDACTED}", word.name)
        }
        command::Form::Command(word, _) => format!("#{} {REDACTED}", word.name),
        _ => REDACTED.to_string(),
    }
}
