//! The door of time: what is due outside of a channel is done at the start and every half minute.
//!
//! Nothing here knows what that is; see [`crate::flow::tick`].

use crate::flow::tick::Tick;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// How often.
const EVERY: Duration = Duration::from_secs(30);

/// Keeps the door open until the stop. What has begun is ended first.
pub async fn run(mut tick: Tick, stop: CancellationToken) {
    while !stop.is_cancelled() {
        tick.beat().await;
        tokio::select! {
            () = tokio::time::sleep(EVERY) => {}
            () = stop.cancelled() => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::time::Moment;
    use crate::flow::tests::configuration;
    use crate::store;
    use crate::store::Db;
    use crate::store::testing::each_place;
    use std::path::Path;

    /// The service is given longer on a busy machine.
    const PATIENCE: Duration = Duration::from_secs(20);

    #[test]
    fn what_is_due_is_done_at_the_start_and_the_door_closes_when_told() {
        each_place(async |database| {
            let config = configuration(Path::new("/nonexistent"), &database);
            let db = Db::open(&database).await.unwrap();
            let long_ago = Moment::from_micros(0);
            let mut tx = db.begin().await.unwrap();
            store::duty::said(&mut tx, "call:long-ago", long_ago).await.unwrap();
            tx.commit().await.unwrap();
            let stop = CancellationToken::new();
            let door = tokio::spawn(run(Tick::new(db.clone(), config), stop.clone()));
            let forgotten = async {
                while !store::duty::all_said(&db, long_ago).await.unwrap().is_empty() {
                    tokio::time::sleep(Duration::from_millis(5)).await;
                }
            };
            tokio::time::timeout(PATIENCE, forgotten).await.expect("it is done at the start");
            assert!(!door.is_finished());
            stop.cancel();
            // Far less than the time to the next beat.
            tokio::time::timeout(PATIENCE, door).await.expect("it closes").unwrap();
            db.close().await;
        });
    }
}
