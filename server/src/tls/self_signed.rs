//! A certificate of the server's own, for a network where nobody vouches for anybody.
//!
//! Each person says yes to it once, so it is kept, and made anew only when it has to be.

use std::io::{self, Write as _};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::path::Path;
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

/// Before it ends a new one is made at the next start: people are warned of it anyway.
const LEFT: Duration = Duration::from_secs(30 * 24 * 60 * 60);

/// A certificate for `names`: the one in the file, or a new one that is kept there. Says in the log
/// how to know it.
///
/// # Errors
/// When the system gives no randomness.
pub(super) fn kept_or_made(keep: Option<&Path>, names: &[String]) -> anyhow::Result<CertifiedKey> {
    let certificate = match keep.and_then(|file| read(file, names)) {
        Some(kept) => kept,
        None => {
            let (pem, made) = make(names)?;
            tracing::info!(names = names.join(" "), "made a certificate");
            if let Some(file) = keep
                && let Err(error) = write(file, &pem)
            {
                let file = file.display();
                tracing::warn!(
                    "the certificate cannot be kept in {file}, so that after a restart browsers \
                     will warn again: {error}"
                );
            }
            made
        }
    };
    let fingerprint = certificate::fingerprint(&certificate.cert[0]);
    tracing::info!("browsers will warn of it; its SHA-256 fingerprint is {fingerprint}");
    Ok(certificate)
}

/// The one that was kept, if it is still good for all of `names`.
fn read(file: &Path, names: &[String]) -> Option<CertifiedKey> {
    let pem = std::fs::read(file).ok()?;
    let kept = certificate::from_pem(&pem, &pem).ok()?;
    let summary = certificate::Summary::of(&kept.cert[0]).ok()?;
    let serves = names.iter().all(|name| summary.names.contains(name));
    let later = SystemTime::now() + LEFT;
    (serves && summary.problem(later).is_none()).then_some(kept)
}

/// Keeps certificate and key where only this user may read them.
fn write(file: &Path, pem: &str) -> io::Result<()> {
    if let Some(folder) = file.parent() {
        std::fs::create_dir_all(folder)?;
    }
    let new = file.with_extension("new");
    // What an earlier try left behind may be for other eyes.
    match std::fs::remove_file(&new) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        Ok(()) | Err(_) => {}
    }
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(&new)?.write_all(pem.as_bytes())?;
    std::fs::rename(&new, file)
}

/// Makes a certificate for `names`; as PEM with its key, and ready to be shown.
///
/// # Errors
/// When the system gives no randomness.
pub(super) fn make(names: &[String]) -> anyhow::Result<(String, CertifiedKey)> {
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
    let pem = format!("{}{}", made.pem(), key.serialize_pem());
    let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(key.serialize_der()));
    let chain = vec![made.der().clone()];
    let ready = CertifiedKey::from_der(chain, key, &super::provider())
        .context("the key made is not usable")?;
    Ok((pem, ready))
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
        let (_, made) = make(&names).unwrap();
        let summary = certificate::Summary::of(&made.cert[0]).unwrap();
        assert_eq!(summary.names, names);
        let life = summary
            .not_after
            .duration_since(summary.not_before)
            .unwrap();
        assert!(life <= Duration::from_secs(825 * 24 * 60 * 60));
    }

    #[test]
    fn it_is_the_same_after_a_restart_and_another_one_where_it_would_not_do() {
        let folder = std::env::temp_dir().join(format!("tincan-kept-{}", std::process::id()));
        let file = folder.join("state/self-signed.pem");
        let names = ["localhost".to_owned(), "192.0.2.1".to_owned()];
        let show = |names: &[String]| {
            let shown = kept_or_made(Some(&file), names).unwrap();
            certificate::fingerprint(&shown.cert[0])
        };
        let first = show(&names);
        assert_eq!(show(&names), first);
        assert_eq!(show(&names[..1]), first);
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            let mode = std::fs::metadata(&file).unwrap().permissions().mode();
            assert_eq!(mode & 0o077, 0, "others must not read the key");
        }
        let moved = ["localhost".to_owned(), "192.0.2.2".to_owned()];
        let second = show(&moved);
        assert_ne!(second, first);
        std::fs::write(&file, "torn").unwrap();
        assert_ne!(show(&moved), second);
        // A folder where the file should be: it works, and is not kept.
        assert!(kept_or_made(Some(&folder), &names).is_ok());
        std::fs::remove_dir_all(&folder).unwrap();
    }
}
