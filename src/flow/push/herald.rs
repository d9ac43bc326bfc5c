//! What was announced is said in its channels: each line once, over restarts and lost connections,
//! and never too many in a minute. What came while nobody could say it is said in one line.

use crate::domain::push::item::Item;
use crate::domain::push::text;
use crate::domain::text::Text;
use crate::domain::time::{MINUTE, Moment};
use crate::flow::room::Room;
use crate::flow::sound::Reply;
use crate::flow::voice::Posted;
use crate::flow::work::Work;
use crate::store::push::announcement::{self, Push, Waiting};
use crate::store::{self, StoreError};
use std::collections::BTreeMap;

/// How the key of a line begins.
pub const KEY: &str = "push:";
/// The most pushes that are said in one line.
const MOST_TOGETHER: u32 = 500;
/// What waited so long is told with its time, in microseconds.
const LATE: i64 = 60 * MINUTE;

/// Says in a room what waits for it.
pub async fn attend(
    posted: &mut Posted,
    room: &Room,
    now: Moment,
    work: &mut Work,
) -> Result<(), StoreError> {
    let (network, channel) = room.address();
    let waiting = announcement::waiting(work.reader(), network, channel, MOST_TOGETHER).await?;
    if waiting.is_empty() {
        return Ok(());
    }
    let (mut on_its_way, mut new) = (BTreeMap::<String, Vec<Push>>::new(), Vec::new());
    for Waiting { push, line } in waiting {
        match line {
            Some(line) => on_its_way.entry(line).or_default().push(push),
            None => new.push(push),
        }
    }
    for (line, pushes) in on_its_way {
        // Its words are made anew of the same pushes.
        post(posted, room, line, &pushes, now, work);
    }
    let said =
        announcement::lines_since(work.reader(), network, channel, now.plus(-MINUTE)).await?;
    let left = work.config().push.lines_per_minute.saturating_sub(said) as usize;
    let is_late = new.iter().any(|push| now.since(push.at) > LATE);
    let lines: Vec<Vec<Push>> = match new.len() {
        _ if left == 0 => return Ok(()),
        count if count > left || (is_late && count > 1) => vec![new],
        _ => new.into_iter().map(|push| vec![push]).collect(),
    };
    for pushes in lines {
        let Some(first) = pushes.first() else { continue };
        let line = format!("{KEY}{}:{}:{}", network.as_str(), first.number, pushes.len());
        for push in &pushes {
            let tx = work.tx().await?;
            announcement::post(tx, push.number, (network, channel), &line, now).await?;
        }
        post(posted, room, line, &pushes, now, work);
    }
    Ok(())
}

fn post(
    posted: &mut Posted,
    room: &Room,
    key: String,
    pushes: &[Push],
    now: Moment,
    work: &mut Work,
) {
    if !posted.is_new(room, &key) {
        return;
    }
    let config = work.config();
    let pages = config.web.as_ref().map(|web| web.url.as_str());
    let text = Text::new(words(pushes, pages, now));
    work.reply(Reply::Post { key, channel: room.channel.clone(), text });
}

/// The server has taken a line.
pub async fn said(key: &str, at: Moment, work: &mut Work) -> Result<(), StoreError> {
    store::push::announcement::said(work.tx().await?, key, at).await.map(drop)
}

/// The words of one line.
fn words(pushes: &[Push], pages: Option<&str>, now: Moment) -> String {
    let page = |push: &Push| pages.map(|pages| format!("{pages}/p/{}", push.number));
    match pushes {
        [push] => {
            let link = page(push);
            match push.items.as_slice() {
                [item] if push.since.is_none() => text::line(item, link.as_deref()),
                items => {
                    text::summary(&items.iter().collect::<Vec<_>>(), push.since, link.as_deref())
                }
            }
        }
        several => {
            let items: Vec<&Item> = several.iter().flat_map(|push| &push.items).collect();
            let first = several.iter().map(|push| push.since.unwrap_or(push.at)).min();
            let since = first.filter(|first| now.since(*first) > LATE);
            let link = pages.map(|pages| format!("{pages}/pushes"));
            text::summary(&items, since, link.as_deref())
        }
    }
}
