//! Who may change what of the group, and whether a change makes sense; in words either way.

use crate::domain::group::{Change, Group};
use crate::domain::name::Casemapping;
use crate::domain::notice::{self, read::MOST_NAME_BYTES};
use crate::domain::roadmap;
use crate::domain::roster::{Asker, Standing};
use crate::domain::time::Moment;
use chrono::NaiveDate;

/// The longest text of an action or a notice, in bytes.
pub const MOST_TEXT_BYTES: usize = 2_000;

impl Group {
    /// Whether somebody may make a change; a sentence where not. Who owns an entry may change it,
    /// member or not.
    pub fn allow(
        &self,
        asker: &Asker,
        casemapping: Casemapping,
        change: &Change,
        today: NaiveDate,
    ) -> Result<(), String> {
        let standing = self.roster.standing(asker, casemapping, today);
        let is_own = || match change {
            Change::Entry { number, .. } => self.owns(asker, *number, casemapping),
            _ => false,
        };
        match self.refuse(standing, change, today) {
            Some(refusal) if !is_own() => Err(refusal),
            _ => Ok(()),
        }
    }

    /// Whether an entry is this person's: by account where they have one, else by nick where the
    /// network has no accounts.
    fn owns(&self, asker: &Asker, number: u32, casemapping: Casemapping) -> bool {
        let proved = match asker {
            Asker::Account(account) => account.as_str(),
            Asker::Nick(nick) => nick.as_str(),
            Asker::Nobody | Asker::Operator => return false,
        };
        let entry = self.roadmap.one(number);
        entry.is_some_and(|entry| entry.owners.iter().any(|owner| casemapping.same(owner, proved)))
    }

    /// Why this person may not make this change, and who can; nothing where they may.
    /// Where the roster is empty there is nobody to be kept out, except from the roster itself.
    pub fn refuse(&self, who: Standing<'_>, change: &Change, today: NaiveDate) -> Option<String> {
        let open_to_all = self.roster.on(today).next().is_none();
        match change {
            Change::Roster(_) | Change::Report(_) | Change::Act(_) => (!who.is_lead())
                .then(|| format!("Only the lead may do that: {}.", self.leads(today))),
            Change::Entry { number, change } => {
                let anyone = matches!(
                    change,
                    roadmap::Change::Opened { .. } | roadmap::Change::Taken { .. }
                );
                (!(anyone || who.is_member() || open_to_all)).then(|| {
                    format!(
                        "Only its owner or a member may change action {number}; ask {}.",
                        self.leads(today)
                    )
                })
            }
            _ => (!(who.is_member() || open_to_all)).then(|| {
                format!("Only people of the group's roster may do that; ask {}.", self.leads(today))
            }),
        }
    }

    /// Whether a change makes sense now: what then holds, or why not.
    pub fn judge(&self, change: &Change, now: Moment) -> Result<String, String> {
        let today = now.date();
        if words(change).is_some_and(|words| words.len() > MOST_TEXT_BYTES) {
            return Err(format!(
                "that is longer than {MOST_TEXT_BYTES} bytes; put it on a page and link to it"
            ));
        }
        match change {
            Change::Roster(change) => {
                self.roster.judge(change, today).map_err(|refusal| refusal.to_string())
            }
            Change::Entry { number, change } => {
                self.roadmap.judge(*number, change, today).map_err(|refusal| refusal.to_string())
            }
            Change::Milestone(change)
                if change.project.len().max(change.milestone.len()) > MOST_NAME_BYTES =>
            {
                Err(format!("a project or a milestone has {MOST_NAME_BYTES} bytes at most"))
            }
            Change::Milestone(change) => {
                Ok(format!("{} {} is on the roadmap.", change.project, change.milestone))
            }
            Change::Notice { number, change } => self.judge_notice(*number, change),
            Change::Report(report) => self.judge_report(report),
            Change::Act(act) => Ok(act.sentence()),
            Change::Schedule(change) => {
                self.schedule.judge(change, now).map_err(|refusal| refusal.to_string())
            }
        }
    }

    fn judge_notice(&self, number: u32, change: &notice::Change) -> Result<String, String> {
        if let notice::Change::Posted { kind, text, .. } = change {
            if text.is_empty() {
                return Err("a notice needs words".to_string());
            }
            let recorded = kind.recorded();
            return Ok(recorded.unwrap_or_else(|| format!("Notice {number} recorded.")));
        }
        let Some(notice) = self.notices.one(number) else { return Err(self.no_notice(number)) };
        match change {
            _ if notice.withdrawn.is_some() => Err(format!("notice {number} is withdrawn")),
            notice::Change::Corrected { text } if text.is_empty() => {
                Err("a notice needs words".to_string())
            }
            notice::Change::Corrected { .. } => Ok(format!("Notice {number} corrected.")),
            notice::Change::Withdrawn { .. } => Ok(format!("Notice {number} withdrawn.")),
            _ => Ok(format!("Notice {number} noted.")),
        }
    }

    /// What is said of a number that no notice has.
    pub fn no_notice(&self, number: u32) -> String {
        let newest = self.notices.all().iter().rev().take(5).map(|n| n.number.to_string());
        let newest: Vec<String> = newest.collect();
        let newest = if newest.is_empty() { "none".to_string() } else { newest.join(", ") };
        format!("there is no notice {number}; the newest: {newest}")
    }

    fn judge_report(&self, change: &super::report::Change) -> Result<String, String> {
        use super::report::{Change as Report, MOST_BYTES};
        let (Report::Told { quarter, text } | Report::Sent { quarter, text }) = change;
        if text.as_untrusted().len() > MOST_BYTES {
            return Err(format!("a report may have {MOST_BYTES} bytes at most"));
        }
        match self.reports.one(quarter).and_then(|report| report.sent.as_ref()) {
            Some((at, _)) => Err(format!("the report of {quarter} was sent on {}", at.date())),
            None => Ok(format!("The report of {quarter} is kept.")),
        }
    }

    /// The leads' nicks, for sentences; the list of members where nobody leads.
    pub fn leads(&self, today: NaiveDate) -> String {
        let leads: Vec<&str> = self.roster.leads(today).map(|one| one.member.handle()).collect();
        match leads.is_empty() {
            true => "the operator of the program".to_string(),
            false => leads.join(", "),
        }
    }
}

/// The words of a change that could be long.
fn words(change: &Change) -> Option<&str> {
    match change {
        Change::Entry { change, .. } => match change {
            roadmap::Change::Opened { text, .. } | roadmap::Change::Reworded { text, .. } => {
                Some(text.as_untrusted())
            }
            roadmap::Change::Done { note } => Some(note.as_untrusted()),
            roadmap::Change::Dropped { why } => Some(why.as_untrusted()),
            _ => None,
        },
        Change::Notice { change, .. } => match change {
            notice::Change::Posted { text, .. } | notice::Change::Corrected { text } => {
                Some(text.as_untrusted())
            }
            notice::Change::Withdrawn { why } => Some(why.as_untrusted()),
            _ => None,
        },
        _ => None,
    }
}
