//! Where packages are and when they will be out: what is asked, read from the store.

use crate::config::Config;
use crate::domain::chat::answer::Answer;
use crate::domain::chat::question::nearest;
use crate::domain::push::answer::{self, Known};
use crate::domain::push::build::{Build, Id, Stage};
use crate::domain::push::evr::split_nvr;
use crate::domain::push::follow::project_of;
use crate::domain::push::place::Place;
use crate::domain::push::text::word;
use crate::domain::push::window::Policy;
use crate::domain::time::{DAY, Moment};
use crate::store::push::{build, carried, place};
use crate::store::{Db, StoreError};
use std::collections::BTreeMap;

/// The most builds of one answer.
const MOST: u32 = 200;
/// The most names that a mistyped one is compared with.
const MOST_NAMES: u32 = 50_000;
/// From how many builds on their usual time is told.
const ENOUGH: usize = 3;

/// Where packages are, for whoever asks.
#[derive(Clone, Copy)]
pub struct Ledger<'a> {
    /// The database.
    pub db: &'a Db,
    /// The configuration.
    pub config: &'a Config,
    /// Now.
    pub now: Moment,
}

impl<'a> Ledger<'a> {
    /// What is known of a package, or of one version of it (`xen-4.6.6-13.el7`), the last first:
    /// its builds, and what was in a repository before anybody looked.
    pub async fn of(&self, asked: &str) -> Result<Vec<Known<'a>>, StoreError> {
        let asked = asked.trim().trim_end_matches(".src.rpm").trim_end_matches(".rpm");
        let nvr = split_nvr(asked).map(|(name, _, _)| name);
        let mut known = Vec::new();
        for name in [Some(asked), nvr].into_iter().flatten() {
            let mut sources = vec![name.to_string()];
            sources.extend(carried::sources_of(self.db, name).await?);
            sources.dedup();
            for source in sources {
                known.extend(self.of_source(&source).await?);
            }
            // Who asks for one version is not told of another.
            if name != asked {
                known.retain(|one| one.build.nvr() == asked);
            }
            if !known.is_empty() {
                break;
            }
        }
        Ok(known)
    }

    /// The last builds of all packages, the newest first; only those that are held.
    pub async fn last(&self, days: u32, held: bool) -> Result<Vec<Known<'a>>, StoreError> {
        let since = self.now.plus(-i64::from(days) * DAY);
        let builds = build::recent(self.db, since, MOST).await?;
        let is_wanted = |one: &Build| !held || one.held_until(self.now).is_some();
        self.known(builds.into_iter().filter(is_wanted).collect()).await
    }

    /// The repositories of the configuration on each architecture, as they were last seen.
    pub async fn places(&self) -> Result<Vec<(String, String, Place)>, StoreError> {
        let seen = place::all(self.db).await?;
        let all = self.config.push.repositories.iter();
        let all = all
            .filter(|one| one.url.is_some())
            .flat_map(|one| one.arches.iter().map(|arch| (one.name.clone(), arch.clone())));
        let with_place = |(name, arch): (String, String)| {
            let known = seen.iter().find(|one| one.repository == name && one.arch == arch);
            let place = known.map(|one| one.place.clone()).unwrap_or_default();
            (name, arch, place)
        };
        Ok(all.map(with_place).collect())
    }

    async fn of_source(&self, source: &str) -> Result<Vec<Known<'a>>, StoreError> {
        let mut builds = build::of_source(self.db, source, MOST).await?;
        let mut before: BTreeMap<Id, Build> = BTreeMap::new();
        for version in carried::versions(self.db, source).await? {
            let id =
                Id { repository: version.repository, source: version.source, evr: version.evr };
            let is_it = |build: &Build| {
                let (one, two) = (&build.id, &id);
                (&one.repository, &one.source, &one.evr.version, &one.evr.release)
                    == (&two.repository, &two.source, &two.evr.version, &two.evr.release)
            };
            if !builds.iter().any(is_it) {
                let build = before.entry(id.clone()).or_insert_with(|| Build::new(id));
                build.there.insert(version.arch, self.now);
            }
        }
        let mut before: Vec<Build> = before.into_values().collect();
        before.sort_by(|one, two| two.id.evr.compare(&one.id.evr));
        builds.extend(before);
        self.known(builds).await
    }

    async fn known(&self, builds: Vec<Build>) -> Result<Vec<Known<'a>>, StoreError> {
        let (rules, mut known) = (&self.config.push, Vec::new());
        let places = if builds.is_empty() { Vec::new() } else { place::all(self.db).await? };
        let mut usual: BTreeMap<String, Option<i64>> = BTreeMap::new();
        for build in builds {
            let Some(repository) = rules.repository(&build.id.repository) else { continue };
            if !usual.contains_key(&repository.name) {
                let usually = self.usually(&repository.name).await?;
                usual.insert(repository.name.clone(), usually);
            }
            let named = repository.project.as_deref();
            let project = project_of(&build.id.source, named, &self.config.projects);
            let mirrored = places.iter().filter(|seen| seen.repository == repository.name);
            let mirrored = mirrored.filter_map(|seen| {
                let urls = repository.mirrors.iter();
                let urls: Vec<String> = urls.map(|url| url.replace("$arch", &seen.arch)).collect();
                seen.place.mirrored(&urls)
            });
            let platform = repository.platform.as_deref().or(build.id.evr.platform());
            known.push(Known {
                stage: repository.stage,
                policy: repository.tags.iter().find_map(|tag| rules.window(tag)),
                project: project.map_or(String::new(), |one| one.name.as_untrusted().to_string()),
                platform: platform.unwrap_or("").to_string(),
                mirrored: mirrored.min(),
                not_mainline: rules
                    .not_mainline(&build.id.source)
                    .or(build.not_mainline.as_deref())
                    .map(str::to_string),
                usually: usual.get(&repository.name).copied().flatten(),
                build,
            });
        }
        Ok(known)
    }

    /// The median time from when a build may go out until it is there, of the last ones.
    async fn usually(&self, repository: &str) -> Result<Option<i64>, StoreError> {
        let since = self.now.plus(-365 * DAY);
        let builds = build::of_repository(self.db, repository, since, MOST).await?;
        let mut times: Vec<i64> = builds
            .iter()
            .filter_map(|one| {
                let tagged = one.tagged.as_ref()?;
                let may_go = tagged.earliest.unwrap_or(tagged.at);
                Some(one.pushed_at?.since(may_go).max(0))
            })
            .collect();
        times.sort_unstable();
        Ok(times.get(times.len() / 2).copied().filter(|_| times.len() >= ENOUGH))
    }

    /// When a build will be out, or since when it is: the furthest fact, and the earliest next one.
    pub async fn when(&self, asked: &str) -> Result<Answer, StoreError> {
        let known = self.of(asked).await?;
        let release = known.iter().find(|one| one.stage == Stage::Release);
        if let Some(one) = release.or_else(|| known.iter().find(|one| one.build.is_there())) {
            let is_tried = release.is_none() && one.stage == Stage::Testing;
            return Ok(Answer::line(match is_tried {
                true => answer::only_in_testing(one, self.release_window(), self.now),
                false => one.sentence(self.now),
            }));
        }
        match known.first() {
            Some(one) => Ok(Answer::line(one.sentence(self.now))),
            None => self.unknown(asked).await,
        }
    }

    /// Where a package is: in each repository the newest that is there, and what is on its way.
    pub async fn wherever(&self, asked: &str) -> Result<Answer, StoreError> {
        let known = self.of(asked).await?;
        let mut shown: Vec<&Known> = Vec::new();
        for one in &known {
            let is_of = |other: &&&Known| {
                other.build.id.repository == one.build.id.repository
                    && other.build.id.source == one.build.id.source
                    && other.build.is_there() == one.build.is_there()
            };
            if shown.iter().find(is_of).is_none() {
                shown.push(one);
            }
        }
        shown.retain(|one| one.build.is_there() || one.build.pushed_at.is_none());
        if shown.is_empty() {
            shown.extend(known.first());
        }
        let page = self.config.web.as_ref().map(|web| format!("{}/pushes", web.url));
        match shown.is_empty() {
            true => self.unknown(asked).await,
            false => {
                Ok(Answer::list(shown.iter().map(|one| one.sentence(self.now)).collect(), page))
            }
        }
    }

    /// The last pushes, or what is held.
    pub async fn pushes(&self, held: bool) -> Result<Answer, StoreError> {
        let known = self.last(60, held).await?;
        let page = self.config.web.as_ref();
        let page = page.map(|web| format!("{}/pushes{}", web.url, if held { "/held" } else { "" }));
        let lines: Vec<String> = known.iter().map(|one| one.sentence(self.now)).collect();
        Ok(match (lines.is_empty(), held) {
            (true, true) => Answer::line("Nothing is held."),
            (true, false) => Answer::line("Nothing was tagged or pushed in the last 60 days."),
            _ => Answer::list(lines, page),
        })
    }

    /// What the window says of something tagged at a time.
    pub fn window(&self, at: Option<Moment>) -> Answer {
        let policy = self.release_window();
        Answer::line(match policy {
            Some(policy) => answer::window(policy, at.unwrap_or(self.now)),
            None => "No push window is known to me.".to_string(),
        })
    }

    fn release_window(&self) -> Option<&'a Policy> {
        self.config.push.windows.first()
    }

    async fn unknown(&self, asked: &str) -> Result<Answer, StoreError> {
        let names = carried::names(self.db, MOST_NAMES).await?;
        let near = nearest(asked, names.iter().map(String::as_str));
        let near = near.map(|near| format!(" Did you mean '{}'?", word(near)));
        let asked = word(asked);
        let sentence = format!("I know no package called '{asked}'.{}", near.unwrap_or_default());
        Ok(Answer::refusal(sentence))
    }
}
