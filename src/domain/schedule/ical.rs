//! The calendar as iCalendar (RFC 5545): one event for each meeting, with an UID that stays.
//!
//! There is no recurrence rule here: no rule that calendars understand says "even ISO weeks", and
//! `INTERVAL=2` is wrong after each year of 53 weeks. A skipped meeting stays, as cancelled, for
//! who has it in a calendar already.

use crate::domain::escape;
use crate::domain::schedule::Planned;
use crate::domain::schedule::Schedule;
use crate::domain::schedule::Slot;
use crate::domain::time::DAY;
use crate::domain::time::Moment;

/// How far back the calendar goes: a year.
pub const BACK: i64 = 366 * DAY;
/// How many meetings it has ahead, skipped ones included: a year of a group that meets every
/// second week.
pub const AHEAD: usize = 26;
/// The most meetings it has back.
const MOST_BACK: usize = 400;

/// What a calendar says besides its meetings.
pub struct About<'a> {
    /// Its name.
    pub name: &'a str,
    /// What follows the `@` in the UIDs: the host of the pages.
    pub host: &'a str,
    /// When it is made (DTSTAMP).
    pub made: Moment,
    /// The minutes of a past meeting.
    pub minutes: &'a dyn Fn(&Slot) -> Option<String>,
}

/// The calendar around that moment.
pub fn render(schedule: &Schedule, now: Moment, about: &About) -> String {
    let mut out = Lines(String::new());
    out.add("BEGIN", "VCALENDAR");
    out.add("VERSION", "2.0");
    out.add("PRODID", "-//beadle//schedule//EN");
    out.add("CALSCALE", "GREGORIAN");
    out.add("METHOD", "PUBLISH");
    let name = escape::ical(about.name);
    // RFC 7986 §5.1 and §5.7, and what was there before it.
    out.add("NAME", &name);
    out.add("X-WR-CALNAME", &name);
    out.add("REFRESH-INTERVAL;VALUE=DURATION", "PT12H");
    out.add("X-PUBLISHED-TTL", "PT12H");
    for planned in around(schedule, now) {
        event(&mut out, &planned, about);
    }
    out.add("END", "VCALENDAR");
    out.0
}

fn around(schedule: &Schedule, now: Moment) -> Vec<Planned> {
    let mut all = schedule.planned_between(now.plus(-BACK), now);
    all.drain(..all.len().saturating_sub(MOST_BACK));
    all.extend(schedule.planned_from(now).take(AHEAD));
    all
}

fn event(out: &mut Lines, planned: &Planned, about: &About) {
    let slot = &planned.slot;
    out.add("BEGIN", "VEVENT");
    out.add("UID", &escape::ical(&format!("{}@{}", slot.id, about.host)));
    out.add("DTSTAMP", &stamp(about.made));
    out.add("DTSTART", &stamp(slot.start));
    out.add("DTEND", &stamp(slot.end));
    out.add("SEQUENCE", &planned.revision.to_string());
    out.add("STATUS", if planned.skipped.is_some() { "CANCELLED" } else { "CONFIRMED" });
    out.add("SUMMARY", &escape::ical(slot.name.as_untrusted()));
    let network = slot.network.as_ref().map(|network| format!(" on {}", network.as_str()));
    let place = format!("{}{}", slot.channel.as_str(), network.unwrap_or_default());
    out.add("LOCATION", &escape::ical(&place));
    let minutes = (about.minutes)(slot);
    let description = description(planned, minutes.as_deref());
    out.add(
        "DESCRIPTION",
        &description.iter().map(|line| escape::ical(line)).collect::<Vec<_>>().join("\\n"),
    );
    if let Some(url) = minutes.as_ref().or(slot.agenda_url.as_ref()) {
        // A URI is not escaped, so it must hold nothing that could end the line.
        out.add("URL", &escape::line(url));
    }
    out.add("END", "VEVENT");
}

fn description(planned: &Planned, minutes: Option<&str>) -> Vec<String> {
    let slot = &planned.slot;
    let mut lines = vec![format!("ISO week {}", slot.start.iso_week())];
    let said = |word: &str, text: &str| format!("{word}: {text}");
    lines.extend(planned.skipped.as_ref().map(|why| said("Skipped", why.as_untrusted())));
    lines.extend(slot.extra.as_ref().map(|why| said("Extra meeting", why.as_untrusted())));
    lines.extend(slot.chair.as_ref().map(|chair| said("Chair", chair.as_str())));
    lines.extend(slot.agenda_url.as_ref().map(|url| said("Agenda", url)));
    lines.extend(minutes.map(|url| said("Minutes", url)));
    lines
}

/// `20181113T150000Z`.
fn stamp(at: Moment) -> String {
    at.utc().format("%Y%m%dT%H%M%SZ").to_string()
}

/// The longest line, in bytes, without its end (RFC 5545 §3.1).
const MOST_LINE: usize = 75;

/// Content lines, folded between characters and ended by CR LF.
struct Lines(String);

impl Lines {
    fn add(&mut self, name: &str, value: &str) {
        let line = format!("{name}:{value}");
        let mut rest = line.as_str();
        let mut room = MOST_LINE;
        while rest.len() > room {
            let (now, later) = rest.split_at(rest.floor_char_boundary(room));
            self.0.push_str(now);
            self.0.push_str("\r\n ");
            rest = later;
            room = MOST_LINE - 1; // The space counts.
        }
        self.0.push_str(rest);
        self.0.push_str("\r\n");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::schedule::Change;
    use crate::domain::schedule::Entry;
    use icalendar::parser;
    use proptest::prelude::*;

    fn at(given: &str) -> Moment {
        Moment::parse(given).unwrap()
    }

    fn calendar(schedule: &Schedule, now: Moment) -> String {
        let minutes = |slot: &Slot| {
            let day = slot.start.date();
            (slot.start < now).then(|| format!("https://virt.example.org/m/{day}"))
        };
        let (name, host) = ("Virt SIG; all, meetings", "virt.example.org");
        render(schedule, now, &About { name, host, made: now, minutes: &minutes })
    }

    /// What RFC 5545 §3.1 asks of every line, and the events as another's reader finds them.
    fn events(text: &str) -> Vec<std::collections::BTreeMap<String, String>> {
        assert!(text.ends_with("\r\n") && !text.replace("\r\n", "").contains(['\r', '\n']));
        for line in text.split("\r\n") {
            assert!(line.len() <= 75, "{} bytes: {line}", line.len());
        }
        let unfolded = parser::unfold(text);
        let calendar = parser::read_calendar(&unfolded).unwrap();
        let event = |event: &parser::Component| {
            let named = |property: &parser::Property| {
                (property.name.as_str().to_string(), property.val.as_str().to_string())
            };
            event.properties.iter().map(named).collect()
        };
        calendar.components.iter().map(event).collect()
    }

    #[test]
    fn every_meeting_is_an_event_of_its_own() {
        let mut schedule = Schedule::new(vec![Entry::of_the_first_group()]);
        schedule.apply(&Change::Skip {
            date: "2018-12-25".parse().unwrap(),
            entry: None,
            reason: "Christmas, of course".into(),
        });
        let now = at("2018-11-14T00:00:00Z");
        let text = calendar(&schedule, now);
        assert!(!text.contains("RRULE") && !text.contains("INTERVAL=2"));
        let events = events(&text);
        assert_eq!(events.len(), 27 + 26, "both ends of a year back, 26 ahead");
        let by_uid = |uid: &str| events.iter().find(|event| event["UID"] == uid).unwrap();
        let past = by_uid("virt-sig-20181113@virt.example.org");
        assert_eq!(past["DTSTART"], "20181113T150000Z");
        assert_eq!(past["DTEND"], "20181113T160000Z");
        assert_eq!(past["DTSTAMP"], "20181114T000000Z");
        assert_eq!((past["SEQUENCE"].as_str(), past["STATUS"].as_str()), ("0", "CONFIRMED"));
        assert_eq!(past["URL"], "https://virt.example.org/m/2018-11-13");
        assert_eq!(past["LOCATION"], "#centos-devel");
        let skipped = by_uid("virt-sig-20181225@virt.example.org");
        assert_eq!((skipped["SEQUENCE"].as_str(), skipped["STATUS"].as_str()), ("1", "CANCELLED"));
        assert_eq!(skipped["DESCRIPTION"], "ISO week 2018-W52\nSkipped: Christmas, of course");
        assert!(!skipped.contains_key("URL"));
    }

    #[test]
    fn a_week_53_and_a_change_keep_the_uids() {
        let mut schedule = Schedule::new(vec![Entry::of_the_first_group()]);
        let now = at("2020-08-05T00:00:00Z");
        let before = events(&calendar(&schedule, now));
        let uids = |events: &[std::collections::BTreeMap<String, String>]| {
            events.iter().map(|event| event["UID"].clone()).collect::<Vec<_>>()
        };
        assert!(uids(&before).contains(&"virt-sig-20210112@virt.example.org".to_string()));
        assert!(!uids(&before).iter().any(|uid| uid.contains("20210105")));
        let start = at("2021-01-05T15:00:00Z");
        schedule.apply(&Change::Extra { start, entry: None, reason: "W53".into() });
        let after = uids(&events(&calendar(&schedule, now)));
        assert!(after.contains(&"virt-sig-20210105@virt.example.org".to_string()));
        // The window holds so many; the last one leaves it.
        assert!(uids(&before)[..before.len() - 1].iter().all(|uid| after.contains(uid)));
    }

    proptest! {
        #[test]
        fn no_name_breaks_a_line(name in any::<String>(), agenda in any::<String>()) {
            let mut entry = Entry::of_the_first_group();
            entry.name = name.as_str().into();
            entry.agenda_url = Some(agenda);
            let schedule = Schedule::new(vec![entry]);
            let events = events(&calendar(&schedule, at("2018-11-14T00:00:00Z")));
            prop_assert_eq!(&events[0]["SUMMARY"], &escape::line(&name));
        }
    }
}
