//! A table with a row of names first (RFC 4180; also with semicolons or tabs): what Mailman 3's
//! pages export, what spreadsheets write, and our own export.

use crate::domain::list::import::{Entry, Source};
use crate::domain::list::key::Key;

/// The most columns that are looked at.
const MOST_COLUMNS: usize = 50;

const ADDRESS: [&str; 6] =
    ["address", "email", "mail", "e-mail", "subscribed address", "email address"];
const NAME: [&str; 6] =
    ["name", "display name", "full name", "real name", "realname", "display_name"];

/// Whether a line is the row of names.
pub(super) fn is_head(line: &str) -> bool {
    let columns = rows(line).next().map(|(_, columns)| columns).unwrap_or_default();
    !line.contains('@') && place(&columns, &ADDRESS).is_some()
}

/// Where one of the names stands.
fn place(columns: &[String], names: &[&str]) -> Option<usize> {
    columns.iter().position(|column| {
        let column = column.trim().to_lowercase();
        names.contains(&column.as_str()) || names.contains(&column.replace('_', " ").as_str())
    })
}

/// Reads a table.
pub(super) fn read(bytes: &[u8]) -> Result<Source, String> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let text = String::from_utf8_lossy(bytes);
    let mut rows = rows(&text);
    let head = rows.next().map(|(_, columns)| columns).unwrap_or_default();
    let Some(address) = place(&head, &ADDRESS) else {
        return Err(
            "its first row names no column 'address' or 'email'; write one address a line instead, or name the columns"
                .to_string(),
        );
    };
    let name = place(&head, &NAME);
    let other_of = place(&head, &["other of"]);
    let moderated = place(&head, &["moderated", "moderation action"]);
    let extended = place(&head, &["extended"]);
    let nomail = place(&head, &["nomail"]);
    let status = place(&head, &["delivery status"]);
    let role = place(&head, &["role"]);
    let mut source = Source::default();
    for (line, row) in rows {
        let cell = |place: Option<usize>| place.and_then(|at| row.get(at)).map_or("", |c| c.trim());
        if row.iter().all(|cell| cell.trim().is_empty()) || !matches!(cell(role), "" | "member") {
            continue;
        }
        if row.iter().any(|cell| cell.contains('\u{fffd}')) {
            source.fault(line, "not UTF-8");
            continue;
        }
        let Some(mut entry) = Entry::new(cell(Some(address)), cell(name)) else {
            source.fault(line, "no address");
            continue;
        };
        let is_on = |place| matches!(cell(place), "yes" | "true" | "1" | "hold");
        entry.other_of = Key::parse(cell(other_of));
        entry.is_moderated = is_on(moderated);
        entry.is_extended = is_on(extended);
        entry.is_nomail = is_on(nomail) || cell(status).starts_with("by_");
        source.entries.push(entry);
    }
    Ok(source)
}

/// The rows with the number of the line where each begins.
fn rows(text: &str) -> impl Iterator<Item = (usize, Vec<String>)> {
    let first = text.lines().next().unwrap_or("");
    let count = |c: &char| first.matches(*c).count();
    let separator =
        [',', ';', '\t'].into_iter().max_by_key(|c| (count(c), *c == ',')).unwrap_or(',');
    let mut rest = text.chars().peekable();
    let mut line = 1;
    std::iter::from_fn(move || {
        rest.peek()?;
        let (began, mut row, mut cell, mut is_quoted) = (line, Vec::new(), String::new(), false);
        while let Some(c) = rest.next() {
            line += usize::from(c == '\n');
            match c {
                '"' if is_quoted && rest.peek() == Some(&'"') => cell.extend(rest.next()),
                '"' if is_quoted || cell.is_empty() => is_quoted = !is_quoted,
                c if c == separator && !is_quoted => {
                    if row.len() < MOST_COLUMNS {
                        row.push(std::mem::take(&mut cell));
                    }
                }
                '\n' if !is_quoted => break,
                '\r' => {}
                c => cell.push(c),
            }
        }
        row.push(cell);
        Some((began, row))
    })
}

/// A cell as it is written in a row: a spreadsheet must not take it for a formula.
pub fn cell(text: &str) -> String {
    let text = match text.starts_with(['=', '+', '-', '@', '\t', '\r']) {
        true => format!("'{text}"),
        false => text.to_string(),
    };
    match text.contains([',', '"', '\n', '\r', ';']) {
        true => format!("\"{}\"", text.replace('"', "\"\"")),
        false => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::list::import::{Format, guess};

    #[test]
    fn columns_are_found_by_their_names() {
        let text = "Display Name,Email,Delivery_Status,moderation_action\r\n\
            \"Anna \"\"A\"\" B,\nC\",anna@x.example,enabled,\r\n,,,\n\
            Bob,bob@x.example,by_user,hold\nNobody,nobody,,\n";
        assert_eq!(guess(text.as_bytes()), Format::Csv);
        let source = read(text.as_bytes()).unwrap();
        let [anna, bob] = &source.entries[..] else { panic!("{source:?}") };
        assert_eq!((anna.name.as_str(), anna.is_nomail), ("Anna \"A\" B,C", false));
        assert!(bob.is_nomail && bob.is_moderated);
        assert_eq!(source.faults, [(6, "no address")]);
    }

    #[test]
    fn semicolons_roles_and_a_head_without_an_address() {
        let text = "address;role;other_of\nanna@x.example;member;\nb@x.example;owner;\n\
            anna@y.example;member;anna@x.example\n";
        let source = read(text.as_bytes()).unwrap();
        assert_eq!(source.entries.len(), 2);
        assert_eq!(source.entries[1].other_of, Key::parse("anna@x.example"));
        assert!(read(b"who,what\na,b\n").is_err());
        assert_eq!(cell("=1,\"2\""), "\"'=1,\"\"2\"\"\"");
    }
}
