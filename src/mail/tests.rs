//! The door against relays that refuse, hang, drop the line or have no TLS; and that what they do
//! is noted in the outbox.

use super::{Door, Patience};
use crate::clock;
use crate::config::{Mail, MailTls, Secret};
use crate::domain::address::Address;
use crate::domain::list::letter::{Auto, Letter, Mailbox, MessageId};
use crate::flow::deliver::Outbox;
use crate::store::outbox::{self, Unsent};
use crate::store::testing::each;
use crate::store::{Db, StoreError};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::tcp::OwnedWriteHalf;
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::CancellationToken;

const SOON: Duration = Duration::from_millis(300);

/// What a relay does with a connection.
#[derive(Clone, Copy)]
enum Way {
    /// Takes everything.
    Takes,
    /// Answers this to the command that begins so, once, and takes everything else.
    Refuses(&'static str, &'static str),
    /// Closes the connection in the middle of the text.
    Drops,
    /// Never greets.
    IsSilent,
    /// Takes the text and says nothing more.
    HangsAfterTheText,
}

/// A relay that treats each connection in the next of some ways, the last one for ever.
#[derive(Clone)]
struct Fake {
    port: u16,
    heard: Arc<Mutex<Vec<String>>>,
}

impl Fake {
    async fn start(ways: &'static [Way]) -> Fake {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let fake = Fake { port, heard: Arc::default() };
        let heard = fake.heard.clone();
        tokio::spawn(async move {
            let last = ways.last().expect("a way");
            for way in ways.iter().chain(std::iter::repeat(last)) {
                let Ok((stream, _)) = listener.accept().await else { return };
                heard.lock().unwrap().push("(connected)".into());
                tokio::spawn(serve(stream, *way, heard.clone()));
            }
        });
        fake
    }

    /// The lines it heard that begin so.
    fn heard(&self, start: &str) -> Vec<String> {
        let heard = self.heard.lock().unwrap();
        heard.iter().filter(|line| line.starts_with(start)).cloned().collect()
    }

    fn mail(&self) -> Mail {
        let address = Address::parse("virtbot@centos.example").unwrap();
        Mail {
            relay: "127.0.0.1".into(),
            port: self.port,
            tls: MailTls::None,
            login: None,
            ca_file: None,
            from: Mailbox { name: "Virt SIG".into(), address },
            hello: "virt.example".into(),
        }
    }
}

async fn serve(stream: TcpStream, way: Way, heard: Arc<Mutex<Vec<String>>>) {
    let (read, mut write) = stream.into_split();
    if let Way::IsSilent = way {
        std::future::pending::<()>().await;
    }
    answer(&mut write, "220 relay.example ESMTP").await;
    let mut lines = BufReader::new(read).lines();
    let mut refusal = match way {
        Way::Refuses(command, words) => Some((command, words)),
        _ => None,
    };
    let mut in_text = false;
    while let Ok(Some(line)) = lines.next_line().await {
        heard.lock().unwrap().push(line.clone());
        let step = if line == "." && in_text { "(text)" } else { line.as_str() };
        if let Some((_, words)) = refusal.take_if(|(command, _)| step.starts_with(*command)) {
            in_text = false;
            answer(&mut write, words).await;
        } else if line == "." && in_text {
            in_text = false;
            if let Way::HangsAfterTheText = way {
                std::future::pending::<()>().await;
            }
            answer(&mut write, "250 2.0.0 taken").await;
        } else if in_text {
            if let Way::Drops = way {
                return;
            }
        } else if line == "DATA" {
            in_text = true;
            answer(&mut write, "354 go on").await;
        } else if line.starts_with("EHLO") {
            answer(&mut write, "250-relay.example\r\n250 AUTH PLAIN").await;
        } else if line == "QUIT" {
            return answer(&mut write, "221 bye").await;
        } else {
            answer(&mut write, "250 2.0.0 fine").await;
        }
    }
}

async fn answer(write: &mut OwnedWriteHalf, words: &str) {
    let _ = write.write_all(format!("{words}\r\n").as_bytes()).await;
}

fn letter(key: &str) -> Letter {
    Letter {
        key: key.into(),
        from: Mailbox {
            name: "Virt SIG".into(),
            address: Address::parse("virtbot@centos.example").unwrap(),
        },
        to: vec![Address::parse("centos-virt@centos.example").unwrap()],
        reply_to: None,
        subject: "Minutes".into(),
        message_id: MessageId::of(&[key], "virt.example"),
        in_reply_to: None,
        references: Vec::new(),
        date: clock::now(),
        archived_at: None,
        auto: Auto::Generated,
        body: ".\n..hidden\nRSET\n".into(),
        foot: String::new(),
    }
}

async fn queue(db: &Db, keys: &[&str]) {
    let mut tx = db.begin().await.unwrap();
    for key in keys {
        assert!(outbox::add(&mut tx, &letter(key), clock::now()).await.unwrap());
    }
    tx.commit().await.unwrap();
}

/// Empties the outbox of `db` once, on a node of its own.
async fn empty(db: &Db, mail: Mail) -> Result<(), StoreError> {
    let patience = Patience { connect: SOON, letter: SOON };
    let mut door =
        Door::new(crate::mail::Way::Relay(mail), patience, Outbox::new(db.clone(), "node"));
    let done = door.empty(&CancellationToken::new()).await;
    door.quit().await;
    done
}

async fn unsent(db: &Db) -> Vec<Unsent> {
    outbox::list(db, 10).await.unwrap()
}

/// The time of the next attempt has come.
async fn time_passes(db: &Db, key: &str) {
    let mut tx = db.begin().await.unwrap();
    let now = clock::now();
    outbox::failed(&mut tx, key, now, Some(now), "time passed").await.unwrap();
    tx.commit().await.unwrap();
}

#[test]
fn all_that_is_due_leaves_over_one_connection_as_it_was_written() {
    each(async |db| {
        let fake = Fake::start(&[Way::Takes]).await;
        queue(&db, &["minutes:1", "minutes:2"]).await;
        empty(&db, fake.mail()).await.unwrap();
        assert_eq!(unsent(&db).await, []);
        assert_eq!(fake.heard("(connected)").len(), 1);
        assert_eq!(fake.heard("EHLO"), ["EHLO virt.example"]);
        assert_eq!(fake.heard("MAIL"), ["MAIL FROM:<virtbot@centos.example>"; 2]);
        assert_eq!(fake.heard("RCPT"), ["RCPT TO:<centos-virt@centos.example>"; 2]);
        assert_eq!(fake.heard("Message-ID:").len(), 2);
        assert_eq!(fake.heard("."), ["..", "...hidden", ".", "..", "...hidden", "."]);
        assert_eq!(fake.heard("QUIT"), ["QUIT"]);
        // Nothing is due any more: the relay is not even asked.
        empty(&db, fake.mail()).await.unwrap();
        assert_eq!(fake.heard("(connected)").len(), 1);
    });
}

#[test]
fn a_letter_that_a_relay_refuses_for_now_is_tried_again() {
    const WAYS: &[Way] = &[
        Way::Refuses("MAIL", "451 4.3.0 try later"),
        Way::Refuses("RCPT", "450 4.7.1 greylisted"),
        Way::Refuses("(text)", "452 4.3.1 full"),
        Way::Refuses("EHLO", "550 5.7.1 I do not know you"),
        Way::Refuses("MAIL", "530 5.7.0 log in first"),
        Way::Takes,
    ];
    each(async |db| {
        let fake = Fake::start(WAYS).await;
        queue(&db, &["minutes:1"]).await;
        let reasons = ["451", "450", "452", "550", "530"];
        for (times, code) in (0..).zip(reasons) {
            empty(&db, fake.mail()).await.unwrap();
            let waiting = &unsent(&db).await[0];
            assert_eq!((waiting.attempts, waiting.gave_up_at), (2 * times + 1, None));
            assert!(waiting.last_error.as_deref().unwrap().contains(code), "{waiting:?}");
            assert!(waiting.next_try > clock::now(), "not at once");
            time_passes(&db, "minutes:1").await;
        }
        empty(&db, fake.mail()).await.unwrap();
        assert_eq!(unsent(&db).await, []);
        let ids = fake.heard("Message-ID:");
        assert!(ids.len() == 2 && ids[0] == ids[1], "{ids:?}");
    });
}

#[test]
fn a_letter_that_a_relay_never_takes_is_given_up_and_the_next_one_leaves() {
    each(async |db| {
        let fake = Fake::start(&[Way::Refuses("RCPT", "550 5.1.1 no such list"), Way::Takes]).await;
        queue(&db, &["minutes:1", "minutes:2"]).await;
        empty(&db, fake.mail()).await.unwrap();
        let left = unsent(&db).await;
        assert_eq!((left.len(), left[0].key.as_str()), (1, "minutes:1"));
        assert!(left[0].gave_up_at.is_some());
        assert!(left[0].last_error.as_deref().unwrap().contains("5.1.1 no such list"));
        empty(&db, fake.mail()).await.unwrap();
        assert_eq!(fake.heard("Message-ID:").len(), 1);
    });
}

#[test]
fn a_relay_that_is_lost_or_hangs_costs_its_time_and_no_letter() {
    const WAYS: &[Way] = &[Way::Drops, Way::IsSilent, Way::HangsAfterTheText, Way::Takes];
    each(async |db| {
        let fake = Fake::start(WAYS).await;
        queue(&db, &["minutes:1"]).await;
        for _ in 0..3 {
            empty(&db, fake.mail()).await.unwrap();
            let waiting = &unsent(&db).await[0];
            assert!(waiting.gave_up_at.is_none() && waiting.last_error.is_some(), "{waiting:?}");
            time_passes(&db, "minutes:1").await;
        }
        empty(&db, fake.mail()).await.unwrap();
        assert_eq!(unsent(&db).await, []);

        let nobody = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = nobody.local_addr().unwrap().port();
        drop(nobody);
        queue(&db, &["minutes:2"]).await;
        empty(&db, Mail { port, ..fake.mail() }).await.unwrap();
        assert_eq!(unsent(&db).await[0].attempts, 1);
    });
}

#[test]
fn nothing_is_sent_and_no_password_without_the_tls_that_is_wanted() {
    each(async |db| {
        let fake = Fake::start(&[Way::Takes]).await;
        let login = Some(("beadle".to_string(), Secret::new("hunter2")));
        queue(&db, &["minutes:1"]).await;
        for tls in [MailTls::Starttls, MailTls::Wrapper] {
            empty(&db, Mail { tls, login: login.clone(), ..fake.mail() }).await.unwrap();
            assert!(unsent(&db).await[0].gave_up_at.is_none());
            time_passes(&db, "minutes:1").await;
        }
        assert_eq!((fake.heard("AUTH"), fake.heard("MAIL")), (Vec::new(), Vec::new()));
        empty(&db, Mail { login, ..fake.mail() }).await.unwrap();
        // RFC 4616: NUL, account, NUL, password.
        assert_eq!(fake.heard("AUTH"), ["AUTH PLAIN AGJlYWRsZQBodW50ZXIy"]);
        assert_eq!(unsent(&db).await, []);
    });
}

#[test]
fn a_stop_ends_the_door_and_leaves_the_letters() {
    each(async |db| {
        let fake = Fake::start(&[Way::IsSilent]).await;
        queue(&db, &["minutes:1"]).await;
        let stop = CancellationToken::new();
        let node = Outbox::new(db.clone(), "node");
        let door = tokio::spawn(super::run(super::Way::Relay(fake.mail()), node, stop.clone()));
        while fake.heard("(connected)").is_empty() {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        stop.cancel();
        let most = super::DRAIN + Duration::from_secs(2);
        tokio::time::timeout(most, door).await.expect("it ends in time").unwrap();
        let other = Outbox::new(db.clone(), "other").claim().await.unwrap();
        assert_eq!(other.len(), 1, "another node need not wait for it");
    });
}
