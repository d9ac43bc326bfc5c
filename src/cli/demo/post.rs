//! The demo's mails: a subscriber's and a stranger's knock at the door of the list.

use crate::clock;
use crate::config::MailingList;
use crate::config::gate::Onward;
use crate::domain::address::Address;
use crate::domain::escape;
use crate::domain::list::RULE;
use crate::domain::list::gate;
use crate::domain::list::import::Entry;
use crate::domain::list::policy::Policy;
use crate::flow::deliver::Claimed;
use crate::flow::members;
use crate::mail::smtp::Relay;
use crate::store::{self, Db, verdict};
use anyhow::{Context, anyhow};
use std::fmt::Write;
use std::net::SocketAddr;
use std::time::Duration;

const LIST: &str = "centos-virt@centos.org";
const SUBSCRIBER: &str = "gwd@example.org";
/// How long the door may take.
const PATIENCE: Duration = Duration::from_secs(20);

/// The first group's list.
pub fn list() -> MailingList {
    let address = Address::parse(LIST).expect("an address");
    MailingList {
        name: address.local().into(),
        address,
        page: None,
        minutes: true,
        reminders: true,
        rule: RULE.to_string(),
        requests_per_day: 20,
    }
}

/// Two mails come; what the door said.
pub async fn play(door: SocketAddr, db: &Db) -> anyhow::Result<String> {
    subscribe(db).await?;
    let port = door.port();
    let mut out = format!(
        "\nThe door of {LIST} is open, too: LMTP on 127.0.0.1 port {port}. {SUBSCRIBER} is \
         subscribed. Two mails came:\n"
    );
    let onward = Onward::Lmtp(door.ip().to_string(), port);
    for (number, author) in [SUBSCRIBER, "mallory@example.net"].into_iter().enumerate() {
        let id = format!("demo.{number}@example.org");
        let mail = mail(author, &id);
        let connected = Relay::connect_onward(&onward, "localhost", PATIENCE).await;
        let mut relay = connected.map_err(|failure| anyhow!("{}", failure.reason))?;
        let sent = relay.send(&mail, PATIENCE).await;
        sent.map_err(|failure| anyhow!("{}", failure.reason))?;
        relay.quit(PATIENCE).await;
        let found = verdict::by_message_id(db, &id).await?;
        let decided = found.first().context("the door forgot a mail")?;
        let because = gate::because(&Policy::default(), &decided.facts, &decided.check);
        let (verdict, because) = (decided.verdict.as_str(), escape::line(&because));
        writeln!(out, "  from {author:<22} {verdict}: {because}")?;
    }
    Ok(out)
}

async fn subscribe(db: &Db) -> anyhow::Result<()> {
    let list = store::list::by(db, LIST).await?.context("the list is there")?;
    let entry = Entry::new(SUBSCRIBER, "George Dunlap").context("an address")?;
    members::add(db, list.id, &[entry], |_| {}).await?;
    Ok(())
}

fn mail(author: &str, id: &str) -> Claimed {
    let date = clock::now().utc().to_rfc2822();
    let message = format!(
        "From: {author}\r\nTo: {LIST}\r\nSubject: Xen 4.10 packages\r\nDate: {date}\r\n\
         Message-ID: <{id}>\r\n\r\nHave you seen them?\r\n"
    );
    Claimed {
        key: id.to_string(),
        sender: Some(author.to_string()),
        recipients: vec![LIST.to_string()],
        message: message.into_bytes(),
        due: clock::now(),
        attempts: 0,
    }
}
