//! What sockets are asked for before they are used.

use std::io;
use std::os::fd::{AsRawFd as _, BorrowedFd};

use turn::server::Fragment;

use super::Domain;

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

/// Whether packets from `socket` may be cut into pieces on their way.
pub(in crate::relay) fn set_dont_fragment(
    socket: BorrowedFd<'_>,
    domain: Domain,
    fragment: Fragment,
) -> io::Result<()> {
    match (domain, fragment) {
        (Domain::V4, Fragment::Allowed) => set_option(
            socket,
            libc::IPPROTO_IP,
            libc::IP_MTU_DISCOVER,
            libc::IP_PMTUDISC_DONT,
        ),
        (Domain::V4, Fragment::Forbidden) => set_option(
            socket,
            libc::IPPROTO_IP,
            libc::IP_MTU_DISCOVER,
            libc::IP_PMTUDISC_PROBE,
        ),
        (Domain::V6, Fragment::Allowed) => set_option(
            socket,
            libc::IPPROTO_IPV6,
            libc::IPV6_MTU_DISCOVER,
            libc::IPV6_PMTUDISC_DONT,
        ),
        (Domain::V6, Fragment::Forbidden) => set_option(
            socket,
            libc::IPPROTO_IPV6,
            libc::IPV6_MTU_DISCOVER,
            libc::IPV6_PMTUDISC_PROBE,
        ),
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
