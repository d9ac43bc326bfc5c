//! Whoever was given an action while they were away is written to, where the roster has an address.

use crate::clock;
use crate::domain::address::Address;
use crate::domain::list::promise;
use crate::domain::meeting::ledger::Carried;
use crate::domain::meeting::{Item, Meeting};
use crate::domain::roadmap;
use crate::domain::time::Moment;
use crate::flow::work::Work;
use crate::store::{self, StoreError};

/// Writes to the absent owners of the actions of a meeting that ends.
pub async fn tell(meeting: &Meeting, slug: &str, work: &mut Work) -> Result<(), StoreError> {
    let config = work.config();
    let Some(mail) = &config.mail else { return Ok(()) };
    let now = clock::now();
    for (item, entry) in meeting.items().filter_map(|item| Some((item, carried(meeting, item)?))) {
        for owner in absent(meeting, item) {
            let Some((handle, address)) = address_of(owner, now, work).await? else { continue };
            let title = meeting.title();
            let given = promise::Given {
                entry: &entry,
                by: item.nick.as_str(),
                title: &title,
                slug,
                page: meeting.settings.page.as_deref(),
            };
            let host = config.host_of_letters(mail);
            let letter = promise::letter(given, &handle, &mail.from, address, host, now);
            if store::outbox::add(work.tx().await?, &letter, now).await? {
                work.mailed();
            }
        }
    }
    Ok(())
}

/// The numbered action of an item, as the ledger has it.
fn carried(meeting: &Meeting, item: &Item) -> Option<Carried> {
    let owners = item.owners.iter().map(|id| meeting.people.one(*id).nick.as_str().to_string());
    let owners: Vec<String> = owners.collect();
    let is_owner = |word: &str| owners.iter().any(|o| meeting.settings.casemapping.same(o, word));
    let text = roadmap::read(item.text.as_untrusted(), is_owner).text;
    Some(Carried { number: item.number?, text, owners: owners.clone(), due: item.due })
}

/// The owners who are on the roster and did not take part.
fn absent<'a>(meeting: &'a Meeting, item: &'a Item) -> impl Iterator<Item = &'a str> {
    let people = item.owners.iter().map(|id| meeting.people.one(*id));
    let away = people.filter(|one| one.member && !one.present && one.lines == 0);
    away.map(|one| one.nick.as_str())
}

/// What the roster calls somebody, and their first address.
async fn address_of(
    nick: &str,
    now: Moment,
    work: &mut Work,
) -> Result<Option<(String, Address)>, StoreError> {
    let book = work.book();
    let mut book = book.lock().await;
    let group = book.refresh(work.tx().await?).await?;
    let enrolled = group.roster.find(nick, now.date());
    Ok(enrolled.and_then(|one| {
        let address = Address::parse(one.addresses.first()?).ok()?;
        Some((one.member.handle().to_string(), address))
    }))
}

#[cfg(test)]
mod tests {
    use crate::config::Config;
    use crate::domain::roster::{Enrolled, Member};
    use crate::flow::correct;
    use crate::flow::tests::{Stage, with_a_list};
    use crate::store;
    use crate::store::testing::each_place;

    fn member(nick: &str, address: &str) -> Enrolled {
        let member = Member { name: nick.into(), nicks: vec![nick.into()], ..Member::default() };
        Enrolled { member, addresses: vec![address.into()], ..Enrolled::default() }
    }

    #[test]
    fn only_owners_who_were_away_are_written_to() {
        each_place(async |database| {
            let mut stage = Stage::with(&database, |config| {
                let people = [("gwd", "g@example.org"), ("jirkade", "j@example.org")];
                let members = people.map(|(nick, address)| member(nick, address)).to_vec();
                with_a_list(&Config { members, ..config.clone() })
            })
            .await;
            for line in [
                "#startmeeting Virt SIG",
                "#action jirkade, gwd: push libvirt by 2018-11-27",
                "#action jirkade to be undone",
                "#undo",
                "#endmeeting",
            ] {
                stage.say("gwd", line).await;
            }
            let letters = store::outbox::list(&stage.db, 10).await.unwrap();
            let mut keys: Vec<&str> = letters.iter().map(|one| one.key.as_str()).collect();
            keys.sort_unstable();
            assert_eq!(keys, ["action:1:jirkade", "minutes:2018-11-13"]);
            let line = stage.stored().await.items().next().unwrap().line;
            let (db, config) = (&stage.db, &stage.config);
            correct::redact(db, config, "2018-11-13", line).await.unwrap();
            let left = store::outbox::list(db, 10).await.unwrap();
            assert_eq!(left.len(), 1, "what was redacted does not leave");
            stage.db.close().await;
        });
    }
}
