//! Where the certificate comes from, as it was written and as it is meant.

use std::ffi::OsString;
use std::net::IpAddr;
use std::path::PathBuf;

use super::check::{Refused, is_host_name, wrong};
use super::{Acme, Settings, Tls};

/// Let's Encrypt's directory (RFC 8555, section 7.1.1).
const LETS_ENCRYPT: &str = "https://acme-v02.api.letsencrypt.org/directory";

/// Reads the options for TLS. `environment` tells where this machine keeps the state of services.
pub(super) fn read(
    settings: &Settings,
    environment: impl Fn(&str) -> Option<OsString>,
) -> Result<Tls, Refused> {
    let files = match (&settings.tls_cert, &settings.tls_key) {
        (Some(_), None) => return Err(Refused::new("--tls-cert needs --tls-key beside it")),
        (None, Some(_)) => return Err(Refused::new("--tls-key needs --tls-cert beside it")),
        (Some(cert), Some(key)) => Some(Tls::Files {
            cert: cert.clone(),
            key: key.clone(),
        }),
        (None, None) => None,
    };
    let self_signed = (settings.tls_self_signed == Some(true)).then(|| Tls::SelfSigned {
        keep: state_folder(&environment).map(|folder| folder.join("self-signed.pem")),
    });
    let acme = acme(settings, environment)?.map(Tls::Acme);
    let asked: Vec<_> = [
        ("--tls-cert", files),
        ("--tls-self-signed", self_signed),
        ("--acme-domain", acme),
    ]
    .into_iter()
    .filter_map(|(option, tls)| Some((option, tls?)))
    .collect();
    if let [(one, _), (other, _), ..] = &asked[..] {
        return Err(Refused::new(format!(
            "{one} and {other} exclude each other: the certificate comes from one place"
        )));
    }
    Ok(asked.into_iter().next().map_or(Tls::Off, |(_, tls)| tls))
}

fn acme(
    settings: &Settings,
    environment: impl Fn(&str) -> Option<OsString>,
) -> Result<Option<Acme>, Refused> {
    let Some(domain) = &settings.acme_domain else {
        let alone = [
            ("--acme-directory", settings.acme_directory.is_some()),
            ("--acme-cache", settings.acme_cache.is_some()),
            ("--acme-ca", settings.acme_ca.is_some()),
        ];
        return match alone.into_iter().find(|(_, is_given)| *is_given) {
            Some((option, _)) => Err(Refused::new(format!(
                "{option} needs --acme-domain beside it"
            ))),
            None => Ok(None),
        };
    };
    if !is_host_name(domain) || domain.parse::<IpAddr>().is_ok() {
        let rule = "a host name such as call.example.org";
        return Err(wrong("--acme-domain", rule, domain));
    }
    let directory = settings.acme_directory.as_deref().unwrap_or(LETS_ENCRYPT);
    if !directory.starts_with("https://") {
        let rule = "an https:// address";
        return Err(wrong("--acme-directory", rule, directory));
    }
    let cache = settings.acme_cache.clone();
    let Some(cache) = cache.or_else(|| Some(state_folder(environment)?.join("acme"))) else {
        return Err(Refused::new(
            "--acme-domain needs --acme-cache beside it: there is no home folder to keep keys in",
        ));
    };
    Ok(Some(Acme {
        domain: domain.to_ascii_lowercase(),
        directory: directory.to_owned(),
        cache,
        ca: settings.acme_ca.clone(),
    }))
}

/// Where keys and certificates are kept: in what systemd gives a service, else where the person's
/// programs keep such things.
fn state_folder(environment: impl Fn(&str) -> Option<OsString>) -> Option<PathBuf> {
    let folder = |name: &str| {
        let value = environment(name).filter(|value| !value.is_empty())?;
        Some(PathBuf::from(value))
    };
    // Several are separated by colons; ours is the first.
    let service = folder("STATE_DIRECTORY").and_then(|folders| {
        let first = std::env::split_paths(&folders).next()?;
        Some(first)
    });
    let own = || Some(folder("XDG_STATE_HOME")?.join("tincan"));
    let home = || Some(folder("HOME")?.join(".local/state/tincan"));
    service.or_else(own).or_else(home)
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    #[test]
    fn each_source_of_a_certificate_is_read() {
        let none = Settings::default;
        assert_eq!(tls(&none()).unwrap(), Tls::Off);
        let files = Settings {
            tls_cert: Some("c".into()),
            tls_key: Some("k".into()),
            ..none()
        };
        assert!(matches!(tls(&files).unwrap(), Tls::Files { .. }));
        let self_signed = Settings {
            tls_self_signed: Some(true),
            ..none()
        };
        let keep = Some("/home/ada/.local/state/tincan/self-signed.pem".into());
        assert_eq!(tls(&self_signed).unwrap(), Tls::SelfSigned { keep });
        let Tls::Acme(acme) = tls(&acme()).unwrap() else {
            panic!("it was asked for");
        };
        assert_eq!(acme.domain, "call.example.org");
        assert_eq!(acme.directory, LETS_ENCRYPT);
        assert_eq!(acme.cache, Path::new("/home/ada/.local/state/tincan/acme"));
    }

    #[test]
    fn two_sources_of_a_certificate_exclude_each_other() {
        let both = Settings {
            tls_self_signed: Some(true),
            ..acme()
        };
        let refused = tls(&both).unwrap_err().to_string();
        assert!(refused.contains("exclude"), "{refused}");
    }

    #[test]
    fn what_belongs_to_a_domain_is_refused_without_one() {
        let alone = Settings {
            acme_cache: Some("/var/lib/tincan".into()),
            ..Settings::default()
        };
        let refused = tls(&alone).unwrap_err().to_string();
        assert!(refused.starts_with("--acme-cache needs"), "{refused}");
        let plain = Settings {
            acme_directory: Some("http://ca.example/dir".into()),
            ..acme()
        };
        let refused = tls(&plain).unwrap_err().to_string();
        assert!(refused.starts_with("--acme-directory must"), "{refused}");
    }

    #[test]
    fn keys_are_kept_where_the_machine_keeps_state() {
        let folder = |set: &[(&str, &str)]| {
            state_folder(|name| {
                let (_, value) = set.iter().find(|(other, _)| *other == name)?;
                Some((*value).into())
            })
        };
        let home = ("HOME", "/home/ada");
        let state = ("XDG_STATE_HOME", "/state");
        let service = ("STATE_DIRECTORY", "/var/lib/tincan:/var/lib/other");
        for (set, expected) in [
            (&[home, state, service][..], "/var/lib/tincan"),
            (&[home, state], "/state/tincan"),
            (&[home], "/home/ada/.local/state/tincan"),
        ] {
            assert_eq!(folder(set).unwrap(), Path::new(expected));
        }
        assert_eq!(folder(&[]), None);
        let refused = read(&acme(), |_| None).unwrap_err().to_string();
        assert!(refused.contains("--acme-cache"), "{refused}");
    }

    fn acme() -> Settings {
        Settings {
            acme_domain: Some("Call.example.org".into()),
            ..Settings::default()
        }
    }

    fn tls(settings: &Settings) -> Result<Tls, Refused> {
        read(settings, |name| {
            (name == "HOME").then(|| "/home/ada".into())
        })
    }
}
