//! Tests on real connections: what is served, what never is, and what strangers may not take.

use crate::domain::text::Text;
use crate::domain::time::Moment;
use crate::web::Answer;
use crate::web::Format;
use crate::web::Limits;
use crate::web::Page;
use crate::web::Pages;
use crate::web::serve_within;
use std::fs;
use std::net::SocketAddr;
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

struct Site {
    address: SocketAddr,
    dir: tempfile::TempDir,
    stop: CancellationToken,
    served: JoinHandle<()>,
}

fn limits() -> Limits {
    Limits { header: Duration::from_millis(300), ..Limits::default() }
}

fn write(path: &Path, content: impl AsRef<[u8]>) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, content).unwrap();
}

async fn site(limits: Limits) -> Site {
    let dir = tempfile::tempdir().unwrap();
    let root = dir.path().join("minutes");
    write(&dir.path().join("beadle.db"), "the secret database");
    let page = "<!DOCTYPE html><title>x</title><style>a{}</style><body>minutes</body>";
    write(&root.join(format!("{MEETING}.html")), page);
    write(&root.join(format!("{MEETING}.txt")), "会 text");
    write(&root.join(format!("{MEETING}.json")), "{}");
    write(&root.join(format!("{MEETING}.log.html")), "<!DOCTYPE html>log");
    write(&root.join(format!("{MEETING}.log.txt")), vec![b'l'; 3_000_000]);
    write(&root.join("2018/.hidden.html"), "hidden");
    write(&root.join("2019/会 <b>.2019-01-08-15.00.html"), "second");
    write(&root.join("2019/board.2019-02-05-15.00.html"), "members only");
    write(&root.join("2019/board.2019-02-05-15.00.restricted"), "");
    symlink(dir.path().join("beadle.db"), root.join("2018/stolen.txt")).unwrap();
    symlink("/etc", root.join("etc")).unwrap();
    fs::create_dir_all(root.join("2018/directory.html")).unwrap();
    let mut pages = Pages::of_files(Text::from("Virt <SIG>"), root);
    pages.meetings = Arc::new(|wanted| {
        let page = |body: &str| {
            let modified = Moment::parse("2018-11-13T16:00:00Z").ok();
            Answer::Page(Page { body: body.to_string(), modified })
        };
        let answer = match (wanted.slug.as_untrusted(), wanted.format) {
            ("2018-11-13", Format::Html) => page("<title>live</title>"),
            ("2018-11-13", Format::LogHtml) => page("<title>log</title>"),
            ("2018-11-13", Format::Text) => page("text"),
            ("board", _) => Answer::Restricted,
            ("broken", _) => Answer::Unavailable,
            _ => Answer::Missing,
        };
        Box::pin(std::future::ready(answer))
    });
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let stop = CancellationToken::new();
    let served = tokio::spawn(serve_within(listener, pages, stop.clone(), limits));
    Site { address, dir, stop, served }
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
        assert_eq!(field(&answer, "x-content-type-options"), "nosniff");
        assert_eq!(field(&answer, "referrer-policy"), "no-referrer");
        let policy = field(&answer, "content-security-policy");
        assert!(policy.starts_with("default-src 'none'; style-src '"), "{policy}");
        assert_eq!(policy.contains("sha256-"), ending == "html", "{policy}");
        let file = site.dir.path().join(format!("minutes/{MEETING}.{ending}"));
        assert_eq!(body(&answer), fs::read_to_string(file).unwrap());
    }
    let long = site.get(&format!("/minutes/{MEETING}.log.txt")).await;
    assert_eq!(field(&long, "content-length"), "3000000");
    assert_eq!(body(&long).len(), 3_000_000);
    let cjk = site.get("/minutes/2019/%E4%BC%9A%20%3Cb%3E.2019-01-08-15.00.html").await;
    assert_eq!(body(&cjk), "second");
}

#[tokio::test]
async fn whoever_has_it_is_told_so_and_head_has_no_body() {
    let site = site(limits()).await;
    for path in [&format!("/minutes/{MEETING}.html"), "/m/2018-11-13"] {
        let answer = site.get(path).await;
        let (tag, date) = (field(&answer, "etag"), field(&answer, "last-modified"));
        assert!(tag.starts_with('"') && date.ends_with(" GMT"), "{answer}");
        for fields in
            [format!("If-None-Match: {tag}\r\n"), format!("If-Modified-Since: {date}\r\n")]
        {
            let again = site.ask("GET", path, &fields).await;
            assert_eq!((status(&again), body(&again)), ("304", ""), "{fields}");
        }
        let changed = site.ask("GET", path, "If-None-Match: \"x\"\r\n").await;
        assert_eq!(status(&changed), "200");
        let head = site.ask("HEAD", path, "").await;
        assert_eq!((status(&head), body(&head)), ("200", ""));
        assert_eq!(field(&head, "content-length"), field(&answer, "content-length"));
    }
}

#[tokio::test]
async fn nothing_outside_the_minutes_is_ever_served() {
    let site = site(limits()).await;
    for path in [
        "/../beadle.db",
        "/minutes/../beadle.db",
        "/minutes/..%2fbeadle.db",
        "/minutes/%2e%2e/beadle.db",
        "/minutes/%2e%2e%2fbeadle.db",
        "/minutes/%252e%252e/beadle.db",
        "/minutes/2018/../../beadle.db",
        "/minutes/2018/..%5c..%5cbeadle.db",
        "/minutes//etc/passwd",
        "/minutes/%2fetc%2fpasswd",
        "//etc/passwd",
        "/minutes/2018/stolen.txt",
        "/minutes/etc/hosts.txt",
        "/minutes/etc/",
        "/minutes/etc",
        "/minutes/2018/.hidden.html",
        "/minutes/2018/directory.html",
        "/minutes/2018/directory.html/x.html",
        "/minutes/2018/virt-sig.2018-11-13-15.00.html%00.txt",
        "/minutes/2018/virt-sig.2018-11-13-15.00.html%0d%0aX:y",
        "/minutes/2018/virt-sig.2018-11-13-15.00",
        "/minutes/2019/board.2019-02-05-15.00.restricted",
        "/minutes/nothing/",
        "/beadle.db",
        "/m/",
        "/m/..",
        "/m/%2e%2e.txt",
    ] {
        let answer = site.get(path).await;
        assert_eq!(status(&answer), "404", "{path}");
        assert!(!answer.contains("secret") && !answer.contains("root:"), "{path}: {answer}");
        assert!(body(&answer).contains("There is no such page here."), "{path}: {answer}");
    }
    let absolute = site.get("http://evil.example/minutes/../beadle.db").await;
    assert_eq!(status(&absolute), "404");
}

#[tokio::test]
async fn members_only_minutes_are_refused_with_a_sentence() {
    let site = site(limits()).await;
    for path in ["/minutes/2019/board.2019-02-05-15.00.html", "/m/board", "/m/board/log"] {
        let answer = site.get(path).await;
        assert_eq!(status(&answer), "403", "{path}");
        assert!(body(&answer).contains("for members of the group only"), "{answer}");
    }
    let broken = site.get("/m/broken").await;
    assert_eq!((status(&broken), field(&broken, "retry-after")), ("503", "60"));
}

#[tokio::test]
async fn the_lists_show_the_newest_first_and_nothing_as_markup() {
    let site = site(limits()).await;
    let home = site.get("/").await;
    assert!(home.contains("<h1>Virt &lt;SIG&gt;</h1>"), "{home}");
    let all = site.get("/minutes/").await;
    for list in [&home, &all] {
        let at = |words: &str| list.find(words).unwrap_or_else(|| panic!("{words}: {list}"));
        assert!(at("board (for members only)") < at("会 &lt;b&gt;"));
        assert!(at("会 &lt;b&gt;") < at("/minutes/2018/virt-sig.2018-11-13-15.00.html"));
        assert!(!list.contains("<b>") && !list.contains("stolen") && !list.contains("hidden"));
        assert!(list.contains("href=\"/minutes/2018/virt-sig.2018-11-13-15.00.log.txt\""));
        assert!(list.contains("<html lang=\"en\">"));
        assert!(field(list, "content-security-policy").contains("style-src 'sha256-"));
    }
    assert!(all.contains("<h2>2019</h2>") && all.contains("<h2>2018</h2>"));
    let year = site.get("/minutes/2018/").await;
    assert!(year.contains("virt-sig") && !year.contains("board"));
    for (path, to) in [("/minutes", "/minutes/"), ("/minutes/2018", "/minutes/2018/")] {
        let answer = site.get(path).await;
        assert_eq!((status(&answer), field(&answer, "location")), ("308", to));
    }
    fs::remove_dir_all(site.dir.path().join("minutes")).unwrap();
    for path in ["/", "/minutes/"] {
        assert!(site.get(path).await.contains("No minutes yet."), "{path}");
    }
}

#[tokio::test]
async fn a_meeting_has_one_permanent_page() {
    let site = site(limits()).await;
    for (path, content) in [
        ("/m/2018-11-13", "<title>live</title>"),
        ("/m/2018-11-13/log", "<title>log</title>"),
        ("/m/2018-11-13.txt", "text"),
    ] {
        let answer = site.get(path).await;
        assert_eq!((status(&answer), body(&answer)), ("200", content), "{path}");
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
