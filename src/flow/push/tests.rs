//! What sources see, through the flow to the database, and to the channel, on both databases.

use crate::config::Config;
use crate::config::push::{Mailed, NotMainline, Push, Repository, Route};
use crate::domain::group::{By, Change as Journal};
use crate::domain::name::Network;
use crate::domain::notice;
use crate::domain::pattern::Pattern;
use crate::domain::push::build::{About, Stage as For};
use crate::domain::push::evr::Evr;
use crate::domain::push::index::{Index, Key};
use crate::domain::push::inlet;
use crate::domain::push::place::{Known, Mirror};
use crate::domain::push::tag::{Act, Change};
use crate::domain::roadmap;
use crate::domain::roster::{Enrolled, Member, Project};
use crate::domain::time::{DAY, MINUTE, Moment, SECOND};
use crate::flow::group;
use crate::flow::push::observe::{Outcome, Snapshot};
use crate::flow::push::{Pushes, digest, minutes};
use crate::flow::tests::{Stage, with_a_list};
use crate::store::push::watch::Watch;
use crate::store::testing::each_place;
use crate::store::{self};
use std::collections::BTreeMap;
use std::sync::Arc;

fn at(time: &str) -> Moment {
    Moment::parse(&format!("2018-11-{time}Z")).unwrap()
}

fn repository(name: &str, stage: For) -> Repository {
    Repository {
        name: name.into(),
        url: Some(format!("http://mirror.example/{name}/$arch")),
        arches: vec!["x86_64".into(), "aarch64".into()],
        tags: vec![format!("{}-{}", name.trim_end_matches("-testing"), stage.as_str())],
        stage,
        platform: None,
        project: None,
        mirrors: Vec::new(),
        try_it: None,
    }
}

fn member(nick: &str, role: &str) -> Enrolled {
    Enrolled {
        member: Member { nicks: vec![nick.into()], roles: vec![role.into()], ..Member::default() },
        ..Enrolled::default()
    }
}

/// The group with two repositories; gwd and bob are in the channel.
fn group_of(config: &Config) -> Arc<Config> {
    Arc::new(Config {
        push: Push {
            repositories: vec![
                repository("virt7-xen-46", For::Release),
                repository("virt7-xen-46-testing", For::Testing),
            ],
            not_mainline: vec![NotMainline {
                packages: vec![Pattern::new("xen")],
                because: "linux-xen patches".into(),
            }],
            licences: vec!["GPLv2".into()],
            ..Push::default()
        },
        members: vec![member("gwd", "lead"), member("bob", "maintainer: xen")],
        projects: vec![Project { name: "xen".into(), major_parts: 2, ..Project::default() }],
        ..with_a_list(config).as_ref().clone()
    })
}

/// A stage and what the sources tell, with a state for each repository.
struct Rig {
    stage: Stage,
    pushes: Pushes,
    revision: i64,
}

impl Rig {
    async fn new(database: &crate::config::Database) -> Rig {
        Rig::with(database, group_of).await
    }

    async fn with(
        database: &crate::config::Database,
        change: impl Fn(&Config) -> Arc<Config>,
    ) -> Rig {
        let stage = Stage::with(database, change).await;
        let pushes = Pushes::new(stage.db.clone(), stage.config.clone());
        Rig { stage, pushes, revision: 0 }
    }

    /// A repository has these packages (`xen 4.6.6`, and a second word for its bytes) on an
    /// architecture, seen at that time.
    async fn has(&mut self, name: &str, arch: &str, time: &str, packages: &[&str]) -> Outcome {
        self.revision += 1;
        let mut carried = Vec::new();
        let mut about = BTreeMap::new();
        for package in packages {
            let mut words = package.split(' ');
            let (source, version) = (words.next().unwrap(), words.next().unwrap());
            let evr = Evr::new(0, version, "1.el7");
            let sum = words.next().unwrap_or("0");
            let key = Key { source: source.into(), evr: evr.clone(), arch: arch.into() };
            carried.push((key, [(source.to_string(), sum.to_string())].into()));
            let licence = if source == "odd" { "Proprietary" } else { "GPLv2" };
            let known = About { licence: licence.into(), ..About::default() };
            about.insert((source.to_string(), evr), known);
        }
        let known = Known { sha256: format!("{:x}", self.revision), ..Known::default() };
        let repository = self.stage.config.push.repository(name).unwrap().clone();
        let index: Index = carried.into_iter().collect();
        let snapshot = Snapshot { known, index, about };
        let outcome = self.pushes.observed(&repository, arch, snapshot, at(time)).await.unwrap();
        self.pushes.beat(at(time)).await.unwrap();
        outcome
    }

    /// The same on both architectures.
    async fn both(&mut self, time: &str, packages: &[&str]) {
        for arch in ["x86_64", "aarch64"] {
            self.has("virt7-xen-46", arch, time, packages).await;
        }
    }

    async fn tag(&self, act: Act, event: i64, time: &str, source: &str, version: &str) {
        let tag = "virt7-xen-46-release".to_string();
        let change = Change {
            event,
            at: at(time),
            act,
            tag: tag.clone(),
            by: Some("bob".into()),
            build: event,
            source: source.into(),
            evr: Evr::new(0, version, "1.el7"),
        };
        self.pushes.tagged(&tag, &[change], at(time)).await.unwrap();
    }
}

#[test]
fn a_push_is_said_once_across_kills() {
    each_place(async |database| {
        let mut rig = Rig::new(&database).await;
        rig.both("19T12:00:00", &["xen 4.6.5", "odd 1"]).await;
        assert!(rig.stage.at("19T12:00:00").await.is_empty(), "the first look is silent");
        assert_eq!(
            rig.has("virt7-xen-46", "x86_64", "19T12:10:00", &["xen 4.6.6", "odd 1"]).await,
            Outcome::Taken
        );
        assert!(rig.stage.at("19T12:10:00").await.is_empty(), "the other is waited for");
        rig.has("virt7-xen-46", "aarch64", "19T12:11:00", &["xen 4.6.6", "odd 1"]).await;
        let said = "post push:libera:1:1 RELEASED xen 4.6.6-1 (was 4.6.5-1) · NOT MAINLINE: \
                    linux-xen patches · el7 x86_64 aarch64 · virt7-xen-46 · https://v.example/p/1";
        assert_eq!(rig.stage.at("19T12:11:00").await, [said]);
        assert!(rig.stage.at("19T12:12:00").await.is_empty(), "it is on its way");
        rig.stage.die();
        rig.stage.back(None).await;
        assert_eq!(rig.stage.at("19T12:13:00").await, [said], "nobody knows that it was taken");
        rig.stage.taken("push:libera:1:1").await;
        rig.stage.die();
        rig.stage.back(None).await;
        assert!(rig.stage.at("19T12:14:00").await.is_empty());
        // The same state again, after a kill of the source, is no push.
        rig.both("19T12:20:00", &["xen 4.6.6", "odd 1"]).await;
        assert!(rig.stage.at("19T12:20:00").await.is_empty());
        let letter = store::outbox::message_id(&rig.stage.db, "push:1").await.unwrap();
        assert!(letter.is_some(), "the list is written to");
        rig.stage.db.close().await;
    });
}

#[test]
fn what_was_tagged_too_late_is_held_and_its_maintainer_told() {
    each_place(async |database| {
        let mut rig = Rig::new(&database).await;
        rig.both("14T12:00:00", &["xen 4.6.5"]).await;
        rig.tag(Act::Tagged, 7, "15T09:00:01", "xen", "4.6.6").await;
        let held = "tell bob: xen-4.6.6-1.el7 tagged virt7-xen-46-release 09:00 UTC Thu, after the \
                    09:00 cut-off: mirrors not before Mon 2018-11-19 11:00 UTC";
        assert_eq!(rig.stage.at("15T09:00:05").await, [held]);
        assert!(rig.stage.at("15T09:00:06").await.is_empty());
        rig.tag(Act::Tagged, 7, "15T09:00:01", "xen", "4.6.6").await;
        assert!(rig.stage.at("15T09:00:07").await.is_empty(), "the same event again");
        rig.both("19T11:00:00", &["xen 4.6.5"]).await;
        rig.both("19T11:05:00", &["xen 4.6.6"]).await;
        let said = rig.stage.at("19T11:05:00").await;
        assert!(said[0].contains("RELEASED xen 4.6.6-1 (was 4.6.5-1)"), "{said:?}");
        assert!(said[0].contains(" · bob · ") && !said[0].contains("WINDOW"), "{said:?}");
        // Another one never comes: that is said once, six hours after it should have.
        rig.tag(Act::Tagged, 8, "20T09:00:00", "xen", "4.6.7").await;
        rig.pushes.beat(at("20T14:59:59")).await.unwrap();
        assert!(rig.stage.at("20T14:59:59").await.is_empty());
        rig.pushes.beat(at("20T15:00:00")).await.unwrap();
        let overdue = rig.stage.at("20T15:00:00").await;
        assert!(overdue[0].starts_with("tell bob: xen-4.6.7-1.el7 is overdue"), "{overdue:?}");
        rig.pushes.beat(at("21T15:00:00")).await.unwrap();
        assert!(rig.stage.at("21T15:00:00").await.is_empty());
        rig.stage.db.close().await;
    });
}

#[test]
fn many_at_once_are_one_line_and_the_channel_is_not_flooded() {
    each_place(async |database| {
        let mut rig = Rig::new(&database).await;
        let all = |version: &str, count: usize| -> Vec<String> {
            (0..count).map(|n| format!("p{n} 1.{version}")).collect()
        };
        let borrowed = |all: &[String]| -> Vec<&'static str> {
            all.iter().map(|one| &*one.clone().leak()).collect()
        };
        rig.both("19T12:00:00", &borrowed(&all("1", 12))).await;
        rig.both("19T12:10:00", &borrowed(&all("2", 12))).await;
        let said = rig.stage.at("19T12:10:00").await;
        assert_eq!(said.len(), 1, "{said:?}");
        assert!(said[0].contains("PUSHED 12 packages · p0 1.2-1, "), "{said:?}");
        // Four, and four again within the minute: five lines at most, nothing is lost.
        rig.both("19T12:20:00", &borrowed(&[all("3", 4), all("2", 12)[4..].to_vec()].concat()))
            .await;
        assert_eq!(rig.stage.at("19T12:20:00").await.len(), 4);
        rig.both("19T12:20:30", &borrowed(&[all("4", 4), all("2", 12)[4..].to_vec()].concat()))
            .await;
        let said = rig.stage.at("19T12:20:30").await;
        assert_eq!(said.len(), 1, "{said:?}");
        assert!(said[0].contains("PUSHED 4 packages"), "{said:?}");
        rig.both("19T12:20:40", &borrowed(&[all("5", 4), all("2", 12)[4..].to_vec()].concat()))
            .await;
        assert!(rig.stage.at("19T12:20:40").await.is_empty(), "five lines were said");
        assert_eq!(rig.stage.at("19T12:21:40").await.len(), 4);
        rig.stage.db.close().await;
    });
}

#[test]
fn after_an_outage_one_line_tells_what_was_missed_with_its_times() {
    each_place(async |database| {
        let mut rig = Rig::new(&database).await;
        rig.both("19T09:00:00", &["xen 4.6.5", "a 1.1"]).await;
        rig.both("19T13:00:00", &["xen 4.6.6", "a 1.2"]).await;
        let said = rig.stage.at("19T13:00:00").await;
        assert_eq!(
            said,
            [
                "post push:libera:1:1 While I was away (since Mon 2018-11-19 09:00 UTC): 2 packages · \
              NOT MAINLINE: xen (linux-xen patches) · a 1.2-1 (Mon 13:00), xen 4.6.6-1 (Mon 13:00) · \
              https://v.example/p/1"
            ]
        );
        rig.stage.db.close().await;
    });
}

#[test]
fn what_a_repository_cannot_have_been_is_not_believed() {
    each_place(async |database| {
        let mut rig = Rig::new(&database).await;
        let many: Vec<String> = (0..10).map(|n| format!("p{n} 1")).collect();
        let many: Vec<&str> = many.iter().map(String::as_str).collect();
        rig.both("19T12:00:00", &many).await;
        let outcome = rig.has("virt7-xen-46", "x86_64", "19T12:10:00", &many[..5]).await;
        assert_eq!(outcome, Outcome::Doubted);
        let asked = rig.stage.at("19T12:30:00").await;
        assert_eq!(
            asked,
            [
                "tell gwd: 50 % of the packages of virt7-xen-46 x86_64 are gone at once.  Nothing is \
              announced; if that is meant: beadle push allow virt7-xen-46 x86_64"
            ]
        );
        // All is back: nothing was ever announced.
        rig.both("19T12:40:00", &many).await;
        assert!(rig.stage.at("19T12:50:00").await.is_empty());
        assert!(!rig.pushes.allow("virt7-xen-46", "x86_64").await.unwrap());
        rig.both("19T13:00:00", &many[..5]).await;
        for arch in ["x86_64", "aarch64"] {
            assert!(rig.pushes.allow("virt7-xen-46", arch).await.unwrap());
        }
        rig.revision -= 2;
        rig.both("19T13:10:00", &many[..5]).await;
        let said = rig.stage.at("19T13:10:00").await;
        assert!(said.iter().all(|line| line.starts_with("tell gwd: 50 %")), "{said:?}");
        rig.pushes.beat(at("19T13:20:00")).await.unwrap();
        let said = rig.stage.at("19T13:20:00").await;
        assert!(said.iter().any(|line| line.contains("WITHDRAWN p5 1-1")), "{said:?}");
        rig.stage.db.close().await;
    });
}

#[test]
fn a_repository_that_cannot_be_read_is_a_word_to_the_leads() {
    each_place(async |database| {
        let mut rig = Rig::new(&database).await;
        rig.both("19T12:00:00", &["xen 4.6.5"]).await;
        let (name, arch) = ("virt7-xen-46", "x86_64");
        for (time, words) in [("19T12:05:00", 0), ("19T13:05:00", 1), ("19T13:10:00", 0)] {
            rig.pushes.failed(name, arch, "It answers 404.\r\nQUIT", at(time)).await.unwrap();
            assert_eq!(rig.stage.at(time).await.len(), words, "{time}");
        }
        let known = rig.pushes.place(name, arch).await.unwrap().known.unwrap();
        rig.pushes.unchanged(name, arch, known, at("19T14:00:00")).await.unwrap();
        let told = rig.stage.at("19T14:00:00").await;
        assert!(told[0].starts_with("tell gwd: virt7-xen-46 x86_64 can be read again"), "{told:?}");
        rig.both("19T14:05:00", &["xen 4.6.5"]).await;
        assert!(rig.stage.at("19T14:05:00").await.is_empty());
        rig.stage.db.close().await;
    });
}

#[test]
fn the_same_version_with_other_bytes_is_the_maintainers_business() {
    each_place(async |database| {
        let mut rig = Rig::new(&database).await;
        rig.both("19T12:00:00", &["xen 4.6.5 aa", "odd 1"]).await;
        rig.both("19T12:10:00", &["xen 4.6.5 bb", "odd 1"]).await;
        let told = rig.stage.at("19T12:10:00").await;
        assert_eq!(told.len(), 1, "{told:?}");
        assert!(
            told[0].starts_with("tell bob: RESPUN xen-4.6.5-1.el7 in virt7-xen-46 aarch64 x86_64"),
            "{told:?}"
        );
        // A whole repository that is signed anew is one word, to the lead.
        let all =
            |sum: &str| -> Vec<String> { (0..9).map(|n| format!("p{n} 1.1 {sum}")).collect() };
        for (time, sum) in [("19T12:12:00", "aa"), ("19T12:14:00", "bb")] {
            let all = all(sum);
            let all: Vec<&str> = all.iter().map(String::as_str).chain(["xen 4.6.5 bb"]).collect();
            rig.has("virt7-xen-46", "x86_64", time, &all).await;
        }
        let told = rig.stage.at("19T12:14:00").await;
        assert_eq!(told.len(), 1, "{told:?}");
        assert!(
            told[0].starts_with("tell gwd: RESPUN 9 builds in virt7-xen-46 x86_64"),
            "{told:?}"
        );
        rig.has("virt7-xen-46", "x86_64", "19T12:16:00", &["xen 4.6.5 bb", "odd 1"]).await;
        rig.stage.at("19T12:40:00").await;
        // A licence that is not on the list is the lead's.
        rig.both("19T12:42:00", &["xen 4.6.5 bb", "odd 2"]).await;
        let told = rig.stage.at("19T12:42:00").await;
        let licence = "tell gwd: odd-2-1.el7 in virt7-xen-46 has the licence \"Proprietary\"";
        assert!(told.iter().any(|line| line.starts_with(licence)), "{told:?}");
        rig.stage.db.close().await;
    });
}

#[test]
fn a_push_completes_rebases_and_actions_and_says_what_has_no_support() {
    each_place(async |database| {
        let mut rig = Rig::new(&database).await;
        let (db, config) = (rig.stage.db.clone(), rig.stage.config.clone());
        let kind = notice::Kind::Rebase {
            project: "xen".into(),
            version: "4.8".into(),
            platform: String::new(),
        };
        let end = notice::Kind::EndOfSupport {
            project: "xen".into(),
            version: "4.8".into(),
            date: "2018-11-13".parse().unwrap(),
        };
        for kind in [kind, end] {
            group::change(&db, &config, &By::itself(), |group| {
                let change = notice::Change::Posted { kind, text: "x".into(), about: None };
                Ok(Journal::Notice { number: group.notices.next_number(), change })
            })
            .await
            .unwrap()
            .unwrap();
        }
        group::change(&db, &config, &By::itself(), |_| {
            let change = roadmap::Change::Opened {
                kind: roadmap::Kind::Action,
                text: "push xen 4.8".into(),
                owners: vec!["bob".into()],
                due: None,
            };
            Ok(Journal::Entry { number: 1, change })
        })
        .await
        .unwrap()
        .unwrap();
        rig.both("19T12:00:00", &["xen 4.6.5"]).await;
        rig.both("19T12:10:00", &["xen 4.8.4"]).await;
        let said = rig.stage.at("19T12:10:00").await;
        assert!(said[0].contains("MAJOR xen 4.6 → 4.8: 4.8.4-1 (was 4.6.5-1)"), "{said:?}");
        assert!(said[0].contains("END OF SUPPORT since 2018-11-13"), "{said:?}");
        assert!(said[0].contains("completes rebase to 4.8 announced "), "{said:?}");
        let group = group::load(&db, &config).await.unwrap();
        assert!(group.notices.one(1).unwrap().closed.is_some());
        let roadmap::State::Done { note, .. } = &group.roadmap.one(1).unwrap().state else {
            panic!("{:?}", group.roadmap.one(1));
        };
        assert_eq!(note.as_untrusted(), "pushed: xen 4.8.4-1: https://v.example/p/1");
        rig.stage.db.close().await;
    });
}

#[test]
fn pushes_go_where_their_routes_lead_and_to_those_who_watch() {
    each_place(async |database| {
        let mut rig = Rig::with(&database, |config| {
            let mut config = group_of(config).as_ref().clone();
            let libera = Network::new("libera");
            let way = |packages: &str, stage, mail| Route {
                packages: vec![Pattern::new(packages)],
                stages: vec![stage],
                channel: Some((libera.clone(), "#C".into())),
                mail,
                ..Route::default()
            };
            config.push.routes = vec![
                way("xen*", For::Release, None),
                Route { channel: None, ..way("a", For::Release, Some(Mailed::Each)) },
            ];
            Arc::new(config)
        })
        .await;
        let watch = Watch { who: "a:gwd".into(), pattern: Pattern::new("a") };
        let mut tx = rig.stage.db.begin().await.unwrap();
        store::push::watch::add(&mut tx, &Network::new("libera"), &watch, at("19T11:00:00"))
            .await
            .unwrap();
        tx.commit().await.unwrap();
        rig.both("19T12:00:00", &["xen 1.1", "a 1.1", "b 1.1"]).await;
        rig.both("19T12:10:00", &["xen 1.2", "a 1.2", "b 1.2"]).await;
        let said = rig.stage.at("19T12:10:00").await;
        assert_eq!(said.len(), 2, "{said:?}");
        assert!(said[0].starts_with("tell gwd: RELEASED a 1.2-1 (was 1.1-1)"), "{said:?}");
        assert!(said[1].contains("MAJOR xen 1.1 → 1.2"), "{said:?}");
        let mut letters = Vec::new();
        for push in 1..=3 {
            let key = format!("push:{push}");
            let letter = store::outbox::message_id(&rig.stage.db, &key).await.unwrap();
            letters.push(letter.is_some());
        }
        assert_eq!(letters.iter().filter(|is_there| **is_there).count(), 1, "only a's");
        rig.stage.db.close().await;
    });
}

#[test]
fn what_waits_in_testing_is_told_before_the_cut_off() {
    each_place(async |database| {
        let mut rig = Rig::new(&database).await;
        for arch in ["x86_64", "aarch64"] {
            rig.has("virt7-xen-46-testing", arch, "11T12:00:00", &["xen 4.6.5"]).await;
            rig.has("virt7-xen-46-testing", arch, "11T12:05:00", &["xen 4.6.6", "new 1"]).await;
            rig.has("virt7-xen-46", arch, "11T12:00:00", &["xen 4.6.5", "new 1"]).await;
        }
        rig.stage.at("11T12:30:00").await;
        for (time, told) in [
            ("15T06:59:59", 0),
            ("15T07:00:00", 1),
            ("15T08:00:00", 0),
            ("15T08:30:00", 1),
            ("15T08:59:00", 0),
            ("15T09:00:01", 0),
        ] {
            rig.pushes.warn(at(time)).await.unwrap();
            let said = rig.stage.at(time).await;
            assert_eq!(said.len(), told, "{time}: {said:?}");
            if let Some(said) = said.first() {
                assert!(said.starts_with("tell bob: xen-4.6.6-1.el7 is in testing for 3 days"));
                assert!(
                    said.ends_with("what is tagged after it waits for Mon 2018-11-19 11:00 UTC.")
                );
            }
        }
        rig.stage.db.close().await;
    });
}

#[test]
fn one_of_two_nodes_is_late_and_an_event_that_comes_late_is_not_lost() {
    each_place(async |database| {
        let mut rig = Rig::new(&database).await;
        rig.pushes.begin_tag("virt7-xen-46-release", 5, at("13T10:00:00")).await.unwrap();
        rig.both("13T10:00:00", &["xen 4.6.5"]).await;
        // The event 9 is seen before 8: its transaction was longer.
        rig.tag(Act::Tagged, 9, "15T10:00:01", "xen", "4.6.7").await;
        rig.tag(Act::Tagged, 8, "15T10:00:00", "a", "1").await;
        rig.tag(Act::Tagged, 4, "12T10:00:00", "before-we-looked", "1").await;
        let told = rig.stage.at("15T10:00:05").await;
        assert_eq!(told.len(), 2, "{told:?}");
        let cursors = rig.pushes.cursors().await.unwrap();
        let cursor = cursors.iter().find(|(tag, _)| tag == "virt7-xen-46-release").unwrap();
        assert_eq!(cursor.1, Some(5), "what may come late is asked for again");
        // Two nodes have looked at the same time; one of them has compared with what was before.
        let repository = rig.stage.config.push.repository("virt7-xen-46").unwrap().clone();
        let place = rig.pushes.place("virt7-xen-46", "x86_64").await.unwrap();
        let mut tx = rig.stage.db.begin().await.unwrap();
        let (name, arch) = (repository.name.as_str(), "x86_64");
        assert!(store::push::place::save(&mut tx, name, arch, &place, "1").await.unwrap());
        assert!(!store::push::place::save(&mut tx, name, arch, &place, "0").await.unwrap());
        tx.commit().await.unwrap();
        rig.stage.db.close().await;
    });
}

#[test]
fn a_clock_that_jumps_makes_no_wrong_announcement() {
    each_place(async |database| {
        let mut rig = Rig::new(&database).await;
        rig.both("19T12:00:00", &["xen 4.6.5"]).await;
        // An hour back, and a state that was made in the future.
        rig.both("19T11:00:00", &["xen 4.6.6"]).await;
        let said = rig.stage.at("19T12:00:01").await;
        assert_eq!(said.len(), 1, "{said:?}");
        assert!(said[0].contains("RELEASED xen 4.6.6-1"), "{said:?}");
        rig.both("19T12:05:00", &["xen 4.6.6"]).await;
        assert!(rig.stage.at("19T12:05:00").await.is_empty());
        let later = at("19T12:05:00").plus(10 * MINUTE + SECOND);
        assert_eq!(rig.pushes.beat(later).await.unwrap(), None);
        rig.stage.db.close().await;
    });
}

#[test]
fn the_list_is_told_of_a_day_and_the_next_minutes_of_all() {
    each_place(async |database| {
        let mut rig = Rig::with(&database, |config| {
            let mut config = group_of(config).as_ref().clone();
            config.push.mail = Mailed::Daily;
            Arc::new(config)
        })
        .await;
        rig.both("13T12:00:00", &["xen 4.6.5"]).await;
        rig.both("13T12:10:00", &["xen 4.6.6"]).await;
        let (db, config) = (rig.stage.db.clone(), rig.stage.config.clone());
        let key = "pushes:2018-11-13";
        digest::send(&db, &config, at("13T23:59:59")).await.unwrap();
        assert_eq!(store::outbox::message_id(&db, key).await.unwrap(), None, "it is not over");
        for time in ["14T00:00:10", "14T00:00:40", "15T10:00:00"] {
            digest::send(&db, &config, at(time)).await.unwrap();
        }
        assert!(store::outbox::message_id(&db, key).await.unwrap().is_some());
        rig.stage.say("gwd", "#startmeeting Virt SIG").await;
        rig.stage.say("gwd", "#endmeeting").await;
        let minutes = rig.stage.file("txt");
        assert!(minutes.contains("\nPushes since the last meeting\n"), "{minutes}");
        assert!(
            minutes.contains("RELEASED xen 4.6.6-1 (was 4.6.5-1) · NOT MAINLINE:"),
            "{minutes}"
        );
        assert!(minutes.contains("https://v.example/p/1"), "{minutes}");
        let (from, to) = (at("01T00:00:00"), at("30T00:00:00"));
        let releases = minutes::releases(&db, &config, from, to).await.unwrap();
        assert_eq!(
            releases[0].text,
            "xen 4.6.5-1 → 4.6.6-1 (el7 x86_64 aarch64) · NOT MAINLINE: linux-xen patches"
        );
        let none = minutes::releases(&db, &config, to, to.plus(MINUTE)).await.unwrap();
        assert!(none[0].text.starts_with("None; the last one: xen "), "{none:?}");
        rig.stage.db.close().await;
    });
}

#[test]
fn what_is_handed_in_happens_once() {
    each_place(async |database| {
        let mut rig = Rig::new(&database).await;
        let line = |event: &str, more: &str| {
            format!(
                "{{\"event\": \"{event}\", \"nvr\": \"xen-4.6.6-1.el7\", \
                 \"tag\": \"virt7-xen-46-release\"{more}}}\n"
            )
        };
        let text = [
            line("tagged", ", \"at\": \"2018-11-19T11:30:00Z\", \"by\": \"bob\""),
            line("pushed", ", \"changes\": [\"fix XSA-282\"]"),
        ]
        .concat();
        let events: Vec<_> =
            inlet::read(text.as_bytes()).into_iter().map(|line| line.unwrap().given).collect();
        let now = at("19T12:00:00");
        let taken = rig.pushes.given(Some("one"), &events, now).await.unwrap().unwrap();
        assert_eq!((taken.new, taken.known), (2, 0));
        let said = rig.stage.at("19T12:00:01").await;
        assert_eq!(said.len(), 1, "{said:?}");
        let words = "NEW xen 4.6.6-1 · NOT MAINLINE: linux-xen patches · security: XSA-282 (from \
                     the changelog) · el7 x86_64 aarch64 · virt7-xen-46 · bob";
        assert!(said[0].contains(words), "{said:?}");
        assert_eq!(rig.pushes.given(Some("one"), &events, now).await.unwrap(), None, "a replay");
        let taken = rig.pushes.given(Some("two"), &events, now).await.unwrap().unwrap();
        assert_eq!((taken.new, taken.known), (0, 2));
        assert!(rig.stage.at("19T12:00:02").await.is_empty());
        let elsewhere = text.replace("virt7-xen-46-release", "f41-updates");
        let events: Vec<_> =
            inlet::read(elsewhere.as_bytes()).into_iter().map(|line| line.unwrap().given).collect();
        let taken = rig.pushes.given(None, &events, now).await.unwrap().unwrap();
        assert_eq!(taken.nowhere, ["f41-updates"]);
        let line = line("withdrawn", "");
        let events: Vec<_> =
            inlet::read(line.as_bytes()).into_iter().map(|line| line.unwrap().given).collect();
        rig.pushes.given(None, &events, at("19T13:00:00")).await.unwrap();
        assert!(rig.stage.at("19T13:00:00").await.is_empty());
        rig.pushes.beat(at("19T13:10:00")).await.unwrap();
        let said = rig.stage.at("19T13:10:00").await;
        assert!(said[0].contains("WITHDRAWN xen 4.6.6-1"), "{said:?}");
        rig.stage.db.close().await;
    });
}

#[test]
fn how_far_a_push_has_come_is_told_and_a_mirror_that_lags() {
    each_place(async |database| {
        let mut rig = Rig::with(&database, |config| {
            let mut config = group_of(config).as_ref().clone();
            config.push.repositories[0].mirrors =
                ["a", "b"].map(|host| format!("http://{host}.example/$arch")).to_vec();
            Arc::new(config)
        })
        .await;
        rig.both("19T12:00:00", &["xen 4.6.5"]).await;
        rig.both("19T12:10:00", &["xen 4.6.6"]).await;
        rig.stage.at("19T12:10:00").await;
        let (name, known) = ("virt7-xen-46", Some(1_542_629_400));
        for arch in ["x86_64", "aarch64"] {
            let mut tx = rig.stage.db.begin().await.unwrap();
            let mut place = rig.pushes.place(name, arch).await.unwrap();
            let sha256 = place.known.as_ref().unwrap().sha256.clone();
            place.known.as_mut().unwrap().revision = known;
            assert!(store::push::place::save(&mut tx, name, arch, &place, &sha256).await.unwrap());
            tx.commit().await.unwrap();
            for (host, revision, lag) in [("a", known, 0), ("b", known.map(|n| n - 9), 2 * DAY)] {
                let url = format!("http://{host}.example/{arch}");
                let checked_at = Some(at("19T12:20:00"));
                let mirror = Mirror { revision, lag: Some(lag), checked_at, fault: None };
                rig.pushes.mirrored(name, arch, &url, mirror.clone()).await.unwrap();
                rig.pushes.mirrored(name, arch, &url, mirror).await.unwrap();
            }
        }
        let told = rig.stage.at("19T12:20:00").await;
        assert_eq!(told.len(), 2, "once for each copy: {told:?}");
        assert_eq!(told[0], "tell gwd: The mirror http://b.example/aarch64 is 2 d behind.");
        let answer = rig.stage.say("gwd", "beadle: where xen").await;
        assert!(
            answer[0].contains("since Mon 2018-11-19 12:10 UTC, on 1/2 mirrors."),
            "{answer:?}"
        );
        rig.stage.db.close().await;
    });
}

#[test]
fn what_was_there_before_anybody_looked_is_neither_held_nor_late() {
    each_place(async |database| {
        let mut rig = Rig::new(&database).await;
        rig.both("14T12:00:00", &["xen 4.6.5"]).await;
        // Taken from its tag and put back, on a Thursday afternoon.
        rig.tag(Act::Untagged, 7, "15T10:00:00", "xen", "4.6.5").await;
        rig.tag(Act::Tagged, 8, "15T10:00:01", "xen", "4.6.5").await;
        rig.pushes.beat(at("23T10:00:00")).await.unwrap();
        assert!(rig.stage.at("23T10:00:00").await.is_empty());
        let answer = rig.stage.say("gwd", "beadle: when xen-4.6.5-1.el7").await;
        assert!(answer[0].contains("since before anybody looked"), "{answer:?}");
        rig.stage.db.close().await;
    });
}
