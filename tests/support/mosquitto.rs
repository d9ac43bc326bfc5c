//! Mosquitto: the MQTT broker that CentOS runs, with what it keeps in a directory of its own.

use super::certificates;
use super::process::{Process, debian_command, free_port, unprivileged};
use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};
use tempfile::TempDir;

/// A running broker on loopback; dropping it ends it and removes its files.
pub struct Mosquitto {
    port: u16,
    tls: bool,
    server: Process,
    dir: TempDir,
}

impl Mosquitto {
    /// Starts a broker that lets everybody in and keeps what it has for who is away. Like
    /// CentOS's, it writes that to the disk each 300 seconds and when it is asked to end, so a
    /// kill loses it.
    pub fn start() -> Mosquitto {
        Mosquitto::start_with("allow_anonymous true\n")
    }

    /// Starts a broker with these further lines of configuration instead of letting everybody in.
    pub fn start_with(lines: &str) -> Mosquitto {
        let dir = tempfile::tempdir().expect("make a directory");
        let port = free_port();
        let kept = dir.path().display();
        let whole = format!(
            "listener {port} 127.0.0.1\npersistence true\npersistence_location {kept}/\n\
             autosave_interval 300\nlog_dest stderr\n{lines}"
        );
        fs::write(dir.path().join("mosquitto.conf"), whole).expect("write mosquitto.conf");
        let server = serve(dir.path(), port);
        Mosquitto { port, tls: false, server, dir }
    }

    /// Starts a broker that speaks TLS and lets in who has a certificate of its authority. In
    /// [`Mosquitto::dir`] are `ca`, `server`, `client`, `old` (X.509 version 1) and `stranger`,
    /// each `.pem` and `.key`.
    pub fn start_tls() -> Mosquitto {
        let dir = tempfile::tempdir().expect("make a directory");
        let port = free_port();
        certificates::authority(dir.path());
        certificates::signed(dir.path(), "server", certificates::LOCALHOST);
        certificates::signed(dir.path(), "client", "extendedKeyUsage=clientAuth");
        certificates::stranger(dir.path(), "stranger", "extendedKeyUsage=clientAuth");
        certificates::version_1(dir.path(), "old");
        let file = |name: &str| dir.path().join(name).display().to_string();
        let whole = format!(
            "listener {port} 127.0.0.1\ncafile {}\ncertfile {}\nkeyfile {}\n\
             require_certificate true\nuse_identity_as_username true\nlog_dest stderr\n",
            file("ca.pem"),
            file("server.pem"),
            file("server.key"),
        );
        fs::write(dir.path().join("mosquitto.conf"), whole).expect("write mosquitto.conf");
        let server = serve(dir.path(), port);
        Mosquitto { port, tls: true, server, dir }
    }

    /// Where it listens, on 127.0.0.1.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Where its files are.
    pub fn dir(&self) -> &Path {
        self.dir.path()
    }

    /// Publishes a message, and is back when the broker has it where `qos` is 1 or 2.
    pub fn publish(&self, topic: &str, payload: impl AsRef<[u8]>, qos: u8) {
        let mut command = Command::new("mosquitto_pub");
        command.args(["-V", "5", "-h", "localhost", "-p", &self.port.to_string()]);
        command.args(["-t", topic, "-q", &qos.to_string()]);
        // It takes no empty payload from its input.
        command.arg(if payload.as_ref().is_empty() { "-n" } else { "-s" });
        if self.tls {
            for (option, file) in [("--cafile", "ca.pem"), ("--cert", "client.pem")] {
                command.arg(option).arg(self.dir.path().join(file));
            }
            command.arg("--key").arg(self.dir.path().join("client.key"));
        }
        let mut child = command
            .stdin(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("run mosquitto_pub; scripts/setup test installs it");
        let mut input = child.stdin.take().expect("its input");
        input.write_all(payload.as_ref()).expect("give it the payload");
        drop(input);
        let output = child.wait_with_output().expect("wait for mosquitto_pub");
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "mosquitto_pub: {errors}\n{}", self.server.output());
    }

    /// Ends it as a power cut would: what it kept in memory only is lost.
    pub fn kill(&mut self) {
        self.server.kill();
    }

    /// Ends it in order, unless it was killed before, and starts it again on the same port.
    pub fn restart(&mut self) {
        if self.server.runs() {
            self.server.stop();
        }
        self.server = serve(self.dir.path(), self.port);
    }
}

fn serve(dir: &Path, port: u16) -> Process {
    let mut command = debian_command("mosquitto");
    command.arg("-c").arg(dir.join("mosquitto.conf"));
    let mut server = Process::start(unprivileged(&mut command, dir), &dir.join("mosquitto.out"));
    server.await_port(port);
    server
}
