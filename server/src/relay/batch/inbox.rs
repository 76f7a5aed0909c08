//! Taking datagrams: `recvmmsg`, several calls into one buffer.

use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::ops::Range;
use std::os::fd::{AsRawFd as _, BorrowedFd};
use std::ptr;

use rustix::net::{RecvFlags, recvfrom};
use turn::HEADROOM;

use super::address::{NAME, NAME_ROOM, read_name};
use super::control::{CONTROL, read_control};
use super::{Aligned, BATCH, EMPTY, NOTHING};

/// Messages an inbox holds. What several calls brought is sent on together: the more packets of one
/// flow are there, the fewer calls and walks through the kernel they cost.
const CAPACITY: usize = 4 * BATCH;

/// Bytes from one slot to the next: headroom, the longest message, and room for padding. Not a
/// multiple of the page size, so that the first bytes of all slots do not fall into the same
/// lines of the cache. Memory of a slot is taken up only as far as a message ever filled it.
const SLOT: usize = HEADROOM + LONGEST + 1_344;

/// Bytes of the longest datagram, and of the longest run of them that the kernel joins.
const LONGEST: usize = 65_536;

/// Where nothing is sent to.
const NOBODY: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::UNSPECIFIED), 0);

/// A buffer that is filled with datagrams, each with free room before and after it.
pub(in crate::relay) struct Inbox {
    bytes: Vec<u8>,
    received: Vec<Received>,
}

/// One message in an [`Inbox`]: a datagram, or several of one length that the kernel joined, the
/// last of which may be shorter.
#[derive(Debug, Clone, Copy)]
pub(in crate::relay) struct Received {
    /// Who sent it.
    pub(in crate::relay) remote: SocketAddr,
    /// At which of our addresses, where the socket tells.
    pub(in crate::relay) local: Option<IpAddr>,
    start: usize,
    length: usize,
    /// Bytes of each datagram, but for the last.
    segment: usize,
}

impl Received {
    /// Where each datagram is in [`Inbox::bytes`].
    pub(in crate::relay) fn datagrams(self) -> impl Iterator<Item = Range<usize>> {
        // Also one without bytes is one.
        let step = self.segment.max(1);
        let count = self.length.div_ceil(step).max(1);
        let end = self.start + self.length;
        (0..count).map(move |number| {
            let at = self.start + number * step;
            at..end.min(at + step)
        })
    }

    /// Whether one datagram follows another without a gap, so that there is room for headers and
    /// padding only at the ends.
    pub(in crate::relay) const fn is_joined(&self) -> bool {
        self.length > self.segment
    }
}

impl Inbox {
    pub(in crate::relay) fn new() -> Self {
        Self {
            bytes: vec![0; CAPACITY * SLOT],
            received: Vec::with_capacity(CAPACITY),
        }
    }

    /// All slots as one piece of memory; ranges of datagrams are relative to it.
    pub(in crate::relay) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// As [`Self::bytes`], to write headers and padding.
    pub(in crate::relay) fn bytes_mut(&mut self) -> &mut [u8] {
        &mut self.bytes
    }

    /// The message of that number.
    pub(in crate::relay) fn received(&self, index: usize) -> Received {
        self.received[index]
    }

    pub(in crate::relay) fn len(&self) -> usize {
        self.received.len()
    }

    /// Whether a whole batch still fits.
    pub(in crate::relay) fn has_room(&self) -> bool {
        CAPACITY - self.received.len() >= BATCH
    }

    pub(in crate::relay) fn clear(&mut self) {
        self.received.clear();
    }

    /// Takes up to `most` messages that are there, behind those already held, and says how many.
    pub(in crate::relay) fn receive(
        &mut self,
        socket: BorrowedFd<'_>,
        most: usize,
    ) -> io::Result<usize> {
        let count = most.min(CAPACITY - self.received.len());
        // The tables for the kernel are made anew for each call; small ones for the many calls
        // that are for a packet or two.
        match count {
            0..=2 => self.receive_up_to::<2>(socket, count),
            3..=8 => self.receive_up_to::<8>(socket, count),
            _ => self.receive_up_to::<BATCH>(socket, count),
        }
    }

    /// As [`Self::receive`], one datagram of a socket that joins none: of all calls the cheapest.
    pub(in crate::relay) fn receive_one(&mut self, socket: BorrowedFd<'_>) -> io::Result<usize> {
        let start = self.received.len() * SLOT + HEADROOM;
        let room = &mut self.bytes[start..start + LONGEST];
        let (_, length, remote) = recvfrom(socket, room, RecvFlags::DONTWAIT)?;
        let remote = remote.and_then(|remote| SocketAddr::try_from(remote).ok());
        let remote = remote.unwrap_or(NOBODY);
        self.received.push(Received {
            remote: SocketAddr::new(remote.ip().to_canonical(), remote.port()),
            local: None,
            start,
            length,
            segment: length,
        });
        Ok(1)
    }

    fn receive_up_to<const N: usize>(
        &mut self,
        socket: BorrowedFd<'_>,
        count: usize,
    ) -> io::Result<usize> {
        let held = self.received.len();
        let count = count.min(N);
        let mut names = [Aligned([0; NAME_ROOM]); N];
        let mut controls = [Aligned([0; CONTROL]); N];
        let mut vectors = [NOTHING; N];
        let mut headers = [EMPTY; N];
        let slots = self.bytes[held * SLOT..].chunks_exact_mut(SLOT);
        for (index, slot) in slots.take(count).enumerate() {
            let room = &mut slot[HEADROOM..HEADROOM + LONGEST];
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
        // nobody else meanwhile. No time-out is given. The C library's own function would prepare to be
        // cancelled in the middle, which no thread here is.
        let got = unsafe {
            libc::syscall(
                libc::SYS_recvmmsg,
                libc::c_long::from(socket.as_raw_fd()),
                headers.as_mut_ptr(),
                count as libc::c_long,
                libc::MSG_DONTWAIT as libc::c_long,
                ptr::null_mut::<libc::timespec>(),
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
            let said = read_control(control);
            let length = header.msg_len as usize;
            self.received.push(Received {
                // The kernel names every sender; a nameless datagram would be answered nowhere.
                remote: read_name(&names[index].0).unwrap_or(NOBODY),
                local: said.local,
                start: (held + index) * SLOT + HEADROOM,
                length,
                segment: said.segment.unwrap_or(length),
            });
        }
        Ok(got)
    }
}
