//! A mail comes in, and what leaves, on both databases.

use super::*;
use crate::domain::time::{DAY, Moment};
use crate::flow::ask::tests::Bot;
use crate::flow::deliver::Outbox;
use crate::store::testing::each_place;

const TO: &str = "centos-virt-request@centos.org";

fn mail(id: &str, text: &str) -> String {
    format!(
        "From: Mira <mira@example.com>\nTo: {TO}\nSubject: q\nMessage-ID: <{id}@example.com>\n\n{text}"
    )
}

async fn received(bot: &Bot, sender: &str, mail: &str) -> Outcome {
    receive(&bot.db, &bot.config, mail.as_bytes(), sender).await.unwrap()
}

/// The texts of the letters to that address, with their recipients.
async fn letters(bot: &Bot) -> Vec<(Vec<String>, Option<String>, String)> {
    let mut letters = Outbox::new(bot.db.clone(), "one").claim().await.unwrap();
    letters.retain(|letter| letter.key.starts_with("request:"));
    let text = |message: &[u8]| {
        let message = mail_parser::MessageParser::new().parse(message).unwrap();
        message.body_text(0).unwrap().replace("\r\n", "\n")
    };
    let parts = |letter: crate::flow::deliver::Claimed| {
        let text = text(&letter.message);
        (letter.recipients, letter.sender, text)
    };
    letters.into_iter().map(parts).collect()
}

#[test]
fn questions_by_mail_are_answered_once_to_the_envelope_sender() {
    each_place(async |database| {
        let bot = Bot::new(&database).await;
        let asked = mail("one", "who xen\ndecisions about embargo\nminuts\n");
        assert_eq!(received(&bot, "mira@example.com", &asked).await, Outcome::Answered);
        // Postfix hands a mail over again when it did not hear that it was taken.
        assert_eq!(received(&bot, "mira@example.com", &asked).await, Outcome::Known);
        let letters = letters(&bot).await;
        assert_eq!(letters.len(), 1);
        let (to, sender, text) = &letters[0];
        assert_eq!((to.concat().as_str(), sender), ("mira@example.com", &None));
        assert!(text.starts_with("> who xen\nXen: George Dunlap (gwd), "), "{text}");
        assert!(text.contains("No decision has all of these words: embargo"), "{text}");
        assert!(text.contains("Did you mean 'minutes'?"), "{text}");
        assert!(!text.contains("ends on") && !text.contains("private.example"), "{text}");
        bot.db.close().await;
    });
}

#[test]
fn who_asks_nothing_that_is_known_is_told_what_can_be_asked() {
    each_place(async |database| {
        let bot = Bot::new(&database).await;
        let asked = mail("two", "Hello,\nI have a question.\n");
        assert_eq!(received(&bot, "mira@example.com", &asked).await, Outcome::Answered);
        let text = &letters(&bot).await[0].2;
        assert!(text.contains("> help\nI keep the meetings here:"), "{text}");
        bot.db.close().await;
    });
}

#[test]
fn so_many_a_day_and_what_is_refused_does_not_count() {
    each_place(async |database| {
        let mut bot = Bot::new(&database).await;
        let mut config = bot.config.as_ref().clone();
        config.list.as_mut().unwrap().requests_per_day = 2;
        bot.config = std::sync::Arc::new(config);
        let mut outcomes = Vec::new();
        for (id, sender) in [
            ("a", "mira@example.com"),
            ("b", "<>"),
            ("c", "no-reply@example.com"),
            ("a", "mira@example.com"),
            ("d", "Mira@example.com"),
            ("e", "mira@example.com"),
            ("f", "anna@example.com"),
        ] {
            outcomes.push(received(&bot, sender, &mail(id, "when")).await);
        }
        use Outcome::{Answered, Known, Refused, TooMany};
        assert_eq!(
            outcomes,
            [
                Answered,
                Refused("the null sender"),
                Refused("the address of a program"),
                Known,
                Answered,
                TooMany,
                Answered,
            ]
        );
        assert_eq!(letters(&bot).await.len(), 3);
        // Another day is another count.
        let mut tx = bot.db.begin().await.unwrap();
        let tomorrow = Moment::plus(crate::clock::now(), DAY);
        let mira = Address::parse("mira@example.com").unwrap();
        assert!(store::request::admit(&mut tx, &mira, tomorrow, 2).await.unwrap());
        drop(tx);
        bot.db.close().await;
    });
}

#[test]
fn without_mail_or_with_none_a_day_nothing_is_answered() {
    each_place(async |database| {
        let mut bot = Bot::new(&database).await;
        for change in [
            (|config: &mut Config| config.mail = None) as fn(&mut Config),
            |config| config.list = None,
            |config| config.list.as_mut().unwrap().requests_per_day = 0,
        ] {
            let before = bot.config.clone();
            let mut config = before.as_ref().clone();
            change(&mut config);
            bot.config = std::sync::Arc::new(config);
            let outcome = received(&bot, "mira@example.com", &mail("a", "when")).await;
            assert!(matches!(outcome, Outcome::Refused(_)));
            bot.config = before;
        }
        assert!(letters(&bot).await.is_empty());
        bot.db.close().await;
    });
}
