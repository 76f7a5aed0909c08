//! What sockets are asked for before they are used.

use std::io;
use std::os::fd::{AsRawFd as _, BorrowedFd};

use super::{Domain, Pieces};

/// Makes `socket` tell the local address of every datagram.
pub(in crate::relay) fn tell_local_address(
    socket: BorrowedFd<'_>,
    domain: Domain,
) -> io::Result<()> {
    match domain {
        Domain::V4 => set_option(socket, libc::IPPROTO_IP, libc::IP_PKTINFO, 1),
        Domain::V6 => set_option(socket, libc::IPPROTO_IPV6, libc::IPV6_RECVPKTINFO, 1),
    }
}

/// Has the kernel join what comes from one sender and is of one length, where it can (Linux 5.0).
pub(in crate::relay) fn join_datagrams(socket: BorrowedFd<'_>) -> io::Result<()> {
    set_option(socket, libc::SOL_UDP, libc::UDP_GRO, 1)
}

/// Has the kernel treat packets from `socket` so.
pub(in crate::relay) fn set_pieces(
    socket: BorrowedFd<'_>,
    domain: Domain,
    pieces: Pieces,
) -> io::Result<()> {
    let ipv4 = match pieces {
        Pieces::Allowed => libc::IP_PMTUDISC_DONT,
        Pieces::Needless => libc::IP_PMTUDISC_DO,
        Pieces::Forbidden => libc::IP_PMTUDISC_PROBE,
    };
    let set_ipv4 = || set_option(socket, libc::IPPROTO_IP, libc::IP_MTU_DISCOVER, ipv4);
    match domain {
        Domain::V4 => set_ipv4(),
        Domain::V6 => {
            // For mapped addresses; a socket of IPv6 alone may do without.
            let _ = set_ipv4();
            // Over IPv6 nothing is spared by promising to be short.
            let ipv6 = match pieces {
                Pieces::Allowed | Pieces::Needless => libc::IPV6_PMTUDISC_DONT,
                Pieces::Forbidden => libc::IPV6_PMTUDISC_PROBE,
            };
            set_option(socket, libc::IPPROTO_IPV6, libc::IPV6_MTU_DISCOVER, ipv6)
        }
    }
}

fn set_option(socket: BorrowedFd<'_>, level: i32, name: i32, value: i32) -> io::Result<()> {
    // SAFETY: the value is an int of this frame, and its size is told.
    let result = unsafe {
        libc::setsockopt(
            socket.as_raw_fd(),
            level,
            name,
            (&raw const value).cast(),
            size_of::<i32>() as u32,
        )
    };
    if result == 0 {
        Ok(())
    } else {
        Err(io::Error::last_os_error())
    }
}
