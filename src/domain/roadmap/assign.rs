//! What an action's words say: who is to do it, what, and by when.
//!
//! `jirkade push libvirt 4.9.0 to testing by 2018-11-27` is jirkade's, due on that day. Owners are
//! found by whole word; the caller knows the people.

use crate::domain::text::Text;
use chrono::NaiveDate;

/// By when, as it was said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Due {
    /// By a day.
    On(NaiveDate),
    /// By the next meeting, whenever that is.
    NextMeeting,
}

/// An action's words, taken apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Promise {
    /// What is to be done: without a leading owner and without the due date.
    pub text: Text,
    /// By when.
    pub due: Option<Due>,
}

/// Takes an action's words apart; a first word (or several with commas) that names owners is taken
/// off, since it is shown before the text.
pub fn read(words: &str, is_owner: impl Fn(&str) -> bool) -> Promise {
    let (words, due) = split_due(words.trim());
    Promise { text: Text::new(without_owners(words, is_owner)), due }
}

fn split_due(words: &str) -> (&str, Option<Due>) {
    let lower = words.to_ascii_lowercase();
    let Some(at) = lower.rfind(" by ").or_else(|| lower.rfind("(by ")) else {
        return (words, None);
    };
    let said = lower[at + " by ".len()..].trim().trim_end_matches(['.', ')']);
    let due = match said {
        "next meeting" | "the next meeting" => Some(Due::NextMeeting),
        date => date.parse().ok().map(Due::On),
    };
    match due {
        Some(due) => (words[..at].trim_end_matches([' ', ',', '(']), Some(due)),
        None => (words, None),
    }
}

/// `anna, bob: write it` → `write it`; `ask anna` stays as it is.
fn without_owners(words: &str, is_owner: impl Fn(&str) -> bool) -> &str {
    let mut rest = words;
    loop {
        let end = rest.find([' ', ',', ':']).unwrap_or(rest.len());
        let (word, after) = rest.split_at(end);
        let is_joint = !std::ptr::eq(rest, words) && word.eq_ignore_ascii_case("and");
        if !is_joint && !is_owner(word.trim_start_matches('@')) {
            return rest;
        }
        let after = after.trim_start_matches([' ', ',', ':']);
        // "to" belongs to "gwd to ask": MeetBot's habit.
        let without_to = after.get(..3).filter(|word| word.eq_ignore_ascii_case("to "));
        let after = without_to.map_or(after, |_| after[3..].trim_start());
        if after.is_empty() {
            return rest; // Nothing but names: they are all that was said.
        }
        rest = after;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn promise(words: &str) -> (String, Option<Due>) {
        let read = read(words, |word| ["jirkade", "gwd", "al"].contains(&word));
        (read.text.as_untrusted().to_string(), read.due)
    }

    #[test]
    fn finds_what_and_by_when() {
        let on = |date: &str| Some(Due::On(date.parse().unwrap()));
        for (words, text, due) in [
            (
                "jirkade push libvirt 4.9.0 to testing by 2018-11-27",
                "push libvirt 4.9.0 to testing",
                on("2018-11-27"),
            ),
            ("gwd to ask KB about arm64", "ask KB about arm64", None),
            ("gwd, jirkade and al: meet BY next meeting.", "meet", Some(Due::NextMeeting)),
            ("@gwd write (by 2018-12-01)", "write", on("2018-12-01")),
            ("go there by train", "go there by train", None),
            ("test by 2018-13-45", "test by 2018-13-45", None),
            ("ask gwd", "ask gwd", None),
            ("gwd", "gwd", None),
            ("final talks by İstanbul", "final talks by İstanbul", None),
            ("", "", None),
        ] {
            assert_eq!(promise(words), (text.to_string(), due), "{words}");
        }
    }
}
