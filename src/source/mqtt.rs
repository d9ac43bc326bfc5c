//! The door to an MQTT broker: listens to a build system's topics and hands on hints.
//!
//! MQTT 5 with a session that the broker keeps for us while we are away, quality of service 1, and
//! a subscription after each connect. None of that makes a message sure to arrive: a broker that
//! loses its power loses what it kept, and says so only by `session_present`. Therefore each
//! connect is told ([`Event::Connected`]), and who reads that looks at everything once.
//! Nothing here knows what a hint leads to.

mod session;

use crate::config::Secret;
use crate::domain::push::hint::MOST_PAYLOAD;
use crate::source::bus::{Event, Handing, Reading, Tls, shown};
use crate::tls;
use rumqttc::{AsyncClient, ConnectReturnCode, ConnectionError};
use rumqttc::{DisconnectReasonCode, EventLoop, MqttOptions, Packet, QoS, StateError, SubAck};
use rumqttc::{SubscribeFilterInput, SubscribeReasonCode, TlsConfiguration, Transport};
use std::time::{Duration, Instant};
use tokio::sync::mpsc::Sender;
use tokio_util::sync::CancellationToken;

/// How long the broker keeps our session, in seconds, after we are gone; some brokers keep it
/// shorter. Who is away for longer looks at everything anyway.
const SESSION_SECONDS: u32 = 7 * 24 * 60 * 60;
/// How often we show that we are there, in seconds; a broken connection is noticed within two.
const KEEP_ALIVE_SECONDS: u16 = 30;
/// How long a connection may take until the broker has greeted us.
const CONNECT_SECONDS: u64 = 20;
/// The largest packet, in bytes: a payload, and a topic (MQTT 5 §1.5.4) with properties. Larger
/// ones are not sent to us (§3.1.2.11.4).
const MOST_PACKET: u32 = MOST_PAYLOAD as u32 + 70_000;
/// How long taking our leave may take.
const LEAVE: Duration = Duration::from_secs(2);

/// A broker, and what we want of it.
#[derive(Clone, Debug)]
pub struct Broker {
    /// Its name or address.
    pub host: String,
    /// Its port: 8883 with TLS, 1883 without.
    pub port: u16,
    /// How we speak TLS; none for plain TCP.
    pub tls: Option<Tls>,
    /// What our session is called there: always the same, and nobody else's.
    pub client_id: String,
    /// How we log in, where we do so with a password.
    pub login: Option<(String, Secret)>,
    /// The topics, such as `koji`, `cbs-signing` or `centos/#`.
    pub topics: Vec<String>,
}

/// Keeps listening until the stop, or until nobody reads what is said. Files of certificates are
/// read anew for each connection, so that a renewed one is used.
pub async fn run(broker: Broker, stop: CancellationToken, out: Sender<Event>) {
    let mut handing = Handing::new(out, stop);
    let mut up_since = None;
    while let Some(why) = converse(&broker, &mut handing, &mut up_since).await {
        if handing.lost(at(&broker, &why), up_since.take()).await.is_none() {
            return;
        }
    }
}

/// One connection from its beginning to its end; gives the reason of the end, or nothing when the
/// stop was.
async fn converse(
    broker: &Broker,
    handing: &mut Handing,
    up_since: &mut Option<Instant>,
) -> Option<String> {
    let for_options = broker.clone();
    // Reading the system's certificates takes a while.
    let options = tokio::task::spawn_blocking(move || options(&for_options));
    let options = match handing.meanwhile(options).await? {
        Ok(Ok(options)) => options,
        Ok(Err(why)) => return Some(why),
        Err(error) => return Some(error.to_string()),
    };
    let (client, mut connection) = AsyncClient::builder(options).capacity(10).build();
    let mut reading = Reading::default();
    let mut session_present = false;
    loop {
        let packet = match handing.meanwhile(connection.poll()).await {
            None => {
                leave(client, connection).await;
                return None;
            }
            Some(Err(error)) => return Some(sentence(broker, &error)),
            Some(Ok(rumqttc::Event::Incoming(packet))) => packet,
            Some(Ok(_)) => continue,
        };
        match packet {
            Packet::ConnAck(greeting) => {
                session_present = greeting.session_present;
                *up_since = Some(Instant::now());
                // Also where the broker kept our session: the topics may be others today.
                if let Err(error) = client.try_subscribe_many(filters(broker)) {
                    return Some(format!("the topics cannot be subscribed to: {error}"));
                }
            }
            // Only now: what happens from here on is heard, so who looks now misses nothing.
            Packet::SubAck(answer) => {
                handing.push(Event::Connected { session_present });
                if let Some(why) = refused(broker, &answer) {
                    handing.push(Event::Refused(at(broker, &why)));
                }
            }
            Packet::Publish(message) => {
                let topic = String::from_utf8_lossy(&message.topic);
                if let Some(hint) = reading.read(&topic, &message.payload) {
                    handing.push(Event::Hint(hint));
                }
            }
            Packet::Disconnect(goodbye) => {
                return Some(farewell(broker, goodbye.reason_code));
            }
            _ => {}
        }
    }
}

fn at(broker: &Broker, why: &str) -> String {
    format!("{}:{}: {why}", broker.host, broker.port)
}

fn options(broker: &Broker) -> Result<MqttOptions, String> {
    let address = (broker.host.clone(), broker.port);
    let mut options = MqttOptions::new(broker.client_id.clone(), address);
    options
        .set_clean_start(false)
        .set_session_expiry_interval(Some(SESSION_SECONDS))
        .set_session_store(session::Empty { expiry_seconds: SESSION_SECONDS })
        .set_max_packet_size(Some(MOST_PACKET))
        .set_keep_alive(KEEP_ALIVE_SECONDS)
        .set_connect_timeout(Duration::from_secs(CONNECT_SECONDS));
    if let Some((user, password)) = &broker.login {
        options.set_credentials(user.clone(), password.reveal().to_string());
    }
    if let Some(Tls { ca_file, identity }) = &broker.tls {
        let config = tls::client(ca_file.as_deref(), identity.as_ref())?;
        options.set_transport(Transport::tls_with_config(TlsConfiguration::from(config)));
    }
    Ok(options)
}

fn filters(broker: &Broker) -> Vec<SubscribeFilterInput> {
    let filter = |topic: &String| SubscribeFilterInput::new(topic.clone(), QoS::AtLeastOnce);
    broker.topics.iter().map(filter).collect()
}

/// What the broker does not let us hear, as a sentence.
fn refused(broker: &Broker, answer: &SubAck) -> Option<String> {
    let answers = broker.topics.iter().zip(&answer.return_codes);
    let refused: Vec<String> = answers
        .filter(|(_, code)| !matches!(code, SubscribeReasonCode::Success(_)))
        .map(|(topic, code)| format!("{} ({code:?})", shown(topic)))
        .collect();
    (!refused.is_empty()).then(|| format!("the broker refuses us {}", refused.join(", ")))
}

/// Says goodbye, so that the broker does not have to find out that we are gone.
async fn leave(client: AsyncClient, mut connection: EventLoop) {
    let goodbye = async {
        if client.disconnect_now().await.is_ok() {
            while connection.poll().await.is_ok() {}
        }
    };
    // A broker that does not take it finds out.
    let _ = tokio::time::timeout(LEAVE, goodbye).await;
}

/// Why a connection ended, for the operator.
fn sentence(broker: &Broker, error: &ConnectionError) -> String {
    match error {
        ConnectionError::Timeout(_) => format!("no answer within {CONNECT_SECONDS} seconds"),
        ConnectionError::ConnectionRefused(code) => refusal(*code),
        ConnectionError::MqttState(StateError::ServerDisconnect { reason_code, .. }) => {
            farewell(broker, *reason_code)
        }
        // Mosquitto says nothing even to those who were replaced.
        ConnectionError::MqttState(StateError::ConnectionAborted) => format!(
            "the broker closed the connection without a word; it may have ended, or another \
             client has our id, {}",
            shown(&broker.client_id)
        ),
        // The words of others may hold those of the broker.
        error => in_tls(&shown(&innermost(error))),
    }
}

/// What the broker said when it threw us out.
fn farewell(broker: &Broker, reason: DisconnectReasonCode) -> String {
    match reason {
        DisconnectReasonCode::SessionTakenOver => format!(
            "somebody else connected as {}; each client needs an id of its own",
            shown(&broker.client_id)
        ),
        DisconnectReasonCode::ServerShuttingDown => "the broker was ended".into(),
        other => format!("the broker closed the connection: {other:?}"),
    }
}

/// The broker's side of TLS says only a word, and often after ours has finished.
fn in_tls(words: &str) -> String {
    match words.split_once("received fatal alert: ") {
        Some((_, alert)) => format!(
            "the broker ended TLS ({alert}): our certificate is missing there, or is none that it \
             trusts"
        ),
        None => words.into(),
    }
}

/// The last of the causes: the others only say that there is one.
fn innermost(error: &dyn std::error::Error) -> String {
    let mut error = error;
    while let Some(source) = error.source() {
        error = source;
    }
    error.to_string()
}

fn refusal(code: ConnectReturnCode) -> String {
    match code {
        ConnectReturnCode::BadUserNamePassword => "user or password are wrong".into(),
        ConnectReturnCode::NotAuthorized => {
            "we are not allowed in: user, password, or certificate".into()
        }
        ConnectReturnCode::RefusedProtocolVersion
        | ConnectReturnCode::UnsupportedProtocolVersion => "it does not speak MQTT 5".into(),
        ConnectReturnCode::BadClientId | ConnectReturnCode::ClientIdentifierNotValid => {
            "it does not like our client id".into()
        }
        ConnectReturnCode::ServerUnavailable
        | ConnectReturnCode::ServiceUnavailable
        | ConnectReturnCode::ServerBusy => "it is busy or being repaired".into(),
        other => format!("it refuses us: {other:?}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn broker() -> Broker {
        Broker {
            host: "mqtt.example".into(),
            port: 8883,
            tls: None,
            client_id: "beadle".into(),
            login: Some(("beadle".into(), Secret::new("hush"))),
            topics: vec!["koji".into(), "private/#".into()],
        }
    }

    #[test]
    fn a_topic_that_is_refused_is_named() {
        let answer = |codes: &[SubscribeReasonCode]| SubAck {
            pkid: 1,
            return_codes: codes.to_vec(),
            properties: None,
        };
        let good = SubscribeReasonCode::Success(QoS::AtMostOnce);
        assert_eq!(refused(&broker(), &answer(&[good, good])), None);
        let some = answer(&[good, SubscribeReasonCode::NotAuthorized]);
        let why = "the broker refuses us private/# (NotAuthorized)";
        assert_eq!(refused(&broker(), &some).as_deref(), Some(why));
    }

    #[test]
    fn the_session_is_kept_and_secrets_are_not_shown() {
        let options = options(&broker()).unwrap();
        assert!(!options.clean_start());
        assert_eq!(options.session_expiry_interval(), Some(SESSION_SECONDS));
        assert_eq!(options.max_packet_size(), Some(MOST_PACKET));
        assert!(!format!("{:?}", broker()).contains("hush"));
    }

    #[test]
    fn reasons_are_sentences() {
        let said = |error| sentence(&broker(), &error);
        let refused = ConnectionError::ConnectionRefused;
        assert!(said(refused(ConnectReturnCode::RefusedProtocolVersion)).contains("MQTT 5"));
        assert!(said(refused(ConnectReturnCode::BadUserNamePassword)).contains("password"));
        let alert = std::io::Error::other("received fatal alert: CertificateRequired");
        assert!(said(ConnectionError::Io(alert)).contains("our certificate is missing"));
        let hostile = std::io::Error::other(format!("a\r\nb{}", "x".repeat(500)));
        let hostile = said(ConnectionError::Io(hostile));
        assert!(!hostile.contains('\n') && hostile.len() < 200, "{hostile}");
    }
}
