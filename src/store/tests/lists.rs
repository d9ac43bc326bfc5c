//! Lists, their subscribers, the keys and the tokens.

use super::{at, write};
use crate::domain::list::Key;
use crate::domain::list::gate::Verdict;
use crate::domain::list::policy::Settings;
use crate::domain::time::DAY;
use crate::store::subscriber::{self, New};
use crate::store::testing::each;
use crate::store::{list, signing_key, token};

fn key(address: &str) -> Key {
    Key::parse(address).unwrap()
}

fn new(address: &str) -> New {
    New::of(key(address), address)
}

#[test]
fn a_list_is_found_by_its_name_and_its_address() {
    each(async |db| {
        let now = at("2018-11-13T15:00:00Z");
        let settings = Settings { nonmember: Some(Verdict::Hold), ..Settings::default() };
        write(&db, async |tx| {
            let virt = list::create(tx, "Virt", "Virt@X.example", &settings, now).await.unwrap();
            assert_eq!(virt.unwrap().address, "virt@x.example");
            let taken = list::create(tx, "other", "virt@x.example", &settings, now).await.unwrap();
            assert_eq!(taken, None);
        })
        .await;
        let virt = list::find(&db, "VIRT").await.unwrap().unwrap();
        assert_eq!(list::find(&db, "virt@x.example").await.unwrap(), Some(virt.clone()));
        assert_eq!((virt.settings.clone(), virt.created_at), (settings, now));
        write(&db, async |tx| {
            list::set(tx, virt.id, &Settings::default()).await.unwrap();
            subscriber::add(tx, virt.id, &[new("a@x.example")], now).await.unwrap();
            assert!(!list::remove(tx, virt.id).await.unwrap(), "it has a subscriber");
            subscriber::remove(tx, virt.id, &["a@x.example"]).await.unwrap();
            assert!(list::remove(tx, virt.id).await.unwrap());
        })
        .await;
        assert_eq!(list::all(&db).await.unwrap(), []);
    });
}

#[test]
fn the_standing_of_many_is_asked_at_once() {
    each(async |db| {
        let now = at("2018-11-13T15:00:00Z");
        let (virt, devel) = write(&db, async |tx| {
            let settings = Settings::default();
            let virt = list::create(tx, "virt", "virt@x.example", &settings, now).await.unwrap();
            let devel = list::create(tx, "devel", "devel@x.example", &settings, now).await.unwrap();
            let (virt, devel) = (virt.unwrap().id, devel.unwrap().id);
            let all = [
                New { is_moderated: true, ..new("Mod@x.example") },
                New { is_extended: true, name: "Ext".into(), ..new("ext@x.example") },
                New { other_of: Some(key("ext@x.example")), ..new("other@x.example") },
                new("plain@x.example"),
            ];
            assert_eq!(subscriber::add(tx, virt, &all, now).await.unwrap(), 4);
            let again = subscriber::add(tx, virt, &all[2..], now.plus(DAY)).await.unwrap();
            assert_eq!(again, 0);
            subscriber::add(tx, devel, &all[3..], now).await.unwrap();
            (virt, devel)
        })
        .await;
        let asked = [
            (virt, "nobody@x.example"),
            (devel, "mod@x.example"),
            (virt, "ext@x.example"),
            (virt, "mod@x.example"),
            (devel, "plain@x.example"),
        ];
        let found = subscriber::standing(&db, &asked).await.unwrap();
        let found: Vec<_> = found
            .iter()
            .map(|one| {
                one.as_ref().map(|one| (one.address.as_str(), one.is_moderated, one.is_extended))
            })
            .collect();
        let wanted = [
            None,
            None,
            Some(("ext@x.example", false, true)),
            Some(("Mod@x.example", true, false)),
            Some(("plain@x.example", false, false)),
        ];
        assert_eq!(found, wanted);
        assert_eq!(subscriber::standing(&db, &[]).await.unwrap(), []);

        let page = subscriber::page(&db, virt, "ext@x.example", 2).await.unwrap();
        let keys: Vec<_> = page.iter().map(|one| one.key.as_str()).collect();
        assert_eq!(keys, ["mod@x.example", "other@x.example"]);
        let options = [None, None, Some(now)];
        write(&db, async |tx| {
            assert!(subscriber::set(tx, virt, "mod@x.example", options).await.unwrap());
            assert!(!subscriber::set(tx, virt, "nobody@x.example", options).await.unwrap());
            let gone = subscriber::remove(tx, virt, &["ext@x.example", "nobody@x.example"]);
            assert_eq!(gone.await.unwrap(), 2, "and the further address");
        })
        .await;
        let changed = subscriber::one(&db, virt, &key("mod@x.example")).await.unwrap().unwrap();
        assert_eq!((changed.moderated_at, changed.nomail_at), (None, Some(now)));
        assert_eq!(subscriber::count(&db, virt).await.unwrap(), 2);
    });
}

#[test]
fn a_key_that_was_replaced_verifies_for_a_month() {
    each(async |db| {
        let now = at("2018-11-13T15:00:00Z");
        assert!(signing_key::all(&db).await.unwrap().is_empty());
        let first = write(&db, async |tx| signing_key::ensure(tx, now).await.unwrap()).await;
        assert_eq!(write(&db, async |tx| signing_key::ensure(tx, now).await.unwrap()).await, first);
        let renew =
            async |at| write(&db, async |tx| signing_key::renew(tx, at).await.unwrap()).await;
        renew(now.plus(DAY)).await;
        let both = signing_key::all(&db).await.unwrap();
        assert_eq!((both.len(), &both[1]), (2, &first[0]));
        renew(now.plus(30 * DAY)).await;
        assert_eq!(signing_key::all(&db).await.unwrap().len(), 3);
        renew(now.plus(32 * DAY)).await;
        let left = signing_key::all(&db).await.unwrap();
        assert!(left.len() == 3 && !left.contains(&first[0]));
    });
}

#[test]
fn a_token_is_good_once() {
    each(async |db| {
        let now = at("2018-11-13T15:00:00Z");
        let spend = async |digest: &[u8]| {
            write(&db, async |tx| token::spend(tx, digest, now.plus(DAY), now).await.unwrap()).await
        };
        assert!(spend(b"one").await);
        assert!(!spend(b"one").await);
        assert!(spend(b"two").await);
    });
}
