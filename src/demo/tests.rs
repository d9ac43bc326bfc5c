//! Whole stories over sockets: clients, server, faults, and the cast with a stand-in for the bot.

use super::cast::{Stopped, play};
use super::client::{Client, Failed, Line};
use super::script::Script;
use super::*;
use std::io::ErrorKind;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

const SOON: Duration = Duration::from_secs(20);
/// How long something is watched that must not happen.
const A_WHILE: Duration = Duration::from_millis(150);

async fn start(options: Options) -> Server {
    Server::start(options).await.unwrap()
}

fn with_gwd() -> Options {
    Options { accounts: vec![Account::new("gwd", "sesame")], ..Options::default() }
}

/// Two in `#c`.
async fn two(server: &Server) -> (Client, Client) {
    let gwd = Client::connect(server.addr, "gwd", None).await.unwrap();
    let mira = Client::connect(server.addr, "mira", None).await.unwrap();
    gwd.join("#c").await.unwrap();
    assert_eq!(mira.join("#c").await.unwrap(), ["gwd", "mira"]);
    (gwd, mira)
}

fn any(_: &Line) -> bool {
    true
}

#[tokio::test]
async fn two_talk_on_every_kind_of_server() {
    for options in [Options::default(), Options::poor(), Options::ancient(), with_gwd()] {
        let server = start(options.clone()).await;
        let login = Some(("gwd", "sesame"));
        let gwd = Client::connect(server.addr, "gwd", login).await.unwrap();
        let mut mira = Client::connect(server.addr, "mira", None).await.unwrap();
        let has_accounts = options.caps.is_some() && !options.accounts.is_empty();
        assert_eq!(gwd.account(), has_accounts.then_some("gwd"));
        gwd.join("#c").await.unwrap();
        mira.join("#c").await.unwrap();
        gwd.act("#c", "waves").await.unwrap();
        let waved = |line: &Line| line.says("PRIVMSG", "gwd", "\u{1}ACTION waves\u{1}");
        let line = mira.expect("the wave", waved, SOON).await.unwrap();
        assert_eq!(line.message.tag("account"), gwd.account());
        gwd.rename("gwd_").await.unwrap();
        assert_eq!(gwd.nick(), "gwd_");
        gwd.quit("bye").await.unwrap();
        mira.expect("the end", |line| line.is("QUIT"), SOON).await.unwrap();
        server.stop().await;
    }
}

#[tokio::test]
async fn a_wrong_password_is_refused() {
    let server = start(with_gwd()).await;
    let refused = Client::connect(server.addr, "gwd", Some(("gwd", "wrong"))).await.unwrap_err();
    assert!(
        matches!(&refused, Failed::Refused { line, .. } if line.contains(" 904 ")),
        "{refused}"
    );
    server.fault(Fault::ServicesDown(Outage::Aborts)).await.unwrap();
    let aborted = Client::connect(server.addr, "gwd", Some(("gwd", "sesame"))).await.unwrap_err();
    assert!(
        matches!(&aborted, Failed::Refused { line, .. } if line.contains(" 906 ")),
        "{aborted}"
    );
}

#[tokio::test]
async fn the_door_can_be_closed_and_opened() {
    let server = start(Options::default()).await;
    server.fault(Fault::RefuseConnections).await.unwrap();
    let refused = TcpStream::connect(server.addr).await.unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::ConnectionRefused);
    server.fault(Fault::Throttle).await.unwrap();
    let throttled = Client::connect(server.addr, "gwd", None).await.unwrap_err();
    assert!(throttled.to_string().contains("Trying to reconnect too fast"), "{throttled}");
    server.fault(Fault::AcceptConnections).await.unwrap();
    Client::connect(server.addr, "gwd", None).await.unwrap();
}

#[tokio::test]
async fn a_silent_connection_is_open_and_says_nothing() {
    let server = start(Options::default()).await;
    let (gwd, mira) = two(&server).await;
    server.fault(Fault::Silence("mira".into())).await.unwrap();
    let mark = mira.mark();
    mira.say("#c", "anybody?").await.unwrap();
    gwd.say("#c", "mira?").await.unwrap();
    mira.send("PING x").await.unwrap();
    assert!(matches!(mira.after(mark, "", any, A_WHILE).await, Err(Failed::Late { .. })));
    server.fault(Fault::Resume("mira".into())).await.unwrap();
    let asked = |line: &Line| line.says("PRIVMSG", "gwd", "mira?");
    mira.after(mark, "what was held back", asked, SOON).await.unwrap();
    let heard = |line: &Line| line.says("PRIVMSG", "mira", "anybody?");
    gwd.after(0, "what was held back", heard, SOON).await.unwrap();

    server.fault(Fault::Silence(Who::Everyone)).await.unwrap();
    let mut tarpit = TcpStream::connect(server.addr).await.unwrap();
    tarpit.write_all(b"NICK x\r\nUSER x 0 * :x\r\n").await.unwrap();
    let mut byte = [0];
    let read = tokio::time::timeout(A_WHILE, tarpit.read(&mut byte)).await;
    assert!(read.is_err(), "a tarpit neither answers nor closes");
}

#[tokio::test]
async fn a_stalled_server_speaks_but_does_not_read() {
    let server = start(Options::default()).await;
    let (gwd, mira) = two(&server).await;
    server.fault(Fault::StallReads("mira".into())).await.unwrap();
    let (mark, heard) = (mira.mark(), gwd.mark());
    mira.say("#c", "can you hear me?").await.unwrap();
    gwd.say("#c", "hello").await.unwrap();
    mira.after(mark, "the line", |line| line.is("PRIVMSG"), SOON).await.unwrap();
    let mute = gwd.after(heard, "", |line| line.message.nick() == "mira", A_WHILE).await;
    assert!(matches!(mute, Err(Failed::Late { .. })));
}

#[tokio::test]
async fn connections_end_in_every_way_they_can() {
    let server = start(Options::default()).await;
    let raw = |nick: &'static str| async move {
        let mut stream = TcpStream::connect(server.addr).await.unwrap();
        let hello = format!("NICK {nick}\r\nUSER {nick} 0 * :{nick}\r\n");
        stream.write_all(hello.as_bytes()).await.unwrap();
        let mut read = Vec::new();
        while !read.ends_with(b"+i\r\n") {
            assert!(stream.read_buf(&mut read).await.unwrap() > 0);
        }
        stream
    };
    let mut rest = Vec::new();

    let mut cut = raw("cut").await;
    server.fault(Fault::CutMidLine("cut".into())).await.unwrap();
    cut.read_to_end(&mut rest).await.unwrap();
    assert_eq!(rest, b":hub.demo.example NOTICE cut :This line has no e");

    let mut reset = raw("reset").await;
    server.fault(Fault::Reset("reset".into())).await.unwrap();
    let error = reset.read_to_end(&mut rest).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ConnectionReset);

    rest.clear();
    let mut half = raw("half").await;
    server.fault(Fault::HalfClose("half".into())).await.unwrap();
    half.read_to_end(&mut rest).await.unwrap();
    assert_eq!(rest, b"");
    half.write_all(b"PING still\r\n").await.unwrap();
    assert_eq!(server.nicks(), ["half"]);

    rest.clear();
    let mut killed = raw("killed").await;
    server.fault(Fault::Kill("killed".into())).await.unwrap();
    killed.read_to_end(&mut rest).await.unwrap();
    assert!(rest.ends_with(b" (Killed (oper (Spamming is not allowed)))\r\n"));

    rest.clear();
    let mut bytes = raw("bytes").await;
    server.fault(Fault::RawTo("bytes".into(), b"\xff\0no end".to_vec())).await.unwrap();
    server.stop().await;
    bytes.read_to_end(&mut rest).await.unwrap();
    assert!(rest.starts_with(b"\xff\0no end"));
    assert!(rest.ends_with(b"ERROR :Closing Link: 127.0.0.1 (Server shutting down)\r\n"));
}

#[tokio::test]
async fn a_flood_kills_and_a_paced_client_lives() {
    let server = start(Options { flood: Some(Flood::reference()), ..Options::default() }).await;
    let lines = |count: usize| "PRIVMSG flood :x\r\n".repeat(count);
    let flood = Client::connect(server.addr, "flood", None).await.unwrap();
    // The first line ends the time of grace; from then on five are obeyed and twenty wait.
    flood.send_bytes(lines(1 + 25).as_bytes()).await.unwrap();
    let twelve = |line: &Line| line.is("PRIVMSG");
    flood.after(0, "the first line", twelve, SOON).await.unwrap();
    assert_eq!(server.nicks(), ["flood"]);
    flood.send_bytes(lines(26).as_bytes()).await.unwrap();
    let killed = |line: &Line| line.text().ends_with("(Excess Flood)");
    flood.after(0, "the kill", killed, SOON).await.unwrap();
    flood.closed(SOON).await.unwrap();
}

#[tokio::test]
async fn a_client_that_does_not_read_is_dropped() {
    let server = start(Options { send_queue_bytes: 64 << 10, ..Options::default() }).await;
    let mut stream = TcpStream::connect(server.addr).await.unwrap();
    stream.write_all(b"NICK slow\r\nUSER slow 0 * :s\r\nJOIN #c\r\n").await.unwrap();
    let gwd = Client::connect(server.addr, "gwd", None).await.unwrap();
    gwd.join("#c").await.unwrap();
    let line = format!("PRIVMSG #c :{}\r\n", "x".repeat(400)).repeat(1000);
    let dropped = |line: &Line| line.says("QUIT", "slow", "Max SendQ exceeded");
    for _ in 0..60 {
        gwd.send_bytes(line.as_bytes()).await.unwrap();
        if gwd.after(0, "the drop", dropped, Duration::from_millis(20)).await.is_ok() {
            break;
        }
    }
    gwd.after(0, "the drop", dropped, SOON).await.unwrap();
    drop(stream);
}

#[tokio::test]
async fn there_is_only_so_much_room() {
    let server = start(Options { most_clients: 2, ..Options::default() }).await;
    let (_gwd, mira) = two(&server).await;
    let full = Client::connect(server.addr, "third", None).await.unwrap_err();
    assert!(full.to_string().contains("All connections in use"), "{full}");
    mira.quit("room").await.unwrap();
    Client::connect(server.addr, "third", None).await.unwrap();
    assert_eq!(server.accepted(), 4);
}

/// A stand-in for the bot: answers what a MeetBot answers, and tells who mistypes.
async fn stand_in(server: &Server, channel: &'static str) -> tokio::task::JoinHandle<()> {
    let mut bot = Client::connect(server.addr, "virtbot", None).await.unwrap();
    bot.join(channel).await.unwrap();
    tokio::spawn(async move {
        let here = move |line: &Line| line.is("PRIVMSG") && line.message.text(0) == channel;
        while let Ok(line) = bot.expect("a line", here, SOON).await {
            let (nick, words) =
                (line.message.nick().into_owned(), line.message.last().into_owned());
            let answer = match words.split(' ').next().unwrap_or("") {
                "#startmeeting" => "Meeting started",
                "#chair" if nick == "gwd" => "Current chairs: gwd anthonyper sbonazzo",
                "#undo" => "Removing item from minutes",
                "#startvote" => "Begin voting on: Shall the Docker page be rewritten?",
                "#endvote" => "Voted on",
                "#endmeeting" => "Meeting ended",
                "#chair" | "#acton" => {
                    let hint = "only a chair may do that; or did you mean #action?";
                    bot.notice(&nick, hint).await.unwrap();
                    continue;
                }
                _ => continue,
            };
            bot.say(channel, answer).await.unwrap();
        }
    })
}

#[tokio::test]
async fn the_cast_plays_the_meeting_everywhere() {
    let script = Script::meeting();
    let rich = Options { accounts: script.accounts(), ..Options::default() };
    for options in [rich.clone(), Options { nick_bytes: 30, ..Options::poor() }] {
        let server = start(options).await;
        let bot = stand_in(&server, "#centos-devel").await;
        let played = play(server.addr, "#centos-devel", "virtbot", &script).await.unwrap();
        assert_eq!(played.bot_said.first().map(String::as_str), Some("Meeting started"));
        assert_eq!(played.bot_said.last().map(String::as_str), Some("Meeting ended"));
        assert_eq!(played.bot_told.len(), 2);
        assert!(played.lines > 40 && played.took < SOON, "{played:?}");
        bot.abort();
    }
    let server = start(rich).await;
    let bot = stand_in(&server, "#centos-devel").await;
    let played = play(server.addr, "#centos-devel", "virtbot", &script).await.unwrap();
    assert_eq!(played.logged_in, ["gwd", "anthonyper", "sbonazzo", "lsm5", "nshaikh"]);
    bot.abort();
}

#[tokio::test]
async fn a_play_says_where_it_stopped() {
    let server = start(Options::default()).await;
    let bot = stand_in(&server, "#c").await;
    let alone = Script::parse("guest a = A\n<a> hello").unwrap();
    let stopped = play(server.addr, "#c", "virtbot", &alone).await.unwrap_err();
    assert!(matches!(stopped, Stopped::Alone { line: 2, .. }), "{stopped}");
    bot.abort();
}

#[tokio::test]
async fn hostile_bytes_leave_the_others_alone() {
    let server = start(Options::default()).await;
    let (gwd, mira) = two(&server).await;
    let all: Vec<u8> = (0..=255).collect();
    for hostile in [all.repeat(400), vec![b'x'; 300_000], b"\r\n\0 :@ ;=,\x01".repeat(20_000)] {
        let mut stream = TcpStream::connect(server.addr).await.unwrap();
        stream.write_all(&hostile).await.unwrap();
        stream.write_all(b"\r\nPING after\r\n").await.unwrap();
        let mut read = Vec::new();
        while !String::from_utf8_lossy(&read).contains("PONG hub.demo.example :after") {
            assert!(stream.read_buf(&mut read).await.unwrap() > 0, "closed after {read:?}");
        }
    }
    gwd.say("#c", "still here").await.unwrap();
    let heard = |line: &Line| line.says("PRIVMSG", "gwd", "still here");
    mira.after(0, "the line", heard, SOON).await.unwrap();
}
