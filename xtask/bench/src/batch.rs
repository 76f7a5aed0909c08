//! Many datagrams with one system call (recvmmsg(2), sendmmsg(2)).

use std::io::{IoSlice, IoSliceMut};
use std::net::{SocketAddrV4, UdpSocket};
use std::os::fd::AsRawFd as _;

use nix::cmsg_space;
use nix::sys::socket::sockopt::UdpGroSegment;
use nix::sys::socket::{
    ControlMessage, ControlMessageOwned, MsgFlags, MultiHeaders, SockaddrIn, recvmmsg, sendmsg,
    setsockopt,
};
use rustix::io::Errno;
use rustix::net::sockopt::{Ipv4PathMtuDiscovery, set_ip_mtu_discover};
use rustix::net::{MMsgHdr, SendAncillaryBuffer, SendFlags, SocketAddrAny, sendmmsg};

/// Most datagrams of one system call.
pub(crate) const BATCH: usize = 64;

/// Largest datagram that is handled, in bytes.
const DATAGRAM: usize = 2048;

/// Largest run of datagrams that the kernel joins, in bytes.
const JOINED: usize = 65_536;

/// Most bytes of one message, however it is cut.
const MESSAGE: usize = 65_000;

/// Has the kernel hand over as one what was sent as one (UDP_GRO in udp(7)), as from a card that can
/// cut: for [`Received::joined`].
///
/// # Errors
/// Before Linux 5.0.
pub(crate) fn join_datagrams(socket: &UdpSocket) -> nix::Result<()> {
    setsockopt(socket, UdpGroSegment, &true)
}

/// Promises that no datagram needs to be cut on its way, which spares the kernel a number for each: the
/// load should be as little of the work as it can.
///
/// # Errors
/// When the kernel has no such option.
pub(crate) fn never_cut(socket: &UdpSocket) -> Result<(), Errno> {
    set_ip_mtu_discover(socket, Ipv4PathMtuDiscovery::DO)
}

/// What was received together.
pub(crate) struct Received {
    headers: Headers,
    /// Room for one message, in bytes.
    room: usize,
    bytes: Vec<u8>,
    messages: Vec<Message>,
}

/// What the kernel writes names and control messages to.
enum Headers {
    Plain(MultiHeaders<SockaddrIn>),
    /// Made anew for each call: the kernel shortens the room for control messages to what it used.
    Joined,
}

/// One datagram, or several that the kernel joined, the last of which may be shorter.
struct Message {
    length: usize,
    /// Bytes of each datagram.
    segment: usize,
    from: SocketAddrV4,
}

impl Received {
    pub(crate) fn new() -> Self {
        let headers = Headers::Plain(MultiHeaders::preallocate(BATCH, None));
        Self::with_room(headers, DATAGRAM)
    }

    /// For sockets whose datagrams are joined.
    pub(crate) fn joined() -> Self {
        Self::with_room(Headers::Joined, JOINED)
    }

    fn with_room(headers: Headers, room: usize) -> Self {
        Self {
            headers,
            room,
            bytes: vec![0; BATCH * room],
            messages: Vec::with_capacity(BATCH),
        }
    }

    /// Takes up to [`BATCH`] of what waits in `socket`. Returns how many: none when nothing waits,
    /// or when an earlier datagram was refused at the other end, which is no more than lost.
    pub(crate) fn fill(&mut self, socket: &UdpSocket) -> usize {
        self.messages.clear();
        let mut chunks = self.bytes.chunks_exact_mut(self.room);
        let mut slices: [[IoSliceMut<'_>; 1]; BATCH] = std::array::from_fn(|_| {
            [IoSliceMut::new(
                chunks.next().expect("a chunk for each of the batch"),
            )]
        });
        let mut fresh;
        let headers = match &mut self.headers {
            Headers::Plain(headers) => headers,
            Headers::Joined => {
                fresh = MultiHeaders::preallocate(BATCH, Some(cmsg_space!(i32)));
                &mut fresh
            }
        };
        let received = recvmmsg(
            socket.as_raw_fd(),
            headers,
            slices.iter_mut(),
            MsgFlags::MSG_DONTWAIT,
            None,
        );
        if let Ok(received) = received {
            let nobody = SocketAddrV4::new(std::net::Ipv4Addr::UNSPECIFIED, 0);
            self.messages.extend(received.map(|message| {
                let joined = message.cmsgs().ok().and_then(|mut said| {
                    said.find_map(|said| {
                        let ControlMessageOwned::UdpGroSegments(segment) = said else {
                            return None;
                        };
                        usize::try_from(segment).ok()
                    })
                });
                Message {
                    length: message.bytes,
                    segment: joined.unwrap_or(message.bytes),
                    from: message.address.map_or(nobody, SocketAddrV4::from),
                }
            }));
        }
        self.messages.len()
    }

    /// Each datagram with its sender.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&[u8], SocketAddrV4)> {
        let chunks = self.bytes.chunks_exact(self.room);
        chunks.zip(&self.messages).flat_map(|(chunk, message)| {
            let datagrams = chunk[..message.length].chunks(message.segment.max(1));
            datagrams.map(|datagram| (datagram, message.from))
        })
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

    /// Sends all, which are of one length, in messages that the kernel cuts (UDP_SEGMENT in udp(7)),
    /// over a connected socket. Whoever has datagrams joined receives them so.
    pub(crate) fn flush_joined(&mut self, socket: &UdpSocket) {
        let Some(&(length, _)) = self.datagrams.first() else {
            return;
        };
        let segment = u16::try_from(length).unwrap_or(u16::MAX);
        let chunks: Vec<&[u8]> = self.bytes.chunks_exact(DATAGRAM).collect();
        let most = (MESSAGE / length.max(1)).max(1);
        for run in chunks[..self.datagrams.len()].chunks(most) {
            let slices: Vec<IoSlice<'_>> = run
                .iter()
                .map(|chunk| IoSlice::new(&chunk[..length]))
                .collect();
            let cut = [ControlMessage::UdpGsoSegments(&segment)];
            // What the kernel does not take is dropped, as by a full network.
            let _ = sendmsg::<SockaddrIn>(
                socket.as_raw_fd(),
                &slices,
                &cut,
                MsgFlags::MSG_DONTWAIT,
                None,
            );
        }
        self.datagrams.clear();
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
    fn what_the_kernel_joined_is_received_one_by_one() {
        let (one, from) = socket();
        let (other, to) = socket();
        join_datagrams(&other).unwrap();
        let mut received = Received::joined();
        one.connect(to).unwrap();
        let mut sending = Sending::new();
        // Twice, since the room for the length of the pieces must be there again.
        for _ in 0..2 {
            for byte in 1..=60_u8 {
                sending.add(1_200, None).fill(byte);
            }
            sending.flush_joined(&one);
            assert!(sending.is_empty());
            // As many as one message holds, and the rest.
            assert_eq!(received.fill(&other), 2);
            let bytes: Vec<_> = (1..=60_u8).map(|byte| [byte; 1_200]).collect();
            let expected = bytes.iter().map(|bytes| (bytes.as_slice(), from));
            assert!(received.iter().eq(expected));
        }
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
