//! The menus of microphone and camera: a narrow button beside each toggle of the bar.

use leptos::prelude::*;

use super::capture_options::{PictureOptions, SoundOptions};
use super::dialog::Dialog;
use super::icon::{Icon, IconKind};
use crate::words;

/// Which devices a menu is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DeviceMenuKind {
    /// Microphone and speaker.
    Sound,
    /// Camera.
    Picture,
}

impl DeviceMenuKind {
    fn title(self) -> &'static str {
        match self {
            Self::Sound => words::sound_options(),
            Self::Picture => words::camera_options(),
        }
    }

    fn heading(self) -> &'static str {
        match self {
            Self::Sound => "sound-options-title",
            Self::Picture => "camera-options-title",
        }
    }
}

/// "Sound options" or "Camera options": the button, and what it opens.
#[component]
pub fn DeviceMenu(
    /// What it is about.
    kind: DeviceMenuKind,
) -> impl IntoView {
    let open = RwSignal::new(false);
    view! {
        <button
            type="button"
            class="control control-caret"
            aria-label=kind.title()
            title=kind.title()
            aria-haspopup="dialog"
            on:click=move |_| open.set(true)
        >
            <Icon kind=IconKind::Caret />
        </button>
        <Dialog open title=kind.title() heading_id=kind.heading() class="dialog--menu">
            {move || match kind {
                DeviceMenuKind::Sound => view! { <SoundOptions /> }.into_any(),
                DeviceMenuKind::Picture => view! { <PictureOptions /> }.into_any(),
            }}
        </Dialog>
    }
}
