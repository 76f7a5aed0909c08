//! From what was written to what it means, or to a sentence that says what is wrong with it.

use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::ops::RangeInclusive;

use ipnet::IpNet;
use protocol::{Credential, IceServer};

use crate::ice::wants_credentials;

use super::{Config, ExternalIps, Limits, Listen, LogAddresses, LogFormat, Secret, Settings, Turn};

/// Most participants that may be asked for: beyond it a mesh of browsers does not hold anyway,
/// and a participant's outbox would not fit the greetings of all.
const MOST_PARTICIPANTS: u32 = 64;

/// Why the options were not taken, as one sentence.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Refused(String);

impl Refused {
    pub(super) fn new(sentence: impl Into<String>) -> Self {
        Self(sentence.into())
    }
}

impl TryFrom<Settings> for Config {
    type Error = Refused;

    fn try_from(settings: Settings) -> Result<Self, Refused> {
        let tls = super::tls::read(&settings, |name| std::env::var_os(name))?;
        let defaults = Self::default();
        if settings.redirect_listen.is_some() && tls == super::Tls::Off {
            return Err(Refused::new(
                "--redirect-listen needs a certificate to send people to: --tls-cert, \
                 --acme-domain or --tls-self-signed",
            ));
        }
        let turn = match settings.no_turn {
            Some(true) => Turn::Off,
            Some(false) | None => Turn::On,
        };
        let turn_secret = settings.turn_secret.map(turn_secret).transpose()?;
        let ice_servers = all(&settings.ice_server, ice_server)?;
        if turn_secret.is_none()
            && let Some(server) = ice_servers.iter().find(|server| wants_credentials(server))
        {
            let url = server.urls.join(" ");
            return Err(Refused::new(format!(
                "--ice-server {url} needs a user name and a password ({url},USER,PASS), or --turn-secret \
                 with the secret that it was told as well"
            )));
        }
        Ok(Self {
            listen: match settings.listen {
                Some(text) => Listen::At(socket_address("--listen", &text, "[::]:8080")?),
                None => defaults.listen,
            },
            stun_listen: settings
                .stun_listen
                .map(|text| socket_address("--stun-listen", &text, "[::]:3478"))
                .transpose()?,
            redirect_listen: settings
                .redirect_listen
                .map(|text| socket_address("--redirect-listen", &text, "[::]:80"))
                .transpose()?,
            external_ips: external_ips(&settings.external_ip)?,
            relay_ports: match settings.relay_ports {
                Some(text) => relay_ports(&text)?,
                None => defaults.relay_ports,
            },
            turn,
            turn_secret,
            ice_servers,
            relay_bytes: match settings.relay_quota {
                // More than fits is as good as no limit.
                Some(gigabytes) => gigabytes.saturating_mul(1_000_000_000),
                None => defaults.relay_bytes,
            },
            relay_allow: all(&settings.relay_allow, relay_allow)?,
            trusted_proxies: all(&settings.trusted_proxy, trusted_proxy)?,
            frame_ancestors: all(&settings.frame_ancestor, frame_ancestor)?,
            tls,
            log: match settings.log.as_deref() {
                None | Some("text") => LogFormat::Text,
                Some("json") => LogFormat::Json,
                Some(text) => return Err(wrong("--log", "text or json", text)),
            },
            log_addresses: match settings.log_addresses {
                Some(true) => LogAddresses::On,
                Some(false) | None => LogAddresses::Off,
            },
            limits: Limits {
                max_participants: match settings.max_participants {
                    Some(count) => max_participants(count)?,
                    None => defaults.limits.max_participants,
                },
                ..defaults.limits
            },
            page: None,
        })
    }
}

fn socket_address(option: &str, text: &str, example: &str) -> Result<SocketAddr, Refused> {
    let rule = format!("an address and a port such as {example}");
    text.parse().map_err(|_| wrong(option, rule, text))
}

fn external_ips(texts: &[String]) -> Result<ExternalIps, Refused> {
    let twice = |family| {
        let sentence = format!(
            "--external-ip may be given once for IPv4 and once for IPv6, and {family} is there twice"
        );
        Refused::new(sentence)
    };
    let mut ips = ExternalIps::default();
    for text in texts {
        let rule = "an IP address such as 203.0.113.7";
        let ip: IpAddr = text
            .parse()
            .map_err(|_| wrong("--external-ip", rule, text))?;
        if ip.is_unspecified() || ip.is_multicast() {
            return Err(wrong("--external-ip", "the address of one machine", text));
        }
        match ip {
            IpAddr::V4(ip) => {
                if ips.v4.replace(ip).is_some() {
                    return Err(twice("IPv4"));
                }
            }
            IpAddr::V6(ip) => {
                if ips.v6.replace(ip).is_some() {
                    return Err(twice("IPv6"));
                }
            }
        }
    }
    Ok(ips)
}

fn relay_ports(text: &str) -> Result<RangeInclusive<u16>, Refused> {
    let range = text.split_once('-').and_then(|(low, high)| {
        let low: u16 = low.trim().parse().ok()?;
        let high: u16 = high.trim().parse().ok()?;
        (low >= 1 && low <= high).then_some(low..=high)
    });
    range.ok_or_else(|| {
        let rule = "two port numbers, the lower first, such as 49152-65535";
        wrong("--relay-ports", rule, text)
    })
}

fn turn_secret(text: String) -> Result<Secret, Refused> {
    if text.is_empty() {
        return Err(Refused::new(
            "--turn-secret is empty; leave it out for a random one",
        ));
    }
    Ok(Secret(text))
}

/// Reads `URL[,USER,PASS]`; the pass word may have commas in it.
fn ice_server(text: &str) -> Result<IceServer, Refused> {
    let mut parts = text.splitn(3, ',');
    let url = parts.next().unwrap_or_default();
    let (user, password) = (parts.next(), parts.next());
    let scheme = url
        .split_once(':')
        .map(|(scheme, rest)| (scheme, rest.is_empty()));
    match (scheme, user, password) {
        // A relay without them is given those that its secret makes.
        (Some(("stun" | "stuns" | "turn" | "turns", false)), None, None) => Ok(IceServer {
            urls: vec![url.to_owned()],
            username: None,
            credential: None,
            ttl_seconds: None,
        }),
        (Some(("turn" | "turns", false)), Some(user), Some(password)) => Ok(IceServer {
            urls: vec![url.to_owned()],
            username: Some(user.to_owned()),
            credential: Some(Credential(password.to_owned())),
            ttl_seconds: None,
        }),
        (Some(("turn" | "turns", false)), _, _) => Err(Refused::new(format!(
            "--ice-server {url} needs a password beside the user name: {url},USER,PASS"
        ))),
        // Not `text`: it may hold a password.
        _ => Err(wrong(
            "--ice-server",
            "stun:HOST[:PORT] or turn:HOST[:PORT],USER,PASS",
            url,
        )),
    }
}

fn relay_allow(text: &str) -> Result<IpNet, Refused> {
    range("--relay-allow", text)
}

fn trusted_proxy(text: &str) -> Result<IpNet, Refused> {
    range("--trusted-proxy", text)
}

/// Reads an origin: it stands in a header, so nothing is taken that could say more there. A host
/// may begin with `*.`, as Content-Security-Policy has it, but is never that alone.
fn frame_ancestor(text: &str) -> Result<String, Refused> {
    let is_origin = || {
        let host = ["https://", "http://"]
            .into_iter()
            .find_map(|scheme| text.strip_prefix(scheme))?;
        let (name, port) = match host.split_once(':') {
            Some((name, port)) => (name, Some(port)),
            None => (host, None),
        };
        let is_port = |port: &str| {
            port.bytes().all(|b| b.is_ascii_digit())
                && port.parse::<u16>().is_ok_and(|port| port > 0)
        };
        let is_name = match name.strip_prefix("*.") {
            Some(domain) => is_host_name(domain) && domain.contains('.'),
            None => is_host_name(name),
        };
        (is_name && port.is_none_or(is_port)).then_some(())
    };
    is_origin().map(|()| text.to_owned()).ok_or_else(|| {
        let rule = "scheme and host of a site, such as https://intranet.example.org";
        wrong("--frame-ancestor", rule, text)
    })
}

fn range(option: &str, text: &str) -> Result<IpNet, Refused> {
    let single = || text.parse::<IpAddr>().ok().map(IpNet::from);
    text.parse()
        .ok()
        .or_else(single)
        .ok_or_else(|| wrong(option, "addresses such as 192.168.0.0/16", text))
}

fn max_participants(count: u32) -> Result<u32, Refused> {
    if (2..=MOST_PARTICIPANTS).contains(&count) {
        return Ok(count);
    }
    let rule = format!("a number from 2 to {MOST_PARTICIPANTS}");
    Err(wrong("--max-participants", rule, &count.to_string()))
}

fn all<T>(texts: &[String], read: fn(&str) -> Result<T, Refused>) -> Result<Vec<T>, Refused> {
    texts.iter().map(|text| read(text)).collect()
}

pub(super) fn is_host_name(text: &str) -> bool {
    let is_label = |label: &str| {
        !label.is_empty()
            && label.len() <= 63
            && label
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b == b'-')
    };
    text.len() <= 253 && text.split('.').all(is_label)
}

pub(super) fn wrong(option: &str, rule: impl fmt::Display, text: &str) -> Refused {
    Refused::new(format!("{option} must be {rule}, not “{text}”"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_said_is_the_default() {
        let config = Config::try_from(Settings::default()).unwrap();
        assert_eq!(config.listen, Listen::Everywhere(8080));
        assert_eq!(config.turn, Turn::On);
        assert_eq!(config.log_addresses, LogAddresses::Off);
        assert_eq!(config.relay_ports, 49152..=65535);
        assert_eq!(config.limits.max_participants, 8);
    }

    #[test]
    fn each_wrong_option_is_refused_by_its_name() {
        let text = |text: &str| Some(text.to_owned());
        let texts = |text: &str| vec![text.to_owned()];
        let none = Settings::default;
        let cases = [
            (
                "--listen",
                Settings {
                    listen: text("banana"),
                    ..none()
                },
            ),
            (
                "--listen",
                Settings {
                    listen: text("8080"),
                    ..none()
                },
            ),
            (
                "--stun-listen",
                Settings {
                    stun_listen: text("localhost:3478"),
                    ..none()
                },
            ),
            (
                "--redirect-listen",
                Settings {
                    redirect_listen: text("80"),
                    tls_self_signed: Some(true),
                    ..none()
                },
            ),
            (
                "--redirect-listen",
                Settings {
                    redirect_listen: text("[::]:80"),
                    ..none()
                },
            ),
            (
                "--external-ip",
                Settings {
                    external_ip: texts("example.org"),
                    ..none()
                },
            ),
            (
                "--external-ip",
                Settings {
                    external_ip: texts("0.0.0.0"),
                    ..none()
                },
            ),
            (
                "--relay-ports",
                Settings {
                    relay_ports: text("9-1"),
                    ..none()
                },
            ),
            (
                "--relay-ports",
                Settings {
                    relay_ports: text("0-70000"),
                    ..none()
                },
            ),
            (
                "--turn-secret",
                Settings {
                    turn_secret: text(""),
                    ..none()
                },
            ),
            (
                "--ice-server",
                Settings {
                    ice_server: texts("http://a"),
                    ..none()
                },
            ),
            (
                "--ice-server",
                Settings {
                    ice_server: texts("turn:a"),
                    ..none()
                },
            ),
            (
                "--relay-allow",
                Settings {
                    relay_allow: texts("10.0.0.0/33"),
                    ..none()
                },
            ),
            (
                "--trusted-proxy",
                Settings {
                    trusted_proxy: texts("proxy.example.org"),
                    ..none()
                },
            ),
            (
                "--frame-ancestor",
                Settings {
                    frame_ancestor: texts("*"),
                    ..none()
                },
            ),
            (
                "--tls-cert",
                Settings {
                    tls_cert: Some("c".into()),
                    ..none()
                },
            ),
            (
                "--tls-key",
                Settings {
                    tls_key: Some("k".into()),
                    ..none()
                },
            ),
            (
                "--acme-domain",
                Settings {
                    acme_domain: text("192.0.2.1"),
                    ..none()
                },
            ),
            (
                "--max-participants",
                Settings {
                    max_participants: Some(1),
                    ..none()
                },
            ),
            (
                "--log",
                Settings {
                    log: text("xml"),
                    ..none()
                },
            ),
        ];
        for (option, settings) in cases {
            let refused = Config::try_from(settings).unwrap_err().to_string();
            assert!(refused.starts_with(option), "{option}: {refused}");
            assert!(!refused.contains('\n'), "{refused}");
        }
    }

    #[test]
    fn one_external_address_of_each_family_is_taken() {
        let ips = |texts: &[&str]| {
            external_ips(&texts.iter().map(ToString::to_string).collect::<Vec<_>>())
        };
        let both = ips(&["203.0.113.7", "2001:db8::7"]).unwrap();
        assert_eq!(both.iter().count(), 2);
        assert!(ips(&["203.0.113.7", "203.0.113.8"]).is_err());
    }

    #[test]
    fn an_ice_server_keeps_commas_in_its_password_and_out_of_refusals() {
        let server = ice_server("turn:turn.example.org,ada,a,b").unwrap();
        assert_eq!(server.credential, Some(Credential("a,b".into())));
        let refused = ice_server("tern:turn.example.org,ada,a,b").unwrap_err();
        assert!(!refused.to_string().contains("a,b"), "{refused}");
    }

    #[test]
    fn a_relay_without_a_password_needs_the_secret_that_it_shares() {
        let settings = |secret: Option<&str>| Settings {
            ice_server: vec!["turn:turn.example.org".to_owned()],
            turn_secret: secret.map(str::to_owned),
            ..Settings::default()
        };
        let refused = Config::try_from(settings(None)).unwrap_err().to_string();
        assert!(refused.contains("--turn-secret"), "{refused}");
        let config = Config::try_from(settings(Some("told to both"))).unwrap();
        assert_eq!(config.ice_servers[0].username, None);
    }

    #[test]
    fn only_an_origin_may_show_the_page_in_a_frame() {
        for origin in [
            "https://a.example",
            "https://a.example:8443",
            "http://localhost:3000",
            "https://*.example.org",
            "http://192.0.2.1",
        ] {
            assert_eq!(frame_ancestor(origin).as_deref(), Ok(origin));
        }
        for text in [
            "",
            "*",
            "https:",
            "https://",
            "https://*",
            "https://*.",
            "https://*.org",
            "https://a.*.example",
            "a.example",
            "'self'",
            "https://a.example/",
            "https://a.example/path",
            "https://a.example:",
            "https://a.example:0",
            "https://a.example:+1",
            "https://a.example:70000",
            "https://a.example; script-src *",
            "https://a.example,https://b.example",
            "https://a.example https://b.example",
            "ftp://a.example",
            "https://ä.example",
            "https://a.example\r\nx: y",
        ] {
            assert!(frame_ancestor(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_single_address_is_a_range_of_one() {
        assert_eq!(relay_allow("10.1.2.3").unwrap().to_string(), "10.1.2.3/32");
    }
}
