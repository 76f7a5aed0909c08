//! How long to wait before the next try.

use std::time::Duration;

use chacha20::ChaCha20Rng;
use rand_core::Rng as _;

/// Delays that grow from nothing to a limit, each with up to a quarter taken off at random, so
/// that many who lost the same server do not come back in step.
#[derive(Debug, Clone, Default)]
pub(crate) struct Backoff {
    tries: u32,
}

impl Backoff {
    /// Delay of the second try; the first has none.
    const FIRST: Duration = Duration::from_millis(500);
    /// No delay is longer.
    const LAST: Duration = Duration::from_secs(10);
    /// Nor than this in the first minute, where `eager`.
    const EAGER: (Duration, u32) = (Duration::from_secs(2), 30);

    /// The delay before the next try. `eager`: what was lost is missed, and most losses are short.
    pub(crate) fn next(&mut self, eager: bool, rng: &mut ChaCha20Rng) -> Duration {
        let tries = self.tries;
        let (soon, eagerly) = Self::EAGER;
        let longest = if eager && tries < eagerly {
            soon
        } else {
            Self::LAST
        };
        self.tries = tries.saturating_add(1);
        if tries == 0 {
            return Duration::ZERO;
        }
        let full = Self::FIRST * 2_u32.pow((tries - 1).min(8));
        let full = full.min(longest);
        full - full * (rng.next_u32() % 1_000) / 4_000
    }

    /// How many tries there were since the last success.
    pub(crate) fn tries(&self) -> u32 {
        self.tries
    }

    /// It worked.
    pub(crate) fn reset(&mut self) {
        self.tries = 0;
    }
}

#[cfg(test)]
mod tests {
    use rand_core::SeedableRng as _;

    use super::*;

    #[test]
    fn the_first_try_is_at_once_and_the_later_ones_wait_longer_up_to_the_limit() {
        let mut rng = ChaCha20Rng::from_seed([3; 32]);
        let mut backoff = Backoff::default();
        assert_eq!(backoff.next(false, &mut rng), Duration::ZERO);
        for seconds in [0.5, 1.0, 2.0, 4.0, 8.0, 10.0, 10.0] {
            let delay = backoff.next(false, &mut rng).as_secs_f64();
            assert!(delay <= seconds && delay > seconds * 0.74, "{delay}");
        }
        backoff.reset();
        assert_eq!(backoff.next(false, &mut rng), Duration::ZERO);
    }
}
