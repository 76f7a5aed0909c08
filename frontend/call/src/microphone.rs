//! What the person should know of their own microphone: that it is off while they speak, or that
//! nothing comes from it. A decision from its level, told some times a second.

use std::time::Duration;

use crate::time::Timestamp;
use crate::voices::Voice;

/// Speech this long into a microphone that is off is meant for the others.
const SPOKEN: Duration = Duration::from_secs(1);
/// What is said about it stays this long after the last word, so that it can be read.
const STAYS: Duration = Duration::from_secs(4);
/// Not even noise for this long: a working microphone is never that still.
const STILL: Duration = Duration::from_secs(10);

/// What to tell the person.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MicrophoneHint {
    /// They speak, and it is off.
    Muted,
    /// It is on, and nothing comes from it.
    Silent,
    /// It is on, and the others hear themselves through it ([`crate::EchoWatch`]).
    Echo,
}

/// Listens to one's own microphone.
#[derive(Debug, Clone, Default)]
pub struct MicrophoneWatch {
    on: bool,
    voice: Voice,
    /// When they last spoke for long while it was off.
    in_vain: Option<Timestamp>,
    /// Since when nothing has come at all.
    still: Option<Timestamp>,
}

impl MicrophoneWatch {
    /// It is on or off, and hears that much, 0 to 1, whether or not the others do.
    pub fn hear(&mut self, now: Timestamp, on: bool, level: f64) {
        if on != self.on {
            *self = Self {
                on,
                ..Self::default()
            };
        }
        self.voice.hear(now, level);
        if !on && self.voice.has_spoken_for(SPOKEN) {
            self.in_vain = Some(now);
        }
        if level > 0.0 {
            self.still = None;
        } else {
            self.still.get_or_insert(now);
        }
    }

    /// What the person should know now.
    pub fn hint(&self, now: Timestamp) -> Option<MicrophoneHint> {
        let since = |at: Option<Timestamp>| at.map(|at| now.since(at));
        if self.on {
            let still = since(self.still).is_some_and(|long| long >= STILL);
            still.then_some(MicrophoneHint::Silent)
        } else {
            let spoken = since(self.in_vain).is_some_and(|ago| ago < STAYS);
            spoken.then_some(MicrophoneHint::Muted)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const STEP: Duration = Duration::from_millis(100);

    /// A microphone at ten readings a second.
    #[derive(Default)]
    struct Desk {
        watch: MicrophoneWatch,
        now: Timestamp,
    }

    impl Desk {
        fn go_on(&mut self, millis: u64, on: bool, level: f64) -> Option<MicrophoneHint> {
            let until = self.now + Duration::from_millis(millis);
            while self.now < until {
                self.now = self.now + STEP;
                self.watch.hear(self.now, on, level);
            }
            self.watch.hint(self.now)
        }
    }

    #[test]
    fn who_speaks_into_a_microphone_that_is_off_is_told_so_and_not_for_ever() {
        let mut desk = Desk::default();
        assert_eq!(desk.go_on(900, false, 0.2), None);
        assert_eq!(desk.go_on(300, false, 0.2), Some(MicrophoneHint::Muted));
        assert_eq!(desk.go_on(3_000, false, 0.001), Some(MicrophoneHint::Muted));
        assert_eq!(desk.go_on(2_000, false, 0.001), None);
    }

    #[test]
    fn a_cough_is_meant_for_nobody() {
        let mut desk = Desk::default();
        assert_eq!(desk.go_on(500, false, 0.5), None);
        assert_eq!(desk.go_on(5_000, false, 0.001), None);
    }

    #[test]
    fn turning_it_on_is_answer_enough() {
        let mut desk = Desk::default();
        assert_eq!(desk.go_on(2_000, false, 0.2), Some(MicrophoneHint::Muted));
        assert_eq!(desk.go_on(100, true, 0.2), None);
    }

    #[test]
    fn a_microphone_that_gives_nothing_for_ten_seconds_is_silent_and_noise_ends_it() {
        let mut desk = Desk::default();
        assert_eq!(desk.go_on(10_000, true, 0.0), None);
        assert_eq!(desk.go_on(200, true, 0.0), Some(MicrophoneHint::Silent));
        assert_eq!(desk.go_on(100, true, 0.000_1), None);
        assert_eq!(desk.go_on(5_000, true, 0.0), None);
    }

    #[test]
    fn one_that_is_off_may_be_as_silent_as_it_likes() {
        let mut desk = Desk::default();
        assert_eq!(desk.go_on(60_000, false, 0.0), None);
        assert_eq!(desk.go_on(5_000, true, 0.0), None);
    }
}
