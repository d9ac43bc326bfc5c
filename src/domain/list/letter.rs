//! A letter of ours, and how it is written as RFC 5322 wants it.
//!
//! Every field may hold what a stranger typed: no header can be added by one, and the text is
//! plain. Nothing here knows how a letter leaves.

use crate::domain::address::Address;
use crate::domain::minutes;
use crate::domain::text::{clean, is_unprintable};
use crate::domain::time::{Moment, SECOND};
use mail_builder::MessageBuilder;
use mail_builder::headers::address::Address as Header;
use mail_builder::headers::message_id::MessageId as Ids;
use mail_builder::headers::raw::Raw;
use std::fmt;
use unicode_segmentation::UnicodeSegmentation;

/// The longest letter, in bytes as it goes over the wire: lists hold or refuse longer ones.
pub const MOST_BYTES: usize = 50_000;
/// The longest subject, in characters; a longer one is cut.
pub const MOST_SUBJECT: usize = 200;
/// The most recipients of one letter. It goes to all of them or to none.
pub const MOST_RECIPIENTS: usize = 10;
/// The most messages that a letter says it refers to; the first and the last ones are kept.
pub const MOST_REFERENCES: usize = 10;
/// The longest text that must not be cut from the end of a letter, in bytes.
pub const MOST_FOOT: usize = 4_000;
/// The longest address of a page that goes into a header, in bytes.
const MOST_URL: usize = 500;

/// A letter before it is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Letter {
    /// Why it exists, for example `minutes:2018-11-13`: two letters with the same key are one.
    pub key: String,
    /// Whom it is from; also the envelope's sender.
    pub from: Mailbox,
    /// Whom it goes to, at most [`MOST_RECIPIENTS`].
    pub to: Vec<Address>,
    /// Where answers go, where that is not whom it is from.
    pub reply_to: Option<Address>,
    /// The subject.
    pub subject: String,
    /// Its own id, always the same for the same key.
    pub message_id: MessageId,
    /// The message it answers or corrects.
    pub in_reply_to: Option<MessageId>,
    /// The thread it belongs to, the oldest message first.
    pub references: Vec<MessageId>,
    /// When it was written.
    pub date: Moment,
    /// The page that shows the same (RFC 5064).
    pub archived_at: Option<String>,
    /// Why a program sends it.
    pub auto: Auto,
    /// The text, line by line. What is too long is cut at a line, and says so.
    pub body: String,
    /// What follows the text and is never cut, up to [`MOST_FOOT`].
    pub foot: String,
}

/// Why a program sends a letter (RFC 3834 §5).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Auto {
    /// Of its own accord.
    Generated,
    /// As the answer to a mail; it goes with the null sender, so that nothing answers it.
    Replied,
}

/// A name and an address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mailbox {
    /// The name people see; may be empty.
    pub name: String,
    /// The address.
    pub address: Address,
}

/// The id of a message, without the angle brackets.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct MessageId(String);

impl MessageId {
    /// The longest one, in bytes, so that it fits on a line of a header.
    pub const MOST_BYTES: usize = 250;

    /// One of our own: words joined by dots, at a host of ours. What cannot stand in an id becomes
    /// a hyphen: `["minutes", "2018-11-13", "Virt SIG"]` gives `minutes.2018-11-13.virt-sig@…`.
    pub fn of(words: &[&str], host: &str) -> MessageId {
        let words: Vec<String> = words.iter().map(|word| slug(word)).collect();
        let host: String = host.split('.').map(slug).collect::<Vec<_>>().join(".");
        let room = Self::MOST_BYTES.saturating_sub(host.len().min(200) + 1);
        let local: String = words.join(".").chars().take(room).collect();
        let host: String = host.chars().take(200).collect();
        MessageId(format!("{}@{}", local.trim_matches('.'), host.trim_matches('.')))
    }

    /// Reads one, with or without its angle brackets; `None` where it could not stand in a header
    /// as it is.
    pub fn parse(given: &str) -> Option<MessageId> {
        let given = given.trim();
        let inner = given.strip_prefix('<').and_then(|rest| rest.strip_suffix('>'));
        let id = inner.unwrap_or(given);
        let (left, right) = id.split_once('@')?;
        let fits = |part: &str| {
            let is_good = |byte: u8| byte.is_ascii_graphic() && !b"<>()\"\\,;@".contains(&byte);
            !part.is_empty() && part.bytes().all(is_good)
        };
        (id.len() <= Self::MOST_BYTES && fits(left) && fits(right))
            .then(|| MessageId(id.to_string()))
    }

    /// Without angle brackets.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for MessageId {
    /// With angle brackets, as it stands in a header.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "<{}>", self.0)
    }
}

/// Letters and digits in lower case; everything else becomes one hyphen.
fn slug(word: &str) -> String {
    let mut out = String::new();
    for c in word.chars() {
        match c.is_ascii_alphanumeric() {
            true => out.push(c.to_ascii_lowercase()),
            false if !out.is_empty() && !out.ends_with('-') => out.push('-'),
            false => {}
        }
    }
    let out = out.trim_end_matches('-');
    if out.is_empty() { "x".to_string() } else { out.to_string() }
}

/// The list as a writer of letters knows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct List {
    /// What it is called, for example `centos-virt`.
    pub name: String,
    /// Where letters to it go.
    pub address: Address,
    /// Whom they are from.
    pub from: Mailbox,
    /// The short name of the group; it stands in the message ids.
    pub group: String,
    /// The host of the message ids.
    pub host: String,
    /// What happens to a post of somebody who is not subscribed, in one sentence.
    pub rule: String,
    /// Where its page is, on which one may confirm and leave too.
    pub page: Option<String>,
}

impl List {
    /// `<WORDS.GROUP@HOST>`: the same words give the same id.
    pub fn message_id(&self, words: &[&str]) -> MessageId {
        let words: Vec<&str> = words.iter().copied().chain([self.group.as_str()]).collect();
        MessageId::of(&words, &self.host)
    }

    /// A letter to the list without a text yet.
    pub fn letter(
        &self,
        key: String,
        message_id: MessageId,
        subject: String,
        date: Moment,
    ) -> Letter {
        Letter {
            key,
            from: self.from.clone(),
            to: vec![self.address.clone()],
            reply_to: None,
            subject,
            message_id,
            in_reply_to: None,
            references: Vec::new(),
            date,
            archived_at: None,
            auto: Auto::Generated,
            body: String::new(),
            foot: self.rule(),
        }
    }

    /// The rule as it stands under every letter.
    pub fn rule(&self) -> String {
        minutes::wrapped(&self.rule)
    }
}

impl Letter {
    /// The envelope's sender; `None` is the null sender.
    pub fn sender(&self) -> Option<&Address> {
        match self.auto {
            Auto::Generated => Some(&self.from.address),
            // RFC 3834 §3.3.
            Auto::Replied => None,
        }
    }

    /// The envelope's recipients.
    pub fn recipients(&self) -> &[Address] {
        &self.to[..self.to.len().min(MOST_RECIPIENTS)]
    }

    /// The letter as it goes over the wire: ASCII, lines of at most 998 bytes that end with CRLF,
    /// at most [`MOST_BYTES`] of them.
    pub fn render(&self) -> Vec<u8> {
        let foot = plain(up_to(&self.foot, MOST_FOOT));
        // No encoding makes a text shorter, so what is beyond the limit need not be looked at.
        let body = plain(up_to(&self.body, MOST_BYTES));
        let whole = self.write(&join(&[&body, &foot]));
        if whole.len() <= MOST_BYTES && self.body.len() <= MOST_BYTES {
            return whole;
        }
        let lines: Vec<&str> = body.lines().collect();
        let cut = self.cut();
        let with = |count: usize| self.write(&join(&[&lines[..count].join("\n"), &cut, &foot]));
        let counts: Vec<usize> = (1..=lines.len()).collect();
        with(counts.partition_point(|count| with(*count).len() <= MOST_BYTES))
    }

    /// The sentence in the place of what is left out.
    fn cut(&self) -> String {
        let limit = MOST_BYTES / 1000;
        let why = format!("The rest is left out: mail to the list stays under {limit} KB.");
        match self.page() {
            Some(page) => format!("[{why}\nAll of it: {page} ]"),
            None => format!("[{why}]"),
        }
    }

    /// The page, where its address can stand in a header.
    fn page(&self) -> Option<&str> {
        let fits = |url: &&str| {
            url.len() <= MOST_URL
                && url.bytes().all(|byte| byte.is_ascii_graphic() && !b"<>\"".contains(&byte))
        };
        self.archived_at.as_deref().filter(fits)
    }

    fn write(&self, text: &str) -> Vec<u8> {
        let name = clean(&self.from.name);
        let name = Some(name).filter(|name| !name.is_empty());
        let to = self.recipients().iter().map(|to| header(None, to)).collect();
        let subject: String = clean(&self.subject).graphemes(true).take(MOST_SUBJECT).collect();
        let auto = match self.auto {
            Auto::Generated => "auto-generated",
            Auto::Replied => "auto-replied",
        };
        let mut message = MessageBuilder::new()
            .from(header(name, &self.from.address))
            .to(Header::new_list(to))
            .subject(subject)
            .date(self.date.micros().div_euclid(SECOND))
            .message_id(self.message_id.as_str())
            .header("Auto-Submitted", Raw::new(auto));
        if let Some(address) = &self.reply_to {
            message = message.reply_to(header(None, address));
        }
        if let Some(id) = &self.in_reply_to {
            message = message.in_reply_to(id.as_str());
        }
        let thread = self.thread();
        if !thread.is_empty() {
            message = message.references(Ids::new_list(thread.iter().map(|id| id.as_str())));
        }
        if let Some(page) = self.page() {
            message = message.header("Archived-At", Raw::new(format!("<{page}>")));
        }
        // What mail is written to is a vector: that cannot fail.
        message.text_body(text.replace('\n', "\r\n")).write_to_vec().unwrap_or_default()
    }

    /// RFC 5322 §3.6.4: the first message of a thread and the last ones must stay.
    fn thread(&self) -> Vec<&MessageId> {
        let all = &self.references;
        let skipped = all.len().saturating_sub(MOST_REFERENCES);
        let last = all.iter().skip(1 + skipped);
        all.iter().take(1).chain(last).collect()
    }
}

fn header(name: Option<String>, address: &Address) -> Header<'static> {
    Header::new_address(name, address.as_str().to_string())
}

/// The parts that are not empty, with an empty line between them.
fn join(parts: &[&str]) -> String {
    let parts: Vec<&str> = parts.iter().map(|part| part.trim_end()).collect();
    let parts: Vec<&str> = parts.into_iter().filter(|part| !part.is_empty()).collect();
    parts.join("\n\n") + "\n"
}

/// The text up to the last line that fits.
fn up_to(text: &str, most: usize) -> &str {
    match text.len() <= most {
        true => text,
        false => {
            let end = (0..=most).rev().find(|end| text.is_char_boundary(*end)).unwrap_or(0);
            text[..end].rsplit_once('\n').map_or("", |(lines, _)| lines)
        }
    }
}

/// Text that is only text: its lines without control characters and spaces at their ends.
fn plain(text: &str) -> String {
    let line = |line: &str| {
        let shown = line.chars().map(|c| if c == '\t' { ' ' } else { c });
        shown.filter(|c| !is_unprintable(*c)).collect::<String>().trim_end().to_string()
    };
    text.lines().map(line).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use mail_parser::{MessageParser, MimeHeaders};
    use proptest::prelude::*;

    fn address(address: &str) -> Address {
        Address::parse(address).unwrap()
    }

    fn letter() -> Letter {
        let list = List {
            name: "centos-virt".into(),
            address: address("centos-virt@centos.org"),
            from: Mailbox { name: "Virt SIG".into(), address: address("virtbot@centos.org") },
            group: "Virt SIG".into(),
            host: "virt.example.org".into(),
            rule: "Posts from addresses that are not subscribed are discarded.".into(),
            page: None,
        };
        let date = Moment::parse("2018-11-13T15:48:20Z").unwrap();
        let id = list.message_id(&["minutes", "2018-11-13"]);
        let subject = "Virt SIG meeting minutes, Tue 2018-11-13".to_string();
        let page = "https://virt.example.org/m/2018-11-13".to_string();
        Letter {
            archived_at: Some(page),
            body: "Hello.\n".into(),
            ..list.letter("minutes:2018-11-13".into(), id, subject, date)
        }
    }

    fn rendered(letter: &Letter) -> String {
        String::from_utf8(letter.render()).expect("it is ASCII")
    }

    /// The text as a reader's program shows it, and what holds for every letter.
    fn read(letter: &Letter) -> String {
        let bytes = letter.render();
        assert!(bytes.len() <= MOST_BYTES, "{} bytes", bytes.len());
        assert!(bytes.is_ascii());
        let text = std::str::from_utf8(&bytes).unwrap();
        assert!(!text.replace("\r\n", "").contains(['\r', '\n', '\0']), "{text:?}");
        assert!(text.split("\r\n").all(|line| line.len() <= 998));
        let message = MessageParser::new().parse(&bytes).expect("it can be read");
        assert_eq!(message.parts.len(), 1);
        let content = message.content_type().expect("a type");
        assert_eq!((content.ctype(), content.subtype()), ("text", Some("plain")));
        assert_eq!(content.attribute("charset"), Some("utf-8"));
        let names: Vec<_> = message.headers().iter().map(|header| header.name()).collect();
        let mut once = names.clone();
        once.sort();
        once.dedup();
        assert_eq!(once.len(), names.len(), "{names:?}");
        assert!(names.iter().all(|name| OURS.contains(name)), "{names:?}");
        message.body_text(0).expect("a text").replace("\r\n", "\n")
    }

    const OURS: [&str; 13] = [
        "From",
        "To",
        "Reply-To",
        "Subject",
        "Date",
        "Message-ID",
        "In-Reply-To",
        "References",
        "Auto-Submitted",
        "Archived-At",
        "MIME-Version",
        "Content-Type",
        "Content-Transfer-Encoding",
    ];

    #[test]
    fn a_letter_is_written_so() {
        let expected = "From: \"Virt SIG\" <virtbot@centos.org>\r\n\
            To: <centos-virt@centos.org>\r\n\
            Subject: Virt SIG meeting minutes, Tue 2018-11-13\r\n\
            Date: Tue, 13 Nov 2018 15:48:20 +0000\r\n\
            Message-ID: <minutes.2018-11-13.virt-sig@virt.example.org>\r\n\
            Auto-Submitted: auto-generated\r\n\
            Archived-At: <https://virt.example.org/m/2018-11-13>\r\n\
            MIME-Version: 1.0\r\n\
            Content-Type: text/plain; charset=\"utf-8\"\r\n\
            Content-Transfer-Encoding: 7bit\r\n\
            \r\n\
            Hello.\r\n\
            \r\n\
            Posts from addresses that are not subscribed are discarded.\r\n";
        assert_eq!(rendered(&letter()), expected);
        assert_eq!(read(&letter()).lines().next(), Some("Hello."));
    }

    #[test]
    fn every_language_arrives_as_it_was() {
        let words = "注意事项 Ünïcode 😀";
        let url = format!("https://example.org/{}", "x".repeat(1200));
        let letter = Letter {
            subject: format!("{words} {words} {words}"),
            body: format!("{words}\n=20 . \n.\n{url}\n"),
            from: Mailbox { name: words.into(), address: address("virtbot@centos.org") },
            ..letter()
        };
        let text = read(&letter);
        let lines: Vec<&str> = text.lines().take(4).collect();
        assert_eq!(lines, [words, "=20 .", ".", &url]);
        let bytes = letter.render();
        let message = MessageParser::new().parse(&bytes).unwrap();
        assert_eq!(message.subject(), Some(letter.subject.as_str()));
        let from = message.from().unwrap().first().unwrap();
        assert_eq!(from.name(), Some(words));
    }

    #[test]
    fn an_answer_has_a_thread_and_the_null_sender() {
        let ids: Vec<MessageId> =
            (0..30).map(|n| MessageId::parse(&format!("<m{n}@x.example>")).unwrap()).collect();
        let letter = Letter {
            auto: Auto::Replied,
            in_reply_to: ids.last().cloned(),
            references: ids,
            ..letter()
        };
        read(&letter);
        let bytes = letter.render();
        let message = MessageParser::new().parse(&bytes).unwrap();
        let thread = message.references().as_text_list().unwrap();
        assert_eq!((thread.len(), &*thread[0], &*thread[9]), (10, "m0@x.example", "m29@x.example"));
        assert_eq!(message.in_reply_to().as_text(), Some("m29@x.example"));
        assert!(rendered(&letter).contains("Auto-Submitted: auto-replied\r\n"));
        assert_eq!(letter.sender(), None);
    }

    #[test]
    fn what_is_too_long_is_cut_at_a_line_and_says_so() {
        for line in ["a line of minutes  (gwd, 15:00:00)", "注意事项注意事项注意事项", ""]
        {
            let letter = Letter { body: format!("{line}\n").repeat(60_000), ..letter() };
            let text = read(&letter);
            let mut lines = text.lines().rev();
            assert_eq!(lines.next(), Some(letter.foot.trim_end()));
            assert_eq!(lines.next(), Some(""));
            let page = "All of it: https://virt.example.org/m/2018-11-13 ]";
            assert_eq!(lines.next(), Some(page));
            assert!(lines.next().unwrap().starts_with("[The rest is left out: "), "{text}");
            assert!(lines.all(|left| left.is_empty() || left == line));
            let is_full = letter.render().len() > MOST_BYTES - 200;
            assert!(is_full || line.is_empty(), "more would have fitted");
        }
        let endless = Letter {
            body: "x".repeat(60_000),
            subject: "s".repeat(9_000),
            foot: "f\n".repeat(9_000),
            to: vec![address("a@x.example"); 99],
            archived_at: Some(format!("https://x.example/{}", "x".repeat(9_000))),
            ..letter()
        };
        let text = read(&endless);
        assert!(text.starts_with("[The rest is left out: mail to the list stays under 50 KB.]"));
        assert_eq!(endless.recipients().len(), MOST_RECIPIENTS);
    }

    #[test]
    fn ids_are_made_of_what_can_stand_in_them() {
        let id = MessageId::of(&["minutes", "2018-11-13-2", "注 SIG <x>\r\n"], "a_b.example");
        assert_eq!(id.to_string(), "<minutes.2018-11-13-2.sig-x@a-b.example>");
        let long = MessageId::of(&["minutes", &"x".repeat(999)], &"h".repeat(999));
        assert_eq!(MessageId::parse(long.as_str()), Some(long));
        for bad in ["", "a", "a@", "@b", "<a@b> <c@d>", "a@b@c", "a@b\r\nBcc: c", "a b@c", "<a@b"] {
            assert_eq!(MessageId::parse(bad), None, "{bad}");
        }
    }

    proptest! {
        #[test]
        fn nobody_adds_a_header(words in "(\\PC|\r\n|\n|\r|\u{85}|\u{2028}|Bcc: a@b.example| ){0,60}") {
            let hostile = Letter {
                subject: words.clone(),
                from: Mailbox { name: words.clone(), address: address("virtbot@centos.org") },
                archived_at: Some(words.clone()),
                body: words.clone(),
                foot: words.clone(),
                in_reply_to: MessageId::parse(&words),
                ..letter()
            };
            read(&hostile);
        }

        #[test]
        fn an_id_of_ours_can_be_read(words in any::<String>(), host in any::<String>()) {
            let id = MessageId::of(&["w", &words], &host);
            prop_assert_eq!(MessageId::parse(&id.to_string()), Some(id));
        }
    }
}
