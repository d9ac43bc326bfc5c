//! A call of XML-RPC, written whole. Nothing is sent here.

use crate::source::koji::value::Value;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use std::fmt::Write;

/// A call of a method of the hub.
pub fn write(method: &str, arguments: &[Value]) -> String {
    let mut out = String::from("<?xml version='1.0'?>\n<methodCall><methodName>");
    push_text(&mut out, method);
    out.push_str("</methodName><params>");
    for argument in arguments {
        out.push_str("<param>");
        push_value(&mut out, argument);
        out.push_str("</param>");
    }
    out.push_str("</params></methodCall>\n");
    out
}

fn push_value(out: &mut String, value: &Value) {
    out.push_str("<value>");
    match value {
        Value::Nil => out.push_str("<nil/>"),
        Value::Int(number) => {
            let element = if i32::try_from(*number).is_ok() { "int" } else { "i8" };
            push_element(out, element, &number.to_string());
        }
        Value::Bool(yes) => push_element(out, "boolean", if *yes { "1" } else { "0" }),
        Value::Double(number) => push_element(out, "double", &number.to_string()),
        Value::Text(words) => push_element(out, "string", words),
        Value::Time(words) => push_element(out, "dateTime.iso8601", words),
        Value::Bytes(bytes) => push_element(out, "base64", &STANDARD.encode(bytes)),
        Value::Array(items) => {
            out.push_str("<array><data>");
            items.iter().for_each(|item| push_value(out, item));
            out.push_str("</data></array>");
        }
        Value::Struct(members) => {
            out.push_str("<struct>");
            for (name, value) in members {
                out.push_str("<member>");
                push_element(out, "name", name);
                push_value(out, value);
                out.push_str("</member>");
            }
            out.push_str("</struct>");
        }
    }
    out.push_str("</value>");
}

fn push_element(out: &mut String, element: &str, text: &str) {
    let _ = write!(out, "<{element}>");
    push_text(out, text);
    let _ = write!(out, "</{element}>");
}

/// XML 1.0 §2.2 and §2.11: most control characters cannot stand in it at all, and a bare carriage
/// return would be read as a line feed.
fn push_text(out: &mut String, text: &str) {
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '\r' => out.push_str("&#13;"),
            '\t' | '\n' => out.push(c),
            '\0'..='\u{1f}' | '\u{fffe}' | '\u{ffff}' => out.push('\u{fffd}'),
            c => out.push(c),
        }
    }
}
