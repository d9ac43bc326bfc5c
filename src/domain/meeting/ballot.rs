//! The vote commands: who may vote, what is answered, and how a result comes into the minutes.

use crate::domain::meeting::Meeting;
use crate::domain::meeting::act::{Voice, names, say};
use crate::domain::meeting::command::{self, Verb};
use crate::domain::meeting::effect::Effect;
use crate::domain::meeting::item::{Kind, VoteResult};
use crate::domain::meeting::people::PersonId;
use crate::domain::meeting::reply;
use crate::domain::meeting::vote::{BadVote, MOST_OPTIONS, Vote};
use crate::domain::text::Text;

impl Meeting {
    pub(super) fn start_vote(&mut self, voice: &Voice, words: &str) -> Vec<Effect> {
        if let Some(vote) = &self.vote {
            let open = format!(
                "Already voting on: {}  End it with #endvote.",
                vote.question.as_untrusted()
            );
            return vec![voice.tell(open)];
        }
        match Vote::open(words) {
            Ok(vote) => {
                let sentence = reply::begin_vote(&vote);
                self.vote = Some(vote);
                vec![say(sentence)]
            }
            Err(BadVote::NoQuestion) => {
                vec![voice.tell("A vote needs a question: #startvote Question? one option, another option")]
            }
            Err(BadVote::BadOptions) => vec![voice.tell(format!(
                "A vote needs two to {} different options, with commas between them: #startvote Which? Xen 4.8, Xen 4.10",
                MOST_OPTIONS
            ))],
        }
    }

    pub(super) fn vote(&mut self, voice: &Voice, choice: &str) -> Vec<Effect> {
        let vote = match self.admit(voice) {
            Ok(vote) => vote,
            Err(refusal) => return vec![refusal],
        };
        if vote.cast(voice.person, choice) {
            return self.echo_vote(voice);
        }
        let options = reply::options(vote);
        vec![voice.tell(format!("{choice} is none of the options.  Vote options are {options}."))]
    }

    /// `+1` is talk as well: what is no option of this vote, or comes from no voter, is left alone.
    pub(super) fn vote_by_sign(&mut self, voice: &Voice, sign: &str) -> Vec<Effect> {
        match self.admit(voice) {
            Ok(vote) => match vote.cast_sign(voice.person, sign) {
                true => self.echo_vote(voice),
                false => Vec::new(),
            },
            Err(_) => Vec::new(),
        }
    }

    fn admit(&mut self, voice: &Voice) -> Result<&mut Vote, Effect> {
        match &mut self.vote {
            None => {
                Err(voice
                    .tell("No vote is open.  A chair opens one with #startvote Question? options"))
            }
            Some(vote) if !vote.admits(voice.person) => Err(voice.tell(
                "You are not among the voters of this vote.  A chair changes them with #voters.",
            )),
            Some(vote) => Ok(vote),
        }
    }

    fn echo_vote(&self, voice: &Voice) -> Vec<Effect> {
        match self.settings.echo {
            true => vec![voice.tell("Your vote is noted.")],
            false => Vec::new(),
        }
    }

    pub(super) fn show_vote(&self, voice: &Voice) -> Vec<Effect> {
        match &self.vote {
            Some(vote) => vec![say(format!(
                "{} So far: {}",
                vote.question.as_untrusted(),
                reply::tally(self, &vote.tally())
            ))],
            None => vec![voice.tell("No vote is open.")],
        }
    }

    pub(super) fn end_vote(&mut self, voice: &Voice) -> Vec<Effect> {
        match self.vote.take() {
            Some(vote) => {
                let result = self.close_vote(vote, voice);
                vec![say(reply::voted(self, &result))]
            }
            None => vec![voice.tell("No vote is open.")],
        }
    }

    fn of_the_roster(&self, tally: &[(Text, Vec<PersonId>)]) -> usize {
        let is_any = self.settings.members.is_empty();
        let counts = |id: &&PersonId| is_any || self.people.one(**id).member;
        tally.iter().flat_map(|(_, voters)| voters).filter(counts).count()
    }

    /// The result stands under its topic as an item and among the votes, with the same line.
    pub(super) fn close_vote(&mut self, vote: Vote, voice: &Voice) -> VoteResult {
        let result = VoteResult {
            question: vote.question.clone(),
            options: vote.tally(),
            line: voice.line,
            at: voice.at,
            quorum: self.settings.quorum,
            counted: self.of_the_roster(&vote.tally()),
        };
        let counts = reply::tally(self, &result.options);
        let text = format!("{} {counts}", result.question.as_untrusted());
        self.note_item(voice, Kind::Vote, &text, None);
        self.votes.push(result.clone());
        result
    }

    /// `#voters` shows who has voted; `#voters names` (a chair) says who may; `#voters all` lifts it.
    pub(super) fn voters(&mut self, voice: &Voice, words: &str) -> Vec<Effect> {
        if self.vote.is_none() {
            return vec![voice.tell("No vote is open.")];
        }
        if !words.is_empty() {
            if !self.people.one(voice.person).chair {
                let word = command::WORDS.iter().find(|word| word.verb == Verb::Voters);
                return word
                    .map(|word| voice.tell(reply::only_a_chair(self, word, voice.person)))
                    .into_iter()
                    .collect();
            }
            let voters = match words.to_lowercase().as_str() {
                "all" => None,
                "members" => {
                    let members = self.settings.members.clone();
                    Some(members.iter().map(|member| self.people.of_roster(member)).collect())
                }
                _ => Some(names(words).map(|given| self.people.named(given)).collect()),
            };
            self.vote.as_mut().expect("looked at above").voters = voters;
        }
        let vote = self.vote.as_ref().expect("looked at above");
        let nick = |id: &PersonId| self.people.one(*id).nick.as_str();
        let (may, voted) = match &vote.voters {
            None => ("anyone".to_string(), vote.count()),
            Some(voters) => {
                let list: Vec<&str> = voters.iter().map(nick).collect();
                (list.join(", "), voters.iter().filter(|id| vote.has(**id)).count())
            }
        };
        vec![say(format!("Voters: {may}.  Voted so far: {voted}."))]
    }
}
