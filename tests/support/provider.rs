//! A certified OpenID Provider (node's oidc-provider), as the group's login service.

use super::process::{Process, free_port};
use std::path::Path;
use std::process::Command;
use tempfile::TempDir;

/// A running login service on loopback; dropping it ends it.
pub struct Provider {
    /// Its address.
    pub issuer: String,
    _server: Process,
    _dir: TempDir,
}

impl Provider {
    /// Starts one that knows the client `beadle` by this secret, and sends browsers back there.
    pub fn start(redirect: &str, secret: &str) -> Provider {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/oidc");
        let modules = folder.join("node_modules/oidc-provider");
        assert!(modules.exists(), "oidc-provider is not installed; run scripts/setup test");
        let dir = tempfile::tempdir().expect("make a directory");
        let port = free_port();
        let mut node = Command::new("node");
        node.current_dir(&folder).arg("provider.mjs");
        node.args([&port.to_string(), redirect, secret]);
        let mut server = Process::start(&mut node, &dir.path().join("provider.log"));
        server.await_port(port);
        Provider { issuer: format!("http://127.0.0.1:{port}"), _server: server, _dir: dir }
    }
}
