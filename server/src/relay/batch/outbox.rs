//! Sending packets: `sendmmsg`, with runs of packets to one receiver in one message.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::ops::Range;
use std::os::fd::{AsRawFd as _, BorrowedFd};

use rustix::net::{SendFlags, sendto};
use turn::server::Fragment;

use super::address::{NAME_ROOM, mapped, write_name};
use super::control::{CONTROL, write_control};
use super::pieces::Told;
use super::{Aligned, BATCH, Domain, EMPTY, NOTHING};

/// The kernel takes no more segments in one message.
const MAX_SEGMENTS: usize = 64;

/// Bytes of one message, all segments together: the longest UDP payload over IPv4, less a little
/// so that the headers of IPv6 fit too.
const MAX_SEGMENTED: usize = 65_000;

/// A packet that is to be sent.
#[derive(Debug, Clone)]
pub(in crate::relay) struct Packet {
    /// Where to.
    pub(in crate::relay) to: SocketAddr,
    /// From which of our addresses, for sockets that have several.
    pub(in crate::relay) from: Option<IpAddr>,
    /// Which of the buffers it is in.
    pub(in crate::relay) buffer: usize,
    /// Where in it.
    pub(in crate::relay) range: Range<usize>,
}

impl Packet {
    /// Whether `next` may go into one message with this one and those like it.
    fn takes(&self, next: &Self) -> bool {
        self.to == next.to && self.from == next.from && next.range.len() <= self.range.len()
    }
}

/// Whether the kernel cuts one long message into packets. Found out by trying.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Segmentation {
    On,
    Off,
}

/// What is known of a socket that packets are sent from.
#[derive(Debug)]
pub(in crate::relay) struct Sender {
    domain: Domain,
    segmentation: Segmentation,
    told: Told,
}

impl Sender {
    pub(in crate::relay) fn new(domain: Domain) -> Self {
        Self {
            domain,
            segmentation: Segmentation::On,
            told: Told::default(),
        }
    }

    /// Sends all `packets`, which lie in `buffers`, in their order. Returns how many could not be sent.
    pub(in crate::relay) fn send(
        &mut self,
        socket: BorrowedFd<'_>,
        buffers: [&[u8]; 2],
        packets: &[Packet],
        fragment: Fragment,
    ) -> usize {
        let prepared = self.told.prepare(socket, self.domain, packets, fragment);
        if prepared.is_err() {
            return packets.len();
        }
        let unsent = send(
            socket,
            self.domain,
            &mut self.segmentation,
            buffers,
            packets,
        );
        self.told.learn(unsent);
        unsent.packets
    }
}

/// What could not be sent.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Unsent {
    /// How many packets.
    pub(super) packets: usize,
    /// One of them was too long for its path, and may not be cut.
    pub(super) too_long: bool,
}

impl Unsent {
    /// All of so many packets, for one reason.
    fn all(packets: usize, error: Option<i32>) -> Self {
        Self {
            packets,
            too_long: error == Some(libc::EMSGSIZE),
        }
    }
}

/// Sends all `packets`, which lie in `buffers`, in their order.
fn send(
    socket: BorrowedFd<'_>,
    domain: Domain,
    segmentation: &mut Segmentation,
    buffers: [&[u8]; 2],
    packets: &[Packet],
) -> Unsent {
    let mut unsent = Unsent::default();
    let mut rest = packets;
    while !rest.is_empty() {
        let (taken, lost) = send_some(socket, domain, segmentation, buffers, rest);
        unsent.packets += lost.packets;
        unsent.too_long |= lost.too_long;
        rest = &rest[taken..];
    }
    unsent
}

/// One call: sends the head of `packets`, and returns how many of them are dealt with and what
/// was lost of those.
fn send_some(
    socket: BorrowedFd<'_>,
    domain: Domain,
    segmentation: &mut Segmentation,
    buffers: [&[u8]; 2],
    packets: &[Packet],
) -> (usize, Unsent) {
    if let [packet] = packets
        && packet.from.is_none()
    {
        let unsent = match send_one(socket, domain, buffers, packet) {
            Ok(()) => Unsent::default(),
            Err(error) => Unsent::all(1, Some(error.raw_os_error())),
        };
        return (1, unsent);
    }
    match packets.len() {
        0..=2 => send_up_to::<2>(socket, domain, segmentation, buffers, packets),
        3..=8 => send_up_to::<8>(socket, domain, segmentation, buffers, packets),
        _ => send_up_to::<BATCH>(socket, domain, segmentation, buffers, packets),
    }
}

/// A packet on its own: of all calls the cheapest.
fn send_one(
    socket: BorrowedFd<'_>,
    domain: Domain,
    buffers: [&[u8]; 2],
    packet: &Packet,
) -> rustix::io::Result<()> {
    let bytes = &buffers[packet.buffer][packet.range.clone()];
    let to = match (domain, packet.to.ip()) {
        (Domain::V4, IpAddr::V4(_)) => packet.to,
        (_, ip) => SocketAddr::new(mapped(ip).into(), packet.to.port()),
    };
    rustix::io::retry_on_intr(|| sendto(socket, bytes, SendFlags::DONTWAIT, &to)).map(drop)
}

fn send_up_to<const N: usize>(
    socket: BorrowedFd<'_>,
    domain: Domain,
    segmentation: &mut Segmentation,
    buffers: [&[u8]; 2],
    packets: &[Packet],
) -> (usize, Unsent) {
    let packets = &packets[..packets.len().min(N)];
    let mut names = [Aligned([0; NAME_ROOM]); N];
    let mut controls = [Aligned([0; CONTROL]); N];
    let mut headers = [EMPTY; N];
    // How many packets went into each message.
    let mut runs = [0_usize; N];
    let mut vectors = [NOTHING; N];
    for (vector, packet) in vectors.iter_mut().zip(packets) {
        let bytes = &buffers[packet.buffer][packet.range.clone()];
        // The kernel only reads through it, though the field is of a pointer that may be written.
        vector.iov_base = bytes.as_ptr().cast_mut().cast();
        vector.iov_len = bytes.len();
    }
    let mut messages = 0;
    let mut at = 0;
    while at < packets.len() {
        let first = &packets[at];
        let run = match segmentation {
            Segmentation::On => run_length(&packets[at..]),
            Segmentation::Off => 1,
        };
        let name_length = write_name(&mut names[messages].0, domain, first.to);
        let segment = (run > 1).then(|| first.range.len() as u16);
        let control = write_control(&mut controls[messages].0, domain, first.from, segment);
        let header = &mut headers[messages].msg_hdr;
        header.msg_name = names[messages].0.as_mut_ptr().cast();
        header.msg_namelen = name_length as u32;
        header.msg_iov = &raw mut vectors[at];
        header.msg_iovlen = run as _;
        if control > 0 {
            header.msg_control = controls[messages].0.as_mut_ptr().cast();
            header.msg_controllen = control as _;
        }
        runs[messages] = run;
        messages += 1;
        at += run;
    }
    // SAFETY: the first `messages` headers point to arrays of this frame and to `buffers`, which
    // outlive the call and are as long as is said; `msg_iovlen` vectors from `msg_iov` on are
    // within the array, as the runs add up to the number of packets. As for `recvmmsg`, the C library
    // has no part in it.
    let sent = unsafe {
        libc::syscall(
            libc::SYS_sendmmsg,
            libc::c_long::from(socket.as_raw_fd()),
            headers.as_mut_ptr(),
            messages as libc::c_long,
            libc::MSG_DONTWAIT as libc::c_long,
        )
    };
    if let Ok(sent) = usize::try_from(sent)
        && sent > 0
    {
        return (runs[..sent].iter().sum(), Unsent::default());
    }
    let error = io::Error::last_os_error();
    if error.kind() == io::ErrorKind::Interrupted {
        return (0, Unsent::default());
    }
    // The first message was refused. A run may be too much for the way it would take (no checksum
    // offload, a small MTU): its packets are tried one by one, and so are all after it.
    if runs[0] > 1
        && matches!(
            error.raw_os_error(),
            Some(libc::EIO | libc::EINVAL | libc::EMSGSIZE)
        )
    {
        if error.raw_os_error() == Some(libc::EIO) {
            *segmentation = Segmentation::Off;
        }
        let mut off = Segmentation::Off;
        let lost = send(socket, domain, &mut off, buffers, &packets[..runs[0]]);
        return (runs[0], lost);
    }
    (runs[0], Unsent::all(runs[0], error.raw_os_error()))
}

/// How many packets from the first on can be one message: all to one receiver and of one length,
/// but for the last, which may be shorter.
fn run_length(packets: &[Packet]) -> usize {
    let first = &packets[0];
    let length = first.range.len();
    if length == 0 {
        return 1;
    }
    let most = (MAX_SEGMENTED / length)
        .clamp(1, MAX_SEGMENTS)
        .min(packets.len());
    let mut run = 1;
    while run < most && first.takes(&packets[run]) {
        run += 1;
        if packets[run - 1].range.len() < length {
            break;
        }
    }
    run
}
