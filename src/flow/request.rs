//! A mail with questions came in: it is answered with one letter, or not at all.
//!
//! A door hands over the mail and its envelope sender; the letter leaves through the outbox. Mail
//! that is not answered is accepted all the same: a refusal would go to an address that may be
//! forged.

use crate::clock;
use crate::config::Config;
use crate::domain::address::Address;
use crate::domain::chat::tell;
use crate::domain::list::List;
use crate::domain::list::join::{self, Wish};
use crate::domain::list::request::{self, Request};
use crate::domain::time::Moment;
use crate::flow::ask::Asking;
use crate::flow::{deliver, group, members, subscribe};
use crate::store::{self, Db, StoreError};
use std::fmt::Write;

/// How many mails of one address are answered a day where `[list]` says nothing.
const REQUESTS_PER_DAY: u32 = 20;

/// What became of a mail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The answer is in the outbox.
    Answered,
    /// It came before, and was answered then.
    Known,
    /// It must not be answered, for this reason.
    Refused(&'static str),
    /// Its sender was answered often enough today.
    TooMany,
}

/// Takes in a mail from an envelope sender, which is empty or `<>` for the null sender.
///
/// # Errors
///
/// The store could not be asked; the mail is to be handed over again.
pub async fn receive(
    db: &Db,
    config: &Config,
    mail: &[u8],
    sender: &str,
) -> Result<Outcome, StoreError> {
    if config.requests().is_none() {
        return Ok(Outcome::Refused("no requests are answered here ([mail], [list])"));
    }
    let Some(list) = members::own(db, config).await? else {
        return Ok(Outcome::Refused("no requests are answered here ([mail], [list])"));
    };
    receive_for(db, config, &list, mail, sender).await
}

/// The same for the request address of any list: what is asked about the sender's own subscription
/// is for [`subscribe`], all else is a question.
///
/// # Errors
///
/// As [`receive`].
pub async fn receive_for(
    db: &Db,
    config: &Config,
    of: &store::list::List,
    mail: &[u8],
    sender: &str,
) -> Result<Outcome, StoreError> {
    let list = subscribe::letters(config, of);
    let address = list.as_ref().and_then(|list| join::beside(&list.address, "request"));
    let (Some(list), Some(address)) = (list, address) else {
        return Ok(Outcome::Refused("no letters leave here ([mail])"));
    };
    let ours = [&list.address, &list.from.address];
    let request = match request::read(mail, sender, &address, &ours) {
        Ok(request) => request,
        Err(reason) => return Ok(Outcome::Refused(reason)),
    };
    if let Some(wish) = Wish::of_request(&request) {
        return subscribe::obey(db, of, &list, &wish, (&request, mail), clock::now()).await;
    }
    let name = name(request.from.as_str(), &request, mail);
    answer(db, config, &request, &name, &address, &list).await
}

async fn answer(
    db: &Db,
    config: &Config,
    request: &Request,
    name: &str,
    address: &Address,
    list: &List,
) -> Result<Outcome, StoreError> {
    if store::outbox::message_id(db, &request::key(name)).await?.is_some() {
        return Ok(Outcome::Known);
    }
    let now = clock::now();
    let group = group::load(db, config).await?;
    // The sender of a mail can be forged, so nobody is known to be a member here.
    let asking = Asking { config, group: &group, now, is_member: false };
    let mut answers = Vec::new();
    let mut understood = 0;
    for question in &request.questions {
        let answer = asking.answer(db, question).await?;
        understood += usize::from(!answer.is_refusal());
        let mut told = answer.told();
        if question.eq_ignore_ascii_case("help") {
            told.push(join::HELP.to_string());
        }
        answers.push((question.clone(), told));
    }
    if understood == 0 {
        let help = tell::help(&asking.facts(), None);
        let told = help.told().into_iter().chain([join::HELP.to_string()]).collect();
        answers.push(("help".to_string(), told));
    }
    deliver_answer(db, config, request, name, &answers, (address, list), now).await
}

/// Answers a mail that was read as a request, once, within the day's limits. `answers` are the
/// questions, each with the lines of its answer; `from` is the address that was asked, and who writes.
pub(in crate::flow) async fn send(
    db: &Db,
    config: &Config,
    request: &Request,
    mail: &[u8],
    answers: Vec<(String, Vec<String>)>,
    from: (&Address, &List),
    now: Moment,
) -> Result<Outcome, StoreError> {
    let name = name("why", request, mail);
    if store::outbox::message_id(db, &request::key(&name)).await?.is_some() {
        return Ok(Outcome::Known);
    }
    deliver_answer(db, config, request, &name, &answers, from, now).await
}

async fn deliver_answer(
    db: &Db,
    config: &Config,
    request: &Request,
    name: &str,
    answers: &[(String, Vec<String>)],
    (address, list): (&Address, &List),
    now: Moment,
) -> Result<Outcome, StoreError> {
    let letter = request::answer(request, answers, name, address, list, now);
    let most = config.list.as_ref().map_or(REQUESTS_PER_DAY, |list| list.requests_per_day);
    let mut tx = db.begin().await?;
    if !store::request::admit(&mut tx, &request.from, now, most).await? {
        return Ok(Outcome::TooMany);
    }
    let is_new = store::outbox::add(&mut tx, &letter, now).await?;
    if !is_new {
        return Ok(Outcome::Known); // Another process was faster; nothing is counted twice.
    }
    tx.commit().await?;
    deliver::wake();
    Ok(Outcome::Answered)
}

/// The same for the same mail about the same thing, however often it is handed over.
pub(super) fn name(about: &str, request: &Request, mail: &[u8]) -> String {
    let mut hash = ring::digest::Context::new(&ring::digest::SHA256);
    hash.update(about.as_bytes());
    match &request.message_id {
        Some(id) => hash.update(id.as_str().as_bytes()),
        None => hash.update(mail),
    }
    hex(hash.finish().as_ref())
}

/// The beginning of a digest in hexadecimal digits: as much as tells it from all others.
pub(super) fn hex(digest: &[u8]) -> String {
    let mut name = String::new();
    for byte in digest.iter().take(10) {
        let _ = write!(name, "{byte:02x}"); // Writing to a text cannot fail.
    }
    name
}

#[cfg(test)]
mod tests;
