//! What somebody asks of the schedule in a channel, in a meeting or not: the change and the
//! sentence that is said of it, or why not and who can help.

use crate::domain::group::Change;
use crate::domain::group::Circumstances;
use crate::domain::group::Group;
use crate::domain::meeting::ledger::Fact;
use crate::domain::meeting::ledger::Request;
use crate::domain::meeting::ledger::Wanted;
use crate::domain::meeting::ledger::Wish;
use crate::domain::roster::Asker;
use crate::domain::schedule;
use crate::domain::schedule::Asked;
use crate::domain::schedule::say;
use crate::domain::text::Text;
use crate::domain::time::Moment;

impl Group {
    /// The fact that a wish only asks for: nothing changes, and anybody may ask.
    pub fn inform(&self, wish: &Wish, now: Moment) -> Option<Fact> {
        match &wish.wanted {
            Wanted::Plan(request) if request.is_question() => {
                let text = Text::new(say::when(&self.schedule, now));
                Some(Fact::Said { line: wish.line, text })
            }
            _ => None,
        }
    }

    /// The change of the schedule that this person asks for, and the sentence that tells it.
    ///
    /// # Errors
    ///
    /// Why it is not made, and who can help.
    pub fn plan(
        &self,
        asker: &Asker,
        by: &str,
        request: &Request,
        given: Circumstances,
    ) -> Result<(schedule::Change, String), String> {
        let today = given.now.date();
        let refused = |why: String| {
            let word = request.asked.word();
            let end = if why.ends_with('?') { "" } else { "." };
            format!("#{word}: {why}{end}  Who can help: {}.", self.leads(today))
        };
        let change = self
            .schedule
            .read(request.asked, &request.words, &request.place, by)
            .map_err(|unreadable| refused(unreadable.to_string()))?;
        // What cannot be done is said before who could do it.
        let sentence = self
            .schedule
            .judge(&change, given.now)
            .map_err(|refusal| refused(refusal.to_string()))?;
        let change = self.schedule.settled(&change).map_err(|why| refused(why.to_string()))?;
        let standing = self.roster.standing(asker, given.casemapping, today);
        match self.refuse(standing, &Change::Schedule(change.clone()), today) {
            Some(refusal) => Err(refusal),
            None => Ok((change, sentence)),
        }
    }
}

impl Request {
    /// Whether nothing is to change: `#nextmeeting` alone asks when it is.
    pub fn is_question(&self) -> bool {
        self.asked == Asked::Next && self.words.is_empty()
    }
}
