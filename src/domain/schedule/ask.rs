//! What somebody asks of the schedule in a channel: `#skip DATE reason` and its like, read into a
//! change. Whether the change can be made is judged elsewhere.
//!
//! Where the group has several meetings, the one of the channel is meant; another one is named by
//! its id before the reason: `#skip 2018-12-25 virt-sig Christmas`.

use crate::domain::name::Channel;
use crate::domain::name::Network;
use crate::domain::schedule::Change;
use crate::domain::schedule::Schedule;
use crate::domain::schedule::Slot;
use crate::domain::schedule::read;
use crate::domain::schedule::read::Unreadable;
use crate::domain::text::Text;
use crate::domain::time::Moment;

/// What is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asked {
    /// `#skip DATE reason`
    Skip,
    /// `#unskip DATE`
    Unskip,
    /// `#extra DATE TIME reason`
    Extra,
    /// `#nextmeeting`, which asks when it is, or `#nextmeeting DATE TIME [reason]`.
    Next,
}

impl Asked {
    /// The word after `#`.
    pub fn word(self) -> &'static str {
        match self {
            Asked::Skip => "skip",
            Asked::Unskip => "unskip",
            Asked::Extra => "extra",
            Asked::Next => "nextmeeting",
        }
    }
}

/// Where it is asked.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Place {
    /// The network, where it is known.
    pub network: Option<Network>,
    /// The channel, where it is known.
    pub channel: Option<Channel>,
}

impl Schedule {
    /// The change that the words ask for; a meeting that is not named is the channel's. `by` is who
    /// asks, for the reason of a next meeting that is given none.
    ///
    /// # Errors
    ///
    /// A date or a time cannot be read.
    pub fn read(
        &self,
        asked: Asked,
        words: &str,
        place: &Place,
        by: &str,
    ) -> Result<Change, Unreadable> {
        let (first, rest) = cut(words);
        Ok(match asked {
            Asked::Skip => {
                let date = read::date(first)?;
                let (entry, reason) = self.named(rest, place);
                Change::Skip { date, entry, reason: Text::new(reason) }
            }
            Asked::Unskip => {
                Change::Unskip { date: read::date(first)?, entry: self.named(rest, place).0 }
            }
            Asked::Extra | Asked::Next => {
                let (start, rest) = start(words)?;
                let (entry, reason) = self.named(rest, place);
                let reason = match reason {
                    "" if asked == Asked::Next => format!("set by {by}"),
                    reason => reason.to_string(),
                };
                Change::Extra { start, entry, reason: Text::new(reason) }
            }
        })
    }

    /// The meeting that is named before the reason, or is the only one of that place, and the rest.
    fn named<'a>(&self, words: &'a str, place: &Place) -> (Option<String>, &'a str) {
        let (first, rest) = cut(words);
        match self.ids(|id| id == first).pop() {
            Some(id) => (Some(id), rest),
            None => (self.only_one_in(place), words),
        }
    }

    /// The meeting of that place, if there is just one.
    fn only_one_in(&self, place: &Place) -> Option<String> {
        let channel = place.channel.as_ref()?;
        let is_here = |id: &str| {
            let mut entries = self.entries().iter().filter(|entry| entry.id == id);
            entries.any(|entry| entry.is_in(place.network.as_ref(), channel))
        };
        let mut here = self.ids(is_here);
        here.pop().filter(|_| here.is_empty())
    }

    /// The next meeting for who is in that place, after a meeting that ran there between two
    /// moments: the next one of the same name, else the next one of that channel.
    pub fn next_for(&self, place: &Place, started: Moment, ended: Moment) -> Option<Slot> {
        let channel = place.channel.as_ref()?;
        let around = self.in_channel(place.network.as_ref(), channel, started);
        let soon = around.next.filter(|next| next.start.since(started) <= next.call_before);
        match around.on.or(soon) {
            // A meeting that began and ended before its time was that meeting all the same.
            Some(held) => self.from_of(&held.entry, ended.max(held.start).plus(1)).next(),
            None => self.in_channel(place.network.as_ref(), channel, ended).next,
        }
    }
}

/// The first word, and what follows it.
fn cut(words: &str) -> (&str, &str) {
    let (first, rest) = words.trim().split_once(char::is_whitespace).unwrap_or((words.trim(), ""));
    (first, rest.trim_start())
}

/// `2018-12-25 15:00 UTC …` or `2018-12-25T15:00Z …`, and what follows it.
fn start(words: &str) -> Result<(Moment, &str), Unreadable> {
    let (date, rest) = cut(words);
    if let Ok(start) = read::start(date) {
        return Ok((start, rest));
    }
    let (time, rest) = cut(rest);
    let start = read::start(&format!("{date} {time}"))?;
    let (zone, after) = cut(rest);
    Ok((start, if zone.eq_ignore_ascii_case("utc") { after } else { rest }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::schedule::Entry;
    use crate::domain::schedule::rule::Rule;
    use chrono::Weekday;
    use proptest::prelude::*;

    const HOUR: i64 = 3_600_000_000;

    fn two() -> Schedule {
        let sclo = Entry::new("SCLo", "#centos-devel", Rule::weekly(Weekday::Wed, 14 * HOUR));
        let docs = Entry::new("Docs", "#centos-docs", Rule::weekly(Weekday::Tue, 15 * HOUR));
        Schedule::new(vec![Entry::of_the_first_group(), sclo, docs])
    }

    fn place(channel: &str) -> Place {
        Place { network: None, channel: Some(channel.into()) }
    }

    fn asked(asked: Asked, words: &str, channel: &str) -> Result<Change, Unreadable> {
        two().read(asked, words, &place(channel), "gwd")
    }

    #[test]
    fn what_people_type_becomes_a_change() {
        let date = "2018-12-25".parse().unwrap();
        let skip = |entry: Option<&str>, reason: &str| {
            Ok(Change::Skip { date, entry: entry.map(str::to_string), reason: reason.into() })
        };
        let read = asked(Asked::Skip, "2018-12-25 Christmas  and more", "#centos-docs");
        assert_eq!(read, skip(Some("docs"), "Christmas  and more"));
        let read = asked(Asked::Skip, " 2018-12-25   virt-sig Christmas", "#centos-docs");
        assert_eq!(read, skip(Some("virt-sig"), "Christmas"));
        assert_eq!(asked(Asked::Skip, "2018-12-25", "#centos-devel"), skip(None, ""), "which?");

        let start = read::start("2019-01-01 15:00").unwrap();
        let extra = |reason: &str| {
            Ok(Change::Extra { start, entry: Some("docs".into()), reason: reason.into() })
        };
        for words in ["2019-01-01 15:00 UTC fire", "2019-01-01T15:00Z fire", "2019-01-01 1500 fire"]
        {
            assert_eq!(asked(Asked::Extra, words, "#centos-docs"), extra("fire"), "{words}");
        }
        assert_eq!(asked(Asked::Next, "2019-01-01 15:00", "#centos-docs"), extra("set by gwd"));
        assert_eq!(asked(Asked::Extra, "2019-01-01 15:00", "#centos-docs"), extra(""));
    }

    #[test]
    fn what_cannot_be_read_is_answered_with_an_example() {
        for (what, words, expected) in [
            (Asked::Skip, "christmas", "2018-12-25"),
            (Asked::Unskip, "", "2018-12-25"),
            (Asked::Extra, "2018-12-25", "2018-12-25 15:00"),
            (Asked::Next, "tomorrow 3pm", "2018-12-25 15:00"),
        ] {
            let refused = asked(what, words, "#c").unwrap_err().to_string();
            assert!(refused.ends_with(expected), "{refused}");
        }
    }

    #[test]
    fn the_next_meeting_is_of_the_same_name() {
        let at = |time: &str| Moment::parse(time).unwrap();
        let next = |started: &str, ended: &str, channel: &str| {
            let next = two().next_for(&place(channel), at(started), at(ended));
            next.map(|slot| slot.id)
        };
        let virt = Some("virt-sig-20181127".to_string());
        assert_eq!(next("2018-11-13T15:00:12Z", "2018-11-13T15:48:40Z", "#centos-devel"), virt);
        assert_eq!(next("2018-11-13T14:58:00Z", "2018-11-13T14:59:00Z", "#centos-devel"), virt);
        let sclo = Some("sclo-20181114".to_string());
        assert_eq!(
            next("2018-11-13T10:00:00Z", "2018-11-13T11:00:00Z", "#centos-devel").as_deref(),
            Some("virt-sig-20181113"),
            "none was planned, so it is the channel's next"
        );
        assert_eq!(next("2018-11-13T17:00:00Z", "2018-11-13T18:00:00Z", "#centos-devel"), sclo);
        assert_eq!(next("2018-11-13T17:00:00Z", "2018-11-13T18:00:00Z", "#elsewhere"), None);
    }

    proptest! {
        #[test]
        fn survives_anything(words in any::<String>()) {
            for what in [Asked::Skip, Asked::Unskip, Asked::Extra, Asked::Next] {
                let _ = asked(what, &words, "#centos-devel");
            }
        }
    }
}
