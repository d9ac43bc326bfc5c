//! RabbitMQ, without its service: its node, port mapper and files are of one test only.

use super::process::{Process, debian_command, free_port, unprivileged};
use std::fs;
use std::net::TcpStream;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// How long it may take to start; Erlang is slow on a busy machine.
const PATIENCE: Duration = Duration::from_secs(120);

/// A running broker on loopback with a user `guest`, password `guest`; dropping it ends it.
pub struct RabbitMq {
    port: u16,
    server: Process,
    // Erlang starts a port mapper where there is none, and leaves it behind; this one is ended.
    names: Process,
    names_port: u16,
    dir: TempDir,
}

impl RabbitMq {
    /// Starts a broker.
    pub fn start() -> RabbitMq {
        let dir = tempfile::tempdir().expect("make a directory");
        let (port, names_port) = (free_port(), free_port());
        let settings = format!("listeners.tcp.1 = 127.0.0.1:{port}\nlog.console = true\n");
        fs::write(dir.path().join("rabbitmq.conf"), settings).expect("write rabbitmq.conf");
        fs::write(dir.path().join("enabled_plugins"), "[].\n").expect("write enabled_plugins");
        let mut epmd = debian_command("epmd");
        epmd.args(["-address", "127.0.0.1", "-port", &names_port.to_string()]);
        let log = dir.path().join("epmd.out");
        let mut names = Process::start(unprivileged(&mut epmd, dir.path()), &log);
        names.await_port(names_port);
        let server = serve(dir.path(), port, names_port);
        RabbitMq { port, server, names, names_port, dir }
    }

    /// Where it listens, on 127.0.0.1.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Ends it as a power cut would, and starts it again on the same port.
    pub fn restart(&mut self) {
        self.server.kill();
        assert!(self.names.runs(), "epmd ended:\n{}", self.names.output());
        self.server = serve(self.dir.path(), self.port, self.names_port);
    }
}

fn serve(dir: &Path, port: u16, names_port: u16) -> Process {
    let file = |name: &str| dir.join(name);
    let mut command = Command::new("/usr/lib/rabbitmq/bin/rabbitmq-server");
    command
        .env("HOME", dir)
        .env("ERL_EPMD_ADDRESS", "127.0.0.1")
        .env("ERL_EPMD_PORT", names_port.to_string())
        .env("RABBITMQ_NODENAME", format!("rig{port}@localhost"))
        .env("RABBITMQ_DIST_PORT", free_port().to_string())
        .env("RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS", "-kernel inet_dist_use_interface {127,0,0,1}")
        .env("RABBITMQ_MNESIA_BASE", file("mnesia"))
        .env("RABBITMQ_LOG_BASE", file("log"))
        .env("RABBITMQ_CONFIG_FILE", file("rabbitmq"))
        .env("RABBITMQ_ENABLED_PLUGINS_FILE", file("enabled_plugins"))
        .env("RABBITMQ_CONF_ENV_FILE", file("none"))
        // The script becomes the server instead of starting it: so a signal reaches the server.
        .env("RUNNING_UNDER_SYSTEMD", "true");
    let mut server = Process::start(unprivileged(&mut command, dir), &dir.join("rabbitmq.out"));
    let until = Instant::now() + PATIENCE;
    while TcpStream::connect(("127.0.0.1", port)).is_err() {
        assert!(server.runs(), "it ended instead of listening:\n{}", server.output());
        assert!(Instant::now() < until, "nobody listens on {port}:\n{}", server.output());
        std::thread::sleep(Duration::from_millis(50));
    }
    server
}
