//! What somebody tells the bot in private to change of the group: judged, entered, answered.

use crate::domain::group::{By, Change, Via};
use crate::domain::meeting::Speaker;
use crate::domain::name::{Casemapping, Network};
use crate::domain::roster::{Asker, read};
use crate::domain::time::Moment;
use crate::flow::call;
use crate::flow::push::watching;
use crate::flow::work::Work;
use crate::store::StoreError;

/// Does what a private line orders, and gives what then holds, or why it was refused; nothing
/// where it orders nothing.
pub async fn private(
    who: &Speaker,
    said: &str,
    network: &Network,
    casemapping: Casemapping,
    now: Moment,
    work: &mut Work,
) -> Result<Option<Result<String, String>>, StoreError> {
    if let Some(done) = call::wants_ping(who, said, network, casemapping, now, work).await? {
        return Ok(Some(Ok(done)));
    }
    if let Some(done) = watching::wants(who, said, network, casemapping, now, work).await? {
        return Ok(Some(done));
    }
    let Some(words) = roster_words(said) else { return Ok(None) };
    let change = match read::change(words, now.date()) {
        Ok(change) => Change::Roster(change),
        Err(refusal) => return Ok(Some(Err(refusal))),
    };
    let book = work.book();
    let mut book = book.lock().await;
    let group = book.lock(work.tx().await?).await?;
    if let Err(refusal) = group.allow(&Asker::from(who), casemapping, &change, now.date()) {
        return Ok(Some(Err(refusal)));
    }
    match group.judge(&change, now) {
        Err(refusal) => Ok(Some(Err(refusal))),
        Ok(holds) => {
            let by = By {
                name: who.nick.clone(),
                account: who.login.account().cloned(),
                via: Via::Irc,
                meeting: None,
            };
            book.change(work.tx().await?, None, now, &by, &change).await?;
            Ok(Some(Ok(holds)))
        }
    }
}

/// What stands after `roster`; `roster` alone and `roster list` are questions.
fn roster_words(said: &str) -> Option<&str> {
    let (word, rest) = said.trim().split_once(' ')?;
    let rest = rest.trim();
    let orders = word.eq_ignore_ascii_case("roster") && !rest.eq_ignore_ascii_case("list");
    orders.then_some(rest)
}

#[cfg(test)]
mod tests {
    use crate::config::Config;
    use crate::domain::roster::{Enrolled, Member};
    use crate::flow::group;
    use crate::flow::tests::Stage;
    use crate::store::testing::each_place;
    use std::sync::Arc;

    #[test]
    fn the_lead_changes_the_roster_in_private() {
        each_place(async |database| {
            let mut stage = Stage::with(&database, |config| {
                let lead = Member {
                    name: "George Dunlap".into(),
                    nicks: vec!["gwd".into()],
                    roles: vec!["lead".into()],
                    ..Member::default()
                };
                let members = vec![Enrolled { member: lead, ..Enrolled::default() }];
                Arc::new(Config { members, ..config.clone() })
            })
            .await;
            let refused = stage.tell("bob", "roster add bob Bob").await;
            assert_eq!(refused, ["tell bob: Only the lead may do that: gwd."]);
            let unread = stage.tell("gwd", "roster add").await;
            assert!(unread[0].starts_with("tell gwd: That is written: roster add"), "{unread:?}");
            let last = stage.tell("gwd", "roster remove gwd").await;
            assert_eq!(last, ["tell gwd: gwd is the only lead; make somebody else lead first"]);
            for turn in 0..9 {
                let nick = format!("new{turn}");
                let added = stage.tell("gwd", &format!("roster add {nick} New One")).await;
                assert_eq!(added, [format!("tell gwd: {nick} is a member since 2018-11-13.")]);
            }
            let group = group::load(&stage.db, &stage.config).await.unwrap();
            assert_eq!(group.roster.all().len(), 10);
            stage.db.close().await;
        });
    }
}
