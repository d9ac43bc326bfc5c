//! Somebody asks what became of a post: they are told if they sent it, and nobody else is told
//! anything.

use crate::clock;
use crate::config::Config;
use crate::domain::list::gate::{self, Author};
use crate::domain::list::why::{self, Case};
use crate::domain::list::{Key, join, request};
use crate::flow::receive::lists::Posting;
use crate::flow::request::{self as answering, Outcome};
use crate::flow::subscribe;
use crate::store::verdict::Decided;
use crate::store::{self, Db, StoreError, verdict};

/// What became of the posts with that Message-ID which came from that address, a paragraph each; the
/// same sentence where there is none and where they came from somebody else.
pub async fn ask(
    db: &Db,
    config: &Config,
    message_id: &str,
    address: &str,
) -> Result<Vec<Vec<String>>, StoreError> {
    let message_id = message_id.trim().trim_start_matches('<').trim_end_matches('>');
    // Both are always looked for, so that the time tells nothing either.
    let found = verdict::by_message_id(db, message_id).await?;
    let lists = store::list::all(db).await?;
    let asker = Key::parse(address.trim());
    let mut told = Vec::new();
    for decided in found.iter().filter(|one| is_senders(one, asker.as_ref())) {
        let Some(list) = lists.iter().find(|list| list.id.number() == decided.list) else {
            continue;
        };
        let policy = list.settings.over(&config.gate.policy);
        let because = gate::because(&policy, &decided.facts, &decided.check);
        told.push(why::told(&Case {
            list: &list.name,
            address: &list.address,
            at: decided.at,
            times: decided.times,
            verdict: decided.verdict,
            check: &decided.check,
            because: &because,
            facts: &decided.facts,
        }));
    }
    told.truncate(why::MOST_ANSWERED);
    if told.is_empty() {
        told.push(why::unknown(config.gate.keep_days));
    }
    Ok(told)
}

/// Whether the address is the author's or the envelope's.
fn is_senders(decided: &Decided, asker: Option<&Key>) -> bool {
    let author = match &decided.facts.author {
        Author::One(key, _) => Some(key),
        _ => None,
    };
    asker.is_some() && (author == asker || decided.facts.envelope.as_ref() == asker)
}

/// Takes in a mail to `LIST-why@`: it is answered to its envelope's sender, who is the only one
/// whose posts are told of.
pub async fn receive(
    db: &Db,
    config: &Config,
    list: &Posting,
    mail: &[u8],
    sender: &str,
) -> Result<Outcome, StoreError> {
    let letters = subscribe::letters(config, &list.row);
    let here = letters.as_ref().and_then(|letters| join::beside(&letters.address, "why"));
    let (Some(letters), Some(here)) = (letters, here) else {
        return Ok(Outcome::Refused("no letters leave here ([mail])"));
    };
    let ours = [&letters.address, &letters.from.address];
    let request = match request::read(mail, sender, &here, &ours) {
        Ok(request) => request,
        Err(reason) => return Ok(Outcome::Refused(reason)),
    };
    let mut lines = request.questions.clone();
    lines.push(request.subject.clone());
    let mut answers = Vec::new();
    for id in why::message_ids(&lines, request.from.as_str()) {
        let told = ask(db, config, &id, request.from.as_str()).await?;
        answers.push((format!("<{id}>"), told.concat()));
    }
    if answers.is_empty() {
        let help = "Write the Message-ID of the post, from the address that you sent it from.";
        answers.push(("why".to_string(), vec![help.to_string()]));
    }
    answering::send(db, config, &request, mail, answers, (&here, &letters), clock::now()).await
}

/// The longest Message-ID or address that is looked for, in characters.
pub const MOST_TYPED: usize = 1_000;
