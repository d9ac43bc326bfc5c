//! A letter to the list when a date of the schedule was changed: one for each change.

use crate::domain::group;
use crate::domain::group::Group;
use crate::domain::list::Letter;
use crate::domain::list::List;
use crate::domain::minutes;
use crate::domain::schedule::Change;
use crate::domain::schedule::read::time_text;
use crate::domain::text::clean;
use chrono::NaiveDate;

/// The letter about an entry of the journal that changes the schedule of the group; none for other
/// entries. `sentence` is what then holds; `pages` is where the minutes are.
pub fn letter(
    entry: &group::Entry,
    sentence: &str,
    group: &Group,
    pages: Option<&str>,
    list: &List,
) -> Option<Letter> {
    let group::Change::Schedule(change) = &entry.change else { return None };
    let number = entry.id.to_string();
    let meeting = entry.by.meeting.as_ref().map(|(slug, line)| (slug.as_str(), *line));
    let page =
        pages.zip(meeting).map(|(pages, (slug, line))| format!("{pages}/m/{slug}/log#l-{line}"));
    let date = entry.at.date();
    let said = match &page {
        Some(page) => {
            format!("Changed by {} on {date}, in a meeting:\n{page}", entry.by.name.as_str())
        }
        None => format!("Changed by {} on {date}.", entry.by.name.as_str()),
    };
    let id = list.message_id(&["schedule", &number]);
    let subject = format!("{}: {}", named(change, group, list), told(change));
    Some(Letter {
        archived_at: page,
        body: format!("{}\n{}", minutes::wrapped(sentence), minutes::wrapped(&said)),
        ..list.letter(format!("schedule:{number}"), id, subject, entry.at)
    })
}

/// The meeting's name; the group's where that is not known any more.
fn named(change: &Change, group: &Group, list: &List) -> String {
    let entries = group.schedule.entries();
    let entry = entries.iter().find(|entry| Some(entry.id.as_str()) == change.entry());
    entry.map_or_else(|| clean(&list.group), |entry| clean(entry.name.as_untrusted()))
}

/// `no meeting on Tue 2018-12-25`
fn told(change: &Change) -> String {
    let day = |date: NaiveDate| date.format("%a %Y-%m-%d").to_string();
    match change {
        Change::Skip { date, .. } => format!("no meeting on {}", day(*date)),
        Change::Unskip { date, .. } => format!("the meeting on {} is held after all", day(*date)),
        Change::Extra { start, .. } => {
            let time = time_text(start.time_of_day());
            format!("extra meeting on {}, {time} UTC", day(start.date()))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::address::Address;
    use crate::domain::group::By;
    use crate::domain::list::Mailbox;
    use crate::domain::schedule;
    use crate::domain::schedule::Schedule;
    use crate::domain::time::Moment;

    fn list() -> List {
        let address = |address| Address::parse(address).unwrap();
        List {
            name: "centos-virt".into(),
            address: address("centos-virt@centos.org"),
            from: Mailbox { name: "Virt SIG".into(), address: address("virtbot@centos.org") },
            group: "Virt".into(),
            host: "virt.example.org".into(),
            rule: "Posts of strangers are discarded.".into(),
            page: None,
        }
    }

    fn entry(change: Change, meeting: Option<(String, u32)>) -> group::Entry {
        let by = By { name: "gwd".into(), account: None, via: group::Via::Irc, meeting };
        let at = Moment::parse("2018-12-11T15:20:00Z").unwrap();
        group::Entry { id: 7, at, by, change: group::Change::Schedule(change) }
    }

    #[test]
    fn a_changed_date_is_told_with_who_changed_it() {
        let group = Group {
            schedule: Schedule::new(vec![schedule::Entry::of_the_first_group()]),
            ..Group::default()
        };
        let skip = Change::Skip {
            date: "2018-12-25".parse().unwrap(),
            entry: Some("virt-sig".into()),
            reason: "Christmas\r\nBcc: all@example.org".into(),
        };
        let said = group.schedule.judge(&skip, Moment::parse("2018-12-11T15:20:00Z").unwrap());
        let in_meeting = entry(skip, Some(("2018-12-11".into(), 20)));
        let pages = Some("https://virt.example.org");
        let letter = letter(&in_meeting, &said.unwrap(), &group, pages, &list()).unwrap();
        assert_eq!(letter.key, "schedule:7");
        assert_eq!(letter.message_id.as_str(), "schedule.7.virt@virt.example.org");
        assert_eq!(letter.subject, "Virt SIG: no meeting on Tue 2018-12-25");
        assert_eq!(
            letter.body,
            "Skipped: Tue 2018-12-25 15:00 UTC (W52) (ChristmasBcc: all@example.org).\n\
             Next: Tue 2019-01-08 15:00 UTC (W02).\n\n\
             Changed by gwd on 2018-12-11, in a meeting:\n\
             https://virt.example.org/m/2018-12-11/log#l-20\n"
        );
        assert_eq!(
            letter.archived_at.as_deref(),
            Some("https://virt.example.org/m/2018-12-11/log#l-20")
        );
    }

    #[test]
    fn every_change_has_its_subject() {
        let date = "2019-01-01".parse().unwrap();
        let start = schedule::read::start("2019-01-01 15:00").unwrap();
        let group = Group::default();
        for (change, subject) in [
            (
                Change::Unskip { date, entry: None },
                "Virt: the meeting on Tue 2019-01-01 is held after all",
            ),
            (
                Change::Extra { start, entry: Some("gone".into()), reason: "x".into() },
                "Virt: extra meeting on Tue 2019-01-01, 15:00 UTC",
            ),
        ] {
            let letter = letter(&entry(change, None), "So it is.", &group, None, &list()).unwrap();
            assert_eq!(letter.subject, subject);
            assert_eq!(letter.body, "So it is.\n\nChanged by gwd on 2018-12-11.\n");
            assert_eq!(letter.archived_at, None);
        }
    }

    #[test]
    fn what_is_no_date_makes_no_letter() {
        let mut other =
            entry(Change::Unskip { date: "2019-01-01".parse().unwrap(), entry: None }, None);
        other.change = group::Change::Roster(crate::domain::roster::Change::Roles {
            who: "gwd".into(),
            roles: Vec::new(),
        });
        assert_eq!(letter(&other, "So it is.", &Group::default(), None, &list()), None);
    }
}
