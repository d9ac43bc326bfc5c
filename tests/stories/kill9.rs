//! `kill -9` at random points of a meeting: nothing acknowledged is lost, nothing is said twice,
//! and the minutes are those of a meeting in which nothing happened, apart from stated gaps.
//!
//! `BEADLE_SEED` repeats a run (its number is printed), `BEADLE_KILLS` makes it longer or shorter.

use crate::support::bot::{Bot, Setup};
use crate::support::cast::BOT;
use crate::support::client::{Client, PATIENCE};
use crate::support::network::{Kind, Network};
use crate::support::postgres::Schema;
use crate::support::{pattern, process};
use chrono::{DateTime, NaiveDateTime, TimeDelta, Utc};
use serde_json::Value;
use std::fs;
use std::time::{Duration, Instant};

const CHANNEL: &str = "#centos-devel";
const KILLS: usize = 50;
const KILLS_ON_POSTGRES: usize = 10;
const CHAPTERS: usize = 12;

/// A line of the script, and what shows that the bot has acted on it, said or told.
struct Line {
    chair: bool,
    text: String,
    evidence: Vec<String>,
    /// Who says what before it, each time; the evidence shows that this was heard too.
    after: Option<(&'static str, String)>,
}

/// What became of a line.
#[derive(Default)]
struct Fate {
    sent_at: Vec<DateTime<Utc>>,
    seen: bool,
}

#[test]
fn nothing_acknowledged_is_lost() {
    let kills = number("BEADLE_KILLS").map_or(KILLS, |kills| kills as usize);
    compare(kills, None);
}

#[test]
fn nothing_acknowledged_is_lost_on_postgresql() {
    let Some(schema) = Schema::fresh() else { return };
    let kills = number("BEADLE_KILLS").map_or(KILLS_ON_POSTGRES, |kills| kills as usize);
    compare(kills, Some(schema.url()));
}

/// Holds a meeting without trouble and one with so many kills, and compares what is left of them.
fn compare(kills: usize, database: Option<String>) {
    let seed = number("BEADLE_SEED").unwrap_or_else(process::random);
    println!("repeat this run with BEADLE_SEED={seed} BEADLE_KILLS={kills}");
    let undisturbed = Meeting::hold(seed, 0, None);
    let disturbed = Meeting::hold(seed, kills, database);
    assert_eq!(disturbed.killed, kills, "the script is too short for so many");
    assert_eq!(undisturbed.essence(), disturbed.essence(), "the minutes differ");
    disturbed.check_log();
    disturbed.check_replies();
}

/// Every kind of command, in chapters; the words of each line are its own.
fn script() -> Vec<Line> {
    let line = |chair, text: String, evidence: &[String]| Line {
        chair,
        text,
        evidence: evidence.to_vec(),
        after: None,
    };
    let mut lines = vec![line(
        true,
        "#startmeeting Virt SIG".into(),
        &["Meeting started …".into(), "A meeting is running: …".into()],
    )];
    for n in 1..=CHAPTERS {
        let item = |chair, command: &str, words: String| {
            let evidence = [format!("{} {words}", command.to_uppercase())];
            line(chair, format!("#{command} {words}"), &evidence)
        };
        // That a vote is open already, or none is, is told privately and not every time; so it is
        // asked for in the channel.
        let asked = |nick, before: String, question: &str, answer: String| Line {
            after: Some((nick, before)),
            ..line(true, format!("#{question} {n}"), &[answer])
        };
        let on = format!("…; topic: Chapter {n}; ");
        let open = format!("{on}vote open: Ready {n}?; …");
        let tally = format!("Ready {n}? So far: yes {n} (1): anna; no {n} (0)");
        lines.extend([
            line(true, format!("#topic Chapter {n}"), &[format!("Chapter {n} (…")]),
            item(true, "info", format!("fact {n}")),
            item(false, "idea", format!("thought {n}")),
            // The group's ledger answers an action with its number.
            line(
                false,
                format!("#action anna does deed {n}"),
                &[format!("[…] anna: does deed {n}")],
            ),
            item(true, "agreed", format!("decision {n}")),
            asked("gwd", format!("#startvote Ready {n}? yes {n}, no {n}"), "status", open),
            asked("anna", format!("#vote yes {n}"), "showvote", tally),
            asked("gwd", format!("#endvote {n}"), "status", format!("{on}minutes so far: …")),
        ]);
    }
    lines.push(line(true, "#endmeeting".into(), &["Meeting ended …".into()]));
    lines
}

/// One meeting with its machinery, and what its witnesses remember.
struct Meeting {
    network: Network,
    bot: Bot,
    gwd: Client,
    anna: Client,
    dice: Dice,
    fates: Vec<(Line, Fate)>,
    /// Who said what besides, also while the bot was away, and when.
    by_the_way: Vec<(&'static str, String, DateTime<Utc>)>,
    killed: usize,
}

impl Meeting {
    fn hold(seed: u64, kills: usize, database: Option<String>) -> Meeting {
        let network = Network::start(Kind::Ngircd);
        let gwd = network.connect("gwd");
        gwd.join(CHANNEL);
        let anna = network.connect("anna");
        anna.join(CHANNEL);
        let setup = Setup {
            channels: vec![CHANNEL.into()],
            settings: vec![("meeting.echo".into(), true.into())],
            database,
            ..Setup::default()
        };
        let bot = Bot::start(&network, &setup);
        gwd.wait(0, PATIENCE, |line| line.command == "JOIN" && line.nick == BOT)
            .unwrap_or_else(|_| panic!("the bot did not come:\n{}", bot.output()));
        let dice = Dice(seed);
        let fates = Vec::new();
        let mut meeting =
            Meeting { network, bot, gwd, anna, dice, fates, by_the_way: Vec::new(), killed: 0 };
        let script = script();
        let last = script.len() - 1;
        let fatal = meeting.dice.choose(kills, script.len());
        for (n, line) in script.into_iter().enumerate() {
            let running = n > 0 && n < last;
            meeting.play(line, fatal.contains(&n), running);
        }
        meeting
    }

    /// Says the line until its effect is seen; where it is fatal, kills the bot on the way.
    fn play(&mut self, line: Line, fatal: bool, running: bool) {
        let mut fate = Fate::default();
        let mut fatal = fatal;
        loop {
            if let Some((nick, before)) = &line.after {
                self.says_by_the_way(nick, before);
            }
            let from = self.witness(line.chair).position();
            fate.sent_at.push(now());
            assert!(fate.sent_at.len() < 10, "“{}” has no effect\n{}", line.text, self.report());
            self.witness(line.chair).send(&format!("PRIVMSG {CHANNEL} :{}", line.text));
            if std::mem::take(&mut fatal) {
                std::thread::sleep(Duration::from_micros(self.dice.below(20_000)));
                let back = self.kill(running);
                fate.seen = self.has_evidence(&line, from);
                // Where no meeting is to go on after the end was asked for, it has ended.
                let ended = !running && !back && !self.bot.minutes("json").is_empty();
                if fate.seen || ended {
                    break;
                }
            } else {
                let patience = PATIENCE;
                let until = Instant::now() + patience;
                while !fate.seen && Instant::now() < until {
                    std::thread::sleep(Duration::from_millis(1));
                    fate.seen = self.has_evidence(&line, from);
                }
                assert!(fate.seen, "“{}” has no effect\n{}", line.text, self.report());
                break;
            }
        }
        self.fates.push((line, fate));
    }

    /// Kills the bot, says a line nobody takes down, starts it again, now and then kills it again
    /// while it starts, and waits until it is back; tells whether it went on with a meeting.
    fn kill(&mut self, running: bool) -> bool {
        self.bot.kill();
        self.killed += 1;
        self.gwd.await_absence(BOT);
        let words = format!("unheard {}", self.killed);
        self.says_by_the_way("anna", &words);
        if !running {
            // Before the start and after the end there is no log that could state a gap.
            self.by_the_way.pop();
        }
        let mut from = self.gwd.position();
        self.bot.start_again();
        if self.dice.below(4) == 0 {
            std::thread::sleep(Duration::from_micros(self.dice.below(200_000)));
            self.bot.kill();
            // What that one said before its death must not be taken for the next one's word.
            self.gwd.await_absence(BOT);
            from = self.gwd.position();
            self.bot.start_again();
        }
        let patience = if running { PATIENCE } else { Duration::from_secs(3) };
        let back = self.gwd.wait(from, patience, |line| {
            line.is_said_to(CHANNEL) && line.last().starts_with("Back.")
        });
        assert!(back.is_ok() || !running, "the bot did not say that it is back\n{}", self.report());
        if back.is_err() {
            self.gwd
                .wait(from, PATIENCE, |line| line.command == "JOIN" && line.nick.starts_with(BOT))
                .unwrap_or_else(|_| panic!("the bot did not come back\n{}", self.report()));
        }
        back.is_ok()
    }

    /// Says a line that needs no effect of its own.
    fn says_by_the_way(&mut self, nick: &'static str, words: &str) {
        self.by_the_way.push((nick, words.to_string(), now()));
        let client = self.witness(nick == "gwd");
        client.send(&format!("PRIVMSG {CHANNEL} :{words}"));
        client.settle();
    }

    fn witness(&self, chair: bool) -> &Client {
        if chair { &self.gwd } else { &self.anna }
    }

    fn has_evidence(&self, line: &Line, from: usize) -> bool {
        self.witness(line.chair).since(from).iter().any(|heard| {
            heard.nick.starts_with(BOT)
                && line.evidence.iter().any(|pattern| pattern::matches(pattern, heard.last()))
        })
    }

    /// The minutes without times and line numbers, and without what was said twice in a row since
    /// it had to be repeated.
    fn essence(&self) -> Vec<String> {
        let minutes = self.minutes();
        let word = |value: &Value, key: &str| value[key].as_str().unwrap_or("?").to_string();
        let each = |value: &Value| value.as_array().cloned().unwrap_or_default();
        let item = |item: &Value| {
            format!("{} {} ({})", word(item, "kind"), word(item, "text"), word(item, "by"))
        };
        let mut essence = vec![format!("{} {}", minutes["name"], minutes["chairs"])];
        for topic in each(&minutes["topics"]) {
            essence.push(format!("topic {}", word(&topic, "title")));
            // The result of a vote is compared below, without the number of its line.
            let items = each(&topic["items"]);
            essence.extend(items.iter().filter(|item| item["kind"] != "vote").map(item));
        }
        for action in each(&minutes["actions"]) {
            essence.push(format!("{} for {}", item(&action), action["owners"]));
        }
        for vote in each(&minutes["votes"]) {
            essence.push(format!("vote {} {}", vote["question"], vote["options"]));
        }
        essence.dedup();
        essence
    }

    /// The minutes as JSON, once they say that the meeting ended.
    fn minutes(&self) -> Value {
        let until = Instant::now() + PATIENCE;
        loop {
            let file = self.bot.minutes("json").pop();
            let text = file.and_then(|file| fs::read_to_string(file).ok());
            let minutes = text.and_then(|text| serde_json::from_str::<Value>(&text).ok());
            match minutes {
                Some(minutes) if minutes["ended_at"].is_string() => return minutes,
                _ => assert!(Instant::now() < until, "no final minutes\n{}", self.report()),
            }
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// Every line is in the log as often as it was said, unless a stated gap covers its moment;
    /// at least once where its effect was seen.
    fn check_log(&self) {
        let path = self.bot.minutes("log.txt").pop().expect("a log");
        let log = fs::read_to_string(path).expect("read the log");
        let gaps = gaps(&log);
        let count = |nick: &str, text: &str| {
            let said = format!(" <{nick}> {text}");
            log.lines().filter(|line| line.ends_with(&said)).count()
        };
        let in_a_gap = |at: &DateTime<Utc>| {
            // A gap is written in whole seconds, so its end may be up to a second later.
            let second = TimeDelta::seconds(1);
            gaps.iter().any(|(from, to)| *from <= *at && *at <= *to + second)
        };
        for (line, fate) in &self.fates {
            let nick = if line.chair { "gwd" } else { "anna" };
            // The same words may have been said in other chapters.
            let same = self.fates.iter().filter(|(other, _)| other.text == line.text);
            let (said, seen) = same.fold((0, 0), |(said, seen), (_, fate)| {
                (said + fate.sent_at.len(), seen + usize::from(fate.seen))
            });
            let logged = count(nick, &line.text);
            assert!(logged >= seen, "“{}” was acted on but is not in the log\n{log}", line.text);
            assert!(logged <= said, "“{}” is in the log too often\n{log}", line.text);
            // Before the meeting had started there was no log to state a gap.
            let first = line.text.starts_with("#startmeeting");
            if said == fate.sent_at.len() && logged < said && !first {
                let excused = fate.sent_at.iter().filter(|at| in_a_gap(at)).count();
                assert!(
                    logged + excused >= said,
                    "“{}” is missing, and no stated gap covers it\n{log}",
                    line.text
                );
            }
        }
        for (nick, text, at) in &self.by_the_way {
            let logged = count(nick, text) > 0;
            assert!(logged || in_a_gap(at), "“{text}” at {at} is in no stated gap\n{log}");
        }
    }

    /// The bot answered no line more often than it was said.
    fn check_replies(&self) {
        for (line, fate) in self.fates.iter().filter(|(line, _)| line.evidence.len() == 1) {
            let same = self.fates.iter().filter(|(other, _)| other.text == line.text);
            let said: usize = same.map(|(_, fate)| fate.sent_at.len()).sum();
            let heard = self.witness(line.chair).since(0);
            let answers = heard.iter().filter(|heard| {
                heard.nick.starts_with(BOT) && pattern::matches(&line.evidence[0], heard.last())
            });
            let answers = answers.count();
            assert!(answers <= said, "“{}” was answered {answers} times", line.text);
            assert!(answers > 0 || !fate.seen);
        }
    }

    fn report(&self) -> String {
        let heard = self.gwd.since(0);
        let heard: Vec<String> = heard.iter().map(ToString::to_string).collect();
        let recent = &heard[heard.len().saturating_sub(40)..];
        let output = self.bot.output();
        let printed: Vec<&str> = output.lines().collect();
        let printed = &printed[printed.len().saturating_sub(60)..];
        format!(
            "--- heard by gwd\n{}\n--- printed by the bot\n{}\n--- by the server\n{}",
            recent.join("\n"),
            printed.join("\n"),
            self.network.output()
        )
    }
}

/// The gaps a log states: `not heard between 2018-11-13 15:03:20 and 2018-11-13 15:04:00 UTC`.
fn gaps(log: &str) -> Vec<(DateTime<Utc>, DateTime<Utc>)> {
    let moment = |text: &str| {
        NaiveDateTime::parse_from_str(text, "%Y-%m-%d %H:%M:%S").expect("a moment").and_utc()
    };
    let times = log.lines().filter_map(|line| line.split_once("not heard between "));
    times
        .map(|(_, times)| {
            let times = times.split(" UTC").next().unwrap_or("");
            let (from, to) = times.split_once(" and ").expect("two moments");
            (moment(from), moment(to))
        })
        .collect()
}

#[allow(clippy::disallowed_methods, reason = "a witness looks at the clock on the wall")]
fn now() -> DateTime<Utc> {
    Utc::now()
}

fn number(variable: &str) -> Option<u64> {
    let text = std::env::var(variable).ok()?;
    Some(text.parse().unwrap_or_else(|_| panic!("{variable} must be a number, not {text}")))
}

/// Random numbers that a seed repeats (splitmix64).
struct Dice(u64);

impl Dice {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % limit
    }

    /// So many different numbers below the limit.
    fn choose(&mut self, count: usize, limit: usize) -> Vec<usize> {
        let mut numbers: Vec<usize> = (0..limit).collect();
        for n in 0..limit {
            numbers.swap(n, n + self.below((limit - n) as u64) as usize);
        }
        numbers.truncate(count);
        numbers
    }
}
