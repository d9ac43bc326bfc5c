//! What each page shows, over a listening door, with a group that has something of everything.

use super::*;
use crate::domain::group::{By, Change};
use crate::domain::roster::{Enrolled, Member, Project};
use crate::domain::{notice, roadmap};
use crate::flow::group;

/// A group with a member, a project, a notice of each kind, actions in each state.
async fn full() -> Site {
    let (mut site, _) = site().await;
    let mut config = (*site.config).clone();
    config.members = vec![Enrolled {
        member: Member {
            name: "George <b>Dunlap".into(),
            nicks: vec!["gwd".into()],
            roles: vec!["lead".into(), "maintainer: xen".into()],
            ..Member::default()
        },
        addresses: vec!["secret@gwd.example".into()],
        ..Enrolled::default()
    }];
    config.projects = vec![Project {
        name: "xen".into(),
        documents: vec!["https://wiki.example.org/Xen".into(), "javascript:alert(1)".into()],
        ..Project::default()
    }];
    config.schedule = vec![crate::domain::schedule::Entry::of_the_first_group()];
    if let Some(web) = &mut config.web {
        web.redirects =
            vec![crate::config::Redirect { from: "/wiki/*".into(), to: "/roadmap".into() }];
    }
    site.config = Arc::new(config);
    for change in changes() {
        let done = group::change(&site.db, &site.config, &By::itself(), |_| Ok(change)).await;
        done.unwrap().unwrap();
    }
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    site.address = listener.local_addr().unwrap();
    let pages = Pages::new(site.db.clone(), site.config.clone());
    tokio::spawn(serve_within(listener, pages, site.stop.clone(), Limits::default()));
    site
}

fn changes() -> Vec<Change> {
    let opened = |kind, text: &str, owners: &[&str]| roadmap::Change::Opened {
        kind,
        text: text.into(),
        owners: owners.iter().map(ToString::to_string).collect(),
        due: "2030-01-01".parse().ok(),
    };
    let entry = |number, change| Change::Entry { number, change };
    let posted = |number, words: &str| Change::Notice {
        number,
        change: notice::read::posted(notice::read::news(words).unwrap(), &["xen"]),
    };
    let today = crate::clock::now().date();
    let eol =
        notice::read::posted(notice::read::eol("xen 4.6 2018-11-13", today).unwrap(), &["xen"]);
    vec![
        entry(1, opened(roadmap::Kind::Action, "push <i>libvirt</i> https://a.example/", &["gwd"])),
        entry(2, opened(roadmap::Kind::Action, "nobody's", &[])),
        entry(3, opened(roadmap::Kind::Help, "POWER hardware", &[])),
        entry(4, opened(roadmap::Kind::Action, "finished", &["gwd"])),
        entry(4, roadmap::Change::Done { note: "at last".into() }),
        entry(1, roadmap::Change::Promoted { project: "xen".into(), milestone: "4.12".into() }),
        posted(1, "Xen 4.10 packages are being built"),
        Change::Notice { number: 2, change: eol },
        Change::Notice {
            number: 1,
            change: notice::Change::Corrected { text: "Xen 4.11 is out".into() },
        },
    ]
}

#[tokio::test]
async fn every_page_shows_what_it_is_for() {
    let site = full().await;
    for (path, words) in [
        (
            "/",
            &["How to take part", "o/", "/m/2018-11-13", "Xen 4.11 is out", "POWER hardware"][..],
        ),
        ("/meetings", &["Meetings of 2018", "/m/2018-11-13"]),
        ("/meetings/2018", &["/m/2018-11-13"]),
        ("/meetings?name=Virt%20SIG", &["Meetings named Virt SIG"]),
        ("/meetings/calendar?month=2018-11", &["November 2018", "href=\"/m/2018-11-13\""]),
        (
            "/actions",
            &[
                "push &lt;i&gt;libvirt",
                "href=\"https://a.example/\"",
                "nobody yet",
                "due 2030-01-01",
            ],
        ),
        ("/actions?person=GWD", &["Actions of GWD", "push"]),
        ("/actions?past=1", &["finished", "done"]),
        ("/actions/4", &["Action 4", "Done ", "at last"]),
        ("/help-wanted", &["POWER hardware", "#take"]),
        ("/roadmap", &["xen 4.12", "[1]"]),
        ("/notices", &["Xen 4.11 is out", "corrected", "end of support since 2018-11-13"]),
        ("/notices/1", &["What it said before", "Xen 4.10 packages are being built"]),
        ("/notices?project=xen", &["Notices of xen"]),
        ("/decisions", &["Decisions"]),
        ("/projects", &["Xen", "George &lt;b&gt;Dunlap (gwd)"]),
        ("/projects/XEN", &["href=\"https://wiki.example.org/Xen\"", "Maintained by George"]),
        ("/members", &["George &lt;b&gt;Dunlap", "/projects/xen", "/actions?person=gwd"]),
        ("/getting-started", &["Come to a meeting", "[off]"]),
        ("/contact", &["Contact"]),
        ("/feeds", &["calendar.ics"]),
        ("/pushes", &["Where is it?"]),
        ("/search?q=libvirt", &["push &lt;i&gt;<mark>libvirt</mark>", "/actions/1"]),
        ("/search?q=script&in=minutes", &["/m/2018-11-13#i-2", "<mark>script</mark>"]),
        ("/search?q=4.11&in=notices", &["/notices/1"]),
        ("/search?q=nowhere", &["Nothing was found"]),
        ("/feeds/all.atom", &["<feed xmlns=", "https://virt.example.org/m/2018-11-13"]),
        ("/feeds/notices.atom", &["<title>Xen 4.11 is out</title>"]),
        ("/feeds/actions.atom", &["[1] push &lt;i&gt;libvirt"]),
        ("/calendar.ics", &["BEGIN:VCALENDAR", "END:VCALENDAR"]),
        ("/healthz", &["ok"]),
        ("/readyz", &["ready"]),
    ] {
        let page = site.get(path).await;
        assert_eq!(status(&page), "200", "{path}: {page}");
        for words in words {
            assert!(page.contains(words), "{path} {words}: {page}");
        }
        assert!(!page.contains("secret@gwd") && !page.contains("javascript:"), "{path}: {page}");
        assert!(!page.contains("<b>") && !page.contains("<i>libvirt"), "{path}: {page}");
    }
}

#[tokio::test]
async fn what_is_not_there_is_refused_with_a_way_on() {
    let site = full().await;
    for path in [
        "/meetings/1999",
        "/meetings/x",
        "/meetings?name=Nobody",
        "/meetings/calendar?month=1066-10",
        "/meetings/calendar?month=2018-13",
        "/meetings/calendar?month=-1",
        "/actions/99",
        "/actions/x",
        "/actions/-1",
        "/notices/0",
        "/projects/none",
        "/projects/..%2f",
        "/lists/none",
        "/lists/none/join",
        "/metrics",
        "/static/none.css",
    ] {
        let page = site.get(path).await;
        assert_eq!(status(&page), "404", "{path}: {page}");
        assert!(page.contains("start page"), "{path}");
    }
    let near = site.get("/m/2018-11-14").await;
    assert!(near.contains("No meeting on 2018-11-14. Nearest: 2018-11-13."), "{near}");
}

#[tokio::test]
async fn what_cannot_be_searched_is_a_sentence() {
    let site = full().await;
    for (query, words) in [
        ("q=***", "Type at least one word"),
        ("q=%3Cb%3E%22&from=yesterday", "A date is written as 2018-11-13."),
        ("q=x&in=nowhere", "It can be searched in"),
    ] {
        let answer = site.get(&format!("/search?{query}")).await;
        assert_eq!(status(&answer), "400", "{query}");
        assert!(answer.contains(words) && !answer.contains("<b>"), "{answer}");
    }
    let hostile = "q=%22%29%20OR%20%28%27%3B--%20NEAR%20%2A%5E%00%ff";
    assert_eq!(status(&site.get(&format!("/search?{hostile}")).await), "200");
}

#[tokio::test]
async fn old_addresses_lead_on() {
    let site = full().await;
    for (old, new) in [
        ("/wiki/Virtualization/Roadmap", "/roadmap"),
        ("/mailman/listinfo/centos-virt", "/lists/centos-virt"),
        ("/minutes/2018/november/centos-devel.2018-11-13-15.00.html", "/m/2018-11-13"),
        ("/minutes/2018/november/centos-devel.2018-11-13-15.00.log.html", "/m/2018-11-13/log"),
        ("/TODO", "/roadmap"),
    ] {
        let answer = site.get(old).await;
        assert_eq!(status(&answer), "301", "{old}: {answer}");
        assert!(answer.contains(&format!("location: {new}\r\n")), "{old}: {answer}");
    }
    let latest = site.get("/meetings/latest").await;
    assert!(latest.starts_with("HTTP/1.1 302") && latest.contains("location: /m/2018-11-13\r\n"));
}

#[tokio::test]
async fn a_page_changes_when_what_it_shows_does() {
    let site = full().await;
    assert!(!site.get("/notices").await.contains("Something new"));
    let posted = notice::read::posted(notice::read::news("Something new").unwrap(), &[""; 0]);
    let change = Change::Notice { number: 3, change: posted };
    let done = group::change(&site.db, &site.config, &By::itself(), |_| Ok(change)).await;
    done.unwrap().unwrap();
    for path in ["/notices", "/", "/notices/3"] {
        assert!(site.get(path).await.contains("Something new"), "{path}");
    }
}

#[tokio::test]
async fn a_live_meeting_grows_in_front_of_its_viewers() {
    let site = full().await;
    site.hold("2018-11-27T15:00:00Z", &["#topic Live"], false).await;
    let open = async |path: &str| {
        let mut stream = TcpStream::connect(site.address).await.unwrap();
        let request = format!("GET {path} HTTP/1.1\r\nHost: x\r\n\r\n");
        stream.write_all(request.as_bytes()).await.unwrap();
        stream
    };
    let read = async |stream: &mut TcpStream, words: &str| {
        let mut got = Vec::new();
        let mut piece = [0; 4096];
        let until = async {
            while !String::from_utf8_lossy(&got).contains(words) {
                let read = stream.read(&mut piece).await.unwrap();
                assert!(read > 0, "{}", String::from_utf8_lossy(&got));
                got.extend_from_slice(&piece[..read]);
            }
        };
        let ended = tokio::time::timeout(Duration::from_secs(10), until).await;
        ended.unwrap_or_else(|_| panic!("no {words} in time"));
        String::from_utf8_lossy(&got).into_owned()
    };
    let mut minutes = open("/m/2018-11-27/live").await;
    let first = read(&mut minutes, "Live").await;
    assert!(first.contains("text/event-stream") && first.contains("event: minutes"), "{first}");
    let mut log = open("/m/2018-11-27/live?after=1").await;
    let first = read(&mut log, "id=\"l-2\"").await;
    assert!(first.contains("event: lines") && !first.contains("id=\"l-1\""), "{first}");
    let page = site.get("/m/2018-11-27").await;
    assert!(page.contains("data-live=\"/m/2018-11-27/live\"") && page.contains("id=\"pause\""));

    let row = store::meeting::by_slug(&site.db, "2018-11-27").await.unwrap().unwrap();
    let last = store::log::last_seq(&site.db, row.id).await.unwrap().unwrap();
    let mut tx = site.db.begin().await.unwrap();
    let at = row.started_at.plus(60_000_000);
    let gwd = Speaker { nick: "gwd".into(), login: Login::Unknown };
    let text = "#info <script>grown</script>".into();
    let what = What::Said { who: gwd, manner: Manner::Say, text };
    let said = Event { at, heard_at: at, what };
    store::log::append(&mut tx, row.id, last + 1, &[said]).await.unwrap();
    tx.commit().await.unwrap();
    assert!(!read(&mut minutes, "grown").await.contains("<script>"));
    assert!(!read(&mut log, "grown").await.contains("<script>"));
    let mut tx = site.db.begin().await.unwrap();
    store::meeting::end(&mut tx, row.id, at, Some(&"Virt".into())).await.unwrap();
    tx.commit().await.unwrap();
    read(&mut minutes, "event: end").await;
    read(&mut log, "event: end").await;
    site.stop.cancel();
}
