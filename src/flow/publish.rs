//! Minutes are published: every format rendered and written under the state directory.
//!
//! The files are derived: whatever kept them from being written, they are written later from the
//! stored log. A file is there whole or not at all.

use crate::clock;
use crate::config::Config;
use crate::domain::meeting::Meeting;
use crate::domain::meeting::replay;
use crate::domain::minutes::{self, Format, Links};
use crate::domain::name::Network;
use crate::flow::index;
use crate::store::meeting::MeetingRow;
use crate::store::{self, Db, Reader};
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

/// Why minutes could not be written; for the log.
pub type Failure = Box<dyn std::error::Error + Send + Sync>;

/// The permissions of files that everybody may read, and of those of a meeting with `#restrictlogs`.
const PUBLIC: u32 = 0o644;
const MEMBERS_ONLY: u32 = 0o600;

/// Where the published files are, under the state directory.
pub const FOLDER: &str = "minutes";

/// Writes the files of a meeting that is on or has ended, and notes it where it has ended.
pub async fn publish(
    db: &Db,
    config: &Config,
    row: &MeetingRow,
    meeting: &Meeting,
) -> Result<(), Failure> {
    let wanted = config.meeting.path.base(meeting);
    let mut tx = db.begin().await?;
    let now = store::meeting::by_slug(&mut tx, &row.slug).await?;
    let was_restricted = now.as_ref().is_some_and(|row| row.restricted_at.is_some());
    let before = now.and_then(|row| row.place);
    let place = store::meeting::place(&mut tx, row.id, &wanted).await?;
    tx.commit().await?;
    let links = links(db, config, row, &place).await?;
    let folder = config.state_dir.join(FOLDER);
    let files: Vec<(PathBuf, String)> = Format::ALL
        .iter()
        .map(|format| {
            let path = folder.join(format!("{place}.{}", format.extension()));
            (path, minutes::render(*format, meeting, &links))
        })
        .collect();
    let mode = if meeting.restricted || was_restricted { MEMBERS_ONLY } else { PUBLIC };
    let stale = before.filter(|old| *old != place);
    tokio::task::spawn_blocking(move || -> std::io::Result<()> {
        for (path, content) in &files {
            write_whole(path, content, mode)?;
        }
        // `#meetingname` after `#save`: what stands under the old name goes.
        if let Some(old) = stale {
            remove(&folder, &old);
        }
        Ok(())
    })
    .await??;
    if meeting.ended_at.is_some() {
        let mut tx = db.begin().await?;
        index::write(&mut tx, row.id, meeting).await?;
        store::meeting::published(&mut tx, row.id, clock::now()).await?;
        tx.commit().await?;
    }
    tracing::info!(slug = row.slug, place, "minutes written");
    Ok(())
}

/// Publishes what has ended on a network and was not published: a kill or a full disk came between.
/// One meeting that cannot be published does not keep the others waiting; the first error is told.
pub async fn unpublished(db: &Db, config: &Config, network: &Network) -> Result<(), Failure> {
    let mut first = Ok(());
    for row in store::meeting::unpublished(db).await? {
        if row.network == *network {
            first = first.and(publish_stored(db, config, &row).await);
        }
    }
    first
}

async fn publish_stored(db: &Db, config: &Config, row: &MeetingRow) -> Result<(), Failure> {
    match stored(db, row).await? {
        Some(meeting) => publish(db, config, row, &meeting).await,
        None => Err(format!("the log of {} is not complete", row.slug).into()),
    }
}

/// Removes what `#save` wrote of a meeting that was then ended without minutes.
pub async fn withdraw(db: &Db, config: &Config, slug: &str) -> Result<(), Failure> {
    let row = store::meeting::by_slug(db, slug).await?;
    let Some(place) = row.and_then(|row| row.place) else { return Ok(()) };
    let folder = config.state_dir.join(FOLDER);
    tokio::task::spawn_blocking(move || remove(&folder, &place)).await?;
    Ok(())
}

fn remove(folder: &Path, place: &str) {
    for format in Format::ALL {
        let _ = std::fs::remove_file(folder.join(format!("{place}.{}", format.extension())));
    }
}

/// The meeting of a row, replayed from its log.
pub async fn stored(
    from: impl Into<Reader<'_>>,
    row: &MeetingRow,
) -> Result<Option<Meeting>, store::StoreError> {
    let log = store::log::read(from, row.id).await?;
    Ok(replay::stored(log.into_iter().map(|(_, event)| event)))
}

/// What the files of a meeting point to. What comes after a meeting is not known when its files are
/// written; the permanent page shows it.
pub async fn links(
    db: &Db,
    config: &Config,
    row: &MeetingRow,
    place: &str,
) -> Result<Links, store::StoreError> {
    let base = place.rsplit('/').next().unwrap_or(place);
    let pages = pages(db, config, row).await?;
    Ok(Links { formats: Links::between_files(base).formats, ..pages })
}

/// The permanent page of a meeting, and that of the one before it.
pub async fn pages(
    from: impl Into<Reader<'_>>,
    config: &Config,
    row: &MeetingRow,
) -> Result<Links, store::StoreError> {
    let page = |row: &MeetingRow| {
        let web = config.web.as_ref()?;
        Some(format!("{}/m/{}", web.url, row.slug))
    };
    let (previous, _) = store::meeting::neighbours(from, row).await?;
    Ok(Links { page: page(row), previous: previous.as_ref().and_then(page), ..Links::default() })
}

/// Writes a file under another name, makes it durable, and moves it to its place.
fn write_whole(path: &Path, content: &str, mode: u32) -> std::io::Result<()> {
    let folder = path.parent().unwrap_or(Path::new("."));
    std::fs::create_dir_all(folder)?;
    // Two tasks may publish the same meeting: each writes a file of its own, and the last one wins.
    static WRITTEN: AtomicU64 = AtomicU64::new(0);
    let number = WRITTEN.fetch_add(1, Ordering::Relaxed);
    let unfinished = path.with_extension(format!("{}-{number}.unfinished", std::process::id()));
    let mut file = std::fs::File::create(&unfinished)?;
    file.set_permissions(std::fs::Permissions::from_mode(mode))?;
    file.write_all(content.as_bytes())?;
    file.sync_all()?;
    std::fs::rename(&unfinished, path)?;
    std::fs::File::open(folder)?.sync_all()
}
