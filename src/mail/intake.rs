//! What the three doors of mail that comes in share: each mail is verified where a list wants that,
//! and handed to the flow.

use crate::config::Config;
use crate::flow::receive::{Answer, Incoming, Receiver};
use crate::mail::authenticate::Verifier;

/// The way in behind a door. Clones share everything.
#[derive(Clone)]
pub struct Intake {
    receiver: Receiver,
    verifier: Verifier,
}

impl Intake {
    /// The way to a flow.
    pub fn new(receiver: Receiver, config: &Config) -> Intake {
        Intake { receiver, verifier: Verifier::new(config.gate.resolver) }
    }

    /// As [`Receiver::knows`].
    ///
    /// # Errors
    ///
    /// [`Answer::Later`] where that cannot be found out now.
    pub async fn knows(&self, recipient: &str) -> Result<bool, Answer> {
        self.receiver.knows(recipient).await
    }

    /// As [`Receiver::knows_list`].
    ///
    /// # Errors
    ///
    /// [`Answer::Later`] where that cannot be found out now.
    pub async fn knows_list(&self, recipient: &str) -> Result<bool, Answer> {
        self.receiver.knows_list(recipient).await
    }

    /// Takes in a mail: one answer for each recipient, in their order, once that is durable.
    pub async fn take(&self, mut mail: Incoming) -> Vec<Answer> {
        self.verifier.complete(&self.receiver, &mut mail).await;
        self.receiver.take(mail).await
    }
}
