//! Minutes as a letter to the list, and the correction of minutes that were mailed.
//!
//! What stands in minutes is the business of [`crate::domain::minutes`]; here they get a subject,
//! the thread and what stands under them.

use crate::domain::list::letter::{Letter, List, MessageId};
use crate::domain::meeting::Meeting;
use crate::domain::minutes::{self, Format, Links};
use crate::domain::text::clean;
use crate::domain::time::Moment;

/// The key of the letter with the minutes of a meeting.
pub fn key(slug: &str) -> String {
    format!("minutes:{slug}")
}

/// The minutes of the meeting with that slug. The links of `links` that matter here are the page,
/// the minutes before, and the next meeting.
pub fn letter(meeting: &Meeting, slug: &str, links: &Links, list: &List, date: Moment) -> Letter {
    let id = list.message_id(&["minutes", slug]);
    Letter {
        archived_at: links.page.clone(),
        body: body(meeting, links),
        foot: foot(links, list),
        ..list.letter(key(slug), id, subject(meeting), date)
    }
}

/// Revision `revision` (2 or more) of minutes, in the thread of the letter `first`; `change` says
/// who changed what, in lines of their own.
pub fn correction(
    meeting: &Meeting,
    slug: &str,
    links: &Links,
    list: &List,
    date: Moment,
    correction: &Correction<'_>,
) -> Letter {
    let number = correction.revision.to_string();
    let before = minutes::wrapped(correction.change);
    let whole = letter(meeting, slug, links, list, date);
    Letter {
        key: format!("{}:{number}", key(slug)),
        subject: format!("CORRECTED: {}", whole.subject),
        message_id: list.message_id(&["minutes", slug, &number]),
        in_reply_to: Some(correction.first.clone()),
        references: vec![correction.first.clone()],
        body: format!("{}\n\n{}", before.trim_end(), whole.body),
        ..whole
    }
}

/// What a corrected letter says beside the minutes.
#[derive(Clone, Copy, Debug)]
pub struct Correction<'a> {
    /// Which revision this is; the minutes that were mailed at the end are the first.
    pub revision: u32,
    /// The letter with the first.
    pub first: &'a MessageId,
    /// Who changed what.
    pub change: &'a str,
}

/// `Virt SIG meeting minutes, Tue 2018-11-13`.
fn subject(meeting: &Meeting) -> String {
    let day = meeting.started_at.utc().format("%a %Y-%m-%d");
    format!("{} meeting minutes, {day}", clean(&meeting.title()))
}

/// The minutes as text, without what stands at the foot. The log is linked, never pasted.
fn body(meeting: &Meeting, links: &Links) -> String {
    let above = Links { previous: links.previous.clone(), ..Links::default() };
    minutes::render(Format::Text, meeting, &above)
}

fn foot(links: &Links, list: &List) -> String {
    let mut foot = String::new();
    if let Some(page) = &links.page {
        foot += &minutes::wrapped(&format!("Full minutes: {page}"));
        foot += &minutes::wrapped(&format!("Log: {page}/log"));
    }
    if let Some(next) = &links.next_meeting {
        foot += &minutes::wrapped(&format!("Next meeting: {next}"));
    }
    foot + &list.rule()
}
