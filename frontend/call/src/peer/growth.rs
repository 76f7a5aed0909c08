//! A camera's picture begins small and grows in steps. Until a browser has measured what a path can
//! carry it guesses little, and Chromium holds back the first pictures of a camera that would need
//! more: up to four of them, of those above 320x240. And the less there is to encode and to decode, the
//! sooner it is done.

use std::time::Duration;

use crate::time::Timestamp;

/// By how much width and height are divided, and for how long from the first picture on. By the end of
/// the last step the browser has measured the path.
const STEPS: [(u8, Duration); 2] = [(4, Duration::from_millis(500)), (2, Duration::from_secs(2))];

/// What size a connection sends the camera's picture in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Growth {
    /// As small as it gets, and nothing is sent yet.
    Waiting,
    /// A step on the way.
    Step {
        /// Which of [`STEPS`].
        step: usize,
        /// When the first picture was sent.
        since: Timestamp,
    },
    /// As it comes from the camera.
    Full,
}

impl Growth {
    /// The camera's picture is sent from now on.
    pub(super) fn handle_sent(&mut self, now: Timestamp) {
        if *self == Self::Waiting {
            *self = Self::Step {
                step: 0,
                since: now,
            };
        }
    }

    /// Takes the steps for which it is time.
    pub(super) fn poll(&mut self, now: Timestamp) {
        while let Self::Step { step, since } = *self
            && since + STEPS[step].1 <= now
        {
            *self = match step + 1 {
                step if step < STEPS.len() => Self::Step { step, since },
                _ => Self::Full,
            };
        }
    }

    /// When [`Growth::poll`] has a step to take.
    pub(super) fn poll_timeout(self) -> Option<Timestamp> {
        match self {
            Self::Step { step, since } => Some(since + STEPS[step].1),
            Self::Waiting | Self::Full => None,
        }
    }

    /// `scaleResolutionDownBy` of the camera's encoding (W3C webrtc-pc, `RTCRtpEncodingParameters`).
    pub(super) fn scale_down_by(self) -> u8 {
        match self {
            Self::Waiting => STEPS[0].0,
            Self::Step { step, .. } => STEPS[step].0,
            Self::Full => 1,
        }
    }
}
