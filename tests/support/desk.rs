//! A folder with a configuration, in which commands are run.

use serde_json::Value;
use std::path::Path;
use std::process::{Command, Output};
use std::time::{SystemTime, UNIX_EPOCH};

const CONFIG: &str = "[group]\nname = 'CentOS Virtualization SIG'\nshort = 'Virt SIG'\n\
    [state]\ndir = '.'\n[web]\nurl = 'https://virt.example.org'\n\
    [[network]]\nname = 'N'\nhost = 'irc.example'\nnick = 'virtbot'\nchannels = ['#centos-devel']\n\
    [[schedule]]\nname = 'Virt SIG'\ncron = '0 0 15 * * Tue'\nweeks = 'even'\n\
    [[member]]\nname = 'George Dunlap'\nnicks = ['gwd']\nroles = ['lead', 'maintainer: xen']\n\
    addresses = ['gwd@private.example']\n\
    [[member]]\nname = 'Jiri Denemark'\nnicks = ['jirkade']\nroles = ['maintainer: libvirt']\n\
    [[project]]\nname = 'xen'\n[[project]]\nname = 'ovirt'\n";

/// 2018-11-13 16:00 UTC.
pub const NOW: i64 = 1_542_124_800;

/// A folder with a configuration, in which it is 2018-11-13.
pub struct Desk(tempfile::TempDir);

impl Desk {
    pub fn new() -> Desk {
        let folder = tempfile::tempdir().expect("a folder");
        std::fs::write(folder.path().join("config.toml"), CONFIG).expect("a configuration");
        let desk = Desk(folder);
        desk.set_clock(NOW);
        desk
    }

    pub fn path(&self) -> &Path {
        self.0.path()
    }

    #[expect(clippy::disallowed_methods, reason = "the clock is moved away from the machine's")]
    pub fn set_clock(&self, to: i64) {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970").as_secs();
        let offset = to - i64::try_from(now).expect("before the end of time");
        std::fs::write(self.path().join("clock"), offset.to_string()).expect("a clock");
    }

    pub fn run(&self, words: &str) -> Output {
        Command::new(env!("CARGO_BIN_EXE_beadle"))
            .args(words.split(' ').map(|word| word.replace('_', " ")))
            .current_dir(self.path())
            .env("BEADLE_CLOCK", self.path().join("clock"))
            .env_remove("SUDO_USER")
            .env("USER", "root")
            .output()
            .expect("the program ends")
    }

    /// What a command prints that does what it was asked. An underscore is a space inside a word.
    pub fn does(&self, words: &str) -> String {
        let output = self.run(words);
        let error = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(0), "{words}: {error}");
        String::from_utf8_lossy(&output.stdout).into_owned()
    }

    /// Why a command could not do it (1) or was used wrongly (2).
    pub fn refuses(&self, words: &str, code: i32) -> String {
        let output = self.run(words);
        assert_eq!(output.status.code(), Some(code), "{words}");
        assert_eq!(String::from_utf8_lossy(&output.stdout), "", "{words}");
        String::from_utf8_lossy(&output.stderr).into_owned()
    }

    pub fn json(&self, words: &str) -> Value {
        let out = self.does(&format!("{words} --format json"));
        serde_json::from_str(&out).expect("JSON")
    }
}
