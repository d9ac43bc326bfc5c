//! One line as the session reads it: tags, source and command, by the grammar of `irc::proto`.
//! It trusts nothing in a line; which tags may be believed is the session's business.

use irc::proto::Command;
use irc::proto::Message;
use irc::proto::Prefix;
use std::collections::BTreeMap;

/// The most tags kept of one line.
const TAGS_MOST: usize = 64;

/// A line, read.
#[derive(Clone, Debug)]
pub struct Line {
    /// The tags; where a key came twice the last one counts (IRCv3 message-tags).
    pub tags: BTreeMap<String, String>,
    /// Who sent it.
    pub source: Source,
    /// What it says. MODE and whatever the grammar does not know is `Command::Raw`.
    pub command: Command,
}

/// Who sent a line.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Source {
    /// A nick, or a server's name; empty where the line has no source.
    pub name: String,
    /// The user name, where one was given.
    pub user: String,
    /// The host, where one was given.
    pub host: String,
}

impl Source {
    /// Whether this is a server: a name with a dot and no host, or none at all.
    pub fn is_server(&self) -> bool {
        self.name.is_empty()
            || (self.host.is_empty() && (self.name.contains('.') || self.name == "*"))
    }
}

/// The word MODE goes by while the grammar reads it. The grammar's own reading of modes guesses
/// which of them take arguments, and loses some; only ISUPPORT tells.
const UNREAD_MODE: &str = "UNREAD-MODE";

impl Line {
    /// Reads a line; `None` for what is none.
    pub fn read(text: &str) -> Option<Line> {
        let message: Message = single_spaced(text).parse().ok()?;
        let mut tags = BTreeMap::new();
        for tag in message.tags.into_iter().flatten().take(TAGS_MOST) {
            tags.insert(tag.0, tag.1.unwrap_or_default());
        }
        let source = match message.prefix {
            None => Source::default(),
            Some(Prefix::ServerName(name)) => Source { name, ..Source::default() },
            Some(Prefix::Nickname(name, user, host)) => Source { name, user, host },
        };
        let command = match message.command {
            Command::Raw(word, params) if word == UNREAD_MODE => {
                Command::Raw("MODE".to_string(), params)
            }
            command => command,
        };
        Some(Line { tags, source, command })
    }

    /// The numeric and its parameters, where it is one.
    pub fn numeric(&self) -> Option<(u16, &[String])> {
        match &self.command {
            Command::Response(code, params) => Some((*code as u16, params)),
            Command::Raw(word, params) if word.len() == 3 => {
                word.parse().ok().map(|number| (number, params.as_slice()))
            }
            _ => None,
        }
    }
}

/// The line with one space where several stand outside the trailing parameter; the grammar takes
/// the second of two spaces for an empty command.
fn single_spaced(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + UNREAD_MODE.len());
    let mut rest = text.trim_start_matches(' ');
    let mut command_seen = false;
    while !rest.is_empty() {
        if command_seen && rest.starts_with(':') {
            out.push_str(rest);
            return out;
        }
        let (word, after) = rest.split_once(' ').unwrap_or((rest, ""));
        let tags = out.is_empty() && word.starts_with('@');
        let source = !command_seen && word.starts_with(':');
        if !command_seen && !tags && !source {
            command_seen = true;
            let mode = word.eq_ignore_ascii_case("MODE");
            out.push_str(if mode { UNREAD_MODE } else { word });
        } else {
            out.push_str(word);
        }
        rest = after.trim_start_matches(' ');
        if !rest.is_empty() {
            out.push(' ');
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn command(text: &str) -> Command {
        Line::read(text).unwrap().command
    }

    #[test]
    fn spaces_are_single_outside_the_trailing() {
        for (given, meant) in [
            (":a  PRIVMSG   #c  :x  y", ":a PRIVMSG #c :x  y"),
            ("@a=b   :s   005  me  A=B  :are  x", "@a=b :s 005 me A=B :are  x"),
            ("  PING x ", "PING x"),
            ("PRIVMSG #c ::)", "PRIVMSG #c ::)"),
        ] {
            assert_eq!(single_spaced(given), meant);
        }
        assert_eq!(
            command(":a!b@c  PRIVMSG   #c  :x  y"),
            Command::PRIVMSG("#c".into(), "x  y".into())
        );
    }

    #[test]
    fn modes_keep_their_arguments() {
        assert_eq!(
            command(":s MODE #c +fo #fwd bob"),
            Command::Raw(
                "MODE".into(),
                vec!["#c".into(), "+fo".into(), "#fwd".into(), "bob".into()]
            )
        );
    }

    #[test]
    fn the_last_of_two_equal_tags_counts() {
        let line = Line::read("@account=a;x;account=b\\sc;+account=evil :n!u@h PRIVMSG #c :x");
        let line = line.unwrap();
        assert_eq!(line.tags["account"], "b c");
        assert_eq!(line.tags["x"], "");
        assert_eq!(line.source, Source { name: "n".into(), user: "u".into(), host: "h".into() });
        assert!(!line.source.is_server());
        assert!(Line::read(":irc.example PING x").unwrap().source.is_server());
    }

    #[test]
    fn numerics_the_grammar_does_not_know_are_numerics() {
        let line = Line::read(":s 354 me 152 #c al 0").unwrap();
        assert_eq!(line.numeric().unwrap().0, 354);
        let line = Line::read(":s 001 me :Welcome").unwrap();
        assert_eq!(line.numeric().unwrap().0, 1);
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused(text in "(@[a-z=;+]{0,9} {1,2})?(:[a-z!@.]{0,9} {1,3})?(MODE|BATCH|CAP|NICK|353|\\PC{0,5})( {1,2}:?\\PC{0,9}){0,16}") {
            let _ = Line::read(&text);
        }
    }
}
