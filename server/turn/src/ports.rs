//! The relay's ports: which are in use, on any machine of this server, and which are kept for
//! whoever brings the token (EVEN-PORT, RFC 8656, section 7.2).

use std::collections::BTreeMap;
use std::fmt;
use std::ops::RangeInclusive;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use crate::attribute::Family;
use crate::time::{Now, SECOND};

/// How long a reserved port waits for its token (RFC 8656, section 7.2: "at least 30 seconds").
const RESERVATION_MILLIS: u64 = 30 * SECOND;

/// The 8 bytes that stand for a reserved port.
pub type ReservationToken = [u8; 8];

/// Ports in use, a bit each, so that a packet can ask without a lock.
pub struct Ports {
    range: RangeInclusive<u16>,
    used: [Box<[AtomicU64]>; 2],
    reserved: Mutex<BTreeMap<ReservationToken, Reservation>>,
}

#[derive(Debug)]
struct Reservation {
    family: Family,
    port: u16,
    expires: u64,
}

impl Ports {
    /// Ports of `range` may be taken.
    #[must_use]
    pub fn new(range: RangeInclusive<u16>) -> Self {
        let bits = || (0..1024).map(|_| AtomicU64::new(0)).collect();
        Self {
            range,
            used: [bits(), bits()],
            reserved: Mutex::default(),
        }
    }

    /// The ports that may be taken.
    #[must_use]
    pub fn range(&self) -> &RangeInclusive<u16> {
        &self.range
    }

    /// Whether a living allocation of this server has that port.
    #[must_use]
    pub fn is_used(&self, family: Family, port: u16) -> bool {
        let (word, bit) = self.bit(family, port);
        word.load(Ordering::Relaxed) & bit != 0
    }

    /// Takes a port; `false` when somebody has it.
    pub(crate) fn take(&self, family: Family, port: u16) -> bool {
        let (word, bit) = self.bit(family, port);
        self.range.contains(&port) && word.fetch_or(bit, Ordering::Relaxed) & bit == 0
    }

    pub(crate) fn release(&self, family: Family, port: u16) {
        let (word, bit) = self.bit(family, port);
        word.fetch_and(!bit, Ordering::Relaxed);
    }

    /// Keeps `port`, which the caller has taken, for whoever brings `token`.
    pub(crate) fn reserve(&self, token: ReservationToken, family: Family, port: u16, now: Now) {
        let mut reserved = self.reserved.lock().unwrap_or_else(PoisonError::into_inner);
        let expires = now.millis + RESERVATION_MILLIS;
        let reservation = Reservation {
            family,
            port,
            expires,
        };
        if let Some(former) = reserved.insert(token, reservation) {
            self.release(former.family, former.port);
        }
    }

    /// Gives the port kept for `token` to the caller, once.
    pub(crate) fn redeem(&self, token: &ReservationToken, now: Now) -> Option<(Family, u16)> {
        self.expire(now);
        let mut reserved = self.reserved.lock().unwrap_or_else(PoisonError::into_inner);
        let reservation = reserved.remove(token)?;
        Some((reservation.family, reservation.port))
    }

    /// Lets go of the port kept for `token`, if it still is.
    pub(crate) fn cancel(&self, token: &ReservationToken) {
        let mut reserved = self.reserved.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(reservation) = reserved.remove(token) {
            self.release(reservation.family, reservation.port);
        }
    }

    /// Lets go of ports nobody came for, and tells when the next one will be due.
    pub(crate) fn expire(&self, now: Now) -> Option<u64> {
        let mut reserved = self.reserved.lock().unwrap_or_else(PoisonError::into_inner);
        reserved.retain(|_, reservation| {
            let keep = reservation.expires > now.millis;
            if !keep {
                self.release(reservation.family, reservation.port);
            }
            keep
        });
        reserved
            .values()
            .map(|reservation| reservation.expires)
            .min()
    }

    /// How many ports are in use or reserved; for tests and metrics.
    #[must_use]
    pub fn count(&self) -> usize {
        let words = self.used.iter().flat_map(|words| words.iter());
        words
            .map(|word| word.load(Ordering::Relaxed).count_ones() as usize)
            .sum()
    }

    fn bit(&self, family: Family, port: u16) -> (&AtomicU64, u64) {
        let words = match family {
            Family::V4 => &self.used[0],
            Family::V6 => &self.used[1],
        };
        (&words[usize::from(port / 64)], 1 << (port % 64))
    }
}

impl fmt::Debug for Ports {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Ports")
            .field("range", &self.range)
            .field("count", &self.count())
            .finish_non_exhaustive()
    }
}
