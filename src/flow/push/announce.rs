//! What is due is announced: builds become items, items become pushes, each with the channels it is
//! to be said in, the letter to the list, and a word for those who watch.
//!
//! A push, what follows from it in the group's books and that its builds are announced are one
//! transaction, so it is announced once.

use crate::config::push::{Mailed, Push as Rules, Route};
use crate::domain::group::{By, Change};
use crate::domain::list::push as letter;
use crate::domain::name::{Casemapping, Network};
use crate::domain::notice;
use crate::domain::push::build::{self, Event, Kind, major};
use crate::domain::push::follow;
use crate::domain::push::item::{Item, Marks, Ready, fold};
use crate::domain::push::text;
use crate::domain::roadmap;
use crate::domain::text::Text;
use crate::domain::time::Moment;
use crate::flow::deliver;
use crate::flow::index;
use crate::flow::push::ledger::Due;
use crate::flow::push::{Pushes, wake};
use crate::store::push::announcement::Push;
use crate::store::{self, StoreError, Tx};
use chrono::NaiveDate;
use std::collections::{BTreeMap, BTreeSet};

/// The most builds that are announced in one transaction.
const MOST_TOGETHER: u32 = 2_000;

/// Where an item goes.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
struct Ways {
    /// Channels, in small letters.
    channels: BTreeSet<(Network, String)>,
    /// Whether it is mailed by itself.
    is_mailed: bool,
}

/// An item and the builds it is made of.
type Announced = (Item, Vec<Due>);

impl Pushes {
    /// Announces what is due by now; when to look next at the latest, if anything waits.
    pub async fn beat(&self, now: Moment) -> Result<Option<Moment>, StoreError> {
        if !store::push::build::due(&self.db, now, 1).await?.is_empty() {
            let mut tx = self.db.begin().await?;
            let mut due = Vec::new();
            for build in store::push::build::due(&mut tx, now, MOST_TOGETHER).await? {
                due.extend(self.change(&mut tx, build, &[Event::Beat(now)], now).await?);
            }
            let is_mailed = self.announce(&mut tx, due, now).await?;
            let done = tx.commit().await;
            if done.is_err() {
                self.book.lock().await.forget();
            }
            done?;
            wake();
            if is_mailed {
                deliver::wake();
            }
        }
        store::push::build::next(&self.db).await
    }

    /// Makes pushes of builds; whether a letter was written.
    async fn announce(&self, tx: &mut Tx, due: Vec<Due>, now: Moment) -> Result<bool, StoreError> {
        if due.is_empty() {
            return Ok(false);
        }
        let since = due.iter().filter_map(|one| one.build.late_since).min();
        let (late, usual): (Vec<Due>, Vec<Due>) =
            due.into_iter().partition(|one| one.build.late_since.is_some());
        let mut is_mailed = false;
        for (due, since) in [(usual, None), (late, since)] {
            for (ways, items) in self.sorted(tx, due, now).await? {
                let together = since.is_some() || items.len() > text::MOST_SOURCES;
                let pushes: Vec<Vec<Announced>> = match together {
                    true => vec![items],
                    false => items.into_iter().map(|item| vec![item]).collect(),
                };
                for push in pushes {
                    is_mailed |= self.push(tx, &ways, push, since, now).await?;
                }
            }
        }
        Ok(is_mailed)
    }

    /// The items of what is due, each with its builds, by where they go.
    async fn sorted(
        &self,
        tx: &mut Tx,
        due: Vec<Due>,
        now: Moment,
    ) -> Result<Vec<(Ways, Vec<Announced>)>, StoreError> {
        let mut ready = Vec::new();
        for one in &due {
            let Some(mut one) = self.ready(one) else { continue };
            one.marks.end_of_support = self.end_of_support(tx, &one, now).await?;
            ready.push(one);
        }
        let mut sorted: Vec<(Ways, Vec<Announced>)> = Vec::new();
        let mut due = due;
        for item in fold(ready) {
            let is_its = |one: &Due| {
                one.kind == item.kind
                    && one.build.id.source == item.source
                    && item.places.iter().any(|place| place.repository == one.build.id.repository)
                    && one.build.id.evr.short() == item.evr.short()
            };
            let (its, rest) = due.into_iter().partition(is_its);
            due = rest;
            let ways = self.ways(&item);
            match sorted.iter_mut().find(|(known, _)| *known == ways) {
                Some((_, items)) => items.push((item, its)),
                None => sorted.push((ways, vec![(item, its)])),
            }
        }
        Ok(sorted)
    }

    /// A build with what its repository says of it.
    fn ready(&self, due: &Due) -> Option<Ready> {
        let (build, kind, rules) = (&due.build, due.kind, &self.config.push);
        let repository = rules.repository(&build.id.repository)?;
        let (source, evr) = (&build.id.source, &build.id.evr);
        let named = repository.project.as_deref();
        let project = follow::project_of(source, named, &self.config.projects);
        let parts = project.map_or(1, |project| project.major_parts);
        let from = build.previous.as_ref().filter(|_| kind == Kind::Major);
        let not_mainline = rules.not_mainline(source).or(build.not_mainline.as_deref());
        let marks = Marks {
            out_of_window: build.out_of_window && kind != Kind::Withdrawn,
            not_mainline: not_mainline.map(str::to_string),
            end_of_support: None,
            major: from.map(|from| (major(&from.version, parts), major(&evr.version, parts))),
            completes: None,
            try_it: repository.try_it.clone().filter(|_| kind == Kind::Testing),
        };
        let is_here = |arch: &&String| due.arches.contains(arch);
        let platform = repository.platform.as_deref().or(evr.platform()).unwrap_or("");
        Some(Ready {
            build: build.clone(),
            kind,
            arches: repository.arches.iter().filter(is_here).cloned().collect(),
            platform: platform.to_string(),
            stage: repository.stage,
            project: project.map_or(String::new(), |one| one.name.as_untrusted().to_string()),
            marks,
        })
    }

    /// Since when a version gets no security fixes, by what the group says.
    async fn end_of_support(
        &self,
        tx: &mut Tx,
        ready: &Ready,
        now: Moment,
    ) -> Result<Option<NaiveDate>, StoreError> {
        let mut book = self.book.lock().await;
        let group = book.refresh(&mut *tx).await?;
        let id = &ready.build.id;
        let since = follow::end_of_support(group, &id.source, &ready.project, &id.evr, now.date());
        Ok(since.filter(|_| ready.kind != Kind::Withdrawn))
    }

    /// One push; whether a letter was written.
    async fn push(
        &self,
        tx: &mut Tx,
        ways: &Ways,
        push: Vec<Announced>,
        since: Option<Moment>,
        now: Moment,
    ) -> Result<bool, StoreError> {
        let (mut items, due): (Vec<Item>, Vec<Vec<Due>>) = push.into_iter().unzip();
        let mut done = Vec::new();
        for item in &mut items {
            done.push(self.follow(tx, item, now).await?);
        }
        let number = store::push::announcement::add(&mut *tx, now, since, &items).await?;
        index::write_push(tx, &Push { number, at: now, since, items: items.clone() }).await?;
        self.note(tx, number, &items, &done, now).await?;
        for Due { mut build, kind, .. } in due.into_iter().flatten() {
            build.announced = Some(build::Announced { at: now, push: number, kind });
            build.late_since = None;
            let wakes_at = self.wakes_at(&build);
            store::push::build::save(tx, &build, wakes_at, now).await?;
        }
        for (network, channel) in &ways.channels {
            store::push::announcement::want(tx, number, network, channel).await?;
        }
        self.tell_watchers(tx, number, &items, now).await?;
        let names: Vec<String> = items.iter().map(Item::name).collect();
        tracing::info!(push = number, packages = names.join(", "), "a push is announced");
        let Some(list) = self.config.letters().filter(|_| ways.is_mailed) else { return Ok(false) };
        let page = self.page(number);
        let letter = letter::each(number, &items, since, &list, page.as_deref(), now);
        store::outbox::add(tx, &letter, now).await
    }

    /// What an item completes: rebases are closed, and it says so. The actions it does.
    async fn follow(
        &self,
        tx: &mut Tx,
        item: &mut Item,
        now: Moment,
    ) -> Result<Vec<u32>, StoreError> {
        let mut book = self.book.lock().await;
        let group = book.lock(&mut *tx).await?;
        let (completes, does) =
            (follow::completes(group, item), follow::does(group, item, now.date()));
        for (number, version, announced) in completes {
            let change = notice::Change::Closed { version: item.evr.version.clone() };
            let change = Change::Notice { number, change };
            let key = format!("rebased:{number}");
            if book.change(&mut *tx, Some(&key), now, &By::itself(), &change).await?.is_some() {
                item.marks.completes = Some((version, announced));
            }
        }
        Ok(does)
    }

    /// Notes on each action that was done by which push it was.
    async fn note(
        &self,
        tx: &mut Tx,
        push: i64,
        items: &[Item],
        done: &[Vec<u32>],
        now: Moment,
    ) -> Result<(), StoreError> {
        let page = self.page(push).map_or(String::new(), |page| format!(": {page}"));
        let mut book = self.book.lock().await;
        for (item, numbers) in items.iter().zip(done) {
            for number in numbers {
                let note = Text::new(format!("pushed: {}{page}", item.name()));
                let change = roadmap::Change::Done { note };
                let change = Change::Entry { number: *number, change };
                let key = format!("pushed:{number}:{push}");
                book.change(&mut *tx, Some(&key), now, &By::itself(), &change).await?;
            }
        }
        Ok(())
    }

    /// A word for everybody who watches one of the packages.
    async fn tell_watchers(
        &self,
        tx: &mut Tx,
        push: i64,
        items: &[Item],
        now: Moment,
    ) -> Result<(), StoreError> {
        let mut told: BTreeMap<String, Vec<&Item>> = BTreeMap::new();
        for watch in store::push::watch::all(&mut *tx).await? {
            for item in items.iter().filter(|item| watch.pattern.fits(&item.source)) {
                let theirs = told.entry(watch.who.clone()).or_default();
                if !theirs.contains(&item) {
                    theirs.push(item);
                }
            }
        }
        let link = self.page(push);
        for (who, items) in told {
            let words = match items.as_slice() {
                [item] => text::line(item, link.as_deref()),
                several => text::summary(several, None, link.as_deref()),
            };
            let key = format!("watch:{push}:{who}");
            store::seen::add(&mut *tx, &key, &who, &Text::new(words), now).await?;
        }
        Ok(())
    }

    /// The page of a push.
    fn page(&self, push: i64) -> Option<String> {
        self.config.web.as_ref().map(|web| format!("{}/p/{push}", web.url))
    }

    /// Where an item goes.
    fn ways(&self, item: &Item) -> Ways {
        let rules = &self.config.push;
        let fold = |channel: &str| Casemapping::default().fold(channel);
        let mut ways = Ways::default();
        if rules.routes.is_empty() {
            let first = self.config.networks.first();
            let first = first.and_then(|one| Some((one.name.clone(), one.channels.first()?)));
            ways.channels = first.into_iter().map(|(n, c)| (n, fold(c.as_str()))).collect();
            ways.is_mailed = rules.mail == Mailed::Each;
        }
        for route in rules.routes.iter().filter(|route| fits(route, item, rules)) {
            let channel = route.channel.iter();
            ways.channels.extend(channel.map(|(n, c)| (n.clone(), fold(c.as_str()))));
            ways.is_mailed |= route.mail == Some(Mailed::Each);
        }
        ways
    }
}

/// Whether an item is to be in the letter of a day or of a week.
pub fn is_digested(item: &Item, when: Mailed, rules: &Rules) -> bool {
    match rules.routes.as_slice() {
        [] => rules.mail == when,
        routes => routes.iter().any(|route| route.mail == Some(when) && fits(route, item, rules)),
    }
}

/// Whether an item goes that way: it fits all that the route names.
fn fits(route: &Route, item: &Item, rules: &Rules) -> bool {
    fn any<T>(wanted: &[T], fits: impl Fn(&T) -> bool) -> bool {
        wanted.is_empty() || wanted.iter().any(fits)
    }
    let places = &item.places;
    let tags = || {
        let known = places.iter().filter_map(|place| rules.repository(&place.repository));
        known.flat_map(|repository| &repository.tags)
    };
    let severity = item.about.severity.as_deref().unwrap_or("");
    any(&route.packages, |pattern| pattern.fits(&item.source))
        && any(&route.projects, |name| name.eq_ignore_ascii_case(&item.project))
        && any(&route.repositories, |one| places.iter().any(|place| one.fits(&place.repository)))
        && any(&route.tags, |pattern| tags().any(|tag| pattern.fits(tag)))
        && any(&route.arches, |arch| places.iter().any(|place| place.arches.contains(arch)))
        && any(&route.stages, |stage| *stage == item.stage)
        && any(&route.severities, |wanted| {
            item.is_security() && (wanted == "any" || wanted.eq_ignore_ascii_case(severity))
        })
}
