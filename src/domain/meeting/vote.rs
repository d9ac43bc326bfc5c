//! A vote that is open: its options, who may vote, and what each person chose last.
//!
//! One vote per person, the last one counts, and a tie is a tie: the minutes give the counts and
//! the names, and nothing here says who won.

use crate::domain::meeting::people::PersonId;
use crate::domain::text::Text;
use std::collections::BTreeMap;

/// An open vote.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Vote {
    /// What is asked.
    pub question: Text,
    /// What may be chosen.
    pub options: Vec<Text>,
    /// The electorate, where a chair named one.
    pub voters: Option<Vec<PersonId>>,
    /// What each chose last, as an index into the options.
    ballots: BTreeMap<PersonId, usize>,
}

/// The most options one vote may have.
pub const MOST_OPTIONS: usize = 20;

/// A vote that could not be opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BadVote {
    /// No question before the options.
    NoQuestion,
    /// One option only, or one that stands twice.
    BadOptions,
}

/// The options of a vote that names none; `+1`, `-1` and `0` choose them, in this order.
const DEFAULT_OPTIONS: [&str; 3] = ["Yes", "No", "Abstain"];

impl Vote {
    /// Reads `Question? one option, another option`; without options Yes, No and Abstain are given.
    ///
    /// OpenDev's MeetBot splits at every character that is no letter; here only a comma splits, so
    /// that options may have several words.
    pub fn open(words: &str) -> Result<Vote, BadVote> {
        let (question, rest) = match words.split_once('?') {
            Some((question, rest)) => (format!("{}?", question.trim()), rest.trim()),
            None => (words.trim().to_string(), ""),
        };
        if question.trim_end_matches('?').is_empty() {
            return Err(BadVote::NoQuestion);
        }
        let given: Vec<&str> =
            rest.split(',').map(str::trim).filter(|one| !one.is_empty()).collect();
        let options = if given.is_empty() { DEFAULT_OPTIONS.to_vec() } else { given };
        let twice = options.iter().enumerate().any(|(n, one)| {
            options[..n].iter().any(|other| other.to_lowercase() == one.to_lowercase())
        });
        if twice || !(2..=MOST_OPTIONS).contains(&options.len()) {
            return Err(BadVote::BadOptions);
        }
        Ok(Vote {
            question: Text::new(question),
            options: options.into_iter().map(Text::from).collect(),
            voters: None,
            ballots: BTreeMap::new(),
        })
    }

    /// Takes a vote by the option's words, without regard to case; whether it is one of the options.
    pub fn cast(&mut self, who: PersonId, choice: &str) -> bool {
        let choice = choice.trim().to_lowercase();
        match self.options.iter().position(|one| one.as_untrusted().to_lowercase() == choice) {
            Some(index) => {
                self.ballots.insert(who, index);
                true
            }
            None => self.cast_sign(who, &choice),
        }
    }

    /// Takes `+1`, `0` or `-1`, said plainly or after `#vote`; whether it means one of the options.
    pub fn cast_sign(&mut self, who: PersonId, sign: &str) -> bool {
        let option = |word: &str| self.options.iter().position(|one| one.as_untrusted() == word);
        let is_default = self.options.iter().map(Text::as_untrusted).eq(DEFAULT_OPTIONS);
        let index = match sign {
            "+1" | "1" if is_default => Some(0),
            "-1" | "−1" if is_default => Some(1),
            "0" | "+0" | "-0" if is_default => Some(2),
            "+1" | "+0" | "0" | "-1" => option(sign),
            _ => None,
        };
        match index {
            Some(index) => {
                self.ballots.insert(who, index);
                true
            }
            None => false,
        }
    }

    /// Whether this person may vote.
    pub fn admits(&self, who: PersonId) -> bool {
        self.voters.as_ref().is_none_or(|voters| voters.contains(&who))
    }

    /// How many have voted.
    pub fn count(&self) -> usize {
        self.ballots.len()
    }

    /// Whether this person has voted.
    pub fn has(&self, who: PersonId) -> bool {
        self.ballots.contains_key(&who)
    }

    /// The options with who chose them, in the order of the options.
    pub fn tally(&self) -> Vec<(Text, Vec<PersonId>)> {
        let chose = |index: usize| {
            self.ballots
                .iter()
                .filter(|(_, chosen)| **chosen == index)
                .map(|(who, _)| *who)
                .collect()
        };
        self.options.iter().cloned().enumerate().map(|(n, option)| (option, chose(n))).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn options(words: &str) -> Vec<String> {
        let vote = Vote::open(words).unwrap();
        vote.options.iter().map(|one| one.as_untrusted().to_string()).collect()
    }

    #[test]
    fn reads_questions_and_options() {
        assert_eq!(options("Ship it?"), ["Yes", "No", "Abstain"]);
        assert_eq!(options("Which? Xen 4.8, Xen 4.10"), ["Xen 4.8", "Xen 4.10"]);
        assert_eq!(options("no mark at all"), ["Yes", "No", "Abstain"]);
        assert_eq!(Vote::open("?"), Err(BadVote::NoQuestion));
        assert_eq!(Vote::open("Which? one"), Err(BadVote::BadOptions));
        assert_eq!(Vote::open("Which? one, ONE"), Err(BadVote::BadOptions));
    }

    #[test]
    fn the_last_vote_counts_once() {
        let mut vote = Vote::open("Ship it?").unwrap();
        let (anna, bob) = (PersonId(0), PersonId(1));
        assert!(vote.cast(anna, "no") && vote.cast(anna, "YES") && vote.cast_sign(bob, "-1"));
        assert!(!vote.cast(bob, "maybe"));
        let counts: Vec<usize> = vote.tally().iter().map(|(_, who)| who.len()).collect();
        assert_eq!((counts, vote.count()), (vec![1, 1, 0], 2));
    }

    #[test]
    fn signs_mean_nothing_in_a_vote_with_its_own_options() {
        let mut vote = Vote::open("Which? a, b").unwrap();
        assert!(!vote.cast_sign(PersonId(0), "+1"));
        let mut scale = Vote::open("How? +1, 0, -1").unwrap();
        assert!(scale.cast_sign(PersonId(0), "+1"));
    }
}
