//! An entry of the journal in words, for who looks through it.
//!
//! It says what was changed and not what then held: that is found in the group. Addresses are never
//! said.

use crate::domain::group::{Change, Via, report};
use crate::domain::name::Nick;
use crate::domain::notice;
use crate::domain::roadmap;
use crate::domain::roster;
use crate::domain::schedule;
use crate::domain::text::clean;
use chrono::NaiveDate;

/// The longest words of somebody that are repeated, in characters.
const MOST_CHARS: usize = 300;

/// The change, in one line.
pub fn sentence(change: &Change) -> String {
    let words = match change {
        Change::Roster(change) => of_roster(change),
        Change::Entry { number, change } => format!("[{number}] {}", of_entry(change)),
        Change::Milestone(change) => {
            let date = change.date.map_or(String::new(), |date| format!(", {date}"));
            let state = change.state.as_ref();
            let state = state.map_or(String::new(), |state| format!(": {}", state.as_untrusted()));
            format!("milestone {} {}{date}{state}", change.project, change.milestone)
        }
        Change::Notice { number, change } => format!("notice {number} {}", of_notice(change)),
        Change::Report(report::Change::Told { quarter, .. }) => {
            format!("the lead's words in the report of {quarter}")
        }
        Change::Report(report::Change::Sent { quarter, .. }) => {
            format!("the report of {quarter} was sent")
        }
        Change::Schedule(change) => of_schedule(change),
        Change::Act(act) => act.sentence(),
    };
    let words = clean(&words);
    match words.char_indices().nth(MOST_CHARS) {
        Some((end, _)) => format!("{}…", &words[..end]),
        None => words,
    }
}

/// By which way a change came, in a word.
pub fn way(via: Via) -> &'static str {
    match via {
        Via::Irc => "on IRC",
        Via::Cli => "at the command line",
        Via::Mail => "by mail",
        Via::Web => "on the pages",
        Via::Itself => "by itself",
    }
}

fn of_roster(change: &roster::Change) -> String {
    let all = |words: &[String]| if words.is_empty() { "none".into() } else { words.join(", ") };
    match change {
        roster::Change::Join { member, since } => {
            format!("{} is a member since {since}", member.in_full())
        }
        roster::Change::Leave { who, until } => format!("{who} is no member from {until} on"),
        roster::Change::Name { who, name } => format!("{who} is called {}", name.as_untrusted()),
        roster::Change::Account { who, account } => {
            format!("{who} has the account {}", account.as_str())
        }
        roster::Change::Nicks { who, nicks } => {
            let nicks: Vec<&str> = nicks.iter().map(Nick::as_str).collect();
            format!("{who} has the nicks {}", nicks.join(", "))
        }
        roster::Change::Roles { who, roles } => format!("{who} has the roles: {}", all(roles)),
        roster::Change::Addresses { who, addresses } => {
            format!("{who} has mail addresses: {}", addresses.len())
        }
    }
}

fn of_entry(change: &roadmap::Change) -> String {
    let owned = |owners: &[String], due: &Option<NaiveDate>| {
        let owners = match owners.is_empty() {
            true => String::new(),
            false => format!(" ({})", owners.join(", ")),
        };
        let due = due.map_or(String::new(), |due| format!(", by {due}"));
        format!("{owners}{due}")
    };
    match change {
        roadmap::Change::Opened { text, owners, due, .. } => {
            format!("opened: {}{}", text.as_untrusted(), owned(owners, due))
        }
        roadmap::Change::Reworded { text, owners, due } => {
            format!("reworded: {}{}", text.as_untrusted(), owned(owners, due))
        }
        roadmap::Change::Done { note } if note.is_empty() => "done".to_string(),
        roadmap::Change::Done { note } => format!("done: {}", note.as_untrusted()),
        roadmap::Change::Dropped { why } => format!("dropped: {}", why.as_untrusted()),
        roadmap::Change::Deferred { until } => format!("deferred until {until}"),
        roadmap::Change::Reopened => "open again".to_string(),
        roadmap::Change::Taken { by } => format!("taken by {by}"),
        roadmap::Change::Undone => "said by mistake".to_string(),
        roadmap::Change::Promoted { project, milestone } => {
            format!("belongs to {project} {milestone}")
        }
    }
}

fn of_notice(change: &notice::Change) -> String {
    match change {
        notice::Change::Posted { text, .. } => format!("posted: {}", text.as_untrusted()),
        notice::Change::Corrected { text } => format!("corrected: {}", text.as_untrusted()),
        notice::Change::Withdrawn { why } => format!("withdrawn: {}", why.as_untrusted()),
        notice::Change::Warned { days } => format!("warned of, {days} days before"),
        notice::Change::Closed { version } => format!("closed by {version}"),
    }
}

fn of_schedule(change: &schedule::Change) -> String {
    match change {
        schedule::Change::Skip { date, reason, .. } => {
            format!("no meeting on {date}: {}", reason.as_untrusted())
        }
        schedule::Change::Unskip { date, .. } => format!("the meeting on {date} is held after all"),
        schedule::Change::Extra { start, reason, .. } => {
            let start = start.utc().format("%Y-%m-%d %H:%M UTC");
            format!("extra meeting on {start}: {}", reason.as_untrusted())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::roster::Member;

    #[test]
    fn an_entry_says_what_was_changed_and_no_address() {
        let who = "gwd".to_string();
        let addresses = vec!["gwd@x.example".to_string()];
        for (change, words) in [
            (
                Change::Roster(roster::Change::Addresses { who: who.clone(), addresses }),
                "gwd has mail addresses: 1",
            ),
            (
                Change::Roster(roster::Change::Join {
                    member: Member {
                        name: "Mira\u{202e}".into(),
                        nicks: vec!["mira".into()],
                        ..Member::default()
                    },
                    since: "2018-11-13".parse().unwrap(),
                }),
                "Mira (mira) is a member since 2018-11-13",
            ),
            (
                Change::Entry { number: 7, change: roadmap::Change::Done { note: "".into() } },
                "[7] done",
            ),
            (
                Change::Notice { number: 2, change: notice::Change::Warned { days: 30 } },
                "notice 2 warned of, 30 days before",
            ),
            (
                Change::Schedule(schedule::Change::Skip {
                    date: "2018-12-25".parse().unwrap(),
                    entry: None,
                    reason: "Christmas\n<b>".into(),
                }),
                "no meeting on 2018-12-25: Christmas<b>",
            ),
        ] {
            assert_eq!(sentence(&change), words);
        }
        let why = "x".repeat(5_000).as_str().into();
        let long = Change::Notice { number: 1, change: notice::Change::Withdrawn { why } };
        assert_eq!(sentence(&long).chars().count(), MOST_CHARS + 1);
    }
}
