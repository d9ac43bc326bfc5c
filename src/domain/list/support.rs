//! The letter to the list that security support of a version ends.

use crate::domain::escape;
use crate::domain::list::letter::{Letter, List};
use crate::domain::notice::{Kind, Notice};
use crate::domain::time::Moment;
use crate::domain::wrap::wrapped;

/// Why the warning so many days before is given once: `warned:3:30`. The journal and the outbox
/// both have it.
pub fn key(notice: &Notice, days: u32) -> String {
    format!("warned:{}:{days}", notice.number)
}

/// What the letter says beside the notice.
#[derive(Clone, Copy, Debug)]
pub struct Facts<'a> {
    /// What the project is called at the start of a sentence.
    pub project: &'a str,
    /// Who maintains it, by name and nick.
    pub maintainers: &'a [String],
    /// Where the minutes are.
    pub pages: Option<&'a str>,
}

/// The warning of so many days (one of [`crate::domain::notice::WARNED_DAYS_BEFORE`]); nothing
/// where the notice is of something else.
pub fn letter(
    notice: &Notice,
    days: u32,
    facts: &Facts<'_>,
    list: &List,
    now: Moment,
) -> Option<Letter> {
    let Kind::EndOfSupport { version, date, .. } = &notice.kind else { return None };
    let (project, version) = (escape::line(facts.project), escape::line(version));
    let when = match (*date - now.date()).num_days() {
        ..=0 => format!("today, {date}"),
        1 => format!("tomorrow, {date}"),
        days => format!("on {date}, in {days} days"),
    };
    let subject = format!("{project} {version}: security support ends {when}");
    let page = facts.pages.zip(notice.meeting.as_ref());
    let page = page.map(|(pages, (slug, line))| format!("{pages}/m/{slug}/log#l-{line}"));
    let mut said = format!("Announced by {}:", escape::line(notice.by.as_untrusted()));
    said += &format!("\n{}", escape::line(&notice.sentence()));
    if let Some(page) = &page {
        said += &format!("\n{page}");
    }
    let paragraphs = [
        format!("{subject}."),
        format!(
            "Move to a newer version before that day: from {date} on, security faults that are found in {project} {version} are not repaired here."
        ),
        maintained(&project, facts.maintainers),
        said,
    ];
    let id = list.message_id(&["support", &notice.number.to_string(), &days.to_string()]);
    Some(Letter {
        archived_at: page,
        body: paragraphs.map(|words| wrapped(&words)).join("\n"),
        ..list.letter(key(notice, days), id, subject, now)
    })
}

fn maintained(project: &str, maintainers: &[String]) -> String {
    let names: Vec<String> = maintainers.iter().map(|name| escape::line(name)).collect();
    match names.is_empty() {
        true => format!("Nobody maintains {project} at the moment; questions go to this list."),
        false => {
            format!("{project} is maintained by {}; questions go to this list.", names.join(", "))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::list::testing::{is_golden, list};
    use crate::domain::notice::{Change, Notices, Origin};

    fn posted(kind: Kind) -> Notices {
        let mut notices = Notices::default();
        let text = "Xen 4.8 gets no security fixes after December\r\nBcc: all@example.org".into();
        let change = Change::Posted { kind, text, about: Some("xen".into()) };
        let origin = Origin {
            at: Moment::parse("2018-11-13T15:03:10Z").unwrap(),
            by: "gwd".into(),
            meeting: Some(("2018-11-13".into(), 21)),
        };
        notices.apply(3, &change, &origin);
        notices
    }

    fn end_of_xen() -> Kind {
        let date = "2018-12-24".parse().unwrap();
        Kind::EndOfSupport { project: "xen".into(), version: "4.8".into(), date }
    }

    fn at(day: &str) -> Moment {
        Moment::parse(&format!("{day}T00:00:20Z")).unwrap()
    }

    #[test]
    fn the_letter_is_as_its_golden_file() {
        let notices = posted(end_of_xen());
        let notice = notices.one(3).unwrap();
        let maintainers = ["George Dunlap (gwd)".into(), "Anthony Perard (anthonyper)".into()];
        let pages = Some("https://virt.example.org");
        let facts = Facts { project: "Xen", maintainers: &maintainers, pages };
        let letter = letter(notice, 30, &facts, &list(), at("2018-11-24")).unwrap();
        assert_eq!(letter.key, key(notice, 30));
        assert_eq!(letter.subject, "Xen 4.8: security support ends on 2018-12-24, in 30 days");
        is_golden("support.eml", &letter);
    }

    #[test]
    fn says_the_days_that_are_left_and_that_nobody_maintains_it() {
        let notices = posted(end_of_xen());
        let facts = Facts { project: "Xen", maintainers: &[], pages: None };
        let on = |day| letter(notices.one(3).unwrap(), 7, &facts, &list(), at(day)).unwrap();
        for (day, expected) in
            [("2018-12-20", "on 2018-12-24, in 4 days"), ("2018-12-23", "tomorrow, 2018-12-24")]
        {
            assert!(on(day).subject.ends_with(expected), "{}", on(day).subject);
        }
        assert!(on("2018-12-24").subject.ends_with("ends today, 2018-12-24"));
        assert!(on("2018-12-24").body.contains("Nobody maintains Xen at the moment"));
        assert_eq!(on("2018-12-24").archived_at, None);
    }

    #[test]
    fn other_notices_end_nothing() {
        let notices = posted(Kind::News);
        let facts = Facts { project: "Xen", maintainers: &[], pages: None };
        assert_eq!(letter(notices.one(3).unwrap(), 30, &facts, &list(), at("2018-11-24")), None);
    }
}
