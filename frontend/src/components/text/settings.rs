//! What the device menus and the dialog "Settings" say.

use call::Switch;

/// What a switch turns on.
pub fn switch(switch: Switch) -> &'static str {
    match switch {
        Switch::EchoCancellation => "Echo cancellation",
        Switch::NoiseSuppression => "Noise suppression",
        Switch::GainControl => "Automatic volume",
        Switch::Mirror => "Mirror my picture",
        Switch::Blur => "Blur my background",
        Switch::DataSaver => "Save data",
        Switch::AudioOnly => "Sound only",
        Switch::Quiet => "Fewer announcements",
        Switch::Notify => "Notifications",
        Switch::SmallSelf => "Small self view",
        Switch::SelfLeft => "Self view on the left",
        Switch::SelfTop => "Self view at the top",
    }
}

/// What follows from turning it on, where its name does not say; empty where it does.
pub fn meaning(switch: Switch) -> &'static str {
    match switch {
        Switch::EchoCancellation => "Turn it off only with headphones on.",
        Switch::NoiseSuppression => "Turn it off to play music.",
        Switch::Mirror => "On your own screen; the others see you as you are.",
        Switch::DataSaver => {
            "Your camera and screen are sent smaller and with fewer pictures a second."
        }
        Switch::AudioOnly => {
            "No pictures come in, and your camera is off. Turning it on, or sharing a screen, ends this."
        }
        Switch::Quiet => {
            "Comings and goings are not shown, and messages and reactions are not read out. What concerns you is."
        }
        Switch::Notify => "Tells you who joins or leaves while you look at another tab.",
        Switch::GainControl
        | Switch::Blur
        | Switch::SmallSelf
        | Switch::SelfLeft
        | Switch::SelfTop => "",
    }
}

/// How large the camera's picture is.
pub fn size(lines: u32) -> &'static str {
    match lines {
        ..=360 => "Small (360p)",
        361..=720 => "Usual (720p)",
        721.. => "Large (1080p)",
    }
}

/// What the slider in the menu of a participant is called.
pub fn volume_of(name: &str) -> String {
    format!("Volume of {name}")
}

/// What the button on one's own picture does.
pub fn shrink_self(small: bool) -> &'static str {
    if small {
        "Enlarge self view"
    } else {
        "Shrink self view"
    }
}

/// The button that moves it from corner to corner, as arrow keys on it do.
pub const MOVE_SELF: &str = "Move self view";

/// Whom the volume concerns.
pub const FOR_YOU_ALONE: &str =
    "Nobody else hears a difference, and nobody is told. It holds until you leave the call.";

/// On the tile of somebody who is not played.
pub const MUTED_FOR_YOU: &str = "Muted for you";

/// The browser was told not to let this page notify.
pub const NOT_ALLOWED: &str = "Your browser does not allow it. Allow notifications for this page in the browser’s settings, then try again.";
