//! Holds back challenges. A challenge is longer than the request that asks for it, and a request
//! can name any sender: without a bound the server could be used to flood a third party.

use std::net::IpAddr;

use crate::time::Now;

/// Rows of the table. Addresses that fall into one row share its bound.
const ROWS: usize = 1024;

/// Bytes a row may send beyond what it received, per second.
const BYTES_PER_SECOND: u64 = 32 * 1024;

/// Seconds of that rate a row may use at once: enough for a classroom behind one address.
const BURST_SECONDS: u64 = 8;

/// A fixed table of how much more was sent to addresses than came from them.
#[derive(Debug)]
pub(super) struct Throttle {
    /// The moment in microseconds at which each row's debt is paid off. Empty until first needed.
    paid_at: Vec<u64>,
    seed: u64,
}

impl Throttle {
    pub(super) const fn new(seed: u64) -> Self {
        Self {
            paid_at: Vec::new(),
            seed,
        }
    }

    /// Whether `answer` bytes may go to `address` for the `question` bytes that came.
    pub(super) fn allows(
        &mut self,
        address: IpAddr,
        question: usize,
        answer: usize,
        now: Now,
    ) -> bool {
        if self.paid_at.is_empty() {
            self.paid_at = vec![0; ROWS];
        }
        let excess = answer.saturating_sub(question) as u64;
        let row = self.row(address);
        let now = now.millis * 1000;
        let paid_at = self.paid_at[row].max(now);
        if paid_at - now > BURST_SECONDS * 1_000_000 {
            return false;
        }
        self.paid_at[row] = paid_at + excess * 1_000_000 / BYTES_PER_SECOND;
        true
    }

    /// An IPv6 customer has a whole /64, so that is what shares a row.
    fn row(&self, address: IpAddr) -> usize {
        let number = match address {
            IpAddr::V4(ip) => u64::from(u32::from(ip)),
            IpAddr::V6(ip) => (u128::from(ip) >> 64) as u64,
        };
        let mixed = (number ^ self.seed).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        (mixed >> 54) as usize
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(millis: u64) -> Now {
        Now {
            millis,
            unix_seconds: 0,
        }
    }

    #[test]
    fn a_flood_is_held_back_and_forgiven_later() {
        let mut throttle = Throttle::new(1);
        let victim = "192.0.2.1".parse().unwrap();
        let sent = (0..100_000)
            .filter(|_| throttle.allows(victim, 28, 140, at(0)))
            .count();
        assert!((2_000..3_000).contains(&sent), "{sent} challenges at once");
        assert!(!throttle.allows(victim, 28, 140, at(0)));
        assert!(throttle.allows("192.0.2.2".parse().unwrap(), 28, 140, at(0)));
        assert!(throttle.allows(victim, 28, 140, at(9_000)));
    }
}
