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
use crate::domain::list::request::{self, Request};
use crate::domain::time::Moment;
use crate::flow::ask::Asking;
use crate::flow::{deliver, group};
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
    let (Some(address), Some(list)) = (config.requests(), config.letters()) else {
        return Ok(Outcome::Refused("no requests are answered here ([mail], [list])"));
    };
    let ours = [&list.address, &list.from.address];
    match request::read(mail, sender, &address, &ours) {
        Ok(request) => {
            let name = name(&request, mail);
            answer(db, config, &request, &name, &address, &list).await
        }
        Err(reason) => Ok(Outcome::Refused(reason)),
    }
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
        answers.push((question.clone(), answer.told()));
    }
    if understood == 0 {
        let help = tell::help(&asking.facts(), None);
        answers.push(("help".to_string(), help.told()));
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
    let name = name(request, mail);
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

/// The same for the same mail, however often it is handed over.
fn name(request: &Request, mail: &[u8]) -> String {
    let mut hash = ring::digest::Context::new(&ring::digest::SHA256);
    hash.update(request.from.as_str().as_bytes());
    match &request.message_id {
        Some(id) => hash.update(id.as_str().as_bytes()),
        None => hash.update(mail),
    }
    let mut name = String::new();
    for byte in &hash.finish().as_ref()[..10] {
        let _ = write!(name, "{byte:02x}"); // Writing to a text cannot fail.
    }
    name
}

#[cfg(test)]
mod tests;
