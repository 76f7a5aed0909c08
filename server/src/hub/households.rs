//! What the sockets of one address have together: how many they may be, and how much they may say.
//! Pure: the time is told.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use crate::address::{Address, TooMany};
use crate::config::Limits;
use crate::quota::Quota;

/// Addresses that are not worth a sweep.
const FEW: usize = 64;

/// Every address with a socket, and those whose sockets have said much lately.
#[derive(Debug)]
pub(super) struct Households {
    limits: Limits,
    by_address: BTreeMap<Address, Household>,
    /// With so many it is time to look for those that need no remembering.
    sweep_at: usize,
}

#[derive(Debug)]
struct Household {
    sockets: usize,
    quota: Arc<Quota>,
    /// When the last socket went.
    left: Duration,
}

impl Households {
    pub(super) fn new(limits: Limits) -> Self {
        Self {
            limits,
            by_address: BTreeMap::new(),
            sweep_at: FEW,
        }
    }

    /// Counts one more socket, and tells what it shares with the others of its address.
    ///
    /// # Errors
    /// When the address has as many as it may.
    pub(super) fn add(&mut self, now: Duration, address: Address) -> Result<Arc<Quota>, TooMany> {
        let limits = &self.limits;
        let household = self.by_address.entry(address).or_insert_with(|| Household {
            sockets: 0,
            quota: Arc::new(Quota::new(limits.address_messages, limits.address_bytes)),
            left: now,
        });
        if household.sockets >= limits.sockets_per_address {
            return Err(TooMany);
        }
        household.sockets += 1;
        let quota = Arc::clone(&household.quota);
        if self.by_address.len() >= self.sweep_at {
            self.sweep(now);
        }
        Ok(quota)
    }

    /// Counts one socket less.
    pub(super) fn remove(&mut self, now: Duration, address: Address) {
        if let Some(household) = self.by_address.get_mut(&address) {
            household.sockets = household.sockets.saturating_sub(1);
            household.left = now;
        }
    }

    /// Forgets those who have no socket and may say as much again as if they had never said
    /// anything.
    fn sweep(&mut self, now: Duration) {
        let refill = self.limits.address_messages.refill();
        let refill = refill.max(self.limits.address_bytes.refill());
        self.by_address
            .retain(|_, household| household.sockets > 0 || household.left + refill > now);
        self.sweep_at = FEW.max(2 * self.by_address.len());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::address::Loopback;
    use crate::rates::Rate;

    #[test]
    fn an_address_has_so_many_sockets_and_gets_them_back() {
        let mut households = Households::new(Limits {
            sockets_per_address: 2,
            ..Limits::default()
        });
        let now = Duration::ZERO;
        assert!(households.add(now, address(1)).is_ok());
        assert!(households.add(now, address(1)).is_ok());
        assert_eq!(households.add(now, address(1)).err(), Some(TooMany));
        assert!(households.add(now, address(2)).is_ok());
        households.remove(now, address(1));
        assert!(households.add(now, address(1)).is_ok());
    }

    #[test]
    fn who_comes_again_has_said_what_they_said() {
        let mut households = Households::new(Limits {
            address_messages: Rate::per_minute(1, 1),
            ..Limits::default()
        });
        let now = Duration::ZERO;
        assert!(households.add(now, address(1)).unwrap().count(1).is_ok());
        households.remove(now, address(1));
        assert!(households.add(now, address(1)).unwrap().count(1).is_err());
    }

    #[test]
    fn those_who_are_gone_are_forgotten() {
        let mut households = Households::new(Limits::default());
        let mut most = 0;
        for number in 0..10_000 {
            let now = Duration::from_millis(100) * number;
            households.add(now, address(number)).unwrap();
            households.remove(now, address(number));
            most = most.max(households.by_address.len());
        }
        assert!(most <= FEW, "{most}");
    }

    fn address(number: u32) -> Address {
        let [_, _, high, low] = number.to_be_bytes();
        Address::of([198, 51, high, low].into(), Loopback::Counted).unwrap()
    }
}
