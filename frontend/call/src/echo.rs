//! Whether the others hear themselves through this page: a decision from how loud they are and how loud
//! the own microphone is, told some times a second. An echo is there whenever they are, at one delay, and
//! not when they are not; who speaks does neither.

use std::cmp::Ordering;
use std::collections::VecDeque;
use std::ops::Range;
use std::time::Duration;

use crate::time::Timestamp;

/// How far back is looked: some sentences and the pauses between them.
const WINDOW: Duration = Duration::from_secs(12);
/// Readings further apart say nothing of one another: the page was asleep.
const GAP: Duration = Duration::from_millis(600);
/// A loudspeaker, the air and a microphone take no longer than this, with both browsers' buffers.
const LAG: Duration = Duration::from_millis(400);
/// From one's own microphone to the others, out of their loudspeakers and back.
const ROUND: Duration = Duration::from_millis(1_500);
/// A reading catches an instant; syllables are further apart than this never.
const HOLD: Duration = Duration::from_millis(300);
/// From here on the others are heard, where 1 is the loudest there is: 36 dB below it.
const THEIRS: f64 = 0.016;
/// From here on the own microphone hears something: what noise suppression leaves of a room is below.
const OWN: f64 = 0.006;
/// Of speech, and of pauses, this much has to be seen before anything is said.
const SEEN: Duration = Duration::from_secs(2);
/// While they are heard, the own microphone has to hear something so often, in percent, and be as quiet
/// while they are not.
const SURE: usize = 85;
/// The same where an echo was found a moment ago.
const STILL: usize = 70;
/// What is said about it stays this long after it was last so: their next pause is no mending.
const STAYS: Duration = Duration::from_secs(8);

#[derive(Debug, Clone, Copy)]
struct Reading {
    at: Timestamp,
    theirs: bool,
    own: bool,
}

/// Listens for an echo.
#[derive(Debug, Clone, Default)]
pub struct EchoWatch {
    readings: VecDeque<Reading>,
    theirs: Option<Timestamp>,
    own: Option<Timestamp>,
    found: Option<Timestamp>,
}

impl EchoWatch {
    /// The loudest of the others is that loud now, 0 to 1, and so is one's own microphone; `None` while it
    /// is off, which ends every echo.
    pub fn hear(&mut self, now: Timestamp, theirs: f64, own: Option<f64>) {
        let last = self.readings.back().map_or(now, |last| last.at);
        let Some(own) = own.filter(|_| now.since(last) <= GAP) else {
            *self = Self::default();
            return;
        };
        if theirs >= THEIRS {
            self.theirs = Some(now);
        }
        if own >= OWN {
            self.own = Some(now);
        }
        let held = |at: Option<Timestamp>| at.is_some_and(|at| now.since(at) <= HOLD);
        self.readings.push_back(Reading {
            at: now,
            theirs: held(self.theirs),
            own: held(self.own),
        });
        while self
            .readings
            .front()
            .is_some_and(|first| now.since(first.at) > WINDOW)
        {
            self.readings.pop_front();
        }
        let enough = if self.is_heard(now) { STILL } else { SURE };
        if self.lags(LAG).any(|lag| self.follows(lag, enough)) && !self.comes_back() {
            self.found = Some(now);
        }
    }

    /// The others hear themselves, or did a moment ago.
    pub fn is_heard(&self, now: Timestamp) -> bool {
        self.found.is_some_and(|at| now.since(at) < STAYS)
    }

    /// The delays of up to `longest` that are tried, in readings.
    fn lags(&self, longest: Duration) -> Range<usize> {
        let first = self.readings.front().map(|reading| reading.at);
        let most = first.map_or(0, |first| {
            let early = self.readings.iter();
            early
                .take_while(|reading| reading.at.since(first) <= longest)
                .count()
        });
        0..most
    }

    /// The own microphone hears something when they are heard, that many readings later, and when they
    /// are not it does not; each `enough` percent of the time.
    fn follows(&self, lag: usize, enough: usize) -> bool {
        let (mut heard, mut both, mut quiet, mut neither) = (0, 0, 0, 0);
        let pairs = self.readings.iter().zip(self.readings.iter().skip(lag));
        for (before, after) in pairs {
            if before.theirs {
                heard += 1;
                both += usize::from(after.own);
            } else {
                quiet += 1;
                neither += usize::from(!after.own);
            }
        }
        let seen = self.in_readings(SEEN);
        heard >= seen
            && quiet >= seen
            && both * 100 >= heard * enough
            && neither * 100 >= quiet * enough
    }

    /// What they are heard to say is what the own microphone heard before: then the echo is theirs to end.
    fn comes_back(&self) -> bool {
        let theirs_first = |lag| self.agreement(0, lag);
        let ours_first = |lag| self.agreement(lag, 0);
        let ours = (1..self.lags(LAG).end).map(theirs_first).max();
        let theirs = (1..self.lags(ROUND).end).map(ours_first).max();
        if Some(self.agreement(0, 0)) < ours.max(theirs) {
            return theirs > ours;
        }
        // Within one reading: on whichever side the next one agrees more. Each word that begins or ends
        // has some chance to show it, so before it is said that neither side does, many have to.
        match ours_first(1).cmp(&theirs_first(1)) {
            Ordering::Less => false,
            Ordering::Equal => !self.is_full(),
            Ordering::Greater => true,
        }
    }

    /// The readings reach back as far as is looked.
    fn is_full(&self) -> bool {
        let (first, last) = (self.readings.front(), self.readings.back());
        let reach = first.zip(last).map(|(first, last)| last.at.since(first.at));
        reach.is_some_and(|reach| reach + GAP >= WINDOW)
    }

    /// Of a thousand readings, those in which both are heard or neither is: they that many readings
    /// later, or the own microphone.
    fn agreement(&self, they: usize, own: usize) -> usize {
        let readings = self.readings.iter();
        let pairs = readings.clone().skip(they).zip(readings.skip(own));
        let (mut all, mut same) = (0, 0);
        for (they, own) in pairs {
            all += 1;
            same += usize::from(they.theirs == own.own);
        }
        same * 1_000 / all.max(1)
    }

    /// How many readings a time has.
    fn in_readings(&self, long: Duration) -> usize {
        let (Some(first), Some(last)) = (self.readings.front(), self.readings.back()) else {
            return usize::MAX;
        };
        let whole = last.at.since(first.at).as_millis().max(1);
        let count = self.readings.len() as u128 * long.as_millis() / whole;
        usize::try_from(count).unwrap_or(usize::MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Five readings a second, as the page makes them.
    const STEP: Duration = Duration::from_millis(200);
    const QUIET: f64 = 0.001;

    /// Speaks for two or three seconds and pauses for one or two, with syllables of its own.
    fn speech(step: usize, seed: usize) -> f64 {
        let at = (step + 7 * seed) % (19 + 4 * seed);
        let speaks = at < 11 + 3 * seed;
        // Every third reading falls between two syllables.
        if speaks && !(step + seed).is_multiple_of(3) {
            0.08
        } else {
            QUIET
        }
    }

    /// Whether an echo was found at any time, and is at the end, of so many seconds.
    fn listen(seconds: usize, levels: impl Fn(usize) -> (f64, Option<f64>)) -> (bool, bool) {
        let mut watch = EchoWatch::default();
        let mut now = Timestamp(Duration::from_secs(1));
        let mut ever = false;
        for step in 0..seconds * 5 {
            now = now + STEP;
            let (theirs, own) = levels(step);
            watch.hear(now, theirs, own);
            ever |= watch.is_heard(now);
        }
        (ever, watch.is_heard(now))
    }

    #[test]
    fn what_comes_back_a_moment_later_and_softer_is_an_echo() {
        for lag in 0..=2 {
            let echo = |step: usize| {
                let back = step.checked_sub(lag).map_or(0.0, |then| speech(then, 0));
                (speech(step, 0), Some(QUIET + back / 5.0))
            };
            assert_eq!(listen(12, echo), (true, true), "after {lag} readings");
        }
    }

    #[test]
    fn ones_own_voice_that_comes_back_is_an_echo_of_the_others() {
        for lag in 1..=6 {
            let back = |step: usize| {
                let theirs = step.checked_sub(lag).map_or(0.0, |then| speech(then, 0));
                (QUIET + theirs / 5.0, Some(speech(step, 0)))
            };
            assert_eq!(listen(60, back), (false, false), "after {lag} readings");
        }
    }

    /// Two seconds of sound and almost as many of silence, that many milliseconds late.
    fn sentences(step: usize, late: usize) -> f64 {
        let at = step * 200 + 20_000 - late;
        if at % 3_930 < 2_000 { 0.1 } else { QUIET }
    }

    #[test]
    fn whose_echo_it_is_shows_in_less_than_the_time_between_two_readings() {
        for late in (0..400).step_by(30) {
            let echo = |step| (sentences(step, 0), Some(sentences(step, late)));
            assert!(listen(60, echo).0, "theirs comes back after {late} ms");
        }
        // A way there and back through two browsers takes no less.
        for late in (90..1_400).step_by(30) {
            let back = |step| (sentences(step, late), Some(sentences(step, 0)));
            assert!(!listen(60, back).0, "one's own comes back after {late} ms");
        }
    }

    #[test]
    fn who_talks_with_the_others_is_no_echo() {
        for seed in 1..4 {
            let talk = |step| (speech(step, 0), Some(speech(step, seed)));
            assert_eq!(listen(120, talk), (false, false), "speaker {seed}");
        }
    }

    #[test]
    fn who_answers_in_their_pauses_is_no_echo() {
        let answers = |step| {
            let theirs = speech(step, 0);
            let own = if theirs > QUIET { QUIET } else { 0.08 };
            (theirs, Some(own))
        };
        assert_eq!(listen(60, answers), (false, false));
    }

    #[test]
    fn silence_is_no_echo_on_either_side() {
        assert_eq!(listen(60, |_| (QUIET, Some(QUIET))), (false, false));
        let they_alone = |step| (speech(step, 0), Some(QUIET));
        assert_eq!(listen(60, they_alone), (false, false));
        let nobody_but_oneself = |step| (QUIET, Some(speech(step, 0)));
        assert_eq!(listen(60, nobody_but_oneself), (false, false));
    }

    #[test]
    fn without_a_pause_of_theirs_nothing_is_known() {
        assert_eq!(listen(60, |_| (0.08, Some(0.02))), (false, false));
    }

    #[test]
    fn it_is_said_for_a_while_after_it_ended_and_not_for_ever() {
        let mended = |step: usize| {
            let echo = if step < 60 {
                speech(step, 0) / 5.0
            } else {
                QUIET
            };
            (speech(step, 0), Some(echo))
        };
        assert!(listen(14, mended).1, "headphones were put on just now");
        assert_eq!(listen(40, mended), (true, false));
    }

    #[test]
    fn a_microphone_that_is_off_ends_it_at_once() {
        let muted = |step: usize| {
            let own = (step < 60).then(|| speech(step, 0) / 5.0);
            (speech(step, 0), own)
        };
        assert_eq!(listen(13, muted), (true, false));
    }

    #[test]
    fn what_neither_side_shows_to_be_the_others_is_told_only_after_many_words() {
        let at_once = |step| (sentences(step, 0), Some(sentences(step, 0)));
        assert!(!listen(10, at_once).0, "after ten seconds");
        assert!(listen(16, at_once).0, "after sixteen");
    }
}
