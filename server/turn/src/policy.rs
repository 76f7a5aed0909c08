//! Which peers may be relayed to. A relay that reaches into its own host or network would be a
//! way in for anybody with a call link, so the addresses below are refused, except where the host
//! allowed them or the client is in the same range anyway.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use ipnet::IpNet;

/// Ranges of special use (the IANA special-purpose registries) that a relay must not reach into.
/// Two addresses within one line are neighbours: whoever sends from one may be relayed to another.
const SPECIAL: [&str; 18] = [
    "0.0.0.0/8",
    "10.0.0.0/8",
    "100.64.0.0/10",
    "127.0.0.0/8",
    "169.254.0.0/16",
    "172.16.0.0/12",
    "192.0.0.0/24",
    "192.168.0.0/16",
    "198.18.0.0/15",
    "224.0.0.0/4",
    "240.0.0.0/4",
    "::/128",
    "::1/128",
    "100::/64",
    "fc00::/7",
    "fe80::/10",
    "fec0::/10",
    "ff00::/8",
];

/// Ranges nobody is ever in, so that no neighbour can be there either.
const NEVER: [&str; 5] = [
    "0.0.0.0/8",
    "224.0.0.0/4",
    "240.0.0.0/4",
    "::/128",
    "ff00::/8",
];

/// What may be done with a peer's address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// It may be relayed to, at any port.
    Allowed,
    /// It is this server's own address: only the ports of its living allocations may be reached.
    OwnRelaysOnly,
    /// It may not be relayed to.
    Refused,
}

/// The rules of one server.
#[derive(Debug, Clone)]
pub struct Policy {
    special: Vec<IpNet>,
    never: Vec<IpNet>,
    allowed: Vec<IpNet>,
    own: Vec<IpAddr>,
    listening: Vec<u16>,
    proxies: Vec<IpNet>,
}

/// Whether `address` is one of a proxy in `ranges`, which may pass on more than HTTP: it says nothing of
/// where those are whom the proxy brings. On its own machine a proxy may come from any address of the
/// loopback.
#[must_use]
pub fn is_of_proxy(ranges: &[IpNet], address: IpAddr) -> bool {
    let here: [IpAddr; 2] = [Ipv4Addr::LOCALHOST.into(), Ipv6Addr::LOCALHOST.into()];
    let is_here = |range: &IpNet| {
        range.network().is_loopback() || here.iter().any(|address| range.contains(address))
    };
    ranges
        .iter()
        .any(|range| range.contains(&address) || address.is_loopback() && is_here(range))
}

impl Policy {
    /// `allowed` are ranges the host opened, `own` every address of this machine and those it is
    /// known by outside, `listening` the ports this server itself answers on.
    #[must_use]
    pub fn new(allowed: Vec<IpNet>, own: Vec<IpAddr>, listening: Vec<u16>) -> Self {
        let parse = |text: &&str| text.parse().expect("the table above holds valid ranges");
        Self {
            special: SPECIAL.iter().map(parse).collect(),
            never: NEVER.iter().map(parse).collect(),
            allowed,
            own: own.into_iter().map(|ip| ip.to_canonical()).collect(),
            listening,
            proxies: Vec::new(),
        }
    }

    /// The same rules, behind proxies in `ranges`: whoever they bring is a stranger (see [`is_of_proxy`]).
    #[must_use]
    pub fn with_proxies(self, ranges: Vec<IpNet>) -> Self {
        Self {
            proxies: ranges,
            ..self
        }
    }

    /// Whether a client at `address` is a program of this machine: nobody far away can pretend to
    /// be, but for whoever a proxy on it brings.
    #[must_use]
    pub fn is_here(&self, address: IpAddr) -> bool {
        address.is_loopback() && !is_of_proxy(&self.proxies, address)
    }

    /// Whether a client at `client`, who reached this server at `local`, may exchange packets
    /// with `peer`.
    #[must_use]
    pub fn judge(&self, client: IpAddr, local: IpAddr, peer: IpAddr) -> Verdict {
        let is_own = |ip: IpAddr| ip == local || self.own.contains(&ip);
        // Where a proxy brings them, its address says nothing of where they are.
        let is_known = !is_of_proxy(&self.proxies, client);
        let opened = |ip: IpAddr| self.allowed.iter().any(|range| range.contains(&ip));
        if is_own(peer) && !opened(peer) {
            // Whoever sits on this machine reaches all of it without our help.
            return if is_known && is_own(client) && !self.is_never(peer) {
                Verdict::Allowed
            } else {
                Verdict::OwnRelaysOnly
            };
        }
        // An IPv6 address that stands for an IPv4 one is judged as what it leads to.
        for address in std::iter::once(peer).chain(embedded(peer).map(IpAddr::V4)) {
            if is_own(address) && address != peer {
                return Verdict::Refused;
            }
            let Some(range) = self.special.iter().find(|range| range.contains(&address)) else {
                continue;
            };
            let neighbours = is_known && range.contains(&client) && !self.is_never(address);
            if !opened(address) && !neighbours {
                return Verdict::Refused;
            }
        }
        Verdict::Allowed
    }

    /// Whether `peer` is one of the ports this server itself answers on: never relayed to, as that
    /// would turn packets round in a circle.
    #[must_use]
    pub fn is_listener(&self, local: IpAddr, peer: SocketAddr) -> bool {
        self.listening.contains(&peer.port())
            && (peer.ip() == local || peer.ip().is_loopback() || self.own.contains(&peer.ip()))
    }

    fn is_never(&self, address: IpAddr) -> bool {
        self.never.iter().any(|range| range.contains(&address))
    }
}

/// The IPv4 address inside an IPv6 one of a transition mechanism: mapped and compatible
/// (RFC 4291), NAT64 (RFC 6052), 6to4 (RFC 3056) and Teredo (RFC 4380).
fn embedded(address: IpAddr) -> Option<Ipv4Addr> {
    let IpAddr::V6(address) = address else {
        return None;
    };
    if address == Ipv6Addr::UNSPECIFIED || address == Ipv6Addr::LOCALHOST {
        return None;
    }
    let [a, b, c, d, e, f, g, h] = address.segments();
    let ipv4 = |high: u16, low: u16| Ipv4Addr::from((u32::from(high) << 16) | u32::from(low));
    match (a, b) {
        (0, 0) if (c, d, e) == (0, 0, 0) && (f == 0 || f == 0xFFFF) => Some(ipv4(g, h)),
        (0x64, 0xFF9B) => Some(ipv4(g, h)),
        (0x2002, _) => Some(ipv4(b, c)),
        (0x2001, 0) => Some(ipv4(!g, !h)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn policy(allowed: &[&str]) -> Policy {
        Policy::new(
            allowed.iter().map(|range| range.parse().unwrap()).collect(),
            vec![
                "203.0.113.1".parse().unwrap(),
                "192.168.1.1".parse().unwrap(),
            ],
            vec![8080],
        )
    }

    fn judge(client: &str, peer: &str) -> Verdict {
        judge_with(&policy(&[]), client, peer)
    }

    fn judge_with(policy: &Policy, client: &str, peer: &str) -> Verdict {
        let local = "203.0.113.1".parse().unwrap();
        policy.judge(client.parse().unwrap(), local, peer.parse().unwrap())
    }

    #[test]
    fn the_open_internet_is_allowed() {
        assert_eq!(judge("198.51.100.7", "198.51.100.9"), Verdict::Allowed);
        assert_eq!(judge("198.51.100.7", "2001:db8::9"), Verdict::Allowed);
        assert_eq!(judge("10.0.0.7", "198.51.100.9"), Verdict::Allowed);
    }

    #[test]
    fn special_ranges_are_refused_to_strangers() {
        for peer in [
            "127.0.0.1",
            "10.1.2.3",
            "172.31.0.1",
            "192.168.7.7",
            "169.254.169.254",
            "100.64.0.1",
            "0.0.0.0",
            "224.0.0.1",
            "255.255.255.255",
            "::1",
            "::",
            "fe80::1",
            "fd00::1",
            "ff02::1",
        ] {
            assert_eq!(judge("198.51.100.7", peer), Verdict::Refused, "{peer}");
        }
    }

    #[test]
    fn addresses_in_disguise_are_refused_too() {
        for peer in [
            "::ffff:127.0.0.1",
            "::ffff:203.0.113.1",
            "::10.0.0.1",
            "64:ff9b::192.168.0.1",
            "2002:a00:1::1",
            "2001:0:1:2:3:4:80ff:fffe",
        ] {
            assert_eq!(judge("198.51.100.7", peer), Verdict::Refused, "{peer}");
        }
        assert_eq!(
            judge("198.51.100.7", "64:ff9b::198.51.100.9"),
            Verdict::Allowed
        );
    }

    #[test]
    fn neighbours_in_one_network_may_be_relayed_to_each_other() {
        assert_eq!(judge("192.168.7.1", "192.168.7.2"), Verdict::Allowed);
        assert_eq!(judge("fd00::1", "fd00::2"), Verdict::Allowed);
        assert_eq!(judge("192.168.7.1", "10.0.0.1"), Verdict::Refused);
        assert_eq!(judge("224.0.0.1", "224.0.0.1"), Verdict::Refused);
    }

    #[test]
    fn whoever_a_proxy_on_this_machine_brings_is_a_stranger() {
        let own = vec![
            "127.0.0.1".parse().unwrap(),
            "::1".parse().unwrap(),
            "192.168.1.1".parse().unwrap(),
        ];
        let judge = |proxies: &[&str], client: &str, peer: &str| {
            let ranges = proxies.iter().map(|range| range.parse().unwrap()).collect();
            let policy = Policy::new(vec![], own.clone(), vec![8080]).with_proxies(ranges);
            let client: IpAddr = client.parse().unwrap();
            policy.judge(client, client, peer.parse().unwrap())
        };
        for (client, peer, brought) in [
            ("127.0.0.1", "127.0.0.1", Verdict::OwnRelaysOnly),
            ("127.0.0.1", "192.168.1.1", Verdict::OwnRelaysOnly),
            ("127.0.0.1", "127.0.0.53", Verdict::Refused),
            ("::1", "::1", Verdict::OwnRelaysOnly),
            ("::1", "192.168.1.1", Verdict::OwnRelaysOnly),
        ] {
            let at_home = judge(&[], client, peer);
            assert_eq!(at_home, Verdict::Allowed, "{client} to {peer}");
            for proxy in ["127.0.0.1/32", "::1/128", "127.0.0.0/8", "0.0.0.0/0"] {
                let verdict = judge(&[proxy], client, peer);
                assert_eq!(verdict, brought, "{client} to {peer} by {proxy}");
            }
        }
        let outside = judge(&["127.0.0.1/32"], "127.0.0.1", "198.51.100.9");
        assert_eq!(outside, Verdict::Allowed);
        // Others are judged by their addresses as ever.
        let neighbour = judge(&["127.0.0.1/32"], "192.168.1.9", "192.168.1.8");
        assert_eq!(neighbour, Verdict::Allowed);
    }

    #[test]
    fn whoever_a_proxy_elsewhere_brings_is_a_stranger() {
        let proxies = vec!["10.0.0.2/32".parse().unwrap()];
        let policy = policy(&[]).with_proxies(proxies);
        for (client, peer, verdict) in [
            ("10.0.0.2", "10.0.0.9", Verdict::Refused),
            ("10.0.0.2", "192.168.1.1", Verdict::OwnRelaysOnly),
            ("10.0.0.2", "198.51.100.9", Verdict::Allowed),
            ("10.0.0.3", "10.0.0.9", Verdict::Allowed),
        ] {
            let found = judge_with(&policy, client, peer);
            assert_eq!(found, verdict, "{client} to {peer}");
        }
    }

    #[test]
    fn the_host_can_open_a_range() {
        let policy = policy(&["10.1.0.0/16"]);
        assert_eq!(
            judge_with(&policy, "198.51.100.7", "10.1.2.3"),
            Verdict::Allowed
        );
        assert_eq!(
            judge_with(&policy, "198.51.100.7", "10.2.2.3"),
            Verdict::Refused
        );
    }

    #[test]
    fn the_host_can_open_the_machine_itself() {
        let policy = policy(&["192.168.1.1/32"]);
        let verdict = judge_with(&policy, "198.51.100.7", "192.168.1.1");
        assert_eq!(verdict, Verdict::Allowed);
    }

    #[test]
    fn of_the_server_itself_only_relays_are_reached() {
        assert_eq!(judge("198.51.100.7", "203.0.113.1"), Verdict::OwnRelaysOnly);
        assert_eq!(judge("192.168.1.9", "192.168.1.1"), Verdict::OwnRelaysOnly);
        assert_eq!(judge("203.0.113.1", "192.168.1.1"), Verdict::Allowed);
        let web = "203.0.113.1:8080".parse().unwrap();
        assert!(policy(&[]).is_listener("203.0.113.1".parse().unwrap(), web));
    }
}
