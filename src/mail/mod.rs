//! The door of mail: letters leave to a relay.
//!
//! Nothing here writes a letter or decides when to try again.

pub mod authenticate;
pub mod intake;
mod lhlo;
mod listen;
pub mod lmtp;
pub mod milter;
pub mod onward;
pub mod smtp;
#[cfg(test)]
mod tests;

use crate::config::Mail;
use crate::config::gate::Onward;
use crate::flow::deliver::{self, Claimed, Failure, MOST_TOGETHER, Outbox, StoreError};
use crate::mail::smtp::Relay;
use std::time::Duration;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

/// How often the outbox is looked at, where nobody says that there is something.
const LOOK: Duration = Duration::from_secs(1);
/// How long a letter that is on its way may still take when the service stops.
const DRAIN: Duration = Duration::from_secs(5);

/// How long the relay may take.
#[derive(Clone, Copy, Debug)]
pub struct Patience {
    /// To connect, greet, encrypt and log in.
    pub connect: Duration,
    /// To take one letter. A relay that stored it and whose answer comes later gets it again, under
    /// the same Message-ID.
    pub letter: Duration,
}

impl Default for Patience {
    /// RFC 5321 §4.5.3.2 allows a relay more, but a claim must not run out meanwhile.
    fn default() -> Patience {
        Patience { connect: Duration::from_secs(60), letter: Duration::from_secs(240) }
    }
}

// A letter that begins within the first half of a claim is over before its end.
const _: () = assert!(deliver::CLAIM.as_secs() / 2 >= 60 + 240);

/// The way on which letters leave.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Way {
    /// By the relay.
    Relay(Mail),
    /// To the list manager behind the door, which is told this name.
    Onward(Onward, String),
}

/// Sends what is due until the stop.
pub async fn run(way: Way, outbox: Outbox, stop: CancellationToken) {
    let mut door = Door::new(way, Patience::default(), outbox);
    let mut in_trouble = false;
    while !stop.is_cancelled() {
        let worked = tokio::select! {
            worked = door.empty(&stop) => worked,
            () = cut_off(&stop) => break,
        };
        match worked {
            Ok(()) => in_trouble = false,
            Err(error) if !in_trouble => {
                in_trouble = true;
                let error = &error as &dyn std::error::Error;
                tracing::error!(error, "the outbox cannot be read or written; trying on");
            }
            Err(_) => {}
        }
        door.quit().await;
        tokio::select! {
            () = tokio::time::sleep(LOOK) => {}
            () = door.woken() => {}
            () = stop.cancelled() => {}
        }
    }
    if let Err(error) = door.outbox.release().await {
        tracing::warn!(error = &error as &dyn std::error::Error, "letters were not given back");
    }
}

async fn cut_off(stop: &CancellationToken) {
    stop.cancelled().await;
    tokio::time::sleep(DRAIN).await;
    tracing::warn!("the relay was too slow for the stop; what it did not take is sent later");
}

/// The way out: the outbox at one end, the relay at the other.
pub struct Door {
    way: Way,
    patience: Patience,
    outbox: Outbox,
    relay: Option<Relay>,
}

impl Door {
    /// The way from an outbox to whoever takes the letters.
    pub fn new(way: Way, patience: Patience, outbox: Outbox) -> Door {
        Door { way, patience, outbox, relay: None }
    }

    /// Waits until somebody says that there is something.
    async fn woken(&self) {
        match &self.way {
            Way::Relay(_) => deliver::woken().await,
            Way::Onward(..) => deliver::woken_onward().await,
        }
    }

    /// Sends everything that is due, over one connection while the relay keeps it.
    ///
    /// # Errors
    ///
    /// Those of the outbox. What the relay does is noted there.
    pub async fn empty(&mut self, stop: &CancellationToken) -> Result<(), StoreError> {
        loop {
            let claimed = self.outbox.claim().await?;
            let is_all = claimed.len() < MOST_TOGETHER as usize;
            let begun = Instant::now();
            for letter in &claimed {
                if stop.is_cancelled() || begun.elapsed() > deliver::CLAIM / 2 {
                    break;
                }
                match self.hand_over(letter).await {
                    Ok(()) => self.outbox.sent(letter).await?,
                    Err(failure) => self.outbox.failed(letter, &failure).await?,
                }
            }
            if is_all || stop.is_cancelled() {
                return Ok(());
            }
        }
    }

    /// Ends the connection, where there is one.
    pub async fn quit(&mut self) {
        if let Some(relay) = self.relay.take() {
            relay.quit(self.patience.connect).await;
        }
    }

    async fn connect(&self) -> Result<Relay, Failure> {
        match &self.way {
            Way::Relay(mail) => Relay::connect(mail, self.patience.connect).await,
            Way::Onward(onward, hello) => {
                Relay::connect_onward(onward, hello, self.patience.connect).await
            }
        }
    }

    async fn hand_over(&mut self, letter: &Claimed) -> Result<(), Failure> {
        let mut relay = match self.relay.take() {
            Some(relay) => relay,
            None => self.connect().await?,
        };
        let sent = relay.send(letter, self.patience.letter).await;
        self.relay = Some(relay).filter(Relay::is_usable);
        sent
    }
}
