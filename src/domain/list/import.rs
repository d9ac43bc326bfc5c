//! Subscribers as other list managers write them down, read into what a list can take over.
//!
//! Nothing here opens a file or changes a list; a source is read and never evaluated. What a line
//! holds that is no address is told with its number, and the others are read all the same.

pub mod csv;
mod literal;
mod mailman2;
mod mailman3;

use crate::domain::list::key::{Key, MOST_BYTES};
use crate::domain::text::clean;

/// The longest source, in bytes.
pub const MOST_SOURCE: u64 = 256_000_000;
/// The most addresses of one import.
pub const MOST_ADDRESSES: usize = 2_000_000;
/// The longest name beside an address that is kept, in characters.
const MOST_NAME: usize = 100;
/// The most lines that are told because they hold no address; the others are counted.
pub const MOST_FAULTS: usize = 100;

/// How a source is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// One address a line, perhaps as `Name <address>`: also what Mailman 2's `list_members` and
    /// mlmmj's files are.
    Plain,
    /// A table with a row of names first: also Mailman 3's export, and our own.
    Csv,
    /// What Mailman 2's `config_list -o` writes: settings, no subscribers.
    Settings,
    /// What Mailman 2's `dumpdb` writes of a `config.pck`.
    Dump,
    /// What Mailman 3's REST interface answers to `/lists/LIST/roster/member`.
    Json,
}

/// An address to be subscribed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// As it is compared.
    pub key: Key,
    /// As it is written.
    pub address: String,
    /// The name beside it; may be empty.
    pub name: String,
    /// The first address of the subscriber, where this is a further one.
    pub other_of: Option<Key>,
    /// Whether every post waits for a moderator.
    pub is_moderated: bool,
    /// Whether `name+anything@` is the subscriber's own.
    pub is_extended: bool,
    /// Whether no mail is wanted.
    pub is_nomail: bool,
}

impl Entry {
    /// `address`, `Name <address>` or `"Name" <address>`.
    pub fn parse(given: &str) -> Option<Entry> {
        let given = given.trim();
        match given.strip_suffix('>').and_then(|rest| rest.rsplit_once('<')) {
            Some((name, address)) => Entry::new(address.trim(), name.trim().trim_matches('"')),
            None => Entry::new(given, ""),
        }
    }

    /// An address with a name; nothing where it is none.
    pub fn new(address: &str, name: &str) -> Option<Entry> {
        let key = Key::parse(address).filter(|_| address.len() <= MOST_BYTES)?;
        Some(Entry {
            key,
            address: address.to_string(),
            name: clean(name).chars().take(MOST_NAME).collect(),
            other_of: None,
            is_moderated: false,
            is_extended: false,
            is_nomail: false,
        })
    }
}

/// What a source holds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Source {
    /// The addresses, as they came.
    pub entries: Vec<Entry>,
    /// What holds no address: the number of the line, or of the row, and what is wrong. At most
    /// [`MOST_FAULTS`].
    pub faults: Vec<(usize, &'static str)>,
    /// How many there are in all.
    pub fault_count: usize,
    /// Lines for the configuration that say what the list did.
    pub gate: Vec<String>,
    /// What a reader should know of it.
    pub notes: Vec<String>,
}

impl Source {
    fn fault(&mut self, line: usize, what: &'static str) {
        self.fault_count += 1;
        if self.faults.len() < MOST_FAULTS {
            self.faults.push((line, what));
        }
    }

    fn add(&mut self, line: usize, entry: Option<Entry>) {
        match entry {
            Some(entry) => self.entries.push(entry),
            None => self.fault(line, "no address"),
        }
    }

    /// Puts the entries into the order of their keys, each once; gives how many came twice. Of two,
    /// the first stays.
    pub fn sort(&mut self) -> usize {
        let before = self.entries.len();
        self.entries.sort_by(|one, other| one.key.cmp(&other.key));
        self.entries.dedup_by(|next, first| next.key == first.key);
        before - self.entries.len()
    }
}

/// How a source seems to be written.
pub fn guess(bytes: &[u8]) -> Format {
    let start = String::from_utf8_lossy(&bytes[..bytes.len().min(4096)]);
    let start = start.trim_start_matches('\u{feff}').trim_start();
    let first = start.lines().next().unwrap_or("");
    if start.contains("start pickle file") || start.starts_with("{   '") {
        Format::Dump
    } else if start.starts_with("# -*- python -*-") || start.contains("\n## captured on") {
        Format::Settings
    } else if start.starts_with(['{', '[']) {
        Format::Json
    } else if csv::is_head(first) {
        Format::Csv
    } else {
        Format::Plain
    }
}

/// Reads a source.
///
/// # Errors
///
/// A sentence: it is not written so.
pub fn read(bytes: &[u8], format: Format) -> Result<Source, String> {
    let source = match format {
        Format::Plain => Ok(plain(bytes)),
        Format::Csv => csv::read(bytes),
        Format::Settings => Ok(mailman2::settings(&String::from_utf8_lossy(bytes))),
        Format::Dump => mailman2::dump(&String::from_utf8_lossy(bytes)),
        Format::Json => mailman3::read(bytes),
    }?;
    match source.entries.len() > MOST_ADDRESSES {
        true => Err(format!("there are more than {MOST_ADDRESSES} addresses in it")),
        false => Ok(source),
    }
}

fn plain(bytes: &[u8]) -> Source {
    let mut source = Source::default();
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    for (line, number) in bytes.split(|byte| *byte == b'\n').zip(1..) {
        match std::str::from_utf8(line).map(str::trim) {
            Err(_) => source.fault(number, "not UTF-8"),
            Ok("") => {}
            Ok(line) if line.starts_with('#') => {}
            Ok(line) => source.add(number, Entry::parse(line)),
        }
    }
    source
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const ALL: [Format; 5] =
        [Format::Plain, Format::Csv, Format::Settings, Format::Dump, Format::Json];

    pub(super) fn addresses(source: &Source) -> Vec<&str> {
        source.entries.iter().map(|entry| entry.key.as_str()).collect()
    }

    #[test]
    fn lines_are_read_and_what_is_no_address_is_told_by_its_number() {
        let text = b"# members\nanna@x.example\r\nBob B\xc3\xa9la <Bob@X.example>\n\nnobody\n\
            \"Carl, Jr.\" <carl@x.example>\nd\xff@x.example\nANNA@x.example";
        assert_eq!(guess(text), Format::Plain);
        let mut source = read(text, Format::Plain).unwrap();
        assert_eq!(source.faults, [(5, "no address"), (7, "not UTF-8")]);
        assert_eq!(source.entries[1].address, "Bob@X.example");
        assert_eq!(source.entries[1].name, "Bob B\u{e9}la");
        assert_eq!(source.entries[2].name, "Carl, Jr.");
        assert_eq!(source.sort(), 1);
        assert_eq!(addresses(&source), ["anna@x.example", "bob@x.example", "carl@x.example"]);
    }

    #[test]
    fn many_faults_are_counted_and_not_all_kept() {
        let source = read("x\n".repeat(1000).as_bytes(), Format::Plain).unwrap();
        assert_eq!((source.faults.len(), source.fault_count), (MOST_FAULTS, 1000));
    }

    proptest! {
        #[test]
        fn any_bytes_can_be_read(bytes in prop::collection::vec(any::<u8>(), 0..300), words in "[\\[\\]{}()'\",:=u\\\\x0-9a@.\n #-]{0,200}") {
            for format in ALL {
                let _ = (read(&bytes, format), read(words.as_bytes(), format));
                let _ = read(format!("members = {words}").as_bytes(), format);
            }
            let _ = (guess(&bytes), guess(words.as_bytes()));
        }
    }
}
