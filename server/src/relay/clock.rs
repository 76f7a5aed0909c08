//! The one clock all machines of the relay are told the time by.

use std::time::{Instant, SystemTime, UNIX_EPOCH};

use turn::Now;

/// Counts from when it was made.
#[derive(Debug, Clone, Copy)]
pub(super) struct Clock {
    start: Instant,
}

impl Clock {
    pub(super) fn start() -> Self {
        Self {
            start: Instant::now(),
        }
    }

    pub(super) fn now(self) -> Now {
        Now {
            millis: u64::try_from(self.start.elapsed().as_millis()).unwrap_or(u64::MAX),
            unix_seconds: unix_seconds(),
        }
    }

    /// The moment `millis` of this clock.
    pub(super) fn instant(self, millis: u64) -> Instant {
        // A machine without deadlines says "never", which no clock can hold.
        let wait = std::time::Duration::from_millis(millis.min(u64::from(u32::MAX)));
        self.start + wait
    }
}

/// Seconds since 1970; 0 on a machine whose clock stands before that.
pub(crate) fn unix_seconds() -> u64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |since| since.as_secs())
}
