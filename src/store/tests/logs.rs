//! The log: what is appended comes back the same, whatever strangers type.

use super::{at, new, new_in, opened, said, write};
use crate::config::Database;
use crate::domain::meeting::{Event, Leaving, Login, Manner, Settings, Speaker, What};
use crate::domain::text::Text;
use crate::store::log::{self, Hit};
use crate::store::meeting::{self, MeetingId};
use crate::store::testing::{each, each_place};
use crate::store::{Db, Trouble};
use std::path::Path;

fn hostile() -> Vec<Text> {
    let mut texts: Vec<Text> = [
        "",
        " ",
        "plain",
        "\u{0} becomes U+FFFD",
        "😀 注意事项 e\u{301} \u{10ffff} \u{fffe}",
        r#"quotes ' '' " `; drop table log; --"#,
        r"backslashes \ \\ \u0000 \x00 \n C:\new",
        r#"{"json": [1, null, "\u2028"]} ["#,
        "line\u{2028}paragraph\u{2029}next\u{85}line\r\n\ttab",
        "\u{1}ACTION is CTCP\u{1} \u{2}bold\u{3}4,12red\u{f} \u{1b}[31m \u{7f}",
        "\u{202e}turned\u{2066} \u{feff}bom \u{ad}soft",
        "null",
        "42",
        "$1 ?1 :name @name {,} {} NULL \\N",
    ]
    .into_iter()
    .map(Text::from)
    .collect();
    texts.push(Text::new("x".repeat(8 << 10)));
    texts.push(Text::new("😀\"\\\u{1}".repeat(1 << 10)));
    texts.push(Text::new((1..0x300).filter_map(char::from_u32).collect::<String>()));
    texts
}

fn every_event() -> Vec<Event> {
    let time = at("2018-11-13T15:00:10.123456Z");
    let who = Speaker { nick: "gwd".into(), login: Login::As("georged".into()) };
    let stranger = Speaker { nick: "mi'ra\\😀".into(), login: Login::No };
    let settings = Settings { old_topic: Some(hostile()[5].clone()), ..Settings::default() };
    let mut whats = vec![
        What::Opened(Box::new(settings)),
        What::Members(vec![
            who.clone(),
            stranger.clone(),
            Speaker { login: Login::Unknown, ..who.clone() },
        ]),
        What::Joined(stranger.clone()),
        What::LoggedIn(who.clone()),
        What::Left { nick: "mira".into(), how: Leaving::Split, reason: "a.b c.d".into() },
        What::Left { nick: "mira".into(), how: Leaving::Kick, reason: "".into() },
        What::Renamed { old: "gwd".into(), new: "gwd_".into() },
        What::TopicSet { nick: "gwd".into(), text: "".into() },
        What::Own { manner: Manner::Say, text: "Current chairs: gwd".into() },
        What::Own { manner: Manner::Act, text: "nods".into() },
        What::Gap { from: time, to: time.plus(5) },
    ];
    for (number, text) in hostile().into_iter().enumerate() {
        let manner = [Manner::Say, Manner::Act, Manner::Notice][number % 3];
        let who = [&who, &stranger][number % 2].clone();
        whats.push(What::Said { who, manner, text });
    }
    // Server time may be behind, equal to, or ahead of ours.
    let delays = [0, 123_456, -7, 299_000_000];
    (0..)
        .zip(whats)
        .map(|(number, what)| {
            let at = time.plus(number * 1_000_003);
            Event { at, heard_at: at.plus(delays[number as usize % delays.len()]), what }
        })
        .collect()
}

fn numbered(first: u32, events: &[Event]) -> Vec<(u32, Event)> {
    (first..).zip(events.iter().cloned()).collect()
}

#[test]
fn what_is_appended_comes_back_the_same() {
    each(async |db| {
        let row = opened(&db, new("2018-11-13T15:00:00Z")).await;
        let other = opened(&db, new_in("#other", "2018-11-13T15:00:00Z")).await;
        let events = every_event();
        assert_eq!(log::last_seq(&db, row.id).await.unwrap(), None);
        let (first, rest) = events.split_at(3);
        write(&db, async |tx| log::append(tx, row.id, 1, first).await.unwrap()).await;
        write(&db, async |tx| {
            log::append(tx, row.id, 4, rest).await.unwrap();
            log::append(tx, row.id, 4, &[]).await.unwrap();
            // Numbers may start anywhere, and another meeting's lines are its own.
            log::append(tx, other.id, 0, first).await.unwrap();
            assert_eq!(log::read(&mut *tx, row.id).await.unwrap(), numbered(1, &events));
        })
        .await;
        assert_eq!(log::read(&db, row.id).await.unwrap(), numbered(1, &events));
        assert_eq!(log::read(&db, other.id).await.unwrap(), numbered(0, first));
        assert_eq!(log::last_seq(&db, row.id).await.unwrap(), Some(events.len() as u32));
    });
}

#[test]
fn a_log_is_there_after_the_database_was_closed() {
    each_place(async |database| {
        let db = Db::open(&database).await.unwrap();
        let row = opened(&db, new("2018-11-13T15:00:00Z")).await;
        let events = every_event();
        write(&db, async |tx| log::append(tx, row.id, 1, &events).await.unwrap()).await;
        db.close().await;

        let db = Db::open(&database).await.unwrap();
        assert_eq!(log::read(&db, row.id).await.unwrap(), numbered(1, &events));
        db.close().await;
    });
}

#[test]
fn a_number_is_given_once() {
    each(async |db| {
        let row = opened(&db, new("2018-11-13T15:00:00Z")).await;
        let first = [said("gwd", "one"), said("gwd", "two")];
        write(&db, async |tx| log::append(tx, row.id, 1, &first).await.unwrap()).await;

        let mut tx = db.begin().await.unwrap();
        let late = [said("gwd", "another two"), said("gwd", "three")];
        let error = log::append(&mut tx, row.id, 2, &late).await.unwrap_err();
        assert_eq!(error.trouble(), &Trouble::Conflict, "{error:?}");
        drop(tx);
        assert_eq!(log::read(&db, row.id).await.unwrap(), numbered(1, &first));

        // The numbers of one meeting never run into those of the next.
        let mut tx = db.begin().await.unwrap();
        assert!(log::append(&mut tx, row.id, u32::MAX, &late).await.is_err());
    });
}

#[test]
fn a_redacted_line_says_something_else() {
    each(async |db| {
        let row = opened(&db, new("2018-11-13T15:00:00Z")).await;
        let lines =
            [said("gwd", "before"), said("gwd", "my password is swordfish"), said("gwd", "after")];
        write(&db, async |tx| log::append(tx, row.id, 1, &lines).await.unwrap()).await;
        let gap = What::Gap { from: lines[0].at, to: lines[0].at };
        let gap = Event { what: gap, ..lines[0].clone() };
        write(&db, async |tx| log::append(tx, row.id, 4, &[gap]).await.unwrap()).await;

        let words = "[redacted by gwd]".into();
        write(&db, async |tx| {
            assert!(log::redact(tx, row.id, 2, &words).await.unwrap());
            assert!(!log::redact(tx, row.id, 9, &words).await.unwrap(), "no such line");
            assert!(!log::redact(tx, row.id, 4, &words).await.unwrap(), "nobody said that one");
        })
        .await;
        let read = log::read(&db, row.id).await.unwrap();
        let Event { what, at, heard_at } = said("gwd", "[redacted by gwd]");
        let left = Event { what: What::Redacted(Box::new(what)), at, heard_at };
        assert_eq!(read[1].1, left, "and it is known that its words were destroyed");
        assert_eq!((&read[0].1, &read[2].1), (&lines[0], &lines[2]));
        assert_eq!(search(&db, "swordfish").await, []);
        assert_eq!(search(&db, "redacted").await.len(), 1);
    });
}

/// Meetings that are on at once split each other's pages, and pages that are split keep copies.
#[test]
fn after_scrubbing_no_file_holds_a_redacted_word() {
    each_place(async |database| {
        let db = Db::open(&database).await.unwrap();
        let mut logs = Vec::new();
        for channel in ["#a", "#b", "#c", "#d"] {
            logs.push((opened(&db, new_in(channel, "2018-11-13T15:00:00Z")).await.id, 0));
        }
        let mut secrets = Vec::new();
        write(&db, async |tx| {
            let mut noise = 88_172_645_463_325_252_u64;
            for number in 0..3_000 {
                // Lengths and turns without a pattern (xorshift), the same in every run.
                noise ^= noise << 13;
                noise ^= noise >> 7;
                noise ^= noise << 17;
                let (id, seq) = &mut logs[(noise % 4) as usize];
                let is_secret = noise.is_multiple_of(19);
                let word = if is_secret { "SECRET-" } else { "" };
                let line =
                    said("gwd", &format!("{word}{number} {}", "x".repeat((noise % 397) as usize)));
                log::append(tx, *id, *seq, &[line]).await.unwrap();
                if is_secret {
                    secrets.push((*id, *seq));
                }
                *seq += 1;
            }
        })
        .await;
        assert!(secrets.len() > 50);
        if let Database::Sqlite(file) = &database {
            assert!(on_disk(file, b"SECRET-"), "the test looks in the right files");
        }
        write(&db, async |tx| {
            for (id, seq) in secrets {
                assert!(log::redact(tx, id, seq, &"gone".into()).await.unwrap());
            }
        })
        .await;
        db.scrub().await.unwrap();
        if let Database::Sqlite(file) = &database {
            assert!(!on_disk(file, b"SECRET-"));
        }
        for (id, lines) in logs {
            assert_eq!(log::read(&db, id).await.unwrap().len(), lines as usize);
        }
        assert_eq!(search(&db, "SECRET").await, []);
        db.close().await;
    });
}

/// Whether bytes are in one of SQLite's files. A server's files are out of sight.
fn on_disk(file: &Path, bytes: &[u8]) -> bool {
    let directory = file.parent().expect("it is in a directory");
    std::fs::read_dir(directory).expect("it can be read").any(|entry| {
        let content = std::fs::read(entry.expect("an entry").path()).expect("a file");
        content.windows(bytes.len()).any(|window| window == bytes)
    })
}

async fn search(db: &Db, words: &str) -> Vec<Hit> {
    log::search(db, &words.into(), 100).await.unwrap()
}

async fn found(db: &Db, words: &str) -> Vec<String> {
    search(db, words).await.into_iter().map(|hit| hit.text.as_untrusted().to_string()).collect()
}

#[test]
fn a_search_finds_every_word_in_any_case() {
    each(async |db| {
        let row = opened(&db, new("2018-11-13T15:00:00Z")).await;
        let lines = [
            "Xen 4.8 is tagged for testing",
            "xen 4.10 is 100% tested",
            "100 of those_things",
            "those things",
            r"C:\new",
            "Überraschung in KÖLN, ÉTÉ",
            "koln",
        ];
        let lines: Vec<Event> = lines.iter().map(|line| said("gwd", line)).collect();
        write(&db, async |tx| log::append(tx, row.id, 1, &lines).await.unwrap()).await;

        assert_eq!(
            search(&db, "tagged XEN").await,
            [Hit {
                slug: "2018-11-13".into(),
                seq: 1,
                at: lines[0].at,
                nick: "gwd".into(),
                text: "Xen 4.8 is tagged for testing".into(),
            }]
        );
        for (words, expected) in [
            ("xen", vec![lines_at(&lines, 2), lines_at(&lines, 1)]),
            ("100%", vec![lines_at(&lines, 2)]),
            ("those_", vec![lines_at(&lines, 3)]),
            (r"\new", vec![lines_at(&lines, 5)]),
            ("köln été ÜBER", vec![lines_at(&lines, 6)]),
            ("köln", vec![lines_at(&lines, 6)]),
            ("KOLN", vec![lines_at(&lines, 7)]),
            ("é", vec![lines_at(&lines, 6)]),
            ("xen nowhere", vec![]),
            ("'; --", vec![]),
            ("注", vec![]),
            ("\0", vec![]),
            ("", vec![]),
            (" \t ", vec![]),
        ] {
            assert_eq!(found(&db, words).await, expected, "{words:?}");
        }
        // Every word counts up to the limits, and nothing beyond them breaks anything.
        let many = format!("{} nowhere", "xen ".repeat(log::MOST_WORDS));
        assert_eq!(found(&db, &many).await.len(), 2);
        assert_eq!(found(&db, &"%".repeat(100_000)).await, [""; 0]);
    });
}

fn lines_at(lines: &[Event], seq: usize) -> String {
    match &lines[seq - 1].what {
        What::Said { text, .. } => text.as_untrusted().to_string(),
        _ => unreachable!("all lines of these tests are said"),
    }
}

#[test]
fn a_search_sees_only_what_people_said_in_public() {
    each(async |db| {
        let line = |what| Event { what, ..said("gwd", "") };
        let who = Speaker { nick: "gwd".into(), login: Login::No };
        let words = |manner| What::Said { who: who.clone(), manner, text: "word".into() };
        let events = [
            line(words(Manner::Say)),
            line(words(Manner::Act)),
            line(words(Manner::Notice)),
            line(What::Own { manner: Manner::Say, text: "word".into() }),
            line(What::TopicSet { nick: "gwd".into(), text: "word".into() }),
            line(What::Left { nick: "gwd".into(), how: Leaving::Quit, reason: "word".into() }),
        ];
        let mut ids: Vec<MeetingId> = Vec::new();
        for channel in ["#public", "#restricted", "#aborted"] {
            let row = opened(&db, new_in(channel, "2018-11-13T15:00:00Z")).await;
            write(&db, async |tx| log::append(tx, row.id, 1, &events).await.unwrap()).await;
            ids.push(row.id);
        }
        let then = at("2018-11-13T15:10:00Z");
        write(&db, async |tx| {
            meeting::restrict(tx, ids[1], then).await.unwrap();
            meeting::abort(tx, ids[2], then).await.unwrap();
        })
        .await;
        let hits = search(&db, "word").await;
        let seen: Vec<_> = hits.iter().map(|hit| (hit.slug.as_str(), hit.seq)).collect();
        assert_eq!(seen, [("2018-11-13", 2), ("2018-11-13", 1)]);
    });
}

#[test]
fn a_search_gives_the_newest_up_to_the_limit() {
    each(async |db| {
        for day in 1..=3 {
            let row = super::held(&db, new(&format!("2018-11-0{day}T15:00:00Z"))).await;
            // Every second line is a near miss, so that one page of candidates is not enough.
            let lines: Vec<Event> =
                (0..10).map(|n| said("gwd", if n % 2 == 0 { "été" } else { "ete" })).collect();
            write(&db, async |tx| log::append(tx, row.id, 1, &lines).await.unwrap()).await;
        }
        for (limit, expected) in [(0, 0), (1, 1), (7, 7), (15, 15), (16, 15), (u32::MAX, 15)] {
            let hits = log::search(&db, &"ÉTÉ".into(), limit).await.unwrap();
            assert_eq!(hits.len(), expected, "limit {limit}");
            let order: Vec<_> = hits.iter().map(|hit| (hit.slug.clone(), hit.seq)).collect();
            let mut newest_first = order.clone();
            newest_first.sort_by(|a, b| b.cmp(a));
            assert_eq!(order, newest_first);
        }
    });
}

#[test]
fn a_row_that_is_not_ours_is_an_error() {
    each(async |db| {
        let row = opened(&db, new("2018-11-13T15:00:00Z")).await;
        let key = row.id.number() << 32;
        let foreign = format!("insert into log (key, at, kind, text) values ({key}, 0, 'x', '')");
        super::schema::execute(&db, foreign).await;
        let error = log::read(&db, row.id).await.unwrap_err();
        assert_eq!(error.trouble(), &Trouble::Damaged);
        assert!(!error.is_temporary());
    });
}
