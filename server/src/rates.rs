//! How often each address may do something: so many times at once, and then one by one (the generic
//! cell rate algorithm). Pure: the time is told. Not here: what is counted (`rooms`, `hub`).

use std::collections::BTreeMap;
use std::time::Duration;

use crate::address::Address;

/// So many at once, and one more each so often.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rate {
    /// Above zero.
    pub burst: u32,
    /// Above zero.
    pub every: Duration,
}

/// More often than may be; in so long it may be once more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TooOften(pub Duration);

/// How often each address did something lately.
#[derive(Debug)]
pub struct Rates {
    rate: Rate,
    /// When each address may do it as often at once as if it had never done it.
    full_at: BTreeMap<Address, Duration>,
    /// With so many addresses it is time to look for those that need no remembering.
    sweep_at: usize,
}

/// Addresses that are not worth a sweep.
const FEW: usize = 64;

impl Rate {
    /// So many in a minute, after a burst.
    pub const fn per_minute(count: u32, burst: u32) -> Self {
        let every = Duration::from_secs(60).checked_div(count);
        Self {
            burst,
            every: every.expect("the limits are above zero"),
        }
    }

    /// So many in a second, after a burst.
    pub const fn per_second(count: u32, burst: u32) -> Self {
        let every = Duration::from_secs(1).checked_div(count);
        Self {
            burst,
            every: every.expect("the limits are above zero"),
        }
    }

    /// How long it takes until the burst is whole again, at most.
    pub fn refill(self) -> Duration {
        self.every.saturating_mul(self.burst)
    }
}

impl Rates {
    /// Nobody did it yet.
    pub fn new(rate: Rate) -> Self {
        Self {
            rate,
            full_at: BTreeMap::new(),
            sweep_at: FEW,
        }
    }

    /// Counts one more.
    ///
    /// # Errors
    /// When `address` did it as often as it may, and how long it has to wait; it is not counted
    /// then.
    pub fn count(&mut self, now: Duration, address: Address) -> Result<(), TooOften> {
        let full_at = self.full_at.get(&address).copied().unwrap_or(now).max(now) + self.rate.every;
        let over = (full_at - now).saturating_sub(self.rate.refill());
        if over > Duration::ZERO {
            return Err(TooOften(over));
        }
        self.full_at.insert(address, full_at);
        if self.full_at.len() >= self.sweep_at {
            self.full_at.retain(|_, full_at| *full_at > now);
            // So that a crowd that has to be remembered is not looked through for each of them.
            self.sweep_at = FEW.max(2 * self.full_at.len());
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::address::Loopback;

    const RATE: Rate = Rate {
        burst: 3,
        every: Duration::from_secs(10),
    };

    #[test]
    fn so_many_at_once_and_then_one_by_one() {
        let mut rates = Rates::new(RATE);
        let [ada, bob] = [address(1), address(2)];
        for _ in 0..3 {
            assert_eq!(rates.count(at(5), ada), Ok(()));
        }
        assert_eq!(rates.count(at(5), ada), Err(TooOften(at(10))));
        assert_eq!(rates.count(at(12), ada), Err(TooOften(at(3))));
        assert_eq!(rates.count(at(12), bob), Ok(()), "others are not meant");
        assert_eq!(rates.count(at(15), ada), Ok(()));
        assert_eq!(rates.count(at(15), ada), Err(TooOften(at(10))));
        for _ in 0..3 {
            assert_eq!(rates.count(at(60), ada), Ok(()), "the burst is whole again");
        }
    }

    #[test]
    fn whoever_may_do_everything_again_is_forgotten() {
        let mut rates = Rates::new(RATE);
        let mut most = 0;
        for number in 0..10_000 {
            // Each is remembered for ten seconds, and five come in each.
            let _ = rates.count(at(2 * u64::from(number)), address(number));
            most = most.max(rates.full_at.len());
        }
        assert!(most <= FEW, "{most}");
    }

    #[test]
    fn who_did_it_too_often_is_not_forgotten_in_a_crowd() {
        let mut rates = Rates::new(RATE);
        for _ in 0..3 {
            rates.count(at(0), address(0)).unwrap();
        }
        for number in 1..10_000 {
            rates.count(at(0), address(number)).unwrap();
        }
        assert!(rates.count(at(1), address(0)).is_err());
    }

    fn at(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    fn address(number: u32) -> Address {
        let [_, _, high, low] = number.to_be_bytes();
        Address::of([198, 51, high, low].into(), Loopback::Counted).unwrap()
    }
}
