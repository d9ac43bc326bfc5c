//! The letter to a lead that the quarterly report can be looked at. It never goes to the list.

use crate::domain::address::Address;
use crate::domain::escape;
use crate::domain::group::report::quarter::Due;
use crate::domain::list::letter::{Auto, Letter, Mailbox, MessageId};
use crate::domain::time::Moment;
use crate::domain::wrap::wrapped;

/// What can be done about the report, below the sentences.
const COMMANDS: &str = "
On the machine where I run:

  beadle report draft      the report as it is now
  beadle report told FILE  your own words on how the group is doing
  beadle report sent       it was sent, and stays as it was sent
";

/// Why it is written to that lead once: `report:2018Q4:gwd`.
pub fn key(due: &Due, lead: &str) -> String {
    format!("report:{}:{lead}", due.quarter)
}

/// Whether leads are to be written to on that day; `is_sent`: the report was sent already.
pub fn is_time(due: &Due, is_sent: bool, now: Moment) -> bool {
    !is_sent && (due.draft..=due.on).contains(&now.date())
}

/// What the letter is about, and from whom it is.
#[derive(Clone, Copy, Debug)]
pub struct Facts<'a> {
    /// Which report.
    pub due: &'a Due,
    /// Whose report it is, in words.
    pub group: &'a str,
    /// Who reads it, in words.
    pub readers: Option<&'a str>,
    /// Whom the letter is from.
    pub from: &'a Mailbox,
    /// The host of the message ids.
    pub host: &'a str,
}

/// The letter to one lead; `lead` is what the roster calls them.
pub fn letter(facts: &Facts<'_>, lead: &str, to: Address, date: Moment) -> Letter {
    let Facts { due, .. } = facts;
    let (group, title) = (escape::line(facts.group), due.quarter.title());
    let readers = facts.readers.map_or(String::new(), |to| format!(" to {}", escape::line(to)));
    let day = due.on.format("%A %Y-%m-%d");
    let paragraphs = [
        format!("{group}: the report of {title}{readers} is due on {day}."),
        "The draft is there, counted from the roster, the minutes, the actions and the notices; until the report is sent it is counted anew each time.".to_string(),
    ];
    let mut body = paragraphs.map(|words| wrapped(&words)).join("\n");
    body += COMMANDS;
    let quarter = due.quarter.to_string();
    Letter {
        key: key(due, lead),
        from: facts.from.clone(),
        to: vec![to],
        reply_to: None,
        subject: format!("{group}: report of {title} is due on {}", due.on.format("%a %Y-%m-%d")),
        message_id: MessageId::of(&["report", &quarter, lead], facts.host),
        in_reply_to: None,
        references: Vec::new(),
        date,
        archived_at: None,
        auto: Auto::Generated,
        body,
        foot: String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::group::report::quarter::Rule;
    use crate::domain::list::testing::{address, is_golden, list};

    fn at(day: &str) -> Moment {
        Moment::parse(&format!("{day}T00:00:20Z")).unwrap()
    }

    fn due() -> Due {
        Rule::default().next("2018-11-19".parse().unwrap()).unwrap()
    }

    #[test]
    fn the_letter_is_as_its_golden_file() {
        let list = list();
        let facts = Facts {
            due: &due(),
            group: "CentOS Virtualization SIG",
            readers: Some("centos-devel"),
            from: &list.from,
            host: &list.host,
        };
        let letter = letter(&facts, "gwd", address("gwd@example.org"), at("2018-11-19"));
        assert_eq!(letter.key, "report:2018Q4:gwd");
        is_golden("report.eml", &letter);
    }

    #[test]
    fn leads_are_written_to_from_the_draft_to_the_due_day() {
        let cases = [
            ("2018-11-18", false, false),
            ("2018-11-19", false, true),
            ("2018-12-03", false, true),
            ("2018-11-20", true, false),
            ("2018-12-04", false, false),
        ];
        for (day, is_sent, expected) in cases {
            assert_eq!(is_time(&due(), is_sent, at(day)), expected, "{day}");
        }
    }
}
