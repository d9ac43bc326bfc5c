//! A child process with its output in a file, ended when its owner goes.
//!
//! It knows nothing of IRC; the servers and the bot are built on it.

use std::fs::{self, File};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::os::unix::fs::MetadataExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

/// How long a server may take until it accepts connections, or to end after being asked to.
const PATIENCE: Duration = Duration::from_secs(20);

/// The user and group `nobody`, whom servers run as that refuse to run as root.
const NOBODY: u32 = 65534;

/// A running child; dropping it kills it.
pub struct Process {
    child: Child,
    log: PathBuf,
}

impl Process {
    /// Starts the command; what it prints is appended to the file `log`.
    pub fn start(command: &mut Command, log: &Path) -> Process {
        let file = File::options().create(true).append(true).open(log).expect("open a log file");
        let again = file.try_clone().expect("clone a log file");
        let child = command
            .stdin(Stdio::null())
            .stdout(file)
            .stderr(again)
            .spawn()
            .unwrap_or_else(|error| panic!("{command:?}: {error}; run scripts/setup test"));
        Process { child, log: log.to_path_buf() }
    }

    /// What it has printed until now.
    pub fn output(&self) -> String {
        String::from_utf8_lossy(&fs::read(&self.log).unwrap_or_default()).into_owned()
    }

    /// Sends a signal, by its name without `SIG`.
    pub fn signal(&self, name: &str) {
        let status = Command::new("kill")
            .args([&format!("-{name}"), &self.child.id().to_string()])
            .status()
            .expect("run kill");
        assert!(status.success(), "kill -{name} {} failed", self.child.id());
    }

    /// Whether it still runs.
    pub fn runs(&mut self) -> bool {
        self.child.try_wait().expect("wait for a child").is_none()
    }

    /// Asks it to end (SIGTERM) and waits until it has.
    pub fn stop(&mut self) -> ExitStatus {
        self.signal("TERM");
        let until = Instant::now() + PATIENCE;
        loop {
            if let Some(status) = self.child.try_wait().expect("wait for a child") {
                return status;
            }
            assert!(Instant::now() < until, "still there after SIGTERM:\n{}", self.output());
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    /// Ends it as a power cut would (SIGKILL).
    pub fn kill(&mut self) {
        // Both fail only where the child has already been waited for.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }

    /// Waits until somebody listens on the port.
    pub fn await_port(&mut self, port: u16) {
        let address = SocketAddr::from(([127, 0, 0, 1], port));
        let until = Instant::now() + PATIENCE;
        while TcpStream::connect_timeout(&address, Duration::from_secs(1)).is_err() {
            assert!(self.runs(), "it ended instead of listening:\n{}", self.output());
            assert!(Instant::now() < until, "nobody listens on {port}:\n{}", self.output());
            std::thread::sleep(Duration::from_millis(10));
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.kill();
    }
}

/// A command for a program of Debian's, which keeps servers out of a user's PATH.
pub fn debian_command(program: &str) -> Command {
    let place = ["/usr/sbin", "/usr/bin", "/usr/local/sbin", "/usr/local/bin"]
        .iter()
        .map(|place| Path::new(place).join(program))
        .find(|path| path.exists());
    Command::new(place.unwrap_or_else(|| panic!("{program} is missing; run scripts/setup test")))
}

/// Lets the command run as nobody in a directory that is theirs, where we are root.
///
/// IRC servers refuse to run as root, or change their user by themselves and lose their files.
pub fn unprivileged<'a>(command: &'a mut Command, dir: &Path) -> &'a mut Command {
    if fs::metadata("/proc/self").expect("read /proc/self").uid() != 0 {
        return command;
    }
    let chown = |path: &Path| std::os::unix::fs::chown(path, Some(NOBODY), Some(NOBODY));
    chown(dir).expect("give a directory away");
    for entry in fs::read_dir(dir).expect("read a directory") {
        chown(&entry.expect("read a directory").path()).expect("give a file away");
    }
    command.uid(NOBODY).gid(NOBODY)
}

/// A port of 127.0.0.1 that is free now.
///
/// It is taken from below the range from which the kernel serves outgoing connections, so that a
/// server that restarts finds its port free again.
pub fn free_port() -> u16 {
    loop {
        let port = 15_000 + (random() % 15_000) as u16;
        if TcpListener::bind(("127.0.0.1", port)).is_ok() {
            return port;
        }
    }
}

/// A number nobody can foresee, from the seed the standard library gives its hash tables.
pub fn random() -> u64 {
    use std::hash::{BuildHasher, RandomState};
    RandomState::new().hash_one(Instant::now())
}
