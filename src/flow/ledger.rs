//! A meeting and the group's ledger: wishes are answered in the transaction of the line that made
//! them, and what a meeting leaves behind is entered when it ends.

use crate::domain::group::{By, Change, Circumstances, Via};
use crate::domain::meeting::ledger::{Fact, Wish};
use crate::domain::meeting::{Kind, Meeting, Speaker};
use crate::domain::notice;
use crate::domain::roadmap;
use crate::domain::roster::Member;
use crate::domain::time::Moment;
use crate::flow::plan;
use crate::flow::work::Work;
use crate::store::StoreError;
use chrono::NaiveDate;

/// Answers a wish of the meeting with that slug: the fact to take in, or why not.
pub async fn answer(
    wish: &Wish,
    meeting: &Meeting,
    slug: &str,
    now: Moment,
    work: &mut Work,
) -> Result<Result<Fact, String>, StoreError> {
    let book = work.book();
    let mut book = book.lock().await;
    book.lock(work.tx().await?).await?;
    if let Some(fact) = book.group().inform(wish, now) {
        return Ok(Ok(fact));
    }
    let next = book.group().schedule.next_for(&plan::place(meeting), meeting.started_at, now);
    let casemapping = meeting.settings.casemapping;
    let next_meeting = next.map(|slot| slot.start.date());
    let given = Circumstances { now, casemapping, next_meeting };
    let (change, fact) = match book.group().answer(wish, given) {
        Ok(answered) => answered,
        Err(refusal) => return Ok(Err(refusal)),
    };
    let by = said_by(&wish.who, slug, wish.line);
    let entry = book.change(work.tx().await?, None, now, &by, &change).await?;
    if let (Some(entry), Fact::Planned { text, .. }) = (&entry, &fact) {
        plan::tell_list(entry, text.as_untrusted(), book.group(), work).await?;
    }
    Ok(Ok(fact))
}

/// Who is a member on a day.
pub async fn members(day: NaiveDate, work: &mut Work) -> Result<Vec<Member>, StoreError> {
    let book = work.book();
    let mut book = book.lock().await;
    Ok(book.refresh(work.db()).await?.roster.members(day))
}

/// What was open when a meeting begins.
pub async fn carried(now: Moment, work: &mut Work) -> Result<Option<Fact>, StoreError> {
    let book = work.book();
    let mut book = book.lock().await;
    book.refresh(work.tx().await?).await?;
    Ok(book.group().carried(now.date()))
}

/// Enters what a meeting that ended leaves: its notices, and what help is wanted with. Safe to
/// repeat: each has a key.
pub async fn harvest(
    meeting: &Meeting,
    slug: &str,
    now: Moment,
    work: &mut Work,
) -> Result<(), StoreError> {
    let config = work.config();
    let projects: Vec<&str> = config.projects.iter().map(|one| one.name.as_untrusted()).collect();
    let book = work.book();
    let mut book = book.lock().await;
    for item in meeting.items() {
        let kind = match item.kind {
            Kind::Notice => "notice",
            Kind::Help => "help",
            _ => continue,
        };
        book.lock(work.tx().await?).await?;
        let change = match item.kind {
            Kind::Help => Change::Entry {
                number: book.group().roadmap.next_number(),
                change: roadmap::Change::Opened {
                    kind: roadmap::Kind::Help,
                    text: item.text.clone(),
                    owners: Vec::new(),
                    due: None,
                },
            },
            _ => {
                let kind = item.notice.clone().unwrap_or(notice::Kind::News);
                let change = notice::read::posted((kind, item.text.clone()), &projects);
                Change::Notice { number: book.group().notices.next_number(), change }
            }
        };
        let key = format!("{kind}:{slug}:l-{}", item.line);
        let login = meeting.people.one(item.by).login.clone();
        let who = Speaker { nick: item.nick.clone(), login };
        let by = said_by(&who, slug, item.line);
        book.change(work.tx().await?, Some(&key), now, &by, &change).await?;
    }
    Ok(())
}

fn said_by(who: &Speaker, slug: &str, line: usize) -> By {
    By {
        name: who.nick.clone(),
        account: who.login.account().cloned(),
        via: Via::Irc,
        meeting: Some((slug.to_string(), u32::try_from(line).unwrap_or(u32::MAX))),
    }
}
