//! How much of the relay one participant, and one room, may use: allocations, bytes per second
//! and bytes in all. Shared by all machines of the server; a packet touches only the counters of
//! its own participant and room, never a lock.
//!
//! Who has a user name that names no room made it with the secret itself, and could make any
//! number of them: they are the host's own people, and nothing of theirs is counted.

use std::collections::HashMap;
use std::fmt;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use crate::auth::Username;
use crate::time::Now;

/// What one participant or one room may use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limit {
    /// Allocations at the same time.
    pub allocations: u32,
    /// Bytes per second in both directions together; 0 is no limit.
    pub bytes_per_second: u64,
    /// Bytes in both directions together for as long as the credentials live; 0 is no limit.
    pub bytes_in_all: u64,
}

/// The limits of a server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// For each participant.
    pub participant: Limit,
    /// For each room.
    pub room: Limit,
}

impl Default for Limits {
    /// Far above what a call of eight uses, as a guard against one client taking everything: a
    /// browser makes an allocation for each connection, transport and address family, and anew
    /// when it restarts ICE; the rates are those of a 1 Gbit/s line shared by ten; and the bytes in
    /// all are a whole day of eight who see each other through the relay alone, at 540p: with each
    /// of seven others 1.5 Mbit/s both ways, 227 GB a head.
    fn default() -> Self {
        let limits = Self {
            participant: Limit {
                allocations: 256,
                bytes_per_second: 12_500_000,
                bytes_in_all: 0,
            },
            room: Limit {
                allocations: 1024,
                bytes_per_second: 50_000_000,
                bytes_in_all: 0,
            },
        };
        limits.with_bytes_in_all(DEFAULT_BYTES_IN_ALL)
    }
}

/// Bytes in all for each participant, unless the host says otherwise.
pub const DEFAULT_BYTES_IN_ALL: u64 = 250_000_000_000;

/// Participants a room's bytes in all are enough for.
const PARTICIPANTS: u64 = 8;

impl Limits {
    /// No limit at all, for measurements.
    pub const NONE: Self = Self {
        participant: Limit::NONE,
        room: Limit::NONE,
    };

    /// The same with so many bytes in all for each participant, and eight times as many for a room;
    /// 0 is no limit.
    #[must_use]
    pub const fn with_bytes_in_all(mut self, bytes: u64) -> Self {
        self.participant.bytes_in_all = bytes;
        self.room.bytes_in_all = bytes.saturating_mul(PARTICIPANTS);
        self
    }
}

impl Limit {
    /// No limit at all.
    pub const NONE: Self = Self {
        allocations: u32::MAX,
        bytes_per_second: 0,
        bytes_in_all: 0,
    };
}

/// The counters of everybody who has an allocation, or had one with credentials that still live.
pub struct Quotas {
    limits: Limits,
    users: Mutex<HashMap<String, Arc<Usage>>>,
}

/// What one participant or room has used.
#[derive(Debug)]
struct Usage {
    limit: Limit,
    allocations: AtomicU32,
    bytes: AtomicU64,
    /// The moment, in microseconds, at which all bytes so far would have passed at the allowed
    /// rate: the generic cell rate algorithm, whose whole state is one number.
    passed_at: AtomicU64,
    /// Seconds since 1970 at which this can be forgotten, if no allocation is left.
    forget: AtomicU64,
}

/// Bytes may come this much faster than the rate for a moment, in microseconds of the rate.
const BURST_MICROS: u64 = 500_000;

impl Quotas {
    /// Everybody gets `limits`.
    #[must_use]
    pub fn new(limits: Limits) -> Self {
        Self {
            limits,
            users: Mutex::default(),
        }
    }

    /// Counts one more allocation of `username`; `None` when that would be too many.
    pub(crate) fn admit(&self, username: &Username<'_>, now: Now) -> Option<Lease> {
        let Some(room) = username.room() else {
            return Some(Lease {
                usages: [None, None],
            });
        };
        let mut users = self.users.lock().unwrap_or_else(PoisonError::into_inner);
        if users.len() >= 1024 && users.len() == users.capacity() {
            users.retain(|_, usage| !usage.can_be_forgotten(now));
        }
        let mut usage = |name: &str, limit: Limit| {
            let usage = users
                .entry(name.to_owned())
                .or_insert_with(|| Arc::new(Usage::new(limit)));
            usage.forget.fetch_max(username.expires, Ordering::Relaxed);
            Some(Arc::clone(usage))
        };
        // A room's tag holds no dot, so that it is never mistaken for a participant's id.
        let usages = [
            usage(username.id, self.limits.participant),
            usage(room, self.limits.room),
        ];
        // Still under the lock, so that two machines cannot both take the last place.
        if usages.iter().flatten().any(|usage| usage.is_full()) {
            return None;
        }
        for usage in usages.iter().flatten() {
            usage.allocations.fetch_add(1, Ordering::Relaxed);
        }
        Some(Lease { usages })
    }

    /// How many participants and rooms are being counted.
    #[must_use]
    pub fn len(&self) -> usize {
        self.users
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .len()
    }

    /// Whether nobody is being counted.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Forgets those who are gone and whose credentials have expired.
    pub(crate) fn expire(&self, now: Now) {
        let mut users = self.users.lock().unwrap_or_else(PoisonError::into_inner);
        users.retain(|_, usage| !usage.can_be_forgotten(now));
    }
}

impl fmt::Debug for Quotas {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Quotas")
            .field("limits", &self.limits)
            .finish_non_exhaustive()
    }
}

impl Usage {
    fn new(limit: Limit) -> Self {
        Self {
            limit,
            allocations: AtomicU32::new(0),
            bytes: AtomicU64::new(0),
            passed_at: AtomicU64::new(0),
            forget: AtomicU64::new(0),
        }
    }

    fn is_full(&self) -> bool {
        let spent = self.limit.bytes_in_all;
        self.allocations.load(Ordering::Relaxed) >= self.limit.allocations
            || (spent != 0 && self.bytes.load(Ordering::Relaxed) >= spent)
    }

    fn can_be_forgotten(&self, now: Now) -> bool {
        self.allocations.load(Ordering::Relaxed) == 0
            && self.forget.load(Ordering::Relaxed) <= now.unix_seconds
    }

    fn spend(&self, bytes: u64, now_micros: u64) -> bool {
        if self.limit.bytes_in_all != 0 {
            let before = self.bytes.fetch_add(bytes, Ordering::Relaxed);
            if before + bytes > self.limit.bytes_in_all {
                return false;
            }
        }
        if let Some(micros) = (bytes * 1_000_000).checked_div(self.limit.bytes_per_second) {
            // Two threads may both read before either writes, and let a packet more through:
            // harmless, and cheaper than making them wait for each other.
            let passed_at = self.passed_at.load(Ordering::Relaxed).max(now_micros);
            if passed_at - now_micros > BURST_MICROS {
                return false;
            }
            self.passed_at
                .store(passed_at + micros.max(1), Ordering::Relaxed);
        }
        true
    }
}

/// One allocation's place in the quotas; given back when dropped.
#[derive(Debug)]
pub(crate) struct Lease {
    /// The participant's and the room's.
    usages: [Option<Arc<Usage>>; 2],
}

impl Lease {
    /// Counts `bytes` that are about to be relayed; `false` when they must not be.
    pub(crate) fn spend(&self, bytes: usize, now: Now) -> bool {
        let micros = now.millis * 1000;
        self.each().all(|usage| usage.spend(bytes as u64, micros))
    }

    fn each(&self) -> impl Iterator<Item = &Usage> {
        self.usages.iter().flatten().map(|usage| &**usage)
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        for usage in self.each() {
            usage.allocations.fetch_sub(1, Ordering::Relaxed);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_has_a_bound_unless_told_otherwise() {
        let Limits { participant, room } = Limits::default();
        for limit in [participant, room] {
            assert!(limit.allocations < u32::MAX);
            assert!(limit.bytes_per_second > 0 && limit.bytes_in_all > 0);
        }
        let unbounded = Limits::default().with_bytes_in_all(0);
        assert_eq!(unbounded.participant.bytes_in_all, 0);
        assert_eq!(unbounded.room.bytes_in_all, 0);
    }

    #[test]
    fn a_day_of_eight_who_see_each_other_through_the_relay_alone_is_within_the_bounds() {
        let Limits { participant, room } = Limits::default();
        let (others, bits_per_second, seconds) = (7, 1_500_000, 24 * 60 * 60);
        let both_ways = 2 * others * bits_per_second / 8;
        assert!(both_ways < participant.bytes_per_second);
        assert!(8 * both_ways < room.bytes_per_second);
        assert!(both_ways * seconds < participant.bytes_in_all);
        assert!(8 * both_ways * seconds < room.bytes_in_all);
    }
}
