//! The store on both databases, one body for each.
//!
//! Nothing here looks at SQL texts but the comparison of the live schemas.

mod items;
mod leases;
mod letters;
mod logs;
mod meetings;
mod posts;
mod schema;
mod trouble;

use crate::domain::meeting::{Event, Login, Manner, Speaker, What};
use crate::domain::time::Moment;
use crate::store::meeting::{MeetingRow, NewMeeting};
use crate::store::{Db, Tx, log, meeting};

fn at(time: &str) -> Moment {
    Moment::parse(time).expect("a time in a test")
}

/// A meeting in `#virt-sig` that started then.
fn new(started_at: &str) -> NewMeeting {
    new_in("#Virt-SIG", started_at)
}

fn new_in(channel: &str, started_at: &str) -> NewMeeting {
    NewMeeting {
        network: "libera".into(),
        channel: channel.into(),
        channel_folded: channel.to_ascii_lowercase(),
        started_at: at(started_at),
        owner: Speaker { nick: "gwd".into(), login: Login::As("georged".into()) },
    }
}

/// Stores a meeting that was opened, in a transaction of its own.
async fn opened(db: &Db, new: NewMeeting) -> MeetingRow {
    write(db, async |tx| meeting::insert(tx, &new).await.unwrap()).await.expect("none is open")
}

/// Stores a meeting that was opened and ended an hour later.
async fn held(db: &Db, new: NewMeeting) -> MeetingRow {
    let row = opened(db, new).await;
    let ended_at = row.started_at.plus(3_600_000_000);
    assert!(write(db, async |tx| meeting::end(tx, row.id, ended_at, None).await.unwrap()).await);
    meeting::by_slug(db, &row.slug).await.unwrap().expect("it was stored")
}

/// Does something in a transaction and commits it.
async fn write<T>(db: &Db, body: impl AsyncFnOnce(&mut Tx) -> T) -> T {
    let mut tx = db.begin().await.unwrap();
    let done = body(&mut tx).await;
    tx.commit().await.unwrap();
    done
}

fn said(nick: &str, text: &str) -> Event {
    let at = at("2018-11-13T15:00:10Z");
    let who = Speaker { nick: nick.into(), login: Login::No };
    let what = What::Said { who, manner: Manner::Say, text: text.into() };
    Event { at, heard_at: at, what }
}

/// The doors are tasks of a runtime with several threads, so every future here must be `Send`.
#[test]
fn everything_can_be_done_from_a_spawned_task() {
    crate::store::testing::each(async |db| {
        let task = tokio::spawn(async move {
            let mut tx = db.begin().await.unwrap();
            let row =
                meeting::insert(&mut tx, &new("2018-11-13T15:00:00Z")).await.unwrap().unwrap();
            log::append(&mut tx, row.id, 1, &[said("gwd", "hello")]).await.unwrap();
            log::redact(&mut tx, row.id, 1, &"bye".into()).await.unwrap();
            meeting::place(&mut tx, row.id, "2018/virt").await.unwrap();
            let read = log::read(&mut tx, row.id).await.unwrap();
            assert_eq!(read[0].1.what, What::Redacted(Box::new(said("gwd", "bye").what)));
            tx.commit().await.unwrap();
            db.scrub().await.unwrap();
            assert_eq!(log::search(&db, &"BYE".into(), 1).await.unwrap().len(), 1);
            meeting::list(&db, 1, Some(&row.slug)).await.unwrap();
            db.close().await;
        });
        task.await.unwrap();
    });
}
