//! The words of a sign-in: who is here and who sends regrets, in a meeting and before its start.
//!
//! What they do is not here: a meeting counts people, and before it the words are kept.

use crate::domain::meeting::command::{self, Form, Verb};

/// What somebody says of their being there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Greeting<'a> {
    /// They are here; also `present+ name` for another name or another person.
    Here(&'a str),
    /// `regrets+ name`: these are not.
    Regrets(&'a str),
}

/// Reads a whole clean line, commands (`#here`) included; anything else is talk.
pub fn read(said: &str) -> Option<Greeting<'_>> {
    match command::read(said) {
        Form::Command(word, name) if word.verb == Verb::Here => Some(Greeting::Here(name)),
        Form::Command(word, names) if word.verb == Verb::Regrets => Some(Greeting::Regrets(names)),
        Form::Plain(said) => read_plain(said),
        _ => None,
    }
}

/// Reads a whole clean line that is no command.
pub fn read_plain(said: &str) -> Option<Greeting<'_>> {
    if let Some(name) = strip_word(said, "present+") {
        return Some(Greeting::Here(name));
    }
    if let Some(names) = strip_word(said, "regrets+") {
        return Some(Greeting::Regrets(names));
    }
    is_greeting(said).then_some(Greeting::Here(""))
}

fn strip_word<'a>(said: &'a str, word: &str) -> Option<&'a str> {
    let start = said.get(..word.len())?;
    let rest = said.get(word.len()..)?;
    let ends = rest.is_empty() || rest.starts_with(' ');
    (start.eq_ignore_ascii_case(word) && ends).then(|| rest.trim())
}

/// `o/`, `\\o`, `hi all`, `hello`, `.hello`, `!hi`: at most four words, the first of them a greeting.
fn is_greeting(said: &str) -> bool {
    let mut words = said.split_whitespace();
    let first = words.next().unwrap_or("").trim_end_matches([',', '!', '.']).to_lowercase();
    let greets = matches!(
        first.as_str(),
        "o/" | "\\o" | "\\o/" | "hi" | "hello" | ".hello" | ".hello2" | ".hi" | "!hi" | "!hello"
    );
    greets && words.count() <= 3
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn greetings_are_short() {
        assert!(is_greeting("hi all") && is_greeting("o/") && is_greeting("Hello!"));
        assert!(!is_greeting("hi, I would like to talk about xen") && !is_greeting("his"));
    }

    #[test]
    fn all_forms_of_a_sign_in_are_read() {
        for (said, read_as) in [
            ("o/", Some(Greeting::Here(""))),
            ("#here", Some(Greeting::Here(""))),
            ("#here Jiri Denemark", Some(Greeting::Here("Jiri Denemark"))),
            ("Present+ jirkade", Some(Greeting::Here("jirkade"))),
            ("regrets+ jirkade", Some(Greeting::Regrets("jirkade"))),
            ("regrets+", Some(Greeting::Regrets(""))),
            ("presenting+ x", None),
            ("#info hi", None),
            ("good morning", None),
        ] {
            assert_eq!(read(said), read_as, "{said}");
        }
    }
}
