//! The pages under load, with ten years of data: 260 meetings of 600 lines, 20,000 pushes, 1,000
//! notices and actions.
//!
//! `cargo bench --bench pages`. Bars: p99 under 10 ms a page at 1,000 requests a second, search under
//! 50 ms, a page of at most 60 KB, RSS of at most 64 MiB, 500 who follow one meeting. Requests leave
//! when they are due, whether the one before was answered or not, and are measured from then on; the
//! one who asks shares the machine's cores with the service. `-- PATH…` measures these paths only.

#[path = "../tests/support/decade.rs"]
mod decade;

use beadle::config;
use beadle::domain::meeting::{Event, Login, Manner, Settings, Speaker, What};
use beadle::domain::time::{Moment, SECOND};
use beadle::store::meeting::NewMeeting;
use beadle::store::{self, Db};
use std::collections::BTreeMap;
use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;
use tokio::sync::mpsc;

/// Requests a second, how long, over how many connections.
const RATE: u32 = 1_000;
const SECONDS: u32 = 30;
const CONNECTIONS: usize = 64;
/// Who follows a meeting, and how many lines come meanwhile.
const VIEWERS: usize = 500;
const LINES: u32 = 30;

fn main() {
    let folder = tempfile::tempdir().expect("a folder");
    let (config_file, address) = configuration(folder.path());
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let started = Instant::now();
    runtime.block_on(seed(&config_file));
    println!("seeded in {:.1} s; {} cores", started.elapsed().as_secs_f64(), cores());
    let mut service = serve(&config_file);
    runtime.block_on(async {
        up(address).await;
        let paths = paths(address).await;
        largest(address, &paths).await;
        load(address, &paths).await;
        println!("RSS under that load: {:.1} MiB at most", peak(&service));
        search(address).await;
        follow(address, &config_file).await;
        println!("RSS at the end: {:.1} MiB at most", peak(&service));
    });
    let _ = service.kill();
    let _ = service.wait();
}

fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, Into::into)
}

fn configuration(folder: &Path) -> (PathBuf, SocketAddr) {
    let free = || TcpListener::bind("127.0.0.1:0").expect("a port").local_addr().expect("a port");
    let (address, nobody) = (free(), free());
    let text = format!(
        "[group]\nname = \"CentOS Virtualization SIG\"\nshort = \"Virt SIG\"\n[state]\ndir = {:?}\n\
         [web]\nlisten = \"{address}\"\n[[network]]\nname = \"libera\"\nhost = \"127.0.0.1\"\n\
         port = {}\ntls = false\nnick = \"beadle\"\nchannels = [\"#centos-devel\"]\n\
         [[schedule]]\ncron = \"0 0 15 * * Tue\"\nweeks = \"even\"\n\
         [push]\n[[push.repository]]\nname = \"virt7-release\"\nstage = \"release\"\n\
         [[project]]\nname = \"xen\"\n[[member]]\nname = \"George Dunlap\"\nnicks = [\"gwd\"]\n",
        folder.join("state").display().to_string(),
        nobody.port(),
    );
    let path = folder.join("config.toml");
    std::fs::write(&path, text).expect("a writable folder");
    (path, address)
}

async fn seed(file: &Path) {
    let config = config::load(file).expect("a good configuration");
    let db = Db::open(&config.database).await.expect("a database");
    decade::seed(&db, decade::DECADE).await;
    db.close().await;
}

fn serve(config: &Path) -> Child {
    Command::new(env!("CARGO_BIN_EXE_beadle"))
        .args(["serve", "-c"])
        .arg(config)
        .stderr(Stdio::null())
        .spawn()
        .expect("the program starts")
}

/// The most memory that the process had so far.
fn peak(service: &Child) -> f64 {
    let status =
        std::fs::read_to_string(format!("/proc/{}/status", service.id())).expect("a status");
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).expect("a figure");
    line.trim().trim_end_matches(" kB").trim().parse::<f64>().expect("a figure") / 1024.0
}

async fn up(address: SocketAddr) {
    while TcpStream::connect(address).await.is_err() {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// One request over a connection of its own: the status and the body.
async fn get(address: SocketAddr, path: &str) -> (String, Vec<u8>) {
    let mut stream = TcpStream::connect(address).await.expect("a connection");
    let request = format!("GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await.expect("asked");
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await.expect("an answer");
    let end = answer.windows(4).position(|four| four == b"\r\n\r\n").expect("a header") + 4;
    let status = String::from_utf8_lossy(&answer[9..12]).into_owned();
    (status, answer[end..].to_vec())
}

/// What is asked for: the route, and one of its paths. In ten years' data every meeting and very
/// many pushes are among them.
async fn paths(address: SocketAddr) -> Vec<(&'static str, String)> {
    let wanted: Vec<String> = std::env::args().skip(1).filter(|one| one.starts_with('/')).collect();
    if !wanted.is_empty() {
        return wanted.into_iter().map(|path| ("wanted", path)).collect();
    }
    let mut all: Vec<(&'static str, String)> = Vec::new();
    let mut fixed = |route, path: &str, times| {
        (0..times).for_each(|_| all.push((route, path.to_string())));
    };
    fixed("/", "/", 60);
    for (route, times) in [
        ("/meetings", 10),
        ("/meetings/calendar", 10),
        ("/actions", 10),
        ("/notices", 10),
        ("/decisions", 5),
        ("/roadmap", 5),
        ("/projects", 5),
        ("/members", 5),
        ("/pushes", 20),
        ("/pushes/announced", 10),
        ("/pushes/held", 5),
        ("/repositories", 5),
        ("/getting-started", 10),
        ("/feeds/all.atom", 10),
        ("/calendar.ics", 10),
    ] {
        fixed(route, route, times);
    }
    for n in (0..20_000).step_by(100) {
        fixed("/p/N", &format!("/p/{}", n + 1), 1);
    }
    for year in 2017..2026 {
        fixed("/meetings/YEAR", &format!("/meetings/{year}"), 2);
    }
    for n in 0..260_i64 {
        let day =
            Moment::parse("2016-11-29T15:00:00Z").expect("a time").plus(n * 14 * 86_400 * SECOND);
        let slug = day.date();
        fixed("/m/SLUG", &format!("/m/{slug}"), 1);
        fixed("/m/SLUG/log", &format!("/m/{slug}/log"), 1);
        fixed("/m/SLUG.txt", &format!("/m/{slug}.txt"), u32::from(n % 4 == 0) as usize);
    }
    for (_, path) in &all {
        let (status, _) = get(address, path).await;
        assert_eq!(status, "200", "{path}");
    }
    all
}

/// The longest page before compression.
async fn largest(address: SocketAddr, paths: &[(&'static str, String)]) {
    let mut most = (0, String::new());
    let mut seen = std::collections::BTreeSet::new();
    for (route, path) in paths {
        if !seen.insert(path)
            || path.contains(".txt")
            || path.contains("/feeds")
            || path.contains(".ics")
        {
            continue;
        }
        let (_, body) = get(address, path).await;
        if body.len() > most.0 {
            most = (body.len(), format!("{route} {path}"));
        }
    }
    println!("largest page: {:.1} KB before compression ({})", most.0 as f64 / 1024.0, most.1);
}

type Times = Arc<Mutex<BTreeMap<&'static str, Vec<Duration>>>>;

/// Requests at a fixed rate, whatever became of those before.
async fn load(address: SocketAddr, paths: &[(&'static str, String)]) {
    let times: Times = Arc::default();
    let mut lanes = Vec::new();
    let mut tasks = Vec::new();
    for _ in 0..CONNECTIONS {
        let (lane, jobs) = mpsc::unbounded_channel();
        lanes.push(lane);
        tasks.push(tokio::spawn(lane_of(address, jobs, times.clone())));
    }
    let start = tokio::time::Instant::now();
    // A fixed order that mixes the routes.
    for n in 0..RATE * SECONDS {
        let due = start + Duration::from_secs(1) * n / RATE;
        tokio::time::sleep_until(due).await;
        let (route, path) = &paths[(n as usize * 7_919) % paths.len()];
        let lane = &lanes[n as usize % CONNECTIONS];
        lane.send((due, *route, path.clone())).expect("a lane");
    }
    drop(lanes);
    for task in tasks {
        task.await.expect("a lane");
    }
    let took = start.elapsed().as_secs_f64();
    let times = times.lock().expect("the times");
    let all: usize = times.values().map(Vec::len).sum();
    println!("{all} requests in {took:.1} s over {CONNECTIONS} connections");
    println!("{:<22} {:>8} {:>9} {:>9} {:>9}", "route", "requests", "p50 ms", "p99 ms", "max ms");
    let mut together = Vec::new();
    for (route, times) in times.iter() {
        print_row(route, times.clone());
        together.extend_from_slice(times);
    }
    print_row("all", together);
}

async fn lane_of(
    address: SocketAddr,
    mut jobs: mpsc::UnboundedReceiver<(tokio::time::Instant, &'static str, String)>,
    times: Times,
) {
    let stream = TcpStream::connect(address).await.expect("a connection");
    stream.set_nodelay(true).expect("no delay");
    let mut stream = BufReader::new(stream);
    let mut own = Vec::new();
    while let Some((due, route, path)) = jobs.recv().await {
        let request = format!("GET {path} HTTP/1.1\r\nHost: x\r\nAccept-Encoding: gzip\r\n\r\n");
        stream.get_mut().write_all(request.as_bytes()).await.expect("asked");
        read_answer(&mut stream).await;
        own.push((route, due.elapsed()));
    }
    let mut times = times.lock().expect("the times");
    for (route, time) in own {
        times.entry(route).or_default().push(time);
    }
}

/// Reads one answer with a Content-Length.
async fn read_answer(stream: &mut BufReader<TcpStream>) {
    use tokio::io::AsyncBufReadExt;
    let (mut line, mut length, mut is_first) = (String::new(), 0, true);
    loop {
        line.clear();
        stream.read_line(&mut line).await.expect("a line");
        assert!(!is_first || line.contains(" 200 "), "{line}");
        is_first = false;
        if line == "\r\n" {
            break;
        }
        let lower = line.to_ascii_lowercase();
        if let Some(value) = lower.strip_prefix("content-length:") {
            length = value.trim().parse().expect("a length");
        }
    }
    let mut body = vec![0; length];
    stream.read_exact(&mut body).await.expect("a body");
}

fn print_row(route: &str, mut times: Vec<Duration>) {
    times.sort_unstable();
    let at = |percent: usize| {
        times[(times.len() * percent).div_ceil(100).max(1) - 1].as_secs_f64() * 1e3
    };
    let count = times.len();
    println!("{route:<22} {count:>8} {:>9.2} {:>9.2} {:>9.2}", at(50), at(99), at(100));
}

/// Searches that nobody made before: rare and common words, phrases, CJK, a filter.
async fn search(address: SocketAddr) {
    println!("{:<34} {:>9} {:>9}", "search, not made before", "p50 ms", "max ms");
    for (what, query) in [
        ("a common word", "the"),
        ("a common word in pushes", "xen&in=pushes"),
        ("two words", "packages+kernel"),
        ("a phrase", "%22point+release%22"),
        ("a rare word", "180.443"),
        ("Chinese", "%E6%B3%A8%E6%84%8F"),
        ("nothing", "nowhere+to+be+found"),
        ("a common word, a rare speaker", "packages&by=nobody"),
    ] {
        let mut times = Vec::new();
        for n in 0..7 {
            let path = format!("/search?q={query}&to=2029-01-{:02}", n + 1);
            let started = Instant::now();
            let (status, _) = get(address, &path).await;
            assert_eq!(status, "200", "{path}");
            times.push(started.elapsed());
        }
        times.sort_unstable();
        let ms = |time: Duration| time.as_secs_f64() * 1e3;
        println!("{what:<34} {:>9.2} {:>9.2}", ms(times[3]), ms(times[6]));
    }
}

/// Many follow a meeting while lines come.
async fn follow(address: SocketAddr, file: &Path) {
    let config = config::load(file).expect("a good configuration");
    let db = Db::open(&config.database).await.expect("a database");
    let (row, gwd) = open_meeting(&db).await;
    let mut viewers = Vec::new();
    for _ in 0..VIEWERS {
        let mut stream = TcpStream::connect(address).await.expect("a connection");
        let path = format!("/m/{}/live?after=1", row.slug);
        let request = format!("GET {path} HTTP/1.1\r\nHost: x\r\n\r\n");
        stream.write_all(request.as_bytes()).await.expect("asked");
        viewers.push(tokio::spawn(view(stream)));
    }
    tokio::time::sleep(Duration::from_secs(1)).await;
    let mut said = Vec::new();
    for n in 0..LINES {
        let mut tx = db.begin().await.expect("a transaction");
        let at = row.started_at.plus(i64::from(n) * SECOND);
        let text = format!("line-{n}-of-it").into();
        let what = What::Said { who: gwd.clone(), manner: Manner::Say, text };
        let event = Event { at, heard_at: at, what };
        store::log::append(&mut tx, row.id, n + 3, &[event]).await.expect("stored");
        tx.commit().await.expect("committed");
        said.push(Instant::now());
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    let mut delays = Vec::new();
    for viewer in viewers {
        let seen = viewer.await.expect("a viewer");
        assert_eq!(seen.len(), LINES as usize, "every line came to every viewer, once");
        delays.extend(
            seen.iter().zip(&said).map(|(seen, said)| seen.saturating_duration_since(*said)),
        );
    }
    println!("{VIEWERS} viewers, {LINES} lines each; from stored to shown:");
    print_row("a line", delays);
    db.close().await;
}

async fn open_meeting(db: &Db) -> (store::meeting::MeetingRow, Speaker) {
    let gwd = Speaker { nick: "gwd".into(), login: Login::Unknown };
    let at = Moment::parse("2026-11-24T15:00:00Z").expect("a time");
    let new = NewMeeting {
        network: "libera".into(),
        channel: "#centos-devel".into(),
        channel_folded: "#centos-devel".into(),
        started_at: at,
        owner: gwd.clone(),
    };
    let settings =
        Settings { channel: Some("#centos-devel".into()), dated: true, ..Settings::default() };
    let text = "#startmeeting Virt SIG".into();
    let whats = [
        What::Opened(Box::new(settings)),
        What::Said { who: gwd.clone(), manner: Manner::Say, text },
    ];
    let events = whats.map(|what| Event { at, heard_at: at, what });
    let mut tx = db.begin().await.expect("a transaction");
    let row = store::meeting::insert(&mut tx, &new).await.expect("stored").expect("a free slug");
    store::log::append(&mut tx, row.id, 1, &events).await.expect("stored");
    tx.commit().await.expect("committed");
    (row, gwd)
}

/// When each line came.
async fn view(mut stream: TcpStream) -> Vec<Instant> {
    let (mut seen, mut text, mut piece) = (Vec::new(), String::new(), vec![0; 16 * 1024]);
    while seen.len() < LINES as usize {
        let read = tokio::time::timeout(Duration::from_secs(30), stream.read(&mut piece));
        let Ok(Ok(read @ 1..)) = read.await else { return seen };
        text.push_str(&String::from_utf8_lossy(&piece[..read]));
        while text.contains(&format!("line-{}-of-it", seen.len())) {
            seen.push(Instant::now());
        }
    }
    seen
}
