//! Plays a story on a real server with the real bot, and tells all that was heard when it fails.

use super::bot::{Bot, Setup};
use super::cast::{BOT, account_of};
use super::client::{Client, Line};
use super::network::{Kind, Network};
use super::page;
use super::pattern;
use super::story::{Disturbance, Place, Step, Story, What};
use std::collections::BTreeMap;
use std::fs;
use std::time::{Duration, Instant};

/// How long the bot may take for anything. Coming back after an outage takes longest: it waits
/// before it connects again, and longer each time it could not.
const PATIENCE: Duration = Duration::from_secs(45);

/// How long we listen at the end for what was not told.
const LAST_WORDS: Duration = Duration::from_millis(500);

/// Plays the story; panics with a transcript where something else happened than was told.
pub fn play(name: &str, text: &str, kind: Kind) {
    let story = Story::parse(text).unwrap_or_else(|why| panic!("{name}.story: {why}"));
    let mut stage = Stage::set(&story, kind);
    for step in &story.steps {
        stage.transcript.push(format!("{:>4} {}", step.number, step.words));
        if let Err(why) = stage.step(&step.what) {
            stage.fail(name, Some(step), &why);
        }
    }
    if let Err(why) = stage.nothing_more() {
        stage.fail(name, None, &why);
    }
}

struct Actor {
    client: Client,
    account: Option<&'static str>,
    /// The point up to which the bot's notices have been told.
    told: usize,
    /// Whether notices that are not told are passed over until the next one that is.
    told_anything: bool,
}

struct Stage {
    network: Network,
    bot: Bot,
    channel: String,
    /// The first in the channel: its operator, and our ear in it.
    listener: Client,
    actors: BTreeMap<String, Actor>,
    /// The points up to which the listener's lines have been told, by what is told.
    said: usize,
    topics: usize,
    presence: usize,
    said_anything: bool,
    /// What the operator's last command printed.
    printed: String,
    transcript: Vec<String>,
}

impl Stage {
    fn set(story: &Story, kind: Kind) -> Stage {
        let network = Network::start(kind);
        let listener = listen(&network, &story.channel);
        let setup = Setup {
            login: story.login,
            channels: vec![story.channel.clone()],
            settings: story.settings.clone(),
            database: None,
        };
        let mut stage = Stage {
            bot: Bot::start(&network, &setup),
            network,
            channel: story.channel.clone(),
            listener,
            actors: BTreeMap::new(),
            said: 0,
            topics: 0,
            presence: 0,
            said_anything: false,
            printed: String::new(),
            transcript: Vec::new(),
        };
        if let Err(why) = stage.presence(true) {
            stage.fail("(the bot's arrival)", None, &why);
        }
        stage
    }

    fn step(&mut self, what: &What) -> Result<(), String> {
        match what {
            What::Joins { nick, account_of: whose } => {
                self.joins(nick, whose.as_deref().and_then(account_of))
            }
            What::JoinsAgain(nick) => self.actor(nick)?.client.join(&self.channel),
            What::Sends { nick, bytes, times } => return self.sends(nick, bytes, *times),
            What::Renames { nick, new } => return self.renames(nick, new),
            What::Parts(nick) => {
                let line = format!("PART {}", self.channel);
                self.actor(nick)?.client.send(&line);
                self.actor(nick)?.client.settle();
            }
            What::Leaves(nick) => {
                self.actor(nick)?.client.send("QUIT :bye");
                self.actors.remove(nick);
                self.hears("their leaving", |line| line.command == "QUIT" && line.nick == *nick)?;
            }
            What::Kill(nick) => self.network.kill(nick, "a test"),
            What::Kick(nick) => {
                self.listener.send(&format!("KICK {} {nick} :a test", self.channel))
            }
            What::ForceNick { nick, new } => self.network.force_nick(nick, new),
            What::Mode(mode) => {
                self.listener.send(&format!("MODE {} {mode}", self.channel));
                self.listener.settle();
            }
            What::Splits(nicks) => self.network.split(nicks.clone()),
            What::Disturbance(disturbance) => self.disturb(*disturbance),
            What::Runs(arguments) => {
                self.printed = self.bot.command(arguments);
                self.transcript.push(self.printed.clone());
            }
            What::Wait(seconds) => std::thread::sleep(Duration::from_secs(*seconds)),
            What::Said(pattern) => return self.said(pattern),
            What::AnythingSaid => self.said_anything = true,
            What::Told { nick, pattern } => return self.told(nick, pattern),
            What::AnythingTold(nick) => self.actor_mut(nick)?.told_anything = true,
            What::Topic(pattern) => return self.topic(pattern),
            What::Presence { present } => return self.presence(*present),
            What::Shows { place, has, has_not } => {
                return self.shows(
                    |stage| match place {
                        Place::File(kind) => stage.minutes(kind),
                        Place::Page(words) => stage.page(words),
                        Place::Output => Ok(stage.printed.clone()),
                    },
                    has,
                    has_not,
                );
            }
        }
        Ok(())
    }

    fn actor(&self, nick: &str) -> Result<&Actor, String> {
        self.actors.get(nick).ok_or_else(|| format!("{nick} is not there"))
    }

    fn actor_mut(&mut self, nick: &str) -> Result<&mut Actor, String> {
        self.actors.get_mut(nick).ok_or_else(|| format!("{nick} is not there"))
    }

    fn joins(&mut self, nick: &str, account: Option<&'static str>) {
        let client = self.network.connect_as(nick, account);
        client.join(&self.channel);
        let actor = Actor { client, account, told: 0, told_anything: false };
        self.actors.insert(nick.to_string(), actor);
    }

    fn sends(&self, nick: &str, bytes: &[u8], times: usize) -> Result<(), String> {
        let client = &self.actor(nick)?.client;
        let line = replace(bytes, b"{channel}", self.channel.as_bytes());
        for _ in 0..times {
            client.send_bytes(&line);
        }
        // The order of what two people say is the order of the story.
        client.settle();
        Ok(())
    }

    fn renames(&mut self, nick: &str, new: &str) -> Result<(), String> {
        let mut actor = self.actors.remove(nick).ok_or_else(|| format!("{nick} is not there"))?;
        actor.client.rename(new);
        self.actors.insert(new.to_string(), actor);
        Ok(())
    }

    fn disturb(&mut self, disturbance: Disturbance) {
        match disturbance {
            Disturbance::ServerRestarts => {
                self.network.restart();
                self.everybody_returns();
            }
            Disturbance::ServerStops => self.network.stop(),
            Disturbance::ServerStarts => {
                self.network.resume();
                self.everybody_returns();
            }
            Disturbance::ServerFreezes => self.network.freeze(),
            Disturbance::ServerThaws => self.network.thaw(),
            Disturbance::ServicesStop => self.network.stop_services(),
            Disturbance::ServicesStart => self.network.start_services(),
            Disturbance::NetworkHeals => self.network.heal(),
            Disturbance::BotKilled => self.bot.kill(),
            Disturbance::BotStops => {
                let status = self.bot.stop();
                assert!(status.success(), "after SIGTERM: {status}\n{}", self.bot.output());
            }
            Disturbance::BotStarts => self.bot.start_again(),
        }
    }

    /// After a restart of the server all connect again, the listener first.
    fn everybody_returns(&mut self) {
        self.listener = listen(&self.network, &self.channel);
        (self.said, self.topics, self.presence) = (0, 0, 0);
        let people: Vec<_> =
            self.actors.iter().map(|(nick, actor)| (nick.clone(), actor.account)).collect();
        for (nick, account) in people {
            self.joins(&nick, account);
        }
    }

    /// Waits for a line the listener hears, wherever it is.
    fn hears(&self, what: &str, wanted: impl Fn(&Line) -> bool) -> Result<(), String> {
        let heard = self.listener.wait(0, PATIENCE, wanted);
        heard.map(|_| ()).map_err(|_| format!("the listener did not hear {what}"))
    }

    fn said(&mut self, pattern: &str) -> Result<(), String> {
        let anything = std::mem::take(&mut self.said_anything);
        let until = Instant::now() + PATIENCE;
        loop {
            let left = until.saturating_duration_since(Instant::now());
            let (after, line) = self
                .listener
                .wait(self.said, left, |line| is_bots(line) && line.is_said_to(&self.channel))
                .map_err(|_| format!("the bot did not say “{pattern}”"))?;
            self.said = after;
            match pattern::matches(pattern, line.last()) {
                true => return Ok(()),
                false if anything => {}
                false => return Err(format!("the bot said “{}”", line.last())),
            }
        }
    }

    fn told(&mut self, nick: &str, pattern: &str) -> Result<(), String> {
        let actor = self.actor_mut(nick)?;
        let anything = std::mem::take(&mut actor.told_anything);
        let until = Instant::now() + PATIENCE;
        loop {
            let left = until.saturating_duration_since(Instant::now());
            let (after, line) = actor
                .client
                .wait(actor.told, left, |line| is_bots(line) && line.is_said_to(nick))
                .map_err(|_| format!("{nick} was not told “{pattern}”"))?;
            actor.told = after;
            if line.command != "NOTICE" {
                return Err(format!("{nick} was told by {}, not by NOTICE", line.command));
            }
            match pattern::matches(pattern, line.last()) {
                true => return Ok(()),
                false if anything => {}
                false => return Err(format!("{nick} was told “{}”", line.last())),
            }
        }
    }

    /// The topic must become this; what a newer topic overtook on the way does not count.
    fn topic(&mut self, pattern: &str) -> Result<(), String> {
        let sets = |line: &Line| line.command == "TOPIC" && is_bots(line);
        let wanted = |line: &Line| sets(line) && pattern::matches(pattern, line.last());
        let Ok((after, _)) = self.listener.wait(self.topics, PATIENCE, wanted) else {
            let set = self.listener.since(self.topics).into_iter().rfind(sets);
            return Err(match set {
                Some(line) => format!("the bot set the topic “{}”", line.last()),
                None => "the bot set no topic".into(),
            });
        };
        self.topics = after;
        Ok(())
    }

    fn presence(&mut self, present: bool) -> Result<(), String> {
        let comes = |line: &Line| line.command == "JOIN" && is_bots(line);
        let goes = |line: &Line| match line.command.as_str() {
            "QUIT" | "PART" => is_bots(line),
            "KICK" => line.param(1).starts_with(BOT),
            _ => false,
        };
        let wanted = |line: &Line| if present { comes(line) } else { goes(line) };
        let (after, _) = self
            .listener
            .wait(self.presence, PATIENCE, wanted)
            .map_err(|_| format!("the bot did not {}", if present { "come" } else { "leave" }))?;
        self.presence = after;
        Ok(())
    }

    /// Looks at a file or page until it is as it must be: it is written after the answer is given,
    /// so it may still be on its way.
    fn shows(
        &self,
        read: impl Fn(&Stage) -> Result<String, String>,
        has: &[String],
        has_not: &[String],
    ) -> Result<(), String> {
        let until = Instant::now() + PATIENCE;
        loop {
            let verdict = read(self).and_then(|text| {
                let verdict = compare(&text, has, has_not);
                verdict.map_err(|why| format!("{why}\n--- what is there\n{text}---"))
            });
            if verdict.is_ok() || Instant::now() > until {
                return verdict;
            }
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    fn minutes(&self, kind: &str) -> Result<String, String> {
        let file = self.bot.minutes(kind).pop().ok_or(format!("no minutes as .{kind}"))?;
        fs::read_to_string(file).map_err(|error| error.to_string())
    }

    /// The page behind the link the bot gave last after these words.
    fn page(&self, words: &str) -> Result<String, String> {
        let heard = self.listener.since(0);
        let links = heard.iter().filter(|line| is_bots(line) && line.is_said_to(&self.channel));
        let link = links.rev().find_map(|line| Some(line.last().split_once(words)?.1));
        let link = link.ok_or(format!("the bot gave no link after “{words}”"))?;
        page::get(link.split(' ').next().unwrap_or(""))
    }

    /// At the end: nothing was said or told that the story does not know.
    fn nothing_more(&mut self) -> Result<(), String> {
        std::thread::sleep(LAST_WORDS);
        let said = self.listener.since(self.said);
        let unknown = |line: &&Line| is_bots(line) && line.is_said_to(&self.channel);
        if let Some(line) = said.iter().find(unknown).filter(|_| !self.said_anything) {
            return Err(format!("the bot said “{}” too", line.last()));
        }
        for (nick, actor) in &self.actors {
            let told = actor.client.since(actor.told);
            let unknown = told.iter().find(|line| is_bots(line) && line.is_said_to(nick));
            if let Some(line) = unknown.filter(|_| !actor.told_anything) {
                return Err(format!("{nick} was told “{}” too", line.last()));
            }
        }
        Ok(())
    }

    fn fail(&self, name: &str, step: Option<&Step>, why: &str) -> ! {
        let place = match step {
            Some(step) => format!("{name}.story, line {}: {}", step.number, step.words),
            None => format!("{name}.story, at the end"),
        };
        let lines = |client: &Client| {
            let lines = client.since(0);
            // Neither the welcome nor our own waiting tells anything.
            let told =
                |line: &&Line| line.command.parse::<u16>().is_err() && line.command != "PONG";
            let shown = lines.iter().filter(told);
            shown.map(|line| format!("    {line}\n")).collect::<String>()
        };
        let mut report = format!("{place}\n{why}\n\n--- the story so far\n");
        report += &self.transcript.join("\n");
        report += &format!("\n--- heard in {}\n{}", self.channel, lines(&self.listener));
        for (nick, actor) in &self.actors {
            report += &format!("--- heard by {nick}\n{}", lines(&actor.client));
        }
        report += &format!("--- printed by the bot\n{}", tail(&self.bot.output()));
        report += &format!("--- printed by the servers\n{}", tail(&self.network.output()));
        panic!("{report}");
    }
}

/// Opens the channel, as one in which everybody may set the topic.
fn listen(network: &Network, channel: &str) -> Client {
    let listener = network.connect_as("listener", None);
    listener.join(channel);
    listener.send(&format!("MODE {channel} -t"));
    listener.settle();
    listener
}

/// Whether the line comes from the bot, which may have had to take another nick.
fn is_bots(line: &Line) -> bool {
    line.nick.starts_with(BOT)
}

fn replace(bytes: &[u8], from: &[u8], to: &[u8]) -> Vec<u8> {
    match bytes.windows(from.len()).position(|window| window == from) {
        Some(at) => [&bytes[..at], to, &bytes[at + from.len()..]].concat(),
        None => bytes.to_vec(),
    }
}

/// Whether the text has lines of these forms in this order, and none of those.
fn compare(text: &str, has: &[String], has_not: &[String]) -> Result<(), String> {
    let mut lines = text.lines();
    for pattern in has {
        if !lines.any(|line| pattern::matches(pattern, line.trim())) {
            return Err(format!("no line “{pattern}” where it should be"));
        }
    }
    for pattern in has_not {
        if let Some(line) = text.lines().find(|line| pattern::matches(pattern, line.trim())) {
            return Err(format!("a line “{line}” that should not be"));
        }
    }
    Ok(())
}

fn tail(text: &str) -> String {
    let lines: Vec<&str> = text.lines().collect();
    lines[lines.len().saturating_sub(80)..].iter().map(|line| format!("    {line}\n")).collect()
}
