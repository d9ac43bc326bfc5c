//! The door of the list when something is wrong: many strangers at once, and the way out of the
//! list. Each with a real Postfix before and behind it.

use super::{A_WHILE, Door, PATIENCE, Rig, mail, send, sent, text};
use crate::support::postfix::LIST;
use std::time::{Duration, Instant};

/// How many strangers write.
const STRANGERS: u32 = 30;

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
