//! Whether the other can be heard over the connection itself, seconds before the browser says
//! that they cannot: both beat on a channel that loses what does not get through at once.
//!
//! A page that sleeps does not beat although its sound may go on, so silence is a reason to
//! restart ICE and to ask the server, never one to call somebody gone.

use std::time::Duration;

use crate::time::Timestamp;

/// How often one beats.
pub const BEAT: Duration = Duration::from_millis(500);
/// The same while somebody is not heard, so that they are as soon as the path is back.
pub(crate) const BEAT_IN_DOUBT: Duration = Duration::from_millis(100);
/// Fifths of a beat's interval after which silence means something: three beats did not come.
const PATIENCE: u32 = 18;
/// Patience grows to this many times that where silence turned out to mean nothing.
const LONGEST: u32 = 4;
/// For this long after a silence what has to arrive in order may still be late: whatever was lost
/// on the way is said again ever more seldom.
const SETTLES: Duration = Duration::from_secs(3);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Hearing {
    /// As far as we know they hear us and we hear them.
    Sound,
    /// Not asked yet: something happened that may have broken the path.
    Doubted,
    /// Nothing was heard for too long.
    Silent,
}

/// One connection's beats.
#[derive(Debug)]
pub(crate) struct Pulse {
    hearing: Hearing,
    /// When silence began to count: they were heard, or could not be listened to before.
    listens_since: Timestamp,
    heard_at: Timestamp,
    /// When the last silence ended.
    mended_at: Option<Timestamp>,
    patience: Duration,
    longest_patience: Duration,
}

impl Pulse {
    /// Of a connection that begins, where one beats every `beat`.
    pub(crate) fn new(now: Timestamp, beat: Duration) -> Self {
        let patience = beat * PATIENCE / 5;
        Self {
            hearing: Hearing::Sound,
            listens_since: now,
            heard_at: now,
            mended_at: None,
            patience,
            longest_patience: patience * LONGEST,
        }
    }

    /// The path works most likely.
    pub(crate) fn is_sound(&self) -> bool {
        self.hearing == Hearing::Sound
    }

    /// There was a silence a moment ago.
    pub(crate) fn is_convalescent(&self, now: Timestamp) -> bool {
        self.mended_at.is_some_and(|at| now.since(at) < SETTLES)
    }

    /// Nothing was heard for too long.
    pub(crate) fn is_silent(&self) -> bool {
        self.hearing == Hearing::Silent
    }

    /// When something was heard last, or the path was said to work; times in which one could not listen
    /// are left out.
    pub(crate) fn heard_at(&self) -> Timestamp {
        self.heard_at
    }

    /// A beat came.
    pub(crate) fn handle_beat(&mut self, now: Timestamp) {
        if self.is_silent() {
            self.patience = (self.patience * 2).min(self.longest_patience);
            self.mended_at = Some(now);
        }
        self.hearing = Hearing::Sound;
        self.listens_since = now;
        self.heard_at = now;
    }

    /// The browser says that the path works: silence counts from here.
    pub(crate) fn begin_anew(&mut self, now: Timestamp) {
        self.listen_anew(now, Duration::ZERO);
        self.heard_at = now;
    }

    /// One could not listen for that long, until now: silence counts from here.
    pub(crate) fn listen_anew(&mut self, now: Timestamp, held_up: Duration) {
        if self.is_silent() {
            self.mended_at = Some(now);
        }
        self.hearing = Hearing::Sound;
        self.listens_since = now;
        self.heard_at = (self.heard_at + held_up).min(now);
    }

    /// Something may have broken the path; the next beat tells that it did not.
    pub(crate) fn doubt(&mut self) {
        if self.is_sound() {
            self.hearing = Hearing::Doubted;
        }
    }

    /// Tells once that the silence has become too long.
    pub(crate) fn poll(&mut self, now: Timestamp) -> bool {
        let broke = !self.is_silent() && self.silent_at() <= now;
        if broke {
            self.hearing = Hearing::Silent;
        }
        broke
    }

    /// When [`Pulse::poll`] has something to tell.
    pub(crate) fn poll_timeout(&self) -> Option<Timestamp> {
        (!self.is_silent()).then(|| self.silent_at())
    }

    fn silent_at(&self) -> Timestamp {
        self.listens_since + self.patience
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: Timestamp = Timestamp(Duration::from_secs(9));
    const WAIT: Duration = Duration::from_millis(1_800);

    #[test]
    fn silence_is_told_once() {
        let mut pulse = Pulse::new(START, BEAT);
        pulse.handle_beat(START + BEAT);
        let silent_at = pulse.poll_timeout().unwrap();
        assert_eq!(silent_at, START + BEAT + WAIT);
        assert!(!pulse.poll(START + WAIT), "they were heard since");
        assert!(pulse.poll(silent_at));
        assert!(!pulse.poll(silent_at + WAIT));
        assert!(pulse.is_silent() && pulse.poll_timeout().is_none());
    }

    #[test]
    fn what_could_not_be_listened_to_was_no_silence() {
        let mut pulse = Pulse::new(START, BEAT);
        let now = START + WAIT * 2;
        assert!(pulse.poll(now));
        pulse.listen_anew(now, WAIT);
        assert!(pulse.is_sound());
        assert_eq!(pulse.poll_timeout(), Some(now + WAIT));
        assert_eq!(
            pulse.heard_at(),
            START + WAIT,
            "nothing was heard in the rest"
        );
        pulse.listen_anew(now, WAIT * 9);
        assert_eq!(pulse.heard_at(), now);
    }

    #[test]
    fn silence_that_meant_nothing_makes_patient_but_not_for_ever() {
        let mut pulse = Pulse::new(START, BEAT);
        let mut now = START;
        for _ in 0..10 {
            now = pulse.poll_timeout().unwrap();
            assert!(pulse.poll(now));
            pulse.handle_beat(now);
        }
        assert!(pulse.is_sound());
        assert_eq!(pulse.poll_timeout(), Some(now + WAIT * LONGEST));
    }

    #[test]
    fn it_takes_a_while_until_all_is_well_after_a_silence() {
        let mut pulse = Pulse::new(START, BEAT);
        assert!(!pulse.is_convalescent(START));
        let silent_at = pulse.poll_timeout().unwrap();
        assert!(pulse.poll(silent_at));
        pulse.handle_beat(silent_at + BEAT);
        assert!(pulse.is_convalescent(silent_at + BEAT * 2));
        pulse.handle_beat(silent_at + BEAT * 2);
        assert!(!pulse.is_convalescent(silent_at + BEAT + SETTLES));
    }

    #[test]
    fn a_doubt_is_gone_with_the_next_beat() {
        let mut pulse = Pulse::new(START, BEAT);
        pulse.doubt();
        assert!(!pulse.is_sound() && !pulse.is_silent());
        pulse.handle_beat(START);
        assert!(pulse.is_sound());
        assert_eq!(pulse.poll_timeout(), Some(START + WAIT));
    }
}
