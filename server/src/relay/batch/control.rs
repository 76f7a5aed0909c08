//! Control messages, which say of a datagram what its bytes do not: from which of our addresses it
//! goes or to which it came, and into how many it is cut or from how many it was joined.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::Domain;
use super::address::mapped;

/// Room for two control messages: the address (40 bytes) and the length of a segment (24).
pub(super) const CONTROL: usize = 64;

/// Length of a `struct cmsghdr`.
const CONTROL_HEADER: usize = size_of::<libc::cmsghdr>();

/// Writes the control messages and returns their length together.
pub(super) fn write_control(
    control: &mut [u8; CONTROL],
    domain: Domain,
    from: Option<IpAddr>,
    segment: Option<u16>,
) -> usize {
    let mut used = 0;
    if let Some(from) = from {
        match (domain, from) {
            (Domain::V4, IpAddr::V4(ip)) => {
                // struct in_pktinfo: interface, the address to send from, and one to ignore.
                let mut info = [0; 12];
                info[4..8].copy_from_slice(&ip.octets());
                used = write_one(control, used, libc::IPPROTO_IP, libc::IP_PKTINFO, &info);
            }
            (_, ip) => {
                // struct in6_pktinfo: the address to send from, and the interface.
                let mut info = [0; 20];
                info[..16].copy_from_slice(&mapped(ip).octets());
                used = write_one(control, used, libc::IPPROTO_IPV6, libc::IPV6_PKTINFO, &info);
            }
        }
    }
    if let Some(segment) = segment {
        let value = segment.to_ne_bytes();
        used = write_one(control, used, libc::SOL_UDP, libc::UDP_SEGMENT, &value);
    }
    used
}

/// Writes one `struct cmsghdr` with its value at `at`, and returns where the next would begin.
fn write_one(control: &mut [u8; CONTROL], at: usize, level: i32, kind: i32, value: &[u8]) -> usize {
    let length = CONTROL_HEADER + value.len();
    let word = size_of::<usize>();
    control[at..at + word].copy_from_slice(&length.to_ne_bytes());
    control[at + word..at + word + 4].copy_from_slice(&level.to_ne_bytes());
    control[at + word + 4..at + word + 8].copy_from_slice(&kind.to_ne_bytes());
    control[at + CONTROL_HEADER..at + length].copy_from_slice(value);
    at + length.next_multiple_of(word)
}

/// What control messages said of a message that came.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Said {
    /// The address it was sent to.
    pub(super) local: Option<IpAddr>,
    /// Bytes of each datagram, where several were joined.
    pub(super) segment: Option<usize>,
}

/// Reads the control messages that came with a message.
pub(super) fn read_control(control: &[u8]) -> Said {
    let mut said = Said::default();
    let mut rest = control;
    while let Some((level, kind, value, next)) = read_one(rest) {
        match (level, kind) {
            (libc::IPPROTO_IP, libc::IP_PKTINFO) => {
                let ip = value.get(4..).and_then(<[u8]>::first_chunk::<4>);
                said.local = ip.map(|ip| IpAddr::V4(Ipv4Addr::from(*ip)));
            }
            (libc::IPPROTO_IPV6, libc::IPV6_PKTINFO) => {
                let ip = value.first_chunk::<16>();
                said.local = ip.map(|ip| Ipv6Addr::from(*ip).to_canonical());
            }
            (libc::SOL_UDP, libc::UDP_GRO) => {
                let length = value.first_chunk().map(|bytes| i32::from_ne_bytes(*bytes));
                said.segment = length.and_then(|length| usize::try_from(length).ok());
            }
            _ => {}
        }
        rest = next;
    }
    said
}

/// Takes one `struct cmsghdr` from the front: level, kind, value, and what follows it.
fn read_one(control: &[u8]) -> Option<(i32, i32, &[u8], &[u8])> {
    let word = size_of::<usize>();
    let length = usize::from_ne_bytes(control.get(..word)?.try_into().ok()?);
    let level = i32::from_ne_bytes(*control.get(word..)?.first_chunk()?);
    let kind = i32::from_ne_bytes(*control.get(word + 4..)?.first_chunk()?);
    let value = control.get(CONTROL_HEADER..length)?;
    let next = control.get(length.next_multiple_of(word)..);
    Some((level, kind, value, next.unwrap_or_default()))
}
