//! A certificate from an authority that asks the server itself to prove its name (RFC 8555), on
//! the port it serves anyway (RFC 8737).

use std::io;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use futures::StreamExt as _;
use rustls::pki_types::CertificateDer;
use rustls::{ClientConfig, RootCertStore, ServerConfig};
use rustls_acme::caches::DirCache;
use rustls_acme::{AcmeConfig, AcmeState, EventError, EventOk, ResolvesServerCertAcme};

use super::certificate;
use crate::config::Acme;

/// Pause after an attempt that failed, twice as long after each further one, up to the longest:
/// Let's Encrypt takes five failures an hour for a name, and then none for an hour.
const FIRST_PAUSE: Duration = Duration::from_secs(60);
const LONGEST_PAUSE: Duration = Duration::from_secs(60 * 60);

/// Gets certificates and renews them when two thirds of their time are over.
pub(crate) struct Renewal {
    domain: String,
    state: AcmeState<io::Error>,
}

impl std::fmt::Debug for Renewal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Renewal")
            .field("domain", &self.domain)
            .finish_non_exhaustive()
    }
}

impl Renewal {
    /// Makes the folder for keys and certificates, and nothing else yet.
    ///
    /// # Errors
    /// When there can be no such folder, or the authority's own certificate cannot be read.
    pub(super) fn new(acme: &Acme) -> anyhow::Result<Self> {
        private_folder(&acme.cache)
            .with_context(|| format!("cannot use the folder {}", acme.cache.display()))?;
        let domains = [acme.domain.as_str()];
        let config = match &acme.ca {
            None => AcmeConfig::new_with_provider(domains, super::provider()),
            Some(file) => AcmeConfig::new_with_client_config(domains, trusting(file)?),
        };
        let state = config
            .directory(&acme.directory)
            .cache(DirCache::new(acme.cache.clone()))
            .state();
        Ok(Self {
            domain: acme.domain.clone(),
            state,
        })
    }

    pub(super) fn shown(&self) -> Arc<ResolvesServerCertAcme> {
        self.state.resolver()
    }

    pub(super) fn challenge(&self) -> Arc<ServerConfig> {
        self.state
            .challenge_rustls_config_with_provider(super::provider())
    }

    /// Gets the first certificate, then each next one.
    pub(super) async fn renew(mut self) {
        let domain = self.domain;
        let mut pause = FIRST_PAUSE;
        while let Some(event) = self.state.next().await {
            match event {
                Ok(EventOk::DeployedCachedCert) => {
                    tracing::info!(%domain, "the certificate kept from before is in use");
                }
                Ok(EventOk::DeployedNewCert) => {
                    tracing::info!(%domain, "a new certificate is in use");
                    pause = FIRST_PAUSE;
                }
                Ok(EventOk::CertCacheStore | EventOk::AccountCacheStore) => {}
                Err(EventError::Order(error)) => {
                    tracing::warn!(
                        %domain, %error, again_in = ?pause,
                        "no certificate was given; the authority must find this server under the \
                         name, at port 443"
                    );
                    tokio::time::sleep(pause).await;
                    pause = (pause * 2).min(LONGEST_PAUSE);
                }
                Err(error) => tracing::warn!(%domain, %error, "the certificate's files"),
            }
        }
    }
}

/// What the authority is spoken to with, where it is not one everybody knows.
fn trusting(file: &Path) -> anyhow::Result<Arc<ClientConfig>> {
    let name = || format!("cannot use {}", file.display());
    let bytes = std::fs::read(file).with_context(name)?;
    let mut roots = RootCertStore::empty();
    for root in certificate::chain_from_pem(&bytes).with_context(name)? {
        let root: CertificateDer<'static> = root;
        roots.add(root).with_context(name)?;
    }
    let config = ClientConfig::builder_with_provider(super::provider())
        .with_safe_default_protocol_versions()
        .context("TLS has no version")?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(Arc::new(config))
}

/// Makes a folder nobody else can look into, since keys are kept in it.
fn private_folder(folder: &Path) -> io::Result<()> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::DirBuilderExt as _;
        builder.mode(0o700);
    }
    builder.create(folder)
}
