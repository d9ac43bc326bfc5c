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
