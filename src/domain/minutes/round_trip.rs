//! The exported log of any meeting, read and replayed, is the same log byte for byte: no anchor
//! `l-N` that somebody linked to ever shifts.

use crate::domain::meeting::tests::played;
use crate::domain::meeting::{Meeting, Settings, replay};
use crate::domain::minutes::read::{Hints, LogFormat, read};
use crate::domain::minutes::{Format, Links, render};
use proptest::prelude::*;
use std::collections::BTreeMap;
use std::fmt::Write;

/// What a reader of the log alone can know: settings that are not in it are taken from the meeting.
fn again(meeting: &Meeting) -> Meeting {
    let log = render(Format::LogText, meeting, &Links::default());
    let hints = Hints { date: Some(meeting.started_at.date()), ..Hints::default() };
    let read = read(log.as_bytes(), &hints).expect("our own log");
    assert_eq!(read.format, LogFormat::Meetbot);
    let settings = Settings {
        channel: meeting.settings.channel.clone(),
        members: meeting.settings.members.clone(),
        ..read.settings
    };
    let mut found = replay::found(read.events, &settings);
    assert_eq!(found.len(), 1, "{log}");
    found.remove(0)
}

/// What somebody does, under the login they come with if they are not there yet.
#[derive(Clone, Debug)]
enum Does {
    Say(String),
    Act,
    Notice,
    Rename(&'static str),
    LogIn,
    Leave(&'static str),
    Gap,
}

fn does() -> impl Strategy<Value = Does> {
    let words = prop_oneof![
        "#(info|action|topic|chair|unchair|undo|agreed|subtopic|help) (anna|bob|mallory|x y)",
        "#(startvote Now. yes, no|vote yes|vote no|endvote|undo|save|here|meetingname v|nick bob)",
        "<(anna|carl)> #(info|topic|chair) (bob|x)",
        "(s/x/z/|o/|hi all|\\+1|https://a.example/b|regrets\\+ bob|#edit [1-9] q|#redact l-[1-9])",
        any::<String>().prop_map(|words| words.replace(['\n', '\r'], " ")),
    ];
    prop_oneof![
        12 => words.prop_map(Does::Say),
        1 => Just(Does::Act),
        1 => Just(Does::Notice),
        2 => prop::sample::select(NICKS.to_vec()).prop_map(Does::Rename),
        1 => Just(Does::LogIn),
        2 => prop::sample::select(vec!["quits", "splits"]).prop_map(Does::Leave),
        1 => Just(Does::Gap),
    ]
}

const NICKS: [&str; 5] = ["anna", "bob", "bob_", "mallory", "bridge"];
const ACCOUNTS: [&str; 3] = ["|", "|anna", "|bob"];
const RELAY: &str = "bridge";

/// A script of what can happen on a network: a nick is one person's at a time, a login stays until
/// it changes, and where there are no services nobody has one. The relay stays what it is.
fn script(accounts: bool, doings: &[(&'static str, &'static str, Does)]) -> String {
    let mut here: BTreeMap<&str, &str> = BTreeMap::new();
    let mut out = format!("accounts {}\nrelay bridge\n", if accounts { "on" } else { "off" });
    let start = ("anna", if accounts { "|bob" } else { "" }, Does::Say("#startmeeting".into()));
    for (minute, (nick, login, does)) in std::iter::once(&start).chain(doings).enumerate() {
        let time = format!("15:{minute:02}:00");
        let given = match (accounts, *nick) {
            (true, RELAY) => "|bridge",
            (true, _) => login,
            (false, _) => "",
        };
        if !here.contains_key(nick) {
            let _ = writeln!(out, "{time} {nick}{given} joins");
        }
        let login = *here.entry(nick).or_insert(given);
        let _ = match does {
            Does::Say(words) => writeln!(out, "{time} <{nick}{login}> {words}"),
            Does::Act => writeln!(out, "{time} * {nick}{login} waves"),
            Does::Notice => writeln!(out, "{time} -{nick}{login}- psst"),
            Does::Rename(new) if !here.contains_key(new) && ![*nick, *new].contains(&RELAY) => {
                here.remove(nick);
                here.insert(new, login);
                writeln!(out, "{time} {nick} -> {new}")
            }
            Does::LogIn if accounts => {
                here.insert(nick, given);
                writeln!(out, "{time} {nick}{given} logs in")
            }
            Does::Leave(how) => {
                here.remove(nick);
                writeln!(out, "{time} {nick} {how}")
            }
            Does::Rename(_) | Does::LogIn => Ok(()),
            Does::Gap => writeln!(out, "{time} gap 14:00:00 14:30:00"),
        };
    }
    out
}

proptest! {
    #[test]
    fn no_line_of_any_meeting_s_log_shifts(accounts in any::<bool>(), doings in prop::collection::vec((prop::sample::select(NICKS.to_vec()), prop::sample::select(ACCOUNTS.to_vec()), does()), 0..40)) {
        let script = script(accounts, &doings);
        let meeting = played(&script);
        let log = |meeting: &Meeting| render(Format::LogText, meeting, &Links::default());
        prop_assert_eq!(log(&meeting), log(&again(&meeting)), "{}", script);
    }
}
