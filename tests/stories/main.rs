//! Whole-program stories: `beadle serve` on real IRC servers, as people would see it.
//!
//! A story is a text file beside this one; `tests/support/story.rs` says how it is written.

#[path = "../support/mod.rs"]
mod support;

mod ends;
mod gate;
mod kill9;
mod login;
mod mail;
mod nodes;
mod pushes;
mod rig;
mod tick;

use crate::support::network::Kind;
use crate::support::play::play;
use crate::support::story::Story;

/// One test for each server a story is played on, and the list of all of them.
macro_rules! stories {
    ($($story:ident: $($kind:ident)+;)+) => {
        const PLAYED: &[(&str, &str, &[Kind])] = &[$((
            stringify!($story),
            include_str!(concat!(stringify!($story), ".story")),
            &[$(Kind::$kind),+],
        ),)+];

        $(mod $story {
            use super::{Kind, play};
            const TEXT: &str = include_str!(concat!(stringify!($story), ".story"));
            $(#[test]
            #[allow(non_snake_case, reason = "the test is named after the server")]
            fn $kind() {
                play(stringify!($story), TEXT, Kind::$kind);
            })+
        })+
    };
}

stories! {
    a_chairs_tuesday: Ngircd Inspircd;
    a_muted_bot: Ngircd Inspircd Demo;
    a_nick_is_not_a_person: Inspircd Demo;
    a_skipped_date: Ngircd;
    a_whole_meeting: Ngircd Inspircd Demo;
    another_group_is_on: Ngircd;
    an_operator_kills_the_bot: Ngircd Inspircd Demo;
    corrected_afterwards: Ngircd;
    dates_move: Ngircd Inspircd Demo;
    hostile_lines: Ngircd Inspircd Demo;
    nobody_starts: Ngircd;
    off_the_record: Ngircd Inspircd Demo;
    questions: Ngircd Inspircd Demo;
    refusals_are_private: Ngircd Inspircd Demo;
    renames_are_followed: Ngircd;
    services_go_away: Inspircd Demo;
    the_leads_report: Ngircd;
    the_network_splits: Demo;
    the_power_fails: Ngircd Inspircd Demo;
    the_server_restarts: Ngircd Inspircd Demo;
    two_restarts_one_call: Ngircd Inspircd Demo;
    told_when_seen: Ngircd Inspircd Demo;
}

#[test]
fn every_story_is_played_where_it_says() {
    let dir = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/stories");
    let mut files: Vec<String> = std::fs::read_dir(dir)
        .expect("read tests/stories")
        .map(|entry| entry.expect("a file").file_name().to_string_lossy().into_owned())
        .filter_map(|name| name.strip_suffix(".story").map(str::to_string))
        .collect();
    files.sort();
    let mut played: Vec<&str> = PLAYED.iter().map(|(name, ..)| *name).collect();
    played.sort();
    assert_eq!(files, played, "the files, and the list in main.rs");
    for (name, text, kinds) in PLAYED {
        let story = Story::parse(text).unwrap_or_else(|why| panic!("{name}.story: {why}"));
        assert_eq!(&story.servers, kinds, "{name}.story and the list in main.rs");
    }
}
