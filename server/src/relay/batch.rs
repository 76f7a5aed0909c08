//! Many datagrams with one call to the kernel: `recvmmsg`, `sendmmsg`, and offload of segmentation
//! both ways: the kernel cuts a run of packets to one receiver (`UDP_SEGMENT`), and joins what came
//! from one sender (`UDP_GRO`). A packet that is alone goes by `sendto` and `recvfrom`, which are
//! cheaper for one. The kernel is nine tenths of what a packet costs, so this is where the speed of
//! the relay is made.
//!
//! The one place with `unsafe`: the standard library has none of these calls, and the safe
//! wrappers either cannot send to several receivers at once or cannot give each its own control
//! message. Everything but the calls themselves is done on plain bytes.

#![expect(
    unsafe_code,
    reason = "recvmmsg and sendmmsg take pointers; each block says why its pointers are good"
)]

mod address;
mod control;
mod inbox;
mod options;
mod outbox;
mod pieces;

use std::ptr;

pub(super) use self::inbox::{Inbox, Received};
pub(super) use self::options::{join_datagrams, set_pieces, tell_local_address};
pub(super) use self::outbox::{Packet, Sender};
pub(super) use self::pieces::Pieces;

/// Datagrams per call. More would help little, and spill out of the fastest caches.
pub(super) const BATCH: usize = 64;

/// Which addresses a socket takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Domain {
    /// IPv4 alone.
    V4,
    /// IPv6, and IPv4 as mapped addresses.
    V6,
}

/// Bytes the kernel reads a C structure from.
#[derive(Clone, Copy)]
#[repr(C, align(8))]
struct Aligned<const N: usize>([u8; N]);

const NOTHING: libc::iovec = libc::iovec {
    iov_base: ptr::null_mut(),
    iov_len: 0,
};

const EMPTY: libc::mmsghdr = libc::mmsghdr {
    // SAFETY: a header of zeros has no name, no data and no control message, which is valid.
    msg_hdr: unsafe { std::mem::zeroed() },
    msg_len: 0,
};
