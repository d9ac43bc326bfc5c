use super::*;

fn day(date: &str) -> NaiveDate {
    date.parse().unwrap()
}

fn origin() -> Origin {
    Origin {
        at: Moment::parse("2018-11-13T15:07:02Z").unwrap(),
        by: "gwd".into(),
        meeting: Some(("2018-11-13".into(), 17)),
    }
}

fn open(roadmap: &mut Roadmap, kind: Kind, text: &str, owners: &[&str]) -> u32 {
    let number = roadmap.next_number();
    let owners = owners.iter().map(ToString::to_string).collect();
    let change = Change::Opened { kind, text: text.into(), owners, due: None };
    roadmap.apply(number, &change, &origin());
    number
}

#[test]
fn an_action_lives_until_it_is_done() {
    let (mut roadmap, today) = (Roadmap::default(), day("2018-11-13"));
    let first = open(&mut roadmap, Kind::Action, "ask KB", &["gwd"]);
    let second = open(&mut roadmap, Kind::Action, "test qemu", &["sbonazzo"]);
    assert_eq!((first, second), (1, 2));
    let done = Change::Done { note: "".into() };
    assert_eq!(roadmap.judge(1, &done, today).unwrap(), "[1] done.");
    roadmap.apply(1, &done, &origin());
    assert_eq!(roadmap.open(today).map(|entry| entry.number).collect::<Vec<_>>(), [2]);
    assert_eq!(roadmap.judge(1, &done, today).unwrap_err().to_string(), "action 1 is done already");
    assert_eq!(
        roadmap.judge(9, &done, today).unwrap_err().to_string(),
        "there is no action 9; open: 2"
    );
}

#[test]
fn what_is_deferred_comes_back() {
    let mut roadmap = Roadmap::default();
    let number = open(&mut roadmap, Kind::Action, "x", &[]);
    let later = Change::Deferred { until: day("2018-12-01") };
    assert!(roadmap.judge(number, &later, day("2018-12-01")).is_err(), "a day that has come");
    roadmap.apply(number, &later, &origin());
    assert_eq!(roadmap.open(day("2018-11-30")).count(), 0);
    assert_eq!(roadmap.open(day("2018-12-01")).count(), 1);
}

#[test]
fn help_is_wanted_until_somebody_takes_it() {
    let (mut roadmap, today) = (Roadmap::default(), day("2018-11-13"));
    let number = open(&mut roadmap, Kind::Help, "arm64 builders", &[]);
    assert_eq!(roadmap.help_wanted(today).count(), 1);
    let take = Change::Taken { by: "mira".into() };
    roadmap.apply(number, &take, &origin());
    assert_eq!((roadmap.help_wanted(today).count(), roadmap.open(today).count()), (0, 1));
    let refusal = roadmap.judge(number, &take, today).unwrap_err().to_string();
    assert_eq!(refusal, "action 1 is taken by mira");
}

#[test]
fn a_promoted_action_stands_under_its_milestone() {
    let mut roadmap = Roadmap::default();
    let number = open(&mut roadmap, Kind::Action, "build 4.12", &["gwd"]);
    let promote = Change::Promoted { project: "xen".into(), milestone: "4.12".into() };
    roadmap.apply(number, &promote, &origin());
    let set = MilestoneChange {
        project: "Xen".into(),
        milestone: "4.12".into(),
        date: Some(day("2019-03-01")),
        state: None,
    };
    roadmap.apply_milestone(&set);
    assert_eq!(roadmap.milestones().len(), 1);
    assert_eq!(roadmap.milestones()[0].date, Some(day("2019-03-01")));
    assert_eq!(roadmap.one(number).unwrap().milestone, Some(("xen".into(), "4.12".into())));
}

#[test]
fn an_undone_number_is_not_used_again() {
    let mut roadmap = Roadmap::default();
    let number = open(&mut roadmap, Kind::Action, "oops", &[]);
    roadmap.apply(number, &Change::Undone, &origin());
    assert_eq!(roadmap.next_number(), 2);
    assert!(roadmap.judge(number, &Change::Reopened, day("2018-11-13")).is_err());
}

#[test]
fn the_lines_are_those_of_the_channel() {
    let entry = Entry { due: Some(day("2018-11-27")), ..roadmap_entry() };
    assert_eq!(text::line(&entry), "[35] jirkade: push libvirt (due 2018-11-27)");
    assert_eq!(text::state(&entry, day("2018-11-28")), "late");
}

fn roadmap_entry() -> Entry {
    Entry {
        number: 35,
        kind: Kind::Action,
        text: "push libvirt".into(),
        owners: vec!["jirkade".into()],
        due: None,
        state: State::Open,
        origin: origin(),
        changed_at: origin().at,
        milestone: None,
    }
}
