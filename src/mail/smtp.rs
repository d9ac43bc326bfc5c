//! SMTP to the relay, SMTP or LMTP to a list manager, by lettre: one connection, and what its answers
//! mean for a letter.
//!
//! What goes wrong before the first letter concerns the relay or the configuration and never ends a
//! letter; only the relay's own `5xx` to the letter does.

use crate::config::gate::Onward;
use crate::config::{Mail, MailTls};
use crate::flow::deliver::{Claimed, Failure};
use crate::mail::lhlo::Lhlo;
use lettre::transport::smtp::Error;
use lettre::transport::smtp::authentication::{Credentials, DEFAULT_MECHANISMS};
use lettre::transport::smtp::client::{
    AsyncSmtpConnection, Certificate, CertificateStore, TlsParameters,
};
use lettre::transport::smtp::extension::{ClientId, Extension};
use std::net::IpAddr;
use std::path::Path;
use std::time::Duration;
use tokio::net::{TcpStream, UnixStream};
use tokio::time::timeout;

/// A connection to the relay that takes letters.
pub struct Relay {
    connection: AsyncSmtpConnection,
    is_usable: bool,
}

impl Relay {
    /// Connects, encrypts and logs in, as the configuration says.
    pub async fn connect(mail: &Mail, most: Duration) -> Result<Relay, Failure> {
        match timeout(most, connect(mail, most)).await {
            Ok(connected) => connected,
            Err(_) => Err(for_now(format!("the relay {} did not answer in time", mail.relay))),
        }
    }

    /// Connects to the list manager behind the door.
    pub async fn connect_onward(
        onward: &Onward,
        hello: &str,
        most: Duration,
    ) -> Result<Relay, Failure> {
        match timeout(most, connect_onward(onward, hello, most)).await {
            Ok(connected) => connected,
            Err(_) => Err(for_now(format!("{onward} did not answer in time"))),
        }
    }

    /// Hands a letter over. When this gives nothing, the relay has taken it.
    pub async fn send(&mut self, letter: &Claimed, most: Duration) -> Result<(), Failure> {
        let envelope = Envelope::of(letter)?;
        let sent = timeout(most, hand_over(&mut self.connection, &envelope, &letter.message)).await;
        // lettre closes the connection after every refusal; who was interrupted is out of step.
        self.is_usable = matches!(sent, Ok(Ok(_))) && !self.connection.has_broken();
        match sent {
            Ok(Ok(_)) => Ok(()),
            Ok(Err(error)) => Err(verdict(&error)),
            Err(_) => Err(for_now("the relay did not take the letter in time")),
        }
    }

    /// Whether it takes another letter.
    pub fn is_usable(&self) -> bool {
        self.is_usable
    }

    /// Says good-bye. What the relay thinks of it does not matter.
    pub async fn quit(mut self, most: Duration) {
        let _ = timeout(most, self.connection.quit()).await;
    }
}

async fn connect(mail: &Mail, most: Duration) -> Result<Relay, Failure> {
    let failed = |error: Error| for_now(format!("the relay {}: {error}", mail.relay));
    let hello = client_id(&mail.hello);
    let tls = match mail.tls {
        MailTls::None => None,
        MailTls::Starttls | MailTls::Wrapper => Some(tls(mail).await?),
    };
    let from_the_start = tls.clone().filter(|_| mail.tls == MailTls::Wrapper);
    let server = (mail.relay.as_str(), mail.port);
    let mut connection =
        AsyncSmtpConnection::connect_tokio1(server, Some(most), &hello, from_the_start, None)
            .await
            .map_err(failed)?;
    if let (MailTls::Starttls, Some(tls)) = (mail.tls, tls) {
        connection.starttls(tls, &hello).await.map_err(failed)?;
    }
    if let Some((account, password)) = &mail.login {
        let login = Credentials::new(account.clone(), password.reveal().to_string());
        connection.auth(DEFAULT_MECHANISMS, &login).await.map_err(failed)?;
    }
    Ok(Relay { connection, is_usable: true })
}

/// RFC 5321 §4.1.3: an address instead of a name stands in brackets.
fn client_id(hello: &str) -> ClientId {
    match hello.parse() {
        Ok(IpAddr::V4(address)) => ClientId::Ipv4(address),
        Ok(IpAddr::V6(address)) => ClientId::Ipv6(address),
        Err(_) => ClientId::Domain(hello.to_string()),
    }
}

async fn tls(mail: &Mail) -> Result<TlsParameters, Failure> {
    let (host, ca_file) = (mail.relay.clone(), mail.ca_file.clone());
    // Reading the system's certificates takes a while.
    let made = tokio::task::spawn_blocking(move || parameters(host, ca_file.as_deref())).await;
    made.map_err(|error| for_now(error.to_string()))?
}

fn parameters(host: String, ca_file: Option<&Path>) -> Result<TlsParameters, Failure> {
    let mut builder = TlsParameters::builder(host);
    if let Some(path) = ca_file {
        let failed =
            |error: &dyn std::fmt::Display| for_now(format!("{}: {error}", path.display()));
        let pem = std::fs::read(path).map_err(|error| failed(&error))?;
        builder = builder.certificate_store(CertificateStore::None);
        let authorities = Certificate::from_pem(&pem).map_err(|error| failed(&error))?;
        builder = builder.add_root_certificate(authorities);
    }
    builder.build_rustls().map_err(|error| for_now(error.to_string()))
}

async fn connect_onward(onward: &Onward, hello: &str, most: Duration) -> Result<Relay, Failure> {
    let failed = |error: &dyn std::error::Error| for_now(format!("{onward}: {error}"));
    let hello = client_id(hello);
    let connected = match onward {
        Onward::Smtp(host, port) => {
            let server = (host.as_str(), *port);
            AsyncSmtpConnection::connect_tokio1(server, Some(most), &hello, None, None).await
        }
        Onward::Lmtp(host, port) => {
            let stream = TcpStream::connect((host.as_str(), *port)).await;
            let stream = stream.map_err(|error| failed(&error))?;
            AsyncSmtpConnection::connect_with_transport(Box::new(Lhlo::new(stream)), &hello).await
        }
        Onward::LmtpUnix(path) => {
            let stream = UnixStream::connect(path).await.map_err(|error| failed(&error))?;
            AsyncSmtpConnection::connect_with_transport(Box::new(Lhlo::new(stream)), &hello).await
        }
    };
    let connection = connected.map_err(|error| failed(&error))?;
    Ok(Relay { connection, is_usable: true })
}

/// The envelope of a letter, which may hold what lettre's own does not take: a stranger's quoted or
/// internationalised address, as it came.
struct Envelope<'a> {
    /// Empty is the null sender.
    sender: &'a str,
    recipients: &'a [String],
}

impl Envelope<'_> {
    fn of(letter: &Claimed) -> Result<Envelope<'_>, Failure> {
        let sender = letter.sender.as_deref().unwrap_or("");
        let recipients = letter.recipients.as_slice();
        for address in recipients.iter().map(String::as_str).chain([sender]) {
            // Nothing that was taken in has such an address; it would say something else here.
            if address.contains(|c: char| c.is_control() || matches!(c, '<' | '>')) {
                return Err(for_good("an address of the envelope cannot be sent"));
            }
        }
        match recipients.is_empty() {
            true => Err(for_good("the letter goes to nobody")),
            false => Ok(Envelope { sender, recipients }),
        }
    }

    fn is_ascii(&self) -> bool {
        self.sender.is_ascii() && self.recipients.iter().all(|to| to.is_ascii())
    }
}

/// One mail transaction. Unlike lettre's own it sends 8-bit text also to a server that does not
/// announce it: nothing on the way may change a signed message.
async fn hand_over(
    connection: &mut AsyncSmtpConnection,
    envelope: &Envelope<'_>,
    message: &[u8],
) -> Result<(), Error> {
    let mut parameters = String::new();
    if !message.is_ascii() && connection.server_info().supports_feature(Extension::EightBitMime) {
        parameters += " BODY=8BITMIME";
    }
    if !envelope.is_ascii() {
        parameters += " SMTPUTF8"; // A server that does not know it refuses the letter by itself.
    }
    connection.command(format!("MAIL FROM:<{}>{parameters}\r\n", envelope.sender)).await?;
    for recipient in envelope.recipients {
        connection.command(format!("RCPT TO:<{recipient}>\r\n")).await?;
    }
    connection.command("DATA\r\n").await?;
    // lettre writes the line break before the dot, whether the message has one or not.
    connection.message(message.strip_suffix(b"\r\n").unwrap_or(message)).await?;
    Ok(())
}

/// What a refusal of a letter means.
fn verdict(error: &Error) -> Failure {
    // RFC 4954 §6: these are about our login, which somebody will put right, not about the letter.
    let is_login =
        error.status().is_some_and(|code| [530, 534, 535, 538].contains(&u16::from(code)));
    Failure { is_final: error.is_permanent() && !is_login, reason: error.to_string() }
}

fn for_now(reason: impl Into<String>) -> Failure {
    Failure { is_final: false, reason: reason.into() }
}

fn for_good(reason: impl Into<String>) -> Failure {
    Failure { is_final: true, reason: reason.into() }
}
