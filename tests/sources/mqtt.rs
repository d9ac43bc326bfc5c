//! The door to a broker, against a real Mosquitto that is stopped, killed and lied to.

use crate::mosquitto::Mosquitto;
use beadle::config::Secret;
use beadle::domain::push::hint::{Hint, MOST_PAYLOAD, Signing};
use beadle::domain::time::Moment;
use beadle::source::bus::{Event, Tls};
use beadle::source::mqtt::{self, Broker};
use beadle::tls::Identity;
use std::path::Path;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

/// A broker and the way back to it are given longer on a busy machine.
const PATIENCE: Duration = Duration::from_secs(30);

/// The door, open.
struct Door {
    stop: CancellationToken,
    events: mpsc::Receiver<Event>,
    task: JoinHandle<()>,
}

impl Door {
    fn open(broker: Broker) -> Door {
        let (out, events) = mpsc::channel(8);
        let stop = CancellationToken::new();
        let task = tokio::spawn(mqtt::run(broker, stop.clone(), out));
        Door { stop, events, task }
    }

    async fn next(&mut self) -> Event {
        let event = timeout(PATIENCE, self.events.recv()).await;
        event.expect("something is heard").expect("the door is open")
    }

    /// What comes next but for what the broker says of the connection's end.
    async fn next_but_lost(&mut self) -> Event {
        loop {
            match self.next().await {
                Event::Lost(_) => {}
                event => return event,
            }
        }
    }

    async fn connected(&mut self) -> bool {
        match self.next_but_lost().await {
            Event::Connected { session_present } => session_present,
            other => panic!("not connected, but {other:?}"),
        }
    }

    async fn lost(&mut self) -> String {
        match self.next().await {
            Event::Lost(why) => why,
            other => panic!("not lost, but {other:?}"),
        }
    }

    /// Closes the door; what was left to be heard.
    async fn close(mut self) -> Vec<Event> {
        self.stop.cancel();
        timeout(PATIENCE, self.task).await.expect("the door closes").expect("without a panic");
        let mut left = Vec::new();
        while let Some(event) = self.events.recv().await {
            left.push(event);
        }
        left
    }
}

fn broker(server: &Mosquitto) -> Broker {
    Broker {
        host: "localhost".into(),
        port: server.port(),
        tls: None,
        client_id: "beadle".into(),
        login: None,
        topics: vec!["koji".into(), "cbs-signing".into()],
    }
}

fn look(tag: &str) -> Event {
    Event::Hint(Hint::Look { tag: tag.into() })
}

fn post_tag(tag: &str) -> String {
    format!(r#"{{"action": "postTag", "tag": "{tag}"}}"#)
}

#[tokio::test(flavor = "multi_thread")]
async fn hints_arrive_and_nothing_else() {
    let server = Mosquitto::start();
    let mut door = Door::open(broker(&server));
    assert!(!door.connected().await, "the broker has never seen us");
    server.publish("koji", post_tag("virt7-xen-46-release"), 0);
    assert_eq!(door.next().await, look("virt7-xen-46-release"));
    let signing = r#"{"time": "20230525-11:33:01", "tag": "kmods9s-packages-main-release",
        "status": "processed", "jobs_in_queue": "40"}"#;
    server.publish("cbs-signing", signing, 1);
    let signed = Hint::Signing {
        tag: "kmods9s-packages-main-release".into(),
        at: Some(Moment::parse("2023-05-25T11:33:01Z").expect("a time")),
        state: Signing::Processed,
        queue: Some(40),
    };
    assert_eq!(door.next().await, Event::Hint(signed));
    // What is too large, is binary, says nothing, or is on another topic.
    let mut padded = post_tag("padded").into_bytes();
    padded.resize(MOST_PAYLOAD + 1, b' ');
    server.publish("koji", padded, 1);
    server.publish("koji", vec![b' '; 4 * MOST_PAYLOAD], 1);
    server.publish("koji", [0, 0xff, 0xfe, b'{', 0x80], 1);
    server.publish("koji", "", 1);
    server.publish("koji", r#"{"action": "postTag", "tag": "\u0000"}"#, 1);
    server.publish("git.centos.org/commit", post_tag("elsewhere"), 1);
    server.publish("koji", post_tag("last"), 1);
    assert_eq!(door.next().await, look("last"));
    assert_eq!(door.close().await, []);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_sent_while_we_were_away_is_delivered() {
    let mut server = Mosquitto::start();
    let mut door = Door::open(broker(&server));
    assert!(!door.connected().await);
    door.close().await;
    for (tag, qos) in [("one", 1), ("lost", 0), ("two", 1)] {
        server.publish("koji", post_tag(tag), qos);
    }
    // A restart in order keeps the queue, and this one is as good as another process of ours.
    server.restart();
    let mut door = Door::open(broker(&server));
    // The broker need not wait for our subscription with what it kept.
    let mut heard = vec![door.next().await, door.next().await, door.next().await];
    let connected = heard.iter().position(|event| matches!(event, Event::Connected { .. }));
    let connected = heard.remove(connected.expect("a connection is told"));
    assert_eq!(connected, Event::Connected { session_present: true });
    assert_eq!(heard, [look("one"), look("two")]);
    assert_eq!(door.close().await, []);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restart_of_the_broker_is_told_and_survived() {
    let mut server = Mosquitto::start();
    let mut door = Door::open(broker(&server));
    assert!(!door.connected().await);
    server.restart();
    let why = door.lost().await;
    assert!(why.starts_with(&format!("localhost:{}: ", server.port())), "{why}");
    assert!(door.connected().await, "the broker has written down our session");
    server.publish("koji", post_tag("after"), 1);
    assert_eq!(door.next().await, look("after"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broker_that_lost_its_memory_is_told_so_that_somebody_looks() {
    let mut server = Mosquitto::start();
    let mut door = Door::open(broker(&server));
    assert!(!door.connected().await);
    door.close().await;
    server.publish("koji", post_tag("lost"), 1);
    server.kill();
    server.restart();
    let mut door = Door::open(broker(&server));
    assert!(!door.connected().await, "what was queued is gone, and with it our session");
    // We have subscribed anew, and a kill while we listen is noticed as well.
    server.publish("koji", post_tag("first"), 1);
    assert_eq!(door.next().await, look("first"));
    server.kill();
    door.lost().await;
    server.restart();
    assert!(!door.connected().await);
    server.publish("koji", post_tag("second"), 1);
    assert_eq!(door.next().await, look("second"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_slow_reader_hears_each_hint_once_and_the_connection_lives() {
    let server = Mosquitto::start();
    let mut door = Door::open(broker(&server));
    assert!(!door.connected().await);
    // Far more than the channel has room for, of which many say the same.
    for number in 0..40 {
        server.publish("koji", post_tag(&format!("t{}", number % 20)), 1);
    }
    server.publish("koji", post_tag("last"), 1);
    let mut heard = vec![door.next().await];
    while heard.last() != Some(&look("last")) {
        heard.push(door.next().await);
    }
    for number in 0..20 {
        assert!(heard.contains(&look(&format!("t{number}"))), "{heard:?}");
    }
    // What is already handed on is not taken back: a channel of eight, and the one in our hands.
    assert!(heard.len() <= 21 + 9, "{heard:?}");
}

fn tls(dir: &Path, name: Option<&str>) -> Option<Tls> {
    let identity = name.map(|name| Identity {
        cert_file: dir.join(format!("{name}.pem")),
        key_file: dir.join(format!("{name}.key")),
    });
    Some(Tls { ca_file: Some(dir.join("ca.pem")), identity })
}

#[tokio::test(flavor = "multi_thread")]
async fn a_certificate_lets_us_in_and_its_faults_are_told() {
    let server = Mosquitto::start_tls();
    let with = |name| Broker { tls: tls(server.dir(), name), ..broker(&server) };
    let mut door = Door::open(with(Some("client")));
    assert!(!door.connected().await);
    server.publish("koji", post_tag("t"), 1);
    assert_eq!(door.next().await, look("t"));
    door.close().await;
    let why = |broker: Broker| async {
        let mut door = Door::open(broker);
        let why = door.lost().await;
        door.close().await;
        why
    };
    let old = why(with(Some("old"))).await;
    assert!(old.contains("old.pem: our own certificate is of X.509 version 1"), "{old}");
    for other in [Some("stranger"), None] {
        let refused = why(with(other)).await;
        assert!(refused.contains("our certificate is missing there, or is none"), "{refused}");
    }
    let missing = why(with(Some("missing"))).await;
    assert!(missing.contains("missing.key: "), "{missing}");
    let mut untrusting = with(Some("client"));
    let stranger = server.dir().join("stranger.pem");
    untrusting.tls.as_mut().expect("TLS").ca_file = Some(stranger);
    let untrusted = why(untrusting).await;
    assert!(untrusted.contains("UnknownIssuer"), "{untrusted}");
    let plain = why(broker(&server)).await;
    assert!(plain.starts_with("localhost:"), "{plain}");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_not_let_in_is_told_why() {
    let mut server = Mosquitto::start_with("allow_anonymous false\n");
    let login = Some(("beadle".to_string(), Secret::new("a password nobody should see")));
    let mut door = Door::open(Broker { login, ..broker(&server) });
    let why = door.lost().await;
    assert!(why.contains("user, password"), "{why}");
    assert!(!why.contains("nobody should see"), "{why}");
    server.kill();
    while !door.lost().await.contains("refused (os error") {}
    let elsewhere = Broker { host: "nowhere.invalid".into(), ..broker(&server) };
    let mut door = Door::open(elsewhere);
    let why = door.lost().await;
    assert!(why.starts_with("nowhere.invalid:"), "{why}");
}

#[tokio::test(flavor = "multi_thread")]
async fn two_with_one_id_are_told_that_they_are_two() {
    let server = Mosquitto::start();
    let mut first = Door::open(broker(&server));
    first.connected().await;
    let mut second = Door::open(broker(&server));
    second.connected().await;
    let why = first.lost().await;
    assert!(why.contains("another client has our id, beadle"), "{why}");
    let waiting = std::time::Instant::now();
    first.close().await;
    assert!(waiting.elapsed() < PATIENCE / 2, "the stop does not wait for the next attempt");
}
