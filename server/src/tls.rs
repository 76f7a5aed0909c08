//! TLS on the server's one port: where the certificate comes from, and the handshake.
//!
//! A certificate is looked up for each handshake, so a new one takes the old one's place without
//! a connection noticing. Not here: what is said inside (`listen`).

mod acme;
pub mod certificate;
mod files;
mod self_signed;

use std::io;
use std::sync::Arc;

use anyhow::Context as _;
use metrics::counter;
use rustls::ServerConfig;
use rustls::crypto::CryptoProvider;
use rustls::server::{Acceptor, ResolvesServerCert};
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt as _};
use tokio_rustls::LazyConfigAcceptor;
use tokio_rustls::server::TlsStream;
use tokio_util::sync::CancellationToken;

use self::certificate::Shown;
use crate::config::{self, Config};

/// What may be spoken inside (RFC 7301; RFC 7443 for STUN and TURN, which most clients do not
/// name). Not h2: the page is a handful of files, and its WebSocket has a connection of its own.
const INSIDE: [&[u8]; 3] = [b"http/1.1", b"stun.turn", b"stun.nat-discovery"];

/// Bytes of one connection that wait, encrypted, for a slow reader. What sends has bounds of its
/// own, so this is only what makes a record or two.
const MAX_WAITING: usize = 32 * 1024;

/// How browsers take the server's certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trust {
    /// It is from somebody browsers know, or are told to.
    Expected,
    /// Each person has to be shown it and say yes, which only works for a page.
    OnSight,
}

/// Everything about TLS, ready to be used.
#[derive(Debug)]
pub(crate) struct Tls {
    /// Takes handshakes.
    pub(crate) door: Door,
    /// Keeps the certificate fresh.
    pub(crate) keeper: Keeper,
}

/// Takes handshakes.
#[derive(Debug, Clone)]
pub struct Door {
    config: Arc<ServerConfig>,
    /// For the authority's look at who holds a name (RFC 8737).
    challenge: Option<Arc<ServerConfig>>,
}

/// Keeps the certificate fresh, as long as it is run.
#[derive(Debug)]
pub(crate) enum Keeper {
    /// It stays as it is.
    Nobody,
    /// Looks whether the files have changed.
    Files(files::Watched),
    /// Gets a new one before the old one expires.
    Acme(Box<acme::Renewal>),
}

/// Why there is no stream after a handshake.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NoStream {
    #[error("it was the certificate authority's challenge")]
    Challenge,
    #[error("the handshake failed: {0}")]
    Failed(#[from] io::Error),
}

impl Tls {
    /// Gets the certificate, as far as that is done before listening. `None` where there is to be
    /// no TLS.
    ///
    /// # Errors
    /// When there is no certificate to be had; the error says which file or folder is wrong.
    pub(crate) fn prepare(config: &Config) -> anyhow::Result<Option<Self>> {
        Ok(Some(match &config.tls {
            config::Tls::Off => return Ok(None),
            config::Tls::Files { cert, key } => {
                let watched = files::Watched::new(cert, key)?;
                Self {
                    door: Door::new(watched.shown())?,
                    keeper: Keeper::Files(watched),
                }
            }
            config::Tls::SelfSigned { keep } => {
                let names = self_signed::names(config);
                let made = self_signed::kept_or_made(keep.as_deref(), &names)?;
                Self {
                    door: Door::new(Arc::new(Shown::new(made)))?,
                    keeper: Keeper::Nobody,
                }
            }
            config::Tls::Acme(acme) => {
                let renewal = acme::Renewal::new(acme)?;
                let mut door = Door::new(renewal.shown())?;
                door.challenge = Some(renewal.challenge());
                Self {
                    door,
                    keeper: Keeper::Acme(Box::new(renewal)),
                }
            }
        }))
    }
}

impl Door {
    fn new(shown: Arc<dyn ResolvesServerCert>) -> anyhow::Result<Self> {
        let mut config = ServerConfig::builder_with_provider(provider())
            .with_safe_default_protocol_versions()
            .context("TLS has no version")?
            .with_no_client_auth()
            .with_cert_resolver(shown);
        config.alpn_protocols = INSIDE.map(<[u8]>::to_vec).to_vec();
        // So that who comes back after a broken connection is in after one round trip.
        config.ticketer =
            rustls::crypto::ring::Ticketer::new().context("the system gives no randomness")?;
        Ok(Self {
            config: Arc::new(config),
            challenge: None,
        })
    }

    /// Takes the handshake on `stream`. Sets no limit to the time it takes.
    ///
    /// # Errors
    /// When it fails, or was none that leads to anything.
    pub(crate) async fn accept<S>(&self, stream: S) -> Result<TlsStream<S>, NoStream>
    where
        S: AsyncRead + AsyncWrite + Unpin,
    {
        let begun = LazyConfigAcceptor::new(Acceptor::default(), stream).await?;
        if let Some(challenge) = &self.challenge
            && rustls_acme::is_tls_alpn_challenge(&begun.client_hello())
        {
            let mut stream = begun.into_stream(Arc::clone(challenge)).await?;
            stream.shutdown().await?;
            return Err(NoStream::Challenge);
        }
        let stream = begun.into_stream_with(Arc::clone(&self.config), |connection| {
            connection.set_buffer_limit(Some(MAX_WAITING));
        });
        Ok(stream.await?)
    }
}

impl Keeper {
    /// Keeps it fresh until `shutdown`.
    pub(crate) async fn keep(self, shutdown: CancellationToken) {
        let keeping = async {
            match self {
                Self::Nobody => {}
                Self::Files(watched) => watched.watch().await,
                Self::Acme(renewal) => renewal.renew().await,
            }
        };
        tokio::select! {
            () = keeping => {}
            () = shutdown.cancelled() => {}
        }
    }
}

/// Counts how a handshake went.
pub(crate) fn count(outcome: &'static str) {
    counter!("tincan_tls_handshakes_total", "outcome" => outcome).increment(1);
}

/// The cryptography in use, chosen here rather than for the whole process.
fn provider() -> Arc<CryptoProvider> {
    Arc::new(rustls::crypto::ring::default_provider())
}
