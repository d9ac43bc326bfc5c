//! What a line of a meeting costs, live: read from the wire, stored with `synchronous=FULL`, judged.
//!
//! `cargo bench --bench live`. Targets: at most 4 bytes written per byte of the log, and the same
//! cost per line at the end of a meeting as at its start. Beside it, in the same run, the same text
//! appended to a file with one fdatasync for each group of lines.

use beadle::config::{Config, Database, Group, IrcNetwork, MeetingRules};
use beadle::domain::meeting::replay;
use beadle::domain::minutes::{Format, Links, render};
use beadle::domain::time::Moment;
use beadle::flow::hear::{Hear, Heard};
use beadle::irc::session::{Input, Now, Output, Session};
use beadle::store::{self, Db};
use std::io::Write;
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

const LINES: usize = 10_000;

fn main() {
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    let runtime = runtime.expect("a runtime");
    println!(
        "{:>6}  {:>9}  {:>12}  {:>12}  {:>15}  {:>10}  {:>12}",
        "group", "lines/s", "first µs/l", "last µs/l", "written bytes", "× the log", "file lines/s"
    );
    for group in [1, 10, 100, 512] {
        runtime.block_on(measure(group));
    }
}

async fn measure(group: usize) {
    let folder = tempfile::tempdir().expect("a folder");
    let config = Arc::new(configuration(folder.path()));
    let db = Db::open(&config.database).await.expect("a database");
    let mut hear = Hear::new(db.clone(), config.clone(), config.networks[0].clone());
    let mut door = Door::new(&config.networks[0]);
    hear.hear(door.start()).await;
    hear.hear(door.read(":gwd!g@h PRIVMSG #c :#startmeeting Virt SIG")).await;

    let before = written();
    let started = Instant::now();
    let (mut first, mut last) = (0.0, 0.0);
    let mut done = 0;
    while done < LINES {
        let part = Instant::now();
        let mut heard = Vec::new();
        for n in done..(done + group).min(LINES) {
            heard.extend(door.read(&line(n)));
        }
        done += heard.len();
        hear.hear(heard).await;
        let spent = part.elapsed().as_secs_f64();
        first += if done <= LINES / 10 { spent } else { 0.0 };
        last += if done > LINES * 9 / 10 { spent } else { 0.0 };
    }
    let seconds = started.elapsed().as_secs_f64();
    let row = store::meeting::by_slug(&db, &door.today())
        .await
        .expect("a database")
        .expect("the meeting");
    let stored = store::log::read(&db, row.id).await.expect("the log");
    db.close().await; // The checkpoint is counted.
    let bytes = written() - before;
    let meeting = replay::stored(stored.into_iter().map(|(_, event)| event)).expect("a meeting");
    let log = render(Format::LogText, &meeting, &Links::default());
    assert!(meeting.log.len() >= LINES);
    println!(
        "{group:>6}  {:>9.0}  {:>12.1}  {:>12.1}  {bytes:>15}  {:>10.2}  {:>12.0}",
        LINES as f64 / seconds,
        first * 1e6 / (LINES / 10) as f64,
        last * 1e6 / (LINES / 10) as f64,
        bytes as f64 / log.len() as f64,
        file(folder.path(), &log, group)
    );
}

fn line(n: usize) -> String {
    let nicks = ["gwd", "anthonyper", "sbonazzo", "lsm5", "nshaikh", "jirkade", "tomo", "mira"];
    let words = match n % 20 {
        0 => format!("#info qemu-kvm-ev is rebased on 2.12, build {n}"),
        _ => "the build for el7 failed again because the toolchain of the buildroot is too old"
            .to_string(),
    };
    format!(":{}!u@h PRIVMSG #c :{words}", nicks[n % nicks.len()])
}

/// Lines a second of the plain way: append and fdatasync, group by group.
fn file(folder: &Path, log: &str, group: usize) -> f64 {
    let mut file = std::fs::File::create(folder.join("plain.log")).expect("a file");
    let lines: Vec<&str> = log.lines().collect();
    let started = Instant::now();
    for part in lines.chunks(group) {
        let text: String = part.iter().flat_map(|line| [line, "\n"]).collect();
        file.write_all(text.as_bytes()).and_then(|()| file.sync_data()).expect("a writable file");
    }
    lines.len() as f64 / started.elapsed().as_secs_f64()
}

/// Bytes this process has caused to be written to disk.
fn written() -> u64 {
    let io = std::fs::read_to_string("/proc/self/io").unwrap_or_default();
    let line = io.lines().find_map(|line| line.strip_prefix("write_bytes: "));
    line.and_then(|bytes| bytes.parse().ok()).unwrap_or(0)
}

/// The session of the IRC door, fed with lines as a socket would.
struct Door {
    session: Session,
    mono: i64,
}

impl Door {
    fn new(network: &IrcNetwork) -> Door {
        Door { session: Session::new(network.clone(), &[7; 32], now(0)), mono: 0 }
    }

    fn apply(&mut self, input: Input) -> Vec<Heard> {
        self.mono += 100;
        let outputs = self.session.apply(now(self.mono), input);
        outputs
            .into_iter()
            .filter_map(|output| match output {
                Output::Heard(heard) => Some(heard),
                _ => None,
            })
            .collect()
    }

    fn read(&mut self, line: &str) -> Vec<Heard> {
        self.apply(Input::Line(line.to_string()))
    }

    fn start(&mut self) -> Vec<Heard> {
        let mut heard = self.apply(Input::Tick);
        heard.extend(self.apply(Input::Connected));
        for line in [
            ":s 001 beadle :Welcome",
            ":s 005 beadle CHANTYPES=# PREFIX=(ov)@+ CASEMAPPING=ascii :are supported by this server",
            ":s 376 beadle :End of MOTD",
            ":beadle!b@h JOIN #c",
            ":s 353 beadle = #c :beadle @gwd",
            ":s 366 beadle #c :End of NAMES",
        ] {
            heard.extend(self.read(line));
        }
        heard
    }

    fn today(&self) -> String {
        now(self.mono).wall.date().to_string()
    }
}

fn now(mono: i64) -> Now {
    Now { wall: Moment::from_micros(1_542_121_200_000_000 + mono), mono }
}

fn configuration(folder: &Path) -> Config {
    Config {
        group: Group { name: "Virt SIG".into(), short: "Virt SIG".into() },
        state_dir: folder.to_path_buf(),
        database: Database::Sqlite(folder.join("beadle.db")),
        web: None,
        networks: vec![IrcNetwork::on_loopback("bench", 1, "beadle", "#c")],
        meeting: MeetingRules::default(),
        schedule: Vec::new(),
        mail: None,
        list: None,
        gate: Default::default(),
        push: Default::default(),
        members: Vec::new(),
        projects: Vec::new(),
        report: Default::default(),
    }
}
