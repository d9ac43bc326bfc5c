//! The cast: plays a script on any IRC server, one client per person.
//!
//! Nobody sleeps here: each line is said when the one before it has been seen in the channel and
//! answered as the script says. So there is never more than one line of the cast under way, and no
//! server's flood control has a reason to drop anybody; a slow one only makes the play slower.

use crate::demo::client::{Client, Failed, Line};
use crate::demo::script::{Answer, Deed, Script, Step};
use std::time::{Duration, Instant};
use tokio::net::ToSocketAddrs;

/// How long a line may take until it is seen in the channel.
const SEEN_WITHIN: Duration = Duration::from_secs(30);
/// How long the bot has to come into the channel, and to give each answer.
const ANSWERED_WITHIN: Duration = Duration::from_secs(20);
/// How much of a line is compared: a network may cut the end of a long one.
const COMPARED_BYTES: usize = 200;

/// What came of a play.
#[derive(Clone, Debug, Default)]
pub struct Played {
    /// How many lines the cast said.
    pub lines: usize,
    /// What the bot said in the channel, in order, as far as the cast was there to hear it.
    pub bot_said: Vec<String>,
    /// What the bot told people in private: nick, words.
    pub bot_told: Vec<(String, String)>,
    /// Who of the cast was logged in to services.
    pub logged_in: Vec<String>,
    /// How long it took.
    pub took: Duration,
}

/// Why a play stopped.
#[derive(Debug, thiserror::Error)]
pub enum Stopped {
    /// The bot was not in the channel.
    #[error("{bot} did not come into {channel} within {} s", ANSWERED_WITHIN.as_secs())]
    NoBot {
        /// The bot's nick.
        bot: String,
        /// The channel.
        channel: String,
    },
    /// The bot did not answer as the script says.
    #[error("line {line} of the script, {said:?}: {bot} was to answer {wanted}. {why}")]
    NoAnswer {
        /// The line of the script.
        line: usize,
        /// What was said.
        said: String,
        /// The bot's nick.
        bot: String,
        /// What it was to answer.
        wanted: String,
        /// What happened instead.
        why: Box<Failed>,
    },
    /// Somebody of the cast could not do their part.
    #[error("line {line} of the script, {who}: {why}")]
    Cast {
        /// The line of the script; 0 before it began.
        line: usize,
        /// Who.
        who: String,
        /// Why.
        why: Box<Failed>,
    },
    /// Nobody else is there to see whether a line arrives.
    #[error("line {line} of the script: {who} is alone in the channel; a play needs two")]
    Alone {
        /// The line of the script.
        line: usize,
        /// Who.
        who: String,
    },
}

/// Plays a script in a channel in which the bot is or is about to be.
pub async fn play(
    addr: impl ToSocketAddrs + Clone,
    channel: &str,
    bot: &str,
    script: &Script,
) -> Result<Played, Stopped> {
    let started = Instant::now();
    let people = script.people.iter().map(|_| None).collect();
    let mut stage = Stage { addr, channel, bot, script, people, played: Played::default() };
    let mut bot_is_there = false;
    for who in 0..script.people.len() {
        let first = script.steps.iter().find(|step| step.who == who);
        if first.is_some_and(|step| step.deed != Deed::Join) {
            let names = stage.come(0, who).await?;
            bot_is_there |= names.iter().any(|name| name == bot);
        }
    }
    if !bot_is_there {
        stage.await_bot().await?;
    }
    for step in &script.steps {
        stage.step(step).await?;
    }
    stage.end().await?;
    stage.played.took = started.elapsed();
    Ok(stage.played)
}

struct Stage<'a, A> {
    addr: A,
    channel: &'a str,
    bot: &'a str,
    script: &'a Script,
    /// Those who are there now.
    people: Vec<Option<Client>>,
    played: Played,
}

impl<A: ToSocketAddrs + Clone> Stage<'_, A> {
    /// Connects one of the cast and brings them into the channel; who is there.
    async fn come(&mut self, line: usize, who: usize) -> Result<Vec<String>, Stopped> {
        let player = &self.script.people[who];
        let password = player.password();
        let login = player.account.then_some((player.nick.as_str(), password.as_str()));
        let stop = |why| Stopped::Cast { line, who: player.nick.clone(), why: Box::new(why) };
        let client = Client::connect(self.addr.clone(), &player.nick, login).await.map_err(stop)?;
        if client.account().is_some() {
            self.played.logged_in.push(player.nick.clone());
        }
        let names = client.join(self.channel).await.map_err(stop)?;
        self.people[who] = Some(client);
        Ok(names)
    }

    async fn await_bot(&self) -> Result<(), Stopped> {
        let gone = || Stopped::NoBot { bot: self.bot.into(), channel: self.channel.into() };
        let client = self.people.iter().flatten().next().ok_or_else(gone)?;
        let joins = |line: &Line| line.is("JOIN") && line.message.nick() == self.bot;
        let joined = client.after(0, "the bot", joins, ANSWERED_WITHIN).await;
        joined.map(|_| ()).map_err(|_| gone())
    }

    async fn step(&mut self, step: &Step) -> Result<(), Stopped> {
        let marks: Vec<usize> =
            self.people.iter().map(|one| one.as_ref().map_or(0, Client::mark)).collect();
        match &step.deed {
            Deed::Join => {
                self.come(step.line, step.who).await?;
            }
            Deed::Quit => {
                let client = self.people[step.who].take();
                if let Some(client) = client {
                    self.hear(step.who, &client);
                    let quit = client.quit("bye").await;
                    quit.map_err(|why| self.stopped(step, why))?;
                }
            }
            Deed::Rename(nick) => {
                let renamed = self.client(step)?.rename(nick).await;
                renamed.map_err(|why| self.stopped(step, why))?;
            }
            Deed::Say(words) => self.say(step, "PRIVMSG", words, &marks).await?,
            Deed::Act(words) => {
                let words = format!("\u{1}ACTION {words}\u{1}");
                self.say(step, "PRIVMSG", &words, &marks).await?;
            }
            Deed::Notice(words) => self.say(step, "NOTICE", words, &marks).await?,
        }
        for answer in &step.answers {
            self.answered(step, answer, &marks).await?;
        }
        Ok(())
    }

    /// Says a line and waits until somebody else has seen it.
    async fn say(
        &mut self,
        step: &Step,
        command: &str,
        words: &str,
        marks: &[usize],
    ) -> Result<(), Stopped> {
        let words = words.replace("{bot}", self.bot).replace("{channel}", self.channel);
        let speaker = self.client(step)?;
        let nick = speaker.nick();
        let witness = (0..self.people.len()).filter(|who| *who != step.who);
        let witness = witness.filter_map(|who| self.people[who].as_ref().map(|one| (who, one)));
        let Some((at, witness)) = witness.into_iter().next() else {
            return Err(Stopped::Alone { line: step.line, who: nick });
        };
        let line = format!("{command} {} :{words}", self.channel);
        speaker.send(&line).await.map_err(|why| self.stopped(step, why))?;
        let start = head(words.as_bytes());
        let is_it = |line: &Line| {
            line.is(command) && line.message.nick() == nick && head(line.message.param(1)) == start
        };
        let wanted = format!("the sight of {nick}'s line");
        let seen = witness.after(marks[at], &wanted, is_it, SEEN_WITHIN).await;
        seen.map_err(|why| self.stopped(step, why))?;
        self.played.lines += 1;
        Ok(())
    }

    /// Waits for an answer of the bot.
    async fn answered(&self, step: &Step, answer: &Answer, marks: &[usize]) -> Result<(), Stopped> {
        let (who, words, private) = match answer {
            Answer::Says(words) => (self.present(step)?, words, false),
            Answer::Tells(who, words) => (*who, words, true),
        };
        let Some(client) = self.people[who].as_ref() else {
            return Err(Stopped::Alone {
                line: step.line,
                who: self.script.people[who].nick.clone(),
            });
        };
        let is_it = |line: &Line| {
            let private_line = !line.message.text(0).starts_with(['#', '@', '+']);
            is_bots(line, self.bot)
                && private_line == private
                && line.message.last().contains(words)
        };
        let place = if private { client.nick() } else { self.channel.to_string() };
        let wanted = match words.is_empty() {
            true => format!("something to {place}"),
            false => format!("{words:?} to {place}"),
        };
        let found = client.after(marks[who], &wanted, is_it, ANSWERED_WITHIN).await;
        found.map(|_| ()).map_err(|why| Stopped::NoAnswer {
            line: step.line,
            said: format!("{:?}", step.deed),
            bot: self.bot.into(),
            wanted,
            why: Box::new(why),
        })
    }

    /// Everybody goes; what they heard of the bot is kept.
    async fn end(&mut self) -> Result<(), Stopped> {
        let mut best: Vec<String> = Vec::new();
        for who in 0..self.people.len() {
            let Some(client) = self.people[who].take() else { continue };
            let heard = said_here(&client, self.bot);
            if heard.len() > best.len() {
                best = heard;
            }
            self.hear(who, &client);
            let player = &self.script.people[who];
            let stop =
                |why| Stopped::Cast { line: 0, who: player.nick.clone(), why: Box::new(why) };
            client.quit("the play is over").await.map_err(stop)?;
        }
        self.played.bot_said = best;
        Ok(())
    }

    /// Keeps what the bot told somebody.
    fn hear(&mut self, who: usize, client: &Client) {
        let nick = &self.script.people[who].nick;
        let lines = client.received();
        let told = lines.iter().filter(|line| {
            is_bots(line, self.bot) && !line.message.text(0).starts_with(['#', '@', '+'])
        });
        let told = told.map(|line| (nick.clone(), line.message.last().into_owned()));
        self.played.bot_told.extend(told);
    }

    fn client(&self, step: &Step) -> Result<&Client, Stopped> {
        let nick = || self.script.people[step.who].nick.clone();
        self.people[step.who]
            .as_ref()
            .ok_or_else(|| Stopped::Alone { line: step.line, who: nick() })
    }

    /// Somebody who is there: whoever did the step, or else anybody.
    fn present(&self, step: &Step) -> Result<usize, Stopped> {
        let there = |who: &usize| self.people[*who].is_some();
        [step.who].into_iter().chain(0..self.people.len()).find(there).ok_or_else(|| {
            Stopped::Alone { line: step.line, who: self.script.people[step.who].nick.clone() }
        })
    }

    fn stopped(&self, step: &Step, why: Failed) -> Stopped {
        Stopped::Cast {
            line: step.line,
            who: self.script.people[step.who].nick.clone(),
            why: Box::new(why),
        }
    }
}

fn is_bots(line: &Line, bot: &str) -> bool {
    (line.is("PRIVMSG") || line.is("NOTICE")) && line.message.nick() == bot
}

/// What the bot said in channels, as this client heard it.
fn said_here(client: &Client, bot: &str) -> Vec<String> {
    let lines = client.received();
    let said = lines
        .iter()
        .filter(|line| is_bots(line, bot) && line.message.text(0).starts_with(['#', '@', '+']));
    said.map(|line| line.message.last().into_owned()).collect()
}

fn head(bytes: &[u8]) -> &[u8] {
    &bytes[..bytes.len().min(COMPARED_BYTES)]
}
