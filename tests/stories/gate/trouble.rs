//! The door of the list when something is wrong: many strangers at once, a database that somebody
//! else has locked; and the way out of the list. Each with a real Postfix before and behind it.

use super::{A_WHILE, Door, PATIENCE, Rig, mail, send, sent, text};
use crate::support::postfix::LIST;
use sqlx::Connection;
use std::time::{Duration, Instant};

/// How many strangers write.
const STRANGERS: u32 = 30;
/// Longer than beadle waits for a locked database (10 s).
const LOCKED_FOR: Duration = Duration::from_secs(15);

/// Waits until the first Postfix has logged this so often; what it logged.
fn await_log(rig: &Rig, words: &str, count: u32) -> String {
    let until = Instant::now() + PATIENCE;
    loop {
        let log = rig.before.output();
        if log.matches(words).count() >= count as usize {
            return log;
        }
        assert!(Instant::now() < until, "no {count} of {words:?}:\n{log}\n{}", rig.bot.output());
        std::thread::sleep(Duration::from_millis(100));
    }
}

#[test]
fn many_strangers_with_forged_senders_cause_no_mail_at_all() {
    let rig = Rig::start(Door::Lmtp);
    for number in 0..STRANGERS {
        // The envelope names people whom an answer would reach.
        let victim = format!("victim{number}@people.test");
        sent(&rig, &victim, &mail("mallory@evil.test", LIST, &format!("spam{number}")));
    }
    let log = await_log(&rig, "status=sent", STRANGERS);
    assert!(!log.contains("status=bounced") && !log.contains("status=deferred"), "{log}");
    std::thread::sleep(A_WHILE);
    assert_eq!(rig.before.letters(), [b""; 0], "nobody was mailed");
    assert_eq!(rig.behind.letters(), [b""; 0], "nothing reached the list");
    for number in [0, STRANGERS - 1] {
        rig.await_word(&format!("spam{number}@people.test"), "mallory@evil.test", "was discarded");
    }
}

#[test]
fn whoever_leaves_by_mail_is_a_stranger_afterwards() {
    let rig = Rig::start(Door::Lmtp);
    let posts = |id: &str| {
        sent(&rig, "anna@people.test", &mail("anna@people.test", LIST, id));
    };
    posts("before");
    rig.await_posts(1);
    let leave = "centos-virt-leave@centos.test";
    let asks = |to: &str, id: &str| {
        let mail = mail("anna@people.test", to, id);
        let said = send(rig.before.port(), "anna@people.test", &[to], &mail).expect("an answer");
        assert!(said.starts_with("250"), "{said}");
    };
    asks(leave, "leave");
    let asked = text(rig.before.await_letters(1, || rig.bot.output())).remove(0);
    let confirm = asked.lines().find_map(|line| line.strip_prefix("Reply-To: ")).expect(&asked);
    asks(confirm.trim_start_matches('<').trim_end_matches('>'), "yes");
    rig.before.await_letters(2, || rig.bot.output());
    posts("after");
    rig.await_word("after@people.test", "anna@people.test", "was discarded");
    assert_eq!(rig.behind.letters().len(), 1);
}

#[test]
fn while_the_database_is_locked_mail_waits_and_nothing_is_discarded() {
    let rig = Rig::start(Door::Lmtp);
    let url = format!("sqlite://{}", rig.bot.database().display());
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let lock = runtime.block_on(async {
        let mut lock = sqlx::SqliteConnection::connect(&url).await.expect("the database");
        sqlx::query("begin exclusive").execute(&mut lock).await.expect("a lock");
        lock
    });
    let locked_at = Instant::now();
    sent(&rig, "anna@people.test", &mail("anna@people.test", LIST, "members"));
    sent(&rig, "mallory@evil.test", &mail("mallory@evil.test", LIST, "strangers"));
    let log = await_log(&rig, "status=deferred", 2);
    assert!(log.contains("said: 451"), "{log}");
    std::thread::sleep(LOCKED_FOR.saturating_sub(locked_at.elapsed()));
    assert_eq!(rig.behind.letters(), [b""; 0]);
    runtime.block_on(lock.close()).expect("the end of the lock");

    let posts = rig.await_posts(1);
    assert!(posts[0].contains("<members@people.test>"), "{}", posts[0]);
    rig.await_word("strangers@people.test", "mallory@evil.test", "was discarded");
    std::thread::sleep(A_WHILE);
    assert_eq!(rig.behind.letters().len(), 1, "once");
    let log = rig.before.output();
    assert!(!log.contains("status=bounced"), "{log}");
}
