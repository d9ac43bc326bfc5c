//! An entry of the schedule: one meeting's rule with its place, its length and the dates between
//! which it holds. A meeting whose slot moves has several entries of the same id.

use crate::domain::name::Casemapping;
use crate::domain::name::Channel;
use crate::domain::name::Network;
use crate::domain::name::Nick;
use crate::domain::name::slug;
use crate::domain::schedule::rule::Rule;
use crate::domain::schedule::rule::Weeks;
use crate::domain::text::Text;
use crate::domain::time::DAY;
use crate::domain::time::MINUTE;
use crate::domain::time::Moment;
use chrono::NaiveDate;
use chrono::Weekday;

/// How long a meeting is, in microseconds, where nothing else is said.
pub const USUAL_DURATION: i64 = 60 * MINUTE;
/// How long before its start a meeting is called, in microseconds, where nothing else is said.
pub const USUAL_CALL: i64 = 5 * MINUTE;

/// One dated entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// What its slots' ids begin with, for example `virt-sig`. Entries that share it are one
    /// meeting whose slot moved.
    pub id: String,
    /// The meeting's name, as `#startmeeting` has it.
    pub name: Text,
    /// The network; none: whatever the bot is on.
    pub network: Option<Network>,
    /// The channel.
    pub channel: Channel,
    /// When there is a meeting.
    pub rule: Rule,
    /// Microseconds from start to end.
    pub duration: i64,
    /// Microseconds from the call to the start; 0: it is not called.
    pub call_before: i64,
    /// The first date it may be on.
    pub start_date: Option<NaiveDate>,
    /// The last date it may be on.
    pub until: Option<NaiveDate>,
    /// Dates without a meeting, with reasons.
    pub skips: Vec<(NaiveDate, Text)>,
    /// Starts beyond the rule, with reasons.
    pub extras: Vec<(Moment, Text)>,
    /// Who usually chairs.
    pub chair: Option<Nick>,
    /// Where the agenda is.
    pub agenda_url: Option<String>,
}

impl Entry {
    /// An entry with the usual length and call, without end.
    pub fn new(name: &str, channel: &str, rule: Rule) -> Entry {
        Entry {
            id: Some(slug(name)).filter(|id| !id.is_empty()).unwrap_or("meeting".into()),
            name: name.into(),
            network: None,
            channel: channel.into(),
            rule,
            duration: USUAL_DURATION,
            call_before: USUAL_CALL,
            start_date: None,
            until: None,
            skips: Vec::new(),
            extras: Vec::new(),
            chair: None,
            agenda_url: None,
        }
    }

    /// The first group's: the Virtualization SIG meets on Tuesdays of even weeks at 15:00 UTC.
    pub fn of_the_first_group() -> Entry {
        let rule = Rule::weekly(Weekday::Tue, 15 * 60 * MINUTE).in_weeks(Weeks::EVEN);
        Entry::new("Virt SIG", "#centos-devel", rule)
    }

    /// Whether it holds on that date.
    pub fn holds_on(&self, date: NaiveDate) -> bool {
        self.start_date.is_none_or(|first| first <= date)
            && self.until.is_none_or(|last| date <= last)
    }

    /// The first start by rule at or after that moment.
    pub fn next(&self, at: Moment) -> Option<Moment> {
        let first = self.start_date.map(|date| Moment::of(date, 0));
        let next = self.rule.next(first.map_or(at, |first| first.max(at)))?;
        self.holds_on(next.date()).then_some(next)
    }

    /// The last start by rule before that moment.
    pub fn previous(&self, before: Moment) -> Option<Moment> {
        let end = self.until.map(|date| Moment::of(date, DAY));
        let previous = self.rule.previous(end.map_or(before, |end| end.min(before)))?;
        self.holds_on(previous.date()).then_some(previous)
    }

    /// The starts by rule on that date, ascending.
    pub fn on(&self, date: NaiveDate) -> impl Iterator<Item = Moment> {
        let times = if self.holds_on(date) { self.rule.times_on(date) } else { &[] };
        times.iter().map(move |time| Moment::of(date, *time))
    }

    /// Whether it is held in that channel. An entry without a network is on each.
    pub fn is_in(&self, network: Option<&Network>, channel: &Channel) -> bool {
        let same = |one: &str, other: &str| Casemapping::Rfc1459.same(one, other);
        let network = self.network.as_ref().zip(network);
        network.is_none_or(|(ours, theirs)| same(ours.as_str(), theirs.as_str()))
            && same(self.channel.as_str(), channel.as_str())
    }
}
