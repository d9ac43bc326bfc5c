//! A value of XML-RPC as a tree, for small questions and answers. Long lists are read without it
//! (see [`crate::source::koji::history`]).

use crate::domain::time::{Moment, SECOND};
use crate::source::koji::trouble::Trouble;
use crate::source::koji::xml::{Answer, Kind};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use std::collections::BTreeMap;
use std::io::BufRead;

/// A value of XML-RPC, with the `nil` that Koji uses.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// Nothing: Python's `None`.
    Nil,
    /// `i4`, `int` or `i8`.
    Int(i64),
    /// `boolean`.
    Bool(bool),
    /// `double`; always finite.
    Double(f64),
    /// `string`, or text without a type.
    Text(String),
    /// `dateTime.iso8601`, as written.
    Time(String),
    /// `base64`, decoded.
    Bytes(Vec<u8>),
    /// `array`.
    Array(Vec<Value>),
    /// `struct`; of two members with one name the last counts, as in Python.
    Struct(BTreeMap<String, Value>),
}

impl Value {
    /// A struct of these members.
    pub fn of<const N: usize>(members: [(&str, Value); N]) -> Value {
        Value::Struct(members.into_iter().map(|(name, value)| (name.to_string(), value)).collect())
    }

    /// Named arguments, as Koji takes them: a last argument that says of itself that it is them.
    pub fn named<const N: usize>(arguments: [(&str, Value); N]) -> Value {
        let mut named = Value::of(arguments);
        if let Value::Struct(members) = &mut named {
            members.insert("__starstar".to_string(), Value::Bool(true));
        }
        named
    }

    /// Reads the value that the answer stands before.
    pub fn read<R: BufRead>(answer: &mut Answer<R>, kind: Kind) -> Result<Value, Trouble> {
        Ok(match kind {
            Kind::Nil => Value::Nil,
            Kind::Int(number) => Value::Int(number),
            Kind::Bool(yes) => Value::Bool(yes),
            Kind::Double(number) => Value::Double(number),
            Kind::Text => Value::Text(answer.text().to_string()),
            Kind::Time => Value::Time(answer.text().trim().to_string()),
            Kind::Bytes => Value::Bytes(bytes(answer.text())?),
            Kind::Unreadable => return Err(Trouble::malformed("a value is not of its type")),
            Kind::Array => {
                let mut items = Vec::new();
                while let Some(kind) = answer.item()? {
                    items.push(Value::read(answer, kind)?);
                }
                Value::Array(items)
            }
            Kind::Struct => {
                let mut members = BTreeMap::new();
                while let Some(kind) = answer.member()? {
                    let name = answer.name().to_string();
                    members.insert(name, Value::read(answer, kind)?);
                }
                Value::Struct(members)
            }
        })
    }

    /// The member with this name; nil where there is none, or no struct.
    pub fn get(&self, name: &str) -> &Value {
        match self {
            Value::Struct(members) => members.get(name).unwrap_or(&Value::Nil),
            _ => &Value::Nil,
        }
    }

    /// The items of an array.
    pub fn items(&self) -> Option<&[Value]> {
        match self {
            Value::Array(items) => Some(items),
            _ => None,
        }
    }

    /// The number, if it is a whole one.
    pub fn int(&self) -> Option<i64> {
        match self {
            Value::Int(number) => Some(*number),
            _ => None,
        }
    }

    /// The words, if it is text.
    pub fn text(&self) -> Option<&str> {
        match self {
            Value::Text(words) => Some(words),
            _ => None,
        }
    }

    /// The moment, if it is a number of seconds since 1970.
    pub fn moment(&self) -> Option<Moment> {
        match self {
            Value::Int(seconds) => moment(*seconds as f64),
            Value::Double(seconds) => moment(*seconds),
            _ => None,
        }
    }
}

/// Seconds since 1970 to the nearest microsecond. Koji's doubles are whole microseconds that lost
/// a quarter of one at most, so that rounding gives back what its database has.
pub fn moment(seconds: f64) -> Option<Moment> {
    const LAST: f64 = 253_402_300_799.0; // 9999-12-31T23:59:59Z
    let is_a_time = (0.0..=LAST).contains(&seconds);
    is_a_time.then(|| Moment::from_micros((seconds * SECOND as f64).round() as i64))
}

fn bytes(text: &str) -> Result<Vec<u8>, Trouble> {
    let packed: String = text.split_ascii_whitespace().collect();
    STANDARD.decode(packed).map_err(|_| Trouble::malformed("a value is not of its type"))
}
