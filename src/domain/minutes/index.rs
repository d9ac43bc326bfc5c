//! What is kept of minutes to find them again: each topic and item with the words it is searched
//! by, and a meeting in one line.
//!
//! It is derived from the meeting. Where it is kept, and who may see what, is not decided here.

use crate::domain::meeting::{Kind, Meeting};
use crate::domain::name::{Channel, Nick};
use crate::domain::text::Text;
use crate::domain::time::{MINUTE, Moment};

/// The longest words by which one item is searched, in characters.
pub const MOST_FOLDED: usize = 2_000;
/// The most entries of one meeting.
pub const MOST_ENTRIES: usize = 10_000;

/// What an entry is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sort {
    /// A topic's title.
    Topic,
    /// An item.
    Item(Kind),
}

/// Each sort with the word it is stored under.
const SORTS: [(Sort, &str); 11] = [
    (Sort::Topic, "topic"),
    (Sort::Item(Kind::Info), "info"),
    (Sort::Item(Kind::Idea), "idea"),
    (Sort::Item(Kind::Action), "action"),
    (Sort::Item(Kind::Agreed), "agreed"),
    (Sort::Item(Kind::Accepted), "accepted"),
    (Sort::Item(Kind::Rejected), "rejected"),
    (Sort::Item(Kind::Help), "help"),
    (Sort::Item(Kind::Link), "link"),
    (Sort::Item(Kind::Vote), "vote"),
    (Sort::Item(Kind::Notice), "notice"),
];

/// What was decided, votes included.
pub const DECISIONS: [Sort; 4] = [
    Sort::Item(Kind::Agreed),
    Sort::Item(Kind::Accepted),
    Sort::Item(Kind::Rejected),
    Sort::Item(Kind::Vote),
];

impl Sort {
    /// All of them.
    #[cfg(test)]
    pub fn all() -> impl Iterator<Item = Sort> {
        SORTS.iter().map(|(sort, _)| *sort)
    }

    /// The word it is stored under.
    pub fn word(self) -> &'static str {
        SORTS.iter().find(|(sort, _)| *sort == self).map_or("info", |(_, word)| word)
    }

    /// The sort of a stored word.
    pub fn parse(word: &str) -> Option<Sort> {
        SORTS.iter().find(|(_, known)| *known == word).map(|(sort, _)| *sort)
    }
}

/// A topic or an item, and what it is searched by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// What it is.
    pub sort: Sort,
    /// The log line (`l-N`) that made it.
    pub line: u32,
    /// When.
    pub at: Moment,
    /// Who said it.
    pub nick: Nick,
    /// The words.
    pub text: Text,
    /// The words by which it is found: its topic's, its own and its number, in small letters.
    pub folded: String,
}

/// An entry that was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// The slug of its meeting.
    pub slug: String,
    /// What it is.
    pub sort: Sort,
    /// The log line that made it.
    pub line: u32,
    /// When.
    pub at: Moment,
    /// Who said it.
    pub nick: Nick,
    /// The words.
    pub text: Text,
}

/// A meeting in one line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Brief {
    /// Its permanent address is `/m/SLUG`.
    pub slug: String,
    /// What it is called, where it ended with a name.
    pub name: Option<Text>,
    /// Where it was held.
    pub channel: Channel,
    /// When it started.
    pub started_at: Moment,
    /// When it ended; nothing while it is on.
    pub ended_at: Option<Moment>,
    /// Whether its minutes are for members only.
    pub is_restricted: bool,
    /// How many took part, where that was counted.
    pub people: Option<u32>,
    /// How many decisions were noted, votes not counted.
    pub decisions: u32,
    /// How many notices.
    pub notices: u32,
    /// How many actions.
    pub actions: u32,
}

impl Brief {
    /// `48 min, 6 people, 2 decisions, 7 notices, 1 action`, as far as it is known.
    pub fn summary(&self) -> String {
        let minutes = self.ended_at.map(|end| end.since(self.started_at).max(0) / MINUTE);
        let several = |count: u32, one: &str, many: &str| match count {
            0 => None,
            1 => Some(format!("1 {one}")),
            _ => Some(format!("{count} {many}")),
        };
        let parts = [
            minutes.map(|minutes| format!("{minutes} min")),
            several(self.people.unwrap_or(0), "person", "people"),
            several(self.decisions, "decision", "decisions"),
            several(self.notices, "notice", "notices"),
            several(self.actions, "action", "actions"),
        ];
        parts.into_iter().flatten().collect::<Vec<String>>().join(", ")
    }
}

/// The entries of a meeting, in the order of its minutes.
pub fn entries(meeting: &Meeting) -> Vec<Entry> {
    let topics = meeting.topics.iter().flat_map(|topic| {
        let title = topic.title.as_untrusted();
        let head = (!topic.title.is_empty()).then(|| Entry {
            sort: Sort::Topic,
            line: number(topic.line),
            at: topic.at,
            nick: topic.nick.clone(),
            text: topic.title.clone(),
            folded: fold(title),
        });
        let items = topic.items.iter().map(move |item| {
            let own = item.number.map_or(String::new(), |number| format!(" [{number}]"));
            Entry {
                sort: Sort::Item(item.kind),
                line: number(item.line),
                at: item.at,
                nick: item.nick.clone(),
                text: item.text.clone(),
                folded: fold(&format!("{title} {}{own}", item.text.as_untrusted())),
            }
        });
        head.into_iter().chain(items)
    });
    topics.take(MOST_ENTRIES).collect()
}

/// How many took part: said something or signed in.
pub fn people(meeting: &Meeting) -> u32 {
    let took_part = |person: &&crate::domain::meeting::Person| {
        person.lines > 0 || person.present || person.signed_in_at.is_some()
    };
    number(meeting.people.all().iter().filter(took_part).count())
}

/// Words as they are compared: in small letters, and not endless.
pub fn fold(words: &str) -> String {
    words.chars().take(MOST_FOLDED).flat_map(char::to_lowercase).collect()
}

fn number(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::meeting::tests::played;

    #[test]
    fn a_sort_is_read_back_from_its_word() {
        for sort in Sort::all() {
            assert_eq!(Sort::parse(sort.word()), Some(sort));
        }
        assert_eq!(Sort::parse("talk"), None);
    }

    #[test]
    fn an_item_is_found_under_its_topic_and_number() {
        let meeting = played(
            "ledger empty\n\
             15:00:12 <gwd> #startmeeting Virt SIG\n\
             15:01:00 <gwd> #topic Xen on ÄRM\n\
             15:02:00 <gwd> #action gwd to write it\n",
        );
        let entries = entries(&meeting);
        let folded: Vec<&str> = entries.iter().map(|entry| entry.folded.as_str()).collect();
        assert_eq!(folded, ["xen on ärm", "xen on ärm gwd to write it [1]"]);
        assert_eq!(entries[1].sort, Sort::Item(Kind::Action));
        assert_eq!(people(&meeting), 1);
    }
}
