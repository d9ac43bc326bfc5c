//! The doors onward: one for each list, to the list manager behind it.

use crate::config::gate::Onward;
use crate::flow::deliver::Outbox;
use crate::flow::receive::Receiver;
use crate::mail::{Way, run};
use std::collections::BTreeMap;
use std::time::Duration;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// How often it is looked for lists that are new, or whose posts go elsewhere.
const LOOK: Duration = Duration::from_secs(5);

/// Keeps a door open for each list that has a way onward, until the stop. `outbox` gives the posts
/// of a list, `hello` is what list managers are told we are.
pub async fn keep(
    receiver: Receiver,
    outbox: impl Fn(&str) -> Outbox,
    hello: String,
    stop: CancellationToken,
) {
    let tasks = TaskTracker::new();
    let mut open: BTreeMap<String, (Onward, CancellationToken)> = BTreeMap::new();
    while !stop.is_cancelled() {
        // What cannot be read now is read the next time; the doors that are open stay so.
        if let Ok(lists) = receiver.lists().all().await {
            for list in &lists {
                let Some(onward) = &list.onward else { continue };
                if let Some((known, door)) = open.get(&list.row.name) {
                    if known == onward {
                        continue;
                    }
                    door.cancel();
                }
                let door = stop.child_token();
                let way = Way::Onward(onward.clone(), hello.clone());
                tasks.spawn(run(way, outbox(&list.row.name), door.clone()));
                open.insert(list.row.name.clone(), (onward.clone(), door));
            }
            open.retain(|name, (_, door)| {
                let is_there =
                    lists.iter().any(|list| list.row.name == *name && list.onward.is_some());
                if !is_there {
                    door.cancel();
                }
                is_there
            });
        }
        tokio::select! {
            () = tokio::time::sleep(LOOK) => {}
            () = stop.cancelled() => {}
        }
    }
    tasks.close();
    tasks.wait().await;
}
