//! What is handed in: lines of JSON with which any build system tells what became of a build.
//!
//! One object a line; empty lines are passed over:
//! ```json
//! {"event": "tagged", "nvr": "xen-4.6.6-13.el7", "tag": "virt7-xen-46-release"}
//! ```
//!
//! | key | what it is |
//! |---|---|
//! | `event` | `tagged`, `untagged`, `signed`, `pushed` or `withdrawn` |
//! | `nvr` | the build, `name-version-release` of the source package |
//! | `tag` | the tag it is about, such as `virt7-xen-46-release` |
//! | `epoch` | a number; none is 0 |
//! | `by` | who did it |
//! | `at` | when, RFC 3339; none is for the reader to say |
//! | `arches` | an array of architectures; none or empty is all |
//! | `id` | what makes it happen once: a second line with the same id is the same event |
//! | `not_mainline` | why this build is not mainline, to be said wherever it is shown |
//! | `changes` | an array of lines, what is new in it |
//!
//! The first three must be there. A key may be `null`, which is as if it were not there; keys that
//! are not listed are passed over, so that a build system can hand in what it has. A value of another
//! type is a fault. Nothing here knows what has been handed in before, or what follows from it.

use crate::domain::push::evr::{self, Evr};
use crate::domain::push::tag;
use crate::domain::text::Text;
use crate::domain::time::Moment;
use serde_json::{Map, Value};
use std::fmt;

/// The largest file, in bytes.
pub const MOST_FILE: usize = 16 * 1024 * 1024;
/// The longest line, in bytes.
pub const MOST_LINE: usize = 64 * 1024;
/// The most lines of a file, empty ones counted.
pub const MOST_LINES: usize = 100_000;
/// The most architectures of one event.
pub const MOST_ARCHES: usize = 32;
/// The most lines of changes of one event.
pub const MOST_CHANGES: usize = 100;
/// The longest of the texts, in characters: an id, a name, a reason, a line of changes.
pub const MOST_TEXT: usize = 512;

/// What happened to a build.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Act {
    /// It was put under the tag.
    Tagged,
    /// It was taken from the tag.
    Untagged,
    /// Its packages were signed.
    Signed,
    /// It is on the master mirror.
    Pushed,
    /// It was taken from the master mirror.
    Withdrawn,
}

impl Act {
    const ALL: [Act; 5] = [Act::Tagged, Act::Untagged, Act::Signed, Act::Pushed, Act::Withdrawn];

    /// As the key `event` has it.
    pub fn word(self) -> &'static str {
        match self {
            Act::Tagged => "tagged",
            Act::Untagged => "untagged",
            Act::Signed => "signed",
            Act::Pushed => "pushed",
            Act::Withdrawn => "withdrawn",
        }
    }
}

/// One event that was handed in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Given {
    /// What happened.
    pub act: Act,
    /// The source package's name.
    pub source: String,
    /// Its version.
    pub evr: Evr,
    /// The tag.
    pub tag: String,
    /// Who did it.
    pub by: Option<Text>,
    /// When it happened, where that is known.
    pub at: Option<Moment>,
    /// For which architectures, sorted; none for all.
    pub arches: Vec<String>,
    /// What makes it happen once.
    pub id: Option<Text>,
    /// Why the build is not mainline.
    pub not_mainline: Option<Text>,
    /// What is new in it.
    pub changes: Vec<Text>,
}

impl Given {
    /// What is the same for the same event only: its id, else its tag, its build, what happened
    /// and when. Without id and time, the same thing happens to a build once.
    pub fn key(&self) -> String {
        if let Some(id) = &self.id {
            return format!("id {}", id.as_untrusted());
        }
        // No part has a space, so that no two events share a key.
        let at = self.at.map_or_else(|| "-".to_string(), |at| at.micros().to_string());
        let (tag, source, evr, act) = (&self.tag, &self.source, &self.evr, self.act.word());
        format!("event {tag} {source} {evr} {act} {at}")
    }
}

/// An event and where it stood.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// The number of its line, from 1.
    pub line: usize,
    /// The event.
    pub given: Given,
}

/// A line that is no event, and why.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub struct Fault {
    /// The number of the line, from 1; 0 for the whole file.
    pub line: usize,
    /// What is wrong, in a sentence that repeats nothing unescaped.
    pub sentence: String,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            0 => f.write_str(&self.sentence),
            line => write!(f, "line {line}: {}", self.sentence),
        }
    }
}

/// Reads lines of JSON. A file that is too large is one fault, and none of it is read.
pub fn read(file: &[u8]) -> Vec<Result<Line, Fault>> {
    let whole = |sentence: String| vec![Err(Fault { line: 0, sentence })];
    if file.len() > MOST_FILE {
        return whole(format!("the file has {} bytes, {MOST_FILE} at most", file.len()));
    }
    // Some editors begin a file with a byte order mark.
    let file = file.strip_prefix(b"\xef\xbb\xbf").unwrap_or(file);
    if memchr::memchr_iter(b'\n', file).nth(MOST_LINES - 1).is_some_and(|at| at + 1 < file.len()) {
        return whole(format!("the file has more than {MOST_LINES} lines; hand it in in parts"));
    }
    let lines = file.split(|byte| *byte == b'\n').enumerate();
    let written = lines.filter(|(_, line)| !line.trim_ascii().is_empty());
    written
        .map(|(index, words)| match event(words) {
            Ok(given) => Ok(Line { line: index + 1, given }),
            Err(sentence) => Err(Fault { line: index + 1, sentence }),
        })
        .collect()
}

/// Reads one line.
fn event(line: &[u8]) -> Result<Given, String> {
    if line.len() > MOST_LINE {
        return Err(format!("it has {} bytes, {MOST_LINE} at most", line.len()));
    }
    let object = match serde_json::from_slice(line) {
        Ok(Value::Object(object)) => Object(object),
        Ok(_) => return Err("it is JSON, but not an object {…}".into()),
        Err(error) => return Err(format!("not JSON, at column {}", error.column())),
    };
    let (source, version, release) = object.nvr()?;
    Ok(Given {
        act: object.act()?,
        evr: Evr::new(object.epoch()?, &version, &release),
        source,
        tag: tag::name(object.needed("tag")?)?,
        by: object.short("by")?,
        at: object.time("at")?,
        arches: object.arches()?,
        id: object.short("id")?,
        not_mainline: object.short("not_mainline")?,
        changes: object.changes()?,
    })
}

/// A line's object, of which one key after the other is asked.
struct Object(Map<String, Value>);

impl Object {
    /// The value of a key; `null` is none.
    fn value(&self, key: &str) -> Option<&Value> {
        self.0.get(key).filter(|value| !value.is_null())
    }

    fn text(&self, key: &str) -> Result<Option<&str>, String> {
        match self.value(key) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text)),
            Some(_) => Err(format!("\"{key}\" is not a text")),
        }
    }

    fn needed(&self, key: &str) -> Result<&str, String> {
        self.text(key)?.ok_or_else(|| format!("\"{key}\" is missing"))
    }

    /// A text of a stranger's that is not too long; an empty one is none.
    fn short(&self, key: &str) -> Result<Option<Text>, String> {
        match self.text(key)? {
            None | Some("") => Ok(None),
            Some(text) => short(key, text).map(Some),
        }
    }

    fn array(&self, key: &str, most: usize) -> Result<Vec<&str>, String> {
        let values = match self.value(key) {
            None => return Ok(Vec::new()),
            Some(Value::Array(values)) => values,
            Some(_) => return Err(format!("\"{key}\" is not an array of texts")),
        };
        if values.len() > most {
            return Err(format!("\"{key}\" has {} entries, {most} at most", values.len()));
        }
        let texts = values.iter().map(Value::as_str).collect::<Option<Vec<&str>>>();
        texts.ok_or_else(|| format!("\"{key}\" is not an array of texts"))
    }

    fn act(&self) -> Result<Act, String> {
        let word = self.needed("event")?;
        Act::ALL.into_iter().find(|act| act.word() == word).ok_or_else(|| {
            let known = Act::ALL.map(Act::word).join(", ");
            format!("\"event\" is none of {known}")
        })
    }

    fn nvr(&self) -> Result<(String, String, String), String> {
        let nvr = self.needed("nvr")?;
        if !nvr.bytes().all(|b| b.is_ascii_graphic()) || nvr.len() > MOST_TEXT {
            return Err("\"nvr\" has characters that no package has, or too many".into());
        }
        match evr::split_nvr(nvr) {
            Some((_, version, _)) if version.contains(':') => {
                Err("the epoch is no part of \"nvr\"; give it as \"epoch\"".into())
            }
            Some((name, version, release)) => Ok((name.into(), version.into(), release.into())),
            None => Err("\"nvr\" is not name-version-release, such as xen-4.6.6-13.el7".into()),
        }
    }

    fn epoch(&self) -> Result<u32, String> {
        let Some(epoch) = self.value("epoch") else { return Ok(0) };
        let number = epoch.as_u64().and_then(|number| u32::try_from(number).ok());
        number.ok_or_else(|| format!("\"epoch\" is not a number from 0 to {}", u32::MAX))
    }

    fn time(&self, key: &str) -> Result<Option<Moment>, String> {
        let Some(given) = self.text(key)? else { return Ok(None) };
        Moment::parse(given).map(Some).map_err(|error| format!("\"{key}\": {error}"))
    }

    fn arches(&self) -> Result<Vec<String>, String> {
        let given = self.array("arches", MOST_ARCHES)?;
        let usual = |arch: &str| {
            let good = |b: u8| b.is_ascii_alphanumeric() || b == b'_';
            (1..=32).contains(&arch.len()) && arch.bytes().all(good)
        };
        if !given.iter().all(|arch| usual(arch)) {
            return Err("\"arches\" has something else than architectures, such as x86_64".into());
        }
        let mut arches: Vec<String> = given.into_iter().map(str::to_string).collect();
        arches.sort();
        arches.dedup();
        Ok(arches)
    }

    fn changes(&self) -> Result<Vec<Text>, String> {
        let lines = self.array("changes", MOST_CHANGES)?;
        lines.into_iter().map(|line| short("changes", line)).collect()
    }
}

fn short(key: &str, text: &str) -> Result<Text, String> {
    match text.chars().count() {
        0..=MOST_TEXT => Ok(Text::new(text)),
        many => Err(format!("\"{key}\" has {many} characters, {MOST_TEXT} at most")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    const LEAST: &str =
        r#"{"event":"tagged","nvr":"xen-4.6.6-13.el7","tag":"virt7-xen-46-release"}"#;

    fn one(line: &str) -> Result<Given, String> {
        let mut all = read(line.as_bytes());
        assert_eq!(all.len(), 1, "{line}");
        all.remove(0).map(|line| line.given).map_err(|fault| fault.to_string())
    }

    /// The least line with one key changed.
    fn with(key: &str, value: Value) -> Result<Given, String> {
        let mut object: Value = serde_json::from_str(LEAST).unwrap();
        object[key] = value;
        one(&object.to_string())
    }

    #[test]
    fn an_event_with_everything() {
        let given =
            one(r#"{"event":"pushed","nvr":"qemu-kvm-ev-2.12.0-18.el7","epoch":10,"by":"sbonazzo",
            "tag":"virt7-kvm-common-release","at":"2018-11-13T16:00:00+01:00","id":"run 42",
            "arches":["x86_64","aarch64","x86_64"],"not_mainline":"carries a vendor's patch",
            "changes":["rebase to 2.12"],"colour":{"unknown":["keys","do","nothing"]}}"#
                .replace('\n', " ")
                .as_str());
        let wanted = Given {
            act: Act::Pushed,
            source: "qemu-kvm-ev".into(),
            evr: Evr::new(10, "2.12.0", "18.el7"),
            tag: "virt7-kvm-common-release".into(),
            by: Some("sbonazzo".into()),
            at: Some(Moment::parse("2018-11-13T15:00:00Z").unwrap()),
            arches: vec!["aarch64".into(), "x86_64".into()],
            id: Some("run 42".into()),
            not_mainline: Some("carries a vendor's patch".into()),
            changes: vec!["rebase to 2.12".into()],
        };
        assert_eq!(given, Ok(wanted));
    }

    #[test]
    fn three_keys_are_enough_and_null_is_none() {
        let least = one(LEAST).unwrap();
        assert_eq!((least.evr.epoch, least.by.as_ref(), least.at), (0, None, None));
        for key in ["epoch", "by", "at", "arches", "id", "not_mainline", "changes"] {
            assert_eq!(with(key, Value::Null).as_ref(), Ok(&least), "{key}");
        }
        for act in Act::ALL {
            assert_eq!(with("event", act.word().into()).unwrap().act, act);
        }
    }

    #[test]
    fn each_fault_has_its_line_and_a_sentence() {
        let file = format!("\u{feff}{LEAST}\r\n\n  \n{{\"event\":\"tagged\"}}\nxen\n{LEAST}");
        let all = read(file.as_bytes());
        let lines: Vec<usize> = all
            .iter()
            .map(|line| line.as_ref().map_or_else(|fault| fault.line, |line| line.line))
            .collect();
        assert_eq!(lines, [1, 4, 5, 6]);
        assert_eq!(all[1].as_ref().unwrap_err().to_string(), "line 4: \"nvr\" is missing");
        assert_eq!(all[2].as_ref().unwrap_err().to_string(), "line 5: not JSON, at column 1");
        assert!(all[0].is_ok() && all[3].is_ok());
        assert!(read(b"").is_empty() && read(b"\n\r\n").is_empty());
    }

    #[test]
    fn types_are_strict() {
        let cases = [
            ("event", json!("Tagged"), "none of tagged, untagged, signed, pushed, withdrawn"),
            ("event", json!(1), "\"event\" is not a text"),
            ("event", Value::Null, "\"event\" is missing"),
            ("nvr", json!("xen"), "not name-version-release"),
            ("nvr", json!("xen-1:4.6-1"), "give it as \"epoch\""),
            ("nvr", json!("xen-4.6-1\r\nQUIT"), "characters that no package has"),
            ("nvr", json!("é-1-2"), "characters that no package has"),
            ("nvr", json!(format!("{}-1-2", "x".repeat(MOST_TEXT))), "too many"),
            ("tag", json!("two words"), "letters, digits"),
            ("tag", json!(["a"]), "\"tag\" is not a text"),
            ("epoch", json!("1"), "\"epoch\" is not a number"),
            ("epoch", json!(-1), "\"epoch\" is not a number"),
            ("epoch", json!(1.5), "\"epoch\" is not a number"),
            ("epoch", json!(4_294_967_296_u64), "\"epoch\" is not a number"),
            ("by", json!(7), "\"by\" is not a text"),
            ("by", json!("x".repeat(MOST_TEXT + 1)), "513 characters, 512 at most"),
            ("at", json!("tomorrow"), "RFC 3339"),
            ("at", json!(1_542_121_200), "\"at\" is not a text"),
            ("arches", json!("x86_64"), "not an array of texts"),
            ("arches", json!([1]), "not an array of texts"),
            ("arches", json!(["x86 64"]), "something else than architectures"),
            ("arches", json!([""]), "something else than architectures"),
            ("arches", json!(vec!["a"; MOST_ARCHES + 1]), "33 entries, 32 at most"),
            ("id", json!({}), "\"id\" is not a text"),
            ("not_mainline", json!(true), "\"not_mainline\" is not a text"),
            ("changes", json!([["nested"]]), "not an array of texts"),
            ("changes", json!(vec!["a"; MOST_CHANGES + 1]), "101 entries, 100 at most"),
            ("changes", json!(["x".repeat(MOST_TEXT + 1)]), "513 characters"),
        ];
        for (key, value, why) in cases {
            let error = with(key, value.clone()).unwrap_err();
            assert!(error.contains(why) && !error.contains('\n'), "{key} {value}: {error}");
        }
        assert!(one("[]").unwrap_err().contains("not an object"));
    }

    #[test]
    fn sizes_have_limits() {
        let padded = |bytes: usize| one(&format!("{LEAST}{}", " ".repeat(bytes - LEAST.len())));
        assert!(padded(MOST_LINE).is_ok());
        assert!(padded(MOST_LINE + 1).unwrap_err().contains("65536 at most"));
        let full = vec![b'\n'; MOST_LINES];
        assert!(read(&full).is_empty());
        let over = [full.as_slice(), b" "].concat();
        assert!(read(&over)[0].as_ref().unwrap_err().to_string().contains("100000 lines"));
        let over = vec![b' '; MOST_FILE + 1];
        assert!(read(&over)[0].as_ref().unwrap_err().to_string().contains("16777216 at most"));
        assert!(read(&over[1..]).is_empty());
    }

    #[test]
    fn the_same_event_has_the_same_key_and_another_has_another() {
        let key = |given: Result<Given, String>| given.unwrap().key();
        let least = key(one(LEAST));
        assert_eq!(least, "event virt7-xen-46-release xen 4.6.6-13.el7 tagged -");
        assert_eq!(key(with("by", json!("gwd"))), least);
        let at = |time: &str| key(with("at", json!(time)));
        assert_eq!(at("2018-11-13T15:00:00Z"), at("2018-11-13T16:00:00+01:00"));
        let others = [
            least.clone(),
            at("2018-11-13T15:00:00Z"),
            at("2018-11-13T15:00:00.000001Z"),
            key(with("event", json!("untagged"))),
            key(with("tag", json!("virt7-xen-46-testing"))),
            key(with("nvr", json!("xen-4.6.6-14.el7"))),
            key(with("epoch", json!(1))),
            key(with("id", json!("1"))),
            key(with("id", json!(least))),
        ];
        let different: std::collections::BTreeSet<_> = others.iter().collect();
        assert_eq!(different.len(), others.len(), "{others:#?}");
        let mut same_id: Value = serde_json::from_str(LEAST).unwrap();
        same_id["id"] = json!("1");
        same_id["event"] = json!("pushed");
        assert_eq!(key(one(&same_id.to_string())), key(with("id", json!("1"))));
    }

    fn value() -> impl Strategy<Value = Value> {
        prop_oneof![
            any::<i64>().prop_map(Value::from),
            ".{0,20}".prop_map(Value::from),
            "[a-z0-9]{1,4}-[0-9.]{1,4}-[0-9a-z.]{1,4}".prop_map(Value::from),
            proptest::collection::vec("[a-z0-9_]{0,8}".prop_map(Value::from), 0..4)
                .prop_map(Value::Array),
            Just(Value::Null),
        ]
    }

    proptest! {
        #[test]
        fn any_bytes_are_survived(file in proptest::collection::vec(any::<u8>(), 0..300)) {
            for fault in read(&file).into_iter().filter_map(Result::err) {
                prop_assert!(fault.line > 0 && !fault.sentence.contains('\n'));
            }
        }

        #[test]
        fn any_value_of_a_key_is_an_event_or_a_sentence(
            key in "event|nvr|tag|epoch|by|at|arches|id|not_mainline|changes|else",
            value in value(),
        ) {
            match with(&key, value) {
                Ok(given) => prop_assert!(!given.source.is_empty() && !given.key().is_empty()),
                Err(sentence) => prop_assert!(!sentence.contains('\n'), "{sentence}"),
            }
        }
    }
}
