//! What pages list of the meetings: a year, a series, the names. Aborted meetings are in none.

use crate::domain::minutes::index::Brief;
use crate::domain::text::Text;
use crate::domain::time::Moment;
use crate::store::driver::{Reader, on, query_as};
use crate::store::{StoreError, sql};

/// The most names of meetings that are told.
const MOST_NAMES: i64 = 200;

/// When the first and when the last meeting started.
pub async fn span(from: impl Into<Reader<'_>>) -> Result<Option<(Moment, Moment)>, StoreError> {
    let (first, last): (Option<i64>, Option<i64>) =
        on!(from.into(), "looking how far meetings go back", |c: D| {
            query_as::<D, _>(&sql::SITE_SPAN).fetch_one(c).await
        })?;
    Ok(first.zip(last).map(|(one, two)| (Moment::from_micros(one), Moment::from_micros(two))))
}

/// The meetings that started at `from_time` or later but before `to`, the newest first.
pub async fn between(
    from: impl Into<Reader<'_>>,
    from_time: Moment,
    to: Moment,
    limit: u32,
) -> Result<Vec<Brief>, StoreError> {
    on!(from.into(), "looking for the meetings of a time", |c: D| {
        let page = query_as::<D, Brief>(&sql::SITE_BETWEEN).bind(from_time.micros());
        page.bind(to.micros()).bind(i64::from(limit)).fetch_all(c).await
    })
}

/// The meetings of that name which started before a moment, the newest first.
pub async fn named(
    from: impl Into<Reader<'_>>,
    name: &str,
    before: Moment,
    limit: u32,
) -> Result<Vec<Brief>, StoreError> {
    let name = name.replace('\0', "");
    on!(from.into(), "looking for the meetings of a name", |c: D| {
        let page = query_as::<D, Brief>(&sql::SITE_NAMED).bind(name).bind(before.micros());
        page.bind(i64::from(limit)).fetch_all(c).await
    })
}

/// What meetings are called: the name, how many have it, when the last one started.
pub async fn names(from: impl Into<Reader<'_>>) -> Result<Vec<(Text, u32, Moment)>, StoreError> {
    let rows: Vec<(String, i64, i64)> =
        on!(from.into(), "looking for names of meetings", |c: D| {
            query_as::<D, _>(&sql::SITE_NAMES).bind(MOST_NAMES).fetch_all(c).await
        })?;
    let name = |(name, count, last): (String, i64, i64)| {
        (Text::new(name), u32::try_from(count).unwrap_or(u32::MAX), Moment::from_micros(last))
    };
    Ok(rows.into_iter().map(name).collect())
}
