//! How much may be said, by one socket or by all of one address: messages and bytes, by the generic
//! cell rate algorithm.

use std::num::NonZeroU32;

use governor::{DefaultDirectRateLimiter, Quota as Limit, RateLimiter};
use protocol::{BYTES_BURST, BYTES_PER_SECOND, MESSAGES_BURST, MESSAGES_PER_SECOND};

use crate::rates::Rate;

/// See the module.
#[derive(Debug)]
pub(crate) struct Quota {
    messages: DefaultDirectRateLimiter,
    bytes: DefaultDirectRateLimiter,
}

/// More was said than may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct TooFast;

impl Quota {
    /// Of one socket.
    pub(crate) fn of_a_socket() -> Self {
        Self::new(
            Rate::per_second(MESSAGES_PER_SECOND, MESSAGES_BURST),
            Rate::per_second(BYTES_PER_SECOND, BYTES_BURST),
        )
    }

    /// Of so many messages and so many bytes.
    pub(crate) fn new(messages: Rate, bytes: Rate) -> Self {
        Self {
            messages: limiter(messages),
            bytes: limiter(bytes),
        }
    }

    /// Counts one message of `bytes`.
    pub(crate) fn count(&self, bytes: usize) -> Result<(), TooFast> {
        self.messages.check().map_err(|_| TooFast)?;
        let bytes = u32::try_from(bytes).map_err(|_| TooFast)?;
        match NonZeroU32::new(bytes).map(|bytes| self.bytes.check_n(bytes)) {
            None | Some(Ok(Ok(()))) => Ok(()),
            Some(Ok(Err(_)) | Err(_)) => Err(TooFast),
        }
    }
}

fn limiter(rate: Rate) -> DefaultDirectRateLimiter {
    let limit = Limit::with_period(rate.every).expect("the limits are above zero");
    let burst = NonZeroU32::new(rate.burst).expect("the limits are above zero");
    RateLimiter::direct(limit.allow_burst(burst))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_is_allowed_and_a_flood_is_not() {
        let quota = Quota::of_a_socket();
        let allowed = (0..3 * MESSAGES_BURST)
            .take_while(|_| quota.count(100) == Ok(()))
            .count();
        assert!(allowed >= MESSAGES_BURST as usize, "{allowed}");
        assert!(allowed < 3 * MESSAGES_BURST as usize);
    }

    #[test]
    fn bytes_are_counted_besides() {
        let quota = Quota::of_a_socket();
        let message = protocol::MAX_MESSAGE_BYTES;
        let allowed = (0..MESSAGES_BURST)
            .take_while(|_| quota.count(message) == Ok(()))
            .count();
        assert!(allowed >= BYTES_BURST as usize / message, "{allowed}");
        assert!(allowed < MESSAGES_BURST as usize);
    }
}
