//! Somebody asks by mail to join a list or to leave it, and confirms it by a second one.
//!
//! Who wrote the first mail is not known, so it changes nothing: a letter with a token goes to the
//! address that it is about, whoever asked. What the outside sees is the same whether that address
//! is subscribed or not.

use crate::clock;
use crate::config::Config;
use crate::domain::address::Address;
use crate::domain::list::confirm::{self, Writing};
use crate::domain::list::gate::Verdict;
use crate::domain::list::join::{self, Wish};
use crate::domain::list::request::{self, Request};
use crate::domain::list::token::{Action, Claim, GOOD_FOR, NONCE, Token};
use crate::domain::list::{Key, Letter, Mailbox, RULE};
use crate::domain::time::Moment;
use crate::flow::deliver;
use crate::flow::request::{Outcome, hex, name};
use crate::store::list::List;
use crate::store::request::Victim;
use crate::store::subscriber::{self, Subscriber};
use crate::store::token::Kept;
use crate::store::{self, Db, StoreError, Tx};

/// The writer of letters about a list; nothing where no letter leaves.
pub fn letters(config: &Config, list: &List) -> Option<crate::domain::list::List> {
    let own =
        config.letters().filter(|own| own.address.as_str().eq_ignore_ascii_case(&list.address));
    let rule = match list.settings.over(&config.gate.policy).nonmember {
        Verdict::Discard => RULE,
        Verdict::Reject => "Posts to this list from addresses that are not subscribed are refused.",
        Verdict::Hold => {
            "Posts to this list from addresses that are not subscribed wait for a moderator."
        }
        Verdict::Accept => "Anybody may post to this list.",
    };
    let address = Address::parse(&list.address).ok()?;
    own.or_else(|| config.letters_of(&list.name, &address, rule))
}

/// Takes in a mail to the address beside the list that this wish has ([`Wish::of_suffix`]), from an
/// envelope sender, which is empty or `<>` for the null sender.
///
/// # Errors
///
/// The store could not be asked; the mail is to be handed over again.
pub async fn receive(
    db: &Db,
    config: &Config,
    list: &List,
    wish: &Wish,
    mail: &[u8],
    sender: &str,
) -> Result<Outcome, StoreError> {
    receive_at(db, config, list, wish, (mail, sender), clock::now()).await
}

async fn receive_at(
    db: &Db,
    config: &Config,
    list: &List,
    wish: &Wish,
    (mail, sender): (&[u8], &str),
    now: Moment,
) -> Result<Outcome, StoreError> {
    let Some(letters) = letters(config, list) else {
        return Ok(Outcome::Refused("no letters leave here ([mail])"));
    };
    let ours = [&letters.address, &letters.from.address];
    let mut read = Err("there is no such address beside the list");
    for suffix in wish.suffixes() {
        if let Some(to) = join::beside(&letters.address, &suffix).filter(|_| read.is_err()) {
            read = request::read(mail, sender, &to, &ours);
        }
    }
    let request = match read {
        Ok(request) => request,
        Err(reason) => return Ok(Outcome::Refused(reason)),
    };
    let written = match wish {
        Wish::Confirm(token) if token.is_empty() => Wish::of_request(&request),
        _ => None,
    };
    let written = written.filter(|wish| matches!(wish, Wish::Confirm(_)));
    let wish = written.as_ref().unwrap_or(wish);
    obey(db, list, &letters, wish, (&request, mail), now).await
}

/// What somebody asked on a page of the list, of whom nothing is known but the address they typed.
/// The answer goes to that address, and the page says the same whatever it is.
pub async fn on_page(
    db: &Db,
    config: &Config,
    list: &List,
    wish: &Wish,
    asker: Mailbox,
) -> Result<Outcome, StoreError> {
    let now = clock::now();
    let Some(letters) = letters(config, list) else {
        return Ok(Outcome::Refused("no letters leave here ([mail])"));
    };
    let request = Request {
        from: asker.address.clone(),
        author: Some(asker),
        subject: String::new(),
        questions: Vec::new(),
        more: 0,
        message_id: None,
        references: Vec::new(),
    };
    // Two who ask in the same second are one.
    let asked = format!("page {wish:?} {}", now.whole_second().micros());
    obey(db, list, &letters, wish, (&request, asked.as_bytes()), now).await
}

/// Does what a token allows, which somebody entered on a page of the list.
pub async fn confirm(
    db: &Db,
    config: &Config,
    list: &List,
    token: &str,
) -> Result<Outcome, StoreError> {
    let Some(letters) = letters(config, list) else {
        return Ok(Outcome::Refused("no letters leave here ([mail])"));
    };
    // Who it is does not matter: whoever has the token could read the letter.
    let request = Request {
        from: letters.from.address.clone(),
        author: None,
        subject: String::new(),
        questions: Vec::new(),
        more: 0,
        message_id: None,
        references: Vec::new(),
    };
    let wish = Wish::Confirm(token.to_string());
    obey(db, list, &letters, &wish, (&request, b""), clock::now()).await
}

/// Does what a mail asks that may be answered: one transaction, one letter.
pub(super) async fn obey(
    db: &Db,
    list: &List,
    letters: &crate::domain::list::List,
    wish: &Wish,
    (request, mail): (&Request, &[u8]),
    now: Moment,
) -> Result<Outcome, StoreError> {
    let mut tx = db.begin().await?;
    // Whoever asks by mail asks something in it.
    let on_page = request.questions.is_empty();
    let outcome = match wish {
        Wish::Confirm(token) => confirmed(&mut tx, list, letters, token, request, now).await?,
        _ => {
            let name = name(&format!("{} {}", list.id.number(), request.from), request, mail);
            let writing = Writing { list: letters, request, name: &name, now, on_page };
            asked(&mut tx, list, wish, &writing).await?
        }
    };
    if outcome == Outcome::Answered {
        tx.commit().await?;
        deliver::wake();
    }
    Ok(outcome)
}

/// What the answer to a wish is.
enum Answer {
    /// This is to be confirmed by that address, which gets a letter.
    Confirm(Action, Key, Address, String),
    /// That address gets this letter, and nothing is to be confirmed.
    Tell(Key, Box<Letter>),
}

async fn asked(
    tx: &mut Tx,
    list: &List,
    wish: &Wish,
    writing: &Writing<'_>,
) -> Result<Outcome, StoreError> {
    if store::outbox::message_id(&mut *tx, &confirm::key(writing.name)).await?.is_some() {
        return Ok(Outcome::Known);
    }
    let answer = match answer(tx, list, wish, writing).await? {
        Ok(answer) => answer,
        Err(reason) => return Ok(Outcome::Refused(reason)),
    };
    let (key, victim) = match &answer {
        Answer::Confirm(Action::Leave | Action::Extension(_), key, ..) => (key, Victim::Member),
        Answer::Confirm(_, key, ..) | Answer::Tell(key, _) => (key, Victim::Anybody),
    };
    // A list or a bot that gets the letters of a list would be a loop.
    let is_a_list = store::list::by(&mut *tx, key.as_str()).await?.is_some();
    let bot = Key::parse(writing.list.from.address.as_str());
    let is_ours = bot.as_ref() == Some(key) || join::is_the_lists_own(&writing.list.address, key);
    if is_a_list || is_ours {
        return Ok(Outcome::Refused("one of our own addresses"));
    }
    if !store::request::admit_letter(tx, &join::mailbox(key), victim, writing.now).await? {
        return Ok(Outcome::TooMany);
    }
    let letter = match answer {
        Answer::Tell(_, letter) => *letter,
        Answer::Confirm(action, key, address, called) => {
            token_letter(tx, list, action, (key, address, called), writing).await?
        }
    };
    let is_new = store::outbox::add(tx, &letter, writing.now).await?;
    Ok(if is_new { Outcome::Answered } else { Outcome::Known })
}

async fn answer(
    tx: &mut Tx,
    list: &List,
    wish: &Wish,
    writing: &Writing<'_>,
) -> Result<Result<Answer, &'static str>, StoreError> {
    let Some(author) = &writing.request.author else {
        return Ok(Err("no address in From that can be written to"));
    };
    let Some(key) = Key::parse(author.address.as_str()) else {
        return Ok(Err("no address in From that can be written to"));
    };
    let address = author.address.clone();
    let member = subscriber::one(&mut *tx, list.id, &key).await?;
    let Some(member) = member else {
        return Ok(Ok(match wish {
            Wish::Join => Answer::Confirm(Action::Join, key, address, author.name.clone()),
            _ => {
                let letter = writing.stranger(&address);
                Answer::Tell(key, Box::new(letter))
            }
        }));
    };
    let simple = |action| Answer::Confirm(action, key.clone(), address.clone(), String::new());
    Ok(match wish {
        Wish::Join => {
            let letter = writing.already(&address, member.joined_at);
            Ok(Answer::Tell(key, Box::new(letter)))
        }
        Wish::Leave => Ok(simple(Action::Leave)),
        Wish::Extension(is_on) => Ok(simple(Action::Extension(*is_on))),
        Wish::Other(second) => second_address(tx, list, &member, second, writing).await?,
        Wish::Confirm(_) => Err("a token is no wish"),
    })
}

async fn second_address(
    tx: &mut Tx,
    list: &List,
    member: &Subscriber,
    second: &Address,
    writing: &Writing<'_>,
) -> Result<Result<Answer, &'static str>, StoreError> {
    let Some(key) = Key::parse(second.as_str()) else {
        return Ok(Err("an address that cannot be written to"));
    };
    if let Some(known) = subscriber::one(&mut *tx, list.id, &key).await? {
        // Told to that address: whoever asked does not learn that it is subscribed.
        let letter = writing.already(second, known.joined_at);
        return Ok(Ok(Answer::Tell(key, Box::new(letter))));
    }
    let first = member.other_of.clone().unwrap_or_else(|| member.key.clone());
    let others = subscriber::others(tx, list.id, &first).await?;
    if others.len() >= subscriber::MOST_OTHERS as usize {
        return Ok(Err("as many further addresses as one may have"));
    }
    let name = member.name.as_untrusted().to_string();
    Ok(Ok(Answer::Confirm(Action::Other(first), key, second.clone(), name)))
}

/// Keeps what is to be confirmed, and writes the letter with its token.
async fn token_letter(
    tx: &mut Tx,
    list: &List,
    action: Action,
    (key, address, called): (Key, Address, String),
    writing: &Writing<'_>,
) -> Result<Letter, StoreError> {
    let now = writing.now;
    let secrets = store::signing_key::ensure(tx, now).await?;
    let secret = secrets.first().expect("the first key is made where there is none");
    // It need not be secret, only another one for another mail.
    let nonce = ring::digest::digest(&ring::digest::SHA256, writing.name.as_bytes());
    let nonce = std::array::from_fn::<u8, NONCE, _>(|at| nonce.as_ref()[at]);
    let claim = Claim { action, list: list.id.number(), key, until: now.plus(GOOD_FOR) };
    let token = Token::sign(&claim, secret, nonce);
    let author = writing.request.author.as_ref().map(|author| &author.address);
    let asker = author.filter(|author| **author != address);
    let letter = writing.confirm(&address, asker, &claim.action, &token, claim.until);
    let kept = Kept { claim, address: address.as_str().into(), name: called.into(), used_at: None };
    store::token::keep(tx, &token.digest(), &kept, now).await?;
    Ok(letter)
}

/// Does what a token allows.
async fn confirmed(
    tx: &mut Tx,
    list: &List,
    letters: &crate::domain::list::List,
    token: &str,
    request: &Request,
    now: Moment,
) -> Result<Outcome, StoreError> {
    let Some(token) = Token::parse(token) else { return Ok(Outcome::Refused("not a token")) };
    let digest = token.digest();
    let kept = store::token::of(&mut *tx, &digest).await?;
    let Some(kept) = kept.filter(|kept| kept.claim.list == list.id.number()) else {
        return Ok(Outcome::Refused("a token that is not known"));
    };
    let secrets = store::signing_key::all(&mut *tx, now).await?;
    if !token.proves(&kept.claim, &secrets, now) {
        return Ok(Outcome::Refused("a token that is not good, or no more"));
    }
    if !store::token::spend(tx, &digest, now).await? {
        return Ok(Outcome::Known);
    }
    let Ok(address) = Address::parse(kept.address.as_untrusted()) else {
        return Ok(Outcome::Refused("an address that cannot be written to"));
    };
    let name = hex(&digest);
    let writing = Writing { list: letters, request, name: &name, now, on_page: false };
    let first = match done(tx, list, &kept, now).await? {
        Ok(first) => first,
        Err(reason) => return Ok(Outcome::Refused(reason)),
    };
    let first = first.and_then(|first| Address::parse(first.address.as_untrusted()).ok());
    let letter = writing.done(&address, &kept.claim.action, first.as_ref());
    store::outbox::add(tx, &letter, now).await?;
    if let Some(first) = &first {
        store::outbox::add(tx, &writing.added(first, &address), now).await?;
    }
    Ok(Outcome::Answered)
}

/// Changes the subscription; gives the subscriber to whom a further address was added.
async fn done(
    tx: &mut Tx,
    list: &List,
    kept: &Kept,
    now: Moment,
) -> Result<Result<Option<Subscriber>, &'static str>, StoreError> {
    let Claim { action, key, .. } = &kept.claim;
    let address = kept.address.as_untrusted();
    let mut new = Subscriber::new(key.clone(), address, kept.name.as_untrusted(), now);
    match action {
        Action::Join => {
            subscriber::add(tx, list.id, &[new]).await?;
        }
        Action::Leave => {
            subscriber::remove(tx, list.id, &[key]).await?;
        }
        Action::Extension(is_on) => {
            let Some(member) = subscriber::one(&mut *tx, list.id, key).await? else {
                return Ok(Err("a subscriber who has left"));
            };
            let mut options = member.options;
            options.extended_at = is_on.then_some(now);
            subscriber::set(tx, list.id, key, &options).await?;
        }
        Action::Other(first) => {
            let Some(first) = subscriber::one(&mut *tx, list.id, first).await? else {
                return Ok(Err("a subscriber who has left"));
            };
            new.other_of = Some(first.key.clone());
            // Who is moderated is so under every address.
            new.options.moderated_at = first.options.moderated_at;
            subscriber::add(tx, list.id, &[new]).await?;
            return Ok(Ok(Some(first)));
        }
    }
    Ok(Ok(None))
}

#[cfg(test)]
mod tests;
