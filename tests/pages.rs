//! The pages in a real Chromium, in a text browser, and every link of them followed, over the real
//! program with a site that has something of everything.
//!
//! `tests/browser/` has what is run in the browser; screenshots are left in `target/browser/`.

#[path = "support/decade.rs"]
mod decade;
#[path = "pages/naughty.rs"]
mod naughty;
#[allow(dead_code, reason = "the stories use the rest of it")]
#[path = "support/process.rs"]
mod process;

use beadle::config::{self, Config};
use beadle::flow::deliver::Outbox;
use beadle::flow::{login, members};
use beadle::store::Db;
use decade::Size;
use process::Process;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

/// A small group's: enough that every list has a second page.
const SMALL: Size = Size { meetings: 30, lines: 300, pushes: 150, entries: 260 };

/// The only address that a page may show.
const LIST: &str = "centos-virt@centos.org";

fn free() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    listener.local_addr().expect("an address").port()
}

/// A running service with its state; ended when it is dropped.
struct Site {
    url: String,
    _service: Process,
    _dir: tempfile::TempDir,
}

impl Site {
    /// A site that was filled before it starts.
    fn start(fill: impl AsyncFnOnce(&Db, &Config)) -> Site {
        let dir = tempfile::tempdir().expect("a folder");
        let port = free();
        let path = dir.path().join("config.toml");
        std::fs::write(&path, configuration(dir.path(), port)).expect("a configuration");
        let config = config::load(&path).unwrap_or_else(|faults| panic!("{faults:?}"));
        let runtime = tokio::runtime::Runtime::new().expect("a runtime");
        runtime.block_on(async {
            let db = Db::open(&config.database).await.expect("a database");
            members::own(&db, &config).await.expect("a list");
            fill(&db, &config).await;
            db.close().await;
        });
        let mut command = Command::new(env!("CARGO_BIN_EXE_beadle"));
        command.args(["serve", "-c"]).arg(&path).env("BEADLE_LOG", "warn,beadle=info");
        let mut service = Process::start(&mut command, &dir.path().join("output"));
        service.await_port(port);
        Site { url: format!("http://127.0.0.1:{port}"), _service: service, _dir: dir }
    }
}

fn configuration(dir: &Path, port: u16) -> String {
    let nobody = free();
    format!(
        r##"
[group]
name = "CentOS Virtualization SIG"
short = "Virt SIG"
[state]
dir = "{dir}"
[web]
listen = "127.0.0.1:{port}"
webchat = "https://web.libera.chat/?channel=#centos-devel"
[[network]]
name = "libera"
host = "127.0.0.1"
port = {nobody}
tls = false
nick = "beadle"
channels = ["#centos-devel"]
[[schedule]]
cron = "0 0 15 * * Tue"
weeks = "even"
[mail]
relay = "127.0.0.1"
port = {nobody}
from = "virtbot@centos.org"
[list]
address = "{LIST}"
[push]
[[push.repository]]
name = "virt7-release"
arches = ["x86_64", "aarch64"]
stage = "release"
[[member]]
name = "George Dunlap"
nicks = ["gwd"]
roles = ["lead", "maintainer: xen"]
addresses = ["secret-address@gwd.example"]
[[member]]
name = "Sandro Bonazzola"
nicks = ["sbonazzo"]
roles = ["maintainer: ovirt"]
[[project]]
name = "xen"
documents = ["https://wiki.centos.org/HowTos/Xen/Xen4QuickStart"]
[[project]]
name = "ovirt"
"##,
        dir = dir.display()
    )
}

/// The folder of the checks, in which `scripts/setup test` has installed what they need.
fn browser() -> PathBuf {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/browser");
    let lock = std::fs::read(folder.join("package-lock.json")).expect("a lock file");
    let installed = std::fs::read(folder.join("node_modules/.installed-lock")).ok();
    assert_eq!(installed.as_deref(), Some(&lock[..]), "run scripts/setup test");
    folder
}

/// Runs a check; it must find nothing wrong.
fn check(script: &str, arguments: &[&str]) -> String {
    let mut node = Command::new("node");
    node.arg(browser().join(script)).args(arguments).current_dir(browser());
    let out = node.output().expect("node; run scripts/setup test");
    let said = String::from_utf8_lossy(&[out.stdout, out.stderr].concat()).into_owned();
    assert!(out.status.success(), "{script}\n{said}");
    said
}

/// Where screenshots are left.
fn shots() -> String {
    let target = Path::new(env!("CARGO_BIN_EXE_beadle")).parent().and_then(Path::parent);
    target.expect("the folder of builds").join("browser").display().to_string()
}

#[test]
fn every_link_answers_and_every_page_is_sound() {
    let site = Site::start(async |db, _| decade::seed(db, SMALL).await);
    let said = check("crawl.mjs", &[&site.url, "--lists", LIST]);
    println!("{said}");
    let pages = said.split(" addresses").next().and_then(|count| count.trim().parse().ok());
    assert!(pages.is_some_and(|pages: u32| pages > 400), "{said}");
}

/// One page of each route, in three widths, light and dark, with and without script, and by keyboard.
fn is_for_everybody(routes: &str) {
    let site = Site::start(async |db, _| decade::seed(db, SMALL).await);
    let routes: String = routes.split_whitespace().collect();
    let said = check("audit.mjs", &[&site.url, "--pages", &routes, "--shots", &shots()]);
    println!("{said}");
}

#[test]
fn the_pages_of_meetings_are_for_everybody() {
    is_for_everybody(
        "/,/meetings,/meetings/2017,/meetings?name=Virt%20SIG,/meetings/calendar,/m/2016-11-29,
         /m/2016-11-29/log,/m/2016-11-29/log?page=2,/m/2016-11-30,/decisions,/search,/search?q=xen,
         /search?q=***",
    );
}

#[test]
fn the_pages_of_the_group_are_for_everybody() {
    is_for_everybody(
        "/actions,/actions?past=1,/actions/1,/notices,/notices/1,/roadmap,/help-wanted,/projects,
         /projects/xen,/members,/getting-started,/contact,/feeds",
    );
}

#[test]
fn the_pages_of_lists_and_pushes_are_for_everybody() {
    is_for_everybody(
        "/lists,/lists/centos-virt,/lists/centos-virt/join,/lists/centos-virt/leave,
         /lists/centos-virt/confirm?token=x,/lists/centos-virt/why,/pushes,/pushes?package=xen,
         /pushes/announced,/pushes/held,/p/1,/repositories,/admin",
    );
}

/// The way that a letter of the desk has in it.
async fn way_in(db: &Db, config: &Config) -> String {
    login::ask(db, config, "gwd").await.expect("a letter is asked for");
    let letters = Outbox::new(db.clone(), "test").claim().await.expect("the letters");
    let letter = letters.first().expect("a letter");
    let read = mail_parser::MessageParser::default().parse(&letter.message).expect("a mail");
    let text = read.body_text(0).expect("a text").into_owned();
    let way = text.split_whitespace().find(|word| word.contains("/admin/login/"));
    way.expect("a way in").to_string()
}

#[test]
fn the_desk_is_for_everybody_who_is_let_in() {
    let mut way = String::new();
    let site = Site::start(async |db, config| {
        decade::seed(db, Size { pushes: 20, meetings: 4, ..SMALL }).await;
        way = way_in(db, config).await;
    });
    let routes: String = "/admin,/admin/held,/admin/discarded,/admin/log,/admin/members,
        /admin/members/gwd,/admin/notices,/admin/notices/1,/admin/report,/admin/repositories,
        /admin/schedule,/admin/sessions,/admin/subscribers,/admin/subscribers/centos-virt"
        .split_whitespace()
        .collect();
    let arguments = [&site.url, "--pages", &routes, "--shots", &shots(), "--login", &way];
    println!("{}", check("audit.mjs", &arguments));
}

/// What a text browser prints.
fn dump(url: &str) -> String {
    let out = Command::new("w3m").args(["-dump", "-cols", "80", "-T", "text/html", url]).output();
    let out = out.expect("w3m; run scripts/setup test");
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
    String::from_utf8_lossy(&out.stdout).into_owned()
}

#[test]
fn minutes_and_log_are_readable_in_a_text_browser() {
    let site = Site::start(async |db, _| decade::seed(db, Size { pushes: 3, ..SMALL }).await);
    let minutes = dump(&format!("{}/m/2016-11-29", site.url));
    for line in [
        "#centos-devel: Virt SIG",
        "Tuesday 2016-11-29 (ISO week 2016-W48)",
        "Decisions",
        "• AGREED: We ship release 0.11 of it (gwd, 15:0",
        "Action Items",
        "People Present (lines said)",
    ] {
        assert!(minutes.contains(line), "{line}\n{minutes}");
    }
    let log = dump(&format!("{}/m/2016-11-29/log", site.url));
    for line in ["15:00:10 <gwd> #startmeeting Virt SIG", "15:00:20 <gwd> #topic Xen"] {
        assert!(log.contains(line), "{line}\n{log}");
    }
    assert!(log.contains("Lines 251 to 300"), "{log}");
}

#[test]
fn strangers_words_are_inert_in_a_browser() {
    let site = Site::start(async |db, config| naughty::fill(db, config).await);
    let said = check("naughty.mjs", &[&site.url]);
    println!("{said}");
}

/// The newcomer's journey of the demo: the front page, the channel, signed in.
#[test]
fn a_newcomer_is_signed_in_after_three_steps() {
    let dir = tempfile::tempdir().expect("a folder");
    let (irc, web) = (free(), free());
    let mut command = Command::new(env!("CARGO_BIN_EXE_beadle"));
    command.args(["demo", "--irc-port", &irc.to_string(), "--web-port", &web.to_string()]);
    let mut demo = Process::start(&mut command, &dir.path().join("output"));
    let until = std::time::Instant::now() + Duration::from_secs(60);
    while !demo.output().contains("An open house is on") {
        assert!(std::time::Instant::now() < until && demo.runs(), "{}", demo.output());
        std::thread::sleep(Duration::from_millis(50));
    }
    let said = check("journey.mjs", &[&format!("http://127.0.0.1:{web}"), "--shots", &shots()]);
    println!("{said}");
    demo.stop();
}
