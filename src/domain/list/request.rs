//! A mail with questions: what is asked in it, or why it must not be answered, and the letter that
//! answers it.
//!
//! Nothing here knows the answers, or how often an address may ask.

use crate::domain::address::Address;
use crate::domain::list::letter::{Auto, Letter, List, Mailbox, MessageId};
use crate::domain::minutes;
use crate::domain::text::{self, clean};
use crate::domain::time::Moment;
use mail_parser::{Message, MessageParser, PartType};
use std::panic::{AssertUnwindSafe, catch_unwind};

/// The longest mail that is looked at, in bytes.
pub const MOST_BYTES: usize = 1 << 20;
/// The most questions of one mail that are answered.
pub const MOST_QUESTIONS: usize = 5;
/// The longest question that is repeated above its answer, in characters.
const MOST_QUOTED: usize = 60;
/// The longest name of an author that is kept, in characters.
const MOST_NAME: usize = 100;
/// The most messages of a thread that are looked at.
const MOST_THREAD: usize = 100;

/// A mail that may be answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// Whom the answer goes to: the envelope's sender.
    pub from: Address,
    /// Who wrote it, as far as it says: the one mailbox of its `From`, which can be forged.
    pub author: Option<Mailbox>,
    /// Its subject, clean.
    pub subject: String,
    /// What is asked, one line each; at least one.
    pub questions: Vec<String>,
    /// How many more were asked than are answered.
    pub more: usize,
    /// Its id.
    pub message_id: Option<MessageId>,
    /// The thread it belongs to, the oldest message first.
    pub references: Vec<MessageId>,
}

/// What is known of a mail before it is decided whether it is answered.
struct Facts<'a> {
    /// The envelope's sender, as it was given.
    sender: &'a str,
    /// Where questions go.
    address: &'a Address,
    /// Our other addresses: of the list, of the bot.
    ours: &'a [&'a Address],
    /// Every header, the name in small letters.
    headers: Vec<(String, &'a str)>,
    /// To and Cc.
    recipients: Vec<String>,
}

/// Says whether a mail must not be answered.
type Check = fn(&Facts) -> bool;

/// The reasons for which a mail is not answered, asked in this order.
const CHECKS: &[(&str, Check)] = &[
    // RFC 3834 §2: never to the null sender, which bounces have.
    ("the null sender", is_from_nobody),
    ("a sender that cannot be written to", |facts| Address::parse(facts.sender).is_err()),
    ("one of our own addresses", is_from_us),
    ("the address of a program", is_from_a_program),
    ("Auto-Submitted", is_auto_submitted),
    ("a mailing list", |facts| facts.headers.iter().any(|(name, _)| name.starts_with("list-"))),
    ("Precedence", has_low_precedence),
    ("X-Auto-Response-Suppress", wants_no_answer),
    ("a report", is_a_report),
    ("not written to the request address", |facts| !is_to_us(facts)),
];

impl Facts<'_> {
    /// The values of a header, in small letters.
    fn values(&self, name: &str) -> impl Iterator<Item = String> {
        let found = self.headers.iter().filter(move |(known, _)| known == name);
        found.map(|(_, value)| value.trim().to_ascii_lowercase())
    }

    /// The first word of a header's values: what stands before a parameter or a comment.
    fn words(&self, name: &str) -> impl Iterator<Item = String> {
        let is_end = |c: char| c.is_whitespace() || matches!(c, ';' | '(' | ',');
        self.values(name).map(move |value| value.split(is_end).next().unwrap_or("").to_string())
    }
}

fn is_from_nobody(facts: &Facts) -> bool {
    matches!(facts.sender, "" | "<>") || facts.values("return-path").any(|path| path == "<>")
}

fn is_from_us(facts: &Facts) -> bool {
    let mut ours = facts.ours.iter().copied().chain([facts.address]);
    ours.any(|known| known.as_str().eq_ignore_ascii_case(facts.sender))
}

/// RFC 3834 §2, and what programs call themselves.
fn is_from_a_program(facts: &Facts) -> bool {
    let local = facts.sender.rsplit_once('@').map_or(facts.sender, |(local, _)| local);
    let local = local.to_ascii_lowercase();
    let plain: String = local.chars().filter(|c| !matches!(c, '-' | '_' | '.')).collect();
    ["mailerdaemon", "postmaster", "listserv", "majordomo", "nobody", "bounce", "bounces"]
        .contains(&plain.as_str())
        || ["noreply", "donotreply"].iter().any(|word| plain.contains(word))
        || ["owner-", "bounce-", "bounce+", "bounces-", "bounces+"]
            .iter()
            .any(|start| local.starts_with(start))
        || ["-owner", "-request", "-bounces", "-bounce"].iter().any(|end| local.ends_with(end))
}

/// RFC 3834 §5: anything but `no`.
fn is_auto_submitted(facts: &Facts) -> bool {
    facts.words("auto-submitted").any(|word| word != "no")
}

fn has_low_precedence(facts: &Facts) -> bool {
    let low = ["bulk", "junk", "list", "auto_reply"];
    facts.words("precedence").any(|word| low.contains(&word.as_str()))
}

/// What Exchange writes on mail that wants no automatic answer (MS-OXCMAIL).
fn wants_no_answer(facts: &Facts) -> bool {
    let suppressed =
        |value: String| value.split(',').any(|one| matches!(one.trim(), "all" | "autoreply"));
    facts.values("x-auto-response-suppress").any(suppressed)
}

/// Delivery and disposition reports (RFC 6522).
fn is_a_report(facts: &Facts) -> bool {
    facts.words("content-type").any(|kind| kind == "multipart/report")
}

/// Whether the request address is named in To, Cc or Delivered-To.
fn is_to_us(facts: &Facts) -> bool {
    let is_ours = |given: &str| given.eq_ignore_ascii_case(facts.address.as_str());
    facts.recipients.iter().any(|one| is_ours(one))
        || facts.values("delivered-to").any(|one| is_ours(one.trim_matches(['<', '>'])))
}

/// Reads a mail that came from that envelope sender; the reason where it must not be answered.
/// `address` is where questions go, `ours` are our other addresses.
pub fn read(
    mail: &[u8],
    sender: &str,
    address: &Address,
    ours: &[&Address],
) -> Result<Request, &'static str> {
    if mail.len() > MOST_BYTES {
        return Err("a mail that is too long");
    }
    // The parser has panicked on broken mail before; a mail must not end the program.
    let mail = without_mbox_line(mail);
    let read = catch_unwind(AssertUnwindSafe(|| {
        let message = MessageParser::new().parse(mail).ok_or("not a mail")?;
        judge(&message, sender, address, ours)
    }));
    read.unwrap_or(Err("not a mail"))
}

/// Postfix's local(8) writes a line `From SENDER DATE` above the mail it pipes.
fn without_mbox_line(mail: &[u8]) -> &[u8] {
    match mail.starts_with(b"From ") {
        true => {
            let end = mail.iter().position(|byte| *byte == b'\n').map_or(mail.len(), |at| at + 1);
            &mail[end..]
        }
        false => mail,
    }
}

fn judge(
    message: &Message,
    sender: &str,
    address: &Address,
    ours: &[&Address],
) -> Result<Request, &'static str> {
    let recipients = message.all_to().chain(message.all_cc()).flat_map(|all| all.iter());
    let facts = Facts {
        sender: sender.trim(),
        address,
        ours,
        headers: message
            .headers_raw()
            .map(|(name, value)| (name.to_ascii_lowercase(), value))
            .collect(),
        recipients: recipients.filter_map(|one| one.address().map(str::to_string)).collect(),
    };
    if let Some((reason, _)) = CHECKS.iter().find(|(_, must_not)| must_not(&facts)) {
        return Err(reason);
    }
    let subject = bare(message.subject().unwrap_or(""));
    let mut questions = questions(message);
    if questions.is_empty() {
        let asked = if subject.is_empty() { "help".to_string() } else { subject.clone() };
        questions.push(asked);
    }
    let more = questions.len().saturating_sub(MOST_QUESTIONS);
    questions.truncate(MOST_QUESTIONS);
    let message_id = message.message_id().and_then(MessageId::parse);
    let from = Address::parse(facts.sender).map_err(|_| "a sender that cannot be written to")?;
    let references = thread(message, message_id.as_ref());
    let author = author(message);
    Ok(Request { from, author, subject, questions, more, message_id, references })
}

/// The one mailbox of `From`; nothing where there are several, or one that cannot be written to.
fn author(message: &Message) -> Option<Mailbox> {
    let mut froms = message.headers_raw().filter(|(name, _)| name.eq_ignore_ascii_case("from"));
    let is_one = froms.next().is_some() && froms.next().is_none();
    let mut all = message.from().filter(|_| is_one)?.iter();
    let one = all.next().filter(|_| all.next().is_none())?;
    let address = Address::parse(one.address()?).ok()?;
    let name = one.name().map(clean).unwrap_or_default().chars().take(MOST_NAME).collect();
    Some(Mailbox { name, address })
}

/// A subject without the marks of answers.
fn bare(subject: &str) -> String {
    let mut subject = clean(subject);
    while let Some(rest) = ["re:", "fwd:", "fw:", "aw:"]
        .iter()
        .find_map(|mark| subject.get(..mark.len()).filter(|start| start.eq_ignore_ascii_case(mark)))
        .map(|mark| subject[mark.len()..].trim().to_string())
    {
        subject = rest;
    }
    subject
}

/// The lines of the first part that is plain text, without quotes and signature.
fn questions(message: &Message) -> Vec<String> {
    let text = message.text_bodies().find_map(|part| match &part.body {
        PartType::Text(text) => Some(text),
        _ => None,
    });
    let Some(text) = text else { return Vec::new() };
    text.lines()
        .map(str::trim_end)
        .take_while(|line| *line != "--") // RFC 3676 §4.3: a signature follows.
        .filter(|line| !line.starts_with('>') && !line.ends_with("wrote:"))
        .map(text::clean)
        .filter(|line| !line.is_empty())
        .collect()
}

/// RFC 5322 §3.6.4: the thread of the mail, and the mail itself.
fn thread(message: &Message, id: Option<&MessageId>) -> Vec<MessageId> {
    let ids = |header: &mail_parser::HeaderValue| -> Vec<MessageId> {
        let all = header.as_text_list().map(<[_]>::to_vec).unwrap_or_default();
        let one = header.as_text().filter(|_| all.is_empty()).map(Into::into);
        all.into_iter().chain(one).filter_map(|id| MessageId::parse(&id)).collect()
    };
    let mut thread = ids(message.references());
    if thread.is_empty() {
        thread = ids(message.in_reply_to()).into_iter().take(1).collect();
    }
    let skipped = thread.len().saturating_sub(MOST_THREAD);
    thread.drain(..skipped);
    thread.extend(id.cloned());
    thread
}

/// The letter with the answers, each question with its lines. `name` is unique for the request.
pub fn answer(
    request: &Request,
    answers: &[(String, Vec<String>)],
    name: &str,
    address: &Address,
    list: &List,
    date: Moment,
) -> Letter {
    let subject = match request.subject.as_str() {
        "" => "Re: your questions".to_string(),
        subject => format!("Re: {subject}"),
    };
    let blocks = answers.iter().map(|(question, lines)| {
        let question: String = clean(question).chars().take(MOST_QUOTED).collect();
        let lines: String = lines.iter().map(|line| minutes::wrapped(&clean(line))).collect();
        format!("> {question}\n{lines}")
    });
    let mut body = blocks.collect::<Vec<_>>().join("\n");
    if request.more > 0 {
        let (more, lines) = (request.more, if request.more == 1 { "line" } else { "lines" });
        body +=
            &format!("\nLeft out: {more} {lines}. A mail may ask {MOST_QUESTIONS} questions.\n");
    }
    let foot = format!(
        "A mail from this address came to {address}. One question a line; what can be asked: help"
    );
    Letter {
        to: vec![request.from.clone()],
        in_reply_to: request.message_id.clone(),
        references: request.references.clone(),
        auto: Auto::Replied,
        body,
        foot: minutes::wrapped(&foot),
        ..list.letter(key(name), list.message_id(&["answer", name]), subject, date)
    }
}

/// The key of the letter that answers a request.
pub fn key(name: &str) -> String {
    format!("request:{name}")
}

#[cfg(test)]
mod tests;
