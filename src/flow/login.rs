//! Members log in to the pages: by a link that is mailed to them or by the group's login service.
//!
//! Nothing here knows a cookie or a form. Rights are no part of a session: whoever shows one is
//! looked for in the roster each time, so who leaves the group is out at once.

use crate::clock;
use crate::config::Config;
use crate::domain::address::Address;
use crate::domain::group::act::Act;
use crate::domain::group::{By, Change, Group, Via};
use crate::domain::list::login as letter;
use crate::domain::login::oidc::Claim;
use crate::domain::login::{self, LINK, Token, Way};
use crate::domain::name::{Account, Casemapping, Nick};
use crate::domain::roster::{Asker, Enrolled};
use crate::domain::text::{Text, hex};
use crate::domain::time::{MINUTE, Moment};
use crate::flow::deliver;
use crate::flow::group;
use crate::store::login::Attempt;
use crate::store::session::{self, New, Session};
use crate::store::{self, Db, StoreError, Tx};

/// The longest name of a browser that is kept, in characters.
const MOST_AGENT_CHARS: usize = 200;
/// The longest result of an act that is told, in characters.
const MOST_TOLD_CHARS: usize = 1_000;

/// A member who is logged in.
#[derive(Clone, Debug)]
pub struct Visitor {
    /// Their session.
    pub session: Session,
    /// What the roster calls them.
    pub handle: String,
    /// Whether they lead the group.
    pub is_lead: bool,
}

impl Visitor {
    /// Who asks, for the rights they have.
    pub fn asker(&self) -> Asker {
        Asker::Account(Account::new(&self.session.member))
    }

    /// What the journal says of who made a change.
    pub fn by(&self) -> By {
        By {
            name: Nick::new(&self.handle),
            account: Some(Account::new(&self.session.member)),
            via: Via::Web,
            meeting: None,
        }
    }
}

/// A session that has begun: what its browser is given to keep.
pub struct Begun {
    /// For the cookie.
    pub token: Token,
    /// Who is logged in.
    pub handle: String,
}

/// Whether links can be mailed at all.
pub fn mails_links(config: &Config) -> bool {
    config.mail.is_some() && config.web.is_some()
}

/// Somebody wants a link, with a word that should mean a member. Who asks is told the same whatever
/// comes of it.
pub async fn ask(db: &Db, config: &Config, word: &str) -> Result<(), StoreError> {
    let now = clock::now();
    let (Some(mail), Some(web)) = (&config.mail, &config.web) else { return Ok(()) };
    let group = group::load(db, config).await?;
    let Some(member) = login::meant(&group.roster, word, now.date()) else { return Ok(()) };
    // The address they typed, where it is theirs; else the first.
    let typed = member.addresses.iter().find(|one| one.eq_ignore_ascii_case(word.trim()));
    let address = typed.or_else(|| member.addresses.first());
    let address = address.and_then(|address| Address::parse(address).ok());
    let (Some(proof), Some(address)) = (member.member.proof(), address) else { return Ok(()) };
    let token = store::login::token()?;
    let digest = token.digest();
    let facts = letter::Facts {
        group: config.group.name.as_untrusted(),
        member: member.member.handle(),
        link: &format!("{}/admin/login/{token}", web.url),
        until: now.plus(LINK),
        // Half of a digest of the digest: the letter's id tells nothing of what is kept.
        name: &hex(&ring::digest::digest(&ring::digest::SHA256, &digest).as_ref()[..16]),
        from: &mail.from,
        host: config.host_of_letters(mail),
    };
    let letter = letter::letter(&facts, address, now);
    let mut tx = db.begin().await?;
    if !store::login::add_link(&mut tx, &digest, proof, now).await? {
        tracing::info!(member = proof, "no further link to log in is mailed now");
        return Ok(());
    }
    store::outbox::add(&mut tx, &letter, now).await?;
    tx.commit().await?;
    deliver::wake();
    Ok(())
}

/// Whom a link would log in, where it is good still. Looking uses nothing up: programs that try
/// every link of a mail log nobody in.
pub async fn link(db: &Db, config: &Config, token: &Token) -> Result<Option<String>, StoreError> {
    let now = clock::now();
    let Some(member) = store::login::link(db, &token.digest(), now).await? else { return Ok(None) };
    let group = group::load(db, config).await?;
    let member = login::owner(&group.roster, &member, now, now.date());
    Ok(member.map(|member| member.member.handle().to_string()))
}

/// Logs in whoever has a link; nothing where it is not good, or not any more. A session that the
/// browser had before ends.
pub async fn enter(
    db: &Db,
    config: &Config,
    token: &Token,
    browser: &Browser<'_>,
) -> Result<Option<Begun>, StoreError> {
    let now = clock::now();
    let digest = token.digest();
    let mut tx = db.begin().await?;
    let Some(member) = store::login::link(&mut tx, &digest, now).await? else { return Ok(None) };
    if !store::login::spend_link(&mut tx, &digest, now).await? {
        return Ok(None);
    }
    let group = group::load(db, config).await?;
    let Some(member) = login::owner(&group.roster, &member, now, now.date()) else {
        return Ok(None);
    };
    let begun = begin(&mut tx, member, Way::Link, browser, now).await?;
    tx.commit().await?;
    Ok(begun)
}

/// The browser that wants to be logged in.
#[derive(Clone, Copy, Debug, Default)]
pub struct Browser<'a> {
    /// What it calls itself.
    pub agent: &'a str,
    /// The token of the session it has so far.
    pub before: Option<&'a Token>,
}

async fn begin(
    tx: &mut Tx,
    member: &Enrolled,
    way: Way,
    browser: &Browser<'_>,
    now: Moment,
) -> Result<Option<Begun>, StoreError> {
    let Some(proof) = member.member.proof() else { return Ok(None) };
    if let Some(before) = browser.before
        && let Some(session) = session::of(&mut *tx, &before.digest(), now).await?
    {
        session::end(&mut *tx, session.id).await?;
    }
    let (token, form) = (store::login::token()?, store::login::token()?.to_string());
    let agent = Text::new(browser.agent.chars().take(MOST_AGENT_CHARS).collect::<String>());
    let digest = token.digest();
    let new = New { digest: &digest, member: proof, form: &form, way, agent: &agent };
    session::begin(tx, &new, now).await?;
    tracing::info!(member = proof, way = way.as_str(), "a member has logged in");
    Ok(Some(Begun { token, handle: member.member.handle().to_string() }))
}

/// A browser that is sent to the login service: what it keeps and what it comes back with.
pub struct Sent {
    /// For its cookie.
    pub browser: Token,
    /// For the address.
    pub state: Token,
    /// What is kept here.
    pub attempt: Attempt,
}

/// Sends a browser to the login service; nothing where too many are on their way.
pub async fn send(db: &Db, next: &str) -> Result<Option<Sent>, StoreError> {
    let now = clock::now();
    let random = store::login::token;
    let (browser, state) = (random()?, random()?);
    let attempt = Attempt {
        verifier: random()?.to_string(),
        nonce: random()?.to_string(),
        next: login::next(next).to_string(),
    };
    let mut tx = db.begin().await?;
    let digests = (state.digest(), browser.digest());
    let kept = store::login::begin(&mut tx, (&digests.0, &digests.1), &attempt, now).await?;
    tx.commit().await?;
    Ok(kept.then_some(Sent { browser, state, attempt }))
}

/// Takes what a browser was sent away with; nothing where it is another browser, or too late.
pub async fn back(db: &Db, state: &Token, browser: &Token) -> Result<Option<Attempt>, StoreError> {
    let digests = (state.digest(), browser.digest());
    let mut tx = db.begin().await?;
    let taken = store::login::take(&mut tx, (&digests.0, &digests.1), clock::now()).await?;
    tx.commit().await?;
    Ok(taken)
}

/// Logs in whom the login service names; nothing where that is nobody of the roster.
pub async fn named(
    db: &Db,
    config: &Config,
    (claim, name): (Claim, &str),
    browser: &Browser<'_>,
) -> Result<Option<Begun>, StoreError> {
    let now = clock::now();
    let group = group::load(db, config).await?;
    let member = match claim {
        Claim::Email => login::at(&group.roster, name, now.date()),
        _ => login::exactly(&group.roster, name, now.date()),
    };
    let Some(member) = member else { return Ok(None) };
    let mut tx = db.begin().await?;
    let begun = begin(&mut tx, member, Way::Oidc, browser, now).await?;
    tx.commit().await?;
    Ok(begun)
}

/// Who shows the token of a session, where it holds and they are on the roster still. Its use is
/// noted once a minute.
pub async fn visitor(db: &Db, group: &Group, token: &Token) -> Result<Option<Visitor>, StoreError> {
    let now = clock::now();
    let Some(session) = session::of(db, &token.digest(), now).await? else { return Ok(None) };
    let owner = login::owner(&group.roster, &session.member, session.created_at, now.date());
    let Some(member) = owner else { return Ok(None) };
    if now.since(session.used_at) >= MINUTE {
        let mut tx = db.begin().await?;
        session::used(&mut tx, session.id, now).await?;
        tx.commit().await?;
    }
    let (handle, is_lead) = (member.member.handle().to_string(), member.member.is_lead());
    Ok(Some(Visitor { session, handle, is_lead }))
}

/// Keeps what came of an act for the next page.
pub async fn tell(db: &Db, visitor: &Visitor, told: &str) -> Result<(), StoreError> {
    let told: String = told.chars().take(MOST_TOLD_CHARS).collect();
    let mut tx = db.begin().await?;
    session::tell(&mut tx, visitor.session.id, Text::new(told).as_untrusted()).await?;
    tx.commit().await
}

/// Takes what is to be told: it is shown once.
pub async fn told(db: &Db, visitor: &Visitor) -> Result<Option<String>, StoreError> {
    if visitor.session.told.is_empty() {
        return Ok(None);
    }
    let mut tx = db.begin().await?;
    session::tell(&mut tx, visitor.session.id, "").await?;
    tx.commit().await?;
    Ok(Some(visitor.session.told.clone()))
}

/// Ends a visitor's own session.
pub async fn leave(db: &Db, visitor: &Visitor) -> Result<(), StoreError> {
    let mut tx = db.begin().await?;
    session::end(&mut tx, visitor.session.id).await?;
    tx.commit().await
}

/// The sessions that a visitor may see: their own, and a lead's all; the newest first.
pub async fn sessions(db: &Db, visitor: &Visitor) -> Result<Vec<Session>, StoreError> {
    let mut all = session::all(db, clock::now()).await?;
    all.retain(|one| visitor.is_lead || one.member == visitor.session.member);
    Ok(all)
}

/// Ends a session that the visitor may see; a sentence either way. That a lead ends another's is
/// kept in the journal.
pub async fn end(
    db: &Db,
    config: &Config,
    visitor: &Visitor,
    id: i64,
) -> Result<Result<String, String>, StoreError> {
    let gone = "This session has ended before.".to_string();
    let Some(session) = sessions(db, visitor).await?.into_iter().find(|one| one.id == id) else {
        return Ok(Err(gone));
    };
    let mut tx = db.begin().await?;
    let mut told = "The session has ended.".to_string();
    if session.member != visitor.session.member {
        let act = Act::Session { member: session.member.clone() };
        told = act.sentence();
        let mut book = group::Book::new(config);
        book.change(&mut tx, None, clock::now(), &visitor.by(), &Change::Act(act)).await?;
    }
    let ended = session::end(&mut tx, id).await?;
    tx.commit().await?;
    Ok(if ended { Ok(told) } else { Err(gone) })
}

/// Ends the sessions of those who are not on the roster any more, so that nobody who comes later
/// under their name finds one.
pub async fn sweep(db: &Db, group: &Group, now: Moment) -> Result<(), StoreError> {
    for member in session::members(db).await? {
        let asker = Asker::Account(Account::new(&member));
        let standing = group.roster.standing(&asker, Casemapping::default(), now.date());
        if !standing.is_member() {
            let mut tx = db.begin().await?;
            let ended = session::end_of(&mut tx, &member).await?;
            tx.commit().await?;
            tracing::info!(member, ended, "who left the group is logged out");
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;
