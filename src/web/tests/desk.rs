//! The desk over the real door: what a lead and a member do there, and what stays inert.

use super::login::{Browser, group, group_site, header};
use super::{site_of, status};
use crate::clock;
use crate::config::push::{Push, Repository};
use crate::domain::list::gate::{Author, Facts, Verdict};
use crate::domain::list::{Key, policy};
use crate::domain::push::place::{Doubt, Place};
use crate::domain::schedule::Entry;
use crate::domain::time::DAY;
use crate::store::list::List;
use crate::store::verdict::Decided;
use crate::store::{self, Db, kept, verdict};

/// Strings that break what is not careful.
const NAUGHTY: [&str; 12] = [
    "<script>alert(1)</script>",
    "\"><img src=x onerror=alert(1)>",
    "' onmouseover='alert(1)",
    "{{7*7}} {% raw %} ${7*7}",
    "javascript:alert(1)",
    "a\0b",
    "\u{202e}txt.exe\u{200f}",
    "a\r\nSet-Cookie: x=1\r\n\r\n<b>",
    "'; drop table session; --",
    "%00%0d%0a../../etc/passwd",
    "😀🏳️‍🌈 Ṱ̺̺̕o͞ ̷i̲̬͇̪͙n̝̗͕v̟̜̘̦͟o̶̙̰̠kè͚̮̺̪̹̱̤ ﷽",
    "https://a.example/\"onclick=alert(1)//<b>",
];

async fn list(db: &Db) -> List {
    let mut tx = db.begin().await.unwrap();
    let settings = policy::Settings::default();
    let made = store::list::create(&mut tx, "virt", "virt@x.example", &settings, clock::now());
    let list = made.await.unwrap().unwrap();
    tx.commit().await.unwrap();
    list
}

/// A post as the gate leaves it behind: held with its message, or discarded without.
async fn judged(db: &Db, list: &List, digest: u8, verdict: Verdict, message: &str) {
    let author = Author::One(Key::parse("bob@y.example").unwrap(), "Bob@y.example".into());
    let facts = Facts { message_id: format!("{digest}@y.example"), ..Facts::new(author) };
    let at = clock::now();
    let decided = Decided {
        digest: [digest; 16],
        list: list.id.number(),
        at,
        times: 1,
        verdict,
        check: "subscriber".into(),
        facts,
    };
    let mut tx = db.begin().await.unwrap();
    verdict::note(&mut tx, &[decided]).await.unwrap();
    if verdict == Verdict::Hold {
        let new = kept::New {
            list: list.id.number(),
            digest: &[digest; 16],
            verdict,
            at,
            until: at.plus(DAY),
            sender: "bob@y.example",
            message: message.as_bytes(),
        };
        kept::add(&mut tx, &new).await.unwrap();
    }
    tx.commit().await.unwrap();
}

/// What no page may hold, whatever was typed.
fn assert_inert(page: &str, what: &str) {
    let (head, body) = page.split_once("\r\n\r\n").expect("a head");
    assert!(!head.contains("x=1"), "{what}: {head}");
    for loose in ["<script>", "<img", "onerror=alert(1)>", "<b>", "\"onclick", "' onmouseover"] {
        assert!(!body.contains(loose), "{what}: {loose} in\n{body}");
    }
    assert!(!body.contains("href=\"javascript:"), "{what}");
    assert!(!body.chars().any(|c| c == '\0' || c == '\u{202e}' || c == '\u{200f}'), "{what}");
}

#[tokio::test]
async fn a_lead_decides_about_held_posts() {
    let folder = tempfile::tempdir().unwrap();
    let mut config = group(folder.path());
    config.gate.onward = Some(crate::config::gate::Onward::parse("smtp:127.0.0.1:1").unwrap());
    let site = site_of(config, folder).await;
    let list = list(&site.db).await;
    let message = "From: Bob <bob@y.example>\r\nTo: virt@x.example\r\nSubject: <b>Hello</b>\r\n\
        Message-ID: <1@y.example>\r\nContent-Type: text/html\r\n\r\n\
        <script>alert(1)</script><p>The text &lt;b&gt; of it</p><p>Its end</p>\r\n";
    for digest in [1, 2] {
        judged(&site.db, &list, digest, Verdict::Hold, message).await;
    }
    judged(&site.db, &list, 3, Verdict::Discard, "").await;
    let (lead, mira) = (Browser::of(&site, "gwd").await, Browser::of(&site, "mira").await);
    assert!(lead.get("/admin").await.contains("2 posts wait for a moderator."));
    let all = lead.get("/admin/held").await;
    assert!(all.contains("bob@y.example") && all.contains("&lt;b&gt;Hello"), "{all}");
    let one = lead.get("/admin/held/1").await;
    assert!(one.contains("The text &lt;b&gt; of it") && one.contains("subject"), "{one}");
    let (_, text) = one.split_once("The text").unwrap();
    assert!(text.lines().next().is_some_and(|line| !line.contains("Its end")), "lines stay: {one}");
    assert_inert(&one, "a held post");

    for path in ["/admin/held", "/admin/held/1"] {
        let refused = mira.get(path).await;
        assert_eq!(status(&refused), "403");
        assert!(refused.contains("Only the lead may do that: gwd.") && !refused.contains("bob@"));
    }
    for path in ["/admin/held/release", "/admin/held/discard"] {
        assert_eq!(status(&mira.post(path, &[("id", "1")]).await), "403");
    }
    assert_eq!(kept::count(&site.db, Verdict::Hold).await.unwrap(), 2, "nothing was decided");

    let told = lead.act("/admin/held/release", &[("id", "1")]).await;
    assert!(told.contains("Post 1 goes to its list."), "{told}");
    assert!(!lead.get("/admin/held").await.contains("goes to its list"), "it is told once");
    let told = lead.act("/admin/held/release", &[("id", "1")]).await;
    assert!(told.contains("Not done: there is no post 1 that waits"), "{told}");
    let told = lead.act("/admin/held/discard", &[("id", "2")]).await;
    assert!(told.contains("Post 2 is thrown away."));
    for words in ["Post 1 of virt was released by gwd.", "Post 2 of virt was discarded by gwd."] {
        assert!(told.contains(words), "{told}");
    }
    for id in ["", "x", "-1", "99999999999999999999"] {
        assert!(lead.act("/admin/held/discard", &[("id", id)]).await.contains("Not done"), "{id}");
        let page = lead.get(&format!("/admin/held/{id}")).await;
        assert!(["404", "200"].contains(&status(&page)), "{page}");
    }
    let discarded = lead.get("/admin/discarded").await;
    assert!(discarded.contains("bob@y.example to virt"), "{discarded}");
    let obscured = mira.get("/admin/discarded").await;
    assert!(obscured.contains("b…@y.example to virt") && !obscured.contains("bob@"), "{obscured}");
}

#[tokio::test]
async fn a_lead_keeps_the_roster_and_a_member_does_not() {
    let site = group_site().await;
    let (lead, mira) = (Browser::of(&site, "gwd").await, Browser::of(&site, "mira").await);
    let today = clock::now().date().to_string();
    let fields = [
        ("name", "Tomo Tester"),
        ("nicks", "tomo, tomo_"),
        ("roles", "maintainer: ovirt"),
        ("addresses", "tomo@x.example"),
        ("since", today.as_str()),
    ];
    let refused = mira.act("/admin/members/add", &fields).await;
    assert!(refused.contains("Not done: Only the lead may do that: gwd."), "{refused}");
    assert!(!mira.get("/admin/members").await.contains("Tomo"));
    let told = lead.act("/admin/members/add", &fields).await;
    assert!(told.contains("tomo is a member since") && told.contains("tomo has 1 mail address."));
    assert!(!told.contains("tomo@x.example"), "no address is shown: {told}");
    let change = async |what: &str, value: &str| {
        let fields = [("who", "tomo"), ("what", what), ("value", value)];
        lead.act("/admin/members/change", &fields).await
    };
    assert!(change("roles", "lead").await.contains("tomo has the roles: lead."));
    assert!(change("addresses", "no address").await.contains("Not done:"));
    assert!(change("nicks", "gwd").await.contains("already on the roster"));
    assert!(change("account", "a b").await.contains("Not done:"));
    assert!(change("leave", "tomorrow").await.contains("is not a date"));
    assert!(change("dance", "x").await.contains("Not done:"));
    let fields = [("who", "gwd"), ("what", "roles"), ("value", "")];
    assert!(lead.act("/admin/members/change", &fields).await.contains("gwd has the roles: none."));
    let lost = lead.act("/admin/members/change", &fields).await;
    assert!(lost.contains("Only the lead may do that: tomo."), "a right is lost at once: {lost}");
    let log = mira.get("/admin/log").await;
    assert!(log.contains("gwd on the pages") && log.contains("tomo has mail addresses: 1"));
    assert!(!log.contains("tomo@x.example"), "{log}");
}

#[tokio::test]
async fn members_plan_dates_and_write_notices() {
    let folder = tempfile::tempdir().unwrap();
    let config = crate::config::Config {
        schedule: vec![Entry::of_the_first_group()],
        ..group(folder.path())
    };
    let site = site_of(config, folder).await;
    let mira = Browser::of(&site, "mira").await;
    let group = crate::flow::group::load(&site.db, &site.config).await.unwrap();
    let next = group.schedule.next(clock::now().plus(2 * DAY)).unwrap().start;
    let date = next.date().to_string();
    let why = ("reason", "<i>Holiday");
    let told = mira.act("/admin/schedule/skip", &[("date", &date), why]).await;
    assert!(told.contains("Skipped:") && told.contains("&lt;i&gt;Holiday"), "{told}");
    assert!(told.contains("Hold it after all"));
    let told = mira.act("/admin/schedule/back", &[("date", &date), ("entry", "virt-sig")]).await;
    assert!(told.contains("is held after all."), "{told}");
    let other = next.plus(DAY).utc().format("%Y-%m-%d %H:%M").to_string();
    let told = mira
        .act("/admin/schedule/move", &[("date", &date), ("start", &other), ("reason", "busy")])
        .await;
    assert!(told.contains("Extra meeting:") && told.contains("not held"), "{told}");
    let start = next.plus(2 * DAY).utc().format("%Y-%m-%d %H:%M UTC").to_string();
    let told = mira.act("/admin/schedule/add", &[("start", &start), ("reason", "more")]).await;
    assert!(told.contains("Extra meeting:"), "{told}");
    for (path, fields) in [
        ("/admin/schedule/skip", [("date", "soon"), ("reason", "x")]),
        ("/admin/schedule/skip", [("date", date.as_str()), ("reason", "")]),
        ("/admin/schedule/add", [("start", "never"), ("reason", "x")]),
        ("/admin/schedule/move", [("date", "2018-11-13"), ("start", "2018-11-14 15:00")]),
    ] {
        assert!(mira.act(path, &fields).await.contains("Not done:"), "{path} {fields:?}");
    }

    let told = mira.act("/admin/notices/add", &[("kind", "eol"), ("words", "xen 4.6")]).await;
    assert!(told.contains("Not done: write PROJECT VERSION DATE"), "{told}");
    let fields = [("kind", "eol"), ("words", "xen 4.6 2018-11-13")];
    let told = mira.act("/admin/notices/add", &fields).await;
    assert!(told.contains("end of security support 2018-11-13 recorded."), "{told}");
    let fields = [("number", "1"), ("words", "Xen 4.6\r\nhas ended")];
    let told = mira.act("/admin/notices/correct", &fields).await;
    assert!(
        told.contains("Notice 1 corrected.")
            && told.contains("Xen 4.6 has ended")
            && told.contains("What it said before")
    );
    assert!(told.contains("Xen 4.6 is out of security support now"), "{told}");
    let told = mira.act("/admin/notices/withdraw", &[("number", "1"), ("why", "wrong")]).await;
    assert!(told.contains("Notice 1 withdrawn.") && told.contains("Withdrawn on"), "{told}");
    let told = mira.act("/admin/notices/correct", &[("number", "9"), ("words", "x")]).await;
    assert!(told.contains("Not done: there is no notice 9"), "{told}");
}

#[tokio::test]
async fn a_lead_keeps_subscribers_and_every_act_is_in_the_journal() {
    let site = group_site().await;
    list(&site.db).await;
    let (lead, mira) = (Browser::of(&site, "gwd").await, Browser::of(&site, "mira").await);
    let act = async |who: &Browser<'_>, what: &str, address: &str| {
        let fields = [("list", "virt"), ("what", what), ("address", address)];
        who.post("/admin/subscribers/change", &fields).await;
        who.get("/admin").await
    };
    assert!(act(&mira, "add", "mira@y.example").await.contains("Only the lead may do that: gwd."));
    assert_eq!(status(&mira.get("/admin/subscribers/virt").await), "403");
    for (what, address, words) in [
        ("add", "Anna@Y.example", "virt: a…@y.example is subscribed."),
        ("add", "anna@y.example", "Not done: This address is subscribed to virt already."),
        ("moderate", "anna@y.example", "is moderated: every post waits."),
        ("nomail", "anna@y.example", "gets no mail."),
        ("mail", "nobody@y.example", "Not done: This address is not subscribed to virt."),
        ("add", "<b>@y", "Not done:"),
        ("dance", "anna@y.example", "Not done:"),
    ] {
        let told = act(&lead, what, address).await;
        assert!(told.contains(words), "{what} {address}: {told}");
    }
    let page = lead.get("/admin/subscribers/virt?q=NNA").await;
    assert!(page.contains("Anna@Y.example") && page.contains("Moderate no more"), "{page}");
    assert!(lead.get("/admin/subscribers/virt?q=zzz").await.contains("Nobody is found."));
    assert!(lead.get("/admin/subscribers").await.contains("1 addresses, 1 without mail"));
    assert!(act(&lead, "remove", "anna@y.example").await.contains("is subscribed no more."));
    let log = mira.get("/admin/log").await;
    assert!(log.contains("virt: a…@y.example is subscribed.") && !log.contains("anna@"), "{log}");
}

#[tokio::test]
async fn a_doubted_repository_is_believed_when_a_lead_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let mut config = group(folder.path());
    config.push = Push {
        repositories: vec![Repository {
            name: "virt7".into(),
            url: Some("http://127.0.0.1:1/".into()),
            arches: vec!["x86_64".into()],
            tags: Vec::new(),
            stage: Default::default(),
            platform: None,
            project: None,
            mirrors: Vec::new(),
            try_it: None,
        }],
        ..Push::default()
    };
    let site = site_of(config, folder).await;
    let doubt = Doubt { sha256: "00".into(), vanished: 90, since: clock::now() };
    let place = Place { doubt: Some(doubt), ..Place::default() };
    let mut tx = site.db.begin().await.unwrap();
    assert!(store::push::place::save(&mut tx, "virt7", "x86_64", &place, "").await.unwrap());
    tx.commit().await.unwrap();
    let (lead, mira) = (Browser::of(&site, "gwd").await, Browser::of(&site, "mira").await);
    assert!(lead.get("/admin").await.contains("is not believed: 90 % are gone at once."));
    assert!(!mira.get("/admin/repositories").await.contains("Believe it"));
    let fields = [("repository", "virt7"), ("arch", "x86_64")];
    let told = mira.act("/admin/repositories/allow", &fields).await;
    assert!(told.contains("Only the lead may do that"), "{told}");
    let told = lead.act("/admin/repositories/allow", &fields).await;
    assert!(told.contains("is believed at the next look."), "{told}");
    let told = lead.act("/admin/repositories/allow", &fields).await;
    assert!(told.contains("Not done: Nothing of virt7 x86_64 is doubted."), "{told}");
}

#[tokio::test]
async fn sessions_are_seen_and_ended_and_the_report_is_written() {
    let site = group_site().await;
    let (lead, mira) = (Browser::of(&site, "gwd").await, Browser::of(&site, "mira").await);
    let own = mira.get("/admin/sessions").await;
    assert!(own.contains("Test &lt;b&gt;browser") && !own.contains(">gwd"), "{own}");
    let told = mira.act("/admin/sessions/end", &[("id", "1")]).await;
    assert!(told.contains("Not done: This session has ended before."), "another's is not theirs");
    let told = lead.act("/admin/sessions/end", &[("id", "2")]).await;
    assert!(told.contains("A session of mira was ended."), "{told}");
    assert_eq!(status(&mira.get("/admin").await), "303");

    let next = lead.get("/admin/report").await;
    let path = header(&next, "location").unwrap();
    let quarter = path.rsplit('/').next().unwrap();
    let page = lead.get(&path).await;
    assert!(page.contains("Your own words"), "{page}");
    let fields = [("quarter", quarter), ("words", "All is well.\n\n  <b>indented")];
    let told = lead.act("/admin/report/tell", &fields).await;
    assert_eq!(status(&told), "303", "to the report that is due");
    let page = lead.get(&path).await;
    assert!(page.contains("is kept."), "{page}");
    let words = "All is well.\n\n  &lt;b&gt;indented";
    assert_eq!(page.matches(words).count(), 2, "in the report and in the form: {page}");
    assert_inert(&page, "the report");
    lead.act("/admin/report/sent", &[("quarter", quarter)]).await;
    assert!(lead.get(&path).await.contains("stays as it was sent"));
    for bad in ["x", "2018Q9", "%00", "..%2f..%2fx"] {
        assert_eq!(status(&lead.get(&format!("/admin/report/{bad}")).await), "404", "{bad}");
    }
}

#[tokio::test]
async fn whatever_is_typed_comes_back_inert() {
    let site = group_site().await;
    list(&site.db).await;
    let forms: [(&str, &[&str]); 14] = [
        ("/admin/members/add", &["name", "nicks", "account", "roles", "addresses", "since"]),
        ("/admin/members/change", &["who", "what", "value"]),
        ("/admin/schedule/skip", &["date", "entry", "reason"]),
        ("/admin/schedule/back", &["date", "entry"]),
        ("/admin/schedule/add", &["start", "entry", "reason"]),
        ("/admin/schedule/move", &["date", "start", "reason"]),
        ("/admin/notices/add", &["kind", "words"]),
        ("/admin/notices/correct", &["number", "words"]),
        ("/admin/notices/withdraw", &["number", "why"]),
        ("/admin/subscribers/change", &["list", "what", "address"]),
        ("/admin/repositories/allow", &["repository", "arch"]),
        ("/admin/held/release", &["id", "member"]),
        ("/admin/report/tell", &["quarter", "words"]),
        ("/admin/sessions/end", &["id"]),
    ];
    let today = clock::now().date().to_string();
    // What is good in each field, so that the naughty one is reached.
    let good = |name: &str| match name {
        "nicks" => "nick",
        "since" | "date" => today.as_str(),
        "what" => "name",
        "who" => "mira",
        "kind" => "news",
        "number" => "1",
        "list" => "virt",
        "start" => "2018-12-25 15:00",
        "id" => "77",
        "account" | "addresses" | "entry" | "member" => "",
        _ => "words",
    };
    let pages = ["/admin", "/admin/members", "/admin/notices", "/admin/log", "/admin/sessions"];
    for (n, naughty) in NAUGHTY.iter().enumerate() {
        let browser = Browser::of(&site, "gwd").await;
        for (path, names) in forms {
            for name in names {
                let fields: Vec<(&str, &str)> = names
                    .iter()
                    .map(|one| (*one, if one == name { naughty } else { good(one) }))
                    .collect();
                let answer = browser.post(path, &fields).await;
                assert_eq!(status(&answer), "303", "{path} {name} {n}: {answer}");
                assert_inert(&browser.get("/admin").await, &format!("{path} {name} {n}"));
            }
        }
        for path in pages {
            let page = browser.get(path).await;
            assert_eq!(status(&page), "200", "{path} {n}");
            assert_inert(&page, &format!("{path} {n}"));
        }
        let query = crate::domain::login::oidc::encoded(naughty);
        for path in ["/admin/subscribers/virt?q=", "/admin/log?before=", "/admin/discarded?before="]
        {
            let page = browser.get(&format!("{path}{query}")).await;
            assert_eq!(status(&page), "200", "{path} {n}");
            assert_inert(&page, path);
        }
        for path in ["/admin/members/", "/admin/notices/", "/admin/held/", "/admin/login/"] {
            let page = browser.get(&format!("{path}{query}")).await;
            assert!(["404", "200", "303", "429"].contains(&status(&page)), "{path}{query}: {page}");
            assert_inert(&page, path);
        }
    }
}
