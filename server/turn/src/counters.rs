//! What a machine counts. Plain numbers that only grow; the driver publishes them.

use crate::error::ErrorCode;

/// Everything a [`Server`](crate::Server) has seen since it was made.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counters {
    /// Binding requests answered.
    pub bindings: u64,
    /// Datagrams that were no message, and messages that make no sense from a client.
    pub malformed: u64,
    /// Challenges withheld because their address had too many.
    pub throttled: u64,
    /// Allocations made.
    pub allocations: u64,
    /// Allocations ended, for whatever reason.
    pub deallocations: u64,
    /// Packets relayed from clients to peers.
    pub packets_up: u64,
    /// Bytes of payload relayed from clients to peers.
    pub bytes_up: u64,
    /// Packets relayed from peers to clients.
    pub packets_down: u64,
    /// Bytes of payload relayed from peers to clients.
    pub bytes_down: u64,
    /// Packets dropped for want of an allocation, a channel or a permission.
    pub unpermitted: u64,
    /// Packets dropped because a quota was used up.
    pub over_quota: u64,
    /// Error responses, in the order of [`ErrorCode::ALL`].
    pub errors: [u64; ErrorCode::ALL.len()],
}

impl Counters {
    /// Error responses of one code.
    #[must_use]
    pub fn errors(&self, code: ErrorCode) -> u64 {
        self.errors[code as usize]
    }
}
