//! What strangers may not take: long waits, all places, files that are not theirs.

use crate::config;
use crate::config::Surroundings;
use crate::domain::meeting::Event;
use crate::domain::meeting::Login;
use crate::domain::meeting::Manner;
use crate::domain::meeting::Speaker;
use crate::domain::meeting::What;
use crate::domain::time::Moment;
use crate::store::Db;
use crate::store::log;
use crate::store::meeting;
use crate::store::meeting::NewMeeting;
use crate::web::Limits;
use crate::web::Pages;
use crate::web::serve_within;
use std::fs;
use std::net::SocketAddr;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use std::time::Instant;
use tokio::io::AsyncReadExt;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpListener;
use tokio::net::TcpStream;
use tokio::task::JoinHandle;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

const MEETING: &str = "2018/virt-sig.2018-11-13-15.00";

const SLUG: &str = "2018-11-13";

struct Site {
    address: SocketAddr,
    dir: tempfile::TempDir,
    stop: CancellationToken,
    served: JoinHandle<()>,
    db: Db,
}

fn limits() -> Limits {
    Limits { header: Duration::from_millis(300), ..Limits::default() }
}

fn write(path: &Path, content: impl AsRef<[u8]>) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, content).unwrap();
}

fn only_for_members(path: &Path) {
    fs::set_permissions(path, fs::Permissions::from_mode(0o600)).unwrap();
}

const CONFIG: &str = "[group]\nname = 'Virt <SIG>'\n[state]\ndir = '.'\n[web]\n[[network]]\n\
    name = 'Libera'\nhost = 'irc.example'\nnick = 'beadle'\nchannels = ['#centos-devel']\n";

/// A site with two stored meetings, the second for members only, and files.
async fn site(limits: Limits) -> Site {
    let dir = tempfile::tempdir().unwrap();
    write(&dir.path().join("c.toml"), CONFIG);
    let config = config::load_in(&dir.path().join("c.toml"), Surroundings::default()).unwrap();
    let db = Db::open(&config.database).await.unwrap();
    store_meeting(&db, "#virt", "2018-11-13T15:00:00Z", false).await;
    store_meeting(&db, "#board", "2018-11-27T15:00:00Z", true).await;
    let root = dir.path().join("minutes");
    write(&dir.path().join("secret.txt"), "the secret");
    write(&root.join(format!("{MEETING}.html")), "<!DOCTYPE html>minutes");
    write(&root.join(format!("{MEETING}.txt")), "会 text");
    write(&root.join(format!("{MEETING}.json")), "{}");
    write(&root.join(format!("{MEETING}.log.html")), "<!DOCTYPE html>log");
    write(&root.join(format!("{MEETING}.log.txt")), vec![b'l'; 3_000_000]);
    write(&root.join("2018/piece.txt"), vec![b'p'; 64 * 1024]);
    write(&root.join("2018/.hidden.html"), "hidden");
    write(&root.join("2019/会 <b>.html"), "second");
    write(&root.join("2019/board.html"), "members only");
    only_for_members(&root.join("2019/board.html"));
    symlink(dir.path().join("secret.txt"), root.join("2018/stolen.txt")).unwrap();
    symlink("/etc", root.join("etc")).unwrap();
    fs::create_dir_all(root.join("2018/directory.html")).unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let stop = CancellationToken::new();
    let pages = Pages::new(db.clone(), Arc::new(config));
    let served = tokio::spawn(serve_within(listener, pages, stop.clone(), limits));
    Site { address, dir, stop, served, db }
}

async fn store_meeting(db: &Db, channel: &str, at: &str, is_restricted: bool) {
    let at = Moment::parse(at).unwrap();
    let owner = Speaker { nick: "gwd".into(), login: Login::No };
    let start = What::Said {
        who: owner.clone(),
        manner: Manner::Say,
        text: "#startmeeting <script>alert(1)</script>".into(),
    };
    let new = NewMeeting {
        network: "Libera".into(),
        channel: channel.into(),
        channel_folded: channel.into(),
        started_at: at,
        owner,
    };
    let events = [What::Opened(Box::default()), start];
    let events = events.map(|what| Event { at, heard_at: at, what });
    let mut tx = db.begin().await.unwrap();
    let row = meeting::insert(&mut tx, &new).await.unwrap().unwrap();
    log::append(&mut tx, row.id, 0, &events).await.unwrap();
    if is_restricted {
        meeting::restrict(&mut tx, row.id, at).await.unwrap();
    }
    tx.commit().await.unwrap();
}

impl Site {
    async fn connect(&self) -> TcpStream {
        TcpStream::connect(self.address).await.unwrap()
    }

    /// Sends bytes as they are and reads until the other side closes.
    async fn raw(&self, request: &[u8]) -> String {
        let mut stream = self.connect().await;
        // The other side may close before it has read everything.
        let _ = stream.write_all(request).await;
        let mut answer = Vec::new();
        let _ = timeout(Duration::from_secs(5), stream.read_to_end(&mut answer)).await.unwrap();
        String::from_utf8_lossy(&answer).into_owned()
    }

    async fn ask(&self, method: &str, path: &str, fields: &str) -> String {
        let host = "Host: x\r\nConnection: close\r\n";
        self.raw(format!("{method} {path} HTTP/1.1\r\n{host}{fields}\r\n").as_bytes()).await
    }

    async fn get(&self, path: &str) -> String {
        self.ask("GET", path, "").await
    }
}

fn status(answer: &str) -> &str {
    answer.strip_prefix("HTTP/1.1 ").and_then(|rest| rest.get(..3)).unwrap_or("none")
}

fn field<'a>(answer: &'a str, name: &str) -> &'a str {
    let head = answer.split("\r\n\r\n").next().unwrap_or_default();
    let mut lines = head.lines().filter_map(|line| line.split_once(": "));
    lines.find(|(key, _)| key.eq_ignore_ascii_case(name)).map_or("", |(_, value)| value)
}

fn body(answer: &str) -> &str {
    answer.split_once("\r\n\r\n").map_or("", |(_, body)| body)
}

fn is_safe(answer: &str) -> bool {
    field(answer, "x-content-type-options") == "nosniff"
        && field(answer, "referrer-policy") == "same-origin"
        && field(answer, "content-security-policy").starts_with("default-src 'none'; style-src 's")
}

#[tokio::test]
async fn files_are_served_as_they_are_and_safely() {
    let site = site(limits()).await;
    for (ending, media_type) in [
        ("html", "text/html; charset=utf-8"),
        ("txt", "text/plain; charset=utf-8"),
        ("json", "application/json"),
        ("log.html", "text/html; charset=utf-8"),
    ] {
        let answer = site.get(&format!("/minutes/{MEETING}.{ending}")).await;
        assert_eq!(status(&answer), "200", "{ending}");
        assert_eq!(field(&answer, "content-type"), media_type);
        assert!(is_safe(&answer), "{answer}");
        let file = site.dir.path().join(format!("minutes/{MEETING}.{ending}"));
        assert_eq!(body(&answer), fs::read_to_string(file).unwrap());
    }
    let long = site.get(&format!("/minutes/{MEETING}.log.txt")).await;
    assert_eq!(field(&long, "content-length"), "3000000");
    assert_eq!(body(&long).len(), 3_000_000);
    assert_eq!(body(&site.get("/minutes/2018/piece.txt").await).len(), 64 * 1024);
    let cjk = site.get("/minutes/2019/%E4%BC%9A%20%3Cb%3E.html").await;
    assert_eq!(body(&cjk), "second");
}

#[tokio::test]
async fn whoever_has_it_is_told_so_and_head_has_no_body() {
    let site = site(limits()).await;
    for path in [
        &format!("/minutes/{MEETING}.html"),
        &format!("/minutes/{MEETING}.log.txt"),
        "/",
        "/m/2018-11-13",
    ] {
        let answer = site.get(path).await;
        let (tag, date) = (field(&answer, "etag"), field(&answer, "last-modified"));
        let opaque = tag.trim_start_matches("W/");
        assert!(opaque.starts_with('"'), "{path}");
        let mut known =
            vec![format!("If-None-Match: \"x\", W/{opaque}\r\n"), "If-None-Match: *\r\n".into()];
        if path.starts_with("/minutes") {
            assert!(date.ends_with(" GMT"), "{path}");
            known.push(format!("If-Modified-Since: {date}\r\n"));
        }
        for fields in known {
            let again = site.ask("GET", path, &fields).await;
            assert_eq!((status(&again), body(&again)), ("304", ""), "{path} {fields}");
            assert_eq!(field(&again, "etag"), tag);
        }
        let both = format!("If-None-Match: \"x\"\r\nIf-Modified-Since: {date}\r\n");
        for fields in [both.as_str(), "If-Modified-Since: Tue, 13 Nov 2001 15:00:00 GMT\r\n"] {
            assert_eq!(status(&site.ask("GET", path, fields).await), "200", "{path} {fields}");
        }
        let head = site.ask("HEAD", path, "").await;
        assert_eq!((status(&head), body(&head)), ("200", ""));
        assert_eq!(field(&head, "content-length"), field(&answer, "content-length"));
    }
}

#[tokio::test]
async fn nothing_outside_the_minutes_is_ever_served() {
    let site = site(limits()).await;
    for path in [
        "/../secret.txt",
        "/minutes/../secret.txt",
        "/minutes/..%2fsecret.txt",
        "/minutes/%2e%2e/secret.txt",
        "/minutes/%2e%2e%2fsecret.txt",
        "/minutes/%252e%252e/secret.txt",
        "/minutes/2018/../../secret.txt",
        "/minutes/2018/..%5c..%5csecret.txt",
        "/minutes//etc/passwd",
        "/minutes/%2fetc%2fhosts.txt",
        "//etc/passwd",
        "/minutes/2018/stolen.txt",
        "/minutes/etc/hosts.txt",
        "/minutes/etc/",
        "/minutes/2018/.hidden.html",
        "/minutes/2018/directory.html",
        "/minutes/2018/directory.html/x.html",
        "/minutes/2018/virt-sig.2018-11-13-15.00.html%00.txt",
        "/minutes/2018/virt-sig.2018-11-13-15.00.html%0d%0aX:y",
        "/minutes/2018/virt-sig.2018-11-13-15.00",
        "/minutes/%ff%fe.txt",
        "/secret.txt",
        "/beadle.db",
        "/minutes/..%2fbeadle.db",
        "/m/..",
        "/m/%2e%2e.txt",
        "/m/2018-11-13/logs",
        "/m/2018-11-13.exe",
        "/m/%27%20or%201=1",
    ] {
        let answer = site.get(path).await;
        assert_eq!(status(&answer), "404", "{path}");
        assert!(!answer.contains("the secret") && !answer.contains("root:"), "{path}: {answer}");
        assert!(body(&answer).contains("There is no such page here."), "{path}: {answer}");
        assert!(is_safe(&answer), "{path}");
    }
    let absolute = site.get("http://evil.example/minutes/../secret.txt").await;
    assert_eq!(status(&absolute), "404");
}

#[tokio::test]
async fn members_only_minutes_are_refused_with_a_sentence() {
    let site = site(limits()).await;
    for path in
        ["/minutes/2019/board.html", "/m/2018-11-27", "/m/2018-11-27/log", "/m/2018-11-27.json"]
    {
        let answer = site.get(path).await;
        assert_eq!(status(&answer), "403", "{path}");
        assert!(body(&answer).contains("for members only"), "{answer}");
    }
    assert!(site.get("/meetings").await.contains("for members only"));
}

#[tokio::test]
async fn a_meeting_that_is_on_has_its_page_in_every_format() {
    let site = site(limits()).await;
    for path in ["", "/log", ".txt", ".md", ".json", ".mw", ".moin", ".log.txt"] {
        let answer = site.get(&format!("/m/{SLUG}{path}")).await;
        assert_eq!(status(&answer), "200", "{path}");
        assert!(answer.contains("alert"), "{path}: {answer}");
        let is_html = field(&answer, "content-type").starts_with("text/html");
        let strange = answer.replace("<script src=\"/static/beadle-", "");
        assert!(!is_html || !strange.contains("<script"), "{path}: {answer}");
    }
    for (ending, page) in [(".html", ""), (".log.html", "/log")] {
        let answer = site.get(&format!("/m/{SLUG}{ending}")).await;
        let to = (status(&answer), field(&answer, "location").to_string());
        assert_eq!(to, ("308", format!("/m/{SLUG}{page}")));
    }
    let home = site.get("/meetings").await;
    assert!(home.contains("Virt &lt;SIG&gt;") && home.contains(&format!("href=\"/m/{SLUG}\"")));
    let newer = home.find("2018-11-27").unwrap();
    assert!(newer < home.find(SLUG).unwrap(), "the newest first");
}

#[tokio::test]
async fn files_can_be_read_while_the_database_is_away() {
    let site = site(limits()).await;
    site.db.close().await;
    let answer = site.get(&format!("/m/{SLUG}")).await;
    assert_eq!((status(&answer), field(&answer, "retry-after")), ("503", "60"));
    assert!(answer.contains("The database is away at the moment."), "{answer}");
    assert_eq!(status(&site.get("/readyz").await), "503");
    for path in [&format!("/minutes/{MEETING}.html"), "/healthz", "/feeds", "/why", "/favicon.ico"]
    {
        assert_eq!(status(&site.get(path).await), "200", "{path}");
    }
}

#[tokio::test]
async fn the_pages_can_only_be_read() {
    let site = site(limits()).await;
    for (method, fields) in [
        ("POST", "Content-Length: 3\r\n\r\nabc"),
        ("PUT", "Content-Length: 0\r\n"),
        ("DELETE", ""),
        ("OPTIONS", ""),
        ("BREW", ""),
    ] {
        for path in ["/", "/minutes/", &format!("/minutes/{MEETING}.html"), "/m/2018-11-13"] {
            let answer = site.ask(method, path, fields).await;
            assert_eq!(status(&answer), "405", "{method} {path}: {answer}");
            assert_eq!(field(&answer, "allow"), "GET,HEAD", "{method} {path}");
            assert!(body(&answer).contains("can only be read"));
        }
    }
}

#[tokio::test]
async fn what_is_too_long_or_no_http_ends_the_connection() {
    let site = site(limits()).await;
    let long = site.get(&format!("/{}", "a".repeat(10_000))).await;
    assert_eq!(status(&long), "414");
    assert_eq!(field(&long, "x-content-type-options"), "nosniff");
    let huge = site.get(&format!("/{}", "a".repeat(100_000))).await;
    assert!(["431", "414", "none"].contains(&status(&huge)), "{huge}");
    let field = format!("X: {}\r\n", "a".repeat(20_000));
    assert_eq!(status(&site.ask("GET", "/", &field).await), "431");
    assert_eq!(status(&site.ask("GET", "/", &"X: y\r\n".repeat(100)).await), "431");
    for garbage in [
        b"\0\xff\x16\x03\x01 garbage\r\n\r\n".as_slice(),
        b"GET /minutes/\x80 HTTP/1.1\r\n\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
        b"GET / HTTP/1.1\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\nBad Header: x\r\n\r\n",
    ] {
        let answer = site.raw(garbage).await;
        assert_eq!(status(&answer), "400", "{answer}");
    }
    let good = "GET /m/2018-11-13.txt HTTP/1.1\r\nHost: x\r\n\r\n";
    let pipelined = format!("{good}{good}\x01\x02 garbage\r\n\r\n{good}");
    let answer = site.raw(pipelined.as_bytes()).await;
    assert_eq!(answer.matches("200 OK").count(), 2, "{answer}");
    assert_eq!(answer.matches("400 Bad Request").count(), 1, "{answer}");
    assert_eq!(status(&site.get("/").await), "200");
}

#[tokio::test]
async fn who_dribbles_a_header_is_closed_in_time() {
    let site = site(limits()).await;
    let mut stream = site.connect().await;
    let began = Instant::now();
    let dribble = async {
        for byte in b"GET / HTTP/1.1\r\nX-Long: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa".iter().cycle()
        {
            if stream.write_all(&[*byte]).await.is_err() {
                return;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    timeout(Duration::from_secs(5), dribble).await.expect("the connection was closed");
    assert!(began.elapsed() < Duration::from_secs(2), "{:?}", began.elapsed());

    let mut idle = site.connect().await;
    idle.write_all(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n").await.unwrap();
    let mut answer = Vec::new();
    let closed = timeout(Duration::from_secs(2), idle.read_to_end(&mut answer)).await;
    closed.expect("an idle connection is closed").unwrap();
    assert!(answer.starts_with(b"HTTP/1.1 200"));
}

#[tokio::test]
async fn who_takes_nothing_is_closed_in_time() {
    let patience = Duration::from_millis(300);
    let site = site(Limits { write: patience, connections: 1, ..limits() }).await;
    // More than the system keeps between two sockets.
    let path = "/minutes/2018/long.log.txt";
    write(&site.dir.path().join(&path[1..]), vec![b'l'; 30_000_000]);
    let mut slow = site.connect().await;
    slow.write_all(format!("GET {path} HTTP/1.1\r\nHost: x\r\n\r\n").as_bytes()).await.unwrap();
    slow.read_exact(&mut [0; 12]).await.unwrap();
    // It has the only place; whoever comes next is served once it was closed.
    let next = timeout(Duration::from_secs(4), site.get("/")).await.expect("a place became free");
    assert_eq!(status(&next), "200");
    drop(slow);
}

#[tokio::test]
async fn silent_strangers_make_place_for_whoever_asks() {
    let header = Duration::from_secs(60);
    let site = site(Limits { connections: 8, header, ..limits() }).await;
    let mut silent = Vec::new();
    for _ in 0..40 {
        let mut stream = site.connect().await;
        stream.write_all(b"GET / HT").await.unwrap();
        silent.push(stream);
    }
    let began = Instant::now();
    let answer = timeout(Duration::from_secs(5), site.get("/")).await.unwrap();
    assert_eq!(status(&answer), "200");
    assert!(began.elapsed() < Duration::from_secs(1), "{:?}", began.elapsed());
}

#[tokio::test]
async fn a_stop_lets_answers_end_and_takes_no_new_ones() {
    let site = site(limits()).await;
    let mut reader = site.connect().await;
    let path = format!("/minutes/{MEETING}.log.txt");
    let ask = format!("GET {path} HTTP/1.1\r\nHost: x\r\n\r\n");
    reader.write_all(ask.as_bytes()).await.unwrap();
    let mut first = [0; 1000];
    reader.read_exact(&mut first).await.unwrap();
    site.stop.cancel();
    let mut rest = Vec::new();
    timeout(Duration::from_secs(5), reader.read_to_end(&mut rest)).await.unwrap().unwrap();
    assert!(rest.len() > 2_999_000, "{}", rest.len());
    timeout(Duration::from_secs(5), site.served).await.expect("the door closed").unwrap();
    assert!(TcpStream::connect(site.address).await.is_err());
}
