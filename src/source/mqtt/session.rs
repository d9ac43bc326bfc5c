//! Our half of a session with a broker, which is always empty.
//!
//! MQTT 5 §4.1: the client's half is what it sent and is not yet acknowledged, and messages of
//! quality of service 2 that are half received. We publish nothing and want 1 at most, so there is
//! nothing to keep. The library has to be told, or it takes the broker's half for somebody else's
//! and refuses it, or refuses to subscribe.

use rumqttc::{PersistedAckMode, PersistedSession};
use rumqttc::{SessionStore, SessionStoreError, SessionStoreKey};
use std::pin::Pin;

/// The layout of [`PersistedSession`] that is filled in here.
const FORMAT: u16 = 1;

type Answer<'a, T> = Pin<Box<dyn Future<Output = Result<T, SessionStoreError>> + Send + 'a>>;

/// Remembers that there is nothing to remember.
#[derive(Debug)]
pub(super) struct Empty {
    /// For how long the broker was asked to keep its half, in seconds.
    pub(super) expiry_seconds: u32,
}

impl SessionStore for Empty {
    fn load<'a>(&'a self, key: &'a SessionStoreKey) -> Answer<'a, Option<PersistedSession>> {
        let session = PersistedSession {
            format_version: FORMAT,
            client_id: key.client_id().to_string(),
            clean_start: false,
            session_expiry_interval: Some(self.expiry_seconds),
            outgoing_inflight_upper_limit: None,
            ack_mode: PersistedAckMode::Automatic,
            last_pkid: 0,
            last_puback: 0,
            replay: Vec::new(),
            incoming_qos2: Vec::new(),
        };
        Box::pin(std::future::ready(Ok(Some(session))))
    }

    fn save<'a>(&'a self, _: &'a SessionStoreKey, _: &'a PersistedSession) -> Answer<'a, ()> {
        Box::pin(std::future::ready(Ok(())))
    }

    fn clear<'a>(&'a self, _: &'a SessionStoreKey) -> Answer<'a, ()> {
        Box::pin(std::future::ready(Ok(())))
    }
}
