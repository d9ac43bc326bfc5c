//! What is told of the group to programs, on the command line and by the pages: rows whose names stay.
//!
//! Everything a stranger wrote is in them as it came; JSON is escaped where it is written.

use crate::config::Config;
use crate::domain::escape;
use crate::domain::minutes::index::Found;
use crate::domain::name::{Channel, Network};
use crate::domain::notice::{self, Notice as OneNotice, Origin};
use crate::domain::push::build::{Kind, Stage};
use crate::domain::push::item::{self, Item};
use crate::domain::push::place;
use crate::domain::roadmap::{self, Entry, Milestone as OneMilestone, Roadmap, State, text};
use crate::domain::roster::{Enrolled, Member as OneMember};
use crate::domain::schedule::{Schedule, Slot};
use crate::domain::text::Text;
use crate::domain::time::{Moment, SECOND};
use crate::store::meeting::MeetingRow;
use crate::store::push::announcement::Push as OnePush;
use chrono::NaiveDate;
use serde::Serialize;

/// Where something was said, for programs: the meeting, its log line and their page.
#[derive(Clone, Debug, Serialize)]
pub struct Said {
    meeting: Option<String>,
    line: Option<u32>,
    /// The page of the line.
    pub url: Option<String>,
}

impl Said {
    /// Of an entry of the journal.
    pub fn of(meeting: Option<&(String, u32)>, config: &Config) -> Said {
        let (meeting, line) = meeting.cloned().unzip();
        let url = config.web.as_ref().zip(meeting.as_ref().zip(line));
        let url = url.map(|(web, (slug, line))| format!("{}/m/{slug}/log#l-{line}", web.url));
        Said { meeting, line, url }
    }

    /// `2018-11-13 15:20 UTC, gwd, https://virt.example.org/m/2018-11-13/log#l-12`.
    pub fn sentence(&self, origin: &Origin) -> String {
        let place = self.url.clone().or_else(|| self.meeting.clone());
        let place = place.map_or(String::new(), |place| format!(", {place}"));
        format!(
            "{}, {}{place}",
            origin.at.utc().format("%Y-%m-%d %H:%M UTC"),
            escape::line(origin.by.as_untrusted())
        )
    }
}

/// An action, for programs; the names stay.
#[derive(Debug, Serialize)]
pub struct Action {
    id: u32,
    kind: roadmap::Kind,
    text: String,
    owners: Vec<String>,
    due: Option<NaiveDate>,
    state: &'static str,
    deferred_until: Option<NaiveDate>,
    opened_at: String,
    opened_by: String,
    #[serde(flatten)]
    said: Said,
    changed_at: String,
    closed_at: Option<String>,
    closed_by: Option<String>,
    note: Option<String>,
    project: Option<String>,
    milestone: Option<String>,
}

impl Action {
    /// The row of an entry.
    pub fn of(entry: &Entry, today: NaiveDate, config: &Config) -> Action {
        let (project, milestone) = entry.milestone.clone().unzip();
        let words = |text: &Text| text.as_untrusted().to_string();
        let (closed, deferred_until) = match &entry.state {
            State::Done { at, by, note } => (Some((at, by, note)), None),
            State::Dropped { at, by, why } => (Some((at, by, why)), None),
            State::Deferred { until } => (None, Some(*until)),
            State::Open | State::Undone => (None, None),
        };
        Action {
            id: entry.number,
            kind: entry.kind,
            text: words(&entry.text),
            owners: entry.owners.clone(),
            due: entry.due,
            state: text::state_name(entry, today),
            deferred_until,
            opened_at: entry.origin.at.rfc3339(),
            opened_by: words(&entry.origin.by),
            said: Said::of(entry.origin.meeting.as_ref(), config),
            changed_at: entry.changed_at.rfc3339(),
            closed_at: closed.map(|(at, _, _)| at.rfc3339()),
            closed_by: closed.map(|(_, by, _)| words(by)),
            note: closed.map(|(_, _, note)| words(note)),
            project,
            milestone,
        }
    }
}

/// A milestone, for programs; the names stay.
#[derive(Debug, Serialize)]
pub struct Milestone {
    id: String,
    project: String,
    milestone: String,
    date: Option<NaiveDate>,
    state: String,
    actions: Vec<Action>,
}

impl Milestone {
    /// The row of a milestone, with what is to be done for it.
    pub fn of(
        one: &OneMilestone,
        roadmap: &Roadmap,
        today: NaiveDate,
        config: &Config,
    ) -> Milestone {
        let actions = roadmap.of_milestone(one);
        Milestone {
            id: format!("{} {}", one.project, one.name),
            project: one.project.clone(),
            milestone: one.name.clone(),
            date: one.date,
            state: one.state.as_untrusted().to_string(),
            actions: actions.map(|entry| Action::of(entry, today, config)).collect(),
        }
    }
}

/// A notice, for programs; the names stay.
#[derive(Debug, Serialize)]
pub struct Notice {
    id: u32,
    at: String,
    by: String,
    #[serde(flatten)]
    kind: notice::Kind,
    about: Option<String>,
    text: String,
    #[serde(flatten)]
    said: Said,
    withdrawn_at: Option<String>,
    withdrawn_why: Option<String>,
    completed_at: Option<String>,
    completed_by: Option<String>,
    history: Vec<Before>,
}

/// What a notice said before, for programs.
#[derive(Debug, Serialize)]
struct Before {
    until: String,
    by: String,
    text: String,
}

impl Notice {
    /// The row of a notice.
    pub fn of(notice: &OneNotice, config: &Config) -> Notice {
        let words = |text: &Text| text.as_untrusted().to_string();
        let history = notice.history.iter().map(|before| Before {
            until: before.until.rfc3339(),
            by: words(&before.by),
            text: words(&before.text),
        });
        Notice {
            id: notice.number,
            at: notice.at.rfc3339(),
            by: words(&notice.by),
            kind: notice.kind.clone(),
            about: notice.project.clone(),
            text: words(&notice.text),
            said: Said::of(notice.meeting.as_ref(), config),
            withdrawn_at: notice.withdrawn.as_ref().map(|(at, _)| at.rfc3339()),
            withdrawn_why: notice.withdrawn.as_ref().map(|(_, why)| words(why)),
            completed_at: notice.closed.as_ref().map(|(at, _)| at.rfc3339()),
            completed_by: notice.closed.as_ref().map(|(_, version)| version.clone()),
            history: history.collect(),
        }
    }
}

/// A member, for programs; the names stay. Mail addresses only where they were asked for.
#[derive(Debug, Serialize)]
pub struct Member {
    id: String,
    name: String,
    nicks: Vec<String>,
    account: Option<String>,
    roles: Vec<String>,
    lead: bool,
    projects: Vec<String>,
    since: Option<NaiveDate>,
    until: Option<NaiveDate>,
    #[serde(skip_serializing_if = "Option::is_none")]
    /// Mail addresses, where they were asked for.
    pub addresses: Option<Vec<String>>,
}

impl Member {
    /// The row of a member, without addresses.
    pub fn of(one: &Enrolled) -> Member {
        let OneMember { name, nicks, account, roles } = &one.member;
        Member {
            id: one.member.proof().unwrap_or_default().to_string(),
            name: name.as_untrusted().to_string(),
            nicks: nicks.iter().map(|nick| nick.as_str().to_string()).collect(),
            account: account.as_ref().map(|account| account.as_str().to_string()),
            roles: roles.clone(),
            lead: one.member.is_lead(),
            projects: one.member.projects().map(str::to_lowercase).collect(),
            since: one.since,
            until: one.until,
            addresses: None,
        }
    }
}

/// A meeting; scripts depend on these names.
#[derive(Debug, Serialize)]
pub struct Planned {
    id: String,
    name: String,
    channel: String,
    network: Option<String>,
    start: String,
    end: String,
    iso_week: String,
    weeks_since_last: Option<i64>,
    pause: Option<String>,
    extra: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    skipped: Option<String>,
}

impl Planned {
    /// The row of a meeting; `skipped`: why it is not held.
    pub fn new(schedule: &Schedule, slot: &Slot, skipped: Option<String>) -> Planned {
        Planned {
            id: slot.id.clone(),
            name: slot.name.as_untrusted().to_string(),
            channel: slot.channel.as_str().to_string(),
            network: slot.network.as_ref().map(|network| network.as_str().to_string()),
            start: slot.start.rfc3339(),
            end: slot.end.rfc3339(),
            iso_week: slot.start.iso_week(),
            weeks_since_last: schedule.weeks_since_last(slot),
            pause: schedule.pause_sentence(slot),
            extra: slot.extra.as_ref().map(|reason| reason.as_untrusted().to_string()),
            skipped,
        }
    }
}

/// A meeting that was held or is on.
#[derive(Debug, Serialize)]
pub struct Meeting {
    id: String,
    name: Option<String>,
    channel: Channel,
    network: Network,
    started_at: String,
    ended_at: Option<String>,
    url: Option<String>,
}

impl Meeting {
    /// The row of a meeting.
    pub fn of(row: &MeetingRow, config: &Config) -> Meeting {
        Meeting {
            id: row.slug.clone(),
            name: row.name.as_ref().map(|name| escape::line(name.as_untrusted())),
            channel: row.channel.clone(),
            network: row.network.clone(),
            started_at: row.started_at.rfc3339(),
            ended_at: row.ended_at.map(Moment::rfc3339),
            url: config.web.as_ref().map(|web| format!("{}/m/{}", web.url, row.slug)),
        }
    }
}

/// Something that was decided.
#[derive(Debug, Serialize)]
pub struct Decision {
    id: String,
    kind: &'static str,
    text: String,
    by: String,
    at: String,
    line: u32,
    url: Option<String>,
}

impl Decision {
    /// The row of a decision.
    pub fn of(found: &Found, config: &Config) -> Decision {
        let log =
            |web: &crate::config::Web| format!("{}/m/{}/log#l-{}", web.url, found.slug, found.line);
        Decision {
            id: found.slug.clone(),
            kind: found.sort.word(),
            text: escape::line(found.text.as_untrusted()),
            by: found.nick.as_str().to_string(),
            at: found.at.rfc3339(),
            line: found.line,
            url: config.web.as_ref().map(log),
        }
    }
}

/// What was announced together.
#[derive(Debug, Serialize)]
pub struct Push {
    id: i64,
    at: String,
    since: Option<String>,
    items: Vec<Pushed>,
    url: Option<String>,
}

impl Push {
    /// The row of a push.
    pub fn of(push: &OnePush, config: &Config) -> Push {
        Push {
            id: push.number,
            at: push.at.rfc3339(),
            since: push.since.map(Moment::rfc3339),
            items: push.items.iter().map(Pushed::of).collect(),
            url: config.web.as_ref().map(|web| format!("{}/p/{}", web.url, push.number)),
        }
    }
}

/// One source package of a push.
#[derive(Debug, Serialize)]
struct Pushed {
    kind: Kind,
    stage: Stage,
    source: String,
    evr: String,
    previous: Option<String>,
    project: String,
    places: Vec<item::Place>,
    tagged_by: Option<String>,
    pushed_at: Option<String>,
    out_of_window: bool,
    not_mainline: Option<String>,
    end_of_support: Option<NaiveDate>,
    completes: Option<Rebase>,
    summary: String,
    licence: String,
    security: Vec<String>,
    severity: Option<String>,
    changes: Vec<Changed>,
}

/// The rebase that a push completes.
#[derive(Debug, Serialize)]
struct Rebase {
    version: String,
    announced_on: NaiveDate,
}

/// An entry of a changelog.
#[derive(Debug, Serialize)]
struct Changed {
    by: String,
    text: String,
}

impl Pushed {
    fn of(item: &Item) -> Pushed {
        let (marks, about) = (&item.marks, &item.about);
        let rebase =
            |(version, announced_on): (String, NaiveDate)| Rebase { version, announced_on };
        let changed = |(by, text): (String, String)| Changed { by, text };
        Pushed {
            kind: item.kind,
            stage: item.stage,
            source: item.source.clone(),
            evr: item.evr.to_string(),
            previous: item.previous.as_ref().map(ToString::to_string),
            project: item.project.clone(),
            places: item.places.clone(),
            tagged_by: item.by.clone(),
            pushed_at: item.pushed_at.map(Moment::rfc3339),
            out_of_window: marks.out_of_window,
            not_mainline: marks.not_mainline.clone(),
            end_of_support: marks.end_of_support,
            completes: marks.completes.clone().map(rebase),
            summary: about.summary.clone(),
            licence: about.licence.clone(),
            security: about.security.clone(),
            severity: about.severity.clone(),
            changes: about.changes.iter().cloned().map(changed).collect(),
        }
    }
}

/// A repository on an architecture, as it was last seen.
#[derive(Debug, Serialize)]
pub struct Repository {
    repository: String,
    arch: String,
    checked_at: Option<String>,
    changed_at: Option<String>,
    revision: Option<i64>,
    fault: Option<String>,
    fault_since: Option<String>,
    doubt_since: Option<String>,
    mirrors: Vec<Mirror>,
}

/// A copy of a repository.
#[derive(Debug, Serialize)]
struct Mirror {
    address: String,
    checked_at: Option<String>,
    revision: Option<i64>,
    lag_seconds: Option<i64>,
    fault: Option<String>,
}

impl Repository {
    /// The row of a repository.
    pub fn of((repository, arch, place): (String, String, place::Place)) -> Repository {
        let mirror = |(address, one): (String, place::Mirror)| Mirror {
            address,
            checked_at: one.checked_at.map(Moment::rfc3339),
            revision: one.revision,
            lag_seconds: one.lag.map(|lag| lag / SECOND),
            fault: one.fault,
        };
        Repository {
            repository,
            arch,
            checked_at: place.checked_at.map(Moment::rfc3339),
            changed_at: place.changed_at.map(Moment::rfc3339),
            revision: place.known.and_then(|known| known.revision),
            fault_since: place.fault.as_ref().map(|fault| fault.since.rfc3339()),
            fault: place.fault.map(|fault| fault.sentence),
            doubt_since: place.doubt.map(|doubt| doubt.since.rfc3339()),
            mirrors: place.mirrors.into_iter().map(mirror).collect(),
        }
    }
}
