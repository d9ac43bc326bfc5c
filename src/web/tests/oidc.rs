//! Logging in by a login service that can be hostile: what it must not be able to do is to let
//! somebody in whom it did not just name to us.

use super::login::{Browser, group, header};
use super::{Site, site_of, status};
use crate::clock;
use crate::config::Oidc;
use crate::domain::login::Token;
use crate::domain::login::oidc::Claim;
use crate::domain::time::SECOND;
use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

/// What a fake service answers, by path, given the body of the question.
type Script = Arc<Mutex<Box<dyn FnMut(&str, &str) -> Vec<u8> + Send>>>;

/// A fake service: it answers whatever it is told to.
struct Fake {
    issuer: String,
    script: Script,
}

impl Fake {
    fn start() -> Fake {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let issuer = format!("http://{}", listener.local_addr().expect("an address"));
        let script: Script = Arc::new(Mutex::new(Box::new(|_, _| Vec::new())));
        let ours = script.clone();
        // It ends with the test's process; each connection is one question.
        std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let script = ours.clone();
                std::thread::spawn(move || serve(stream, &script));
            }
        });
        Fake { issuer, script }
    }

    fn answers(&self, script: impl FnMut(&str, &str) -> Vec<u8> + Send + 'static) {
        *self.script.lock().unwrap() = Box::new(script);
    }

    fn document(&self) -> Value {
        json!({
            "issuer": self.issuer,
            "authorization_endpoint": format!("{}/auth", self.issuer),
            "token_endpoint": format!("{}/token", self.issuer),
            "userinfo_endpoint": format!("{}/me", self.issuer),
        })
    }
}

fn serve(stream: TcpStream, script: &Script) {
    let mut reader = BufReader::new(stream.try_clone().expect("a handle"));
    let (mut path, mut length) = (String::new(), 0);
    for (at, line) in reader.by_ref().lines().map_while(Result::ok).enumerate() {
        let lower = line.to_ascii_lowercase();
        if at == 0 {
            path = line.split(' ').nth(1).unwrap_or("").to_string();
        } else if let Some(given) = lower.strip_prefix("content-length: ") {
            length = given.parse().unwrap_or(0);
        } else if line.is_empty() {
            break;
        }
    }
    let mut body = vec![0; length];
    let _ = reader.read_exact(&mut body);
    let answer = (script.lock().unwrap())(&path, &String::from_utf8_lossy(&body));
    let _ = (&stream).write_all(&answer);
}

fn ok(body: &str) -> Vec<u8> {
    let length = body.len();
    format!("HTTP/1.1 200 OK\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{body}").into()
}

async fn site(fake: &Fake) -> Site {
    let folder = tempfile::tempdir().unwrap();
    let mut config = group(folder.path());
    let oidc = Oidc {
        issuer: fake.issuer.clone(),
        client_id: "beadle".into(),
        secret: None,
        claim: Claim::PreferredUsername,
        name: "<b>Service".into(),
    };
    config.web.as_mut().unwrap().oidc = Some(oidc);
    site_of(config, folder).await
}

/// What of the answers a case changes.
#[derive(Clone, Default)]
struct Case {
    token: Option<(&'static str, Value)>,
    tokens: Option<(&'static str, Value)>,
    person: Option<(&'static str, Value)>,
}

fn with(mut value: Value, change: &Option<(&'static str, Value)>) -> Value {
    if let Some((key, other)) = change {
        value[*key] = other.clone();
    }
    value
}

/// What stands in the address that a browser is sent to.
fn query_of(address: &str, name: &str) -> String {
    let (_, query) = address.split_once('?').expect("a query");
    let pair = query.split('&').find_map(|pair| pair.strip_prefix(&format!("{name}=")));
    pair.expect("it is there").to_string()
}

/// Sends a browser out; where it is sent.
async fn leave(fake: &Fake, browser: &Browser<'_>) -> String {
    let document = fake.document().to_string();
    fake.answers(move |_, _| ok(&document));
    let answer = browser.get("/admin/login/oidc?next=%2Fadmin%2Fnotices").await;
    assert_eq!(status(&answer), "303", "{answer}");
    let cookie = header(&answer, "set-cookie").unwrap();
    assert!(cookie.starts_with("__Host-beadle-login=") && cookie.contains("HttpOnly"), "{cookie}");
    header(&answer, "location").expect("an address")
}

/// Lets the fake answer as a good service would, but for the case.
fn answer_as(fake: &Fake, address: &str, case: Case) {
    let now = clock::now().micros() / SECOND;
    let id = json!({
        "iss": fake.issuer, "sub": "7", "aud": "beadle", "exp": now + 60,
        "nonce": query_of(address, "nonce"),
    });
    let part = |value: &Value| BASE64_URL_SAFE_NO_PAD.encode(value.to_string());
    let id = format!("{}.{}.x", part(&json!({"alg": "RS256"})), part(&with(id, &case.token)));
    let tokens = json!({ "access_token": "a", "token_type": "Bearer", "id_token": id });
    let tokens = with(tokens, &case.tokens).to_string();
    let person = json!({ "sub": "7", "preferred_username": "gwd" });
    let person = with(person, &case.person).to_string();
    let document = fake.document().to_string();
    fake.answers(move |path, _| match path {
        "/token" => ok(&tokens),
        "/me" => ok(&person),
        _ => ok(&document),
    });
}

fn back(address: &str) -> String {
    format!("/admin/login/oidc/back?code=c&state={}", query_of(address, "state"))
}

#[tokio::test(flavor = "multi_thread")]
async fn only_what_fits_in_every_part_logs_in() {
    let fake = Fake::start();
    let site = site(&fake).await;
    let page = Browser::new(&site).get("/admin/login").await;
    assert!(page.contains("Log in with &lt;b&gt;Service"), "{page}");
    let token = |key, value| Case { token: Some((key, value)), ..Case::default() };
    let tokens = |key, value| Case { tokens: Some((key, value)), ..Case::default() };
    let person = |key, value| Case { person: Some((key, value)), ..Case::default() };
    let hostile = "<script>alert(1)</script>\r\nSet-Cookie: x=1";
    for (case, expected) in [
        (token("iss", json!("https://evil.example")), "502"),
        (token("aud", json!("another")), "502"),
        (token("nonce", json!("replayed")), "502"),
        (token("exp", json!(1)), "502"),
        (token("sub", json!("8")), "502"),
        (tokens("id_token", json!("x")), "502"),
        (tokens("access_token", json!("a\r\nX: y")), "502"),
        (person("sub", json!("8")), "502"),
        (person("preferred_username", json!("GWD")), "403"),
        (person("preferred_username", json!("gwd\u{202e}")), "403"),
        (person("preferred_username", json!("anna")), "403"),
        (person("preferred_username", json!(hostile)), "403"),
        (person("preferred_username", json!(7)), "502"),
        (person("preferred_username", Value::Null), "403"),
        (Case::default(), "303"),
    ] {
        let browser = Browser::new(&site);
        let address = leave(&fake, &browser).await;
        answer_as(&fake, &address, case.clone());
        let answer = browser.get(&back(&address)).await;
        let (token, tokens, person) = (&case.token, &case.tokens, &case.person);
        assert_eq!(status(&answer), expected, "{token:?} {tokens:?} {person:?}\n{answer}");
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        assert!(!body.contains("<script>") && !head.contains("x=1"), "{answer}");
        assert_eq!(browser.cookie("__Host-beadle").is_some(), expected == "303");
        if expected == "303" {
            assert_eq!(header(&answer, "location").as_deref(), Some("/admin/notices"));
            assert_eq!(status(&browser.get("/admin").await), "200");
            let again = browser.get(&back(&address)).await;
            assert_eq!(status(&again), "403", "a way back is gone once");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_browser_that_did_not_set_out_does_not_come_back() {
    let fake = Fake::start();
    let site = site(&fake).await;
    let (mira, thief) = (Browser::new(&site), Browser::new(&site));
    let address = leave(&fake, &mira).await;
    let stolen = leave(&fake, &thief).await;
    answer_as(&fake, &address, Case::default());
    let state = query_of(&address, "state");
    let guess = Token::new([3; 32]).to_string();
    for query in [
        "code=c".to_string(),
        "code=c&state=".to_string(),
        format!("code=c&state={guess}"),
        format!("code=c&state={state}&state={state}"),
        format!("code=c&state={}", query_of(&stolen, "state")),
        format!("state={state}%00&code=c"),
        "%ff%fe=%00&&&=".to_string(),
    ] {
        let answer = mira.get(&format!("/admin/login/oidc/back?{query}")).await;
        assert_eq!(status(&answer), "403", "{query}: {answer}");
        assert!(answer.contains("not begun in this browser"), "{answer}");
    }
    // A way back that somebody else's browser is given: it logs nobody in there.
    assert_eq!(status(&Browser::new(&site).get(&back(&address)).await), "403");
    let foreign = [("Sec-Fetch-Site", "cross-site")];
    let forced = Browser::new(&site).ask("GET", "/admin/login/oidc", &foreign, "").await;
    assert_eq!(status(&forced), "403", "another site cannot make a browser set out");
    assert_eq!(status(&mira.get(&back(&address)).await), "303", "and hers is good still");
}

#[tokio::test(flavor = "multi_thread")]
async fn refusals_mix_ups_and_broken_answers_are_sentences() {
    let fake = Fake::start();
    let site = site(&fake).await;
    let hostile = "access_denied&error_description=%3Cscript%3Ealert(1)%3C/script%3E%0d%0aX:%20y";
    for (query, expected, words) in [
        (format!("error={hostile}"), "403", "did not let you in"),
        ("code=c&iss=https://evil.example".to_string(), "502", "does not answer as it should"),
        ("iss=".to_string(), "502", "does not answer as it should"),
        ("code=".to_string(), "502", "does not answer as it should"),
        (format!("code={}", "x".repeat(5_000)), "502", "does not answer as it should"),
    ] {
        let browser = Browser::new(&site);
        let address = leave(&fake, &browser).await;
        answer_as(&fake, &address, Case::default());
        let state = query_of(&address, "state");
        let path = format!("/admin/login/oidc/back?state={state}&{query}");
        let answer = browser.get(&path).await;
        assert_eq!(status(&answer), expected, "{query}: {answer}");
        assert!(answer.contains(words) && !answer.contains("alert"), "{answer}");
        assert!(browser.cookie("__Host-beadle").is_none());
    }
    let redirect = |to: &str| {
        format!(
            "HTTP/1.1 307 Away\r\nLocation: {to}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
        )
    };
    let huge = ok(&format!("{{\"issuer\": \"{}\"}}", "x".repeat(1_000_000)));
    let endless = b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n{".to_vec();
    let headers = format!("HTTP/1.1 200 OK\r\n{}\r\n{{}}", "X: y\r\n".repeat(50_000)).into_bytes();
    for broken in [
        Vec::new(),
        ok(""),
        ok("null"),
        ok("<html><script>alert(1)</script>"),
        ok(&"[".repeat(100_000)),
        huge,
        endless,
        headers,
        redirect("https://evil.example/").into_bytes(),
        b"HTTP/1.1 500 No\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".to_vec(),
        b"\x00\x01\x02\r\n\r\n".to_vec(),
    ] {
        let browser = Browser::new(&site);
        let address = leave(&fake, &browser).await;
        let document = fake.document().to_string();
        let (answer, description) = (broken.clone(), broken.clone());
        fake.answers(move |path, _| if path == "/token" { answer.clone() } else { ok(&document) });
        let shown = browser.get(&back(&address)).await;
        assert_eq!(status(&shown), "502", "{shown}");
        assert!(!shown.contains("<script>alert"), "{shown}");
        fake.answers(move |_, _| description.clone());
        let shown = Browser::new(&site).get("/admin/login/oidc").await;
        assert_eq!(status(&shown), "502", "{shown}");
    }
}
