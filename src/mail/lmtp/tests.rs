//! The session with any bytes; the server with clients that trickle, stall, vanish and crowd.

use crate::clock;
use crate::config::gate::Listen;
use crate::domain::list::policy::Settings;
use crate::flow::receive::{Answer, Receiver};
use crate::flow::tests::configuration;
use crate::mail::intake::Intake;
use crate::mail::lmtp::session::{Effect, Event, MOST_RECIPIENTS, Session};
use crate::mail::lmtp::{Limits, Listening, serve_within};
use crate::store::testing::each_place;
use crate::store::{self, Db};
use proptest::prelude::*;
use std::net::SocketAddr;
use std::path::Path;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpStream, UnixStream};
use tokio_util::sync::CancellationToken;

/// Plays bytes in pieces; every question is answered, every recipient known. How many replies there
/// were to each mail, and to how many recipients it went.
fn play(bytes: &[u8], piece: usize) -> Vec<(usize, usize)> {
    let (mut session, _) = Session::open("door.example");
    let mut mails = Vec::new();
    for chunk in bytes.chunks(piece.max(1)) {
        let mut effects = session.apply(Event::Bytes(chunk));
        while let Some(asked) = effects.pop() {
            let event = match asked {
                Effect::Ask(_) => Event::Known(Ok(true)),
                Effect::Take(mail) => {
                    mails.push((mail.recipients.len(), 0));
                    Event::Answered(vec![Answer::Later; mail.recipients.len()])
                }
                _ => continue,
            };
            let is_mail = matches!(event, Event::Answered(_));
            effects = session.apply(event);
            if let (true, Some(Effect::Say(lines)), Some(mail)) =
                (is_mail, effects.first(), mails.last_mut())
            {
                mail.1 = lines.matches("451 4.3.0").count();
            }
        }
    }
    mails
}

#[test]
fn a_mail_has_so_many_recipients_at_most() {
    let mut bytes = b"LHLO mx\r\nMAIL FROM:<>\r\n".to_vec();
    for n in 0..5_000 {
        bytes.extend_from_slice(format!("RCPT TO:<l{n}@x.example>\r\n").as_bytes());
    }
    bytes.extend_from_slice(b"DATA\r\nhi\r\n.\r\n");
    assert_eq!(play(&bytes, 1_000), [(MOST_RECIPIENTS, MOST_RECIPIENTS)]);
}

proptest! {
    #[test]
    fn any_bytes_are_survived(
        bytes in proptest::collection::vec(any::<u8>(), 0..400), piece in 1usize..40
    ) {
        play(&bytes, piece);
    }

    /// Commands in any order: one reply for each recipient of each mail.
    #[test]
    fn every_recipient_is_answered(words in proptest::collection::vec(0usize..9, 0..40), piece in 1usize..60) {
        let lines = [
            "LHLO mx", "MAIL FROM:<a@x.example>", "RCPT TO:<l@x.example>", "DATA", ".", "RSET",
            "text", "..", "BDAT 9",
        ];
        let bytes: String = words.iter().map(|word| format!("{}\r\n", lines[*word])).collect();
        for (recipients, replies) in play(bytes.as_bytes(), piece) {
            prop_assert_eq!(recipients, replies);
        }
    }
}

const LIST: &str = "virt@x.example";
/// The service is given longer on a busy machine.
const PATIENCE: Duration = Duration::from_secs(20);

/// Runs a body against a door with one list, and closes the door.
fn with_door(limits: Limits, listen: Listen, body: impl AsyncFn(SocketAddr)) {
    each_place(async |database| {
        let config = configuration(Path::new("/nonexistent"), &database);
        let db = Db::open(&database).await.unwrap();
        let mut tx = db.begin().await.unwrap();
        let settings = Settings::default();
        store::list::create(&mut tx, "virt", LIST, &settings, clock::now()).await.unwrap();
        tx.commit().await.unwrap();
        let listening = Listening::bind(&listen).unwrap();
        let address = listening.address().unwrap_or_else(|| "127.0.0.1:1".parse().unwrap());
        let stop = CancellationToken::new();
        let intake = Intake::new(Receiver::start(db.clone(), config.clone()), &config);
        let door = tokio::spawn(serve_within(listening, intake, stop.clone(), limits));
        body(address).await;
        stop.cancel();
        tokio::time::timeout(PATIENCE, door).await.expect("it closes").unwrap();
        db.close().await;
    });
}

fn anywhere() -> Listen {
    Listen::Tcp("127.0.0.1:0".parse().unwrap())
}

/// What a client hears until such words come, or the door closes.
async fn heard(stream: &mut (impl AsyncReadExt + Unpin), words: &str) -> String {
    let mut all = Vec::new();
    let mut piece = [0; 4096];
    let reading = async {
        loop {
            let count = stream.read(&mut piece).await.unwrap_or(0);
            all.extend_from_slice(&piece[..count]);
            if count == 0 || String::from_utf8_lossy(&all).contains(words) {
                break;
            }
        }
    };
    tokio::time::timeout(PATIENCE, reading).await.expect("an answer");
    String::from_utf8_lossy(&all).into_owned()
}

const WHOLE: &[u8] = b"LHLO mx\r\nMAIL FROM:<a@y.example>\r\nRCPT TO:<virt@x.example>\r\nDATA\r\n\
    From: a@y.example\r\nTo: virt@x.example\r\n\r\nHi\r\n.\r\nQUIT\r\n";

#[test]
fn clients_that_trickle_stall_vanish_and_crowd_hinder_nobody() {
    let limits = Limits {
        connections: 4,
        idle: Duration::from_millis(1_500),
        line: Duration::from_millis(300),
        mail: Duration::from_millis(600),
        ..Limits::default()
    };
    with_door(limits, anywhere(), async |address| {
        let connect = async || TcpStream::connect(address).await.unwrap();
        let mut trickles = connect().await;
        trickles.write_all(b"LH").await.unwrap();
        let mut stalls = connect().await;
        stalls
            .write_all(
                b"LHLO mx\r\nMAIL FROM:<>\r\nRCPT TO:<virt@x.example>\r\nDATA\r\nhalf a mail",
            )
            .await
            .unwrap();
        drop(connect().await);
        // An honest client is served meanwhile.
        let mut honest = connect().await;
        honest.write_all(WHOLE).await.unwrap();
        let said = heard(&mut honest, "221 ").await;
        assert!(said.contains("250 2.0.0 taken"), "{said}");
        assert!(heard(&mut trickles, "421").await.contains("421 4.4.2 too slow"));
        assert!(heard(&mut stalls, "421").await.contains("421 4.4.2 too slow"));
        let mut crowd = Vec::new();
        for _ in 0..4 {
            let mut one = connect().await;
            heard(&mut one, "220").await;
            crowd.push(one);
        }
        assert!(heard(&mut connect().await, "421").await.starts_with("421 4.7.0 too many"));
        assert!(
            heard(&mut crowd[0], "421").await.contains("421 4.4.2"),
            "who says nothing goes, too"
        );
    });
}

#[test]
fn what_is_held_for_all_together_has_an_end() {
    let limits = Limits { held_bytes: 1 << 20, ..Limits::default() };
    with_door(limits, anywhere(), async |address| {
        let mut stream = TcpStream::connect(address).await.unwrap();
        stream
            .write_all(b"LHLO mx\r\nMAIL FROM:<>\r\nRCPT TO:<virt@x.example>\r\nDATA\r\n")
            .await
            .unwrap();
        heard(&mut stream, "354").await;
        // It closes before all of this is written.
        let _ = stream.write_all(&vec![b'x'; 8 << 20]).await;
        let said = heard(&mut stream, "421").await;
        assert!(said.is_empty() || said.contains("421 4.3.1"), "{said}");
        let mut next = TcpStream::connect(address).await.unwrap();
        next.write_all(WHOLE).await.unwrap();
        assert!(heard(&mut next, "221 ").await.contains("250 2.0.0 taken"), "it is given back");
    });
}

#[test]
fn a_unix_socket_is_taken_over_from_a_killed_program_and_goes_with_the_door() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("lmtp.sock");
    // A file that a killed program left.
    drop(std::os::unix::net::UnixListener::bind(&path).unwrap());
    let listen = Listen::Unix(path.clone());
    with_door(Limits::default(), listen.clone(), async |_| {
        let mut stream = UnixStream::connect(&path).await.unwrap();
        stream.write_all(WHOLE).await.unwrap();
        assert!(heard(&mut stream, "221 ").await.contains("250 2.0.0 taken"));
        assert!(Listening::bind(&listen).is_err(), "somebody listens there");
        use std::os::unix::fs::PermissionsExt;
        let mode = std::fs::metadata(&path).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o660);
    });
    assert!(!path.exists());
    std::fs::write(&path, "a file of somebody").unwrap();
    assert!(Listening::bind(&listen).is_err());
    assert!(path.exists());
}
