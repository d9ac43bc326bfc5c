//! What can be asked: one table that reading, help and the hints read.
//!
//! Answers are not here; see `crate::domain::chat::tell` and `past`.

use crate::domain::chat::answer::quoted;
use crate::domain::meeting::command;
use crate::domain::time::Moment;
use chrono::NaiveDate;

/// The most characters of a question that are looked at.
pub const MOST_CHARS: usize = 400;
/// The most meetings that `minutes last N` names.
pub const MOST_LAST: u32 = 100;
/// The most characters of a wrong word that are repeated.
const MOST_WORD: usize = 30;

/// A question that was understood.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Question {
    /// What can be asked, or how one question is written.
    Help(Option<String>),
    /// When the next meeting is.
    When,
    /// When a build is out.
    WhenOut(String),
    /// Where a package is.
    Where(String),
    /// The last pushes, or what is held.
    Pushes {
        /// Only what is held.
        held: bool,
    },
    /// What the push window says of something tagged at that time, or now.
    Window(Option<Moment>),
    /// Where minutes are.
    Minutes(Which),
    /// Who somebody is, or who maintains a project.
    Who(Option<String>),
    /// What is to be done, by everybody or by one person.
    Actions(Option<String>),
    /// The news.
    Notices,
    /// What was decided, all of it or about something.
    Decisions(Option<String>),
    /// The milestones, and what help is wanted with.
    Roadmap,
    /// How to write to the group.
    List,
    /// Where the documentation of a project is.
    Docs(Option<String>),
    /// What can be said in a meeting.
    Commands,
}

/// Which minutes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Which {
    /// Those of the last meetings.
    Last(u32),
    /// Those of a date.
    On(NaiveDate),
    /// Those in which all these words stand.
    About(String),
}

/// One word of the vocabulary.
#[derive(Clone, Copy, Debug)]
pub struct Word {
    /// The question's first word.
    pub name: &'static str,
    /// Other words for it.
    pub aliases: &'static [&'static str],
    /// What may follow.
    pub usage: &'static str,
    /// What it tells.
    pub about: &'static str,
    read: fn(&str) -> Result<Question, String>,
}

/// The vocabulary, in the order of the help.
#[rustfmt::skip]
pub const WORDS: &[Word] = &[
    word("when", &["next", "date", "time"], "[NAME-VERSION-RELEASE]",
        "when the next meeting is, or when a build is out", when),
    word("minutes", &["meetings", "meeting", "minute"], "[DATE | last N | about WORDS]",
        "where the minutes of the last meeting, of a date, or about something are", minutes),
    word("who", &["whois", "roster", "maintainer", "maintainers"], "[NAME | PROJECT]",
        "who somebody is, or who maintains a project", |rest| Ok(Question::Who(some(rest).filter(|who| who != "list")))),
    word("actions", &["action", "todo", "todos"], "[NICK]",
        "what is to be done, by everybody or by one person", |rest| Ok(Question::Actions(some(rest)))),
    word("notices", &["notice", "news"], "", "the news, the newest first", |_| Ok(Question::Notices)),
    word("decisions", &["decision", "decided", "agreed"], "[about WORDS]",
        "what was decided, all of it or about something", |rest| Ok(Question::Decisions(topic(rest)))),
    word("roadmap", &["milestones", "milestone"], "",
        "the milestones, and what help is wanted with", |_| Ok(Question::Roadmap)),
    word("list", &["lists", "mail", "contact"], "", "how to write to the group", |_| Ok(Question::List)),
    word("docs", &["doc", "documents", "documentation"], "PROJECT",
        "where the documentation of a project is", |rest| Ok(Question::Docs(some(rest)))),
    word("where", &["package"], "NAME", "where a package is: tagged, held, pushed, on mirrors", place),
    word("pushes", &["push", "releases"], "[held]", "what was tagged and pushed, or what is held",
        |rest| Ok(Question::Pushes { held: rest.eq_ignore_ascii_case("held") })),
    word("window", &["cutoff", "freeze"], "[TIME]",
        "from when on what is tagged now, or at that time, may be pushed", window),
    word("help", &["?"], "[WORD]", "what can be asked, or how one question is written",
        |rest| Ok(Question::Help(some(rest)))),
    word("commands", &["command"], "", "what can be said in a meeting", |_| Ok(Question::Commands)),
];

const fn word(
    name: &'static str,
    aliases: &'static [&'static str],
    usage: &'static str,
    about: &'static str,
    read: fn(&str) -> Result<Question, String>,
) -> Word {
    Word { name, aliases, usage, about, read }
}

impl Word {
    /// `minutes [DATE | last N | about WORDS]`
    pub fn usage(&self) -> String {
        format!("{} {}", self.name, self.usage).trim_end().to_string()
    }
}

/// Reads a question; where it is none, a sentence with the nearest right one.
pub fn read(asked: &str) -> Result<Question, String> {
    let asked: String = asked.chars().take(MOST_CHARS).collect();
    let asked = asked.trim();
    if asked == "?" {
        return Ok(Question::Help(None));
    }
    let asked = asked.trim_end_matches(['?', '!', '.']).trim();
    let (first, rest) = asked.split_once(char::is_whitespace).unwrap_or((asked, ""));
    // `#action` alone may be meant as a question, `#action gwd writes it` is not.
    if let command::Form::Command(word, words) = command::read(asked)
        && (find(word.name).is_none() || !words.is_empty())
    {
        return Err(format!("#{} is said to the meeting, without my name.", word.name));
    }
    let first = first.trim_start_matches(['#', '!']).trim_end_matches([':', ',']);
    if first.is_empty() {
        return Ok(Question::Help(None));
    }
    match find(first) {
        Some(word) => (word.read)(rest.trim()),
        None => Err(unknown(first)),
    }
}

/// The word of that name or alias.
pub fn find(name: &str) -> Option<&'static Word> {
    WORDS.iter().find(|word| spellings(word).any(|known| known.eq_ignore_ascii_case(name)))
}

fn spellings(word: &'static Word) -> impl Iterator<Item = &'static str> {
    std::iter::once(word.name).chain(word.aliases.iter().copied())
}

fn unknown(word: &str) -> String {
    let near = nearest(word, WORDS.iter().flat_map(spellings)).and_then(find);
    let word: String = quoted(word).chars().take(MOST_WORD).collect();
    match near {
        Some(near) => {
            let near = near.name;
            format!("I do not know '{word}'. Did you mean '{near}'? All that can be asked: help")
        }
        None => format!("I do not know '{word}'. All that can be asked: help"),
    }
}

/// Which of these words was probably meant: at most two letters wrong, and fewer wrong than right.
pub fn nearest<'a>(mistyped: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let mistyped = mistyped.to_lowercase();
    let letters = mistyped.chars().count();
    if !(3..=32).contains(&letters) || mistyped.chars().all(|c| c.is_ascii_digit()) {
        return None;
    }
    known
        .map(|known| (strsim::osa_distance(&known.to_lowercase(), &mistyped), known))
        .filter(|(wrong, _)| *wrong <= 2 && wrong + 1 < letters)
        .min_by_key(|(wrong, _)| *wrong)
        .map(|(_, known)| known)
}

/// `when is the next meeting` is a question too; a build has a version.
fn when(rest: &str) -> Result<Question, String> {
    let mut words = rest.split_whitespace();
    Ok(match (words.next(), words.next()) {
        (Some(build), None) if build.contains('-') => Question::WhenOut(build.to_string()),
        _ => Question::When,
    })
}

fn place(rest: &str) -> Result<Question, String> {
    match rest.split_whitespace().last() {
        Some(name) => Ok(Question::Where(name.to_string())),
        None => Err("'where' wants a package, for example: where xen".to_string()),
    }
}

fn window(rest: &str) -> Result<Question, String> {
    match rest {
        "" | "now" => Ok(Question::Window(None)),
        time => Moment::parse(time).map(|at| Question::Window(Some(at))).map_err(|_| {
            let time: String = quoted(time).chars().take(MOST_WORD).collect();
            format!("'{time}' is no time; write it as 2018-11-15T09:30:00Z.")
        }),
    }
}

fn some(rest: &str) -> Option<String> {
    (!rest.is_empty()).then(|| rest.to_string())
}

/// The words after an `about` that may be left out.
fn topic(rest: &str) -> Option<String> {
    let (first, words) = rest.split_once(char::is_whitespace).unwrap_or((rest, ""));
    match first.to_lowercase().as_str() {
        "about" | "on" => some(words.trim()),
        _ => some(rest),
    }
}

fn minutes(rest: &str) -> Result<Question, String> {
    let (first, words) = rest.split_once(char::is_whitespace).unwrap_or((rest, ""));
    let words = words.trim();
    Ok(Question::Minutes(match first.to_lowercase().as_str() {
        "" | "latest" => Which::Last(1),
        "last" if words.is_empty() => Which::Last(1),
        "last" => match words.parse() {
            Ok(count @ 1..=MOST_LAST) => Which::Last(count),
            _ => return Err(format!("'minutes last' wants a number from 1 to {MOST_LAST}.")),
        },
        "about" | "on" if words.is_empty() => {
            return Err("'minutes about' wants words, for example: minutes about xen".to_string());
        }
        "on" if looks_like_a_date(words) => Which::On(date(words)?),
        "about" | "on" => Which::About(words.to_string()),
        _ if looks_like_a_date(rest) => Which::On(date(rest)?),
        _ => Which::About(rest.to_string()),
    }))
}

fn looks_like_a_date(words: &str) -> bool {
    words.starts_with(|c: char| c.is_ascii_digit())
        && words.bytes().all(|byte| byte.is_ascii_digit() || b"-./".contains(&byte))
}

fn date(words: &str) -> Result<NaiveDate, String> {
    words.parse().map_err(|_| {
        let words: String = words.chars().take(MOST_WORD).collect();
        format!("'{words}' is no date; write it as 2018-11-13.")
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn reads_questions_as_people_type_them() {
        let day = || "2018-11-13".parse().unwrap();
        for (asked, question) in [
            ("when", Question::When),
            ("When is the next meeting?", Question::When),
            ("next", Question::When),
            ("", Question::Help(None)),
            ("?", Question::Help(None)),
            ("help minutes", Question::Help(Some("minutes".into()))),
            ("minutes", Question::Minutes(Which::Last(1))),
            ("#minutes latest", Question::Minutes(Which::Last(1))),
            ("minutes last 3", Question::Minutes(Which::Last(3))),
            ("minutes 2018-11-13", Question::Minutes(Which::On(day()))),
            ("minutes about  xen arm64?", Question::Minutes(Which::About("xen arm64".into()))),
            ("minutes xen", Question::Minutes(Which::About("xen".into()))),
            ("minutes on xen", Question::Minutes(Which::About("xen".into()))),
            ("who xen", Question::Who(Some("xen".into()))),
            ("roster list", Question::Who(None)),
            ("#action", Question::Actions(None)),
            ("actions", Question::Actions(None)),
            ("todo: sbonazzo", Question::Actions(Some("sbonazzo".into()))),
            ("decisions about arm64", Question::Decisions(Some("arm64".into()))),
            ("decisions", Question::Decisions(None)),
            ("docs", Question::Docs(None)),
            ("when xen-4.6.6-13.el7?", Question::WhenOut("xen-4.6.6-13.el7".into())),
            ("where is xen", Question::Where("xen".into())),
            ("pushes held", Question::Pushes { held: true }),
            ("window", Question::Window(None)),
        ] {
            assert_eq!(read(asked), Ok(question), "{asked}");
        }
    }

    #[test]
    fn a_wrong_one_gets_the_nearest_right_one() {
        for (asked, sentence) in [
            (
                "minuts last 3",
                "I do not know 'minuts'. Did you mean 'minutes'? All that can be asked: help",
            ),
            (
                "raodmap",
                "I do not know 'raodmap'. Did you mean 'roadmap'? All that can be asked: help",
            ),
            ("#topic Xen", "#topic is said to the meeting, without my name."),
            ("#action gwd writes it", "#action is said to the meeting, without my name."),
            ("thanks!", "I do not know 'thanks'. All that can be asked: help"),
            (
                "windom",
                "I do not know 'windom'. Did you mean 'window'? All that can be asked: help",
            ),
            ("window Thu 10:30", "'Thu 10:30' is no time; write it as 2018-11-15T09:30:00Z."),
            ("where", "'where' wants a package, for example: where xen"),
            ("minutes 2018-13-01", "'2018-13-01' is no date; write it as 2018-11-13."),
            ("minutes 13.11.2018", "'13.11.2018' is no date; write it as 2018-11-13."),
            ("minutes last week", "'minutes last' wants a number from 1 to 100."),
            ("minutes last 999", "'minutes last' wants a number from 1 to 100."),
            ("minutes about", "'minutes about' wants words, for example: minutes about xen"),
        ] {
            assert_eq!(read(asked), Err(sentence.to_string()), "{asked}");
        }
    }

    #[test]
    fn no_spelling_stands_twice() {
        let mut all: Vec<_> = WORDS.iter().flat_map(spellings).collect();
        all.sort_unstable();
        let count = all.len();
        all.dedup();
        assert_eq!(all.len(), count);
    }

    proptest! {
        #[test]
        fn anything_can_be_asked(asked in "(minutes |who |docs |last |about |[0-9-]{0,12}|\\PC{0,40}){0,5}") {
            if let Err(sentence) = read(&asked) {
                prop_assert!(sentence.chars().count() < 200 && !sentence.contains('\n'));
            }
        }
    }
}
