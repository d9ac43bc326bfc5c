//! An answer of XML-RPC, read piece by piece, so that a long one needs no more memory than its
//! longest piece. What it means is not known here.
//!
//! The grammar is that of <http://xmlrpc.com/spec.md> with two additions of Apache's that Koji uses:
//! `nil` and `i8`, with or without a prefix. There is no DTD in it, and no entity but XML's five.

use crate::source::koji::meter::{LONG_TEXT, MOST_TEXT, Metered, TooMuch};
use crate::source::koji::trouble::Trouble;
use crate::source::koji::value::Value;
use quick_xml::Reader;
use quick_xml::escape::resolve_xml_entity;
use quick_xml::events::{BytesRef, Event};
use std::io::BufRead;

/// As deep as arrays and structs may stand in each other. Koji's answers need five.
pub const MOST_DEPTH: usize = 24;
/// The most values of one answer: 100,000 rows of a history.
pub const MOST_VALUES: usize = 2_000_000;

/// What stands next in an answer. What it says in words is then in [`Answer::text`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Kind {
    /// `nil`.
    Nil,
    /// `i4`, `int`, `i8`.
    Int(i64),
    /// `boolean`.
    Bool(bool),
    /// `double`; never infinite.
    Double(f64),
    /// `string`, or none of these.
    Text,
    /// `dateTime.iso8601`.
    Time,
    /// `base64`.
    Bytes,
    /// What is written is not of the type it claims. One row may be lost by it, not the answer.
    Unreadable,
    /// The start of an `array`: what is in it comes from [`Answer::item`].
    Array,
    /// The start of a `struct`: what is in it comes from [`Answer::member`].
    Struct,
}

/// An answer that is being read. Who reads takes each array and struct to its end.
pub struct Answer<R> {
    xml: Reader<Metered<R>>,
    piece: Vec<u8>,
    /// What stood between the last two tags.
    between: String,
    name: String,
    text: String,
    depth: usize,
    values: usize,
}

/// A tag, by its name without a prefix.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Tag {
    Open(Element),
    Close(Element),
    End,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Element {
    Answer,
    Params,
    Param,
    Fault,
    Value,
    Array,
    Data,
    Struct,
    Member,
    Name,
    Nil,
    Int,
    Bool,
    Double,
    Text,
    Time,
    Bytes,
    Other,
}

impl Element {
    fn of(name: &str) -> Element {
        match name {
            "value" => Element::Value,
            "member" => Element::Member,
            "name" => Element::Name,
            "string" => Element::Text,
            "int" | "i4" | "i8" => Element::Int,
            "nil" => Element::Nil,
            "boolean" => Element::Bool,
            "double" => Element::Double,
            "struct" => Element::Struct,
            "array" => Element::Array,
            "data" => Element::Data,
            "dateTime.iso8601" | "dateTime" => Element::Time,
            "base64" => Element::Bytes,
            "methodResponse" => Element::Answer,
            "params" => Element::Params,
            "param" => Element::Param,
            "fault" => Element::Fault,
            _ => Element::Other,
        }
    }
}

impl<R: BufRead> Answer<R> {
    /// Begins an answer, up to its one value; a fault is a [`Trouble`].
    pub fn open(source: R) -> Result<(Answer<R>, Kind), Trouble> {
        let mut xml = Reader::from_reader(Metered::new(source));
        xml.config_mut().expand_empty_elements = true;
        let (name, text, between) = (String::new(), String::new(), String::new());
        let mut answer =
            Answer { xml, piece: Vec::new(), between, name, text, depth: 0, values: 0 };
        let first = answer.words()?;
        if first != Tag::Open(Element::Answer) || !answer.between.trim_ascii().is_empty() {
            return Err(Trouble::malformed("it is no XML-RPC"));
        }
        match answer.tag()? {
            Tag::Open(Element::Params) => {
                answer.expect(Tag::Open(Element::Param))?;
                answer.expect(Tag::Open(Element::Value))?;
                let kind = answer.content()?;
                Ok((answer, kind))
            }
            Tag::Open(Element::Fault) => {
                answer.expect(Tag::Open(Element::Value))?;
                let kind = answer.content()?;
                let fault = Value::read(&mut answer, kind)?;
                Err(fault_of(&fault)
                    .unwrap_or_else(|| Trouble::malformed("it is a fault without a code")))
            }
            tag => Err(answer.misplaced(tag)),
        }
    }

    /// Makes sure that the answer ends here: what was read of one that was cut off does not count.
    pub fn close(mut self) -> Result<(), Trouble> {
        self.expect(Tag::Close(Element::Param))?;
        self.expect(Tag::Close(Element::Params))?;
        self.expect(Tag::Close(Element::Answer))?;
        self.expect(Tag::End)
    }

    /// The next item of an array; none at its end.
    pub fn item(&mut self) -> Result<Option<Kind>, Trouble> {
        match self.tag()? {
            Tag::Open(Element::Value) => self.content().map(Some),
            Tag::Close(Element::Data) => {
                self.expect(Tag::Close(Element::Array))?;
                self.expect(Tag::Close(Element::Value))?;
                self.depth -= 1;
                Ok(None)
            }
            tag => Err(self.misplaced(tag)),
        }
    }

    /// The next member of a struct, its name in [`Answer::name`]; none at its end.
    pub fn member(&mut self) -> Result<Option<Kind>, Trouble> {
        let tag = match self.tag()? {
            Tag::Close(Element::Member) => self.tag()?,
            tag => tag,
        };
        match tag {
            Tag::Open(Element::Member) => {
                self.expect(Tag::Open(Element::Name))?;
                match self.words()? {
                    Tag::Close(Element::Name) => std::mem::swap(&mut self.name, &mut self.between),
                    tag => return Err(self.misplaced(tag)),
                }
                self.expect(Tag::Open(Element::Value))?;
                self.content().map(Some)
            }
            Tag::Close(Element::Struct) => {
                self.expect(Tag::Close(Element::Value))?;
                self.depth -= 1;
                Ok(None)
            }
            tag => Err(self.misplaced(tag)),
        }
    }

    /// Passes over the value that was just begun.
    pub fn skip(&mut self, kind: Kind) -> Result<(), Trouble> {
        match kind {
            Kind::Array => {
                while let Some(kind) = self.item()? {
                    self.skip(kind)?;
                }
            }
            Kind::Struct => {
                while let Some(kind) = self.member()? {
                    self.skip(kind)?;
                }
            }
            _ => {}
        }
        Ok(())
    }

    /// The name of the last member.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What the last plain value says in words.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// What stands in a `<value>` that was just opened: to its end, or to the inside of an array or
    /// a struct.
    fn content(&mut self) -> Result<Kind, Trouble> {
        self.values += 1;
        if self.values > MOST_VALUES {
            return Err(Trouble::TooBig("more than 2,000,000 values"));
        }
        let element = match self.words()? {
            Tag::Close(Element::Value) => {
                std::mem::swap(&mut self.text, &mut self.between);
                return Ok(Kind::Text);
            }
            Tag::Open(element) if self.between.trim_ascii().is_empty() => element,
            tag => return Err(self.misplaced(tag)),
        };
        match element {
            Element::Array => {
                self.expect(Tag::Open(Element::Data))?;
                return self.deeper(Kind::Array);
            }
            Element::Struct => return self.deeper(Kind::Struct),
            _ => {}
        }
        match self.words()? {
            Tag::Close(_) => std::mem::swap(&mut self.text, &mut self.between),
            tag => return Err(self.misplaced(tag)),
        }
        let Some(kind) = plain(element, &self.text) else {
            return Err(self.misplaced(Tag::Open(element)));
        };
        self.expect(Tag::Close(Element::Value))?;
        Ok(kind)
    }

    fn deeper(&mut self, kind: Kind) -> Result<Kind, Trouble> {
        self.depth += 1;
        match self.depth > MOST_DEPTH {
            true => Err(Trouble::TooBig("more than 24 values in each other")),
            false => Ok(kind),
        }
    }

    fn expect(&mut self, tag: Tag) -> Result<(), Trouble> {
        let found = self.tag()?;
        if found == tag { Ok(()) } else { Err(self.misplaced(found)) }
    }

    fn misplaced(&self, tag: Tag) -> Trouble {
        let at = self.xml.get_ref().position();
        match tag {
            Tag::End => Trouble::malformed(format!("it ends in the middle, after {at} bytes")),
            _ => Trouble::malformed(format!("a tag is out of place before byte {at}")),
        }
    }

    /// The next tag, where only white space may stand before it.
    fn tag(&mut self) -> Result<Tag, Trouble> {
        self.xml.get_mut().pass_blank().map_err(|error| broken(error.into()))?;
        let tag = self.words()?;
        match self.between.trim_ascii().is_empty() {
            true => Ok(tag),
            false => Err(self.misplaced(tag)),
        }
    }

    /// The next tag; what stood before it is then in `between`.
    fn words(&mut self) -> Result<Tag, Trouble> {
        self.between.clear();
        loop {
            self.piece.clear();
            self.xml.get_mut().next_piece();
            match self.xml.read_event_into(&mut self.piece).map_err(broken)? {
                Event::Start(tag) => {
                    return Ok(Tag::Open(Element::of(tag.local_name().into_inner())));
                }
                Event::End(tag) => {
                    return Ok(Tag::Close(Element::of(tag.local_name().into_inner())));
                }
                Event::Eof => return Ok(Tag::End),
                Event::Text(words) => self.between.push_str(&words.xml10_content()),
                Event::CData(words) => self.between.push_str(&words.xml10_content()),
                Event::GeneralRef(entity) => push_entity(&mut self.between, &entity)?,
                Event::DocType(_) => return Err(Trouble::malformed("it has a DTD")),
                Event::Empty(_) | Event::Comment(_) | Event::Decl(_) | Event::PI(_) => {}
            }
            if self.between.len() > MOST_TEXT {
                return Err(Trouble::TooBig(LONG_TEXT));
            }
        }
    }
}

/// A value without others in it; none where the element is no type of XML-RPC.
fn plain(element: Element, text: &str) -> Option<Kind> {
    let read = match element {
        Element::Text => return Some(Kind::Text),
        Element::Time => return Some(Kind::Time),
        Element::Bytes => return Some(Kind::Bytes),
        Element::Nil => return Some(Kind::Nil),
        Element::Int => text.trim_ascii().parse().ok().map(Kind::Int),
        Element::Double => {
            let number = text.trim_ascii().parse().ok();
            number.filter(|number: &f64| number.is_finite()).map(Kind::Double)
        }
        Element::Bool => match text.trim_ascii() {
            "1" => Some(Kind::Bool(true)),
            "0" => Some(Kind::Bool(false)),
            _ => None,
        },
        _ => return None,
    };
    Some(read.unwrap_or(Kind::Unreadable))
}

/// The fault in this value, if it is one: what a call of several gives for one that failed.
pub(super) fn fault_of(value: &Value) -> Option<Trouble> {
    let code = value.get("faultCode").int()?;
    Some(Trouble::fault(code, value.get("faultString").text().unwrap_or("no words")))
}

fn push_entity(text: &mut String, entity: &BytesRef<'_>) -> Result<(), Trouble> {
    match (entity.resolve_char_ref(), resolve_xml_entity(entity)) {
        (Ok(Some(c)), _) => text.push(c),
        (_, Some(words)) => text.push_str(words),
        _ => return Err(Trouble::malformed("it has an entity that XML does not know")),
    }
    Ok(())
}

fn broken(error: quick_xml::Error) -> Trouble {
    let quick_xml::Error::Io(error) = error else { return Trouble::malformed(error) };
    match error.get_ref().and_then(|inner| inner.downcast_ref::<TooMuch>()) {
        Some(TooMuch(what)) => Trouble::TooBig(what),
        None => Trouble::unreachable(format!("its answer broke off: {error}")),
    }
}
