//! What is kept of pushes, on both databases.

use crate::domain::name::Network;
use crate::domain::pattern::Pattern;
use crate::domain::push::build::{Build, Id};
use crate::domain::push::evr::Evr;
use crate::domain::push::index::{Difference, Index, Key, Packages};
use crate::domain::push::place::{Known, Place};
use crate::domain::time::Moment;
use crate::store::push::watch::Watch;
use crate::store::push::{announcement, build, carried, place, watch};
use crate::store::testing::each;

fn key(source: &str, version: &str, arch: &str) -> Key {
    Key { source: source.into(), evr: Evr::new(1, version, "1.el7"), arch: arch.into() }
}

fn packages(names: &[&str]) -> Packages {
    names.iter().map(|name| (name.to_string(), "0123".to_string())).collect()
}

#[test]
fn what_a_repository_carries_is_changed_by_what_differs() {
    each(async |db| {
        let old: Index = [
            (key("xen", "4.6", "x86_64"), packages(&["xen", "xen-libs"])),
            (key("xen", "4.6", "noarch"), packages(&["xen-doc"])),
            (key("qemu", "2.10", "x86_64"), packages(&["qemu-img"])),
        ]
        .into_iter()
        .collect();
        let new: Index = [
            (key("xen", "4.6", "x86_64"), packages(&["xen"])),
            (key("qemu", "2.12", "x86_64"), packages(&["qemu-img"])),
        ]
        .into_iter()
        .collect();
        let at = ("virt7", "x86_64");
        let mut tx = db.begin().await.unwrap();
        let all =
            |index: &Index| index.iter().map(|(key, packages)| (key.clone(), packages)).collect();
        let first = Difference { added: all(&old), ..Difference::default() };
        carried::change(&mut tx, at, &first, &old).await.unwrap();
        assert_eq!(carried::of(&mut tx, "virt7", "x86_64").await.unwrap(), old);
        let difference = Difference {
            added: vec![(key("qemu", "2.12", "x86_64"), packages(&["qemu-img"]))],
            removed: vec![
                (key("xen", "4.6", "x86_64"), packages(&["xen-libs"])),
                (key("xen", "4.6", "noarch"), packages(&["xen-doc"])),
                (key("qemu", "2.10", "x86_64"), packages(&["qemu-img"])),
            ],
            respun: Vec::new(),
        };
        carried::change(&mut tx, at, &difference, &new).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(carried::of(&db, "virt7", "x86_64").await.unwrap(), new);
        assert_eq!(carried::of(&db, "virt7", "aarch64").await.unwrap(), Index::default());
        let found = carried::versions(&db, "qemu").await.unwrap();
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].evr, Evr::new(1, "2.12", "1.el7"));
        assert_eq!(carried::sources_of(&db, "qemu-img").await.unwrap(), ["qemu"]);
        assert!(carried::sources_of(&db, "qemu-i%").await.unwrap().is_empty());
        assert_eq!(carried::names(&db, 9).await.unwrap(), ["qemu", "xen"]);
    });
}

#[test]
fn a_repository_is_accepted_once_and_its_cursor_goes_forward() {
    each(async |db| {
        let at = Moment::from_micros(7);
        let mut one = Place::default();
        let mut tx = db.begin().await.unwrap();
        assert!(place::save(&mut tx, "virt7", "x86_64", &one, "").await.unwrap());
        one.known = Some(Known { sha256: "a".into(), ..Known::default() });
        assert!(place::save(&mut tx, "virt7", "x86_64", &one, "").await.unwrap());
        // A slower node has compared with what is not there any more.
        assert!(!place::save(&mut tx, "virt7", "x86_64", &one, "").await.unwrap());
        one.checked_at = Some(at);
        assert!(place::save(&mut tx, "virt7", "x86_64", &one, "a").await.unwrap());
        for event in [5, 9, 7] {
            place::set_cursor(&mut tx, "virt7-release", event, at).await.unwrap();
        }
        tx.commit().await.unwrap();
        assert_eq!(place::one(&db, "virt7", "x86_64").await.unwrap(), Some(one));
        assert_eq!(place::all(&db).await.unwrap().len(), 1);
        assert_eq!(place::one(&db, "virt7", "aarch64").await.unwrap(), None);
        assert_eq!(place::cursor(&db, "virt7-release").await.unwrap(), Some((5, 9)));
        assert_eq!(place::cursor(&db, "other").await.unwrap(), None);
    });
}

#[test]
fn builds_are_found_by_what_they_are_and_when_they_are_due() {
    each(async |db| {
        let id = |source: &str, version: &str| Id {
            repository: "virt7".into(),
            source: source.into(),
            evr: Evr::new(0, version, "1"),
        };
        let at = Moment::from_micros;
        let mut tx = db.begin().await.unwrap();
        assert_eq!(build::next(&mut tx).await.unwrap(), None);
        for (source, version, wakes, pushed) in
            [("xen", "4.6", None, 5), ("xen", "4.8", Some(9), 6), ("qemu", "2.12", Some(4), 7)]
        {
            let mut one = Build::new(id(source, version));
            one.pushed_at = Some(at(pushed));
            build::save(&mut tx, &one, wakes.map(at), at(100)).await.unwrap();
            build::save(&mut tx, &one, wakes.map(at), at(100)).await.unwrap();
        }
        tx.commit().await.unwrap();
        let names = |builds: Vec<Build>| -> Vec<String> { builds.iter().map(Build::nvr).collect() };
        assert_eq!(names(build::due(&db, at(8), 9).await.unwrap()), ["qemu-2.12-1"]);
        assert_eq!(names(build::due(&db, at(9), 9).await.unwrap()), ["qemu-2.12-1", "xen-4.8-1"]);
        assert_eq!(build::next(&db).await.unwrap(), Some(at(4)));
        let xen = ["xen-4.8-1", "xen-4.6-1"];
        assert_eq!(names(build::of_source(&db, "xen", 9).await.unwrap()), xen);
        assert_eq!(names(build::of_repository(&db, "virt7", at(6), 9).await.unwrap()).len(), 2);
        assert_eq!(names(build::recent(&db, at(0), 1).await.unwrap()), ["qemu-2.12-1"]);
        assert_eq!(build::one(&db, &id("xen", "9")).await.unwrap(), None);
        let with_epoch = Id { evr: Evr::new(3, "4.6", "1"), ..id("xen", "4.6") };
        let found = build::one(&db, &with_epoch).await.unwrap().unwrap();
        assert_eq!((found.id.evr.epoch, found.pushed_at), (3, Some(at(5))));
        let one = build::one(&db, &id("xen", "4.6")).await.unwrap().unwrap();
        assert_eq!(one.pushed_at, Some(at(5)));
    });
}

#[test]
fn a_push_is_said_once_in_each_channel() {
    each(async |db| {
        let (network, at) = (Network::new("Libera"), Moment::from_micros);
        let mut tx = db.begin().await.unwrap();
        let first = announcement::add(&mut tx, at(1), None, &[]).await.unwrap();
        let second = announcement::add(&mut tx, at(2), Some(at(0)), &[]).await.unwrap();
        assert!(second > first);
        for push in [first, second, second] {
            announcement::want(&mut tx, push, &network, "#a").await.unwrap();
        }
        let waiting = announcement::waiting(&mut tx, &network, "#a", 9).await.unwrap();
        assert_eq!(waiting.iter().map(|one| one.push.number).collect::<Vec<_>>(), [first, second]);
        for push in [first, second] {
            announcement::post(&mut tx, push, (&network, "#a"), "push:1+2", at(3)).await.unwrap();
        }
        assert_eq!(announcement::lines_since(&mut tx, &network, "#a", at(2)).await.unwrap(), 1);
        assert_eq!(announcement::lines_since(&mut tx, &network, "#a", at(3)).await.unwrap(), 0);
        assert!(announcement::said(&mut tx, "push:1+2", at(4)).await.unwrap());
        assert!(!announcement::said(&mut tx, "push:1+2", at(5)).await.unwrap());
        tx.commit().await.unwrap();
        assert!(announcement::waiting(&db, &network, "#a", 9).await.unwrap().is_empty());
        assert_eq!(announcement::one(&db, second).await.unwrap().unwrap().since, Some(at(0)));
        assert_eq!(announcement::between(&db, at(1), at(2), 9).await.unwrap().len(), 1);
    });
}

#[test]
fn people_watch_what_they_like_within_limits() {
    each(async |db| {
        let (network, at) = (Network::new("Libera"), Moment::from_micros(1));
        let wish = |pattern: &str| Watch { who: "mira".into(), pattern: Pattern::new(pattern) };
        let mut tx = db.begin().await.unwrap();
        assert!(watch::add(&mut tx, &network, &wish("xen*"), at).await.unwrap());
        assert!(!watch::add(&mut tx, &network, &wish("xen*"), at).await.unwrap());
        for n in 1..watch::MOST_OF_ONE {
            assert!(watch::add(&mut tx, &network, &wish(&format!("p{n}")), at).await.unwrap());
        }
        assert!(!watch::add(&mut tx, &network, &wish("one-more"), at).await.unwrap());
        assert!(watch::remove(&mut tx, &network, "mira", &Pattern::new("xen*")).await.unwrap());
        assert!(!watch::remove(&mut tx, &network, "mira", &Pattern::new("xen*")).await.unwrap());
        assert_eq!(watch::of(&mut tx, &network, "mira").await.unwrap().len(), 19);
        assert_eq!(watch::all(&mut tx).await.unwrap().len(), 19);
        tx.commit().await.unwrap();
    });
}
