//! TLS as a client: whom we trust, and who we are.
//! It opens no connection, and there is no way here to trust just anybody.

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ClientConfig, RootCertStore};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Who we are: a certificate and its key, each a PEM file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// The certificate, and those of the authorities between it and the root.
    pub cert_file: PathBuf,
    /// Its private key.
    pub key_file: PathBuf,
}

/// How to speak TLS to a server that the authorities of the file vouch for, or those of the system.
/// An error is a sentence for the operator.
pub fn client(ca_file: Option<&Path>, who: Option<&Identity>) -> Result<ClientConfig, String> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| error.to_string())?
        .with_root_certificates(roots(ca_file)?);
    let Some(Identity { cert_file, key_file }) = who else {
        return Ok(builder.with_no_client_auth());
    };
    let key = PrivateKeyDer::from_pem_file(key_file)
        .map_err(|error| format!("{}: {error}", key_file.display()))?;
    builder
        .with_client_auth_cert(own_certificates(cert_file)?, key)
        .map_err(|error| format!("{}: {error}", cert_file.display()))
}

/// Our own certificate and those above it.
///
/// One of X.509 version 1 is refused here: rustls does so too, but in words that blame the peer's.
pub fn own_certificates(file: &Path) -> Result<Vec<CertificateDer<'static>>, String> {
    let certificates = certificates(file)?;
    if certificates.first().is_some_and(|first| is_version_1(first)) {
        return Err(format!(
            "{}: our own certificate is of X.509 version 1, which has not been good for TLS since \
             RFC 5280; have it issued again as version 3",
            file.display()
        ));
    }
    Ok(certificates)
}

/// Whom we trust. One that cannot be read is passed over; none at all is an error.
fn roots(ca_file: Option<&Path>) -> Result<RootCertStore, String> {
    let mut roots = RootCertStore::empty();
    let certificates = match ca_file {
        Some(file) => certificates(file)?,
        None => rustls_native_certs::load_native_certs().certs,
    };
    let (added, _) = roots.add_parsable_certificates(certificates);
    if added == 0 {
        return Err("no certificate authorities were found".into());
    }
    Ok(roots)
}

fn certificates(file: &Path) -> Result<Vec<CertificateDer<'static>>, String> {
    let wrong = |error| format!("{}: {error}", file.display());
    CertificateDer::pem_file_iter(file).map_err(wrong)?.collect::<Result<_, _>>().map_err(wrong)
}

/// Whether a certificate leaves out its version, which makes it version 1 (RFC 5280 §4.1: the
/// version is an explicit `[0]` at the start of what is signed, and by default v1).
fn is_version_1(certificate: &[u8]) -> bool {
    const SEQUENCE: u8 = 0x30;
    const VERSION: u8 = 0xa0;
    let signed = enter(certificate, SEQUENCE).and_then(|rest| enter(rest, SEQUENCE));
    signed.is_some_and(|signed| signed.first() != Some(&VERSION))
}

/// What stands inside of an element of DER that begins there and has this tag, and what follows.
fn enter(der: &[u8], tag: u8) -> Option<&[u8]> {
    let (&first, rest) = der.split_first()?;
    let (&length, rest) = rest.split_first()?;
    // X.690 §8.1.3: below 128 the length itself, else how many bytes of length follow.
    let more = if length < 0x80 { 0 } else { usize::from(length & 0x7f) };
    (first == tag).then_some(rest)?.get(more..)
}
