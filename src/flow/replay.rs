//! Past verdicts are judged again by other rules: what would have been otherwise, before anybody
//! relies on them.
//!
//! The facts of each post were kept beside its verdict, so nothing is read or asked again; who was
//! subscribed then is subscribed here.

use crate::domain::list::gate::{self, Judgement};
use crate::domain::list::policy::Policy;
use crate::domain::time::Moment;
use crate::flow::moderate;
use crate::store::verdict::Decided;
use crate::store::{self, Db, StoreError, verdict};
use std::collections::BTreeMap;

/// How many verdicts are read at once.
const PAGE: u32 = 1_000;

/// A post that would have got another verdict.
#[derive(Clone, Debug)]
pub struct Changed {
    /// What was decided.
    pub decided: Decided,
    /// The list's name.
    pub list: String,
    /// What would be.
    pub judgement: Judgement,
}

/// What a replay found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outcome {
    /// How many posts were judged again.
    pub judged: u64,
    /// How many of them would get another verdict.
    pub changed: u64,
    /// How many cannot be judged by these rules: a moderator decided.
    pub decided_by_people: u64,
}

/// Judges the posts since that moment again; `tell` gets each that would be judged otherwise, the
/// oldest first.
pub async fn replay(
    db: &Db,
    policy: &Policy,
    since: Moment,
    mut tell: impl FnMut(Changed),
) -> Result<Outcome, StoreError> {
    let lists: BTreeMap<i64, (String, Policy)> = store::list::all(db)
        .await?
        .into_iter()
        .map(|list| (list.id.number(), (list.name, list.settings.over(policy))))
        .collect();
    let mut outcome = Outcome::default();
    let mut after = (since.plus(-1), [0xff; 16]);
    loop {
        let page = verdict::since(db, after, PAGE).await?;
        let Some(last) = page.last() else { return Ok(outcome) };
        after = (last.at, last.digest);
        for decided in page {
            if decided.check == moderate::RELEASED {
                outcome.decided_by_people += 1;
                continue;
            }
            let Some((list, policy)) = lists.get(&decided.list) else { continue };
            let judgement = gate::decide(policy, &decided.facts);
            outcome.judged += 1;
            if judgement.verdict != decided.verdict {
                outcome.changed += 1;
                tell(Changed { list: list.clone(), decided, judgement });
            }
        }
    }
}
