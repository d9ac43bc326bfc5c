//! A draft of the report: figures counted from what is stored. The same facts give the same draft.
//!
//! What is not known is not guessed: a planned meeting that nobody recorded, as held or as not
//! held, is named as such, and a section for which there is no data is left out.

use crate::domain::group::Group;
use crate::domain::group::report::quarter::Due;
use crate::domain::meeting::{Kind, Meeting};
use crate::domain::name::{Casemapping, Channel, Network, Nick};
use crate::domain::notice::Notice;
use crate::domain::roadmap::{self, State};
use crate::domain::roster::{Enrolled, Roster};
use crate::domain::schedule::Slot;
use crate::domain::schedule::reminder::{Held, is_of, not_held_key};
use crate::domain::text::Text;
use crate::domain::time::Moment;
use chrono::NaiveDate;
use serde::Serialize;
use std::collections::BTreeSet;

/// The mark of an item that the board is to see.
pub const BOARD: &str = "#board";

/// What a draft is made of.
#[derive(Clone, Copy, Debug)]
pub struct Facts<'a> {
    /// Which report.
    pub due: Due,
    /// Now.
    pub now: Moment,
    /// The group before the first day that is covered.
    pub before: &'a Group,
    /// The group at the end of the last day that is covered, or now.
    pub group: &'a Group,
    /// The lead's own words.
    pub narrative: &'a Text,
    /// The meetings held since that first day, the oldest first.
    pub met: &'a [Met],
    /// The keys of planned meetings that are known not to have been held.
    pub not_held: &'a BTreeSet<String>,
    /// The address of the pages.
    pub url: Option<&'a str>,
    /// What was released to everybody, from the pushes; the last one where none was.
    pub releases: &'a [Line],
}

/// A meeting that was held, as the report needs it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Met {
    /// Its permanent address is `/m/SLUG`.
    pub slug: String,
    /// The network it was on.
    pub network: Network,
    /// Its channel.
    pub channel: Channel,
    /// Its name.
    pub name: Text,
    /// Who started it.
    pub owner: Nick,
    /// When.
    pub started_at: Moment,
    /// When it ended; none: it is on.
    pub ended_at: Option<Moment>,
    /// How many people were present.
    pub people: usize,
    /// What was decided, with the log line; nothing of minutes that are for members only.
    pub decisions: Vec<(Text, usize)>,
    /// What the board is to see, with the log line; likewise.
    pub board: Vec<(Text, usize)>,
}

impl Met {
    /// The meeting of a log.
    pub fn of(slug: &str, network: Network, channel: Channel, meeting: &Meeting) -> Met {
        let is_decision =
            |kind: Kind| matches!(kind, Kind::Agreed | Kind::Accepted | Kind::Rejected);
        let items = || meeting.items().filter(|_| !meeting.restricted);
        let text = |text: &Text| Text::new(text.as_untrusted().replace(BOARD, "").trim());
        let decisions = items().filter(|item| is_decision(item.kind)).map(|item| {
            let no = if item.kind == Kind::Rejected { "Rejected: " } else { "" };
            (Text::new(format!("{no}{}", text(&item.text).as_untrusted())), item.line)
        });
        let is_board = |words: &Text| words.as_untrusted().split_whitespace().any(|w| w == BOARD);
        let board = items().filter(|item| is_board(&item.text));
        let owner = meeting.owner.map(|owner| meeting.people.one(owner).nick.clone());
        Met {
            slug: slug.to_string(),
            network,
            channel,
            name: meeting.name.clone().unwrap_or_default(),
            owner: owner.unwrap_or_else(|| Nick::new("")),
            started_at: meeting.started_at,
            ended_at: meeting.ended_at,
            people: meeting.people.all().iter().filter(|person| person.present).count(),
            decisions: decisions.collect(),
            board: board.map(|item| (text(&item.text), item.line)).collect(),
        }
    }

    fn is_in(&self, slot: &Slot) -> bool {
        Casemapping::default().same(self.channel.as_str(), slot.channel.as_str())
            && slot.network.as_ref().is_none_or(|network| *network == self.network)
    }

    fn held(&self) -> Held {
        Held {
            name: self.name.as_untrusted().to_string(),
            by: self.owner.clone(),
            since: self.started_at,
            until: self.ended_at,
        }
    }
}

/// A draft. Scripts read these names (`beadle report draft --format json`).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Draft {
    /// `2018Q4`.
    pub quarter: String,
    /// The day on which it is due.
    pub due: NaiveDate,
    /// The first day that is covered.
    pub from: NaiveDate,
    /// The last day that is covered so far.
    pub to: NaiveDate,
    /// How many members there are.
    pub members: usize,
    /// Who leads.
    pub leads: Vec<String>,
    /// Who led at the beginning, where that was somebody else.
    pub leads_before: Vec<String>,
    /// Who came, went or does something else.
    pub membership: Vec<Line>,
    /// The lead's own words.
    pub narrative: String,
    /// What became of the planned meetings, and those beyond the plan, in order.
    pub meetings: Vec<Row>,
    /// The median of the people at the meetings that were held.
    pub attendance: Option<usize>,
    /// What was decided.
    pub decisions: Vec<Line>,
    /// How the actions stand.
    pub actions: Actions,
    /// What was released.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub releases: Vec<Line>,
    /// The notices that were posted and stand.
    pub notices: Vec<Line>,
    /// What the board is to see.
    pub board: Vec<Line>,
}

/// Something of a day, and where it is recorded.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Line {
    /// The day, where it is known.
    pub date: Option<NaiveDate>,
    /// What.
    pub text: String,
    /// Where it stands.
    pub url: Option<String>,
}

/// A meeting that was planned, or held without a plan.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Row {
    /// The day.
    pub date: NaiveDate,
    /// What became of it.
    #[serde(flatten)]
    pub fate: Fate,
}

/// What became of a meeting.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum Fate {
    /// It was held.
    Held {
        /// How many people were present.
        people: usize,
        /// How many decisions were taken.
        decisions: usize,
        /// Its minutes.
        url: Option<String>,
        /// Whether it was beyond the plan.
        extra: bool,
    },
    /// Nobody started it.
    NotHeld,
    /// It was called off before.
    Skipped {
        /// Why.
        reason: String,
    },
    /// Nothing is recorded.
    Unknown,
}

/// How the actions stand.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Actions {
    /// Promised in the time of the report.
    pub opened: usize,
    /// Done in it.
    pub done: usize,
    /// Given up in it.
    pub dropped: usize,
    /// Open at its end.
    pub open: usize,
    /// The oldest of those.
    pub oldest: Option<Oldest>,
}

/// The action that has been open longest.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Oldest {
    /// Its number.
    pub number: u32,
    /// For so many days.
    pub days: i64,
    /// Who is to do what.
    pub text: String,
    /// Where it was promised.
    pub url: Option<String>,
}

/// Counts.
pub fn draft(facts: &Facts<'_>) -> Draft {
    let due = facts.due;
    let last = due.on.pred_opt().unwrap_or(due.on).min(facts.now.date());
    let slots = slots(facts);
    let meetings = meetings(facts, &slots);
    let in_time = |met: &&Met| is_in_time(facts, met.started_at) && is_ours(facts, &slots, met);
    let ours: Vec<&Met> = facts.met.iter().filter(in_time).collect();
    let lines = |of: fn(&Met) -> &Vec<(Text, usize)>| -> Vec<Line> {
        let of_one = |met: &&Met| -> Vec<Line> {
            of(met).iter().map(|(text, line)| said(facts, met, text, *line)).collect()
        };
        ours.iter().flat_map(of_one).collect()
    };
    let (leads, leads_before) = (leads(facts.group, last), leads(facts.before, due.from));
    Draft {
        quarter: due.quarter.to_string(),
        due: due.on,
        from: due.from,
        to: last,
        members: facts.group.roster.on(last).count(),
        leads_before: if leads == leads_before { Vec::new() } else { leads_before },
        leads,
        membership: membership(&facts.before.roster, &facts.group.roster, due.from, last),
        narrative: facts.narrative.as_untrusted().to_string(),
        attendance: median(ours.iter().map(|met| met.people).collect()),
        meetings,
        decisions: lines(|met| &met.decisions),
        actions: actions(facts, last),
        releases: facts.releases.to_vec(),
        notices: notices(facts),
        board: lines(|met| &met.board),
    }
}

fn is_in_time(facts: &Facts<'_>, at: Moment) -> bool {
    at >= Moment::of(facts.due.from, 0) && at < Moment::of(facts.due.on, 0) && at <= facts.now
}

/// Whether a meeting is the group's: another one may be held in the same channel. Where no schedule
/// tells, each is.
fn is_ours(facts: &Facts<'_>, slots: &[Slot], met: &Met) -> bool {
    let entries = facts.group.schedule.entries();
    let name = met.name.as_untrusted().trim().to_lowercase();
    let is_named = entries.iter().any(|one| one.name.as_untrusted().trim().to_lowercase() == name);
    entries.is_empty() || is_named || slots.iter().any(|slot| is_this(slot, slots, met))
}

/// The meetings that were planned and have begun.
fn slots(facts: &Facts<'_>) -> Vec<Slot> {
    let (from, to) = (Moment::of(facts.due.from, 0), Moment::of(facts.due.on, 0));
    facts.group.schedule.slots_between(from, to.min(facts.now))
}

fn is_this(slot: &Slot, slots: &[Slot], met: &Met) -> bool {
    met.is_in(slot) && is_of(slot, slots, &met.held())
}

fn meetings(facts: &Facts<'_>, slots: &[Slot]) -> Vec<Row> {
    let (from, to) = (Moment::of(facts.due.from, 0), Moment::of(facts.due.on, 0));
    let page = |met: &Met| facts.url.map(|url| format!("{url}/m/{}", met.slug));
    let held = |met: &Met, extra: bool| Fate::Held {
        people: met.people,
        decisions: met.decisions.len(),
        url: page(met),
        extra,
    };
    let mut rows: Vec<(Moment, Row)> = Vec::new();
    let mut counted: BTreeSet<&str> = BTreeSet::new();
    for planned in facts.group.schedule.planned_between(from, to.min(facts.now)) {
        let slot = &planned.slot;
        let met: Vec<&Met> = facts.met.iter().filter(|met| is_this(slot, slots, met)).collect();
        counted.extend(met.iter().map(|met| met.slug.as_str()));
        let fate = match (met.last(), planned.skipped) {
            (Some(met), _) => held(met, false),
            (None, Some(why)) => Fate::Skipped { reason: why.as_untrusted().to_string() },
            (None, None) if slot.end > facts.now => continue,
            (None, None) if facts.not_held.contains(&not_held_key(slot)) => Fate::NotHeld,
            (None, None) => Fate::Unknown,
        };
        rows.push((slot.start, Row { date: slot.start.date(), fate }));
    }
    for met in facts.met {
        let is_new = is_in_time(facts, met.started_at) && !counted.contains(met.slug.as_str());
        if is_new && is_ours(facts, slots, met) {
            let fate = held(met, !facts.group.schedule.is_empty());
            rows.push((met.started_at, Row { date: met.started_at.date(), fate }));
        }
    }
    rows.sort_by_key(|(at, _)| *at);
    rows.into_iter().map(|(_, row)| row).collect()
}

fn said(facts: &Facts<'_>, met: &Met, text: &Text, line: usize) -> Line {
    Line {
        date: Some(met.started_at.date()),
        text: text.as_untrusted().to_string(),
        url: log_line(facts, &met.slug, line),
    }
}

fn log_line(facts: &Facts<'_>, slug: &str, line: impl std::fmt::Display) -> Option<String> {
    facts.url.map(|url| format!("{url}/m/{slug}/log#l-{line}"))
}

fn origin_url(facts: &Facts<'_>, meeting: Option<&(String, u32)>) -> Option<String> {
    meeting.and_then(|(slug, line)| log_line(facts, slug, line))
}

/// `George Dunlap (gwd)`.
fn called(one: &Enrolled) -> String {
    let (name, handle) = (one.member.name.as_untrusted(), one.member.handle());
    if name.is_empty() || name == handle {
        handle.to_string()
    } else {
        format!("{name} ({handle})")
    }
}

fn leads(group: &Group, day: NaiveDate) -> Vec<String> {
    group.roster.leads(day).map(called).collect()
}

/// Who came, went or does something else. A roster only ever grows at its end, so that who stands
/// at a place of it is the same person before and after.
fn membership(before: &Roster, after: &Roster, from: NaiveDate, last: NaiveDate) -> Vec<Line> {
    let day_before = from.pred_opt().unwrap_or(from);
    let mut lines = Vec::new();
    for (place, one) in after.all().iter().enumerate() {
        let was = before.all().get(place).filter(|was| was.is_on(day_before));
        let has_left = one.until.is_some_and(|until| until <= last);
        let has_come = one.since.is_none_or(|since| since <= last);
        let who = called(one);
        let mut note = |date: Option<NaiveDate>, what: String| {
            lines.push(Line { date, text: format!("{who} {what}"), url: None });
        };
        let roles = || match one.member.roles.is_empty() {
            true => String::new(),
            false => format!(" ({})", one.member.roles.join(", ")),
        };
        // Who had left before these days is no news.
        let is_of_these_days = one.until.is_none_or(|until| until >= from);
        if was.is_none() && has_come && is_of_these_days {
            note(one.since, format!("joined{}", roles()));
        }
        if has_left && is_of_these_days && (was.is_some() || has_come) {
            note(one.until, format!("left{}", roles()));
        }
        if let Some(was) = was.filter(|was| !has_left && was.member.roles != one.member.roles) {
            let list = |roles: &[String]| match roles.is_empty() {
                true => "no role".to_string(),
                false => roles.join(", "),
            };
            let (now, then) = (list(&one.member.roles), list(&was.member.roles));
            note(None, format!("has other roles: {now} (before: {then})"));
        }
    }
    lines.sort_by_key(|line| (line.date.is_none(), line.date));
    lines
}

fn actions(facts: &Facts<'_>, last: NaiveDate) -> Actions {
    let roadmap = &facts.group.roadmap;
    let all = || {
        let entries = roadmap.entries().iter();
        entries.filter(|one| one.kind == roadmap::Kind::Action && one.state != State::Undone)
    };
    let is_in = |at: Moment| is_in_time(facts, at);
    let oldest = roadmap.open(last).min_by_key(|entry| entry.origin.at).map(|entry| Oldest {
        number: entry.number,
        days: (last - entry.origin.at.date()).num_days(),
        text: match entry.owners.is_empty() {
            true => entry.text.as_untrusted().to_string(),
            false => format!("{}: {}", entry.owners.join(", "), entry.text.as_untrusted()),
        },
        url: origin_url(facts, entry.origin.meeting.as_ref()),
    });
    Actions {
        opened: all().filter(|entry| is_in(entry.origin.at)).count(),
        done: all().filter(|e| matches!(e.state, State::Done { at, .. } if is_in(at))).count(),
        dropped: all()
            .filter(|e| matches!(e.state, State::Dropped { at, .. } if is_in(at)))
            .count(),
        open: roadmap.open(last).count(),
        oldest,
    }
}

fn notices(facts: &Facts<'_>) -> Vec<Line> {
    let stand = facts.group.notices.all().iter().filter(|notice| notice.withdrawn.is_none());
    let posted = stand.filter(|notice| is_in_time(facts, notice.at));
    let line = |notice: &Notice| Line {
        date: Some(notice.at.date()),
        text: notice.text.as_untrusted().to_string(),
        url: origin_url(facts, notice.meeting.as_ref()),
    };
    posted.map(line).collect()
}

/// The middle one; of two middle ones the smaller.
fn median(mut counts: Vec<usize>) -> Option<usize> {
    counts.sort_unstable();
    counts.get(counts.len().saturating_sub(1) / 2).copied()
}

#[cfg(test)]
mod tests;
