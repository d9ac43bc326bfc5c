//! Several nodes on one PostgreSQL database: one speaks, the others wait, and nothing is lost.

use crate::support::bot::{Bot, Setup};
use crate::support::cast::BOT;
use crate::support::client::{Client, Line, PATIENCE};
use crate::support::network::{Kind, Network};
use crate::support::postgres::Schema;
use std::time::{Duration, Instant};

const CHANNEL: &str = "#centos-devel";

/// How soon another node must have taken over.
const TAKEN_OVER: Duration = Duration::from_secs(30);

fn await_bot(gwd: &Client, from: usize, what: &str, wanted: impl Fn(&Line) -> bool, bot: &Bot) {
    gwd.wait(from, TAKEN_OVER, |line| line.nick.starts_with(BOT) && wanted(line))
        .unwrap_or_else(|_| panic!("{what}\n{}", bot.output()));
}

#[test]
fn another_node_goes_on_with_the_meeting() {
    let Some(schema) = Schema::fresh() else { return };
    let network = Network::start(Kind::Ngircd);
    let gwd = network.connect("gwd");
    gwd.join(CHANNEL);
    let setup =
        Setup { channels: vec![CHANNEL.into()], database: Some(schema.url()), ..Setup::default() };
    let mut first = Bot::start(&network, &setup);
    await_bot(&gwd, 0, "the first node did not come", |line| line.command == "JOIN", &first);
    let second = Bot::start(&network, &setup);
    gwd.send(&format!("PRIVMSG {CHANNEL} :#startmeeting Virt SIG"));
    let started = |line: &Line| line.last().starts_with("Meeting started");
    await_bot(&gwd, 0, "the meeting did not start", started, &first);
    gwd.send(&format!("PRIVMSG {CHANNEL} :#info one"));
    gwd.send(&format!("PRIVMSG {CHANNEL} :#chair anna"));
    let answered = |line: &Line| line.last() == "Current chairs: anna gwd";
    await_bot(&gwd, 0, "the chair was not answered", answered, &first);

    let from = gwd.position();
    first.kill();
    let back = |line: &Line| line.last().starts_with("Back.");
    await_bot(&gwd, from, "the second node did not take over", back, &second);
    gwd.send(&format!("PRIVMSG {CHANNEL} :#endmeeting"));
    let ended = |line: &Line| line.last().starts_with("Meeting ended");
    await_bot(&gwd, from, "the meeting did not end", ended, &second);
    let starts = gwd.since(0).iter().filter(|line| started(line)).count();
    assert_eq!(starts, 1, "both nodes spoke");

    let until = Instant::now() + PATIENCE;
    loop {
        let minutes = second.minutes("txt").pop().map(std::fs::read_to_string);
        if minutes.is_some_and(|text| text.is_ok_and(|text| text.contains("one"))) {
            return;
        }
        assert!(Instant::now() < until, "no minutes of the whole meeting\n{}", second.output());
        std::thread::sleep(Duration::from_millis(50));
    }
}
