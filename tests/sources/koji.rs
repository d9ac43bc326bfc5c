//! The hub is asked over HTTP, and each change of a tag comes exactly once, whatever happens
//! between.

use crate::hub;
use beadle::domain::push::tag::{Act, Change};
use beadle::domain::time::{Moment, SECOND};
use beadle::source::koji::Hub;
use beadle::source::koji::history::History;
use beadle::source::koji::trouble::Trouble;
use std::time::{Duration, Instant};

const RELEASE: &str = "virt7-xen-46-release";
const TESTING: &str = "virt7-xen-46-testing";
const XEN: &str = "xen-4.6.6-13.el7";

/// Thursday 2018-11-22, 09:12:00.123457 UTC, and some seconds.
fn thursday(seconds: i64) -> i64 {
    1_542_877_920_123_457 + seconds * SECOND
}

/// A hub, and who asks it.
fn pair() -> (hub::Hub, Hub) {
    let served = hub::Hub::start();
    let asked = Hub::new(&served.url()).with_patience(Duration::from_secs(5));
    (served, asked)
}

/// A change on one line.
fn line(change: &Change) -> String {
    let by = change.by.as_deref().unwrap_or("nobody");
    let (act, tag) = (change.act, &change.tag);
    format!("{} {act:?} {}-{} {tag} {by}", change.event, change.source, change.evr)
}

fn lines(history: &History) -> Vec<String> {
    history.changes.iter().map(line).collect()
}

#[test]
fn a_tagged_build_is_seen_with_who_and_when_to_the_microsecond() {
    let (served, asked) = pair();
    let before = served.tag(TESTING, XEN, "gwd", thursday(0));
    assert_eq!(before, 1001);
    served.epoch(XEN, 10);
    served.tag(RELEASE, XEN, "gwd", thursday(7));
    let history = asked.history(RELEASE, 0).unwrap();
    assert_eq!(lines(&history), ["1002 Tagged xen-10:4.6.6-13.el7 virt7-xen-46-release gwd"]);
    assert_eq!(history.skipped, 0);
    let change = &history.changes[0];
    assert_eq!(change.at, Moment::from_micros(thursday(7)));
    assert_eq!((change.build, change.evr.epoch), (1, 10));
    let last = asked.last_event().unwrap();
    assert_eq!((last.id, last.at), (1002, Moment::from_micros(thursday(7))));
}

#[test]
fn an_outage_is_caught_up_exactly_once() {
    let (served, asked) = pair();
    let mut cursor = 0;
    let mut seen = Vec::new();
    let mut poll = |cursor: &mut i64| {
        let history = asked.history(RELEASE, *cursor)?;
        *cursor = history.changes.last().map_or(*cursor, |change| change.event);
        seen.extend(history.changes.iter().map(|change| (change.event, change.act)));
        Ok::<usize, Trouble>(history.changes.len())
    };
    served.tag(RELEASE, XEN, "gwd", thursday(0));
    assert_eq!(poll(&mut cursor), Ok(1));
    served.status(503);
    assert!(matches!(poll(&mut cursor), Err(Trouble::Unreachable(_))));
    for n in 0..200 {
        served.tag(RELEASE, &format!("qemu-kvm-ev-2.12.0-{n}.el7"), "bonzini", thursday(n));
    }
    served.untag(RELEASE, XEN, "gwd", thursday(300));
    assert!(matches!(poll(&mut cursor), Err(Trouble::Unreachable(_))));
    served.well();
    assert_eq!(poll(&mut cursor), Ok(201));
    assert_eq!(poll(&mut cursor), Ok(0));
    let events: Vec<i64> = seen.iter().map(|(event, _)| *event).collect();
    assert_eq!(events, (1001..=1202).collect::<Vec<_>>(), "each once, and in order");
    assert_eq!(seen.last(), Some(&(1202, Act::Untagged)));
}

#[test]
fn an_untag_and_a_new_tag_are_two_changes_and_one_row_may_be_both() {
    let (served, asked) = pair();
    served.tag(RELEASE, XEN, "gwd", thursday(0));
    served.untag(RELEASE, XEN, "", thursday(1));
    served.tag(RELEASE, XEN, "kbsingh", thursday(2));
    let all = lines(&asked.history(RELEASE, 0).unwrap());
    assert_eq!(
        all,
        [
            "1001 Tagged xen-4.6.6-13.el7 virt7-xen-46-release gwd",
            "1002 Untagged xen-4.6.6-13.el7 virt7-xen-46-release nobody",
            "1003 Tagged xen-4.6.6-13.el7 virt7-xen-46-release kbsingh",
        ]
    );
    // The row of the first stay comes again, for its end: its beginning is known already.
    assert_eq!(lines(&asked.history(RELEASE, 1001).unwrap()), all[1..]);
    assert_eq!(lines(&asked.history(RELEASE, 1002).unwrap()), all[2..]);
    assert_eq!(lines(&asked.history(RELEASE, 1003).unwrap()), [""; 0]);
}

#[test]
fn what_is_tagged_anew_by_force_is_away_before_it_is_there() {
    let (served, asked) = pair();
    served.tag(RELEASE, XEN, "gwd", thursday(0));
    assert_eq!(served.retag(RELEASE, XEN, "gwd", thursday(1)), 1002);
    let history = asked.history(RELEASE, 1001).unwrap();
    let acts: Vec<_> = history.changes.iter().map(|change| (change.event, change.act)).collect();
    assert_eq!(acts, [(1002, Act::Untagged), (1002, Act::Tagged)]);
}

#[test]
fn many_tags_are_one_request_and_an_unknown_one_is_its_own_trouble() {
    let (served, asked) = pair();
    served.tag(RELEASE, XEN, "gwd", thursday(0));
    served.make_tag(TESTING);
    let several = asked.histories(&[(RELEASE, 0), ("virt7-nosuch", 0), (TESTING, 0)]).unwrap();
    let [release, unknown, testing] = &several[..] else { panic!("{several:?}") };
    assert_eq!(release.as_ref().unwrap().changes.len(), 1);
    let text = "No such entry in table tag: virt7-nosuch".into();
    assert_eq!(*unknown, Err(Trouble::Fault { code: 1000, text }));
    assert_eq!(*testing, Ok(History::default()));
    assert_eq!(served.calls(), ["multiCall", "queryHistory", "queryHistory", "queryHistory"]);
    let alone = asked.history("virt7-nosuch", 0);
    assert_eq!(alone, *unknown);
}

#[test]
fn more_tags_than_fit_a_request_are_asked_in_several() {
    let (served, asked) = pair();
    served.tag("tag-149", XEN, "gwd", thursday(0));
    let tags: Vec<String> = (0..150).map(|n| format!("tag-{n}")).collect();
    let question: Vec<(&str, i64)> = tags.iter().map(|tag| (tag.as_str(), 0)).collect();
    let several = asked.histories(&question).unwrap();
    assert_eq!(several.len(), 150);
    assert!(several[..149].iter().all(Result::is_err));
    assert_eq!(several[149].as_ref().unwrap().changes[0].tag, "tag-149");
    assert_eq!(served.calls().iter().filter(|call| *call == "multiCall").count(), 2);
}

#[test]
fn an_event_that_appears_late_is_found_by_asking_from_before_it() {
    let (served, asked) = pair();
    served.next_event(1011);
    served.tag(RELEASE, XEN, "gwd", thursday(1));
    assert_eq!(asked.history(RELEASE, 1000).unwrap().changes.len(), 1);
    served.next_event(1010);
    served.tag(RELEASE, "xen-4.6.6-14.el7", "gwd", thursday(0));
    let events = |after| {
        let history = asked.history(RELEASE, after).unwrap();
        history.changes.iter().map(|change| change.event).collect::<Vec<_>>()
    };
    assert_eq!(events(1011), [0; 0]);
    assert_eq!(events(1001), [1010, 1011]);
}

#[test]
fn what_was_rolled_back_is_gone_and_its_numbers_come_again() {
    let (served, asked) = pair();
    served.tag(RELEASE, XEN, "gwd", thursday(0));
    served.tag(RELEASE, "xen-4.6.6-14.el7", "gwd", thursday(1));
    served.roll_back_events(1001);
    assert_eq!(asked.last_event().unwrap().id, 1001);
    served.untag(RELEASE, XEN, "gwd", thursday(2));
    let acts: Vec<_> = asked.history(RELEASE, 0).unwrap().changes;
    let acts: Vec<_> = acts.iter().map(|change| (change.event, change.act)).collect();
    assert_eq!(acts, [(1001, Act::Tagged), (1002, Act::Untagged)]);
}

#[test]
fn names_from_outside_are_harmless_and_bounded() {
    let (served, asked) = pair();
    let hostile = "xen\r\nPRIVMSG #a :<b>&amp;\u{202e}";
    let nvr = format!("{hostile}-4.6\u{7}-{}", "é".repeat(5000));
    served.tag(RELEASE, &nvr, &format!("gwd\u{3}4\r\n{}", "x".repeat(5000)), thursday(0));
    let change = &asked.history(RELEASE, 0).unwrap().changes[0];
    let by = change.by.clone().unwrap();
    for part in [&change.source, &change.evr.version, &change.evr.release, &by] {
        assert!(part.chars().count() <= 128, "{part:?}");
        assert!(!part.chars().any(char::is_control), "{part:?}");
        assert!(!part.contains('\u{202e}'), "{part:?}");
    }
    assert!(change.source.starts_with("xenPRIVMSG_#a_:<b>&amp;#"), "{}", change.source);
}

#[test]
fn a_build_is_known_by_its_name_and_none_is_no_trouble() {
    let (served, asked) = pair();
    served.tag(RELEASE, XEN, "gwd", thursday(0));
    let build = asked.build(XEN).unwrap().unwrap();
    assert_eq!((build.id, build.epoch, build.owner.as_deref()), (1, 0, Some("gwd")));
    assert_eq!(build.completed_at, Some(Moment::from_micros(thursday(0))));
    assert_eq!(asked.build("xen-9-9").unwrap(), None);
}

#[test]
fn a_changelog_comes_newest_first_and_not_whole() {
    let (served, asked) = pair();
    served.tag(RELEASE, XEN, "gwd", thursday(0));
    for n in 0..150 {
        let text = format!("- XSA-{n}: <fix>\u{1b}[31m\n- second line");
        served.changelog(XEN, "George Dunlap <gwd@x.org> - 4.6.6-13", thursday(n), &text);
    }
    let entries = asked.changelog(1).unwrap();
    assert_eq!(entries.len(), 100);
    assert_eq!(entries[0].text.as_untrusted(), "- XSA-149: <fix>[31m\n- second line");
    assert_eq!(entries[0].author.as_untrusted(), "George Dunlap <gwd@x.org> - 4.6.6-13");
    assert_eq!(entries[0].date, Moment::from_micros(thursday(149)).whole_second());
    assert_eq!(asked.changelog(77).unwrap(), []);
}

#[test]
fn a_build_is_signed_when_each_of_its_rpms_is() {
    let (served, asked) = pair();
    served.tag(RELEASE, XEN, "gwd", thursday(0));
    assert!(!asked.signatures(1).unwrap().is_signed(), "nothing is nothing signed");
    served.rpms(XEN, &["src", "x86_64", "aarch64"]);
    served.sign(XEN, &["src", "x86_64"], "61E8806C");
    let some = asked.signatures(1).unwrap();
    assert_eq!((some.rpms, some.unsigned, some.is_signed()), (3, 1, false));
    served.sign(XEN, &["aarch64"], "61e8806c");
    let all = asked.signatures(1).unwrap();
    assert!(all.is_signed());
    assert_eq!(all.keys.into_iter().collect::<Vec<_>>(), ["61e8806c"]);
}

#[test]
fn a_snapshot_at_an_event_and_the_history_after_it_leave_no_gap() {
    let (served, asked) = pair();
    served.tag(RELEASE, XEN, "gwd", thursday(0));
    served.tag(RELEASE, "libvirt-4.5.0-10.el7", "jdenemar", thursday(1));
    let start = asked.last_event().unwrap().id;
    served.untag(RELEASE, XEN, "gwd", thursday(2));
    let there = asked.tagged(RELEASE, Some(start)).unwrap();
    let names: Vec<_> = there.iter().map(|one| (one.source.as_str(), one.event)).collect();
    assert_eq!(names, [("libvirt", Some(1002)), ("xen", Some(1001))]);
    assert_eq!(asked.history(RELEASE, start).unwrap().changes.len(), 1);
    assert_eq!(asked.tagged(RELEASE, None).unwrap().len(), 1);
    assert!(matches!(asked.tagged("nosuch", None), Err(Trouble::Fault { code: 1000, .. })));
}

#[test]
fn a_fault_is_one_short_sentence() {
    let (served, asked) = pair();
    served.fault(1014, &format!("Server \u{7}disabled\nfor maintenance {}", "x".repeat(5000)));
    let Err(trouble) = asked.history(RELEASE, 0) else { panic!("a fault is no history") };
    assert!(matches!(trouble, Trouble::Fault { code: 1014, .. }));
    let sentence = trouble.to_string();
    let start = "the build system refuses: \"Server disabled for maintenance xxx";
    assert!(sentence.starts_with(start), "{sentence}");
    assert!(sentence.ends_with("x\" (fault 1014)") && sentence.len() < 400, "{sentence}");
}

#[test]
fn an_answer_that_ends_early_counts_for_nothing() {
    let (served, asked) = pair();
    for n in 0..20 {
        served.tag(RELEASE, &format!("xen-4.6.6-{n}.el7"), "gwd", thursday(n));
    }
    for after in [0, 1, 60, 5_000, 20_000] {
        served.cut_off(after);
        let trouble = asked.history(RELEASE, 0).unwrap_err();
        assert!(matches!(trouble, Trouble::Malformed(_)), "{after}: {trouble}");
    }
    served.well();
    assert_eq!(asked.history(RELEASE, 0).unwrap().changes.len(), 20);
}

#[test]
fn bombs_are_refused_before_they_are_in_memory() {
    let (served, asked) = pair();
    // A busy machine reads megabytes slowly; this is about how much is read, not how fast.
    let asked = asked.with_patience(Duration::from_secs(60));
    let open = "<methodResponse><params><param>";
    let deep = open.to_string() + &"<value><array><data>".repeat(100_000);
    let long = format!("{open}<value><string>{}", "x".repeat(3 << 20));
    let many = open.to_string() + "<value><array><data>" + &"<value/>".repeat(2_000_001);
    for bomb in [deep, long, many] {
        served.says(bomb);
        let trouble = asked.last_event().unwrap_err();
        assert!(matches!(trouble, Trouble::TooBig(_)), "{trouble}");
    }
    let laughs = "<!DOCTYPE a [<!ENTITY b \"&c;&c;\"><!ENTITY c \"ha\">]>";
    served.says(format!("{laughs}{open}<value>&b;</value></param></params></methodResponse>"));
    let trouble = asked.last_event().unwrap_err();
    assert_eq!(trouble.to_string(), "the build system's answer cannot be read: it has a DTD");
}

#[test]
fn what_is_no_hub_is_told_from_one_that_is_down() {
    let (served, asked) = pair();
    served.says("<html><body>Welcome</body></html>");
    let trouble = asked.last_event().unwrap_err();
    assert_eq!(trouble, Trouble::Malformed("it is no XML-RPC".into()));
    for status in [404, 500, 502, 503] {
        served.status(status);
        let trouble = asked.last_event().unwrap_err().to_string();
        assert_eq!(
            trouble,
            format!("the build system cannot be reached: it answers HTTP {status}")
        );
    }
    served.moved("https://cbs.centos.org/kojihub");
    let trouble = asked.last_event().unwrap_err().to_string();
    let moved = "it has moved to https://cbs.centos.org/kojihub";
    assert_eq!(trouble, format!("the build system cannot be reached: {moved}"));
    let gone = served.url();
    drop(served);
    assert!(matches!(Hub::new(&gone).last_event(), Err(Trouble::Unreachable(_))));
}

#[test]
fn a_slow_hub_is_waited_for_and_a_silent_one_not_for_ever() {
    let (served, asked) = pair();
    served.tag(RELEASE, XEN, "gwd", thursday(0));
    served.slow(100, Duration::from_millis(5));
    assert_eq!(asked.history(RELEASE, 0).unwrap().changes.len(), 1);
    let asked = asked.with_patience(Duration::from_millis(300));
    let began = Instant::now();
    served.silent();
    assert!(matches!(asked.history(RELEASE, 0), Err(Trouble::Unreachable(_))));
    served.slow(1, Duration::from_millis(50));
    assert!(matches!(asked.history(RELEASE, 0), Err(Trouble::Unreachable(_))));
    assert!(began.elapsed() < Duration::from_secs(4), "{:?}", began.elapsed());
}
