//! One source build in one repository, and its way: tagged, held or open, signed, pushed, announced;
//! withdrawn, superseded, respun, overdue. Any of these may be seen in any order, or never.
//!
//! What is seen comes in as [`Event`]s with their times; what is to be said goes out as
//! [`Effect`]s, each once. Nothing here knows who is told, or in which words.

pub use crate::domain::push::about::About;
pub use crate::domain::push::kind::{Kind, Stage};

use crate::domain::push::evr::Evr;
use crate::domain::push::tag::{Act, Change};
use crate::domain::push::window::Policy;
use crate::domain::time::Moment;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// What a build is told from all others by.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Id {
    /// The repository, as the configuration names it.
    pub repository: String,
    /// The source package's name.
    pub source: String,
    /// Its version.
    pub evr: Evr,
}

/// A build and what is known of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Build {
    /// Which one.
    pub id: Id,
    /// When it was tagged, the last time.
    pub tagged: Option<Tagged>,
    /// When it was signed.
    pub signed_at: Option<Moment>,
    /// Since when it is there on each architecture of the repository.
    pub there: BTreeMap<String, Moment>,
    /// When it was seen first in the repository, or was there already when we looked first.
    pub pushed_at: Option<Moment>,
    /// When the last of it was gone.
    pub left_at: Option<Moment>,
    /// The newest version that was there before.
    pub previous: Option<Evr>,
    /// A newer one that was tagged before this one was out.
    pub superseded_by: Option<Evr>,
    /// Whether it came outside of the window.
    pub out_of_window: bool,
    /// What it is and what changed.
    pub about: About,
    /// What it was announced as, when, and in which push.
    pub announced: Option<Announced>,
    /// Architectures on which it came and was not announced.
    pub came: BTreeMap<String, Moment>,
    /// Architectures from which it went and that was not announced.
    pub went: BTreeMap<String, Moment>,
    /// Architectures on which it came with other bytes and nobody was told, and how many packages.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub respun: BTreeMap<String, Moment>,
    #[serde(default)]
    respun_packages: usize,
    /// When the build system was last asked about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub looked_up_at: Option<Moment>,
    /// Why it is not mainline, where it was handed in so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub not_mainline: Option<String>,
    /// Since when nobody had looked when it came, where that was long.
    pub late_since: Option<Moment>,
    /// What its maintainer was told: the keys of [`Word`]s.
    pub told: BTreeSet<String>,
}

/// When something was tagged.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tagged {
    /// The tag.
    pub tag: String,
    /// When.
    pub at: Moment,
    /// By whom, as the build system calls them.
    pub by: Option<String>,
    /// The number of the event.
    pub event: i64,
    /// The build system's number of the build; 0 where it has none.
    #[serde(default)]
    pub build: i64,
    /// The earliest moment at which it may go out; none where no window holds for the tag.
    pub earliest: Option<Moment>,
    /// When it was taken away again.
    pub untagged_at: Option<Moment>,
}

/// That it was announced.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Announced {
    /// When.
    pub at: Moment,
    /// The number of the push.
    pub push: i64,
    /// What as.
    pub kind: Kind,
}

/// What holds for a build's repository.
#[derive(Clone, Copy, Debug)]
pub struct Rules<'a> {
    /// The window, where one holds.
    pub policy: Option<&'a Policy>,
    /// What the repository is for.
    pub stage: Stage,
    /// The architectures on which all its builds are expected.
    pub arches: &'a [String],
    /// How long after the first architecture the others are waited for, in microseconds.
    pub settle: i64,
    /// How many leading numbers of a version make its major version.
    pub major_parts: usize,
    /// Whether somebody looks into the repository: what never can be seen is never overdue.
    pub is_watched: bool,
}

/// What happened to a build.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// The build system says that it was tagged or untagged.
    Tag(Change),
    /// It was signed.
    Signed(Moment),
    /// A newer one was tagged while this one was not out.
    Superseded(Evr),
    /// It was in the repository on that architecture already when it was looked at first.
    WasThere(String, Moment),
    /// It came into the repository.
    Came {
        /// On which architecture.
        arch: String,
        /// When.
        at: Moment,
        /// The newest version there before.
        previous: Option<Evr>,
        /// Since when nobody had looked, where that was long.
        late_since: Option<Moment>,
    },
    /// It is there no more.
    Went {
        /// On which architecture.
        arch: String,
        /// When.
        at: Moment,
        /// Whether another version explains that: a newer one is there, or an older one came.
        replaced: bool,
    },
    /// Another version came: that this one went needs no announcement.
    Explained,
    /// The same version has other bytes.
    Respun {
        /// On which architecture.
        arch: String,
        /// When.
        at: Moment,
        /// How many packages.
        packages: usize,
    },
    /// Time passes.
    Beat(Moment),
}

/// What follows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Effect {
    /// It is to be announced with the next push, for these architectures.
    Announce(Kind, Vec<String>),
    /// Its maintainer is to be told something in private.
    Tell(Word),
}

/// What a maintainer is told in private.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Word {
    /// It is held until then, since it was tagged at that time.
    Held(Moment, Moment),
    /// It should have been out since then.
    Overdue(Moment),
    /// The same version has other bytes: on those architectures, so many packages, seen then.
    Respun(Vec<String>, usize, Moment),
}

impl Word {
    /// What makes it be said once.
    pub fn key(&self) -> String {
        match self {
            Word::Held(at, _) => format!("held:{}", at.micros()),
            Word::Overdue(since) => format!("overdue:{}", since.micros()),
            Word::Respun(_, _, at) => format!("respun:{}", at.micros()),
        }
    }
}

impl Build {
    /// A build of which nothing is known yet.
    pub fn new(id: Id) -> Build {
        Build {
            id,
            tagged: None,
            signed_at: None,
            there: BTreeMap::new(),
            pushed_at: None,
            left_at: None,
            previous: None,
            superseded_by: None,
            out_of_window: false,
            about: About::default(),
            announced: None,
            came: BTreeMap::new(),
            went: BTreeMap::new(),
            respun: BTreeMap::new(),
            respun_packages: 0,
            looked_up_at: None,
            not_mainline: None,
            late_since: None,
            told: BTreeSet::new(),
        }
    }

    /// Takes in what happened.
    pub fn apply(&mut self, event: &Event, rules: &Rules) -> Vec<Effect> {
        match event {
            Event::Tag(change) => self.tag(change, rules),
            Event::Signed(at) => {
                self.signed_at.get_or_insert(*at);
                Vec::new()
            }
            Event::Superseded(by) => {
                self.superseded_by = Some(by.clone());
                Vec::new()
            }
            Event::WasThere(arch, at) => {
                self.there.entry(arch.clone()).or_insert(*at);
                Vec::new()
            }
            Event::Came { arch, at, previous, late_since } => {
                self.come(arch, *at, previous.as_ref(), rules);
                self.late_since = self.late_since.or(*late_since);
                Vec::new()
            }
            Event::Went { arch, at, replaced } => {
                self.go(arch, *at, *replaced);
                Vec::new()
            }
            Event::Explained => {
                self.went.clear();
                Vec::new()
            }
            Event::Respun { arch, at, packages } => {
                self.respun.insert(arch.clone(), *at);
                self.respun_packages += packages;
                Vec::new()
            }
            Event::Beat(now) => self.beat(*now, rules),
        }
    }

    fn tag(&mut self, change: &Change, rules: &Rules) -> Vec<Effect> {
        let known = self.tagged.as_ref().map_or(i64::MIN, |tagged| tagged.event);
        // An older event says nothing new; one that untags and tags at once says so in this order.
        if change.event <= known {
            return Vec::new();
        }
        match change.act {
            Act::Untagged => {
                if let Some(tagged) = &mut self.tagged {
                    tagged.untagged_at.get_or_insert(change.at);
                }
                Vec::new()
            }
            Act::Tagged => {
                let earliest = rules.policy.map(|policy| policy.earliest(change.at));
                self.tagged = Some(Tagged {
                    tag: change.tag.clone(),
                    at: change.at,
                    by: change.by.clone(),
                    event: change.event,
                    build: change.build,
                    earliest,
                    untagged_at: None,
                });
                self.superseded_by = None;
                match earliest.filter(|earliest| *earliest > change.at && !self.is_there()) {
                    Some(earliest) => self.say(Word::Held(change.at, earliest)),
                    None => Vec::new(),
                }
            }
        }
    }

    fn come(&mut self, arch: &str, at: Moment, previous: Option<&Evr>, rules: &Rules) {
        if self.there.contains_key(arch) {
            return;
        }
        self.there.insert(arch.to_string(), at);
        self.left_at = None;
        if self.went.remove(arch).is_none() {
            self.came.insert(arch.to_string(), at);
        }
        if self.pushed_at.is_none() {
            self.pushed_at = Some(at);
            let too_early = self.due_out().is_some_and(|earliest| at < earliest);
            self.out_of_window =
                too_early || rules.policy.is_some_and(|policy| policy.is_closed_at(at));
        }
        if previous.is_some_and(|new| self.previous.as_ref().is_none_or(|p| new.is_newer_than(p))) {
            self.previous = previous.cloned();
        }
    }

    fn go(&mut self, arch: &str, at: Moment, replaced: bool) {
        self.there.remove(arch);
        if self.there.is_empty() {
            self.left_at = Some(at);
        }
        if self.came.remove(arch).is_none() && !replaced {
            self.went.insert(arch.to_string(), at);
        }
    }

    fn beat(&mut self, now: Moment, rules: &Rules) -> Vec<Effect> {
        let mut effects = Vec::new();
        if rules.stage == Stage::Candidate {
            // What was only built is nobody's to have.
            (self.came, self.went) = (BTreeMap::new(), BTreeMap::new());
        }
        if settled(&self.came, rules).is_some_and(|at| at <= now) {
            let arches = std::mem::take(&mut self.came).into_keys().collect();
            effects.push(Effect::Announce(self.kind(rules), arches));
        }
        if self.gone_for_good(rules).is_some_and(|at| at <= now) {
            let arches = std::mem::take(&mut self.went).into_keys().collect();
            effects.push(Effect::Announce(Kind::Withdrawn, arches));
        }
        if settled(&self.respun, rules).is_some_and(|at| at <= now) {
            let respun = std::mem::take(&mut self.respun);
            let (packages, at) = (self.respun_packages, respun.values().min().copied());
            self.respun_packages = 0;
            let arches = respun.into_keys().collect();
            effects.extend(self.say(Word::Respun(arches, packages, at.unwrap_or(now))));
        }
        if let Some(since) = self.overdue_since(rules).filter(|since| *since <= now) {
            effects.extend(self.say(Word::Overdue(since)));
        }
        effects
    }

    /// What it is announced as when it came.
    fn kind(&self, rules: &Rules) -> Kind {
        let Some(previous) = &self.previous else {
            return if rules.stage == Stage::Testing { Kind::Testing } else { Kind::New };
        };
        let evr = &self.id.evr;
        if previous.is_newer_than(evr) {
            Kind::Downgraded
        } else if rules.stage == Stage::Testing {
            Kind::Testing
        } else if major(&evr.version, rules.major_parts)
            != major(&previous.version, rules.major_parts)
        {
            Kind::Major
        } else {
            Kind::Released
        }
    }

    fn say(&mut self, word: Word) -> Vec<Effect> {
        if self.told.insert(word.key()) { vec![Effect::Tell(word)] } else { Vec::new() }
    }

    /// When something is to be done next without anything happening.
    pub fn wakes_at(&self, rules: &Rules) -> Option<Moment> {
        let overdue = self.overdue_since(rules);
        let overdue = overdue.filter(|since| !self.told.contains(&Word::Overdue(*since).key()));
        let pending = [&self.came, &self.respun].map(|map| settled(map, rules));
        let gone = self.gone_for_good(rules);
        pending.into_iter().flatten().chain(gone).chain(overdue).min()
    }

    /// When what went counts as withdrawn: another version may explain it until then, also where all
    /// architectures lost it at once.
    fn gone_for_good(&self, rules: &Rules) -> Option<Moment> {
        self.went.values().min().map(|first| first.plus(rules.settle))
    }

    /// Since when it is late: tagged, not out, and nothing explains that.
    fn overdue_since(&self, rules: &Rules) -> Option<Moment> {
        let policy = rules.policy?;
        let is_awaited = rules.is_watched
            && self.pushed_at.is_none()
            && !self.is_there()
            && self.superseded_by.is_none();
        self.due_out().filter(|_| is_awaited).map(|earliest| earliest.plus(policy.overdue))
    }

    /// The earliest moment at which it may go out, while it is tagged.
    pub fn due_out(&self) -> Option<Moment> {
        let tagged = self.tagged.as_ref().filter(|tagged| tagged.untagged_at.is_none())?;
        tagged.earliest
    }

    /// Until when it is held, if it is.
    pub fn held_until(&self, now: Moment) -> Option<Moment> {
        let is_held = self.pushed_at.is_none() && !self.is_there() && self.superseded_by.is_none();
        self.due_out().filter(|earliest| is_held && *earliest > now)
    }

    /// Whether it can be had.
    pub fn is_there(&self) -> bool {
        !self.there.is_empty()
    }

    /// `qemu-kvm-ev-2.12.0-18.el7`
    pub fn nvr(&self) -> String {
        let Evr { version, release, .. } = &self.id.evr;
        format!("{}-{version}-{release}", self.id.source)
    }

    /// The last thing known of it.
    pub fn changed_at(&self) -> Option<Moment> {
        let tagged = self.tagged.as_ref().map(|tagged| tagged.untagged_at.unwrap_or(tagged.at));
        [tagged, self.signed_at, self.pushed_at, self.left_at].into_iter().flatten().max()
    }
}

/// When what came or went on some architectures is announced: at once where all are there, else
/// when the others were waited for.
fn settled(pending: &BTreeMap<String, Moment>, rules: &Rules) -> Option<Moment> {
    let first = pending.values().min()?;
    let is_whole = rules.arches.iter().all(|arch| pending.contains_key(arch));
    Some(if is_whole { *first } else { first.plus(rules.settle) })
}

/// The first numbers of a version: `4.6` of `4.6.6` with two parts.
pub fn major(version: &str, parts: usize) -> String {
    let numbers = version.split(|c: char| !c.is_ascii_alphanumeric()).take(parts.max(1));
    numbers.collect::<Vec<_>>().join(".")
}

#[cfg(test)]
mod tests;
