//! A real Postfix of its own, in a directory of its own on a loopback port: the relay that beadle
//! hands its letters to, and the mailbox of the list.
//!
//! Nothing here knows beadle; what arrived is given back byte for byte.

use super::process::{Process, debian_command};
use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// The list's address: the only one Postfix knows; it refuses all others of its domain for good.
pub const LIST: &str = "centos-virt@centos.test";

/// Postfix ends by itself after so many seconds, should a test be killed.
const MOST_SECONDS: u32 = 900;
/// How long a letter may take from the relay's door to the mailbox, or a test until it says so.
const PATIENCE: Duration = Duration::from_secs(30);

const MAIN: &str = include_str!("conf/postfix-main.cf");
const MASTER: &str = include_str!("conf/postfix-master.cf");

/// A running Postfix; dropping it ends all its processes and removes its files.
pub struct Postfix {
    dir: TempDir,
    port: u16,
    master: Process,
}

impl Postfix {
    /// Starts it on that port of 127.0.0.1, with the list's mailbox.
    pub fn start(port: u16) -> Postfix {
        Postfix::start_with(port, "", "")
    }

    /// Starts one that hands the list's mail on, as these further lines of main.cf and master.cf
    /// say, and has a mailbox for whoever is in the domain `people.test`.
    pub fn before(port: u16, main: &str, master: &str) -> Postfix {
        let people = "virtual_mailbox_domains = people.test\nvirtual_mailbox_maps = static:list/\n\
                      relay_domains = centos.test\nrelay_recipient_maps =\n\
                      minimal_backoff_time = 1s\nmaximal_backoff_time = 1s\nqueue_run_delay = 1s\n\
                      transport_retry_time = 1s\n";
        let carriers = "smtp unix - - n - - smtp\nlmtp unix - - n - - lmtp\n";
        Postfix::start_with(port, &format!("{people}{main}"), &format!("{carriers}{master}"))
    }

    fn start_with(port: u16, main: &str, master_lines: &str) -> Postfix {
        let uid = fs::metadata("/proc/self").expect("read /proc/self").uid();
        assert_eq!(uid, 0, "Postfix starts only as root; run sudo -E scripts/test mail");
        let dir = tempfile::tempdir().expect("make a directory");
        let path = dir.path();
        // Postfix's own user must get in.
        let open = fs::Permissions::from_mode(0o755);
        fs::set_permissions(path, open).expect("open a directory");
        for part in ["config", "queue", "data", "mail"] {
            fs::create_dir(path.join(part)).expect("make a directory");
        }
        give(&path.join("data"), "postfix");
        give(&path.join("mail"), "nobody");
        let filled = |text: &str| {
            let text = text.replace("{dir}", &path.display().to_string());
            text.replace("{port}", &port.to_string()).replace("{list}", LIST)
        };
        let config = path.join("config");
        // What stands further down counts.
        fs::write(config.join("main.cf"), filled(MAIN) + main).expect("write main.cf");
        fs::write(config.join("master.cf"), filled(MASTER) + master_lines)
            .expect("write master.cf");
        // Makes the queue's directories, with the owners they must have.
        done(debian_command("postfix").arg("-c").arg(&config).arg("check"));
        let daemons = done(debian_command("postconf").args(["-d", "-h", "daemon_directory"]));
        let mut master = Command::new(Path::new(daemons.trim()).join("master"));
        master.arg("-c").arg(&config).args(["-s", "-e", &MOST_SECONDS.to_string()]);
        let mut master = Process::start(&mut master, &path.join("output"));
        master.await_port(port);
        Postfix { dir, port, master }
    }

    /// Where it listens.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The letters that arrived for the list, oldest first, as they lie in its mailbox.
    pub fn letters(&self) -> Vec<Vec<u8>> {
        let folder = self.dir.path().join("mail/list/new");
        let files = fs::read_dir(folder).into_iter().flatten().flatten();
        let mut files: Vec<PathBuf> = files.map(|entry| entry.path()).collect();
        files.sort_by_key(|path| {
            (fs::metadata(path).and_then(|data| data.modified()).ok(), path.clone())
        });
        files.iter().map(|path| fs::read(path).expect("read a letter")).collect()
    }

    /// Waits until so many letters have arrived; `why` says more where they do not.
    pub fn await_letters(&self, count: usize, why: impl Fn() -> String) -> Vec<Vec<u8>> {
        let until = Instant::now() + PATIENCE;
        loop {
            let letters = self.letters();
            if letters.len() >= count {
                return letters;
            }
            let (found, log) = (letters.len(), self.output());
            assert!(Instant::now() < until, "{found} of {count} letters:\n{log}\n{}", why());
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    /// What it has logged until now.
    pub fn output(&self) -> String {
        self.master.output()
    }
}

/// Gives a directory to a user of this machine.
fn give(path: &Path, user: &str) {
    done(Command::new("chown").arg(user).arg(path));
}

/// What a command prints that must succeed.
fn done(command: &mut Command) -> String {
    let out = command.output().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    let said = String::from_utf8_lossy(&out.stderr);
    assert!(out.status.success(), "{command:?}: {said}; run scripts/setup test");
    String::from_utf8_lossy(&out.stdout).into_owned()
}
