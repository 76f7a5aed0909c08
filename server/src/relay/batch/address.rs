//! Socket addresses as the kernel has them: `struct sockaddr_in` and `sockaddr_in6`.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use super::Domain;

/// Bytes of a socket address of either family.
pub(super) const NAME: usize = 28;

/// Room for one, in whole words.
pub(super) const NAME_ROOM: usize = 32;

const AF_INET: u16 = libc::AF_INET as u16;
const AF_INET6: u16 = libc::AF_INET6 as u16;

/// Writes `struct sockaddr_in` or `sockaddr_in6` and returns its length.
pub(super) fn write_name(name: &mut [u8; NAME_ROOM], domain: Domain, address: SocketAddr) -> usize {
    name[2..4].copy_from_slice(&address.port().to_be_bytes());
    match (domain, address.ip()) {
        (Domain::V4, IpAddr::V4(ip)) => {
            name[..2].copy_from_slice(&AF_INET.to_ne_bytes());
            name[4..8].copy_from_slice(&ip.octets());
            16
        }
        (_, ip) => {
            name[..2].copy_from_slice(&AF_INET6.to_ne_bytes());
            name[8..24].copy_from_slice(&mapped(ip).octets());
            NAME
        }
    }
}

/// Reads `struct sockaddr_in` or `sockaddr_in6`.
pub(super) fn read_name(name: &[u8; NAME_ROOM]) -> Option<SocketAddr> {
    let family = u16::from_ne_bytes([name[0], name[1]]);
    let port = u16::from_be_bytes([name[2], name[3]]);
    let ip = match family {
        AF_INET => IpAddr::V4(Ipv4Addr::from(*name[4..].first_chunk::<4>()?)),
        AF_INET6 => Ipv6Addr::from(*name[8..].first_chunk::<16>()?).to_canonical(),
        _ => return None,
    };
    Some(SocketAddr::new(ip, port))
}

/// An address as sockets of [`Domain::V6`] write it.
pub(super) fn mapped(ip: IpAddr) -> Ipv6Addr {
    match ip {
        IpAddr::V4(ip) => ip.to_ipv6_mapped(),
        IpAddr::V6(ip) => ip,
    }
}
