//! Values as Python writes them down: texts, numbers, lists, tables. Read, and never evaluated.

/// A value.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Value {
    /// A text.
    Text(String),
    /// A number, or True and False.
    Number(f64),
    /// A list, a tuple or a set.
    List(Vec<Value>),
    /// A table.
    Table(Vec<(Value, Value)>),
    /// Anything else.
    Other,
}

/// How deep lists may stand in lists.
const MOST_DEEP: usize = 30;

impl Value {
    /// The text.
    pub(super) fn text(&self) -> Option<&str> {
        match self {
            Value::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The number, as a whole one.
    pub(super) fn number(&self) -> Option<i64> {
        match self {
            Value::Number(number) => Some(*number as i64),
            _ => None,
        }
    }

    /// The texts of a list.
    pub(super) fn texts(&self) -> impl Iterator<Item = &str> {
        let all = match self {
            Value::List(all) => &all[..],
            _ => &[],
        };
        all.iter().filter_map(Value::text)
    }

    /// The rows of a table whose names are texts.
    pub(super) fn rows(&self) -> impl Iterator<Item = (&str, &Value)> {
        let all = match self {
            Value::Table(all) => &all[..],
            _ => &[],
        };
        all.iter().filter_map(|(name, value)| Some((name.text()?, value)))
    }
}

/// Reads the value that a text begins with; nothing where it begins with none.
pub(super) fn read(text: &str) -> Option<Value> {
    let mut reader = Reader { rest: text };
    reader.value(0)
}

struct Reader<'a> {
    rest: &'a str,
}

impl Reader<'_> {
    fn skip(&mut self) {
        self.rest = self.rest.trim_start();
    }

    fn takes(&mut self, word: &str) -> bool {
        self.skip();
        let rest = self.rest.strip_prefix(word);
        self.rest = rest.unwrap_or(self.rest);
        rest.is_some()
    }

    fn value(&mut self, depth: usize) -> Option<Value> {
        self.skip();
        let depth = (depth < MOST_DEEP).then_some(depth + 1)?;
        let first = self.rest.chars().next()?;
        match first {
            '[' => self.list(']', depth),
            '(' => self.list(')', depth),
            '{' => self.table(depth),
            '<' => {
                self.rest = self.rest.split_once('>')?.1;
                Some(Value::Other)
            }
            '\'' | '"' => self.text(),
            'u' | 'b' | 'r' if self.rest[1..].starts_with(['\'', '"']) => {
                self.rest = &self.rest[1..];
                self.text()
            }
            _ => self.word(),
        }
    }

    fn list(&mut self, end: char, depth: usize) -> Option<Value> {
        self.rest = &self.rest[1..];
        let mut all = Vec::new();
        while !self.takes(end.encode_utf8(&mut [0; 4])) {
            all.push(self.value(depth)?);
            self.takes(",");
        }
        Some(Value::List(all))
    }

    fn table(&mut self, depth: usize) -> Option<Value> {
        self.rest = &self.rest[1..];
        let mut all = Vec::new();
        while !self.takes("}") {
            let name = self.value(depth)?;
            let value = if self.takes(":") { self.value(depth)? } else { Value::Other };
            all.push((name, value));
            self.takes(",");
        }
        Some(Value::Table(all))
    }

    /// Texts that follow each other are one.
    fn text(&mut self) -> Option<Value> {
        let mut text = String::new();
        while self.rest.starts_with(['\'', '"']) {
            let end = ["\'\'\'", "\"\"\"", "\'", "\""];
            let end = end.into_iter().find(|end| self.rest.starts_with(end))?;
            self.rest = &self.rest[end.len()..];
            while !self.rest.starts_with(end) {
                let c = self.next()?;
                match c {
                    '\\' => self.escaped(&mut text)?,
                    c => text.push(c),
                }
            }
            self.rest = &self.rest[end.len()..];
            self.skip();
        }
        Some(Value::Text(text))
    }

    fn next(&mut self) -> Option<char> {
        let c = self.rest.chars().next()?;
        self.rest = &self.rest[c.len_utf8()..];
        Some(c)
    }

    fn escaped(&mut self, text: &mut String) -> Option<()> {
        match self.next()? {
            'n' => text.push('\n'),
            't' => text.push('\t'),
            'r' => text.push('\r'),
            '\n' => {}
            kind @ ('x' | 'u' | 'U') => {
                let length = match kind {
                    'x' => 2,
                    'u' => 4,
                    _ => 8,
                };
                let digits = self.rest.get(..length)?;
                let number = u32::from_str_radix(digits, 16).ok()?;
                self.rest = &self.rest[length..];
                text.push(char::from_u32(number).unwrap_or('\u{fffd}'));
            }
            other => text.push(other),
        }
        Some(())
    }

    /// A number, None, True, False, or the name of something.
    fn word(&mut self) -> Option<Value> {
        let is_end = |c: char| c.is_whitespace() || ",:[](){}\'\"<>=".contains(c);
        let end = self.rest.find(is_end).unwrap_or(self.rest.len());
        let word = self.rest.get(..end).filter(|word| !word.is_empty())?;
        self.rest = &self.rest[end..];
        Some(match word {
            "True" => Value::Number(1.0),
            "False" => Value::Number(0.0),
            _ => word.trim_end_matches('L').parse().map_or(Value::Other, Value::Number),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(text: &str) -> Value {
        Value::Text(text.to_string())
    }

    #[test]
    fn values_are_read_as_python_writes_them() {
        for (given, value) in [
            ("'a\\'b'", Some(text("a'b"))),
            ("u'\\xe9\\u00e9' 'x'", Some(text("\u{e9}\u{e9}x"))),
            ("\"\"\"two\nlines\"\"\" rest", Some(text("two\nlines"))),
            ("-3L, 4", Some(Value::Number(-3.0))),
            ("True", Some(Value::Number(1.0))),
            ("None", Some(Value::Other)),
            ("<X instance at 0x1>", Some(Value::Other)),
            ("['a', 2,]", Some(Value::List(vec![text("a"), Value::Number(2.0)]))),
            ("(3, 1.5)", Some(Value::List(vec![Value::Number(3.0), Value::Number(1.5)]))),
            ("{ 'a': 0 }", Some(Value::Table(vec![(text("a"), Value::Number(0.0))]))),
            ("'open", None),
            ("['open'", None),
            ("", None),
            ("= 3", None),
        ] {
            assert_eq!(read(given), value, "{given}");
        }
        assert_eq!(read(&"[".repeat(100_000)), None, "too deep");
    }
}
