//! The wire of the hub: HTTP that closes after each answer, and XML-RPC as Python's library writes
//! it, with every line feed where it puts one. Calls are read by the simplest reader that will do.

use super::{Mood, State, lock};
use std::fmt::Write as _;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::Mutex;
use std::thread;
use std::time::Duration;

/// A value of XML-RPC.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    Nil,
    Int(i64),
    Bool(bool),
    Double(f64),
    Text(String),
    Array(Vec<Value>),
    Struct(Vec<(String, Value)>),
}

impl Value {
    /// A struct with its members in this order.
    pub fn of(members: impl IntoIterator<Item = (&'static str, Value)>) -> Value {
        let members = members.into_iter().map(|(name, value)| (name.to_string(), value));
        Value::Struct(members.collect())
    }

    pub fn get(&self, name: &str) -> Value {
        let Value::Struct(members) = self else { return Value::Nil };
        let found = members.iter().find(|(known, _)| known == name);
        found.map_or(Value::Nil, |(_, value)| value.clone())
    }

    pub fn items(&self) -> &[Value] {
        match self {
            Value::Array(items) => items,
            _ => &[],
        }
    }

    pub fn words(&self) -> String {
        match self {
            Value::Text(words) => words.clone(),
            _ => String::new(),
        }
    }

    fn write(&self, out: &mut String) {
        let _ = match self {
            Value::Nil => write!(out, "<value><nil/></value>"),
            Value::Int(number) => match i32::try_from(*number) {
                Ok(number) => writeln!(out, "<value><int>{number}</int></value>"),
                Err(_) => writeln!(out, "<value><i8>{number}</i8></value>"),
            },
            Value::Bool(yes) => writeln!(out, "<value><boolean>{}</boolean></value>", *yes as u8),
            Value::Double(number) => writeln!(out, "<value><double>{number:?}</double></value>"),
            Value::Text(words) => {
                writeln!(out, "<value><string>{}</string></value>", escape(words))
            }
            Value::Array(items) => {
                out.push_str("<value><array><data>\n");
                items.iter().for_each(|item| item.write(out));
                writeln!(out, "</data></array></value>")
            }
            Value::Struct(members) => {
                out.push_str("<value><struct>\n");
                for (name, value) in members {
                    let _ = write!(out, "<member>\n<name>{}</name>\n", escape(name));
                    value.write(out);
                    out.push_str("</member>\n");
                }
                writeln!(out, "</struct></value>")
            }
        };
    }
}

fn escape(words: &str) -> String {
    words.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

fn response(result: Result<Value, (i64, String)>) -> String {
    let mut out = String::from("<?xml version='1.0'?>\n<methodResponse>\n");
    match result {
        Ok(value) => {
            out.push_str("<params>\n<param>\n");
            value.write(&mut out);
            out.push_str("</param>\n</params>\n");
        }
        Err((code, text)) => {
            let code = ("faultCode", Value::Int(code));
            out.push_str("<fault>\n");
            Value::of([code, ("faultString", Value::Text(text))]).write(&mut out);
            out.push_str("</fault>\n");
        }
    }
    out.push_str("</methodResponse>\n");
    out
}

/// Answers the one question of a connection.
pub fn serve(mut stream: TcpStream, shared: &Mutex<State>) {
    let _ = stream.set_read_timeout(Some(Duration::from_secs(10)));
    let Some(question) = question(&mut stream) else { return };
    let mood = lock(shared).mood.clone();
    let body = match &mood {
        Mood::Silent => return wait_until_stopped(shared),
        Mood::Status(code) => return send(&mut stream, *code, b"<html>Service Unavailable</html>"),
        Mood::Moved(to) => {
            let _ = write!(stream, "HTTP/1.1 301 Moved\r\nLocation: {to}\r\n\r\n");
            return;
        }
        Mood::Says(answer) => return send(&mut stream, 200, answer),
        Mood::Fault(code, text) => response(Err((*code, text.clone()))),
        Mood::Well | Mood::CutOff(_) | Mood::Slow(..) => {
            let (method, arguments) = call(&question);
            response(lock(shared).answer(&method, &arguments))
        }
    };
    match mood {
        Mood::CutOff(after) => send(&mut stream, 200, &body.as_bytes()[..after.min(body.len())]),
        Mood::Slow(bytes, pause) => trickle(&mut stream, body.as_bytes(), bytes, pause, shared),
        _ => send(&mut stream, 200, body.as_bytes()),
    }
}

fn question(stream: &mut TcpStream) -> Option<String> {
    let mut read = Vec::new();
    let mut some = [0; 4096];
    loop {
        let count = stream.read(&mut some).ok().filter(|count| *count > 0)?;
        read.extend_from_slice(&some[..count]);
        let text = String::from_utf8_lossy(&read);
        let Some((header, body)) = text.split_once("\r\n\r\n") else { continue };
        let length = header.lines().find_map(|line| {
            let (name, value) = line.split_once(':')?;
            name.eq_ignore_ascii_case("content-length").then(|| value.trim().parse::<usize>())
        });
        if body.len() >= length?.ok()? {
            return Some(body.to_string());
        }
    }
}

fn send(stream: &mut TcpStream, status: u16, body: &[u8]) {
    let length = body.len();
    let _ = write!(
        stream,
        "HTTP/1.1 {status} Said\r\nContent-Type: text/xml\r\nContent-Length: {length}\r\n\
         Connection: close\r\n\r\n"
    );
    let _ = stream.write_all(body);
}

fn trickle(
    stream: &mut TcpStream,
    body: &[u8],
    bytes: usize,
    pause: Duration,
    shared: &Mutex<State>,
) {
    let _ = write!(stream, "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n");
    for some in body.chunks(bytes.max(1)) {
        if lock(shared).stop || stream.write_all(some).is_err() {
            return;
        }
        thread::sleep(pause);
    }
}

fn wait_until_stopped(shared: &Mutex<State>) {
    while !lock(shared).stop {
        thread::sleep(Duration::from_millis(20));
    }
}

/// Reads a call: a method, and its arguments.
fn call(text: &str) -> (String, Vec<Value>) {
    let mut calls = Tags { rest: text };
    let method = loop {
        match calls.next() {
            Some(("methodName", words)) => break plain(words),
            Some(_) => {}
            None => panic!("no method is called in {text:?}"),
        }
    };
    let mut arguments = Vec::new();
    while let Some((tag, _)) = calls.next() {
        if tag == "value" {
            arguments.push(calls.value());
        }
    }
    (method, arguments)
}

fn plain(words: &str) -> String {
    words.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
}

/// The tags of a text, each with the words up to the next one.
struct Tags<'a> {
    rest: &'a str,
}

impl<'a> Iterator for Tags<'a> {
    type Item = (&'a str, &'a str);

    fn next(&mut self) -> Option<Self::Item> {
        let (_, rest) = self.rest.split_once('<')?;
        let (tag, rest) = rest.split_once('>')?;
        self.rest = rest;
        Some((tag, &rest[..rest.find('<').unwrap_or(rest.len())]))
    }
}

impl<'a> Tags<'a> {
    /// The value whose tag was just read, to its end.
    fn value(&mut self) -> Value {
        let (tag, words) = self.next().expect("a value");
        let value = match tag {
            "nil/" => Value::Nil,
            "int" | "i4" | "i8" => Value::Int(words.parse().expect("a whole number")),
            "boolean" => Value::Bool(words == "1"),
            "double" => Value::Double(words.parse().expect("a number")),
            "string" => Value::Text(plain(words)),
            "array" => {
                let mut items = Vec::new();
                while let Some((tag, _)) = self.up_to(&["value", "/array"]) {
                    if tag == "/array" {
                        break;
                    }
                    items.push(self.value());
                }
                Value::Array(items)
            }
            "struct" => {
                let mut members = Vec::new();
                while let Some((tag, name)) = self.up_to(&["name", "/struct"]) {
                    if tag == "/struct" {
                        break;
                    }
                    self.up_to(&["value"]);
                    members.push((plain(name), self.value()));
                }
                Value::Struct(members)
            }
            tag => panic!("a value of an unknown type: {tag}"),
        };
        self.up_to(&["/value"]);
        value
    }

    fn up_to(&mut self, wanted: &[&str]) -> Option<(&'a str, &'a str)> {
        self.find(|(tag, _)| wanted.contains(tag))
    }
}
