//! A certificate made at start, for a network where nobody vouches for anybody.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::time::{Duration, SystemTime};

use anyhow::Context as _;
use rcgen::{CertificateParams, DnType, ExtendedKeyUsagePurpose, KeyPair};
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::sign::CertifiedKey;

use super::certificate;
use crate::config::{Config, Listen};

/// How long it is good. Apple's browsers take none that is good for more than 825 days.
const VALIDITY: Duration = Duration::from_secs(800 * 24 * 60 * 60);

/// How far the clocks of others may be behind.
const CLOCK_SKEW: Duration = Duration::from_secs(24 * 60 * 60);

/// Makes a certificate for `names`, and says in the log how to know it.
///
/// # Errors
/// When the system gives no randomness.
pub(super) fn make(names: &[String]) -> anyhow::Result<CertifiedKey> {
    let key = KeyPair::generate().context("no key can be made")?;
    let mut params = CertificateParams::new(names).context("a name of this machine is none")?;
    params
        .distinguished_name
        .push(DnType::CommonName, "Tincan on this network");
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    let now = SystemTime::now();
    params.not_before = (now - CLOCK_SKEW).into();
    params.not_after = (now + VALIDITY).into();
    let made = params
        .self_signed(&key)
        .context("no certificate can be made")?;
    let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(key.serialize_der()));
    let chain = vec![made.der().clone()];
    let fingerprint = certificate::fingerprint(made.der());
    tracing::info!(names = names.join(" "), "made a certificate");
    tracing::info!("browsers will warn of it; its SHA-256 fingerprint is {fingerprint}");
    CertifiedKey::from_der(chain, key, &super::provider()).context("the key made is not usable")
}

/// Under which names this machine may be opened: as itself, by its name, by its addresses.
pub(super) fn names(config: &Config) -> Vec<String> {
    let mut names = vec!["localhost".to_owned()];
    if let Some(name) = machine_name() {
        // Beside its plain name the one of multicast DNS (RFC 6762).
        names.extend([format!("{name}.local"), name]);
    }
    let mut ips: Vec<IpAddr> = config.external_ips.iter().collect();
    match config.listen {
        Listen::At(address) if !address.ip().is_unspecified() => ips.push(address.ip()),
        Listen::At(_) | Listen::Everywhere(_) => match if_addrs::get_if_addrs() {
            Ok(interfaces) => ips.extend(interfaces.iter().map(if_addrs::Interface::ip)),
            Err(error) => tracing::warn!(%error, "this machine's addresses cannot be listed"),
        },
    }
    ips.extend([
        IpAddr::V4(Ipv4Addr::LOCALHOST),
        IpAddr::V6(Ipv6Addr::LOCALHOST),
    ]);
    ips.sort_unstable();
    ips.dedup();
    names.extend(ips.iter().map(ToString::to_string));
    names
}

/// The machine's name up to its first dot, if it is one that can stand in a certificate.
fn machine_name() -> Option<String> {
    #[cfg(unix)]
    {
        let system = rustix::system::uname();
        let name = system.nodename().to_str().ok()?;
        let name = name.split('.').next().unwrap_or(name).to_ascii_lowercase();
        let is_plain = |b: u8| b.is_ascii_alphanumeric() || b == b'-';
        let is_name = !name.is_empty() && name.len() <= 63 && name.bytes().all(is_plain);
        (is_name && name != "localhost").then_some(name)
    }
    #[cfg(not(unix))]
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::ExternalIps;

    #[test]
    fn it_is_for_the_machine_under_all_its_names() {
        let config = Config {
            listen: Listen::At(([127, 0, 0, 2], 443).into()),
            external_ips: ExternalIps {
                v4: Some([203, 0, 113, 7].into()),
                v6: None,
            },
            ..Config::default()
        };
        let names = names(&config);
        for name in ["localhost", "127.0.0.1", "127.0.0.2", "::1", "203.0.113.7"] {
            let found = names.iter().filter(|other| *other == name).count();
            assert_eq!(found, 1, "{name} in {names:?}");
        }
        let made = make(&names).unwrap();
        let summary = certificate::Summary::of(&made.cert[0]).unwrap();
        assert_eq!(summary.names, names);
        let life = summary
            .not_after
            .duration_since(summary.not_before)
            .unwrap();
        assert!(life <= Duration::from_secs(825 * 24 * 60 * 60));
    }
}
