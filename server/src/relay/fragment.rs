//! Packets that must not be cut into pieces on their way (DONT-FRAGMENT, RFC 8656, section 14), for
//! the relays of streams. Those of UDP clients are sent by the data plane, many at once.

use std::io;

use tokio::net::UdpSocket;
use turn::server::ToPeer;
use turn::{DontFragment, Fragment};

/// What the system lets us do.
pub(super) const DONT_FRAGMENT: DontFragment = if cfg!(target_os = "linux") {
    DontFragment::Honoured
} else {
    DontFragment::Unknown
};

/// Lets packets of a new relay be cut into pieces, whatever the system's default says.
pub(super) fn allow(socket: &UdpSocket) {
    // Where it is not possible, the default is good enough.
    let _ = set(socket, Fragment::Allowed);
}

/// Sends `payload` to its peer; drops it rather than let it be cut where that is forbidden.
pub(super) fn send(socket: &UdpSocket, payload: &[u8], packet: &ToPeer) -> io::Result<usize> {
    match packet.fragment {
        Fragment::Allowed => socket.try_send_to(payload, packet.peer),
        Fragment::Forbidden => whole(socket, || socket.try_send_to(payload, packet.peer)),
    }
}

/// Forbids fragments for as long as `send` lasts.
fn whole<T>(socket: &UdpSocket, send: impl FnOnce() -> io::Result<T>) -> io::Result<T> {
    set(socket, Fragment::Forbidden)?;
    let sent = send();
    allow(socket);
    sent
}

#[cfg(target_os = "linux")]
fn set(socket: &UdpSocket, fragment: Fragment) -> io::Result<()> {
    use std::os::fd::AsFd as _;

    use super::batch::{Domain, Pieces, set_pieces};
    let domain = if socket.local_addr()?.is_ipv4() {
        Domain::V4
    } else {
        Domain::V6
    };
    let pieces = match fragment {
        Fragment::Allowed => Pieces::Allowed,
        Fragment::Forbidden => Pieces::Forbidden,
    };
    set_pieces(socket.as_fd(), domain, pieces)
}

#[cfg(not(target_os = "linux"))]
fn set(_: &UdpSocket, fragment: Fragment) -> io::Result<()> {
    match fragment {
        Fragment::Allowed => Ok(()),
        Fragment::Forbidden => Err(io::ErrorKind::Unsupported.into()),
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use rustix::net::sockopt::{
        Ipv4PathMtuDiscovery, Ipv6PathMtuDiscovery, ip_mtu_discover, ipv6_mtu_discover,
    };

    use super::*;

    #[tokio::test]
    async fn packets_are_kept_whole_while_that_is_asked_and_no_longer() {
        let socket = UdpSocket::bind("127.0.0.1:0").await.expect("a port");
        let now = || ip_mtu_discover(&socket).expect("the option can be read");
        allow(&socket);
        assert_eq!(now(), Ipv4PathMtuDiscovery::DONT);
        let meanwhile = whole(&socket, || Ok(now())).expect("it can be set");
        // The bit is set, and what the kernel thinks of the path does not stand in the way.
        assert_eq!(meanwhile, Ipv4PathMtuDiscovery::PROBE);
        assert_eq!(now(), Ipv4PathMtuDiscovery::DONT);
        let failed: io::Result<()> = whole(&socket, || Err(io::ErrorKind::WouldBlock.into()));
        assert!(failed.is_err());
        assert_eq!(now(), Ipv4PathMtuDiscovery::DONT);
    }

    #[tokio::test]
    async fn so_they_are_over_ipv6() {
        let Ok(socket) = UdpSocket::bind("[::1]:0").await else {
            return;
        };
        let now = || ipv6_mtu_discover(&socket).expect("the option can be read");
        let meanwhile = whole(&socket, || Ok(now())).expect("it can be set");
        assert_eq!(meanwhile, Ipv6PathMtuDiscovery::PROBE);
        assert_eq!(now(), Ipv6PathMtuDiscovery::DONT);
    }
}
