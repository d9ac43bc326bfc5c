//! Minutes are made searchable: the items of a meeting are written when its minutes are published,
//! and once for the meetings that an older program published.

use crate::clock;
use crate::domain::meeting::Meeting;
use crate::domain::minutes::index;
use crate::flow::publish;
use crate::store::meeting::MeetingId;
use crate::store::{self, Db, StoreError, Tx};

/// How many meetings are looked for at once.
const MOST_TOGETHER: u32 = 20;

/// Writes the items of a meeting that has ended, in the place of those that were there.
pub async fn write(tx: &mut Tx, id: MeetingId, meeting: &Meeting) -> Result<(), StoreError> {
    let (entries, people) = (index::entries(meeting), index::people(meeting));
    store::item::replace(tx, id, &entries, people, clock::now()).await
}

/// Writes the items of all meetings that have none yet. One whose log is not complete gets none.
pub async fn catch_up(db: &Db) -> Result<(), StoreError> {
    loop {
        let rows = store::item::unindexed(db, MOST_TOGETHER).await?;
        if rows.is_empty() {
            return Ok(());
        }
        for row in rows {
            let meeting = publish::stored(db, &row).await?;
            let mut tx = db.begin().await?;
            match &meeting {
                Some(meeting) => write(&mut tx, row.id, meeting).await?,
                None => store::item::replace(&mut tx, row.id, &[], 0, clock::now()).await?,
            }
            tx.commit().await?;
        }
    }
}
