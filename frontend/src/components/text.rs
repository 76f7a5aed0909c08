//! What the page says, in one place. Words that depend on what happened are functions of it, so
//! that another language is another version of this file.

use call::{
    ConnectionView, DeviceKind, InvalidLink, MediaProblem, MicrophoneHint, NoticeKind, RefusalView,
};
use protocol::{DisplayName, RefuseReason};

pub mod paths;
pub mod safety;
pub mod settings;

/// The months, from the first.
pub const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

/// Name of the whole thing.
pub const PRODUCT: &str = "Tincan";

/// What somebody without a name is called.
pub const GUEST: &str = "Guest";

/// A name, or what stands for one.
pub fn name_or_guest(name: Option<&DisplayName>) -> String {
    name.map_or_else(|| GUEST.to_owned(), |name| name.as_str().to_owned())
}

/// One's own name among the others.
pub fn own_name(name: Option<&DisplayName>) -> String {
    format!("{} (you)", name_or_guest(name))
}

/// What to call the screen of somebody.
pub fn screen_of(name: &str) -> String {
    format!("Screen of {name}")
}

/// Who handed a message on whose author was never met here.
pub fn passed_on_by(name: &str) -> String {
    format!("Passed on by {name}")
}

/// The button that opens the chat.
pub fn chat_button(unread: u32) -> String {
    match unread {
        0 => "Chat".to_owned(),
        some => format!("Chat, {some} unread"),
    }
}

/// What the button does that keeps a picture large.
pub fn pin(name: &str, pinned: bool) -> String {
    if pinned {
        format!("Unpin {name}")
    } else {
        format!("Pin {name}")
    }
}

/// How the connection to somebody is; nothing where all is well.
pub fn connection(state: ConnectionView) -> &'static str {
    match state {
        ConnectionView::Connecting => "Connecting…",
        ConnectionView::Connected => "",
        ConnectionView::Interrupted => "Interrupted",
        ConnectionView::Healing => "Reconnecting…",
        ConnectionView::Lost => "Lost – still trying",
    }
}

/// "Ada", "Ada and Bo", "Ada, Bo and Cy".
pub fn list(names: &[String]) -> String {
    match names {
        [] => String::new(),
        [one] => one.clone(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}

/// Who is in the call already, as one reads it in the lobby.
pub fn already_there(names: &[String]) -> String {
    match names {
        [] => "Nobody is in the call yet. You will be the first.".to_owned(),
        [one] => format!("{one} is in the call."),
        more => format!("{} are in the call.", list(more)),
    }
}

/// How many others wait in the lobby; nothing for none.
pub fn in_lobby(count: u32) -> String {
    match count {
        0 => String::new(),
        1 => "One more person is getting ready.".to_owned(),
        more => format!("{more} more people are getting ready."),
    }
}

/// Whom somebody has no connection to; nothing for nobody.
pub fn cannot_reach(names: &[String]) -> String {
    match names {
        [] => String::new(),
        some => format!("Has no connection to {}", list(some)),
    }
}

/// What is the matter with one's own microphone.
pub fn microphone_hint(hint: MicrophoneHint) -> &'static str {
    match hint {
        MicrophoneHint::Muted => "You are talking while muted.",
        MicrophoneHint::Silent => {
            "Your microphone is silent. It may be switched off, or the wrong one."
        }
    }
}

/// What a notice says.
pub fn notice(kind: &NoticeKind) -> String {
    match kind {
        NoticeKind::Joined(_, name) => format!("{} joined", name_or_guest(name.as_ref())),
        NoticeKind::Left(_, name) => format!("{} left", name_or_guest(name.as_ref())),
        NoticeKind::MicrophoneGone(another) => if *another {
            "Your microphone is gone. Another one took over."
        } else {
            "Your microphone is gone. The others cannot hear you until you connect one."
        }
        .to_owned(),
        NoticeKind::CameraGone(another) => if *another {
            "Your camera is gone. Another one took over."
        } else {
            "Your camera is gone. The call goes on."
        }
        .to_owned(),
        NoticeKind::ScreenEnded => "Your screen is no longer shared.".to_owned(),
        NoticeKind::WithoutKey => {
            "Someone without the key tried to join. Send them the whole link.".to_owned()
        }
        NoticeKind::NotAdmitted => {
            "You were not let in this time. You can ask again, or write to the people inside."
                .to_owned()
        }
        NoticeKind::MutedBy(_, name) => format!(
            "{} turned your microphone off. Only you can turn it on again.",
            name_or_guest(name.as_ref())
        ),
        NoticeKind::AskedToUnmute(_, name) => format!(
            "{} would like you to turn your microphone on.",
            name_or_guest(name.as_ref())
        ),
        NoticeKind::NotVerifiedAnyMore(_, name) => {
            let name = name_or_guest(name.as_ref());
            format!(
                "{name} is not verified any more. Compare the safety code again: Options for {name}."
            )
        }
        NoticeKind::RoomFull => "The call is full. You can join when somebody leaves.".to_owned(),
        // The machine may learn to notice more than this page has words for.
        _ => "Something happened that this page has no words for. Reload it.".to_owned(),
    }
}

/// Why the server lets nobody in, as a heading and what to do.
pub fn refusal(refusal: RefusalView) -> (&'static str, &'static str) {
    let (title, advice) = match refusal.reason {
        RefuseReason::UnsupportedVersion => (
            "This page is out of date",
            "Reload it to get the current one.",
        ),
        RefuseReason::RoomFull => ("This call is full", "You can join when somebody leaves."),
        RefuseReason::LobbyFull => (
            "Too many people are waiting for this call",
            "Try again when some of them have joined.",
        ),
        RefuseReason::TooManySockets | RefuseReason::TooManyRooms => (
            "Too many calls from your network",
            "Close other tabs with calls, then try again.",
        ),
        RefuseReason::TooFast | RefuseReason::Overloaded => {
            ("The server is very busy", "Try again in a moment.")
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
        | RefuseReason::Unknown => (
            "The server did not let this page in",
            "Reload the page. If that does not help, tell whoever runs this server.",
        ),
        // The protocol may grow reasons; they are all "no".
        _ => ("The server did not let this page in", "Reload the page."),
    };
    (title, advice)
}

/// Why a text leads to no call, as a heading and what to do.
pub fn wrong_link(problem: InvalidLink) -> (&'static str, &'static str) {
    match problem {
        InvalidLink::BadKey => (
            "This link is not whole",
            "Its end is missing or damaged. Ask for the link again and use all of it.",
        ),
        InvalidLink::NotACall => (
            "This link does not lead to a call",
            "A call’s link has /r/ in it. Check it, or begin a new call.",
        ),
        InvalidLink::BadRoom => (
            "This is not a call’s name",
            "A name has 3 to 64 letters a to z, digits and dashes, like team-tea.",
        ),
    }
}

/// What it means to hide one's address.
pub const HIDDEN_ADDRESS: &str = "The others see only the server’s address, not yours. Everything goes through \
the server’s relay, still sealed, and may be a little slower.";

/// Why an address cannot be hidden, and what to do.
pub const NO_RELAY: &str = "This server has no relay, so it cannot hide your address. Whoever runs it can turn \
the relay on.";

/// The same where it was asked for on an earlier visit.
pub const HIDDEN_WITHOUT_RELAY: &str = "This server has no relay, so with your address hidden nobody can be \
reached. Turn this off to join here; the others will then see your address.";
/// Who wants to come into a locked call.
pub fn knock(name: &str, removed_before: bool) -> String {
    if removed_before {
        format!("{name} wants to join. Somebody was removed from there before.")
    } else {
        format!("{name} wants to join")
    }
}

/// Said to whoever waits to be let in.
pub const WAITING: &str = "The call is locked. We have asked the people inside to let you in.";

/// Below the heading that one was removed.
pub const REMOVED: &str =
    "A host sent you out. You can ask to come back; the people inside decide.";

/// What removing somebody means.
pub const REMOVING: &str = "They leave the call at once. To come back, they have to be let in.";

/// What a locked call is.
pub const LOCKED: &str = "The call is locked. Whoever comes has to be let in.";

/// Said after a refusal when the page goes on trying.
pub const RETRYING: &str = "Trying again by itself…";

/// The link is good and its key is missing.
pub const NOT_PRIVATE: &str = "This link carries no key. Sound and picture stay between the browsers, but this \
call’s introductions could be read by the server.";

/// What a link with a key is.
pub const KEY_IN_LINK: &str = "The part after # is the call’s key. Browsers never send it to a server, so send \
the link only to those who should be here.";

/// How somebody comes to a call without a link.
pub fn name_to_say(room: &str) -> String {
    format!("Or say its name: {room}. Whoever types it on the home page is in the call.")
}

/// Said in the lobby while no server answers.
pub const UNREACHABLE: &str = "Cannot reach the server. Trying again…";

/// Below the heading that the call could not be opened.
pub const CODE_MISSING: &str = "A part of this page did not load. Check your network and try again; if that does \
                                not help, reload the page. You keep your place in the call.";

/// Said while the machine has no network.
pub const OFFLINE: &str = "You are offline. Tincan goes on when your network is back.";

/// Said in a call while the server is away.
pub const RECONNECTING: &str = "Reconnecting to the server… the call goes on";

/// What a list of devices is called.
pub fn device_kind(kind: DeviceKind) -> &'static str {
    match kind {
        DeviceKind::Microphone => "Microphone",
        DeviceKind::Camera => "Camera",
        DeviceKind::Speaker => "Speaker",
        DeviceKind::Screen => "Screen",
    }
}

/// What an empty list of devices says.
pub fn no_device(kind: DeviceKind) -> &'static str {
    match kind {
        DeviceKind::Microphone => "No microphone found",
        DeviceKind::Camera => "No camera found",
        DeviceKind::Speaker => "The system’s speaker",
        DeviceKind::Screen => "No screen found",
    }
}

/// Which devices a problem is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Concerned {
    /// The microphone alone.
    Microphone,
    /// The camera alone.
    Camera,
    /// Both, for one reason.
    Both,
    /// Sharing the screen.
    Screen,
}

impl Concerned {
    fn yours(self) -> &'static str {
        match self {
            Self::Microphone => "your microphone",
            Self::Camera => "your camera",
            Self::Both => "your camera and microphone",
            Self::Screen => "your screen",
        }
    }

    fn none(self) -> &'static str {
        match self {
            Self::Microphone => "No microphone found",
            Self::Camera => "No camera found",
            Self::Both => "No camera and no microphone found",
            Self::Screen => "No screen to share",
        }
    }
}

/// Whose settings to describe. What a user agent says is only good for words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Browser {
    /// Chrome, Edge and their relatives on a computer.
    Chromium,
    /// The same on Android.
    ChromiumAndroid,
    /// Firefox.
    Firefox,
    /// Safari on a Mac.
    Safari,
    /// Any browser on an iPhone or iPad.
    Ios,
    /// None of these.
    Other,
}

impl Browser {
    /// Guesses from `navigator.userAgent`.
    pub fn from_user_agent(agent: &str) -> Self {
        let has = |mark: &str| agent.contains(mark);
        if has("iPhone") || has("iPad") {
            Self::Ios
        } else if has("Firefox/") {
            Self::Firefox
        } else if has("Chrome/") || has("Chromium/") {
            if has("Android") {
                Self::ChromiumAndroid
            } else {
                Self::Chromium
            }
        } else if has("Safari/") {
            Self::Safari
        } else {
            Self::Other
        }
    }

    fn how_to_allow(self) -> &'static str {
        match self {
            Self::Chromium => {
                "Click the icon at the left end of the address bar, switch camera and microphone on, then press Try again."
            }
            Self::ChromiumAndroid => {
                "Tap the icon at the left end of the address bar, open Permissions, allow camera and microphone, then press Try again."
            }
            Self::Firefox => {
                "Click the crossed-out camera or microphone in the address bar, remove the block, then press Try again."
            }
            Self::Safari => {
                "Open the Safari menu, choose Settings for This Website, allow camera and microphone, then press Try again."
            }
            Self::Ios => {
                "Tap the page button in the address bar, open Website Settings, allow camera and microphone, then press Try again."
            }
            Self::Other => {
                "Allow camera and microphone for this page in your browser’s settings, then press Try again."
            }
        }
    }
}

/// A problem with devices, as a heading and what to do about it in this browser.
pub fn media_problem(
    concerned: Concerned,
    problem: MediaProblem,
    browser: Browser,
) -> (String, &'static str) {
    match problem {
        MediaProblem::Denied if concerned == Concerned::Screen => (
            "Your screen could not be shared".to_owned(),
            "Your browser or your system does not allow it. On a Mac, allow screen recording for the browser in System Settings.",
        ),
        MediaProblem::Denied | MediaProblem::Cancelled => (
            format!("Tincan may not use {}", concerned.yours()),
            browser.how_to_allow(),
        ),
        MediaProblem::NotFound => (
            concerned.none().to_owned(),
            "Connect one, or join without: you still see and hear the others.",
        ),
        MediaProblem::InUse => (
            format!("Cannot use {}", concerned.yours()),
            "Another program may be using it. Close that program, then press Try again.",
        ),
        MediaProblem::Insecure => (
            format!("This address keeps {} away", concerned.yours()),
            "Browsers give them only to secure pages. Open the call at an address that begins with https://.",
        ),
        MediaProblem::Unsupported => (
            format!("This browser cannot use {}", concerned.yours()),
            "Open the link in a current Chrome, Edge, Firefox or Safari.",
        ),
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

    #[test]
    fn a_browser_is_told_by_its_user_agent() {
        let cases = [
            (
                "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36",
                Browser::Chromium,
            ),
            (
                "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Mobile Safari/537.36",
                Browser::ChromiumAndroid,
            ),
            (
                "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
                Browser::Firefox,
            ),
            (
                "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/26.0 Safari/605.1.15",
                Browser::Safari,
            ),
            (
                "Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) CriOS/140.0 Mobile/15E148 Safari/604.1",
                Browser::Ios,
            ),
            ("", Browser::Other),
        ];
        for (agent, browser) in cases {
            assert_eq!(Browser::from_user_agent(agent), browser, "{agent}");
        }
    }

    #[test]
    fn advice_on_a_denied_device_names_the_button_that_tries_again() {
        for browser in [
            Browser::Chromium,
            Browser::ChromiumAndroid,
            Browser::Firefox,
            Browser::Safari,
            Browser::Ios,
            Browser::Other,
        ] {
            let (_, advice) = media_problem(Concerned::Both, MediaProblem::Denied, browser);
            assert!(advice.ends_with("press Try again."), "{browser:?}");
        }
    }
}
