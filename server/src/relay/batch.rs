//! Many datagrams with one call to the kernel: `recvmmsg`, `sendmmsg`, and segmentation offload
//! (`UDP_SEGMENT`) for runs of packets to one receiver. The kernel is nine tenths of what a packet
//! costs, so this is where the speed of the relay is made.
//!
//! The one place with `unsafe`: the standard library has none of these calls, and the safe
//! wrappers either cannot send to several receivers at once or cannot give each its own control
//! message. Everything but the calls themselves is done on plain bytes.

#![expect(
    unsafe_code,
    reason = "recvmmsg and sendmmsg take pointers; each block says why its pointers are good"
)]

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::ops::Range;
use std::os::fd::{AsRawFd as _, BorrowedFd};
use std::ptr;

use turn::HEADROOM;

/// Datagrams per call. More would help little, and spill out of the fastest caches.
pub(super) const BATCH: usize = 64;

/// Bytes from one slot to the next: headroom, the longest datagram, and room for padding. Not a
/// multiple of the page size, so that the first bytes of all slots do not fall into the same
/// lines of the cache.
const SLOT: usize = HEADROOM + 65_536 + 1_344;

/// The kernel takes no more segments in one message.
const MAX_SEGMENTS: usize = 64;

/// Bytes of one message, all segments together: the longest UDP payload over IPv4, less a little
/// so that the headers of IPv6 fit too.
const MAX_SEGMENTED: usize = 65_000;

/// Bytes of a socket address of either family.
const NAME: usize = 28;

/// Room for two control messages: the address (40 bytes) and the segment size (24).
const CONTROL: usize = 64;

const AF_INET: u16 = libc::AF_INET as u16;
const AF_INET6: u16 = libc::AF_INET6 as u16;

/// Which addresses a socket takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Domain {
    /// IPv4 alone.
    V4,
    /// IPv6, and IPv4 as mapped addresses.
    V6,
}

/// A buffer that is filled with datagrams, each with free room before and after it.
pub(super) struct Inbox {
    bytes: Vec<u8>,
    received: Vec<Received>,
}

/// One datagram in an [`Inbox`].
#[derive(Debug, Clone, Copy)]
pub(super) struct Received {
    /// Who sent it.
    pub(super) remote: SocketAddr,
    /// At which of our addresses, where the socket tells.
    pub(super) local: Option<IpAddr>,
    start: usize,
    length: usize,
}

impl Received {
    /// Where its bytes are in [`Inbox::bytes`].
    pub(super) const fn range(&self) -> Range<usize> {
        self.start..self.start + self.length
    }
}

impl Inbox {
    pub(super) fn new() -> Self {
        Self {
            bytes: vec![0; BATCH * SLOT],
            received: Vec::with_capacity(BATCH),
        }
    }

    /// All slots as one piece of memory; ranges of datagrams are relative to it.
    pub(super) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// As [`Self::bytes`], to write headers and padding.
    pub(super) fn bytes_mut(&mut self) -> &mut [u8] {
        &mut self.bytes
    }

    /// The datagram of that number.
    pub(super) fn received(&self, index: usize) -> Received {
        self.received[index]
    }

    pub(super) fn len(&self) -> usize {
        self.received.len()
    }

    pub(super) fn is_full(&self) -> bool {
        self.received.len() == BATCH
    }

    pub(super) fn clear(&mut self) {
        self.received.clear();
    }

    /// Takes up to `most` datagrams that are there, behind those already held, and says how many.
    pub(super) fn receive(&mut self, socket: BorrowedFd<'_>, most: usize) -> io::Result<usize> {
        let count = most.min(BATCH - self.received.len());
        // The tables for the kernel are made anew for each call; small ones for the many calls
        // that are for a packet or two.
        match count {
            0..=2 => self.receive_up_to::<2>(socket, count),
            3..=8 => self.receive_up_to::<8>(socket, count),
            _ => self.receive_up_to::<BATCH>(socket, count),
        }
    }

    fn receive_up_to<const N: usize>(
        &mut self,
        socket: BorrowedFd<'_>,
        count: usize,
    ) -> io::Result<usize> {
        let held = self.received.len();
        let count = count.min(N);
        let mut names = [Aligned([0; 32]); N];
        let mut controls = [Aligned([0; CONTROL]); N];
        let mut vectors = [NOTHING; N];
        let mut headers = [EMPTY; N];
        let slots = self.bytes[held * SLOT..].chunks_exact_mut(SLOT);
        for (index, slot) in slots.take(count).enumerate() {
            let room = &mut slot[HEADROOM..HEADROOM + 65_536];
            vectors[index].iov_base = room.as_mut_ptr().cast();
            vectors[index].iov_len = room.len();
            let header = &mut headers[index].msg_hdr;
            header.msg_name = names[index].0.as_mut_ptr().cast();
            header.msg_namelen = NAME as u32;
            header.msg_iov = &raw mut vectors[index];
            header.msg_iovlen = 1;
            header.msg_control = controls[index].0.as_mut_ptr().cast();
            header.msg_controllen = CONTROL as _;
        }
        // SAFETY: the first `count` headers point to arrays of this frame and to slots of
        // `self.bytes`, all of which outlive the call, are as long as is said, and are borrowed by
        // nobody else meanwhile. No time-out is given.
        let got = unsafe {
            libc::recvmmsg(
                socket.as_raw_fd(),
                headers.as_mut_ptr(),
                count as u32,
                libc::MSG_DONTWAIT as _,
                ptr::null_mut(),
            )
        };
        let got = usize::try_from(got).map_err(|_| io::Error::last_os_error())?;
        for index in 0..got {
            let header = &headers[index];
            let control = &controls[index].0;
            #[allow(
                clippy::unnecessary_cast,
                reason = "its type is not the same in every C library"
            )]
            let control = &control[..(header.msg_hdr.msg_controllen as usize).min(CONTROL)];
            self.received.push(Received {
                // The kernel names every sender; a nameless datagram would be answered nowhere.
                remote: read_name(&names[index].0).unwrap_or(NOBODY),
                local: read_local(control),
                start: (held + index) * SLOT + HEADROOM,
                length: header.msg_len as usize,
            });
        }
        Ok(got)
    }
}

/// A packet that is to be sent.
#[derive(Debug, Clone)]
pub(super) struct Packet {
    /// Where to.
    pub(super) to: SocketAddr,
    /// From which of our addresses, for sockets that have several.
    pub(super) from: Option<IpAddr>,
    /// Which of the buffers it is in.
    pub(super) buffer: usize,
    /// Where in it.
    pub(super) range: Range<usize>,
}

impl Packet {
    /// Whether `next` may go into one message with this one and those like it.
    fn takes(&self, next: &Self) -> bool {
        self.to == next.to && self.from == next.from && next.range.len() <= self.range.len()
    }
}

/// Whether the kernel cuts one long message into packets. Found out by trying.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Segmentation {
    On,
    Off,
}

/// Sends all `packets`, which lie in `buffers`, in their order. Returns how many could not be sent.
pub(super) fn send(
    socket: BorrowedFd<'_>,
    domain: Domain,
    segmentation: &mut Segmentation,
    buffers: [&[u8]; 2],
    packets: &[Packet],
) -> usize {
    let mut failed = 0;
    let mut rest = packets;
    while !rest.is_empty() {
        let (taken, lost) = send_some(socket, domain, segmentation, buffers, rest);
        failed += lost;
        rest = &rest[taken..];
    }
    failed
}

/// One call: sends the head of `packets`, and returns how many of them are dealt with and how
/// many of those were lost.
fn send_some(
    socket: BorrowedFd<'_>,
    domain: Domain,
    segmentation: &mut Segmentation,
    buffers: [&[u8]; 2],
    packets: &[Packet],
) -> (usize, usize) {
    match packets.len() {
        0..=2 => send_up_to::<2>(socket, domain, segmentation, buffers, packets),
        3..=8 => send_up_to::<8>(socket, domain, segmentation, buffers, packets),
        _ => send_up_to::<BATCH>(socket, domain, segmentation, buffers, packets),
    }
}

fn send_up_to<const N: usize>(
    socket: BorrowedFd<'_>,
    domain: Domain,
    segmentation: &mut Segmentation,
    buffers: [&[u8]; 2],
    packets: &[Packet],
) -> (usize, usize) {
    let packets = &packets[..packets.len().min(N)];
    let mut names = [Aligned([0; 32]); N];
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
    // within the array, as the runs add up to the number of packets.
    let sent = unsafe {
        libc::sendmmsg(
            socket.as_raw_fd(),
            headers.as_mut_ptr(),
            messages as u32,
            libc::MSG_DONTWAIT as _,
        )
    };
    if let Ok(sent) = usize::try_from(sent)
        && sent > 0
    {
        return (runs[..sent].iter().sum(), 0);
    }
    let error = io::Error::last_os_error();
    if error.kind() == io::ErrorKind::Interrupted {
        return (0, 0);
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
    (runs[0], runs[0])
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

/// Bytes the kernel reads a C structure from.
#[derive(Clone, Copy)]
#[repr(C, align(8))]
struct Aligned<const N: usize>([u8; N]);

/// Where nothing is sent to.
const NOBODY: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::UNSPECIFIED), 0);

const NOTHING: libc::iovec = libc::iovec {
    iov_base: ptr::null_mut(),
    iov_len: 0,
};

const EMPTY: libc::mmsghdr = libc::mmsghdr {
    // SAFETY: a header of zeros has no name, no data and no control message, which is valid.
    msg_hdr: unsafe { std::mem::zeroed() },
    msg_len: 0,
};

/// Writes `struct sockaddr_in` or `sockaddr_in6` and returns its length.
fn write_name(name: &mut [u8; 32], domain: Domain, address: SocketAddr) -> usize {
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
fn read_name(name: &[u8; 32]) -> Option<SocketAddr> {
    let family = u16::from_ne_bytes([name[0], name[1]]);
    let port = u16::from_be_bytes([name[2], name[3]]);
    let ip = match family {
        AF_INET => IpAddr::V4(Ipv4Addr::from(*name[4..].first_chunk::<4>()?)),
        AF_INET6 => Ipv6Addr::from(*name[8..].first_chunk::<16>()?).to_canonical(),
        _ => return None,
    };
    Some(SocketAddr::new(ip, port))
}

/// Length of a `struct cmsghdr`.
const CONTROL_HEADER: usize = size_of::<libc::cmsghdr>();

/// Writes the control messages and returns their length together.
fn write_control(
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

/// The address a datagram was sent to, from the control messages that came with it.
fn read_local(control: &[u8]) -> Option<IpAddr> {
    let word = size_of::<usize>();
    let mut rest = control;
    while rest.len() >= CONTROL_HEADER {
        let length = usize::from_ne_bytes(rest[..word].try_into().ok()?);
        let level = i32::from_ne_bytes(rest[word..word + 4].try_into().ok()?);
        let kind = i32::from_ne_bytes(rest[word + 4..word + 8].try_into().ok()?);
        let value = rest.get(CONTROL_HEADER..length)?;
        match (level, kind) {
            (libc::IPPROTO_IP, libc::IP_PKTINFO) => {
                let ip = *value.get(4..)?.first_chunk::<4>()?;
                return Some(IpAddr::V4(Ipv4Addr::from(ip)));
            }
            (libc::IPPROTO_IPV6, libc::IPV6_PKTINFO) => {
                return Some(Ipv6Addr::from(*value.first_chunk::<16>()?).to_canonical());
            }
            _ => {}
        }
        rest = rest.get(length.next_multiple_of(word)..)?;
    }
    None
}

fn mapped(ip: IpAddr) -> Ipv6Addr {
    match ip {
        IpAddr::V4(ip) => ip.to_ipv6_mapped(),
        IpAddr::V6(ip) => ip,
    }
}

/// Makes `socket` tell the local address of every datagram.
pub(super) fn tell_local_address(socket: BorrowedFd<'_>, domain: Domain) -> io::Result<()> {
    match domain {
        Domain::V4 => set_option(socket, libc::IPPROTO_IP, libc::IP_PKTINFO, 1),
        Domain::V6 => set_option(socket, libc::IPPROTO_IPV6, libc::IPV6_RECVPKTINFO, 1),
    }
}

/// Whether packets from `socket` may be cut into pieces on their way.
pub(super) fn set_dont_fragment(
    socket: BorrowedFd<'_>,
    domain: Domain,
    fragment: turn::server::Fragment,
) -> io::Result<()> {
    use turn::server::Fragment;
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
