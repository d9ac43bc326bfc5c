//! The reader: walks the parsed file along the vocabulary and notes every key that does not fit.
//!
//! What is read here has the right kind and range; what it means is the business of
//! `crate::config::check`.

use crate::config::fault::Faults;
use crate::config::fault::printable;
use crate::config::vocabulary::FILE;
use crate::config::vocabulary::Key;
use crate::config::vocabulary::Kind;
use crate::config::vocabulary::Presence;
use crate::config::vocabulary::Section;
use std::ops::Range;
use toml::Spanned;
use toml::de::DeTable;
use toml::de::DeValue;

/// A table of the file, whose keys have been held against the vocabulary.
pub struct Table<'a> {
    section: &'static Section,
    entries: &'a DeTable<'a>,
    /// The bytes of its header.
    pub header: Range<usize>,
}

/// A value and where it stands.
#[derive(Clone, Debug)]
pub struct Given<T> {
    /// The value.
    pub value: T,
    /// Its bytes in the file.
    pub span: Range<usize>,
}

impl<'a> Table<'a> {
    /// The file as a whole.
    pub fn file(entries: &'a DeTable<'a>, faults: &mut Faults) -> Table<'a> {
        Table::open(&FILE, entries, 0..0, faults)
    }

    /// A file of which no table needs to be there.
    pub fn part(entries: &'a DeTable<'a>, faults: &mut Faults) -> Table<'a> {
        Table::known(&FILE, entries, 0..0, faults)
    }

    fn open(
        section: &'static Section,
        entries: &'a DeTable<'a>,
        header: Range<usize>,
        faults: &mut Faults,
    ) -> Table<'a> {
        let table = Table::known(section, entries, header, faults);
        for key in section.keys {
            if let (Presence::Required, None) = (key.presence, entries.get(key.name)) {
                table.missing(key.name, faults);
            }
        }
        table
    }

    /// Holds what is there against the vocabulary.
    fn known(
        section: &'static Section,
        entries: &'a DeTable<'a>,
        header: Range<usize>,
        faults: &mut Faults,
    ) -> Table<'a> {
        for (name, value) in entries {
            match section.key(name.get_ref()) {
                None => faults.at(&name.span(), unknown(section, name.get_ref())),
                Some(key) => {
                    if let Some(sentence) = misfit(key, value.get_ref()) {
                        faults.at(&value.span(), sentence);
                    }
                }
            }
        }
        Table { section, entries, header }
    }

    /// Notes that a key is missing, at the table's header.
    pub fn missing(&self, name: &str, faults: &mut Faults) {
        let key = self.key(name);
        match key.kind {
            Kind::One(inner) | Kind::Many(inner) => {
                let example = key.example.replace('\n', "\n    ");
                faults.of_file(format!("{} is missing, for example\n    {example}", inner.header));
            }
            _ => faults.at(&self.header, format!("`{name}` is missing, {}", example(key))),
        }
    }

    /// The text of that key.
    pub fn text(&self, name: &str) -> Option<Given<&'a str>> {
        let value = self.value(name)?;
        value.get_ref().as_str().map(|text| Given { value: text, span: value.span() })
    }

    /// The date or time of that key, as it is written.
    pub fn date(&self, name: &str) -> Option<Given<String>> {
        let value = self.value(name)?;
        let written = match value.get_ref() {
            DeValue::String(text) => text.to_string(),
            DeValue::Datetime(date) => date.to_string(),
            _ => return None,
        };
        Some(Given { value: written, span: value.span() })
    }

    /// The texts of that key's list.
    pub fn texts(&self, name: &str) -> Option<Vec<Given<&'a str>>> {
        let list = self.value(name)?.get_ref().as_array()?;
        let given = |one: &'a Spanned<DeValue<'a>>| {
            one.get_ref().as_str().map(|text| Given { value: text, span: one.span() })
        };
        Some(list.iter().filter_map(given).collect())
    }

    /// The answer of that key.
    pub fn bool(&self, name: &str) -> Option<bool> {
        self.value(name)?.get_ref().as_bool()
    }

    /// The number of that key, if it is in range.
    pub fn integer(&self, name: &str) -> Option<i64> {
        let value = self.value(name)?.get_ref();
        if misfit(self.key(name), value).is_some() { None } else { integer(value) }
    }

    /// The number of that key, if it is in range.
    pub fn number(&self, name: &str) -> Option<f64> {
        let value = self.value(name)?.get_ref();
        if misfit(self.key(name), value).is_some() { None } else { number(value) }
    }

    /// The table of that key.
    pub fn one(&self, name: &str, faults: &mut Faults) -> Option<Table<'a>> {
        let Kind::One(section) = self.key(name).kind else { return None };
        let value = self.value(name)?;
        Some(Table::open(section, value.get_ref().as_table()?, value.span(), faults))
    }

    /// The tables of that key.
    pub fn many(&self, name: &str, faults: &mut Faults) -> Vec<Table<'a>> {
        let Kind::Many(section) = self.key(name).kind else { return Vec::new() };
        let tables = self.value(name).and_then(|value| value.get_ref().as_array());
        let tables = tables.into_iter().flat_map(|tables| tables.iter());
        let opened = |one: &'a Spanned<DeValue<'a>>| {
            Some(Table::open(section, one.get_ref().as_table()?, one.span(), faults))
        };
        tables.filter_map(opened).collect()
    }

    /// Where that key's value stands; the header where the key is missing.
    pub fn span(&self, name: &str) -> Range<usize> {
        self.value(name).map_or(self.header.clone(), Spanned::span)
    }

    /// Whether that key is given, of whatever kind its value is.
    pub fn has(&self, name: &str) -> bool {
        self.value(name).is_some()
    }

    fn value(&self, name: &str) -> Option<&'a Spanned<DeValue<'a>>> {
        self.key(name);
        self.entries.get(name)
    }

    fn key(&self, name: &str) -> &'static Key {
        self.section.key(name).expect("the checks ask only for keys of the vocabulary")
    }
}

/// What is wrong with the kind or the range of a value, if anything is.
pub fn misfit(key: &Key, value: &DeValue) -> Option<String> {
    let name = key.name;
    let fits = match key.kind {
        Kind::Text => value.is_str(),
        Kind::Bool => value.is_bool(),
        Kind::Date => value.is_str() || value.is_datetime(),
        Kind::Texts => texts(value),
        Kind::TextOrTexts => value.is_str() || texts(value),
        Kind::One(inner) => {
            let one = value.is_table();
            return (!one).then(|| format!("`{name}` is a table, opened with {}", inner.header));
        }
        Kind::Many(inner) => {
            let many =
                value.as_array().is_some_and(|all| all.iter().all(|x| x.get_ref().is_table()));
            let sentence = format!("there may be several; open each with {}", inner.header);
            return (!many).then_some(sentence);
        }
        Kind::Integer(least, most) => match (integer(value), value.is_integer()) {
            (Some(number), _) if (least..=most).contains(&number) => true,
            (_, true) => return Some(format!("`{name}` must be from {least} to {most}")),
            _ => false,
        },
        Kind::Number(least, most) => match number(value) {
            Some(number) if (least..=most).contains(&number) => true,
            Some(_) => return Some(format!("`{name}` must be from {least} to {most}")),
            None => false,
        },
    };
    let sentence =
        || format!("`{name}` takes {}, {}; this is {}", kind(key.kind), example(key), given(value));
    (!fits).then(sentence)
}

fn texts(value: &DeValue) -> bool {
    value.as_array().is_some_and(|all| all.iter().all(|one| one.get_ref().is_str()))
}

fn integer(value: &DeValue) -> Option<i64> {
    let number = value.as_integer()?;
    i64::from_str_radix(number.as_str(), number.radix()).ok()
}

fn number(value: &DeValue) -> Option<f64> {
    match value {
        DeValue::Float(float) => float.as_str().parse().ok(),
        // A whole number that fits no i64 is out of every range.
        DeValue::Integer(_) => Some(integer(value).map_or(f64::INFINITY, |whole| whole as f64)),
        _ => None,
    }
}

fn example(key: &Key) -> String {
    format!("for example {} = {}", key.name, key.example)
}

fn kind(kind: Kind) -> &'static str {
    match kind {
        Kind::Text => "text in quotes",
        Kind::Bool => "true or false",
        Kind::Integer(..) => "a whole number",
        Kind::Number(..) => "a number",
        Kind::Date => "a date or a time",
        Kind::Texts => "a list of texts",
        Kind::TextOrTexts => "text in quotes or a list of texts",
        Kind::One(_) | Kind::Many(_) => "a table",
    }
}

fn given(value: &DeValue) -> &'static str {
    match value {
        DeValue::String(_) => "text",
        DeValue::Integer(_) => "a whole number",
        DeValue::Float(_) => "a number with a fraction",
        DeValue::Boolean(_) => "true or false",
        DeValue::Datetime(_) => "a date or time",
        DeValue::Array(all) if all.iter().any(|one| !one.get_ref().is_str()) => {
            "a list in which not everything is text"
        }
        DeValue::Array(_) => "a list",
        DeValue::Table(_) => "a table",
    }
}

fn unknown(section: &'static Section, name: &str) -> String {
    let place = if section.header.is_empty() { "here" } else { section.header };
    let shown: String = printable(name).chars().take(64).collect();
    let hint = nearest(section, name)
        .map(|key| format!("did you mean {}?", quoted(key)))
        .or_else(|| home(name).map(|header| format!("it belongs into {header}")))
        .unwrap_or_else(|| format!("known are {}", names(section)));
    format!("unknown key `{shown}` {}{place}; {hint}", if place == "here" { "" } else { "in " })
}

/// The known key that was probably meant: one that is near by spelling, or a part of the other.
fn nearest(section: &'static Section, name: &str) -> Option<&'static Key> {
    let name: String = name.chars().take(64).collect::<String>().to_lowercase().replace('-', "_");
    let part =
        |key: &&Key| name.len() >= 4 && (key.name.contains(&name) || name.contains(key.name));
    let distance = |key: &Key| strsim::damerau_levenshtein(key.name, &name);
    let near = section.keys.iter().min_by_key(|key| distance(key));
    near.filter(|key| distance(key) <= (name.len() / 3).max(1))
        .or_else(|| section.keys.iter().find(part))
}

/// The table that knows a key of this name.
fn home(name: &str) -> Option<&'static str> {
    let all = FILE.all().into_iter().filter(|section| !section.header.is_empty());
    all.into_iter().find(|section| section.key(name).is_some()).map(|section| section.header)
}

fn names(section: &Section) -> String {
    section.keys.iter().map(quoted).collect::<Vec<_>>().join(", ")
}

fn quoted(key: &Key) -> String {
    match key.kind {
        Kind::One(inner) | Kind::Many(inner) => inner.header.to_string(),
        _ => format!("`{}`", key.name),
    }
}
