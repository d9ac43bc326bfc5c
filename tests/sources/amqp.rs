//! The door to an AMQP broker, against a real RabbitMQ. One test, as the broker takes long to start.

use crate::rabbitmq::RabbitMq;
use beadle::config::Secret;
use beadle::domain::push::hint::Hint;
use beadle::source::amqp::{self, Broker, TOPICS};
use beadle::source::bus::Event;
use lapin::options::{BasicPublishOptions, ConfirmSelectOptions};
use lapin::{BasicProperties, Connection, ConnectionProperties};
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

/// After a restart of the broker we wait for a while ourselves.
const PATIENCE: Duration = Duration::from_secs(60);

type Door = (CancellationToken, mpsc::Receiver<Event>, JoinHandle<()>);

fn open(broker: Broker) -> Door {
    let (out, events) = mpsc::channel(8);
    let stop = CancellationToken::new();
    let task = tokio::spawn(amqp::run(broker, stop.clone(), out));
    (stop, events, task)
}

async fn next(door: &mut Door) -> Event {
    let event = timeout(PATIENCE, door.1.recv()).await;
    event.expect("something is heard").expect("the door is open")
}

async fn connected(door: &mut Door) -> bool {
    loop {
        match next(door).await {
            Event::Connected { session_present } => return session_present,
            Event::Lost(_) => {}
            other => panic!("not connected, but {other:?}"),
        }
    }
}

async fn close(door: Door) {
    door.0.cancel();
    timeout(PATIENCE, door.2).await.expect("the door closes").expect("without a panic");
}

/// Publishes as Fedora does, and is back when the broker has it.
async fn publish(server: &RabbitMq, topic: &str, body: &str) {
    let uri = format!("amqp://guest:guest@127.0.0.1:{}/%2f", server.port());
    let connection = Connection::connect(&uri, ConnectionProperties::default());
    let connection = connection.await.expect("connect");
    let channel = connection.create_channel().await.expect("a channel");
    channel.confirm_select(ConfirmSelectOptions::default()).await.expect("confirms");
    let lasting = BasicProperties::default().with_delivery_mode(2);
    let options = BasicPublishOptions::default();
    let sent =
        channel.basic_publish("amq.topic".into(), topic.into(), options, body.as_bytes(), lasting);
    let taken = sent.await.expect("publish").await.expect("a confirmation");
    assert!(taken.is_ack(), "{taken:?}");
    connection.close(200, "done".into()).await.expect("close");
}

fn tagged(tag: &str) -> String {
    format!(
        r#"{{"build_id":1457909,"name":"http-parser","tag_id":6446,"instance":"primary","tag":"{tag}",
           "user":"bodhi","version":"2.9.3","owner":"sgallagh","release":"1.fc31"}}"#
    )
}

fn look(tag: &str) -> Event {
    Event::Hint(Hint::Look { tag: tag.into() })
}

#[tokio::test(flavor = "multi_thread")]
async fn what_fedora_tells_arrives_also_after_an_absence_and_a_power_cut() {
    let mut server = RabbitMq::start();
    let broker = Broker {
        host: "127.0.0.1".into(),
        port: server.port(),
        vhost: "/".into(),
        tls: None,
        login: Some(("guest".into(), Secret::new("guest"))),
        queue: "00000000-0000-4000-8000-000000000000".into(),
        topics: TOPICS.map(String::from).to_vec(),
    };
    let mut door = open(broker.clone());
    assert!(!connected(&mut door).await, "our queue is new");
    // What is of another kind, or no JSON, is taken and does nothing.
    publish(&server, "org.fedoraproject.prod.buildsys.build.state.change", "{}").await;
    publish(&server, "org.fedoraproject.prod.buildsys.tag", "\u{0}").await;
    publish(&server, "org.fedoraproject.prod.buildsys.tag", &tagged("f31-updates")).await;
    assert_eq!(next(&mut door).await, look("f31-updates"));
    let signed = r#"{"build": {"nvr": "glibc-2.39.9000-27.fc41"}, "sigkey": "e99d6ad1"}"#;
    publish(&server, "org.fedoraproject.prod.buildsys.rpm.sign", signed).await;
    let nvr = "glibc-2.39.9000-27.fc41".to_string();
    assert_eq!(next(&mut door).await, Event::Hint(Hint::Signed { nvr }));
    close(door).await;

    // What came while we were away waits; what was taken before does not come again.
    publish(&server, "org.fedoraproject.stg.buildsys.untag", &tagged("away")).await;
    let mut door = open(broker.clone());
    assert!(connected(&mut door).await, "our queue has waited");
    assert_eq!(next(&mut door).await, look("away"));

    server.restart();
    let Event::Lost(why) = next(&mut door).await else { panic!("the loss is told") };
    assert!(why.starts_with(&format!("127.0.0.1:{}: ", server.port())), "{why}");
    assert!(connected(&mut door).await, "the queue is durable");
    publish(&server, "org.fedoraproject.prod.buildsys.tag", &tagged("after")).await;
    // A broker that is killed may have forgotten that we took a message: then it comes again.
    let mut heard = next(&mut door).await;
    if heard == look("away") {
        heard = next(&mut door).await;
    }
    assert_eq!(heard, look("after"));
    close(door).await;

    let wrong = Some(("guest".to_string(), Secret::new("a password nobody should see")));
    let mut door = open(Broker { login: wrong, ..broker });
    let Event::Lost(why) = next(&mut door).await else { panic!("the refusal is told") };
    assert!(why.contains("ACCESS_REFUSED") || why.contains("ACCESS-REFUSED"), "{why}");
    assert!(!why.contains("nobody should see"), "{why}");
    close(door).await;
}
