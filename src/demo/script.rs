//! What the cast plays: a meeting as a text that people can read.
//!
//! One step per line; empty lines and those that begin with `--` are nothing.
//!
//! ```text
//! cast gwd = George Dunlap            somebody with an account of that name, there from the start
//! guest mira = Mira                   somebody without one
//! <gwd> #startmeeting Virt SIG        says a line
//! * mira waves                        says it as /me
//! -mira- psst                         says it as a NOTICE
//! -!- gwd is now known as gwd_        changes nick; later lines use the new one
//! -!- mira joins                      comes only now
//! -!- mira quits                      goes
//!     bot: Meeting started            and then the bot must say these words (none: any) here
//!     tells mira: did you mean        and then it must tell them to somebody in private
//! ```
//!
//! In a line said, `{bot}` and `{channel}` stand for what they are where the script is played.

use crate::demo::options::Account;

/// The meeting of the fixture group.
const MEETING: &str = include_str!("meeting.txt");

/// A script.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Script {
    /// Who plays.
    pub people: Vec<Player>,
    /// What they do, in order.
    pub steps: Vec<Step>,
}

/// Somebody of the cast.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Player {
    /// The nick, and the account where there is one.
    pub nick: String,
    /// The name.
    pub name: String,
    /// Whether they have an account.
    pub account: bool,
}

/// One thing somebody does, and what must follow.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// The line of the script, from 1.
    pub line: usize,
    /// Who: the place in [`Script::people`].
    pub who: usize,
    /// What they do.
    pub deed: Deed,
    /// What the bot must answer.
    pub answers: Vec<Answer>,
}

/// What somebody does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Deed {
    /// Says a line in the channel.
    Say(String),
    /// Says it as `/me` does.
    Act(String),
    /// Says it as a NOTICE.
    Notice(String),
    /// Changes nick.
    Rename(String),
    /// Comes.
    Join,
    /// Goes.
    Quit,
}

/// What the bot must answer; no words: anything.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// In the channel.
    Says(String),
    /// To one of the cast (the place in [`Script::people`]) in private.
    Tells(usize, String),
}

/// A line of a script that could not be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line} of the script: {why}")]
pub struct BadScript {
    /// Which, from 1.
    pub line: usize,
    /// What is wrong with it.
    pub why: String,
}

impl Script {
    /// The meeting of the fixture group.
    pub fn meeting() -> Script {
        Script::parse(MEETING).expect("the built-in script is read by a test")
    }

    /// Reads a script.
    pub fn parse(text: &str) -> Result<Script, BadScript> {
        let mut reader = Reader { people: Vec::new(), nicks: Vec::new(), steps: Vec::new() };
        for (at, line) in text.lines().enumerate() {
            if !line.trim().is_empty() && !line.starts_with("--") {
                reader.line(at + 1, line).map_err(|why| BadScript { line: at + 1, why })?;
            }
        }
        Ok(Script { people: reader.people, steps: reader.steps })
    }

    /// The accounts of the cast, for a server's options.
    pub fn accounts(&self) -> Vec<Account> {
        let people = self.people.iter().filter(|player| player.account);
        people.map(|player| Account::new(&player.nick, &player.password())).collect()
    }
}

impl Player {
    /// The password of their account: no secret, it opens a server that lives as long as a demo.
    pub fn password(&self) -> String {
        format!("{}-on-stage", self.nick)
    }
}

struct Reader {
    people: Vec<Player>,
    /// What the people are called at this point of the script.
    nicks: Vec<String>,
    steps: Vec<Step>,
}

impl Reader {
    fn line(&mut self, number: usize, line: &str) -> Result<(), String> {
        if line.starts_with([' ', '\t']) {
            return self.answer(line.trim());
        }
        for (word, account) in [("cast ", true), ("guest ", false)] {
            if let Some(player) = line.strip_prefix(word) {
                return self.player(player, account);
            }
        }
        let (nick, deed) = deed(line).ok_or("it is none of the forms a script has")?;
        let who = self.who(nick)?;
        if let Deed::Rename(new) = &deed {
            self.nicks[who] = new.clone();
        }
        self.steps.push(Step { line: number, who, deed, answers: Vec::new() });
        Ok(())
    }

    fn player(&mut self, player: &str, account: bool) -> Result<(), String> {
        let (nick, name) = player.split_once(" = ").ok_or("write: cast nick = Name")?;
        self.people.push(Player { nick: nick.into(), name: name.into(), account });
        self.nicks.push(nick.into());
        Ok(())
    }

    fn answer(&mut self, line: &str) -> Result<(), String> {
        let (whose, words) = line.split_once(':').ok_or("write: bot: words")?;
        let words = words.trim().to_string();
        let answer = match whose.strip_prefix("tells ") {
            Some(nick) => Answer::Tells(self.who(nick)?, words),
            None if whose == "bot" => Answer::Says(words),
            None => return Err("an answer begins with `bot:` or `tells nick:`".into()),
        };
        let step = self.steps.last_mut().ok_or("nobody has said anything yet")?;
        step.answers.push(answer);
        Ok(())
    }

    fn who(&self, nick: &str) -> Result<usize, String> {
        self.nicks
            .iter()
            .position(|one| one == nick)
            .ok_or_else(|| format!("nobody is called {nick} here"))
    }
}

fn deed(line: &str) -> Option<(&str, Deed)> {
    if let Some(rest) = line.strip_prefix("-!- ") {
        let (nick, what) = rest.split_once(' ')?;
        return match what {
            "joins" => Some((nick, Deed::Join)),
            "quits" => Some((nick, Deed::Quit)),
            _ => {
                let new = what.strip_prefix("is now known as ")?;
                Some((nick, Deed::Rename(new.into())))
            }
        };
    }
    if let Some(rest) = line.strip_prefix('<') {
        let (nick, words) = rest.split_once("> ")?;
        return Some((nick, Deed::Say(words.into())));
    }
    if let Some(rest) = line.strip_prefix("* ") {
        let (nick, words) = rest.split_once(' ')?;
        return Some((nick, Deed::Act(words.into())));
    }
    let (nick, words) = line.strip_prefix('-')?.split_once("- ")?;
    Some((nick, Deed::Notice(words.into())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_built_in_meeting_is_the_fixture_groups() {
        let script = Script::meeting();
        let said: Vec<&str> = script
            .steps
            .iter()
            .filter_map(|step| match &step.deed {
                Deed::Say(words) => Some(words.as_str()),
                _ => None,
            })
            .collect();
        assert_eq!(said.iter().filter(|line| line.starts_with("#notice ")).count(), 7);
        for topic in ["Xen", "oVirt", "libvirt", "Docker"] {
            assert!(said.contains(&format!("#topic {topic}").as_str()), "{topic}");
        }
        assert_eq!(said.last(), Some(&"#endmeeting"));
        assert_eq!(script.accounts().len(), 5);
        assert!(said.iter().all(|line| line.len() < 400), "no line is cut by a network");
    }

    #[test]
    fn every_form_is_read_and_nothing_else() {
        let script = Script::parse(
            "cast a = A\nguest b = B\n-- nothing\n\n<a> hi\n    bot: x y\n* a waves\n\
             -b- psst\n-!- a is now known as c\n<c> {bot}\n  tells c:\n-!- b quits\n",
        )
        .unwrap();
        assert_eq!(script.steps.len(), 6);
        assert_eq!(script.steps[0].answers, [Answer::Says("x y".into())]);
        assert_eq!(script.steps[3].deed, Deed::Rename("c".into()));
        assert_eq!(script.steps[4].answers, [Answer::Tells(0, String::new())]);
        for (text, line) in [
            ("<nobody> hi", 1),
            ("cast a", 1),
            ("cast a = A\nhello", 2),
            ("cast a = A\n    bot: x", 2),
            ("cast a = A\n<a> hi\n    says: x", 3),
        ] {
            assert_eq!(Script::parse(text).map_err(|bad| bad.line), Err(line), "{text}");
        }
    }
}
