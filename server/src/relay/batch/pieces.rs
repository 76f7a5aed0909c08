//! Whether packets may be cut into pieces on their way, and what the kernel is told of it.

use std::io;
use std::os::fd::BorrowedFd;

use turn::server::Fragment;

use super::outbox::{Packet, Unsent};
use super::{Domain, options};

/// Longest payload, in bytes, that every path takes whole: what IPv6 asks of each link (1,280 bytes;
/// RFC 8200, section 5) less its header and that of UDP.
const SURELY_WHOLE: usize = 1_232;

/// What becomes of a packet that is too long for its path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::relay) enum Pieces {
    /// It is cut.
    Allowed,
    /// None is so long. To say so spares the kernel a number for each packet by which its pieces would
    /// find each other (RFC 6864, section 4.1): one in twenty of its instructions.
    Needless,
    /// It is dropped, by whoever cannot pass it on, whatever the kernel thinks of the path.
    Forbidden,
}

/// What the kernel was last told about the packets of one socket.
#[derive(Debug, Default)]
pub(super) struct Told {
    pieces: Option<Pieces>,
    /// A path was seen that does not take whole what every path should.
    is_narrow: bool,
}

impl Told {
    /// Tells the kernel what `packets`, which are sent next, ask for, where that is something else than
    /// before.
    ///
    /// # Errors
    /// When they must stay whole and the kernel cannot see to it.
    pub(super) fn prepare(
        &mut self,
        socket: BorrowedFd<'_>,
        domain: Domain,
        packets: &[Packet],
        fragment: Fragment,
    ) -> io::Result<()> {
        let is_short = |packet: &Packet| packet.range.len() <= SURELY_WHOLE;
        let pieces = match fragment {
            Fragment::Forbidden => Pieces::Forbidden,
            Fragment::Allowed if !self.is_narrow && packets.iter().all(is_short) => {
                Pieces::Needless
            }
            Fragment::Allowed => Pieces::Allowed,
        };
        if self.pieces == Some(pieces) {
            return Ok(());
        }
        let set = options::set_pieces(socket, domain, pieces);
        self.pieces = set.is_ok().then_some(pieces);
        match pieces {
            Pieces::Forbidden => set,
            // Where it is not possible, the system's default is good enough.
            Pieces::Allowed | Pieces::Needless => Ok(()),
        }
    }

    /// Learns from what could not be sent. What was lost is lost, as on the path itself.
    pub(super) fn learn(&mut self, unsent: Unsent) {
        self.is_narrow |= unsent.too_long && self.pieces == Some(Pieces::Needless);
    }
}

#[cfg(test)]
mod tests {
    use std::net::{SocketAddr, UdpSocket};
    use std::os::fd::AsFd as _;

    use rustix::net::sockopt::{Ipv4PathMtuDiscovery, ip_mtu_discover};

    use super::*;

    fn packet(length: usize) -> Packet {
        Packet {
            to: SocketAddr::from(([127, 0, 0, 1], 9)),
            from: None,
            buffer: 0,
            range: 0..length,
        }
    }

    #[test]
    fn only_what_may_be_too_long_for_a_path_may_be_cut() {
        let socket = UdpSocket::bind("127.0.0.1:0").expect("a port");
        let mut told = Told::default();
        let mut after = |lengths: &[usize], fragment| {
            let packets: Vec<_> = lengths.iter().copied().map(packet).collect();
            told.prepare(socket.as_fd(), Domain::V4, &packets, fragment)
                .expect("the option can be set");
            ip_mtu_discover(&socket).expect("the option can be read")
        };
        let allowed = Fragment::Allowed;
        assert_eq!(after(&[1_232, 20], allowed), Ipv4PathMtuDiscovery::DO);
        assert_eq!(after(&[20, 1_233], allowed), Ipv4PathMtuDiscovery::DONT);
        assert_eq!(after(&[1_200], allowed), Ipv4PathMtuDiscovery::DO);
        let forbidden = after(&[20], Fragment::Forbidden);
        assert_eq!(forbidden, Ipv4PathMtuDiscovery::PROBE);
        assert_eq!(after(&[20], allowed), Ipv4PathMtuDiscovery::DO);
    }

    #[test]
    fn once_a_path_was_too_narrow_everything_may_be_cut() {
        let socket = UdpSocket::bind("127.0.0.1:0").expect("a port");
        let mut told = Told::default();
        let mut after = |unsent| {
            told.learn(unsent);
            told.prepare(socket.as_fd(), Domain::V4, &[packet(9)], Fragment::Allowed)
                .expect("the option can be set");
            ip_mtu_discover(&socket).expect("the option can be read")
        };
        let lost = |too_long| Unsent {
            packets: 1,
            too_long,
        };
        assert_eq!(after(lost(true)), Ipv4PathMtuDiscovery::DO, "before any");
        assert_eq!(after(lost(false)), Ipv4PathMtuDiscovery::DO);
        assert_eq!(after(lost(true)), Ipv4PathMtuDiscovery::DONT);
        assert_eq!(after(lost(false)), Ipv4PathMtuDiscovery::DONT);
    }
}
