//! A certificate: read, shown to clients, described to people.

use std::fmt::Write as _;
use std::net::IpAddr;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, SystemTime};

use anyhow::Context as _;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use sha2::{Digest as _, Sha256};
use x509_parser::prelude::{FromDer as _, GeneralName, X509Certificate};

/// The certificate every client is shown, whatever name it asks for.
#[derive(Debug)]
pub(super) struct Shown(RwLock<Arc<CertifiedKey>>);

impl Shown {
    pub(super) fn new(certificate: CertifiedKey) -> Self {
        Self(RwLock::new(Arc::new(certificate)))
    }

    /// The one shown now.
    pub(super) fn current(&self) -> Arc<CertifiedKey> {
        Arc::clone(&self.0.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Shows another from the next handshake on.
    pub(super) fn replace(&self, certificate: CertifiedKey) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(certificate);
    }
}

impl ResolvesServerCert for Shown {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(self.current())
    }
}

/// Puts a PEM chain and its PEM key together.
///
/// # Errors
/// When either is missing, or they do not belong together.
pub fn from_pem(chain: &[u8], key: &[u8]) -> anyhow::Result<CertifiedKey> {
    let chain = chain_from_pem(chain)?;
    let key = PrivateKeyDer::from_pem_slice(key)
        .context("there is no private key in the file of --tls-key")?;
    CertifiedKey::from_der(chain, key, &super::provider())
        .context("the certificate of --tls-cert and the key of --tls-key do not go together")
}

/// The certificates of a PEM file, the server's own first.
///
/// # Errors
/// When there is none, or what is there cannot be read.
pub fn chain_from_pem(chain: &[u8]) -> anyhow::Result<Vec<CertificateDer<'static>>> {
    let chain: Vec<_> = CertificateDer::pem_slice_iter(chain)
        .collect::<Result<_, _>>()
        .context("the certificates are no PEM")?;
    anyhow::ensure!(!chain.is_empty(), "there is no certificate in the file");
    Ok(chain)
}

/// SHA-256 of a certificate, written as browsers write it in their certificate viewers.
#[must_use]
pub fn fingerprint(certificate: &CertificateDer<'_>) -> String {
    let mut text = String::new();
    for byte in Sha256::digest(certificate) {
        let colon = if text.is_empty() { "" } else { ":" };
        // Writing to a string does not fail.
        let _ = write!(text, "{colon}{byte:02X}");
    }
    text
}

/// What matters about a certificate to whoever runs the server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Summary {
    /// Host names and addresses it is for.
    pub names: Vec<String>,
    /// When it becomes good.
    pub not_before: SystemTime,
    /// When it ceases to be.
    pub not_after: SystemTime,
}

impl Summary {
    /// Reads a certificate.
    ///
    /// # Errors
    /// When it is none.
    pub fn of(certificate: &CertificateDer<'_>) -> anyhow::Result<Self> {
        let (_, certificate) =
            X509Certificate::from_der(certificate).context("this is no X.509 certificate")?;
        let validity = certificate.validity();
        let names = certificate
            .subject_alternative_name()
            .ok()
            .flatten()
            .map(|extension| extension.value.general_names.iter().filter_map(name))
            .into_iter()
            .flatten()
            .collect();
        Ok(Self {
            names,
            not_before: time(validity.not_before.timestamp()),
            not_after: time(validity.not_after.timestamp()),
        })
    }

    /// Why it is no good at `now`, in words; `None` where it is.
    #[must_use]
    pub fn problem(&self, now: SystemTime) -> Option<&'static str> {
        if now < self.not_before {
            Some("is not valid yet; is this machine's clock right?")
        } else if now >= self.not_after {
            Some("has expired")
        } else {
            None
        }
    }
}

fn name(name: &GeneralName<'_>) -> Option<String> {
    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "of a dozen kinds, these two name servers"
    )]
    match name {
        GeneralName::DNSName(name) => Some((*name).to_owned()),
        GeneralName::IPAddress(bytes) => match bytes.len() {
            4 => <[u8; 4]>::try_from(*bytes)
                .ok()
                .map(|ip| IpAddr::from(ip).to_string()),
            16 => <[u8; 16]>::try_from(*bytes)
                .ok()
                .map(|ip| IpAddr::from(ip).to_string()),
            _ => None,
        },
        _ => None,
    }
}

/// A moment that certificates count in seconds since 1970, and from before it.
fn time(seconds: i64) -> SystemTime {
    let distance = Duration::from_secs(seconds.unsigned_abs());
    if seconds < 0 {
        SystemTime::UNIX_EPOCH - distance
    } else {
        SystemTime::UNIX_EPOCH + distance
    }
}

#[cfg(test)]
mod tests {
    use super::super::self_signed;
    use super::*;

    #[test]
    fn a_summary_says_names_and_times() {
        let names = ["call.example.org".to_owned(), "192.0.2.1".to_owned()];
        let (_, made) = self_signed::make(&names).unwrap();
        let summary = Summary::of(&made.cert[0]).unwrap();
        assert_eq!(summary.names, names);
        let now = SystemTime::now();
        assert_eq!(summary.problem(now), None);
        let later = summary.not_after;
        assert_eq!(summary.problem(later), Some("has expired"));
        let before = summary.not_before - Duration::from_secs(1);
        assert!(summary.problem(before).unwrap().contains("not valid yet"));
    }

    #[test]
    fn a_fingerprint_is_written_as_browsers_do() {
        let text = fingerprint(&CertificateDer::from(b"abc".to_vec()));
        // FIPS 180-2, appendix B.1.
        assert!(text.starts_with("BA:78:16:BF:"), "{text}");
        assert_eq!(text.len(), 32 * 3 - 1);
    }

    #[test]
    fn what_is_no_certificate_is_said_to_be_none() {
        assert!(chain_from_pem(b"").is_err());
        assert!(chain_from_pem(b"-----BEGIN CERTIFICATE-----\n!\n").is_err());
        assert!(Summary::of(&CertificateDer::from(vec![1, 2, 3])).is_err());
    }
}
