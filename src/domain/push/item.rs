//! What a push announces: one item per source package, its architectures, repositories and
//! distributions folded. An item is all that any page, mail or line needs to show.

use crate::domain::push::build::{About, Build, Kind, Stage};
use crate::domain::push::evr::Evr;
use crate::domain::time::Moment;
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

/// One source package of a push.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Item {
    /// What happened to it.
    pub kind: Kind,
    /// The source package's name.
    pub source: String,
    /// Its version; with the distribution's part of the first place.
    pub evr: Evr,
    /// The newest version that was there before.
    pub previous: Option<Evr>,
    /// What the repositories are for.
    pub stage: Stage,
    /// Where.
    pub places: Vec<Place>,
    /// The project it belongs to.
    pub project: String,
    /// Who tagged it.
    pub by: Option<String>,
    /// When it was there first.
    pub pushed_at: Option<Moment>,
    /// What people must not miss.
    pub marks: Marks,
    /// What it is and what changed.
    pub about: About,
}

/// Where an item is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    /// The repository.
    pub repository: String,
    /// The distribution, such as `el7`; may be empty.
    pub platform: String,
    /// The architectures.
    pub arches: Vec<String>,
}

/// What people must not miss of an item.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Marks {
    /// It came while pushes are closed.
    pub out_of_window: bool,
    /// Why it is not what the upstream project releases.
    pub not_mainline: Option<String>,
    /// Since when its version gets no security fixes.
    pub end_of_support: Option<NaiveDate>,
    /// From which to which major version it goes.
    pub major: Option<(String, String)>,
    /// The version a rebase aimed at, and when that was announced.
    pub completes: Option<(String, NaiveDate)>,
    /// How to try what is in testing.
    pub try_it: Option<String>,
}

/// A build that is announced, with what its repository's configuration and the group know of it.
#[derive(Clone, Debug)]
pub struct Ready {
    /// The build.
    pub build: Build,
    /// What as.
    pub kind: Kind,
    /// On which architectures, in the order of the configuration.
    pub arches: Vec<String>,
    /// The distribution.
    pub platform: String,
    /// The repository's stage.
    pub stage: Stage,
    /// The project.
    pub project: String,
    /// The marks.
    pub marks: Marks,
}

/// Folds what is announced together: the same version of the same source in several repositories is
/// one item.
pub fn fold(ready: Vec<Ready>) -> Vec<Item> {
    let mut items: Vec<Item> = Vec::new();
    for one in ready {
        let Build { id, tagged, previous, about, pushed_at, .. } = one.build;
        let place = Place { repository: id.repository, platform: one.platform, arches: one.arches };
        let is_same = |item: &&mut Item| {
            (item.kind, item.stage, item.source.as_str(), item.evr.short())
                == (one.kind, one.stage, id.source.as_str(), id.evr.short())
        };
        if let Some(item) = items.iter_mut().find(is_same) {
            item.places.push(place);
            item.marks.join(one.marks);
            item.about.join(about);
            item.pushed_at = item.pushed_at.into_iter().chain(pushed_at).min();
            continue;
        }
        items.push(Item {
            kind: one.kind,
            source: id.source,
            evr: id.evr,
            previous: previous.filter(|_| !matches!(one.kind, Kind::New | Kind::Withdrawn)),
            stage: one.stage,
            places: vec![place],
            project: one.project,
            by: tagged.and_then(|tagged| tagged.by),
            pushed_at,
            marks: one.marks,
            about,
        });
    }
    items
}

impl Item {
    /// `qemu-kvm-ev 2.12.0-18`
    pub fn name(&self) -> String {
        format!("{} {}", self.source, self.evr.short())
    }

    /// Whether it mends security faults.
    pub fn is_security(&self) -> bool {
        !self.about.security.is_empty()
    }

    /// The repositories, each once.
    pub fn repositories(&self) -> Vec<&str> {
        let mut names: Vec<&str> = Vec::new();
        for place in &self.places {
            if !names.contains(&place.repository.as_str()) {
                names.push(&place.repository);
            }
        }
        names
    }
}

impl Marks {
    /// What is true of one place is said of all.
    fn join(&mut self, other: Marks) {
        self.out_of_window |= other.out_of_window;
        self.not_mainline = self.not_mainline.take().or(other.not_mainline);
        self.end_of_support = self.end_of_support.or(other.end_of_support);
        self.major = self.major.take().or(other.major);
        self.completes = self.completes.take().or(other.completes);
        self.try_it = self.try_it.take().or(other.try_it);
    }
}

impl About {
    fn join(&mut self, other: About) {
        self.packages.extend(other.packages);
        if self.security.is_empty() {
            self.security = other.security;
            self.severity = other.severity;
            self.from_changelog = other.from_changelog;
        }
        if self.changes.is_empty() {
            self.changes = other.changes;
        }
    }
}
