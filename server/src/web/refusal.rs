//! What goes with each refusal: the code a socket is closed with, and when to try again.

use protocol::{CloseCode, RefuseReason};

use crate::rooms::{Ending, Gone};

/// How a socket ends that is refused for `reason`.
pub(super) fn ending(reason: RefuseReason) -> Ending {
    Ending {
        code: close_code(reason),
        reason: Some(reason),
    }
}

#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "the enum is non-exhaustive; what it may grow is first of all a message not taken"
)]
fn close_code(reason: RefuseReason) -> CloseCode {
    match reason {
        RefuseReason::MessageTooLarge => CloseCode::TooLarge,
        RefuseReason::UnknownToken => CloseCode::UnknownToken,
        RefuseReason::Idle => CloseCode::Idle,
        RefuseReason::TooFast => CloseCode::TooFast,
        RefuseReason::FellBehind => CloseCode::FellBehind,
        RefuseReason::TooManySockets
        | RefuseReason::TooManyRooms
        | RefuseReason::LobbyFull
        | RefuseReason::RoomFull
        | RefuseReason::Overloaded => CloseCode::TooMany,
        _ => CloseCode::BadMessage,
    }
}

/// Whether somebody may come back whose socket ended so: only if it was no fault of theirs.
#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "the enum is non-exhaustive; what it may grow is first of all a rule broken"
)]
pub(super) fn gone(ending: Ending) -> Gone {
    match ending.code {
        CloseCode::FellBehind => Gone::ForNow,
        _ => Gone::ForGood,
    }
}

/// Milliseconds after which the same may be tried again; `None` where that would not help.
#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "the enum is non-exhaustive; by itself nothing is worth a second try"
)]
pub(super) fn retry_after_ms(reason: RefuseReason) -> Option<u64> {
    match reason {
        // The burst is full again by then.
        RefuseReason::TooFast => Some(2_000),
        RefuseReason::Overloaded => Some(5_000),
        // Somebody else has to leave first.
        RefuseReason::LobbyFull | RefuseReason::TooManySockets | RefuseReason::TooManyRooms => {
            Some(10_000)
        }
        _ => None,
    }
}
