//! Whether a mail's author is who they say: the signatures (DKIM, RFC 6376) of their own domain,
//! verified here where no mail server of ours did it. mail-auth verifies, the DNS has the keys.
//!
//! What that means for a post is the gate's business.

use crate::domain::list::gate::{Alignment, Author};
use crate::domain::list::post;
use crate::domain::list::{Key, results};
use crate::flow::receive::{Incoming, Receiver};
use mail_auth::hickory_resolver::config::{
    ConnectionConfig, NameServerConfig, ResolverConfig, ResolverOpts,
};
use mail_auth::{AuthenticatedMessage, DkimResult, MessageAuthenticator};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::OnceCell;

/// How long the DNS may take for one mail.
const PATIENCE: Duration = Duration::from_secs(20);
/// A mail with more signatures is not verified: each costs a question to the DNS.
const MOST_SIGNATURES: usize = 10;

/// Verifies signatures. Nothing is opened before the first mail that needs it.
#[derive(Clone, Default)]
pub struct Verifier {
    resolver: Option<SocketAddr>,
    opened: Arc<OnceCell<MessageAuthenticator>>,
}

impl Verifier {
    /// Asks that name server, or those of the system.
    pub fn new(resolver: Option<SocketAddr>) -> Verifier {
        Verifier { resolver, opened: Arc::default() }
    }

    /// Finds out whether the author's domain stands for a mail, where one of its lists wants to know
    /// and nobody has said it yet.
    pub async fn complete(&self, receiver: &Receiver, mail: &mut Incoming) {
        if mail.alignment.is_some() || !receiver.wants_alignment(&mail.recipients).await {
            return;
        }
        if let Author::One(author, _) = post::author(&mail.message) {
            mail.alignment = self.alignment(&mail.message, &author).await;
        }
    }

    /// Whether a signature of the author's own domain stands for the mail; nothing where the DNS could
    /// not be asked.
    pub async fn alignment(&self, message: &[u8], author: &Key) -> Option<Alignment> {
        let open = || async { open(self.resolver) };
        let dns = match self.opened.get_or_try_init(open).await {
            Ok(dns) => dns,
            Err(error) => {
                tracing::warn!(error, "signatures cannot be verified");
                return None;
            }
        };
        let parsed = AuthenticatedMessage::parse(message)?;
        if parsed.dkim_headers.len() > MOST_SIGNATURES {
            return Some(Alignment::Unaligned("it has too many signatures".to_string()));
        }
        let verified = tokio::time::timeout(PATIENCE, dns.verify_dkim(&parsed)).await.ok()?;
        let mut is_known = true;
        for one in &verified {
            let Some(signature) = one.signature() else { continue };
            match one.result() {
                // RFC 6376 §8.2: with l= anything may be added to the body.
                DkimResult::Pass
                    if signature.l == 0 && results::is_aligned(&signature.d, author.domain()) =>
                {
                    return Some(Alignment::Aligned(format!("dkim {}", signature.d)));
                }
                DkimResult::TempError(_) => is_known = false,
                _ => {}
            }
        }
        let why = format!("no signature of {} stands for it", author.domain());
        is_known.then_some(Alignment::Unaligned(why))
    }
}

fn open(resolver: Option<SocketAddr>) -> Result<MessageAuthenticator, String> {
    let opened = match resolver {
        None => MessageAuthenticator::new_system_conf(),
        Some(address) => {
            let mut server = NameServerConfig::udp(address.ip());
            let mut connections = [ConnectionConfig::udp(), ConnectionConfig::tcp()];
            connections.iter_mut().for_each(|connection| connection.port = address.port());
            server.connections = connections.to_vec();
            let config = ResolverConfig::from_parts(None, Vec::new(), vec![server]);
            MessageAuthenticator::new(config, ResolverOpts::default())
        }
    };
    opened.map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use base64::Engine;
    use base64::prelude::BASE64_STANDARD;
    use mail_auth::common::crypto::Ed25519Key;
    use mail_auth::common::headers::HeaderWriter;
    use mail_auth::dkim::DkimSigner;
    use tokio::net::UdpSocket;

    /// A name server that has one TXT record, `s._domainkey.example.org`, and knows nothing else.
    async fn name_server(record: String) -> SocketAddr {
        let socket = UdpSocket::bind("127.0.0.1:0").await.unwrap();
        let address = socket.local_addr().unwrap();
        tokio::spawn(async move {
            let mut query = [0; 512];
            while let Ok((count, from)) = socket.recv_from(&mut query).await {
                let _ = socket.send_to(&answer(&query[..count], &record), from).await;
            }
        });
        address
    }

    /// RFC 1035 §4: the question again, and the record where it is asked for.
    fn answer(query: &[u8], record: &str) -> Vec<u8> {
        let name_end = 12 + query[12..].iter().position(|byte| *byte == 0).unwrap();
        let question = &query[12..name_end + 5];
        let wanted = b"\x01s\x0a_domainkey\x07example\x03org\x00\x00\x10";
        let is_known = question.to_ascii_lowercase().starts_with(wanted);
        let mut out = query[..2].to_vec();
        let code: u16 = if is_known { 0x8180 } else { 0x8183 };
        out.extend_from_slice(&code.to_be_bytes());
        for count in [1, u16::from(is_known), 0, 0] {
            out.extend_from_slice(&count.to_be_bytes());
        }
        out.extend_from_slice(question);
        if is_known {
            let text = record.as_bytes();
            out.extend_from_slice(b"\xc0\x0c\x00\x10\x00\x01\x00\x00\x00\x3c");
            out.extend_from_slice(&u16::try_from(text.len() + 1).unwrap().to_be_bytes());
            out.push(u8::try_from(text.len()).unwrap());
            out.extend_from_slice(text);
        }
        out
    }

    const MAIL: &str =
        "From: Anna <anna@example.org>\r\nTo: virt@lists.example\r\nSubject: hi\r\n\r\nHello.\r\n";

    fn signed(mail: &str, pkcs8: &[u8], domain: &str) -> String {
        let key = Ed25519Key::from_pkcs8_der(pkcs8).unwrap();
        let signer = DkimSigner::from_key(key).domain(domain).selector("s");
        let signature = signer.headers(["From", "Subject"]).sign(mail.as_bytes()).unwrap();
        signature.to_header() + mail
    }

    #[tokio::test]
    async fn a_signature_of_the_authors_domain_stands_for_the_mail() {
        let key = Ed25519Key::generate_pkcs8().unwrap();
        let public = Ed25519Key::from_pkcs8_der(&key).unwrap().public_key();
        let record = format!("v=DKIM1; k=ed25519; p={}", BASE64_STANDARD.encode(public));
        let verifier = Verifier::new(Some(name_server(record).await));
        let author = Key::parse("anna@example.org").unwrap();
        let ask = async |mail: &str| verifier.alignment(mail.as_bytes(), &author).await;
        let good = signed(MAIL, &key, "example.org");
        assert_eq!(ask(&good).await, Some(Alignment::Aligned("dkim example.org".into())));
        let below = format!("Received: from a server on the way\r\n{good}");
        assert!(matches!(ask(&below).await, Some(Alignment::Aligned(_))));
        for bad in [
            MAIL.to_string(),
            good.replace("Hello", "Hullo"),
            good.replace("Anna", "Mallory"),
            signed(MAIL, &key, "evil.example"),
            good.replace("d=example.org", "d=example.com"),
        ] {
            let found = ask(&bad).await;
            assert!(matches!(found, Some(Alignment::Unaligned(_))), "{found:?}\n{bad}");
        }
    }
}
