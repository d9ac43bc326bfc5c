//! The door to an AMQP 0.9.1 broker (RabbitMQ), as Fedora's messages come by: a durable queue of
//! ours, bound to the topics, from which each message is taken when it has been handed on.
//! Built with the feature `amqp` only. Nothing here knows what a hint leads to.

use crate::config::Secret;
use crate::source::bus::{Event, Handing, Reading, Tls, shown};
use crate::tls;
use futures_core::Stream;
use lapin::options::{BasicAckOptions, BasicConsumeOptions, BasicQosOptions};
use lapin::options::{QueueBindOptions, QueueDeclareOptions};
use lapin::tcp::{OwnedIdentity, OwnedTLSConfig};
use lapin::types::{AMQPValue, FieldTable, ShortString};
use lapin::uri::{
    AMQPAuthority, AMQPQueryString, AMQPScheme, AMQPUri, AMQPUserInfo, SASLMechanism,
};
use lapin::{Channel, Connection, ConnectionProperties, Consumer};
use std::fs;
use std::pin::Pin;
use std::time::{Duration, Instant};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

/// The topics that tell something: of a tag, and of a signature.
pub const TOPICS: [&str; 3] = [
    "org.fedoraproject.*.buildsys.tag",
    "org.fedoraproject.*.buildsys.untag",
    "org.fedoraproject.*.buildsys.rpm.sign",
];

/// The exchange that Fedora publishes to; every RabbitMQ has it.
const EXCHANGE: &str = "amq.topic";
/// How often each side shows that it is there, in seconds.
const HEARTBEAT_SECONDS: u16 = 30;
/// How long connecting and subscribing may take.
const CONNECT: Duration = Duration::from_secs(30);
/// How long taking our leave may take.
const LEAVE: Duration = Duration::from_secs(2);
/// How many messages may be on their way to us before the first is taken.
const MOST_AHEAD: u16 = 16;
/// What the queue holds for us while we are away, in messages; the oldest go.
const MOST_QUEUED: i32 = 10_000;
/// The same in bytes, which is also the largest message that can reach us.
const MOST_QUEUED_BYTES: i32 = 16 * 1024 * 1024;
/// When a queue that nobody reads is removed, in milliseconds.
const QUEUE_EXPIRES: i32 = 7 * 24 * 60 * 60 * 1000;
/// What AMQP calls a queue that is not there (its §1.2, reply codes).
const NOT_FOUND: u16 = 404;

/// A broker, and what we want of it.
#[derive(Clone, Debug)]
pub struct Broker {
    /// Its name or address.
    pub host: String,
    /// Its port: 5671 with TLS, 5672 without.
    pub port: u16,
    /// Its part for us, such as `/` or `/public_pubsub`.
    pub vhost: String,
    /// How we speak TLS; none for plain TCP. The authorities must be in a file.
    pub tls: Option<Tls>,
    /// How we log in; none where our certificate says who we are.
    pub login: Option<(String, Secret)>,
    /// What our queue is called: always the same, and nobody else's. Fedora wants a UUID.
    pub queue: String,
    /// The topics, such as [`TOPICS`]; `*` is one word, `#` any number.
    pub topics: Vec<String>,
}

/// Keeps listening until the stop, or until nobody reads what is said.
pub async fn run(broker: Broker, stop: CancellationToken, out: mpsc::Sender<Event>) {
    let mut handing = Handing::new(out, stop);
    let mut up_since = None;
    while let Some(why) = converse(&broker, &mut handing, &mut up_since).await {
        if handing
            .lost(format!("{}:{}: {why}", broker.host, broker.port), up_since.take())
            .await
            .is_none()
        {
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
    let listening = tokio::time::timeout(CONNECT, listen(broker));
    let mut listening = match handing.meanwhile(listening).await? {
        Ok(Ok(listening)) => listening,
        Ok(Err(why)) => return Some(why),
        Err(_) => return Some(format!("no answer within {} seconds", CONNECT.as_secs())),
    };
    *up_since = Some(Instant::now());
    handing.push(Event::Connected { session_present: listening.session_present });
    let why = take(&mut listening, handing).await;
    if why.is_none() {
        // A broker that does not take it finds out.
        let goodbye = listening.connection.close(200, "goodbye".into());
        let _ = tokio::time::timeout(LEAVE, goodbye).await;
    }
    why
}

/// A connection on which messages come.
struct Listening {
    connection: Connection,
    session_present: bool,
    consumer: Consumer,
}

/// Takes messages until there are no more; each goes from the queue when it was handed on.
async fn take(listening: &mut Listening, handing: &mut Handing) -> Option<String> {
    let mut reading = Reading::default();
    loop {
        // As a stream it tells its end also where the library's own tasks have ended before it.
        let next = std::future::poll_fn(|cx| Pin::new(&mut listening.consumer).poll_next(cx));
        let delivery = match handing.meanwhile(next).await? {
            Some(Ok(delivery)) => delivery,
            Some(Err(error)) => return Some(sentence(&error)),
            None => return Some("the broker took our queue away".into()),
        };
        if let Some(hint) = reading.read(delivery.routing_key.as_str(), &delivery.data) {
            handing.push(Event::Hint(hint));
        }
        handing.flush().await?;
        if let Err(error) = delivery.ack(BasicAckOptions::default()).await {
            return Some(sentence(&error));
        }
    }
}

async fn listen(broker: &Broker) -> Result<Listening, String> {
    let failed = |error: lapin::Error| sentence(&error);
    let config = tls_config(broker)?;
    let runtime = lapin::runtime::default_runtime().map_err(|error| error.to_string())?;
    let properties = ConnectionProperties::default().with_connection_name("beadle".into());
    let connection =
        Connection::connect_uri_with_config(address(broker), properties, config, runtime);
    let connection = connection.await.map_err(failed)?;
    let session_present = is_there(broker, &connection).await?;
    let channel = connection.create_channel().await.map_err(failed)?;
    let consumer = subscribe(broker, &channel).await.map_err(failed)?;
    Ok(Listening { connection, session_present, consumer })
}

/// Whether our queue is there already. Asking for one that is not ends the channel, so this has
/// its own.
async fn is_there(broker: &Broker, connection: &Connection) -> Result<bool, String> {
    let channel = connection.create_channel().await.map_err(|error| sentence(&error))?;
    let asking = QueueDeclareOptions { passive: true, ..QueueDeclareOptions::default() };
    let queue = ShortString::from(broker.queue.as_str());
    match channel.queue_declare(queue, asking, FieldTable::default()).await {
        // A channel that cannot be closed ends with the connection.
        Ok(_) => Ok(channel.close(200, "asked".into()).await.is_ok()),
        Err(error) => match error.kind() {
            lapin::ErrorKind::ProtocolError(why) if why.get_id() == NOT_FOUND => Ok(false),
            _ => Err(sentence(&error)),
        },
    }
}

async fn subscribe(broker: &Broker, channel: &Channel) -> lapin::Result<Consumer> {
    let queue = ShortString::from(broker.queue.as_str());
    channel.queue_declare(queue.clone(), QueueDeclareOptions::durable(), limits()).await?;
    for topic in &broker.topics {
        let (exchange, topic) = (EXCHANGE.into(), ShortString::from(topic.as_str()));
        let none = FieldTable::default();
        channel
            .queue_bind(queue.clone(), exchange, topic, QueueBindOptions::default(), none)
            .await?;
    }
    channel.basic_qos(MOST_AHEAD, BasicQosOptions::default()).await?;
    let (options, none) = (BasicConsumeOptions::default(), FieldTable::default());
    channel.basic_consume(queue, "".into(), options, none).await
}

/// What keeps a queue that nobody reads from growing at its broker.
fn limits() -> FieldTable {
    let mut limits = FieldTable::default();
    for (name, limit) in [
        ("x-max-length", MOST_QUEUED),
        ("x-max-length-bytes", MOST_QUEUED_BYTES),
        ("x-expires", QUEUE_EXPIRES),
    ] {
        limits.insert(name.into(), AMQPValue::LongInt(limit));
    }
    limits
}

fn address(broker: &Broker) -> AMQPUri {
    let (username, password) = match &broker.login {
        Some((user, password)) => (user.clone(), password.reveal().to_string()),
        None => Default::default(),
    };
    let mechanism =
        if broker.login.is_some() { SASLMechanism::Plain } else { SASLMechanism::External };
    AMQPUri {
        scheme: if broker.tls.is_some() { AMQPScheme::AMQPS } else { AMQPScheme::AMQP },
        authority: AMQPAuthority {
            userinfo: AMQPUserInfo { username, password },
            host: broker.host.clone(),
            port: broker.port,
        },
        vhost: broker.vhost.clone(),
        query: AMQPQueryString {
            heartbeat: Some(HEARTBEAT_SECONDS),
            auth_mechanism: Some(mechanism),
            ..AMQPQueryString::default()
        },
    }
}

/// The library reads PEM itself; what we can tell better than it is looked at before.
fn tls_config(broker: &Broker) -> Result<OwnedTLSConfig, String> {
    let Some(Tls { ca_file, identity }) = &broker.tls else {
        return Ok(OwnedTLSConfig::default());
    };
    let ca_file = ca_file.as_ref().ok_or("TLS to a broker of AMQP needs ca_file")?;
    tls::client(Some(ca_file), identity.as_ref())?;
    let wrong = |error| format!("a file of certificates: {error}");
    let identity = match identity {
        None => None,
        Some(identity) => Some(OwnedIdentity::PKCS8 {
            pem: fs::read(&identity.cert_file).map_err(wrong)?,
            key: fs::read(&identity.key_file).map_err(wrong)?,
        }),
    };
    Ok(OwnedTLSConfig { identity, cert_chain: Some(fs::read_to_string(ca_file).map_err(wrong)?) })
}

/// Why a connection ended, for the operator; the words may be the broker's.
fn sentence(error: &lapin::Error) -> String {
    shown(&error.to_string())
}
