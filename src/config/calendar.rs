//! A meeting's file of a community's calendar, in the format of yaml2ical, read as it is.
//!
//! ```yaml
//! project:  Virtualization SIG
//! agenda_url: https://example.org/agenda       # may be left out, as may all below but `schedule`
//! meeting_id: Virt SIG                         # the name of #startmeeting; else the project's
//! schedule:
//!   - time:       '1500'                       # UTC
//!     day:        Tuesday
//!     irc:        centos-devel
//!     frequency:  biweekly-even
//!     duration:   60                           # minutes
//!     start_date: 20171101
//!     skip_dates:
//!       - skip_date: 20181225
//!         skip_reason: Christmas
//! chair:  George Dunlap (gwd)
//! ```
//!
//! Other keys are left alone: the file is not ours.

use crate::config::fault::Fault;
use crate::config::fault::Faults;
use crate::config::fault::Source;
use crate::config::words;
use crate::config::yaml;
use crate::config::yaml::Value;
use crate::domain::name::Nick;
use crate::domain::schedule::Entry;
use crate::domain::schedule::frequency;
use crate::domain::schedule::frequency::Frequency;
use crate::domain::schedule::read;
use crate::domain::text;
use crate::domain::text::Text;
use crate::domain::time::MINUTE;
use chrono::NaiveDate;
use std::path::Path;

/// The most minutes a meeting may have.
const MOST_MINUTES: i64 = 24 * 60;

/// Reads a file into the entries of one meeting.
///
/// # Errors
///
/// All its faults, in the order of the file.
pub fn load(path: &Path) -> Result<Vec<Entry>, Vec<Fault>> {
    let file = path.display().to_string();
    let (bytes, _) = super::read(path).map_err(|error| vec![Fault::of_file(&file, error)])?;
    parse(&file, super::decode(&file, &bytes)?)
}

fn parse(file: &str, text: &str) -> Result<Vec<Entry>, Vec<Fault>> {
    let source = Source::new(file, text);
    let mut faults = Faults::new(&source);
    let entries = match yaml::read(text) {
        Ok(meeting) => entries(&meeting, &mut faults),
        Err((span, sentence)) => {
            faults.at(&span, sentence);
            Vec::new()
        }
    };
    if faults.is_empty() { Ok(entries) } else { Err(faults.in_order()) }
}

fn entries(meeting: &Value, faults: &mut Faults) -> Vec<Entry> {
    let text = |key: &str| meeting.get(key).and_then(Value::text);
    let Some(name) = text("meeting_id").or_else(|| text("project")) else {
        faults.of_file("`project` is missing, for example\n    project: Virtualization SIG");
        return Vec::new();
    };
    let slots = meeting.get("schedule").map_or(&[][..], Value::list);
    if slots.is_empty() {
        faults.of_file(
            "`schedule` is missing or no list, for example\n    schedule:\n      - time: '1500'\n        day: Tuesday\n        irc: centos-devel\n        frequency: biweekly-even",
        );
    }
    let agenda = meeting.get("agenda_url").filter(|value| value.text().is_some());
    let agenda_url = agenda.and_then(|value| understood(value, words::link, faults));
    let chair = text("chair").and_then(nick_of);
    let entries = slots.iter().filter_map(|slot| entry(name, slot, faults));
    let complete = |entry| Entry { chair: chair.clone(), agenda_url: agenda_url.clone(), ..entry };
    entries.map(complete).collect()
}

/// The nick in `George Dunlap (gwd)`; of several people the first one's.
fn nick_of(chair: &str) -> Option<Nick> {
    let inside = chair.split_once('(').and_then(|(_, rest)| rest.split_once(')'));
    words::nick(inside.map_or(chair, |(nick, _)| nick).trim()).ok()
}

/// Reads a text, or notes why it cannot be read.
fn understood<T, E: ToString>(
    value: &Value,
    read: impl Fn(&str) -> Result<T, E>,
    faults: &mut Faults,
) -> Option<T> {
    let read = read(value.text().unwrap_or_default());
    read.map_err(|error| faults.at(&value.span, error.to_string())).ok()
}

fn entry(name: &str, slot: &Value, faults: &mut Faults) -> Option<Entry> {
    let day = slot.get("day").map(|value| understood(value, frequency::weekday, faults));
    let time = slot.get("time").map(|value| understood(value, read::time, faults));
    let duration = slot.get("duration").map(|value| understood(value, minutes, faults));
    let start = slot.get("start_date").map(|value| understood(value, read::date, faults));
    let channel = slot.get("irc").map(|value| understood(value, channel, faults));
    let skips = skips(slot, faults);
    let Some(word) = slot.get("frequency") else {
        faults.at(&slot.span, "`frequency` is missing, for example biweekly-even");
        return None;
    };
    let frequency = understood(word, Frequency::parse, faults)?;
    // What was given but could not be read has its fault already.
    if day == Some(None) || time == Some(None) {
        return None;
    }
    let rule = frequency.rule(day.flatten(), time.flatten());
    let rule = rule.map_err(|sentence| faults.at(&slot.span, sentence)).ok()?;
    let name = text::clean(name);
    let mut entry = Entry::new(&name, &channel.flatten().unwrap_or_default(), rule);
    entry.duration = duration.flatten().unwrap_or(entry.duration);
    entry.start_date = start.flatten();
    entry.skips = skips;
    Some(entry)
}

fn minutes(given: &str) -> Result<i64, String> {
    let minutes = given.parse::<i64>().ok().filter(|n| (1..=MOST_MINUTES).contains(n));
    minutes
        .map(|minutes| minutes * MINUTE)
        .ok_or_else(|| format!("`duration` is in minutes, from 1 to {MOST_MINUTES}"))
}

/// The channel is written without its `#`.
fn channel(given: &str) -> Result<String, String> {
    let name = if given.starts_with(['#', '&']) { given.to_string() } else { format!("#{given}") };
    words::channel(&name).map(|channel| channel.as_str().to_string())
}

fn skips(slot: &Value, faults: &mut Faults) -> Vec<(NaiveDate, Text)> {
    let mut out = Vec::new();
    for skip in slot.get("skip_dates").map_or(&[][..], Value::list) {
        let Some(date) = skip.get("skip_date") else {
            faults.at(&skip.span, "`skip_date` is missing, for example 20181225");
            continue;
        };
        let reason = skip.get("skip_reason").and_then(Value::text).unwrap_or_default();
        let date = understood(date, read::date, faults);
        out.extend(date.map(|date| (date, Text::new(text::clean(reason)))));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::schedule::Schedule;
    use crate::domain::time::Moment;

    /// As the community had it in 2018.
    const VIRT: &str = "project:  Virtualization SIG
project_url: https://wiki.centos.org/SpecialInterestGroup/Virtualization
schedule:
  - time:       '1500'
    day:        Tuesday
    irc:        centos-devel
    frequency:  biweekly-even
    skip_dates:
      - skip_date: 20181225
        skip_reason: Christmas
chair:  George Dunlap (gwd)
description: >
    The CentOS Virtualisation Special Interest Group ( virt-sig ) is a group of
    people coming together.
";

    #[test]
    fn a_file_of_the_community_is_read_as_it_is() {
        let entries = parse("virtualization-sig.yaml", VIRT).unwrap();
        let [entry] = &entries[..] else { panic!("{entries:?}") };
        assert_eq!(entry.rule, Entry::of_the_first_group().rule);
        assert_eq!(
            (entry.id.as_str(), entry.channel.as_str()),
            ("virtualization-sig", "#centos-devel")
        );
        assert_eq!(entry.chair, Some("gwd".into()));
        let schedule = Schedule::new(entries);
        let next = schedule.next(Moment::parse("2018-12-12T00:00:00Z").unwrap()).unwrap();
        assert_eq!(next.start.rfc3339(), "2019-01-08T15:00:00Z");
    }

    #[test]
    fn all_that_the_format_knows_is_taken() {
        let text = "project: Cloud SIG
meeting_id: cloud/sig
agenda_url: https://etherpad.example.org/p/cloud
schedule:
- {time: 0900, day: Thursday, irc: '#cloud', frequency: first-thursday, duration: 90}
- time: '1500'
  day: Monday
  irc: cloud
  frequency: quadweekly-week-1
  start_date: 20190801
  skip_dates: []
chair: Alfredo Moralejo Alonso (amoralej) and Paul B. Isaacs (paulbisaacs)
";
        let entries = parse("cloud-sig.yaml", text).unwrap();
        assert_eq!(entries.len(), 2);
        assert_eq!(entries[0].name, "cloud/sig".into());
        assert_eq!(entries[0].duration, 90 * MINUTE);
        assert_eq!(entries[0].chair, Some("amoralej".into()));
        assert_eq!(entries[0].agenda_url.as_deref(), Some("https://etherpad.example.org/p/cloud"));
        assert_eq!(entries[1].start_date, Some("2019-08-01".parse().unwrap()));
        let next = entries[1].next(Moment::parse("2018-01-01T00:00:00Z").unwrap()).unwrap();
        assert_eq!(next.rfc3339(), "2019-08-12T15:00:00Z");
    }

    #[test]
    fn what_is_wrong_is_told_with_its_line() {
        for (from, to, said) in [
            (
                "Tuesday",
                "Tuseday",
                "v.yaml:5:17: a day is the English name of a weekday, for example \"Tuesday\"",
            ),
            ("'1500'", "25 o'clock", "v.yaml:4:17: \"25 o'clock\" is not a time of day"),
            ("biweekly-even", "biweekly", "v.yaml:7:17: `frequency` is one of weekly"),
            ("    day:        Tuesday\n", "", "v.yaml:4:5: `day` is missing"),
            ("    frequency:  biweekly-even\n", "", "v.yaml:4:5: `frequency` is missing"),
            ("20181225", "Christmas", "v.yaml:9:20: \"Christmas\" is not a date"),
            ("centos-devel", "a b", "v.yaml:6:17: \"#a b\" cannot be the name of a channel"),
            ("project: ", "name: ", "v.yaml: `project` is missing"),
            ("schedule:", "when:", "v.yaml: `schedule` is missing"),
            ("  - time", "  - \ttime: [\n", "v.yaml:5:1: this is not YAML"),
        ] {
            let text = VIRT.replacen(from, to, 1);
            let faults = parse("v.yaml", &text).expect_err(to);
            assert!(faults[0].to_string().starts_with(said), "{to}: {}", faults[0]);
        }
    }
}
