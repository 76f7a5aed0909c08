//! The one clock all machines of the relay are told the time by.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

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

    /// The moment `millis` of this clock, or now where it is over.
    pub(super) fn instant(self, millis: u64) -> Instant {
        self.instant_from(Instant::now(), millis)
    }

    fn instant_from(self, now: Instant, millis: u64) -> Instant {
        let age = now.duration_since(self.start).as_millis();
        let wait = u128::from(millis).saturating_sub(age);
        // A machine without deadlines says "never", which no clock can hold.
        let wait = u32::try_from(wait).unwrap_or(u32::MAX);
        now + Duration::from_millis(wait.into())
    }
}

/// Seconds since 1970; 0 on a machine whose clock stands before that.
pub(crate) fn unix_seconds() -> u64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |since| since.as_secs())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_due_later_is_later_however_long_the_server_has_run() {
        let clock = Clock::start();
        for days in [0, 1, 49, 50, 365] {
            let age = Duration::from_secs(days * 24 * 60 * 60);
            let now = clock.start + age;
            let due = age + Duration::from_secs(30);
            let due = u64::try_from(due.as_millis()).unwrap();
            let wait = clock.instant_from(now, due) - now;
            assert_eq!(wait, Duration::from_secs(30), "after {days} days");
            assert_eq!(clock.instant_from(now, 0), now, "after {days} days");
            assert!(clock.instant_from(now, u64::MAX) > now + Duration::from_secs(3_600));
        }
    }
}
