//! The letters to the list of all pushes of a day or a week, when it is over.

use crate::config::Config;
use crate::config::push::Mailed;
use crate::domain::list::push as letter;
use crate::domain::push::item::Item;
use crate::domain::time::{DAY, Moment};
use crate::flow::deliver;
use crate::flow::push::announce::is_digested;
use crate::store::push::announcement;
use crate::store::{self, Db, StoreError};
use chrono::Datelike;

/// So many days, and weeks, are made up for after an outage.
const MADE_UP: i64 = 3;
/// The most pushes of a letter.
const MOST_PUSHES: u32 = 5_000;

/// Writes those letters that are due and were not written.
pub async fn send(db: &Db, config: &Config, now: Moment) -> Result<(), StoreError> {
    for (when, days) in [(Mailed::Daily, 1), (Mailed::Weekly, 7)] {
        if !is_wanted(config, when) {
            continue;
        }
        let weekday = i64::from(now.date().weekday().num_days_from_monday());
        let into = if when == Mailed::Weekly { weekday } else { 0 };
        let begun = Moment::of(now.date(), -into * DAY);
        for back in (1..=MADE_UP).rev() {
            let from = begun.plus(-back * days * DAY);
            one(db, config, when, (from, from.plus(days * DAY)), now).await?;
        }
    }
    Ok(())
}

fn is_wanted(config: &Config, when: Mailed) -> bool {
    let rules = &config.push;
    let of_routes = rules.routes.iter().any(|route| route.mail == Some(when));
    config.letters().is_some() && (of_routes || (rules.routes.is_empty() && rules.mail == when))
}

async fn one(
    db: &Db,
    config: &Config,
    when: Mailed,
    (from, to): (Moment, Moment),
    now: Moment,
) -> Result<(), StoreError> {
    let name = match when {
        Mailed::Weekly => from.iso_week(),
        _ => from.date().to_string(),
    };
    if store::outbox::message_id(db, &format!("pushes:{name}")).await?.is_some() {
        return Ok(());
    }
    let pushes = announcement::between(db, from, to, MOST_PUSHES).await?;
    let items: Vec<Item> = pushes
        .into_iter()
        .flat_map(|push| push.items)
        .filter(|item| is_digested(item, when, &config.push))
        .collect();
    let page = config.web.as_ref().map(|web| format!("{}/pushes", web.url));
    let Some(list) = config.letters() else { return Ok(()) };
    let Some(letter) = letter::digest(&name, &items, &list, page.as_deref(), now) else {
        return Ok(());
    };
    let mut tx = db.begin().await?;
    let is_new = store::outbox::add(&mut tx, &letter, now).await?;
    tx.commit().await?;
    if is_new {
        deliver::wake();
        tracing::info!(letter = letter.key, "a letter is written");
    }
    Ok(())
}
