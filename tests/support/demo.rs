//! The demo's own server, in this process: accounts and IRCv3 like a rich network, and faults no
//! real server has on request. That it behaves as the real ones do, the stories themselves show.

use super::cast::{BOT, CAST, PASSWORD};
use beadle::demo::{Account, Fault, Options, Server};
use tokio::runtime::Runtime;

/// The running server and what drives it.
pub struct Demo {
    runtime: Runtime,
    options: Options,
    server: Option<Server>,
}

impl Demo {
    /// Starts it on this port of 127.0.0.1.
    pub fn start(port: u16) -> Demo {
        let names = CAST.iter().filter_map(|person| person.account).chain([BOT]);
        let options = Options {
            address: ([127, 0, 0, 1], port).into(),
            accounts: names.map(|name| Account::new(name, PASSWORD)).collect(),
            ..Options::default()
        };
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .expect("start a runtime");
        let mut demo = Demo { runtime, options, server: None };
        demo.resume();
        demo
    }

    /// Lets something go wrong, or right again.
    pub fn fault(&self, fault: Fault) {
        let server = self.server.as_ref().expect("the server runs");
        self.runtime.block_on(server.fault(fault)).expect("a fault that can be");
    }

    /// Ends the server with all its connections.
    pub fn stop(&mut self) {
        self.runtime.block_on(self.server.take().expect("the server runs").stop());
    }

    /// Starts it again, on the same port.
    pub fn resume(&mut self) {
        let server = self.runtime.block_on(Server::start(self.options.clone()));
        self.server = Some(server.expect("start the demo's server"));
    }
}
