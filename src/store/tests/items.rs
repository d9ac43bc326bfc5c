//! What is found of minutes, and by whom.

use super::{at, held, new_in, opened, write};
use crate::domain::meeting::Kind;
use crate::domain::minutes::index::{DECISIONS, Entry, Sort, fold};
use crate::store::item::{self, Reads};
use crate::store::testing::each;
use crate::store::{Db, meeting};

fn entry(sort: Sort, text: &str) -> Entry {
    Entry {
        sort,
        line: 7,
        at: at("2018-11-13T15:00:10Z"),
        nick: "gwd".into(),
        text: text.into(),
        folded: fold(text),
    }
}

fn all() -> Vec<Sort> {
    Sort::all().collect()
}

async fn texts(db: &Db, sorts: &[Sort], words: &str, reads: Reads) -> Vec<String> {
    let found = item::find(db, sorts, words, reads, 99).await.unwrap();
    found.iter().map(|one| format!("{} {}", one.slug, one.text.as_untrusted())).collect()
}

#[test]
fn items_are_found_by_all_their_words_newest_meeting_first() {
    each(async |db| {
        let old = held(&db, new_in("#a", "2018-10-30T15:00:00Z")).await;
        let young = held(&db, new_in("#a", "2018-11-13T15:00:00Z")).await;
        let agreed = Sort::Item(Kind::Agreed);
        write(&db, async |tx| {
            let first = [entry(Sort::Topic, "Xen"), entry(agreed, "Keep ONE Xen Ä 100%_\\")];
            item::replace(tx, old.id, &first, 5, at("2018-10-30T16:00:00Z")).await.unwrap();
            let second = [entry(agreed, "xen on arm64, one by one"), entry(agreed, "ovirt")];
            item::replace(tx, young.id, &second, 6, at("2018-11-13T16:00:00Z")).await.unwrap();
        })
        .await;
        let public = Reads::Public;
        assert_eq!(
            texts(&db, &all(), "one XEN", public).await,
            ["2018-11-13 xen on arm64, one by one", "2018-10-30 Keep ONE Xen Ä 100%_\\"]
        );
        assert_eq!(texts(&db, &all(), "ä 100%_\\", public).await.len(), 1);
        for nothing in ["ö", "0_", "%on", "one two", "x%n"] {
            assert!(texts(&db, &all(), nothing, public).await.is_empty(), "{nothing}");
        }
        assert_eq!(texts(&db, &DECISIONS, "", public).await.len(), 3);
        assert_eq!(item::find(&db, &all(), "", public, 2).await.unwrap().len(), 2);
        assert_eq!(item::count_found(&db, &all(), "", public).await.unwrap(), 4);
        assert_eq!(item::count_found(&db, &DECISIONS, "one", public).await.unwrap(), 2);
        // Written again, they are what they are now.
        write(&db, async |tx| {
            let second = [entry(agreed, "ovirt")];
            item::replace(tx, young.id, &second, 6, at("2018-11-14T16:00:00Z")).await.unwrap();
        })
        .await;
        assert_eq!(texts(&db, &DECISIONS, "arm64", public).await, [""; 0]);
        let with = async |words| item::meetings(&db, words, public).await.unwrap();
        assert_eq!(with("o").await, ["2018-11-13", "2018-10-30"]);
        assert_eq!(with("XEN one").await, ["2018-10-30"]);
        assert!(with("one ovirt").await.is_empty(), "both words, but in two meetings");
        let briefs = item::latest(&db, 9).await.unwrap();
        let counts: Vec<_> =
            briefs.iter().map(|one| (one.slug.as_str(), one.decisions, one.people)).collect();
        assert_eq!(counts, [("2018-11-13", 1, Some(6)), ("2018-10-30", 1, Some(5))]);
        let slugs = ["2018-10-30".to_string(), "2018-01-01".to_string()];
        assert_eq!(item::of(&db, &slugs).await.unwrap(), briefs[1..]);
        assert_eq!(item::count(&db).await.unwrap(), 2);
        let day = at("2018-11-13T00:00:00Z").date();
        assert_eq!(item::on_date(&db, day).await.unwrap(), briefs[..1]);
    });
}

#[test]
fn what_is_for_members_only_is_found_by_members_only() {
    each(async |db| {
        let row = held(&db, new_in("#a", "2018-10-30T15:00:00Z")).await;
        let aborted = opened(&db, new_in("#a", "2018-10-31T15:00:00Z")).await;
        let when = at("2018-10-31T16:00:00Z");
        let secret = [entry(Sort::Item(Kind::Agreed), "secret")];
        write(&db, async |tx| {
            for id in [row.id, aborted.id] {
                item::replace(tx, id, &secret, 2, when).await.unwrap();
            }
            meeting::abort(tx, aborted.id, when).await.unwrap();
        })
        .await;
        assert_eq!(texts(&db, &DECISIONS, "", Reads::Public).await.len(), 1);
        write(&db, async |tx| meeting::restrict(tx, row.id, when).await.unwrap()).await;
        assert_eq!(texts(&db, &DECISIONS, "", Reads::Public).await, [""; 0]);
        assert!(item::meetings(&db, "secret", Reads::Public).await.unwrap().is_empty());
        assert_eq!(item::meetings(&db, "secret", Reads::Members).await.unwrap(), ["2018-10-30"]);
        assert_eq!(texts(&db, &DECISIONS, "secret", Reads::Members).await, ["2018-10-30 secret"]);
        assert!(item::latest(&db, 9).await.unwrap()[0].is_restricted);
    });
}

#[test]
fn what_was_destroyed_is_gone_until_it_is_written_again() {
    each(async |db| {
        let row = held(&db, new_in("#a", "2018-10-30T15:00:00Z")).await;
        let slugs = async || {
            let rows = item::unindexed(&db, 9).await.unwrap();
            rows.into_iter().map(|row| row.slug).collect::<Vec<_>>()
        };
        assert_eq!(slugs().await, ["2018-10-30"], "an older program published it");
        let entries = [entry(Sort::Topic, "words")];
        write(&db, async |tx| {
            item::replace(tx, row.id, &entries, 2, row.started_at).await.unwrap();
        })
        .await;
        assert_eq!(slugs().await, [""; 0]);
        write(&db, async |tx| item::forget(tx, row.id).await.unwrap()).await;
        assert_eq!(texts(&db, &all(), "words", Reads::Members).await, [""; 0]);
        assert_eq!(slugs().await, ["2018-10-30"]);
    });
}
