//! The rig itself: what the stories take for granted about the servers is true.

use crate::support::cast::{BOT, PASSWORD};
use crate::support::client::{Client, Line, PATIENCE};
use crate::support::network::{Kind, Network, ask_services};
use std::io::{BufRead, BufReader, Write};
use std::process::{Command, Stdio};

const CHANNEL: &str = "#centos-devel";

/// What holds on every server: the first one in has the channel, lines come whole and in order,
/// an operator can end a connection, and a restart leaves the port where it was.
fn a_server_behaves(kind: Kind) {
    let mut network = Network::start(kind);
    let gwd = network.connect("gwd");
    gwd.join(CHANNEL);
    let mut anna = network.connect("anna");
    anna.join(CHANNEL);
    for n in 0..200 {
        anna.send(&format!("PRIVMSG {CHANNEL} :line {n}"));
    }
    anna.send_bytes(b"PRIVMSG #centos-devel :bad \xff bytes");
    let (_, line) = gwd.wait(0, PATIENCE, |line| line.last().contains("bytes")).expect("hear anna");
    assert_eq!(line.last(), "bad \u{fffd} bytes");
    let heard: Vec<_> = gwd.since(0).into_iter().filter(|line| line.is_said_to(CHANNEL)).collect();
    assert_eq!(heard.len(), 201, "flood control must not make tests wait");

    anna.rename("anna_");
    gwd.wait(0, PATIENCE, |line| line.command == "NICK" && line.last() == "anna_").expect("a nick");
    network.kill("anna_", "enough");
    gwd.wait(0, PATIENCE, |line| line.command == "QUIT" && line.nick == "anna_").expect("a quit");

    let mira = network.connect("mira");
    mira.join(CHANNEL);
    gwd.send(&format!("KICK {CHANNEL} mira :out"));
    mira.wait(0, PATIENCE, |line| line.command == "KICK" && line.param(1) == "mira")
        .expect("the first one in may kick");

    network.freeze();
    gwd.send("PING frozen");
    let silent = gwd.wait(0, std::time::Duration::from_millis(300), |line| line.last() == "frozen");
    assert!(silent.is_err(), "a frozen server says nothing");
    network.thaw();
    gwd.wait(0, PATIENCE, |line| line.last() == "frozen").expect("it goes on");

    network.restart();
    assert!(gwd.wait(0, PATIENCE, |line| line.command == "no such command").is_err());
    assert!(gwd.is_closed(), "a restart ends every connection");
    network.connect("gwd").join(CHANNEL);
}

#[test]
fn ngircd_behaves() {
    a_server_behaves(Kind::Ngircd);
}

#[test]
fn inspircd_behaves() {
    a_server_behaves(Kind::Inspircd);
}

#[test]
fn the_demos_server_behaves() {
    a_server_behaves(Kind::Demo);
}

#[test]
fn ngircd_has_no_capability_that_matters() {
    let network = Network::start(Kind::Ngircd);
    let gwd = network.connect("gwd");
    gwd.send("CAP LS 302");
    let (_, line) = gwd.wait(0, PATIENCE, |line| line.command == "CAP").expect("an answer");
    assert_eq!(line.last().trim(), "multi-prefix");
}

#[test]
fn people_log_in_and_accounts_outlive_the_services() {
    let mut network = Network::start(Kind::Inspircd);
    let witness = network.connect("anna");
    witness.send("CAP REQ :account-tag extended-join account-notify");
    witness.join(CHANNEL);
    network.connect("gwd").join(CHANNEL);
    let (_, join) = witness
        .wait(0, PATIENCE, |line| line.command == "JOIN" && line.nick == "gwd")
        .expect("see gwd join");
    assert_eq!(join.param(1), "georged", "the account differs from the nick");

    network.stop_services();
    let refused = Client::try_connect(network.port, "sbonazzo", Some(("sandrob", PASSWORD)));
    assert!(refused.is_err(), "nobody can log in without services");
    network.start_services();
    network.connect("sbonazzo");

    network.restart();
    network.connect("gwd");
    assert!(
        Client::try_connect(network.port, "thief", Some(("georged", "wrong"))).is_err(),
        "a wrong password is refused"
    );
}

#[test]
fn services_and_operators_change_nicks() {
    let network = Network::start(Kind::Inspircd);
    let holder = network.connect_as("beadle", None);
    let bot = network.connect_as("beadle_", Some(BOT));
    ask_services(&bot, "NickServ", "REGAIN beadle", "");
    bot.wait(0, PATIENCE, |line| line.command == "NICK" && line.last() == BOT)
        .unwrap_or_else(|_| panic!("regained: {:?}", bot.since(0)));
    network.force_nick("beadle", "renamed");
    bot.wait(0, PATIENCE, |line| line.command == "NICK" && line.last() == "renamed")
        .expect("renamed by an operator");
    assert!(holder.is_closed() || holder.since(0).iter().any(|line| line.command == "NICK"));
}

/// Logs in on the TLS port with the certificate of that name; gives the number of the answer.
fn log_in_by_certificate(network: &Network, certificate: &str) -> String {
    let mut openssl = Command::new("openssl")
        .args(["s_client", "-quiet", "-verify_return_error", "-verify_hostname", "localhost"])
        .args(["-connect", &format!("127.0.0.1:{}", network.tls_port), "-CAfile", "ca.pem"])
        .args(["-cert", &format!("{certificate}.pem"), "-key", &format!("{certificate}.key")])
        .current_dir(network.dir())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("run openssl");
    let mut input = openssl.stdin.take().expect("its input");
    let mut lines = BufReader::new(openssl.stdout.take().expect("its output")).lines();
    let mut answered = |wanted: &[&str]| loop {
        let line = Line::parse(&lines.next().expect("an answer").expect("read the answer"));
        if wanted.contains(&line.command.as_str()) {
            return line.command;
        }
    };
    let registration = b"CAP REQ :sasl\r\nNICK beadle\r\nUSER b 0 * :b\r\n";
    input.write_all(registration).expect("register");
    answered(&["CAP"]);
    input.write_all(b"AUTHENTICATE EXTERNAL\r\n").expect("begin to log in");
    answered(&["AUTHENTICATE"]);
    input.write_all(b"AUTHENTICATE +\r\n").expect("log in");
    let verdict = answered(&["903", "904", "906"]);
    openssl.kill().expect("end openssl");
    openssl.wait().expect("wait for openssl");
    verdict
}

#[test]
fn a_certificate_logs_the_bot_in() {
    let network = Network::start(Kind::Inspircd);
    assert_eq!(log_in_by_certificate(&network, "bot"), "903");
    assert_eq!(log_in_by_certificate(&network, "stranger"), "904", "an unknown one is refused");
}
