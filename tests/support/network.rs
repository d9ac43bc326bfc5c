//! A network to hold meetings on: a real IRC server on loopback, and the means to disturb it.

use super::cast::{PASSWORD, account_of};
use super::client::{Client, NotHeard, PATIENCE};
use super::demo::Demo;
use super::process::{Process, free_port};
use super::{inspircd, ngircd};
use beadle::demo::{Fault, Outage, Who};
use std::fs;
use std::path::Path;
use tempfile::TempDir;

/// Which server it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// ngIRCd: no accounts, no capabilities.
    Ngircd,
    /// InspIRCd with Atheme: accounts, TLS, IRCv3.
    Inspircd,
    /// The demo's own server: accounts, IRCv3, no TLS.
    Demo,
}

const OPERATOR: (&str, &str) = ("operator", "operator-password");

/// A running network; dropping it ends its servers and removes their files.
pub struct Network {
    /// Which server it is.
    pub kind: Kind,
    /// Where clients connect, without TLS.
    pub port: u16,
    /// Where clients connect with TLS; InspIRCd only.
    pub tls_port: u16,
    dir: TempDir,
    machines: Machines,
}

enum Machines {
    Children { server: Process, services: Option<Process> },
    Demo(Box<Demo>),
}

impl Network {
    /// Starts the server, and its services where it has them, with the cast's accounts.
    pub fn start(kind: Kind) -> Network {
        let dir = tempfile::tempdir().expect("make a directory");
        let (port, tls_port) = (free_port(), free_port());
        write_configuration(kind, dir.path(), port, tls_port);
        let machines = match kind {
            Kind::Demo => Machines::Demo(Box::new(Demo::start(port))),
            Kind::Ngircd => {
                let server = start_server(kind, dir.path(), port);
                Machines::Children { server, services: None }
            }
            Kind::Inspircd => {
                let server = start_server(kind, dir.path(), port);
                let services = Some(inspircd::start_services(dir.path(), port));
                inspircd::register_accounts(dir.path(), port);
                Machines::Children { server, services }
            }
        };
        Network { kind, port, tls_port, dir, machines }
    }

    /// Whether people can log in.
    pub fn has_accounts(&self) -> bool {
        self.kind != Kind::Ngircd
    }

    /// Where the certificates are: `ca.pem`, and `bot.pem` with `bot.key`.
    pub fn dir(&self) -> &Path {
        self.dir.path()
    }

    /// Connects somebody, logged in where the network has accounts and they have one.
    pub fn connect(&self, nick: &str) -> Client {
        self.connect_as(nick, account_of(nick))
    }

    /// Connects somebody with an account that is not theirs by habit, or with none.
    pub fn connect_as(&self, nick: &str, account: Option<&str>) -> Client {
        let account = account.filter(|_| self.has_accounts());
        Client::connect(self.port, nick, account.map(|account| (account, PASSWORD)))
    }

    /// Connects an operator of the server.
    pub fn operator(&self) -> Client {
        let client = Client::connect(self.port, "operator", None);
        client.oper(OPERATOR.0, OPERATOR.1);
        client
    }

    /// An operator ends somebody's connection.
    pub fn kill(&self, nick: &str, reason: &str) {
        if let Machines::Demo(demo) = &self.machines {
            return demo.fault(Fault::Kill(nick.into()));
        }
        let operator = self.operator();
        operator.send(&format!("KILL {nick} :{reason}"));
        operator.settle();
    }

    /// An operator changes somebody's nick for them; ngIRCd's operators cannot.
    pub fn force_nick(&self, nick: &str, new: &str) {
        if let Machines::Demo(demo) = &self.machines {
            return demo.fault(Fault::ForceNick(nick.into(), new.into()));
        }
        let operator = self.operator();
        let from = operator.position();
        operator.send(&format!("SANICK {nick} {new}"));
        operator.settle();
        let refused = operator.since(from).into_iter().find(|line| line.command.starts_with('4'));
        assert_eq!(refused, None, "SANICK {nick} {new}");
    }

    /// These people are on the other side of a split from now on; the demo's server only.
    pub fn split(&self, nicks: Vec<String>) {
        self.demo().fault(Fault::Split(nicks));
    }

    /// The split ends.
    pub fn heal(&self) {
        self.demo().fault(Fault::Heal);
    }

    fn demo(&self) -> &Demo {
        match &self.machines {
            Machines::Demo(demo) => demo,
            Machines::Children { .. } => panic!("only the demo's server can do that"),
        }
    }

    /// Ends the server as a crash would and starts it again on the same port.
    pub fn restart(&mut self) {
        self.stop();
        self.resume();
    }

    /// Ends the server as a crash would.
    pub fn stop(&mut self) {
        match &mut self.machines {
            Machines::Children { server, .. } => server.kill(),
            Machines::Demo(demo) => demo.stop(),
        }
    }

    /// Starts the server again after [`Network::stop`].
    pub fn resume(&mut self) {
        match &mut self.machines {
            Machines::Children { server, services } => {
                *server = start_server(self.kind, self.dir.path(), self.port);
                if let Some(services) = services {
                    services.stop();
                    *services = inspircd::start_services(self.dir.path(), self.port);
                }
            }
            Machines::Demo(demo) => demo.resume(),
        }
    }

    /// Stops the server without ending it: connections stay, nothing moves.
    pub fn freeze(&self) {
        match &self.machines {
            Machines::Children { server, .. } => server.signal("STOP"),
            Machines::Demo(demo) => demo.fault(Fault::Silence(Who::Everyone)),
        }
    }

    /// Lets a frozen server go on.
    pub fn thaw(&self) {
        match &self.machines {
            Machines::Children { server, .. } => server.signal("CONT"),
            Machines::Demo(demo) => demo.fault(Fault::Resume(Who::Everyone)),
        }
    }

    /// Ends the services; they keep the accounts for when they come back.
    pub fn stop_services(&mut self) {
        match &mut self.machines {
            Machines::Children { services, .. } => {
                services.take().expect("services that run").stop();
            }
            Machines::Demo(demo) => demo.fault(Fault::ServicesDown(Outage::Aborts)),
        }
    }

    /// Starts the services again.
    pub fn start_services(&mut self) {
        match &mut self.machines {
            Machines::Children { services, .. } => {
                assert!(services.is_none(), "the services run already");
                *services = Some(inspircd::start_services(self.dir.path(), self.port));
            }
            Machines::Demo(demo) => demo.fault(Fault::ServicesUp),
        }
    }

    /// What the servers printed, for the report of a failure.
    pub fn output(&self) -> String {
        match &self.machines {
            Machines::Children { server, services } => {
                let services = services.as_ref().map(Process::output).unwrap_or_default();
                format!("{}{services}", server.output())
            }
            Machines::Demo(_) => String::new(),
        }
    }
}

/// Asks services for something as a logged-in person would, and waits for words of the answer.
pub fn ask_services(client: &Client, service: &str, request: &str, answer: &str) {
    let from = client.position();
    client.send(&format!("PRIVMSG {service} :{request}"));
    client
        .wait(from, PATIENCE, |line| line.nick == service && line.last().contains(answer))
        .unwrap_or_else(|NotHeard(why)| panic!("{service} {request}: {why}"));
}

fn start_server(kind: Kind, dir: &Path, port: u16) -> Process {
    let mut server = match kind {
        Kind::Ngircd => ngircd::start(dir),
        Kind::Inspircd => inspircd::start(dir),
        Kind::Demo => unreachable!("it runs in this process"),
    };
    server.await_port(port);
    server
}

fn write_configuration(kind: Kind, dir: &Path, port: u16, tls_port: u16) {
    let link_port = free_port();
    let write = |name: &str, template: &str| {
        let text = template
            .replace("{port}", &port.to_string())
            .replace("{tls_port}", &tls_port.to_string())
            .replace("{link_port}", &link_port.to_string())
            .replace("{link_password}", "link-password")
            .replace("{oper}", OPERATOR.0)
            .replace("{oper_password}", OPERATOR.1)
            .replace("{dir}", dir.to_str().expect("a temporary directory's name is ASCII"));
        fs::write(dir.join(name), text).expect("write a configuration");
    };
    match kind {
        Kind::Ngircd => write("ngircd.conf", ngircd::CONFIGURATION),
        Kind::Inspircd => {
            write("inspircd.conf", inspircd::CONFIGURATION);
            write("atheme.conf", inspircd::SERVICES_CONFIGURATION);
            write("motd", "Welcome.\n");
            inspircd::make_certificates(dir);
        }
        Kind::Demo => {}
    }
}
