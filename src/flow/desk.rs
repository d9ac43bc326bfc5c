//! A lead works at the desk of the pages: subscribers of the lists, repositories that are doubted.
//!
//! Each act and its entry in the journal are one transaction. What the command line does is
//! [`members`](crate::flow::members)'; who has the machine needs no journal.

use crate::clock;
use crate::config::Config;
use crate::domain::group::act::{Act, Subscription, obscured};
use crate::domain::group::{By, Change};
use crate::domain::list::Key;
use crate::domain::name::Casemapping;
use crate::domain::roster::Asker;
use crate::domain::time::Moment;
use crate::flow::group::Book;
use crate::flow::push::observe;
use crate::store::list::List;
use crate::store::subscriber::{self, Options, Subscriber};
use crate::store::{Db, StoreError, Tx};

/// Begins an act of somebody: nothing but the sentence where it is not theirs to do.
async fn begin(
    db: &Db,
    config: &Config,
    asker: &Asker,
    act: &Act,
) -> Result<Result<(Tx, Book), String>, StoreError> {
    let now = clock::now();
    let mut book = Book::new(config);
    let mut tx = db.begin().await?;
    let group = book.lock(&mut tx).await?;
    let change = Change::Act(act.clone());
    let allowed = group.allow(asker, Casemapping::default(), &change, now.date());
    Ok(allowed.map(|()| (tx, book)))
}

/// Keeps an act in the journal and ends its transaction; what then holds.
async fn end(
    (mut tx, mut book): (Tx, Book),
    by: &By,
    act: Act,
) -> Result<Result<String, String>, StoreError> {
    let told = act.sentence();
    book.change(&mut tx, None, clock::now(), by, &Change::Act(act)).await?;
    tx.commit().await?;
    Ok(Ok(told))
}

/// A subscriber comes, goes or gets other options; a sentence either way.
pub async fn subscriber(
    db: &Db,
    config: &Config,
    (asker, by): (&Asker, &By),
    list: &List,
    (key, written): (&Key, &str),
    what: Subscription,
) -> Result<Result<String, String>, StoreError> {
    let act = Act::Subscriber { list: list.name.clone(), whom: obscured(key.as_str()), what };
    let (mut tx, book) = match begin(db, config, asker, &act).await? {
        Ok(begun) => begun,
        Err(refusal) => return Ok(Err(refusal)),
    };
    let now = clock::now();
    let is_done = match what {
        Subscription::Add => {
            let new = Subscriber::new(key.clone(), written, "", now);
            if !subscriber::known(&mut tx, list.id, &[key]).await?.is_empty() {
                return Ok(Err(format!("This address is subscribed to {} already.", list.name)));
            }
            subscriber::add(&mut tx, list.id, &[new]).await? == 1
        }
        Subscription::Remove => subscriber::remove(&mut tx, list.id, &[key]).await? > 0,
        _ => match subscriber::one(&mut tx, list.id, key).await? {
            Some(member) => {
                let options = with(member.options, what, now);
                subscriber::set(&mut tx, list.id, key, &options).await?
            }
            None => false,
        },
    };
    match is_done {
        true => end((tx, book), by, act).await,
        false => Ok(Err(format!("This address is not subscribed to {}.", list.name))),
    }
}

/// The options after a change; what holds already keeps its date.
fn with(options: Options, what: Subscription, now: Moment) -> Options {
    match what {
        Subscription::Moderate => {
            Options { moderated_at: options.moderated_at.or(Some(now)), ..options }
        }
        Subscription::Unmoderate => Options { moderated_at: None, ..options },
        Subscription::Nomail => Options { nomail_at: options.nomail_at.or(Some(now)), ..options },
        Subscription::Mail => Options { nomail_at: None, ..options },
        Subscription::Add | Subscription::Remove => options,
    }
}

/// What is doubted of a repository is believed; a sentence either way.
pub async fn allow(
    db: &Db,
    config: &Config,
    (asker, by): (&Asker, &By),
    repository: &str,
    arch: &str,
) -> Result<Result<String, String>, StoreError> {
    let act = Act::Repository { repository: repository.to_string(), arch: arch.to_string() };
    let (mut tx, book) = match begin(db, config, asker, &act).await? {
        Ok(begun) => begun,
        Err(refusal) => return Ok(Err(refusal)),
    };
    match observe::allow(&mut tx, repository, arch).await? {
        true => end((tx, book), by, act).await,
        false => Ok(Err(format!("Nothing of {repository} {arch} is doubted."))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::list::policy::Settings;
    use crate::domain::roster::{Enrolled, Member};
    use crate::flow::members;
    use crate::store;
    use crate::store::testing::each;

    #[test]
    fn an_act_and_its_entry_are_one_and_refusals_leave_neither() {
        each(async |db| {
            let mut config = (*crate::flow::tests::nowhere()).clone();
            let roles = vec!["lead".to_string()];
            let member = Member { nicks: vec!["gwd".into()], roles, ..Member::default() };
            config.members = vec![Enrolled { member, ..Enrolled::default() }];
            let made = members::create(&db, "virt", "virt@x.example", &Settings::default()).await;
            let list = made.unwrap().unwrap();
            let (lead, other) = (Asker::Account("gwd".into()), Asker::Account("mira".into()));
            let by = By { name: "gwd".into(), ..By::itself() };
            let key = Key::parse("anna@y.example").unwrap();
            let act = async |asker: &Asker, what| {
                let whom = (&key, "Anna@y.example");
                subscriber(&db, &config, (asker, &by), &list, whom, what).await.unwrap()
            };
            for (asker, what, is_done) in [
                (&other, Subscription::Add, false),
                (&lead, Subscription::Nomail, false),
                (&lead, Subscription::Add, true),
                (&lead, Subscription::Add, false),
                (&lead, Subscription::Moderate, true),
                (&lead, Subscription::Nomail, true),
                (&lead, Subscription::Mail, true),
            ] {
                assert_eq!(act(asker, what).await.is_ok(), is_done, "{what:?}");
            }
            let anna = subscriber::one(&db, list.id, &key).await.unwrap().unwrap();
            assert_eq!(anna.address.as_untrusted(), "Anna@y.example");
            assert!(anna.options.moderated_at.is_some() && anna.options.nomail_at.is_none());
            assert!(act(&lead, Subscription::Remove).await.is_ok());
            assert!(subscriber::one(&db, list.id, &key).await.unwrap().is_none());
            let refused = allow(&db, &config, (&lead, &by), "virt7", "x86_64").await.unwrap();
            assert_eq!(refused.unwrap_err(), "Nothing of virt7 x86_64 is doubted.");
            let entries = store::journal::since(&db, 0).await.unwrap();
            assert_eq!(entries.len(), 5, "one for each that was done");
            let stored = serde_json::to_string(&entries[0].change).unwrap();
            assert!(!stored.contains("anna@"), "the journal is for ever: {stored}");
        });
    }
}
