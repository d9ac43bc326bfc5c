//! The list's forms: nothing is changed by asking, nothing is told by the answer, and only a
//! confirmation that was posted acts.

use super::*;
use crate::config::{Mail, MailTls, MailingList};
use crate::domain::address::Address;
use crate::domain::list::{Key, Mailbox};
use crate::store::subscriber;

const LIST: &str = "centos-virt@centos.org";

/// A site with a list that is kept here; and the list.
async fn kept() -> (Site, store::list::List) {
    let (mut site, _) = site().await;
    let address = |address: &str| Address::parse(address).unwrap();
    let mut config = (*site.config).clone();
    config.mail = Some(Mail {
        relay: "127.0.0.1".into(),
        port: 25,
        tls: MailTls::None,
        login: None,
        ca_file: None,
        from: Mailbox { name: "Virt SIG".into(), address: address("virtbot@centos.org") },
        hello: "centos.org".into(),
    });
    config.list = Some(MailingList {
        address: address(LIST),
        name: "centos-virt".into(),
        page: None,
        minutes: true,
        reminders: true,
        rule: "Posts of strangers are discarded.".into(),
        requests_per_day: 20,
    });
    site.config = Arc::new(config);
    let list = crate::flow::members::own(&site.db, &site.config).await.unwrap().unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    site.address = listener.local_addr().unwrap();
    let pages = Pages::new(site.db.clone(), site.config.clone());
    tokio::spawn(serve_within(listener, pages, site.stop.clone(), Limits::default()));
    (site, list)
}

impl Site {
    async fn post(&self, path: &str, form: &str, fields: &str) -> String {
        let length = form.len();
        let request = format!(
            "POST {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: {length}\r\n\
             Content-Type: application/x-www-form-urlencoded\r\n{fields}\r\n{form}"
        );
        self.send(request.as_bytes()).await
    }

    /// The last letter that waits to be sent.
    async fn letter(&self) -> String {
        let outbox = crate::flow::deliver::Outbox::new(self.db.clone(), "test");
        let claimed = outbox.claim().await.unwrap();
        let parser = mail_parser::MessageParser::default();
        let read = |one: &crate::store::outbox::Claimed| {
            Some(parser.parse(&one.message)?.body_text(0)?.into_owned())
        };
        claimed.iter().filter_map(read).collect()
    }
}

#[tokio::test]
async fn who_joins_is_written_to_and_confirms() {
    let (site, list) = kept().await;
    let about = site.get("/lists/centos-virt").await;
    for words in ["/lists/centos-virt/join", "mailto:centos-virt-join@centos.org", "discarded"] {
        assert!(about.contains(words), "{about}");
    }
    let sent = site.post("/lists/centos-virt/join", "address=anna%40x.example&name=Anna", "").await;
    assert!(sent.contains("A letter is on its way to anna@x.example."), "{sent}");
    assert!(sent.to_lowercase().contains("cache-control: no-store"));
    let key = Key::parse("anna@x.example").unwrap();
    let is_there = async || subscriber::one(&site.db, list.id, &key).await.unwrap().is_some();
    assert!(!is_there().await, "asking changes nothing");
    let letter = site.letter().await;
    assert!(letter.contains("Somebody on the list's page asked"), "{letter}");
    let way = "https://virt.example.org/lists/centos-virt/confirm?token=";
    let token = letter.split(way).nth(1).and_then(|rest| rest.split_whitespace().next());
    let token = token.unwrap_or_else(|| panic!("no way in {letter}"));

    let page = site.get(&format!("/lists/centos-virt/confirm?token={token}")).await;
    assert!(page.contains(&format!("value=\"{token}\"")) && !is_there().await, "{page}");
    for wrong in ["", "x", &"a".repeat(32), &token.replace('a', "b")] {
        if wrong != token {
            let told = site.post("/lists/centos-virt/confirm", &format!("token={wrong}"), "").await;
            assert!(told.contains("is not good, or no more") && !is_there().await, "{told}");
        }
    }
    let other = "Sec-Fetch-Site: cross-site\r\n";
    let form = format!("token={token}");
    let forged = site.post("/lists/centos-virt/confirm", &form, other).await;
    assert_eq!(status(&forged), "403");
    assert!(!is_there().await);
    let done =
        site.post("/lists/centos-virt/confirm", &form, "Sec-Fetch-Site: same-origin\r\n").await;
    assert!(done.contains("It is done.") && is_there().await, "{done}");
    let again = site.post("/lists/centos-virt/confirm", &form, "").await;
    assert!(again.contains("was confirmed before"), "{again}");
}

#[tokio::test]
async fn the_page_says_the_same_whoever_is_subscribed() {
    let (site, list) = kept().await;
    let mut tx = site.db.begin().await.unwrap();
    let key = Key::parse("anna@x.example").unwrap();
    let now = crate::clock::now();
    let anna = subscriber::Subscriber::new(key, "anna@x.example", "", now);
    subscriber::add(&mut tx, list.id, &[anna]).await.unwrap();
    tx.commit().await.unwrap();
    for form in ["join", "leave"] {
        let ask = async |who: &str| {
            let path = format!("/lists/centos-virt/{form}");
            let answer = site.post(&path, &format!("address={who}%40x.example"), "").await;
            let (_, body) = answer.split_once("\r\n\r\n").unwrap();
            body.replace(who, "WHO")
        };
        assert_eq!(ask("anna").await, ask("hugo").await, "{form}");
    }
}

#[tokio::test]
async fn what_is_no_address_and_what_is_forged_is_refused() {
    let (site, _) = kept().await;
    for address in
        ["", "anna", "a%40b%0d%0aBcc%3Ac%40d.example", "%3Cscript%3E%40x", "%00%40x.example"]
    {
        let answer = site.post("/lists/centos-virt/join", &format!("address={address}"), "").await;
        assert!(answer.contains("This is no mail address."), "{address}: {answer}");
        assert!(!answer.contains("<script>"), "{answer}");
    }
    for fields in
        ["Origin: https://evil.example\r\n", "Origin: null\r\n", "Sec-Fetch-Site: same-site\r\n"]
    {
        let form = "address=anna%40x.example";
        let answer = site.post("/lists/centos-virt/join", form, fields).await;
        assert_eq!(status(&answer), "403", "{fields}");
    }
    let long = site.post("/lists/centos-virt/join", &"x".repeat(20_000), "").await;
    assert!(["413", "400"].contains(&status(&long)), "{long}");
    assert_eq!(site.letter().await, "");
}
