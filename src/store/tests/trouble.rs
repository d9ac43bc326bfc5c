//! What happens when the disk is full, the database locked, lost or not ours.

use super::{held, new, opened, said, write};
use crate::config::{Database, Secret};
use crate::store::testing::{WAIT, block_on, each_place, postgres};
use crate::store::{Db, StoreError, Trouble, log, meeting};
use std::error::Error as _;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

/// The whole chain of an error, as it may end up in a log.
fn chain(error: &StoreError) -> String {
    let mut words = format!("{error} {error:?}");
    let mut source = error.source();
    while let Some(error) = source {
        words += &format!(" {error} {error:?}");
        source = error.source();
    }
    words
}

fn mode(path: &Path) -> u32 {
    path.metadata().expect("it is there").permissions().mode() & 0o777
}

fn sqlite(directory: &tempfile::TempDir) -> Database {
    Database::Sqlite(directory.path().join("beadle.db"))
}

#[test]
fn nobody_else_may_read_the_files() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("var/state/beadle.db");
    block_on(async {
        let db = Db::open(&Database::Sqlite(file.clone())).await.unwrap();
        held(&db, new("2018-11-13T15:00:00Z")).await;
        for name in ["beadle.db", "beadle.db-wal", "beadle.db-shm"] {
            assert_eq!(mode(&file.with_file_name(name)), 0o600, "{name}");
        }
        assert_eq!(mode(file.parent().unwrap()), 0o700);
        assert_eq!(mode(&directory.path().join("var")), 0o700);
        db.close().await;
        assert!(!file.with_file_name("beadle.db-wal").exists(), "one file is left to copy");
    });
}

#[test]
fn a_database_that_is_locked_too_long_is_a_temporary_error() {
    each_place(async |database| {
        let ours = Db::open_waiting(&database, WAIT).await.unwrap();
        let theirs = Db::open_waiting(&database, WAIT).await.unwrap();
        let row = opened(&ours, new("2018-11-13T15:00:00Z")).await;
        let end = row.started_at.plus(1);

        let mut held = theirs.begin().await.unwrap();
        meeting::heard_until(&mut held, row.id, end).await.unwrap();
        let error = async {
            let mut tx = ours.begin().await?;
            meeting::end(&mut tx, row.id, end, None).await?;
            tx.commit().await
        };
        let error = error.await.unwrap_err();
        assert_eq!(error.trouble(), &Trouble::Locked, "{error:?}");
        assert!(error.is_temporary());
        // Reading goes on, and nothing was half done.
        let seen = meeting::by_slug(&ours, &row.slug).await.unwrap();
        assert_eq!(seen, Some(row.clone()));

        held.commit().await.unwrap();
        assert!(write(&ours, async |tx| meeting::end(tx, row.id, end, None).await.unwrap()).await);
        ours.close().await;
        theirs.close().await;
    });
}

#[test]
fn a_short_lock_is_waited_for() {
    each_place(async |database| {
        let ours = Db::open(&database).await.unwrap();
        let theirs = Db::open(&database).await.unwrap();
        let row = opened(&ours, new("2018-11-13T15:00:00Z")).await;
        let mut held = theirs.begin().await.unwrap();
        meeting::heard_until(&mut held, row.id, row.started_at.plus(1)).await.unwrap();
        let release = async {
            tokio::time::sleep(WAIT / 3).await;
            held.commit().await.unwrap();
        };
        let ended = write(&ours, async |tx| {
            meeting::end(tx, row.id, row.started_at.plus(2), None).await.unwrap()
        });
        let ((), ended) = tokio::join!(release, ended);
        assert!(ended);
        ours.close().await;
        theirs.close().await;
    });
}

#[test]
fn a_full_disk_is_a_temporary_error_and_leaves_nothing_half_written() {
    let directory = tempfile::tempdir().unwrap();
    block_on(async {
        let db = Db::open_waiting(&sqlite(&directory), WAIT).await.unwrap();
        let row = opened(&db, new("2018-11-13T15:00:00Z")).await;
        let line = |n: u32| said("gwd", &format!("{n} {}", "x".repeat(400)));
        write(&db, async |tx| log::append(tx, row.id, 1, &[line(1)]).await.unwrap()).await;

        limit_pages(&db, "pragma max_page_count = 20").await;
        let many: Vec<_> = (2..200).map(line).collect();
        let mut tx = db.begin().await.unwrap();
        log::append(&mut tx, row.id, 2, &many[..3]).await.unwrap();
        let error = log::append(&mut tx, row.id, 5, &many[3..]).await.unwrap_err();
        assert_eq!(error.trouble(), &Trouble::Full, "{error:?}");
        assert!(error.is_temporary());
        drop(tx);
        assert_eq!(log::read(&db, row.id).await.unwrap(), [(1, line(1))]);

        // Room was made: it goes on by itself.
        limit_pages(&db, "pragma max_page_count = 1000000").await;
        write(&db, async |tx| log::append(tx, row.id, 2, &many).await.unwrap()).await;
        assert_eq!(log::read(&db, row.id).await.unwrap().len(), 199);
        db.close().await;
    });
}

async fn limit_pages(db: &Db, pragma: &'static str) {
    let Db::Sqlite { write, .. } = db else { unreachable!("it is SQLite") };
    sqlx::raw_sql(pragma).execute(write).await.unwrap();
}

#[test]
fn a_place_that_cannot_be_written_is_a_temporary_error() {
    // Below a file no directory can be made, and that even root cannot.
    let directory = tempfile::tempdir().unwrap();
    std::fs::write(directory.path().join("file"), "").unwrap();
    let file = directory.path().join("file/beadle.db");
    let error = block_on(Db::open(&Database::Sqlite(file.clone()))).unwrap_err();
    assert!(error.is_temporary());
    assert!(error.to_string().contains(&file.display().to_string()), "{error}");
    // Linux lets nobody make a file in /proc.
    let error = block_on(Db::open(&Database::Sqlite("/proc/beadle.db".into()))).unwrap_err();
    assert!(error.is_temporary(), "{error:?}");
    assert!(error.to_string().starts_with("opening the database /proc/beadle.db: "), "{error}");
}

#[test]
fn a_database_that_became_read_only_is_a_temporary_error() {
    let directory = tempfile::tempdir().unwrap();
    block_on(async {
        let db = Db::open_waiting(&sqlite(&directory), WAIT).await.unwrap();
        let row = opened(&db, new("2018-11-13T15:00:00Z")).await;
        limit_pages(&db, "pragma query_only = on").await;
        let error = db.begin().await.unwrap_err();
        assert_eq!(error.trouble(), &Trouble::ReadOnly, "{error:?}");
        assert!(error.is_temporary());
        assert_eq!(meeting::open_all(&db).await.unwrap(), std::slice::from_ref(&row));
        limit_pages(&db, "pragma query_only = off").await;
        write(&db, async |tx| meeting::restrict(tx, row.id, row.started_at).await.unwrap()).await;
        db.close().await;
    });
}

#[test]
fn a_file_that_is_no_database_is_left_alone() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("beadle.db");
    let letter = "Dear administrator, this is not a database. ".repeat(100);
    std::fs::write(&file, &letter).unwrap();
    let error = block_on(Db::open(&Database::Sqlite(file.clone()))).unwrap_err();
    assert_eq!(error.trouble(), &Trouble::Damaged, "{error:?}");
    assert!(!error.is_temporary());
    assert_eq!(std::fs::read_to_string(&file).unwrap(), letter);
}

#[test]
fn a_server_that_does_not_answer_is_named_without_its_password() {
    // Nothing listens on a port that was just given back.
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let url = format!("postgres://beadle:swordfish@127.0.0.1:{port}/meetings");
    let error = block_on(Db::open(&Database::Postgres(Secret::new(url)))).unwrap_err();
    assert_eq!(error.trouble(), &Trouble::Unreachable);
    assert!(error.is_temporary());
    let words = chain(&error);
    assert!(
        words.contains(&format!("PostgreSQL at 127.0.0.1:{port}, database meetings")),
        "{words}"
    );
    assert!(!words.contains("swordfish"), "{words}");
}

#[test]
fn a_url_that_cannot_be_read_is_not_repeated() {
    for url in [
        "postgres://beadle:swordfish@host:port/meetings",
        "swordfish",
        "postgres://beadle:swordfish@[::1/x",
        "postgres://beadle:swordfish@host/x?sslmode=swordfish",
        "postgres://beadle@host/x?port=swordfish",
        "postgres://beadle@host/x?sslmode=disable&passwd=swordfish",
    ] {
        let error = block_on(Db::open(&Database::Postgres(Secret::new(url)))).unwrap_err();
        let words = chain(&error);
        assert_eq!(error.trouble(), &Trouble::Configuration, "{words}");
        assert!(!words.contains("swordfish"), "{words}");
    }
}

#[test]
fn a_wrong_password_is_not_temporary_and_not_repeated() {
    let Some(url) = postgres() else { return };
    let (before, after) = url.split_once('@').expect("a URL with a user");
    let user = before.rsplit_once(':').expect("a URL with a password").0;
    let wrong = format!("{user}:swordfish@{after}");
    let error = block_on(Db::open(&Database::Postgres(Secret::new(wrong)))).unwrap_err();
    assert_eq!(error.trouble(), &Trouble::Refused, "{error:?}");
    assert!(!error.is_temporary());
    assert!(!chain(&error).contains("swordfish"));
}

#[test]
fn a_lost_connection_to_the_server_is_temporary_and_another_one_is_made() {
    each_place(async |database| {
        let db = Db::open_waiting(&database, WAIT * 10).await.unwrap();
        let Db::Pg(pool) = &db else { return db.close().await };
        let row = opened(&db, new("2018-11-13T15:00:00Z")).await;
        let mut tx = db.begin().await.unwrap();
        meeting::restrict(&mut tx, row.id, row.started_at).await.unwrap();
        let everybody_else = "select pg_terminate_backend(pid) from pg_stat_activity \
             where application_name = 'beadle' and pid <> pg_backend_pid() \
             and query like 'update meeting set restricted_at%'";
        sqlx::query(everybody_else).execute(pool).await.unwrap();
        let error = meeting::heard_until(&mut tx, row.id, row.started_at).await.unwrap_err();
        assert!(error.is_temporary(), "{error:?}");
        drop(tx);
        let seen = meeting::by_slug(&db, &row.slug).await.unwrap().unwrap();
        assert_eq!(seen.restricted_at, None);
        write(&db, async |tx| meeting::restrict(tx, row.id, row.started_at).await.unwrap()).await;
        db.close().await;
    });
}
