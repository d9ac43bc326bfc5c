//! The letter to the list on the day before a meeting: when and where, what waits to be talked
//! about, who will not be there, and what was promised.

use crate::domain::escape;
use crate::domain::list::letter::{Letter, List};
use crate::domain::roadmap::{self, Entry};
use crate::domain::schedule::Slot;
use crate::domain::schedule::read::time_text;
use crate::domain::schedule::reminder::{Duty, meeting_name};
use crate::domain::schedule::say;
use crate::domain::text::Text;
use crate::domain::time::{MINUTE, Moment};
use crate::domain::wrap::{wrap, wrapped};

/// The most actions in a letter; the others are counted.
pub const MOST_ACTIONS: usize = 20;
/// The most people in a letter who sent regrets.
pub const MOST_REGRETS: usize = 50;
/// People are asked to come so long before the start where the meeting is not called.
const COME_BEFORE: i64 = 5 * MINUTE;

/// What the letter says beside what the slot says itself.
#[derive(Clone, Copy, Debug, Default)]
pub struct Facts<'a> {
    /// Why the time since the last meeting was not the usual.
    pub pause: Option<&'a str>,
    /// What waits to be talked about.
    pub topics: &'a [Text],
    /// Who will not be there.
    pub regrets: &'a [String],
    /// The open actions, the oldest first.
    pub open: &'a [&'a Entry],
    /// Where the minutes are.
    pub pages: Option<&'a str>,
}

/// The letter about the meeting of a slot, written at `date`.
pub fn letter(slot: &Slot, facts: &Facts<'_>, list: &List, date: Moment) -> Letter {
    let id = list.message_id(&["remind", &slot.id]);
    let mut body = head(slot, facts);
    topics(&mut body, facts.topics);
    regrets(&mut body, facts.regrets);
    open(&mut body, facts, date);
    let mut foot = String::new();
    if let Some(pages) = facts.pages {
        foot += &wrapped(&format!("Minutes of past meetings: {pages}/"));
    }
    Letter {
        body,
        foot: foot + &list.rule(),
        ..list.letter(Duty::Mail(slot.clone()).key(), id, subject(slot, date), date)
    }
}

/// `Virt SIG meeting tomorrow, Tue 2018-11-13 15:00 UTC (#centos-devel)`
fn subject(slot: &Slot, now: Moment) -> String {
    let day = match (slot.start.date() - now.date()).num_days() {
        0 => "today, ",
        1 => "tomorrow, ",
        _ => "",
    };
    let (name, channel) = (meeting_name(slot), escape::line(slot.channel.as_str()));
    let (date, time) = (slot.start.utc().format("%a %Y-%m-%d"), clock(slot.start));
    format!("{name} {day}{date} {time} UTC ({channel})")
}

fn clock(at: Moment) -> String {
    time_text(at.time_of_day())
}

fn head(slot: &Slot, facts: &Facts<'_>) -> String {
    let mut out = String::new();
    let mut field = |name: &str, words: &str| {
        wrap(&mut out, &format!("{name:<8}"), &" ".repeat(8), words);
    };
    let minutes = slot.end.since(slot.start) / MINUTE;
    let pause = facts.pause.map_or(String::new(), |pause| format!("; {}", escape::line(pause)));
    field("When:", &format!("{}, {minutes} min{pause}", say::moment(slot.start)));
    let channel = escape::line(slot.channel.as_str());
    let network = slot.network.as_ref().map(|name| format!(" on {}", escape::line(name.as_str())));
    field("Where:", &format!("{channel}{}", network.unwrap_or_default()));
    if let Some(chair) = &slot.chair {
        field("Chair:", &escape::line(chair.as_str()));
    }
    if let Some(reason) = &slot.extra {
        field("Why:", &format!("extra meeting: {}", escape::line(reason.as_untrusted())));
    }
    if let Some(url) = &slot.agenda_url {
        field("Agenda:", &escape::line(url));
    }
    let from = match slot.call_before {
        0 => COME_BEFORE,
        before => before,
    };
    let come = format!(
        "To take part, join {channel} and say o/ there from {} UTC on. What is said in the meeting is logged and public.",
        clock(slot.start.plus(-from))
    );
    format!("{out}\n{}", wrapped(&come))
}

fn topics(out: &mut String, topics: &[Text]) {
    if topics.is_empty() {
        out.push_str("\nNo topic waits yet. In the channel, #agenda+ TEXT adds one.\n");
        return;
    }
    out.push_str("\nTopics that wait:\n\n");
    topics.iter().for_each(|topic| bullet(out, &escape::line(topic.as_untrusted())));
}

fn bullet(out: &mut String, words: &str) {
    wrap(out, "* ", "  ", words);
}

fn regrets(out: &mut String, names: &[String]) {
    if names.is_empty() {
        return;
    }
    let mut shown: Vec<String> =
        names.iter().take(MOST_REGRETS).map(|name| escape::line(name)).collect();
    if names.len() > MOST_REGRETS {
        shown.push(format!("{} more", names.len() - MOST_REGRETS));
    }
    out.push('\n');
    wrap(out, "Regrets: ", "  ", &shown.join(", "));
}

fn open(out: &mut String, facts: &Facts<'_>, now: Moment) {
    if facts.open.is_empty() {
        out.push_str("\nNo action is open.\n");
        return;
    }
    out.push_str("\nOpen actions:\n\n");
    for entry in facts.open.iter().take(MOST_ACTIONS) {
        let late = if entry.is_late(now.date()) { " (late)" } else { "" };
        bullet(out, &format!("{}{late}", escape::line(&roadmap::text::line(entry))));
    }
    if facts.open.len() > MOST_ACTIONS {
        let url = facts.pages.map_or(String::new(), |pages| format!(": {pages}/"));
        bullet(out, &format!("and {} more{url}", facts.open.len() - MOST_ACTIONS));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::list::testing::{is_golden, list};
    use crate::domain::notice::Origin;
    use crate::domain::roadmap::{Change, Kind, Roadmap};
    use crate::domain::schedule;
    use crate::domain::schedule::Schedule;

    fn at(time: &str) -> Moment {
        Moment::parse(time).unwrap()
    }

    fn slot(start: &str) -> (Slot, Option<String>) {
        let schedule = Schedule::new(vec![schedule::Entry::of_the_first_group()]);
        let slot = schedule.next(at(start)).unwrap();
        let pause = schedule.pause_sentence(&slot);
        (slot, pause)
    }

    fn roadmap(actions: usize) -> Roadmap {
        let mut roadmap = Roadmap::default();
        let origin = Origin { at: at("2018-10-30T15:10:00Z"), by: "gwd".into(), meeting: None };
        let words = [
            (
                "gwd",
                "ask KB about arm64 builders, and whether their disks are large enough for the images",
                None,
            ),
            ("sbonazzo", "test qemu-kvm-ev 2.12\r\nBcc: all@example.org", Some("2018-11-06")),
            ("lsm5", "update Docker page", Some("2018-11-27")),
        ];
        for (number, (owner, text, due)) in (31..).zip(words.iter().cycle().take(actions)) {
            let due = due.map(|due| due.parse().unwrap());
            let (kind, owners) = (Kind::Action, vec![owner.to_string()]);
            let change = Change::Opened { kind, text: (*text).into(), owners, due };
            roadmap.apply(number, &change, &origin);
        }
        roadmap
    }

    #[test]
    fn the_letter_is_as_its_golden_file() {
        let (mut slot, _) = slot("2018-11-13T15:00:00Z");
        slot.network = Some("libera".into());
        slot.chair = Some("gwd".into());
        slot.agenda_url = Some("https://virt.example.org/agenda".into());
        let date = at("2018-11-12T15:00:20Z");
        let roadmap = roadmap(MOST_ACTIONS + 2);
        let open: Vec<&Entry> = roadmap.open(date.date()).collect();
        let facts = Facts {
            pause: None,
            topics: &[
                "arm64 builders: who has machines that could be lent to us until spring?".into(),
                "注意 <b>Xen</b> 4.12".into(),
            ],
            regrets: &["Jiri Denemark (jirkade)".into(), "mira".into()],
            open: &open,
            pages: Some("https://virt.example.org"),
        };
        let letter = letter(&slot, &facts, &list(), date);
        assert_eq!(letter.key, "remind:virt-sig-20181113:24h");
        is_golden("reminder.eml", &letter);
    }

    #[test]
    fn a_long_pause_is_said_and_nothing_is_made_up() {
        let (slot, pause) = slot("2027-01-01T00:00:00Z");
        let facts = Facts { pause: pause.as_deref(), ..Facts::default() };
        let letter = letter(&slot, &facts, &list(), at("2027-01-12T03:00:00Z"));
        assert_eq!(
            letter.subject,
            "Virt SIG meeting today, Tue 2027-01-12 15:00 UTC (#centos-devel)"
        );
        is_golden("reminder-after-a-pause.eml", &letter);
    }
}
