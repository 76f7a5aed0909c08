//! Who somebody is whom a reverse proxy brings: the address it says they come from.

use std::net::{IpAddr, SocketAddr};

use axum::http::HeaderMap;
use ipnet::IpNet;

/// What a proxy adds the address it was asked from to, at the end.
const FORWARDED_FOR: &str = "x-forwarded-for";

/// The proxies whose word is taken.
#[derive(Debug, Clone, Default)]
pub struct Proxies(Vec<IpNet>);

impl Proxies {
    /// Those within these ranges.
    pub fn new(ranges: Vec<IpNet>) -> Self {
        Self(ranges)
    }

    /// Where somebody comes from whose connection is from `peer`. Anybody can begin the list, so it
    /// is read from its end, for as long as those who wrote it are trusted.
    pub(super) fn client(&self, peer: IpAddr, headers: &HeaderMap) -> IpAddr {
        let values = headers.get_all(FORWARDED_FOR).iter();
        let said: Vec<&str> = values
            .flat_map(|value| value.to_str().unwrap_or_default().split(','))
            .collect();
        let mut client = peer.to_canonical();
        for text in said.into_iter().rev() {
            if !self.has(client) {
                break;
            }
            // Behind what cannot be read nothing can be believed.
            let Some(before) = address(text.trim()) else {
                break;
            };
            client = before;
        }
        client
    }

    fn has(&self, address: IpAddr) -> bool {
        self.0.iter().any(|range| range.contains(&address))
    }
}

/// An address, perhaps with the port some proxies add.
fn address(text: &str) -> Option<IpAddr> {
    let bracketed = || text.strip_prefix('[')?.strip_suffix(']')?.parse().ok();
    let with_port = || text.parse::<SocketAddr>().ok().map(|address| address.ip());
    let found: Option<IpAddr> = text.parse().ok().or_else(bracketed).or_else(with_port);
    found.map(|address| address.to_canonical())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn client(peer: &str, said: &[&str]) -> String {
        let proxies = Proxies::new(vec![
            "127.0.0.0/8".parse().unwrap(),
            "10.0.0.0/24".parse().unwrap(),
            "fd00::/64".parse().unwrap(),
        ]);
        let mut headers = HeaderMap::new();
        for value in said {
            headers.append(FORWARDED_FOR, value.parse().unwrap());
        }
        proxies.client(peer.parse().unwrap(), &headers).to_string()
    }

    #[test]
    fn a_trusted_proxy_says_where_somebody_comes_from() {
        assert_eq!(client("127.0.0.1", &["198.51.100.7"]), "198.51.100.7");
        assert_eq!(
            client("::ffff:127.0.0.1", &["198.51.100.7"]),
            "198.51.100.7"
        );
        assert_eq!(client("fd00::1", &["2001:db8::7"]), "2001:db8::7");
        assert_eq!(client("10.0.0.9", &["198.51.100.7:4711"]), "198.51.100.7");
        assert_eq!(client("10.0.0.9", &["[2001:db8::7]:4711"]), "2001:db8::7");
        assert_eq!(client("10.0.0.9", &["[2001:db8::7]"]), "2001:db8::7");
        assert_eq!(client("10.0.0.9", &[]), "10.0.0.9");
    }

    #[test]
    fn nobody_says_it_of_themselves() {
        assert_eq!(client("203.0.113.5", &["198.51.100.7"]), "203.0.113.5");
        // What they sent, and what the proxies added to it.
        let said = ["1.1.1.1, 2.2.2.2", "203.0.113.5, 10.0.0.3"];
        assert_eq!(client("127.0.0.1", &said), "203.0.113.5");
        assert_eq!(
            client("127.0.0.1", &["1.1.1.1, 10.0.0.300, 10.0.0.3"]),
            "10.0.0.3"
        );
        assert_eq!(client("127.0.0.1", &["unknown"]), "127.0.0.1");
    }

    proptest! {
        #[test]
        fn whatever_is_said_before_what_a_proxy_added_changes_nothing(lies in "[ -~]{0,60}") {
            let said = format!("{lies}, 203.0.113.5");
            prop_assert_eq!(client("127.0.0.1", &[&said]), "203.0.113.5");
        }
    }
}
