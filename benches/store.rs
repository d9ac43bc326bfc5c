//! What storing a meeting's log costs: time, and bytes written, beside a plain file on the same disk.
//!
//! `cargo bench --bench store`. Bytes are counted by the kernel, `/proc/self/io`: "to disk" is
//! `write_bytes` (whole pages of the page cache), "written" is `wchar` (what the program gave to
//! write calls); both with SQLite's write-ahead log and its last checkpoint, and both divided by
//! the size of the log as text (`HH:MM:SS <nick> words`).

use beadle::config::Database;
use beadle::domain::meeting::{Event, Login, Manner, Speaker, What};
use beadle::domain::time::{Moment, SECOND};
use beadle::store::meeting::NewMeeting;
use beadle::store::{Db, log, meeting};
use std::fs::File;
use std::io::Write;
use std::path::Path;
use std::time::{Duration, Instant};

const LINES: usize = 10_000;
const BATCHES: [usize; 4] = [1, 10, 100, 500];
/// Lines at each end whose costs are compared.
const EDGE: usize = 1_000;

const WORDS: &str = "#info #topic the xen 4.10 packages are tagged for testing and we should push \
    them after the next meeting libvirt needs a rebuild against qemu-kvm-ev yes +1 I think so kernel \
    https://cbs.centos.org/koji/buildinfo?buildID=24211 is blocked on QA ok thanks";
const PEOPLE: &[&str] = &["gwd", "lsm5", "alphacc", "jonludlam", "bstinson", "sandrobonazzola"];

fn main() {
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    let runtime = runtime.expect("a runtime");
    let resident = runtime.block_on(resident());
    let events = events();
    let text: Vec<String> = events.iter().map(as_text).collect();
    let text_bytes: usize = text.iter().map(String::len).sum();
    println!("resident memory with a database open: {resident} KiB");
    println!(
        "{LINES} lines, {text_bytes} bytes as text ({:.0} a line); disk: {}\n",
        text_bytes as f64 / LINES as f64,
        env!("CARGO_TARGET_TMPDIR")
    );
    println!(
        "{:<28} {:>6} {:>10} {:>9} {:>9} {:>14} {:>14}",
        "", "batch", "lines/s", "to disk", "written", "first 1000", "last 1000"
    );
    for batch in BATCHES {
        let run = file(&text, batch);
        run.print("file, append + fdatasync", batch, text_bytes);
        let run = runtime.block_on(sqlite(&events, batch));
        run.print("SQLite, synchronous = full", batch, text_bytes);
    }
}

/// What the program needs with a database open and read once, before it holds anything else.
async fn resident() -> u64 {
    let directory = temporary();
    let db = open(directory.path()).await;
    assert!(meeting::open_all(&db).await.expect("a read").is_empty());
    let resident = number("/proc/self/status", "VmRSS:");
    db.close().await;
    resident
}

fn events() -> Vec<Event> {
    // A small generator of numbers: the same log in every run.
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    let mut next = move |below: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state % below as u64) as usize
    };
    let vocabulary: Vec<&str> = WORDS.split(' ').collect();
    let mut at = Moment::parse("2018-11-13T15:00:00Z").expect("a time");
    let mut one = || {
        // Servers tell milliseconds; lines arrive a little later.
        at = at.plus(next(8_000) as i64 * SECOND / 1_000);
        let heard_at = at.plus(30_000 + next(200_000) as i64);
        let nick = PEOPLE[next(PEOPLE.len())];
        let count = 1 + next(20);
        let words: Vec<&str> = (0..count).map(|_| vocabulary[next(vocabulary.len())]).collect();
        let who = Speaker { nick: nick.into(), login: Login::As(nick.into()) };
        let text = words.join(" ").into();
        Event { at, heard_at, what: What::Said { who, manner: Manner::Say, text } }
    };
    (0..LINES).map(|_| one()).collect()
}

fn as_text(event: &Event) -> String {
    let What::Said { who, text, .. } = &event.what else { unreachable!("all lines are said") };
    format!("{} <{}> {}\n", event.at.clock(), who.nick.as_str(), text.as_untrusted())
}

/// What one way of storing the log took.
struct Run {
    /// The time of each commit.
    commits: Vec<Duration>,
    to_disk: u64,
    written: u64,
}

fn file(text: &[String], batch: usize) -> Run {
    let directory = temporary();
    let mut file = File::create(directory.path().join("log")).expect("a file");
    let mut run = Run::start();
    for lines in text.chunks(batch) {
        let started = Instant::now();
        file.write_all(lines.concat().as_bytes()).expect("a write");
        file.sync_data().expect("a sync");
        run.commits.push(started.elapsed());
    }
    run.end()
}

async fn open(directory: &Path) -> Db {
    Db::open(&Database::Sqlite(directory.join("beadle.db"))).await.expect("a database")
}

async fn sqlite(events: &[Event], batch: usize) -> Run {
    let directory = temporary();
    let db = open(directory.path()).await;
    let new = NewMeeting {
        network: "libera".into(),
        channel: "#virt-sig".into(),
        channel_folded: "#virt-sig".into(),
        started_at: events[0].at,
        owner: Speaker { nick: "gwd".into(), login: Login::No },
    };
    let mut tx = db.begin().await.expect("a transaction");
    let row = meeting::insert(&mut tx, &new).await.expect("an insert").expect("none is open");
    tx.commit().await.expect("a commit");

    let mut run = Run::start();
    let mut seq = 1;
    for lines in events.chunks(batch) {
        let started = Instant::now();
        let mut tx = db.begin().await.expect("a transaction");
        log::append(&mut tx, row.id, seq, lines).await.expect("an append");
        tx.commit().await.expect("a commit");
        run.commits.push(started.elapsed());
        seq += lines.len() as u32;
    }
    let stored = log::read(&db, row.id).await.expect("a log");
    assert!(stored.iter().map(|(_, event)| event).eq(events), "what was stored is what was given");
    db.close().await;
    run.end()
}

fn temporary() -> tempfile::TempDir {
    tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).expect("a directory")
}

impl Run {
    fn start() -> Run {
        Run { commits: Vec::new(), to_disk: io("write_bytes:"), written: io("wchar:") }
    }

    fn end(self) -> Run {
        Run {
            commits: self.commits,
            to_disk: io("write_bytes:") - self.to_disk,
            written: io("wchar:") - self.written,
        }
    }

    fn print(&self, name: &str, batch: usize, text_bytes: usize) {
        let total: Duration = self.commits.iter().sum();
        let edge = EDGE.div_ceil(batch).min(self.commits.len());
        let cost = |commits: &[Duration]| {
            let micros = commits.iter().sum::<Duration>().as_secs_f64() * 1e6;
            format!("{:.1} us/line", micros / (commits.len() * batch) as f64)
        };
        println!(
            "{name:<28} {batch:>6} {:>10.0} {:>8.2}x {:>8.2}x {:>14} {:>14}",
            LINES as f64 / total.as_secs_f64(),
            self.to_disk as f64 / text_bytes as f64,
            self.written as f64 / text_bytes as f64,
            cost(&self.commits[..edge]),
            cost(&self.commits[self.commits.len() - edge..]),
        );
    }
}

/// A number of `/proc/self/io`; this reads nothing but that file, so it does not disturb the count.
fn io(key: &str) -> u64 {
    number("/proc/self/io", key)
}

fn number(file: &str, key: &str) -> u64 {
    let content = std::fs::read_to_string(file).expect("Linux tells");
    let line = content.lines().find_map(|line| line.strip_prefix(key)).expect("the key is there");
    line.trim().trim_end_matches(" kB").parse().expect("a number")
}
