//! The door against real sockets on loopback: what the session's dialogs cannot show.
//! Not compiled into the program.
//!
//! The clock of tokio is paused where only silence is waited for: it jumps to the next timer as
//! soon as nothing else is to be done, so half a minute takes no time.

use crate::config::{IrcNetwork, Sasl};
use crate::domain::meeting::event::What;
use crate::flow::hear::{Heard, Reply, Sound};
use crate::irc::connect::{Duplex, connect};
use crate::irc::dialog::network;
use crate::irc::link::Link;
use crate::irc::session::Loss;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc::{Receiver, Sender, channel};
use tokio::task::JoinHandle;
use tokio::time::{Instant, timeout};
use tokio_rustls::TlsAcceptor;
use tokio_util::sync::CancellationToken;

struct Bot {
    heard: Receiver<Heard>,
    replies: Sender<Reply>,
    stop: CancellationToken,
    task: JoinHandle<()>,
}

fn start(network: IrcNetwork) -> Bot {
    let (heard_in, heard) = channel(16);
    let (replies, replies_out) = channel(16);
    let stop = CancellationToken::new();
    let task = tokio::spawn(crate::irc::run(network, heard_in, replies_out, stop.clone()));
    Bot { heard, replies, stop, task }
}

async fn listen() -> (TcpListener, IrcNetwork) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let mut network = network("");
    network.host = "127.0.0.1".to_string();
    network.port = listener.local_addr().unwrap().port();
    (listener, network)
}

/// Reads lines until one begins with this.
async fn expect(reader: &mut BufReader<TcpStream>, beginning: &str) -> String {
    loop {
        let mut line = String::new();
        let length = reader.read_line(&mut line).await.unwrap();
        assert!(length > 0, "the bot hung up before {beginning:?}");
        if line.starts_with(beginning) {
            return line;
        }
    }
}

async fn send(reader: &mut BufReader<TcpStream>, text: &str) {
    reader.get_mut().write_all(text.as_bytes()).await.unwrap();
}

async fn welcome(listener: &TcpListener) -> BufReader<TcpStream> {
    let mut peer = BufReader::new(listener.accept().await.unwrap().0);
    expect(&mut peer, "USER ").await;
    send(&mut peer, ":s.example 001 beadle :Welcome\r\n:s.example 376 beadle :End\r\n").await;
    expect(&mut peer, "JOIN #c").await;
    send(&mut peer, ":beadle!b@h JOIN #c\r\n:s.example 353 beadle = #c :al beadle\r\n").await;
    send(&mut peer, ":s.example 366 beadle #c :End\r\n").await;
    peer
}

#[tokio::test]
async fn talks_until_it_is_stopped_and_says_goodbye() {
    let (listener, network) = listen().await;
    let begun = std::time::Instant::now();
    let mut bot = start(network);
    let (mut stream, _) = listener.accept().await.unwrap();
    let mut first = [0; 12];
    stream.read_exact(&mut first).await.unwrap();
    assert_eq!(&first, b"CAP LS 302\r\n");
    // The first byte is to be on the wire within 50 ms; the rest is slack for a busy machine.
    assert!(begun.elapsed() < Duration::from_millis(500), "{:?}", begun.elapsed());
    drop(stream);
    bot.stop.cancel();
    bot.task.await.unwrap();

    let (listener, network) = listen().await;
    bot = start(network);
    let mut peer = welcome(&listener).await;
    let back = next(&mut bot.heard).await;
    assert!(matches!(back.sound, Sound::Back { lost_at: None, .. }), "{back:?}");
    // Latin-1, a character cut off, and an endless line before it: all of one, none of the other.
    peer.get_mut().write_all(&vec![b'x'; 100_000]).await.unwrap();
    peer.get_mut().write_all(b"\r\n:al!a@h PRIVMSG #c :gr\xfcn\r\n").await.unwrap();
    let said = next(&mut bot.heard).await;
    let Sound::Channel(_, What::Said { text, .. }) = said.sound else { panic!("{said:?}") };
    assert_eq!(text.as_untrusted(), "grün");
    bot.replies.send(Reply::Say("#c".into(), "hi\r\nQUIT :evil".into())).await.unwrap();
    assert_eq!(expect(&mut peer, "PRIVMSG").await, "PRIVMSG #c :hi\r\n");
    assert_eq!(expect(&mut peer, "PRIVMSG").await, "PRIVMSG #c :QUIT :evil\r\n");
    bot.stop.cancel();
    expect(&mut peer, "QUIT :").await;
    timeout(Duration::from_secs(3), bot.task).await.unwrap().unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_server_that_says_nothing_is_left_after_thirty_seconds() {
    let (listener, network) = listen().await;
    let bot = start(network);
    let (mut tarpit, _) = listener.accept().await.unwrap();
    let begun = Instant::now();
    let mut said = Vec::new();
    tarpit.read_to_end(&mut said).await.unwrap();
    let waited = begun.elapsed().as_secs();
    assert!((29..=31).contains(&waited), "{waited} s");
    assert!(said.starts_with(b"CAP LS 302\r\n"));
    // And it comes again.
    let (_again, _) = listener.accept().await.unwrap();
    assert!(begun.elapsed().as_secs() >= 32);
    bot.stop.cancel();
    bot.task.await.unwrap();
}

/// The next thing heard that is more than a sign of life.
async fn next(heard: &mut tokio::sync::mpsc::Receiver<Heard>) -> Heard {
    loop {
        let it = heard.recv().await.expect("the door is open");
        if !matches!(it.sound, Sound::Alive(_)) {
            return it;
        }
    }
}

#[tokio::test(start_paused = true)]
async fn half_a_line_is_no_line_and_the_bot_comes_back() {
    let (listener, network) = listen().await;
    let mut bot = start(network);
    let mut peer = welcome(&listener).await;
    assert!(matches!(next(&mut bot.heard).await.sound, Sound::Back { .. }));
    send(&mut peer, ":al!a@h PRIVMSG #c :whole\r\n:al!a@h PRIVMSG #c :half").await;
    drop(peer);
    let said = next(&mut bot.heard).await;
    let Sound::Channel(_, What::Said { text, .. }) = said.sound else { panic!("{said:?}") };
    assert_eq!(text.as_untrusted(), "whole");
    let _peer = welcome(&listener).await;
    let back = next(&mut bot.heard).await;
    let Sound::Back { lost_at, .. } = back.sound else { panic!("{back:?}") };
    assert_eq!(lost_at, Some(said.heard_at));
    bot.stop.cancel();
    bot.task.await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_peer_that_does_not_read_is_left_after_ten_seconds() {
    let (ours, _theirs) = tokio::io::duplex(64);
    let mut link = Link::new(Box::new(ours) as Box<dyn Duplex>);
    let begun = Instant::now();
    for _ in 0..10 {
        link.write("PRIVMSG #c :words");
    }
    let mut lines = Vec::new();
    let why = loop {
        if let Err(why) = link.turn(true, &mut lines).await {
            break why;
        }
    };
    assert!(why.contains("10 s"), "{why}");
    assert_eq!(begun.elapsed().as_secs(), 10);
}

#[tokio::test]
async fn what_waits_to_be_written_is_bounded() {
    let (ours, _theirs) = tokio::io::duplex(64);
    let mut link = Link::new(Box::new(ours) as Box<dyn Duplex>);
    for _ in 0..5000 {
        link.write("PRIVMSG #c :words");
    }
    assert!(link.turn(true, &mut Vec::new()).await.is_err());
}

#[tokio::test]
async fn nobody_listening_ends_the_door() {
    let (listener, network) = listen().await;
    let bot = start(network);
    drop(bot.heard);
    let _peer = welcome(&listener).await;
    timeout(Duration::from_secs(5), bot.task).await.unwrap().unwrap();
}

fn testdata(name: &str) -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/src/irc/testdata")).join(name)
}

/// A server with this certificate: says whether a client's certificate came, and then the first
/// line it heard.
async fn tls_server(certificate: &str, key: &str) -> (IrcNetwork, JoinHandle<Option<String>>) {
    let (listener, mut network) = listen().await;
    network.host = "localhost".to_string();
    network.tls = true;
    network.ca_file = Some(testdata("ca.pem"));
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut roots = rustls::RootCertStore::empty();
    roots.add(CertificateDer::from_pem_file(testdata("ca.pem")).unwrap()).unwrap();
    let clients = rustls::server::WebPkiClientVerifier::builder_with_provider(
        Arc::new(roots),
        provider.clone(),
    );
    let clients = clients.allow_unauthenticated().build().unwrap();
    let config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_client_cert_verifier(clients)
        .with_single_cert(
            vec![CertificateDer::from_pem_file(testdata(certificate)).unwrap()],
            PrivateKeyDer::from_pem_file(testdata(key)).unwrap(),
        )
        .unwrap();
    let server = tokio::spawn(async move {
        let (stream, _) = listener.accept().await.unwrap();
        let stream = TlsAcceptor::from(Arc::new(config)).accept(stream).await.ok()?;
        let certified = stream.get_ref().1.peer_certificates().is_some();
        let mut line = String::new();
        BufReader::new(stream).read_line(&mut line).await.ok()?;
        Some(format!("{certified} {}", line.trim_end()))
    });
    (network, server)
}

#[tokio::test]
async fn a_certificate_must_be_the_servers() {
    for (certificate, key, ca_file, host, trusted) in [
        ("localhost.pem", "localhost.key", "ca.pem", "localhost", true),
        ("localhost.pem", "localhost.key", "ca.pem", "127.0.0.1", true),
        ("elsewhere.pem", "elsewhere.key", "ca.pem", "localhost", false),
        ("expired.pem", "localhost.key", "ca.pem", "localhost", false),
        ("localhost.pem", "localhost.key", "other-ca.pem", "localhost", false),
    ] {
        let (mut network, server) = tls_server(certificate, key).await;
        network.ca_file = Some(testdata(ca_file));
        network.host = host.to_string();
        let connected = connect(network).await;
        let case = format!("{certificate} by {ca_file} for {host}");
        match connected {
            Ok(stream) => {
                assert!(trusted, "{case} was trusted");
                let mut link = Link::new(stream);
                link.write("CAP LS 302");
                while timeout(Duration::from_millis(200), link.turn(true, &mut Vec::new()))
                    .await
                    .is_ok_and(|turned| turned.is_ok())
                {}
                assert_eq!(server.await.unwrap().as_deref(), Some("false CAP LS 302"), "{case}");
            }
            Err(failed) => {
                assert!(!trusted, "{case}: {}", failed.why);
                assert_eq!(failed.loss, Loss::Untrusted, "{case}: {}", failed.why);
                assert_eq!(server.await.unwrap(), None, "{case}: nothing was said");
            }
        }
    }
}

#[tokio::test]
async fn external_shows_our_certificate() {
    let (mut network, server) = tls_server("localhost.pem", "localhost.key").await;
    network.sasl = Some(Sasl::External {
        cert_file: testdata("elsewhere.pem"),
        key_file: testdata("elsewhere.key"),
    });
    let bot = start(network.clone());
    assert_eq!(server.await.unwrap().as_deref(), Some("true CAP LS 302"));
    bot.stop.cancel();
    bot.task.await.unwrap();

    network.sasl = Some(Sasl::External {
        cert_file: testdata("no-such-file.pem"),
        key_file: testdata("elsewhere.key"),
    });
    let (listener, elsewhere) = listen().await;
    network.port = elsewhere.port;
    let failed = connect(network).await.err().unwrap();
    assert_eq!(failed.loss, Loss::Untrusted);
    drop(listener);
}

#[tokio::test]
async fn a_server_without_tls_is_not_spoken_to() {
    let (listener, mut network) = listen().await;
    network.tls = true;
    network.ca_file = Some(testdata("ca.pem"));
    let server = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        stream.write_all(b":s.example NOTICE * :*** Looking up your hostname\r\n").await.unwrap();
        let mut said = Vec::new();
        let _ = stream.read_to_end(&mut said).await;
        said
    });
    let failed = connect(network).await.err().unwrap();
    assert_eq!(failed.loss, Loss::Unreachable);
    assert_eq!(server.await.unwrap()[0], 0x16, "a handshake record, and no word of IRC");
}

#[tokio::test(start_paused = true)]
async fn a_tls_handshake_that_stalls_is_left_after_fifteen_seconds() {
    let (listener, mut network) = listen().await;
    network.tls = true;
    network.ca_file = Some(testdata("ca.pem"));
    let _tarpit = tokio::spawn(async move {
        let kept = listener.accept().await.unwrap();
        tokio::time::sleep(Duration::from_secs(600)).await;
        drop(kept);
    });
    let begun = Instant::now();
    let failed = connect(network).await.err().unwrap();
    assert!(failed.why.contains("15 s"), "{}", failed.why);
    assert!((15..=16).contains(&begun.elapsed().as_secs()));
}

#[tokio::test]
async fn nobody_there_is_unreachable() {
    let (listener, network) = listen().await;
    drop(listener);
    assert_eq!(connect(network.clone()).await.err().unwrap().loss, Loss::Unreachable);
    let nowhere = IrcNetwork { host: "irc.invalid".to_string(), ..network };
    assert_eq!(connect(nowhere).await.err().unwrap().loss, Loss::Unreachable);
}
