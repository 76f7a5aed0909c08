//! The one icon set, drawn for this page: 24 units square, two units of stroke, round ends.
//! Icons are ornaments beside words; they are hidden from assistive technology.

use leptos::prelude::*;

/// Which icon.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IconKind {
    /// A microphone.
    Microphone,
    /// A microphone, struck through.
    MicrophoneOff,
    /// A camera.
    Camera,
    /// A camera, struck through.
    CameraOff,
    /// A screen with an arrow up.
    Screen,
    /// A screen, struck through.
    ScreenOff,
    /// A speech bubble.
    Chat,
    /// A raised hand.
    Hand,
    /// Two people.
    People,
    /// Three dots.
    More,
    /// A receiver put down.
    Leave,
    /// Two sheets.
    Copy,
    /// A tick.
    Done,
    /// Arrows to four sides.
    Move,
    /// An angle that points up.
    Caret,
    /// A cross.
    Close,
    /// A globe.
    Language,
    /// A closed lock.
    Lock,
    /// An open lock.
    Unlocked,
    /// A triangle with an exclamation mark.
    Warning,
    /// A loudspeaker.
    Speaker,
    /// A loudspeaker, struck through.
    SpeakerOff,
    /// An arrow to the right.
    Forward,
    /// A camera with a plus.
    NewCall,
    /// A small window before a large one.
    Float,
    /// Somebody, and a plus.
    Invite,
    /// A drawing pin.
    Pin,
    /// A drawing pin, struck through.
    Unpin,
    /// Four corners that go apart.
    Fill,
    /// Four corners that come together.
    Shrink,
    /// A shield with a tick.
    Verified,
    /// A cloud without a connection.
    NoNetwork,
}

impl IconKind {
    /// The strokes, as SVG path data.
    fn path(self) -> &'static str {
        match self {
            Self::Microphone => {
                "M12 3a3 3 0 0 0-3 3v5a3 3 0 0 0 6 0V6a3 3 0 0 0-3-3zM5.5 11a6.5 6.5 0 0 0 13 0M12 17.5V21M8.5 21h7"
            }
            Self::MicrophoneOff => {
                "M4 3.5 20 19.5M15 9.5V6a3 3 0 0 0-5.6-1.5M9 9v2a3 3 0 0 0 4.4 2.6M5.5 11a6.5 6.5 0 0 0 9.8 5.6M18.5 11a6.4 6.4 0 0 1-.6 2.7M12 17.5V21M8.5 21h7"
            }
            Self::Camera => {
                "M4.5 6h9A1.5 1.5 0 0 1 15 7.5v9a1.5 1.5 0 0 1-1.5 1.5h-9A1.5 1.5 0 0 1 3 16.5v-9A1.5 1.5 0 0 1 4.5 6zM15 10.5l5-3.2a.6.6 0 0 1 1 .5v8.4a.6.6 0 0 1-1 .5l-5-3.2"
            }
            Self::CameraOff => {
                "M3.5 3.5 20.5 20.5M9.5 6h4A1.5 1.5 0 0 1 15 7.5v4M15 10.5l5-3.2a.6.6 0 0 1 1 .5v8.4M15 15.5v1a1.5 1.5 0 0 1-1.5 1.5h-9A1.5 1.5 0 0 1 3 16.5v-9A1.5 1.5 0 0 1 4.5 6H6"
            }
            Self::Screen => {
                "M4 4.5h16A1.5 1.5 0 0 1 21.5 6v9a1.5 1.5 0 0 1-1.5 1.5H4A1.5 1.5 0 0 1 2.5 15V6A1.5 1.5 0 0 1 4 4.5zM8.5 20h7M12 13.5v-6M9.2 10 12 7.2 14.8 10"
            }
            Self::ScreenOff => {
                "M4 4.5h16A1.5 1.5 0 0 1 21.5 6v9a1.5 1.5 0 0 1-1.5 1.5H4A1.5 1.5 0 0 1 2.5 15V6A1.5 1.5 0 0 1 4 4.5zM8.5 20h7M9.5 8l5 5M14.5 8l-5 5"
            }
            Self::Chat => {
                "M5.5 4.5h13A2.5 2.5 0 0 1 21 7v7a2.5 2.5 0 0 1-2.5 2.5H11L6 20.5v-4h-.5A2.5 2.5 0 0 1 3 14V7a2.5 2.5 0 0 1 2.5-2.5z"
            }
            Self::Hand => {
                "M8 12.5V6a1.5 1.5 0 0 1 3 0v5M11 11V4.5a1.5 1.5 0 0 1 3 0V11M14 11V6a1.5 1.5 0 0 1 3 0v8.5a6.5 6.5 0 0 1-6.5 6.5 6 6 0 0 1-5-2.7l-2.8-4.4a1.5 1.5 0 0 1 2.5-1.6L8 15.5v-3"
            }
            Self::People => {
                "M9 11a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7zM2.5 20v-1a5 5 0 0 1 5-5h3a5 5 0 0 1 5 5v1M15.5 4.3a3.5 3.5 0 0 1 0 6.4M18 14.3a5 5 0 0 1 3.5 4.7v1"
            }
            Self::More => {
                "M4.3 12a.7.7 0 1 0 1.4 0 .7.7 0 1 0-1.4 0zM11.3 12a.7.7 0 1 0 1.4 0 .7.7 0 1 0-1.4 0zM18.3 12a.7.7 0 1 0 1.4 0 .7.7 0 1 0-1.4 0z"
            }
            Self::Leave => {
                "M3 14.2c0-5 4-7.2 9-7.2s9 2.2 9 7.2v1.1a1.5 1.5 0 0 1-1.7 1.5l-3-.4a1.5 1.5 0 0 1-1.3-1.5v-1.9a11.5 11.5 0 0 0-6 0v1.9a1.5 1.5 0 0 1-1.3 1.5l-3 .4A1.5 1.5 0 0 1 3 15.3z"
            }
            Self::Copy => {
                "M9.5 8h9A1.5 1.5 0 0 1 20 9.5v10a1.5 1.5 0 0 1-1.5 1.5h-9A1.5 1.5 0 0 1 8 19.5v-10A1.5 1.5 0 0 1 9.5 8zM16 8V4.5A1.5 1.5 0 0 0 14.5 3h-9A1.5 1.5 0 0 0 4 4.5v10A1.5 1.5 0 0 0 5.5 16H8"
            }
            Self::Done => "M4.5 12.5l5 5 10-11",
            Self::Move => {
                "M12 3.5v17M3.5 12h17M9.5 6L12 3.5 14.5 6M9.5 18l2.5 2.5 2.5-2.5M6 9.5L3.5 12 6 14.5M18 9.5l2.5 2.5-2.5 2.5"
            }
            Self::Caret => "M7 14.5l5-5 5 5",
            Self::Close => "M6 6l12 12M18 6 6 18",
            Self::Language => {
                "M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18zM3 12h18M12 3c2.6 2.5 3.8 5.6 3.8 9s-1.2 6.5-3.8 9c-2.6-2.5-3.8-5.6-3.8-9S9.4 5.5 12 3z"
            }
            Self::Lock => {
                "M6.5 11h11a1.5 1.5 0 0 1 1.5 1.5v6a1.5 1.5 0 0 1-1.5 1.5h-11A1.5 1.5 0 0 1 5 18.5v-6A1.5 1.5 0 0 1 6.5 11zM8 11V7.5a4 4 0 0 1 8 0V11"
            }
            Self::Unlocked => {
                "M6.5 11h11a1.5 1.5 0 0 1 1.5 1.5v6a1.5 1.5 0 0 1-1.5 1.5h-11A1.5 1.5 0 0 1 5 18.5v-6A1.5 1.5 0 0 1 6.5 11zM8 11V7a4 4 0 0 1 7.6-1.7"
            }
            Self::Warning => {
                "M10.7 4.2 2.7 18a1.5 1.5 0 0 0 1.3 2.2h16a1.5 1.5 0 0 0 1.3-2.2l-8-13.8a1.5 1.5 0 0 0-2.6 0zM12 9.5v4.5M12 17h.01"
            }
            Self::Speaker => {
                "M4 9.5h3.5L12 5.5v13l-4.5-4H4zM15.5 9a4.2 4.2 0 0 1 0 6M18 6.5a8 8 0 0 1 0 11"
            }
            Self::SpeakerOff => "M4 9.5h3.5L12 5.5v13l-4.5-4H4zM16 9.5l5 5M21 9.5l-5 5",
            Self::Forward => "M4.5 12h15M13.5 6l6 6-6 6",
            Self::NewCall => {
                "M4.5 6h9A1.5 1.5 0 0 1 15 7.5v9a1.5 1.5 0 0 1-1.5 1.5h-9A1.5 1.5 0 0 1 3 16.5v-9A1.5 1.5 0 0 1 4.5 6zM15 10.5l5-3.2a.6.6 0 0 1 1 .5v8.4a.6.6 0 0 1-1 .5l-5-3.2M9 9.5v5M6.5 12h5"
            }
            Self::Float => {
                "M11 18.5H5A1.5 1.5 0 0 1 3.5 17V7A1.5 1.5 0 0 1 5 5.5h14A1.5 1.5 0 0 1 20.5 7v3.5M14 14h6.5v5H14z"
            }
            Self::Invite => {
                "M10 11a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7zM3.5 20v-1a5 5 0 0 1 5-5h3a5 5 0 0 1 5 5v1M19 6v6M16 9h6"
            }
            Self::Pin => "M8.5 3.5h7M9.5 3.5v6l-3 3.5v1.5h11V13l-3-3.5v-6M12 14.5V21",
            Self::Unpin => {
                "M8.5 3.5h7M9.5 3.5v6l-3 3.5v1.5h11V13l-3-3.5v-6M12 14.5V21M3.5 3.5l17 17"
            }
            Self::Fill => "M4 9V4h5M15 4h5v5M20 15v5h-5M9 20H4v-5",
            Self::Shrink => "M4 9h5V4M15 4v5h5M20 15h-5v5M9 20v-5H4",
            Self::Verified => {
                "M12 3l7.5 2.8v5.7c0 4.6-3.2 7.8-7.5 9.5-4.3-1.7-7.5-4.9-7.5-9.5V5.8zM8.5 12l2.5 2.5 4.5-4.8"
            }
            Self::NoNetwork => {
                "M3.5 3.5l17 17M2 9.5A15 15 0 0 1 7 6.3M12 5a15 15 0 0 1 10 4.5M5.5 13a10 10 0 0 1 4.3-2.5M15.5 11.3a10 10 0 0 1 3 1.7M9 16.5a5 5 0 0 1 5.5-.3M12 20h.01"
            }
        }
    }
}

/// Draws an icon in the colour of the text, one and a half times its height.
#[component]
pub fn Icon(
    /// Which.
    #[prop(into)]
    kind: Signal<IconKind>,
) -> impl IntoView {
    view! {
        <svg class="icon" viewBox="0 0 24 24" aria-hidden="true" focusable="false">
            <path d=move || kind.get().path() />
        </svg>
    }
}
