//! The door over real sockets: pages, files, refusals, and clients that mean no good.

mod api;
mod desk;
mod lists;
mod login;
mod oidc;
mod pages;
mod strangers;

use crate::config::{Config, Database, Group, MeetingRules, Web};
use crate::domain::meeting::{Event, Login, Manner, Settings, Speaker, What};
use crate::domain::time::Moment;
use crate::flow::publish;
use crate::store::meeting::NewMeeting;
use crate::store::{self, Db};
use crate::web::{Limits, Pages, serve_within};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::CancellationToken;

struct Site {
    address: SocketAddr,
    folder: tempfile::TempDir,
    stop: CancellationToken,
    db: Db,
    config: Arc<Config>,
}

impl Drop for Site {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

/// A site with one ended meeting, published at the address returned with it.
async fn site() -> (Site, String) {
    let folder = tempfile::tempdir().unwrap();
    let config = configuration(folder.path());
    let site = site_of(config, folder).await;
    let place = site.hold("2018-11-13T15:00:12Z", &["#info <script>alert(1)</script>"], true).await;
    (site, place)
}

/// An empty site of a configuration.
async fn site_of(config: Config, folder: tempfile::TempDir) -> Site {
    let config = Arc::new(config);
    let db = Db::open(&config.database).await.unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let stop = CancellationToken::new();
    let pages = Pages::new(db.clone(), config.clone());
    let limits = Limits { header: Duration::from_millis(300), ..Limits::default() };
    tokio::spawn(serve_within(listener, pages, stop.clone(), limits));
    Site { address, folder, stop, db, config }
}

fn configuration(folder: &std::path::Path) -> Config {
    Config {
        group: Group { name: "Virt SIG".into(), short: "Virt SIG".into() },
        state_dir: folder.to_path_buf(),
        database: Database::Sqlite(folder.join("beadle.db")),
        web: Some(Web::at("127.0.0.1:0".parse().unwrap(), "https://virt.example.org")),
        networks: Vec::new(),
        meeting: MeetingRules::default(),
        schedule: Vec::new(),
        mail: None,
        list: None,
        gate: Default::default(),
        push: crate::config::push::Push::default(),
        members: Vec::new(),
        projects: Vec::new(),
        report: Default::default(),
    }
}

impl Site {
    /// Holds a meeting; gives the path of its files, without extension.
    async fn hold(&self, start: &str, lines: &[&str], ends: bool) -> String {
        let at = Moment::parse(start).unwrap();
        let gwd = Speaker { nick: "gwd".into(), login: Login::Unknown };
        let said =
            |text: &str| What::Said { who: gwd.clone(), manner: Manner::Say, text: text.into() };
        let settings = Settings { channel: Some("#centos-devel".into()), ..Settings::default() };
        let mut whats = vec![What::Opened(Box::new(settings)), said("#startmeeting Virt SIG")];
        whats.extend(lines.iter().map(|line| said(line)));
        whats.extend(ends.then(|| said("#endmeeting")));
        let events: Vec<Event> =
            whats.into_iter().map(|what| Event { at, heard_at: at, what }).collect();
        let mut tx = self.db.begin().await.unwrap();
        let new = NewMeeting {
            network: "libera".into(),
            channel: "#centos-devel".into(),
            channel_folded: "#centos-devel".into(),
            started_at: at,
            owner: gwd.clone(),
        };
        let row = store::meeting::insert(&mut tx, &new).await.unwrap().unwrap();
        store::log::append(&mut tx, row.id, 1, &events).await.unwrap();
        if ends {
            store::meeting::end(&mut tx, row.id, at, Some(&"Virt SIG".into())).await.unwrap();
        }
        if lines.contains(&"#restrictlogs") {
            store::meeting::restrict(&mut tx, row.id, at).await.unwrap();
        }
        tx.commit().await.unwrap();
        let meeting = publish::stored(&self.db, &row).await.unwrap().unwrap();
        publish::publish(&self.db, &self.config, &row, &meeting).await.unwrap();
        let row = store::meeting::by_slug(&self.db, &row.slug).await.unwrap().unwrap();
        row.place.unwrap()
    }

    /// What the server answers to these bytes until it closes.
    async fn send(&self, bytes: &[u8]) -> String {
        let mut stream = TcpStream::connect(self.address).await.unwrap();
        let _ = stream.write_all(bytes).await;
        let mut answer = Vec::new();
        let read = stream.read_to_end(&mut answer);
        let _ = tokio::time::timeout(Duration::from_secs(5), read).await.expect("an end");
        String::from_utf8_lossy(&answer).into_owned()
    }

    async fn get(&self, path: &str) -> String {
        let request = format!("GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
        self.send(request.as_bytes()).await
    }
}

fn status(answer: &str) -> &str {
    answer.get(9..12).unwrap_or("none")
}

#[tokio::test]
async fn pages_and_files_are_at_their_addresses() {
    let (site, place) = site().await;
    let index = site.get("/meetings").await;
    assert!(index.contains("/m/2018-11-13") && index.contains("Virt SIG"), "{index}");
    for (path, words) in [
        ("/m/2018-11-13".to_string(), "<h1>#centos-devel: Virt SIG"),
        ("/m/2018-11-13/log".to_string(), "id=\"l-1\""),
        ("/m/2018-11-13.txt".to_string(), "Meeting summary"),
        ("/m/2018-11-13.json".to_string(), "\"log_lines\""),
        (format!("/minutes/{place}.html"), "<h1>#centos-devel: Virt SIG"),
        (format!("/minutes/{place}.log.txt"), "15:00:12 <gwd> #startmeeting"),
    ] {
        let answer = site.get(&path).await;
        assert_eq!(status(&answer), "200", "{path}");
        assert!(answer.contains(words), "{path}: {answer}");
        let head = answer.to_lowercase();
        let is_html = head.contains("content-type: text/html");
        assert!(!is_html || !answer.contains("<script>") && !answer.contains(" style="), "{path}");
        assert!(
            head.contains("content-security-policy: default-src 'none'")
                && head.contains("nosniff")
        );
    }
}

#[tokio::test]
async fn a_page_that_the_reader_has_is_not_sent_again() {
    let (site, _) = site().await;
    let first = site.get("/m/2018-11-13").await;
    let tag = first.lines().find_map(|line| line.strip_prefix("etag: ")).expect("a tag");
    let again = format!(
        "GET /m/2018-11-13 HTTP/1.1\r\nHost: x\r\nIf-None-Match: {tag}\r\nConnection: close\r\n\r\n"
    );
    assert_eq!(status(&site.send(again.as_bytes()).await), "304");
    let head =
        site.send(b"HEAD /m/2018-11-13 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").await;
    assert!(status(&head) == "200" && head.ends_with("\r\n\r\n"));
}

#[tokio::test]
async fn a_live_meeting_is_shown_and_a_restricted_one_is_not() {
    let (site, _) = site().await;
    site.hold("2018-11-27T15:00:00Z", &["#topic Live"], false).await;
    let live = site.get("/m/2018-11-27").await;
    assert!(live.contains("Live") && live.contains("these minutes grow"), "{live}");
    let mut tx = site.db.begin().await.unwrap();
    let row = store::meeting::by_slug(&mut tx, "2018-11-27").await.unwrap().unwrap();
    store::meeting::abort(&mut tx, row.id, row.started_at).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(status(&site.get("/m/2018-11-27").await), "404");
    let place = site.hold("2018-12-11T15:00:00Z", &["#restrictlogs"], true).await;
    for path in
        ["/m/2018-12-11".to_string(), format!("/minutes/{place}.html"), "/m/2018-12-11.json".into()]
    {
        assert_eq!(status(&site.get(&path).await), "403", "{path}");
    }
}

#[tokio::test]
async fn no_path_leads_out_of_the_folder() {
    let (site, place) = site().await;
    std::fs::write(site.folder.path().join("secret.txt"), "secret").unwrap();
    std::os::unix::fs::symlink(
        site.folder.path().join("secret.txt"),
        site.folder.path().join("minutes/2018/link.txt"),
    )
    .unwrap();
    for path in [
        "/minutes/../secret.txt",
        "/minutes/..%2fsecret.txt",
        "/minutes/%2e%2e/secret.txt",
        "/minutes/2018/../../secret.txt",
        "/minutes/2018/%2e%2e%2f%2e%2e%2fsecret.txt",
        "/minutes//etc/passwd",
        "/minutes/%2fetc%2fpasswd.txt",
        "/minutes/2018/link.txt",
        "/minutes/2018",
        "/minutes/2018/",
        "/minutes/x%00.txt",
        "/minutes/%ff.txt",
        "/minutes/..\\secret.txt",
        "/m/%00",
        "/m/..%2f..%2fsecret.txt",
        "/m/2018-11-13.exe",
        "/m/none",
        "/beadle.db",
        &format!("/minutes/{place}"),
    ] {
        let answer = site.get(path).await;
        assert!(["404", "400"].contains(&status(&answer)), "{path}: {answer}");
        assert!(!answer.contains("root:") && !answer.ends_with("secret"), "{path}");
    }
}

#[tokio::test]
async fn bad_clients_get_little_and_end_soon() {
    let (site, _) = site().await;
    let long =
        format!("GET /{} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", "x".repeat(100_000));
    assert!(["414", "431", "400"].contains(&status(&site.send(long.as_bytes()).await)));
    assert!(
        ["400", "non"].contains(&&status(&site.send(b"\x00\x01\x02garbage\r\n\r\n").await)[..3])
    );
    let post = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nConnection: close\r\n\r\nhello";
    assert_eq!(status(&site.send(post).await), "405");
    // Headers that never end: the door closes, and others are served meanwhile.
    let started = std::time::Instant::now();
    let (slow, other) = tokio::join!(site.send(b"GET / HTTP/1.1\r\nHost:"), site.get("/"));
    assert_eq!(status(&other), "200");
    assert!(started.elapsed() < Duration::from_secs(3) && !slow.contains("200 OK"));
}

#[tokio::test]
async fn whoever_asks_about_a_post_learns_only_what_is_theirs() {
    use crate::domain::list::gate::{Author, Facts, Verdict};
    use crate::domain::list::{Key, policy};
    use crate::store::verdict::{self, Decided};
    let (site, _) = site().await;
    let at = Moment::parse("2018-11-13T15:00:12Z").unwrap();
    let mut tx = site.db.begin().await.unwrap();
    let settings = policy::Settings::default();
    let list = store::list::create(&mut tx, "virt", "virt@x.example", &settings, at);
    let list = list.await.unwrap().unwrap();
    let author = Author::One(Key::parse("bob@x.example").unwrap(), "bob@x.example".into());
    let facts = Facts { message_id: "one@x.example".into(), ..Facts::new(author) };
    let decided = Decided {
        digest: [1; 16],
        list: list.id.number(),
        at,
        times: 1,
        verdict: Verdict::Discard,
        check: "subscriber".into(),
        facts,
    };
    verdict::note(&mut tx, &[decided]).await.unwrap();
    tx.commit().await.unwrap();
    let ask = async |id: &str, address: &str| {
        let form = format!("message_id={id}&address={address}");
        let length = form.len();
        site.send(
            format!(
                "POST /why HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: {length}\r\n\
                 Content-Type: application/x-www-form-urlencoded\r\n\r\n{form}"
            )
            .as_bytes(),
        )
        .await
    };
    let form = site.get("/why").await;
    assert_eq!(status(&form), "200");
    assert!(form.contains("<form method=\"post\" action=\"/why\">"), "{form}");
    let told = ask("%3Cone@x.example%3E", "bob@x.example").await;
    assert!(told.contains("was discarded") && told.contains("virt-join@x.example"), "{told}");
    assert!(told.to_lowercase().contains("cache-control: no-store"), "{told}");
    let sentence = "No post with this Message-ID came from this address.";
    for (id, address) in [("one@x.example", "anna@x.example"), ("two@x.example", "bob@x.example")] {
        let other = ask(id, address).await;
        assert!(other.contains(sentence) && !other.contains("discarded"), "{other}");
    }
    let hostile = ask("%22%3E%3Cscript%3Ealert(1)%3C/script%3E", "%00").await;
    assert!(hostile.contains(sentence) && !hostile.contains("<script>"), "{hostile}");
    let long = ask(&"x".repeat(20_000), "b").await;
    assert!(["413", "400"].contains(&status(&long)), "{long}");
}

#[tokio::test]
async fn only_who_knows_the_secret_hands_something_in_and_once() {
    use crate::config::push::{Push, Repository};
    use crate::domain::push::signature::sign;
    let folder = tempfile::tempdir().unwrap();
    let mut config = configuration(folder.path());
    let secret = "0123456789abcdef-secret";
    config.push = Push {
        secret: Some(crate::config::Secret::new(secret)),
        repositories: vec![Repository {
            name: "virt7".into(),
            url: None,
            arches: vec!["x86_64".into()],
            tags: vec!["virt7-release".into()],
            stage: Default::default(),
            platform: None,
            project: None,
            mirrors: Vec::new(),
            try_it: None,
        }],
        ..Push::default()
    };
    let config = Arc::new(config);
    let db = Db::open(&config.database).await.unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let (address, stop) = (listener.local_addr().unwrap(), CancellationToken::new());
    let pages = Pages::new(db.clone(), config.clone());
    tokio::spawn(serve_within(listener, pages, stop.clone(), Limits::default()));
    let site = Site { address, folder, stop, db, config };
    let post = |time: i64, key: &str, signed: &str, body: &str| {
        let signature = sign(key.as_bytes(), &time.to_string(), signed.as_bytes());
        format!(
            "POST /hooks/push HTTP/1.1\r\nHost: v\r\nConnection: close\r\nX-Beadle-Timestamp: \
             {time}\r\nX-Beadle-Signature: {signature}\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        )
    };
    let event = r#"{"event": "pushed", "nvr": "xen-4.6.6-1.el7", "tag": "virt7-release"}"#;
    let now = crate::clock::now().micros() / 1_000_000;
    let other = event.replace("4.6.6", "6.6.6");
    let bomb = format!("{event}\nnot json\r\n\u{3}4");
    for (request, answer) in [
        (post(now, "another secret of length", event, event), " 403 "),
        (post(now, secret, event, &other), " 403 "),
        (post(now - 1000, secret, event, event), " 403 "),
        (post(now + 1000, secret, event, event), " 403 "),
        (
            "POST /hooks/push HTTP/1.1\r\nHost: v\r\nConnection: close\r\nContent-Length: 2\r\n\r\n{}".into(),
            " 403 ",
        ),
        ("GET /hooks/push HTTP/1.1\r\nHost: v\r\nConnection: close\r\n\r\n".into(), " 405 "),
        (post(now, secret, &bomb, &bomb), " 400 "),
        (post(now, secret, event, event), " 200 "),
        (post(now, secret, event, event), " 409 "),
        (post(now + 1, secret, event, event), "0 taken in, 1 known before"),
    ] {
        let said = site.send(request.as_bytes()).await;
        assert!(said.contains(answer), "{request}\n{said}");
        assert!(!said.contains('\u{3}'), "{said}");
    }
    let builds = store::push::build::of_source(&site.db, "xen", 9).await.unwrap();
    assert_eq!(builds.len(), 1, "nothing forged came in");
    let hostile = event.replace("xen-4.6.6", "xen<script>-4.6.7").replace(
        "\"}",
        "\", \"by\": \"<b>&\", \"changes\": [\"<img src=x onerror=1> http://a.example/\"]}",
    );
    let taken = site.send(post(now + 2, secret, &hostile, &hostile).as_bytes()).await;
    assert!(taken.contains("1 taken in"), "{taken}");
    for (path, words) in [
        ("/p/1", "<h2>xen 4.6.6-1</h2>"),
        ("/p/2", "<a href=\"http://a.example/\">"),
        ("/pushes", "<a href=\"/p/1\">xen-4.6.6-1.el7</a>"),
        ("/pushes/announced", "<a href=\"/p/1\">"),
        ("/pushes?package=xen", "Pushes of xen"),
        ("/pushes/held", "Nothing is held."),
        ("/repositories", "No repository is watched."),
    ] {
        let page = site.get(path).await;
        assert!(page.contains(words), "{path}: {page}");
        assert!(
            !page.contains("<script>") && !page.contains("<img") && !page.contains("<b>"),
            "{page}"
        );
    }
    for path in ["/p/3", "/p/0", "/p/-1", "/p/x", "/p/99999999999999999999"] {
        assert!(site.get(path).await.starts_with("HTTP/1.1 404"), "{path}");
    }
    site.stop.cancel();
}
