//! Minutes by mail: a meeting ends, and its letter lies in the list's mailbox of a real Postfix,
//! once, whoever was killed or refused on the way.

use crate::support::bot::{Bot, Setup};
use crate::support::cast::BOT;
use crate::support::client::{Client, Line, PATIENCE};
use crate::support::network::{Kind, Network};
use crate::support::postfix::{LIST, Postfix};
use crate::support::process::free_port;
use mail_parser::{HeaderValue, Message, MessageParser};
use std::fs;
use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};
use unicode_width::UnicodeWidthStr;

const CHANNEL: &str = "#centos-devel";
/// How long a second letter would need, had one been sent: the outbox is looked at each second.
const A_WHILE: Duration = Duration::from_secs(4);
/// The most columns of a line that holds no address of a page.
const COLUMNS: usize = 72;

/// A network, a chair, and the bot that hands its letters to the relay on that port.
struct Rig {
    _network: Network,
    gwd: Client,
    bot: Bot,
}

impl Rig {
    fn start(relay: u16, list: &str) -> Rig {
        let network = Network::start(Kind::Ngircd);
        let gwd = network.connect("gwd");
        gwd.join(CHANNEL);
        let settings = [
            ("mail.relay", "127.0.0.1".into()),
            ("mail.port", i64::from(relay).into()),
            ("mail.from", "virtbot@centos.test".into()),
            ("mail.name", "Virt SIG 会议".into()),
            ("list.address", list.into()),
        ];
        let settings = settings.map(|(key, value): (&str, toml::Value)| (key.to_string(), value));
        let setup = Setup {
            channels: vec![CHANNEL.into()],
            settings: settings.to_vec(),
            ..Setup::default()
        };
        let bot = Bot::start(&network, &setup);
        let rig = Rig { _network: network, gwd, bot };
        rig.hears(0, |line| line.command == "JOIN" && line.nick == BOT);
        rig
    }

    /// Holds a meeting up to the line that says where its minutes are; that line.
    fn holds_a_meeting(&self) -> String {
        let from = self.gwd.position();
        for line in [
            "#startmeeting Réunion",
            "#info 注意事项 在中文和日本語之间没有空格的一行非常非常长的文字也必须在七十二列以内被正确地断开",
            "#agreed Keep one Xen version per release, whatever the other groups of the project do",
            "#link https://wiki.centos.org/HowTos/Xen/Xen4QuickStart/a/very/long/address/of/a/page is new",
            ".",
            "#endmeeting",
        ] {
            self.gwd.send(&format!("PRIVMSG {CHANNEL} :{line}"));
        }
        let is_told = |line: &Line| {
            line.nick == BOT && line.is_said_to(CHANNEL) && line.last().starts_with("Minutes: ")
        };
        self.hears(from, is_told)
    }

    /// The minutes as JSON, once they are written.
    fn minutes(&self) -> serde_json::Value {
        let until = Instant::now() + PATIENCE;
        loop {
            let text =
                self.bot.minutes("json").pop().and_then(|path| fs::read_to_string(path).ok());
            if let Some(minutes) = text.and_then(|text| serde_json::from_str(&text).ok()) {
                return minutes;
            }
            assert!(Instant::now() < until, "no minutes\n{}", self.bot.output());
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    /// Waits until the chair hears such a line.
    fn hears(&self, from: usize, wanted: impl Fn(&Line) -> bool) -> String {
        let heard = self.gwd.wait(from, PATIENCE, wanted);
        heard.unwrap_or_else(|_| panic!("not heard\n{}", self.bot.output())).1.last().to_string()
    }

    /// What `beadle mail …` prints.
    fn mail(&self, arguments: &[&str]) -> String {
        let arguments = ["mail"].iter().chain(arguments).map(ToString::to_string);
        self.bot.command(&arguments.collect::<Vec<_>>())
    }

    /// Waits until `beadle mail list` prints this.
    fn lists(&self, wanted: &str) -> String {
        let until = Instant::now() + PATIENCE;
        loop {
            let listed = self.mail(&["list"]);
            if listed.contains(wanted) {
                return listed;
            }
            let log = self.bot.output();
            assert!(Instant::now() < until, "no {wanted:?} in:\n{listed}\n{log}");
            std::thread::sleep(Duration::from_millis(50));
        }
    }
}

fn read(letter: &[u8]) -> Message<'_> {
    MessageParser::new().parse(letter).expect("a letter that can be read")
}

/// What stands behind a header's name, as it was sent.
fn raw<'a>(message: &'a Message<'_>, name: &'a str) -> &'a str {
    message.header_raw(name).unwrap_or_else(|| panic!("no {name}")).trim()
}

/// Everything that the minutes of [`Rig::holds_a_meeting`] must be as a letter.
fn is_right(letter: &[u8]) {
    let message = read(letter);
    assert!(letter.is_ascii(), "relays without 8BITMIME and SMTPUTF8 take it too");
    let from = message.from().and_then(|from| from.first()).expect("From");
    assert_eq!(from.address(), Some("virtbot@centos.test"));
    assert_eq!(from.name(), Some("Virt SIG 会议"));
    let to = message.to().and_then(|to| to.first()).expect("To");
    assert_eq!(to.address(), Some(LIST));
    assert!(message.subject().is_some_and(|it| it.starts_with("Réunion meeting minutes, ")));
    assert!(message.date().is_some_and(mail_parser::DateTime::is_valid));
    assert_eq!(raw(&message, "Auto-Submitted"), "auto-generated");
    assert_eq!(raw(&message, "Return-Path"), "<virtbot@centos.test>");
    let slug = message.subject().and_then(|it| it.split(' ').next_back()).expect("a date");
    assert_eq!(message.message_id(), Some(&*format!("minutes.{slug}.virt-sig@centos.test")));
    assert!(raw(&message, "Archived-At").ends_with(&format!("/m/{slug}>")));
    for never in ["Bcc", "Cc", "Reply-To", "Sender", "In-Reply-To", "References", "List-Id"] {
        assert!(matches!(message.header(never), None | Some(HeaderValue::Empty)), "{never}");
    }
    for line in letter.split(|byte| *byte == b'\n') {
        assert!(line.len() <= 998, "RFC 5322 §2.1.1");
    }
    let text = message.body_text(0).expect("a text");
    for line in text.lines() {
        assert!(
            line.width() <= COLUMNS || line.contains("://"),
            "{} columns: {line}",
            line.width()
        );
    }
    for words in ["AGREED: Keep one Xen version", "注意事项", "Full minutes: http"] {
        assert!(text.contains(words), "{words} is not in\n{text}");
    }
}

#[test]
fn minutes_arrive_once_as_they_were_written() {
    let postfix = Postfix::start(free_port());
    let rig = Rig::start(postfix.port(), LIST);
    let told = rig.holds_a_meeting();
    assert!(told.ends_with("  Mailed to centos-virt."), "{told}");
    is_right(&postfix.await_letters(1, || rig.bot.output())[0]);
    std::thread::sleep(A_WHILE);
    assert_eq!(postfix.letters().len(), 1);
    assert!(rig.mail(&["list"]).contains("no letter"), "{}", rig.mail(&["list"]));
}

#[test]
fn corrected_minutes_arrive_in_the_thread_of_the_first() {
    let postfix = Postfix::start(free_port());
    let rig = Rig::start(postfix.port(), LIST);
    rig.holds_a_meeting();
    postfix.await_letters(1, || rig.bot.output());
    let minutes = rig.minutes();
    let items = minutes["topics"][0]["items"].as_array().expect("items");
    let line =
        items.iter().find(|item| item["kind"] == "agreed").expect("a decision")["line"].clone();
    let slug = minutes["started_at"].as_str().expect("a start")[..10].to_string();
    let arguments =
        ["minutes", "edit", "--as", "gwd", &slug, &format!("l-{line}"), "Keep all of them"];
    let edited = rig.bot.command(&arguments.map(str::to_string));
    assert!(edited.contains("revision 2"), "{edited}");

    let letters = postfix.await_letters(2, || rig.bot.output());
    let (first, corrected) = (read(&letters[0]), read(&letters[1]));
    let first_id = first.message_id().expect("an id");
    assert_eq!(corrected.in_reply_to().as_text(), Some(first_id));
    assert_eq!(corrected.references().as_text(), Some(first_id));
    assert_eq!(corrected.message_id(), Some(&*first_id.replace(&slug, &format!("{slug}.2"))));
    assert!(corrected.subject().is_some_and(|it| it.starts_with("CORRECTED: Réunion meeting")));
    let text = corrected.body_text(0).expect("a text");
    assert!(text.contains("AGREED: Keep all of them"), "{text}");
    std::thread::sleep(A_WHILE);
    assert_eq!(postfix.letters().len(), 2);
}

#[test]
fn a_kill_between_commit_and_relay_costs_no_letter() {
    // A relay that takes the connection and never greets: the letter cannot leave.
    let silent = TcpListener::bind(("127.0.0.1", free_port())).expect("a port");
    let port = silent.local_addr().expect("its port").port();
    let mut rig = Rig::start(port, LIST);
    let told = rig.holds_a_meeting();
    assert!(told.ends_with("Mailed to centos-virt."), "{told}");
    rig.bot.kill();
    drop(silent);
    let postfix = Postfix::start(port);
    rig.bot.start_again();
    is_right(&postfix.await_letters(1, || rig.bot.output())[0]);
    std::thread::sleep(A_WHILE);
    assert_eq!(postfix.letters().len(), 1);
}

#[test]
fn a_kill_before_the_relays_answer_gives_the_same_letter_again() {
    let postfix = Postfix::start(free_port());
    let withholds = Withholder::before(postfix.port());
    let mut rig = Rig::start(withholds.port, LIST);
    rig.holds_a_meeting();
    postfix.await_letters(1, || rig.bot.output());
    rig.bot.kill();
    withholds.stop();
    rig.bot.start_again();
    // Nobody can know whether a relay took a letter whose answer was lost (RFC 1047). It is sent
    // again, and whoever reads it sees by its id that it is the same.
    let letters = postfix.await_letters(2, || rig.bot.output());
    letters.iter().for_each(|letter| is_right(letter));
    let (one, other) = (read(&letters[0]), read(&letters[1]));
    assert_eq!(one.message_id(), other.message_id());
    assert_eq!((one.date(), one.body_text(0)), (other.date(), other.body_text(0)));
    std::thread::sleep(A_WHILE);
    assert_eq!(postfix.letters().len(), 2, "and then it is noted");
}

#[test]
fn an_operator_sees_a_letter_that_waits_and_lets_it_leave() {
    let port = free_port();
    let rig = Rig::start(port, LIST);
    rig.holds_a_meeting();
    let listed = rig.lists("tried once");
    assert!(listed.contains("the relay 127.0.0.1: "), "{listed}");
    let key = listed.split_whitespace().next().expect("a key").to_string();
    let postfix = Postfix::start(port);
    let tried = rig.mail(&["retry", &key]);
    assert!(tried.contains(&format!("{key} leaves as soon as the relay takes it")), "{tried}");
    is_right(&postfix.await_letters(1, || rig.bot.output())[0]);
    rig.lists("no letter");
    let tried = rig.mail(&["retry", &key]);
    assert!(tried.contains("no letter") && tried.contains("beadle mail list"), "{tried}");
}

#[test]
fn an_operator_sees_what_the_relay_refuses_for_good() {
    let postfix = Postfix::start(free_port());
    let rig = Rig::start(postfix.port(), "nobody@centos.test");
    rig.holds_a_meeting();
    let listed = rig.lists("given up");
    assert!(listed.contains("5.1.1") && listed.contains("nobody@centos.test"), "{listed}");
    let json: serde_json::Value =
        serde_json::from_str(&rig.mail(&["list", "--format", "json"])).expect("JSON");
    assert_eq!(json["given_up"], 1);
    assert_eq!(json["letters"][0]["state"], "given up");
    let log = rig.bot.output();
    let told = log.lines().find(|line| line.contains("a letter was given up")).expect("a line");
    assert!(told.contains("ERROR") && told.contains("5.1.1"), "{told}");
    let checked = rig.bot.command(&["check".to_string()]);
    assert!(checked.contains("1 letter was given up; see beadle mail list"), "{checked}");
    assert_eq!(postfix.letters().len(), 0);
}

/// Stands before a relay and passes everything on, but for what the relay answers to a letter.
struct Withholder {
    port: u16,
    is_over: Arc<AtomicBool>,
}

impl Withholder {
    fn before(relay: u16) -> Withholder {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let port = listener.local_addr().expect("its port").port();
        let is_over = Arc::new(AtomicBool::new(false));
        let over = is_over.clone();
        std::thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let server = TcpStream::connect(("127.0.0.1", relay)).expect("the relay");
                pass(client, server, over.clone());
            }
        });
        Withholder { port, is_over }
    }

    /// From now on nothing is withheld.
    fn stop(&self) {
        self.is_over.store(true, Ordering::SeqCst);
    }
}

/// Copies both ways until either side ends.
fn pass(client: TcpStream, server: TcpStream, is_over: Arc<AtomicBool>) {
    let was_given = Arc::new(AtomicBool::new(false));
    let (mut to_client, mut from_server) =
        (client.try_clone().expect("a socket"), server.try_clone().expect("a socket"));
    let given = was_given.clone();
    std::thread::spawn(move || {
        let mut buffer = [0; 4096];
        while let Ok(count @ 1..) = from_server.read(&mut buffer) {
            let is_withheld = given.load(Ordering::SeqCst) && !is_over.load(Ordering::SeqCst);
            if !is_withheld && to_client.write_all(&buffer[..count]).is_err() {
                break;
            }
        }
        let _ = to_client.shutdown(Shutdown::Both);
    });
    std::thread::spawn(move || {
        let (mut client, mut server) = (client, server);
        let mut buffer = [0; 4096];
        let mut last = Vec::new();
        while let Ok(count @ 1..) = client.read(&mut buffer) {
            last.extend_from_slice(&buffer[..count]);
            if last.ends_with(b"\r\n.\r\n") {
                was_given.store(true, Ordering::SeqCst);
            }
            last.drain(..last.len().saturating_sub(5));
            if server.write_all(&buffer[..count]).is_err() {
                break;
            }
        }
        let _ = server.shutdown(Shutdown::Both);
    });
}
