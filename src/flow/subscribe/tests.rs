//! Mails that ask to join and to leave, and what follows, on both databases.

use super::*;
use crate::domain::time::{DAY, MINUTE};
use crate::flow::ask::tests::Bot;
use crate::store::testing::each_place;

/// A list with an empty outbox, and the time there.
struct Desk {
    bot: Bot,
    list: List,
    now: Moment,
    mails: u32,
}

impl Desk {
    async fn new(database: &crate::config::Database) -> Desk {
        let bot = Bot::new(database).await;
        let mut tx = bot.db.begin().await.unwrap();
        let now = clock::now();
        let own = bot.config.list.as_ref().unwrap();
        let (name, address) = (own.name.as_untrusted(), own.address.as_str());
        let list = store::list::ensure(&mut tx, name, address, now).await.unwrap();
        tx.commit().await.unwrap();
        let desk = Desk { bot, list, now, mails: 0 };
        desk.letters().await;
        desk
    }

    fn mail(&self, from: &str, to: &str, text: &str) -> String {
        let id = self.mails;
        format!("From: <{from}>\nTo: {to}\nSubject: \nMessage-ID: <m{id}@x>\n\n{text}\n")
    }

    async fn hand_over(&self, list: &List, suffix: &str, mail: &str, sender: &str) -> Outcome {
        let given = (mail.as_bytes(), sender);
        let wish = Wish::of_suffix(suffix).unwrap();
        receive_at(&self.bot.db, &self.bot.config, list, &wish, given, self.now).await.unwrap()
    }

    /// A new mail to an address beside the list.
    async fn write(&mut self, from: &str, suffix: &str) -> Outcome {
        self.mails += 1;
        let mail = self.mail(from, &format!("centos-virt-{suffix}@centos.org"), "hello");
        self.hand_over(&self.list, suffix, &mail, from).await
    }

    /// A new mail to the request address.
    async fn request(&mut self, from: &str, text: &str) -> Outcome {
        self.mails += 1;
        let mail = self.mail(from, "centos-virt-request@centos.org", text);
        let (db, config) = (&self.bot.db, &self.bot.config);
        crate::flow::request::receive(db, config, mail.as_bytes(), from).await.unwrap()
    }

    /// What leaves now: to whom, the subject, the suffix that answers go to, the text.
    async fn letters(&self) -> Vec<(String, String, String, String)> {
        let mut letters = Vec::new();
        loop {
            // Some of them were written by the machine's clock.
            let (now, lasting) = (self.now.plus(MINUTE), std::time::Duration::from_secs(60));
            let mut tx = self.bot.db.begin().await.unwrap();
            let claimed = store::outbox::claim(&mut tx, "", "one", now, lasting, 20).await.unwrap();
            tx.commit().await.unwrap();
            if claimed.is_empty() {
                return letters;
            }
            for letter in claimed {
                let message = mail_parser::MessageParser::new().parse(&letter.message).unwrap();
                let answers = message.reply_to().and_then(|to| to.first()?.address());
                let local = answers.and_then(|to| to.split('@').next()).unwrap_or_default();
                letters.push((
                    letter.recipients.join(" "),
                    message.subject().unwrap().to_string(),
                    local.strip_prefix("centos-virt-").unwrap_or_default().to_string(),
                    message.body_text(0).unwrap().replace("\r\n", "\n"),
                ));
                let mut tx = self.bot.db.begin().await.unwrap();
                store::outbox::sent(&mut tx, &letter.key, self.now).await.unwrap();
                tx.commit().await.unwrap();
            }
        }
    }

    /// The one letter that leaves now.
    async fn letter(&self) -> (String, String, String, String) {
        let mut letters = self.letters().await;
        assert_eq!(letters.len(), 1, "{letters:?}");
        letters.remove(0)
    }

    async fn member(&self, address: &str) -> Option<Subscriber> {
        let key = Key::parse(address).unwrap();
        subscriber::one(&self.bot.db, self.list.id, &key).await.unwrap()
    }

    async fn join(&mut self, address: &str) {
        assert_eq!(self.write(address, "join").await, Outcome::Answered);
        let suffix = self.letter().await.2;
        assert_eq!(self.write(address, &suffix).await, Outcome::Answered);
        assert!(self.letter().await.1.starts_with("Welcome"));
    }
}

#[test]
fn who_confirms_is_subscribed_and_who_confirms_again_is_no_more() {
    each_place(async |database| {
        let mut desk = Desk::new(&database).await;
        assert_eq!(desk.write("Anna@x.example", "subscribe").await, Outcome::Answered);
        let (to, subject, confirm, text) = desk.letter().await;
        assert_eq!((to.as_str(), desk.member("anna@x.example").await), ("Anna@x.example", None));
        assert_eq!(subject, "Please confirm: join (centos-virt)");
        assert!(text.contains("do nothing") && !text.contains("hello"), "{text}");
        assert!(confirm.starts_with("confirm+"), "{confirm}");

        // A mail system folds the case; the answer comes from another mailbox of the same person.
        let upper = confirm.to_uppercase().replace("CONFIRM", "confirm");
        assert_eq!(desk.write("anna@phone.example", &upper).await, Outcome::Answered);
        let (to, subject, _, text) = desk.letter().await;
        assert_eq!((to.as_str(), subject.as_str()), ("Anna@x.example", "Welcome to centos-virt"));
        assert!(text.contains("not subscribed are discarded"), "the rule: {text}");
        assert!(text.contains("add address") && text.contains("centos-virt-leave@"), "{text}");
        let member = desk.member("anna@x.example").await.unwrap();
        assert_eq!((member.address, member.joined_at), ("Anna@x.example".into(), desk.now));

        assert_eq!(desk.write("anna@x.example", "leave").await, Outcome::Answered);
        let leave = desk.letter().await.2;
        assert!(desk.member("anna@x.example").await.is_some(), "not before it is confirmed");
        // What allowed to join allows it once, and nothing else.
        assert_eq!(desk.write("anna@x.example", &confirm).await, Outcome::Known);
        assert_eq!(desk.write("anna@x.example", &leave).await, Outcome::Answered);
        assert_eq!(desk.letter().await.1, "Goodbye from centos-virt");
        assert_eq!(desk.member("anna@x.example").await, None);
        assert_eq!(desk.write("anna@x.example", &confirm).await, Outcome::Known);
        assert_eq!(desk.member("anna@x.example").await, None, "the old token joins nobody");
        desk.bot.db.close().await;
    });
}

#[test]
fn the_same_mail_handed_over_twice_is_one_letter() {
    each_place(async |database| {
        let desk = Desk::new(&database).await;
        let mail = desk.mail("anna@x.example", "centos-virt-join@centos.org", "");
        let mut outcomes = Vec::new();
        for _ in 0..3 {
            outcomes.push(desk.hand_over(&desk.list, "join", &mail, "anna@x.example").await);
        }
        assert_eq!(outcomes, [Outcome::Answered, Outcome::Known, Outcome::Known]);
        let confirm = desk.letter().await.2;
        // The token may stand in the mail instead.
        let words = confirm.replace('+', " ");
        let mail = desk.mail("anna@x.example", "centos-virt-confirm@centos.org", &words);
        let first = desk.hand_over(&desk.list, "confirm", &mail, "anna@x.example").await;
        let again = desk.hand_over(&desk.list, "confirm", &mail, "anna@x.example").await;
        assert_eq!((first, again), (Outcome::Answered, Outcome::Known));
        assert_eq!(desk.letters().await.len(), 1);
        desk.bot.db.close().await;
    });
}

#[test]
fn a_token_that_is_not_the_right_one_does_nothing() {
    each_place(async |database| {
        let mut desk = Desk::new(&database).await;
        desk.write("anna@x.example", "join").await;
        let confirm = desk.letter().await.2;
        let token = confirm.strip_prefix("confirm+").unwrap().to_string();

        // Guessed, cut, or changed in one place.
        let other = if token.starts_with('a') { "b" } else { "a" };
        for wrong in [format!("{other}{}", &token[1..]), "a".repeat(token.len()), "abc".into()] {
            let outcome = desk.write("anna@x.example", &format!("confirm+{wrong}")).await;
            assert!(matches!(outcome, Outcome::Refused(_)), "{wrong} {outcome:?}");
        }
        // Of another list.
        let mut tx = desk.bot.db.begin().await.unwrap();
        let settings = Default::default();
        let made = store::list::create(&mut tx, "devel", "devel@centos.org", &settings, desk.now);
        let devel = made.await.unwrap().unwrap();
        tx.commit().await.unwrap();
        let mail = desk.mail("anna@x.example", &format!("devel-{confirm}@centos.org"), "");
        let outcome = desk.hand_over(&devel, &confirm, &mail, "anna@x.example").await;
        assert_eq!(outcome, Outcome::Refused("a token that is not known"));
        // For another action: what is kept was changed behind our back.
        let digest = Token::parse(&token).unwrap().digest();
        let mut kept = store::token::of(&desk.bot.db, &digest).await.unwrap().unwrap();
        kept.claim.action = Action::Leave;
        let forged = Token::parse(&"b".repeat(token.len())).unwrap();
        let mut tx = desk.bot.db.begin().await.unwrap();
        store::token::keep(&mut tx, &forged.digest(), &kept, desk.now).await.unwrap();
        tx.commit().await.unwrap();
        let outcome = desk.write("anna@x.example", &format!("confirm+{forged}")).await;
        assert_eq!(outcome, Outcome::Refused("a token that is not good, or no more"));
        // An answer of a program.
        let mail = desk.mail("anna@x.example", &format!("centos-virt-{confirm}@centos.org"), "");
        let automatic = format!("Auto-Submitted: auto-replied\n{mail}");
        let outcome = desk.hand_over(&desk.list, &confirm, &automatic, "anna@x.example").await;
        assert_eq!(outcome, Outcome::Refused("Auto-Submitted"));
        assert_eq!(
            desk.hand_over(&desk.list, &confirm, &mail, "<>").await,
            Outcome::Refused("the null sender")
        );

        assert_eq!(desk.member("anna@x.example").await, None);
        assert!(desk.letters().await.is_empty(), "nobody is told");
        assert_eq!(desk.write("anna@x.example", &confirm).await, Outcome::Answered);
        desk.bot.db.close().await;
    });
}

#[test]
fn a_token_runs_out_and_a_new_key_keeps_the_old_ones() {
    each_place(async |database| {
        let mut desk = Desk::new(&database).await;
        desk.write("anna@x.example", "join").await;
        let anna = desk.letter().await.2;
        desk.write("bob@x.example", "join").await;
        let bob = desk.letter().await.2;
        let mut tx = desk.bot.db.begin().await.unwrap();
        store::signing_key::make(&mut tx, desk.now.plus(DAY)).await.unwrap();
        tx.commit().await.unwrap();
        desk.now = desk.now.plus(GOOD_FOR - 1);
        assert_eq!(desk.write("anna@x.example", &anna).await, Outcome::Answered);
        desk.now = desk.now.plus(1);
        let late = desk.write("bob@x.example", &bob).await;
        assert_eq!(late, Outcome::Refused("a token that is not good, or no more"));
        assert_eq!(desk.member("bob@x.example").await, None);
        // After three days one may ask again, and the new key signs.
        desk.letters().await;
        desk.join("bob@x.example").await;
        desk.bot.db.close().await;
    });
}

#[test]
fn a_bomb_of_variants_is_one_mail_and_members_look_like_others() {
    each_place(async |database| {
        let mut desk = Desk::new(&database).await;
        desk.join("member@x.example").await;
        let mut outcomes = Vec::new();
        for n in 0..1000_u32 {
            let local: String = "victim"
                .char_indices()
                .flat_map(|(at, c)| [Some(c), (at < 5 && n >> at & 1 == 1).then_some('.')])
                .flatten()
                .collect();
            let from = format!("{local}+{n}@x.example");
            let suffix = ["join", "subscribe", "leave"][n as usize % 3];
            outcomes.push(desk.write(&from, suffix).await);
        }
        let answered = outcomes.iter().filter(|one| **one == Outcome::Answered).count();
        assert_eq!(answered, 1);
        assert!(outcomes[1..].iter().all(|one| *one == Outcome::TooMany));
        assert_eq!(desk.letters().await.len(), 1);
        desk.now = desk.now.plus(DAY);
        // Who is subscribed and who is not: the same answer, the same number of letters.
        for from in ["member@x.example", "other@x.example"] {
            assert_eq!(desk.write(from, "join").await, Outcome::Answered);
            assert_eq!(desk.letter().await.0, from);
            assert_eq!(desk.write(from, "join").await, Outcome::TooMany);
        }
        let bot = desk.bot.config.mail.as_ref().unwrap().from.address.to_string();
        for own in ["centos-virt@centos.org", "centos-virt-owner@centos.org", &bot] {
            let mail = desk.mail(own, "centos-virt-join@centos.org", "");
            let outcome = desk.hand_over(&desk.list, "join", &mail, "eve@x.example").await;
            assert_eq!(outcome, Outcome::Refused("one of our own addresses"));
        }
        desk.bot.db.close().await;
    });
}

#[test]
fn commands_at_the_request_address_and_a_second_address() {
    each_place(async |database| {
        let mut desk = Desk::new(&database).await;
        assert_eq!(desk.request("anna@x.example", "join").await, Outcome::Answered);
        let (_, _, confirm, _) = desk.letter().await;
        let words = confirm.replace('+', " ");
        assert_eq!(desk.request("anna@x.example", &words).await, Outcome::Answered);
        assert!(desk.letter().await.1.starts_with("Welcome"));

        // A stranger cannot, and does not learn who is subscribed.
        let add = "add address eve@evil.example";
        assert_eq!(desk.request("eve@x.example", add).await, Outcome::Answered);
        assert_eq!(desk.letter().await.0, "eve@x.example");

        let add = "add address second@y.example";
        assert_eq!(desk.request("anna@x.example", add).await, Outcome::Answered);
        let (to, subject, confirm, _) = desk.letter().await;
        assert_eq!(to, "second@y.example");
        assert_eq!(subject, "Please confirm: second address (centos-virt)");
        assert_eq!(desk.member("second@y.example").await, None);
        assert_eq!(desk.write("second@y.example", &confirm).await, Outcome::Answered);
        let mut to: Vec<String> = desk.letters().await.into_iter().map(|one| one.0).collect();
        to.sort();
        assert_eq!(to, ["anna@x.example", "second@y.example"], "both are told");
        let second = desk.member("second@y.example").await.unwrap();
        assert_eq!(second.other_of, Key::parse("anna@x.example"));

        assert_eq!(desk.request("anna@x.example", "extension on").await, Outcome::Answered);
        let confirm = desk.letter().await.2;
        assert_eq!(desk.write("anna@x.example", &confirm).await, Outcome::Answered);
        desk.letter().await;
        assert!(desk.member("anna@x.example").await.unwrap().options.extended_at.is_some());

        assert_eq!(desk.request("anna@x.example", "help").await, Outcome::Answered);
        assert!(desk.letter().await.3.contains("Of the list: join, leave"));
        assert_eq!(desk.request("anna@x.example", "unsubscribe").await, Outcome::Answered);
        let confirm = desk.letter().await.2;
        desk.write("anna@x.example", &confirm).await;
        assert_eq!(desk.member("second@y.example").await, None, "it goes with the first one");
        desk.bot.db.close().await;
    });
}
