//! Meetings: one open per channel, slugs and places of their own, and how they are found again.

use super::{at, held, new, new_in, opened, write};
use crate::domain::meeting::{Login, Speaker};
use crate::store::meeting::{self, MeetingRow, NewMeeting};
use crate::store::testing::each;
use chrono::NaiveDate;

fn slugs(rows: &[MeetingRow]) -> Vec<&str> {
    rows.iter().map(|row| row.slug.as_str()).collect()
}

fn slug(row: Option<MeetingRow>) -> Option<String> {
    row.map(|row| row.slug)
}

fn date(year: i32, month: u32, day: u32) -> NaiveDate {
    NaiveDate::from_ymd_opt(year, month, day).expect("a date in a test")
}

#[test]
fn a_meeting_comes_back_as_it_was_opened() {
    each(async |db| {
        let row = opened(&db, new("2018-11-13T15:00:00.250Z")).await;
        assert_eq!(row.slug, "2018-11-13");
        assert_eq!(row.channel.as_str(), "#Virt-SIG");
        assert_eq!(row.channel_folded, "#virt-sig");
        assert_eq!(row.owner_nick.as_str(), "gwd");
        assert_eq!(row.owner_account, Some("georged".into()));
        assert_eq!(row.started_at, at("2018-11-13T15:00:00.250Z"));
        assert_eq!(row.heard_until, row.started_at);
        assert!(row.is_open());
        assert_eq!(
            (&row.name, row.ended_at, row.aborted_at, row.restricted_at, row.published_at),
            (&None, None, None, None, None)
        );
        assert_eq!(row.place, None);

        let found = meeting::open_in(&db, &"libera".into(), "#virt-sig").await.unwrap();
        assert_eq!(found, Some(row.clone()));
        assert_eq!(meeting::by_slug(&db, "2018-11-13").await.unwrap(), Some(row));
        assert_eq!(meeting::by_slug(&db, "2018-11-14").await.unwrap(), None);
        assert_eq!(meeting::by_slug(&db, "2018\0").await.unwrap(), None);
    });
}

#[test]
fn an_owner_without_account_has_none() {
    each(async |db| {
        for (channel, login) in [("#a", Login::No), ("#b", Login::Unknown)] {
            let owner = Speaker { nick: "mira".into(), login };
            let new = NewMeeting { owner, ..new_in(channel, "2018-11-13T15:00:00Z") };
            assert_eq!(opened(&db, new).await.owner_account, None);
        }
    });
}

#[test]
fn one_meeting_is_open_in_a_channel() {
    each(async |db| {
        let first = opened(&db, new("2018-11-13T15:00:00Z")).await;
        let second = new("2018-11-13T16:00:00Z");
        let refused = write(&db, async |tx| {
            let refused = meeting::insert(tx, &second).await.unwrap();
            // The refusal spoils nothing: the transaction goes on.
            assert_eq!(
                meeting::open_in(&mut *tx, &second.network, "#virt-sig").await.unwrap(),
                Some(first.clone())
            );
            refused
        })
        .await;
        assert_eq!(refused, None);

        // Elsewhere it is no hindrance: another channel, another network.
        opened(&db, new_in("#other", "2018-11-13T15:30:00Z")).await;
        opened(&db, NewMeeting { network: "oftc".into(), ..second.clone() }).await;
        let open = meeting::open_all(&db).await.unwrap();
        assert_eq!(slugs(&open), ["2018-11-13", "2018-11-13-2", "2018-11-13-3"]);

        // After the end there may be another one.
        let ended_at = at("2018-11-13T15:50:00Z");
        write(&db, async |tx| meeting::end(tx, first.id, ended_at, None).await.unwrap()).await;
        assert_eq!(opened(&db, second).await.slug, "2018-11-13-4");
    });
}

#[test]
fn slugs_count_up_within_a_day_only() {
    each(async |db| {
        for (number, started_at) in ["2018-11-13T00:00:00Z", "2018-11-13T23:59:59.999999Z"]
            .into_iter()
            .cycle()
            .take(12)
            .enumerate()
        {
            let row = held(&db, new(started_at)).await;
            let expected = match number {
                0 => "2018-11-13".to_string(),
                n => format!("2018-11-13-{}", n + 1),
            };
            assert_eq!(row.slug, expected);
        }
        assert_eq!(held(&db, new("2018-11-14T00:00:00Z")).await.slug, "2018-11-14");
        assert_eq!(held(&db, new("2018-11-12T23:59:59Z")).await.slug, "2018-11-12");
    });
}

#[test]
fn two_nodes_that_open_at_once_get_different_slugs() {
    each(async |db| {
        let open = async |channel: &'static str| {
            opened(&db, new_in(channel, "2018-11-13T15:00:00Z")).await.slug
        };
        let (a, b, c, d) = tokio::join!(open("#a"), open("#b"), open("#c"), open("#d"));
        let mut all = [a, b, c, d];
        all.sort();
        assert_eq!(all, ["2018-11-13", "2018-11-13-2", "2018-11-13-3", "2018-11-13-4"]);
    });
}

#[test]
fn a_meeting_ends_once() {
    each(async |db| {
        let row = opened(&db, new("2018-11-13T15:00:00Z")).await;
        let name = "注意 <Virt> \\ 'SIG'\u{1f600}".into();
        let end = at("2018-11-13T16:00:00Z");
        write(&db, async |tx| {
            assert!(meeting::end(tx, row.id, end, Some(&name)).await.unwrap());
            assert!(!meeting::end(tx, row.id, end.plus(1), None).await.unwrap());
            assert!(!meeting::abort(tx, row.id, end.plus(2)).await.unwrap());
        })
        .await;
        let row = meeting::by_slug(&db, &row.slug).await.unwrap().unwrap();
        assert_eq!((row.ended_at, row.aborted_at, row.name), (Some(end), None, Some(name)));
        assert_eq!(meeting::open_in(&db, &row.network, "#virt-sig").await.unwrap(), None);
        assert_eq!(meeting::open_all(&db).await.unwrap(), []);
    });
}

#[test]
fn an_aborted_meeting_is_kept_and_not_listed() {
    each(async |db| {
        let row = opened(&db, new("2018-11-13T15:00:00Z")).await;
        let then = at("2018-11-13T15:05:00Z");
        write(&db, async |tx| {
            assert!(meeting::abort(tx, row.id, then).await.unwrap());
            assert!(!meeting::end(tx, row.id, then, None).await.unwrap());
        })
        .await;
        let kept = meeting::by_slug(&db, "2018-11-13").await.unwrap().unwrap();
        assert_eq!((kept.ended_at, kept.aborted_at), (None, Some(then)));
        assert!(!kept.is_open());

        let day = date(2018, 11, 13);
        assert_eq!(meeting::on_date(&db, day).await.unwrap(), []);
        assert_eq!(meeting::nearest(&db, date(2018, 11, 14)).await.unwrap(), (None, None));
        assert_eq!(meeting::nearest(&db, date(2018, 11, 12)).await.unwrap(), (None, None));
        assert_eq!(meeting::latest(&db, &row.network, "#virt-sig").await.unwrap(), None);
        assert_eq!(meeting::list(&db, 10, None).await.unwrap(), []);
        assert_eq!(meeting::unpublished(&db).await.unwrap(), []);
        // Its slug stays taken: a permanent address never means another meeting.
        assert_eq!(opened(&db, new("2018-11-13T15:10:00Z")).await.slug, "2018-11-13-2");
    });
}

#[test]
fn what_is_noted_stays_noted() {
    each(async |db| {
        let row = opened(&db, new("2018-11-13T15:00:00Z")).await;
        let (early, late) = (at("2018-11-13T15:10:00Z"), at("2018-11-13T15:20:00Z"));
        write(&db, async |tx| {
            meeting::heard_until(tx, row.id, late).await.unwrap();
            meeting::heard_until(tx, row.id, early).await.unwrap();
            meeting::restrict(tx, row.id, early).await.unwrap();
            meeting::restrict(tx, row.id, late).await.unwrap();
        })
        .await;
        let row = meeting::by_slug(&db, &row.slug).await.unwrap().unwrap();
        assert_eq!((row.heard_until, row.restricted_at), (late, Some(early)));
    });
}

#[test]
fn what_was_not_published_is_found_again() {
    each(async |db| {
        opened(&db, new_in("#open", "2018-11-13T15:00:00Z")).await;
        let one = held(&db, new("2018-11-13T15:00:00Z")).await;
        let two = held(&db, new("2018-11-27T15:00:00Z")).await;
        let found = meeting::unpublished(&db).await.unwrap();
        assert_eq!(found, [one.clone(), two.clone()]);

        let then = at("2018-11-27T16:00:01Z");
        write(&db, async |tx| meeting::published(tx, one.id, then).await.unwrap()).await;
        assert_eq!(meeting::unpublished(&db).await.unwrap(), [two]);
        let one = meeting::by_slug(&db, &one.slug).await.unwrap().unwrap();
        assert_eq!(one.published_at, Some(then));
    });
}

#[test]
fn no_two_meetings_share_a_place() {
    each(async |db| {
        let mut rows = Vec::new();
        for _ in 0..4 {
            rows.push(held(&db, new("2018-11-13T15:00:00Z")).await);
        }
        let places = write(&db, async |tx| {
            let mut places = Vec::new();
            for (row, wanted) in [
                (0, "2018/virt"),
                (1, "2018/virt"),
                (2, "2018/virt-2"),
                (3, "2018/virt"),
                // Asked again, each keeps its own; a new name moves it.
                (1, "2018/virt"),
                (0, "2018/virt"),
                (0, "2018/100%_done"),
                (2, "2018/virt"),
            ] {
                places.push(meeting::place(tx, rows[row].id, wanted).await.unwrap());
            }
            places
        })
        .await;
        assert_eq!(
            places,
            [
                "2018/virt",
                "2018/virt-2",
                "2018/virt-2-2",
                "2018/virt-3",
                "2018/virt-2",
                "2018/virt",
                "2018/100%_done",
                "2018/virt",
            ]
        );
        let stored = meeting::by_slug(&db, &rows[1].slug).await.unwrap().unwrap();
        assert_eq!(stored.place.as_deref(), Some("2018/virt-2"));
    });
}

#[test]
fn meetings_are_found_by_date() {
    each(async |db| {
        for started_at in [
            "2018-10-30T15:00:00Z",
            "2018-11-13T00:00:00Z",
            "2018-11-13T23:59:59.999999Z",
            "2018-11-27T15:00:00Z",
        ] {
            held(&db, new(started_at)).await;
        }
        let on = meeting::on_date(&db, date(2018, 11, 13)).await.unwrap();
        assert_eq!(slugs(&on), ["2018-11-13", "2018-11-13-2"]);
        assert_eq!(meeting::on_date(&db, date(2018, 11, 14)).await.unwrap(), []);

        for (day, before, after) in [
            (date(2018, 11, 13), Some("2018-10-30"), Some("2018-11-27")),
            (date(2018, 11, 14), Some("2018-11-13-2"), Some("2018-11-27")),
            (date(2018, 11, 12), Some("2018-10-30"), Some("2018-11-13")),
            (date(2018, 1, 1), None, Some("2018-10-30")),
            (date(2019, 1, 1), Some("2018-11-27"), None),
            (NaiveDate::MAX, Some("2018-11-27"), None),
            (NaiveDate::MIN, None, Some("2018-10-30")),
        ] {
            let (b, a) = meeting::nearest(&db, day).await.unwrap();
            assert_eq!((slug(b).as_deref(), slug(a).as_deref()), (before, after), "{day}");
        }
    });
}

#[test]
fn the_latest_meeting_of_a_channel_has_ended() {
    each(async |db| {
        let network = "libera".into();
        assert_eq!(meeting::latest(&db, &network, "#virt-sig").await.unwrap(), None);
        held(&db, new("2018-11-13T15:00:00Z")).await;
        let last = held(&db, new("2018-11-27T15:00:00Z")).await;
        held(&db, new_in("#other", "2018-12-11T15:00:00Z")).await;
        opened(&db, new("2018-12-11T15:00:00Z")).await;
        let found = meeting::latest(&db, &network, "#virt-sig").await.unwrap();
        assert_eq!(found, Some(last));
    });
}

#[test]
fn the_list_goes_on_where_a_page_ended() {
    each(async |db| {
        // Two that started in the same microsecond are told apart.
        for (channel, day) in [("#a", 1), ("#a", 2), ("#b", 2), ("#c", 2), ("#a", 3)] {
            held(&db, new_in(channel, &format!("2018-11-0{day}T15:00:00Z"))).await;
        }
        let newest_first =
            ["2018-11-03", "2018-11-02-3", "2018-11-02-2", "2018-11-02", "2018-11-01"];
        assert_eq!(slugs(&meeting::list(&db, 9, None).await.unwrap()), newest_first);

        let mut seen = Vec::new();
        let mut page = meeting::list(&db, 2, None).await.unwrap();
        while let Some(last) = page.last() {
            let after = last.slug.clone();
            seen.extend(page.into_iter().map(|row| row.slug));
            page = meeting::list(&db, 2, Some(&after)).await.unwrap();
        }
        assert_eq!(seen, newest_first);
        assert_eq!(meeting::list(&db, 2, Some("no such\0 slug")).await.unwrap(), []);
        assert_eq!(meeting::list(&db, 0, None).await.unwrap(), []);
    });
}

#[test]
fn what_is_not_committed_never_was() {
    each(async |db| {
        let mut tx = db.begin().await.unwrap();
        let row = meeting::insert(&mut tx, &new("2018-11-13T15:00:00Z")).await.unwrap().unwrap();
        assert_eq!(meeting::by_slug(&mut tx, &row.slug).await.unwrap(), Some(row.clone()));
        assert_eq!(meeting::by_slug(&db, &row.slug).await.unwrap(), None);
        drop(tx);
        assert_eq!(meeting::open_all(&db).await.unwrap(), []);
        assert_eq!(opened(&db, new("2018-11-13T15:00:00Z")).await.slug, "2018-11-13");
    });
}
