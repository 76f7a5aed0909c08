//! Where a connection comes from, for the limits that hold per address.

use std::collections::BTreeMap;
use std::net::IpAddr;

/// What counts as one address: an IPv4 address, or an IPv6 /64, since that is the least a single
/// household is given (RFC 6177).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Address(Kind);

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Kind {
    V4([u8; 4]),
    V6Prefix([u8; 8]),
}

/// Whether connections from the machine itself count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Loopback {
    /// As if from anywhere.
    Counted,
    /// Not at all: a reverse proxy on the same machine brings everybody from there.
    Uncounted,
}

impl Address {
    /// The address `ip` counts as; `None` when it does not count.
    pub fn of(ip: IpAddr, loopback: Loopback) -> Option<Self> {
        let ip = ip.to_canonical();
        if ip.is_loopback() && loopback == Loopback::Uncounted {
            return None;
        }
        Some(Self(match ip {
            IpAddr::V4(ip) => Kind::V4(ip.octets()),
            IpAddr::V6(ip) => {
                let [a, b, c, d, e, f, g, h, ..] = ip.octets();
                Kind::V6Prefix([a, b, c, d, e, f, g, h])
            }
        }))
    }
}

/// An address has as many as it may.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TooMany;

/// How many of something each address has.
#[derive(Debug, Default)]
pub struct Tally(BTreeMap<Address, usize>);

impl Tally {
    /// Counts one more.
    ///
    /// # Errors
    /// When the address has `most` already; it is not counted then.
    pub fn add(&mut self, address: Address, most: usize) -> Result<(), TooMany> {
        let count = self.0.get(&address).copied().unwrap_or_default();
        if count >= most {
            return Err(TooMany);
        }
        self.0.insert(address, count + 1);
        Ok(())
    }

    /// Counts one less.
    pub fn remove(&mut self, address: Address) {
        if let Some(count) = self.0.get_mut(&address) {
            *count -= 1;
            if *count == 0 {
                self.0.remove(&address);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_ipv6_network_of_64_bits_is_one_address() {
        assert_eq!(of("2001:db8:1:2::1"), of("2001:db8:1:2:ffff::9"));
        assert_ne!(of("2001:db8:1:2::1"), of("2001:db8:1:3::1"));
    }

    #[test]
    fn ipv4_inside_ipv6_is_ipv4() {
        assert_eq!(of("::ffff:192.0.2.7"), of("192.0.2.7"));
        assert_ne!(of("192.0.2.7"), of("192.0.2.8"));
    }

    #[test]
    fn the_machine_itself_is_not_counted() {
        for ip in ["127.0.0.1", "127.9.9.9", "::1", "::ffff:127.0.0.1"] {
            assert_eq!(of(ip), None, "{ip}");
        }
        assert!(Address::of(ip("::1"), Loopback::Counted).is_some());
    }

    #[test]
    fn a_tally_refuses_beyond_its_most_and_forgets_who_has_none() {
        let mut tally = Tally::default();
        let one = of("192.0.2.1").unwrap();
        assert_eq!(tally.add(one, 2), Ok(()));
        assert_eq!(tally.add(one, 2), Ok(()));
        assert_eq!(tally.add(one, 2), Err(TooMany));
        tally.remove(one);
        assert_eq!(tally.add(one, 2), Ok(()));
        tally.remove(one);
        tally.remove(one);
        assert!(tally.0.is_empty());
        tally.remove(one);
    }

    fn of(text: &str) -> Option<Address> {
        Address::of(ip(text), Loopback::Uncounted)
    }

    fn ip(text: &str) -> IpAddr {
        text.parse().unwrap()
    }
}
