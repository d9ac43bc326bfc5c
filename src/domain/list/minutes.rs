//! Minutes as a letter to the list, and the correction of minutes that were mailed.
//!
//! What stands in minutes is the business of [`crate::domain::minutes`]; here they get a subject,
//! the thread and what stands under them.

use crate::domain::list::letter::{Letter, List, MessageId};
use crate::domain::meeting::{self, Meeting};
use crate::domain::minutes::{self, Format, Links};
use crate::domain::text::clean;
use crate::domain::time::Moment;

/// The key of the letter with the minutes of a meeting.
pub fn key(slug: &str) -> String {
    format!("minutes:{slug}")
}

/// The minutes of the meeting with that slug. The links of `links` that matter here are the page
/// and the minutes before.
pub fn letter(meeting: &Meeting, slug: &str, links: &Links, list: &List, date: Moment) -> Letter {
    let id = list.message_id(&["minutes", slug]);
    Letter {
        archived_at: links.page.clone(),
        body: body(meeting, links),
        foot: foot(meeting, links, list),
        ..list.letter(key(slug), id, subject(meeting), date)
    }
}

/// Minutes that changed after they were mailed, in the thread of the letter `first`; `change` says
/// who changed what, in lines of their own.
pub fn correction(
    meeting: &Meeting,
    slug: &str,
    links: &Links,
    list: &List,
    date: Moment,
    correction: &Correction<'_>,
) -> Letter {
    let word = correction.word;
    let before = minutes::wrapped(correction.change);
    let whole = letter(meeting, slug, links, list, date);
    Letter {
        key: format!("{}:{word}", key(slug)),
        subject: format!("CORRECTED: {}", whole.subject),
        message_id: list.message_id(&["minutes", slug, word]),
        in_reply_to: Some(correction.first.clone()),
        references: vec![correction.first.clone()],
        body: format!("{}\n\n{}", before.trim_end(), whole.body),
        ..whole
    }
}

/// What a corrected letter says beside the minutes.
#[derive(Clone, Copy, Debug)]
pub struct Correction<'a> {
    /// What tells this letter from the others: the number of the revision, 2 or more, or when the
    /// meeting ended that had been reopened.
    pub word: &'a str,
    /// The letter with the first.
    pub first: &'a MessageId,
    /// Who changed what.
    pub change: &'a str,
}

/// `Corrected on 2018-11-14 by gwd: l-42 said “old”; it says “new” now.`
pub fn change(correction: &meeting::Correction) -> String {
    let (at, by) = (correction.at.utc().format("%Y-%m-%d"), correction.by.as_str());
    format!("Corrected on {at} by {by}: {}.", clean(&correction.sentence()))
}

/// `Virt SIG meeting minutes, Tue 2018-11-13`.
fn subject(meeting: &Meeting) -> String {
    let day = meeting.started_at.utc().format("%a %Y-%m-%d");
    format!("{} meeting minutes, {day}", clean(&meeting.title()))
}

/// The minutes as text, without what stands at the foot. The log is linked, never pasted.
fn body(meeting: &Meeting, links: &Links) -> String {
    let above = Links { previous: links.previous.clone(), ..Links::default() };
    // The next meeting stands at the foot.
    let mut meeting = meeting.clone();
    meeting.next = None;
    minutes::render(Format::Text, &meeting, &above)
}

fn foot(meeting: &Meeting, links: &Links, list: &List) -> String {
    let mut foot = String::new();
    if let Some(page) = &links.page {
        foot += &minutes::wrapped(&format!("Full minutes: {page}"));
        foot += &minutes::wrapped(&format!("Log: {page}/log"));
    }
    if let Some(next) = &meeting.next {
        let words = clean(next.text.as_untrusted());
        foot += &minutes::wrapped(&format!("Next meeting: {words}"));
    }
    foot + &list.rule()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::list::letter::MOST_BYTES;
    use crate::domain::list::testing::{is_golden, list};
    use crate::domain::meeting::tests::played;

    fn links() -> Links {
        Links {
            page: Some("https://virt.example.org/m/2018-11-13".into()),
            previous: Some("https://virt.example.org/m/2018-10-30".into()),
            ..Links::default()
        }
    }

    fn rich() -> Meeting {
        played(include_str!("../minutes/golden/rich.txt"))
    }

    fn date() -> Moment {
        Moment::parse("2018-11-13T15:48:20Z").unwrap()
    }

    #[test]
    fn the_letter_is_as_its_golden_file() {
        is_golden("minutes.eml", &letter(&rich(), "2018-11-13", &links(), &list(), date()));
    }

    #[test]
    fn a_correction_answers_the_first_letter() {
        let first = letter(&rich(), "2018-11-13", &links(), &list(), date());
        let change = Correction {
            word: "2",
            first: &first.message_id,
            change: "Corrected on 2018-11-14 by George Dunlap (gwd): the action of jirkade is due on 2018-11-27, not 2018-11-20.",
        };
        let corrected = correction(&rich(), "2018-11-13", &links(), &list(), date(), &change);
        assert_eq!(corrected.key, "minutes:2018-11-13:2");
        assert_ne!(corrected.message_id, first.message_id);
        is_golden("corrected.eml", &corrected);
    }

    #[test]
    fn a_change_is_said_in_one_sentence_whoever_typed_it() {
        let correction = meeting::Correction {
            at: date(),
            by: "gwd".into(),
            line: 42,
            noted: 99,
            old: "Xen 4.4".into(),
            new: Some("Xen 4.8\r\nBcc: all@example.org".into()),
        };
        let said = change(&correction);
        let start = "Corrected on 2018-11-13 by gwd: l-42 said “Xen 4.4”; it says “Xen 4.8";
        assert!(said.starts_with(start), "{said}");
        assert!(minutes::wrapped(&said).lines().all(|line| !line.starts_with("Bcc:")), "{said}");
        let removed = change(&meeting::Correction { new: None, ..correction });
        assert!(removed.ends_with("said “Xen 4.4”; it was removed."), "{removed}");
    }

    #[test]
    fn a_group_without_pages_and_rule_mails_its_minutes_alone() {
        let bare = List { rule: String::new(), ..list() };
        let mut meeting = rich();
        meeting.next = None;
        let letter = letter(&meeting, "2018-11-13", &Links::default(), &bare, date());
        assert_eq!((letter.foot.as_str(), letter.archived_at), ("", None));
        assert!(!letter.body.contains("Full minutes"));
    }

    #[test]
    fn the_longest_meeting_makes_a_letter_that_a_list_takes() {
        let lines: String = (0..3000)
            .map(|n| format!("15:{:02}:10 <gwd> #info 注意事项 number {n}\n", n * 45 / 3000))
            .collect();
        let long = played(&format!(
            "15:00:00 <gwd> #startmeeting Virt SIG\n{lines}15:48:00 <gwd> #endmeeting\n"
        ));
        let letter = letter(&long, "2018-11-13", &links(), &list(), date());
        assert!(letter.body.len() > MOST_BYTES, "{}", letter.body.len());
        let bytes = letter.render();
        assert!(bytes.len() <= MOST_BYTES);
        let message = mail_parser::MessageParser::new().parse(&bytes).unwrap();
        let text = message.body_text(0).unwrap();
        assert!(text.contains("All of it: https://virt.example.org/m/2018-11-13"), "{text}");
        assert!(text.trim_end().ends_with("discarded."));
    }
}
