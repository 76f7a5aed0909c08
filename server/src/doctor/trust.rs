//! Whether browsers will take the certificate: the one in the files, and the one that is shown.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{ClientConfig, DigitallySignedStruct, SignatureScheme};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use super::Finding;
use crate::config::{Config, Tls};
use crate::tls::certificate::{self, Summary};

/// What renews certificates has done so by then; later somebody has to look.
const SOON: Duration = Duration::from_secs(14 * 24 * 60 * 60);

/// How long the handshake with a server on the same machine may take.
const PATIENCE: Duration = Duration::from_secs(3);

/// Whether there will be a certificate, and for how long.
pub(super) async fn of_certificate(config: &Config, own: &[IpAddr]) -> Vec<Finding> {
    match &config.tls {
        Tls::Off => vec![Finding::note(
            "plain HTTP: browsers give a camera to localhost, and behind a reverse proxy with \
             HTTPS; else see --acme-domain, --tls-cert or --tls-self-signed",
        )],
        Tls::SelfSigned { .. } => vec![Finding::note(
            "browsers will warn of the certificate made at start; compare the fingerprint in the \
             log",
        )],
        Tls::Files { cert, key } => {
            let pair = std::fs::read(cert).and_then(|cert| Ok((cert, std::fs::read(key)?)));
            let certified = match pair {
                Ok((cert, key)) => certificate::from_pem(&cert, &key),
                Err(error) => Err(error.into()),
            };
            vec![match certified {
                Ok(certified) => judge("the certificate of --tls-cert", &certified.cert[0]),
                Err(error) => Finding::wrong(
                    format!("{} and {}: {error:#}", cert.display(), key.display()),
                    "both must be PEM, belong together, and be readable for the server's user",
                ),
            }]
        }
        Tls::Acme(acme) => {
            let is_given = |ip: &IpAddr| config.external_ips.iter().any(|given| given == *ip);
            let found = tokio::net::lookup_host((acme.domain.as_str(), 443)).await;
            let there: Vec<IpAddr> = found.into_iter().flatten().map(|a| a.ip()).collect();
            let list: Vec<String> = there.iter().map(ToString::to_string).collect();
            let (domain, list) = (&acme.domain, list.join(", "));
            vec![if there.is_empty() {
                Finding::wrong(
                    format!("the name {domain} leads nowhere"),
                    "give it an address with whoever keeps your domain",
                )
            } else if there.iter().any(|ip| own.contains(ip) || is_given(ip)) {
                Finding::fine(format!("the name {domain} leads here ({list})"))
            } else {
                Finding::wrong(
                    format!("the name {domain} leads to {list}, which is not this machine"),
                    "correct it with whoever keeps your domain, or, behind NAT, say that address \
                     with --external-ip",
                )
            }]
        }
    }
}

/// Whether the server at `server` shows a good certificate.
pub(super) async fn of_server(config: &Config, server: SocketAddr) -> Option<Finding> {
    if config.tls == Tls::Off {
        return None;
    }
    let shaken = tokio::time::timeout(PATIENCE, connect(config, server)).await;
    let problem = match shaken {
        Ok(Ok(stream)) => match stream.get_ref().1.peer_certificates() {
            Some([first, ..]) => return Some(judge("the certificate shown", first)),
            Some([]) | None => "it shows no certificate".to_owned(),
        },
        Ok(Err(error)) => error.to_string(),
        Err(_) => "it does not answer".to_owned(),
    };
    Some(Finding::wrong(
        format!("the server does not speak TLS ({problem})"),
        "restart it with these options; with --acme-domain its log says what the authority wants",
    ))
}

fn judge(what: &str, certificate: &CertificateDer<'_>) -> Finding {
    let now = SystemTime::now();
    let summary = match Summary::of(certificate) {
        Ok(summary) => summary,
        Err(error) => return Finding::wrong(format!("{what}: {error}"), "get another"),
    };
    if let Some(problem) = summary.problem(now) {
        return Finding::wrong(format!("{what} {problem}"), "renew it");
    }
    let left = summary.not_after.duration_since(now).unwrap_or_default();
    let days = left.as_secs() / (24 * 60 * 60);
    if left < SOON {
        return Finding::wrong(
            format!("{what} expires in {days} days"),
            "see why what renews it has not done so",
        );
    }
    let names = summary.names.join(", ");
    Finding::fine(format!("{what} is good for {days} days, for {names}"))
}

/// A connection to the server, whatever certificate it shows.
pub(super) async fn connect(
    config: &Config,
    server: SocketAddr,
) -> io::Result<TlsStream<TcpStream>> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let client = ClientConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()
        .map_err(io::Error::other)?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(Anybody(provider)))
        .with_no_client_auth();
    let name = match &config.tls {
        Tls::Acme(acme) => ServerName::try_from(acme.domain.clone()).map_err(io::Error::other)?,
        Tls::Off | Tls::Files { .. } | Tls::SelfSigned { .. } => ServerName::from(server.ip()),
    };
    let stream = TcpStream::connect(server).await?;
    TlsConnector::from(Arc::new(client))
        .connect(name, stream)
        .await
}

/// Takes every certificate, since they are what is looked at; nothing secret is said over it.
#[derive(Debug)]
struct Anybody(Arc<CryptoProvider>);

impl ServerCertVerifier for Anybody {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.0.signature_verification_algorithms;
        verify_tls12_signature(message, certificate, signature, algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.0.signature_verification_algorithms;
        verify_tls13_signature(message, certificate, signature, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        let algorithms = &self.0.signature_verification_algorithms;
        algorithms.supported_schemes()
    }
}

#[cfg(test)]
mod tests {
    use rcgen::{CertificateParams, KeyPair, date_time_ymd};

    use super::*;
    use crate::config::{Acme, ExternalIps};

    /// A certificate that expires in so many days, or did; and its key.
    fn pair(days: i64) -> (rcgen::Certificate, KeyPair) {
        let key = KeyPair::generate().expect("a key");
        let names = vec!["call.example.org".to_owned()];
        let mut params = CertificateParams::new(names).expect("a name");
        params.not_before = date_time_ymd(2020, 1, 1);
        let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
        let days_now = i64::try_from(now.expect("after 1970").as_secs() / 86_400).expect("days");
        let since_2020 = days_now - 18_262;
        params.not_after = params.not_before
            + std::time::Duration::from_secs(
                u64::try_from(since_2020 + days).expect("after 2020") * 86_400,
            );
        (params.self_signed(&key).expect("a certificate"), key)
    }

    fn judged(days: i64) -> String {
        judge("it", pair(days).0.der()).to_string()
    }

    #[test]
    fn a_certificate_is_judged_by_the_time_it_has_left() {
        let good = judged(60);
        assert!(good.starts_with("fine   it is good for 59 days"), "{good}");
        assert!(good.ends_with("for call.example.org"), "{good}");
        let soon = judged(5);
        assert!(soon.starts_with("wrong  it expires in 4 days"), "{soon}");
        let expired = judged(-5);
        assert!(expired.starts_with("wrong  it "), "{expired}");
        assert!(expired.contains("expired"), "{expired}");
        let broken = judge("it", &vec![1, 2, 3].into());
        assert!(broken.is_wrong(), "{broken}");
    }

    #[tokio::test]
    async fn files_that_do_not_belong_together_are_wrong() {
        let folder = std::env::temp_dir().join(format!("tincan-doctor-{}", std::process::id()));
        std::fs::create_dir_all(&folder).expect("a folder");
        let (cert, key) = (folder.join("cert.pem"), folder.join("key.pem"));
        let (good, its_key) = pair(60);
        let (_, another) = pair(60);
        std::fs::write(&cert, good.pem()).expect("a file");
        let config = Config {
            tls: Tls::Files {
                cert,
                key: key.clone(),
            },
            ..Config::default()
        };
        for (contents, is_wrong) in [
            (Some(its_key.serialize_pem()), false),
            (Some(another.serialize_pem()), true),
            (Some("no key".to_owned()), true),
            (None, true),
        ] {
            match contents {
                Some(contents) => std::fs::write(&key, contents).expect("a file"),
                None => std::fs::remove_file(&key).expect("it is there"),
            }
            let found = of_certificate(&config, &[]).await;
            assert_eq!(found.len(), 1);
            assert_eq!(found[0].is_wrong(), is_wrong, "{}", found[0]);
        }
        std::fs::remove_dir_all(&folder).expect("it is there");
    }

    #[tokio::test]
    async fn a_name_that_leads_elsewhere_is_wrong() {
        let config = |external: Option<[u8; 4]>| Config {
            tls: Tls::Acme(Acme {
                // It leads to the loopback everywhere (RFC 6761).
                domain: "localhost".to_owned(),
                directory: String::new(),
                cache: std::path::PathBuf::new(),
                ca: None,
            }),
            external_ips: ExternalIps {
                v4: external.map(Into::into),
                v6: None,
            },
            ..Config::default()
        };
        let own = ["127.0.0.1", "::1"].map(|ip| ip.parse().expect("an address"));
        let here = of_certificate(&config(None), &own).await;
        assert!(here[0].to_string().contains("leads here"), "{}", here[0]);
        let elsewhere = of_certificate(&config(None), &[]).await;
        assert!(elsewhere[0].is_wrong(), "{}", elsewhere[0]);
    }
}
