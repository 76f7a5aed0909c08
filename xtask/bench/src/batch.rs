//! Many datagrams with one system call (recvmmsg(2), sendmmsg(2)).

use std::io::{IoSlice, IoSliceMut};
use std::net::{SocketAddrV4, UdpSocket};
use std::os::fd::AsRawFd as _;

use nix::sys::socket::{MsgFlags, MultiHeaders, SockaddrIn, recvmmsg};
use rustix::io::Errno;
use rustix::net::{MMsgHdr, SendAncillaryBuffer, SendFlags, SocketAddrAny, sendmmsg};

/// Most datagrams of one system call.
pub(crate) const BATCH: usize = 64;

/// Largest datagram that is handled, in bytes.
const DATAGRAM: usize = 2048;

/// Datagrams received together.
pub(crate) struct Received {
    headers: MultiHeaders<SockaddrIn>,
    bytes: Vec<u8>,
    /// Length and sender of each.
    datagrams: Vec<(usize, SocketAddrV4)>,
}

impl Received {
    pub(crate) fn new() -> Self {
        Self {
            headers: MultiHeaders::preallocate(BATCH, None),
            bytes: vec![0; BATCH * DATAGRAM],
            datagrams: Vec::with_capacity(BATCH),
        }
    }

    /// Takes up to [`BATCH`] of what waits in `socket`. Returns how many: none when nothing waits,
    /// or when an earlier datagram was refused at the other end, which is no more than lost.
    pub(crate) fn fill(&mut self, socket: &UdpSocket) -> usize {
        self.datagrams.clear();
        let mut chunks = self.bytes.chunks_exact_mut(DATAGRAM);
        let mut slices: [[IoSliceMut<'_>; 1]; BATCH] = std::array::from_fn(|_| {
            [IoSliceMut::new(
                chunks.next().expect("a chunk for each of the batch"),
            )]
        });
        let received = recvmmsg(
            socket.as_raw_fd(),
            &mut self.headers,
            slices.iter_mut(),
            MsgFlags::MSG_DONTWAIT,
            None,
        );
        if let Ok(received) = received {
            let nobody = SocketAddrV4::new(std::net::Ipv4Addr::UNSPECIFIED, 0);
            let datagrams = received.map(|message| {
                (
                    message.bytes,
                    message.address.map_or(nobody, SocketAddrV4::from),
                )
            });
            self.datagrams.extend(datagrams);
        }
        self.datagrams.len()
    }

    /// Each datagram with its sender.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&[u8], SocketAddrV4)> {
        let chunks = self.bytes.chunks_exact(DATAGRAM);
        let datagrams = chunks.zip(&self.datagrams);
        datagrams.map(|(chunk, (len, from))| (&chunk[..*len], *from))
    }
}

/// Datagrams to be sent together.
pub(crate) struct Sending {
    bytes: Vec<u8>,
    /// Length and receiver of each; a connected socket needs none.
    datagrams: Vec<(usize, Option<SocketAddrV4>)>,
}

impl Sending {
    pub(crate) fn new() -> Self {
        Self {
            bytes: vec![0; BATCH * DATAGRAM],
            datagrams: Vec::with_capacity(BATCH),
        }
    }

    pub(crate) fn is_full(&self) -> bool {
        self.datagrams.len() == BATCH
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.datagrams.is_empty()
    }

    /// Adds a datagram of `len` bytes and returns where to write it, as long as
    /// [`Self::is_full`] is not.
    pub(crate) fn add(&mut self, len: usize, to: Option<SocketAddrV4>) -> &mut [u8] {
        let at = self.datagrams.len() * DATAGRAM;
        self.datagrams.push((len, to));
        &mut self.bytes[at..at + len]
    }

    /// Sends all. Returns how many the kernel took; the rest is dropped, as by a full network.
    pub(crate) fn flush(&mut self, socket: &UdpSocket) -> usize {
        let mut sent = 0;
        while sent < self.datagrams.len() {
            match self.send_from(sent, socket) {
                Ok(0) => break,
                Ok(more) => sent += more,
                // The error of an earlier datagram; it is told once.
                Err(Errno::CONNREFUSED | Errno::INTR) => {}
                Err(_) => break,
            }
        }
        self.datagrams.clear();
        sent
    }

    fn send_from(&self, first: usize, socket: &UdpSocket) -> Result<usize, Errno> {
        let rest = &self.datagrams[first..];
        let chunks = self.bytes.chunks_exact(DATAGRAM).skip(first);
        let slices: Vec<[IoSlice<'_>; 1]> = chunks
            .zip(rest)
            .map(|(chunk, (len, _))| [IoSlice::new(&chunk[..*len])])
            .collect();
        let addresses: Vec<Option<SocketAddrAny>> = rest
            .iter()
            .map(|(_, to)| to.map(SocketAddrAny::from))
            .collect();
        let mut controls: Vec<_> = rest
            .iter()
            .map(|_| SendAncillaryBuffer::default())
            .collect();
        let parts = slices.iter().zip(&addresses).zip(&mut controls);
        let mut messages: Vec<MMsgHdr<'_>> = parts
            .map(|((slice, address), control)| match address {
                Some(address) => MMsgHdr::new_with_addr(address, slice, control),
                None => MMsgHdr::new(slice, control),
            })
            .collect();
        sendmmsg(socket, &mut messages, SendFlags::DONTWAIT)
    }
}

#[cfg(test)]
mod tests {
    use std::net::{Ipv4Addr, SocketAddr};

    use super::*;

    fn socket() -> (UdpSocket, SocketAddrV4) {
        let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let SocketAddr::V4(address) = socket.local_addr().unwrap() else {
            unreachable!("an IPv4 socket has an IPv4 address");
        };
        (socket, address)
    }

    #[test]
    fn what_is_sent_together_is_received_together() {
        let (one, from) = socket();
        let (other, to) = socket();
        let mut sending = Sending::new();
        for byte in 1..=3_u8 {
            sending.add(usize::from(byte), Some(to)).fill(byte);
        }
        assert_eq!(sending.flush(&one), 3);
        assert!(sending.is_empty());
        let mut received = Received::new();
        assert_eq!(received.fill(&other), 3);
        for (at, (bytes, sender)) in received.iter().enumerate() {
            let expected = u8::try_from(at + 1).unwrap();
            assert_eq!(bytes, vec![expected; at + 1]);
            assert_eq!(sender, from);
        }
        assert_eq!(received.fill(&other), 0);
    }

    #[test]
    fn a_connected_socket_needs_no_addresses() {
        let (one, _) = socket();
        let (other, to) = socket();
        one.connect(to).unwrap();
        let mut sending = Sending::new();
        sending.add(4, None).copy_from_slice(b"four");
        assert_eq!(sending.flush(&one), 1);
        let mut received = Received::new();
        assert_eq!(received.fill(&other), 1);
        assert_eq!(received.iter().next().unwrap().0, b"four");
    }
}
