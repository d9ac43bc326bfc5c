//! Durable verdicts a second at the running door, beside the disk's own limit in the same minute.
//!
//! `cargo bench --bench gate [-- SUBSCRIBERS…]`; without numbers 1,000, 100,000 and 1,000,000.
//! Targets: 5,000 verdicts a second with 20 sessions, 5 KB a message, half of them outsiders', p99 at
//! most 20 ms, and at most 20 MiB resident at 100,000 subscribers.

use beadle::demo::{Options, Server};
use std::fmt::Write as _;
use std::fs::File;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

const SESSIONS: usize = 20;
const MESSAGE_BYTES: usize = 5_120;
const SECONDS: u64 = 10;
const LIST: &str = "virt@centos.example";

fn main() {
    let mut sizes: Vec<usize> =
        std::env::args().skip(1).filter_map(|word| word.parse().ok()).collect();
    if sizes.is_empty() {
        sizes = vec![1_000, 100_000, 1_000_000];
    }
    println!(
        "{SESSIONS} sessions, {MESSAGE_BYTES} bytes a message, half of them outsiders', {SECONDS} s"
    );
    println!(
        "subscribers  verdicts/s  p50 ms  p99 ms  MiB resident  CPU us each  syncs/s of the disk"
    );
    for size in sizes {
        let folder = tempfile::tempdir().expect("a folder");
        let before = syncs(folder.path());
        let run = measure(folder.path(), size);
        let after = syncs(folder.path());
        println!(
            "{size:>11}  {:>10.0}  {:>6.2}  {:>6.2}  {:>12.1}  {:>11.0}  {before:.0} and {after:.0}",
            run.rate, run.p50_ms, run.p99_ms, run.mib, run.cpu_us
        );
    }
}

/// What was measured in one run.
struct Run {
    rate: f64,
    p50_ms: f64,
    p99_ms: f64,
    mib: f64,
    cpu_us: f64,
}

fn measure(folder: &Path, subscribers: usize) -> Run {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let server = runtime.block_on(Server::start(Options::default())).expect("a server");
    let sink = Sink::start();
    let lmtp = free_port();
    let config = configuration(folder, server.addr.port(), lmtp, sink.port);
    import(folder, &config, subscribers);
    let mut child = Command::new(env!("CARGO_BIN_EXE_beadle"))
        .args(["serve", "-c"])
        .arg(&config)
        .stderr(Stdio::null())
        .spawn()
        .expect("the program starts");
    await_port(lmtp);
    let next = Arc::new(AtomicU64::new(0));
    // What is not measured: caches fill, files grow.
    sessions(lmtp, subscribers, &next, Duration::from_secs(2));
    let cpu_before = cpu_seconds(&child);
    let began = Instant::now();
    let mut times = sessions(lmtp, subscribers, &next, Duration::from_secs(SECONDS));
    let spent = began.elapsed().as_secs_f64();
    let cpu = cpu_seconds(&child) - cpu_before;
    let mib = resident_mib(&child);
    let _ = child.kill();
    let _ = child.wait();
    runtime.block_on(server.stop());
    times.sort_unstable();
    let at = |part: f64| times[((times.len() - 1) as f64 * part) as usize].as_secs_f64() * 1e3;
    Run {
        rate: times.len() as f64 / spent,
        p50_ms: at(0.5),
        p99_ms: at(0.99),
        mib,
        cpu_us: cpu * 1e6 / times.len() as f64,
    }
}

/// All sessions at once; how long each message took from its first byte to its answer.
fn sessions(
    port: u16,
    subscribers: usize,
    next: &Arc<AtomicU64>,
    lasting: Duration,
) -> Vec<Duration> {
    let until = Instant::now() + lasting;
    let threads: Vec<_> = (0..SESSIONS)
        .map(|_| {
            let next = next.clone();
            std::thread::spawn(move || session(port, subscribers, &next, until))
        })
        .collect();
    threads.into_iter().flat_map(|thread| thread.join().expect("a session")).collect()
}

fn session(port: u16, subscribers: usize, next: &AtomicU64, until: Instant) -> Vec<Duration> {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).expect("a connection");
    stream.set_nodelay(true).expect("an option");
    let mut answers = BufReader::new(stream.try_clone().expect("a handle"));
    answer(&mut answers, "220");
    stream.write_all(b"LHLO bench.example\r\n").expect("a write");
    answer(&mut answers, "250");
    let mut times = Vec::new();
    while Instant::now() < until {
        let number = next.fetch_add(1, Ordering::Relaxed);
        let author = match number % 2 {
            0 => subscriber(number.wrapping_mul(7919) as usize % subscribers),
            _ => format!("outsider{number}@elsewhere.example"),
        };
        let mail = mail(&author, number);
        let began = Instant::now();
        let envelope = format!("MAIL FROM:<{author}>\r\nRCPT TO:<{LIST}>\r\nDATA\r\n");
        stream.write_all(envelope.as_bytes()).expect("a write");
        for code in ["250", "250", "354"] {
            answer(&mut answers, code);
        }
        stream.write_all(mail.as_bytes()).expect("a write");
        answer(&mut answers, "250");
        times.push(began.elapsed());
    }
    times
}

/// The last line of an answer, which must begin so.
fn answer(answers: &mut impl BufRead, code: &str) {
    let mut line = String::new();
    loop {
        line.clear();
        assert!(answers.read_line(&mut line).expect("an answer") > 0, "the door closed");
        assert!(line.starts_with(code), "{line}");
        if line.as_bytes().get(3) != Some(&b'-') {
            return;
        }
    }
}

fn subscriber(number: usize) -> String {
    format!("subscriber{number}@members{}.example", number % 97)
}

fn mail(author: &str, number: u64) -> String {
    let mut mail = format!(
        "Received: from mx.example (mx.example [192.0.2.1]) by lists.centos.example; \
         Tue, 13 Nov 2018 15:00:00 +0000\r\nFrom: Somebody <{author}>\r\nTo: {LIST}\r\n\
         Subject: [patch {number}] x86: do the right thing\r\n\
         Date: Tue, 13 Nov 2018 15:00:00 +0000\r\nMessage-ID: <{number}@elsewhere.example>\r\n\
         MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n"
    );
    while mail.len() < MESSAGE_BYTES {
        let _ = write!(mail, "> line {} of a message that says the same as others\r\n", mail.len());
    }
    mail + ".\r\n"
}

fn import(folder: &Path, config: &Path, subscribers: usize) {
    let mut addresses = String::new();
    for number in 0..subscribers {
        let _ = writeln!(addresses, "{}", subscriber(number));
    }
    let file = folder.join("subscribers.txt");
    std::fs::write(&file, addresses).expect("a writable folder");
    let done = Command::new(env!("CARGO_BIN_EXE_beadle"))
        .args(["list", "import", LIST, "--yes", "-c"])
        .args([config, &file])
        .output()
        .expect("the program starts");
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
}

/// An SMTP server that takes everything and keeps nothing.
struct Sink {
    port: u16,
}

impl Sink {
    fn start() -> Sink {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let port = listener.local_addr().expect("an address").port();
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                std::thread::spawn(move || {
                    let _ = swallow(stream);
                });
            }
        });
        Sink { port }
    }
}

fn swallow(mut stream: TcpStream) -> std::io::Result<()> {
    let mut lines = BufReader::new(stream.try_clone()?);
    stream.write_all(b"220 sink\r\n")?;
    let mut line = Vec::new();
    let mut in_data = false;
    loop {
        line.clear();
        if lines.by_ref().take(10_000).read_until(b'\n', &mut line)? == 0 {
            return Ok(());
        }
        let verb = line.to_ascii_uppercase();
        let said: &[u8] = match (in_data, verb.as_slice()) {
            (true, b".\r\n") => {
                in_data = false;
                b"250 2.0.0 taken\r\n"
            }
            (true, _) => continue,
            (_, verb) if verb.starts_with(b"EHLO") => b"250-sink\r\n250 8BITMIME\r\n",
            (_, verb) if verb.starts_with(b"DATA") => {
                in_data = true;
                b"354 go on\r\n"
            }
            _ => b"250 2.0.0 yes\r\n",
        };
        stream.write_all(said)?;
    }
}

/// How many appends of a message with `fdatasync` the disk takes in a second, one after the other.
fn syncs(folder: &Path) -> f64 {
    let mut file = File::create(folder.join("syncs")).expect("a file");
    let began = Instant::now();
    let mut count = 0;
    while began.elapsed() < Duration::from_secs(1) {
        file.write_all(&[7; MESSAGE_BYTES]).expect("a write");
        file.sync_data().expect("a sync");
        count += 1;
    }
    f64::from(count) / began.elapsed().as_secs_f64()
}

fn cpu_seconds(child: &Child) -> f64 {
    let stat = std::fs::read_to_string(format!("/proc/{}/stat", child.id())).expect("a process");
    let after_name = stat.rsplit(") ").next().expect("fields");
    let fields: Vec<&str> = after_name.split(' ').collect();
    let ticks: f64 =
        fields[11].parse::<f64>().expect("ticks") + fields[12].parse::<f64>().expect("ticks");
    ticks / 100.0
}

fn resident_mib(child: &Child) -> f64 {
    let status = std::fs::read_to_string(format!("/proc/{}/status", child.id())).expect("a status");
    let rss = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("a figure");
    rss.trim().trim_end_matches(" kB").trim().parse::<f64>().expect("a figure") / 1024.0
}

fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    listener.local_addr().expect("an address").port()
}

fn await_port(port: u16) {
    let began = Instant::now();
    while TcpStream::connect(("127.0.0.1", port)).is_err() {
        assert!(began.elapsed() < Duration::from_secs(30), "the door opens");
        std::thread::sleep(Duration::from_millis(20));
    }
}

fn configuration(folder: &Path, irc: u16, lmtp: u16, sink: u16) -> PathBuf {
    let text = format!(
        "[group]\nname = \"Virt SIG\"\n[state]\ndir = {:?}\n[[network]]\nname = \"bench\"\n\
         host = \"127.0.0.1\"\nport = {irc}\ntls = false\nnick = \"beadle\"\nchannels = [\"#c\"]\n\
         [list]\naddress = \"{LIST}\"\n[gate]\nlmtp = \"127.0.0.1:{lmtp}\"\n\
         onward = \"smtp:127.0.0.1:{sink}\"\n",
        folder.join("state").display().to_string()
    );
    let path = folder.join("config.toml");
    std::fs::write(&path, text).expect("a writable folder");
    path
}
