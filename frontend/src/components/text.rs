//! Which of the page's words fit what happened. The words themselves are in `frontend/text/`.

use call::{
    ConnectionView, DeviceKind, InvalidLink, MicrophoneHint, NoticeKind, ParticipantView,
    RefusalView,
};
use protocol::{DisplayName, RefuseReason};

use crate::words;

pub mod devices;
pub mod paths;
pub mod phrase;
pub mod safety;
pub mod settings;

/// Name of the whole thing.
pub const PRODUCT: &str = "Tincan";

/// A name, or what stands for one.
pub fn name_or_guest(name: Option<&DisplayName>) -> String {
    name.map_or_else(
        || words::guest().to_owned(),
        |name| name.as_str().to_owned(),
    )
}

/// One's own name among the others.
pub fn own_name(name: Option<&DisplayName>) -> String {
    words::you(&name_or_guest(name))
}

/// Which version and build this is.
pub fn version(build: &str) -> String {
    let version = env!("CARGO_PKG_VERSION");
    match build {
        "" => format!("{PRODUCT} {version}"),
        build => format!("{PRODUCT} {version} ({build})"),
    }
}

/// The title of the tab on a screen.
pub fn tab(screen: &str) -> String {
    format!("{screen} – {PRODUCT}")
}

/// The button that opens the chat.
pub fn chat_button(unread: u32) -> String {
    match unread {
        0 => words::chat().to_owned(),
        some => words::chat_unread(some),
    }
}

/// What the button does that keeps a picture large.
pub fn pin(name: &str, pinned: bool) -> String {
    if pinned {
        words::unpin(name)
    } else {
        words::pin(name)
    }
}

/// How the connection to somebody is; nothing where all is well.
pub fn connection(state: ConnectionView) -> &'static str {
    match state {
        ConnectionView::Connecting => words::connecting(),
        ConnectionView::Connected => "",
        ConnectionView::Interrupted => words::interrupted(),
        ConnectionView::Healing => words::healing(),
        ConnectionView::Lost => words::lost(),
    }
}

/// "Ada", "Ada and Bo", "Ada, Bo and Cy".
pub fn list(names: &[String]) -> String {
    match names {
        [] => String::new(),
        [one] => one.clone(),
        [first, middle @ .., last] => {
            let so_far = middle.iter().fold(first.clone(), |so_far, next| {
                words::list_more(&so_far, next)
            });
            words::list_last(&so_far, last)
        }
    }
}

/// Who is in the call already, as one reads it in the lobby.
pub fn already_there(names: &[String]) -> String {
    match u32::try_from(names.len()).unwrap_or(u32::MAX) {
        0 => words::nobody_there().to_owned(),
        count => words::already_there(count, &list(names)),
    }
}

/// How many others wait in the lobby; nothing for none.
pub fn in_lobby(count: u32) -> String {
    match count {
        0 => String::new(),
        some => words::in_lobby(some),
    }
}

/// Whom of `everybody` somebody has no connection to; nothing for nobody.
pub fn cannot_reach(who: &ParticipantView, everybody: &[ParticipantView]) -> String {
    let missed: Vec<String> = everybody
        .iter()
        .filter(|other| who.cannot_reach.contains(&other.key))
        .map(|other| name_or_guest(other.name.as_ref()))
        .collect();
    match missed.as_slice() {
        [] => String::new(),
        some => words::cannot_reach(&list(some)),
    }
}

/// What is the matter with one's own microphone.
pub fn microphone_hint(hint: MicrophoneHint) -> &'static str {
    match hint {
        MicrophoneHint::Muted => words::talking_while_muted(),
        MicrophoneHint::Silent => words::microphone_silent(),
        MicrophoneHint::Echo => words::echo_heard(),
    }
}

/// What a notice says.
pub fn notice(kind: &NoticeKind) -> String {
    let name = |name: &Option<DisplayName>| name_or_guest(name.as_ref());
    match kind {
        NoticeKind::Joined(_, who) => words::joined(&name(who)),
        NoticeKind::Left(_, who) => words::left(&name(who)),
        NoticeKind::HandRaised(_, who) => words::hand_raised_by(&name(who)),
        NoticeKind::MicrophoneGone(another) => if *another {
            words::microphone_replaced()
        } else {
            words::microphone_gone()
        }
        .to_owned(),
        NoticeKind::CameraGone(another) => if *another {
            words::camera_replaced()
        } else {
            words::camera_gone()
        }
        .to_owned(),
        NoticeKind::ScreenEnded => words::screen_ended().to_owned(),
        NoticeKind::WithoutKey => words::without_key().to_owned(),
        NoticeKind::NotAdmitted => words::not_admitted().to_owned(),
        NoticeKind::MutedBy(_, who) => words::muted_by(&name(who)),
        NoticeKind::AskedToUnmute(_, who) => words::asked_to_unmute(&name(who)),
        NoticeKind::NotVerifiedAnyMore(_, who) => words::not_verified_any_more(&name(who)),
        NoticeKind::RoomFull => words::full_now().to_owned(),
        // The machine may learn to notice more than this page has words for.
        _ => words::something_happened().to_owned(),
    }
}

/// Why the server lets nobody in, as a heading and what to do.
pub fn refusal(refusal: RefusalView) -> (&'static str, &'static str) {
    match refusal.reason {
        RefuseReason::UnsupportedVersion => (words::outdated(), words::outdated_advice()),
        RefuseReason::RoomFull => (words::room_full(), words::room_full_advice()),
        RefuseReason::LobbyFull => (words::lobby_full(), words::lobby_full_advice()),
        RefuseReason::TooManySockets | RefuseReason::TooManyRooms => {
            (words::too_many_calls(), words::too_many_calls_advice())
        }
        RefuseReason::TooFast | RefuseReason::Overloaded => {
            (words::server_busy(), words::server_busy_advice())
        }
        RefuseReason::BadMessage
        | RefuseReason::MessageTooLarge
        | RefuseReason::NotEntered
        | RefuseReason::AlreadyEntered
        | RefuseReason::UnknownToken
        | RefuseReason::UnknownRecipient
        | RefuseReason::Idle
        | RefuseReason::FellBehind
        | RefuseReason::NotHost
        | RefuseReason::NotAdmitted
        | RefuseReason::Removed
        | RefuseReason::Unknown => (words::not_let_in(), words::not_let_in_advice()),
        // The protocol may grow reasons; they are all "no".
        _ => (words::not_let_in(), words::reload_page()),
    }
}

/// Why a text leads to no call, as a heading and what to do.
pub fn wrong_link(problem: InvalidLink) -> (&'static str, &'static str) {
    match problem {
        InvalidLink::BadKey => (words::broken_link(), words::broken_link_advice()),
        InvalidLink::NotACall => (words::not_a_call(), words::not_a_call_advice()),
        InvalidLink::BadRoom => (words::bad_name(), words::bad_name_advice()),
    }
}

/// Who wants to come into a locked call.
pub fn knock(name: &str, removed_before: bool) -> String {
    if removed_before {
        words::knock_removed(name)
    } else {
        words::knock(name)
    }
}

/// How many wait to be let in.
pub fn people_wait(count: usize) -> String {
    words::people_wait(u32::try_from(count).unwrap_or(u32::MAX))
}

/// What a list of devices is called.
pub fn device_kind(kind: DeviceKind) -> &'static str {
    match kind {
        DeviceKind::Microphone => words::microphone(),
        DeviceKind::Camera => words::camera(),
        DeviceKind::Speaker => words::speaker(),
        DeviceKind::Screen => words::screen(),
    }
}

/// What an empty list of devices says.
pub fn no_device(kind: DeviceKind) -> &'static str {
    match kind {
        DeviceKind::Microphone => words::no_microphone(),
        DeviceKind::Camera => words::no_camera(),
        DeviceKind::Speaker => words::system_speaker(),
        DeviceKind::Screen => words::no_screen(),
    }
}

#[cfg(test)]
mod tests {
    // The page is built for browsers alone, and so are its tests.
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::*;

    #[test]
    fn names_are_listed_as_one_says_them() {
        let names = ["Ada", "Bo", "Cy"].map(str::to_owned);
        assert_eq!(list(&names[..1]), "Ada");
        assert_eq!(list(&names[..2]), "Ada and Bo");
        assert_eq!(list(&names), "Ada, Bo and Cy");
        assert_eq!(already_there(&names[..2]), "Ada and Bo are in the call.");
    }
}
