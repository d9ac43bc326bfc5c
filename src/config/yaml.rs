//! YAML as a tree in which every value knows its place, for files that other programs write.
//!
//! Only what such files have is read: texts, lists, maps of the first document. Every scalar is a
//! text, whatever type YAML would guess. Aliases are refused: few of them make a huge tree.

use saphyr_parser::Event;
use saphyr_parser::Parser;
use saphyr_parser::StrInput;
use std::ops::Range;

/// How deep lists and maps may be nested.
const MOST_DEPTH: usize = 20;

/// A value and its bytes in the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Value {
    /// What it is.
    pub node: Node,
    /// Where it stands.
    pub span: Range<usize>,
}

/// What a value is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Node {
    /// Any scalar; empty where nothing is written.
    Text(String),
    /// A list.
    List(Vec<Value>),
    /// A map, in the order of the file.
    Map(Vec<(String, Value)>),
}

/// Why a file could not be read, and where.
pub type Unreadable = (Range<usize>, String);

impl Value {
    /// The text, if it is one and not empty.
    pub fn text(&self) -> Option<&str> {
        match &self.node {
            Node::Text(text) if !text.trim().is_empty() => Some(text.trim()),
            _ => None,
        }
    }

    /// The elements, if it is a list.
    pub fn list(&self) -> &[Value] {
        if let Node::List(list) = &self.node { list } else { &[] }
    }

    /// The value of that key, if it is a map that has it.
    pub fn get(&self, key: &str) -> Option<&Value> {
        let Node::Map(map) = &self.node else { return None };
        map.iter().find(|(name, _)| name == key).map(|(_, value)| value)
    }
}

/// Reads the first document.
pub fn read(text: &str) -> Result<Value, Unreadable> {
    let places: Vec<usize> = text.char_indices().map(|(byte, _)| byte).collect();
    let mut reader = Reader { parser: Parser::new_from_str(text), places, end: text.len() };
    loop {
        match reader.next()? {
            (Event::StreamEnd, span) => return Ok(Value { node: Node::Text(String::new()), span }),
            (Event::StreamStart | Event::DocumentStart(_) | Event::Nothing, _) => {}
            (event, span) => return reader.value(event, span, 0),
        }
    }
}

struct Reader<'a> {
    parser: Parser<'a, StrInput<'a>>,
    /// The byte at which each character begins.
    places: Vec<usize>,
    end: usize,
}

impl<'a> Reader<'a> {
    fn next(&mut self) -> Result<(Event<'a>, Range<usize>), Unreadable> {
        match self.parser.next_event() {
            Some(Ok((event, span))) => {
                Ok((event, self.byte(span.start.index())..self.byte(span.end.index())))
            }
            Some(Err(error)) => {
                let at = self.byte(error.marker().index());
                Err((at..at, format!("this is not YAML: {}", error.info())))
            }
            None => Ok((Event::StreamEnd, self.end..self.end)),
        }
    }

    fn byte(&self, character: usize) -> usize {
        self.places.get(character).copied().unwrap_or(self.end)
    }

    fn value(
        &mut self,
        event: Event<'a>,
        span: Range<usize>,
        depth: usize,
    ) -> Result<Value, Unreadable> {
        if depth > MOST_DEPTH {
            return Err((span, format!("lists are nested deeper than {MOST_DEPTH} here")));
        }
        let node = match event {
            Event::Scalar(text, ..) => Node::Text(text.into_owned()),
            Event::SequenceStart(..) => {
                let mut list = Vec::new();
                loop {
                    match self.next()? {
                        (Event::SequenceEnd, _) => break Node::List(list),
                        (event, span) => list.push(self.value(event, span, depth + 1)?),
                    }
                }
            }
            Event::MappingStart(..) => Node::Map(self.map(depth)?),
            Event::Alias(_) => return Err((span, "aliases (*name) are not read here".into())),
            _ => return Err((span, "this is not YAML: something ends too early".into())),
        };
        Ok(Value { node, span })
    }

    fn map(&mut self, depth: usize) -> Result<Vec<(String, Value)>, Unreadable> {
        let mut map: Vec<(String, Value)> = Vec::new();
        loop {
            let (event, span) = match self.next()? {
                (Event::MappingEnd, _) => return Ok(map),
                key => key,
            };
            let Event::Scalar(name, ..) = event else {
                return Err((span, "a key is a plain word".into()));
            };
            if map.iter().any(|(known, _)| *known == name) {
                return Err((span, format!("`{}` stands here twice", name.escape_debug())));
            }
            let (event, span) = self.next()?;
            map.push((name.into_owned(), self.value(event, span, depth + 1)?));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn every_value_knows_its_place() {
        let text = "é: 日本\nlist:\n  - time: '1500'\n    day:  Tuesday # x\n";
        let value = read(text).unwrap();
        assert_eq!(value.get("é").unwrap().text(), Some("日本"));
        let first = &value.get("list").unwrap().list()[0];
        let day = first.get("day").unwrap();
        assert_eq!((day.text(), &text[day.span.clone()]), (Some("Tuesday"), "Tuesday"));
        assert_eq!(first.get("time").unwrap().text(), Some("1500"));
        assert_eq!(read("").unwrap().text(), None);
    }

    #[test]
    fn what_is_not_read_is_refused_where_it_stands() {
        for (text, at, part) in [
            ("a: [1", 5, "not YAML"),
            ("a: &x 1\nb: *x", 11, "aliases"),
            ("a: 1\na: 2", 5, "twice"),
            ("? [a]\n: b", 2, "plain word"),
        ] {
            let (span, sentence) = read(text).expect_err(text);
            assert_eq!(span.start, at, "{text}: {sentence}");
            assert!(sentence.contains(part), "{text}: {sentence}");
        }
        assert!(read(&"[".repeat(100_000)).is_err());
        assert!(read(&"- ".repeat(100_000)).is_err());
    }

    proptest! {
        #[test]
        fn survives_anything(text in r#"[ \n\-:\[\]{}a&*'"|>?é#,!%]{0,60}"#) {
            let _ = read(&text);
        }
    }
}
