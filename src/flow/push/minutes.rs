//! What was pushed, for the minutes of the next meeting and the report of the quarter.

use crate::config::Config;
use crate::domain::group::report::draft::Line;
use crate::domain::push::build::{Kind, Stage};
use crate::domain::push::item::Item;
use crate::domain::push::text;
use crate::domain::text::Text;
use crate::domain::time::{DAY, Moment};
use crate::flow::work::Work;
use crate::store::meeting::MeetingRow;
use crate::store::push::announcement::{self, Push};
use crate::store::{self, Db, StoreError};

/// The most pushes that minutes name.
const MOST_LINES: usize = 100;
/// The most pushes that are read.
const MOST_PUSHES: u32 = 5_000;
/// Where no meeting was before, so much is told, in microseconds.
const FIRST: i64 = 30 * DAY;

/// The announcements since the meeting before this one, the oldest first.
pub async fn since_the_last(
    row: &MeetingRow,
    until: Moment,
    work: &mut Work,
) -> Result<Vec<Text>, StoreError> {
    let config = work.config();
    if !config.push.is_kept() {
        return Ok(Vec::new());
    }
    let tx = work.tx().await?;
    let (before, _) = store::meeting::neighbours(&mut *tx, row).await?;
    let since = before.and_then(|before| before.ended_at).unwrap_or(until.plus(-FIRST));
    let pushes = announcement::between(tx, since, until, MOST_PUSHES).await?;
    let pages = config.web.as_ref().map(|web| web.url.as_str());
    let mut lines: Vec<Text> = pushes.iter().flat_map(|push| told(push, pages)).collect();
    let more = lines.len().saturating_sub(MOST_LINES);
    if more > 0 {
        lines.truncate(MOST_LINES);
        let page = pages.map(|pages| format!(": {pages}/pushes")).unwrap_or_default();
        lines.push(Text::new(format!("and {more} more{page}")));
    }
    Ok(lines)
}

fn told(push: &Push, pages: Option<&str>) -> Vec<Text> {
    let page = pages.map(|pages| format!("{pages}/p/{}", push.number));
    push.items.iter().map(|item| Text::new(text::line(item, page.as_deref()))).collect()
}

/// What was released to everybody in `from <= at < to`; where nothing was, the last one before.
pub async fn releases(
    db: &Db,
    config: &Config,
    from: Moment,
    to: Moment,
) -> Result<Vec<Line>, StoreError> {
    let is_release = |item: &&Item| {
        item.stage == Stage::Release
            && matches!(item.kind, Kind::New | Kind::Released | Kind::Major)
    };
    let lines = |pushes: &[Push]| -> Vec<Line> {
        let of_one = |push: &Push| -> Vec<Line> {
            let url = config.web.as_ref().map(|web| format!("{}/p/{}", web.url, push.number));
            let line = |item: &Item| Line {
                date: Some(item.pushed_at.unwrap_or(push.at).date()),
                text: released(item),
                url: url.clone(),
            };
            push.items.iter().filter(is_release).map(line).collect()
        };
        pushes.iter().flat_map(of_one).collect()
    };
    let found = lines(&announcement::between(db, from, to, MOST_PUSHES).await?);
    if !found.is_empty() || !config.push.is_kept() {
        return Ok(found);
    }
    let before = lines(&announcement::between(db, from.plus(-365 * DAY), from, MOST_PUSHES).await?);
    let last = before.into_iter().next_back();
    let none = |last: Line| Line { text: format!("None; the last one: {}", last.text), ..last };
    Ok(last.map(none).into_iter().collect())
}

/// `qemu-kvm-ev 2.10.0-21 → 2.12.0-18 (el7 x86_64 aarch64)`
fn released(item: &Item) -> String {
    let (source, new) = (text::word(&item.source), text::word(&item.evr.short()));
    let version = match &item.previous {
        Some(previous) => format!("{} → {new}", text::word(&previous.short())),
        None => format!("{new}, new"),
    };
    let marks = text::marks(item);
    let marks =
        if marks.is_empty() { String::new() } else { format!(" · {}", marks.join(" · ")) };
    format!("{source} {version} ({}){marks}", text::places(&item.places))
}
