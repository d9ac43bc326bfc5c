//! A walk through the XML of a repository: elements, their ends and their words, nothing else.
//!
//! There is no DTD and no entity of a file's own here: what declares one is refused, so nothing can
//! grow by being named. How deep elements nest and how long a text gets have limits.

use crate::source::repodata::fault::Fault;
use quick_xml::Reader;
use quick_xml::XmlVersion;
use quick_xml::escape::resolve_predefined_entity;
use quick_xml::events::{BytesRef, BytesStart, Event};
use std::borrow::Cow;

/// The most elements inside each other.
pub const MOST_DEPTH: usize = 32;
/// The most bytes that are kept of one text; the rest of it is passed over.
pub const MOST_TEXT: usize = 64 * 1024;

/// A walk through a piece of XML, from its first byte to its last.
pub struct Walk<'a> {
    reader: Reader<&'a [u8]>,
    depth: usize,
}

/// What the walk comes to. An empty element is opened and closed.
pub enum Step<'a> {
    /// An element begins; [`Walk::depth`] counts it already.
    Open(BytesStart<'a>),
    /// The element that was opened last ends.
    Close,
    /// Words, or a part of them.
    Words(Cow<'a, str>),
    /// There is no more. Elements may still be open.
    Done,
}

impl<'a> Walk<'a> {
    /// Begins a walk. Bytes that are not UTF-8, or NUL, are refused: repositories are in UTF-8, and
    /// XML has no NUL.
    pub fn new(xml: &'a [u8]) -> Result<Walk<'a>, Fault> {
        let text = std::str::from_utf8(xml).map_err(|_| Fault::malformed("it is not UTF-8"))?;
        if memchr::memchr(0, xml).is_some() {
            return Err(Fault::malformed("it has a NUL in it"));
        }
        let mut reader = Reader::from_str(text.trim_start_matches('\u{feff}'));
        reader.config_mut().expand_empty_elements = true;
        Ok(Walk { reader, depth: 0 })
    }

    /// The same for what begins inside elements that were opened before, which it may close.
    pub fn rest(xml: &'a [u8]) -> Result<Walk<'a>, Fault> {
        let mut walk = Walk::new(xml)?;
        walk.reader.config_mut().allow_unmatched_ends = true;
        Ok(walk)
    }

    /// How many elements are open.
    pub fn depth(&self) -> usize {
        self.depth
    }

    /// Goes on to what is next.
    pub fn step(&mut self) -> Result<Step<'a>, Fault> {
        loop {
            let event = self.reader.read_event();
            match event.map_err(|error| Fault::malformed(format!("it is no XML ({error})")))? {
                Event::Start(_) if self.depth == MOST_DEPTH => {
                    let why = format!("more than {MOST_DEPTH} elements stand inside each other");
                    return Err(Fault::malformed(why));
                }
                Event::Start(tag) => {
                    self.depth += 1;
                    return Ok(Step::Open(tag));
                }
                Event::End(_) => {
                    self.depth = self.depth.saturating_sub(1);
                    return Ok(Step::Close);
                }
                Event::Text(words) => return Ok(Step::Words(words.xml10_content())),
                Event::CData(words) => return Ok(Step::Words(words.xml10_content())),
                Event::GeneralRef(name) => return entity(&name).map(Step::Words),
                Event::DocType(_) => {
                    return Err(Fault::malformed("it declares a document type, which is refused"));
                }
                Event::Eof => return Ok(Step::Done),
                Event::Empty(_) | Event::Comment(_) | Event::Decl(_) | Event::PI(_) => {}
            }
        }
    }

    /// The words of the element that was just opened, up to its end; into a text that is reused.
    /// After [`MOST_TEXT`] bytes the rest is passed over.
    pub fn words(&mut self, into: &mut String) -> Result<(), Fault> {
        into.clear();
        loop {
            match self.step()? {
                Step::Words(words) => {
                    let room = MOST_TEXT.saturating_sub(into.len()).min(words.len());
                    into.push_str(&words[..words.floor_char_boundary(room)]);
                }
                Step::Close => return Ok(()),
                Step::Open(_) => return Err(Fault::malformed("an element stands within a text")),
                Step::Done => return Err(too_early()),
            }
        }
    }

    /// Passes over the rest of the element that was just opened.
    pub fn skip(&mut self) -> Result<(), Fault> {
        let outside = self.depth - 1;
        while self.depth > outside {
            if let Step::Done = self.step()? {
                return Err(too_early());
            }
        }
        Ok(())
    }
}

/// The file was cut.
pub fn too_early() -> Fault {
    Fault::malformed("it ends too early")
}

/// An element's name without its prefix.
pub fn name<'a>(tag: &'a BytesStart<'_>) -> &'a str {
    tag.local_name().into_inner()
}

/// The values of these attributes of an element, each by its name as it is written.
pub fn attributes<const N: usize>(
    tag: &BytesStart<'_>,
    names: [&str; N],
) -> Result<[Option<String>; N], Fault> {
    let mut values = [const { None }; N];
    for attribute in tag.attributes().with_checks(false) {
        let attribute = attribute
            .map_err(|error| Fault::malformed(format!("an attribute is no XML ({error})")))?;
        if let Some(at) = names.iter().position(|name| *name == attribute.key.as_ref()) {
            let value = attribute.normalized_value(XmlVersion::Implicit1_0);
            let value = value
                .map_err(|error| Fault::malformed(format!("an attribute is no XML ({error})")))?;
            let end = value.floor_char_boundary(MOST_TEXT.min(value.len()));
            values[at] = Some(value[..end].to_string());
        }
    }
    Ok(values)
}

/// `&amp;`, `&#233;` and their like. They come as steps of their own.
fn entity<'a>(name: &BytesRef<'_>) -> Result<Cow<'a, str>, Fault> {
    let character = name.resolve_char_ref();
    match character.map_err(|error| Fault::malformed(format!("it is no XML ({error})")))? {
        Some(character) => Ok(Cow::Owned(character.to_string())),
        None => resolve_predefined_entity(name).map(Cow::Borrowed).ok_or_else(|| {
            Fault::malformed(format!("the entity {:?} is not known here", name.as_ref()))
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(xml: &str) -> Result<String, String> {
        let mut walk = Walk::new(xml.as_bytes()).map_err(|fault| fault.sentence)?;
        let mut text = String::new();
        match walk.step() {
            Ok(Step::Open(_)) => walk.words(&mut text).map_err(|fault| fault.sentence)?,
            Ok(_) => return Err("no element".into()),
            Err(fault) => return Err(fault.sentence),
        }
        Ok(text)
    }

    #[test]
    fn words_come_whole_with_entities_sections_and_comments_between() {
        assert_eq!(words("<a>R&amp;D &lt;x&gt; &#233;&#x1F600;</a>"), Ok("R&D <x> é😀".into()));
        assert_eq!(words("<a>one<!-- not this --><![CDATA[<two>]]></a>"), Ok("one<two>".into()));
        assert_eq!(words("<a>one\r\ntwo</a>"), Ok("one\ntwo".into()));
        assert_eq!(words("\u{feff}<a/>"), Ok(String::new()));
    }

    #[test]
    fn what_could_grow_or_hide_is_refused() {
        let bomb = "<!DOCTYPE a [<!ENTITY b \"bbbb\"><!ENTITY c \"&b;&b;\">]><a>&c;</a>";
        for (xml, why) in [
            (bomb, "it declares a document type, which is refused"),
            ("<a>&c;</a>", "the entity \"c\" is not known here"),
            ("<a>&#0;</a>", "it is no XML"),
            ("<a>\0</a>", "it has a NUL in it"),
            ("<a>one", "it ends too early"),
            ("<a><b/></a>", "an element stands within a text"),
            ("<a></b>", "it is no XML"),
        ] {
            let said = words(xml).expect_err(xml);
            assert!(said.starts_with(why), "{xml}: {said}");
        }
        assert!(Walk::new(b"<a>\xff</a>").is_err());
    }

    #[test]
    fn long_texts_are_cut_on_a_character_and_deep_nesting_is_refused() {
        let long = words(&format!("<a>x{}</a>", "é".repeat(MOST_TEXT))).expect("a text");
        assert_eq!(long.len(), MOST_TEXT - 1);
        let deep = "<a>".repeat(100_000);
        let mut walk = Walk::new(deep.as_bytes()).expect("a walk");
        let fault = (0..).find_map(|_| walk.step().err()).expect("an end");
        assert_eq!(fault.sentence, "more than 32 elements stand inside each other");
    }
}
