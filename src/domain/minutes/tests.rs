//! The rich meeting in every format against its golden files, and what holds for every script:
//! the exported log alone gives the same items, times, speakers and lines.
//!
//! `UPDATE_SCRIPTS=1 cargo test` writes the golden files; a person reads the difference.

use crate::domain::meeting::replay;
use crate::domain::meeting::tests::{played, scripts};
use crate::domain::meeting::{Kind, Meeting};
use crate::domain::minutes::read::{self, Hints};
use crate::domain::minutes::{Format, Links, render};
use unicode_width::UnicodeWidthStr;

fn rich() -> Meeting {
    played(include_str!("golden/rich.txt"))
}

fn links() -> Links {
    Links {
        page: Some("https://virt.example.org/m/2018-11-13".into()),
        previous: Some("https://virt.example.org/m/2018-10-30".into()),
        ..Links::between_files("virt-sig.2018-11-13-15.00")
    }
}

#[test]
fn every_format_is_as_its_golden_file() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src/domain/minutes/golden");
    let meeting = rich();
    for format in Format::ALL {
        let path = folder.join(format!("rich.out.{}", format.extension()));
        let now = render(format, &meeting, &links());
        if std::env::var_os("UPDATE_SCRIPTS").is_some() {
            std::fs::write(&path, &now).expect("a writable golden file");
        }
        let golden = std::fs::read_to_string(&path).expect("a golden file");
        assert!(now == golden, "{} differs; now:\n{now}", path.display());
    }
}

#[test]
fn text_fits_a_mail() {
    let text = render(Format::Text, &rich(), &links());
    for line in text.lines() {
        assert!(line.width() <= 72 || line.contains("://"), "{} columns: {line}", line.width());
    }
    assert!(text.contains(
        "https://www.example.org/a/very/long/address/that/must/never/be/broken/over/two/lines.html"
    ));
    for heading in [
        "Action Items\n",
        "Action Items, by person\n",
        "People Present (lines said)\n",
        "Meeting summary\n",
    ] {
        assert!(text.contains(heading), "{heading}");
    }
    assert!(!text.contains("* beadle ("), "the bot is not counted");
}

#[test]
fn nothing_a_stranger_typed_is_markup() {
    for format in [Format::Html, Format::LogHtml] {
        let page = render(format, &rich(), &links());
        assert!(!page.contains("<script") && !page.contains("href=\"javascript"), "{format:?}");
        assert!(!page.contains('\u{202e}') && !page.contains('\u{2}'), "{format:?}");
    }
    let wiki = render(Format::Mediawiki, &rich(), &links());
    assert!(!wiki.contains("[[evil") && !wiki.contains("{{template") && !wiki.contains("~~~~"));
    let moin = render(Format::Moinmoin, &rich(), &links());
    assert!(moin.contains("<<Verbatim([[evil]])>>"));
}

#[test]
fn the_exported_log_alone_gives_the_same_minutes() {
    let all = scripts()
        .into_iter()
        .chain([("rich".to_string(), include_str!("golden/rich.txt").to_string())]);
    for (name, script) in all {
        let live = played(&script);
        let log = render(Format::LogText, &live, &Links::default());
        let read = read::read(
            log.as_bytes(),
            &Hints { date: Some(live.started_at.date()), ..Hints::default() },
        );
        let read = read.unwrap_or_else(|error| panic!("{name}: {error}"));
        let mut settings = read.settings.clone();
        settings.members = live.settings.members.clone();
        let found = replay::found(read.events, &settings);
        assert_eq!(found.len(), 1, "{name}");
        assert_eq!(summary(&found[0]), summary(&live), "{name}\n{log}");
        assert_eq!(render(Format::LogText, &found[0], &Links::default()), log, "{name}");
    }
}

/// What must be the same: topics and items with their words, speakers, times, lines and owners.
fn summary(meeting: &Meeting) -> Vec<String> {
    let mut out = Vec::new();
    for topic in &meeting.topics {
        out.push(format!(
            "{:?} {:?} l-{} {}",
            topic.title,
            topic.nick,
            topic.line,
            topic.at.clock()
        ));
        for item in &topic.items {
            let owners: Vec<_> =
                item.owners.iter().map(|id| &meeting.people.one(*id).nick).collect();
            let owners =
                if item.kind == Kind::Action { format!("{owners:?}") } else { String::new() };
            let by = &meeting.people.one(item.by).nick;
            out.push(format!(
                "  {:?} {:?} {:?} {by:?} {:?} l-{} {} {owners}",
                item.kind,
                item.text,
                item.url,
                item.nick,
                item.line,
                item.at.clock()
            ));
        }
    }
    out
}
