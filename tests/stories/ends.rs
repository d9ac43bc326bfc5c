//! The end of a meeting, with a `kill -9` in it: the channel gets its answer and its topic back,
//! and every file is whole and what its name says.

use crate::support::bot::{Bot, Setup};
use crate::support::cast::BOT;
use crate::support::client::{Client, Line, PATIENCE};
use crate::support::network::{Kind, Network};
use crate::support::process::random;
use std::fs;
use std::time::{Duration, Instant};

const CHANNEL: &str = "#centos-devel";
const ROUNDS: usize = 12;

/// Within so many microseconds of `#endmeeting` the bot is killed.
const KILLED_WITHIN: u64 = 25_000;

#[test]
fn a_kill_leaves_no_end_undone() {
    let network = Network::start(Kind::Ngircd);
    let gwd = network.connect("gwd");
    gwd.join(CHANNEL);
    gwd.send(&format!("TOPIC {CHANNEL} :CentOS development"));
    gwd.settle();
    let setup = Setup { channels: vec![CHANNEL.into()], ..Setup::default() };
    let mut bot = Bot::start(&network, &setup);
    heard(&gwd, 0, &bot, "the bot's coming", |line| line.command == "JOIN");
    for round in 1..=ROUNDS {
        let from = gwd.position();
        say(&gwd, &format!("#startmeeting Round {round}"));
        let started = heard(&gwd, from, &bot, "the start", said("Useful Commands"));
        say(&gwd, "#endmeeting");
        std::thread::sleep(Duration::from_micros(random() % KILLED_WITHIN));
        bot.kill();
        gwd.await_absence(BOT);
        let restarted = gwd.position();
        bot.start_again();
        // Where the end had not been heard the meeting goes on, and the chair says it again.
        heard(&gwd, restarted, &bot, "its return", |line| line.command == "JOIN");
        let back = gwd.wait(restarted, Duration::from_secs(1), |line| from_bot(line, "Back."));
        if back.is_ok() {
            say(&gwd, "#endmeeting");
        }
        heard(&gwd, started, &bot, "the links", said("Minutes: http"));
        await_topic(&gwd, "CentOS development", &bot);
        await_files(&bot, round);
    }
}

fn say(client: &Client, words: &str) {
    client.send(&format!("PRIVMSG {CHANNEL} :{words}"));
}

fn from_bot(line: &Line, words: &str) -> bool {
    line.nick.starts_with(BOT) && line.is_said_to(CHANNEL) && line.last().starts_with(words)
}

fn said(words: &str) -> impl Fn(&Line) -> bool {
    move |line| from_bot(line, words)
}

/// Waits for a line of the bot's; the point after it.
fn heard(
    gwd: &Client,
    from: usize,
    bot: &Bot,
    what: &str,
    wanted: impl Fn(&Line) -> bool,
) -> usize {
    gwd.wait(from, PATIENCE, |line| line.nick.starts_with(BOT) && wanted(line))
        .unwrap_or_else(|why| panic!("{what} was not heard: {why:?}\n{}", bot.output()))
        .0
}

/// Waits until the channel's topic is this.
fn await_topic(gwd: &Client, wanted: &str, bot: &Bot) {
    let until = Instant::now() + PATIENCE;
    loop {
        let from = gwd.position();
        gwd.send(&format!("TOPIC {CHANNEL}"));
        let answer = gwd.wait(from, PATIENCE, |line| ["331", "332"].contains(&&*line.command));
        let topic = answer.map(|(_, line)| line.last().to_string()).expect("the topic");
        if topic == wanted {
            return;
        }
        assert!(Instant::now() < until, "the topic is still “{topic}”\n{}", bot.output());
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// Waits until there are the files of so many meetings, all whole.
fn await_files(bot: &Bot, meetings: usize) {
    let until = Instant::now() + PATIENCE;
    while let Err(why) = look_at_files(bot, meetings) {
        assert!(Instant::now() < until, "{why}\n{}", bot.output());
        std::thread::sleep(Duration::from_millis(20));
    }
}

fn look_at_files(bot: &Bot, meetings: usize) -> Result<(), String> {
    for (kind, is_right) in KINDS {
        let files = bot.minutes(kind);
        if files.len() != meetings {
            return Err(format!("{} files .{kind} of {meetings} meetings", files.len()));
        }
        for path in files {
            let text = fs::read_to_string(&path).map_err(|error| error.to_string())?;
            if !is_right(&text) {
                return Err(format!("{} is not what its name says", path.display()));
            }
        }
    }
    Ok(())
}

type Look = fn(&str) -> bool;

/// The files of a meeting, each with what it looks like.
const KINDS: [(&str, Look); 7] = [
    ("json", is_json),
    ("html", is_html),
    ("log.html", is_html),
    ("txt", is_text),
    ("log.txt", is_text),
    ("md", is_text),
    ("mw", is_text),
];

fn is_json(text: &str) -> bool {
    let minutes = serde_json::from_str::<serde_json::Value>(text);
    minutes.is_ok_and(|minutes| minutes["ended_at"].is_string())
}

fn is_html(text: &str) -> bool {
    text.starts_with("<!DOCTYPE html>") && text.trim_end().ends_with("</html>")
}

fn is_text(text: &str) -> bool {
    !text.is_empty() && !text.starts_with(['<', '{'])
}
