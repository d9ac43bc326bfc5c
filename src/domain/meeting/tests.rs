//! The conversations in `scripts/*.txt`: what is typed, and indented below it what must follow.
//!
//! ```text
//! accounts on                        settings, before the first line
//! member George Dunlap gwd lead
//! 15:00:12 <gwd> #startmeeting       a line; <gwd|georged> is logged in as georged, <gwd|> is not logged in
//!     say Meeting started …
//! 15:01:00 * gwd waves               /me
//! 15:01:10 -gwd- psst                a NOTICE
//! 15:02:00 gwd -> gwd_               a change of nick
//! 15:02:10 anna|anna joins           also: quits, splits, logs in, logs out
//! 15:03:00 gap 15:02:10 15:02:50
//! 16:10:00 gwd corrected l-4 on 2018-11-14 10:00:00 UTC: new words
//! 16:30:00 time passes                where that does something
//! schedule on                         the first group's; needs a ledger
//! ledger ask KB (gwd); test qemu (sbonazzo)   the group's ledger, or `ledger empty`; else none
//! signed-in anna 14:55:20             before the start; also: regrets NAME, agenda TEXT, slot NAME HH:MM:SS
//! 15:50:00 next Tue 2018-11-27 15:00 UTC (W48)   as planned when the meeting has ended
//! log | minutes | people             what is in them now
//! ```
//!
//! `UPDATE_SCRIPTS=1 cargo test` writes what follows now; a person reads the difference.

use crate::domain::group::{By, Change, Circumstances, Entry, Group};
use crate::domain::meeting::{
    Door, Effect, Event, Fact, Form, Leaving, Login, Manner, Mark, Meeting, Next, Settings, SignIn,
    Speaker, What, reply,
};
use crate::domain::name::Nick;
use crate::domain::roadmap;
use crate::domain::roster::{Enrolled, Member, Roster};
use crate::domain::schedule::{self, Schedule};
use crate::domain::text::Text;
use crate::domain::time::Moment;
use std::collections::VecDeque;

#[test]
fn every_script_plays_as_written() {
    let update = std::env::var_os("UPDATE_SCRIPTS").is_some();
    let mut played = 0;
    let mut wrong = Vec::new();
    for (path, script) in scripts() {
        let (now, _) = play(&script);
        played += 1;
        if update {
            std::fs::write(&path, &now).expect("a writable script");
        } else if now != script {
            let differs = script.lines().zip(now.lines()).position(|(was, is)| was != is);
            wrong.push(format!("{path} from line {:?} on, now:\n{now}", differs.map(|n| n + 1)));
        }
    }
    assert!(played > 5, "only {played} scripts were found");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// All scripts by name.
pub(crate) fn scripts() -> Vec<(String, String)> {
    let folder =
        std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src/domain/meeting/scripts");
    let mut all = Vec::new();
    for entry in std::fs::read_dir(&folder).expect("the folder of scripts") {
        let path = entry.expect("a readable folder").path();
        all.push((path.display().to_string(), std::fs::read_to_string(&path).expect("a script")));
    }
    all.sort();
    all
}

/// The meeting of a script.
pub(crate) fn played(script: &str) -> Meeting {
    play(script).1.expect("a script with a meeting")
}

/// The script with what follows each line as it is now, and its meeting.
fn play(script: &str) -> (String, Option<Meeting>) {
    let mut settings = Settings {
        channel: Some("#centos-devel".into()),
        bot: Some("beadle".into()),
        old_topic: Some("CentOS development".into()),
        ..Settings::default()
    };
    let mut meeting: Option<Meeting> = None;
    let mut ledger: Option<Group> = None;
    let mut out = String::new();
    for line in script.lines().filter(|line| !line.starts_with("    ")) {
        out.push_str(line);
        out.push('\n');
        if line.is_empty() || line.starts_with("//") || set(&mut settings, line) {
            continue;
        }
        if let Some(entries) = line.strip_prefix("ledger ") {
            ledger = Some(group(&settings, entries));
            continue;
        }
        if line == "schedule on" {
            let group = ledger.as_mut().expect("a ledger before the schedule");
            group.schedule = Schedule::new(vec![schedule::Entry::of_the_first_group()]);
            continue;
        }
        let meeting = meeting.get_or_insert_with(|| Meeting::new(settings.clone()));
        let follows = match line {
            "log" => log(meeting),
            "minutes" => minutes(meeting),
            "people" => people(meeting),
            _ => heard(meeting, line, ledger.as_mut()),
        };
        for line in follows {
            out.push_str(&format!("    {line}\n"));
        }
    }
    (out, meeting)
}

fn set(settings: &mut Settings, line: &str) -> bool {
    let (word, rest) = line.split_once(' ').unwrap_or((line, ""));
    match word {
        "accounts" => settings.accounts = rest == "on",
        "echo" => settings.echo = rest == "on",
        "relay" => settings.relays.push(rest.into()),
        "quorum" => settings.quorum = rest.parse().ok(),
        "page" => settings.page = Some(rest.to_string()),
        "old-topic" => settings.old_topic = Some(rest.into()),
        "signed-in" => {
            let (who, time) = rest.split_once(' ').expect("signed-in WHO TIME");
            let sign = SignIn { who: speaker(who), at: moment(time), name: None };
            settings.before.signed_in.push(sign);
        }
        "regrets" => settings.before.regrets.push(rest.into()),
        "agenda" => settings.before.agenda.push(rest.into()),
        "slot" => {
            let (name, time) = rest.rsplit_once(' ').expect("slot NAME TIME");
            settings.before.scheduled = Some(name.into());
            settings.before.until = Some(moment(time));
        }
        "member" => {
            let (name, nick) = rest.rsplit_once(' ').expect("member NAME NICK");
            settings.members.push(Member {
                name: name.into(),
                nicks: vec![nick.into()],
                ..Member::default()
            });
        }
        _ => return false,
    }
    true
}

/// A group whose ledger holds the given actions: `ask KB (gwd); test qemu (sbonazzo)`, or `empty`.
fn group(settings: &Settings, entries: &str) -> Group {
    let enrolled = |member: &Member| Enrolled { member: member.clone(), ..Enrolled::default() };
    let mut group = Group::new(Roster::new(settings.members.iter().map(enrolled).collect()));
    for entry in entries.split("; ").filter(|entry| *entry != "empty") {
        let (text, owner) = entry.trim_end_matches(')').split_once(" (").expect("TEXT (OWNER)");
        let change = roadmap::Change::Opened {
            kind: roadmap::Kind::Action,
            text: text.into(),
            owners: vec![owner.to_string()],
            due: None,
        };
        let number = group.roadmap.next_number();
        enter(&mut group, Change::Entry { number, change });
    }
    group
}

fn enter(group: &mut Group, change: Change) {
    let id = group.last + 1;
    group.apply(&Entry { id, at: moment("15:00:00"), by: By::itself(), change });
}

fn heard(meeting: &mut Meeting, line: &str, mut ledger: Option<&mut Group>) -> Vec<String> {
    let (time, rest) = line.split_at_checked(8).unwrap_or_else(|| panic!("no time: {line}"));
    let rest = rest.strip_prefix(' ').unwrap_or("");
    let at = moment(time);
    let mut effects = VecDeque::from(meeting.apply(&Event { at, heard_at: at, what: what(rest) }));
    let mut follows = Vec::new();
    let take_in = |meeting: &mut Meeting, fact| {
        meeting.apply(&Event { at, heard_at: at, what: What::Ledger(Box::new(fact)) })
    };
    if let Some(group) = &ledger
        && rest.contains("#startmeeting")
        && let Some(fact) = group.carried(at.date())
    {
        effects.extend(take_in(meeting, fact));
    }
    while let Some(effect) = &effects.pop_front() {
        if let Effect::Ledger(wish) = effect {
            let Some(group) = ledger.as_deref_mut() else { continue };
            let given = Circumstances {
                now: at,
                casemapping: meeting.settings.casemapping,
                next_meeting: "2018-11-27".parse().ok(),
            };
            if let Some(fact) = group.inform(wish, at) {
                effects.extend(take_in(meeting, fact));
                continue;
            }
            match group.answer(wish, given) {
                Ok((change, fact)) => {
                    enter(group, change);
                    effects.extend(take_in(meeting, fact));
                }
                Err(refusal) => effects.push_front(wish.refusal(&refusal)),
            }
            continue;
        }
        follows.push(shown(effect));
        if let Effect::Say(text) = effect {
            let what = What::Own { manner: Manner::Say, text: text.clone() };
            meeting.apply(&Event { at, heard_at: at, what });
        }
    }
    follows
}

fn moment(time: &str) -> Moment {
    Moment::parse(&format!("2018-11-13T{time}Z")).unwrap_or_else(|_| panic!("no time: {time}"))
}

fn what(rest: &str) -> What {
    let said = |manner, who: &str, text: &str| What::Said {
        who: speaker(who),
        manner,
        text: text.replace("\\x02", "\u{2}").replace("\\x03", "\u{3}").into(),
    };
    if let Some((who, text)) = rest.strip_prefix('<').and_then(|rest| rest.split_once('>')) {
        return said(Manner::Say, who, text.strip_prefix(' ').unwrap_or(text));
    }
    if let Some((who, text)) = rest.strip_prefix("* ").and_then(|rest| rest.split_once(' ')) {
        return said(Manner::Act, who, text);
    }
    if let Some((who, text)) = rest.strip_prefix('-').and_then(|rest| rest.split_once("- ")) {
        return said(Manner::Notice, who, text);
    }
    if let Some((old, new)) = rest.split_once(" -> ") {
        return What::Renamed { old: old.into(), new: new.into() };
    }
    if let Some((from, to)) = rest.strip_prefix("gap ").and_then(|rest| rest.split_once(' ')) {
        return What::Gap { from: moment(from), to: moment(to) };
    }
    if rest.contains(" corrected l-") {
        return What::Noted(Mark::parse(rest));
    }
    if let Some(words) = rest.strip_prefix("door ") {
        let counts: Vec<u64> = words.split(' ').map(|n| n.parse().expect("a count")).collect();
        let [accepted, held, discarded, released] = counts[..] else { panic!("four counts") };
        let door = Door { accepted, held, discarded, released };
        return What::Ledger(Box::new(Fact::Door(door)));
    }
    if let Some(words) = rest.strip_prefix("pushed ") {
        return What::Ledger(Box::new(Fact::Pushed { lines: vec![words.into()] }));
    }
    if let Some(words) = rest.strip_prefix("next ") {
        let start = Moment::parse("2018-11-27T15:00:00Z").expect("a moment");
        let next = Next { start, text: words.into() };
        return What::Ledger(Box::new(Fact::Next(next)));
    }
    if let Some(names) = rest.strip_prefix("here: ") {
        return What::Members(names.split(' ').map(speaker).collect());
    }
    let (who, does) = rest.split_once(' ').unwrap_or_else(|| panic!("not understood: {rest}"));
    let left = |how| What::Left { nick: speaker(who).nick, how, reason: Text::default() };
    match does {
        "passes" if who == "time" => What::Tick,
        "joins" => What::Joined(speaker(who)),
        "quits" => left(Leaving::Quit),
        "splits" => left(Leaving::Split),
        "logs in" | "logs out" => What::LoggedIn(speaker(who)),
        _ => panic!("not understood: {rest}"),
    }
}

fn speaker(who: &str) -> Speaker {
    match who.split_once('|') {
        None => Speaker { nick: Nick::new(who), login: Login::Unknown },
        Some((nick, "")) => Speaker { nick: Nick::new(nick), login: Login::No },
        Some((nick, account)) => {
            Speaker { nick: Nick::new(nick), login: Login::As(account.into()) }
        }
    }
}

fn shown(effect: &Effect) -> String {
    match effect {
        Effect::Say(text) => format!("say {}", text.as_untrusted()),
        Effect::Tell(nick, text) => format!("tell {}: {}", nick.as_str(), text.as_untrusted()),
        Effect::SetTopic(text) => format!("channel topic: {}", text.as_untrusted()),
        Effect::Save => "save".to_string(),
        Effect::Publish => "publish".to_string(),
        Effect::Abort => "abort".to_string(),
        Effect::Restrict => "restrict".to_string(),
        Effect::Reopen => "reopen".to_string(),
        Effect::Ledger(_) => unreachable!("answered above"),
        Effect::Redact(rows) => format!("redact rows {rows:?}"),
    }
}

fn log(meeting: &Meeting) -> Vec<String> {
    let line = |(n, line): (usize, &crate::domain::meeting::LogLine)| {
        let (time, nick, text) = (line.at.clock(), line.nick.as_str(), line.text.as_untrusted());
        let words = match line.form {
            Form::Said => format!("<{nick}> {text}"),
            Form::Acted => format!("* {nick} {text}"),
            Form::Noticed => format!("-{nick}- {text}"),
            Form::Mark => format!("-!- {text}"),
        };
        format!("{n} {time} {words}")
    };
    (1..).zip(&meeting.log).map(line).collect()
}

fn minutes(meeting: &Meeting) -> Vec<String> {
    let mut out = vec![format!("{} ({:?})", meeting.title(), meeting.state)];
    for topic in &meeting.topics {
        let sub = if topic.sub { "  " } else { "" };
        out.push(format!("{sub}[{}] l-{}", topic.title.as_untrusted(), topic.line));
        for item in &topic.items {
            let owners: Vec<&str> =
                item.owners.iter().map(|id| meeting.people.one(*id).nick.as_str()).collect();
            let owners = if owners.is_empty() {
                String::new()
            } else {
                format!(" -> {}", owners.join(", "))
            };
            let url = item.url.as_ref().map(|url| format!(" [{url}]")).unwrap_or_default();
            let by = meeting.people.one(item.by).nick.as_str();
            out.push(format!("{sub}  {}{url} ({by}, l-{}){owners}", reply::item(item), item.line));
        }
    }
    let planned = meeting.planned.iter();
    out.extend(planned.map(|one| format!("date {} (l-{})", one.text.as_untrusted(), one.line)));
    out
}

fn people(meeting: &Meeting) -> Vec<String> {
    let one = |person: &crate::domain::meeting::Person| {
        let mut out = format!("{} ({})", person.nick.as_str(), person.lines);
        if let Some(account) = person.account() {
            out.push_str(&format!(" account {}", account.as_str()));
        }
        if let Some(name) = &person.name {
            out.push_str(&format!(" {:?}", name.as_untrusted()));
        }
        if let Some(via) = &person.via {
            out.push_str(&format!(" via {}", via.as_str()));
        }
        for (is, word) in [
            (person.chair, "chair"),
            (person.member, "member"),
            (person.present, "present"),
            (person.regrets, "regrets"),
            (person.signed_in_at.is_some(), "signed-in"),
        ] {
            if is {
                out.push(' ');
                out.push_str(word);
            }
        }
        out
    };
    meeting.people.all().iter().map(one).collect()
}
