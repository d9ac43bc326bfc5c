//! The logs in `logs/` as they are read: one event a line, and what is known of the log.
//!
//! `UPDATE_SCRIPTS=1 cargo test` writes what is read now; a person reads the difference.

use crate::domain::meeting::{Manner, Row, What};
use crate::domain::minutes::read::{Hints, LogFormat, read};
use crate::domain::name::{Channel, Network, Nick};
use chrono::NaiveDate;
use proptest::prelude::*;
use std::fmt::Write;
use std::path::{Path, PathBuf};

fn all_logs() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/domain/minutes/read/logs");
    let entries = std::fs::read_dir(folder).expect("the folder of logs");
    let paths = entries.map(|entry| entry.expect("a readable folder").path());
    let mut logs: Vec<PathBuf> =
        paths.filter(|path| path.extension().is_none_or(|kind| kind != "out")).collect();
    logs.sort();
    logs
}

fn shown(bytes: &[u8], hints: &Hints) -> String {
    let read = match read(bytes, hints) {
        Ok(read) => read,
        Err(error) => return format!("{error}\n"),
    };
    let mut out = format!("{} dated: {}", read.format.name(), read.settings.dated);
    for (word, name) in [
        ("channel", read.settings.channel.as_ref().map(Channel::as_str)),
        ("network", read.settings.network.as_ref().map(Network::as_str)),
        ("bot", read.settings.bot.as_ref().map(Nick::as_str)),
    ] {
        let _ = name.map(|name| write!(out, " {word}: {name}"));
    }
    if let Some(first) = read.first_unread {
        let _ = write!(out, " unread: {} from line {first} on", read.unread);
    }
    out.push('\n');
    for event in &read.events {
        let row = Row::of(&event.what);
        let nick = row.nick.map_or(String::new(), |nick| format!(" <{nick}>"));
        let _ = writeln!(out, "{} {}{nick} {}", event.at.rfc3339(), row.kind, row.text);
    }
    out
}

#[test]
fn every_sample_is_read_as_written_beside_it() {
    let mut wrong = String::new();
    let logs = all_logs();
    assert!(logs.len() >= 12, "only {} samples were found", logs.len());
    for log in logs {
        let name = log.file_name().expect("a name").to_string_lossy().into_owned();
        let hints = Hints { file_name: Some(name.clone()), ..Hints::default() };
        let now = shown(&std::fs::read(&log).expect("a sample"), &hints);
        let beside = PathBuf::from(format!("{}.out", log.display()));
        if std::env::var_os("UPDATE_SCRIPTS").is_some() {
            std::fs::write(&beside, &now).expect("a writable sample");
        } else if std::fs::read_to_string(&beside).unwrap_or_default() != now {
            let _ = writeln!(wrong, "{name} is now read as:\n{now}");
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

#[test]
fn what_is_given_goes_before_the_file_s_name_and_the_log_before_both() {
    let date = NaiveDate::from_ymd_opt(2018, 11, 13);
    let first = |log: &str, date, file_name: &str| {
        let hints = Hints { date, file_name: Some(file_name.into()), ..Hints::default() };
        let read = read(log.as_bytes(), &hints).unwrap();
        (read.settings.dated, read.events[0].at.rfc3339())
    };
    let plain = "15:00:12 <anna> x";
    assert_eq!(first(plain, None, "x.log"), (false, "1970-01-01T15:00:12Z".into()));
    assert_eq!(first(plain, None, "2017-01-02.log"), (true, "2017-01-02T15:00:12Z".into()));
    assert_eq!(first(plain, date, "2017-01-02.log"), (true, "2018-11-13T15:00:12Z".into()));
    let opened = "--- Log opened Wed Nov 14 14:50:00 2018\n15:00 <anna> x";
    assert_eq!(first(opened, date, "2017-01-02.log"), (true, "2018-11-14T15:00:00Z".into()));
    let changed = "23:59 <anna> x\n--- Day changed Wed Nov 14 2018\n00:01 <anna> y";
    assert_eq!(first(changed, None, ""), (true, "2018-11-13T23:59:00Z".into()));
}

#[test]
fn what_is_no_log_is_refused_with_examples() {
    let refused = |bytes: &[u8], format| {
        let hints = Hints { format, ..Hints::default() };
        read(bytes, &hints).unwrap_err().to_string()
    };
    let error = refused(b"Dear all,\nthe minutes are attached.\n", None);
    assert!(error.starts_with("this is no IRC log that can be read; line 1 is \"Dear all,\"."));
    assert!(
        error
            .contains("meetbot (15:00:12 <gwd> #startmeeting), irssi (15:00 <@gwd> #startmeeting)")
    );
    assert!(refused(b"", None).starts_with("the file is empty."));
    assert!(refused(b"15:00:12 <a> x", Some(LogFormat::Weechat)).contains("no IRC log of weechat"));
    assert!(refused(b"15:00:12 -!- anna is a relay", None).contains("no IRC log"));
    assert!(
        !refused(b"\x1b[31m\xe2\x80\xae\0", None).contains(crate::domain::text::is_unprintable)
    );
}

#[test]
fn a_slash_me_takes_nobody_s_nick() {
    let log = "[15:00] <gwd> hi\n[15:01] * mallory is now known as gwd\n[15:02] * eve is now known as eve_\n";
    let read = read(log.as_bytes(), &Hints::default()).unwrap();
    assert_eq!(read.format, LogFormat::Mirc);
    assert!(
        matches!(&read.events[1].what, What::Said { manner: Manner::Act, who, .. } if who.nick.as_str() == "mallory")
    );
    assert!(matches!(&read.events[2].what, What::Renamed { .. }));
}

#[test]
fn the_bot_is_who_answers_and_not_who_starts() {
    let bot = |log: &str| read(log.as_bytes(), &Hints::default()).unwrap().settings.bot;
    let start = "15:00:00 <anna> #startmeeting\n";
    let zodbot = format!("{start}15:00:01 <bob> hi\n15:00:01 <zodbot> Meeting started Tue\n");
    assert_eq!(bot(&zodbot), Some("zodbot".into()));
    assert_eq!(bot(&format!("{start}15:00:01 <anna> Meeting started today\n")), None);
    assert_eq!(bot("15:00:01 <bob> Meeting started yesterday\n"), None);
    let talk = "15:00:01 <bob> hi\n".repeat(MANY);
    assert_eq!(bot(&format!("{start}{talk}15:00:09 <carl> Meeting started late\n")), None);
}

const MANY: usize = 20;

proptest! {
    #[test]
    fn any_bytes_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..400), format in prop::option::of(prop::sample::select(LogFormat::ALL.to_vec()))) {
        let _ = read(&bytes, &Hints { format, file_name: Some(String::from_utf8_lossy(&bytes).into()), ..Hints::default() });
    }

    /// Nearly a log: what programs write, cut and joined at random places.
    #[test]
    fn any_pieces_of_logs_are_read_or_refused(pieces in prop::collection::vec(piece(), 0..40), name in prop::collection::vec(piece(), 0..6), format in prop::option::of(prop::sample::select(LogFormat::ALL.to_vec()))) {
        let log = pieces.concat();
        let hints = Hints { format, file_name: Some(name.concat()), ..Hints::default() };
        if let Ok(read) = read(log.as_bytes(), &hints) {
            prop_assert!(read.events.len() <= log.len());
        }
    }
}

fn piece() -> impl Strategy<Value = String> {
    let pieces = vec![
        "15:00",
        ":12",
        " ",
        "\n",
        "<",
        ">",
        "anna",
        "@",
        "* ",
        "*** ",
        "-!- ",
        "-",
        "[",
        "] ",
        "(",
        ")",
        "2018-11-13",
        "T",
        "Z",
        "+01:00",
        ".5",
        "\t",
        " *",
        "-->",
        "--",
        "Nov 13 ",
        "--- Log opened ",
        "--- Day changed ",
        "Tue Nov 13 14:50:00 2018",
        "**** BEGIN LOGGING AT ",
        "Session Start: ",
        "Session Ident: ",
        "#c",
        "has joined",
        "has quit",
        " is now known as ",
        "Joins: ",
        "Netsplit ",
        " quits: ",
        "Notice(",
        "#startmeeting",
        "Meeting started ",
        "注",
        "\u{202e}",
        "\r\n",
        "99999999",
    ];
    prop_oneof![8 => prop::sample::select(pieces).prop_map(str::to_string), 1 => any::<String>()]
}
