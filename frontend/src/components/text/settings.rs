//! What the device menus and the dialog "Settings" say.

use call::Switch;

use crate::words;

/// What a switch turns on.
pub fn switch(switch: Switch) -> &'static str {
    match switch {
        Switch::EchoCancellation => words::echo_cancellation(),
        Switch::NoiseSuppression => words::noise_suppression(),
        Switch::GainControl => words::automatic_volume(),
        Switch::Mirror => words::mirror(),
        Switch::Blur => words::blur(),
        Switch::DataSaver => words::data_saver(),
        Switch::AudioOnly => words::sound_only(),
        Switch::Quiet => words::fewer_announcements(),
        Switch::Notify => words::notifications(),
        Switch::SmallSelf => words::small_self_view(),
        Switch::SelfLeft => words::self_view_left(),
        Switch::SelfTop => words::self_view_top(),
        Switch::SameDevice => words::same_device_switch(),
        Switch::Shortcuts => words::keyboard_shortcuts(),
    }
}

/// What follows from turning it on, where its name does not say; empty where it does.
pub fn meaning(switch: Switch) -> &'static str {
    match switch {
        Switch::EchoCancellation => words::echo_cancellation_words(),
        Switch::NoiseSuppression => words::noise_suppression_words(),
        Switch::Mirror => words::mirror_words(),
        Switch::DataSaver => words::data_saver_words(),
        Switch::AudioOnly => words::sound_only_words(),
        Switch::Quiet => words::fewer_announcements_words(),
        Switch::Notify => words::notifications_words(),
        Switch::SameDevice => words::same_device_words(),
        Switch::Shortcuts => words::shortcuts_words(),
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
        ..=360 => words::size_small(),
        361..=720 => words::size_usual(),
        721.. => words::size_large(),
    }
}

/// What the button on one's own picture does.
pub fn shrink_self(small: bool) -> &'static str {
    if small {
        words::enlarge_self_view()
    } else {
        words::shrink_self_view()
    }
}
