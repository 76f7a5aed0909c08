//! How microphone and camera take sound and picture: which device, and what it does with them.

use call::{Intent, LINES, Switch};
use leptos::prelude::*;

use super::devices::{CameraPicker, MicrophonePicker, SpeakerPicker};
use super::icon::{Icon, IconKind};
use super::switch_row::SwitchRow;
use super::text::settings as text;
use crate::browser;
use crate::state::Session;
use crate::streams::StreamOf;
use crate::words;

/// Microphone and speaker, and what the browser does to the sound of the first.
#[component]
pub fn SoundOptions() -> impl IntoView {
    view! {
        <div class="devices">
            <MicrophonePicker />
            <SpeakerPicker />
        </div>
        <SwitchRow switch=Switch::NoiseSuppression />
        <SwitchRow switch=Switch::EchoCancellation />
        <SwitchRow switch=Switch::GainControl />
    }
}

/// Camera, how large its picture is, and what is done to it.
#[component]
pub fn PictureOptions() -> impl IntoView {
    let session = expect_context::<Session>();
    let stream = session.stream(StreamOf::MyCamera);
    let blurred = session.switch(Switch::Blur);
    // Only a camera that is open tells what it can; a choice that was made can be taken back.
    let can_blur = Memo::new(move |_| {
        let stream = stream.read();
        blurred.get()
            || stream
                .as_ref()
                .is_some_and(|stream| browser::can_blur(stream))
    });
    view! {
        <div class="devices">
            <CameraPicker />
            <SizePicker />
        </div>
        <SwitchRow switch=Switch::Mirror />
        <Show when=move || can_blur.get()>
            <SwitchRow switch=Switch::Blur />
        </Show>
    }
}

/// The combobox "Picture size".
#[component]
fn SizePicker() -> impl IntoView {
    let session = expect_context::<Session>();
    let me = session.me();
    let lines = Memo::new(move |_| me.read().settings.lines);
    view! {
        <div class="picker">
            <Icon kind=IconKind::Fill />
            <select
                class="picker-select"
                aria-label=words::picture_size()
                on:change:target=move |event| {
                    if let Ok(lines) = event.target().value().parse() {
                        session.send(Intent::SetLines(lines));
                    }
                }
            >
                {LINES
                    .into_iter()
                    .map(|size| {
                        view! {
                            <option value=size prop:selected=move || lines.get() == size>
                                {text::size(size)}
                            </option>
                        }
                    })
                    .collect_view()}
            </select>
        </div>
    }
}
