//! Logging in by a real login service: a certified OpenID Provider, and a browser that follows it.

#[allow(dead_code, reason = "the stories use the rest of it")]
#[path = "support/process.rs"]
mod process;
#[path = "support/provider.rs"]
mod provider;

use beadle::config;
use beadle::store::Db;
use beadle::web::{self, Pages};
use provider::Provider;
use std::collections::BTreeMap;
use std::sync::Arc;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use ureq::http::StatusCode;

const SECRET: &str = "a secret: with / everything & more + %";

/// A browser: it keeps cookies and goes where it is sent, a step at a time.
struct Browser {
    agent: ureq::Agent,
    cookies: BTreeMap<String, String>,
}

/// A page: its address, its status and its text.
struct Page {
    url: String,
    status: StatusCode,
    text: String,
}

impl Browser {
    fn new() -> Browser {
        let config = ureq::Agent::config_builder()
            .max_redirects(0)
            .max_redirects_will_error(false)
            .http_status_as_error(false);
        Browser { agent: config.build().new_agent(), cookies: BTreeMap::new() }
    }

    /// Goes to an address, or sends a form there, and on to where that leads.
    fn go(&mut self, url: &str, form: Option<&str>) -> Page {
        let (mut url, mut form) = (url.to_string(), form);
        for _ in 0..20 {
            let all = self.cookies.iter().map(|(name, value)| format!("{name}={value}"));
            let cookies = all.collect::<Vec<_>>().join("; ");
            let answer = match form.take() {
                None => self.agent.get(&url).header("Cookie", &cookies).call(),
                Some(form) => self
                    .agent
                    .post(&url)
                    .header("Cookie", &cookies)
                    .header("Content-Type", "application/x-www-form-urlencoded")
                    .send(form),
            };
            let mut answer = answer.expect("an answer");
            for value in answer.headers().get_all("set-cookie") {
                let pair = value.to_str().expect("text").split(';').next().expect("a pair");
                let (name, value) = pair.split_once('=').expect("a cookie");
                self.cookies.insert(name.to_string(), value.to_string());
            }
            let Some(to) = answer.headers().get("location").cloned() else {
                let text = answer.body_mut().read_to_string().expect("a text");
                return Page { url, status: answer.status(), text };
            };
            let to = to.to_str().expect("text");
            url = match to.starts_with('/') {
                true => format!("{}{to}", origin(&url)),
                false => to.to_string(),
            };
        }
        panic!("sent around in circles: {url}");
    }

    /// Says who one is to the login service, and agrees.
    fn log_in(&mut self, site: &str, name: &str) -> Page {
        let page = self.go(&format!("{site}/admin/login/oidc?next=%2Fadmin%2Flog"), None);
        let login = format!("prompt=login&login={name}&password=x");
        let page = self.go(&action(&page), Some(&login));
        assert!(page.text.contains("value=\"consent\""), "{}", page.text);
        self.go(&action(&page), Some("prompt=consent"))
    }
}

fn origin(url: &str) -> String {
    url.split('/').take(3).collect::<Vec<_>>().join("/")
}

/// Where the form of a page goes.
fn action(page: &Page) -> String {
    let (_, rest) = page.text.split_once("action=\"").unwrap_or_else(|| panic!("{}", page.text));
    let action = rest.split('"').next().expect("an end");
    if action.starts_with('/') { format!("{}{action}", origin(&page.url)) } else { action.into() }
}

/// A site whose members log in by the provider; its address.
async fn site(claim: &str, dir: &std::path::Path) -> (String, Provider, CancellationToken) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    let provider = Provider::start(&format!("{url}/admin/login/oidc/back"), SECRET);
    std::fs::write(dir.join("secret"), format!("{SECRET}\n")).expect("write the secret");
    let private = std::os::unix::fs::PermissionsExt::from_mode(0o600);
    std::fs::set_permissions(dir.join("secret"), private).expect("keep the secret");
    let text = format!(
        "[group]\nname = \"Virt SIG\"\n[state]\ndir = \"state\"\n[web]\nurl = \"{url}\"\n\
         [web.oidc]\nissuer = \"{}\"\nclient_id = \"beadle\"\nsecret_file = \"secret\"\n\
         claim = \"{claim}\"\nname = \"Test service\"\n\
         [[network]]\nname = \"n\"\nhost = \"127.0.0.1\"\ntls = false\nnick = \"bot\"\n\
         channels = [\"#c\"]\n[[member]]\nname = \"George\"\nnicks = [\"gwd\"]\n\
         roles = [\"lead\"]\naddresses = [\"gwd@x.example\"]\n",
        provider.issuer
    );
    let file = dir.join("config.toml");
    std::fs::write(&file, text).expect("write the configuration");
    let config = Arc::new(config::load(&file).unwrap_or_else(|faults| panic!("{faults:?}")));
    let db = Db::open(&config.database).await.expect("a database");
    let stop = CancellationToken::new();
    tokio::spawn(web::serve(listener, Pages::new(db, config), stop.clone()));
    (url, provider, stop)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_certified_provider_logs_a_member_in_and_nobody_else() {
    for claim in ["preferred_username", "email"] {
        let dir = tempfile::tempdir().expect("make a directory");
        let (url, provider, stop) = site(claim, dir.path()).await;
        let done = tokio::task::spawn_blocking(move || {
            let mut browser = Browser::new();
            let form = browser.go(&format!("{url}/admin"), None);
            assert!(form.text.contains("Log in with Test service"), "{}", form.text);
            let page = browser.log_in(&url, "gwd");
            assert_eq!((page.status, page.url), (StatusCode::OK, format!("{url}/admin/log")));
            assert!(page.text.contains("<h1>Journal</h1>"), "{}", page.text);
            let home = browser.go(&format!("{url}/admin"), None);
            assert!(home.text.contains("logged in as gwd, a lead"), "{}", home.text);

            let mut stranger = Browser::new();
            let page = stranger.log_in(&url, "stranger");
            assert_eq!(page.status, StatusCode::FORBIDDEN, "{}", page.text);
            let why = match claim {
                "email" => "has not verified your address",
                _ => "knows you as stranger, and that is nobody of the roster. Who can help: gwd.",
            };
            assert!(page.text.contains(why), "{}", page.text);
            assert!(stranger.go(&format!("{url}/admin"), None).url.contains("/admin/login"));

            // Who does not agree at the service comes back with a refusal.
            let mut unwilling = Browser::new();
            let asked = unwilling.go(&format!("{url}/admin/login/oidc"), None);
            let login = action(&asked);
            let page = unwilling.go(&format!("{login}/abort"), None);
            assert_eq!(page.status, StatusCode::FORBIDDEN, "{}", page.text);
            assert!(page.text.contains("did not let you in"), "{}", page.text);
            // The same way back a second time is no way.
            let again = unwilling.go(&page.url, None);
            assert!(again.text.contains("not begun in this browser"), "{}", again.text);
        });
        let done = done.await;
        stop.cancel();
        drop(provider);
        done.expect("no fault");
    }
}
