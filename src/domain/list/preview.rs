//! A post as a moderator looks at it: fields of its header and the beginning of its text.
//!
//! Both are as their author wrote them, cleaned of what is not seen, and never markup. Nothing here
//! judges.

use crate::domain::list::header::{Header, unfolded};
use crate::domain::text::{Text, clean};
use mail_parser::MessageParser;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// The fields that are shown, in this order.
const SHOWN: [&str; 12] = [
    "from",
    "sender",
    "reply-to",
    "to",
    "cc",
    "date",
    "subject",
    "message-id",
    "in-reply-to",
    "list-id",
    "auto-submitted",
    "authentication-results",
];
/// The most values of one field that are shown.
const MOST_VALUES: usize = 3;
/// The longest value, in characters.
const MOST_VALUE_CHARS: usize = 500;
/// The longest beginning of a text, in characters.
const MOST_TEXT_CHARS: usize = 4_000;
/// So much of a mail is looked into, in bytes.
const MOST_BYTES: usize = 256 * 1024;

/// What a moderator sees.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Preview {
    /// Names of fields, in small letters, and their values.
    pub fields: Vec<(&'static str, Text)>,
    /// The beginning of the first text.
    pub text: Text,
    /// Whether the text goes on.
    pub is_cut: bool,
}

/// Looks at a mail; every one can be looked at.
pub fn of(message: &[u8]) -> Preview {
    let header = Header::read(message);
    let value = |name: &'static str| {
        let values = header.values(name).take(MOST_VALUES);
        values.map(move |value| (name, Text::new(short(&unfolded(value)))))
    };
    let text = text(&message[..message.len().min(MOST_BYTES)]);
    let lines: Vec<String> = text.lines().map(clean).collect();
    let text = lines.join("\n");
    let text = text.trim();
    let end = text.char_indices().nth(MOST_TEXT_CHARS).map(|(end, _)| end);
    Preview {
        fields: SHOWN.into_iter().flat_map(value).collect(),
        text: Text::new(&text[..end.unwrap_or(text.len())]),
        is_cut: end.is_some() || message.len() > MOST_BYTES,
    }
}

fn short(value: &str) -> String {
    clean(value).chars().take(MOST_VALUE_CHARS).collect()
}

/// The first text of a mail. The parser has panicked on broken mail before; that must not end the
/// program.
fn text(message: &[u8]) -> String {
    let read = catch_unwind(AssertUnwindSafe(|| {
        let parsed = MessageParser::new().parse(message)?;
        parsed.body_text(0).map(|text| text.into_owned())
    }));
    read.unwrap_or_default().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_moderator_sees_who_wrote_what_and_no_markup() {
        let mail = b"From: Mira <mira@x.example>\r\nSubject: =?utf-8?q?a=1b[31m?=\r\n\tfolded\r\n\
            X-Spam: <script>\r\nTo: a@x.example\r\nTo: b@x.example\r\n\
            Content-Type: text/html\r\n\r\n<p>Hello<script>alert(1)</script><b>you</b>\x1b[31m\r\n";
        let preview = of(mail);
        let names: Vec<&str> = preview.fields.iter().map(|(name, _)| *name).collect();
        assert_eq!(names, ["from", "to", "to", "subject"]);
        let text = preview.text.as_untrusted();
        assert!(text.contains("Hello") && !text.contains('\u{1b}'), "{text}");
        assert!(!text.contains("<p>") && !text.contains("<script>"), "{text}");
        assert!(!preview.is_cut);
    }

    #[test]
    fn what_is_long_is_cut() {
        let mail = [b"Subject: x\r\n\r\n".to_vec(), vec![b'x'; 400_000]].concat();
        let preview = of(&mail);
        assert!(preview.is_cut);
        assert_eq!(preview.text.as_untrusted().chars().count(), MOST_TEXT_CHARS);
    }

    proptest! {
        #[test]
        fn any_bytes_can_be_looked_at(mail in prop::collection::vec(any::<u8>(), 0..2_000)) {
            let preview = of(&mail);
            prop_assert!(preview.text.as_untrusted().chars().all(|c| c == '\n' || !c.is_control()));
        }
    }
}
