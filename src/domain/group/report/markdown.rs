//! A draft as Markdown that reads as a mail too: lines of at most 72 columns, addresses whole.

use crate::domain::escape::{self, prose};
use crate::domain::group::report::draft::{Draft, Fate, Line, Row};
use crate::domain::group::report::quarter::Quarter;
use crate::domain::wrap::{COLUMNS, wrap};
use unicode_width::UnicodeWidthStr;

/// What stands where no item is for the board.
const NO_ISSUES: &str = "We have no issues to bring to the board's attention at this time.";

/// Prints a draft. `heading` is what the group is called in it, `to` who reads it.
pub fn render(draft: &Draft, heading: &str, to: Option<&str>) -> String {
    let quarter = Quarter::parse(&draft.quarter).map_or(draft.quarter.clone(), Quarter::title);
    let mut out = String::new();
    paragraph(&mut out, "# ", &format!("{}: report of {quarter}", prose(heading)));
    out.push('\n');
    let to = to.map_or(String::new(), |to| format!("To {}. ", prose(to)));
    let due = draft.due.format("%A %Y-%m-%d");
    let span = format!("It covers {} to {}.", draft.from, draft.to);
    paragraph(&mut out, "", &format!("{to}Due on {due}. {span}"));
    membership(&mut out, draft);
    if !draft.releases.is_empty() {
        out.push_str("\n## Releases\n\n");
        draft.releases.iter().for_each(|line| item(&mut out, line));
    }
    out.push_str("\n## Health and activity\n");
    if !draft.narrative.trim().is_empty() {
        out.push('\n');
        narrative(&mut out, &draft.narrative);
    }
    meetings(&mut out, draft);
    section(&mut out, "Decisions", &draft.decisions);
    actions(&mut out, draft);
    section(&mut out, "Notices", &draft.notices);
    out.push_str("\n## Issues for the board\n\n");
    match draft.board.is_empty() {
        true => paragraph(&mut out, "", NO_ISSUES),
        false => draft.board.iter().for_each(|line| item(&mut out, line)),
    }
    out
}

fn paragraph(out: &mut String, first: &str, words: &str) {
    wrap(out, first, "", words);
}

fn bullet(out: &mut String, words: &str, url: Option<&str>) {
    wrap(out, "- ", "  ", words);
    if let Some(url) = url {
        wrap(out, "  ", "  ", &prose(url));
    }
}

fn item(out: &mut String, line: &Line) {
    let date = line.date.map_or(String::new(), |date| format!("{date}: "));
    bullet(out, &format!("{date}{}", prose(&line.text)), line.url.as_deref());
}

fn section(out: &mut String, title: &str, lines: &[Line]) {
    if !lines.is_empty() {
        out.push_str(&format!("\n### {title}\n\n"));
        lines.iter().for_each(|line| item(out, line));
    }
}

fn membership(out: &mut String, draft: &Draft) {
    out.push_str("\n## Membership\n\n");
    let names = |leads: &[String]| match leads.is_empty() {
        true => "nobody".to_string(),
        false => leads.iter().map(|lead| prose(lead)).collect::<Vec<_>>().join(", "),
    };
    let before = match (draft.leads_before.is_empty(), &draft.leads_before) {
        (true, _) => String::new(),
        (false, before) => format!(" (at the beginning: {})", names(before)),
    };
    let count = count(draft.members, "member", "members");
    paragraph(out, "", &format!("{count}. Lead: {}{before}.", names(&draft.leads)));
    out.push('\n');
    match draft.membership.is_empty() {
        true => paragraph(out, "", "Nobody joined, left or changed roles."),
        false => draft.membership.iter().for_each(|line| item(out, line)),
    }
}

/// The lead's own Markdown: only what is too long for a line is broken, below where it began.
fn narrative(out: &mut String, words: &str) {
    for line in words.trim().lines() {
        let indent = line.len() - line.trim_start_matches(' ').len();
        let words = escape::line(line);
        if words.width() + indent <= COLUMNS {
            out.push_str(&format!("{}{words}\n", &line[..indent]));
            continue;
        }
        let is_list = words.starts_with("- ") || words.starts_with("* ");
        let rest = " ".repeat(indent.min(COLUMNS / 2) + if is_list { 2 } else { 0 });
        wrap(out, &" ".repeat(indent.min(COLUMNS / 2)), &rest, &words);
    }
}

fn meetings(out: &mut String, draft: &Draft) {
    out.push_str("\n### Meetings\n\n");
    let of = |is: fn(&Fate) -> bool| draft.meetings.iter().filter(|row| is(&row.fate)).count();
    let held = of(|fate| matches!(fate, Fate::Held { .. }));
    let extra = of(|fate| matches!(fate, Fate::Held { extra: true, .. }));
    let planned = held - extra + of(|fate| matches!(fate, Fate::NotHeld | Fate::Unknown));
    let people = |people: usize| count(people, "person", "people");
    let median = draft
        .attendance
        .map_or(String::new(), |median| format!("; attendance: {} (median)", people(median)));
    let beyond = match extra {
        0 => String::new(),
        extra => format!(", and {extra} more"),
    };
    let sentence = match (held, planned) {
        (0, 0) => "No meeting was held; none was planned.".to_string(),
        (0, planned) if of(|fate| *fate == Fate::Unknown) > 0 => {
            format!("No meeting is recorded; {planned} had been planned.")
        }
        (0, planned) => format!("No meeting was held; {planned} had been planned."),
        _ => format!("{} of {planned} planned meetings held{beyond}{median}.", held - extra),
    };
    paragraph(out, "", &sentence);
    if !draft.meetings.is_empty() {
        out.push('\n');
    }
    for Row { date, fate } in &draft.meetings {
        match fate {
            Fate::Held { people: present, decisions, url, .. } => {
                let decisions = match decisions {
                    0 => String::new(),
                    decisions => format!(", {}", count(*decisions, "decision", "decisions")),
                };
                bullet(out, &format!("{date}: {}{decisions}", people(*present)), url.as_deref());
            }
            Fate::NotHeld => bullet(out, &format!("{date}: not held, nobody started it"), None),
            Fate::Skipped { reason } => {
                bullet(out, &format!("{date}: called off ({})", prose(reason)), None);
            }
            Fate::Unknown => bullet(out, &format!("{date}: no record of it"), None),
        }
    }
}

fn actions(out: &mut String, draft: &Draft) {
    let actions = &draft.actions;
    out.push_str("\n### Actions\n\n");
    let dropped = match actions.dropped {
        0 => String::new(),
        dropped => format!(", {dropped} dropped"),
    };
    let figures = format!("{} opened, {} done{dropped}", actions.opened, actions.done);
    paragraph(out, "", &format!("{figures}; {} open.", actions.open));
    if let Some(oldest) = &actions.oldest {
        let days = count(usize::try_from(oldest.days).unwrap_or(0), "day", "days");
        out.push('\n');
        let (number, text) = (oldest.number, prose(&oldest.text));
        let words = format!("Open for {days}, the oldest: action {number}, {text}");
        bullet(out, &words, oldest.url.as_deref());
    }
}

/// `1 person`, `2 people`.
fn count(number: usize, one: &str, many: &str) -> String {
    format!("{number} {}", if number == 1 { one } else { many })
}
