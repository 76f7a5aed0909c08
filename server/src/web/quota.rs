//! How much one socket may say: messages and bytes, by the generic cell rate algorithm.

use std::num::NonZeroU32;

use governor::{DefaultDirectRateLimiter, Quota as Rate, RateLimiter};
use protocol::{BYTES_BURST, BYTES_PER_SECOND, MESSAGES_BURST, MESSAGES_PER_SECOND};

/// See the module.
pub(super) struct Quota {
    messages: DefaultDirectRateLimiter,
    bytes: DefaultDirectRateLimiter,
}

/// More was said than may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct TooFast;

impl Quota {
    pub(super) fn new() -> Self {
        Self {
            messages: limiter(MESSAGES_PER_SECOND, MESSAGES_BURST),
            bytes: limiter(BYTES_PER_SECOND, BYTES_BURST),
        }
    }

    /// Counts one message of `bytes`.
    pub(super) fn count(&self, bytes: usize) -> Result<(), TooFast> {
        self.messages.check().map_err(|_| TooFast)?;
        let bytes = u32::try_from(bytes).map_err(|_| TooFast)?;
        match NonZeroU32::new(bytes).map(|bytes| self.bytes.check_n(bytes)) {
            None | Some(Ok(Ok(()))) => Ok(()),
            Some(Ok(Err(_)) | Err(_)) => Err(TooFast),
        }
    }
}

fn limiter(per_second: u32, burst: u32) -> DefaultDirectRateLimiter {
    let positive = |limit| NonZeroU32::new(limit).expect("the limits are above zero");
    let rate = Rate::per_second(positive(per_second));
    RateLimiter::direct(rate.allow_burst(positive(burst)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_is_allowed_and_a_flood_is_not() {
        let quota = Quota::new();
        let allowed = (0..3 * MESSAGES_BURST)
            .take_while(|_| quota.count(100) == Ok(()))
            .count();
        assert!(allowed >= MESSAGES_BURST as usize, "{allowed}");
        assert!(allowed < 3 * MESSAGES_BURST as usize);
    }

    #[test]
    fn bytes_are_counted_besides() {
        let quota = Quota::new();
        let message = protocol::MAX_MESSAGE_BYTES;
        let allowed = (0..MESSAGES_BURST)
            .take_while(|_| quota.count(message) == Ok(()))
            .count();
        assert!(allowed >= BYTES_BURST as usize / message, "{allowed}");
        assert!(allowed < MESSAGES_BURST as usize);
    }
}
