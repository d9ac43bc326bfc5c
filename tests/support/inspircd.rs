//! InspIRCd 3 with Atheme services: accounts, SASL, TLS, and most of IRCv3.

use super::cast::{BOT, CAST, PASSWORD};
use super::certificates;
use super::client::{Client, PATIENCE};
use super::process::{Process, debian_command, unprivileged};
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

/// The server's configuration, with places for what changes from run to run.
pub const CONFIGURATION: &str = include_str!("conf/inspircd.conf");

/// The services' configuration, likewise.
pub const SERVICES_CONFIGURATION: &str = include_str!("conf/atheme.conf");

/// Starts the server; its configuration and certificates are in the directory.
pub fn start(dir: &Path) -> Process {
    let mut command = debian_command("inspircd");
    command.arg("--nofork").arg("--config").arg(dir.join("inspircd.conf"));
    Process::start(unprivileged(&mut command, dir), &dir.join("inspircd.out"))
}

/// Starts the services and waits until they are linked to the server on that port.
pub fn start_services(dir: &Path, port: u16) -> Process {
    let mut command = debian_command("atheme-services");
    command.arg("-n").arg("-D").arg(dir).arg("-c").arg(dir.join("atheme.conf"));
    command.arg("-l").arg(dir.join("atheme.log")).arg("-p").arg(dir.join("atheme.pid"));
    let mut services =
        Process::start(unprivileged(&mut command, dir), &dir.join("atheme-services.out"));
    await_services(&mut services, port);
    services
}

fn await_services(services: &mut Process, port: u16) {
    let asking = Client::connect(port, "asking", None);
    let until = Instant::now() + PATIENCE;
    loop {
        let from = asking.position();
        asking.send("ISON NickServ SaslServ");
        let answer = asking.wait(from, PATIENCE, |line| line.command == "303");
        if answer.is_ok_and(|(_, line)| line.last().split_whitespace().count() == 2) {
            return;
        }
        assert!(services.runs(), "the services ended:\n{}", services.output());
        assert!(Instant::now() < until, "no services:\n{}", services.output());
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// Registers the cast's accounts and the bot's, whose certificate is good for logging in too.
pub fn register_accounts(dir: &Path, port: u16) {
    let accounts = CAST.iter().filter_map(|person| person.account);
    let mut registrar = Client::connect(port, "registrar", None);
    for account in accounts.chain([BOT]) {
        registrar.rename(account);
        let from = registrar.position();
        let mail = format!("{account}@rig.test");
        registrar.send(&format!("PRIVMSG NickServ :REGISTER {PASSWORD} {mail}"));
        registrar.wait(from, PATIENCE, |line| line.command == "900").expect("be registered");
        if account == BOT {
            let from = registrar.position();
            registrar
                .send(&format!("PRIVMSG NickServ :CERT ADD {}", fingerprint(&dir.join("bot.pem"))));
            registrar
                .wait(from, PATIENCE, |line| line.last().contains("Added fingerprint"))
                .expect("have a certificate registered");
        }
        let from = registrar.position();
        registrar.send("PRIVMSG NickServ :LOGOUT");
        registrar.wait(from, PATIENCE, |line| line.command == "901").expect("be logged out");
    }
}

/// Makes an authority, the server's certificate for `localhost`, and the bot's own certificate.
pub fn make_certificates(dir: &Path) {
    certificates::authority(dir);
    certificates::signed(dir, "server", certificates::LOCALHOST);
    certificates::stranger(dir, "stranger", certificates::LOCALHOST);
    certificates::stranger(dir, "bot", "extendedKeyUsage=clientAuth");
}

/// The SHA-256 fingerprint of a certificate as services write it.
fn fingerprint(certificate: &Path) -> String {
    let output = Command::new("openssl")
        .args(["x509", "-noout", "-fingerprint", "-sha256", "-in"])
        .arg(certificate)
        .output()
        .expect("run openssl");
    let line = String::from_utf8(output.stdout).expect("openssl speaks ASCII");
    let colons = line.trim().split_once('=').expect("a fingerprint").1;
    colons.replace(':', "").to_lowercase()
}
