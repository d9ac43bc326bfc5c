//! Getting a connection: address, TCP, and TLS on it with the certificate checked.
//! It never falls back to plaintext, and knows nothing of IRC.

use crate::config::{IrcNetwork, Sasl};
use crate::irc::session::Loss;
use crate::tls;
use crate::tls::Identity;
use rustls::pki_types::ServerName;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;

/// How long looking up the address and TCP may take together.
pub const TCP_MOST: Duration = Duration::from_secs(15);
/// How long the handshake of TLS may take.
pub const TLS_MOST: Duration = Duration::from_secs(15);
/// One address of several may take so long: the next one may be better.
const ADDRESS_MOST: Duration = Duration::from_secs(5);

/// Bytes in both directions.
pub trait Duplex: AsyncRead + AsyncWrite + Send + Unpin {}
impl<T: AsyncRead + AsyncWrite + Send + Unpin> Duplex for T {}

/// Why there is no connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failed {
    /// In which way.
    pub loss: Loss,
    /// The words for the log.
    pub why: String,
}

/// Connects as the configuration says.
pub async fn connect(network: IrcNetwork) -> Result<Box<dyn Duplex>, Failed> {
    if !network.tls {
        return Ok(Box::new(tcp(&network).await?));
    }
    let for_tls = network.clone();
    // Reading the system's certificates takes a while; the network does so as well.
    let (stream, config) =
        tokio::join!(tcp(&network), tokio::task::spawn_blocking(move || tls_config(&for_tls)));
    let config = config.map_err(|error| unreachable(error.to_string()))??;
    let name = ServerName::try_from(network.host.clone())
        .map_err(|error| untrusted(format!("{:?} is no host name: {error}", network.host)))?;
    let handshake = TlsConnector::from(Arc::new(config)).connect(name, stream?);
    match timeout(TLS_MOST, handshake).await {
        Ok(Ok(stream)) => Ok(Box::new(stream)),
        Ok(Err(error)) => Err(tls_failed(&error)),
        Err(_) => Err(unreachable("the TLS handshake took more than 15 s")),
    }
}

async fn tcp(network: &IrcNetwork) -> Result<TcpStream, Failed> {
    let attempt = async {
        let addresses: Vec<SocketAddr> =
            tokio::net::lookup_host((network.host.as_str(), network.port))
                .await
                .map_err(|error| unreachable(format!("no address of {}: {error}", network.host)))?
                .collect();
        let mut why = format!("{} has no address", network.host);
        for address in &addresses {
            let most = if addresses.len() == 1 { TCP_MOST } else { ADDRESS_MOST };
            match timeout(most, TcpStream::connect(address)).await {
                Ok(Ok(stream)) => return Ok(stream),
                Ok(Err(error)) => why = format!("{address}: {error}"),
                Err(_) => why = format!("{address}: no answer"),
            }
        }
        Err(unreachable(why))
    };
    let stream =
        timeout(TCP_MOST, attempt).await.map_err(|_| unreachable("no answer within 15 s"))??;
    // Lines are short and each is wanted at once. Where this cannot be set, they come later.
    let _ = stream.set_nodelay(true);
    Ok(stream)
}

fn tls_config(network: &IrcNetwork) -> Result<rustls::ClientConfig, Failed> {
    let who = match &network.sasl {
        Some(Sasl::External { cert_file, key_file }) => {
            Some(Identity { cert_file: cert_file.clone(), key_file: key_file.clone() })
        }
        _ => None,
    };
    tls::client(network.ca_file.as_deref(), who.as_ref()).map_err(untrusted)
}

fn tls_failed(error: &std::io::Error) -> Failed {
    let inner = error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>());
    match inner {
        Some(rustls::Error::InvalidCertificate(why)) => untrusted(why.to_string()),
        _ => unreachable(format!("TLS: {error}")),
    }
}

fn unreachable(why: impl Into<String>) -> Failed {
    Failed { loss: Loss::Unreachable, why: why.into() }
}

fn untrusted(why: impl Into<String>) -> Failed {
    Failed { loss: Loss::Untrusted, why: why.into() }
}
