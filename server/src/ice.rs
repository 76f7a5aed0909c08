//! Which STUN and TURN servers a participant is given, and under which name: pure.
//!
//! Not here: making credentials (`credentials`), answering (`relay`).

use std::net::{IpAddr, Ipv6Addr};

use protocol::{Credential, IceServer};

use crate::config::{Config, ExternalIps};
use crate::tls::Trust;

/// What the server says about itself and others, the same for everybody.
#[derive(Debug, Clone)]
pub struct IceSettings {
    port: u16,
    /// Where STUN is answered besides: with a second place to ask, a browser tells whether its network
    /// gives it another address for each.
    further_port: Option<u16>,
    external: ExternalIps,
    /// Whether TURN is offered over TLS: browsers check its certificate and ask nobody.
    over_tls: bool,
    further: Vec<IceServer>,
}

/// A participant's access to the relay.
#[derive(Debug, Clone)]
pub struct Access {
    /// TURN user name.
    pub username: String,
    /// TURN password.
    pub credential: Credential,
    /// Seconds for which both are good.
    pub ttl_seconds: u32,
}

impl IceSettings {
    /// What `config` says, with STUN and TURN answered on `port`.
    pub fn new(config: &Config, port: u16) -> Self {
        Self {
            port,
            further_port: config
                .stun_listen
                .map(|address| address.port())
                .filter(|further| *further != port),
            external: config.external_ips,
            over_tls: config.tls.trust() == Some(Trust::Expected),
            further: config.ice_servers.clone(),
        }
    }

    /// The servers for somebody at `ip` who opened the page under `host`, with the relay if they have
    /// `access` to it; with `shared` they are known to relays of others that were told the same secret.
    pub fn servers(
        &self,
        host: &Host,
        ip: IpAddr,
        access: Option<Access>,
        shared: Option<Access>,
    ) -> Vec<IceServer> {
        let mut hosts: Vec<String> = self.external.iter().map(in_url).collect();
        let reached = match ip.to_canonical() {
            IpAddr::V4(_) => self.external.v4.is_some(),
            IpAddr::V6(_) => self.external.v6.is_some(),
        };
        // Whoever came over the other family may have no way to the addresses that were given.
        if !reached {
            hosts.push(host.0.clone());
        }
        let port = self.port;
        let urls = |scheme: &str, port: u16, transport: &str| {
            let url = |host: &String| format!("{scheme}:{host}:{port}{transport}");
            hosts.iter().map(url).collect::<Vec<_>>()
        };
        let mut stun = urls("stun", port, "");
        stun.extend(
            self.further_port
                .into_iter()
                .flat_map(|further| urls("stun", further, "")),
        );
        let mut servers = vec![IceServer {
            urls: stun,
            username: None,
            credential: None,
            ttl_seconds: None,
        }];
        if let Some(access) = access {
            let mut relay_urls = urls("turn", port, "?transport=udp");
            relay_urls.extend(urls("turn", port, "?transport=tcp"));
            if self.over_tls {
                // The page's name, as the certificate is for names rather than addresses.
                relay_urls.push(format!("turns:{}:{port}?transport=tcp", host.0));
            }
            servers.push(IceServer {
                urls: relay_urls,
                username: Some(access.username),
                credential: Some(access.credential),
                ttl_seconds: Some(access.ttl_seconds),
            });
        }
        servers.extend(self.further.iter().map(|server| {
            let shared = shared.as_ref().filter(|_| wants_credentials(server));
            match shared {
                Some(shared) => IceServer {
                    urls: server.urls.clone(),
                    username: Some(shared.username.clone()),
                    credential: Some(shared.credential.clone()),
                    ttl_seconds: Some(shared.ttl_seconds),
                },
                None => server.clone(),
            }
        }));
        servers
    }
}

/// A relay that is given without a name and a password for it.
pub(crate) fn wants_credentials(server: &IceServer) -> bool {
    let is_relay = |url: &String| url.starts_with("turn");
    server.username.is_none() && server.urls.iter().any(is_relay)
}

/// The host a page was opened under, as it is written in a URL.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Host(String);

impl Host {
    /// The host of an HTTP `Host` header (RFC 9110, section 7.2), without its port; `fallback`
    /// where there is none or it is none that could be put into a URL unchanged.
    pub fn of_header(header: Option<&str>, fallback: IpAddr) -> Self {
        let host = header.and_then(split_port).map(|(host, _)| host);
        Self(host.map_or_else(|| in_url(fallback), str::to_owned))
    }

    /// Whether it means the machine itself.
    pub fn is_loopback(&self) -> bool {
        is_loopback(&self.0)
    }
}

/// Splits `HOST[:PORT]`; the host keeps the brackets of an IPv6 address. `None` when either part
/// is not what it must be.
pub fn split_port(authority: &str) -> Option<(&str, Option<u16>)> {
    let (host, port) = if authority.starts_with('[') {
        let end = authority.find(']')? + 1;
        let (host, rest) = authority.split_at(end);
        host[1..end - 1].parse::<Ipv6Addr>().ok()?;
        (host, rest)
    } else {
        let end = authority.find(':').unwrap_or(authority.len());
        let (host, rest) = authority.split_at(end);
        let is_plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.' | b'_');
        if host.is_empty() || host.len() > 253 || !host.bytes().all(is_plain) {
            return None;
        }
        (host, rest)
    };
    match port.strip_prefix(':') {
        Some(port) => Some((host, Some(port.parse().ok()?))),
        None => port.is_empty().then_some((host, None)),
    }
}

/// Whether a host, as it is written in a URL, means the machine itself (RFC 6761, section 6.3).
pub fn is_loopback(host: &str) -> bool {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    match bare.parse::<IpAddr>() {
        Ok(ip) => ip.to_canonical().is_loopback(),
        Err(_) => {
            let name = host.to_ascii_lowercase();
            name == "localhost" || name.ends_with(".localhost")
        }
    }
}

fn in_url(ip: IpAddr) -> String {
    match ip.to_canonical() {
        IpAddr::V4(ip) => ip.to_string(),
        IpAddr::V6(ip) => format!("[{ip}]"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Tls;

    const HERE: IpAddr = IpAddr::V6(Ipv6Addr::LOCALHOST);

    fn access() -> Access {
        Access {
            username: "1:ada".into(),
            credential: Credential("secret".into()),
            ttl_seconds: 600,
        }
    }

    #[test]
    fn stun_is_named_as_the_page_was() {
        for (header, url) in [
            ("call.example.org", "stun:call.example.org:8080"),
            ("call.example.org:443", "stun:call.example.org:8080"),
            ("localhost:9000", "stun:localhost:8080"),
            ("192.0.2.1:80", "stun:192.0.2.1:8080"),
            ("[2001:db8::1]:80", "stun:[2001:db8::1]:8080"),
        ] {
            assert_eq!(stun(&Config::default(), Some(header)), [url]);
        }
    }

    #[test]
    fn a_host_that_would_break_a_url_is_not_repeated() {
        for header in [
            "a b",
            "",
            "a?transport=tcp",
            "[::1",
            "[zz]",
            "host:port",
            "a/b",
            "ü",
        ] {
            let urls = stun(&Config::default(), Some(header));
            assert_eq!(urls, ["stun:[::1]:8080"], "{header}");
        }
        assert_eq!(stun(&Config::default(), None), ["stun:[::1]:8080"]);
    }

    #[test]
    fn external_addresses_are_advertised_instead() {
        let config = Config {
            external_ips: ExternalIps {
                v4: Some([203, 0, 113, 7].into()),
                v6: Some("2001:db8::7".parse().unwrap()),
            },
            ..Config::default()
        };
        let urls = stun(&config, Some("call.example.org"));
        assert_eq!(urls, ["stun:203.0.113.7:8080", "stun:[2001:db8::7]:8080"]);
    }

    #[test]
    fn whoever_came_over_the_other_family_is_told_the_pages_name_too() {
        let external = |v4: Option<[u8; 4]>, v6: Option<&str>| Config {
            external_ips: ExternalIps {
                v4: v4.map(Into::into),
                v6: v6.map(|ip| ip.parse().unwrap()),
            },
            ..Config::default()
        };
        let urls = |config: &Config, from: &str| {
            let host = Host::of_header(Some("call.example.org"), HERE);
            let settings = IceSettings::new(config, 8080);
            let mut servers = settings.servers(&host, from.parse().unwrap(), None, None);
            servers.remove(0).urls
        };
        let four = external(Some([203, 0, 113, 7]), None);
        assert_eq!(urls(&four, "198.51.100.1"), ["stun:203.0.113.7:8080"]);
        assert_eq!(urls(&four, "::ffff:198.51.100.1").len(), 1);
        assert_eq!(
            urls(&four, "2001:db8::1"),
            ["stun:203.0.113.7:8080", "stun:call.example.org:8080"]
        );
        let six = external(None, Some("2001:db8::7"));
        assert_eq!(urls(&six, "2001:db8::1"), ["stun:[2001:db8::7]:8080"]);
        assert_eq!(urls(&six, "198.51.100.1").len(), 2);
    }

    #[test]
    fn a_second_place_to_ask_is_told_where_there_is_one() {
        let listening = |address: &str| Config {
            stun_listen: Some(address.parse().unwrap()),
            ..Config::default()
        };
        let urls = stun(&listening("[::]:3478"), Some("a.example"));
        assert_eq!(urls, ["stun:a.example:8080", "stun:a.example:3478"]);
        let same = stun(&listening("192.0.2.1:8080"), Some("a.example"));
        assert_eq!(same, ["stun:a.example:8080"]);
    }

    #[test]
    fn the_relay_comes_over_udp_and_tcp_with_its_credential() {
        let host = Host::of_header(Some("a.example"), HERE);
        let servers =
            IceSettings::new(&Config::default(), 1).servers(&host, HERE, Some(access()), None);
        assert_eq!(
            servers[1].urls,
            [
                "turn:a.example:1?transport=udp",
                "turn:a.example:1?transport=tcp"
            ]
        );
        assert_eq!(servers[1].ttl_seconds, Some(600));
    }

    #[test]
    fn the_relay_comes_over_tls_where_the_certificate_is_believed() {
        let turns = |tls: Tls| {
            let config = Config {
                external_ips: ExternalIps {
                    v4: Some([203, 0, 113, 7].into()),
                    v6: None,
                },
                tls,
                ..Config::default()
            };
            let host = Host::of_header(Some("a.example"), HERE);
            let servers = IceSettings::new(&config, 443).servers(&host, HERE, Some(access()), None);
            let urls = servers[1].urls.iter();
            urls.filter(|url| url.starts_with("turns:"))
                .cloned()
                .collect::<Vec<_>>()
        };
        let files = Tls::Files {
            cert: "cert.pem".into(),
            key: "key.pem".into(),
        };
        assert_eq!(turns(files), ["turns:a.example:443?transport=tcp"]);
        assert!(turns(Tls::SelfSigned { keep: None }).is_empty());
        assert!(turns(Tls::Off).is_empty());
    }

    #[test]
    fn a_relay_of_others_that_shares_the_secret_gets_names_that_end_in_time() {
        let further = |url: &str, username: Option<&str>| IceServer {
            urls: vec![url.to_owned()],
            username: username.map(str::to_owned),
            credential: username.map(|_| Credential("theirs".into())),
            ttl_seconds: None,
        };
        let config = Config {
            ice_servers: vec![
                further("stun:a.example", None),
                further("turn:b.example", Some("bob")),
                further("turns:c.example", None),
            ],
            ..Config::default()
        };
        let host = Host::of_header(Some("a.example"), HERE);
        let servers = IceSettings::new(&config, 1).servers(&host, HERE, None, Some(access()));
        assert_eq!(servers[1..3], config.ice_servers[..2]);
        assert_eq!(servers[3].urls, ["turns:c.example"]);
        assert_eq!(servers[3].username.as_deref(), Some("1:ada"));
        assert_eq!(servers[3].credential, Some(Credential("secret".into())));
        assert_eq!(servers[3].ttl_seconds, Some(600));
    }

    #[test]
    fn loopback_is_known_by_all_its_names() {
        for host in [
            "localhost",
            "LOCALHOST",
            "a.localhost",
            "127.0.0.1",
            "[::1]",
        ] {
            assert!(is_loopback(host), "{host}");
        }
        for host in ["example.org", "notlocalhost", "192.0.2.1", "[2001:db8::1]"] {
            assert!(!is_loopback(host), "{host}");
        }
    }

    fn stun(config: &Config, header: Option<&str>) -> Vec<String> {
        let host = Host::of_header(header, HERE);
        let mut servers = IceSettings::new(config, 8080).servers(&host, HERE, None, None);
        servers.remove(0).urls
    }
}
