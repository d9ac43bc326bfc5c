//! The one client for HTTP that the sources ask with. What an answer means is theirs to say.

use std::sync::Arc;
use std::time::Duration;

/// As long as a connection may take to stand.
const CONNECT: Duration = Duration::from_secs(10);
/// As long as a question and its whole answer may take.
const WHOLE: Duration = Duration::from_secs(120);
/// As many redirects as are followed.
const MOST_REDIRECTS: u32 = 5;

/// An agent with time limits, the system's certificates and one TLS provider. A status other than
/// 2xx is an answer like any other.
pub fn agent() -> ureq::Agent {
    let tls = ureq::tls::TlsConfig::builder()
        .provider(ureq::tls::TlsProvider::Rustls)
        .root_certs(ureq::tls::RootCerts::PlatformVerifier)
        .unversioned_rustls_crypto_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .build();
    ureq::Agent::config_builder()
        .tls_config(tls)
        .timeout_connect(Some(CONNECT))
        .timeout_global(Some(WHOLE))
        .max_redirects(MOST_REDIRECTS)
        .http_status_as_error(false)
        .user_agent(concat!("beadle/", env!("CARGO_PKG_VERSION")))
        .build()
        .new_agent()
}
