//! The group's login service is asked: its description, what a code is good for, who it is.
//!
//! What its answers must hold is [`crate::domain::login::oidc`]'s business. Each question has
//! a bounded answer and a bounded time, and no answer leads anywhere else.

use crate::clock;
use crate::config::{Config, Oidc, Secret};
use crate::domain::login::oidc::{self, Claim, Client, Fault, Going, MOST_ANSWER_BYTES, Provider};
use crate::flow::login::Sent;
use crate::http;
use crate::store::login::Attempt;
use crate::web::answer::Refusal;
use axum::extract::Query;
use axum::http::{StatusCode, Uri};
use std::collections::BTreeMap;
use std::sync::Arc;
use tokio::sync::Semaphore;
use ureq::http::Response;
use ureq::{Agent, Body};

/// How many questions to the service wait at once: each has a thread meanwhile.
static QUESTIONS: Semaphore = Semaphore::const_new(8);

/// What a browser came back with.
pub struct Given(BTreeMap<String, String>);

impl Given {
    /// Reads the query; what stands there twice is not there (RFC 6749 §3.1).
    pub fn read(query: &str) -> Given {
        let uri: Option<Uri> = format!("/?{query}").parse().ok();
        let pairs = uri.and_then(|uri| Query::<Vec<(String, String)>>::try_from_uri(&uri).ok());
        let mut given = BTreeMap::new();
        let mut twice = Vec::new();
        for (name, value) in pairs.map(|Query(pairs)| pairs).unwrap_or_default() {
            if given.insert(name.clone(), value).is_some() {
                twice.push(name);
            }
        }
        twice.iter().for_each(|name| drop(given.remove(name)));
        Given(given)
    }

    /// The value of that name.
    pub fn of(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }
}

/// Why the service names nobody.
#[derive(Debug, thiserror::Error)]
pub enum Trouble {
    /// It could not be asked.
    #[error("the login service cannot be reached at {0}")]
    Away(String, #[source] Box<ureq::Error>),
    /// So many ask at once that nobody can wait for it.
    #[error("the login service is not asked: the service stops")]
    Stopped,
    /// Its answer is not what it must be.
    #[error(transparent)]
    Fault(#[from] Fault),
}

/// The service of the configuration.
#[derive(Clone)]
pub struct Service {
    oidc: Arc<Oidc>,
    redirect: Arc<str>,
}

impl Service {
    /// The service, where there is one.
    pub fn of(config: &Config) -> Option<Service> {
        let web = config.web.as_ref()?;
        let redirect = format!("{}/admin/login/oidc/back", web.url);
        Some(Service { oidc: Arc::new(web.oidc.clone()?), redirect: redirect.into() })
    }

    /// Which claim names the member.
    pub fn claim(&self) -> Claim {
        self.oidc.claim
    }

    fn client(&self) -> Client<'_> {
        Client {
            issuer: &self.oidc.issuer,
            id: &self.oidc.client_id,
            secret: self.oidc.secret.as_ref().map(Secret::reveal),
            redirect: &self.redirect,
        }
    }

    /// What the service says of itself, asked anew each time: it is one question of a login.
    pub async fn discover(&self) -> Result<Provider, Trouble> {
        let service = self.clone();
        waiting(move || service.description()).await
    }

    fn description(&self) -> Result<Provider, Trouble> {
        let url = oidc::discovery_url(&self.oidc.issuer);
        let json = ask(&url, |agent| agent.get(&url).call())?;
        Ok(oidc::discovered(&json, &self.oidc.issuer)?)
    }

    /// Where a browser is sent.
    pub fn address(&self, provider: &Provider, sent: &Sent) -> String {
        let state = sent.state.to_string();
        let going = Going {
            state: &state,
            nonce: &sent.attempt.nonce,
            verifier: &sent.attempt.verifier,
            claim: self.oidc.claim,
        };
        oidc::address(provider, &self.client(), &going)
    }

    /// Whom the service names to whom a browser came back from it.
    pub async fn name(&self, given: &Given, attempt: &Attempt) -> Result<String, Trouble> {
        let (service, attempt) = (self.clone(), attempt.clone());
        let of = |name: &str| given.of(name).map(str::to_string);
        let (code, issuer, error) = (of("code"), of("iss"), of("error"));
        waiting(move || {
            let provider = service.description()?;
            let given = (code.as_deref(), issuer.as_deref(), error.as_deref());
            let code = oidc::code(&provider, &service.client(), given)?;
            service.ask_name(&provider, code, &attempt)
        })
        .await
    }

    fn ask_name(
        &self,
        provider: &Provider,
        code: &str,
        attempt: &Attempt,
    ) -> Result<String, Trouble> {
        let (header, form) = oidc::exchange(provider, &self.client(), code, &attempt.verifier);
        let json = ask(&provider.token, |agent| {
            let mut request = agent
                .post(&provider.token)
                .header("Content-Type", "application/x-www-form-urlencoded")
                .header("Accept", "application/json");
            if let Some(header) = &header {
                request = request.header("Authorization", header);
            }
            request.send(&form)
        })?;
        let granted = oidc::granted(&json, &self.client(), &attempt.nonce, clock::now())?;
        let json = ask(&provider.userinfo, |agent| {
            let bearer = format!("Bearer {}", granted.access_token);
            agent
                .get(&provider.userinfo)
                .header("Authorization", &bearer)
                .header("Accept", "application/json")
                .call()
        })?;
        Ok(oidc::named(&json, &granted.subject, self.oidc.claim)?)
    }

    /// What the browser is told; the whole of it goes into the log, once.
    pub fn refusal(&self, trouble: &Trouble) -> Refusal {
        tracing::warn!(
            error = trouble as &dyn std::error::Error,
            issuer = self.oidc.issuer,
            "nobody is logged in by the login service"
        );
        match trouble {
            Trouble::Fault(Fault::Refused(_)) => Refusal::told(
                StatusCode::FORBIDDEN,
                "The login service did not let you in. Try once more, or ask its administrators.",
            ),
            Trouble::Fault(Fault::Unverified) => Refusal::told(
                StatusCode::FORBIDDEN,
                "The login service has not verified your address. Let it do so, or log in by mail.",
            ),
            Trouble::Fault(Fault::Nobody(_)) => Refusal::told(
                StatusCode::FORBIDDEN,
                "The login service does not say who you are. Its administrators can let it, or log in by mail.",
            ),
            _ => Refusal::told(
                StatusCode::BAD_GATEWAY,
                "The login service does not answer as it should. Try again later, or log in by mail; the administrator finds more in the log.",
            ),
        }
    }
}

/// Does what waits in its thread on one of the threads for that.
async fn waiting<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Trouble> + Send + 'static,
) -> Result<T, Trouble> {
    let _place = QUESTIONS.acquire().await.map_err(|_| Trouble::Stopped)?;
    tokio::task::spawn_blocking(work).await.unwrap_or(Err(Trouble::Stopped))
}

/// Asks, and takes an answer of a bounded length.
fn ask(
    url: &str,
    question: impl FnOnce(&Agent) -> Result<Response<Body>, ureq::Error>,
) -> Result<Vec<u8>, Trouble> {
    let away = |error| Trouble::Away(url.to_string(), Box::new(error));
    let mut answer = question(&http::confidant()).map_err(away)?;
    let json = answer.body_mut().with_config().limit(MOST_ANSWER_BYTES).read_to_vec();
    let json = json.map_err(away)?;
    match answer.status().is_success() {
        true => Ok(json),
        false => Err(oidc::refused(&json).into()),
    }
}
