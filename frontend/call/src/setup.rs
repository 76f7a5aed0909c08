//! How long each step to somebody's first picture took: noted as it happens, shown as a waterfall.
//!
//! Waiting for people is no step: time in which nothing was to be done, before the other came and
//! before both were in the call, is left out.

use std::time::Duration;

use crate::time::Timestamp;
use crate::view::Slot;

/// A step on the way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Step {
    /// The signaling socket opens.
    Socket,
    /// The server answers who is there.
    Welcome,
    /// The browser finds its addresses.
    Gathering,
    /// One describes what they offer.
    Offer,
    /// The other answers it.
    Answer,
    /// Both try which addresses reach the other.
    Checks,
    /// Both agree on keys (DTLS).
    Dtls,
    /// Sound comes.
    FirstAudio,
    /// A picture is shown.
    FirstFrame,
}

/// One bar of the waterfall.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StepView {
    /// Which.
    pub step: Step,
    /// When it began, in milliseconds since the first one did.
    pub start: u32,
    /// How long it took, in milliseconds.
    pub took: u32,
}

/// The steps that the page takes once.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Arrival {
    pub(crate) began: Timestamp,
    pub(crate) opened: Option<Timestamp>,
    pub(crate) welcomed: Option<Timestamp>,
}

impl Arrival {
    /// Of a page that opens its socket now.
    pub(crate) fn new(now: Timestamp) -> Self {
        Self {
            began: now,
            opened: None,
            welcomed: None,
        }
    }
}

/// The steps of one connection.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Setup {
    made: Timestamp,
    gathering: Option<Timestamp>,
    gathered: Option<Timestamp>,
    offered: Option<Timestamp>,
    answered: Option<Timestamp>,
    reached: Option<Timestamp>,
    connected: Option<Timestamp>,
    /// Both are in the call, so media may flow.
    wanted: Option<Timestamp>,
    heard: Option<Timestamp>,
    seen: Option<Timestamp>,
}

impl Setup {
    pub(crate) fn new(made: Timestamp) -> Self {
        Self {
            made,
            gathering: None,
            gathered: None,
            offered: None,
            answered: None,
            reached: None,
            connected: None,
            wanted: None,
            heard: None,
            seen: None,
        }
    }

    /// A description was set on one side: the offer, then the answer; later ones do not count.
    pub(crate) fn described(&mut self, now: Timestamp) {
        if self.offered.is_none() {
            self.offered = Some(now);
        } else {
            self.answered.get_or_insert(now);
        }
    }

    /// One's own description was set, which begins the gathering.
    pub(crate) fn gathers(&mut self, now: Timestamp) {
        self.gathering.get_or_insert(now);
    }

    pub(crate) fn gathered(&mut self, now: Timestamp) {
        self.gathered.get_or_insert(now);
    }

    pub(crate) fn reached(&mut self, now: Timestamp) {
        self.reached.get_or_insert(now);
    }

    pub(crate) fn connected(&mut self, now: Timestamp) {
        self.connected.get_or_insert(now);
    }

    pub(crate) fn wanted(&mut self, now: Timestamp) {
        self.wanted.get_or_insert(now);
    }

    /// Sound or a picture of them is perceived, which counts once both want it.
    pub(crate) fn noticed(&mut self, now: Timestamp, slot: Slot) {
        if self.connected.is_none() || self.wanted.is_none() {
            return;
        }
        match slot {
            Slot::Microphone => self.heard.get_or_insert(now),
            Slot::Camera => self.seen.get_or_insert(now),
            Slot::Screen | Slot::ScreenAudio => return,
        };
    }

    /// The steps that are done, in the order of [`Step`].
    pub(crate) fn view(&self, arrival: &Arrival) -> Vec<StepView> {
        let mut steps = Vec::with_capacity(9);
        let mut bar = |step, from: Option<Timestamp>, to: Option<Timestamp>, left_out| {
            if let (Some(from), Some(to)) = (from, to) {
                let start = from.since(arrival.began).saturating_sub(left_out);
                steps.push(StepView {
                    step,
                    start: millis(start),
                    took: millis(to.since(from)),
                });
            }
        };
        let none = Duration::ZERO;
        bar(Step::Socket, Some(arrival.began), arrival.opened, none);
        bar(Step::Welcome, arrival.opened, arrival.welcomed, none);
        let idle = self.made.since(arrival.welcomed.unwrap_or(arrival.began));
        bar(Step::Gathering, self.gathering, self.gathered, idle);
        bar(Step::Offer, Some(self.made), self.offered, idle);
        bar(Step::Answer, self.offered, self.answered, idle);
        bar(Step::Checks, self.answered, self.reached, idle);
        bar(Step::Dtls, self.reached, self.connected, idle);
        let ready = self.connected.zip(self.wanted);
        let begun = ready.map(|(connected, wanted)| connected.max(wanted));
        let waited = ready.map_or(none, |(connected, wanted)| wanted.since(connected));
        bar(Step::FirstAudio, begun, self.heard, idle + waited);
        bar(Step::FirstFrame, begun, self.seen, idle + waited);
        steps
    }
}

fn millis(time: Duration) -> u32 {
    u32::try_from(time.as_millis()).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(millis: u64) -> Timestamp {
        Timestamp(Duration::from_millis(millis))
    }

    #[test]
    fn steps_follow_one_another_and_waiting_for_people_is_left_out() {
        let arrival = Arrival {
            began: at(1_000),
            opened: Some(at(1_020)),
            welcomed: Some(at(1_050)),
        };
        // The other comes after a minute, and presses the button after ten more seconds.
        let mut setup = Setup::new(at(61_050));
        setup.described(at(61_060));
        setup.gathers(at(61_060));
        setup.described(at(61_160));
        setup.gathered(at(61_200));
        setup.reached(at(61_250));
        setup.connected(at(61_300));
        setup.wanted(at(71_300));
        setup.noticed(at(71_350), Slot::Microphone);
        setup.noticed(at(71_400), Slot::Camera);
        // An ICE restart much later changes nothing of it.
        setup.described(at(99_000));
        setup.gathers(at(99_000));
        setup.connected(at(99_500));
        let bars: Vec<_> = setup.view(&arrival).into_iter().collect();
        let expected = [
            (Step::Socket, 0, 20),
            (Step::Welcome, 20, 30),
            (Step::Gathering, 60, 140),
            (Step::Offer, 50, 10),
            (Step::Answer, 60, 100),
            (Step::Checks, 160, 90),
            (Step::Dtls, 250, 50),
            (Step::FirstAudio, 300, 50),
            (Step::FirstFrame, 300, 100),
        ];
        assert_eq!(
            bars,
            expected.map(|(step, start, took)| StepView { step, start, took })
        );
    }

    #[test]
    fn what_has_not_happened_is_not_shown() {
        let arrival = Arrival {
            began: at(0),
            opened: Some(at(5)),
            welcomed: None,
        };
        let setup = Setup::new(at(10));
        let steps: Vec<Step> = setup.view(&arrival).iter().map(|bar| bar.step).collect();
        assert_eq!(steps, [Step::Socket]);
    }
}
