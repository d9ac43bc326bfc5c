//! The letters about being subscribed: please confirm, welcome, goodbye.
//!
//! They repeat nothing of the mail that asked, since a stranger may have written that. Nothing here
//! knows who is subscribed.

use crate::domain::address::Address;
use crate::domain::list::join::beside;
use crate::domain::list::letter::{Auto, Letter, List, MessageId};
use crate::domain::list::request::Request;
use crate::domain::list::token::{Action, Token};
use crate::domain::minutes;
use crate::domain::time::Moment;

/// What all of these letters need.
#[derive(Clone, Copy, Debug)]
pub struct Writing<'a> {
    /// The list.
    pub list: &'a List,
    /// The mail that is answered.
    pub request: &'a Request,
    /// Unique for the mail, and the same when it comes again.
    pub name: &'a str,
    /// When it came.
    pub now: Moment,
    /// Whether it was asked on a page, not by a mail.
    pub on_page: bool,
}

/// The key of the letter that answers a wish.
pub fn key(name: &str) -> String {
    format!("confirm:{name}")
}

/// The key of the letter that says that a wish was confirmed.
pub fn done_key(name: &str) -> String {
    format!("confirmed:{name}")
}

impl Writing<'_> {
    fn letter(&self, key: String, to: Address, subject: String, paragraphs: &[String]) -> Letter {
        let (kind, _) = key.split_once(':').unwrap_or_default();
        let id = self.list.message_id(&[kind, self.name]);
        let is_theirs = self.request.from == to;
        let paragraphs: Vec<String> =
            paragraphs.iter().map(|words| minutes::wrapped(words)).collect();
        Letter {
            to: vec![to],
            // Another's mail is no part of the thread of who gets this.
            in_reply_to: self.request.message_id.clone().filter(|_| is_theirs),
            references: if is_theirs { self.request.references.clone() } else { Vec::new() },
            auto: Auto::Replied,
            body: paragraphs.join("\n"),
            ..self.list.letter(key, id, subject, self.now)
        }
    }

    /// `centos-virt (centos-virt@centos.org)`
    fn named(&self) -> String {
        format!("{} ({})", self.list.name, self.list.address)
    }

    /// Who asked, as far as that is known.
    fn who(&self, asker: &Address) -> String {
        match self.on_page {
            true => "Somebody on the list's page".to_string(),
            false => format!("A mail from {asker}"),
        }
    }

    /// A page beside the list's.
    fn page(&self, beside: &str) -> Option<String> {
        self.list.page.as_ref().map(|page| format!("{page}/{beside}"))
    }

    fn beside(&self, suffix: &str) -> String {
        beside(&self.list.address, suffix).map_or(String::new(), |address| address.to_string())
    }

    /// Asks the owner of an address whether it is to be so. `asker` is who asked, where that is not
    /// the address itself.
    pub fn confirm(
        &self,
        to: &Address,
        asker: Option<&Address>,
        action: &Action,
        token: &Token,
        until: Moment,
    ) -> Letter {
        let (what, wish) = match action {
            Action::Join => ("join", format!("that {to} joins the mailing list {}", self.named())),
            Action::Leave => {
                ("leave", format!("that {to} leaves the mailing list {}", self.named()))
            }
            Action::Other(_) => (
                "second address",
                format!("to post from {to}, too, to the mailing list {}", self.named()),
            ),
            Action::Extension(is_on) => (
                "extension",
                format!(
                    "that posts from {} with +anything before the @ {} to the mailing list {}",
                    to,
                    if *is_on { "are taken as yours" } else { "are yours no more" },
                    self.named()
                ),
            ),
        };
        let asker = asker.unwrap_or(to);
        let when = minute(self.now);
        let address = beside(&self.list.address, &format!("confirm+{token}"));
        let (how, subject) = match &address {
            Some(address) => (
                format!("To confirm, answer this mail as it is, or write to\n{address}"),
                format!("Please confirm: {what} ({})", self.list.name),
            ),
            None => (
                format!(
                    "To confirm, answer this mail as it is, or write to {} only this:\nconfirm {token}",
                    self.beside("request")
                ),
                format!("confirm {token}"),
            ),
        };
        let page = self.page(&format!("confirm?token={token}"));
        let how = how + &page.map_or(String::new(), |page| format!("\nor open\n{page}"));
        let letter = self.letter(
            key(self.name),
            to.clone(),
            subject,
            &[
                format!("{} asked on {when} {wish}.", self.who(asker)),
                how,
                format!(
                    "If you did not ask for this, do nothing: then nothing changes. The address for confirming is good until {}.",
                    minute(until)
                ),
            ],
        );
        Letter { reply_to: address.or_else(|| beside(&self.list.address, "request")), ..letter }
    }

    /// To who is subscribed already and asked to join.
    pub fn already(&self, to: &Address, since: Moment) -> Letter {
        let who = if self.on_page { "Somebody" } else { "A mail" };
        let said = format!(
            "{who} asked on {} that {to} joins the mailing list {}. It is subscribed since {}, so there is nothing to confirm.",
            minute(self.now),
            self.named(),
            since.date()
        );
        let subject = format!("You are subscribed to {}", self.list.name);
        self.letter(key(self.name), to.clone(), subject, &[said, self.how_to_leave()])
    }

    /// To who is not subscribed and asked something of their subscription.
    pub fn stranger(&self, to: &Address) -> Letter {
        let said = format!(
            "{} asked on {} to change its subscription to the mailing list {}. It is not subscribed, so nothing was changed. If you are subscribed with another address, write from that one.",
            match self.on_page {
                true => format!("Somebody who named {to} on a page"),
                false => format!("A mail from {to}"),
            },
            minute(self.now),
            self.named()
        );
        let join = format!("To join, write to {}.", self.beside("join"));
        let subject = format!("{to} is not subscribed to {}", self.list.name);
        self.letter(key(self.name), to.clone(), subject, &[said, join])
    }

    /// What was confirmed holds now; to the address that confirmed it.
    pub fn done(&self, to: &Address, action: &Action, first: Option<&Address>) -> Letter {
        let name = &self.list.name;
        let (subject, paragraphs) = match action {
            Action::Join => (
                format!("Welcome to {name}"),
                vec![
                    format!("{to} is subscribed to the mailing list {}.", self.named()),
                    format!(
                        "Posts are yours when their From is {to}. To post from a second address, too, write to {} from {to}:\nadd address second@example.org",
                        self.beside("request")
                    ),
                    self.how_to_leave(),
                ],
            ),
            Action::Leave => (
                format!("Goodbye from {name}"),
                vec![
                    format!(
                        "{to} is not subscribed to the mailing list {} any more, and neither are further addresses that were added to it.",
                        self.named()
                    ),
                    format!("To join again, write to {}.", self.beside("join")),
                ],
            ),
            Action::Other(_) => {
                let first = first.map_or("your subscription".to_string(), ToString::to_string);
                let holds = format!(
                    "Posts from {to} to the mailing list {} are taken as those of {first}. Mail of the list goes to the first address only.",
                    self.named()
                );
                let leave = format!("To undo this, write to {} from {to}.", self.beside("leave"));
                (format!("You may post to {name} from {to}"), vec![holds, leave])
            }
            Action::Extension(is_on) => {
                let holds = format!(
                    "Posts from {to} with +anything before the @ are {} to the mailing list {}.",
                    if *is_on { "taken as yours" } else { "yours no more" },
                    self.named()
                );
                let undo = format!(
                    "To undo this, write to {}:\nextension {}",
                    self.beside("request"),
                    if *is_on { "off" } else { "on" }
                );
                (format!("Your address on {name}"), vec![holds, undo])
            }
        };
        self.letter(done_key(self.name), to.clone(), subject, &paragraphs)
    }

    /// Tells the first address that a further one was added, since a mail in its name may have been
    /// another's.
    pub fn added(&self, first: &Address, second: &Address) -> Letter {
        let said = format!(
            "Posts from {second} to the mailing list {} are taken as yours from now on: a mail in your name asked for it, and {second} confirmed it.",
            self.named()
        );
        let undo = format!(
            "If that is not yours, tell those who run the list; {second} can leave by itself at {}.",
            self.beside("leave")
        );
        let subject = format!("{second} may post to {} as you", self.list.name);
        let letter = self.letter(done_key(self.name), first.clone(), subject, &[said, undo]);
        let words = ["confirmed", self.name, "first"];
        let message_id: MessageId = self.list.message_id(&words);
        Letter { key: format!("{}:first", letter.key), message_id, ..letter }
    }

    fn how_to_leave(&self) -> String {
        match self.page("leave") {
            Some(page) => format!("To leave, write to {} or open {page}", self.beside("leave")),
            None => format!("To leave, write to {}.", self.beside("leave")),
        }
    }
}

/// `2018-11-13 15:20 UTC`
fn minute(at: Moment) -> String {
    at.utc().format("%Y-%m-%d %H:%M UTC").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::list::key::Key;
    use crate::domain::list::testing::{address, is_golden, list};
    use crate::domain::list::token::{Claim, GOOD_FOR, NONCE, Secret};

    fn request() -> Request {
        Request {
            from: address("anna@x.example"),
            author: None,
            subject: String::new(),
            questions: vec!["join".into()],
            more: 0,
            message_id: MessageId::parse("q@x.example"),
            references: Vec::new(),
        }
    }

    fn now() -> Moment {
        Moment::parse("2018-11-13T15:00:20Z").unwrap()
    }

    fn token() -> Token {
        let key = Key::parse("anna@x.example").unwrap();
        let claim = Claim { action: Action::Join, list: 1, key, until: now().plus(GOOD_FOR) };
        Token::sign(&claim, &Secret::new(&[1; Secret::BYTES]).unwrap(), [1; NONCE])
    }

    #[test]
    fn the_letters_are_as_their_golden_files() {
        let (list, request) = (list(), request());
        let writing =
            Writing { list: &list, request: &request, name: "abc", now: now(), on_page: false };
        let to = address("anna@x.example");
        let until = now().plus(GOOD_FOR);
        is_golden("confirm.eml", &writing.confirm(&to, None, &Action::Join, &token(), until));
        is_golden("welcome.eml", &writing.done(&to, &Action::Join, None));
        is_golden("goodbye.eml", &writing.done(&to, &Action::Leave, None));
        let second = address("second@y.example");
        let other = Action::Other(Key::parse("anna@x.example").unwrap());
        let asked = writing.confirm(&second, Some(&to), &other, &token(), until);
        assert_eq!(asked.in_reply_to, None, "the mail was not theirs");
        is_golden("second.eml", &asked);
        is_golden("already.eml", &writing.already(&to, now()));
    }

    #[test]
    fn a_list_with_a_long_name_takes_the_token_at_its_request_address() {
        let request = request();
        let mut list = list();
        list.address = address(&format!("{}@centos.org", "l".repeat(40)));
        let writing =
            Writing { list: &list, request: &request, name: "abc", now: now(), on_page: false };
        let letter =
            writing.confirm(&request.from, None, &Action::Leave, &token(), now().plus(GOOD_FOR));
        assert_eq!(letter.subject, format!("confirm {}", token()));
        assert!(letter.reply_to.unwrap().local().ends_with("-request"));
        assert!(letter.body.contains(&format!("\nconfirm {}\n", token())), "{}", letter.body);
    }
}
