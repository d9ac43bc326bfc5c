//! Replay: the same machine over a stored log, or over a log that another program kept.

use crate::domain::meeting::command::{self, Verb};
use crate::domain::meeting::event::{Event, Manner, What};
use crate::domain::meeting::mark::Mark;
use crate::domain::meeting::settings::Settings;
use crate::domain::meeting::{Meeting, State};
use crate::domain::text;

/// The meeting of a stored log, whose first event is `Opened`; nothing if it is none.
pub fn stored(events: impl IntoIterator<Item = Event>) -> Option<Meeting> {
    let mut events = events.into_iter();
    let first = events.next()?;
    let What::Opened(settings) = &first.what else { return None };
    let mut meeting = Meeting::new((**settings).clone());
    meeting.apply(&first);
    for event in events {
        meeting.apply(&event);
    }
    Some(meeting)
}

/// The meetings that a log holds, in order: each from its `#startmeeting` to what the bot says
/// right after its end. The last one may still be open.
pub fn found(events: impl IntoIterator<Item = Event>, settings: &Settings) -> Vec<Meeting> {
    let mut meetings: Vec<Meeting> = Vec::new();
    let mut before: Vec<Event> = Vec::new();
    for event in events {
        let is_own = matches!(event.what, What::Own { .. });
        match meetings.last_mut() {
            Some(open) if open.state == State::Open || (is_own && before.is_empty()) => {
                open.apply(&event);
            }
            Some(over) if over.ended_by_itself().is_some() && is_reopening(&event.what) => {
                before.drain(..).chain([event]).for_each(|event| drop(over.apply(&event)));
            }
            Some(over) if matches!(event.what, What::Noted(Mark::Corrected { .. })) => {
                over.apply(&event);
            }
            _ if is_start(&event.what) => {
                let mut meeting = Meeting::new(settings.clone());
                // Marks right before the start tell who starts: they are lines of this log.
                let is_mark = |event: &Event| matches!(event.what, What::Noted(_));
                let marks = before.iter().rposition(|event| !is_mark(event)).map_or(0, |at| at + 1);
                let marks = before.split_off(marks);
                // Who came and how they renamed themselves before the start matters; what they said does not.
                before.drain(..).for_each(|earlier| meeting.learn(&earlier));
                for event in marks.iter().chain([&event]) {
                    meeting.apply(event);
                }
                meetings.push(meeting);
            }
            _ => before.push(event),
        }
    }
    meetings
}

/// Whether this is somebody's `#startmeeting`.
pub fn is_start(what: &What) -> bool {
    words_after(what, Verb::Start).is_some()
}

/// The name after somebody's `#startmeeting`; empty where there is none.
pub fn name_at_start(what: &What) -> String {
    words_after(what, Verb::Start).unwrap_or_default()
}

/// Whether this is somebody's `#reopenmeeting`.
pub fn is_reopening(what: &What) -> bool {
    words_after(what, Verb::Reopen).is_some()
}

/// What somebody said after a command, where they said it.
fn words_after(what: &What, verb: Verb) -> Option<String> {
    let What::Said { manner: Manner::Say, text, .. } = what else { return None };
    match command::read(&text::clean(text.as_untrusted())) {
        command::Form::Command(word, words) if word.verb == verb => Some(words.to_string()),
        _ => None,
    }
}

impl Meeting {
    /// What an event before the start tells about who is in the channel; it makes no log line.
    fn learn(&mut self, event: &Event) {
        match &event.what {
            What::Joined(who) => drop(self.people.joined(who)),
            What::Left { nick, how, .. } => drop(self.people.left(nick, *how)),
            What::Renamed { old, new } => self.people.renamed(old, new),
            What::LoggedIn(who) => self.people.logged_in(who),
            What::Members(members) => self.people.members(members),
            _ => {}
        }
    }
}
