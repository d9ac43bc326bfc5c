//! A channel's topic that names the next meeting: `Virt SIG | Next meeting: Tue 2018-11-27 15:00
//! UTC (W48) | logs: …`. Who writes `Next meeting:` and a date into the topic has it kept; a topic
//! without it is nobody's business here.

use crate::domain::schedule::Place;
use crate::domain::schedule::Schedule;
use crate::domain::schedule::read;
use crate::domain::schedule::say;
use crate::domain::time::Moment;
use std::ops::Range;

/// What stands before the date; in any case.
const LABEL: &str = "next meeting:";
/// What ends it.
const ENDS: [char; 3] = ['|', '·', ';'];
/// What stands there when no meeting is planned.
const NONE: &str = "none";

/// Whether the topic names the next meeting, rightly or not.
pub fn names_next(topic: &str) -> bool {
    named(topic).is_some()
}

/// Whether two topics differ in nothing but the next meeting they name.
pub fn is_same_but_for_next(one: &str, other: &str) -> bool {
    let without = |topic: &str| match named(topic) {
        Some(place) => format!("{}{}", &topic[..place.start], &topic[place.end..]),
        None => topic.to_string(),
    };
    without(one) == without(other)
}

impl Schedule {
    /// The topic as it should be now, where it names the next meeting and names another one. A
    /// meeting is the next one until its time is over.
    pub fn topic(&self, topic: &str, place: &Place, now: Moment) -> Option<String> {
        let named = named(topic)?;
        let around = self.in_channel(place.network.as_ref(), place.channel.as_ref()?, now);
        let next = around.on.or(around.next);
        let next = next.map_or(NONE.to_string(), |slot| say::moment(slot.start));
        let is_right = topic[named.clone()] == next;
        (!is_right).then(|| format!("{}{next}{}", &topic[..named.start], &topic[named.end..]))
    }
}

/// Where the next meeting is named: what follows the label, if it is ours to write, without the
/// spaces around it.
fn named(topic: &str) -> Option<Range<usize>> {
    let label = topic.to_ascii_lowercase().find(LABEL)? + LABEL.len();
    let length = topic[label..].find(ENDS).unwrap_or(topic.len() - label);
    let words = &topic[label..label + length];
    let trimmed = words.trim();
    let is_ours =
        trimmed == NONE || trimmed.split_whitespace().any(|word| read::date(word).is_ok());
    let start = label + words.len() - words.trim_start().len();
    is_ours.then(|| start..start + trimmed.len())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::schedule::Entry;
    use proptest::prelude::*;

    fn kept(topic: &str, channel: &str, now: &str) -> Option<String> {
        let place = Place { network: None, channel: Some(channel.into()) };
        let schedule = Schedule::new(vec![Entry::of_the_first_group()]);
        schedule.topic(topic, &place, Moment::parse(now).unwrap())
    }

    #[test]
    fn only_a_topic_that_names_a_date_is_kept() {
        let here = |topic| kept(topic, "#centos-devel", "2018-11-13T16:00:00Z");
        let next = "Tue 2018-11-27 15:00 UTC (W48)";
        for (topic, then) in [
            ("Next meeting: Tue 2018-11-13 15:00 UTC (W46)", format!("Next meeting: {next}")),
            (
                "Virt | NEXT MEETING:  2018-11-13  | 注意",
                format!("Virt | NEXT MEETING:  {next}  | 注意"),
            ),
            ("next meeting: none · x", format!("next meeting: {next} · x")),
        ] {
            assert_eq!(here(topic), Some(then), "{topic}");
        }
        for other in [
            "",
            "CentOS development",
            "Next meeting: ask gwd | 2018-11-13",
            "Next meeting:",
            "İ next meeting",
            "Next meeting: Tue 2018-11-27 15:00 UTC (W48)",
        ] {
            assert_eq!(here(other), None, "{other}");
        }
        let elsewhere = kept("Next meeting: 2018-11-13", "#elsewhere", "2018-11-13T16:00:00Z");
        assert_eq!(elsewhere.as_deref(), Some("Next meeting: none"));
        let topic = "Next meeting: Tue 2018-11-13 15:00 UTC (W46)";
        assert_eq!(
            kept(topic, "#centos-devel", "2018-11-13T15:59:00Z"),
            None,
            "its time is not over"
        );
    }

    #[test]
    fn topics_are_compared_without_it() {
        let (one, other) = ("A | Next meeting: 2018-11-13 | B", "A | Next meeting: none | B");
        assert!(is_same_but_for_next(one, other) && names_next(one));
        assert!(!is_same_but_for_next(one, "A | Next meeting: none | C"));
        assert!(!is_same_but_for_next(one, "A"));
    }

    proptest! {
        #[test]
        fn survives_any_topic(before in any::<String>(), after in any::<String>()) {
            for topic in [before.clone(), format!("{before}next meeting:{after}2018-11-13{before}")] {
                if let Some(then) = kept(&topic, "#centos-devel", "2018-11-13T16:00:00Z") {
                    prop_assert!(is_same_but_for_next(&topic, &then));
                    prop_assert_eq!(kept(&then, "#centos-devel", "2018-11-13T16:00:00Z"), None);
                }
            }
        }
    }
}
