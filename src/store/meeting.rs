//! The meetings: when and where each was, and how far it got. Their lines are in `log`.
//!
//! Aborted meetings are found by [`by_slug`] and [`since`] only.

use crate::domain::meeting::Speaker;
use crate::domain::name::{Account, Channel, Network, Nick};
use crate::domain::text::Text;
use crate::domain::time::{DAY, Moment};
use crate::store::driver::{Reader, from_row, on, query, query_as};
use crate::store::{StoreError, Tx, sql};
use chrono::{NaiveDate, NaiveTime};

/// A meeting, by the key under which its lines are stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MeetingId(i64);

impl MeetingId {
    /// The number itself, from 1 to 2^31 − 1.
    pub fn number(self) -> i64 {
        self.0
    }
}

/// What is known of a meeting when it starts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewMeeting {
    /// The network.
    pub network: Network,
    /// The channel as it is shown.
    pub channel: Channel,
    /// The channel as the network compares it.
    pub channel_folded: String,
    /// When it started; its UTC date becomes the slug.
    pub started_at: Moment,
    /// Who started it.
    pub owner: Speaker,
}

/// A meeting as it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MeetingRow {
    /// Its key.
    pub id: MeetingId,
    /// Its permanent address is `/m/SLUG`: `2018-11-13`, then `2018-11-13-2` and so on.
    pub slug: String,
    /// The network.
    pub network: Network,
    /// The channel as it is shown.
    pub channel: Channel,
    /// The channel as the network compares it.
    pub channel_folded: String,
    /// Its name, known when it ended with one.
    pub name: Option<Text>,
    /// The nick of who started it.
    pub owner_nick: Nick,
    /// Their account, where they had one.
    pub owner_account: Option<Account>,
    /// When it started.
    pub started_at: Moment,
    /// When it ended.
    pub ended_at: Option<Moment>,
    /// When it was ended without publishing.
    pub aborted_at: Option<Moment>,
    /// Since when the minutes are for members only.
    pub restricted_at: Option<Moment>,
    /// The channel was listened to until then.
    pub heard_until: Moment,
    /// When the files were last written.
    pub published_at: Option<Moment>,
    /// Their path without extension, for example `2018/virt-sig.2018-11-13-15.00`.
    pub place: Option<String>,
}

impl MeetingRow {
    /// Whether it is on.
    pub fn is_open(&self) -> bool {
        self.ended_at.is_none() && self.aborted_at.is_none()
    }
}

from_row!(MeetingRow, |row| {
    let moment = |column: &str| -> Result<Option<Moment>, sqlx::Error> {
        Ok(row.try_get::<Option<i64>, _>(column)?.map(Moment::from_micros))
    };
    Ok(MeetingRow {
        id: MeetingId(row.try_get("id")?),
        slug: row.try_get("slug")?,
        network: row.try_get::<String, _>("network")?.into(),
        channel: row.try_get::<String, _>("channel")?.into(),
        channel_folded: row.try_get("channel_folded")?,
        name: row.try_get::<Option<String>, _>("name")?.map(Text::from),
        owner_nick: row.try_get::<String, _>("owner_nick")?.into(),
        owner_account: row.try_get::<Option<String>, _>("owner_account")?.map(Account::from),
        started_at: Moment::from_micros(row.try_get("started_at")?),
        ended_at: moment("ended_at")?,
        aborted_at: moment("aborted_at")?,
        restricted_at: moment("restricted_at")?,
        heard_until: Moment::from_micros(row.try_get("heard_until")?),
        published_at: moment("published_at")?,
        place: row.try_get("place")?,
    })
});

/// Opens a meeting and gives it a slug of its own; nothing where one is open in that channel.
pub async fn insert(tx: &mut Tx, new: &NewMeeting) -> Result<Option<MeetingRow>, StoreError> {
    let date = new.started_at.date().format("%Y-%m-%d").to_string();
    // All slugs of the day, and only they, lie between the date and the date with '.', which
    // follows '-'. They are given without gaps.
    let given: (i64,) = on!(&mut *tx, "counting the meetings of a day", |c: D| {
        query_as::<D, _>(&sql::MEETING_SLUGS)
            .bind(date.clone())
            .bind(format!("{date}."))
            .fetch_one(c)
            .await
    })?;
    let mut number = given.0 + 1;
    loop {
        let slug = if number == 1 { date.clone() } else { format!("{date}-{number}") };
        let inserted = on!(&mut *tx, "storing a new meeting", |c: D| {
            query_as::<D, MeetingRow>(&sql::MEETING_INSERT)
                .bind(slug.clone())
                .bind(new.network.as_str().to_string())
                .bind(new.channel.as_str().to_string())
                .bind(new.channel_folded.clone())
                .bind(new.owner.nick.as_str().to_string())
                .bind(new.owner.login.account().map(|account| account.as_str().to_string()))
                .bind(new.started_at.micros())
                .fetch_optional(c)
                .await
        })?;
        if inserted.is_some()
            || open_in(&mut *tx, &new.network, &new.channel_folded).await?.is_some()
        {
            return Ok(inserted);
        }
        // Another node took the slug for another channel meanwhile.
        number += 1;
    }
}

/// The meeting that is open in a channel.
pub async fn open_in(
    from: impl Into<Reader<'_>>,
    network: &Network,
    channel_folded: &str,
) -> Result<Option<MeetingRow>, StoreError> {
    on!(from.into(), "looking for an open meeting", |c: D| {
        query_as::<D, MeetingRow>(&sql::MEETING_OPEN_IN)
            .bind(network.as_str().to_string())
            .bind(channel_folded.to_string())
            .fetch_optional(c)
            .await
    })
}

/// Every open meeting, the one opened first leading.
pub async fn open_all(from: impl Into<Reader<'_>>) -> Result<Vec<MeetingRow>, StoreError> {
    on!(from.into(), "looking for open meetings", |c: D| {
        query_as::<D, MeetingRow>(&sql::MEETING_OPEN_ALL).fetch_all(c).await
    })
}

/// Ends an open meeting, with the name it ended with; says whether it was open.
pub async fn end(
    tx: &mut Tx,
    id: MeetingId,
    ended_at: Moment,
    name: Option<&Text>,
) -> Result<bool, StoreError> {
    let name = name.map(|name| name.as_untrusted().to_string());
    on!(tx, "ending a meeting", |c: D| {
        let ended = query::<D>(&sql::MEETING_END).bind(id.0).bind(ended_at.micros()).bind(name);
        Ok(ended.execute(c).await?.rows_affected() == 1)
    })
}

/// Opens a meeting again that had ended.
pub async fn reopen(tx: &mut Tx, id: MeetingId) -> Result<(), StoreError> {
    on!(tx, "opening a meeting again", |c: D| {
        query::<D>(&sql::MEETING_REOPEN).bind(id.0).execute(c).await.map(drop)
    })
}

/// Ends an open meeting without publishing; says whether it was open.
pub async fn abort(tx: &mut Tx, id: MeetingId, aborted_at: Moment) -> Result<bool, StoreError> {
    on!(tx, "aborting a meeting", |c: D| {
        let aborted = query::<D>(&sql::MEETING_ABORT).bind(id.0).bind(aborted_at.micros());
        Ok(aborted.execute(c).await?.rows_affected() == 1)
    })
}

/// Makes the minutes members-only from now on; the first time it is said counts.
pub async fn restrict(tx: &mut Tx, id: MeetingId, at: Moment) -> Result<(), StoreError> {
    on!(tx, "restricting a meeting", |c: D| {
        query::<D>(&sql::MEETING_RESTRICT).bind(id.0).bind(at.micros()).execute(c).await.map(drop)
    })
}

/// Notes that the channel was listened to until then. It never moves back.
pub async fn heard_until(tx: &mut Tx, id: MeetingId, until: Moment) -> Result<(), StoreError> {
    on!(tx, "noting until when a meeting was heard", |c: D| {
        let noted = query::<D>(&sql::MEETING_HEARD_UNTIL).bind(id.0).bind(until.micros());
        noted.execute(c).await.map(drop)
    })
}

/// Gives the meeting's files a path without extension that no other meeting has: `wanted`, or
/// `wanted-2` and so on. Asked again for the same path, it gives the one it has.
pub async fn place(tx: &mut Tx, id: MeetingId, wanted: &str) -> Result<String, StoreError> {
    let (has,): (Option<String>,) = on!(&mut *tx, "looking where minutes are", |c: D| {
        query_as::<D, _>(&sql::MEETING_PLACE).bind(id.0).fetch_one(c).await
    })?;
    if let Some(has) = has.filter(|has| is_numbered(has, wanted)) {
        return Ok(has);
    }
    let mut number = 1;
    loop {
        let place = if number == 1 { wanted.to_string() } else { format!("{wanted}-{number}") };
        let taken = on!(&mut *tx, "giving minutes their place", |c: D| {
            let set = query::<D>(&sql::MEETING_SET_PLACE).bind(id.0).bind(place.clone());
            Ok(set.execute(c).await?.rows_affected() == 1)
        })?;
        if taken {
            return Ok(place);
        }
        number += 1;
    }
}

/// Whether a place is the wanted one, or that one with a number.
fn is_numbered(place: &str, wanted: &str) -> bool {
    match place.strip_prefix(wanted) {
        Some("") => true,
        Some(rest) => rest
            .strip_prefix('-')
            .is_some_and(|number| !number.is_empty() && number.bytes().all(|b| b.is_ascii_digit())),
        None => false,
    }
}

/// The files of a meeting are no longer what it is: they are to be written again.
pub async fn unpublish(tx: &mut Tx, id: MeetingId) -> Result<(), StoreError> {
    on!(tx, "noting that minutes changed", |c: D| {
        query::<D>(&sql::MEETING_UNPUBLISH).bind(id.0).execute(c).await.map(drop)
    })
}

/// Notes that the meeting's files were written.
pub async fn published(tx: &mut Tx, id: MeetingId, at: Moment) -> Result<(), StoreError> {
    on!(tx, "noting that minutes are published", |c: D| {
        query::<D>(&sql::MEETING_PUBLISHED).bind(id.0).bind(at.micros()).execute(c).await.map(drop)
    })
}

/// The meetings that ended and were not published yet, because something came between.
pub async fn unpublished(from: impl Into<Reader<'_>>) -> Result<Vec<MeetingRow>, StoreError> {
    on!(from.into(), "looking for minutes to publish", |c: D| {
        query_as::<D, MeetingRow>(&sql::MEETING_UNPUBLISHED).fetch_all(c).await
    })
}

/// The meeting at a permanent address, also an aborted one.
pub async fn by_slug(
    from: impl Into<Reader<'_>>,
    slug: &str,
) -> Result<Option<MeetingRow>, StoreError> {
    // PostgreSQL cannot even be asked for a NUL.
    if slug.contains('\0') {
        return Ok(None);
    }
    on!(from.into(), "looking for a meeting", |c: D| {
        query_as::<D, MeetingRow>(&sql::MEETING_BY_SLUG)
            .bind(slug.to_string())
            .fetch_optional(c)
            .await
    })
}

/// The meetings that started on a UTC date, in order.
pub async fn on_date(
    from: impl Into<Reader<'_>>,
    date: NaiveDate,
) -> Result<Vec<MeetingRow>, StoreError> {
    let midnight = midnight(date);
    on!(from.into(), "looking for the meetings of a day", |c: D| {
        query_as::<D, MeetingRow>(&sql::MEETING_STARTED_IN)
            .bind(midnight.micros())
            .bind(midnight.plus(DAY).micros())
            .fetch_all(c)
            .await
    })
}

/// The last meeting before a UTC date, and the first one after it.
pub async fn nearest(
    from: impl Into<Reader<'_>>,
    date: NaiveDate,
) -> Result<(Option<MeetingRow>, Option<MeetingRow>), StoreError> {
    let midnight = midnight(date);
    on!(from.into(), "looking for the nearest meetings", |c: D| {
        let before = query_as::<D, MeetingRow>(&sql::MEETING_BEFORE)
            .bind(midnight.micros())
            .fetch_optional(&mut *c)
            .await?;
        let after = query_as::<D, MeetingRow>(&sql::MEETING_FROM)
            .bind(midnight.plus(DAY).micros())
            .fetch_optional(c)
            .await?;
        Ok((before, after))
    })
}

/// Notes that the channel was told of the end.
pub async fn told(tx: &mut Tx, id: MeetingId, at: Moment) -> Result<(), StoreError> {
    on!(tx, "noting that a channel was told", |c: D| {
        query::<D>(&sql::MEETING_TOLD).bind(id.0).bind(at.micros()).execute(c).await.map(drop)
    })
}

/// The last meeting of a channel, if it is over and the channel may not have been told.
pub async fn untold_in(
    from: impl Into<Reader<'_>>,
    network: &Network,
    channel_folded: &str,
) -> Result<Option<MeetingRow>, StoreError> {
    on!(from.into(), "looking for an end that was not told", |c: D| {
        query_as::<D, MeetingRow>(&sql::MEETING_UNTOLD_IN)
            .bind(network.as_str().to_string())
            .bind(channel_folded.to_string())
            .fetch_optional(c)
            .await
    })
}

/// The published meetings before and after this one in its channel.
pub async fn neighbours(
    from: impl Into<Reader<'_>>,
    row: &MeetingRow,
) -> Result<(Option<MeetingRow>, Option<MeetingRow>), StoreError> {
    on!(from.into(), "looking for the neighbours of a meeting", |c: D| {
        let mut found = [None, None];
        for (place, sql) in found.iter_mut().zip([&sql::MEETING_PREVIOUS, &sql::MEETING_FOLLOWING])
        {
            *place = query_as::<D, MeetingRow>(sql)
                .bind(row.network.as_str().to_string())
                .bind(row.channel_folded.clone())
                .bind(row.started_at.micros())
                .bind(row.id.0)
                .fetch_optional(&mut *c)
                .await?;
        }
        let [previous, following] = found;
        Ok((previous, following))
    })
}

/// The latest meeting of a channel that has ended.
pub async fn latest(
    from: impl Into<Reader<'_>>,
    network: &Network,
    channel_folded: &str,
) -> Result<Option<MeetingRow>, StoreError> {
    on!(from.into(), "looking for the latest meeting", |c: D| {
        query_as::<D, MeetingRow>(&sql::MEETING_LATEST)
            .bind(network.as_str().to_string())
            .bind(channel_folded.to_string())
            .fetch_optional(c)
            .await
    })
}

/// What happened in a channel since then, aborted meetings included, and what is still on; the
/// oldest first.
pub async fn since(
    from: impl Into<Reader<'_>>,
    network: &Network,
    channel_folded: &str,
    since: Moment,
) -> Result<Vec<MeetingRow>, StoreError> {
    on!(from.into(), "looking for what was held", |c: D| {
        query_as::<D, MeetingRow>(&sql::MEETING_SINCE)
            .bind(network.as_str().to_string())
            .bind(channel_folded.to_string())
            .bind(since.micros())
            .fetch_all(c)
            .await
    })
}

/// At most `limit` meetings, the newest first; the page after the meeting with the slug `after`.
pub async fn list(
    from: impl Into<Reader<'_>>,
    limit: u32,
    after: Option<&str>,
) -> Result<Vec<MeetingRow>, StoreError> {
    let after = after.map(|slug| slug.replace('\0', ""));
    on!(from.into(), "listing meetings", |c: D| {
        let page = match after {
            None => query_as::<D, MeetingRow>(&sql::MEETING_LIST).bind(i64::from(limit)),
            Some(slug) => query_as::<D, MeetingRow>(&sql::MEETING_LIST_AFTER)
                .bind(i64::from(limit))
                .bind(slug),
        };
        page.fetch_all(c).await
    })
}

fn midnight(date: NaiveDate) -> Moment {
    Moment::from_utc(date.and_time(NaiveTime::MIN).and_utc())
}
