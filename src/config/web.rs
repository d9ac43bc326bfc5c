//! `[web]`: the pages, and the service that members log in by.

use crate::config::Secret;
use crate::config::words;
use crate::domain::login::oidc::Claim;
use crate::domain::text::Text;

/// The pages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Web {
    /// `listen`: address and port, default `127.0.0.1:8080`.
    pub listen: std::net::SocketAddr,
    /// `url`: the address under which people reach the pages, without a slash at the end.
    pub url: String,
    /// `webchat`: a page on which newcomers join the channel in their browser.
    pub webchat: Option<String>,
    /// `proxies`: whose `X-Forwarded-For` is believed; default this machine.
    pub proxies: Vec<std::net::IpAddr>,
    /// `operators`: where metrics and health are served for operators.
    pub operators: Option<std::net::SocketAddr>,
    /// `[[web.redirect]]`: old addresses.
    pub redirects: Vec<Redirect>,
    /// `[web.oidc]`: the group's login service.
    pub oidc: Option<Oidc>,
}

/// An old address that leads to a page of today.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Redirect {
    /// `from`: a path; `*` at its end stands for all that begin so.
    pub from: String,
    /// `to`: a path, or an address elsewhere.
    pub to: String,
}

/// The group's login service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Oidc {
    /// `issuer`: its address.
    pub issuer: String,
    /// `client_id`.
    pub client_id: String,
    /// `secret_file`, read; none for a public client.
    pub secret: Option<Secret>,
    /// `claim`: what names the member; default `preferred_username`.
    pub claim: Claim,
    /// `name`: what it is called on the button; default: the host of `issuer`.
    pub name: Text,
}

impl Web {
    /// The pages at an address, everything else as it is by default.
    pub fn at(listen: std::net::SocketAddr, url: &str) -> Web {
        use std::net::{Ipv4Addr, Ipv6Addr};
        Web {
            listen,
            url: url.to_string(),
            webchat: None,
            proxies: vec![Ipv4Addr::LOCALHOST.into(), Ipv6Addr::LOCALHOST.into()],
            operators: None,
            redirects: Vec::new(),
            oidc: None,
        }
    }

    /// `https://virt.example.org`: what a browser says a form of ours comes from (RFC 6454).
    pub fn origin(&self) -> &str {
        let begin = self.url.find("://").map_or(0, |at| at + "://".len());
        let end = self.url[begin..].find('/').map_or(self.url.len(), |at| begin + at);
        &self.url[..end]
    }

    /// Whether what a browser holds is safe on its way: by https, or to this machine only.
    pub fn is_secure(&self) -> bool {
        self.is_https() || self.public_host().is_none()
    }

    /// Whether people reach the pages by https.
    pub fn is_https(&self) -> bool {
        self.url.starts_with("https://")
    }

    /// The host of `url`, where it is not this machine only.
    pub(super) fn public_host(&self) -> Option<&str> {
        let (_, place) = self.origin().split_once("://")?;
        let host = match place.strip_prefix('[') {
            Some(literal) => literal.split(']').next()?,
            None => place.split(':').next()?,
        };
        Some(host).filter(|host| !words::is_loopback(host))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_origin_ends_before_the_path_and_http_is_for_this_machine() {
        for (url, origin, is_secure) in [
            ("https://virt.example.org", "https://virt.example.org", true),
            ("https://virt.example.org:8443/sig", "https://virt.example.org:8443", true),
            ("http://127.0.0.1:8080", "http://127.0.0.1:8080", true),
            ("http://[::1]:8080/x", "http://[::1]:8080", true),
            ("http://virt.example.org", "http://virt.example.org", false),
        ] {
            let listen = std::net::SocketAddr::from(([127, 0, 0, 1], 0));
            let web = Web::at(listen, url);
            assert_eq!((web.origin(), web.is_secure()), (origin, is_secure));
        }
    }
}
