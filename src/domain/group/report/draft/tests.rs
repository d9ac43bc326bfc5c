//! The report of the first group of December 2018, as its lead sees it when the draft is made; and
//! quarters in which little or nothing happened.

use super::*;
use crate::config::{Config, Surroundings, load_in};
use crate::domain::group::report::markdown;
use crate::domain::group::report::quarter::{Quarter, Rule};
use crate::domain::group::{By, Change, Entry};
use crate::domain::notice::{self, read};
use crate::domain::roster;
use crate::domain::roster::Member;
use crate::domain::schedule;
use crate::domain::schedule::Schedule;
use std::path::{Path, PathBuf};

fn at(place: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(place)
}

fn moment(at: &str) -> Moment {
    Moment::parse(&format!("{at}:00Z")).unwrap()
}

/// The journal of the group of `config.example.toml`.
struct Story {
    config: Config,
    journal: Vec<Entry>,
    met: Vec<Met>,
    not_held: BTreeSet<String>,
    narrative: Text,
}

impl Story {
    fn new() -> Story {
        let config = load_in(&at("config.example.toml"), Surroundings::default()).unwrap();
        Story {
            config,
            journal: Vec::new(),
            met: Vec::new(),
            not_held: BTreeSet::new(),
            narrative: Text::default(),
        }
    }

    fn then(&mut self, at: &str, meeting: Option<(&str, u32)>, change: Change) {
        let meeting = meeting.map(|(slug, line)| (slug.to_string(), line));
        let by = By { name: "gwd".into(), meeting, ..By::itself() };
        let id = i64::try_from(self.journal.len()).unwrap() + 1;
        self.journal.push(Entry { id, at: moment(at), by, change });
    }

    fn promise(&mut self, at: &str, number: u32, owner: &str, text: &str, line: u32) {
        let change = roadmap::Change::Opened {
            kind: roadmap::Kind::Action,
            text: text.into(),
            owners: vec![owner.into()],
            due: None,
        };
        self.then(at, Some((&at[..10], line)), Change::Entry { number, change });
    }

    fn meet(&mut self, at: &str, people: usize) -> &mut Met {
        let started_at = moment(at);
        self.met.push(Met {
            slug: at[..10].to_string(),
            network: "Libera".into(),
            channel: "#centos-devel".into(),
            name: "Virt SIG".into(),
            owner: "gwd".into(),
            started_at,
            ended_at: Some(started_at.plus(48 * crate::domain::time::MINUTE)),
            people,
            decisions: Vec::new(),
            board: Vec::new(),
        });
        self.met.last_mut().unwrap()
    }

    fn group(&self, until: Moment) -> Group {
        let mut group = Group::new(Roster::new(self.config.members.clone()));
        group.schedule = Schedule::new(self.config.schedule.clone());
        self.journal.iter().filter(|entry| entry.at < until).for_each(|entry| group.apply(entry));
        group
    }

    fn draft(&self, quarter: &str, now: &str) -> Draft {
        let due = Rule::default().of(Quarter::parse(quarter).unwrap()).unwrap();
        let now = moment(now);
        let releases = [Line {
            date: "2018-11-19".parse().ok(),
            text: "qemu-kvm-ev 2.10.0-21 → 2.12.0-18 (el7 x86_64 aarch64)".into(),
            url: Some("https://virt.example.org/p/318".into()),
        }];
        draft(&Facts {
            releases: if self.met.is_empty() { &[] } else { &releases },
            due,
            now,
            before: &self.group(Moment::of(due.from, 0)),
            group: &self.group(Moment::of(due.on, 0).min(now)),
            narrative: &self.narrative,
            met: &self.met,
            not_held: &self.not_held,
            url: Some("https://virt.example.org"),
        })
    }
}

/// What the group's public page told in November 2018, and the meetings around it.
fn autumn() -> Story {
    let mut story = Story::new();
    let tomo = story.config.members[4].clone();
    story.config.members.remove(4);
    let skip = schedule::Change::Skip {
        date: "2018-10-30".parse().unwrap(),
        entry: Some("virt-sig".to_string()),
        reason: "Open Source Summit".into(),
    };
    story.then("2018-10-02T15:40", None, Change::Schedule(skip));
    story.promise("2018-08-07T15:10", 1, "gwd", "ask KB about arm64 builders", 12);
    story.promise("2018-10-02T15:20", 2, "sbonazzo", "test qemu-kvm-ev 2.12", 31);
    story.promise("2018-11-13T15:20", 3, "jirkade", "push libvirt 4.9.0 to testing", 40);
    story.promise("2018-11-13T15:22", 4, "lsm5", "write to the list", 44);
    let done = roadmap::Change::Done { note: Text::default() };
    story.then("2018-11-13T15:05", None, Change::Entry { number: 2, change: done });
    let dropped = roadmap::Change::Dropped { why: "was done before".into() };
    story.then("2018-11-14T09:00", None, Change::Entry { number: 4, change: dropped });
    let join = roster::Change::Join { member: tomo.member, since: "2018-11-01".parse().unwrap() };
    story.then("2018-11-01T10:00", None, Change::Roster(join));
    let roles = vec!["lead".to_string(), "maintainer: ovirt".to_string()];
    let lead = roster::Change::Roles { who: "sbonazzo".into(), roles };
    story.then("2018-11-13T15:46", None, Change::Roster(lead));

    let today = "2018-11-13".parse().unwrap();
    let notices = [
        read::eol("xen 4.6 2018-11-13", today),
        read::news("Xen 4.10 packages are being built"),
        read::event(
            "2018-11-16 oVirt conference, Milan, more info at http://www.ovirt-italia.it/2018/10/ovirt-conference-2018.html",
            today,
        ),
        read::rebase("libvirt 4.9.0"),
        read::rebase("ovirt 4.2.7 for CentOS 7.6"),
        read::rebase("ansible 2.7.1 for CentOS 7.6"),
        read::rebase("qemu-kvm-ev 2.12 for CentOS 7.6"),
    ];
    for (notice, number) in notices.into_iter().zip(1..) {
        let change = read::posted(notice.unwrap(), &["xen"]);
        story.then(
            "2018-11-13T15:48",
            Some(("2018-11-13", 60 + number)),
            Change::Notice { number, change },
        );
    }
    story.then(
        "2018-11-14T09:00",
        None,
        Change::Notice { number: 8, change: read::posted(read::news("wrong").unwrap(), &["xen"]) },
    );
    story.then(
        "2018-11-14T09:01",
        None,
        Change::Notice { number: 8, change: notice::Change::Withdrawn { why: "a mistake".into() } },
    );

    story.meet("2018-08-21T15:00", 9);
    story.meet("2018-09-18T14:58", 4);
    let met = story.meet("2018-10-02T15:00", 6);
    met.decisions.push(("Follow upstream's *stable* tags_only, 4.10 next".into(), 20));
    story.meet("2018-10-23T16:00", 3);
    let met = story.meet("2018-11-13T15:00", 5);
    met.decisions.push(("Keep one Xen version per release".into(), 35));
    met.board.push(("We would like builders for aarch64".into(), 52));
    // Another group's meeting in the same channel.
    story.meet("2018-11-08T14:00", 20).name = "SCLo sync-up".into();
    story.met.sort_by_key(|met| met.started_at);
    story.not_held.insert("not-held:virt-sig-20181016".into());
    story.narrative = "The group moves to *Xen 4.10*, and waits for arm64 builders to test what it has built there.\n\n- libvirt 4.9.0 is next, with help of those who maintain qemu-kvm-ev and oVirt\n- docs".into();
    story
}

#[test]
fn the_report_of_december_2018() {
    let draft = autumn().draft("2018-Q4", "2018-11-19T09:00");
    let text = markdown::render(&draft, "CentOS Virtualization SIG", Some("centos-devel"));
    let is_fit = |line: &str| line.chars().count() <= 72 || line.contains("://");
    assert!(text.lines().all(is_fit), "{text}");
    let path = at("src/domain/group/report/golden/2018Q4.md");
    if std::env::var_os("UPDATE_SCRIPTS").is_some() {
        std::fs::write(&path, &text).unwrap();
    }
    assert_eq!(text, std::fs::read_to_string(&path).unwrap());
}

#[test]
fn figures_are_counted_within_the_time_of_the_report() {
    let draft = autumn().draft("2018-Q4", "2018-11-19T09:00");
    let actions = &draft.actions;
    assert_eq!((actions.opened, actions.done, actions.dropped, actions.open), (3, 1, 1, 2));
    assert_eq!(actions.oldest.as_ref().map(|oldest| (oldest.number, oldest.days)), Some((1, 104)));
    assert_eq!((draft.members, draft.attendance), (8, Some(4)), "of 3, 4, 5, 6");
    assert_eq!(draft.leads, ["George Dunlap (gwd)", "Sandro Bonazzola (sbonazzo)"]);
    assert_eq!(draft.leads_before, ["George Dunlap (gwd)"]);
    assert_eq!(draft.notices.len(), 7, "what was withdrawn is no news");
    let fates: Vec<&Fate> = draft.meetings.iter().map(|row| &row.fate).collect();
    let is_held = |fate: &Fate| matches!(fate, Fate::Held { .. });
    assert_eq!(fates.iter().filter(|fate| is_held(fate)).count(), 4);
    assert!(matches!(fates[0], Fate::Unknown), "2018-09-04 is before the bot came");
    assert!(matches!(fates[3], Fate::NotHeld));

    // At the end of the quarter the slot that was still to come counts; later nothing changes.
    let later = autumn().draft("2018-Q4", "2018-12-20T09:00");
    assert_eq!(later, autumn().draft("2018-Q4", "2019-05-20T09:00"));
    assert_eq!(later.to.to_string(), "2018-12-02");
    assert_eq!(later.meetings.len(), draft.meetings.len() + 1);

    let before = autumn().draft("2018-Q3", "2018-11-19T09:00");
    assert_eq!((before.actions.opened, before.actions.open), (1, 1));
    assert_eq!((before.members, before.membership.len()), (7, 0));
}

#[test]
fn a_quarter_without_meetings_is_told_plainly() {
    let mut story = Story::new();
    story.config.schedule.clear();
    let draft = story.draft("2018-Q4", "2018-11-19T09:00");
    let text = markdown::render(&draft, "G", None);
    for sentence in [
        "No meeting was held; none was planned.",
        "Nobody joined, left or changed roles.",
        "0 opened, 0 done; 0 open.",
        "We have no issues to bring to the board's attention at this time.",
    ] {
        assert!(text.contains(sentence), "{sentence}: {text}");
    }
    for absent in ["### Decisions", "### Notices", "## Releases"] {
        assert!(!text.contains(absent), "{text}");
    }
    let mut story = Story::new();
    let sentence = |story: &Story| {
        let text = markdown::render(&story.draft("2018-Q4", "2018-11-19T09:00"), "G", None);
        text.lines().find(|line| line.starts_with("No meeting")).unwrap().to_string()
    };
    assert_eq!(sentence(&story), "No meeting is recorded; 6 had been planned.");
    for day in ["0904", "0918", "1002", "1016", "1030", "1113"] {
        story.not_held.insert(format!("not-held:virt-sig-2018{day}"));
    }
    assert_eq!(sentence(&story), "No meeting was held; 6 had been planned.");
}

#[test]
fn what_members_only_read_stays_out() {
    use crate::domain::minutes::read::{Hints, read};
    let log = b"15:00:00 <gwd> #startmeeting Virt SIG\n15:01:00 <gwd> #agreed swordfish\n\
                15:02:00 <gwd> #board builders\n15:03:00 <gwd> #endmeeting\n";
    let events = read(log, &Hints::default()).unwrap();
    let mut meeting =
        crate::domain::meeting::replay::found(events.events, &events.settings).pop().unwrap();
    let met = Met::of("2018-11-13", "N".into(), "#c".into(), &meeting);
    assert_eq!((met.people, met.decisions.len()), (1, 1));
    assert_eq!(met.board, [("builders".into(), 3)], "without its mark");
    meeting.restricted = true;
    let met = Met::of("2018-11-13", "N".into(), "#c".into(), &meeting);
    assert!(met.decisions.is_empty() && met.board.is_empty());
}

#[test]
fn who_came_went_and_came_again_is_told_with_dates() {
    let mut story = Story::new();
    let leave = |who: &str, until: &str| {
        Change::Roster(roster::Change::Leave { who: who.into(), until: until.parse().unwrap() })
    };
    let join = |nick: &str, since: &str| {
        let member = Member { nicks: vec![nick.into()], ..Member::default() };
        Change::Roster(roster::Change::Join { member, since: since.parse().unwrap() })
    };
    story.then("2018-08-01T10:00", None, leave("lsm5", "2018-08-01"));
    story.then("2018-09-10T10:00", None, leave("nshaikh", "2018-09-11"));
    story.then("2018-10-01T10:00", None, join("nshaikh", "2018-10-01"));
    story.then("2018-10-02T10:00", None, join("guest", "2018-10-02"));
    story.then("2018-10-09T10:00", None, leave("guest", "2018-10-10"));
    let draft = story.draft("2018-Q4", "2018-11-19T09:00");
    let said: Vec<String> = draft
        .membership
        .iter()
        .map(|line| format!("{} {}", line.date.unwrap(), line.text))
        .collect();
    assert_eq!(
        said,
        [
            "2018-09-11 Navid Shaikh (nshaikh) left (maintainer: docker)",
            "2018-10-01 nshaikh joined",
            "2018-10-02 guest joined",
            "2018-10-10 guest left",
        ]
    );
}
