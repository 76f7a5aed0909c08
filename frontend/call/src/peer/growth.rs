//! A camera's picture begins small. Until a browser knows what a path can carry it guesses little,
//! and holds back the first pictures of a camera that would need more: at 1280x720 Chromium's first
//! one leaves a fifth of a second later than at a quarter of that.

use std::time::Duration;

use crate::time::Timestamp;

/// How long the picture stays small: by then the browser has measured the path.
const SMALL_FOR: Duration = Duration::from_secs(2);

/// What size a connection sends the camera's picture in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Growth {
    /// The senders are not there yet.
    Unset,
    /// Small, and nothing is sent yet.
    Small,
    /// Small until then.
    Until(Timestamp),
    /// As it comes from the camera.
    Full,
}

impl Growth {
    /// The senders are there; tells whether that is news.
    pub(super) fn begin(&mut self) -> bool {
        let news = *self == Self::Unset;
        if news {
            *self = Self::Small;
        }
        news
    }

    /// The camera's picture is sent from now on.
    pub(super) fn handle_sent(&mut self, now: Timestamp) {
        if *self == Self::Small {
            *self = Self::Until(now + SMALL_FOR);
        }
    }

    /// Tells once that it is time for the full size.
    pub(super) fn poll(&mut self, now: Timestamp) -> bool {
        let grown = self.poll_timeout().is_some_and(|at| at <= now);
        if grown {
            *self = Self::Full;
        }
        grown
    }

    /// When [`Growth::poll`] has something to tell.
    pub(super) fn poll_timeout(self) -> Option<Timestamp> {
        match self {
            Self::Until(at) => Some(at),
            Self::Unset | Self::Small | Self::Full => None,
        }
    }

    pub(super) fn is_small(self) -> bool {
        matches!(self, Self::Small | Self::Until(_))
    }
}
