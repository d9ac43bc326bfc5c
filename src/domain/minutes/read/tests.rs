//! The same short meeting as each program logs it; in `logs`, everything else that logs hold.

mod logs;

use crate::domain::meeting::Meeting;
use crate::domain::meeting::replay;
use crate::domain::minutes::read::{Hints, LogFormat, read};
use proptest::prelude::*;

const SAMPLES: [(&str, &str, LogFormat); 8] = [
    ("#centos-devel.2018-11-13.log.txt", include_str!("samples/meetbot.txt"), LogFormat::Meetbot),
    ("#centos-devel.log", include_str!("samples/irssi.txt"), LogFormat::Irssi),
    (
        "irc.libera.#centos-devel.weechatlog",
        include_str!("samples/weechat.txt"),
        LogFormat::Weechat,
    ),
    ("2018-11-13.log", include_str!("samples/znc.txt"), LogFormat::Znc),
    ("libera-#centos-devel.log", include_str!("samples/hexchat.txt"), LogFormat::Hexchat),
    ("#centos-devel.log", include_str!("samples/mirc.txt"), LogFormat::Mirc),
    ("2018-11-13-centos-irc.txt", include_str!("samples/rrsagent.txt"), LogFormat::Rrsagent),
    ("irc.txt", include_str!("samples/rrsagent-dated.txt"), LogFormat::Rrsagent),
];

fn hints(file_name: &str) -> Hints {
    Hints { file_name: Some(file_name.into()), ..Hints::default() }
}

/// Topics and items with speakers and times to the minute.
fn summary(meeting: &Meeting) -> Vec<String> {
    let mut out = vec![format!("{} {:?}", meeting.title(), meeting.state)];
    for topic in &meeting.topics {
        out.push(format!("{:?} {:?} {}", topic.title, topic.nick, minute(topic.at)));
        out.extend(topic.items.iter().map(|item| {
            let by = &meeting.people.one(item.by).nick;
            format!("  {:?} {:?} {by:?} {}", item.kind, item.text, minute(item.at))
        }));
    }
    for person in meeting.people.all() {
        out.push(format!("{:?} {}", person.nick, person.lines));
    }
    out
}

fn minute(at: crate::domain::time::Moment) -> String {
    at.utc().format("%Y-%m-%d %H:%M").to_string()
}

#[test]
fn every_program_tells_the_same_meeting() {
    let mut expected = None;
    for (name, sample, format) in SAMPLES {
        let read =
            read(sample.as_bytes(), &hints(name)).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(read.format, format, "{name}");
        assert!(read.settings.dated, "{name}");
        assert_eq!(read.settings.bot.as_ref().map(|bot| bot.as_str()), Some("beadle"), "{name}");
        let found = replay::found(read.events, &read.settings);
        assert_eq!(found.len(), 1, "{name}");
        let summary = summary(&found[0]);
        assert_eq!(&summary, expected.get_or_insert(summary.clone()), "{name}");
    }
    let expected = expected.unwrap();
    assert_eq!(expected.len(), 8, "{expected:#?}");
}

#[test]
fn dates_come_from_lines_then_hints_then_the_name() {
    let log = "23:59:50 <gwd> #startmeeting\n00:00:10 <gwd> #info after midnight\n00:01:00 <gwd> #endmeeting\n";
    let at = |hints: &Hints| {
        let read = read(log.as_bytes(), hints).unwrap();
        let meeting = replay::found(read.events, &read.settings).remove(0);
        (meeting.settings.dated, meeting.started_at.rfc3339(), meeting.ended_at.unwrap().rfc3339())
    };
    let named = hints("x.20181113.txt");
    assert_eq!(at(&named), (true, "2018-11-13T23:59:50Z".into(), "2018-11-14T00:01:00Z".into()));
    let given = Hints { date: chrono::NaiveDate::from_ymd_opt(2017, 1, 31), ..named };
    assert_eq!(at(&given).2, "2017-02-01T00:01:00Z");
    assert!(!at(&Hints::default()).0);
}

#[test]
fn what_is_no_log_is_told_so() {
    for none in ["", "hello\nworld\n", "\u{0}\u{1}\u{2}", "<html><body>minutes</body></html>\n"] {
        let error = read(none.as_bytes(), &Hints::default()).unwrap_err().to_string();
        assert!(error.contains("15:00:12 <gwd> #startmeeting") && error.contains("--log-format"));
    }
}

#[test]
fn bad_bytes_are_read_as_latin_1_and_long_lines_are_cut() {
    let mut log =
        b"15:00:00 <gwd> #startmeeting\n15:00:01 <gwd> #info caf\xe9 \xff\n15:00:02 <gwd> #info "
            .to_vec();
    log.extend(std::iter::repeat_n(b'x', 100_000));
    let read = read(&log, &Hints::default()).unwrap();
    let meeting = replay::found(read.events, &read.settings).remove(0);
    let items: Vec<_> = meeting.items().map(|item| item.text.as_untrusted().to_string()).collect();
    assert_eq!(items[0], "café ÿ");
    assert!(items[1].len() < super::MOST_LINE_BYTES);
}

#[test]
fn a_spoken_star_is_no_action_and_a_leading_space_is_tolerated() {
    let log = "15:00:00 <gwd>  #startmeeting\n15:00:01 <gwd> *bad idiom\n15:00:02 * gwd waves\n";
    let read = read(log.as_bytes(), &Hints::default()).unwrap();
    let meeting = replay::found(read.events, &read.settings).remove(0);
    assert_eq!((meeting.people.all().len(), meeting.log.len()), (1, 3));
}

proptest! {
    #[test]
    fn no_bytes_panic(bytes in prop::collection::vec(any::<u8>(), 0..400), which in 0..7_usize) {
        let hints = Hints { format: Some(LogFormat::ALL[which]), ..Hints::default() };
        if let Ok(read) = read(&bytes, &hints) {
            replay::found(read.events, &read.settings);
        }
    }

    #[test]
    fn no_mutation_of_a_log_panics(which in 0..8_usize, at in 0..2000_usize, byte in any::<u8>(), cut in 0..2000_usize) {
        let mut bytes = SAMPLES[which].1.as_bytes().to_vec();
        let place = at % bytes.len();
        bytes[place] = byte;
        bytes.truncate(bytes.len() - cut % bytes.len());
        if let Ok(read) = read(&bytes, &hints(SAMPLES[which].0)) {
            replay::found(read.events, &read.settings);
        }
    }
}
