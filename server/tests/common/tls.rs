//! Certificates for tests, and clients that believe exactly one of them.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use tincan::config::{Config, Tls};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use super::{Answer, TestServer, soon, test_config};

/// A pair of PEM files in a folder that goes away with it.
pub(crate) struct Files {
    folder: PathBuf,
    /// The certificate in them, which vouches for itself.
    pub(crate) certificate: CertificateDer<'static>,
}

impl Files {
    pub(crate) fn new() -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let name = format!("tls-{}-{count}", std::process::id());
        let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
        std::fs::create_dir_all(&folder).unwrap();
        let certificate = Vec::new().into();
        let mut files = Self {
            folder,
            certificate,
        };
        files.renew();
        files
    }

    /// Writes a new pair over the old one.
    pub(crate) fn renew(&mut self) {
        let names = ["localhost", "127.0.0.1", "call.example.org"].map(str::to_owned);
        let made = rcgen::generate_simple_self_signed(names).unwrap();
        std::fs::write(self.cert(), made.cert.pem()).unwrap();
        std::fs::write(self.key(), made.key_pair.serialize_pem()).unwrap();
        self.certificate = made.cert.der().clone();
    }

    pub(crate) fn cert(&self) -> PathBuf {
        self.folder.join("cert.pem")
    }

    pub(crate) fn key(&self) -> PathBuf {
        self.folder.join("key.pem")
    }

    /// A server that shows them.
    pub(crate) fn serve(&self) -> TestServer {
        self.serve_with(|_| {})
    }

    pub(crate) fn serve_with(&self, change: impl FnOnce(&mut Config)) -> TestServer {
        let mut config = Config {
            tls: Tls::Files {
                cert: self.cert(),
                key: self.key(),
            },
            ..test_config()
        };
        change(&mut config);
        TestServer::with(config)
    }
}

impl Drop for Files {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

/// A client that believes `certificate` and what it vouches for.
pub(crate) fn believing(certificate: &CertificateDer<'static>) -> TlsConnector {
    let mut roots = RootCertStore::empty();
    roots.add(certificate.clone()).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    TlsConnector::from(Arc::new(config))
}

pub(crate) async fn connect(
    server: SocketAddr,
    certificate: &CertificateDer<'static>,
) -> std::io::Result<TlsStream<TcpStream>> {
    let stream = soon(TcpStream::connect(server)).await?;
    inside(stream, "localhost", certificate).await
}

/// TLS inside whatever `stream` is.
pub(crate) async fn inside<S>(
    stream: S,
    name: &'static str,
    certificate: &CertificateDer<'static>,
) -> std::io::Result<TlsStream<S>>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let name = ServerName::try_from(name).unwrap();
    soon(believing(certificate).connect(name, stream)).await
}

/// Asks for `path` at `host` and reads the answer to its end.
pub(crate) async fn get<S>(mut stream: S, host: &str, path: &str) -> Answer
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let request = format!("GET {path} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    soon(stream.read_to_end(&mut answer)).await.unwrap();
    Answer::read(&answer)
}
