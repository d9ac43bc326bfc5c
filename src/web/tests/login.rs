//! Logging in over the real door: links, cookies, forged forms, and those who are not let in.

use super::{Site, configuration, site_of, status};
use crate::clock;
use crate::config::{Config, Mail, MailTls};
use crate::domain::address::Address;
use crate::domain::list::Mailbox;
use crate::domain::login::oidc::Claim;
use crate::domain::login::{Token, Way};
use crate::domain::roster::{Enrolled, Member};
use crate::domain::text::Text;
use crate::domain::time::MINUTE;
use crate::flow::login;
use crate::store::session;
use crate::store::{self};
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

/// Where a browser believes to be.
pub(super) const ORIGIN: &str = "https://virt.example.org";

/// The configuration of a group with a lead, a member and one who left.
pub(super) fn group(folder: &std::path::Path) -> Config {
    let member = |nick: &str, name: &str, roles: &[&str]| Enrolled {
        member: Member {
            name: name.into(),
            nicks: vec![nick.into()],
            roles: roles.iter().map(ToString::to_string).collect(),
            ..Member::default()
        },
        addresses: vec![format!("{nick}@x.example")],
        ..Enrolled::default()
    };
    let gone =
        Enrolled { until: Some(clock::now().date()), ..member("anna", "Anna Left", &["lead"]) };
    let from = Address::parse("bot@x.example").unwrap();
    Config {
        members: vec![
            member("gwd", "George Dunlap", &["lead", "maintainer: xen"]),
            member("mira", "Mira Member", &[]),
            gone,
        ],
        mail: Some(Mail {
            relay: "127.0.0.1".into(),
            port: 1,
            tls: MailTls::None,
            login: None,
            ca_file: None,
            from: Mailbox { name: "Virt SIG".into(), address: from },
            hello: "x.example".into(),
        }),
        ..configuration(folder)
    }
}

/// A site of that group.
pub(super) async fn group_site() -> Site {
    let folder = tempfile::tempdir().unwrap();
    let config = group(folder.path());
    site_of(config, folder).await
}

/// A browser: it keeps cookies, says where its forms come from, and has an address of its own.
pub(super) struct Browser<'a> {
    site: &'a Site,
    address: String,
    cookies: RefCell<BTreeMap<String, String>>,
    /// What the forms of its last page carry.
    form: RefCell<String>,
}

impl<'a> Browser<'a> {
    pub(super) fn new(site: &'a Site) -> Browser<'a> {
        static NEXT: AtomicU32 = AtomicU32::new(1);
        let [a, b, c, d] = NEXT.fetch_add(1, Ordering::Relaxed).to_be_bytes();
        let address = format!("198.{}.{}.{}", 18 + a + b, c, d);
        Browser { site, address, cookies: RefCell::default(), form: RefCell::default() }
    }

    /// Logged in as somebody.
    pub(super) async fn of(site: &'a Site, nick: &str) -> Browser<'a> {
        let browser = Browser::new(site);
        let agent = login::Browser { agent: "Test <b>browser", before: None };
        let named = (Claim::Nickname, nick);
        let begun = login::named(&site.db, &site.config, named, &agent).await.unwrap().unwrap();
        let name = "__Host-beadle".to_string();
        browser.cookies.borrow_mut().insert(name, begun.token.to_string());
        browser.get("/admin").await;
        browser
    }

    pub(super) fn show(&self, name: &str, value: &str) {
        self.cookies.borrow_mut().insert(name.into(), value.into());
    }

    pub(super) fn cookie(&self, name: &str) -> Option<String> {
        self.cookies.borrow().get(name).cloned()
    }

    pub(super) fn form(&self) -> String {
        self.form.borrow().clone()
    }

    pub(super) async fn get(&self, path: &str) -> String {
        self.ask("GET", path, &[], "").await
    }

    /// Sends a form of its last page.
    pub(super) async fn post(&self, path: &str, fields: &[(&str, &str)]) -> String {
        let form = self.form();
        let all: Vec<(&str, &str)> =
            [("form", form.as_str())].into_iter().chain(fields.iter().copied()).collect();
        self.ask("POST", path, &[("Origin", ORIGIN)], &encoded(&all)).await
    }

    /// Sends a form and reads the page that it leads to.
    pub(super) async fn act(&self, path: &str, fields: &[(&str, &str)]) -> String {
        let answer = self.post(path, fields).await;
        assert_eq!(status(&answer), "303", "{path}: {answer}");
        let to = header(&answer, "location").expect("somewhere");
        self.get(&to).await
    }

    pub(super) async fn ask(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &str,
    ) -> String {
        let mut request = format!(
            "{method} {path} HTTP/1.1\r\nHost: virt.example.org\r\nConnection: close\r\n\
             X-Forwarded-For: {}\r\nUser-Agent: Test\r\n",
            self.address
        );
        for (name, value) in headers {
            request += &format!("{name}: {value}\r\n");
        }
        let cookies = self.cookies.borrow().clone();
        if !cookies.is_empty() {
            let all: Vec<String> =
                cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
            request += &format!("Cookie: {}\r\n", all.join("; "));
        }
        if method == "POST" {
            request += &format!(
                "Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n",
                body.len()
            );
        }
        let answer = self.site.send(format!("{request}\r\n{body}").as_bytes()).await;
        for value in headers_of(&answer, "set-cookie") {
            let (name, rest) = value.split_once('=').expect("a cookie");
            let value = rest.split(';').next().unwrap_or("");
            match value.is_empty() {
                true => drop(self.cookies.borrow_mut().remove(name)),
                false => drop(self.cookies.borrow_mut().insert(name.into(), value.into())),
            }
        }
        if let Some((_, rest)) = answer.split_once("name=\"form\" value=\"") {
            *self.form.borrow_mut() = rest.split('"').next().unwrap_or("").to_string();
        }
        answer
    }
}

pub(super) fn encoded(fields: &[(&str, &str)]) -> String {
    use crate::domain::login::oidc::encoded;
    let field = |(name, value): &(&str, &str)| format!("{name}={}", encoded(value));
    fields.iter().map(field).collect::<Vec<_>>().join("&")
}

fn headers_of(answer: &str, name: &str) -> Vec<String> {
    let head = answer.split("\r\n\r\n").next().unwrap_or("");
    let lines = head.lines().filter_map(|line| line.split_once(": "));
    let named = lines.filter(|(known, _)| known.eq_ignore_ascii_case(name));
    named.map(|(_, value)| value.to_string()).collect()
}

pub(super) fn header(answer: &str, name: &str) -> Option<String> {
    headers_of(answer, name).into_iter().next()
}

/// The links in the letters that wait, with whom they go to.
async fn links(site: &Site) -> Vec<(String, String)> {
    let mut tx = site.db.begin().await.unwrap();
    let now = clock::now().plus(MINUTE);
    let lasting = Duration::from_micros(1);
    let all = store::outbox::claim(&mut tx, "", "t", now, lasting, 50).await.unwrap();
    all.iter()
        .map(|one| {
            let message = mail_parser::MessageParser::new().parse(&one.message[..]).unwrap();
            let text = message.body_text(0).unwrap();
            let (_, rest) = text.split_once(ORIGIN).expect("a link");
            (one.recipients.join(","), rest.lines().next().unwrap().trim().to_string())
        })
        .collect()
}

#[tokio::test]
async fn a_member_logs_in_by_mail_and_out_again() {
    let site = group_site().await;
    let browser = Browser::new(&site);
    let outside = browser.get("/admin/held").await;
    assert_eq!(status(&outside), "303");
    let to = header(&outside, "location").unwrap();
    assert_eq!(to, "/admin/login?next=%2Fadmin%2Fheld");
    assert!(browser.get(&to).await.contains("Mail me a link"));

    let asked = std::time::Instant::now();
    let known = browser.post("/admin/login", &[("who", "gwd")]).await;
    let took = asked.elapsed();
    let unknown = browser.post("/admin/login", &[("who", "nobody@x.example")]).await;
    let body = |answer: &str| answer.split_once("\r\n\r\n").unwrap().1.to_string();
    assert_eq!(body(&known), body(&unknown), "the answer does not tell who is known");
    assert!(took >= Duration::from_millis(390), "nor does its time: {took:?}");
    let letters = links(&site).await;
    assert_eq!(letters.len(), 1);
    let (to, link) = &letters[0];
    assert_eq!(to, "gwd@x.example");

    for _ in 0..2 {
        let page = browser.get(link).await;
        assert!(page.contains("Log in as gwd"), "looking uses nothing up: {page}");
        assert_eq!(header(&page, "cache-control").as_deref(), Some("no-store"));
        assert!(header(&page, "set-cookie").is_none());
    }
    let token = link.rsplit('/').next().unwrap();
    let entered = browser.post("/admin/login/enter", &[("token", token)]).await;
    assert_eq!(
        (status(&entered), header(&entered, "location").as_deref()),
        ("303", Some("/admin"))
    );
    let cookie = header(&entered, "set-cookie").unwrap();
    for part in ["__Host-beadle=", "; Path=/", "; HttpOnly", "; SameSite=Lax", "; Secure"] {
        assert!(cookie.contains(part), "{cookie}");
    }
    assert!(!cookie.contains(token) && !cookie.contains("Domain"), "{cookie}");
    let home = browser.get("/admin").await;
    assert!(home.contains("You are logged in as gwd, a lead of the group."), "{home}");
    assert_eq!(header(&home, "cache-control").as_deref(), Some("no-store"));

    let thief = Browser::new(&site);
    let replayed = thief.post("/admin/login/enter", &[("token", token)]).await;
    assert_eq!(status(&replayed), "403", "a link is good once");
    assert!(replayed.contains("good no more") && header(&replayed, "set-cookie").is_none());
    assert!(thief.get(link).await.contains("good no more"));

    let before = browser.cookie("__Host-beadle").unwrap();
    assert_eq!(status(&browser.post("/admin/logout", &[]).await), "303");
    assert_eq!(browser.cookie("__Host-beadle"), None);
    thief.show("__Host-beadle", &before);
    assert_eq!(status(&thief.get("/admin").await), "303", "what was logged out is no session");
}

#[tokio::test]
async fn a_forged_form_changes_nothing() {
    let site = group_site().await;
    let lead = Browser::of(&site, "gwd").await;
    let other = Browser::of(&site, "mira").await;
    let (form, others) = (lead.form(), other.form());
    assert!(form.len() == 43 && form != others);
    let fields = |form: &str| encoded(&[("form", form), ("kind", "news"), ("words", "forged")]);
    let without = encoded(&[("kind", "news"), ("words", "forged")]);
    let own = ("Origin", ORIGIN);
    let path = "/admin/notices/add";
    for (headers, body) in [
        (vec![], fields(&form)),
        (vec![("Origin", "https://evil.example")], fields(&form)),
        (vec![("Origin", "http://virt.example.org")], fields(&form)),
        (vec![("Origin", "https://virt.example.org.evil.example")], fields(&form)),
        (vec![("Origin", "null")], fields(&form)),
        (vec![("Sec-Fetch-Site", "cross-site")], fields(&form)),
        (vec![("Sec-Fetch-Site", "same-site"), own], fields(&form)),
        (vec![("Sec-Fetch-Site", "none"), own], fields(&form)),
        (
            vec![("Sec-Fetch-Site", "same-origin"), ("Origin", "https://evil.example")],
            fields(&form),
        ),
        (vec![("Referer", "https://virt.example.org/admin")], fields(&form)),
        (vec![own], without),
        (vec![own], fields("")),
        (vec![own], fields(&others)),
        (vec![own], fields(&form[..42])),
    ] {
        let answer = lead.ask("POST", path, &headers, &body).await;
        assert_eq!(status(&answer), "403", "{headers:?} {body}\n{answer}");
    }
    let json = format!("{{\"form\": \"{form}\", \"words\": \"forged\"}}");
    let typed = [own, ("Content-Type", "application/json")];
    assert!(["400", "415"].contains(&status(&lead.ask("POST", path, &typed, &json).await)));
    let read = lead.ask("GET", &format!("{path}?{}", fields(&form)), &[own], "").await;
    assert_ne!(status(&read), "303", "to read changes nothing");
    let outside = Browser::new(&site);
    let nobody = outside.ask("POST", path, &[own], &fields(&form)).await;
    assert_eq!(header(&nobody, "location").as_deref(), Some("/admin/login?next=%2Fadmin"));
    assert!(store::journal::since(&site.db, 0).await.unwrap().is_empty());

    let sent = lead.ask("POST", path, &[("Sec-Fetch-Site", "same-origin")], &fields(&form)).await;
    assert_eq!(status(&sent), "303", "a browser that only says that it is ours: {sent}");
    assert_eq!(store::journal::since(&site.db, 0).await.unwrap().len(), 1);
    // Logging in cannot be forged either.
    let link = lead.ask("POST", "/admin/login", &[], &encoded(&[("who", "mira")])).await;
    assert_eq!(status(&link), "403");
}

#[tokio::test]
async fn guessed_old_and_foreign_sessions_are_none() {
    let site = group_site().await;
    let browser = Browser::new(&site);
    let digests: Vec<String> = [[0; 32], [255; 32]].map(|b| Token::new(b).to_string()).to_vec();
    let long = "x".repeat(4_000);
    for guess in ["", "x", "1", "../../etc/passwd", "' or 1=1 --", long.as_str()]
        .into_iter()
        .chain(digests.iter().map(String::as_str))
    {
        browser.show("__Host-beadle", guess);
        assert_eq!(status(&browser.get("/admin").await), "303", "{guess}");
    }
    // A name that another host could set is not believed.
    let lead = Browser::of(&site, "gwd").await;
    let good = lead.cookie("__Host-beadle").unwrap();
    let other = Browser::new(&site);
    other.show("beadle", &good);
    assert_eq!(status(&other.get("/admin").await), "303");

    let agent = Text::new("old");
    for (n, minutes) in [(1, 12 * 60 + 1), (2, 61)] {
        let token = Token::new([n; 32]);
        let began = clock::now().plus(-minutes * MINUTE);
        let digest = token.digest();
        let new = session::New {
            digest: &digest,
            member: "gwd",
            form: "f",
            way: Way::Link,
            agent: &agent,
        };
        let mut tx = site.db.begin().await.unwrap();
        session::begin(&mut tx, &new, began).await.unwrap();
        tx.commit().await.unwrap();
        browser.show("__Host-beadle", &token.to_string());
        assert_eq!(status(&browser.get("/admin").await), "303", "{minutes} minutes old");
    }
}

#[tokio::test]
async fn who_left_is_logged_out_at_once_and_not_let_in() {
    let site = group_site().await;
    let lead = Browser::of(&site, "gwd").await;
    let mira = Browser::of(&site, "mira").await;
    assert_eq!(status(&mira.get("/admin").await), "200");
    let today = clock::now().date().to_string();
    let fields = [("who", "mira"), ("what", "leave"), ("value", today.as_str())];
    let told = lead.act("/admin/members/change", &fields).await;
    assert!(told.contains("mira is no member from"), "{told}");
    assert_eq!(status(&mira.get("/admin").await), "303");
    let post = mira.post("/admin/notices/add", &[("kind", "news"), ("words", "still here")]).await;
    assert_eq!(header(&post, "location").as_deref(), Some("/admin/login?next=%2Fadmin"));
    for who in ["mira", "anna", "anna@x.example"] {
        Browser::new(&site).post("/admin/login", &[("who", who)]).await;
    }
    assert!(links(&site).await.is_empty(), "no link for who left");
}

#[tokio::test]
async fn a_login_leads_to_our_own_pages_only() {
    let site = group_site().await;
    let browser = Browser::new(&site);
    for next in ["//evil.example", "https://evil.example", "/\\evil.example", "javascript:alert(1)"]
    {
        let page = browser.get(&format!("/admin/login?next={}", encoded(&[("", next)]))).await;
        assert_eq!(status(&page), "200");
        assert!(!page.contains("evil") && !page.contains("javascript:"), "{page}");
    }
    let lead = Browser::of(&site, "gwd").await;
    let hostile = lead.get("//evil.example/admin").await;
    assert!(
        header(&hostile, "location").is_none_or(|to| to.starts_with("/") && !to.starts_with("//"))
    );
}

#[tokio::test]
async fn over_plain_http_nobody_logs_in_but_on_this_machine() {
    for (url, is_open) in [("http://virt.example.org", false), ("http://127.0.0.1:8080", true)] {
        let folder = tempfile::tempdir().unwrap();
        let mut config = group(folder.path());
        config.web.as_mut().unwrap().url = url.to_string();
        let site = site_of(config, folder).await;
        let browser = Browser::new(&site);
        let page = browser.get("/admin/login").await;
        assert_eq!(page.contains("Mail me a link"), is_open, "{page}");
        assert_eq!(page.contains("over plain HTTP"), !is_open);
        let body = encoded(&[("who", "gwd")]);
        let asked = browser.ask("POST", "/admin/login", &[("Origin", url)], &body).await;
        assert_eq!(status(&asked), if is_open { "200" } else { "403" });
        if is_open {
            let mut tx = site.db.begin().await.unwrap();
            let token = store::login::token().unwrap();
            let later = clock::now().plus(-6 * MINUTE);
            assert!(store::login::add_link(&mut tx, &token.digest(), "mira", later).await.unwrap());
            tx.commit().await.unwrap();
            let body = encoded(&[("token", &token.to_string())]);
            let entered =
                browser.ask("POST", "/admin/login/enter", &[("Origin", url)], &body).await;
            let cookie = header(&entered, "set-cookie").unwrap();
            assert!(cookie.starts_with("beadle=") && !cookie.contains("Secure"), "{cookie}");
            assert_eq!(status(&browser.get("/admin").await), "200");
        }
    }
}

#[tokio::test]
async fn restricted_minutes_are_for_who_is_logged_in() {
    let site = group_site().await;
    site.hold("2018-12-11T15:00:00Z", &["#restrictlogs", "#info for us alone"], true).await;
    let (mira, outside) = (Browser::of(&site, "mira").await, Browser::new(&site));
    for path in ["/m/2018-12-11", "/m/2018-12-11/log", "/m/2018-12-11.json"] {
        let page = mira.get(path).await;
        assert_eq!(status(&page), "200", "{path}");
        assert!(page.contains("for us alone"), "{path}");
        assert_eq!(header(&page, "cache-control").as_deref(), Some("no-store"), "{path}");
        let refused = outside.get(path).await;
        assert_eq!(status(&refused), "403", "{path}: also after a member has read it");
        assert!(!refused.contains("for us alone"));
    }
}
